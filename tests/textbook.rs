//! Drives the program against real servers: the textbook's pass, and each twin with a classic mistake is found out.
//!
//! The table in `tests/textbook/README.md` says what is expected of each, so that it cannot go stale. Programs that serve one
//! connection are started for each case; they get a handful of telling cases, and the others all of them.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use common::{Folder, Ran, python};

/// What the table calls P.
const PRINTED: [&str; 4] = [
    "--stdout-pattern",
    "^Message: (?P<payload>.*)$",
    "--unescape",
    "python",
];

/// One row of the table.
struct Program {
    file: String,
    framing: String,
    observer: String,
    prints: bool,
    /// The kinds of failure of which one must be seen; empty: it conforms.
    kinds: Vec<String>,
}

#[test]
fn the_table_has_every_program() {
    let listed: BTreeSet<String> = programs().into_iter().map(|program| program.file).collect();
    let entries = fs::read_dir(folder()).expect("the folder of programs");
    let there: BTreeSet<String> = entries
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| name.into_string().expect("a name in UTF-8"))
        .filter(|name| name.ends_with(".py"))
        .collect();
    assert_eq!(listed, there);
}

#[test]
fn the_conformant_programs_pass() {
    let Some(python) = python() else { return };
    let programs = programs();
    let conformant: Vec<_> = programs
        .iter()
        .filter(|program| program.kinds.is_empty())
        .collect();
    assert!(!conformant.is_empty());
    for program in conformant {
        for filter in filters(program) {
            let run = run(program, python, filter);
            assert_eq!(run.code, 0, "{}: {run}", program.file);
            assert!(run.counted("fail") == 0, "{}: {run}", program.file);
            assert!(run.counted("pass") > 0, "{}: {run}", program.file);
        }
    }
}

#[test]
fn each_mistake_is_found_and_named() {
    let Some(python) = python() else { return };
    let programs = programs();
    let twins: Vec<_> = programs
        .iter()
        .filter(|program| !program.kinds.is_empty())
        .collect();
    assert!(!twins.is_empty());
    for program in twins {
        let runs = filters(program)
            .iter()
            .map(|filter| run(program, python, filter));
        let mut seen = BTreeSet::new();
        let mut told = String::new();
        for run in runs {
            assert!(matches!(run.code, 0 | 1 | 4), "{}: {run}", program.file);
            let failed = run.counted("fail") > 0;
            assert_eq!(run.code == 1, failed, "{}: {run}", program.file);
            seen.extend(run.kinds());
            told += &run.to_string();
        }
        assert!(
            program.kinds.iter().any(|kind| seen.contains(kind)),
            "{} must show one of {:?}, not {seen:?}\n{told}",
            program.file,
            program.kinds
        );
    }
}

/// Of programs that serve one connection only the telling cases are run, for each costs a start of the interpreter; and the one
/// that allocates what is announced gets announcements just over the limit, not those of gigabytes.
fn filters(program: &Program) -> &'static [&'static str] {
    match program.file.as_str() {
        "prefix_u32_no_limit.py" => &["/rule/over_the_limit:"],
        _ if !program.prints => &[""],
        file if file.starts_with("streamer") => &["/rule/three_frames:", "/three_reads:"],
        // What printing cannot show of a stream that ends in a block is a skip, so that only the twin has something to show.
        _ if program.kinds.is_empty() => &["/rule/three_frames:", "/rule/ends_after_9:"],
        _ => &["/rule/three_frames:", "/rule/ends_after_6:"],
    }
}

/// A run against one of the programs.
fn run(program: &Program, python: &str, filter: &str) -> Ran {
    let file = folder().join(&program.file);
    let line = shlex::try_join([python, path(&file), "{port}"]).expect("words");
    let mut arguments = vec!["run", "--cmd", &line, "--framing", &program.framing];
    arguments.extend(["--shrink", "0s", "--observe", &program.observer]);
    if !filter.is_empty() {
        arguments.extend(["--filter", filter]);
    }
    if program.prints {
        arguments.extend(PRINTED);
    }
    Folder::new().reported(&arguments)
}

impl Ran {
    fn counted(&self, verdict: &str) -> u64 {
        let count = &self.json["summary"][verdict];
        count.as_u64().expect("a count in the summary")
    }

    fn kinds(&self) -> BTreeSet<String> {
        let failed = self.cases().iter().filter(|case| case["verdict"] == "fail");
        failed
            .filter_map(|case| case["kind"].as_str().map(str::to_owned))
            .collect()
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/textbook")
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

fn programs() -> Vec<Program> {
    let table = fs::read_to_string(folder().join("README.md")).expect("the table");
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    rows.map(program).collect()
}

fn program(row: &str) -> Program {
    let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
    let [file, framing, observer, flags, expected, _mistake] = cells[..] else {
        panic!("a row has six cells: {row}");
    };
    assert!(matches!(flags, "" | "P"), "flags are P or nothing: {row}");
    let bare = |cell: &str| cell.trim_matches('`').to_owned();
    let kinds = match expected {
        "conformant" => Vec::new(),
        kinds => kinds.split(' ').map(bare).collect(),
    };
    Program {
        file: bare(file),
        framing: bare(framing),
        observer: bare(observer),
        prints: flags == "P",
        kinds,
    }
}
