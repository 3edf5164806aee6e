//! A comparison for people: a table for each thing that was asked for, what is in one benchmark only, and a last line that says it all.

use super::document::{Change, CompareDocument, Compared};
use crate::report::bench::number;
use crate::report::plain::printable;
use crate::report::{CellKey, Paint};

/// Cells of one benchmark only that are named.
const NAMED: usize = 20;

/// The comparison as text.
#[must_use]
pub fn compare_text(document: &CompareDocument, paint: Paint) -> String {
    let mut text = header(document, paint);
    let mut cells = &document.cells[..];
    while let Some(first) = cells.first() {
        let title = first.key.title();
        let same = cells.iter().take_while(|cell| cell.key.title() == title);
        let (table, rest) = cells.split_at(same.count());
        text += &self::table(&title, table, paint);
        cells = rest;
    }
    text += &only("only in the old one", &document.only_old, paint);
    text += &only("only in the new one", &document.only_new, paint);
    let line = headline(document);
    let counts = document.counts;
    text += "\n";
    text += &match counts.lost + counts.failed {
        0 if document.says_something() => paint.green(&line),
        0 => paint.yellow(&line),
        _ => paint.red(&line),
    };
    text + "\n"
}

/// What it comes to, in a line.
pub(super) fn headline(document: &CompareDocument) -> String {
    let counts = document.counts;
    let total = counts.total;
    let mut parts = Vec::new();
    if counts.failed > 0 {
        parts.push(format!(
            "{} of {total} FAILED, which had a figure",
            counts.failed
        ));
    }
    if let (Some(limit), 1..) = (document.limit, counts.lost) {
        parts.push(format!(
            "{} of {total} LOST more than {}",
            counts.lost,
            percent(limit)
        ));
    }
    if parts.is_empty() {
        parts.push(match document.limit {
            _ if total == 0 => "no cell is in both".to_owned(),
            _ if !document.says_something() => format!("nothing follows from any of {total} cells"),
            Some(limit) => format!("0 of {total} lost more than {}", percent(limit)),
            None => format!("{total} cells compared"),
        });
    }
    for (count, word) in [
        (counts.slower, "slower"),
        (counts.faster, "faster"),
        (counts.same, "the same"),
        (counts.mended, "mended"),
        (counts.undecided, "undecided"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {word}"));
        }
    }
    parts.join(", ")
}

/// `12.5%`.
pub(super) fn percent(share: f64) -> String {
    // What is written in percent has no more digits than that.
    let percent = (share * 1e10).round() / 1e8;
    format!("{percent}%")
}

/// A figure in its unit.
pub(super) fn figure(cell: &Compared, figure: Option<f64>) -> String {
    figure.map_or("-".to_owned(), |figure| match &*cell.measure {
        "p99_seconds" => format!("p99 {}", number::time(figure)),
        "bytes_per_s" => format!("{}/s", number::bytes(figure)),
        _ => format!("{}/s", number::count(figure)),
    })
}

/// A ratio with its interval.
pub(super) fn change(change: Option<Change>) -> String {
    change.map_or("-".to_owned(), |Change { value, low, high }| {
        let [value, low, high] = [value, low, high].map(number::ratio);
        format!("{value} [{low}, {high}]")
    })
}

fn header(document: &CompareDocument, paint: Paint) -> String {
    let name = paint.bold(&format!("framecheck {} compare", document.version));
    let (old, new) = (&document.old, &document.new);
    let mut text = format!(
        "{name}  old {} ({} rounds)  new {} ({} rounds)",
        old.name, old.rounds, new.name, new.rounds
    );
    if let Some(limit) = document.limit {
        text += &format!("  fails where slower by {}", percent(limit));
    }
    text += "\n";
    for note in &document.notes {
        text += &format!("{} {}\n", paint.yellow("note:"), printable(note));
    }
    text
}

fn table(title: &str, cells: &[Compared], paint: Paint) -> String {
    let width = cells.iter().map(|cell| name(&cell.key).chars().count());
    let width = width.max().unwrap_or(0);
    let head = format!(
        "  {:<width$}{:>14}{:>14}   {:<20}of the ceiling",
        "", "old", "new", "ratio"
    );
    let mut text = format!(
        "\n{}\n{}\n",
        paint.bold(&printable(title)),
        paint.dim(&head)
    );
    for cell in cells {
        text += &line(cell, width, paint);
    }
    text
}

fn line(cell: &Compared, width: usize, paint: Paint) -> String {
    let name = name(&cell.key);
    let [old, new] = [cell.old, cell.new].map(|one| figure(cell, one));
    let [ratio, share] = [cell.ratio, cell.of_ceiling].map(change);
    let word = match &*cell.outcome {
        "lost" | "failed" => paint.red(&cell.outcome.to_uppercase()),
        "slower" | "undecided" => paint.yellow(&cell.outcome),
        "faster" | "mended" => paint.green(&cell.outcome),
        other => paint.dim(other),
    };
    let mut text = format!("  {name:<width$}{old:>14}{new:>14}   {ratio:<20}{share:<20}{word}\n");
    if let Some(error) = &cell.error {
        let why = printable(&error.why).replace('\n', "\n         ");
        text += &format!(
            "  {} {name}: {}: {why}\n",
            paint.red("failed:"),
            printable(&error.kind)
        );
    }
    text
}

fn only(what: &str, keys: &[CellKey], paint: Paint) -> String {
    if keys.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}\n", paint.bold(what));
    for key in keys.iter().take(NAMED) {
        text += &format!("  {}  {}\n", name(key), printable(&key.title()));
    }
    match keys.len().saturating_sub(NAMED) {
        0 => text,
        more => text + &format!("  and {more} more\n"),
    }
}

/// A target's name as the table has room for it.
fn name(key: &CellKey) -> String {
    number::name(&printable(&key.target))
}
