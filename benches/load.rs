//! The load generator beside other clients, on the same servers, in rounds that take turns: iperf3, a batched client that verifies nothing,
//! a thread for each connection. `cargo bench --bench load`, or a part of it: `cargo bench --bench load -- stream`.
//!
//! Servers are this program started again, so that they have a processor to themselves. Ours is `run::load` as `framecheck bench` has it, every
//! byte compared; the others are written as fast as they can be written plainly, and compare nothing. Each figure is the median of the rounds,
//! each ratio that of the rounds' own ratios.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use framecheck::framing::Framing;
use framecheck::run::Target;
use framecheck::run::load::{Cell, Contender, Course, Progress, bench};
use framecheck::suite::PayloadKind;
use framecheck::suite::bench::{Extent, Mode, Pace, Sample, Script, Segment, Shape};
use mio::{Events, Interest, Poll, Token};

/// Names the server that this program is to be.
const SERVER: &str = "FRAMECHECK_BENCH_SERVER";

const ROUNDS: usize = 11;
const ROUND: Duration = Duration::from_millis(400);

/// Bytes in one write of the streams: iperf3's own default.
const WRITE: usize = 128 << 10;

/// A frame of 64 bytes behind its length.
const FRAME: usize = 68;

fn main() {
    match env::var(SERVER).as_deref() {
        Ok("sink") => return serve_threads(sink),
        Ok("echo") => return serve_ready(),
        Ok("codec") => return serve_codec(),
        Ok(other) => panic!("no server {other}"),
        Err(_) => {}
    }
    let parts: [(&str, fn()); 5] = [
        ("connections", memory_of_connections),
        ("requests", requests),
        ("pipelined", || {
            ["echo", "codec"].into_iter().for_each(pipelined)
        }),
        ("stream", stream),
        ("long", memory_of_a_stream),
    ];
    println!("{ROUNDS} rounds of {ROUND:?} in turns; medians, and ours to each");
    let wanted: Vec<String> = env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    for (name, part) in parts {
        if wanted.is_empty() || wanted.iter().any(|word| word == name) {
            part();
        }
    }
}

/// One-way: pattern 1 to a plain sink, and iperf3 to its own server, with the same write size.
fn stream() {
    let server = Server::start("sink");
    let ours = Ours::new(
        "eof,max=none",
        1 << 40,
        Mode::OneWay,
        1,
        None,
        Segment::Bytes(WRITE as u64),
    );
    let Some(iperf) = Iperf::start() else {
        println!("iperf3 is not installed: one-way is measured alone");
        println!(
            "one-way: {:.2} GB/s",
            ours.round(server.addr).bytes_per_s() / 1e9
        );
        return;
    };
    let mut rows = Rows::new("one-way, writes of 128 KiB, GB/s", 1e9);
    for _ in 0..ROUNDS {
        rows.take("iperf3", iperf.round());
        rows.take("plain client", plain_stream(server.addr));
        rows.take("framecheck", ours.round(server.addr).bytes_per_s());
    }
    rows.print();
}

/// Frames of 64 bytes in batches.
fn pipelined(kind: &str) {
    let server = Server::start(kind);
    let ours = Ours::new("prefixed:u32be", 64, Mode::Echo, 1, None, Segment::Fast);
    let mut rows = Rows::new(&format!("64 B frames pipelined to {kind}, M frames/s"), 1e6);
    let mut cpu = Vec::new();
    for _ in 0..ROUNDS {
        rows.take(
            "batched client, two threads",
            batched_by_threads(server.addr),
        );
        rows.take("batched client, one thread", batched(server.addr));
        let theirs = server.cpu();
        let sample = ours.round(server.addr);
        let theirs = server.cpu() - theirs;
        cpu.push((
            sample.own_cpu / sample.verified as f64,
            theirs / sample.verified as f64,
        ));
        rows.take("framecheck, every byte compared", sample.frames_per_s());
    }
    rows.print();
    let (own, theirs): (Vec<_>, Vec<_>) = cpu.into_iter().unzip();
    println!(
        "  processor time a frame: {:.1} ns, of the server {:.1} ns",
        median(own) * 1e9,
        median(theirs) * 1e9
    );
}

/// Request and reply.
fn requests() {
    let server = Server::start("echo");
    for connections in [16, 256, 1000] {
        let ours = Ours::new(
            "prefixed:u32be",
            64,
            Mode::Echo,
            connections,
            Some(1),
            Segment::Fast,
        );
        let mut rows = Rows::new(
            &format!("request and reply of 64 B on {connections} connections, k/s"),
            1e3,
        );
        for _ in 0..ROUNDS {
            rows.take(
                "a thread for each connection",
                thread_each(server.addr, connections),
            );
            rows.take("framecheck", ours.round(server.addr).frames_per_s());
        }
        rows.print();
    }
}

/// What a thousand connections cost us; before any other client has left something behind.
fn memory_of_connections() {
    let server = Server::start("echo");
    let ours = Ours::new(
        "prefixed:u32be",
        64,
        Mode::Echo,
        1000,
        Some(1),
        Segment::Fast,
    );
    let sample = ours.round(server.addr);
    assert_eq!(sample.sent, sample.verified);
    println!(
        "1000 connections, request and reply: {} frames, peak {:.1} MiB resident (goal: below 64)",
        sample.verified,
        kib("VmHWM:") / 1024.0
    );
}

/// Whether a long stream leaves something behind.
fn memory_of_a_stream() {
    let server = Server::start("sink");
    let ours = Ours::new(
        "eof,max=none",
        1 << 40,
        Mode::OneWay,
        1,
        None,
        Segment::Fast,
    );
    let (mut bytes, mut points) = (0.0, Vec::new());
    for _ in 0..20 {
        bytes += ours.for_a_time(server.addr, Duration::from_secs(1)).bytes as f64;
        points.push((bytes / 1e9, kib("VmRSS:")));
    }
    let half = &points[points.len() / 2..];
    let (first, last) = (half[0], half[half.len() - 1]);
    println!(
        "one-way for {:.0} GB: resident {:.0} KiB after {:.0} GB, {:.0} KiB at the end: {:.2} KiB a GB",
        last.0,
        first.1,
        first.0,
        last.1,
        (last.1 - first.1) / (last.0 - first.0)
    );
}

/// Our own client: one round of `run::load`.
struct Ours {
    shape: Shape,
    script: Script,
}

impl Ours {
    fn new(
        framing: &str,
        size: u64,
        mode: Mode,
        connections: usize,
        in_flight: Option<u64>,
        segment: Segment,
    ) -> Self {
        let framing: Framing = framing.parse().expect("a framing");
        let script = Script::new(&framing, mode, size, &PayloadKind::Any, 1);
        Self {
            shape: Shape {
                connections,
                in_flight,
                segment,
                pace: Pace::Closed,
            },
            script: script.expect("payloads that the framing has"),
        }
    }

    fn round(&self, addr: SocketAddr) -> Sample {
        self.for_a_time(addr, ROUND)
    }

    fn for_a_time(&self, addr: SocketAddr, time: Duration) -> Sample {
        let contender = Contender {
            name: "server".to_owned(),
            work: Ok((Target::Address(addr), self.script.clone())),
        };
        let cell = Cell {
            framing: self.script.framing().to_string(),
            payload: self.script.payload(),
            shape: self.shape,
            contenders: vec![contender],
        };
        let course = Course {
            extent: Extent::Time(time),
            rounds: 1,
            warm_up: 0,
            seed: 1,
            timeout: Duration::from_secs(5),
            ceiling: false,
        };
        let bench = bench(&[cell], &course, &Silent);
        let measured = &bench.cells[0].targets[0];
        assert_eq!(measured.failed, None);
        measured.samples[0]
    }
}

struct Silent;

impl Progress for Silent {
    fn round(&self, _: &str) {}
}

/// Bytes a second.
fn plain_stream(addr: SocketAddr) -> f64 {
    let mut stream = connect(addr);
    let buffer = vec![1; WRITE];
    let (begun, mut sent) = (Instant::now(), 0);
    while begun.elapsed() < ROUND {
        stream.write_all(&buffer).expect("a write");
        sent += buffer.len();
    }
    stream.shutdown(std::net::Shutdown::Write).expect("an end");
    assert_eq!(stream.read(&mut [0]).expect("its end"), 0);
    sent as f64 / begun.elapsed().as_secs_f64()
}

/// Batches of frames, one of them written while another is on its way back; frames a second.
fn batched(addr: SocketAddr) -> f64 {
    const BATCH: usize = 1000 * FRAME;
    let mut stream = connect(addr);
    let (batch, mut reply) = (frames(BATCH / FRAME), vec![0; BATCH]);
    let (begun, mut done) = (Instant::now(), 0);
    stream.write_all(&batch).expect("a write");
    while begun.elapsed() < ROUND {
        stream.write_all(&batch).expect("a write");
        stream.read_exact(&mut reply).expect("a batch back");
        done += BATCH / FRAME;
    }
    done as f64 / begun.elapsed().as_secs_f64()
}

/// One thread writes, the other reads; frames a second.
fn batched_by_threads(addr: SocketAddr) -> f64 {
    let stream = connect(addr);
    let mut writer = stream.try_clone().expect("a second handle");
    let batch = frames(1000);
    let begun = Instant::now();
    let writing = thread::spawn(move || {
        while begun.elapsed() < ROUND {
            writer.write_all(&batch).expect("a write");
        }
        writer.shutdown(std::net::Shutdown::Write).expect("an end");
    });
    let (mut stream, mut buffer, mut read) = (stream, vec![0; 64 << 10], 0);
    loop {
        match stream.read(&mut buffer).expect("a read") {
            0 => break,
            more => read += more,
        }
    }
    let rate = (read / FRAME) as f64 / begun.elapsed().as_secs_f64();
    writing.join().expect("the writer");
    rate
}

/// Requests a second, all together.
fn thread_each(addr: SocketAddr, connections: usize) -> f64 {
    let (over, done) = (AtomicBool::new(false), AtomicU64::new(0));
    let streams: Vec<_> = (0..connections).map(|_| connect(addr)).collect();
    let begun = Instant::now();
    thread::scope(|scope| {
        for mut stream in streams {
            let (over, done) = (&over, &done);
            scope.spawn(move || {
                let (request, mut reply) = (frames(1), [0; FRAME]);
                let mut own = 0;
                while !over.load(Ordering::Relaxed) {
                    stream.write_all(&request).expect("a request");
                    stream.read_exact(&mut reply).expect("a reply");
                    own += 1;
                }
                done.fetch_add(own, Ordering::Relaxed);
            });
        }
        thread::sleep(ROUND);
        over.store(true, Ordering::Relaxed);
    });
    done.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64()
}

fn frames(count: usize) -> Vec<u8> {
    let mut frame = [7; FRAME];
    frame[..4].copy_from_slice(&64_u32.to_be_bytes());
    frame.repeat(count)
}

fn connect(addr: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(addr).expect("a connection");
    stream.set_nodelay(true).expect("an option");
    stream
}

/// iperf3's server, and its client once a round.
struct Iperf {
    server: Child,
    port: String,
}

impl Iperf {
    fn start() -> Option<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener
            .local_addr()
            .expect("its address")
            .port()
            .to_string();
        drop(listener);
        let mut command = Command::new("iperf3");
        command.args(["-s", "--forceflush", "-p", &port]);
        let mut server = command.stdout(Stdio::piped()).spawn().ok()?;
        let mut lines = BufReader::new(server.stdout.take().expect("its output")).lines();
        lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("listening")));
        thread::spawn(move || lines.for_each(drop));
        Some(Self { server, port })
    }

    /// Bytes a second.
    fn round(&self) -> f64 {
        let mut command = Command::new("iperf3");
        command.args([
            "-c",
            "127.0.0.1",
            "-p",
            &self.port,
            "-t",
            "1",
            "-l",
            "128K",
            "-J",
        ]);
        let output = command.output().expect("iperf3");
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("its JSON");
        let bits = report["end"]["sum_received"]["bits_per_second"].as_f64();
        bits.expect("a rate") / 8.0
    }
}

impl Drop for Iperf {
    fn drop(&mut self) {
        let _ = self.server.kill().and_then(|()| self.server.wait());
    }
}

/// This program as a server, ended with this.
struct Server {
    child: Child,
    addr: SocketAddr,
}

impl Server {
    fn start(kind: &str) -> Self {
        let program = env::current_exe().expect("this program");
        let mut command = Command::new(program);
        let mut child = command
            .env(SERVER, kind)
            .stdout(Stdio::piped())
            .spawn()
            .expect("a server");
        let mut line = String::new();
        let output = child.stdout.as_mut().expect("its output");
        BufReader::new(output)
            .read_line(&mut line)
            .expect("its address");
        Self {
            child,
            addr: line.trim().parse().expect("an address"),
        }
    }

    /// Processor time in seconds, to the nanosecond, of its threads that run.
    fn cpu(&self) -> f64 {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("its threads");
        let of = |task: std::io::Result<fs::DirEntry>| {
            let text = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            text.split_whitespace().next()?.parse::<f64>().ok()
        };
        tasks.filter_map(of).sum::<f64>() / 1e9
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}

fn listen() -> TcpListener {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    println!("{}", listener.local_addr().expect("its address"));
    listener
}

fn serve_threads(conversation: fn(TcpStream)) {
    for stream in listen().incoming().flatten() {
        thread::spawn(move || conversation(stream));
    }
}

fn sink(mut stream: TcpStream) {
    let mut buffer = vec![0; WRITE];
    while stream.read(&mut buffer).is_ok_and(|read| read > 0) {}
}

/// An echo of bytes on one readiness loop.
fn serve_ready() {
    let listener = listen();
    listener.set_nonblocking(true).expect("an option");
    let mut listener = mio::net::TcpListener::from_std(listener);
    let (mut poll, mut events) = (Poll::new().expect("a poll"), Events::with_capacity(1024));
    let own = Token(usize::MAX);
    poll.registry()
        .register(&mut listener, own, Interest::READABLE)
        .expect("a place");
    let mut peers: Vec<Option<Peer>> = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        poll.poll(&mut events, None).expect("events");
        for event in &events {
            if event.token() == own {
                while let Ok((mut stream, _)) = listener.accept() {
                    let both = Interest::READABLE | Interest::WRITABLE;
                    let token = Token(peers.len());
                    poll.registry()
                        .register(&mut stream, token, both)
                        .expect("a place");
                    stream.set_nodelay(true).expect("an option");
                    peers.push(Some(Peer {
                        stream,
                        left: Vec::new(),
                    }));
                }
                continue;
            }
            let place = &mut peers[event.token().0];
            if place.as_mut().is_some_and(|peer| !peer.echo(&mut buffer)) {
                *place = None;
            }
        }
    }
}

struct Peer {
    stream: mio::net::TcpStream,
    left: Vec<u8>,
}

impl Peer {
    /// Whether it goes on.
    fn echo(&mut self, buffer: &mut [u8]) -> bool {
        loop {
            while !self.left.is_empty() {
                match self.stream.write(&self.left) {
                    Ok(written) => drop(self.left.drain(..written)),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
                    Err(_) => return false,
                }
            }
            let read = match self.stream.read(buffer) {
                Ok(0) => return false,
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
                Err(_) => return false,
            };
            match self.stream.write(&buffer[..read]) {
                Ok(written) => self.left.extend_from_slice(&buffer[written..read]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.left.extend_from_slice(&buffer[..read]);
                }
                Err(_) => return false,
            }
        }
    }
}

/// tokio-util's codec, its frames forwarded to where they came from.
fn serve_codec() {
    use futures_util::StreamExt;
    use tokio_util::codec::{Framed, LengthDelimitedCodec};
    let listener = listen();
    listener.set_nonblocking(true).expect("an option");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build();
    runtime.expect("a runtime").block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                continue;
            };
            stream.set_nodelay(true).expect("an option");
            tokio::spawn(async move {
                let framed = Framed::with_capacity(stream, LengthDelimitedCodec::new(), 64 << 10);
                let (sink, frames) = framed.split();
                let frames = frames.map(|frame| frame.map(bytes::BytesMut::freeze));
                let _ = frames.forward(sink).await;
            });
        }
    });
}

/// Figures of clients by their names, round by round.
struct Rows {
    title: String,
    unit: f64,
    rows: Vec<(String, Vec<f64>)>,
}

impl Rows {
    fn new(title: &str, unit: f64) -> Self {
        Self {
            title: title.to_owned(),
            unit,
            rows: Vec::new(),
        }
    }

    fn take(&mut self, name: &str, figure: f64) {
        match self.rows.iter_mut().find(|(other, _)| other == name) {
            Some((_, figures)) => figures.push(figure),
            None => self.rows.push((name.to_owned(), vec![figure])),
        }
    }

    /// Ratios are those of the last row, ours, to each other.
    fn print(&self) {
        println!("{}", self.title);
        let (_, ours) = self.rows.last().expect("a row");
        for (name, figures) in &self.rows {
            let ratios = ours.iter().zip(figures).map(|(ours, other)| ours / other);
            let (figure, ratio) = (
                median(figures.clone()) / self.unit,
                median(ratios.collect()),
            );
            println!("  {name:<34}{figure:>9.2}{ratio:>8.2}");
        }
    }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Of this process.
fn kib(name: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("our own status");
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.expect("a number")
}
