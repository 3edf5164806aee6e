//! Payloads in what a target prints: a pattern finds them, and an escape form says how they are written.
//!
//! Only whole lines count. Invariant: bytes that the pattern does not match are ignored, so a target may print anything else.

use std::fmt;
use std::str::FromStr;

use regex::bytes::Regex;

use crate::suite::Item;

/// Finds payloads in printed lines.
#[derive(Clone, Debug)]
pub struct StdoutReader {
    pattern: Regex,
    form: Unescape,
}

/// How a target writes the bytes of a payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unescape {
    /// As they are.
    #[default]
    Raw,
    /// Two hexadecimal digits each.
    Hex,
    /// As a JSON string; characters stand for their UTF-8 bytes.
    Json,
    /// As Python's `repr` of `bytes` or `str`.
    Python,
}

impl Unescape {
    /// Every form.
    pub const ALL: &'static [Self] = &[Self::Raw, Self::Hex, Self::Json, Self::Python];

    /// The word that flags have for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Hex => "hex",
            Self::Json => "json",
            Self::Python => "python",
        }
    }

    /// The bytes that a text in this form stands for; `None`: it is not in this form.
    #[must_use]
    pub fn bytes(self, text: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Raw => Some(text.to_vec()),
            Self::Hex => hex::decode(text).ok(),
            Self::Json => serde_json::from_slice(text).ok().map(String::into_bytes),
            Self::Python => python(text),
        }
    }
}

impl FromStr for Unescape {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|form| form.word() == text);
        found
            .copied()
            .ok_or_else(|| "a form is one of: raw, hex, json, python".to_owned())
    }
}

/// Why a pattern finds no payloads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadPattern {
    /// It is no regular expression; why not, with the place.
    Syntax(String),
    /// It has no group `payload`.
    NoGroup,
}

impl fmt::Display for BadPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(why) => f.write_str(why),
            Self::NoGroup => {
                f.write_str("the pattern needs a group that finds the payload: (?P<payload>...)")
            }
        }
    }
}

impl StdoutReader {
    /// A reader with this regular expression, matched against each line.
    ///
    /// # Errors
    /// What [`BadPattern`] lists.
    pub fn new(pattern: &str, form: Unescape) -> Result<Self, BadPattern> {
        let regex = regex::bytes::RegexBuilder::new(pattern)
            .multi_line(true)
            .build();
        let pattern = regex.map_err(|error| BadPattern::Syntax(error.to_string()))?;
        match pattern.capture_names().any(|name| name == Some("payload")) {
            true => Ok(Self { pattern, form }),
            false => Err(BadPattern::NoGroup),
        }
    }

    /// The payloads of the lines that are whole. One that is not written in the form is taken as it stands, so that it differs from
    /// what is due.
    #[must_use]
    pub fn items(&self, printed: &[u8]) -> Vec<Item> {
        let whole = printed
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |end| end + 1);
        let found = self.pattern.captures_iter(&printed[..whole]);
        // Behind the last line feed a pattern that may be empty matches once more, where there is no line.
        let in_a_line = found.filter(|captures| captures.get_match().start() < whole);
        let payloads = in_a_line.filter_map(|captures| Some(captures.name("payload")?.as_bytes()));
        payloads
            .map(|text| Item::of(&self.form.bytes(text).unwrap_or_else(|| text.to_vec())))
            .collect()
    }
}

/// A literal of Python: `b'...'` or `'...'`, in either quote.
fn python(text: &[u8]) -> Option<Vec<u8>> {
    let (is_bytes, text) = match text.strip_prefix(b"b") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let quote = *text.first().filter(|quote| matches!(quote, b'\'' | b'"'))?;
    let body = text
        .get(1..text.len().checked_sub(1)?)
        .filter(|_| text.len() > 1 && text.ends_with(&[quote]))?;
    let mut bytes = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let (&escape, after) = rest.split_first()?;
        rest = after;
        let digits = match escape {
            b'x' => 2,
            b'u' if !is_bytes => 4,
            b'U' if !is_bytes => 8,
            _ => {
                bytes.push(plain_escape(escape)?);
                continue;
            }
        };
        let (digits, after) = rest.split_at_checked(digits)?;
        rest = after;
        let number = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        match is_bytes {
            true => bytes.push(u8::try_from(number).ok()?),
            false => {
                bytes.extend_from_slice(char::from_u32(number)?.encode_utf8(&mut [0; 4]).as_bytes())
            }
        }
    }
    Some(bytes)
}

fn plain_escape(escape: u8) -> Option<u8> {
    Some(match escape {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        same @ (b'\\' | b'\'' | b'"') => same,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_are_found_in_whole_lines_only() {
        let reader = StdoutReader::new("^Message: (?P<payload>.*)$", Unescape::Python).unwrap();
        let printed = b"listening\nMessage: b'a\\n\\x00\\''\nMessage: \"it's\"\nMessage: b'unfin";
        assert_eq!(
            reader.items(printed),
            [Item::of(b"a\n\0'"), Item::of(b"it's")]
        );
    }

    #[test]
    fn each_line_is_one_payload_and_an_empty_line_an_empty_one() {
        let reader = StdoutReader::new("^(?P<payload>.*)$", Unescape::Raw).unwrap();
        let items = [Item::of(b"a"), Item::of(b""), Item::of(b"b")];
        assert_eq!(reader.items(b"a\n\nb\nunfin"), items);
        assert_eq!(reader.items(b"unfin"), []);
    }

    #[test]
    fn each_form_is_undone() {
        assert_eq!(Unescape::Hex.bytes(b"00ff"), Some(vec![0, 0xff]));
        assert_eq!(Unescape::Json.bytes(br#""\u00e9\n""#), Some("é\n".into()));
        assert_eq!(Unescape::Python.bytes(br"'\xe9\u20ac'"), Some("é€".into()));
        assert_eq!(Unescape::Python.bytes(b"b'"), None);
        assert_eq!(Unescape::Raw.bytes(b"a\\n"), Some(b"a\\n".to_vec()));
    }

    #[test]
    fn a_pattern_without_the_group_is_refused() {
        assert_eq!(
            StdoutReader::new("a", Unescape::Raw).unwrap_err(),
            BadPattern::NoGroup
        );
        assert!(matches!(
            StdoutReader::new("(", Unescape::Raw),
            Err(BadPattern::Syntax(_))
        ));
    }
}
