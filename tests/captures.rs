//! Recorded streams of real programs, decoded by both decoders and compared with the frames that independent tools found.
//!
//! `vectors/captures/captures.json` names every stream, the framing of each of its parts and the frames in it. No expected
//! value here comes from a decoder of this project. A stream that no one framing says has its reason in the index.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use framecheck::framing::{Decoder, Ending, Event, Framing, Span, naive};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// How many bytes one read gives: all, one, an odd few, an Ethernet segment, a page.
const READS: [usize; 5] = [usize::MAX, 1, 7, 1460, 4096];

#[test]
fn every_stream_is_the_recorded_one_and_none_is_forgotten() {
    let mut indexed = BTreeSet::new();
    for stream in streams() {
        let bytes = stream.read();
        assert_eq!(bytes.len(), stream.bytes, "{}", stream.file);
        assert_eq!(
            hex(&Sha256::digest(&bytes)),
            stream.sha256,
            "{}",
            stream.file
        );
        assert!(
            indexed.insert(stream.file.clone()),
            "{} is named twice",
            stream.file
        );
    }
    assert_eq!(indexed, stream_files());
}

#[test]
fn every_stream_is_said_by_one_framing_or_has_a_reason() {
    let (said, unsaid): (Vec<_>, Vec<_>) = streams().into_iter().partition(Stream::is_said);
    for stream in &said {
        assert_eq!(stream.not_sayable, None, "{}", stream.file);
    }
    for stream in &unsaid {
        let reason = stream.not_sayable.as_deref().unwrap_or_default();
        assert!(!reason.is_empty(), "{} has no reason", stream.file);
        println!("{}: {} parts; {reason}", stream.file, stream.parts.len());
    }
    println!(
        "{} streams said by one framing, {} not",
        said.len(),
        unsaid.len()
    );
    assert!(said.len() > unsaid.len());
}

#[test]
fn the_parts_of_a_stream_leave_no_hole() {
    for stream in streams() {
        let mut at = 0;
        for part in &stream.parts {
            for event in part.expected() {
                let (start, end) = event.place(at);
                assert_eq!(start, at, "{} {}", stream.file, part.framing);
                at = end;
            }
        }
        let whole = stream.parts.is_empty() || at == stream.bytes as u64;
        assert!(whole, "{} is decoded up to {at} only", stream.file);
    }
}

#[test]
fn naive_finds_the_frames_of_the_tools() {
    for_each_part(|framing, part, bytes, name| {
        let (events, ending) = naive(framing, bytes);
        part.compare(&events, ending, name);
    });
}

#[test]
fn the_decoder_finds_the_frames_of_the_tools_in_every_read_size() {
    for_each_part(|framing, part, bytes, name| {
        for read in READS {
            let (events, ending) = decode(framing, bytes, read);
            part.compare(&events, ending, &format!("{name} in reads of {read}"));
        }
    });
}

#[test]
fn a_stream_without_its_last_byte_loses_its_last_frame_only() {
    let mut checked = 0;
    for_each_part(|framing, part, bytes, name| {
        if framing.pattern_number() < 3 {
            return;
        }
        let mut expected = part.expected();
        let (lost, end) = expected
            .pop()
            .expect("a part has an event")
            .place(behind(&expected, part));
        let bytes = &bytes[..end as usize - part.from - 1];
        let ending = Ending::Truncated {
            from: lost - part.from as u64,
        };
        for (events, got) in [naive(framing, bytes), decode(framing, bytes, 7)] {
            part.compare_with(&expected, &events, name);
            assert_eq!(got, ending, "{name} without its last byte");
        }
        checked += 1;
    });
    assert!(checked > 100, "only {checked} parts were cut short");
}

/// What a tool said of a place in the stream.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Known {
    Frame { start: u64, end: u64 },
    Block(Span),
    Done { at: u64 },
}

impl Known {
    /// What is known of an event of a decoder that began at offset `from`.
    fn of(event: &Event, from: u64) -> Self {
        match *event {
            Event::Frame(span) => Self::Frame {
                start: span.start + from,
                end: span.end + from,
            },
            Event::Block(span) => Self::Block(Span {
                start: span.start + from,
                end: span.end + from,
                offset: span.offset + from,
                len: span.len,
            }),
            Event::Done { at } => Self::Done { at: at + from },
        }
    }

    /// Its bytes, where the event before it ended at `before`.
    fn place(self, before: u64) -> (u64, u64) {
        match self {
            Self::Frame { start, end } | Self::Block(Span { start, end, .. }) => (start, end),
            Self::Done { at } => (before, at),
        }
    }
}

/// One recorded conversation, and where its frame list comes from.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Conversation {
    name: String,
    protocol: String,
    client: String,
    server: String,
    frames_from: String,
    streams: Vec<Stream>,
}

/// One direction of one connection.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stream {
    file: String,
    bytes: usize,
    sha256: String,
    not_sayable: Option<String>,
    parts: Vec<Part>,
}

impl Stream {
    fn read(&self) -> Vec<u8> {
        let path = folder().join(&self.file);
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Whether one framing says all of it.
    fn is_said(&self) -> bool {
        matches!(&self.parts[..], [part] if part.range(self.bytes) == (0..self.bytes) && part.done.is_none())
    }
}

/// A range of a stream that one framing says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    framing: String,
    #[serde(default)]
    from: usize,
    to: Option<usize>,
    /// Offset and length of each frame, with its header or delimiter.
    #[serde(default)]
    frames: Vec<(u64, u64)>,
    /// Offset and length of the data of each chunk.
    #[serde(default)]
    blocks: Vec<(u64, u64)>,
    /// Behind the last chunk and its trailer.
    done: Option<u64>,
}

impl Part {
    fn range(&self, len: usize) -> std::ops::Range<usize> {
        self.from..self.to.unwrap_or(len)
    }

    fn expected(&self) -> Vec<Known> {
        let frames = self.frames.iter().map(|&(start, len)| Known::Frame {
            start,
            end: start + len,
        });
        let mut before = self.from as u64;
        let blocks = self.blocks.iter().map(|&(offset, len)| {
            // A chunk begins behind the one before it, and ends with a CRLF behind its data (RFC 9112 section 7.1).
            let start = std::mem::replace(&mut before, offset + len + 2);
            Known::Block(Span {
                start,
                end: before,
                offset,
                len,
            })
        });
        let done = self.done.map(|at| Known::Done { at });
        frames.chain(blocks).chain(done).collect()
    }

    fn compare(&self, events: &[Event], ending: Ending, name: &str) {
        self.compare_with(&self.expected(), events, name);
        assert_eq!(ending, Ending::Clean, "{name}");
    }

    fn compare_with(&self, expected: &[Known], events: &[Event], name: &str) {
        let from = self.from as u64;
        for (index, (event, expected)) in events.iter().zip(expected).enumerate() {
            assert_eq!(Known::of(event, from), *expected, "{name}: event {index}");
        }
        assert_eq!(events.len(), expected.len(), "{name}: number of events");
    }
}

/// Where the events of a part that were kept end.
fn behind(kept: &[Known], part: &Part) -> u64 {
    kept.last().map_or(part.from as u64, |last| last.place(0).1)
}

/// Gives each part of each stream its framing, its bytes and a name for messages.
fn for_each_part(mut check: impl FnMut(&Framing, &Part, &[u8], &str)) {
    let mut parts = 0;
    for stream in streams() {
        let bytes = stream.read();
        for part in &stream.parts {
            let name = format!("{} from {} as {}", stream.file, part.from, part.framing);
            let framing = part
                .framing
                .parse()
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            check(&framing, part, &bytes[part.range(bytes.len())], &name);
            parts += 1;
        }
    }
    assert!(parts > 0, "the index names no part");
}

/// What the streaming decoder reports when each read gives at most `read` bytes.
fn decode(framing: &Framing, bytes: &[u8], read: usize) -> (Vec<Event>, Ending) {
    let mut decoder = Decoder::new(framing);
    let mut events = Vec::new();
    for piece in bytes.chunks(read) {
        if let Err(error) = decoder.push(piece, &mut events) {
            return (events, error.into());
        }
    }
    let ending = decoder.finish(&mut events);
    (events, ending)
}

fn streams() -> Vec<Stream> {
    let index = fs::read_to_string(folder().join("captures.json")).expect("the index can be read");
    let conversations: Vec<Conversation> =
        serde_json::from_str(&index).expect("the index has its form");
    let sourced = |c: &Conversation| {
        ![&c.protocol, &c.client, &c.server, &c.frames_from]
            .iter()
            .any(|text| text.is_empty())
    };
    for conversation in &conversations {
        assert!(
            sourced(conversation),
            "{} does not say where it came from",
            conversation.name
        );
        let of_it = |stream: &Stream| stream.file.starts_with(&format!("{}.", conversation.name));
        assert!(
            conversation.streams.iter().all(of_it),
            "a stream under {} is not its own",
            conversation.name
        );
    }
    conversations
        .into_iter()
        .flat_map(|conversation| conversation.streams)
        .collect()
}

fn stream_files() -> BTreeSet<String> {
    let entries = fs::read_dir(folder()).expect("the folder can be read");
    let names = entries.map(|entry| {
        entry
            .expect("its entries too")
            .file_name()
            .into_string()
            .expect("plain names")
    });
    names.filter(|name| name.ends_with(".bin")).collect()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors/captures")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
