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
        let within = |time| {
            let deadline = Deadline::within(time);
            deadline.ok_or_else(|| Failure::usage("--deadline: nobody lives to see it"))
        };
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

/// Why the run ended early, and what it left out.
pub(super) fn ended(run: &Run) -> Option<String> {
    let why = trouble(run.trouble.as_ref()?);
    Some(match run.trouble {
        Some(Trouble::Failed | Trouble::Deadline(_)) => {
            let (planned, ran) = (run.planned, run.outcomes.len());
            let left = planned - ran;
            format!("{why}: {ran} of {planned} cases were run, {left} were not")
        }
        _ => why,
    })
}
