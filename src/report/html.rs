//! The report as one page of HTML: opens from disk, asks no network for anything, and draws what failed.
//!
//! The page is fixed text with the report in it as JSON, which the script turns into nodes. That JSON is made small here: cases of
//! several targets share a row, texts are told once, and only what is no plain pass is told whole. Invariant: what targets sent reaches
//! the page in that JSON alone, without a `<`, so that none of it can be markup.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use serde_json::{Value, json};

use super::{CaseEntry, Document, Drawn, FindingEntry};

const PAGE: &str = include_str!("page.html");
const STYLE: &str = concat!(include_str!("theme.css"), include_str!("page.css"));
const SCRIPT: &str = include_str!("page.js");

/// What the page's own style and script hash to: nothing else may style or run. `the_policy_names_style_and_script` says the values.
const STYLE_HASH: &str = "sha256-vr1oLT+0386GaC2dt/hksul0spaSMeRu20ouorTrPxg=";
const SCRIPT_HASH: &str = "sha256-ms8JYazGUmBTU7/W8YzbA+kZv5/uIwxFhDN64LN63D0=";

/// Sentences on the classes of defects, by their number.
const CLASSES: &str = include_str!("../../docs/defects.md");

/// Items before the first difference that are kept, so that one sees where in the stream it is.
const ALIKE: usize = 3;

/// Items from there on.
const ITEMS: usize = 40;

/// Bytes of JSON that drawings of cases may take: beyond it a browser takes seconds to read the page. Findings are always drawn.
const DRAWINGS: usize = 8 << 20;

/// The report as a page.
#[must_use]
pub fn html(document: &Document) -> String {
    // A `<` in JSON can only be in a string, where this is another way to write it.
    let data = data(document).to_string().replace('<', "\\u003c");
    let filled = PAGE
        .replace("{style-hash}", STYLE_HASH)
        .replace("{script-hash}", SCRIPT_HASH)
        .replace("{style}", STYLE);
    // What comes last is not searched for the other names.
    let (front, back) = filled.split_once("{data}").unwrap_or((&filled, ""));
    front.to_owned() + &data + &back.replace("{script}", SCRIPT)
}

fn data(document: &Document) -> Value {
    let mut texts = Texts::default();
    let table = Table::of(document, &mut texts);
    let named = |used: &u8| class_sentence(*used).map(|sentence| (used.to_string(), sentence));
    let classes: BTreeMap<_, _> = table.used.iter().filter_map(named).collect();
    json!({
        "version": document.version,
        // It may be larger than the numbers of a browser.
        "seed": document.seed.to_string(),
        "seconds": document.seconds,
        "notes": document.notes,
        "trouble": document.trouble,
        "summary": document.summary,
        "targets": document.targets,
        "rows": table.rows,
        "columns": table.columns,
        "details": table.details,
        "classes": classes,
        "findings": document.findings.iter().map(finding).collect::<Vec<_>>(),
        "differences": document.differences.iter().map(|difference| json!({
            "framing": difference.framing,
            "groups": difference.groups,
            "cases": difference.cases,
            "example": difference.example,
            "drawn": drawing(&difference.drawn),
        })).collect::<Vec<_>>(),
        "texts": texts.all,
    })
}

/// Texts, each told once; elsewhere its number stands for it.
#[derive(Default)]
struct Texts<'a> {
    all: Vec<&'a str>,
    numbers: HashMap<&'a str, usize>,
}

impl<'a> Texts<'a> {
    fn number(&mut self, text: &'a str) -> usize {
        *self.numbers.entry(text).or_insert_with(|| {
            self.all.push(text);
            self.all.len() - 1
        })
    }

    fn numbers(&mut self, texts: impl Iterator<Item = &'a String>) -> Vec<usize> {
        texts.map(|text| self.number(text)).collect()
    }
}

/// Cases by targets.
#[derive(Default)]
struct Table<'a> {
    rows: Vec<Value>,
    columns: Vec<Column>,
    details: Vec<Value>,
    used: std::collections::BTreeSet<u8>,
    by_case: HashMap<(&'a str, &'a str), usize>,
    drawn: usize,
}

/// What one target made of each row: a letter for the verdict and one for the gate, a dot for none.
#[derive(Clone, Default, Serialize)]
struct Column {
    verdicts: String,
    gates: String,
    micros: Vec<u64>,
}

impl<'a> Table<'a> {
    fn of(document: &'a Document, texts: &mut Texts<'a>) -> Self {
        let mut table = Self::default();
        let by_target = document.by_target();
        let each = document.targets.iter().enumerate();
        for (column, target) in each {
            table.columns.push(Column::default());
            for case in by_target.get(&*target.name).into_iter().flatten() {
                table.add(column, case, &target.name, texts);
            }
        }
        table
    }

    fn add(&mut self, column: usize, case: &'a CaseEntry, target: &str, texts: &mut Texts<'a>) {
        let next = self.rows.len();
        let row = *self
            .by_case
            .entry((&case.framing, &case.id))
            .or_insert(next);
        if row == next {
            self.used.extend(&case.classes);
            self.rows.push(row_of(case, texts));
        }
        self.columns[column].set(row, case);
        if case.verdict != "pass" || case.kind.is_some() || case.known.is_some() {
            let drawn = case.drawn.as_ref().map(drawing);
            let drawn = drawn.filter(|drawn| self.affordable(drawn));
            let detail = detail(row, column, case, texts, drawn.as_ref());
            self.details.push(detail);
        }
        debug_assert_eq!(case.target, target);
    }

    fn affordable(&mut self, drawn: &Value) -> bool {
        self.drawn += drawn.to_string().len();
        self.drawn <= DRAWINGS
    }
}

impl Column {
    /// Rows that the target has no case for get dots.
    fn set(&mut self, row: usize, case: &CaseEntry) {
        let verdict = match (&*case.verdict, &case.known) {
            ("fail", Some(_)) => 'k',
            (word, _) => word.chars().next().unwrap_or('.'),
        };
        let gate = case.gate.as_ref().and_then(|gate| gate.chars().next());
        if self.verdicts.len() <= row {
            let missing = row - self.verdicts.len();
            self.verdicts.extend(std::iter::repeat_n('.', missing));
            self.gates.extend(std::iter::repeat_n('.', missing));
            self.micros.resize(row, 0);
            self.verdicts.push(verdict);
            self.gates.push(gate.unwrap_or('.'));
            self.micros.push(case.micros);
        } else {
            // A later target may have cases that an earlier row is of, in another order: one letter is one byte.
            self.verdicts
                .replace_range(row..=row, verdict.encode_utf8(&mut [0; 4]));
            let gate = gate.unwrap_or('.');
            self.gates
                .replace_range(row..=row, gate.encode_utf8(&mut [0; 4]));
            self.micros[row] = case.micros;
        }
    }
}

/// What all targets have in common: framing, stream, cuts and close, why, level, classes, close, segments.
fn row_of<'a>(case: &'a CaseEntry, texts: &mut Texts<'a>) -> Value {
    let (stream, rest) = case.id.split_once(':').unwrap_or((&case.id, ""));
    json!([
        texts.number(&case.framing),
        texts.number(stream),
        texts.number(rest),
        texts.number(&case.why),
        texts.number(&case.level),
        case.classes,
        texts.number(&case.close),
        case.segments.len(),
        case.segments.iter().take(12).collect::<Vec<_>>(),
    ])
}

fn detail<'a>(
    row: usize,
    column: usize,
    case: &'a CaseEntry,
    texts: &mut Texts<'a>,
    drawn: Option<&Value>,
) -> Value {
    let mut text = |text: &'a Option<String>| text.as_ref().map(|text| texts.number(text));
    let (kind, known) = (text(&case.kind), text(&case.known));
    let reason = texts.number(&case.reason);
    if case.verdict == "skip" {
        return json!({ "row": row, "column": column, "reason": reason });
    }
    let alike = case.expected.iter().zip(&case.actual);
    let alike = alike.take_while(|(due, came)| due == came).count();
    let from = alike.saturating_sub(ALIKE);
    let mut items = |items: &'a [String]| texts.numbers(items.iter().skip(from).take(ITEMS));
    // The command of each case is that of its target with its id at the end.
    let (command, own) = match case.replay.strip_suffix(&case.id) {
        Some(command) => (command, true),
        None => (&*case.replay, false),
    };
    let (expected, actual) = (items(&case.expected), items(&case.actual));
    json!({
        "row": row,
        "column": column,
        "kind": kind,
        "reason": reason,
        "known": known,
        "from": from,
        "expected": expected,
        "actual": actual,
        "beyond": [beyond(&case.expected, from), beyond(&case.actual, from)],
        "replay": texts.number(command),
        "own": own,
        "drawn": drawn,
    })
}

/// Items that are left out at the end.
fn beyond(items: &[String], from: usize) -> usize {
    items.len().saturating_sub(from + ITEMS)
}

fn finding(finding: &FindingEntry) -> Value {
    let mut value = serde_json::to_value(finding).unwrap_or_default();
    value["drawn"] = json!(finding.drawn.as_ref().map(drawing));
    value
}

/// Bytes for the page: lists in place of objects, and of parts only those that are seen.
fn drawing(drawn: &Drawn) -> Value {
    let pieces = |pieces: &[super::Piece]| -> Vec<Value> {
        let each = pieces.iter();
        each.map(|piece| json!([piece.at, piece.hex])).collect()
    };
    let seen = |part: &&super::Part| {
        let mut pieces = drawn.sent.iter();
        pieces.any(|piece| part.start < piece.at + piece.hex.len() / 2 && piece.at < part.end)
    };
    let parts = drawn.parts.iter().filter(seen);
    let marks = drawn.marks.iter();
    json!({
        "length": drawn.sent_len,
        "sent": pieces(&drawn.sent),
        "parts": parts.map(|part| json!([part.kind, part.start, part.end, part.frame])).collect::<Vec<_>>(),
        "cuts": drawn.cuts,
        "error": drawn.error_at,
        "came": drawn.received_len,
        "received": pieces(&drawn.received),
        "marks": marks.map(|mark| json!([mark.received, mark.sent])).collect::<Vec<_>>(),
        "end": drawn.end,
        "manner": drawn.manner,
    })
}

/// What the page on defects says of a class.
fn class_sentence(class: u8) -> Option<&'static str> {
    let start = format!("| {class} | ");
    let row = CLASSES.lines().find_map(|line| line.strip_prefix(&start))?;
    row.split(" | ").next()
}

#[cfg(test)]
pub(super) mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn the_policy_names_style_and_script() {
        assert_eq!(
            STYLE_HASH,
            hash(STYLE),
            "the hash of theme.css and page.css"
        );
        assert_eq!(SCRIPT_HASH, hash(SCRIPT), "the hash of page.js");
    }

    #[test]
    fn no_text_of_a_target_ends_the_data() {
        let hostile = "</script><img src=x onerror=alert(1)><!--<script>{script}{data}";
        let mut document = document();
        document.notes = vec![hostile.to_owned()];
        document.cases[0].reason = hostile.to_owned();
        let page = html(&document);
        assert_eq!(page.matches("<img").count(), 0);
        assert_eq!(
            page.matches("</script>").count(),
            2,
            "the data's and the script's"
        );
        let data = data_of(&page);
        assert_eq!(data["notes"][0], hostile);
        let reason = data["details"][0]["reason"].as_u64().expect("a number");
        assert_eq!(data["texts"][reason as usize], hostile);
    }

    #[test]
    fn a_case_of_two_targets_is_one_row() {
        let mut document = document();
        let mut other = document.targets[0].clone();
        "other".clone_into(&mut other.name);
        document.targets.push(other);
        let mut case = document.cases[0].clone();
        "other".clone_into(&mut case.target);
        "pass".clone_into(&mut case.verdict);
        case.kind = None;
        document.cases.push(case);
        let data = data(&document);
        assert_eq!(data["rows"].as_array().expect("rows").len(), 1);
        assert_eq!(data["columns"][0]["verdicts"], "f");
        assert_eq!(data["columns"][1]["verdicts"], "p");
        assert_eq!(data["details"].as_array().expect("details").len(), 1);
    }

    #[test]
    fn of_long_lists_what_lies_around_the_first_difference_is_kept() {
        let mut document = document();
        let items = |last: &str| {
            let alike = (0..100).map(|at| format!("frame {at}"));
            alike.chain([last.to_owned()]).collect::<Vec<_>>()
        };
        document.cases[0].expected = items("end clean");
        document.cases[0].actual = items("end truncated");
        let data = data(&document);
        let detail = &data["details"][0];
        assert_eq!(detail["from"], 97);
        assert_eq!(detail["expected"].as_array().expect("items").len(), 4);
        assert_eq!(detail["beyond"], json!([0, 0]));
    }

    #[test]
    fn a_class_has_its_sentence() {
        let sentence = class_sentence(34).expect("a row of docs/defects.md");
        assert_eq!(
            sentence,
            "A delimiter of several bytes is searched in each read by itself."
        );
        assert_eq!(class_sentence(255), None);
    }

    /// One target that failed one case.
    fn document() -> Document {
        let summary = json!({ "total": 1, "pass": 0, "fail": 1, "known": 0, "skip": 0, "inconclusive": 0, "proven": 1 });
        let value = json!({
            "schema": super::super::SCHEMA, "version": "0.1.0", "seed": u64::MAX, "target": "one", "framing": "crlf",
            "observe": "echo", "role": "server", "gate": "auto", "seconds": 1.5, "notes": [], "trouble": null,
            "summary": summary, "findings": [],
            "cases": [{
                "id": "crlf/a:cut@1:fin", "verdict": "fail", "level": "must", "kind": "lost", "why": "Because.",
                "reason": "it never came", "known": null, "framing": "crlf", "classes": [34], "segments": [1, 1],
                "close": "fin", "gate": "parser", "proven": true, "expected": ["frame 0 00000000", "end clean"],
                "actual": ["end clean"], "micros": 7, "replay": "framecheck run --filter crlf/a:cut@1:fin"
            }]
        });
        Document::parse(&value.to_string()).expect("a report")
    }

    fn data_of(page: &str) -> Value {
        let (_, back) = page.split_once("id=\"data\">").expect("the data");
        let (data, _) = back.split_once("</script>").expect("its end");
        serde_json::from_str(data).expect("JSON")
    }

    /// As a policy writes it: SHA-256 in base64.
    pub(in crate::report) fn hash(text: &str) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let letters = Sha256::digest(text)
            .chunks(3)
            .map(|chunk| {
                let bits = (0..3).fold(0, |bits, at| {
                    bits << 8 | u32::from(*chunk.get(at).unwrap_or(&0))
                });
                let letter = |at: usize| char::from(LETTERS[(bits >> (18 - 6 * at)) as usize & 63]);
                let letters: String = (0..=chunk.len()).map(letter).collect();
                format!("{letters:=<4}")
            })
            .collect::<String>();
        format!("sha256-{letters}")
    }
}
