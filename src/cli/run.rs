//! `framecheck run`: the suite against a target.

use std::fs;
use std::io::{IsTerminal, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::{Ended, Failure, Status, framing, known, print};
use crate::framing::Framing;
use crate::report::{self, ALL, Paint, Report};
use crate::run::command::{Address, Command};
use crate::run::stdout::{StdoutReader, Unescape};
use crate::run::{Lot, Options, Progress, Run, Target, Trouble, files, guard, interrupt};
use crate::suite::gate::{self, Gate};
use crate::suite::{Case, Listed, Observer, Outcome, PayloadKind, Plan, Selection, Tier, Vector};

/// Runs the suite against a target: an address, a command that we start, or the built-in reference server.
#[derive(clap::Args)]
pub(super) struct Args {
    /// HOST:PORT of a target that runs (or, with --cmd, will), or `builtin`, the reference server
    #[arg(value_name = "TARGET")]
    target: Option<String>,
    /// What the target speaks, such as netstring or 'prefixed:u32be,max=64KiB'; without it, the built-in target is tried with all
    #[arg(long, value_name = "TEXT")]
    framing: Option<String>,
    /// How we learn what it decoded: echo, report or stdout [default: echo; for the built-in target report]
    #[arg(long, value_name = "OBSERVER")]
    observe: Option<Observer>,
    /// Start this as the target; {port} and {host} stand for where it must listen
    #[arg(long, value_name = "COMMAND")]
    cmd: Option<String>,
    /// What is waited for at each cut: auto, parser, read, sleep:10ms or none
    #[arg(long, value_name = "GATE", default_value = "auto")]
    gate: Gate,
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
    /// How long a target may make no progress
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = time)]
    timeout: Duration,
    /// Write a report as well: json=FILE
    #[arg(long, value_name = "FORMAT=FILE", value_parser = report_file)]
    report: Vec<PathBuf>,
    #[command(flatten)]
    known: known::KnownArgs,
    /// Load vectors from this folder, in place of the built-in ones
    #[arg(long, value_name = "DIR")]
    vectors: Option<PathBuf>,
    /// What payloads the target takes: any, ascii, utf-8, json, or a file with one payload a line
    #[arg(long, value_name = "KIND", default_value = "any")]
    payload: String,
    /// With --observe stdout: finds payloads in what the target prints, as the group `payload` [default: each line]
    #[arg(long, value_name = "REGEX")]
    stdout_pattern: Option<String>,
    /// With --observe stdout: how payloads are written: raw, hex, json or python
    #[arg(long, value_name = "FORM")]
    unescape: Option<Unescape>,
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

pub(super) fn time(text: &str) -> Result<Duration, String> {
    let time = gate::duration(text).filter(|time| !time.is_zero());
    time.ok_or_else(|| "a time is a number with its unit: 500ms, 5s".to_owned())
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

/// What `--timeout` is otherwise: targets that collect garbage or swap still answer within it.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What is tested: the three ways to name it.
enum Subject {
    Builtin,
    Address(SocketAddr),
    Command(String, Address),
}

pub(super) fn run(args: &Args) -> Ended {
    let subject = subject(args)?;
    let framing = args.framing.as_deref().map(framing).transpose()?;
    let observer = args.observe.unwrap_or(match subject {
        Subject::Builtin => Observer::Report,
        Subject::Address(_) | Subject::Command(..) => Observer::Echo,
    });
    let options = Options {
        gate: args.gate,
        timeout: args.timeout,
        jobs: args.jobs.unwrap_or_else(processors),
        stdout: stdout_reader(args, observer, &subject)?,
        payloads: payload_kind(&args.payload)?,
    };
    for file in &args.report {
        files::check_writable(file).map_err(|error| unwritable(file, &error))?;
    }
    let planned = planned(args, &subject, framing.as_ref(), &options.payloads)?;
    let all = planned.iter().flat_map(|(_, cases)| cases);
    let listed = args.known.listed(all)?;
    let filter = args.filter.clone();
    let mut lots = Vec::new();
    for (framing, cases) in selected(planned, &Selection { filter })? {
        lots.push(Lot {
            target: target(&subject, &framing, observer)?,
            observer,
            cases,
        });
    }
    interrupt::install().map_err(|error| Failure::usage(format!("signals: {error}")))?;
    let bar = Bar::new(lots.iter().map(|lot| lot.cases.len()).sum());
    let begun = Instant::now();
    let run = crate::run::run(lots, &options, &bar);
    let updated = args.known.updated(&listed, &run)?;
    let known = updated.as_ref().unwrap_or(&listed);
    write_reports(
        &args.report,
        &Report {
            target: named(&subject),
            framing: framing.map_or_else(|| ALL.to_owned(), |framing| framing.to_string()),
            observe: observer.to_string(),
            seed: args.seed,
            gate: args.gate.to_string(),
            notes: bar.finish(),
            command: replay_words(args, observer),
            trouble: run.trouble.as_ref().map(trouble),
            seconds: begun.elapsed().as_secs_f64(),
            outcomes: &run.outcomes,
            known,
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

fn write_reports(files: &[PathBuf], report: &Report) -> Result<(), Failure> {
    let printed = print(&report::text(report, paint()));
    // What was found must not be lost with a standard output that takes nothing.
    for file in files {
        files::write_whole(file, &report::json(report))
            .map_err(|error| unwritable(file, &error))?;
    }
    printed
}

pub(super) fn unwritable(file: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!("--report: {}: {error}", file.display()))
}

fn status(run: &Run, listed: &Listed) -> Ended {
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

fn subject(args: &Args) -> Result<Subject, Failure> {
    match (args.target.as_deref(), &args.cmd) {
        (None | Some("builtin"), None) => Ok(Subject::Builtin),
        (Some("builtin"), Some(_)) => Err(Failure::usage("builtin and --cmd exclude each other")),
        (Some(text), None) => Ok(Subject::Address(address(text)?)),
        (Some(text), Some(line)) => Ok(Subject::Command(
            line.clone(),
            Address::Fixed(address(text)?),
        )),
        (None, Some(line)) => Ok(Subject::Command(
            line.clone(),
            Address::Free(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        )),
    }
}

fn address(text: &str) -> Result<SocketAddr, Failure> {
    let found = text.to_socket_addrs().map(|mut found| found.next());
    match found {
        Ok(Some(addr)) if addr.port() == 0 => Err(Failure::usage(format!(
            "TARGET {text:?}: nothing listens on port 0; with --cmd and {{port}} alone, a free port is picked"
        ))),
        Ok(Some(addr)) => Ok(addr),
        Ok(None) => Err(Failure::usage(format!(
            "TARGET {text:?}: the name has no address"
        ))),
        Err(error) => Err(Failure::usage(format!(
            "TARGET {text:?}: {error}; it is HOST:PORT, such as 127.0.0.1:7000 or [::1]:7000, or builtin"
        ))),
    }
}

fn named(subject: &Subject) -> String {
    match subject {
        Subject::Builtin => "builtin".to_owned(),
        Subject::Address(addr) => addr.to_string(),
        Subject::Command(line, _) => line.clone(),
    }
}

fn target(subject: &Subject, framing: &Framing, observer: Observer) -> Result<Target, Failure> {
    let (line, address) = match subject {
        Subject::Address(addr) => return Ok(Target::Address(*addr)),
        Subject::Command(line, address) => (line.clone(), *address),
        Subject::Builtin => (
            builtin(framing, observer)?,
            Address::Free(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        ),
    };
    let command =
        Command::parse(&line, address).map_err(|bad| Failure::usage(format!("--cmd: {bad}")))?;
    let command = command
        .env("FRAMECHECK_FRAMING", framing.to_string())
        .env(
            "FRAMECHECK_FRAMING_EXPANDED",
            framing.expanded().to_string(),
        )
        .guard(guard::THIS_PROGRAM);
    let command = if observer == Observer::Stdout {
        command.capture_stdout()
    } else {
        command
    };
    Ok(Target::Command(Box::new(command)))
}

/// The reference server is started like any other target: this program itself.
fn builtin(framing: &Framing, observer: Observer) -> Result<String, Failure> {
    let program = std::env::current_exe()
        .map_err(|error| Failure::usage(format!("this program's own path: {error}")))?;
    let framing = framing.to_string();
    let words = [
        &program.to_string_lossy(),
        "serve",
        "--framing",
        &framing,
        "--observe",
        observer.word(),
        "--listen",
        "{host}:{port}",
    ];
    shlex::try_join(words)
        .map_err(|error| Failure::usage(format!("this program's own path: {error}")))
}

fn payload_kind(text: &str) -> Result<PayloadKind, Failure> {
    match text {
        "any" => Ok(PayloadKind::Any),
        "ascii" => Ok(PayloadKind::Ascii),
        "utf-8" => Ok(PayloadKind::Utf8),
        "json" => Ok(PayloadKind::Json),
        file => {
            let bytes = fs::read(file).map_err(|error| {
                Failure::usage(format!(
                    "--payload {file:?}: {error}; it is any, ascii, utf-8, json or a file"
                ))
            })?;
            let lines: Vec<_> = bytes
                .split(|&byte| byte == b'\n')
                .filter(|line| !line.is_empty())
                .map(<[u8]>::to_vec)
                .collect();
            match lines.is_empty() {
                true => Err(Failure::usage(format!(
                    "--payload {file:?}: the file has no lines"
                ))),
                false => Ok(PayloadKind::Lines(lines)),
            }
        }
    }
}

pub(super) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn stdout_reader(
    args: &Args,
    observer: Observer,
    subject: &Subject,
) -> Result<Option<StdoutReader>, Failure> {
    if observer != Observer::Stdout {
        return match args.stdout_pattern.is_some() || args.unescape.is_some() {
            true => Err(Failure::usage(
                "--stdout-pattern and --unescape go with --observe stdout",
            )),
            false => Ok(None),
        };
    }
    let own = match subject {
        Subject::Address(_) => {
            return Err(Failure::usage(
                "--observe stdout needs a target that we start: --cmd",
            ));
        }
        Subject::Builtin => (super::serve::PRINTED, Unescape::Hex),
        Subject::Command(..) => ("^(?P<payload>.*)$", Unescape::Raw),
    };
    let pattern = args.stdout_pattern.as_deref().unwrap_or(own.0);
    let reader = StdoutReader::new(pattern, args.unescape.unwrap_or(own.1));
    reader
        .map(Some)
        .map_err(|bad| Failure::usage(format!("--stdout-pattern: {bad}")))
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
    words.extend(args.target.clone());
    let mut flag = |name: &str, value: Option<String>| {
        words.extend(value.into_iter().flat_map(|value| [name.to_owned(), value]))
    };
    flag("--cmd", args.cmd.clone());
    flag("--framing", args.framing.clone());
    flag("--observe", Some(observer.to_string()));
    flag(
        "--gate",
        (args.gate != Gate::Auto).then(|| args.gate.to_string()),
    );
    flag(
        "--tier",
        (args.tier != Tier::Quick).then(|| args.tier.word().to_owned()),
    );
    flag("--seed", (args.seed != 1).then(|| args.seed.to_string()));
    flag(
        "--timeout",
        (args.timeout != TIMEOUT).then(|| gate::Short(args.timeout).to_string()),
    );
    flag(
        "--vectors",
        args.vectors
            .as_ref()
            .map(|folder| folder.display().to_string()),
    );
    flag(
        "--payload",
        (args.payload != "any").then(|| args.payload.clone()),
    );
    flag("--stdout-pattern", args.stdout_pattern.clone());
    flag(
        "--unescape",
        args.unescape.map(|form| form.word().to_owned()),
    );
    words
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
struct Bar {
    bar: ProgressBar,
    notes: std::sync::Mutex<Vec<String>>,
}

impl Bar {
    fn new(cases: usize) -> Self {
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

    fn finish(&self) -> Vec<String> {
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
