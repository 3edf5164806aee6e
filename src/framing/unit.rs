//! One length-prefixed unit after another, for patterns 5 and 6: lead, length, payload, trailer.
//!
//! ```text
//! start      offset        offset+len   end
//! | lead | length | payload ...  | trailer |
//! ```
//!
//! Invariant: `start <= at`, and in a payload `offset + len == at + left` (as far as 64 bits hold it).

use super::event::{FrameError, Span, Why};
use super::length::{Bounds, HeaderLines, LengthReader, Part};
use super::place::Place;
use super::search::begins_with;
use super::utf8::Utf8;
use super::{Charset, Empty, Framing, Lead, Length, Oversize, Prefix};

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

/// What stands before a payload of `len` bytes.
#[derive(Clone, Copy, Debug)]
struct Header {
    size: usize,
    len: u64,
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
        Self {
            joined,
            barren,
            ..Self::new(framing, prefix, bounds, http)
        }
    }

    fn new(framing: &Framing, prefix: &Prefix, bounds: Bounds, http: bool) -> Self {
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

    /// Where in a unit the bytes so far stand.
    pub(super) fn place(&self) -> Place {
        match &self.phase {
            Phase::Start => Place::Between,
            Phase::Lead(got) => Place::Lead(Place::count(*got)),
            Phase::Length => self.length.place(),
            Phase::Payload if self.len > self.max => Place::Dropping,
            Phase::Payload if self.left == self.len => Place::Header,
            Phase::Payload if self.left == 1 => Place::LastByte,
            Phase::Payload => Place::Payload,
            Phase::Trailer(got) => Place::Trailer(Place::count(*got)),
            Phase::Fields(lines) => lines.place(),
        }
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

    /// The short way through units that are right and lie in these bytes whole, up to one that does not: takes them off the front,
    /// and the header of that one. Where it stops, it has said nothing about the bytes that are left.
    #[inline]
    pub(super) fn each_whole(&mut self, bytes: &mut &[u8], mut each: impl FnMut(Complete)) {
        // What is acceptable in one look may still be hopeless.
        if !self.is_between() || self.utf8.is_some() || self.barren {
            return;
        }
        let (mut at, mut rest) = (self.at, *bytes);
        while let Some(header) = self.header(rest) {
            let Some(unit) = self.whole(at, header, rest) else {
                (self.start, *bytes) = (at, &rest[header.size..]);
                self.at = at + header.size as u64;
                return self.begin_payload(header.len, false);
            };
            rest = &rest[(unit.span.end - at) as usize..];
            at = unit.span.end;
            each(unit);
        }
        (self.at, self.start, *bytes) = (at, at, rest);
    }

    /// The header that these bytes begin with, if it is right and no ending zero.
    #[inline(always)]
    fn header(&self, bytes: &[u8]) -> Option<Header> {
        let lead = match &self.prefix.lead {
            Lead::Free(size) => usize::try_from(*size).ok()?,
            Lead::Exact(lead) => begins_with(bytes, lead).then_some(lead.len())?,
        };
        let (value, digits) = self.length.peek(bytes.get(lead..)?)?;
        (value != 0 && self.bounds.accept(value)).then(|| Header {
            size: lead + digits,
            len: value.wrapping_add_signed(self.prefix.adjust),
        })
    }

    /// The unit with this header that these bytes at this offset begin with.
    #[inline(always)]
    fn whole(&self, at: u64, header: Header, bytes: &[u8]) -> Option<Complete> {
        let behind = header.size.checked_add(usize::try_from(header.len).ok()?)?;
        let trailer = &self.prefix.trailer;
        begins_with(bytes.get(behind..)?, trailer).then(|| Complete {
            span: Span {
                start: at,
                end: at + (behind + trailer.len()) as u64,
                offset: at + header.size as u64,
                len: header.len,
            },
            zero: false,
            dropped: header.len > self.max,
        })
    }

    /// Takes bytes off the front until a unit is complete, or none are left.
    #[inline]
    pub(super) fn next(&mut self, bytes: &mut &[u8]) -> Result<Option<Complete>, FrameError> {
        let within = matches!(self.phase, Phase::Payload) && self.left > bytes.len() as u64;
        if within && self.utf8.is_none() {
            self.at += bytes.len() as u64;
            self.left -= bytes.len() as u64;
            *bytes = &[];
            return Ok(None);
        }
        self.next_in_pieces(bytes)
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
            let zero = value == 0 && self.bounds.accept_zero();
            let len = value.wrapping_add_signed(self.prefix.adjust);
            self.begin_payload(if zero { 0 } else { len }, zero);
            self.offset += 1;
        }
        Ok(())
    }

    fn begin_payload(&mut self, len: u64, zero: bool) {
        (self.offset, self.len, self.left, self.zero) = (self.at, len, len, zero);
        self.phase = match len {
            0 => self.after_payload(),
            _ => Phase::Payload,
        };
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
