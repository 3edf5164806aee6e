//! The CRC-32 of a long stretch of a ring, without a look at its bytes twice: that of what is repeated is combined with itself.

use crc32fast::Hasher;

/// Of `len` bytes of the endless repetition of `bytes`, from `at` on.
pub(super) fn of_stretch(bytes: &[u8], at: u64, len: u64) -> u32 {
    if bytes.is_empty() || len == 0 {
        return 0;
    }
    let size = bytes.len() as u64;
    let start = (at % size) as usize;
    let first = (size - start as u64).min(len);
    let mut crc = hasher(&bytes[start..start + first as usize]);
    let rest = len - first;
    crc.combine(&repeated(hasher(bytes), rest / size));
    crc.combine(&hasher(&bytes[..(rest % size) as usize]));
    crc.finalize()
}

fn hasher(bytes: &[u8]) -> Hasher {
    let mut hasher = Hasher::new();
    hasher.update(bytes);
    hasher
}

/// One stretch so many times, by doubling.
fn repeated(mut one: Hasher, mut times: u64) -> Hasher {
    let mut all = Hasher::new();
    while times > 0 {
        if times & 1 == 1 {
            all.combine(&one);
        }
        let twin = one.clone();
        one.combine(&twin);
        times >>= 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_has_the_checksum_of_its_bytes() {
        let bytes = b"hello, world";
        for at in [0, 1, 11, 12, 30] {
            for len in [0, 1, 5, 11, 12, 13, 24, 25, 1000] {
                let whole: Vec<u8> = bytes.iter().copied().cycle().skip(at).take(len).collect();
                let found = of_stretch(bytes, at as u64, len as u64);
                assert_eq!(found, crc32fast::hash(&whole), "{at} {len}");
            }
        }
    }
}
