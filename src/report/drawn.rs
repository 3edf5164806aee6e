//! The bytes of a case as data for a drawing: what was sent, what each byte of it is, where it was cut, and what came back.
//!
//! Of long streams only the bytes around cuts, ends of parts and the place of an error are kept. Invariant: `parts` ascend and cover
//! what was sent; `cuts` ascend and lie inside it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::framing::{Decoder, Event, Span};
use crate::suite::{Case, End, Outcome, Point, Stream};

/// Bytes kept at either side of a place where something happens.
const CONTEXT: usize = 32;

/// Places whose surroundings are kept; of more, those of the first.
const PLACES: usize = 60;

/// Bytes of the answer that are kept.
const ANSWER: usize = 1024;

/// Parts and marks that are kept.
const PARTS: usize = 400;

/// A case's bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    /// How many bytes were sent.
    pub sent_len: usize,
    /// Those that are shown.
    pub sent: Vec<Piece>,
    /// What the bytes are.
    pub parts: Vec<Part>,
    /// Offsets at which they were cut.
    pub cuts: Vec<usize>,
    /// Where the stream became an error; `null` where it is none.
    pub error_at: Option<usize>,
    /// How many bytes came back.
    pub received_len: usize,
    /// Those that are shown.
    pub received: Vec<Piece>,
    /// When they came.
    pub marks: Vec<Came>,
    /// How the connection ended.
    pub end: String,
    /// What is special about how the case was conducted; empty where nothing is.
    pub manner: String,
}

/// Bytes that follow each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// The offset of the first.
    pub at: usize,
    /// In hexadecimal.
    pub hex: String,
}

/// Bytes of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// `header`, `payload`, `delimiter`, `trailer`, or `rest`: bytes that belong to no whole frame.
    pub kind: String,
    /// The offset of the first.
    pub start: usize,
    /// The offset behind the last.
    pub end: usize,
    /// The number of the frame (in pattern 6: block) that they belong to, from 0; none for `rest`.
    pub frame: Option<usize>,
}

/// When bytes came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Came {
    /// So many had come,
    pub received: usize,
    /// when so many had been sent at most; none: after the end of the stream.
    pub sent: Option<u64>,
}

impl Drawn {
    /// The bytes of a case with what came of them.
    #[must_use]
    pub fn of(outcome: &Outcome) -> Self {
        let (case, stream) = (&outcome.case, &outcome.case.stream);
        let parts = parts(stream);
        let error_at = stream.ending.place().map(|at| at as usize);
        let transcript = outcome.transcript.as_ref();
        let received = transcript.map_or(&[][..], |transcript| &transcript.received);
        let marks = transcript.map_or(&[][..], |transcript| &transcript.marks);
        Self {
            sent_len: stream.wire.len(),
            sent: shown(&stream.wire, &places(case, &parts, error_at)),
            cuts: case.cuts.clone(),
            error_at,
            received_len: received.len(),
            received: shown(&received[..received.len().min(ANSWER)], &[].into()),
            marks: marks.iter().take(PARTS).map(came).collect(),
            end: transcript.map_or_else(String::new, |transcript| end(transcript.end).to_owned()),
            manner: super::draw::manner(&case.manner).unwrap_or_default(),
            parts,
        }
    }
}

fn came(mark: &crate::suite::Mark) -> Came {
    Came {
        received: mark.received,
        sent: match mark.sent {
            Point::Bytes(sent) => Some(sent),
            Point::End => None,
        },
    }
}

pub(super) fn end(end: End) -> &'static str {
    match end {
        End::Closed => "it closed",
        End::ClosedBefore => "it closed before our end of the stream",
        End::Reset => "it reset the connection",
        End::Open => "the connection stayed open",
        End::Ours => "we reset the connection",
    }
}

/// What each byte of a stream is, as the reference decoder reads it.
fn parts(stream: &Stream) -> Vec<Part> {
    let mut decoder = Decoder::new(&stream.framing);
    let mut events = Vec::new();
    // An error is the stream's ending: what lies behind it is the rest.
    let _ = decoder.push(&stream.wire, &mut events);
    decoder.finish(&mut events);
    let behind = match stream.framing.pattern_number() {
        4 => "delimiter",
        _ => "trailer",
    };
    let mut parts = Parts {
        wire: stream.wire.len(),
        at: 0,
        parts: Vec::new(),
    };
    // A frame that joins a series repeats the bytes of its blocks.
    let series = stream.framing.pattern_number() == 6;
    let mut number = 0;
    for event in events {
        match event {
            Event::Frame(_) if series => {}
            Event::Frame(span) | Event::Block(span) => {
                parts.frame(span, behind, number);
                number += 1;
            }
            Event::Done { at } => parts.to("header", at, None),
        }
    }
    parts.to("rest", stream.wire.len() as u64, None);
    parts.parts
}

struct Parts {
    wire: usize,
    at: usize,
    parts: Vec<Part>,
}

impl Parts {
    fn frame(&mut self, span: Span, behind: &str, number: usize) {
        self.to("rest", span.start, None);
        self.to("header", span.offset, Some(number));
        // Filled up frames are longer than what is on the wire.
        self.to(
            "payload",
            (span.offset + span.len).min(span.end),
            Some(number),
        );
        self.to(behind, span.end, Some(number));
    }

    /// What lies before that offset and has no name yet, is this.
    fn to(&mut self, kind: &str, end: u64, frame: Option<usize>) {
        let end = (end as usize).min(self.wire);
        if end <= self.at {
            return;
        }
        let start = std::mem::replace(&mut self.at, end);
        if self.parts.len() < PARTS {
            self.parts.push(Part {
                kind: kind.to_owned(),
                start,
                end,
                frame,
            });
        } else if let Some(last) = self.parts.last_mut() {
            // Of thousands of frames the last ones stand for themselves.
            *last = Part {
                kind: "rest".to_owned(),
                start: last.start,
                end,
                frame: None,
            };
        }
    }
}

/// Where something happens: at both ends, at cuts, at an error, where parts meet.
fn places(case: &Case, parts: &[Part], error_at: Option<usize>) -> BTreeSet<usize> {
    let len = case.stream.wire.len();
    let ends = [0, len].into_iter().chain(error_at);
    let cuts = case.cuts.iter().copied().take(PLACES);
    let meetings = parts.iter().map(|part| part.start).take(PLACES);
    ends.chain(cuts).chain(meetings).collect()
}

/// The bytes around the places; all of them where that leaves out little.
fn shown(bytes: &[u8], places: &BTreeSet<usize>) -> Vec<Piece> {
    let piece = |start: usize, end: usize| Piece {
        at: start,
        hex: hex::encode(&bytes[start..end]),
    };
    if places.is_empty() || bytes.len() <= 8 * CONTEXT {
        return (!bytes.is_empty())
            .then(|| piece(0, bytes.len()))
            .into_iter()
            .collect();
    }
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for &place in places {
        let (start, end) = (
            place.saturating_sub(CONTEXT),
            (place + CONTEXT).min(bytes.len()),
        );
        match ranges.last_mut() {
            Some((_, last)) if start <= *last => *last = end,
            _ => ranges.push((start, end)),
        }
    }
    ranges
        .into_iter()
        .map(|(start, end)| piece(start, end))
        .collect()
}
