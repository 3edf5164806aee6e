//! A benchmark out of JSON.
//!
//! Invariant: rounds that come from here have lasted, so that each has a figure.

use super::document::{BENCH_SCHEMA, BenchCell, BenchDocument, BenchHead};
use crate::report::json::Kind;

const KIND: Kind = Kind {
    schema: BENCH_SCHEMA,
    name: "benchmark",
    written_by: "bench --report json=FILE",
};

impl BenchDocument {
    /// A benchmark out of JSON.
    ///
    /// # Errors
    /// Says with its key what is no such benchmark, and what would be right.
    pub fn parse(text: &str) -> Result<Self, String> {
        KIND.check(text)?;
        // In the whole its keys are taken together, and none could be named.
        let _: BenchHead = KIND.read(text)?;
        let document: Self = KIND.read(text)?;
        let timeless =
            timeless("cells", &document.cells).or(timeless("ceilings", &document.ceilings));
        match timeless {
            None => Ok(document),
            Some(key) => Err(format!(
                "no benchmark of framecheck: {key} is not above 0, and a round takes time"
            )),
        }
    }
}

/// The key of a round that took no time.
fn timeless(list: &str, cells: &[BenchCell]) -> Option<String> {
    cells.iter().enumerate().find_map(|(cell, one)| {
        let mut rounds = one.rounds.iter();
        let round = rounds.position(|round| round.seconds <= 0.0)?;
        Some(format!("{list}[{cell}].rounds[{round}].seconds"))
    })
}
