//! The runner: many cases on one or more targets, by a few worker threads, to an outcome for each.
//!
//! A worker takes a lot, a target with cases for it, and tries them one after the other on a process of its own where we start
//! it: cases do not disturb each other, and its sleep is a proof. Nothing is printed. Invariant: each case that was begun has
//! one outcome, in the order of the cases, whatever ends the run.

use std::io;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::conduct::Conductor;
use super::interrupt;
use super::process::StartError;
use super::stdout::StdoutReader;
use super::target::{Site, Target, unreachable};
use crate::framing::Ending;
use crate::suite::gate::Gate;
use crate::suite::{
    Case, Kind, Observer, Outcome, PayloadKind, Status, Transcript, Verdict, judge, observe,
};

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
}

/// Cases in a row on which a target may hang before no more is asked of it.
const MOST_HANGS: usize = 3;

/// Runs all lots.
pub fn run(lots: Vec<Lot>, options: &Options, progress: &dyn Progress) -> Run {
    let lots = divided(lots, options.jobs);
    let shared = Shared {
        lots: &lots,
        options,
        progress,
        next: AtomicUsize::new(0),
        stop: AtomicBool::new(false),
        trouble: Mutex::new(None),
        done: Mutex::new(Vec::new()),
    };
    thread::scope(|scope| {
        for _ in 1..options.jobs.min(lots.len()) {
            scope.spawn(|| shared.work());
        }
        shared.work();
    });
    let mut done = shared
        .done
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(lot, _)| *lot);
    Run {
        outcomes: done
            .into_iter()
            .flat_map(|(_, outcomes)| outcomes)
            .collect(),
        trouble: shared
            .trouble
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner),
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

struct Shared<'a> {
    lots: &'a [Lot],
    options: &'a Options,
    progress: &'a dyn Progress,
    next: AtomicUsize,
    stop: AtomicBool,
    trouble: Mutex<Option<Trouble>>,
    done: Mutex<Vec<(usize, Vec<Outcome>)>>,
}

impl Shared<'_> {
    fn work(&self) {
        let mut conductor = Conductor::new(self.options.timeout);
        loop {
            let number = self.next.fetch_add(1, Ordering::SeqCst);
            let Some(lot) = self.lots.get(number) else {
                return;
            };
            let mut worker = Worker {
                shared: self,
                lot,
                site: Site::new(&lot.target, self.options.gate),
                hangs: 0,
                unsupported: false,
                outcomes: Vec::new(),
            };
            let ended = worker.try_all(&mut conductor);
            let outcomes = worker.outcomes;
            locked(&self.done).push((number, outcomes));
            if let Err(trouble) = ended {
                self.stop.store(true, Ordering::SeqCst);
                locked(&self.trouble).get_or_insert(trouble);
            }
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn unsupported() -> Verdict {
    Verdict::skip("the target does not implement this framing (exit status 89)")
}

/// One worker with one lot.
struct Worker<'a> {
    shared: &'a Shared<'a>,
    lot: &'a Lot,
    site: Site<'a>,
    /// Cases in a row on which the target has hung.
    hangs: usize,
    /// It does not implement the framing: it need not be asked again.
    unsupported: bool,
    outcomes: Vec<Outcome>,
}

impl Worker<'_> {
    fn try_all(&mut self, conductor: &mut Conductor) -> Result<(), Trouble> {
        for case in &self.lot.cases {
            if interrupt::requested() {
                return Err(Trouble::Interrupted);
            }
            if self.shared.stop.load(Ordering::SeqCst) {
                break;
            }
            let outcome = match self.untried(case) {
                Some(verdict) => Outcome::untried(case.clone(), self.lot.observer, verdict),
                None => self.one(conductor, case)?,
            };
            self.shared.progress.finished(&outcome);
            self.outcomes.push(outcome);
        }
        Ok(())
    }

    /// Why the case is not tried at all.
    fn untried(&self, case: &Case) -> Option<Verdict> {
        let observer = self.lot.observer;
        if self.unsupported {
            return Some(unsupported());
        }
        if self.hangs >= MOST_HANGS {
            return Some(Verdict::inconclusive(format!(
                "not tried: the target has hung, or sent without end, on {MOST_HANGS} cases in a row"
            )));
        }
        match (case.stream.framing.pattern_number(), observer) {
            (1, Observer::Echo) => Some(Verdict::skip(
                "a target of pattern 1 owes no reply: echo shows nothing, report and stdout do",
            )),
            _ => self
                .shared
                .options
                .payloads
                .refuse(&case.stream)
                .map(Verdict::skip),
        }
    }

    fn one(&mut self, conductor: &mut Conductor, case: &Case) -> Result<Outcome, Trouble> {
        let observer = self.lot.observer;
        let addr = match self.site.ready() {
            Ok(addr) => addr,
            Err(StartError::Unsupported) => {
                self.unsupported = true;
                return Ok(Outcome::untried(case.clone(), observer, unsupported()));
            }
            Err(StartError::Interrupted) => return Err(Trouble::Interrupted),
            Err(error) => return Err(Trouble::Start(error)),
        };
        let transcript = match conductor.conduct(addr, &mut self.site.keeper, case, observer) {
            Ok(transcript) => transcript,
            Err(error) => return self.no_connection(case, addr, error),
        };
        if let Some(why) = self.site.keeper.weakened() {
            self.shared.progress.weakened(&why.to_string());
        }
        let mut outcome = self.judged(case, transcript);
        if interrupt::requested() && outcome.verdict.status != Status::Pass {
            // Our own end of the target must not be held against it.
            outcome.verdict = Verdict::inconclusive("interrupted while it ran");
        }
        Ok(outcome)
    }

    fn no_connection(
        &mut self,
        case: &Case,
        addr: SocketAddr,
        error: io::Error,
    ) -> Result<Outcome, Trouble> {
        match self.lot.target {
            Target::Address(_) if unreachable(addr, self.shared.options.timeout).is_some() => {
                Err(Trouble::Unreachable(addr, error))
            }
            _ => {
                self.site.end();
                let verdict = Verdict::inconclusive(format!("no connection to {addr}: {error}"));
                Ok(Outcome::untried(case.clone(), self.lot.observer, verdict))
            }
        }
    }

    fn judged(&mut self, case: &Case, mut transcript: Transcript) -> Outcome {
        let clean = case.stream.ending == Ending::Clean;
        if let (Observer::Stdout, Some(reader)) = (self.lot.observer, &self.shared.options.stdout) {
            let due = case.stream.due_for(Observer::Stdout).count();
            let deadline = Instant::now() + self.shared.options.timeout;
            // Lines are counted only when the last is whole: a long one comes in many pieces.
            let enough = |printed: &[u8]| {
                due == 0 || (printed.ends_with(b"\n") && reader.items(printed).len() >= due)
            };
            let printed = self.site.printed(deadline, enough);
            transcript.printed = reader.items(&printed);
        }
        transcript.died = self.site.died(clean);
        let verdict = judge(&case.stream, case.close, self.lot.observer, &transcript);
        self.after(&verdict);
        Outcome {
            case: case.clone(),
            observer: self.lot.observer,
            observed: observe(&case.stream, self.lot.observer, &transcript),
            gate: transcript.gate,
            micros: transcript.micros,
            transcript: (verdict.status == Status::Fail).then_some(transcript),
            verdict,
        }
    }

    /// A target that hung or floods would spoil the next case: it is started anew.
    fn after(&mut self, verdict: &Verdict) {
        match verdict.kind {
            Some(Kind::Hang | Kind::Flood) => {
                self.hangs += 1;
                self.site.end();
            }
            _ => self.hangs = 0,
        }
    }
}
