//! The self-test as a matrix for people and as JSON: faults by framing and observer, which case saw each first, and what nobody saw.

use std::collections::BTreeMap;

use serde::Serialize;

use super::draw::Paint;
use crate::suite::{Extent, Observer, Server, Tier, Tried};

/// What a self-test was, and what it came to.
#[derive(Clone, Debug)]
pub struct SelftestReport<'a> {
    /// What random segmentations were made from.
    pub seed: u64,
    /// The broadest tier that was tried.
    pub tier: Tier,
    /// Why it ended early.
    pub trouble: Option<String>,
    /// Seconds that it took.
    pub seconds: f64,
    /// Each row that was tried.
    pub tried: &'a [Tried],
}

/// What the rows come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SelftestSummary {
    /// Faults, and those that every row of them shows, in the quick tier and in all that was tried.
    pub faults: usize,
    /// Of them, those seen under each of their framings and observers by quick cases.
    pub faults_seen_by_quick: usize,
    /// And by any case that was tried.
    pub faults_seen: usize,
    /// Faults under a framing and an observer.
    pub rows: usize,
    /// Of them, those seen by quick cases.
    pub rows_seen_by_quick: usize,
    /// And by any case that was tried.
    pub rows_seen: usize,
    /// Correct servers under a framing and an observer.
    pub correct: usize,
    /// Cases that were tried on those.
    pub correct_cases: usize,
    /// Correct servers in which something was seen, or left open.
    pub false_alarms: usize,
}

impl SelftestSummary {
    /// Counts.
    #[must_use]
    pub fn of(tried: &[Tried]) -> Self {
        let mut summary = Self::default();
        for (_, rows) in by_fault(tried) {
            let all = |seen: &dyn Fn(&&Tried) -> bool| usize::from(rows.iter().all(seen));
            let count =
                |seen: &dyn Fn(&&Tried) -> bool| rows.iter().filter(|row| seen(row)).count();
            summary.faults += 1;
            summary.faults_seen_by_quick += all(&|row| row.seen(Tier::Quick));
            summary.faults_seen += all(&|row| row.seen(Tier::Soak));
            summary.rows += rows.len();
            summary.rows_seen_by_quick += count(&|row| row.seen(Tier::Quick));
            summary.rows_seen += count(&|row| row.seen(Tier::Soak));
        }
        for row in correct(tried) {
            summary.correct += 1;
            summary.correct_cases += row.cases;
            summary.false_alarms += usize::from(row.is_false_alarm());
        }
        summary
    }

    /// Whether every fault was seen, and nothing else.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.rows_seen == self.rows && self.false_alarms == 0
    }
}

/// The matrix as text.
#[must_use]
pub fn selftest_text(report: &SelftestReport, paint: Paint) -> String {
    let head = format!(
        "{:<34}{:>6}  {:<34}{:>7}{:>7}  first seen by (the numbers: cases that saw it, `*` where no quick one did)",
        "fault", "class", "framing", "echo", "report"
    );
    let mut text = paint.dim(&head) + "\n";
    for (name, rows) in by_fault(report.tried) {
        text += &fault_lines(name, &rows, paint);
    }
    for row in correct(report.tried).filter(|row| row.is_false_alarm()) {
        text += &false_alarm(row, paint);
    }
    text + "\n" + &last_lines(report, paint)
}

/// A line for each framing of a fault.
fn fault_lines(name: &str, rows: &[&Tried], paint: Paint) -> String {
    let mut framings: Vec<String> = Vec::new();
    for row in rows {
        let framing = row.row.framing.to_string();
        if !framings.contains(&framing) {
            framings.push(framing);
        }
    }
    let mut text = String::new();
    for (number, framing) in framings.iter().enumerate() {
        let of = |observer| {
            rows.iter()
                .find(|row| row.row.observer == observer && row.row.framing.to_string() == *framing)
        };
        let both = [of(Observer::Echo), of(Observer::Report)];
        let first = both.iter().flatten().find_map(|row| row.saw.first());
        let first = first.map_or(String::new(), |saw| format!("{}  {}", saw.kind, saw.id));
        let (name, class) = match number {
            0 => (name, classes(rows[0])),
            _ => ("", String::new()),
        };
        text += &format!("{name:<34}{class:>6}  {framing:<34}");
        text += &both.map(|row| cell(row.copied(), paint)).concat();
        text += &format!("  {first}\n");
    }
    text
}

fn classes(row: &Tried) -> String {
    match row.row.server {
        Server::Faulty(fault) => {
            let classes: Vec<_> = fault.classes.iter().map(u8::to_string).collect();
            classes.join(" ")
        }
        Server::Reference | Server::Twin => String::new(),
    }
}

/// How many cases saw it; a star where no quick one did.
fn cell(row: Option<&Tried>, paint: Paint) -> String {
    match row {
        None => format!("{:>7}", "-"),
        Some(row) if row.saw.is_empty() => paint.red(&format!("{:>7}", "NONE")),
        Some(row) => {
            let star = if row.seen(Tier::Quick) { "" } else { "*" };
            format!("{:>7}", format!("{star}{}", row.saw.len()))
        }
    }
}

fn false_alarm(row: &Tried, paint: Paint) -> String {
    let mut text = format!(
        "{} in a correct server ({}), {} with {}:\n",
        paint.red("FALSE ALARM"),
        server(row),
        row.row.framing,
        row.row.observer
    );
    for saw in row.saw.iter().take(5) {
        text += &format!("  {} {}: {}\n", saw.kind, saw.id, saw.why);
    }
    for (id, why) in row.inconclusive.iter().take(5) {
        text += &format!("  inconclusive {id}: {why}\n");
    }
    text
}

fn last_lines(report: &SelftestReport, paint: Paint) -> String {
    let summary = SelftestSummary::of(report.tried);
    let share = |part: usize, whole: usize| {
        format!(
            "{part} of {whole} ({:.1} %)",
            100.0 * part as f64 / whole.max(1) as f64
        )
    };
    let mut text = format!(
        "faults seen under every framing and observer of theirs: quick {}, {} {}\n",
        share(summary.faults_seen_by_quick, summary.faults),
        report.tier.word(),
        share(summary.faults_seen, summary.faults),
    );
    text += &format!(
        "the same row by row: quick {}, {} {}\n",
        share(summary.rows_seen_by_quick, summary.rows),
        report.tier.word(),
        share(summary.rows_seen, summary.rows),
    );
    text += &shrunk_line(report.tried);
    text += &format!(
        "false alarms: {} in {} cases on {} correct servers\n",
        summary.false_alarms, summary.correct_cases, summary.correct
    );
    let word = match (&report.trouble, summary.is_clean()) {
        (Some(trouble), _) => paint.yellow(&format!("ended early: {trouble}")),
        (None, true) => paint.green("every fault was seen, and nothing else"),
        (None, false) => paint.red("NOT ALL IS AS IT MUST BE"),
    };
    format!(
        "{text}{:.1} s, tier {}, seed {}\n{word}\n",
        report.seconds,
        report.tier.word(),
        report.seed
    )
}

/// How small the first case that saw each fault became.
fn shrunk_line(tried: &[Tried]) -> String {
    let shrunk: Vec<_> = tried.iter().filter_map(|row| row.shrunk.as_ref()).collect();
    let small = shrunk.iter().filter(|extent| extent.is_small()).count();
    let least = |extent: &&&Extent| !extent.is_small() && extent.note.is_none();
    let needed = shrunk.iter().filter(least).count();
    match shrunk.len() {
        0 => String::new(),
        all => format!(
            "shrunk to at most 2 frames and 1 cut: {small} of {all} rows; of the others, {needed} fail no more with any single step\n"
        ),
    }
}

fn by_fault(tried: &[Tried]) -> Vec<(&'static str, Vec<&Tried>)> {
    let mut faults: Vec<(&'static str, Vec<&Tried>)> = Vec::new();
    for row in tried {
        let Server::Faulty(fault) = row.row.server else {
            continue;
        };
        match faults.iter_mut().find(|(name, _)| *name == fault.name) {
            Some((_, rows)) => rows.push(row),
            None => faults.push((fault.name, vec![row])),
        }
    }
    faults
}

fn correct(tried: &[Tried]) -> impl Iterator<Item = &Tried> {
    let is_faulty = |row: &&Tried| matches!(row.row.server, Server::Faulty(_));
    tried.iter().filter(move |row| !is_faulty(row))
}

fn server(row: &Tried) -> &'static str {
    match row.row.server {
        Server::Reference => "reference",
        Server::Twin => "the faulty servers' program without a fault",
        Server::Faulty(fault) => fault.name,
    }
}

/// The value of `schema`.
const SCHEMA: &str = "urn:framecheck:selftest:1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    version: &'static str,
    seed: u64,
    tier: &'static str,
    seconds: f64,
    trouble: Option<&'a str>,
    summary: SelftestSummary,
    rows: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    /// `reference`, `twin` or `faulty`.
    server: &'static str,
    fault: Option<&'static str>,
    classes: &'a [u8],
    framing: String,
    observe: &'static str,
    cases: usize,
    seconds: f64,
    seen_by_quick: bool,
    /// How many cases failed in which way.
    kinds: BTreeMap<&'static str, usize>,
    /// The case that saw it first.
    first: Option<&'a str>,
    /// Every case that saw it.
    saw: Vec<&'a str>,
    inconclusive: Vec<&'a str>,
    shrunk: Option<Size>,
}

#[derive(Serialize)]
struct Size {
    bytes: usize,
    frames: usize,
    cuts: usize,
    note: Option<String>,
    vector: String,
}

/// The self-test as JSON.
#[must_use]
pub fn selftest_json(report: &SelftestReport) -> String {
    let document = Document {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        seed: report.seed,
        tier: report.tier.word(),
        seconds: report.seconds,
        trouble: report.trouble.as_deref(),
        summary: SelftestSummary::of(report.tried),
        rows: report.tried.iter().map(entry).collect(),
    };
    // Strings, numbers and lists always have a JSON form.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn entry(tried: &Tried) -> Entry<'_> {
    let mut kinds = BTreeMap::new();
    for saw in &tried.saw {
        *kinds.entry(saw.kind.word()).or_default() += 1;
    }
    let (server, fault, classes): (_, _, &[u8]) = match tried.row.server {
        Server::Reference => ("reference", None, &[]),
        Server::Twin => ("twin", None, &[]),
        Server::Faulty(fault) => ("faulty", Some(fault.name), fault.classes),
    };
    Entry {
        server,
        fault,
        classes,
        framing: tried.row.framing.to_string(),
        observe: tried.row.observer.word(),
        cases: tried.cases,
        seconds: tried.seconds,
        seen_by_quick: tried.seen(Tier::Quick),
        kinds,
        first: tried.saw.first().map(|saw| &*saw.id),
        saw: tried.saw.iter().map(|saw| &*saw.id).collect(),
        inconclusive: tried.inconclusive.iter().map(|(id, _)| &**id).collect(),
        shrunk: tried.shrunk.as_ref().map(|shrunk| Size {
            bytes: shrunk.bytes,
            frames: shrunk.frames,
            cuts: shrunk.cuts,
            note: shrunk.note.clone(),
            vector: shrunk.vector.clone(),
        }),
    }
}
