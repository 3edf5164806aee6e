//! Steps from a failing case to smaller ones: fewer frames, bytes and cuts, plainer payloads, a plainer close and manner.
//!
//! Nothing is tried here: a step makes a case, and whoever has a target says whether that fails as well. What must come of the smaller
//! bytes is always recomputed by the reference. Invariant: each step leads to a case of less [`Weight`], an order in which nothing
//! descends for ever; and cuts stay ascending inside the wire.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::Close;
use super::case::Case;
use super::manner::{After, Manner};
use super::stream::Stream;
use crate::framing::{Event, Framing, Pattern, Span, Unit, decode};

/// The most pieces that something is divided into: each is a try on the target, and of a long wire what is left gets its turn once
/// that is shorter.
const MOST_PIECES: usize = 1024;

/// What payload bytes are replaced by.
const LETTER: u8 = b'a';

/// One way to a smaller case.
#[derive(Clone, Debug)]
pub struct Step(Change);

#[derive(Clone, Debug)]
enum Change {
    Manner(Manner),
    /// These bytes go.
    Drop(Range<usize>),
    /// These bytes of this frame's payload go, and it gets the length that belongs to the rest.
    Shorten(Span, Range<usize>),
    /// The cuts with these numbers go.
    Uncut(Range<usize>),
    Close(Close),
    /// These bytes become letters.
    Letters(Range<usize>),
    /// The cut with this number moves there.
    Move(usize, usize),
}

/// The steps from a case, the biggest first; always the same for the same case.
#[must_use]
pub fn steps(case: &Case) -> Vec<Step> {
    let (wire, cuts) = (case.stream.wire.len(), &case.cuts);
    let spans = spans(&case.stream);
    let mut changes: Vec<Change> = plainer(&case.manner)
        .into_iter()
        .map(Change::Manner)
        .collect();
    changes.extend(frames(&case.stream).into_iter().map(Change::Drop));
    changes.extend(pieces(0..cuts.len()).into_iter().map(Change::Uncut));
    changes.extend(shorter(&spans));
    changes.extend(pieces(0..wire).into_iter().map(Change::Drop));
    changes.extend(plainer_close(case.close).map(Change::Close));
    changes.extend(letters(&spans, wire).into_iter().map(Change::Letters));
    changes.extend((0..cuts.len()).flat_map(|number| moves(cuts, number)));
    changes.into_iter().map(Step).collect()
}

impl Step {
    /// The smaller case; `None` where the step leads to none.
    #[must_use]
    pub fn take(&self, case: &Case) -> Option<Case> {
        let bytes = |(wire, cuts)| with_bytes(case, wire, cuts);
        let taken = match &self.0 {
            Change::Manner(manner) => with(
                case,
                &case.stream,
                case.cuts.clone(),
                case.close,
                manner.clone(),
            ),
            Change::Drop(gone) => bytes(without(case, gone)),
            Change::Shorten(span, gone) => bytes(shortened(case, span, gone)?),
            Change::Letters(place) => bytes((lettered(case, place), case.cuts.clone())),
            Change::Uncut(gone) => {
                let mut cuts = case.cuts.clone();
                cuts.drain(gone.clone());
                with(case, &case.stream, cuts, case.close, case.manner.clone())
            }
            Change::Close(close) => with(
                case,
                &case.stream,
                case.cuts.clone(),
                *close,
                case.manner.clone(),
            ),
            Change::Move(number, to) => {
                let mut cuts = case.cuts.clone();
                cuts[*number] = *to;
                with(case, &case.stream, cuts, case.close, case.manner.clone())
            }
        };
        (Weight::of(&taken) < Weight::of(case)).then_some(taken)
    }
}

/// How much a case is. Compared from the first number to the last; each is bounded below, so no row of steps goes on for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Weight {
    manner: u128,
    bytes: usize,
    cuts: usize,
    odd: usize,
    close: usize,
    places: usize,
}

impl Weight {
    /// Of this case.
    #[must_use]
    pub fn of(case: &Case) -> Self {
        Self {
            manner: weight_of_manner(&case.manner),
            bytes: case.stream.wire.len(),
            cuts: case.cuts.len(),
            odd: odd(&case.stream.wire),
            close: rank(case.close),
            places: case.cuts.iter().sum(),
        }
    }
}

fn weight_of_manner(manner: &Manner) -> u128 {
    let bytes = |stream: &Stream| stream.wire.len() as u128;
    match manner {
        Manner::Plain => 0,
        Manner::Unread | Manner::Measure(_) => 1,
        Manner::Pause(pause) => 1 + pause.as_nanos(),
        Manner::After(after) => {
            1 + after.times as u128 + bytes(&after.stream) + rank(after.close) as u128
        }
        Manner::Beside(others) => 1 + others.iter().map(|other| 1 + bytes(other)).sum::<u128>(),
    }
}

fn odd(wire: &[u8]) -> usize {
    wire.iter().filter(|&&byte| byte != LETTER).count()
}

fn rank(close: Close) -> usize {
    match close {
        Close::Fin => 0,
        Close::Hold => 1,
        Close::Reset => 2,
    }
}

/// Closes that say less than this one.
fn plainer_close(close: Close) -> impl Iterator<Item = Close> {
    let plainer = move |other: &Close| rank(*other) < rank(close);
    [Close::Fin, Close::Hold].into_iter().filter(plainer)
}

/// A range in ever smaller pieces: all of it, halves, quarters, down to single ones where these are few enough.
fn pieces(all: Range<usize>) -> Vec<Range<usize>> {
    pieces_of(all, MOST_PIECES)
}

fn pieces_of(all: Range<usize>, most: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut size = all.len();
    while size > 0 && all.len().div_ceil(size) <= most {
        let starts = all.clone().step_by(size);
        found.extend(starts.map(|start| start..(start + size).min(all.end)));
        size = if size == 1 { 0 } else { size.div_ceil(2) };
    }
    found
}

/// Where one or more frames in a row lie, many first.
fn frames(stream: &Stream) -> Vec<Range<usize>> {
    let mut edges = vec![0];
    edges.extend(&stream.boundaries);
    edges.push(stream.wire.len());
    let in_rows = pieces(0..edges.len() - 1).into_iter();
    in_rows
        .map(|row| edges[row.start]..edges[row.end])
        .filter(|bytes| !bytes.is_empty())
        .collect()
}

/// The frames whose payload can be exchanged for another.
fn spans(stream: &Stream) -> Vec<Span> {
    let pieces = stream.framing.pattern_number() == 6;
    let (events, _) = decode(&stream.framing, &stream.wire);
    let span = |event| match event {
        Event::Frame(span) if !pieces => Some(span),
        Event::Block(span) => Some(span),
        _ => None,
    };
    let inside = |span: &Span| span.end <= stream.wire.len() as u64;
    events.into_iter().filter_map(span).filter(inside).collect()
}

/// Payloads without some of their bytes, many first.
fn shorter(spans: &[Span]) -> Vec<Change> {
    let each = MOST_PIECES / spans.len().max(1);
    let of_span = |span: &Span| {
        let gone = pieces_of(0..span.len as usize, each.max(1)).into_iter();
        let span = *span;
        gone.map(move |gone| (gone.len(), Change::Shorten(span, gone)))
    };
    let mut found: Vec<_> = spans.iter().flat_map(of_span).collect();
    found.sort_by_key(|(bytes, _)| std::cmp::Reverse(*bytes));
    found.into_iter().map(|(_, change)| change).collect()
}

/// Payloads in pieces, and what comes behind the last frame.
fn letters(spans: &[Span], wire: usize) -> Vec<Range<usize>> {
    let behind = spans.last().map_or(0, |span| span.end as usize);
    let payloads = spans.iter().map(|span| {
        let start = span.offset as usize;
        start..(start + span.len as usize).min(wire)
    });
    let all = payloads.chain(std::iter::once(behind..wire)).map(pieces);
    let mut found: Vec<_> = all.flatten().collect();
    found.sort_by_key(|place| std::cmp::Reverse(place.len()));
    found
}

/// Places nearer to the cut before.
fn moves(cuts: &[usize], number: usize) -> Vec<Change> {
    let at = cuts[number];
    let first = number.checked_sub(1).map_or(1, |before| cuts[before] + 1);
    let mut places = vec![first, first + (at - first) / 2, at - 1];
    places.retain(|&place| first <= place && place < at);
    places.dedup();
    let to = |place| Change::Move(number, place);
    places.into_iter().map(to).collect()
}

fn plainer(manner: &Manner) -> Vec<Manner> {
    let less = match manner {
        Manner::Plain | Manner::Measure(_) => return Vec::new(),
        Manner::Unread => Vec::new(),
        Manner::Pause(pause) => vec![Manner::Pause(halved(*pause))],
        Manner::After(after) => less_before(after),
        Manner::Beside(others) => fewer_beside(others),
    };
    [Manner::Plain].into_iter().chain(less).collect()
}

/// Half of a pause in whole milliseconds, so that the words of reports hold it.
fn halved(pause: Duration) -> Duration {
    Duration::from_millis((pause.as_millis() / 2).max(1) as u64)
}

fn less_before(after: &After) -> Vec<Manner> {
    let mut times = vec![1, after.times / 2, after.times.saturating_sub(1)];
    times.retain(|&times| 0 < times && times < after.times);
    times.dedup();
    let fewer = times.into_iter().map(|times| After {
        times,
        ..after.clone()
    });
    let closes = plainer_close(after.close).map(|close| After {
        close,
        ..after.clone()
    });
    let shorter = shorter_streams(&after.stream).map(|stream| After {
        stream,
        ..after.clone()
    });
    let all = fewer.chain(closes).chain(shorter);
    all.map(Manner::After).collect()
}

fn fewer_beside(others: &[Arc<Stream>]) -> Vec<Manner> {
    let gone = pieces(0..others.len()).into_iter().map(|gone| {
        let mut left = others.to_vec();
        left.drain(gone);
        left
    });
    let shorter = (0..others.len()).flat_map(|number| {
        shorter_streams(&others[number]).map(move |stream| {
            let mut left = others.to_vec();
            left[number] = stream;
            left
        })
    });
    let some = gone.chain(shorter).filter(|left| !left.is_empty());
    some.map(Manner::Beside).collect()
}

/// A companion with fewer bytes.
fn shorter_streams(stream: &Stream) -> impl Iterator<Item = Arc<Stream>> {
    let gone = frames(stream)
        .into_iter()
        .chain(pieces(0..stream.wire.len()));
    gone.map(|gone| {
        let mut wire = stream.wire.clone();
        wire.drain(gone);
        Arc::new(Stream::new(stream.id.clone(), &stream.framing, wire))
    })
}

/// Without a run of bytes; the cuts in it fall together at its place.
fn without(case: &Case, gone: &Range<usize>) -> (Vec<u8>, Vec<usize>) {
    let mut wire = case.stream.wire.clone();
    wire.drain(gone.clone());
    let cuts = case.cuts.iter().map(|&at| moved(at, gone));
    (wire, cuts.collect())
}

/// With less payload in one frame. A cut in the header, the payload or the trailer stays there.
fn shortened(case: &Case, span: &Span, gone: &Range<usize>) -> Option<(Vec<u8>, Vec<usize>)> {
    let wire = &case.stream.wire;
    let (start, end) = (span.start as usize, span.end as usize);
    let (first, old) = (span.offset as usize, span.len as usize);
    let payload = wire.get(first..first + old)?;
    let left = [&payload[..gone.start], &payload[gone.end..]].concat();
    let mut frame = Vec::new();
    by_block(&case.stream.framing)
        .encode(&left, &mut frame)
        .ok()?;
    let trailer = end.checked_sub(first + old)?;
    let header = frame.len().checked_sub(left.len() + trailer)?;
    let new_end = start + frame.len();
    let place = |&at: &usize| match at {
        at if at <= start => at,
        at if at >= first + old => new_end + at - end,
        at if at >= first => start + header + moved(at - first, gone),
        at => start + (at - start).min(header),
    };
    let cuts = case.cuts.iter().map(place).collect();
    Some(([&wire[..start], &frame, &wire[end..]].concat(), cuts))
}

/// Where an offset is when these bytes are gone.
fn moved(at: usize, gone: &Range<usize>) -> usize {
    match at {
        at if at <= gone.start => at,
        at if at >= gone.end => at - gone.len(),
        _ => gone.start,
    }
}

/// What encodes a single block where a frame is a whole series.
fn by_block(framing: &Framing) -> Framing {
    let mut framing = framing.clone();
    if let Pattern::Blocks { unit, .. } = &mut framing.pattern {
        *unit = Unit::Block;
    }
    framing
}

fn lettered(case: &Case, place: &Range<usize>) -> Vec<u8> {
    let mut wire = case.stream.wire.clone();
    wire[place.clone()].fill(LETTER);
    wire
}

fn with_bytes(case: &Case, wire: Vec<u8>, cuts: Vec<usize>) -> Case {
    let old = &case.stream;
    // Why the bytes were chosen does not hold of what is left of them.
    let stream = Stream {
        level: old.level,
        classes: old.classes.clone(),
        ..Stream::new(old.id.clone(), &old.framing, wire)
    };
    with(
        case,
        &Arc::new(stream),
        cuts,
        case.close,
        case.manner.clone(),
    )
}

fn with(
    case: &Case,
    stream: &Arc<Stream>,
    mut cuts: Vec<usize>,
    close: Close,
    manner: Manner,
) -> Case {
    debug_assert_eq!(case.stream.framing, stream.framing);
    cuts.retain(|&at| 0 < at && at < stream.wire.len());
    cuts.dedup();
    Case::cut_at(stream, cuts, close, manner)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FRAMINGS: &[&str] = &[
        "prefixed:u32be",
        "netstring",
        "lines",
        "fixed:3",
        "blocks:u8",
        "blocks:u8,unit=series",
        "http-chunked",
        "prefixed:varint,max=5",
        "eof",
    ];

    fn stream(framing: &str, payloads: &[Vec<u8>], behind: &[u8]) -> Arc<Stream> {
        let framing: Framing = framing.parse().unwrap();
        let mut wire = Vec::new();
        for payload in payloads {
            // A payload that cannot be framed here is one fewer.
            let _ = framing.encode(payload, &mut wire);
        }
        wire.extend(behind);
        Arc::new(Stream::new("s/s".to_owned(), &framing, wire))
    }

    fn case(stream: &Arc<Stream>, cuts: &[prop::sample::Index], close: Close) -> Case {
        let mut cuts: Vec<usize> = match stream.wire.len() {
            0 | 1 => Vec::new(),
            len => cuts.iter().map(|cut| 1 + cut.index(len - 1)).collect(),
        };
        cuts.sort_unstable();
        cuts.dedup();
        Case::cut_at(stream, cuts, close, Manner::Plain)
    }

    fn sound(case: &Case) -> bool {
        let ascend = case.cuts.windows(2).all(|pair| pair[0] < pair[1]);
        let inside = |&at: &usize| 0 < at && at < case.stream.wire.len();
        ascend && case.cuts.iter().all(inside)
    }

    proptest! {
        #[test]
        fn every_step_leads_to_a_smaller_sound_case(
            framing in prop::sample::select(FRAMINGS),
            payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..4),
            behind in prop::collection::vec(any::<u8>(), 0..4),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
            close in prop::sample::select(Close::ALL),
            manner in 0..5,
        ) {
            let stream = stream(framing, &payloads, &behind);
            let mut case = case(&stream, &cuts, close);
            case.manner = match manner {
                0 => Manner::Plain,
                1 => Manner::Unread,
                2 => Manner::Pause(Duration::from_millis(100)),
                3 => Manner::After(After { times: 5, stream: Arc::clone(&stream), close }),
                _ => Manner::Beside(vec![Arc::clone(&stream); 3]),
            };
            for step in steps(&case) {
                if let Some(smaller) = step.take(&case) {
                    prop_assert!(Weight::of(&smaller) < Weight::of(&case), "{:?}", step);
                    prop_assert!(sound(&smaller), "{:?} to {:?}", step, smaller.cuts);
                    let again = Stream::new(String::new(), &smaller.stream.framing, smaller.stream.wire.clone());
                    prop_assert_eq!(&again.due, &smaller.stream.due);
                }
            }
        }
    }

    /// Steps are taken as long as `fails` holds.
    fn least(mut case: Case, fails: impl Fn(&Case) -> bool) -> Case {
        assert!(fails(&case));
        while let Some(smaller) = steps(&case)
            .iter()
            .filter_map(|step| step.take(&case))
            .find(&fails)
        {
            case = smaller;
        }
        case
    }

    #[test]
    fn a_failure_at_any_cut_in_a_header_becomes_one_frame_without_payload() {
        let payloads = [vec![1; 300], b"hello".to_vec(), vec![7; 70]];
        let stream = stream("prefixed:u16be", &payloads, b"");
        let each = (1..stream.wire.len()).collect();
        let case = Case::cut_at(&stream, each, Close::Hold, Manner::Unread);
        let in_header = |case: &Case| {
            let starts = [0].into_iter().chain(case.stream.boundaries.clone());
            !case.stream.due.is_empty()
                && starts
                    .into_iter()
                    .any(|start| case.cuts.contains(&(start + 1)))
        };
        let least = least(case, in_header);
        assert_eq!(least.stream.wire, b"\0\0");
        assert_eq!(least.cuts, [1]);
        assert_eq!(least.close, Close::Fin);
        assert!(least.manner.is_plain());
    }

    #[test]
    fn a_shorter_payload_gets_its_length() {
        let stream = stream("netstring", &[vec![b'x'; 40]], b"");
        let case = Case::cut_at(&stream, vec![2], Close::Fin, Manner::Plain);
        let long = |case: &Case| case.stream.payloads.iter().any(|place| place.len() >= 13);
        let least = least(case, long);
        assert_eq!(least.stream.wire, b"13:aaaaaaaaaaaaa,");
        assert!(least.cuts.is_empty());
    }

    #[test]
    fn a_byte_in_the_middle_of_a_payload_is_what_is_left() {
        let stream = stream("prefixed:u8", &[b"abXcd".to_vec(), vec![1]], b"");
        let case = Case::cut_at(&stream, vec![3, 4], Close::Fin, Manner::Plain);
        let has_x = |case: &Case| case.stream.payload_bytes().any(|one| one.contains(&b'X'));
        let least = least(case, has_x);
        assert_eq!(least.stream.wire, b"\x01X");
    }

    #[test]
    fn connections_before_it_become_few_and_short() {
        let stream = stream("lines", &[b"abc".to_vec(), b"def".to_vec()], b"");
        let manner = Manner::After(After {
            times: 100,
            stream: Arc::clone(&stream),
            close: Close::Reset,
        });
        let case = Case::cut_at(&stream, Vec::new(), Close::Fin, manner);
        let thrice = |case: &Case| matches!(&case.manner, Manner::After(after) if after.times >= 3 && after.stream.wire.contains(&b'e'));
        let least = least(case, thrice);
        let Manner::After(after) = least.manner else {
            panic!("{:?}", least.manner);
        };
        assert_eq!((after.times, &after.stream.wire[..]), (3, &b"e"[..]));
        assert_eq!(after.close, Close::Fin);
        assert!(least.stream.wire.is_empty());
    }

    #[test]
    fn a_long_wire_has_a_bounded_number_of_steps() {
        let stream = stream("eof", &[vec![0; 1 << 20]], b"");
        let case = Case::cut_at(&stream, Vec::new(), Close::Fin, Manner::Plain);
        assert!(steps(&case).len() < 10 * MOST_PIECES);
    }
}
