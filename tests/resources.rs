//! Drives the program against small servers that waste memory, processor time, descriptors or threads, and against their correct twin: the
//! waste is found and named, and the twin is not blamed for the same.
//!
//! Without Python that is said, and nothing is tried; with `CI=true` it must be there. The verdicts are on slopes and counts, so a slow
//! or busy computer changes none; what is unclear there is inconclusive, and the waste is looked for again.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

/// What a waste must show: the framing, the cases, the kind.
const WASTES: [(&str, &str, &str, &str); 9] = [
    (
        "allocates",
        "prefixed:u32be",
        "announced:whole:hold:memory",
        "memory",
    ),
    (
        "fills",
        "prefixed:u24be",
        "announced:whole:hold:memory",
        "memory",
    ),
    (
        "dies",
        "prefixed:u32be",
        "announced:whole:hold:memory",
        "crash",
    ),
    ("concatenates", "prefixed:u32be", ":time", "quadratic"),
    ("rescans", r"delimited:\n", ":time", "quadratic"),
    (
        "keeps_sockets",
        "prefixed:u32be",
        "half:whole:reset:leftovers",
        "leak",
    ),
    (
        "keeps_threads",
        "prefixed:u32be",
        "half_header:whole:fin:leftovers",
        "leak",
    ),
    ("spins", "prefixed:u32be", "half:whole:fin:idle", "busy"),
    ("polls", "prefixed:u32be", "half:whole:hold:idle", "busy"),
];

/// Runs before an inconclusive waste counts as one that is not found.
const ATTEMPTS: usize = 5;

#[test]
fn each_waste_is_found_and_named() {
    let Some(python) = python() else { return };
    for (waste, framing, filter, kind) in WASTES {
        let mut runs = (0..ATTEMPTS).map(|_| Run::of(python, waste, framing, filter));
        let Some(run) = runs.find(|run| run.count("fail") > 0) else {
            panic!("{waste} is not found by {filter}");
        };
        assert_eq!(run.status, Some(1), "{waste}: {}", run.told);
        assert_eq!(run.kinds(), [kind], "{waste}: {}", run.told);
    }
}

#[test]
fn the_correct_twin_is_not_blamed() {
    let Some(python) = python() else { return };
    for (_, framing, filter, _) in WASTES {
        let run = Run::of(python, "none", framing, filter);
        assert_eq!(run.count("fail"), 0, "{filter}: {}", run.told);
        assert_eq!(run.count("skip"), 0, "{filter}: {}", run.told);
        assert!(!run.cases().is_empty(), "{filter}: {}", run.told);
        if run.count("inconclusive") == 0 {
            assert_eq!(run.status, Some(0), "{filter}: {}", run.told);
        }
    }
}

/// A pool with a thread more for each connection, up to a bound above the first count of connections.
#[test]
fn a_pool_that_fills_up_is_not_blamed() {
    let Some(python) = python() else { return };
    let run = Run::of(
        python,
        "fills_a_pool",
        "prefixed:u32be",
        "half:whole:reset:leftovers",
    );
    assert_eq!(run.count("fail"), 0, "{}", run.told);
}

#[test]
fn a_target_that_we_did_not_start_is_skipped_with_that_reason() {
    let mut server = Command::new(env!("CARGO_BIN_EXE_framecheck"));
    server.args([
        "serve",
        "--framing",
        "prefixed:u32be",
        "--observe",
        "report",
    ]);
    server.args(["--listen", "127.0.0.1:0"]);
    let mut server = server
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("a server");
    let mut line = String::new();
    let stdout = server.stdout.take().expect("its output");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut line).expect("a line");
    let address = line
        .split_whitespace()
        .find(|word| word.starts_with("127.0.0.1:"));
    let run = Run::against(
        &[address.expect("an address")],
        "skipped",
        "prefixed:u32be",
        ":idle",
    );
    server.kill().and_then(|()| server.wait()).expect("its end");
    assert_eq!(run.status, Some(4), "{}", run.told);
    for case in run.cases() {
        assert_eq!(case["verdict"], "skip");
        assert_eq!(case["reason"], "only targets that we start can be measured");
    }
    assert_eq!(run.cases().len(), 2);
}

/// What came of one run.
struct Run {
    status: Option<i32>,
    report: serde_json::Value,
    told: String,
}

impl Run {
    fn of(python: &str, waste: &str, framing: &str, filter: &str) -> Self {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/resources/target.py");
        let program = program.to_str().expect("a path in UTF-8");
        let line = shlex::try_join([python, program, "{port}", waste]).expect("words");
        Self::against(&["--cmd", &line], waste, framing, filter)
    }

    fn against(target: &[&str], name: &str, framing: &str, filter: &str) -> Self {
        let name = format!("resources-{name}-{}.json", filter.replace([':', '/'], "_"));
        let report = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let mut command = Command::new(env!("CARGO_BIN_EXE_framecheck"));
        command.arg("run").args(target).args(["--framing", framing]);
        command.args(["--observe", "report", "--jobs", "1", "--filter", filter]);
        command.arg(format!("--report=json={}", report.display()));
        let output = command.output().expect("the program");
        let text = std::fs::read_to_string(&report).expect("a report");
        Self {
            status: output.status.code(),
            report: serde_json::from_str(&text).expect("JSON"),
            told: String::from_utf8_lossy(&output.stdout).into_owned()
                + &String::from_utf8_lossy(&output.stderr),
        }
    }

    fn cases(&self) -> &[serde_json::Value] {
        self.report["cases"].as_array().expect("cases")
    }

    fn count(&self, verdict: &str) -> usize {
        let has = |case: &&serde_json::Value| case["verdict"] == verdict;
        self.cases().iter().filter(has).count()
    }

    fn kinds(&self) -> Vec<&str> {
        let kinds = self.cases().iter().filter_map(|case| case["kind"].as_str());
        kinds.collect()
    }
}

/// The interpreter itself: the name on the path may be a script that starts it.
fn python() -> Option<&'static str> {
    static PYTHON: OnceLock<Option<String>> = OnceLock::new();
    let found = PYTHON.get_or_init(|| {
        let asked = ["-c", "import sys; print(sys.executable)"];
        let output = Command::new("python3").args(asked).output().ok();
        let output = output.filter(|output| output.status.success());
        if output.is_none() {
            assert!(std::env::var_os("CI").is_none(), "python3 is missing");
            eprintln!("skipped: python3 is missing");
        }
        Some(String::from_utf8(output?.stdout).ok()?.trim().to_owned())
    });
    found.as_deref()
}
