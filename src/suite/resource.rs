//! What is measured of a target's processes: the cases for a framing, and the judging of the figures. Numbers in, verdict out.
//!
//! Every limit is relative: to what was announced, to what less of the same cost, to how many connections there were. A computer that is
//! slow or busy changes no verdict. Invariant: but for the stream of many frames none here holds a whole one, so that a correct target has
//! nothing to say but an error.

use std::sync::Arc;
use std::time::Duration;

use super::case::{Case, Tier};
use super::manner::{Manner, Resource};
use super::stream::Stream;
use super::{Close, Kind, Verdict};
use crate::framing::{Decoder, Framing, Oversize, Pattern};

/// The most that is announced: far over every usual limit, and still what a computer of today can give.
const ANNOUNCED: u64 = 1 << 30;

/// Below this, an announced length is too near to what threads' stacks and heaps reserve, and address space tells nothing.
const VIRTUAL_FROM: u64 = 256 << 20;

/// An announced length below this, or below so many times `max`, tells nothing.
const LEAST_ANNOUNCED: u64 = 8 << 20;
const TIMES_MAX: u64 = 4;

/// What is announced for comparison.
pub const SMALL: u64 = 16;

/// Segments that trickle in. A power of two, for the marks at an eighth, a quarter, a half and all of them.
pub const SEGMENTS: usize = 1024;

/// The most and least bytes that trickle in. With 1 MiB in 1024 segments, work on all that is there adds up to 512 MiB; with less
/// than 64 KiB the cost of the reads hides it.
const MOST_TRICKLED: u64 = 1 << 20;
const LEAST_TRICKLED: u64 = 64 << 10;

/// The cases of a framing; `name` is what its streams are called by.
pub(super) fn measured(framing: &Framing, name: &str, tier: Tier) -> Vec<Case> {
    let mut made = Made {
        framing,
        name,
        cases: Vec::new(),
    };
    made.announced();
    made.trickled();
    made.half(match tier {
        Tier::Quick => 100,
        Tier::Full | Tier::Soak => 1000,
    });
    made.cases
}

struct Made<'a> {
    framing: &'a Framing,
    name: &'a str,
    cases: Vec<Case>,
}

impl Made<'_> {
    fn announced(&mut self) {
        let why = "A length that is only announced must not be paid for in memory.";
        if let Some((_, wire)) = announced(self.framing) {
            self.add("announced", why, &[15], wire, Close::Hold, Resource::Memory);
        }
    }

    fn trickled(&mut self) {
        let why = "What came before must not be searched, moved or copied again with each read.";
        if let Some(wire) = trickled(self.framing) {
            self.add("trickled", why, &[59], wire, Close::Hold, Resource::Time);
        }
        let why = "Frames that are done with must not be looked at again with each read.";
        if let Some(wire) = many_frames(self.framing) {
            self.add("many_frames", why, &[59], wire, Close::Hold, Resource::Time);
        }
    }

    fn half(&mut self, connections: usize) {
        let leftovers = Resource::Leftovers(connections);
        let Some((wire, header)) = half(self.framing) else {
            return;
        };
        let silent = "A target that waits for the rest of a frame must sleep.";
        let ended =
            "The end of the stream inside a frame is an end, and not asked for again and again.";
        let left = "A connection that ends badly must leave nothing behind.";
        self.add(
            "half",
            silent,
            &[51],
            wire.clone(),
            Close::Hold,
            Resource::Idle,
        );
        self.add(
            "half",
            ended,
            &[51],
            wire.clone(),
            Close::Fin,
            Resource::Idle,
        );
        self.add("half", left, &[49], wire.clone(), Close::Reset, leftovers);
        match header / 2 {
            0 if self.framing.pattern_number() <= 2 => {}
            0 => self.add("half", left, &[49], wire, Close::Fin, leftovers),
            cut => {
                let wire = wire[..cut].to_vec();
                self.add("half_header", left, &[49], wire, Close::Fin, leftovers);
            }
        }
        let over = self.framing.max.and_then(|max| max.checked_add(1));
        if let Some(wire) = over.and_then(|over| self.framing.announce(over))
            && self.framing.oversize == Oversize::Close
        {
            self.add("over_announced", left, &[14], wire, Close::Fin, leftovers);
        }
    }

    fn add(
        &mut self,
        rule: &str,
        why: &str,
        classes: &[u8],
        wire: Vec<u8>,
        close: Close,
        resource: Resource,
    ) {
        let (segmentation, cuts) = match resource {
            Resource::Time => {
                let size = segment_size(&wire);
                let cuts = (size..wire.len()).step_by(size).collect();
                (format!("each-{size}"), cuts)
            }
            _ => ("whole".to_owned(), Vec::new()),
        };
        let base = Stream::new(format!("{}/rule/{rule}", self.name), self.framing, wire);
        let stream = Arc::new(Stream {
            why: why.to_owned(),
            classes: classes.to_vec(),
            ..base
        });
        self.cases.push(Case::new(
            &stream,
            &segmentation,
            cuts,
            close,
            Manner::Measure(resource),
        ));
    }
}

/// The largest length that the framing can announce, up to [`ANNOUNCED`], and its bytes.
fn announced(framing: &Framing) -> Option<(u64, Vec<u8>)> {
    let powers = (0..7).map(|halved| ANNOUNCED >> halved);
    let lengths = powers.flat_map(|length| [length, length - (length >> 8)]);
    let enough = lengths
        .take_while(|&length| length >= LEAST_ANNOUNCED)
        .filter(|length| {
            framing
                .max
                .is_none_or(|max| length / TIMES_MAX >= max.max(1))
        });
    enough
        .filter_map(|length| Some((length, framing.announce(length)?)))
        .next()
}

/// The beginning of a frame of as many bytes as `max` and the length field allow.
fn trickled(framing: &Framing) -> Option<Vec<u8>> {
    let most = framing.max.unwrap_or(MOST_TRICKLED).min(MOST_TRICKLED);
    let most = match framing.pattern {
        Pattern::Fixed { size, .. } => size.min(most),
        _ => most,
    };
    if most < LEAST_TRICKLED {
        return None;
    }
    let (mut wire, place) = frame_of(framing, most)?;
    wire.truncate(place.end - 1);
    unfinished(framing, &wire).then_some(wire)
}

/// Many short frames.
fn many_frames(framing: &Framing) -> Option<Vec<u8>> {
    const FRAMES: usize = 8 * SEGMENTS;
    let (frame, _) = match framing.pattern {
        Pattern::Eof | Pattern::HalfClose => return None,
        Pattern::Fixed { size, .. } if size > 64 => return None,
        Pattern::Fixed { size, .. } => frame_of(framing, size)?,
        _ => frame_of(framing, SMALL.min(framing.max.unwrap_or(SMALL)))?,
    };
    Some(frame.repeat(FRAMES))
}

/// So that there are at least [`SEGMENTS`].
fn segment_size(wire: &[u8]) -> usize {
    (wire.len() / SEGMENTS).max(1)
}

/// The first half of a small frame, and how many bytes stand before its payload.
fn half(framing: &Framing) -> Option<(Vec<u8>, usize)> {
    let size = match framing.pattern {
        Pattern::Fixed { size, .. } => size,
        _ => SMALL,
    };
    let (mut wire, place) = frame_of(framing, size.min(framing.max.unwrap_or(size)))?;
    wire.truncate(place.start + place.len() / 2);
    (!wire.is_empty() && unfinished(framing, &wire)).then_some((wire, place.start))
}

/// A frame of one byte again and again, one that is no part of a delimiter, and the place of its payload.
fn frame_of(framing: &Framing, size: u64) -> Option<(Vec<u8>, std::ops::Range<usize>)> {
    let size = usize::try_from(size).ok()?;
    let delimiters = match &framing.pattern {
        Pattern::Delimited { delimiters, .. } => &delimiters[..],
        _ => &[],
    };
    let foreign = |byte: &u8| !delimiters.iter().any(|delimiter| delimiter.contains(byte));
    let byte = b"ax0-".iter().copied().find(foreign)?;
    let mut wire = Vec::new();
    framing.encode(&vec![byte; size], &mut wire).ok()?;
    let start = match framing.pattern_number() {
        5 | 6 => memchr::memmem::find(&wire, &vec![byte; size])?,
        _ => 0,
    };
    Some((wire, start..start + size))
}

/// Whether the framing waits for more behind these bytes, and has found nothing in them.
fn unfinished(framing: &Framing, wire: &[u8]) -> bool {
    let mut events = Vec::new();
    let fits = Decoder::new(framing).push(wire, &mut events).is_ok();
    fits && events.is_empty()
}

/// By how much the memory of a target's processes grew over one connection, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Growth {
    /// The most that was resident at a time.
    pub resident: u64,
    /// The most address space that there was at a time.
    pub address_space: u64,
}

/// What is thought of the memory that an announced length took, compared with that of a small one.
#[must_use]
pub fn judge_memory(framing: &Framing, small: Growth, large: Growth) -> Verdict {
    let Some((announced, _)) = announced(framing) else {
        return Verdict::skip("the framing cannot announce a length that is worth it");
    };
    let follows = |small: u64, large: u64, part: u64| {
        large > small.saturating_add(part + framing.max.unwrap_or(0))
    };
    // Threads and heaps reserve address space of their own, but they do not fill it.
    let resident = follows(
        small.resident,
        large.resident,
        (announced / 8).max(LEAST_ANNOUNCED / 2),
    );
    let address_space = announced >= VIRTUAL_FROM
        && follows(small.address_space, large.address_space, announced / 2);
    let (what, small, large) = match (resident, address_space) {
        (true, _) => ("resident memory", small.resident, large.resident),
        (false, true) => ("address space", small.address_space, large.address_space),
        (false, false) => return Verdict::pass(),
    };
    Verdict::fail(
        Kind::Memory,
        format!(
            "{} were announced and not sent, and {what} grew by {}; by {} where {SMALL} bytes were announced",
            size(announced),
            size(large),
            size(small)
        ),
    )
}

/// Processor time that bytes took which trickled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trickle {
    /// Bytes in all.
    pub bytes: usize,
    /// For each of [`PARTS`] equal parts of the segments.
    pub ran: Vec<Duration>,
}

/// Parts in which the processor time is taken. Their lower quartile passes over a collection of garbage, a buffer that grows, and what a busy
/// computer adds.
pub const PARTS: usize = 32;

/// How many times as much a segment may cost in the second half as in the second eighth. A correct target has 0.9 to 1.2, or less where
/// a compiler makes it faster while it runs; work on all that is there has up to 4, less what a read costs by itself.
const STEEPER: f64 = 1.4;

/// From one stretch to the next it must grow by this, or it is no slope but a disturbance.
const EACH_STEEPER: f64 = 1.05;

/// What is thought of how processor time grows with the bytes.
#[must_use]
pub fn judge_time(trickle: &Trickle) -> Verdict {
    if trickle.ran.len() < PARTS {
        return Verdict::inconclusive("the bytes did not all come in");
    }
    let [early, middle, late] =
        [PARTS / 8, PARTS / 4, PARTS / 2].map(|from| per_segment(&trickle.ran[from..2 * from]));
    let steady = middle > early * EACH_STEEPER && late > middle * EACH_STEEPER;
    if !steady || late < early * STEEPER {
        return Verdict::pass();
    }
    Verdict::fail(
        Kind::Quadratic,
        format!(
            "{} came in {SEGMENTS} segments: each took {early:.0} us of processor time in the second eighth, \
             {middle:.0} us in the second quarter and {late:.0} us in the second half",
            size(trickle.bytes as u64)
        ),
    )
}

/// Microseconds that a segment took, in the lower quartile of these parts.
fn per_segment(parts: &[Duration]) -> f64 {
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    parts[parts.len() / 4].as_secs_f64() * 1e6 / (SEGMENTS / PARTS) as f64
}

/// What a target had open at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// File descriptors.
    pub files: u64,
    /// Threads, those of ended processes that nobody waited for included.
    pub threads: u64,
}

/// What stayed of a number of connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// How many there were.
    pub connections: usize,
    /// Before them.
    pub before: Held,
    /// After them, once it fell no more.
    pub after: Held,
}

impl Left {
    /// Whether half as much stayed as there were connections, of which there was one at least.
    #[must_use]
    pub fn suspicious(&self) -> bool {
        self.connections > 0 && self.worst().0 * 2 >= self.connections as u64
    }

    fn worst(&self) -> (u64, &'static str) {
        let files = self.after.files.saturating_sub(self.before.files);
        let threads = self.after.threads.saturating_sub(self.before.threads);
        match files >= threads {
            true => (files, "descriptors"),
            false => (threads, "threads"),
        }
    }
}

/// What is thought of what stayed: `further` is of more connections behind the first, which tell a pool that fills up from a leak.
#[must_use]
pub fn judge_leftovers(first: &Left, further: Option<&Left>) -> Verdict {
    let (grown, what) = first.worst();
    match further {
        _ if !first.suspicious() => Verdict::pass(),
        // It could serve no more than the first.
        None => leak(grown, what, first.connections),
        Some(left) if left.worst().0 * 4 >= left.connections as u64 * 3 => {
            let (more, what) = left.worst();
            leak(grown + more, what, first.connections + left.connections)
        }
        Some(left) if left.suspicious() => Verdict::inconclusive(format!(
            "{grown} {what} more after {} connections that ended badly, {} more after a further {}",
            first.connections,
            left.worst().0,
            left.connections
        )),
        Some(_) => Verdict::pass(),
    }
}

fn leak(grown: u64, what: &str, connections: usize) -> Verdict {
    Verdict::fail(
        Kind::Leak,
        format!(
            "{grown} {what} more are open after {connections} connections that ended badly, all of them over"
        ),
    )
}

/// Processor time over a while.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// How long the while was.
    pub wall: Duration,
    /// Time that threads ran.
    pub ran: Duration,
    /// Time that threads wanted to run and waited for a processor.
    pub waited: Duration,
}

impl Load {
    /// It ran whenever it could, and wanted to for more than half of the while: on a busy computer less of that is given to it.
    fn is_busy(&self) -> bool {
        (self.ran + self.waited) * 2 > self.wall && self.ran * 10 > self.wall
    }

    /// Less than half a processor was used, and not for want of one.
    #[must_use]
    pub fn is_calm(&self) -> bool {
        (self.ran + self.waited) * 2 <= self.wall
    }
}

/// Whiles in a row in which a busy target is busy.
const IN_A_ROW: usize = 3;

/// Whether it takes more whiles to tell a busy target from a calm one.
#[must_use]
pub fn is_unclear(with: &[Load]) -> bool {
    !with.last().is_some_and(Load::is_calm) && !is_busy(with)
}

fn is_busy(with: &[Load]) -> bool {
    with.len() >= IN_A_ROW && with.iter().rev().take(IN_A_ROW).all(Load::is_busy)
}

/// What is thought of a target while nothing comes: compared with the same target without a connection.
#[must_use]
pub fn judge_idle(without: &Load, with: &[Load]) -> Verdict {
    let Some(last) = with.last().filter(|last| !last.is_calm()) else {
        return Verdict::pass();
    };
    let figures = format!(
        "{} while nothing came, and {} without a connection",
        in_words(last),
        in_words(without)
    );
    match without.is_calm() && is_busy(with) {
        true => Verdict::fail(Kind::Busy, figures),
        false => Verdict::inconclusive(figures),
    }
}

fn in_words(load: &Load) -> String {
    let [ran, wall, waited] = [load.ran, load.wall, load.waited].map(|time| time.as_millis());
    match load.is_calm() {
        true => format!("{ran} ms of processor time in {wall} ms"),
        false => format!(
            "{ran} ms of processor time in {wall} ms (and {waited} ms of waiting for a processor)"
        ),
    }
}

/// Bytes in the unit in which they are easily read.
fn size(bytes: u64) -> String {
    match bytes {
        0..10_240 => format!("{bytes} bytes"),
        10_240..10_485_760 => format!("{} KiB", bytes >> 10),
        _ => format!("{} MiB", bytes >> 20),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::Status;

    fn ids(framing: &str) -> Vec<String> {
        let cases = measured(&framing.parse().unwrap(), "f", Tier::Quick);
        cases.into_iter().map(|case| case.id).collect()
    }

    #[test]
    fn a_framing_has_the_cases_that_it_can_say() {
        let all = [
            "f/rule/announced:whole:hold:memory",
            "f/rule/trickled:each-1024:hold:time",
            "f/rule/many_frames:each-160:hold:time",
            "f/rule/half:whole:hold:idle",
            "f/rule/half:whole:fin:idle",
            "f/rule/half:whole:reset:leftovers-100",
            "f/rule/half_header:whole:fin:leftovers-100",
            "f/rule/over_announced:whole:fin:leftovers-100",
        ];
        for framing in ["prefixed:u32be", "blocks:u32be", "http-chunked"] {
            let ids = ids(framing);
            assert_eq!(
                ids.iter().filter(|id| !id.ends_with(":time")).count(),
                6,
                "{ids:?}"
            );
            assert!(ids.iter().any(|id| id.ends_with(":time")), "{ids:?}");
        }
        let of_prefix = ids("prefixed:u32be");
        assert_eq!(of_prefix, all);
        assert!(
            !ids("prefixed:u16be")
                .iter()
                .any(|id| id.ends_with("memory") || id.contains("trickled"))
        );
        assert!(
            !ids(r"delimited:\n,max=1KiB")
                .iter()
                .any(|id| id.ends_with("memory") || id.contains("trickled"))
        );
        assert!(
            ids(r"delimited:ax0")
                .iter()
                .any(|id| id.contains("trickled"))
        );
        assert_eq!(
            ids("eof").iter().filter(|id| id.contains("left")).count(),
            1
        );
    }

    #[test]
    fn the_largest_length_that_the_field_can_say_is_announced() {
        for (framing, length) in [
            ("prefixed:u32be", Some(1 << 30)),
            ("prefixed:u64le,max=none", Some(1 << 30)),
            ("prefixed:decimal,end=:", Some(1 << 30)),
            ("prefixed:varint", Some(1 << 30)),
            ("prefixed:u24be", Some((16 << 20) - (16 << 12))),
            ("prefixed:u24be,max=16MiB", None),
            ("prefixed:u16be", None),
            ("prefixed:u32be,max=1GiB", None),
        ] {
            let announced = announced(&framing.parse().unwrap());
            assert_eq!(announced.map(|(length, _)| length), length, "{framing}");
        }
    }

    #[test]
    fn memory_that_follows_the_announced_length_is_found_and_what_max_allows_is_not() {
        let framing: Framing = "prefixed:u32be,max=64MiB".parse().unwrap();
        let grown = |resident: u64, address_space: u64| Growth {
            resident: resident << 20,
            address_space: address_space << 20,
        };
        let small = grown(1, 136);
        let judged = |large| judge_memory(&framing, small, large).kind;
        assert_eq!(judged(grown(1, 136)), None);
        assert_eq!(judged(grown(64, 64 + 136 + 128)), None);
        assert_eq!(judged(grown(1, 1024)), Some(Kind::Memory));
        assert_eq!(judged(grown(1024, 0)), Some(Kind::Memory));
        let medium: Framing = "prefixed:u24be".parse().unwrap();
        assert_eq!(judge_memory(&medium, small, grown(2, 1024)).kind, None);
        assert_eq!(
            judge_memory(&medium, small, grown(16, 0)).kind,
            Some(Kind::Memory)
        );
    }

    #[test]
    fn the_slope_decides_and_no_absolute_time_does() {
        let judged = |cost: &dyn Fn(usize) -> u64| {
            let ran = (0..PARTS).map(|part| Duration::from_micros(cost(part)));
            let trickle = Trickle {
                bytes: 1 << 20,
                ran: ran.collect(),
            };
            judge_time(&trickle).kind
        };
        for scale in [1, 100] {
            assert_eq!(judged(&|_| 32 * scale), None);
            assert_eq!(judged(&|part| (64 - part as u64) * scale), None);
            assert_eq!(
                judged(&|part| 32 * scale * (1 + 99 * u64::from(part % 5 == 4))),
                None
            );
            assert_eq!(
                judged(&|part| 32 * scale * (1 + u64::from(part > 15))),
                None
            );
            assert_eq!(
                judged(&|part| (20 + 2 * part as u64) * scale),
                Some(Kind::Quadratic)
            );
        }
    }

    #[test]
    fn a_pool_that_fills_up_is_no_leak() {
        let left = |connections, threads| Left {
            connections,
            after: Held { files: 3, threads },
            ..Left::default()
        };
        let judged = |first: u64, further: u64| {
            judge_leftovers(&left(100, first), Some(&left(512, further))).status
        };
        assert_eq!(judged(49, 512), Status::Pass);
        assert_eq!(judged(100, 100), Status::Pass);
        assert_eq!(judged(100, 300), Status::Inconclusive);
        assert_eq!(judged(100, 512), Status::Fail);
        assert_eq!(judge_leftovers(&left(100, 90), None).kind, Some(Kind::Leak));
        assert_eq!(judge_leftovers(&left(0, 0), None).status, Status::Pass);
    }

    #[test]
    fn a_loop_is_busy_and_a_starved_one_is_unclear() {
        let load = |ran, waited| Load {
            wall: Duration::from_millis(100),
            ran: Duration::from_millis(ran),
            waited: Duration::from_millis(waited),
        };
        let judged = |without, with: &[Load]| judge_idle(&without, with).status;
        let calm = load(1, 0);
        let (looping, pressed, starved) = (load(99, 1), load(30, 70), load(2, 98));
        assert_eq!(judged(calm, &[looping; 3]), Status::Fail);
        assert_eq!(judged(calm, &[pressed; 3]), Status::Fail);
        assert_eq!(judged(calm, &[looping, calm]), Status::Pass);
        assert_eq!(judged(calm, &[]), Status::Pass);
        assert_eq!(judged(calm, &[starved; 12]), Status::Inconclusive);
        assert_eq!(judged(looping, &[looping; 3]), Status::Inconclusive);
        assert!(is_unclear(&[]) && is_unclear(&[looping; 2]) && is_unclear(&[starved; 11]));
        assert!(!is_unclear(&[looping; 3]) && !is_unclear(&[looping, calm]));
    }
}
