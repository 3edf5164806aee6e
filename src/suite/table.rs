//! TOML that people write, read so that a refusal says where: every value knows its place in the text.
//!
//! The tables of a file come out as [`Table`], and what is asked of them (a needed key, a string, one word of a choice) either is
//! there or is a [`Mistake`] with its offset; [`BadFile`] makes line and column of it. Nothing here knows what a file is about, and
//! nothing panics, whatever the text is.

use std::collections::BTreeMap;
use std::fmt;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A file that is not as it must be: the place of the mistake, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadFile {
    /// The file, as the caller named it.
    pub file: String,
    /// The line of the mistake, from 1.
    pub line: usize,
    /// The character in that line, from 1.
    pub column: usize,
    /// What is wrong, and what would be right.
    pub reason: String,
}

impl BadFile {
    pub(super) fn new(file: &str, text: &str, (at, reason): Mistake) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            file: file.to_owned(),
            line: line(text, at),
            column: 1 + before[line_start..].chars().count(),
            reason,
        }
    }
}

impl fmt::Display for BadFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, line, column) = (&self.file, self.line, self.column);
        write!(f, "{file}:{line}:{column}: {}", self.reason)
    }
}

impl std::error::Error for BadFile {}

/// The line of an offset, from 1.
pub(super) fn line(text: &str, at: usize) -> usize {
    1 + text.get(..at).unwrap_or(text).matches('\n').count()
}

/// A mistake: the offset in the text, and what would be right there.
pub(super) type Mistake = (usize, String);

pub(super) type Value<'a> = Spanned<DeValue<'a>>;

/// What a text says, if it is TOML.
pub(super) fn parsed(text: &str) -> Result<Spanned<DeTable<'_>>, Mistake> {
    DeTable::parse(text).map_err(|bad| {
        let at = bad.span().map_or(text.len(), |span| span.start);
        (at, bad.message().to_owned())
    })
}

/// A table of the file with the text that it was read from.
pub(super) struct Table<'a> {
    pub(super) text: &'a str,
    /// Where it stands.
    pub(super) at: usize,
    entries: &'a DeTable<'a>,
}

impl<'a> Table<'a> {
    /// The table that is the whole file.
    pub(super) fn root(text: &'a str, entries: &'a Spanned<DeTable<'a>>) -> Self {
        Self {
            text,
            at: 0,
            entries: entries.get_ref(),
        }
    }

    pub(super) fn find(&self, key: &str) -> Option<&'a Value<'a>> {
        self.entries.get(key)
    }

    pub(super) fn needed(&self, key: &str) -> Result<&'a Value<'a>, Mistake> {
        self.find(key)
            .ok_or_else(|| (self.at, format!("the key {key} is missing here")))
    }

    /// Refuses the first key that is none of these.
    pub(super) fn only(&self, keys: &[&str]) -> Result<(), Mistake> {
        let unknown = self.entries.keys().filter(|key| {
            let key: &str = key.get_ref();
            !keys.contains(&key)
        });
        match unknown.min_by_key(|key| key.span().start) {
            None => Ok(()),
            Some(key) => Err((
                key.span().start,
                format!(
                    "no key {:?} here; there are: {}",
                    key.get_ref(),
                    keys.join(", ")
                ),
            )),
        }
    }

    pub(super) fn table(&self, value: &'a Value<'a>) -> Result<Self, Mistake> {
        match value.get_ref() {
            DeValue::Table(entries) => Ok(Self {
                text: self.text,
                at: value.span().start,
                entries,
            }),
            _ => Err(expected("a table", value)),
        }
    }

    pub(super) fn array(&self, value: &'a Value<'a>) -> Result<&'a [Value<'a>], Mistake> {
        let items = value.get_ref().as_array();
        items
            .map(|items| &items[..])
            .ok_or_else(|| expected("a list", value))
    }

    /// The list of an optional key.
    pub(super) fn items(&self, key: &str) -> Result<&'a [Value<'a>], Mistake> {
        self.find(key).map_or(Ok(&[]), |value| self.array(value))
    }

    pub(super) fn str(&self, value: &'a Value<'a>) -> Result<&'a str, Mistake> {
        let text = value.get_ref().as_str();
        text.ok_or_else(|| expected("a string", value))
    }

    /// The string of an optional key, and where it stands.
    pub(super) fn string(&self, key: &str) -> Result<Option<(usize, &'a str)>, Mistake> {
        let Some(value) = self.find(key) else {
            return Ok(None);
        };
        Ok(Some((value.span().start, self.str(value)?)))
    }

    /// Whether an optional key is there and true.
    pub(super) fn flag(&self, key: &str) -> Result<bool, Mistake> {
        match self.find(key) {
            None => Ok(false),
            Some(value) => value
                .get_ref()
                .as_bool()
                .ok_or_else(|| expected("true or false", value)),
        }
    }

    /// The string of an optional key.
    pub(super) fn text(&self, key: &str) -> Result<Option<String>, Mistake> {
        Ok(self.string(key)?.map(|(_, text)| text.to_owned()))
    }

    /// The table of an optional key, all of whose values are strings.
    pub(super) fn strings(&self, key: &str) -> Result<BTreeMap<String, String>, Mistake> {
        let Some(value) = self.find(key) else {
            return Ok(BTreeMap::new());
        };
        let table = self.table(value)?;
        let entries = table.entries.iter();
        entries
            .map(|(name, value)| Ok((name.get_ref().to_string(), table.str(value)?.to_owned())))
            .collect()
    }

    pub(super) fn number(&self, value: &'a Value<'a>) -> Result<u64, Mistake> {
        let number = value.get_ref().as_integer();
        number
            .and_then(|number| u64::from_str_radix(number.as_str(), number.radix()).ok())
            .ok_or_else(|| expected("a number from 0 on", value))
    }

    /// One word out of a fixed choice; the first where the key is absent.
    pub(super) fn choice<T: Copy>(
        &self,
        key: &str,
        all: &[T],
        word: impl Fn(T) -> &'static str,
    ) -> Result<T, Mistake> {
        Ok(self.word(key, all, word)?.unwrap_or(all[0]))
    }

    /// One word out of a fixed choice, if the key is there.
    pub(super) fn word<T: Copy>(
        &self,
        key: &str,
        all: &[T],
        word: impl Fn(T) -> &'static str,
    ) -> Result<Option<T>, Mistake> {
        let Some((at, text)) = self.string(key)? else {
            return Ok(None);
        };
        let found = all.iter().copied().find(|&one| word(one) == text);
        found.map(Some).ok_or_else(|| {
            let words: Vec<_> = all.iter().map(|&one| word(one)).collect();
            (at, format!("{key} is one of: {}", words.join(", ")))
        })
    }
}

/// A value is of another kind than this.
pub(super) fn expected(what: &str, value: &Value) -> Mistake {
    let found = value.get_ref().type_str();
    let reason = format!("{what} is expected here, and this is a TOML {found}");
    (value.span().start, reason)
}
