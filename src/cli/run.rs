//! `framecheck run`: the suite against a target.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

use super::findings;
use super::target::{Subject, TargetArgs, flag};
use super::{Ended, Failure, Status, framing, known, print};
use crate::framing::Framing;
use crate::report::{self, ALL, Document, Paint, Report, Tested};
use crate::run::{Lot, Progress, Run, Trouble, files, interrupt};
use crate::suite::{Case, Listed, Observer, Outcome, PayloadKind, Plan, Selection, Tier, Vector};

/// Runs the suite against a target: an address, a command that we start, or the built-in reference server.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    target: TargetArgs,
    /// What the target speaks, such as netstring or 'prefixed:u32be,max=64KiB'; without it, the built-in target is tried with all
    #[arg(long, value_name = "TEXT")]
    framing: Option<String>,
    /// How many cases: quick, full or soak
    #[arg(long, value_name = "TIER", default_value = "quick", value_parser = tier)]
    tier: Tier,
    /// Only cases with this in their id; a whole id selects that case alone
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// What random cuts are made from
    #[arg(long, value_name = "N", default_value_t = 1, allow_negative_numbers = true, value_parser = seed)]
    seed: u64,
    /// Worker threads, each with a target of its own where we start it [default: one for each processor]
    #[arg(long, short, value_name = "N", allow_negative_numbers = true, value_parser = jobs)]
    jobs: Option<usize>,
    /// Write a report as well: json=FILE, or html=FILE, a page for a browser
    #[arg(long, value_name = "FORMAT=FILE", value_parser = report_form)]
    report: Vec<(Form, PathBuf)>,
    #[command(flatten)]
    known: known::KnownArgs,
    /// Load vectors from this folder, in place of the built-in ones
    #[arg(long, value_name = "DIR")]
    vectors: Option<PathBuf>,
    #[command(flatten)]
    findings: findings::FindingArgs,
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

pub(super) fn report_file(text: &str) -> Result<PathBuf, String> {
    match text.split_once('=') {
        Some(("json", file)) if !file.is_empty() => Ok(file.into()),
        Some((format, _)) if format != "json" => {
            Err(format!("no report format {format:?}; there is: json"))
        }
        _ => Err("a report is FORMAT=FILE, such as json=report.json".to_owned()),
    }
}

/// What a report becomes.
type Form = fn(&Document) -> String;

fn report_form(text: &str) -> Result<(Form, PathBuf), String> {
    match text.split_once('=') {
        Some(("html", file)) if !file.is_empty() => Ok((report::html, file.into())),
        _ => report_file(text).map(|file| (Document::json as Form, file)),
    }
}

pub(super) fn run(args: &Args) -> Ended {
    let subject = args.target.subject()?;
    let framing = args.framing.as_deref().map(framing).transpose()?;
    let observer = args.target.observer(&subject);
    let jobs = args.jobs.unwrap_or_else(processors);
    let options = args.target.options(&subject, observer, jobs)?;
    for (_, file) in &args.report {
        files::check_writable(file).map_err(|error| unwritable(file, &error))?;
    }
    let planned = planned(args, &subject, framing.as_ref(), &options.payloads)?;
    let all = planned.iter().flat_map(|(_, cases)| cases);
    let listed = args.known.listed(all)?;
    let filter = args.filter.clone();
    let mut lots = Vec::new();
    for (framing, cases) in selected(planned, &Selection { filter })? {
        lots.push(Lot {
            target: subject.target(&framing, observer)?,
            observer,
            cases,
        });
    }
    let targets = findings::targets(&lots);
    interrupt::install().map_err(|error| Failure::usage(format!("signals: {error}")))?;
    let bar = Bar::new(lots.iter().map(|lot| lot.cases.len()).sum());
    let begun = Instant::now();
    let mut run = crate::run::run(lots, &options, &bar);
    let seconds = begun.elapsed().as_secs_f64();
    let updated = args.known.updated(&listed, &run)?;
    let known = updated.as_ref().unwrap_or(&listed);
    let words = [args.target.address_words(), args.target.look_words()].concat();
    let findings = args
        .findings
        .find(&mut run, known, &targets, &options, &words);
    let name = subject.name();
    let tested = Tested {
        name: name.clone(),
        address: name,
        framings: vec![framing.map_or_else(|| ALL.to_owned(), |framing| framing.to_string())],
        observe: observer.to_string(),
        gate: args.target.gate.to_string(),
        about: BTreeMap::new(),
        skipped: None,
        trouble: run.trouble.as_ref().map(trouble),
        command: replay_words(args, observer),
        outcomes: &run.outcomes,
        known,
        findings: &findings,
    };
    write_reports(
        &args.report,
        &Report {
            targets: vec![tested],
            seed: args.seed,
            notes: bar.finish(),
            trouble: run.trouble.as_ref().map(trouble),
            seconds,
        },
    )?;
    args.known.write(&listed, updated.as_ref(), &run)?;
    status(&run, known)
}

/// What is tried: the cases of one framing, or of all with the built-in target.
fn planned(
    args: &Args,
    subject: &Subject,
    framing: Option<&Framing>,
    payloads: &PayloadKind,
) -> Result<Vec<(Framing, Vec<Case>)>, Failure> {
    let vectors = vectors(args.vectors.as_deref())?;
    let plan = Plan {
        vectors: &vectors,
        payloads,
        tier: args.tier,
        seed: args.seed,
    };
    match (framing, subject) {
        (Some(framing), _) => Ok(vec![(framing.clone(), plan.of_framing(framing))]),
        (None, Subject::Builtin) => Ok(plan.of_everything()),
        (None, _) => Err(Failure::usage(
            "--framing is needed: what does the target speak? `framecheck list framings` prints the names",
        )),
    }
}

fn write_reports(files: &[(Form, PathBuf)], report: &Report) -> Result<(), Failure> {
    let printed = print(&report::text(report, paint()));
    let document = (!files.is_empty()).then(|| Document::of(report));
    // What was found must not be lost with a standard output that takes nothing.
    for ((form, file), document) in files.iter().zip(document.iter().cycle()) {
        files::write_whole(file, &form(document)).map_err(|error| unwritable(file, &error))?;
    }
    printed
}

pub(super) fn unwritable(file: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!("--report: {}: {error}", file.display()))
}

pub(super) fn status(run: &Run, listed: &Listed) -> Ended {
    let shown = |outcome: &Outcome| {
        outcome.verdict.status == crate::suite::Status::Pass || outcome.failed()
    };
    let unknown = |outcome: &Outcome| outcome.failed() && !listed.knows(outcome);
    match &run.trouble {
        Some(Trouble::Interrupted) => Ok(Status::Interrupted),
        Some(why @ (Trouble::Start(_) | Trouble::Unreachable(..))) => Err(Failure {
            status: Status::Target,
            why: trouble(why),
        }),
        None if run.outcomes.iter().any(unknown) => Ok(Status::NotConformant),
        None => match known::passing(listed, run) {
            Some(failure) => Err(failure),
            None if run.outcomes.iter().any(shown) => Ok(Status::Conformant),
            None => Ok(Status::Nothing),
        },
    }
}

pub(super) fn trouble(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Start(error) => error.to_string(),
        Trouble::Unreachable(addr, error) => format!("nothing answers at {addr}: {error}"),
        Trouble::Interrupted => "interrupted".to_owned(),
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

/// What is left of the plan, which must be something.
fn selected(
    planned: Vec<(Framing, Vec<Case>)>,
    selection: &Selection,
) -> Result<Vec<(Framing, Vec<Case>)>, Failure> {
    let of_each = planned
        .into_iter()
        .map(|(framing, cases)| (framing, selection.of(cases)));
    let mut left: Vec<_> = of_each.filter(|(_, cases)| !cases.is_empty()).collect();
    if let Some(filter) = &selection.filter
        && left
            .iter()
            .any(|(_, cases)| cases.iter().any(|case| case.id == *filter))
    {
        left.retain(|(_, cases)| cases.iter().any(|case| case.id == *filter));
    }
    match (left.is_empty(), &selection.filter) {
        (false, _) => Ok(left),
        (true, filter) => Err(Failure {
            status: Status::Nothing,
            why: format!(
                "no case has {:?} in its id; `framecheck list cases` prints them",
                filter.as_deref().unwrap_or_default()
            ),
        }),
    }
}

/// The words that run the same again, without what only selects or reports.
fn replay_words(args: &Args, observer: Observer) -> Vec<String> {
    let mut words = vec!["framecheck".to_owned(), "run".to_owned()];
    words.extend(args.target.address_words());
    let tier = (args.tier != Tier::Quick).then(|| args.tier.word().to_owned());
    let folder = args.vectors.as_ref();
    for (name, value) in [
        ("--framing", args.framing.clone()),
        ("--observe", Some(observer.to_string())),
        ("--tier", tier),
        ("--seed", (args.seed != 1).then(|| args.seed.to_string())),
        (
            "--vectors",
            folder.map(|folder| folder.display().to_string()),
        ),
    ] {
        words.extend(flag(name, value));
    }
    words.extend(args.target.look_words());
    words
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

    fn notes(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
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
