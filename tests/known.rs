//! Known failures as users have them: `--known` and `--update-known` of the real program, against a server with a fault and the same
//! server without it.
//!
//! Nothing here sleeps for a fixed time: each wait is for a condition, with a deadline. Every report is held against its schema.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};

use common::{Folder, PROGRAM, Ran, awaited, faulty};
use rustix::process::{Pid, Signal, kill_process};

/// A stream on some of whose cases the fault shows.
const STREAM: &str = "u32be/a_length_cut_at_each_place";

/// Cases of it that fail, and all of which the glob stands for.
const FAILING: &str = "u32be/a_length_cut_at_each_place:cut@1+2+3*";

/// Its cases that pass with the fault and without it.
const PASSING: &str = "u32be/a_length_cut_at_each_place:whole:*";

mod a_listed_case {
    use super::*;

    #[test]
    fn that_fails_is_reported_with_its_reason_and_fails_no_run() {
        let folder = Folder::new();
        folder.list(&[(FAILING, "told in #12")]);
        let id = format!("{STREAM}:cut@1+2+3:hold");
        let run = folder.run("header-partial", &["--known", "k.toml", "--filter", &id]);
        assert_eq!(run.code, 0, "{run}");
        assert_eq!(run.with("known", "told in #12"), [&*id]);
        assert_eq!(run.with("verdict", "fail"), [&*id]);
        assert_eq!(run.json["summary"]["known"], 1);
        assert_eq!(run.json["summary"]["fail"], 1);
        assert!(
            run.out.contains("told in #12") && run.out.contains(&id),
            "{run}"
        );
        assert!(
            run.out.ends_with(
                "1 failed (1 known), 0 skipped, 0 inconclusive\nconformant but for what is known\n"
            ),
            "{run}"
        );
        assert!(!run.out.contains("FAIL"), "{run}");

        // What is not listed still fails it, and the two are told apart.
        let run = folder.run("header-partial", &["--known", "k.toml", "--filter", STREAM]);
        assert_eq!(run.code, 1, "{run}");
        assert_eq!(run.with("known", "told in #12").len(), 2);
        let unlisted = run.with("verdict", "fail").len() - 2;
        assert_eq!(run.out.matches("\nFAIL ").count(), unlisted.min(8), "{run}");
        assert!(
            unlisted > 0 && !run.out.contains(&format!(" {id}\n")),
            "{run}"
        );
    }

    #[test]
    fn is_drawn_and_fails_when_it_is_replayed() {
        let folder = Folder::new();
        folder.list(&[(FAILING, "told in #12")]);
        let id = format!("{STREAM}:cut@1+2+3:hold");
        let run = folder.run("header-partial", &["--known", "k.toml", "--filter", &id]);
        assert_eq!(run.code, 0, "{run}");
        let kind = run.cases()[0]["kind"].as_str().unwrap();
        let words = shlex::split(run.cases()[0]["replay"].as_str().unwrap()).unwrap();
        assert_eq!(words[0], "framecheck");
        let again = folder.reported(&words[1..]);
        assert_eq!(again.code, 1, "{again}");
        assert!(again.out.contains(&format!("FAIL {kind} {id}")), "{again}");
        assert_eq!(again.json["summary"]["total"], 1);
        assert_eq!(again.cases()[0]["kind"], run.cases()[0]["kind"]);
        assert!(again.cases()[0]["known"].is_null());
    }

    #[test]
    fn that_passes_is_an_error_that_names_it_and_its_line() {
        let folder = Folder::new();
        folder.list(&[(FAILING, "told in #12"), (PASSING, "told in #13")]);
        let run = folder.run("none", &["--known", "k.toml", "--filter", STREAM]);
        assert_eq!(run.code, 5, "{run}");
        for place in [
            format!("k.toml:2: {STREAM}:cut@1+2+3:hold\n"),
            format!("k.toml:6: {STREAM}:whole:fin\n"),
            "--update-known".to_owned(),
        ] {
            assert!(run.err.contains(&place), "{run}");
        }
        assert!(
            run.out.contains("k.toml:2: ")
                && run.out.ends_with("THE LIST OF KNOWN FAILURES IS WRONG\n"),
            "{run}"
        );
        assert_eq!(run.json["summary"]["known"], 0);

        // A failure that nobody knows is worse.
        let run = folder.run("header-partial", &["--known", "k.toml", "--filter", STREAM]);
        assert_eq!(run.code, 1, "{run}");
        assert!(
            run.out.contains("k.toml:6: ") && run.out.ends_with("NOT CONFORMANT\n"),
            "{run}"
        );
    }

    #[test]
    fn that_was_not_tried_or_not_judged_is_no_error() {
        let folder = Folder::new();
        folder.list(&[(PASSING, "told in #12")]);
        let run = folder.run("none", &["--known", "k.toml", "--filter", "cut@2:hold"]);
        assert_eq!(run.code, 0, "{run}");
        // The target takes other payloads than those of the stream.
        let skips = [
            "--known",
            "k.toml",
            "--payload",
            "json",
            "--filter",
            PASSING.trim_end_matches('*'),
        ];
        let run = folder.run("none", &skips);
        assert_eq!(
            run.json["summary"]["skip"], run.json["summary"]["total"],
            "{run}"
        );
        assert_eq!(run.code, 4, "{run}");
    }
}

mod a_wrong_list {
    use super::*;

    #[test]
    fn is_refused_before_anything_is_run_with_its_place_and_what_would_be_right() {
        let entry = |cases: &str| format!("[[known]]\ncases = '{cases}'\nreason = 'r'\n");
        let twice = entry("u32be/*") + &entry("u32be/*");
        let near = entry("u32be/a_length_cut_at_each_place:cot@1:hold");
        let wrong: &[(&str, &[&str])] = &[
            (&twice, &["k.toml:5:9: ", "listed in line 2"]),
            (
                &near,
                &[
                    "k.toml:2:9: ",
                    "cot@1",
                    "the nearest is u32be/a_length_cut_at_each_place:cut@1:hold",
                    "--framing",
                ],
            ),
            (
                "[[known]]\ncases = '*'\nreason = ''\n",
                &["k.toml:3:10: ", "sentence"],
            ),
            (
                "[[known]]\ncases = '*'\n",
                &["k.toml:1:1: ", "reason is missing"],
            ),
            (
                "[[known]]\ncases = '*'\nreason = 'r'\nid = 1\n",
                &["k.toml:4:1: ", "\"id\"", "cases, reason"],
            ),
            (
                "[[known]]\ncases = 7\nreason = 'r'\n",
                &["k.toml:2:9: ", "a string is expected", "integer"],
            ),
            ("known = ['*']\n", &["k.toml:1:10: ", "[[known]]"]),
            ("[[known]\n", &["k.toml:1:"]),
        ];
        let folder = Folder::new();
        for (text, hints) in wrong {
            folder.write("k.toml", text);
            refused(&folder, hints);
        }
        folder.write("k.toml", b"# one\n# two \xff\n");
        refused(&folder, &["k.toml:2:7: ", "UTF-8"]);
        fs::remove_file(folder.path("k.toml")).unwrap();
        refused(&folder, &["k.toml: No such file", "--update-known"]);
        fs::create_dir(folder.path("k.toml")).unwrap();
        refused(&folder, &["k.toml: ", "directory"]);
    }

    fn refused(folder: &Folder, hints: &[&str]) {
        let touched = folder.path("started");
        let target = format!("touch {} {{port}}", touched.display());
        let run = folder.reported(&[
            "run",
            "--cmd",
            &target,
            "--framing",
            "prefixed:u32be",
            "--known",
            "k.toml",
        ]);
        assert_eq!(run.code, 2, "{run}");
        for hint in hints {
            assert!(run.err.contains(hint), "{hint}: {run}");
        }
        assert!(run.out.is_empty() && !touched.exists(), "{run}");
    }

    #[test]
    fn is_not_one_whose_entries_are_only_not_selected() {
        let folder = Folder::new();
        folder.list(&[(FAILING, "r")]);
        let run = folder.run(
            "none",
            &[
                "--known",
                "k.toml",
                "--filter",
                "u32be/an_empty_message_alone",
            ],
        );
        assert_eq!(run.code, 0, "{run}");
        assert!(run.out.ends_with("\nconformant\n"), "{run}");
    }

    #[test]
    fn an_update_goes_with_a_file() {
        let run = Folder::new().run("none", &["--update-known"]);
        assert_eq!(run.code, 2, "{run}");
        assert!(run.err.contains("--known"), "{run}");
        let run = Folder::new().run("none", &["--known", "nowhere/k.toml", "--update-known"]);
        assert_eq!(run.code, 2, "{run}");
        assert!(run.err.contains("nowhere/k.toml: No such file"), "{run}");
    }
}

mod an_update {
    use super::*;

    const UPDATE: [&str; 3] = ["--known", "k.toml", "--update-known"];

    #[test]
    fn begins_a_list_that_knows_all_and_ends_it_when_the_fault_is_gone() {
        let folder = Folder::new();
        let run = folder.run("header-partial", &UPDATE);
        assert_eq!(run.code, 0, "{run}");
        let failed = run.with("verdict", "fail");
        assert!(failed.len() > 100, "{run}");
        let ids = globs(&folder.read("k.toml"));
        assert_eq!(ids, failed.iter().map(|id| (*id).to_owned()).collect());
        assert!(folder.read("k.toml").contains("reason = \"new: corrupt\""));
        assert!(
            run.err.contains(&format!(
                "k.toml is written: entries {0}, new {0};",
                ids.len()
            )),
            "{run}"
        );

        let known = folder.run("header-partial", &["--known", "k.toml"]);
        assert_eq!(known.code, 0, "{known}");
        let before = folder.read("k.toml");
        let same = folder.run("header-partial", &UPDATE);
        assert_eq!((same.code, folder.read("k.toml")), (0, before), "{same}");
        assert!(same.err.contains("up to date"), "{same}");

        let mended = folder.run("none", &UPDATE);
        assert_eq!(mended.code, 0, "{mended}");
        assert!(mended.out.ends_with("\nconformant\n"), "{mended}");
        assert!(
            globs(&folder.read("k.toml")).is_empty() && folder.read("k.toml").starts_with("# "),
            "{}",
            folder.read("k.toml")
        );
    }

    #[test]
    fn keeps_what_fails_and_what_was_not_run_drops_what_passes_and_divides_what_is_mixed() {
        let folder = Folder::new();
        let mixed = "u32be/a_length_cut_at_each_place:cut@?:fin";
        let unselected = "u32be/an_empty_message_alone:*";
        let entry =
            |glob: &str| format!("\n[[known]]\ncases = '{glob}' # {glob}\nreason = 'of {glob}'\n");
        let (kept, gone) = (entry(FAILING), entry(PASSING));
        let text = [
            "# The list of a test.\n",
            &kept,
            &gone,
            &entry(mixed),
            &entry(unselected),
        ]
        .concat();
        folder.write("k.toml", text);
        let run = folder.run(
            "header-partial",
            &[&UPDATE[..], &["--filter", STREAM]].concat(),
        );
        assert_eq!(run.code, 0, "{run}");
        let after = folder.read("k.toml");
        assert!(
            after.starts_with(&format!("# The list of a test.\n{kept}")),
            "{after}"
        );
        assert!(
            !after.contains(&gone) && after.contains(&entry(unselected)),
            "{after}"
        );
        for at in 1..=8 {
            let id = format!("{STREAM}:cut@{at}:fin");
            let still = format!("[[known]]\ncases = \"{id}\"\nreason = \"of {mixed}\"\n");
            let fails = run.with("verdict", "fail").contains(&&*id);
            assert_eq!(after.contains(&still), fails, "{id}: {after}");
            // In the list where it fails, as every case of this stream: at 4 the header is whole.
            assert_eq!(fails, at < 4, "{id}");
        }
        assert!(
            after.contains(&format!(
                "cases = \"{STREAM}:each-byte:hold\"\nreason = \"new: split\""
            )),
            "{after}"
        );
        assert!(!after.contains("whole"), "{after}");
    }

    #[test]
    fn with_nothing_judged_changes_nothing() {
        let folder = Folder::new();
        folder.list(&[(FAILING, "r")]);
        let before = folder.read("k.toml");
        let skipped = ["--payload", "json", "--filter", STREAM];
        let run = folder.run("header-partial", &[&UPDATE[..], &skipped].concat());
        assert_eq!((run.code, folder.read("k.toml")), (4, before), "{run}");
    }

    #[test]
    fn leaves_the_list_alone_when_the_run_is_interrupted() {
        let folder = Folder::new();
        let started = folder.path("started");
        let target = format!(
            "sh -c 'touch {}; exec {PROGRAM} serve --framing prefixed:u32be --listen 127.0.0.1:{{port}}'",
            started.display()
        );
        // All cases together would take far longer than the test waits.
        let slow = [
            "--gate",
            "sleep:1s",
            "--jobs",
            "1",
            "--filter",
            ":cut@1:fin",
        ];
        let mut child = Command::new(PROGRAM)
            .args([
                "run",
                "--cmd",
                &target,
                "--framing",
                "prefixed:u32be",
                "--observe",
                "echo",
            ])
            .args(UPDATE)
            .args(slow)
            .current_dir(&folder.0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        awaited("the target's start", || started.exists().then_some(()));
        kill_process(Pid::from_child(&child), Signal::INT).unwrap();
        awaited("the end of the run", || child.try_wait().unwrap());
        let run = Ran::of(child.wait_with_output().unwrap());
        assert_eq!(run.code, 130, "{run}");
        assert!(
            run.err
                .contains("k.toml is not updated: the run ended early"),
            "{run}"
        );
        assert!(!folder.path("k.toml").exists());
    }

    #[test]
    fn leaves_the_list_alone_when_there_is_no_target() {
        let folder = Folder::new();
        let run = folder.reported(
            &[
                &[
                    "run",
                    "--cmd",
                    "false {port}",
                    "--framing",
                    "prefixed:u32be",
                ],
                &UPDATE[..],
            ]
            .concat(),
        );
        assert_eq!(run.code, 3, "{run}");
        assert!(
            run.err
                .contains("k.toml is not updated: the run ended early"),
            "{run}"
        );
        assert!(!folder.path("k.toml").exists());
    }
}

impl Ran {
    /// The ids of the cases that have this in a field.
    fn with(&self, field: &str, value: &str) -> Vec<&str> {
        let cases = self.cases().iter().filter(|case| case[field] == value);
        cases.map(|case| case["id"].as_str().unwrap()).collect()
    }
}

impl Folder {
    /// Writes the list: globs with their reasons, the first in line 2, the next four lines below.
    fn list(&self, entries: &[(&str, &str)]) {
        let entry = |(glob, reason): &(&str, &str)| {
            format!("[[known]]\ncases = '{glob}'\nreason = '{reason}'\n\n")
        };
        let text: String = entries.iter().map(entry).collect();
        self.write("k.toml", text);
    }

    /// The suite against the server with this fault.
    fn run(&self, fault: &str, arguments: &[&str]) -> Ran {
        let target = faulty("prefixed:u32be", "report", Some(fault));
        let own = [
            "run",
            "--cmd",
            &target,
            "--framing",
            "prefixed:u32be",
            "--observe",
            "report",
        ];
        self.reported(&[&own, arguments].concat())
    }
}

/// The globs of a list that the program wrote.
fn globs(list: &str) -> BTreeSet<String> {
    let quoted = list
        .lines()
        .filter_map(|line| line.strip_prefix("cases = \"")?.strip_suffix('"'));
    quoted.map(str::to_owned).collect()
}
