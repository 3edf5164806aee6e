//! Places to cut a stream at: in and around its headers, payloads and delimiters, at random, everywhere, or nowhere.
//!
//! Invariant: cuts ascend and lie inside the wire.

use super::Choices;
use crate::suite::Stream;

/// The longest wire that is sent byte by byte.
const EACH_BYTE: usize = 64;

/// The most cuts of one stream: each costs a round trip.
const MOST: usize = 64;

/// Frames around which single cuts are chosen: the first and last of many.
const FRAMES: usize = 8;

/// A segmentation of a stream; plainly none.
pub fn cuts(choices: &mut impl Choices, stream: &Stream) -> Vec<usize> {
    let wire = stream.wire.len();
    if wire < 2 {
        return Vec::new();
    }
    let mut cuts = match choices.upto(31) {
        0..6 => Vec::new(),
        6..13 => vec![focus(choices, stream)],
        13..15 => vec![choices.between(1..=wire - 1)],
        15..19 => neighbours(choices, stream),
        19..24 => several(choices, stream),
        24..27 if wire <= EACH_BYTE => (1..wire).collect(),
        24..27 => behind(choices, stream),
        27 => stream.boundaries.iter().copied().take(MOST).collect(),
        28 => straddled(choices, stream),
        _ => every(choices, wire),
    };
    cuts.retain(|&at| 0 < at && at < wire);
    cuts.sort_unstable();
    cuts.dedup();
    cuts
}

/// A place near an edge of a frame, a payload or what is left behind the last.
fn focus(choices: &mut impl Choices, stream: &Stream) -> usize {
    let wire = stream.wire.len();
    let count = stream.payloads.len();
    let frame = match choices.index(count.min(FRAMES) + 1) {
        0 => None,
        near if near % 2 == 1 => Some(near / 2),
        near => Some(count - near / 2),
    };
    let edge = match frame.map(|frame| &stream.payloads[frame]) {
        Some(payload) => *choices.pick(&[payload.start, payload.end]),
        None => *choices.pick(&[0, stream.boundaries.last().copied().unwrap_or(0), wire]),
    };
    (edge + 4)
        .saturating_sub(choices.index(9))
        .clamp(1, wire - 1)
}

/// Two cuts close together, so that a segment of few bytes is between them.
fn neighbours(choices: &mut impl Choices, stream: &Stream) -> Vec<usize> {
    let first = focus(choices, stream);
    vec![first, first + choices.between(1..=3)]
}

fn several(choices: &mut impl Choices, stream: &Stream) -> Vec<usize> {
    let one = |choices: &mut _| match Choices::one_in(choices, 2) {
        true => Choices::between(choices, 1..=stream.wire.len() - 1),
        false => focus(choices, stream),
    };
    (0..choices.between(2..=8)).map(|_| one(choices)).collect()
}

/// Byte by byte from one place on.
fn behind(choices: &mut impl Choices, stream: &Stream) -> Vec<usize> {
    let first = focus(choices, stream);
    (first..first + choices.between(2..=16)).collect()
}

/// A cut inside each frame: every segment but the first begins with the end of one frame and goes on with the next.
fn straddled(choices: &mut impl Choices, stream: &Stream) -> Vec<usize> {
    let back = choices.between(1..=3);
    let each = stream.boundaries.iter().take(MOST);
    each.map(|end| end.saturating_sub(back)).collect()
}

/// Pieces of one size.
fn every(choices: &mut impl Choices, wire: usize) -> Vec<usize> {
    let size = *choices.pick(&[1, 2, 3, 4, 5, 7, 8, 16, 100, 1024, 4096, 16384]);
    (size..wire).step_by(size).take(MOST).collect()
}
