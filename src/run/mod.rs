//! What touches the world: targets' processes, their sockets and signals.
//!
//! Nothing here prints: what a target does wrong becomes a value, and what the system refuses becomes an error.

pub mod command;
pub mod guard;
pub mod interrupt;
pub mod process;
mod procfs;
mod pump;
