//! The load: what `suite::bench` plans is sent to targets, compared, counted and timed, round by round.
//!
//! One thread and one readiness loop for any number of connections; targets take turns, so that a noisy moment hits all alike. Nothing here
//! decides what a figure means. Invariant: a round's sample exists only where all that came was right and all that was sent was answered.

mod bench;
mod connection;
mod ends;
mod fault;
mod host;
mod responder;
mod round;
mod search;
mod seat;
mod tally;
mod timer;

pub use bench::{Cell, Contender, Course, Progress, bench};
