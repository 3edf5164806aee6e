//! Any text is a framing, which prints to a text that is the same framing, or is refused at a place inside it.
#![no_main]

use framecheck::framing::{BadFraming, Framing};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match text.parse::<Framing>() {
        Ok(framing) => {
            prints_back(&framing);
            prints_back(&framing.expanded());
        }
        Err(bad) => points_into(&bad, text),
    }
});

fn prints_back(framing: &Framing) {
    let printed = framing.to_string();
    let again: Framing = printed
        .parse()
        .unwrap_or_else(|bad| panic!("printed, but refused: {bad}"));
    assert_eq!(again, *framing, "{printed}");
    assert_eq!(again.to_string(), printed);
}

fn points_into(bad: &BadFraming, text: &str) {
    assert!(
        bad.at.start <= bad.at.end && bad.at.end <= text.len(),
        "{bad:?}"
    );
    let shown = bad.to_string();
    assert_eq!(shown.lines().count(), 3, "{shown:?}");
    assert!(shown.ends_with('^'), "{shown:?}");
}
