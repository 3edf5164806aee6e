//! The flags that say how a run goes on: when it ends, and how often a failure is tried again; and the words for an early end.

use std::time::Duration;

use super::Failure;
use super::run::trouble;
use super::target::time;
use crate::run::{Course, Deadline, Run, Trouble};
use crate::suite::Listed;

/// How the run goes on.
#[derive(clap::Args)]
pub(super) struct CourseArgs {
    /// Try a case that fails so often again, each time on a fresh target: one that passes then is a flake, which fails the run as well
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true, value_parser = retries)]
    retries: usize,
    /// End the run after the first failure that is not known
    #[arg(long, conflicts_with = "update_known")]
    fail_fast: bool,
    /// How long the run may take: after it no case is begun, and what was not run makes the exit status 1
    #[arg(long, value_name = "TIME", value_parser = time)]
    deadline: Option<Duration>,
}

fn retries(text: &str) -> Result<usize, String> {
    let retries = text.parse::<u16>().map(usize::from);
    retries.map_err(|_| format!("retries are a whole number from 0 to {}", u16::MAX))
}

impl CourseArgs {
    /// The deadline of a run that begins now.
    pub(super) fn deadline(&self) -> Result<Option<Deadline>, Failure> {
        let within = |time| within("--deadline", time);
        self.deadline.map(within).transpose()
    }

    /// How the run goes on.
    pub(super) fn course(&self, deadline: Option<Deadline>, known: &Listed) -> Course {
        Course {
            retries: self.retries,
            fail_fast: self.fail_fast,
            deadline,
            known: known.clone(),
        }
    }
}

/// The point in time that a flag means.
pub(super) fn within(flag: &str, time: Duration) -> Result<Deadline, Failure> {
    let deadline = Deadline::within(time);
    deadline.ok_or_else(|| Failure::usage(format!("{flag}: nobody lives to see it")))
}

/// Why a run over one or more targets ended before the last of its cases, and what it left out.
pub(super) fn ended<'a>(runs: impl Iterator<Item = &'a Run>, planned: usize) -> Option<String> {
    let mut ran = 0;
    let mut last = None;
    for run in runs {
        ran += run.outcomes.len();
        last = run.trouble.as_ref().filter(|trouble| ends_all(trouble));
    }
    let last = last.filter(|trouble| ran < planned || !matches!(trouble, Trouble::Failed))?;
    let why = trouble(last);
    Some(match last {
        Trouble::Failed | Trouble::Deadline(_) => {
            let left = planned - ran;
            format!("{why}: {ran} of {planned} cases were run, {left} were not")
        }
        _ => why,
    })
}

/// Whether no further target is tried: the user wants an end, or the first failure was to be the last, or there is no time left.
pub(super) fn ends_all(trouble: &Trouble) -> bool {
    match trouble {
        Trouble::Interrupted | Trouble::Failed | Trouble::Deadline(_) => true,
        Trouble::Start(_) | Trouble::Unreachable(..) | Trouble::Skipped(_) => false,
    }
}
