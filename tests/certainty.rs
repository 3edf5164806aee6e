//! The places of errors, proved by exhaustion: for small framings and every short stream over a small alphabet, all continuations are tried.
//!
//! What is proved of `naive`: a stream that some continuation makes clean is no error before its own end; the byte that leaves
//! no such continuation is the place of the error; and whatever follows that byte changes nothing.

use framecheck::framing::{Ending, Event, Framing, naive, unescape};

/// A framing, the bytes that its streams are made of, the longest stream, and the bytes that complete any that can be.
type Row = (&'static str, &'static str, usize, usize);

/// Each is tried with `max` 0, 1 and 5.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("eof", "ab", 7, 1),
    ("eof,empty=reject,charset=utf-8", r"a\xc3\x80", 7, 3),
    ("half-close,charset=utf-8", r"\xf0\xe0\x90\xa0", 6, 3),
    ("eof,charset=utf-8,oversize=discard", r"a\xed\x9f\xa0", 6, 3),
    (r"delimited:\n", r"a\n", 7, 2),
    (r"delimited:\n,empty=reject", r"a\n", 7, 2),
    (r"delimited:\r\n", r"a\r\n", 6, 3),
    (r"delimited:\r\n,tail=frame,empty=reject", r"a\r\n", 6, 3),
    (r"delimited:\r\n|\n|\r,empty=reject", r"a\r\n", 6, 3),
    (r"delimited:\r\n|\n|\r,empty=reject,tail=frame", r"a\r\n", 6, 3),
    (r"delimited:\n,strip=\r", r"a\r\n", 7, 3),
    (r"delimited:\n,strip=\r,tail=frame,empty=reject", r"a\r\n", 7, 3),
    ("delimited:b,strip=aa,empty=reject", "abc", 5, 4),
    ("delimited:aab", "ab", 9, 4),
    ("delimited:aab,empty=reject,oversize=discard", "ab", 9, 5),
    ("delimited:abbc|b,empty=reject", "abc", 5, 5),
    ("delimited:abbc|b,tail=frame", "abc", 5, 4),
    ("delimited:abb|bc|ca", "abc", 6, 3),
    (r"delimited:\n,charset=utf-8", r"a\n\xc3\x80", 5, 3),
    (r"delimited:\n,charset=utf-8,tail=frame,empty=reject", r"\n\xe0\xa0\x80", 5, 3),
    (r"delimited:\n,charset=utf-8,oversize=discard", r"\n\xc3\x80", 5, 3),
    (r"delimited:\xc3\x81,charset=utf-8", r"a\xc3\x80\x81", 5, 3),
    (r"delimited:a\n,charset=utf-8,strip=\xc3", r"a\n\xc3\x80", 4, 4),
    (r"delimited:\x80,charset=utf-8", r"a\xc3\x80\x81", 5, 3),
    ("prefixed:u8", r"\0\x01\x05\x06", 6, 5),
    ("prefixed:u8,empty=reject,adjust=-1", r"\0\x01\x02\x07", 6, 5),
    ("prefixed:u8,adjust=+2,offset=1", r"\0\x01\x05", 6, 7),
    ("prefixed:u8,adjust=+6", r"\0\x01", 6, 7),
    ("prefixed:u16be,empty=reject,offset=1", r"\0\x01\x02", 6, 7),
    ("prefixed:u16le,empty=reject", r"\0\x01\x06", 6, 7),
    ("prefixed:u16le,adjust=-256", r"\0\x01\x06", 6, 8),
    ("prefixed:u24be,header=a,adjust=-1,trailer=b", r"\0\x01ab", 5, 6),
    ("prefixed:u8,charset=utf-8", r"\x01\x03\xc3\x80", 5, 5),
    ("prefixed:decimal,width=1,charset=utf-8,oversize=discard", r"23\xe0\xa0", 5, 5),
    ("prefixed:varint", r"\0\x01\x80\x85", 5, 6),
    ("prefixed:varint,canonical=require,empty=reject", r"\0\x01\x80\x85", 5, 5),
    ("prefixed:varint,canonical=require,adjust=-125", r"\0\x01\x02\x80", 5, 7),
    (r"prefixed:decimal,end=:,trailer=\,", r"01:\,", 6, 6),
    (r"prefixed:decimal,end=:,empty=reject", "016:", 5, 6),
    (r"prefixed:decimal,end=:;,zeros=accept,empty=reject,header=a", "01:;a", 5, 6),
    (r"prefixed:decimal,end=:,adjust=-9", "019:", 4, 7),
    ("prefixed:decimal,width=2,empty=reject", "0159", 5, 6),
    ("prefixed:hex,width=2,adjust=-15", "01aF", 4, 7),
    ("prefixed:hex,end=:,adjust=+4", "01:", 6, 7),
    ("blocks:u8", r"\0\x01\x05", 6, 7),
    ("blocks:u8,unit=series,empty=reject", r"\0\x01\x06", 6, 7),
    ("blocks:u8,adjust=-1,empty=reject,trailer=a", r"\0\x01\x02a", 5, 6),
    ("blocks:u8,adjust=-1,unit=series,empty=reject", r"\0\x01\x02", 6, 7),
    ("blocks:u8,adjust=-1,unit=series,empty=reject,offset=1,oversize=discard", r"\0\x01\x02", 6, 7),
    ("blocks:u8,adjust=+1,series=one,offset=1,unit=series", r"\0\x01", 7, 8),
    ("blocks:u8,adjust=+6,unit=series,empty=reject,header=a", r"\0\x01a", 6, 4),
    ("blocks:u8,unit=series,charset=utf-8", r"\0\x01\xe0\xa0", 6, 6),
    ("blocks:u8,charset=utf-8", r"\0\x02\xc3\x80", 6, 4),
    ("blocks:u16le,unit=series,charset=utf-8,adjust=-1", r"\0\x02\xc3\x80", 6, 5),
    ("blocks:decimal,end=:,unit=series,charset=utf-8", r"01:\xc3\x80", 6, 5),
    ("blocks:decimal,end=:,zeros=accept,unit=series,empty=reject", "01:", 6, 7),
    ("blocks:hex,width=2,adjust=-2", "0123", 5, 6),
];

/// Rows with a beginning that every stream has, and pieces that continuations are made of in addition to single bytes.
#[rustfmt::skip]
const LONGER: &[(&str, Row, &[&str])] = &[
    ("", ("prefixed:field,name=a,empty=reject", r"a:\r\n1", 4, 5), &[r"\r\n", r"a:1\r\n", "1"]),
    ("a:", ("prefixed:field,name=a,adjust=-1", r"\r\n 01", 4, 4), &[":", r"\r\n"]),
    (r"a:1\r\n", ("prefixed:field,name=a,adjust=-1", r"Aa:\r\n", 4, 4), &[r"\r\n", r"1\r\n", r"a:1\r\n"]),
    ("", (r"blocks:hex,end=\r\n,trailer=\r\n,extensions=http", r"0;\r\n", 6, 4), &[":", r"\r\n"]),
    ("", (r"blocks:hex,end=\r\n,trailer=\r\n,zeros=accept,extensions=http,empty=reject,unit=series", r"01\r\n", 6, 5), &[":", r"\r\n", r"0\r\n\r\n"]),
    ("0;", (r"blocks:hex,end=\r\n,trailer=\r\n,extensions=http", r#"a="\\\r "#, 5, 4), &[";a", r"\r\n\r\n", r"\n\r\n"]),
    (r"0\r\n", (r"blocks:hex,end=\r\n,trailer=\r\n,extensions=http", r"a:\r\n\0", 5, 4), &[r"\r\n"]),
];

#[test]
fn an_error_stands_where_the_last_clean_continuation_is_lost_with_max_0() {
    every_place_is_proved(0, 1_000);
}

#[test]
fn an_error_stands_where_the_last_clean_continuation_is_lost_with_max_1() {
    every_place_is_proved(1, 1_000);
}

#[test]
fn an_error_stands_where_the_last_clean_continuation_is_lost_with_max_5() {
    every_place_is_proved(5, 1_000);
}

fn every_place_is_proved(max: u64, expected: usize) {
    let short = ROWS.iter().map(|&row| ("", row, &[][..]));
    let errors: usize = short
        .chain(LONGER.iter().copied())
        .map(|(start, row, pieces)| Search::new(row, pieces, max).run(start, row.2))
        .sum();
    assert!(errors > expected, "only {errors} streams became errors");
}

struct Search {
    framing: Framing,
    alphabet: Vec<u8>,
    /// What a continuation is made of: the letters, and longer pieces.
    pieces: Vec<Vec<u8>>,
    beyond: usize,
    errors: usize,
}

impl Search {
    fn new((text, alphabet, _, beyond): Row, pieces: &[&str], max: u64) -> Self {
        let text = format!("{text},max={max}");
        let alphabet = unescape(alphabet).expect(alphabet);
        let letters = alphabet.iter().map(|&letter| vec![letter]);
        let longer = pieces.iter().map(|piece| unescape(piece).expect(piece));
        Self {
            framing: text.parse().unwrap_or_else(|bad| panic!("{bad}")),
            pieces: letters.chain(longer).collect(),
            alphabet,
            beyond,
            errors: 0,
        }
    }

    /// Tries all streams of `start` and up to `longest` bytes more, and says how many became errors at their last byte.
    fn run(mut self, start: &str, longest: usize) -> usize {
        self.walk(&mut unescape(start).expect(start), longest, None);
        self.errors
    }

    fn walk(&mut self, wire: &mut Vec<u8>, left: usize, lost: Option<&(Vec<Event>, Ending)>) {
        let found = naive(&self.framing, wire);
        // Before the first byte nothing is certain, even where no stream is clean.
        let alive = lost.is_none() && (wire.is_empty() || self.can_become_clean(wire, self.beyond));
        let context = format!("{} after {:?}: {found:?}", self.framing, wire);
        match (lost, error_place(&found.1)) {
            (Some(lost), _) => assert_eq!(&found, lost, "a lost stream changed: {context}"),
            (None, Some(at)) if alive => assert_eq!(at, wire.len(), "too early: {context}"),
            (None, None) => assert!(alive, "too late: {context}"),
            (None, Some(at)) => assert_eq!(at, wire.len() - 1, "not at the byte: {context}"),
        }
        self.errors += usize::from(lost.is_none() && !alive);
        if left == 0 {
            return;
        }
        let lost = lost.or((!alive).then_some(&found));
        for letter in self.alphabet.clone() {
            wire.push(letter);
            self.walk(wire, left - 1, lost);
            wire.pop();
        }
    }

    /// Whether at most `beyond` more pieces make the stream clean.
    fn can_become_clean(&self, wire: &mut Vec<u8>, beyond: usize) -> bool {
        if naive(&self.framing, wire).1 == Ending::Clean {
            return true;
        }
        let len = wire.len();
        beyond > 0
            && self.pieces.iter().any(|piece| {
                wire.extend_from_slice(piece);
                let clean = self.can_become_clean(wire, beyond - 1);
                wire.truncate(len);
                clean
            })
    }
}

fn error_place(ending: &Ending) -> Option<usize> {
    match ending {
        Ending::Clean | Ending::Truncated { .. } => None,
        _ => ending.place().map(|at| at as usize),
    }
}
