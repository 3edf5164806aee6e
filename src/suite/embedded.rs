//! The vectors that come with framecheck: every file `vectors/PATTERN/STEM.toml`, embedded when the library is built.
//!
//! Invariant: each file parses and no two have the same stem, so that an id names one vector; tests hold it.

use std::sync::LazyLock;

use include_dir::{Dir, File, include_dir};

use super::{Vector, parse};

static FILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/vectors");

/// The vectors that come with framecheck, by path of their files and in the order in which these hold them.
///
/// # Panics
/// Never: a test parses every file.
#[must_use]
pub fn embedded() -> &'static [Vector] {
    static VECTORS: LazyLock<Vec<Vector>> = LazyLock::new(|| {
        let vectors = files(&FILES).into_iter().flat_map(read);
        vectors.collect()
    });
    &VECTORS
}

/// The TOML files of a folder and of the folders in it, in the order of their paths.
fn files(folder: &'static Dir<'static>) -> Vec<&'static File<'static>> {
    let mut files: Vec<_> = folder
        .files()
        .filter(|file| file.path().extension().is_some_and(|end| end == "toml"))
        .chain(folder.dirs().flat_map(files))
        .collect();
    files.sort_by_key(|file| file.path());
    files
}

fn read(file: &File) -> Vec<Vector> {
    let path = format!("vectors/{}", file.path().display());
    let stem = file.path().file_stem().unwrap_or_default();
    let text = file.contents_utf8().expect("a test reads every file");
    parse(&path, &stem.to_string_lossy(), text).unwrap_or_else(|bad| panic!("{bad}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

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
        let embedded: BTreeSet<_> = files(&FILES)
            .iter()
            .map(|file| file.path().to_owned())
            .collect();
        assert_eq!(embedded, on_disk);
        assert!(!embedded.is_empty());
    }

    #[test]
    fn every_file_parses_and_has_a_stem_of_its_own() {
        assert!(!embedded().is_empty());
        let stems: Vec<_> = files(&FILES)
            .iter()
            .filter_map(|file| file.path().file_stem())
            .collect();
        let different: BTreeSet<_> = stems.iter().collect();
        assert_eq!(different.len(), stems.len(), "{stems:?}");
    }
}
