//! The flags for reports: what is to be written where, asked before a run whether it can be, and written after it.
//!
//! What was found must not be lost: a report that cannot be written is an error, and all the others are written all the same.

use std::env;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{Failure, print};
use crate::report::{
    BENCH_FORMATS, BenchDocument, COMPARE_FORMATS, CompareDocument, Document, FORMATS, Format,
    annotations,
};
use crate::run::files;

/// Which reports are written.
#[derive(clap::Args)]
pub(super) struct ReportArgs {
    /// Write a report as well: json, junit, markdown, sarif or html; may be given several times. FORMAT=- prints it in place of the text
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = wanted)]
    wanted: Vec<Wanted>,
}

/// A report that is wanted, of what a document of this kind says.
#[derive(Debug)]
pub(super) struct Wanted<D: 'static = Document> {
    format: Format<D>,
    file: PathBuf,
}

// Derived, it would ask the same of the document.
impl<D> Clone for Wanted<D> {
    fn clone(&self) -> Self {
        Self {
            format: self.format,
            file: self.file.clone(),
        }
    }
}

/// A report of a run.
pub(super) fn wanted(text: &str) -> Result<Wanted, String> {
    wanted_of(FORMATS, text)
}

/// A report of a benchmark.
pub(super) fn wanted_of_bench(text: &str) -> Result<Wanted<BenchDocument>, String> {
    wanted_of(BENCH_FORMATS, text)
}

/// A report of a comparison.
pub(super) fn wanted_of_comparison(text: &str) -> Result<Wanted<CompareDocument>, String> {
    wanted_of(COMPARE_FORMATS, text)
}

fn wanted_of<D>(formats: &[Format<D>], text: &str) -> Result<Wanted<D>, String> {
    let names = formats.iter().map(|format| format.name);
    let names = names.collect::<Vec<_>>().join(", ");
    match text.split_once('=') {
        None | Some((_, "")) => Err(format!(
            "a report is FORMAT=FILE, such as json=report.json; there are: {names}"
        )),
        Some((name, file)) => match formats.iter().find(|format| format.name == name) {
            Some(&format) => Ok(Wanted {
                format,
                file: file.into(),
            }),
            None => Err(format!("no report format {name:?}; there are: {names}")),
        },
    }
}

/// A report that has one format only.
pub(super) fn json_file(text: &str) -> Result<PathBuf, String> {
    match text.split_once('=') {
        Some(("json", file)) if !file.is_empty() => Ok(file.into()),
        Some((format, _)) if format != "json" => {
            Err(format!("no report format {format:?}; there is: json"))
        }
        _ => Err("a report is FORMAT=FILE, such as json=report.json".to_owned()),
    }
}

impl ReportArgs {
    /// Whether all of them can be written, each to a place of its own.
    pub(super) fn check(&self) -> Result<(), Failure> {
        check("--report", &self.wanted)
    }

    /// Prints the text, or the report that is wanted in its place; then writes the others, and tells GitHub where that asks.
    /// The document is made only where something is made of it.
    pub(super) fn write(
        &self,
        document: impl FnOnce() -> Document,
        text: &str,
    ) -> Result<(), Failure> {
        if self.wanted.is_empty() && !on_github() {
            return print(text);
        }
        let document = &document();
        let mut failed = Vec::new();
        if !self.wanted.iter().any(Wanted::is_printed) {
            failed.extend(print(text).err().map(|failure| failure.why));
        }
        failed.extend(write("--report", &self.wanted, document));
        if on_github() {
            self.annotate(document);
        }
        all_of(&failed)
    }

    /// GitHub takes its commands from either stream; a report on standard output stays clean.
    fn annotate(&self, document: &Document) {
        let commands = annotations(document);
        match self.wanted.iter().any(Wanted::is_printed) {
            true => eprint!("{commands}"),
            // What cannot be printed was an error already.
            false => _ = print(&commands),
        }
    }
}

impl<D> Wanted<D> {
    pub(super) fn is_printed(&self) -> bool {
        self.file.as_os_str() == "-"
    }

    /// A name that two ways to the same file have in common.
    fn place(&self) -> PathBuf {
        let file = &self.file;
        if let Ok(place) = std::fs::canonicalize(file) {
            return place;
        }
        let folder = match file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let folder = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        folder.join(file.file_name().unwrap_or_default())
    }
}

fn on_github() -> bool {
    env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}

/// Whether each can be written, to a place of its own. `flag` is what they were asked for with.
pub(super) fn check<D>(flag: &str, wanted: &[Wanted<D>]) -> Result<(), Failure> {
    for (at, one) in wanted.iter().enumerate() {
        let shown = one.file.display();
        if wanted[..at]
            .iter()
            .any(|other| other.place() == one.place())
        {
            return Err(Failure::usage(format!(
                "{flag}: {shown} is named twice: one report would be written over the other"
            )));
        }
        if !one.is_printed() {
            files::check_writable(&one.file)
                .map_err(|error| unwritable(flag, &one.file, &error))?;
        }
    }
    Ok(())
}

/// Writes all that can be written, and says what could not.
pub(super) fn write<D>(flag: &str, wanted: &[Wanted<D>], document: &D) -> Vec<String> {
    let mut failed = Vec::new();
    for one in wanted {
        let text = one.format.of(document);
        let written = match one.is_printed() {
            true => print_whole(&text),
            false => files::write_whole(&one.file, &text)
                .map_err(|error| unwritable(flag, &one.file, &error)),
        };
        failed.extend(written.err().map(|failure| failure.why));
    }
    failed
}

/// Prints what was asked for: a reader that goes away before the end has half a report, which is an error.
fn print_whole(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let printed = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    Ok(printed?)
}

/// One failure of several.
pub(super) fn all_of(failed: &[String]) -> Result<(), Failure> {
    match failed {
        [] => Ok(()),
        failed => Err(Failure::usage(failed.join("\nframecheck: "))),
    }
}

pub(super) fn unwritable(flag: &str, file: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("{flag}: {}: {error}", file.display()))
}
