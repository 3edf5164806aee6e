//! The course of a check: which streams are tried under which cut sets, and how a failure becomes the smallest one.
//!
//! Invariant: the same framing, extent and seed try the same in the same order; a failure that comes out has itself been seen.

use std::sync::Arc;

use super::expected::{Expected, Wrong};
use super::failure::Failure;
use super::small;
use super::subject::Out;
use super::{Check, Tally};
use crate::suite::generate::{Generator, cuts};
use crate::suite::{Case, Close, Kind, Level, Manner, Plan, Stream, Tier, embedded, steps};

/// What a tier does in process, beyond the cases that it has over TCP.
struct Extent {
    /// Bytes of the longest stream that is made by rule.
    longest: usize,
    /// Short streams of the greatest length that is walked x their cut sets.
    short: u64,
    /// Smallest frames in a row.
    row: u32,
    /// Bytes of the longest stream that is run under every cut set.
    every_cut: usize,
    /// Bytes of the longest stream that is cut at each place and at each two.
    pairs: usize,
    /// Streams that are generated.
    generated: u64,
    /// Bytes of the longest of them, about.
    generated_longest: usize,
}

impl Extent {
    fn of(tier: Tier) -> Self {
        match tier {
            Tier::Quick => Self {
                longest: 66 << 10,
                short: 200_000,
                row: 3,
                every_cut: 9,
                pairs: 24,
                generated: 1_500,
                generated_longest: 4 << 10,
            },
            Tier::Full => Self {
                longest: 2 << 20,
                short: 3_000_000,
                row: 4,
                every_cut: 12,
                pairs: 64,
                generated: 30_000,
                generated_longest: 64 << 10,
            },
            Tier::Soak => Self {
                longest: 2 << 20,
                short: 50_000_000,
                row: 5,
                every_cut: 16,
                pairs: 128,
                generated: 1_000_000,
                generated_longest: 1 << 20,
            },
        }
    }
}

/// Decodes a stream under a cut set, and says what is wrong.
pub(super) type Attempt<'a> = dyn FnMut(&Expected, &[usize], &mut Out) -> Option<Wrong> + 'a;

/// A check on its way.
pub(super) struct Course<'a, 'b> {
    check: Check<'a>,
    attempt: &'b mut Attempt<'b>,
    out: Out,
    tally: Tally,
}

/// A case that failed, on its way out.
type Failed = Result<(), Box<(Case, Wrong)>>;

/// Segmentations of each generated stream, besides the whole.
const SEGMENTATIONS: usize = 4;

/// Tries to make a failure smaller: no honest one needs so many, and a subject that answers at random must not go on for ever.
const MOST_TRIES: usize = 20_000;

impl<'a, 'b> Course<'a, 'b> {
    pub(super) fn new(check: Check<'a>, attempt: &'b mut Attempt<'b>) -> Self {
        Self {
            check,
            attempt,
            out: Out::default(),
            tally: Tally::default(),
        }
    }

    /// Runs it to its end, or to the first failure.
    pub(super) fn run(mut self) -> Result<Tally, Box<Failure>> {
        match (self.everything(), self.check.never_met()) {
            (Err(failed), _) => Err(Box::new(self.least(failed.0, failed.1))),
            (Ok(()), Some(why)) => Err(Box::new(Failure::never_met(why))),
            (Ok(()), None) => Ok(self.tally),
        }
    }

    fn everything(&mut self) -> Failed {
        let extent = Extent::of(self.check.tier);
        self.planned(&extent)?;
        for wire in small::short(self.check.framing, extent.short) {
            self.cut("short", wire, &extent)?;
        }
        for wire in small::rows(self.check.framing, extent.row) {
            self.cut("frames", wire, &extent)?;
        }
        self.generated(&extent)
    }

    /// The vectors and the streams made by rule, cut as over TCP.
    fn planned(&mut self, extent: &Extent) -> Failed {
        let plan = Plan {
            vectors: embedded(),
            payloads: &self.check.payloads,
            tier: self.check.tier,
            seed: self.check.seed,
        };
        let cases = plan.plain(self.check.framing, extent.longest);
        let same = |one: &Case, other: &Case| Arc::ptr_eq(&one.stream, &other.stream);
        for cases in cases.chunk_by(same) {
            let stream = &cases[0].stream;
            if stream.level == Level::May || self.check.payloads.refuse(stream).is_some() {
                continue;
            }
            let expected = Expected::new(Arc::clone(stream));
            self.tally.streams += 1;
            let mut cuts: Vec<_> = cases.iter().map(|case| &case.cuts[..]).collect();
            cuts.sort_by_key(|cuts| (cuts.len(), *cuts));
            cuts.dedup();
            cuts.into_iter()
                .try_for_each(|cuts| self.exec(&expected, cuts))?;
        }
        Ok(())
    }

    /// One stream under every cut set, or where it is too long for that, cut at each place, at each two and at all.
    fn cut(&mut self, id: &str, wire: Vec<u8>, extent: &Extent) -> Failed {
        let stream = Arc::new(Stream::new(id.to_owned(), self.check.framing, wire));
        if self.check.payloads.refuse(&stream).is_some() {
            return Ok(());
        }
        let len = stream.wire.len();
        let expected = Expected::new(stream);
        self.tally.streams += 1;
        let mut cuts = Vec::new();
        if len <= extent.every_cut {
            for set in 0..1_u32 << len.saturating_sub(1) {
                cuts.clear();
                cuts.extend((1..len).filter(|at| set & (1 << (at - 1)) != 0));
                self.exec(&expected, &cuts)?;
            }
            return Ok(());
        }
        self.exec(&expected, &[])?;
        for first in 1..len.min(extent.pairs) {
            self.exec(&expected, &[first])?;
            for second in first + 1..len.min(extent.pairs) {
                self.exec(&expected, &[first, second])?;
            }
        }
        cuts.extend(1..len);
        self.exec(&expected, &cuts)
    }

    /// Streams of the generator, each whole and under a few segmentations.
    fn generated(&mut self, extent: &Extent) -> Failed {
        let (framing, payloads) = (self.check.framing, &self.check.payloads);
        let generator = Generator::new(framing, payloads, extent.generated_longest);
        let mut rng = fastrand::Rng::with_seed(self.check.seed);
        for number in 0..extent.generated {
            let wire = generator.stream(&mut rng);
            let stream = Arc::new(Stream::new(format!("generated/{number}"), framing, wire));
            if self.check.payloads.refuse(&stream).is_some() {
                continue;
            }
            let expected = Expected::new(Arc::clone(&stream));
            self.tally.streams += 1;
            self.exec(&expected, &[])?;
            for _ in 0..SEGMENTATIONS {
                self.exec(&expected, &cuts(&mut rng, &stream))?;
            }
        }
        Ok(())
    }

    fn exec(&mut self, expected: &Expected, cuts: &[usize]) -> Failed {
        self.tally.execs += 1;
        let Some(wrong) = (self.attempt)(expected, cuts, &mut self.out) else {
            return Ok(());
        };
        let case = Case::cut_at(&expected.stream, cuts.to_vec(), Close::Fin, Manner::Plain);
        match self.check.is_known(&case, wrong.kind) {
            true => {
                self.tally.known += 1;
                Ok(())
            }
            false => Err(Box::new((case, wrong))),
        }
    }

    /// The failure with as few frames, bytes and cuts as still fail in the same way.
    fn least(&mut self, case: Case, wrong: Wrong) -> Failure {
        let (from, seed, execs) = (case.clone(), self.check.seed, self.tally.execs);
        let (mut least, mut wrong) = (case, wrong);
        let mut tries = 0;
        while let Some((smaller, same)) = self.smaller(&least, wrong.kind, &mut tries) {
            (least, wrong) = (smaller, same);
        }
        // What came of the last try is not what came of the least case.
        let expected = Expected::new(Arc::clone(&least.stream));
        let again = (self.attempt)(&expected, &least.cuts, &mut self.out);
        let steady = again.as_ref().is_some_and(|again| again.kind == wrong.kind);
        Failure::new(least, again.unwrap_or(wrong), &self.out).found(&from, seed, execs, steady)
    }

    fn smaller(&mut self, case: &Case, kind: Kind, tries: &mut usize) -> Option<(Case, Wrong)> {
        for step in steps(case) {
            let Some(smaller) = step.take(case) else {
                continue;
            };
            *tries += 1;
            if *tries > MOST_TRIES {
                return None;
            }
            let expected = Expected::new(Arc::clone(&smaller.stream));
            let wrong = (self.attempt)(&expected, &smaller.cuts, &mut self.out);
            if let Some(wrong) = wrong.filter(|wrong| wrong.kind == kind) {
                return Some((smaller, wrong));
            }
        }
        None
    }
}
