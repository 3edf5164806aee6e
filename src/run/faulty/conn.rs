//! One connection as a server sees it: `recv`, what is done with each frame that it found, and how it says that the stream has ended.
//!
//! What is said goes out before the next `recv`, and never later.

use std::io;
use std::net::{Shutdown, TcpStream};

use super::sockets;
use crate::framing::{Empty, Framing, Pattern};
use crate::run::serve::{Echo, drain};
use crate::suite::{Flaw, Item, Observer, Said};

/// Bytes that most programs ask for in one read.
pub(super) const READ: usize = 16 << 10;

/// A connection that a faulty server has accepted.
pub(super) struct Conn<'a> {
    stream: &'a TcpStream,
    flaw: Option<Flaw>,
    echo: Option<Echo>,
    /// In pattern 1 with an echo no reply is owed.
    silent: bool,
    reply: Vec<u8>,
    /// The peer has closed its half.
    ended: bool,
}

impl<'a> Conn<'a> {
    pub(super) fn new(
        stream: &'a TcpStream,
        framing: &Framing,
        observer: Observer,
        flaw: Option<Flaw>,
    ) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        sockets::enter(stream, flaw)?;
        let echo = matches!(observer, Observer::Echo | Observer::Invariance)
            .then(|| Echo::of(&sayable(framing, flaw)));
        Ok(Self {
            stream,
            flaw,
            silent: echo.is_some() && framing.pattern == Pattern::Eof,
            echo,
            reply: Vec::new(),
            ended: false,
        })
    }

    /// Whether this is the flaw that was asked for.
    pub(super) fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// Some programs wait for bytes only so long; the read is then [`io::ErrorKind::WouldBlock`].
    pub(super) fn lose_patience(&self) -> io::Result<()> {
        self.stream.set_read_timeout(Some(sockets::PATIENCE))
    }

    /// What one read returns, 0 at the end of the stream.
    pub(super) fn recv(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.flush()?;
        let read = sockets::recv(self.stream, self.flaw, buffer);
        self.ended = matches!(read, Ok(0));
        read
    }

    /// A frame was found; in pattern 6 with `unit=block`, a block.
    pub(super) fn frame(&mut self, payload: &[u8]) {
        match &self.echo {
            _ if self.silent => {}
            Some(echo) => echo.frame(payload, &mut self.reply),
            None => self.line(&Item::of(payload).to_string()),
        }
    }

    /// A series of blocks has ended (`unit=block`).
    pub(super) fn done(&mut self) {
        match &self.echo {
            Some(echo) => echo.done(&mut self.reply),
            None => self.line(&Item::Done.to_string()),
        }
    }

    /// Sends what was said so far.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if self.reply.is_empty() {
            return Ok(());
        }
        let sent = sockets::send(self.stream, self.flaw, &self.reply);
        self.reply.clear();
        sent
    }

    /// Says how the stream ended.
    pub(super) fn say_end(&mut self, said: Said) -> io::Result<()> {
        if self.echo.is_none() {
            self.line(&format!("end {}", said.word()));
        }
        self.flush()
    }

    /// Says how the stream ended, and closes.
    pub(super) fn end(mut self, said: Said) -> io::Result<()> {
        self.say_end(said)?;
        sockets::leave(self.stream, self.flaw, said)?;
        self.stream.shutdown(Shutdown::Write)?;
        if self.ended || self.has(Flaw::UnreadResets) {
            return Ok(());
        }
        drain(self.stream)
    }

    fn line(&mut self, line: &str) {
        self.reply.extend_from_slice(line.as_bytes());
        self.reply.push(b'\n');
    }
}

/// The framing of the answer: with a flaw, what came through must be sayable, whatever is allowed.
fn sayable(framing: &Framing, flaw: Option<Flaw>) -> Framing {
    let mut sayable = framing.clone();
    if flaw.is_some() {
        sayable.max = None;
        sayable.empty = Empty::Accept;
    }
    sayable
}
