//! Payloads: how long they are, and what is in them.
//!
//! Lengths gather where readers break: around powers of two, packets, the limit. Contents gather what a reader could take for
//! something else: delimiters and their beginnings, headers, separators of other formats, parts of characters.

use super::{Choices, Generator};
use crate::framing::{Charset, Framing, Lead, Length, Pattern, Prefix, Stop};
use crate::suite::PayloadKind;

/// What an Ethernet packet carries.
const PACKET: usize = 1460;

/// Lengths up to here cost next to nothing.
const SHORT: usize = 300;

/// Lengths up to here are sent in one go.
const MIDDLE: usize = 9000;

/// The lengths at which something changes, ascending.
pub(super) fn boundaries(framing: &Framing, longest: usize) -> Vec<usize> {
    let powers = (1..=20).map(|power| 1_usize << power);
    let decimal = [10, 100, 1000, 10_000, 100_000];
    let limit = framing.max.and_then(|max| usize::try_from(max).ok());
    let size = match framing.pattern {
        Pattern::Fixed { size, .. } => usize::try_from(size).ok(),
        _ => None,
    };
    let centres = powers
        .chain(decimal)
        .chain([PACKET])
        .chain(limit)
        .chain(size);
    let around = |centre: usize| centre.saturating_sub(2)..=centre.saturating_add(2);
    let mut sizes: Vec<usize> = centres
        .flat_map(around)
        .filter(|&size| size <= longest)
        .collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

/// Bytes that mean something in this framing, and some that mean something elsewhere.
pub(super) fn tokens(framing: &Framing) -> Vec<Vec<u8>> {
    let mut tokens: Vec<Vec<u8>> = SEPARATORS.iter().map(|token| token.to_vec()).collect();
    let mut own = |token: &[u8]| {
        for end in 1..=token.len() {
            tokens.push(token[..end].to_vec());
            tokens.push(token[token.len() - end..].to_vec());
        }
        tokens.push([token, token].concat());
    };
    match &framing.pattern {
        Pattern::Delimited {
            delimiters, strip, ..
        } => delimiters
            .iter()
            .chain([strip])
            .for_each(|token| own(token)),
        Pattern::Prefixed(prefix) | Pattern::Blocks { prefix, .. } => {
            own(&prefix.trailer);
            own(&prefix.trailer.repeat(2));
            of_header(prefix, &mut own);
        }
        Pattern::Eof | Pattern::HalfClose | Pattern::Fixed { .. } => {}
    }
    tokens.extend(framing.announce(1));
    tokens.extend(
        framing
            .announce(1)
            .map(|header| [&header[..], b"a"].concat()),
    );
    tokens.retain(|token| !token.is_empty());
    tokens.sort();
    tokens.dedup();
    tokens
}

fn of_header(prefix: &Prefix, own: &mut impl FnMut(&[u8])) {
    if let Lead::Exact(lead) = &prefix.lead {
        own(lead);
    }
    match &prefix.length {
        Length::Digits {
            stop: Stop::End { end, .. },
            ..
        } => own(end),
        Length::Field { name } => own(format!("{name}: 1\r\n\r\n").as_bytes()),
        _ => {}
    }
}

/// What ends lines, fields and streams in one format or another; parts of characters.
const SEPARATORS: &[&[u8]] = &[
    b"\n",
    b"\r",
    b"\r\n",
    b"\r\r\n",
    b"\n\n",
    b"\0",
    b"\x0b",
    b"\x0c",
    b"\x1a",
    b"\x1c",
    b"\x1d",
    b"\x1e",
    b"\x1f",
    b"\x04",
    b" ",
    b"\t",
    b":",
    b",",
    b";",
    b"0",
    b"00",
    b"1:a,",
    b"-1",
    b"\xff",
    b"\x80",
    b"\xc3",
    b"\xa9",
    b"\xe2\x82",
    b"\xf0\x9f",
    b"\xc2\x85",
    b"\xe2\x80\xa8",
    b"\xe2\x80\xa9",
    b"\xef\xbb\xbf",
    "é".as_bytes(),
    "€".as_bytes(),
    "𝄞".as_bytes(),
];

impl Generator {
    /// A length of payload; plainly short.
    pub(super) fn size(&self, choices: &mut impl Choices) -> usize {
        let upto = |choices: &mut _, most: usize| {
            let count = self.sizes.partition_point(|&size| size <= most);
            match count {
                0 => 0,
                count => self.sizes[Choices::index(choices, count)],
            }
        };
        if let Pattern::Fixed { size, .. } = self.framing.pattern {
            let size = usize::try_from(size)
                .unwrap_or(self.longest)
                .min(self.longest);
            return match choices.upto(15) {
                0..15 => size,
                _ => choices.between(0..=size),
            };
        }
        let size = match choices.upto(255) {
            0..120 => choices.between(0..=12),
            120..150 => self.around_limit(choices),
            150..200 => upto(choices, SHORT),
            200..230 => choices.between(0..=2000).min(self.longest),
            230..250 => upto(choices, MIDDLE),
            250..255 => upto(choices, 70_000),
            _ => upto(choices, self.longest),
        };
        match self.framing.max {
            // Many frames over the limit in each stream would leave little behind the first of them to be seen.
            Some(max) if size as u64 > max && !choices.one_in(4) => choices.upto(max) as usize,
            _ => size,
        }
    }

    /// Around the limit, where that is not far.
    fn around_limit(&self, choices: &mut impl Choices) -> usize {
        let near = self.framing.max.filter(|&max| max <= MIDDLE as u64);
        match near {
            Some(max) => (max as usize + 3).saturating_sub(choices.index(6)),
            None => choices.between(0..=40),
        }
    }

    /// A payload of about this length, of the kind that the target takes.
    pub(super) fn payload(&self, choices: &mut impl Choices, size: usize) -> Vec<u8> {
        let text = self.framing.charset == Charset::Utf8;
        match self.payloads {
            PayloadKind::Any if text && !choices.one_in(8) => utf8(choices, size),
            PayloadKind::Any => self.bytes(choices, size),
            PayloadKind::Utf8 => utf8(choices, size),
            PayloadKind::Ascii => ascii(choices, size),
            PayloadKind::Json | PayloadKind::Lines(_) => self.payloads.make(size, &self.framing),
        }
    }

    fn bytes(&self, choices: &mut impl Choices, size: usize) -> Vec<u8> {
        match choices.upto(9) {
            0..3 => letters(size),
            3 => vec![choices.byte(); size],
            4 | 5 => self.of_tokens(choices, size),
            6 => utf8(choices, size),
            7 => pattern(size),
            _ => {
                let mut payload = letters(size);
                let token = choices.pick(&self.tokens);
                if let Some(room) = size.checked_sub(token.len()) {
                    let at = choices.between(0..=room);
                    payload[at..at + token.len()].copy_from_slice(token);
                }
                payload
            }
        }
    }

    /// Tokens one after the other, with letters between them.
    fn of_tokens(&self, choices: &mut impl Choices, size: usize) -> Vec<u8> {
        /// What is repeated to make it longer.
        const TEXT: usize = 64;
        let mut payload = Vec::new();
        while payload.len() < size.min(TEXT) {
            match choices.one_in(2) {
                true => payload.push(b'a' + choices.index(26) as u8),
                false => payload.extend(choices.pick(&self.tokens).iter()),
            }
        }
        let text = payload.clone();
        while payload.len() < size {
            payload.extend_from_slice(&text);
        }
        payload.truncate(size);
        payload
    }

    /// Bytes that mean something.
    pub(super) fn token(&self, choices: &mut impl Choices) -> &[u8] {
        let token: &Vec<u8> = choices.pick(&self.tokens);
        token
    }
}

/// The alphabet again and again, so that a lost or repeated byte shows.
fn letters(size: usize) -> Vec<u8> {
    (b'a'..=b'z').cycle().take(size).collect()
}

/// All bytes, so that one that is taken for a delimiter shows.
fn pattern(size: usize) -> Vec<u8> {
    (0..size).map(|at| (at * 7 % 251) as u8).collect()
}

fn utf8(choices: &mut impl Choices, size: usize) -> Vec<u8> {
    const CHARACTERS: &[&str] = &["a", "é", "€", "𝄞", "\u{feff}", "b", "\u{7ff}", "\u{2028}"];
    let mut text = Vec::with_capacity(size);
    while text.len() < size {
        let most = size - text.len();
        let few = text.len() < 200;
        let character = match few {
            true => choices.pick(CHARACTERS),
            false => CHARACTERS[text.len() % CHARACTERS.len()],
        };
        text.extend_from_slice(
            if character.len() <= most {
                character
            } else {
                "z"
            }
            .as_bytes(),
        );
    }
    text
}

fn ascii(choices: &mut impl Choices, size: usize) -> Vec<u8> {
    const LETTERS: &[u8] = b"abc 0123:;,.-+xXfF{}[]\"'\\\t~";
    let mut text = letters(size);
    for letter in text.iter_mut().take(40) {
        *letter = *choices.pick(LETTERS);
    }
    text
}
