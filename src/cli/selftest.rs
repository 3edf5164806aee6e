//! `framecheck selftest`: every fault against the suite.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::run::{jobs, paint, processors, report_file, seed, tier, trouble, unwritable};
use super::target::time;
use super::{Ended, Failure, Status, print};
use crate::framing::Framing;
use crate::report::{SelftestReport, SelftestSummary, selftest_json, selftest_text};
use crate::run::command::{Address, Command};
use crate::run::{Options, Target, Trial, Trouble, files, guard, interrupt, selftest};
use crate::suite::gate::Gate;
use crate::suite::{Case, Manner, Observer, PayloadKind, Plan, Row, Server, Tier, embedded, rows};

/// Tries the suite on servers with deliberate defects, to prove that it sees every one, and on correct ones, to prove that it sees nothing there.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Only faults with this in their name, without the reference under all framings
    #[arg(long, value_name = "TEXT")]
    fault: Option<String>,
    /// The broadest tier: what quick cases do not see is tried with those of the others
    #[arg(long, value_name = "TIER", default_value = "full", value_parser = tier)]
    tier: Tier,
    /// What random cuts are made from
    #[arg(long, value_name = "N", default_value_t = 1, allow_negative_numbers = true, value_parser = seed)]
    seed: u64,
    /// Worker threads [default: one for each processor]
    #[arg(long, short, value_name = "N", allow_negative_numbers = true, value_parser = jobs)]
    jobs: Option<usize>,
    /// How long a faulty server may make no progress; a correct one has ten times as much
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = time)]
    timeout: Duration,
    /// Shrink the lightest failure of each faulty server, for so long at most
    #[arg(long, value_name = "TIME", value_parser = time)]
    shrink: Option<Duration>,
    /// Write a report as well: json=FILE
    #[arg(long, value_name = "FORMAT=FILE", value_parser = report_file)]
    report: Vec<PathBuf>,
}

/// What a correct server has more time than a faulty one, on which many cases wait for nothing.
const PATIENCE: u32 = 10;

pub(super) fn selftest_command(args: &Args) -> Ended {
    let rows = rows(args.fault.as_deref());
    if rows.is_empty() {
        return Err(Failure {
            status: Status::Nothing,
            why: format!(
                "no fault has {:?} in its name; `framecheck list faults` prints them",
                args.fault.as_deref().unwrap_or_default()
            ),
        });
    }
    for file in &args.report {
        files::check_writable(file).map_err(|error| unwritable(file, &error))?;
    }
    interrupt::install().map_err(|error| Failure::usage(format!("signals: {error}")))?;
    let begun = Instant::now();
    let stages = Stages::of(&rows, args);
    let (correct, faulty): (Vec<_>, Vec<_>) = trials(rows, &stages, args.shrink)?
        .into_iter()
        .partition(|trial| trial.all);
    let bar = super::run::bar(correct.len() + faulty.len(), "servers");
    let (mut tried, mut ended) = selftest(&faulty, &options(args, args.timeout), &|_| bar.inc(1));
    if ended.is_none() {
        let patient = options(args, args.timeout * PATIENCE);
        let (more, trouble) = selftest(&correct, &patient, &|_| bar.inc(1));
        tried.extend(more);
        ended = trouble;
    }
    bar.finish_and_clear();
    let report = SelftestReport {
        seed: args.seed,
        tier: args.tier,
        trouble: ended.as_ref().map(trouble),
        seconds: begun.elapsed().as_secs_f64(),
        tried: &tried,
    };
    let printed = print(&selftest_text(&report, paint()));
    for file in &args.report {
        files::write_whole(file, &selftest_json(&report))
            .map_err(|error| unwritable(file, &error))?;
    }
    printed?;
    status(ended, SelftestSummary::of(&tried))
}

fn status(ended: Option<Trouble>, summary: SelftestSummary) -> Ended {
    match ended {
        Some(Trouble::Interrupted) => Ok(Status::Interrupted),
        Some(why) => Err(Failure {
            status: Status::Target,
            why: trouble(&why),
        }),
        None if summary.is_clean() => Ok(Status::Conformant),
        None => Ok(Status::NotConformant),
    }
}

fn options(args: &Args, timeout: Duration) -> Options {
    Options {
        gate: Gate::Auto,
        timeout,
        jobs: args.jobs.unwrap_or_else(processors),
        stdout: None,
        payloads: PayloadKind::Any,
    }
}

/// The cases of each framing, in stages.
struct Stages {
    framings: Vec<(Framing, Vec<Stage>)>,
    /// The reference under all framings.
    everything: Vec<(Framing, Vec<Case>)>,
}

impl Stages {
    fn of(rows: &[Row], args: &Args) -> Self {
        let mut framings: Vec<(Framing, Vec<Stage>)> = Vec::new();
        for row in rows {
            if framings.iter().all(|(framing, _)| *framing != row.framing) {
                framings.push((row.framing.clone(), stages(&row.framing, args)));
            }
        }
        let everything = match args.fault {
            Some(_) => Vec::new(),
            None => plan(Tier::Quick, args.seed).of_everything(),
        };
        Self {
            framings,
            everything,
        }
    }

    /// The stages of a row. What a correct server uses does not depend on the observer, and is measured once.
    fn of_row(&self, row: &Row) -> Vec<(Tier, &[Case])> {
        let faulty = matches!(row.server, Server::Faulty(_));
        let found = self
            .framings
            .iter()
            .find(|(framing, _)| *framing == row.framing);
        let stages = found.map_or(&[][..], |(_, stages)| stages).iter();
        stages
            .filter(|stage| !stage.measures || faulty || row.observer == Observer::Report)
            .map(|stage| (stage.tier, &stage.cases[..]))
            .collect()
    }
}

/// Cases that a tier adds to the ones before it.
struct Stage {
    tier: Tier,
    /// They measure what the server uses, which takes longer than others.
    measures: bool,
    cases: Vec<Case>,
}

/// The stages of a framing: of each tier what talks first, and then what measures.
fn stages(framing: &Framing, args: &Args) -> Vec<Stage> {
    let mut known = HashSet::new();
    let mut stages = Vec::new();
    for &tier in Tier::ALL.iter().filter(|&&tier| tier <= args.tier) {
        let mut cases = plan(tier, args.seed).of_framing(framing);
        cases.retain(|case| known.insert(case.id.clone()));
        let (measuring, talking) = cases
            .into_iter()
            .partition(|case| matches!(case.manner, Manner::Measure(_)));
        stages.extend(
            [(false, talking), (true, measuring)].map(|(measures, cases)| Stage {
                tier,
                measures,
                cases,
            }),
        );
    }
    stages
}

fn plan(tier: Tier, seed: u64) -> Plan<'static> {
    Plan {
        vectors: embedded(),
        payloads: &PayloadKind::Any,
        tier,
        seed,
    }
}

/// Each row with its server and its cases, and the reference under every framing with both observers.
fn trials(
    rows: Vec<Row>,
    stages: &Stages,
    shrink: Option<Duration>,
) -> Result<Vec<Trial<'_>>, Failure> {
    let mut trials = Vec::new();
    for row in rows {
        trials.push(Trial {
            target: server(&row)?,
            stages: stages.of_row(&row),
            all: !matches!(row.server, Server::Faulty(_)),
            shrink: shrink.filter(|_| matches!(row.server, Server::Faulty(_))),
            row,
        });
    }
    for (framing, cases) in &stages.everything {
        for observer in [Observer::Echo, Observer::Report] {
            let row = Row {
                server: Server::Reference,
                framing: framing.clone(),
                observer,
            };
            trials.push(Trial {
                target: server(&row)?,
                stages: vec![(Tier::Quick, cases)],
                all: true,
                shrink: None,
                row,
            });
        }
    }
    Ok(trials)
}

/// This program itself, as `serve` with the fault.
fn server(row: &Row) -> Result<Target, Failure> {
    let program = std::env::current_exe()
        .map_err(|error| Failure::usage(format!("this program's own path: {error}")))?;
    let program = program.to_string_lossy();
    let framing = row.framing.to_string();
    let mut words = vec![&*program, "serve", "--framing", &framing];
    words.extend([
        "--observe",
        row.observer.word(),
        "--listen",
        "{host}:{port}",
    ]);
    match row.server {
        Server::Reference => {}
        Server::Twin => words.extend(["--fault", "none"]),
        Server::Faulty(fault) => words.extend(["--fault", fault.name]),
    }
    let wrong = |why: String| Failure::usage(format!("this program's own path: {why}"));
    let line = shlex::try_join(words).map_err(|error| wrong(error.to_string()))?;
    let command = Command::parse(&line, Address::Free(IpAddr::V4(Ipv4Addr::LOCALHOST)))
        .map_err(|bad| wrong(bad.to_string()))?;
    Ok(Target::Command(Box::new(
        command.guard(guard::THIS_PROGRAM),
    )))
}
