//! A resource of a target's processes, measured at a case: connections that bring it into the state, figures before and after, and the
//! verdict that `suite::resource` has on them.
//!
//! A failure is measured again on a fresh process before it is one: of three measurements two decide. Nothing is waited for by a fixed
//! time but where time passing is what is measured. Invariant: each connection is over before the next begins, so that a target
//! which serves one after the other can be measured as well.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use super::gate::{Gatekeeper, Link, NotHeld, Sent};
use super::interrupt;
use super::process::StartError;
use super::procfs::{self, Clocks};
use super::target::Site;
use crate::suite::gate::{Gate, Held as GateHeld};
use crate::suite::resource::{
    Growth, Held, Left, Load, PARTS, SEGMENTS, SMALL, Trickle, is_unclear, judge_idle,
    judge_leftovers, judge_memory, judge_time,
};
use crate::suite::{Case, Close, Kind, Resource, Status, Verdict};

/// Connections before those that are measured: they make the threads, stacks and heaps that later ones use again.
const WARM: usize = 10;

/// Connections behind the first, where those left something: more than any usual pool has.
const FURTHER: usize = 512;

/// How long the processor time of a silent target is taken.
const WHILE: Duration = Duration::from_millis(100);

/// Times that it is taken at most, where the computer is busy with other things.
const WHILES: usize = 12;

/// What a virtual machine needs after its start before it is calm, in times of [`WHILE`].
const CALM_WITHIN: usize = 20;

/// How long what connections leave may take to go away: a server that closes carefully waits for a second. The first have less time,
/// since more follow where they seem to stay.
const GONE_WITHIN: Duration = Duration::from_secs(3);
const FIRST_GONE_WITHIN: Duration = Duration::from_millis(300);

/// How long a target may be busy after its first connections: virtual machines compile then.
const SLEEPS_WITHIN: Duration = Duration::from_secs(1);

/// Between two looks at counts that fall.
const LOOK: Duration = Duration::from_millis(2);

/// Measures the resource at the case: the verdict, and the gate that held at its cuts.
///
/// # Errors
/// The target could not be started.
pub(super) fn measure(
    site: &mut Site<'_>,
    case: &Case,
    resource: Resource,
    timeout: Duration,
) -> Result<(Verdict, Option<GateHeld>), StartError> {
    let mut meter = Meter {
        site,
        case,
        timeout,
        known: false,
    };
    let first = meter.once(resource)?;
    let verdict = if first.status == Status::Fail && !matches!(resource, Resource::Leftovers(_)) {
        meter.site.end();
        let again = meter.once(resource)?;
        match again.status {
            Status::Fail => again,
            // One of them was disturbed.
            _ => {
                meter.site.end();
                meter.once(resource)?
            }
        }
    } else {
        first
    };
    let proven = matches!(verdict.status, Status::Pass | Status::Fail) && !case.cuts.is_empty();
    Ok((verdict, proven.then_some(GateHeld::Read)))
}

/// Why there are no figures.
enum Stop {
    Start(StartError),
    /// What is said in their place.
    Said(Verdict),
}

struct Meter<'m, 's> {
    site: &'m mut Site<'s>,
    case: &'m Case,
    timeout: Duration,
    /// A connection was seen to end in the processes that are measured.
    known: bool,
}

/// A connection to the target, with its gate.
struct Line {
    stream: TcpStream,
    target: SocketAddr,
    link: Link,
    sent: Sent,
    keeper: Gatekeeper,
}

impl Meter<'_, '_> {
    fn once(&mut self, resource: Resource) -> Result<Verdict, StartError> {
        let measured = match resource {
            Resource::Memory => self.memory(),
            Resource::Time => self.time(),
            Resource::Leftovers(connections) => self.leftovers(connections),
            Resource::Idle => self.idle(),
        };
        match measured {
            Ok(verdict) | Err(Stop::Said(verdict)) => Ok(verdict),
            Err(Stop::Start(error)) => Err(error),
        }
    }

    /// In a fresh process: what the peaks were before would hide what follows.
    fn memory(&mut self) -> Result<Verdict, Stop> {
        self.site.end();
        let framing = &self.case.stream.framing;
        let small = framing.max.map_or(SMALL, |max| max.min(SMALL));
        let small = framing
            .announce(small)
            .ok_or_else(|| said("the framing cannot announce a small length"))?;
        for _ in 0..WARM / 2 {
            self.announced(&small)?;
        }
        let small = self.announced(&small)?;
        let large = self.announced(&self.case.stream.wire)?;
        Ok(judge_memory(framing, small, large))
    }

    /// The growth over a connection that sends these bytes, up to when the target sleeps over them.
    fn announced(&mut self, wire: &[u8]) -> Result<Growth, Stop> {
        let mut line = self.connect()?;
        let before = self.running()?.usage();
        line.send(wire)?;
        let deadline = self.deadline();
        // Where it has refused it is gone, and where it never sleeps the read is all that there is.
        let _ = line.keeper.wait(&mut line.link, line.sent, deadline);
        let _ = line.keeper.quiet(&mut line.link, line.sent, deadline);
        self.known(&line)?;
        let after = self.running()?.usage();
        line.reset();
        self.alive()?;
        self.settles(WHILE);
        Ok(Growth {
            resident: after.peak_resident.saturating_sub(before.peak_resident),
            address_space: after.peak_virtual.saturating_sub(before.peak_virtual),
        })
    }

    /// The slope of processor time, of a fresh process: what it did before, its heap remembers.
    fn time(&mut self) -> Result<Verdict, Stop> {
        self.site.end();
        let mut line = self.connect()?;
        let mut segments = self.case.segments();
        let mut clocks = Vec::new();
        let mut processes = Vec::new();
        for _ in 0..PARTS {
            for segment in segments.by_ref().take(SEGMENTS / PARTS) {
                line.send(segment)?;
                self.proven(&mut line)?;
                line.forget_replies();
            }
            // One that never sleeps has at least read it.
            let _ = line
                .keeper
                .quiet(&mut line.link, line.sent, self.deadline());
            if processes.is_empty() {
                // One of them may have been born for the connection.
                processes = self.running()?.processes();
            }
            clocks.push(procfs::clocks_of(&processes).ok_or_else(uncounted)?);
        }
        line.reset();
        self.alive()?;
        let empty = Clocks::default();
        let before = std::iter::once(&empty).chain(&clocks);
        let ran = clocks
            .iter()
            .zip(before)
            .map(|(after, before)| after.since(before).0);
        Ok(judge_time(&Trickle {
            bytes: self.case.stream.wire.len(),
            ran: ran.collect(),
        }))
    }

    fn leftovers(&mut self, connections: usize) -> Result<Verdict, Stop> {
        self.bad_connection()?;
        let process = self.running()?.pid();
        for _ in 1..WARM {
            self.bad_connection()?;
            self.alive()?;
        }
        if !self.settles(SLEEPS_WITHIN) {
            // Hundreds of connections more would each keep a processor busy.
            return Err(said(
                "after connections that ended badly the target does not sleep any more",
            ));
        }
        self.site.ready().map_err(Stop::Start)?;
        if self.running()?.pid() != process {
            return Err(Stop::Said(Verdict::skip(
                "it serves one connection and ends, and nothing can be left",
            )));
        }
        let first = self.left(connections, FIRST_GONE_WITHIN)?;
        if !first.suspicious() {
            return Ok(judge_leftovers(&first, None));
        }
        let stuck = first.connections < connections;
        let further = (!stuck)
            .then(|| self.left(FURTHER, GONE_WITHIN))
            .transpose()?;
        Ok(judge_leftovers(&first, further.as_ref()))
    }

    /// What stays of that many connections, or of as many as it serves.
    fn left(&mut self, connections: usize, within: Duration) -> Result<Left, Stop> {
        let before = self.held()?;
        let mut served = 0;
        while served < connections && self.bad_connection().is_ok() {
            served += 1;
        }
        self.alive()?;
        let mut left = Left {
            connections: served,
            before,
            after: self.held()?,
        };
        let deadline = Instant::now() + within;
        while left.suspicious() && Instant::now() < deadline && !interrupt::requested() {
            thread::sleep(LOOK);
            left.after = self.held()?;
        }
        if served < connections && !left.suspicious() {
            return Err(said(format!(
                "it served {served} of {connections} connections"
            )));
        }
        Ok(left)
    }

    /// One connection that ends badly, once the target has read what it brings.
    fn bad_connection(&mut self) -> Result<(), Stop> {
        let mut line = self.connect()?;
        line.send(&self.case.stream.wire)?;
        match self.proven(&mut line) {
            // It has refused what it got.
            Err(Refused::Gone) => return Ok(()),
            other => other?,
        }
        if self.case.close == Close::Reset {
            line.reset();
            return Ok(());
        }
        line.shutdown();
        match line.keeper.wait(&mut line.link, line.sent, self.deadline()) {
            Ok(_) | Err(NotHeld::Gone) => Ok(()),
            Err(NotHeld::Missed(missing)) => Err(said(missing.to_string())),
        }
    }

    fn idle(&mut self) -> Result<Verdict, Stop> {
        self.ready()?;
        let without = self.calm()?;
        let mut line = self.connect()?;
        line.send(&self.case.stream.wire)?;
        self.proven(&mut line)?;
        if self.case.close == Close::Fin {
            line.shutdown();
            let _ = line.keeper.wait(&mut line.link, line.sent, self.deadline());
        }
        let mut with = Vec::new();
        while with.len() < WHILES && is_unclear(&with) {
            let before = self.clocks()?;
            let begun = Instant::now();
            if line.ends_by(begun + WHILE) {
                break;
            }
            with.push(self.load(begun, &before)?);
        }
        line.reset();
        self.alive()?;
        Ok(judge_idle(&without, &with))
    }

    /// The load of the target without a connection, once it is calm or will not be.
    fn calm(&mut self) -> Result<Load, Stop> {
        let mut load = Load::default();
        for _ in 0..CALM_WITHIN {
            let (before, begun) = (self.clocks()?, Instant::now());
            thread::sleep(WHILE);
            load = self.load(begun, &before)?;
            if load.is_calm() || interrupt::requested() {
                break;
            }
        }
        Ok(load)
    }

    fn load(&self, begun: Instant, before: &Clocks) -> Result<Load, Stop> {
        let (ran, waited) = self.clocks()?.since(before);
        Ok(Load {
            wall: begun.elapsed(),
            ran,
            waited,
        })
    }

    fn connect(&mut self) -> Result<Line, Stop> {
        let target = self.ready()?;
        let process = self.running()?.pid();
        Line::open(target, process, self.timeout).map_err(no_connection)
    }

    fn ready(&mut self) -> Result<SocketAddr, Stop> {
        if interrupt::requested() {
            return Err(Stop::Start(StartError::Interrupted));
        }
        self.site.ready().map_err(Stop::Start)
    }

    /// Waits until the target has read what was sent.
    fn proven(&mut self, line: &mut Line) -> Result<(), Refused> {
        match line.keeper.wait(&mut line.link, line.sent, self.deadline()) {
            Ok(held) if held.proven() => self.known(line).map_err(Refused::Stop),
            Ok(_) => Err(Refused::Stop(Stop::Said(Verdict::skip(
                "what the target reads cannot be seen here, and so not measured",
            )))),
            Err(NotHeld::Gone) => Err(Refused::Gone),
            Err(NotHeld::Missed(missing)) => Err(Refused::Stop(said(format!(
                "behind {} bytes {missing}",
                line.sent.bytes
            )))),
        }
    }

    /// The connection does not end in another process than those that are measured.
    fn known(&mut self, line: &Line) -> Result<(), Stop> {
        let ours = line.stream.local_addr().map_err(no_connection)?;
        if !self.known && self.site.has(ours, line.target) == Some(false) {
            return Err(Stop::Said(Verdict::skip(
                "the connection ends in another process than those that we started: nothing can be measured",
            )));
        }
        self.known = true;
        Ok(())
    }

    /// The processes that are measured; they may have ended.
    fn running(&self) -> Result<&super::process::Running, Stop> {
        self.site
            .running()
            .ok_or_else(|| said("the target has ended"))
    }

    fn clocks(&self) -> Result<Clocks, Stop> {
        let processes = self.running()?.processes();
        procfs::clocks_of(&processes).ok_or_else(uncounted)
    }

    fn held(&self) -> Result<Held, Stop> {
        let usage = self.running()?.usage();
        Ok(Held {
            files: usage.files,
            threads: usage.threads,
        })
    }

    /// The target lives, or has ended as it may.
    fn alive(&mut self) -> Result<(), Stop> {
        match self.site.died(false) {
            Some(how) => Err(Stop::Said(Verdict::fail(
                Kind::Crash,
                format!("the process ended: {how}"),
            ))),
            None => Ok(()),
        }
    }

    /// Waits until the target sleeps; false where it does not.
    fn settles(&mut self, within: Duration) -> bool {
        let deadline = Instant::now() + within;
        while self.site.asleep() == Some(false) {
            if Instant::now() > deadline || interrupt::requested() {
                return false;
            }
            thread::yield_now();
        }
        true
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.timeout
    }
}

/// What was sent was not read.
enum Refused {
    /// The target has closed the connection.
    Gone,
    Stop(Stop),
}

impl From<Refused> for Stop {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Gone => said("the target has closed the connection inside a frame"),
            Refused::Stop(stop) => stop,
        }
    }
}

impl Line {
    /// Reads what has come back, so that the target can send more.
    fn forget_replies(&mut self) {
        let mut buffer = [0; 16 << 10];
        if self.stream.set_nonblocking(true).is_ok() {
            while matches!(self.stream.read(&mut buffer), Ok(1..)) {}
        }
        // Where this fails, so does the next write, which says it.
        let _ = self.stream.set_nonblocking(false);
    }

    fn open(target: SocketAddr, process: u32, timeout: Duration) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&target, timeout)?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(timeout))?;
        Ok(Self {
            target,
            link: Link::new(stream.local_addr()?, target),
            stream,
            sent: 0.into(),
            keeper: Gatekeeper::new(Gate::Read, Some(process)),
        })
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        self.stream.write_all(bytes).map_err(|error| {
            said(format!(
                "behind {} bytes nothing more could be sent: {error}",
                self.sent.bytes
            ))
        })?;
        self.sent.bytes += bytes.len() as u64;
        Ok(())
    }

    fn shutdown(&mut self) {
        // A connection that is gone has ended by itself.
        let _ = self.stream.shutdown(Shutdown::Write);
        self.sent.fin = true;
    }

    /// Reads what comes until then; whether the target has ended the connection.
    fn ends_by(&mut self, deadline: Instant) -> bool {
        let mut dropped = [0; 4096];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            // A time of nothing is refused, and this is more.
            let _ = self.stream.set_read_timeout(Some(left));
            match self.stream.read(&mut dropped) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
                    ) => {}
                Err(_) => return true,
            }
        }
    }

    fn reset(self) {
        // Where this fails the connection closes in the usual way.
        let _ = socket2::Socket::from(self.stream).set_linger(Some(Duration::ZERO));
    }
}

fn said(why: impl Into<String>) -> Stop {
    Stop::Said(Verdict::inconclusive(why))
}

fn no_connection(error: io::Error) -> Stop {
    said(format!("no connection to the target: {error}"))
}

fn uncounted() -> Stop {
    Stop::Said(Verdict::skip(
        "the processor time of the target's threads cannot be seen",
    ))
}
