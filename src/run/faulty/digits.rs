//! Lengths in digits before each payload: a blocking reader that gathers the number as text, parses it and reads as many bytes.
//!
//! ```text
//! lead  1 2 :  payload  trailer
//! ```

use std::io;

use super::conn::Conn;
use super::counted::{deliver, payload, trailer};
use super::input::{Input, Step, allowed, said};
use super::number::number;
use crate::framing::{Framing, Length, Prefix, Radix, Stop};
use crate::suite::{Flaw, Said};

pub(super) fn serve(conn: &mut Conn, framing: &Framing, prefix: &Prefix) -> io::Result<Said> {
    let Length::Digits { radix, stop } = &prefix.length else {
        return Err(io::ErrorKind::Unsupported.into());
    };
    let mut input = Input::new(conn);
    said(frames(&mut input, framing, prefix, *radix, stop))
}

fn frames(
    input: &mut Input,
    framing: &Framing,
    prefix: &Prefix,
    radix: Radix,
    stop: &Stop,
) -> Step<()> {
    while !input.at_end()? {
        input.lead(&prefix.lead)?;
        if input.has(Flaw::MinusOneIsNull) && null(input, stop)? {
            continue;
        }
        let value = number(input, radix, stop)?;
        let length = allowed(input, framing, prefix, value)?;
        let payload = payload(input, length, &prefix.trailer)?;
        if !(input.has(Flaw::EmptyStringLeavesTrailer) && length == 0) {
            trailer(input, &prefix.trailer)?;
        }
        deliver(input, framing, &payload);
    }
    Ok(())
}

/// Takes a length of -1, which announces nothing, not even a trailer.
fn null(input: &mut Input, stop: &Stop) -> Step<bool> {
    let first = input.need()?;
    if first != b'-' {
        input.unread(&[first]);
        return Ok(false);
    }
    input.expect(b"1")?;
    if let Stop::End { end, .. } = stop {
        input.expect(end)?;
    }
    Ok(true)
}
