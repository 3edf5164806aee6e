//! Checks in process: correct decoders pass, each deliberate defect is found, and what a failure prints can be pasted.

use std::fmt::Display;
use std::time::Instant;

use framecheck::conformance::{Check, Codec, Failure, Out, Subject, reference};
use framecheck::framing::{Framing, presets};

fn framing(text: &str) -> Framing {
    text.parse().unwrap_or_else(|bad| panic!("{bad}"))
}

#[test]
fn the_reference_passes_under_every_preset_and_pattern() {
    let plain = [
        "eof",
        "half-close",
        "fixed:16",
        r"delimited:\n",
        "prefixed:u8,max=5",
        "blocks:u8",
        "blocks:u8,unit=series",
        "fixed:3,tail=pad:\\0",
        "delimited:\\n,max=1,oversize=discard",
    ];
    let named = presets().iter().map(|preset| preset.name);
    for text in plain.into_iter().chain(named) {
        let framing = framing(text);
        let begin = Instant::now();
        let tally = Check::new(&framing).run(|| reference(&framing));
        println!("{text}: {tally:?} {:?}", begin.elapsed());
        assert!(tally.execs > 1000, "{text}: {tally:?}");
    }
}
