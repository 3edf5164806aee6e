//! Vectors: recorded bytes with what must come out of them, as values, and their TOML and JSON forms.
//!
//! `vectors/README.md` describes the files. Nothing here opens one: a file's text comes in, and texts go out.
//! Invariant: what [`Vector::to_toml`] prints parses to the same vector.

mod json;
mod print;
mod read;

use std::fmt;
use std::sync::Arc;

use super::{After, Close, Manner, Seen, Stream};
use crate::framing::{Ending, Framing};

pub use json::{EndingJson, ExpectedJson, VectorJson};
pub(crate) use print::pieces;
pub use read::parse;

/// The highest number of a defect class, as `docs/defects.md` counts them from 1.
pub const LAST_CLASS: u8 = 64;

/// The most bytes that a vector may send, and the most that its frames may hold together: `repeat` makes large ones from a
/// few letters, and a mistyped count should be a refusal, not an exhausted memory.
pub const MAX_BYTES: usize = 64 << 20;

/// Recorded bytes with what must come out of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vector {
    /// The stem of its file, a slash and its name.
    pub id: String,
    /// What it is called in its file: lower case, digits and `_`.
    pub name: String,
    /// What the bytes are framed in.
    pub framing: Framing,
    /// What breaks on it, in one sentence.
    pub why: String,
    /// The document that decides what must come out.
    pub source: Option<String>,
    /// How binding it is.
    pub level: Level,
    /// The defect classes that it is aimed at, of 1 to [`LAST_CLASS`].
    pub classes: Vec<u8>,
    /// What is sent.
    pub bytes: Vec<u8>,
    /// What must come out, in order.
    pub frames: Vec<Expected>,
    /// How the stream must end.
    pub ending: ExpectedEnding,
    /// Segmentations that matter: each a list of offsets, ascending and inside the bytes, at which these are cut.
    pub cuts: Vec<Vec<usize>>,
    /// How our half ends after the bytes.
    pub close: Close,
    /// How it is conducted otherwise; the streams of other connections are in its framing.
    pub manner: Manner,
    /// What a target did with it.
    pub seen: Seen,
}

impl Manner {
    /// The same, with the streams of other connections read in this framing.
    #[must_use]
    pub fn framed(&self, framing: &Framing) -> Self {
        let again = |stream: &Stream| companion(framing, stream.wire.clone());
        match self {
            Self::After(after) => Self::After(After {
                stream: again(&after.stream),
                ..after.clone()
            }),
            Self::Beside(others) => Self::Beside(others.iter().map(|other| again(other)).collect()),
            other => other.clone(),
        }
    }
}

/// The stream of a connection besides that of a vector.
pub(super) fn companion(framing: &Framing, wire: Vec<u8>) -> Arc<Stream> {
    Arc::new(Stream::new("companion".to_owned(), framing, wire))
}

/// One thing that must come out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A frame (in pattern 6 with `unit=block` a block) with this payload.
    Payload(Vec<u8>),
    /// The end of a series of blocks, in pattern 6 with `unit=block`.
    Done,
}

/// How a stream must end, without the reason that a decoder gives for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExpectedEnding {
    /// Between two messages.
    #[default]
    Clean,
    /// The bytes from this offset on belong to no complete frame.
    Truncated(u64),
    /// No valid stream goes on after the byte at this offset.
    Malformed(u64),
    /// With the byte at this offset it is certain that a payload is over `max`.
    Oversize(u64),
}

impl ExpectedEnding {
    /// The word for it, as [`Ending::word`] has it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Truncated(_) => "truncated",
            Self::Malformed(_) => "malformed",
            Self::Oversize(_) => "oversize",
        }
    }

    /// The offset that it names, if any.
    #[must_use]
    pub fn place(self) -> Option<u64> {
        match self {
            Self::Clean => None,
            Self::Truncated(at) | Self::Malformed(at) | Self::Oversize(at) => Some(at),
        }
    }

    /// Whether a decoder ended so, and at the same place.
    #[must_use]
    pub fn agrees(self, ending: &Ending) -> bool {
        self.word() == ending.word() && self.place() == ending.place()
    }
}

impl From<&Ending> for ExpectedEnding {
    fn from(ending: &Ending) -> Self {
        match *ending {
            Ending::Clean => Self::Clean,
            Ending::Truncated { from } => Self::Truncated(from),
            Ending::Malformed(error) => Self::Malformed(error.at),
            Ending::Oversize { at } => Self::Oversize(at),
        }
    }
}

impl fmt::Display for ExpectedEnding {
    /// As the key `ending` of a file has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clean => f.write_str("clean"),
            Self::Truncated(from) => write!(f, "truncated from {from}"),
            Self::Malformed(at) => write!(f, "malformed at {at}"),
            Self::Oversize(at) => write!(f, "oversize at {at}"),
        }
    }
}

/// How binding a vector is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Level {
    /// Anything else is a failure.
    #[default]
    Must,
    /// Anything else is a failure that some have reasons for.
    Should,
    /// It characterises a target and cannot fail.
    May,
}

impl Level {
    /// Every choice, the default first.
    pub const ALL: &'static [Self] = &[Self::Must, Self::Should, Self::May];

    /// The word that files, flags and reports have for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
            Self::May => "may",
        }
    }
}
