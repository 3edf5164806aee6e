//! Checks in process: correct decoders pass under every preset, each deliberate defect is found and made small, and what is known is
//! allowed as long as it is there.

mod defects;

use std::io::{BufRead, BufReader, Read};
use std::time::Instant;

use framecheck::conformance::{Check, Failure, Out, check_pieces, reader, reference};
use framecheck::framing::{Framing, presets};
use framecheck::suite::{Kind, PayloadKind, Tier};

use defects::{DEFECTS, Defect};

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
        assert!(tally.execs > 10_000, "{text}: {tally:?}");
    }
}

#[test]
fn the_same_without_a_defect_passes() {
    for framing_text in DEFECTS.iter().map(|row| row.framing) {
        let framing = framing(framing_text);
        Check::new(&framing).run(|| defects::decoder(&framing, Defect::None));
    }
}

#[test]
fn every_defect_is_found_named_and_made_small() {
    let mut wrong = Vec::new();
    for row in DEFECTS {
        let framing = framing(row.framing);
        let make = || defects::decoder(&framing, row.defect);
        let Err(failure) = Check::new(&framing).find(make) else {
            panic!("{:?} under {} is not seen", row.defect, row.framing);
        };
        println!("{failure}");
        let kind = failure.kind().expect("a case");
        wrong.extend((!row.kinds.contains(&kind)).then(|| format!("{:?} as {kind}", row.defect)));
        let pieces = failure.pieces();
        let small = pieces.concat().len() <= row.most && pieces.len() <= 3;
        wrong.extend((!small).then(|| format!("{:?} is not small", row.defect)));
        shows_again(&framing, &failure, row.defect);
    }
    assert_eq!(wrong, [""; 0]);
}

/// What the printed test does: the same pieces fail in the same way.
fn shows_again(framing: &Framing, failure: &Failure, defect: Defect) {
    let pieces = failure.pieces();
    let again = panic_of(|| check_pieces(framing, &pieces, || defects::decoder(framing, defect)));
    let first = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    assert_eq!(first(&again), first(&failure.to_string()), "{again}");
}

fn panic_of(run: impl FnOnce()) -> String {
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
    let payload = panicked.expect_err("it must panic");
    *payload.downcast::<String>().expect("a text")
}

#[test]
fn a_reader_that_takes_a_short_read_for_a_full_one_is_found() {
    let framing = framing("prefixed:u8");
    let careless = || {
        reader(|wire, out| {
            let mut head = [0];
            while wire.read(&mut head)? > 0 {
                let mut body = vec![0; head[0].into()];
                let got = wire.read(&mut body)?;
                out.payload(&body[..got]);
            }
            Ok::<_, std::io::Error>(())
        })
    };
    let failure = Check::new(&framing).find(careless).expect_err("a defect");
    assert!(
        matches!(
            failure.kind(),
            Some(Kind::Split | Kind::Corrupt | Kind::AcceptedTruncated)
        ),
        "{failure}"
    );
    let careful = || {
        reader(|wire, out| {
            let mut head = [0];
            while wire.read(&mut head)? > 0 {
                let mut body = vec![0; head[0].into()];
                wire.read_exact(&mut body)?;
                out.payload(&body);
            }
            Ok::<_, std::io::Error>(())
        })
    };
    assert!(Check::new(&framing).run(careful).execs > 1000);
}

#[test]
fn a_reader_that_asks_for_more_for_ever_hangs() {
    let framing = framing("eof");
    let endless = || {
        reader(|wire, _: &mut Out| {
            loop {
                let _: std::io::Result<usize> = wire.read(&mut [0; 8]);
                if false {
                    return Ok::<_, std::io::Error>(());
                }
            }
        })
    };
    let failure = Check::new(&framing).find(endless).expect_err("it hangs");
    assert_eq!(failure.kind(), Some(Kind::Hang), "{failure}");
}

#[test]
fn what_is_known_is_allowed_and_what_is_known_in_vain_is_an_error() {
    let framing = framing("prefixed:u16be,max=300");
    let lax = || defects::decoder(&framing, Defect::TruncatedAccepted);
    let tally = Check::new(&framing)
        .known(
            "accepted-truncated",
            "the end of a connection is good enough here",
        )
        // One byte of a length can say that the payload is too long, whatever follows.
        .known("accepted-oversize", "the same")
        .run(lax);
    assert!(tally.known > 100, "{tally:?}");
    let right = || reference(&framing);
    let vain = Check::new(&framing)
        .known("u16be/*", "a reason")
        .find(right);
    let failure = vain.expect_err("nothing was known");
    assert_eq!(failure.kind(), None);
    assert!(failure.to_string().contains("never met"), "{failure}");
    assert!(failure.to_string().contains("a reason"), "{failure}");
}

#[test]
fn a_known_vector_does_not_hide_others() {
    let framing = framing("prefixed:u16be,max=300");
    let failure = Check::new(&framing)
        .known("rule/*", "known")
        .known("prefixed/rule/*", "known")
        .known("u16be/*", "known")
        .find(|| defects::decoder(&framing, Defect::TruncatedAccepted))
        .expect_err("short streams show it as well");
    assert_eq!(failure.kind(), Some(Kind::AcceptedTruncated), "{failure}");
}

#[test]
fn streams_with_payloads_that_it_cannot_take_are_left_out() {
    let framing = framing(r"delimited:\n,tail=frame,max=none");
    let text_only = || {
        reader(|wire, out| {
            for line in BufReader::new(wire).split(b'\n') {
                let line = line.map_err(|error| error.to_string())?;
                out.payload(String::from_utf8(line).map_err(|_| "not UTF-8")?.as_bytes());
            }
            Ok::<_, String>(())
        })
    };
    let failure = Check::new(&framing).find(text_only).expect_err("any bytes");
    assert_eq!(failure.kind(), Some(Kind::RejectedValid), "{failure}");
    let check = Check::new(&framing).payloads(PayloadKind::Utf8);
    assert!(check.run(text_only).execs > 1000);
}

#[test]
fn a_decoder_that_depends_on_more_than_the_bytes_is_called_unsteady() {
    let framing = framing("fixed:1");
    let mut made = 0;
    let failure = Check::new(&framing)
        .find(|| {
            made += 1;
            let wrong = made == 5000;
            move |bytes: Option<&[u8]>, out: &mut Out| {
                bytes
                    .unwrap_or_default()
                    .iter()
                    .for_each(|byte| out.payload(&[*byte]));
                if wrong { Err("the moon") } else { Ok(()) }
            }
        })
        .expect_err("one of them is wrong");
    assert!(failure.to_string().contains("depends on more"), "{failure}");
}

#[test]
fn a_bigger_tier_does_more() {
    let framing = framing("netstring");
    let execs = |tier| {
        let check = Check::new(&framing).tier(tier).seed(3);
        check.run(|| reference(&framing)).execs
    };
    assert!(execs(Tier::Full) > 5 * execs(Tier::Quick));
}
