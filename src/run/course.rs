//! How a run goes on: what ends it before its last case, and how often a failure is tried again.
//!
//! A failure that is known neither ends the run nor is tried again. Invariant: once the deadline has passed, no case is begun.

use std::time::{Duration, Instant};

use super::runner::Trouble;
use crate::suite::{Listed, Outcome};

/// How a run goes on.
#[derive(Clone, Debug, Default)]
pub struct Course {
    /// How often a case that failed is tried again.
    pub retries: usize,
    /// Whether the first failure that is not known ends the run.
    pub fail_fast: bool,
    /// After which no case is begun.
    pub deadline: Option<Deadline>,
    /// Which failures are known.
    pub known: Listed,
}

/// A point in time, with the words for it.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    at: Instant,
    within: Duration,
}

impl Deadline {
    /// So long from now; `None` where the clock does not reach so far.
    #[must_use]
    pub fn within(within: Duration) -> Option<Self> {
        let at = Instant::now().checked_add(within)?;
        Some(Self { at, within })
    }
}

impl Course {
    /// Whether the failure counts: it is none that is known.
    pub(super) fn counts(&self, outcome: &Outcome) -> bool {
        outcome.failed() && !self.known.knows(outcome)
    }

    /// What is left of a span of time before the deadline.
    #[must_use]
    pub fn left_of(&self, span: Duration) -> Duration {
        let left = self
            .deadline
            .map(|deadline| deadline.at.saturating_duration_since(Instant::now()));
        left.map_or(span, |left| left.min(span))
    }

    pub(super) fn in_time(&self) -> Result<(), Trouble> {
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline.at => {
                Err(Trouble::Deadline(deadline.within))
            }
            _ => Ok(()),
        }
    }
}
