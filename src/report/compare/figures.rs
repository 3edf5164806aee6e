//! What of a cell is compared: one figure for each of its rounds, of which more is better.
//!
//! The rounds of two runs have no moment in common, so the interval of a ratio is that of two samples drawn by themselves. The same figures as
//! shares of the ceiling are paired round by round within each run, and leave out what made the whole computer slower.
//! Invariant: both sides are measured by the same measure.

use std::collections::BTreeMap;

use super::document::Change;
use crate::report::{BenchCell, BenchRound, CellKey};
use crate::suite::bench::{median, unpaired_ratio};

/// Of one or two rounds an interval says nothing: of three all of which are slower, chance makes one in twenty.
pub(super) const ENOUGH: usize = 3;

/// What intervals are drawn from: the same files make the same intervals.
const SEED: u64 = 1;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    /// Frames a second.
    Frames,
    /// Bytes a second: streams.
    Bytes,
    /// The latency of which 99 % are below, at a rate that was asked for.
    Latency,
}

impl Measure {
    /// What both cells of a key can be compared by.
    pub(super) fn of(key: &CellKey, cells: [&BenchCell; 2]) -> Self {
        let timed = |cell: &&BenchCell| cell.rounds.iter().all(|one| one.p99_seconds.is_some());
        match key.pattern {
            1 | 2 => Self::Bytes,
            _ if key.rate.is_some() && cells.iter().all(timed) => Self::Latency,
            _ => Self::Frames,
        }
    }

    /// Its word, which is the key of it in a report of a benchmark.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Frames => "frames_per_s",
            Self::Bytes => "bytes_per_s",
            Self::Latency => "p99_seconds",
        }
    }

    /// The figure of a cell, as it is shown.
    pub(super) fn figure(self, cell: &BenchCell) -> Option<f64> {
        let figures: Vec<f64> = self.rounds(cell).into_values().collect();
        median(&figures).map(|figure| match self {
            Self::Latency => 1.0 / figure,
            Self::Frames | Self::Bytes => figure,
        })
    }

    /// How many times as good as the old cell the new one is.
    pub(super) fn ratio(self, old: &BenchCell, new: &BenchCell) -> Option<Change> {
        let figures = |cell| -> Vec<f64> { self.rounds(cell).into_values().collect() };
        change(&figures(old), &figures(new))
    }

    /// The same of what each is of the ceiling of its own run.
    pub(super) fn ratio_of_shares(
        self,
        old: [&BenchCell; 2],
        new: [&BenchCell; 2],
    ) -> Option<Change> {
        let shares = |[cell, ceiling]: [&BenchCell; 2]| -> Vec<f64> {
            let ceiling = self.rounds(ceiling);
            let each = self.rounds(cell).into_iter();
            let share = |(round, figure)| Some(figure / ceiling.get(&round)?);
            each.filter_map(share).collect()
        };
        change(&shares(old), &shares(new))
    }

    /// The figure of each round by its number: of more of it is always better.
    fn rounds(self, cell: &BenchCell) -> BTreeMap<u32, f64> {
        let figure = |round: &BenchRound| match self {
            Self::Frames => Some(round.frames as f64 / round.seconds),
            Self::Bytes => Some(round.bytes as f64 / round.seconds),
            Self::Latency => round.p99_seconds.map(f64::recip),
        };
        let rounds = cell.rounds.iter();
        let figures = rounds.filter_map(|round| Some((round.round, figure(round)?)));
        figures
            .filter(|(_, figure)| figure.is_finite() && *figure > 0.0)
            .collect()
    }
}

fn change(old: &[f64], new: &[f64]) -> Option<Change> {
    let enough = old.len().min(new.len()) >= ENOUGH;
    let ratio = unpaired_ratio(new, old, SEED).filter(|_| enough)?;
    Some(Change {
        value: ratio.value,
        low: ratio.low,
        high: ratio.high,
    })
}
