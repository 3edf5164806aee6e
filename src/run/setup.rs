//! What a target needs before it can be started: programs that must be there, a command that must succeed, one that builds it; and how
//! it tells that it is ready.
//!
//! Each command is split like a target's, never seen by a shell, and bounded in time; its last lines of standard error are kept for the
//! message. Invariant: none outlives us in its group once it is given up.

use std::env;
use std::ffi::OsString;
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};

use super::interrupt;

/// What a target needs.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// Where its commands are run.
    pub directory: Option<PathBuf>,
    /// What is added to their environment.
    pub environment: Vec<(OsString, OsString)>,
    /// Programs that must be on the PATH.
    pub requires: Vec<String>,
    /// A command that must succeed.
    pub needs: Option<String>,
    /// What installs what is missing.
    pub install: Option<String>,
    /// A command that is run once before the first start.
    pub build: Option<String>,
}

/// A look at what is installed.
const LOOK_WITHIN: Duration = Duration::from_secs(30);

/// Compilers of large languages take minutes the first time.
const BUILD_WITHIN: Duration = Duration::from_secs(600);

impl Setup {
    /// Why the target cannot be tried here, and what installs what is missing; `None`: all is there.
    #[must_use]
    pub fn missing(&self) -> Option<String> {
        let absent = self.requires.iter().find(|program| !on_path(program));
        let why = match (absent, &self.needs) {
            (Some(program), _) => format!("there is no {program}"),
            (None, Some(needs)) => {
                let failed = self.run(needs, LOOK_WITHIN).err()?;
                format!("{needs}: {failed}")
            }
            (None, None) => return None,
        };
        let install = self.install.as_ref();
        Some(match install {
            Some(install) => format!("{why}; to install it: {install}"),
            None => why,
        })
    }

    /// Builds the target.
    ///
    /// # Errors
    /// What its command said, or that it could not be run.
    pub fn build(&self) -> Result<(), String> {
        let Some(build) = &self.build else {
            return Ok(());
        };
        let built = self.run(build, BUILD_WITHIN);
        built.map_err(|failed| format!("build {build:?}: {failed}"))
    }

    fn run(&self, line: &str, within: Duration) -> Result<(), String> {
        run(line, self.directory.as_deref(), &self.environment, within)
    }
}

fn on_path(program: &str) -> bool {
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders).any(|folder| is_executable(&folder.join(program)))
}

fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let there = file.metadata();
    there.is_ok_and(|there| there.is_file() && there.permissions().mode() & 0o111 != 0)
}

/// Runs a command to its end.
///
/// # Errors
/// What went wrong, with the last that it wrote to standard error.
pub(super) fn run(
    line: &str,
    directory: Option<&Path>,
    environment: &[(OsString, OsString)],
    within: Duration,
) -> Result<(), String> {
    let words = shlex::split(line).filter(|words| !words.is_empty());
    let words = words.ok_or("a quote or backslash is not finished, or there is no word")?;
    let mut command = Process::new(&words[0]);
    command.args(&words[1..]).process_group(0);
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::null()).stdout(Stdio::null());
    if let Some(directory) = directory {
        command.current_dir(directory);
    }
    let (mut reader, writer) = io::pipe().map_err(|error| error.to_string())?;
    command.stderr(writer);
    let child = command.spawn();
    // The pipe's writing end goes with it, so that the reader sees an end.
    drop(command);
    let child = child.map_err(|error| format!("{}: {error}", words[0]))?;
    let said = thread::spawn(move || {
        let mut said = Vec::new();
        let _ = reader.read_to_end(&mut said);
        said
    });
    match ended(child, Instant::now() + within) {
        Ok(true) => Ok(()),
        Ok(false) => Err(tail(&said.join().unwrap_or_default())),
        Err(why) => Err(why),
    }
}

/// Lines of a failed command that are shown.
const LINES: usize = 12;

fn tail(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    let lines: Vec<_> = text.lines().collect();
    match lines.len() {
        0 => "it failed, and said nothing".to_owned(),
        1 => lines[0].to_owned(),
        many => format!(
            "its last lines were:\n{}",
            lines[many.saturating_sub(LINES)..].join("\n")
        ),
    }
}

/// Waits for its end, in pieces, so that a signal to us is seen; whether it succeeded.
fn ended(mut child: Child, deadline: Instant) -> Result<bool, String> {
    let pid = Pid::from_child(&child);
    let end = pidfd_open(pid, PidfdFlags::empty()).map_err(|error| error.to_string())?;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let piece = left.min(Duration::from_millis(100));
        let wait = Timespec::try_from(piece).map_err(|error| error.to_string())?;
        let over = poll(&mut [PollFd::new(&end, PollFlags::IN)], Some(&wait));
        if over.is_ok_and(|ready| ready > 0) {
            let status = child.wait().map_err(|error| error.to_string())?;
            return Ok(status.success());
        }
        if interrupt::requested() || left.is_zero() {
            let _ = kill_process_group(pid, Signal::KILL);
            let _ = child.wait();
            return Err(match left.is_zero() {
                true => "it took too long".to_owned(),
                false => "interrupted".to_owned(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setup(requires: &[&str], needs: Option<&str>) -> Setup {
        Setup {
            requires: requires.iter().map(|&name| name.to_owned()).collect(),
            needs: needs.map(str::to_owned),
            install: Some("apt-get install it".to_owned()),
            ..Setup::default()
        }
    }

    #[test]
    fn what_is_missing_is_named_with_what_installs_it() {
        assert_eq!(setup(&["sh"], Some("sh -c true")).missing(), None);
        let missing = |setup: Setup| setup.missing().unwrap();
        assert_eq!(
            missing(setup(&["sh", "no-such-program"], None)),
            "there is no no-such-program; to install it: apt-get install it"
        );
        let needs = setup(&[], Some("sh -c 'echo no module >&2; exit 1'"));
        assert!(missing(needs).contains("no module; to install it"));
    }

    #[test]
    fn a_command_is_given_up_when_its_time_is_over() {
        let begun = Instant::now();
        let failed = run("sleep 600", None, &[], Duration::from_millis(50));
        assert_eq!(failed, Err("it took too long".to_owned()));
        assert!(begun.elapsed() < Duration::from_secs(60));
    }

    #[test]
    fn what_a_build_said_last_is_told() {
        let build = Setup {
            build: Some("sh -c 'echo one >&2; echo two >&2; exit 3'".to_owned()),
            ..Setup::default()
        };
        assert!(build.build().unwrap_err().ends_with("one\ntwo"));
        assert!(run("", None, &[], LOOK_WITHIN).is_err());
        assert!(run("no-such-program", None, &[], LOOK_WITHIN).is_err());
    }
}
