//! A fuzz target for a codec of your own, to be copied: name its framing, and make it where `decoder` does.
#![no_main]

use std::io::{self, BufRead, BufReader};

use framecheck::conformance::{InputOf, NamesFraming, Subject, reader};
use libfuzzer_sys::fuzz_target;

/// The framing of the codec.
struct Mine;

impl NamesFraming for Mine {
    const TEXT: &'static str = r"delimited:\n,tail=frame,max=none";
}

fuzz_target!(|input: InputOf<Mine>| input.check(decoder));

/// A fresh decoder for one stream; here the lines of the standard library.
fn decoder() -> impl Subject {
    reader(|wire, out| {
        for line in BufReader::new(wire).split(b'\n') {
            out.payload(&line?);
        }
        Ok::<_, io::Error>(())
    })
}
