//! What is encoded decodes to the same payload, alone and between others; what is refused has no bytes that stand for it.
#![no_main]

use framecheck::framing::{
    Charset, Empty, Ending, Event, Framing, Length, Pattern, Payloads, Prefix, Radix, Series, Stop,
    Tail, Unencodable, Unit,
};
use framecheck_fuzz::Messages;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|messages: Messages| {
    let framing = &messages.0.framing;
    let (mut wire, mut sent) = (Vec::new(), Vec::new());
    for payload in messages.0.pieces() {
        let before = wire.clone();
        match framing.encode(payload, &mut wire) {
            Ok(()) => sent.push(payload),
            Err(why) => {
                assert_eq!(wire, before, "a refusal of {framing} left bytes");
                assert!(
                    justified(framing, payload, why),
                    "{framing} {why:?} {payload:?}"
                );
                continue;
            }
        }
        decodes_to(framing, wire[before.len()..].to_vec(), &[payload]);
        if !may_be_followed(framing, payload) {
            break;
        }
    }
    decodes_to(framing, wire, &sent);
});

/// Whether another message can stand behind: not behind one that the end of the stream ends, nor behind the only series.
fn may_be_followed(framing: &Framing, payload: &[u8]) -> bool {
    match framing.pattern {
        Pattern::Eof | Pattern::HalfClose => false,
        Pattern::Fixed { size, .. } => payload.len() as u64 == size,
        Pattern::Blocks {
            series: Series::One,
            unit: Unit::Series,
            ..
        } => false,
        _ => true,
    }
}

fn decodes_to(framing: &Framing, mut wire: Vec<u8>, sent: &[&[u8]]) {
    let by_block = matches!(
        framing.pattern,
        Pattern::Blocks {
            unit: Unit::Block,
            ..
        }
    );
    let series = framing.pattern_number() == 6 && !by_block;
    if by_block {
        framing.encode_done(&mut wire);
    }
    if sent.is_empty() {
        return;
    }
    let mut payloads = Payloads::<Vec<u8>>::new(framing);
    let mut received = Vec::new();
    let mut note = |event, payload: &Vec<u8>| match event {
        Event::Frame(_) => received.push(payload.clone()),
        Event::Block(_) if !series => received.push(payload.clone()),
        Event::Block(_) | Event::Done { .. } => {}
    };
    let pushed = payloads.push(&wire, &mut note);
    let ending = payloads.finish(&mut note);
    let text = wire.escape_ascii();
    assert!(
        received == sent && pushed.is_ok() && ending == Ending::Clean,
        "{framing} {text}\n  sent     {sent:?}\n  received {received:?} {ending}"
    );
}

/// Whether a refusal says what is so, judged without the encoder.
fn justified(framing: &Framing, payload: &[u8], why: Unencodable) -> bool {
    let len = payload.len() as u64;
    match (why, &framing.pattern) {
        (Unencodable::TooLong, _) => framing.max.is_some_and(|max| len > max),
        (Unencodable::Empty, _) => len == 0 && framing.empty != Empty::Accept,
        (Unencodable::NotUtf8, _) => {
            framing.charset == Charset::Utf8 && std::str::from_utf8(payload).is_err()
        }
        (Unencodable::WrongSize, &Pattern::Fixed { size, tail }) => match tail {
            Tail::Frame => len > size || len == 0,
            _ => len != size,
        },
        (
            Unencodable::HoldsDelimiter,
            Pattern::Delimited {
                delimiters, strip, ..
            },
        ) => !delimiters.iter().any(|delimiter| {
            let kept: &[u8] = if payload.ends_with(strip) { strip } else { b"" };
            let wire = [payload, kept, delimiter].concat();
            is_first(framing, &wire, payload)
                && delimiters.iter().all(|after| {
                    // The most that what follows can do is to make a longer delimiter of what is there.
                    suffixes(after).all(|more| is_first(framing, &[&wire, more].concat(), payload))
                })
        }),
        (
            Unencodable::LengthDoesNotFit,
            Pattern::Prefixed(prefix) | Pattern::Blocks { prefix, .. },
        ) => {
            let raw = i128::from(len) - i128::from(prefix.adjust);
            raw < 0 || raw > largest(prefix)
        }
        (Unencodable::EndsSeries, Pattern::Blocks { prefix, .. }) => {
            i128::from(len) == i128::from(prefix.adjust)
        }
        _ => false,
    }
}

fn suffixes(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    (0..bytes.len()).map(|from| &bytes[from..])
}

/// Whether a stream begins with a frame of this payload.
fn is_first(framing: &Framing, wire: &[u8], payload: &[u8]) -> bool {
    let mut payloads = Payloads::<Vec<u8>>::new(framing);
    let mut found = false;
    let mut note = |event, got: &Vec<u8>| {
        found |= matches!(event, Event::Frame(span) if span.start == 0) && got == payload;
    };
    let _ = payloads.push(wire, &mut note);
    payloads.finish(&mut note);
    found
}

/// The largest value of a length field.
fn largest(prefix: &Prefix) -> i128 {
    match &prefix.length {
        Length::Uint { width, .. } => (1 << (8 * i128::from(*width))) - 1,
        Length::Digits {
            radix,
            stop: Stop::Width(width),
        } => {
            let base: i128 = if *radix == Radix::Hex { 16 } else { 10 };
            base.pow(u32::from(*width)) - 1
        }
        Length::Varint { .. } | Length::Digits { .. } | Length::Field { .. } => u64::MAX.into(),
    }
}
