//! What `/proc` knows: who listens on a port, which processes descend from which, and what they use.
//!
//! Nothing here connects, waits or changes anything. A process that ends while it is looked at is left out.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use rustix::process::Pid;

/// What a target's processes use at one moment, all together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of memory in use (`VmRSS`).
    pub resident: u64,
    /// The most bytes of memory that were in use at a time (`VmHWM`).
    pub peak_resident: u64,
    /// The most bytes of address space that there were (`VmPeak`).
    pub peak_virtual: u64,
    /// Processor time of the processes that still run, in steps of usually 10 ms.
    pub cpu: Duration,
    /// Open file descriptors.
    pub files: u64,
    /// Threads.
    pub threads: u64,
}

/// The state `TCP_LISTEN` in `/proc/net/tcp`.
const LISTEN: &str = "0A";

/// A TCP socket of this network namespace.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Socket {
    address: IpAddr,
    port: u16,
    listens: bool,
    inode: u64,
}

/// The inodes of the sockets that a connection to `addr` can reach, from the table of all sockets: slow, but everywhere there.
pub(super) fn listeners(addr: SocketAddr) -> HashSet<u64> {
    let reached = |socket: &Socket| socket.listens && socket.serves(addr.ip());
    sockets(addr.port())
        .filter(reached)
        .map(|socket| socket.inode)
        .collect()
}

/// Whether any socket, listening or connected, keeps a new listener off `port`.
pub(super) fn occupied(port: u16) -> bool {
    sockets(port).next().is_some()
}

/// Whether one of `processes` holds one of the sockets; where the system hides that, it may.
pub(super) fn hold(processes: &[Pid], inodes: &HashSet<u64>) -> bool {
    processes.iter().any(|&pid| holds(pid, inodes))
}

/// The children of `root`, their children, and so on; zombies too.
pub(super) fn descendants(root: Pid) -> Vec<Pid> {
    let parents: Vec<(Pid, Pid)> = processes()
        .filter_map(|pid| Some((pid, parent(pid)?)))
        .collect();
    let mut found = vec![root];
    let mut at = 0;
    while let Some(&elder) = found.get(at) {
        found.extend(
            parents
                .iter()
                .filter(|(_, parent)| *parent == elder)
                .map(|(pid, _)| *pid),
        );
        at += 1;
    }
    found.split_off(1)
}

/// What the processes use, all together.
pub(super) fn usage(processes: &[Pid]) -> Usage {
    let mut sum = Usage::default();
    for &pid in processes {
        let status = read(pid, "status").unwrap_or_default();
        sum.resident += kib(&status, "VmRSS:");
        sum.peak_resident += kib(&status, "VmHWM:");
        sum.peak_virtual += kib(&status, "VmPeak:");
        sum.threads += number(&status, "Threads:");
        sum.cpu += cpu(pid).unwrap_or_default();
        sum.files += fs::read_dir(path(pid, "fd")).map_or(0, |fds| fds.count() as u64);
    }
    sum
}

/// What each thread has had of the processors until now, to the nanosecond, where the kernel counts that.
#[derive(Clone, Debug, Default)]
pub(super) struct Clocks(HashMap<u32, (Duration, Duration)>);

impl Clocks {
    /// Time that the threads ran, and that they waited for a processor, since `before`. A thread that has ended since counts for nothing.
    pub(super) fn since(&self, before: &Self) -> (Duration, Duration) {
        let mut sum = (Duration::ZERO, Duration::ZERO);
        for (thread, &(ran, waited)) in &self.0 {
            let (ran_before, waited_before) = before.0.get(thread).copied().unwrap_or_default();
            sum.0 += ran.saturating_sub(ran_before);
            sum.1 += waited.saturating_sub(waited_before);
        }
        sum
    }
}

/// The clocks of all threads of the processes; `None` where the kernel keeps none.
pub(super) fn clocks_of(processes: &[u32]) -> Option<Clocks> {
    let mut clocks = Clocks::default();
    for process in processes {
        let threads = fs::read_dir(format!("/proc/{process}/task"));
        for entry in threads.into_iter().flatten().flatten() {
            let text = fs::read_to_string(entry.path().join("schedstat")).unwrap_or_default();
            let mut words = text.split_ascii_whitespace().map(str::parse);
            if let (Some(Ok(thread)), Some(Ok(ran)), Some(Ok(waited))) = (
                entry.file_name().to_str().map(str::parse),
                words.next(),
                words.next(),
            ) {
                let clock = (Duration::from_nanos(ran), Duration::from_nanos(waited));
                clocks.0.insert(thread, clock);
            }
        }
    }
    let counts = |&(ran, _): &(Duration, Duration)| !ran.is_zero();
    clocks.0.values().any(counts).then_some(clocks)
}

impl Socket {
    fn serves(&self, wanted: IpAddr) -> bool {
        let own = self.address.to_canonical();
        own == wanted.to_canonical()
            || wanted.is_unspecified()
            || own.is_unspecified() && (own.is_ipv6() || wanted.is_ipv4())
    }

    /// Reads a line as `man 5 proc_net` has it: number, local address, remote address, state, and the inode as tenth.
    fn parse(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let (address, port) = words.get(1)?.split_once(':')?;
        Some(Self {
            address: parse_address(address)?,
            port: u16::from_str_radix(port, 16).ok()?,
            listens: *words.get(3)? == LISTEN,
            inode: words.get(9)?.parse().ok()?,
        })
    }
}

fn sockets(port: u16) -> impl Iterator<Item = Socket> {
    let tables = ["/proc/self/net/tcp", "/proc/self/net/tcp6"]
        .map(|table| fs::read_to_string(table).unwrap_or_default());
    let parse = |table: String| table.lines().filter_map(Socket::parse).collect::<Vec<_>>();
    tables
        .into_iter()
        .flat_map(parse)
        .filter(move |socket| socket.port == port)
}

/// The kernel prints each 32 bits of an address as a number in its own byte order.
fn parse_address(hex: &str) -> Option<IpAddr> {
    let word = |at: usize| {
        Some(
            u32::from_str_radix(hex.get(at..at + 8)?, 16)
                .ok()?
                .to_ne_bytes(),
        )
    };
    if hex.len() == 8 {
        return Some(Ipv4Addr::from(word(0)?).into());
    }
    let bytes: Vec<u8> = [word(0)?, word(8)?, word(16)?, word(24)?].concat();
    Some(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).into())
}

fn holds(pid: Pid, inodes: &HashSet<u64>) -> bool {
    let Ok(fds) = fs::read_dir(path(pid, "fd")) else {
        return fs::metadata(path(pid, "stat")).is_ok();
    };
    let inode = |target: std::path::PathBuf| {
        target
            .to_str()?
            .strip_prefix("socket:[")?
            .strip_suffix(']')?
            .parse::<u64>()
            .ok()
    };
    fds.flatten()
        .filter_map(|fd| inode(fs::read_link(fd.path()).ok()?))
        .any(|socket| inodes.contains(&socket))
}

fn processes() -> impl Iterator<Item = Pid> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?))
}

fn parent(pid: Pid) -> Option<Pid> {
    Pid::from_raw(stat(pid)?.get(1)?.parse().ok()?)
}

/// User and system time, in the kernel's clock ticks of usually 10 ms.
fn cpu(pid: Pid) -> Option<Duration> {
    let fields = stat(pid)?;
    let ticks = |at: usize| fields.get(at)?.parse::<u64>().ok();
    let second = rustix::param::clock_ticks_per_second();
    Some(Duration::from_millis(
        (ticks(11)? + ticks(12)?) * 1000 / second,
    ))
}

/// The fields from the third (the state) on: the second is a name, which may hold spaces and brackets.
fn stat(pid: Pid) -> Option<Vec<String>> {
    let text = read(pid, "stat")?;
    let (_, fields) = text.rsplit_once(')')?;
    Some(fields.split_ascii_whitespace().map(str::to_owned).collect())
}

fn kib(status: &str, name: &str) -> u64 {
    number(status, name) * 1024
}

fn number(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_ascii_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

fn read(pid: Pid, file: &str) -> Option<String> {
    // A process names itself as it likes, in any bytes.
    Some(String::from_utf8_lossy(&fs::read(path(pid, file)).ok()?).into_owned())
}

fn path(pid: Pid, file: &str) -> String {
    format!("/proc/{}/{file}", pid.as_raw_nonzero())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_line_of_the_kernel_is_read() {
        let line = "   1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 12345 1 0 100 0";
        let address = u32::from_ne_bytes([127, 0, 0, 1]);
        let line = line.replace("0100007F", &format!("{address:08X}"));
        let socket = Socket {
            address: Ipv4Addr::LOCALHOST.into(),
            port: 8080,
            listens: true,
            inode: 12345,
        };
        assert_eq!(Socket::parse(&line), Some(socket));
        assert_eq!(Socket::parse("  sl  local_address rem_address   st"), None);
    }

    #[test]
    fn a_listener_is_found_under_each_address_that_reaches_it() {
        let cases = [
            ("127.0.0.1:0", "127.0.0.1", true),
            ("0.0.0.0:0", "127.0.0.1", true),
            ("[::]:0", "127.0.0.1", true),
        ]
        .into_iter()
        .chain([("[::]:0", "::1", true), ("[::1]:0", "::1", true)])
        .chain([
            ("127.0.0.1:0", "::1", false),
            ("[::1]:0", "127.0.0.1", false),
            ("127.0.0.1:0", "127.0.0.2", false),
        ]);
        for (bound, wanted, reached) in cases {
            let listener = TcpListener::bind(bound).unwrap();
            let addr = SocketAddr::new(
                wanted.parse().unwrap(),
                listener.local_addr().unwrap().port(),
            );
            let inodes = listeners(addr);
            assert_eq!(!inodes.is_empty(), reached, "{bound} {wanted}");
            assert_eq!(hold(&[rustix::process::getpid()], &inodes), reached);
            assert!(occupied(addr.port()));
        }
    }

    #[test]
    fn we_use_something() {
        let usage = usage(&[rustix::process::getpid()]);
        assert!(
            usage.resident > 0 && usage.peak_virtual >= usage.resident,
            "{usage:?}"
        );
        assert!(usage.peak_resident >= usage.resident, "{usage:?}");
        assert!(usage.threads > 0 && usage.files >= 3, "{usage:?}");
    }
}
