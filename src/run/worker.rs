//! One target under test: cases are tried on it, one after the other, to an outcome for each.
//!
//! A target that hung or sent without end is started anew, and from then on waited for a tenth of the time: a second hang is one only
//! where nothing can come any more, since all was read and all threads of the target sleep. Invariant: a case that was begun has an
//! outcome, unless there is no target any more to try it on.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::conduct::Conductor;
use super::interrupt;
use super::measure::measure;
use super::process::StartError;
use super::runner::{Options, Trouble};
use super::target::{Site, Target, unreachable};
use crate::framing::Ending;
use crate::suite::{
    After, Case, Close, Kind, Manner, Observer, Outcome, Point, Resource, Silence, Status, Stream,
    Times, Transcript, Verdict, judge, judge_alike, observe,
};

/// Cases of one stream in a row on which a target may hang before no more of that stream is asked of it.
const MOST_OF_STREAM: usize = 3;

/// Cases in a row on which it may hang before nothing more is.
const MOST_HANGS: usize = 3 * MOST_OF_STREAM;

/// Cases on which it may hang in all.
const MOST_IN_ALL: usize = 30;

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
    /// Cases on which it has hung in all.
    hangs_in_all: usize,
    /// As many of those in a row as were of the stream with this id.
    hung_on: (String, usize),
    /// Whether it serves a connection beside so many others.
    serves: Vec<(usize, bool)>,
    /// It does not implement the framing: it need not be asked again.
    unsupported: bool,
    /// What the bytes of the last case drew that were sent whole, twice (observer `invariance`).
    whole: Option<Whole>,
}

/// What passed when a case was conducted without cuts.
struct Whole {
    stream: Arc<Stream>,
    close: Close,
    transcripts: [Transcript; 2],
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
            hangs_in_all: 0,
            hung_on: (String::new(), 0),
            serves: Vec::new(),
            unsupported: false,
            whole: None,
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

    /// Tries a case that failed again, as often as the run asks for, each time on a fresh target where we start it; the outcome keeps
    /// how many of the tries from which something followed have failed.
    ///
    /// # Errors
    /// There is no target to try it on, or the user wants an end.
    pub fn try_again(&mut self, outcome: &mut Outcome) -> Result<(), Trouble> {
        // Whether so much more is asked of a target that hangs must not depend on how often one case is tried.
        let hangs = (self.hangs, self.hangs_in_all, self.hung_on.clone());
        let mut times = Times { failed: 1, of: 1 };
        let course = &self.options.course;
        let mut ended = Ok(());
        for _ in 0..course.retries {
            if course.in_time().is_err() {
                break;
            }
            self.site.end();
            self.keep_asking();
            match self.try_case(&outcome.case) {
                Ok(again) => times.count(again.verdict.status),
                Err(trouble) => {
                    ended = Err(trouble);
                    break;
                }
            }
        }
        (self.hangs, self.hangs_in_all, self.hung_on) = hangs;
        outcome.retried = Some(times);
        ended
    }

    /// Forgets that the target has hung: what follows is waited for in full.
    pub fn forget_hangs(&mut self) {
        (self.hung, self.hangs, self.hangs_in_all) = (false, 0, 0);
        self.hung_on.1 = 0;
    }

    /// Forgets how many cases in a row it has hung on, and no more: it is still waited for a tenth of the time.
    pub fn keep_asking(&mut self) {
        (self.hangs, self.hangs_in_all, self.hung_on.1) = (0, 0, 0);
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
            return Some(not_tried(&format!("{MOST_HANGS} cases in a row")));
        }
        if self.hangs_in_all >= MOST_IN_ALL {
            return Some(not_tried(&format!("{MOST_IN_ALL} cases")));
        }
        if self.hung_on.1 >= MOST_OF_STREAM && self.hung_on.0 == case.stream.id {
            return Some(not_tried(&format!("{MOST_OF_STREAM} cases of this stream")));
        }
        let others = matches!(case.manner, Manner::After(_) | Manner::Beside(_));
        if others && observer == Observer::Stdout {
            return Some(Verdict::skip(
                "what other connections make the target print cannot be told from this one's",
            ));
        }
        match (case.stream.framing.pattern_number(), observer) {
            (1, Observer::Echo) if !matches!(case.manner, Manner::Measure(_)) => {
                Some(Verdict::skip(
                    "a target of pattern 1 owes no reply: echo shows nothing, report and stdout do",
                ))
            }
            _ => self
                .options
                .payloads
                .refuse(&case.stream)
                .map(Verdict::skip),
        }
    }

    fn one(&mut self, case: &Case) -> Result<Outcome, Trouble> {
        match &case.manner {
            Manner::Measure(resource) => self.measured(case, *resource),
            Manner::Plain | Manner::Unread | Manner::Pause(_) => self.talk(case),
            Manner::After(after) => match self.fails_alone(case)? {
                Some(skipped) => Ok(skipped),
                None => {
                    self.disturb(after);
                    self.talk(case).map(poisoned)
                }
            },
            Manner::Beside(others) => match (self.fails_alone(case)?, others.len()) {
                (Some(skipped), _) => Ok(skipped),
                (None, others) if !self.serves_beside(others, case) => Ok(self.skipped(
                    case,
                    &format!("it does not serve {} connections at a time", others + 1),
                )),
                (None, _) => self.talk(case).map(poisoned),
            },
        }
    }

    /// A case that is about other connections tells nothing where it fails without them.
    fn fails_alone(&mut self, case: &Case) -> Result<Option<Outcome>, Trouble> {
        let alone = self.talk(&alone(case))?;
        Ok(match alone.verdict.status {
            Status::Pass if self.site.has_ended() => {
                Some(self.skipped(case, "it serves one connection and ends"))
            }
            Status::Pass => None,
            _ => Some(self.skipped(case, "without other connections it does not pass either")),
        })
    }

    fn skipped(&self, case: &Case, why: &str) -> Outcome {
        Outcome::untried(case.clone(), self.observer, Verdict::skip(why))
    }

    /// The connections before that of a case. What comes of them is not judged here.
    fn disturb(&mut self, after: &After) {
        let bad = Case::new(
            &after.stream,
            "whole",
            Vec::new(),
            after.close,
            Manner::Plain,
        );
        for _ in 0..after.times {
            let Ok(addr) = self.site.ready() else {
                return;
            };
            let patience = self.patience();
            let keeper = &mut self.site.keeper;
            let conducted = self
                .conductor
                .conduct(addr, keeper, &bad, self.observer, patience);
            if conducted.is_err() || interrupt::requested() {
                return;
            }
        }
    }

    /// Whether it serves a connection while so many others are open and silent; asked once.
    fn serves_beside(&mut self, others: usize, case: &Case) -> bool {
        if let Some(&(_, serves)) = self.serves.iter().find(|(asked, _)| *asked == others) {
            return serves;
        }
        let Ok(addr) = self.site.ready() else {
            return false;
        };
        let patience = self.patience() / IMPATIENCE;
        let connect = |_| TcpStream::connect_timeout(&addr, patience).ok();
        let open: Vec<_> = (0..others).map(connect).collect();
        let keeper = &mut self.site.keeper;
        let alone = alone(case);
        let conducted = self
            .conductor
            .conduct(addr, keeper, &alone, self.observer, patience);
        drop(open);
        let passes = |transcript| self.verdict(&alone, &transcript).status == Status::Pass;
        let serves = conducted.is_ok_and(passes);
        if !serves {
            // It may still be busy with what nobody waits for any more.
            self.site.end();
        }
        self.serves.push((others, serves));
        serves
    }

    /// Tries a case on one connection.
    fn talk(&mut self, case: &Case) -> Result<Outcome, Trouble> {
        if self.observer == Observer::Invariance
            && let Some(untried) = self.know_whole(case)?
        {
            return Ok(untried);
        }
        let transcript = match self.transcript(case)? {
            Ok(transcript) => transcript,
            Err(untried) => return Ok(untried),
        };
        let mut outcome = self.judged(case, transcript);
        if interrupt::requested() && outcome.verdict.status != Status::Pass {
            // Our own end of the target must not be held against it.
            outcome.verdict = Verdict::inconclusive("interrupted while it ran");
        }
        Ok(outcome)
    }

    /// What passes on one connection; without one, an outcome that says so.
    fn transcript(&mut self, case: &Case) -> Result<Result<Transcript, Outcome>, Trouble> {
        let addr = match self.site.ready() {
            Ok(addr) => addr,
            Err(error) => return self.not_started(case, error).map(Err),
        };
        let (observer, patience) = (self.observer, self.patience());
        let keeper = &mut self.site.keeper;
        let conducted = self
            .conductor
            .conduct(addr, keeper, case, observer, patience);
        match conducted {
            Ok(transcript) => Ok(Ok(transcript)),
            Err(error) => self.no_connection(case, addr, error).map(Err),
        }
    }

    /// Sends the bytes of a case whole, twice, unless that was done for the last one; an outcome where that is not possible.
    fn know_whole(&mut self, case: &Case) -> Result<Option<Outcome>, Trouble> {
        let same =
            |whole: &Whole| Arc::ptr_eq(&whole.stream, &case.stream) && whole.close == case.close;
        if self.whole.as_ref().is_some_and(same) {
            return Ok(None);
        }
        let plain = Case::new(&case.stream, "whole", Vec::new(), case.close, Manner::Plain);
        let mut transcripts = [Transcript::new(), Transcript::new()];
        for transcript in &mut transcripts {
            match self.transcript(&plain)? {
                Ok(passed) => *transcript = passed,
                Err(untried) => return Ok(Some(untried)),
            }
            transcript.died = self.site.died(false);
        }
        self.whole = Some(Whole {
            stream: Arc::clone(&case.stream),
            close: case.close,
            transcripts,
        });
        Ok(None)
    }

    /// A case at which a resource is measured.
    fn measured(&mut self, case: &Case, resource: Resource) -> Result<Outcome, Trouble> {
        if matches!(self.target, Target::Address(_)) {
            let verdict = Verdict::skip("only targets that we start can be measured");
            return Ok(Outcome::untried(case.clone(), self.observer, verdict));
        }
        let begun = Instant::now();
        let measured = measure(&mut self.site, case, resource, self.options.timeout);
        let (verdict, gate) = match measured {
            Ok(measured) => measured,
            Err(error) => return self.not_started(case, error),
        };
        if verdict.status != Status::Pass || self.observer == Observer::Stdout {
            // What it did, or printed, is not for the next case.
            self.site.end();
        }
        if interrupt::requested() {
            return Err(Trouble::Interrupted);
        }
        Ok(Outcome {
            gate,
            micros: u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
            ..Outcome::untried(case.clone(), self.observer, verdict)
        })
    }

    fn not_started(&mut self, case: &Case, error: StartError) -> Result<Outcome, Trouble> {
        match error {
            StartError::Unsupported => {
                self.unsupported = true;
                Ok(Outcome::untried(case.clone(), self.observer, unsupported()))
            }
            StartError::Interrupted => Err(Trouble::Interrupted),
            error => Err(Trouble::Start(error)),
        }
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
            // What only the end of the stream makes known never comes behind a reset, and is not waited for.
            let ends = case.close != Close::Reset;
            let due = case.stream.due_for(Observer::Stdout);
            let due = due.filter(|due| ends || due.latest != Point::End).count();
            let deadline = Instant::now() + self.options.timeout;
            // Lines are counted only when the last is whole: a long one comes in many pieces.
            let enough = |printed: &[u8]| {
                due == 0 || (printed.ends_with(b"\n") && reader.items(printed).len() >= due)
            };
            let printed = self.site.printed(deadline, enough);
            transcript.printed = reader.items(&printed);
        }
        transcript.died = self.site.died(clean);
        let mut verdict = self.verdict(case, &transcript);
        if verdict.kind == Some(Kind::Hang) && self.hung && !silent_for_ever(&transcript) {
            verdict = Verdict::inconclusive(format!(
                "no answer within {:?}; the target has hung before, and was not waited for any longer",
                self.patience()
            ));
            self.has_hung(case);
        } else {
            match verdict.kind {
                Some(Kind::Hang | Kind::Flood) => self.has_hung(case),
                _ => (self.hangs, self.hung_on.1) = (0, 0),
            }
        }
        Outcome {
            case: case.clone(),
            observer: self.observer,
            observed: observe(&case.stream, self.observer, &transcript),
            gate: transcript.gate,
            micros: transcript.micros,
            retried: None,
            transcript: (verdict.status == Status::Fail).then_some(transcript),
            verdict,
        }
    }

    fn verdict(&self, case: &Case, transcript: &Transcript) -> Verdict {
        match &self.whole {
            Some(whole) if self.observer == Observer::Invariance => {
                judge_alike(case, whole.transcripts.each_ref(), transcript)
            }
            _ => judge(&case.stream, case.close, self.observer, transcript),
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
    fn has_hung(&mut self, case: &Case) {
        self.hung = true;
        self.hangs += 1;
        self.hangs_in_all += 1;
        match self.hung_on.0 == case.stream.id {
            true => self.hung_on.1 += 1,
            false => self.hung_on = (case.stream.id.clone(), 1),
        }
        self.site.end();
    }
}

/// The same case without other connections.
fn alone(case: &Case) -> Case {
    Case {
        manner: Manner::Plain,
        ..case.clone()
    }
}

/// What is wrong only because of other connections is a failure of its own kind; a dead process is one already.
fn poisoned(mut outcome: Outcome) -> Outcome {
    let verdict = &mut outcome.verdict;
    if let (Status::Fail, Some(kind)) = (verdict.status, verdict.kind)
        && kind != Kind::Crash
    {
        verdict.why = format!(
            "{kind} because of other connections, without which it passes: {}",
            verdict.why
        );
        verdict.kind = Some(Kind::Poisoned);
    }
    outcome
}

/// Whether the target had read all, slept, and had nothing on its way when it was given up.
fn silent_for_ever(transcript: &Transcript) -> bool {
    let last = transcript.marks.last();
    last.is_some_and(|mark| mark.silence == Some(Silence::Proven))
}

fn not_tried(on: &str) -> Verdict {
    Verdict::inconclusive(format!(
        "not tried: the target has hung, or sent without end, on {on}"
    ))
}

fn unsupported() -> Verdict {
    Verdict::skip("the target does not implement this framing (exit status 89)")
}
