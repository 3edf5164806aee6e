//! Whether what comes back on a connection is what is due: compared with the script byte by byte at the speed of memory.
//!
//! Where a payload has several forms on the wire and another one came, the reference decoder takes over, from the beginning of that frame on.
//! Invariant: a frame counts only when all of its reply was compared, and nothing that was not due is let pass.

use std::fmt;

use super::Script;
use crate::framing::{Event, Payloads, escape};

/// Bytes that are shown of what was due and of what came.
const SHOWN: usize = 24;

/// What has come on one connection.
#[derive(Debug)]
pub struct Check {
    /// The first frame (of a stream: byte) of the script that the connection carries.
    from: u64,
    /// How far into the endless reply all is as it must be.
    at: u64,
    /// Since another form than ours came.
    decoded: Option<Box<Decoded>>,
    /// What comes behind all replies, and how much of that has.
    tail: Option<(Vec<u8>, usize)>,
}

/// Bytes that were not due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The number of the frame on its connection, from 1; behind the last one at the end.
    pub frame: u64,
    /// Bytes of that reply that are right before it.
    pub byte: u64,
    /// What was due from there on; empty: nothing.
    pub due: Vec<u8>,
    /// What came.
    pub came: Vec<u8>,
}

/// Frames by the reference decoder.
#[derive(Debug)]
struct Decoded {
    payloads: Payloads<Vec<u8>>,
    /// The script's number of the next frame.
    next: u64,
    /// What is said when it was no other form after all.
    first: Wrong,
}

impl Check {
    /// For a connection that begins at this place of the script: a frame, in a stream a byte.
    #[must_use]
    pub fn new(script: &Script, from: u64) -> Self {
        Self {
            from,
            at: start(script, from),
            decoded: None,
            tail: None,
        }
    }

    /// What must come behind all replies.
    pub fn expect_tail(&mut self, tail: Vec<u8>) {
        self.tail = Some((tail, 0));
    }

    /// Takes what came, while replies are due up to a place: frames, in a stream bytes, since the connection's beginning.
    ///
    /// # Errors
    /// The first byte that is not as it must be.
    pub fn push(&mut self, script: &Script, bytes: &[u8], due: u64) -> Result<(), Wrong> {
        if self.decoded.is_some() {
            return self.push_decoded(script, bytes, due);
        }
        let end = self.end(script, due);
        let mut rest = bytes;
        while !rest.is_empty() {
            let most = (rest.len() as u64).min(end.saturating_sub(self.at));
            let piece = script.reply().piece(self.at, most);
            if piece.is_empty() {
                return self.push_tail(script, rest);
            }
            let (came, behind) = rest.split_at(piece.len());
            if came != piece {
                return self.differs(script, piece, rest, due);
            }
            self.at += piece.len() as u64;
            rest = behind;
        }
        Ok(())
    }

    /// Frames (in a stream: bytes) whose replies have come, since the connection's beginning.
    #[must_use]
    pub fn verified(&self, script: &Script) -> u64 {
        match (&self.decoded, script.is_stream()) {
            _ if script.reply().is_empty() => 0,
            (Some(decoded), _) => decoded.next - self.from,
            (None, true) => self.at - self.from,
            (None, false) => script.reply().whole_in(self.at) - self.from,
        }
    }

    /// Whether the replies to so many frames (bytes), and what must come behind them, are there.
    #[must_use]
    pub fn is_complete(&self, script: &Script, due: u64) -> bool {
        let tail = self.tail.as_ref();
        let tail = tail.is_some_and(|(tail, at)| *at == tail.len() || self.decoded.is_some());
        tail && (script.reply().is_empty() || self.verified(script) == due)
    }

    /// What is missing, where nothing more comes.
    #[must_use]
    pub fn missing(&self, script: &Script, due: u64) -> Wrong {
        let end = self.end(script, due);
        let wrong = self.wrong(
            script,
            script.reply().piece(self.at, end.saturating_sub(self.at)),
            &[],
        );
        match (&self.decoded, &self.tail) {
            (Some(decoded), _) => decoded.first.clone(),
            (None, Some((tail, at))) if self.at == end => Wrong {
                due: shown(&tail[*at..]),
                byte: *at as u64,
                ..wrong
            },
            (None, _) => wrong,
        }
    }

    fn end(&self, script: &Script, due: u64) -> u64 {
        match script.is_stream() {
            true if script.reply().is_empty() => self.at,
            true => self.from + due,
            false => script.reply().upto(self.from + due),
        }
    }

    fn push_tail(&mut self, script: &Script, bytes: &[u8]) -> Result<(), Wrong> {
        let Some((tail, at)) = &mut self.tail else {
            return Err(self.wrong(script, &[], bytes));
        };
        let due = &tail[*at..];
        if !due.starts_with(bytes) {
            let same = due.iter().zip(bytes).take_while(|(due, came)| due == came);
            let same = same.count();
            let (due, byte) = (shown(&due[same..]), (*at + same) as u64);
            return Err(Wrong {
                due,
                byte,
                ..self.wrong(script, &[], &bytes[same..])
            });
        }
        *at += bytes.len();
        Ok(())
    }

    /// `came` begins with other bytes than `piece`.
    fn differs(
        &mut self,
        script: &Script,
        piece: &[u8],
        came: &[u8],
        due: u64,
    ) -> Result<(), Wrong> {
        let same = piece.iter().zip(came).take_while(|(due, came)| due == came);
        let same = same.count();
        self.at += same as u64;
        let wrong = self.wrong(script, &piece[same..], &came[same..]);
        if script.loose.is_empty() {
            return Err(wrong);
        }
        let next = self.from + self.verified(script);
        let mut decoded = Decoded {
            payloads: Payloads::new(script.framing()),
            next,
            first: wrong,
        };
        let mut from = script.reply().upto(next);
        while from < self.at {
            let known = script.reply().piece(from, self.at - from);
            decoded.push(script, known)?;
            from += known.len() as u64;
        }
        self.decoded = Some(Box::new(decoded));
        self.push_decoded(script, &came[same..], due)
    }

    fn push_decoded(&mut self, script: &Script, bytes: &[u8], due: u64) -> Result<(), Wrong> {
        let Some(decoded) = &mut self.decoded else {
            return Ok(());
        };
        decoded.push(script, bytes)?;
        match decoded.next - self.from > due {
            true => Err(decoded.first.clone()),
            false => Ok(()),
        }
    }

    fn wrong(&self, script: &Script, due: &[u8], came: &[u8]) -> Wrong {
        let (frame, begun) = match script.is_stream() {
            _ if script.reply().is_empty() => (0, self.at),
            true => (0, self.from),
            false => {
                let frame = script.reply().whole_in(self.at);
                (frame - self.from, script.reply().upto(frame))
            }
        };
        Wrong {
            frame: frame + 1,
            byte: self.at - begun,
            due: shown(due),
            came: shown(came),
        }
    }
}

impl Decoded {
    fn push(&mut self, script: &Script, bytes: &[u8]) -> Result<(), Wrong> {
        let blocks = script.framing().has_blocks();
        let (mut next, mut same) = (self.next, true);
        let pushed = self.payloads.push(bytes, |event, payload| {
            if matches!(
                (event, blocks),
                (Event::Frame(_), false) | (Event::Block(_), true)
            ) {
                same &= script.loose[(next % script.loose.len() as u64) as usize] == *payload;
                next += u64::from(same);
            }
        });
        self.next = next;
        match pushed.is_ok() && same {
            true => Ok(()),
            false => Err(self.first.clone()),
        }
    }
}

fn start(script: &Script, from: u64) -> u64 {
    match script.is_stream() {
        true => from,
        false => script.reply().upto(from),
    }
}

fn shown(bytes: &[u8]) -> Vec<u8> {
    bytes[..bytes.len().min(SHOWN)].to_vec()
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            frame,
            byte,
            due,
            came,
        } = self;
        let text = |bytes: &[u8]| match bytes {
            [] => "nothing".to_owned(),
            bytes => format!("`{}`", escape(bytes, b"`")),
        };
        let (due, came) = (text(due), text(came));
        write!(
            f,
            "frame {frame} of a connection, byte {byte} of its reply: due {due}, came {came}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::Mode;
    use super::*;
    use crate::suite::PayloadKind;

    fn script(framing: &str, mode: Mode) -> Script {
        Script::new(&framing.parse().unwrap(), mode, 16, &PayloadKind::Any, 1).unwrap()
    }

    /// What comes for `frames` frames from `from` on when all is right.
    fn right(script: &Script, from: u64, frames: u64) -> Vec<u8> {
        let (mut at, end) = (
            script.reply().upto(from),
            script.reply().upto(from + frames),
        );
        let mut bytes = Vec::new();
        while at < end {
            let piece = script.reply().piece(at, end - at);
            bytes.extend_from_slice(piece);
            at += piece.len() as u64;
        }
        bytes
    }

    #[test]
    fn right_replies_count_however_they_are_cut() {
        for framing in [
            "prefixed:u32be",
            "crlf",
            "netstring",
            "blocks:u8",
            "http-chunked",
        ] {
            let script = script(framing, Mode::Echo);
            let from = script.wire().frames() - 3;
            let bytes = right(&script, from, 7);
            for step in [1, 3, 7, bytes.len()] {
                let mut check = Check::new(&script, from);
                for piece in bytes.chunks(step) {
                    check.push(&script, piece, 7).unwrap();
                }
                check.expect_tail(script.tail(0, 0));
                assert_eq!(check.verified(&script), 7, "{framing}");
                check.push(&script, &script.tail(0, 0), 7).unwrap();
                assert!(check.is_complete(&script, 7), "{framing}");
            }
        }
    }

    #[test]
    fn each_way_to_be_wrong_is_seen_with_its_place() {
        let script = script("prefixed:u32be", Mode::Echo);
        let good = right(&script, 0, 4);
        let each = good.len() / 4;
        let wrong = |bytes: &[u8], due| {
            Check::new(&script, 0)
                .push(&script, bytes, due)
                .unwrap_err()
        };
        let mut flipped = good.clone();
        flipped[each + 9] ^= 1;
        let found = wrong(&flipped, 4);
        assert_eq!((found.frame, found.byte), (2, 9));
        assert!(found.due.starts_with(&good[each + 9..2 * each]));
        let lost = [&good[..each], &good[2 * each..]].concat();
        assert_eq!(wrong(&lost, 4).frame, 2);
        let doubled = [&good[..2 * each], &good[each..]].concat();
        assert_eq!(wrong(&doubled, 4).frame, 3);
        let more = wrong(&good, 3);
        assert_eq!((more.frame, more.due.len()), (4, 0));
        let mut check = Check::new(&script, 0);
        check.push(&script, &good[..each + 3], 2).unwrap();
        let missing = check.missing(&script, 2);
        assert_eq!((missing.frame, missing.byte, missing.came.len()), (2, 3, 0));
    }

    #[test]
    fn another_form_of_the_same_payload_is_right_and_another_payload_is_not() {
        let script = script(r"delimited:\r\n|\n", Mode::Echo);
        let sent = String::from_utf8(right(&script, 0, 3)).unwrap();
        let other = match sent.contains("\r\n") {
            true => sent.replace("\r\n", "\n"),
            false => sent.replace('\n', "\r\n"),
        };
        for step in [1, 5, other.len()] {
            let mut check = Check::new(&script, 0);
            for piece in other.as_bytes().chunks(step) {
                check.push(&script, piece, 3).unwrap();
            }
            assert_eq!(check.verified(&script), 3);
        }
        let changed = other.replacen(&other[20..24], "----", 1);
        let wrong = Check::new(&script, 0).push(&script, changed.as_bytes(), 3);
        assert!(wrong.is_err());
    }

    #[test]
    fn a_tail_that_is_wrong_or_comes_too_early_is_seen() {
        let script = script("prefixed:u32be", Mode::Report);
        let lines = right(&script, 0, 2);
        let mut early = Check::new(&script, 0);
        early.push(&script, &lines, 2).unwrap();
        assert!(early.push(&script, b"end clean\n", 2).is_err());
        let mut other = Check::new(&script, 0);
        other.push(&script, &lines, 2).unwrap();
        other.expect_tail(script.tail(0, 0));
        let wrong = other.push(&script, b"end truncated\n", 2).unwrap_err();
        assert_eq!((wrong.byte, &wrong.due[..]), (4, &b"clean\n"[..]));
        assert!(!other.is_complete(&script, 2));
    }
}
