//! How many execs a check does in a second: a stream under one cut set, decoded by a fresh decoder and compared with what is due.
//!
//! Whole checks of the tier `full` are timed, with all that belongs to one: vectors, walks, the generator, the reference's expectations.
//! A decoder that fails is a panic, and so is a rate below the goal with a decoder that is not the reference.

use std::io::Read;
use std::time::Instant;

use framecheck::conformance::{Check, Codec, Out, Subject, Tally, framed, reader, reference};
use framecheck::framing::Framing;
use framecheck::suite::Tier;
use tokio_util::codec::AnyDelimiterCodec;

/// Execs a second, on one core.
const GOAL: f64 = 1e6;

/// Rounds, of which the median counts.
const ROUNDS: usize = 5;

fn main() {
    println!("| framing | decoder | execs | execs/s |");
    println!("|---|---|---|---|");
    let by_goal = |rate: f64| assert!(rate >= GOAL, "{rate:.0} execs/s, the goal is {GOAL}");
    let (lengths, lines) = (
        "prefixed:u16be,max=1KiB",
        r"delimited:\n,tail=frame,max=none",
    );
    by_goal(row(lengths, "by hand, a closure", |_| by_hand()));
    by_goal(row(lengths, "by hand, a reader", |_| {
        reader(|wire, out| read_all(wire, out))
    }));
    by_goal(row(lines, "AnyDelimiterCodec", |_| {
        framed(AnyDelimiterCodec::new(b"\n".to_vec(), b"\n".to_vec()))
    }));
    for text in [lengths, "netstring,max=1KiB", "crlf,max=1KiB"] {
        row(text, "the reference", reference);
    }
}

/// Times whole checks, and prints the median rate.
fn row<S: Subject>(text: &str, decoder: &str, make: impl Fn(&'static Framing) -> S) -> f64 {
    let framing: &'static Framing = Box::leak(Box::new(text.parse().expect("a framing")));
    let check = || -> (Tally, f64) {
        let begin = Instant::now();
        let tally = Check::new(framing).tier(Tier::Full).run(|| make(framing));
        (tally, tally.execs as f64 / begin.elapsed().as_secs_f64())
    };
    let mut rounds: Vec<_> = (0..ROUNDS).map(|_| check()).collect();
    rounds.sort_by(|(_, one), (_, other)| one.total_cmp(other));
    let (tally, rate) = rounds[ROUNDS / 2];
    let text = text.replace('|', r"\|");
    println!(
        "| `{text}` | {decoder} | {} | {:.2} M |",
        tally.execs,
        rate / 1e6
    );
    rate
}

/// Messages after a length of two bytes, as one writes it.
fn by_hand() -> impl Codec {
    let mut held: Vec<u8> = Vec::new();
    move |bytes: Option<&[u8]>, out: &mut Out| {
        held.extend_from_slice(bytes.unwrap_or_default());
        let mut from = 0;
        while let [high, low, rest @ ..] = &held[from..] {
            let len = usize::from(u16::from_be_bytes([*high, *low]));
            if len > 1024 {
                return Err("too long");
            }
            let Some(payload) = rest.get(..len) else {
                break;
            };
            out.payload(payload);
            from += 2 + len;
        }
        held.drain(..from);
        match held.first().filter(|_| bytes.is_none()) {
            Some(_) => Err("truncated"),
            // A first byte can say that the payload is too long, whatever follows.
            None if held.first().is_some_and(|&high| high > 4) => Err("too long"),
            None => Ok(()),
        }
    }
}

/// The same, out of a reader.
fn read_all(wire: &mut impl Read, out: &mut Out) -> std::io::Result<()> {
    let mut body = Vec::new();
    let mut head = [0; 2];
    while wire.read(&mut head[..1])? == 1 {
        wire.read_exact(&mut head[1..])?;
        let len = usize::from(u16::from_be_bytes(head));
        if len > 1024 {
            return Err(std::io::ErrorKind::InvalidData.into());
        }
        body.resize(len, 0);
        wire.read_exact(&mut body)?;
        out.payload(&body);
    }
    Ok(())
}
