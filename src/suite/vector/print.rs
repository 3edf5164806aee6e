//! A vector as the TOML of one `[[vector]]` table: keys at their defaults are left out, and long runs are `repeat` pieces.
//!
//! Invariant: what is printed parses to the same vector, whatever bytes it holds.

use std::fmt::{self, Display};

use super::{Expected, ExpectedEnding, Level, Vector};
use crate::framing::escape;
use crate::suite::gate::Short;
use crate::suite::{After, Close, Manner, Seen};

/// Runs of fewer bytes are written out: a reader takes them in at a glance.
const SHORTEST_RUN: usize = 48;

/// The longest unit of a run that is looked for: long enough for small frames, and short enough to look at every place.
const LONGEST_UNIT: usize = 16;

impl Vector {
    /// The vector as a table of a file, with its framing in it.
    #[must_use]
    pub fn to_toml(&self) -> String {
        Table(self).to_string()
    }
}

struct Table<'a>(&'a Vector);

impl Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let vector = self.0;
        writeln!(f, "[[vector]]")?;
        writeln!(f, "name = '{}'", vector.name)?;
        writeln!(f, "framing = {}", quoted(&vector.framing.to_string()))?;
        writeln!(f, "why = {}", quoted(&vector.why))?;
        if let Some(source) = &vector.source {
            writeln!(f, "source = {}", quoted(source))?;
        }
        if vector.level != Level::default() {
            writeln!(f, "level = '{}'", vector.level.word())?;
        }
        writeln!(f, "classes = {:?}", vector.classes)?;
        writeln!(f, "bytes = {}", bytes(&vector.bytes))?;
        let frames: Vec<_> = vector.frames.iter().map(expected).collect();
        writeln!(f, "frames = [{}]", frames.join(", "))?;
        if vector.ending != ExpectedEnding::default() {
            writeln!(f, "ending = '{}'", vector.ending)?;
        }
        if !vector.cuts.is_empty() {
            writeln!(f, "cuts = {:?}", vector.cuts)?;
        }
        if vector.close != Close::default() {
            writeln!(f, "close = '{}'", vector.close.word())?;
        }
        f.write_str(&manner(&vector.manner))?;
        f.write_str(&seen(&vector.seen))
    }
}

fn manner(manner: &Manner) -> String {
    match manner {
        Manner::Plain => String::new(),
        Manner::Unread => "unread = true\n".to_owned(),
        Manner::Pause(pause) => format!("pause = '{}'\n", Short(*pause)),
        Manner::After(After {
            times,
            stream,
            close,
        }) => format!(
            "after = {{ times = {times}, bytes = {}, close = '{}' }}\n",
            bytes(&stream.wire),
            close.word()
        ),
        Manner::Beside(others) => {
            let others: Vec<_> = others.iter().map(|other| bytes(&other.wire)).collect();
            format!("beside = [{}]\n", others.join(", "))
        }
        Manner::Measure(resource) => format!("measure = '{resource}'\n"),
    }
}

fn seen(seen: &Seen) -> String {
    let mut text = String::new();
    if let Some(observer) = seen.observe {
        text += &format!("observe = '{observer}'\n");
    }
    if let Some(kind) = seen.kind {
        text += &format!("kind = '{kind}'\n");
    }
    if !seen.actual.is_empty() {
        let lines: Vec<_> = seen.actual.iter().map(|line| quoted(line)).collect();
        text += &format!("actual = [{}]\n", lines.join(", "));
    }
    if let Some(times) = seen.flaky {
        text += &format!("flaky = '{times}'\n");
    }
    text
}

/// Any text as a TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn expected(expected: &Expected) -> String {
    match expected {
        Expected::Payload(payload) => bytes(payload),
        Expected::Done => "{ done = true }".to_owned(),
    }
}

/// Bytes as one literal string, or as a list of pieces where runs are worth it.
fn bytes(bytes: &[u8]) -> String {
    let piece = |(unit, times): &(&[u8], usize)| match times {
        1 => literal(unit),
        _ => format!("{{ repeat = {}, times = {times} }}", literal(unit)),
    };
    match &pieces(bytes)[..] {
        [] => literal(b""),
        [(all, 1)] => literal(all),
        pieces => {
            let pieces: Vec<_> = pieces.iter().map(piece).collect();
            format!("[{}]", pieces.join(", "))
        }
    }
}

/// Bytes as pieces, each with how often it stands in a row: long runs apart from what is between them.
pub(crate) fn pieces(bytes: &[u8]) -> Vec<(&[u8], usize)> {
    let mut pieces = Vec::new();
    let mut plain = 0..0;
    while plain.end < bytes.len() {
        let Some((unit, times)) = run_at(bytes, plain.end) else {
            plain.end += 1;
            continue;
        };
        let behind = plain.end + unit.len() * times;
        pieces.push((&bytes[plain], 1));
        pieces.push((unit, times));
        plain = behind..behind;
    }
    pieces.push((&bytes[plain], 1));
    pieces.retain(|(piece, _)| !piece.is_empty());
    pieces
}

/// A literal string cannot hold the quote that ends it.
fn literal(bytes: &[u8]) -> String {
    format!("'{}'", escape(bytes, b"").replace('\'', r"\x27"))
}

/// The shortest unit that repeats from a place on for long enough, and how often it does.
fn run_at(bytes: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let rest = &bytes[at..];
    (1..=LONGEST_UNIT.min(rest.len())).find_map(|len| {
        // A run of period `len` is as long as the bytes equal those `len` before them.
        let same = rest.iter().zip(&rest[len..]).take_while(|(a, b)| a == b);
        let times = 1 + same.count() / len;
        (times > 1 && times * len >= SHORTEST_RUN).then(|| (&rest[..len], times))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use std::time::Duration;

    use super::super::companion;
    use super::*;
    use crate::framing::Framing;
    use crate::suite::{Kind, Observer, Resource, Times, parse};

    fn again(vector: &Vector) -> Vector {
        let stem = vector.id.split('/').next().unwrap_or_default();
        let text = vector.to_toml();
        let vectors = parse("printed.toml", stem, &text);
        let mut vectors = vectors.unwrap_or_else(|bad| panic!("{bad}\n{text}"));
        assert_eq!(vectors.len(), 1);
        vectors.remove(0)
    }

    #[test]
    fn every_embedded_vector_prints_and_parses_to_itself() {
        for vector in crate::suite::embedded() {
            assert_eq!(again(vector), *vector);
        }
    }

    #[test]
    fn long_runs_are_written_with_repeat() {
        let run: Vec<u8> = [b"'a".repeat(5000), vec![0xff; 70_000], b"\nend".to_vec()].concat();
        assert_eq!(
            bytes(&run),
            r"[{ repeat = '\x27a', times = 5000 }, { repeat = '\xff', times = 70000 }, '\nend']"
        );
        assert_eq!(bytes(b"aaaaaaaa"), "'aaaaaaaa'");
    }

    /// Bytes with runs in them.
    fn runs() -> impl Strategy<Value = Vec<u8>> {
        let piece = (prop::collection::vec(any::<u8>(), 0..6), 1_usize..200);
        prop::collection::vec(piece, 0..4).prop_map(|pieces| {
            pieces
                .iter()
                .flat_map(|(unit, n)| unit.repeat(*n))
                .collect()
        })
    }

    fn some_framing() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "blocks:u8",
            r"blocks:hex,end=',trailer=\r\n",
            "blocks:field,name=It's-Length,max=none",
            r#"blocks:decimal,end="',max=64KiB"#,
        ])
    }

    /// Each manner in turn, with other connections' streams from these bytes.
    fn manner(which: usize, number: usize, wires: &[Vec<u8>], framing: &Framing) -> Manner {
        let mut streams = wires.iter().map(|wire| companion(framing, wire.clone()));
        match which {
            0 => Manner::Plain,
            1 => Manner::Unread,
            2 => Manner::Pause(Duration::from_micros(number as u64)),
            3 => Manner::After(After {
                times: number,
                stream: streams.next().expect("one at least"),
                close: Close::ALL[number % Close::ALL.len()],
            }),
            4 => Manner::Beside(streams.collect()),
            _ => Manner::Measure(
                [
                    Resource::Memory,
                    Resource::Time,
                    Resource::Leftovers(number),
                    Resource::Idle,
                ][number % 4],
            ),
        }
    }

    fn some_seen() -> impl Strategy<Value = Seen> {
        let flaky = prop::option::of((0_usize..9, 0_usize..9));
        (
            prop::option::of(prop::sample::select(Observer::ALL)),
            prop::option::of(prop::sample::select(Kind::ALL)),
            prop::collection::vec(r"\PC*", 0..3),
            flaky.prop_map(|pair| {
                pair.map(|(failed, more)| Times {
                    failed,
                    of: failed + more,
                })
            }),
        )
            .prop_map(|(observe, kind, actual, flaky)| Seen {
                observe,
                kind,
                actual,
                flaky,
            })
    }

    proptest! {
        #[test]
        fn any_vector_prints_and_parses_to_itself(
            (framing, why) in (some_framing(), r"\PC*[a-z]\PC*"),
            source in prop::option::of(r#"[a-z'"\\\n]+"#),
            wire in runs(),
            frames in prop::collection::vec(prop::option::of(runs()), 0..3),
            (level, close) in (prop::sample::select(Level::ALL), prop::sample::select(Close::ALL)),
            classes in prop::collection::vec(1..=super::super::LAST_CLASS, 0..3),
            cut in any::<prop::sample::Index>(),
            (which, number, others, seen) in (0_usize..6, 1_usize..300, prop::collection::vec(runs(), 1..3), some_seen()),
        ) {
            let cuts = match wire.len() {
                0 | 1 => vec![],
                len => vec![vec![1 + cut.index(len - 1)], vec![]],
            };
            let ending = match wire.len() as u64 {
                0 => ExpectedEnding::Clean,
                len => ExpectedEnding::Truncated(len - 1),
            };
            let vector = Vector {
                id: "stem/name_1".to_owned(),
                name: "name_1".to_owned(),
                framing: framing.parse().expect("a framing"),
                frames: frames
                    .into_iter()
                    .map(|frame| frame.map_or(Expected::Done, Expected::Payload))
                    .collect(),
                why, source, level, classes, bytes: wire, ending, cuts, close, seen,
                manner: manner(which, number, &others, &framing.parse().expect("a framing")),
            };
            prop_assert_eq!(again(&vector), vector);
        }
    }
}
