//! The TOML form of vectors, read: the text of a file to [`Vector`]s, or to the one place in it that is wrong.
//!
//! Every value knows where it stands, so that a refusal by meaning (an unknown word, a cut outside the bytes) names line and
//! column like one by syntax does. Nothing here panics, whatever the text is.

use std::collections::HashSet;
use std::time::Duration;

use toml::de::DeValue;

use super::{Expected, ExpectedEnding, LAST_CLASS, Level, MAX_BYTES, Vector, companion};
use crate::framing::{Framing, Pattern, Unit, unescape};
use crate::suite::gate::duration;
use crate::suite::table::{BadFile, Mistake, Table, Value, expected, parsed};
use crate::suite::{After, Close, Kind, Manner, Observer, Resource, Seen};

/// The longest pause at a cut: longer ones are a slip of the unit.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The most connections before one: each is opened and closed, and a mistyped number would keep the target busy for hours.
const MOST_BEFORE: usize = 100_000;

/// The most connections beside one: each holds a descriptor of ours, of which there are 1024 by default.
const MOST_BESIDE: usize = 500;

/// The vectors in the text of a file; `file` names it in a refusal, and `stem` begins the ids.
///
/// # Errors
/// Anything that `vectors/README.md` does not allow.
pub fn parse(file: &str, stem: &str, text: &str) -> Result<Vec<Vector>, BadFile> {
    read(stem, text).map_err(|mistake| BadFile::new(file, text, mistake))
}

/// What a file says for those of its vectors that do not say it themselves.
struct Defaults<'a> {
    stem: &'a str,
    framing: Option<Framing>,
    source: Option<String>,
}

fn read(stem: &str, text: &str) -> Result<Vec<Vector>, Mistake> {
    let root = parsed(text)?;
    let root = Table::root(text, &root);
    root.only(&["framing", "source", "vector"])?;
    let defaults = Defaults {
        stem,
        framing: root.framing()?,
        source: root.string("source")?.map(|(_, source)| source.to_owned()),
    };
    let vectors = root.array(root.needed("vector")?)?;
    let mut names = HashSet::new();
    let vectors = vectors.iter().map(|value| {
        let table = root.table(value)?;
        let vector = one(&defaults, &table)?;
        match names.insert(vector.name.clone()) {
            true => Ok(vector),
            false => Err((
                table.needed("name")?.span().start,
                format!("the name {} stands twice in this file", vector.name),
            )),
        }
    });
    vectors.collect()
}

/// The keys of a vector.
const KEYS: &[&str] = &[
    "name", "framing", "why", "source", "level", "classes", "bytes", "frames", "ending", "cuts",
    "close", "unread", "pause", "after", "beside", "measure", "observe", "kind", "actual", "flaky",
];

/// Those of them that say how it is conducted: at most one.
const MANNERS: &[&str] = &["unread", "pause", "after", "beside", "measure"];

fn one(defaults: &Defaults, table: &Table) -> Result<Vector, Mistake> {
    table.only(KEYS)?;
    let name = name(table)?;
    let framing = match table.framing()? {
        Some(framing) => framing,
        None => defaults.framing.clone().ok_or_else(|| {
            let reason = "neither this vector nor its file has a framing";
            (table.at, reason.to_owned())
        })?,
    };
    let bytes = table.bytes(table.needed("bytes")?, &mut 0)?;
    let source = table.string("source")?.map(|(_, source)| source.to_owned());
    Ok(Vector {
        id: format!("{}/{name}", defaults.stem),
        why: why(table)?,
        source: source.or_else(|| defaults.source.clone()),
        level: table.choice("level", Level::ALL, Level::word)?,
        classes: classes(table)?,
        frames: frames(table, &framing)?,
        ending: ending(table, bytes.len())?,
        cuts: cuts(table, bytes.len())?,
        close: table.choice("close", Close::ALL, Close::word)?,
        manner: manner(table, &framing)?,
        seen: seen(table)?,
        name,
        framing,
        bytes,
    })
}

fn name(table: &Table) -> Result<String, Mistake> {
    let value = table.needed("name")?;
    let name = table.str(value)?;
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    match !name.is_empty() && name.bytes().all(plain) {
        true => Ok(name.to_owned()),
        false => Err((
            value.span().start,
            "a name is made of lower case letters, digits and _".to_owned(),
        )),
    }
}

fn why(table: &Table) -> Result<String, Mistake> {
    let value = table.needed("why")?;
    let why = table.str(value)?;
    match why.trim().is_empty() {
        true => Err((
            value.span().start,
            "one sentence is needed here: what breaks on these bytes".to_owned(),
        )),
        false => Ok(why.to_owned()),
    }
}

fn classes(table: &Table) -> Result<Vec<u8>, Mistake> {
    let classes = table.items("classes")?.iter().map(|value| {
        let class = table.number(value)?;
        let class = u8::try_from(class).ok();
        let known = class.filter(|class| (1..=LAST_CLASS).contains(class));
        known.ok_or_else(|| {
            let reason = format!("a defect class is a number from 1 to {LAST_CLASS}");
            (value.span().start, reason)
        })
    });
    classes.collect()
}

fn frames(table: &Table, framing: &Framing) -> Result<Vec<Expected>, Mistake> {
    let mut total = 0;
    let frames = table.array(table.needed("frames")?)?;
    let frames = frames.iter().map(|value| match value.get_ref() {
        DeValue::Table(_) => done(&table.table(value)?, framing),
        _ => table.bytes(value, &mut total).map(Expected::Payload),
    });
    frames.collect()
}

fn done(table: &Table, framing: &Framing) -> Result<Expected, Mistake> {
    table.only(&["done"])?;
    let value = table.needed("done")?;
    let by_block = matches!(
        framing.pattern,
        Pattern::Blocks {
            unit: Unit::Block,
            ..
        }
    );
    match value.get_ref() {
        DeValue::Boolean(true) if by_block => Ok(Expected::Done),
        DeValue::Boolean(true) => Err((
            table.at,
            "only blocks with unit=block have an end of a series among the frames".to_owned(),
        )),
        _ => Err((
            value.span().start,
            "done = true is the only form".to_owned(),
        )),
    }
}

fn ending(table: &Table, len: usize) -> Result<ExpectedEnding, Mistake> {
    let Some((at, text)) = table.string("ending")? else {
        return Ok(ExpectedEnding::default());
    };
    let ending = ending_of(text).ok_or_else(|| {
        let reason = "an ending is one of: clean, truncated from N, malformed at N, oversize at N";
        (at, reason.to_owned())
    })?;
    match ending.place() {
        Some(place) if place > len as u64 => Err((
            at,
            format!("offset {place} is behind the end of the {len} bytes"),
        )),
        _ => Ok(ending),
    }
}

fn ending_of(text: &str) -> Option<ExpectedEnding> {
    let place = |words: &str| {
        let digits = text.strip_prefix(words)?;
        let plain = digits.bytes().all(|digit| digit.is_ascii_digit());
        digits.parse().ok().filter(|_| plain)
    };
    if text == "clean" {
        return Some(ExpectedEnding::Clean);
    }
    let truncated = place("truncated from ").map(ExpectedEnding::Truncated);
    let malformed = || place("malformed at ").map(ExpectedEnding::Malformed);
    let oversize = || place("oversize at ").map(ExpectedEnding::Oversize);
    truncated.or_else(malformed).or_else(oversize)
}

fn cuts(table: &Table, len: usize) -> Result<Vec<Vec<usize>>, Mistake> {
    let cuts = table.items("cuts")?.iter().map(|list| {
        let mut last = 0;
        let cuts = table.array(list)?.iter().map(|value| {
            let cut = usize::try_from(table.number(value)?).unwrap_or(usize::MAX);
            let at = value.span().start;
            if cut == 0 || cut >= len {
                let reason = format!("no cut falls between two of the {len} bytes at {cut}");
                return Err((at, reason));
            }
            if cut <= last {
                return Err((at, format!("cuts ascend, and {cut} follows {last}")));
            }
            last = cut;
            Ok(cut)
        });
        cuts.collect()
    });
    cuts.collect()
}

fn manner(table: &Table, framing: &Framing) -> Result<Manner, Mistake> {
    let mut set = MANNERS
        .iter()
        .filter_map(|&key| Some((key, table.find(key)?)));
    let Some((key, value)) = set.next() else {
        return Ok(Manner::Plain);
    };
    if let Some((_, second)) = set.next() {
        let reason = format!("only one is allowed of: {}", MANNERS.join(", "));
        return Err((second.span().start, reason));
    }
    match key {
        "unread" => match value.get_ref() {
            DeValue::Boolean(true) => Ok(Manner::Unread),
            _ => Err((value.span().start, "unread = true is the only form".into())),
        },
        "pause" => pause(value),
        "after" => after(&table.table(value)?, framing),
        "beside" => beside(table, value, framing),
        _ => measure(table.str(value)?, value),
    }
}

fn measure(word: &str, value: &Value) -> Result<Manner, Mistake> {
    let resource = Resource::of_word(word);
    resource.map(Manner::Measure).ok_or_else(|| {
        let reason = "what is measured is one of: memory, time, leftovers-N, idle";
        (value.span().start, reason.to_owned())
    })
}

fn pause(value: &Value) -> Result<Manner, Mistake> {
    let text = value.get_ref().as_str();
    let text = text.ok_or_else(|| expected("a string", value))?;
    let pause = duration(text).filter(|pause| *pause <= LONGEST_PAUSE);
    pause.map(Manner::Pause).ok_or_else(|| {
        let reason = "a pause is a number with its unit, at most a minute: 100ms, 2s";
        (value.span().start, reason.to_owned())
    })
}

fn after(table: &Table, framing: &Framing) -> Result<Manner, Mistake> {
    table.only(&["times", "bytes", "close"])?;
    let value = table.needed("times")?;
    let times = usize::try_from(table.number(value)?).unwrap_or(usize::MAX);
    if !(1..=MOST_BEFORE).contains(&times) {
        let reason = format!("before a connection there may be 1 to {MOST_BEFORE} others");
        return Err((value.span().start, reason));
    }
    let wire = table.bytes(table.needed("bytes")?, &mut 0)?;
    Ok(Manner::After(After {
        times,
        stream: companion(framing, wire),
        close: table.choice("close", Close::ALL, Close::word)?,
    }))
}

fn beside<'a>(
    table: &Table<'a>,
    value: &'a Value<'a>,
    framing: &Framing,
) -> Result<Manner, Mistake> {
    let (mut total, others) = (0, table.array(value)?);
    if !(1..=MOST_BESIDE).contains(&others.len()) {
        let reason = format!("beside a connection there may be 1 to {MOST_BESIDE} others");
        return Err((value.span().start, reason));
    }
    let streams = others.iter().map(|other| {
        let wire = table.bytes(other, &mut total)?;
        Ok(companion(framing, wire))
    });
    Ok(Manner::Beside(streams.collect::<Result<_, _>>()?))
}

/// What says nothing of what is to be done, and only what was seen.
fn seen(table: &Table) -> Result<Seen, Mistake> {
    let lines = table.items("actual")?.iter();
    Ok(Seen {
        observe: table.word("observe", Observer::ALL, Observer::word)?,
        kind: table.word("kind", Kind::ALL, Kind::word)?,
        actual: lines
            .map(|line| table.str(line).map(str::to_owned))
            .collect::<Result<_, _>>()?,
        flaky: match table.string("flaky")? {
            None => None,
            Some((at, text)) => Some(text.parse().map_err(|()| {
                let reason = "how often it failed is written as: '3 of 5'";
                (at, reason.to_owned())
            })?),
        },
    })
}

impl<'a> Table<'a> {
    fn framing(&self) -> Result<Option<Framing>, Mistake> {
        let Some(value) = self.find("framing") else {
            return Ok(None);
        };
        let parsed = self.str(value)?.parse::<Framing>();
        let framing = parsed.map_err(|bad| (self.inside(value, bad.at.start), bad.to_string()))?;
        Ok(Some(framing))
    }

    /// The bytes of a string or of a list of pieces; `total` counts them, with those of the values before.
    fn bytes(&self, value: &'a Value<'a>, total: &mut usize) -> Result<Vec<u8>, Mistake> {
        let DeValue::Array(pieces) = value.get_ref() else {
            return self.piece(value, total);
        };
        let pieces = pieces.iter().map(|value| self.piece(value, total));
        Ok(pieces.collect::<Result<Vec<_>, _>>()?.concat())
    }

    fn piece(&self, value: &'a Value<'a>, total: &mut usize) -> Result<Vec<u8>, Mistake> {
        let (text, times) = match value.get_ref() {
            DeValue::String(_) => (value, 1),
            DeValue::Table(_) => {
                let run = self.table(value)?;
                run.only(&["repeat", "times"])?;
                (run.needed("repeat")?, self.number(run.needed("times")?)?)
            }
            _ => return Err(expected("a string or { repeat = '...', times = N }", value)),
        };
        let unit = unescape(self.str(text)?)
            .map_err(|bad| (self.inside(text, bad.at), bad.to_string()))?;
        let times = usize::try_from(times).unwrap_or(usize::MAX);
        let sum = total.saturating_add(unit.len().saturating_mul(times));
        if sum > MAX_BYTES {
            let limit = MAX_BYTES >> 20;
            let reason = format!("with this it is {sum} bytes; at most {limit} MiB are allowed");
            return Err((value.span().start, reason));
        }
        *total = sum;
        // An empty unit may be repeated without end, and stays empty.
        Ok(if unit.is_empty() {
            unit
        } else {
            unit.repeat(times)
        })
    }

    /// Where a byte of a string stands in the text: exactly in a literal string of one line, which has no escapes of its own.
    fn inside(&self, value: &Value, at: usize) -> usize {
        let start = value.span().start;
        let written = self.text.get(start..).unwrap_or_default();
        match written.starts_with('\'') && !written.starts_with("'''") {
            true => start + 1 + at,
            false => start,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::Times;

    /// A good vector, with a line of a test's own in place of the key that the line sets.
    fn vector_with(line: &str) -> String {
        let good = [
            "name = 'one'",
            "framing = 'fixed:2'",
            "why = 'It breaks.'",
            "classes = [46]",
            "bytes = 'abcd'",
            "frames = ['ab', 'cd']",
        ];
        let key = line.split(' ').next().unwrap_or_default();
        let others = good.iter().filter(|one| one.split(' ').next() != Some(key));
        let others: Vec<_> = others.copied().collect();
        format!("[[vector]]\n{line}\n{}\n", others.join("\n"))
    }

    fn refusal(text: &str) -> String {
        match parse("vectors/x.toml", "x", text) {
            Ok(vectors) => panic!("it was accepted: {vectors:?}"),
            Err(bad) => bad.to_string(),
        }
    }

    /// A line of a vector, the column of the refusal, and how its reason begins.
    const BAD_LINES: &[(&str, usize, &str)] = &[
        ("name = 'One'", 8, "a name is made of lower case"),
        ("name = ''", 8, "a name is made of lower case"),
        ("name = 'a-b'", 8, "a name is made of lower case"),
        (
            "name = 1",
            8,
            "a string is expected here, and this is a TOML integer",
        ),
        ("framing = 'fixed:'", 18, "a size is a number of bytes"),
        (
            "framing = 'eof:1'",
            15,
            "eof takes no parameter\n    eof:1\n       ^^",
        ),
        (r#"framing = "fixed:""#, 11, "a size is a number of bytes"),
        ("why = ' '", 7, "one sentence is needed here"),
        (
            "why = ['a']",
            7,
            "a string is expected here, and this is a TOML array",
        ),
        ("source = 7", 10, "a string is expected here"),
        (
            "level = 'must not'",
            9,
            "level is one of: must, should, may",
        ),
        ("close = 'rst'", 9, "close is one of: fin, reset, hold"),
        (
            "classes = [1, 0]",
            15,
            "a defect class is a number from 1 to 64",
        ),
        ("unread = false", 10, "unread = true is the only form"),
        ("pause = '1'", 9, "a pause is a number with its unit"),
        ("pause = '61s'", 9, "a pause is a number with its unit"),
        ("pause = 1", 9, "a string is expected here"),
        (
            "after = { times = 0, bytes = 'a' }",
            19,
            "before a connection there may be 1 to",
        ),
        ("after = { times = 1 }", 9, "the key bytes is missing"),
        ("beside = []", 10, "beside a connection there may be 1 to"),
        (
            "measure = 'heat'",
            11,
            "what is measured is one of: memory, time",
        ),
        ("observe = 'eye'", 11, "observe is one of: echo"),
        ("kind = 'odd'", 8, "kind is one of: lost"),
        ("flaky = '6 of 5'", 9, "how often it failed"),
        ("actual = ['a', 1]", 16, "a string is expected here"),
        (
            "classes = [65]",
            12,
            "a defect class is a number from 1 to 64",
        ),
        ("classes = [-1]", 12, "a number from 0 on is expected here"),
        (
            "classes = 46",
            11,
            "a list is expected here, and this is a TOML integer",
        ),
        (r"bytes = 'ab\q'", 12, "unknown escape"),
        (r"bytes = ['ab', '\x4']", 17, "unknown escape"),
        (
            r"bytes = ['ab', { repeat = 'a\x', times = 2 }]",
            29,
            "unknown escape",
        ),
        (
            "bytes = [1]",
            10,
            "a string or { repeat = '...', times = N } is expected",
        ),
        (
            "bytes = { repeat = 'a' }",
            9,
            "the key times is missing here",
        ),
        (
            "bytes = [{ times = 3 }]",
            10,
            "the key repeat is missing here",
        ),
        (
            "bytes = [{ repeat = 'a', times = 3, x = 1 }]",
            37,
            "no key \"x\" here",
        ),
        (
            "bytes = [{ repeat = 'a', times = -3 }]",
            34,
            "a number from 0 on",
        ),
        (
            "bytes = ['b', { repeat = 'a', times = 67108864 }]",
            15,
            "with this it is 67108865 bytes; at most 64 MiB are allowed",
        ),
        (
            "bytes = [{ repeat = 'ab', times = 9223372036854775807 }]",
            10,
            "with this it is 18446744073709551614 bytes",
        ),
        (
            "frames = [[{ repeat = 'a', times = 67108864 }], 'b']",
            49,
            "with this it is 67108865 bytes",
        ),
        ("frames = 'ab'", 10, "a list is expected here"),
        (
            "frames = [{ done = true }]",
            11,
            "only blocks with unit=block",
        ),
        (
            "frames = [{ done = false }]",
            20,
            "done = true is the only form",
        ),
        (
            "frames = [{ end = true }]",
            13,
            "no key \"end\" here; there are: done",
        ),
        (
            "ending = 'cut'",
            10,
            "an ending is one of: clean, truncated from N",
        ),
        ("ending = 'truncated'", 10, "an ending is one of"),
        ("ending = 'truncated at 3'", 10, "an ending is one of"),
        ("ending = 'malformed at +3'", 10, "an ending is one of"),
        (
            "ending = 'oversize at 5'",
            10,
            "offset 5 is behind the end of the 4 bytes",
        ),
        (
            "cuts = [[0]]",
            10,
            "no cut falls between two of the 4 bytes at 0",
        ),
        (
            "cuts = [[1], [4]]",
            15,
            "no cut falls between two of the 4 bytes at 4",
        ),
        ("cuts = [[2, 1]]", 13, "cuts ascend, and 1 follows 2"),
        ("cuts = [[2, 2]]", 13, "cuts ascend, and 2 follows 2"),
        ("cuts = [2]", 9, "a list is expected here"),
        (
            "cut = [[2]]",
            1,
            "no key \"cut\" here; there are: name, framing, why",
        ),
        ("level = must", 9, ""),
    ];

    #[test]
    fn every_bad_line_is_refused_at_its_place() {
        parse("x.toml", "x", &vector_with("level = 'may'")).expect("the lines around it are good");
        for (line, column, reason) in BAD_LINES {
            let refusal = refusal(&vector_with(line));
            let place = format!("vectors/x.toml:2:{column}: {reason}");
            assert!(refusal.starts_with(&place), "{line}\n{refusal}\n{place}");
        }
    }

    #[test]
    fn every_missing_key_is_refused_at_its_vector() {
        for key in ["name", "why", "bytes", "frames"] {
            let text = vector_with("level = 'may'").replace(&format!("\n{key} "), "\n#");
            let reason = format!("vectors/x.toml:1:1: the key {key} is missing here");
            assert_eq!(refusal(&text), reason);
        }
        let text = vector_with("level = 'may'").replace("\nframing ", "\n#");
        let reason = "vectors/x.toml:1:1: neither this vector nor its file has a framing";
        assert_eq!(refusal(&text), reason);
    }

    #[test]
    fn a_file_is_refused_as_a_whole() {
        for (text, place) in [
            ("", "1:1: the key vector is missing here"),
            ("vector = 1", "1:10: a list is expected here"),
            ("vector = ['a']", "1:11: a table is expected here"),
            (
                "name = 'a'",
                "1:1: no key \"name\" here; there are: framing, source, vector",
            ),
            ("\n\u{e9}", "2:2: "),
            ("a = '\u{e9}' b", "1:9: "),
            (
                "framing = 'fixed:0'\n[[vector]]",
                "1:18: a message has at least 1 byte",
            ),
            ("a = 1\na = 2", "2:1: duplicate key"),
        ] {
            let refusal = refusal(text);
            let place = format!("vectors/x.toml:{place}");
            assert!(refusal.starts_with(&place), "{text:?}\n{refusal}\n{place}");
        }
    }

    #[test]
    fn a_name_that_stands_twice_is_refused_the_second_time() {
        let text = vector_with("name = 'one'").repeat(2);
        assert_eq!(
            refusal(&text),
            "vectors/x.toml:9:8: the name one stands twice in this file"
        );
    }

    #[test]
    fn a_vector_of_its_own_framing_and_source_keeps_them() {
        let text = r"
            framing = 'fixed:2'
            source = 'the file'
            [[vector]]
            name = 'defaults'
            why = 'All that may be left out is.'
            bytes = ''
            frames = []
            [[vector]]
            name = 'own'
            framing = 'blocks:u8'
            source = 'its own'
            why = 'All that may be said is.'
            level = 'should'
            classes = [1, 64]
            bytes = ['\x04ab', { repeat = '\x27', times = 2 }, '\0\x09']
            frames = [['a', 'b', { repeat = '\x27', times = 2 }], { done = true }]
            ending = 'truncated from 6'
            cuts = [[1, 6], []]
            close = 'reset'
            beside = ['\x01a']
            observe = 'echo'
            kind = 'accepted-truncated'
            actual = ['done']
            flaky = '3 of 5'
        ";
        let vectors = parse("x.toml", "x", text).unwrap_or_else(|bad| panic!("{bad}"));
        let defaults = Vector {
            id: "x/defaults".to_owned(),
            name: "defaults".to_owned(),
            framing: "fixed:2".parse().expect("a framing"),
            why: "All that may be left out is.".to_owned(),
            source: Some("the file".to_owned()),
            level: Level::Must,
            classes: vec![],
            bytes: vec![],
            frames: vec![],
            ending: ExpectedEnding::Clean,
            cuts: vec![],
            close: Close::Fin,
            manner: Manner::Plain,
            seen: Seen::default(),
        };
        let own = Vector {
            id: "x/own".to_owned(),
            name: "own".to_owned(),
            framing: "blocks:u8".parse().expect("a framing"),
            why: "All that may be said is.".to_owned(),
            source: Some("its own".to_owned()),
            level: Level::Should,
            classes: vec![1, 64],
            bytes: b"\x04ab''\0\x09".to_vec(),
            frames: vec![Expected::Payload(b"ab''".to_vec()), Expected::Done],
            ending: ExpectedEnding::Truncated(6),
            cuts: vec![vec![1, 6], vec![]],
            close: Close::Reset,
            manner: Manner::Beside(vec![companion(
                &"blocks:u8".parse().unwrap(),
                b"\x01a".to_vec(),
            )]),
            seen: Seen {
                observe: Some(Observer::Echo),
                kind: Some(Kind::AcceptedTruncated),
                actual: vec!["done".to_owned()],
                flaky: Some(Times { failed: 3, of: 5 }),
            },
        };
        assert_eq!(vectors, [defaults, own]);
    }

    #[test]
    fn an_empty_unit_repeated_for_ever_is_nothing() {
        let text = vector_with("bytes = [{ repeat = '', times = 9223372036854775807 }]");
        let text = text.replace("['ab', 'cd']", "[]");
        let vectors = parse("x.toml", "x", &text).unwrap_or_else(|bad| panic!("{bad}"));
        assert_eq!(vectors[0].bytes, b"");
    }

    #[test]
    fn lists_nested_without_end_are_refused() {
        let text = vector_with(&format!("bytes = {}", "[".repeat(100_000)));
        assert!(refusal(&text).starts_with("vectors/x.toml:2:"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(at in 0_usize..120, tail in "(vector|frames|cuts|[a'=\n\\[\\]{}0-9.\u{e9}]){0,12}") {
            let mut text = vector_with("cuts = [[1]]");
            text.truncate(at);
            let _ = parse("x.toml", "x", &(text + &tail));
        }
    }
}
