//! `--known` and `--update-known` of `framecheck run`: the list of known failures out of its file, and into it again.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{Failure, Status};
use crate::run::{Run, files};
use crate::suite::{BadFile, Case, Known, Listed, Passing};

/// What is known to fail.
#[derive(clap::Args)]
pub(super) struct KnownArgs {
    /// What is known to fail, and fails no run: a TOML file of case globs with reasons; what passes must not be listed (exit status 5)
    #[arg(long, value_name = "FILE")]
    known: Option<PathBuf>,
    /// Bring the file of --known up to date after the run, or begin it: all failures are known then, and the exit status is 0
    #[arg(long, requires = "known")]
    update_known: bool,
}

impl KnownArgs {
    /// The list that is asked for, of the whole plan; an empty one where none is.
    pub(super) fn listed<'a>(
        &self,
        planned: impl Iterator<Item = &'a Case>,
    ) -> Result<Listed, Failure> {
        let Some(file) = &self.known else {
            return Ok(Listed::default());
        };
        let known = read(file, self.update_known)?;
        if self.update_known {
            files::check_writable(file).map_err(|error| unusable(file, &error))?;
        }
        let listed = known.listed(planned.map(|case| &*case.id));
        listed.map_err(|bad| {
            refused(&bad, "\nwhat is planned depends on --framing, --tier, --seed and --vectors: each needs a list of its own")
        })
    }

    /// The list after the run; `None` where it stays as it was.
    pub(super) fn updated(&self, listed: &Listed, run: &Run) -> Result<Option<Listed>, Failure> {
        match (self.update_known, &run.trouble) {
            (true, None) => listed
                .updated(&run.outcomes)
                .map(Some)
                .map_err(|bad| refused(&bad, "")),
            _ => Ok(None),
        }
    }

    /// Writes the list after the run, where there is to be one, and says what became of the file.
    pub(super) fn write(
        &self,
        before: &Listed,
        after: Option<&Listed>,
        run: &Run,
    ) -> Result<(), Failure> {
        let (Some(file), true) = (&self.known, self.update_known) else {
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
    let lines: Vec<_> = bad.iter().map(BadFile::to_string).collect();
    Failure::usage(format!("--known: {}{hint}", lines.join("\n")))
}

/// Ids that are named where more pass; the JSON report has all.
const NAMED: usize = 20;

/// Why the list is wrong where listed cases pass.
pub(super) fn passing(listed: &Listed, run: &Run) -> Option<Failure> {
    let passing = listed.passing(&run.outcomes);
    let ids = passing.iter().flat_map(|entry| {
        let Passing { file, line, .. } = entry;
        let ids = entry.ids.iter();
        ids.map(move |id| format!("\n  {file}:{line}: {id}"))
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
