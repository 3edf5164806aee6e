//! How a case is conducted, beyond its bytes, cuts and close: what our side does with replies, time and other connections, or what is
//! measured of the target meanwhile.
//!
//! Invariant: the words of two manners that differ differ, so that the id of a case tells its manner.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::Close;
use super::gate::Short;
use super::stream::Stream;

/// How a case is conducted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    /// On one connection, whose replies are read as they come.
    #[default]
    Plain,
    /// Nothing is read before all is written, or the target takes no more: replies pile up as with a slow consumer.
    Unread,
    /// With a pause at each cut, behind its gate.
    Pause(Duration),
    /// On a connection that follows others.
    After(After),
    /// While other connections are in the middle of their streams. Segments go out in turns, and the last of each other one is kept
    /// back until the case is over.
    Beside(Vec<Arc<Stream>>),
    /// A resource of the target's processes is measured.
    Measure(Resource),
}

/// Connections that come before that of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct After {
    /// How many.
    pub times: usize,
    /// What each sends, whole.
    pub stream: Arc<Stream>,
    /// How each is closed.
    pub close: Close,
}

/// What is measured of a target that we start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    /// Memory at an announced length whose bytes are never sent.
    Memory,
    /// Processor time of more and more bytes that trickle without an end of a frame.
    Time,
    /// Descriptors and threads left behind by so many connections that ended badly.
    Leftovers(usize),
    /// Processor time while a connection is silent in the middle of a frame.
    Idle,
}

impl Resource {
    /// The resource of a word, as it is printed.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        match word {
            "memory" => Some(Self::Memory),
            "time" => Some(Self::Time),
            "idle" => Some(Self::Idle),
            _ => Some(Self::Leftovers(
                word.strip_prefix("leftovers-")?.parse().ok()?,
            )),
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory"),
            Self::Time => f.write_str("time"),
            Self::Leftovers(connections) => write!(f, "leftovers-{connections}"),
            Self::Idle => f.write_str("idle"),
        }
    }
}

impl Manner {
    /// Whether the case is on one connection, read as it comes.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        matches!(self, Self::Plain)
    }
}

impl fmt::Display for Manner {
    /// The word of ids: what stands behind the close.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain => f.write_str("plain"),
            Self::Unread => f.write_str("unread"),
            Self::Pause(pause) => write!(f, "pause-{}", Short(*pause)),
            Self::After(After {
                times,
                stream,
                close,
            }) => write!(f, "after-{times}-{}-{}", stream.ending.word(), close.word()),
            Self::Beside(others) => write!(f, "beside-{}", others.len()),
            Self::Measure(resource) => resource.fmt(f),
        }
    }
}
