//! The flags that say which cases of the plan are run: what users write to a [`Selection`], and its refusals to messages.
//!
//! Nothing is selected here.

use super::{Failure, Status};
use crate::suite::{Case, Pick, Selection, Shard, Unselected};

/// Which cases are run.
#[derive(clap::Args)]
pub(super) struct SelectArgs {
    /// Only these cases: a part of their ids, a whole id, a glob over ids ('u32be/*:cut@?:fin'), class:33, level:must or
    /// pattern:delimited; of several, any
    #[arg(long, value_name = "CASES")]
    filter: Vec<Pick>,
    /// None of these cases, in the words of --filter; it wins over that
    #[arg(long, value_name = "CASES")]
    skip: Vec<Pick>,
    /// Only the K-th of N parts of the cases; a case stays in its part when others are added
    #[arg(long, value_name = "K/N", allow_hyphen_values = true)]
    shard: Option<Shard>,
}

impl SelectArgs {
    /// What is left of the plan, which is something.
    pub(super) fn of<T>(
        &self,
        planned: Vec<(T, Vec<Case>)>,
    ) -> Result<Vec<(T, Vec<Case>)>, Failure> {
        let selection = Selection {
            filters: self.filter.clone(),
            skips: self.skip.clone(),
            shard: self.shard,
        };
        selection.of(planned).map_err(|unselected| {
            let (status, why) = match unselected {
                Unselected::Filter(why) => (
                    Status::Nothing,
                    format!(
                        "--filter: {why}; `framecheck list cases` prints all of the quick tier"
                    ),
                ),
                // What is left out must not come back unnoticed, under another name.
                Unselected::Skip(why) => (Status::Usage, format!("--skip: {why}")),
                Unselected::Nothing(why) => (Status::Nothing, why),
            };
            Failure { status, why }
        })
    }

    /// What a reader of the report must know: a part of the plan was left out on purpose.
    pub(super) fn note(&self, planned: usize, left: usize) -> Option<String> {
        if self.skip.is_empty() && self.shard.is_none() {
            return None;
        }
        let named = |name: &str, picks: &[Pick]| (!picks.is_empty()).then(|| name.to_owned());
        let flags = [
            named("--filter", &self.filter),
            named("--skip", &self.skip),
            self.shard.map(|shard| format!("--shard {shard}")),
        ];
        let flags: Vec<_> = flags.into_iter().flatten().collect();
        let flags = flags.join(", ");
        Some(format!(
            "selected are {left} of {planned} planned cases ({flags})"
        ))
    }
}
