//! Where a delimiter begins: at each place the longest of them that is there, or the beginning of one that may still come.
//!
//! The search begins behind what is known to hold none. Invariant: without a flaw, a byte is looked at again only while it may begin a
//! delimiter.

use std::ops::Range;

use crate::run::faulty::conn::Conn;
use crate::suite::Flaw;

/// What a search came to.
pub(super) enum Found {
    /// A delimiter at this place, of this length.
    At(usize, usize),
    /// What may become one begins at this place.
    Open(usize),
    /// None begins before this place.
    Nothing(usize),
}

/// Finds the first delimiter behind what was `scanned` of the line. `ended`: no more bytes come. The delimiters stand longest first.
pub(super) fn find(
    buffer: &[u8],
    scanned: Range<usize>,
    delimiters: &[&[u8]],
    ended: bool,
    conn: &Conn,
) -> Found {
    if conn.has(Flaw::DelimiterScattered) {
        return scattered(buffer, scanned.start, delimiters[0]);
    }
    let mut at = scanned.end;
    while at < buffer.len() {
        let rest = &buffer[at..];
        let open = |delimiter: &&[u8]| delimiter.len() > rest.len() && delimiter.starts_with(rest);
        let mut whole = delimiters
            .iter()
            .filter(|delimiter| rest.starts_with(delimiter));
        let found = match conn.has(Flaw::ShortestDelimiterFirst) {
            true => whole.next_back(),
            false => whole.next(),
        };
        let decided = ended
            || found.is_some()
                && (conn.has(Flaw::ReadEndDecides) || conn.has(Flaw::ShortestDelimiterFirst));
        if !decided && delimiters.iter().any(open) {
            return match conn.has(Flaw::DelimiterPerRead) {
                true => Found::Nothing(buffer.len()),
                false => Found::Open(at),
            };
        }
        if let Some(delimiter) = found {
            return Found::At(at, delimiter.len());
        }
        at += match () {
            () if conn.has(Flaw::SearchResumesLate) => alike(rest, delimiters).max(1),
            () if conn.has(Flaw::MismatchSwallowed) => alike(rest, delimiters) + 1,
            () => 1,
        };
    }
    Found::Nothing(at)
}

/// How many bytes are those of a delimiter.
fn alike(rest: &[u8], delimiters: &[&[u8]]) -> usize {
    let of = |delimiter: &&[u8]| {
        let pairs = rest.iter().zip(*delimiter);
        pairs.take_while(|(byte, wanted)| byte == wanted).count()
    };
    delimiters.iter().map(of).max().unwrap_or(0)
}

/// Counts the delimiter's bytes, and does not begin again where another byte is between them.
fn scattered(buffer: &[u8], start: usize, delimiter: &[u8]) -> Found {
    let mut matched = 0;
    for (at, byte) in buffer.iter().enumerate().skip(start) {
        matched += usize::from(*byte == delimiter[matched]);
        if matched == delimiter.len() {
            return Found::At(at + 1 - matched, matched);
        }
    }
    Found::Nothing(buffer.len())
}
