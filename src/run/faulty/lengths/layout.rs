//! The header of a frame with a binary length: where the number stands, and what number of payload bytes it gives.
//!
//! It turns the bytes of one header into a length that is allowed, or the reason why it is not; it holds nothing of the stream.

use super::super::conn::Conn;
use crate::framing::{Empty, Endian, Framing, Lead, Length, Oversize, Prefix};
use crate::suite::{Flaw, Said};

/// How a frame is laid out.
pub(super) struct Layout<'a> {
    pub(super) prefix: &'a Prefix,
    pub(super) lead: usize,
    width: usize,
    endian: Endian,
    max: u64,
    pub(super) empty: Empty,
    oversize: Oversize,
}

/// How long a payload is.
pub(super) enum Sized {
    /// So long, and within the limit.
    Payload(u64),
    /// So long, which is over the limit: it is to be passed over.
    Over(u64),
}

impl<'a> Layout<'a> {
    pub(super) fn of(framing: &Framing, prefix: &'a Prefix) -> Self {
        let (width, endian) = match prefix.length {
            Length::Uint { width, endian } => (usize::from(width), endian),
            _ => unreachable!("other lengths have programs of their own"),
        };
        let lead = match &prefix.lead {
            Lead::Free(size) => *size as usize,
            Lead::Exact(lead) => lead.len(),
        };
        Self {
            prefix,
            lead,
            width,
            endian,
            max: framing.max.unwrap_or(u64::MAX),
            empty: framing.empty,
            oversize: framing.oversize,
        }
    }

    pub(super) fn header(&self) -> usize {
        self.lead + self.width
    }

    /// The length of the payload, from the bytes of a header.
    pub(super) fn length(&self, conn: &Conn, header: &[u8]) -> Result<Sized, Said> {
        if let Lead::Exact(lead) = &self.prefix.lead
            && !header.starts_with(lead)
        {
            return Err(Said::Malformed);
        }
        let value = self.value(conn, header.get(self.lead..).unwrap_or_default());
        let length = value + self.adjust(conn);
        let limited = match conn.has(Flaw::LimitBeforeAdjust) {
            true => value,
            false => length,
        };
        match u64::try_from(length) {
            Err(_) if length < 0 && conn.has(Flaw::LengthSigned) => Ok(Sized::Payload(0)),
            Err(_) if length < 0 => Err(Said::Malformed),
            Err(_) => Err(Said::Oversize),
            Ok(length) if self.over(conn, limited) => match self.oversize {
                _ if conn.has(Flaw::LimitMissing) => Ok(Sized::Payload(length)),
                _ if conn.has(Flaw::OverlongHeaderDropped) => Ok(Sized::Over(0)),
                Oversize::Discard => Ok(Sized::Over(length)),
                Oversize::Close => Err(Said::Oversize),
            },
            Ok(0) if self.empty == Empty::Reject => Err(Said::Malformed),
            Ok(0) if conn.has(Flaw::EmptyFrameEnds) => Err(Said::Clean),
            Ok(length) => Ok(Sized::Payload(self.sum(conn, length))),
        }
    }

    /// The number that stands in the length field.
    fn value(&self, conn: &Conn, bytes: &[u8]) -> i128 {
        let big = (self.endian == Endian::Big) != conn.has(Flaw::LengthByteOrder);
        let most_first: Vec<u8> = match big {
            true => bytes.to_vec(),
            false => bytes.iter().rev().copied().collect(),
        };
        let signed = conn.has(Flaw::LengthBytesSigned);
        let value = most_first.iter().fold(0_i128, |value, &byte| match signed {
            true => value << 8 | i128::from(byte as i8),
            false => value << 8 | i128::from(byte),
        });
        match self.width {
            _ if conn.has(Flaw::LengthNarrowed) => i128::from(value as u16),
            2 if conn.has(Flaw::LengthSigned) => i128::from(value as i16),
            4 if conn.has(Flaw::LengthSigned) => i128::from(value as i32),
            _ => value,
        }
    }

    /// What is added to the number to get the bytes of payload.
    fn adjust(&self, conn: &Conn) -> i128 {
        let adjust = i128::from(self.prefix.adjust);
        match () {
            () if conn.has(Flaw::AdjustForgotten) => 0,
            () if conn.has(Flaw::AdjustTwice) => adjust * 2,
            () if conn.has(Flaw::HeaderCounted) => adjust - self.width as i128,
            () => adjust,
        }
    }

    fn over(&self, conn: &Conn, length: i128) -> bool {
        let max = i128::from(self.max);
        match () {
            () if conn.has(Flaw::LimitRefusesItself) => length >= max,
            () if conn.has(Flaw::LimitCountsHeader) => length + self.header() as i128 > max,
            () => length > max,
        }
    }

    /// The length as header and payload together give it back.
    fn sum(&self, conn: &Conn, length: u64) -> u64 {
        if !conn.has(Flaw::FrameSizeWraps) {
            return length;
        }
        let header = self.header() as u64;
        u64::from((header + length) as u32).saturating_sub(header)
    }
}
