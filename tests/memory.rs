//! Frames of 4 GiB and ten million small ones are decoded in constant memory.
//!
//! One test in a process of its own, so that the kernel's figures are about the decoders alone: what was resident before, and the
//! most that ever was.

use framecheck::framing::{Checksum, Decoder, Ending, Event, Framing, Payloads, decode};
use std::fs;

const MIB: usize = 1 << 20;
const LARGE: u64 = 4 << 30;
const SMALL_FRAMES: usize = 10_000_000;
const ALLOWED: usize = 8 * MIB;

/// A framing, with what stands before and behind a payload of `LARGE` bytes.
const LARGE_FRAMES: &[(&str, &[u8], &[u8])] = &[
    ("eof,max=none", b"", b""),
    ("fixed:4GiB,max=none", b"", b""),
    ("delimited:\\n,max=none", b"", b"\n"),
    ("delimited:\\r\\n|\\n|\\r,strip=;,max=none", b"", b"\r\n"),
    ("prefixed:u64be,max=none", &LARGE.to_be_bytes(), b""),
    ("prefixed:varint,max=none", b"\x80\x80\x80\x80\x10", b""),
    ("netstring,max=none", b"4294967296:", b","),
    (
        "blocks:u64be,unit=series,max=none",
        &LARGE.to_be_bytes(),
        &[0; 8],
    ),
];

/// A framing, and the bytes of a small frame.
const SMALL: &[(&str, &[u8])] = &[
    ("fixed:12", b"twelve bytes"),
    ("delimited:\\n", b"twelve bytes\n"),
    ("delimited:\\r\\n|\\n|\\r,strip=;", b"twelve bytes;\r\n"),
    ("prefixed:u32be", b"\0\0\0\x0ctwelve bytes"),
    ("prefixed:varint", b"\x0ctwelve bytes"),
    ("netstring", b"12:twelve bytes,"),
    (
        "blocks:u32be,unit=series",
        b"\0\0\0\x0ctwelve bytes\0\0\0\0",
    ),
];

#[test]
fn a_frame_of_4_gib_and_ten_million_small_ones_take_no_memory() {
    let letters = vec![b'a'; MIB];
    let before = status("VmRSS:");
    for (text, head, tail) in LARGE_FRAMES {
        assert_eq!(decode_large(text, head, &letters, tail), LARGE, "{text}");
    }
    assert_eq!(checksum_of_large(&letters), crc_of_large(&letters));
    for (text, frame) in SMALL {
        assert!(decode_small(text, frame) >= SMALL_FRAMES, "{text}");
    }
    let grown = status("VmHWM:") - before;
    println!("grown by {} KiB", grown >> 10);
    assert!(grown < ALLOWED, "grown by {grown} bytes");

    let kept = vec![1_u8; ALLOWED];
    let seen = status("VmHWM:") - before;
    assert!(
        seen >= kept.len(),
        "{seen}: the figures do not see what is kept"
    );
}

/// The length of the only frame: the letters again and again up to `LARGE`.
fn decode_large(text: &str, head: &[u8], letters: &[u8], tail: &[u8]) -> u64 {
    let mut decoder = Decoder::new(&framing(text));
    let mut events = Vec::new();
    for bytes in large(head, letters, tail) {
        decoder.push(bytes, &mut events).unwrap();
    }
    assert_eq!(decoder.finish(&mut events), Ending::Clean);
    let mut frames = events.iter().filter_map(|event| match event {
        Event::Frame(span) => Some(span.len),
        _ => None,
    });
    let len = frames.next().unwrap();
    assert_eq!(frames.next(), None);
    len
}

/// The checksum of the same frame, with its payload handed out in pieces.
fn checksum_of_large(letters: &[u8]) -> u32 {
    let mut payloads = Payloads::<Checksum>::new(&framing("netstring,max=none"));
    let mut value = 0;
    for bytes in large(b"4294967296:", letters, b",") {
        let pushed = payloads.push(bytes, |_, checksum| value = checksum.value());
        pushed.unwrap();
    }
    value
}

fn large<'a>(head: &'a [u8], letters: &'a [u8], tail: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let times = LARGE as usize / letters.len();
    let payload = std::iter::repeat_n(letters, times);
    std::iter::once(head).chain(payload).chain([tail])
}

/// By doubling what the letters' own checksum is of.
fn crc_of_large(letters: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(letters);
    for _ in 0..(LARGE / letters.len() as u64).ilog2() {
        let half = crc.clone();
        crc.combine(&half);
    }
    crc.finalize()
}

/// How many frames came out, the same one again and again in reads of some 64 KiB.
fn decode_small(text: &str, frame: &[u8]) -> usize {
    let framing = framing(text);
    let each = decode(&framing, frame).0.len();
    let read = frame.repeat(4096);
    let mut decoder = Decoder::new(&framing);
    let (mut frames, mut events) = (0, Vec::new());
    while frames < SMALL_FRAMES {
        decoder.push(&read, &mut events).unwrap();
        assert_eq!(events.len(), 4096 * each);
        frames += 4096;
        events.clear();
    }
    assert_eq!(decoder.finish(&mut events), Ending::Clean);
    frames
}

fn framing(text: &str) -> Framing {
    text.parse().unwrap_or_else(|bad| panic!("{bad}"))
}

/// A figure of this process, in bytes.
fn status(name: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    let kib: usize = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib << 10
}
