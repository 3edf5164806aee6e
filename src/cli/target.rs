//! The flags that say what is tested and how it is looked at, and what they and a `framecheck.toml` stand for: the same for every
//! command that tests something.
//!
//! Nothing is started here. Invariant: the words of a [`Chosen`] lead to the same target again.

use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use super::config::Configured;
use super::known::KnownList;
use super::{Failure, config};
use crate::framing::Framing;
use crate::run::command::{Address, Command};
use crate::run::stdout::{StdoutReader, Unescape};
use crate::run::{Course, Options, Setup, Target, guard};
use crate::suite::gate::{self, Gate};
use crate::suite::{Observer, PayloadKind};

/// Which targets are meant.
#[derive(clap::Args)]
pub(super) struct NameArgs {
    /// HOST:PORT of a target that runs (or, with --cmd, will), `builtin`, the reference server, or a name (a glob) in framecheck.toml
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// Start this as the target; {port} and {host} stand for where it must listen
    #[arg(long, value_name = "COMMAND")]
    cmd: Vec<String>,
    /// Take targets from this file [default: framecheck.toml, where it is there and nothing else is named]
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "cmd")]
    config: Vec<PathBuf>,
}

/// The targets, and how they are looked at.
#[derive(clap::Args)]
pub(super) struct TargetArgs {
    #[command(flatten)]
    names: NameArgs,
    /// How we learn what it decoded: echo, report, stdout or invariance [default: echo; for the built-in target report]
    #[arg(long, value_name = "OBSERVER")]
    pub(super) observe: Option<Observer>,
    /// What is waited for at each cut: auto, parser, read, sleep:10ms or none [default: auto]
    #[arg(long, value_name = "GATE")]
    gate: Option<Gate>,
    /// How long a target may make no progress [default: 5s]
    #[arg(long, value_name = "TIME", value_parser = time)]
    timeout: Option<Duration>,
    /// What payloads the target takes: any, ascii, utf-8, json, or a file with one payload a line [default: any]
    #[arg(long, value_name = "KIND")]
    payload: Option<String>,
    /// With --observe stdout: finds payloads in what the target prints, as the group `payload` [default: each line]
    #[arg(long, value_name = "REGEX")]
    stdout_pattern: Option<String>,
    /// With --observe stdout: how payloads are written: raw, hex, json or python
    #[arg(long, value_name = "FORM")]
    unescape: Option<Unescape>,
}

/// One target that was asked for, with all that flags and configuration say of it.
#[derive(Clone)]
pub(super) struct Chosen {
    /// What reports call it.
    pub(super) name: String,
    /// What it is.
    pub(super) subject: Subject,
    /// What its configuration says of it.
    pub(super) about: BTreeMap<String, String>,
    /// What it needs.
    pub(super) setup: Setup,
    /// When it is ready.
    pub(super) ready: Option<String>,
    pub(super) ready_within: Option<Duration>,
    /// What its configuration says that it speaks.
    pub(super) framings: Vec<Framing>,
    /// What its configuration says that it is known to get wrong.
    pub(super) known: KnownList,
    /// How it is looked at.
    pub(super) look: Look,
    /// The words of a command line that name it.
    pub(super) words: Vec<String>,
}

/// How a target is looked at, where that is said.
#[derive(Clone, Default)]
pub(super) struct Look {
    pub(super) observe: Option<Observer>,
    pub(super) gate: Option<Gate>,
    pub(super) timeout: Option<Duration>,
    pub(super) payload: Option<String>,
    pub(super) stdout_pattern: Option<String>,
    pub(super) unescape: Option<Unescape>,
}

impl NameArgs {
    /// All targets that are named, at least one, and what the configuration says of the run, where there is one.
    fn chosen(&self) -> Result<Configured, Failure> {
        self.configured(|| match (&self.targets[..], &self.cmd[..]) {
            ([_], [_]) | (_, []) | ([], _) => self.subjects(),
            (targets, [_]) if targets.iter().any(|text| text == "builtin") => {
                Err(exclude_each_other())
            }
            _ => Err(Failure::usage(
                "one TARGET with one --cmd says where that will listen; several of both are to be told apart by a framecheck.toml",
            )),
        })
    }

    /// The same, where targets and commands may stand side by side.
    pub(super) fn side_by_side(&self) -> Result<Configured, Failure> {
        self.configured(|| match (&self.targets[..], &self.cmd[..]) {
            ([text], [_]) if text != "builtin" => self.subjects(),
            (targets, lines) if !targets.is_empty() && !lines.is_empty() => {
                let (mut subjects, lines) = (named(targets)?, commands(lines)?);
                subjects.extend(lines);
                Ok(subjects)
            }
            _ => self.subjects(),
        })
    }

    /// What the configuration says where one is meant, otherwise the given targets.
    fn configured(
        &self,
        subjects: impl FnOnce() -> Result<Vec<Named>, Failure>,
    ) -> Result<Configured, Failure> {
        if let Some(configured) = config::named(&self.config, &self.targets, &self.cmd)? {
            return Ok(configured);
        }
        let subjects = subjects()?.into_iter();
        let mut targets: Vec<Chosen> = subjects
            .map(|(subject, words)| Chosen::plain(subject, words))
            .collect();
        number_namesakes(&mut targets);
        Ok(Configured {
            targets,
            ..Configured::default()
        })
    }

    /// Targets or commands, or one of each for the same.
    fn subjects(&self) -> Result<Vec<Named>, Failure> {
        match (&self.targets[..], &self.cmd[..]) {
            ([], []) => Ok(vec![(Subject::Builtin, Vec::new())]),
            ([text], [line]) if text != "builtin" => {
                let words = flag("--cmd", Some(line.clone()));
                let words = std::iter::once(text.clone()).chain(words).collect();
                Ok(vec![(Subject::of(Some(text), Some(line))?, words)])
            }
            (targets, []) => named(targets),
            ([], lines) => commands(lines),
            _ => Err(exclude_each_other()),
        }
    }
}

/// A subject with the words that name it.
type Named = (Subject, Vec<String>);

fn named(targets: &[String]) -> Result<Vec<Named>, Failure> {
    each(targets, |text| {
        Ok((Subject::of(Some(text), None)?, vec![text.to_owned()]))
    })
}

fn commands(lines: &[String]) -> Result<Vec<Named>, Failure> {
    each(lines, |line| {
        let words = flag("--cmd", Some(line.to_owned())).collect();
        Ok((Subject::of(None, Some(line))?, words))
    })
}

fn exclude_each_other() -> Failure {
    Failure::usage("builtin and --cmd exclude each other")
}

impl TargetArgs {
    /// All targets that are asked for, at least one, and what the configuration says of the run, where there is one.
    pub(super) fn chosen(&self) -> Result<Configured, Failure> {
        let configured = self.names.chosen()?;
        let targets = configured.targets.into_iter();
        Ok(Configured {
            targets: targets.map(|one| self.looked_at(one)).collect(),
            ..configured
        })
    }

    /// The only target that is asked for.
    pub(super) fn one(&self) -> Result<Chosen, Failure> {
        let mut chosen = self.chosen()?.targets;
        match chosen.len() {
            1 => Ok(chosen.remove(0)),
            many => Err(Failure::usage(format!(
                "this is for one target, and {many} are named: {}",
                chosen
                    .iter()
                    .map(|one| &*one.name)
                    .collect::<Vec<_>>()
                    .join(", ")
            ))),
        }
    }

    /// What flags say of how it is looked at goes before what the configuration says.
    fn looked_at(&self, chosen: Chosen) -> Chosen {
        let own = chosen.look;
        Chosen {
            look: Look {
                observe: self.observe.or(own.observe),
                gate: self.gate.or(own.gate),
                timeout: self.timeout.or(own.timeout),
                payload: self.payload.clone().or(own.payload),
                stdout_pattern: self.stdout_pattern.clone().or(own.stdout_pattern),
                unescape: self.unescape.or(own.unescape),
            },
            ..chosen
        }
    }

    /// The words for how targets are looked at, without the observer.
    pub(super) fn look_words(&self) -> Vec<String> {
        let gate = self.gate.map(|gate| gate.to_string());
        let timeout = self.timeout.map(|time| gate::Short(time).to_string());
        let unescape = self.unescape.map(|form| form.word().to_owned());
        [
            ("--gate", gate),
            ("--timeout", timeout),
            ("--payload", self.payload.clone()),
            ("--stdout-pattern", self.stdout_pattern.clone()),
            ("--unescape", unescape),
        ]
        .into_iter()
        .flat_map(|(name, value)| flag(name, value))
        .collect()
    }
}

fn each<T>(texts: &[String], one: impl Fn(&str) -> Result<T, Failure>) -> Result<Vec<T>, Failure> {
    texts.iter().map(|text| one(text)).collect()
}

/// The same target named twice is two targets.
fn number_namesakes(targets: &mut [Chosen]) {
    for at in 1..targets.len() {
        let (before, rest) = targets.split_at_mut(at);
        let name = rest[0].name.clone();
        let again = before
            .iter()
            .filter(|other| other.subject.name() == name)
            .count();
        if again > 0 {
            rest[0].name = format!("{name} #{}", again + 1);
        }
    }
}

impl Chosen {
    /// A target of which nothing more is said.
    pub(super) fn plain(subject: Subject, words: Vec<String>) -> Self {
        Self {
            name: subject.name(),
            subject,
            about: BTreeMap::new(),
            setup: Setup::default(),
            ready: None,
            ready_within: None,
            framings: Vec::new(),
            known: KnownList::default(),
            look: Look::default(),
            words,
        }
    }

    /// By what it is seen.
    pub(super) fn observer(&self) -> Observer {
        self.look.observe.unwrap_or(match self.subject {
            Subject::Builtin => Observer::Report,
            Subject::Address(_) | Subject::Command(..) => Observer::Echo,
        })
    }

    /// What is waited for at each cut.
    pub(super) fn gate(&self) -> Gate {
        self.look.gate.unwrap_or(Gate::Auto)
    }

    /// What holds for all its cases.
    pub(super) fn options(&self, observer: Observer, jobs: usize) -> Result<Options, Failure> {
        Ok(Options {
            gate: self.gate(),
            timeout: self.look.timeout.unwrap_or(TIMEOUT),
            jobs,
            stdout: stdout_reader(&self.look, observer, &self.subject)?,
            payloads: payload_kind(self.look.payload.as_deref().unwrap_or("any"))?,
            course: Course::default(),
        })
    }

    /// The target for one framing.
    pub(super) fn target(&self, framing: &Framing, observer: Observer) -> Result<Target, Failure> {
        let target = self.subject.target(framing, observer)?;
        let Target::Command(mut command) = target else {
            return Ok(target);
        };
        if let Some(directory) = &self.setup.directory {
            *command = command.directory(directory);
        }
        for (name, value) in &self.setup.environment {
            *command = command.env(name, value);
        }
        if let Some(line) = &self.ready {
            *command = command.ready(line);
        }
        if let Some(limit) = self.ready_within {
            *command = command.start_within(limit);
        }
        Ok(Target::Command(command))
    }
}

/// The words of a flag, if it has a value.
pub(super) fn flag(name: &str, value: Option<String>) -> impl Iterator<Item = String> {
    let words = value.map(|value| [name.to_owned(), value]);
    words.into_iter().flatten()
}

pub(super) fn time(text: &str) -> Result<Duration, String> {
    let time = gate::duration(text).filter(|time| !time.is_zero());
    time.ok_or_else(|| "a time is a number with its unit: 500ms, 5s".to_owned())
}

/// What `--timeout` is otherwise: targets that collect garbage or swap still answer within it.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What is tested: the three ways to name it.
#[derive(Clone)]
pub(super) enum Subject {
    Builtin,
    Address(SocketAddr),
    Command(String, Address),
}

impl Subject {
    /// What an address (`builtin` for none), a command or both name.
    pub(super) fn of(text: Option<&str>, line: Option<&str>) -> Result<Self, Failure> {
        Ok(match (text, line) {
            (None | Some("builtin"), None) => Self::Builtin,
            (Some(text), None) => Self::Address(address(text)?),
            (None, Some(line)) => {
                let free = Address::Free(IpAddr::V4(Ipv4Addr::LOCALHOST));
                Self::Command(line.to_owned(), free)
            }
            (Some(text), Some(line)) => {
                Self::Command(line.to_owned(), Address::Fixed(address(text)?))
            }
        })
    }

    /// What reports call it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Builtin => "builtin".to_owned(),
            Self::Address(addr) => addr.to_string(),
            Self::Command(line, _) => line.clone(),
        }
    }

    /// The target for one framing.
    pub(super) fn target(&self, framing: &Framing, observer: Observer) -> Result<Target, Failure> {
        target(self, framing, observer)
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
            "TARGET {text:?}: {error}; it is HOST:PORT, such as 127.0.0.1:7000 or [::1]:7000, builtin, or alone the name of a target in a framecheck.toml"
        ))),
    }
}

fn target(subject: &Subject, framing: &Framing, observer: Observer) -> Result<Target, Failure> {
    let (line, address) = match subject {
        Subject::Address(addr) => return Ok(Target::Address(*addr)),
        Subject::Command(line, address) => (line.clone(), *address),
        Subject::Builtin => (
            own_server(framing, observer, &[])?,
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

/// The command line of our own server, which is started like any other target: this program itself. `more` are flags of `serve`.
pub(super) fn own_server(
    framing: &Framing,
    observer: Observer,
    more: &[&str],
) -> Result<String, Failure> {
    let program = std::env::current_exe()
        .map_err(|error| Failure::usage(format!("this program's own path: {error}")))?;
    let (program, framing) = (program.to_string_lossy(), framing.to_string());
    // Any answer will do where only its sameness is looked at.
    let observer = match observer {
        Observer::Invariance => Observer::Echo,
        other => other,
    };
    let mut words = vec![&*program, "serve", "--framing", &framing];
    words.extend(["--observe", observer.word(), "--listen", "{host}:{port}"]);
    words.extend(more);
    shlex::try_join(words)
        .map_err(|error| Failure::usage(format!("this program's own path: {error}")))
}

pub(super) fn payload_kind(text: &str) -> Result<PayloadKind, Failure> {
    if let Some(kind) = PayloadKind::named(text) {
        return Ok(kind);
    }
    let bytes = fs::read(text).map_err(|error| {
        Failure::usage(format!(
            "--payload {text:?}: {error}; it is any, ascii, utf-8, json or a file"
        ))
    })?;
    let lines: Vec<_> = bytes
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(<[u8]>::to_vec)
        .collect();
    match lines.is_empty() {
        true => Err(Failure::usage(format!(
            "--payload {text:?}: the file has no lines"
        ))),
        false => Ok(PayloadKind::Lines(lines)),
    }
}

fn stdout_reader(
    look: &Look,
    observer: Observer,
    subject: &Subject,
) -> Result<Option<StdoutReader>, Failure> {
    if observer != Observer::Stdout {
        return match look.stdout_pattern.is_some() || look.unescape.is_some() {
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
    let pattern = look.stdout_pattern.as_deref().unwrap_or(own.0);
    let reader = StdoutReader::new(pattern, look.unescape.unwrap_or(own.1));
    reader
        .map(Some)
        .map_err(|bad| Failure::usage(format!("--stdout-pattern: {bad}")))
}
