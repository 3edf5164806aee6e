//! Where choices come from: a seeded generator, or bytes that somebody else chose (libFuzzer, proptest, `Arbitrary`).
//!
//! Everything that is generated here is generated from [`Choices`], so that one generator serves all of them. Invariant: of every
//! choice the first is the plainest, and bytes that have run out choose it: fewer and smaller bytes make plainer things.

use std::ops::RangeInclusive;

/// A source of choices.
pub trait Choices {
    /// A number from 0 to `most`, both included.
    fn upto(&mut self, most: u64) -> u64;

    /// A number of a range.
    fn between(&mut self, range: RangeInclusive<usize>) -> usize {
        let most = range.end().saturating_sub(*range.start());
        range.start() + self.upto(most as u64) as usize
    }

    /// The place of one of so many, of which there is at least one.
    fn index(&mut self, count: usize) -> usize {
        self.upto(count.saturating_sub(1) as u64) as usize
    }

    /// One of several, of which there is at least one.
    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T
    where
        Self: Sized,
    {
        &all[self.index(all.len())]
    }

    /// True once in so many times; plainly not.
    fn one_in(&mut self, times: u64) -> bool {
        let most = times.saturating_sub(1);
        self.upto(most) == most
    }

    /// Any byte.
    fn byte(&mut self) -> u8 {
        self.upto(u8::MAX.into()) as u8
    }
}

impl Choices for fastrand::Rng {
    fn upto(&mut self, most: u64) -> u64 {
        self.u64(0..=most)
    }
}

/// Choices out of bytes.
#[derive(Clone, Debug)]
pub struct ByteChoices<'a> {
    bytes: &'a [u8],
}

impl<'a> ByteChoices<'a> {
    /// Out of these, from the first on.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }
}

impl Choices for ByteChoices<'_> {
    fn upto(&mut self, most: u64) -> u64 {
        let bits = u64::BITS - most.leading_zeros();
        let wanted = (bits.div_ceil(8) as usize).min(self.bytes.len());
        let (taken, rest) = self.bytes.split_at(wanted);
        self.bytes = rest;
        let number = taken
            .iter()
            .fold(0, |number: u64, &byte| number << 8 | u64::from(byte));
        match most.checked_add(1) {
            Some(count) => number % count,
            None => number,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_have_run_out_choose_the_plainest() {
        let mut none = ByteChoices::new(b"");
        assert_eq!(none.upto(u64::MAX), 0);
        assert_eq!(none.between(3..=9), 3);
        assert_eq!(none.pick(&["plain", "odd"]), &"plain");
        assert!(!none.one_in(2));
    }

    #[test]
    fn every_number_of_a_range_can_be_chosen_and_no_other() {
        for most in [0, 1, 9, 255] {
            let chosen = |byte| ByteChoices::new(&[byte]).upto(most);
            let mut all: Vec<_> = (0..=u8::MAX).map(chosen).collect();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all, (0..=most).collect::<Vec<_>>());
        }
        assert_eq!(ByteChoices::new(&[1, 2]).upto(1000), 0x0102);
        assert_eq!(ByteChoices::new(&[0xff; 8]).upto(u64::MAX), u64::MAX);
        let mut seeded = fastrand::Rng::with_seed(1);
        assert!((0..1000).all(|_| seeded.between(5..=7).abs_diff(6) <= 1));
    }
}
