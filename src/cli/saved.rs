//! `framecheck report`: reports that were saved as JSON, joined where they are several, in any form.
//!
//! It runs nothing, and ends as the run did, or the runs together.

use std::path::{Path, PathBuf};

use super::reports::{Wanted, all_of, check, wanted, write};
use super::{Ended, Failure, Status, print};
use crate::report::{Document, Format, Overall, merge};

/// Writes reports that were saved as JSON in other forms. Several become one: shards of a run, other targets, other machines.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Args {
    #[command(flatten)]
    reports: Reports,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(clap::Args)]
struct Reports {
    /// What --report json=FILE wrote; several are joined
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Write it so: json, junit, markdown, sarif or html; may be given several times. Without it, Markdown is printed
    #[arg(long, value_name = "FORMAT=FILE", value_parser = wanted)]
    to: Vec<Wanted>,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Join several reports: the same case twice counts once, and of two verdicts the worse one
    Merge(Reports),
}

pub(super) fn report(args: &Args) -> Ended {
    let Reports { files, to } = match &args.command {
        Some(Command::Merge(reports)) => reports,
        None => &args.reports,
    };
    check("--to", to)?;
    let mut documents = read_all(files)?;
    let others = documents.split_off(1);
    let first = documents.remove(0);
    let document = merge(first, others);
    let mut failed = Vec::new();
    if to.is_empty() {
        let markdown = Format::named("markdown").map(|format| format.of(&document));
        failed.extend(print(&markdown.unwrap_or_default()).err());
    } else if !to.iter().any(Wanted::is_printed) {
        failed.extend(print(&format!("{}\n", document.headline())).err());
    }
    let mut failed: Vec<_> = failed.into_iter().map(|failure| failure.why).collect();
    failed.extend(write("--to", to, &document));
    all_of(&failed)?;
    Ok(status(&document))
}

/// All files, or what is wrong with each that is none.
fn read_all(files: &[PathBuf]) -> Result<Vec<Document>, Failure> {
    let (mut documents, mut bad) = (Vec::new(), Vec::new());
    for file in files {
        match read(file) {
            Ok(document) => documents.push(document),
            Err(why) => bad.push(format!("{}: {why}", file.display())),
        }
    }
    all_of(&bad)?;
    Ok(documents)
}

fn read(file: &Path) -> Result<Document, String> {
    Document::parse(&text_of(file, "report")?)
}

/// What is in a file, where that is a text at all. `what` is what should be there.
pub(super) fn text_of(file: &Path, what: &str) -> Result<String, String> {
    let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!("no {what} of framecheck: the byte at offset {at} is no UTF-8")
    })?;
    match text.trim().is_empty() {
        true => Err(format!("no {what} of framecheck: it is empty")),
        false => Ok(text),
    }
}

/// As `run` ends.
fn status(document: &Document) -> Status {
    match document.overall() {
        Overall::Interrupted => Status::Interrupted,
        Overall::EndedEarly(_) => Status::Target,
        Overall::NotConformant => Status::NotConformant,
        Overall::KnownPasses => Status::KnownPasses,
        Overall::Nothing => Status::Nothing,
        Overall::ConformantButKnown | Overall::Conformant => Status::Conformant,
    }
}
