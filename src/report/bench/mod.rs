//! What a benchmark measured, as data and as text: every form of it is a function of one document.
//!
//! Invariant: a cell has a figure or an error, never both.

mod csv;
mod document;
mod hdr;
mod key;
mod markdown;
pub(super) mod number;
mod page;
mod parse;
mod text;

pub(super) use csv::csv;
pub use document::{
    BENCH_SCHEMA, BenchCell, BenchDocument, BenchError, BenchHead, BenchLimit, BenchRound,
    BenchTarget, CellInterval, CellLatency, CellSpread, Cpu, HighLow, Percentile, Quartiles, Ratio,
};
pub use hdr::interval_log;
pub use key::CellKey;
pub(super) use markdown::markdown;
pub(super) use page::page;
pub use text::bench_text;
