//! Patterns 1 and 2: the whole stream is one message.
//!
//! ```text
//! eof, half-close         a b c d e f FIN
//!                         one frame, known at the end
//! ```

use super::event::{Ending, Event, FrameError, Span, Why};
use super::place::Place;
use super::utf8::Utf8;
use super::{Charset, Empty, Framing, Oversize};

/// Decodes patterns 1 and 2.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    /// The first length that is too long; with `discard` none is an error.
    max: u64,
    discard: bool,
    empty: Empty,
    utf8: Option<Utf8>,
    at: u64,
}

impl Stream {
    pub(super) fn new(framing: &Framing) -> Self {
        Self {
            max: framing.max.unwrap_or(u64::MAX),
            discard: framing.oversize == Oversize::Discard,
            empty: framing.empty,
            utf8: (framing.charset == Charset::Utf8).then(Utf8::default),
            at: 0,
        }
    }

    #[inline(never)]
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), FrameError> {
        let fitting = match usize::try_from(self.max.saturating_sub(self.at)) {
            Ok(fitting) if !self.discard => fitting.min(bytes.len()),
            _ => bytes.len(),
        };
        if let Some((bad, why)) = self.utf8_bad_in(&bytes[..fitting]) {
            return Err(FrameError {
                at: self.at + bad as u64,
                why,
            });
        }
        self.at += fitting as u64;
        match fitting < bytes.len() {
            true => Err(FrameError {
                at: self.at,
                why: Why::Oversize,
            }),
            false => Ok(()),
        }
    }

    /// The place in these bytes after which no continuation makes the stream UTF-8, or none that fits under the limit.
    fn utf8_bad_in(&mut self, bytes: &[u8]) -> Option<(usize, Why)> {
        let utf8 = self.utf8.as_mut()?;
        let room = if self.discard {
            u64::MAX
        } else {
            self.max - self.at
        };
        let refused = |(taken, &byte): (u64, &u8)| match utf8.step(byte) {
            false => Some((taken as usize - 1, Why::NotUtf8)),
            true if utf8.need() > room.saturating_sub(taken) => {
                Some((taken as usize - 1, Why::Oversize))
            }
            true => None,
        };
        (1..).zip(bytes).find_map(refused)
    }

    pub(super) fn finish(&mut self, events: &mut Vec<Event>) -> Ending {
        let why = match self.at {
            _ if self.utf8.is_some_and(|utf8| utf8.need() > 0) => Why::NotUtf8,
            0 if self.empty == Empty::Reject => Why::Empty,
            0 if self.empty == Empty::Skip => return Ending::Clean,
            len if len > self.max => return Ending::Clean,
            len => {
                events.push(Event::Frame(Span {
                    start: 0,
                    end: len,
                    offset: 0,
                    len,
                }));
                return Ending::Clean;
            }
        };
        FrameError { at: self.at, why }.into()
    }

    pub(super) fn place(&self) -> Place {
        match self.at {
            0 => Place::Between,
            at if at > self.max => Place::Dropping,
            _ => Place::Payload,
        }
    }

    pub(super) fn open(&self) -> (u64, u64) {
        (0, if self.at > self.max { 0 } else { self.at })
    }
}
