//! A length in a block of header lines before each payload: a blocking reader of lines that looks for the field and reads as many bytes
//! as it says.
//!
//! ```text
//! Content-Type: x\r\n
//! Content-Length: 12\r\n
//! \r\n
//! payload  trailer
//! ```

use std::io;

use super::conn::Conn;
use super::counted::{deliver, payload, trailer};
use super::input::{Input, Over, Step, allowed, said};
use super::lines::{field, line};
use super::number::parse;
use crate::framing::{Framing, Length, Prefix, Radix};
use crate::suite::{Flaw, Said};

pub(super) fn serve(conn: &mut Conn, framing: &Framing, prefix: &Prefix) -> io::Result<Said> {
    let Length::Field { name } = &prefix.length else {
        return Err(io::ErrorKind::Unsupported.into());
    };
    said(frames(&mut Input::new(conn), framing, prefix, name))
}

fn frames(input: &mut Input, framing: &Framing, prefix: &Prefix, name: &str) -> Step<()> {
    while !input.at_end()? {
        input.lead(&prefix.lead)?;
        if input.has(Flaw::HeaderBlockOneRead) {
            whole_block_ahead(input)?;
        }
        let value = match header(input, name) {
            Err(Over::Said(Said::Truncated)) if input.has(Flaw::EndInHeaderBlockClean) => {
                return Ok(());
            }
            value => value?,
        };
        let length = allowed(input, framing, prefix, value)?;
        let payload = payload(input, length, &prefix.trailer)?;
        trailer(input, &prefix.trailer)?;
        deliver(input, framing, &payload);
    }
    Ok(())
}

/// Refuses a header block of which the buffer does not have the end.
fn whole_block_ahead(input: &Input) -> Step<()> {
    match input.ahead().windows(4).any(|bytes| bytes == b"\r\n\r\n") {
        true => Ok(()),
        false => Err(Said::Malformed.into()),
    }
}

/// The length that a header block gives.
fn header(input: &mut Input, name: &str) -> Step<u64> {
    let mut length = None;
    let mut began = false;
    loop {
        let line = line(input)?;
        if line.is_empty() && !began && input.has(Flaw::BlankLinesSkipped) {
            continue;
        }
        if line.is_empty() {
            break;
        }
        began = true;
        match field(input, &line) {
            None if input.has(Flaw::BadFieldLineSkipped) => {}
            None => return Err(Said::Malformed.into()),
            Some((found, value)) if is(input, found, name) => {
                if length.is_some() && !input.has(Flaw::FieldLastWins) {
                    return Err(Said::Malformed.into());
                }
                length = Some(number(input, value)?);
                if input.has(Flaw::FieldEndsBlock) {
                    line_passed(input)?;
                    break;
                }
            }
            Some(_) if length.is_none() && input.has(Flaw::FieldFirstLineOnly) => {
                return Err(Said::Malformed.into());
            }
            Some(_) => {}
        }
    }
    match length {
        None if input.has(Flaw::FieldMissingZero) => Ok(0),
        length => length.ok_or(Over::Said(Said::Malformed)),
    }
}

fn line_passed(input: &mut Input) -> Step<()> {
    line(input).map(drop)
}

/// Whether a field is the one with the length.
fn is(input: &Input, found: &[u8], name: &str) -> bool {
    let found = String::from_utf8_lossy(found);
    if input.has(Flaw::FieldCaseCounts) {
        return found == name;
    }
    if input.has(Flaw::FieldNameContained) {
        return found.to_lowercase().contains(&name.to_lowercase());
    }
    found.eq_ignore_ascii_case(name)
}

fn number(input: &Input, value: &[u8]) -> Step<u64> {
    let negative = value.len() > 1 && value.starts_with(b"-");
    match negative && input.has(Flaw::FieldNegativeEmpty) {
        true => Ok(0),
        false => parse(input, value, Radix::Decimal, true),
    }
}
