//! Lengths in digits, up to a terminator or of a fixed width.
//!
//! ```text
//! decimal,end=:    1 2 : h e l l o ...        hex,width=4    0 0 0 6 a \n
//!                  digits^terminator                         digits^payload
//! ```

use super::{Bounds, base};
use crate::framing::event::Why;
use crate::framing::place::Place;
use crate::framing::search::begins_with;
use crate::framing::{Radix, Stop};

/// A number in digits: `value` of the `got` digits so far, and how much of the terminator has matched.
#[derive(Clone, Debug)]
pub(in crate::framing) struct Digits {
    radix: Radix,
    stop: Stop,
    value: i128,
    got: u64,
    matched: usize,
}

/// No 15 hexadecimal digits are more than 60 bits.
const PEEKED_DIGITS: usize = 15;

impl Digits {
    pub(super) fn new(radix: Radix, stop: &Stop) -> Self {
        Self {
            radix,
            stop: stop.clone(),
            value: 0,
            got: 0,
            matched: 0,
        }
    }

    pub(super) fn step(&mut self, byte: u8, bounds: &Bounds) -> Result<Option<u64>, Why> {
        let complete = match &self.stop {
            Stop::Width(width) => {
                let last = self.got + 1 == u64::from(*width);
                self.digit(byte, bounds).ok_or(Why::Digit)??;
                last
            }
            Stop::End { .. } => {
                let taken = if self.matched == 0 {
                    self.digit(byte, bounds)
                } else {
                    None
                };
                match taken {
                    Some(digit) => {
                        digit?;
                        false
                    }
                    None => self.terminator(byte, bounds)?,
                }
            }
        };
        Ok(complete.then(|| self.take()))
    }

    /// Takes a digit, refusing it where no acceptable number can come of it; `None`: it is none.
    pub(super) fn digit(&mut self, byte: u8, bounds: &Bounds) -> Option<Result<(), Why>> {
        let digit = char::from(byte).to_digit(if self.radix == Radix::Hex { 16 } else { 10 })?;
        let leading_zero = self.got > 0 && self.value == 0;
        self.value = self.value * base(self.radix) + i128::from(digit);
        self.got += 1;
        let refused = match &self.stop {
            Stop::Width(width) => self.refuse_extended(bounds, u32::from(*width) - self.got as u32),
            Stop::End { zeros: false, .. } if leading_zero => Some(Why::LeadingZero),
            Stop::End { zeros: false, .. } if self.value == 0 => bounds.refuse_one(0),
            Stop::End { .. } if self.value == 0 => bounds.refuse(0, 0, u64::MAX.into()),
            Stop::End { .. } => self.refuse_any_extension(bounds),
        };
        Some(refused.map_or(Ok(()), Err))
    }

    /// With exactly so many digits to come.
    fn refuse_extended(&self, bounds: &Bounds, digits: u32) -> Option<Why> {
        let span = base(self.radix).pow(digits);
        let first = self.value * span;
        bounds.refuse(first, 0, first + span - 1)
    }

    /// With any number of digits to come, or none.
    fn refuse_any_extension(&self, bounds: &Bounds) -> Option<Why> {
        let refused = bounds.refuse_one(self.value)?;
        let reachable = (1..)
            .take_while(|&digits| self.value * base(self.radix).pow(digits) <= u64::MAX.into())
            .any(|digits| self.refuse_extended(bounds, digits).is_none());
        (!reachable).then_some(refused)
    }

    /// The number stands: it must be there, and acceptable as it is.
    pub(super) fn stand(&self, bounds: &Bounds) -> Result<(), Why> {
        match self.got {
            0 => Err(Why::Digit),
            _ => bounds.refuse_one(self.value).map_or(Ok(()), Err),
        }
    }

    /// Takes a byte of the terminator; tells whether it was the last.
    fn terminator(&mut self, byte: u8, bounds: &Bounds) -> Result<bool, Why> {
        let Stop::End { end, .. } = &self.stop else {
            return Err(Why::Digit);
        };
        if end[self.matched] != byte {
            return Err(Why::Digit);
        }
        if self.matched == 0 {
            self.stand(bounds)?;
        }
        self.matched += 1;
        Ok(self.matched == end.len())
    }

    pub(super) fn place(&self) -> Place {
        match self.matched {
            0 => Place::Length(Place::count(self.got)),
            matched => Place::Terminator(Place::count(matched)),
        }
    }

    /// As [`LengthReader::peek`](super::LengthReader::peek): of as many digits up to a terminator as surely hold no more than 64 bits.
    #[inline(always)]
    pub(super) fn peek(&self, bytes: &[u8]) -> Option<(u64, usize)> {
        let Stop::End { end, zeros } = &self.stop else {
            return None;
        };
        let radix = if self.radix == Radix::Hex { 16 } else { 10 };
        let mut value = 0;
        for (at, &byte) in bytes.iter().take(PEEKED_DIGITS + 1).enumerate() {
            let Some(digit) = char::from(byte).to_digit(radix) else {
                let padded = at == 0 || (!zeros && at > 1 && bytes[0] == b'0');
                let ends = begins_with(&bytes[at..], end);
                return (ends && !padded).then_some((value, at + end.len()));
            };
            value = value * u64::from(radix) + u64::from(digit);
        }
        None
    }

    /// The number, with the reader made ready for the next.
    pub(super) fn take(&mut self) -> u64 {
        self.got = 0;
        self.matched = 0;
        // Every digit was refused that made it larger than `Bounds` can accept, 64 bits at the most.
        std::mem::take(&mut self.value) as u64
    }
}
