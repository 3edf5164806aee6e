//! What was measured: rounds, one after the other, of each target and of the ceiling.
//!
//! Plain values, as they were seen; every figure of a report follows from them. Invariant: a sample is of a round in which all that came
//! was right and nothing was missing.

use std::fmt;

use super::{Latency, Mode, Shape};

/// All that was measured in one run.
#[derive(Clone, Debug, Default)]
pub struct Bench {
    /// In the order of the plan.
    pub cells: Vec<Shown>,
    /// Whether the user wanted an end before the last.
    pub interrupted: bool,
}

/// One framing and size, on all targets that were measured with it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The framing's text.
    pub framing: String,
    /// Bytes of a payload.
    pub payload: u64,
    /// How frames were put on connections.
    pub shape: Shape,
    /// Each target, in the order of the command line.
    pub targets: Vec<Measured>,
    /// What we reach ourselves, for each mode in which a target was measured.
    pub ceilings: Vec<Ceiling>,
}

/// What framecheck reaches against a peer that does next to nothing.
#[derive(Clone, Debug)]
pub struct Ceiling {
    /// How the peer answers.
    pub mode: Mode,
    /// What came of it.
    pub measured: Measured,
}

/// One target in one cell.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// What reports call it; of the ceiling, `ceiling`.
    pub target: String,
    /// How frames were seen to arrive; `None`: it was not begun.
    pub mode: Option<Mode>,
    /// Frames in flight on each connection, in streams 1.
    pub in_flight: u64,
    /// Each round that counts.
    pub samples: Vec<Sample>,
    /// From the moment at which a frame was written to its reply.
    pub latency: Latency,
    /// From the moment at which it should have been written: open loop only.
    pub corrected: Latency,
    /// The rate that was asked for, in frames a second: open loop only.
    pub rate: Option<f64>,
    /// Whether the latency that was asked for held in the rounds that count.
    pub held: Option<bool>,
    /// The most memory that its processes had resident, in bytes, where we started it.
    pub peak_resident: Option<u64>,
    /// What was noticed.
    pub notes: Vec<String>,
    /// Why it has no figure.
    pub failed: Option<Failed>,
}

/// One round on one target.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    /// Its number, common to all that were measured in that round.
    pub round: u32,
    /// Frames that were sent; in streams, streams.
    pub sent: u64,
    /// Frames whose replies were compared to the last byte, one-way those that were read to the end.
    pub verified: u64,
    /// Bytes of those on the wire, in one direction.
    pub bytes: u64,
    /// From the first write to the last reply.
    pub seconds: f64,
    /// Processor time of ours.
    pub own_cpu: f64,
    /// Of the target's processes, where we started it.
    pub target_cpu: Option<f64>,
    /// What 99 % of its frames took at most, in seconds; in an open loop from when they should have been sent.
    pub p99: Option<f64>,
}

impl Sample {
    /// Frames a second.
    #[must_use]
    pub fn frames_per_s(&self) -> f64 {
        self.verified as f64 / self.seconds.max(f64::MIN_POSITIVE)
    }

    /// Bytes a second.
    #[must_use]
    pub fn bytes_per_s(&self) -> f64 {
        self.bytes as f64 / self.seconds.max(f64::MIN_POSITIVE)
    }
}

/// Why a target has no figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// What went wrong.
    pub kind: FailedKind,
    /// The same in words, with its place.
    pub why: String,
}

/// The ways to have no figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailedKind {
    /// Something else came than was due.
    Wrong,
    /// Nothing came any more.
    Stalled,
    /// The connection was closed or reset while something was due.
    Closed,
    /// Its process ended.
    Died,
    /// It could not be started.
    Start,
    /// Nobody listens.
    Refused,
    /// Something is missing that it needs.
    Skipped,
    /// Our own system refused something.
    System,
}

impl FailedKind {
    /// Its word in reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Stalled => "stalled",
            Self::Closed => "closed",
            Self::Died => "died",
            Self::Start => "start",
            Self::Refused => "refused",
            Self::Skipped => "skipped",
            Self::System => "system",
        }
    }

    /// Whether the target was reached, and did something wrong.
    #[must_use]
    pub fn is_misbehaviour(self) -> bool {
        matches!(
            self,
            Self::Wrong | Self::Stalled | Self::Closed | Self::Died
        )
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.word(), self.why)
    }
}

impl Shown {
    /// All that was measured: the targets, and behind them the ceilings.
    pub fn measured(&self) -> impl Iterator<Item = &Measured> {
        let ceilings = self.ceilings.iter().map(|ceiling| &ceiling.measured);
        self.targets.iter().chain(ceilings)
    }
}

impl Measured {
    /// Figures of the rounds by their numbers.
    #[must_use]
    pub fn rates(&self) -> Vec<(u32, f64)> {
        // Streams are compared by their bytes, which frames of one size give as well.
        let samples = self.samples.iter();
        samples
            .map(|sample| (sample.round, sample.bytes_per_s()))
            .collect()
    }

    /// Processor time in all rounds: ours and the target's.
    #[must_use]
    pub fn cpu(&self) -> Option<(f64, f64)> {
        let theirs: Option<f64> = self.samples.iter().map(|sample| sample.target_cpu).sum();
        let ours = self.samples.iter().map(|sample| sample.own_cpu).sum();
        theirs
            .filter(|_| !self.samples.is_empty())
            .map(|theirs| (ours, theirs))
    }
}
