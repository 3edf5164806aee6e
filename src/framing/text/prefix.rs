//! The length fields of a framing's text: `u32be`, `varint`, `decimal,end=:`, `field,name=...`, with what stands around them.

use std::ops::Range;

use super::super::{Endian, Lead, Length, Prefix, Radix, Stop};
use super::is_token;
use super::pairs::{Mistake, Pair, Pairs, size, some_bytes};

pub(super) fn prefix(text: &str, at: Range<usize>, pairs: &mut Pairs) -> Result<Prefix, Mistake> {
    let length = length(text, at, pairs)?;
    Ok(Prefix {
        lead: lead(pairs)?,
        length,
        adjust: pairs.take("adjust").map_or(Ok(0), adjust)?,
        trailer: pairs.bytes("trailer")?.unwrap_or_default(),
    })
}

const LENGTHS: &str =
    "u8, u16be, u16le, u24be, u24le, u32be, u32le, u64be, u64le, varint, decimal, hex, field";

fn length(text: &str, at: Range<usize>, pairs: &mut Pairs) -> Result<Length, Mistake> {
    match &text[at.clone()] {
        "varint" => {
            let canonical = pairs.choice("canonical", &[false, true], |require| {
                if require { "require" } else { "any" }
            })?;
            Ok(Length::Varint { canonical })
        }
        "decimal" => Ok(Length::Digits {
            radix: Radix::Decimal,
            stop: stop(&at, Radix::Decimal, pairs)?,
        }),
        "hex" => Ok(Length::Digits {
            radix: Radix::Hex,
            stop: stop(&at, Radix::Hex, pairs)?,
        }),
        "field" => Ok(Length::Field {
            name: field_name(pairs)?,
        }),
        word => uint(word).ok_or_else(|| {
            (
                at,
                format!("no length field {word:?}; there are: {LENGTHS}"),
            )
        }),
    }
}

fn uint(word: &str) -> Option<Length> {
    let (width, endian) = match word {
        "u8" => (1, Endian::Big),
        "u16be" => (2, Endian::Big),
        "u16le" => (2, Endian::Little),
        "u24be" => (3, Endian::Big),
        "u24le" => (3, Endian::Little),
        "u32be" => (4, Endian::Big),
        "u32le" => (4, Endian::Little),
        "u64be" => (8, Endian::Big),
        "u64le" => (8, Endian::Little),
        _ => return None,
    };
    Some(Length::Uint { width, endian })
}

/// Digits for a 64-bit number at the most: with more, a number of fixed width could not be held.
fn widest(radix: Radix) -> u8 {
    match radix {
        Radix::Decimal => 19,
        Radix::Hex => 16,
    }
}

fn stop(at: &Range<usize>, radix: Radix, pairs: &mut Pairs) -> Result<Stop, Mistake> {
    let (end, width) = (pairs.take("end"), pairs.take("width"));
    let zeros_at = pairs
        .0
        .iter()
        .find(|pair| pair.key == "zeros")
        .map(|pair| pair.at.clone());
    let zeros = pairs.choice_if_given("zeros", &[false, true], |accept| {
        if accept { "accept" } else { "reject" }
    })?;
    match (end, width) {
        (Some(end), None) => {
            let bytes = some_bytes(end.value, &end.value_at)?;
            let digit = char::from(bytes[0]).is_digit(if radix == Radix::Hex { 16 } else { 10 });
            match digit {
                true => Err((
                    end.value_at,
                    "a terminator that begins with a digit could not be told from the number"
                        .to_owned(),
                )),
                false => Ok(Stop::End {
                    end: bytes,
                    zeros: zeros.unwrap_or(false),
                }),
            }
        }
        (None, Some(width)) => {
            let digits = width
                .value
                .parse()
                .ok()
                .filter(|digits| (1..=widest(radix)).contains(digits));
            let digits = digits.ok_or((
                width.value_at,
                format!("width is a number of digits from 1 to {}", widest(radix)),
            ))?;
            match (zeros, zeros_at) {
                (Some(false), Some(at)) => Err((at, "with width= a number is filled up with zeros, so zeros=reject cannot be asked for".to_owned())),
                _ => Ok(Stop::Width(digits)),
            }
        }
        (Some(_), Some(width)) => Err((width.at, "end= and width= exclude each other".to_owned())),
        (None, None) => Err((
            at.clone(),
            format!(
                "{0} needs end=BYTES or width=N, such as {0},end=:",
                radix.word()
            ),
        )),
    }
}

fn field_name(pairs: &mut Pairs) -> Result<String, Mistake> {
    let Some(pair) = pairs.take("name") else {
        return Ok("Content-Length".to_owned());
    };
    match !pair.value.is_empty() && pair.value.bytes().all(is_token) {
        true => Ok(pair.value.to_owned()),
        false => Err((
            pair.value_at,
            "a field name is letters, digits and any of !#$%&'*+-.^_`|~ (RFC 9110 section 5.6.2)"
                .to_owned(),
        )),
    }
}

/// More free bytes than any header has; beyond it the text is a mistake.
const MAX_OFFSET: u64 = 64 << 10;

fn lead(pairs: &mut Pairs) -> Result<Lead, Mistake> {
    let offset = pairs.take("offset");
    let header = pairs.take("header");
    match (offset, header) {
        (None, None) => Ok(Lead::Free(0)),
        (Some(pair), None) => match size(pair.value, &pair.value_at)? {
            offset if offset <= MAX_OFFSET => Ok(Lead::Free(offset)),
            _ => Err((pair.value_at, "offset is at most 64KiB".to_owned())),
        },
        (None, Some(pair)) => Ok(Lead::Exact(some_bytes(pair.value, &pair.value_at)?)),
        (Some(_), Some(pair)) => {
            Err((pair.at, "offset= and header= exclude each other".to_owned()))
        }
    }
}

/// More than any header is long, and small enough that no sum of it overflows.
const MAX_ADJUST: u64 = 1 << 32;

fn adjust(pair: Pair) -> Result<i64, Mistake> {
    let signed = pair.value.split_at_checked(1).filter(|(sign, digits)| {
        matches!(*sign, "+" | "-") && digits.bytes().all(|digit| digit.is_ascii_digit())
    });
    let number = signed.and_then(|(sign, digits)| {
        let value = digits
            .parse()
            .ok()
            .filter(|&value: &u64| value <= MAX_ADJUST)?
            .cast_signed();
        Some(if sign == "-" { -value } else { value })
    });
    number.ok_or_else(|| {
        (
            pair.value_at,
            "adjust is a number with its sign, such as adjust=-4 or adjust=+2".to_owned(),
        )
    })
}
