//! What meets the system: targets, delivery and its gates. Nothing here prints.

pub mod diag;
pub mod gate;
pub mod quiet;
