//! Payload bytes for events: what a decoder reports as offsets, joined with the bytes that lie there.
//!
//! A [`Sink`] is fed the payload in pieces as they come, so that the checksum of a frame of any size costs no memory. Invariant:
//! `held` begins at the first byte that may still become payload of the frame in progress; the sink has all before it.

use super::decoder::Decoder;
use super::event::{Ending, Event, FrameError, Span};
use super::{Framing, Pattern, Tail, Unit};

/// What payload bytes are fed to.
pub trait Sink: Default {
    /// The next bytes of the payload.
    fn feed(&mut self, bytes: &[u8]);
    /// Forgets all; another payload begins.
    fn clear(&mut self);
}

impl Sink for Vec<u8> {
    fn feed(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }

    fn clear(&mut self) {
        Vec::clear(self);
    }
}

/// The CRC-32 of a payload, as in zlib and PNG.
#[derive(Clone, Debug, Default)]
pub struct Checksum(crc32fast::Hasher);

impl Checksum {
    /// Of the bytes so far.
    #[must_use]
    pub fn value(&self) -> u32 {
        self.0.clone().finalize()
    }
}

impl Sink for Checksum {
    fn feed(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn clear(&mut self) {
        self.0.reset();
    }
}

/// A decoder that hands each payload out with its event.
#[derive(Debug)]
pub struct Payloads<S> {
    decoder: Decoder,
    pad: Option<u8>,
    /// The payload of the frame or block in progress.
    one: S,
    /// That of the series in progress, where the frame is the series.
    series: Option<S>,
    /// Where the payload in progress began, and how far the sinks have it.
    open: std::ops::Range<u64>,
    /// The last bytes pushed, of which nothing is certain yet.
    held: Vec<u8>,
    /// The offset behind the last byte pushed.
    at: u64,
    events: Vec<Event>,
}

impl<S: Sink> Payloads<S> {
    /// At the beginning of a stream.
    #[must_use]
    pub fn new(framing: &Framing) -> Self {
        Self {
            decoder: Decoder::new(framing),
            pad: match framing.pattern {
                Pattern::Fixed {
                    tail: Tail::Pad(byte),
                    ..
                } => Some(byte),
                _ => None,
            },
            one: S::default(),
            series: matches!(
                framing.pattern,
                Pattern::Blocks {
                    unit: Unit::Series,
                    ..
                }
            )
            .then(S::default),
            open: 0..0,
            held: Vec::new(),
            at: 0,
            events: Vec::new(),
        }
    }

    /// Takes the next bytes; gives each event with its payload (nothing, for [`Event::Done`]).
    ///
    /// # Errors
    /// As [`Decoder::push`].
    pub fn push(
        &mut self,
        bytes: &[u8],
        mut each: impl FnMut(Event, &S),
    ) -> Result<(), FrameError> {
        let joined;
        let (window, from) = match self.held.is_empty() {
            true => (bytes, self.at),
            false => {
                let from = self.at - self.held.len() as u64;
                self.held.extend_from_slice(bytes);
                joined = std::mem::take(&mut self.held);
                (&joined[..], from)
            }
        };
        self.at += bytes.len() as u64;
        let mut events = std::mem::take(&mut self.events);
        let pushed = self.decoder.push(bytes, &mut events);
        for event in events.drain(..) {
            self.hand_out(
                event,
                Window {
                    bytes: window,
                    from,
                },
                &mut each,
            );
        }
        self.events = events;
        if pushed.is_ok() {
            self.take_open(Window {
                bytes: window,
                from,
            });
        }
        pushed
    }

    /// The end of the stream: gives what it completes, and says how the stream stood.
    pub fn finish(&mut self, mut each: impl FnMut(Event, &S)) -> Ending {
        let mut events = std::mem::take(&mut self.events);
        let ending = self.decoder.finish(&mut events);
        let held = std::mem::take(&mut self.held);
        let window = Window {
            bytes: &held,
            from: self.at - held.len() as u64,
        };
        for event in events {
            self.hand_out(event, window, &mut each);
        }
        ending
    }

    fn hand_out(&mut self, event: Event, window: Window, each: &mut impl FnMut(Event, &S)) {
        match (event, &mut self.series) {
            (Event::Frame(_), Some(series)) => each(event, series),
            (Event::Done { .. }, series) => {
                each(event, &S::default());
                series.iter_mut().for_each(Sink::clear);
            }
            (Event::Frame(span) | Event::Block(span), _) => {
                self.rest_of(span, window);
                each(event, &self.one);
            }
        }
        self.one.clear();
        self.open = 0..0;
    }

    /// Feeds what the sinks do not have yet of a payload that is complete.
    fn rest_of(&mut self, span: Span, window: Window) {
        if self.open.start != span.offset {
            self.begin(span.offset);
        }
        let on_wire = span.offset + span.len.min(span.end - span.offset);
        self.feed(window.part(self.open.end, on_wire));
        if let Some(pad) = self.pad {
            self.fill(pad, span.offset + span.len - on_wire);
        }
    }

    /// Feeds so many bytes that are not on the wire.
    fn fill(&mut self, pad: u8, mut missing: u64) {
        let filling = [pad; 4096];
        while missing > 0 {
            let now = missing.min(filling.len() as u64);
            self.feed(&filling[..now as usize]);
            missing -= now;
        }
    }

    /// Feeds what has become certain of the payload in progress, and holds the bytes behind it.
    fn take_open(&mut self, window: Window) {
        let open = self.decoder.open();
        if open.is_empty() || open.start != self.open.start {
            self.begin(open.start);
        }
        self.feed(window.part(self.open.end, open.end));
        self.open.end = open.end;
        self.held = window.part(open.end, self.at).to_vec();
    }

    fn begin(&mut self, start: u64) {
        self.one.clear();
        self.open = start..start;
    }

    fn feed(&mut self, bytes: &[u8]) {
        self.one.feed(bytes);
        if let Some(series) = &mut self.series {
            series.feed(bytes);
        }
    }
}

/// Bytes of the stream, from an offset on.
#[derive(Clone, Copy)]
struct Window<'a> {
    bytes: &'a [u8],
    from: u64,
}

impl<'a> Window<'a> {
    fn part(&self, start: u64, end: u64) -> &'a [u8] {
        let place = |at: u64| {
            usize::try_from(at.saturating_sub(self.from))
                .map_or(self.bytes.len(), |at| at.min(self.bytes.len()))
        };
        &self.bytes[place(start)..place(end).max(place(start))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_filling_is_fed_to_its_last_byte() {
        let framing = "fixed:10001,tail=pad:x".parse().expect("a framing");
        let mut payloads = Payloads::<Vec<u8>>::new(&framing);
        payloads.push(b"ab", |_, _| {}).expect("no error");
        let mut filled = Vec::new();
        payloads.finish(|_, payload| filled.clone_from(payload));
        assert_eq!(filled, [b"ab".to_vec(), vec![b'x'; 9999]].concat());
    }
}
