//! Whether a process and its descendants have done all that they can: every thread of them sleeps.
//!
//! [`Quiet::look`] gives a proof or none, at once. It holds when there was one moment at which every thread slept: each was seen
//! asleep before it and after it, and its scheduler counters show that it did not run in between (without them two scans in a row
//! can each meet a different thread asleep while two threads hand work to and fro). Threads and processes that were born meanwhile
//! are seen in the system's last process number, which costs one read in place of a walk over all directories.
//! A look allocates nothing unless a process or thread was born. What it cannot see: bytes that the kernel still carries between the
//! target's own sockets, and a timer that will wake a thread later; [`Quiet::naps`] sees the plainest of those.

use rustix::io::Errno;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// A process and its descendants, with what was last seen of each thread.
#[derive(Debug)]
pub struct Quiet {
    root: u32,
    births: Births,
    /// The last process number when the threads were listed; `None`: they were not yet.
    listed_at: Option<u64>,
    threads: Vec<Thread>,
}

/// What a look saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// There was a moment since the call began at which every thread slept.
    Asleep,
    /// A thread runs, or it cannot be excluded yet.
    Busy,
    /// No thread is left.
    Ended,
}

impl Quiet {
    /// Watches the process with that number and all that descend from it.
    ///
    /// # Errors
    /// `/proc` does not tell which process was born last.
    pub fn of(root: u32) -> io::Result<Self> {
        Ok(Self {
            root,
            births: Births::open()?,
            listed_at: None,
            threads: Vec::new(),
        })
    }

    /// Looks once at every thread that ran since the last look, then once at all.
    ///
    /// # Errors
    /// The threads cannot be seen.
    pub fn look(&mut self) -> io::Result<Look> {
        if self.listed_at.is_none() {
            self.list()?;
        }
        for thread in &mut self.threads {
            if !thread.settle()? {
                return Ok(Look::Busy);
            }
        }
        // The moment of the proof is here.
        for at in 0..self.threads.len() {
            if !self.threads[at].still()? {
                // The threads that work are few; asked first, they spare the walk over all others while they do.
                self.threads[..=at].rotate_right(1);
                return Ok(Look::Busy);
            }
        }
        if self.births.last()? != self.listed_at {
            self.listed_at = None;
            return Ok(Look::Busy);
        }
        self.threads
            .iter_mut()
            .for_each(Thread::expect_the_same_again);
        Ok(
            if self.threads.iter().all(|thread| thread.last == Seen::Dead) {
                Look::Ended
            } else {
                Look::Asleep
            },
        )
    }

    /// Whether a thread is in `nanosleep`, as one that pauses between reading and answering is. False where that cannot be seen.
    #[must_use]
    pub fn naps(&self) -> bool {
        self.threads.iter().any(Thread::naps)
    }

    /// Whether one of the processes has the socket with that inode open.
    ///
    /// # Errors
    /// None is known to have it, and the files of at least one may not be seen.
    pub fn owns(&self, inode: u32) -> io::Result<bool> {
        let name = format!("socket:[{inode}]");
        let mut hidden = None;
        for process in self.processes() {
            match has_open(process, &name) {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(error) => hidden = Some(error),
            }
        }
        hidden.map_or(Ok(false), Err)
    }

    /// Lists the threads anew. A process once known stays: a descendant whose parent ended is still part of the target.
    fn list(&mut self) -> io::Result<()> {
        let born = self.births.last()?;
        self.drop_dead()?;
        let mut open: Vec<u32> = self.processes().into_iter().collect();
        let mut seen = BTreeSet::new();
        while let Some(process) = open.pop() {
            if seen.insert(process) {
                self.add_threads(process)?;
                open.extend(children(process)?);
            }
        }
        self.listed_at = born;
        Ok(())
    }

    fn processes(&self) -> BTreeSet<u32> {
        self.threads
            .iter()
            .map(|thread| thread.process)
            .chain([self.root])
            .collect()
    }

    /// A number of the dead can be given again, so they go before new ones are compared with them.
    fn drop_dead(&mut self) -> io::Result<()> {
        for thread in &mut self.threads {
            thread.see()?;
        }
        self.threads.retain(|thread| thread.last != Seen::Dead);
        Ok(())
    }

    fn add_threads(&mut self, process: u32) -> io::Result<()> {
        for id in numbers_in(format!("/proc/{process}/task"))? {
            if !self.threads.iter().any(|known| known.id == id)
                && let Some(thread) = Thread::open(process, id)?
            {
                self.threads.push(thread);
            }
        }
        Ok(())
    }
}

/// One thread. Its files stay open: they belong to this thread, never to a later one with the same number.
#[derive(Debug)]
struct Thread {
    process: u32,
    id: u32,
    stat: File,
    /// `None`: the kernel keeps no counters.
    schedstat: Option<File>,
    last: Seen,
    /// The counters when it was last found asleep.
    ran: Counters,
    /// It slept when it was last seen, and all later counters were `ran`.
    settled: bool,
    /// It has run since all threads were last asleep.
    worked: bool,
}

/// The numbers of `nanosleep` and `clock_nanosleep`; none where they are not known here.
#[cfg(target_arch = "x86_64")]
const NANOSLEEP: &[u32] = &[35, 230];
#[cfg(target_arch = "aarch64")]
const NANOSLEEP: &[u32] = &[101, 115];
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const NANOSLEEP: &[u32] = &[];

/// How a thread was last seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Running,
    Sleeping,
    /// Ended, perhaps not yet waited for.
    Dead,
}

/// The line of `/proc/PID/task/TID/schedstat`: time on a processor, time waiting for one, times that it got one.
type Counters = [u8; 64];

impl Thread {
    /// `None`: it has ended meanwhile.
    fn open(process: u32, id: u32) -> io::Result<Option<Self>> {
        let directory = format!("/proc/{process}/task/{id}");
        let Some(stat) = unless_gone(File::open(format!("{directory}/stat")))? else {
            return Ok(None);
        };
        let schedstat = unless_gone(File::open(format!("{directory}/schedstat")))?;
        let mut thread = Self {
            process,
            id,
            stat,
            schedstat,
            last: Seen::Running,
            ran: [0; 64],
            settled: false,
            worked: false,
        };
        // A kernel that has the file but does not count writes three zeros, which a thread that exists cannot have.
        if thread.counters()?.starts_with(b"0 0 0\n") {
            thread.schedstat = None;
        }
        Ok(Some(thread))
    }

    /// Notes the counters and then finds it asleep: from here on, equal counters mean that it did not run.
    fn settle(&mut self) -> io::Result<bool> {
        if !self.settled {
            let ran = self.counters()?;
            self.worked |= ran != self.ran;
            self.ran = ran;
            self.settled = self.see()? != Seen::Running;
        }
        Ok(self.settled)
    }

    /// Finds it asleep and then finds the counters as they were: it slept from when it settled until now. A thread that was woken and
    /// waits for a processor has not run but does not count as asleep; one that ran has other counters.
    fn still(&mut self) -> io::Result<bool> {
        self.settled = self.see()? != Seen::Running && self.counters()? == self.ran;
        Ok(self.settled)
    }

    /// A thread that worked over this cut will work over the next one: to look first whether it still sleeps would be in vain. Without
    /// counters each has to be settled anew.
    fn expect_the_same_again(&mut self) {
        self.settled = !self.worked && self.schedstat.is_some();
        self.worked = false;
    }

    fn see(&mut self) -> io::Result<Seen> {
        let mut text = [0; 128];
        let len = unless_gone(self.stat.read_at(&mut text, 0))?;
        self.last = len.map_or(Seen::Dead, |len| state(&text[..len]));
        Ok(self.last)
    }

    /// The file begins with the number of the system call that the thread is in.
    fn naps(&self) -> bool {
        let path = format!("/proc/{}/task/{}/syscall", self.process, self.id);
        let text = fs::read_to_string(path).unwrap_or_default();
        let number = text.split(' ').next().and_then(|word| word.parse().ok());
        number.is_some_and(|number: u32| NANOSLEEP.contains(&number))
    }

    fn counters(&self) -> io::Result<Counters> {
        let mut line = [0; 64];
        if let Some(file) = &self.schedstat {
            unless_gone(file.read_at(&mut line, 0))?;
        }
        Ok(line)
    }
}

/// The state in a line of `stat` (proc_pid_stat(5)). The name before it is in parentheses and may hold any character; what follows is
/// numbers only. Stopped and traced threads cannot run either. A disk wait ends by itself, so it counts as running.
fn state(stat: &[u8]) -> Seen {
    let name_end = memchr::memrchr(b')', stat);
    match name_end.and_then(|end| stat.get(end + 2)) {
        Some(b'R' | b'D') | None => Seen::Running,
        Some(b'Z' | b'X') => Seen::Dead,
        Some(_) => Seen::Sleeping,
    }
}

/// The number of the process or thread that was born last in this process namespace or one inside it.
#[derive(Debug)]
struct Births(File);

impl Births {
    fn open() -> io::Result<Self> {
        // The first is not everywhere, the second may be virtual in a container.
        File::open("/proc/sys/kernel/ns_last_pid")
            .or_else(|_| File::open("/proc/loadavg"))
            .map(Self)
    }

    /// Both files end in that number.
    fn last(&self) -> io::Result<Option<u64>> {
        let mut text = [0; 128];
        let len = self.0.read_at(&mut text, 0)?;
        let digits = text[..len]
            .trim_ascii_end()
            .rsplit(|byte| !byte.is_ascii_digit())
            .next();
        let number = digits.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
        number
            .map(Some)
            .ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

/// The processes that threads of this one have started.
fn children(process: u32) -> io::Result<Vec<u32>> {
    if !Path::new("/proc/thread-self/children").exists() {
        return children_by_walk(process);
    }
    let mut found = Vec::new();
    for thread in numbers_in(format!("/proc/{process}/task"))? {
        let text = unless_gone(fs::read_to_string(format!(
            "/proc/{process}/task/{thread}/children"
        )))?;
        found.extend(
            text.unwrap_or_default()
                .split_ascii_whitespace()
                .filter_map(|child| child.parse::<u32>().ok()),
        );
    }
    Ok(found)
}

/// The same for a kernel without the `children` files: over all processes.
fn children_by_walk(parent: u32) -> io::Result<Vec<u32>> {
    let mut found = Vec::new();
    for process in numbers_in("/proc".to_owned())? {
        let stat = unless_gone(fs::read(format!("/proc/{process}/stat")))?.unwrap_or_default();
        let behind_name = memchr::memrchr(b')', &stat).map_or(&[][..], |end| &stat[end + 1..]);
        let mut words = behind_name
            .split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty())
            .skip(1);
        if words.next() == Some(parent.to_string().as_bytes()) {
            found.push(process);
        }
    }
    Ok(found)
}

/// Whether a file of the process is the one of that name.
fn has_open(process: u32, name: &str) -> io::Result<bool> {
    let directory = format!("/proc/{process}/fd");
    for file in numbers_in(directory.clone())? {
        if unless_gone(fs::read_link(format!("{directory}/{file}")))?
            .is_some_and(|target| target == Path::new(name))
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The entries of a directory whose names are numbers; none where it does not exist.
fn numbers_in(directory: String) -> io::Result<Vec<u32>> {
    let Some(entries) = unless_gone(fs::read_dir(directory))? else {
        return Ok(Vec::new());
    };
    let mut numbers = Vec::new();
    for entry in entries {
        match unless_gone(entry)? {
            Some(entry) => numbers.extend(
                entry
                    .file_name()
                    .to_str()
                    .and_then(|name| name.parse::<u32>().ok()),
            ),
            None => break,
        }
    }
    Ok(numbers)
}

/// `None` where the process, thread or file has ended meanwhile, which is no error here.
fn unless_gone<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error)
            if [Errno::SRCH, Errno::NOENT]
                .iter()
                .any(|gone| error.raw_os_error() == Some(gone.raw_os_error())) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    /// A shell that runs the script; killed at the end, with its group left to end by itself.
    struct Shell(Child);

    impl Shell {
        fn run(script: &str) -> (Self, Quiet) {
            let child = Command::new("sh")
                .args(["-c", script])
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .spawn()
                .unwrap();
            let quiet = Quiet::of(child.id()).unwrap();
            (Self(child), quiet)
        }
    }

    impl Drop for Shell {
        fn drop(&mut self) {
            drop(self.0.stdin.take());
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    /// Looks until it is seen so, for at most that long.
    fn within(quiet: &mut Quiet, wanted: Look, limit: Duration) -> bool {
        let start = Instant::now();
        while start.elapsed() < limit {
            if quiet.look().unwrap() == wanted {
                return true;
            }
        }
        false
    }

    /// Looks until a descendant is known.
    fn grown(quiet: &mut Quiet) -> bool {
        let start = Instant::now();
        while quiet.processes().len() == 1 && start.elapsed() < LONG {
            quiet.look().unwrap();
        }
        quiet.processes().len() > 1
    }

    const LONG: Duration = Duration::from_secs(10);

    #[test]
    fn a_process_that_waits_for_input_sleeps_until_it_gets_some() {
        let (mut shell, mut quiet) = Shell::run("read line; while :; do :; done");
        assert!(within(&mut quiet, Look::Asleep, LONG));
        io::Write::write_all(shell.0.stdin.as_mut().unwrap(), b"go\n").unwrap();
        assert!(within(&mut quiet, Look::Busy, LONG));
        assert!(!within(
            &mut quiet,
            Look::Asleep,
            Duration::from_millis(100)
        ));
    }

    #[test]
    fn a_descendant_that_runs_keeps_the_tree_awake() {
        // The inner shell ends with its parent: it looks whether that is still there.
        let script = "sh -c 'while kill -0 $PPID; do :; done' 2>/dev/null & read line";
        let (_shell, mut quiet) = Shell::run(script);
        assert!(grown(&mut quiet));
        assert!(!within(
            &mut quiet,
            Look::Asleep,
            Duration::from_millis(200)
        ));
    }

    #[test]
    fn a_descendant_born_after_the_first_look_is_found() {
        let (mut shell, mut quiet) = Shell::run(
            "read line; sh -c 'while kill -0 $PPID; do :; done' 2>/dev/null & read line",
        );
        assert!(within(&mut quiet, Look::Asleep, LONG));
        assert_eq!(quiet.processes().len(), 1);
        io::Write::write_all(shell.0.stdin.as_mut().unwrap(), b"go\n").unwrap();
        assert!(grown(&mut quiet));
        assert!(!within(
            &mut quiet,
            Look::Asleep,
            Duration::from_millis(100)
        ));
    }

    #[test]
    fn a_process_that_ended_is_no_sleeper() {
        let (mut shell, mut quiet) = Shell::run("read line");
        assert!(within(&mut quiet, Look::Asleep, LONG));
        drop(shell.0.stdin.take());
        assert!(within(&mut quiet, Look::Ended, LONG), "a zombie has ended");
        shell.0.wait().unwrap();
        assert!(
            within(&mut quiet, Look::Ended, LONG),
            "nothing is left of it"
        );
    }

    #[test]
    fn births_of_threads_and_processes_are_counted() {
        let births = Births::open().unwrap();
        let first = births.last().unwrap();
        std::thread::spawn(|| ()).join().unwrap();
        let second = births.last().unwrap();
        assert_ne!(first, second);
        Command::new("true").status().unwrap();
        assert_ne!(second, births.last().unwrap());
    }

    #[test]
    fn children_are_found_in_both_ways() {
        let (shell, mut quiet) = Shell::run("sleep 100 & read line; kill $!");
        assert!(grown(&mut quiet));
        let parent = shell.0.id();
        assert_eq!(children(parent).unwrap(), children_by_walk(parent).unwrap());
        assert_eq!(children(parent).unwrap().len(), 1);
        rustix::process::kill_process(
            rustix::process::Pid::from_raw(children(parent).unwrap()[0] as i32).unwrap(),
            rustix::process::Signal::KILL,
        )
        .unwrap();
    }

    #[test]
    fn a_socket_belongs_to_the_process_that_has_it_open() {
        use std::os::fd::AsRawFd;
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let name = fs::read_link(format!("/proc/self/fd/{}", socket.as_raw_fd())).unwrap();
        let inode = name
            .to_str()
            .unwrap()
            .trim_matches(|c: char| !c.is_ascii_digit())
            .parse()
            .unwrap();
        assert!(Quiet::of(std::process::id()).unwrap().owns(inode).unwrap());
        let (_shell, quiet) = Shell::run("read line");
        assert!(!quiet.owns(inode).unwrap());
    }

    #[test]
    fn the_state_is_found_behind_any_name() {
        assert_eq!(state(b"1 (a) R) S 1 1"), Seen::Sleeping);
        assert_eq!(state(b"1 (x) D 1 1"), Seen::Running);
        assert_eq!(state(b"1 (x) Z 1 1"), Seen::Dead);
        assert_eq!(state(b""), Seen::Running);
    }
}
