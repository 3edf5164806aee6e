//! The judge: what was due and what passed, to a verdict. It never sees a socket, so an old transcript can be judged again.
//!
//! Each failure has one kind, the most telling: a dead process before its missing frames, wrong frames before wrong times, wrong times before a
//! wrong ending. Invariant: what the observer cannot show is a skip, and never a pass.

use std::fmt;

use super::observer::{Observed, Observer, Said, read_echo, read_report};
use super::stream::{Due, Item, Point, Stream};
use super::transcript::{End, Silence, Transcript};
use super::{Close, Level};
use crate::framing::{Ending, Pattern};

/// What is thought of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Pass, fail, inconclusive or skip.
    pub status: Status,
    /// What kind of failure, or (level `may`) of difference.
    pub kind: Option<Kind>,
    /// In words; empty for a plain pass.
    pub why: String,
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$case_doc:meta])* $case:ident = $text:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$case_doc])* $case,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$case,)+];

            /// The word that reports have for it.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$case => $text,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.word())
            }
        }
    )+};
}

words! {
    /// The four verdicts.
    Status {
        /// As it must be.
        Pass = "pass",
        /// Not as it must be.
        Fail = "fail",
        /// Nothing follows from what passed.
        Inconclusive = "inconclusive",
        /// The observer or the target's payloads do not allow the case.
        Skip = "skip",
    }
    /// The kinds of failure.
    Kind {
        /// A frame never came.
        Lost = "lost",
        /// A frame came that is not in the stream.
        Extra = "extra",
        /// Several frames came as one.
        Merged = "merged",
        /// One frame came as several.
        Split = "split",
        /// A frame came with other bytes.
        Corrupt = "corrupt",
        /// A complete frame came only after more bytes, or the end of the stream.
        Late = "late",
        /// Something came before its last byte was sent, or before our end in pattern 2.
        Early = "early",
        /// A stream that ended inside a frame was taken for a good one.
        AcceptedTruncated = "accepted-truncated",
        /// A malformed stream was taken for a good one.
        AcceptedMalformed = "accepted-malformed",
        /// A payload over `max` was taken.
        AcceptedOversize = "accepted-oversize",
        /// A valid stream was refused.
        RejectedValid = "rejected-valid",
        /// No progress by the deadline.
        Hang = "hang",
        /// The process ended.
        Crash = "crash",
        /// The connection was reset with data owed.
        Reset = "reset",
        /// A connection is served wrongly because of what another one did.
        Poisoned = "poisoned",
        /// Memory followed a length that was only announced.
        Memory = "memory",
        /// Processor time grows faster than the bytes do.
        Quadratic = "quadratic",
        /// Descriptors or threads of connections that are over stay.
        Leak = "leak",
        /// Processor time is used while nothing comes.
        Busy = "busy",
        /// It sends without end.
        Flood = "flood",
        /// It does not answer as the observer needs it.
        Garbage = "garbage",
        /// The reply depends on the cuts (observer `invariance`).
        Variant = "variant",
    }
}

impl Verdict {
    fn of(status: Status, why: impl Into<String>) -> Self {
        Self {
            status,
            kind: None,
            why: why.into(),
        }
    }

    /// As it must be.
    pub(crate) fn pass() -> Self {
        Self::of(Status::Pass, "")
    }

    /// A case that was not tried, or shows nothing.
    #[must_use]
    pub fn skip(why: impl Into<String>) -> Self {
        Self::of(Status::Skip, why)
    }

    /// A case of which nothing follows.
    #[must_use]
    pub fn inconclusive(why: impl Into<String>) -> Self {
        Self::of(Status::Inconclusive, why)
    }

    pub(crate) fn fail(kind: Kind, why: impl Into<String>) -> Self {
        Self {
            status: Status::Fail,
            kind: Some(kind),
            why: why.into(),
        }
    }
}

/// A failure on its way out of the checks.
type Found = Result<(), (Kind, String)>;

/// What the target gave back, read as its observer has it.
#[must_use]
pub fn observe(stream: &Stream, observer: Observer, transcript: &Transcript) -> Observed {
    match observer {
        // Of a whole stream an empty answer is an empty frame, and also no answer: what is due tells which.
        Observer::Echo if transcript.received.is_empty() && stream.due.is_empty() => {
            Observed::default()
        }
        Observer::Echo => read_echo(
            &stream.framing,
            &transcript.received,
            matches!(transcript.end, End::Closed | End::ClosedBefore),
        ),
        Observer::Report => read_report(&transcript.received),
        Observer::Stdout => Observed {
            items: transcript.printed.iter().map(|&item| (item, 0)).collect(),
            ..Observed::default()
        },
        // What the reply means is not known.
        Observer::Invariance => Observed::default(),
    }
}

/// The verdict on what passed, where the observer shows what was decoded.
#[must_use]
pub fn judge(
    stream: &Stream,
    close: Close,
    observer: Observer,
    transcript: &Transcript,
) -> Verdict {
    let observed = observe(stream, observer, transcript);
    let judged = Case {
        stream,
        close,
        observer,
        transcript,
        observed: &observed,
    };
    match judged.check() {
        Err((kind, why)) if stream.level == Level::May => Verdict {
            status: Status::Pass,
            kind: Some(kind),
            why: format!("characterised, not judged: {why}"),
        },
        Err((kind, why)) => Verdict::fail(kind, why),
        Ok(()) => judged.shown(),
    }
}

struct Case<'a> {
    stream: &'a Stream,
    close: Close,
    observer: Observer,
    transcript: &'a Transcript,
    observed: &'a Observed,
}

impl Case<'_> {
    fn check(&self) -> Found {
        self.alive()?;
        self.early_answer()?;
        self.items()?;
        self.garbage()?;
        self.early()?;
        self.late()?;
        self.ending()?;
        self.closed()
    }

    /// A pass, unless nothing was to be seen.
    fn shown(&self) -> Verdict {
        let clean = self.stream.ending == Ending::Clean;
        let nothing = self.expected().next().is_none();
        if nothing
            && !self.observer.shows_endings()
            && (!clean || self.observer == Observer::Stdout)
        {
            return Verdict::skip(format!(
                "nothing is due, and {} does not show how the stream ended; nothing wrong was seen",
                self.observer
            ));
        }
        if nothing && self.close == Close::Reset {
            return Verdict::skip("nothing is due before the reset; nothing wrong was seen");
        }
        Verdict::of(Status::Pass, "")
    }

    /// What must have been reported: all that the observer shows, but with a reset only what was due before it.
    fn expected(&self) -> impl Iterator<Item = &Due> {
        let reset = self.close == Close::Reset;
        let shown = self.stream.due_for(self.observer);
        shown.take_while(move |due| !reset || due.latest != Point::End)
    }

    fn alive(&self) -> Found {
        if let Some(how) = &self.transcript.died {
            return Err((Kind::Crash, format!("the process ended: {how}")));
        }
        if let Some(why) = self
            .transcript
            .stalled
            .as_ref()
            .filter(|_| self.stream.ending == Ending::Clean)
        {
            return Err((Kind::Hang, why.clone()));
        }
        match self.transcript.flooded {
            true => Err((
                Kind::Flood,
                format!("it sent more than {} bytes", self.transcript.received.len()),
            )),
            false => Ok(()),
        }
    }

    /// In pattern 2 nothing may come back before our end, unless it is that the stream is refused.
    fn early_answer(&self) -> Found {
        let valid = self.stream.ending == Ending::Clean;
        let mut marks = self.transcript.marks.iter();
        let early = marks.find(|mark| mark.received > 0 && mark.sent < Point::End);
        match (&self.stream.framing.pattern, early) {
            (Pattern::HalfClose, Some(mark)) if valid => Err((
                Kind::Early,
                format!(
                    "{} bytes came back before our end of the stream",
                    mark.received
                ),
            )),
            _ => Ok(()),
        }
    }

    fn items(&self) -> Found {
        let expected: Vec<Item> = self.expected().map(|due| due.item).collect();
        let found: Vec<Item> = self.observed.items.iter().map(|&(item, _)| item).collect();
        let same = expected
            .iter()
            .zip(&found)
            .take_while(|(expected, found)| expected == found)
            .count();
        match (&expected[same..], &found[same..]) {
            ([], []) => Ok(()),
            ([], more) if self.may_be_known(same, more) => Ok(()),
            ([], [extra, ..]) => Err(self.more_than_due(same, *extra)),
            (missing, []) => self.missing(same, missing[0]),
            (expected, found) => Err(different(same, expected, found)),
        }
    }

    /// Whether these are what the stream goes on with, and known from its bytes alone: a CR that a line feed could follow has ended its
    /// line. With a reset that is not owed, but right.
    fn may_be_known(&self, index: usize, more: &[Item]) -> bool {
        let known = |due: &&Due| due.earliest != Point::End;
        let mut due = self.stream.due_for(self.observer).skip(index);
        more.iter().all(|item| {
            due.next()
                .filter(known)
                .is_some_and(|due| due.item == *item)
        })
    }

    fn more_than_due(&self, index: usize, extra: Item) -> (Kind, String) {
        let ending = &self.stream.ending;
        let kind = accepted(ending).unwrap_or(Kind::Extra);
        let why = match ending {
            Ending::Clean => format!("item {index}, {extra}, is not in the stream"),
            _ => {
                format!("the stream is {ending}, but {extra} was reported after what is good of it")
            }
        };
        match kind {
            Kind::AcceptedOversize => (
                kind,
                why + " (a target without a limit is tried with max=none)",
            ),
            _ => (kind, why),
        }
    }

    fn missing(&self, index: usize, item: Item) -> Found {
        self.garbage()?;
        let missing = format!("item {index}, {item}, never came");
        let valid = self.stream.ending == Ending::Clean;
        Err(match (self.transcript.end, self.observed.ending) {
            (_, Some(said)) if valid && said != Said::Clean => (
                Kind::RejectedValid,
                format!("a valid stream was called {}: {missing}", said.word()),
            ),
            (End::Reset, _) => (Kind::Reset, format!("the connection was reset: {missing}")),
            (End::Open, _) => (
                Kind::Hang,
                format!("{missing}, and the connection stays open"),
            ),
            (End::ClosedBefore, _) if valid => (
                Kind::RejectedValid,
                format!("it closed before our end of the stream: {missing}"),
            ),
            _ => (Kind::Lost, missing),
        })
    }

    /// What came back and is no report. An echo of a broken stream may be as broken as that: it is no frame.
    fn garbage(&self) -> Found {
        let excused = self.observer == Observer::Echo && self.stream.ending != Ending::Clean;
        match &self.observed.garbage {
            Some((at, what)) if !excused => Err((
                Kind::Garbage,
                format!("at byte {at} of what came back: {what}"),
            )),
            _ => Ok(()),
        }
    }

    /// Items that came before they could be known.
    fn early(&self) -> Found {
        if !self.observer.shows_times() {
            return Ok(());
        }
        for (due, &(item, at)) in self.stream.due.iter().zip(&self.observed.items) {
            let sent = self.transcript.sent_at(at);
            // An empty answer has no byte that could have come too early.
            if at > 0 && sent < due.earliest {
                return Err((
                    Kind::Early,
                    format!(
                        "{item} came when {}, {} too early",
                        point(sent),
                        before(sent, due.earliest)
                    ),
                ));
            }
        }
        Ok(())
    }

    /// Items that had not come though all that they need had been read and nothing more was coming.
    fn late(&self) -> Found {
        let quiet = self
            .transcript
            .marks
            .iter()
            .filter_map(|mark| Some((mark, mark.silence?)));
        for (mark, silence) in quiet.filter(|_| self.observer.shows_times()) {
            let came = self
                .observed
                .items
                .iter()
                .take_while(|(_, at)| *at <= mark.received)
                .count();
            let owed = self
                .expected()
                .take_while(|due| due.latest <= mark.sent)
                .count();
            if came < owed {
                let how = match silence {
                    Silence::Proven => "all of it read and the target asleep",
                    Silence::Deadline => "the deadline passed",
                    Silence::Asked => "it asked for more",
                };
                return Err((
                    Kind::Late,
                    format!(
                        "when {} ({how}), {} had not come; it came later",
                        point(mark.sent),
                        self.stream.due[came].item
                    ),
                ));
            }
        }
        Ok(())
    }

    /// How the target said that the stream ended. After an error only that it is one is compared: correct decoders differ in its name.
    fn ending(&self) -> Found {
        let ending = &self.stream.ending;
        if !self.observer.shows_endings() || self.close == Close::Reset {
            return Ok(());
        }
        match (ending, self.observed.ending, accepted(ending)) {
            (Ending::Clean, Some(Said::Clean), _) => Ok(()),
            (Ending::Clean, Some(said), _) => Err((
                Kind::RejectedValid,
                format!("a valid stream was called {}", said.word()),
            )),
            (_, Some(Said::Clean), Some(kind)) => Err((
                kind,
                format!("the stream is {ending}, but was called clean"),
            )),
            (_, Some(_), _) => Ok(()),
            (_, None, _) => Err(match self.transcript.end {
                End::Reset => (
                    Kind::Reset,
                    "the connection was reset before the end was reported".to_owned(),
                ),
                End::Open => (
                    Kind::Hang,
                    "the end of the stream is not reported, and the connection stays open"
                        .to_owned(),
                ),
                _ => (
                    Kind::Lost,
                    "the end of the stream was never reported".to_owned(),
                ),
            }),
        }
    }

    /// A target closes after a clean end; one that reports, after any.
    fn closed(&self) -> Found {
        let owed = self.stream.ending == Ending::Clean || self.observer.shows_endings();
        match self.transcript.end {
            End::Open
                if owed && self.close != Close::Reset && self.observer != Observer::Stdout =>
            {
                Err((
                    Kind::Hang,
                    "all has come, but the connection stays open".to_owned(),
                ))
            }
            _ => Ok(()),
        }
    }
}

fn accepted(ending: &Ending) -> Option<Kind> {
    match ending {
        Ending::Clean => None,
        Ending::Truncated { .. } => Some(Kind::AcceptedTruncated),
        Ending::Malformed(_) => Some(Kind::AcceptedMalformed),
        Ending::Oversize { .. } => Some(Kind::AcceptedOversize),
    }
}

/// Names the difference of two lists whose first items differ.
fn different(index: usize, expected: &[Item], found: &[Item]) -> (Kind, String) {
    let told = format!(
        "item {index} must be {}, but {} came",
        expected[0], found[0]
    );
    let kind = match (expected[0], found[0]) {
        _ if expected[1..].starts_with(&found[..found.len().min(2)]) => Kind::Lost,
        _ if found[1..].starts_with(&expected[..expected.len().min(2)]) => Kind::Extra,
        (Item::Frame { len, .. }, Item::Frame { len: got, .. })
            if got < len && sums_to(found, len) =>
        {
            Kind::Split
        }
        (Item::Frame { len, .. }, Item::Frame { len: got, .. })
            if got > len && expected.len() > 1 =>
        {
            Kind::Merged
        }
        (Item::Done, Item::Frame { .. }) => Kind::Merged,
        (Item::Frame { .. }, Item::Done) => Kind::Lost,
        _ => Kind::Corrupt,
    };
    (kind, told)
}

/// Whether the first of these frames are together as long as one.
fn sums_to(items: &[Item], len: u64) -> bool {
    let mut sum = 0;
    items.iter().any(|item| {
        if let Item::Frame { len, .. } = item {
            sum += len;
        }
        sum == len
    })
}

fn point(point: Point) -> String {
    match point {
        Point::Bytes(bytes) => format!("{bytes} bytes had been sent"),
        Point::End => "all and the end had been sent".to_owned(),
    }
}

fn before(sent: Point, needed: Point) -> String {
    match (sent, needed) {
        (Point::Bytes(sent), Point::Bytes(needed)) => format!("{} bytes", needed - sent),
        _ => "an end of the stream".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::transcript::Mark;
    use super::*;
    use crate::framing::Framing;

    /// Frames of one letter: `prefixed:u8`, and what a target reports of them.
    const A: &str = "frame 1 e8b7be43\n";
    const B: &str = "frame 1 71beeff9\n";
    const AB: &str = "frame 2 9e83486d\n";

    fn stream(framing: &str, wire: &[u8]) -> Stream {
        let framing: Framing = framing.parse().unwrap();
        Stream::new("s".to_owned(), &framing, wire.to_vec())
    }

    /// What a target sent in the end, and then closed.
    fn closed(received: &[u8]) -> Transcript {
        Transcript {
            received: received.to_vec(),
            marks: vec![mark(received.len(), Point::End, None)],
            end: End::Closed,
            ..Transcript::new()
        }
    }

    fn mark(received: usize, sent: Point, silence: Option<Silence>) -> Mark {
        Mark {
            received,
            sent,
            silence,
        }
    }

    fn reported(framing: &str, wire: &[u8], lines: &[&str]) -> (Status, Option<Kind>) {
        judged(
            &stream(framing, wire),
            Close::Fin,
            Observer::Report,
            &closed(lines.concat().as_bytes()),
        )
    }

    fn echoed(framing: &str, wire: &[u8], came: &[u8]) -> (Status, Option<Kind>) {
        judged(
            &stream(framing, wire),
            Close::Fin,
            Observer::Echo,
            &closed(came),
        )
    }

    fn judged(
        stream: &Stream,
        close: Close,
        observer: Observer,
        transcript: &Transcript,
    ) -> (Status, Option<Kind>) {
        let verdict = judge(stream, close, observer, transcript);
        // A failure says why, and a plain pass has nothing to say.
        assert_eq!(
            verdict.why.is_empty(),
            (verdict.status, verdict.kind) == PASS
        );
        (verdict.status, verdict.kind)
    }

    const PASS: (Status, Option<Kind>) = (Status::Pass, None);
    const SKIP: (Status, Option<Kind>) = (Status::Skip, None);

    fn fail(kind: Kind) -> (Status, Option<Kind>) {
        (Status::Fail, Some(kind))
    }

    #[test]
    fn what_is_reported_is_compared_with_what_is_due() {
        let two = b"\x01a\x01b";
        let rows: [(&[u8], &[&str], _); 20] = [
            (two, &[A, B, "end clean\n"], PASS),
            (b"", &["end clean\n"], PASS),
            (two, &[A, "end clean\n"], fail(Kind::Lost)),
            (two, &[B, "end clean\n"], fail(Kind::Lost)),
            (two, &["end clean\n"], fail(Kind::Lost)),
            (two, &[A, B], fail(Kind::Lost)),
            (two, &[A, B, B, "end clean\n"], fail(Kind::Extra)),
            (two, &[AB, "end clean\n"], fail(Kind::Merged)),
            (b"\x02ab", &[A, B, "end clean\n"], fail(Kind::Split)),
            (two, &[B, A, "end clean\n"], fail(Kind::Corrupt)),
            (b"\x01a", &[B, "end clean\n"], fail(Kind::Corrupt)),
            (two, &[A, "end error\n"], fail(Kind::RejectedValid)),
            (two, &[A, B, "end truncated\n"], fail(Kind::RejectedValid)),
            (two, &[A, "hello\n"], fail(Kind::Garbage)),
            (two, &[A, B, "end clean\n", "more\n"], fail(Kind::Garbage)),
            (
                b"\x01a\x02b",
                &[A, "end clean\n"],
                fail(Kind::AcceptedTruncated),
            ),
            (
                b"\x01a\x02b",
                &[A, B, "end error\n"],
                fail(Kind::AcceptedTruncated),
            ),
            (b"\x01a\x02b", &[A, "end truncated\n"], PASS),
            (b"\x01a\x02b", &[A, "end error\n"], PASS),
            // Correct decoders differ in what they call an error.
            (b"\x01a\x02b", &[A, "end malformed\n"], PASS),
        ];
        for (wire, lines, verdict) in rows {
            assert_eq!(
                reported("prefixed:u8", wire, lines),
                verdict,
                "{wire:?} {lines:?}"
            );
        }
    }

    #[test]
    fn a_stream_that_must_not_be_taken_names_why() {
        let over = ("prefixed:u8,max=1", &b"\x02ab"[..]);
        assert_eq!(
            reported(over.0, over.1, &[AB, "end clean\n"]),
            fail(Kind::AcceptedOversize)
        );
        assert_eq!(reported(over.0, over.1, &["end oversize\n"]), PASS);
        let malformed = ("prefixed:decimal,end=:", &b"x:"[..]);
        assert_eq!(
            reported(malformed.0, malformed.1, &["end clean\n"]),
            fail(Kind::AcceptedMalformed)
        );
        assert_eq!(reported(malformed.0, malformed.1, &["end error\n"]), PASS);
    }

    #[test]
    fn series_are_told_apart_by_their_ends() {
        let (framing, wire) = ("blocks:u8", &b"\x01a\0\x01b\0"[..]);
        let all = [A, "done\n", B, "done\n", "end clean\n"];
        assert_eq!(reported(framing, wire, &all), PASS);
        assert_eq!(
            reported(framing, wire, &[A, B, "done\n", "end clean\n"]),
            fail(Kind::Lost)
        );
        assert_eq!(reported(framing, b"\x01a\x01b\0", &all), fail(Kind::Extra));
    }

    #[test]
    fn a_death_a_stall_and_a_flood_come_before_what_is_missing() {
        let stream = stream("prefixed:u8", b"\x01a");
        let of = |change: &dyn Fn(&mut Transcript)| {
            let mut transcript = closed(b"");
            change(&mut transcript);
            judged(&stream, Close::Fin, Observer::Echo, &transcript)
        };
        assert_eq!(
            of(&|transcript| transcript.died = Some("signal 11".to_owned())),
            fail(Kind::Crash)
        );
        assert_eq!(
            of(&|transcript| transcript.stalled = Some("it reads nothing".to_owned())),
            fail(Kind::Hang)
        );
        assert_eq!(
            of(&|transcript| transcript.flooded = true),
            fail(Kind::Flood)
        );
        assert_eq!(
            of(&|transcript| transcript.end = End::Reset),
            fail(Kind::Reset)
        );
        assert_eq!(
            of(&|transcript| transcript.end = End::Open),
            fail(Kind::Hang)
        );
        assert_eq!(
            of(&|transcript| transcript.end = End::ClosedBefore),
            fail(Kind::RejectedValid)
        );
        assert_eq!(of(&|_| {}), fail(Kind::Lost));
    }

    #[test]
    fn a_connection_that_stays_open_after_a_clean_end_hangs() {
        let stream = stream("prefixed:u8", b"\x01a");
        let open = |observer, received: &[u8]| {
            let transcript = Transcript {
                end: End::Open,
                ..closed(received)
            };
            judged(&stream, Close::Fin, observer, &transcript)
        };
        assert_eq!(open(Observer::Echo, b"\x01a"), fail(Kind::Hang));
        assert_eq!(
            open(Observer::Report, format!("{A}end clean\n").as_bytes()),
            fail(Kind::Hang)
        );
        assert_eq!(open(Observer::Report, A.as_bytes()), fail(Kind::Hang));
    }

    /// A frame is late where it is known that nothing more was coming, and had not come.
    #[test]
    fn late_needs_a_silence() {
        let stream = stream("prefixed:u8", b"\x01a\x01b");
        let of = |came: usize, silence| {
            let mut transcript = closed(b"\x01a\x01b");
            transcript
                .marks
                .insert(0, mark(came, Point::Bytes(2), silence));
            judged(&stream, Close::Fin, Observer::Echo, &transcript)
        };
        for silence in [Silence::Proven, Silence::Deadline] {
            assert_eq!(of(0, Some(silence)), fail(Kind::Late));
            assert_eq!(of(1, Some(silence)), fail(Kind::Late), "not whole");
            assert_eq!(of(2, Some(silence)), PASS);
        }
        assert_eq!(of(0, None), PASS);
    }

    #[test]
    fn what_came_before_its_last_byte_was_sent_is_early() {
        let stream = stream("prefixed:u8", b"\x01a\x01b");
        let of = |came: usize, sent: u64| {
            let mut transcript = closed(b"\x01a\x01b");
            transcript
                .marks
                .insert(0, mark(came, Point::Bytes(sent), None));
            judged(&stream, Close::Fin, Observer::Echo, &transcript)
        };
        assert_eq!(of(2, 1), fail(Kind::Early));
        assert_eq!(of(4, 3), fail(Kind::Early));
        assert_eq!(of(2, 2), PASS);
        assert_eq!(of(4, 4), PASS);
    }

    #[test]
    fn a_frame_may_come_with_the_first_byte_of_its_delimiter() {
        let stream = stream(r"delimited:\r\n", b"a\r\n");
        let of = |sent: u64| {
            let mut transcript = closed(b"a\r\n");
            transcript
                .marks
                .insert(0, mark(3, Point::Bytes(sent), None));
            judged(&stream, Close::Fin, Observer::Echo, &transcript)
        };
        assert_eq!(of(1), fail(Kind::Early));
        assert_eq!(of(2), PASS);
    }

    #[test]
    fn in_pattern_2_any_answer_before_our_end_is_early() {
        let stream = stream("half-close", b"abc");
        let of = |sent| {
            let mut transcript = closed(b"abc");
            transcript.marks.insert(0, mark(3, sent, None));
            judged(&stream, Close::Fin, Observer::Echo, &transcript)
        };
        assert_eq!(of(Point::Bytes(3)), fail(Kind::Early));
        assert_eq!(of(Point::End), PASS);
    }

    #[test]
    fn an_echo_of_a_broken_stream_may_be_as_broken() {
        assert_eq!(echoed("prefixed:u8", b"\x01a\x05bc", b"\x01a\x05bc"), PASS);
        assert_eq!(
            echoed("prefixed:u8", b"\x01a\x01b", b"\x01a\x05bc"),
            fail(Kind::Garbage)
        );
        assert_eq!(echoed("prefixed:u8", b"\x01a\x05bc", b"\x01a"), PASS);
        assert_eq!(
            echoed("prefixed:u8", b"\x01a\x05bc", b"\x01a\x02bc"),
            fail(Kind::AcceptedTruncated)
        );
    }

    #[test]
    fn what_cannot_be_seen_is_skipped_and_never_passed() {
        assert_eq!(echoed("prefixed:u8", b"\x05a", b""), SKIP);
        assert_eq!(echoed("prefixed:u8", b"", b""), PASS, "it has closed");
        let (broken, empty) = (stream("prefixed:u8", b"\x05a"), stream("prefixed:u8", b""));
        for stream in [&broken, &empty] {
            assert_eq!(
                judged(stream, Close::Fin, Observer::Stdout, &closed(b"")),
                SKIP
            );
        }
        let reset = Transcript {
            end: End::Ours,
            ..Transcript::new()
        };
        assert_eq!(judged(&empty, Close::Reset, Observer::Echo, &reset), SKIP);
    }

    #[test]
    fn printed_payloads_are_compared_without_times_and_ends_of_series() {
        let stream = stream("blocks:u8", b"\x01a\0\x01b\0");
        let of = |printed: &[&[u8]]| {
            let transcript = Transcript {
                printed: printed.iter().map(|payload| Item::of(payload)).collect(),
                ..closed(b"")
            };
            judged(&stream, Close::Fin, Observer::Stdout, &transcript)
        };
        assert_eq!(of(&[b"a", b"b"]), PASS);
        assert_eq!(of(&[b"a"]), fail(Kind::Lost));
        assert_eq!(of(&[b"a", b"b", b""]), fail(Kind::Extra));
        assert_eq!(of(&[b"ab"]), fail(Kind::Merged));
    }

    #[test]
    fn after_a_reset_only_what_was_due_before_it_is_owed() {
        let stream = stream(r"delimited:\n,tail=frame", b"a\nb");
        let of = |received: &[u8]| {
            let transcript = Transcript {
                end: End::Ours,
                marks: vec![mark(received.len(), Point::Bytes(3), None)],
                ..closed(received)
            };
            judged(&stream, Close::Reset, Observer::Echo, &transcript)
        };
        assert_eq!(of(b"a\n"), PASS);
        assert_eq!(of(b""), fail(Kind::Lost));
    }

    #[test]
    fn before_a_reset_a_line_may_be_known_at_its_carriage_return() {
        let stream = stream(r"delimited:\r\n|\n|\r,tail=frame", b"a\r");
        let of = |sent, received: &[u8]| {
            let transcript = Transcript {
                end: End::Ours,
                marks: vec![mark(received.len(), Point::Bytes(sent), None)],
                ..closed(received)
            };
            judged(&stream, Close::Reset, Observer::Echo, &transcript)
        };
        assert_eq!(of(2, b"a\n"), SKIP, "nothing is owed");
        assert_eq!(of(2, b"b\n"), fail(Kind::Extra));
        assert_eq!(of(2, b"a\n\n"), fail(Kind::Extra));
        assert_eq!(of(1, b"a\n"), fail(Kind::Early));
    }

    #[test]
    fn before_a_reset_no_unfinished_line_is_known() {
        let stream = stream(r"delimited:\n,tail=frame", b"a\nb");
        let of = |printed: &[&[u8]]| {
            let transcript = Transcript {
                end: End::Ours,
                printed: printed.iter().map(|payload| Item::of(payload)).collect(),
                ..closed(b"")
            };
            judged(&stream, Close::Reset, Observer::Stdout, &transcript)
        };
        assert_eq!(of(&[b"a"]), PASS);
        assert_eq!(of(&[b"a", b"b"]), fail(Kind::Extra));
    }

    #[test]
    fn a_case_that_characterises_passes_and_names_the_difference() {
        let may = Stream {
            level: Level::May,
            ..stream("prefixed:u8", b"\x01a")
        };
        let verdict = judge(&may, Close::Fin, Observer::Echo, &closed(b""));
        assert_eq!(
            (verdict.status, verdict.kind),
            (Status::Pass, Some(Kind::Lost))
        );
        assert!(verdict.why.contains("characterised"));
    }

    #[test]
    fn words_are_unique() {
        let mut words: Vec<_> = Kind::ALL.iter().map(|kind| kind.word()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Kind::ALL.len());
    }
}
