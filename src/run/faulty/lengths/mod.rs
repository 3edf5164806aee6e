//! Binary lengths of a fixed width before each payload: a buffer that grows with each read, and a loop that takes whole frames off its
//! front.
//!
//! ```text
//! lead  length  payload  trailer
//! ```

mod layout;

use std::io;

use self::layout::{Layout, Sized};
use super::conn::{Conn, READ};
use crate::framing::{Empty, Framing, Prefix};
use crate::suite::{Flaw, Said};

pub(super) fn serve(conn: &mut Conn, framing: &Framing, prefix: &Prefix) -> io::Result<Said> {
    let mut reader = Reader::new(Layout::of(framing, prefix));
    let mut chunk = vec![0; READ];
    loop {
        let read = conn.recv(&mut chunk)?;
        if read == 0 {
            return reader.end(conn);
        }
        reader.add(conn, &chunk, read);
        if conn.has(Flaw::FullReadReadsOn) && read == chunk.len() {
            continue;
        }
        if let Err(said) = reader.deliver(conn) {
            return Ok(said);
        }
    }
}

/// What is known of the frame whose header has been taken off the buffer.
#[derive(Clone, Copy)]
struct Body {
    length: usize,
    /// It is over the limit, and not reported.
    dropped: bool,
}

struct Reader<'a> {
    layout: Layout<'a>,
    buffer: Vec<u8>,
    body: Option<Body>,
    /// Bytes of a payload over the limit that are still to be passed over.
    skip: u64,
    /// How much was in the buffer before the last read, while nothing has been taken off since.
    old: usize,
    /// Where the last read ended in the memory that all reads share.
    read: usize,
    /// The last frame that was delivered.
    last: Vec<u8>,
}

impl<'a> Reader<'a> {
    fn new(layout: Layout<'a>) -> Self {
        Self {
            layout,
            buffer: Vec::new(),
            body: None,
            skip: 0,
            old: 0,
            read: 0,
            last: Vec::new(),
        }
    }

    fn add(&mut self, conn: &Conn, chunk: &[u8], read: usize) {
        self.old = self.buffer.len();
        if conn.has(Flaw::PayloadOverwritten) {
            self.look_again(chunk);
        }
        self.buffer.extend_from_slice(&chunk[..read]);
        self.read = read;
    }

    /// What is left of the last read is only a view of the memory that this read went to.
    fn look_again(&mut self, chunk: &[u8]) {
        let seen = self.old.min(self.read);
        let view = &chunk[self.read - seen..self.read];
        self.buffer[self.old - seen..].copy_from_slice(view);
    }

    fn deliver(&mut self, conn: &mut Conn) -> Result<(), Said> {
        while let Some(frame) = self.next(conn)? {
            let unsaid = conn.has(Flaw::EmptyFrameDropped) || self.layout.empty == Empty::Skip;
            if !(frame.is_empty() && unsaid) {
                conn.frame(&frame);
            }
            self.last = frame;
            if conn.has(Flaw::FirstOfReadOnly) {
                self.buffer.clear();
            }
            if conn.has(Flaw::OneFrameEachRead) {
                break;
            }
        }
        if conn.has(Flaw::BegunFrameDropped) && self.body.is_none() {
            self.buffer.clear();
        }
        Ok(())
    }

    /// The next whole frame; `None`: more bytes are needed.
    fn next(&mut self, conn: &Conn) -> Result<Option<Vec<u8>>, Said> {
        loop {
            if self.body.is_none() && !self.header(conn)? {
                return Ok(None);
            }
            let Some(body) = self.body.filter(|_| self.skipped()) else {
                return Ok(None);
            };
            let trailer = self.trailer(conn, body.length);
            let mut need = body.length.saturating_add(trailer);
            if conn.has(Flaw::TrailerNotAwaited) && self.buffer.len() >= body.length {
                need = need.min(self.buffer.len());
            }
            if conn.has(Flaw::ShortReadTaken) && !self.buffer.is_empty() {
                need = need.min(self.buffer.len());
            }
            if self.buffer.len() < need || self.stalls(conn, need) {
                self.wait(conn, body);
                return Ok(None);
            }
            self.body = None;
            self.old = 0;
            let mut frame: Vec<u8> = self.buffer.drain(..need).collect();
            let found = frame.split_off(body.length.min(need));
            let unchecked = [
                Flaw::TrailerUnchecked,
                Flaw::TrailerNotAwaited,
                Flaw::ShortReadTaken,
            ];
            if found != self.layout.prefix.trailer[..trailer]
                && !unchecked.iter().any(|&flaw| conn.has(flaw))
            {
                return Err(Said::Malformed);
            }
            if !body.dropped {
                return Ok(Some(frame));
            }
        }
    }

    /// Takes a header off the buffer, if it is there.
    fn header(&mut self, conn: &Conn) -> Result<bool, Said> {
        let (have, header) = (self.buffer.len(), self.layout.header());
        let partial = conn.has(Flaw::HeaderPartial) && have > self.layout.lead;
        if have < header && !partial {
            return Ok(false);
        }
        let mut bytes = &self.buffer[..have.min(header)];
        if conn.has(Flaw::HeaderOfThisRead) && (1..header).contains(&self.old) {
            bytes = &self.buffer[self.old..have.min(self.old + header)];
        }
        let sized = self.layout.length(conn, bytes)?;
        self.buffer.drain(..header.min(have));
        self.old = 0;
        let (length, dropped) = match sized {
            Sized::Payload(length) => (length as usize, false),
            Sized::Over(length) if conn.has(Flaw::DiscardForgetsTheRest) => {
                self.skip = length.min(self.buffer.len() as u64);
                (0, true)
            }
            Sized::Over(_) if conn.has(Flaw::DiscardParsesOn) => (0, true),
            Sized::Over(length) => {
                self.skip = length;
                (0, true)
            }
        };
        if conn.has(Flaw::AnnouncedAllocated) {
            // That there is no memory left is no error yet: nothing has come.
            let _ = self.buffer.try_reserve_exact(length);
        }
        self.body = Some(Body { length, dropped });
        Ok(true)
    }

    /// Passes over a payload over the limit; whether all of it has been.
    fn skipped(&mut self) -> bool {
        let now = self.skip.min(self.buffer.len() as u64);
        self.buffer.drain(..now as usize);
        self.skip -= now;
        self.skip == 0
    }

    /// The length of the trailer behind a payload of this length.
    fn trailer(&self, conn: &Conn, length: usize) -> usize {
        match conn.has(Flaw::EmptyFrameLeavesTrailer) && length == 0 {
            true => 0,
            false => self.layout.prefix.trailer.len(),
        }
    }

    /// A frame is there, and still waits.
    fn stalls(&self, conn: &Conn, need: usize) -> bool {
        let have = self.buffer.len();
        (conn.has(Flaw::ByteBehindAwaited) && have == need)
            || (conn.has(Flaw::EmptyFrameWaits) && need == 0 && have == 0)
    }

    /// What becomes of a header whose payload is not there yet.
    fn wait(&mut self, conn: &Conn, body: Body) {
        if conn.has(Flaw::HeaderForgotten) {
            self.body = None;
        }
        if conn.has(Flaw::FullLengthAgain) {
            let length = body.length.saturating_add(self.buffer.len());
            self.body = Some(Body { length, ..body });
        }
    }

    fn end(&mut self, conn: &mut Conn) -> io::Result<Said> {
        while let Ok(Some(frame)) = self.next(conn) {
            conn.frame(&frame);
        }
        let (have, body) = (self.buffer.len(), self.body);
        if have == 0 && body.is_none() {
            return Ok(Said::Clean);
        }
        if conn.has(Flaw::EndInFrameUnsaid) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(body) = body.filter(|body| !body.dropped) {
            self.end_in_body(conn, body);
        }
        let clean = conn.has(Flaw::EndAlwaysClean)
            || (conn.has(Flaw::EndBehindHeaderClean) && have == 0)
            || (conn.has(Flaw::EndInHeaderClean) && body.is_none());
        Ok(if clean { Said::Clean } else { Said::Truncated })
    }

    /// What becomes of a payload that the end of the stream has cut off.
    fn end_in_body(&mut self, conn: &mut Conn, body: Body) {
        self.buffer.truncate(body.length);
        let have = self.buffer.len();
        if conn.has(Flaw::EndDeliversWhatIsThere) {
            conn.frame(&self.buffer);
        }
        if conn.has(Flaw::EndFillsUp) && have > 0 {
            self.buffer.resize(body.length.min(1 << 20), 0);
            conn.frame(&self.buffer);
        }
        if conn.has(Flaw::EndRepeatsLast) && have < self.last.len() {
            self.last[..have].copy_from_slice(&self.buffer);
            conn.frame(&self.last);
        }
    }
}
