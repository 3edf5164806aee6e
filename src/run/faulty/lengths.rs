//! Binary lengths of a fixed width before each payload: a buffer that grows with each read, and a loop that takes whole frames off its
//! front.
//!
//! ```text
//! lead  length  payload  trailer
//! ```

use std::io;

use super::conn::{Conn, READ};
use crate::framing::{Empty, Endian, Framing, Lead, Length, Prefix};
use crate::suite::{Flaw, Said};

pub(super) fn serve(conn: &mut Conn, framing: &Framing, prefix: &Prefix) -> io::Result<Said> {
    let mut reader = Reader {
        layout: Layout::of(framing, prefix),
        buffer: Vec::new(),
        body: None,
    };
    let mut chunk = [0; READ];
    loop {
        let read = conn.recv(&mut chunk)?;
        if read == 0 {
            return Ok(match reader.buffer.is_empty() && reader.body.is_none() {
                true => Said::Clean,
                false => Said::Truncated,
            });
        }
        reader.buffer.extend_from_slice(&chunk[..read]);
        while let Some(frame) = match reader.next(conn) {
            Ok(frame) => frame,
            Err(said) => return Ok(said),
        } {
            conn.frame(&frame);
        }
    }
}

/// How a frame is laid out.
struct Layout<'a> {
    prefix: &'a Prefix,
    lead: usize,
    width: usize,
    endian: Endian,
    max: u64,
    empty: Empty,
}

impl<'a> Layout<'a> {
    fn of(framing: &Framing, prefix: &'a Prefix) -> Self {
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
        }
    }

    fn header(&self) -> usize {
        self.lead + self.width
    }

    fn number(&self, bytes: &[u8]) -> u64 {
        let shift = |number, byte: &u8| number << 8 | u64::from(*byte);
        match self.endian {
            Endian::Big => bytes.iter().fold(0, shift),
            Endian::Little => bytes.iter().rev().fold(0, shift),
        }
    }
}

struct Reader<'a> {
    layout: Layout<'a>,
    buffer: Vec<u8>,
    /// The length of the body that is awaited, its header already taken off the buffer.
    body: Option<usize>,
}

impl Reader<'_> {
    /// The next whole frame; `None`: more bytes are needed.
    fn next(&mut self, conn: &Conn) -> Result<Option<Vec<u8>>, Said> {
        let layout = &self.layout;
        if self.body.is_none() {
            let have = self.buffer.len();
            if have < layout.header() && !(conn.has(Flaw::HeaderPartial) && have > layout.lead) {
                return Ok(None);
            }
            self.body = Some(self.length()?);
            self.buffer.drain(..self.layout.header().min(have));
        }
        let need = self.body.unwrap_or(0) + self.layout.prefix.trailer.len();
        if self.buffer.len() < need {
            if conn.has(Flaw::HeaderForgotten) {
                self.body = None;
            }
            return Ok(None);
        }
        let mut frame: Vec<u8> = self.buffer.drain(..need).collect();
        let trailer = frame.split_off(self.body.take().unwrap_or(0));
        if trailer != self.layout.prefix.trailer {
            return Err(Said::Malformed);
        }
        Ok(Some(frame))
    }

    /// The length of the body, from a header that is there.
    fn length(&self) -> Result<usize, Said> {
        let layout = &self.layout;
        if let Lead::Exact(lead) = &layout.prefix.lead
            && !self.buffer.starts_with(lead)
        {
            return Err(Said::Malformed);
        }
        let end = self.buffer.len().min(layout.header());
        let value = layout.number(&self.buffer[layout.lead..end]);
        let length = i128::from(value) + i128::from(layout.prefix.adjust);
        match u64::try_from(length) {
            Err(_) => Err(Said::Malformed),
            Ok(length) if length > layout.max => Err(Said::Oversize),
            Ok(0) if layout.empty == Empty::Reject => Err(Said::Malformed),
            Ok(length) => Ok(length as usize),
        }
    }
}
