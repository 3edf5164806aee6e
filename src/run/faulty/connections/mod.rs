//! A server for lengths and for lines whose flaws lie between decoder and connection: time, other connections, frames that were refused,
//! and the cost of memory and work.
//!
//! What a decoder holds from one read to the next is a [`Reader`]. Invariant: without a flaw it belongs to one connection, is done with
//! what came before the next read, and grows with what came and not with what was announced.

mod reader;

use std::io::{self, ErrorKind};
use std::mem::take;
use std::sync::{Mutex, MutexGuard, PoisonError};

use self::reader::{Framer, Reader};
use super::conn::{Conn, READ};
use crate::framing::Framing;
use crate::suite::{Flaw, Said};

/// The flaws that this program has.
const FLAWS: &[Flaw] = &[
    Flaw::PauseEndsFrame,
    Flaw::PauseForgetsFrame,
    Flaw::TimeoutForgetsLength,
    Flaw::DecoderShared,
    Flaw::DecoderLeftOver,
    Flaw::RefusedPayloadParsed,
    Flaw::RefusedPayloadMiscounted,
    Flaw::RefusedLengthSkipped,
    Flaw::SilentPeerBlocks,
    Flaw::WakeUpLost,
    Flaw::ReadAheadLost,
    Flaw::AnnouncedReserved,
    Flaw::AnnouncedFilled,
    Flaw::BodyConcatenated,
    Flaw::FramesParsedAgain,
];

/// Whether this program has the flaw.
pub(super) fn has(flaw: Option<Flaw>) -> bool {
    flaw.is_some_and(|flaw| FLAWS.contains(&flaw))
}

pub(super) fn serve(conn: &mut Conn, framing: &Framing) -> io::Result<Said> {
    let framer = Framer::of(framing).ok_or(ErrorKind::Unsupported)?;
    let waits = [
        Flaw::PauseEndsFrame,
        Flaw::PauseForgetsFrame,
        Flaw::TimeoutForgetsLength,
    ];
    if waits.iter().any(|&flaw| conn.has(flaw)) {
        conn.lose_patience()?;
    }
    let mut reader = match conn.has(Flaw::DecoderLeftOver) {
        true => lock(&LEFT_OVER).pop().unwrap_or_default(),
        false => Reader::default(),
    };
    let said = converse(conn, &framer, &mut reader);
    if conn.has(Flaw::DecoderLeftOver) {
        lock(&LEFT_OVER).push(take(&mut reader));
    }
    said
}

/// Decoders of connections that are over.
static LEFT_OVER: Mutex<Vec<Reader>> = Mutex::new(Vec::new());
/// One decoder for all.
static SHARED: Mutex<Option<Reader>> = Mutex::new(None);
/// Held by whoever is inside a frame.
static INSIDE: Mutex<()> = Mutex::new(());

fn lock<T>(mutex: &'static Mutex<T>) -> MutexGuard<'static, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn converse(conn: &mut Conn, framer: &Framer, reader: &mut Reader) -> io::Result<Said> {
    let mut chunk = vec![0; READ];
    let mut inside = None;
    loop {
        let read = match conn.recv(&mut chunk) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                reader.waited(framer, conn);
                continue;
            }
            read => read?,
        };
        if read == 0 {
            return Ok(reader.end(framer, conn));
        }
        let taken = match conn.has(Flaw::DecoderShared) {
            true => read_shared(&chunk[..read], framer, conn),
            false => reader.read(&chunk[..read], framer, conn),
        };
        if let Err(said) = taken {
            return Ok(said);
        }
        if !conn.has(Flaw::SilentPeerBlocks) || reader.is_idle() {
            inside = None;
        } else if inside.is_none() {
            conn.flush()?;
            inside = Some(lock(&INSIDE));
        }
    }
}

fn read_shared(chunk: &[u8], framer: &Framer, conn: &mut Conn) -> Result<(), Said> {
    let mut shared = lock(&SHARED);
    let taken = shared.get_or_insert_default().read(chunk, framer, conn);
    if taken.is_err() {
        *shared = None;
    }
    taken
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{Shutdown, TcpListener, TcpStream};
    use std::thread;

    use super::*;
    use crate::suite::Observer;

    /// What this program without a flaw reports of a stream that is sent in pieces of one size.
    fn reported(framing: &str, wire: &[u8], piece: usize) -> String {
        let framing: Framing = framing.parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        peer.set_nodelay(true).unwrap();
        let (stream, _) = listener.accept().unwrap();
        let server = thread::spawn(move || {
            let mut conn = Conn::new(&stream, &framing, Observer::Report, None).unwrap();
            let said = serve(&mut conn, &framing).unwrap();
            conn.end(said).unwrap();
        });
        for piece in wire.chunks(piece) {
            peer.write_all(piece).unwrap();
        }
        peer.shutdown(Shutdown::Write).unwrap();
        let mut report = String::new();
        peer.read_to_string(&mut report).unwrap();
        server.join().unwrap();
        report
    }

    #[test]
    fn without_a_flaw_it_reports_what_is_there() {
        let cases: [(&str, &[u8], &str); 7] = [
            (
                "prefixed:u32be",
                b"\0\0\0\x01a\0\0\0\0",
                "frame 1 e8b7be43\nframe 0 00000000\nend clean\n",
            ),
            (
                "prefixed:u32be",
                b"\0\0\0\x01a\0\0\0\x02b",
                "frame 1 e8b7be43\nend truncated\n",
            ),
            (
                "prefixed:u32be",
                b"\0\0\0\x01a\0\0",
                "frame 1 e8b7be43\nend truncated\n",
            ),
            (
                "prefixed:u32be,max=1",
                b"\0\0\0\x02ab\0\0\0\x01a",
                "end oversize\n",
            ),
            (
                "prefixed:u32be,max=1,oversize=discard",
                b"\0\0\0\x02ab\0\0\0\x01a",
                "frame 1 e8b7be43\nend clean\n",
            ),
            (
                "lines",
                b"a\r\n\na",
                "frame 1 e8b7be43\nframe 0 00000000\nframe 1 e8b7be43\nend clean\n",
            ),
            (
                r"delimited:\n,max=1",
                b"a\nab",
                "frame 1 e8b7be43\nend oversize\n",
            ),
        ];
        for (framing, wire, report) in cases {
            for piece in 1..=wire.len() {
                assert_eq!(reported(framing, wire, piece), report, "{framing}: {piece}");
            }
        }
    }
}
