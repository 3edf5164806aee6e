//! Long random streams in random reads: the ways that the streaming decoder has for many bytes at once, against `naive`.
//!
//! The exhaustive tests walk streams of a few bytes. Here streams have some hundred, so that whole frames, blocks of a search and
//! headers lie in one read or are cut in two; a failure prints the framing, the seed and the stream.

use fastrand::Rng;
use framecheck::framing::{Decoder, Ending, Event, Framing, naive};

/// A framing, and what its streams are put together from; letters stand between.
const FRAMINGS: &[(&str, &[&[u8]])] = &[
    ("delimited:\\n", &[b"\n"]),
    ("delimited:\\n,max=40", &[b"\n"]),
    ("delimited:\\n,max=40,oversize=discard", &[b"\n"]),
    ("delimited:\\n,empty=skip,strip=\\r", &[b"\n", b"\r"]),
    ("delimited:\\n,empty=reject,tail=frame", &[b"\n"]),
    ("delimited:\\n,strip=ab,max=60", &[b"\n", b"ab"]),
    ("delimited:\\r\\n", &[b"\r\n", b"\r\n", b"\r", b"\n"]),
    ("delimited:\\r\\n|\\n|\\r", &[b"\r\n", b"\r", b"\n"]),
    ("delimited:\\r\\n|\\n|\\r,max=50", &[b"\r\n", b"\r", b"\n"]),
    ("delimited:1|2|3", &[b"1", b"2", b"3"]),
    ("delimited:1|2|3|44", &[b"1", b"2", b"3", b"4"]),
    ("delimited:12121|121", &[b"1", b"2", b"121"]),
    ("delimited:123456789", &[b"123456789", b"1234", b"56789"]),
    ("delimited:123456789|1", &[b"123456789", b"12"]),
    ("prefixed:u8", &[b"\x05", b"\0", b"\x40"]),
    ("prefixed:u8,max=30,oversize=discard", &[b"\x05", b"\x40"]),
    ("prefixed:u16be,trailer=..", &[b"\0\x05aaaaa..", b"\0\x20"]),
    (
        "prefixed:u24le,header=ab",
        &[b"ab\x03\0\0aaa", b"ab\x30\0\0"],
    ),
    (
        "prefixed:u32be,offset=3,adjust=-7",
        &[b"xyz\0\0\0\x09aa", b"xyz\0\0\0\x07"],
    ),
    (
        "prefixed:u64le",
        &[b"\x02\0\0\0\0\0\0\0aa", b"\x40\0\0\0\0\0\0\0"],
    ),
    ("prefixed:varint", &[b"\x80\x01", b"\x01a", b"\x00"]),
    ("prefixed:varint,canonical=require", &[b"\x01a", b"\x81\0a"]),
    ("netstring", &[b"3:aaa,", b"0:,", b"03:aaa,", b"120:"]),
    (
        "prefixed:decimal,end=:,trailer=\\,,zeros=accept,empty=skip",
        &[b"003:aaa,", b"0:,"],
    ),
    ("prefixed:hex,end=\\r\\n", &[b"4\r\naaaa", b"1F\r\n"]),
    ("prefixed:decimal,width=3", &[b"003aaa", b"050"]),
    ("blocks:u8", &[b"\x03aaa", b"\0", b"\x40"]),
    ("blocks:u8,unit=series,empty=reject", &[b"\x03aaa", b"\0"]),
    (
        "blocks:u8,unit=series,max=3,oversize=discard",
        &[b"\x03aaa", b"\x04aaaa", b"\0"],
    ),
    (
        "blocks:u16le,trailer=;,empty=skip",
        &[b"\x03\0aaa;", b"\0\0;"],
    ),
    (
        "http-chunked",
        &[b"3\r\naaa\r\n", b"0\r\n\r\n", b"2;x=y\r\naa\r\n"],
    ),
];

const STREAMS: u64 = 400;

#[test]
fn a_long_stream_in_any_reads_decodes_as_it_does_whole() {
    let mut frames = 0;
    for (text, parts) in FRAMINGS {
        let framing: Framing = text.parse().unwrap_or_else(|bad| panic!("{bad}"));
        for seed in 0..STREAMS {
            frames += check(text, &framing, parts, seed);
        }
    }
    assert!(frames > 30 * FRAMINGS.len() as u64 * 10, "{frames}");
}

fn check(text: &str, framing: &Framing, parts: &[&[u8]], seed: u64) -> u64 {
    let mut random = Rng::with_seed(seed);
    let wire = stream(&mut random, parts);
    let (expected, ending) = naive(framing, &wire);
    for longest in [1 << 20, 200, 70, 9] {
        let (events, found) = decode_in_reads(framing, &wire, longest, &mut random);
        assert!(
            events == expected && found.agrees(&ending),
            "{text} seed {seed} reads of up to {longest}: {}\n  streaming {events:?} {found}\n  naive     {expected:?} {ending}",
            wire.escape_ascii()
        );
    }
    expected.len() as u64
}

/// Parts with letters between them: none at all in every second stream, and up to 150 in the others.
fn stream(random: &mut Rng, parts: &[&[u8]]) -> Vec<u8> {
    let letters = [0, 3, 20, 150][random.usize(..4)] * usize::from(random.bool());
    let mut wire = Vec::new();
    for _ in 0..random.usize(1..40) {
        wire.extend((0..random.usize(..=letters)).map(|_| random.choice(*b"abc").unwrap()));
        wire.extend_from_slice(parts[random.usize(..parts.len())]);
    }
    wire
}

fn decode_in_reads(
    framing: &Framing,
    wire: &[u8],
    longest: usize,
    random: &mut Rng,
) -> (Vec<Event>, Ending) {
    let (mut decoder, mut events) = (Decoder::new(framing), Vec::new());
    let mut rest = wire;
    while !rest.is_empty() {
        let (read, behind) = rest.split_at(random.usize(1..=longest).min(rest.len()));
        if decoder.push(read, &mut events).is_err() {
            break;
        }
        rest = behind;
    }
    let ending = decoder.finish(&mut events);
    (events, ending)
}
