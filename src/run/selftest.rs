//! The self-test: many servers, each with cases of its own, tried by a few worker threads; of each only what was seen is kept.
//!
//! Nothing is printed. Invariant: each row that was tried to its end has its result, in the order of the rows.

use std::time::{Duration, Instant};

use super::crew::share;
use super::runner::{Options, Trouble};
use super::shrink::least;
use super::target::Target;
use super::worker::Worker;
use crate::suite::{Case, Extent, Outcome, Row, Saw, Status, Tier, Tried, Weight};

/// A row, with what it is tried on and with.
pub struct Trial<'a> {
    /// What is tried.
    pub row: Row,
    /// Its server.
    pub target: Target,
    /// What is tried, in order, with the tier that the cases belong to.
    pub cases: Vec<(Tier, &'a [Case])>,
    /// Cases that are tried behind the first one that saw something.
    pub further: usize,
    /// For how long the lightest failure is shrunk.
    pub shrink: Option<Duration>,
}

impl<'a> Trial<'a> {
    fn cases(&self) -> impl Iterator<Item = (Tier, &'a Case)> {
        let of_each =
            |&(tier, cases): &(Tier, &'a [Case])| cases.iter().map(move |case| (tier, case));
        self.cases.iter().flat_map(of_each)
    }
}

/// Tries all; what was done when the user wants an end or a target cannot be started is given back as well.
pub fn selftest(
    trials: &[Trial],
    options: &Options,
    finished: &(dyn Fn(&Tried) + Sync),
) -> (Vec<Tried>, Option<Trouble>) {
    let (tried, trouble) = share(trials, options.jobs, |_, trial| match one(trial, options) {
        Ok(tried) => {
            finished(&tried);
            (Some(tried), Ok(()))
        }
        Err(trouble) => (None, Err(trouble)),
    });
    (tried.into_iter().flatten().collect(), trouble)
}

fn one(trial: &Trial, options: &Options) -> Result<Tried, Trouble> {
    let mut tried = Tried {
        row: trial.row.clone(),
        cases: 0,
        saw: Vec::new(),
        inconclusive: Vec::new(),
        seconds: 0.0,
        shrunk: None,
    };
    let begun = Instant::now();
    let mut lightest: Option<Outcome> = None;
    let mut worker = Worker::new(&trial.target, trial.row.observer, options);
    let mut further = trial.further;
    for (tier, case) in trial.cases() {
        if !tried.saw.is_empty() {
            match further.checked_sub(1) {
                Some(left) => further = left,
                None => break,
            }
        }
        let outcome = worker.try_case(case)?;
        note(&mut tried, &outcome, tier);
        if outcome.failed() && is_lighter(&outcome, lightest.as_ref()) {
            lightest = Some(outcome);
        }
    }
    if let (Some(budget), Some(outcome)) = (trial.shrink, &lightest) {
        let (finding, ended) = least(&mut worker, outcome, Instant::now() + budget);
        tried.shrunk = Some(Extent::of(&finding));
        ended?;
    }
    tried.seconds = begun.elapsed().as_secs_f64();
    Ok(tried)
}

fn is_lighter(outcome: &Outcome, than: Option<&Outcome>) -> bool {
    than.is_none_or(|than| Weight::of(&outcome.case) < Weight::of(&than.case))
}

fn note(tried: &mut Tried, outcome: &Outcome, tier: Tier) {
    tried.cases += 1;
    let verdict = &outcome.verdict;
    match (verdict.status, verdict.kind) {
        (Status::Fail, Some(kind)) => tried.saw.push(Saw {
            id: outcome.case.id.clone(),
            kind,
            why: verdict.why.clone(),
            tier,
        }),
        (Status::Inconclusive, _) => tried
            .inconclusive
            .push((outcome.case.id.clone(), verdict.why.clone())),
        _ => {}
    }
}
