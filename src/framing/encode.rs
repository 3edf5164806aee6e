//! Payloads to wire bytes: the reverse of the decoder.
//!
//! Invariant: what is encoded decodes to the same payload, alone and between others; a payload that no bytes stand for is refused.

use std::fmt;

use super::length::capacity;
use super::{
    Charset, Empty, Endian, Framing, Lead, Length, Pattern, Prefix, Radix, Stop, Tail, Unit,
};

/// Why no bytes stand for a payload in a framing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unencodable {
    /// It is longer than `max`.
    TooLong,
    /// It is empty, and empty frames are refused or not reported.
    Empty,
    /// It is not UTF-8.
    NotUtf8,
    /// It has not the one size that messages have.
    WrongSize,
    /// It holds a delimiter, or makes one together with the delimiter behind it and what may follow.
    HoldsDelimiter,
    /// Its length cannot be written in the length field.
    LengthDoesNotFit,
    /// A block of this length would end the series.
    EndsSeries,
}

impl fmt::Display for Unencodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the payload is longer than max",
            Self::Empty => "the payload is empty, and the framing has no empty frames",
            Self::NotUtf8 => "the payload is not UTF-8",
            Self::WrongSize => "the payload has not the fixed size",
            Self::HoldsDelimiter => "the payload holds the delimiter",
            Self::LengthDoesNotFit => "the length field cannot hold the payload's length",
            Self::EndsSeries => "a block of this length would end the series",
        })
    }
}

impl std::error::Error for Unencodable {}

impl Framing {
    /// Appends one message; in pattern 6 one block, or with `unit=series` a series of one block and its end.
    ///
    /// # Errors
    /// No bytes stand for this payload; `wire` is as it was.
    pub fn encode(&self, payload: &[u8], wire: &mut Vec<u8>) -> Result<(), Unencodable> {
        self.check(payload)?;
        match &self.pattern {
            Pattern::Eof | Pattern::HalfClose => wire.extend_from_slice(payload),
            Pattern::Fixed { size, tail } => fixed(*size, *tail, payload, wire)?,
            Pattern::Delimited {
                delimiters, strip, ..
            } => delimited(delimiters, strip, payload, wire)?,
            Pattern::Prefixed(prefix) => wire_unit(prefix, payload, wire)?,
            Pattern::Blocks {
                unit: Unit::Series, ..
            } if payload.is_empty() => self.encode_done(wire),
            Pattern::Blocks { prefix, unit, .. } => {
                if raw_length(prefix, payload.len())? == 0 {
                    return Err(Unencodable::EndsSeries);
                }
                wire_unit(prefix, payload, wire)?;
                if *unit == Unit::Series {
                    self.encode_done(wire);
                }
            }
        }
        Ok(())
    }

    /// What stands before a payload of this length, whatever `max` is; `None`: there is no length field, or it cannot hold it.
    #[must_use]
    pub fn announce(&self, length: u64) -> Option<Vec<u8>> {
        let (Pattern::Prefixed(prefix) | Pattern::Blocks { prefix, .. }) = &self.pattern else {
            return None;
        };
        let mut wire = Vec::new();
        let raw = raw_length(prefix, usize::try_from(length).ok()?).ok()?;
        write_header(prefix, raw, &mut wire);
        Some(wire)
    }

    /// Appends the end of a series of blocks; nothing in the other patterns.
    pub fn encode_done(&self, wire: &mut Vec<u8>) {
        if let Pattern::Blocks { prefix, .. } = &self.pattern {
            write_header(prefix, 0, wire);
            wire.extend_from_slice(&prefix.trailer);
        }
    }

    /// Whether payloads are blocks, which need an end of their series.
    #[must_use]
    pub fn has_blocks(&self) -> bool {
        matches!(
            self.pattern,
            Pattern::Blocks {
                unit: Unit::Block,
                ..
            }
        )
    }

    fn check(&self, payload: &[u8]) -> Result<(), Unencodable> {
        if self.max.is_some_and(|max| payload.len() as u64 > max) {
            return Err(Unencodable::TooLong);
        }
        if payload.is_empty() && self.empty != Empty::Accept {
            return Err(Unencodable::Empty);
        }
        if self.charset == Charset::Utf8 && std::str::from_utf8(payload).is_err() {
            return Err(Unencodable::NotUtf8);
        }
        Ok(())
    }
}

/// A shorter message can only be the last.
fn fixed(size: u64, tail: Tail, payload: &[u8], wire: &mut Vec<u8>) -> Result<(), Unencodable> {
    match (payload.len() as u64 == size, tail) {
        (false, Tail::Truncated | Tail::Pad(_)) => return Err(Unencodable::WrongSize),
        (false, Tail::Frame) if payload.is_empty() || payload.len() as u64 > size => {
            return Err(Unencodable::WrongSize);
        }
        _ => wire.extend_from_slice(payload),
    }
    Ok(())
}

/// Takes the first delimiter that ends just this payload, whatever follows it.
fn delimited(
    delimiters: &[Vec<u8>],
    strip: &[u8],
    payload: &[u8],
    wire: &mut Vec<u8>,
) -> Result<(), Unencodable> {
    // What `strip` would take off stands twice, so that it takes the second.
    let kept = if payload.ends_with(strip) { strip } else { &[] };
    let before = wire.len();
    wire.extend_from_slice(payload);
    wire.extend_from_slice(kept);
    let (place, end) = (wire.len() - before, wire.len());
    for delimiter in delimiters {
        wire.extend_from_slice(delimiter);
        let bytes = &wire[before..];
        if first_match(delimiters, bytes) == Some((place, delimiter.len()))
            && !could_begin_by(delimiters, bytes, place)
        {
            return Ok(());
        }
        wire.truncate(end);
    }
    wire.truncate(before);
    Err(Unencodable::HoldsDelimiter)
}

/// The earliest place at which a delimiter matches, and the longest that does there.
fn first_match(delimiters: &[Vec<u8>], bytes: &[u8]) -> Option<(usize, usize)> {
    let found = delimiters
        .iter()
        .filter_map(|delimiter| Some((memchr::memmem::find(bytes, delimiter)?, delimiter.len())));
    found.min_by_key(|&(at, len)| (at, std::cmp::Reverse(len)))
}

/// Whether the bytes that follow could make a delimiter that begins at `place` or before it.
fn could_begin_by(delimiters: &[Vec<u8>], bytes: &[u8], place: usize) -> bool {
    let begins_at = |from: usize| {
        let rest = &bytes[from..];
        let longer =
            |delimiter: &Vec<u8>| delimiter.len() > rest.len() && delimiter.starts_with(rest);
        delimiters.iter().any(longer)
    };
    let longest = delimiters.iter().map(Vec::len).max().unwrap_or(0);
    ((bytes.len() + 1).saturating_sub(longest)..=place).any(begins_at)
}

fn raw_length(prefix: &Prefix, len: usize) -> Result<u64, Unencodable> {
    let raw = i128::try_from(len).unwrap_or(i128::MAX) - i128::from(prefix.adjust);
    match u64::try_from(raw) {
        Ok(raw) if raw <= capacity(&prefix.length) => Ok(raw),
        _ => Err(Unencodable::LengthDoesNotFit),
    }
}

fn wire_unit(prefix: &Prefix, payload: &[u8], wire: &mut Vec<u8>) -> Result<(), Unencodable> {
    write_header(prefix, raw_length(prefix, payload.len())?, wire);
    wire.extend_from_slice(payload);
    wire.extend_from_slice(&prefix.trailer);
    Ok(())
}

/// The lead, free bytes as zeros, and the length.
fn write_header(prefix: &Prefix, raw: u64, wire: &mut Vec<u8>) {
    match &prefix.lead {
        Lead::Free(size) => wire.resize(wire.len() + *size as usize, 0),
        Lead::Exact(lead) => wire.extend_from_slice(lead),
    }
    match &prefix.length {
        Length::Uint {
            width,
            endian: Endian::Big,
        } => wire.extend_from_slice(&raw.to_be_bytes()[8 - usize::from(*width)..]),
        Length::Uint {
            width,
            endian: Endian::Little,
        } => wire.extend_from_slice(&raw.to_le_bytes()[..usize::from(*width)]),
        Length::Varint { .. } => write_varint(raw, wire),
        Length::Digits { radix, stop } => write_digits(*radix, stop, raw, wire),
        Length::Field { name } => {
            wire.extend_from_slice(format!("{name}: {raw}\r\n\r\n").as_bytes())
        }
    }
}

fn write_varint(mut raw: u64, wire: &mut Vec<u8>) {
    while raw > 0x7f {
        wire.push(raw as u8 | 0x80);
        raw >>= 7;
    }
    wire.push(raw as u8);
}

fn write_digits(radix: Radix, stop: &Stop, raw: u64, wire: &mut Vec<u8>) {
    let (width, end): (usize, &[u8]) = match stop {
        Stop::End { end, .. } => (1, end),
        Stop::Width(width) => (usize::from(*width), &[]),
    };
    let digits = match radix {
        Radix::Decimal => format!("{raw:0width$}"),
        Radix::Hex => format!("{raw:0width$x}"),
    };
    wire.extend_from_slice(digits.as_bytes());
    wire.extend_from_slice(end);
}

#[cfg(test)]
mod tests {
    use super::super::unescape;
    use super::super::{Ending, Event, Payloads};
    use super::*;

    /// A framing, a payload, and the bytes that must stand for it.
    const ROWS: &[(&str, &str, Result<&str, Unencodable>)] = &[
        ("lines", "a", Ok(r"a\n")),
        ("lines", r"a\r", Ok(r"a\r\r\n")),
        ("lines", r"a\nb", Err(Unencodable::HoldsDelimiter)),
        (r"delimited:\r|\r\n", "a", Ok(r"a\r\n")),
        // With an empty message behind it, `aab` would hold the longer delimiter.
        ("delimited:b|abb", "aa", Ok("aaabb")),
        ("delimited:b|cbb", "aa", Ok("aab")),
        ("delimited:aa", "a", Err(Unencodable::HoldsDelimiter)),
    ];

    #[test]
    fn a_message_ends_in_the_first_delimiter_that_nothing_behind_it_can_change() {
        for &(text, payload, expected) in ROWS {
            let framing: Framing = text.parse().unwrap_or_else(|bad| panic!("{bad}"));
            let payload = unescape(payload).expect("a payload");
            let mut wire = Vec::new();
            let found = framing.encode(&payload, &mut wire).map(|()| wire);
            let expected = expected.map(|bytes| unescape(bytes).expect("a stream"));
            assert_eq!(found, expected, "{text}");
        }
    }

    /// A framing, payloads, and what the wire begins with.
    type Row = (&'static str, &'static [&'static [u8]], &'static [u8]);

    fn encoded(framing: &str, payloads: &[&[u8]]) -> Result<Vec<u8>, Unencodable> {
        let framing: Framing = framing.parse().unwrap();
        let mut wire = Vec::new();
        for payload in payloads {
            framing.encode(payload, &mut wire)?;
        }
        if framing.has_blocks() {
            framing.encode_done(&mut wire);
        }
        Ok(wire)
    }

    fn decoded(framing: &str, wire: &[u8], step: usize) -> Vec<Vec<u8>> {
        let mut payloads = Payloads::<Vec<u8>>::new(&framing.parse().unwrap());
        let mut found = Vec::new();
        let joined = framing.contains("unit=series");
        let mut note = |event, bytes: &Vec<u8>| match event {
            Event::Frame(_) => found.push(bytes.clone()),
            Event::Block(_) if !joined => found.push(bytes.clone()),
            Event::Block(_) | Event::Done { .. } => {}
        };
        for piece in wire.chunks(step) {
            payloads.push(piece, &mut note).unwrap();
        }
        assert_eq!(payloads.finish(&mut note), Ending::Clean, "{framing}");
        found
    }

    #[test]
    fn what_is_encoded_decodes_to_the_same_payloads() {
        let three: &'static [&'static [u8]] = &[b"a", b"bcd", b"ef"];
        let with_empty: &'static [&'static [u8]] = &[b"", b"a", b"", b"bcd"];
        let rows: [Row; 18] = [
            ("eof", &[b"abc"], b"abc"),
            ("half-close", &[b""], b""),
            ("fixed:2", &[b"ab", b"cd"], b"abcd"),
            ("fixed:2,tail=frame", &[b"ab", b"c"], b"abc"),
            (r"delimited:\n", with_empty, b"\na\n\nbcd\n"),
            (
                r"delimited:\r\n|\n,strip=x",
                &[b"x", b"ax"],
                b"xx\r\naxx\r\n",
            ),
            (r"delimited:\r\r\n", &[b"a\r", b"b"], b"a\r\r\r\nb\r\r\n"),
            ("prefixed:u8", with_empty, b"\0\x01a\0\x03bcd"),
            ("prefixed:u16le", three, b"\x01\0a\x03\0bcd\x02\0ef"),
            ("prefixed:u24be", &[b"a"], b"\0\0\x01a"),
            ("prefixed:u16be,adjust=-2", &[b"a"], b"\0\x03a"),
            ("prefixed:u8,offset=1,trailer=;", &[b"a"], b"\0\x01a;"),
            ("prefixed:varint", &[&[7; 200]], b"\xc8\x01"),
            ("netstring", with_empty, b"0:,1:a,0:,3:bcd,"),
            ("prefixed:hex,width=4", three, b"0001a0003bcd0002ef"),
            ("lsp", &[b"{}"], b"Content-Length: 2\r\n\r\n{}"),
            ("blocks:u8", three, b"\x01a\x03bcd\x02ef\0"),
            ("blocks:u8,unit=series", three, b"\x01a\0\x03bcd\0\x02ef\0"),
        ];
        for (framing, payloads, begins) in rows {
            let wire = encoded(framing, payloads).unwrap();
            assert!(wire.starts_with(begins), "{framing}: {wire:?}");
            for step in 1..=wire.len().clamp(1, 8) {
                assert_eq!(
                    decoded(framing, &wire, step),
                    payloads,
                    "{framing} by {step}"
                );
            }
        }
    }

    #[test]
    fn what_no_bytes_stand_for_is_refused_and_leaves_the_wire_alone() {
        let rows: [(&str, &[u8], Unencodable); 11] = [
            ("prefixed:u32be,max=2", b"abc", Unencodable::TooLong),
            ("prefixed:u8,empty=reject", b"", Unencodable::Empty),
            ("prefixed:u8,empty=skip", b"", Unencodable::Empty),
            ("prefixed:u8,charset=utf-8", b"\xff", Unencodable::NotUtf8),
            ("fixed:2", b"a", Unencodable::WrongSize),
            ("fixed:2,tail=frame", b"abc", Unencodable::WrongSize),
            (r"delimited:\n", b"a\nb", Unencodable::HoldsDelimiter),
            (r"delimited:\r\n", b"a\r\n", Unencodable::HoldsDelimiter),
            ("prefixed:u8", &[0; 256], Unencodable::LengthDoesNotFit),
            ("prefixed:u8,adjust=+2", b"a", Unencodable::LengthDoesNotFit),
            ("blocks:u8", b"", Unencodable::EndsSeries),
        ];
        for (text, payload, why) in rows {
            let framing: Framing = text.parse().unwrap();
            let mut wire = b"before".to_vec();
            assert_eq!(framing.encode(payload, &mut wire), Err(why), "{text}");
            assert_eq!(wire, b"before", "{text}");
        }
    }

    #[test]
    fn the_longest_payload_of_a_length_field_fits() {
        let framing: Framing = "prefixed:u8".parse().unwrap();
        let mut wire = Vec::new();
        assert_eq!(framing.encode(&[0; 255], &mut wire), Ok(()));
        assert_eq!((wire[0], wire.len()), (255, 256));
    }
}
