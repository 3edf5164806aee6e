//! `framecheck replay`: the vectors of a file again, or as a script that needs no framecheck.

use std::fs;
use std::path::PathBuf;

use super::run::{Bar, judged, paint, trouble};
use super::target::{Chosen, TargetArgs, flag};
use super::{Ended, Failure, Status, print};
use crate::report;
use crate::run::{Lot, Trouble, interrupt};
use crate::suite::{Case, Listed, Observer, Vector, parse};

/// Runs the vectors of a file again, each with just its own cuts, close and manner, and draws what came.
#[derive(clap::Args)]
pub(super) struct Args {
    /// A file of vectors, such as a finding
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    target: TargetArgs,
    /// Run nothing, and print a program that shows the defect without framecheck: python
    #[arg(long, value_name = "LANGUAGE", value_parser = ["python"])]
    script: Option<String>,
}

pub(super) fn replay(args: &Args) -> Ended {
    let vectors = read(&args.file)?;
    match &args.script {
        Some(_) => script(args, &vectors),
        None => again(args, &vectors),
    }
}

fn read(file: &PathBuf) -> Result<Vec<Vector>, Failure> {
    let shown = file.display().to_string();
    let text =
        fs::read_to_string(file).map_err(|error| Failure::usage(format!("{shown}: {error}")))?;
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    parse(&shown, &stem, &text).map_err(|bad| Failure::usage(bad.to_string()))
}

/// By what a vector is seen: as the user says, as the file says, or as is usual for the target.
fn observer(args: &Args, chosen: &Chosen, vector: &Vector) -> Observer {
    let own = args.target.observe.or(vector.seen.observe);
    own.unwrap_or_else(|| chosen.observer())
}

fn again(args: &Args, vectors: &[Vector]) -> Ended {
    let chosen = args.target.one()?;
    let first = vectors
        .first()
        .map(|vector| observer(args, &chosen, vector));
    let Some(first) = first else {
        return Ok(Status::Nothing);
    };
    let options = chosen.options(first, 1)?;
    let lots = vectors.iter().map(|vector| {
        let observer = observer(args, &chosen, vector);
        if (observer == Observer::Stdout) != (first == Observer::Stdout) {
            return Err(Failure::usage(
                "the file has vectors for the observer stdout and for others: choose one with --observe",
            ));
        }
        Ok(Lot {
            target: chosen.target(&vector.framing, observer)?,
            observer,
            cases: Case::of_vector(vector),
        })
    });
    let lots: Vec<_> = lots.collect::<Result<_, _>>()?;
    interrupt::install().map_err(|error| Failure::usage(format!("signals: {error}")))?;
    let bar = Bar::new(lots.iter().map(|lot| lot.cases.len()).sum());
    let run = crate::run::run(lots, &options, &bar);
    let notes = bar.finish();
    let (words, told) = (command(args, &chosen), run.trouble.as_ref().map(trouble));
    print(&report::replayed(
        &run.outcomes,
        &notes,
        &words,
        told.as_deref(),
        paint(),
    ))?;
    match (&run.trouble, judged(&run.outcomes, &Listed::default())) {
        (Some(Trouble::Interrupted), _) => Ok(Status::Interrupted),
        (Some(why), _) => Err(Failure {
            status: Status::Target,
            why: trouble(why),
        }),
        (None, Some(status)) => Ok(status),
        // What shows nothing where it is right, such as the echo of a broken stream, is right: it was a finding, and is none now.
        (None, None) if run.outcomes.iter().all(report::nothing_wrong) => Ok(Status::Conformant),
        (None, None) => Ok(Status::Nothing),
    }
}

fn command(args: &Args, chosen: &Chosen) -> Vec<String> {
    let file = args.file.display().to_string();
    let first = ["framecheck", "replay", &file].map(str::to_owned);
    let observe = flag("--observe", args.target.observe.map(|one| one.to_string()));
    let look = args.target.look_words();
    [
        &first[..],
        &chosen.words,
        &observe.collect::<Vec<_>>(),
        &look,
    ]
    .concat()
}

fn script(args: &Args, vectors: &[Vector]) -> Ended {
    let cases: Vec<Case> = vectors.iter().flat_map(Case::of_vector).collect();
    let [case] = &cases[..] else {
        return Err(Failure::usage(format!(
            "--script shows one case, and {} has {}",
            args.file.display(),
            cases.len()
        )));
    };
    let seen = &vectors[0].seen;
    let observer = args.target.observe.or(seen.observe);
    let text = report::python(case, observer.unwrap_or(Observer::Echo), seen);
    print(&text.map_err(|why| Failure::usage(format!("--script: {why}")))?)?;
    Ok(Status::Conformant)
}
