//! Decoders with deliberate defects, each as it is met in real ones, and what a check must call it.

use framecheck::conformance::{Codec, Out, reference};
use framecheck::framing::{Framing, Pattern};
use framecheck::suite::Kind;

/// What is wrong with a decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Defect {
    None,
    // Of a length of two bytes.
    OneFrameARead,
    HeaderOfOneByte,
    PartialFrameDropped,
    HeaderForgotten,
    TruncatedAccepted,
    TruncatedDelivered,
    NoLimit,
    LimitOffByOne,
    EmptyFrameSkipped,
    EmptyFrameForEver,
    SignedLength,
    PayloadAsItComes,
    LastFrameAgain,
    OneReadBehind,
    FramesOfAReadJoined,
    // Of lines that end in CR LF.
    DelimiterPerRead,
    CarriageReturnForgotten,
    LineFeedIsEnough,
    LastLineDelivered,
    TextPerRead,
    // Of blocks.
    SeriesEndSwallowed,
    // Of varints.
    PartialVarint,
}

/// A defect, where it shows, and as what.
pub(crate) struct Row {
    pub(crate) defect: Defect,
    pub(crate) framing: &'static str,
    pub(crate) kinds: &'static [Kind],
    /// Bytes of the smallest case.
    pub(crate) most: usize,
}

const fn row(defect: Defect, framing: &'static str, kinds: &'static [Kind], most: usize) -> Row {
    Row {
        defect,
        framing,
        kinds,
        most,
    }
}

const U16: &str = "prefixed:u16be,max=300";
const CRLF: &str = r"delimited:\r\n,max=none";

/// All of them.
pub(crate) const DEFECTS: &[Row] = &[
    row(
        Defect::OneFrameARead,
        U16,
        &[Kind::Late, Kind::Lost, Kind::RejectedValid],
        6,
    ),
    row(Defect::HeaderOfOneByte, U16, &[Kind::Crash], 4),
    row(
        Defect::PartialFrameDropped,
        U16,
        &[Kind::Lost, Kind::Corrupt, Kind::RejectedValid],
        5,
    ),
    row(
        Defect::HeaderForgotten,
        U16,
        &[Kind::Lost, Kind::Corrupt, Kind::RejectedValid, Kind::Split],
        5,
    ),
    row(
        Defect::TruncatedAccepted,
        U16,
        &[Kind::AcceptedTruncated],
        1,
    ),
    row(
        Defect::TruncatedDelivered,
        U16,
        &[Kind::AcceptedTruncated],
        4,
    ),
    row(Defect::NoLimit, U16, &[Kind::AcceptedOversize], 304),
    row(Defect::LimitOffByOne, U16, &[Kind::RejectedValid], 302),
    row(Defect::EmptyFrameSkipped, U16, &[Kind::Lost], 2),
    row(Defect::EmptyFrameForEver, U16, &[Kind::Flood], 2),
    row(
        Defect::SignedLength,
        "prefixed:u16be,max=none",
        &[Kind::Crash],
        2,
    ),
    row(Defect::PayloadAsItComes, U16, &[Kind::Split], 5),
    row(Defect::LastFrameAgain, U16, &[Kind::Extra], 3),
    row(Defect::OneReadBehind, U16, &[Kind::Late], 5),
    row(
        Defect::FramesOfAReadJoined,
        U16,
        &[Kind::Merged, Kind::Lost],
        6,
    ),
    row(
        Defect::DelimiterPerRead,
        CRLF,
        &[Kind::Lost, Kind::RejectedValid],
        3,
    ),
    row(
        Defect::CarriageReturnForgotten,
        CRLF,
        &[Kind::Lost, Kind::RejectedValid],
        4,
    ),
    row(
        Defect::LineFeedIsEnough,
        CRLF,
        &[
            Kind::Split,
            Kind::Corrupt,
            Kind::Extra,
            Kind::AcceptedTruncated,
        ],
        4,
    ),
    row(
        Defect::LastLineDelivered,
        CRLF,
        &[Kind::AcceptedTruncated],
        1,
    ),
    row(
        Defect::TextPerRead,
        r"delimited:\r\n,max=none,charset=utf-8",
        &[Kind::Corrupt, Kind::RejectedValid, Kind::Lost],
        4,
    ),
    row(Defect::SeriesEndSwallowed, "blocks:u8", &[Kind::Lost], 1),
    row(
        Defect::PartialVarint,
        "prefixed:varint",
        &[
            Kind::Corrupt,
            Kind::Split,
            Kind::Lost,
            Kind::Extra,
            Kind::RejectedValid,
            Kind::AcceptedTruncated,
        ],
        131,
    ),
];

/// What takes chunks, and `None` for the end of the stream.
type Decode<'a> = Box<dyn FnMut(Option<&[u8]>, &mut Out) -> Result<(), String> + 'a>;

/// A decoder with a defect; without one it decodes the framings of the table as they are.
pub(crate) fn decoder(framing: &Framing, defect: Defect) -> Decode<'_> {
    match &framing.pattern {
        _ if defect == Defect::None => Box::new(as_is(framing)),
        Pattern::Delimited { .. } => Box::new(lines(defect)),
        Pattern::Blocks { .. } => Box::new(blocks(framing)),
        Pattern::Prefixed(_) if defect == Defect::PartialVarint => Box::new(varints()),
        _ => Box::new(messages(framing.max, defect)),
    }
}

type Step = Result<(), String>;

fn as_is(framing: &Framing) -> impl FnMut(Option<&[u8]>, &mut Out) -> Step {
    let mut reference = reference(framing);
    move |bytes, out| {
        let pushed = match bytes {
            Some(bytes) => reference.push(bytes, out),
            None => reference.finish(out),
        };
        pushed.map_err(|ending| ending.to_string())
    }
}

/// Messages after a length of two bytes.
fn messages(max: Option<u64>, defect: Defect) -> impl FnMut(Option<&[u8]>, &mut Out) -> Step {
    let mut held: Vec<u8> = Vec::new();
    let mut announced = None;
    let mut last: Option<Vec<u8>> = None;
    let most = match (max, defect) {
        (_, Defect::NoLimit) | (None, _) => usize::MAX,
        (Some(max), Defect::LimitOffByOne) => max as usize - 1,
        (Some(max), _) => max as usize,
    };
    move |bytes, out| {
        let Some(bytes) = bytes else {
            return match defect {
                Defect::LastFrameAgain => {
                    last.iter().for_each(|last| out.payload(last));
                    Ok(())
                }
                Defect::TruncatedDelivered if held.len() > 2 => {
                    out.payload(&held[2..]);
                    Ok(())
                }
                Defect::OneReadBehind => frames(&mut held, most, out),
                Defect::TruncatedAccepted => Ok(()),
                _ if held.is_empty() && announced.is_none() => Ok(()),
                _ => Err("truncated".to_owned()),
            };
        };
        if defect == Defect::OneReadBehind {
            frames(&mut held, most, out)?;
            held.extend_from_slice(bytes);
            return Ok(());
        }
        held.extend_from_slice(bytes);
        let mut joined: Option<Vec<u8>> = None;
        loop {
            let header = if defect == Defect::HeaderOfOneByte {
                1
            } else {
                2
            };
            let len = match announced {
                Some(len) => len,
                None if held.len() < header => break,
                None => {
                    let len = usize::from(u16::from_be_bytes([held[0], held[1]]));
                    if defect == Defect::SignedLength {
                        assert!(i16::try_from(len).is_ok(), "negative length");
                    }
                    if len > most {
                        return Err(format!("{len} is too long"));
                    }
                    len
                }
            };
            if defect == Defect::HeaderForgotten && announced.is_none() && held.len() < 2 + len {
                held.drain(..2);
                break;
            }
            if defect == Defect::PayloadAsItComes && held.len() < 2 + len {
                if held.len() > 2 {
                    out.payload(&held[2..]);
                    let rest = (2 + len - held.len()) as u16;
                    held = rest.to_be_bytes().to_vec();
                }
                break;
            }
            if held.len() < 2 + len {
                if defect == Defect::PartialFrameDropped {
                    held.clear();
                }
                break;
            }
            let payload = held[2..2 + len].to_vec();
            if !(defect == Defect::EmptyFrameForEver && len == 0) {
                held.drain(..2 + len);
            }
            announced = None;
            last = Some(payload.clone());
            match defect {
                Defect::EmptyFrameSkipped if len == 0 => {}
                Defect::FramesOfAReadJoined => joined.get_or_insert_default().extend(payload),
                _ => out.payload(&payload),
            }
            if defect == Defect::OneFrameARead {
                break;
            }
        }
        joined.iter().for_each(|joined| out.payload(joined));
        Ok(())
    }
}

fn frames(held: &mut Vec<u8>, most: usize, out: &mut Out) -> Step {
    while let [high, low, rest @ ..] = &held[..] {
        let len = usize::from(u16::from_be_bytes([*high, *low]));
        if len > most {
            return Err("too long".to_owned());
        }
        let Some(payload) = rest.get(..len) else {
            break;
        };
        out.payload(payload);
        held.drain(..2 + len);
    }
    Ok(())
}

/// Lines that end in CR LF.
fn lines(defect: Defect) -> impl FnMut(Option<&[u8]>, &mut Out) -> Step {
    let mut held: Vec<u8> = Vec::new();
    move |bytes, out| {
        let Some(bytes) = bytes else {
            return match (held.is_empty(), defect) {
                (true, _) => Ok(()),
                (false, Defect::LastLineDelivered) => {
                    out.payload(&held);
                    Ok(())
                }
                _ => Err("truncated".to_owned()),
            };
        };
        if defect == Defect::TextPerRead {
            held.extend(String::from_utf8_lossy(bytes).bytes());
        } else {
            held.extend_from_slice(bytes);
        }
        let mut from = match defect {
            Defect::DelimiterPerRead => held.len() - bytes.len(),
            _ => 0,
        };
        while let Some((line, end)) = next_line(&held, from, defect) {
            if defect == Defect::TextPerRead && std::str::from_utf8(&held[..line]).is_err() {
                return Err("not UTF-8".to_owned());
            }
            out.payload(&held[..line]);
            held.drain(..end);
            from = 0;
        }
        Ok(())
    }
}

/// Where the first line ends, without and with its end.
fn next_line(held: &[u8], from: usize, defect: Defect) -> Option<(usize, usize)> {
    match defect {
        Defect::LineFeedIsEnough => {
            let at = held.iter().position(|&byte| byte == b'\n')?;
            let line = at - usize::from(held[..at].ends_with(b"\r"));
            Some((line, at + 1))
        }
        Defect::CarriageReturnForgotten => {
            // A second CR is taken for what follows the first.
            let mut at = 0;
            while at + 1 < held.len() {
                match (held[at], held[at + 1]) {
                    (b'\r', b'\n') => return Some((at, at + 2)),
                    (b'\r', _) => at += 2,
                    _ => at += 1,
                }
            }
            None
        }
        _ => {
            let at = held[from..].windows(2).position(|two| two == b"\r\n")?;
            Some((from + at, from + at + 2))
        }
    }
}

/// Blocks whose series never end.
fn blocks(framing: &Framing) -> impl FnMut(Option<&[u8]>, &mut Out) -> Step {
    let mut held: Vec<u8> = Vec::new();
    let most = framing.max.unwrap_or(u64::MAX) as usize;
    let mut open = false;
    move |bytes, out| {
        held.extend_from_slice(bytes.unwrap_or_default());
        while let [len, rest @ ..] = &held[..] {
            let len = usize::from(*len);
            if len > most {
                return Err("too long".to_owned());
            }
            let Some(payload) = rest.get(..len) else {
                break;
            };
            open = len > 0;
            if open {
                out.payload(payload);
            }
            held.drain(..=len);
        }
        match bytes {
            None if open || !held.is_empty() => Err("truncated".to_owned()),
            _ => Ok(()),
        }
    }
}

/// Messages after a varint, of which what has come is taken for all.
fn varints() -> impl FnMut(Option<&[u8]>, &mut Out) -> Step {
    let mut held: Vec<u8> = Vec::new();
    move |bytes, out| {
        held.extend_from_slice(bytes.unwrap_or_default());
        while !held.is_empty() {
            let more = held.iter().take_while(|&&byte| byte >= 0x80).count();
            let header = (more + 1).min(held.len());
            let mut len = 0_u128;
            for (at, byte) in held[..header].iter().enumerate().take(10) {
                len |= u128::from(byte & 0x7f) << (7 * at);
            }
            if more >= 10 || len > 1 << 20 {
                return Err("too long".to_owned());
            }
            let Some(payload) = held.get(header..header + len as usize) else {
                break;
            };
            out.payload(payload);
            held.drain(..header + len as usize);
        }
        match bytes {
            None if !held.is_empty() => Err("truncated".to_owned()),
            _ => Ok(()),
        }
    }
}
