//! Which cases are run, and until when: `--filter`, `--skip`, `--shard`, `--retries`, `--fail-fast` and `--deadline` of the real program; and
//! what shells and `man` are told of its flags.
//!
//! Targets are the built-in servers, right and with a fault, and a Python program that fails so often and then no more. What needs Python
//! is skipped out loud without it; with `CI=true` it must be there. Nothing here sleeps for a fixed time. Every report is held against
//! its schema.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use common::{Folder, Ran, faulty, has_python, skip};
use serde_json::{Value, json};

/// A stream on some of whose cases the fault `header-partial` shows.
const STREAM: &str = "u32be/a_length_cut_at_each_place";

/// A case of the framing that the Python program speaks.
const ONE_CASE: &str = "lines/both_ends_and_none:whole:fin";

mod filter_and_skip {
    use super::*;

    #[test]
    fn a_filter_is_a_part_of_ids_a_whole_id_or_a_glob_over_whole_ids() {
        let folder = Folder::new();
        let of = |filter| folder.netstring(&["--filter", filter]).ids();
        let world = "netstring/hello_world";
        assert_eq!(
            of("netstring/hello_world:cut@1:fin"),
            [format!("{world}:cut@1:fin")]
        );
        assert_eq!(
            of("netstring/hello_world:cut@?:fin"),
            [1, 2, 3, 4].map(|at| format!("{world}:cut@{at}:fin"))
        );
        assert_eq!(
            of("*/hello_world:whole:*"),
            ["fin", "hold"].map(|close| format!("{world}:whole:{close}"))
        );
        let part = of("hello_world:cut@1");
        assert!(part.len() > 4, "{part:?}");
        let begins = |id: &String| id.starts_with("netstring/hello_world:cut@1");
        assert!(part.iter().all(begins), "{part:?}");
    }

    #[test]
    fn class_level_and_pattern_select_what_the_report_says_of_the_cases() {
        let folder = Folder::new();
        let all = folder.netstring(&[]);
        let of = |filter: &str| folder.netstring(&["--filter", filter]);
        let ids = |is: &dyn Fn(&Value) -> bool| -> Vec<String> {
            let cases = all.cases().iter().filter(|case| is(case));
            cases.map(id).collect()
        };
        let has_44 = ids(&|case| case["classes"].as_array().unwrap().contains(&json!(44)));
        assert!(!has_44.is_empty() && has_44.len() < all.cases().len());
        assert_eq!(of("class:44").ids(), has_44);
        for level in ["must", "should", "may"] {
            let have = ids(&|case| case["level"] == level);
            let run = of(&format!("level:{level}"));
            match have.is_empty() {
                true => assert_eq!(run.code, 4, "{run}"),
                false => assert_eq!(run.ids(), have),
            }
        }
        assert_eq!(of("pattern:prefixed").ids(), all.ids());
        assert_eq!(of("pattern:delimited").code, 4);
    }

    #[test]
    fn any_of_several_filters_will_do_and_a_skip_wins() {
        let folder = Folder::new();
        let run = folder.netstring(&[
            "--filter",
            "netstring/hello_world:whole:fin",
            "--filter",
            "netstring/hello_world:whole:hold",
            "--filter",
            "netstring/hello_world:cut@1:fin",
            "--skip",
            "netstring/*:hold",
        ]);
        assert_eq!(run.code, 0, "{run}");
        assert_eq!(
            run.ids(),
            [
                "netstring/hello_world:whole:fin",
                "netstring/hello_world:cut@1:fin"
            ]
        );
        let note = run.json["notes"][0].as_str().unwrap();
        assert!(
            note.starts_with("selected are 2 of ") && note.ends_with("(--filter, --skip)"),
            "{note}"
        );
        let all = folder.netstring(&[]);
        let rest = folder.netstring(&["--skip", "class:44", "--skip", "hello_world"]);
        let skipped = |case: &&Value| {
            let classes = case["classes"].as_array().unwrap();
            classes.contains(&json!(44)) || id(case).contains("hello_world")
        };
        let left = all.cases().iter().filter(|case| !skipped(case));
        assert_eq!(rest.ids(), left.map(id).collect::<Vec<_>>());
        assert!(rest.cases().len() < all.cases().len());
    }

    #[test]
    fn what_selects_nothing_is_refused_with_what_would_select_something() {
        let folder = Folder::new();
        for (arguments, status, words) in [
            (
                &["--filter", "netstring/helo_world"][..],
                4,
                &[
                    "--filter",
                    "\"netstring/helo_world\"",
                    "nearest are netstring/hello_world,",
                ][..],
            ),
            (
                &["--filter", "hello_world", "--filter", "hello_word:"],
                4,
                &["\"hello_word:\""],
            ),
            (
                &["--filter", "netstring/hello_world:cut@?"],
                4,
                &["netstring/hello_world:cut@?* would match"],
            ),
            (&["--filter", "class:1"], 4, &["class 1;", "there are: 3, "]),
            (&["--filter", "class:65"], 2, &["1 to 64"]),
            (&["--filter", "class:x"], 2, &["1 to 64"]),
            (&["--skip", "level:most"], 2, &["must, should, may"]),
            (&["--filter", "pattern:lines"], 2, &["delimited, prefixed"]),
            (&["--filter", ""], 2, &["empty"]),
            (
                &["--skip", "netstring/helo_world"],
                2,
                &["--skip", "netstring/hello_world"],
            ),
            (&["--skip", "class:1"], 2, &["class 1;"]),
            (
                &["--filter", "hello_world", "--skip", "netstring/"],
                4,
                &["no case is left"],
            ),
        ] {
            let run = folder.netstring(arguments);
            assert_eq!(run.code, status, "{arguments:?}: {run}");
            assert!(run.json.is_null() && run.out.is_empty(), "{run}");
            for word in words {
                assert!(run.err.contains(word), "{arguments:?}: {word}: {run}");
            }
        }
    }
}

mod shards {
    use super::*;

    #[test]
    fn are_disjoint_and_make_the_whole() {
        let folder = Folder::new();
        let all = folder.netstring(&["--filter", "whole"]).ids();
        for of in [1, 3, 4] {
            let mut union = BTreeSet::new();
            for number in 1..=of {
                let shard = format!("{number}/{of}");
                let run = folder.netstring(&["--filter", "whole", "--shard", &shard]);
                assert_eq!(run.code, 0, "{run}");
                let note = run.json["notes"][0].as_str().unwrap();
                assert!(note.ends_with(&format!("(--filter, --shard {shard})")));
                for id in run.ids() {
                    assert!(all.contains(&id), "{id}");
                    assert!(union.insert(id.clone()), "{id} is in two shards of {of}");
                }
            }
            assert_eq!(union.len(), all.len(), "{of}");
        }
    }

    #[test]
    fn keep_their_cases_when_others_are_added() {
        let folder = Folder::new();
        let ids = |shard: &str, more: &[&str]| -> BTreeSet<String> {
            let filter = ["--filter", "hello_world", "--shard", shard];
            let run = folder.netstring(&[&filter, more].concat());
            run.ids().into_iter().collect()
        };
        for shard in ["1/2", "2/2"] {
            let (few, many) = (ids(shard, &[]), ids(shard, &["--tier", "full"]));
            assert!(many.len() > few.len());
            // A name for random cuts may be taken up by one for a single cut.
            let stays = |id: &&String| !id.contains("random");
            let gone: Vec<_> = few.difference(&many).filter(stays).collect();
            assert!(gone.is_empty(), "{shard}: {gone:?}");
        }
    }

    #[test]
    fn that_are_none_are_refused() {
        let folder = Folder::new();
        for (shard, word) in [
            ("0/3", "numbered from 1"),
            ("4/3", "no shard 4 of 3"),
            ("1/0", "of 0 there is none"),
            ("-1/3", "K/N"),
            ("one/three", "K/N"),
            ("2", "K/N"),
        ] {
            let run = folder.netstring(&["--shard", shard]);
            assert_eq!(run.code, 2, "{shard}: {run}");
            assert!(run.err.contains(word), "{shard}: {run}");
        }
    }

    #[test]
    fn without_a_case_select_nothing() {
        let folder = Folder::new();
        let one = ["--filter", "netstring/hello_world:whole:fin", "--shard"];
        let of = |shard| folder.netstring(&[&one[..], &[shard]].concat());
        let runs = [of("1/2"), of("2/2")];
        let mut codes = runs.each_ref().map(|run| run.code);
        codes.sort_unstable();
        assert_eq!(codes, [0, 4]);
        let none = runs.iter().find(|run| run.code == 4).unwrap();
        assert!(none.err.contains("has none of the selected"), "{none}");
    }
}

mod retries {
    use super::*;

    #[test]
    fn a_case_that_passes_on_another_try_is_a_flake_and_fails_the_run() {
        if !has_python() {
            return;
        }
        let folder = Folder::new();
        let run = folder.flaky(1, &["--retries", "2"]);
        assert_eq!(run.code, 1, "{run}");
        let case = &run.cases()[0];
        assert_eq!(case["verdict"], "fail");
        assert_eq!(case["flake"], json!({"failed": 1, "of": 3}));
        assert_eq!(case["tries"], 3);
        assert_eq!(run.json["summary"]["fail"], 1);
        assert_eq!(run.json["summary"]["flakes"], 1);
        let headline = format!(
            "\nFLAKE {} {} (failed 1 of 3)\n",
            word(&case["kind"]),
            id(case)
        );
        assert!(run.out.contains(&headline), "{run}");
        assert!(!run.out.contains("\nFAIL "), "{run}");
        assert!(run.out.contains("1 failed (1 flake), "), "{run}");
        assert!(run.out.ends_with("NOT CONFORMANT\n"), "{run}");
        // Each try had a process of its own.
        let processes = folder.read("state");
        let distinct: BTreeSet<_> = processes.lines().collect();
        assert_eq!((processes.lines().count(), distinct.len()), (3, 3));
    }

    #[test]
    fn a_case_that_fails_each_time_is_a_plain_failure_with_its_tries() {
        if !has_python() {
            return;
        }
        let folder = Folder::new();
        let run = folder.flaky(1000, &["--retries", "2"]);
        assert_eq!(run.code, 1, "{run}");
        let case = &run.cases()[0];
        assert_eq!(case["flake"], Value::Null);
        assert_eq!(case["tries"], 3);
        assert_eq!(run.json["summary"]["flakes"], 0);
        let headline = format!(
            "\nFAIL {} {} (failed 3 of 3)\n",
            word(&case["kind"]),
            id(case)
        );
        assert!(run.out.contains(&headline), "{run}");
        assert!(run.out.contains("1 failed, "), "{run}");
    }

    #[test]
    fn how_often_a_flake_failed_is_counted() {
        if !has_python() {
            return;
        }
        let run = Folder::new().flaky(3, &["--retries", "4"]);
        assert_eq!(run.code, 1, "{run}");
        assert_eq!(run.cases()[0]["flake"], json!({"failed": 3, "of": 5}));
    }

    #[test]
    fn what_is_not_run_again_is_no_flake() {
        if !has_python() {
            return;
        }
        let folder = Folder::new();
        let run = folder.flaky(1, &[]);
        assert_eq!(run.code, 1, "{run}");
        assert_eq!(run.cases()[0]["flake"], Value::Null);
        assert_eq!(run.cases()[0]["tries"], 1);
        assert!(run.out.contains(&format!(" {}\n", id(&run.cases()[0]))));
        assert!(!run.out.contains("FLAKE"), "{run}");
        // What passes is not run again either.
        let passing = folder.flaky(0, &["--retries", "3"]);
        assert_eq!(passing.code, 0, "{passing}");
        assert_eq!(passing.cases()[0]["tries"], 1);
    }

    #[test]
    fn a_known_failure_is_not_run_again() {
        if !has_python() {
            return;
        }
        let folder = Folder::new();
        let known =
            "[[known]]\ncases = 'lines/both_ends_and_none:*'\nreason = 'it is lost at first'\n";
        folder.write("k.toml", known);
        let run = folder.flaky(1, &["--retries", "2", "--known", "k.toml"]);
        assert_eq!(run.code, 0, "{run}");
        assert_eq!(run.json["summary"]["known"], 1);
        assert_eq!(run.cases()[0]["tries"], 1);
    }

    #[test]
    fn that_are_no_number_are_refused() {
        for retries in ["-1", "two", "65536"] {
            let run = Folder::new().netstring(&["--retries", retries]);
            assert_eq!(run.code, 2, "{run}");
            assert!(run.err.contains("0 to 65535"), "{run}");
        }
    }

    #[test]
    fn a_hang_is_tried_again_and_uses_up_no_more_of_the_patience_with_its_stream() {
        if !has_python() {
            return;
        }
        let folder = Folder::new();
        let own = ["--timeout", "1s", "--jobs", "1", "--retries", "1"];
        let once = folder.bad(1, "hang", ONE_CASE, &own);
        assert_eq!(once.cases()[0]["kind"], "hang", "{once}");
        assert_eq!(once.cases()[0]["flake"], json!({"failed": 1, "of": 2}));
        let always = folder.bad(1000, "hang", "lines/both_ends_and_none", &own);
        let tried = |case: &&Value| case["verdict"] == "fail" && case["tries"] == 2;
        assert_eq!(always.cases().iter().filter(tried).count(), 3, "{always}");
        assert_eq!(always.json["summary"]["flakes"], 0, "{always}");
        let reason = "not tried: the target has hung";
        let left = always
            .cases()
            .iter()
            .filter(|case| word(&case["reason"]).contains(reason));
        assert_eq!(left.count(), always.cases().len() - 3, "{always}");
    }
}

mod an_early_end {
    use super::*;

    #[test]
    fn comes_with_the_first_failure() {
        let folder = Folder::new();
        let full = folder.faulty("header-partial", &["--shrink", "0s", "--jobs", "1"]);
        let run = folder.faulty("header-partial", &["--fail-fast", "--jobs", "1"]);
        assert_eq!(run.code, 1, "{run}");
        let before = full
            .cases()
            .iter()
            .take_while(|case| case["verdict"] != "fail");
        let ran = before.count() + 1;
        assert_eq!(run.ids(), full.ids()[..ran]);
        assert_eq!(run.json["summary"]["fail"], 1);
        let planned = full.cases().len();
        let words = format!(
            "a case failed (--fail-fast): {ran} of {planned} cases were run, {} were not",
            planned - ran
        );
        assert_eq!(run.json["trouble"], words);
        assert!(
            run.out
                .ends_with(&format!("NOT CONFORMANT, ended early: {words}\n")),
            "{run}"
        );
        // The one failure is still made small.
        assert_eq!(run.json["findings"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn comes_for_all_workers() {
        let run = Folder::new().faulty(
            "header-partial",
            &["--fail-fast", "--jobs", "2", "--shrink", "0s"],
        );
        assert_eq!(run.code, 1, "{run}");
        let failed = run.json["summary"]["fail"].as_u64().unwrap();
        assert!((1..=2).contains(&failed), "{run}");
        assert!(word(&run.json["trouble"]).contains("--fail-fast"));
    }

    #[test]
    fn does_not_come_with_a_known_failure() {
        let folder = Folder::new();
        let known = format!("[[known]]\ncases = '{STREAM}:*'\nreason = 'told in #12'\n");
        folder.write("k.toml", known);
        let own = [
            "--known",
            "k.toml",
            "--fail-fast",
            "--jobs",
            "1",
            "--shrink",
            "0s",
        ];
        let cut = format!("{STREAM}:cut@1*");
        let run = folder.faulty("header-partial", &[&own[..], &["--filter", &cut]].concat());
        assert!(run.json["trouble"].is_null(), "{run}");
        assert!(run.json["summary"]["known"].as_u64() > Some(1), "{run}");
        let more = ["--filter", "u32be/*:cut@1:hold"];
        let run = folder.faulty(
            "header-partial",
            &[&own[..], &["--filter", &cut], &more].concat(),
        );
        assert_eq!(run.code, 1, "{run}");
        let summary = &run.json["summary"];
        let unknown = summary["fail"].as_u64().unwrap() - summary["known"].as_u64().unwrap();
        assert_eq!(unknown, 1, "{run}");
    }

    #[test]
    fn with_the_last_case_is_none() {
        let id = format!("{STREAM}:cut@1:hold");
        let run = Folder::new().faulty(
            "header-partial",
            &["--fail-fast", "--filter", &id, "--shrink", "0s"],
        );
        assert_eq!(run.code, 1, "{run}");
        assert!(run.json["trouble"].is_null(), "{run}");
        assert!(run.out.ends_with("NOT CONFORMANT\n"), "{run}");
    }

    #[test]
    fn leaves_a_list_of_known_failures_alone() {
        let folder = Folder::new();
        let run = folder.netstring(&["--fail-fast", "--known", "k.toml", "--update-known"]);
        assert_eq!(run.code, 2, "{run}");
        assert!(run.err.contains("--fail-fast"), "{run}");
        let run = folder.netstring(&["--deadline", "1ms", "--known", "k.toml", "--update-known"]);
        assert_eq!(run.code, 1, "{run}");
        assert!(run.err.contains("k.toml is not updated"), "{run}");
        assert!(!folder.path("k.toml").exists());
    }

    #[test]
    fn comes_with_the_deadline_and_is_not_conformant() {
        let folder = Folder::new();
        // Each case with a cut takes as long as its pauses: all of them would take most of a minute.
        let slow = ["--gate", "sleep:50ms", "--jobs", "1", "--deadline", "5s"];
        let run = folder.netstring(&slow);
        assert_eq!(run.code, 1, "{run}");
        let ran = run.cases().len();
        assert!(ran > 0, "{run}");
        assert_eq!(run.json["summary"]["pass"], ran);
        let begins = format!("the deadline of 5s passed: {ran} of ");
        let trouble = word(&run.json["trouble"]);
        assert!(trouble.starts_with(&begins), "{trouble}");
        assert!(
            run.out.ends_with(&format!("\nended early: {trouble}\n")),
            "{run}"
        );
        let none = folder.netstring(&["--deadline", "1us"]);
        assert_eq!(none.code, 1, "{none}");
        assert!(word(&none.json["trouble"]).contains(": 0 of "), "{none}");
    }

    #[test]
    fn does_not_come_before_the_deadline() {
        let run = Folder::new().netstring(&["--filter", "hello_world", "--deadline", "1000s"]);
        assert_eq!(run.code, 0, "{run}");
        assert!(run.json["trouble"].is_null(), "{run}");
    }

    #[test]
    fn comes_to_shrinking_as_well() {
        let id = format!("{STREAM}:cut@1+2+3:hold");
        // All steps to the smallest case take more than ten seconds, for each cut is a pause.
        let own = [
            "--gate",
            "sleep:400ms",
            "--shrink",
            "60s",
            "--deadline",
            "5s",
        ];
        let run = Folder::new().faulty("header-partial", &[&own[..], &["--filter", &id]].concat());
        assert_eq!(run.code, 1, "{run}");
        assert!(run.json["trouble"].is_null(), "{run}");
        let note = &run.json["findings"][0]["note"];
        assert!(word(note).contains("time was over"), "{run}");
    }

    #[test]
    fn at_a_time_that_is_none_is_refused() {
        for time in ["0s", "30", "soon", "-1s"] {
            let run = Folder::new().netstring(&[&format!("--deadline={time}")]);
            assert_eq!(run.code, 2, "{time}: {run}");
            assert!(run.err.contains("500ms, 5s"), "{time}: {run}");
        }
    }
}

mod shells_and_man {
    use super::*;

    const COMMANDS: [&str; 15] = [
        "run",
        "fuzz",
        "bench",
        "compare",
        "init",
        "report",
        "replay",
        "list",
        "show",
        "decode",
        "encode",
        "serve",
        "selftest",
        "completions",
        "man",
    ];

    #[test]
    fn completions_for_bash_are_bash_and_know_every_command_and_flag() {
        let folder = Folder::new();
        let script = folder.framecheck(&["completions", "bash"]);
        assert_eq!(script.code, 0, "{script}");
        let words: BTreeSet<_> = script.out.split_whitespace().collect();
        for word in COMMANDS
            .iter()
            .chain(&["--shard", "--fail-fast", "--deadline"])
        {
            assert!(words.contains(word), "{word}");
        }
        folder.write("framecheck.bash", &script.out);
        let checked = Command::new("bash")
            .args(["-n", "framecheck.bash"])
            .current_dir(&folder.0)
            .output();
        match checked {
            Ok(checked) => assert!(checked.status.success(), "{checked:?}"),
            Err(error) => skip(&format!("bash: {error}")),
        }
    }

    #[test]
    fn completions_are_there_for_each_shell_and_for_no_other() {
        let folder = Folder::new();
        for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
            let script = folder.framecheck(&["completions", shell]);
            assert_eq!(script.code, 0, "{script}");
            assert!(script.out.contains("selftest"), "{shell}");
        }
        assert_eq!(folder.framecheck(&["completions", "cmd.exe"]).code, 2);
    }

    #[test]
    fn man_prints_the_page_of_the_program_and_writes_one_for_each_command() {
        let folder = Folder::new();
        let page = folder.framecheck(&["man"]);
        assert_eq!(page.code, 0, "{page}");
        assert!(page.out.contains(".TH framecheck 1 "), "{page}");
        assert!(page.out.contains("130 interrupted"), "{page}");
        let written = folder.framecheck(&["man", "--dir", "a/b"]);
        assert_eq!((written.code, &*written.out), (0, ""), "{written}");
        let files = BTreeSet::from_iter(folder.files("a/b"));
        let own = COMMANDS
            .iter()
            .map(|command| format!("framecheck-{command}.1"));
        assert_eq!(files, own.chain(["framecheck.1".to_owned()]).collect());
        let run = folder.read("a/b/framecheck-run.1");
        assert!(run.contains(".TH framecheck-run 1 ") && run.contains(r"\-\-fail\-fast"));
        assert_eq!(folder.read("a/b/framecheck.1"), page.out);
        folder.write("file", "");
        assert_eq!(folder.framecheck(&["man", "--dir", "file"]).code, 2);
    }
}

impl Ran {
    fn ids(&self) -> Vec<String> {
        self.cases().iter().map(id).collect()
    }
}

fn id(case: &Value) -> String {
    word(&case["id"]).to_owned()
}

fn word(value: &Value) -> &str {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no word"))
}

impl Folder {
    /// The suite against the reference server.
    fn netstring(&self, arguments: &[&str]) -> Ran {
        self.run(&["--framing", "netstring"], arguments)
    }

    /// The suite against the server with this fault.
    fn faulty(&self, fault: &str, arguments: &[&str]) -> Ran {
        let target = faulty("prefixed:u32be", "report", Some(fault));
        let own = [
            "--cmd",
            &target,
            "--framing",
            "prefixed:u32be",
            "--observe",
            "report",
        ];
        self.run(&own, arguments)
    }

    /// One case against a server that loses what comes on so many connections, and on no others.
    fn flaky(&self, bad: usize, arguments: &[&str]) -> Ran {
        self.bad(bad, "lose", ONE_CASE, arguments)
    }

    /// These cases against a server that serves so many connections badly.
    fn bad(&self, bad: usize, how: &str, cases: &str, arguments: &[&str]) -> Ran {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/selection/flaky.py");
        let target = format!("python3 '{}' {{port}} state {bad} {how}", script.display());
        let _ = fs::remove_file(self.path("state"));
        let own = [
            "--cmd",
            &target,
            "--framing",
            "lines",
            "--filter",
            cases,
            "--shrink",
            "0s",
        ];
        self.run(&own, arguments)
    }

    fn run(&self, own: &[&str], arguments: &[&str]) -> Ran {
        self.reported(&[&["run"], own, arguments].concat())
    }
}
