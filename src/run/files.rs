//! Files: folders of vectors in, reports and findings out.
//!
//! Invariant: a report is there whole or not at all; it is written beside its place and moved there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::suite::{Finding, Vector, parse};

/// Every vector in a folder, and in the folders in it, in the order of the file names.
///
/// # Errors
/// A file or folder that cannot be read, or is no file of vectors; two vectors with one id; no vectors at all. The text says where.
pub fn vectors(folder: &Path) -> Result<Vec<Vector>, String> {
    let mut files = Vec::new();
    collect(folder, &mut files).map_err(|error| format!("{}: {error}", folder.display()))?;
    files.sort();
    let mut vectors: Vec<Vector> = Vec::new();
    for file in &files {
        let shown = file.display().to_string();
        let text = fs::read_to_string(file).map_err(|error| format!("{shown}: {error}"))?;
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        for vector in parse(&shown, &stem, &text).map_err(|bad| bad.to_string())? {
            if vectors.iter().any(|other| other.id == vector.id) {
                return Err(format!(
                    "{shown}: the id {} is that of a vector in another file; files need different names",
                    vector.id
                ));
            }
            vectors.push(vector);
        }
    }
    match vectors.is_empty() {
        true => Err(format!(
            "{}: no vectors in any .toml file there",
            folder.display()
        )),
        false => Ok(vectors),
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            files.push(path);
        }
    }
    Ok(())
}

/// Whether a report can be written there: asked before the run, not after it.
///
/// # Errors
/// What the system says against it.
pub fn check_writable(file: &Path) -> io::Result<()> {
    if file.is_dir() {
        return Err(io::Error::new(
            io::ErrorKind::IsADirectory,
            "it is a folder",
        ));
    }
    if is_special(file) {
        // Nothing to try: opening a pipe could wait for its reader.
        return Ok(());
    }
    let beside = beside(&resolved(file));
    fs::write(&beside, "")?;
    fs::remove_file(&beside)
}

/// Writes a report, whole or not at all. What is no plain file, such as `/dev/stdout`, is written to as it is.
///
/// # Errors
/// What the system says against it.
pub fn write_whole(file: &Path, text: &str) -> io::Result<()> {
    if is_special(file) {
        return fs::write(file, text);
    }
    let file = resolved(file);
    let beside = beside(&file);
    let written = fs::write(&beside, text).and_then(|()| fs::rename(&beside, &file));
    if written.is_err() {
        // What is left of it would only be taken for a report.
        let _ = fs::remove_file(&beside);
    }
    written
}

/// Writes a file that is not there yet, whole or not at all, and never over another one.
///
/// # Errors
/// What the system says against it; `AlreadyExists` where another one has the name.
pub fn write_new(file: &Path, text: &str) -> io::Result<()> {
    let beside = beside(file);
    // A link never replaces a file; where the file system has none, the look before the move must do.
    let place = || match fs::hard_link(&beside, file) {
        Err(_) if !file.exists() => fs::rename(&beside, file),
        linked => linked,
    };
    let written = fs::write(&beside, text).and_then(|()| place());
    // Under its own name it is there now, or nowhere.
    let _ = fs::remove_file(&beside);
    written
}

/// What a finding became in its folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It was written.
    New(PathBuf),
    /// The same finding was there already, and is as it was.
    Known(PathBuf),
}

/// Keeps a finding in a folder, which is made where it is missing. Another finding of the same name stays as it is.
///
/// # Errors
/// The file that could not be written, and what the system says against it.
pub fn keep(folder: &Path, finding: &Finding) -> Result<Kept, (PathBuf, io::Error)> {
    fs::create_dir_all(folder).map_err(|error| (folder.to_owned(), error))?;
    let (stem, vector) = (finding.stem(), finding.vector());
    let mut file = folder.join(format!("{stem}.toml"));
    let mut number = 1;
    loop {
        if is_same(&file, &vector) {
            return Ok(Kept::Known(file));
        }
        match write_new(&file, &vector.to_toml()) {
            Ok(()) => return Ok(Kept::New(file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && file.exists() => {}
            Err(error) => return Err((file, error)),
        }
        number += 1;
        file = folder.join(format!("{stem}-{number}.toml"));
    }
}

/// Whether the file holds this finding, with whatever came back then.
fn is_same(file: &Path, vector: &Vector) -> bool {
    let text = fs::read_to_string(file).unwrap_or_default();
    let held = parse("", "", &text).unwrap_or_default();
    matches!(&held[..], [held] if held.bare() == vector.bare())
}

fn is_special(file: &Path) -> bool {
    file.exists() && !file.is_file()
}

/// Where a symbolic link leads: the file there is replaced, and the link stays.
fn resolved(file: &Path) -> PathBuf {
    fs::canonicalize(file).unwrap_or_else(|_| file.to_owned())
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.part", std::process::id()));
    file.with_file_name(name)
}
