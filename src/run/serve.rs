//! The reference server: each connection through the reference decoder, and back as an observer wants it.
//!
//! It is a target like any other, and the one that a newcomer's first run is pointed at. What a peer does wrong ends its
//! connection and nothing else. The faulty servers share its threads. Invariant: what the reference answers depends on the bytes of the
//! one connection only.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::framing::{Checksum, Ending, Event, Framing, Pattern, Payloads, Series, Sink, Unit};
use crate::suite::{Item, Observer, item};

/// Bytes asked for in one read.
const READ: usize = 64 << 10;

/// After an error the rest of the input is read, so that closing does not reset what was answered; but not for ever.
const DRAIN_FOR: Duration = Duration::from_secs(5);

/// What takes the payloads of observer `stdout`.
pub type Print = dyn Fn(&[u8]) + Send + Sync;

/// What is done with a connection, until it is over.
pub type Conversation = dyn Fn(&TcpStream) -> io::Result<()> + Send + Sync;

/// Serves connections until the process ends. Each has a thread to itself; a thread that is done serves another.
///
/// # Errors
/// No thread can be had.
pub fn serve(listener: &TcpListener, conversation: &Arc<Conversation>) -> io::Result<()> {
    let idle: Idle = Arc::default();
    for accepted in listener.incoming() {
        // A connection that was reset before it was accepted, or no descriptor left for it: the next may fare better.
        let Ok(stream) = accepted else { continue };
        let waiting = lock(&idle).pop();
        let Some(stream) = hand_over(waiting, stream) else {
            continue;
        };
        let (conversation, idle) = (Arc::clone(conversation), Arc::clone(&idle));
        let work = move || serve_one_after_another(stream, &*conversation, &idle);
        thread::Builder::new().spawn(work)?;
    }
    Ok(())
}

/// The reference: every connection is decoded rightly.
#[must_use]
pub fn reference(framing: Framing, observer: Observer, print: Box<Print>) -> Arc<Conversation> {
    Arc::new(move |stream| converse(stream, &framing, observer, &*print))
}

/// The threads that wait for a connection, the last to become idle on top.
type Idle = Arc<Mutex<Vec<Sender<TcpStream>>>>;

fn lock(idle: &Idle) -> MutexGuard<'_, Vec<Sender<TcpStream>>> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives the connection to a thread; gives it back where there is none.
fn hand_over(to: Option<Sender<TcpStream>>, stream: TcpStream) -> Option<TcpStream> {
    match to {
        Some(thread) => thread.send(stream).err().map(|unsent| unsent.0),
        None => Some(stream),
    }
}

fn serve_one_after_another(mut stream: TcpStream, conversation: &Conversation, idle: &Idle) {
    loop {
        // What goes wrong on a connection ends it, and concerns no other.
        let _ = conversation(&stream);
        let (sender, next) = mpsc::channel();
        // Whoever connects as soon as this one is closed finds this thread waiting.
        lock(idle).push(sender);
        drop(stream);
        match next.recv() {
            Ok(another) => stream = another,
            Err(_) => return,
        }
    }
}

/// Talks to one peer until it has closed, or its stream is over.
fn converse(
    stream: &TcpStream,
    framing: &Framing,
    observer: Observer,
    print: &Print,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let over = match observer {
        Observer::Report => answer::<Checksum, _>(stream, framing, &mut Lines(framing))?,
        Observer::Echo | Observer::Invariance => {
            answer::<Vec<u8>, _>(stream, framing, &mut Echo::of(framing))?
        }
        Observer::Stdout => answer::<Vec<u8>, _>(stream, framing, &mut Printed { framing, print })?,
    };
    stream.shutdown(Shutdown::Write)?;
    match over {
        Over::Peer => Ok(()),
        Over::Early => drain(stream),
    }
}

/// Why no more is decoded.
enum Over {
    /// The peer has closed its half.
    Peer,
    /// An error, or a series after which nothing is read.
    Early,
}

/// What becomes of events.
trait Answer<S> {
    fn event(&mut self, event: Event, payload: &S, reply: &mut Vec<u8>);
    fn ending(&mut self, ending: Ending, reply: &mut Vec<u8>);
}

fn answer<S: Sink, A: Answer<S>>(
    mut stream: &TcpStream,
    framing: &Framing,
    answer: &mut A,
) -> io::Result<Over> {
    let one_series = matches!(
        framing.pattern,
        Pattern::Blocks {
            series: Series::One,
            ..
        }
    );
    let mut payloads = Payloads::<S>::new(framing);
    let (mut buffer, mut reply) = (vec![0; READ], Vec::new());
    loop {
        let read = match stream.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        let mut series_over = false;
        let each = |event: Event, payload: &S| {
            series_over |= one_series && matches!(event, Event::Done { .. });
            answer.event(event, payload, &mut reply);
        };
        let pushed = payloads.push(&buffer[..read], each);
        let early = pushed.is_err() || series_over;
        if read == 0 || early {
            let ending = payloads.finish(|event, payload| answer.event(event, payload, &mut reply));
            answer.ending(ending, &mut reply);
        }
        stream.write_all(&reply)?;
        reply.clear();
        match (early, read) {
            (true, _) => return Ok(Over::Early),
            (false, 0) => return Ok(Over::Peer),
            _ => {}
        }
    }
}

/// Reads what still comes and forgets it.
pub(super) fn drain(mut stream: &TcpStream) -> io::Result<()> {
    let deadline = Instant::now() + DRAIN_FOR;
    let mut buffer = vec![0; READ];
    while let Some(left) = deadline
        .checked_duration_since(Instant::now())
        .filter(|left| !left.is_zero())
    {
        stream.set_read_timeout(Some(left))?;
        if stream.read(&mut buffer)? == 0 {
            break;
        }
    }
    Ok(())
}

/// Observer `report`: a line for each thing.
struct Lines<'a>(&'a Framing);

impl Answer<Checksum> for Lines<'_> {
    fn event(&mut self, event: Event, payload: &Checksum, reply: &mut Vec<u8>) {
        if let Some(item) = item(self.0, event, payload.value()) {
            reply.extend_from_slice(format!("{item}\n").as_bytes());
        }
    }

    fn ending(&mut self, ending: Ending, reply: &mut Vec<u8>) {
        reply.extend_from_slice(format!("end {}\n", ending.word()).as_bytes());
    }
}

/// Observer `echo`: each frame again, in the same framing.
pub(super) struct Echo {
    /// Frames that are whole series go out as blocks of at most `max`.
    blocks: Framing,
    joined: bool,
    /// In pattern 1 no reply is owed.
    silent: bool,
}

impl Echo {
    pub(super) fn of(framing: &Framing) -> Self {
        let mut blocks = framing.clone();
        let joined = match &mut blocks.pattern {
            Pattern::Blocks { unit, .. } => std::mem::take(unit) == Unit::Series,
            _ => false,
        };
        Self {
            blocks,
            joined,
            silent: matches!(framing.pattern, Pattern::Eof),
        }
    }

    pub(super) fn done(&self, reply: &mut Vec<u8>) {
        self.blocks.encode_done(reply);
    }

    pub(super) fn frame(&self, payload: &[u8], reply: &mut Vec<u8>) {
        let size = match self.blocks.max {
            Some(max) if self.joined => usize::try_from(max).unwrap_or(usize::MAX).max(1),
            _ => payload.len().max(1),
        };
        let mut pieces = payload.chunks(size);
        let first = if self.joined {
            pieces.next()
        } else {
            Some(pieces.next().unwrap_or(&[]))
        };
        for piece in first.into_iter().chain(pieces) {
            let encoded = self.blocks.encode(piece, reply);
            debug_assert!(
                encoded.is_ok(),
                "what was decoded can be encoded: {encoded:?}"
            );
        }
        if self.joined {
            self.done(reply);
        }
    }
}

impl Answer<Vec<u8>> for Echo {
    fn event(&mut self, event: Event, payload: &Vec<u8>, reply: &mut Vec<u8>) {
        match event {
            _ if self.silent => {}
            Event::Frame(_) => self.frame(payload, reply),
            Event::Block(_) if !self.joined => self.frame(payload, reply),
            Event::Done { .. } if !self.joined => self.done(reply),
            // A series that was dropped is not said by its end alone.
            Event::Block(_) | Event::Done { .. } => {}
        }
    }

    fn ending(&mut self, _: Ending, _: &mut Vec<u8>) {}
}

/// Observer `stdout`: the payloads of what a report has a line for are printed, nothing is answered.
struct Printed<'a> {
    framing: &'a Framing,
    print: &'a Print,
}

impl Answer<Vec<u8>> for Printed<'_> {
    fn event(&mut self, event: Event, payload: &Vec<u8>, _: &mut Vec<u8>) {
        if let Some(Item::Frame { .. }) = item(self.framing, event, 0) {
            (self.print)(payload);
        }
    }

    fn ending(&mut self, _: Ending, _: &mut Vec<u8>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_longer_than_max_is_echoed_as_several_blocks() {
        let framing: Framing = "blocks:u8,max=2,unit=series".parse().unwrap();
        let mut reply = Vec::new();
        Echo::of(&framing).frame(b"abc", &mut reply);
        assert_eq!(reply, b"\x02ab\x01c\0");
    }
}
