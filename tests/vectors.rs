//! The embedded vectors against the plain decoder and the catalogue of defects: bytes, expectations and prose cannot drift apart.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use framecheck::framing::{Event, Framing, Pattern, Span, Tail, Unit, naive};
use framecheck::suite::{Expected, LAST_CLASS, Vector, embedded, parse};

#[test]
fn every_vector_is_what_the_plain_decoder_says() {
    let wrong: Vec<_> = embedded().iter().filter_map(difference).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn difference(vector: &Vector) -> Option<String> {
    let (events, ending) = naive(&vector.framing, &vector.bytes);
    let frames = frames(&vector.framing, &vector.bytes, &events);
    if frames == vector.frames && vector.ending.agrees(&ending) {
        return None;
    }
    Some(format!(
        "{} ({})\n  vector: {}, {}\n  plain:  {}, {ending}",
        vector.id,
        vector.framing,
        short(&vector.frames),
        vector.ending,
        short(&frames),
    ))
}

/// The frames of a vector that events stand for.
fn frames(framing: &Framing, wire: &[u8], events: &[Event]) -> Vec<Expected> {
    let by_block = matches!(
        framing.pattern,
        Pattern::Blocks {
            unit: Unit::Block,
            ..
        }
    );
    let mut frames = Vec::new();
    let mut series = Vec::new();
    for event in events {
        match *event {
            Event::Block(span) if by_block => frames.push(payload(framing, wire, span)),
            Event::Block(span) => series.extend_from_slice(bytes(wire, span)),
            Event::Done { .. } if by_block => frames.push(Expected::Done),
            Event::Done { .. } => series.clear(),
            Event::Frame(_) if framing.pattern_number() == 6 => {
                frames.push(Expected::Payload(std::mem::take(&mut series)));
            }
            Event::Frame(span) => frames.push(payload(framing, wire, span)),
        }
    }
    frames
}

/// The payload of a span, with the filling that is not on the wire.
fn payload(framing: &Framing, wire: &[u8], span: Span) -> Expected {
    let mut payload = bytes(wire, span).to_vec();
    if let Pattern::Fixed {
        tail: Tail::Pad(byte),
        ..
    } = framing.pattern
    {
        payload.resize(usize::try_from(span.len).expect("it fits"), byte);
    }
    Expected::Payload(payload)
}

fn bytes(wire: &[u8], span: Span) -> &[u8] {
    let at = |offset: u64| usize::try_from(offset).map_or(wire.len(), |at| at.min(wire.len()));
    &wire[at(span.offset)..at(span.offset + span.len)]
}

/// Frames as text, long ones as their lengths.
fn short(frames: &[Expected]) -> String {
    let words: Vec<_> = frames
        .iter()
        .map(|frame| match frame {
            Expected::Payload(payload) if payload.len() > 64 => format!("{} bytes", payload.len()),
            Expected::Payload(payload) => format!("\"{}\"", payload.escape_ascii()),
            Expected::Done => "done".to_owned(),
        })
        .collect();
    format!("[{}]", words.join(" "))
}

#[test]
fn an_id_names_one_vector() {
    let mut ids = HashSet::new();
    for vector in embedded() {
        assert!(ids.insert(&vector.id), "{} stands twice", vector.id);
    }
}

#[test]
fn no_two_vectors_are_the_same_test() {
    let mut tests = BTreeMap::new();
    for vector in embedded() {
        let framing = vector.framing.expanded().to_string();
        let test = (framing, &vector.bytes, vector.close.word());
        if let Some(other) = tests.insert(test, &vector.id) {
            panic!("{other} and {} send the same bytes", vector.id);
        }
    }
}

#[test]
fn all_patterns_and_endings_are_there() {
    assert!(embedded().len() >= 200, "{} vectors", embedded().len());
    let patterns: BTreeSet<_> = embedded()
        .iter()
        .map(|vector| vector.framing.pattern_number())
        .collect();
    assert_eq!(patterns, (1..=6).collect());
    for pattern in 1..=6 {
        let endings: BTreeSet<_> = embedded()
            .iter()
            .filter(|vector| vector.framing.pattern_number() == pattern)
            .map(|vector| vector.ending.word())
            .collect();
        // Streams to the end are never truncated, and a fixed size is never over the limit.
        let expected: &[_] = match pattern {
            1 | 2 => &["clean", "malformed", "oversize"],
            3 => &["clean", "malformed", "truncated"],
            _ => &["clean", "malformed", "oversize", "truncated"],
        };
        assert_eq!(
            endings,
            expected.iter().copied().collect(),
            "pattern {pattern}"
        );
    }
}

#[test]
fn every_class_has_its_line_in_the_catalogue() {
    let catalogue = include_str!("../docs/defects.md");
    let numbers: Vec<u8> = catalogue
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split_once(" | ")?.0.parse().ok())
        .collect();
    assert_eq!(numbers, (1..=LAST_CLASS).collect::<Vec<_>>());
}

#[test]
fn every_preset_has_a_vector() {
    let named: BTreeSet<_> = embedded()
        .iter()
        .filter_map(|vector| Some(vector.framing.preset()?.name))
        .collect();
    for preset in framecheck::framing::presets() {
        assert!(named.contains(preset.name), "{} has none", preset.name);
    }
}

#[test]
fn a_reason_is_one_sentence() {
    for Vector { id, why, .. } in embedded() {
        assert!(why.ends_with('.'), "{id}: {why}");
        assert!(!why.contains('\n') && why.len() <= 160, "{id}: {why}");
    }
}

/// Broken files, and how each is refused.
const BROKEN: &[(&str, &str)] = &[
    ("[[vector]", "1:10: unclosed array table, expected `]`"),
    ("framing = 'fixed:2'", "1:1: the key vector is missing here"),
    (
        "framing = 'fixed:2,tail=cut'\n[[vector]]",
        "1:25: tail is one of: truncated, frame, pad:BYTE\n    fixed:2,tail=cut\n                 ^^^",
    ),
    (
        "[[vector]]\nname = 'a'\nwhy = 'b'\nbytes = ''\nframes = []",
        "1:1: neither this vector nor its file has a framing",
    ),
    (
        "[[vector]]\nframing = 'eof'\nname = 'a'\nbytes = ''\nframes = []",
        "1:1: the key why is missing here",
    ),
    (
        "[[vector]]\nframing = 'eof'\nname = 'a'\nwhy = 'b'\nbytes = 'c\\'\nframes = ['c']",
        "5:11: unknown escape; there are \\n \\r \\t \\0 \\\\ \\, \\| \\xNN",
    ),
    (
        "[[vector]]\nframing = 'eof'\nname = 'a'\nwhy = 'b'\nbytes = 'cd'\nframes = ['cd']\ncuts = [[1, 2]]",
        "7:13: no cut falls between two of the 2 bytes at 2",
    ),
];

#[test]
fn a_broken_file_is_refused_at_its_place() {
    for (text, refusal) in BROKEN {
        let bad = parse("mine/x.toml", "x", text).expect_err(text).to_string();
        assert_eq!(bad, format!("mine/x.toml:{refusal}"));
    }
}
