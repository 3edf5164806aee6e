//! Drives the program against its own faulty servers without a flaw: a correct implementation that shares no code with the reference.
//!
//! Every framing that a row of the catalogue names is tried with both observers, so that what a flaw shows is the flaw's doing.

mod common;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::thread;

use common::{Folder, Ran, faulty};
use framecheck::suite::faults;

#[test]
fn without_a_flaw_the_faulty_servers_conform() {
    let framings: BTreeSet<&str> = faults()
        .iter()
        .flat_map(|fault| fault.framings.iter().copied())
        .collect();
    let pairs = framings
        .into_iter()
        .flat_map(|framing| [(framing, "echo"), (framing, "report")]);
    let left = Mutex::new(pairs.collect::<Vec<_>>());
    let next = || left.lock().expect("no other has panicked").pop();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((framing, observer)) = next() {
                    conforms(framing, observer);
                }
            });
        }
    });
}

#[test]
fn a_flaw_is_seen_and_the_run_says_so() {
    let ran = run("prefixed:u32be", "report", Some("header-forgotten"));
    assert_eq!(ran.code, 1, "{ran}");
}

#[test]
fn a_framing_without_a_program_is_a_usage_error_that_names_one_that_has() {
    let serve = ["serve", "--framing", "prefixed:u8,charset=utf-8"];
    let ran = Folder::new().framecheck(&[&serve[..], &["--fault", "header-forgotten"]].concat());
    assert_eq!(ran.code, 2, "{ran}");
    assert!(ran.to_string().contains("prefixed:u32be"), "{ran}");
}

fn conforms(framing: &str, observer: &str) {
    let ran = run(framing, observer, None);
    assert_eq!(ran.code, 0, "{framing}, {observer}: {ran}");
}

fn run(framing: &str, observer: &str, fault: Option<&str>) -> Ran {
    let line = faulty(framing, observer, fault);
    let run = ["run", "--jobs", "1", "--cmd", &line];
    let rest = ["--framing", framing, "--observe", observer];
    Folder::new().framecheck(&[&run[..], &rest].concat())
}
