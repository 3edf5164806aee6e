//! A connection read as from a file: byte by byte, or so many bytes at once, out of a buffer that is filled when it has run empty.
//!
//! Whoever reads here waits until there is what was asked for; the end of the stream before that is an error of its own. What has been
//! read ahead can be seen, since flaws show where a read has ended.

use std::io;

use super::conn::Conn;
use crate::framing::{Empty, Framing, Lead, Prefix};
use crate::suite::{Flaw, Said};

/// As much as buffered readers have by default.
const READ: usize = 8 << 10;

/// Why no more is read.
pub(super) enum Over {
    Io(io::Error),
    Said(Said),
}

pub(super) type Step<T> = Result<T, Over>;

impl From<io::Error> for Over {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Said> for Over {
    fn from(said: Said) -> Self {
        Self::Said(said)
    }
}

/// What is said of a stream that was read up to here.
pub(super) fn said(step: Step<()>) -> io::Result<Said> {
    match step {
        Ok(()) => Ok(Said::Clean),
        Err(Over::Said(said)) => Ok(said),
        Err(Over::Io(error)) => Err(error),
    }
}

/// The bytes of a connection, in order.
pub(super) struct Input<'a, 'c> {
    pub(super) conn: &'a mut Conn<'c>,
    buffer: Vec<u8>,
    at: usize,
}

impl<'a, 'c> Input<'a, 'c> {
    pub(super) fn new(conn: &'a mut Conn<'c>) -> Self {
        Self {
            conn,
            buffer: Vec::new(),
            at: 0,
        }
    }

    pub(super) fn has(&self, flaw: Flaw) -> bool {
        self.conn.has(flaw)
    }

    /// What has been read and not been taken.
    pub(super) fn ahead(&self) -> &[u8] {
        &self.buffer[self.at..]
    }

    /// Whether the stream is over.
    pub(super) fn at_end(&mut self) -> Step<bool> {
        if !self.ahead().is_empty() {
            return Ok(false);
        }
        self.buffer.resize(READ, 0);
        self.at = READ;
        let read = self.conn.recv(&mut self.buffer)?;
        self.buffer.truncate(read);
        self.at = 0;
        Ok(read == 0)
    }

    /// The next byte, `None` at the end of the stream.
    pub(super) fn byte(&mut self) -> Step<Option<u8>> {
        if self.at_end()? {
            return Ok(None);
        }
        self.at += 1;
        Ok(Some(self.buffer[self.at - 1]))
    }

    /// The next byte, without which the stream was cut off.
    pub(super) fn need(&mut self) -> Step<u8> {
        self.byte()?.ok_or(Over::Said(Said::Truncated))
    }

    /// What the buffer has of the next `most` bytes; at least one, unless the stream is over.
    pub(super) fn some(&mut self, most: u64) -> Step<Vec<u8>> {
        if most == 0 || self.at_end()? {
            return Ok(Vec::new());
        }
        let now = most.min(self.ahead().len() as u64) as usize;
        self.at += now;
        Ok(self.buffer[self.at - now..self.at].to_vec())
    }

    /// So many bytes, without which the stream was cut off. Memory grows with what comes.
    pub(super) fn exactly(&mut self, length: u64) -> Step<Vec<u8>> {
        let mut bytes = Vec::new();
        while (bytes.len() as u64) < length {
            let some = self.some(length - bytes.len() as u64)?;
            if some.is_empty() {
                return Err(Said::Truncated.into());
            }
            bytes.extend(some);
        }
        Ok(bytes)
    }

    /// These bytes, and no others.
    pub(super) fn expect(&mut self, exact: &[u8]) -> Step<()> {
        for &byte in exact {
            if self.need()? != byte {
                return Err(Said::Malformed.into());
            }
        }
        Ok(())
    }

    /// What stands before a length.
    pub(super) fn lead(&mut self, lead: &Lead) -> Step<()> {
        match lead {
            Lead::Free(size) => self.exactly(*size).map(drop),
            Lead::Exact(lead) => self.expect(lead),
        }
    }

    /// Puts bytes back that were just taken, to be read next.
    pub(super) fn unread(&mut self, bytes: &[u8]) {
        if self.buffer[..self.at].ends_with(bytes) {
            self.at -= bytes.len();
        } else {
            self.buffer.splice(..self.at, bytes.iter().copied());
            self.at = 0;
        }
    }

    /// Whether all of a full buffer has been taken.
    pub(super) fn at_buffer_end(&self) -> bool {
        self.buffer.len() == READ && self.at == READ
    }

    /// Loses what was read ahead.
    pub(super) fn forget(&mut self) {
        self.at = self.buffer.len();
    }
}

/// The bytes of payload that a number announces, if so many are allowed.
pub(super) fn allowed(input: &Input, framing: &Framing, prefix: &Prefix, value: u64) -> Step<u64> {
    let length = i128::from(value) + i128::from(prefix.adjust);
    let mut max = framing.max.unwrap_or(u64::MAX);
    if input.has(Flaw::LimitCountsTrailer) {
        max = max.saturating_sub(prefix.trailer.len() as u64);
    }
    match u64::try_from(length) {
        Err(_) if length < 0 => Err(Said::Malformed.into()),
        Ok(0) if framing.empty == Empty::Reject => Err(Said::Malformed.into()),
        Ok(length) if length <= max => Ok(length),
        _ => Err(Said::Oversize.into()),
    }
}
