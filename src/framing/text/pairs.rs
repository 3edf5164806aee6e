//! The `key=value` pairs of a framing's text, taken one by one; and the values that several keys have: bytes, sizes, words.
//!
//! Every reading that fails names the place in the text. Invariant: a key is taken once, and what nobody took was wrong.

use std::ops::Range;

use super::super::Framing;
use super::super::bytes::unescape;
use super::super::print::UNITS;
use super::keys_of;

/// A mistake and its place; the text is added at the top.
pub(super) type Mistake = (Range<usize>, String);

/// One `key=value` of the text.
pub(super) struct Pair<'a> {
    pub(super) key: &'a str,
    /// Where the key stands.
    pub(super) at: Range<usize>,
    pub(super) value: &'a str,
    pub(super) value_at: Range<usize>,
}

/// The pairs that nothing has asked for yet: every key is taken once, and what is left over was wrong.
pub(super) struct Pairs<'a>(pub(super) Vec<Pair<'a>>);

/// The ranges between separators that no backslash stands before.
pub(super) fn split(text: &str, separator: u8) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let (mut start, mut escaped) = (0, false);
    for (at, byte) in text.bytes().enumerate() {
        if byte == separator && !escaped {
            ranges.push(start..at);
            start = at + 1;
        }
        escaped = byte == b'\\' && !escaped;
    }
    ranges.push(start..text.len());
    ranges
}

impl<'a> Pairs<'a> {
    pub(super) fn read(
        text: &'a str,
        parts: impl Iterator<Item = Range<usize>>,
    ) -> Result<Self, Mistake> {
        let mut pairs: Vec<Pair<'a>> = Vec::new();
        for part in parts {
            let Some(equals) = text[part.clone()].find('=') else {
                return Err((part, "here a key=value is expected, such as max=64KiB; a comma that belongs to bytes is written \\,".to_owned()));
            };
            let at = part.start..part.start + equals;
            let value_at = at.end + 1..part.end;
            let pair = Pair {
                key: &text[at.clone()],
                value: &text[value_at.clone()],
                at,
                value_at,
            };
            if pairs.iter().any(|other| other.key == pair.key) {
                return Err((
                    pair.at,
                    format!("the key {:?} stands twice; once is right", pair.key),
                ));
            }
            pairs.push(pair);
        }
        Ok(Self(pairs))
    }

    pub(super) fn take(&mut self, key: &str) -> Option<Pair<'a>> {
        let at = self.0.iter().position(|pair| pair.key == key)?;
        Some(self.0.remove(at))
    }

    pub(super) fn bytes(&mut self, key: &str) -> Result<Option<Vec<u8>>, Mistake> {
        self.take(key)
            .map(|pair| some_bytes(pair.value, &pair.value_at))
            .transpose()
    }

    /// One word out of a fixed choice; the first where the key is absent.
    pub(super) fn choice<T: Copy>(
        &mut self,
        key: &str,
        all: &[T],
        word: impl Fn(T) -> &'static str,
    ) -> Result<T, Mistake> {
        Ok(self.choice_if_given(key, all, word)?.unwrap_or(all[0]))
    }

    pub(super) fn choice_if_given<T: Copy>(
        &mut self,
        key: &str,
        all: &[T],
        word: impl Fn(T) -> &'static str,
    ) -> Result<Option<T>, Mistake> {
        let Some(pair) = self.take(key) else {
            return Ok(None);
        };
        let found = all.iter().copied().find(|&one| word(one) == pair.value);
        found.map(Some).ok_or_else(|| {
            let words: Vec<_> = all.iter().map(|&one| word(one)).collect();
            (
                pair.value_at,
                format!("{key} is one of: {}", words.join(", ")),
            )
        })
    }

    pub(super) fn nothing_left(&self, framing: &Framing) -> Result<(), Mistake> {
        let Some(pair) = self.0.first() else {
            return Ok(());
        };
        let known = keys_of(framing);
        Err((
            pair.at.clone(),
            format!("no key {:?} here; there are: {known}", pair.key),
        ))
    }
}

pub(super) fn some_bytes(text: &str, at: &Range<usize>) -> Result<Vec<u8>, Mistake> {
    let bytes = unescape(text).map_err(|bad| {
        (
            at.start + bad.at..at.start + bad.at + bad.len,
            bad.to_string(),
        )
    })?;
    match bytes.is_empty() {
        true => Err((at.clone(), "at least one byte is needed here".to_owned())),
        false => Ok(bytes),
    }
}

pub(super) fn size(text: &str, at: &Range<usize>) -> Result<u64, Mistake> {
    let wrong = || {
        (
            at.clone(),
            "a size is a number of bytes, with KiB, MiB or GiB if wanted: 16, 64KiB".to_owned(),
        )
    };
    let (digits, shift) = UNITS
        .iter()
        .find_map(|(unit, shift)| Some((text.strip_suffix(unit)?, *shift)))
        .unwrap_or((text, 0));
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(wrong());
    }
    let value = digits
        .parse::<u64>()
        .ok()
        .and_then(|value| value.checked_mul(1 << shift));
    value.ok_or_else(|| (at.clone(), "a size fits into 64 bits".to_owned()))
}
