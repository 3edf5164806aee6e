//! When each frame of an open loop should be written: at even times, on the connections in turn.
//!
//! Latencies are counted from these times, so that a target that stalls is charged for every frame that it kept from being written.
//! Invariant: a frame is due at its own time and not before.

use std::time::Duration;

/// Frames at even times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// Frames a second, above 0.
    rate: f64,
    connections: u64,
}

impl Schedule {
    /// So many frames a second, on so many connections in turn.
    #[must_use]
    pub fn new(rate: f64, connections: usize) -> Self {
        debug_assert!(rate > 0.0 && connections > 0);
        Self {
            rate,
            connections: connections as u64,
        }
    }

    /// Frames that are due by now, on all connections together.
    #[must_use]
    pub fn due(&self, now: Duration) -> u64 {
        let mut due = (now.as_secs_f64() * self.rate) as u64 + 2;
        // What rounding makes of a product must make no frame early or late.
        while due > 0 && self.at(due - 1) > now {
            due -= 1;
        }
        due
    }

    /// When a frame is due.
    #[must_use]
    pub fn at(&self, frame: u64) -> Duration {
        Duration::from_secs_f64(frame as f64 / self.rate)
    }

    /// When the frame of this number on a connection is due.
    #[must_use]
    pub fn at_on(&self, connection: u64, frame: u64) -> Duration {
        self.at(frame * self.connections + connection)
    }

    /// The connection of a frame.
    #[must_use]
    pub fn connection(&self, frame: u64) -> usize {
        (frame % self.connections) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_due_at_their_times_and_go_round_the_connections() {
        for rate in [3.0, 1000.0, 333_333.3] {
            let schedule = Schedule::new(rate, 3);
            assert_eq!(schedule.due(Duration::ZERO), 1);
            for frame in [1, 2, 7, 1000] {
                let at = schedule.at(frame);
                assert_eq!(schedule.due(at), frame + 1, "{rate} {frame}");
                assert_eq!(schedule.due(at - Duration::from_nanos(2)), frame);
                let on = schedule.connection(frame) as u64;
                assert_eq!(schedule.at_on(on, frame / 3), at);
            }
        }
    }
}
