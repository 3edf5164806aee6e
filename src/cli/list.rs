//! `framecheck list` and `show`: what there is to run.

use std::path::PathBuf;

use clap::ValueEnum;

use super::run::{paint, vectors};
use super::{Ended, Failure, Status, framing, print};
use crate::framing::{Framing, presets};
use crate::report::draw_case;
use crate::suite::{Case, Fault, PayloadKind, Plan, Tier, Vector, VectorJson, faults};

/// Lists what there is.
#[derive(clap::Args)]
pub(super) struct Args {
    /// What to list
    #[arg(value_enum, default_value_t = What::Framings)]
    what: What,
    /// Only what is tried with this framing
    #[arg(long, value_name = "TEXT")]
    framing: Option<String>,
    /// Vectors as JSON with hexadecimal bytes, for tests in another language
    #[arg(long)]
    json: bool,
    /// Vectors from this folder, in place of the built-in ones
    #[arg(long, value_name = "DIR")]
    vectors: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    /// The cases of the quick tier, by their ids
    Cases,
    /// The patterns and the presets, with what they stand for and their source
    Framings,
    /// The recorded streams
    Vectors,
    /// The deliberate defects that `serve --fault` can have
    Faults,
}

/// Draws a case, or all cases with a text in their id.
#[derive(clap::Args)]
pub(super) struct ShowArgs {
    /// A case's id, or part of one
    case: String,
    /// Look among the cases for this framing
    #[arg(long, value_name = "TEXT")]
    framing: Option<String>,
    /// Vectors from this folder, in place of the built-in ones
    #[arg(long, value_name = "DIR")]
    vectors: Option<PathBuf>,
}

pub(super) fn list(args: &Args) -> Ended {
    if args.json && !matches!(args.what, What::Vectors) {
        return Err(Failure::usage("--json goes with `list vectors`"));
    }
    if matches!(args.what, What::Framings | What::Faults)
        && (args.framing.is_some() || args.vectors.is_some())
    {
        return Err(Failure::usage(
            "--framing and --vectors go with `list cases` and `list vectors`",
        ));
    }
    let only = args.framing.as_deref().map(framing).transpose()?;
    let text = match args.what {
        What::Framings => framings(),
        What::Faults => list_faults(),
        What::Cases => {
            let cases = planned(
                only.as_ref(),
                &vectors(args.vectors.as_deref())?,
                Tier::Quick,
            );
            cases
                .into_iter()
                .map(|case| format!("{:<70} {}\n", case.id, case.stream.framing))
                .collect()
        }
        What::Vectors => list_vectors(only.as_ref(), &vectors(args.vectors.as_deref())?, args.json),
    };
    print(&text)?;
    Ok(Status::Conformant)
}

fn list_faults() -> String {
    let row = |fault: &Fault| {
        let classes: Vec<_> = fault.classes.iter().map(u8::to_string).collect();
        let framings = fault.framings.join("  ");
        format!(
            "{:<32} class {:<8} {}\n{:32} seen in {}; shows under {framings}\n",
            fault.name,
            classes.join(" "),
            fault.what,
            "",
            fault.seen
        )
    };
    faults().iter().map(row).collect()
}

fn list_vectors(only: Option<&Framing>, vectors: &[Vector], json: bool) -> String {
    let wanted = vectors
        .iter()
        .filter(|vector| only.is_none_or(|only| only.pattern == vector.framing.pattern));
    match json {
        // Vectors always have a JSON form: texts, numbers and lists of them.
        true => {
            serde_json::to_string_pretty(&wanted.map(VectorJson::from).collect::<Vec<_>>())
                .unwrap_or_default()
                + "\n"
        }
        false => wanted
            .map(|vector| format!("{:<60} {}\n", vector.id, vector.why))
            .collect(),
    }
}

const PATTERNS: &str = r"patterns:
  eof                     the whole stream is one message; no reply is owed
  half-close              the same; the answer follows the end
  fixed:16                messages of 16 bytes
  delimited:\r\n          messages ended by a byte string; alternatives as \r\n|\n
  prefixed:u32be          each message after its length: u8 u16be u16le u24be u24le u32be u32le u64be u64le varint decimal hex field
  blocks:u32be            series of blocks, each after its length, ended by a zero length
keys of all: max=1MiB oversize=close|discard empty=accept|reject|skip charset=any|utf-8; docs/framings.md has the others

presets:
";

fn framings() -> String {
    let preset = |preset: &crate::framing::Preset| {
        format!(
            "  {:<16} {}\n                   {}\n                   {}\n",
            preset.name, preset.text, preset.note, preset.source
        )
    };
    PATTERNS.to_owned() + &presets().iter().map(preset).collect::<String>()
}

fn planned(only: Option<&Framing>, vectors: &[Vector], tier: Tier) -> Vec<Case> {
    let plan = Plan {
        vectors,
        payloads: &PayloadKind::Any,
        tier,
        seed: 1,
    };
    match only {
        Some(framing) => plan.of_framing(framing),
        None => plan
            .of_everything()
            .into_iter()
            .flat_map(|(_, cases)| cases)
            .collect(),
    }
}

/// Cases that are drawn at most, where many have the text in their id.
const DRAWN: usize = 20;

pub(super) fn show(args: &ShowArgs) -> Ended {
    let only = args.framing.as_deref().map(framing).transpose()?;
    let vectors = vectors(args.vectors.as_deref())?;
    // A tier with more cuts leaves out random ones that it has anyway: an id of the quick tier is looked for there.
    let mut cases = planned(only.as_ref(), &vectors, Tier::Quick);
    if !cases.iter().any(|case| case.id == args.case) {
        cases = planned(only.as_ref(), &vectors, Tier::Full);
    }
    let found: Vec<_> = match cases.iter().find(|case| case.id == args.case) {
        Some(exact) => vec![exact],
        None => cases
            .iter()
            .filter(|case| case.id.contains(&args.case))
            .collect(),
    };
    if found.is_empty() {
        return Err(Failure {
            status: Status::Nothing,
            why: format!(
                "no case has {:?} in its id; `framecheck list cases` prints them",
                args.case
            ),
        });
    }
    let drawn: Vec<_> = found
        .iter()
        .take(DRAWN)
        .map(|case| draw_case(case, paint()))
        .collect();
    print(&drawn.join("\n"))?;
    if found.len() > DRAWN {
        print(&format!("\n... and {} more\n", found.len() - DRAWN))?;
    }
    Ok(Status::Conformant)
}
