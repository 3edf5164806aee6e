//! Faulty servers: decoders as people write them, with buffers and `recv` loops, each correct but for the one flaw that it is asked for.
//!
//! There is one program for each family of framings; without a flaw it is a correct implementation that shares no code with the
//! reference decoder, and the suite must find nothing in it. A flaw is a small change at the place where people make it. Nothing here is
//! used to judge anything.

mod blocks;
mod conn;
mod connections;
mod counted;
mod delimiters;
mod digits;
mod fields;
mod fixed;
mod input;
mod lengths;
mod lines;
mod number;
mod sockets;
mod varint;
mod whole;

use std::io;
use std::net::TcpStream;
use std::sync::Arc;

use self::conn::Conn;
use super::serve::Conversation;
use crate::framing::{Charset, Framing, Length, Oversize, Pattern, Prefix, Unit};
use crate::suite::{Flaw, Observer, Said};

/// The conversation of a server with this flaw; with none, of a correct one.
#[must_use]
pub fn faulty(framing: Framing, observer: Observer, flaw: Option<Flaw>) -> Arc<Conversation> {
    Arc::new(move |stream| converse(stream, &framing, observer, flaw))
}

/// Whether there is a program for this framing.
#[must_use]
pub fn implements(framing: &Framing) -> bool {
    let charset = framing.charset == Charset::Any || framing.pattern_number() <= 4;
    charset
        && match &framing.pattern {
            Pattern::Eof
            | Pattern::HalfClose
            | Pattern::Fixed { .. }
            | Pattern::Delimited { .. } => true,
            Pattern::Prefixed(prefix) => implements_prefixed(framing, prefix),
            Pattern::Blocks { prefix, unit, .. } => {
                *unit == Unit::Block
                    && framing.oversize == Oversize::Close
                    && matches!(prefix.length, Length::Uint { .. } | Length::Digits { .. })
            }
        }
}

/// Only one program passes over payloads that are too long.
fn implements_prefixed(framing: &Framing, prefix: &Prefix) -> bool {
    matches!(prefix.length, Length::Uint { .. }) || framing.oversize == Oversize::Close
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
        Pattern::Eof | Pattern::HalfClose => whole::serve(&mut conn, framing)?,
        Pattern::Fixed { size, tail } => fixed::serve(&mut conn, framing, *size, *tail)?,
        Pattern::Delimited {
            delimiters,
            strip,
            tail,
        } => delimiters::serve(&mut conn, framing, delimiters, strip, *tail)?,
        Pattern::Prefixed(prefix) => prefixed(&mut conn, framing, prefix)?,
        Pattern::Blocks { .. } => blocks::serve(&mut conn, framing)?,
    };
    conn.end(said)
}

fn prefixed(conn: &mut Conn, framing: &Framing, prefix: &Prefix) -> io::Result<Said> {
    match prefix.length {
        Length::Uint { .. } => lengths::serve(conn, framing, prefix),
        Length::Varint { .. } => varint::serve(conn, framing, prefix),
        Length::Digits { .. } => digits::serve(conn, framing, prefix),
        Length::Field { .. } => fields::serve(conn, framing, prefix),
    }
}
