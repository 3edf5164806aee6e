//! The text form of a framing, read: `PATTERN[:PARAMETER][,key=value]...` to a [`Framing`].
//!
//! Every rule about which values go together is checked here, once; a refusal names the place in the text and what would be
//! right there. Invariant: a [`Framing`] that comes out of here is right in itself, and nothing is checked again.

mod pairs;
mod prefix;

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use self::pairs::{Mistake, Pairs, size, some_bytes, split};
use self::prefix::prefix;
use super::preset::Preset;
use super::print::Size;
use super::{
    Charset, Empty, Extensions, Framing, Length, Oversize, Pattern, Prefix, Radix, Series, Stop,
    Tail, Unit,
};

/// A text that is no framing: the place of the mistake, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadFraming {
    text: String,
    /// The bytes of the text that are wrong; empty and at the end where something is missing.
    pub at: Range<usize>,
    /// What is wrong, and what would be right.
    pub why: String,
}

impl fmt::Display for BadFraming {
    /// Three lines: what is wrong, the text, and a caret under the place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column = |at: usize| {
            self.text
                .get(..at)
                .map_or(at, |before| before.chars().count())
        };
        let (from, to) = (column(self.at.start), column(self.at.end));
        writeln!(f, "{}", self.why)?;
        writeln!(f, "    {}", self.text.replace(char::is_control, "?"))?;
        write!(
            f,
            "    {}{}",
            " ".repeat(from),
            "^".repeat((to - from).max(1))
        )
    }
}

impl std::error::Error for BadFraming {}

impl FromStr for Framing {
    type Err = BadFraming;

    fn from_str(text: &str) -> Result<Self, BadFraming> {
        parse(text).map_err(|(at, why)| BadFraming {
            text: text.to_owned(),
            at,
            why,
        })
    }
}

fn parse(text: &str) -> Result<Framing, Mistake> {
    let mut parts = split(text, b',').into_iter();
    let head = parts.next().unwrap_or(0..0);
    let mut pairs = Pairs::read(text, parts)?;
    let (name, parameter) = match split(&text[head.clone()], b':').get(1) {
        Some(after) => {
            let colon = head.start + after.start - 1;
            (head.start..colon, Some(colon + 1..head.end))
        }
        None => (head.clone(), None),
    };
    let mut framing = match Preset::named(&text[name.clone()]) {
        Some(preset) => from_preset(preset, parameter.as_ref())?,
        None => Framing::of(pattern(text, name, parameter.clone(), &mut pairs)?),
    };
    shared(&mut framing, &mut pairs)?;
    pairs.nothing_left(&framing)?;
    fits(&framing, parameter.unwrap_or(head))?;
    Ok(framing)
}

fn from_preset(
    preset: &'static Preset,
    parameter: Option<&Range<usize>>,
) -> Result<Framing, Mistake> {
    match parameter {
        Some(at) => Err((
            at.start - 1..at.end,
            format!(
                "the preset {} takes no parameter, only keys such as max=64KiB",
                preset.name
            ),
        )),
        None => Ok(Framing {
            preset: Some(preset),
            ..preset.framing()
        }),
    }
}

/// The keys that a framing of this kind takes, for the refusal of another.
fn keys_of(framing: &Framing) -> String {
    let own = match &framing.pattern {
        _ if framing.preset.is_some() => "",
        Pattern::Eof | Pattern::HalfClose => "",
        Pattern::Fixed { .. } => "tail, ",
        Pattern::Delimited { .. } => "strip, tail, ",
        Pattern::Prefixed(prefix) => {
            return format!("{}max, oversize, empty, charset", prefix_keys(prefix));
        }
        Pattern::Blocks { prefix, .. } => {
            return format!(
                "{}series, unit, extensions, max, oversize, empty, charset",
                prefix_keys(prefix)
            );
        }
    };
    format!("{own}max, oversize, empty, charset")
}

fn prefix_keys(prefix: &Prefix) -> &'static str {
    match prefix.length {
        Length::Uint { .. } => "offset, header, adjust, trailer, ",
        Length::Varint { .. } => "offset, header, adjust, trailer, canonical, ",
        Length::Digits { .. } => "offset, header, adjust, trailer, end, width, zeros, ",
        Length::Field { .. } => "offset, header, adjust, trailer, name, ",
    }
}

const PATTERNS: &str =
    "eof, half-close, fixed:SIZE, delimited:BYTES, prefixed:LENGTH, blocks:LENGTH";

fn pattern(
    text: &str,
    name: Range<usize>,
    parameter: Option<Range<usize>>,
    pairs: &mut Pairs,
) -> Result<Pattern, Mistake> {
    let word = &text[name.clone()];
    let needed = |what: &str| {
        let end = name.end;
        parameter.clone().ok_or_else(|| {
            (
                end..end,
                format!("{word} needs {what}, such as {word}:{}", example(word)),
            )
        })
    };
    match word {
        "eof" | "half-close" => match parameter {
            Some(at) => Err((at.start - 1..at.end, format!("{word} takes no parameter"))),
            None if word == "eof" => Ok(Pattern::Eof),
            None => Ok(Pattern::HalfClose),
        },
        "fixed" => fixed(text, needed("a size")?, pairs),
        "delimited" => delimited(text, needed("a delimiter")?, pairs),
        "prefixed" => Ok(Pattern::Prefixed(prefix(
            text,
            needed("a length field")?,
            pairs,
        )?)),
        "blocks" => blocks(text, needed("a length field")?, pairs),
        _ => Err((
            name,
            format!(
                "no pattern or preset {word:?}; the patterns are {PATTERNS}, and `framecheck list framings` prints the presets"
            ),
        )),
    }
}

fn example(pattern: &str) -> &'static str {
    match pattern {
        "fixed" => "16",
        "delimited" => "\\r\\n",
        _ => "u32be",
    }
}

fn fixed(text: &str, at: Range<usize>, pairs: &mut Pairs) -> Result<Pattern, Mistake> {
    let size = size(&text[at.clone()], &at)?;
    if size == 0 {
        return Err((at, "a message has at least 1 byte".to_owned()));
    }
    let tail = match pairs.take("tail") {
        None => Tail::Truncated,
        Some(pair) => match pair.value.split_once(':') {
            None if pair.value == "truncated" => Tail::Truncated,
            None if pair.value == "frame" => Tail::Frame,
            Some(("pad", byte)) => Tail::Pad(one_byte(
                byte,
                pair.value_at.end - byte.len()..pair.value_at.end,
            )?),
            _ => {
                return Err((
                    pair.value_at,
                    "tail is one of: truncated, frame, pad:BYTE".to_owned(),
                ));
            }
        },
    };
    Ok(Pattern::Fixed { size, tail })
}

fn one_byte(text: &str, at: Range<usize>) -> Result<u8, Mistake> {
    match some_bytes(text, &at)?[..] {
        [byte] => Ok(byte),
        _ => Err((
            at,
            "one byte is right here, such as \\0 or \\x20".to_owned(),
        )),
    }
}

fn delimited(text: &str, at: Range<usize>, pairs: &mut Pairs) -> Result<Pattern, Mistake> {
    let mut delimiters: Vec<Vec<u8>> = Vec::new();
    for part in split(&text[at.clone()], b'|') {
        let part = at.start + part.start..at.start + part.end;
        let delimiter = some_bytes(&text[part.clone()], &part)?;
        if delimiters.contains(&delimiter) {
            return Err((
                part,
                "this alternative stands twice; once is right".to_owned(),
            ));
        }
        delimiters.push(delimiter);
    }
    let strip = pairs.bytes("strip")?.unwrap_or_default();
    let tail = pairs.choice("tail", &[Tail::Truncated, Tail::Frame], |tail| {
        if tail == Tail::Frame {
            "frame"
        } else {
            "truncated"
        }
    })?;
    Ok(Pattern::Delimited {
        delimiters,
        strip,
        tail,
    })
}

fn blocks(text: &str, at: Range<usize>, pairs: &mut Pairs) -> Result<Pattern, Mistake> {
    let extensions_at = pairs
        .0
        .iter()
        .find(|pair| pair.key == "extensions")
        .map(|pair| pair.at.clone());
    let prefix = prefix(text, at, pairs)?;
    let series = pairs.choice("series", Series::ALL, Series::word)?;
    let unit = pairs.choice("unit", Unit::ALL, Unit::word)?;
    let extensions = pairs.choice("extensions", Extensions::ALL, Extensions::word)?;
    let http_size = matches!(&prefix.length, Length::Digits { radix: Radix::Hex, stop: Stop::End { end, .. } } if end == b"\r\n");
    match extensions_at {
        Some(at) if extensions == Extensions::Http && !(http_size && prefix.trailer == b"\r\n") => {
            Err((
                at,
                "extensions=http goes with blocks:hex,end=\\r\\n,trailer=\\r\\n only".to_owned(),
            ))
        }
        _ => Ok(Pattern::Blocks {
            prefix,
            series,
            unit,
            extensions,
        }),
    }
}

/// A character of a token: RFC 9110 section 5.6.2.
pub(in crate::framing) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// The keys that every pattern takes; a preset's own values stand where a key is absent.
fn shared(framing: &mut Framing, pairs: &mut Pairs) -> Result<(), Mistake> {
    if let Some(pair) = pairs.take("max") {
        framing.max = match pair.value {
            "none" => None,
            value => Some(size(value, &pair.value_at)?),
        };
    }
    if let Some(oversize) = pairs.choice_if_given("oversize", Oversize::ALL, Oversize::word)? {
        framing.oversize = oversize;
    }
    if let Some(empty) = pairs.choice_if_given("empty", Empty::ALL, Empty::word)? {
        framing.empty = empty;
    }
    let charset_at = pairs
        .0
        .iter()
        .find(|pair| pair.key == "charset")
        .map(|pair| pair.at.clone());
    if let Some(charset) = pairs.choice_if_given("charset", Charset::ALL, Charset::word)? {
        framing.charset = charset;
    }
    match (&framing.pattern, framing.charset, charset_at) {
        (
            Pattern::Fixed {
                tail: Tail::Pad(0x80..),
                ..
            },
            Charset::Utf8,
            Some(at),
        ) => Err((
            at,
            "with charset=utf-8 the filling of tail=pad is an ASCII byte".to_owned(),
        )),
        _ => Ok(()),
    }
}

/// What only the whole can show: a fixed size that no limit lets pass.
fn fits(framing: &Framing, at: Range<usize>) -> Result<(), Mistake> {
    match (&framing.pattern, framing.max) {
        (&Pattern::Fixed { size, .. }, Some(max)) if size > max => Err((
            at,
            format!(
                "every message would be over max={}; max={} lets them pass",
                Size(max),
                Size(size)
            ),
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DEFAULT_MAX, presets};
    use super::*;

    /// Texts that print back as they are.
    const TEXTS: &[&str] = &[
        "eof",
        "half-close,max=64KiB",
        "fixed:16",
        r"fixed:1KiB,tail=pad:\0",
        "fixed:2MiB,max=none",
        r"delimited:\r\n",
        r"delimited:\r\n|\n|\r",
        r"delimited:\||\,,strip=\\,tail=frame,charset=utf-8",
        "prefixed:u8",
        "prefixed:u24le,offset=1,adjust=-4,trailer=\\xce,max=none",
        "prefixed:varint,canonical=require,empty=skip",
        r"prefixed:decimal,end=:,trailer=\,",
        "prefixed:decimal,end= ,zeros=accept,oversize=discard",
        "prefixed:field,name=Content-Length,adjust=+2",
        "blocks:hex,width=4,adjust=-4,series=one,unit=series,empty=reject",
        r"blocks:hex,end=\r\n,zeros=accept,trailer=\r\n,extensions=http",
        "netstring",
        "netstring,max=64KiB,charset=utf-8",
        "irc,empty=accept",
    ];

    #[test]
    fn a_text_prints_back_the_same() {
        for text in TEXTS {
            assert_eq!(
                text.parse::<Framing>()
                    .unwrap_or_else(|bad| panic!("{bad}"))
                    .to_string(),
                *text
            );
        }
    }

    #[test]
    fn every_preset_parses_and_its_expansion_is_the_same_framing() {
        for preset in presets() {
            let named: Framing = preset
                .name
                .parse()
                .unwrap_or_else(|bad| panic!("{}: {bad}", preset.name));
            assert_eq!(named.to_string(), preset.name);
            assert_eq!(named.expanded().to_string().parse(), Ok(preset.framing()));
            assert_eq!(preset.framing().to_string(), preset.text, "{}", preset.name);
        }
    }

    #[test]
    fn defaults_are_not_printed_and_sizes_take_units() {
        let framing: Framing = "prefixed:u16be,offset=0,adjust=+0,max=1024KiB,empty=accept"
            .parse()
            .unwrap();
        assert_eq!(framing.max, Some(DEFAULT_MAX));
        assert_eq!(framing.to_string(), "prefixed:u16be");
    }

    /// What is refused, where the caret stands, and a word of what would be right.
    const REFUSED: &[(&str, &str, &str)] = &[
        ("", "", "the patterns are"),
        ("fixd:16", "fixd", "the patterns are"),
        ("fixed", "", "fixed:16"),
        ("fixed:", "", "a size is a number"),
        ("fixed:0", "0", "at least 1"),
        ("fixed:16q", "16q", "KiB"),
        (
            "fixed:99999999999999999999",
            "99999999999999999999",
            "64 bits",
        ),
        ("fixed:2MiB", "2MiB", "max=2MiB"),
        ("fixed:4,tail=pad:ab", "ab", "one byte"),
        ("fixed:4,tail=pad:\\xff,charset=utf-8", "charset", "ASCII"),
        ("eof:3", ":3", "no parameter"),
        ("eof,strip=a", "strip", "max, oversize"),
        ("delimited:", "", "at least one byte"),
        (r"delimited:\q", r"\q", "escape"),
        (r"delimited:\x4", r"\x", "escape"),
        ("delimited:a|", "", "at least one byte"),
        ("delimited:a|b|a", "a", "twice"),
        ("delimited:a,", "", "key=value"),
        ("delimited:a,tail=pad:a", "pad:a", "truncated, frame"),
        ("prefixed:u16", "u16", "u16be"),
        ("prefixed:decimal", "decimal", "end=BYTES or width=N"),
        ("prefixed:decimal,end=0", "0", "digit"),
        ("prefixed:hex,end=a", "a", "digit"),
        ("prefixed:decimal,end=:,width=4", "width", "exclude"),
        ("prefixed:decimal,width=20", "20", "1 to 19"),
        ("prefixed:hex,width=4,zeros=reject", "zeros", "filled up"),
        ("prefixed:u8,offset=1,header=a", "header", "exclude"),
        ("prefixed:u8,offset=1MiB", "1MiB", "64KiB"),
        ("prefixed:u8,adjust=4", "4", "sign"),
        ("prefixed:u8,max=1,max=2", "max", "twice"),
        ("prefixed:u8,canonical=any", "canonical", "offset, header"),
        ("prefixed:field,name=a b", "a b", "RFC 9110"),
        ("prefixed:varint,canonical=yes", "yes", "any, require"),
        (
            "blocks:hex,end=\\n,extensions=http",
            "extensions",
            "trailer=",
        ),
        ("netstring:5", ":5", "no parameter"),
        ("netstring,end=x", "end", "max, oversize"),
    ];

    #[test]
    fn a_wrong_text_is_refused_at_its_place() {
        for (text, place, word) in REFUSED {
            let bad = text.parse::<Framing>().expect_err(text);
            assert_eq!(&text[bad.at.clone()], *place, "{text}: {bad}");
            assert!(bad.why.contains(word), "{text}: {bad}");
        }
    }

    #[test]
    fn a_refusal_has_three_lines_whatever_the_text_holds() {
        let bad = "eof,a\nb=1,a\nb=2".parse::<Framing>().unwrap_err();
        assert_eq!(
            bad.to_string(),
            "the key \"a\\nb\" stands twice; once is right\n    eof,a?b=1,a?b=2\n              ^^^"
        );
    }

    #[test]
    fn the_caret_stands_under_the_mistake() {
        let bad = "fixed:16,tial=frame".parse::<Framing>().unwrap_err();
        assert_eq!(
            bad.to_string(),
            "no key \"tial\" here; there are: tail, max, oversize, empty, charset\n    fixed:16,tial=frame\n             ^^^^"
        );
    }
}
