//! Faulty servers: decoders as people write them, with buffers and `recv` loops, each correct but for the one flaw that it is asked for.
//!
//! There is one program for each family of framings; without a flaw it is a correct implementation that shares no code with the
//! reference decoder, and the suite must find nothing in it. A flaw is a small change at the place where people make it. Nothing here is
//! used to judge anything.

mod conn;
mod connections;
mod delimiters;
mod fixed;
mod lengths;
mod sockets;
mod whole;

use std::io;
use std::net::TcpStream;
use std::sync::Arc;

use self::conn::Conn;
use super::serve::Conversation;
use crate::framing::{Framing, Pattern};
use crate::suite::{Flaw, Observer};

/// The conversation of a server with this flaw; with none, of a correct one.
#[must_use]
pub fn faulty(framing: Framing, observer: Observer, flaw: Option<Flaw>) -> Arc<Conversation> {
    Arc::new(move |stream| converse(stream, &framing, observer, flaw))
}

fn converse(
    stream: &TcpStream,
    framing: &Framing,
    observer: Observer,
    flaw: Option<Flaw>,
) -> io::Result<()> {
    let mut conn = Conn::new(stream, framing, observer, flaw)?;
    let said = match &framing.pattern {
        _ if connections::has(flaw) => connections::serve(&mut conn, framing)?,
        Pattern::Prefixed(prefix) => lengths::serve(&mut conn, framing, prefix)?,
        Pattern::Delimited {
            delimiters,
            strip,
            tail,
        } => delimiters::serve(&mut conn, framing, delimiters, strip, *tail)?,
        Pattern::Fixed { size, tail } => fixed::serve(&mut conn, framing, *size, *tail)?,
        Pattern::Eof | Pattern::HalfClose => whole::serve(&mut conn, framing)?,
        Pattern::Blocks { .. } => return Err(io::ErrorKind::Unsupported.into()),
    };
    conn.end(said)
}
