//! Frames rendered once and sent, or expected, round and round: a position in an endless stream to the bytes that stand there.
//!
//! Invariant: `ends` ascend, and the last is the ring's length; a ring without bytes is that of a side on which nothing is due.

/// An endless stream that repeats some frames.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ring {
    bytes: Vec<u8>,
    /// Where each frame ends.
    ends: Vec<usize>,
    /// The bytes of each frame, where all have as many.
    each: Option<u64>,
}

impl Ring {
    /// The frames one after the other.
    #[must_use]
    pub fn new(bytes: Vec<u8>, ends: Vec<usize>) -> Self {
        debug_assert!(ends.is_sorted() && ends.last().copied().unwrap_or(0) == bytes.len());
        let first = ends.first().copied().unwrap_or(0);
        let even = ends
            .iter()
            .enumerate()
            .all(|(at, &end)| end == first * (at + 1));
        Self {
            each: (even && first > 0).then_some(first as u64),
            bytes,
            ends,
        }
    }

    /// Whether nothing stands on it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Its bytes, once round.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its frames, once round.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.ends.len() as u64
    }

    /// Where so many frames end in the endless stream.
    #[must_use]
    pub fn upto(&self, frames: u64) -> u64 {
        if let Some(each) = self.each {
            return frames * each;
        }
        let Some(rounds) = frames.checked_div(self.frames()) else {
            return 0;
        };
        let rest = (frames % self.frames()) as usize;
        let rest = rest.checked_sub(1).map_or(0, |last| self.ends[last]);
        rounds * self.bytes.len() as u64 + rest as u64
    }

    /// How many frames are whole in so many bytes of the endless stream.
    #[must_use]
    pub fn whole_in(&self, bytes: u64) -> u64 {
        if let Some(each) = self.each {
            return bytes / each;
        }
        let Some(rounds) = bytes.checked_div(self.bytes.len() as u64) else {
            return 0;
        };
        let rest = (bytes % self.bytes.len() as u64) as usize;
        let rest = self.ends.partition_point(|&end| end <= rest);
        rounds * self.frames() + rest as u64
    }

    /// At most so many bytes from a position on: fewer where the ring's end comes first, none only where it is empty or none are wanted.
    #[must_use]
    pub fn piece(&self, at: u64, most: u64) -> &[u8] {
        let Some(at) = at.checked_rem(self.bytes.len() as u64) else {
            return &[];
        };
        let rest = &self.bytes[at as usize..];
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        &rest[..rest.len().min(most)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_and_a_count_of_frames_lead_to_each_other() {
        for ends in [vec![2, 4, 6], vec![1, 4, 6]] {
            let ring = Ring::new(b"abcdef".to_vec(), ends.clone());
            let mut at = 0;
            for frame in 0..10_u64 {
                assert_eq!(ring.upto(frame), at, "{ends:?} {frame}");
                let end = ends[frame as usize % 3] as u64 + frame / 3 * 6;
                for inside in at..end {
                    assert_eq!(ring.whole_in(inside), frame, "{ends:?} {inside}");
                }
                at = end;
            }
        }
    }

    #[test]
    fn a_piece_ends_where_the_ring_does() {
        let ring = Ring::new(b"abc".to_vec(), vec![3]);
        assert_eq!(ring.piece(7, 9), b"bc");
        assert_eq!(ring.piece(9, 2), b"ab");
        assert_eq!(ring.piece(1, 0), b"");
        assert_eq!(Ring::default().piece(5, 5), b"");
        assert_eq!(
            (Ring::default().upto(3), Ring::default().whole_in(3)),
            (0, 0)
        );
    }
}
