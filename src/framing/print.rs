//! The text form of a framing, printed: a [`Framing`] to `PATTERN[:PARAMETER][,key=value]...`.
//!
//! Keys at their defaults are left out, and a framing that was named by a preset prints that name and the keys that differ from it.
//! Invariant: what is printed parses to the same framing.

use std::fmt;

use super::bytes::escape;
use super::{Extensions, Framing, Lead, Length, Pattern, Prefix, Series, Stop, Tail, Unit};

impl fmt::Display for Framing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(preset) = self.preset {
            f.write_str(preset.name)?;
            return write_shared(f, self, &preset.framing());
        }
        write_pattern(f, &self.pattern)?;
        write_shared(f, self, &Framing::of(Pattern::Eof))
    }
}

fn write_pattern(f: &mut fmt::Formatter<'_>, pattern: &Pattern) -> fmt::Result {
    match pattern {
        Pattern::Eof => f.write_str("eof"),
        Pattern::HalfClose => f.write_str("half-close"),
        Pattern::Fixed { size, tail } => {
            write!(f, "fixed:{}", Size(*size))?;
            write_tail(f, *tail)
        }
        Pattern::Delimited {
            delimiters,
            strip,
            tail,
        } => {
            let texts: Vec<_> = delimiters
                .iter()
                .map(|delimiter| escape(delimiter, b",|"))
                .collect();
            write!(f, "delimited:{}", texts.join("|"))?;
            write_bytes(f, "strip", strip)?;
            write_tail(f, *tail)
        }
        Pattern::Prefixed(prefix) => write_prefix(f, "prefixed", prefix),
        Pattern::Blocks {
            prefix,
            series,
            unit,
            extensions,
        } => {
            write_prefix(f, "blocks", prefix)?;
            write_word(f, "series", series.word(), Series::default().word())?;
            write_word(f, "unit", unit.word(), Unit::default().word())?;
            write_word(
                f,
                "extensions",
                extensions.word(),
                Extensions::default().word(),
            )
        }
    }
}

fn write_tail(f: &mut fmt::Formatter<'_>, tail: Tail) -> fmt::Result {
    match tail {
        Tail::Truncated => Ok(()),
        Tail::Frame => f.write_str(",tail=frame"),
        Tail::Pad(byte) => write!(f, ",tail=pad:{}", escape(&[byte], b",")),
    }
}

fn write_prefix(f: &mut fmt::Formatter<'_>, pattern: &str, prefix: &Prefix) -> fmt::Result {
    write!(f, "{pattern}:")?;
    match &prefix.length {
        Length::Uint { width: 1, .. } => f.write_str("u8")?,
        Length::Uint { width, endian } => write!(f, "u{}{}", 8 * width, endian.word())?,
        Length::Varint { canonical } => {
            f.write_str(if *canonical {
                "varint,canonical=require"
            } else {
                "varint"
            })?;
        }
        Length::Digits {
            radix,
            stop: Stop::End { end, zeros },
        } => {
            write!(f, "{}", radix.word())?;
            write_bytes(f, "end", end)?;
            f.write_str(if *zeros { ",zeros=accept" } else { "" })?;
        }
        Length::Digits {
            radix,
            stop: Stop::Width(width),
        } => write!(f, "{},width={width}", radix.word())?,
        Length::Field { name } => write!(f, "field,name={name}")?,
    }
    match &prefix.lead {
        Lead::Free(0) => {}
        Lead::Free(offset) => write!(f, ",offset={}", Size(*offset))?,
        Lead::Exact(bytes) => write_bytes(f, "header", bytes)?,
    }
    if prefix.adjust != 0 {
        write!(f, ",adjust={:+}", prefix.adjust)?;
    }
    write_bytes(f, "trailer", &prefix.trailer)
}

fn write_bytes(f: &mut fmt::Formatter<'_>, key: &str, bytes: &[u8]) -> fmt::Result {
    match bytes {
        [] => Ok(()),
        _ => write!(f, ",{key}={}", escape(bytes, b",")),
    }
}

fn write_word(f: &mut fmt::Formatter<'_>, key: &str, word: &str, default: &str) -> fmt::Result {
    match word == default {
        true => Ok(()),
        false => write!(f, ",{key}={word}"),
    }
}

/// The keys of every pattern, where they differ from those of `base`.
fn write_shared(f: &mut fmt::Formatter<'_>, framing: &Framing, base: &Framing) -> fmt::Result {
    match framing.max {
        max if max == base.max => {}
        None => f.write_str(",max=none")?,
        Some(max) => write!(f, ",max={}", Size(max))?,
    }
    write_word(f, "oversize", framing.oversize.word(), base.oversize.word())?;
    write_word(f, "empty", framing.empty.word(), base.empty.word())?;
    write_word(f, "charset", framing.charset.word(), base.charset.word())
}

/// A size as text: a whole number of the largest unit that fits.
pub(super) struct Size(pub(super) u64);

/// The units of sizes and their powers of two, the largest first.
pub(super) const UNITS: [(&str, u32); 3] = [("GiB", 30), ("MiB", 20), ("KiB", 10)];

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A long count of a unit (46875KiB) reads worse than the plain number.
        let readable = |shift: &u32| self.0.trailing_zeros() >= *shift && self.0 >> shift < 10_000;
        match UNITS
            .iter()
            .find(|(_, shift)| self.0 != 0 && readable(shift))
        {
            Some((unit, shift)) => write!(f, "{}{unit}", self.0 >> shift),
            None => write!(f, "{}", self.0),
        }
    }
}
