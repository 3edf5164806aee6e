//! What payloads a target can take: most take any bytes, some only text that means something to them.
//!
//! Payloads are made for the rules' streams, and the recorded streams with others are skipped with that reason.

use super::stream::Stream;
use crate::framing::{Charset, Framing};

/// What payloads a target takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PayloadKind {
    /// Any bytes.
    #[default]
    Any,
    /// Printable ASCII and blanks.
    Ascii,
    /// Well-formed UTF-8.
    Utf8,
    /// One JSON text each.
    Json,
    /// Only these.
    Lines(Vec<Vec<u8>>),
}

impl PayloadKind {
    /// The kind that has this word; anything else is the name of a file with [`Self::Lines`].
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        match word {
            "any" => Some(Self::Any),
            "ascii" => Some(Self::Ascii),
            "utf-8" => Some(Self::Utf8),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    /// A payload of about so many bytes (exactly, where the kind lets one choose), which may be framed in this framing.
    #[must_use]
    pub fn make(&self, len: usize, framing: &Framing) -> Vec<u8> {
        match self {
            Self::Any if framing.charset == Charset::Any && framing.pattern_number() != 4 => {
                (0..len).map(|at| (at * 7 % 251) as u8).collect()
            }
            Self::Any | Self::Ascii => letters(len),
            Self::Utf8 if len >= 2 => [letters(len - 2), "é".as_bytes().to_vec()].concat(),
            Self::Utf8 => letters(len),
            Self::Json if len >= 2 => [b"\"", &letters(len - 2)[..], b"\""].concat(),
            Self::Json => b"1".to_vec(),
            Self::Lines(lines) => lines[len % lines.len()].clone(),
        }
    }

    /// Why the target cannot take the stream, if it cannot.
    #[must_use]
    pub fn refuse(&self, stream: &Stream) -> Option<String> {
        let wrong = |fits: &dyn Fn(&[u8]) -> bool| !stream.payload_bytes().all(fits);
        let (wrong, what) = match self {
            Self::Any => return None,
            Self::Ascii => (
                wrong(&|payload| {
                    payload
                        .iter()
                        .all(|byte| matches!(byte, b'\t' | b' '..=b'~'))
                }),
                "ASCII",
            ),
            Self::Utf8 => (
                wrong(&|payload| std::str::from_utf8(payload).is_ok()),
                "UTF-8",
            ),
            Self::Json => (wrong(&is_json), "JSON"),
            Self::Lines(lines) => (
                wrong(&|payload| lines.iter().any(|line| line == payload)),
                "lines of the file",
            ),
        };
        wrong.then(|| format!("a payload is not of the kind that the target takes: {what}"))
    }
}

/// A JSON text, which is UTF-8 (RFC 8259, section 8.1): a parser that ignores values does not look at the bytes of their strings.
fn is_json(payload: &[u8]) -> bool {
    let json = |text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    std::str::from_utf8(payload).is_ok_and(json)
}

/// The alphabet again and again, so that a lost or repeated byte shows.
fn letters(len: usize) -> Vec<u8> {
    (b'a'..=b'z').cycle().take(len).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds() -> [PayloadKind; 5] {
        [
            PayloadKind::Any,
            PayloadKind::Ascii,
            PayloadKind::Utf8,
            PayloadKind::Json,
            PayloadKind::Lines(vec![b"one".to_vec(), b"two".to_vec()]),
        ]
    }

    fn stream(framing: &Framing, payload: &[u8]) -> Stream {
        let mut wire = Vec::new();
        framing.encode(payload, &mut wire).unwrap();
        Stream::new("s".to_owned(), framing, wire)
    }

    #[test]
    fn a_target_takes_what_is_made_for_it() {
        for framing in [
            "prefixed:u32be",
            r"delimited:\n",
            "prefixed:u32be,charset=utf-8",
        ] {
            let framing = framing.parse().unwrap();
            for kind in kinds() {
                for len in [1, 2, 3, 100] {
                    let stream = stream(&framing, &kind.make(len, &framing));
                    assert_eq!(kind.refuse(&stream), None, "{kind:?} {len}");
                    assert_eq!(stream.due.len(), 1, "{kind:?} {len}");
                }
            }
        }
    }

    #[test]
    fn payloads_have_the_length_that_is_asked_for() {
        let framing = "prefixed:u32be".parse().unwrap();
        for len in [2, 3, 100, 70000] {
            for kind in &kinds()[..4] {
                assert_eq!(kind.make(len, &framing).len(), len, "{kind:?}");
            }
        }
        for kind in &kinds()[..3] {
            assert_eq!(kind.make(0, &framing), b"", "{kind:?}");
        }
    }

    #[test]
    fn what_a_target_cannot_take_is_refused_with_the_kind() {
        let framing = "prefixed:u32be".parse().unwrap();
        let rows: [(_, &[u8], _); 5] = [
            (PayloadKind::Ascii, "é".as_bytes(), "ASCII"),
            (PayloadKind::Utf8, b"\xff", "UTF-8"),
            (PayloadKind::Json, b"{", "JSON"),
            (PayloadKind::Json, b"\"\xa9\"", "JSON"),
            (PayloadKind::Lines(vec![b"one".to_vec()]), b"two", "lines"),
        ];
        for (kind, payload, word) in rows {
            let why = kind.refuse(&stream(&framing, payload)).unwrap_or_default();
            assert!(why.contains(word), "{kind:?}: {why}");
            assert_eq!(PayloadKind::Any.refuse(&stream(&framing, payload)), None);
        }
    }
}
