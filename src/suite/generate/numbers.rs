//! Lengths as they stand on the wire: right, at the bounds of what they can hold, and in forms that sloppy readers take.
//!
//! A form often says the number that is due, in a way that is not allowed: a reader that takes it goes on as if nothing were wrong, and
//! the difference shows.

use super::Choices;
use crate::framing::{Endian, Framing, Length, Prefix, Radix, Stop};

/// The bytes of a length field where `raw` is due, right or nearly so.
pub(super) fn length(
    choices: &mut impl Choices,
    framing: &Framing,
    prefix: &Prefix,
    raw: u64,
    http: bool,
) -> Vec<u8> {
    let raw = match choices.one_in(2) {
        true => other(choices, framing, prefix, raw),
        false => raw,
    };
    match &prefix.length {
        Length::Uint { width, endian } => uint(choices, *width, *endian, raw),
        Length::Varint { .. } => varint(choices, raw),
        Length::Digits { radix, stop } => digits(choices, *radix, stop, raw, http),
        Length::Field { name } => field(choices, name, raw),
    }
}

/// Another number: near to it, at the limit, or at the bounds of what integers hold.
fn other(choices: &mut impl Choices, framing: &Framing, prefix: &Prefix, raw: u64) -> u64 {
    let limit = framing.max.unwrap_or(u64::MAX >> 1);
    let limit = limit.saturating_add_signed(prefix.adjust.saturating_neg());
    match choices.upto(11) {
        0 => raw.wrapping_add(1),
        1 => raw.wrapping_sub(1),
        2 => 0,
        3 => limit.wrapping_add(choices.upto(2)).wrapping_sub(1),
        4 => 1 << choices.upto(63),
        5 => (1_u64 << choices.upto(63)).wrapping_sub(1),
        6 => u64::MAX - choices.upto(9),
        7 => u64::from(u32::MAX) - choices.upto(9),
        8 => raw.wrapping_add(1 << 16),
        9 => raw.wrapping_add(1 << 32),
        10 => raw ^ (1 << choices.upto(63)),
        _ => choices.upto(300),
    }
}

fn uint(choices: &mut impl Choices, width: u8, endian: Endian, raw: u64) -> Vec<u8> {
    let width = usize::from(width);
    let swapped = choices.one_in(8);
    match (endian == Endian::Big) != swapped {
        true => raw.to_be_bytes()[8 - width..].to_vec(),
        false => raw.to_le_bytes()[..width].to_vec(),
    }
}

/// LEB128: the shortest form, padded, longer than 64 bits, or with bits above the 64th.
fn varint(choices: &mut impl Choices, raw: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut left = raw;
    while left > 0x7f {
        bytes.push(left as u8 | 0x80);
        left >>= 7;
    }
    bytes.push(left as u8);
    let longer = match choices.upto(5) {
        0 | 1 => 0,
        2 | 3 => bytes.len() + choices.between(1..=3),
        4 => choices.between(5..=10),
        _ => choices.between(10..=12),
    };
    if longer > bytes.len() {
        if let Some(last) = bytes.last_mut() {
            *last |= 0x80;
        }
        bytes.resize(longer - 1, 0x80);
        bytes.push(if choices.one_in(2) {
            *choices.pick(&[2, 0x7e, 0x10])
        } else {
            0
        });
    }
    bytes
}

fn digits(choices: &mut impl Choices, radix: Radix, stop: &Stop, raw: u64, http: bool) -> Vec<u8> {
    let width = match stop {
        Stop::Width(width) => usize::from(*width),
        Stop::End { .. } => 1,
    };
    let mut text = number(choices, radix, raw, width);
    if let Stop::Width(width) = stop {
        text.truncate(usize::from(*width));
    }
    if http && choices.one_in(3) {
        text.extend(choices.pick(EXTENSIONS).iter());
    }
    if let Stop::End { end, .. } = stop {
        text.extend(terminator(choices, end));
    }
    text
}

/// Chunk extensions (RFC 9112 section 7.1.1), and what is none.
const EXTENSIONS: &[&[u8]] = &[
    b";a",
    b";a=b",
    b" ; a = b",
    b";a=\"b\"",
    b";a=\"\\\"\r\"",
    b";a=\"b;c\"",
    b";a;b;c=1",
    b";",
    b" ",
    b"\t",
    b";a=",
    b"; =b",
    b";a\0",
    b" a",
    b";a=\"",
    b";a=b c",
    b";a\n",
    b";a=\"\n\"",
    b";\r",
];

/// What stands behind the digits: mostly what must.
fn terminator(choices: &mut impl Choices, end: &[u8]) -> Vec<u8> {
    let last = end.last().copied().unwrap_or(b'\n');
    match choices.upto(11) {
        0..6 => end.to_vec(),
        6 => vec![last],
        7 => [&end[..end.len() - 1], b"x"].concat(),
        8 => [end, end].concat(),
        9 => [b" ", end].concat(),
        10 => b"\n".to_vec(),
        _ => Vec::new(),
    }
}

/// Digits, and what sloppy readers take for some.
fn number(choices: &mut impl Choices, radix: Radix, raw: u64, width: usize) -> Vec<u8> {
    let wide = |raw: u128| match radix {
        Radix::Decimal => format!("{raw:0width$}"),
        Radix::Hex => format!("{raw:0width$x}"),
    };
    let plain = wide(raw.into());
    let text = match choices.upto(19) {
        0..3 => plain,
        3 => format!(
            "{}{plain}",
            "0".repeat(*choices.pick(&[1, 2, 7, 8, 16, 30]))
        ),
        4 => format!("+{plain}"),
        5 => format!("-{plain}"),
        6 => format!(
            "{}{plain}",
            choices.pick(&[" ", "\t", "\n", "\x0b", "\r\n"])
        ),
        7 => format!("{plain}{}", choices.pick(&[" ", "\t", "  ", "\x0c"])),
        8 => format!("{}{plain}", choices.pick(&["0x", "0X", "#", "x"])),
        9 => underscored(&plain),
        10 => format!(
            "{plain}{}",
            choices.pick(&["x", ".0", ";", "e1", "g", "L", "\0", "-", " 1"])
        ),
        11 => plain
            .chars()
            .map(|digit| other_script(choices, digit))
            .collect(),
        12 => String::new(),
        13 => wide(u128::from(raw) + (1 << 32)),
        14 => wide(u128::from(raw) + (1 << 64)),
        15 => choices
            .pick(&["-1", "-", "+", "-0", "+0", "x", "z0", "NaN"])
            .to_string(),
        16 => plain.to_uppercase(),
        17 => format!("0{plain}"),
        18 => wide(u128::from(raw) + (1 << 64) * u128::from(1 + choices.upto(20))),
        _ => wide(u128::MAX),
    };
    text.into_bytes()
}

fn underscored(plain: &str) -> String {
    match plain.len() {
        1 => format!("0_{plain}"),
        _ => format!("{}_{}", &plain[..1], &plain[1..]),
    }
}

/// The same digit in another script.
fn other_script(choices: &mut impl Choices, digit: char) -> char {
    let zero = *choices.pick(&[0x660, 0xff10, 0x966]);
    let value = digit.to_digit(10).map(|value| zero + value);
    value.and_then(char::from_u32).unwrap_or(digit)
}

/// A block of header lines with a length: names in other letters, further fields, what is no field.
pub(super) fn field(choices: &mut impl Choices, name: &str, raw: u64) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for _ in 0..choices.upto(2) {
        lines.push(choices.pick(FIELDS).to_vec());
    }
    if !choices.one_in(10) {
        lines.push(length_line(choices, name, raw));
    }
    for _ in 0..choices.upto(3).saturating_sub(1) {
        lines.push(choices.pick(FIELDS).to_vec());
    }
    if choices.one_in(8) {
        let again = match choices.one_in(2) {
            true => raw,
            false => raw.wrapping_add(choices.upto(3)),
        };
        lines.push(length_line(choices, name, again));
    }
    let mut block = Vec::new();
    if choices.one_in(12) {
        block.extend_from_slice(b"\r\n");
    }
    for line in lines {
        block.extend_from_slice(&line);
        block.extend_from_slice(line_end(choices));
    }
    block.extend_from_slice(line_end(choices));
    block
}

fn line_end(choices: &mut impl Choices) -> &'static [u8] {
    match choices.upto(31) {
        0..29 => b"\r\n",
        29 => b"\n",
        30 => b"\r",
        _ => b"\r\r\n",
    }
}

/// Further lines of a header, good and bad.
const FIELDS: &[&[u8]] = &[
    b"A: b",
    b"Content-Type: application/vscode-jsonrpc; charset=utf-8",
    b"X-Content-Length: 3",
    b"Content-Length-X: 3",
    b"Content-Length2: 3",
    b"a:",
    b"A: Content-Length: 3",
    b"no field",
    b" folded: 1",
    b": nameless",
    b"B : 1",
    b"C: \x00",
    b"D: \xff",
];

fn length_line(choices: &mut impl Choices, name: &str, raw: u64) -> Vec<u8> {
    let name = match choices.upto(11) {
        0..6 => name.to_owned(),
        6 => name.to_lowercase(),
        7 => name.to_uppercase(),
        8 => format!("{name} "),
        9 => format!("X-{name}"),
        10 => format!("{name}-X"),
        _ => format!(" {name}"),
    };
    let value = match choices.one_in(3) {
        true => number(choices, Radix::Decimal, raw, 1),
        false => raw.to_string().into_bytes(),
    };
    let colon = *choices.pick(&[&b": "[..], b":", b":  ", b":\t", b" : "]);
    [name.as_bytes(), colon, &value].concat()
}

/// The end of a chunked body: the last chunk's line, trailer fields, the empty line (RFC 9112 section 7.1).
pub(super) fn last_chunk(choices: &mut impl Choices) -> Vec<u8> {
    let mut last = choices
        .pick(&[
            &b"0"[..],
            b"00",
            b"000000000000000000",
            b"0;a",
            b"0 ",
            b"+0",
            b"0x0",
            b"",
        ])
        .to_vec();
    last.extend_from_slice(line_end(choices));
    for _ in 0..choices.upto(3).saturating_sub(1) {
        last.extend(choices.pick(FIELDS).iter());
        last.extend_from_slice(line_end(choices));
    }
    last.extend_from_slice(line_end(choices));
    last
}
