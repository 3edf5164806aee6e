//! What a framing is, and how one is decoded and encoded: pure values and state machines.
//!
//! A [`Framing`] is a pattern with all its parameters; it is parsed once from its text form and cannot be built wrong after
//! that. A [`Decoder`] turns the bytes of one direction of one connection into [`Event`]s with absolute offsets. `docs/framings.md`
//! is the reference of both. Nothing here has a socket, a clock, a thread or a random number.

mod blocks;
mod bytes;
mod decoder;
mod delimited;
mod encode;
mod event;
mod fixed;
mod length;
mod naive;
mod ordinary;
mod payloads;
mod place;
mod prefixed;
mod preset;
mod print;
mod search;
mod stream;
mod text;
mod unit;
mod utf8;

pub use bytes::{BadEscape, escape, unescape};
pub use decoder::{Decoder, decode};
pub use encode::Unencodable;
pub use event::{Ending, Event, FrameError, Span, Why};
pub use naive::naive;
pub use payloads::{Checksum, Payloads, Sink};
pub use place::Place;
pub use preset::{Preset, presets};
pub use text::BadFraming;

/// The limit on a payload where the text names none.
pub const DEFAULT_MAX: u64 = 1 << 20;

/// A pattern with all its parameters: one value, one text form, used by every part.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Framing {
    /// Where one message ends.
    pub pattern: Pattern,
    /// The longest payload in bytes; `None`: the target has no limit.
    pub max: Option<u64>,
    /// What happens at a payload over `max`.
    pub oversize: Oversize,
    /// What happens at a payload of no bytes.
    pub empty: Empty,
    /// What a payload may hold.
    pub charset: Charset,
    /// The name that the text used, printed back in place of what it stands for.
    preset: Option<&'static Preset>,
}

/// One of the six ways to frame a stream.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// The whole stream is one message; no reply is owed.
    Eof,
    /// The whole stream is one message; the other direction follows its end.
    HalfClose,
    /// Messages of `size` bytes, at least one.
    Fixed {
        /// Bytes in each message, at least 1 and at most the framing's `max`.
        size: u64,
        /// What fewer bytes are when the stream ends.
        tail: Tail,
    },
    /// Messages ended by a byte string.
    Delimited {
        /// At least one alternative, none empty, no two equal.
        delimiters: Vec<Vec<u8>>,
        /// Taken once off the end of a payload; empty: nothing is.
        strip: Vec<u8>,
        /// What bytes without a delimiter are when the stream ends: never [`Tail::Pad`].
        tail: Tail,
    },
    /// Each message after its length.
    Prefixed(Prefix),
    /// Messages as series of length-prefixed blocks, each ended by a zero length.
    Blocks {
        /// How one block is announced.
        prefix: Prefix,
        /// What may follow a series.
        series: Series,
        /// What a frame is.
        unit: Unit,
        /// What else may stand beside the sizes; `Http` only with `hex,end=\r\n,trailer=\r\n`.
        extensions: Extensions,
    },
}

/// A length field with all that stands around it: lead, length, payload, trailer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Prefix {
    /// What stands before the length.
    pub lead: Lead,
    /// How the length is written.
    pub length: Length,
    /// Added to the length's value, it gives the bytes of payload.
    pub adjust: i64,
    /// Exact bytes after the payload.
    pub trailer: Vec<u8>,
}

/// What stands before a length.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Lead {
    /// So many bytes of any value.
    Free(u64),
    /// Exactly these, at least one.
    Exact(Vec<u8>),
}

/// How a length is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Length {
    /// A binary integer.
    Uint {
        /// Bytes: 1, 2, 3, 4 or 8.
        width: u8,
        /// Their order; `Big` where there is one byte.
        endian: Endian,
    },
    /// LEB128 of at most 64 bits.
    Varint {
        /// Only the shortest form is allowed.
        canonical: bool,
    },
    /// Digits.
    Digits {
        /// Decimal or hexadecimal.
        radix: Radix,
        /// Where the digits end.
        stop: Stop,
    },
    /// A block of header lines, one of which holds the length.
    Field {
        /// Its name, a token of RFC 9110 section 5.6.2, as it was written.
        name: String,
    },
}

/// Where the digits of a length end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Stop {
    /// Before these bytes, at least one, the first of which is no digit.
    End {
        /// The terminator.
        end: Vec<u8>,
        /// Leading zeros are allowed.
        zeros: bool,
    },
    /// After so many digits, at least 1; filled up with zeros.
    Width(u8),
}

macro_rules! choices {
    ($($(#[$doc:meta])* $name:ident { $($(#[$case_doc:meta])* $case:ident = $text:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$case_doc])* $case,)+ }

        impl $name {
            /// Every choice, the default first.
            pub const ALL: &'static [Self] = &[$(Self::$case,)+];

            /// The word that the text form has for it.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$case => $text,)+ }
            }
        }
    )+};
}

choices! {
    /// The order of the bytes of a binary integer.
    Endian {
        /// Most significant byte first.
        #[default]
        Big = "be",
        /// Least significant byte first.
        Little = "le",
    }
    /// The base of the digits of a length.
    Radix {
        /// Base 10.
        #[default]
        Decimal = "decimal",
        /// Base 16, in either case.
        Hex = "hex",
    }
    /// What happens at a payload over `max`.
    Oversize {
        /// The stream ends there.
        #[default]
        Close = "close",
        /// The frame is dropped, and decoding goes on behind it.
        Discard = "discard",
    }
    /// What happens at a payload of no bytes.
    Empty {
        /// It is a frame like another.
        #[default]
        Accept = "accept",
        /// It is malformed.
        Reject = "reject",
        /// It is not reported.
        Skip = "skip",
    }
    /// What a payload may hold.
    Charset {
        /// Any bytes.
        #[default]
        Any = "any",
        /// Well-formed UTF-8 only.
        Utf8 = "utf-8",
    }
    /// What may follow a series of blocks.
    Series {
        /// Another series.
        #[default]
        Many = "many",
        /// Nothing that is read.
        One = "one",
    }
    /// What a frame is in pattern 6.
    Unit {
        /// Each block.
        #[default]
        Block = "block",
        /// A whole series, its blocks joined.
        Series = "series",
    }
    /// What else may stand beside the sizes of blocks.
    Extensions {
        /// Nothing.
        #[default]
        None = "none",
        /// Chunk extensions and trailer fields (RFC 9112 section 7.1).
        Http = "http",
    }
}

/// What bytes without an end are when the stream ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tail {
    /// The stream was truncated.
    #[default]
    Truncated,
    /// They are a frame.
    Frame,
    /// They are a frame, filled up with this byte (pattern 3 only).
    Pad(u8),
}

impl Framing {
    /// A framing with every key at its default.
    fn of(pattern: Pattern) -> Self {
        Self {
            pattern,
            max: Some(DEFAULT_MAX),
            oversize: Oversize::default(),
            empty: Empty::default(),
            charset: Charset::default(),
            preset: None,
        }
    }

    /// The number of the pattern, 1 to 6.
    #[must_use]
    pub fn pattern_number(&self) -> u8 {
        match self.pattern {
            Pattern::Eof => 1,
            Pattern::HalfClose => 2,
            Pattern::Fixed { .. } => 3,
            Pattern::Delimited { .. } => 4,
            Pattern::Prefixed(_) => 5,
            Pattern::Blocks { .. } => 6,
        }
    }

    /// The same framing without the name that its text used, so that it prints in full.
    #[must_use]
    pub fn expanded(&self) -> Self {
        Self {
            preset: None,
            ..self.clone()
        }
    }

    /// The preset that the text named.
    #[must_use]
    pub fn preset(&self) -> Option<&'static Preset> {
        self.preset
    }
}
