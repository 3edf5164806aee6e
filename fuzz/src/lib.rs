//! What the fuzz targets have in common: their inputs, out of the fuzzer's bytes.
//!
//! An input is a [`Case`]: a framing, bytes, and places at which these are cut. The fuzzer's bytes are either choices, out of
//! which [`framing`](mod@framing) and [`bytes`] build one, or, behind a `=`, its written form, in which the seeds are.
//! Invariant: every framing that has a text can come out of the choices.

mod bytes;
mod case;
mod framing;

pub use case::{Case, Messages, Received, Stream};
