//! A target's process: from a [`Command`] to a [`Running`] target that listens, and to nothing once that is dropped.
//!
//! Readiness is seen in the kernel's table of sockets and never by connecting: a connection would use up a server that
//! serves one. A picked port that somebody else took in between is given up for another one. Invariant: while a [`Running`]
//! exists its processes are followed, and after [`Running::stop`], a drop, a panic or, below a guard, any death of ours, none
//! of them is left.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fmt;
use std::io::{self, PipeReader, Write};
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command as Process, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::command::{Address, Command};
use super::diag::Diag;
use super::procfs::Usage;
use super::pump::Line;
use super::{guard, interrupt, procfs, pump, setup};

/// The exit status by which a target says, before it listens, that it does not implement the framing.
pub const UNSUPPORTED: i32 = 89;

/// Picked ports that somebody else may take before we give up.
const ATTEMPTS: usize = 5;

/// Between two looks at the table of sockets: a target that starts quickly is not waited for.
const LOOK_FIRST: Duration = Duration::from_micros(200);
const LOOK_LAST: Duration = Duration::from_millis(5);

/// Between two questions whether a target is ready, each of which starts a process.
const READY_LAST: Duration = Duration::from_millis(100);

/// A look can cost milliseconds, since the kernel walks its whole table: at most a fifth of a processor goes into it, so that
/// the start that is awaited is not slowed down.
const LOOK_REST: u32 = 4;

/// How long a listener that is not the target's own is given to make the target fail. After that it is taken for the
/// target's deputy, as a container's port is.
const DEPUTY_AFTER: Duration = Duration::from_millis(500);

/// From SIGTERM to SIGKILL: what a server needs to flush and end, and cheap where each case ends one that refuses.
const GRACE: Duration = Duration::from_millis(500);

/// SIGKILL works at once but for a process that the system itself holds, or one of another user.
const KILL_WITHIN: Duration = Duration::from_secs(5);

/// Why a target does not run.
#[derive(Debug)]
pub enum StartError {
    /// The program, or the directory to start it in, cannot be used.
    Program {
        /// Its name.
        name: String,
        /// What the system says.
        error: io::Error,
    },
    /// Something listens on the fixed address already, or on every port that was picked.
    InUse(SocketAddr),
    /// It ended with [`UNSUPPORTED`].
    Unsupported,
    /// It ended before it listened.
    Ended {
        /// How.
        status: ExitStatus,
        /// The last lines that it wrote to standard error.
        stderr: String,
    },
    /// It still runs, and does not listen.
    NotListening {
        /// Where it should.
        addr: SocketAddr,
        /// How long it had.
        within: Duration,
        /// The last lines that it wrote to standard error.
        stderr: String,
    },
    /// It listens, and the command that tells whether it is ready does not succeed.
    NotReady {
        /// That command.
        command: String,
        /// What it said last.
        why: String,
    },
    /// The user wants an end.
    Interrupted,
    /// The system refused a pipe, a process or a thread.
    System(io::Error),
}

/// What [`Running::more_stdout`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stdout {
    /// Bytes, now in the caller's buffer.
    More,
    /// Nothing by the deadline.
    Quiet,
    /// The end: nothing will follow.
    Ended,
    /// More than we keep was printed and not taken: the rest is lost.
    Flooded,
}

/// A target that runs, and ends when this is dropped.
pub struct Running {
    command: Command,
    addr: SocketAddr,
    target: Pid,
    following: Following,
}

/// Starts the target and waits until it listens.
///
/// # Errors
/// What [`StartError`] lists; nothing is left running then.
pub fn start(command: &Command) -> Result<Running, StartError> {
    let mut last = None;
    for _ in 0..ATTEMPTS {
        let addr = place(command.address()).map_err(StartError::System)?;
        if matches!(command.address(), Address::Fixed(_)) && !Listeners::open().at(addr).is_empty()
        {
            return Err(StartError::InUse(addr));
        }
        match attempt(command, addr) {
            Attempt::Done(running) => return Ok(*running),
            Attempt::Failed(error) => return Err(error),
            Attempt::Taken(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or(StartError::Interrupted))
}

impl Running {
    /// Where it listens, or where we do in [`Address::Ours`].
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The process that the command became.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.target.as_raw_nonzero().get().unsigned_abs()
    }

    /// That process and all that descend from it, without the guard.
    #[must_use]
    pub fn processes(&self) -> Vec<u32> {
        let number = |pid: Pid| pid.as_raw_nonzero().get().unsigned_abs();
        self.following
            .processes(self.target)
            .into_iter()
            .map(number)
            .collect()
    }

    /// What they use now.
    #[must_use]
    pub fn usage(&self) -> Usage {
        procfs::usage(&self.following.processes(self.target))
    }

    /// How it has ended, if it has.
    #[must_use]
    pub fn exited(&self) -> Option<ExitStatus> {
        self.following.line.state().exit
    }

    /// Waits until it ends; `None` when the deadline passes or the user interrupts.
    #[must_use]
    pub fn wait_exit(&self, deadline: Instant) -> Option<ExitStatus> {
        let ended = |state: &mut pump::State| {
            let over = state.exit.is_some() || state.gone || interrupt::requested();
            over.then_some(state.exit)
        };
        self.following.line.wait(deadline, ended).flatten()
    }

    /// The last lines that it wrote to standard error.
    #[must_use]
    pub fn stderr_tail(&self) -> String {
        self.following.line.state().stderr_tail()
    }

    /// Moves what it has printed to the end of `into`, and waits for it if there is nothing yet. Only with
    /// [`Command::capture_stdout`]; otherwise it has ended from the start.
    pub fn more_stdout(&self, into: &mut Vec<u8>, deadline: Instant) -> Stdout {
        let taken = |state: &mut pump::State| match state {
            _ if !state.stdout.is_empty() => {
                into.append(&mut state.stdout);
                Some(Stdout::More)
            }
            _ if state.flooded => Some(Stdout::Flooded),
            _ if state.stdout_ended => Some(Stdout::Ended),
            _ => interrupt::requested().then_some(Stdout::Quiet),
        };
        self.following
            .line
            .wait(deadline, taken)
            .unwrap_or(Stdout::Quiet)
    }

    /// Ends it: SIGTERM to its process group, and after a short grace SIGKILL to all that is left. Returns how it ended;
    /// `None` if even that did not end it.
    pub fn stop(mut self) -> Option<ExitStatus> {
        self.following.end();
        self.exited()
    }

    /// Ends it and starts it anew, on another port where ports are picked.
    ///
    /// # Errors
    /// As [`start`].
    pub fn restart(self) -> Result<Self, StartError> {
        let command = self.command.clone();
        self.stop();
        start(&command)
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Running({} at {}, pid {})",
            self.command,
            self.addr,
            self.pid()
        )
    }
}

/// SIGTERM to every running target.
pub(super) fn terminate_all() {
    for line in live().iter().filter_map(Weak::upgrade) {
        line.terminate();
        line.wake();
    }
}

/// SIGKILL to every running target, awaited for a short time.
pub(super) fn kill_all() {
    let lines: Vec<_> = live().iter().filter_map(Weak::upgrade).collect();
    lines.iter().for_each(|line| line.kill());
    let deadline = Instant::now() + GRACE;
    for line in lines {
        line.wait(deadline, |state| state.gone.then_some(()));
    }
}

/// All targets that may run; those that are gone are swept out when the next one starts.
static LIVE: Mutex<Vec<Weak<Line>>> = Mutex::new(Vec::new());

fn live() -> MutexGuard<'static, Vec<Weak<Line>>> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One try at one address.
enum Attempt {
    Done(Box<Running>),
    Failed(StartError),
    /// Somebody else has the port; the error is for the last try.
    Taken(StartError),
}

fn attempt(command: &Command, addr: SocketAddr) -> Attempt {
    let deadline = Instant::now() + command.start_within;
    let started = Following::launch(command, addr).and_then(|following| {
        let target = following.await_pid(command, addr, deadline)?;
        Ok(Running {
            command: command.clone(),
            addr,
            target,
            following,
        })
    });
    let running = match started {
        Ok(running) => running,
        Err(error) => return Attempt::Failed(error),
    };
    let ready = running.await_listener(deadline);
    match ready.and_then(|()| running.await_ready(deadline)) {
        Ok(()) => Attempt::Done(Box::new(running)),
        Err(StartError::Ended { .. }) if running.port_was_taken() => {
            Attempt::Taken(StartError::InUse(addr))
        }
        Err(error) => Attempt::Failed(error),
    }
}

/// The address for one try. A picked port is free at this moment, and may be somebody else's at the next.
fn place(address: Address) -> io::Result<SocketAddr> {
    match address {
        Address::Free(ip) => free_port(ip),
        Address::Fixed(addr) | Address::Ours(addr) => Ok(addr),
    }
}

fn free_port(ip: IpAddr) -> io::Result<SocketAddr> {
    TcpListener::bind((ip, 0))?.local_addr()
}

impl Running {
    fn await_listener(&self, deadline: Instant) -> Result<(), StartError> {
        if matches!(self.command.address(), Address::Ours(_)) {
            return Ok(());
        }
        let mut look = LOOK_FIRST;
        let mut foreign_since = None;
        let mut listeners = Listeners::open();
        loop {
            if interrupt::requested() {
                return Err(StartError::Interrupted);
            }
            if let Some(status) = self.exited() {
                return Err(self.ended(status));
            }
            let begun = Instant::now();
            if self.listens(&mut listeners, &mut foreign_since) {
                return Ok(());
            }
            let rest = look.max(begun.elapsed() * LOOK_REST);
            if Instant::now() >= deadline {
                return Err(self.not_listening());
            }
            // An exit cuts the wait short.
            let _ = self.wait_exit(deadline.min(Instant::now() + rest));
            look = LOOK_LAST.min(look * 2);
        }
    }

    fn listens(&self, listeners: &mut Listeners, foreign_since: &mut Option<Instant>) -> bool {
        let inodes = listeners.at(self.addr);
        if inodes.is_empty() {
            return false;
        }
        procfs::hold(&self.following.processes(self.target), &inodes)
            || foreign_since.get_or_insert_with(Instant::now).elapsed() >= DEPUTY_AFTER
    }

    /// Asks the command that tells whether it is ready, until it says so.
    fn await_ready(&self, deadline: Instant) -> Result<(), StartError> {
        let Some(command) = self.command.ready_at(self.addr) else {
            return Ok(());
        };
        let mut look = LOOK_FIRST;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Command {
                directory,
                environment,
                ..
            } = &self.command;
            let asked = setup::run(&command, directory.as_deref(), environment, left);
            let Err(why) = asked else {
                return Ok(());
            };
            if interrupt::requested() {
                return Err(StartError::Interrupted);
            }
            if let Some(status) = self.exited() {
                return Err(self.ended(status));
            }
            if Instant::now() + look > deadline {
                return Err(StartError::NotReady { command, why });
            }
            thread::sleep(look);
            look = (look * 2).min(READY_LAST);
        }
    }

    fn port_was_taken(&self) -> bool {
        matches!(self.command.address(), Address::Free(_)) && procfs::occupied(self.addr.port())
    }

    fn ended(&self, status: ExitStatus) -> StartError {
        match status.code() {
            Some(UNSUPPORTED) => StartError::Unsupported,
            _ => StartError::Ended {
                status,
                stderr: self.stderr_tail(),
            },
        }
    }

    fn not_listening(&self) -> StartError {
        let (addr, within) = (self.addr, self.command.start_within);
        StartError::NotListening {
            addr,
            within,
            stderr: self.stderr_tail(),
        }
    }
}

/// Who listens: asked of the kernel by address, where it answers that, else searched for in the table of all sockets.
struct Listeners(Option<Diag>);

impl Listeners {
    fn open() -> Self {
        Self(Diag::open().ok())
    }

    /// The inodes of the sockets that a connection to `addr` would reach.
    fn at(&mut self, addr: SocketAddr) -> HashSet<u64> {
        match self.0.as_mut().map(|diag| diag.listener(addr)) {
            Some(Ok(found)) => found.iter().map(|socket| socket.inode.into()).collect(),
            Some(Err(_)) | None => procfs::listeners(addr),
        }
    }
}

/// The threads and the guard behind a target; ends it when dropped.
struct Following {
    line: Arc<Line>,
    pump: Option<JoinHandle<()>>,
    supervisor: Supervisor,
}

/// Who follows the target, and ends it.
enum Supervisor {
    /// A process, which outlives us.
    Guard(Child),
    /// A thread of ours.
    Thread(Option<JoinHandle<()>>),
}

impl Following {
    fn launch(command: &Command, addr: SocketAddr) -> Result<Self, StartError> {
        let words = command.words(addr);
        let (ours, theirs) = UnixStream::pair().map_err(StartError::System)?;
        let (process, stderr, stdout) = prepare(command, &words).map_err(StartError::System)?;
        // The pump comes first: from here on, whatever fails, dropping `following` cleans up.
        let line = Arc::new(Line::new(ours));
        let pump = pump::start(Arc::clone(&line), stderr, stdout).map_err(StartError::System)?;
        let mut following = Self {
            line,
            pump: Some(pump),
            supervisor: Supervisor::Thread(None),
        };
        following.register();
        following.supervisor =
            spawn(command, process, theirs).map_err(|error| refused(command, &words, error))?;
        Ok(following)
    }

    fn register(&self) {
        let mut live = live();
        live.retain(|line| line.strong_count() > 0);
        live.push(Arc::downgrade(&self.line));
    }

    fn await_pid(
        &self,
        command: &Command,
        addr: SocketAddr,
        deadline: Instant,
    ) -> Result<Pid, StartError> {
        let told = |state: &mut pump::State| match (state.pid, state.error) {
            (Some(pid), _) => Some(Ok(pid)),
            (None, Some(error)) => Some(Err(io::Error::from_raw_os_error(error))),
            (None, None) => state
                .gone
                .then(|| Err(io::Error::other(state.stderr_tail()))),
        };
        match self.line.wait(deadline, told) {
            Some(Ok(pid)) => Ok(pid),
            Some(Err(error)) => Err(refused(command, &command.words(addr), error)),
            None => Err(StartError::System(io::ErrorKind::TimedOut.into())),
        }
    }

    fn processes(&self, target: Pid) -> Vec<Pid> {
        match &self.supervisor {
            // The guard adopts what the target leaves behind.
            Supervisor::Guard(child) => procfs::descendants(Pid::from_child(child)),
            Supervisor::Thread(_) => std::iter::once(target)
                .chain(procfs::descendants(target))
                .collect(),
        }
    }

    fn end(&mut self) {
        let over = |state: &mut pump::State| {
            (state.exit.is_some() || state.gone || state.pid.is_none()).then_some(())
        };
        self.line.terminate();
        self.line.wait(Instant::now() + GRACE, over);
        self.line.kill();
        let gone = self.line.wait(Instant::now() + KILL_WITHIN, |state| {
            state.gone.then_some(())
        });
        if gone.is_some() {
            self.reap();
        }
    }

    /// Nothing here blocks: the supervisor has closed its end, the pump has seen that.
    fn reap(&mut self) {
        match &mut self.supervisor {
            Supervisor::Guard(child) => {
                let _ = child.wait();
                self.end_orphan();
            }
            Supervisor::Thread(thread) => drop(thread.take().map(JoinHandle::join)),
        }
        drop(self.pump.take().map(JoinHandle::join));
    }

    /// Only a guard that was itself killed leaves a target whose end it has not told.
    fn end_orphan(&self) {
        let state = self.line.state();
        if let (Some(target), None) = (state.pid, state.exit) {
            let _ = kill_process_group(target, Signal::KILL);
        }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        // `None`: it has been stopped already.
        if self.pump.is_some() {
            self.end();
        }
    }
}

/// The process to spawn, and the ends of its pipes that are ours.
fn prepare(
    command: &Command,
    words: &[String],
) -> io::Result<(Process, PipeReader, Option<PipeReader>)> {
    let mut process = match &command.guard {
        Some(program) => guarded(program, words),
        None => plain(words),
    };
    let (stderr, errors) = io::pipe()?;
    process
        .stderr(errors)
        .stdout(Stdio::null())
        .process_group(0);
    process.envs(command.environment.iter().cloned());
    if let Some(directory) = &command.directory {
        process.current_dir(directory);
    }
    if !command.stdout {
        return Ok((process, stderr, None));
    }
    let (stdout, output) = io::pipe()?;
    process.stdout(output);
    Ok((process, stderr, Some(stdout)))
}

fn guarded(program: &Path, words: &[String]) -> Process {
    let mut process = Process::new(program);
    process
        .arg0(OsStr::from_bytes(guard::NAME.to_bytes()))
        .arg(guard::ARGUMENT)
        .args(words);
    process
}

fn plain(words: &[String]) -> Process {
    let mut process = Process::new(&words[0]);
    process.args(&words[1..]);
    process
}

/// Spawns and closes our copies of what the process got, so that an end of its streams is seen.
fn spawn(command: &Command, mut process: Process, theirs: UnixStream) -> io::Result<Supervisor> {
    if command.guard.is_some() {
        return Ok(Supervisor::Guard(
            process.stdin(OwnedFd::from(theirs)).spawn()?,
        ));
    }
    let mut child = process.stdin(Stdio::null()).spawn()?;
    let supervisor = supervise(&child, theirs);
    if supervisor.is_err() {
        // Not followed, it would be left running.
        let _ = child.kill().and_then(|()| child.wait());
    }
    Ok(Supervisor::Thread(Some(supervisor?)))
}

fn supervise(child: &Child, mut theirs: UnixStream) -> io::Result<JoinHandle<()>> {
    let target = Pid::from_child(child);
    let scope = guard::Scope::group(target)?;
    writeln!(theirs, "pid {}", child.id())?;
    let follow = move || guard::supervise(target, &scope, theirs);
    thread::Builder::new()
        .name("supervisor".into())
        .spawn(follow)
}

fn refused(command: &Command, words: &[String], error: io::Error) -> StartError {
    let directory = command
        .missing_directory()
        .map(|path| path.display().to_string());
    StartError::Program {
        name: directory.unwrap_or_else(|| words[0].clone()),
        error,
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program { name, error } if error.kind() == io::ErrorKind::NotFound => {
                write!(f, "cannot start the target: `{name}` is not found")
            }
            Self::Program { name, error } => {
                write!(f, "cannot start the target: `{name}`: {error}")
            }
            Self::InUse(addr) => write!(f, "port {} is already in use ({addr})", addr.port()),
            Self::Unsupported => write!(
                f,
                "the target does not implement this framing (exit status {UNSUPPORTED})"
            ),
            Self::Ended { status, stderr } => {
                write!(f, "the target ended before it listened ({status})")?;
                said(f, stderr)
            }
            Self::NotListening {
                addr,
                within,
                stderr,
            } => {
                write!(f, "the target does not listen on {addr} after {within:?}")?;
                said(f, stderr)
            }
            Self::NotReady { command, why } => {
                write!(f, "the target is not ready in time: {command}: {why}")
            }
            Self::Interrupted => f.write_str("interrupted"),
            Self::System(error) => write!(f, "cannot start a process: {error}"),
        }
    }
}

fn said(f: &mut fmt::Formatter<'_>, stderr: &str) -> fmt::Result {
    if stderr.is_empty() {
        return f.write_str("; it wrote nothing to standard error");
    }
    f.write_str("; its last lines on standard error:")?;
    stderr
        .lines()
        .try_for_each(|line| write!(f, "\n    {line}"))
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Program { error, .. } | Self::System(error) => Some(error),
            _ => None,
        }
    }
}
