//! A number in digits as people read one: what stands up to its terminator is gathered as text, and the text is parsed.
//!
//! The text is at most [`LONGEST`] bytes long, which is more than any length needs and leaves room for leading zeros.

use super::input::{Input, Step};
use crate::framing::{Radix, Stop};
use crate::suite::{Flaw, Said};

/// Bytes of text that are gathered at the most, so that a peer cannot fill the memory with zeros.
const LONGEST: usize = 64 << 10;

pub(super) fn number(input: &mut Input, radix: Radix, stop: &Stop) -> Step<u64> {
    match stop {
        Stop::Width(width) => {
            let mut text = Vec::new();
            while text.len() < usize::from(*width) {
                let byte = next(input, &text)?;
                text.push(digit(input, radix, byte)?);
            }
            parse(input, &text, radix, true)
        }
        Stop::End { end, zeros } => {
            let text = up_to(input, radix, end)?;
            parse(input, &text, radix, *zeros)
        }
    }
}

/// A byte of a number, which must be a digit.
fn digit(input: &Input, radix: Radix, byte: u8) -> Step<u8> {
    match char::from(byte).is_digit(base(radix)) || passes(input, byte) {
        true => Ok(byte),
        false => Err(Said::Malformed.into()),
    }
}

/// The next byte of a number of which this has come.
fn next(input: &mut Input, text: &[u8]) -> Step<u8> {
    if input.has(Flaw::NumberCutRefused) && !text.is_empty() && input.ahead().is_empty() {
        return Err(Said::Malformed.into());
    }
    if input.has(Flaw::EndInNumberClean) && input.at_end()? {
        return Err(Said::Clean.into());
    }
    input.need()
}

/// The text before the terminator, which is taken as well.
fn up_to(input: &mut Input, radix: Radix, end: &[u8]) -> Step<Vec<u8>> {
    let mut text = Vec::new();
    loop {
        let byte = next(input, &text)?;
        if byte == b'\n' && end == b"\r\n" && input.has(Flaw::NumberBareLineFeed) {
            return Ok(text);
        }
        if byte == end[0] {
            break;
        }
        text.push(digit(input, radix, byte)?);
        if text.len() > LONGEST {
            return Err(Said::Oversize.into());
        }
    }
    for &byte in &end[1..] {
        if input.ahead().is_empty() && input.has(Flaw::NumberEndCutRefused) {
            return Err(Said::Malformed.into());
        }
        if input.ahead().is_empty() && input.has(Flaw::NumberEndCutTaken) {
            return Ok(text);
        }
        if input.need()? != byte && !input.has(Flaw::NumberEndHalfChecked) {
            return Err(Said::Malformed.into());
        }
    }
    Ok(text)
}

/// Whether a byte that is no digit is left to the parser.
fn passes(input: &Input, byte: u8) -> bool {
    match byte {
        _ if input.has(Flaw::JunkBehindDigits) || input.has(Flaw::BadNumberZero) => true,
        b'+' => input.has(Flaw::PlusTaken),
        b'x' | b'X' => input.has(Flaw::HexPrefixTaken),
        b'_' => input.has(Flaw::UnderscoreTaken),
        b' ' | b'\t' | b'\r' | b'\n' => input.has(Flaw::SpacesTaken),
        0x80.. => input.has(Flaw::OtherDigitsTaken),
        _ => false,
    }
}

/// The value of a number that stands alone.
pub(super) fn parse(input: &Input, text: &[u8], radix: Radix, zeros: bool) -> Step<u64> {
    let text = String::from_utf8_lossy(text);
    let text = clean(input, &text, radix);
    let octal = text.len() > 1 && text.starts_with('0') && input.has(Flaw::LeadingZeroOctal);
    let padded = text.len() > 1 && text.starts_with('0') && !octal;
    if text.is_empty() && !input.has(Flaw::EmptyNumberZero) && !input.has(Flaw::BadNumberZero) {
        return Err(Said::Malformed.into());
    }
    if padded && !zeros && !input.has(Flaw::LeadingZerosTaken) {
        return Err(Said::Malformed.into());
    }
    if text.len() > 8 && input.has(Flaw::DigitsLimited) {
        return Err(Said::Malformed.into());
    }
    let base = if octal { 8 } else { base(radix) };
    match value(input, &text, base) {
        Err(Said::Malformed) if input.has(Flaw::BadNumberZero) => Ok(0),
        value => Ok(value?),
    }
}

/// The text without what a sloppy parser passes over.
fn clean(input: &Input, text: &str, radix: Radix) -> String {
    let mut text = text;
    if input.has(Flaw::SpacesTaken) {
        text = text.trim();
    }
    if input.has(Flaw::PlusTaken) {
        text = text.strip_prefix('+').unwrap_or(text);
    }
    if input.has(Flaw::HexPrefixTaken) {
        let bare = text.strip_prefix("0x").or(text.strip_prefix("0X"));
        text = bare.unwrap_or(text);
    }
    if input.has(Flaw::JunkBehindDigits) {
        let junk = text.find(|c: char| !c.is_digit(base(radix)));
        text = &text[..junk.unwrap_or(text.len())];
    }
    match input.has(Flaw::UnderscoreTaken) {
        true => text.replace('_', ""),
        false => text.to_owned(),
    }
}

fn value(input: &Input, text: &str, base: u32) -> Result<u64, Said> {
    let mut value = 0_u64;
    for c in text.chars() {
        let other = || other_digit(c).filter(|_| input.has(Flaw::OtherDigitsTaken));
        let digit = c.to_digit(base).or_else(other).ok_or(Said::Malformed)?;
        value = if input.has(Flaw::NumberWraps32) {
            u64::from((value as u32).wrapping_mul(base).wrapping_add(digit))
        } else if input.has(Flaw::NumberWraps64) {
            value
                .wrapping_mul(u64::from(base))
                .wrapping_add(u64::from(digit))
        } else {
            let more = value.checked_mul(u64::from(base));
            more.and_then(|more| more.checked_add(u64::from(digit)))
                .ok_or(Said::Oversize)?
        };
    }
    Ok(value)
}

/// The value of a decimal digit of some other scripts.
fn other_digit(c: char) -> Option<u32> {
    const ZEROS: [u32; 4] = [0x660, 0x6f0, 0x966, 0xff10];
    let above = |zero: u32| u32::from(c).checked_sub(zero).filter(|&digit| digit < 10);
    ZEROS.into_iter().find_map(above)
}

fn base(radix: Radix) -> u32 {
    match radix {
        Radix::Decimal => 10,
        Radix::Hex => 16,
    }
}
