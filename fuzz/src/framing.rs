//! Choices to framings: the text of a framing is put together key by key, and parsed.
//!
//! Invariant: every pattern, length field and key can be chosen, with small and with large values. A text that is refused (a
//! fixed size over `max`) is no input.

use arbitrary::{Error, Result, Unstructured};
use framecheck::framing::{Framing, escape, presets};

/// Any framing.
pub(crate) fn framing(u: &mut Unstructured) -> Result<Framing> {
    let pattern = match u.int_in_range(0..=9_u8)? {
        0 => "eof".to_owned(),
        1 => "half-close".to_owned(),
        2 => fixed(u)?,
        3 | 4 => delimited(u)?,
        5 | 6 => format!("prefixed:{}", prefix(u)?),
        7 | 8 => blocks(u)?,
        _ => u.choose(presets())?.name.to_owned(),
    };
    let text = format!("{pattern}{}", shared(u)?);
    text.parse().map_err(|_| Error::IncorrectFormat)
}

/// A key and its value, or in most cases nothing.
fn key(
    u: &mut Unstructured,
    name: &str,
    value: impl FnOnce(&mut Unstructured) -> Result<String>,
) -> Result<String> {
    match u.ratio(1, 3)? {
        true => Ok(format!(",{name}={}", value(u)?)),
        false => Ok(String::new()),
    }
}

fn word(u: &mut Unstructured, words: &[&str]) -> Result<String> {
    u.choose(words).map(|&word| word.to_owned())
}

/// One to four bytes: of those that meet in lines and numbers, or any.
fn some_bytes(u: &mut Unstructured) -> Result<String> {
    const FAMILIAR: &[u8] = b"ab\r\n:;, 0\0\xc3\xa9\xff";
    let mut bytes = Vec::new();
    for _ in 0..u.int_in_range(1..=4)? {
        bytes.push(match u.ratio(1, 8)? {
            true => u.arbitrary()?,
            false => *u.choose(FAMILIAR)?,
        });
    }
    Ok(escape(&bytes, b",|"))
}

fn fixed(u: &mut Unstructured) -> Result<String> {
    let size = u.int_in_range(1..=300)?;
    let tail = key(u, "tail", |u| match u.int_in_range(0..=2)? {
        0 => Ok("truncated".to_owned()),
        1 => Ok("frame".to_owned()),
        _ => Ok(format!("pad:{}", escape(&[u.arbitrary()?], b","))),
    })?;
    Ok(format!("fixed:{size}{tail}"))
}

fn delimited(u: &mut Unstructured) -> Result<String> {
    let mut text = format!("delimited:{}", some_bytes(u)?);
    for _ in 0..u.int_in_range(0..=3)? {
        text += &format!("|{}", some_bytes(u)?);
    }
    text += &key(u, "strip", some_bytes)?;
    text += &key(u, "tail", |u| word(u, &["frame", "truncated"]))?;
    Ok(text)
}

fn blocks(u: &mut Unstructured) -> Result<String> {
    if u.ratio(1, 6)? {
        let zeros = key(u, "zeros", |u| word(u, &["accept", "reject"]))?;
        let http = r"blocks:hex,end=\r\n,trailer=\r\n,extensions=http";
        return Ok(format!("{http}{zeros}{}", units(u)?));
    }
    Ok(format!("blocks:{}{}", prefix(u)?, units(u)?))
}

fn units(u: &mut Unstructured) -> Result<String> {
    let series = key(u, "series", |u| word(u, &["one", "many"]))?;
    let unit = key(u, "unit", |u| word(u, &["series", "block"]))?;
    Ok(series + &unit)
}

fn prefix(u: &mut Unstructured) -> Result<String> {
    let mut text = length(u)?;
    text += &match u.int_in_range(0..=5)? {
        0 => format!(",header={}", some_bytes(u)?),
        1 => format!(",offset={}", u.int_in_range(0..=9)?),
        _ => String::new(),
    };
    text += &key(u, "adjust", adjust)?;
    text += &key(u, "trailer", some_bytes)?;
    Ok(text)
}

fn adjust(u: &mut Unstructured) -> Result<String> {
    let sign = u.choose(&['-', '+'])?;
    let value = match u.ratio(1, 8)? {
        true => u.int_in_range(0..=1_u64 << 32)?,
        false => u.int_in_range(0..=20)?,
    };
    Ok(format!("{sign}{value}"))
}

fn length(u: &mut Unstructured) -> Result<String> {
    const BINARY: &[&str] = &[
        "u8", "u16be", "u16le", "u24be", "u24le", "u32be", "u32le", "u64be", "u64le",
    ];
    match u.int_in_range(0..=5_u8)? {
        0 | 1 => word(u, BINARY),
        2 => Ok(format!(
            "varint{}",
            key(u, "canonical", |u| word(u, &["require", "any"]))?
        )),
        3 => digits(u, "decimal", 19),
        4 => digits(u, "hex", 16),
        _ => Ok(format!(
            "field{}",
            key(u, "name", |u| word(u, &["A", "length", "Content-Length"]))?
        )),
    }
}

fn digits(u: &mut Unstructured, radix: &str, widest: u8) -> Result<String> {
    if u.ratio(1, 3)? {
        return Ok(format!("{radix},width={}", u.int_in_range(1..=widest)?));
    }
    let end = some_bytes(u)?;
    let zeros = key(u, "zeros", |u| word(u, &["accept", "reject"]))?;
    Ok(format!("{radix},end={end}{zeros}"))
}

/// The keys of every pattern.
fn shared(u: &mut Unstructured) -> Result<String> {
    let mut text = key(u, "max", |u| match u.int_in_range(0..=3)? {
        0 => Ok("none".to_owned()),
        1 => word(u, &["1", "0", "127", "255", "256", "65535"]),
        _ => Ok(u.int_in_range(0..=40)?.to_string()),
    })?;
    text += &key(u, "oversize", |u| word(u, &["discard", "close"]))?;
    text += &key(u, "empty", |u| word(u, &["reject", "skip", "accept"]))?;
    text += &key(u, "charset", |u| word(u, &["utf-8", "any"]))?;
    Ok(text)
}
