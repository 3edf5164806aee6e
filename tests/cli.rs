//! The program as its users have it: flags in, text, JSON and exit status out.
//!
//! Every test starts the real binary. Bad targets are small Python scripts; what needs Python, a second network namespace or
//! IPv6 is skipped out loud without it; with `CI=true` Python must be there. Nothing here sleeps for a fixed time: each wait is for a
//! condition, with a deadline. Every JSON report that a test reads is first held against `docs/report.schema.json`.

mod common;

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv6Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{Folder, LATE, PROGRAM, Ran, SCHEMA, Server, awaited, has_python, misfit, ran, skip};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::{Value, json};

mod conformant {
    use super::*;

    #[test]
    fn the_reference_server_passes_with_one_framing() {
        let run = report(["run", "builtin", "--framing", "netstring"]);
        assert_eq!(run.code, 0, "{run}");
        assert!(run.out.ends_with("conformant\n"), "{run}");
        assert_eq!(run.json["framing"], "netstring");
        assert_eq!(run.json["observe"], "report");
        assert_eq!(run.count("pass"), run.cases().len());
        for case in run.cases() {
            let written: u64 = numbers(&case["segments"]).iter().sum();
            assert!(written > 0 || case["expected"] == json!(["end clean"]));
            assert!(numbers(&case["segments"]).len() < 2 || case["proven"] == true);
        }
    }

    #[test]
    fn segments_are_the_sizes_written() {
        let segments = |filter| {
            let run = report(["run", "--framing", "netstring", "--filter", filter]);
            assert_eq!(run.cases().len(), 1, "{filter}");
            numbers(&run.cases()[0]["segments"])
        };
        assert_eq!(segments("netstring/hello_world:whole:fin"), [16]);
        assert_eq!(segments("netstring/hello_world:cut@15:hold"), [15, 1]);
        assert_eq!(segments("netstring/hello_world:each-byte:hold"), [1; 16]);
    }

    #[test]
    fn without_arguments_all_patterns_are_tried_and_each_replay_is_found() {
        let run = report(["run"]);
        assert_eq!(run.code, 0, "{run}");
        assert!(run.cases().len() >= 2000);
        assert_eq!(run.json["framing"], "all");
        for pattern in [
            "1 eof",
            "2 half-close",
            "3 fixed",
            "4 delimited",
            "5 prefixed",
            "6 blocks",
            "all",
        ] {
            assert!(run.out.contains(&format!("  {pattern:<14} ")), "{pattern}");
        }
        // Random cuts are where plans of different breadth differ.
        let mut random = run
            .cases()
            .iter()
            .filter(|case| id(case).contains("random"));
        for case in [random.next().unwrap(), random.next_back().unwrap()] {
            let again = replay(case);
            assert_eq!(again.code, 0, "{again}");
            assert_eq!(again.cases().len(), 1);
            assert_eq!(again.cases()[0]["segments"], case["segments"]);
        }
    }

    #[test]
    fn every_observer_sees_the_reference_server_pass() {
        for (observer, framing) in [
            ("echo", "netstring"),
            ("stdout", "netstring"),
            ("stdout", "blocks:u8"),
            ("echo", "half-close"),
            ("stdout", "blocks:u8,unit=series"),
            ("echo", "blocks:u8,unit=series"),
            ("stdout", "http-chunked"),
        ] {
            let run = report(["run", "--observe", observer, "--framing", framing]);
            assert_eq!(run.code, 0, "{observer} {framing}: {run}");
            assert_eq!(run.json["observe"], observer);
            assert!(run.count("pass") > run.cases().len() / 2, "{run}");
        }
    }

    #[test]
    fn the_gate_that_was_asked_for_is_the_one_that_held() {
        for (gate, held) in [
            ("read", "read"),
            ("parser", "parser"),
            ("none", "none"),
            ("sleep:1ms", "sleep"),
        ] {
            let run = report([
                "run",
                "--framing",
                "netstring",
                "--filter",
                "hello_world",
                "--gate",
                gate,
            ]);
            assert_eq!(run.json["gate"], gate);
            let (cut, whole): (Vec<_>, Vec<_>) = run
                .cases()
                .iter()
                .partition(|case| numbers(&case["segments"]).len() > 1);
            assert!(!cut.is_empty() && !whole.is_empty());
            assert!(cut.iter().all(|case| case["gate"] == held), "{gate}");
            assert!(whole.iter().all(|case| case["gate"].is_null()), "{gate}");
            let proven = if matches!(gate, "read" | "parser") {
                cut.len()
            } else {
                0
            };
            assert_eq!(run.count("proven"), proven, "{gate}");
        }
    }

    #[test]
    fn a_target_at_an_ipv6_address_is_reached() {
        if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
            return skip("no IPv6 here");
        }
        let server = listening("[::1]:0");
        let run = report([
            "run",
            &server.addr,
            "--framing",
            "netstring",
            "--filter",
            "hello_world",
        ]);
        assert_eq!(run.code, 0, "{run}");
        assert_eq!(run.json["target"], server.addr);
        assert!(run.count("proven") > 0);
    }

    #[test]
    fn a_seed_changes_the_random_cuts_and_nothing_else() {
        let cuts = |seed| -> BTreeMap<String, Vec<u64>> {
            let run = report([
                "run",
                "--framing",
                "netstring",
                "--filter",
                "random",
                "--seed",
                seed,
            ]);
            assert_eq!(run.json["seed"].to_string(), seed);
            run.cases()
                .iter()
                .map(|case| (id(case).to_owned(), numbers(&case["segments"])))
                .collect()
        };
        let (one, same, other) = (cuts("1"), cuts("1"), cuts("18446744073709551615"));
        assert_eq!(one, same);
        assert_ne!(one, other);
        let total = |cuts: &[u64]| cuts.iter().sum::<u64>();
        for (id, segments) in &one {
            // A random cut that is there already is left out, so that not every id is in both.
            if let Some(others) = other.get(id) {
                assert_eq!(total(segments), total(others), "{id}");
            }
        }
    }

    #[test]
    fn payloads_that_the_target_does_not_take_are_skipped_with_that_reason() {
        let folder = Folder::new();
        let lines = folder.file("lines", "alpha\nbeta\n\ngamma\n");
        for (kind, what) in [
            ("ascii", "ASCII"),
            ("utf-8", "UTF-8"),
            ("json", "JSON"),
            (&lines, "lines of the file"),
        ] {
            let run = report(["run", "--framing", "netstring", "--payload", kind]);
            assert_eq!(run.code, 0, "{kind}: {run}");
            assert!(run.count("skip") > 0 && run.count("pass") > 0, "{kind}");
            for case in run.cases().iter().filter(|case| case["verdict"] == "skip") {
                let reason = case["reason"].as_str().unwrap();
                assert!(reason.ends_with(&format!("takes: {what}")), "{reason}");
                assert!(case["gate"].is_null() && case["micros"] == 0);
            }
        }
    }
}

mod usage {
    use super::*;

    /// Arguments, exit status, and what the message must hold.
    const WRONG: &[(&[&str], i32, &[&str])] = &[
        (&["frobnicate"], 2, &["frobnicate"]),
        (&["run", "--frames", "x"], 2, &["--frames", "--framing"]),
        (
            &["run", "buildin"],
            2,
            &["TARGET", "\"buildin\"", "HOST:PORT", "builtin"],
        ),
        (
            &["run", "127.0.0.1:99999", "--framing", "crlf"],
            2,
            &["127.0.0.1:99999"],
        ),
        (&["run", "127.0.0.1:0", "--framing", "crlf"], 2, &["port 0"]),
        (&["run", "127.0.0.1:7"], 2, &["--framing", "list framings"]),
        (
            &["run", "builtin", "--cmd", "x {port}"],
            2,
            &["builtin", "--cmd"],
        ),
        (
            &["run", "--framing", "netstrin"],
            2,
            &["--framing", "    netstrin\n    ^^^^^^^^"],
        ),
        (
            &["run", "--framing", "prefixed:u32bee"],
            2,
            &["u32be,", "    prefixed:u32bee\n             ^^^^^^"],
        ),
        (
            &["run", "--framing", "fixed:0"],
            2,
            &["    fixed:0\n          ^"],
        ),
        (
            &["run", "--observe", "look"],
            2,
            &["look", "echo, report, stdout"],
        ),
        (&["run", "--gate", "door"], 2, &["door", "sleep:10ms"]),
        (&["run", "--gate", "sleep:1"], 2, &["sleep:1", "sleep:1s"]),
        (
            &["run", "--tier", "fast"],
            2,
            &["fast", "quick, full, soak"],
        ),
        (&["run", "--seed", "-1"], 2, &["--seed", "whole number"]),
        (&["run", "--seed", "one"], 2, &["--seed", "whole number"]),
        (&["run", "--jobs", "0"], 2, &["--jobs", "at least 1"]),
        (&["run", "--jobs", "-2"], 2, &["--jobs", "at least 1"]),
        (&["run", "--timeout", "5"], 2, &["--timeout", "5s"]),
        (&["run", "--timeout", "0s"], 2, &["--timeout"]),
        (
            &["run", "--report", "report.json"],
            2,
            &["--report", "json=report.json"],
        ),
        (&["run", "--report", "xml=x"], 2, &["\"xml\"", "json"]),
        (
            &["run", "--report", "json=/no/such/folder/x.json"],
            2,
            &["--report", "/no/such/folder/x.json"],
        ),
        (&["run", "--report", "json=/"], 2, &["--report", "folder"]),
        (
            &["run", "--vectors", "/no/such/folder"],
            2,
            &["--vectors", "/no/such/folder"],
        ),
        (
            &["run", "--payload", "/no/such/file"],
            2,
            &["--payload", "/no/such/file", "utf-8"],
        ),
        (
            &["run", "--payload", "/dev/null"],
            2,
            &["/dev/null", "no lines"],
        ),
        (
            &["run", "--stdout-pattern", "x"],
            2,
            &["--stdout-pattern", "--observe stdout"],
        ),
        (
            &["run", "--unescape", "hex"],
            2,
            &["--unescape", "--observe stdout"],
        ),
        (
            &["run", "--observe", "stdout", "--unescape", "rot13"],
            2,
            &["rot13", "python"],
        ),
        (
            &["run", "--observe", "stdout", "--stdout-pattern", "("],
            2,
            &["--stdout-pattern", "unclosed"],
        ),
        (
            &["run", "--observe", "stdout", "--stdout-pattern", "x"],
            2,
            &["(?P<payload>...)"],
        ),
        (
            &[
                "run",
                "127.0.0.1:7",
                "--framing",
                "crlf",
                "--observe",
                "stdout",
            ],
            2,
            &["--observe stdout", "--cmd"],
        ),
        (
            &["run", "--cmd", "x y", "--framing", "crlf"],
            2,
            &["--cmd", "{port}"],
        ),
        (
            &["run", "--cmd", "x '{port}", "--framing", "crlf"],
            2,
            &["--cmd", "quote"],
        ),
        (
            &["run", "--filter", "no such case"],
            4,
            &["\"no such case\"", "list cases"],
        ),
        (
            &["show", "no such case"],
            4,
            &["\"no such case\"", "list cases"],
        ),
        (&["list", "everything"], 2, &["everything", "cases"]),
        (&["list", "cases", "--json"], 2, &["list vectors"]),
        (
            &["list", "framings", "--framing", "crlf"],
            2,
            &["--framing"],
        ),
        (&["decode"], 2, &["--framing"]),
        (
            &["decode", "--framing", "crlf", "/no/such/file"],
            2,
            &["/no/such/file"],
        ),
        (&["decode", "--framing", "crlf", "/"], 2, &["/: "]),
        (
            &["serve", "--framing", "crlf", "--listen", "here"],
            2,
            &["--listen", "here", "HOST:PORT"],
        ),
        (
            &["serve", "--framing", "crlf", "--listen", "192.0.2.1:0"],
            3,
            &["192.0.2.1:0"],
        ),
    ];

    #[test]
    fn what_is_wrong_is_named() {
        for (arguments, code, holds) in WRONG {
            let ran = framecheck(*arguments);
            assert_eq!(ran.code, *code, "{arguments:?}: {ran}");
            for part in *holds {
                assert!(
                    ran.err.contains(part),
                    "{arguments:?} lacks {part:?}: {ran}"
                );
            }
            assert_eq!(ran.out, "", "{arguments:?}");
        }
    }

    #[test]
    fn a_folder_of_vectors_is_refused_with_file_line_and_column() {
        let empty = Folder::new();
        let ran = framecheck(["run", "--vectors", &empty.place("")]);
        assert_eq!(ran.code, 2);
        assert!(
            ran.err.contains(&empty.place("")) && ran.err.contains("no vectors"),
            "{ran}"
        );

        let broken = Folder::new();
        let file = broken.file("bad.toml", "framing = \"crlf\"\n\n[[vector]]\nid = 7\n");
        for command in ["run", "list"] {
            let ran = framecheck(
                [command, "--vectors", &broken.place("")]
                    .into_iter()
                    .chain((command == "list").then_some("cases")),
            );
            assert_eq!(ran.code, 2);
            let at = ran.err.split_once(&format!("{file}:")).expect(&ran.err).1;
            let place: Vec<_> = at.splitn(3, ':').collect();
            let is_number = |text: &str| text.trim().parse::<u32>().is_ok();
            assert!(is_number(place[0]) && is_number(place[1]), "{ran}");
        }
    }

    #[test]
    fn help_names_every_command_and_the_exit_status() {
        let help = framecheck(["--help"]);
        assert_eq!(help.code, 0);
        for word in ["run", "list", "show", "decode", "encode", "serve", "130"] {
            assert!(help.out.contains(word), "{word}: {help}");
        }
        assert_eq!(framecheck(["run", "--help"]).code, 0);
        assert!(
            framecheck(["--version"])
                .out
                .contains(env!("CARGO_PKG_VERSION"))
        );
    }
}

mod unreachable {
    use super::*;

    #[test]
    fn an_address_where_nobody_listens() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = free.local_addr().unwrap().to_string();
        drop(free);
        let run = report(["run", &addr, "--framing", "netstring"]);
        assert_eq!(run.code, 3, "{run}");
        assert!(
            run.out.contains(&format!("nothing answers at {addr}")),
            "{run}"
        );
        assert!(run.trouble().contains(&addr));
        assert_eq!(run.cases().len(), 0);
    }

    #[test]
    fn a_target_that_cannot_be_started() {
        let occupied = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = occupied.local_addr().unwrap().to_string();
        for (line, target, holds) in [
            ("no-such-program-here {port}", None, "no-such-program-here"),
            (
                "sh -c 'echo first >&2; echo going away >&2; exit 3' {port}",
                None,
                "going away",
            ),
            ("sleep 60", Some(&addr), addr.as_str()),
        ] {
            let target = target.map(String::as_str);
            let arguments = ["run", "--framing", "netstring", "--cmd", line];
            let run = report(arguments.into_iter().chain(target));
            assert_eq!(run.code, 3, "{line}: {run}");
            assert!(run.out.contains(holds), "{line}: {run}");
            assert!(run.trouble().contains(holds), "{line}: {}", run.trouble());
        }
    }

    #[test]
    fn a_target_without_the_framing_is_asked_once_and_skipped() {
        let folder = Folder::new();
        let asked = folder.file("asked", "");
        let line = format!("sh -c 'echo x >> {asked}; exit 89' {{port}}");
        let run = report([
            "run",
            "--framing",
            "netstring",
            "--cmd",
            &line,
            "--jobs",
            "1",
        ]);
        assert_eq!(run.code, 4, "{run}");
        assert_eq!(run.count("skip"), run.cases().len());
        assert!(run.cases().len() > 100);
        assert!(run.cases()[0]["reason"].as_str().unwrap().contains("89"));
        assert_eq!(fs::read_to_string(&asked).unwrap(), "x\n");
    }

    #[test]
    fn what_ran_is_reported_when_the_target_dies_for_good() {
        let folder = Folder::new();
        let marker = folder.place("marker");
        let Some(target) = python(
            &folder,
            &format!(
                "
import os
served = 0
if os.path.exists('{marker}'): sys.exit('no second life')
def handle(peer):
    global served
    served += 1
    if served > 5:
        open('{marker}', 'w').close()
        os._exit(9)
    for frame in frames(peer): peer.sendall(frame)
"
            ),
        ) else {
            return;
        };
        let run = report([
            "run",
            "--framing",
            "netstring",
            "--jobs",
            "1",
            "--cmd",
            &target,
        ]);
        assert_eq!(run.code, 3, "{run}");
        assert!(
            run.trouble().contains("no second life"),
            "{}",
            run.trouble()
        );
        assert_eq!(run.cases().len(), 6);
        assert_eq!(run.cases()[5]["kind"], "crash");
        assert_eq!(run.count("fail"), 1, "{run}");
    }

    #[test]
    fn a_report_is_written_though_nobody_takes_the_text() {
        let folder = Folder::new();
        let file = folder.place("report.json");
        let ran = program(["run", "--framing", "crlf", "--filter", "whole"])
            .args(["--report", &format!("json={file}")])
            .stdout(fs::File::create("/dev/full").unwrap())
            .output()
            .unwrap();
        assert_eq!(ran.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&ran.stderr).contains("cannot write"));
        assert!(common::report(Path::new(&file))["summary"]["pass"].as_u64() > Some(0));
    }

    #[test]
    fn a_report_behind_a_link_or_in_a_pipe() {
        let folder = Folder::new();
        let (file, link) = (folder.file("old.json", "{}"), folder.place("link.json"));
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let arguments = ["run", "--framing", "crlf", "--filter", "whole", "--report"];
        let ran = framecheck(arguments.into_iter().chain([&*format!("json={link}")]));
        assert_eq!(ran.code, 0, "{ran}");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        common::report(Path::new(&file));
        let ran = framecheck(arguments.into_iter().chain(["json=/dev/stderr"]));
        assert_eq!(ran.code, 0, "{ran}");
        assert!(serde_json::from_str::<Value>(&ran.err).is_ok(), "{ran}");
    }
}

mod bad_targets {
    use super::*;

    /// A target of netstrings that does this with each connection, all that it is given, and what the report must say.
    fn tried(body: &str) -> Option<(Ran, Duration)> {
        let folder = Folder::new();
        let target = python(&folder, body)?;
        let begun = Instant::now();
        let run = report([
            "run",
            "--framing",
            "netstring",
            "--timeout",
            "300ms",
            "--cmd",
            &target,
        ]);
        assert_eq!(run.code, 1, "{run}");
        assert!(run.out.ends_with("NOT CONFORMANT\n"), "{run}");
        Some((run, begun.elapsed()))
    }

    #[test]
    fn one_that_pauses_between_reading_and_answering_is_not_bad() {
        let folder = Folder::new();
        let body = "
import time
def handle(peer):
    for frame in frames(peer):
        time.sleep(0.02)
        peer.sendall(frame)
";
        let Some(target) = python(&folder, body) else {
            return;
        };
        let mut arguments = vec!["run", "--framing", "netstring", "--cmd", &target];
        arguments.extend(["--filter", "netstring/rule/three_frames:*"]);
        let run = report(arguments);
        assert_eq!(run.code, 0, "{run}");
        assert!(run.count("pass") > 5, "{run}");
    }

    /// A few deadlines, restarts of Python with their grace, and a busy machine.
    const FEW_DEADLINES: Duration = Duration::from_secs(15);

    #[test]
    fn one_that_never_reads_costs_a_few_deadlines() {
        let Some((run, took)) = tried("keep = []\ndef handle(peer): keep.append(peer.dup())\n")
        else {
            return;
        };
        assert!(took < FEW_DEADLINES, "{took:?}");
        assert_eq!(run.kinds().into_keys().collect::<Vec<_>>(), ["hang"]);
        assert!(run.count("inconclusive") > run.cases().len() / 2);
    }

    #[test]
    fn one_that_sends_without_end() {
        let Some((run, took)) = tried(
            "
def handle(peer):
    while True: peer.sendall(b'1:x,' * 5000)
",
        ) else {
            return;
        };
        assert!(took < FEW_DEADLINES, "{took:?}");
        let kinds = run.kinds();
        assert!(kinds.contains_key("flood"), "{run}");
        // On a busy machine a deadline can pass before enough has come.
        assert!(
            kinds.keys().all(|kind| ["flood", "hang"].contains(kind)),
            "{run}"
        );
        let size = run.json.to_string().len();
        assert!(size < 4 << 20, "a report of {size} bytes");
    }

    #[test]
    fn one_that_crashes_on_some_input_is_started_again() {
        let Some((run, _)) = tried(
            "
import os
def handle(peer):
    for frame in frames(peer):
        if b'hello world' in frame:
            print('cannot greet', file=sys.stderr, flush=True)
            os._exit(7)
        peer.sendall(frame)
",
        ) else {
            return;
        };
        let kinds = run.kinds();
        assert_eq!(kinds.into_keys().collect::<Vec<_>>(), ["crash"], "{run}");
        assert!(run.count("pass") > run.count("fail"), "{run}");
        assert!(run.out.contains("cannot greet"), "{run}");
    }

    #[test]
    fn one_that_resets() {
        let Some((run, _)) = tried(
            "
import struct
def handle(peer):
    peer.recv(4)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
",
        ) else {
            return;
        };
        assert!(run.kinds()["reset"] > 10, "{run}");
    }

    #[test]
    fn one_that_hangs_on_some_input_costs_one_deadline_and_a_tenth_for_each_more() {
        let Some((run, took)) = tried(
            "
import signal
def handle(peer):
    for frame in frames(peer):
        if b'hello world' in frame: signal.pause()
        peer.sendall(frame)
",
        ) else {
            return;
        };
        assert!(took < FEW_DEADLINES, "{took:?}");
        assert!(run.count("pass") > run.cases().len() / 2, "{run}");
        assert!(run.kinds()["hang"] >= 3, "{run}");
    }

    #[test]
    fn a_failure_is_repeated_by_its_replay_alone() {
        let folder = Folder::new();
        let Some(target) = python(
            &folder,
            "
def handle(peer):
    for frame in frames(peer): peer.sendall(frame.replace(b'hello', b'HELLO'))
",
        ) else {
            return;
        };
        let run = report([
            "run",
            "--framing",
            "netstring",
            "--timeout",
            "2500ms",
            "--cmd",
            &target,
        ]);
        assert_eq!(run.code, 1, "{run}");
        let failed = run.cases().iter().filter(|case| case["verdict"] == "fail");
        let failed: Vec<_> = failed.collect();
        let printed = format!("  replay   {}\n", failed[0]["replay"].as_str().unwrap());
        assert!(run.out.contains(&printed), "{run}");
        for case in [failed[0], failed[failed.len() - 1]] {
            let again = replay(case);
            assert_eq!(again.code, 1, "{again}");
            let [only] = &again.cases()[..] else {
                panic!("{again}")
            };
            for field in [
                "id", "verdict", "kind", "reason", "segments", "actual", "replay",
            ] {
                assert_eq!(only[field], case[field], "{field}");
            }
        }
    }
}

mod interrupted {
    use super::*;

    #[test]
    fn a_run_ends_with_a_report_and_without_the_target() {
        for to_group in [false, true] {
            let folder = Folder::new();
            let (pid, json) = (folder.place("pid"), folder.place("report.json"));
            let Some(target) = python(
                &folder,
                &format!(
                    "
import os, signal
served = 0
def handle(peer):
    global served
    served += 1
    if served == 6:
        with open('{pid}.part', 'w') as file: file.write(str(os.getpid()))
        os.rename('{pid}.part', '{pid}')
        signal.pause()
    for frame in frames(peer): peer.sendall(frame)
"
                ),
            ) else {
                return;
            };
            let mut child = program(["run", "--framing", "netstring", "--jobs", "1"])
                .args(["--timeout", "60s", "--cmd", &target])
                .args(["--report", &format!("json={json}")])
                .stdout(Stdio::piped())
                .process_group(0)
                .spawn()
                .unwrap();
            let number = awaited("the target's sixth connection", || {
                fs::read_to_string(&pid).ok()
            });
            let ours = Pid::from_child(&child);
            match to_group {
                true => kill_process_group(ours, Signal::INT).unwrap(),
                false => kill_process(ours, Signal::INT).unwrap(),
            }
            let code = awaited("the end of the run", || child.try_wait().unwrap()).code();
            let mut out = String::new();
            child.stdout.unwrap().read_to_string(&mut out).unwrap();
            assert_eq!(code, Some(130), "{out}");
            assert!(
                out.contains("5 passed, 0 failed") && out.contains("interrupted"),
                "{out}"
            );
            let report = common::report(Path::new(&json));
            assert_eq!(report["trouble"], "interrupted");
            assert_eq!(report["summary"]["pass"], 5);
            awaited("the end of the target", || {
                (!Path::new(&format!("/proc/{number}")).exists()).then_some(())
            });
        }
    }
}

mod text {
    use super::*;

    #[test]
    fn no_escape_codes_where_no_terminal_is() {
        let failing = ["run", "--framing", "netstring", "--cmd"];
        let folder = Folder::new();
        let target = python(&folder, "def handle(peer): pass\n");
        let failing = failing.map(str::to_owned).into_iter().chain(target);
        let failing: Vec<_> = failing.collect();
        let shown = ["show", "hello_world", "--framing", "netstring"]
            .map(str::to_owned)
            .to_vec();
        for arguments in [
            failing,
            shown,
            vec!["list".into()],
            vec!["run".into(), "x".into()],
        ] {
            let ran = framecheck(&arguments);
            assert!(!(ran.out + &ran.err).contains('\x1b'), "{arguments:?}");
        }
    }

    #[test]
    fn a_terminal_gets_colours_unless_the_user_wants_none() {
        if !has_python() {
            return;
        }
        let script = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)";
        let colours = |unwanted: &str| {
            let output = Command::new("python3")
                .args([
                    "-c",
                    script,
                    PROGRAM,
                    "show",
                    "netstring/hello_world:whole:fin",
                    "--framing",
                    "netstring",
                ])
                .env("NO_COLOR", unwanted)
                .stdin(Stdio::null())
                .output()
                .unwrap();
            let out = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(out.contains("hello_world"), "{out}");
            out.contains('\x1b')
        };
        assert!(colours(""));
        assert!(!colours("1"));
    }

    #[test]
    fn lists_hold_what_there_is() {
        let framings = framecheck(["list"]);
        assert_eq!(framings.out, framecheck(["list", "framings"]).out);
        assert!(framings.out.contains("prefixed:u32be") && framings.out.contains("netstring"));
        let cases = framecheck(["list", "cases", "--framing", "netstring"]);
        let run = report(["run", "--framing", "netstring"]);
        let listed = cases
            .out
            .lines()
            .map(|line| line.split(' ').next().unwrap());
        assert!(listed.eq(run.cases().iter().map(id)));
        let vectors = framecheck(["list", "vectors"]);
        let as_json: Value =
            serde_json::from_str(&framecheck(["list", "vectors", "--json"]).out).unwrap();
        assert_eq!(
            vectors.out.lines().count(),
            as_json.as_array().unwrap().len()
        );
    }

    #[test]
    fn a_case_is_drawn_with_its_cuts() {
        let ran = framecheck([
            "show",
            "netstring/hello_world:cut@1:hold",
            "--framing",
            "netstring",
        ]);
        assert_eq!(ran.code, 0, "{ran}");
        assert_eq!(
            ran.out.lines().next(),
            Some("netstring/hello_world:cut@1:hold")
        );
        for part in ["1|2:hello world!,", "2 segments of 1 15 bytes", "end clean"] {
            assert!(ran.out.contains(part), "{part}: {ran}");
        }
        let many = framecheck(["show", ":whole:fin", "--framing", "netstring"]);
        assert!(many.out.contains("\n... and ") && many.out.ends_with(" more\n"));
    }

    #[test]
    fn a_reader_that_goes_away_is_no_error() {
        for arguments in [
            &["list", "cases"][..],
            &["show", "fin", "--framing", "crlf"],
            &["list", "vectors", "--json"],
        ] {
            let mut child = program(arguments)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            drop(child.stdout.take());
            let output = child.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{arguments:?}");
            assert_eq!(output.stderr, b"", "{arguments:?}");
        }
    }
}

mod decode_and_encode {
    use super::*;

    /// A framing, a stream, the exit status and the lines.
    const STREAMS: &[(&str, &[u8], i32, &[&str])] = &[
        (
            "netstring",
            b"5:hello,0:,",
            0,
            &[
                r#"{"event":"frame","start":0,"end":8,"offset":2,"len":5,"crc32":"3610a686"}"#,
                r#"{"event":"frame","start":8,"end":11,"offset":10,"len":0,"crc32":"00000000"}"#,
                r#"{"event":"end","ending":"clean"}"#,
            ],
        ),
        (
            "netstring",
            b"5:hello,3:ab",
            1,
            &[
                r#"{"event":"frame","start":0,"end":8,"offset":2,"len":5,"crc32":"3610a686"}"#,
                r#"{"event":"end","ending":"truncated","from":8}"#,
            ],
        ),
        (
            "netstring",
            b"5:hello;",
            1,
            &[
                r#"{"event":"end","ending":"malformed","at":7,"why":"the trailer's bytes are not the expected ones"}"#,
            ],
        ),
        (
            r"delimited:\n,max=5",
            b"abcdefg\nab",
            1,
            &[
                r#"{"event":"end","ending":"oversize","at":5,"why":"the payload is longer than max"}"#,
            ],
        ),
        (
            "blocks:u8",
            b"\x01a\x02bc\x00",
            0,
            &[
                r#"{"event":"block","start":0,"end":2,"offset":1,"len":1,"crc32":"e8b7be43"}"#,
                r#"{"event":"block","start":2,"end":5,"offset":3,"len":2,"crc32":"c2a92b38"}"#,
                r#"{"event":"done","at":6}"#,
                r#"{"event":"end","ending":"clean"}"#,
            ],
        ),
        (
            "eof",
            b"hello",
            0,
            &[
                r#"{"event":"frame","start":0,"end":5,"offset":0,"len":5,"crc32":"3610a686"}"#,
                r#"{"event":"end","ending":"clean"}"#,
            ],
        ),
        ("crlf", b"", 0, &[r#"{"event":"end","ending":"clean"}"#]),
    ];

    #[test]
    fn a_stream_becomes_these_lines() {
        let folder = Folder::new();
        for (framing, stream, code, lines) in STREAMS {
            let ran = fed(["decode", "--framing", framing], stream);
            let due: String = lines.iter().map(|line| format!("{line}\n")).collect();
            assert_eq!(
                (ran.code, &ran.out, &*ran.err),
                (*code, &due, ""),
                "{framing}"
            );
            folder.write("stream", stream);
            let of_file = framecheck(["decode", "--framing", framing, &folder.place("stream")]);
            assert_eq!((of_file.code, of_file.out), (*code, due), "{framing}");
        }
    }

    #[test]
    fn decoding_ends_with_its_reader() {
        let mut child = program(["decode", "--framing", "netstring"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut input = child.stdin.take().unwrap();
        let frames = b"1:x,".repeat(10_000);
        // Without an end of the input it ends only because nobody reads.
        let end = Instant::now() + LATE;
        while input.write_all(&frames).is_ok() {
            assert!(Instant::now() < end, "it reads on for nobody");
        }
        let output = child.wait_with_output().unwrap();
        // What was read may end inside a frame.
        assert!(output.status.code().is_some_and(|code| code < 2));
        assert_eq!(output.stderr, b"");
    }

    #[test]
    fn payloads_become_these_bytes() {
        for (arguments, input, wire) in [
            (
                &["netstring"][..],
                &b"68656C6c6f\n\n7a"[..],
                &b"5:hello,0:,1:z,"[..],
            ),
            (&["blocks:u8"], b"61\n\n6263\n", b"\x01a\x00\x02bc\x00"),
            (&["blocks:u8"], b"61\n6263", b"\x01a\x02bc\x00"),
            (&["netstring", "--raw"], b"a\nb", b"3:a\nb,"),
            (&["blocks:u8", "--raw"], b"hi", b"\x02hi\x00"),
            (&["crlf"], b"", b""),
        ] {
            let ran = fed(["encode", "--framing"].iter().chain(arguments), input);
            assert_eq!(
                (ran.code, ran.out.as_bytes()),
                (0, wire),
                "{arguments:?}: {ran}"
            );
        }
    }

    #[test]
    fn what_cannot_be_encoded_is_refused_with_its_line() {
        for (framing, input, holds) in [
            ("netstring", &b"61\n6z\n"[..], &["line 2", "'z'"][..]),
            ("netstring", b"6", &["line 1", "digits"]),
            ("netstring", b"61\n\xff\n", &["line 2", "UTF-8"]),
            (r"delimited:\n", b"61\n62\n0a\n", &["line 3", "delimiter"]),
            ("fixed:2", b"6161\n61", &["line 2"]),
            (
                "prefixed:u8,max=none",
                &[&b"61".repeat(256)[..], b"\n"].concat(),
                &["line 1"],
            ),
        ] {
            let ran = fed(["encode", "--framing", framing], input);
            assert_eq!((ran.code, &*ran.out), (2, ""), "{framing}: {ran}");
            for part in holds {
                assert!(ran.err.contains(part), "{framing} lacks {part}: {ran}");
            }
        }
        let raw = fed(["encode", "--raw", "--framing", "crlf"], b"a\r\nb");
        assert_eq!(raw.code, 2);
        assert!(raw.err.contains("delimiter"), "{raw}");
    }

    #[test]
    fn what_is_encoded_is_decoded_to_itself() {
        let payloads: [&[u8]; 4] = [b"a", b"hello", &[b'x'; 100], b"~"];
        let lines: String = payloads
            .iter()
            .map(|payload| hex::encode(payload) + "\n")
            .collect();
        for framing in [
            "netstring",
            "crlf",
            "prefixed:u16le",
            "prefixed:varint",
            "blocks:u8",
        ] {
            let mut encoder = program(["encode", "--framing", framing])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let decoder = program(["decode", "--framing", framing])
                .stdin(encoder.stdout.take().unwrap())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            encoder
                .stdin
                .take()
                .unwrap()
                .write_all(lines.as_bytes())
                .unwrap();
            assert!(encoder.wait().unwrap().success());
            let output = decoder.wait_with_output().unwrap();
            assert!(output.status.success(), "{framing}");
            let found: Vec<(u64, String)> = String::from_utf8(output.stdout)
                .unwrap()
                .lines()
                .map(|line| serde_json::from_str::<Value>(line).unwrap())
                .filter(|event| event["len"].is_u64())
                .map(|event| {
                    (
                        event["len"].as_u64().unwrap(),
                        event["crc32"].as_str().unwrap().to_owned(),
                    )
                })
                .collect();
            let due = payloads.map(|payload| {
                (
                    payload.len() as u64,
                    format!("{:08x}", crc32fast::hash(payload)),
                )
            });
            assert_eq!(found, due, "{framing}");
        }
    }

    #[test]
    fn the_server_prints_where_it_listens_and_serves() {
        let server = listening("127.0.0.1:0");
        for _ in 0..2 {
            let mut peer = TcpStream::connect(&server.addr).unwrap();
            peer.set_read_timeout(Some(LATE)).unwrap();
            peer.write_all(b"5:hello,").unwrap();
            let mut echo = [0; 8];
            peer.read_exact(&mut echo).unwrap();
            assert_eq!(&echo, b"5:hello,");
        }
        let taken = framecheck(["serve", "--framing", "crlf", "--listen", &server.addr]);
        assert_eq!(taken.code, 3, "{taken}");
        assert!(taken.err.contains(&server.addr), "{taken}");
    }
}

mod schema {
    use super::*;

    #[test]
    fn a_report_with_anything_amiss_is_refused() {
        let run = report([
            "run",
            "--framing",
            "netstring",
            "--filter",
            "hello_world:whole:fin",
        ]);
        let good = run.json;
        let refused = |change: &dyn Fn(&mut Value)| {
            let mut changed = good.clone();
            change(&mut changed);
            misfit(&changed).is_some()
        };
        assert!(!refused(&|_| {}));
        for place in ["", "/summary", "/cases/0"] {
            let fields: Vec<_> = good
                .pointer(place)
                .unwrap()
                .as_object()
                .unwrap()
                .keys()
                .collect();
            for field in fields {
                let object = |report: &mut Value| {
                    report
                        .pointer_mut(place)
                        .unwrap()
                        .as_object_mut()
                        .unwrap()
                        .remove(field);
                };
                assert!(refused(&object), "{place}/{field} is not required");
            }
            let added = |report: &mut Value| {
                report.pointer_mut(place).unwrap()["new"] = json!("field");
            };
            assert!(!refused(&added), "{place} takes no new field");
        }
        for field in [
            "verdict", "level", "kind", "close", "gate", "segments", "proven", "micros",
        ] {
            let other = |report: &mut Value| report["cases"][0][field] = json!("other");
            assert!(refused(&other), "{field} takes any text");
        }
    }

    #[test]
    fn it_has_every_word_and_no_other() {
        use framecheck::suite::{Close, Kind, Level, Observer, Status, gate::Held};
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        let case = &schema["$defs"]["case"]["properties"];
        let words = |all: Vec<&str>, none: bool| {
            let none = none.then_some(Value::Null);
            none.into_iter()
                .chain(all.into_iter().map(Value::from))
                .collect::<Value>()
        };
        let sorted = |value: &Value| {
            let mut texts: Vec<_> = value
                .as_array()
                .unwrap()
                .iter()
                .map(Value::to_string)
                .collect();
            texts.sort();
            texts
        };
        for (found, due) in [
            (
                &case["verdict"],
                words(Status::ALL.iter().map(|word| word.word()).collect(), false),
            ),
            (
                &case["level"],
                words(Level::ALL.iter().map(|word| word.word()).collect(), false),
            ),
            (
                &case["kind"],
                words(Kind::ALL.iter().map(|word| word.word()).collect(), true),
            ),
            (
                &case["close"],
                words(Close::ALL.iter().map(|word| word.word()).collect(), false),
            ),
            (
                &case["gate"],
                words(Held::ALL.iter().map(|word| word.word()).collect(), true),
            ),
            (
                &schema["$defs"]["target"]["properties"]["observe"],
                words(
                    Observer::ALL.iter().map(|word| word.word()).collect(),
                    false,
                ),
            ),
        ] {
            assert_eq!(sorted(&found["enum"]), sorted(&due));
        }
    }
}

mod elsewhere {
    use super::*;

    #[test]
    fn a_target_in_another_network_namespace_is_cut_by_pauses_and_that_is_said() {
        let output = Command::new("unshare")
            .arg("-rn")
            .arg(env::current_exe().unwrap())
            .args([
                "--exact",
                "elsewhere::across_two_network_namespaces",
                "--nocapture",
            ])
            .env(INSIDE, "1")
            .output();
        let Ok(output) = output else {
            return skip("there is no `unshare`");
        };
        let said = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        if said.contains("unshare:") || said.contains("cannot be set up") {
            return skip(&format!("no network namespaces here: {said}"));
        }
        assert!(
            output.status.success() && said.contains("held by a pause"),
            "{said}"
        );
    }

    /// Started by the test above inside a user and network namespace of its own; the target gets another one, linked by a
    /// pair of virtual devices.
    #[test]
    fn across_two_network_namespaces() {
        if env::var_os(INSIDE).is_none() {
            return;
        }
        let mut command = Command::new("unshare");
        command.args([
            "-n",
            PROGRAM,
            "serve",
            "--framing",
            "netstring",
            "--listen",
            "0.0.0.0:0",
        ]);
        let server = Server::of(&mut command);
        if let Err(why) = link_namespaces(server.child.id()) {
            println!("the two namespaces cannot be set up: {why}");
            return;
        }
        let addr = server.addr.replace("0.0.0.0", "10.77.1.2");
        let run = report([
            "run",
            &addr,
            "--framing",
            "netstring",
            "--filter",
            "hello_world",
        ]);
        assert_eq!(run.code, 0, "{run}");
        assert!(run.out.contains("note: "), "{run}");
        assert_eq!(run.json["notes"].as_array().unwrap().len(), 1);
        let held: Vec<_> = run.cases().iter().map(|case| &case["gate"]).collect();
        assert!(held.iter().any(|&gate| gate == "sleep"), "{held:?}");
        assert!(
            held.iter().all(|&gate| gate == "sleep" || gate.is_null()),
            "{held:?}"
        );
        assert_eq!(run.count("proven"), 0);
        println!("held by a pause");
    }

    /// In the environment of a test that runs inside another one.
    const INSIDE: &str = "FRAMECHECK_TEST_INSIDE";

    /// Puts one end of a pair of devices into the namespace of the process, and gives both an address.
    fn link_namespaces(process: u32) -> Result<(), String> {
        let there = |rest: &str| format!("nsenter --net=/proc/{process}/ns/net {rest}");
        for command in [
            format!("ip link add fc-near type veth peer name fc-far netns {process}"),
            "ip addr add 10.77.1.1/30 dev fc-near".to_owned(),
            "ip link set fc-near up".to_owned(),
            there("ip addr add 10.77.1.2/30 dev fc-far"),
            there("ip link set fc-far up"),
        ] {
            let output = Command::new("sh")
                .args(["-c", &command])
                .output()
                .map_err(|error| error.to_string())?;
            if !output.status.success() {
                return Err(format!(
                    "{command}: {}",
                    String::from_utf8_lossy(&output.stderr)
                ));
            }
        }
        Ok(())
    }
}

fn program<T: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = T>) -> Command {
    let arguments: Vec<_> = arguments
        .into_iter()
        .map(|argument| argument.as_ref().to_owned())
        .collect();
    let mut command = Command::new(PROGRAM);
    command
        .args(&arguments)
        .stdin(Stdio::null())
        .env_remove("NO_COLOR");
    if arguments.first().is_some_and(|first| first == "run") {
        // Findings are the matter of tests/findings.rs, and must not be left in the working folder.
        command.args(["--shrink", "0s"]);
    }
    command
}

fn framecheck<T: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = T>) -> Ran {
    ran(&mut program(arguments))
}

/// Runs with this on standard input.
fn fed<T: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = T>, input: &[u8]) -> Ran {
    let mut child = program(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may end before it has read all, when it refuses the first of it.
    let _ = child.stdin.take().unwrap().write_all(input);
    Ran::of(child.wait_with_output().unwrap())
}

impl Ran {
    fn count(&self, name: &str) -> usize {
        self.json["summary"][name].as_u64().unwrap() as usize
    }

    fn trouble(&self) -> &str {
        self.json["trouble"].as_str().unwrap()
    }

    /// The kinds of the failures, with how many there are of each.
    fn kinds(&self) -> BTreeMap<&str, usize> {
        let mut kinds = BTreeMap::new();
        for case in self.cases().iter().filter(|case| case["verdict"] == "fail") {
            *kinds.entry(case["kind"].as_str().unwrap()).or_default() += 1;
        }
        kinds
    }
}

/// Runs, and reads the JSON report, whose counts must be right.
fn report<T: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = T>) -> Ran {
    let folder = Folder::new();
    let file = folder.path("report.json");
    let wanted = format!("json={}", file.display());
    let mut ran = ran(program(arguments).args(["--report", &wanted]));
    assert!(file.exists(), "no report: {ran}");
    ran.json = common::report(&file);
    for verdict in ["pass", "fail", "skip", "inconclusive"] {
        let cases = ran.cases().iter();
        let counted = cases.filter(|case| case["verdict"] == verdict).count();
        assert_eq!(ran.count(verdict), counted, "{verdict}");
    }
    assert_eq!(ran.count("total"), ran.cases().len());
    let proven = ran.cases().iter().filter(|case| case["proven"] == true);
    assert_eq!(ran.count("proven"), proven.count());
    ran
}

/// Runs a case's replay as a shell would.
fn replay(case: &Value) -> Ran {
    let words = shlex::split(case["replay"].as_str().unwrap()).unwrap();
    assert_eq!(words[0], "framecheck");
    report(&words[1..])
}

fn id(case: &Value) -> &str {
    case["id"].as_str().unwrap()
}

fn numbers(list: &Value) -> Vec<u64> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|number| number.as_u64().unwrap())
        .collect()
}

impl Folder {
    /// A place in it, as an argument.
    fn place(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// A file with this text, as an argument.
    fn file(&self, name: &str, text: &str) -> String {
        self.write(name, text);
        self.place(name)
    }
}

/// A target of netstrings in Python, one connection after the other: `body` defines `handle(peer)`, and may use `frames(peer)`.
/// `None` where there is no Python, which was said then.
fn python(folder: &Folder, body: &str) -> Option<String> {
    const BEFORE: &str = "
import socket, sys
def frames(peer):
    data = bytearray()
    while True:
        colon = data.find(b':')
        if colon >= 0:
            if not data[:colon].isdigit() or int(data[:colon]) > 1 << 20: return
            end = colon + 2 + int(data[:colon])
            if len(data) >= end:
                if data[end - 1:end] != b',': return
                yield bytes(data[:end])
                data = data[end:]
                continue
        more = peer.recv(65536)
        if not more: return
        data += more
";
    const BEHIND: &str = "
listener = socket.create_server(('127.0.0.1', int(sys.argv[1])))
while True:
    peer, _ = listener.accept()
    try: handle(peer)
    except OSError: pass
    peer.close()
";
    let file = folder.write("target.py", format!("{BEFORE}{body}{BEHIND}"));
    has_python().then(|| format!("python3 {} {{port}}", file.display()))
}

/// The reference server at this address.
fn listening(listen: &str) -> Server {
    Server::of(&mut program([
        "serve",
        "--framing",
        "netstring",
        "--listen",
        listen,
    ]))
}
