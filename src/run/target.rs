//! What is tested, and where it is: an address, or a command that we start, restart and end.
//!
//! A target that serves one connection and ends is started again for each case. One that ends otherwise has crashed. Invariant:
//! when a case begins, the target listens, or the case is not begun.

use std::fmt;
use std::io::{self, Read};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use super::command::Command;
use super::diag::{Diag, Query};
use super::gate::Gatekeeper;
use super::process::{Running, StartError, Stdout, start};
use super::quiet::{Look, Quiet};
use crate::suite::gate::Gate;

/// What is tested.
#[derive(Clone, Debug)]
pub enum Target {
    /// It runs already.
    Address(SocketAddr),
    /// We run it.
    Command(Box<Command>),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(addr) => addr.fmt(f),
            Self::Command(command) => command.fmt(f),
        }
    }
}

/// After an error a target that will end does so soon; longer than this nobody waits to see it.
pub(super) const END_WITHIN: Duration = Duration::from_millis(200);

/// A target as one worker has it: running or not, and its gates.
pub(super) struct Site<'a> {
    target: &'a Target,
    pub(super) keeper: Gatekeeper,
    running: Option<Running>,
    quiet: Option<Quiet>,
    diag: Option<Diag>,
    /// Whether it outlives a connection, once that was seen: a server for one does not.
    outlives: Option<bool>,
}

impl<'a> Site<'a> {
    pub(super) fn new(target: &'a Target, gate: Gate) -> Self {
        Self {
            target,
            keeper: Gatekeeper::new(gate, None),
            running: None,
            quiet: None,
            diag: Diag::open().ok(),
            outlives: None,
        }
    }

    /// Where it listens, started if it does not run.
    pub(super) fn ready(&mut self) -> Result<SocketAddr, StartError> {
        let command = match self.target {
            Target::Address(addr) => return Ok(*addr),
            Target::Command(command) => command,
        };
        if let Some(running) = self.running.take() {
            let addr = running.addr();
            if running.exited().is_none() && listens(self.diag.as_mut(), addr) {
                self.running = Some(running);
                return Ok(addr);
            }
        }
        let running = start(command)?;
        let (addr, pid) = (running.addr(), running.pid());
        self.keeper.watch(Some(pid));
        self.quiet = Quiet::of(pid).ok();
        self.running = Some(running);
        Ok(addr)
    }

    /// Whether we have started it, and it has ended.
    pub(super) fn has_ended(&self) -> bool {
        matches!(self.target, Target::Command(_)) && self.running.is_none()
    }

    /// Its processes, while they run.
    pub(super) fn running(&self) -> Option<&Running> {
        self.running.as_ref()
    }

    /// Whether all its threads sleep; `None` where that cannot be seen, or none is left.
    pub(super) fn asleep(&mut self) -> Option<bool> {
        match self.quiet.as_mut()?.look() {
            Ok(Look::Asleep) => Some(true),
            Ok(Look::Busy) => Some(false),
            Ok(Look::Ended) | Err(_) => None,
        }
    }

    /// Whether one of its processes has the peer's end of that connection of ours; `None` where that cannot be seen.
    pub(super) fn has(&mut self, ours: SocketAddr, target: SocketAddr) -> Option<bool> {
        let socket = self.diag.as_mut()?.socket(&Query::new(target, ours));
        let inode = socket.ok()??.inode;
        let quiet = self.quiet.as_mut()?;
        // It finds the descendants that have been born.
        let _ = quiet.look();
        quiet.owns(inode).ok()
    }

    /// Ends it, so that the next case has a fresh one.
    pub(super) fn end(&mut self) {
        self.running = None;
    }

    /// After a connection: how the process ended, if it has in a way that it should not. `clean`: the stream was good.
    pub(super) fn died(&mut self, clean: bool) -> Option<String> {
        let running = self.running.as_ref()?;
        if !clean || self.outlives != Some(true) {
            wait_until_asleep(self.quiet.as_mut(), Instant::now() + END_WITHIN);
        }
        let status = match running.exited() {
            Some(status) => status,
            None if listens(self.diag.as_mut(), running.addr()) => {
                self.outlives = Some(true);
                return None;
            }
            // It has stopped listening, as a server for one connection does: what it came to, its end tells.
            None => running.wait_exit(Instant::now() + END_WITHIN)?,
        };
        let told = describe(status, &running.stderr_tail());
        self.running = None;
        let expected = match self.outlives {
            Some(true) => false,
            _ if status.success() => true,
            _ if clean || status.signal().is_some() => false,
            // With a status a server for one connection says that the stream was bad; where it serves many, it has crashed.
            _ => !self.learn_outlives(),
        };
        (!expected).then_some(told)
    }

    /// Whether it still listens, and sleeps, behind a connection without a byte: asked once, of a fresh one.
    fn learn_outlives(&mut self) -> bool {
        if let Some(outlives) = self.outlives {
            return outlives;
        }
        let outlives = match self.ready() {
            Ok(addr) => say_nothing(addr).is_ok() && self.still_listens(addr),
            Err(_) => false,
        };
        self.outlives = Some(outlives);
        // What it made of this, or prints of it later, belongs to no case.
        self.end();
        outlives
    }

    fn still_listens(&mut self, addr: SocketAddr) -> bool {
        let slept = wait_until_asleep(self.quiet.as_mut(), Instant::now() + END_WITHIN);
        let runs = |running: &Running| running.exited().is_none();
        slept && self.running.as_ref().is_some_and(runs) && listens(self.diag.as_mut(), addr)
    }

    /// What it printed during a case, up to the end of that: its own end, its sleep, or the deadline. `enough` says when what has come will do.
    pub(super) fn printed(&mut self, deadline: Instant, enough: impl Fn(&[u8]) -> bool) -> Vec<u8> {
        let mut printed = Vec::new();
        let Some(running) = self.running.as_ref() else {
            return printed;
        };
        loop {
            let settled = enough(&printed) && wait_until_asleep(self.quiet.as_mut(), deadline);
            let wait = if settled { Instant::now() } else { deadline };
            match running.more_stdout(&mut printed, wait) {
                Stdout::More => {}
                Stdout::Quiet | Stdout::Ended | Stdout::Flooded => return printed,
            }
        }
    }
}

/// Waits until all threads of a process sleep, or it has ended; false where that cannot be seen, or not by the deadline.
fn wait_until_asleep(quiet: Option<&mut Quiet>, deadline: Instant) -> bool {
    let Some(quiet) = quiet else {
        return false;
    };
    while let Ok(Look::Busy) = quiet.look() {
        if Instant::now() > deadline {
            return false;
        }
        std::thread::yield_now();
    }
    true
}

/// A connection that ends before its first byte, and is waited for until the other side has ended it too.
fn say_nothing(addr: SocketAddr) -> io::Result<()> {
    let mut stream = TcpStream::connect_timeout(&addr, END_WITHIN)?;
    stream.shutdown(Shutdown::Write)?;
    stream.set_read_timeout(Some(END_WITHIN))?;
    // What it answers, or that it does not, tells nothing here.
    let _ = stream.read(&mut [0; 64]);
    Ok(())
}

/// Whether a connection to the address would be taken; where that cannot be seen, it may.
fn listens(diag: Option<&mut Diag>, addr: SocketAddr) -> bool {
    diag.is_none_or(|diag| diag.listener(addr).map_or(true, |found| found.is_some()))
}

pub(super) fn describe(status: ExitStatus, stderr: &str) -> String {
    match stderr.trim_end() {
        "" => status.to_string(),
        stderr => format!("{status}; its last lines were:\n{stderr}"),
    }
}

/// Whether nobody listens there.
pub(super) fn unreachable(addr: SocketAddr, timeout: Duration) -> Option<io::Error> {
    std::net::TcpStream::connect_timeout(&addr, timeout).err()
}
