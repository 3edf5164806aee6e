//! A stream decodes alike in pieces, whole, and by the plain decoder, and its payloads are the bytes that the spans name.
#![no_main]

use framecheck::framing::{Decoder, Ending, Event, Framing, Payloads, Span, decode, naive};
use framecheck::framing::{Pattern, Tail};
use framecheck_fuzz::{Case, Stream};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|stream: Stream| {
    let case = &stream.0;
    let plain = naive(&case.framing, &case.bytes);
    same("whole", &decode(&case.framing, &case.bytes), &plain, case);
    same("in pieces", &in_pieces(case), &plain, case);
    let (with_payloads, ending) = payloads_in_pieces(case);
    let events = with_payloads.iter().map(|(event, _)| *event).collect();
    same("with payloads", &(events, ending), &plain, case);
    let (found, expected) = (payloads(&with_payloads), payloads_of(case, &plain.0));
    assert!(
        found == expected,
        "payloads differ\n  {case:?}\n  {found:?}\n  {expected:?}"
    );
});

type Decoded = (Vec<Event>, Ending);

fn same(way: &str, found: &Decoded, plain: &Decoded, case: &Case) {
    assert!(
        found.0 == plain.0 && found.1.agrees(&plain.1),
        "{way}\n  {case:?}\n  streaming {:?} {}\n  plain     {:?} {}",
        found.0,
        found.1,
        plain.0,
        plain.1
    );
}

fn in_pieces(case: &Case) -> Decoded {
    let mut decoder = Decoder::new(&case.framing);
    let mut events = Vec::new();
    for piece in case.pieces() {
        // Bytes after an error change nothing, which is compared as well.
        let _ = decoder.push(piece, &mut events);
    }
    let ending = decoder.finish(&mut events);
    (events, ending)
}

fn payloads_in_pieces(case: &Case) -> (Vec<(Event, Vec<u8>)>, Ending) {
    let mut payloads = Payloads::<Vec<u8>>::new(&case.framing);
    let mut events = Vec::new();
    for piece in case.pieces() {
        let _ = payloads.push(piece, |event, payload| {
            events.push((event, payload.clone()))
        });
    }
    let ending = payloads.finish(|event, payload| events.push((event, payload.clone())));
    (events, ending)
}

fn payloads(events: &[(Event, Vec<u8>)]) -> Vec<&[u8]> {
    events.iter().map(|(_, payload)| &payload[..]).collect()
}

/// The payload of each event, by its span; of a whole series, those of its blocks.
fn payloads_of(case: &Case, events: &[Event]) -> Vec<Vec<u8>> {
    let mut series = Vec::new();
    let payload = events.iter().map(|event| match *event {
        Event::Frame(_) if case.framing.pattern_number() == 6 => series.clone(),
        Event::Frame(span) => bytes_of(case, span),
        Event::Block(span) => {
            let block = bytes_of(case, span);
            series.extend_from_slice(&block);
            block
        }
        Event::Done { .. } => {
            series.clear();
            Vec::new()
        }
    });
    payload.collect()
}

fn bytes_of(case: &Case, span: Span) -> Vec<u8> {
    let place =
        |at: u64| usize::try_from(at).map_or(case.bytes.len(), |at| at.min(case.bytes.len()));
    let mut payload = case.bytes[place(span.offset)..place(span.offset + span.len)].to_vec();
    if let Some(byte) = filling(&case.framing) {
        payload.resize(usize::try_from(span.len).expect("sizes are small"), byte);
    }
    payload
}

fn filling(framing: &Framing) -> Option<u8> {
    match framing.pattern {
        Pattern::Fixed {
            tail: Tail::Pad(byte),
            ..
        } => Some(byte),
        _ => None,
    }
}
