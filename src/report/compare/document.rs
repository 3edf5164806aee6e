//! A comparison as data, as `docs/compare.schema.json` describes it.
//!
//! Cells are matched by what was asked for. Fields are only ever added. Invariant: each cell of either benchmark is in just one of `cells`,
//! `only_old` and `only_new`, and `counts` counts just the `cells`.

use serde::{Deserialize, Serialize};

use super::figures::{ENOUGH, Measure};
use crate::report::{BenchCell, BenchDocument, BenchError, CellKey};

/// The value of `schema`: it names the published description.
pub const COMPARE_SCHEMA: &str = "urn:framecheck:compare:1";

/// Ceilings that differ by more than this are those of another computer, or of one that did something else as well.
const APART: f64 = 0.1;

/// A comparison as data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompareDocument {
    /// [`COMPARE_SCHEMA`].
    pub schema: String,
    /// Of framecheck.
    pub version: String,
    /// The benchmark that was first.
    pub old: Side,
    /// The one that is held against it.
    pub new: Side,
    /// The share by which a cell may be slower.
    pub limit: Option<f64>,
    /// What was noticed.
    pub notes: Vec<String>,
    /// How many cells came to what.
    pub counts: CompareCounts,
    /// Each cell that is in both, in the order of the new one.
    pub cells: Vec<Compared>,
    /// Cells that the new one does not have.
    pub only_old: Vec<CellKey>,
    /// Cells that the old one does not have.
    pub only_new: Vec<CellKey>,
}

/// One of two benchmarks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// The file or the name of the baseline.
    pub name: String,
    /// The version of framecheck that measured it.
    pub version: String,
    /// Rounds that count.
    pub rounds: u32,
    /// Processors of its computer.
    pub processors: usize,
    /// Why it ended early.
    pub trouble: Option<String>,
}

/// How many cells came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompareCounts {
    /// All that are in both.
    pub total: usize,
    /// Slower by more than the limit.
    pub lost: usize,
    /// With an error, where there was a figure.
    pub failed: usize,
    /// Slower, by no more than the limit or perhaps no more.
    pub slower: usize,
    /// Faster.
    pub faster: usize,
    /// With no difference that shows.
    pub same: usize,
    /// With a figure, where there was an error.
    pub mended: usize,
    /// Of which nothing follows: too few rounds, or no figure.
    pub undecided: usize,
}

/// A cell that is in both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// What it is known by.
    #[serde(flatten)]
    pub key: CellKey,
    /// `lost`, `failed`, `slower`, `faster`, `same`, `mended` or `undecided`.
    pub outcome: String,
    /// What is compared: `frames_per_s`, `bytes_per_s`, or `p99_seconds` at a rate that was asked for.
    pub measure: String,
    /// The median of the old rounds.
    pub old: Option<f64>,
    /// The median of the new ones.
    pub new: Option<f64>,
    /// New to old, of latencies old to new: below 1 is slower.
    pub ratio: Option<Change>,
    /// The same for framecheck itself against a peer that does next to nothing.
    pub ceiling: Option<Change>,
    /// The ratio of the figures as shares of the ceilings of their own runs.
    pub of_ceiling: Option<Change>,
    /// Why there is no new figure.
    pub error: Option<BenchError>,
}

/// A ratio of two runs, with the interval that it lies in with a confidence of 95 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Of the medians.
    pub value: f64,
    /// Not less.
    pub low: f64,
    /// Not more.
    pub high: f64,
}

impl CompareDocument {
    /// Of two benchmarks, each with its name.
    #[must_use]
    pub fn of(
        old: (&str, &BenchDocument),
        new: (&str, &BenchDocument),
        limit: Option<f64>,
    ) -> Self {
        let [(old_name, old), (new_name, new)] = [old, new];
        let mut left: Vec<&BenchCell> = old.cells.iter().collect();
        let (mut cells, mut only_new) = (Vec::new(), Vec::new());
        for cell in &new.cells {
            let key = CellKey::of(cell);
            match left.iter().position(|one| CellKey::of(one).meets(&key)) {
                Some(at) => cells.push(compared([old, new], [left.remove(at), cell], limit)),
                None => only_new.push(key),
            }
        }
        Self {
            schema: COMPARE_SCHEMA.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            old: side(old_name, old),
            new: side(new_name, new),
            limit,
            notes: notes([old, new], &cells),
            counts: CompareCounts::of(&cells),
            only_old: left.into_iter().map(CellKey::of).collect(),
            cells,
            only_new,
        }
    }

    /// As JSON.
    #[must_use]
    pub fn json(&self) -> String {
        // Strings, numbers and lists always have a JSON form.
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }

    /// Whether something follows for any cell.
    #[must_use]
    pub fn says_something(&self) -> bool {
        self.counts.undecided < self.counts.total
    }
}

impl CompareCounts {
    fn of(cells: &[Compared]) -> Self {
        let count = |word: &str| cells.iter().filter(|cell| cell.outcome == word).count();
        Self {
            total: cells.len(),
            lost: count("lost"),
            failed: count("failed"),
            slower: count("slower"),
            faster: count("faster"),
            same: count("same"),
            mended: count("mended"),
            undecided: count("undecided"),
        }
    }
}

impl Change {
    /// Whether the whole interval is on one side of a range.
    fn is_outside(self, low: f64, high: f64) -> bool {
        self.high < low || self.low > high
    }

    /// Whether it is far from 1, whatever chance has made of it.
    pub(super) fn is_apart(self) -> bool {
        self.is_outside(1.0 - APART, 1.0 / (1.0 - APART))
    }
}

fn side(name: &str, document: &BenchDocument) -> Side {
    Side {
        name: name.to_owned(),
        version: document.head.version.clone(),
        rounds: document.head.rounds,
        processors: document.head.processors,
        trouble: document.trouble.clone(),
    }
}

fn compared(of: [&BenchDocument; 2], cells: [&BenchCell; 2], limit: Option<f64>) -> Compared {
    let [old, new] = cells;
    let key = CellKey::of(if has_figure(new) { new } else { old });
    let measure = Measure::of(&key, cells);
    let both = has_figure(old) && has_figure(new);
    let ceilings = of.map(|document| ceiling(document, &key));
    let ceilings = match ceilings {
        [Some(old), Some(new)] if both => Some([old, new]),
        _ => None,
    };
    let ratio = measure.ratio(old, new).filter(|_| both);
    let ceiling = ceilings.and_then(|[old, new]| measure.ratio(old, new));
    let of_ceiling =
        ceilings.and_then(|[slow, fast]| measure.ratio_of_shares([old, slow], [new, fast]));
    let figure = |cell| measure.figure(cell).filter(|_| has_figure(cell));
    Compared {
        outcome: match (has_figure(old), has_figure(new), ratio) {
            (true, true, Some(ratio)) => outcome(ratio, of_ceiling, limit),
            (true, false, _) if new.error.is_some() => "failed",
            (false, true, _) if old.error.is_some() => "mended",
            _ => "undecided",
        }
        .to_owned(),
        measure: measure.word().to_owned(),
        old: figure(old),
        new: figure(new),
        ratio,
        ceiling,
        of_ceiling,
        error: new.error.clone(),
        key,
    }
}

/// What keeps a computer busy for a while makes all rounds of a run slower, of which its interval knows nothing: the share of the ceiling,
/// which was measured in the same rounds, must say it as well.
fn outcome(ratio: Change, of_ceiling: Option<Change>, limit: Option<f64>) -> &'static str {
    let second = of_ceiling.unwrap_or(ratio);
    let (low, high) = (ratio.low.min(second.low), ratio.high.max(second.high));
    match limit {
        Some(limit) if high < 1.0 - limit => "lost",
        _ if high < 1.0 => "slower",
        _ if low > 1.0 => "faster",
        _ => "same",
    }
}

fn has_figure(cell: &BenchCell) -> bool {
    cell.bytes_per_s.is_some() && cell.error.is_none()
}

/// What framecheck reached where it did the same.
fn ceiling<'a>(document: &'a BenchDocument, key: &CellKey) -> Option<&'a BenchCell> {
    let same = |cell: &&BenchCell| {
        let own = CellKey::of(cell);
        let (target, in_flight) = (key.target.clone(), key.in_flight);
        has_figure(cell)
            && CellKey {
                target,
                in_flight,
                ..own
            } == *key
    };
    document.ceilings.iter().find(same)
}

fn notes([old, new]: [&BenchDocument; 2], cells: &[Compared]) -> Vec<String> {
    let mut notes = Vec::new();
    for (name, document) in [("old", old), ("new", new)] {
        if let Some(trouble) = &document.trouble {
            notes.push(format!("the {name} benchmark ended early: {trouble}"));
        }
    }
    let (before, after) = (&old.head, &new.head);
    if before.version != after.version {
        let (before, after) = (&before.version, &after.version);
        notes.push(format!(
            "framecheck was another: {before} and {after}; a ceiling may differ for that"
        ));
    }
    if before.processors != after.processors {
        let (before, after) = (before.processors, after.processors);
        notes.push(format!(
            "the computer was another: {before} processors and {after}"
        ));
    }
    notes.extend(apart(cells));
    if cells
        .iter()
        .any(|cell| cell.outcome == "undecided" && cell.old.is_some() && cell.new.is_some())
    {
        notes.push(format!(
            "of fewer than {ENOUGH} rounds nothing follows: more --rounds"
        ));
    }
    if cells.iter().any(|cell| cell.key.latency_target.is_some()) {
        notes.push("of a rate that was searched the interval is that of its rounds, and does not know how far searches lie apart; --rate compares latencies".to_owned());
    }
    notes
}

/// That the computer was another one, or busier.
fn apart(cells: &[Compared]) -> Option<String> {
    let ceilings = || cells.iter().filter_map(|cell| cell.ceiling);
    let apart = ceilings().filter(|ceiling| ceiling.is_apart());
    let far = |ceiling: &Change| ceiling.value.ln().abs();
    let farthest = apart
        .clone()
        .max_by(|one, other| far(one).total_cmp(&far(other)))?;
    Some(format!(
        "the computer was another, or did something else as well: in {} of {} cells framecheck itself reached another figure, up to {:.2} times the old one",
        apart.count(),
        ceilings().count(),
        farthest.value
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A benchmark of one cell with these frames a second in its rounds.
    fn benchmark(rates: &[f64]) -> BenchDocument {
        let round = |(number, rate): (usize, &f64)| json!({ "round": number, "frames": rate.round() as u64, "bytes": 1, "seconds": 1.0, "own_cpu": 0.0 });
        let rounds: Value = rates.iter().enumerate().map(round).collect();
        let value = json!({
            "schema": crate::report::BENCH_SCHEMA, "version": "0.1.0", "seed": 1, "seconds": 1.0, "rounds": 10, "warm_up": 0,
            "baseline": "a", "processors": 2, "notes": [], "targets": [], "ceilings": [],
            "cells": [{
                "target": "a", "framing": "crlf", "pattern": 4, "payload": 16, "mode": "echo", "pace": "closed", "connections": 1,
                "in_flight": 1, "segment": "fast", "sent": 1, "verified": 1, "bytes_per_s": 1.0, "notes": [], "rounds": rounds
            }]
        });
        BenchDocument::parse(&value.to_string()).expect("a benchmark")
    }

    /// Of 200 pairs of runs whose rounds spread by 15 % to each side so many lost more than 10 %.
    fn lost(speed: f64) -> usize {
        let mut random = fastrand::Rng::with_seed(11);
        let mut run = |around: f64| {
            let rates: Vec<f64> = (0..10)
                .map(|_| around * (0.85 + 0.3 * random.f64()))
                .collect();
            benchmark(&rates)
        };
        let pairs = (0..200).map(|_| (run(1e6), run(1e6 * speed)));
        let compared =
            pairs.map(|(old, new)| CompareDocument::of(("", &old), ("", &new), Some(0.1)));
        compared.filter(|document| document.counts.lost > 0).count()
    }

    #[test]
    fn noise_does_not_lose_and_what_is_slower_is_found() {
        let [same, near, far] = [1.0, 0.92, 0.7].map(lost);
        assert_eq!(same, 0);
        assert!(near <= 10, "within the limit: {near} of 200");
        assert!(far >= 190, "far below the limit: {far} of 200");
    }
}
