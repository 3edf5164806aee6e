//! The JSON report, as `docs/report.schema.json` describes it. Fields are only ever added.

use serde::Serialize;

use super::{Report, Summary};
use crate::suite::{Close, Level, Outcome};

/// The value of `schema`: it names the published description.
const SCHEMA: &str = "urn:framecheck:report:1";

/// Items of what was reported that are listed: one that sends without end reports hundreds of thousands.
const ITEMS: usize = 1000;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    version: &'static str,
    seed: u64,
    target: &'a str,
    framing: &'a str,
    observe: &'a str,
    role: &'static str,
    gate: &'a str,
    seconds: f64,
    notes: &'a [String],
    trouble: Option<&'a str>,
    summary: Summary,
    cases: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    id: &'a str,
    verdict: &'static str,
    level: &'static str,
    kind: Option<&'static str>,
    /// Why the case is there.
    why: &'a str,
    /// Why the verdict is what it is.
    reason: &'a str,
    /// Why it is listed as a known failure.
    known: Option<&'a str>,
    framing: String,
    classes: &'a [u8],
    segments: Vec<usize>,
    close: &'static str,
    gate: Option<&'static str>,
    proven: bool,
    expected: Vec<String>,
    actual: Vec<String>,
    micros: u64,
    replay: String,
}

/// The report as JSON.
#[must_use]
pub fn json(report: &Report) -> String {
    let document = Document {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        seed: report.seed,
        target: &report.target,
        framing: &report.framing,
        observe: &report.observe,
        role: "server",
        gate: &report.gate,
        seconds: report.seconds,
        notes: &report.notes,
        trouble: report.trouble.as_deref(),
        summary: Summary::of(report.outcomes, report.known),
        cases: report
            .outcomes
            .iter()
            .map(|outcome| entry(report, outcome))
            .collect(),
    };
    // Strings, numbers and lists always have a JSON form.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn entry<'a>(report: &'a Report, outcome: &'a Outcome) -> Entry<'a> {
    let (case, stream) = (&outcome.case, &outcome.case.stream);
    let said = outcome
        .observed
        .ending
        .map(|said| format!("end {}", said.word()));
    let items = &outcome.observed.items;
    let more = items.len().saturating_sub(ITEMS);
    let garbage = outcome
        .observed
        .garbage
        .iter()
        .map(|(at, what)| format!("at byte {at}: {what}"));
    Entry {
        id: &case.id,
        verdict: outcome.verdict.status.word(),
        level: Level::word(stream.level),
        kind: outcome.verdict.kind.map(|kind| kind.word()),
        why: &stream.why,
        reason: &outcome.verdict.why,
        known: report.known.reason(&case.id),
        framing: stream.framing.to_string(),
        classes: &stream.classes,
        segments: case.segments().map(<[u8]>::len).collect(),
        close: Close::word(case.close),
        gate: outcome.gate.map(|gate| gate.word()),
        proven: outcome.proven(),
        expected: stream
            .due
            .iter()
            .map(|due| due.item.to_string())
            .chain([format!("end {}", stream.ending.word())])
            .collect(),
        actual: items
            .iter()
            .take(ITEMS)
            .map(|(item, _)| item.to_string())
            .chain((more > 0).then(|| format!("... {more} more")))
            .chain(said)
            .chain(garbage)
            .collect(),
        micros: outcome.micros,
        replay: report.replay(outcome),
    }
}
