//! One connection of the load: it sends what is released, compares what comes, and remembers when it sent what still waits for a reply.
//!
//! It never waits: what would block is tried again when the system says so. Nothing is allocated for a frame. Invariant: `verified <= released`,
//! and no byte is written that was not released.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::time::Duration;

use mio::net::TcpStream;

use super::tally::Tally;
use crate::suite::bench::{Check, Mode, Script, Wrong};

/// Reads, and writes, in one turn: then the others have theirs.
const CALLS: usize = 16;

/// Why a connection cannot go on.
#[derive(Debug)]
pub(super) enum Fault {
    /// Other bytes came than were due.
    Wrong(Wrong),
    /// It was closed while this was due.
    Closed(Wrong),
    /// It was reset, with so many frames (of a stream: bytes) sent and so many verified.
    Reset(io::Error, u64, u64),
    /// Nobody took it.
    Refused(io::Error),
    /// Nothing came for too long, while this was due.
    Stalled(Wrong),
    /// It takes no more, after so many frames (bytes).
    Unread(u64),
    /// It does not close after our end.
    Open,
    /// Our system cannot go on.
    System(io::Error),
}

/// How far a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    /// Not established yet.
    Connecting,
    /// Frames go.
    Open,
    /// We have sent our last byte and our end.
    Ended,
    /// The target has ended it too.
    Over,
}

/// Frames that were written together.
#[derive(Debug)]
struct Mark {
    /// Behind the last of them.
    upto: u64,
    at: Duration,
}

/// A connection.
pub(super) struct Connection {
    /// Among those of its round.
    pub(super) number: u64,
    pub(super) stream: TcpStream,
    pub(super) state: State,
    /// When it was last written to or read from, since the round began.
    pub(super) moved: Duration,
    /// The system may have something for it.
    pub(super) readable: bool,
    pub(super) writable: bool,
    /// The target's end has been announced.
    pub(super) ending: bool,
    /// It has a place in the queue of those whose turn it is.
    pub(super) queued: bool,
    /// Frames (in a stream: bytes) that may be written.
    released: u64,
    /// The place of the script at which it begins, and where it is on the wire.
    from: u64,
    at: u64,
    closing: Vec<u8>,
    check: Check,
    marks: VecDeque<Mark>,
    /// Frames that are in a mark, and those whose time is noted.
    marked: u64,
    noted: u64,
    opened: Duration,
    /// Bytes in one write at most.
    segment: u64,
}

impl Connection {
    pub(super) fn open(
        addr: SocketAddr,
        script: &Script,
        number: u64,
        from: u64,
        now: Duration,
    ) -> io::Result<Self> {
        let stream = TcpStream::connect(addr)?;
        // Refused only where the connection is gone already, which is told soon enough.
        let _ = stream.set_nodelay(true);
        Ok(Self {
            number,
            stream,
            state: State::Connecting,
            moved: now,
            readable: false,
            writable: false,
            ending: false,
            queued: false,
            released: 0,
            from,
            at: match script.is_stream() {
                true => from,
                false => script.wire().upto(from),
            },
            closing: script.closing(),
            check: Check::new(script, from),
            marks: VecDeque::new(),
            marked: 0,
            noted: 0,
            opened: now,
            segment: u64::MAX,
        })
    }

    /// Bytes in one write at most, from now on.
    pub(super) fn write_at_most(&mut self, bytes: u64) {
        self.segment = bytes;
    }

    /// Whether it is established now.
    pub(super) fn established(&mut self) -> Result<bool, Fault> {
        if let Some(error) = self.stream.take_error().map_err(Fault::System)? {
            return Err(Fault::Refused(error));
        }
        match self.stream.peer_addr() {
            Ok(_) => self.state = State::Open,
            Err(error) if error.kind() == ErrorKind::NotConnected => return Ok(false),
            Err(error) => return Err(Fault::Refused(error)),
        }
        Ok(true)
    }

    /// So many more frames (bytes) may be written. One that has waited for this has not stood still.
    pub(super) fn release(&mut self, more: u64, script: &Script, now: Duration) {
        if self.is_idle(script) {
            self.moved = now;
        }
        self.released += more;
    }

    /// What is released and not written will not be: returns how many frames that concerns.
    pub(super) fn cut_short(&mut self, script: &Script) -> u64 {
        let begun = self.sent(script) + u64::from(self.in_a_frame(script));
        std::mem::replace(&mut self.released, begun) - begun
    }

    pub(super) fn released(&self) -> u64 {
        self.released
    }

    /// Frames (bytes) that were written whole.
    pub(super) fn sent(&self, script: &Script) -> u64 {
        match script.is_stream() {
            true => self.at - self.from,
            false => script.wire().whole_in(self.at) - self.from,
        }
    }

    /// Frames (bytes) whose replies were compared.
    pub(super) fn verified(&self, script: &Script) -> u64 {
        self.check.verified(script)
    }

    /// Whether all that was released is written.
    pub(super) fn is_written(&self, script: &Script) -> bool {
        self.at >= self.goal(script)
    }

    /// Whether nothing is due but the end.
    pub(super) fn is_idle(&self, script: &Script) -> bool {
        self.is_written(script) && self.verified(script) == self.released
    }

    /// Whether all has come that must, the end's lines too.
    pub(super) fn is_complete(&self, script: &Script) -> bool {
        self.state >= State::Ended && self.check.is_complete(script, self.due(script))
    }

    /// Whether a turn could do more for it at once.
    pub(super) fn has_work(&self, script: &Script) -> bool {
        let writes = self.state == State::Open && self.writable && !self.is_written(script);
        self.state != State::Over && (self.readable || writes)
    }

    /// Whether something must come from the target; `by_end`: its end must.
    pub(super) fn waits(&self, script: &Script, by_end: bool) -> bool {
        match self.state {
            State::Connecting => true,
            State::Open => by_end || !self.is_idle(script),
            State::Ended => by_end || !self.is_complete(script),
            State::Over => false,
        }
    }

    /// Why it stands still.
    pub(super) fn stalled(&self, script: &Script) -> Fault {
        match self.state {
            State::Connecting => Fault::Refused(ErrorKind::TimedOut.into()),
            _ if !self.is_written(script) && self.verified(script) == self.sent(script) => {
                Fault::Unread(self.sent(script))
            }
            State::Ended if self.is_complete(script) => Fault::Open,
            State::Open | State::Ended | State::Over => Fault::Stalled(self.missing(script)),
        }
    }

    /// What does not come.
    fn missing(&self, script: &Script) -> Wrong {
        self.check.missing(script, self.due(script))
    }

    /// Reads what is there, and compares it.
    pub(super) fn read(&mut self, script: &Script, tally: &mut Tally) -> Result<(), Fault> {
        for _ in 0..CALLS {
            let read = match self.stream.read(&mut tally.buffer) {
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.readable = false;
                    return Ok(());
                }
                // What was owed is there, however it closes after that.
                Err(_) if script.mode() != Mode::OneWay && self.is_complete(script) => {
                    self.state = State::Over;
                    return Ok(());
                }
                Err(error) => return Err(self.reset(script, error)),
            };
            self.moved = tally.tick();
            if read == 0 {
                return self.ended(script);
            }
            let due = self.due(script);
            self.check
                .push(script, &tally.buffer[..read], due)
                .map_err(Fault::Wrong)?;
            self.note_replies(script, tally);
            // A short read has emptied it, unless the end stands behind.
            if read < tally.buffer.len() && !self.ending {
                self.readable = false;
                return Ok(());
            }
        }
        Ok(())
    }

    /// Writes what is released, as far as the system takes it.
    pub(super) fn write(&mut self, script: &Script, tally: &mut Tally) -> Result<(), Fault> {
        let goal = self.goal(script);
        for _ in 0..CALLS {
            if self.at >= goal || !self.writable {
                break;
            }
            let most = (goal - self.at).min(self.segment);
            let piece = script.wire().piece(self.at, most);
            match self.stream.write(piece) {
                Ok(written) => {
                    self.writable = written == piece.len();
                    self.at += written as u64;
                    self.moved = tally.now();
                    self.mark(script, tally);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.writable = false,
                Err(error) => return Err(self.reset(script, error)),
            }
        }
        Ok(())
    }

    /// Sends the end of a series and our own, once all is written; what is due behind the replies is known then.
    pub(super) fn end(&mut self, script: &Script) -> Result<(), Fault> {
        while !self.closing.is_empty() && self.writable {
            match self.stream.write(&self.closing) {
                Ok(written) => drop(self.closing.drain(..written)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.writable = false,
                Err(error) => return Err(self.reset(script, error)),
            }
        }
        if self.closing.is_empty() {
            let shut = self.stream.shutdown(Shutdown::Write);
            shut.map_err(|error| self.reset(script, error))?;
            self.state = State::Ended;
            let tail = script.tail(self.from, self.sent(script));
            self.check.expect_tail(tail);
        }
        Ok(())
    }

    /// How long it took from the connection on.
    pub(super) fn lasted(&self, now: Duration) -> Duration {
        now.saturating_sub(self.opened)
    }

    /// Bytes of what was written.
    pub(super) fn bytes(&self, script: &Script) -> u64 {
        match script.is_stream() {
            true => self.at - self.from,
            false => self.at - script.wire().upto(self.from),
        }
    }

    /// The place on the wire behind all that is released.
    fn goal(&self, script: &Script) -> u64 {
        match script.is_stream() {
            true => self.from + self.released,
            false => script.wire().upto(self.from + self.released),
        }
    }

    fn in_a_frame(&self, script: &Script) -> bool {
        !script.is_stream() && script.wire().upto(self.from + self.sent(script)) < self.at
    }

    /// How much may be replied to.
    fn due(&self, script: &Script) -> u64 {
        match script.replies_last() {
            true if self.state < State::Ended => 0,
            true => self.sent(script),
            false => self.released,
        }
    }

    fn ended(&mut self, script: &Script) -> Result<(), Fault> {
        self.readable = false;
        if self.state == State::Ended && self.check.is_complete(script, self.due(script)) {
            self.state = State::Over;
            return Ok(());
        }
        Err(Fault::Closed(self.missing(script)))
    }

    fn reset(&self, script: &Script, error: io::Error) -> Fault {
        Fault::Reset(error, self.sent(script), self.verified(script))
    }

    fn mark(&mut self, script: &Script, tally: &Tally) {
        let sent = self.sent(script);
        if !script.reply().is_empty() && !script.is_stream() && sent > self.marked {
            self.marked = sent;
            self.marks.push_back(Mark {
                upto: sent,
                at: tally.now(),
            });
        }
    }

    /// Notes how long the frames took whose replies have come.
    fn note_replies(&mut self, script: &Script, tally: &mut Tally) {
        if script.is_stream() {
            return;
        }
        let verified = self.verified(script);
        tally.note_corrected(self.number, self.noted..verified);
        while let Some(mark) = self.marks.front().filter(|_| self.noted < verified) {
            let upto = mark.upto.min(verified);
            tally.note(mark.at, upto - self.noted);
            self.noted = upto;
            if mark.upto <= verified {
                self.marks.pop_front();
            }
        }
    }
}
