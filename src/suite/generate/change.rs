//! Changes to a stream: what networks, peers and mistakes do to one.
//!
//! Most know the frames in it, and change what readers depend on: a number, a trailer, a delimiter, where it ends. Where the stream has no
//! frame, bytes are changed. Invariant: a change leaves a stream no longer than twice what the generator makes, and a few bytes.

use super::{Choices, Generator, numbers};
use crate::framing::{Event, Extensions, Lead, Pattern, Prefix, Span, decode};

/// A change, as a function. Each takes the whole vector, so that they fit into one list.
type Change<C> = fn(&Generator, &mut C, &mut Vec<u8>);

/// One change.
pub(super) fn change<C: Choices>(generator: &Generator, choices: &mut C, wire: &mut Vec<u8>) {
    let structural: &[Change<C>] = &[
        cut_short, renumber, renumber, edge, edge, resize, append, cut_short, duplicate,
        drop_frame, announce, swap, token, bytes, lead, last_chunk,
    ];
    let change = *choices.pick(structural);
    change(generator, choices, wire);
}

/// The stream ends inside a frame: behind its first byte, around its header, in its payload, before its last byte.
fn cut_short<C: Choices>(generator: &Generator, choices: &mut C, wire: &mut Vec<u8>) {
    let end = match some_span(generator, choices, wire) {
        None => choices.between(0..=wire.len()),
        Some(span) => {
            let payload_end = span.offset + span.len;
            let places = [
                span.end.saturating_sub(1),
                span.offset,
                span.start + 1,
                payload_end,
                span.offset.saturating_sub(1),
                span.offset + 1,
                span.offset + span.len / 2,
                payload_end.saturating_sub(1),
                payload_end + 1,
                span.end,
            ];
            *choices.pick(&places) as usize
        }
    };
    wire.truncate(end);
}

/// A length that is another, or written otherwise.
fn renumber<C: Choices>(generator: &Generator, choices: &mut C, wire: &mut Vec<u8>) {
    let Some((prefix, http)) = prefix(generator) else {
        return edge(generator, choices, wire);
    };
    let Some(span) = some_span(generator, choices, wire) else {
        return announce(generator, choices, wire);
    };
    let raw = span.len.wrapping_add_signed(prefix.adjust.wrapping_neg());
    let number = numbers::length(choices, &generator.framing, prefix, raw, http);
    let from = span.start as usize + lead_size(prefix);
    wire.splice(from..span.offset as usize, number);
}

/// What ends a frame: a trailer or delimiter of which a part is missing, doubled, or something else.
fn edge<C: Choices>(generator: &Generator, choices: &mut C, wire: &mut Vec<u8>) {
    let Some(span) = some_span(generator, choices, wire) else {
        return bytes(generator, choices, wire);
    };
    let (from, end) = (
        (span.offset + span.len).min(span.end) as usize,
        span.end as usize,
    );
    let old = wire[from..end].to_vec();
    let Some((&first, &last)) = old.first().zip(old.last()) else {
        return token(generator, choices, wire);
    };
    let new = match choices.upto(10) {
        0 => vec![last],
        1 => vec![first],
        2 => Vec::new(),
        3 => [&[first][..], &old].concat(),
        4 => [&old[..], &old].concat(),
        5 => [&old[..1], b"x", &old[1..]].concat(),
        6 => [&old[..old.len() - 1], b"x"].concat(),
        7 => vec![choices.byte(); old.len()],
        8 => generator.token(choices).to_vec(),
        9 => [&old[..old.len() - 1], &old].concat(),
        _ => old.iter().rev().copied().collect(),
    };
    wire.splice(from..end, new);
}

/// A payload of another length, with the length that belongs to it.
fn resize<C: Choices>(generator: &Generator, choices: &mut C, wire: &mut Vec<u8>) {
    let size = generator.size(choices);
    let mut frame = Vec::new();
    generator.frame(choices, size, &mut frame);
    match some_span(generator, choices, wire) {
        Some(span) => drop(wire.splice(span.start as usize..span.end as usize, frame)),
        None => wire.extend(frame),
    }
}

/// A frame behind all: what is left of the stream must come into step for it.
fn append<C: Choices>(generator: &Generator, choices: &mut C, wire: &mut Vec<u8>) {
    let size = choices.between(0..=9);
    generator.frame(choices, size, wire);
    if generator.ends_series(choices) {
        generator.lenient.encode_done(wire);
    }
}

fn duplicate<C: Choices>(generator: &Generator, choices: &mut C, wire: &mut Vec<u8>) {
    if wire.len() > generator.longest {
        return;
    }
    let range = some_range(generator, choices, wire);
    let at = range.end;
    let copy = wire[range].to_vec();
    wire.splice(at..at, copy);
}

fn drop_frame<C: Choices>(generator: &Generator, choices: &mut C, wire: &mut Vec<u8>) {
    let range = some_range(generator, choices, wire);
    wire.drain(range);
}

/// A frame to the front.
#[expect(clippy::ptr_arg, reason = "it stands in the list of changes")]
fn swap<C: Choices>(generator: &Generator, choices: &mut C, wire: &mut Vec<u8>) {
    let range = some_range(generator, choices, wire);
    wire[..range.end].rotate_left(range.start);
}

/// A header of which the payload does not come, or something else in its place.
fn announce<C: Choices>(generator: &Generator, choices: &mut C, wire: &mut Vec<u8>) {
    let Some((prefix, http)) = prefix(generator) else {
        return token(generator, choices, wire);
    };
    let raw = choices.upto(9);
    let mut frame = vec![0; lead_size(prefix)];
    if let Lead::Exact(lead) = &prefix.lead {
        frame.copy_from_slice(lead);
    }
    frame.extend(numbers::length(
        choices,
        &generator.framing,
        prefix,
        raw,
        http,
    ));
    frame.resize(frame.len() + choices.index(10), b'a');
    if choices.one_in(2) {
        frame.extend_from_slice(&prefix.trailer);
    }
    match some_span(generator, choices, wire).filter(|_| choices.one_in(2)) {
        Some(span) => drop(wire.splice(span.start as usize..span.start as usize, frame)),
        None => wire.extend(frame),
    }
}

/// Bytes that mean something, anywhere.
fn token<C: Choices>(generator: &Generator, choices: &mut C, wire: &mut Vec<u8>) {
    let at = some_place(generator, choices, wire);
    let token = generator.token(choices);
    let over = match choices.one_in(2) {
        true => (at + token.len()).min(wire.len()),
        false => at,
    };
    wire.splice(at..over, token.iter().copied());
}

/// A few bytes become others, go, or come.
fn bytes<C: Choices>(generator: &Generator, choices: &mut C, wire: &mut Vec<u8>) {
    let at = some_place(generator, choices, wire);
    let to = (at + choices.between(1..=3)).min(wire.len());
    match choices.upto(4) {
        0 => wire[at..to]
            .iter_mut()
            .for_each(|byte| *byte = choices.byte()),
        1 => wire[at..to]
            .iter_mut()
            .for_each(|byte| *byte ^= 1 << choices.upto(7)),
        2 => drop(wire.drain(at..to)),
        3 => wire[at..to]
            .iter_mut()
            .for_each(|byte| *byte = byte.wrapping_add(1)),
        _ => wire.insert(at, choices.byte()),
    }
}

/// What stands before a length: free bytes, or others than must be there.
fn lead<C: Choices>(generator: &Generator, choices: &mut C, wire: &mut Vec<u8>) {
    let size = prefix(generator).map_or(0, |(prefix, _)| lead_size(prefix));
    match some_span(generator, choices, wire).filter(|_| size > 0) {
        Some(span) => {
            let at = span.start as usize + choices.index(size);
            wire[at] = choices.byte();
        }
        None => resize(generator, choices, wire),
    }
}

/// The end of a chunked body, written otherwise.
fn last_chunk<C: Choices>(generator: &Generator, choices: &mut C, wire: &mut Vec<u8>) {
    if !matches!(prefix(generator), Some((_, true))) {
        return renumber(generator, choices, wire);
    }
    let (events, _) = decode(&generator.lenient, wire);
    let mut before = 0;
    let mut ends = Vec::new();
    for event in events {
        if let Event::Done { at } = event {
            ends.push(before..at as usize);
        }
        before = event.end() as usize;
    }
    let last = numbers::last_chunk(choices);
    match ends.len() {
        0 => wire.extend(last),
        count => drop(wire.splice(ends[choices.index(count)].clone(), last)),
    }
}

fn prefix(generator: &Generator) -> Option<(&Prefix, bool)> {
    match &generator.framing.pattern {
        Pattern::Prefixed(prefix) => Some((prefix, false)),
        Pattern::Blocks {
            prefix, extensions, ..
        } => Some((prefix, *extensions == Extensions::Http)),
        _ => None,
    }
}

fn lead_size(prefix: &Prefix) -> usize {
    match &prefix.lead {
        Lead::Free(size) => *size as usize,
        Lead::Exact(lead) => lead.len(),
    }
}

/// One of the frames; of many one of the first or last.
fn some_span<C: Choices>(generator: &Generator, choices: &mut C, wire: &[u8]) -> Option<Span> {
    let spans = generator.spans(wire);
    let last = spans.len().checked_sub(1)?;
    let near = choices.index(spans.len().min(8));
    Some(match choices.one_in(2) {
        true => spans[near],
        false => spans[last - near],
    })
}

/// A frame, or a few bytes.
fn some_range<C: Choices>(
    generator: &Generator,
    choices: &mut C,
    wire: &[u8],
) -> std::ops::Range<usize> {
    match some_span(generator, choices, wire).filter(|_| !choices.one_in(3)) {
        Some(span) => span.start as usize..span.end as usize,
        None => {
            let at = choices.between(0..=wire.len());
            at..(at + choices.between(0..=8)).min(wire.len())
        }
    }
}

/// Anywhere; in most cases at the beginning of a frame or around its payload.
fn some_place<C: Choices>(generator: &Generator, choices: &mut C, wire: &[u8]) -> usize {
    let near = match some_span(generator, choices, wire).filter(|_| !choices.one_in(3)) {
        Some(span) => *choices.pick(&[span.start, span.offset, span.offset + span.len, span.end]),
        None => choices.upto(wire.len() as u64),
    };
    (near as usize + choices.index(3)).min(wire.len())
}
