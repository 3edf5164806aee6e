//! Documents out of JSON: what is none is refused with its key, line and column, and with what would be right.
//!
//! Fields that this version does not know are passed over. Invariant: what comes from here had the schema that was asked for.

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// What a document is called, and how it is known.
pub(super) struct Kind {
    /// The value of its key `schema`.
    pub(super) schema: &'static str,
    /// `report`.
    pub(super) name: &'static str,
    /// The flag that writes it.
    pub(super) written_by: &'static str,
}

/// What says of JSON what it is.
#[derive(Deserialize)]
#[serde(expecting = "a report, which is an object")]
struct Marked {
    schema: Option<String>,
}

impl Kind {
    /// Whether a text says of itself that it is one.
    pub(super) fn check(&self, text: &str) -> Result<(), String> {
        let Self {
            schema: due, name, ..
        } = self;
        let Marked { schema } = serde_json::from_str(text).map_err(|bad| self.refused(&bad))?;
        match schema.as_deref() {
            Some(schema) if schema == *due => Ok(()),
            Some(schema) => Err(format!(
                "the key schema is {schema:?}; a {name} that this version reads has {due:?}"
            )),
            None => Err(format!(
                "there is no key schema: no {name} of framecheck, which has {due:?} there"
            )),
        }
    }

    /// What stands in a text, all of it or some of its keys.
    pub(super) fn read<T: DeserializeOwned>(&self, text: &str) -> Result<T, String> {
        let read = &mut serde_json::Deserializer::from_str(text);
        serde_path_to_error::deserialize(read).map_err(|bad| {
            let key = match bad.path().to_string() {
                path if path == "." => String::new(),
                path => format!(" at the key {path}"),
            };
            self.refused(bad.inner()) + &key
        })
    }

    fn refused(&self, bad: &serde_json::Error) -> String {
        let Self {
            name, written_by, ..
        } = self;
        format!("no {name} of framecheck, as {written_by} writes it: {bad}")
    }
}
