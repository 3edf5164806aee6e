//! Decoders of tokio-util as subjects, driven as its `Framed` does: each chunk is appended to the buffer, then `decode` is called until
//! it has no more; at the end `decode_eof` is.

use std::fmt::Display;

use bytes::BytesMut;
use tokio_util::codec::Decoder;

use super::subject::{Codec, Out};

/// A decoder of tokio-util with its buffer; see [`framed`].
pub struct Framed<D: Decoder, F> {
    decoder: D,
    buffer: BytesMut,
    give: F,
    goes_on: fn(&D::Error) -> bool,
}

/// Makes a codec of a decoder whose items are payloads: `Bytes`, `BytesMut`, `String`, `Vec<u8>`.
///
/// ```
/// use framecheck::conformance::{Check, framed};
/// use tokio_util::codec::LengthDelimitedCodec;
///
/// Check::new(&"prefixed:u32be,max=8MiB".parse().unwrap())
///     // As of 0.7.20 the codec sees no error in a stream that ends right behind a header.
///     .known("accepted-truncated", "such a stream is found out one layer above")
///     .run(|| framed(LengthDelimitedCodec::new()));
/// ```
pub fn framed<D>(decoder: D) -> Framed<D, fn(D::Item, &mut Out)>
where
    D: Decoder,
    D::Item: AsRef<[u8]>,
{
    framed_with(decoder, |item, out| out.payload(item.as_ref()))
}

/// Makes a codec of a decoder of other items, with a function that gives out what is in one.
pub fn framed_with<D, F>(decoder: D, give: F) -> Framed<D, F>
where
    D: Decoder,
    F: FnMut(D::Item, &mut Out),
{
    Framed {
        decoder,
        buffer: BytesMut::new(),
        give,
        goes_on: |_| false,
    }
}

/// `decode` or `decode_eof`.
type Decode<D> =
    fn(&mut D, &mut BytesMut) -> Result<Option<<D as Decoder>::Item>, <D as Decoder>::Error>;

impl<D: Decoder, F> Framed<D, F> {
    /// Errors after which the decoder is asked for more as if nothing had been (`oversize=discard`).
    #[must_use]
    pub fn going_on_after(self, goes_on: fn(&D::Error) -> bool) -> Self {
        Self { goes_on, ..self }
    }

    /// What stands in the buffer, until there is no more.
    fn drain(&mut self, out: &mut Out, decode: Decode<D>) -> Result<(), D::Error>
    where
        F: FnMut(D::Item, &mut Out),
    {
        loop {
            match decode(&mut self.decoder, &mut self.buffer) {
                Ok(Some(item)) => (self.give)(item, out),
                Ok(None) => return Ok(()),
                Err(error) if (self.goes_on)(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl<D, F> Codec for Framed<D, F>
where
    D: Decoder,
    D::Error: Display,
    F: FnMut(D::Item, &mut Out),
{
    type Error = D::Error;

    fn push(&mut self, bytes: &[u8], out: &mut Out) -> Result<(), D::Error> {
        self.buffer.extend_from_slice(bytes);
        self.drain(out, D::decode)
    }

    fn finish(&mut self, out: &mut Out) -> Result<(), D::Error> {
        self.drain(out, D::decode_eof)
    }
}
