//! Drives the program against small servers that waste memory, processor time, descriptors or threads, and against their correct twin: the
//! waste is found and named, and the twin is not blamed for the same.
//!
//! Without Python that is said, and nothing is tried; with `CI=true` it must be there. The verdicts are on slopes and counts, so a slow
//! or busy computer changes none; what is unclear there is inconclusive, and the waste is looked for again.

mod common;

use std::path::Path;

use common::{Folder, Ran, Server, python};

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
        let mut runs = (0..ATTEMPTS).map(|_| wasting(python, waste, framing, filter));
        let Some(run) = runs.find(|run| run.count("fail") > 0) else {
            panic!("{waste} is not found by {filter}");
        };
        assert_eq!(run.code, 1, "{waste}: {run}");
        assert_eq!(run.kinds(), [kind], "{waste}: {run}");
    }
}

#[test]
fn the_correct_twin_is_not_blamed() {
    let Some(python) = python() else { return };
    for (_, framing, filter, _) in WASTES {
        let run = wasting(python, "none", framing, filter);
        assert_eq!(run.count("fail"), 0, "{filter}: {run}");
        assert_eq!(run.count("skip"), 0, "{filter}: {run}");
        assert!(!run.cases().is_empty(), "{filter}: {run}");
        if run.count("inconclusive") == 0 {
            assert_eq!(run.code, 0, "{filter}: {run}");
        }
    }
}

/// A pool with a thread more for each connection, up to a bound above the first count of connections.
#[test]
fn a_pool_that_fills_up_is_not_blamed() {
    let Some(python) = python() else { return };
    let run = wasting(
        python,
        "fills_a_pool",
        "prefixed:u32be",
        "half:whole:reset:leftovers",
    );
    assert_eq!(run.count("fail"), 0, "{run}");
}

#[test]
fn a_target_that_we_did_not_start_is_skipped_with_that_reason() {
    let server = Server::start("prefixed:u32be", "report", None);
    let run = against(&[&server.addr], "prefixed:u32be", ":idle");
    assert_eq!(run.code, 4, "{run}");
    for case in run.cases() {
        assert_eq!(case["verdict"], "skip");
        assert_eq!(case["reason"], "only targets that we start can be measured");
    }
    assert_eq!(run.cases().len(), 2);
}

/// A run against a server with this waste.
fn wasting(python: &str, waste: &str, framing: &str, filter: &str) -> Ran {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/resources/target.py");
    let program = program.to_str().expect("a path in UTF-8");
    let line = shlex::try_join([python, program, "{port}", waste]).expect("words");
    against(&["--cmd", &line], framing, filter)
}

fn against(target: &[&str], framing: &str, filter: &str) -> Ran {
    let run = [
        "run",
        "--framing",
        framing,
        "--observe",
        "report",
        "--jobs",
        "1",
    ];
    Folder::new().reported(&[&run, target, &["--filter", filter]].concat())
}

impl Ran {
    fn count(&self, verdict: &str) -> usize {
        let has = |case: &&serde_json::Value| case["verdict"] == verdict;
        self.cases().iter().filter(has).count()
    }

    fn kinds(&self) -> Vec<&str> {
        let kinds = self.cases().iter().filter_map(|case| case["kind"].as_str());
        kinds.collect()
    }
}
