//! Results as plain structs, and functions from them to text and JSON: a report is a `String`, and writing it is somebody else's.
//!
//! Invariant: `summary` counts just the `cases`.

mod draw;
mod found;
mod json;
mod script;
mod selftest;
mod text;

use std::collections::BTreeMap;

use crate::suite::{Listed, Outcome, Status};

pub use draw::{Paint, draw_case};
pub use found::{Found, Saved};
pub use json::json;
pub use script::python;
pub use selftest::{SelftestReport, SelftestSummary, selftest_json, selftest_text};
pub use text::{failure, nothing_wrong, replayed, text};

/// What a run was, and what it came to.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// The target, as the command line names it.
    pub target: String,
    /// The framing's text; `all` where several were run.
    pub framing: String,
    /// The observer's word.
    pub observe: String,
    /// What random segmentations were made from.
    pub seed: u64,
    /// The gate that was asked for.
    pub gate: String,
    /// What was noticed on the way.
    pub notes: Vec<String>,
    /// The words of the command that runs the same again; `--filter ID` is added for one case.
    pub command: Vec<String>,
    /// Why the run ended early.
    pub trouble: Option<String>,
    /// Seconds that it took.
    pub seconds: f64,
    /// Each case that was begun.
    pub outcomes: &'a [Outcome],
    /// Which failures were known.
    pub known: &'a Listed,
    /// What the failures became when they were shrunk.
    pub findings: &'a [Found],
}

/// How many cases came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
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

impl Report<'_> {
    /// The command that runs one case alone.
    #[must_use]
    pub fn replay(&self, outcome: &Outcome) -> String {
        let filter = ["--filter".to_owned(), outcome.case.id.clone()];
        let words = self.command.iter().chain(&filter).map(String::as_str);
        shlex::try_join(words).unwrap_or_default()
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

/// What `framing` says where several were run.
pub const ALL: &str = "all";
