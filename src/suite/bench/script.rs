//! What is sent to a target and what must come back, rendered once from a framing, a size and a seed.
//!
//! In patterns 3 to 6 a connection carries frames, each with a payload of its own, so that a lost, doubled or swapped one shows. In patterns
//! 1 and 2 it carries one stream. Invariant: a script that exists can be sent: each of its payloads has bytes that stand for it.

use std::fmt;

use super::plan::Mode;
use super::{Ring, crc};
use crate::framing::{
    Charset, Extensions, Framing, Lead, Length, Pattern, Prefix, Radix, Series, Stop, Unencodable,
    Unit,
};
use crate::suite::{Item, PayloadKind};

/// Bytes of a ring: few enough for the processor's cache, enough for writes of any size that pays.
const RING: usize = 128 << 10;

/// Different frames in a ring, however large they are.
const FRAMES: usize = 4;

/// Between the first frames of two connections. Prime, so that many connections begin at many places.
const STRIDE: u64 = 4099;

/// Bytes on the wire, and those due for them.
#[derive(Clone, Debug)]
pub struct Script {
    framing: Framing,
    mode: Mode,
    payload: u64,
    wire: Ring,
    /// What comes back for each frame, where that is not the frame itself.
    reply: Option<Ring>,
    /// The payloads, where what stands for one is not certain.
    pub(super) loose: Vec<Vec<u8>>,
}

/// Why nothing can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unscripted {
    /// No bytes stand for such a payload.
    Unencodable(Unencodable),
    /// The framing's own bytes leave none for payloads.
    NoAlphabet,
    /// A stream of no bytes has no throughput.
    EmptyStream,
    /// A connection carries one series, which is one frame.
    OneFrame,
}

impl Script {
    /// For payloads of `size` bytes of a kind; in patterns 1 and 2 for a stream of so many. `seed` makes the payloads.
    ///
    /// # Errors
    /// What [`Unscripted`] lists.
    pub fn new(
        framing: &Framing,
        mode: Mode,
        size: u64,
        kind: &PayloadKind,
        seed: u64,
    ) -> Result<Self, Unscripted> {
        if carries_one_frame(framing) {
            return Err(Unscripted::OneFrame);
        }
        let mut maker = Maker::new(framing, kind, seed)?;
        let mut script = Self {
            framing: framing.clone(),
            mode: if framing.pattern_number() == 1 && mode == Mode::Echo {
                Mode::OneWay
            } else {
                mode
            },
            payload: size,
            wire: Ring::default(),
            reply: None,
            loose: Vec::new(),
        };
        if script.is_stream() {
            script.render_stream(&mut maker)?;
        } else {
            script.render_frames(&mut maker)?;
        }
        Ok(script)
    }

    /// What the target does with frames.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// What is spoken.
    #[must_use]
    pub fn framing(&self) -> &Framing {
        &self.framing
    }

    /// Bytes of a payload (on average, where it is one of given lines), or of a stream.
    #[must_use]
    pub fn payload(&self) -> u64 {
        self.payload
    }

    /// What is sent.
    #[must_use]
    pub fn wire(&self) -> &Ring {
        &self.wire
    }

    /// What comes back.
    #[must_use]
    pub fn reply(&self) -> &Ring {
        self.reply.as_ref().unwrap_or(&self.wire)
    }

    /// Whether a connection carries one stream, and not frames.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        self.framing.pattern_number() <= 2
    }

    /// Whether replies may come only once all is sent.
    #[must_use]
    pub fn replies_last(&self) -> bool {
        self.is_stream()
    }

    /// Where the connection of this number begins: a frame of the rings, in a stream a byte.
    #[must_use]
    pub fn start(&self, connection: u64) -> u64 {
        let places = match self.is_stream() {
            true => self.wire.bytes().len() as u64,
            false => self.wire.frames(),
        };
        (connection * STRIDE) % places.max(1)
    }

    /// The end of a series, sent behind the last frame.
    #[must_use]
    pub fn closing(&self) -> Vec<u8> {
        let mut closing = Vec::new();
        if self.framing.has_blocks() {
            self.framing.encode_done(&mut closing);
        }
        closing
    }

    /// What is due at the end, behind the replies to all frames; for a stream `from` and `len` say what was sent.
    #[must_use]
    pub fn tail(&self, from: u64, len: u64) -> Vec<u8> {
        match self.mode {
            Mode::OneWay => Vec::new(),
            Mode::Echo => self.closing(),
            Mode::Report => {
                let mut lines = String::new();
                if self.is_stream() {
                    let crc32 = crc::of_stretch(self.wire.bytes(), from, len);
                    lines += &format!("{}\n", Item::Frame { len, crc32 });
                } else if self.framing.has_blocks() {
                    lines += &format!("{}\n", Item::Done);
                }
                (lines + "end clean\n").into_bytes()
            }
        }
    }

    fn render_stream(&mut self, maker: &mut Maker) -> Result<(), Unscripted> {
        if self.payload == 0 {
            return Err(Unscripted::EmptyStream);
        }
        if self.framing.max.is_some_and(|max| self.payload > max) {
            return Err(Unscripted::Unencodable(Unencodable::TooLong));
        }
        let bytes = maker.bytes(RING);
        self.wire = Ring::new(bytes, vec![RING]);
        if self.mode != Mode::Echo {
            self.reply = Some(Ring::default());
        }
        Ok(())
    }

    fn render_frames(&mut self, maker: &mut Maker) -> Result<(), Unscripted> {
        let (mut wire, mut ends) = (Vec::new(), Vec::new());
        let (mut reply, mut reply_ends) = (Vec::new(), Vec::new());
        let mut payloads = 0;
        let loose = is_loose(&self.framing) && self.mode == Mode::Echo;
        while wire.len() < RING || ends.len() < FRAMES {
            let payload = maker.payload(self.payload as usize, ends.len());
            let encoded = self.framing.encode(&payload, &mut wire);
            encoded.map_err(Unscripted::Unencodable)?;
            ends.push(wire.len());
            if self.mode == Mode::Report {
                reply.extend_from_slice(format!("{}\n", Item::of(&payload)).as_bytes());
                reply_ends.push(reply.len());
            }
            payloads += payload.len();
            if loose {
                self.loose.push(payload);
            }
        }
        self.payload = (payloads / ends.len()) as u64;
        self.wire = Ring::new(wire, ends);
        if self.mode != Mode::Echo {
            self.reply = Some(Ring::new(reply, reply_ends));
        }
        Ok(())
    }
}

fn carries_one_frame(framing: &Framing) -> bool {
    matches!(
        framing.pattern,
        Pattern::Blocks {
            series: Series::One,
            unit: Unit::Series,
            ..
        }
    )
}

/// Whether one payload has several forms on the wire, of which a target may answer with another than it was sent.
fn is_loose(framing: &Framing) -> bool {
    match &framing.pattern {
        Pattern::Eof | Pattern::HalfClose | Pattern::Fixed { .. } => false,
        Pattern::Delimited {
            delimiters, strip, ..
        } => delimiters.len() > 1 || !strip.is_empty(),
        Pattern::Prefixed(prefix) => is_loose_prefix(prefix),
        // A whole series may come back in other blocks, and chunks with extensions.
        Pattern::Blocks {
            prefix, extensions, ..
        } => is_loose_prefix(prefix) || *extensions == Extensions::Http || !framing.has_blocks(),
    }
}

fn is_loose_prefix(prefix: &Prefix) -> bool {
    let free = matches!(prefix.lead, Lead::Free(1..));
    let length = match &prefix.length {
        Length::Uint { .. } => false,
        Length::Varint { canonical } => !canonical,
        Length::Digits { radix, stop } => {
            *radix == Radix::Hex || matches!(stop, Stop::End { zeros: true, .. })
        }
        Length::Field { .. } => true,
    };
    free || length
}

/// Makes payloads.
struct Maker<'a> {
    kind: &'a PayloadKind,
    alphabet: Vec<u8>,
    random: fastrand::Rng,
}

impl<'a> Maker<'a> {
    fn new(framing: &Framing, kind: &'a PayloadKind, seed: u64) -> Result<Self, Unscripted> {
        let alphabet = match (&framing.pattern, kind) {
            (Pattern::Delimited { .. }, _) => letters(framing),
            (_, PayloadKind::Any) if framing.charset == Charset::Any => (0..=255).collect(),
            _ => letters(framing),
        };
        match alphabet.is_empty() {
            true => Err(Unscripted::NoAlphabet),
            false => Ok(Self {
                kind,
                alphabet,
                random: fastrand::Rng::with_seed(seed),
            }),
        }
    }

    fn payload(&mut self, size: usize, number: usize) -> Vec<u8> {
        match self.kind {
            PayloadKind::Lines(lines) => lines[number % lines.len()].clone(),
            PayloadKind::Json if size >= 2 => [b"\"", &self.bytes(size - 2)[..], b"\""].concat(),
            PayloadKind::Json => b"1".to_vec(),
            PayloadKind::Any | PayloadKind::Ascii | PayloadKind::Utf8 => self.bytes(size),
        }
    }

    fn bytes(&mut self, size: usize) -> Vec<u8> {
        let Self {
            alphabet, random, ..
        } = self;
        (0..size)
            .map(|_| alphabet[random.usize(..alphabet.len())])
            .collect()
    }
}

/// Letters and digits that no delimiter of the framing has.
fn letters(framing: &Framing) -> Vec<u8> {
    let taken: Vec<u8> = match &framing.pattern {
        Pattern::Delimited {
            delimiters, strip, ..
        } => [delimiters.concat(), strip.clone()].concat(),
        _ => Vec::new(),
    };
    let all = (b'a'..=b'z').chain(b'A'..=b'Z').chain(b'0'..=b'9');
    all.filter(|letter| !taken.contains(letter)).collect()
}

impl fmt::Display for Unscripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unencodable(why) => why.fmt(f),
            Self::NoAlphabet => f.write_str("every letter and digit is part of a delimiter"),
            Self::EmptyStream => f.write_str("a stream of no bytes has no throughput"),
            Self::OneFrame => f.write_str(
                "a connection carries one frame only (series=one,unit=series), and none can follow it",
            ),
        }
    }
}

impl std::error::Error for Unscripted {}

#[cfg(test)]
mod tests {
    use super::*;

    pub(in crate::suite::bench) fn script(framing: &str, mode: Mode, size: u64) -> Script {
        let framing = framing.parse().unwrap();
        Script::new(&framing, mode, size, &PayloadKind::Any, 1).unwrap()
    }

    #[test]
    fn frames_differ_and_are_what_the_framing_says() {
        for preset in [
            "prefixed:u32be",
            "crlf",
            "netstring",
            "blocks:u32be",
            "fixed:16",
        ] {
            let script = script(preset, Mode::Echo, 16);
            let wire = script.wire();
            let each = wire.upto(1);
            assert!(wire.frames() > 1000, "{preset}");
            assert_eq!(each * wire.frames(), wire.bytes().len() as u64);
            let first = wire.piece(0, each);
            for frame in 1..wire.frames() {
                assert_ne!(wire.piece(wire.upto(frame), each), first, "{preset}");
            }
            assert_eq!(script.reply(), wire);
        }
    }

    #[test]
    fn a_report_has_a_line_for_each_frame_and_an_end() {
        let frames = script("prefixed:u32be", Mode::Report, 16);
        let line = frames.reply().piece(0, frames.reply().upto(1));
        assert_eq!(
            line,
            format!("{}\n", Item::of(&frames.wire().bytes()[4..20])).as_bytes()
        );
        assert_eq!(frames.tail(0, 0), b"end clean\n");
        assert_eq!(
            script("blocks:u8", Mode::Report, 16).tail(0, 0),
            b"done\nend clean\n"
        );
        let stream = script("eof", Mode::Report, 1000);
        let crc = crc32fast::hash(&stream.wire().bytes()[..1000]);
        assert_eq!(
            stream.tail(0, 1000),
            format!("frame 1000 {crc:08x}\nend clean\n").as_bytes()
        );
    }

    #[test]
    fn what_cannot_be_framed_is_refused() {
        let refused = |framing: &str, size| {
            let framing = framing.parse().unwrap();
            Script::new(&framing, Mode::Echo, size, &PayloadKind::Any, 1).unwrap_err()
        };
        let why = Unscripted::Unencodable(Unencodable::TooLong);
        assert_eq!(refused("prefixed:u32be,max=10", 11), why);
        assert_eq!(refused("eof,max=10", 11), why);
        assert_eq!(refused("half-close", 0), Unscripted::EmptyStream);
        assert_eq!(
            refused("blocks:u8,series=one,unit=series", 9),
            Unscripted::OneFrame
        );
        let all: String = letters(&"nul".parse().unwrap())
            .iter()
            .map(|&byte| byte as char)
            .collect();
        assert_eq!(
            refused(&format!("delimited:{all}"), 5),
            Unscripted::NoAlphabet
        );
    }
}
