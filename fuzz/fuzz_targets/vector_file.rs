//! Any text is a file of vectors, each of which prints to a text that is the same vector, or is refused at a place inside it.
#![no_main]

use framecheck::suite::{Vector, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match parse("file.toml", "stem", text) {
        Ok(vectors) => vectors
            .iter()
            .filter(|vector| is_small(vector))
            .for_each(prints_back),
        Err(bad) => {
            let line = text.split('\n').nth(bad.line - 1);
            let columns = line.map_or(0, |line| line.chars().count());
            assert!(bad.column <= columns + 1, "{bad}");
        }
    }
});

/// `repeat` makes megabytes of a few letters, on which one run would take the time of many.
fn is_small(vector: &Vector) -> bool {
    vector.bytes.len() < 100_000
}

fn prints_back(vector: &Vector) {
    let printed = vector.to_toml();
    let again = parse("printed.toml", "stem", &printed)
        .unwrap_or_else(|bad| panic!("printed, but refused: {bad}\n{printed}"));
    assert_eq!(again, std::slice::from_ref(vector), "{printed}");
}
