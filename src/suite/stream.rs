//! A stream to be sent, with what must come out of it and when: what a vector, a rule or a mutation gives to the cases.
//!
//! The expectation is always that of the reference decoder under the stream's own framing, so a recorded stream may be tried under
//! other limits than it was recorded for. Invariant: `due` is in the order in which things must be reported, and `earliest <= latest` in each.

use std::fmt;
use std::ops::Range;

use super::{Expected, Level, Observer, Vector};
use crate::framing::{Checksum, Decoder, Ending, Event, Framing, Pattern, Payloads, Span};

/// Bytes with what must come out of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// What its cases are called, before the segmentation and the close.
    pub id: String,
    /// What goes wrong on it, in one sentence.
    pub why: String,
    /// How binding it is.
    pub level: Level,
    /// The defect classes that it is aimed at.
    pub classes: Vec<u8>,
    /// What the bytes are framed in.
    pub framing: Framing,
    /// What is sent.
    pub wire: Vec<u8>,
    /// What must be reported, in order.
    pub due: Vec<Due>,
    /// How the stream stands at its end.
    pub ending: Ending,
    /// The payloads' places on the wire, frame by frame (pattern 6: block by block).
    pub payloads: Vec<Range<usize>>,
    /// Where frames end on the wire, but for the last.
    pub boundaries: Vec<usize>,
}

/// One thing that a target must report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// What.
    pub item: Item,
    /// It cannot be known before so much has been sent.
    pub earliest: Point,
    /// It must be reported once so much has been read.
    pub latest: Point,
}

/// What targets report: a payload by its length and checksum, or the end of a series of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Item {
    /// A frame, or in pattern 6 a block.
    Frame {
        /// Bytes of payload.
        len: u64,
        /// Their CRC-32, as in zlib.
        crc32: u32,
    },
    /// The end of a series of blocks.
    Done,
}

impl Item {
    /// A frame with this payload.
    #[must_use]
    pub fn of(payload: &[u8]) -> Self {
        Self::Frame {
            len: payload.len() as u64,
            crc32: crc32fast::hash(payload),
        }
    }
}

impl fmt::Display for Item {
    /// The line of a report.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Frame { len, crc32 } => write!(f, "frame {len} {crc32:08x}"),
            Self::Done => f.write_str("done"),
        }
    }
}

/// How far a stream has been sent or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    /// So many of its bytes.
    Bytes(u64),
    /// All of them, and its end.
    End,
}

impl Stream {
    /// The stream of a vector, as its framing reads it.
    #[must_use]
    pub fn of_vector(vector: &Vector) -> Self {
        let base = Self::new(vector.id.clone(), &vector.framing, vector.bytes.clone());
        Self {
            why: vector.why.clone(),
            level: vector.level,
            classes: vector.classes.clone(),
            ..base
        }
    }

    /// A stream with the expectation of the reference decoder.
    #[must_use]
    pub fn new(id: String, framing: &Framing, wire: Vec<u8>) -> Self {
        let (known, ending) = known_at(framing, &wire);
        let crcs = checksums(framing, &wire);
        let mut due = Vec::new();
        let mut before = 0;
        for (&(event, latest), crc32) in known.iter().zip(crcs) {
            if let Some(item) = item(framing, event, crc32) {
                due.push(Due {
                    item,
                    earliest: earliest(framing, event, latest, before),
                    latest,
                });
            }
            before = event.end();
        }
        let in_pieces =
            |event: &Event| !(matches!(event, Event::Frame(_)) && framing.pattern_number() == 6);
        let spans: Vec<_> = known
            .iter()
            .map(|(event, _)| *event)
            .filter(in_pieces)
            .filter_map(span_of)
            .collect();
        Self {
            id,
            why: String::new(),
            level: Level::Must,
            classes: Vec::new(),
            framing: framing.clone(),
            due,
            ending,
            payloads: spans.iter().map(|span| place(span, wire.len())).collect(),
            boundaries: spans
                .iter()
                .map(|span| span.end as usize)
                .filter(|&end| end < wire.len())
                .collect(),
            wire,
        }
    }

    /// What an observer must show: what a target prints does not tell where a series ends.
    pub fn due_for(&self, observer: Observer) -> impl Iterator<Item = &Due> {
        let shown = move |due: &&Due| observer != Observer::Stdout || due.item != Item::Done;
        self.due.iter().filter(shown)
    }

    /// What must come out, with its bytes.
    #[must_use]
    pub fn expected(&self) -> Vec<Expected> {
        let mut expected = Vec::new();
        let mut each = |event: Event, payload: &Vec<u8>| match item(&self.framing, event, 0) {
            Some(Item::Frame { .. }) => expected.push(Expected::Payload(payload.clone())),
            Some(Item::Done) => expected.push(Expected::Done),
            None => {}
        };
        let mut payloads = Payloads::<Vec<u8>>::new(&self.framing);
        // An error is the ending that the stream has.
        let _ = payloads.push(&self.wire, &mut each);
        payloads.finish(&mut each);
        expected
    }

    /// The bytes of its payloads.
    pub fn payload_bytes(&self) -> impl Iterator<Item = &[u8]> {
        self.payloads.iter().map(|place| &self.wire[place.clone()])
    }
}

fn place(span: &Span, wire: usize) -> Range<usize> {
    let start = span.offset as usize;
    start..(start + span.len as usize).min(wire)
}

fn span_of(event: Event) -> Option<Span> {
    match event {
        Event::Frame(span) | Event::Block(span) => Some(span),
        Event::Done { .. } => None,
    }
}

/// What a target reports at an event. A frame that is a whole series stands for its blocks and its end.
#[must_use]
pub fn item(framing: &Framing, event: Event, crc32: u32) -> Option<Item> {
    let series = joins_series(framing);
    match event {
        Event::Frame(span) => Some(Item::Frame {
            len: span.len,
            crc32,
        }),
        Event::Block(span) => (!series).then_some(Item::Frame {
            len: span.len,
            crc32,
        }),
        Event::Done { .. } => (!series).then_some(Item::Done),
    }
}

/// Whether the frames of this framing are whole series of blocks.
fn joins_series(framing: &Framing) -> bool {
    matches!(
        framing.pattern,
        Pattern::Blocks {
            unit: crate::framing::Unit::Series,
            ..
        }
    )
}

/// Before which point nobody can know of an event. What may be known before its last byte: a frame, with the first byte of its delimiter;
/// a block, with its payload; the end of a series, with the first byte behind the last block.
fn earliest(framing: &Framing, event: Event, latest: Point, before: u64) -> Point {
    match (framing.pattern_number(), event) {
        (4, Event::Frame(span)) if span.offset + span.len < span.end => {
            Point::Bytes(span.offset + span.len + 1)
        }
        (6, Event::Block(span)) => Point::Bytes(span.offset + span.len),
        (6, _) => Point::Bytes(before + 1),
        _ => latest,
    }
}

fn checksums(framing: &Framing, wire: &[u8]) -> Vec<u32> {
    let mut crcs = Vec::new();
    let mut payloads = Payloads::<Checksum>::new(framing);
    // An error is the ending that `known_at` has.
    let _ = payloads.push(wire, |_, checksum| crcs.push(checksum.value()));
    payloads.finish(|_, checksum| crcs.push(checksum.value()));
    crcs
}

/// When the reference knows of each event: with its last byte, but where a delimiter could go on, or the stream's end decides.
fn known_at(framing: &Framing, wire: &[u8]) -> (Vec<(Event, Point)>, Ending) {
    let undecided =
        matches!(&framing.pattern, Pattern::Delimited { delimiters, .. } if delimiters.len() > 1);
    let mut decoder = Decoder::new(framing);
    let (mut events, mut known) = (Vec::new(), Vec::new());
    let mut sent = 0;
    for piece in wire.chunks(if undecided { 1 } else { wire.len().max(1) }) {
        sent += piece.len() as u64;
        let failed = decoder.push(piece, &mut events).is_err();
        known.extend(events.drain(..).map(|event| {
            (
                event,
                Point::Bytes(if undecided { sent } else { event.end() }),
            )
        }));
        if failed {
            break;
        }
    }
    let ending = decoder.finish(&mut events);
    known.extend(events.drain(..).map(|event| (event, Point::End)));
    (known, ending)
}
