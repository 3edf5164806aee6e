//! Strategies for proptest: streams of a framing and places to cut them, which shrink to plain ones.
//!
//! A strategy draws bytes, and these are the choices of the generator that the checks have: fewer and smaller bytes make plainer things.

use std::sync::Arc;

use proptest::prelude::*;

use super::Input;
use crate::framing::Framing;
use crate::suite::generate::{ByteChoices, Generator, cuts};
use crate::suite::{PayloadKind, Stream};

/// Choices of a stream.
const OF_STREAM: usize = 64;

/// Choices of a segmentation.
const OF_CUTS: usize = 24;

/// The longest stream, about.
const LONGEST: usize = 4 << 10;

/// Places to cut a stream of so many bytes at, ascending and inside it; plainly none.
///
/// ```
/// use framecheck::conformance::segmentations;
/// use framecheck::suite::segments;
/// use proptest::prelude::*;
///
/// let text = b"HTTP/1.1 200 OK\r\n\r\n";
/// proptest!(|(cuts in segmentations(text.len()))| {
///     prop_assert_eq!(segments(text, &cuts).collect::<Vec<_>>().concat(), text);
/// });
/// ```
pub fn segmentations(len: usize) -> impl Strategy<Value = Vec<usize>> {
    let framing: Framing = "eof,max=none".parse().expect("a framing");
    let stream = Stream::new(String::new(), &framing, vec![b'a'; len]);
    bytes(OF_CUTS).prop_map(move |bytes| cuts(&mut ByteChoices::new(&bytes), &stream))
}

/// Streams of a framing, good ones and nearly good ones, each with what is due of it and how it ends; plainly a small frame.
///
/// ```
/// use framecheck::conformance::streams;
/// use framecheck::framing::{Ending, Framing, naive};
/// use proptest::prelude::*;
///
/// let netstring: Framing = "netstring".parse().unwrap();
/// proptest!(|(stream in streams(&netstring))| {
///     let (_, ending) = naive(&netstring, &stream.wire);
///     prop_assert_eq!(ending == Ending::Clean, stream.ending == Ending::Clean);
/// });
/// ```
pub fn streams(framing: &Framing) -> impl Strategy<Value = Arc<Stream>> + use<> {
    inputs(framing).prop_map(|input| input.stream)
}

/// Streams of a framing, each with a segmentation.
///
/// ```
/// use framecheck::conformance::{inputs, reference};
/// use framecheck::framing::Framing;
/// use proptest::prelude::*;
///
/// let mqtt: Framing = "mqtt".parse().unwrap();
/// proptest!(|(input in inputs(&mqtt))| {
///     input.check(|| reference(&mqtt));
/// });
/// ```
pub fn inputs(framing: &Framing) -> impl Strategy<Value = Input> + use<> {
    let generator = Generator::new(framing, &PayloadKind::Any, LONGEST);
    bytes(OF_STREAM)
        .prop_map(move |bytes| Input::generate(&generator, &mut ByteChoices::new(&bytes)))
}

fn bytes(most: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..=most)
}
