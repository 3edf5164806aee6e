//! Choices to bytes: payloads, reports, and places to cut them. Streams are the library's generator's.
//!
//! Most bytes are few letters that meet often (line ends, digits, parts of a character), because random ones never make a
//! delimiter, a length or a character.

use std::ops::Range;

use arbitrary::{Result, Unstructured};
use framecheck::suite::Item;

/// The most frames of one stream.
const FRAMES: usize = 8;

/// A payload: short in most cases, a long run in some.
pub(crate) fn payload(u: &mut Unstructured) -> Result<Vec<u8>> {
    match u.int_in_range(0..=7_u8)? {
        0 => {
            let byte = u.arbitrary()?;
            Ok(vec![byte; u.int_in_range(0..=700)?])
        }
        1 => {
            let length = u.int_in_range(0..=40)?;
            let length = length.min(u.len());
            Ok(u.bytes(length)?.to_vec())
        }
        2 => Ok(text(u)?.into_bytes()),
        _ => few_letters(u),
    }
}

fn few_letters(u: &mut Unstructured) -> Result<Vec<u8>> {
    const LETTERS: &[u8] = b"ab\r\n:;=, 019fF\0\x01\x02\x80\xc3\xa9\xe2\x82\xff";
    let length = u.int_in_range(0..=12)?;
    (0..length).map(|_| u.choose(LETTERS).copied()).collect()
}

fn text(u: &mut Unstructured) -> Result<String> {
    let length = u.int_in_range(0..=12)?;
    (0..length)
        .map(|_| {
            u.choose(&['a', '\n', 'é', '€', '𝄞', '\u{7ff}', ' '])
                .copied()
        })
        .collect()
}

/// Several payloads.
pub(crate) fn payloads(u: &mut Unstructured) -> Result<Vec<Vec<u8>>> {
    let count = u.int_in_range(1..=FRAMES)?;
    (0..count).map(|_| payload(u)).collect()
}

fn change(u: &mut Unstructured, wire: &mut Vec<u8>) -> Result<()> {
    let place = some_range(u, wire.len())?;
    match u.int_in_range(0..=4_u8)? {
        0 => drop(wire.drain(place)),
        1 => wire.truncate(place.start),
        2 => wire.extend_from_within(place),
        3 => drop(wire.splice(place.start..place.start, few_letters(u)?)),
        _ => {
            for byte in &mut wire[place] {
                *byte = byte.wrapping_add(u.arbitrary()?);
            }
        }
    }
    Ok(())
}

/// A few bytes somewhere.
fn some_range(u: &mut Unstructured, len: usize) -> Result<Range<usize>> {
    let start = u.int_in_range(0..=len)?;
    let end = u.int_in_range(start..=len.min(start + 4))?;
    Ok(start..end)
}

/// What a target may report: lines, right and wrong, changed in a few places.
pub(crate) fn report(u: &mut Unstructured) -> Result<Vec<u8>> {
    let mut report = Vec::new();
    for _ in 0..u.int_in_range(0..=FRAMES)? {
        let line = match u.int_in_range(0..=3_u8)? {
            0 => Item::Done.to_string(),
            1 => format!(
                "end {}",
                u.choose(&["clean", "truncated", "error", "well"])?
            ),
            _ => Item::Frame {
                len: u.arbitrary()?,
                crc32: u.arbitrary()?,
            }
            .to_string(),
        };
        report.extend_from_slice(line.as_bytes());
        report.extend_from_slice(u.choose(&["\n", "\r\n", "\n\n", " \n"])?.as_bytes());
    }
    for _ in 0..u.int_in_range(0..=2)? {
        change(u, &mut report)?;
    }
    Ok(report)
}

/// Places inside so many bytes, ascending: each, every so many bytes, or a few.
pub(crate) fn cuts(u: &mut Unstructured, len: usize) -> Result<Vec<usize>> {
    if len < 2 {
        return Ok(Vec::new());
    }
    if u.ratio(1, 3)? {
        let step = u.int_in_range(1..=len.min(32))?;
        return Ok((step..len).step_by(step).collect());
    }
    let mut cuts = Vec::new();
    for _ in 0..u.int_in_range(0..=12)? {
        cuts.push(u.int_in_range(1..=len - 1)?);
    }
    cuts.sort_unstable();
    Ok(cuts)
}
