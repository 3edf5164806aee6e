//! Binary lengths: integers of a fixed width, and LEB128.
//!
//! ```text
//! u24be  01 02 03   = 0x010203        varint  ac 02 = 0x2c + (0x02 << 7) = 300
//! u24le  03 02 01   = 0x010203                ^ top bit: more follow
//! ```

use super::Bounds;
use crate::framing::Endian;
use crate::framing::event::Why;
use crate::framing::place::Place;

/// A fixed-width integer; `value` holds the `got` bytes so far, in place for little-endian, shifted up by the next for big-endian.
#[derive(Clone, Debug)]
pub(in crate::framing) struct Uint {
    width: u32,
    endian: Endian,
    value: u64,
    got: u32,
}

impl Uint {
    pub(super) fn new(width: u8, endian: Endian) -> Self {
        Self {
            width: u32::from(width),
            endian,
            value: 0,
            got: 0,
        }
    }

    pub(super) fn step(&mut self, byte: u8, bounds: &Bounds) -> Result<Option<u64>, Why> {
        let byte = u64::from(byte);
        let missing = 8 * (self.width - self.got - 1);
        let refused = match self.endian {
            Endian::Big => {
                self.value = self.value << 8 | byte;
                let first = i128::from(self.value) << missing;
                bounds.refuse(first, 0, first + (1 << missing) - 1)
            }
            Endian::Little => {
                self.value |= byte << (8 * self.got);
                let shift = 8 * (self.got + 1);
                let first = i128::from(self.value);
                bounds.refuse(first, shift, first + (((1 << missing) - 1) << shift))
            }
        };
        self.got += 1;
        match refused {
            Some(why) => Err(why),
            None if self.got < self.width => Ok(None),
            None => {
                self.got = 0;
                Ok(Some(std::mem::take(&mut self.value)))
            }
        }
    }

    pub(super) fn place(&self) -> Place {
        Place::Length(Place::count(self.got))
    }

    /// As [`LengthReader::peek`](super::LengthReader::peek).
    #[inline(always)]
    pub(super) fn peek(&self, bytes: &[u8]) -> Option<(u64, usize)> {
        let word = *bytes.first_chunk::<8>()?;
        let others = 64 - 8 * self.width;
        let value = match self.endian {
            Endian::Big => u64::from_be_bytes(word) >> others,
            Endian::Little => u64::from_le_bytes(word) << others >> others,
        };
        Some((value, self.width as usize))
    }
}

/// LEB128 of at most 64 bits: `value` holds the `got` groups so far, `got < 10`.
#[derive(Clone, Debug)]
pub(in crate::framing) struct Varint {
    canonical: bool,
    value: u64,
    got: u32,
}

/// Nine groups of 7 bits, and the last bit in a tenth.
const LONGEST: u32 = 10;

impl Varint {
    pub(super) fn new(canonical: bool) -> Self {
        Self {
            canonical,
            value: 0,
            got: 0,
        }
    }

    pub(super) fn step(&mut self, byte: u8, bounds: &Bounds) -> Result<Option<u64>, Why> {
        let (group, more) = (u64::from(byte & 0x7f), byte & 0x80 != 0);
        if self.got == LONGEST - 1 {
            match byte {
                0x80.. => return Err(Why::VarintTooLong),
                2.. => return Err(Why::Oversize),
                _ => {}
            }
        }
        self.value |= group << (7 * self.got);
        self.got += 1;
        let refused = match more {
            true => self.refuse_more(bounds),
            false if self.canonical && group == 0 && self.got > 1 => Some(Why::NotCanonical),
            false => bounds.refuse_one(self.value.into()),
        };
        match refused {
            Some(why) => Err(why),
            None if more => Ok(None),
            None => {
                self.got = 0;
                Ok(Some(std::mem::take(&mut self.value)))
            }
        }
    }

    pub(super) fn place(&self) -> Place {
        Place::Length(Place::count(self.got))
    }

    /// As [`LengthReader::peek`](super::LengthReader::peek): of as many groups as surely hold no more than 64 bits.
    #[inline(always)]
    pub(super) fn peek(&self, bytes: &[u8]) -> Option<(u64, usize)> {
        let mut value = 0;
        for (at, &byte) in bytes.iter().take(LONGEST as usize - 1).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * at);
            if byte & 0x80 == 0 {
                let padded = self.canonical && byte == 0 && at > 0;
                return (!padded).then_some((value, at + 1));
            }
        }
        None
    }

    /// With groups to come: the shortest form adds at least 1 to the next one.
    fn refuse_more(&self, bounds: &Bounds) -> Option<Why> {
        let shift = 7 * self.got;
        let added = if self.canonical { 1 << shift } else { 0 };
        bounds.refuse(i128::from(self.value) + added, shift, u64::MAX.into())
    }
}
