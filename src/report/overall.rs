//! What a document comes to as a whole, be it of one run or joined from many: the verdict in one word, and the counts of its cases.
//!
//! It is the same for a run and for its report when that is read again: an interrupted run first, then one that ended early, then new
//! failures, then known ones that pass. Invariant: each case counts once.

use super::{CaseEntry, Document, FindingEntry, Summary};

/// What all cases together say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overall {
    /// The user wanted an end.
    Interrupted,
    /// Not all cases could be tried, for this reason.
    EndedEarly(String),
    /// Something failed that was not known to.
    NotConformant,
    /// Something passes that is listed as known to fail.
    KnownPasses,
    /// No case was judged.
    Nothing,
    /// All failures were known.
    ConformantButKnown,
    /// Nothing failed.
    Conformant,
}

impl Overall {
    /// It in words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Interrupted => "ended early: interrupted".to_owned(),
            Self::EndedEarly(why) => format!("ended early: {why}"),
            Self::NotConformant => "NOT CONFORMANT".to_owned(),
            Self::KnownPasses => "THE LIST OF KNOWN FAILURES IS WRONG".to_owned(),
            Self::Nothing => "nothing was shown".to_owned(),
            Self::ConformantButKnown => "conformant but for what is known".to_owned(),
            Self::Conformant => "conformant".to_owned(),
        }
    }
}

impl Document {
    /// What it comes to.
    #[must_use]
    pub fn overall(&self) -> Overall {
        let of_targets = self.targets.iter().filter_map(|one| one.trouble.as_ref());
        let troubles: Vec<_> = self.trouble.iter().chain(of_targets).collect();
        let Summary {
            pass, fail, known, ..
        } = self.summary;
        if troubles.iter().any(|why| *why == INTERRUPTED) {
            Overall::Interrupted
        } else if let Some(why) = troubles.first() {
            Overall::EndedEarly((*why).clone())
        } else if fail > known {
            Overall::NotConformant
        } else if self.cases.iter().any(CaseEntry::passes_though_known) {
            Overall::KnownPasses
        } else if pass + fail == 0 {
            Overall::Nothing
        } else if known > 0 {
            Overall::ConformantButKnown
        } else {
            Overall::Conformant
        }
    }

    /// Verdict and counts in a line.
    #[must_use]
    pub fn headline(&self) -> String {
        let Summary {
            total,
            pass,
            fail,
            known,
            skip,
            inconclusive,
            ..
        } = self.summary;
        let known = match known {
            0 => String::new(),
            known => format!(" ({known} known)"),
        };
        let failed = self.summary.fail > self.summary.known;
        let overall = self.overall();
        let early = matches!(overall, Overall::Interrupted | Overall::EndedEarly(_));
        let not = if failed && early {
            "NOT CONFORMANT, "
        } else {
            ""
        };
        format!(
            "{not}{}: {total} cases in {:.1} s, {pass} passed, {fail} failed{known}, {skip} skipped, {inconclusive} inconclusive",
            overall.words(),
            self.seconds
        )
    }
}

/// What `trouble` says of a run that the user ended.
const INTERRUPTED: &str = "interrupted";

impl CaseEntry {
    pub(super) fn failed(&self) -> bool {
        self.verdict == "fail"
    }

    /// It failed, and no list says so.
    pub(super) fn is_new(&self) -> bool {
        self.failed() && self.known.is_none()
    }

    /// It is listed as known to fail, and does not.
    pub(super) fn passes_though_known(&self) -> bool {
        self.verdict == "pass" && self.known.is_some()
    }

    /// The kind of failure, or the verdict where it has none.
    pub(super) fn kind(&self) -> &str {
        self.kind.as_deref().unwrap_or(&self.verdict)
    }
}

impl FindingEntry {
    /// It comes and goes.
    pub(super) fn is_flaky(&self) -> bool {
        self.failed < self.of
    }

    pub(super) fn kind(&self) -> &str {
        self.kind.as_deref().unwrap_or("fail")
    }
}

impl Summary {
    /// Counts the cases of a document.
    #[must_use]
    pub fn of_entries<'a>(cases: impl IntoIterator<Item = &'a CaseEntry>) -> Self {
        let mut summary = Self::default();
        for case in cases {
            summary.total += 1;
            summary.known += usize::from(case.failed() && case.known.is_some());
            summary.proven += usize::from(case.proven);
            *match &*case.verdict {
                "pass" => &mut summary.pass,
                "fail" => &mut summary.fail,
                "skip" => &mut summary.skip,
                _ => &mut summary.inconclusive,
            } += 1;
        }
        summary
    }
}
