//! What a decoder reports: small values with absolute offsets, equal under every segmentation.
//!
//! Invariant of every [`Span`] on the wire: `start <= offset` and `offset + len <= end`, but for the filling of
//! `tail=pad` (counted in `len`, not on the wire) and for joined series (`len` counts payload bytes only).

use std::fmt;

/// A frame or block: `start..end` on the wire, its payload `len` bytes from `offset` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The first byte of the header, or of the payload where there is none.
    pub start: u64,
    /// Behind the last byte of the trailer or delimiter.
    pub end: u64,
    /// The first byte of the payload.
    pub offset: u64,
    /// Bytes of payload.
    pub len: u64,
}

/// What a decoder reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A complete frame: in patterns 1 to 5 a message, in pattern 6 (`unit=series`) a whole series.
    Frame(Span),
    /// A complete block of pattern 6.
    Block(Span),
    /// A series of blocks has ended before offset `at`.
    Done {
        /// Behind the ending zero length and its trailer.
        at: u64,
    },
}

impl Event {
    /// The offset behind its last byte on the wire.
    #[must_use]
    pub fn end(&self) -> u64 {
        match *self {
            Self::Frame(span) | Self::Block(span) => span.end,
            Self::Done { at } => at,
        }
    }
}

/// How a stream stood when it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// Between two messages.
    Clean,
    /// Inside a message.
    Truncated {
        /// The bytes from here on belong to no complete frame.
        from: u64,
    },
    /// The bytes cannot be, or be the beginning of, a valid stream: [`Why`] is not [`Why::Oversize`].
    Malformed(FrameError),
    /// A payload is over `max`.
    Oversize {
        /// The first byte after which that was certain.
        at: u64,
    },
}

/// Why a stream cannot go on, and where that became certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FrameError {
    /// The offset of the first byte after which every continuation is an error; the stream's length where only its end made it certain.
    pub at: u64,
    /// What is wrong there.
    pub why: Why,
}

macro_rules! whys {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)+) => {
        /// What is wrong with a stream.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Why { $($(#[$doc])* $name,)+ }

        impl fmt::Display for Why {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$name => $text,)+ })
            }
        }
    };
}

whys! {
    /// The only one that is [`Ending::Oversize`].
    Oversize = "the payload is longer than max",
    /// A frame of no bytes, with `empty=reject`, or a length below what `adjust` takes off.
    TooSmall = "the length is smaller than a frame can be",
    /// With `header=BYTES`.
    Header = "the header's bytes are not the expected ones",
    /// Neither a digit nor, after a digit, the terminator.
    Digit = "neither a digit of the length nor its terminator",
    /// With `zeros=reject`.
    LeadingZero = "a digit after a leading zero",
    /// A tenth byte that continues.
    VarintTooLong = "a varint longer than 10 bytes",
    /// With `canonical=require`.
    NotCanonical = "a varint that is not in its shortest form",
    /// With `trailer=BYTES`.
    Trailer = "the trailer's bytes are not the expected ones",
    /// With `charset=utf-8`.
    NotUtf8 = "the payload is not UTF-8",
    /// With `empty=reject`.
    Empty = "an empty frame",
    /// A line of a header block or trailer section.
    FieldSyntax = "a byte that a header line cannot have there",
    /// No line held the length.
    MissingField = "no header line holds the length",
    /// A second line held the length.
    DuplicateField = "a second header line with the length",
    /// A chunk extension.
    ExtensionSyntax = "a byte that a chunk extension cannot have there",
}

impl Ending {
    /// The word for it: `clean`, `truncated`, `malformed` or `oversize`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Truncated { .. } => "truncated",
            Self::Malformed(_) => "malformed",
            Self::Oversize { .. } => "oversize",
        }
    }

    /// The offset that it names, if any.
    #[must_use]
    pub fn place(&self) -> Option<u64> {
        match *self {
            Self::Clean => None,
            Self::Truncated { from } => Some(from),
            Self::Malformed(FrameError { at, .. }) | Self::Oversize { at } => Some(at),
        }
    }

    /// Whether another decoder ended in the same way at the same place, whatever words it has for the reason.
    #[must_use]
    pub fn agrees(&self, other: &Self) -> bool {
        self.word() == other.word() && self.place() == other.place()
    }
}

impl From<FrameError> for Ending {
    fn from(error: FrameError) -> Self {
        match error.why {
            Why::Oversize => Self::Oversize { at: error.at },
            _ => Self::Malformed(error),
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clean => f.write_str("clean"),
            Self::Truncated { from } => write!(f, "truncated from {from}"),
            Self::Malformed(error) => write!(f, "malformed at {} ({})", error.at, error.why),
            Self::Oversize { at } => write!(f, "oversize at {at}"),
        }
    }
}
