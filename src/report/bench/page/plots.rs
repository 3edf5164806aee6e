//! Which plots a framing has: throughput by the size of payloads, and latencies by percentiles.

use super::chart::{Axis, Bar, Chart, Line, Owner, Point, bars};
use super::scale::Scale;
use super::{CEILING, Section, size};
use crate::report::bench::document::{BenchCell, HighLow, Percentile};
use crate::report::bench::number;

/// Where percentiles lie: at the number of their nines. The longest of all has a place of its own.
const PERCENTILES: [(f64, f64, &str); 6] = [
    (50.0, 1.0, "p50"),
    (90.0, 10.0, "p90"),
    (99.0, 100.0, "p99"),
    (99.9, 1000.0, "p99.9"),
    (99.99, 10_000.0, "p99.99"),
    (100.0, 60_000.0, "max"),
];

/// All of them.
pub(super) fn plots(section: &Section) -> String {
    let sizes = sizes(section);
    let latencies = sizes.iter().map(|size| latency(section, *size));
    let drawn = throughput(section, &sizes) + &latencies.collect::<String>();
    match drawn.is_empty() {
        true => drawn,
        false => format!("<div class=\"plots\">{drawn}</div>\n"),
    }
}

/// Throughput; of one size only as bars.
fn throughput(section: &Section, sizes: &[u64]) -> String {
    let has_frames = section.cells.iter().any(|cell| cell.frames_per_s.is_some());
    match sizes {
        [] => String::new(),
        // Of one size frames and bytes are the same picture.
        [size] if has_frames => one_size(section, *size, Measure::Frames),
        [size] => one_size(section, *size, Measure::Bytes),
        sizes => {
            let frames = has_frames.then(|| by_size(section, sizes, Measure::Frames));
            by_size(section, sizes, Measure::Bytes) + &frames.unwrap_or_default()
        }
    }
}

/// What of a cell is drawn.
#[derive(Clone, Copy)]
enum Measure {
    Bytes,
    Frames,
}

impl Measure {
    fn title(self) -> &'static str {
        match self {
            Self::Bytes => "Throughput, bytes a second",
            Self::Frames => "Throughput, frames a second",
        }
    }

    fn of(self, cell: &BenchCell) -> Option<f64> {
        match self {
            Self::Bytes => cell.bytes_per_s,
            Self::Frames => cell.frames_per_s,
        }
    }

    fn between(self, cell: &BenchCell) -> Option<(f64, f64)> {
        let HighLow { low, high } = match self {
            Self::Bytes => cell.interval?.bytes_per_s,
            Self::Frames => cell.interval?.frames_per_s?,
        };
        Some((low, high))
    }

    fn shown(self, figure: f64) -> String {
        match self {
            Self::Bytes => format!("{}/s", number::bytes(figure)),
            Self::Frames => format!("{}/s", number::count(figure)),
        }
    }
}

/// Sizes of which something has a figure.
fn sizes(section: &Section) -> Vec<u64> {
    let cells = section
        .cells
        .iter()
        .filter(|cell| cell.bytes_per_s.is_some());
    let mut sizes: Vec<u64> = cells.map(|cell| cell.payload).collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

/// What has a figure, each with its owner; ceilings first, so that targets are drawn over them.
fn owned<'a>(section: &'a Section) -> impl Iterator<Item = (Owner, &'a BenchCell)> + Clone {
    let ceilings = section.ceilings.iter().map(|cell| (Owner::Ceiling, *cell));
    let targets = section.cells.iter().filter_map(|cell| {
        let number = section.number(&cell.target)?;
        Some((Owner::Target(number), *cell))
    });
    ceilings
        .chain(targets)
        .filter(|(_, cell)| cell.bytes_per_s.is_some())
}

fn one_size(section: &Section, size: u64, measure: Measure) -> String {
    let own = owned(section).filter(|(_, cell)| cell.payload == size);
    let bar = |(of, cell): (Owner, &BenchCell)| {
        let value = measure.of(cell)?;
        Some(Bar {
            of,
            name: number::name(&cell.target),
            shown: measure.shown(value),
            value,
            between: measure.between(cell),
        })
    };
    let (mut drawn, ceilings): (Vec<Bar>, Vec<Bar>) = own
        .filter_map(bar)
        .partition(|bar| bar.of != Owner::Ceiling);
    drawn.extend(ceilings);
    bars(measure.title(), &drawn)
}

fn by_size(section: &Section, sizes: &[u64], measure: Measure) -> String {
    let mut lines: Vec<(Owner, &str, Line)> = Vec::new();
    for (of, cell) in owned(section) {
        let Some(value) = measure.of(cell) else {
            continue;
        };
        // Ceilings differ by the mode in which a target was measured.
        let mode = cell
            .mode
            .as_deref()
            .filter(|_| of == Owner::Ceiling)
            .unwrap_or_default();
        let at = lines
            .iter()
            .position(|(owner, other, _)| (*owner, *other) == (of, mode));
        let at = at.unwrap_or_else(|| {
            let line = Line {
                of,
                points: Vec::new(),
                aside: false,
            };
            lines.push((of, mode, line));
            lines.len() - 1
        });
        lines[at].2.points.push(Point {
            x: cell.payload as f64,
            y: value,
            between: measure.between(cell).filter(|_| of != Owner::Ceiling),
            tip: format!(
                "{}, {}: {}",
                name(cell),
                size(cell.payload),
                measure.shown(value)
            ),
        });
    }
    let mut lines: Vec<Line> = lines.into_iter().map(|(.., line)| line).collect();
    for line in &mut lines {
        line.points.sort_by(|one, other| one.x.total_cmp(&other.x));
    }
    let values = lines
        .iter()
        .flat_map(|line| line.points.iter().flat_map(Point::values));
    let y = Scale::fitting(values);
    let x = Scale::log(sizes.iter().map(|&size| size as f64));
    Chart {
        title: measure.title().to_owned(),
        x: Axis {
            scale: x,
            marks: sizes
                .iter()
                .map(|&bytes| (bytes as f64, size(bytes)))
                .collect(),
            label: "payload",
        },
        y: y_axis(y, |figure| measure.shown(figure)),
        lines,
    }
    .draw()
}

fn latency(section: &Section, payload: u64) -> String {
    let own = owned(section).filter(|(_, cell)| cell.payload == payload);
    let mut lines = Vec::new();
    for (of, cell) in own {
        let Some(latency) = &cell.latency else {
            continue;
        };
        if let Some(corrected) = &latency.corrected {
            lines.push(latency_line(of, cell, corrected, false));
        }
        let aside = latency.corrected.is_some();
        lines.push(latency_line(of, cell, &latency.uncorrected, aside));
    }
    let seconds = lines
        .iter()
        .flat_map(|line| line.points.iter().map(|point| point.y));
    let y = Scale::log(seconds);
    let pace = match lines.iter().any(|line| line.aside) {
        true => " as intended (dotted: from the real write)",
        false => "",
    };
    if lines.iter().all(|line| line.points.is_empty()) {
        return String::new();
    }
    Chart {
        title: format!("Latency{pace}, {}", size(payload)),
        x: Axis {
            scale: Scale::log(PERCENTILES.iter().map(|(_, at, _)| *at)),
            marks: PERCENTILES
                .iter()
                .map(|(_, at, label)| (*at, (*label).to_owned()))
                .collect(),
            label: "percentile",
        },
        y: y_axis(y, number::time),
        lines,
    }
    .draw()
}

fn latency_line(of: Owner, cell: &BenchCell, percentiles: &[Percentile], aside: bool) -> Line {
    let points = percentiles.iter().filter_map(|one| {
        let (_, x, label) = PERCENTILES
            .iter()
            .find(|(percent, ..)| *percent == one.percent)?;
        Some(Point {
            x: *x,
            y: one.seconds,
            between: None,
            tip: format!("{}, {label}: {}", name(cell), number::time(one.seconds)),
        })
    });
    Line {
        of,
        points: points.collect(),
        aside,
    }
}

fn y_axis(scale: Scale, shown: impl Fn(f64) -> String) -> Axis {
    let marks = scale.marks().into_iter();
    Axis {
        scale,
        marks: marks.map(|mark| (mark, short(&shown(mark)))).collect(),
        label: "",
    }
}

/// `1 MB/s` for `1.00 MB/s`.
fn short(figure: &str) -> String {
    let (number, unit) = figure.split_once(' ').unwrap_or((figure, ""));
    let number = match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.'),
        false => number,
    };
    format!("{number} {unit}").trim_end().to_owned()
}

fn name(cell: &BenchCell) -> &str {
    match &*cell.target {
        CEILING => "the ceiling",
        name => name,
    }
}
