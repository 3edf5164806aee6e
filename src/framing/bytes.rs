//! Bytes as text: the escapes `\n \r \t \0 \\ \, \xNN` of framings and vectors, both ways.
//!
//! Invariant: `unescape(&escape(bytes, extra))` gives the bytes back, whatever they are.

use std::fmt;

/// An escape that is none: where it stands in the text, and what is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadEscape {
    /// Offset in bytes of the backslash.
    pub at: usize,
    /// Bytes that the caret underlines.
    pub len: usize,
}

impl fmt::Display for BadEscape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r"unknown escape; there are \n \r \t \0 \\ \, \| \xNN")
    }
}

impl std::error::Error for BadEscape {}

/// The bytes that a text with escapes stands for; other characters stand for their UTF-8 bytes.
///
/// # Errors
/// A backslash with anything but `n r t 0 \ , |` or `x` and two hexadecimal digits after it.
pub fn unescape(text: &str) -> Result<Vec<u8>, BadEscape> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first != b'\\' {
            bytes.push(first);
            rest = after;
            continue;
        }
        let (byte, len) = one_escape(after).ok_or(BadEscape {
            at: text.len() - rest.len(),
            len: 1 + usize::from(!after.is_empty()),
        })?;
        bytes.push(byte);
        rest = &after[len..];
    }
    Ok(bytes)
}

/// The byte that the characters after a backslash stand for, and how many they are.
fn one_escape(after: &[u8]) -> Option<(u8, usize)> {
    let byte = match after.first()? {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'0' => 0,
        same @ (b'\\' | b',' | b'|') => *same,
        b'x' => {
            let digits = after
                .get(1..3)
                .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
            let digits = std::str::from_utf8(digits).ok()?;
            return Some((u8::from_str_radix(digits, 16).ok()?, 3));
        }
        _ => return None,
    };
    Some((byte, 1))
}

/// A text for bytes: printable ASCII as it is, the rest escaped; `special` are the characters that get a backslash as well.
#[must_use]
pub fn escape(bytes: &[u8], special: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            0 => text.push_str("\\0"),
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' => {
                if special.contains(&byte) {
                    text.push('\\');
                }
                text.push(char::from(byte));
            }
            _ => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text
}
