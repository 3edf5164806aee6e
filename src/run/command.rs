//! A target's command line: split into words as a shell splits them, `{port}` and `{host}` replaced inside the words.
//!
//! No shell ever sees it: `$`, `*`, `;` and `|` are bytes like any other. Replacing comes after splitting, so an address
//! can never become two words. Invariant: there is at least one word, and `{port}` is among them unless the address was named.

use std::ffi::OsString;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A slow virtual machine (Java, Erlang) on a busy computer listens within a few seconds.
const START_WITHIN: Duration = Duration::from_secs(10);

/// How a target is started.
#[derive(Clone, Debug)]
pub struct Command {
    words: Vec<String>,
    address: Address,
    pub(super) environment: Vec<(OsString, OsString)>,
    pub(super) directory: Option<PathBuf>,
    pub(super) guard: Option<PathBuf>,
    pub(super) stdout: bool,
    pub(super) start_within: Duration,
    pub(super) ready: Option<String>,
}

/// What `{host}` and `{port}` stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// The target listens on this address of this machine; a free port is picked anew at each start.
    Free(IpAddr),
    /// The target listens here, on an address of this machine.
    Fixed(SocketAddr),
    /// We listen here and the target connects: it is ready as soon as it runs.
    Ours(SocketAddr),
}

/// Why a command line is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadCommand {
    /// It holds no word.
    Empty,
    /// A quote is open at its end, or a backslash is its last byte.
    Unfinished,
    /// It holds a NUL, which no argument can.
    Nul,
    /// A port is to be picked, and no word could tell the target which.
    NoPort,
}

impl Command {
    /// Splits `line`, for a target at `address`.
    ///
    /// # Errors
    /// What [`BadCommand`] lists.
    pub fn parse(line: &str, address: Address) -> Result<Self, BadCommand> {
        if line.contains('\0') {
            return Err(BadCommand::Nul);
        }
        let words = shlex::split(line).ok_or(BadCommand::Unfinished)?;
        if words.first().is_none_or(String::is_empty) {
            return Err(BadCommand::Empty);
        }
        if matches!(address, Address::Free(_)) && !words.iter().any(|word| word.contains("{port}"))
        {
            return Err(BadCommand::NoPort);
        }
        Ok(Self {
            words,
            address,
            environment: Vec::new(),
            directory: None,
            guard: None,
            stdout: false,
            start_within: START_WITHIN,
            ready: None,
        })
    }

    /// Adds a variable to the environment, which is otherwise ours.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Starts it in `directory`; a relative path of the program then counts from there.
    #[must_use]
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Starts it below a guard, by the absolute path of a program that calls [`dispatch`](super::guard::dispatch) first
    /// ([`THIS_PROGRAM`](super::guard::THIS_PROGRAM), where that is the caller itself). Without one, a target outlives
    /// a caller that is killed.
    #[must_use]
    pub fn guard(mut self, program: impl Into<PathBuf>) -> Self {
        self.guard = Some(program.into());
        self
    }

    /// Keeps what it prints for [`more_stdout`](super::process::Running::more_stdout); otherwise that is thrown away.
    #[must_use]
    pub fn capture_stdout(mut self) -> Self {
        self.stdout = true;
        self
    }

    /// How long it may take until it listens, 10 s otherwise.
    #[must_use]
    pub fn start_within(mut self, limit: Duration) -> Self {
        self.start_within = limit;
        self
    }

    /// It is ready only once this command succeeds, which is tried again and again, with `{host}` and `{port}` replaced. Without one it
    /// is ready when it listens.
    #[must_use]
    pub fn ready(mut self, line: impl Into<String>) -> Self {
        self.ready = Some(line.into());
        self
    }

    /// What `{host}` and `{port}` stand for.
    #[must_use]
    pub fn address(&self) -> Address {
        self.address
    }

    /// The program and its arguments for a target at `addr`.
    #[must_use]
    pub fn words(&self, addr: SocketAddr) -> Vec<String> {
        let words = self.words.iter();
        words.map(|word| placed(word, addr)).collect()
    }

    pub(super) fn ready_at(&self, addr: SocketAddr) -> Option<String> {
        self.ready.as_ref().map(|line| placed(line, addr))
    }

    pub(super) fn missing_directory(&self) -> Option<&Path> {
        self.directory.as_deref().filter(|path| !path.is_dir())
    }
}

/// A text with the address in it.
fn placed(text: &str, addr: SocketAddr) -> String {
    let (host, port) = (addr.ip().to_string(), addr.port().to_string());
    text.replace("{port}", &port).replace("{host}", &host)
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = shlex::try_join(self.words.iter().map(String::as_str));
        f.write_str(&line.map_err(|_| fmt::Error)?)
    }
}

impl fmt::Display for BadCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the command is empty",
            Self::Unfinished => "a quote or backslash of the command is not finished",
            Self::Nul => "the command holds a NUL",
            Self::NoPort => "the command does not hold {port}: write it where the port goes, or name the target's HOST:PORT too",
        })
    }
}

impl std::error::Error for BadCommand {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, Ipv6Addr};

    const FREE: Address = Address::Free(IpAddr::V4(Ipv4Addr::LOCALHOST));

    fn words(line: &str) -> Vec<String> {
        let addr = SocketAddr::from((Ipv6Addr::LOCALHOST, 7000));
        Command::parse(line, Address::Fixed(addr))
            .unwrap()
            .words(addr)
    }

    #[test]
    fn words_are_split_as_a_shell_does_and_expanded_as_it_does_not() {
        assert_eq!(
            words(r#"a 'b c' "d\"e" f\ g ''"#),
            ["a", "b c", "d\"e", "f g", ""]
        );
        assert_eq!(words("a $HOME *;|& `b`"), ["a", "$HOME", "*;|&", "`b`"]);
    }

    #[test]
    fn the_address_is_replaced_inside_words_and_other_braces_stay() {
        assert_eq!(
            words("s --to=[{host}]:{port} {port}{port}"),
            ["s", "--to=[::1]:7000", "70007000"]
        );
        assert_eq!(
            words("s '{ports}' '{}' {{port}}"),
            ["s", "{ports}", "{}", "{7000}"]
        );
    }

    #[test]
    fn a_wrong_line_is_refused_with_its_reason() {
        let refused = |line| Command::parse(line, FREE).err();
        assert_eq!(refused("  "), Some(BadCommand::Empty));
        assert_eq!(refused("'' {port}"), Some(BadCommand::Empty));
        assert_eq!(refused("a 'b {port}"), Some(BadCommand::Unfinished));
        assert_eq!(refused("a\0 {port}"), Some(BadCommand::Nul));
        assert_eq!(refused("a 7000"), Some(BadCommand::NoPort));
        assert_eq!(refused("a {port}"), None);
    }

    #[test]
    fn a_command_is_printed_so_that_it_parses_to_itself() {
        let command = Command::parse("a 'b  {port}' \"it's\"", FREE).unwrap();
        assert_eq!(
            Command::parse(&command.to_string(), FREE).unwrap().words,
            command.words
        );
    }
}
