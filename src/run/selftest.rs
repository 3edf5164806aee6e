//! The self-test: many servers, each with cases of its own, tried by a few worker threads; of each only what was seen is kept.
//!
//! Nothing is printed. Invariant: each row that was tried to its end has its result, in the order of the rows.

use std::time::{Duration, Instant};

use super::course::Deadline;
use super::crew::share;
use super::fuzz::{Fuzz, Spotted, Watch, fuzz};
use super::runner::{Options, Trouble};
use super::shrink::least;
use super::target::Target;
use super::worker::Worker;
use crate::suite::{
    Campaign, Case, Extent, Hunted, Outcome, Row, Saw, Shard, Status, Tier, Tried, Weight,
};

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

/// A row that is hunted by a campaign.
pub struct Hunt {
    /// What is hunted.
    pub row: Row,
    /// Its server.
    pub target: Target,
    /// What all cases are made from.
    pub seed: u64,
}

/// Hunts all, each for so long or until it is found; nothing but generated cases is tried.
pub fn hunt(
    hunts: &[Hunt],
    options: &Options,
    time: Duration,
    finished: &(dyn Fn(&Hunted) + Sync),
) -> (Vec<Hunted>, Option<Trouble>) {
    let (hunted, trouble) = share(hunts, options.jobs, |_, hunt| {
        match one_hunt(hunt, options, time) {
            Ok(hunted) => {
                finished(&hunted);
                (Some(hunted), Ok(()))
            }
            Err(trouble) => (None, Err(trouble)),
        }
    });
    (hunted.into_iter().flatten().collect(), trouble)
}

fn one_hunt(hunt: &Hunt, options: &Options, time: Duration) -> Result<Hunted, Trouble> {
    let row = &hunt.row;
    let mut campaign = Campaign::new(&row.framing, &options.payloads, hunt.seed, Shard::default());
    campaign.measure();
    let mut options = options.clone();
    options.jobs = 1;
    options.course.fail_fast = true;
    options.course.deadline = Deadline::within(time);
    let how = Fuzz {
        target: &hunt.target,
        observer: row.observer,
        options: &options,
        runs: None,
        // As long as it takes to see whether it comes again.
        shrink: Duration::from_secs(1),
    };
    let fuzzed = fuzz(campaign, how, &Unwatched);
    match fuzzed.trouble {
        None | Some(Trouble::Failed | Trouble::Deadline(_)) => Ok(Hunted {
            row: row.clone(),
            seed: hunt.seed,
            found: fuzzed.findings.first().map(|found| found.spot),
            runs: fuzzed.counts.runs,
            seconds: fuzzed.seconds,
        }),
        Some(trouble) => Err(trouble),
    }
}

/// Nobody looks on.
struct Unwatched;

impl Watch for Unwatched {
    fn tried(&self, _: &Outcome) {}
    fn kept(&self, _: &Case) {}
    fn found(&self, _: &Spotted) {}
    fn learnt(&self, _: &Campaign) {}
    fn weakened(&self, _: &str) {}
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
