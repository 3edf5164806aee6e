//! Where a round finds its peer: a target, started where that is ours to do, or our own responder.
//!
//! Invariant: when a round begins the peer listens, or the round is not begun.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::responder::Responder;
use crate::run::process::{Running, StartError};
use crate::run::procfs::{self, Clocks};
use crate::run::target::{END_WITHIN, Site, describe};

/// Threads that have ended are missing in the kernel's exact clocks and are in its coarse one, which may be wrong by this much.
const COARSE: Duration = Duration::from_millis(30);

/// A peer.
pub(super) enum Host<'a> {
    Target(Box<Site<'a>>),
    Ceiling(Responder),
}

/// What some processes have had of the processors until a moment.
pub(super) struct Processor {
    exact: Clocks,
    coarse: Duration,
}

impl Processor {
    /// What they have had since.
    pub(super) fn since(&self, before: &Self) -> Duration {
        let (exact, _) = self.exact.since(&before.exact);
        let coarse = self.coarse.saturating_sub(before.coarse);
        match coarse > exact + COARSE {
            true => coarse,
            false => exact,
        }
    }
}

impl Host<'_> {
    /// Where it listens, started if it does not run.
    pub(super) fn ready(&mut self) -> Result<SocketAddr, StartError> {
        match self {
            Self::Target(site) => site.ready(),
            Self::Ceiling(responder) => Ok(responder.addr()),
        }
    }

    /// What its processes have had of the processors, where we started them.
    pub(super) fn processor(&self) -> Option<Processor> {
        let running = self.running()?;
        Some(Processor {
            exact: procfs::clocks_of(&running.processes())?,
            coarse: running.usage().cpu,
        })
    }

    /// The most memory that its processes had resident, where we started them.
    pub(super) fn peak_resident(&self) -> Option<u64> {
        let peak = self.running()?.usage().peak_resident;
        (peak > 0).then_some(peak)
    }

    /// After a fault: how its process ended, if it does so soon.
    pub(super) fn died(&self) -> Option<String> {
        let running = self.running()?;
        let status = running.wait_exit(Instant::now() + END_WITHIN)?;
        Some(describe(status, &running.stderr_tail()))
    }

    /// After a round that was right: a target that serves one connection has ended, or will soon. How it ended, if that is wrong.
    pub(super) fn settle(&mut self) -> Option<String> {
        match self {
            Self::Target(site) => site.died(true),
            Self::Ceiling(_) => None,
        }
    }

    fn running(&self) -> Option<&Running> {
        match self {
            Self::Target(site) => site.running(),
            Self::Ceiling(_) => None,
        }
    }
}
