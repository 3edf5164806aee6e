//! Which numbers a length field may hold, and whether one of them can still come.
//!
//! Numbers are `i128`, so that no sum of a 64-bit value and an adjustment overflows.

use super::capacity;
use crate::framing::Length;
use crate::framing::event::Why;

/// The acceptable values of a length field: `low..=high`, and 0 where `zero`.
#[derive(Clone, Copy, Debug)]
pub(in crate::framing) struct Bounds {
    low: i128,
    high: i128,
    zero: bool,
}

impl Bounds {
    /// For payloads of `smallest..=largest` bytes after an adjustment.
    pub(in crate::framing) fn of_payload(smallest: u64, largest: u64, adjust: i64) -> Self {
        let adjust = i128::from(adjust);
        Self {
            low: (i128::from(smallest) - adjust).max(0),
            high: (i128::from(largest) - adjust).min(i128::from(u64::MAX)),
            zero: false,
        }
    }

    /// The same in a series of blocks: 0 is not a block but the end of the series, acceptable where `zero`, and never over the limit.
    pub(in crate::framing) fn in_series(self, zero: bool) -> Self {
        Self {
            low: self.low.max(1),
            high: self.high.max(0),
            zero,
        }
    }

    pub(in crate::framing) fn accept(&self, value: u64) -> bool {
        let value = i128::from(value);
        (self.low <= value && value <= self.high) || (self.zero && value == 0)
    }

    /// Whether 0 is acceptable as the end of a series.
    pub(in crate::framing) fn accept_zero(&self) -> bool {
        self.zero
    }

    /// Why none of `first`, `first + (1 << shift)`, ... up to `last` is acceptable; `None` if one is.
    pub(in crate::framing) fn refuse(&self, first: i128, shift: u32, last: i128) -> Option<Why> {
        if self.zero && first == 0 {
            return None;
        }
        let steps = (self.low - first + (1 << shift) - 1).max(0) >> shift;
        match first + (steps << shift) {
            candidate if candidate <= last.min(self.high) => None,
            _ if first > self.high => Some(Why::Oversize),
            _ => Some(Why::TooSmall),
        }
    }

    /// Why no number that the field can have is acceptable.
    pub(in crate::framing) fn refuse_all(&self, length: &Length) -> Option<Why> {
        self.refuse(0, 0, capacity(length).into())
    }

    /// Why this number alone is not acceptable.
    pub(in crate::framing) fn refuse_one(&self, value: i128) -> Option<Why> {
        self.refuse(value, 0, value)
    }
}
