//! Drives a target over TCP: what it is sent, and how that is cut, are the choices of libFuzzer.
//!
//! `FRAMECHECK_TARGET=HOST:PORT` says where it listens, `FRAMECHECK_FRAMING` what it speaks, and `FRAMECHECK_OBSERVE` (echo, where it is not
//! set) how it answers. What it does wrong is made smaller, saved as a vector under `findings/`, and then a panic that names the command
//! that replays it.
#![no_main]

use std::cell::{OnceCell, RefCell};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use framecheck::conformance::Input;
use framecheck::framing::Framing;
use framecheck::run::files::{self, Kept};
use framecheck::run::{Course, Options, Target, Worker, shrink};
use framecheck::suite::gate::Gate;
use framecheck::suite::generate::{ByteChoices, Choices, Generator};
use framecheck::suite::{Case, Close, Finding, Manner, Observer, Outcome, PayloadKind};
use libfuzzer_sys::fuzz_target;

/// How long the target may say nothing.
const TIMEOUT: Duration = Duration::from_secs(2);

/// How long a finding may be made smaller.
const SHRINK: Duration = Duration::from_secs(10);

/// The longest stream, about.
const LONGEST: usize = 4 << 10;

thread_local! {
    static TARGET: OnceCell<Driver> = const { OnceCell::new() };
}

// What is missing is told before the fuzzer begins, which would take an exit for a finding.
fuzz_target!(init: with_target(|_| ()), |bytes: &[u8]| with_target(|target| target.run(bytes)));

fn with_target(run: impl FnOnce(&Driver)) {
    TARGET.with(|target| run(target.get_or_init(Driver::from_environment)));
}

/// A target that listens.
struct Driver {
    addr: SocketAddr,
    target: &'static Target,
    framing: Framing,
    observer: Observer,
    options: &'static Options,
    worker: RefCell<Worker<'static>>,
    generator: Generator,
}

impl Driver {
    fn from_environment() -> Self {
        let framing: Framing = needed("FRAMECHECK_FRAMING", "the framing, such as prefixed:u32be");
        let observer = match std::env::var_os("FRAMECHECK_OBSERVE") {
            None => Observer::Echo,
            Some(_) => needed("FRAMECHECK_OBSERVE", "how it answers"),
        };
        let text: String = needed("FRAMECHECK_TARGET", "HOST:PORT, where it listens");
        let addr = resolved(&text);
        if let Err(error) = TcpStream::connect_timeout(&addr, TIMEOUT) {
            stop(&format!(
                "FRAMECHECK_TARGET={text}: nothing answers: {error}"
            ));
        }
        // They are there as long as the process is.
        let target = Box::leak(Box::new(Target::Address(addr)));
        let options = Box::leak(Box::new(Options {
            gate: Gate::Auto,
            timeout: TIMEOUT,
            jobs: 1,
            payloads: PayloadKind::Any,
            stdout: None,
            course: Course::default(),
        }));
        Self {
            addr,
            target,
            options,
            worker: RefCell::new(Worker::new(target, observer, options)),
            observer,
            generator: Generator::new(&framing, &PayloadKind::Any, LONGEST),
            framing,
        }
    }

    fn run(&self, bytes: &[u8]) {
        let case = self.case(bytes);
        let tried = self.worker.borrow_mut().try_case(&case);
        match tried {
            Ok(outcome) if outcome.failed() => self.fail(&outcome),
            Ok(_) => {}
            Err(trouble) => panic!("{} answers no more: {trouble:?}\nat {case:?}", self.addr),
        }
    }

    fn case(&self, bytes: &[u8]) -> Case {
        let mut choices = ByteChoices::new(bytes);
        let close = *choices.pick(&[Close::Fin, Close::Hold]);
        let input = Input::generate(&self.generator, &mut choices);
        Case::cut_at(&input.stream, input.cuts, close, Manner::Plain)
    }

    /// Saves what is left of a failure, and panics.
    fn fail(&self, outcome: &Outcome) -> ! {
        let target = |_: &Case| Some(self.target);
        let shrunk = shrink(std::iter::once(outcome), target, self.options, SHRINK);
        let Some(finding) = shrunk.findings.first() else {
            panic!("{}: {}", outcome.case.id, outcome.verdict.why);
        };
        let verdict = &finding.least.verdict;
        let kind = verdict.kind.map_or("fail", |kind| kind.word());
        panic!(
            "{kind}: {}\n  framing  {}\n{}\n\n{}",
            verdict.why,
            self.framing,
            self.replay(finding),
            finding.vector().to_toml()
        );
    }

    fn replay(&self, finding: &Finding) -> String {
        match files::keep(Path::new("findings"), finding) {
            Ok(Kept::New(file) | Kept::Known(file)) => format!(
                "  replay   framecheck replay {} {} --observe {}",
                file.display(),
                self.addr,
                self.observer
            ),
            Err((file, error)) => format!("  not saved: {}: {error}", file.display()),
        }
    }
}

/// A variable of the environment, which must be set and hold what it should.
fn needed<T: FromStr<Err: std::fmt::Display>>(name: &str, what: &str) -> T {
    let Ok(text) = std::env::var(name) else {
        stop(&format!("{name} is not set: {what}"));
    };
    text.parse()
        .unwrap_or_else(|error| stop(&format!("{name}={text}: {error}")))
}

fn resolved(text: &str) -> SocketAddr {
    match text.to_socket_addrs().map(|mut found| found.next()) {
        Ok(Some(addr)) => addr,
        Ok(None) => stop(&format!("FRAMECHECK_TARGET={text}: no address")),
        Err(error) => stop(&format!(
            "FRAMECHECK_TARGET={text}: {error}; it is HOST:PORT, such as 127.0.0.1:7000"
        )),
    }
}

/// The fuzzer cannot begin.
fn stop(why: &str) -> ! {
    eprintln!("tcp_target: {why}");
    std::process::exit(2)
}
