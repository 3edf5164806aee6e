//! A failure in words: what is wrong, the pieces, what is due, what came, and a test that shows it again.
//!
//! Invariant: the test that is printed runs the same bytes in the same pieces under the same framing, so that it fails in the same way.

use std::fmt::{self, Display, Write};
use std::panic::Location;

use super::expected::{Left, Wrong};
use super::halt::Halt;
use super::subject::Out;
use crate::framing::{Ending, Payloads};
use crate::suite::{Case, Item, Kind, Stream, item, pieces};

/// The smallest case that a subject fails.
#[derive(Clone, Debug)]
pub struct Failure {
    shown: Option<Shown>,
    /// The first line, and all where there is no case.
    why: String,
    /// The expression that makes the subject.
    subject: Option<&'static str>,
    at: Option<&'static Location<'static>>,
}

/// A case with what became of it.
#[derive(Clone, Debug)]
struct Shown {
    kind: Kind,
    case: Case,
    came: String,
    /// Where it was found.
    from: Option<String>,
    steady: bool,
}

/// Payload bytes that are shown; of longer ones the length.
const SHOWN: usize = 48;

/// Things that are listed.
const LISTED: usize = 20;

impl Failure {
    pub(super) fn new(case: Case, wrong: Wrong, out: &Out) -> Self {
        let came = listed(
            (0..out.things.len()).map(|number| match out.things[number].done {
                true => "done".to_owned(),
                false => payload(out.payload_of(number)),
            }),
        );
        let came = match &wrong.left {
            Left::Clean => came + "end clean",
            Left::Refused(words) => format!("{came}error: {words}"),
            Left::Halted(Halt::Panic(told)) => format!("{came}panic: {told}"),
            Left::Halted(_) => came + "no end",
        };
        Self {
            why: wrong.why,
            shown: Some(Shown {
                kind: wrong.kind,
                case,
                came,
                from: None,
                steady: true,
            }),
            subject: None,
            at: None,
        }
    }

    /// A known deviation that is none.
    pub(super) fn never_met(why: &str) -> Self {
        Self {
            why: format!("a known deviation was never met and can go: {why}"),
            shown: None,
            subject: None,
            at: None,
        }
    }

    /// Where it was found, before it was made smaller.
    pub(super) fn found(mut self, from: &Case, seed: u64, execs: u64, steady: bool) -> Self {
        if let Some(shown) = &mut self.shown {
            let why = match from.stream.why.as_str() {
                "" => String::new(),
                why => format!("\n           {why}"),
            };
            shown.from = Some(format!("{}, exec {execs}, seed {seed}{why}", from.id));
            shown.steady = steady;
        }
        self
    }

    pub(super) fn with_subject(
        self,
        subject: Option<&'static str>,
        at: &'static Location<'static>,
    ) -> Self {
        Self {
            subject,
            at: Some(at),
            ..self
        }
    }

    /// What is wrong; `None`: a known deviation is not met any more.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        self.shown.as_ref().map(|shown| shown.kind)
    }

    /// The pieces of the smallest case.
    #[must_use]
    pub fn pieces(&self) -> Vec<&[u8]> {
        self.shown
            .iter()
            .flat_map(|shown| shown.case.segments())
            .collect()
    }

    /// A test that shows it again, to be pasted.
    #[must_use]
    pub fn test(&self) -> Option<String> {
        let shown = self.shown.as_ref()?;
        let stream = &shown.case.stream;
        let framing = stream.framing.to_string();
        let (subject, hint) = match (self.subject, self.at) {
            (Some(subject), _) => (subject, String::new()),
            (None, at) => (
                "decoder",
                format!(
                    " // what makes yours: the last argument at {}",
                    at.map_or_else(String::new, Location::to_string)
                ),
            ),
        };
        let pieces: Vec<_> = shown.case.segments().map(literal).collect();
        Some(format!(
            "#[test]
fn {}() {{
    // due:  {}
    // came: {}
    framecheck::conformance::check_pieces(
        &{}.parse().unwrap(),
        &[{}],
        {subject},{hint}
    );
}}
",
            name(shown),
            due(stream),
            shown.came.replace('\n', " "),
            raw(&framing),
            pieces.join(", "),
        ))
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(shown) = &self.shown else {
            return f.write_str(&self.why);
        };
        let stream = &shown.case.stream;
        let pieces: Vec<_> = shown.case.segments().map(payload).collect();
        writeln!(f, "{}: {}", shown.kind, self.why)?;
        writeln!(f, "  framing  {}", stream.framing)?;
        writeln!(f, "  pieces   {}", listed(pieces.into_iter()).trim_end())?;
        writeln!(f, "  due      {}", due(stream))?;
        writeln!(f, "  came     {}", shown.came)?;
        if let Some(from) = &shown.from {
            writeln!(f, "  from     {from}")?;
        }
        if !shown.steady {
            writeln!(
                f,
                "  note     it failed, and when it was run again it did not: it depends on more than the bytes"
            )?;
        }
        write!(f, "\n{}", self.test().unwrap_or_default())
    }
}

impl std::error::Error for Failure {}

/// What must come, in words.
fn due(stream: &Stream) -> String {
    let mut things = Vec::new();
    let mut each = |event, bytes: &Vec<u8>| match item(&stream.framing, event, 0) {
        Some(Item::Frame { .. }) => things.push(payload(bytes)),
        Some(Item::Done) => things.push("done".to_owned()),
        None => {}
    };
    let mut payloads = Payloads::<Vec<u8>>::new(&stream.framing);
    // An error is the ending that the stream has.
    let _ = payloads.push(&stream.wire, &mut each);
    payloads.finish(&mut each);
    let end = match stream.ending {
        Ending::Clean => "end clean".to_owned(),
        ending => format!("error: {ending}"),
    };
    listed(things.into_iter()) + &end
}

/// Things in a row, the first of them where there are many, each with what parts it from the next.
fn listed(things: impl ExactSizeIterator<Item = String>) -> String {
    let more = things.len().saturating_sub(LISTED);
    let mut text = String::new();
    for thing in things.take(LISTED) {
        let _ = write!(text, "{thing} ");
    }
    if more > 0 {
        let _ = write!(text, "and {more} more ");
    }
    text
}

fn payload(bytes: &[u8]) -> String {
    match bytes.len() {
        0..=SHOWN => format!("\"{}\"", bytes.escape_ascii()),
        len => format!("\"{}...\" ({len} bytes)", bytes[..SHOWN].escape_ascii()),
    }
}

/// A name for the test: what the ids of findings have, framing, kind and a checksum.
fn name(shown: &Shown) -> String {
    let case = &shown.case;
    let mut hash = crc32fast::Hasher::new();
    hash.update(&case.stream.wire);
    for cut in &case.cuts {
        hash.update(&(*cut as u64).to_be_bytes());
    }
    let framing = case.stream.framing.to_string();
    let word = framing.split([':', ',']).next().unwrap_or_default();
    // A name may not begin with a digit, as that of 9P does.
    let front = if word.starts_with(|letter: char| letter.is_ascii_digit()) {
        "_"
    } else {
        ""
    };
    format!("{front}{word}_{}_{:08x}", shown.kind, hash.finalize()).replace('-', "_")
}

/// Bytes as an expression: a literal, or joined from literals and long runs.
fn literal(bytes: &[u8]) -> String {
    let part = |(unit, times): (&[u8], usize)| match times {
        1 => format!("&b\"{}\"[..]", unit.escape_ascii()),
        _ => format!("&b\"{}\".repeat({times})", unit.escape_ascii()),
    };
    match &pieces(bytes)[..] {
        [(unit, 1)] => format!("b\"{}\"", unit.escape_ascii()),
        [one] => part(*one),
        many => {
            let parts: Vec<_> = many.iter().map(|&one| part(one)).collect();
            format!("&[{}].concat()", parts.join(", "))
        }
    }
}

/// Text as a raw string, which no framing's text can end early.
fn raw(text: &str) -> String {
    match text.contains(['\\', '"']) {
        true => format!("r#\"{text}\"#"),
        false => format!("\"{text}\""),
    }
}
