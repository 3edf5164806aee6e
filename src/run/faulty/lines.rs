//! Lines that CR LF ends, and header fields in them (RFC 9110 section 5), as people read them: a line at a time, split at its colon.
//!
//! A line is at most [`LONGEST`] bytes long.

use super::input::{Input, Step};
use crate::suite::{Flaw, Said};

/// Bytes in a line at the most, so that a peer cannot fill the memory with one.
const LONGEST: usize = 1 << 20;

/// The next line, without the CR LF that ends it.
pub(super) fn line(input: &mut Input) -> Step<Vec<u8>> {
    let mut line = Vec::new();
    while line.len() < LONGEST {
        let byte = input.need()?;
        match (line.last(), byte) {
            (Some(b'\r'), b'\n') => {
                line.pop();
                return Ok(line);
            }
            (_, b'\n') if input.has(Flaw::LineBareLineFeed) => return Ok(line),
            (Some(b'\r'), _) | (_, b'\n') => return Err(Said::Malformed.into()),
            _ => line.push(byte),
        }
        if byte == b'\r' && input.ahead().is_empty() {
            if input.has(Flaw::LineEndCutRefused) {
                return Err(Said::Malformed.into());
            }
            if input.has(Flaw::LineEndCutTaken) {
                line.pop();
                return Ok(line);
            }
        }
    }
    Err(Said::Oversize.into())
}

/// Name and value of a header line, the white space around the value taken off.
pub(super) fn field<'a>(input: &Input, line: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let (mut name, value) = (&line[..colon], &line[colon + 1..]);
    if input.has(Flaw::FieldNameTrimmed) {
        name = blanks_off(name);
    }
    let valid = !name.is_empty() && name.iter().all(token) && value.iter().all(text);
    valid.then(|| (name, blanks_off(value)))
}

pub(super) fn token(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte)
}

/// No control character but the tab.
pub(super) fn text(byte: &u8) -> bool {
    !byte.is_ascii_control() || *byte == b'\t'
}

pub(super) fn blanks_off(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}
