//! A stream with all that is due of it, ready for one comparison after another; and where one differs, the judge's verdict on it.
//!
//! [`Expected::met`] only compares for equality and allocates nothing, for it runs a million times a second. What a difference is called
//! is left to [`judge`], which is shown a transcript of it, so that nothing is compared by two rules. Invariant: what is met passes the
//! judge, and what is not fails it.

use std::sync::Arc;

use super::halt::Halt;
use super::point;
use super::subject::Out;
use crate::framing::{Ending, Payloads};
use crate::suite::{
    Close, End, Item, Kind, Mark, Observer, Silence, Status, Stream, Transcript, item, judge,
};

/// A stream, and what must come of it.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) stream: Arc<Stream>,
    /// All payloads, one behind the other.
    bytes: Vec<u8>,
    owed: Vec<Owed>,
}

/// One thing that is due, as [`Out`] records it.
#[derive(Debug)]
struct Owed {
    end: usize,
    done: bool,
    earliest: u64,
    latest: u64,
}

/// How a subject left a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// It has taken it to its end.
    Clean,
    /// It has refused it, with these words.
    Refused(String),
    /// It never came back.
    Halted(Halt),
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) kind: Kind,
    pub(super) why: String,
    /// How it left the stream.
    pub(super) left: Left,
}

impl Expected {
    pub(super) fn new(stream: Arc<Stream>) -> Self {
        let mut bytes = Vec::new();
        let mut ends = Vec::new();
        let mut each = |event, payload: &Vec<u8>| match item(&stream.framing, event, 0) {
            Some(Item::Frame { .. }) => {
                bytes.extend_from_slice(payload);
                ends.push((bytes.len(), false));
            }
            Some(Item::Done) => ends.push((bytes.len(), true)),
            None => {}
        };
        let mut payloads = Payloads::<Vec<u8>>::new(&stream.framing);
        // An error is the ending that the stream has.
        let _ = payloads.push(&stream.wire, &mut each);
        payloads.finish(&mut each);
        debug_assert_eq!(ends.len(), stream.due.len());
        let with_times = ends.into_iter().zip(&stream.due);
        let owed = with_times.map(|((end, done), due)| Owed {
            end,
            done,
            earliest: point::number(due.earliest),
            latest: point::number(due.latest),
        });
        Self {
            owed: owed.collect(),
            bytes,
            stream,
        }
    }

    /// How many things are due.
    pub(super) fn len(&self) -> usize {
        self.owed.len()
    }

    /// Whether what came is what was due, in time; `taken`: it has taken the stream to its end.
    pub(super) fn met(&self, out: &Out, taken: bool) -> bool {
        let clean = self.stream.ending == Ending::Clean;
        clean == taken
            && out.things.len() == self.owed.len()
            && out.bytes == self.bytes
            && out.things.iter().zip(&self.owed).all(|(came, owed)| {
                came.end == owed.end
                    && came.done == owed.done
                    && owed.earliest <= came.clock.sent
                    && came.clock.asked < owed.latest
            })
    }

    /// What is wrong with what came; `None`: nothing that counts.
    pub(super) fn wrong(&self, out: &Out, left: Left) -> Option<Wrong> {
        let (kind, why) = match &left {
            Left::Halted(halt) => halted(halt, out),
            _ => self.judged(out, &left)?,
        };
        Some(Wrong { kind, why, left })
    }

    fn judged(&self, out: &Out, left: &Left) -> Option<(Kind, String)> {
        let transcript = transcript(out, left);
        let verdict = judge(&self.stream, Close::Fin, Observer::Report, &transcript);
        let kind = verdict.kind.filter(|_| verdict.status == Status::Fail)?;
        let why = match (left, kind) {
            (Left::Refused(words), Kind::RejectedValid | Kind::Lost) => {
                format!("{} (it says: {words})", verdict.why)
            }
            _ => verdict.why,
        };
        Some((kind, why))
    }
}

fn halted(halt: &Halt, out: &Out) -> (Kind, String) {
    match halt {
        Halt::Panic(told) => (Kind::Crash, format!("it panicked: {told}")),
        Halt::Flood => (
            Kind::Flood,
            format!("it gave out {} payloads and did not stop", out.things.len()),
        ),
        Halt::Hang => (
            Kind::Hang,
            "it asks for more again and again behind the end of the stream".to_owned(),
        ),
    }
}

/// What passed, as a target that reports it line by line would have sent it.
fn transcript(out: &Out, left: &Left) -> Transcript {
    let mut passed = Transcript {
        end: End::Closed,
        ..Transcript::new()
    };
    let mut asked = 0;
    for (number, thing) in out.things.iter().enumerate() {
        if thing.clock.asked > asked {
            asked = thing.clock.asked;
            mark(&mut passed, asked, Some(Silence::Asked));
        }
        let item = came(out, number);
        passed
            .received
            .extend_from_slice(format!("{item}\n").as_bytes());
        mark(&mut passed, thing.clock.sent, None);
    }
    let end: &[u8] = match left {
        Left::Clean => b"end clean\n",
        _ => b"end error\n",
    };
    passed.received.extend_from_slice(end);
    mark(&mut passed, point::END, None);
    passed
}

fn mark(passed: &mut Transcript, sent: u64, silence: Option<Silence>) {
    passed.marks.push(Mark {
        received: passed.received.len(),
        sent: point::point(sent),
        silence,
    });
}

/// What came, as reports have it.
fn came(out: &Out, number: usize) -> Item {
    match out.things[number].done {
        true => Item::Done,
        false => Item::of(out.payload_of(number)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::subject::{Clock, Thing};
    use super::*;
    use crate::framing::Framing;

    const STREAMS: &[(&str, &[u8])] = &[
        ("prefixed:u8", b"\x01a\x01b\0"),
        ("prefixed:u8", b"\x01a\x02b"),
        (r"delimited:\r\n|\n", b"a\r\nb\n"),
        (r"delimited:\n,tail=frame", b"a\nb"),
        ("blocks:u8", b"\x01a\0\x01b\0"),
        ("eof", b"ab"),
    ];

    fn expected(number: usize) -> Expected {
        let (framing, wire) = STREAMS[number];
        let framing: Framing = framing.parse().unwrap();
        let stream = Stream::new("s".to_owned(), &framing, wire.to_vec());
        Expected::new(Arc::new(stream))
    }

    /// What came: in most cases what is due, or nearly.
    fn came(expected: &Expected, changes: &[(usize, u8, i64)]) -> Out {
        let mut out = Out::default();
        out.begin(expected.len());
        out.bytes.extend_from_slice(&expected.bytes);
        let thing = |owed: &Owed| Thing {
            end: owed.end,
            done: owed.done,
            clock: Clock {
                sent: owed.earliest,
                asked: owed
                    .earliest
                    .saturating_sub(1)
                    .min(expected.stream.wire.len() as u64),
            },
        };
        out.things.extend(expected.owed.iter().map(thing));
        for &(at, what, by) in changes {
            let len = out.things.len();
            if let Some(thing) = out.things.get_mut(at) {
                match what {
                    0 => thing.done = !thing.done,
                    1 => thing.clock.sent = thing.clock.sent.saturating_add_signed(by),
                    2 => {
                        thing.clock.asked = (thing.clock.asked.saturating_add_signed(by))
                            .min(expected.stream.wire.len() as u64)
                    }
                    3 => out.things.truncate(len - 1),
                    _ => {
                        let again = out.things[len - 1];
                        out.things.push(again);
                    }
                }
            }
        }
        in_order(&mut out);
        out
    }

    /// Time does not run backwards, and nobody asks for more than was sent; the end of a series has no bytes.
    fn in_order(out: &mut Out) {
        let (mut before, mut end) = (Clock::default(), 0);
        for thing in &mut out.things {
            let clock = &mut thing.clock;
            clock.sent = clock.sent.max(before.sent);
            clock.asked = clock.asked.max(before.asked).min(clock.sent);
            before = *clock;
            if thing.done {
                thing.end = end;
            }
            end = thing.end;
        }
    }

    proptest! {
        #[test]
        fn what_is_met_passes_the_judge_and_what_is_not_fails_it(
            number in 0..STREAMS.len(),
            changes in prop::collection::vec((0..6_usize, 0..5_u8, -3..4_i64), 0..3),
            taken in any::<bool>(),
        ) {
            let expected = expected(number);
            let out = came(&expected, &changes);
            let left = match taken {
                true => Left::Clean,
                false => Left::Refused("no".to_owned()),
            };
            let wrong = expected.wrong(&out, left);
            prop_assert_eq!(expected.met(&out, taken), wrong.is_none(), "{:?} {:?}", out, wrong);
        }
    }

    #[test]
    fn what_is_due_in_time_is_met() {
        for (number, stream) in STREAMS.iter().enumerate() {
            let expected = expected(number);
            let out = came(&expected, &[]);
            let clean = expected.stream.ending == Ending::Clean;
            assert!(expected.met(&out, clean), "{stream:?}");
            assert!(!expected.met(&out, !clean), "{stream:?}");
        }
    }
}
