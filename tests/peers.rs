//! Real implementations: each that needs nothing but cargo and python3 is tried here; `.ci/run` tries all, in one run.
//!
//! What is expected of each stands in its `peer.toml`, which is a `framecheck.toml`: it conforms, but for the known failures that it lists.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use toml::{Table, Value};

/// What is there wherever the tests run; a peer that wants more is for `.ci/run`.
const EVERYWHERE: [&str; 2] = ["cargo", "python3"];

#[test]
fn each_says_what_it_is_and_what_was_found_in_it_is_told() {
    let findings = fs::read_to_string(folder().join("FINDINGS.md")).unwrap();
    let mut names = BTreeSet::new();
    let mut libraries = BTreeSet::new();
    let mut languages = BTreeSet::new();
    for file in peers() {
        let peer = Peer::read(&file);
        let library = peer.about("library");
        let first = library.split([' ', ',', ':', '\'']).next().unwrap();
        assert!(findings.contains(first), "FINDINGS.md has no {library}");
        assert!(peer.about("documentation").starts_with("http"));
        assert!(!peer.about("version").is_empty());
        languages.insert(peer.about("language"));
        libraries.insert(library);
        for target in peer.targets() {
            let name = target["name"].as_str().unwrap().to_owned();
            let told = ["requires", "install"].map(|key| target.get(key).is_some());
            assert_eq!(told, [true; 2], "{name}: what does it need?");
            assert!(names.insert(name.clone()), "{name} twice");
        }
    }
    assert!(libraries.len() >= 18, "{libraries:?}");
    assert!(languages.len() >= 9, "{languages:?}");
}

#[test]
fn those_that_need_no_more_than_cargo_and_python_conform_but_for_what_is_known() {
    let peers = peers().into_iter();
    let files: Vec<PathBuf> = peers.filter(|file| Peer::read(file).is_simple()).collect();
    assert!(files.len() >= 6, "{files:?}");
    let report = Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers.json");
    let output = Command::new(env!("CARGO_BIN_EXE_framecheck"))
        .args(["run", "--shrink", "0s", "--timeout", "20s"])
        .args(["--retries", "2", "--report"])
        .arg(format!("json={}", report.display()))
        .arg("--config")
        .args(&files)
        .output()
        .expect("the program runs");
    let told = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    let text = fs::read_to_string(&report).unwrap_or_else(|error| panic!("{error}: {told}"));
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    let cases = report["cases"].as_array().unwrap().iter();
    let new = cases.filter(|case| case["verdict"] == "fail" && case["known"].is_null());
    let (steady, flakes): (Vec<_>, Vec<_>) = new.partition(|case| case["flake"].is_null());
    assert!(steady.is_empty(), "{told}");
    // A busy machine makes a case fail that passes when it is run again: told, and all the same no failure of the peer.
    let due = if flakes.is_empty() { 0 } else { 1 };
    assert_eq!(output.status.code(), Some(due), "{told}");
    for case in flakes {
        println!("flake: {} {}", case["target"], case["id"]);
    }
    for target in report["targets"].as_array().unwrap() {
        match target["skipped"].as_str() {
            Some(why) => println!("skipped: {}: {why}", target["name"]),
            None => assert!(target["summary"]["pass"].as_u64() > Some(0), "{target}"),
        }
    }
}

/// A peer's configuration.
struct Peer {
    file: String,
    config: Table,
}

impl Peer {
    fn read(file: &Path) -> Self {
        let config = fs::read_to_string(file).unwrap().parse();
        let file = file.display().to_string();
        let config = config.unwrap_or_else(|bad| panic!("{file}: {bad}"));
        Self { file, config }
    }

    fn about(&self, key: &str) -> String {
        let text = self.config["about"].get(key).and_then(Value::as_str);
        text.unwrap_or_else(|| panic!("{}: about has no {key}", self.file))
            .to_owned()
    }

    fn targets(&self) -> impl Iterator<Item = &Value> {
        self.config["target"].as_array().unwrap().iter()
    }

    /// Whether all its targets need only programs that are there everywhere.
    fn is_simple(&self) -> bool {
        self.targets().all(|target| {
            let programs = target["requires"].as_array().unwrap().iter();
            let mut names = programs.map(|name| name.as_str().unwrap());
            target.get("needs").is_none() && names.all(|name| EVERYWHERE.contains(&name))
        })
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers")
}

/// Each `LANGUAGE/NAME/peer.toml`.
fn peers() -> Vec<PathBuf> {
    let inside = |folder: &Path| {
        let entries = fs::read_dir(folder).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths.filter(|path| path.is_dir()).collect::<Vec<_>>()
    };
    let languages = inside(&folder());
    let names = languages.iter().flat_map(|language| inside(language));
    let files = names.map(|name| name.join("peer.toml"));
    let mut files: Vec<_> = files.filter(|file| file.is_file()).collect();
    files.sort();
    files
}
