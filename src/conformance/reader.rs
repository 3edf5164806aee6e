//! Readers as subjects: a function that pulls its bytes from a [`Read`], which gives it exactly the pieces.
//!
//! Invariant: a read never joins two pieces; where the buffer is smaller than the piece, the rest comes with the next read. At the end
//! of the stream a read gives no bytes, as often as it is called within reason.

use std::fmt::Display;
use std::io::{self, Read};

use super::subject::{Chunks, Out, Subject};

/// What a reader reads from.
#[derive(Debug)]
pub struct Wire<'a, 'b> {
    chunks: &'a mut Chunks<'b>,
}

impl Read for Wire<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let bytes = self.chunks.next_up_to(buffer.len()).unwrap_or_default();
        buffer[..bytes.len()].copy_from_slice(bytes);
        Ok(bytes.len())
    }
}

/// A function that reads messages from a stream to its end; see [`reader`].
#[derive(Debug)]
pub struct Reader<F>(F);

/// Makes a subject of a function that reads a stream to its end, and gives out each message before it reads on.
///
/// ```
/// use std::io::{BufRead, BufReader};
/// use framecheck::conformance::{check, reader};
///
/// check(&r"delimited:\n,tail=frame,max=none".parse().unwrap(), || {
///     reader(|wire, out| {
///         for line in BufReader::new(wire).split(b'\n') {
///             out.payload(&line?);
///         }
///         Ok::<_, std::io::Error>(())
///     })
/// });
/// ```
pub fn reader<F, E>(read: F) -> Reader<F>
where
    F: FnMut(&mut Wire<'_, '_>, &mut Out) -> Result<(), E>,
    E: Display,
{
    Reader(read)
}

impl<F, E> Subject for Reader<F>
where
    F: FnMut(&mut Wire<'_, '_>, &mut Out) -> Result<(), E>,
    E: Display,
{
    type Error = E;

    fn decode(&mut self, chunks: &mut Chunks<'_>, out: &mut Out) -> Result<(), E> {
        (self.0)(&mut Wire { chunks }, out)
    }
}
