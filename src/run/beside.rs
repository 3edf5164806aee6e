//! Connections beside that of a case: each sends its own stream piece by piece, in turns with the case, and keeps its last piece back, so
//! that it stands in the middle of a frame while the case is decided.
//!
//! What they get back is read and forgotten: only the case is judged. What goes wrong on them ends them and nothing else.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::gate::{Gatekeeper, Link};
use crate::suite::{Case, Stream};

/// How long the end of another connection is waited for once the case is over.
const END_WITHIN: Duration = Duration::from_millis(50);

/// All connections beside one case.
#[derive(Default)]
pub(super) struct Others(Vec<Other>);

struct Other {
    stream: TcpStream,
    link: Link,
    wire: Arc<Stream>,
    /// Where its pieces end, the last of them kept back.
    ends: Vec<usize>,
    sent: usize,
}

impl Others {
    pub(super) fn connect(
        target: SocketAddr,
        timeout: Duration,
        streams: &[Arc<Stream>],
        case: &Case,
    ) -> io::Result<Self> {
        let turns = case.cuts.len() + 1;
        let one = |stream: &Arc<Stream>| Other::connect(target, timeout, stream, turns);
        Ok(Self(streams.iter().map(one).collect::<io::Result<_>>()?))
    }

    /// The next piece of each; one that fails is left where it is.
    pub(super) fn send_next(
        &mut self,
        keeper: &mut Gatekeeper,
        timeout: Duration,
        buffer: &mut [u8],
    ) {
        for other in &mut self.0 {
            if other.send_next().is_ok() {
                let sent = other.sent as u64;
                // Where it is not read, that shows in the case.
                let _ = keeper.wait(&mut other.link, sent, Instant::now() + timeout);
                other.forget_replies(buffer);
            }
        }
    }

    /// Sends what was kept back, and lets the target end them.
    pub(super) fn finish(self, buffer: &mut [u8]) {
        let deadline = Instant::now() + END_WITHIN;
        for other in self.0 {
            let _ = other.finish(buffer, deadline);
        }
    }
}

impl Other {
    fn connect(
        target: SocketAddr,
        timeout: Duration,
        wire: &Arc<Stream>,
        turns: usize,
    ) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&target, timeout)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let len = wire.wire.len();
        // Where a frame ends, it would not stand in the middle of one.
        let inside = |at: usize| at + usize::from(wire.boundaries.contains(&at));
        Ok(Self {
            link: Link::new(stream.local_addr()?, target),
            stream,
            wire: Arc::clone(wire),
            ends: (1..=turns)
                .map(|turn| inside(turn * len / (turns + 1)))
                .collect(),
            sent: 0,
        })
    }

    fn send_next(&mut self) -> io::Result<()> {
        let Some(end) = self.ends.iter().copied().find(|&end| end > self.sent) else {
            return Ok(());
        };
        self.sent += self.stream.write(&self.wire.wire[self.sent..end])?;
        Ok(())
    }

    fn forget_replies(&mut self, buffer: &mut [u8]) {
        while matches!(self.stream.read(buffer), Ok(1..)) {}
    }

    fn finish(mut self, buffer: &mut [u8], deadline: Instant) -> io::Result<()> {
        let _ = self.stream.write(&self.wire.wire[self.sent..])?;
        self.stream.shutdown(Shutdown::Write)?;
        self.stream.set_nonblocking(false)?;
        while let Some(left) = deadline
            .checked_duration_since(Instant::now())
            .filter(|left| !left.is_zero())
        {
            self.stream.set_read_timeout(Some(left))?;
            if self.stream.read(buffer)? == 0 {
                break;
            }
        }
        Ok(())
    }
}
