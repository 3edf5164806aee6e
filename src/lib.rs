//! A conformance and fuzzing harness for TCP message framing.

pub mod framing;
pub mod suite;
