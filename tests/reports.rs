//! Reports in every form: written by a run or later from a saved one, joined from several, and what happens where they cannot be written.
//!
//! Every test starts the real binary in a folder of its own. What each form must be is said by published schemas: SARIF's as JSON Schema,
//! JUnit's by xmllint, which is skipped out loud where it is missing; with `CI=true` it must be there.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use common::{Folder, PROGRAM, Ran, compiled, misfit, ran, skip_without};
use serde_json::{Value, json};

mod forms {
    use super::*;

    #[test]
    fn one_run_writes_all_forms_at_once() {
        let folder = Folder::new();
        let run = "run --framing netstring --filter hello_world --report json=r.json --report junit=r.xml \
            --report markdown=r.md --report sarif=r.sarif";
        let ran = folder.line(run);
        assert_eq!(ran.code, 0, "{ran}");
        assert!(ran.out.ends_with("conformant\n"), "{ran}");
        let total = folder.json("r.json")["summary"]["total"].as_u64().unwrap();
        let xml = folder.junit("r.xml");
        assert_eq!(count(&xml, "testcase"), total as usize);
        assert_eq!(count(&xml, "failure") + count(&xml, "error"), 0);
        assert!(
            folder
                .read("r.md")
                .starts_with("## framecheck: conformant: ")
        );
        let sarif = folder.sarif("r.sarif");
        assert_eq!(sarif["runs"][0]["results"], json!([]));
    }

    #[test]
    fn failures_are_told_with_their_bytes_and_the_command_that_repeats_them() {
        let folder = Folder::with_failures();
        let ran =
            folder.line("report r.json --to junit=r.xml --to markdown=r.md --to sarif=r.sarif");
        assert_eq!(ran.code, 1, "{ran}");
        assert!(ran.out.starts_with("NOT CONFORMANT"), "{ran}");
        let saved = folder.json("r.json");
        let failed = failed(&saved);
        let xml = folder.junit("r.xml");
        assert_eq!(count(&xml, "failure"), failed.len());
        for (case, drawn) in failed.iter().zip(texts(&xml, "failure")) {
            let replay = case["replay"].as_str().unwrap();
            assert!(drawn.contains(replay), "{drawn}");
            assert!(drawn.contains("sent ") && drawn.contains('|'), "{drawn}");
        }
        let markdown = folder.read("r.md");
        let finding = &saved["findings"][0];
        for part in ["name", "replay"] {
            assert!(markdown.contains(finding[part].as_str().unwrap()));
        }
        let sarif = folder.sarif("r.sarif");
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        let file = |one: &Value| {
            let place = &one["locations"][0]["physicalLocation"]["artifactLocation"];
            place["uri"].as_str().unwrap().to_owned()
        };
        assert_eq!(file(&results[0]), finding["file"].as_str().unwrap());
        assert_eq!(file(results.last().unwrap()), "framecheck.toml");
        assert!(results.len() >= failed.len());
        let prints = results
            .iter()
            .map(|one| &one["partialFingerprints"]["framecheckCase/v1"]);
        let prints: BTreeSet<_> = prints.map(|print| print.as_str().unwrap()).collect();
        assert_eq!(
            prints.len(),
            results.len(),
            "each has a fingerprint of its own"
        );
    }

    #[test]
    fn known_failures_are_skipped_and_suppressed_and_what_is_open_is_an_error() {
        let folder = Folder::with_failures();
        let mut saved = folder.json("r.json");
        for case in saved["cases"].as_array_mut().unwrap() {
            match case["verdict"].as_str().unwrap() {
                "fail" => case["known"] = json!("issue <7> & \"more\""),
                _ => case["verdict"] = json!("inconclusive"),
            }
        }
        saved["findings"] = json!([]);
        folder.write("k.json", saved.to_string());
        let ran =
            folder.line("report k.json --to junit=k.xml --to sarif=k.sarif --to json=k2.json");
        assert_eq!(ran.code, 0, "{ran}");
        let all = saved["cases"].as_array().unwrap().len();
        let failed = failed(&saved).len();
        let xml = folder.junit("k.xml");
        assert_eq!(count(&xml, "failure"), 0);
        assert_eq!(
            (count(&xml, "skipped"), count(&xml, "error")),
            (failed, all - failed)
        );
        assert!(folder.read("k.xml").contains("known: issue &lt;7&gt;"));
        let sarif = folder.sarif("k.sarif");
        for result in sarif["runs"][0]["results"].as_array().unwrap() {
            let why = &result["suppressions"][0]["justification"];
            assert_eq!(why, "issue <7> & \"more\"");
        }
        let summary = &folder.json("k2.json")["summary"];
        assert_eq!(summary["known"].as_u64(), Some(failed as u64));
    }

    #[test]
    fn a_listed_case_that_passes_and_a_run_that_ended_early_look_like_no_pass() {
        let folder = Folder::new();
        let mut passing = document(&[("x", "pass")]);
        passing["cases"][0]["known"] = json!("once");
        folder.write("p.json", passing.to_string());
        let ran = folder.line("report p.json --to junit=p.xml");
        assert_eq!(ran.code, 5, "{ran}");
        assert_eq!(count(&folder.junit("p.xml"), "failure"), 1);
        for (trouble, code) in [("interrupted", 130), ("nothing answers", 3)] {
            let mut early = document(&[("x", "pass")]);
            early["trouble"] = json!(trouble);
            folder.write("e.json", early.to_string());
            let ran = folder.line("report e.json --to junit=e.xml --to sarif=e.sarif");
            assert_eq!(ran.code, code, "{ran}");
            assert_eq!(count(&folder.junit("e.xml"), "error"), 1);
            let sarif = folder.sarif("e.sarif");
            assert_eq!(
                sarif["runs"][0]["invocations"][0]["executionSuccessful"],
                false
            );
        }
    }

    #[test]
    fn nothing_that_a_target_says_becomes_markup() {
        let folder = Folder::new();
        let bad =
            "a\u{0}\u{1b}[31m]]></details><b>&amp;```` | `x`\n# head\n::error::x \u{202e}\u{ffff}";
        let mut saved = document(&[("x", "fail"), ("y", "skip"), ("z", "inconclusive")]);
        for case in saved["cases"].as_array_mut().unwrap() {
            for key in ["reason", "why", "replay"] {
                case[key] = json!(bad);
            }
            case["actual"] = json!([bad]);
        }
        saved["cases"][0]["id"] = json!(bad);
        saved["targets"][0]["about"] = json!({ "library": bad });
        saved["notes"] = json!([bad]);
        folder.write("b.json", saved.to_string());
        let ran =
            folder.line("report b.json --to junit=b.xml --to markdown=b.md --to sarif=b.sarif");
        assert_eq!(ran.code, 1, "{ran}");
        folder.junit("b.xml");
        folder.sarif("b.sarif");
        let markdown = folder.read("b.md");
        assert_eq!(markdown.matches("<details>").count(), 1);
        assert_eq!(
            outside_of_code(&markdown).matches("</details>").count(),
            1,
            "{markdown}"
        );
        assert!(!outside_of_code(&markdown).contains("<b>&"), "{markdown}");
        assert!(!markdown.contains(['\u{0}', '\u{1b}', '\u{202e}']));
    }

    #[test]
    fn a_report_of_thousands_of_failures_stays_readable() {
        let folder = Folder::new();
        let ids: Vec<_> = (0..6000).map(|number| format!("case-{number}")).collect();
        let cases: Vec<_> = ids.iter().map(|id| (&**id, "fail")).collect();
        let mut saved = document(&cases);
        let kinds = [
            "lost", "late", "merged", "split", "corrupt", "hang", "crash", "reset", "leak",
        ];
        for (at, case) in saved["cases"]
            .as_array_mut()
            .unwrap()
            .iter_mut()
            .enumerate()
        {
            case["kind"] = json!(kinds[at * kinds.len() / ids.len()]);
            case["reason"] = json!("because ".repeat(300));
        }
        folder.write("l.json", saved.to_string());
        folder.line("report l.json --to markdown=l.md --to sarif=l.sarif");
        assert!(folder.read("l.md").len() < 60_000);
        // Held against its schema it would take a minute, and has nothing that smaller ones lack.
        let sarif = folder.json("l.sarif");
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        assert_eq!(results.len(), 5000);
        let told: BTreeSet<_> = results.iter().map(|one| one["ruleId"].as_str()).collect();
        assert_eq!(told.len(), kinds.len());
    }

    #[test]
    fn targets_that_differ_and_those_that_were_not_tried_are_told() {
        let folder = Folder::new();
        let mut saved = document(&[("x", "fail")]);
        let mut missing = saved["targets"][0].clone();
        missing["name"] = json!("in-go");
        let why = "the program go is missing; to install it: apt-get install golang-go";
        missing["skipped"] = json!(why);
        saved["targets"].as_array_mut().unwrap().push(missing);
        let group = |name: &str, conforms: bool| json!({ "targets": [name], "answer": ["end clean"], "conforms": conforms });
        saved["differences"] = json!([{
            "framing": "crlf", "groups": [group("a", true), group("b", false)], "cases": 3,
            "example": "crlf/two", "drawn": drawn(),
        }]);
        folder.write("d.json", saved.to_string());
        let ran = folder.line("report d.json --to markdown=- --to junit=d.xml");
        assert!(ran.out.contains("targets differ on 3 cases"), "{ran}");
        assert!(ran.out.contains("apt-get install golang-go"), "{ran}");
        assert!(folder.read("d.xml").contains("the program go is missing"));
        folder.junit("d.xml");
    }

    /// What is left of Markdown without its fences and spans of code.
    fn outside_of_code(markdown: &str) -> String {
        let mut text = String::new();
        let mut fence: Option<&str> = None;
        for line in markdown.lines() {
            match fence {
                Some(ticks) if line == ticks => fence = None,
                Some(_) => {}
                None if line.starts_with("```") => fence = line.strip_suffix("text"),
                None => text += &(without_spans(line) + "\n"),
            }
        }
        assert_eq!(fence, None, "a fence that no line ends");
        text
    }

    fn without_spans(line: &str) -> String {
        let mut text = String::new();
        let mut rest = line;
        while let Some(begin) = rest.find('`') {
            let ticks = rest[begin..].len() - rest[begin..].trim_start_matches('`').len();
            text += &rest[..begin];
            let inside = &rest[begin + ticks..];
            let Some(end) = end_of_span(inside, ticks) else {
                panic!("a span that nothing ends: {line}");
            };
            rest = &inside[end..];
        }
        text + rest
    }

    /// Behind a run of just so many backticks.
    fn end_of_span(text: &str, ticks: usize) -> Option<usize> {
        let mut at = 0;
        while let Some(begin) = text[at..].find('`') {
            let run = &text[at + begin..];
            let len = run.len() - run.trim_start_matches('`').len();
            at += begin + len;
            if len == ticks {
                return Some(at);
            }
        }
        None
    }
}

mod flags {
    use super::*;

    #[test]
    fn a_report_is_printed_in_place_of_the_text() {
        let folder = Folder::new();
        let ran =
            folder.line("run --framing crlf --filter whole --report json=- --report junit=r.xml");
        assert_eq!(ran.code, 0, "{ran}");
        let printed: Value = serde_json::from_str(&ran.out).expect("nothing but the report");
        assert_eq!(printed["schema"], "urn:framecheck:report:1");
        folder.junit("r.xml");
    }

    #[test]
    fn the_same_file_twice_and_unknown_forms_are_refused_before_the_run() {
        let folder = Folder::new();
        for (reports, said) in [
            ("--report json=a --report junit=./a", "named twice"),
            ("--report json=- --report sarif=-", "named twice"),
            ("--report xml=a", "json, junit, markdown, sarif"),
            ("--report junit", "FORMAT=FILE"),
            ("--report junit=", "FORMAT=FILE"),
            (
                "--report sarif=/no/such/folder/x",
                "--report: /no/such/folder/x",
            ),
            ("--report markdown=/", "folder"),
        ] {
            let ran = folder.line(&format!("run {reports}"));
            assert_eq!(ran.code, 2, "{reports}: {ran}");
            assert!(ran.err.contains(said), "{reports}: {ran}");
            assert!(ran.out.is_empty() && !folder.0.join("a").exists());
        }
    }

    #[test]
    fn github_is_told_of_each_kind_in_ten_commands_at_most() {
        let folder = Folder::with_failures();
        let mut run = folder.command(&format!("run {} --report json=g.json", folder.target()));
        let ran = ran(run.env("GITHUB_ACTIONS", "true"));
        assert_eq!(ran.code, 1, "{ran}");
        let told: Vec<_> = ran
            .out
            .lines()
            .filter(|line| line.starts_with("::"))
            .collect();
        assert!((1..=10).contains(&told.len()), "{ran}");
        assert!(told[0].starts_with("::error file=findings/crlf-"), "{ran}");
        let title = "title=framecheck%3A lost (crlf)::";
        assert!(told[0].contains(title), "{ran}");
        let quiet = folder.line(&format!("run {}", folder.target()));
        assert!(!quiet.out.contains("::error"), "{quiet}");
        let mut run = folder.command(&format!("run {} --report sarif=-", folder.target()));
        let clean = super::ran(run.env("GITHUB_ACTIONS", "true"));
        assert!(serde_json::from_str::<Value>(&clean.out).is_ok(), "{clean}");
        assert!(clean.err.contains("::error "), "{clean}");
    }
}

mod saved {
    use super::*;

    #[test]
    fn shards_join_to_the_report_of_the_whole_run() {
        let folder = Folder::new();
        for (filter, file) in [("hello", "a"), ("length", "b"), ("l", "all")] {
            let run =
                format!("run --framing netstring --filter {filter} --report json={file}.json");
            assert_eq!(folder.line(&run).code, 0);
        }
        let ran = folder.line("report merge a.json b.json a.json all.json --to json=joined.json");
        assert_eq!(ran.code, 0, "{ran}");
        let (whole, joined) = (folder.json("all.json"), folder.json("joined.json"));
        assert_eq!(joined["summary"], whole["summary"]);
        assert_eq!(joined["targets"].as_array().unwrap().len(), 1);
        assert_eq!(joined["notes"], json!([]));
        let again = folder.line("report a.json b.json a.json all.json --to json=-");
        assert_eq!(again.out, folder.read("joined.json"));
        assert_eq!(misfit(&joined), None);
    }

    #[test]
    fn the_worse_of_two_verdicts_decides_the_exit_status() {
        let folder = Folder::new();
        folder.write("pass.json", document(&[("x", "pass")]).to_string());
        folder.write("fail.json", document(&[("x", "fail")]).to_string());
        folder.write("skip.json", document(&[("x", "skip")]).to_string());
        for (files, code) in [
            ("pass.json", 0),
            ("fail.json", 1),
            ("skip.json", 4),
            ("skip.json pass.json", 0),
            ("pass.json fail.json", 1),
        ] {
            let ran = folder.line(&format!("report {files}"));
            assert_eq!(ran.code, code, "{files}: {ran}");
            assert!(ran.out.starts_with("## framecheck: "), "{ran}");
        }
        let ran = folder.line("report merge pass.json fail.json");
        assert!(ran.out.contains("x (pass, fail)"), "{ran}");
    }

    #[test]
    fn what_is_no_report_is_named_with_its_place() {
        let folder = Folder::with_failures();
        let whole = folder.read("r.json");
        folder.write("truncated", &whole[..whole.len() / 2]);
        folder.write("empty", "");
        folder.write("no-json", "<testsuites/>");
        folder.write("list", "[]");
        folder.write("selftest", r#"{"schema": "urn:framecheck:selftest:1"}"#);
        folder.write("newer", whole.replace("report:1", "report:9"));
        folder.write("no-schema", "{}");
        let mut typed = folder.json("r.json");
        typed["cases"][1]["micros"] = json!("soon");
        folder.write("typed", typed.to_string());
        let mut lacking = folder.json("r.json");
        lacking["summary"].as_object_mut().unwrap().remove("fail");
        folder.write("lacking", lacking.to_string());
        folder.write(
            "unlisted",
            whole.replacen("\"name\":\"", "\"name\":\"other", 1),
        );
        folder.write("binary", [0xff, 0xfe, 0]);
        for (file, said) in [
            ("truncated", "EOF while parsing"),
            ("empty", "it is empty"),
            ("no-json", "at line 1 column 1"),
            ("list", "a report, which is an object at line 1 column"),
            ("selftest", "urn:framecheck:selftest:1"),
            ("newer", "urn:framecheck:report:9"),
            ("no-schema", "there is no key schema"),
            ("typed", "at the key cases[1].micros"),
            ("lacking", "missing field `fail`"),
            ("unlisted", "is not in the list of targets"),
            ("binary", "the byte at offset 0 is no UTF-8"),
            ("missing", "No such file"),
            (".", "directory"),
        ] {
            let ran = folder.line(&format!("report r.json {file} --to json=out.json"));
            assert_eq!(ran.code, 2, "{file}: {ran}");
            let place = format!("framecheck: {file}: ");
            assert!(
                ran.err.contains(&place) && ran.err.contains(said),
                "{file}: {ran}"
            );
            assert!(!folder.0.join("out.json").exists());
        }
    }
}

mod full_disks {
    use super::*;

    #[test]
    fn what_cannot_be_written_is_said_and_the_others_are_written() {
        let folder = Folder::with_failures();
        for command in [
            "run --framing crlf --filter whole --report json=/dev/full --report junit=b.xml --report sarif=b.sarif",
            "report r.json --to json=/dev/full --to junit=b.xml --to sarif=b.sarif",
        ] {
            let ran = folder.line(command);
            assert_eq!(ran.code, 2, "{ran}");
            assert!(ran.err.contains("/dev/full: No space left"), "{ran}");
            assert!(!ran.err.contains("panicked"), "{ran}");
            folder.junit("b.xml");
            folder.sarif("b.sarif");
            fs::remove_file(folder.0.join("b.xml")).unwrap();
        }
    }

    #[test]
    fn a_full_standard_output_is_an_error_and_the_file_is_there() {
        let folder = Folder::with_failures();
        let full = fs::File::create("/dev/full").unwrap();
        let mut report = folder.command("report r.json --to markdown=- --to junit=c.xml");
        let output = report.stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            said.contains("cannot write") && !said.contains("panicked"),
            "{said}"
        );
        folder.junit("c.xml");
    }

    #[test]
    fn a_report_for_a_reader_that_is_gone_is_an_error() {
        let folder = Folder::with_failures();
        let mut report = folder.command("report r.json --to sarif=-");
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = report.stdout(writer).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            said.contains("cannot write") && !said.contains("panicked"),
            "{said}"
        );
    }

    #[test]
    fn no_half_written_file_stays_in_the_place_of_an_older_one() {
        let folder = Folder::with_failures();
        folder.write("old.xml", "an older report");
        // Larger than the limit that the shell sets, so that the system refuses to write on.
        let limited =
            format!("ulimit -f 1; trap '' XFSZ; exec {PROGRAM} report r.json --to junit=old.xml");
        let ran = ran(Command::new("bash")
            .args(["-c", &limited])
            .current_dir(&folder.0));
        assert_eq!(ran.code, 2, "{ran}");
        assert!(ran.err.contains("--to: old.xml: File too large"), "{ran}");
        assert_eq!(folder.read("old.xml"), "an older report");
        let left: Vec<_> = fs::read_dir(&folder.0).unwrap().collect();
        let parts = left.iter().filter(|entry| {
            let name = entry.as_ref().unwrap().file_name();
            name.to_string_lossy().ends_with(".part")
        });
        assert_eq!(parts.count(), 0);
    }
}

/// A saved report of one target, with cases by id and verdict.
fn document(cases: &[(&str, &str)]) -> Value {
    let summary = json!({
        "total": 0, "pass": 0, "fail": 0, "known": 0, "skip": 0, "inconclusive": 0, "proven": 0,
    });
    let case = |(id, verdict): &(&str, &str)| {
        json!({
            "target": "a", "id": id, "verdict": verdict, "level": "must",
            "kind": (*verdict == "fail").then_some("lost"), "why": "", "reason": "it is so",
            "known": null, "framing": "crlf", "classes": [1], "segments": [2, 3], "close": "fin",
            "gate": "parser", "proven": true, "expected": ["end clean"], "actual": [],
            "micros": 5, "replay": "framecheck run", "drawn": null,
        })
    };
    json!({
        "schema": "urn:framecheck:report:1", "version": "0.1.0", "seed": 1, "target": "a",
        "framing": "crlf", "observe": "echo", "role": "server", "gate": "auto", "seconds": 1.0,
        "notes": [], "trouble": null, "summary": summary.clone(),
        "targets": [{
            "name": "a", "address": "127.0.0.1:7", "framings": ["crlf"], "observe": "echo",
            "gate": "auto", "about": {}, "skipped": null, "trouble": null, "summary": summary,
        }],
        "differences": [], "cases": cases.iter().map(case).collect::<Vec<_>>(), "findings": [],
    })
}

fn drawn() -> Value {
    json!({
        "sent_len": 3, "sent": [{ "at": 0, "hex": "0d0a61" }], "parts": [], "cuts": [1],
        "error_at": null, "received_len": 0, "received": [], "marks": [], "end": "it closed", "manner": "",
    })
}

fn failed(saved: &Value) -> Vec<&Value> {
    let cases = saved["cases"].as_array().unwrap().iter();
    cases.filter(|case| case["verdict"] == "fail").collect()
}

fn count(xml: &str, name: &str) -> usize {
    texts(xml, name).len()
}

/// The text of each element of that name.
fn texts(xml: &str, name: &str) -> Vec<String> {
    let tree = roxmltree::Document::parse(xml).unwrap_or_else(|bad| panic!("{bad}: {xml}"));
    let all = tree.descendants().filter(|node| node.has_tag_name(name));
    all.map(|node| node.text().unwrap_or_default().to_owned())
        .collect()
}

impl Folder {
    /// With `r.json`, the report of a run against a server that looks for its delimiter in each read alone.
    fn with_failures() -> Self {
        static SAVED: OnceLock<String> = OnceLock::new();
        let folder = Self::new();
        let saved = SAVED.get_or_init(|| {
            let ran = folder.line(&format!("run {} --report json=r.json", folder.target()));
            assert_eq!(ran.code, 1, "{ran}");
            folder.read("r.json")
        });
        folder.write("r.json", saved);
        folder
    }

    /// The flags of that run.
    fn target(&self) -> String {
        let server = "serve --framing crlf --fault delimiter-per-read --listen {host}:{port}";
        format!("--cmd '{PROGRAM} {server}' --framing crlf --filter an_empty_line --shrink 20s")
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(PROGRAM);
        let words = shlex::split(line).unwrap();
        command.args(words).current_dir(&self.0);
        command.env_remove("GITHUB_ACTIONS");
        command
    }

    /// Runs the program as a shell would.
    fn line(&self, line: &str) -> Ran {
        ran(&mut self.command(line))
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    /// A report that fits the schema of the SARIF standard.
    fn sarif(&self, name: &str) -> Value {
        static COMPILED: OnceLock<(boon::Schemas, boon::SchemaIndex)> = OnceLock::new();
        let schema = include_str!("data/sarif-schema-2.1.0.json");
        let (schemas, index) = COMPILED.get_or_init(|| compiled(schema));
        let report = self.json(name);
        if let Err(bad) = schemas.validate(&report, *index) {
            panic!("{name}: {bad:#}");
        }
        report
    }

    /// A report that is XML, counts what it has, and fits the schema of Jenkins where xmllint is there to say so.
    fn junit(&self, name: &str) -> String {
        let xml = self.read(name);
        let tree = roxmltree::Document::parse(&xml).unwrap_or_else(|bad| panic!("{bad}"));
        let root = tree.root_element();
        assert!(root.has_tag_name("testsuites"));
        for suite in root.children().filter(roxmltree::Node::is_element) {
            for (counted, of) in [
                ("tests", "testcase"),
                ("failures", "failure"),
                ("errors", "error"),
                ("skipped", "skipped"),
            ] {
                let told: usize = suite.attribute(counted).unwrap().parse().unwrap();
                let there = suite.descendants().filter(|node| node.has_tag_name(of));
                assert_eq!(told, there.count(), "{counted}");
            }
        }
        self.lint(name);
        xml
    }

    fn lint(&self, name: &str) {
        let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/junit-10.xsd");
        let mut lint = Command::new("xmllint");
        lint.args(["--noout", "--huge", "--schema"]).arg(schema);
        match lint.arg(self.0.join(name)).output() {
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "{name}: {said}");
            }
            Err(_) => skip_without("xmllint"),
        }
    }
}
