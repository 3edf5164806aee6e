//! A benchmark as Markdown, for a pull request: a table for each framing and size, then what failed and what was noticed.
//!
//! What targets and files say stands in code only. Invariant: the text stays far below what GitHub takes of a step.

use super::document::{BenchCell, BenchDocument, Percentile};
use super::key::CellKey;
use super::number;
use crate::report::markdown::{cell as code_cell, code, html};

/// Rows of all tables together.
const ROWS: usize = 200;

/// Characters of a note or an error.
const NOTE: usize = 480;

/// Notes and errors that are shown.
const NOTES: usize = 50;

/// The benchmark as Markdown.
#[must_use]
pub(in crate::report) fn markdown(document: &BenchDocument) -> String {
    let mut text = format!("## framecheck bench: {}\n\n", headline(document));
    let head = &document.head;
    let baseline = code(&head.baseline, NOTE);
    text += &format!(
        "framecheck {}, {} rounds in turns, seed {}, ratios to {baseline}\n",
        html(&head.version),
        head.rounds,
        head.seed
    );
    let mut cells = &document.cells[..];
    let mut left = ROWS;
    while let (Some(first), 1..) = (cells.first(), left) {
        let title = CellKey::of(first).title();
        let same = cells
            .iter()
            .take_while(|cell| CellKey::of(cell).title() == title);
        let (table, rest) = cells.split_at(same.count());
        let ceilings = document
            .ceilings
            .iter()
            .filter(|cell| CellKey::of(cell).title() == title);
        text += &format!("\n{}\n\n{HEAD}", code(&title, NOTE));
        text += &table
            .iter()
            .chain(ceilings)
            .take(left)
            .map(row)
            .collect::<String>();
        left = left.saturating_sub(table.len());
        cells = rest;
    }
    if !cells.is_empty() {
        text += &format!("\nand {} more, which the JSON report has\n", cells.len());
    }
    text + &remarks(document)
}

const HEAD: &str = "| target | frames/s | bytes/s | ± % | ratio | p50 | p99 | p99.9 | CPU/frame | |\n\
    |---|--:|--:|--:|--:|--:|--:|--:|--:|---|\n";

/// What it came to, in a line.
pub(super) fn headline(document: &BenchDocument) -> String {
    let (all, cells) = (document.cells.len(), document.cells.iter());
    let verified = number::grouped(cells.clone().map(|cell| cell.verified).sum());
    let failed = cells.filter(|cell| cell.error.is_some()).count();
    match (&document.trouble, failed) {
        (Some(_), _) => format!("ended early; {verified} frames verified"),
        (None, 0) => format!("measured; {verified} frames verified"),
        (None, _) => format!("{failed} of {all} failed; {verified} frames verified"),
    }
}

fn row(cell: &BenchCell) -> String {
    let name = match cell.target == "ceiling" {
        true => "*ceiling*".to_owned(),
        false => code_cell(&number::name(&cell.target)),
    };
    let Some(bytes) = cell.bytes_per_s else {
        return format!("| {name} | | | | | | | | | **{}** |\n", no_figure(cell));
    };
    let frames = cell.frames_per_s.map_or(String::new(), number::count);
    let spread = cell
        .half_spread()
        .map_or(String::new(), |percent| format!("{percent:.1}"));
    let ratio = cell.ratio.as_ref().map_or(String::new(), |ratio| {
        let [value, low, high] = [ratio.value, ratio.low, ratio.high].map(number::ratio);
        format!("{value} [{low}, {high}]")
    });
    let [p50, p99, p99_9] = [50.0, 99.0, 99.9].map(|percent| latency(cell, percent));
    let cpu = cell.cpu.and_then(|cpu| cpu.target_per_frame);
    let cpu = cpu.map_or(String::new(), number::time);
    let limit = cell.limit.as_ref().map_or("", |_| "at the tool's limit");
    let bytes = number::bytes(bytes);
    format!(
        "| {name} | {frames} | {bytes}/s | {spread} | {ratio} | {p50} | {p99} | {p99_9} | {cpu} | {limit} |\n"
    )
}

fn no_figure(cell: &BenchCell) -> String {
    match &cell.error {
        Some(error) => format!("no figure: {}", html(&error.kind)),
        None => "no figure".to_owned(),
    }
}

/// As frames were meant to be sent, where that is known.
fn latency(cell: &BenchCell, percent: f64) -> String {
    let latency = cell.latency.as_ref();
    let all = latency.map(|latency| latency.corrected.as_ref().unwrap_or(&latency.uncorrected));
    let mut all = all.into_iter().flatten();
    let found = all.find(|one: &&Percentile| one.percent == percent);
    found.map_or(String::new(), |one| number::time(one.seconds))
}

fn remarks(document: &BenchDocument) -> String {
    let mut lines = Vec::new();
    let head = document.head.notes.iter().chain(&document.trouble);
    lines.extend(head.map(|note| format!("* note: {}\n", code(note, NOTE))));
    for cell in document.cells.iter().chain(&document.ceilings) {
        let place = format!("{}, {}, {} B", cell.target, cell.framing, cell.payload);
        let place = code(&place, NOTE);
        if let Some(error) = &cell.error {
            let why = format!("{}: {}", error.kind, error.why);
            lines.push(format!("* {place} failed: {}\n", code(&why, NOTE)));
        }
        let notes = cell.notes.iter();
        lines.extend(notes.map(|note| format!("* {place}: {}\n", code(note, NOTE))));
    }
    let more = match lines.len().saturating_sub(NOTES) {
        0 => String::new(),
        more => format!("* and {more} more\n"),
    };
    lines.truncate(NOTES);
    match lines.is_empty() {
        true => String::new(),
        false => format!("\n{}{more}", lines.concat()),
    }
}
