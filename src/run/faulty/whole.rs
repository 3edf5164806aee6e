//! The whole stream as one message: everything is read up to the end, and then answered.
//!
//! Invariant: without a flaw, nothing is said before the stream has ended or is an error, and no more than the limit is kept.

use std::io;

use super::conn::{Conn, READ};
use crate::framing::{Charset, Empty, Framing, Oversize};
use crate::suite::{Flaw, Said};

/// What some programs take for more than any message.
const PLENTY: usize = 32 << 10;

pub(super) fn serve(conn: &mut Conn, framing: &Framing) -> io::Result<Said> {
    let max = framing.max.and_then(|max| usize::try_from(max).ok());
    let mut whole = Whole {
        bytes: Vec::new(),
        checked: 0,
        dropped: false,
        max: max.unwrap_or(usize::MAX - 1),
        framing,
    };
    let mut chunk = vec![0; READ];
    loop {
        // One byte more than may come is enough to know that it is too much.
        let room = (whole.max + 1).saturating_sub(whole.bytes.len());
        let read = conn.recv(&mut chunk[..room.clamp(1, READ)])?;
        if read == 0 {
            if conn.has(Flaw::AnswerDroppedAtEnd) {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            return Ok(whole.end(conn).err().unwrap_or(Said::Clean));
        }
        if let Err(said) = whole.read(&chunk[..read], conn) {
            return Ok(said);
        }
    }
}

struct Whole<'a> {
    bytes: Vec<u8>,
    /// How many of them are known to be UTF-8.
    checked: usize,
    /// It was too long, and is not delivered.
    dropped: bool,
    max: usize,
    framing: &'a Framing,
}

impl Whole<'_> {
    /// Takes what one read returned. `Err`: how it ended.
    fn read(&mut self, chunk: &[u8], conn: &mut Conn) -> Result<(), Said> {
        if conn.has(Flaw::WholeOverwritten) {
            let same = self.bytes.len().min(chunk.len());
            self.bytes[..same].copy_from_slice(&chunk[..same]);
        }
        self.bytes.extend_from_slice(chunk);
        if conn.has(Flaw::WholeEachRead) {
            conn.frame(chunk);
            self.bytes.clear();
        }
        if conn.has(Flaw::WholeFirstRead) {
            conn.frame(chunk);
            return Err(Said::Clean);
        }
        if conn.has(Flaw::WholeUtf8PerRead) && std::str::from_utf8(chunk).is_err() {
            return Err(Said::Malformed);
        }
        if conn.has(Flaw::WholeCutAtBuffer) {
            self.bytes.truncate(PLENTY);
        }
        self.check(false)?;
        let measured = match conn.has(Flaw::WholeLimitOnRead) {
            true => chunk.len(),
            false => self.bytes.len(),
        };
        if measured <= self.max {
            return Ok(());
        }
        if conn.has(Flaw::WholeCutToLimit) {
            self.bytes.truncate(self.max);
            return Ok(());
        }
        if self.framing.oversize == Oversize::Close {
            return Err(Said::Oversize);
        }
        self.dropped = true;
        self.bytes.drain(..self.checked);
        self.checked = 0;
        Ok(())
    }

    /// Checks what must be UTF-8; `ended`: no character may be open.
    fn check(&mut self, ended: bool) -> Result<(), Said> {
        if self.framing.charset == Charset::Any {
            self.checked = self.bytes.len();
            return Ok(());
        }
        match std::str::from_utf8(&self.bytes[self.checked..]) {
            Ok(_) => self.checked = self.bytes.len(),
            Err(error) if ended || error.error_len().is_some() => return Err(Said::Malformed),
            Err(error) => self.checked += error.valid_up_to(),
        }
        Ok(())
    }

    /// The stream has ended. `Err`: how, if not clean.
    fn end(&mut self, conn: &mut Conn) -> Result<(), Said> {
        self.check(true)?;
        if conn.has(Flaw::WholeLastNewlineCut) && self.bytes.ends_with(b"\n") {
            self.bytes.pop();
        }
        let nothing = self.bytes.is_empty() && !self.dropped;
        match self.framing.empty {
            _ if self.dropped => {}
            Empty::Reject if nothing => return Err(Said::Malformed),
            Empty::Skip if nothing => {}
            _ if nothing && conn.has(Flaw::WholeNothingUnanswered) => {}
            _ if conn.has(Flaw::WholeEachRead) => {}
            _ => conn.frame(&self.bytes),
        }
        Ok(())
    }
}
