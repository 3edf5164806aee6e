//! What all connections of a round have in common: the clock, the buffer that is read into, and the latencies.
//!
//! The clock is asked once for a turn, not for a frame.

use std::ops::Range;
use std::time::{Duration, Instant};

use crate::suite::bench::{Latency, Schedule};

/// Bytes asked for in one read: more would not stay in the first caches between copy and comparison.
const READ: usize = 64 << 10;

/// Of one round.
pub(super) struct Tally {
    begun: Instant,
    now: Duration,
    pub(super) buffer: Vec<u8>,
    /// From writing to reply.
    pub(super) latency: Latency,
    /// From the intended time of writing to reply.
    pub(super) corrected: Latency,
    pub(super) schedule: Option<Schedule>,
}

impl Tally {
    pub(super) fn new(schedule: Option<Schedule>) -> Self {
        Self {
            begun: Instant::now(),
            now: Duration::ZERO,
            buffer: vec![0; READ],
            latency: Latency::default(),
            corrected: Latency::default(),
            schedule,
        }
    }

    /// The clock begins anew.
    pub(super) fn restart(&mut self) {
        self.begun = Instant::now();
        self.now = Duration::ZERO;
    }

    /// Asks the clock.
    pub(super) fn tick(&mut self) -> Duration {
        self.now = self.begun.elapsed();
        self.now
    }

    /// When the clock was asked last.
    pub(super) fn now(&self) -> Duration {
        self.now
    }

    /// So many frames that were written then have their replies now.
    pub(super) fn note(&mut self, written: Duration, frames: u64) {
        let took = self.now.saturating_sub(written);
        self.latency.record(took, frames);
    }

    /// The same for frames of a connection by their numbers, from the times at which they should have been written.
    pub(super) fn note_corrected(&mut self, connection: u64, frames: Range<u64>) {
        let Some(schedule) = self.schedule else {
            return;
        };
        for frame in frames {
            let intended = schedule.at_on(connection, frame);
            self.corrected.record(self.now.saturating_sub(intended), 1);
        }
    }

    /// Frames that were never written have waited at least until now.
    pub(super) fn wait_in_vain(&mut self, now: Duration, connection: u64, frames: Range<u64>) {
        self.now = now;
        self.note_corrected(connection, frames);
    }
}
