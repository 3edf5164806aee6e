//! `framecheck compare`: two saved benchmarks beside each other, for CI.
//!
//! It measures nothing. Each of the two is a file or the name of a baseline.

use std::path::{Path, PathBuf};

use super::baselines::{BaselineArgs, Baselines};
use super::reports::{Wanted, all_of, check, wanted_of_comparison, write};
use super::run::paint;
use super::saved::text_of;
use super::{Ended, Failure, Status, print};
use crate::report::{BenchDocument, CompareDocument, compare_text};

/// Compares two benchmarks, cell by cell, with the interval that each ratio lies in: which became slower, whatever noise makes of it.
#[derive(clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    /// What `bench --report json=FILE` wrote, or the name of a baseline that `bench --save` keeps
    old: PathBuf,
    /// The one that is held against it
    new: PathBuf,
    /// End with exit status 7 where a cell is slower by more than this, with all of its interval: 10%
    #[arg(long, value_name = "PERCENT", allow_negative_numbers = true, value_parser = percent)]
    fail_if_slower: Option<f64>,
    #[command(flatten)]
    baselines: BaselineArgs,
    /// Write a report as well: json or markdown; may be given several times. FORMAT=- prints it in place of the text
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = wanted_of_comparison)]
    reports: Vec<Wanted<CompareDocument>>,
}

const AFTER: &str = "Exit status: 0 no cell lost; 1 a cell that had a figure has an error; 2 wrong usage, or a file that is no benchmark; 4 no cell is in both, \
or nothing follows from any; 7 a cell is slower by more than --fail-if-slower.\n\nExamples:\n  \
framecheck compare old.json new.json --fail-if-slower 10%\n  \
framecheck compare main new.json --fail-if-slower 10% --report markdown=compare.md";

fn percent(text: &str) -> Result<f64, String> {
    let number = text
        .strip_suffix('%')
        .and_then(|number| number.trim().parse::<f64>().ok());
    match number.filter(|percent| (0.0..100.0).contains(percent)) {
        Some(percent) => Ok(percent / 100.0),
        None => Err("it is a percentage from 0% to below 100%, such as 10% or 2.5%".to_owned()),
    }
}

pub(super) fn compare(args: &Args) -> Ended {
    check("--report", &args.reports)?;
    let baselines = args.baselines.folder();
    let read = [&args.old, &args.new].map(|name| read(name, &baselines));
    let bad: Vec<_> = read
        .iter()
        .filter_map(|one| one.as_ref().err().cloned())
        .collect();
    all_of(&bad)?;
    let [Ok(old), Ok(new)] = read else {
        // What is bad has ended it already.
        return Err(Failure::usage("compare needs two benchmarks"));
    };
    let names = [&args.old, &args.new].map(|name| name.display().to_string());
    let document = CompareDocument::of((&names[0], &old), (&names[1], &new), args.fail_if_slower);
    let mut failed = Vec::new();
    if !args.reports.iter().any(Wanted::is_printed) {
        let printed = print(&compare_text(&document, paint()));
        failed.extend(printed.err().map(|failure| failure.why));
    }
    failed.extend(write("--report", &args.reports, &document));
    all_of(&failed)?;
    Ok(status(&document))
}

fn read(name: &Path, baselines: &Baselines) -> Result<BenchDocument, String> {
    let file = baselines.file(name)?;
    let told = |why: String| format!("{}: {why}", file.display());
    let text = text_of(&file, "benchmark").map_err(told)?;
    BenchDocument::parse(&text).map_err(told)
}

fn status(document: &CompareDocument) -> Status {
    match document.counts {
        counts if counts.failed > 0 => Status::NotConformant,
        counts if counts.lost > 0 => Status::Slower,
        _ if !document.says_something() => Status::Nothing,
        _ => Status::Conformant,
    }
}
