//! A vector as JSON for other languages: every key is there, the framing is text, and bytes are hexadecimal.

use serde::Serialize;

use super::{Expected, ExpectedEnding, Vector};

/// A [`Vector`] with the field names of its JSON form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VectorJson {
    /// The stem of its file, a slash and its name.
    pub id: String,
    /// The text form of the framing.
    pub framing: String,
    /// What breaks on it.
    pub why: String,
    /// The document that decides what must come out, or null.
    pub source: Option<String>,
    /// `must`, `should` or `may`.
    pub level: &'static str,
    /// Numbers of defect classes.
    pub classes: Vec<u8>,
    /// What is sent, in hexadecimal.
    pub bytes: String,
    /// What must come out, in order.
    pub frames: Vec<ExpectedJson>,
    /// How the stream must end: the keys `ending` and `from` or `at`.
    #[serde(flatten)]
    pub ending: EndingJson,
    /// Lists of offsets at which the bytes are cut.
    pub cuts: Vec<Vec<usize>>,
    /// `fin`, `reset` or `hold`.
    pub close: &'static str,
    /// The word for how it is conducted otherwise: `plain`, `unread`, `pause-100ms`, ...
    pub manner: String,
}

/// `{"payload":"616263"}`, or `{"done":true}` for the end of a series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpectedJson {
    /// A payload in hexadecimal.
    Payload(String),
    /// Always true.
    Done(bool),
}

/// The keys `"ending":"clean"`, `"ending":"truncated","from":3`, `"ending":"malformed","at":3` or `"ending":"oversize","at":3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "ending", rename_all = "snake_case")]
pub enum EndingJson {
    /// Between two messages.
    Clean,
    /// Inside a message.
    Truncated {
        /// The first byte that belongs to no complete frame.
        from: u64,
    },
    /// Not the beginning of a valid stream.
    Malformed {
        /// The byte that makes it certain.
        at: u64,
    },
    /// A payload is over `max`.
    Oversize {
        /// The byte that makes it certain.
        at: u64,
    },
}

impl From<&Vector> for VectorJson {
    fn from(vector: &Vector) -> Self {
        Self {
            id: vector.id.clone(),
            framing: vector.framing.to_string(),
            why: vector.why.clone(),
            source: vector.source.clone(),
            level: vector.level.word(),
            classes: vector.classes.clone(),
            bytes: hex::encode(&vector.bytes),
            frames: vector.frames.iter().map(ExpectedJson::from).collect(),
            ending: vector.ending.into(),
            cuts: vector.cuts.clone(),
            close: vector.close.word(),
            manner: vector.manner.to_string(),
        }
    }
}

impl From<&Expected> for ExpectedJson {
    fn from(expected: &Expected) -> Self {
        match expected {
            Expected::Payload(payload) => Self::Payload(hex::encode(payload)),
            Expected::Done => Self::Done(true),
        }
    }
}

impl From<ExpectedEnding> for EndingJson {
    fn from(ending: ExpectedEnding) -> Self {
        match ending {
            ExpectedEnding::Clean => Self::Clean,
            ExpectedEnding::Truncated(from) => Self::Truncated { from },
            ExpectedEnding::Malformed(at) => Self::Malformed { at },
            ExpectedEnding::Oversize(at) => Self::Oversize { at },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::parse;

    #[test]
    fn a_vector_has_every_key_and_hexadecimal_bytes() {
        let text = r"
            [[vector]]
            framing = 'blocks:u8'
            name = 'two'
            why = 'It stops.'
            classes = [17]
            bytes = '\x01a\0\xff'
            frames = ['a', { done = true }]
            ending = 'truncated from 3'
            cuts = [[1, 2]]
        ";
        let vectors = parse("x.toml", "x", text).unwrap_or_else(|bad| panic!("{bad}"));
        let json = serde_json::to_string(&VectorJson::from(&vectors[0])).expect("plain data");
        assert_eq!(
            json,
            r#"{"id":"x/two","framing":"blocks:u8","why":"It stops.","source":null,"level":"must","classes":[17],"bytes":"016100ff","frames":[{"payload":"61"},{"done":true}],"ending":"truncated","from":3,"cuts":[[1,2]],"close":"fin","manner":"plain"}"#
        );
    }
}
