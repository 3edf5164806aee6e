//! Streams made by rule, for any framing: what no vector was recorded for is tried as well.
//!
//! The rules use the encoder for what is valid and cut or lengthen it for what is not; the expectation is the reference decoder's, as
//! always. Invariant: the same framing and payloads make the same streams, in the same order, with the same ids.

use super::Level;
use super::payload::PayloadKind;
use super::stream::Stream;
use crate::framing::{Framing, Pattern, Unit};

/// The streams of a framing that are no longer than so many bytes.
#[must_use]
pub fn streams(framing: &Framing, payloads: &PayloadKind, longest: usize) -> Vec<Stream> {
    let mut made = Made {
        framing,
        payloads,
        longest,
        streams: Vec::new(),
    };
    made.valid();
    made.limits();
    made.truncated();
    made.streams
}

struct Made<'a> {
    framing: &'a Framing,
    payloads: &'a PayloadKind,
    longest: usize,
    streams: Vec<Stream>,
}

/// The largest power of two around which there are payloads: the default limit.
const LARGEST_POWER: u32 = 20;

/// What an Ethernet packet carries.
const PACKET: usize = 1460;

impl Made<'_> {
    fn valid(&mut self) {
        self.add(
            "nothing",
            "An end of the stream without a byte before it is still an answer.",
            &[49, 51],
            Some(Vec::new()),
        );
        self.sizes(
            "one_byte",
            "The smallest frame must come as soon as it is there.",
            &[46],
            &[1],
        );
        self.sizes(
            "three_frames",
            "Several frames may come in one read, and one frame in several.",
            &[46, 47],
            &[5, 4, 3],
        );
        self.sizes(
            "fifty_frames",
            "A reader that handles one frame for each read falls behind.",
            &[47, 62],
            &[7; 50],
        );
        if self.framing.pattern_number() <= 3 {
            return;
        }
        self.sizes(
            "empty_frame",
            "An empty frame is easily taken for no frame, or for the end.",
            &[17],
            &[0],
        );
        self.sizes(
            "empty_frames_among_others",
            "Empty frames between others must neither vanish nor shift them.",
            &[17, 47],
            &[3, 0, 1, 0, 0, 2],
        );
        self.around_buffers();
        self.sizes(
            "five_thousand_frames",
            "What goes wrong in one of a thousand frames, or only once many wait, shows in thousands.",
            &[47, 48, 59],
            &FIVE_THOUSAND,
        );
    }

    /// Frames around the sizes of buffers and packets: each has broken a reader at its end.
    fn around_buffers(&mut self) {
        let most = self.framing.max.unwrap_or(u64::MAX);
        let powers = (7..=LARGEST_POWER).map(|power| (format!("2_to_the_{power}"), 1 << power));
        for (name, size) in [("a_packet".to_owned(), PACKET)].into_iter().chain(powers) {
            let around = [size - 1, size, size + 1];
            let allowed = around.into_iter().filter(|&size| size as u64 <= most);
            self.sizes(
                &format!("payloads_around_{name}"),
                "A payload as long as a buffer, a byte shorter and a byte longer.",
                &[26, 62],
                &allowed.collect::<Vec<_>>(),
            );
            if let Some(payload) = self.payload_of_frame(size).filter(|_| size < self.longest) {
                self.sizes(
                    &format!("a_frame_of_{name}"),
                    "A frame that is as long as a buffer ends exactly where the buffer does.",
                    &[26],
                    &[payload, 1],
                );
            }
        }
    }

    /// How long a payload is whose frame is so long on the wire, if there is such a one.
    fn payload_of_frame(&self, size: usize) -> Option<usize> {
        /// No header and trailer of a framing that we know are longer together.
        const OVERHEAD: usize = 40;
        let shortest = encode(self.framing, self.payloads, &[size.checked_sub(OVERHEAD)?])?;
        let payload = size - OVERHEAD + size.checked_sub(shortest.len())?;
        let frame = encode(self.framing, self.payloads, &[payload])?;
        (frame.len() == size).then_some(payload)
    }

    fn sizes(&mut self, name: &str, why: &str, classes: &[u8], sizes: &[usize]) {
        if sizes.iter().sum::<usize>() > self.longest {
            return;
        }
        self.add(
            name,
            why,
            classes,
            encode(self.framing, self.payloads, sizes),
        );
    }

    /// At the limit and one past it, where that is not too much to send.
    fn limits(&mut self) {
        const MOST: u64 = 2 << 20;
        let Some(max) = self.framing.max.filter(|&max| {
            max < MOST.min(self.longest as u64) && self.payloads == &PayloadKind::Any
        }) else {
            return;
        };
        self.sizes(
            "at_the_limit",
            "The limit itself is allowed: a trailer or delimiter does not count.",
            &[14, 29, 43],
            &[max as usize, 1],
        );
        if let Pattern::Delimited { strip, .. } = &self.framing.pattern {
            let at = max as usize;
            let wire = encode(self.framing, self.payloads, &[at, 1]).map(|mut wire| {
                wire.splice(at..at, strip.iter().copied());
                wire
            });
            self.add(
                "at_the_limit_before_what_is_stripped",
                "The limit is on the payload: what is stripped off its end does not count.",
                &[43],
                wire,
            );
        }
        let mut unlimited = self.framing.clone();
        unlimited.max = None;
        let over = encode(&unlimited, self.payloads, &[max as usize + 1, 1]);
        self.add(
            "over_the_limit",
            "A payload of one byte over the limit must be refused.",
            &[14, 15, 41, 42],
            over,
        );
    }

    /// A stream that ends at each place of a frame.
    fn truncated(&mut self) {
        const LONGEST: usize = 40;
        let Some(wire) = encode(self.framing, self.payloads, &[3]) else {
            return;
        };
        for end in 1..wire.len().min(LONGEST) {
            self.add(
                &format!("ends_after_{end}"),
                "A stream that ends inside a frame must not give one.",
                &[28, 49, 50],
                Some(wire[..end].to_vec()),
            );
        }
        let Some(two) = encode(self.framing, self.payloads, &[5, 4]) else {
            return;
        };
        let first = Stream::new(String::new(), self.framing, two.clone());
        let Some(&first) = first.boundaries.first() else {
            return;
        };
        for end in first + 1..two.len().min(first + LONGEST) {
            self.add(
                &format!("ends_in_the_second_frame_after_{}", end - first),
                "A stream that ends inside a frame must not give the one before it again, or what is left of it.",
                &[28, 44, 49, 50],
                Some(two[..end].to_vec()),
            );
        }
    }

    /// Adds a stream, if the framing can say it and it is not there already.
    fn add(&mut self, name: &str, why: &str, classes: &[u8], wire: Option<Vec<u8>>) {
        let Some(wire) = wire.filter(|wire| self.streams.iter().all(|stream| stream.wire != *wire))
        else {
            return;
        };
        let base = Stream::new(format!("rule/{name}"), self.framing, wire);
        self.streams.push(Stream {
            why: why.to_owned(),
            level: Level::Must,
            classes: classes.to_vec(),
            ..base
        });
    }
}

/// The sizes of many short payloads, none empty.
pub(super) static FIVE_THOUSAND: [usize; 5000] = {
    let mut sizes = [0; 5000];
    let mut at = 0;
    while at < sizes.len() {
        sizes[at] = 1 + at % 50;
        at += 1;
    }
    sizes
};

/// Frames with payloads of these sizes; `None`: the framing has no such frames.
pub(super) fn encode(
    framing: &Framing,
    payloads: &PayloadKind,
    sizes: &[usize],
) -> Option<Vec<u8>> {
    let mut wire = Vec::new();
    match framing.pattern {
        Pattern::Eof | Pattern::HalfClose => wire = payloads.make(sizes.iter().sum(), framing),
        Pattern::Fixed { size, .. } => {
            for _ in sizes {
                framing
                    .encode(
                        &payloads.make(usize::try_from(size).ok()?, framing),
                        &mut wire,
                    )
                    .ok()?;
            }
        }
        _ => {
            for &size in sizes {
                framing
                    .encode(&payloads.make(size, framing), &mut wire)
                    .ok()?;
            }
            if !matches!(
                framing.pattern,
                Pattern::Blocks {
                    unit: Unit::Series,
                    ..
                }
            ) {
                framing.encode_done(&mut wire);
            }
        }
    }
    let fits = framing
        .max
        .is_none_or(|max| framing.pattern_number() > 2 || wire.len() as u64 <= max);
    fits.then_some(wire)
}
