//! A fuzzing campaign as a state machine: cases out, outcomes in. Nothing is run here.
//!
//! Cases are numbered. Each is made by a random generator of its own, from the seed and its number, out of nothing or out of what is in the
//! corpus; a case that exercises something new, or draws a new kind of answer, is kept there. Invariant: the same seed and the same
//! outcomes, learnt in the same order, make the same cases; of several shards no two make a case with the same number.

mod counts;
mod coverage;
mod spot;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::generate::{Choices, Generator, cuts};
use super::{
    After, Case, Close, Manner, Outcome, PayloadKind, Shard, Status, Stream, Tier, resource,
};
use crate::framing::Framing;

pub use counts::Counts;
pub use coverage::{Coverage, Joint};
pub use spot::Spot;

/// The longest stream that is made on purpose: the default limit, and what lies over it.
const LONGEST: usize = (1 << 20) + (64 << 10);

/// What another connection sends is there to be forgotten.
const LONGEST_COMPANION: usize = 4096;

/// What is kept is made into others again and again: longer wires would make all of them slow.
const LONGEST_KEPT: usize = 16 << 10;

/// Kept cases that count as new: half of all changes are made to one of them.
const NEW: usize = 16;

/// Between the cases at which a resource is measured, each of which takes as long as hundreds of others.
const MEASURED_EVERY: u64 = 500;

/// A timer between two reads fires within it.
const PAUSE: Duration = Duration::from_millis(60);

/// What the ids of cases begin with that a campaign has made, before their number.
pub const MADE: &str = "fuzz/";

/// A campaign against one target in one framing.
#[derive(Debug)]
pub struct Campaign {
    generator: Generator,
    /// For the streams of other connections.
    small: Generator,
    seed: u64,
    shard: Shard,
    /// What is tried first, as it is.
    first: VecDeque<Case>,
    /// What is measured, one now and then.
    measured: VecDeque<Case>,
    corpus: Vec<Case>,
    coverage: Coverage,
    /// Whether cases are made beyond those to begin with, and how many were.
    makes: bool,
    made: u64,
}

impl Campaign {
    /// One that begins with nothing.
    #[must_use]
    pub fn new(framing: &Framing, payloads: &PayloadKind, seed: u64, shard: Shard) -> Self {
        Self {
            generator: Generator::new(framing, payloads, LONGEST),
            small: Generator::new(framing, payloads, LONGEST_COMPANION),
            seed,
            shard,
            first: VecDeque::new(),
            measured: VecDeque::new(),
            corpus: Vec::new(),
            coverage: Coverage::new(framing),
            makes: true,
            made: 0,
        }
    }

    /// Tries these first, as they are. Of several shards each takes its part of them.
    pub fn begin_with(&mut self, cases: Vec<Case>) {
        let shard = self.shard;
        let own = cases.into_iter().filter(|case| shard.has(&case.id));
        self.first.extend(own);
    }

    /// Measures as well what the target uses, which must be one that we start.
    pub fn measure(&mut self) {
        let measured = resource::measured(self.generator.framing(), "fuzz", Tier::Quick);
        self.measured.extend(measured);
    }

    /// How many of the cases to begin with are still to be made.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.first.len()
    }

    /// Makes no cases of its own: it is over when what it begins with is.
    pub fn only_what_it_begins_with(&mut self) {
        self.makes = false;
    }

    /// The next case; `None` where there is none any more.
    pub fn next_case(&mut self) -> Option<Case> {
        if let Some(case) = self.first.pop_front() {
            return Some(case);
        }
        if !self.makes {
            return None;
        }
        let number = self.shard.nth(self.made);
        self.made += 1;
        if self.made.is_multiple_of(MEASURED_EVERY)
            && let Some(case) = self.measured.pop_front()
        {
            return Some(case);
        }
        let mut choices = fastrand::Rng::with_seed(mixed(self.seed, number));
        Some(self.make(&mut choices, number))
    }

    /// Takes what came of a case; true where it is kept.
    pub fn learn(&mut self, outcome: &Outcome) -> bool {
        let new = self.coverage.add(outcome);
        let case = &outcome.case;
        let keep = new
            && outcome.verdict.status == Status::Pass
            && case.stream.wire.len() <= LONGEST_KEPT
            && !matches!(case.manner, Manner::Measure(_));
        if keep {
            self.corpus.push(case.clone());
        }
        keep
    }

    /// What was exercised.
    #[must_use]
    pub fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// What was kept.
    #[must_use]
    pub fn corpus(&self) -> &[Case] {
        &self.corpus
    }

    fn make(&self, choices: &mut fastrand::Rng, number: u64) -> Case {
        let old = match choices.upto(2) {
            0 => None,
            _ => self.some_kept(choices),
        };
        let manner = self.manner(choices);
        let wire = match (&manner, old) {
            (Manner::Unread, _) => self.generator.long_stream(choices),
            (_, None) => self.generator.stream(choices),
            (_, Some(old)) => self.changed(choices, old),
        };
        let stream = Stream::new(format!("{MADE}{number}"), self.generator.framing(), wire);
        let cuts = match old {
            Some(old) if old.cuts.len() < 100 && choices.one_in(3) => inside(&old.cuts, &stream),
            _ => cuts(choices, &stream),
        };
        let cuts = match manner {
            Manner::Pause(_) => cuts.into_iter().take(2).collect(),
            _ => cuts,
        };
        let close = match choices.upto(19) {
            0..11 => Close::Fin,
            11..18 => Close::Hold,
            _ => Close::Reset,
        };
        let segmentation = if cuts.is_empty() { "whole" } else { "cuts" };
        Case::new(&Arc::new(stream), segmentation, cuts, close, manner)
    }

    fn some_kept(&self, choices: &mut fastrand::Rng) -> Option<&Case> {
        let last = self.corpus.len().checked_sub(1)?;
        Some(match choices.one_in(2) {
            true => &self.corpus[last - choices.index(self.corpus.len().min(NEW))],
            false => choices.pick(&self.corpus),
        })
    }

    /// The bytes of a kept case: changed, joined with those of another, or as they are for other cuts.
    fn changed(&self, choices: &mut fastrand::Rng, old: &Case) -> Vec<u8> {
        let mut wire = old.stream.wire.clone();
        match choices.upto(9) {
            0..6 => self.generator.change(choices, &mut wire),
            6..8 => {}
            _ => {
                let end = some_boundary(choices, &old.stream);
                wire.truncate(end);
                if let Some(other) = self.some_kept(choices) {
                    let from = some_boundary(choices, &other.stream);
                    wire.extend_from_slice(&other.stream.wire[from..]);
                }
            }
        }
        wire
    }

    /// Mostly one connection that is read as it comes. The others are as rare as they are slow: together they take a part of the time
    /// that is not felt.
    fn manner(&self, choices: &mut fastrand::Rng) -> Manner {
        match choices.upto(8191) {
            0 => Manner::Pause(PAUSE),
            1..5 => Manner::Unread,
            5..37 => Manner::After(After {
                times: *choices.pick(&[1, 2, 9]),
                stream: self.companion(choices),
                close: *choices.pick(Close::ALL),
            }),
            37..69 => {
                let others = choices.between(1..=3);
                Manner::Beside((0..others).map(|_| self.companion(choices)).collect())
            }
            _ => Manner::Plain,
        }
    }

    /// The stream of another connection: one that ends too early, or is wrong.
    fn companion(&self, choices: &mut fastrand::Rng) -> Arc<Stream> {
        let mut wire = self.small.stream(choices);
        if choices.one_in(2) {
            wire.truncate(choices.between(0..=wire.len()));
        }
        Arc::new(Stream::new(
            "companion".to_owned(),
            self.generator.framing(),
            wire,
        ))
    }
}

/// The cuts that lie in a stream.
fn inside(cuts: &[usize], stream: &Stream) -> Vec<usize> {
    let inside = |at: &usize| *at < stream.wire.len();
    cuts.iter().copied().filter(inside).collect()
}

/// Where a frame begins or the last ends.
fn some_boundary(choices: &mut fastrand::Rng, stream: &Stream) -> usize {
    let count = stream.boundaries.len() + 2;
    match choices.index(count) {
        0 => 0,
        1 => stream.wire.len(),
        number => stream.boundaries[number - 2],
    }
}

/// A seed of its own for each case (the finaliser of SplitMix64, Steele, Lea and Flood 2014).
fn mixed(seed: u64, number: u64) -> u64 {
    let mut mixed = seed.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
