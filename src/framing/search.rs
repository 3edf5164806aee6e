//! Where the bytes are that can begin a delimiter: in blocks where they are near to each other, with `memchr` where they are far.
//!
//! `memchr` has a price for each call that frames of some 16 bytes notice; a block gives all its places at once.

use memchr::{memchr, memchr2, memchr3};
use std::array;

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

    /// Goes on to the next places of bytes of the set; `false`: there are none.
    #[inline]
    pub(super) fn advance(&self, bytes: &[u8], places: &mut Places) -> bool {
        match *self {
            Self::One(one) => places.advance(
                bytes,
                |block| hits_in(block, |byte| byte == one),
                |far| memchr(one, far),
            ),
            Self::Two(one, two) => places.advance(
                bytes,
                |block| hits_in(block, |byte| (byte == one) | (byte == two)),
                |far| memchr2(one, two, far),
            ),
            Self::Three(one, two, three) => places.advance(
                bytes,
                |block| {
                    hits_in(block, |byte| {
                        (byte == one) | (byte == two) | (byte == three)
                    })
                },
                |far| memchr3(one, two, three, far),
            ),
            Self::Any(ref set) => places.advance(
                bytes,
                |block| hits_in(block, |byte| set[usize::from(byte)]),
                |far| far.iter().position(|&byte| set[usize::from(byte)]),
            ),
        }
    }
}

/// Places in the bytes that are searched, in order: `from` and the bit of each in `hits`.
#[derive(Clone, Copy, Default)]
pub(super) struct Places {
    from: usize,
    hits: u64,
    /// All before has been looked at.
    behind: usize,
    /// The last place was no more than a block behind the one before.
    near: bool,
}

impl Iterator for Places {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        let place = self.from + self.hits.trailing_zeros() as usize;
        let more = self.hits != 0;
        self.hits &= self.hits.wrapping_sub(1);
        more.then_some(place)
    }
}

impl Places {
    #[inline]
    fn advance(
        &mut self,
        bytes: &[u8],
        block_hits: impl Fn(&Block) -> u64,
        far: impl Fn(&[u8]) -> Option<usize>,
    ) -> bool {
        if self.near
            && let Some(block) = bytes[self.behind..].first_chunk()
        {
            self.from = self.behind;
            self.hits = block_hits(block);
            self.behind += block.len();
            if self.hits != 0 {
                return true;
            }
        }
        let Some(found) = far(&bytes[self.behind..]) else {
            return false;
        };
        self.from = self.behind + found;
        self.hits = 1;
        self.behind = self.from + 1;
        self.near = found < size_of::<Block>();
        true
    }
}

type Block = [u8; 64];

/// A bit for each byte of the block that is a hit. Inlined into a loop, it would not be made of vectors.
#[inline(never)]
fn hits_in(block: &Block, hit: impl Fn(u8) -> bool) -> u64 {
    let bits: Block = array::from_fn(|at| if hit(block[at]) { 1 << (at % 8) } else { 0 });
    let (eights, _) = bits.as_chunks::<8>();
    u64::from_le_bytes(array::from_fn(|at| eights[at].iter().sum()))
}

/// Whether the bytes begin with these few. One by one: a call of `memcmp` takes longer than a delimiter or trailer is worth.
#[inline]
pub(super) fn begins_with(bytes: &[u8], few: &[u8]) -> bool {
    bytes.len() >= few.len() && few.iter().zip(bytes).all(|(own, byte)| own == byte)
}
