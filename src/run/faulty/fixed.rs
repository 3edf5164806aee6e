//! Messages of a fixed size: what came is gathered, and cut off the front size by size.
//!
//! Invariant: without a flaw, less than one message is kept from one read to the next.

use std::io;

use super::conn::{Conn, READ};
use crate::framing::{Charset, Framing, Tail};
use crate::suite::{Flaw, Said};

/// A read buffer that some programs take for the longest message.
const PIECE: usize = 4096;

pub(super) fn serve(conn: &mut Conn, framing: &Framing, size: u64, tail: Tail) -> io::Result<Said> {
    let mut reader = Reader {
        size: usize::try_from(size).map_err(|_| io::ErrorKind::OutOfMemory)?,
        utf8: framing.charset == Charset::Utf8,
        pending: Vec::new(),
        wanted: 0,
        last: Vec::new(),
    };
    let mut chunk = vec![0; READ];
    loop {
        let read = conn.recv(&mut chunk)?;
        let over = match read {
            0 => reader.end(tail, conn).map(|()| Said::Clean),
            _ => match reader.read(&chunk[..read], conn) {
                Ok(()) => continue,
                Err(said) => Err(said),
            },
        };
        return Ok(over.unwrap_or_else(|said| said));
    }
}

struct Reader {
    size: usize,
    utf8: bool,
    pending: Vec<u8>,
    /// Bytes that must be there before a message is taken, where that is not `size`.
    wanted: usize,
    /// The message before.
    last: Vec<u8>,
}

impl Reader {
    /// Takes what one read returned.
    fn read(&mut self, chunk: &[u8], conn: &mut Conn) -> Result<(), Said> {
        if conn.has(Flaw::FixedOverwritten) {
            let same = self.pending.len().min(chunk.len());
            self.pending[..same].copy_from_slice(&chunk[..same]);
        }
        self.pending.extend_from_slice(chunk);
        if conn.has(Flaw::FixedShortRead) {
            return self.take(self.size.min(self.pending.len()), conn);
        }
        while self.is_there(conn) {
            self.take(self.size, conn)?;
            if conn.has(Flaw::FixedOnePerRead) {
                return Ok(());
            }
            if conn.has(Flaw::FixedFirstOnly) {
                self.pending.clear();
            }
        }
        if conn.has(Flaw::FixedInPieces) && self.pending.len() >= PIECE {
            self.take(self.pending.len(), conn)?;
        }
        match self.utf8 && is_spoilt(&self.pending) {
            true => Err(Said::Malformed),
            false => Ok(()),
        }
    }

    fn is_there(&mut self, conn: &Conn) -> bool {
        let have = self.pending.len();
        if conn.has(Flaw::FixedWantsAllAgain) {
            let missing = have.max(self.wanted) - have;
            if missing > 0 || have == 0 {
                return false;
            }
            if have < self.size {
                self.wanted = have + self.size;
                return false;
            }
            let rest = std::mem::take(&mut self.wanted);
            self.pending.truncate(match rest {
                0 => have,
                _ => self.size,
            });
            return true;
        }
        match conn.has(Flaw::FixedNeedsOneMore) {
            true => have > self.size,
            false => have >= self.size,
        }
    }

    /// Delivers the first bytes of what is there.
    fn take(&mut self, size: usize, conn: &mut Conn) -> Result<(), Said> {
        let frame: Vec<u8> = self.pending.drain(..size).collect();
        self.deliver(frame, conn)
    }

    fn deliver(&mut self, frame: Vec<u8>, conn: &mut Conn) -> Result<(), Said> {
        if self.utf8 && std::str::from_utf8(&frame).is_err() {
            return Err(Said::Malformed);
        }
        conn.frame(&frame);
        self.last = frame;
        Ok(())
    }

    /// The stream has ended: what becomes of a message that is not whole.
    fn end(&mut self, tail: Tail, conn: &mut Conn) -> Result<(), Said> {
        while self.pending.len() >= self.size {
            self.take(self.size, conn)?;
        }
        let rest = std::mem::take(&mut self.pending);
        if rest.is_empty() && !conn.has(Flaw::FixedPadsNothing) {
            return Ok(());
        }
        let filled = |byte: u8| {
            let mut frame = rest.clone();
            frame.resize(self.size, byte);
            frame
        };
        match tail {
            _ if conn.has(Flaw::FixedRestClean) => Ok(()),
            Tail::Truncated if conn.has(Flaw::FixedRestPadded) => self.deliver(filled(0), conn),
            Tail::Truncated if conn.has(Flaw::FixedRestDelivered) => self.deliver(rest, conn),
            Tail::Truncated if conn.has(Flaw::FixedRestStale) => {
                let mut frame = self.last.clone();
                frame.resize(self.size, 0);
                frame[..rest.len()].copy_from_slice(&rest);
                self.deliver(frame, conn)
            }
            Tail::Truncated => Err(Said::Truncated),
            Tail::Frame => self.deliver(rest, conn),
            Tail::Pad(_) if conn.has(Flaw::FixedOtherPad) => self.deliver(filled(0), conn),
            Tail::Pad(byte) => self.deliver(filled(byte), conn),
        }
    }
}

/// Whether nothing that may follow makes these bytes UTF-8.
fn is_spoilt(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_some())
}
