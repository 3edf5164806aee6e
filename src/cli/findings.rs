//! The flags for findings: failures of a run to small vectors in a folder, with the commands that repeat them.
//!
//! A finding that cannot be kept is handed on whole: it is never lost, and the exit status of the run is never another for it.

use std::path::PathBuf;
use std::time::Duration;

use crate::framing::Framing;
use crate::report::{self, Found, Saved};
use crate::run::files::{self, Kept};
use crate::run::{self, Lot, Options, Run, Shrunk, Target, Trouble};
use crate::suite::gate;
use crate::suite::{Case, Finding, Listed, Outcome};

/// What becomes of failures.
#[derive(clap::Args)]
pub(super) struct FindingArgs {
    /// How long the failures of a target may be made smaller, all together; 0s: not at all, and no findings are saved [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = budget)]
    shrink: Option<Duration>,
    /// Where findings are saved, each as a vector for `framecheck replay` [default: findings]
    #[arg(long, value_name = "DIR")]
    findings: Option<PathBuf>,
}

/// How failures become findings.
pub(super) struct Findings {
    shrink: Duration,
    folder: PathBuf,
}

/// What most failures need to become as small as they can be.
const SHRINK: Duration = Duration::from_secs(10);

pub(super) fn budget(text: &str) -> Result<Duration, String> {
    let time = gate::duration(text);
    time.ok_or_else(|| "a time is a number with its unit: 500ms, 10s; 0s for none".to_owned())
}

/// The targets of a run, each with the framing that it is tried with.
pub(super) fn targets(lots: &[Lot]) -> Vec<(Framing, Target)> {
    let framing = |lot: &Lot| Some(lot.cases.first()?.stream.framing.expanded());
    let each = lots.iter();
    each.filter_map(|lot| Some((framing(lot)?, lot.target.clone())))
        .collect()
}

impl FindingArgs {
    /// The flags, with what the configuration says where they are silent.
    pub(super) fn settled(&self, shrink: Option<Duration>, folder: Option<String>) -> Findings {
        let own = self.findings.clone();
        let folder = own.or(folder.map(PathBuf::from));
        Findings {
            shrink: self.shrink.or(shrink).unwrap_or(SHRINK),
            folder: folder.unwrap_or_else(|| "findings".into()),
        }
    }
}

impl Findings {
    pub(super) fn new(shrink: Duration, folder: PathBuf) -> Self {
        Self { shrink, folder }
    }

    /// Shrinks what failed and was not known to, and saves it. `words` name the target as the command line did.
    pub(super) fn find(
        &self,
        run: &mut Run,
        known: &Listed,
        targets: &[(Framing, Target)],
        options: &Options,
        words: &[String],
    ) -> Vec<Found> {
        let budget = options.course.left_of(self.shrink);
        let goes_on = matches!(run.trouble, None | Some(Trouble::Failed));
        if budget.is_zero() || !goes_on {
            return Vec::new();
        }
        let target = |case: &Case| {
            let framing = case.stream.framing.expanded();
            let found = targets.iter().find(|(other, _)| *other == framing);
            found.map(|(_, target)| target)
        };
        let failed = run.outcomes.iter().filter(|outcome| outcome.failed());
        let new = failed.filter(|outcome| !known.knows(outcome));
        let Shrunk { findings, trouble } = run::shrink(new, target, options, budget);
        // A target that is gone by now has been judged; only a user who wants an end changes how the run ended.
        if let Some(trouble @ Trouble::Interrupted) = trouble {
            run.trouble = Some(trouble);
        }
        let found = findings.into_iter();
        found.map(|finding| self.keep(finding, words)).collect()
    }

    pub(super) fn keep(&self, finding: Finding, words: &[String]) -> Found {
        let saved = match files::keep(&self.folder, &finding) {
            Ok(Kept::New(file)) => Saved::New(file.display().to_string()),
            Ok(Kept::Known(file)) => Saved::Known(file.display().to_string()),
            Err((file, error)) => Saved::Not(format!("{}: {error}", file.display())),
        };
        let replay = |file: &str, more: &[String]| {
            let first = ["framecheck", "replay", file].map(str::to_owned);
            [&first[..], more].concat()
        };
        let (replay, script) = match &saved {
            Saved::New(file) | Saved::Known(file) => {
                let Outcome { case, observer, .. } = &finding.least;
                let script = match report::python(case, *observer, &finding.vector().seen) {
                    Ok(_) => replay(file, &["--script", "python"].map(str::to_owned)),
                    // What no script can show has none.
                    Err(_) => Vec::new(),
                };
                (replay(file, words), script)
            }
            Saved::Not(_) => (Vec::new(), Vec::new()),
        };
        Found {
            finding,
            saved,
            replay,
            script,
        }
    }
}
