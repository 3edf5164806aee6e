//! Failing cases to findings: each is tried again on the live target, and made smaller as long as it fails in the same way.
//!
//! A candidate that passes, or of which nothing follows, is refused. What is left is tried a few times more, so that a failure that
//! comes and goes is named so. Invariant: the case of a finding has itself failed, with the kind of the case that it comes from.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::runner::{Options, Trouble};
use super::target::Target;
use super::worker::Worker;
use crate::framing::{Ending, Why};
use crate::suite::{Case, Finding, Kind, Manner, Outcome, Status, Step, Times, Weight, steps};

/// How often what is left is tried: a failure that comes every other time is called steady in 1 of 32 findings.
const TRIALS: usize = 5;

/// Candidates for one finding: no honest one needs so many, and a target that answers at random must not use up the time of the others.
const MOST_TRIES: usize = 20_000;

/// Findings of a run: one for each kind and place is worth reading, and of more than this nobody reads.
const MOST_FINDINGS: usize = 8;

/// What a run's failures came to.
#[derive(Debug, Default)]
pub struct Shrunk {
    /// In the order of the cases that they come from.
    pub findings: Vec<Finding>,
    /// Why it ended early.
    pub trouble: Option<Trouble>,
}

/// Shrinks one failure of each kind, framing and family of streams, within this time; `target` finds what a case was tried on.
pub fn shrink<'a, 'o>(
    outcomes: impl Iterator<Item = &'o Outcome>,
    target: impl Fn(&Case) -> Option<&'a Target>,
    options: &'a Options,
    budget: Duration,
) -> Shrunk {
    let chosen = chosen(outcomes);
    let mut shrunk = Shrunk::default();
    let mut last: Option<(&Target, Worker)> = None;
    let end = Instant::now() + budget;
    for (number, outcome) in chosen.iter().enumerate() {
        let Some(target) = target(&outcome.case) else {
            continue;
        };
        // One worker for all that is tried on a target: it remembers that this has hung.
        let mut worker = match last.take() {
            Some((same, worker)) if std::ptr::eq(same, target) => worker,
            _ => Worker::new(target, outcome.observer, options),
        };
        let left = end.saturating_duration_since(Instant::now());
        let share = left / (chosen.len() - number) as u32;
        let (finding, ended) = least(&mut worker, outcome, Instant::now() + share);
        let same = |other: &Finding| other.stem() == finding.stem();
        if !shrunk.findings.iter().any(same) {
            shrunk.findings.push(finding);
        }
        if let Err(trouble) = ended {
            shrunk.trouble = Some(trouble);
            break;
        }
        last = Some((target, worker));
    }
    shrunk
}

/// Shrinks one failure with a worker that has its target, until then at most.
pub(super) fn least(
    worker: &mut Worker,
    outcome: &Outcome,
    end: Instant,
) -> (Finding, Result<(), Trouble>) {
    let mut search = Search::new(worker, outcome, end);
    let ended = search.run();
    (search.finding(), ended)
}

/// The lightest failure of each kind, framing and family of streams, in the order of the first of each. A flake is heavier than all others.
fn chosen<'o>(outcomes: impl Iterator<Item = &'o Outcome>) -> Vec<&'o Outcome> {
    let place = |outcome: &Outcome| {
        let stream = &outcome.case.stream;
        let family = stream.id.split('/').next().unwrap_or_default().to_owned();
        (outcome.verdict.kind, stream.framing.to_string(), family)
    };
    let weight = |outcome: &Outcome| (outcome.flake().is_some(), Weight::of(&outcome.case));
    let mut chosen: Vec<(_, &Outcome)> = Vec::new();
    for outcome in outcomes {
        let place = place(outcome);
        match chosen.iter().position(|(other, _)| *other == place) {
            Some(at) if weight(outcome) < weight(chosen[at].1) => chosen[at].1 = outcome,
            None if chosen.len() < MOST_FINDINGS => chosen.push((place, outcome)),
            _ => {}
        }
    }
    chosen.into_iter().map(|(_, outcome)| outcome).collect()
}

/// One finding in the making.
struct Search<'a, 'b> {
    worker: &'a mut Worker<'b>,
    kind: Option<Kind>,
    taken: Option<Why>,
    from: String,
    least: Outcome,
    end: Instant,
    tries: usize,
    /// What was tried, by what is sent and how.
    tried: HashSet<String>,
    times: Times,
    note: Option<String>,
}

impl<'a, 'b> Search<'a, 'b> {
    fn new(worker: &'a mut Worker<'b>, outcome: &Outcome, end: Instant) -> Self {
        Self {
            worker,
            kind: outcome.verdict.kind,
            taken: taken(outcome),
            from: outcome.case.id.clone(),
            least: outcome.clone(),
            end,
            tries: 0,
            tried: HashSet::new(),
            times: Times::default(),
            note: None,
        }
    }

    fn finding(self) -> Finding {
        Finding {
            least: self.least,
            from: self.from,
            tries: self.tries,
            times: self.times,
            note: self.note,
        }
    }

    fn run(&mut self) -> Result<(), Trouble> {
        if matches!(self.least.case.manner, Manner::Measure(_)) {
            self.note = Some("not shrunk: a measurement is as long as it must be".to_owned());
            return Ok(());
        }
        if self.is_over() {
            self.note = Some("not shrunk: the time was over (--shrink)".to_owned());
            return Ok(());
        }
        match self.again()? {
            Again::Fails => {
                self.descend()?;
                self.try_often()
            }
            Again::Passes => {
                self.note = Some("not shrunk: it did not fail again".to_owned());
                self.times.of += 1;
                self.try_often()
            }
            Again::Unknown(why) => {
                self.note = Some(format!(
                    "not shrunk: tried again, it is inconclusive: {why}"
                ));
                Ok(())
            }
        }
    }

    fn is_over(&self) -> bool {
        Instant::now() >= self.end || self.tries >= MOST_TRIES
    }

    /// The case itself once more. Where nothing follows since the target is waited for a tenth of the time, once more in full.
    fn again(&mut self) -> Result<Again, Trouble> {
        let case = self.least.case.clone();
        let mut outcome = self.attempt(&case)?;
        if outcome.verdict.status == Status::Inconclusive && !self.is_over() {
            self.worker.forget_hangs();
            outcome = self.attempt(&case)?;
        }
        Ok(match outcome.verdict.status {
            _ if tells_nothing(&outcome) => Again::Unknown(outcome.verdict.why),
            _ if self.is_same(&outcome) => {
                self.least = outcome;
                Again::Fails
            }
            _ => Again::Passes,
        })
    }

    /// Takes steps until no single one keeps the failure. After one that did, the rest of the row goes on from there: what was refused
    /// for the bigger case is likely to be refused for the smaller one, and gets its turn in the next row.
    fn descend(&mut self) -> Result<(), Trouble> {
        loop {
            let (mut at, mut moved) = (0, false);
            let mut row = steps(&self.least.case);
            while let Some(step) = row.get(at) {
                if self.is_over() {
                    self.note =
                        Some("the time was over before all steps were tried (--shrink)".to_owned());
                    return Ok(());
                }
                if self.step(step)? {
                    row = steps(&self.least.case);
                    moved = true;
                } else {
                    at += 1;
                }
            }
            if !moved {
                return Ok(());
            }
        }
    }

    fn step(&mut self, step: &Step) -> Result<bool, Trouble> {
        let Some(smaller) = step.take(&self.least.case) else {
            return Ok(false);
        };
        if !self.tried.insert(key(&smaller)) {
            return Ok(false);
        }
        let outcome = self.attempt(&smaller)?;
        let same = self.is_same(&outcome);
        if same {
            self.least = outcome;
        }
        Ok(same)
    }

    /// What is left, a few times more.
    fn try_often(&mut self) -> Result<(), Trouble> {
        let case = self.least.case.clone();
        while self.times.of < TRIALS {
            let outcome = self.attempt(&case)?;
            if tells_nothing(&outcome) {
                break;
            }
            self.times.of += 1;
            self.times.failed += usize::from(self.is_same(&outcome));
        }
        Ok(())
    }

    fn attempt(&mut self, case: &Case) -> Result<Outcome, Trouble> {
        self.tries += 1;
        self.worker.keep_asking();
        self.worker.try_case(case)
    }

    fn is_same(&self, outcome: &Outcome) -> bool {
        outcome.failed() && outcome.verdict.kind == self.kind && taken(outcome) == self.taken
    }
}

/// What is wrong with a malformed stream that was accepted: without it the way to a smaller case could lead from one leniency to another,
/// and the first would never be told.
fn taken(outcome: &Outcome) -> Option<Why> {
    match (outcome.verdict.kind, &outcome.case.stream.ending) {
        (Some(Kind::AcceptedMalformed), Ending::Malformed(error)) => Some(error.why),
        _ => None,
    }
}

/// Whether nothing follows. A case that failed, and now is tried and has nothing more to show, has not failed again.
fn tells_nothing(outcome: &Outcome) -> bool {
    match outcome.verdict.status {
        Status::Inconclusive => true,
        Status::Skip => outcome.micros == 0,
        Status::Pass | Status::Fail => false,
    }
}

/// What a case did when it was tried again.
enum Again {
    Fails,
    Passes,
    Unknown(String),
}

/// What is sent and how, apart from names.
fn key(case: &Case) -> String {
    let manner = case.manner.framed(&case.stream.framing);
    let (wire, cuts, close) = (&case.stream.wire, &case.cuts, case.close.word());
    let sent = format!(
        "{} {:08x} {cuts:?} {close}",
        wire.len(),
        crc32fast::hash(wire)
    );
    match manner {
        Manner::Plain => sent,
        other => format!("{sent} {other:?}"),
    }
}
