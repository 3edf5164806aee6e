//! What tells findings apart: the kind of failure and the place of it, and not the bytes that led there.
//!
//! Invariant: a spot depends on the outcome alone, so that the same defect has the same one in every run.

use std::fmt;

use crate::framing::{Decoder, Ending, FrameError, Place, Why};
use crate::suite::{Case, Kind, Manner, Outcome, Point};

/// Where a target fails, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Spot {
    kind: Option<Kind>,
    /// The place of the cut at which it goes wrong.
    cut: Option<Place>,
    /// How the stream ends, and why it is malformed where it is.
    ending: &'static str,
    why: Option<Why>,
    manner: &'static str,
}

impl Spot {
    /// Of an outcome that is a failure.
    #[must_use]
    pub fn of(outcome: &Outcome) -> Self {
        let case = &outcome.case;
        let ending = &case.stream.ending;
        Self {
            kind: outcome.verdict.kind,
            cut: last_cut(outcome).map(|at| place_at(case, at)),
            ending: ending.word(),
            why: match ending {
                Ending::Malformed(FrameError { why, .. }) => Some(*why),
                _ => None,
            },
            manner: match case.manner {
                Manner::Plain => "",
                Manner::Unread => ", with replies left unread",
                Manner::Pause(_) => ", with a pause",
                Manner::After(_) => ", behind other connections",
                Manner::Beside(_) => ", beside other connections",
                Manner::Measure(_) => ", measured",
            },
        }
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.map_or("fail", Kind::word))?;
        match self.cut {
            Some(place) => write!(f, ", cut {place}")?,
            None => f.write_str(", sent whole")?,
        }
        write!(f, ", {} stream", self.ending)?;
        if let Some(why) = self.why {
            write!(f, " ({why})")?;
        }
        f.write_str(self.manner)
    }
}

/// The last cut before the point at which the first wrong item is due, and behind that of the item before it.
fn last_cut(outcome: &Outcome) -> Option<usize> {
    let stream = &outcome.case.stream;
    let items = &outcome.observed.items;
    let pairs = stream.due.iter().zip(items);
    let same = pairs
        .take_while(|(due, (item, _))| due.item == *item)
        .count();
    let offset = |point: Point| match point {
        Point::Bytes(bytes) => bytes as usize,
        Point::End => stream.wire.len(),
    };
    let (from, to) = match stream.due.get(same) {
        Some(wrong) => {
            let before = same.checked_sub(1).map(|before| stream.due[before].latest);
            (before.map_or(0, offset), offset(wrong.latest))
        }
        // All came: it is the time of one that is wrong, or the end.
        None => (0, stream.wire.len()),
    };
    let mut cuts = outcome.case.cuts.iter().rev();
    cuts.find(|&&at| from <= at && at <= to).copied()
}

fn place_at(case: &Case, at: usize) -> Place {
    let mut decoder = Decoder::new(&case.stream.framing);
    // Behind an error the place says so.
    let _ = decoder.push(&case.stream.wire[..at], &mut Vec::new());
    decoder.place()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::suite::{Close, Item, Observed, Observer, Stream, Verdict};

    fn spot(wire: &[u8], cuts: &[usize], came: &[&[u8]], kind: Kind) -> String {
        let framing = "prefixed:u16be,max=9".parse().unwrap();
        let stream = Arc::new(Stream::new("s".to_owned(), &framing, wire.to_vec()));
        let case = Case::cut_at(&stream, cuts.to_vec(), Close::Fin, Manner::Plain);
        let items = came.iter().map(|payload| (Item::of(payload), 0));
        let outcome = Outcome {
            observed: Observed {
                items: items.collect(),
                ..Observed::default()
            },
            ..Outcome::untried(case, Observer::Echo, Verdict::fail(kind, ""))
        };
        Spot::of(&outcome).to_string()
    }

    #[test]
    fn the_cut_in_the_first_wrong_frame_is_the_place() {
        let wire = b"\0\x02hi\0\x02yo\0\x02so";
        let lost = spot(wire, &[1, 5, 9], &[b"hi"], Kind::Lost);
        assert_eq!(lost, "lost, cut in the length, 1 byte, clean stream");
        let corrupt = spot(wire, &[1, 7], &[b"hi", b"y"], Kind::Corrupt);
        assert_eq!(
            corrupt,
            "corrupt, cut before the payload's last byte, clean stream"
        );
    }

    #[test]
    fn without_a_cut_in_it_the_cut_does_not_matter() {
        let wire = b"\0\x02hi\0\x02yo";
        let lost = spot(wire, &[1], &[b"hi"], Kind::Lost);
        assert_eq!(lost, "lost, sent whole, clean stream");
    }

    #[test]
    fn other_bytes_and_more_cuts_elsewhere_are_the_same_spot() {
        let one = spot(b"\0\x02hi", &[1], &[], Kind::Lost);
        let other = spot(b"\0\x01x\0\x05hello", &[1, 2, 4], &[b"x"], Kind::Lost);
        assert_eq!(one, other);
    }

    #[test]
    fn how_the_stream_ends_is_told() {
        let taken = spot(b"\0\x0a", &[], &[b"x"], Kind::AcceptedOversize);
        assert_eq!(taken, "accepted-oversize, sent whole, oversize stream");
    }
}
