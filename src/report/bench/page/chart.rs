//! Plots as inline SVG: lines with their points and error bars, and bars.
//!
//! Colours are classes of the page's style. Invariant: texts are escaped, and stand between tags only.

use super::COLOURS;
use super::scale::Scale;
use crate::report::markdown::html as text;

/// The size of a plot, in its own units, which are about pixels.
const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 300.0;

/// What lies around the area of the lines.
const LEFT: f64 = 62.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 42.0;

/// The height of a bar with its name.
const ROW: f64 = 44.0;

/// How far points of the same place are moved apart.
const APART: f64 = 5.0;

/// A plot of lines.
pub(super) struct Chart {
    pub(super) title: String,
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) lines: Vec<Line>,
}

/// An axis with what is written at it.
pub(super) struct Axis {
    pub(super) scale: Scale,
    pub(super) marks: Vec<(f64, String)>,
    pub(super) label: &'static str,
}

/// A line through points.
pub(super) struct Line {
    pub(super) of: Owner,
    pub(super) points: Vec<Point>,
    /// Thin and dotted, without marks: what is there beside the line proper.
    pub(super) aside: bool,
}

/// Whose line it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// The target with the number of its colour.
    Target(usize),
    /// What framecheck itself reaches.
    Ceiling,
}

/// A point with its error bar.
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) between: Option<(f64, f64)>,
    /// What is said where it is pointed at.
    pub(super) tip: String,
}

/// A bar with its error bar.
pub(super) struct Bar {
    pub(super) of: Owner,
    pub(super) name: String,
    pub(super) shown: String,
    pub(super) value: f64,
    pub(super) between: Option<(f64, f64)>,
}

impl Point {
    /// All that must lie between the ends of the axis.
    pub(super) fn values(&self) -> impl Iterator<Item = f64> + Clone + use<> {
        let (low, high) = self.between.unwrap_or((self.y, self.y));
        [self.y, low, high].into_iter()
    }
}

impl Owner {
    fn class(self) -> String {
        match self {
            Self::Target(number) => format!("c{}", number % COLOURS),
            Self::Ceiling => "ceiling".to_owned(),
        }
    }
}

impl Chart {
    /// As a figure.
    pub(super) fn draw(&self) -> String {
        let title = text(&self.title);
        let lines: String = self.lines.iter().map(|line| self.line(line)).collect();
        format!(
            "<figure class=\"plot\"><figcaption>{title}</figcaption>\
            <svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\"><title>{title}</title>{}{lines}</svg></figure>\n",
            self.axes()
        )
    }

    fn axes(&self) -> String {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        let mut svg = String::new();
        for (value, label) in &self.y.marks {
            let y = self.y_at(*value);
            svg += &format!("<path class=\"grid\" d=\"M{LEFT} {y:.1}H{right}\"/>");
            svg += &format!(
                "<text x=\"{}\" y=\"{:.1}\" class=\"end\">{}</text>",
                LEFT - 8.0,
                y + 4.0,
                text(label)
            );
        }
        for (value, label) in &self.x.marks {
            let x = self.x_at(*value);
            svg += &format!("<path class=\"grid\" d=\"M{x:.1} {TOP}V{bottom}\"/>");
            svg += &format!(
                "<text x=\"{x:.1}\" y=\"{}\" class=\"middle\">{}</text>",
                bottom + 17.0,
                text(label)
            );
        }
        svg += &format!("<path class=\"axis\" d=\"M{LEFT} {TOP}V{bottom}H{right}\"/>");
        let middle = (LEFT + right) / 2.0;
        let label = self.x.label;
        svg + &format!(
            "<text x=\"{middle}\" y=\"{}\" class=\"middle label\">{label}</text>",
            HEIGHT - 6.0
        )
    }

    fn line(&self, line: &Line) -> String {
        let moved = self.moved(line.of);
        let place = |point: &Point| (self.x_at(point.x) + moved, self.y_at(point.y));
        let places: Vec<_> = line.points.iter().map(place).collect();
        let through: Vec<_> = places
            .iter()
            .map(|(x, y)| format!("{x:.1} {y:.1}"))
            .collect();
        let class = line.of.class();
        let path = format!("M{}", through.join("L"));
        if line.aside {
            return format!("<g class=\"{class}\"><path class=\"aside\" d=\"{path}\"/></g>");
        }
        let mut svg = format!("<g class=\"{class}\"><path class=\"line\" d=\"{path}\"/>");
        for (point, (x, y)) in line.points.iter().zip(places) {
            let bar = point
                .between
                .map(|(low, high)| self.error_bar(x, low, high));
            let tip = text(&point.tip);
            svg += &format!(
                "<g>{}{}<title>{tip}</title></g>",
                bar.unwrap_or_default(),
                mark(line.of, x, y)
            );
        }
        svg + "</g>"
    }

    fn error_bar(&self, x: f64, low: f64, high: f64) -> String {
        let (low, high, left) = (self.y_at(low), self.y_at(high), x - 4.0);
        format!(
            "<path class=\"error\" d=\"M{x:.1} {low:.1}V{high:.1}M{left:.1} {low:.1}h8M{left:.1} {high:.1}h8\"/>"
        )
    }

    /// Error bars of the same place would hide each other.
    fn moved(&self, of: Owner) -> f64 {
        let mut targets: Vec<usize> = Vec::new();
        for line in &self.lines {
            if let Owner::Target(number) = line.of
                && line.points.iter().any(|point| point.between.is_some())
                && !targets.contains(&number)
            {
                targets.push(number);
            }
        }
        let place = targets
            .iter()
            .position(|&number| of == Owner::Target(number));
        let apart = APART.min(30.0 / targets.len().max(1) as f64);
        place.map_or(0.0, |place| {
            (place as f64 - (targets.len() - 1) as f64 / 2.0) * apart
        })
    }

    fn x_at(&self, value: f64) -> f64 {
        LEFT + self.x.scale.at(value) * (WIDTH - LEFT - RIGHT)
    }

    fn y_at(&self, value: f64) -> f64 {
        let bottom = HEIGHT - BOTTOM;
        bottom - self.y.scale.at(value) * (bottom - TOP)
    }
}

/// Bars below each other, with a line through each where the ceiling is.
pub(super) fn bars(title: &str, bars: &[Bar]) -> String {
    let scale = Scale::linear(
        bars.iter()
            .flat_map(|bar| [bar.value, bar.between.map_or(0.0, |(_, high)| high)]),
    );
    let at = |value: f64| scale.at(value) * WIDTH;
    let height = bars.len() as f64 * ROW + 4.0;
    let mut svg = String::new();
    let ceilings = bars.iter().filter(|bar| bar.of == Owner::Ceiling);
    let ceilings: Vec<f64> = ceilings.map(|bar| at(bar.value)).collect();
    for (number, bar) in bars.iter().enumerate() {
        let (top, width) = (number as f64 * ROW, at(bar.value));
        let (name, shown) = (text(&bar.name), text(&bar.shown));
        svg += &format!(
            "<text x=\"0\" y=\"{}\" class=\"start\">{name}</text>",
            top + 15.0
        );
        svg += &format!(
            "<text x=\"{WIDTH}\" y=\"{}\" class=\"end value\">{shown}</text>",
            top + 15.0
        );
        svg += &format!(
            "<g class=\"{}\"><rect x=\"0\" y=\"{}\" width=\"{width:.1}\" height=\"14\" rx=\"2\"/>",
            bar.of.class(),
            top + 21.0
        );
        if let Some((low, high)) = bar.between.map(|(low, high)| (at(low), at(high))) {
            let (middle, upper) = (top + 28.0, top + 24.0);
            svg += &format!(
                "<path class=\"over\" d=\"M{low:.1} {middle}H{high:.1}M{low:.1} {upper}v8M{high:.1} {upper}v8\"/>"
            );
        }
        svg += "</g>";
        for x in &ceilings {
            // Beside the names it would cross them out.
            svg += &format!(
                "<g class=\"ceiling\"><path class=\"line\" d=\"M{x:.1} {}v20\"/></g>",
                top + 18.0
            );
        }
    }
    let title = text(title);
    format!(
        "<figure class=\"plot bars\"><figcaption>{title}</figcaption>\
        <svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\"><title>{title}</title>{svg}</svg></figure>\n"
    )
}

/// What a legend has of a target.
pub(super) fn swatch(number: usize) -> String {
    let of = Owner::Target(number);
    let mark = mark(of, 11.0, 7.0);
    format!(
        "<svg class=\"swatch\" viewBox=\"0 0 22 14\" aria-hidden=\"true\"><g class=\"{}\"><path class=\"line\" d=\"M0 7H22\"/>{mark}</g></svg>",
        of.class()
    )
}

/// What a legend has of the ceiling.
pub(super) fn ceiling_swatch() -> String {
    "<svg class=\"swatch\" viewBox=\"0 0 22 14\" aria-hidden=\"true\"><g class=\"ceiling\"><path class=\"line\" d=\"M0 7H22\"/></g></svg>".to_owned()
}

/// Marks differ by their form too, for those who see no colours.
fn mark(of: Owner, x: f64, y: f64) -> String {
    let Owner::Target(number) = of else {
        // It has none to be seen, but can be pointed at.
        return format!("<circle class=\"unseen\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"6\"/>");
    };
    let (round, lap) = (number % 4, number / COLOURS % 2);
    let hollow = if lap == 1 { " hollow" } else { "" };
    let path = |d: &str| format!("<path class=\"mark{hollow}\" d=\"M{x:.1} {y:.1}{d}\"/>");
    match round {
        0 => format!("<circle class=\"mark{hollow}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.6\"/>"),
        1 => path("m-3.3-3.3h6.6v6.6h-6.6z"),
        2 => path("m0-4.8l4.8 4.8l-4.8 4.8l-4.8-4.8z"),
        _ => path("m0-4.4l4.4 7.6h-8.8z"),
    }
}
