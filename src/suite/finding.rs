//! Findings: failing cases with what became of them when they were shrunk, to vectors that can be kept.
//!
//! Invariant: the stem of a finding depends on what is sent and on the kind of failure alone, so that the same finding has the same
//! name in every run.

use super::outcome::Outcome;
use super::plan::framing_name;
use super::seen::{Seen, Times};
use super::vector::Vector;

/// Lines of what came that a finding keeps: of one that sends without end more tells nothing.
const LINES: usize = 50;

/// A failing case, as small as it became.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The smallest case that failed in the same way.
    pub least: Outcome,
    /// The id of the case that failed in the run.
    pub from: String,
    /// Cases that were tried on the way.
    pub tries: usize,
    /// How often the smallest case failed when it was run again and again.
    pub times: Times,
    /// Why it may not be as small as it could be.
    pub note: Option<String>,
}

impl Finding {
    /// Whether it fails only now and then.
    #[must_use]
    pub fn is_flaky(&self) -> bool {
        self.times.differ()
    }

    /// Whether it failed once and never again, however often it was tried.
    #[must_use]
    pub fn never_came_again(&self) -> bool {
        self.times.of > 0 && self.times.failed == 0
    }

    /// What its file is called, without the extension: framing, kind and a checksum.
    #[must_use]
    pub fn stem(&self) -> String {
        self.named("").stem(self.kind_word())
    }

    /// The vector that is kept.
    #[must_use]
    pub fn vector(&self) -> Vector {
        self.named(&self.stem())
    }

    fn kind_word(&self) -> &'static str {
        self.least.verdict.kind.map_or("fail", |kind| kind.word())
    }

    fn named(&self, stem: &str) -> Vector {
        let Outcome {
            case,
            verdict,
            observed,
            observer,
            ..
        } = &self.least;
        let name = self.kind_word().replace('-', "_");
        let why = format!("{} (from {})", verdict.why, self.from);
        Vector {
            seen: Seen {
                observe: Some(*observer),
                kind: verdict.kind,
                actual: observed.lines(LINES),
                flaky: Some(self.times).filter(|_| self.is_flaky()),
            },
            ..case.to_vector(stem, &name, why)
        }
    }
}

impl Vector {
    /// A name for a file that holds this alone: framing, a word and a checksum of [`bare`](Self::bare).
    #[must_use]
    pub fn stem(&self, word: &str) -> String {
        let hash = crc32fast::hash(self.bare().as_bytes());
        format!("{}-{word}-{hash:08x}", framing_name(&self.framing))
    }

    /// What is sent, how, and the kind of failure: two findings with the same are one.
    #[must_use]
    pub fn bare(&self) -> String {
        let bare = Self {
            why: String::new(),
            classes: Vec::new(),
            seen: Seen {
                actual: Vec::new(),
                flaky: None,
                ..self.seen.clone()
            },
            ..self.clone()
        };
        bare.to_toml()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::suite::manner::{After, Manner};
    use crate::suite::vector::companion;
    use crate::suite::{Close, Observer, Stream, Verdict, judge::Kind, parse};

    fn finding(framing: &str, wire: &[u8], manner: Manner) -> Finding {
        let framing = framing.parse().unwrap();
        let stream = Arc::new(Stream::new("a/b".to_owned(), &framing, wire.to_vec()));
        let case = Case::cut_at(&stream, vec![1], Close::Hold, manner);
        let verdict = Verdict::fail(Kind::RejectedValid, "it's wrong");
        Finding {
            least: Outcome::untried(case, Observer::Echo, verdict),
            from: "a/b:each-byte:hold".to_owned(),
            tries: 3,
            times: Times { failed: 2, of: 5 },
            note: None,
        }
    }

    #[test]
    fn a_finding_is_a_vector_of_the_same_case() {
        let framing = "blocks:u8".parse().unwrap();
        let manner = Manner::After(After {
            times: 3,
            stream: companion(&framing, b"\x01a\0".to_vec()),
            close: Close::Reset,
        });
        let finding = finding("blocks:u8", b"\x02hi\0\x05a", manner);
        let vector = finding.vector();
        assert_eq!(
            finding.stem(),
            "blocks-rejected-valid-".to_owned() + &finding.stem()[22..]
        );
        let text = vector.to_toml();
        let parsed =
            parse("x.toml", &finding.stem(), &text).unwrap_or_else(|bad| panic!("{bad}\n{text}"));
        assert_eq!(parsed, [vector]);
        let cases = Case::of_vector(&parsed[0]);
        assert_eq!(cases.len(), 1);
        let (again, case) = (&cases[0], &finding.least.case);
        assert_eq!(again.stream.wire, case.stream.wire);
        assert_eq!(again.stream.due, case.stream.due);
        assert_eq!((&again.cuts, again.close), (&case.cuts, case.close));
        assert_eq!(again.manner, case.manner);
    }

    #[test]
    fn what_came_and_how_often_does_not_change_the_name() {
        let one = finding("lines", b"a\nb\n", Manner::Plain);
        let mut other = one.clone();
        other.times = Times { failed: 5, of: 5 };
        other.least.verdict.why = "otherwise".to_owned();
        other.from = "c/d:whole:fin".to_owned();
        assert_eq!(one.stem(), other.stem());
        let unread = finding("lines", b"a\nb\n", Manner::Unread);
        assert_ne!(one.stem(), unread.stem());
        let bytes = finding("lines", b"a\nc\n", Manner::Plain);
        assert_ne!(one.stem(), bytes.stem());
    }
}
