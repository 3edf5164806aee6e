//! A fuzzing campaign on a live target: its cases tried by a few workers, what came of them learnt in their order, and each new kind of
//! failure made small.
//!
//! Cases are tried in batches. The next one is made while one is tried, so that it knows what was learnt up to the one before, however
//! many workers there are. Nothing is printed. Invariant: the same campaign and the same answers make the same cases and findings,
//! whatever the number of workers; and what was found is handed on before anything else is tried.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::crew::{Crew, share_among};
use super::runner::{Options, Trouble};
use super::shrink::least;
use super::target::Target;
use super::worker::Worker;
use crate::suite::{Campaign, Case, Counts, Finding, Manner, Outcome, Spot};

/// Cases of a batch. What is learnt of them is known two batches later; smaller ones would leave workers waiting for each other.
const BATCH: u64 = 256;

/// How often a failure that does not come again is looked into, for each spot.
const DOUBTS: u32 = 3;

/// Cases in a row without one that can be tried, after which none will be.
const MOST_SKIPPED: u64 = 4 * BATCH;

/// Cases that tell whether a target answers as it is looked at.
const FIRST: usize = 40;

/// How long a finding is made smaller when the campaign's time is over.
const LEAST_SHRINK: Duration = Duration::from_secs(1);

/// Findings of a run: of more than this nobody reads.
const MOST_FINDINGS: usize = 100;

/// What a campaign is tried on, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Fuzz<'a> {
    /// What is tested, how it is looked at; with [`Course::deadline`](super::Course) and
    /// [`Course::fail_fast`](super::Course) in the options, for how long.
    pub target: &'a Target,
    /// How we learn what it decoded.
    pub observer: crate::suite::Observer,
    /// What holds for all cases.
    pub options: &'a Options,
    /// Cases to be tried at most.
    pub runs: Option<u64>,
    /// How long one finding may be made smaller.
    pub shrink: Duration,
}

/// What is told while a campaign runs.
pub trait Watch: Sync {
    /// A case has been tried.
    fn tried(&self, outcome: &Outcome);
    /// A case is kept, for it exercised something new.
    fn kept(&self, case: &Case);
    /// Something new was found.
    fn found(&self, found: &Spotted);
    /// A batch is over.
    fn learnt(&self, campaign: &Campaign);
    /// A weaker gate holds than was asked for, for this reason.
    fn weakened(&self, why: &str);
}

/// A finding, with its spot.
#[derive(Clone, Debug)]
pub struct Spotted {
    /// Where the target fails.
    pub spot: Spot,
    /// The smallest case that fails there.
    pub finding: Finding,
    /// How many cases failed there, or where this came from.
    pub times: u64,
}

/// What a campaign came to.
#[derive(Debug)]
pub struct Fuzzed {
    /// What was learnt.
    pub campaign: Campaign,
    /// In the order in which they were found.
    pub findings: Vec<Spotted>,
    /// Failures that did not come again when they were tried again.
    pub unsteady: Vec<Spotted>,
    /// What was tried.
    pub counts: Counts,
    /// What came of the cases that were kept, in their order.
    pub kept: Vec<Outcome>,
    /// What came of the first cases that were tried: they tell whether the target answers as it is looked at.
    pub first: Vec<Outcome>,
    /// Why it ended before its time.
    pub trouble: Option<Trouble>,
    /// Seconds that it took.
    pub seconds: f64,
}

/// Runs a campaign to its end: so many cases, the deadline, the first finding where that is to be the last, or trouble.
pub fn fuzz(campaign: Campaign, fuzz: Fuzz, watch: &dyn Watch) -> Fuzzed {
    let begun = Instant::now();
    let jobs = fuzz.options.jobs.max(1);
    let workers = (0..jobs).map(|_| Worker::new(fuzz.target, fuzz.observer, fuzz.options));
    let mut run = Run {
        fuzz,
        watch,
        workers: workers.collect(),
        known: HashMap::new(),
        left: fuzz.runs.unwrap_or(u64::MAX),
        skipped: 0,
        fuzzed: Fuzzed {
            campaign,
            findings: Vec::new(),
            unsteady: Vec::new(),
            counts: Counts::default(),
            kept: Vec::new(),
            first: Vec::new(),
            trouble: None,
            seconds: 0.0,
        },
    };
    run.go_on();
    run.fuzzed.seconds = begun.elapsed().as_secs_f64();
    run.fuzzed
}

struct Run<'a> {
    fuzz: Fuzz<'a>,
    watch: &'a dyn Watch,
    workers: Vec<Worker<'a>>,
    /// What is known of each spot at which a case failed.
    known: HashMap<Spot, Known>,
    /// Cases that may still be made.
    left: u64,
    /// Cases since one that could be tried.
    skipped: u64,
    fuzzed: Fuzzed,
}

/// What a spot has come to.
#[derive(Clone, Copy)]
enum Known {
    /// It is that of the finding with this number, or leads to it.
    Finding(usize),
    /// So often a failure there did not come again.
    Doubtful(u32),
    /// There are too many findings already.
    Unread,
}

impl Run<'_> {
    fn go_on(&mut self) {
        let mut batch = self.batch();
        while !batch.is_empty() && self.fuzzed.trouble.is_none() {
            let (outcomes, next) = self.try_batch(&batch);
            self.learn(outcomes);
            self.watch.learnt(&self.fuzzed.campaign);
            batch = next;
        }
    }

    fn batch(&mut self) -> Vec<Case> {
        let size = self.left.min(BATCH);
        self.left -= size;
        (0..size)
            .filter_map(|_| self.fuzzed.campaign.next_case())
            .collect()
    }

    /// Tries a batch, and makes the next one meanwhile.
    fn try_batch(&mut self, batch: &[Case]) -> (Vec<Outcome>, Vec<Case>) {
        let mut workers = std::mem::take(&mut self.workers);
        let (watch, options) = (self.watch, self.fuzz.options);
        let one = |_: &Crew, worker: &mut Worker, case: &Case| {
            let tried = try_one(worker, case, options, watch);
            match tried {
                Ok(outcome) => (Some(outcome), Ok(())),
                Err(trouble) => (None, Err(trouble)),
            }
        };
        let ((outcomes, trouble), next) = share_among(&mut workers, batch, one, || self.batch());
        self.workers = workers;
        self.fuzzed.trouble = trouble;
        (outcomes.into_iter().flatten().collect(), next)
    }

    fn learn(&mut self, outcomes: Vec<Outcome>) {
        let mut new: Vec<(Spot, Outcome)> = Vec::new();
        for outcome in outcomes {
            self.fuzzed.counts.add(&outcome);
            self.note_skipped(&outcome);
            if self.fuzzed.first.len() < FIRST && outcome.micros > 0 {
                self.fuzzed.first.push(outcome.clone());
            }
            if outcome.failed() {
                let spot = Spot::of(&outcome);
                if self.is_new(spot) && new.iter().all(|(other, _)| *other != spot) {
                    new.push((spot, outcome.clone()));
                }
            }
            if self.fuzzed.campaign.learn(&outcome) {
                self.watch.kept(&outcome.case);
                self.fuzzed.kept.push(outcome);
            }
        }
        self.look_into(new);
    }

    /// Where case after case is skipped there is nothing to be found.
    fn note_skipped(&mut self, outcome: &Outcome) {
        let measured = matches!(outcome.case.manner, Manner::Measure(_));
        self.skipped = match outcome.micros {
            0 => self.skipped + 1,
            _ if measured => self.skipped,
            _ => 0,
        };
        if self.skipped == MOST_SKIPPED && self.fuzzed.trouble.is_none() {
            let why = outcome.verdict.why.clone();
            self.fuzzed.trouble = Some(Trouble::Skipped(why));
        }
    }

    /// Whether a failure at this spot is to be looked into; one of a finding is counted.
    fn is_new(&mut self, spot: Spot) -> bool {
        match self.known.get(&spot) {
            Some(&Known::Finding(number)) => {
                self.fuzzed.findings[number].times += 1;
                false
            }
            Some(&Known::Doubtful(times)) => times < DOUBTS,
            Some(Known::Unread) => false,
            None => true,
        }
    }

    /// Makes failures small, all that are new in a batch at once.
    fn look_into(&mut self, new: Vec<(Spot, Outcome)>) {
        let mut workers = std::mem::take(&mut self.workers);
        // What was found in the last moment is made small as well, but not for long.
        let left = self.fuzz.options.course.left_of(self.fuzz.shrink);
        let time = left.max(LEAST_SHRINK.min(self.fuzz.shrink));
        let one = |_: &Crew, worker: &mut Worker, (_, outcome): &(Spot, Outcome)| {
            least(worker, outcome, Instant::now() + time)
        };
        let ((findings, trouble), ()) = share_among(&mut workers, &new, one, || ());
        self.workers = workers;
        self.fuzzed.trouble = self.fuzzed.trouble.take().or(trouble);
        for ((spot, _), finding) in new.into_iter().zip(findings) {
            self.settle(spot, finding);
        }
        let enough = self.fuzz.options.course.fail_fast && !self.fuzzed.findings.is_empty();
        if enough && self.fuzzed.trouble.is_none() {
            self.fuzzed.trouble = Some(Trouble::Failed);
        }
    }

    /// Notes what a failure at this spot came to.
    fn settle(&mut self, from: Spot, finding: Finding) {
        let spotted = Spotted {
            spot: Spot::of(&finding.least),
            finding,
            times: 1,
        };
        if spotted.finding.never_came_again() {
            let doubts = match self.known.get(&from) {
                Some(Known::Doubtful(times)) => *times,
                _ => 0,
            };
            self.known.insert(from, Known::Doubtful(doubts + 1));
            if doubts == 0 {
                self.fuzzed.unsteady.push(spotted);
            }
            return;
        }
        let known = match self.known.get(&spotted.spot) {
            Some(Known::Finding(number)) => {
                self.fuzzed.findings[*number].times += 1;
                Known::Finding(*number)
            }
            _ if self.fuzzed.findings.len() >= MOST_FINDINGS => Known::Unread,
            _ => {
                self.watch.found(&spotted);
                self.known
                    .insert(spotted.spot, Known::Finding(self.fuzzed.findings.len()));
                self.fuzzed.findings.push(spotted);
                Known::Finding(self.fuzzed.findings.len() - 1)
            }
        };
        self.known.insert(from, known);
    }
}

fn try_one(
    worker: &mut Worker,
    case: &Case,
    options: &Options,
    watch: &dyn Watch,
) -> Result<Outcome, Trouble> {
    options.course.in_time()?;
    // However often it hangs, it is asked again: the next case is another.
    worker.keep_asking();
    let outcome = worker.try_case(case)?;
    if let Some(why) = worker.weakened() {
        watch.weakened(&why);
    }
    watch.tried(&outcome);
    Ok(outcome)
}
