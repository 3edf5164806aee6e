//! Failures to findings: shrunk on the live target, kept as vectors, and repeated by `replay` and by a script that needs no framecheck.
//!
//! Every test starts the real binary against faulty servers, the built-in ones or small Python programs, in a folder of its own. What
//! needs Python is skipped out loud without it; with `CI=true` it must be there. Nothing here sleeps for a fixed time.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use common::{Folder, Ran, Server, faulty, has_python, ran, skip};
use framecheck::suite::{Kind, Vector, parse};

/// Faults of the built-in servers, a framing and an observer that show them.
const FAULTS: &[(&str, &str, &str)] = &[
    ("header-partial", "prefixed:u32be", "echo"),
    ("header-partial", "prefixed:u16be", "report"),
    ("header-forgotten", "prefixed:u32be", "report"),
    ("header-forgotten", "prefixed:u16le", "echo"),
];

#[test]
fn a_fault_becomes_two_frames_and_one_cut_at_most() {
    for &(fault, framing, observe) in FAULTS {
        let folder = Folder::new();
        let ran = folder.run(
            &faulty(framing, observe, Some(fault)),
            framing,
            observe,
            &[],
        );
        assert_eq!(ran.code, 1, "{ran}");
        let found = folder.findings();
        assert!((1..=8).contains(&found.len()), "{}: {ran}", found.len());
        let small = |(_, vector): &&(PathBuf, Vector)| {
            vector.frames.len() <= 2 && vector.cuts.concat().len() <= 1 && vector.bytes.len() <= 16
        };
        // One of another kind may need more, such as a frame that comes as two.
        assert!(found.iter().any(|finding| small(&finding)), "{ran}");
        for (file, vector) in &found {
            let name = file.file_name().unwrap().to_str().unwrap();
            assert!(
                ran.out.contains(&format!("replay findings/{name}")),
                "{ran}"
            );
            assert_eq!(vector.seen.observe.unwrap().word(), observe);
            assert!(vector.seen.kind.is_some() && vector.seen.flaky.is_none());
            let naive = framecheck::suite::Stream::of_vector(vector).ending;
            assert!(vector.ending.agrees(&naive));
        }
    }
}

#[test]
fn replay_and_script_tell_the_faulty_server_from_the_correct_one() {
    let python = has_python();
    for &(fault, framing, observe) in FAULTS {
        let folder = Folder::new();
        folder.run(
            &faulty(framing, observe, Some(fault)),
            framing,
            observe,
            &[],
        );
        let bad = Server::start(framing, observe, Some(fault));
        let good = Server::start(framing, observe, None);
        // A failing script has waited for what does not come: a few of them show as much as all.
        for (file, _) in folder.findings().into_iter().take(3) {
            let file = file.to_str().unwrap();
            let replay = |server: &Server| folder.framecheck(&["replay", file, &server.addr]);
            let (failing, passing) = (replay(&bad), replay(&good));
            assert_eq!(failing.code, 1, "{fault} {framing} {file}: {failing}");
            assert!(failing.out.contains("FAIL ") && failing.out.contains("  came "));
            assert_eq!(passing.code, 0, "{fault} {framing} {file}: {passing}");
            if python {
                let script = folder.script(file);
                let (failing, passing) = (script.run(&bad), script.run(&good));
                assert_eq!(failing.code, 1, "{fault} {framing} {file}: {failing}");
                assert!(failing.out.contains("DEFECT "), "{failing}");
                assert_eq!(passing.code, 0, "{fault} {framing} {file}: {passing}");
            }
        }
    }
}

#[test]
fn the_same_seed_finds_the_same_files_and_leaves_them_alone() {
    let (framing, observe) = ("prefixed:u32be", "echo");
    let target = faulty(framing, observe, Some("header-partial"));
    let texts = |folder: &Folder| -> Vec<(String, String)> {
        let name = |file: &PathBuf| file.file_name().unwrap().to_str().unwrap().to_owned();
        let found = folder.findings().into_iter();
        found
            .map(|(file, _)| (name(&file), fs::read_to_string(&file).unwrap()))
            .collect()
    };
    let (one, other) = (Folder::new(), Folder::new());
    one.run(&target, framing, observe, &[]);
    other.run(&target, framing, observe, &[]);
    assert_eq!(texts(&one), texts(&other));
    let (file, _) = one.findings().remove(0);
    let own = fs::read_to_string(&file).unwrap() + "source = 'my own note'\n";
    let (foreign, _) = one.findings().remove(1);
    fs::write(&file, &own).unwrap();
    fs::write(&foreign, "this is something else\n").unwrap();
    let again = one.run(&target, framing, observe, &[]);
    assert_eq!(again.code, 1);
    assert!(again.out.contains("it was there already"), "{again}");
    // With a source of its own it is another vector, and stays.
    assert_eq!(fs::read_to_string(&file).unwrap(), own);
    assert_eq!(
        fs::read_to_string(&foreign).unwrap(),
        "this is something else\n"
    );
    let second = foreign.with_file_name(format!(
        "{}-2.toml",
        foreign.file_stem().unwrap().to_str().unwrap()
    ));
    assert!(second.exists(), "{again}");
}

#[test]
fn a_finding_that_cannot_be_written_is_printed_whole() {
    let (framing, observe) = ("prefixed:u32be", "echo");
    let target = faulty(framing, observe, Some("header-partial"));
    let folder = Folder::new();
    fs::write(folder.0.join("taken"), "").unwrap();
    let closed = folder.0.join("closed");
    fs::create_dir(&closed).unwrap();
    let mut rights = fs::metadata(&closed).unwrap().permissions();
    rights.set_readonly(true);
    fs::set_permissions(&closed, rights).unwrap();
    for place in [
        "taken",
        "taken/below",
        "/dev/full",
        "/proc/nothing",
        "closed",
    ] {
        let more = ["--findings", place, "--filter", "cut@1:fin"];
        let ran = folder.run(&target, framing, observe, &more);
        assert_eq!(ran.code, 1, "{place}: {ran}");
        if place == "closed" && closed.read_dir().unwrap().next().is_some() {
            skip("the superuser may write into any folder");
            continue;
        }
        assert!(ran.out.contains("nowhere: "), "{place}: {ran}");
        let at = ran.out.find("[[vector]]").expect("the whole finding");
        let text = ran.out[at..].split("\n\n").next().unwrap();
        assert_eq!(parse("printed", "printed", text).unwrap().len(), 1);
    }
    assert_eq!(fs::read(folder.0.join("taken")).unwrap(), b"");
}

#[test]
fn shrinking_can_be_switched_off() {
    let (framing, observe) = ("prefixed:u32be", "echo");
    let folder = Folder::new();
    let target = faulty(framing, observe, Some("header-partial"));
    let ran = folder.run(&target, framing, observe, &["--shrink", "0s"]);
    assert_eq!(ran.code, 1, "{ran}");
    assert!(!ran.out.contains("FINDING") && !folder.0.join("findings").exists());
}

#[test]
fn what_comes_and_goes_is_flaky_with_its_counts() {
    // Of a process's connections, or of all, some are closed at once.
    for (when, counts) in [
        ("60 <= number < 70", "0 of 5"),
        ("number % 3 == 1", " of 5"),
    ] {
        let folder = Folder::new();
        let Some(target) = python(&folder, &format!("def bad(number, frame): return {when}"))
        else {
            return;
        };
        let ran = folder.run(&target, "prefixed:u8", "echo", &["--jobs", "1"]);
        assert_eq!(ran.code, 1, "{ran}");
        assert!(
            ran.out.contains("(flaky)") && ran.out.contains("it comes and goes"),
            "{ran}"
        );
        let found = folder.findings();
        assert!(!found.is_empty(), "{ran}");
        for (_, vector) in &found {
            let times = vector.seen.flaky.expect("counts");
            assert!(
                times.failed < 5 && times.to_string().ends_with(counts),
                "{times}"
            );
        }
    }
}

#[test]
fn a_target_that_hangs_costs_no_deadline_for_each_step() {
    let folder = Folder::new();
    let bad = "
import time
def bad(number, frame):
    while b'\\x07' in frame: time.sleep(60)";
    let Some(target) = python(&folder, bad) else {
        return;
    };
    let vectors = folder.0.join("vectors");
    fs::create_dir(&vectors).unwrap();
    let wire = r"bytes = '\x03abc\x05de\x07gh\x01i'";
    let vector = format!(
        "[[vector]]\nname = 'v'\nframing = 'prefixed:u8'\nwhy = 'It hangs.'\n{wire}\nframes = ['abc', 'de\\x07gh', 'i']\n"
    );
    fs::write(vectors.join("v.toml"), vector).unwrap();
    let begun = Instant::now();
    let more = [
        "--timeout",
        "3s",
        "--shrink",
        "20s",
        "--jobs",
        "1",
        "--filter",
        "v/v:whole:hold",
        "--vectors",
        "vectors",
    ];
    let ran = folder.run(&target, "prefixed:u8", "echo", &more);
    assert_eq!(ran.code, 1, "{ran}");
    let (_, vector) = folder.findings().remove(0);
    assert_eq!(vector.seen.kind, Some(Kind::Hang), "{ran}");
    assert_eq!(vector.bytes, b"\x01\x07", "{ran}");
    assert!(
        begun.elapsed() < Duration::from_secs(40),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn nothing_is_left_running() {
    let folder = Folder::new();
    let pids = folder.0.join("pids");
    let bad = format!(
        "
import os
with open({pids:?}, 'a') as file: file.write('%d\\n' % os.getpid())
def bad(number, frame):
    if frame == b'': os._exit(1)"
    );
    let Some(target) = python(&folder, &bad) else {
        return;
    };
    let ran = folder.run(&target, "prefixed:u8", "echo", &[]);
    assert_eq!(ran.code, 1, "{ran}");
    assert!(ran.out.contains("FINDING crash"), "{ran}");
    let pids = fs::read_to_string(&pids).unwrap();
    assert!(pids.lines().count() > 5);
    for pid in pids.lines() {
        assert!(!Path::new("/proc").join(pid).exists(), "{pid} still runs");
    }
}

/// The manners of a vector, each with a close: a correct server passes.
const MANNERS: &[&str] = &[
    "close = 'hold'",
    "close = 'reset'",
    "unread = true",
    "pause = '20ms'",
    r"after = { times = 2, bytes = '\x05a', close = 'reset' }",
    r"after = { times = 1, bytes = '\x01a' }",
    r"beside = ['\x01b', '\x02c']",
];

#[test]
fn a_script_of_every_manner_passes_on_a_correct_server() {
    if !has_python() {
        return;
    }
    for observe in ["echo", "report"] {
        let server = Server::start("prefixed:u8", observe, None);
        for manner in MANNERS {
            for (wire, ending) in [
                (r"\x01a\0\x02bc", "clean"),
                (r"\x01a\x05b", "truncated from 2"),
            ] {
                let frames = if ending == "clean" {
                    "['a', '', 'bc']"
                } else {
                    "['a']"
                };
                let folder = Folder::new();
                let text = format!(
                    "[[vector]]\nname = 'v'\nframing = 'prefixed:u8'\nwhy = \"It's so.\"\nbytes = '{wire}'\nframes = {frames}\nending = '{ending}'\ncuts = [[1, 3]]\nobserve = '{observe}'\n{manner}\n"
                );
                fs::write(folder.0.join("v.toml"), text).unwrap();
                let ran = folder.script("v.toml").run(&server);
                assert_eq!(ran.code, 0, "{observe} {manner} {ending}: {ran}");
            }
        }
    }
}

/// Ends with status 1 on anything but `1:a,`; with the argument `one` it serves one connection and ends.
const BRITTLE: &str = "
import os, socket, sys
listener = socket.create_server(('127.0.0.1', int(sys.argv[1])), backlog=128)
while True:
    peer, _ = listener.accept()
    with peer:
        data = b''
        while (more := peer.recv(65536)): data += more
        if data not in (b'', b'1:a,'): os._exit(1)
        peer.sendall(data)
    if 'one' in sys.argv: break
";

const ILL: &str = r"
[[vector]]
name = 'ill'
framing = 'netstring'
why = 'A length of two digits may not begin with a zero.'
bytes = '01:a,'
frames = []
ending = 'malformed at 1'
";

#[test]
fn a_crash_is_seen_by_its_replay_and_the_status_of_a_server_for_one_connection_is_none() {
    if !has_python() {
        return;
    }
    let folder = Folder::new();
    fs::write(folder.0.join("brittle.py"), BRITTLE).unwrap();
    fs::write(folder.0.join("ill.toml"), ILL).unwrap();
    let replay = |command: &str| {
        folder.framecheck(&["replay", "ill.toml", "--observe", "echo", "--cmd", command])
    };
    let many = replay("python3 brittle.py {port}");
    assert_eq!(many.code, 1, "{many}");
    assert!(many.out.contains("exit status: 1"), "{many}");
    let one = replay("python3 brittle.py {port} one");
    assert!(!one.out.contains("exit status"), "{one}");
    assert_ne!(one.code, 1, "{one}");
}

#[test]
fn what_cannot_be_replayed_is_named() {
    let folder = Folder::new();
    let one = "[[vector]]\nname = 'one'\nframing = 'lines'\nwhy = 'It breaks.'\nbytes = 'a\\n'\nframes = ['a']\n";
    fs::write(folder.0.join("one.toml"), one).unwrap();
    fs::write(
        folder.0.join("two.toml"),
        format!("{one}{}", one.replace("'one'", "'two'")),
    )
    .unwrap();
    fs::write(folder.0.join("bad.toml"), "[[vector]]\n").unwrap();
    for (arguments, words) in [
        (&["replay"][..], &["FILE"][..]),
        (&["replay", "none.toml"], &["none.toml"]),
        (&["replay", "bad.toml"], &["bad.toml:1:", "missing"]),
        (
            &["replay", "two.toml", "--script", "python"],
            &["two.toml has 2"],
        ),
        (
            &["replay", "one.toml", "--script", "cobol"],
            &["cobol", "python"],
        ),
        (
            &[
                "replay",
                "one.toml",
                "--script",
                "python",
                "--observe",
                "stdout",
            ],
            &["--script"],
        ),
        (&["run", "--shrink", "5"], &["--shrink", "10s"]),
    ] {
        let ran = folder.framecheck(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {ran}");
        for word in words {
            assert!(ran.err.contains(word), "{arguments:?} {word}: {ran}");
        }
    }
    let both = folder.framecheck(&["replay", "two.toml"]);
    assert_eq!(both.code, 0, "{both}");
    assert!(both.out.contains("2 of 2 passed"), "{both}");
    let nobody = folder.framecheck(&["replay", "one.toml", "127.0.0.1:1", "--timeout", "1s"]);
    assert_eq!(nobody.code, 3, "{nobody}");
}

/// An echo server for `prefixed:u8` that answers nothing and closes where `bad(number, frame)` says so: `number` counts the process's
/// connections from 0. `None` where there is no Python, which was said then.
fn python(folder: &Folder, bad: &str) -> Option<String> {
    const BEHIND: &str = "
import socket, sys
def take(peer, count):
    data = b''
    while len(data) < count:
        more = peer.recv(count - len(data))
        if not more: return None
        data += more
    return data
def serve(peer, number):
    while True:
        length = take(peer, 1)
        if length is None: return
        frame = take(peer, length[0])
        if frame is None or bad(number, frame): return
        peer.sendall(length + frame)
listener = socket.create_server(('127.0.0.1', int(sys.argv[1])))
number = 0
while True:
    peer, _ = listener.accept()
    try: serve(peer, number)
    except OSError: pass
    peer.close()
    number += 1
";
    let file = folder.0.join("target.py");
    fs::write(&file, format!("{bad}\n{BEHIND}")).unwrap();
    has_python().then(|| format!("python3 {} {{port}}", file.display()))
}

/// A script that shows a defect.
struct Script(PathBuf);

impl Script {
    fn run(&self, server: &Server) -> Ran {
        let (host, port) = server.addr.rsplit_once(':').unwrap();
        ran(Command::new("python3").arg(&self.0).args([host, port]))
    }
}

impl Folder {
    fn run(&self, target: &str, framing: &str, observe: &str, more: &[&str]) -> Ran {
        let run = [
            "run",
            "--cmd",
            target,
            "--framing",
            framing,
            "--observe",
            observe,
        ];
        // No finding may depend on how long a busy machine takes.
        let time = if more.contains(&"--shrink") {
            &[][..]
        } else {
            &["--shrink", "120s"]
        };
        self.framecheck(&[&run[..], more, time].concat())
    }

    /// What was found, in the order of the names.
    fn findings(&self) -> Vec<(PathBuf, Vector)> {
        let Ok(entries) = fs::read_dir(self.0.join("findings")) else {
            return Vec::new();
        };
        let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let read = |file: PathBuf| {
            let text = fs::read_to_string(&file).unwrap();
            let stem = file.file_stem().unwrap().to_str().unwrap();
            let mut vectors = parse("finding", stem, &text).unwrap_or_else(|bad| panic!("{bad}"));
            assert_eq!(vectors.len(), 1);
            (file, vectors.remove(0))
        };
        files.into_iter().map(read).collect()
    }

    fn script(&self, file: &str) -> Script {
        let ran = self.framecheck(&["replay", file, "--script", "python"]);
        assert_eq!(ran.code, 0, "{ran}");
        let script = self.0.join("script.py");
        fs::write(&script, ran.out).unwrap();
        Script(script)
    }
}
