//! A vector as the TOML of one `[[vector]]` table: keys at their defaults are left out, and long runs are `repeat` pieces.
//!
//! Invariant: what is printed parses to the same vector, whatever bytes it holds.

use std::fmt::{self, Display};
use std::ops::Range;

use super::{Expected, ExpectedEnding, Level, Vector};
use crate::framing::escape;
use crate::suite::Close;

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
        match vector.close == Close::default() {
            true => Ok(()),
            false => writeln!(f, "close = '{}'", vector.close.word()),
        }
    }
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
    let mut pieces = Vec::new();
    let mut plain = 0..0;
    while plain.end < bytes.len() {
        let Some((unit, times)) = run_at(bytes, plain.end) else {
            plain.end += 1;
            continue;
        };
        let behind = plain.end + unit.len() * times;
        pieces.extend(literal_piece(bytes, plain));
        pieces.push(format!("{{ repeat = {}, times = {times} }}", literal(unit)));
        plain = behind..behind;
    }
    if pieces.is_empty() {
        return literal(bytes);
    }
    pieces.extend(literal_piece(bytes, plain));
    format!("[{}]", pieces.join(", "))
}

fn literal_piece(bytes: &[u8], at: Range<usize>) -> Option<String> {
    (!at.is_empty()).then(|| literal(&bytes[at]))
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

    use super::*;
    use crate::suite::parse;

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
                why, source, level, classes, bytes: wire, ending, cuts, close,
            };
            prop_assert_eq!(again(&vector), vector);
        }
    }
}
