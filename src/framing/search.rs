//! Where the next byte is that can begin a delimiter: a few words at a time for near ones, `memchr` for far ones.
//!
//! `memchr` has a price for each call that frames of some 16 bytes notice; a look at four words before it costs less.

use memchr::{memchr, memchr2, memchr3};

/// Finds the first byte of a set.
#[derive(Clone, Debug)]
pub(super) enum Search {
    One(u8),
    Two(u8, u8),
    Three(u8, u8, u8),
    Any(Box<[bool; 256]>),
}

impl Search {
    /// For the first bytes of these delimiters.
    pub(super) fn of_first_bytes(delimiters: &[Vec<u8>]) -> Self {
        let mut set = Box::new([false; 256]);
        for delimiter in delimiters {
            set[usize::from(delimiter[0])] = true;
        }
        let bytes: Vec<u8> = (0..=u8::MAX)
            .filter(|&byte| set[usize::from(byte)])
            .collect();
        match bytes[..] {
            [one] => Self::One(one),
            [one, two] => Self::Two(one, two),
            [one, two, three] => Self::Three(one, two, three),
            _ => Self::Any(set),
        }
    }

    /// The place of the first byte of the set.
    #[inline]
    pub(super) fn first_in(&self, bytes: &[u8]) -> Option<usize> {
        match *self {
            Self::One(one) => near(
                bytes,
                |word| zero_bytes(word ^ spread(one)),
                |far| memchr(one, far),
            ),
            Self::Two(one, two) => near(
                bytes,
                |word| zero_bytes(word ^ spread(one)) | zero_bytes(word ^ spread(two)),
                |far| memchr2(one, two, far),
            ),
            Self::Three(one, two, three) => memchr3(one, two, three, bytes),
            Self::Any(ref set) => bytes.iter().position(|&byte| set[usize::from(byte)]),
        }
    }
}

/// Words that are looked at before `memchr` is called.
const NEAR_WORDS: usize = 4;

/// The first hit: among the first words by `hits` (its lowest set bit is in the byte that hit), behind them by `far`.
#[inline]
fn near(
    bytes: &[u8],
    hits: impl Fn(u64) -> u64,
    far: impl Fn(&[u8]) -> Option<usize>,
) -> Option<usize> {
    let (words, _) = bytes.as_chunks::<8>();
    let mut at = 0;
    for word in words.iter().take(NEAR_WORDS) {
        let hit = hits(u64::from_le_bytes(*word));
        if hit != 0 {
            return Some(at + hit.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    far(&bytes[at..]).map(|found| at + found)
}

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = LOW << 7;

fn spread(byte: u8) -> u64 {
    LOW * u64::from(byte)
}

/// The top bit of the lowest byte that is zero (above it, false hits can follow).
#[inline]
fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(LOW) & !word & HIGH
}
