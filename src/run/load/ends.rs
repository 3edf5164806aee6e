//! How the connections of a round begin and end, and the rounds in which the end is all that shows that bytes arrived.

use std::io::ErrorKind;
use std::time::Duration;

use mio::{Events, Interest, Token};

use super::connection::{Connection, State};
use super::round::{EVENTS, Round, Unfinished};
use crate::suite::bench::{Extent, Segment};

/// Connections that are being made at a time: a short queue of the target must not overflow, which costs a second.
const CONNECTING: usize = 64;

/// How long a target is given to close after us when all that was due has come.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// While no port is free for another connection.
const PORTS: Duration = Duration::from_millis(1);

impl Round<'_> {
    /// Makes all connections, and waits until they are established.
    pub(super) fn connect(&mut self) -> Result<(), Unfinished> {
        let wanted = self.order.shape.connections;
        let mut events = Events::with_capacity(EVENTS);
        let mut pending = 0;
        self.open = wanted;
        while self.connections.len() < wanted || pending > 0 {
            while self.connections.len() < wanted && pending < CONNECTING {
                let connection = self.dial(self.connections.len())?;
                self.connections.push(connection);
                pending += 1;
            }
            self.wait(&mut events)?;
            for at in std::mem::take(&mut self.turns) {
                self.connections[at].queued = false;
                if self.connections[at].state == State::Connecting && self.establish(at)? {
                    pending -= 1;
                }
            }
            self.look()?;
        }
        Ok(())
    }

    /// A connection under way, for this place of the list.
    fn dial(&mut self, place: usize) -> Result<Connection, Unfinished> {
        let from = match self.order.spread {
            true => self.script.start(self.begun),
            false => 0,
        };
        self.begun += 1;
        let deadline = self.tally.tick() + self.order.timeout;
        let mut connection = loop {
            let now = self.tally.tick();
            match Connection::open(self.order.addr, self.script, place as u64, from, now) {
                Ok(connection) => break connection,
                // All ports are taken by connections that have just ended.
                Err(error) if error.kind() == ErrorKind::AddrNotAvailable && now < deadline => {
                    std::thread::sleep(PORTS);
                }
                Err(error) => return Err(error.into()),
            }
        };
        let interest = Interest::READABLE | Interest::WRITABLE;
        let registry = self.poll.registry();
        registry.register(&mut connection.stream, Token(place), interest)?;
        Ok(connection)
    }

    /// Whether a connection is established now; then the size of its writes is known.
    pub(super) fn establish(&mut self, at: usize) -> Result<bool, Unfinished> {
        let connection = &mut self.connections[at];
        if !connection.established()? {
            return Ok(false);
        }
        connection.write_at_most(match self.order.shape.segment {
            Segment::Fast => u64::MAX,
            Segment::Bytes(bytes) => bytes,
            Segment::Mss => socket2::SockRef::from(&connection.stream).tcp_mss()?.into(),
        });
        Ok(true)
    }

    /// A turn where nothing comes back before the end.
    pub(super) fn stream(&mut self, at: usize) -> Result<(), Unfinished> {
        if self.connections[at].state == State::Open {
            self.feed(at);
            let connection = &mut self.connections[at];
            connection.write(self.script, &mut self.tally)?;
            if connection.is_written(self.script) && self.has_no_more(at) {
                self.connections[at].end(self.script)?;
            }
        }
        match self.connections[at].state {
            State::Over => self.over(at),
            State::Connecting | State::Open | State::Ended => Ok(()),
        }
    }

    /// Releases more, or no more once the time is over.
    fn feed(&mut self, at: usize) {
        let now = self.tally.now();
        let connection = &mut self.connections[at];
        if self.stopping {
            let unwritten = connection.cut_short(self.script);
            if !self.script.is_stream() {
                self.released -= unwritten;
            }
        } else if self.script.is_stream() {
            if connection.released() == 0 {
                connection.release(self.script.payload(), self.script, now);
            }
        } else if self.order.rate.is_none() && connection.is_written(self.script) {
            let more = self.window.min(self.quota[at]);
            self.quota[at] -= more;
            self.released += more;
            connection.release(more, self.script, now);
        }
    }

    fn has_no_more(&self, at: usize) -> bool {
        match self.order.rate {
            _ if self.script.is_stream() || self.stopping => true,
            Some(_) => self.exhausted(),
            None => self.quota[at] == 0,
        }
    }

    /// All of a connection has arrived. Of streams, the next one follows.
    fn over(&mut self, at: usize) -> Result<(), Unfinished> {
        let now = self.tally.now();
        let connection = &self.connections[at];
        let bytes = connection.bytes(self.script);
        let frames = match self.script.is_stream() {
            true => u64::from(bytes > 0),
            false => connection.sent(self.script),
        };
        self.bytes += bytes;
        self.verified += frames;
        self.last = now;
        if self.script.is_stream() {
            self.released += frames;
            self.tally.latency.record(connection.lasted(now), frames);
            let more = match self.order.extent {
                Extent::Time(_) => !self.stopping,
                Extent::Frames(streams) => self.begun < streams,
            };
            if more {
                self.connections[at] = self.dial(at)?;
                return Ok(());
            }
        }
        self.open -= 1;
        Ok(())
    }

    /// Ends all connections when all frames have their replies. Whether the target closed them after us: where it does not, all that it
    /// owed was there.
    pub(super) fn end(&mut self) -> Result<bool, Unfinished> {
        let mut events = Events::with_capacity(EVENTS);
        let within = match self.order.await_close {
            true => CLOSE_WITHIN,
            false => Duration::ZERO,
        };
        let deadline = self.tally.tick() + within;
        (0..self.connections.len()).for_each(|at| self.queue(at));
        loop {
            for at in std::mem::take(&mut self.turns) {
                self.connections[at].queued = false;
                self.end_one(at)?;
            }
            if self.connections.iter().all(|one| one.state == State::Over) {
                return Ok(true);
            }
            let complete = |one: &Connection| one.is_complete(self.script);
            if self.tally.tick() >= deadline && self.connections.iter().all(complete) {
                return Ok(false);
            }
            self.wait(&mut events)?;
            self.look()?;
        }
    }

    fn end_one(&mut self, at: usize) -> Result<(), Unfinished> {
        if self.connections[at].state == State::Open {
            self.connections[at].end(self.script)?;
        }
        if self.connections[at].state == State::Ended {
            self.read(at)?;
        }
        if self.connections[at].has_work(self.script) {
            self.queue(at);
        }
        Ok(())
    }
}
