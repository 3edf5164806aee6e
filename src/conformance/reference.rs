//! The reference decoder as a codec: what every check passes, and what a codec can be put beside.

use super::subject::{Codec, Out};
use crate::framing::{Ending, Event, FrameError, Framing, Payloads};
use crate::suite::{Item, item};

/// The reference decoder of a framing; see [`reference()`].
#[derive(Debug)]
pub struct Reference<'a> {
    framing: &'a Framing,
    payloads: Payloads<Vec<u8>>,
}

/// The reference decoder of a framing.
///
/// ```
/// use framecheck::conformance::{check, reference};
///
/// let framing = "mqtt".parse().unwrap();
/// check(&framing, || reference(&framing));
/// ```
#[must_use]
pub fn reference(framing: &Framing) -> Reference<'_> {
    Reference {
        framing,
        payloads: Payloads::new(framing),
    }
}

impl Codec for Reference<'_> {
    type Error = Ending;

    fn push(&mut self, bytes: &[u8], out: &mut Out) -> Result<(), Ending> {
        let framing = self.framing;
        let pushed = self
            .payloads
            .push(bytes, |event, payload| give(framing, event, payload, out));
        pushed.map_err(FrameError::into)
    }

    fn finish(&mut self, out: &mut Out) -> Result<(), Ending> {
        let framing = self.framing;
        match self
            .payloads
            .finish(|event, payload| give(framing, event, payload, out))
        {
            Ending::Clean => Ok(()),
            ending => Err(ending),
        }
    }
}

fn give(framing: &Framing, event: Event, payload: &[u8], out: &mut Out) {
    match item(framing, event, 0) {
        Some(Item::Frame { .. }) => out.payload(payload),
        Some(Item::Done) => out.done(),
        None => {}
    }
}
