//! `framecheck selftest` through the real binary: faults of each sort are seen, correct servers are left in peace, and what the self-test
//! finds out about itself decides its exit status.

use std::path::PathBuf;
use std::process::{Command, Output};

fn selftest(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_framecheck"))
        .arg("selftest")
        .args(args)
        .output()
        .expect("the program runs")
}

fn report(name: &str, args: &[&str]) -> (Output, serde_json::Value) {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.json"));
    let flag = format!("json={}", file.display());
    let output = selftest(&[args, &["--report", &flag]].concat());
    let text = std::fs::read_to_string(&file).expect("a report was written");
    (
        output,
        serde_json::from_str(&text).expect("the report is JSON"),
    )
}

fn out(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// A fault of the decoder, one that needs a pause, one that needs a slow reader, one that needs other connections, and one of resources.
#[test]
fn faults_of_each_sort_are_seen_and_their_programs_without_them_are_not_blamed() {
    for (fault, tier) in [
        ("header-forgotten", "quick"),
        ("timeout-forgets-length", "full"),
        ("cut-when-slow", "quick"),
        ("silent-peer-blocks", "quick"),
        ("descriptor-left", "quick"),
    ] {
        let (output, report) = report(fault, &["--fault", fault, "--tier", tier]);
        assert_eq!(output.status.code(), Some(0), "{fault}: {}", out(&output));
        let summary = &report["summary"];
        assert_eq!(summary["faults"], 1, "{fault}: {summary}");
        assert_eq!(summary["rows_seen"], summary["rows"], "{fault}: {summary}");
        assert_eq!(summary["false_alarms"], 0, "{fault}: {summary}");
        assert!(summary["correct_cases"].as_u64() > Some(100), "{summary}");
        let rows = report["rows"].as_array().expect("rows");
        for row in rows.iter().filter(|row| row["server"] == "faulty") {
            let first = row["first"].as_str().expect("the case that saw it first");
            assert_eq!(row["saw"][0], first, "{row}");
            assert!(out(&output).contains(first), "{}", out(&output));
        }
    }
}

#[test]
fn a_fault_that_nobody_sees_fails_the_self_test() {
    // Without its pauses the quick tier cannot know how long the server waits.
    let output = selftest(&["--fault", "timeout-forgets-length", "--tier", "quick"]);
    assert_eq!(output.status.code(), Some(1), "{}", out(&output));
    assert!(out(&output).contains("NONE"), "{}", out(&output));
}

#[test]
fn what_was_seen_is_shrunk_where_that_is_asked_for() {
    let args = ["--fault", "header-forgotten", "--tier", "quick"];
    let (output, report) = report("shrunk", &[&args[..], &["--shrink", "5s"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    let rows = report["rows"].as_array().expect("rows");
    for row in rows.iter().filter(|row| row["server"] == "faulty") {
        let size = &row["shrunk"];
        assert!(size["frames"].as_u64() <= Some(2), "{row}");
        assert!(size["cuts"].as_u64() <= Some(1), "{row}");
        assert!(
            size["vector"]
                .as_str()
                .unwrap_or_default()
                .contains("[[vector]]"),
            "{row}"
        );
    }
}

#[test]
fn a_name_that_no_fault_has_selects_nothing() {
    let output = selftest(&["--fault", "no-such-fault"]);
    assert_eq!(output.status.code(), Some(4), "{}", out(&output));
    assert!(out(&output).contains("list faults"), "{}", out(&output));
}
