//! The targets of `docs/targets.md`, which people copy: the text is that of the files, and each of them passes the whole quick tier.
//!
//! A toolchain that is missing is said; where all tools must be there (`CI=true`) that of Python or C is an error.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

#[test]
fn the_page_shows_the_files_as_they_are() {
    let page = fs::read_to_string(root().join("docs/targets.md")).expect("the page");
    let shown = shown_files(&page);
    let names: Vec<_> = shown.iter().map(|(name, _)| *name).collect();
    let entries = fs::read_dir(root().join("docs/shims")).expect("the folder of shims");
    let mut files: Vec<String> = entries
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| format!("docs/shims/{}", name.display()))
        .collect();
    files.sort();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, files, "each file is shown once");
    for (name, text) in shown {
        let file = fs::read_to_string(root().join(name)).expect("a shim");
        assert_eq!(text, file, "{name}");
    }
}

/// Fenced blocks with a file's name behind the language.
fn shown_files(page: &str) -> Vec<(&str, &str)> {
    let fences = page.split("\n```").skip(1).step_by(2);
    let parts = fences.filter_map(|fence| fence.split_once('\n'));
    parts
        .filter_map(|(info, text)| Some((info.split_once(' ')?.1, text)))
        .map(|(name, text)| (name, &page[range_of(page, text)]))
        .collect()
}

/// The text with its last line feed, which the split has taken.
fn range_of(page: &str, text: &str) -> std::ops::Range<usize> {
    let start = text.as_ptr() as usize - page.as_ptr() as usize;
    start..start + text.len() + 1
}

#[test]
fn the_python_shim_passes() {
    let asked = ["python3", "-c", "import sys; print(sys.executable)"];
    let Some(output) = tool(&asked, true) else {
        return;
    };
    let python = String::from_utf8(output.stdout).expect("a path in UTF-8");
    passes(&[python.trim(), &shim("report.py"), "{port}"]);
}

#[test]
fn the_c_shim_passes() {
    if tool(&["gcc", "--version"], true).is_none() {
        return;
    }
    let program = scratch("c").join("report");
    let program = path(&program);
    build(&["gcc", "-O2", "-pthread", &shim("report.c"), "-o", program]);
    passes(&[program, "{port}"]);
}

#[test]
fn the_go_shim_passes() {
    if tool(&["go", "version"], false).is_none() {
        return;
    }
    let program = scratch("go").join("report");
    let program = path(&program);
    build(&["go", "build", "-o", program, &shim("report.go")]);
    passes(&[program, "{port}"]);
}

#[test]
fn the_node_shim_passes() {
    if tool(&["node", "--version"], false).is_some() {
        passes(&["node", &shim("report.mjs"), "{port}"]);
    }
}

#[test]
fn the_java_shim_passes() {
    if tool(&["javac", "-version"], false).is_none() || tool(&["java", "-version"], false).is_none()
    {
        return;
    }
    let classes = scratch("java");
    let classes = path(&classes);
    build(&["javac", "-d", classes, &shim("Report.java")]);
    passes(&["java", "-cp", classes, "Report", "{port}"]);
}

/// The whole quick tier against a target that reports.
fn passes(words: &[&str]) {
    let line = shlex::try_join(words.iter().copied()).expect("words");
    let run = Command::new(env!("CARGO_BIN_EXE_framecheck"))
        .args(["run", "--cmd", &line, "--framing", "prefixed:u32be"])
        .args(["--shrink", "0s"])
        .args(["--observe", "report"])
        .output()
        .expect("the program runs");
    let told = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (told(&run.stdout), told(&run.stderr));
    assert_eq!(run.status.code(), Some(0), "{line}\n{out}{err}");
    assert!(
        out.contains(" 0 failed, 0 skipped, 0 inconclusive"),
        "{out}"
    );
}

/// What a tool says of itself; `None`: it is missing.
fn tool(words: &[&str], required: bool) -> Option<Output> {
    let asked = Command::new(words[0]).args(&words[1..]).output();
    let found = asked.ok().filter(|output| output.status.success());
    let all_must_be_there = std::env::var_os("CI").is_some_and(|value| value == "true");
    if found.is_none() {
        assert!(!(required && all_must_be_there), "{} is missing", words[0]);
        eprintln!("SKIPPED: {} is missing", words[0]);
    }
    found
}

fn build(words: &[&str]) {
    let built = Command::new(words[0]).args(&words[1..]).output();
    let built = built.expect("the compiler runs");
    let told = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{words:?}\n{told}");
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn shim(name: &str) -> String {
    path(&root().join("docs/shims").join(name)).to_owned()
}

/// A folder of one test's own.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("shim-{name}"));
    fs::create_dir_all(&folder).expect("a folder to build in");
    folder
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}
