//! How we learn what a target decoded: bytes that it gave back, to the items that they report.
//!
//! Invariant: each item knows behind which of the bytes it became complete, so that the judge can tell when it came.

use std::fmt;
use std::str::FromStr;

use super::stream::{Item, item};
use crate::framing::{Checksum, Ending, Event, Framing, Pattern, Payloads, Tail};

/// How we learn what a target decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Observer {
    /// It sends each frame back in the same framing.
    Echo,
    /// It sends a line of text as soon as it knows each thing.
    Report,
    /// It prints what it got.
    Stdout,
}

impl Observer {
    /// Every choice.
    pub const ALL: &'static [Self] = &[Self::Echo, Self::Report, Self::Stdout];

    /// The word that flags and reports have for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Echo => "echo",
            Self::Report => "report",
            Self::Stdout => "stdout",
        }
    }

    /// Whether the target says how the stream ended.
    #[must_use]
    pub fn shows_endings(self) -> bool {
        self == Self::Report
    }

    /// Whether things come while the connection is open, so that their time tells something.
    #[must_use]
    pub fn shows_times(self) -> bool {
        self != Self::Stdout
    }
}

impl fmt::Display for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Observer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|observer| observer.word() == text);
        found
            .copied()
            .ok_or_else(|| "an observer is one of: echo, report, stdout".to_owned())
    }
}

/// What a target gave back, as far as it could be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// What it reported, each with the number of bytes received behind which it was complete.
    pub items: Vec<(Item, usize)>,
    /// How it said the stream ended (observer `report`).
    pub ending: Option<Said>,
    /// What could not be read as a report, and where it began.
    pub garbage: Option<(usize, String)>,
}

/// The last line of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Said {
    /// `end clean`.
    Clean,
    /// `end truncated`.
    Truncated,
    /// `end malformed`.
    Malformed,
    /// `end oversize`.
    Oversize,
    /// `end error`: one of the three.
    Error,
}

impl Said {
    const ALL: &'static [Self] = &[
        Self::Clean,
        Self::Truncated,
        Self::Malformed,
        Self::Oversize,
        Self::Error,
    ];

    /// The word behind `end`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Truncated => "truncated",
            Self::Malformed => "malformed",
            Self::Oversize => "oversize",
            Self::Error => "error",
        }
    }
}

/// Reads the bytes that an echoing target sent; `complete`: it has closed after them.
#[must_use]
pub fn read_echo(framing: &Framing, received: &[u8], complete: bool) -> Observed {
    let mut observed = Observed::default();
    let reading = as_answer(framing, complete);
    let mut payloads = Payloads::<Checksum>::new(&reading);
    let mut note = |event: Event, checksum: &Checksum| {
        let at = (event.end() as usize).min(received.len());
        observed
            .items
            .extend(item(framing, event, checksum.value()).map(|item| (item, at)));
    };
    let pushed = payloads.push(received, &mut note);
    let ending = match complete {
        true => payloads.finish(&mut note),
        false => {
            if framing.pattern_number() == 4 && !framing.has_nested_delimiters() {
                payloads.finish(note);
            }
            pushed.err().map_or(Ending::Clean, Ending::from)
        }
    };
    if let Some(place) = ending.place() {
        observed.garbage = Some((place as usize, format!("what came back is {ending}")));
    }
    observed
}

/// The framing to read an echo in. A frame over the limit is a frame there: it should not have been taken. While more may come, a
/// last delimiter counts though it could become a longer one, and a last line does not.
fn as_answer(framing: &Framing, complete: bool) -> Framing {
    let mut framing = framing.clone();
    framing.max = None;
    match &mut framing.pattern {
        Pattern::Fixed { tail, .. } | Pattern::Delimited { tail, .. } if !complete => {
            *tail = Tail::Truncated;
        }
        _ => {}
    }
    framing
}

/// Reads the lines of a report. Anything that is none ends the reading.
#[must_use]
pub fn read_report(received: &[u8]) -> Observed {
    let mut observed = Observed::default();
    let mut at = 0;
    for line in received.split_inclusive(|&byte| byte == b'\n') {
        let start = at;
        at += line.len();
        match report_line(line) {
            Some(Line::Item(item)) if observed.ending.is_none() => observed.items.push((item, at)),
            Some(Line::End(said)) if observed.ending.is_none() => observed.ending = Some(said),
            // The beginning of a line that has not come whole says nothing yet.
            None if !line.ends_with(b"\n") && line.len() < LONGEST_LINE => {}
            _ => {
                observed.garbage = Some((
                    start,
                    format!(
                        "no line of a report: {:?}",
                        String::from_utf8_lossy(&line[..line.len().min(LONGEST_LINE)])
                    ),
                ));
                break;
            }
        }
    }
    observed
}

/// A line of a report is no longer: `frame`, 20 digits and 8.
const LONGEST_LINE: usize = 64;

/// One line of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// A frame, or the end of a series.
    Item(Item),
    /// The last line.
    End(Said),
}

/// Reads one line, with its line end (`\n` or `\r\n`).
#[must_use]
pub fn report_line(line: &[u8]) -> Option<Line> {
    let line = line.strip_suffix(b"\n")?;
    let line = std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)).ok()?;
    let mut words = line.split(' ');
    let found = match (words.next()?, words.next(), words.next()) {
        ("frame", Some(len), Some(crc32)) => Line::Item(Item::Frame {
            len: number(len)?,
            crc32: checksum(crc32)?,
        }),
        ("done", None, None) => Line::Item(Item::Done),
        ("end", Some(word), None) => Line::End(*Said::ALL.iter().find(|said| said.word() == word)?),
        _ => return None,
    };
    words.next().is_none().then_some(found)
}

fn number(text: &str) -> Option<u64> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}

fn checksum(text: &str) -> Option<u32> {
    let plain = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    plain.then(|| u32::from_str_radix(text, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A framing, what has come of an echo so far, and the payloads that it holds.
    type Echoed = (&'static str, &'static [u8], &'static [&'static [u8]]);

    /// A framing, the beginning of an echo, and the payloads that are certain.
    const ECHOES: &[Echoed] = &[
        ("telnet-lines", b"a\nb\r", &[b"a", b"b"]),
        ("telnet-lines", b"a\nb", &[b"a"]),
        // The `b` ends a frame only if `cd` does not follow.
        ("delimited:abcd|b", b"xab", &[]),
        ("delimited:a|aa", b"xa", &[b"x"]),
        // Three frames, or the beginning of the delimiter of one.
        ("delimited:a|aaaa", b"xaaa", &[]),
    ];

    #[test]
    fn of_an_echo_that_may_go_on_counts_what_no_byte_can_change() {
        for &(text, received, expected) in ECHOES {
            let framing: Framing = text.parse().unwrap_or_else(|bad| panic!("{bad}"));
            let observed = read_echo(&framing, received, false);
            let items: Vec<_> = observed.items.iter().map(|(item, _)| *item).collect();
            let expected: Vec<_> = expected.iter().map(|payload| Item::of(payload)).collect();
            assert_eq!(items, expected, "{text}");
            assert_eq!(observed.garbage, None, "{text}");
        }
    }

    fn echo(framing: &str, received: &[u8], complete: bool) -> Observed {
        read_echo(&framing.parse().unwrap(), received, complete)
    }

    fn items(observed: &Observed) -> Vec<(Item, usize)> {
        assert_eq!(observed.garbage, None);
        observed.items.clone()
    }

    #[test]
    fn an_echo_is_read_as_frames_that_know_where_they_end() {
        let observed = echo("prefixed:u8", b"\x02ab\x00\x01c", true);
        assert_eq!(
            items(&observed),
            [
                (Item::of(b"ab"), 3),
                (Item::of(b""), 4),
                (Item::of(b"c"), 6)
            ]
        );
    }

    #[test]
    fn a_frame_over_the_limit_is_a_frame_in_an_echo() {
        let observed = echo("prefixed:u8,max=1", b"\x02ab", true);
        assert_eq!(items(&observed), [(Item::of(b"ab"), 3)]);
    }

    #[test]
    fn an_echo_that_ends_inside_a_frame_is_garbage_only_where_it_has_ended() {
        assert_eq!(items(&echo("prefixed:u8", b"\x02a", false)), []);
        let ended = echo("prefixed:u8", b"\x01a\x02b", true);
        assert_eq!(ended.garbage.map(|(at, _)| at), Some(2));
    }

    #[test]
    fn a_last_line_counts_only_when_no_more_can_come() {
        let framing = r"delimited:\n,tail=frame";
        assert_eq!(items(&echo(framing, b"a\nb", false)), [(Item::of(b"a"), 2)]);
        assert_eq!(
            items(&echo(framing, b"a\nb", true)),
            [(Item::of(b"a"), 2), (Item::of(b"b"), 3)]
        );
    }

    #[test]
    fn a_whole_stream_is_one_frame_once_it_has_ended() {
        assert_eq!(items(&echo("half-close", b"ab", false)), []);
        assert_eq!(
            items(&echo("half-close", b"ab", true)),
            [(Item::of(b"ab"), 2)]
        );
        assert_eq!(items(&echo("half-close", b"", true)), [(Item::of(b""), 0)]);
    }

    #[test]
    fn series_echo_their_ends() {
        let wire = b"\x01a\x00";
        assert_eq!(
            items(&echo("blocks:u8", wire, true)),
            [(Item::of(b"a"), 2), (Item::Done, 3)]
        );
        assert_eq!(
            items(&echo("blocks:u8,unit=series", wire, true)),
            [(Item::of(b"a"), 3)]
        );
    }

    #[test]
    fn a_report_is_read_line_by_line() {
        let text = "frame 1 e8b7be43\ndone\r\nend malformed\n";
        let observed = read_report(text.as_bytes());
        assert_eq!(items(&observed), [(Item::of(b"a"), 17), (Item::Done, 23)]);
        assert_eq!(observed.ending, Some(Said::Malformed));
    }

    #[test]
    fn the_beginning_of_a_line_says_nothing_yet() {
        assert_eq!(read_report(b"frame 1 e8b7be4"), Observed::default());
        let endless = read_report(&[b'f'; LONGEST_LINE]);
        assert_eq!(endless.garbage.map(|(at, _)| at), Some(0));
    }

    #[test]
    fn what_stands_behind_the_end_is_garbage() {
        let observed = read_report(b"end clean\ndone\n");
        assert_eq!(observed.garbage.map(|(at, _)| at), Some(10));
        assert_eq!(observed.items, []);
    }

    #[test]
    fn every_line_of_a_report_is_understood_and_no_other() {
        for said in Said::ALL {
            let line = format!("end {}\n", said.word());
            assert_eq!(report_line(line.as_bytes()), Some(Line::End(*said)));
        }
        for item in [Item::Done, Item::of(b""), Item::of(&[0; 300])] {
            assert_eq!(
                report_line(format!("{item}\n").as_bytes()),
                Some(Line::Item(item))
            );
        }
        for line in [
            "",
            "\n",
            "done",
            "done \n",
            " done\n",
            "Done\n",
            "end\n",
            "end well\n",
            "end clean now\n",
            "frame 1\n",
            "frame 1 e8b7be4\n",
            "frame 1 +8b7be43\n",
            "frame +1 e8b7be43\n",
            "frame -1 e8b7be43\n",
            "frame  e8b7be43\n",
            "frame 99999999999999999999 e8b7be43\n",
            "frame 1 e8b7be43 a\n",
            "frame\t1 e8b7be43\n",
        ] {
            assert_eq!(report_line(line.as_bytes()), None, "{line:?}");
        }
    }

    #[test]
    fn each_word_names_its_observer() {
        for observer in Observer::ALL {
            assert_eq!(observer.word().parse(), Ok(*observer));
        }
        assert!("Echo".parse::<Observer>().is_err());
    }
}
