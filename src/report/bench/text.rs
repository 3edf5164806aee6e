//! A benchmark for people: a table for each framing and size, with a bar for each target, what failed, and a last line that says it all.

use super::super::Paint;
use super::document::{BenchCell, BenchDocument, CellLatency, Percentile};
use super::key::CellKey;
use super::number;

/// The width of the longest bar.
const BAR: usize = 24;

/// The benchmark as text.
#[must_use]
pub fn bench_text(document: &BenchDocument, paint: Paint) -> String {
    let mut text = header(document, paint);
    let mut cells = &document.cells[..];
    while let Some(first) = cells.first() {
        let same = |cell: &&BenchCell| {
            (&cell.framing, cell.payload) == (&first.framing, first.payload)
                && !std::ptr::eq(*cell, first)
        };
        let count = 1 + cells[1..].iter().take_while(|cell| same(cell)).count();
        let (table, rest) = cells.split_at(count);
        let ceilings = document.ceilings.iter();
        let ceilings: Vec<_> = ceilings
            .filter(|one| (&one.framing, one.payload) == (&first.framing, first.payload))
            .collect();
        text += &self::table(table, &ceilings, paint);
        cells = rest;
    }
    text + "\n" + &last_line(document, paint)
}

fn header(document: &BenchDocument, paint: Paint) -> String {
    let head = &document.head;
    let name = paint.bold(&format!("framecheck {} bench", head.version));
    let (rounds, warm_up) = (head.rounds, head.warm_up);
    let mut text = format!(
        "{name}  {rounds} rounds in turns behind {warm_up} to warm up  seed {}  ratios to {}\n",
        head.seed,
        number::name(&head.baseline)
    );
    for note in &head.notes {
        text += &format!("{} {note}\n", paint.yellow("note:"));
    }
    text
}

/// The targets of one framing and size.
fn table(cells: &[BenchCell], ceilings: &[&BenchCell], paint: Paint) -> String {
    let Some(first) = cells.first() else {
        return String::new();
    };
    let width = cells
        .iter()
        .map(|cell| number::name(&cell.target).chars().count());
    let width = width.max().unwrap_or(0).max("ceiling".len());
    let mut text = format!("\n{}\n", paint.bold(&CellKey::of(first).title()));
    text += &(paint.dim(&format!("  {:<width$}{}", "", HEAD)) + "\n");
    let all = || cells.iter().chain(ceilings.iter().copied());
    let most = all()
        .filter_map(|cell| cell.bytes_per_s)
        .fold(0.0, f64::max);
    for cell in all() {
        text += &line(cell, width, most, paint);
    }
    for cell in cells.iter().chain(ceilings.iter().copied()) {
        text += &latency(cell, width);
    }
    for cell in all() {
        text += &remarks(cell, paint);
    }
    text
}

const HEAD: &str =
    "    frames/s   +- %     bytes/s   ratio              cpu/frame    ours       peak";

fn line(cell: &BenchCell, width: usize, most: f64, paint: Paint) -> String {
    let name = number::name(&cell.target);
    let Some(bytes) = cell.bytes_per_s else {
        let why = match &cell.error {
            Some(error) => format!("no figure: {}", error.kind),
            None => "no figure".to_owned(),
        };
        let line = format!("  {name:<width$}    {why}");
        return match cell.error {
            Some(_) => paint.red(&line) + "\n",
            None => line + "\n",
        };
    };
    let frames = cell.frames_per_s.map_or("-".to_owned(), number::count);
    let spread = cell
        .half_spread()
        .map_or(String::new(), |percent| format!("{percent:.1}"));
    let ratio = cell.ratio.as_ref().map_or("1".to_owned(), |ratio| {
        let [value, low, high] = [ratio.value, ratio.low, ratio.high].map(number::ratio);
        format!("{value} [{low}, {high}]")
    });
    let ratio = match cell.target == "ceiling" {
        true => String::new(),
        false => ratio,
    };
    let cpu = cell.cpu.as_ref();
    let theirs = cpu
        .and_then(|cpu| cpu.target_per_frame)
        .map_or("-".to_owned(), number::time);
    let ours = cpu.map_or("-".to_owned(), |cpu| number::time(cpu.own_per_frame));
    let peak = cell
        .peak_memory
        .map_or("-".to_owned(), |bytes| number::bytes(bytes as f64));
    let bar = bar(bytes / most);
    let bytes = format!("{}/s", number::bytes(bytes));
    let line = format!(
        "  {name:<width$}{frames:>12}{spread:>7}{bytes:>12}   {ratio:<19}{theirs:>9}{ours:>9}{peak:>11}  "
    );
    let mark = match &cell.limit {
        Some(_) => paint.yellow(" at the tool's limit"),
        None => String::new(),
    };
    let line = match cell.target == "ceiling" {
        true => paint.dim(&format!("{line}{bar}")),
        false => format!("{line}{}{mark}", paint.green(&bar)),
    };
    line.trim_end().to_owned() + "\n"
}

/// A bar in eighths of a letter.
fn bar(share: f64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share.clamp(0.0, 1.0) * BAR as f64 * 8.0).round() as usize;
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

fn latency(cell: &BenchCell, width: usize) -> String {
    let Some(CellLatency {
        uncorrected,
        corrected,
    }) = &cell.latency
    else {
        return String::new();
    };
    let name = number::name(&cell.target);
    let row = |kind: &str, percentiles: &[Percentile]| {
        let shown = percentiles.iter().map(|one| match one.percent {
            100.0 => format!("max {}", number::time(one.seconds)),
            percent => format!("p{percent} {}", number::time(one.seconds)),
        });
        let shown = shown.collect::<Vec<_>>().join("  ");
        format!("  {name:<width$}    {kind:<24}{shown}\n")
    };
    match corrected {
        None => row("latency", uncorrected),
        Some(corrected) => {
            row("latency, as intended", corrected) + &row("  from the real write", uncorrected)
        }
    }
}

fn remarks(cell: &BenchCell, paint: Paint) -> String {
    let name = number::name(&cell.target);
    let mut text = String::new();
    if let Some(limit) = &cell.limit {
        let what = paint.yellow("limit:");
        let share = cell.of_ceiling.filter(|_| limit.by == "ceiling");
        let share = share.map_or(String::new(), |share| format!(" ({:.0} %)", share * 100.0));
        text += &format!("  {what} {name}: {}{share}\n", limit.why);
    }
    if cell.held == Some(false) && cell.rate.is_some() {
        let target = cell.latency_target.as_deref().unwrap_or_default();
        let what = paint.yellow("note:");
        text += &format!("  {what} {name}: {target} held in the search, and not in the rounds\n");
    }
    let by_close = cell.verified_by.as_deref() == Some("close");
    if by_close && cell.bytes_per_s.is_some() && cell.target != "ceiling" {
        let what = paint.yellow("note:");
        text += &format!("  {what} {name}: read to the end, its content was not seen\n");
    }
    for note in &cell.notes {
        text += &format!("  {} {name}: {note}\n", paint.yellow("note:"));
    }
    if let Some(error) = &cell.error {
        let why = error.why.replace('\n', "\n         ");
        text += &format!("  {} {name}: {}: {why}\n", paint.red("failed:"), error.kind);
    }
    text
}

fn last_line(document: &BenchDocument, paint: Paint) -> String {
    let cells = document.cells.iter();
    let (failed, all) = (
        cells.clone().filter(|cell| cell.error.is_some()).count(),
        cells.len(),
    );
    let verified: u64 = cells.map(|cell| cell.verified).sum();
    let verified = format!("{verified} frames verified");
    match (&document.trouble, failed) {
        (Some(trouble), _) => paint.yellow(&format!("ended early: {trouble}; {verified}")) + "\n",
        (None, 0) => paint.green(&format!("measured; {verified}")) + "\n",
        (None, _) => paint.red(&format!("{failed} of {all} FAILED; {verified}")) + "\n",
    }
}
