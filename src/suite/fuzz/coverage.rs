//! What was exercised: where streams of a framing were cut and ended, behind which kind of byte, and what the target made of it.
//!
//! A place is that of the reference decoder. Invariant: only cases from which something followed count, and of cuts only those that
//! were proven to have reached the target; so what is never counted was never tried.

use std::collections::{BTreeMap, HashSet};

use crate::framing::{Decoder, Framing, Place};
use crate::suite::{Case, Close, Kind, Outcome, Said, Status};

/// What lies between two bytes of a stream, or behind its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Joint {
    /// A cut with longer segments on both sides.
    Cut,
    /// A cut beside a segment of one byte.
    Byte,
    /// The end of the stream.
    Fin,
    /// Nothing more, while the connection stays open.
    Hold,
    /// A reset.
    Reset,
    /// A byte that makes the stream an error.
    Refused,
    /// Nothing: both bytes are in one segment.
    Inside,
}

impl Joint {
    /// Those that can be at every place, in the order of tables.
    pub const TABLE: [Self; 5] = [Self::Cut, Self::Byte, Self::Fin, Self::Hold, Self::Reset];

    /// The word for tables.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Cut => "cut",
            Self::Byte => "one byte",
            Self::Fin => "fin",
            Self::Hold => "hold",
            Self::Reset => "reset",
            Self::Refused => "refused",
            Self::Inside => "inside",
        }
    }
}

/// What the byte before a place is, as far as decoders care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum ByteKind {
    None,
    Nul,
    Cr,
    Lf,
    Control,
    Blank,
    Digit,
    Letter,
    Sign,
    Continuation,
    Lead,
    AllOnes,
}

impl ByteKind {
    fn of(byte: Option<u8>) -> Self {
        match byte {
            None => Self::None,
            Some(0) => Self::Nul,
            Some(b'\r') => Self::Cr,
            Some(b'\n') => Self::Lf,
            Some(b' ' | b'\t') => Self::Blank,
            Some(0x01..0x20 | 0x7f) => Self::Control,
            Some(b'0'..=b'9') => Self::Digit,
            Some(b'a'..=b'z' | b'A'..=b'Z') => Self::Letter,
            Some(0x21..0x7f) => Self::Sign,
            Some(0x80..0xc0) => Self::Continuation,
            Some(0xc0..0xff) => Self::Lead,
            Some(0xff) => Self::AllOnes,
        }
    }
}

/// A place, the kind of byte before it, and what lies there.
type Feature = (Place, ByteKind, Joint);

/// What a target made of a case, in few words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Shape {
    due: &'static str,
    status: Status,
    kind: Option<Kind>,
    items: u32,
    said: Option<Said>,
    garbage: bool,
}

impl Shape {
    fn of(outcome: &Outcome) -> Self {
        let observed = &outcome.observed;
        Self {
            due: outcome.case.stream.ending.word(),
            status: outcome.verdict.status,
            kind: outcome.verdict.kind,
            items: (observed.items.len() + 1).ilog2(),
            said: observed.ending,
            garbage: observed.garbage.is_some(),
        }
    }
}

/// What cases have exercised.
#[derive(Clone, Debug)]
pub struct Coverage {
    places: Vec<Place>,
    features: HashSet<Feature>,
    shapes: HashSet<Shape>,
    /// How often something lay at a place.
    times: BTreeMap<(Place, Joint), u64>,
}

/// Wires up to this length are looked at byte by byte; longer ones only where they are cut.
const FINE: usize = 512;

impl Coverage {
    /// Of nothing yet.
    #[must_use]
    pub fn new(framing: &Framing) -> Self {
        Self {
            places: framing.places(),
            features: HashSet::new(),
            shapes: HashSet::new(),
            times: BTreeMap::new(),
        }
    }

    /// Counts what a case has exercised; true where that, or the target's answer, is new.
    pub fn add(&mut self, outcome: &Outcome) -> bool {
        if !matches!(outcome.verdict.status, Status::Pass | Status::Fail) {
            return false;
        }
        let proven = outcome.proven();
        let mut new = self.shapes.insert(Shape::of(outcome));
        each_feature(&outcome.case, |feature| {
            let (place, _, joint) = feature;
            if proven || !matches!(joint, Joint::Cut | Joint::Byte) {
                new |= self.features.insert(feature);
                *self.times.entry((place, joint)).or_default() += 1;
            }
        });
        new
    }

    /// The places of the framing, and how often each of [`Joint::TABLE`] lay there.
    pub fn table(&self) -> impl Iterator<Item = (Place, [u64; Joint::TABLE.len()])> + '_ {
        let times = |place, joint| self.times.get(&(place, joint)).copied().unwrap_or(0);
        let row = move |&place: &Place| (place, Joint::TABLE.map(|joint| times(place, joint)));
        self.places.iter().map(row)
    }

    /// How many pairs of the table were exercised, and how many there are.
    #[must_use]
    pub fn pairs(&self) -> (usize, usize) {
        let rows = self.table().map(|(_, times)| times);
        let seen = rows.flatten().filter(|&times| times > 0).count();
        (seen, self.places.len() * Joint::TABLE.len())
    }

    /// How many different (place, kind of byte, what lies there) were met, and how many different answers.
    #[must_use]
    pub fn met(&self) -> (usize, usize) {
        (self.features.len(), self.shapes.len())
    }
}

/// All that a case exercises, up to an error in its stream.
fn each_feature(case: &Case, mut each: impl FnMut(Feature)) {
    let wire = &case.stream.wire;
    let mut decoder = Decoder::new(&case.stream.framing);
    let mut events = Vec::new();
    let fine = wire.len() <= FINE;
    let mut at = 0;
    let mut before = None;
    let ends = case.cuts.iter().copied().chain([wire.len()]);
    for (number, end) in ends.enumerate() {
        let joint = joint(case, number, end, at);
        while at < end {
            let next = if fine { at + 1 } else { end };
            let place = decoder.place();
            if decoder.push(&wire[at..next], &mut events).is_err() {
                return each((place, ByteKind::of(Some(wire[at])), Joint::Refused));
            }
            events.clear();
            (at, before) = (next, Some(wire[next - 1]));
            if at < end {
                each((decoder.place(), ByteKind::of(before), Joint::Inside));
            }
        }
        each((decoder.place(), ByteKind::of(before), joint));
    }
}

/// What lies behind the segment with this number, which begins and ends there.
fn joint(case: &Case, number: usize, end: usize, start: usize) -> Joint {
    let next = case.cuts.get(number + 1).copied();
    match case.cuts.get(number) {
        Some(_) => {
            let behind = next.unwrap_or(case.stream.wire.len());
            match end - start == 1 || behind - end == 1 {
                true => Joint::Byte,
                false => Joint::Cut,
            }
        }
        None => match case.close {
            Close::Fin => Joint::Fin,
            Close::Hold => Joint::Hold,
            Close::Reset => Joint::Reset,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::suite::gate::Held;
    use crate::suite::{Manner, Observer, Stream, Verdict};

    fn outcome(wire: &[u8], cuts: &[usize], close: Close, gate: Option<Held>) -> Outcome {
        let framing = "prefixed:u16be".parse().unwrap();
        let stream = Arc::new(Stream::new("s".to_owned(), &framing, wire.to_vec()));
        let case = Case::cut_at(&stream, cuts.to_vec(), close, Manner::Plain);
        let untried = Outcome::untried(case, Observer::Echo, Verdict::pass());
        Outcome { gate, ..untried }
    }

    fn coverage() -> Coverage {
        Coverage::new(&"prefixed:u16be".parse().unwrap())
    }

    fn times(coverage: &Coverage, place: Place) -> [u64; 5] {
        coverage.table().find(|row| row.0 == place).unwrap().1
    }

    #[test]
    fn cuts_and_ends_count_at_their_places() {
        let mut coverage = coverage();
        let parser = Some(Held::Parser);
        assert!(coverage.add(&outcome(b"\0\x05hello", &[2, 4], Close::Fin, parser)));
        assert_eq!(times(&coverage, Place::Header), [1, 0, 0, 0, 0]);
        assert_eq!(times(&coverage, Place::Payload), [1, 0, 0, 0, 0]);
        assert_eq!(times(&coverage, Place::Between), [0, 0, 1, 0, 0]);
        assert!(coverage.add(&outcome(b"\0\x05hello", &[1, 3], Close::Hold, parser)));
        assert_eq!(times(&coverage, Place::Length(1)), [0, 1, 0, 0, 0]);
        assert_eq!(times(&coverage, Place::Between), [0, 0, 1, 1, 0]);
        assert_eq!(coverage.pairs(), (5, 5 * 5));
    }

    #[test]
    fn the_same_again_is_nothing_new() {
        let mut coverage = coverage();
        let case = outcome(b"\0\x01a", &[1], Close::Fin, Some(Held::Read));
        assert!(coverage.add(&case));
        assert!(!coverage.add(&case));
        assert!(coverage.add(&outcome(b"\0\x01\r", &[2], Close::Fin, Some(Held::Read))));
    }

    #[test]
    fn a_cut_that_is_not_proven_is_none() {
        let mut coverage = coverage();
        coverage.add(&outcome(b"\0\x01a", &[1], Close::Fin, Some(Held::Sleep)));
        assert_eq!(times(&coverage, Place::Length(1)), [0; 5]);
        assert_eq!(times(&coverage, Place::Between), [0, 0, 1, 0, 0]);
    }

    #[test]
    fn what_follows_an_error_exercises_nothing() {
        let framing = "prefixed:u16be,max=3".parse().unwrap();
        let stream = Arc::new(Stream::new(
            "s".to_owned(),
            &framing,
            b"\0\x04abcd".to_vec(),
        ));
        let case = Case::cut_at(&stream, vec![3], Close::Fin, Manner::Plain);
        let mut met = Vec::new();
        each_feature(&case, |(place, _, joint)| met.push((place, joint)));
        let error = (Place::Length(1), Joint::Refused);
        assert_eq!(met, [(Place::Length(1), Joint::Inside), error]);
    }

    #[test]
    fn a_case_of_which_nothing_follows_counts_for_nothing() {
        let mut coverage = coverage();
        let mut skipped = outcome(b"\0\x01a", &[], Close::Fin, None);
        skipped.verdict = Verdict::skip("not for this target");
        assert!(!coverage.add(&skipped));
        assert_eq!(coverage.pairs().0, 0);
    }
}
