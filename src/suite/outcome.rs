//! What a case came to: the case, the verdict, and as much of what passed as a report needs.

use super::case::Case;
use super::gate::Held;
use super::judge::{Status, Verdict};
use super::observer::{Observed, Observer};
use super::seen::Times;
use super::transcript::Transcript;

/// A case with its verdict.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was tried.
    pub case: Case,
    /// By what its result was seen.
    pub observer: Observer,
    /// What is thought of it.
    pub verdict: Verdict,
    /// What the target gave back; nothing where the case was not tried.
    pub observed: Observed,
    /// The weakest gate that held at its cuts; `None`: it has none, or was not tried.
    pub gate: Option<Held>,
    /// From the connection to the verdict.
    pub micros: u64,
    /// How often it failed, where it was run again; its first failure counts.
    pub retried: Option<Times>,
    /// All that passed, kept where the verdict is a failure.
    pub transcript: Option<Transcript>,
}

impl Outcome {
    /// A case that was not tried.
    #[must_use]
    pub fn untried(case: Case, observer: Observer, verdict: Verdict) -> Self {
        Self {
            case,
            observer,
            verdict,
            observed: Observed::default(),
            gate: None,
            micros: 0,
            retried: None,
            transcript: None,
        }
    }

    /// Whether every cut of the case was proven to have reached the target.
    #[must_use]
    pub fn proven(&self) -> bool {
        self.gate.is_some_and(Held::proven)
    }

    /// Whether it counts against the target.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.verdict.status == Status::Fail
    }

    /// How often it failed, where it passed as well when it was run again.
    #[must_use]
    pub fn flake(&self) -> Option<Times> {
        self.retried.filter(|times| times.differ())
    }
}
