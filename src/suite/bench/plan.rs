//! What is measured and how: the words of the flags as values, each with one text form.
//!
//! Invariant: what is printed parses to the same.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::suite::gate::{self, Short};

/// Bytes that are on their way at a time, all connections together, where nobody says how many frames: enough that neither side waits
/// for the other, and still in the processor's cache.
pub const WINDOW: u64 = 256 << 10;

/// What the target does with frames, and so what shows that it has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// It sends each back: every byte is compared.
    Echo,
    /// It sends a line for each with length and CRC-32: every byte of the lines is compared.
    Report,
    /// It sends nothing. That it read all to the end is shown by a close without a reset.
    OneWay,
}

impl Mode {
    /// Its word in reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Echo => "echo",
            Self::Report => "report",
            Self::OneWay => "one-way",
        }
    }
}

/// How many bytes go into one write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Segment {
    /// As many as may be sent: many frames in one.
    #[default]
    Fast,
    /// One segment of the connection's maximum size.
    Mss,
    /// So many, at least 1.
    Bytes(u64),
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fast => f.write_str("fast"),
            Self::Mss => f.write_str("mss"),
            Self::Bytes(bytes) => bytes.fmt(f),
        }
    }
}

impl FromStr for Segment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, size(text)) {
            ("fast", _) => Ok(Self::Fast),
            ("mss", _) => Ok(Self::Mss),
            (_, Some(bytes)) if bytes > 0 => Ok(Self::Bytes(bytes)),
            _ => Err("a segment is fast, mss, or bytes a write, at least 1: 100, 64KiB".to_owned()),
        }
    }
}

/// A number of bytes: `64`, `64KiB`.
#[must_use]
pub fn size(text: &str) -> Option<u64> {
    let units = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)];
    let of_unit = |(unit, shift)| Some((text.strip_suffix(unit)?, shift));
    let (digits, shift) = units.into_iter().find_map(of_unit).unwrap_or((text, 0));
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = digits.parse().ok().filter(|_| plain)?;
    number.checked_mul(1 << shift)
}

/// When frames are sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// As fast as replies allow: the loop is closed.
    Closed,
    /// So many a second, whatever comes back: the loop is open.
    Rate(f64),
    /// At the highest rate at which the latency holds.
    Search(LatencyTarget),
}

impl Pace {
    /// Its word in reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Rate(_) | Self::Search(_) => "open",
        }
    }
}

/// A latency that a share of the frames must keep: `p99=5ms`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LatencyTarget {
    /// Above 0, below 100.
    pub percentile: f64,
    /// Whole microseconds, not 0.
    pub within: Duration,
}

impl fmt::Display for LatencyTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{}={}", self.percentile, Short(self.within))
    }
}

impl FromStr for LatencyTarget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = || {
            let (percentile, within) = text.strip_prefix('p')?.split_once('=')?;
            let percentile = percentile.parse().ok();
            Some(Self {
                percentile: percentile.filter(|&share| share > 0.0 && share < 100.0)?,
                within: gate::duration(within).filter(|time| !time.is_zero())?,
            })
        };
        parsed().ok_or_else(|| {
            "a latency target is a percentile with a time: p99=5ms, p99.9=500us".to_owned()
        })
    }
}

/// How much is measured of each target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// So long.
    Time(Duration),
    /// So many frames.
    Frames(u64),
}

impl Extent {
    /// The part of one of `rounds` rounds, the `number`th; what does not go into equal parts goes to the first.
    #[must_use]
    pub fn part(self, number: u32, rounds: u32) -> Self {
        let rounds = rounds.max(1);
        match self {
            Self::Time(time) => Self::Time(time / rounds),
            Self::Frames(frames) => {
                let (each, over) = (frames / u64::from(rounds), frames % u64::from(rounds));
                Self::Frames(each + u64::from(u64::from(number) < over))
            }
        }
    }
}

/// How frames are put on connections.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// At a time, at least 1.
    pub connections: usize,
    /// Frames on their way on each connection, at least 1; `None`: as many as [`WINDOW`] holds for all of them.
    pub in_flight: Option<u64>,
    /// Bytes in one write.
    pub segment: Segment,
    /// When they are sent.
    pub pace: Pace,
}

impl Shape {
    /// Frames of about `bytes` that are on their way on each connection.
    #[must_use]
    pub fn window(&self, bytes: u64) -> u64 {
        let share = WINDOW / self.connections.max(1) as u64;
        self.in_flight.unwrap_or((share / bytes.max(1)).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_segments_and_latency_targets_are_read_as_they_are_printed() {
        for text in ["fast", "mss", "100"] {
            assert_eq!(text.parse::<Segment>().unwrap().to_string(), text);
        }
        assert_eq!("2KiB".parse(), Ok(Segment::Bytes(2048)));
        for text in ["", "0", "-1", "1KB", "KiB", "99999999999TiB"] {
            assert!(text.parse::<Segment>().is_err(), "{text}");
        }
        for text in ["p99=5ms", "p99.9=500us", "p50=1s"] {
            assert_eq!(text.parse::<LatencyTarget>().unwrap().to_string(), text);
        }
        for text in ["99=5ms", "p0=5ms", "p100=5ms", "p99=0ms", "p99", "p99=5"] {
            assert!(text.parse::<LatencyTarget>().is_err(), "{text}");
        }
    }

    #[test]
    fn rounds_have_all_frames_together() {
        for (frames, rounds) in [(10, 3), (2, 5), (0, 1), (1000, 10)] {
            let parts = (0..rounds).map(|number| Extent::Frames(frames).part(number, rounds));
            let sum: u64 = parts
                .map(|part| match part {
                    Extent::Frames(frames) => frames,
                    Extent::Time(_) => unreachable!("parts are of the same kind"),
                })
                .sum();
            assert_eq!(sum, frames);
        }
    }
}
