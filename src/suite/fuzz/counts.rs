//! How many cases of a campaign came to what.

use crate::suite::{Outcome, Status};

/// How many cases came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Those that were tried on the target.
    pub runs: u64,
    /// Those that the target or its observer does not allow.
    pub skipped: u64,
    /// Those of which nothing follows.
    pub inconclusive: u64,
    /// Those that failed.
    pub failed: u64,
    /// Those with cuts.
    pub cut: u64,
    /// Those with cuts, all of which were proven to have reached the target.
    pub proven: u64,
}

impl Counts {
    /// Counts one more.
    pub fn add(&mut self, outcome: &Outcome) {
        self.runs += u64::from(outcome.micros > 0);
        self.cut += u64::from(outcome.gate.is_some());
        self.proven += u64::from(outcome.proven());
        match outcome.verdict.status {
            Status::Pass => {}
            Status::Fail => self.failed += 1,
            Status::Skip => self.skipped += 1,
            Status::Inconclusive => self.inconclusive += 1,
        }
    }
}
