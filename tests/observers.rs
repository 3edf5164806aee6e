//! Observers through the real binary: one without a contract, and what is told where a target answers to another one.

mod common;

use common::{Folder, faulty, report};

fn run(folder: &Folder, target: &str, framing: &str, observe: &str) -> common::Ran {
    let run = [
        "run",
        "--cmd",
        target,
        "--framing",
        framing,
        "--observe",
        observe,
    ];
    folder.framecheck(&[&run[..], &["--shrink", "2s", "--report", "json=r.json"]].concat())
}

#[test]
fn a_target_that_answers_to_another_observer_is_told_which() {
    for (answers, asked) in [("report", "echo"), ("echo", "report")] {
        let (folder, target) = (Folder::new(), faulty("netstring", answers, None));
        let ran = run(&folder, &target, "netstring", asked);
        assert_eq!(ran.code, 1, "{ran}");
        let hint = format!("try --observe {answers}");
        assert!(ran.out.contains(&hint), "{answers} {asked}: {ran}");
        let fuzz = [
            "fuzz",
            "--cmd",
            &target,
            "--framing",
            "netstring",
            "--observe",
            asked,
        ];
        let ran = folder.framecheck(&[&fuzz[..], &["--runs", "300", "--shrink", "1s"]].concat());
        assert!(ran.out.contains(&hint), "{answers} {asked}: {ran}");
    }
}

#[test]
fn a_target_that_is_wrong_is_not_told_so() {
    for (fault, framing) in [
        ("first-of-read-only", "prefixed:u32be"),
        ("delimiter-stays", "crlf"),
    ] {
        for observe in ["echo", "report"] {
            let folder = Folder::new();
            let ran = run(
                &folder,
                &faulty(framing, observe, Some(fault)),
                framing,
                observe,
            );
            assert_eq!(ran.code, 1, "{ran}");
            assert!(!ran.out.contains("try --observe"), "{ran}");
        }
    }
}

#[test]
fn without_a_contract_only_what_depends_on_the_cuts_fails() {
    let folder = Folder::new();
    let target = faulty("crlf", "echo", Some("delimiter-per-read"));
    let ran = run(&folder, &target, "crlf", "invariance");
    assert_eq!(ran.code, 1, "{ran}");
    let json = report(&folder.path("r.json"));
    assert_eq!(json["observe"], "invariance");
    let cases = json["cases"].as_array().unwrap();
    let failed = cases.iter().filter(|case| case["verdict"] == "fail");
    let failed: Vec<_> = failed.collect();
    assert!(!failed.is_empty() && failed.iter().all(|case| case["kind"] == "variant"));
    // What is sent whole, and not measured, has nothing to be compared with.
    let whole = |case: &&serde_json::Value| {
        let plain = case["id"].as_str().unwrap().split(':').count() == 3;
        plain && case["segments"].as_array().unwrap().len() < 2
    };
    let mut whole = cases.iter().filter(whole).peekable();
    assert!(whole.peek().is_some());
    assert!(whole.all(|case| case["verdict"] == "skip"));
    let finding = format!("findings/{}", folder.files("findings").remove(0));
    let again = |target: &str| folder.framecheck(&["replay", &finding, "--cmd", target]);
    assert_eq!(again(&target).code, 1);
    assert_eq!(again(&faulty("crlf", "echo", None)).code, 0);
    let script = folder.framecheck(&["replay", &finding, "--script", "python"]);
    assert_eq!(script.code, 2, "{script}");
    assert!(script.err.contains("without --script"), "{script}");
}

#[test]
fn without_a_contract_correct_servers_pass_whatever_they_answer() {
    for (framing, observe) in [
        ("netstring", "report"),
        ("http-chunked", "echo"),
        ("half-close", "echo"),
    ] {
        let folder = Folder::new();
        let ran = run(
            &folder,
            &faulty(framing, observe, None),
            framing,
            "invariance",
        );
        assert_eq!(ran.code, 0, "{framing} {observe}: {ran}");
        let summary = &report(&folder.path("r.json"))["summary"];
        assert!(summary["pass"].as_u64() > Some(50), "{summary}");
        assert_eq!(summary["fail"], 0);
    }
}
