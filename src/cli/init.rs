//! `framecheck init`: a commented `framecheck.toml`, after a look at what is there.
//!
//! Invariant: what is written is a configuration that [`Config::parse`] takes, and nothing that was there is overwritten.

use std::path::{Path, PathBuf};

use super::config::FILE;
use super::{Ended, Failure, Status, print};
use crate::run::{Guess, files, survey};
use crate::suite::Config;

/// Writes a commented framecheck.toml, after a look at what is there.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The folder that is looked at, and written to
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// Print it, and write nothing
    #[arg(long)]
    print: bool,
}

pub(super) fn init(args: &Args) -> Ended {
    if !args.folder.is_dir() {
        let shown = args.folder.display();
        return Err(Failure::usage(format!("{shown}: there is no such folder")));
    }
    let guesses = survey(&args.folder);
    let text = starter(&guesses);
    if let Err(bad) = Config::parse(FILE, &text) {
        return Err(Failure::usage(format!(
            "what was found here makes no configuration; {bad}"
        )));
    }
    if args.print {
        print(&text)?;
        return Ok(Status::Conformant);
    }
    let file = args.folder.join(FILE);
    if file.exists() {
        return Err(Failure::usage(format!(
            "{} is there already; --print shows what would be written",
            file.display()
        )));
    }
    files::write_whole(&file, &text)
        .map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
    print(&told(&file, &guesses))?;
    Ok(Status::Conformant)
}

fn told(file: &Path, guesses: &[Guess]) -> String {
    let found: Vec<_> = guesses
        .iter()
        .map(|guess| format!("  {}: from {}\n", guess.name, guess.found))
        .collect();
    let found = match found.is_empty() {
        true => "  builtin: nothing was found here that looks like a server\n".to_owned(),
        false => found.concat(),
    };
    format!(
        "{} is written, with these targets:\n{found}look it over, then: framecheck run\n",
        file.display()
    )
}

const HEAD: &str = "\
# Targets of `framecheck run`, which takes this file where it is started without arguments.
# Everything that can stand here: docs/configuration.md. Paths count from this file's folder.

[run]
tier = 'quick'            # quick, full or soak: how many cases
# seed = 1                # what random cuts are made from
# jobs = 2                # worker threads, each with a target of its own
# shrink = '10s'          # how long the failures of a target may be made smaller
# findings = 'findings'   # where they are saved then
";

const TAIL: &str = "\
# observe = 'echo'        # how we learn what it decoded: echo, report or stdout (docs/targets.md)
# payload = 'any'         # any, ascii, utf-8, json, or a file with one payload a line
# timeout = '5s'          # how long it may make no progress
# dir = '.'               # where it is started
# env = { LOG = 'off' }   # what is added to its environment
# ready = 'nc -z {host} {port}'   # a command that succeeds once it is ready; otherwise it is when it listens
# ready_within = '10s'
# install = 'apt-get install ...' # what installs what `requires` names; without that the target is skipped

# A failure that is known, with its reason; one that passes is an error:
# [[target.known]]
# cases = 'prefixed/rule/*:cut@?:fin'
# reason = 'the header is not reassembled: https://example.org/issues/15'
";

fn starter(guesses: &[Guess]) -> String {
    let builtin = [
        "name = 'reference'      # the built-in reference server; put your own target here",
        "address = 'builtin'     # or HOST:PORT of one that runs",
        "# cmd = './server {port}'",
        "framings = ['netstring']  # `framecheck list framings` prints the names",
    ];
    let targets = match guesses.is_empty() {
        true => vec![builtin.join("\n")],
        false => guesses.iter().map(target).collect(),
    };
    let targets = targets.iter().enumerate().map(|(number, target)| {
        let tail = if number == 0 { TAIL } else { "" };
        format!("\n[[target]]\n{target}\n{tail}")
    });
    HEAD.to_owned() + &targets.collect::<String>()
}

fn target(guess: &Guess) -> String {
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let mut lines = vec![
        format!("# from {}", guess.found.escape_debug()),
        format!("name = {}", quoted(&guess.name.replace(':', "-"))),
        format!(
            "cmd = {}   # {{port}} and {{host}} stand for where it must listen",
            quoted(&guess.cmd)
        ),
    ];
    lines.extend(
        guess
            .build
            .as_ref()
            .map(|build| format!("build = {}", quoted(build))),
    );
    let requires: Vec<_> = guess
        .requires
        .iter()
        .map(|program| quoted(program))
        .collect();
    lines.push(format!("requires = [{}]", requires.join(", ")));
    lines.push(match &guess.framing {
        Some(hint) => format!(
            "framings = [{}]   # a guess, since {} says {}",
            quoted(hint.framing),
            hint.file.escape_debug(),
            hint.word.escape_debug()
        ),
        None => "framings = ['lines']   # what does it speak? `framecheck list framings` prints the names".to_owned(),
    });
    lines.join("\n")
}
