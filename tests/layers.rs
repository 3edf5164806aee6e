//! Holds the layers over `src/`: which layer a file names, and what a layer may not have.
//!
//! Layers, from low to high: `framing <- suite <- run, report <- cli <- main`, and `suite <- conformance`; run, report and conformance do not name each other. Paths are read from
//! the source as text, groups (`crate::{a, b}`) and chains of `super` included. Test modules may use more than their layer, but never
//! name a higher one.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A layer: what it may name, and what it may not have.
struct Layer {
    name: &'static str,
    below: &'static [&'static str],
    /// Modules of `std`.
    no_std: &'static [&'static str],
    /// Whole words.
    no_words: &'static [&'static str],
}

const LAYERS: [Layer; 6] = [
    Layer {
        name: "framing",
        below: &[],
        no_std: &["net", "fs", "io", "time", "thread", "env", "process", "os"],
        no_words: &[
            "Instant",
            "SystemTime",
            "fastrand",
            "rustix",
            "socket2",
            "mio",
            "println!",
            "print!",
            "eprintln!",
            "eprint!",
        ],
    },
    Layer {
        name: "suite",
        below: &["framing"],
        no_std: &["net", "fs", "io", "thread", "env", "process", "os"],
        no_words: &[
            "Instant",
            "SystemTime",
            "rustix",
            "socket2",
            "mio",
            "TcpStream",
            "println!",
            "print!",
            "eprintln!",
            "eprint!",
        ],
    },
    Layer {
        name: "conformance",
        below: &["framing", "suite"],
        no_std: &["net", "fs", "time", "thread", "env", "process", "os"],
        no_words: &[
            "Instant",
            "SystemTime",
            "rustix",
            "socket2",
            "TcpStream",
            "println!",
            "print!",
            "eprintln!",
            "eprint!",
        ],
    },
    Layer {
        name: "run",
        below: &["framing", "suite"],
        no_std: &[],
        no_words: &["println!", "print!", "eprintln!", "eprint!"],
    },
    Layer {
        name: "report",
        below: &["framing", "suite"],
        no_std: &["net", "fs", "io", "thread", "env", "process", "os"],
        no_words: &[
            "Instant",
            "SystemTime",
            "rustix",
            "socket2",
            "mio",
            "println!",
            "print!",
            "eprintln!",
            "eprint!",
        ],
    },
    Layer {
        name: "cli",
        below: &["framing", "suite", "run", "report"],
        no_std: &[],
        no_words: &[],
    },
];

#[test]
fn no_file_names_a_layer_above_it_or_has_what_its_layer_may_not() {
    let mut wrong = Vec::new();
    for layer in &LAYERS {
        let files = rust_files(&src().join(layer.name));
        assert!(!files.is_empty(), "layer {} has no files", layer.name);
        for file in files {
            let source = fs::read_to_string(&file).expect("a source file");
            let shown = file.strip_prefix(src()).expect("a file of src").display();
            let found = violations(layer, depth(&file), &source);
            wrong.extend(found.into_iter().map(|what| format!("src/{shown}: {what}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_folder_and_file_of_src_belongs_to_a_layer() {
    let known: BTreeSet<_> = LAYERS.iter().map(|layer| layer.name).collect();
    for entry in fs::read_dir(src()).expect("src") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_stem()
            .and_then(|name| name.to_str())
            .expect("a name");
        assert!(
            known.contains(name) || matches!(name, "main" | "lib"),
            "src/{name} is in no layer"
        );
    }
}

#[test]
fn planted_violations_are_found() {
    let planted = [
        ("framing", 2, "use crate::suite::Case;"),
        ("framing", 2, "use crate::{framing::Ending, suite};"),
        ("framing", 2, "use super::super::suite;"),
        ("framing", 3, "use super::super::super::run;"),
        ("framing", 1, "use super::cli;"),
        ("framing", 2, "use std::io;"),
        ("framing", 2, "use std::{fmt, time::Duration};"),
        ("framing", 2, "let seed = fastrand::u8(..);"),
        ("suite", 2, "let x = crate::run::run();"),
        ("suite", 2, "let now = std::time::Instant::now();"),
        ("suite", 2, "std::fs::read(path)"),
        ("run", 2, "use crate::report::Report;"),
        ("run", 2, "use crate::cli::main;"),
        ("run", 2, "println!(\"here\");"),
        ("run", 2, "eprintln!(\"here\");"),
        ("conformance", 2, "use crate::run::Worker;"),
        ("conformance", 2, "use crate::{suite::Case, report};"),
        ("conformance", 2, "let now = std::time::Instant::now();"),
        ("conformance", 2, "println!(\"here\");"),
        ("run", 2, "use crate::conformance::Check;"),
        ("report", 2, "use crate::run::Run;"),
        ("report", 2, "use std::io::Write;"),
        (
            "suite",
            2,
            "#[cfg(test)]\nmod tests {\n use crate::run::run;\n}",
        ),
    ];
    for (name, depth, source) in planted {
        assert!(
            !violations(layer(name), depth, source).is_empty(),
            "{name}: {source}"
        );
    }
}

#[test]
fn what_is_allowed_is_not_taken_for_a_violation() {
    let allowed = [
        (
            "framing",
            2,
            "use crate::framing::{Radix, Stop};\nuse super::run;",
        ),
        ("framing", 3, "pub(in crate::framing) struct Digits;"),
        ("framing", 2, "//! Nothing here uses crate::run or std::io."),
        ("framing", 2, "use std::{fmt, ops::Range};"),
        ("suite", 2, "use std::time::Duration;\nfastrand::Rng"),
        (
            "suite",
            2,
            "#[cfg(test)]\nmod tests {\n use std::fs::read_dir;\n}",
        ),
        (
            "run",
            2,
            "use crate::{framing::Ending, suite::{self, run}};",
        ),
        ("run", 2, "fn blueprint() { sprint!() }"),
        (
            "conformance",
            2,
            "use std::io::Read;\nuse crate::suite::{Case, judge};",
        ),
        ("cli", 2, "println!();\nuse crate::report::Report;"),
    ];
    for (name, depth, source) in allowed {
        let found = violations(layer(name), depth, source);
        assert!(found.is_empty(), "{name}: {source}: {found:?}");
    }
}

fn layer(name: &str) -> &'static Layer {
    LAYERS
        .iter()
        .find(|layer| layer.name == name)
        .expect("a layer")
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of src") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// How many `super` lead from a file's module to the root of the crate.
fn depth(file: &Path) -> usize {
    let inside = file.strip_prefix(src()).expect("a file of src");
    let is_mod = inside.file_name().is_some_and(|name| name == "mod.rs");
    inside.components().count() - usize::from(is_mod)
}

fn violations(layer: &Layer, depth: usize, source: &str) -> Vec<String> {
    let code = without_comments(source);
    let beside = LAYERS
        .iter()
        .map(|other| other.name)
        .filter(|name| *name != layer.name && !layer.below.contains(name));
    let named = layers_named(&code, depth);
    let above = beside
        .filter(|name| named.contains(*name))
        .map(|name| format!("{} may not name {name}", layer.name));
    let shipped = code.split("#[cfg(test)]").next().unwrap_or_default();
    let std = names_under(shipped, "std");
    let modules = layer
        .no_std
        .iter()
        .filter(|module| std.contains(**module))
        .map(|module| format!("{} may not have std::{module}", layer.name));
    let words = layer
        .no_words
        .iter()
        .filter(|word| word_places(shipped, word).next().is_some())
        .map(|word| format!("{} may not have {word}", layer.name));
    above.chain(modules).chain(words).collect()
}

/// Whole lines of comment are no code; prose may say what it likes.
fn without_comments(source: &str) -> String {
    let code = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    code.collect::<Vec<_>>().join("\n")
}

/// What is named at the root of the crate, by `crate::` or by as many `super::` as lead there (in an inner module one more).
fn layers_named(code: &str, depth: usize) -> BTreeSet<String> {
    let by_super = |count: usize| names_under(code, &vec!["super"; count].join("::"));
    let mut named = names_under(code, "crate");
    named.extend(by_super(depth));
    named.extend(by_super(depth + 1));
    named
}

/// The names directly behind `root::`, be it one or a group in braces.
fn names_under(code: &str, root: &str) -> BTreeSet<String> {
    let behind = |at: usize| code[at + root.len()..].strip_prefix("::");
    word_places(code, root)
        .filter(|&at| !code[..at].ends_with("::"))
        .filter_map(behind)
        .flat_map(|rest| match rest.strip_prefix('{') {
            Some(group) => heads(group),
            None => vec![ident(rest)],
        })
        .collect()
}

/// The first name of each part of a group, up to its closing brace.
fn heads(group: &str) -> Vec<String> {
    let (mut nested, mut heads, mut begins) = (0, Vec::new(), true);
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => nested += 1,
            '}' if nested == 0 => break,
            '}' => nested -= 1,
            ',' => begins |= nested == 0,
            _ if begins && !letter.is_whitespace() => {
                heads.push(ident(&group[at..]));
                begins = false;
            }
            _ => {}
        }
    }
    heads
}

fn ident(text: &str) -> String {
    text.chars().take_while(|&letter| in_word(letter)).collect()
}

fn in_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Where a word stands by itself.
fn word_places<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> {
    code.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |&at| {
            !code[..at].ends_with(in_word) && !code[at + word.len()..].starts_with(in_word)
        })
}
