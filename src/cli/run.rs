//! `framecheck run`: the suite against a target.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

use super::findings::{self, Findings};
use super::session::{Done, Session};
use super::target::{Chosen, Subject, TargetArgs, flag};
use super::{Ended, Failure, Status, course, framing, known, reports, select};
use crate::framing::Framing;
use crate::report::{self, Document, Paint, Report};
use crate::run::{Deadline, Progress, Trouble, files, interrupt};
use crate::suite::gate;
use crate::suite::{Listed, Outcome, Plan, RunConfig, Tier, Vector};

/// Runs the suite against targets: addresses, commands that we start, those of a framecheck.toml, or the built-in reference server.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    target: TargetArgs,
    /// What the target speaks, such as netstring or 'prefixed:u32be,max=64KiB'; without it, the built-in target is tried with all
    #[arg(long, value_name = "TEXT")]
    framing: Option<String>,
    /// How many cases: quick, full or soak [default: quick]
    #[arg(long, value_name = "TIER", value_parser = tier)]
    tier: Option<Tier>,
    #[command(flatten)]
    select: select::SelectArgs,
    #[command(flatten)]
    pub(super) course: course::CourseArgs,
    /// What random cuts are made from [default: 1]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = seed)]
    seed: Option<u64>,
    /// Worker threads, each with a target of its own where we start it [default: one for each processor]
    #[arg(long, short, value_name = "N", allow_negative_numbers = true, value_parser = jobs)]
    jobs: Option<usize>,
    #[command(flatten)]
    reports: reports::ReportArgs,
    #[command(flatten)]
    known: known::KnownArgs,
    /// Load vectors from this folder, in place of the built-in ones
    #[arg(long, value_name = "DIR")]
    vectors: Option<PathBuf>,
    #[command(flatten)]
    findings: findings::FindingArgs,
    /// A target that is skipped, since something is missing that it needs, is an error (exit status 3)
    #[arg(long)]
    require_all: bool,
}

pub(super) fn seed(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| format!("a seed is a whole number from 0 to {}", u64::MAX))
}

pub(super) fn jobs(text: &str) -> Result<usize, String> {
    let jobs = text.parse().ok().filter(|&jobs| jobs > 0);
    jobs.ok_or_else(|| "jobs are a whole number, at least 1".to_owned())
}

pub(super) fn tier(text: &str) -> Result<Tier, String> {
    let found = Tier::ALL.iter().find(|tier| tier.word() == text);
    found
        .copied()
        .ok_or_else(|| "a tier is one of: quick, full, soak".to_owned())
}

pub(super) fn run(args: &Args) -> Ended {
    let deadline = args.course.deadline()?;
    let framing = args.framing.as_deref().map(framing).transpose()?;
    let configured = args.target.chosen()?;
    let args = &Settled::new(args, configured.run);
    args.flags.reports.check()?;
    let targets = speaking(configured.targets, framing.as_ref())?;
    let sessions = sessions(args, targets, framing.as_ref(), deadline)?;
    interrupt::install().map_err(|error| Failure::usage(format!("signals: {error}")))?;
    let cases = sessions.iter().map(Session::cases).sum();
    let planned = sessions.iter().map(Session::planned).sum();
    let bar = Bar::new(cases);
    bar.notes().extend(args.flags.select.note(planned, cases));
    let begun = Instant::now();
    let more = args.flags.target.look_words();
    let mut done = Vec::new();
    for session in sessions {
        let one = session.run(&args.flags.known, &args.findings, &more, &bar)?;
        let over = one.ends_all();
        bar.notes().extend(one.skipped());
        let outcomes = one.run().outcomes.iter();
        bar.notes().extend(wrong_observer(outcomes));
        done.push(one);
        if over {
            break;
        }
    }
    let (command, flags) = args.replay_words();
    let report = Report {
        targets: done
            .iter()
            .map(|one| one.tested(&command, &flags))
            .collect(),
        seed: args.seed,
        notes: bar.finish(),
        trouble: course::ended(done.iter().map(Done::run), cases).or_else(|| match &done[..] {
            [one] => one.trouble(),
            _ => None,
        }),
        seconds: begun.elapsed().as_secs_f64(),
    };
    let text = report::text(&report, paint());
    args.flags.reports.write(|| Document::of(&report), &text)?;
    for one in &done {
        one.write(&args.flags.known)?;
    }
    status(args, &done)
}

/// The flags, with what the configuration says where they are silent.
struct Settled<'a> {
    flags: &'a Args,
    tier: Tier,
    seed: u64,
    jobs: usize,
    vectors: Option<PathBuf>,
    findings: Findings,
}

impl<'a> Settled<'a> {
    fn new(flags: &'a Args, config: RunConfig) -> Self {
        let vectors = flags.vectors.clone();
        Self {
            flags,
            tier: flags.tier.or(config.tier).unwrap_or_default(),
            seed: flags.seed.or(config.seed).unwrap_or(SEED),
            jobs: flags.jobs.or(config.jobs).unwrap_or_else(processors),
            vectors: vectors.or(config.vectors.map(PathBuf::from)),
            findings: flags.findings.settled(config.shrink, config.findings),
        }
    }

    /// The words before and behind those of a target that run the same again, without what only selects or reports.
    fn replay_words(&self) -> (Vec<String>, Vec<String>) {
        let flags = self.flags;
        let before = vec!["framecheck".to_owned(), "run".to_owned()];
        let folder = flags.vectors.as_ref();
        let mut behind = Vec::new();
        for (name, value) in [
            ("--framing", flags.framing.clone()),
            ("--tier", flags.tier.map(|tier| tier.word().to_owned())),
            ("--seed", flags.seed.map(|seed| seed.to_string())),
            (
                "--vectors",
                folder.map(|folder| folder.display().to_string()),
            ),
        ] {
            behind.extend(flag(name, value));
        }
        behind.extend(flags.target.look_words());
        (before, behind)
    }
}

/// What random cuts are made from where nothing is said.
const SEED: u64 = 1;

/// What is said where nobody says what a target speaks.
pub(super) const FRAMING_NEEDED: &str =
    "--framing is needed: what does the target speak? `framecheck list framings` prints the names";

/// The targets with what each is tried with: the framing of the flag, of those of a configuration it alone.
fn speaking(targets: Vec<Chosen>, framing: Option<&Framing>) -> Result<Vec<Chosen>, Failure> {
    let Some(framing) = framing else {
        let speechless = targets
            .iter()
            .find(|one| one.framings.is_empty() && !matches!(one.subject, Subject::Builtin));
        return match speechless {
            None => Ok(targets),
            Some(_) => Err(Failure::usage(FRAMING_NEEDED)),
        };
    };
    let meant = |other: &Framing| other.expanded() == framing.expanded();
    let speaks = |one: &Chosen| one.framings.is_empty() || one.framings.iter().any(meant);
    let left: Vec<Chosen> = targets.into_iter().filter(speaks).collect();
    match left.is_empty() {
        true => Err(Failure::usage(format!(
            "--framing: no target of the configuration speaks {framing}"
        ))),
        false => Ok(left
            .into_iter()
            .map(|one| Chosen {
                framings: vec![framing.clone()],
                ..one
            })
            .collect()),
    }
}

/// What is tried on each target.
fn sessions(
    args: &Settled,
    targets: Vec<Chosen>,
    framing: Option<&Framing>,
    deadline: Option<Deadline>,
) -> Result<Vec<Session>, Failure> {
    let vectors = vectors(args.vectors.as_deref())?;
    let lists = args.flags.known.lists(&targets)?;
    let mut sessions = Vec::new();
    let mut plans = Vec::new();
    for (number, (chosen, list)) in targets.into_iter().zip(lists).enumerate() {
        let options = chosen.options(chosen.observer(), args.jobs)?;
        let plan = Plan {
            vectors: &vectors,
            payloads: &options.payloads,
            tier: args.tier,
            seed: args.seed,
        };
        let everything = framing.is_none() && chosen.framings.is_empty();
        let planned = match everything {
            true => plan.of_everything(),
            false => {
                let framings = chosen.framings.iter();
                framings
                    .map(|framing| (framing.clone(), plan.of_framing(framing)))
                    .collect()
            }
        };
        let known = &args.flags.known;
        let mut session = Session::new(chosen, options, known, list, &planned, everything)?;
        session.options.course = args.flags.course.course(deadline, &session.listed);
        sessions.push(session);
        let planned = planned.into_iter();
        plans.extend(planned.map(|(framing, cases)| ((number, framing), cases)));
    }
    for ((number, framing), cases) in args.flags.select.of(plans)? {
        sessions[number].add(&framing, cases)?;
    }
    Ok(sessions)
}

/// What the run came to: the worst that a target did.
fn status(args: &Settled, done: &[Done]) -> Ended {
    let outcomes = |one: &Done| judged(&one.run().outcomes, one.known());
    let all: Vec<Option<Status>> = done.iter().map(outcomes).collect();
    if done.iter().any(Done::interrupted) {
        return Ok(Status::Interrupted);
    }
    // What was not run to its end must not look conformant.
    if done.iter().any(Done::ends_all) {
        return Ok(Status::NotConformant);
    }
    let failure = done.iter().find_map(Done::failure);
    let missing = match args.flags.require_all {
        true => done.iter().find_map(Done::skipped),
        false => None,
    };
    match (failure, missing) {
        _ if all.contains(&Some(Status::NotConformant)) && done.len() > 1 => {
            Ok(Status::NotConformant)
        }
        (Some(failure), _) => Err(failure),
        (None, Some(why)) => Err(Failure {
            status: Status::Target,
            why,
        }),
        (None, None) if all.contains(&Some(Status::NotConformant)) => Ok(Status::NotConformant),
        (None, None) => {
            let lists = done
                .iter()
                .map(|one| (one.known(), &one.run().outcomes[..]));
            match known::passing(lists) {
                Some(failure) => Err(failure),
                None if all.contains(&Some(Status::Conformant)) => Ok(Status::Conformant),
                None => Ok(Status::Nothing),
            }
        }
    }
}

/// What to try where the target answers well, but to another observer.
pub(super) fn wrong_observer<'o>(
    outcomes: impl Iterator<Item = &'o Outcome> + Clone,
) -> Option<String> {
    let observer = crate::suite::mistaken(outcomes)?;
    Some(format!(
        "nearly all failed, and what came back is what a target says to the observer {observer}: try --observe {observer}"
    ))
}

/// What outcomes say of a target; `None`: they show nothing.
pub(super) fn judged(outcomes: &[Outcome], listed: &Listed) -> Option<Status> {
    let unknown = |outcome: &Outcome| outcome.failed() && !listed.knows(outcome);
    let shown = |outcome: &Outcome| {
        outcome.verdict.status == crate::suite::Status::Pass || outcome.failed()
    };
    match outcomes.iter().any(unknown) {
        true => Some(Status::NotConformant),
        false => outcomes.iter().any(shown).then_some(Status::Conformant),
    }
}

pub(super) fn trouble(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Start(error) => error.to_string(),
        Trouble::Unreachable(addr, error) => format!("nothing answers at {addr}: {error}"),
        Trouble::Interrupted => "interrupted".to_owned(),
        Trouble::Failed => "a case failed (--fail-fast)".to_owned(),
        Trouble::Skipped(why) => format!("case after case is skipped: {why}"),
        Trouble::Deadline(time) => format!("the deadline of {} passed", gate::Short(*time)),
    }
}

/// The vectors of a folder, or the built-in ones.
pub(super) fn vectors(folder: Option<&Path>) -> Result<Vec<Vector>, Failure> {
    match folder {
        None => Ok(crate::suite::embedded().to_vec()),
        Some(folder) => {
            files::vectors(folder).map_err(|why| Failure::usage(format!("--vectors: {why}")))
        }
    }
}

pub(super) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Colours where a terminal is, unless the user wants none (no-color.org).
pub(super) fn paint() -> Paint {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    Paint {
        colour: std::io::stdout().is_terminal() && !unwanted,
    }
}

/// A bar on standard error, where that is a terminal.
pub(super) fn bar(len: usize, unit: &str) -> ProgressBar {
    let bar = match std::io::stderr().is_terminal() {
        true => ProgressBar::new(len as u64),
        false => ProgressBar::hidden(),
    };
    let template = format!("{{bar:40}} {{pos}}/{{len}} {unit}  {{per_sec}}  {{msg}}");
    let style = ProgressStyle::with_template(&template);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

/// A bar on standard error, where that is a terminal; and what was noticed on the way.
pub(super) struct Bar {
    bar: ProgressBar,
    notes: std::sync::Mutex<Vec<String>>,
}

impl Bar {
    pub(super) fn new(cases: usize) -> Self {
        Self {
            bar: bar(cases, "cases"),
            notes: std::sync::Mutex::default(),
        }
    }

    pub(super) fn notes(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.notes
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(super) fn finish(&self) -> Vec<String> {
        self.bar.finish_and_clear();
        // What the target's people read first must not come after the bar's last line.
        let _ = std::io::stderr().flush();
        std::mem::take(&mut *self.notes())
    }
}

impl Progress for Bar {
    fn finished(&self, outcome: &Outcome) {
        self.bar.inc(1);
        if outcome.failed() {
            self.bar
                .set_message(format!("failing: {}", outcome.case.id));
        }
    }

    fn weakened(&self, why: &str) {
        let mut notes = self.notes();
        if !notes.iter().any(|note| note == why) {
            notes.push(why.to_owned());
        }
    }
}
