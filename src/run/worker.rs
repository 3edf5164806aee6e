//! One target under test: cases are tried on it, one after the other, to an outcome for each.
//!
//! A target that hung or sent without end is started anew, and from then on waited for a tenth of the time: a second hang is one only
//! where nothing can come any more, since all was read and all threads of the target sleep. Invariant: a case that was begun has an
//! outcome, unless there is no target any more to try it on.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::conduct::Conductor;
use super::interrupt;
use super::process::StartError;
use super::runner::{Options, Trouble};
use super::target::{Site, Target, unreachable};
use crate::framing::Ending;
use crate::suite::{
    Case, Kind, Observer, Outcome, Silence, Status, Transcript, Verdict, judge, observe,
};

/// Cases in a row on which a target may hang before no more is asked of it.
const MOST_HANGS: usize = 3;

/// What is left of the patience with a target that has hung.
const IMPATIENCE: u32 = 10;

/// A target under test.
pub struct Worker<'a> {
    target: &'a Target,
    observer: Observer,
    options: &'a Options,
    conductor: Conductor,
    site: Site<'a>,
    /// It has hung once.
    hung: bool,
    /// Cases in a row on which it has hung.
    hangs: usize,
    /// It does not implement the framing: it need not be asked again.
    unsupported: bool,
}

impl<'a> Worker<'a> {
    /// One for this target, which is started when the first case is tried.
    #[must_use]
    pub fn new(target: &'a Target, observer: Observer, options: &'a Options) -> Self {
        Self {
            target,
            observer,
            options,
            conductor: Conductor::new(),
            site: Site::new(target, options.gate),
            hung: false,
            hangs: 0,
            unsupported: false,
        }
    }

    /// Tries a case.
    ///
    /// # Errors
    /// There is no target to try it on, or the user wants an end.
    pub fn try_case(&mut self, case: &Case) -> Result<Outcome, Trouble> {
        if interrupt::requested() {
            return Err(Trouble::Interrupted);
        }
        match self.untried(case) {
            Some(verdict) => Ok(Outcome::untried(case.clone(), self.observer, verdict)),
            None => self.one(case),
        }
    }

    /// Forgets that the target has hung: what follows is waited for in full.
    pub fn forget_hangs(&mut self) {
        (self.hung, self.hangs) = (false, 0);
    }

    /// Forgets how many cases in a row it has hung on, and no more: it is still waited for a tenth of the time.
    pub fn keep_asking(&mut self) {
        self.hangs = 0;
    }

    /// Why a weaker gate holds than was asked for.
    #[must_use]
    pub fn weakened(&mut self) -> Option<String> {
        self.site.keeper.weakened().map(|why| why.to_string())
    }

    /// Why the case is not tried at all.
    fn untried(&self, case: &Case) -> Option<Verdict> {
        let observer = self.observer;
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
                .options
                .payloads
                .refuse(&case.stream)
                .map(Verdict::skip),
        }
    }

    fn one(&mut self, case: &Case) -> Result<Outcome, Trouble> {
        let observer = self.observer;
        let addr = match self.site.ready() {
            Ok(addr) => addr,
            Err(StartError::Unsupported) => {
                self.unsupported = true;
                return Ok(Outcome::untried(case.clone(), observer, unsupported()));
            }
            Err(StartError::Interrupted) => return Err(Trouble::Interrupted),
            Err(error) => return Err(Trouble::Start(error)),
        };
        let patience = self.patience();
        let keeper = &mut self.site.keeper;
        let transcript = match self
            .conductor
            .conduct(addr, keeper, case, observer, patience)
        {
            Ok(transcript) => transcript,
            Err(error) => return self.no_connection(case, addr, error),
        };
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
        match self.target {
            Target::Address(_) if unreachable(addr, self.options.timeout).is_some() => {
                Err(Trouble::Unreachable(addr, error))
            }
            _ => {
                self.site.end();
                let verdict = Verdict::inconclusive(format!("no connection to {addr}: {error}"));
                Ok(Outcome::untried(case.clone(), self.observer, verdict))
            }
        }
    }

    fn judged(&mut self, case: &Case, mut transcript: Transcript) -> Outcome {
        let clean = case.stream.ending == Ending::Clean;
        if let (Observer::Stdout, Some(reader)) = (self.observer, &self.options.stdout) {
            let due = case.stream.due_for(Observer::Stdout).count();
            let deadline = Instant::now() + self.options.timeout;
            // Lines are counted only when the last is whole: a long one comes in many pieces.
            let enough = |printed: &[u8]| {
                due == 0 || (printed.ends_with(b"\n") && reader.items(printed).len() >= due)
            };
            let printed = self.site.printed(deadline, enough);
            transcript.printed = reader.items(&printed);
        }
        transcript.died = self.site.died(clean);
        let mut verdict = judge(&case.stream, case.close, self.observer, &transcript);
        if verdict.kind == Some(Kind::Hang) && self.hung && !silent_for_ever(&transcript) {
            verdict = Verdict::inconclusive(format!(
                "no answer within {:?}; the target has hung before, and was not waited for any longer",
                self.patience()
            ));
            self.hangs += 1;
            self.site.end();
        } else {
            self.after(&verdict);
        }
        Outcome {
            case: case.clone(),
            observer: self.observer,
            observed: observe(&case.stream, self.observer, &transcript),
            gate: transcript.gate,
            micros: transcript.micros,
            transcript: (verdict.status == Status::Fail).then_some(transcript),
            verdict,
        }
    }

    /// How long the target may make no progress.
    fn patience(&self) -> Duration {
        match self.hung {
            false => self.options.timeout,
            true => self.options.timeout / IMPATIENCE,
        }
    }

    /// A target that hung or floods would spoil the next case: it is started anew.
    fn after(&mut self, verdict: &Verdict) {
        match verdict.kind {
            Some(Kind::Hang | Kind::Flood) => {
                self.hung = true;
                self.hangs += 1;
                self.site.end();
            }
            _ => self.hangs = 0,
        }
    }
}

/// Whether the target had read all, slept, and had nothing on its way when it was given up.
fn silent_for_ever(transcript: &Transcript) -> bool {
    let last = transcript.marks.last();
    last.is_some_and(|mark| mark.silence == Some(Silence::Proven))
}

fn unsupported() -> Verdict {
    Verdict::skip("the target does not implement this framing (exit status 89)")
}
