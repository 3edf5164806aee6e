//! The guard of a target: starts it, tells us its process id and how it ended, and ends it with all its offspring when told
//! to or when we are gone, however we went.
//!
//! It is our own program once more, with a first argument that nobody types. Its standard input is a socket to us: lines
//! `pid N`, `error ERRNO` and `exit STATUS` come from it, a byte to it means SIGTERM to the target's process group, and the
//! end of the stream means SIGKILL to everything. The kernel ends that stream for us even at SIGKILL. A parent-death signal
//! would be lost on the target's own children and would fire when only a thread of ours ends; the guard adopts them all
//! (`PR_SET_CHILD_SUBREAPER`), also those that left the process group. It sleeps in one `poll`, has no second thread, and is
//! in a process group of its own: what the target or the terminal does to its group does not reach it.

use std::ffi::{CStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write, stdin};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, getpid, kill_process, kill_process_group, pidfd_open,
    set_child_subreaper, wait as wait_any, waitpid,
};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM};

use super::procfs;

/// The path of the running program, valid also after its file was replaced.
pub const THIS_PROGRAM: &str = "/proc/self/exe";

/// The first argument that makes a program the guard of the words behind it.
pub(super) const ARGUMENT: &str = "__guard";

/// What `ps` shows; not our own name, so that `killall -9` on us leaves the guard to clean up.
pub(super) const NAME: &CStr = c"fc-guard";

/// Is the guard until the target is gone, if the program's arguments say so; to be called before anything else in `main`.
pub fn dispatch(arguments: impl IntoIterator<Item = OsString>) -> Option<ExitCode> {
    let mut arguments = arguments.into_iter().skip(1);
    if arguments.next()? != ARGUMENT {
        return None;
    }
    let words: Vec<OsString> = arguments.collect();
    Some(guard(&words).map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS))
}

/// Which processes a supervisor answers for, and what wakes it when one of them ends.
pub(super) enum Scope {
    /// Every child, adopted ones too: a byte arrives for each SIGCHLD. Only in a process that has no other children.
    Everything(UnixStream),
    /// The target and its process group: the target's pidfd. What it leaves behind is ended with it.
    Group(OwnedFd),
}

/// Follows the target until the other end of `control` is closed, then kills what is left of it.
pub(super) fn supervise(target: Pid, scope: &Scope, mut control: UnixStream) {
    let mut alive = true;
    while let Ok((told, ended)) = wait(&control, scope.alarm(alive)) {
        if ended && let Some(status) = scope.reap(target) {
            alive = false;
            tell(&control, "exit", status);
        }
        if told {
            match control.read(&mut [0]) {
                Ok(1) if alive => drop(kill_process_group(target, Signal::TERM)),
                Ok(1) => {}
                _ => break,
            }
        }
    }
    if let Some(status) = scope.end(target, alive) {
        tell(&control, "exit", status);
    }
}

/// Where nobody listens any more, the next read says so.
fn tell(mut control: &UnixStream, word: &str, number: i32) {
    let _ = writeln!(control, "{word} {number}");
}

impl Scope {
    /// The scope of a caller that may have other children.
    pub(super) fn group(target: Pid) -> io::Result<Self> {
        Ok(Self::Group(pidfd_open(target, PidfdFlags::empty())?))
    }

    fn everything() -> io::Result<Self> {
        set_child_subreaper(Some(getpid()))?;
        let (alarm, bell) = UnixStream::pair()?;
        alarm.set_nonblocking(true)?;
        signal_hook::low_level::pipe::register(SIGCHLD, bell)?;
        Ok(Self::Everything(alarm))
    }

    fn alarm(&self, alive: bool) -> Option<BorrowedFd<'_>> {
        match self {
            Self::Everything(alarm) => Some(alarm.as_fd()),
            Self::Group(target) => alive.then(|| target.as_fd()),
        }
    }

    /// The status of the target, if it is the one that ended.
    fn reap(&self, target: Pid) -> Option<i32> {
        match self {
            Self::Everything(alarm) => {
                let mut alarm: &UnixStream = alarm;
                while alarm.read(&mut [0; 64]).is_ok_and(|read| read > 0) {}
                reap_all(target)
            }
            Self::Group(_) => {
                // Not yet reaped, the target still keeps its number from being given to another group.
                let _ = kill_process_group(target, Signal::KILL);
                reap_one(Some(target), WaitOptions::NOHANG).map(|(_, status)| status)
            }
        }
    }

    /// Kills all that is left; the target's status, if it was among it.
    fn end(&self, target: Pid, alive: bool) -> Option<i32> {
        if alive {
            let _ = kill_process_group(target, Signal::KILL);
        }
        match self {
            Self::Everything(_) => end_children(target),
            Self::Group(_) if alive => {
                reap_one(Some(target), WaitOptions::empty()).map(|(_, status)| status)
            }
            Self::Group(_) => None,
        }
    }
}

fn guard(words: &[OsString]) -> io::Result<()> {
    rustix::thread::set_name(NAME)?;
    outlive_signals()?;
    let control = UnixStream::from(stdin().as_fd().try_clone_to_owned()?);
    let scope = Scope::everything()?;
    match start(words) {
        Err(error) => tell(&control, "error", error.raw_os_error().unwrap_or(0)),
        Ok(child) => {
            leave_output()?;
            let target = Pid::from_child(&child);
            tell(&control, "pid", target.as_raw_nonzero().get());
            supervise(target, &scope, control);
        }
    }
    Ok(())
}

/// A handled signal, unlike an ignored one, is back at its default in the target.
fn outlive_signals() -> io::Result<()> {
    for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
        signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)))?;
    }
    Ok(())
}

fn start(words: &[OsString]) -> io::Result<Child> {
    let (program, arguments) = words.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
}

/// Only the target holds its pipes from now on, so that their end is seen when it closes them.
fn leave_output() -> io::Result<()> {
    let null = File::options().write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdout(&null)?;
    Ok(rustix::stdio::dup2_stderr(&null)?)
}

/// Whether there is something to read on `control`, and on `alarm`.
fn wait(control: &UnixStream, alarm: Option<BorrowedFd<'_>>) -> io::Result<(bool, bool)> {
    let mut fds = vec![PollFd::new(control, PollFlags::IN)];
    fds.extend(alarm.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)));
    match poll(&mut fds, None) {
        Ok(_) | Err(rustix::io::Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
    let ready = |at: usize| fds.get(at).is_some_and(|fd| !fd.revents().is_empty());
    Ok((ready(0), ready(1)))
}

/// Reaps what has ended; the target's status, if it was among it.
fn reap_all(target: Pid) -> Option<i32> {
    let ended = std::iter::from_fn(|| reap_one(None, WaitOptions::NOHANG));
    status_of(target, ended)
}

fn status_of(target: Pid, ended: impl Iterator<Item = (Pid, i32)>) -> Option<i32> {
    // To its end, so that everything is reaped.
    ended
        .filter(|(pid, _)| *pid == target)
        .last()
        .map(|(_, status)| status)
}

/// Reaps one child, whichever it is where none is named. (`waitpid` without a number would look at our own group only.)
fn reap_one(pid: Option<Pid>, options: WaitOptions) -> Option<(Pid, i32)> {
    let ended = pid.map_or_else(|| wait_any(options), |pid| waitpid(Some(pid), options));
    let (pid, status) = ended.ok()??;
    Some((pid, status.as_raw()))
}

/// A killed child hands its own children to us, so that each round finds the next generation. A round sleeps until one child
/// has ended, and the last one finds that there is none.
fn end_children(target: Pid) -> Option<i32> {
    let rounds = std::iter::from_fn(|| {
        for pid in procfs::descendants(getpid()) {
            let _ = kill_process(pid, Signal::KILL);
        }
        reap_one(None, WaitOptions::empty())
    });
    status_of(target, rounds)
}
