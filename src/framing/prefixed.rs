//! Pattern 5: each message after its length.
//!
//! ```text
//! prefixed:u16be        00 03 a b c | 00 00 | 00 01 d
//!                       ^length     ^an empty frame
//! netstring             5 : h e l l o , | 0 : ,
//! ```

use super::event::{Ending, Event, FrameError};
use super::place::Place;
use super::unit::{Complete, UnitReader};
use super::{Empty, Framing, Prefix};

/// Decodes pattern 5.
#[derive(Clone, Debug)]
pub(super) struct Prefixed {
    units: UnitReader,
    skip_empty: bool,
}

impl Prefixed {
    pub(super) fn new(framing: &Framing, prefix: &Prefix) -> Self {
        Self {
            units: UnitReader::single(framing, prefix),
            skip_empty: framing.empty == Empty::Skip,
        }
    }

    #[inline(never)]
    pub(super) fn push(
        &mut self,
        mut bytes: &[u8],
        events: &mut Vec<Event>,
    ) -> Result<(), FrameError> {
        let skip_empty = self.skip_empty;
        let mut report = |unit: Complete| {
            if !(unit.dropped || (skip_empty && unit.span.len == 0)) {
                events.push(Event::Frame(unit.span));
            }
        };
        loop {
            self.units.each_whole(&mut bytes, &mut report);
            match self.units.next(&mut bytes)? {
                Some(unit) => report(unit),
                None => return Ok(()),
            }
        }
    }

    pub(super) fn finish(&mut self) -> Ending {
        match self.units.is_between() {
            true => Ending::Clean,
            false => Ending::Truncated {
                from: self.units.start(),
            },
        }
    }

    pub(super) fn place(&self) -> Place {
        self.units.place()
    }

    pub(super) fn open(&self) -> (u64, u64) {
        self.units.open()
    }
}
