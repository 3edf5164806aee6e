//! A package as a user has it: its check fails, the test that the failure prints is pasted, and it fails in the same way.
//!
//! The package depends on this library without the program, so that this also holds what a user has to build.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const MANIFEST: &str = r#"[package]
name = "pasted"
version = "0.0.0"
edition = "2024"

[workspace]

[dev-dependencies]
framecheck = { path = "FRAMECHECK", default-features = false }
"#;

/// A decoder that loses a length that two reads share, with its checks in both forms.
const SOURCE: &str = r#"
#![cfg(test)]
use framecheck::conformance::{Codec, Out};

fn decoder() -> impl Codec {
    decoder_up_to(300)
}

/// Another one, whose smallest failure is long.
fn strict() -> impl Codec {
    decoder_up_to(299)
}

fn decoder_up_to(most: usize) -> impl Codec {
    let mut held = Vec::new();
    move |bytes: Option<&[u8]>, out: &mut Out| {
        held.extend_from_slice(bytes.unwrap_or_default());
        while let [high, low, rest @ ..] = &held[..] {
            let len = usize::from(u16::from_be_bytes([*high, *low]));
            if len > most {
                return Err("too long");
            }
            let Some(payload) = rest.get(..len) else {
                break;
            };
            out.payload(payload);
            held.drain(..2 + len);
        }
        if most == 300 && held.len() == 1 && bytes.is_some() {
            held.clear();
        }
        if bytes.is_none() && !held.is_empty() { Err("truncated") } else { Ok(()) }
    }
}

#[test]
fn by_the_macro() {
    framecheck::check!("prefixed:u16be,max=300", || decoder());
}

#[test]
fn by_the_function() {
    framecheck::conformance::check(&"prefixed:u16be,max=300".parse().unwrap(), decoder);
}

#[test]
fn with_a_long_payload() {
    framecheck::check!("prefixed:u16be,max=300", strict);
}
"#;

#[test]
fn the_test_that_a_failure_prints_is_pasted_and_fails_in_the_same_way() {
    let package = package();
    for check in ["by_the_macro", "by_the_function", "with_a_long_payload"] {
        let printed = failing(&package, check);
        if check == "by_the_macro" {
            is_in_the_documentation(&printed);
        }
        let test = pasted(&printed);
        let name = name(&test);
        fs::write(package.join("src/lib.rs"), format!("{SOURCE}\n{test}")).unwrap();
        let again = failing(&package, &name);
        assert_eq!(first_line(&again), first_line(&printed), "{again}");
        let pieces = |printed: &str| line_of(printed, "  pieces");
        assert_eq!(pieces(&again), pieces(&printed), "{again}");
    }
}

/// The page shows this very failure; after how many execs it came may change with every vector.
fn is_in_the_documentation(printed: &str) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/in-process.md");
    let page = fs::read_to_string(page).unwrap();
    let head = [first_line(printed)].into_iter();
    let lines = ["  framing", "  pieces", "  due", "  came"].map(|word| line_of(printed, word));
    for part in head.chain(lines).chain([pasted(printed)]) {
        assert!(page.contains(&part), "docs/in-process.md lacks\n{part}");
    }
}

#[test]
fn without_the_program_a_user_does_not_build_what_only_the_program_needs() {
    let out = cargo(Path::new(env!("CARGO_MANIFEST_DIR")))
        .args([
            "tree",
            "--no-default-features",
            "--features",
            "tokio-util",
            "-e",
            "normal",
        ])
        .output()
        .unwrap();
    let tree = told(&out);
    assert!(
        out.status.success() && tree.contains("tokio-util"),
        "{tree}"
    );
    for heavy in [
        "clap",
        "indicatif",
        "socket2",
        "rustix",
        "regex",
        "signal-hook",
        "quick-junit",
    ] {
        assert!(!tree.contains(heavy), "{heavy} is in\n{tree}");
    }
}

/// The package, with the same versions of all dependencies.
fn package() -> PathBuf {
    let root = env!("CARGO_MANIFEST_DIR");
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pasted");
    fs::create_dir_all(package.join("src")).unwrap();
    let manifest = MANIFEST.replace("FRAMECHECK", root);
    fs::write(package.join("Cargo.toml"), manifest).unwrap();
    fs::copy(
        Path::new(root).join("Cargo.lock"),
        package.join("Cargo.lock"),
    )
    .unwrap();
    fs::write(package.join("src/lib.rs"), SOURCE).unwrap();
    package
}

fn cargo(folder: &Path) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(folder).arg("--offline");
    cargo
}

/// What a test prints, which must fail.
fn failing(package: &Path, test: &str) -> String {
    let out = cargo(package)
        .args(["test", "--quiet", "--lib", test])
        .env_remove("RUST_BACKTRACE")
        .env("CARGO_TARGET_DIR", package.join("target"))
        .output()
        .unwrap();
    let told = told(&out);
    assert_eq!(out.status.code(), Some(101), "{told}");
    assert!(told.contains("panicked at"), "{told}");
    told
}

fn told(out: &Output) -> String {
    String::from_utf8_lossy(&[&out.stdout[..], &out.stderr].concat()).into_owned()
}

/// The printed test: from its attribute to its end.
fn pasted(printed: &str) -> String {
    let from = printed.find("#[test]").expect("a test is printed");
    let to = from + printed[from..].find("\n}\n").expect("it ends") + 3;
    printed[from..to].to_owned()
}

fn name(test: &str) -> String {
    let name = test
        .split("fn ")
        .nth(1)
        .and_then(|rest| rest.split('(').next());
    name.expect("a name").to_owned()
}

/// What is wrong, in one line.
fn first_line(printed: &str) -> String {
    let line = printed
        .lines()
        .skip_while(|line| !line.contains("panicked at"))
        .nth(1);
    line.expect("a message").to_owned()
}

fn line_of(printed: &str, begins: &str) -> String {
    let line = printed.lines().find(|line| line.starts_with(begins));
    line.expect("the line").to_owned()
}
