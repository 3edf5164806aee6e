//! Targets as real processes: how they start, what they say, and that none of them is left after any end.
//!
//! Most tests run twice, below a guard and without one. A parent that must die itself is this test program once more (see
//! [`parent`]). Nothing here sleeps for a fixed time: each wait is for a condition, with a deadline.

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Child, Command as Process, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use common::awaited;
use framecheck::run::command::{Address, Command};
use framecheck::run::interrupt;
use framecheck::run::process::{Running, StartError, Stdout, start};
use rustix::process::{Pid, Signal, kill_process};

const GUARD: &str = env!("CARGO_BIN_EXE_framecheck");
const FREE: Address = Address::Free(IpAddr::V4(Ipv4Addr::LOCALHOST));

/// Serves one connection and ends.
const ONE_SHOT: &str = "
import socket, sys
listener = socket.create_server((sys.argv[1], int(sys.argv[2])), family=socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET)
peer, _ = listener.accept()
listener.close()
peer.sendall(peer.recv(100))
";

/// Listens, and says and does nothing.
const SILENT: &str = "
import signal, socket, sys
listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
signal.pause()
";

/// Listens and ignores SIGTERM.
const STUBBORN: &str = "
import signal, socket, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
while True: signal.pause()
";

/// Ignores SIGTERM, and has a child in its group that does and one that left the group and its parent behind.
const FAMILY: &str = "
import os, signal, socket, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
reader, writer = os.pipe()
if os.fork() == 0:
    os.write(writer, b'%d ' % os.getpid())
    while True: signal.pause()
if len(sys.argv) > 3 and os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(writer, b'%d ' % os.getpid())
        while True: signal.pause()
    os._exit(0)
found = b''
while found.count(b' ') < len(sys.argv) - 2: found += os.read(reader, 100)
print(found.decode(), flush=True)
listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
while True: signal.pause()
";

#[test]
fn readiness_uses_up_no_connection_and_a_restart_serves_again() {
    for command in both(ONE_SHOT) {
        let mut target = start(&command).unwrap();
        for round in 0..3 {
            assert_eq!(target.exited(), None);
            assert_eq!(echo(target.addr()), b"hello", "round {round}");
            assert!(target.wait_exit(soon()).unwrap().success());
            target = target.restart().unwrap();
        }
    }
}

#[test]
fn a_target_may_listen_on_ipv6() {
    let target = start(&python(ONE_SHOT, Address::Free(Ipv6Addr::LOCALHOST.into()))).unwrap();
    assert!(target.addr().is_ipv6());
    assert_eq!(echo(target.addr()), b"hello");
}

#[test]
fn a_target_that_ends_at_once_is_shown_with_its_last_lines() {
    let script = "import sys\nfor n in range(50): print('line', n, file=sys.stderr)\nsys.exit(3)";
    for command in both(script) {
        let error = start(&command).unwrap_err();
        let StartError::Ended { status, stderr } = &error else {
            panic!("{error}")
        };
        assert_eq!(status.code(), Some(3));
        assert_eq!(
            stderr.lines().collect::<Vec<_>>(),
            (30..50).map(|n| format!("line {n}")).collect::<Vec<_>>()
        );
        assert!(error.to_string().contains("exit status: 3"), "{error}");
        assert!(error.to_string().ends_with("\n    line 49"), "{error}");
    }
}

#[test]
fn status_89_says_that_the_framing_is_not_implemented() {
    for command in both("import sys; sys.exit(89)") {
        assert!(matches!(start(&command), Err(StartError::Unsupported)));
    }
}

#[test]
fn an_occupied_fixed_port_is_an_error_and_a_free_one_is_used() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let command = python(ONE_SHOT, Address::Fixed(addr));
    let error = start(&command).unwrap_err();
    assert!(
        matches!(error, StartError::InUse(used) if used == addr),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .contains(&format!("port {} is already in use", addr.port())),
        "{error}"
    );
    drop(listener);
    let target = start(&command).unwrap();
    assert_eq!((target.addr(), echo(addr)), (addr, b"hello".to_vec()));
}

#[test]
fn a_target_that_does_not_listen_is_given_up_and_ended() {
    let script = "import os, signal, sys; print('thinking', os.getpid(), file=sys.stderr, flush=True); signal.pause()";
    for command in both(script) {
        // Long enough for an interpreter on a busy computer to say that it thinks.
        let error = start(&command.start_within(Duration::from_secs(2))).unwrap_err();
        let StartError::NotListening { stderr, .. } = &error else {
            panic!("{error}")
        };
        let pid = stderr.strip_prefix("thinking ").unwrap().parse().unwrap();
        await_gone(pid);
    }
}

#[test]
fn a_program_or_directory_that_is_not_there_is_named() {
    for line in ["./no-such-program {port}", "no-such-program {port}"] {
        for command in guarded_and_not(Command::parse(line, FREE).unwrap()) {
            let error = start(&command).unwrap_err().to_string();
            assert!(error.contains("no-such-program` is not found"), "{error}");
            let error = start(&command.directory("/no/such/place"))
                .unwrap_err()
                .to_string();
            assert!(error.contains("/no/such/place` is not found"), "{error}");
        }
    }
}

#[test]
fn a_picked_port_that_somebody_takes_is_given_up_for_another() {
    let script = "
import socket, sys
with socket.create_connection(('127.0.0.1', int(sys.argv[3]))) as test:
    test.sendall(sys.argv[2].encode() + b'\\n')
    test.recv(1)
listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
listener.accept()
";
    let test = TcpListener::bind("127.0.0.1:0").unwrap();
    let line = format!(
        "python3 -c {} {{host}} {{port}} {}",
        quoted(script),
        test.local_addr().unwrap().port()
    );
    let command = Command::parse(&line, FREE).unwrap().guard(GUARD);
    let target = thread::spawn(move || start(&command));
    let (taken, _taker) = answer(&test, true);
    let (given, _) = answer(&test, false);
    let target = target.join().unwrap().unwrap();
    assert_eq!(target.addr().port(), given);
    assert_ne!(given, taken);
}

/// Reads the port from a target that asks, binds it if it is to be `taken`, and lets the target go on.
fn answer(test: &TcpListener, taken: bool) -> (u16, Option<TcpListener>) {
    test.set_nonblocking(true).unwrap();
    let peer = awaited("a target that asks", || test.accept().ok()).0;
    peer.set_nonblocking(false).unwrap();
    let mut asked = BufReader::new(peer);
    let mut port = String::new();
    asked.read_line(&mut port).unwrap();
    let port = port.trim().parse().unwrap();
    let listener = taken.then(|| TcpListener::bind(("127.0.0.1", port)).unwrap());
    asked.get_mut().write_all(b"!").unwrap();
    (port, listener)
}

#[test]
fn a_target_that_connects_to_us_is_ready_as_soon_as_it_runs() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let script = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2]))).sendall(b'hello')";
    let target = start(&python(
        script,
        Address::Ours(listener.local_addr().unwrap()),
    ))
    .unwrap();
    let mut got = Vec::new();
    listener.accept().unwrap().0.read_to_end(&mut got).unwrap();
    assert_eq!(got, b"hello");
    assert!(target.wait_exit(soon()).unwrap().success());
}

#[test]
fn words_environment_and_directory_arrive_as_they_are() {
    let script =
        "import os, sys; print(sys.argv[3:], os.environ['FRAMECHECK_FRAMING'], os.getcwd())";
    let line = format!(
        "python3 -c {} {{host}} {{port}} 'a  b' \"c'd\" e\\ f '$HOME' ''",
        quoted(script)
    );
    let here = fs::canonicalize(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let ours = Address::Ours(SocketAddr::from(([127, 0, 0, 1], 9)));
    for command in guarded_and_not(Command::parse(&line, ours).unwrap()) {
        let command = command
            .env("FRAMECHECK_FRAMING", "delimited:\\r\\n,max=none")
            .directory(&here);
        let target = start(&command.capture_stdout()).unwrap();
        let words = r#"['a  b', "c'd", 'e f', '$HOME', '']"#;
        let told = format!("{words} delimited:\\r\\n,max=none {}\n", here.display());
        assert_eq!(String::from_utf8(all_stdout(&target)).unwrap(), told);
    }
}

#[test]
fn output_is_seen_while_the_target_runs_and_then_its_end() {
    let script = "
import socket, sys
listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
peer, _ = listener.accept()
while data := peer.recv(100): print('got', data.decode(), flush=True)
";
    for command in both(script) {
        let target = start(&command.capture_stdout()).unwrap();
        let mut peer = TcpStream::connect(target.addr()).unwrap();
        let mut printed = Vec::new();
        assert_eq!(
            target.more_stdout(&mut printed, Instant::now()),
            Stdout::Quiet
        );
        for n in 0..3 {
            peer.write_all(format!("{n}").as_bytes()).unwrap();
            assert_eq!(stdout_line(&target), format!("got {n}"));
            assert_eq!(target.exited(), None);
        }
        drop(peer);
        assert_eq!(target.more_stdout(&mut printed, soon()), Stdout::Ended);
        assert!(printed.is_empty());
    }
}

#[test]
fn a_flood_of_output_neither_blocks_the_target_nor_fills_our_memory() {
    let script = "
import socket, sys
for n in range(40): sys.stderr.write('e' * 65536); sys.stdout.write('o' * 1048576)
sys.stdout.flush()
listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
listener.accept()
";
    for command in both(script) {
        let target = start(&command.capture_stdout()).unwrap();
        let mut printed = Vec::new();
        assert_eq!(target.more_stdout(&mut printed, soon()), Stdout::More);
        assert_eq!(target.more_stdout(&mut printed, soon()), Stdout::Flooded);
        assert_eq!(printed.len(), 16 << 20);
        assert_eq!(target.stderr_tail(), "e".repeat(8192));
    }
}

#[test]
fn a_target_that_ignores_sigterm_is_killed_in_bounded_time() {
    for command in both(STUBBORN) {
        let target = start(&command).unwrap();
        let (pid, begun) = (target.pid(), Instant::now());
        assert_eq!(target.stop().unwrap().signal(), Some(Signal::KILL.as_raw()));
        assert!(
            begun.elapsed() < Duration::from_secs(3),
            "{:?}",
            begun.elapsed()
        );
        assert!(gone(pid));
    }
}

#[test]
fn a_target_that_heeds_sigterm_ends_by_it_and_a_death_of_its_own_is_seen() {
    for command in both(SILENT) {
        let target = start(&command).unwrap();
        let pid = target.pid();
        assert_eq!(target.stop().unwrap().signal(), Some(Signal::TERM.as_raw()));
        assert!(gone(pid));
        let target = start(&command).unwrap();
        send(target.pid(), Signal::ABORT);
        assert_eq!(
            target.wait_exit(soon()).unwrap().signal(),
            Some(Signal::ABORT.as_raw())
        );
    }
}

#[test]
fn offspring_ends_with_the_target_also_where_it_left_the_group() {
    let guarded = format!(
        "python3 -c {} {{host}} {{port}} and-an-orphan",
        quoted(FAMILY)
    );
    let guarded = Command::parse(&guarded, FREE).unwrap().guard(GUARD);
    for (command, size) in [(guarded, 3), (python(FAMILY, FREE), 2)] {
        let target = start(&command.capture_stdout()).unwrap();
        let mut family = vec![target.pid()];
        family.extend(
            stdout_line(&target)
                .split_whitespace()
                .map(|pid| pid.parse::<u32>().unwrap()),
        );
        assert_eq!(family.len(), size);
        let known = target.processes();
        assert!(
            family.iter().all(|pid| known.contains(pid)),
            "{family:?} {known:?}"
        );
        target.stop();
        if size == 3 {
            assert!(family.iter().all(|&pid| gone(pid)), "{family:?}");
        }
        // Without a guard they are killed too, and nobody waits for those that are not our own children.
        for pid in family {
            awaited("all are dead", || {
                (gone(pid) || is_zombie(pid)).then_some(())
            });
        }
    }
}

#[test]
fn a_panic_leaves_nothing() {
    for command in both(SILENT) {
        let mut pid = 0;
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let target = start(&command).unwrap();
            pid = target.pid();
            panic!("with {target:?} running");
        }));
        assert!(panicked.is_err());
        assert!(gone(pid));
    }
}

#[test]
fn use_is_summed_over_all_processes() {
    let script = "
import os, signal, socket, sys, threading
threading.Thread(target=signal.pause, daemon=True).start()
threading.Thread(target=threading.Event().wait, daemon=True).start()
while os.times().user < 0.2: pass
if os.fork() == 0: signal.pause()
listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
signal.pause()
";
    for command in both(&script.replace(
        "threading.Thread(target=signal.pause, daemon=True).start()\n",
        "",
    )) {
        let target = start(&command).unwrap();
        let usage = target.usage();
        assert_eq!(
            (usage.threads, target.processes().len()),
            (3, 2),
            "{usage:?}"
        );
        assert!(usage.cpu >= Duration::from_millis(190), "{usage:?}");
        assert!(
            usage.files >= 7 && usage.resident > 1 << 20 && usage.peak_virtual > usage.resident,
            "{usage:?}"
        );
    }
}

#[test]
fn a_guard_sleeps_in_one_thread_and_its_own_death_does_not_free_the_target() {
    let target = start(&python(STUBBORN, FREE).guard(GUARD)).unwrap();
    let pid = target.pid();
    let guard = status_field(pid, "PPid:");
    assert_eq!(
        fs::read_to_string(format!("/proc/{guard}/comm")).unwrap(),
        "fc-guard\n"
    );
    assert_eq!(status_field(guard, "Threads:"), 1);
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        send(guard, signal);
    }
    send(guard, Signal::KILL);
    assert_eq!(target.wait_exit(soon()), None);
    drop(target);
    await_gone(pid);
}

#[test]
fn a_parent_that_is_killed_leaves_nothing() {
    let (mut parent, pid) = start_parent("wait");
    assert!(!gone(pid));
    parent.kill().unwrap();
    parent.wait().unwrap();
    await_gone(pid);
}

#[test]
fn the_first_signal_ends_the_target_and_the_run() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let (mut parent, pid) = start_parent("poll");
        send(parent.id(), signal);
        assert_eq!(await_exit(&mut parent), Some(interrupt::STATUS));
        await_gone(pid);
    }
}

#[test]
fn the_second_signal_ends_a_run_that_does_not_look_and_a_stubborn_target() {
    for role in ["wait", "wait-unguarded"] {
        let (mut parent, pid) = start_parent(role);
        let begun = Instant::now();
        // The same signal twice in a moment is one signal; two that differ are two.
        send(parent.id(), Signal::INT);
        send(parent.id(), Signal::TERM);
        assert_eq!(await_exit(&mut parent), Some(interrupt::STATUS));
        assert!(begun.elapsed() < Duration::from_secs(3));
        await_gone(pid);
    }
}

/// Not a test: the parent that other tests start and end.
#[test]
#[ignore = "started by other tests, with a role in its environment"]
fn parent() {
    let Ok(role) = std::env::var("FRAMECHECK_TEST_ROLE") else {
        return;
    };
    interrupt::install().unwrap();
    let command = python(STUBBORN, FREE);
    let command = if role.ends_with("unguarded") {
        command
    } else {
        command.guard(GUARD)
    };
    let target = start(&command).unwrap();
    println!("\ntarget {}", target.pid());
    if role == "poll" {
        assert_eq!(
            target.wait_exit(Instant::now() + Duration::from_secs(60)),
            None
        );
        assert!(interrupt::requested());
        drop(target);
        std::process::exit(interrupt::STATUS);
    }
    // Ends by a signal, or when the test that holds the other end is gone.
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

/// A parent in `role`, once its target listens, and the target's process id.
fn start_parent(role: &str) -> (Child, u32) {
    let mut parent = Process::new(std::env::current_exe().unwrap())
        .args(["--exact", "parent", "--ignored", "--nocapture"])
        .env("FRAMECHECK_TEST_ROLE", role)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(parent.stdout.take().unwrap()).lines();
    let pid = lines
        .map(Result::unwrap)
        .find_map(|line| line.strip_prefix("target ")?.parse().ok());
    (parent, pid.expect("the parent starts a target"))
}

fn both(script: &str) -> [Command; 2] {
    guarded_and_not(python(script, FREE))
}

fn guarded_and_not(command: Command) -> [Command; 2] {
    [command.clone().guard(GUARD), command]
}

/// Python is the one interpreter that every developer's machine has; without it these tests fail and say so.
fn python(script: &str, address: Address) -> Command {
    Command::parse(
        &format!("python3 -c {} {{host}} {{port}}", quoted(script)),
        address,
    )
    .unwrap()
}

fn quoted(script: &str) -> String {
    shlex::try_quote(script).unwrap().into_owned()
}

fn echo(addr: SocketAddr) -> Vec<u8> {
    let mut peer = TcpStream::connect(addr).unwrap();
    peer.set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    peer.write_all(b"hello").unwrap();
    let mut got = Vec::new();
    peer.read_to_end(&mut got).unwrap();
    got
}

fn stdout_line(target: &Running) -> String {
    let mut printed = Vec::new();
    while !printed.ends_with(b"\n") {
        assert_eq!(target.more_stdout(&mut printed, soon()), Stdout::More);
    }
    String::from_utf8(printed).unwrap().trim().to_owned()
}

fn all_stdout(target: &Running) -> Vec<u8> {
    let mut printed = Vec::new();
    while target.more_stdout(&mut printed, soon()) == Stdout::More {}
    printed
}

fn send(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), signal).unwrap();
}

fn status_field(pid: u32, name: &str) -> u32 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .unwrap();
    line.trim().parse().unwrap()
}

fn gone(pid: u32) -> bool {
    !fs::exists(format!("/proc/{pid}")).unwrap()
}

fn is_zombie(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/status"))
        .is_ok_and(|status| status.contains("State:\tZ"))
}

fn await_gone(pid: u32) {
    awaited("the target is gone", || gone(pid).then_some(()));
}

fn await_exit(parent: &mut Child) -> Option<i32> {
    awaited("the parent ends", || parent.try_wait().unwrap()).code()
}

/// Generous: a passed deadline is a failure, and the computer may be busy.
fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}
