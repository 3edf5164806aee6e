//! The sizes that are measured where none is named.
//!
//! Invariant: there is at least one, and the framing has all of them.

use super::{Mode, Script};
use crate::framing::{Framing, Pattern};
use crate::suite::PayloadKind;

/// Of payloads: mostly header, small, a page, and what needs several reads.
const PAYLOADS: [u64; 4] = [16, 256, 4096, 65536];

/// Of streams: one that is over at once, and one that lasts.
const STREAMS: [u64; 2] = [64 << 10, 1 << 30];

/// A target holds a whole stream of pattern 2 before it answers.
const HELD: u64 = 16 << 20;

/// Bytes of payloads, in patterns 1 and 2 of streams: the usual ones as far as the framing has them, else the largest that it has.
#[must_use]
pub fn usual_sizes(framing: &Framing) -> Vec<u64> {
    let max = framing.max.unwrap_or(u64::MAX);
    let usual = match framing.pattern {
        Pattern::Eof => STREAMS.map(|size| size.min(max)).to_vec(),
        Pattern::HalfClose => STREAMS.map(|size| size.min(max).min(HELD)).to_vec(),
        Pattern::Fixed { size, .. } => vec![size],
        _ => PAYLOADS.to_vec(),
    };
    let fits = |size: &u64| Script::new(framing, Mode::Echo, *size, &PayloadKind::Ascii, 1).is_ok();
    let mut sizes: Vec<u64> = usual.into_iter().filter(fits).collect();
    sizes.dedup();
    match sizes.is_empty() {
        true => vec![max.min(PAYLOADS[0])],
        false => sizes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_framing_has_all_of_them() {
        for (text, right) in [
            ("prefixed:u32be", &[16, 256, 4096, 65536][..]),
            ("prefixed:u8", &[16]),
            ("prefixed:u16be,max=1000", &[16, 256]),
            ("prefixed:u32be,max=3", &[3]),
            ("fixed:7", &[7]),
            ("eof", &[64 << 10, 1 << 20]),
            ("eof,max=10", &[10]),
            ("eof,max=none", &[64 << 10, 1 << 30]),
            ("half-close,max=none", &[64 << 10, 16 << 20]),
        ] {
            assert_eq!(usual_sizes(&text.parse().unwrap()), right, "{text}");
        }
    }
}
