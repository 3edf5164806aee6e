//! Pattern 3: messages of a fixed length.
//!
//! ```text
//! fixed:4                 a b c d | e f g h | i j
//!                         frame     frame     the tail: truncated, a frame, or filled up
//! ```

use super::event::{Ending, Event, FrameError, Span, Why};
use super::place::Place;
use super::utf8::Utf8;
use super::{Charset, Framing, Tail};

/// Decodes pattern 3. Invariant: `at - start < size`.
#[derive(Clone, Debug)]
pub(super) struct Fixed {
    size: u64,
    tail: Tail,
    utf8: Option<Utf8>,
    start: u64,
    at: u64,
}

impl Fixed {
    pub(super) fn new(framing: &Framing, size: u64, tail: Tail) -> Self {
        Self {
            size,
            tail,
            utf8: (framing.charset == Charset::Utf8).then(Utf8::default),
            start: 0,
            at: 0,
        }
    }

    #[inline(never)]
    pub(super) fn push(
        &mut self,
        mut bytes: &[u8],
        events: &mut Vec<Event>,
    ) -> Result<(), FrameError> {
        while !bytes.is_empty() {
            let left = self.size - (self.at - self.start);
            let now = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
            if let Some(bad) = self.utf8_bad_in(&bytes[..now], left) {
                return Err(FrameError {
                    at: self.at + bad as u64,
                    why: Why::NotUtf8,
                });
            }
            bytes = &bytes[now..];
            self.at += now as u64;
            if self.at - self.start == self.size {
                events.push(self.frame(self.size));
            }
        }
        Ok(())
    }

    /// The place in these bytes after which no continuation makes the message UTF-8; a sequence must fit into what is `left`.
    fn utf8_bad_in(&mut self, bytes: &[u8], left: u64) -> Option<usize> {
        let utf8 = self.utf8.as_mut()?;
        (1..)
            .zip(bytes)
            .position(|(taken, &byte)| !utf8.step(byte) || utf8.need() > left - taken)
    }

    fn frame(&mut self, len: u64) -> Event {
        let start = std::mem::replace(&mut self.start, self.at);
        Event::Frame(Span {
            start,
            end: self.at,
            offset: start,
            len,
        })
    }

    pub(super) fn finish(&mut self, events: &mut Vec<Event>) -> Ending {
        let got = self.at - self.start;
        let len = match self.tail {
            _ if got == 0 => return Ending::Clean,
            Tail::Truncated => return Ending::Truncated { from: self.start },
            Tail::Frame => got,
            Tail::Pad(_) => self.size,
        };
        if self.utf8.is_some_and(|utf8| utf8.need() > 0) {
            return FrameError {
                at: self.at,
                why: Why::NotUtf8,
            }
            .into();
        }
        events.push(self.frame(len));
        Ending::Clean
    }

    pub(super) fn place(&self) -> Place {
        match self.at - self.start {
            0 => Place::Between,
            got if got + 1 == self.size => Place::LastByte,
            _ => Place::Payload,
        }
    }

    pub(super) fn open(&self) -> (u64, u64) {
        (self.start, self.at)
    }
}
