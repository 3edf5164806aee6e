//! Every short stream over a small alphabet, under every cut set, by both decoders.
//!
//! For each framing: all streams up to a length over the bytes that matter to it. The streaming decoder must report the same under
//! each of the 2^(n-1) ways to cut the stream, with empty pushes between, and the same as `naive`, which sees it whole.

use framecheck::framing::{Decoder, Ending, Event, Framing, naive};

/// A framing, and the alphabet whose streams are walked.
const FRAMINGS: &[(&str, &[u8])] = &[
    ("eof", b"ab"),
    ("eof,max=0", b"ab"),
    ("eof,max=1,empty=reject", b"ab"),
    ("eof,max=5,empty=skip", b"a"),
    ("eof,max=1,oversize=discard", b"ab"),
    ("eof,charset=utf-8", b"a\xc3\xa9\xe2\x82"),
    ("eof,charset=utf-8,max=1", b"a\xc3\xa9"),
    ("half-close", b"ab"),
    ("half-close,max=1", b"ab"),
    ("half-close,max=5", b"ab"),
    ("fixed:1", b"ab"),
    ("fixed:2", b"ab"),
    ("fixed:3,tail=frame", b"ab"),
    ("fixed:3,tail=pad:\\0", b"ab"),
    ("fixed:2,charset=utf-8", b"a\xc3\xa9"),
    ("fixed:3,tail=frame,charset=utf-8", b"a\xc3\xa9\xe2"),
    ("fixed:5,max=5", b"ab"),
    ("delimited:\\n", b"a\n\r"),
    ("delimited:\\n,max=0", b"a\n"),
    ("delimited:\\n,max=none", b"a\n"),
    ("delimited:\\n,max=1", b"a\n"),
    ("delimited:\\n,max=5", b"a\n"),
    ("delimited:\\n,max=0,empty=reject", b"a\n"),
    ("delimited:\\n,max=1,oversize=discard", b"a\n"),
    ("delimited:\\n,max=1,oversize=discard,tail=frame", b"a\n"),
    ("delimited:\\n,empty=reject", b"a\n"),
    ("delimited:\\n,empty=skip,tail=frame", b"a\n"),
    ("delimited:\\n,strip=\\r", b"a\r\n"),
    ("delimited:\\n,strip=\\r,tail=frame", b"a\r\n"),
    ("delimited:\\n,strip=\\r,max=1", b"a\r\n"),
    ("delimited:\\n,strip=ab,max=1", b"ab\n"),
    ("delimited:\\n,strip=aa,max=1,empty=reject", b"ab\n"),
    (
        "delimited:\\n,strip=ab,max=1,oversize=discard,tail=frame",
        b"ab\n",
    ),
    ("delimited:\\r\\n", b"a\r\n"),
    ("delimited:\\r\\n,max=0", b"a\r\n"),
    ("delimited:\\r\\n,max=1", b"a\r\n"),
    ("delimited:\\r\\n,max=1,empty=reject", b"a\r\n"),
    ("delimited:\\r\\n,strip=\\r,max=1", b"a\r\n"),
    ("delimited:\\r\\n|\\n|\\r", b"a\r\n"),
    ("delimited:\\r\\n|\\n|\\r,empty=reject", b"a\r\n"),
    ("delimited:\\r\\n|\\n|\\r,max=1,tail=frame", b"a\r\n"),
    ("delimited:aab", b"ab"),
    ("delimited:aab,max=1", b"ab"),
    ("delimited:aa", b"ab"),
    ("delimited:aba,max=1,oversize=discard", b"ab"),
    ("delimited:abc|b", b"abc"),
    ("delimited:abc|b,max=0", b"abc"),
    ("delimited:abc|bb|c,max=1,empty=reject", b"abc"),
    ("delimited:a|ab|abb,tail=frame", b"ab"),
    ("delimited:\\n,max=none", b"a\n"),
    // The byte that decides stands behind other bytes that a faster reader has taken by then.
    ("delimited:a|aaa,empty=reject", b"ab"),
    ("delimited:abcd,max=1", b"abcd"),
    ("delimited:abcd|b|c,empty=reject", b"abcd"),
    // What a delimiter or `strip` still could become, another delimiter forbids.
    ("delimited:aa,max=1,empty=reject", b"ab"),
    ("delimited:abc|bcd,max=1,empty=reject", b"abcd"),
    ("delimited:a|\\n,strip=ba,max=1", b"ab\n"),
    ("delimited:a|\\n,strip=ba,max=1,tail=frame", b"ab\n"),
    (
        "delimited:\\n|\\xc3,strip=\\xa9\\xc3,charset=utf-8",
        b"a\xa9\xc3\n",
    ),
    (
        "delimited:\\n,strip=\\xc3c,charset=utf-8,empty=reject",
        b"ac\xc3\n",
    ),
    ("delimited:\\n,charset=utf-8", b"a\xc3\xa9\n"),
    ("delimited:\\r\\n,charset=utf-8,max=1", b"\r\xc3\xa9\n"),
    (
        "delimited:\\n,charset=utf-8,max=1,oversize=discard",
        b"a\xc3\xa9\n",
    ),
    (
        "delimited:\\n,strip=\\r,charset=utf-8,tail=frame",
        b"\r\xc3\xa9\n",
    ),
    ("delimited:\\xa9,charset=utf-8", b"a\xc3\xa9"),
    ("prefixed:u8", b"\0\x01\x02"),
    ("prefixed:u8,max=0", b"\0\x01\x02"),
    ("prefixed:u8,max=1", b"\0\x01\x02"),
    ("prefixed:u8,max=5", b"\0\x05\x06"),
    ("prefixed:u8,max=0,empty=reject", b"\0\x01"),
    ("prefixed:u8,max=1,oversize=discard", b"\0\x01\x02"),
    ("prefixed:u8,empty=skip", b"\0\x01"),
    ("prefixed:u8,adjust=-1", b"\0\x01\x02"),
    ("prefixed:u8,adjust=+1,max=1", b"\0\x01"),
    ("prefixed:u8,adjust=+2,max=1", b"\0\x01"),
    ("prefixed:u8,trailer=ab", b"\0\x01ab"),
    ("prefixed:u8,header=ab", b"\0\x01ab"),
    ("prefixed:u8,offset=2", b"\0\x01a"),
    ("prefixed:u8,charset=utf-8", b"\x01\x02\xc3\xa9"),
    ("prefixed:u16be,max=1", b"\0\x01\x02"),
    ("prefixed:u16be", b"\0\x01"),
    ("prefixed:u16le,max=1", b"\0\x01\x02"),
    ("prefixed:u16le,adjust=-1,max=1", b"\0\x01\x02\x03"),
    ("prefixed:u24be,max=5", b"\0\x01"),
    ("prefixed:u24le,max=5", b"\0\x01"),
    ("prefixed:u32be,max=1", b"\0\x01"),
    ("prefixed:u32le,max=1", b"\0\x01"),
    ("prefixed:u64be,max=1", b"\0\x01"),
    ("prefixed:u64le,max=1", b"\0\x01"),
    ("prefixed:varint", b"\0\x01\x80\x81"),
    ("prefixed:varint,canonical=require", b"\0\x01\x80\x81"),
    ("prefixed:varint,canonical=require,max=5", b"\0\x01\x80\x85"),
    ("prefixed:varint,max=1", b"\0\x01\x80\x81"),
    ("prefixed:varint,adjust=-1,max=1", b"\0\x02\x80\x81"),
    ("prefixed:varint,max=none", b"\x01\x7f\xff"),
    ("prefixed:decimal,end=:", b"01:a"),
    ("prefixed:decimal,end=:,max=1,empty=reject", b"012:"),
    ("prefixed:decimal,end=:,zeros=accept,max=1", b"012:"),
    ("prefixed:decimal,end=:,trailer=\\,", b"01:,"),
    ("prefixed:decimal,end=\\r\\n,adjust=-2,max=1", b"123\r\n"),
    ("prefixed:decimal,end=:,adjust=-11,max=5", b"1:6"),
    ("prefixed:decimal,width=2", b"01a"),
    ("prefixed:decimal,width=2,adjust=-1,max=1", b"012"),
    ("prefixed:hex,end=\\n,max=5,oversize=discard", b"0aF\n"),
    ("prefixed:hex,width=1", b"01g"),
    ("prefixed:field,name=A,max=5", b"a:1\r\n"),
    ("prefixed:field,name=A,empty=reject", b"a:0\r\n"),
    ("prefixed:field,name=A,adjust=+2,max=1", b"a:1\r\n"),
    ("blocks:u8", b"\0\x01\x02"),
    ("blocks:u8,max=0", b"\0\x01"),
    ("blocks:u8,max=1", b"\0\x01\x02"),
    ("blocks:u8,max=5", b"\0\x01\x06"),
    ("blocks:u8,series=one", b"\0\x01"),
    ("blocks:u8,unit=series", b"\0\x01\x02"),
    ("blocks:u8,unit=series,empty=reject", b"\0\x01\x02"),
    ("blocks:u8,unit=series,empty=skip,series=one", b"\0\x01"),
    ("blocks:u8,unit=series,empty=reject,max=0", b"\0\x01"),
    ("blocks:u8,unit=series,charset=utf-8", b"\0\x01\xc3\xa9"),
    ("blocks:u8,charset=utf-8", b"\0\x01\xc3\xa9"),
    ("blocks:u8,max=1,oversize=discard", b"\0\x01\x02"),
    (
        "blocks:u8,max=1,oversize=discard,unit=series",
        b"\0\x01\x02",
    ),
    (
        "blocks:u8,max=0,oversize=discard,unit=series,empty=reject",
        b"\0\x01",
    ),
    ("blocks:u8,adjust=-1", b"\0\x01\x02"),
    ("blocks:u8,adjust=-1,empty=reject", b"\0\x01\x02"),
    ("blocks:u8,adjust=-1,empty=skip", b"\0\x01\x02"),
    // No number of blocks without payload makes the ending zero acceptable.
    (
        "blocks:u8,adjust=-1,unit=series,max=0,empty=reject",
        b"\0\x01\x02",
    ),
    (
        "blocks:u16be,header=a,adjust=+3,unit=series,max=1,empty=reject",
        b"a\0\x01",
    ),
    ("blocks:u8,trailer=a", b"\0\x01a"),
    ("blocks:u16le", b"\0\x01"),
    ("blocks:u32be,max=1", b"\0\x01"),
    ("blocks:varint,max=1", b"\0\x01\x80"),
    ("blocks:hex,width=2,adjust=-2,max=1", b"0123"),
    ("blocks:hex,end=\\n", b"01\n"),
    (
        r"blocks:hex,end=\r\n,zeros=accept,trailer=\r\n,extensions=http",
        b"01;\r\n",
    ),
    (
        r"blocks:hex,end=\r\n,zeros=accept,trailer=\r\n,extensions=http",
        b"0a:\r\n",
    ),
];

/// Streams walked for each framing: as long as this many of them allow.
const STREAMS: u32 = 5_000;

#[test]
fn every_short_stream_decodes_alike_under_every_cut_set() {
    let (mut streams, mut segmentations) = (0_u64, 0_u64);
    let mut differences = Vec::new();
    for (text, alphabet) in FRAMINGS {
        let framing: Framing = text.parse().unwrap_or_else(|bad| panic!("{bad}"));
        let mut first = None;
        for len in 0..=longest(alphabet.len()) {
            for_each_stream(alphabet, len, |wire| {
                first = first.take().or_else(|| difference(text, &framing, wire));
                streams += 1;
                segmentations += 1 << wire.len().saturating_sub(1);
            });
        }
        differences.extend(first);
    }
    println!(
        "{} framings, {streams} streams, {segmentations} segmentations",
        FRAMINGS.len()
    );
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(FRAMINGS.len() >= 60);
}

fn longest(alphabet: usize) -> u32 {
    STREAMS.ilog(alphabet.max(2) as u32).min(10)
}

fn for_each_stream(alphabet: &[u8], len: u32, mut each: impl FnMut(&[u8])) {
    let mut wire = vec![0; len as usize];
    for mut number in 0..alphabet.len().pow(len) {
        for byte in &mut wire {
            *byte = alphabet[number % alphabet.len()];
            number /= alphabet.len();
        }
        each(&wire);
    }
}

/// The first cut set under which the decoders differ.
fn difference(text: &str, framing: &Framing, wire: &[u8]) -> Option<String> {
    let (expected, ending) = naive(framing, wire);
    let mut events = Vec::new();
    for cuts in 0..1_u32 << wire.len().saturating_sub(1) {
        events.clear();
        let found = decode_cut(framing, wire, cuts, &mut events);
        if events != expected || !found.agrees(&ending) {
            let wire = wire.escape_ascii();
            return Some(format!(
                "{text} {wire} cut {cuts:#b}\n  streaming {events:?} {found}\n  naive     {expected:?} {ending}"
            ));
        }
    }
    None
}

/// Cuts behind byte `i` where bit `i` is set, with an empty push at each.
fn decode_cut(framing: &Framing, wire: &[u8], cuts: u32, events: &mut Vec<Event>) -> Ending {
    let mut decoder = Decoder::new(framing);
    let mut from = 0;
    for at in 1..=wire.len() {
        if at == wire.len() || cuts & (1 << (at - 1)) != 0 {
            let _ = decoder.push(&wire[from..at], events);
            let _ = decoder.push(&[], events);
            from = at;
        }
    }
    decoder.finish(events)
}
