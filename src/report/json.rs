//! The JSON report, as `docs/report.schema.json` describes it. Fields are only ever added.

use serde::Serialize;

use super::{Found, Report, Summary};
use crate::suite::{Close, Level, Outcome, Times};

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
    findings: Vec<FoundEntry<'a>>,
}

/// What a failure became when it was shrunk.
#[derive(Serialize)]
struct FoundEntry<'a> {
    name: String,
    kind: Option<&'static str>,
    from: &'a str,
    framing: String,
    segments: Vec<usize>,
    close: &'static str,
    tries: usize,
    /// Of `of` runs of the smallest case so many failed.
    failed: usize,
    of: usize,
    note: Option<&'a str>,
    file: Option<&'a str>,
    /// The vector, as a file has it.
    vector: String,
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
    /// It passed as well when it was run again.
    flake: Option<Flake>,
    /// How often it was judged.
    tries: usize,
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

/// How many of some runs failed.
#[derive(Serialize)]
struct Flake {
    failed: usize,
    of: usize,
}

impl From<Times> for Flake {
    fn from(times: Times) -> Self {
        let Times { failed, of } = times;
        Self { failed, of }
    }
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
        findings: report.findings.iter().map(found_entry).collect(),
    };
    // Strings, numbers and lists always have a JSON form.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn found_entry(found: &Found) -> FoundEntry<'_> {
    let finding = &found.finding;
    let case = &finding.least.case;
    FoundEntry {
        name: finding.stem(),
        kind: finding.least.verdict.kind.map(|kind| kind.word()),
        from: &finding.from,
        framing: case.stream.framing.to_string(),
        segments: case.segments().map(<[u8]>::len).collect(),
        close: Close::word(case.close),
        tries: finding.tries,
        failed: finding.times.failed,
        of: finding.times.of,
        note: finding.note.as_deref(),
        file: found.file(),
        vector: finding.vector().to_toml(),
    }
}

fn entry<'a>(report: &'a Report, outcome: &'a Outcome) -> Entry<'a> {
    let (case, stream) = (&outcome.case, &outcome.case.stream);
    Entry {
        id: &case.id,
        verdict: outcome.verdict.status.word(),
        level: Level::word(stream.level),
        kind: outcome.verdict.kind.map(|kind| kind.word()),
        why: &stream.why,
        reason: &outcome.verdict.why,
        known: report.known.reason(&case.id),
        flake: outcome.flake().map(Flake::from),
        tries: outcome.retried.map_or(1, |times| times.of),
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
        actual: outcome.observed.lines(ITEMS),
        micros: outcome.micros,
        replay: report.replay(outcome),
    }
}
