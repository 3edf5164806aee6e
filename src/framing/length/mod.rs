//! Length fields: bytes of a header to the number that they hold, one byte at a time.
//!
//! A reader refuses at the first byte after which no acceptable number can come any more. Invariant: a number that comes out
//! lies within the [`Bounds`].

mod binary;
mod bounds;
mod chunk;
mod digits;
mod field;

pub(super) use bounds::Bounds;
pub(super) use field::{HeaderLines, Part};

use super::event::Why;
use super::place::Place;
use super::{Length, Radix, Stop};
use binary::{Uint, Varint};
use chunk::ChunkLine;
use digits::Digits;
use field::Field;

/// Reads one length after another.
#[derive(Clone, Debug)]
pub(super) enum LengthReader {
    Uint(Uint),
    Varint(Varint),
    Digits(Digits),
    Field(Field),
    Chunk(ChunkLine),
}

impl LengthReader {
    /// A reader of this field, with the chunk extensions of RFC 9112 behind the digits where `http`.
    pub(super) fn new(length: &Length, http: bool) -> Self {
        match length {
            Length::Digits { radix, stop } if http => {
                Self::Chunk(ChunkLine::new(Digits::new(*radix, stop)))
            }
            Length::Uint { width, endian } => Self::Uint(Uint::new(*width, *endian)),
            Length::Varint { canonical } => Self::Varint(Varint::new(*canonical)),
            Length::Digits { radix, stop } => Self::Digits(Digits::new(*radix, stop)),
            Length::Field { name } => Self::Field(Field::new(name)),
        }
    }

    /// The number that these bytes begin with, between two lengths, and how many they are. It may be one that the bounds refuse;
    /// `None` is no refusal, but leaves the bytes to [`step`](Self::step).
    #[inline(always)]
    pub(super) fn peek(&self, bytes: &[u8]) -> Option<(u64, usize)> {
        match self {
            Self::Uint(uint) => uint.peek(bytes),
            Self::Varint(varint) => varint.peek(bytes),
            Self::Digits(digits) => digits.peek(bytes),
            Self::Field(_) | Self::Chunk(_) => None,
        }
    }

    /// Where in a length the bytes so far stand.
    pub(super) fn place(&self) -> Place {
        match self {
            Self::Uint(uint) => uint.place(),
            Self::Varint(varint) => varint.place(),
            Self::Digits(digits) => digits.place(),
            Self::Field(field) => field.place(),
            Self::Chunk(chunk) => chunk.place(),
        }
    }

    /// Takes the next byte; gives the number with its last one, and is then ready for the next length.
    pub(super) fn step(&mut self, byte: u8, bounds: &Bounds) -> Result<Option<u64>, Why> {
        match self {
            Self::Uint(uint) => uint.step(byte, bounds),
            Self::Varint(varint) => varint.step(byte, bounds),
            Self::Digits(digits) => digits.step(byte, bounds),
            Self::Field(field) => field.step(byte, bounds),
            Self::Chunk(chunk) => chunk.step(byte, bounds),
        }
    }
}

/// The largest number that the field can hold.
pub(super) fn capacity(length: &Length) -> u64 {
    match length {
        Length::Uint { width, .. } => u64::MAX >> (64 - 8 * u32::from(*width)),
        Length::Digits {
            radix,
            stop: Stop::Width(width),
        } => base(*radix)
            .pow(u32::from(*width))
            .min(1 << 64)
            .wrapping_sub(1) as u64,
        Length::Varint { .. } | Length::Digits { .. } | Length::Field { .. } => u64::MAX,
    }
}

fn base(radix: Radix) -> i128 {
    match radix {
        Radix::Decimal => 10,
        Radix::Hex => 16,
    }
}
