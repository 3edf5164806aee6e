//! Baselines: benchmarks that are kept under a name, in a folder.
//!
//! Invariant: a name never leads out of the folder, and what is there is replaced whole or not at all.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::Failure;
use crate::report::BenchDocument;
use crate::run::files;

/// Where baselines are.
#[derive(clap::Args)]
pub(super) struct BaselineArgs {
    /// The folder of baselines
    #[arg(long, value_name = "DIR", default_value = "baselines")]
    baselines: PathBuf,
}

impl BaselineArgs {
    pub(super) fn folder(&self) -> Baselines {
        Baselines(self.baselines.clone())
    }
}

/// A folder of baselines.
pub(super) struct Baselines(PathBuf);

/// The name of a baseline, which is that of its file without the ending.
pub(super) fn name(text: &str) -> Result<String, String> {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "-_.".contains(char);
    match text.chars().all(is_plain) && !text.starts_with(['.', '-']) && !text.is_empty() {
        true => Ok(text.to_owned()),
        false => Err(
            "a name is letters, digits and - _ . and begins with a letter or digit: main, v1.2"
                .to_owned(),
        ),
    }
}

impl Baselines {
    /// Makes the folder, and sees whether a baseline of that name can be written there.
    pub(super) fn check(&self, name: &str) -> Result<(), Failure> {
        let file = self.place(name);
        let checked = fs::create_dir_all(&self.0).and_then(|()| files::check_writable(&file));
        checked.map_err(|error| self.unusable(&file, &error))
    }

    /// Keeps a benchmark, in place of the one that had the name; says which.
    pub(super) fn keep(&self, name: &str, document: &BenchDocument) -> Result<String, Failure> {
        let file = self.place(name);
        let before = file.exists();
        files::write_whole(&file, &document.json())
            .map_err(|error| self.unusable(&file, &error))?;
        let shown = file.display();
        Ok(match before {
            true => format!("baseline {name} is replaced: {shown}"),
            false => format!("baseline {name} is saved: {shown}"),
        })
    }

    /// The file that is meant: one of that name, or a baseline.
    pub(super) fn file(&self, given: &Path) -> Result<PathBuf, String> {
        if given.exists() && !given.is_dir() {
            return Ok(given.to_owned());
        }
        let name = given.to_str().and_then(|text| name(text).ok());
        let file = name.map(|name| self.place(&name));
        match file.filter(|file| file.is_file()) {
            Some(file) => Ok(file),
            None => Err(self.missing(given)),
        }
    }

    fn missing(&self, given: &Path) -> String {
        let folder = self.0.display();
        let there = match &self.names()[..] {
            [] => format!("there are none in {folder}; bench --save NAME keeps one"),
            names => format!("in {folder} there are: {}", names.join(", ")),
        };
        format!(
            "{}: no such file, and no baseline of that name; {there}",
            given.display()
        )
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).into_iter().flatten();
        let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let baselines = files.filter(|file| file.extension() == Some(OsStr::new("json")));
        let stems = baselines.filter_map(|file| file.file_stem()?.to_str().map(str::to_owned));
        let mut names: Vec<_> = stems.filter(|stem| name(stem).is_ok()).collect();
        names.sort();
        names
    }

    fn place(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.json"))
    }

    fn unusable(&self, file: &Path, error: &io::Error) -> Failure {
        let at = match error.kind() {
            ErrorKind::AlreadyExists | ErrorKind::NotADirectory => &self.0,
            _ => file,
        };
        Failure::usage(format!("--save: {}: {error}", at.display()))
    }
}
