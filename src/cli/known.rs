//! `--known` and `--update-known` of `framecheck run`: the list of known failures out of its file, and into it again.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::target::Chosen;
use super::{Failure, Status};
use crate::run::{Run, files};
use crate::suite::{BadFile, Case, Known, Listed, Outcome, Passing};

/// What is known to fail.
#[derive(clap::Args)]
pub(super) struct KnownArgs {
    /// What is known to fail, and fails no run: a TOML file of case globs with reasons; what passes must not be listed (exit status 5)
    #[arg(long, value_name = "FILE")]
    known: Option<PathBuf>,
    /// Bring the file of --known (or of `known` in the configuration) up to date after the run, or begin it: all failures are known then
    #[arg(long)]
    update_known: bool,
    /// Take no failure for a known one, whatever the configuration lists: each is drawn, and fails the run
    #[arg(long, conflicts_with_all = ["known", "update_known"])]
    no_known: bool,
}

/// Where the known failures of a target are listed.
#[derive(Clone, Default)]
pub(super) enum KnownList {
    /// Nowhere.
    #[default]
    None,
    /// In this file.
    File(PathBuf),
    /// In the configuration.
    Inline(Known),
}

impl KnownArgs {
    /// Where the known failures of each target are listed, as flags say or, without them, the configuration does.
    pub(super) fn lists(&self, targets: &[Chosen]) -> Result<Vec<KnownList>, Failure> {
        let lists: Vec<KnownList> = match (&self.known, targets) {
            (None, _) if self.no_known => vec![KnownList::None; targets.len()],
            (Some(file), [_]) => vec![KnownList::File(file.clone())],
            (Some(_), _) => {
                return Err(Failure::usage(
                    "--known is for one target; of several each has its own `known` in framecheck.toml",
                ));
            }
            (None, _) => targets.iter().map(|one| one.known.clone()).collect(),
        };
        let is_file = |list: &&KnownList| matches!(list, KnownList::File(_));
        match self.update_known && !lists.iter().any(|list| is_file(&list)) {
            true => Err(Failure::usage(
                "--update-known needs a file to update: --known FILE, or known = 'FILE' in framecheck.toml",
            )),
            false => Ok(lists),
        }
    }

    /// The list, of the whole plan; an empty one where there is none.
    pub(super) fn listed<'a>(
        &self,
        list: &KnownList,
        planned: impl Iterator<Item = &'a Case>,
    ) -> Result<Listed, Failure> {
        let (known, hint) = match list {
            KnownList::None => return Ok(Listed::default()),
            KnownList::Inline(known) => (known.clone(), ""),
            KnownList::File(file) => (read(file, self.update_known)?, PLANNED),
        };
        if let (KnownList::File(file), true) = (list, self.update_known) {
            files::check_writable(file).map_err(|error| unusable(file, &error))?;
        }
        let listed = known.listed(planned);
        listed.map_err(|bad| match list {
            KnownList::Inline(_) => Failure::usage(lines(&bad)),
            KnownList::None | KnownList::File(_) => refused(&bad, hint),
        })
    }

    /// The list after the run; `None` where it stays as it was.
    pub(super) fn updated(
        &self,
        list: &KnownList,
        listed: &Listed,
        run: &Run,
    ) -> Result<Option<Listed>, Failure> {
        match (list, self.update_known, &run.trouble) {
            (KnownList::File(_), true, None) => listed
                .updated(&run.outcomes)
                .map(Some)
                .map_err(|bad| refused(&bad, "")),
            _ => Ok(None),
        }
    }

    /// Writes the list after the run, where there is to be one, and says what became of the file.
    pub(super) fn write(
        &self,
        list: &KnownList,
        before: &Listed,
        after: Option<&Listed>,
        run: &Run,
    ) -> Result<(), Failure> {
        let (KnownList::File(file), true) = (list, self.update_known) else {
            return Ok(());
        };
        let shown = file.display();
        let Some(after) = after else {
            eprintln!("framecheck: {shown} is not updated: the run ended early");
            return Ok(());
        };
        if file.exists() && after.text() == before.text() {
            eprintln!("framecheck: {shown} is up to date");
            return Ok(());
        }
        files::write_whole(file, after.text()).map_err(|error| unusable(file, &error))?;
        let unknown = |outcome: &&_| after.knows(outcome) && !before.knows(outcome);
        let new = run.outcomes.iter().filter(unknown).count();
        eprintln!(
            "framecheck: {shown} is written: entries {}, new {new}{}",
            after.entries(),
            if new > 0 {
                "; their reasons are yours to write"
            } else {
                ""
            }
        );
        Ok(())
    }
}

/// What a plan depends on.
const PLANNED: &str = "\nwhat is planned depends on --framing, --tier, --seed and --vectors: each needs a list of its own";

fn read(file: &Path, may_begin: bool) -> Result<Known, Failure> {
    let shown = file.display().to_string();
    match std::fs::read(file) {
        Ok(bytes) => Known::parse(&shown, &bytes).map_err(|bad| refused(&[bad], "")),
        Err(error) if error.kind() == ErrorKind::NotFound && may_begin => Ok(Known::new(&shown)),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(Failure::usage(format!(
            "--known: {shown}: {error}; --update-known begins a list"
        ))),
        Err(error) => Err(unusable(file, &error)),
    }
}

fn unusable(file: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!("--known: {}: {error}", file.display()))
}

fn refused(bad: &[BadFile], hint: &str) -> Failure {
    Failure::usage(format!("--known: {}{hint}", lines(bad)))
}

fn lines(bad: &[BadFile]) -> String {
    let lines: Vec<_> = bad.iter().map(BadFile::to_string).collect();
    lines.join("\n")
}

/// Ids that are named where more pass; the JSON report has all.
const NAMED: usize = 20;

/// Why lists are wrong: cases that they have pass.
pub(super) fn passing<'a>(
    lists: impl Iterator<Item = (&'a Listed, &'a [Outcome])>,
) -> Option<Failure> {
    let ids = lists.flat_map(|(listed, outcomes)| {
        let passing = listed.passing(outcomes).into_iter();
        passing.flat_map(
            |Passing {
                 file, line, ids, ..
             }| {
                let ids = ids.into_iter();
                ids.map(move |id| format!("\n  {file}:{line}: {id}"))
            },
        )
    });
    let ids: Vec<_> = ids.collect();
    let named = ids[..ids.len().min(NAMED)].concat();
    let more = match ids.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("\n  and {more} more, which the JSON report has"),
    };
    (!ids.is_empty()).then(|| Failure {
        status: Status::KnownPasses,
        why: format!(
            "listed as known to fail, but passing:{named}{more}\n--update-known takes off the list what passes"
        ),
    })
}
