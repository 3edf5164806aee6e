//! Why a round came to nothing, in words.

use std::net::SocketAddr;
use std::time::Duration;

use super::connection::Fault;
use crate::run::process::StartError;
use crate::suite::bench::{Failed, FailedKind, Mode, Script};
use crate::suite::gate::Short;

/// What a target that does not run says of it.
pub(super) fn not_started(error: &StartError) -> Failed {
    Failed {
        kind: FailedKind::Start,
        why: error.to_string(),
    }
}

impl Fault {
    /// As a report has it.
    pub(super) fn failed(&self, script: &Script, addr: SocketAddr, timeout: Duration) -> Failed {
        let unit = match script.is_stream() {
            true => "bytes",
            false => "frames",
        };
        let timeout = Short(timeout);
        let (kind, why) = match self {
            Self::Wrong(wrong) if script.mode() == Mode::OneWay => (
                FailedKind::Wrong,
                format!("it answers, and one-way nothing is due: {wrong}"),
            ),
            Self::Wrong(wrong) => (FailedKind::Wrong, wrong.to_string()),
            Self::Closed(wrong) if wrong.due.is_empty() => (
                FailedKind::Closed,
                "the connection was closed before our end".to_owned(),
            ),
            Self::Closed(wrong) => (
                FailedKind::Closed,
                format!("the connection was closed; {wrong}"),
            ),
            Self::Reset(error, sent, verified) => (
                FailedKind::Closed,
                format!("{error}, with {sent} {unit} written and {verified} verified"),
            ),
            Self::Refused(error) => (
                FailedKind::Refused,
                format!("nothing answers at {addr}: {error}"),
            ),
            Self::Stalled(wrong) => (
                FailedKind::Stalled,
                format!("nothing moved for {timeout}; {wrong}"),
            ),
            Self::Unread(sent) => (
                FailedKind::Stalled,
                format!("it takes no more: nothing moved for {timeout} behind {sent} {unit}"),
            ),
            Self::Open => (
                FailedKind::Stalled,
                format!(
                    "it did not close within {timeout} of our end, so that nothing shows that it read all"
                ),
            ),
            Self::System(error) => (FailedKind::System, error.to_string()),
        };
        Failed { kind, why }
    }
}
