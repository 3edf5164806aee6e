//! The pages of `docs/patterns/` as their readers use them: programs are saved, commands are run, and failures look as they are drawn.
//!
//! A fence with a file's name behind the language is that file. A `sh` fence holds commands; the `text` fence behind it, if it begins
//! with FAIL, is what the last of them prints: these lines in this order, `...` for any end of a line. Every other command
//! must find its program conformant. Without Python what needs it is skipped out loud; with `CI=true` it must be there.
#![cfg(unix)]

mod common;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;

use common::{PROGRAM, python, skip};

/// The pages of patterns, a test for each.
const PAGES: [&str; 6] = [
    "eof",
    "half-close",
    "fixed",
    "delimited",
    "prefixed",
    "blocks",
];

/// Some cases measure processor time: one page at a time.
static MEASURING: Mutex<()> = Mutex::new(());

#[test]
fn eof() {
    holds("eof");
}

#[test]
fn half_close() {
    holds("half-close");
}

#[test]
fn fixed() {
    holds("fixed");
}

#[test]
fn delimited() {
    holds("delimited");
}

#[test]
fn prefixed() {
    holds("prefixed");
}

#[test]
fn blocks() {
    holds("blocks");
}

#[test]
fn every_page_is_tested_and_in_the_index() {
    let entries = fs::read_dir(folder()).expect("the folder of pages");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| name.into_string().expect("a name in UTF-8"))
        .collect();
    files.sort();
    let mut known: Vec<_> = PAGES.iter().map(|page| format!("{page}.md")).collect();
    known.extend(["README.md".to_owned(), "server.md".to_owned()]);
    known.sort();
    assert_eq!(files, known);
    let index = read("README");
    for file in known.iter().filter(|file| *file != "README.md") {
        assert!(index.contains(&format!("({file})")), "{file}");
    }
}

/// All that a page says about its programs and about faulty ones.
fn holds(page: &str) {
    let _alone = MEASURING
        .lock()
        .unwrap_or_else(|broken| broken.into_inner());
    let scratch = scratch(page);
    let text = read(page);
    let fences = fences(&text);
    for fence in fences.iter().chain(&self::fences(&read("server"))) {
        if let Some(name) = fence.name {
            fs::write(scratch.join(name), format!("{}\n", fence.text)).expect("a program is saved");
        }
    }
    let (mut conformant, mut found_out) = (Vec::new(), Vec::new());
    for (at, fence) in fences.iter().enumerate() {
        let drawn = fences.get(at + 1).map(|next| next.text);
        let drawn = drawn.filter(|text| text.starts_with("FAIL "));
        for command in commands(fence).filter(|command| can_run(command)) {
            match drawn {
                _ if command.starts_with("rustc ") => compiles(&command, &scratch),
                Some(drawn) => {
                    fails_as_drawn(&command, drawn, &scratch);
                    found_out.push(command);
                }
                None => {
                    conforms(&command, &scratch);
                    conformant.push(command);
                }
            }
        }
    }
    let some = |commands: &[String], of: &str| commands.iter().any(|text| text.contains(of));
    assert!(some(&conformant, "'./"), "a program in Rust is checked");
    assert!(some(&found_out, "--fault "), "a built-in fault is shown");
    assert!(python().is_none() || some(&conformant, "'python3 "));
    assert!(python().is_none() || some(&found_out, "_mistake.py "));
}

/// A fenced block.
struct Fence<'a> {
    language: &'a str,
    name: Option<&'a str>,
    text: &'a str,
}

fn fences(page: &str) -> Vec<Fence<'_>> {
    let blocks = page.split("\n```").skip(1).step_by(2);
    let parts = blocks.filter_map(|block| block.split_once('\n'));
    parts
        .map(|(info, text)| {
            let (language, name) = match info.split_once(' ') {
                Some((language, name)) => (language, Some(name)),
                None => (info, None),
            };
            Fence {
                language,
                name,
                text,
            }
        })
        .collect()
}

/// The commands of a `sh` fence; one may go on behind a backslash.
fn commands(fence: &Fence<'_>) -> impl Iterator<Item = String> {
    let text = match fence.language {
        "sh" => fence.text.replace("\\\n", " "),
        _ => String::new(),
    };
    let lines: Vec<_> = text.lines().map(str::to_owned).collect();
    lines.into_iter()
}

fn can_run(command: &str) -> bool {
    let can = !command.contains("python3") || python().is_some();
    if !can {
        skip(&format!("without python3: {command}"));
    }
    can
}

/// Without a warning.
fn compiles(command: &str, scratch: &Path) {
    let built = shell(command, scratch);
    let told = told(&built);
    assert!(
        built.status.success() && told.is_empty(),
        "{command}\n{told}"
    );
}

/// Exit status 0, something passed, nothing is failed or open, and every cut was proven where that can be.
fn conforms(command: &str, scratch: &Path) {
    let run = run(command, scratch);
    let told = told(&run);
    assert_eq!(run.status.code(), Some(0), "{command}\n{told}");
    let out = String::from_utf8_lossy(&run.stdout);
    assert_eq!(out.lines().last(), Some("conformant"), "{command}\n{told}");
    assert!(
        out.contains(" 0 failed, ") && out.contains(" 0 inconclusive"),
        "{command}\n{told}"
    );
    let passed = out.lines().find_map(|line| {
        let (_, counts) = line.split_once("): ")?;
        counts.split_once(" passed")?.0.parse::<usize>().ok()
    });
    assert!(passed.is_some_and(|passed| passed > 0), "{told}");
    let cuts = out.lines().find_map(|line| {
        let (left, all) = line.rsplit_once(" of ")?;
        let proven = left.rsplit_once(' ')?.1.parse::<usize>().ok()?;
        Some((proven, all.parse::<usize>().ok()?))
    });
    let all_proven = cuts.is_some_and(|(proven, all)| proven > 0 && proven == all);
    assert!(all_proven || !cfg!(target_os = "linux"), "{told}");
}

/// Exit status 1, with the lines that the page shows, in their order.
fn fails_as_drawn(command: &str, drawn: &str, scratch: &Path) {
    let run = run(command, scratch);
    let told = told(&run);
    assert_eq!(run.status.code(), Some(1), "{command}\n{told}");
    assert!(drawn.contains("\n  sent  "), "the bytes are drawn: {drawn}");
    let mut printed = told.lines();
    for line in drawn.lines() {
        let shows = |text: &str| match line.strip_suffix("...") {
            Some(beginning) => text.starts_with(beginning.trim_end()),
            None => text == line,
        };
        let found = printed.any(shows);
        assert!(found, "the page shows\n{line}\nbut {command} says\n{told}");
    }
}

/// Failures are as they came, not made small: the page names the case.
fn run(command: &str, scratch: &Path) -> Output {
    assert!(command.starts_with("framecheck run "), "{command}");
    shell(&format!("{command} --shrink 0s"), scratch)
}

/// Runs a command where `framecheck` is the program under test, and `python3` the interpreter and no script that starts it.
fn shell(command: &str, scratch: &Path) -> Output {
    let programs = [Some(PROGRAM), python()];
    let folders = programs
        .iter()
        .flatten()
        .filter_map(|program| Path::new(program).parent());
    let inherited = env::var_os("PATH").unwrap_or_default();
    let paths = folders
        .map(Path::to_path_buf)
        .chain(env::split_paths(&inherited));
    let path: OsString = env::join_paths(paths).expect("folders without a colon");
    let output = Command::new("sh")
        .args(["-c", command])
        .env("PATH", path)
        .current_dir(scratch)
        .output();
    output.expect("a shell")
}

fn told(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    format!("{out}{err}")
}

fn read(page: &str) -> String {
    let path = folder().join(format!("{page}.md"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/patterns")
}

/// An empty folder of one page's own.
fn scratch(page: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("page-{page}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder to work in");
    folder
}
