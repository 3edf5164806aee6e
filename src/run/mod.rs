//! What touches the world: targets' processes, sockets, signals, files; delivery of segments and its gates.
//!
//! Nothing here prints: what a target does wrong becomes a value, and what the system refuses becomes an error.

mod beside;
pub mod command;
mod conduct;
mod corpus;
mod course;
mod crew;
pub mod diag;
pub mod faulty;
pub mod files;
mod fuzz;
pub mod gate;
pub mod guard;
pub mod interrupt;
pub mod load;
mod measure;
pub mod process;
mod procfs;
mod pump;
pub mod quiet;
mod runner;
mod selftest;
pub mod serve;
mod setup;
mod shrink;
pub mod stdout;
mod survey;
mod target;
mod worker;

pub use corpus::{Corpus, Minimized};
pub use course::{Course, Deadline};
pub use fuzz::{Fuzz, Fuzzed, Spotted, Watch, fuzz};
pub use runner::{Lot, Options, Progress, Run, Trouble, run};
pub use selftest::{Hunt, Trial, hunt, selftest};
pub use setup::Setup;
pub use shrink::{Shrunk, shrink};
pub use survey::{Guess, Hint, survey};
pub use target::Target;
pub use worker::Worker;
