//! The runner beside a bare loop of connect, send, shut down, read to the end and close, against the same reference server.
//!
//! Rounds alternate, so that a noisy machine hits both alike; the figures are medians. `cargo bench --bench runner`.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use framecheck::framing::Framing;
use framecheck::run::{Course, Lot, Options, Progress, Target, run, serve};
use framecheck::suite::gate::Gate;
use framecheck::suite::{Case, Close, Manner, Observer, Outcome, PayloadKind, Status, Stream};

const ROUNDS: usize = 15;
const CASES: usize = 2000;

struct Silent;

impl Progress for Silent {
    fn finished(&self, _: &Outcome) {}
    fn weakened(&self, _: &str) {}
}

fn main() {
    let framing: Framing = "prefixed:u32be".parse().expect("a framing");
    let server = start(&framing);
    println!("{CASES} cases a round, {ROUNDS} rounds, medians; one worker each");
    println!(
        "{:<34}{:>12}{:>12}{:>8}",
        "case", "bare /s", "runner /s", "ratio"
    );
    for (name, payload) in [
        ("one frame of 100 B, whole, fin", 100),
        ("one frame of 4 KiB, whole, fin", 4096),
    ] {
        let mut wire = Vec::new();
        framing
            .encode(&vec![b'a'; payload], &mut wire)
            .expect("a frame");
        let cases = cases(&framing, &wire);
        let (mut bare, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            bare.push(bare_loop(server, &wire));
            ours.push(runner(server, &cases));
        }
        let (bare, ours) = (median(bare), median(ours));
        println!("{name:<34}{bare:>12.0}{ours:>12.0}{:>8.2}", ours / bare);
    }
}

fn start(framing: &Framing) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let addr = listener.local_addr().expect("its address");
    let framing = framing.clone();
    let conversation = serve::reference(framing, Observer::Report, Box::new(|_: &[u8]| {}));
    std::thread::spawn(move || serve::serve(&listener, &conversation));
    addr
}

fn cases(framing: &Framing, wire: &[u8]) -> Vec<Case> {
    let stream = Arc::new(Stream::new("bench".to_owned(), framing, wire.to_vec()));
    let case = Case::new(&stream, "whole", Vec::new(), Close::Fin, Manner::Plain);
    vec![case; CASES]
}

/// Cases a second.
fn bare_loop(server: SocketAddr, wire: &[u8]) -> f64 {
    let begun = Instant::now();
    let mut reply = Vec::new();
    for _ in 0..CASES {
        let mut stream = TcpStream::connect(server).expect("a connection");
        stream.set_nodelay(true).expect("an option");
        stream.write_all(wire).expect("a write");
        stream.shutdown(Shutdown::Write).expect("a shutdown");
        reply.clear();
        stream.read_to_end(&mut reply).expect("an answer");
        assert!(reply.ends_with(b"end clean\n"));
    }
    CASES as f64 / begun.elapsed().as_secs_f64()
}

fn runner(server: SocketAddr, cases: &[Case]) -> f64 {
    let lot = Lot {
        target: Target::Address(server),
        observer: Observer::Report,
        cases: cases.to_vec(),
    };
    let options = Options {
        gate: Gate::Auto,
        timeout: Duration::from_secs(5),
        jobs: 1,
        payloads: PayloadKind::Any,
        stdout: None,
        course: Course::default(),
    };
    let begun = Instant::now();
    let run = run(vec![lot], &options, &Silent);
    let seconds = begun.elapsed().as_secs_f64();
    assert!(
        run.outcomes
            .iter()
            .all(|outcome| outcome.verdict.status == Status::Pass)
    );
    CASES as f64 / seconds
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
