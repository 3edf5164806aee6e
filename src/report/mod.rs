//! Results as plain structs, and functions from them to text, to JSON and to what other programs read: a report is a `String`, and writing it is somebody else's.
//!
//! Invariant: `summary` counts just the `cases`.

mod annotations;
mod bench;
mod compare;
mod document;
mod draw;
mod drawn;
mod format;
mod found;
mod fuzz;
mod html;
mod hunted;
mod json;
mod junit;
mod kinds;
mod markdown;
mod merge;
mod overall;
mod plain;
mod sarif;
mod script;
mod selftest;
mod several;
mod text;

use std::collections::BTreeMap;

use crate::suite::{self, Listed, Outcome, Status};

pub use annotations::annotations;
pub use bench::{
    BENCH_SCHEMA, BenchCell, BenchDocument, BenchError, BenchHead, BenchLimit, BenchRound,
    BenchTarget, CellInterval, CellKey, CellLatency, CellSpread, Cpu, HighLow, Percentile,
    Quartiles, Ratio, bench_text, interval_log,
};
pub use compare::{
    COMPARE_SCHEMA, Change, CompareCounts, CompareDocument, Compared, Side, compare_text,
};
pub use document::{
    CaseEntry, Difference, Document, FindingEntry, Flake, FuzzEntry, Group, PlaceEntry, SCHEMA,
    SpotEntry, TargetEntry,
};
pub use draw::{Paint, draw_case};
pub use drawn::{Came, Drawn, Part, Piece};
pub use format::{BENCH_FORMATS, COMPARE_FORMATS, FORMATS, Format};
pub use found::{Found, Saved};
pub use fuzz::{FuzzReport, Sighted, fuzz_text};
pub use html::html;
pub use hunted::hunted_text;
pub use merge::merge;
pub use overall::Overall;
pub use script::python;
pub use selftest::{SelftestReport, SelftestSummary, selftest_json, selftest_text};
pub use text::{failure, nothing_wrong, replayed, text};

/// What a run was, and what it came to.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// What was tested, in order; at least one.
    pub targets: Vec<Tested<'a>>,
    /// What random segmentations were made from.
    pub seed: u64,
    /// What was noticed on the way.
    pub notes: Vec<String>,
    /// Why the run ended early, for all targets.
    pub trouble: Option<String>,
    /// Seconds that it took.
    pub seconds: f64,
}

/// One target, and what came of it.
#[derive(Clone, Debug)]
pub struct Tested<'a> {
    /// What it is called.
    pub name: String,
    /// `builtin`, an address, or the command that starts it.
    pub address: String,
    /// The texts of what it was tried with; [`ALL`] alone for everything.
    pub framings: Vec<String>,
    /// The observer's word.
    pub observe: String,
    /// The gate that was asked for.
    pub gate: String,
    /// What its configuration says of it: library, version, language and more.
    pub about: BTreeMap<String, String>,
    /// Why it was not tried at all.
    pub skipped: Option<String>,
    /// Why its cases were not all tried.
    pub trouble: Option<String>,
    /// The words of the command that runs the same again; `--filter ID` is added for one case.
    pub command: Vec<String>,
    /// The cases are those that a fuzzing campaign kept or found: none can be chosen by its id.
    pub is_campaign: bool,
    /// Each case that was begun.
    pub outcomes: &'a [Outcome],
    /// Which failures were known.
    pub known: &'a Listed,
    /// What the failures became when they were shrunk.
    pub findings: &'a [Found],
}

/// How many cases came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Summary {
    /// All of them.
    pub total: usize,
    /// As they must be.
    pub pass: usize,
    /// Not as they must be.
    pub fail: usize,
    /// Those of `fail` that were known.
    pub known: usize,
    /// Those of `fail` that passed when they were run again.
    #[serde(default)]
    pub flakes: usize,
    /// Not to be seen with this observer, or not to be sent to this target.
    pub skip: usize,
    /// Nothing follows from what passed.
    pub inconclusive: usize,
    /// Those with cuts, all of which were proven to have reached the target.
    pub proven: usize,
}

impl Summary {
    /// Counts.
    #[must_use]
    pub fn of<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>, known: &Listed) -> Self {
        let mut summary = Self::default();
        for outcome in outcomes {
            summary.total += 1;
            summary.known += usize::from(known.knows(outcome));
            summary.flakes += usize::from(outcome.flake().is_some());
            summary.proven += usize::from(outcome.proven());
            *match outcome.verdict.status {
                Status::Pass => &mut summary.pass,
                Status::Fail => &mut summary.fail,
                Status::Skip => &mut summary.skip,
                Status::Inconclusive => &mut summary.inconclusive,
            } += 1;
        }
        summary
    }
}

impl std::iter::Sum for Summary {
    fn sum<I: Iterator<Item = Self>>(summaries: I) -> Self {
        summaries.fold(Self::default(), |all, one| Self {
            total: all.total + one.total,
            pass: all.pass + one.pass,
            fail: all.fail + one.fail,
            known: all.known + one.known,
            flakes: all.flakes + one.flakes,
            skip: all.skip + one.skip,
            inconclusive: all.inconclusive + one.inconclusive,
            proven: all.proven + one.proven,
        })
    }
}

impl Report<'_> {
    /// Of all targets.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.targets.iter().map(Tested::summary).sum()
    }

    /// What several targets make of the same bytes, where they differ.
    #[must_use]
    pub fn differences(&self) -> Vec<suite::Difference<'_>> {
        let outcomes: Vec<_> = self.targets.iter().map(|one| one.outcomes).collect();
        suite::differences(&outcomes)
    }
}

impl Tested<'_> {
    /// Of its cases.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary::of(self.outcomes, self.known)
    }

    /// The command that runs one case alone; of a campaign that of the finding that it is, or the whole campaign's.
    #[must_use]
    pub fn replay(&self, outcome: &Outcome) -> String {
        if self.is_campaign {
            let same = |found: &&Found| found.finding.least.case.id == outcome.case.id;
            let found = self.findings.iter().find(same);
            let saved = found.filter(|found| found.file().is_some());
            return words(saved.map_or(&self.command, |found| &found.replay));
        }
        let mut command = self.command.clone();
        if self.framings.len() > 1 {
            let framing = outcome.case.stream.framing.to_string();
            command.extend(["--framing".to_owned(), framing]);
        }
        command.extend(["--filter".to_owned(), outcome.case.id.clone()]);
        words(&command)
    }

    /// The outcomes by the number of their pattern.
    fn by_pattern(&self) -> BTreeMap<u8, Vec<&Outcome>> {
        let mut patterns: BTreeMap<u8, Vec<&Outcome>> = BTreeMap::new();
        for outcome in self.outcomes {
            patterns
                .entry(outcome.case.stream.framing.pattern_number())
                .or_default()
                .push(outcome);
        }
        patterns
    }
}

/// A command line, quoted for a shell.
fn words(words: &[String]) -> String {
    shlex::try_join(words.iter().map(String::as_str)).unwrap_or_default()
}

/// What `framing` says where several were run.
pub const ALL: &str = "all";
