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
            Self::Json => (
                wrong(&|payload| serde_json::from_slice::<serde::de::IgnoredAny>(payload).is_ok()),
                "JSON",
            ),
            Self::Lines(lines) => (
                wrong(&|payload| lines.iter().any(|line| line == payload)),
                "lines of the file",
            ),
        };
        wrong.then(|| format!("a payload is not of the kind that the target takes: {what}"))
    }
}

/// The alphabet again and again, so that a lost or repeated byte shows.
fn letters(len: usize) -> Vec<u8> {
    (b'a'..=b'z').cycle().take(len).collect()
}
