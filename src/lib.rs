//! A conformance and fuzzing harness for TCP message framing.

pub mod run;
pub mod suite;
