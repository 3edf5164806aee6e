//! What a target and its guard tell us, gathered by one thread for each target: process id, exit status, both outputs.
//!
//! The target never blocks on its output: of standard error the last bytes are kept, of standard output what nobody has taken yet
//! up to a limit, and the rest is read and thrown away. Invariant: what was printed before the target ended is here before
//! its exit status is.

use std::collections::VecDeque;
use std::io::{self, PipeReader, Read, Write};
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::Pid;

/// Enough to show why a target ended, in lines and in bytes.
const TAIL_LINES: usize = 20;
const TAIL_BYTES: usize = 8 << 10;

/// A target that prints faster than we read must not eat our memory.
const STDOUT_LIMIT: usize = 16 << 20;

/// A pipe holds at most 1 MiB for an ordinary user, so that this reads all that was printed before an end.
const READS: usize = 32;
const READ_BYTES: usize = 64 << 10;

/// What is known about one target, shared between its pump and those who wait.
pub(super) struct Line {
    state: Mutex<State>,
    changed: Condvar,
    control: UnixStream,
}

/// Everything told so far.
#[derive(Default)]
pub(super) struct State {
    /// Once it runs.
    pub(super) pid: Option<Pid>,
    /// Why it could not be started: an error number.
    pub(super) error: Option<i32>,
    /// Once it has ended.
    pub(super) exit: Option<ExitStatus>,
    /// The guard is gone, and all processes of the target with it.
    pub(super) gone: bool,
    /// Printed, and not taken yet.
    pub(super) stdout: Vec<u8>,
    /// Nothing follows on standard output.
    pub(super) stdout_ended: bool,
    /// Standard output was over the limit, and its rest is lost.
    pub(super) flooded: bool,
    stderr: VecDeque<u8>,
}

impl Line {
    pub(super) fn new(control: UnixStream) -> Self {
        Self {
            state: Mutex::default(),
            changed: Condvar::new(),
            control,
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock; if it did, every field is still true on its own.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `found` finds something; `None` when the deadline has passed.
    pub(super) fn wait<T>(
        &self,
        deadline: Instant,
        mut found: impl FnMut(&mut State) -> Option<T>,
    ) -> Option<T> {
        let mut state = self.state();
        loop {
            if let Some(value) = found(&mut state) {
                return Some(value);
            }
            let left = deadline
                .checked_duration_since(Instant::now())
                .filter(|left| !left.is_zero())?;
            let woken = self.changed.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Wakes all who wait, to look at something that is not in the state.
    pub(super) fn wake(&self) {
        let _state = self.state();
        self.changed.notify_all();
    }

    /// Asks for SIGTERM to the target. A guard that is gone has no target either.
    pub(super) fn terminate(&self) {
        let _ = (&self.control).write(b"t");
    }

    /// Asks for SIGKILL to all that is left of the target.
    pub(super) fn kill(&self) {
        let _ = self.control.shutdown(Shutdown::Write);
    }
}

impl State {
    /// The last lines of standard error.
    pub(super) fn stderr_tail(&self) -> String {
        let bytes: Vec<u8> = self.stderr.iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
    }

    fn keep_stderr(&mut self, bytes: &[u8]) {
        self.stderr
            .extend(&bytes[bytes.len().saturating_sub(TAIL_BYTES)..]);
        let over = self.stderr.len().saturating_sub(TAIL_BYTES);
        self.stderr.drain(..over);
    }

    fn keep_stdout(&mut self, bytes: &[u8]) {
        let room = STDOUT_LIMIT.saturating_sub(self.stdout.len());
        // Once something is lost, what follows it would be misread.
        if !self.flooded {
            self.stdout.extend(&bytes[..bytes.len().min(room)]);
        }
        self.flooded |= bytes.len() > room;
    }

    fn hear(&mut self, line: &str) {
        let Some((word, number)) = line.split_once(' ') else {
            return;
        };
        let Ok(number) = number.parse() else { return };
        match word {
            "pid" => self.pid = Pid::from_raw(number),
            "error" => self.error = Some(number),
            "exit" => self.exit = Some(ExitStatus::from_raw(number)),
            _ => {}
        }
    }
}

/// Gathers until the guard is gone.
///
/// # Errors
/// Where a pipe cannot be made non-blocking; nothing is read then.
pub(super) fn start(
    line: Arc<Line>,
    stderr: PipeReader,
    stdout: Option<PipeReader>,
) -> io::Result<std::thread::JoinHandle<()>> {
    let control = Source::new(line.control.try_clone()?)?;
    let stderr = Source::new(stderr)?;
    let stdout = stdout.map(Source::new).transpose()?;
    std::thread::Builder::new()
        .name("target".into())
        .spawn(move || pump(&line, control, stderr, stdout))
}

fn pump<C: Read + AsFd>(
    line: &Line,
    mut control: Source<C>,
    mut stderr: Source<PipeReader>,
    mut stdout: Option<Source<PipeReader>>,
) {
    let mut heard = Vec::new();
    while !control.ended {
        wait(&control, &stderr, stdout.as_ref());
        // First what is said, then what was printed before: the order that the invariant needs.
        control.read(|bytes| heard.extend_from_slice(bytes));
        stderr.read(|bytes| line.state().keep_stderr(bytes));
        if let Some(stdout) = &mut stdout {
            stdout.read(|bytes| line.state().keep_stdout(bytes));
        }
        let mut state = line.state();
        for text in whole_lines(&mut heard).lines() {
            state.hear(text);
        }
        state.gone = control.ended;
        state.stdout_ended = control.ended || stdout.as_ref().is_none_or(|stdout| stdout.ended);
        line.changed.notify_all();
    }
}

/// Takes the complete lines off the front.
fn whole_lines(heard: &mut Vec<u8>) -> String {
    let end = heard
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |at| at + 1);
    String::from_utf8_lossy(&heard.drain(..end).collect::<Vec<u8>>()).into_owned()
}

fn wait<C: AsFd>(
    control: &Source<C>,
    stderr: &Source<PipeReader>,
    stdout: Option<&Source<PipeReader>>,
) {
    let mut fds = vec![PollFd::new(&control.from, PollFlags::IN)];
    let open = [Some(stderr), stdout]
        .into_iter()
        .flatten()
        .filter(|source| !source.ended);
    fds.extend(open.map(|source| PollFd::new(&source.from, PollFlags::IN)));
    // An interrupted or refused wait is followed by reads that find nothing.
    let _ = poll(&mut fds, None);
}

/// Something to read from without blocking.
struct Source<R> {
    from: R,
    ended: bool,
    buffer: Vec<u8>,
}

impl<R: Read + AsFd> Source<R> {
    fn new(from: R) -> io::Result<Self> {
        rustix::io::ioctl_fionbio(&from, true)?;
        Ok(Self {
            from,
            ended: false,
            buffer: vec![0; READ_BYTES],
        })
    }

    fn read(&mut self, mut keep: impl FnMut(&[u8])) {
        for _ in 0..READS {
            if self.ended {
                return;
            }
            match self.from.read(&mut self.buffer) {
                Ok(0) => self.ended = true,
                Ok(read) => keep(&self.buffer[..read]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => self.ended = true,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_the_last_lines_and_bounded() {
        let mut state = State::default();
        for n in 0..100_000 {
            state.keep_stderr(format!("line {n}\n").as_bytes());
        }
        assert!(state.stderr.len() <= TAIL_BYTES);
        let tail = state.stderr_tail();
        assert_eq!(tail.lines().count(), TAIL_LINES);
        assert_eq!(tail.lines().last(), Some("line 99999"));
        state.keep_stderr(&[b'x'; 3 * TAIL_BYTES]);
        assert_eq!(state.stderr_tail().len(), TAIL_BYTES);
    }

    #[test]
    fn standard_output_is_kept_up_to_its_limit_and_never_with_a_hole() {
        let mut state = State::default();
        state.keep_stdout(&vec![1; STDOUT_LIMIT - 1]);
        assert!(!state.flooded);
        state.keep_stdout(&[2, 3]);
        assert!(state.flooded && state.stdout.len() == STDOUT_LIMIT);
        state.stdout.clear();
        state.keep_stdout(&[4]);
        assert!(state.stdout.is_empty());
    }

    #[test]
    fn a_line_that_came_in_pieces_is_heard_once_and_whole() {
        let mut heard = b"pid 1\nexi".to_vec();
        assert_eq!(whole_lines(&mut heard), "pid 1\n");
        heard.extend(b"t 256\n");
        let mut state = State::default();
        state.hear(whole_lines(&mut heard).trim_end());
        assert_eq!(state.exit.and_then(|status| status.code()), Some(1));
    }
}
