//! The vectors that come with framecheck: every file `vectors/PATTERN/STEM.toml`, embedded when the library is built.
//!
//! Invariant: each file parses and no two have the same stem, so that an id names one vector; tests hold it.

use std::borrow::Cow;
use std::path::Path;
use std::sync::LazyLock;

use super::{Vector, parse};

/// Path under `vectors/` and text of each file, in the order of the paths; `build.rs` lists them.
static FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/vectors.rs"));

/// The vectors that come with framecheck, by path of their files and in the order in which these hold them.
///
/// # Panics
/// Never: a test parses every file.
#[must_use]
pub fn embedded() -> &'static [Vector] {
    static VECTORS: LazyLock<Vec<Vector>> = LazyLock::new(|| {
        let vectors = FILES.iter().flat_map(|(path, text)| read(path, text));
        vectors.collect()
    });
    &VECTORS
}

fn read(path: &str, text: &str) -> Vec<Vector> {
    let shown = format!("vectors/{path}");
    parse(&shown, &stem(path), text).unwrap_or_else(|bad| panic!("{bad}"))
}

fn stem(path: &str) -> Cow<'_, str> {
    let stem = Path::new(path).file_stem();
    stem.unwrap_or_default().to_string_lossy()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn every_file_on_disk_is_embedded() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/vectors"));
        let mut on_disk = BTreeSet::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(next) = folders.pop() {
            for entry in std::fs::read_dir(next).expect("the folder of vectors") {
                let path = entry.expect("its entries").path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => on_disk.extend(path.strip_prefix(folder).map(Path::to_owned)),
                }
            }
        }
        on_disk.retain(|path| path.extension().is_some_and(|end| end == "toml"));
        let embedded: BTreeSet<_> = FILES.iter().map(|(path, _)| PathBuf::from(path)).collect();
        assert_eq!(embedded, on_disk);
        assert!(!embedded.is_empty());
    }

    #[test]
    fn every_file_parses_and_has_a_stem_of_its_own() {
        assert!(!embedded().is_empty());
        let stems: Vec<_> = FILES.iter().map(|(path, _)| stem(path)).collect();
        let different: BTreeSet<_> = stems.iter().collect();
        assert_eq!(different.len(), stems.len(), "{stems:?}");
    }
}
