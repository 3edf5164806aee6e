//! What is checked: anything that takes the bytes of a stream in chunks and gives out what it decoded.
//!
//! A push parser implements [`Codec`], or is a closure; what pulls its bytes implements [`Subject`]. Both write into an [`Out`], which
//! only records. Invariant: each thing recorded knows how much had been handed over by then, and how much had been taken in full when
//! more was asked for, so that what came too early or too late is known without a clock.

use std::cell::Cell;
use std::fmt::Display;
use std::rc::Rc;

use super::halt::Halt;
use super::point;

/// What decodes one stream, of which it asks for chunk after chunk. It is made anew for each stream.
///
/// Whatever is a [`Codec`] is one. [`reader`](super::reader) and `decoder` (feature `tokio-util`) make one of other things.
pub trait Subject {
    /// Why a stream is refused; of it only the text is shown.
    type Error: Display;

    /// Decodes a stream to its end, or to the first error.
    ///
    /// # Errors
    /// The stream is malformed, has a payload over the limit, or ends inside a message.
    fn decode(&mut self, chunks: &mut Chunks<'_>, out: &mut Out) -> Result<(), Self::Error>;
}

/// A decoder that is given the bytes of one stream, however they were cut.
///
/// A closure is one: `None` is the end of the stream.
///
/// ```
/// use std::convert::Infallible;
/// use framecheck::conformance::{self, Out};
///
/// // Ten bytes are a message; what is left at the end is one, too.
/// let framing = "fixed:10,tail=frame".parse().unwrap();
/// conformance::check(&framing, || {
///     let mut held = Vec::new();
///     move |bytes: Option<&[u8]>, out: &mut Out| -> Result<(), Infallible> {
///         held.extend_from_slice(bytes.unwrap_or_default());
///         while held.len() >= 10 {
///             out.payload(&held[..10]);
///             held.drain(..10);
///         }
///         if bytes.is_none() && !held.is_empty() {
///             out.payload(&held);
///         }
///         Ok(())
///     }
/// });
/// ```
pub trait Codec {
    /// Why a stream is refused; of it only the text is shown.
    type Error: Display;

    /// Takes the next bytes, at least one, and gives out all that they complete.
    ///
    /// # Errors
    /// The stream cannot go on.
    fn push(&mut self, bytes: &[u8], out: &mut Out) -> Result<(), Self::Error>;

    /// The stream has ended: gives out what that completes.
    ///
    /// # Errors
    /// It may not end here.
    fn finish(&mut self, out: &mut Out) -> Result<(), Self::Error>;
}

impl<F, E> Codec for F
where
    F: FnMut(Option<&[u8]>, &mut Out) -> Result<(), E>,
    E: Display,
{
    type Error = E;

    fn push(&mut self, bytes: &[u8], out: &mut Out) -> Result<(), E> {
        self(Some(bytes), out)
    }

    fn finish(&mut self, out: &mut Out) -> Result<(), E> {
        self(None, out)
    }
}

impl<C: Codec> Subject for C {
    type Error = C::Error;

    fn decode(&mut self, chunks: &mut Chunks<'_>, out: &mut Out) -> Result<(), C::Error> {
        for bytes in chunks {
            self.push(bytes, out)?;
        }
        self.finish(out)
    }
}

/// The chunks of a stream, in order; to ask for the next one is to say that all before it was taken. `None` is its end.
#[derive(Debug)]
pub struct Chunks<'a> {
    wire: &'a [u8],
    cuts: std::slice::Iter<'a, usize>,
    from: usize,
    /// How often it was asked behind the end.
    asked_behind: usize,
    clock: Rc<Cell<Clock>>,
}

/// How often a subject may ask for more behind the end: some look twice, and one that goes on for ever must not.
const MOST_ASKED_BEHIND: usize = 1000;

impl<'a> Chunks<'a> {
    /// A stream that is cut at these places, as `out` will see it.
    pub(super) fn new(wire: &'a [u8], cuts: &'a [usize], out: &Out) -> Self {
        Self {
            wire,
            cuts: cuts.iter(),
            from: 0,
            asked_behind: 0,
            clock: Rc::clone(&out.clock),
        }
    }
}

impl<'a> Chunks<'a> {
    /// The next chunk, or as much of it; the rest is the next chunk then. `most` is at least 1.
    pub(super) fn next_up_to(&mut self, most: usize) -> Option<&'a [u8]> {
        // Looking at the end twice makes nothing late.
        let asked = self.from as u64;
        if self.from == self.wire.len() {
            let sent = point::END;
            self.clock.set(Clock { sent, asked });
            self.asked_behind += 1;
            if self.asked_behind > MOST_ASKED_BEHIND {
                Halt::Hang.raise();
            }
            return None;
        }
        let cut = self.cuts.as_slice().first().copied();
        let chunk = &self.wire[self.from..cut.unwrap_or(self.wire.len())];
        let taken = &chunk[..chunk.len().min(most)];
        if taken.len() == chunk.len() {
            self.cuts.next();
        }
        self.from += taken.len();
        let sent = self.from as u64;
        self.clock.set(Clock { sent, asked });
        Some(taken)
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        self.next_up_to(usize::MAX)
    }
}

/// How far a subject is, as [`point`] counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Clock {
    /// So much has been handed over.
    pub(super) sent: u64,
    /// So much had been, when it last asked for more.
    pub(super) asked: u64,
}

/// Takes what a subject decoded.
#[derive(Debug, Default)]
pub struct Out {
    clock: Rc<Cell<Clock>>,
    /// All payloads, one behind the other.
    pub(super) bytes: Vec<u8>,
    pub(super) things: Vec<Thing>,
    /// More things than this are a flood.
    most: usize,
}

/// Something that came: the payload up to `end` in the bytes of all, or where `done` is set the end of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Thing {
    pub(super) end: usize,
    pub(super) done: bool,
    pub(super) clock: Clock,
}

/// How many things more than are due may come before it is a flood.
const MOST_MORE: usize = 100;

impl Out {
    /// A message has come, with this payload: in pattern 6 a block, or where a frame is a whole series (`unit=series`) its blocks joined.
    pub fn payload(&mut self, payload: &[u8]) {
        self.bytes.extend_from_slice(payload);
        self.thing(false);
    }

    /// A series of blocks has ended (pattern 6 with `unit=block`).
    pub fn done(&mut self) {
        self.thing(true);
    }

    fn thing(&mut self, done: bool) {
        if self.things.len() >= self.most {
            Halt::Flood.raise();
        }
        self.things.push(Thing {
            end: self.bytes.len(),
            done,
            clock: self.clock.get(),
        });
    }

    /// Forgets all; a stream begins of which so many things are due.
    pub(super) fn begin(&mut self, due: usize) {
        self.clock.set(Clock::default());
        self.bytes.clear();
        self.things.clear();
        self.most = due + MOST_MORE;
    }

    /// Payload of one of the things; none for the end of a series.
    pub(super) fn payload_of(&self, number: usize) -> &[u8] {
        let from = number.checked_sub(1).map_or(0, |at| self.things[at].end);
        &self.bytes[from..self.things[number].end]
    }
}
