//! Messages ended by a byte string: a buffer that grows with each read, a search that goes on where it stood, and whole lines off its front.
//!
//! ```text
//! buffer  | lines that are done | line so far | perhaps a delimiter |
//!         0                     start         scanned               end
//! ```
//!
//! Invariant: no delimiter begins between `start` and `scanned`, and the bytes before `checked` are UTF-8 where they have to be.

mod search;

use std::io;
use std::mem::take;

use self::search::{Found, find};
use super::conn::{Conn, READ};
use crate::framing::{Charset, Empty, Framing, Oversize, Tail};
use crate::suite::{Flaw, Said};

/// A read buffer that some programs take for the longest line.
const PIECE: usize = 4096;

pub(super) fn serve(
    conn: &mut Conn,
    framing: &Framing,
    delimiters: &[Vec<u8>],
    strip: &[u8],
    tail: Tail,
) -> io::Result<Said> {
    let mut reader = Reader::new(Rules::of(conn, framing, delimiters, strip, tail));
    let mut chunk = vec![0; READ];
    loop {
        let read = conn.recv(&mut chunk)?;
        if read == 0 {
            return Ok(reader.end(conn).err().unwrap_or(Said::Clean));
        }
        let taken = reader.read(&chunk[..read], conn);
        if let Err(said) = taken {
            while conn.has(Flaw::OversizeFloods) && said == Said::Oversize {
                conn.say_end(said)?;
            }
            return Ok(said);
        }
    }
}

/// What a line is.
struct Rules<'a> {
    /// The longest first.
    delimiters: Vec<&'a [u8]>,
    strip: &'a [u8],
    tail: Tail,
    max: usize,
    discard: bool,
    empty: Empty,
    utf8: bool,
}

impl<'a> Rules<'a> {
    fn of(
        conn: &Conn,
        framing: &Framing,
        delimiters: &'a [Vec<u8>],
        strip: &'a [u8],
        tail: Tail,
    ) -> Self {
        let others: &[&[u8]] = match () {
            () if conn.has(Flaw::ControlsEndLines) => {
                &[b"\x0b", b"\x0c", b"\x1c", b"\x1d", b"\x1e"]
            }
            () if conn.has(Flaw::UnicodeEndsLines) => {
                &[b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9"]
            }
            () if conn.has(Flaw::BareCrEndsLines) => &[b"\r\n", b"\r"],
            () if conn.has(Flaw::BareLfEndsLines) => &[b"\n"],
            () => &[],
        };
        let mut delimiters: Vec<&[u8]> = delimiters.iter().map(Vec::as_slice).collect();
        delimiters.extend(others);
        delimiters.sort_by_key(|delimiter| std::cmp::Reverse(delimiter.len()));
        let max = framing.max.and_then(|max| usize::try_from(max).ok());
        Self {
            delimiters,
            strip,
            tail,
            max: max.unwrap_or(usize::MAX - 1) + usize::from(conn.has(Flaw::LineLimitOffByOne)),
            discard: framing.oversize == Oversize::Discard,
            empty: framing.empty,
            utf8: framing.charset == Charset::Utf8,
        }
    }

    /// The line without what `strip` takes off its end.
    fn stripped<'l>(&self, line: &'l [u8]) -> &'l [u8] {
        line.strip_suffix(self.strip).unwrap_or(line)
    }

    /// How many of the last bytes `strip` may still take off.
    fn strippable(&self, line: &[u8]) -> usize {
        let most = self.strip.len().min(line.len());
        let is_end = |&len: &usize| line.ends_with(&self.strip[..len]);
        (0..=most).rev().find(is_end).unwrap_or(0)
    }
}

struct Reader<'a> {
    rules: Rules<'a>,
    buffer: Vec<u8>,
    /// Where the line begins, or what is left of one that is dropped.
    start: usize,
    scanned: usize,
    checked: usize,
    /// Where the last read begins.
    read: usize,
    /// The line is over the limit, and dropped.
    discarding: bool,
}

impl<'a> Reader<'a> {
    fn new(rules: Rules<'a>) -> Self {
        Self {
            rules,
            buffer: Vec::new(),
            start: 0,
            scanned: 0,
            checked: 0,
            read: 0,
            discarding: false,
        }
    }

    /// Takes what one read returned.
    fn read(&mut self, chunk: &[u8], conn: &mut Conn) -> Result<(), Said> {
        if conn.has(Flaw::OneReadOneLine) {
            let mut delimiters = self.rules.delimiters.iter();
            let line = delimiters.find_map(|delimiter| chunk.strip_suffix(*delimiter));
            conn.frame(self.rules.stripped(line.unwrap_or(chunk)));
            return Ok(());
        }
        if conn.has(Flaw::LineLimitOnRead) && chunk.len() > self.rules.max {
            return Err(Said::Oversize);
        }
        if conn.has(Flaw::Utf8RefusedAtCut) && std::str::from_utf8(chunk).is_err() {
            return Err(Said::Malformed);
        }
        self.read = self.buffer.len();
        self.append(chunk, conn);
        if conn.has(Flaw::LineLimitOnBuffer) && self.buffer.len() > self.rules.max {
            return Err(Said::Oversize);
        }
        self.lines(false, conn)?;
        self.unfinished(conn)?;
        self.forget(conn);
        Ok(())
    }

    fn append(&mut self, chunk: &[u8], conn: &Conn) {
        if conn.has(Flaw::Utf8PerRead) {
            let text = String::from_utf8_lossy(chunk);
            self.buffer.extend_from_slice(text.as_bytes());
            return;
        }
        if conn.has(Flaw::LineOverwritten) {
            let same = self.buffer.len().min(chunk.len());
            self.buffer[..same].copy_from_slice(&chunk[..same]);
        }
        let chunk = match chunk.strip_prefix(b"\xef\xbb\xbf") {
            Some(rest) if conn.has(Flaw::BomPerRead) => rest,
            _ => chunk,
        };
        if conn.has(Flaw::LineConcatenated) {
            self.buffer = [&self.buffer[..], chunk].concat();
            return;
        }
        self.buffer.extend_from_slice(chunk);
    }

    /// Takes whole lines off the front.
    fn lines(&mut self, ended: bool, conn: &mut Conn) -> Result<(), Said> {
        if conn.has(Flaw::LineRescanned) {
            self.scanned = self.start;
        }
        while let Some((at, len)) = self.search(ended, conn) {
            let lone_cr = &self.buffer[at..at + len] == b"\r";
            let dropped = self.line(at.max(self.start), len, conn)?;
            let next = match () {
                () if conn.has(Flaw::OneByteConsumed) => at + 1,
                () if conn.has(Flaw::LoneCrTakesNext) && lone_cr => at + len + 1,
                () if conn.has(Flaw::FirstLineOnly) => self.buffer.len(),
                () if conn.has(Flaw::DiscardTakesRest) && dropped => self.buffer.len(),
                () => at + len,
            };
            self.begin(next);
            if conn.has(Flaw::SearchInsideDelimiter) {
                self.scanned = at + 1;
            }
            self.discarding &= conn.has(Flaw::DiscardNeverEnds);
            if conn.has(Flaw::OneLinePerRead) && !ended {
                break;
            }
        }
        Ok(())
    }

    /// Where the next delimiter is, and how long.
    fn search(&mut self, ended: bool, conn: &Conn) -> Option<(usize, usize)> {
        let scanned = self.start..self.scanned;
        let ended = ended && !conn.has(Flaw::LoneCrUndecided);
        match find(&self.buffer, scanned, &self.rules.delimiters, ended, conn) {
            Found::At(at, len) => Some((at, len)),
            Found::Open(at) | Found::Nothing(at) => {
                self.scanned = at.min(self.buffer.len());
                None
            }
        }
    }

    /// A line begins here.
    fn begin(&mut self, at: usize) {
        self.start = at.min(self.buffer.len());
        self.scanned = self.start;
        self.checked = self.start;
    }

    /// Delivers the line that ends here; whether it was dropped in place of that.
    fn line(&mut self, at: usize, delimiter: usize, conn: &mut Conn) -> Result<bool, Said> {
        let at = match conn.has(Flaw::DelimiterStays) {
            true if at < self.read && self.read < at + delimiter => self.read,
            _ => at,
        };
        let line = &self.buffer[self.start..at];
        let len = match conn.has(Flaw::StripMissesLastRead) {
            true if at < self.read + self.rules.strip.len() => line.len(),
            _ => self.rules.stripped(line).len(),
        };
        let measured = match () {
            () if conn.has(Flaw::LineLimitCountsDelimiter) => len + delimiter,
            () if conn.has(Flaw::LineLimitCountsStrip) => line.len(),
            () if conn.has(Flaw::LineLimitOnlyUnfinished) => 0,
            () => len,
        };
        self.check(self.start + len, true)?;
        let payload = &self.buffer[self.start..self.start + len];
        let dropped = self.discarding || measured > self.rules.max;
        match payload.is_empty() {
            _ if self.discarding => {}
            _ if dropped && conn.has(Flaw::LineCutToLimit) => {
                conn.frame(&payload[..self.rules.max]);
            }
            _ if dropped && !self.rules.discard => return Err(Said::Oversize),
            _ if dropped => {}
            true if conn.has(Flaw::EmptyLineEnds) => return Err(Said::Clean),
            true if conn.has(Flaw::EmptyLineDropped) => {}
            true if self.rules.empty == Empty::Reject => return Err(Said::Malformed),
            true if self.rules.empty == Empty::Skip => {}
            _ => conn.frame(payload),
        }
        Ok(dropped)
    }

    /// Looks at the line that has no end yet: whether it can still become a good one.
    fn unfinished(&mut self, conn: &mut Conn) -> Result<(), Said> {
        let line = &self.buffer[self.start..self.scanned.max(self.start)];
        if conn.has(Flaw::LineInPieces) && line.len() >= PIECE {
            conn.frame(line);
            self.start = self.scanned;
            return Ok(());
        }
        let certain = line.len() - self.rules.strippable(line);
        self.check(self.start + certain, false)?;
        if certain > self.rules.max && !conn.has(Flaw::LineCutToLimit) {
            if !self.rules.discard {
                return Err(Said::Oversize);
            }
            self.discarding = true;
        }
        if self.discarding {
            self.start = match self.rules.utf8 {
                true => self.checked,
                false => self.start + certain,
            };
            self.discarding = !conn.has(Flaw::LongLineTailDelivered);
            if conn.has(Flaw::DiscardMissesCutDelimiter) {
                self.begin(self.buffer.len());
            }
        }
        Ok(())
    }

    /// Checks that the line is UTF-8 up to here; `whole`: no character may be open.
    fn check(&mut self, to: usize, whole: bool) -> Result<(), Said> {
        if !self.rules.utf8 || to < self.checked {
            return Ok(());
        }
        match std::str::from_utf8(&self.buffer[self.checked..to]) {
            Ok(_) => self.checked = to,
            Err(error) if whole || error.error_len().is_some() => return Err(Said::Malformed),
            Err(error) => self.checked += error.valid_up_to(),
        }
        Ok(())
    }

    /// Takes off the front what is done with.
    fn forget(&mut self, conn: &Conn) {
        if conn.has(Flaw::RestOfReadLost) && self.start > self.read {
            self.begin(self.buffer.len());
        }
        let done = take(&mut self.start);
        self.buffer.drain(..done);
        self.scanned = self.scanned.saturating_sub(done);
        self.checked = self.checked.saturating_sub(done);
    }

    /// The stream has ended: what becomes of a line without a delimiter. `Err`: how it ended, if not clean.
    fn end(&mut self, conn: &mut Conn) -> Result<(), Said> {
        self.lines(true, conn)?;
        let rest = &self.buffer[self.start..];
        if rest.is_empty() && !self.discarding {
            if conn.has(Flaw::EmptyLastLine) {
                conn.frame(b"");
            }
            return Ok(());
        }
        let delivered = self.rules.tail == Tail::Frame || conn.has(Flaw::UnendedLineDelivered);
        if conn.has(Flaw::UnendedLineClean) || delivered && conn.has(Flaw::LastLineLost) {
            return Ok(());
        }
        if !delivered {
            return Err(Said::Truncated);
        }
        if conn.has(Flaw::LastLineCut) {
            self.buffer.pop();
        }
        let end = self.buffer.len();
        self.line(end, 0, conn)?;
        if conn.has(Flaw::LastLineRepeated) {
            self.line(end, 0, conn)?;
        }
        Ok(())
    }
}
