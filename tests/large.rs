//! Random large streams: frames around powers of two and buffer sizes, cut at random, decode alike in pieces, whole and by `naive`.
//!
//! `tests/exhaustive.rs` has all the small ones. A failing case is made smaller and printed with its seed.

use framecheck::framing::{Decoder, Ending, Event, Framing, Payloads, decode, naive, presets};
use proptest::prelude::*;

/// The most bytes of one stream.
const LARGEST: usize = 200 << 10;

/// Sizes at which buffers end and length fields get longer.
const EDGES: &[usize] = &[0, 1, 64, 127, 255, 1024, 4096, 8192, 16384, 32768, 65535];

/// Patterns with their own keys.
fn some_pattern() -> impl Strategy<Value = String> {
    let alone = prop::sample::select(vec![
        "eof",
        "half-close",
        "fixed:1",
        "fixed:4096,tail=frame",
    ]);
    let preset = (0..presets().len()).prop_map(|at| presets()[at].name.to_owned());
    let blocks = (some_prefix(), some_word("unit", &["series", "block"]));
    prop_oneof![
        1 => alone.prop_map(str::to_owned),
        1 => (1_usize..70_000).prop_map(|size| format!("fixed:{size}")),
        3 => some_delimiters(),
        3 => some_prefix().prop_map(|prefix| format!("prefixed:{prefix}")),
        3 => blocks.prop_map(|(prefix, unit)| format!("blocks:{prefix}{unit}")),
        1 => preset,
    ]
}

fn some_delimiters() -> impl Strategy<Value = String> {
    let delimiters = prop::sample::subsequence(
        vec![
            r"\n",
            r"\r\n",
            r"\r",
            r"\0",
            r"\r\n.\r\n",
            "abc",
            "b",
            "aab",
        ],
        1..4,
    );
    let strip = some_word("strip", &[r"\r", "aa", r"\n"]);
    let tail = some_word("tail", &["frame", "truncated"]);
    (delimiters.prop_shuffle(), strip, tail).prop_map(|(delimiters, strip, tail)| {
        format!("delimited:{}{strip}{tail}", delimiters.join("|"))
    })
}

fn some_prefix() -> impl Strategy<Value = String> {
    let length = prop::sample::select(vec![
        "u8",
        "u16be",
        "u16le",
        "u24be",
        "u24le",
        "u32be",
        "u32le",
        "u64be",
        "u64le",
        "varint",
        "varint,canonical=require",
        "decimal,end=:",
        r"hex,end=\r\n,zeros=accept",
        "decimal,width=6",
        "hex,width=8",
        "field",
    ]);
    let lead = prop_oneof![
        some_word("offset", &["2", "70"]),
        some_word("header", &["ab", r"\xff"])
    ];
    let adjust = some_word("adjust", &["-4", "+1"]);
    let trailer = some_word("trailer", &[r"\r\n", r"\0"]);
    (length, lead, adjust, trailer)
        .prop_map(|(length, lead, adjust, trailer)| format!("{length}{lead}{adjust}{trailer}"))
}

/// A key with one of these values, or nothing.
fn some_word(key: &'static str, values: &'static [&str]) -> impl Strategy<Value = String> {
    prop_oneof![
        2 => Just(String::new()),
        1 => prop::sample::select(values).prop_map(move |value| format!(",{key}={value}")),
    ]
}

fn some_framing() -> impl Strategy<Value = Framing> {
    let max = some_word("max", &["none", "65535", "65536", "8192", "4KiB", "300"]);
    let oversize = some_word("oversize", &["discard", "close"]);
    let empty = some_word("empty", &["skip", "reject"]);
    let charset = some_word("charset", &["utf-8", "any"]);
    (some_pattern(), max, oversize, empty, charset).prop_filter_map(
        "a fixed size over max, or a preset's own key",
        |(pattern, max, oversize, empty, charset)| {
            format!("{pattern}{max}{oversize}{empty}{charset}")
                .parse()
                .ok()
        },
    )
}

/// A payload of about the size of a buffer, of one short piece again and again.
fn some_payload() -> impl Strategy<Value = Vec<u8>> {
    let size =
        (prop::sample::select(EDGES), 0_usize..4, any::<bool>()).prop_map(|(edge, off, above)| {
            if above {
                edge + off
            } else {
                edge.saturating_sub(off)
            }
        });
    let piece = prop_oneof![
        3 => prop::sample::select(vec!["a", "aaab", "é", "x€", "some words ", "\r", "a\n"])
            .prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..40),
    ];
    (size, piece).prop_map(|(size, piece)| piece.iter().copied().cycle().take(size).collect())
}

/// Payloads in a framing, as many as it can carry, with now and then one byte of the stream changed.
fn some_stream() -> impl Strategy<Value = (Framing, Vec<u8>)> {
    let change = prop::option::weighted(0.3, (any::<prop::sample::Index>(), any::<u8>()));
    (
        some_framing(),
        prop::collection::vec(some_payload(), 1..12),
        change,
    )
        .prop_map(|(framing, payloads, change)| {
            let mut wire = Vec::new();
            for payload in payloads {
                // What the framing has no bytes for is left out.
                let _ = framing.encode(&payload, &mut wire);
                if payload.len() % 3 == 0 {
                    framing.encode_done(&mut wire);
                }
            }
            wire.truncate(LARGEST);
            if let Some((place, byte)) = change.filter(|_| !wire.is_empty()) {
                let place = place.index(wire.len());
                wire[place] = byte;
            }
            (framing, wire)
        })
}

/// Where a stream is cut.
fn some_cuts() -> impl Strategy<Value = Vec<prop::sample::Index>> {
    prop::collection::vec(any::<prop::sample::Index>(), 0..20)
}

fn in_pieces<'a>(
    framing: &Framing,
    pieces: impl Iterator<Item = &'a [u8]>,
) -> (Vec<Event>, Ending) {
    let mut decoder = Decoder::new(framing);
    let mut events = Vec::new();
    for piece in pieces {
        // The error, if any, is what `finish` says.
        let _ = decoder.push(piece, &mut events);
    }
    let ending = decoder.finish(&mut events);
    (events, ending)
}

fn cut<'a>(wire: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<_> = cuts.iter().map(|cut| cut.index(wire.len() + 1)).collect();
    places.sort_unstable();
    places.push(wire.len());
    let mut from = 0;
    let pieces = places
        .iter()
        .map(|&to| &wire[std::mem::replace(&mut from, to)..to]);
    pieces.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn a_large_stream_decodes_alike_in_pieces_and_whole(
        (framing, wire) in some_stream(),
        cuts in some_cuts(),
        chunk in 1_usize..9000,
    ) {
        let plain = naive(&framing, &wire);
        let ways = [
            ("whole", decode(&framing, &wire)),
            ("cut", in_pieces(&framing, cut(&wire, &cuts).into_iter())),
            ("in chunks", in_pieces(&framing, wire.chunks(chunk))),
        ];
        for (way, (events, ending)) in ways {
            prop_assert!(events == plain.0, "{framing} {way}: other events");
            prop_assert!(ending.agrees(&plain.1), "{framing} {way}: {ending}, not {}", plain.1);
        }
    }

    #[test]
    fn a_large_payload_comes_back_as_it_was(
        framing in some_framing(),
        payload in some_payload(),
        cuts in some_cuts(),
    ) {
        let mut wire = Vec::new();
        prop_assume!(framing.encode(&payload, &mut wire).is_ok());
        let mut received = Vec::new();
        let mut note = |event, bytes: &Vec<u8>| match event {
            Event::Frame(_) | Event::Block(_) => received.push(bytes.clone()),
            Event::Done { .. } => {}
        };
        let mut payloads = Payloads::<Vec<u8>>::new(&framing);
        for piece in cut(&wire, &cuts) {
            prop_assert!(payloads.push(piece, &mut note).is_ok(), "{framing}");
        }
        payloads.finish(&mut note);
        // A series of one block is reported as both.
        received.dedup();
        prop_assert!(received == [payload], "{framing}: {} payloads", received.len());
    }
}
