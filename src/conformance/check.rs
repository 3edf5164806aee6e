//! The check: a framing and what makes a subject, to a count of what passed or the smallest case that fails.
//!
//! Streams come from the vectors, from rules, from walks over small alphabets and from the generator; each is run under many cut sets, and
//! each run is compared with what is due of the stream. There is no clock and no thread: how much is done is a number, so that the same
//! check does the same everywhere. Invariant: a failure that is returned has itself been seen on the subject.

use std::panic::Location;
use std::sync::Arc;

use wildmatch::WildMatch;

use super::expected::{Expected, Left, Wrong};
use super::failure::Failure;
use super::halt::catch;
use super::input::Input;
use super::small;
use super::subject::{Chunks, Out, Subject};
use crate::framing::Framing;
use crate::suite::generate::{Generator, cuts};
use crate::suite::{
    Case, Close, Kind, Level, Manner, PayloadKind, Plan, Stream, Tier, embedded, steps,
};

/// Checks that what `make` makes decodes a framing as it must, with the extent of [`Check::new`].
///
/// # Panics
/// It does not. The message is the smallest case that shows it, as a test to paste.
#[track_caller]
pub fn check<S: Subject>(framing: &Framing, make: impl FnMut() -> S) {
    Check::new(framing).run(make);
}

/// Checks one stream under one segmentation: the bytes are handed over in these pieces, and then the stream ends.
///
/// # Panics
/// As [`check`].
#[track_caller]
pub fn check_pieces<S: Subject>(framing: &Framing, pieces: &[&[u8]], make: impl FnMut() -> S) {
    let stream = Stream::new("pieces".to_owned(), framing, pieces.concat());
    let mut cuts = ends(pieces);
    cuts.retain(|&cut| 0 < cut && cut < stream.wire.len());
    cuts.dedup();
    check_input(
        &Input {
            stream: Arc::new(stream),
            cuts,
        },
        make,
    );
}

fn ends(pieces: &[&[u8]]) -> Vec<usize> {
    let mut end = 0;
    let behind = pieces.iter().map(|piece| {
        end += piece.len();
        end
    });
    behind.collect()
}

/// Checks one input.
#[track_caller]
pub(super) fn check_input<S: Subject>(input: &Input, mut make: impl FnMut() -> S) {
    let expected = Expected::new(Arc::clone(&input.stream));
    let mut out = Out::default();
    if let Some(wrong) = exec(&mut make, &expected, &input.cuts, &mut out) {
        let cuts = input.cuts.clone();
        let case = Case::cut_at(&input.stream, cuts, Close::Fin, Manner::Plain);
        let failure = Failure::new(case, wrong, &out);
        panic!(
            "{}",
            failure.with_subject(function(&make), Location::caller())
        );
    }
}

/// What stands for a subject in a test, where it is the name of a function that makes it.
fn function<F>(_make: &F) -> Option<&'static str> {
    let path = std::any::type_name::<F>();
    path.rsplit("::").next().filter(|_| !path.contains("{{"))
}

/// A check with other settings than the usual ones.
///
/// ```
/// use framecheck::conformance::{Check, Out};
/// use framecheck::suite::{Kind, Tier};
///
/// let tally = Check::new(&"eof".parse().unwrap())
///     .tier(Tier::Full)
///     .seed(7)
///     .known("rejected-valid", "an empty file is no message here")
///     .run(|| {
///         let mut held = Vec::new();
///         move |bytes: Option<&[u8]>, out: &mut Out| match bytes {
///             Some(bytes) => Ok(held.extend_from_slice(bytes)),
///             None if held.len() > 1 << 20 => Err("too long"),
///             None if held.is_empty() => Err("empty"),
///             None => Ok(out.payload(&held)),
///         }
///     });
/// assert!(tally.execs > 1000);
/// ```
#[derive(Clone, Debug)]
pub struct Check<'a> {
    framing: &'a Framing,
    tier: Tier,
    seed: u64,
    payloads: PayloadKind,
    known: Vec<Known>,
    subject: Option<&'static str>,
}

/// A deviation that is allowed.
#[derive(Clone, Debug)]
struct Known {
    what: What,
    why: String,
    /// How often it was met.
    met: u64,
}

/// Which failures a known deviation is.
#[derive(Clone, Debug)]
enum What {
    /// Of a kind with this word, or from ids that this glob matches.
    Named(String),
    Where(fn(&Stream, Kind) -> bool),
}

/// How much a check did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Different streams, about: two sources may make the same one.
    pub streams: u64,
    /// Streams x segmentations, each decoded by a fresh subject and compared.
    pub execs: u64,
    /// Those that deviated in a known way.
    pub known: u64,
}

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

impl<'a> Check<'a> {
    /// A check in the tier `quick`, with seed 1.
    #[must_use]
    pub fn new(framing: &'a Framing) -> Self {
        Self {
            framing,
            tier: Tier::Quick,
            seed: 1,
            payloads: PayloadKind::Any,
            known: Vec::new(),
            subject: None,
        }
    }

    /// How much is tried: `quick` takes a second or two without optimisation, `full` ten times that, `soak` a pause.
    #[must_use]
    pub fn tier(self, tier: Tier) -> Self {
        Self { tier, ..self }
    }

    /// What random streams and cuts are made from; the same seed makes the same.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// What payloads the subject takes; streams with others are left out.
    #[must_use]
    pub fn payloads(self, payloads: PayloadKind) -> Self {
        Self { payloads, ..self }
    }

    /// Allows a deviation, for a reason: `what` is the word of a kind of failure (`accepted-truncated`), or a glob over the ids that
    /// failures come from (`netstring/a_leading_zero:*`). One that is never met fails the check, so that the list cannot rot.
    #[must_use]
    pub fn known(self, what: &str, why: &str) -> Self {
        self.with_known(What::Named(what.to_owned()), why)
    }

    /// Allows the deviations of which this is true, for a reason; the stream says what is due and how it ends. One that is never met
    /// fails the check.
    #[must_use]
    pub fn known_where(self, why: &str, is: fn(&Stream, Kind) -> bool) -> Self {
        self.with_known(What::Where(is), why)
    }

    fn with_known(mut self, what: What, why: &str) -> Self {
        let why = why.to_owned();
        self.known.push(Known { what, why, met: 0 });
        self
    }

    /// The expression that makes the subject, for the test that a failure prints. [`check!`](crate::check) fills it in.
    #[must_use]
    pub fn subject(self, text: &'static str) -> Self {
        let subject = Some(text);
        Self { subject, ..self }
    }

    /// Runs the check.
    ///
    /// # Panics
    /// The subject does not decode as it must, or a known deviation is none any more.
    #[track_caller]
    pub fn run<S: Subject>(self, make: impl FnMut() -> S) -> Tally {
        match self.find(make) {
            Ok(tally) => tally,
            Err(failure) => panic!("{failure}"),
        }
    }

    /// Runs the check, and gives back what [`Check::run`] panics with.
    ///
    /// # Errors
    /// As [`Check::run`] panics.
    #[track_caller]
    pub fn find<S: Subject>(self, mut make: impl FnMut() -> S) -> Result<Tally, Box<Failure>> {
        let name = self.subject.or(function(&make));
        let at = Location::caller();
        let mut attempt = |expected: &Expected, cuts: &[usize], out: &mut Out| {
            exec(&mut make, expected, cuts, out)
        };
        let mut course = Course {
            check: self,
            attempt: &mut attempt,
            out: Out::default(),
            tally: Tally::default(),
        };
        let failed = course.everything();
        let failure = match failed {
            Err((case, wrong)) => course.least(case, wrong),
            Ok(()) => match course.check.never_met() {
                Some(known) => Failure::never_met(&known.why),
                None => return Ok(course.tally),
            },
        };
        Err(Box::new(failure.with_subject(name, at)))
    }

    /// The known deviation that this is.
    fn is_known(&mut self, case: &Case, kind: Kind) -> bool {
        let is = |known: &&mut Known| match &known.what {
            What::Named(what) => what == kind.word() || WildMatch::new(what).matches(&case.id),
            What::Where(is) => is(&case.stream, kind),
        };
        let found = self.known.iter_mut().find(is);
        found.map(|known| known.met += 1).is_some()
    }

    fn never_met(&self) -> Option<&Known> {
        self.known.iter().find(|known| known.met == 0)
    }
}

/// Decodes one stream under one cut set with a fresh subject; what is wrong with what came of it.
fn exec<S: Subject>(
    make: &mut impl FnMut() -> S,
    expected: &Expected,
    cuts: &[usize],
    out: &mut Out,
) -> Option<Wrong> {
    out.begin(expected.len());
    let mut chunks = Chunks::new(&expected.stream.wire, cuts, out);
    let decoded = catch(|| make().decode(&mut chunks, out));
    let taken = matches!(decoded, Ok(Ok(())));
    if decoded.is_ok() && expected.met(out, taken) {
        return None;
    }
    let left = match decoded {
        Ok(Ok(())) => Left::Clean,
        Ok(Err(error)) => Left::Refused(error.to_string()),
        Err(halt) => Left::Halted(halt),
    };
    let wrong = expected.wrong(out, left);
    debug_assert!(wrong.is_some() || expected.stream.level == Level::May);
    wrong
}

/// Decodes a stream under a cut set, and says what is wrong.
type Attempt<'a> = dyn FnMut(&Expected, &[usize], &mut Out) -> Option<Wrong> + 'a;

/// A check on its way.
struct Course<'a, 'b> {
    check: Check<'a>,
    attempt: &'b mut Attempt<'b>,
    out: Out,
    tally: Tally,
}

/// A case that failed, on its way out.
type Failed = Result<(), (Case, Wrong)>;

/// Segmentations of each generated stream, besides the whole.
const SEGMENTATIONS: usize = 4;

/// Tries to make a failure smaller: no honest one needs so many, and a subject that answers at random must not go on for ever.
const MOST_TRIES: usize = 20_000;

impl Course<'_, '_> {
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
            false => Err((case, wrong)),
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
