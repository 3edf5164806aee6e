//! A conformance and fuzzing harness for TCP message framing.

pub mod run;
