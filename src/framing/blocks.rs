//! Pattern 6: a message as a series of length-prefixed blocks, ended by a zero length.
//!
//! ```text
//! blocks:u8       03 a b c | 02 d e | 00 || 01 f | 00 ||
//!                 block      block    done  block  done
//! http-chunked    3 \r \n a b c \r \n | 0 \r \n  Name: value \r \n  \r \n
//!                                       the last chunk, trailer fields, the empty line
//! ```
//!
//! Invariant: with `unit=series`, `joined.len` is the sum of the `len` of the series' blocks so far.

use super::event::{Ending, Event, FrameError, Span};
use super::place::Place;
use super::unit::{Complete, UnitReader};
use super::{Empty, Extensions, Framing, Prefix, Series, Unit};

/// Decodes pattern 6.
#[derive(Clone, Debug)]
pub(super) struct Blocks {
    units: UnitReader,
    unit: Unit,
    series: Series,
    empty: Empty,
    /// The series at hand: where it began, its first payload byte, its payload so far.
    joined: Joined,
    /// With `series=one`, the only series has ended.
    over: bool,
}

#[derive(Clone, Copy, Debug)]
struct Joined {
    start: u64,
    offset: Option<u64>,
    len: u64,
    blocks: u64,
    dropped: bool,
}

impl Joined {
    fn from(start: u64) -> Self {
        Self {
            start,
            offset: None,
            len: 0,
            blocks: 0,
            dropped: false,
        }
    }

    #[inline]
    fn take(&mut self, block: Complete, unit: Unit, empty: Empty, events: &mut Vec<Event>) {
        let span = block.span;
        self.blocks += 1;
        self.dropped |= block.dropped;
        self.len = self.len.saturating_add(span.len);
        self.offset = self.offset.or((span.len > 0).then_some(span.offset));
        let unseen = match unit {
            Unit::Block => block.dropped || (empty == Empty::Skip && span.len == 0),
            Unit::Series => self.dropped,
        };
        if !unseen {
            events.push(Event::Block(span));
        }
    }
}

impl Blocks {
    pub(super) fn new(
        framing: &Framing,
        prefix: &Prefix,
        series: Series,
        unit: Unit,
        extensions: Extensions,
    ) -> Self {
        let joined = unit == Unit::Series;
        let mut units = UnitReader::series(framing, prefix, extensions == Extensions::Http, joined);
        units.allow_zero(!(joined && framing.empty == Empty::Reject));
        Self {
            units,
            unit,
            series,
            empty: framing.empty,
            joined: Joined::from(0),
            over: false,
        }
    }

    #[inline(never)]
    pub(super) fn push(
        &mut self,
        mut bytes: &[u8],
        events: &mut Vec<Event>,
    ) -> Result<(), FrameError> {
        let (unit, empty) = (self.unit, self.empty);
        while !self.over {
            let joined = &mut self.joined;
            self.units.each_whole(&mut bytes, |block| {
                joined.take(block, unit, empty, events);
            });
            self.look_whether_zero_may_follow();
            match self.units.next(&mut bytes)? {
                Some(unit) if unit.zero => self.done(unit.span.end, events),
                Some(block) => self.joined.take(block, unit, empty, events),
                None => break,
            }
            self.look_whether_zero_may_follow();
        }
        Ok(())
    }

    fn look_whether_zero_may_follow(&mut self) {
        if self.unit == Unit::Series && self.units.is_between() {
            self.units.allow_zero(
                self.empty != Empty::Reject || self.joined.len > 0 || self.joined.dropped,
            );
        }
    }

    fn done(&mut self, at: u64, events: &mut Vec<Event>) {
        let Joined {
            start,
            offset,
            len,
            dropped,
            ..
        } = self.joined;
        let skipped = self.empty == Empty::Skip && len == 0;
        if self.unit == Unit::Series && !(dropped || skipped) {
            events.push(Event::Frame(Span {
                start,
                end: at,
                offset: offset.unwrap_or(at),
                len,
            }));
        }
        events.push(Event::Done { at });
        self.joined = Joined::from(at);
        self.over = self.series == Series::One;
    }

    pub(super) fn finish(&mut self) -> Ending {
        let between_series = self.units.is_between() && self.joined.blocks == 0;
        match (self.over || between_series, self.unit) {
            (true, _) => Ending::Clean,
            (false, Unit::Block) => Ending::Truncated {
                from: self.units.start(),
            },
            (false, Unit::Series) => Ending::Truncated {
                from: self.joined.start,
            },
        }
    }

    pub(super) fn place(&self) -> Place {
        match self.units.place() {
            _ if self.over => Place::Over,
            Place::Between if self.joined.blocks > 0 => Place::InSeries,
            place => place,
        }
    }

    pub(super) fn open(&self) -> (u64, u64) {
        self.units.open()
    }
}
