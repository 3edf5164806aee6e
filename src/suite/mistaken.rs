//! Whether failures are those of a target that answers well, to another observer than the one it is looked at with.
//!
//! Invariant: a target that does what its observer wants on more than a few cases is never taken for a mistaken one.

use super::judge::Status;
use super::observer::{Observer, read_echo, read_report};
use super::outcome::Outcome;

/// Fewer failures than this say little.
const FEWEST: usize = 5;

/// Of so many judged cases at most one may be right: a stream that is refused at once looks the same to every observer.
const RIGHT: usize = 4;

/// The observer that the target seems to answer to.
#[must_use]
pub fn mistaken<'o>(outcomes: impl Iterator<Item = &'o Outcome> + Clone) -> Option<Observer> {
    let count = |status| {
        let outcomes = outcomes.clone();
        outcomes.filter(|one| one.verdict.status == status).count()
    };
    let failed = count(Status::Fail);
    if failed < FEWEST || count(Status::Pass) > failed / RIGHT {
        return None;
    }
    let answered = outcomes.filter(|one| {
        let transcript = one.transcript.as_ref();
        transcript.is_some_and(|passed| !passed.received.is_empty())
    });
    let fits = |observer: Observer| {
        let fitting = answered.clone().filter(|one| answers(one, observer));
        let all = answered.clone().count();
        all >= FEWEST && fitting.count() * RIGHT > all * (RIGHT - 1)
    };
    [Observer::Report, Observer::Echo]
        .into_iter()
        .find(|&observer| fits(observer))
}

/// Whether what came is what was due, or nearly, as this observer reads it, which is not the one that was looked with.
fn answers(outcome: &Outcome, observer: Observer) -> bool {
    let (stream, received) = match &outcome.transcript {
        Some(passed) if outcome.observer != observer => (&outcome.case.stream, &passed.received),
        _ => return false,
    };
    let observed = match observer {
        Observer::Report => read_report(received),
        Observer::Echo => read_echo(&stream.framing, received, true),
        Observer::Stdout | Observer::Invariance => return false,
    };
    let due = stream.due.iter().map(|due| due.item);
    let came = observed.items.iter().map(|(item, _)| *item);
    let said = observer == Observer::Report && observed.ending.is_some();
    let right = came.zip(due).all(|(came, due)| came == due);
    observed.garbage.is_none() && right && (said || !observed.items.is_empty())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::suite::{Case, Close, End, Kind, Manner, Stream, Transcript, Verdict};

    fn outcome(observer: Observer, payload: &[u8], received: &[u8], failed: bool) -> Outcome {
        let framing = "prefixed:u8".parse().unwrap();
        let wire = [&[payload.len() as u8], payload].concat();
        let stream = Arc::new(Stream::new("s".to_owned(), &framing, wire));
        let case = Case::cut_at(&stream, Vec::new(), Close::Fin, Manner::Plain);
        let verdict = match failed {
            true => Verdict::fail(Kind::Garbage, ""),
            false => Verdict::pass(),
        };
        Outcome {
            transcript: failed.then(|| Transcript {
                received: received.to_vec(),
                end: End::Closed,
                ..Transcript::new()
            }),
            ..Outcome::untried(case, observer, verdict)
        }
    }

    fn several(count: usize, one: impl Fn() -> Outcome) -> Vec<Outcome> {
        std::iter::repeat_with(one).take(count).collect()
    }

    const REPORT: &[u8] = b"frame 1 e8b7be43\nend clean\n";

    #[test]
    fn lines_of_a_report_are_no_echo_and_an_echo_is_no_report() {
        let reports = several(9, || outcome(Observer::Echo, b"a", REPORT, true));
        assert_eq!(mistaken(reports.iter()), Some(Observer::Report));
        let echoes = several(9, || outcome(Observer::Report, b"a", b"\x01a", true));
        assert_eq!(mistaken(echoes.iter()), Some(Observer::Echo));
    }

    #[test]
    fn a_target_that_is_mostly_right_or_simply_wrong_is_not_mistaken() {
        let mut some = several(9, || outcome(Observer::Echo, b"a", REPORT, true));
        some.extend(several(9, || outcome(Observer::Echo, b"a", b"", false)));
        assert_eq!(mistaken(some.iter()), None);
        let wrong = several(9, || outcome(Observer::Echo, b"a", b"\x01b", true));
        assert_eq!(mistaken(wrong.iter()), None);
        let few = several(2, || outcome(Observer::Echo, b"a", REPORT, true));
        assert_eq!(mistaken(few.iter()), None);
    }
}
