//! One round: connections are made, loaded for a time or a number of frames, and ended; what that came to is a sample or a fault.
//!
//! Where replies come, the time counts from the first write to the last reply, and connections are ended after it. Where none comes, or only
//! at the end (one-way, and patterns 1 and 2), the end is what shows that the bytes arrived, and belongs to the time. Invariant: frames that are
//! released are written and answered before the round is over, or it has failed.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use mio::{Events, Poll, Token};
use rustix::time::{ClockId, clock_gettime};

use super::connection::{Connection, Fault, State};
use super::host::Processor;
use super::tally::Tally;
use super::timer::Timer;
use crate::run::interrupt;
use crate::suite::bench::{Extent, Latency, Mode, Sample, Schedule, Script, Shape};

/// What the timer is known by; no connection has this number.
const TIMER: Token = Token(usize::MAX);

/// Events taken at once.
pub(super) const EVENTS: usize = 1024;

/// The longest sleep of the loop: an interruption is seen after it.
pub(super) const LOOK: Duration = Duration::from_millis(100);

/// Frames with which a connection begins where nobody says how many. More follow as replies come, at most a quarter of what was answered, so that
/// a slow target has answered all soon after the end of the round.
const FIRST: u64 = 16;

/// What is to be done in a round.
pub(super) struct Order<'a> {
    pub(super) addr: SocketAddr,
    pub(super) script: &'a Script,
    pub(super) shape: &'a Shape,
    /// Frames a second; `None`: as fast as replies allow.
    pub(super) rate: Option<f64>,
    pub(super) extent: Extent,
    /// How long nothing may move.
    pub(super) timeout: Duration,
    /// Whether each connection begins at another place of the script.
    pub(super) spread: bool,
    /// Whether the target is waited for to close after us.
    pub(super) await_close: bool,
    /// Looks at what the target's processes have had of the processors.
    pub(super) clock: &'a dyn Fn() -> Option<Processor>,
}

/// What came of a round.
pub(super) struct Conducted {
    /// Its number is for the caller to set.
    pub(super) sample: Sample,
    pub(super) latency: Latency,
    pub(super) corrected: Latency,
    /// Whether the target closed after us.
    pub(super) closes: bool,
}

/// Why there is no sample.
pub(super) enum Unfinished {
    Fault(Fault),
    Interrupted,
}

impl From<io::Error> for Unfinished {
    fn from(error: io::Error) -> Self {
        Self::Fault(Fault::System(error))
    }
}

impl From<Fault> for Unfinished {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Conducts one round.
pub(super) fn conduct(order: &Order) -> Result<Conducted, Unfinished> {
    let mut round = Round::new(order)?;
    round.connect()?;
    let (own, theirs) = (own_cpu(), (order.clock)());
    round.tally.restart();
    round.load()?;
    // At a rate each frame has its time, the last one too; counting from the first write alone would leave one out.
    let due = order.rate.map_or(0.0, |rate| round.released as f64 / rate);
    let seconds = round.last.as_secs_f64().max(due);
    let own_cpu = own_cpu().saturating_sub(own).as_secs_f64();
    let target_cpu = (order.clock)().zip(theirs);
    let target_cpu = target_cpu.map(|(after, before)| after.since(&before).as_secs_f64());
    round.count_bytes();
    let closes = order.by_end() || round.end()?;
    let p99 = p99(&round.tally.latency, &round.tally.corrected);
    Ok(Conducted {
        sample: Sample {
            round: 0,
            sent: round.released,
            verified: round.verified,
            bytes: round.bytes,
            seconds,
            own_cpu,
            target_cpu,
            p99,
        },
        latency: round.tally.latency,
        corrected: round.tally.corrected,
        closes,
    })
}

/// As they were meant, where that is known.
fn p99(uncorrected: &Latency, corrected: &Latency) -> Option<f64> {
    let mut both = [corrected, uncorrected].into_iter();
    let latency = both.find(|latency| latency.frames() > 0)?;
    Some(latency.at(99.0).as_secs_f64())
}

/// Processor time of this thread.
fn own_cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}

impl Order<'_> {
    /// Whether the end of a connection is what shows that its bytes arrived.
    pub(super) fn by_end(&self) -> bool {
        self.script.is_stream() || self.script.mode() == Mode::OneWay
    }

    /// Frames in flight on each connection.
    pub(super) fn window(&self) -> u64 {
        let wire = self.script.wire();
        let frame = wire.bytes().len() as u64 / wire.frames().max(1);
        self.shape.window(frame)
    }
}

/// A round while it goes on.
pub(super) struct Round<'a> {
    pub(super) order: &'a Order<'a>,
    pub(super) script: &'a Script,
    pub(super) poll: Poll,
    pub(super) timer: Option<Timer>,
    pub(super) tally: Tally,
    pub(super) connections: Vec<Connection>,
    /// Those whose turn it is.
    pub(super) turns: Vec<usize>,
    /// Frames that each connection may still have.
    pub(super) quota: Vec<u64>,
    pub(super) window: u64,
    pub(super) stopping: bool,
    /// Connections that were made or are being made.
    pub(super) begun: u64,
    /// Connections that are not over.
    pub(super) open: usize,
    /// Frames or streams, of all connections.
    pub(super) released: u64,
    pub(super) verified: u64,
    pub(super) bytes: u64,
    /// When the last of them was.
    pub(super) last: Duration,
    /// When all connections were looked at last.
    pub(super) looked: Duration,
}

impl<'a> Round<'a> {
    fn new(order: &'a Order<'a>) -> io::Result<Self> {
        let connections = order.shape.connections;
        let poll = Poll::new()?;
        let schedule = order.rate.map(|rate| Schedule::new(rate, connections));
        let timer = match schedule {
            Some(_) => Some(Timer::register(poll.registry(), TIMER)?),
            None => None,
        };
        Ok(Self {
            order,
            script: order.script,
            poll,
            timer,
            tally: Tally::new(schedule),
            connections: Vec::with_capacity(connections),
            turns: Vec::new(),
            quota: quota(order),
            window: order.window(),
            stopping: false,
            begun: 0,
            open: 0,
            released: 0,
            verified: 0,
            bytes: 0,
            last: Duration::ZERO,
            looked: Duration::ZERO,
        })
    }

    /// Sends and compares until all is done.
    fn load(&mut self) -> Result<(), Unfinished> {
        let mut events = Events::with_capacity(EVENTS);
        self.looked = Duration::ZERO;
        for connection in &mut self.connections {
            connection.moved = Duration::ZERO;
        }
        (0..self.connections.len()).for_each(|at| self.queue(at));
        while !self.is_over() {
            self.tally.tick();
            self.release_due()?;
            self.stop_in_time();
            for at in std::mem::take(&mut self.turns) {
                self.connections[at].queued = false;
                self.turn(at)?;
            }
            if !self.is_over() {
                self.wait(&mut events)?;
                self.look()?;
            }
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        match self.order.by_end() {
            true => self.open == 0,
            false => self.exhausted() && self.verified == self.released,
        }
    }

    /// Whether no more frames will be released.
    pub(super) fn exhausted(&self) -> bool {
        self.stopping
            || matches!(self.order.extent, Extent::Frames(frames) if self.released == frames)
    }

    /// Once the time is over, what is not written is not released any more.
    fn stop_in_time(&mut self) {
        let now = self.tally.now();
        if self.stopping || !matches!(self.order.extent, Extent::Time(time) if now >= time) {
            return;
        }
        self.stopping = true;
        if self.order.by_end() {
            (0..self.connections.len()).for_each(|at| self.queue(at));
        } else if self.order.rate.is_some() {
            self.give_up_unwritten(now);
        }
    }

    /// Frames that should have been written wait for a target that does not take them: each has waited at least until now.
    fn give_up_unwritten(&mut self, now: Duration) {
        let blocked = self.connections.iter_mut().filter(|one| !one.writable);
        for connection in blocked {
            let unwritten = connection.cut_short(self.script);
            self.released -= unwritten;
            let first = connection.released();
            self.tally
                .wait_in_vain(now, connection.number, first..first + unwritten);
        }
    }

    /// Releases what is due in an open loop, and sets the timer for what is due next.
    fn release_due(&mut self) -> io::Result<()> {
        let (Some(schedule), Some(timer)) = (self.tally.schedule, &self.timer) else {
            return Ok(());
        };
        if self.exhausted() {
            return Ok(());
        }
        // However late we are awake: what was due in the time of the round is sent, and its lateness counted.
        let due = match self.order.extent {
            Extent::Time(time) => schedule.due(self.tally.now().min(time)),
            Extent::Frames(frames) => schedule.due(self.tally.now()).min(frames),
        };
        timer.ring_in(schedule.at(due).saturating_sub(self.tally.now()))?;
        while self.released < due {
            let at = schedule.connection(self.released);
            self.connections[at].release(1, self.script, self.tally.now());
            self.released += 1;
            self.queue(at);
        }
        Ok(())
    }

    /// Waits until there is something to do: at once where that is so already.
    pub(super) fn wait(&mut self, events: &mut Events) -> io::Result<()> {
        let most = match self.order.extent {
            _ if !self.turns.is_empty() => Duration::ZERO,
            Extent::Time(time) if !self.stopping => LOOK.min(time.saturating_sub(self.tally.now())),
            Extent::Time(_) | Extent::Frames(_) => LOOK,
        };
        match self.poll.poll(events, Some(most)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        for event in events.iter().filter(|event| event.token() != TIMER) {
            let at = event.token().0;
            let connection = &mut self.connections[at];
            connection.readable |= event.is_readable();
            connection.writable |= event.is_writable();
            connection.ending |= event.is_read_closed();
            self.queue(at);
        }
        Ok(())
    }

    /// It will have a turn.
    pub(super) fn queue(&mut self, at: usize) {
        if !std::mem::replace(&mut self.connections[at].queued, true) {
            self.turns.push(at);
        }
    }

    /// From time to time, whether the user wants an end, and whether something has not moved for too long.
    pub(super) fn look(&mut self) -> Result<(), Unfinished> {
        if interrupt::requested() {
            return Err(Unfinished::Interrupted);
        }
        let now = self.tally.tick();
        if now.saturating_sub(self.looked) < LOOK {
            return Ok(());
        }
        self.looked = now;
        let timeout = self.order.timeout;
        let stuck = self.connections.iter().find(|one| {
            now.saturating_sub(one.moved) > timeout && one.waits(self.script, self.order.by_end())
        });
        match stuck {
            Some(connection) => Err(connection.stalled(self.script).into()),
            None => Ok(()),
        }
    }

    /// Reads, releases and writes for one connection.
    fn turn(&mut self, at: usize) -> Result<(), Unfinished> {
        if self.connections[at].state == State::Connecting && !self.establish(at)? {
            return Ok(());
        }
        self.read(at)?;
        match self.order.by_end() {
            false => {
                self.release(at);
                self.connections[at].write(self.script, &mut self.tally)?;
            }
            true => self.stream(at)?,
        }
        if self.connections[at].has_work(self.script) {
            self.queue(at);
        }
        Ok(())
    }

    pub(super) fn read(&mut self, at: usize) -> Result<(), Unfinished> {
        let connection = &mut self.connections[at];
        if !connection.readable {
            self.tally.tick();
            return Ok(());
        }
        let before = connection.verified(self.script);
        connection.read(self.script, &mut self.tally)?;
        let more = connection.verified(self.script) - before;
        if more > 0 && !self.order.by_end() {
            self.verified += more;
            self.last = self.tally.now();
        }
        Ok(())
    }

    /// Closed loop: as many frames as the window has room for. Few at a time would make many small writes, so that a quarter of it
    /// must be free.
    fn release(&mut self, at: usize) {
        if self.order.rate.is_some() || self.stopping {
            return;
        }
        let connection = &mut self.connections[at];
        let verified = connection.verified(self.script);
        let window = match self.order.shape.in_flight {
            Some(_) => self.window,
            None => self.window.min(FIRST + verified / 4),
        };
        let free = (window + verified).saturating_sub(connection.released());
        if free >= (window / 4).max(1) {
            let more = free.min(self.quota[at]);
            self.quota[at] -= more;
            self.released += more;
            connection.release(more, self.script, self.tally.now());
        }
    }

    /// What was written on connections that are still there.
    fn count_bytes(&mut self) {
        if !self.order.by_end() {
            let connections = self.connections.iter();
            self.bytes = connections.map(|one| one.bytes(self.script)).sum();
        }
    }
}

/// Frames of each connection: of a number that was asked for its part.
fn quota(order: &Order) -> Vec<u64> {
    let connections = order.shape.connections as u64;
    let part = |number| match order.extent {
        Extent::Time(_) => u64::MAX,
        Extent::Frames(frames) => frames / connections + u64::from(number < frames % connections),
    };
    (0..connections).map(part).collect()
}
