//! Fuzzing campaigns as their users have them: the real binary against built-in servers and small Python programs.
//!
//! How long something takes decides nothing here but where a time is what is tested. Each JSON report that is read is first held against
//! its published schema.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{Folder, PROGRAM, Ran, Server, awaited, faulty, has_python, report, validated};
use framecheck::suite::{Kind, Vector, parse};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

mod a_campaign {
    use super::*;

    #[test]
    fn finds_nothing_in_the_reference_and_says_what_it_exercised() {
        for (framing, observe) in [
            ("netstring", "report"),
            ("crlf", "echo"),
            ("prefixed:u32be", "report"),
            ("http-chunked", "report"),
            ("half-close", "echo"),
            ("eof", "report"),
            ("fixed:16", "echo"),
            ("lines", "stdout"),
            ("mqtt", "invariance"),
        ] {
            let folder = Folder::new();
            let fuzz = ["fuzz", "--framing", framing, "--observe", observe];
            let ran = folder.framecheck(&[&fuzz[..], &["--runs", "2000"]].concat());
            assert_eq!(ran.code, 0, "{framing} {observe}: {ran}");
            let last = ran.out.lines().last().unwrap();
            assert!(last.starts_with("no findings, corpus "), "{ran}");
            assert!(last.ends_with(" execs/s"), "{ran}");
            assert!(last.contains(", seed 1, "), "{ran}");
            assert!(ran.out.contains("pairs of a place and what lay there"));
            assert_eq!(folder.files("findings"), [""; 0]);
        }
    }

    #[test]
    fn reaches_every_place_of_the_framing() {
        let folder = Folder::new();
        let json = folder.path("report.json");
        let wanted = format!("json={}", json.display());
        let ran = folder.framecheck(&[
            "fuzz",
            "--framing",
            "netstring",
            "--runs",
            "6000",
            "--no-vectors",
            "--report",
            &wanted,
        ]);
        assert_eq!(ran.code, 0, "{ran}");
        assert!(ran.out.contains("\n40 of 40 pairs"), "{ran}");
        let fuzz = &report(&json)["fuzz"];
        let places = fuzz["coverage"].as_array().unwrap();
        assert_eq!(places.len(), 8);
        for place in places {
            let times = place["times"].as_object().unwrap();
            assert_eq!(times.len(), 5);
            assert!(
                times.values().all(|count| count.as_u64() > Some(0)),
                "{place}"
            );
        }
        assert!(fuzz["runs"].as_u64() > Some(5500), "{}", fuzz["runs"]);
        assert_eq!(fuzz["cut"], fuzz["proven"]);
    }

    #[test]
    fn makes_each_finding_small_saves_it_once_and_goes_on() {
        let folder = Folder::new();
        let target = faulty("prefixed:u32be", "echo", Some("header-partial"));
        let ran = folder.fuzz(&target, "prefixed:u32be", "echo", &["--runs", "3000"]);
        assert_eq!(ran.code, 1, "{ran}");
        let found = folder.findings();
        assert!(!found.is_empty() && found.len() < 12, "{ran}");
        let last = ran.out.lines().last().unwrap();
        assert!(last.contains(&format!("{} finding", found.len())), "{ran}");
        let small = |vector: &&Vector| vector.cuts.concat().len() <= 1 && vector.bytes.len() <= 12;
        assert!(found.iter().any(|vector| small(&vector)), "{ran}");
        // It goes on: one spot is met again and again, and saved once.
        let spots: Vec<_> = ran
            .out
            .lines()
            .filter(|line| line.contains("  spot  "))
            .collect();
        assert_eq!(spots.len(), found.len(), "{ran}");
        assert!(spots.iter().any(|spot| cases_at(spot) > 10), "{ran}");
        let names: BTreeSet<&str> = spots
            .iter()
            .map(|spot| spot.split(';').next().unwrap())
            .collect();
        assert_eq!(names.len(), spots.len(), "no two at one spot: {ran}");
    }

    fn cases_at(spot: &str) -> u64 {
        let count = spot.rsplit("; ").next().unwrap();
        count.split(' ').next().unwrap().parse().unwrap()
    }

    #[test]
    fn with_the_same_seed_finds_the_same_whatever_the_number_of_workers() {
        // What this fault does depends on the bytes alone; where the reads of a long stream end is the system's to say.
        let target = faulty("crlf", "report", Some("bare-lf-ends-lines"));
        let mut all = Vec::new();
        for jobs in ["1", "3"] {
            let folder = Folder::new();
            let more = [
                "--runs", "1500", "--jobs", jobs, "--seed", "7", "--report", "json=-",
            ];
            let ran = folder.fuzz(&target, "crlf", "report", &more);
            assert_eq!(ran.code, 1, "{ran}");
            let report = validated(&ran.out);
            let kept: Vec<_> = ids(&report);
            let spots = report["fuzz"]["spots"].as_array().unwrap().iter();
            let spots: Vec<_> = spots.map(|spot| spot["spot"].clone()).collect();
            all.push((folder.files("findings"), kept, spots));
        }
        assert_eq!(all[0], all[1]);
        assert!(!all[0].0.is_empty() && all[0].1.len() > 20);
    }

    #[test]
    fn finds_it_again_where_it_was_saved() {
        let folder = Folder::new();
        let target = faulty("prefixed:u16be", "echo", Some("header-partial"));
        let more = ["--runs", "700"];
        folder.fuzz(&target, "prefixed:u16be", "echo", &more);
        let files = folder.files("findings");
        let again = folder.fuzz(&target, "prefixed:u16be", "echo", &more);
        assert_eq!(again.code, 1, "{again}");
        assert!(again.out.contains("it was there already"), "{again}");
        assert_eq!(folder.files("findings"), files);
        let only_new = [&more[..], &["--only-new"]].concat();
        let known = folder.fuzz(&target, "prefixed:u16be", "echo", &only_new);
        assert_eq!(known.code, 0, "{known}");
        fs::remove_file(folder.path("findings").join(&files[0])).unwrap();
        let new = folder.fuzz(&target, "prefixed:u16be", "echo", &only_new);
        assert_eq!(new.code, 1, "{new}");
        let finding = format!("findings/{}", files[0]);
        let replay = |target: &str| folder.framecheck(&["replay", &finding, "--cmd", target]);
        assert_eq!(replay(&target).code, 1);
        assert_eq!(replay(&faulty("prefixed:u16be", "echo", None)).code, 0);
    }

    #[test]
    fn restarts_a_target_that_ends_hangs_or_floods_and_goes_on() {
        for (fault, framing, kind) in [
            ("bad-frame-ends-process", "prefixed:u32be", Kind::Crash),
            ("oversize-floods", r"delimited:\n,max=5", Kind::Flood),
            (
                "discard-never-ends",
                r"delimited:\n,max=5,oversize=discard",
                Kind::Lost,
            ),
        ] {
            let folder = Folder::new();
            let target = faulty(framing, "report", Some(fault));
            let more = ["--runs", "1000", "--timeout", "1s"];
            let ran = folder.fuzz(&target, framing, "report", &more);
            assert_eq!(ran.code, 1, "{ran}");
            let found = folder.findings();
            let kinds: Vec<_> = found.iter().map(|vector| vector.seen.kind).collect();
            assert!(kinds.contains(&Some(kind)), "{fault}: {ran}");
            assert!(!ran.out.contains("ended early"), "{ran}");
        }
    }

    #[test]
    fn tries_an_address_with_several_connections_at_once() {
        let server = Server::start("netstring", "echo", None);
        let folder = Folder::new();
        let fuzz = ["fuzz", &server.addr, "--framing", "netstring"];
        let ran = folder.framecheck(&[&fuzz[..], &["--runs", "2000", "--jobs", "4"]].concat());
        assert_eq!(ran.code, 0, "{ran}");
        let cuts = ran.out.lines().find(|line| line.starts_with("cuts of "));
        let words: Vec<_> = cuts.unwrap().split(' ').collect();
        assert_eq!(words[2], words[4], "every cut is proven: {ran}");
    }

    #[test]
    fn of_an_unknown_protocol_asks_only_that_cuts_change_nothing() {
        let target = faulty("crlf", "echo", Some("delimiter-per-read"));
        let folder = Folder::new();
        let ran = folder.fuzz(&target, "crlf", "invariance", &["--runs", "800"]);
        assert_eq!(ran.code, 1, "{ran}");
        let found = folder.findings();
        let variant = |vector: &&Vector| vector.seen.kind == Some(Kind::Variant);
        let vector = found
            .iter()
            .find(variant)
            .unwrap_or_else(|| panic!("{ran}"));
        assert_eq!((&vector.bytes[..], vector.cuts.len()), (&b"\r\n"[..], 1));
        // What is wrong however the bytes are sent is not seen.
        let target = faulty("crlf", "echo", Some("unended-line-delivered"));
        let ran = Folder::new().fuzz(&target, "crlf", "invariance", &["--runs", "800"]);
        assert_eq!(ran.code, 0, "{ran}");
    }

    #[test]
    fn ends_with_its_first_finding_where_that_is_enough() {
        let folder = Folder::new();
        let target = faulty("lines", "report", Some("empty-line-dropped"));
        let ran = folder.fuzz(
            &target,
            "lines",
            "report",
            &["--runs", "1000000", "--fail-fast"],
        );
        assert_eq!(ran.code, 1, "{ran}");
        assert!(ran.out.contains(" finding"), "{ran}");
    }

    #[test]
    fn measures_what_a_target_uses_as_well() {
        let folder = Folder::new();
        let target = faulty("prefixed:u32be", "report", Some("announced-filled"));
        let ran = folder.fuzz(&target, "prefixed:u32be", "report", &["--runs", "1200"]);
        assert_eq!(ran.code, 1, "{ran}");
        assert!(ran.out.contains("FINDING memory"), "{ran}");
    }
}

mod shards {
    use super::*;

    #[test]
    fn have_no_case_in_common_and_join_to_one_report() {
        let folder = Folder::new();
        let mut shards = Vec::new();
        for number in 1..=2 {
            let (shard, json) = (format!("{number}/2"), format!("json={number}.json"));
            let ran = folder.framecheck(&[
                "fuzz",
                "--framing",
                "dns",
                "--runs",
                "1500",
                "--no-vectors",
                "--shard",
                &shard,
                "--report",
                &json,
            ]);
            assert_eq!(ran.code, 0, "{ran}");
            assert!(ran.out.contains(&format!("  shard {shard}\n")), "{ran}");
            shards.push(report(&folder.path(&format!("{number}.json"))));
        }
        let made = |report: &Value| -> BTreeSet<String> {
            let stream = |id: String| id.split(':').next().unwrap().to_owned();
            ids(report).into_iter().map(stream).collect()
        };
        assert!(made(&shards[0]).is_disjoint(&made(&shards[1])));
        assert!(made(&shards[0]).len() > 50);
        let merge = [
            "report",
            "merge",
            "1.json",
            "2.json",
            "--to",
            "json=all.json",
        ];
        assert_eq!(folder.framecheck(&merge).code, 0);
        let all = report(&folder.path("all.json"));
        let runs = |report: &Value| report["fuzz"]["runs"].as_u64().unwrap();
        assert_eq!(runs(&all), runs(&shards[0]) + runs(&shards[1]));
    }
}

mod a_corpus {
    use super::*;

    fn fuzz(folder: &Folder, more: &[&str]) -> Ran {
        let fuzz = ["fuzz", "--framing", "netstring", "--no-vectors"];
        folder.framecheck(&[&fuzz[..], more].concat())
    }

    #[test]
    fn keeps_what_is_new_and_is_where_the_next_campaign_begins() {
        let folder = Folder::new();
        let ran = fuzz(&folder, &["--runs", "1500", "--corpus", "corpus"]);
        assert_eq!(ran.code, 0, "{ran}");
        let files = folder.files("corpus");
        assert!(files.len() > 50, "{ran}");
        let ran = fuzz(
            &folder,
            &["--runs", "100", "--corpus", "corpus", "--seed", "2"],
        );
        assert!(
            ran.out
                .contains(&format!("note: corpus corpus: {} files\n", files.len())),
            "{ran}"
        );
        // It is a suite as well.
        let run = ["run", "--framing", "netstring", "--vectors", "corpus"];
        let ran = folder.framecheck(&run);
        assert_eq!(ran.code, 0, "{ran}");
    }

    #[test]
    fn is_minimized_without_losing_what_it_exercises() {
        let folder = Folder::new();
        for (name, seed) in [("one", "1"), ("other", "2")] {
            let ran = fuzz(
                &folder,
                &["--runs", "1500", "--corpus", name, "--seed", seed],
            );
            assert_eq!(ran.code, 0, "{ran}");
        }
        folder.write("one/raw", b"3:abc,");
        let before = (folder.files("one"), folder.files("other"));
        let minimize = ["--corpus", "one", "--corpus", "other", "--minimize"];
        let ran = fuzz(&folder, &minimize);
        assert_eq!(ran.code, 0, "{ran}");
        let exercised = |ran: &Ran| {
            let line = ran
                .out
                .lines()
                .find(|line| line.contains("pairs of a place"));
            line.unwrap().to_owned()
        };
        let after = folder.files("one");
        assert!(after.len() < before.0.len() + before.1.len(), "{ran}");
        assert_eq!(folder.files("other"), before.1, "only the first changes");
        assert!(
            ran.out.contains(&format!("{} files are left", after.len())),
            "{ran}"
        );
        // The same again changes nothing, and exercises all that both did.
        let again = fuzz(&folder, &["--corpus", "one", "--minimize"]);
        assert_eq!(folder.files("one"), after, "{again}");
        assert_eq!(exercised(&again), exercised(&ran));
    }

    #[test]
    fn of_a_target_that_is_gone_stays_as_it_is() {
        let folder = Folder::new();
        folder.write("corpus/one", b"1:a,");
        folder.write("corpus/same", b"1:b,");
        let fuzz = [
            "fuzz",
            "127.0.0.1:1",
            "--framing",
            "netstring",
            "--timeout",
            "1s",
        ];
        let ran = folder.framecheck(&[&fuzz[..], &["--corpus", "corpus", "--minimize"]].concat());
        assert_eq!(ran.code, 3, "{ran}");
        assert_eq!(folder.files("corpus"), ["one", "same"]);
        assert!(ran.out.contains("the corpus is as it was"), "{ran}");
    }

    #[test]
    fn takes_what_is_no_vector_as_raw_bytes_and_names_what_it_cannot_read() {
        let folder = Folder::new();
        folder.write("corpus/raw.bin", b"\xff3:abc,");
        folder.write("corpus/broken.toml", b"[[vector]]\nname = 1\n");
        folder.write("corpus/below/empty", b"");
        folder.write("corpus/long", vec![b'1'; 3 << 20]);
        symlink("nowhere", folder.path("corpus/dangling")).unwrap();
        let ran = fuzz(
            &folder,
            &[
                "--runs",
                "50",
                "--corpus",
                "corpus",
                "--report",
                "json=r.json",
            ],
        );
        assert_eq!(ran.code, 0, "{ran}");
        let told = "corpus corpus: 4 files, 4 of them no vectors and used as raw bytes, 1 that cannot be read are skipped";
        assert!(ran.out.contains(told), "{ran}");
        assert!(ran.out.contains("corpus/dangling: "), "{ran}");
        let ids = ids(&report(&folder.path("r.json")));
        assert!(ids.contains(&"raw/raw:whole:fin".to_owned()), "{ids:?}");
    }

    #[test]
    fn that_cannot_be_written_is_told_and_costs_nothing_else() {
        let folder = Folder::new();
        folder.write("taken", b"");
        let ran = fuzz(&folder, &["--runs", "300", "--corpus", "taken"]);
        assert_eq!(ran.code, 0, "{ran}");
        assert!(ran.out.contains("note: taken"), "{ran}");
    }
}

mod a_bad_target {
    use super::*;

    /// Ends on a frame `x`, and after `lives` such ends does not start again.
    const MORTAL: &str = "
import os, socket, sys
lives = open('lives').read()
if not lives: sys.exit(1)
open('lives', 'w').write(lives[1:])
listener = socket.create_server(('127.0.0.1', int(sys.argv[1])))
while True:
    peer, _ = listener.accept()
    with peer:
        while True:
            data = peer.recv(65536)
            if not data: break
            if len(data) > 9: os._exit(7)
            peer.sendall(data)
";

    #[test]
    fn that_cannot_be_restarted_ends_the_run_with_all_that_was_found() {
        if !has_python() {
            return;
        }
        let folder = Folder::new();
        folder.write("lives", b"xxxxxxxxxxxxxxxxxxxx");
        folder.write("mortal.py", MORTAL);
        let more = ["--runs", "100000", "--jobs", "1", "--report", "json=r.json"];
        let ran = folder.fuzz("python3 mortal.py {port}", "half-close", "echo", &more);
        assert_eq!(ran.code, 3, "{ran}");
        assert!(!folder.findings().is_empty(), "{ran}");
        assert!(
            ran.out.contains("ended early: ") && ran.out.contains(" execs/s\n"),
            "{ran}"
        );
        let report = report(&folder.path("r.json"));
        assert!(
            report["trouble"].is_string() && !report["findings"].as_array().unwrap().is_empty()
        );
    }

    /// Answers one connection, the fiftieth, with nothing.
    const ONCE: &str = "
import socket, sys
listener = socket.create_server(('127.0.0.1', int(sys.argv[1])))
number = 0
while True:
    peer, _ = listener.accept()
    number += 1
    with peer:
        try:
            while True:
                data = peer.recv(65536)
                if not data: break
                if number != 50: peer.sendall(data)
        except OSError: pass
";

    #[test]
    fn that_fails_once_and_never_again_is_told_and_is_no_finding() {
        if !has_python() {
            return;
        }
        let folder = Folder::new();
        folder.write("once.py", ONCE);
        let more = ["--runs", "600", "--jobs", "1", "--no-vectors"];
        let ran = folder.fuzz("python3 once.py {port}", "fixed:1", "echo", &more);
        assert_eq!(ran.code, 0, "{ran}");
        assert!(
            ran.out.contains("a failure that did not come again"),
            "{ran}"
        );
        assert_eq!(folder.files("findings"), [""; 0]);
    }

    /// Sends a whole stream back, and behind that of the fiftieth connection the frame `0:,`.
    const BEHIND: &str = "
import socket, sys
listener = socket.create_server(('127.0.0.1', int(sys.argv[1])))
number = 0
while True:
    peer, _ = listener.accept()
    number += 1
    with peer:
        try:
            while peer.recv(65536): pass
            if number == 50: peer.sendall(b'0:,')
        except OSError: pass
";

    #[test]
    fn that_failed_once_where_else_nothing_is_to_be_seen_is_no_finding() {
        if !has_python() {
            return;
        }
        let folder = Folder::new();
        folder.write("behind.py", BEHIND);
        // A hundred streams of which nothing is due: what an echo shows of each is that nothing came.
        for number in 0..100 {
            folder.write(
                &format!("corpus/{number:02}"),
                format!("{}:", number + 1).as_bytes(),
            );
        }
        let more = [
            "--runs",
            "100",
            "--jobs",
            "1",
            "--no-vectors",
            "--corpus",
            "corpus",
        ];
        let ran = folder.fuzz("python3 behind.py {port}", "netstring", "echo", &more);
        assert!(
            ran.out.contains("a failure that did not come again"),
            "{ran}"
        );
        assert_eq!(folder.files("findings"), [""; 0]);
    }

    /// Netstrings, whose lengths may have leading zeros and whose commas are not looked at.
    const LENIENT: &str = "
import socket, sys
listener = socket.create_server(('127.0.0.1', int(sys.argv[1])), backlog=128)
while True:
    peer, _ = listener.accept()
    with peer, peer.makefile('rb') as stream:
        try:
            while True:
                digits = b''
                while (digit := stream.read(1)) and digit in b'0123456789': digits += digit
                if digit != b':' or not digits or len(digits) > 7: break
                payload = stream.read(int(digits))
                if len(payload) < int(digits) or not stream.read(1): break
                peer.sendall(b'%d:%s,' % (len(payload), payload))
            peer.shutdown(socket.SHUT_WR)
            while stream.read(65536): pass
        except OSError: pass
";

    #[test]
    fn that_accepts_two_kinds_of_malformed_streams_is_told_both() {
        if !has_python() {
            return;
        }
        let folder = Folder::new();
        folder.write("lenient.py", LENIENT);
        let more = ["--runs", "400"];
        let ran = folder.fuzz("python3 lenient.py {port}", "netstring", "echo", &more);
        assert_eq!(ran.code, 1, "{ran}");
        for why in [
            "a digit after a leading zero",
            "the trailer's bytes are not the expected ones",
        ] {
            let spot = format!("accepted-malformed, sent whole, malformed stream ({why}); ");
            assert!(ran.out.contains(&spot), "{why}: {ran}");
        }
    }

    #[test]
    fn of_which_nothing_can_be_seen_is_not_fuzzed_for_a_minute() {
        let ran = Folder::new().framecheck(&["fuzz", "--framing", "eof", "--observe", "echo"]);
        assert_eq!(ran.code, 4, "{ran}");
        assert!(ran.err.contains("owes no reply"), "{ran}");
    }

    #[test]
    fn that_is_not_there_is_told() {
        let ran = Folder::new().framecheck(&[
            "fuzz",
            "127.0.0.1:1",
            "--framing",
            "lines",
            "--timeout",
            "1s",
        ]);
        assert_eq!(ran.code, 3, "{ran}");
        assert!(ran.err.contains("nothing answers at 127.0.0.1:1"), "{ran}");
        let ran = Folder::new().framecheck(&[
            "fuzz",
            "--cmd",
            "/nowhere/server {port}",
            "--framing",
            "lines",
        ]);
        assert_eq!(ran.code, 3, "{ran}");
        assert!(ran.err.contains("/nowhere/server"), "{ran}");
    }
}

#[test]
fn an_interrupted_campaign_ends_with_its_summary_and_leaves_nothing_running() {
    let folder = Folder::new();
    let pid_file = folder.path("pid");
    let server = faulty("prefixed:u32be", "echo", Some("header-partial"));
    let target = format!("sh -c 'echo $$ > {}; exec {server}'", pid_file.display());
    let target = target.replace("'prefixed", "\"prefixed");
    let child = Command::new(PROGRAM)
        .args([
            "fuzz",
            "--cmd",
            &target,
            "--framing",
            "prefixed:u32be",
            "--time",
            "1h",
            "--jobs",
            "1",
        ])
        .current_dir(&folder.0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    awaited("the first finding", || {
        (!folder.files("findings").is_empty()).then_some(())
    });
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let begun = Instant::now();
    let output = child.wait_with_output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(130), "{out}");
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert!(
        out.contains("ended early: interrupted") && out.ends_with(" execs/s\n"),
        "{out}"
    );
    let pid = fs::read_to_string(&pid_file).unwrap();
    assert!(
        !Path::new("/proc").join(pid.trim()).exists(),
        "{pid} still runs"
    );
}

#[test]
fn a_time_is_kept() {
    let begun = Instant::now();
    let ran = Folder::new().framecheck(&["fuzz", "--framing", "lines", "--time", "1s"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(
        (1..20).contains(&begun.elapsed().as_secs()),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn findings_are_in_every_form_of_report() {
    let folder = Folder::new();
    let target = faulty("netstring", "echo", Some("empty-number-zero"));
    let mut more = vec!["--runs", "2500"];
    for wanted in [
        "junit=r.xml",
        "markdown=r.md",
        "sarif=r.sarif",
        "html=r.html",
        "json=r.json",
    ] {
        more.extend(["--report", wanted]);
    }
    let ran = folder.fuzz(&target, "netstring", "echo", &more);
    assert_eq!(ran.code, 1, "{ran}");
    let finding = folder.files("findings").remove(0);
    let replay = format!("framecheck replay findings/{finding} ");
    let json = report(&folder.path("r.json"));
    let failed: Vec<_> = json["cases"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|case| case["verdict"] == "fail")
        .collect();
    assert_eq!(failed.len(), json["findings"].as_array().unwrap().len());
    let replays = |case: &Value| case["replay"].as_str().unwrap().starts_with(&replay);
    assert!(failed.iter().any(|case| replays(case)), "{ran}");
    for file in ["r.xml", "r.md", "r.html"] {
        let text = fs::read_to_string(folder.path(file)).unwrap();
        assert!(text.contains(finding.trim_end_matches(".toml")), "{file}");
    }
    let junit = fs::read_to_string(folder.path("r.xml")).unwrap();
    let junit = roxmltree::Document::parse(&junit).unwrap();
    let root = junit.root_element();
    assert_eq!(root.attribute("failures"), Some(&*failed.len().to_string()));
}

#[test]
fn what_makes_no_campaign_is_refused_with_what_would() {
    let folder = Folder::new();
    folder.write(
        "framecheck.toml",
        "[[target]]\nname = 'two'\ncmd = 'true {port}'\nframings = ['lines', 'crlf']\n",
    );
    for (arguments, words) in [
        (&["fuzz", "builtin"][..], &["--framing is needed"][..]),
        (&["fuzz", "two"], &["--framing is needed", "lines and crlf"]),
        (&["fuzz", "--framing", "nothing", "builtin"], &["--framing"]),
        (
            &["fuzz", "--framing", "lines", "--runs", "0"],
            &["at least 1"],
        ),
        (
            &["fuzz", "--framing", "lines", "--time", "5"],
            &["a number with its unit"],
        ),
        (
            &["fuzz", "--framing", "lines", "--seed", "x"],
            &["a seed is"],
        ),
        (
            &["fuzz", "--framing", "lines", "--shard", "3/2"],
            &["no shard 3 of 2"],
        ),
        (&["fuzz", "--framing", "lines", "--minimize"], &["--corpus"]),
        (
            &[
                "fuzz",
                "--framing",
                "lines",
                "--minimize",
                "--corpus",
                "c",
                "--runs",
                "1",
            ],
            &["--runs"],
        ),
        (
            &[
                "fuzz",
                "builtin",
                "--framing",
                "lines",
                "--vectors",
                "nowhere",
            ],
            &["nowhere"],
        ),
        (
            &[
                "fuzz",
                "builtin",
                "--framing",
                "lines",
                "--no-vectors",
                "--vectors",
                "v",
            ],
            &["--no-vectors"],
        ),
        (
            &["fuzz", "--framing", "lines", "builtin", "127.0.0.1:1"],
            &["one target"],
        ),
        (
            &["fuzz", "builtin", "--framing", "lines", "--report", "xml=a"],
            &["no report format"],
        ),
        (
            &[
                "fuzz",
                "builtin",
                "--framing",
                "lines",
                "--observe",
                "looking",
            ],
            &["invariance"],
        ),
        (
            &["serve", "--framing", "lines", "--observe", "invariance"],
            &["echo, report, stdout"],
        ),
        (&["selftest", "--fuzz", "5s", "--every"], &["--every"]),
    ] {
        let ran = folder.framecheck(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {ran}");
        for word in words {
            assert!(ran.err.contains(word), "{arguments:?} {word}: {ran}");
        }
    }
    assert_eq!(folder.files("findings"), [""; 0]);
}

#[test]
fn the_power_of_campaigns_is_measured_by_one_command() {
    let folder = Folder::new();
    let hunt = [
        "selftest", "--fuzz", "20s", "--seeds", "1", "--fault", "varint-",
    ];
    let ran = folder.framecheck(&hunt);
    assert_eq!(ran.code, 0, "{ran}");
    let row = ran
        .out
        .lines()
        .find(|line| line.starts_with("| 1 |"))
        .unwrap();
    let hunted = framecheck::suite::faults()
        .iter()
        .filter(|fault| fault.name.contains("varint-"))
        .count();
    assert!(
        row.starts_with(&format!("| 1 | {hunted} | {hunted} | {hunted} (100.0 %) |")),
        "{ran}"
    );
    assert!(ran.out.contains("every fault was found"), "{ran}");
    assert_eq!(folder.files("findings"), [""; 0]);
}

impl Folder {
    fn fuzz(&self, target: &str, framing: &str, observe: &str, more: &[&str]) -> Ran {
        let fuzz = [
            "fuzz",
            "--cmd",
            target,
            "--framing",
            framing,
            "--observe",
            observe,
        ];
        // No finding may depend on how long a busy machine takes.
        self.framecheck(&[&fuzz[..], &["--shrink", "60s"], more].concat())
    }

    /// What was saved, in the order of the names.
    fn findings(&self) -> Vec<Vector> {
        let read = |name: String| {
            let file = self.path("findings").join(&name);
            let text = fs::read_to_string(file).unwrap();
            let vectors = parse(&name, name.trim_end_matches(".toml"), &text);
            vectors.unwrap_or_else(|bad| panic!("{bad}")).remove(0)
        };
        self.files("findings").into_iter().map(read).collect()
    }
}

fn ids(report: &Value) -> Vec<String> {
    let cases = report["cases"].as_array().unwrap().iter();
    cases
        .map(|case| case["id"].as_str().unwrap().to_owned())
        .collect()
}
