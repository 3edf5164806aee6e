//! The size of a block: a binary number, digits, or the size line of an HTTP chunk.
//!
//! Zero is the end of the series; `None` is a size of nothing that is not taken for it, which only flaws give.

use super::super::input::{Input, Step};
use super::super::number::number;
use super::chunks::size_line;
use crate::framing::{Endian, Length, Prefix};
use crate::suite::{Flaw, Said};

pub(super) fn size(input: &mut Input, prefix: &Prefix, http: bool) -> Step<Option<u64>> {
    match &prefix.length {
        Length::Digits { .. } if http => size_line(input),
        Length::Digits { radix, stop } => number(input, *radix, stop).map(Some),
        Length::Uint { width, endian } => binary(input, *width, *endian).map(Some),
        _ => Err(Said::Error.into()),
    }
}

fn binary(input: &mut Input, width: u8, endian: Endian) -> Step<u64> {
    let mut bytes = match input.has(Flaw::BlockSizePartial) {
        true => {
            let mut bytes = input.some(width.into())?;
            bytes.resize(width.into(), 0);
            bytes
        }
        false => input.exactly(width.into())?,
    };
    if (endian == Endian::Little) != input.has(Flaw::BlockSizeByteOrder) {
        bytes.reverse();
    }
    let value = bytes
        .iter()
        .fold(0, |value, &byte| value << 8 | u64::from(byte));
    if input.has(Flaw::BlockSizeNarrowed) {
        return Ok(u64::from(value as u16));
    }
    let negative = width == 4 && (value as i32) < 0;
    match negative && input.has(Flaw::BlockSizeSigned) {
        true => Ok(0),
        false => Ok(value),
    }
}
