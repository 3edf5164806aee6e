//! Two benchmarks beside each other: which cells became slower, as data, as text and as Markdown.
//!
//! Invariant: a cell has lost only where all of its interval says so.

mod document;
mod figures;
mod markdown;
mod text;

pub use document::{COMPARE_SCHEMA, Change, CompareCounts, CompareDocument, Compared, Side};
pub(super) use markdown::markdown;
pub use text::compare_text;
