//! The inputs of the targets, and their written form: `=`, the framing, a line end, the cuts, a line end, the bytes.
//!
//! Invariant: what [`Case::write`] writes is read as the same case, whatever bytes it has. Cuts ascend and lie within the bytes;
//! two may be equal, so that a piece of no bytes is between them.

use std::fmt;

use arbitrary::{Arbitrary, Error, Result, Unstructured};
use framecheck::framing::{Framing, Pattern, Tail};
use framecheck::suite::PayloadKind;
use framecheck::suite::generate::Generator;

use crate::{bytes, framing};

/// Bytes that are cut, and a framing that they may be in.
#[derive(Clone, PartialEq, Eq)]
pub struct Case {
    /// The framing.
    pub framing: Framing,
    /// Where the bytes are cut.
    pub cuts: Vec<usize>,
    /// All bytes.
    pub bytes: Vec<u8>,
}

impl Case {
    /// The bytes between the cuts.
    pub fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let ends = self.cuts.iter().copied().chain([self.bytes.len()]);
        let mut from = 0;
        ends.map(move |end| &self.bytes[std::mem::replace(&mut from, end)..end])
    }

    /// The written form.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let cuts: Vec<_> = self.cuts.iter().map(usize::to_string).collect();
        let head = format!("={}\n{}\n", self.framing, cuts.join(" "));
        [head.as_bytes(), &self.bytes].concat()
    }

    /// Reads the written form.
    #[must_use]
    pub fn read(written: &[u8]) -> Option<Self> {
        let mut parts = written.strip_prefix(b"=")?.splitn(3, |&byte| byte == b'\n');
        let mut line = || std::str::from_utf8(parts.next()?).ok();
        let framing: Framing = line()?.parse().ok().filter(is_small)?;
        let cuts = line()?;
        let cuts = cuts.split_ascii_whitespace().map(|cut| cut.parse().ok());
        let (cuts, bytes) = (cuts.collect::<Option<Vec<usize>>>()?, parts.next()?);
        let within = cuts.last().is_none_or(|&last| last <= bytes.len());
        (within && cuts.is_sorted()).then(|| Self {
            framing,
            cuts,
            bytes: bytes.to_vec(),
        })
    }

    /// The written form behind a `=`, or else what `build` chooses.
    fn arbitrary(
        u: &mut Unstructured,
        build: impl FnOnce(&mut Unstructured) -> Result<Self>,
    ) -> Result<Self> {
        if u.peek_bytes(1) != Some(b"=") {
            return build(u);
        }
        let all = u.len();
        Self::read(u.bytes(all)?).ok_or(Error::IncorrectFormat)
    }
}

/// A frame filled up to gigabytes is no mistake, but what such a framing asks for.
fn is_small(framing: &Framing) -> bool {
    !matches!(
        framing.pattern,
        Pattern::Fixed {
            size: 0x1_0000..,
            tail: Tail::Pad(_)
        }
    )
}

impl fmt::Debug for Case {
    /// As the row of a test has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (framing, bytes) = (&self.framing, self.bytes.escape_ascii());
        write!(f, "{framing} b\"{bytes}\" cut at {:?}", self.cuts)
    }
}

macro_rules! inputs {
    ($($(#[$doc:meta])* $name:ident = $build:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name(pub Case);

        impl<'a> Arbitrary<'a> for $name {
            fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
                Case::arbitrary(u, $build).map(Self)
            }
        }
    )+};
}

inputs! {
    /// A stream, well framed or nearly, under one segmentation.
    Stream = |u| {
        let framing = framing::framing(u)?;
        let bytes = stream(u, &framing);
        Ok(Case { framing, cuts: bytes::cuts(u, bytes.len())?, bytes })
    };
    /// Payloads: the pieces.
    Messages = |u| {
        let (framing, payloads) = (framing::framing(u)?, bytes::payloads(u)?);
        Ok(joined(framing, &payloads))
    };
    /// What a target gave back, a report or an echo, in the pieces in which it came.
    Received = |u| {
        let framing = framing::framing(u)?;
        let bytes = match u.arbitrary()? {
            true => bytes::report(u)?,
            false => stream(u, &framing),
        };
        Ok(Case { framing, cuts: bytes::cuts(u, bytes.len())?, bytes })
    };
}

/// The longest stream, about: longer ones are slower and reach nothing that these do not.
const LONGEST: usize = 700;

/// A stream in a framing, well framed or nearly.
fn stream(u: &mut Unstructured, framing: &Framing) -> Vec<u8> {
    Generator::new(framing, &PayloadKind::Any, LONGEST).stream(u)
}

/// Payloads as the pieces of one case.
fn joined(framing: Framing, payloads: &[Vec<u8>]) -> Case {
    let ends = payloads.iter().scan(0, |end, payload| {
        *end += payload.len();
        Some(*end)
    });
    let mut cuts: Vec<_> = ends.collect();
    cuts.pop();
    Case {
        framing,
        cuts,
        bytes: payloads.concat(),
    }
}

impl Messages {
    /// Some payloads to be sent in a framing.
    #[must_use]
    pub fn new(framing: Framing, payloads: &[Vec<u8>]) -> Self {
        Self(joined(framing, payloads))
    }
}
