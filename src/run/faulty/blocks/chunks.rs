//! What HTTP has around its chunks: extensions behind a size, and fields behind the last chunk (RFC 9112 section 7.1).
//!
//! ```text
//! 1a ; name = "a \" b" ; other \r\n       0\r\n  Name: value\r\n  \r\n
//! ```

use super::super::input::{Input, Step};
use super::super::lines::{blanks_off, field, line, text, token};
use super::super::number::parse;
use crate::framing::Radix;
use crate::suite::{Flaw, Said};

/// The size that a line gives; `None`: zero, and not taken for the last chunk.
pub(super) fn size_line(input: &mut Input) -> Step<Option<u64>> {
    let line = match input.has(Flaw::ExtensionBareLineFeed) {
        true => up_to_line_feed(input)?,
        false => line(input)?,
    };
    let size = line.iter().take_while(|byte| !b"; \t".contains(byte));
    let (size, rest) = line.split_at(size.count());
    if !rest.is_empty() && input.has(Flaw::ExtensionRefused) {
        return Err(Said::Malformed.into());
    }
    if !extensions(rest) && !input.has(Flaw::ExtensionUnchecked) {
        return Err(Said::Malformed.into());
    }
    let value = parse(input, size, Radix::Hex, true)?;
    match value == 0 && size != b"0" && input.has(Flaw::LastSizeCompared) {
        true => Ok(None),
        false => Ok(Some(value)),
    }
}

/// A line that may hold a CR, and that a line feed alone ends where it has an extension.
fn up_to_line_feed(input: &mut Input) -> Step<Vec<u8>> {
    let mut line = Vec::new();
    loop {
        match input.need()? {
            b'\n' if line.ends_with(b"\r") => {
                line.pop();
                return Ok(line);
            }
            b'\n' if line.contains(&b';') => return Ok(line),
            b'\n' => return Err(Said::Malformed.into()),
            byte => line.push(byte),
        }
    }
}

/// Whether what stands behind a size is `*( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] )`: white space alone is not.
fn extensions(mut rest: &[u8]) -> bool {
    loop {
        let [b';', behind @ ..] = blanks_off(rest) else {
            return rest.is_empty();
        };
        let (name, behind) = word(blanks_off(behind));
        if name.is_empty() {
            return false;
        }
        rest = behind;
        if let [b'=', behind @ ..] = blanks_off(rest) {
            let Some(behind) = value(blanks_off(behind)) else {
                return false;
            };
            rest = behind;
        }
    }
}

/// A token, and what stands behind it.
fn word(bytes: &[u8]) -> (&[u8], &[u8]) {
    bytes.split_at(bytes.iter().take_while(|byte| token(byte)).count())
}

/// What stands behind a value, if there is one.
fn value(bytes: &[u8]) -> Option<&[u8]> {
    if let [b'"', quoted @ ..] = bytes {
        return behind_quoted(quoted);
    }
    let (word, behind) = word(bytes);
    (!word.is_empty()).then_some(behind)
}

fn behind_quoted(mut bytes: &[u8]) -> Option<&[u8]> {
    loop {
        match bytes {
            [b'"', behind @ ..] => return Some(behind),
            [b'\\', byte, behind @ ..] | [byte, behind @ ..] if text(byte) => bytes = behind,
            _ => return None,
        }
    }
}

/// The fields behind the last chunk, up to an empty line.
pub(super) fn trailers(input: &mut Input) -> Step<()> {
    loop {
        let line = line(input)?;
        if line.is_empty() || input.has(Flaw::TrailerFieldsLeft) {
            return Ok(());
        }
        if input.has(Flaw::TrailerFieldsRefused) || field(input, &line).is_none() {
            return Err(Said::Malformed.into());
        }
    }
}
