//! `framecheck bench` as its users have it: figures of targets that answer right, and a failure with its reason for each that does not.
//!
//! Every test starts the real binary. Bad targets are small Python scripts, skipped out loud without Python; with `CI=true` it must be there.
//! Every JSON report that a test reads is first held against `docs/bench.schema.json`. No test asserts a speed: rounds are as short as
//! they can be.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

mod common;

use common::{Folder, PROGRAM, Ran, awaited, compiled, has_python};

/// Rounds as short as they can be.
const SHORT: &str = "--duration 30ms --rounds 3 --warm-up 1";

mod figures {
    use super::*;

    #[test]
    fn every_pattern_is_measured_and_every_frame_verified() {
        for (framing, mode, by) in [
            ("eof", "report", "checksums"),
            ("half-close", "echo", "bytes"),
            ("fixed:16", "echo", "bytes"),
            ("crlf", "echo", "bytes"),
            (r"delimited:\r\n|\n", "echo", "bytes"),
            ("netstring", "echo", "bytes"),
            ("prefixed:u32be", "echo", "bytes"),
            ("mqtt", "echo", "bytes"),
            ("lsp", "echo", "bytes"),
            ("blocks:u32be", "echo", "bytes"),
            ("blocks:u16be,unit=series", "echo", "bytes"),
            ("http-chunked", "echo", "bytes"),
        ] {
            let run = bench(&format!("builtin --framing {} {SHORT}", quoted(framing)));
            assert_eq!(run.code, 0, "{framing}: {run}");
            for cell in run.cells() {
                assert_eq!(
                    (text(cell, "mode"), text(cell, "verified_by")),
                    (mode, by),
                    "{framing}"
                );
                assert!(figure(cell, "bytes_per_s") > 0.0, "{framing}: {run}");
                assert_eq!(
                    cell["frames_per_s"].is_null(),
                    cell["pattern"].as_u64() <= Some(2)
                );
                assert_eq!(cell["sent"], cell["verified"], "{framing}: {run}");
                assert!(cell["verified"].as_u64() > Some(0), "{framing}: {run}");
                assert_eq!(cell["rounds"].as_array().unwrap().len(), 3);
            }
        }
    }

    #[test]
    fn usual_sizes_are_those_that_the_framing_has() {
        for (framing, sizes) in [
            ("prefixed:u32be", &[16, 256, 4096, 65536][..]),
            ("prefixed:u16be,max=1000", &[16, 256]),
            ("prefixed:u8,max=10", &[10]),
            ("fixed:7", &[7]),
            ("eof", &[65536, 1 << 20]),
        ] {
            let run = bench(&format!(
                "builtin --framing {framing} --duration 10ms --rounds 1 --warm-up 0"
            ));
            let found: Vec<u64> = run
                .cells()
                .iter()
                .map(|cell| cell["payload"].as_u64().unwrap())
                .collect();
            assert_eq!(found, sizes, "{framing}: {run}");
        }
    }

    #[test]
    fn so_many_frames_are_sent_as_were_asked_for() {
        for (shape, frames) in [
            ("--frames 1", 1),
            ("--frames 1000 --rounds 3", 1000),
            (
                "--frames 1003 --connections 7 --in-flight 2 --rounds 2",
                1003,
            ),
            ("--frames 10 --connections 64", 10),
            ("--frames 500 --rate 5000/s --rounds 2", 500),
            ("--frames 777 --one-way", 777),
            ("--frames 777 --observe report", 777),
        ] {
            let run = bench(&format!(
                "builtin --framing netstring --payload-sizes 20 {shape}"
            ));
            let cell = &run.cells()[0];
            if shape.contains("one-way") {
                // The built-in server answers: one-way it is wrong.
                assert_eq!(text(&cell["error"], "kind"), "wrong", "{run}");
                continue;
            }
            assert_eq!(run.code, 0, "{run}");
            assert_eq!(
                (&cell["sent"], &cell["verified"]),
                (&frames.into(), &frames.into()),
                "{shape}"
            );
        }
    }

    #[test]
    fn a_server_counts_just_the_frames_that_were_sent() {
        let folder = Folder::new();
        let counts = folder.word("counts");
        let body = format!(
            "
def handle(peer):
    data = b''
    while True:
        more = peer.recv(65536)
        if not more: break
        data += more
    with open({counts:?}, 'a') as file: file.write(str(data.count(b'\\n')) + ' ')
"
        );
        let Some(target) = python(&folder, &body) else {
            return;
        };
        let run = bench(&format!(
            "{target} --framing lines --payload-sizes 16 --one-way --frames 5000 --rounds 4"
        ));
        assert_eq!(run.code, 0, "{run}");
        let counts = fs::read_to_string(folder.word("counts")).unwrap();
        let counts: Vec<u64> = counts
            .split_whitespace()
            .map(|count| count.parse().unwrap())
            .collect();
        assert_eq!(counts, [1250; 4]);
        assert_eq!(text(&run.cells()[0], "verified_by"), "close");
    }

    #[test]
    fn segments_connections_and_frames_in_flight_are_those_that_were_asked_for() {
        for (flags, segment, connections, in_flight) in [
            ("--segment 100 --in-flight 3", "100", 1, 3),
            ("--segment mss --connections 4 --in-flight 5", "mss", 4, 5),
            ("--connections 100 --in-flight 1", "fast", 100, 1),
        ] {
            let run = bench(&format!(
                "builtin --framing prefixed:u32be --payload-sizes 1000 {flags} {SHORT}"
            ));
            assert_eq!(run.code, 0, "{run}");
            let cell = &run.cells()[0];
            assert_eq!(text(cell, "segment"), segment);
            assert_eq!(
                (&cell["connections"], &cell["in_flight"]),
                (&connections.into(), &in_flight.into())
            );
        }
    }

    #[test]
    fn payloads_are_of_the_kind_that_the_target_takes() {
        let folder = Folder::new();
        let lines = folder.file("lines", "one\nthree\nseventeen\n");
        for kind in ["ascii", "utf-8", "json", &lines] {
            let run = bench(&format!(
                "builtin --framing crlf --payload-sizes 32 --payload {kind} {SHORT}"
            ));
            assert_eq!(run.code, 0, "{kind}: {run}");
            let size = if kind == lines { 5 } else { 32 };
            assert_eq!(run.cells()[0]["payload"], size);
        }
    }

    #[test]
    fn targets_take_turns_and_are_compared_with_the_first_or_the_one_that_is_named() {
        let two = format!("builtin builtin --framing netstring --payload-sizes 16,100 {SHORT}");
        let run = bench(&two);
        assert_eq!(run.code, 0, "{run}");
        let names: Vec<_> = run
            .cells()
            .iter()
            .map(|cell| text(cell, "target"))
            .collect();
        assert_eq!(names, ["builtin", "builtin #2", "builtin", "builtin #2"]);
        for pair in run.cells().chunks(2) {
            assert!(pair[0]["ratio"].is_null());
            let ratio = &pair[1]["ratio"];
            assert_eq!(text(ratio, "to"), "builtin");
            let [low, value, high] = ["low", "value", "high"].map(|name| figure(ratio, name));
            assert!(0.0 < low && low <= value && value <= high, "{ratio}");
        }
        let other = bench(&format!("{two} --baseline 'builtin #2'"));
        assert!(other.cells()[1]["ratio"].is_null());
        assert_eq!(text(&other.cells()[0]["ratio"], "to"), "builtin #2");
        assert!(other.out.contains("ratios to builtin #2"), "{other}");
    }

    #[test]
    fn the_ceiling_is_measured_in_the_same_rounds_and_limits_are_marked() {
        let run = bench(&format!(
            "builtin --framing eof,max=none --payload-sizes 1GiB {SHORT}"
        ));
        let ceilings = run.json["ceilings"].as_array().unwrap();
        assert_eq!(ceilings.len(), 1);
        assert_eq!(text(&ceilings[0], "mode"), "report");
        assert!(figure(&ceilings[0], "bytes_per_s") > 0.0);
        let cell = &run.cells()[0];
        let (of_ceiling, cpu) = (figure(cell, "of_ceiling"), &cell["cpu"]);
        let (own, target) = (figure(cpu, "own"), figure(cpu, "target"));
        let by = match (of_ceiling >= 0.8, own > target) {
            (true, _) => Some("ceiling"),
            (false, true) => Some("processor"),
            (false, false) => None,
        };
        assert_eq!(cell["limit"]["by"].as_str(), by, "{cell}");
        assert_eq!(
            run.out.contains("at the tool's limit"),
            by.is_some(),
            "{run}"
        );
        assert!(cell["peak_memory"].as_u64() > Some(1 << 20));
    }

    #[test]
    fn an_open_loop_keeps_its_rate_and_tells_both_latencies() {
        let folder = Folder::new();
        let hdr = folder.word("all.hlog");
        let run = bench(&format!(
            "builtin --framing netstring --payload-sizes 64 --rate 2000/s --connections 3 --duration 300ms --rounds 3 --warm-up 0 --hdr {hdr}"
        ));
        assert_eq!(run.code, 0, "{run}");
        let cell = &run.cells()[0];
        assert_eq!((text(cell, "pace"), figure(cell, "rate")), ("open", 2000.0));
        let sent = cell["sent"].as_u64().unwrap();
        assert!((600..=603).contains(&sent), "2000/s for 0.3 s: {sent}");
        for kind in ["corrected", "uncorrected"] {
            let percents: Vec<f64> = cell["latency"][kind]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| figure(one, "percent"))
                .collect();
            assert_eq!(percents, [50.0, 90.0, 99.0, 99.9, 99.99, 100.0]);
        }
        let log = fs::read_to_string(hdr).unwrap();
        let tags: BTreeSet<_> = log
            .lines()
            .filter_map(|line| line.strip_prefix("Tag=")?.split(',').next())
            .collect();
        let right = ["builtin", "ceiling"]
            .map(|name| ["latency", "corrected"].map(|kind| format!("{name}/netstring/64/{kind}")));
        assert_eq!(
            tags,
            right.as_flattened().iter().map(String::as_str).collect()
        );
    }

    #[test]
    fn a_stall_is_charged_to_the_frames_that_should_have_been_sent_meanwhile() {
        let folder = Folder::new();
        // It reads nothing for 200 ms, once; then it is quick.
        let body = "
import time
stalled = False
def handle(peer):
    global stalled
    while True:
        more = peer.recv(65536)
        if not more: return
        if not stalled:
            stalled = True
            time.sleep(0.2)
        peer.sendall(more)
";
        let Some(target) = python(&folder, body) else {
            return;
        };
        let run = bench(&format!(
            "{target} --framing netstring --payload-sizes 20000 --rate 1000/s --duration 1s --rounds 1 --warm-up 0"
        ));
        assert_eq!(run.code, 0, "{run}");
        let at = |kind: &str, percent: f64| {
            let all = run.cells()[0]["latency"][kind].as_array().unwrap().clone();
            let one = all
                .iter()
                .find(|one| figure(one, "percent") == percent)
                .unwrap();
            figure(one, "seconds")
        };
        // One frame in five should have been answered while it slept; of those, half waited for 100 ms and more.
        assert!(at("corrected", 90.0) > 0.05, "{run}");
        assert!(at("corrected", 100.0) > 0.15, "{run}");
    }

    #[test]
    fn the_highest_rate_that_holds_a_latency_is_found() {
        let run = bench(
            "builtin --framing netstring --payload-sizes 64 --in-flight 1 --latency-target p90=50ms --duration 900ms --rounds 2 --warm-up 0",
        );
        assert_eq!(run.code, 0, "{run}");
        let cell = &run.cells()[0];
        assert_eq!(text(cell, "latency_target"), "p90=50ms");
        assert!(figure(cell, "rate") > 100.0, "{run}");
        let never = bench(
            "builtin --framing netstring --payload-sizes 64 --in-flight 1 --latency-target p50=1us --duration 450ms --rounds 2 --warm-up 0",
        );
        let cell = &never.cells()[0];
        assert!(cell["rate"].is_null() && cell["held"] == false, "{never}");
        assert!(never.out.contains("no rate holds p50=1us"), "{never}");
    }

    #[test]
    fn a_thousand_connections_lose_nothing() {
        let run = bench(
            "builtin --framing prefixed:u32be --payload-sizes 64 --connections 1000 --in-flight 1 --frames 20000 --rounds 2",
        );
        assert_eq!(run.code, 0, "{run}");
        assert_eq!(run.cells()[0]["verified"], 20000);
    }
}

mod bad_targets {
    use super::*;

    #[test]
    fn faulty_servers_get_no_figure_but_a_failure() {
        // Just before the last byte of a frame, and anywhere.
        let (last, any) = (
            "--payload-sizes 98 --segment 99 --in-flight 1",
            "--payload-sizes 3000 --segment 1000",
        );
        for (fault, framing, cuts) in [
            ("header-forgotten", "prefixed:u32be", any),
            ("short-read-taken", "prefixed:u32be", any),
            ("first-of-read-only", "prefixed:u32be", any),
            ("payload-overwritten", "prefixed:u32be", any),
            ("delimiter-per-read", "crlf", last),
            ("first-line-only", "crlf", any),
            ("line-overwritten", "crlf", any),
            ("none", "netstring", any),
        ] {
            let server = format!(
                "{PROGRAM} serve --framing {framing} --observe echo --listen {{host}}:{{port}} --fault {fault}"
            );
            let run = bench(&format!(
                "--cmd {} builtin --framing {framing} {cuts} --duration 90ms --rounds 3 --warm-up 1 --timeout 500ms",
                quoted(&server)
            ));
            let name = run
                .cells()
                .iter()
                .find(|cell| text(cell, "target") != "builtin");
            let cell = name.unwrap();
            if fault == "none" {
                assert_eq!((run.code, cell["error"].is_null()), (0, true), "{run}");
                continue;
            }
            assert_eq!(run.code, 1, "{fault}: {run}");
            assert!(
                cell["frames_per_s"].is_null() && !cell["error"].is_null(),
                "{fault}: {run}"
            );
            let good = run
                .cells()
                .iter()
                .find(|cell| text(cell, "target") == "builtin");
            assert!(figure(good.unwrap(), "frames_per_s") > 0.0);
        }
    }

    #[test]
    fn each_bad_target_is_reported_with_its_reason_and_the_others_are_measured() {
        let folder = Folder::new();
        for (name, body, kind, why) in [
            (
                "a byte that changes",
                "        peer.sendall(more.replace(b'z', b'y'))",
                "wrong",
                "due `z",
            ),
            (
                "a frame that is lost",
                "        if count == 3: more = more[more.index(b'\\n') + 1:]\n        peer.sendall(more)",
                "wrong",
                "byte 0 of its reply",
            ),
            (
                "a frame that is doubled",
                "        if count == 3: more += more[-17:]\n        peer.sendall(more)",
                "wrong",
                "byte 0 of its reply",
            ),
            (
                "silence",
                "        if count < 3: peer.sendall(more)",
                "stalled",
                "nothing moved for 400ms; frame",
            ),
            (
                "no more reading",
                "        import time; time.sleep(3)",
                "stalled",
                "nothing moved for 400ms",
            ),
            (
                "a close in the middle",
                "        if count == 3: return\n        peer.sendall(more)",
                "closed",
                "",
            ),
            (
                "a reset in the middle",
                "        if count == 3:\n            import struct\n            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))\n            return\n        peer.sendall(more)",
                "closed",
                "reset",
            ),
            (
                "an end of the process",
                "        if count == 3:\n            sys.stderr.write('no more of this\\n')\n            sys.stderr.flush()\n            import os; os._exit(7)\n        peer.sendall(more)",
                "died",
                "no more of this",
            ),
        ] {
            let body = format!(
                "\ndef handle(peer):\n    count = 0\n    while True:\n        more = peer.recv(65536)\n        if not more: return\n        count += 1\n{body}\n"
            );
            let Some(target) = python(&folder, &body) else {
                return;
            };
            let run = bench(&format!(
                "builtin {target} --framing lines --payload-sizes 16 --in-flight 64 --duration 300ms --rounds 3 --warm-up 0 --timeout 400ms"
            ));
            assert_eq!(run.code, 1, "{name}: {run}");
            let [good, bad] = run.cells() else {
                panic!("{name}: {run}");
            };
            assert!(figure(good, "frames_per_s") > 0.0, "{name}: {run}");
            assert_eq!(good["rounds"].as_array().unwrap().len(), 3, "{name}");
            assert!(bad["frames_per_s"].is_null(), "{name}: {run}");
            assert_eq!(text(&bad["error"], "kind"), kind, "{name}: {run}");
            assert!(text(&bad["error"], "why").contains(why), "{name}: {run}");
            assert!(
                run.out.contains(&format!("no figure: {kind}")),
                "{name}: {run}"
            );
            assert!(run.out.contains("1 of 2 FAILED"), "{name}: {run}");
        }
    }

    #[test]
    fn a_late_answer_is_measured() {
        let folder = Folder::new();
        let body = "
import time
def handle(peer):
    while True:
        more = peer.recv(65536)
        if not more: return
        time.sleep(0.05)
        peer.sendall(more)
";
        let Some(target) = python(&folder, body) else {
            return;
        };
        let run = bench(&format!(
            "{target} --framing lines --payload-sizes 16 --in-flight 1 --duration 10ms --rounds 2 --warm-up 0"
        ));
        assert_eq!(run.code, 0, "{run}");
        let cell = &run.cells()[0];
        let median = &cell["latency"]["uncorrected"][0];
        assert!(figure(median, "seconds") >= 0.05, "{run}");
        assert!(figure(cell, "frames_per_s") < 21.0, "{run}");
    }

    #[test]
    fn a_slow_target_has_answered_soon_after_the_end_of_its_round() {
        let folder = Folder::new();
        // A thousand frames a second at most; a quarter of a megabyte would take it a quarter of a minute.
        let body = "
import time
def handle(peer):
    while True:
        more = peer.recv(17)
        if not more: return
        time.sleep(0.001)
        peer.sendall(more)
";
        let Some(target) = python(&folder, body) else {
            return;
        };
        let begun = Instant::now();
        let run = bench(&format!(
            "{target} --framing lines --payload-sizes 16 {SHORT}"
        ));
        assert_eq!(run.code, 0, "{run}");
        assert!(figure(&run.cells()[0], "frames_per_s") < 1000.0, "{run}");
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(10), "{took:?}: {run}");
    }

    #[test]
    fn what_does_not_listen_or_start_is_exit_status_3() {
        let free = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let run = bench(&format!(
            "{free} builtin --framing netstring --payload-sizes 16,64 {SHORT}"
        ));
        assert_eq!(run.code, 3, "{run}");
        let errors = run
            .cells()
            .iter()
            .filter(|cell| cell["error"]["kind"] == "refused");
        assert_eq!(errors.count(), 2, "{run}");
        let run = bench(&format!(
            "--cmd 'false {{port}}' builtin --framing netstring --payload-sizes 16,64 {SHORT}"
        ));
        assert_eq!(run.code, 3, "{run}");
        let errors = run
            .cells()
            .iter()
            .filter(|cell| cell["error"]["kind"] == "start");
        assert_eq!(errors.count(), 2, "{run}");
        assert_eq!(
            run.cells()
                .iter()
                .filter(|cell| cell["error"].is_null())
                .count(),
            2
        );
    }

    #[test]
    fn a_target_that_serves_one_connection_and_ends_is_started_again() {
        let folder = Folder::new();
        let body = "
def handle(peer):
    while True:
        more = peer.recv(65536)
        if not more: break
        peer.sendall(more)
    peer.close()
    sys.exit(0)
";
        let Some(target) = python(&folder, body) else {
            return;
        };
        let run = bench(&format!(
            "{target} --framing netstring --payload-sizes 64 {SHORT}"
        ));
        assert_eq!(run.code, 0, "{run}");
        assert_eq!(run.cells()[0]["rounds"].as_array().unwrap().len(), 3);
    }

    #[test]
    fn one_that_does_not_close_after_us_is_measured_and_noted() {
        let folder = Folder::new();
        let body = "
import threading, time
def handle(peer):
    own = peer.dup()
    def serve():
        while True:
            more = own.recv(65536)
            if not more: time.sleep(30)
            own.sendall(more)
    threading.Thread(target=serve, daemon=True).start()
";
        let Some(target) = python(&folder, body) else {
            return;
        };
        let run = bench(&format!(
            "{target} --framing lines --payload-sizes 16 {SHORT}"
        ));
        assert_eq!(run.code, 0, "{run}");
        assert!(run.out.contains("does not close after our end"), "{run}");
    }
}

mod endings {
    use super::*;

    #[test]
    fn an_interruption_keeps_what_was_measured_and_leaves_nothing_running() {
        let folder = Folder::new();
        let json = folder.word("b.json");
        let args = format!(
            "bench builtin --framing netstring --payload-sizes 16,64 --duration 60s --rounds 600 --warm-up 0 --report json={json}"
        );
        let mut command = Command::new(PROGRAM);
        let mut child = command
            .args(args.split(' '))
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let pid = Pid::from_child(&child);
        let server = awaited("its target", || children(pid).first().copied());
        // A round is a tenth of a second: by then the target has had several.
        awaited("processor time of the target", || {
            (ticks(server) > 30).then_some(())
        });
        kill_process(pid, Signal::INT).unwrap();
        let status = awaited("its end", || child.try_wait().unwrap());
        assert_eq!(status.code(), Some(130));
        let report = validated(Path::new(&json));
        assert_eq!(report["trouble"], "interrupted");
        let cell = &report["cells"][0];
        assert!(
            figure(cell, "frames_per_s") > 0.0 && cell["error"].is_null(),
            "{cell}"
        );
        awaited("the end of its target", || {
            (!Path::new(&format!("/proc/{server}")).exists()).then_some(())
        });
    }

    #[test]
    fn mistakes_in_flags_are_named() {
        for (args, part) in [
            ("builtin", "--framing is needed"),
            ("builtin --framing nonsense", "--framing"),
            ("builtin --framing eof --rate 10/s", "has none"),
            (
                "builtin --framing half-close --latency-target p99=1ms",
                "has none",
            ),
            (
                "builtin --framing crlf --one-way --latency-target p99=1ms",
                "needs replies",
            ),
            ("builtin --framing crlf --latency-target 99=1ms", "p99=5ms"),
            ("builtin --framing crlf --rate 0/s", "frames a second"),
            (
                "builtin --framing crlf --rate 10/s --latency-target p99=1ms",
                "cannot be used with",
            ),
            ("builtin --framing crlf --frames 0", "at least 1"),
            (
                "builtin --framing crlf --frames 5 --duration 1s",
                "cannot be used with",
            ),
            ("builtin --framing crlf --connections 0", "from 1 to"),
            ("builtin --framing crlf --in-flight -1", "at least 1"),
            (
                "builtin --framing crlf --segment 0",
                "a segment is fast, mss",
            ),
            (
                "builtin --framing crlf --payload-sizes 16,x",
                "a size is a number",
            ),
            (
                "builtin --framing crlf,max=10 --payload-sizes 16",
                "longer than max",
            ),
            ("builtin --framing fixed:8 --payload-sizes 16", "fixed size"),
            ("builtin --framing crlf --observe stdout", "--one-way"),
            (
                "builtin --framing crlf --baseline nobody",
                "there are: builtin",
            ),
            ("builtin --framing crlf --rounds 0", "from 1 to 1000"),
            ("builtin --framing crlf --report xml=x", "no report format"),
            (
                "builtin --framing crlf --report json=/nowhere/x.json",
                "/nowhere",
            ),
            ("builtin --framing crlf --hdr /nowhere/x.hlog", "/nowhere"),
            ("127.0.0.1:0 --framing crlf", "port 0"),
        ] {
            let output = Command::new(PROGRAM)
                .arg("bench")
                .args(args.split(' '))
                .output()
                .unwrap();
            let told = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{args}: {told}");
            assert!(told.contains(part), "{args}: {told}");
        }
    }

    #[test]
    fn a_configuration_names_its_targets_with_their_framings_and_versions() {
        let folder = Folder::new();
        let server = |observe: &str| {
            format!(
                "{PROGRAM} serve --framing netstring --observe {observe} --listen {{host}}:{{port}}"
            )
        };
        let config = format!(
            "[about]\nversion = \"7.7\"\n[[target]]\nname = \"echoes\"\ncmd = '{}'\nframings = ['netstring']\nobserve = \"echo\"\n[[target]]\nname = \"reports\"\ncmd = '{}'\nframings = ['netstring']\nobserve = \"report\"\n",
            server("echo"),
            server("report")
        );
        let config = folder.file("framecheck.toml", &config);
        let run = bench(&format!("--config {config} --payload-sizes 50 {SHORT}"));
        assert_eq!(run.code, 0, "{run}");
        let seen: Vec<_> = run
            .cells()
            .iter()
            .map(|cell| {
                (
                    text(cell, "target"),
                    text(cell, "mode"),
                    text(cell, "version"),
                )
            })
            .collect();
        assert_eq!(
            seen,
            [("echoes", "echo", "7.7"), ("reports", "report", "7.7")]
        );
        assert_eq!(run.json["ceilings"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn a_report_can_be_printed_in_place_of_the_text() {
        let output = Command::new(PROGRAM)
            .args(
                format!("bench builtin --framing crlf --payload-sizes 16 {SHORT} --report json=-")
                    .split(' '),
            )
            .output()
            .unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["schema"], "urn:framecheck:bench:1");
    }
}

impl Ran {
    fn cells(&self) -> &[Value] {
        self.json["cells"].as_array().unwrap()
    }
}

/// `framecheck bench` with these words, and its validated report.
fn bench(words: &str) -> Ran {
    let folder = Folder::new();
    let json = folder.word("bench.json");
    let words = shlex::split(words).unwrap();
    let output = Command::new(PROGRAM)
        .arg("bench")
        .args(words)
        .args(["--report", &format!("json={json}")])
        .output()
        .unwrap();
    let mut ran = Ran::of(output);
    assert!(Path::new(&json).exists(), "{ran}");
    ran.json = validated(Path::new(&json));
    ran
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name}: {value}"))
}

fn figure(value: &Value, name: &str) -> f64 {
    value[name]
        .as_f64()
        .unwrap_or_else(|| panic!("no {name}: {value}"))
}

fn quoted(word: &str) -> String {
    shlex::try_quote(word).unwrap().into_owned()
}

fn schema() -> &'static (boon::Schemas, boon::SchemaIndex) {
    static COMPILED: OnceLock<(boon::Schemas, boon::SchemaIndex)> = OnceLock::new();
    COMPILED.get_or_init(|| compiled(include_str!("../docs/bench.schema.json")))
}

/// A report that fits the schema.
fn validated(file: &Path) -> Value {
    let report = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let (schemas, index) = schema();
    if let Err(error) = schemas.validate(&report, *index) {
        panic!("{}: {error:#}", file.display());
    }
    report
}

/// A target in Python, one connection after the other, as the words of `--cmd`: `body` defines `handle(peer)`. `None` where there is no
/// Python, which was said then.
fn python(folder: &Folder, body: &str) -> Option<String> {
    const BEHIND: &str = "
listener = socket.create_server(('127.0.0.1', int(sys.argv[1])))
while True:
    peer, _ = listener.accept()
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try: handle(peer)
    except OSError: pass
    peer.close()
";
    if !has_python() {
        return None;
    }
    let file = folder.file("target.py", &format!("import socket, sys\n{body}{BEHIND}"));
    Some(format!(
        "--cmd {}",
        quoted(&format!("python3 {file} {{port}}"))
    ))
}

/// Servers below a process, as the guard of each target has them.
fn children(of: Pid) -> Vec<i32> {
    let of = of.as_raw_nonzero().get();
    let stat = |pid: i32| fs::read_to_string(format!("/proc/{pid}/stat")).ok();
    let parent = |pid: i32| -> Option<i32> {
        stat(pid)?
            .rsplit_once(')')?
            .1
            .split_whitespace()
            .nth(1)?
            .parse()
            .ok()
    };
    let all: Vec<i32> = fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    let guards: Vec<i32> = all
        .iter()
        .copied()
        .filter(|&pid| parent(pid) == Some(of))
        .collect();
    all.into_iter()
        .filter(|&pid| parent(pid).is_some_and(|parent| guards.contains(&parent)))
        .collect()
}

fn ticks(pid: i32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let field = |at: usize| {
        fields
            .split_whitespace()
            .nth(at)
            .and_then(|text| text.parse::<u64>().ok())
    };
    field(11).unwrap_or(0) + field(12).unwrap_or(0)
}

impl Folder {
    /// A place in it, as a word of a command line.
    fn word(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn file(&self, name: &str, text: &str) -> String {
        fs::write(self.0.join(name), text).unwrap();
        self.word(name)
    }
}
