//! What servers get wrong around any decoder: how they read and send, and what a connection leaves behind.
//!
//! Invariant: without a flaw these are `read`, `write_all` and nothing.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{SendFlags, send as send_some};

use crate::suite::{Flaw, Said};

/// How long some servers wait for the next bytes.
pub(super) const PATIENCE: Duration = Duration::from_millis(30);

/// What is set for a connection before anything is read.
pub(super) fn enter(stream: &TcpStream, flaw: Option<Flaw>) -> io::Result<()> {
    match flaw {
        Some(Flaw::PauseEndsStream) => stream.set_read_timeout(Some(PATIENCE)),
        Some(Flaw::SpinsWhileIdle) => stream.set_nonblocking(true),
        _ => Ok(()),
    }
}

/// What one read returns, 0 at the end of the stream.
pub(super) fn recv(
    mut stream: &TcpStream,
    flaw: Option<Flaw>,
    buffer: &mut [u8],
) -> io::Result<usize> {
    loop {
        match (stream.read(buffer), flaw) {
            (Ok(0), Some(Flaw::EndNotSeen)) => {}
            (Err(error), _) if error.kind() == ErrorKind::Interrupted => {}
            (Err(error), Some(Flaw::SpinsWhileIdle)) if error.kind() == ErrorKind::WouldBlock => {}
            (Err(error), Some(Flaw::PauseEndsStream)) if error.kind() == ErrorKind::WouldBlock => {
                return Ok(0);
            }
            (Err(_), Some(Flaw::ResetEndsProcess)) => std::process::exit(1),
            (read, _) => return read,
        }
    }
}

/// Sends all of an answer.
pub(super) fn send(mut stream: &TcpStream, flaw: Option<Flaw>, bytes: &[u8]) -> io::Result<()> {
    match flaw {
        Some(Flaw::DroppedWhenSlow) if !has_room(stream)? => Ok(()),
        Some(Flaw::CutWhenSlow) => send_now(stream, bytes).map(drop),
        Some(Flaw::SpinsWhileIdle) => {
            stream.set_nonblocking(false)?;
            stream.write_all(bytes)?;
            stream.set_nonblocking(true)
        }
        _ => stream.write_all(bytes),
    }
}

/// Whether a send would go out at once.
fn has_room(stream: &TcpStream) -> io::Result<bool> {
    let mut polled = [PollFd::new(stream, PollFlags::OUT)];
    poll(&mut polled, Some(&Timespec::default()))?;
    Ok(polled[0].revents().contains(PollFlags::OUT))
}

/// Sends what there is room for.
fn send_now(stream: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    match send_some(stream, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
        Err(Errno::AGAIN) => Ok(0),
        sent => Ok(sent?),
    }
}

/// The connection is over: what stays of it.
pub(super) fn leave(stream: &TcpStream, flaw: Option<Flaw>, said: Said) -> io::Result<()> {
    let bad = said != Said::Clean;
    match flaw {
        Some(Flaw::DescriptorLeft) if bad => std::mem::forget(stream.try_clone()?),
        Some(Flaw::ThreadLeft) if bad => {
            let wait = || loop {
                std::thread::park();
            };
            std::thread::Builder::new().spawn(wait)?;
        }
        Some(Flaw::BadFrameEndsProcess) if matches!(said, Said::Malformed | Said::Oversize) => {
            std::process::exit(1)
        }
        Some(Flaw::SpinsWhileIdle) => stream.set_nonblocking(false)?,
        _ => {}
    }
    Ok(())
}
