//! Varints (LEB128) before each payload: a blocking reader that asks for one byte after another until a varint has ended, and then for
//! as many as it says.
//!
//! ```text
//! lead  1xxxxxxx 1xxxxxxx 0xxxxxxx  payload  trailer
//!       lowest 7 bits first
//! ```

use std::io;

use super::conn::Conn;
use super::input::{Input, Step, allowed, said};
use crate::framing::{Empty, Framing, Lead, Length, Prefix};
use crate::suite::{Flaw, Said};

pub(super) fn serve(conn: &mut Conn, framing: &Framing, prefix: &Prefix) -> io::Result<Said> {
    said(frames(&mut Input::new(conn), framing, prefix))
}

fn frames(input: &mut Input, framing: &Framing, prefix: &Prefix) -> Step<()> {
    let skips = framing.empty == Empty::Skip || input.has(Flaw::VarintZeroDropped);
    while !input.at_end()? {
        input.lead(&prefix.lead)?;
        if input.has(Flaw::TypeByteAloneRefused)
            && prefix.lead != Lead::Free(0)
            && input.ahead().is_empty()
        {
            return Err(Said::Malformed.into());
        }
        let value = varint(input, prefix)?;
        let length = match input.has(Flaw::VarintSigned) && (value as i32) < 0 {
            true => 0,
            false => allowed(input, framing, prefix, value)?,
        };
        if input.has(Flaw::VarintZeroEnds) && length == 0 {
            return Err(Said::Clean.into());
        }
        let payload = match input.has(Flaw::VarintShortReadTaken) {
            true => input.some(length)?,
            false => input.exactly(length)?,
        };
        input.expect(&prefix.trailer)?;
        if !(payload.is_empty() && skips) {
            input.conn.frame(&payload);
        }
        if input.has(Flaw::VarintReaderForEachFrame) {
            input.forget();
        }
    }
    Ok(())
}

fn varint(input: &mut Input, prefix: &Prefix) -> Step<u64> {
    let mut bytes = Vec::new();
    loop {
        if !bytes.is_empty() && input.ahead().is_empty() {
            if input.has(Flaw::VarintPartialTaken) {
                break;
            }
            if input.has(Flaw::VarintPartialRefused) {
                return Err(Said::Malformed.into());
            }
            if input.has(Flaw::VarintRestarted) {
                bytes.clear();
            }
        }
        let byte = match input.byte()? {
            Some(byte) => byte,
            None if input.has(Flaw::VarintEndInsideClean) => return Err(Said::Clean.into()),
            None => return Err(Said::Truncated.into()),
        };
        bytes.push(byte);
        if input.has(Flaw::VarintOneByte) {
            return Ok(u64::from(byte));
        }
        check_tenth(input, &bytes)?;
        let last = byte < 0x80 || (input.has(Flaw::VarintStopsAtFive) && bytes.len() == 5);
        if last {
            break;
        }
    }
    let value = value(input, &bytes);
    let canonical = prefix.length == Length::Varint { canonical: true };
    if canonical
        && bytes.len() > 1
        && bytes.ends_with(&[0])
        && !input.has(Flaw::VarintNonMinimalTaken)
    {
        return Err(Said::Malformed.into());
    }
    if input.has(Flaw::VarintSizeComputed) {
        let size = (u64::BITS - value.leading_zeros()).div_ceil(7).max(1) as usize;
        input.unread(&bytes[size.min(bytes.len())..]);
    }
    Ok(value)
}

/// Ten bytes are 70 bits: the last must end the varint, and may only hold the 64th.
fn check_tenth(input: &Input, bytes: &[u8]) -> Step<()> {
    match bytes {
        [.., _] if bytes.len() < 10 => Ok(()),
        [.., 0x80..=0xff] if !input.has(Flaw::VarintOverlongTaken) => Err(Said::Malformed.into()),
        [.., 2..=0x7f] if bytes.len() == 10 && !input.has(Flaw::VarintHighBitsDropped) => {
            Err(Said::Oversize.into())
        }
        _ => Ok(()),
    }
}

fn value(input: &Input, bytes: &[u8]) -> u64 {
    let groups = bytes.iter().map(|byte| u64::from(byte & 0x7f));
    if input.has(Flaw::VarintGroupsSwapped) {
        return groups.fold(0, |value, group| value << 7 | group);
    }
    let value = groups.enumerate().fold(0, |value, (index, group)| {
        value | group.checked_shl(7 * index as u32).unwrap_or(0)
    });
    match input.has(Flaw::VarintNarrowed) {
        true => u64::from(value as u32),
        false => value,
    }
}
