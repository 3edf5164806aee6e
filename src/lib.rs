//! A conformance and fuzzing harness for TCP message framing.
//!
//! Layers, of which a lower one never names a higher: [`framing`] (what a framing is, decoders, encoder; pure), [`suite`] (what is
//! tried and how it is judged; pure), [`run`] (sockets, processes, files) beside [`report`] (results to text; pure), [`cli`]; and beside
//! these [`conformance`] (decoders in Rust, checked in process; pure), which is there without the feature `cli`. `ARCHITECTURE.md` tells the way of one byte through them.

#[cfg(feature = "cli")]
pub mod cli;
pub mod conformance;
pub mod framing;
#[cfg(feature = "cli")]
pub mod report;
#[cfg(feature = "cli")]
pub mod run;
pub mod suite;
