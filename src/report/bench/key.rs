//! What a cell of a benchmark is known by, in its own file and in others.
//!
//! Invariant: two cells of one benchmark that were asked for differently have different keys.

use serde::{Deserialize, Serialize};

use super::document::BenchCell;
use super::number;

/// What a cell is known by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellKey {
    /// The name of its target.
    pub target: String,
    /// The framing's text.
    pub framing: String,
    /// The number of its pattern, 1 to 6.
    pub pattern: u8,
    /// Bytes of a payload; in patterns 1 and 2 of a stream.
    pub payload: u64,
    /// `echo`, `report` or `one-way`. Not there where the target could not be tried.
    pub mode: Option<String>,
    /// `closed` or `open`.
    pub pace: String,
    /// Open loop: frames a second that were asked for.
    pub rate: Option<f64>,
    /// The latency that a rate was searched for, such as `p99=5ms`.
    pub latency_target: Option<String>,
    /// At a time.
    pub connections: usize,
    /// Frames on their way on each connection. 0 where the target could not be tried.
    pub in_flight: u64,
    /// Bytes in one write: `fast`, `mss` or a number.
    pub segment: String,
}

impl CellKey {
    /// That of a cell.
    #[must_use]
    pub fn of(cell: &BenchCell) -> Self {
        Self {
            target: cell.target.clone(),
            framing: cell.framing.clone(),
            pattern: cell.pattern,
            payload: cell.payload,
            mode: cell.mode.clone(),
            pace: cell.pace.clone(),
            // A rate that was searched for is what was found.
            rate: cell.rate.filter(|_| cell.latency_target.is_none()),
            latency_target: cell.latency_target.clone(),
            connections: cell.connections,
            in_flight: cell.in_flight,
            segment: cell.segment.clone(),
        }
    }

    /// Whether both were asked for alike. A target that could not be tried has no mode, and no frames in flight.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        let untried = |key: &Self| key.mode.is_none() || key.in_flight == 0;
        match untried(self) || untried(other) {
            true => self.as_asked() == other.as_asked(),
            false => self == other,
        }
    }

    /// The same without what only a trial shows.
    fn as_asked(&self) -> Self {
        Self {
            mode: None,
            in_flight: 0,
            ..self.clone()
        }
    }

    /// All but the target, as a heading.
    #[must_use]
    pub fn title(&self) -> String {
        let unit = match self.pattern {
            1 | 2 => "stream",
            _ => "payload",
        };
        let size = format!("{unit} {} B", self.payload);
        let mut connected = self.connected();
        if self.pattern > 2 && self.pace == "closed" {
            connected += &format!(" x {} in flight", self.in_flight);
        }
        let parts = [self.framing.clone(), size, self.paced(), connected];
        let parts: Vec<_> = parts.into_iter().chain(self.cut()).collect();
        parts.join("  ")
    }

    /// What cells of every size have in common: all but framing, size and frames in flight.
    pub(super) fn shape(&self) -> String {
        let parts = [self.paced(), self.connected()];
        let parts: Vec<_> = parts.into_iter().chain(self.cut()).collect();
        parts.join(", ")
    }

    fn paced(&self) -> String {
        match (&self.latency_target, self.rate, &*self.pace) {
            (Some(target), _, _) => format!("open loop, the highest rate that holds {target}"),
            (None, Some(rate), _) => format!("open loop, {} frames/s", number::count(rate)),
            (None, None, pace) => format!("{pace} loop"),
        }
    }

    fn connected(&self) -> String {
        match self.connections {
            1 => "1 connection".to_owned(),
            many => format!("{many} connections"),
        }
    }

    fn cut(&self) -> Option<String> {
        let is_cut = self.segment != "fast";
        is_cut.then(|| format!("segments {}", self.segment))
    }
}
