//! The command line: flags to calls, results to text. The only place that prints and picks exit codes; it decides nothing else.
//!
//! Exit status: 0 conformant; 1 not conformant, or not run to its end by the deadline; 2 wrong usage or configuration;
//! 3 the target could not be started or reached; 4 nothing was selected; 5 a known failure passes now (1 where others fail);
//! 7 slower than the limit; 130 interrupted.

mod baselines;
mod bench;
mod compare;
mod config;
mod course;
mod decode;
mod findings;
mod fuzz;
mod init;
mod known;
mod list;
mod replay;
mod reports;
mod run;
mod saved;
mod select;
mod selftest;
mod serve;
mod session;
mod target;
mod watch;
mod words;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

/// Conformance and fuzzing harness for TCP message framing, with proven cuts.
#[derive(Parser)]
#[command(name = "framecheck", version, about, max_term_width = 110, after_help = EXIT_STATUS)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXIT_STATUS: &str = "Exit status: 0 conformant; 1 not conformant, or not run to its end by the deadline; 2 wrong usage or \
configuration; 3 the target could not be started or reached; 4 nothing was selected; 5 a known failure passes now (1 where others fail); \
7 slower than the limit; 130 interrupted.";

#[derive(Subcommand)]
enum Command {
    /// Run the suite against one or more targets
    Run(Box<run::Args>),
    /// Search a target for framing defects that no vector names
    Fuzz(Box<fuzz::Args>),
    /// Write a commented framecheck.toml, after a look at what is there
    Init(init::Args),
    /// Run the vectors of a file again, each with just its own cuts, close and manner
    Replay(Box<replay::Args>),
    /// Write saved JSON reports in other forms; several become one
    Report(saved::Args),
    /// List cases, framings or vectors
    List(list::Args),
    /// Measure throughput and latency of one or more targets, every frame verified
    Bench(Box<bench::Args>),
    /// Compare two saved benchmarks: which cells became slower
    Compare(compare::Args),
    /// Draw one case: its bytes, its cuts, what must come of it and why
    Show(list::ShowArgs),
    /// Decode a stream with the reference decoder, to JSON lines
    Decode(decode::DecodeArgs),
    /// Encode payloads with the reference encoder
    Encode(decode::EncodeArgs),
    /// Serve as the reference target, or as a faulty one
    Serve(serve::Args),
    /// Prove the suite itself: every deliberate defect must be seen, and nothing in correct servers
    Selftest(selftest::Args),
    /// Print completions for a shell
    Completions(words::CompletionsArgs),
    /// Print the manual page, or write one for each command
    Man(words::ManArgs),
}

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Conformant = 0,
    NotConformant = 1,
    Usage = 2,
    Target = 3,
    Nothing = 4,
    KnownPasses = 5,
    Slower = 7,
    Interrupted = 130,
}

/// Why a command cannot do what it is asked for.
struct Failure {
    status: Status,
    why: String,
}

impl Failure {
    fn usage(why: impl Into<String>) -> Self {
        Self {
            status: Status::Usage,
            why: why.into(),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::usage(format!("cannot write: {error}"))
    }
}

type Ended = Result<Status, Failure>;

/// Runs the command that the arguments name.
#[must_use]
pub fn main() -> ExitCode {
    let ended = match Cli::parse().command {
        Command::Run(args) => run::run(&args),
        Command::Fuzz(args) => fuzz::fuzz_command(&args),
        Command::Init(args) => init::init(&args),
        Command::Replay(args) => replay::replay(&args),
        Command::Report(args) => saved::report(&args),
        Command::List(args) => list::list(&args),
        Command::Bench(args) => bench::bench(&args),
        Command::Compare(args) => compare::compare(&args),
        Command::Show(args) => list::show(&args),
        Command::Decode(args) => decode::decode(&args),
        Command::Encode(args) => decode::encode(&args),
        Command::Serve(args) => serve::serve(&args),
        Command::Selftest(args) => selftest::selftest_command(&args),
        Command::Completions(args) => words::completions(&args, Cli::command()),
        Command::Man(args) => words::man(&args, Cli::command()),
    };
    let status = ended.unwrap_or_else(|failure| {
        eprintln!("framecheck: {}", failure.why);
        failure.status
    });
    ExitCode::from(status as u8)
}

/// Prints a text. A reader that has gone away wants no more, which is no error.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => Ok(printed?),
    }
}

/// The framing of a `--framing` flag.
fn framing(text: &str) -> Result<crate::framing::Framing, Failure> {
    text.parse()
        .map_err(|bad| Failure::usage(format!("--framing: {bad}")))
}
