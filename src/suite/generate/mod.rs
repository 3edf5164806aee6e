//! Streams for any framing, made from choices: frames of chosen sizes, nearly right ones, changes to either, and places to cut them.
//!
//! Nothing here says what must come out: that is the reference's, whatever the bytes are. Invariant: the same choices make the same
//! bytes and cuts; no stream is much longer than the generator's bound.

mod change;
mod choices;
mod cuts;
mod numbers;
mod payload;

use super::payload::PayloadKind;
use crate::framing::{Charset, Empty, Event, Framing, Pattern, Span, Unit, decode};

pub use choices::{ByteChoices, Choices};
pub use cuts::cuts;

/// The most bytes of a stream that is made of small frames.
const MANY: usize = 128 << 10;

/// Makes streams for one framing.
#[derive(Clone, Debug)]
pub struct Generator {
    framing: Framing,
    /// The same without limits: what it encodes may be refused under the framing itself.
    lenient: Framing,
    payloads: PayloadKind,
    longest: usize,
    sizes: Vec<usize>,
    tokens: Vec<Vec<u8>>,
}

impl Generator {
    /// For a framing and the payloads that a target takes; no stream is much longer than `longest`.
    #[must_use]
    pub fn new(framing: &Framing, payloads: &PayloadKind, longest: usize) -> Self {
        let mut lenient = framing.expanded();
        lenient.max = None;
        lenient.empty = Empty::Accept;
        lenient.charset = Charset::Any;
        if let Pattern::Blocks { unit, .. } = &mut lenient.pattern {
            *unit = Unit::Block;
        }
        Self {
            framing: framing.clone(),
            lenient,
            payloads: payloads.clone(),
            longest,
            sizes: payload::boundaries(framing, longest),
            tokens: payload::tokens(framing),
        }
    }

    /// What it makes streams for.
    #[must_use]
    pub fn framing(&self) -> &Framing {
        &self.framing
    }

    /// A stream: a few frames, now and then many, left as they are or changed in a few places.
    pub fn stream(&self, choices: &mut impl Choices) -> Vec<u8> {
        let mut wire = Vec::new();
        match choices.upto(511) {
            0..480 => self.few(choices, &mut wire),
            480..511 => self.many(choices, 60, &mut wire),
            _ => self.many(choices, 5000, &mut wire),
        }
        if choices.one_in(2) {
            self.change(choices, &mut wire);
        }
        wire
    }

    /// Many frames, or one long stream: more than buffers hold.
    pub fn long_stream(&self, choices: &mut impl Choices) -> Vec<u8> {
        let mut wire = Vec::new();
        match self.framing.pattern_number() {
            1 | 2 => self.frame(choices, self.longest.min(2 * MANY), &mut wire),
            _ => self.many(choices, 5000, &mut wire),
        }
        wire
    }

    /// The stream with one to three changes.
    pub fn change(&self, choices: &mut impl Choices, wire: &mut Vec<u8>) {
        for _ in 0..=choices.upto(5).saturating_sub(3) {
            change::change(self, choices, wire);
        }
    }

    fn few(&self, choices: &mut impl Choices, wire: &mut Vec<u8>) {
        let most = if self.framing.pattern_number() <= 2 {
            1
        } else {
            5
        };
        for _ in 0..choices.between(1..=most) {
            let size = self.size(choices);
            self.frame(choices, size, wire);
            if self.ends_series(choices) {
                self.lenient.encode_done(wire);
            }
        }
    }

    fn many(&self, choices: &mut impl Choices, most: usize, wire: &mut Vec<u8>) {
        for number in 0..choices.between(most / 3..=most) {
            let size = 1 + (number + choices.index(3)) % 50;
            self.frame(choices, size, wire);
            if wire.len() > self.longest.min(MANY) {
                break;
            }
        }
        if self.in_blocks() {
            self.lenient.encode_done(wire);
        }
    }

    /// Appends a frame; one that the framing cannot say is none.
    fn frame(&self, choices: &mut impl Choices, size: usize, wire: &mut Vec<u8>) {
        let payload = self.payload(choices, size);
        self.framed(choices, &payload, wire);
    }

    /// Appends a payload, framed; a delimiter in it ends it early.
    fn framed(&self, choices: &mut impl Choices, payload: &[u8], wire: &mut Vec<u8>) {
        match &self.framing.pattern {
            Pattern::Delimited {
                delimiters, strip, ..
            } => {
                wire.extend_from_slice(payload);
                if choices.one_in(3) {
                    wire.extend_from_slice(strip);
                }
                wire.extend(choices.pick(delimiters).iter());
            }
            Pattern::Fixed { .. } => wire.extend_from_slice(payload),
            _ => {
                // A length that its field cannot hold, or that ends a series, makes no frame.
                let _ = self.lenient.encode(payload, wire);
            }
        }
    }

    fn in_blocks(&self) -> bool {
        matches!(self.framing.pattern, Pattern::Blocks { .. })
    }

    /// Whether a series ends here.
    fn ends_series(&self, choices: &mut impl Choices) -> bool {
        self.in_blocks() && !choices.one_in(2)
    }

    /// The frames in a stream, or the blocks.
    fn spans(&self, wire: &[u8]) -> Vec<Span> {
        let (events, _) = decode(&self.lenient, wire);
        let inside = |span: &Span| span.end <= wire.len() as u64;
        let span = |event| match event {
            Event::Frame(span) | Event::Block(span) => Some(span),
            Event::Done { .. } => None,
        };
        events.into_iter().filter_map(span).filter(inside).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::framing::{Decoder, Ending, Place, presets};
    use crate::suite::Stream;

    /// Framings that no preset has.
    const OTHERS: &[&str] = &[
        "eof,max=5",
        "half-close,max=8,oversize=discard",
        "fixed:1",
        "fixed:2",
        "fixed:16",
        "fixed:4,tail=frame",
        r"delimited:\n,max=5,oversize=discard",
        "delimited:aab",
        r"delimited:\r\n|\n|\r",
        "prefixed:u8,max=2",
        "prefixed:u16le,offset=3,trailer=abc",
        "prefixed:u64be",
        "prefixed:u32be,max=3,oversize=discard",
        "prefixed:varint,canonical=require",
        "prefixed:varint,canonical=require,max=127",
        r"prefixed:decimal,end=\r\n,max=5",
        r"prefixed:hex,end=\r\n,zeros=accept",
        "prefixed:decimal,width=4",
        "prefixed:field,header=ab",
        "blocks:u32be,series=one",
        "blocks:u8,unit=series",
    ];

    /// Framings in which a stream of a few kilobytes cannot be wrong.
    const NEVER_BAD: &[&str] = &[
        "lines",
        "half-close,max=8,oversize=discard",
        "fixed:1",
        "fixed:4,tail=frame",
    ];

    fn framings() -> Vec<Framing> {
        let presets = presets().iter().map(|preset| preset.name);
        let texts = presets.chain(OTHERS.iter().copied());
        texts.map(|text| text.parse().unwrap()).collect()
    }

    fn streams(framing: &Framing, seed: u64) -> impl Iterator<Item = (Vec<u8>, fastrand::Rng)> {
        let generator = Generator::new(framing, &PayloadKind::Any, 4096);
        let mut choices = fastrand::Rng::with_seed(seed);
        std::iter::repeat_with(move || (generator.stream(&mut choices), choices.clone()))
    }

    #[test]
    fn every_place_of_a_framing_is_reached_and_no_other() {
        for framing in framings() {
            let mut seen = BTreeSet::new();
            for (wire, _) in streams(&framing, 1).take(3000) {
                let mut decoder = Decoder::new(&framing);
                seen.insert(decoder.place());
                for byte in wire.iter().take(300) {
                    if decoder.push(&[*byte], &mut Vec::new()).is_err() {
                        break;
                    }
                    seen.insert(decoder.place());
                }
            }
            let listed: BTreeSet<Place> = framing.places().into_iter().collect();
            assert_eq!(seen, listed, "{framing}");
        }
    }

    #[test]
    fn a_place_depends_on_the_bytes_and_not_on_how_they_came() {
        for framing in framings() {
            for (wire, mut choices) in streams(&framing, 2).take(300) {
                let at = choices.index(wire.len() + 1);
                let mut whole = Decoder::new(&framing);
                let _ = whole.push(&wire[..at], &mut Vec::new());
                let mut each = Decoder::new(&framing);
                for byte in &wire[..at] {
                    let _ = each.push(&[*byte], &mut Vec::new());
                }
                let shown = wire[..at].escape_ascii();
                assert_eq!(whole.place(), each.place(), "{framing} {shown}");
            }
        }
    }

    #[test]
    fn the_same_choices_make_the_same() {
        let framing = "netstring".parse().unwrap();
        let made = |seed| -> Vec<_> { streams(&framing, seed).take(100).collect::<Vec<_>>() };
        let wires = |seed| -> Vec<_> { made(seed).into_iter().map(|(wire, _)| wire).collect() };
        assert_eq!(wires(7), wires(7));
        assert_ne!(wires(7), wires(8));
    }

    #[test]
    fn streams_are_good_and_bad_and_cuts_lie_inside() {
        for framing in framings() {
            let (mut clean, mut other) = (0, 0);
            for (wire, mut choices) in streams(&framing, 3).take(400) {
                let stream = Stream::new("s".to_owned(), &framing, wire);
                match stream.ending {
                    Ending::Clean => clean += 1,
                    _ => other += 1,
                }
                let cuts = cuts(&mut choices, &stream);
                assert!(cuts.windows(2).all(|pair| pair[0] < pair[1]), "{framing}");
                assert!(cuts.iter().all(|&at| 0 < at && at < stream.wire.len()));
            }
            assert!(clean >= 80, "{framing}: {clean} of {}", clean + other);
            let bad = !NEVER_BAD.contains(&&*framing.to_string());
            assert_eq!(other >= 30, bad, "{framing}: {other}");
        }
    }

    #[test]
    fn few_bytes_of_choices_make_something_for_every_framing() {
        for framing in framings() {
            let generator = Generator::new(&framing, &PayloadKind::Any, 1 << 20);
            for bytes in 0..=u8::MAX {
                let seed = [bytes, bytes.wrapping_mul(31), 7, bytes, 0, 255];
                let mut choices = ByteChoices::new(&seed);
                let wire = generator.stream(&mut choices);
                assert!(wire.len() <= 3 << 20, "{framing}: {}", wire.len());
            }
        }
    }
}
