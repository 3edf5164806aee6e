//! A corpus on disk: folders of cases to begin a campaign with, the first of which keeps what is new.
//!
//! A file is one or more vectors, or else raw bytes that are sent as they are. Invariant: a file that cannot be read costs no other, and
//! nothing is removed but files that were read from the first folder.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::files::write_new;
use crate::framing::Framing;
use crate::suite::{Case, Close, Manner, Stream, Vector, Weight, parse};

/// A raw file is taken up to here: longer streams make every change of them slow.
const LONGEST_RAW: usize = 1 << 20;

/// Folders of cases.
#[derive(Debug)]
pub struct Corpus {
    /// What is kept goes here.
    first: PathBuf,
    /// Each file with its cases, in the order of folders and names.
    files: Vec<(PathBuf, Vec<Case>)>,
    /// How many of them are no vectors, but raw bytes.
    pub raw: usize,
    /// What could not be read, and why.
    pub unreadable: Vec<(PathBuf, io::Error)>,
}

/// What became of the first folder.
#[derive(Debug, Default)]
pub struct Minimized {
    /// Files that are in it now.
    pub left: usize,
    /// Those that are not any more.
    pub removed: usize,
    /// Those that came from other folders.
    pub added: usize,
    /// What could not be written or removed, and why.
    pub wrong: Vec<(PathBuf, io::Error)>,
}

impl Corpus {
    /// What folders hold for a framing; one that is not there holds nothing. `None`: there are no folders.
    #[must_use]
    pub fn read(folders: &[PathBuf], framing: &Framing) -> Option<Self> {
        let mut corpus = Self {
            first: folders.first()?.clone(),
            files: Vec::new(),
            raw: 0,
            unreadable: Vec::new(),
        };
        for folder in folders {
            corpus.read_folder(folder, framing);
        }
        Some(corpus)
    }

    fn read_folder(&mut self, folder: &Path, framing: &Framing) {
        let mut files = Vec::new();
        self.collect(folder, &mut files);
        files.sort();
        for file in files {
            match fs::read(&file) {
                Ok(bytes) => {
                    let (cases, raw) = cases(&file, &bytes, framing);
                    self.raw += usize::from(raw);
                    self.files.push((file, cases));
                }
                Err(error) => self.unreadable.push((file, error)),
            }
        }
    }

    fn collect(&mut self, folder: &Path, files: &mut Vec<PathBuf>) {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(error) => return self.unreadable.push((folder.to_owned(), error)),
        };
        for entry in entries {
            match entry.and_then(|entry| Ok((entry.path(), entry.file_type()?))) {
                Ok((path, kind)) if kind.is_dir() => self.collect(&path, files),
                // Somebody may be about to write it under its own name.
                Ok((path, _)) if path.extension().is_some_and(|end| end == "part") => {}
                Ok((path, _)) if path.is_file() => files.push(path),
                Ok((path, _)) => {
                    let what = io::Error::other("it is no file");
                    self.unreadable.push((path, what));
                }
                Err(error) => self.unreadable.push((folder.to_owned(), error)),
            }
        }
    }

    /// Where new cases are kept.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.first
    }

    /// How many files were read.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether no file was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// All cases, each once, the smallest first: of two that exercise the same that one stays.
    #[must_use]
    pub fn cases(&self) -> Vec<Case> {
        let each = self.files.iter().flat_map(|(_, cases)| cases);
        let mut cases: Vec<Case> = each.cloned().collect();
        cases.sort_by_key(Weight::of);
        let mut seen = HashSet::new();
        cases.retain(|case| seen.insert(key(case)));
        cases
    }

    /// Keeps a new case in the first folder, under a name that depends on what is sent and how; one that is there stays as it is.
    ///
    /// # Errors
    /// The file that could not be written, and what the system says against it.
    pub fn keep(&self, case: &Case) -> Result<(), (PathBuf, io::Error)> {
        let folder = &self.first;
        fs::create_dir_all(folder).map_err(|error| (folder.clone(), error))?;
        let why = "It exercised what nothing before it had.".to_owned();
        let vector = case.to_vector("", "kept", why);
        let file = folder.join(format!("{}.toml", vector.stem("corpus")));
        match write_new(&file, &vector.to_toml()) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            written => written.map_err(|error| (file, error)),
        }
    }

    /// Makes the first folder hold the kept cases of all folders, and takes away those of its files of which each case has `passed` and
    /// is not needed.
    #[must_use]
    pub fn minimize(&self, kept: &[Case], passed: impl Fn(&Case) -> bool) -> Minimized {
        let mut needed: HashSet<String> = kept.iter().map(key).collect();
        let mut minimized = Minimized::default();
        for (file, cases) in &self.files {
            if !file.starts_with(&self.first) {
                continue;
            }
            let holds = cases
                .iter()
                .filter(|case| needed.remove(&key(case)))
                .count();
            if holds > 0 || !cases.iter().all(&passed) {
                minimized.left += 1;
                continue;
            }
            match fs::remove_file(file) {
                Ok(()) => minimized.removed += 1,
                Err(error) => minimized.wrong.push((file.clone(), error)),
            }
        }
        for case in kept.iter().filter(|case| needed.contains(&key(case))) {
            match self.keep(case) {
                Ok(()) => minimized.added += 1,
                Err(wrong) => minimized.wrong.push(wrong),
            }
        }
        minimized.left += minimized.added;
        minimized
    }
}

/// What is sent and how: two cases with the same are one.
fn key(case: &Case) -> String {
    case.to_vector("", "", String::new()).bare()
}

/// The cases of a file, in this framing whatever it was recorded in; and whether it holds raw bytes.
fn cases(file: &Path, bytes: &[u8], framing: &Framing) -> (Vec<Case>, bool) {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let text = std::str::from_utf8(bytes).ok();
    let vectors = text.and_then(|text| parse(&file.display().to_string(), &stem, text).ok());
    let here = |vector: Vector| Vector {
        framing: framing.clone(),
        ..vector
    };
    match vectors {
        Some(vectors) if !vectors.is_empty() => {
            let vectors = vectors.into_iter().map(here);
            (
                vectors
                    .flat_map(|vector| Case::of_vector(&vector))
                    .collect(),
                false,
            )
        }
        _ => {
            let wire = bytes[..bytes.len().min(LONGEST_RAW)].to_vec();
            let stream = Stream::new(format!("raw/{stem}"), framing, wire);
            let whole = Case::new(
                &Arc::new(stream),
                "whole",
                Vec::new(),
                Close::Fin,
                Manner::Plain,
            );
            (vec![whole], true)
        }
    }
}
