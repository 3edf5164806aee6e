//! A case or a finding of a document as lines of plain text, for the forms that draw no bytes themselves; and which of many are shown.
//!
//! A document may come from a file that says anything: hexadecimal and offsets are not trusted. Invariant: what comes from here has no
//! control characters but line ends, and no line is long without end.

use std::collections::HashMap;

use super::draw::{list, segments_line};
use super::drawn::{Drawn, Piece};
use super::text::lines_of;
use super::{CaseEntry, FindingEntry};
use crate::framing::escape;

/// Characters of a line that are kept.
const LINE: usize = 2000;

/// What is known of a case, line by line.
pub(super) fn of_case(case: &CaseEntry) -> String {
    let mut facts = vec![("because", case.reason.clone()), ("why", case.why.clone())];
    facts.push(("framing", framing(case)));
    facts.extend(bytes(case.drawn.as_ref()));
    let gate = gate(case.gate.as_deref(), case.proven);
    let segments = segments_line(&case.segments, &case.close);
    facts.push(("", format!("{segments}{gate}")));
    facts.extend(manner(case.drawn.as_ref()));
    facts.push(("due", list(case.expected.iter().cloned())));
    facts.push(("came", came(&case.actual, case.drawn.as_ref())));
    facts.push(("replay", case.replay.clone()));
    lines(facts)
}

/// What is known of a finding, line by line.
pub(super) fn of_finding(finding: &FindingEntry) -> String {
    let drawn = finding.drawn.as_ref();
    let FindingEntry { failed, of, .. } = finding;
    let mut facts = vec![("because", finding.reason.clone())];
    facts.push(("framing", finding.framing.clone()));
    facts.extend(bytes(drawn));
    facts.push(("", segments_line(&finding.segments, &finding.close)));
    facts.extend(manner(drawn));
    facts.push(("came", came(&[], drawn)));
    facts.push(("from", finding.from.clone()));
    facts.push(("failed", format!("{failed} of {of} runs")));
    facts.push(("note", finding.note.clone().unwrap_or_default()));
    facts.push(("saved", finding.file.clone().unwrap_or_default()));
    facts.push(("replay", finding.replay.clone()));
    lines(facts)
}

/// Cases that failed and were not known to, the first of each kind before the second of any.
pub(super) fn failures<'a>(cases: impl IntoIterator<Item = &'a CaseEntry>) -> Vec<&'a CaseEntry> {
    let mut of_kind: HashMap<&str, usize> = HashMap::new();
    let mut failures: Vec<_> = cases
        .into_iter()
        .filter(|case| case.is_new())
        .map(|case| {
            let count = of_kind.entry(case.kind()).or_default();
            *count += 1;
            (*count, case)
        })
        .collect();
    failures.sort_by_key(|(count, _)| *count);
    failures.into_iter().map(|(_, case)| case).collect()
}

/// A text without control characters but line ends, and without those that turn the direction of what follows.
pub(super) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        let hidden = matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}');
        match char {
            '\n' => shown.push(char),
            _ if char.is_control() || hidden => shown.extend(char.escape_default()),
            _ => shown.push(char),
        }
    }
    shown
}

/// A text as it stands in a line of a report.
pub(super) fn short(text: &str) -> String {
    clipped(&printable(text), LINE)
}

/// The beginning of a text that has more characters.
pub(super) fn clipped(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}...", &text[..at]),
    }
}

/// What held at the cuts.
pub(super) fn gate(word: Option<&str>, proven: bool) -> String {
    match word {
        None => String::new(),
        Some(word) if proven => format!("; every cut proven at the {word}"),
        Some(word) => format!("; cuts not proven (gate {word})"),
    }
}

/// What was sent, with a bar at each cut.
pub(super) fn sent(drawn: &Drawn) -> String {
    let text = with_cuts(&drawn.sent, drawn.sent_len, &drawn.cuts);
    clipped(&text, LINE)
}

/// Facts that say something, under their names.
fn lines(mut facts: Vec<(&str, String)>) -> String {
    facts.retain(|(_, text)| !text.is_empty());
    for (_, text) in &mut facts {
        *text = short(text);
    }
    lines_of(&facts).join("\n")
}

fn framing(case: &CaseEntry) -> String {
    let classes: Vec<_> = case.classes.iter().map(u8::to_string).collect();
    let aimed = match &classes[..] {
        [] => String::new(),
        classes => format!(", defect classes {}", classes.join(" ")),
    };
    format!("{} ({}{aimed})", case.framing, case.level)
}

fn bytes(drawn: Option<&Drawn>) -> Option<(&'static str, String)> {
    drawn.map(|drawn| ("sent", sent(drawn)))
}

fn manner(drawn: Option<&Drawn>) -> Option<(&'static str, String)> {
    drawn.map(|drawn| ("manner", drawn.manner.clone()))
}

fn came(actual: &[String], drawn: Option<&Drawn>) -> String {
    let end = drawn.map(|drawn| drawn.end.clone());
    let items = actual.iter().cloned().chain(end);
    let items = list(items.filter(|item| !item.is_empty()));
    match drawn {
        Some(drawn) if drawn.received_len > 0 => {
            let bytes = with_cuts(&drawn.received, drawn.received_len, &[]);
            format!("{items}\nas bytes: {bytes}")
        }
        _ => items,
    }
}

/// Bytes as text, with a bar at each cut; those that are not there are counted.
fn with_cuts(pieces: &[Piece], len: usize, cuts: &[usize]) -> String {
    if len == 0 {
        return "(nothing)".to_owned();
    }
    let (mut text, mut at) = (String::new(), 0);
    for piece in pieces {
        let bytes = hex::decode(&piece.hex).unwrap_or_default();
        text += &missing(piece.at.saturating_sub(at));
        text += &one_piece(&bytes, piece.at, cuts);
        at = piece.at.saturating_add(bytes.len());
    }
    text + &missing(len.saturating_sub(at))
}

fn one_piece(bytes: &[u8], at: usize, cuts: &[usize]) -> String {
    let inside = cuts.iter().filter_map(|cut| cut.checked_sub(at));
    let (mut text, mut begun) = (String::new(), 0);
    for cut in inside.filter(|&cut| cut < bytes.len() && cut + at > 0) {
        text += &escape(bytes.get(begun..cut).unwrap_or_default(), b"|");
        text.push('|');
        begun = cut;
    }
    text + &escape(&bytes[begun..], b"|")
}

fn missing(bytes: usize) -> String {
    match bytes {
        0 => String::new(),
        bytes => format!("...({bytes} bytes)..."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(at: usize, bytes: &[u8]) -> Piece {
        Piece {
            at,
            hex: hex::encode(bytes),
        }
    }

    #[test]
    fn bytes_are_drawn_with_cuts_and_gaps() {
        let pieces = [piece(0, b"ab\r\n"), piece(100, b"x|y")];
        assert_eq!(
            with_cuts(&pieces, 105, &[1, 3, 101]),
            r"a|b\r|\n...(96 bytes)...x|\|y...(2 bytes)..."
        );
        assert_eq!(with_cuts(&[], 0, &[]), "(nothing)");
    }

    #[test]
    fn what_a_file_makes_up_does_no_harm() {
        let odd = Piece {
            at: usize::MAX,
            hex: "6g".to_owned(),
        };
        let text = with_cuts(&[odd, piece(2, b"abc")], 1, &[9, 4, 3, usize::MAX, 0]);
        assert!(text.contains('a'), "{text}");
        assert_eq!(
            printable("a\x1b[31m\u{202e}b\nc\u{ffff}"),
            "a\\u{1b}[31m\\u{202e}b\nc\\u{ffff}"
        );
        assert_eq!(clipped("äöü", 2), "äö...");
    }
}
