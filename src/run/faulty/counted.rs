//! What stands behind a length that was written as text: the payload and its trailer.
//!
//! It takes exactly as many bytes as were announced, and no byte of the trailer may differ, unless a flaw has it otherwise.

use super::input::{Input, Over, Step};
use crate::framing::{Empty, Framing};
use crate::suite::{Flaw, Said};

pub(super) fn payload(input: &mut Input, length: u64, trailer: &[u8]) -> Step<Vec<u8>> {
    if input.has(Flaw::CharactersCounted) {
        return characters(input, length);
    }
    if input.has(Flaw::BodyScanned) && !trailer.is_empty() {
        return up_to(input, trailer);
    }
    if input.has(Flaw::CountedShortReadTaken) {
        return input.some(length);
    }
    input.exactly(length)
}

/// So many characters of UTF-8.
fn characters(input: &mut Input, count: u64) -> Step<Vec<u8>> {
    let mut bytes = Vec::new();
    for _ in 0..count {
        let first = input.need()?;
        bytes.push(first);
        let more = match first {
            0xc0..=0xdf => 1,
            0xe0..=0xef => 2,
            0xf0..=0xff => 3,
            _ => 0,
        };
        bytes.extend(input.exactly(more)?);
    }
    Ok(bytes)
}

/// What stands before the next trailer, which is left.
fn up_to(input: &mut Input, trailer: &[u8]) -> Step<Vec<u8>> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(trailer) {
        bytes.push(input.need()?);
    }
    let found = bytes.split_off(bytes.len() - trailer.len());
    input.unread(&found);
    Ok(bytes)
}

/// Hands on a payload that is whole, trailer and all.
pub(super) fn deliver(input: &mut Input, framing: &Framing, payload: &[u8]) {
    if !(payload.is_empty() && framing.empty == Empty::Skip) {
        input.conn.frame(payload);
    }
    if input.has(Flaw::CountedReaderForEachFrame) {
        input.forget();
    }
}

pub(super) fn trailer(input: &mut Input, trailer: &[u8]) -> Step<()> {
    if trailer.is_empty() {
        return Ok(());
    }
    if input.ahead().is_empty() {
        if input.has(Flaw::CountedTrailerLeft) {
            return Ok(());
        }
        if input.has(Flaw::CountedTrailerAloneRefused) {
            return Err(Said::Malformed.into());
        }
    }
    if input.has(Flaw::CountedTrailerUnchecked) {
        return input.exactly(trailer.len() as u64).map(drop);
    }
    if input.has(Flaw::TrailerBareLineFeed) && trailer == b"\r\n" {
        let first = input.need()?;
        return match first {
            b'\n' => Ok(()),
            b'\r' => input.expect(b"\n"),
            _ => Err(Over::Said(Said::Malformed)),
        };
    }
    input.expect(trailer)
}
