//! The decoder of `connections`: what came and is of no frame yet, and how far the frame at hand is known.
//!
//! Invariant: `body` is set only while all of a length and not all of its payload has come, `skip` only while a frame is dropped.

use crate::framing::{Charset, Empty, Endian, Framing, Lead, Length, Oversize, Pattern, Tail};
use crate::run::faulty::conn::Conn;
use crate::suite::{Flaw, Said};

/// Frames that one wake-up is good for, where a server shares its time.
const BUDGET: usize = 16;

/// What a frame is.
pub(super) struct Framer {
    kind: Kind,
    max: usize,
    discard: bool,
}

enum Kind {
    /// A binary length of so many bytes.
    Lengths(usize, Endian),
    /// Lines, from which `strip` is taken off.
    Lines { strip: Vec<u8>, tail: Tail },
}

impl Framer {
    /// `None`: it is not one of those that this program is for.
    pub(super) fn of(framing: &Framing) -> Option<Self> {
        let discard = framing.oversize == Oversize::Discard;
        let kind = match &framing.pattern {
            Pattern::Prefixed(prefix)
                if prefix.lead == Lead::Free(0)
                    && prefix.adjust == 0
                    && prefix.trailer.is_empty() =>
            {
                match prefix.length {
                    Length::Uint { width, endian } => Kind::Lengths(usize::from(width), endian),
                    _ => return None,
                }
            }
            Pattern::Delimited {
                delimiters,
                strip,
                tail,
            } if delimiters[..] == [b"\n"] && !discard => Kind::Lines {
                strip: strip.clone(),
                tail: *tail,
            },
            _ => return None,
        };
        let plain = framing.charset == Charset::Any && framing.empty == Empty::Accept;
        plain.then(|| Self {
            kind,
            max: framing.max.map_or(usize::MAX, |max| max as usize),
            discard,
        })
    }

    /// The length that these bytes hold; of one beyond memory, the most there is.
    fn number(bytes: &[u8], endian: Endian) -> usize {
        let shift = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        let number = match endian {
            Endian::Big => bytes.iter().fold(0, shift),
            Endian::Little => bytes.iter().rev().fold(0, shift),
        };
        usize::try_from(number).unwrap_or(usize::MAX)
    }
}

/// What is held from one read to the next.
#[derive(Default)]
pub(super) struct Reader {
    buffer: Vec<u8>,
    /// How much of the buffer is done with.
    taken: usize,
    /// Up to where the buffer holds no newline.
    scanned: usize,
    body: Option<usize>,
    skip: usize,
    /// Room that was made for an announced length.
    room: Vec<u8>,
    /// Frames that were delivered.
    delivered: usize,
}

impl Reader {
    /// Between two frames.
    pub(super) fn is_idle(&self) -> bool {
        self.buffer.len() == self.taken && self.body.is_none() && self.skip == 0
    }

    /// Takes what one read returned.
    pub(super) fn read(
        &mut self,
        chunk: &[u8],
        framer: &Framer,
        conn: &mut Conn,
    ) -> Result<(), Said> {
        if conn.has(Flaw::BodyConcatenated) {
            self.buffer = [&self.buffer[..], chunk].concat();
        } else {
            self.buffer.extend_from_slice(chunk);
        }
        if conn.has(Flaw::FramesParsedAgain) {
            return self.parse_again(framer, conn);
        }
        let mut budget = match conn.has(Flaw::WakeUpLost) {
            true => BUDGET,
            false => usize::MAX,
        };
        while budget > 0
            && let Some(frame) = self.next(framer, conn)?
        {
            conn.frame(&frame);
            budget -= 1;
        }
        self.buffer.drain(..self.taken);
        self.scanned = self.scanned.saturating_sub(self.taken);
        self.taken = 0;
        Ok(())
    }

    /// Parses all that ever came, and delivers what is new of it.
    fn parse_again(&mut self, framer: &Framer, conn: &mut Conn) -> Result<(), Said> {
        (self.taken, self.scanned, self.body) = (0, 0, None);
        let mut count = 0;
        while let Some(frame) = self.next(framer, conn)? {
            count += 1;
            if count > self.delivered {
                self.delivered = count;
                conn.frame(&frame);
            }
        }
        Ok(())
    }

    fn next(&mut self, framer: &Framer, conn: &Conn) -> Result<Option<Vec<u8>>, Said> {
        match &framer.kind {
            Kind::Lengths(width, endian) => self.next_counted(*width, *endian, framer, conn),
            Kind::Lines { strip, .. } => self.next_line(strip, framer),
        }
    }

    fn next_counted(
        &mut self,
        width: usize,
        endian: Endian,
        framer: &Framer,
        conn: &Conn,
    ) -> Result<Option<Vec<u8>>, Said> {
        loop {
            let skipped = self.skip.min(self.rest().len());
            self.taken += skipped;
            self.skip -= skipped;
            if let Some(body) = self.body {
                let Some(frame) = self.rest().get(..body).map(<[u8]>::to_vec) else {
                    return Ok(None);
                };
                self.taken += body;
                self.body = None;
                return Ok(Some(frame));
            }
            let Some(header) = self.rest().get(..width) else {
                return Ok(None);
            };
            let length = Framer::number(header, endian);
            self.announce(length, conn);
            if conn.has(Flaw::RefusedLengthSkipped) && length > framer.max {
                self.taken += 1;
                continue;
            }
            self.taken += width;
            if length <= framer.max {
                self.body = Some(length);
                if conn.has(Flaw::ReadAheadLost) {
                    self.taken = self.buffer.len();
                }
            } else if framer.discard {
                self.skip = match () {
                    () if conn.has(Flaw::RefusedPayloadParsed) => 0,
                    () if conn.has(Flaw::RefusedPayloadMiscounted) => length - width,
                    () => length,
                };
            } else {
                return Err(Said::Oversize);
            }
        }
    }

    /// Makes room for a payload that was announced.
    fn announce(&mut self, length: usize, conn: &Conn) {
        /// As much as a process may have without anybody noticing at once.
        const RESERVED: usize = 2 << 30;
        /// What is written to is memory indeed.
        const FILLED: usize = 256 << 20;
        self.room = Vec::new();
        if conn.has(Flaw::AnnouncedReserved) {
            // Where there is no room, there is none.
            let _ = self.room.try_reserve_exact(length.min(RESERVED));
        }
        if conn.has(Flaw::AnnouncedFilled) {
            self.room.resize(length.min(FILLED), 1);
        }
    }

    fn next_line(&mut self, strip: &[u8], framer: &Framer) -> Result<Option<Vec<u8>>, Said> {
        let from = self.scanned.max(self.taken);
        let Some(length) = self.buffer[from..].iter().position(|&byte| byte == b'\n') else {
            self.scanned = self.buffer.len();
            let unfinished = self.rest().len();
            return match unfinished > framer.max.saturating_add(strip.len()) {
                true => Err(Said::Oversize),
                false => Ok(None),
            };
        };
        let line = &self.buffer[self.taken..from + length];
        let line = line.strip_suffix(strip).unwrap_or(line).to_vec();
        self.taken = from + length + 1;
        match line.len() > framer.max {
            true => Err(Said::Oversize),
            false => Ok(Some(line)),
        }
    }

    fn rest(&self) -> &[u8] {
        &self.buffer[self.taken..]
    }

    /// No bytes came for a while.
    pub(super) fn waited(&mut self, framer: &Framer, conn: &mut Conn) {
        if conn.has(Flaw::TimeoutForgetsLength) {
            self.body = None;
            return;
        }
        if conn.has(Flaw::PauseEndsFrame) && !self.is_idle() {
            match (&framer.kind, self.body) {
                // A part of a length is no frame.
                (Kind::Lengths(..), None) => {}
                _ => conn.frame(self.rest()),
            }
        }
        *self = Self::default();
    }

    /// How the stream ended.
    pub(super) fn end(&mut self, framer: &Framer, conn: &mut Conn) -> Said {
        while let Ok(Some(frame)) = self.next(framer, conn) {
            conn.frame(&frame);
        }
        if self.is_idle() {
            return Said::Clean;
        }
        let Kind::Lines {
            strip,
            tail: Tail::Frame,
        } = &framer.kind
        else {
            return Said::Truncated;
        };
        let rest = self.rest();
        let line = rest.strip_suffix(&strip[..]).unwrap_or(rest);
        if line.len() > framer.max {
            return Said::Oversize;
        }
        conn.frame(line);
        Said::Clean
    }
}
