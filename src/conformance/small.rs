//! Small streams of a framing: every short one over the bytes that matter to it, and every short row of its smallest frames.
//!
//! The first find what breaks on input that nobody thought of, the second reach past headers that are longer than any walk over
//! single bytes. Invariant: the same framing and numbers give the same streams in the same order, the shortest first.

use crate::framing::{Charset, Framing, Lead, Length, Pattern, Radix, Stop};

/// A bigger alphabet makes streams too short to hold a frame.
const LARGEST_ALPHABET: usize = 6;

/// The streams over the alphabet of the framing, as long as all of one length under all cut sets are no more than this many cases.
pub(super) fn short(framing: &Framing, most: u64) -> impl Iterator<Item = Vec<u8>> {
    let letters = alphabet(framing);
    let cases = |len: u32| (letters.len() as u64).pow(len) << len.saturating_sub(1);
    let longest = (1..).take_while(|&len| cases(len) <= most).last();
    (0..=longest.unwrap_or(0)).flat_map(move |len| {
        let letters = letters.clone();
        let all = letters.len().pow(len);
        (0..all).map(move |number| spelled(&letters, len, number))
    })
}

fn spelled(letters: &[u8], len: u32, mut number: usize) -> Vec<u8> {
    let letter = |_| {
        let letter = letters[number % letters.len()];
        number /= letters.len();
        letter
    };
    (0..len).map(letter).collect()
}

/// The bytes that decide something in this framing, and one that does not, the most telling first.
fn alphabet(framing: &Framing) -> Vec<u8> {
    let mut letters = match &framing.pattern {
        Pattern::Eof | Pattern::HalfClose | Pattern::Fixed { .. } => vec![b'a', b'b'],
        Pattern::Delimited {
            delimiters, strip, ..
        } => {
            let own = delimiters.iter().flatten().chain(strip);
            let mut letters: Vec<u8> = own.copied().collect();
            letters.insert(0, b'a');
            letters
        }
        Pattern::Prefixed(prefix) | Pattern::Blocks { prefix, .. } => {
            let mut letters = of_length(&prefix.length, prefix.adjust);
            if let Lead::Exact(lead) = &prefix.lead {
                letters.extend(lead);
            }
            letters.extend(&prefix.trailer);
            letters.push(b'a');
            letters
        }
    };
    if framing.charset == Charset::Utf8 {
        letters.splice(1..1, [0xc3, 0xa9]);
    }
    let mut seen = Vec::new();
    letters.retain(|letter| {
        !seen.contains(letter) && seen.len() < LARGEST_ALPHABET && {
            seen.push(*letter);
            true
        }
    });
    letters
}

/// The bytes of lengths of no byte, one and two.
fn of_length(length: &Length, adjust: i64) -> Vec<u8> {
    let raw = |payload: i64| (payload - adjust).clamp(0, 99) as u8;
    let small = [0, raw(0), raw(1), raw(2)];
    match length {
        Length::Uint { width: 1, .. } => small.to_vec(),
        Length::Uint { .. } => vec![0, raw(1)],
        Length::Varint { .. } => vec![raw(1), 0x80, 0, 0x80 | raw(1)],
        Length::Digits { radix, stop } => {
            let mut letters: Vec<u8> = small[..3]
                .iter()
                .flat_map(|value| match radix {
                    Radix::Decimal => value.to_string().into_bytes(),
                    Radix::Hex => format!("{value:x}").into_bytes(),
                })
                .collect();
            if let Stop::End { end, .. } = stop {
                letters.extend(end);
            }
            letters
        }
        Length::Field { .. } => b"\r\n: 1".to_vec(),
    }
}

/// Rows of the smallest frames, no longer than so many of them: each alone, each behind each, and so on.
pub(super) fn rows(framing: &Framing, longest: u32) -> impl Iterator<Item = Vec<u8>> {
    let frames = frames(framing);
    (1..=longest).flat_map(move |len| {
        let frames = frames.clone();
        (0..frames.len().pow(len)).map(move |mut number| {
            let mut wire = Vec::new();
            for _ in 0..len {
                wire.extend_from_slice(&frames[number % frames.len()]);
                number /= frames.len();
            }
            wire
        })
    })
}

/// The smallest frames: of nothing, of a byte, of two; the end of a series; and the beginning of one of these.
fn frames(framing: &Framing) -> Vec<Vec<u8>> {
    let sized = match framing.pattern {
        Pattern::Fixed { size, .. } => vec![b'x'; size.min(64) as usize],
        _ => b"bc".to_vec(),
    };
    let mut frames: Vec<Vec<u8>> = Vec::new();
    for payload in [b"", &b"a"[..], &sized] {
        let mut wire = Vec::new();
        if framing.encode(payload, &mut wire).is_ok() && !wire.is_empty() {
            frames.push(wire);
        }
    }
    let mut end = Vec::new();
    framing.encode_done(&mut end);
    if !end.is_empty() {
        frames.push(end);
    }
    if let Some(part) = frames.last().map(|frame| frame[..frame.len() / 2].to_vec()) {
        frames.push(part);
    }
    frames.retain(|frame| !frame.is_empty());
    frames.sort();
    frames.dedup();
    frames
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(framing: &str) -> Vec<u8> {
        alphabet(&framing.parse().unwrap())
    }

    #[test]
    fn an_alphabet_holds_what_decides() {
        assert_eq!(letters(r"delimited:\r\n|\n"), b"a\r\n");
        assert_eq!(letters("prefixed:u8"), b"\0\x01\x02a");
        assert_eq!(letters("prefixed:u8,adjust=-4"), b"\0\x04\x05\x06a");
        assert_eq!(letters("netstring"), b"01:,a");
        assert_eq!(letters("http-chunked"), b"01\r\na");
        assert_eq!(letters("mqtt"), b"\x01\x80\0\x81a");
        assert_eq!(letters("ndjson"), b"a\xc3\xa9\n\r");
    }

    #[test]
    fn short_streams_are_all_there_the_shortest_first() {
        let framing = r"delimited:\n".parse().unwrap();
        let streams: Vec<_> = short(&framing, 32).collect();
        assert_eq!(streams.len(), 1 + 2 + 4 + 8);
        assert!(streams.is_sorted_by_key(Vec::len));
        assert!(streams.contains(&b"\na\n".to_vec()));
    }

    #[test]
    fn rows_hold_every_order_of_the_smallest_frames() {
        let framing = "blocks:u8".parse().unwrap();
        let rows: Vec<_> = rows(&framing, 2).collect();
        for row in [&b"\x01a\0"[..], b"\0\0", b"\x02bc\x01a"] {
            assert!(rows.contains(&row.to_vec()), "{row:?}");
        }
    }
}
