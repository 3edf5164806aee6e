//! Every cut that a gate says was held is found in the target's own log of its reads, or of what its parser got.
//!
//! The targets are processes: this test program again, started for the one hidden test `a_target_in_its_own_process`, and a Python
//! program. On one connection each serves a stream up to its end and then answers with two lines, the sizes of its reads and the sizes
//! of what its parser was handed. A cut was kept if one of those pieces ended there.
#![cfg(target_os = "linux")]

mod common;

use common::skip;
use framecheck::run::gate::{Gatekeeper, Link, Missing, NotHeld, Sent, Weakened};
use framecheck::suite::gate::{Gate, Held};
use std::env;
use std::fs;
use std::hint::black_box;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

const V4: &str = "127.0.0.1";
const V6: &str = "::1";

#[test]
fn gate_read_keeps_every_cut_at_the_read() {
    for (kind, address, cuts) in [
        ("plain", V4, 20_000),
        ("plain", V6, 10_000),
        ("plain", "dual", 5_000),
        ("slow", V4, 5_000),
        ("polling", V4, 20_000),
        ("handoff", V4, 10_000),
        ("handoff", V6, 5_000),
    ] {
        let score = deliver(&Target::start(kind, address), Gate::Read, cuts, 1);
        score.print("read", kind, address);
        assert_eq!(
            (score.kept_by_reads, score.weakest),
            (score.cuts, Some(Held::Read)),
            "{kind} {address}"
        );
        assert_eq!(
            score.reads, score.pieces,
            "{kind} {address}: the target's reads are our segments"
        );
    }
}

#[test]
fn gate_parser_keeps_every_cut_at_the_parser() {
    for (kind, address, cuts) in [
        ("plain", V4, 15_000),
        ("plain", V6, 5_000),
        ("slow", V4, 5_000),
        ("handoff", V4, 15_000),
        ("handoff", V6, 10_000),
    ] {
        let score = deliver(&Target::start(kind, address), Gate::Parser, cuts, 2);
        score.print("parser", kind, address);
        assert_eq!(
            (score.kept_by_parser, score.weakest),
            (score.cuts, Some(Held::Parser)),
            "{kind} {address}"
        );
        assert_eq!(score.kept_by_reads, score.cuts, "{kind} {address}");
    }
}

#[test]
fn a_python_target_keeps_every_cut() {
    let Some(plain) = Target::python(V4) else {
        return;
    };
    let score = deliver(&plain, Gate::Read, 4_000, 3);
    score.print("read", "python", V4);
    assert_eq!(
        (score.kept_by_reads, score.weakest),
        (score.cuts, Some(Held::Read))
    );
    let score = deliver(&Target::python(V6).unwrap(), Gate::Auto, 4_000, 4);
    score.print("auto", "python", V6);
    assert_eq!(
        (score.kept_by_parser, score.weakest),
        (score.cuts, Some(Held::Parser))
    );
}

#[test]
fn without_a_gate_cuts_are_lost_on_the_same_targets() {
    for kind in ["plain", "slow", "handoff"] {
        let score = deliver(&Target::start(kind, V4), Gate::None, 5_000, 5);
        score.print("none", kind, V4);
        assert!(
            score.kept_by_reads * 10 < score.cuts * 9,
            "{kind}: the measurement sees no lost cut"
        );
        assert!(score.kept_by_parser <= score.kept_by_reads, "{kind}");
        assert_eq!(score.weakest, Some(Held::None));
    }
}

#[test]
fn what_is_missing_at_the_deadline_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let mut keeper = Gatekeeper::new(Gate::Read, None);
    let mut link = link(&near);
    near.write_all(b"hello").unwrap();
    assert_eq!(
        keeper.wait(&mut link, 6, soon()),
        Err(NotHeld::Missed(Missing::Arrival(5)))
    );
    assert_eq!(
        keeper.wait(&mut link, 5, soon()),
        Err(NotHeld::Missed(Missing::Accept))
    );
    let mut far = listener.accept().unwrap().0;
    assert_eq!(
        keeper.wait(&mut link, 5, soon()),
        Err(NotHeld::Missed(Missing::Read(5)))
    );
    far.read_exact(&mut [0; 5]).unwrap();
    assert_eq!(keeper.wait(&mut link, 5, soon()), Ok(Held::Read));
    assert_eq!(
        keeper.quiet(&mut link, 5, soon()),
        Ok(None),
        "no process is known"
    );
    assert_eq!(keeper.weakened(), None);
}

#[test]
fn the_end_of_the_stream_is_seen_to_be_read() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let mut far = listener.accept().unwrap().0;
    let mut keeper = Gatekeeper::new(Gate::Read, None);
    let mut link = link(&near);
    let end = Sent {
        bytes: 5,
        fin: true,
    };
    near.write_all(b"hello").unwrap();
    far.read_exact(&mut [0; 5]).unwrap();
    assert_eq!(
        keeper.wait(&mut link, end, soon()),
        Err(NotHeld::Missed(Missing::Arrival(5)))
    );
    near.shutdown(Shutdown::Write).unwrap();
    assert_eq!(
        keeper.wait(&mut link, end, soon()),
        Err(NotHeld::Missed(Missing::Read(1)))
    );
    assert_eq!(far.read(&mut [0; 5]).unwrap(), 0);
    assert_eq!(keeper.wait(&mut link, end, soon()), Ok(Held::Read));
}

#[test]
fn a_target_that_closes_or_resets_is_gone_and_not_late() {
    for (unread, seen_before) in [(false, true), (true, true), (false, false), (true, false)] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let far = listener.accept().unwrap().0;
        let mut keeper = Gatekeeper::new(Gate::Read, None);
        let mut link = link(&near);
        if seen_before {
            assert_eq!(keeper.wait(&mut link, 0, late()), Ok(Held::Read));
        }
        if unread {
            near.write_all(b"hello").unwrap();
        }
        drop(far);
        assert_eq!(
            keeper.wait(&mut link, 5, late()),
            Err(NotHeld::Gone),
            "unread {unread}, seen before {seen_before}"
        );
        assert_eq!(keeper.weakened(), None);
    }
}

#[test]
fn a_target_that_never_sleeps_is_held_at_its_reads_and_that_is_said() {
    let target = Target::start("restless", V4);
    let score = deliver(&target, Gate::Auto, 500, 6);
    score.print("auto", "restless", V4);
    assert_eq!(
        (score.kept_by_reads, score.weakest),
        (score.cuts, Some(Held::Read))
    );
    assert_eq!(score.weakened, [Weakened::Restless], "said once");
}

#[test]
fn a_process_that_does_not_have_the_connection_proves_nothing() {
    let target = Target::start("plain", V4);
    let mut other = Command::new("sleep").arg("100").spawn().unwrap();
    let mut keeper = Gatekeeper::new(Gate::Parser, Some(other.id()));
    let mut near = TcpStream::connect(target.addr).unwrap();
    near.write_all(b"hello").unwrap();
    assert_eq!(keeper.wait(&mut link(&near), 5, late()), Ok(Held::Read));
    assert_eq!(keeper.weakened(), Some(Weakened::OtherProcess));
    other.kill().unwrap();
    other.wait().unwrap();
    let mut keeper = Gatekeeper::new(Gate::Parser, None);
    assert_eq!(keeper.weakened(), Some(Weakened::NoProcess));
    assert_eq!(keeper.wait(&mut link(&near), 5, late()), Ok(Held::Read));
}

#[test]
fn silence_is_a_fact_once_the_target_sleeps() {
    let target = Target::start("answer", V4);
    let mut keeper = Gatekeeper::new(Gate::None, Some(target.process.id()));
    let mut sent = 0;
    let mut near = TcpStream::connect(target.addr).unwrap();
    let mut link = link(&near);
    near.set_nodelay(true).unwrap();
    for round in 0..500_usize {
        // It answers two bytes for each `a` after some work, and nothing to a `b`.
        let question = if round.is_multiple_of(3) { b"b" } else { b"a" };
        near.write_all(question).unwrap();
        sent += 1;
        let silence = keeper
            .quiet(&mut link, sent, late())
            .unwrap()
            .expect("the process is known");
        assert_eq!(silence.unread, 0);
        near.set_nonblocking(true).unwrap();
        let mut answer = [0; 8];
        let len = near.read(&mut answer).unwrap_or(0);
        assert_eq!(len, if question == b"a" { 2 } else { 0 }, "round {round}");
        assert!(near.read(&mut answer).is_err(), "nothing came after");
        near.set_nonblocking(false).unwrap();
    }
}

#[test]
fn a_target_that_sleeps_over_unread_bytes_is_silent_too() {
    let target = Target::start("deaf", V4);
    let mut keeper = Gatekeeper::new(Gate::Parser, Some(target.process.id()));
    let mut near = TcpStream::connect(target.addr).unwrap();
    near.write_all(b"hello").unwrap();
    let mut link = link(&near);
    let silence = keeper
        .quiet(&mut link, 5, late())
        .unwrap()
        .expect("the process is known");
    assert_eq!(silence.unread, 5);
    assert_eq!(
        keeper.wait(&mut link, 5, soon()),
        Err(NotHeld::Missed(Missing::Read(5)))
    );
}

#[test]
fn a_target_in_another_network_namespace_gets_a_pause_and_that_is_said() {
    let inner = ["--exact", "across_two_network_namespaces", "--nocapture"];
    let output = Command::new("unshare")
        .args(["-rn"])
        .arg(env::current_exe().unwrap())
        .args(inner)
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

/// Started by the test above inside a user and network namespace of its own; the target gets another one, linked by a pair of
/// virtual devices.
#[test]
fn across_two_network_namespaces() {
    if env::var_os(INSIDE).is_none() {
        return;
    }
    let mut command = Command::new("unshare");
    command.arg("-n").arg(env::current_exe().unwrap());
    let mut target = Target::spawn(command, "plain", "0.0.0.0");
    if let Err(why) = link_namespaces(target.process.id()) {
        println!("the two namespaces cannot be set up: {why}");
        return;
    }
    target.addr.set_ip([10, 77, 0, 2].into());
    for process in [None, Some(target.process.id())] {
        let mut keeper = Gatekeeper::new(Gate::Auto, process);
        let mut near = TcpStream::connect(target.addr).unwrap();
        let mut link = link(&near);
        for sent in 1..=3 {
            near.write_all(b"x").unwrap();
            assert_eq!(keeper.wait(&mut link, sent, late()), Ok(Held::Sleep));
        }
        assert_eq!(keeper.weakened(), Some(Weakened::Elsewhere));
        assert_eq!(keeper.weakened(), None, "said once");
        drop(target_log(near));
    }
    println!("held by a pause");
}

#[test]
fn an_ordinary_user_gets_the_same_proofs() {
    let inner = ["--exact", "as_an_ordinary_user", "--nocapture"];
    let program = Copied::new();
    let target = Target::start("plain", V4);
    let output = Command::new("setpriv")
        .args([
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            "--no-new-privs",
            "--inh-caps=-all",
        ])
        .arg(&program.0)
        .args(inner)
        .env(INSIDE, target.addr.to_string())
        .current_dir("/")
        .output();
    let Ok(output) = output else {
        return skip("there is no `setpriv`");
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    if said.contains("setpriv:") {
        return skip(&format!("only root can become another user: {said}"));
    }
    assert!(
        output.status.success() && said.contains("every cut kept"),
        "{said}"
    );
}

/// Started by the test above with the address of a target of another user.
#[test]
fn as_an_ordinary_user() {
    let Some(foreign) = env::var(INSIDE).ok().and_then(|addr| addr.parse().ok()) else {
        return;
    };
    let foreign = Target {
        process: Command::new("true").spawn().unwrap(),
        addr: foreign,
    };
    let score = deliver(&foreign, Gate::Read, 2_000, 7);
    assert_eq!(
        (score.kept_by_reads, score.weakest),
        (score.cuts, Some(Held::Read))
    );
    let score = deliver(&Target::start("handoff", V4), Gate::Auto, 2_000, 8);
    assert_eq!(
        (score.kept_by_parser, score.weakest),
        (score.cuts, Some(Held::Parser))
    );
    println!("every cut kept");
}

/// What became of the cuts of many connections.
#[derive(Default)]
struct Score {
    cuts: usize,
    kept_by_reads: usize,
    kept_by_parser: usize,
    pieces: usize,
    reads: usize,
    weakest: Option<Held>,
    weakened: Vec<Weakened>,
    took: Duration,
}

impl Score {
    fn print(&self, gate: &str, kind: &str, address: &str) {
        let percent = |kept: usize| 100.0 * kept as f64 / self.cuts as f64;
        println!(
            "gate {gate:6} {kind:8} {address:9} {:6} cuts, kept at the read {:6.2} %, at the parser {:6.2} %, {:5.1} us each",
            self.cuts,
            percent(self.kept_by_reads),
            percent(self.kept_by_parser),
            self.took.as_secs_f64() * 1e6 / self.cuts as f64
        );
    }

    fn add(&mut self, plan: &[usize], log: &Log) {
        assert_eq!(
            log.reads.iter().sum::<usize>(),
            plan.iter().sum::<usize>(),
            "no byte is lost"
        );
        let cuts = &ends(plan)[..plan.len() - 1];
        let kept = |pieces: &[usize]| cuts.iter().filter(|cut| ends(pieces).contains(cut)).count();
        self.cuts += cuts.len();
        self.kept_by_reads += kept(&log.reads);
        self.kept_by_parser += kept(&log.parsed);
        self.pieces += plan.len();
        self.reads += log.reads.len();
    }
}

/// Sends random streams with random cuts through the gate until there were so many cuts, and compares with the target's logs.
fn deliver(target: &Target, gate: Gate, cuts: usize, seed: u64) -> Score {
    let mut random = Random(seed);
    let mut keeper = Gatekeeper::new(gate, Some(target.process.id()));
    let mut score = Score::default();
    let bytes = [b'.'; 4000];
    let start = Instant::now();
    while score.cuts < cuts {
        let plan: Vec<usize> = (0..2 + random.below(60)).map(|_| random.size()).collect();
        let mut near = TcpStream::connect(target.addr).unwrap();
        near.set_nodelay(true).unwrap();
        let mut link = link(&near);
        let mut sent = 0;
        for &size in &plan {
            near.write_all(&bytes[..size]).unwrap();
            sent += size as u64;
            let held = keeper
                .wait(&mut link, sent, late())
                .unwrap_or_else(|missed| panic!("seed {seed}: {missed}"));
            score.weakest = Some(score.weakest.map_or(held, |weakest| weakest.min(held)));
            score.weakened.extend(keeper.weakened());
        }
        score.add(&plan, &target_log(near));
    }
    score.took = start.elapsed();
    score
}

/// The sizes of a target's reads, and of what its parser was handed.
struct Log {
    reads: Vec<usize>,
    parsed: Vec<usize>,
}

/// Ends the stream and takes the target's answer.
fn target_log(mut near: TcpStream) -> Log {
    near.shutdown(Shutdown::Write).unwrap();
    let mut text = String::new();
    near.read_to_string(&mut text).unwrap();
    let mut lines = text.lines().map(|line| {
        line.split_ascii_whitespace()
            .map(|size| size.parse().unwrap())
            .collect()
    });
    Log {
        reads: lines.next().unwrap(),
        parsed: lines.next().unwrap(),
    }
}

/// Where each piece ends in the stream.
fn ends(pieces: &[usize]) -> Vec<usize> {
    pieces
        .iter()
        .scan(0, |end, piece| Some((*end += piece, *end).1))
        .collect()
}

/// SplitMix64: random numbers that a seed repeats.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (value ^ value >> 31) % limit
    }

    /// Half of the segments have 1 to 8 bytes, the others up to 4000.
    fn size(&mut self) -> usize {
        let limit = if self.below(2) == 0 { 8 } else { 4000 };
        1 + self.below(limit) as usize
    }
}

/// A process that logs its reads; ended with this value.
struct Target {
    process: Child,
    addr: SocketAddr,
}

impl Target {
    /// This program again; `dual`: an IPv6 listener that an IPv4 client connects to.
    fn start(kind: &str, address: &str) -> Self {
        let bound = if address == "dual" { "::" } else { address };
        let mut target = Self::spawn(Command::new(env::current_exe().unwrap()), kind, bound);
        if address == "dual" {
            target.addr.set_ip([127, 0, 0, 1].into());
        }
        target
    }

    fn spawn(mut command: Command, kind: &str, address: &str) -> Self {
        let hidden = [
            "--exact",
            "a_target_in_its_own_process",
            "--nocapture",
            "--test-threads=1",
        ];
        Self::announced(
            command
                .args(hidden)
                .env(TARGET, format!("{kind} {address}")),
        )
        .expect("this program can be started")
    }

    /// A Python program with a hand-off between threads; `None`, and a word about it, where there is no Python.
    fn python(address: &str) -> Option<Self> {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/read_log.py");
        let target = Self::announced(Command::new("python3").arg(program).arg(address));
        if target.is_none() {
            skip("there is no `python3`");
        }
        target
    }

    /// Waits for the line in which the target says where it listens.
    fn announced(command: &mut Command) -> Option<Self> {
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let addr = lines.find_map(|line| {
            line.unwrap()
                .split_once("listens on ")
                .map(|(_, addr)| addr.parse().unwrap())
        });
        let Some(addr) = addr else {
            process.wait().unwrap();
            return None;
        };
        Some(Self { process, addr })
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The hidden test that is a target: it serves one connection after the other until it is killed.
#[test]
fn a_target_in_its_own_process() {
    let Ok(kind) = env::var(TARGET) else { return };
    let (kind, address) = kind.split_once(' ').unwrap();
    let listener = TcpListener::bind((address, 0)).unwrap();
    println!("listens on {}", listener.local_addr().unwrap());
    if kind == "restless" {
        thread::spawn(|| {
            loop {
                black_box(());
            }
        });
    }
    for stream in listener.incoming() {
        let stream = stream.unwrap();
        match kind {
            "handoff" => hand_off(stream),
            "answer" => answer(stream),
            "deaf" => thread::park(),
            "polling" => poll_reads(stream),
            _ => log_reads(stream, if kind == "slow" { 30 } else { 0 }),
        }
    }
}

/// Parses what it reads where it reads it, after some work.
fn log_reads(mut stream: TcpStream, busy_micros: u64) {
    let mut bytes = vec![0; 1 << 16];
    let mut reads = Vec::new();
    loop {
        busy(busy_micros);
        match stream.read(&mut bytes).unwrap() {
            0 => break,
            len => reads.push(len),
        }
    }
    report(stream, &reads, &reads);
}

/// Asks for bytes again and again and never waits, so that the next ones often come while it is inside a call on the socket.
fn poll_reads(mut stream: TcpStream) {
    let mut bytes = vec![0; 1 << 16];
    let mut reads = Vec::new();
    stream.set_nonblocking(true).unwrap();
    loop {
        match stream.read(&mut bytes) {
            Ok(0) => break,
            Ok(len) => reads.push(len),
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
    }
    stream.set_nonblocking(false).unwrap();
    report(stream, &reads, &reads);
}

/// Reads in one thread and parses in another, which takes all that has come when it wakes.
fn hand_off(mut stream: TcpStream) {
    let (sender, receiver) = mpsc::channel::<usize>();
    let parser = thread::spawn(move || {
        let mut parsed = Vec::new();
        while let Ok(first) = receiver.recv() {
            busy(3);
            parsed.push(first + receiver.try_iter().sum::<usize>());
        }
        parsed
    });
    let mut bytes = vec![0; 1 << 16];
    let mut reads = Vec::new();
    while let len @ 1.. = stream.read(&mut bytes).unwrap() {
        reads.push(len);
        sender.send(len).unwrap();
    }
    drop(sender);
    report(stream, &reads, &parser.join().unwrap());
}

/// Answers two bytes to each `a`, in two writes with work before them.
fn answer(mut stream: TcpStream) {
    let mut byte = [0];
    stream.set_nodelay(true).unwrap();
    while stream.read(&mut byte).unwrap() > 0 {
        for _ in 0..if byte == *b"a" { 2 } else { 0 } {
            busy(100);
            stream.write_all(b"!").unwrap();
        }
    }
}

fn report(mut stream: TcpStream, reads: &[usize], parsed: &[usize]) {
    let line = |sizes: &[usize]| {
        sizes
            .iter()
            .map(|size| format!("{size} "))
            .collect::<String>()
    };
    stream
        .write_all(format!("{}\n{}\n", line(reads), line(parsed)).as_bytes())
        .unwrap();
}

fn busy(micros: u64) {
    let start = Instant::now();
    while micros > 0 && start.elapsed() < Duration::from_micros(micros) {}
}

/// In the environment of a target: its kind and the address that it binds.
const TARGET: &str = "FRAMECHECK_TEST_TARGET";
/// In the environment of a test that runs inside another one.
const INSIDE: &str = "FRAMECHECK_TEST_INSIDE";

/// Puts one end of a pair of devices into the namespace of the process, once it has one, and gives both an address.
fn link_namespaces(process: u32) -> Result<(), String> {
    let inside = format!("--net=/proc/{process}/ns/net");
    let there = |rest: &str| format!("nsenter {inside} {rest}");
    for command in [
        format!("ip link add fc-near type veth peer name fc-far netns {process}"),
        "ip addr add 10.77.0.1/30 dev fc-near".to_owned(),
        "ip link set fc-near up".to_owned(),
        there("ip addr add 10.77.0.2/30 dev fc-far"),
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

/// A copy of this program where any user can start it.
struct Copied(PathBuf);

impl Copied {
    fn new() -> Self {
        let path = env::temp_dir().join(format!("framecheck-cuts-{}", std::process::id()));
        fs::copy(env::current_exe().unwrap(), &path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Self(path)
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn link(near: &TcpStream) -> Link {
    Link::new(near.local_addr().unwrap(), near.peer_addr().unwrap())
}

fn soon() -> Instant {
    Instant::now() + Duration::from_millis(20)
}

fn late() -> Instant {
    Instant::now() + Duration::from_secs(20)
}
