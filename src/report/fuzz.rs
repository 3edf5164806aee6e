//! A fuzzing campaign for people: what was found, what was exercised and what never, and the figures in the last line.

use super::document::{FuzzEntry, PlaceEntry, SpotEntry};
use super::draw::Paint;
use super::found::{Found, found};
use crate::framing::Place;
use crate::suite::{Counts, Coverage, Joint};

/// What a campaign was, and what it came to.
#[derive(Clone, Debug)]
pub struct FuzzReport<'a> {
    /// The target's name.
    pub target: String,
    /// What it was tried with.
    pub framing: String,
    /// The observer's word.
    pub observe: String,
    /// The gate that was asked for.
    pub gate: String,
    /// What all cases were made from, and which part of them.
    pub seed: u64,
    /// `K/N` where the campaign is one of several.
    pub shard: Option<String>,
    /// What was noticed on the way.
    pub notes: Vec<String>,
    /// In the order in which they were found.
    pub findings: &'a [Sighted],
    /// Failures that did not come again.
    pub unsteady: &'a [Sighted],
    /// What the cases came to.
    pub counts: Counts,
    /// What was exercised.
    pub coverage: &'a Coverage,
    /// Cases that were kept.
    pub corpus: usize,
    /// Why it ended before its time.
    pub trouble: Option<String>,
    /// Seconds that it took.
    pub seconds: f64,
}

/// A finding, with where the target fails.
#[derive(Clone, Debug)]
pub struct Sighted {
    /// What it is.
    pub found: Found,
    /// The kind of failure, and its place.
    pub spot: String,
    /// How many cases failed there.
    pub times: u64,
}

impl FuzzReport<'_> {
    /// Cases a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        match self.seconds > 0.0 {
            true => self.counts.runs as f64 / self.seconds,
            false => 0.0,
        }
    }
}

impl FuzzReport<'_> {
    /// What a report as data has of it.
    #[must_use]
    pub fn entry(&self) -> FuzzEntry {
        let place = |(place, times): (Place, [u64; Joint::TABLE.len()])| PlaceEntry {
            place: place.to_string(),
            times: Joint::TABLE
                .iter()
                .map(|joint| joint.word().to_owned())
                .zip(times)
                .collect(),
        };
        let spot = |sighted: &Sighted| SpotEntry {
            spot: sighted.spot.clone(),
            times: sighted.times,
        };
        FuzzEntry {
            runs: self.counts.runs,
            execs_per_s: self.rate(),
            failed: self.counts.failed,
            cut: self.counts.cut,
            proven: self.counts.proven,
            corpus: self.corpus,
            shard: self.shard.clone(),
            coverage: self.coverage.table().map(place).collect(),
            spots: self.findings.iter().map(spot).collect(),
        }
    }
}

impl FuzzEntry {
    /// Two campaigns, such as shards of one, as one.
    pub(super) fn join(mut self, other: Self) -> Self {
        self.runs += other.runs;
        self.execs_per_s += other.execs_per_s;
        self.failed += other.failed;
        self.cut += other.cut;
        self.proven += other.proven;
        self.corpus += other.corpus;
        self.shard = None;
        for place in other.coverage {
            match self
                .coverage
                .iter_mut()
                .find(|own| own.place == place.place)
            {
                None => self.coverage.push(place),
                Some(own) => {
                    for (word, times) in place.times {
                        *own.times.entry(word).or_default() += times;
                    }
                }
            }
        }
        for spot in other.spots {
            match self.spots.iter_mut().find(|own| own.spot == spot.spot) {
                None => self.spots.push(spot),
                Some(own) => own.times += spot.times,
            }
        }
        self
    }
}

/// The campaign as text.
#[must_use]
pub fn fuzz_text(report: &FuzzReport, paint: Paint) -> String {
    let mut text = head(report, paint);
    for sighted in report.findings {
        text += &format!("{}\n", sighting(sighted, paint));
    }
    for sighted in report.unsteady {
        text += &came_once(sighted, paint);
    }
    text += &table(report.coverage, paint);
    if let Some(why) = &report.trouble {
        text += &format!("{} {why}\n", paint.yellow("ended early:"));
    }
    text + &last_line(report, paint)
}

fn head(report: &FuzzReport, paint: Paint) -> String {
    let FuzzReport {
        target,
        framing,
        observe,
        gate,
        seed,
        ..
    } = report;
    let name = paint.bold(concat!("framecheck ", env!("CARGO_PKG_VERSION")));
    let shard = report.shard.as_ref();
    let shard = shard.map_or(String::new(), |shard| format!("  shard {shard}"));
    let mut text = format!(
        "{name}  fuzz  target {target}  framing {framing}  observe {observe}  gate {gate}  seed {seed}{shard}\n"
    );
    for note in &report.notes {
        text += &format!("{} {note}\n", paint.yellow("note:"));
    }
    text + "\n"
}

fn sighting(sighted: &Sighted, paint: Paint) -> String {
    let mut text = found(&sighted.found, paint);
    let (spot, times) = (&sighted.spot, sighted.times);
    let cases = if times == 1 { "case" } else { "cases" };
    text += &format!("  spot     {spot}; {times} {cases}\n");
    text
}

fn came_once(sighted: &Sighted, paint: Paint) -> String {
    let finding = &sighted.found.finding;
    format!(
        "{} a failure that did not come again in {} tries, and does not count: {}, {}\n  {}\n",
        paint.yellow("note:"),
        finding.times.of,
        sighted.spot,
        finding.from,
        finding.least.verdict.why
    )
}

/// The places of the framing by what lay there.
fn table(coverage: &Coverage, paint: Paint) -> String {
    let heads: Vec<_> = Joint::TABLE
        .map(|joint| format!("{:>10}", joint.word()))
        .to_vec();
    let mut text = paint.dim(&format!("  {:<42}{}", "place", heads.concat())) + "\n";
    for (place, times) in coverage.table() {
        let cells = times.map(|times| match times {
            0 => paint.yellow(&format!("{:>10}", "never")),
            times => format!("{times:>10}"),
        });
        text += &format!("  {place:<42}{}\n", cells.concat());
    }
    let (features, answers) = coverage.met();
    let (seen, all) = coverage.pairs();
    text + &format!(
        "\n{seen} of {all} pairs of a place and what lay there; {features} with the kind of byte before it; {answers} kinds of answers\n"
    )
}

fn last_line(report: &FuzzReport, paint: Paint) -> String {
    let Counts {
        runs,
        skipped,
        inconclusive,
        cut,
        proven,
        ..
    } = report.counts;
    let mut rest = format!("cuts of {proven} of {cut} cases proven");
    for (count, word) in [(skipped, "skipped"), (inconclusive, "inconclusive")] {
        if count > 0 {
            rest += &format!(", {count} {word}");
        }
    }
    let findings = match report.findings.len() {
        0 => paint.green("no findings"),
        1 => paint.red("1 finding"),
        several => paint.red(&format!("{several} findings")),
    };
    let (corpus, seed) = (report.corpus, report.seed);
    let (seconds, rate) = (report.seconds, report.rate());
    format!(
        "{rest}\n{findings}, corpus {corpus}, seed {seed}, {runs} cases in {seconds:.1} s, {rate:.0} execs/s\n"
    )
}
