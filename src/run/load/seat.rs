//! One who takes turns: a target or a ceiling, with what was measured of it so far.
//!
//! Invariant: one that has failed has no further turn.

use std::net::SocketAddr;
use std::time::Duration;

use super::bench::Cell;
use super::connection::Fault;
use super::fault::not_started;
use super::host::Host;
use super::responder::Responder;
use super::round::{Conducted, Order, Unfinished, conduct};
use crate::run::interrupt;
use crate::run::process::StartError;
use crate::run::target::{Site, Target};
use crate::suite::bench::{Extent, Failed, FailedKind, Latency, Measured, Mode, Script, Shape};
use crate::suite::gate::Gate;

/// One who takes turns.
pub(super) struct Seat<'a> {
    /// `None`: it cannot be tried.
    host: Option<(Host<'a>, &'a Script)>,
    pub(super) kind: Kind,
    pub(super) measured: Measured,
    /// It closes connections after us.
    closes: bool,
}

/// Who takes turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Target,
    /// What we reach in this mode.
    Ceiling(Mode),
}

/// Latencies and counts of one round are kept, or it was to warm up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counts {
    As(u32),
    Not,
}

/// A ceiling for each mode, with the script of the first target that has it.
pub(super) fn ceilings(cell: &Cell) -> Vec<Seat<'_>> {
    let works = cell.contenders.iter();
    let works = works.filter_map(|one| one.work.as_ref().ok());
    let mut seats: Vec<Seat> = Vec::new();
    for (_, script) in works {
        let kind = Kind::Ceiling(script.mode());
        if seats.iter().all(|seat| seat.kind != kind) {
            seats.push(Seat::of_ceiling(script));
        }
    }
    seats
}

/// What the ceiling is called.
const CEILING: &str = "ceiling";

impl<'a> Seat<'a> {
    pub(super) fn of_target(name: &str, target: &'a Target, script: &'a Script) -> Self {
        let site = Box::new(Site::new(target, Gate::None));
        Self::new(name, Kind::Target, Ok((Host::Target(site), script)))
    }

    fn of_ceiling(script: &'a Script) -> Self {
        let host = Responder::start(script).map(|responder| (Host::Ceiling(responder), script));
        let host = host.map_err(|error| Failed {
            kind: FailedKind::System,
            why: error.to_string(),
        });
        Self::new(CEILING, Kind::Ceiling(script.mode()), host)
    }

    /// One that cannot be tried.
    pub(super) fn failed(name: &str, failed: Failed) -> Self {
        Self::new(name, Kind::Target, Err(failed))
    }

    fn new(name: &str, kind: Kind, host: Result<(Host<'a>, &'a Script), Failed>) -> Self {
        let mode = host.as_ref().ok().map(|(_, script)| script.mode());
        let (host, failed) = match host {
            Ok(host) => (Some(host), None),
            Err(failed) => (None, Some(failed)),
        };
        Self {
            host,
            kind,
            measured: Measured {
                target: name.to_owned(),
                mode,
                failed,
                ..Measured::default()
            },
            closes: true,
        }
    }

    /// Conducts a round and keeps what counts.
    pub(super) fn round(
        &mut self,
        shape: &Shape,
        rate: Option<f64>,
        extent: Extent,
        timeout: Duration,
        counts: Counts,
    ) -> Option<Conducted> {
        let (host, script) = self.host.as_mut()?;
        let addr = match host.ready() {
            Ok(addr) => addr,
            Err(StartError::Interrupted) => return None,
            Err(error) => {
                self.measured.failed = Some(not_started(&error));
                return None;
            }
        };
        let clock = || host.processor();
        let order = Order {
            addr,
            script,
            shape,
            rate,
            extent,
            timeout,
            spread: self.kind == Kind::Target,
            await_close: self.closes,
            clock: &clock,
        };
        self.measured.in_flight = order.window();
        match conduct(&order) {
            Ok(conducted) => {
                self.settle();
                self.keep(&conducted, counts);
                Some(conducted)
            }
            Err(Unfinished::Interrupted) => None,
            Err(Unfinished::Fault(fault)) => {
                self.fail(&fault, addr, timeout);
                None
            }
        }
    }

    /// After a round that was right: memory, and whether its process is as it should be.
    fn settle(&mut self) {
        let Some((host, _)) = &mut self.host else {
            return;
        };
        let measured = &mut self.measured;
        measured.peak_resident = measured.peak_resident.max(host.peak_resident());
        if let Some(how) = host.settle().filter(|_| !interrupt::requested()) {
            measured.failed = Some(Failed {
                kind: FailedKind::Died,
                why: format!("the target ended behind a round that was right: {how}"),
            });
        }
    }

    /// After one that was not. An interruption ends targets too, which is no failure of theirs.
    fn fail(&mut self, fault: &Fault, addr: SocketAddr, timeout: Duration) {
        let Some((host, script)) = &self.host else {
            return;
        };
        let failed = fault.failed(script, addr, timeout);
        let failed = match host.died() {
            Some(how) => Failed {
                kind: FailedKind::Died,
                why: format!("{}; the target ended: {how}", failed.why),
            },
            None => failed,
        };
        if !interrupt::requested() {
            self.measured.failed = Some(failed);
        }
    }

    fn keep(&mut self, conducted: &Conducted, counts: Counts) {
        let measured = &mut self.measured;
        if self.closes && !conducted.closes {
            self.closes = false;
            measured
                .notes
                .push("it does not close after our end".to_owned());
        }
        if let Counts::As(number) = counts {
            let mut sample = conducted.sample;
            sample.round = number;
            measured.samples.push(sample);
            add(&mut measured.latency, &conducted.latency);
            add(&mut measured.corrected, &conducted.corrected);
        }
    }
}

fn add(all: &mut Latency, more: &Latency) {
    if more.frames() > 0 {
        all.add(more);
    }
}
