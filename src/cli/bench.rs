//! `framecheck bench`: throughput and latency of targets that take turns, every frame verified.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;

use super::baselines::{self, BaselineArgs};
use super::reports::{Wanted, all_of, check, unwritable, wanted_of_bench, write};
use super::run::{paint, processors, seed};
use super::target::{Chosen, NameArgs, Subject, payload_kind, time};
use super::{Ended, Failure, Status, framing, print};
use crate::framing::{Framing, Pattern};
use crate::report::{BenchDocument, BenchHead, BenchTarget, bench_text, interval_log};
use crate::run::load::{self, Cell, Contender, Course, Progress};
use crate::run::{files, interrupt};
use crate::suite::Observer;
use crate::suite::bench::{
    Bench, Extent, Failed, FailedKind, LatencyTarget, Mode, Pace, Script, Segment, Shape, size,
    usual_sizes,
};

/// Measures throughput and latency of one or more targets, side by side: addresses, commands that we start, those of a framecheck.toml, or the
/// built-in reference server. Every reply is compared with what is due; a target that answers wrong gets no figure.
#[derive(clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    #[command(flatten)]
    names: NameArgs,
    /// What the targets speak, such as netstring or 'prefixed:u32be,max=64KiB'
    #[arg(long, value_name = "TEXT")]
    framing: Option<String>,
    /// What targets do with frames: echo (send them back) or report (a line for each) [default: echo; of the built-in target in pattern 1: report]
    #[arg(long, value_name = "OBSERVER")]
    observe: Option<Observer>,
    /// The targets send nothing back: that all was read is shown by their close after our end
    #[arg(long, conflicts_with = "observe")]
    one_way: bool,
    /// Bytes of payloads, a row of figures for each; in patterns 1 and 2 of streams [default: 16,256,4096,65536, as far as the framing has them; of streams 64KiB,1GiB]
    #[arg(long, value_name = "SIZES", value_delimiter = ',', value_parser = payload_size)]
    payload_sizes: Vec<u64>,
    /// What payloads the targets take: any, ascii, utf-8, json, or a file with one payload a line [default: any]
    #[arg(long, value_name = "KIND")]
    payload: Option<String>,
    /// At a time
    #[arg(long, short, value_name = "N", default_value_t = 1, allow_negative_numbers = true, value_parser = connections)]
    connections: usize,
    /// Frames on their way on each connection; 1 is request and reply [default: what 256 KiB hold, for all connections together]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = at_least_one)]
    in_flight: Option<u64>,
    /// Bytes in one write: fast (as many as may be sent), mss (a segment of the connection), or a number
    #[arg(long, value_name = "SIZE", default_value_t = Segment::Fast)]
    segment: Segment,
    /// How long each target is measured with each size, in all rounds that count [default: 2s]
    #[arg(long, value_name = "TIME", value_parser = time)]
    duration: Option<Duration>,
    /// Send just so many frames to each target with each size; without --warm-up there is none then
    #[arg(long, value_name = "N", conflicts_with = "duration", allow_negative_numbers = true, value_parser = at_least_one)]
    frames: Option<u64>,
    /// Open loop: so many frames a second (1000/s), whatever comes back; latency counts from when a frame should have been sent
    #[arg(long, value_name = "N/s", value_parser = rate)]
    rate: Option<f64>,
    /// Search the highest rate that holds this, such as p99=5ms
    #[arg(long, value_name = "pN=TIME", conflicts_with = "rate")]
    latency_target: Option<LatencyTarget>,
    /// Rounds in which the targets take turns
    #[arg(long, value_name = "N", default_value_t = 10, allow_negative_numbers = true, value_parser = rounds)]
    rounds: u32,
    /// Rounds before them that do not count [default: 2]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = warm_up)]
    warm_up: Option<u32>,
    /// The target that ratios are taken to [default: the first]
    #[arg(long, value_name = "TARGET")]
    baseline: Option<String>,
    /// How long nothing may move
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = time)]
    timeout: Duration,
    /// What payloads, orders and intervals are made from
    #[arg(long, value_name = "N", default_value_t = 1, allow_negative_numbers = true, value_parser = seed)]
    seed: u64,
    /// Write a report as well: json, csv, markdown or html; may be given several times. FORMAT=- prints it in place of the text
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = wanted_of_bench)]
    reports: Vec<Wanted<BenchDocument>>,
    /// Write all latencies as an HdrHistogram interval log, which other tools read and merge
    #[arg(long, value_name = "FILE")]
    hdr: Option<PathBuf>,
    /// Keep it as a baseline of this name, for `compare`, where nothing failed
    #[arg(long, value_name = "NAME", value_parser = baselines::name)]
    save: Option<String>,
    #[command(flatten)]
    baselines: BaselineArgs,
}

const AFTER: &str = "Targets take turns in short rounds, so that a noisy moment hits all alike; ratios are taken round by round. In each round framecheck \
measures itself too, against a peer that does next to nothing: a figure within 20 % of that ceiling, or for which framecheck used more processor \
time than the target, is marked \"at the tool's limit\".\n\nExit status: 0 measured; 1 a target answered wrong, stalled, closed or died; 2 wrong usage or configuration; \
3 a target could not be started or reached; 130 interrupted.\n\nExamples:\n  \
framecheck bench builtin --framing prefixed:u32be\n  \
framecheck bench --cmd './a {port}' --cmd './b {port}' --framing netstring --payload-sizes 64,64KiB --connections 16\n  \
framecheck bench 127.0.0.1:7000 --framing crlf --in-flight 1 --connections 256 --report json=bench.json\n  \
framecheck bench 127.0.0.1:7000 --framing crlf --payload-sizes 64 --rate 10000/s --hdr latency.hlog\n  \
framecheck bench --cmd './server {port}' --framing netstring --save main --report html=bench.html\n  \
framecheck bench builtin --framing eof,max=none --payload-sizes 1GiB";

/// Most systems have no more ports for one address.
const CONNECTIONS: usize = 20_000;

fn payload_size(text: &str) -> Result<u64, String> {
    size(text).ok_or_else(|| "a size is a number of bytes: 64, 64KiB, 1MiB".to_owned())
}

fn connections(text: &str) -> Result<usize, String> {
    let number = text
        .parse()
        .ok()
        .filter(|number| (1..=CONNECTIONS).contains(number));
    number.ok_or_else(|| format!("connections are a whole number from 1 to {CONNECTIONS}"))
}

fn at_least_one(text: &str) -> Result<u64, String> {
    let number = text.parse().ok().filter(|&number| number > 0);
    number.ok_or_else(|| "it is a whole number, at least 1".to_owned())
}

fn rounds(text: &str) -> Result<u32, String> {
    let number = text
        .parse()
        .ok()
        .filter(|number| (1..=1000).contains(number));
    number.ok_or_else(|| "rounds are a whole number from 1 to 1000".to_owned())
}

fn warm_up(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|&number| number <= 1000);
    number.ok_or_else(|| "rounds to warm up are a whole number from 0 to 1000".to_owned())
}

fn rate(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix("/s").unwrap_or(text).parse().ok();
    let number = number.filter(|rate: &f64| (0.001..=1e9).contains(rate));
    number.ok_or_else(|| "a rate is frames a second, at least 0.001: 1000/s".to_owned())
}

pub(super) fn bench(args: &Args) -> Ended {
    let framing = args.framing.as_deref().map(framing).transpose()?;
    let targets = args.names.side_by_side()?.targets;
    check("--report", &args.reports)?;
    if let Some(file) = &args.hdr {
        files::check_writable(file).map_err(|error| unwritable("--hdr", file, &error))?;
    }
    let head = args.head(&targets)?;
    let plans = args.plans(&targets, framing.as_ref())?;
    if let Some(name) = &args.save {
        args.baselines.folder().check(name)?;
    }
    interrupt::install().map_err(|error| Failure::usage(format!("signals: {error}")))?;
    let unbuilt: Vec<_> = targets.iter().map(unbuilt).collect();
    let cells = cells(args, &targets, &unbuilt, plans)?;
    let course = args.course();
    let begun = Instant::now();
    let bar = Turns::new(&cells, &course);
    let bench = load::bench(&cells, &course, &bar);
    bar.0.finish_and_clear();
    let head = BenchHead {
        seconds: begun.elapsed().as_secs_f64(),
        ..head
    };
    let (document, status) = (BenchDocument::of(&bench, head), status(&bench));
    args.write(&bench, &document)?;
    args.save(&document, status)?;
    Ok(status)
}

/// A framing with the sizes in which it is measured.
struct Planned {
    framing: Framing,
    sizes: Vec<u64>,
}

impl Args {
    fn course(&self) -> Course {
        let extent = match (self.frames, self.duration) {
            (Some(frames), _) => Extent::Frames(frames),
            (None, duration) => Extent::Time(duration.unwrap_or(Duration::from_secs(2))),
        };
        let rounds = match extent {
            Extent::Frames(frames) => self.rounds.min(u32::try_from(frames).unwrap_or(u32::MAX)),
            Extent::Time(_) => self.rounds,
        };
        let usual = if self.frames.is_some() { 0 } else { 2 };
        Course {
            extent,
            rounds,
            warm_up: self.warm_up.unwrap_or(usual),
            seed: self.seed,
            timeout: self.timeout,
            ceiling: true,
        }
    }

    fn head(&self, targets: &[Chosen]) -> Result<BenchHead, Failure> {
        let first = targets.first().map(|one| one.name.clone());
        let baseline = match &self.baseline {
            None => first.unwrap_or_default(),
            Some(name) if targets.iter().any(|one| one.name == *name) => name.clone(),
            Some(name) => {
                let names: Vec<_> = targets.iter().map(|one| &*one.name).collect();
                return Err(Failure::usage(format!(
                    "--baseline {name:?}: no such target; there are: {}",
                    names.join(", ")
                )));
            }
        };
        let Course {
            rounds, warm_up, ..
        } = self.course();
        let target = |one: &Chosen| BenchTarget {
            name: one.name.clone(),
            address: one.subject.name(),
            about: one.about.clone(),
        };
        Ok(BenchHead {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            seed: self.seed,
            seconds: 0.0,
            rounds,
            warm_up,
            baseline,
            processors: processors(),
            notes: Vec::new(),
            targets: targets.iter().map(target).collect(),
        })
    }

    /// The framings that are asked for, or those of the configuration.
    fn plans(
        &self,
        targets: &[Chosen],
        framing: Option<&Framing>,
    ) -> Result<Vec<Planned>, Failure> {
        let mut framings: Vec<Framing> = framing.into_iter().cloned().collect();
        if framing.is_none() {
            for own in targets.iter().flat_map(|one| &one.framings) {
                if !framings.contains(own) {
                    framings.push(own.clone());
                }
            }
        }
        if framings.is_empty() {
            return Err(Failure::usage(
                "--framing is needed: what do the targets speak? `framecheck list framings` prints the names",
            ));
        }
        framings
            .into_iter()
            .map(|framing| self.planned(framing))
            .collect()
    }

    fn planned(&self, framing: Framing) -> Result<Planned, Failure> {
        let streams = framing.pattern_number() <= 2;
        if streams && (self.rate.is_some() || self.latency_target.is_some()) {
            return Err(Failure::usage(format!(
                "--rate and --latency-target are for frames, and {framing} has none: a connection carries one stream"
            )));
        }
        if self.one_way && self.latency_target.is_some() {
            return Err(Failure::usage(
                "--latency-target needs replies, and with --one-way there are none",
            ));
        }
        let sizes = match &self.payload_sizes[..] {
            [] => usual_sizes(&framing),
            sizes => sizes.to_vec(),
        };
        Ok(Planned { framing, sizes })
    }

    fn shape(&self) -> Shape {
        let pace = match (self.rate, self.latency_target) {
            (Some(rate), _) => Pace::Rate(rate),
            (None, Some(target)) => Pace::Search(target),
            (None, None) => Pace::Closed,
        };
        Shape {
            connections: self.connections,
            in_flight: self.in_flight,
            segment: self.segment,
            pace,
        }
    }

    /// What a target does with frames.
    fn mode(&self, chosen: &Chosen, framing: &Framing) -> Result<Mode, Failure> {
        let builtin = matches!(chosen.subject, Subject::Builtin);
        let usual = match framing.pattern {
            Pattern::Eof if builtin => Observer::Report,
            _ => Observer::Echo,
        };
        match self.observe.or(chosen.look.observe).unwrap_or(usual) {
            _ if self.one_way => Ok(Mode::OneWay),
            Observer::Echo => Ok(Mode::Echo),
            Observer::Report => Ok(Mode::Report),
            Observer::Stdout if self.observe.is_none() => Ok(Mode::OneWay),
            Observer::Invariance => Err(Failure::usage(
                "--observe invariance: a reply that may be anything cannot be verified; a target that is measured echoes or reports",
            )),
            Observer::Stdout => Err(Failure::usage(
                "--observe stdout: what is printed is not measured; with --one-way the close of a connection shows that all was read",
            )),
        }
    }

    /// Prints the text, or the report that is wanted in its place; then writes the others.
    fn write(&self, bench: &Bench, document: &BenchDocument) -> Result<(), Failure> {
        let mut failed = Vec::new();
        if !self.reports.iter().any(Wanted::is_printed) {
            let printed = print(&bench_text(document, paint()));
            failed.extend(printed.err().map(|failure| failure.why));
        }
        failed.extend(write("--report", &self.reports, document));
        if let Some(file) = &self.hdr {
            let written = files::write_whole(file, &interval_log(bench));
            let written = written.map_err(|error| unwritable("--hdr", file, &error));
            failed.extend(written.err().map(|failure| failure.why));
        }
        all_of(&failed)
    }
}

impl Args {
    /// Keeps it as a baseline. Where something failed there would be nothing to hold another against, so the one before stays.
    fn save(&self, document: &BenchDocument, status: Status) -> Result<(), Failure> {
        let Some(name) = &self.save else {
            return Ok(());
        };
        let said = match status {
            Status::Conformant => self.baselines.folder().keep(name, document)?,
            Status::Interrupted => {
                format!("baseline {name} is not saved: the benchmark ended early")
            }
            _ => format!("baseline {name} is not saved: a target failed"),
        };
        eprintln!("framecheck: {said}");
        Ok(())
    }
}

/// Why a target cannot be tried: something is missing that it needs, or it cannot be built.
fn unbuilt(chosen: &Chosen) -> Option<Failed> {
    if let Some(why) = chosen.setup.missing() {
        return Some(Failed {
            kind: FailedKind::Skipped,
            why,
        });
    }
    let why = chosen.setup.build().err()?;
    Some(Failed {
        kind: FailedKind::Start,
        why,
    })
}

/// All targets that speak a framing, for each framing and size.
fn cells(
    args: &Args,
    targets: &[Chosen],
    unbuilt: &[Option<Failed>],
    plans: Vec<Planned>,
) -> Result<Vec<Cell>, Failure> {
    let mut cells = Vec::new();
    for Planned { framing, sizes } in plans {
        let meant = |other: &Framing| other.expanded() == framing.expanded();
        let speaks = |one: &Chosen| one.framings.is_empty() || one.framings.iter().any(meant);
        for size in sizes {
            let mut contenders = Vec::new();
            for (chosen, unbuilt) in targets.iter().zip(unbuilt).filter(|(one, _)| speaks(one)) {
                contenders.push(contender(args, chosen, unbuilt.as_ref(), &framing, size)?);
            }
            if contenders.is_empty() {
                return Err(Failure::usage(format!(
                    "--framing: no target of the configuration speaks {framing}"
                )));
            }
            let mut payloads = contenders.iter().filter_map(|one| one.work.as_ref().ok());
            let payload = payloads.next().map_or(size, |(_, script)| script.payload());
            cells.push(Cell {
                framing: framing.to_string(),
                payload,
                shape: args.shape(),
                contenders,
            });
        }
    }
    Ok(cells)
}

fn contender(
    args: &Args,
    chosen: &Chosen,
    unbuilt: Option<&Failed>,
    framing: &Framing,
    size: u64,
) -> Result<Contender, Failure> {
    let mode = args.mode(chosen, framing)?;
    let kind = args.payload.as_deref().or(chosen.look.payload.as_deref());
    let kind = payload_kind(kind.unwrap_or("any"))?;
    let script = match (Script::new(framing, mode, size, &kind, args.seed), unbuilt) {
        (Ok(script), None) => Ok(script),
        (_, Some(failed)) => Err(failed.clone()),
        (Err(why), None) if args.framing.is_some() || !args.payload_sizes.is_empty() => {
            let why = format!("--payload-sizes {size}: {why} (framing {framing})");
            return Err(Failure::usage(why));
        }
        (Err(why), None) => Err(Failed {
            kind: FailedKind::Skipped,
            why: why.to_string(),
        }),
    };
    let observer = match mode {
        Mode::Echo | Mode::OneWay => Observer::Echo,
        Mode::Report => Observer::Report,
    };
    let target = chosen.target(framing, observer)?;
    Ok(Contender {
        name: chosen.name.clone(),
        work: script.map(|script| (target, script)),
    })
}

/// What the benchmark came to: the worst that a target did.
fn status(bench: &Bench) -> Status {
    let targets = bench.cells.iter().flat_map(|cell| &cell.targets);
    let failed: Vec<FailedKind> = targets
        .filter_map(|measured| Some(measured.failed.as_ref()?.kind))
        .filter(|&kind| kind != FailedKind::Skipped)
        .collect();
    match &failed[..] {
        _ if bench.interrupted => Status::Interrupted,
        [] => Status::Conformant,
        failed if failed.iter().any(|kind| kind.is_misbehaviour()) => Status::NotConformant,
        _ => Status::Target,
    }
}

/// A bar on standard error, where that is a terminal.
struct Turns(ProgressBar);

impl Turns {
    fn new(cells: &[Cell], course: &Course) -> Self {
        let seats: usize = cells.iter().map(|cell| cell.contenders.len() + 1).sum();
        let rounds = seats * (course.rounds + course.warm_up) as usize;
        Self(match std::io::stderr().is_terminal() {
            true => super::run::bar(rounds, "rounds"),
            false => ProgressBar::hidden(),
        })
    }
}

impl Progress for Turns {
    fn round(&self, target: &str) {
        self.0.set_message(target.to_owned());
        self.0.inc(1);
    }
}
