//! A benchmark as one page of HTML: opens from disk, asks no network for anything, and needs no script.
//!
//! All of it is drawn here: plots are inline SVG, coloured by the page's own style, for light, dark and paper. Invariant: what targets
//! and files say stands in text only, escaped, and never in an attribute.

mod chart;
mod plots;
mod scale;

use super::document::{BenchCell, BenchDocument, BenchError, Percentile};
use super::key::CellKey;
use super::markdown::headline;
use super::number;
use crate::report::markdown::html as text;

const STYLE: &str = concat!(include_str!("../../theme.css"), include_str!("page.css"));

/// What the page's own style hashes to: nothing else may style it, and nothing may run. `the_policy_names_the_style` says the value.
const STYLE_HASH: &str = "sha256-jkhy6SU5ujq4rSQZj/gPVOC2ee4zydAoWQfqQFrsrFg=";

/// What the ceiling is called where targets have their numbers.
const CEILING: &str = "ceiling";

/// Colours that there are for targets; later ones have them again with other marks.
const COLOURS: usize = 8;

/// The benchmark as a page.
#[must_use]
pub(in crate::report) fn page(document: &BenchDocument) -> String {
    let mut framings: Vec<&str> = Vec::new();
    for cell in &document.cells {
        if !framings.contains(&&*cell.framing) {
            framings.push(&cell.framing);
        }
    }
    let sections: String = framings
        .iter()
        .map(|framing| Section::of(document, framing).draw())
        .collect();
    let (head, failed, foot) = (head(document), failed(document), foot(document));
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
        <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
        <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
        <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{STYLE_HASH}'; base-uri 'none'; form-action 'none'\">\n\
        <title>framecheck bench</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{head}<main>\n{failed}{sections}</main>\n{foot}</body>\n</html>\n"
    )
}

fn head(document: &BenchDocument) -> String {
    let head = &document.head;
    let targets = match head.targets.len() {
        1 => "1 target".to_owned(),
        many => format!("{many} targets"),
    };
    let state = match document.cells.iter().any(|cell| cell.error.is_some()) {
        true => "bad",
        false => "good",
    };
    let notes = head.notes.iter().chain(&document.trouble);
    let notes: String = notes
        .map(|note| format!("<p class=\"note\">{}</p>\n", text(note)))
        .collect();
    format!(
        "<header class=\"top\">\n<p class=\"brand\"><span class=\"mark\" aria-hidden=\"true\"><i></i><i></i><i></i></span><strong>framecheck</strong> bench</p>\n\
        <h1 class=\"{state}\">{}</h1>\n\
        <p class=\"lead\">{targets}, {} rounds in turns behind {} to warm up, ratios to <code>{}</code>. Every frame that counts was verified.</p>\n{notes}</header>\n",
        sentence(&headline(document)),
        head.rounds,
        head.warm_up,
        text(&head.baseline),
    )
}

/// With a capital letter.
fn sentence(line: &str) -> String {
    let mut letters = line.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// Targets that have no figure, with the reason: that of the first cell for all in which it was of the same kind.
fn failed(document: &BenchDocument) -> String {
    let mut cards: Vec<(&BenchCell, &BenchError, Vec<String>)> = Vec::new();
    for cell in &document.cells {
        let Some(error) = &cell.error else {
            continue;
        };
        let same = |(one, other, _): &&mut (&BenchCell, &BenchError, _)| {
            (&one.target, &one.framing, &other.kind) == (&cell.target, &cell.framing, &error.kind)
        };
        match cards.iter_mut().find(same) {
            Some((.., sizes)) => sizes.push(size(cell.payload)),
            None => cards.push((cell, error, vec![size(cell.payload)])),
        }
    }
    let cards: String = cards
        .iter()
        .map(|(cell, error, sizes)| card(cell, error, sizes))
        .collect();
    match cards.is_empty() {
        true => cards,
        false => format!(
            "<section id=\"failed\"><h2>No figure</h2>\n<ul class=\"failed\">\n{cards}</ul></section>\n"
        ),
    }
}

fn card(cell: &BenchCell, error: &BenchError, sizes: &[String]) -> String {
    let (target, framing) = (text(&cell.target), text(&cell.framing));
    let (kind, why, sizes) = (text(&error.kind), text(&error.why), sizes.join(", "));
    format!(
        "<li><p><b>{kind}</b> <code>{target}</code></p><p class=\"muted\"><code>{framing}</code>, payloads of {sizes}</p><pre>{why}</pre></li>\n"
    )
}

fn foot(document: &BenchDocument) -> String {
    let head = &document.head;
    format!(
        "<footer>framecheck {}, seed {}, {} processors, {:.1} s. Bars and brackets are the interval that a median or ratio lies in with a confidence of 95 %. \
        The ceiling is what framecheck itself reaches against a peer that does next to nothing.</footer>\n",
        text(&head.version),
        head.seed,
        head.processors,
        head.seconds
    )
}

/// All that was measured with one framing.
struct Section<'a> {
    framing: &'a str,
    cells: Vec<&'a BenchCell>,
    ceilings: Vec<&'a BenchCell>,
    /// Of the whole benchmark, in the order of their colours.
    targets: Vec<&'a str>,
}

impl<'a> Section<'a> {
    fn of(document: &'a BenchDocument, framing: &'a str) -> Self {
        let own = |cells: &'a [BenchCell]| {
            cells
                .iter()
                .filter(|cell| cell.framing == framing)
                .collect()
        };
        let mut targets: Vec<&str> = Vec::new();
        for cell in &document.cells {
            if !targets.contains(&&*cell.target) {
                targets.push(&cell.target);
            }
        }
        Self {
            framing,
            cells: own(&document.cells),
            ceilings: own(&document.ceilings),
            targets,
        }
    }

    fn draw(&self) -> String {
        let framing = text(self.framing);
        let shape = self.cells.first().map(|cell| CellKey::of(cell).shape());
        let shape = text(&shape.unwrap_or_default());
        let plots = plots::plots(self);
        format!(
            "<section>\n<div class=\"title\"><h2><code>{framing}</code></h2><p>{shape}</p></div>\n{}{plots}{}{}</section>\n",
            self.legend(),
            self.table(),
            self.remarks()
        )
    }

    /// The number of a target's colour.
    fn number(&self, target: &str) -> Option<usize> {
        self.targets.iter().position(|one| *one == target)
    }

    fn legend(&self) -> String {
        let present = |target: &&&str| self.cells.iter().any(|cell| cell.target == **target);
        let targets = self.targets.iter().filter(present);
        let mut items: String = targets
            .map(|target| {
                let number = self.number(target).unwrap_or_default();
                format!(
                    "<li>{}<span>{}</span></li>",
                    chart::swatch(number),
                    text(target)
                )
            })
            .collect();
        if !self.ceilings.is_empty() {
            items += &format!(
                "<li>{}<span class=\"muted\">ceiling: framecheck itself</span></li>",
                chart::ceiling_swatch()
            );
        }
        format!("<ul class=\"legend\">{items}</ul>\n")
    }

    fn table(&self) -> String {
        let cells = self.cells.iter().chain(&self.ceilings);
        let mut cells: Vec<&&BenchCell> = cells.collect();
        // Stable: within a size, targets stay in their order and the ceilings behind them.
        cells.sort_by_key(|cell| cell.payload);
        let mut rows = String::new();
        let mut size = None;
        for cell in cells {
            if size.replace(cell.payload) != Some(cell.payload) {
                rows += &size_row(cell);
            }
            rows += &self.row(cell);
        }
        format!("<div class=\"scroll\"><table>\n{HEAD}\n<tbody>\n{rows}</tbody></table></div>\n")
    }

    fn row(&self, cell: &BenchCell) -> String {
        let is_ceiling = cell.target == CEILING;
        let swatch = match self.number(&cell.target).filter(|_| !is_ceiling) {
            Some(number) => chart::swatch(number),
            None => chart::ceiling_swatch(),
        };
        let class = if is_ceiling { " class=\"muted\"" } else { "" };
        let name = format!(
            "<th scope=\"row\">{swatch}<span>{}</span></th>",
            text(&number::name(&cell.target))
        );
        if cell.bytes_per_s.is_none() {
            let kind = cell.error.as_ref().map_or("", |error| &*error.kind);
            return format!(
                "<tr{class}>{name}<td colspan=\"12\" class=\"none\">no figure: {}</td></tr>\n",
                text(kind)
            );
        }
        let figures: String = figures(cell)
            .iter()
            .map(|figure| format!("<td>{figure}</td>"))
            .collect();
        format!("<tr{class}>{name}{figures}</tr>\n")
    }

    fn remarks(&self) -> String {
        let mut items = String::new();
        for cell in self.cells.iter().chain(&self.ceilings) {
            let limit = cell.limit.as_ref().map(|limit| &limit.why);
            for note in limit.into_iter().chain(&cell.notes) {
                let (target, note) = (text(&cell.target), text(note));
                items += &format!(
                    "<li><code>{target}</code> {}: {note}</li>\n",
                    size(cell.payload)
                );
            }
        }
        match items.is_empty() {
            true => items,
            false => format!(
                "<details><summary>Notes</summary><ul class=\"remarks\">\n{items}</ul></details>\n"
            ),
        }
    }
}

const HEAD: &str = "<thead><tr><th>target</th><th>frames/s</th><th>bytes/s</th><th>± %</th><th>ratio</th><th>of ceiling</th>\
    <th>p50</th><th>p99</th><th>p99.9</th><th>max</th><th>CPU/frame</th><th>ours</th><th>peak</th></tr></thead>";

fn size_row(cell: &BenchCell) -> String {
    let in_flight = match (cell.pattern, &*cell.pace) {
        (3.., "closed") if cell.in_flight > 0 => {
            format!(", {} in flight on each connection", cell.in_flight)
        }
        _ => String::new(),
    };
    let unit = if cell.pattern <= 2 {
        "Streams"
    } else {
        "Payloads"
    };
    format!(
        "<tr class=\"size\"><th colspan=\"13\" scope=\"rowgroup\">{unit} of {}{in_flight}</th></tr>\n",
        size(cell.payload)
    )
}

/// What a row has behind the name.
fn figures(cell: &BenchCell) -> [String; 12] {
    let none = || "<i>–</i>".to_owned();
    let shown = |figure: Option<f64>, show: fn(f64) -> String| figure.map_or_else(none, show);
    let ratio = cell
        .ratio
        .as_ref()
        .filter(|_| cell.target != CEILING)
        .map_or_else(none, |ratio| {
            let [value, low, high] = [ratio.value, ratio.low, ratio.high].map(number::ratio);
            format!("<b>{value}</b> <small>[{low}, {high}]</small>")
        });
    let limit = cell.limit.as_ref().map_or(
        "",
        |_| " <small class=\"limit\">at the tool's limit</small>",
    );
    let of_ceiling = shown(cell.of_ceiling, |share| format!("{:.0} %", share * 100.0));
    let latency = |percent: f64| {
        let percentiles = shown_latency(cell).into_iter().flatten();
        let mut found = percentiles.filter(|one| one.percent == percent);
        shown(found.next().map(|one| one.seconds), number::time)
    };
    [
        shown(cell.frames_per_s, number::count),
        shown(cell.bytes_per_s, |bytes| {
            format!("{}/s", number::bytes(bytes))
        }),
        shown(cell.half_spread(), |percent| format!("{percent:.1}")),
        ratio,
        of_ceiling + limit,
        latency(50.0),
        latency(99.0),
        latency(99.9),
        latency(100.0),
        shown(cell.cpu.and_then(|cpu| cpu.target_per_frame), number::time),
        shown(cell.cpu.map(|cpu| cpu.own_per_frame), number::time),
        shown(cell.peak_memory.map(|bytes| bytes as f64), number::bytes),
    ]
}

/// As frames were meant to be sent, where that is known.
fn shown_latency(cell: &BenchCell) -> Option<&[Percentile]> {
    let latency = cell.latency.as_ref()?;
    Some(latency.corrected.as_ref().unwrap_or(&latency.uncorrected))
}

/// `4 KiB`, where it is a whole number of those.
fn size(bytes: u64) -> String {
    let units = [(1u64 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let whole = units
        .iter()
        .find(|(unit, _)| bytes >= *unit && bytes.is_multiple_of(*unit));
    match whole {
        Some((unit, name)) => format!("{}\u{a0}{name}", bytes / unit),
        None => format!("{bytes}\u{a0}B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::html::tests::hash;

    #[test]
    fn the_policy_names_the_style() {
        assert_eq!(
            STYLE_HASH,
            hash(STYLE),
            "the hash of theme.css and page.css"
        );
    }

    #[test]
    fn sizes_are_told_in_the_largest_unit_of_which_they_are_a_whole_number() {
        for (bytes, right) in [
            (16, "16\u{a0}B"),
            (4096, "4\u{a0}KiB"),
            (1500, "1500\u{a0}B"),
            (1 << 30, "1\u{a0}GiB"),
        ] {
            assert_eq!(size(bytes), right);
        }
    }
}
