//! How throughput is measured, as values: what is sent and what must come back, how much of it, how fast, and what figures follow.
//!
//! Nothing here has a socket or a clock: `run::load` moves the bytes and tells the time. Invariant: the bytes that are due depend on the
//! script and the position alone, so that whatever comes is compared at the speed of memory.

mod check;
mod crc;
mod latency;
mod limit;
mod measured;
mod plan;
mod ring;
mod schedule;
mod script;
mod search;
mod sizes;
mod statistics;

pub use check::{Check, Wrong};
pub use latency::Latency;
pub use limit::{Limit, limit};
pub use measured::{Bench, Ceiling, Failed, FailedKind, Measured, Sample, Shown};
pub use plan::{Extent, LatencyTarget, Mode, Pace, Segment, Shape, WINDOW, size};
pub use ring::Ring;
pub use schedule::Schedule;
pub use script::{Script, Unscripted};
pub use search::{Search, TRIALS};
pub use sizes::usual_sizes;
pub use statistics::{Interval, Spread, median, ratio, unpaired_ratio};
