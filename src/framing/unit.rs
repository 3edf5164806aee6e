//! One length-prefixed unit after another, for patterns 5 and 6: lead, length, payload, trailer.
//!
//! ```text
//! start      offset        offset+len   end
//! | lead | length | payload ...  | trailer |
//! ```
//!
//! Invariant: `start <= at`, and in a payload `offset + len == at + left` (as far as 64 bits hold it).

use super::event::{FrameError, Span, Why};
use super::length::{Bounds, HeaderLines, LengthReader, Part, read_uint};
use super::utf8::Utf8;
use super::{Charset, Empty, Endian, Framing, Lead, Length, Oversize, Prefix};

/// Reads units; keeps none of their bytes.
#[derive(Clone, Debug)]
pub(super) struct UnitReader {
    prefix: Prefix,
    length: LengthReader,
    /// Trailer fields follow the ending zero in place of the trailer (RFC 9112 section 7.1.2).
    http: bool,
    /// The framing's limit; a payload over it is dropped where larger ones are let pass.
    max: u64,
    bounds: Bounds,
    /// No length can be acceptable: the first byte of a unit is the error.
    hopeless: Option<Why>,
    /// What the payload has been, with `charset=utf-8`.
    utf8: Option<Utf8>,
    /// A sequence may go on in the next unit's payload.
    joined: bool,
    /// Blocks are joined and none can have payload: where the ending zero is not acceptable, no number of them makes it so.
    barren: bool,
    /// The whole unit may be taken in one look, where it lies in one read: a binary length with nothing around it.
    plain: Option<(u64, usize, Endian)>,
    phase: Phase,
    /// Bytes taken so far.
    at: u64,
    start: u64,
    offset: u64,
    len: u64,
    left: u64,
    /// The unit at hand is the ending zero of a series.
    zero: bool,
}

#[derive(Clone, Debug)]
enum Phase {
    Start,
    /// So many bytes of the lead have come.
    Lead(u64),
    Length,
    Payload,
    /// So many bytes of the trailer have come.
    Trailer(usize),
    Fields(HeaderLines),
}

/// A unit whose last byte has come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Complete {
    pub(super) span: Span,
    /// It was the ending zero of a series.
    pub(super) zero: bool,
    /// It was over `max`, and is not to be reported.
    pub(super) dropped: bool,
}

impl UnitReader {
    /// A reader of single units (pattern 5).
    pub(super) fn single(framing: &Framing, prefix: &Prefix) -> Self {
        let smallest = u64::from(framing.empty == Empty::Reject);
        let bounds = Bounds::of_payload(smallest, limit(framing), prefix.adjust);
        Self::new(framing, prefix, bounds, false)
    }

    /// A reader of blocks (pattern 6), the first of which may be the ending zero where `zero`. `http`: with extensions.
    pub(super) fn series(framing: &Framing, prefix: &Prefix, http: bool, joined: bool) -> Self {
        let smallest = u64::from(framing.empty == Empty::Reject && !joined);
        let bounds = Bounds::of_payload(smallest, limit(framing), prefix.adjust).in_series(true);
        let filled = Bounds::of_payload(1, limit(framing), prefix.adjust).in_series(false);
        let barren = joined && filled.refuse_all(&prefix.length).is_some();
        let reader = Self::new(framing, prefix, bounds, http);
        Self {
            joined,
            barren,
            // What is acceptable in one look may still be hopeless.
            plain: reader.plain.filter(|_| !barren),
            ..reader
        }
    }

    fn new(framing: &Framing, prefix: &Prefix, bounds: Bounds, http: bool) -> Self {
        let plain = match (&prefix.lead, &prefix.length, framing.charset) {
            (&Lead::Free(lead), &Length::Uint { width, endian }, Charset::Any)
                if prefix.trailer.is_empty() =>
            {
                Some((lead, usize::from(width), endian))
            }
            _ => None,
        };
        Self {
            prefix: prefix.clone(),
            length: LengthReader::new(&prefix.length, http),
            http,
            max: framing.max.unwrap_or(u64::MAX),
            bounds,
            hopeless: bounds.refuse_all(&prefix.length),
            utf8: (framing.charset == Charset::Utf8).then(Utf8::default),
            joined: false,
            barren: false,
            plain,
            phase: Phase::Start,
            at: 0,
            start: 0,
            offset: 0,
            len: 0,
            left: 0,
            zero: false,
        }
    }

    /// Says before a unit whether it may be the ending zero; inside a UTF-8 sequence it may not.
    pub(super) fn allow_zero(&mut self, allowed: bool) {
        let inside = self.utf8.is_some_and(|utf8| utf8.need() > 0);
        let zero = allowed && !inside;
        self.bounds = self.bounds.in_series(zero);
        let endless = (!zero && self.barren).then_some(Why::TooSmall);
        self.hopeless = self.bounds.refuse_all(&self.prefix.length).or(endless);
    }

    /// Where the unit at hand begins.
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    /// Whether the last byte taken was the last of a unit.
    pub(super) fn is_between(&self) -> bool {
        matches!(self.phase, Phase::Start)
    }

    /// The payload so far of the unit at hand, as a range of offsets; empty while it is dropped.
    pub(super) fn open(&self) -> (u64, u64) {
        match self.phase {
            _ if self.len > self.max => (self.at, self.at),
            Phase::Payload => (self.offset, self.at),
            Phase::Trailer(_) => (self.offset, self.offset + self.len),
            _ => (self.at, self.at),
        }
    }

    /// Takes bytes off the front until a unit is complete, or none are left.
    #[inline]
    pub(super) fn next(&mut self, bytes: &mut &[u8]) -> Result<Option<Complete>, FrameError> {
        if matches!(self.phase, Phase::Start)
            && let Some(complete) = self.whole(bytes)
        {
            return Ok(Some(complete));
        }
        self.next_in_pieces(bytes)
    }

    /// The short way for a unit that lies in these bytes whole and is right.
    #[inline]
    fn whole(&mut self, bytes: &mut &[u8]) -> Option<Complete> {
        let (lead, width, endian) = self.plain?;
        let header = lead as usize + width;
        let value = read_uint(bytes.get(lead as usize..header)?, endian);
        if value == 0 || !self.bounds.accept(value) {
            return None;
        }
        let len = value.wrapping_add_signed(self.prefix.adjust);
        let size = usize::try_from(len).ok()?.checked_add(header)?;
        let rest = bytes.get(size..)?;
        *bytes = rest;
        let (start, offset) = (self.at, self.at + header as u64);
        self.at += size as u64;
        self.start = self.at;
        let span = Span {
            start,
            end: self.at,
            offset,
            len,
        };
        Some(Complete {
            span,
            zero: false,
            dropped: len > self.max,
        })
    }

    fn next_in_pieces(&mut self, bytes: &mut &[u8]) -> Result<Option<Complete>, FrameError> {
        while let Some((&byte, rest)) = bytes.split_first() {
            if matches!(self.phase, Phase::Payload) {
                self.payload(bytes)?;
            } else {
                self.step(byte)
                    .map_err(|why| FrameError { at: self.at, why })?;
                *bytes = rest;
                self.at += 1;
            }
            if let Some(complete) = self.complete() {
                return Ok(Some(complete));
            }
        }
        Ok(None)
    }

    /// Takes one byte that is not payload.
    fn step(&mut self, byte: u8) -> Result<(), Why> {
        match &mut self.phase {
            Phase::Start => {
                self.start = self.at;
                match (self.hopeless, &self.prefix.lead, &self.prefix.length) {
                    (None, ..) => self.lead(0, byte),
                    (Some(why), _, Length::Field { .. }) => Err(why),
                    // What the number itself says of it comes first.
                    (Some(why), Lead::Free(0), _) => self.length(byte).and(Err(why)),
                    (Some(why), ..) => Err(why),
                }
            }
            Phase::Lead(got) => {
                let got = *got;
                self.lead(got, byte)
            }
            Phase::Length => self.length(byte),
            Phase::Trailer(got) => match self.prefix.trailer[*got] == byte {
                true => {
                    *got += 1;
                    Ok(())
                }
                false => Err(Why::Trailer),
            },
            Phase::Fields(lines) => {
                if lines.step(byte)? == Part::End {
                    self.phase = Phase::Trailer(self.prefix.trailer.len());
                }
                Ok(())
            }
            Phase::Payload => Ok(()),
        }
    }

    /// Takes the byte of the lead that follows `got` others, or the first of the length where the lead has ended.
    fn lead(&mut self, got: u64, byte: u8) -> Result<(), Why> {
        let size = match &self.prefix.lead {
            Lead::Free(size) => *size,
            Lead::Exact(lead) if lead.get(got as usize).is_some_and(|own| *own != byte) => {
                return Err(Why::Header);
            }
            Lead::Exact(lead) => lead.len() as u64,
        };
        if got == size {
            return self.length(byte);
        }
        self.phase = if got + 1 == size {
            Phase::Length
        } else {
            Phase::Lead(got + 1)
        };
        Ok(())
    }

    fn length(&mut self, byte: u8) -> Result<(), Why> {
        self.phase = Phase::Length;
        if let Some(value) = self.length.step(byte, &self.bounds)? {
            self.offset = self.at + 1;
            self.zero = value == 0 && self.bounds.accept_zero();
            self.len = if self.zero {
                0
            } else {
                value.wrapping_add_signed(self.prefix.adjust)
            };
            self.left = self.len;
            self.phase = match self.left {
                0 => self.after_payload(),
                _ => Phase::Payload,
            };
        }
        Ok(())
    }

    fn payload(&mut self, bytes: &mut &[u8]) -> Result<(), FrameError> {
        let now = usize::try_from(self.left).map_or(bytes.len(), |left| left.min(bytes.len()));
        if let Some(bad) = self.utf8_bad_in(&bytes[..now]) {
            return Err(FrameError {
                at: self.at + bad as u64,
                why: Why::NotUtf8,
            });
        }
        *bytes = &bytes[now..];
        self.at += now as u64;
        self.left -= now as u64;
        if self.left == 0 {
            self.phase = self.after_payload();
        }
        Ok(())
    }

    /// The place in these payload bytes after which no continuation makes it UTF-8: where the length is known, a sequence must fit.
    fn utf8_bad_in(&mut self, bytes: &[u8]) -> Option<usize> {
        let utf8 = self.utf8.as_mut()?;
        let (left, joined) = (self.left, self.joined);
        (1..)
            .zip(bytes)
            .position(|(taken, &byte)| !utf8.step(byte) || (!joined && utf8.need() > left - taken))
    }

    fn after_payload(&self) -> Phase {
        match self.zero && self.http {
            true => Phase::Fields(HeaderLines::default()),
            false => Phase::Trailer(0),
        }
    }

    /// The unit, if the byte before `at` was its last.
    fn complete(&mut self) -> Option<Complete> {
        match self.phase {
            Phase::Trailer(got) if got == self.prefix.trailer.len() => {}
            _ => return None,
        }
        let span = Span {
            start: self.start,
            end: self.at,
            offset: self.offset,
            len: self.len,
        };
        self.phase = Phase::Start;
        self.start = self.at;
        Some(Complete {
            span,
            zero: self.zero,
            dropped: self.len > self.max,
        })
    }
}

/// The longest payload that is not an error.
fn limit(framing: &Framing) -> u64 {
    match framing.oversize {
        Oversize::Close => framing.max.unwrap_or(u64::MAX),
        Oversize::Discard => u64::MAX,
    }
}
