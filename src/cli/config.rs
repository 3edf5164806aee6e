//! `framecheck.toml` for the commands that test something: which file is read, and what its targets become.
//!
//! Paths in a file count from its folder, whatever folder we are started in. Invariant: a file that was not asked for by name is read
//! only where no other target is named, or where a name must come from it.

use std::fs;
use std::path::{Path, PathBuf};

use wildmatch::WildMatch;

use super::Failure;
use super::known::KnownList;
use super::target::{Chosen, Look, Subject};
use crate::run::Setup;
use crate::run::command::Command;
use crate::suite::{Config, KnownConfig, PayloadKind, RunConfig, TargetConfig};

/// The file that is read where none is named.
pub(super) const FILE: &str = "framecheck.toml";

/// What was asked for.
#[derive(Default)]
pub(super) struct Configured {
    /// What holds for the whole run; paths in it count from here.
    pub(super) run: RunConfig,
    /// At least one target.
    pub(super) targets: Vec<Chosen>,
}

/// The targets of the configuration that these name; all where none is named. `None`: no configuration is meant.
pub(super) fn named(
    files: &[PathBuf],
    names: &[String],
    lines: &[String],
) -> Result<Option<Configured>, Failure> {
    let of_no_file = |name: &String| name.contains(':') || name == "builtin";
    let own = [PathBuf::from(FILE)];
    let unasked = lines.is_empty() && !names.iter().any(of_no_file) && own[0].is_file();
    let files = match (files.is_empty(), unasked) {
        (false, _) => files,
        (true, true) => &own,
        (true, false) => return Ok(None),
    };
    let mut all = Configured::default();
    for file in files {
        read(file, files != own, &mut all)?;
    }
    for name in names {
        let glob = WildMatch::new(name);
        if !all.targets.iter().any(|one| glob.matches(&one.name)) {
            let names: Vec<_> = all.targets.iter().map(|one| &*one.name).collect();
            return Err(Failure::usage(format!(
                "TARGET {name:?}: it is no HOST:PORT, and no target of {}; there are: {}",
                shown(files),
                names.join(", ")
            )));
        }
    }
    let meant = |one: &Chosen| {
        names.is_empty()
            || names
                .iter()
                .any(|name| WildMatch::new(name).matches(&one.name))
    };
    all.targets.retain(meant);
    Ok(Some(all))
}

fn shown(files: &[PathBuf]) -> String {
    let shown: Vec<_> = files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    shown.join(", ")
}

fn read(file: &Path, by_name: bool, all: &mut Configured) -> Result<(), Failure> {
    let shown = file.display().to_string();
    let text =
        fs::read_to_string(file).map_err(|error| Failure::usage(format!("{shown}: {error}")))?;
    let config = Config::parse(&shown, &text).map_err(|bad| Failure::usage(bad.to_string()))?;
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    for target in config.targets {
        let words = words(by_name.then_some(file), &target.name);
        if let Some(other) = all.targets.iter().find(|other| other.name == target.name) {
            return Err(Failure::usage(format!(
                "{shown}: {:?} is the name of a target in another file",
                other.name
            )));
        }
        let name = target.name.clone();
        let chosen = chosen(target, &folder, words).map_err(|failure| {
            Failure::usage(format!("{shown}: target {name:?}: {}", failure.why))
        })?;
        all.targets.push(chosen);
    }
    let own = config.run;
    let run = std::mem::take(&mut all.run);
    let inside = |path: String| folder.join(path).display().to_string();
    all.run = RunConfig {
        tier: run.tier.or(own.tier),
        seed: run.seed.or(own.seed),
        jobs: run.jobs.or(own.jobs),
        shrink: run.shrink.or(own.shrink),
        findings: run.findings.or(own.findings.map(inside)),
        vectors: run.vectors.or(own.vectors.map(inside)),
    };
    Ok(())
}

/// The words that name a target again.
fn words(file: Option<&Path>, name: &str) -> Vec<String> {
    let file = file.map(|file| vec!["--config".to_owned(), file.display().to_string()]);
    let name = [name.to_owned()];
    // A file's name would swallow what follows it.
    [&name[..], &file.unwrap_or_default()].concat()
}

fn chosen(target: TargetConfig, folder: &Path, words: Vec<String>) -> Result<Chosen, Failure> {
    let subject = Subject::of(target.address.as_deref(), target.cmd.as_deref())?;
    if let Subject::Command(line, address) = &subject {
        Command::parse(line, *address).map_err(|bad| Failure::usage(format!("cmd: {bad}")))?;
    }
    let directory = match &target.dir {
        Some(inside) => folder.join(inside),
        None => folder.to_owned(),
    };
    let unescape = target.unescape.map(|text| text.parse()).transpose();
    let look = Look {
        observe: target.observe,
        gate: target.gate,
        timeout: target.timeout,
        payload: target.payload.map(|kind| payload(kind, folder)),
        stdout_pattern: target.stdout_pattern,
        unescape: unescape.map_err(|bad| Failure::usage(format!("unescape: {bad}")))?,
    };
    let known = match target.known {
        KnownConfig::None => KnownList::None,
        KnownConfig::File(file) => KnownList::File(folder.join(file)),
        KnownConfig::Inline(known) => KnownList::Inline(known),
    };
    Ok(Chosen {
        setup: Setup {
            directory: Some(directory),
            environment: target
                .env
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            requires: target.requires,
            needs: target.needs,
            install: target.install,
            build: target.build,
        },
        name: target.name,
        about: target.about,
        ready: target.ready,
        ready_within: target.ready_within,
        framings: target.framings,
        known,
        look,
        ..Chosen::plain(subject, words)
    })
}

/// A kind of payload, or the file that has them.
fn payload(kind: String, folder: &Path) -> String {
    match PayloadKind::named(&kind) {
        Some(_) => kind,
        None => folder.join(kind).display().to_string(),
    }
}
