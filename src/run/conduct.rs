//! One case on one connection: segments out through their gates, whatever comes back in, and all of it into a transcript.
//!
//! The socket never blocks: a target that answers while we still write is read while we write, or both would wait for ever. What
//! comes is marked with what had been sent by then. Nothing is judged here. Invariant: each mark was set after a read that found
//! no more, so `received` up to it came before anything sent after it.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::{Domain, Socket, Type};

use super::beside::Others;
use super::gate::{Gatekeeper, Link, NotHeld, Sent};
use crate::framing::Ending;
use crate::suite::gate::Held;
use crate::suite::{Case, Close, End, Manner, Mark, Observer, Point, Silence, Transcript, observe};

/// Bytes asked for in one read.
const READ: usize = 64 << 10;

/// What a target may send beyond twice what it got before it counts as one that sends without end.
const FLOOD: usize = 1 << 20;

/// A pause between reading and answering that is no lateness. A target with a thread that sleeps again and again costs no more than this
/// where it owes something.
const NAP: Duration = Duration::from_millis(250);

/// How long it is waited for what such a target owes before it is looked whether it still pauses.
const NAP_LOOK: Duration = Duration::from_millis(10);

/// How long a gate is waited for before what has come meanwhile is read.
const FIRST_SLICE: Duration = Duration::from_millis(2);

/// How long a target may take no more while its replies are not read.
const STUCK: Duration = Duration::from_millis(20);

/// Our receive buffer where replies are to pile up in the target: the least that Linux gives.
const LEAST_BUFFER: usize = 2304;

/// The segment size that we ask for then, that of Ethernet: with that of the loopback interface the target's own buffer holds megabytes.
const SEGMENT: u32 = 1400;

/// How long a target that owes nothing has to close before it is looked at whether it sleeps.
const SOON: Duration = Duration::from_millis(5);

/// Conducts cases, one after the other; its buffer is used again and again.
pub(super) struct Conductor {
    buffer: Vec<u8>,
}

impl Conductor {
    pub(super) fn new() -> Self {
        Self {
            buffer: vec![0; READ],
        }
    }

    /// Tries a case on a target; each wait is bounded by `timeout`.
    ///
    /// # Errors
    /// There is no connection to be had.
    pub(super) fn conduct(
        &mut self,
        target: SocketAddr,
        keeper: &mut Gatekeeper,
        case: &Case,
        observer: Observer,
        timeout: Duration,
    ) -> io::Result<Transcript> {
        let begun = Instant::now();
        let stream = connect(target, timeout, &case.manner)?;
        stream.set_nodelay(true)?;
        // Our acknowledgements must not be late, or a target without TCP_NODELAY holds its next answer back.
        rustix::net::sockopt::set_tcp_quickack(&stream, true)?;
        let link = Link::new(stream.local_addr()?, target);
        stream.set_nonblocking(true)?;
        let mut talk = Talk {
            stream: Some(stream),
            link,
            keeper,
            case,
            observer,
            buffer: &mut self.buffer,
            timeout,
            sent: 0,
            fin: false,
            ended: None,
            unread: matches!(case.manner, Manner::Unread),
            cap: 2 * case.stream.wire.len() + FLOOD,
            transcript: Transcript::new(),
        };
        let mut others = match &case.manner {
            Manner::Beside(streams) => Others::connect(target, timeout, streams, case)?,
            _ => Others::default(),
        };
        talk.run(&mut others);
        others.finish(talk.buffer);
        let mut transcript = talk.transcript;
        transcript.micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        Ok(transcript)
    }
}

/// A connection; one on which replies are to pile up takes few of them.
fn connect(target: SocketAddr, timeout: Duration, manner: &Manner) -> io::Result<TcpStream> {
    if !matches!(manner, Manner::Unread) {
        return TcpStream::connect_timeout(&target, timeout);
    }
    let socket = Socket::new(Domain::for_address(target), Type::STREAM, None)?;
    socket.set_recv_buffer_size(LEAST_BUFFER)?;
    socket.set_tcp_mss(SEGMENT)?;
    socket.connect_timeout(&target.into(), timeout)?;
    Ok(socket.into())
}

/// One connection in progress.
struct Talk<'a> {
    /// `None` once we have reset it.
    stream: Option<TcpStream>,
    link: Link,
    keeper: &'a mut Gatekeeper,
    case: &'a Case,
    observer: Observer,
    buffer: &'a mut [u8],
    timeout: Duration,
    sent: u64,
    fin: bool,
    /// The target has closed or reset the connection.
    ended: Option<End>,
    /// Nothing is read yet, so that replies pile up.
    unread: bool,
    cap: usize,
    transcript: Transcript,
}

impl Talk<'_> {
    fn run(&mut self, others: &mut Others) {
        let segments = self.case.cuts.len() + 1;
        for (number, segment) in (1..).zip(self.case.segments()) {
            others.send_next(self.keeper, self.timeout, self.buffer);
            if !self.send(segment) || (number < segments && !self.hold_gate()) {
                break;
            }
        }
        if self.case.close != Close::Fin && !self.is_over() {
            self.begin_to_read();
            self.await_due();
        }
        match self.case.close {
            Close::Reset => self.reset(),
            Close::Fin | Close::Hold => {
                self.end_our_half();
                self.begin_to_read();
                self.await_end();
            }
        }
        self.transcript.end = self.ended.unwrap_or(End::Open);
    }

    /// Nothing more can be sent, or what passes tells nothing any more.
    fn is_over(&self) -> bool {
        self.transcript.flooded
            || self.transcript.stalled.is_some()
            || self.ended == Some(End::Reset)
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.timeout
    }

    fn point(&self) -> Point {
        if self.fin {
            Point::End
        } else {
            Point::Bytes(self.sent)
        }
    }

    /// Writes a segment, reading whatever comes meanwhile; false when that is not possible any more.
    fn send(&mut self, mut segment: &[u8]) -> bool {
        let deadline = self.deadline();
        while let Some(stream) = self.stream.as_mut().filter(|_| !segment.is_empty()) {
            match stream.write(segment) {
                Ok(written) => {
                    self.sent += written as u64;
                    segment = &segment[written..];
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && self.unread => {
                    // It waits for us as we do for it.
                    self.unread = self.wait_for(PollFlags::OUT, Instant::now() + STUCK);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if !self.wait_for(PollFlags::IN | PollFlags::OUT, deadline) {
                        self.stall(format!(
                            "the target reads nothing any more: {} bytes are not written",
                            segment.len()
                        ));
                        return false;
                    }
                    self.read_all();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => {
                    self.read_all();
                    self.ended = Some(End::Reset);
                }
            }
            if self.is_over() {
                return false;
            }
        }
        true
    }

    /// Lets replies pile up until the target says no more, and reads from then on.
    fn begin_to_read(&mut self) {
        if !self.unread {
            return;
        }
        let sent = Sent {
            bytes: self.sent,
            fin: self.fin,
        };
        // A target that waits for us to read is never quiet: what is owed is then on its way.
        let _ = self
            .keeper
            .quiet(&mut self.link, sent, Instant::now() + STUCK);
        self.unread = false;
    }

    /// Waits for the gate of a cut, and takes what has come by then.
    fn hold_gate(&mut self) -> bool {
        let sent = self.sent;
        match self.wait_while_reading(self.deadline(), |keeper, link, slice| {
            keeper.wait(link, sent, slice)
        }) {
            Ok(held) => {
                let weakest = self
                    .transcript
                    .gate
                    .map_or(held, |weakest| weakest.min(held));
                self.transcript.gate = Some(weakest);
                match held == Held::Parser && !self.unread && self.newly_due() {
                    true => self.settle(),
                    false => self.mark(None),
                }
                if let Manner::Pause(pause) = self.case.manner {
                    // The pause is what is tried, and no wait for anything.
                    std::thread::sleep(pause);
                    self.mark(None);
                }
            }
            // The target has closed or reset; which of them, the read tells.
            Err(NotHeld::Gone) => self.mark(None),
            Err(NotHeld::Missed(missing)) => {
                self.mark(Some(Silence::Deadline));
                self.stall(format!("at a cut behind {} bytes, {missing}", self.sent));
            }
        }
        !self.is_over()
    }

    /// Waits in slices, each twice as long, and reads between them: a target that waits for us to read would never get further.
    fn wait_while_reading<T>(
        &mut self,
        deadline: Instant,
        mut wait: impl FnMut(&mut Gatekeeper, &mut Link, Instant) -> Result<T, NotHeld>,
    ) -> Result<T, NotHeld> {
        let mut slice = FIRST_SLICE;
        let stuck = Instant::now() + STUCK;
        loop {
            let until = deadline.min(Instant::now() + slice);
            let waited = wait(self.keeper, &mut self.link, until);
            if !matches!(waited, Err(NotHeld::Missed(_))) || until == deadline {
                return waited;
            }
            // It waits for us as we do for it.
            self.unread &= Instant::now() < stuck;
            let before = self.transcript.received.len();
            self.read_all();
            let moves = self.transcript.received.len() > before;
            slice = if moves { FIRST_SLICE } else { slice * 2 };
            if self.transcript.flooded {
                return waited;
            }
        }
    }

    /// Whether something has become due with the bytes since the last mark.
    fn newly_due(&self) -> bool {
        let marked = self
            .transcript
            .marks
            .last()
            .map_or(Point::Bytes(0), |mark| mark.sent);
        self.case
            .stream
            .due
            .iter()
            .any(|due| marked < due.latest && due.latest <= self.point())
    }

    /// Waits until the target has said all that it will, and takes it; proven, where that can be.
    fn settle(&mut self) {
        self.settle_by(self.deadline());
    }

    fn settle_by(&mut self, deadline: Instant) {
        let sent = Sent {
            bytes: self.sent,
            fin: self.fin,
        };
        let nap = deadline.min(Instant::now() + NAP);
        let silence = loop {
            let waited = self.wait_while_reading(deadline, |keeper, link, slice| {
                keeper.quiet(link, sent, slice)
            });
            match waited {
                Ok(Some(_)) if self.napped(nap) => {}
                Ok(Some(_)) => break Some(Silence::Proven),
                Ok(None) | Err(NotHeld::Gone) => break None,
                Err(NotHeld::Missed(_)) => break Some(Silence::Deadline),
            }
        };
        self.mark(silence);
    }

    /// Waits while the target sleeps for a time that is over soon and owes something: whether it did.
    fn napped(&mut self, until: Instant) -> bool {
        let owes = self.observer.shows_times() && self.ended.is_none() && self.newly_due();
        if !owes || Instant::now() >= until || !self.keeper.naps() {
            return false;
        }
        self.read_all();
        if self.all_due_came() {
            return false;
        }
        self.wait_for(PollFlags::IN, until.min(Instant::now() + NAP_LOOK));
        true
    }

    /// With the connection open: waits for all that is due by now.
    fn await_due(&mut self) {
        self.settle();
        let settled = self
            .transcript
            .marks
            .last()
            .is_some_and(|mark| mark.silence.is_some());
        let deadline = self.deadline();
        while !settled
            && self.observer.shows_times()
            && !self.all_due_came()
            && self.ended.is_none()
            && !self.is_over()
        {
            match self.wait_for(PollFlags::IN, deadline) {
                true => self.mark(None),
                false => {
                    self.mark(Some(Silence::Deadline));
                    break;
                }
            }
        }
    }

    fn all_due_came(&self) -> bool {
        let due = self
            .case
            .stream
            .due
            .iter()
            .take_while(|due| due.latest <= self.point())
            .count();
        due == 0
            || observe(&self.case.stream, self.observer, &self.transcript)
                .items
                .len()
                >= due
    }

    fn end_our_half(&mut self) {
        if self.ended == Some(End::Closed) {
            self.ended = Some(End::ClosedBefore);
        }
        if let Some(stream) = &self.stream {
            // A connection that is gone has ended by itself.
            let _ = stream.shutdown(Shutdown::Write);
        }
        self.fin = true;
    }

    /// Reads to the end. A target that need not close is left when it sleeps.
    fn await_end(&mut self) {
        let deadline = self.deadline();
        let owes_nothing =
            self.case.stream.ending != Ending::Clean && !self.observer.shows_endings();
        let mut patience = if owes_nothing {
            Instant::now() + SOON
        } else {
            deadline
        };
        while self.ended.is_none() && !self.transcript.flooded {
            if self.wait_for(PollFlags::IN, patience.min(deadline)) {
                self.mark(None);
            } else if patience < deadline {
                self.settle();
                let proven = self
                    .transcript
                    .marks
                    .last()
                    .is_some_and(|mark| mark.silence == Some(Silence::Proven));
                if proven && self.ended.is_none() {
                    break;
                }
                patience = deadline;
            } else {
                // Whether it could still come tells a slow target from one that has stopped.
                self.settle_by(Instant::now() + SOON);
                break;
            }
        }
    }

    /// With a reset in place of an end: nothing can be read after it.
    fn reset(&mut self) {
        if let Some(stream) = self.stream.take() {
            let stream = socket2::Socket::from(stream);
            // Where this fails the connection closes in the usual way, and the case only shows less.
            let _ = stream.set_linger(Some(Duration::ZERO));
            self.ended = self.ended.or(Some(End::Ours));
        }
    }

    fn stall(&mut self, why: String) {
        self.transcript.stalled.get_or_insert(why);
    }

    /// Waits for the socket; false at the deadline.
    fn wait_for(&self, events: PollFlags, deadline: Instant) -> bool {
        let Some(stream) = &self.stream else {
            return false;
        };
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let left = Timespec {
                tv_sec: left.as_secs() as i64,
                tv_nsec: left.subsec_nanos().into(),
            };
            match poll(&mut [PollFd::new(stream, events)], Some(&left)) {
                Ok(0) => return false,
                Err(rustix::io::Errno::INTR) => {}
                _ => return true,
            }
        }
    }

    /// Takes what has come, and notes that it came by now.
    fn mark(&mut self, silence: Option<Silence>) {
        self.read_all();
        self.transcript.marks.push(Mark {
            received: self.transcript.received.len(),
            sent: self.point(),
            silence,
        });
    }

    /// Reads until nothing is there, or the cap is reached.
    fn read_all(&mut self) {
        while let Some(stream) = self
            .stream
            .as_mut()
            .filter(|_| self.ended.is_none() && !self.transcript.flooded && !self.unread)
        {
            match stream.read(self.buffer) {
                Ok(0) => self.ended = Some(End::Closed),
                Ok(read) => {
                    self.transcript
                        .received
                        .extend_from_slice(&self.buffer[..read]);
                    self.transcript.flooded = self.transcript.received.len() > self.cap;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => self.ended = Some(End::Reset),
            }
        }
    }
}
