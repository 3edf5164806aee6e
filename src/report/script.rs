//! A case as a Python program that shows the defect without framecheck, for a bug report.
//!
//! The program holds no decoder: what must come back, and by when, is computed here by the reference and stands in it as data.
//! Invariant: no byte of a case can leave its literal.

use crate::framing::{Ending, Event, Framing, Payloads, escape};
use crate::suite::{Case, Close, Item, Kind, Manner, Observer, Point, Seen, Stream, item, pieces};

/// What does not depend on the case.
const TEMPLATE: &str = include_str!("script.py");

/// The program.
///
/// # Errors
/// Why there can be none, in words.
pub fn python(case: &Case, observer: Observer, seen: &Seen) -> Result<String, String> {
    if observer == Observer::Stdout {
        return Err("what a target prints is not seen over a socket".to_owned());
    }
    if observer == Observer::Invariance {
        return Err("only the target says what must come back: `framecheck replay` without --script compares what it answers to the same bytes, whole and cut".to_owned());
    }
    if matches!(case.manner, Manner::Measure(_)) {
        return Err("a measurement needs framecheck".to_owned());
    }
    let replies = replies(&case.stream, observer);
    let stream = &case.stream;
    let kind = seen.kind.map_or("defect", Kind::word);
    let must_close = observer.shows_endings() || stream.ending == Ending::Clean;
    let due: Vec<_> = whole_replies(case, observer, &replies);
    let (before, beside) = companions(&case.manner);
    let pause = match case.manner {
        Manner::Pause(pause) => pause.as_secs_f64(),
        _ => 0.0,
    };
    let title = format!("{kind}: {}", case.id);
    let text = [
        (
            "@TITLE@",
            escape(title.as_bytes(), b"").replace(['"', '\\'], " "),
        ),
        ("@FRAMING@", quoted(&stream.framing.to_string())),
        ("@WHY@", quoted(&stream.why)),
        ("@SEGMENTS@", segments(case, &replies)),
        ("@CLOSE@", quoted(case.close.word())),
        ("@DUE@", due.join(", ")),
        ("@MUST_CLOSE@", truth(must_close)),
        ("@UNREAD@", truth(case.manner == Manner::Unread)),
        ("@PAUSE@", format!("{pause:?}")),
        ("@GONE@", truth(seen.kind == Some(Kind::Crash))),
        ("@BEFORE@", before),
        ("@BESIDE@", beside),
    ]
    .iter()
    .fold(Vec::from([TEMPLATE.to_owned()]), |parts, (name, value)| {
        fill(parts, name, value)
    });
    Ok(text.concat())
}

/// Puts a value in place of its name. What was filled in stands in parts of its own, of odd numbers, so that no name is looked for in it.
fn fill(parts: Vec<String>, name: &str, value: &str) -> Vec<String> {
    let mut filled = Vec::new();
    for (number, part) in parts.into_iter().enumerate() {
        match part.split_once(name).filter(|_| number % 2 == 0) {
            Some((before, behind)) => {
                filled.extend([before.to_owned(), value.to_owned(), behind.to_owned()]);
            }
            None => filled.push(part),
        }
    }
    filled
}

fn truth(truth: bool) -> String {
    if truth { "True" } else { "False" }.to_owned()
}

/// A text as a Python literal: those of JSON are.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Bytes as a Python expression.
fn bytes(bytes: &[u8]) -> String {
    let piece = |(piece, times): &(&[u8], usize)| match times {
        1 => literal(piece),
        times => format!("{} * {times}", literal(piece)),
    };
    match &pieces(bytes)[..] {
        [] => literal(b""),
        pieces => pieces.iter().map(piece).collect::<Vec<_>>().join(" + "),
    }
}

fn literal(bytes: &[u8]) -> String {
    let byte = |&byte: &u8| match byte {
        b'\n' => "\\n".to_owned(),
        b'\r' => "\\r".to_owned(),
        b'\t' => "\\t".to_owned(),
        b'"' | b'\\' => format!("\\{}", byte as char),
        b' '..=b'~' => (byte as char).to_string(),
        _ => format!("\\x{byte:02x}"),
    };
    format!("b\"{}\"", bytes.iter().map(byte).collect::<String>())
}

/// What must come back for one thing that is due.
struct Reply {
    /// In each form in which it may come; as many for every reply.
    forms: Vec<Vec<u8>>,
    earliest: Point,
    latest: Point,
}

fn replies(stream: &Stream, observer: Observer) -> Vec<Reply> {
    let forms = match observer {
        Observer::Echo => echoes(stream),
        Observer::Report | Observer::Stdout | Observer::Invariance => stream
            .due
            .iter()
            .map(|due| vec![format!("{}\n", due.item).into_bytes()])
            .collect(),
    };
    let each = stream.due.iter().zip(forms);
    each.map(|(due, forms)| Reply {
        forms,
        earliest: due.earliest,
        latest: due.latest,
    })
    .collect()
}

/// Each frame as it was sent, and as the encoder writes it: a target may do either.
fn echoes(stream: &Stream) -> Vec<Vec<Vec<u8>>> {
    let framing = &stream.framing;
    let (mut echoes, mut last) = (Vec::new(), 0);
    let mut each = |event: Event, payload: &Vec<u8>| {
        if let Some(item) = item(framing, event, 0) {
            let end = (event.end() as usize).min(stream.wire.len());
            let sent = stream.wire[last..end].to_vec();
            let encoded = encoded(framing, item, payload).unwrap_or_else(|| sent.clone());
            echoes.push(vec![encoded, sent]);
            last = end;
        }
    };
    let mut payloads = Payloads::<Vec<u8>>::new(framing);
    // An error is the ending that the stream has.
    let _ = payloads.push(&stream.wire, &mut each);
    payloads.finish(&mut each);
    echoes
}

fn encoded(framing: &Framing, item: Item, payload: &[u8]) -> Option<Vec<u8>> {
    let mut wire = Vec::new();
    match item {
        Item::Done => framing.encode_done(&mut wire),
        Item::Frame { .. } => framing.encode(payload, &mut wire).ok()?,
    }
    Some(wire)
}

/// All that must come back, in each form, as Python literals.
fn whole_replies(case: &Case, observer: Observer, replies: &[Reply]) -> Vec<String> {
    let reset = case.close == Close::Reset;
    let owed = replies
        .iter()
        .filter(|reply| !reset || reply.latest != Point::End);
    let forms = replies.first().map_or(1, |reply| reply.forms.len());
    let owed: Vec<_> = owed.collect();
    let form = |number: usize| -> Vec<u8> {
        let bytes = owed.iter().flat_map(|reply| reply.forms[number].clone());
        bytes.collect()
    };
    let mut whole: Vec<Vec<u8>> = (0..forms).map(form).collect();
    whole.dedup();
    if observer.shows_endings() && !reset {
        let items = whole.concat();
        let ends: &[&str] = match case.stream.ending {
            Ending::Clean => &["clean"],
            // After an error only that it is one is compared: correct decoders differ in its name.
            _ => &["truncated", "malformed", "oversize", "error"],
        };
        let ended = |end: &&str| [&items, format!("end {end}\n").as_bytes()].concat();
        whole = ends.iter().map(ended).collect();
        let own = ended(&case.stream.ending.word());
        whole.sort_by_key(|reply| *reply != own);
    }
    whole.iter().map(|reply| bytes(reply)).collect()
}

fn segments(case: &Case, replies: &[Reply]) -> String {
    let mut sent = 0;
    let line = |segment: &[u8]| {
        sent += segment.len();
        let point = Point::Bytes(sent as u64);
        let limit =
            limit(case, replies, point).map_or("None".to_owned(), |limit| limit.to_string());
        format!(
            "    ({}, {}, {limit}),\n",
            bytes(segment),
            must(replies, point)
        )
    };
    case.segments().map(line).collect()
}

/// How many bytes must have come when so much was read.
fn must(replies: &[Reply], point: Point) -> usize {
    let owed = replies.iter().take_while(|reply| reply.latest <= point);
    let shortest = |reply: &Reply| reply.forms.iter().map(Vec::len).min().unwrap_or(0);
    owed.map(shortest).sum()
}

/// How many bytes show that something was said which nobody could know.
fn limit(case: &Case, replies: &[Reply], point: Point) -> Option<usize> {
    if case.stream.framing.pattern_number() == 2 && case.stream.ending == Ending::Clean {
        return Some(1);
    }
    let unknown = replies.iter().position(|reply| reply.earliest > point)?;
    let longest = |reply: &Reply| reply.forms.iter().map(Vec::len).max().unwrap_or(0);
    let limit = replies[..=unknown].iter().map(longest).sum();
    (longest(&replies[unknown]) > 0).then_some(limit)
}

/// Other connections: those before it with their close, and those beside it.
fn companions(manner: &Manner) -> (String, String) {
    let none = "[]".to_owned();
    match manner {
        Manner::After(after) => {
            let one = format!(
                "({}, \"{}\")",
                bytes(&after.stream.wire),
                after.close.word()
            );
            (format!("[{one}] * {}", after.times), none)
        }
        Manner::Beside(others) => {
            let others: Vec<_> = others.iter().map(|other| bytes(&other.wire)).collect();
            (none, format!("[{}]", others.join(", ")))
        }
        _ => (none.clone(), none),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn script(framing: &str, wire: &[u8], cuts: &[usize], observer: Observer) -> String {
        let framing = framing.parse().unwrap();
        let stream = Arc::new(Stream::new("a/b".to_owned(), &framing, wire.to_vec()));
        let case = Case::cut_at(&stream, cuts.to_vec(), Close::Hold, Manner::Plain);
        python(&case, observer, &Seen::default()).unwrap()
    }

    #[test]
    fn what_is_due_at_each_cut_stands_in_the_program() {
        let text = script("lines", b"a\nb\n", &[1, 2], Observer::Echo);
        assert!(
            text.contains("(b\"a\", 0, 2),\n    (b\"\\n\", 2, 4),\n    (b\"b\\n\", 4, None),\n"),
            "{text}"
        );
        assert!(text.contains("DUE = [b\"a\\nb\\n\"]"), "{text}");
    }

    #[test]
    fn any_error_is_one_in_a_report() {
        let text = script("prefixed:u8", b"\x01a\x05", &[], Observer::Report);
        let due = "DUE = [b\"frame 1 e8b7be43\\nend truncated\\n\", b\"frame 1 e8b7be43\\nend malformed\\n\"";
        assert!(text.contains(due), "{text}");
    }

    #[test]
    fn bytes_stay_in_their_literals() {
        let text = script("eof", b"@DUE@\"\\'''\0\xff", &[], Observer::Report);
        assert!(
            text.contains("(b\"@DUE@\\\"\\\\'''\\x00\\xff\", 0, "),
            "{text}"
        );
        assert_eq!(literal(b"\"\"\""), "b\"\\\"\\\"\\\"\"");
        assert_eq!(bytes(&[b'a'; 100]), "b\"a\" * 100");
    }
}
