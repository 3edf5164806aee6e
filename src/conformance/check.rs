//! The check: a framing and what makes a subject, to a count of what passed or the smallest case that fails.
//!
//! Here are the settings; the streams and cut sets that are tried are those of the [`course`](super::course). There is no clock and no
//! thread: how much is done is a number, so that the same check does the same everywhere.

use std::panic::Location;
use std::sync::Arc;

use wildmatch::WildMatch;

use super::course::Course;
use super::exec::exec;
use super::expected::Expected;
use super::failure::Failure;
use super::input::Input;
use super::subject::{Out, Subject};
use crate::framing::Framing;
use crate::suite::{Case, Close, Kind, Manner, PayloadKind, Stream, Tier};

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
    pub(super) framing: &'a Framing,
    pub(super) tier: Tier,
    pub(super) seed: u64,
    pub(super) payloads: PayloadKind,
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
        let course = Course::new(self, &mut attempt);
        course
            .run()
            .map_err(|failure| Box::new(failure.with_subject(name, at)))
    }

    /// The known deviation that this is.
    pub(super) fn is_known(&mut self, case: &Case, kind: Kind) -> bool {
        let is = |known: &&mut Known| match &known.what {
            What::Named(what) => what == kind.word() || WildMatch::new(what).matches(&case.id),
            What::Where(is) => is(&case.stream, kind),
        };
        let found = self.known.iter_mut().find(is);
        found.map(|known| known.met += 1).is_some()
    }

    /// Why a deviation is allowed that was never met.
    pub(super) fn never_met(&self) -> Option<&str> {
        let known = self.known.iter().find(|known| known.met == 0)?;
        Some(&known.why)
    }
}
