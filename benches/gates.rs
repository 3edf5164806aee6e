//! What a proven cut costs: gates `read` and `parser` against a round trip of one byte, on loopback, all in one run.
//!
//! Each round measures all rows in turn, so that a change in the machine's speed meets all of them; a row's figure is the median over
//! the rounds, its ratio the median of the rounds' own ratios. The round trip has a client that spins on a non-blocking socket, so that
//! only the target has to be woken: the same as in a cut. Every target is a process of its own with a blocking read loop.

use framecheck::run::gate::{Gatekeeper, Link};
use framecheck::suite::gate::{Gate, Held};
use std::env;
use std::hint::spin_loop;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const ROUNDS: usize = 21;
const CUTS: u32 = 2_000;

fn main() {
    if let Ok(threads) = env::var(THREADS) {
        return serve(threads.parse().expect("a number of threads"));
    }
    let mut round_trip = RoundTrip::start();
    let mut rows = [
        Row::start("gate read", Gate::Read, 0, Some(1.5)),
        Row::start("gate parser", Gate::Parser, 0, Some(3.0)),
        Row::start(
            "gate parser, target with 8 idle threads",
            Gate::Parser,
            8,
            None,
        ),
    ];
    let mut base = Vec::new();
    for _ in 0..ROUNDS {
        base.push(round_trip.micros());
        for row in &mut rows {
            row.micros.push(row.target.micros());
        }
    }
    println!(
        "{:<42} {:>8} {:>8} {:>8}",
        "median of rounds", "us", "ratio", "goal"
    );
    println!(
        "{:<42} {:>8.1} {:>8.2}",
        "spinning round trip of one byte",
        median(base.clone()),
        1.0
    );
    for row in rows {
        let ratio = median(
            row.micros
                .iter()
                .zip(&base)
                .map(|(cut, trip)| cut / trip)
                .collect(),
        );
        let goal = row.goal.map_or(String::new(), |goal| {
            format!("{goal:.1} {}", if ratio <= goal { "met" } else { "MISSED" })
        });
        println!(
            "{:<42} {:>8.1} {ratio:>8.2} {goal:>8}",
            row.name,
            median(row.micros)
        );
    }
}

/// One gate on one target, with its time for a cut in each round.
struct Row {
    name: &'static str,
    target: Gated,
    goal: Option<f64>,
    micros: Vec<f64>,
}

impl Row {
    fn start(name: &'static str, gate: Gate, idle_threads: usize, goal: Option<f64>) -> Self {
        Self {
            name,
            target: Gated::start(gate, idle_threads),
            goal,
            micros: Vec::new(),
        }
    }
}

/// A target and a connection to it whose cuts are gated.
struct Gated {
    server: Server,
    keeper: Gatekeeper,
    link: Link,
    sent: u64,
    wanted: Held,
}

impl Gated {
    fn start(gate: Gate, idle_threads: usize) -> Self {
        let server = Server::start(idle_threads, b's');
        let keeper = Gatekeeper::new(gate, Some(server.process.id()));
        let link = Link::new(
            server.stream.local_addr().unwrap(),
            server.stream.peer_addr().unwrap(),
        );
        let wanted = if gate == Gate::Read {
            Held::Read
        } else {
            Held::Parser
        };
        Self {
            server,
            keeper,
            link,
            sent: 1,
            wanted,
        }
    }

    /// The time of one cut in a run of them, each of which must have held.
    fn micros(&mut self) -> f64 {
        let start = Instant::now();
        for _ in 0..CUTS {
            self.server.stream.write_all(b"x").unwrap();
            self.sent += 1;
            let held = self
                .keeper
                .wait(&mut self.link, self.sent, start + Duration::from_secs(60));
            assert_eq!(held, Ok(self.wanted), "{:?}", self.keeper.weakened());
        }
        micros_each(start)
    }
}

/// A target that sends each byte back.
struct RoundTrip(Server);

impl RoundTrip {
    fn start() -> Self {
        let server = Server::start(0, b'e');
        server.stream.set_nonblocking(true).unwrap();
        Self(server)
    }

    fn micros(&mut self) -> f64 {
        let start = Instant::now();
        for _ in 0..CUTS {
            self.0.stream.write_all(b"x").unwrap();
            let mut byte = [0];
            while let Err(error) = self.0.stream.read_exact(&mut byte) {
                assert_eq!(error.kind(), ErrorKind::WouldBlock);
                spin_loop();
            }
            assert_eq!(byte, *b"x");
        }
        micros_each(start)
    }
}

/// This program again, as a target, with one connection to it.
struct Server {
    process: Child,
    stream: TcpStream,
}

impl Server {
    fn start(idle_threads: usize, mode: u8) -> Self {
        let mut process = Command::new(env::current_exe().unwrap())
            .env(THREADS, idle_threads.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut port)
            .unwrap();
        let mut stream = TcpStream::connect(("127.0.0.1", port.trim().parse().unwrap())).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.write_all(&[mode]).unwrap();
        Self { process, stream }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// In the environment of a target: how many threads it has that do nothing.
const THREADS: &str = "GATES_BENCH_IDLE_THREADS";

/// Serves one connection: its first byte says whether the others are sent back (`e`).
fn serve(idle_threads: usize) {
    for _ in 0..idle_threads {
        thread::spawn(thread::park);
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("{}", listener.local_addr().unwrap().port());
    let mut stream = listener.accept().unwrap().0;
    stream.set_nodelay(true).unwrap();
    let mut mode = [0];
    stream.read_exact(&mut mode).unwrap();
    let mut bytes = [0; 4096];
    while let Ok(len @ 1..) = stream.read(&mut bytes) {
        if mode == *b"e" {
            stream.write_all(&bytes[..len]).unwrap();
        }
    }
}

fn micros_each(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e6 / f64::from(CUTS)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
