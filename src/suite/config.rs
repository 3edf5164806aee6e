//! `framecheck.toml`: targets, what each speaks, how it is looked at and what it is known to get wrong, out of its text.
//!
//! The file is read whole before anything is started: a key that there is not, a framing that is none, a name that stands there twice
//! are refused with line and column. Paths stay as they are written; whoever opens them takes them from the file's folder. Invariant:
//! the names of a file's targets differ, and each target has a framing and either an address or a command.

use std::collections::BTreeMap;
use std::time::Duration;

use toml::de::DeValue;

use super::gate::{self, Gate};
use super::known::{Known, inline};
use super::table::{BadFile, Mistake, Table, Value, parsed};
use super::{Observer, Tier};
use crate::framing::Framing;

/// What a `framecheck.toml` says.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// What holds for the whole run, where no flag says otherwise.
    pub run: RunConfig,
    /// What is tested.
    pub targets: Vec<TargetConfig>,
}

/// The table `[run]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunConfig {
    /// How many cases.
    pub tier: Option<Tier>,
    /// What random cuts are made from.
    pub seed: Option<u64>,
    /// Worker threads.
    pub jobs: Option<usize>,
    /// How long failures may be made smaller.
    pub shrink: Option<Duration>,
    /// Where findings are saved.
    pub findings: Option<String>,
    /// A folder of vectors in place of the built-in ones.
    pub vectors: Option<String>,
}

/// A table `[[target]]`.
#[derive(Clone, Debug)]
pub struct TargetConfig {
    /// What it is called.
    pub name: String,
    /// What people want to know of it: library, version and more.
    pub about: BTreeMap<String, String>,
    /// HOST:PORT, or `builtin`; with `cmd` where that will listen.
    pub address: Option<String>,
    /// What starts it.
    pub cmd: Option<String>,
    /// Where that is started.
    pub dir: Option<String>,
    /// What is added to its environment.
    pub env: BTreeMap<String, String>,
    /// A command that succeeds once the target is ready; without one it is when it listens.
    pub ready: Option<String>,
    /// How long that may take.
    pub ready_within: Option<Duration>,
    /// A command that is run once before the first start.
    pub build: Option<String>,
    /// Programs without which the target is skipped.
    pub requires: Vec<String>,
    /// A command without whose success the target is skipped.
    pub needs: Option<String>,
    /// What installs what is missing.
    pub install: Option<String>,
    /// What it speaks.
    pub framings: Vec<Framing>,
    /// How we learn what it decoded.
    pub observe: Option<Observer>,
    /// What is waited for at each cut.
    pub gate: Option<Gate>,
    /// How long it may make no progress.
    pub timeout: Option<Duration>,
    /// What payloads it takes: a kind, or a file.
    pub payload: Option<String>,
    /// What finds payloads in what it prints.
    pub stdout_pattern: Option<String>,
    /// How they are written there.
    pub unescape: Option<String>,
    /// What it is known to get wrong.
    pub known: KnownConfig,
}

/// Where a target's known failures stand.
#[derive(Clone, Debug, Default)]
pub enum KnownConfig {
    /// Nowhere.
    #[default]
    None,
    /// In a file of their own.
    File(String),
    /// Right here.
    Inline(Known),
}

impl Config {
    /// What the text of a file says, which `file` names in a refusal.
    ///
    /// # Errors
    /// The first mistake, with its place and what would be right.
    pub fn parse(file: &str, text: &str) -> Result<Self, BadFile> {
        read(file, text).map_err(|mistake| BadFile::new(file, text, mistake))
    }
}

const RUN: [&str; 6] = ["tier", "seed", "jobs", "shrink", "findings", "vectors"];

const TARGET: [&str; 19] = [
    "name",
    "address",
    "cmd",
    "dir",
    "env",
    "ready",
    "ready_within",
    "build",
    "requires",
    "needs",
    "install",
    "framings",
    "observe",
    "gate",
    "timeout",
    "payload",
    "stdout_pattern",
    "unescape",
    "known",
];

fn read(file: &str, text: &str) -> Result<Config, Mistake> {
    let root = parsed(text)?;
    let root = Table::root(text, &root);
    root.only(&["about", "run", "target"])?;
    let about = root.strings("about")?;
    let run = match root.find("run") {
        Some(value) => run(&root.table(value)?)?,
        None => RunConfig::default(),
    };
    let list = root.find("target").ok_or_else(|| {
        let reason = "no [[target]] is there: each target is headed by such a line";
        (text.len(), reason.to_owned())
    })?;
    let DeValue::Array(list) = list.get_ref() else {
        let reason = "each target is headed by a line [[target]], with both brackets twice";
        return Err((list.span().start, reason.to_owned()));
    };
    let mut targets: Vec<TargetConfig> = Vec::new();
    for value in list {
        let table = root.table(value)?;
        let target = target(file, &table, &about)?;
        let at = table.needed("name")?.span().start;
        if target.name == "builtin" || target.name.contains(':') {
            let reason =
                "the name is that of a target elsewhere: builtin, or an address with a colon";
            return Err((at, reason.to_owned()));
        }
        if targets.iter().any(|other| other.name == target.name) {
            return Err((
                at,
                format!("{:?} is the name of another target", target.name),
            ));
        }
        targets.push(target);
    }
    Ok(Config { run, targets })
}

fn run(table: &Table) -> Result<RunConfig, Mistake> {
    table.only(&RUN)?;
    let number = |key| table.find(key).map(|value| table.number(value)).transpose();
    let jobs = match (table.find("jobs"), number("jobs")?) {
        (Some(value), Some(0)) => {
            return Err((value.span().start, "jobs are at least 1".to_owned()));
        }
        (_, jobs) => jobs.map(|jobs| usize::try_from(jobs).unwrap_or(usize::MAX)),
    };
    Ok(RunConfig {
        tier: table.word("tier", Tier::ALL, Tier::word)?,
        seed: number("seed")?,
        jobs,
        shrink: time(table, "shrink", Duration::ZERO)?,
        findings: table.text("findings")?,
        vectors: table.text("vectors")?,
    })
}

fn target(
    file: &str,
    table: &Table,
    about: &BTreeMap<String, String>,
) -> Result<TargetConfig, Mistake> {
    table.only(&TARGET)?;
    let name = table.needed("name")?;
    let target = TargetConfig {
        name: filled(table, name, "a name for the target")?,
        about: about.clone(),
        address: table.text("address")?,
        cmd: table.text("cmd")?,
        dir: table.text("dir")?,
        env: table.strings("env")?,
        ready: table.text("ready")?,
        ready_within: time(table, "ready_within", SHORTEST)?,
        build: table.text("build")?,
        requires: requires(table)?,
        needs: table.text("needs")?,
        install: table.text("install")?,
        framings: framings(table)?,
        observe: table.word("observe", Observer::ALL, Observer::word)?,
        gate: parsed_at(table, "gate")?,
        timeout: time(table, "timeout", SHORTEST)?,
        payload: table.text("payload")?,
        stdout_pattern: table.text("stdout_pattern")?,
        unescape: table.text("unescape")?,
        known: known(file, table)?,
    };
    let started = ["env", "build", "ready", "ready_within"];
    match (&target.address, &target.cmd) {
        (None, None) => Err((
            table.at,
            "a target has an address (HOST:PORT of one that runs) or a cmd that starts it"
                .to_owned(),
        )),
        (Some(_), None) => match started.iter().find_map(|key| table.find(key)) {
            Some(value) => Err((
                value.span().start,
                "this goes with cmd: a target that runs already is not started".to_owned(),
            )),
            None => Ok(target),
        },
        (_, Some(_)) => Ok(target),
    }
}

/// What a target can be given at least.
const SHORTEST: Duration = Duration::from_micros(1);

fn filled<'a>(table: &Table<'a>, value: &'a Value<'a>, what: &str) -> Result<String, Mistake> {
    match table.str(value)?.trim() {
        "" => Err((value.span().start, format!("{what} is needed here"))),
        text => Ok(text.to_owned()),
    }
}

fn framings(table: &Table) -> Result<Vec<Framing>, Mistake> {
    let list = table.needed("framings")?;
    let mut framings: Vec<Framing> = Vec::new();
    for value in table.array(list)? {
        let at = value.span().start;
        let framing: Framing = table
            .str(value)?
            .parse()
            .map_err(|bad| (at, format!("no framing: {bad}")))?;
        if framings
            .iter()
            .any(|other| other.expanded() == framing.expanded())
        {
            return Err((at, "this framing stands there already".to_owned()));
        }
        framings.push(framing);
    }
    match framings.is_empty() {
        true => Err((
            list.span().start,
            "at least one framing is needed; `framecheck list framings` prints the names"
                .to_owned(),
        )),
        false => Ok(framings),
    }
}

fn requires(table: &Table) -> Result<Vec<String>, Mistake> {
    let programs = table.items("requires")?.iter();
    programs
        .map(|value| filled(table, value, "the name of a program"))
        .collect()
}

fn known(file: &str, table: &Table) -> Result<KnownConfig, Mistake> {
    let Some(value) = table.find("known") else {
        return Ok(KnownConfig::None);
    };
    match value.get_ref() {
        DeValue::String(path) => Ok(KnownConfig::File(path.to_string())),
        DeValue::Array(_) => inline(file, table, value).map(KnownConfig::Inline),
        _ => Err((
            value.span().start,
            "known is a file's name, or entries that are headed by [[target.known]]".to_owned(),
        )),
    }
}

fn time(table: &Table, key: &str, least: Duration) -> Result<Option<Duration>, Mistake> {
    let Some((at, text)) = table.string(key)? else {
        return Ok(None);
    };
    let time = gate::duration(text).filter(|&time| time >= least);
    let reason = || {
        (
            at,
            format!("{key} is a number with its unit: '500ms', '5s'"),
        )
    };
    time.map(Some).ok_or_else(reason)
}

fn parsed_at<T: std::str::FromStr<Err: std::fmt::Display>>(
    table: &Table,
    key: &str,
) -> Result<Option<T>, Mistake> {
    let Some((at, text)) = table.string(key)? else {
        return Ok(None);
    };
    let value = text.parse();
    value.map(Some).map_err(|bad| (at, format!("{key}: {bad}")))
}
