//! What is tested, as values: no socket, no file, no clock.

pub mod gate;
