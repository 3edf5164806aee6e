//! One exec: a stream under one cut set, decoded by a fresh subject and compared with what is due.

use super::expected::{Expected, Left, Wrong};
use super::halt::catch;
use super::subject::{Chunks, Out, Subject};
use crate::suite::Level;

/// Decodes a stream under a cut set; gives back what is wrong with what came of it.
pub(super) fn exec<S: Subject>(
    make: &mut impl FnMut() -> S,
    expected: &Expected,
    cuts: &[usize],
    out: &mut Out,
) -> Option<Wrong> {
    out.begin(expected.len());
    let mut chunks = Chunks::new(&expected.stream.wire, cuts, out);
    let decoded = catch(|| make().decode(&mut chunks, out));
    let taken = matches!(decoded, Ok(Ok(())));
    if decoded.is_ok() && expected.met(out, taken) {
        return None;
    }
    let left = match decoded {
        Ok(Ok(())) => Left::Clean,
        Ok(Err(error)) => Left::Refused(error.to_string()),
        Err(halt) => Left::Halted(halt),
    };
    let wrong = expected.wrong(out, left);
    debug_assert!(wrong.is_some() || expected.stream.level == Level::May);
    wrong
}
