//! The streaming decoder: bytes in, events out, however the bytes were cut.
//!
//! It keeps a few words of state whatever the frame's size, copies no payload and reads none twice. Invariant: the events
//! and the ending depend on the bytes alone, never on how they were divided into pushes.

use super::blocks::Blocks;
use super::delimited::Delimited;
use super::event::{Ending, Event, FrameError};
use super::fixed::Fixed;
use super::place::Place;
use super::prefixed::Prefixed;
use super::stream::Stream;
use super::{Framing, Pattern};

/// Decodes one direction of one connection.
///
/// ```
/// use framecheck::framing::{Decoder, Ending, Framing};
///
/// let framing: Framing = r"prefixed:decimal,end=:,trailer=\,".parse().unwrap();
/// let mut decoder = Decoder::new(&framing);
/// let mut events = Vec::new();
/// decoder.push(b"5:hel", &mut events).unwrap();
/// assert!(events.is_empty());
/// decoder.push(b"lo,", &mut events).unwrap();
/// assert_eq!(events.len(), 1);
/// assert_eq!(decoder.finish(&mut events), Ending::Clean);
/// ```
#[derive(Clone, Debug)]
pub struct Decoder {
    pattern: Patterns,
    error: Option<FrameError>,
}

#[derive(Clone, Debug)]
enum Patterns {
    Stream(Stream),
    Fixed(Fixed),
    Delimited(Delimited),
    Prefixed(Prefixed),
    Blocks(Blocks),
}

impl Decoder {
    /// A decoder at the beginning of a stream.
    #[must_use]
    pub fn new(framing: &Framing) -> Self {
        let pattern = match &framing.pattern {
            Pattern::Eof | Pattern::HalfClose => Patterns::Stream(Stream::new(framing)),
            Pattern::Fixed { size, tail } => Patterns::Fixed(Fixed::new(framing, *size, *tail)),
            Pattern::Delimited {
                delimiters,
                strip,
                tail,
            } => Patterns::Delimited(Delimited::new(framing, delimiters, strip, *tail)),
            Pattern::Prefixed(prefix) => Patterns::Prefixed(Prefixed::new(framing, prefix)),
            Pattern::Blocks {
                prefix,
                series,
                unit,
                extensions,
            } => Patterns::Blocks(Blocks::new(framing, prefix, *series, *unit, *extensions)),
        };
        Self {
            pattern,
            error: None,
        }
    }

    /// Takes the next bytes and appends what they complete; no bytes do nothing.
    ///
    /// # Errors
    /// The bytes cannot be a valid stream, however they go on. What came before the error has been appended; the error stays.
    pub fn push(&mut self, bytes: &[u8], events: &mut Vec<Event>) -> Result<(), FrameError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let pushed = match &mut self.pattern {
            Patterns::Stream(stream) => stream.push(bytes),
            Patterns::Fixed(fixed) => fixed.push(bytes, events),
            Patterns::Delimited(delimited) => delimited.push(bytes, events),
            Patterns::Prefixed(prefixed) => prefixed.push(bytes, events),
            Patterns::Blocks(blocks) => blocks.push(bytes, events),
        };
        if pushed.is_err() {
            self.error = pushed.err();
        }
        pushed
    }

    /// The peer has closed its sending half: appends what that completes, and says how the stream stood. To be called once.
    pub fn finish(&mut self, events: &mut Vec<Event>) -> Ending {
        match (&mut self.pattern, self.error) {
            (_, Some(error)) => error.into(),
            (Patterns::Stream(stream), None) => stream.finish(events),
            (Patterns::Fixed(fixed), None) => fixed.finish(events),
            (Patterns::Delimited(delimited), None) => delimited.finish(events),
            (Patterns::Prefixed(prefixed), None) => prefixed.finish(),
            (Patterns::Blocks(blocks), None) => blocks.finish(),
        }
    }

    /// The offsets of the payload so far of the frame or block in progress: bytes that no continuation takes out of it. Empty
    /// where there is none, or where it is being dropped.
    #[must_use]
    pub fn open(&self) -> std::ops::Range<u64> {
        let (from, to) = match &self.pattern {
            Patterns::Stream(stream) => stream.open(),
            Patterns::Fixed(fixed) => fixed.open(),
            Patterns::Delimited(delimited) => delimited.open(),
            Patterns::Prefixed(prefixed) => prefixed.open(),
            Patterns::Blocks(blocks) => blocks.open(),
        };
        from..to
    }

    /// Where in a frame the bytes so far stand.
    #[must_use]
    pub fn place(&self) -> Place {
        match &self.pattern {
            _ if self.error.is_some() => Place::Failed,
            Patterns::Stream(stream) => stream.place(),
            Patterns::Fixed(fixed) => fixed.place(),
            Patterns::Delimited(delimited) => delimited.place(),
            Patterns::Prefixed(prefixed) => prefixed.place(),
            Patterns::Blocks(blocks) => blocks.place(),
        }
    }
}

/// Decodes a whole stream at once: its events, and how it ended.
#[must_use]
pub fn decode(framing: &Framing, wire: &[u8]) -> (Vec<Event>, Ending) {
    let mut decoder = Decoder::new(framing);
    let mut events = Vec::new();
    // The error, if any, is what `finish` says.
    let _ = decoder.push(wire, &mut events);
    let ending = decoder.finish(&mut events);
    (events, ending)
}
