//! The flags that say what is tested and how it is looked at, and what they stand for: the same for every command that tests something.
//!
//! Nothing is started here. Invariant: the words of [`TargetArgs`] parse to the same flags.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::time::Duration;

use super::Failure;
use crate::framing::Framing;
use crate::run::command::{Address, Command};
use crate::run::stdout::{StdoutReader, Unescape};
use crate::run::{Course, Options, Target, guard};
use crate::suite::gate::{self, Gate};
use crate::suite::{Observer, PayloadKind};

/// The target, and how it is looked at.
#[derive(clap::Args)]
pub(super) struct TargetArgs {
    /// HOST:PORT of a target that runs (or, with --cmd, will), or `builtin`, the reference server
    #[arg(value_name = "TARGET")]
    pub(super) target: Option<String>,
    /// How we learn what it decoded: echo, report or stdout [default: echo; for the built-in target report]
    #[arg(long, value_name = "OBSERVER")]
    pub(super) observe: Option<Observer>,
    /// Start this as the target; {port} and {host} stand for where it must listen
    #[arg(long, value_name = "COMMAND")]
    cmd: Option<String>,
    /// What is waited for at each cut: auto, parser, read, sleep:10ms or none
    #[arg(long, value_name = "GATE", default_value = "auto")]
    pub(super) gate: Gate,
    /// How long a target may make no progress
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = time)]
    timeout: Duration,
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

impl TargetArgs {
    /// What is tested.
    pub(super) fn subject(&self) -> Result<Subject, Failure> {
        subject(self)
    }

    /// By what it is seen where nothing else says it.
    pub(super) fn observer(&self, subject: &Subject) -> Observer {
        self.observe.unwrap_or(match subject {
            Subject::Builtin => Observer::Report,
            Subject::Address(_) | Subject::Command(..) => Observer::Echo,
        })
    }

    /// What holds for all cases.
    pub(super) fn options(
        &self,
        subject: &Subject,
        observer: Observer,
        jobs: usize,
    ) -> Result<Options, Failure> {
        Ok(Options {
            gate: self.gate,
            timeout: self.timeout,
            jobs,
            stdout: stdout_reader(self, observer, subject)?,
            payloads: payload_kind(&self.payload)?,
            course: Course::default(),
        })
    }

    /// The words that name the target.
    pub(super) fn address_words(&self) -> Vec<String> {
        let mut words: Vec<String> = self.target.iter().cloned().collect();
        words.extend(flag("--cmd", self.cmd.clone()));
        words
    }

    /// The words for how it is looked at, without the observer.
    pub(super) fn look_words(&self) -> Vec<String> {
        let gate = (self.gate != Gate::Auto).then(|| self.gate.to_string());
        let timeout = self.timeout != TIMEOUT;
        let timeout = timeout.then(|| gate::Short(self.timeout).to_string());
        let payload = (self.payload != "any").then(|| self.payload.clone());
        let unescape = self.unescape.map(|form| form.word().to_owned());
        [
            ("--gate", gate),
            ("--timeout", timeout),
            ("--payload", payload),
            ("--stdout-pattern", self.stdout_pattern.clone()),
            ("--unescape", unescape),
        ]
        .into_iter()
        .flat_map(|(name, value)| flag(name, value))
        .collect()
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
pub(super) enum Subject {
    Builtin,
    Address(SocketAddr),
    Command(String, Address),
}

impl Subject {
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

fn subject(args: &TargetArgs) -> Result<Subject, Failure> {
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
    let mut words = vec![&*program, "serve", "--framing", &framing];
    words.extend(["--observe", observer.word(), "--listen", "{host}:{port}"]);
    words.extend(more);
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

fn stdout_reader(
    args: &TargetArgs,
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
