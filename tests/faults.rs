//! Drives the program against its own faulty servers without a flaw: a correct implementation that shares no code with the reference.
//!
//! Every framing that a row of the catalogue names is tried with both observers, so that what a flaw shows is the flaw's doing.

use std::collections::BTreeSet;
use std::process::{Command, Output};
use std::sync::Mutex;
use std::thread;

use framecheck::suite::faults;

const PROGRAM: &str = env!("CARGO_BIN_EXE_framecheck");

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
    let output = run("prefixed:u32be", "report", "header-forgotten");
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
}

#[test]
fn a_framing_without_a_program_is_a_usage_error_that_names_one_that_has() {
    let mut command = Command::new(PROGRAM);
    command.args(["serve", "--framing", "prefixed:u8,charset=utf-8"]);
    let output = command
        .args(["--fault", "header-forgotten"])
        .output()
        .expect("the program runs");
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    assert!(told(&output).contains("prefixed:u32be"));
}

fn conforms(framing: &str, observer: &str) {
    let output = run(framing, observer, "none");
    let told = told(&output);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{framing}, {observer}: {told}"
    );
}

fn run(framing: &str, observer: &str, fault: &str) -> Output {
    let serve = ["serve", "--framing", framing, "--observe", observer];
    let rest = ["--fault", fault, "--listen", "{host}:{port}"];
    let words = [PROGRAM].into_iter().chain(serve).chain(rest);
    let line = shlex::try_join(words).expect("words");
    let mut command = Command::new(PROGRAM);
    command.args(["run", "--jobs", "1", "--cmd", &line]);
    command.args(["--framing", framing, "--observe", observer]);
    command.output().expect("the program runs")
}

fn told(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&text).into_owned()
}
