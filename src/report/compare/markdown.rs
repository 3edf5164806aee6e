//! A comparison as Markdown, for a pull request: what lost or failed first, the rest folded away.
//!
//! What files say stands in code only. Invariant: the text stays far below what GitHub takes of a step.

use super::document::{CompareDocument, Compared};
use super::text::{change, figure, headline};
use crate::report::CellKey;
use crate::report::markdown::{cell, code, html};

/// Rows of a table.
const ROWS: usize = 100;

/// Characters of a note or an error.
const NOTE: usize = 480;

/// The comparison as Markdown.
pub(in crate::report) fn markdown(document: &CompareDocument) -> String {
    let mut text = format!("## framecheck compare: {}\n\n", html(&headline(document)));
    text += &format!(
        "{} to {}\n\n",
        code(&document.old.name, NOTE),
        code(&document.new.name, NOTE)
    );
    for note in &document.notes {
        text += &format!("* note: {}\n", code(note, NOTE));
    }
    let is_bad = |one: &&Compared| matches!(&*one.outcome, "lost" | "failed");
    let (bad, rest): (Vec<_>, Vec<_>) = document.cells.iter().partition(is_bad);
    for one in bad.iter().take(ROWS) {
        text += &error(one);
    }
    text += &table(&bad);
    if !rest.is_empty() {
        let (open, close) = match bad.is_empty() {
            true => ("", ""),
            false => (
                "\n<details><summary>all others</summary>\n",
                "\n</details>\n",
            ),
        };
        text += &format!("{open}{}{close}", table(&rest));
    }
    text + &only("old", &document.only_old) + &only("new", &document.only_new)
}

fn table(cells: &[&Compared]) -> String {
    if cells.is_empty() {
        return String::new();
    }
    let mut text = "\n| target | framing | what | old | new | ratio | of the ceiling | |\n\
        |---|---|---|--:|--:|--:|--:|---|\n"
        .to_owned();
    for one in cells.iter().take(ROWS) {
        text += &row(one);
    }
    match cells.len().saturating_sub(ROWS) {
        0 => text,
        more => text + &format!("\nand {more} more\n"),
    }
}

fn row(one: &Compared) -> String {
    let (target, framing) = (cell(&one.key.target), cell(&one.key.framing));
    let what = cell(what(&one.key).trim());
    let [old, new] = [one.old, one.new].map(|value| figure(one, value));
    let [ratio, share] = [one.ratio, one.of_ceiling].map(change);
    let outcome = match &*one.outcome {
        "lost" | "failed" => format!("**{}**", one.outcome),
        _ => html(&one.outcome),
    };
    format!("| {target} | {framing} | {what} | {old} | {new} | {ratio} | {share} | {outcome} |\n")
}

/// The heading without the framing, which has a column.
fn what(key: &CellKey) -> String {
    let title = key.title();
    title
        .strip_prefix(&key.framing)
        .unwrap_or(&title)
        .to_owned()
}

fn error(one: &Compared) -> String {
    let Some(error) = &one.error else {
        return String::new();
    };
    let why = format!("{}: {}", error.kind, error.why);
    format!(
        "* {} failed: {}\n",
        code(&one.key.target, NOTE),
        code(&why, NOTE)
    )
}

fn only(which: &str, keys: &[CellKey]) -> String {
    if keys.is_empty() {
        return String::new();
    }
    let mut text = format!("\nOnly in the {which} one:\n\n");
    for key in keys.iter().take(ROWS) {
        let named = format!("{}  {}", key.target, key.title());
        text += &format!("* {}\n", code(&named, NOTE));
    }
    match keys.len().saturating_sub(ROWS) {
        0 => text,
        more => text + &format!("* and {more} more\n"),
    }
}
