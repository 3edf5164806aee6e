//! How fast streams are decoded: by us, by tokio-util, and beside what bounds every decoder, a copy of each read or a bare scan of it.
//!
//! A stream of 4 MiB comes in reads of 8 KiB. `read` rows copy each read into a buffer first, as a system call would; `in place` rows
//! take it where it lies, so that nothing but decoder or scan is timed. tokio-util's decoders are driven as its `Framed` does: each
//! read is appended to a `BytesMut`, then `decode` is called until it has no more. Every pass counts what it found, and a wrong count
//! is a panic. `cargo bench --bench decode` times each row with criterion; with `-- ratios` all rows of a stream are timed in turn,
//! round after round: the medians of the rounds' ratios stay what they are on a busy machine.

use bytes::BytesMut;
use criterion::{Criterion, Throughput};
use framecheck::framing::{Decoder, Ending, Event, Framing, Pattern};
use memchr::{memchr_iter, memchr2_iter, memmem};
use std::hint::black_box;
use std::time::{Duration, Instant};
use tokio_util::codec::{self, AnyDelimiterCodec, LengthDelimitedCodec, LinesCodec};

const STREAM: usize = 4 << 20;
const READ: usize = 8 << 10;
const PAYLOADS: [usize; 3] = [16, 256, 64 << 10];
const ROUNDS: usize = 41;

fn main() {
    let streams = PAYLOADS.into_iter().flat_map(streams);
    if std::env::args().any(|arg| arg == "ratios") {
        println!("| framing | payload | row | GB/s | ours / it | goal |");
        println!("|---|---|---|---|---|---|");
        return streams.for_each(|stream| stream.print_ratios());
    }
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    streams.for_each(|stream| stream.time_with(&mut criterion));
    criterion.final_summary();
}

/// Every framing, with what is measured beside it.
fn streams(payload: usize) -> [Stream; 6] {
    [
        Stream::new("prefixed:u32be", payload)
            .beside_copy()
            .beside_peer("LengthDelimitedCodec", LengthDelimitedCodec::new),
        Stream::new("prefixed:varint", payload).beside_copy(),
        Stream::new("netstring", payload).beside_copy(),
        Stream::new(r"delimited:\n", payload)
            .beside_scan("memchr", |read| {
                memchr_iter(b'\n', read).map(black_box).count()
            })
            .beside_peer("LinesCodec", LinesCodec::new)
            .beside_peer("AnyDelimiterCodec", || any_of(b"\n")),
        Stream::new(r"delimited:\r\n", payload)
            .beside_scan("memmem", |read| {
                memmem::find_iter(read, "\r\n").map(black_box).count()
            })
            .beside_peer("LinesCodec", LinesCodec::new)
            // It knows single bytes only, and leaves the CR to its caller.
            .beside_peer("AnyDelimiterCodec", || any_of(b"\n")),
        Stream::new(r"delimited:\r\n|\n|\r", payload)
            .beside_scan("memchr2", |read| {
                memchr2_iter(b'\r', b'\n', read).map(black_box).count()
            })
            // It finds an empty frame between CR and LF, which is not counted.
            .beside_peer("AnyDelimiterCodec", || any_of(b"\r\n")),
    ]
}

fn any_of(delimiters: &[u8]) -> AnyDelimiterCodec {
    AnyDelimiterCodec::new(delimiters.to_vec(), Vec::new())
}

/// A stream of one framing, and all that is timed on it.
struct Stream {
    framing: Framing,
    payload: usize,
    wire: Vec<u8>,
    frames: usize,
    rows: Vec<Row>,
}

struct Row {
    reads: Reads,
    name: &'static str,
    /// Goes through the stream once; returns what it counted.
    pass: Box<Pass>,
    counts: usize,
    /// Ours shall be so many times as fast.
    goal: Option<f64>,
}

/// Goes through the stream once; returns what it counted.
type Pass = dyn Fn(&[u8]) -> usize;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reads {
    Copied,
    InPlace,
}

impl Stream {
    fn new(text: &str, payload: usize) -> Self {
        let framing: Framing = text.parse().unwrap();
        let (mut wire, mut frames) = (Vec::with_capacity(STREAM + payload), 0);
        while wire.len() < STREAM {
            append_frame(&framing, frames, payload, &mut wire);
            frames += 1;
        }
        let ours = framing.clone();
        Self {
            framing,
            payload,
            wire,
            frames,
            rows: Vec::new(),
        }
        .row(Reads::Copied, "ours", None, frames, move |wire| {
            let mut decoding = Decoding::new(&ours);
            copy_each_read(wire, |read| decoding.push(read));
            decoding.finish()
        })
    }

    fn row(
        mut self,
        reads: Reads,
        name: &'static str,
        goal: Option<f64>,
        counts: usize,
        pass: impl Fn(&[u8]) -> usize + 'static,
    ) -> Self {
        self.rows.push(Row {
            reads,
            name,
            pass: Box::new(pass),
            counts,
            goal,
        });
        self
    }

    /// Only where frames are large can a decoder be nearly as fast as what it is made of.
    fn goal_where_large(&self, goal: f64) -> Option<f64> {
        (self.payload == 64 << 10).then_some(goal)
    }

    fn beside_copy(self) -> Self {
        let (goal, len) = (self.goal_where_large(0.9), self.wire.len());
        self.row(Reads::Copied, "memcpy", goal, len, |wire| {
            let mut copied = 0;
            copy_each_read(wire, |read| copied += read.len());
            copied
        })
    }

    fn beside_scan(self, name: &'static str, scan: fn(&[u8]) -> usize) -> Self {
        let (goal, ours) = (self.goal_where_large(0.8), self.framing.clone());
        let (found, frames) = (self.wire.chunks(READ).map(scan).sum(), self.frames);
        self.row(Reads::InPlace, "ours", None, frames, move |wire| {
            let mut decoding = Decoding::new(&ours);
            wire.chunks(READ).for_each(|read| decoding.push(read));
            decoding.finish()
        })
        .row(Reads::InPlace, name, goal, found, move |wire| {
            wire.chunks(READ).map(|read| scan(black_box(read))).sum()
        })
    }

    fn beside_peer<C>(self, name: &'static str, codec: fn() -> C) -> Self
    where
        C: codec::Decoder<Item: AsRef<[u8]>, Error: std::fmt::Debug> + 'static,
    {
        let goal = if self.payload == 16 { 4.0 } else { 1.0 };
        let frames = self.frames;
        self.row(Reads::Copied, name, Some(goal), frames, move |wire| {
            drive(codec(), wire)
        })
    }

    /// The row of ours that this one is compared with: the first of its kind.
    fn ours(&self, row: &Row) -> usize {
        let alike = |ours: &Row| ours.reads == row.reads;
        self.rows.iter().position(alike).unwrap()
    }

    fn print_ratios(&self) {
        let rounds: Vec<Vec<f64>> = (0..ROUNDS)
            .map(|_| {
                self.rows
                    .iter()
                    .map(|row| row.warm_seconds(&self.wire))
                    .collect()
            })
            .collect();
        for (at, row) in self.rows.iter().enumerate() {
            let ours = self.ours(row);
            let speed = median(
                rounds
                    .iter()
                    .map(|round| self.wire.len() as f64 / round[at] / 1e9),
            );
            let ratio = median(rounds.iter().map(|round| round[at] / round[ours]));
            let goal = row.goal.map_or(String::new(), |goal| goal.to_string());
            println!(
                "| `{}` | {} | {} | {speed:.2} | {ratio:.2} | {goal} |",
                self.framing,
                self.payload,
                row.label()
            );
        }
    }

    fn time_with(&self, criterion: &mut Criterion) {
        let mut group = criterion.benchmark_group(format!("{} {}", self.framing, self.payload));
        group.throughput(Throughput::Bytes(self.wire.len() as u64));
        for row in &self.rows {
            group.bench_function(row.label(), |timer| timer.iter(|| row.seconds(&self.wire)));
        }
        group.finish();
    }
}

impl Row {
    fn label(&self) -> String {
        match self.reads {
            Reads::Copied => format!("read: {}", self.name),
            Reads::InPlace => format!("in place: {}", self.name),
        }
    }

    /// The time of a pass after another, so that what the row before has left in the caches is of no account.
    fn warm_seconds(&self, wire: &[u8]) -> f64 {
        self.seconds(wire);
        self.seconds(wire)
    }

    /// The time of one pass, whose count must be right.
    fn seconds(&self, wire: &[u8]) -> f64 {
        let start = Instant::now();
        let counted = (self.pass)(black_box(wire));
        let seconds = start.elapsed().as_secs_f64();
        assert_eq!(counted, self.counts, "{}", self.label());
        seconds
    }
}

/// Our decoder with its events drained after each read.
struct Decoding {
    decoder: Decoder,
    events: Vec<Event>,
    frames: usize,
}

impl Decoding {
    fn new(framing: &Framing) -> Self {
        Self {
            decoder: Decoder::new(framing),
            events: Vec::new(),
            frames: 0,
        }
    }

    fn push(&mut self, read: &[u8]) {
        self.decoder
            .push(black_box(read), &mut self.events)
            .unwrap();
        self.frames += black_box(&self.events).len();
        self.events.clear();
    }

    /// How many frames there were; a lone CR may be the last one's delimiter only now.
    fn finish(mut self) -> usize {
        assert_eq!(self.decoder.finish(&mut self.events), Ending::Clean);
        self.frames + self.events.len()
    }
}

/// Takes the stream through a buffer, as a loop of reads does.
fn copy_each_read(wire: &[u8], mut each: impl FnMut(&[u8])) {
    let mut buffer = [0; READ];
    for read in wire.chunks(READ) {
        buffer[..read.len()].copy_from_slice(read);
        each(black_box(&buffer[..read.len()]));
    }
}

/// As tokio-util's `Framed`: how many frames that are not empty come out.
fn drive<C>(mut codec: C, wire: &[u8]) -> usize
where
    C: codec::Decoder<Item: AsRef<[u8]>, Error: std::fmt::Debug>,
{
    let mut buffer = BytesMut::with_capacity(READ);
    let mut frames = 0;
    for read in wire.chunks(READ) {
        buffer.extend_from_slice(read);
        while let Some(frame) = codec.decode(&mut buffer).unwrap() {
            frames += usize::from(!black_box(frame).as_ref().is_empty());
        }
    }
    frames
}

/// Appends frame number `number`: letters, with the alternatives of a delimiter in turn.
fn append_frame(framing: &Framing, number: usize, payload: usize, wire: &mut Vec<u8>) {
    let letters = (b'a'..=b'z').cycle().skip(number % 26);
    let payload: Vec<u8> = letters.take(payload).collect();
    match &framing.pattern {
        Pattern::Delimited { delimiters, .. } => {
            wire.extend(payload);
            wire.extend_from_slice(&delimiters[number % delimiters.len()]);
        }
        _ => framing.encode(&payload, wire).unwrap(),
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
