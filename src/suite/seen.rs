//! What was seen of a target on a vector: the part of a finding that is no instruction, for those who read it.
//!
//! Nothing here takes part in a verdict.

use std::fmt;
use std::str::FromStr;

use super::judge::{Kind, Status};
use super::observer::{Observed, Observer};

/// What a target did with a vector; all of it is unknown of vectors that are no findings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// By what it was seen.
    pub observe: Option<Observer>,
    /// The kind of failure.
    pub kind: Option<Kind>,
    /// What came back, in the words of report lines.
    pub actual: Vec<String>,
    /// How often it failed, where that was not always.
    pub flaky: Option<Times>,
}

/// How many of some runs failed: `3 of 5`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// Those that failed.
    pub failed: usize,
    /// All of which something followed.
    pub of: usize,
}

impl Times {
    /// Counts one more run, if anything follows from it.
    pub fn count(&mut self, status: Status) {
        self.of += usize::from(matches!(status, Status::Pass | Status::Fail));
        self.failed += usize::from(status == Status::Fail);
    }

    /// Whether it failed now and then.
    #[must_use]
    pub fn differ(self) -> bool {
        self.failed < self.of
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.failed, self.of)
    }
}

impl FromStr for Times {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (failed, of) = text.split_once(" of ").ok_or(())?;
        let number = |text: &str| {
            let plain = text.bytes().all(|digit| digit.is_ascii_digit());
            text.parse().ok().filter(|_| plain).ok_or(())
        };
        let times = Self {
            failed: number(failed)?,
            of: number(of)?,
        };
        (times.failed <= times.of).then_some(times).ok_or(())
    }
}

impl Observed {
    /// What came as lines: the items, of more than `most` only how many, then the ending, then what could not be read.
    #[must_use]
    pub fn lines(&self, most: usize) -> Vec<String> {
        let more = self.items.len().saturating_sub(most);
        let items = self.items.iter().take(most);
        let garbage = self.garbage.iter();
        items
            .map(|(item, _)| item.to_string())
            .chain((more > 0).then(|| format!("... {more} more")))
            .chain(self.ending.map(|said| format!("end {}", said.word())))
            .chain(garbage.map(|(at, what)| format!("at byte {at}: {what}")))
            .collect()
    }
}
