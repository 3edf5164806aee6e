//! Writes the embedded vectors as first inputs of each target, into `corpus/TARGET` beside this package.
//!
//! A seed has the name of its vector, so that running this again replaces it and leaves what the fuzzer has found. Long
//! streams are left out: a mutation of one tells no more, and takes longer.

use std::path::{Path, PathBuf};
use std::{fs, io};

use framecheck::framing::presets;
use framecheck::suite::{Expected, Item, Vector, embedded};
use framecheck_fuzz::{Case, Messages};

/// The longest seed in bytes.
const LONGEST: usize = 1024;

fn main() -> io::Result<()> {
    for vector in embedded() {
        seed("split", vector, &stream(vector, &vector.bytes))?;
        seed(
            "encode",
            vector,
            &Messages::new(vector.framing.clone(), &payloads(vector)).0,
        )?;
        seed("report_lines", vector, &stream(vector, &report(vector)))?;
        write(
            "framing_text",
            &vector.id,
            vector.framing.to_string().as_bytes(),
        )?;
        write("vector_file", &vector.id, vector.to_toml().as_bytes())?;
    }
    for preset in presets() {
        write("framing_text", preset.name, preset.name.as_bytes())?;
        write(
            "framing_text",
            &format!("{}-text", preset.name),
            preset.text.as_bytes(),
        )?;
    }
    Ok(())
}

/// The stream of a vector under its first segmentation, or byte by byte.
fn stream(vector: &Vector, bytes: &[u8]) -> Case {
    let own = vector.cuts.first().filter(|_| bytes == vector.bytes);
    Case {
        framing: vector.framing.clone(),
        cuts: own.cloned().unwrap_or_else(|| (1..bytes.len()).collect()),
        bytes: bytes.to_vec(),
    }
}

fn payloads(vector: &Vector) -> Vec<Vec<u8>> {
    let payloads = vector.frames.iter().filter_map(|frame| match frame {
        Expected::Payload(payload) => Some(payload.clone()),
        Expected::Done => None,
    });
    payloads.collect()
}

/// What a target that is right reports.
fn report(vector: &Vector) -> Vec<u8> {
    let lines = vector.frames.iter().map(|frame| match frame {
        Expected::Payload(payload) => format!("{}\n", Item::of(payload)),
        Expected::Done => format!("{}\n", Item::Done),
    });
    let end = format!("end {}\n", vector.ending.word());
    lines.chain([end]).collect::<String>().into_bytes()
}

fn seed(target: &str, vector: &Vector, case: &Case) -> io::Result<()> {
    let written = case.write();
    assert_eq!(Case::read(&written).as_ref(), Some(case), "{}", vector.id);
    write(target, &vector.id, &written)
}

fn write(target: &str, name: &str, bytes: &[u8]) -> io::Result<()> {
    if bytes.len() > LONGEST {
        return Ok(());
    }
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(name.replace('/', "-")), bytes)
}
