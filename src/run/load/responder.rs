//! The peer of the ceiling: it reads, forgets, and answers with the script's bytes, as little work as a peer can have.
//!
//! It decodes and compares nothing, so that what we reach against it is what we reach at most. It is a thread of ours and not the built-in
//! server: that one decodes each frame, and would be the slower of the two. Connections must begin at the beginning of the script.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token, Waker};

use crate::suite::bench::{Mode, Script};

const LISTENER: Token = Token(usize::MAX);
const WAKER: Token = Token(usize::MAX - 1);

/// Bytes asked for in one read.
const READ: usize = 64 << 10;

/// Reads in a row on one connection.
const READS: usize = 16;

/// A responder, which ends when this is dropped.
pub(super) struct Responder {
    addr: SocketAddr,
    over: Arc<AtomicBool>,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

impl Responder {
    pub(super) fn start(script: &Script) -> io::Result<Self> {
        let mut listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let addr = listener.local_addr()?;
        let poll = Poll::new()?;
        let registry = poll.registry();
        registry.register(&mut listener, LISTENER, Interest::READABLE)?;
        let waker = Waker::new(registry, WAKER)?;
        let over = Arc::new(AtomicBool::new(false));
        let (seen, script) = (Arc::clone(&over), script.clone());
        let respond = move || {
            let mut server = Server {
                poll,
                listener,
                script,
                peers: Vec::new(),
                buffer: vec![0; READ],
            };
            // What goes wrong here ends the round, which tells what it misses.
            let _ = server.serve(&seen);
        };
        let thread = thread::Builder::new()
            .name("ceiling".into())
            .spawn(respond)?;
        Ok(Self {
            addr,
            over,
            waker,
            thread: Some(thread),
        })
    }

    pub(super) fn addr(&self) -> SocketAddr {
        self.addr
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        if self.waker.wake().is_ok() {
            // A thread that panicked has said so.
            let _ = self.thread.take().map(JoinHandle::join);
        }
    }
}

struct Server {
    poll: Poll,
    listener: TcpListener,
    script: Script,
    peers: Vec<Option<Peer>>,
    buffer: Vec<u8>,
}

struct Peer {
    stream: TcpStream,
    read: u64,
    written: u64,
    /// The peer's end has come, and this follows the replies.
    tail: Option<Vec<u8>>,
}

impl Server {
    fn serve(&mut self, over: &AtomicBool) -> io::Result<()> {
        let mut events = Events::with_capacity(1024);
        let mut again = Vec::new();
        while !over.load(Ordering::SeqCst) {
            let wait = (!again.is_empty()).then_some(std::time::Duration::ZERO);
            match self.poll.poll(&mut events, wait) {
                Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            let mut turns = std::mem::take(&mut again);
            turns.extend(events.iter().map(|event| event.token()));
            for token in turns {
                match token {
                    LISTENER => self.accept()?,
                    WAKER => {}
                    Token(at) => again.extend(self.turn(at).then_some(token)),
                }
            }
        }
        Ok(())
    }

    fn accept(&mut self) -> io::Result<()> {
        loop {
            let mut stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                // One that was reset before it was taken, or no descriptor: the round tells what it misses.
                Err(_) => continue,
            };
            let free = self.peers.iter().position(Option::is_none);
            let at = free.unwrap_or(self.peers.len());
            let interest = Interest::READABLE | Interest::WRITABLE;
            let registry = self.poll.registry();
            registry.register(&mut stream, Token(at), interest)?;
            stream.set_nodelay(true)?;
            let peer = Some(Peer {
                stream,
                read: 0,
                written: 0,
                tail: None,
            });
            match free {
                Some(at) => self.peers[at] = peer,
                None => self.peers.push(peer),
            }
        }
    }

    /// Reads and answers; whether there may be more to read at once.
    fn turn(&mut self, at: usize) -> bool {
        let Some(peer) = self.peers.get_mut(at).and_then(Option::as_mut) else {
            return false;
        };
        let more = peer
            .read(&self.script, &mut self.buffer)
            .and_then(|more| Ok((more, peer.write(&self.script)?)));
        match more {
            Ok((more, false)) => more,
            Ok((_, true)) | Err(_) => {
                self.peers[at] = None;
                false
            }
        }
    }
}

impl Peer {
    /// Whether there may be more.
    fn read(&mut self, script: &Script, buffer: &mut [u8]) -> io::Result<bool> {
        if self.tail.is_some() {
            return Ok(false);
        }
        for _ in 0..READS {
            match self.stream.read(buffer) {
                Ok(0) => {
                    self.tail = Some(script.tail(0, self.read));
                    return Ok(false);
                }
                Ok(read) => {
                    self.read += read as u64;
                    // Replies go out between reads, as they would from an echo.
                    self.write(script)?;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Whether all is said, and the end too.
    fn write(&mut self, script: &Script) -> io::Result<bool> {
        let due = self.due(script);
        while self.written < due {
            let piece = script.reply().piece(self.written, due - self.written);
            match self.stream.write(piece) {
                Ok(written) => self.written += written as u64,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let Some(tail) = &mut self.tail else {
            return Ok(false);
        };
        while !tail.is_empty() {
            match self.stream.write(tail) {
                Ok(written) => drop(tail.drain(..written)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.stream.shutdown(Shutdown::Write)?;
        Ok(true)
    }

    /// The place in the replies up to which they may go out.
    fn due(&self, script: &Script) -> u64 {
        match script.mode() {
            Mode::OneWay => 0,
            Mode::Report if script.is_stream() => 0,
            Mode::Echo if script.is_stream() && self.tail.is_none() => 0,
            // An echo needs no frames, but for the end of a series, which is none of the ring.
            Mode::Echo if script.closing().is_empty() => self.read,
            Mode::Echo | Mode::Report => script.reply().upto(script.wire().whole_in(self.read)),
        }
    }
}
