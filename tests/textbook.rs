//! Drives the program against real servers: the textbook's pass, and each twin with a classic mistake is found out.
//!
//! The table in `tests/textbook/README.md` says what is expected of each, so that it cannot go stale. Programs that serve one
//! connection are started for each case; they get a handful of telling cases, and the others all of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

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
            let run = Run::of(program, python, filter);
            assert_eq!(run.output.status.code(), Some(0), "{}", run.told());
            assert!(run.counted("fail") == 0, "{}", run.told());
            assert!(run.counted("pass") > 0, "{}", run.told());
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
            .map(|filter| Run::of(program, python, filter));
        let mut seen = BTreeSet::new();
        let mut told = String::new();
        for run in runs {
            assert!(
                matches!(run.output.status.code(), Some(0 | 1 | 4)),
                "{}",
                run.told()
            );
            assert_eq!(
                run.output.status.code() == Some(1),
                run.counted("fail") > 0,
                "{}",
                run.told()
            );
            seen.extend(run.kinds());
            told += &run.told();
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

/// What came of one run.
struct Run {
    output: Output,
    report: serde_json::Value,
}

impl Run {
    fn of(program: &Program, python: &str, filter: &str) -> Self {
        let name = format!("{}-{}.json", program.file, filter.replace(['/', ':'], "_"));
        let report = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let file = folder().join(&program.file);
        let line = shlex::try_join([python, path(&file), "{port}"]).expect("words");
        let mut command = Command::new(env!("CARGO_BIN_EXE_framecheck"));
        command.args(["run", "--cmd", &line, "--framing", &program.framing]);
        command.args(["--shrink", "0s"]);
        command.args(["--observe", &program.observer]);
        command.args(["--report", &format!("json={}", path(&report))]);
        if !filter.is_empty() {
            command.args(["--filter", filter]);
        }
        if program.prints {
            command.args(PRINTED);
        }
        let output = command.output().expect("the program runs");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let text = fs::read_to_string(&report).unwrap_or_else(|error| panic!("{error}: {told}"));
        fs::remove_file(&report).expect("the report can be removed");
        let report = serde_json::from_str(&text).expect("a report in JSON");
        Self { output, report }
    }

    fn counted(&self, verdict: &str) -> u64 {
        let count = &self.report["summary"][verdict];
        count.as_u64().expect("a count in the summary")
    }

    fn kinds(&self) -> BTreeSet<String> {
        let cases = self.report["cases"].as_array().expect("a list of cases");
        let failed = cases.iter().filter(|case| case["verdict"] == "fail");
        failed
            .filter_map(|case| case["kind"].as_str().map(str::to_owned))
            .collect()
    }

    fn told(&self) -> String {
        let of = |bytes| String::from_utf8_lossy(bytes);
        format!(
            "{}{}{}",
            self.report["target"],
            of(&self.output.stdout),
            of(&self.output.stderr)
        )
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

/// The interpreter itself: what is found on the path may be a script that starts it anew each time. `None`: there is none, which is
/// said, and is an error where all tools must be there.
fn python() -> Option<&'static str> {
    static PYTHON: OnceLock<Option<String>> = OnceLock::new();
    let found = PYTHON.get_or_init(|| {
        let asked = Command::new("python3")
            .args(["-c", "import sys; print(sys.executable)"])
            .output();
        let found = asked.ok().filter(|output| output.status.success());
        let path = found.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        let required = std::env::var_os("CI").is_some_and(|value| value == "true");
        assert!(path.is_some() || !required, "python3 is missing");
        path
    });
    if found.is_none() {
        eprintln!("SKIPPED: python3 is missing");
    }
    found.as_deref()
}
