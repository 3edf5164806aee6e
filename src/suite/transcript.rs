//! Everything that passed on one connection, as far as a verdict can depend on it; it can be judged again later.
//!
//! Invariant: `marks` ascend in both of their counts, and the last one covers all of `received`.

use super::gate::Held;
use super::stream::{Item, Point};

/// What passed on one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript {
    /// What the target sent, up to the cap.
    pub received: Vec<u8>,
    /// When it came.
    pub marks: Vec<Mark>,
    /// What the target printed (observer `stdout`), each payload as an item.
    pub printed: Vec<Item>,
    /// How the connection stood when we left it.
    pub end: End,
    /// The weakest gate that held at any cut; `None`: there was no cut.
    pub gate: Option<Held>,
    /// The process ended, which it should not have; how it did.
    pub died: Option<String>,
    /// It sent more than the cap on what we read.
    pub flooded: bool,
    /// The target made no progress by the deadline while we were sending; what was missing.
    pub stalled: Option<String>,
    /// From the connection to the verdict.
    pub micros: u64,
}

/// By the time that `received` bytes had come, no more than `sent` had been sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Bytes received in all.
    pub received: usize,
    /// What had been sent.
    pub sent: Point,
    /// How we know that nothing more was coming, if we know it.
    pub silence: Option<Silence>,
}

/// How we know that a target has said all that it will for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// It has read all, all of its threads sleep, and nothing is on its way: a fact.
    Proven,
    /// The deadline has passed.
    Deadline,
    /// In our own process: it has asked for more bytes.
    Asked,
}

/// How a connection stood when we left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The target closed it.
    Closed,
    /// The target closed it before our end was sent.
    ClosedBefore,
    /// The target reset it.
    Reset,
    /// It was open: `silence` of the last mark says how we know that nothing would come.
    Open,
    /// We have reset it.
    Ours,
}

impl Default for Transcript {
    fn default() -> Self {
        Self::new()
    }
}

impl Transcript {
    /// Of a connection on which nothing has passed.
    #[must_use]
    pub fn new() -> Self {
        Self {
            received: Vec::new(),
            marks: Vec::new(),
            printed: Vec::new(),
            end: End::Open,
            gate: None,
            died: None,
            flooded: false,
            stalled: None,
            micros: 0,
        }
    }

    /// What had been sent when this much had come.
    #[must_use]
    pub fn sent_at(&self, received: usize) -> Point {
        self.marks
            .iter()
            .find(|mark| mark.received >= received)
            .map_or(Point::End, |mark| mark.sent)
    }
}
