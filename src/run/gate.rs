//! Waiting between two segments until the first has reached a read of the target, and the proof that it has.
//!
//! A [`Gatekeeper`] takes the strongest gate that was asked for and works, and says which one held for each cut; where it has to take
//! a weaker one it says why, once. Read from the peer's socket (`run::diag`), in this order: all bytes arrived; the receive
//! queue is empty; the socket's lock was free after that, so that the read which took the bytes has left the kernel. An empty queue
//! alone proves nothing: bytes may still be on the way to it, and a read that has not returned can still join the next ones to its own.
//! The read is not the parser: a target may hand bytes on, so `parser` also waits until all its threads sleep (`run::quiet`).
//! Nothing here writes to or reads from the connection, and nothing is allocated for a cut.

use crate::run::diag::{Diag, PeerSocket, Query, State};
use crate::run::quiet::{Look, Quiet};
use crate::suite::gate::{Gate, Held};
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

/// The pause where no proof can be had and none was asked for by length.
pub const FALLBACK_PAUSE: Duration = Duration::from_millis(10);

/// How long all threads of a target may take to fall asleep over one cut before it counts as one that never does; a scheduler
/// that is busy with other things keeps a thread waiting for some ten milliseconds.
pub const RESTLESS_AFTER: Duration = Duration::from_millis(500);

/// Keeps the gate for one worker thread and one target, over any number of connections.
#[derive(Debug)]
pub struct Gatekeeper {
    gate: Gate,
    diag: Option<Diag>,
    quiet: Option<Quiet>,
    /// A socket of the target was seen to belong to the process that is watched.
    owned: bool,
    /// The target never slept over an earlier cut; it gets only a short chance until it does.
    restless: bool,
    weakened: Option<Weakened>,
    told: Option<Weakened>,
}

/// One connection, as both ends know it.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    peer: Query,
    peer_counters: Query,
    own_counters: Query,
    sight: Sight,
}

impl Link {
    /// The connection between our socket's address and the target's.
    #[must_use]
    pub fn new(ours: SocketAddr, target: SocketAddr) -> Self {
        let peer = Query::new(target, ours);
        let own_counters = Query::new(ours, target).with_counters();
        Self {
            peer,
            peer_counters: peer.with_counters(),
            own_counters,
            sight: Sight::Unknown,
        }
    }
}

/// What was written on a connection so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Bytes.
    pub bytes: u64,
    /// Our half was shut down after them.
    pub fin: bool,
}

impl From<u64> for Sent {
    fn from(bytes: u64) -> Self {
        Self { bytes, fin: false }
    }
}

/// No gate held for a cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotHeld {
    /// The target has closed or reset the connection, or has ended. What it sent before may still be there to be read.
    Gone,
    /// The deadline passed.
    Missed(Missing),
}

impl fmt::Display for NotHeld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone => f.write_str("the target has closed the connection"),
            Self::Missed(missing) => missing.fmt(f),
        }
    }
}

/// What was still missing when the deadline passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The bytes, or the FIN after them, had not reached the target's socket; this many bytes had.
    Arrival(u64),
    /// The target had not accepted the connection.
    Accept,
    /// The target had left this many bytes unread; a FIN counts as one.
    Read(u32),
    /// A thread of the target was still running.
    Sleep,
    /// Bytes that the target wrote had not reached our socket.
    Output,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arrival(bytes) => write!(f, "only {bytes} bytes had arrived at the target"),
            Self::Accept => f.write_str("the target had not accepted the connection"),
            Self::Read(bytes) => write!(f, "the target had left {bytes} bytes unread"),
            Self::Sleep => f.write_str("the target was still running"),
            Self::Output => f.write_str("the target's output had not all arrived"),
        }
    }
}

/// Why a weaker gate holds than was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakened {
    /// `parser` was asked for, and the target's process is not known.
    NoProcess,
    /// The threads or files of the target's process may not be seen.
    Hidden(io::ErrorKind),
    /// The connection ends in another process than the one that is watched.
    OtherProcess,
    /// The target's threads never all sleep.
    Restless,
    /// The kernel does not describe sockets to us.
    NoDiag(io::ErrorKind),
    /// The target's socket is in another network namespace or on another host.
    Elsewhere,
}

impl fmt::Display for Weakened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoProcess => f.write_str("the target's process is not known: gate `read` in place of `parser`"),
            Self::Hidden(why) => write!(f, "the target's process cannot be watched ({why}): gate `read` in place of `parser`"),
            Self::OtherProcess => {
                f.write_str("the connection ends in another process than the target's: gate `read` in place of `parser`")
            }
            Self::Restless => f.write_str("the target never sleeps: gate `read` in place of `parser`"),
            Self::NoDiag(why) => write!(f, "the system does not tell what a peer's socket has received ({why}): a pause in place of a proof"),
            Self::Elsewhere => {
                f.write_str("the target's socket is in another network namespace or on another host: a pause in place of a proof")
            }
        }
    }
}

/// The target sleeps and has sent all that it will.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Bytes that arrived at its socket and that it has not read; a FIN counts as one.
    pub unread: u32,
}

impl Gatekeeper {
    /// Keeps that gate for a target; `process` is the number of its process where it runs on this host.
    #[must_use]
    pub fn new(gate: Gate, process: Option<u32>) -> Self {
        let mut keeper = Self {
            gate,
            diag: None,
            quiet: None,
            owned: false,
            restless: false,
            weakened: None,
            told: None,
        };
        if gate == Gate::Parser && process.is_none() {
            keeper.weaken(Weakened::NoProcess);
        }
        match Diag::open() {
            Ok(diag) => keeper.diag = Some(diag),
            Err(error) => keeper.lose_diag(&error),
        }
        keeper.watch(process);
        keeper
    }

    /// The target was started again, or is another process now.
    pub fn watch(&mut self, process: Option<u32>) {
        self.quiet = None;
        self.owned = false;
        self.restless = false;
        match process.map(Quiet::of) {
            Some(Ok(quiet)) => self.quiet = Some(quiet),
            Some(Err(error)) => self.lose_process(Weakened::Hidden(error.kind())),
            None => {}
        }
    }

    /// Why a weaker gate holds than was asked for, each reason once.
    pub fn weakened(&mut self) -> Option<Weakened> {
        let new = self.weakened.filter(|reason| self.told != Some(*reason))?;
        self.told = Some(new);
        Some(new)
    }

    /// Waits until the gate holds for all that was sent on the connection.
    ///
    /// After a FIN, `read` proves that the target has seen the end only where the bytes before it had held a gate of their own: a
    /// read that takes the last bytes passes over a FIN behind them.
    ///
    /// # Errors
    /// The target is gone, or the deadline passed with something still missing.
    pub fn wait(
        &mut self,
        link: &mut Link,
        sent: impl Into<Sent>,
        deadline: Instant,
    ) -> Result<Held, NotHeld> {
        match self.gate {
            Gate::None => return Ok(Held::None),
            Gate::Sleep(pause) => return Ok(sleep(pause)),
            Gate::Auto | Gate::Parser | Gate::Read => {}
        }
        if !self.read(link, sent.into(), deadline)? {
            return Ok(sleep(FALLBACK_PAUSE));
        }
        let asleep = self.gate != Gate::Read && self.asleep(link, deadline)?;
        Ok(if asleep { Held::Parser } else { Held::Read })
    }

    /// Waits until nothing more will come from the target: what was sent has arrived, all its threads sleep, and what they wrote has
    /// arrived at our socket, where a read that does not wait finds it. `None`: this cannot be proven for the target, whatever the
    /// gate; silence is then a matter of waiting.
    ///
    /// # Errors
    /// The target is gone, or the deadline passed with something still missing.
    pub fn quiet(
        &mut self,
        link: &mut Link,
        sent: impl Into<Sent>,
        deadline: Instant,
    ) -> Result<Option<Silence>, NotHeld> {
        if self.quiet.is_none() || !self.arrived(link, sent.into(), &mut Pause::until(deadline))? {
            return Ok(None);
        }
        let mut pause = Pause::until(deadline);
        loop {
            if !self.asleep(link, deadline)? {
                return Ok(None);
            }
            match self.silence(link)? {
                Some(silence) => return Ok(Some(silence)),
                None => pause.or_missed(Missing::Output)?,
            }
        }
    }

    /// Whether a thread of the target sleeps for a time only, and goes on by itself when that is over.
    pub(super) fn naps(&self) -> bool {
        self.quiet.as_ref().is_some_and(Quiet::naps)
    }

    /// The proof of `read`; false where it cannot be had.
    fn read(&mut self, link: &mut Link, sent: Sent, deadline: Instant) -> Result<bool, NotHeld> {
        let mut pause = Pause::until(deadline);
        if !self.arrived(link, sent, &mut pause)? {
            return Ok(false);
        }
        // These queries take no lock, so that they do not hold up the read that they wait for.
        let read = self.until(link, link.peer, &mut pause, |socket| match socket {
            _ if socket.unaccepted() => Some(Missing::Accept),
            _ => (socket.rqueue > 0).then_some(Missing::Read(socket.rqueue)),
        })?;
        // The barrier: the answer comes when no call is working on the socket.
        Ok(read && self.until(link, link.peer_counters, &mut pause, |_| None)?)
    }

    /// All that was sent is in the peer's socket or was read from it; false where that cannot be known.
    fn arrived(&mut self, link: &mut Link, sent: Sent, pause: &mut Pause) -> Result<bool, NotHeld> {
        let wanted = sent.bytes + u64::from(sent.fin);
        self.until(link, link.peer_counters, pause, |socket| {
            let received = socket.counters.map_or(0, |counters| counters.received);
            (received < wanted).then_some(Missing::Arrival(received.min(sent.bytes)))
        })
    }

    /// Asks until nothing is missing; false where the socket cannot be seen.
    fn until(
        &mut self,
        link: &mut Link,
        query: Query,
        pause: &mut Pause,
        missing: impl Fn(&PeerSocket) -> Option<Missing>,
    ) -> Result<bool, NotHeld> {
        loop {
            let Some(socket) = self.peer(link, &query)? else {
                return Ok(false);
            };
            match missing(&socket) {
                None => return Ok(true),
                Some(missing) => pause.or_missed(missing)?,
            }
        }
    }

    /// The peer's socket; `None` where it cannot be seen.
    fn peer(&mut self, link: &mut Link, query: &Query) -> Result<Option<PeerSocket>, NotHeld> {
        if link.sight == Sight::Elsewhere {
            return Ok(None);
        }
        let Some(socket) = self.ask(query) else {
            return Ok(None);
        };
        match socket {
            Some(socket) if socket.closed() => Err(NotHeld::Gone),
            Some(socket) => {
                link.sight = Sight::Seen;
                Ok(Some(socket))
            }
            None if link.sight == Sight::Seen || !self.is_elsewhere(link) => Err(NotHeld::Gone),
            None => {
                link.sight = Sight::Elsewhere;
                self.weaken(Weakened::Elsewhere);
                Ok(None)
            }
        }
    }

    /// A peer's socket that was never seen is elsewhere if ours still has its connection. A reset on its way to us leaves a moment in
    /// which only ours exists; it is over when ours keeps existing.
    fn is_elsewhere(&mut self, link: &Link) -> bool {
        (0..10).all(|_| {
            let open =
                |socket: PeerSocket| matches!(socket.state, State::Established | State::FinWait);
            let own = self.ask(&link.own_counters).flatten().is_some_and(open);
            let peer = self.ask(&link.peer).flatten().is_some();
            thread::sleep(Duration::from_micros(50));
            own && !peer
        })
    }

    /// The socket that the query names, if any; the outer `None`: the kernel does not answer.
    fn ask(&mut self, query: &Query) -> Option<Option<PeerSocket>> {
        match self.diag.as_mut()?.socket(query) {
            Ok(socket) => Some(socket),
            Err(error) => {
                self.lose_diag(&error);
                None
            }
        }
    }

    /// Waits until all threads of the target sleep; false where that cannot be known or never comes.
    fn asleep(&mut self, link: &mut Link, deadline: Instant) -> Result<bool, NotHeld> {
        let mut pause = Pause::until(deadline);
        loop {
            let Some(quiet) = &mut self.quiet else {
                return Ok(false);
            };
            match quiet.look() {
                Ok(Look::Asleep) => {
                    self.restless = false;
                    return self.is_owned(link);
                }
                Ok(Look::Ended) => {
                    // A process that ended took its sockets with it, unless the target is what it left behind.
                    self.peer(link, &link.peer.clone())?;
                    self.lose_process(Weakened::OtherProcess);
                }
                Ok(Look::Busy) => {
                    if self.restless && pause.spins == 0 || pause.waited() > RESTLESS_AFTER {
                        self.restless = true;
                        self.weaken(Weakened::Restless);
                        return Ok(false);
                    }
                    pause.or_missed(Missing::Sleep)?;
                }
                Err(error) => self.lose_process(Weakened::Hidden(error.kind())),
            }
        }
    }

    /// Whether the process that sleeps is the one that has the connection: behind a launcher, a container or a proxy it is not.
    fn is_owned(&mut self, link: &mut Link) -> Result<bool, NotHeld> {
        if self.owned {
            return Ok(true);
        }
        let Some(socket) = self.peer(link, &link.peer.clone())? else {
            return Ok(false);
        };
        if socket.unaccepted() {
            return Ok(true);
        }
        match self.quiet.as_ref().map(|quiet| quiet.owns(socket.inode)) {
            Some(Ok(true)) => self.owned = true,
            Some(Ok(false)) => self.lose_process(Weakened::OtherProcess),
            Some(Err(error)) => self.lose_process(Weakened::Hidden(error.kind())),
            None => {}
        }
        Ok(self.owned)
    }

    /// The silence of a target that sleeps, once nothing that it wrote is on its way to us.
    fn silence(&mut self, link: &mut Link) -> Result<Option<Silence>, NotHeld> {
        let peer = self.peer(link, &link.peer_counters.clone())?;
        let own = self.ask(&link.own_counters).flatten();
        let (Some(peer), Some(own)) = (peer, own) else {
            return Err(NotHeld::Gone);
        };
        let (Some(written), Some(received)) = (peer.counters, own.counters) else {
            return Ok(None);
        };
        let arrived = written.unsent == 0 && received.received >= written.sent;
        Ok(arrived.then_some(Silence {
            unread: peer.rqueue,
        }))
    }

    fn lose_diag(&mut self, error: &io::Error) {
        self.diag = None;
        self.weaken(Weakened::NoDiag(error.kind()));
    }

    fn lose_process(&mut self, reason: Weakened) {
        self.quiet = None;
        self.weaken(reason);
    }

    /// Notes the reason where the gate that was asked for suffers from it.
    fn weaken(&mut self, reason: Weakened) {
        let suffers = match self.gate {
            Gate::Auto | Gate::Parser => true,
            Gate::Read => matches!(reason, Weakened::NoDiag(_) | Weakened::Elsewhere),
            Gate::Sleep(_) | Gate::None => false,
        };
        if suffers {
            self.weakened = Some(reason);
        }
    }
}

/// Whether the peer's socket is visible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sight {
    Unknown,
    Seen,
    Elsewhere,
}

fn sleep(pause: Duration) -> Held {
    thread::sleep(pause);
    Held::Sleep
}

/// How one waits for what usually takes a few microseconds: at first without a rest and without asking for the time, then with
/// rests that grow.
struct Pause {
    deadline: Instant,
    spins: u32,
    rest: Duration,
    started: Option<Instant>,
}

impl Pause {
    /// Tries without a rest; a spinning try takes 1 to 4 us, a target that is awake answers within some 50 us.
    const SPINS: u32 = 60;
    const SHORTEST: Duration = Duration::from_micros(20);
    const LONGEST: Duration = Duration::from_micros(500);

    fn until(deadline: Instant) -> Self {
        Self {
            deadline,
            spins: Self::SPINS,
            rest: Self::SHORTEST,
            started: None,
        }
    }

    /// Rests before the next try.
    fn or_missed(&mut self, missing: Missing) -> Result<(), NotHeld> {
        if self.spins > 0 {
            self.spins -= 1;
            return Ok(());
        }
        let now = Instant::now();
        self.started.get_or_insert(now);
        if now >= self.deadline {
            return Err(NotHeld::Missed(missing));
        }
        thread::sleep(self.rest.min(self.deadline - now));
        self.rest = (self.rest * 2).min(Self::LONGEST);
        Ok(())
    }

    /// How long it has been resting and trying since the first rest.
    fn waited(&self) -> Duration {
        self.started
            .map_or(Duration::ZERO, |started| started.elapsed())
    }
}
