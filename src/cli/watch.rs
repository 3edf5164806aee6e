//! What a campaign shows while it runs: a line on standard error, and each finding at once; what it keeps goes to its folders.
//!
//! On a terminal the line is drawn anew; elsewhere one is printed each minute, so that the log of a night is short. Invariant: a finding
//! is saved before the next case is tried.

use std::collections::HashSet;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::findings::Findings;
use crate::report::Found;
use crate::run::{Corpus, Spotted, Watch};
use crate::suite::{Campaign, Case, Outcome, Status};

/// How often a line is printed where there is no terminal.
const EVERY: Duration = Duration::from_secs(60);

/// Notes of one kind that are told.
const MOST_NOTES: usize = 20;

/// Where what is kept goes.
pub(super) struct Kept<'a> {
    pub(super) findings: Findings,
    /// The words of a command line that name the target.
    pub(super) words: Vec<String>,
    /// Where new cases are kept.
    pub(super) corpus: Option<&'a Corpus>,
    /// Whether the cases are named that did not pass: of a night's campaign these would be too many to keep.
    pub(super) names_failed: bool,
    pub(super) seed: u64,
}

/// What a campaign shows.
pub(super) struct Screen<'a> {
    kept: Kept<'a>,
    bar: ProgressBar,
    begun: Instant,
    runs: AtomicU64,
    told: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    found: Vec<Found>,
    notes: Vec<String>,
    /// The ids of the cases that did not pass.
    failed: HashSet<String>,
    /// Lines printed so far.
    lines: u32,
}

impl<'a> Screen<'a> {
    pub(super) fn new(kept: Kept<'a>) -> Self {
        let bar = match std::io::stderr().is_terminal() {
            true => ProgressBar::new_spinner(),
            false => ProgressBar::hidden(),
        };
        let style = ProgressStyle::with_template("{spinner} {elapsed}  {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        Self {
            kept,
            bar,
            begun: Instant::now(),
            runs: AtomicU64::new(0),
            told: Mutex::default(),
        }
    }

    pub(super) fn note(&self, notes: impl IntoIterator<Item = String>) {
        let mut told = self.told();
        for note in notes {
            if told.notes.len() < MOST_NOTES && !told.notes.contains(&note) {
                told.notes.push(note);
            }
        }
    }

    /// The ids of the cases that did not pass.
    pub(super) fn failed(&self) -> HashSet<String> {
        self.told().failed.clone()
    }

    /// What was found, in order, and what was noticed.
    pub(super) fn finish(self) -> (Vec<Found>, Vec<String>) {
        self.bar.finish_and_clear();
        let told = self.told.into_inner();
        let told = told.unwrap_or_else(PoisonError::into_inner);
        (told.found, told.notes)
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn line(&self, campaign: &Campaign) -> String {
        let runs = self.runs.load(Ordering::Relaxed);
        let rate = runs as f64 / self.begun.elapsed().as_secs_f64().max(0.001);
        let (seen, all) = campaign.coverage().pairs();
        let (corpus, found) = (campaign.corpus().len(), self.told().found.len());
        let seed = self.kept.seed;
        format!(
            "{runs} cases, {rate:.0} execs/s, corpus {corpus}, coverage {seen}/{all}, {found} findings, seed {seed}"
        )
    }
}

impl Watch for Screen<'_> {
    fn tried(&self, outcome: &Outcome) {
        self.runs
            .fetch_add(u64::from(outcome.micros > 0), Ordering::Relaxed);
        if self.kept.names_failed && outcome.verdict.status != Status::Pass {
            self.told().failed.insert(outcome.case.id.clone());
        }
    }

    fn kept(&self, case: &Case) {
        // What it began with is there already, or built in.
        let made = case.id.starts_with(crate::suite::MADE);
        if let Some(corpus) = self.kept.corpus.filter(|_| made)
            && let Err((file, why)) = corpus.keep(case)
        {
            self.note([format!("{}: {why}; not kept", file.display())]);
        }
    }

    fn found(&self, spotted: &Spotted) {
        let found = self
            .kept
            .findings
            .keep(spotted.finding.clone(), &self.kept.words);
        if !self.bar.is_hidden() {
            self.bar.println(format!("found: {}", spotted.spot));
        }
        self.told().found.push(found);
    }

    fn learnt(&self, campaign: &Campaign) {
        if !self.bar.is_hidden() {
            return self.bar.set_message(self.line(campaign));
        }
        let minutes = self.begun.elapsed().as_secs() / EVERY.as_secs();
        let due = minutes > u64::from(self.told().lines);
        if due {
            self.told().lines = u32::try_from(minutes).unwrap_or(u32::MAX);
            eprintln!("{}", self.line(campaign));
        }
    }

    fn weakened(&self, why: &str) {
        self.note([why.to_owned()]);
    }
}
