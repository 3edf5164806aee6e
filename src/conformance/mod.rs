//! Checks of decoders in our own process: anything that takes chunks of bytes and gives out payloads, held against the reference.
//!
//! The same vectors, expectations and words as over TCP, a thousand times as fast, and without a socket. Nothing here has a clock, a
//! thread or a file: a check is as long as its [`Tier`](crate::suite::Tier) says, and does the same everywhere.

mod check;
mod course;
mod exec;
mod expected;
mod failure;
#[cfg(feature = "tokio-util")]
mod framed;
mod halt;
mod input;
mod point;
mod reader;
mod reference;
mod small;
#[cfg(feature = "proptest")]
mod strategy;
mod subject;

pub use check::{Check, Tally, check, check_pieces};
pub use failure::Failure;
#[cfg(feature = "tokio-util")]
pub use framed::{Framed, framed, framed_with};
#[cfg(feature = "arbitrary")]
pub use input::InputOf;
pub use input::{Input, NamesFraming};
pub use reader::{Reader, Wire, reader};
pub use reference::{Reference, reference};
#[cfg(feature = "proptest")]
pub use strategy::{inputs, segmentations, streams};
pub use subject::{Chunks, Codec, Out, Subject};

/// The page of the documentation, whose examples are run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/in-process.md")]
struct Page;

/// [`check()`](crate::conformance::check()) with the framing as text, and a test that can be pasted as it is when it fails: the macro
/// sees the expression that makes the decoder.
///
/// ```
/// use std::convert::Infallible;
/// use framecheck::conformance::Out;
///
/// fn decoder() -> impl framecheck::conformance::Codec {
///     |bytes: Option<&[u8]>, out: &mut Out| -> Result<(), Infallible> {
///         bytes.unwrap_or_default().iter().for_each(|byte| out.payload(&[*byte]));
///         Ok(())
///     }
/// }
///
/// framecheck::check!("fixed:1", decoder);
/// ```
///
/// # Panics
/// As [`check()`](crate::conformance::check()), and where the text is no framing.
#[macro_export]
macro_rules! check {
    ($framing:expr, $make:expr $(,)?) => {{
        let framing: $crate::framing::Framing =
            $framing.parse().unwrap_or_else(|bad| panic!("{bad}"));
        $crate::conformance::Check::new(&framing)
            .subject(stringify!($make))
            .run($make);
    }};
}
