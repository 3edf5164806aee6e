//! The fuzz targets stand in three places: the package, the script that runs them, and that of ClusterFuzzLite.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Needs a target over TCP, which the engines beyond this machine do not have.
const OVER_TCP: &str = "tcp_target";

fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The targets of the package.
fn packaged() -> BTreeSet<String> {
    let manifest: toml::Table = text("fuzz/Cargo.toml").parse().expect("a manifest");
    let bins = manifest["bin"].as_array().expect("targets");
    let names = bins
        .iter()
        .map(|bin| bin["name"].as_str().expect("a name").to_owned());
    names.collect()
}

/// The words between these two in a script.
fn listed(script: &str, before: &str, behind: &str) -> BTreeSet<String> {
    let text = text(script);
    let list = text
        .split_once(before)
        .and_then(|(_, rest)| rest.split_once(behind));
    let (list, _) = list.unwrap_or_else(|| panic!("{script} has no list"));
    list.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn the_script_runs_every_target() {
    assert_eq!(listed("fuzz/run", "for target in ", "; do"), packaged());
}

#[test]
fn clusterfuzzlite_builds_every_target_that_needs_no_socket() {
    let mut without_sockets = packaged();
    assert!(without_sockets.remove(OVER_TCP));
    let built = listed(".clusterfuzzlite/build.sh", "targets=\"", "\"");
    assert_eq!(built, without_sockets);
}

#[test]
fn every_target_has_its_file_and_is_explained() {
    let readme = text("fuzz/README.md");
    for target in packaged() {
        assert!(text(&format!("fuzz/fuzz_targets/{target}.rs")).contains("fuzz_target!"));
        assert!(
            readme.contains(&format!("| `{target}` |")),
            "{target} is not in the README"
        );
    }
}
