//! Latencies as a histogram with three significant digits, from a nanosecond to an hour.
//!
//! Invariant: nothing that is recorded is lost; what is longer than an hour counts as one.

use std::time::Duration;

use hdrhistogram::Histogram;

/// Longer than any deadline of ours.
const LONGEST: u64 = 3_600_000_000_000;

/// Of each share, in percent, the value that reports have.
pub(super) const PERCENTILES: [f64; 5] = [50.0, 90.0, 99.0, 99.9, 99.99];

/// The latencies of many frames, in nanoseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Latency(Histogram<u64>);

impl Default for Latency {
    fn default() -> Self {
        // The bounds and digits are constants that the library takes.
        let histogram = Histogram::new_with_bounds(1, LONGEST, 3);
        Self(histogram.expect("bounds that a histogram can have"))
    }
}

impl Latency {
    /// So many frames took so long.
    pub fn record(&mut self, took: Duration, frames: u64) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(LONGEST);
        self.0.saturating_record_n(nanos.max(1), frames);
    }

    /// Adds those of another.
    pub fn add(&mut self, other: &Self) {
        // Both have the same bounds.
        let added = self.0.add(&other.0);
        debug_assert!(added.is_ok(), "{added:?}");
    }

    /// Frames.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.0.len()
    }

    /// So many percent of the frames took at most this.
    #[must_use]
    pub fn at(&self, percent: f64) -> Duration {
        Duration::from_nanos(self.0.value_at_quantile(percent / 100.0))
    }

    /// The percentiles of reports, each with its share in percent.
    #[must_use]
    pub fn percentiles(&self) -> Vec<(f64, Duration)> {
        PERCENTILES.map(|share| (share, self.at(share))).to_vec()
    }

    /// The longest.
    #[must_use]
    pub fn longest(&self) -> Duration {
        Duration::from_nanos(self.0.max())
    }

    /// The mean.
    #[must_use]
    pub fn mean(&self) -> Duration {
        Duration::from_nanos(self.0.mean() as u64)
    }

    /// As the library has it, in nanoseconds.
    #[must_use]
    pub fn histogram(&self) -> &Histogram<u64> {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_what_was_recorded() {
        let mut latency = Latency::default();
        for millis in 1..=1000 {
            latency.record(Duration::from_millis(millis), 2);
        }
        let mut twice = latency.clone();
        twice.add(&latency);
        for (latency, frames) in [(&latency, 2000), (&twice, 4000)] {
            assert_eq!(latency.frames(), frames);
            for (share, found) in latency.percentiles() {
                let right = share * 10.0;
                let found = found.as_secs_f64() * 1000.0;
                assert!((found / right - 1.0).abs() < 0.002, "{share}: {found} ms");
            }
        }
        latency.record(Duration::from_secs(1 << 40), 1);
        latency.record(Duration::ZERO, 1);
        assert_eq!(latency.frames(), 2002);
    }
}
