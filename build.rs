//! Lists the files `vectors/**/*.toml` for the library, which embeds them and nothing else of that folder: the recorded streams
//! beside them are megabytes that only tests read.
//!
//! The package is built again when a file under `vectors/` appears or goes: the compiler by itself only sees changes of
//! the files that it knows.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=vectors");
    let vectors = folder("CARGO_MANIFEST_DIR").join("vectors");
    let mut files = Vec::new();
    toml_files(&vectors, &mut files)?;
    files.sort();
    let entry = |file: &PathBuf| {
        let path = file.strip_prefix(&vectors).expect("it was found there");
        format!("({path:?}, include_str!({file:?})),\n")
    };
    let list: String = files.iter().map(entry).collect();
    fs::write(
        folder("OUT_DIR").join("vectors.rs"),
        format!("&[\n{list}]\n"),
    )
}

fn toml_files(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            toml_files(&path, found)?;
        } else if path.extension().is_some_and(|end| end == "toml") {
            found.push(path);
        }
    }
    Ok(())
}

/// The folder that cargo names in this variable.
fn folder(variable: &str) -> PathBuf {
    PathBuf::from(env::var_os(variable).expect("cargo sets it"))
}
