//! A benchmark as data, as `docs/bench.schema.json` describes it: owned and whole, so that every other form can be made from it at once or
//! later, from a file, and two of them can be compared.
//!
//! Fields are only ever added. Invariant: every figure of a cell follows from its `rounds`, which are there to be looked at.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::framing::Framing;
use crate::suite::bench::{
    Bench, Ceiling, Interval, Latency, Limit, Measured, Mode, Pace, Sample, Shown, Spread, limit,
    ratio,
};

/// The value of `schema`: it names the published description.
pub const BENCH_SCHEMA: &str = "urn:framecheck:bench:1";

/// A benchmark as data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchDocument {
    /// [`BENCH_SCHEMA`].
    pub schema: String,
    /// What was asked for.
    #[serde(flatten)]
    pub head: BenchHead,
    /// Why it ended early.
    pub trouble: Option<String>,
    /// Each target and size, in the order in which they were measured.
    pub cells: Vec<BenchCell>,
    /// What framecheck itself reaches, for each framing, size and mode, measured in the same rounds.
    pub ceilings: Vec<BenchCell>,
}

/// What was asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BenchHead {
    /// Of framecheck.
    pub version: String,
    /// What payloads, orders and intervals are made from.
    pub seed: u64,
    /// What the benchmark took.
    pub seconds: f64,
    /// Rounds that count.
    pub rounds: u32,
    /// Rounds before them that do not.
    pub warm_up: u32,
    /// The target that ratios are taken to.
    pub baseline: String,
    /// Processors of this computer.
    pub processors: usize,
    /// What was noticed on the way.
    pub notes: Vec<String>,
    /// Each target.
    pub targets: Vec<BenchTarget>,
}

/// One of the targets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchTarget {
    /// What it is called: `target` of its cells.
    pub name: String,
    /// `builtin`, an address, or the command that starts it.
    pub address: String,
    /// What its configuration says of it: library, version, language and more.
    pub about: BTreeMap<String, String>,
}

/// One target with one framing and size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchCell {
    /// The name of its target; `ceiling` for what framecheck itself reaches.
    pub target: String,
    /// The target's version, where its configuration says it; of the built-in one framecheck's.
    pub version: Option<String>,
    /// The framing's text.
    pub framing: String,
    /// The number of its pattern, 1 to 6.
    pub pattern: u8,
    /// Bytes of a payload; in patterns 1 and 2 of a stream.
    pub payload: u64,
    /// `echo`, `report` or `one-way`: what shows that frames arrived. Not there where the target could not be tried.
    pub mode: Option<String>,
    /// `closed`, as fast as replies allow, or `open`, at a given rate.
    pub pace: String,
    /// At a time.
    pub connections: usize,
    /// Frames on their way on each connection, in a closed loop.
    pub in_flight: u64,
    /// Bytes in one write: `fast`, `mss` or a number.
    pub segment: String,
    /// Open loop: frames a second that were sent.
    pub rate: Option<f64>,
    /// The latency that the rate was to hold, such as `p99=5ms`.
    pub latency_target: Option<String>,
    /// Whether it held in the rounds that count.
    pub held: Option<bool>,
    /// The median of the rounds. Not there in patterns 1 and 2, which have no frames, and where there is an error.
    pub frames_per_s: Option<f64>,
    /// The median of the rounds: bytes of the frames on the wire, headers too, in one direction.
    pub bytes_per_s: Option<f64>,
    /// How far the rounds lie apart.
    pub spread: Option<CellSpread>,
    /// Between which two values the medians lie with a confidence of 95 %.
    pub interval: Option<CellInterval>,
    /// To the baseline, round by round. Not there for the baseline itself.
    pub ratio: Option<Ratio>,
    /// Of single frames; in patterns 1 and 2 of whole streams.
    pub latency: Option<CellLatency>,
    /// Frames (streams) that were sent in the rounds that count.
    pub sent: u64,
    /// Those of them that were verified.
    pub verified: u64,
    /// How: `bytes` (all of the reply was compared), `checksums` (length and CRC-32), `close` (read to the end, its content not seen).
    pub verified_by: Option<String>,
    /// Processor time in the rounds that count.
    pub cpu: Option<Cpu>,
    /// Bytes of memory that the target's processes had resident at most, where we started it.
    pub peak_memory: Option<u64>,
    /// Why the figure says as much of framecheck as of the target: "at the tool's limit".
    pub limit: Option<BenchLimit>,
    /// The figure as a share of the ceiling's.
    pub of_ceiling: Option<f64>,
    /// What was noticed.
    pub notes: Vec<String>,
    /// Why there is no figure.
    pub error: Option<BenchError>,
    /// Each round that counts and was whole.
    pub rounds: Vec<BenchRound>,
}

/// How far the figures of rounds lie apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellSpread {
    /// Of frames a second.
    pub frames_per_s: Option<Quartiles>,
    /// Of bytes a second.
    pub bytes_per_s: Quartiles,
}

/// A range with its middle half.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quartiles {
    /// The least of all.
    pub min: f64,
    /// A quarter is below.
    pub low: f64,
    /// A quarter is above.
    pub high: f64,
    /// The greatest.
    pub max: f64,
}

/// In which intervals medians lie.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellInterval {
    /// Of frames a second.
    pub frames_per_s: Option<HighLow>,
    /// Of bytes a second.
    pub bytes_per_s: HighLow,
}

/// An interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HighLow {
    /// Not less.
    pub low: f64,
    /// Not more.
    pub high: f64,
}

/// A ratio to the baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ratio {
    /// The baseline's name.
    pub to: String,
    /// The median of the rounds' ratios.
    pub value: f64,
    /// The lower end of the interval of 95 %.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// Latencies in seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellLatency {
    /// From the moment at which a frame was written.
    pub uncorrected: Vec<Percentile>,
    /// From the moment at which it should have been: what a stall costs those who wait behind it. Open loop only.
    pub corrected: Option<Vec<Percentile>>,
}

/// So many percent took at most so long; 100 is the longest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Percentile {
    /// The share.
    pub percent: f64,
    /// The time.
    pub seconds: f64,
}

/// Processor time, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cpu {
    /// Of framecheck.
    pub own: f64,
    /// Of framecheck for each frame.
    pub own_per_frame: f64,
    /// Of the target's processes, where we started them.
    pub target: Option<f64>,
    /// Of those for each frame.
    pub target_per_frame: Option<f64>,
}

/// Why a figure is at the tool's limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchLimit {
    /// `ceiling` or `processor`.
    pub by: String,
    /// The same in words.
    pub why: String,
}

/// Why there is no figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchError {
    /// `wrong`, `stalled`, `closed`, `died`, `start`, `refused`, `skipped` or `system`.
    pub kind: String,
    /// What was seen, with its place.
    pub why: String,
}

/// One round on one target.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchRound {
    /// Its number, common to all that were measured in that round.
    pub round: u32,
    /// Frames (streams) that were verified.
    pub frames: u64,
    /// Their bytes on the wire, in one direction.
    pub bytes: u64,
    /// From the first write to the last reply.
    pub seconds: f64,
    /// Processor time of framecheck, in seconds.
    pub own_cpu: f64,
    /// Of the target's processes.
    pub target_cpu: Option<f64>,
    /// What 99 % of its frames took at most; in an open loop from when they should have been sent.
    pub p99_seconds: Option<f64>,
}

impl BenchCell {
    /// Half of the range of the middle half of the rounds, in percent of their median.
    pub(super) fn half_spread(&self) -> Option<f64> {
        let (quartiles, median) = (self.spread?.bytes_per_s, self.bytes_per_s?);
        Some((quartiles.high - quartiles.low) / 2.0 / median * 100.0)
    }
}

impl BenchDocument {
    /// Of what was measured.
    #[must_use]
    pub fn of(bench: &Bench, head: BenchHead) -> Self {
        let mut document = Self {
            schema: BENCH_SCHEMA.to_owned(),
            trouble: bench.interrupted.then(|| "interrupted".to_owned()),
            cells: Vec::new(),
            ceilings: Vec::new(),
            head,
        };
        for shown in &bench.cells {
            let head = &document.head;
            let one = |measured| cell(shown, measured, head);
            let targets: Vec<_> = shown.targets.iter().map(one).collect();
            let ceilings = shown.ceilings.iter().map(|ceiling| &ceiling.measured);
            let ceilings: Vec<_> = ceilings.map(one).collect();
            document.cells.extend(targets);
            document.ceilings.extend(ceilings);
        }
        document
    }

    /// As JSON.
    #[must_use]
    pub fn json(&self) -> String {
        // Strings, numbers and lists always have a JSON form.
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }
}

fn cell(shown: &Shown, measured: &Measured, head: &BenchHead) -> BenchCell {
    let has_figure = measured.failed.is_none() && !measured.samples.is_empty();
    let pattern = pattern(&shown.framing);
    let stream = pattern <= 2;
    let bytes: Vec<f64> = measured.samples.iter().map(Sample::bytes_per_s).collect();
    let frames: Vec<f64> = measured.samples.iter().map(Sample::frames_per_s).collect();
    let in_frames = Interval::of(&frames, head.seed).filter(|_| has_figure && !stream);
    let in_bytes = Interval::of(&bytes, head.seed).filter(|_| has_figure);
    let ceiling = ceiling(shown, measured.mode);
    let of_ceiling = ceiling
        .filter(|_| has_figure)
        .and_then(|ceiling| share(measured, ceiling));
    let sum = |count: fn(&Sample) -> u64| measured.samples.iter().map(count).sum();
    BenchCell {
        target: measured.target.clone(),
        version: version(measured, head),
        framing: shown.framing.clone(),
        pattern,
        payload: shown.payload,
        mode: measured.mode.map(|mode| mode.word().to_owned()),
        pace: shown.shape.pace.word().to_owned(),
        connections: shown.shape.connections,
        in_flight: measured.in_flight,
        segment: shown.shape.segment.to_string(),
        rate: measured.rate,
        latency_target: match shown.shape.pace {
            Pace::Search(target) => Some(target.to_string()),
            Pace::Closed | Pace::Rate(_) => None,
        },
        held: measured.held,
        frames_per_s: in_frames.map(|interval| interval.value),
        bytes_per_s: in_bytes.map(|interval| interval.value),
        spread: in_bytes.and_then(|_| {
            let in_frames = in_frames.and_then(|_| Spread::of(&frames));
            Some(CellSpread {
                frames_per_s: in_frames.map(quartiles),
                bytes_per_s: quartiles(Spread::of(&bytes)?),
            })
        }),
        interval: in_bytes.map(|in_bytes| CellInterval {
            frames_per_s: in_frames.map(high_low),
            bytes_per_s: high_low(in_bytes),
        }),
        ratio: to_baseline(shown, measured, head).filter(|_| has_figure),
        latency: latency(measured).filter(|_| has_figure),
        sent: sum(|sample| sample.sent),
        verified: sum(|sample| sample.verified),
        verified_by: measured.mode.map(|mode| verified_by(mode).to_owned()),
        cpu: cpu(measured).filter(|_| has_figure),
        peak_memory: measured.peak_resident,
        limit: match measured.target == CEILING || !has_figure {
            true => None,
            false => limit_of(measured, of_ceiling),
        },
        of_ceiling: of_ceiling.filter(|_| measured.target != CEILING),
        notes: measured.notes.clone(),
        error: measured.failed.as_ref().map(|failed| BenchError {
            kind: failed.kind.word().to_owned(),
            why: failed.why.clone(),
        }),
        rounds: measured.samples.iter().map(round).collect(),
    }
}

/// What the ceiling is called.
const CEILING: &str = "ceiling";

/// Why a latency in an open loop is at the tool's limit.
const OWN_LATENCY: &str = "its median latency is within 20 % of what framecheck itself adds";

/// An open loop that keeps its rate is not slowed down by how busy we are.
const KEPT: f64 = 0.98;

fn pattern(framing: &str) -> u8 {
    let framing: Option<Framing> = framing.parse().ok();
    framing.map_or(0, |framing| framing.pattern_number())
}

fn version(measured: &Measured, head: &BenchHead) -> Option<String> {
    let target = head.targets.iter().find(|one| one.name == measured.target);
    match target {
        None => Some(head.version.clone()),
        Some(target) if target.address == "builtin" => Some(head.version.clone()),
        Some(target) => target.about.get("version").cloned(),
    }
}

fn ceiling(shown: &Shown, mode: Option<Mode>) -> Option<&Measured> {
    let same = |ceiling: &&Ceiling| Some(ceiling.mode) == mode;
    let found = shown.ceilings.iter().find(same)?;
    Some(&found.measured).filter(|measured| measured.failed.is_none())
}

/// How near a figure is to the ceiling's: in an open loop, where the rate is given, that of latencies.
fn share(measured: &Measured, ceiling: &Measured) -> Option<f64> {
    if measured.rate.is_some() {
        let near =
            |latency: &Latency| (latency.frames() > 0).then(|| latency.at(50.0).as_secs_f64());
        let (own, theirs) = (near(&ceiling.corrected)?, near(&measured.corrected)?);
        return Some(own / theirs);
    }
    // The seed makes the interval only, which is not asked for.
    ratio(&measured.rates(), &ceiling.rates(), 0).map(|ratio| ratio.value)
}

fn limit_of(measured: &Measured, of_ceiling: Option<f64>) -> Option<BenchLimit> {
    let kept = |rate: f64| {
        measured
            .samples
            .iter()
            .all(|sample| sample.frames_per_s() >= KEPT * rate)
    };
    let cpu = match measured.rate.is_some_and(kept) {
        true => None,
        false => measured.cpu(),
    };
    limit(of_ceiling, cpu).map(|limit| BenchLimit {
        by: limit.word().to_owned(),
        why: match (limit, measured.rate) {
            (Limit::Ceiling, Some(_)) => OWN_LATENCY.to_owned(),
            _ => limit.to_string(),
        },
    })
}

fn to_baseline(shown: &Shown, measured: &Measured, head: &BenchHead) -> Option<Ratio> {
    let baseline = shown
        .targets
        .iter()
        .find(|one| one.target == head.baseline)?;
    if baseline.target == measured.target || baseline.failed.is_some() {
        return None;
    }
    let Interval { value, low, high } = ratio(&measured.rates(), &baseline.rates(), head.seed)?;
    let to = head.baseline.clone();
    Some(Ratio {
        to,
        value,
        low,
        high,
    })
}

fn latency(measured: &Measured) -> Option<CellLatency> {
    let of = |latency: &Latency| {
        let percentiles = latency.percentiles().into_iter();
        let all = percentiles.chain([(100.0, latency.longest())]);
        all.map(|(percent, time)| Percentile {
            percent,
            seconds: time.as_secs_f64(),
        })
        .collect()
    };
    let some = |latency: &Latency| (latency.frames() > 0).then(|| of(latency));
    Some(CellLatency {
        uncorrected: some(&measured.latency)?,
        corrected: some(&measured.corrected),
    })
}

fn verified_by(mode: Mode) -> &'static str {
    match mode {
        Mode::Echo => "bytes",
        Mode::Report => "checksums",
        Mode::OneWay => "close",
    }
}

fn cpu(measured: &Measured) -> Option<Cpu> {
    let frames: u64 = measured.samples.iter().map(|sample| sample.verified).sum();
    let own: f64 = measured.samples.iter().map(|sample| sample.own_cpu).sum();
    let target = measured.cpu().map(|(_, target)| target);
    (frames > 0).then(|| Cpu {
        own,
        own_per_frame: own / frames as f64,
        target,
        target_per_frame: target.map(|target| target / frames as f64),
    })
}

fn round(sample: &Sample) -> BenchRound {
    BenchRound {
        round: sample.round,
        frames: sample.verified,
        bytes: sample.bytes,
        seconds: sample.seconds,
        own_cpu: sample.own_cpu,
        target_cpu: sample.target_cpu,
        p99_seconds: sample.p99,
    }
}

fn quartiles(spread: Spread) -> Quartiles {
    let Spread {
        min,
        low,
        high,
        max,
    } = spread;
    Quartiles {
        min,
        low,
        high,
        max,
    }
}

fn high_low(interval: Interval) -> HighLow {
    HighLow {
        low: interval.low,
        high: interval.high,
    }
}
