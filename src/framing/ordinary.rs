//! The short way through delimited frames of which nothing is to be asked: neither too long nor empty nor stripped.
//!
//! Takes places that can begin a delimiter and gives events, as long as the frame before each place is ordinary; at another it stops
//! and leaves it as it is. Invariant: what it reports is what `Delimited` would report, byte by byte.

use super::event::{Event, Span};
use super::search::Places;

/// Which frames are ordinary.
#[derive(Clone, Debug)]
pub(super) struct Ordinary {
    /// The longest first; none where one does not fit into a word.
    delimiters: Vec<Word>,
    /// The longest payload; 0 where payloads are stripped.
    longest: u64,
}

impl Ordinary {
    /// For these delimiters, the longest first.
    pub(super) fn new(delimiters: &[Vec<u8>], max: u64, strip: &[u8]) -> Self {
        let words: Option<Vec<Word>> = delimiters.iter().map(|one| Word::of(one)).collect();
        Self {
            delimiters: words.unwrap_or_default(),
            // Half of all lengths, so that what `Run::wire` gives for a place before the frame is over it.
            longest: if strip.is_empty() {
                max.min(u64::MAX / 2)
            } else {
                0
            },
        }
    }

    /// Takes frames as long as they are ordinary; returns the place behind the one that is not.
    #[inline(always)]
    pub(super) fn take(
        &self,
        run: &mut Run,
        bytes: &[u8],
        places: &mut Places,
        events: &mut Vec<Event>,
    ) -> Option<usize> {
        let word_at = |place: usize| {
            bytes[place..]
                .first_chunk()
                .copied()
                .map(u64::from_le_bytes)
        };
        match self.delimiters[..] {
            [only] => self.take_by(run, places, events, |place| only.begins(word_at(place)?)),
            ref several => self.take_by(run, places, events, |place| {
                let word = word_at(place)?;
                several.iter().find_map(|one| one.begins(word))
            }),
        }
    }

    /// With the length of the delimiter at a place, if there is one.
    #[inline]
    fn take_by(
        &self,
        run: &mut Run,
        places: &mut Places,
        events: &mut Vec<Event>,
        delimiter_at: impl Fn(usize) -> Option<usize>,
    ) -> Option<usize> {
        // Copies, which can stay in registers.
        let (mut going, mut left) = (*run, *places);
        let stopped = left.find(|&place| {
            let wire = going.wire(place);
            let ordinary = wire.wrapping_sub(1) < self.longest;
            let delimiter = if ordinary { delimiter_at(place) } else { None };
            events.extend(delimiter.map(|delimiter| going.frame(place + delimiter, wire)));
            delimiter.is_none()
        });
        (*run, *places) = (going, left);
        stopped
    }
}

/// A delimiter of at most 8 bytes: those under `mask` of a little-endian word.
#[derive(Clone, Copy, Debug)]
struct Word {
    bytes: u64,
    mask: u64,
    len: usize,
}

impl Word {
    fn of(delimiter: &[u8]) -> Option<Self> {
        let mut word = [0; 8];
        word.get_mut(..delimiter.len())?.copy_from_slice(delimiter);
        Some(Self {
            bytes: u64::from_le_bytes(word),
            mask: u64::MAX >> (64 - 8 * delimiter.len()),
            len: delimiter.len(),
        })
    }

    /// The delimiter's length, if it is what the word begins with.
    #[inline]
    fn begins(&self, word: u64) -> Option<usize> {
        (word & self.mask == self.bytes).then_some(self.len)
    }
}

/// How far frames have been taken off bytes whose first has the offset `origin`: `taken` of them, and the next frame begins at the
/// offset `start`, which is `origin + taken`, or before `origin` as long as nothing has been taken.
#[derive(Clone, Copy)]
pub(super) struct Run {
    pub(super) origin: u64,
    pub(super) start: u64,
    pub(super) taken: usize,
}

impl Run {
    /// The bytes of the frame before this place; more than there can be, where the place is before the frame.
    #[inline]
    pub(super) fn wire(&self, place: usize) -> u64 {
        (self.origin + place as u64).wrapping_sub(self.start)
    }

    /// The frame up to `taken`, with the next begun.
    #[inline]
    pub(super) fn frame(&mut self, taken: usize, len: u64) -> Event {
        self.taken = taken;
        let start = std::mem::replace(&mut self.start, self.origin + taken as u64);
        frame(start, self.start, len)
    }
}

/// A frame with its payload in front.
#[inline]
pub(super) fn frame(start: u64, end: u64, len: u64) -> Event {
    Event::Frame(Span {
        start,
        end,
        offset: start,
        len,
    })
}
