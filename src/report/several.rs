//! Several targets for people: a row for each, the streams on which any of them fails as a grid, and who frames the same bytes differently.
//!
//! Columns of the grid are letters, so that it fits a terminal with many targets.

use std::collections::BTreeMap;

use super::draw::{Paint, list, wire};
use super::text::{columns, lines_of, of_target};
use super::{Report, Tested};
use crate::suite::{Difference, Outcome, Status};

/// Rows of the grid, of which the HTML report has all.
const ROWS: usize = 24;

/// Failures of each target that are drawn: its findings follow.
const DRAWN: usize = 2;

/// Differences that are drawn.
const DIFFERENCES: usize = 5;

/// All that several targets came to.
pub(super) fn several(report: &Report, paint: Paint) -> String {
    let mut text = table(report, paint);
    for tested in report.targets.iter().filter(|one| says_more(one)) {
        let name = paint.bold(&tested.name);
        text += &format!("\n== {name}: {}\n", tested.address);
        text += &of_target(tested, DRAWN, paint);
    }
    text + &grid(report, paint) + &differing(report, paint)
}

/// Whether more than its row is to be told of a target: a failure that was not known, or a list that is wrong.
fn says_more(tested: &Tested) -> bool {
    let new = |outcome: &Outcome| outcome.failed() && !tested.known.knows(outcome);
    let wrong = !tested.known.passing(tested.outcomes).is_empty();
    wrong || tested.outcomes.iter().any(new)
}

/// A row for each target, and its trouble below it.
fn table(report: &Report, paint: Paint) -> String {
    let each = report.targets.iter();
    let width = each.map(|one| one.name.chars().count()).max().unwrap_or(0);
    let width = width.clamp(6, 40) + 2;
    let mut text = paint.dim(&format!("  {:<width$}{}", "target", columns::HEAD)) + "\n";
    for tested in &report.targets {
        let line = columns::line(tested, tested.outcomes);
        let line = format!("  {:<width$}{line}", tested.name);
        text += &match (&tested.skipped, columns::is_bad(tested)) {
            (Some(why), _) => {
                let line = format!("  {:<width$}skipped: {why}", tested.name);
                paint.yellow(&line)
            }
            (None, true) => paint.red(&line),
            (None, false) => line,
        };
        text += "\n";
        if let Some(trouble) = &tested.trouble {
            text += &format!("  {:<width$}{}\n", "", paint.red(trouble));
        }
    }
    text
}

/// How many cases of a stream failed, of how many that were judged.
#[derive(Clone, Copy, Default)]
struct Cell {
    failed: usize,
    judged: usize,
}

/// The streams on which a target fails where several are tried with the same framing: who fails on which.
fn grid(report: &Report, paint: Paint) -> String {
    let mut rows: BTreeMap<(String, &str), Vec<Cell>> = BTreeMap::new();
    let count = report.targets.len();
    for (number, tested) in report.targets.iter().enumerate() {
        for outcome in tested.outcomes {
            let stream = &outcome.case.stream;
            let key = (stream.framing.to_string(), &*stream.id);
            let cells = rows
                .entry(key)
                .or_insert_with(|| vec![Cell::default(); count]);
            let judged = matches!(outcome.verdict.status, Status::Pass | Status::Fail);
            cells[number].judged += usize::from(judged);
            cells[number].failed += usize::from(outcome.failed());
        }
    }
    rows.retain(|_, cells| {
        let judged = cells.iter().filter(|cell| cell.judged > 0).count();
        judged > 1 && cells.iter().any(|cell| cell.failed > 0)
    });
    if rows.is_empty() {
        return String::new();
    }
    let used = |number: usize| rows.values().any(|cells| cells[number].judged > 0);
    let shown: Vec<usize> = (0..count).filter(|&number| used(number)).collect();
    let letters = shown
        .iter()
        .enumerate()
        .map(|(at, &number)| (letter(at), number));
    let letters: Vec<(String, usize)> = letters.collect();
    let legend = letters.iter().map(|(letter, number)| {
        let name = &report.targets[*number].name;
        format!("  {letter}  {name}\n")
    });
    let mut text = format!("\n{}\n", paint.bold("failed of tried, stream by stream:"));
    text.extend(legend);
    let heads = letters.iter().map(|(letter, _)| format!("{letter:>8}"));
    text += &paint.dim(&format!("  {:<44}{}", "", heads.collect::<String>()));
    text += "\n";
    let more = rows.len().saturating_sub(ROWS);
    for ((framing, stream), cells) in rows.iter().take(ROWS) {
        let cells = shown.iter().map(|&number| cell(cells[number], paint));
        let name = match stream.starts_with(framing.split([':', ',']).next().unwrap_or_default()) {
            true => (*stream).to_owned(),
            false => format!("{framing} {stream}"),
        };
        text += &format!("  {name:<44}{}\n", cells.collect::<String>());
    }
    if more > 0 {
        text += &format!("  and {more} more streams, in the HTML report\n");
    }
    text
}

fn cell(cell: Cell, paint: Paint) -> String {
    match cell {
        Cell { judged: 0, .. } => format!("{:>8}", ""),
        Cell { failed: 0, .. } => paint.dim(&format!("{:>8}", "ok")),
        Cell { failed, judged } => paint.red(&format!("{:>8}", format!("{failed}/{judged}"))),
    }
}

/// A, B, ... Z, AA, AB ...
fn letter(number: usize) -> String {
    let last = char::from(b'A' + (number % 26) as u8);
    match number / 26 {
        0 => last.to_string(),
        more => letter(more - 1) + &last.to_string(),
    }
}

/// Who frames the same bytes differently.
fn differing(report: &Report, paint: Paint) -> String {
    let differences = report.differences();
    if differences.is_empty() {
        return String::new();
    }
    let head = paint.bold("the same bytes, framed differently:");
    let mut text = format!("\n{head}\n");
    for difference in differences.iter().take(DIFFERENCES) {
        text += &one(report, difference, paint);
    }
    let more = differences.len().saturating_sub(DIFFERENCES);
    if more > 0 {
        text += &format!("  and {more} more, in the HTML report\n");
    }
    text
}

fn one(report: &Report, difference: &Difference, paint: Paint) -> String {
    let case = &difference.example.case;
    let cases = match difference.cases {
        1 => "1 case".to_owned(),
        many => format!("{many} cases"),
    };
    let mut facts = vec![
        ("on", format!("{cases}, such as {}", case.id)),
        ("framing", case.stream.framing.to_string()),
        ("sent", wire(case, paint)),
    ];
    for group in &difference.groups {
        let names = group.targets.iter();
        let names = names.map(|&number| report.targets[number].name.clone());
        let answer = match group.answer.is_empty() {
            true => "nothing".to_owned(),
            false => list(group.answer.iter().cloned()),
        };
        let right = if group.conforms {
            " (as the reference)"
        } else {
            ""
        };
        facts.push(("made", format!("{answer}{right}: {}", list(names))));
    }
    lines_of(&facts).join("\n") + "\n\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_lettered_like_those_of_a_spreadsheet() {
        let letters: Vec<_> = [0, 25, 26, 51, 52, 701, 702].map(letter).into();
        assert_eq!(letters, ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }
}
