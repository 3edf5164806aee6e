//! The runner: many cases on one or more targets, by a few worker threads, to an outcome for each.
//!
//! A worker takes a lot, a target with cases for it, and tries them one after the other on a process of its own where we start
//! it: cases do not disturb each other, and its sleep is a proof. Nothing is printed. Invariant: each case that was begun has
//! one outcome, in the order of the cases, whatever ends the run.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use super::course::Course;
use super::crew::{Crew, share};
use super::process::StartError;
use super::stdout::StdoutReader;
use super::target::Target;
use super::worker::Worker;
use crate::suite::gate::Gate;
use crate::suite::{Case, Observer, Outcome, PayloadKind};

/// A target with cases for it.
#[derive(Clone, Debug)]
pub struct Lot {
    /// What is tested.
    pub target: Target,
    /// How we learn what it decoded.
    pub observer: Observer,
    /// What is tried, in order.
    pub cases: Vec<Case>,
}

/// What holds for all lots of a run.
#[derive(Clone, Debug)]
pub struct Options {
    /// What is waited for at each cut.
    pub gate: Gate,
    /// What bounds each wait.
    pub timeout: Duration,
    /// Worker threads, at least 1.
    pub jobs: usize,
    /// What payloads the target takes.
    pub payloads: PayloadKind,
    /// How payloads are found in what the target prints (observer `stdout`).
    pub stdout: Option<StdoutReader>,
    /// What ends a run early, and how often a failure is tried again.
    pub course: Course,
}

/// What the runner tells while it runs.
pub trait Progress: Sync {
    /// A case has an outcome.
    fn finished(&self, outcome: &Outcome);
    /// A weaker gate holds for a target than was asked for, for this reason.
    fn weakened(&self, why: &str);
}

/// What a run came to.
#[derive(Debug)]
pub struct Run {
    /// In the order of the lots and their cases; fewer where the run ended early.
    pub outcomes: Vec<Outcome>,
    /// Cases that were to be run.
    pub planned: usize,
    /// Why it ended early.
    pub trouble: Option<Trouble>,
}

/// Why a run ended before its last case.
#[derive(Debug)]
pub enum Trouble {
    /// The target could not be started.
    Start(StartError),
    /// Nothing answers at the address.
    Unreachable(SocketAddr, io::Error),
    /// The user wants an end.
    Interrupted,
    /// A case failed, and the first failure is to be the last.
    Failed,
    /// The time for the run is over, which was this long.
    Deadline(Duration),
    /// Nothing can be seen of the target, or be sent to it, for this reason.
    Skipped(String),
}

/// Runs all lots.
pub fn run(lots: Vec<Lot>, options: &Options, progress: &dyn Progress) -> Run {
    let planned = lots.iter().map(|lot| lot.cases.len()).sum();
    let lots = divided(lots, options.jobs);
    let (outcomes, trouble) = share(&lots, options.jobs, |crew, lot| {
        let mut outcomes = Vec::new();
        let ended = try_all(crew, lot, options, progress, &mut outcomes);
        (outcomes, ended)
    });
    Run {
        outcomes: outcomes.into_iter().flatten().collect(),
        planned,
        trouble,
    }
}

/// Divides lots of targets that we start, so that every worker has one: at most one process for each worker and target. What runs
/// already is one process, and has one worker.
fn divided(lots: Vec<Lot>, jobs: usize) -> Vec<Lot> {
    let parts = jobs.div_ceil(lots.len().max(1));
    let divide = |lot: Lot| match (&lot.target, lot.cases.len().div_ceil(parts)) {
        (Target::Command(_), size @ 1..) if parts > 1 => {
            let pieces = lot.cases.chunks(size).map(<[Case]>::to_vec);
            pieces
                .map(|cases| Lot {
                    cases,
                    ..lot.clone()
                })
                .collect()
        }
        _ => vec![lot],
    };
    lots.into_iter().flat_map(divide).collect()
}

/// Tries the cases of a lot, until one of the crew is in trouble.
fn try_all(
    crew: &Crew,
    lot: &Lot,
    options: &Options,
    progress: &dyn Progress,
    outcomes: &mut Vec<Outcome>,
) -> Result<(), Trouble> {
    let course = &options.course;
    let mut worker = Worker::new(&lot.target, lot.observer, options);
    for case in &lot.cases {
        if crew.stops() {
            break;
        }
        course.in_time()?;
        let mut outcome = worker.try_case(case)?;
        let counts = course.counts(&outcome);
        let tried_again = match counts && course.retries > 0 {
            true => worker.try_again(&mut outcome),
            false => Ok(()),
        };
        if let Some(why) = worker.weakened() {
            progress.weakened(&why);
        }
        progress.finished(&outcome);
        outcomes.push(outcome);
        tried_again?;
        if counts && course.fail_fast {
            return Err(Trouble::Failed);
        }
    }
    Ok(())
}
