//! Pattern 4: messages ended by a byte string, the earliest of several, at one place the longest.
//!
//! ```text
//! delimited:\r\n          a b \r c \r \n | \r \n | d
//!                         payload  ^delimiter      ^the tail
//! ```
//!
//! Most bytes pass in bulk, from one place that can begin a delimiter to the next. Where it is open what stands there, or wrong, bytes
//! are taken one by one and stay `pending` until it is clear. Invariant: `at - start == settled + recent.len() + pending.len()`, where
//! `recent` is no longer than `strip` and `pending` shorter than the longest delimiter: the state does not grow with the frame.

use std::cmp::Ordering;
use std::ops::Range;

use memchr::memmem;

use super::event::{Ending, Event, FrameError, Why};
use super::ordinary::{Ordinary, Run, frame};
use super::place::Place;
use super::search::{Places, Search, begins_with};
use super::utf8::Utf8;
use super::{Charset, Empty, Framing, Oversize, Pattern, Tail};

/// Decodes pattern 4.
#[derive(Clone, Debug)]
pub(super) struct Delimited {
    rules: Rules,
    search: Search,
    ordinary: Ordinary,
    at: u64,
    start: u64,
    /// The last bytes of payload, which `strip` may take off.
    recent: Vec<u8>,
    /// Bytes that may be a delimiter, or the beginning of one.
    pending: Vec<u8>,
    /// What the payload before `recent` has been, with `charset=utf-8`.
    utf8: Utf8,
    /// A payload byte before `recent` was not UTF-8.
    spoilt: bool,
}

#[derive(Clone, Debug)]
struct Rules {
    /// The longest first.
    delimiters: Vec<Vec<u8>>,
    strip: Vec<u8>,
    tail: Tail,
    /// The longest payload that is reported.
    max: u64,
    /// The longest payload that is no error.
    limit: u64,
    empty: Empty,
    utf8: bool,
    /// Each byte must be looked at: payloads are UTF-8, or a delimiter inside another can be found before it counts.
    slow: bool,
}

/// What bytes are that may be a delimiter.
enum Match {
    /// A delimiter of so many bytes.
    Found(usize),
    /// The beginning of one, or of a longer one.
    Open,
    /// The first of them begins none.
    None,
}

impl Delimited {
    pub(super) fn new(framing: &Framing, delimiters: &[Vec<u8>], strip: &[u8], tail: Tail) -> Self {
        let max = framing.max.unwrap_or(u64::MAX);
        let mut longest_first = delimiters.to_vec();
        longest_first.sort_by_key(|delimiter| std::cmp::Reverse(delimiter.len()));
        Self {
            search: Search::of_first_bytes(&longest_first),
            ordinary: Ordinary::new(&longest_first, max, strip),
            rules: Rules {
                delimiters: longest_first,
                strip: strip.to_vec(),
                tail,
                max,
                limit: match framing.oversize {
                    Oversize::Close => max,
                    Oversize::Discard => u64::MAX,
                },
                empty: framing.empty,
                utf8: framing.charset == Charset::Utf8,
                slow: framing.charset == Charset::Utf8 || is_nested(delimiters),
            },
            at: 0,
            start: 0,
            recent: Vec::new(),
            pending: Vec::new(),
            utf8: Utf8::default(),
            spoilt: false,
        }
    }

    #[inline(never)]
    pub(super) fn push(
        &mut self,
        mut bytes: &[u8],
        events: &mut Vec<Event>,
    ) -> Result<(), FrameError> {
        loop {
            if self.pending.is_empty() && !self.rules.slow {
                let bulk = self.bulk(bytes, events);
                bytes = &bytes[bulk..];
            }
            let Some((&byte, rest)) = bytes.split_first() else {
                return Ok(());
            };
            self.step(byte, events)?;
            bytes = rest;
        }
    }

    /// Takes off the front what cannot be wrong: whole frames, and payload within the limit. Returns how many bytes.
    fn bulk(&mut self, bytes: &[u8], events: &mut Vec<Event>) -> usize {
        let mut run = Run {
            origin: self.at,
            start: self.start,
            taken: 0,
        };
        let (mut places, mut unclear) = (Places::default(), None);
        while unclear.is_none() && self.search.advance(bytes, &mut places) {
            while let Some(place) = self.ordinary.take(&mut run, bytes, &mut places, events) {
                let Some(next) = self.take_frame(place, bytes, run, events) else {
                    unclear = Some(place);
                    break;
                };
                run = next;
            }
        }
        (self.at, self.start) = (run.origin + run.taken as u64, run.start);
        let room = run.taken.saturating_add(self.room());
        let to = room.min(unclear.unwrap_or(bytes.len()));
        // Where a delimiter was still open at the limit, the next bytes must remind of it: an error stands at the byte that made it certain.
        let open = self.rules.open_at(&bytes[..to], run.taken..to);
        let to = open.unwrap_or(to);
        self.settle(&bytes[run.taken..to]);
        to
    }

    /// Takes the frame whose delimiter is at this place, where one is; `None`: it is open what is there, or an error.
    fn take_frame(
        &mut self,
        place: usize,
        bytes: &[u8],
        mut run: Run,
        events: &mut Vec<Event>,
    ) -> Option<Run> {
        if place < run.taken {
            // It is in the delimiter of the frame before.
            return Some(run);
        }
        let wire = run.wire(place);
        match self.rules.look(&bytes[place..]) {
            _ if wire > self.rules.limit => None,
            Match::None => Some(run),
            Match::Open => None,
            Match::Found(delimiter) => {
                let len = wire - self.stripped(&bytes[run.taken..place]);
                if len == 0 && self.rules.empty == Empty::Reject {
                    return None;
                }
                let frame = run.frame(place + delimiter, len);
                self.recent.clear();
                events.extend(self.rules.is_reported(len).then_some(frame));
                Some(run)
            }
        }
    }

    /// Bytes that the payload can still grow by.
    fn room(&self) -> usize {
        let room = self.rules.limit.saturating_sub(self.at - self.start);
        usize::try_from(room).unwrap_or(usize::MAX)
    }

    /// How many of the bytes before a delimiter `strip` takes off, when `payload` are the last of them.
    fn stripped(&self, payload: &[u8]) -> u64 {
        let strip = &self.rules.strip[..];
        if strip.is_empty() {
            return 0;
        }
        let before = strip.len().saturating_sub(payload.len());
        let ends = match before {
            0 => payload.ends_with(strip),
            _ => self.recent.ends_with(&strip[..before]) && strip.ends_with(payload),
        };
        if ends { strip.len() as u64 } else { 0 }
    }

    /// Reports the frame at hand, up to `end`, and begins the next.
    fn report(&mut self, len: u64, end: u64, events: &mut Vec<Event>) {
        let frame = frame(self.start, end, len);
        events.extend(self.rules.is_reported(len).then_some(frame));
        self.start = end;
        self.recent.clear();
    }

    /// Counts bytes as payload, whatever follows.
    fn settle(&mut self, payload: &[u8]) {
        self.at += payload.len() as u64;
        let keep = self.rules.strip.len();
        if keep > 0 {
            self.recent
                .extend_from_slice(&payload[payload.len().saturating_sub(keep)..]);
            self.recent.drain(..self.recent.len().saturating_sub(keep));
        }
    }

    /// Takes one byte, whatever it does.
    fn step(&mut self, byte: u8, events: &mut Vec<Event>) -> Result<(), FrameError> {
        let at = self.at;
        let refused = |why| FrameError { at, why };
        self.pending.push(byte);
        self.at += 1;
        while !self.pending.is_empty() {
            match self.rules.look(&self.pending) {
                Match::Open => break,
                Match::Found(len) => self.end_frame(len, events).map_err(refused)?,
                Match::None => self.first_pending_is_payload(),
            }
        }
        self.refuse_every_continuation()
            .map_or(Ok(()), |why| Err(refused(why)))
    }

    /// A delimiter of so many bytes stands at the front of `pending`: what is before it is the frame.
    fn end_frame(&mut self, delimiter: usize, events: &mut Vec<Event>) -> Result<(), Why> {
        let len = self.payload_ending_at(0)?;
        let end = self.at - (self.pending.len() - delimiter) as u64;
        self.pending.drain(..delimiter);
        self.utf8 = Utf8::default();
        self.report(len, end, events);
        Ok(())
    }

    fn first_pending_is_payload(&mut self) {
        self.recent.push(self.pending.remove(0));
        if self.recent.len() > self.rules.strip.len() {
            let settled = self.recent.remove(0);
            self.spoilt |= self.rules.utf8 && !self.utf8.step(settled);
        }
    }

    /// Why no continuation of the bytes so far is right; the outcome with the shortest payload names the reason.
    fn refuse_every_continuation(&self) -> Option<Why> {
        if self.at == self.start {
            return None;
        }
        let mut reason = None;
        for ending in 0..self.pending.len() {
            let complete = self.rules.longest_at(&self.pending[ending..]);
            let open = self.rules.can_end_at(&self.pending, ending);
            if complete.is_none() && !open {
                continue;
            }
            let behind = complete.filter(|_| !open).map(|len| ending + len);
            let frame = self.payload_ending_at(ending);
            match frame.and_then(|_| behind.map_or(Ok(()), |place| self.going_on_behind(place))) {
                Ok(()) => return None,
                Err(why) => reason = reason.or(Some(why)),
            }
            if complete.is_some() {
                return reason;
            }
        }
        self.payload_going_on()
            .err()
            .map(|why| reason.unwrap_or(why))
    }

    /// Whether the next frame can become right if it begins with `pending[place]`.
    fn going_on_behind(&self, place: usize) -> Result<(), Why> {
        let start = self.at - (self.pending.len() - place) as u64;
        let mut next = Self {
            rules: self.rules.clone(),
            search: self.search.clone(),
            ordinary: self.ordinary.clone(),
            at: start,
            start,
            recent: Vec::new(),
            pending: Vec::new(),
            utf8: Utf8::default(),
            spoilt: false,
        };
        let mut steps = self.pending[place..].iter();
        let stepped = steps.try_for_each(|&byte| next.step(byte, &mut Vec::new()));
        stepped.map_err(|error| error.why)
    }

    /// The length of the payload that ends before `pending[ending]`, if it is right.
    fn payload_ending_at(&self, ending: usize) -> Result<u64, Why> {
        let (held, wire) = self.held(ending);
        let stripped = match held.ends_with(&self.rules.strip) {
            true => self.rules.strip.len(),
            false => 0,
        };
        let len = wire - stripped as u64;
        match len {
            _ if len > self.rules.limit => Err(Why::Oversize),
            0 if self.rules.empty == Empty::Reject => Err(Why::Empty),
            _ if !self.is_utf8(&held[..held.len() - stripped]) => Err(Why::NotUtf8),
            _ => Ok(len),
        }
    }

    /// Whether a payload that has all these bytes in it can still become right: as it goes on, or with its last bytes stripped.
    fn payload_going_on(&self) -> Result<(), Why> {
        let (held, wire) = self.held(self.pending.len());
        let stripped = self.stripped_lengths(&held, wire);
        if stripped
            .iter()
            .any(|&len| len > 0 || self.rules.empty != Empty::Reject)
        {
            return Ok(());
        }
        match self.utf8_after(&held) {
            Some(utf8) if self.fits_whole(&held, wire + utf8.need()) => Ok(()),
            _ if !stripped.is_empty() => Err(Why::Empty),
            None if wire <= self.rules.limit => Err(Why::NotUtf8),
            _ => Err(Why::Oversize),
        }
    }

    /// The lengths of the right payloads that are left when these bytes are followed by the rest of `strip` and a delimiter.
    fn stripped_lengths(&self, held: &[u8], wire: u64) -> Vec<u64> {
        let strip = &self.rules.strip[..];
        let right = |cut: &usize| {
            let payload = held.strip_suffix(&strip[..*cut]);
            payload.is_some_and(|payload| {
                wire - *cut as u64 <= self.rules.limit
                    && self.is_utf8(payload)
                    && self.can_end_behind(&strip[*cut..])
            })
        };
        let cuts = (1..=strip.len()).filter(right);
        cuts.map(|cut| wire - cut as u64).collect()
    }

    /// Whether bytes that need so many as a payload can all be one. Only where not one more fits, a delimiter must follow at once.
    fn fits_whole(&self, held: &[u8], needed: u64) -> bool {
        let strip = &self.rules.strip[..];
        match needed.cmp(&self.rules.limit) {
            Ordering::Less => true,
            Ordering::Greater => false,
            Ordering::Equal => {
                let open = self.utf8_after(held).is_some_and(|utf8| utf8.need() > 0);
                let kept = strip.is_empty() || !held.ends_with(strip);
                open || (kept && self.can_end_behind(&[])) || self.can_end_behind(strip)
            }
        }
    }

    /// Whether these bytes can follow, and then a delimiter or the end of the stream, so that all pending bytes are payload.
    fn can_end_behind(&self, more: &[u8]) -> bool {
        let bytes = [&self.pending, more].concat();
        let last = self.rules.tail == Tail::Frame && self.rules.first_place(&bytes).is_none();
        let ends = |delimiter: &Vec<u8>| {
            self.rules.first_place(&[&bytes, &delimiter[..]].concat()) == Some(bytes.len())
        };
        last || self.rules.delimiters.iter().any(ends)
    }

    /// The bytes that are not settled, up to `pending[ending]`, and the bytes of the frame up to there.
    fn held(&self, ending: usize) -> (Vec<u8>, u64) {
        let held = [&self.recent, &self.pending[..ending]].concat();
        (
            held,
            self.at - self.start - (self.pending.len() - ending) as u64,
        )
    }

    fn is_utf8(&self, held: &[u8]) -> bool {
        self.utf8_after(held).is_some_and(|utf8| utf8.need() == 0)
    }

    fn utf8_after(&self, held: &[u8]) -> Option<Utf8> {
        let mut utf8 = self.utf8;
        let good = !self.rules.utf8 || (!self.spoilt && utf8.steps(held).is_none());
        good.then_some(utf8)
    }

    pub(super) fn finish(&mut self, events: &mut Vec<Event>) -> Ending {
        let at = self.at;
        let refused = |why| Ending::from(FrameError { at, why });
        while !self.pending.is_empty() {
            match self.rules.longest_at(&self.pending) {
                Some(len) => {
                    if let Err(why) = self.end_frame(len, events) {
                        return refused(why);
                    }
                }
                None => self.first_pending_is_payload(),
            }
        }
        match self.rules.tail {
            _ if self.start == self.at => Ending::Clean,
            Tail::Truncated => Ending::Truncated { from: self.start },
            Tail::Frame | Tail::Pad(_) => match self.payload_ending_at(0) {
                Err(why) => refused(why),
                Ok(len) => {
                    self.report(len, self.at, events);
                    Ending::Clean
                }
            },
        }
    }

    pub(super) fn place(&self) -> Place {
        let (from, to) = self.open();
        match self.pending.len() {
            _ if self.at == self.start => Place::Between,
            0 if from == to && from != self.start && self.rules.limit > self.rules.max => {
                Place::Dropping
            }
            0 => Place::Payload,
            open => Place::Delimiter(Place::count(open)),
        }
    }

    pub(super) fn open(&self) -> (u64, u64) {
        let settled = self.at - (self.pending.len() + self.recent.len()) as u64;
        match settled - self.start > self.rules.max {
            true => (settled, settled),
            false => (self.start, settled),
        }
    }
}

/// Whether a delimiter lies inside another, behind its first byte and before its last: it may be there, and not count.
fn is_nested(delimiters: &[Vec<u8>]) -> bool {
    let inside = |one: &Vec<u8>, other: &Vec<u8>| {
        let inner = other.get(1..other.len() - 1).unwrap_or_default();
        inner.windows(one.len()).any(|window| window == one)
    };
    delimiters
        .iter()
        .any(|one| delimiters.iter().any(|other| inside(one, other)))
}

impl Framing {
    /// Whether a delimiter lies inside another: then one that has come need not end a payload.
    #[must_use]
    pub fn has_nested_delimiters(&self) -> bool {
        matches!(&self.pattern, Pattern::Delimited { delimiters, .. } if is_nested(delimiters))
    }
}

impl Rules {
    /// The earliest place at which a delimiter matches.
    fn first_place(&self, bytes: &[u8]) -> Option<usize> {
        let places = self
            .delimiters
            .iter()
            .filter_map(|delimiter| memmem::find(bytes, delimiter));
        places.min()
    }

    /// The bytes of the longest delimiter that these begin with.
    fn longest_at(&self, bytes: &[u8]) -> Option<usize> {
        let here = self
            .delimiters
            .iter()
            .find(|delimiter| bytes.starts_with(delimiter));
        here.map(Vec::len)
    }

    /// Whether the payload can end before `pending[place]`, with a delimiter of which only these bytes have come.
    fn can_end_at(&self, pending: &[u8], place: usize) -> bool {
        let (before, rest) = pending.split_at(place);
        self.delimiters.iter().any(|delimiter| {
            delimiter.len() > rest.len()
                && delimiter.starts_with(rest)
                && self.first_place(&[before, delimiter].concat()) == Some(place)
        })
    }

    /// The first of these places from which on the bytes are the beginning of a delimiter.
    fn open_at(&self, bytes: &[u8], places: Range<usize>) -> Option<usize> {
        let longest = self.delimiters[0].len();
        let first = (bytes.len() + 1).saturating_sub(longest);
        (first.max(places.start)..places.end).find(|&place| {
            let rest = &bytes[place..];
            self.delimiters
                .iter()
                .any(|delimiter| delimiter.len() > rest.len() && delimiter.starts_with(rest))
        })
    }

    fn is_reported(&self, len: u64) -> bool {
        len <= self.max && !(len == 0 && self.empty == Empty::Skip)
    }

    /// What these bytes begin with.
    fn look(&self, bytes: &[u8]) -> Match {
        let mut open = false;
        for delimiter in &self.delimiters {
            if delimiter.len() > bytes.len() {
                open |= delimiter.starts_with(bytes);
            } else if begins_with(bytes, delimiter) {
                return if open {
                    Match::Open
                } else {
                    Match::Found(delimiter.len())
                };
            }
        }
        if open { Match::Open } else { Match::None }
    }
}
