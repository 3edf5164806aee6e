//! `framecheck selftest`: every fault against the suite.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr};
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;

use super::reports::{json_file, unwritable};
use super::run::{jobs, paint, processors, seed, tier, trouble};
use super::target::{Subject, own_server, time};
use super::{Ended, Failure, Status, print};
use crate::framing::Framing;
use crate::report::{SelftestReport, SelftestSummary, hunted_text, selftest_json, selftest_text};
use crate::run::command::Address;
use crate::run::{Course, Hunt, Options, Target, Trial, Trouble, files, hunt, interrupt, selftest};
use crate::suite::gate::Gate;
use crate::suite::{
    Case, Manner, Observer, PayloadKind, Plan, Row, Server, Tier, Tried, embedded, prey, rows,
};

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
    /// Try every case of a tier on a faulty server, and not only fifty behind the first that saw the fault
    #[arg(long)]
    every: bool,
    /// Shrink the lightest failure of each faulty server, for so long at most
    #[arg(long, value_name = "TIME", value_parser = time)]
    shrink: Option<Duration>,
    /// Try no recorded and no ruled case, but hunt each fault with generated ones, for so long or until it is found
    #[arg(long, value_name = "TIME", conflicts_with_all = ["tier", "every", "shrink", "report"], value_parser = time)]
    fuzz: Option<Duration>,
    /// With --fuzz: seeds, one after the other from --seed on; each hunts what those before it have not found
    #[arg(long, value_name = "N", default_value_t = 3, requires = "fuzz")]
    seeds: u64,
    /// Write a report as well: json=FILE
    #[arg(long, value_name = "FORMAT=FILE", value_parser = json_file)]
    report: Vec<PathBuf>,
}

/// What a correct server has more time than a faulty one, on which many cases wait for nothing.
const PATIENCE: u32 = 10;

/// Cases that are tried behind the first that saw a fault: that one would do, and these tell a fault that is easily seen from others.
const FURTHER: usize = 50;

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
    if let Some(time) = args.fuzz {
        return hunted(args, time);
    }
    for file in &args.report {
        files::check_writable(file).map_err(|error| unwritable("--report", file, &error))?;
    }
    interrupt::install().map_err(|error| Failure::usage(format!("signals: {error}")))?;
    let begun = Instant::now();
    let everything = match args.fault {
        Some(_) => Vec::new(),
        None => plan(Tier::Quick, args.seed).of_everything(),
    };
    let mut session = Session {
        args,
        bar: super::run::bar(rows.len() + 2 * everything.len(), "servers"),
        tried: Vec::new(),
        ended: None,
    };
    session.faulty(&rows)?;
    session.correct(&rows, &everything)?;
    let Session {
        bar, tried, ended, ..
    } = session;
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
            .map_err(|error| unwritable("--report", file, &error))?;
    }
    printed?;
    status(ended, SelftestSummary::of(&tried))
}

/// Each fault by campaigns, seed by seed.
fn hunted(args: &Args, time: Duration) -> Ended {
    interrupt::install().map_err(|error| Failure::usage(format!("signals: {error}")))?;
    let mut left = prey(args.fault.as_deref());
    let bar = super::run::bar(left.len(), "faults");
    let options = args.options(args.timeout);
    let (mut all, mut ended) = (Vec::new(), None);
    for seed in (args.seed..).take(usize::try_from(args.seeds).unwrap_or(usize::MAX)) {
        let hunts = left.iter().map(|row| {
            Ok(Hunt {
                target: server(row)?,
                row: row.clone(),
                seed,
            })
        });
        let hunts: Vec<Hunt> = hunts.collect::<Result<_, Failure>>()?;
        bar.set_length((all.len() + hunts.len()) as u64);
        let (hunted, trouble) = hunt(&hunts, &options, time, &|_| bar.inc(1));
        let missed = hunted.iter().filter(|one| one.found.is_none());
        left = missed.map(|one| one.row.clone()).collect();
        all.extend(hunted);
        ended = trouble;
        if ended.is_some() || left.is_empty() {
            break;
        }
    }
    bar.finish_and_clear();
    print(&hunted_text(&all, time, args.timeout))?;
    match ended {
        None => Ok(Status::Conformant),
        Some(_) => status(ended, SelftestSummary::of(&[])),
    }
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

impl Args {
    fn options(&self, timeout: Duration) -> Options {
        Options {
            gate: Gate::Auto,
            timeout,
            jobs: self.jobs.unwrap_or_else(processors),
            stdout: None,
            payloads: PayloadKind::Any,
            course: Course::default(),
        }
    }
}

/// The rows of a self-test on their way.
struct Session<'a> {
    args: &'a Args,
    bar: ProgressBar,
    tried: Vec<Tried>,
    ended: Option<Trouble>,
}

impl Session<'_> {
    /// Tier by tier: what no case of a smaller one saw is tried with what the next one adds.
    fn faulty(&mut self, rows: &[Row]) -> Result<(), Failure> {
        let is_faulty = |row: &&Row| matches!(row.server, Server::Faulty(_));
        let mut unseen: Vec<Row> = rows.iter().filter(is_faulty).cloned().collect();
        for &tier in Tier::ALL.iter().filter(|&&tier| tier <= self.args.tier) {
            let plans = Plans::of(&unseen, tier, self.args);
            let mut trials = Vec::new();
            for row in unseen {
                let plan = plans.of_framing(&row.framing);
                trials.push(Trial {
                    target: server(&row)?,
                    cases: plan.for_fault(&row, tier),
                    further: self.further(&row),
                    shrink: self.args.shrink,
                    row,
                });
            }
            let tried = self.run(&trials, self.args.timeout);
            unseen = Vec::new();
            for one in tried {
                match one.survives() && tier < self.args.tier {
                    true => unseen.push(one.row),
                    false => self.tried.push(one),
                }
            }
        }
        self.tried.sort_by_key(|tried| {
            rows.iter().position(|row| {
                row.framing == tried.row.framing
                    && row.observer == tried.row.observer
                    && same_server(row, &tried.row)
            })
        });
        Ok(())
    }

    /// Correct servers with the quick cases: the twins of the faulty ones, and the reference under every framing.
    fn correct(
        &mut self,
        rows: &[Row],
        everything: &[(Framing, Vec<Case>)],
    ) -> Result<(), Failure> {
        let is_twin = |row: &&Row| matches!(row.server, Server::Twin);
        let twins: Vec<Row> = rows.iter().filter(is_twin).cloned().collect();
        let plans = Plans::of(&twins, Tier::Quick, self.args);
        let mut trials = Vec::new();
        let mut add = |row: Row, cases| -> Result<(), Failure> {
            trials.push(Trial {
                target: server(&row)?,
                cases,
                further: usize::MAX,
                shrink: None,
                row,
            });
            Ok(())
        };
        for row in &twins {
            let plan = plans.of_framing(&row.framing);
            let mut cases = vec![(Tier::Quick, &plan.talking[..])];
            // What it uses does not depend on the observer.
            if row.observer == Observer::Report {
                cases.push((Tier::Quick, &plan.measuring));
            }
            add(row.clone(), cases)?;
        }
        for (framing, cases) in everything {
            for observer in [Observer::Echo, Observer::Report] {
                let row = Row {
                    server: Server::Reference,
                    framing: framing.clone(),
                    observer,
                };
                add(row, vec![(Tier::Quick, &cases[..])])?;
            }
        }
        let tried = self.run(&trials, self.args.timeout * PATIENCE);
        self.tried.extend(tried);
        Ok(())
    }

    /// What leaves a server busy or without memory makes every case slow: the one that measures it will do.
    fn further(&self, row: &Row) -> usize {
        match row.server {
            _ if self.args.every => usize::MAX,
            Server::Faulty(fault) if fault.is_of_resources() => 0,
            _ => FURTHER,
        }
    }

    fn run(&mut self, trials: &[Trial], timeout: Duration) -> Vec<Tried> {
        if self.ended.is_some() {
            return Vec::new();
        }
        let options = self.args.options(timeout);
        let (tried, ended) = selftest(trials, &options, &|_| self.bar.inc(1));
        self.ended = ended;
        tried
    }
}

fn same_server(one: &Row, other: &Row) -> bool {
    match (one.server, other.server) {
        (Server::Faulty(one), Server::Faulty(other)) => one.name == other.name,
        _ => false,
    }
}

/// The cases of a tier, by framing.
struct Plans(Vec<(Framing, Cases)>);

/// The cases of a framing.
struct Cases {
    talking: Vec<Case>,
    /// They take longer, for they measure what the server uses.
    measuring: Vec<Case>,
}

impl Plans {
    /// Of each framing in the rows; a few threads share the work.
    fn of(rows: &[Row], tier: Tier, args: &Args) -> Self {
        let mut framings: Vec<&Framing> = Vec::new();
        for row in rows {
            if !framings.contains(&&row.framing) {
                framings.push(&row.framing);
            }
        }
        let share = framings
            .len()
            .div_ceil(args.jobs.unwrap_or_else(processors))
            .max(1);
        let planned = |framings: &[&Framing]| -> Vec<_> {
            let of_each = framings
                .iter()
                .map(|&framing| (framing.clone(), Cases::of(framing, tier, args.seed)));
            of_each.collect()
        };
        std::thread::scope(|scope| {
            let shares: Vec<_> = framings
                .chunks(share)
                .map(|framings| scope.spawn(move || planned(framings)))
                .collect();
            Self(
                shares
                    .into_iter()
                    .flat_map(|share| share.join().unwrap_or_else(|panic| resume_unwind(panic)))
                    .collect(),
            )
        })
    }

    fn of_framing(&self, framing: &Framing) -> &Cases {
        let found = self.0.iter().find(|(other, _)| other == framing);
        &found.expect("each row's framing was planned").1
    }
}

impl Cases {
    /// What the tier adds to the ones before it.
    fn of(framing: &Framing, tier: Tier, seed: u64) -> Self {
        let smaller = Tier::ALL.iter().filter(|&&other| other < tier);
        let known: HashSet<String> = smaller
            .flat_map(|&smaller| plan(smaller, seed).of_framing(framing))
            .map(|case| case.id)
            .collect();
        let mut cases = plan(tier, seed).of_framing(framing);
        cases.retain(|case| !known.contains(&case.id));
        let (measuring, talking) = cases
            .into_iter()
            .partition(|case| matches!(case.manner, Manner::Measure(_)));
        Self { talking, measuring }
    }

    /// What shows a fault soonest comes first.
    fn for_fault(&self, row: &Row, tier: Tier) -> Vec<(Tier, &[Case])> {
        let of_resources = matches!(row.server, Server::Faulty(fault) if fault.is_of_resources());
        let (talking, measuring) = (&self.talking[..], &self.measuring[..]);
        let order = match of_resources {
            true => [measuring, talking],
            false => [talking, measuring],
        };
        order.map(|cases| (tier, cases)).to_vec()
    }
}

fn plan(tier: Tier, seed: u64) -> Plan<'static> {
    Plan {
        vectors: embedded(),
        payloads: &PayloadKind::Any,
        tier,
        seed,
    }
}

/// Our own server, with the fault.
fn server(row: &Row) -> Result<Target, Failure> {
    let more = match row.server {
        Server::Reference => &[][..],
        Server::Twin => &["--fault", "none"],
        Server::Faulty(fault) => &["--fault", fault.name],
    };
    let line = own_server(&row.framing, row.observer, more)?;
    let address = Address::Free(IpAddr::V4(Ipv4Addr::LOCALHOST));
    Subject::Command(line, address).target(&row.framing, row.observer)
}
