//! Latencies as a log of HdrHistogram's interval format: its own tools read it, and logs of several runs are merged by joining their lines.
//!
//! Values are nanoseconds, the column of the maximum has milliseconds, as that format's tools write them. Each line's tag names target, framing,
//! size and kind, so that one file holds all. Times count from the beginning of what was measured.

use std::time::Duration;

use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};

use crate::suite::bench::{Bench, Latency, Measured, Shown};

/// The log of all that was measured: for each target and size `latency`, in an open loop `corrected` too.
#[must_use]
pub fn interval_log(bench: &Bench) -> String {
    let mut log = Vec::new();
    let mut serializer = V2DeflateSerializer::new();
    let mut builder = IntervalLogWriterBuilder::new();
    builder.add_comment("framecheck bench: latencies in nanoseconds");
    // Memory takes all that is written to it.
    let Ok(mut writer) = builder.begin_log_with(&mut log, &mut serializer) else {
        return String::new();
    };
    let mut begun = Duration::ZERO;
    for (shown, measured) in lines(bench) {
        let seconds: f64 = measured.samples.iter().map(|sample| sample.seconds).sum();
        let lasted = Duration::from_secs_f64(seconds);
        for (kind, latency) in kinds(measured) {
            let tag = tag(shown, measured, kind);
            let written =
                writer.write_histogram(latency.histogram(), begun, lasted, Tag::new(&tag));
            debug_assert!(written.is_ok(), "{written:?}");
        }
        begun += lasted;
    }
    String::from_utf8(log).unwrap_or_default()
}

fn lines(bench: &Bench) -> impl Iterator<Item = (&Shown, &Measured)> {
    let of = |shown| Shown::measured(shown).map(move |measured| (shown, measured));
    bench.cells.iter().flat_map(of)
}

fn kinds(measured: &Measured) -> impl Iterator<Item = (&'static str, &Latency)> {
    let all = [
        ("latency", &measured.latency),
        ("corrected", &measured.corrected),
    ];
    all.into_iter().filter(|(_, latency)| latency.frames() > 0)
}

/// A tag has no comma, no blank and no end of line.
fn tag(shown: &Shown, measured: &Measured, kind: &str) -> String {
    let Shown {
        framing, payload, ..
    } = shown;
    let tag = format!("{}/{framing}/{payload}/{kind}", measured.target);
    let allowed = |letter: char| match letter {
        ',' | ' ' | '\r' | '\n' => '_',
        letter => letter,
    };
    tag.chars().map(allowed).collect()
}

#[cfg(test)]
mod tests {
    use hdrhistogram::serialization::Deserializer;
    use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

    use super::*;
    use crate::suite::bench::{Pace, Sample, Segment, Shape};

    #[test]
    fn what_is_written_is_read_back_by_the_format_s_own_reader() {
        let mut measured = Measured {
            target: "my server, 1".to_owned(),
            samples: vec![Sample {
                seconds: 1.5,
                ..Sample::default()
            }],
            ..Measured::default()
        };
        measured.latency.record(Duration::from_micros(250), 10);
        let shape = Shape {
            connections: 1,
            in_flight: None,
            segment: Segment::Fast,
            pace: Pace::Closed,
        };
        let shown = Shown {
            framing: "netstring".to_owned(),
            payload: 64,
            shape,
            targets: vec![measured],
            ceilings: Vec::new(),
        };
        let log = interval_log(&Bench {
            cells: vec![shown],
            interrupted: false,
        });
        let entries: Vec<_> = IntervalLogIterator::new(log.as_bytes()).collect();
        let Some(Ok(LogEntry::Interval(line))) = entries.last() else {
            panic!("{log}");
        };
        let tag = line.tag().map(|tag| tag.as_str());
        assert_eq!(tag, Some("my_server__1/netstring/64/latency"));
        let bytes = base64(line.encoded_histogram());
        let read: hdrhistogram::Histogram<u64> =
            Deserializer::new().deserialize(&mut &bytes[..]).unwrap();
        assert_eq!((read.len(), read.max() / 1000), (10, 250));
    }

    /// Plain and slow: the test needs one line.
    fn base64(text: &str) -> Vec<u8> {
        let digit = |byte: u8| match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            _ => 63,
        };
        let digits: Vec<u8> = text
            .bytes()
            .filter(|&byte| byte != b'=')
            .map(digit)
            .collect();
        let bits = digits
            .iter()
            .flat_map(|digit| (0..6).rev().map(move |bit| digit >> bit & 1));
        let bits: Vec<u8> = bits.collect();
        let byte = |bits: &[u8]| bits.iter().fold(0, |byte, bit| byte << 1 | bit);
        bits.chunks_exact(8).map(byte).collect()
    }
}
