//! Where in a frame a stream stands: what a decoder is in the middle of, as a small value without offsets.
//!
//! Two streams at the same place make a decoder do the same with the next byte, as far as defects are concerned: what was tried can
//! be counted by places. Invariant: the place depends on the bytes so far alone, and is one of those that [`Framing::places`] lists.

use std::fmt;

use super::length::capacity;
use super::{Extensions, Framing, Lead, Length, Oversize, Pattern, Prefix, Radix, Series, Stop};

/// Where in a frame a stream stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// Before the first byte of a frame or of a series of blocks.
    Between,
    /// Before the first byte of a block that is not its series' first.
    InSeries,
    /// Behind so many bytes of what stands before a length, at most [`MOST`].
    Lead(u8),
    /// Behind so many bytes or digits of a length, at most [`MOST`]; `0` behind what stands before it.
    Length(u8),
    /// Behind so many bytes of what ends the digits of a length.
    Terminator(u8),
    /// In the extensions of a chunk's size.
    Extension,
    /// Before a header line that is not the first.
    LineStart,
    /// In the name of a header line.
    LineName,
    /// In the value of a header line.
    LineValue,
    /// Between CR and LF of a header line.
    LineEnd,
    /// Between CR and LF of the empty line behind header lines.
    EmptyLine,
    /// Behind a length, before the first byte of payload.
    Header,
    /// In a payload.
    Payload,
    /// Before the last byte of a payload of known length.
    LastByte,
    /// Behind a payload and so many bytes of its trailer.
    Trailer(u8),
    /// Behind so many bytes that may be a delimiter.
    Delimiter(u8),
    /// In a payload over `max`, which is dropped.
    Dropping,
    /// Behind the only series.
    Over,
    /// Behind an error.
    Failed,
}

/// Where counting stops: `3` stands for 3 and more.
const MOST: u8 = 3;

impl Place {
    /// A count as places have it.
    pub(super) fn count(count: impl TryInto<u8>) -> u8 {
        count.try_into().map_or(MOST, |count| count.min(MOST))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, count) = match *self {
            Self::Between => ("between frames", None),
            Self::InSeries => ("between blocks", None),
            Self::Lead(got) => ("in what precedes the length", Some(got)),
            Self::Length(0) => ("before the length", None),
            Self::Length(got) => ("in the length", Some(got)),
            Self::Terminator(got) => ("in the length's terminator", Some(got)),
            Self::Extension => ("in a chunk extension", None),
            Self::LineStart => ("before a header line", None),
            Self::LineName => ("in a header line's name", None),
            Self::LineValue => ("in a header line's value", None),
            Self::LineEnd => ("between CR and LF of a header line", None),
            Self::EmptyLine => ("between CR and LF of the empty line", None),
            Self::Header => ("behind the header", None),
            Self::Payload => ("in the payload", None),
            Self::LastByte => ("before the payload's last byte", None),
            Self::Trailer(0) => ("before the trailer", None),
            Self::Trailer(got) => ("in the trailer", Some(got)),
            Self::Delimiter(got) => ("in the delimiter", Some(got)),
            Self::Dropping => ("in a dropped payload", None),
            Self::Over => ("behind the only series", None),
            Self::Failed => ("behind an error", None),
        };
        let shown = match count {
            None => what.to_owned(),
            Some(1) => format!("{what}, 1 byte"),
            Some(MOST..) => format!("{what}, {MOST} bytes or more"),
            Some(got) => format!("{what}, {got} bytes"),
        };
        f.pad(&shown)
    }
}

impl Framing {
    /// Every place at which a stream of this framing can be cut or end, but for what follows an error; in the order in which they
    /// come in a frame.
    #[must_use]
    pub fn places(&self) -> Vec<Place> {
        let mut places = vec![Place::Between];
        match &self.pattern {
            Pattern::Eof | Pattern::HalfClose => {
                places.extend((self.max != Some(0)).then_some(Place::Payload));
            }
            Pattern::Fixed { size, .. } => {
                places.extend((*size > 2).then_some(Place::Payload));
                places.extend((*size > 1).then_some(Place::LastByte));
            }
            Pattern::Delimited { delimiters, .. } => {
                let longest = delimiters.iter().map(Vec::len).max().unwrap_or(1);
                places.extend((self.max != Some(0)).then_some(Place::Payload));
                places.extend(counted(longest as u64 - 1, Place::Delimiter));
            }
            Pattern::Prefixed(prefix) => places.extend(self.of_unit(prefix, false)),
            Pattern::Blocks {
                prefix,
                series,
                extensions,
                ..
            } => {
                places.push(Place::InSeries);
                places.extend(self.of_unit(prefix, *extensions == Extensions::Http));
                places.extend((*series == Series::One).then_some(Place::Over));
            }
        }
        let fixed = matches!(self.pattern, Pattern::Fixed { .. });
        places.extend((self.drops() && !fixed).then_some(Place::Dropping));
        places
    }

    fn drops(&self) -> bool {
        self.oversize == Oversize::Discard && self.max.is_some()
    }

    fn of_unit(&self, prefix: &Prefix, http: bool) -> Vec<Place> {
        let lead = match &prefix.lead {
            Lead::Free(size) => *size,
            Lead::Exact(lead) => lead.len() as u64,
        };
        let fields = matches!(prefix.length, Length::Field { .. });
        let mut places: Vec<_> = counted(lead.saturating_sub(1), Place::Lead).collect();
        places.extend((lead > 0 && !fields).then_some(Place::Length(0)));
        places.extend(of_length(&prefix.length, self.largest(prefix)));
        places.extend(http.then_some(Place::Extension));
        places.extend((http || fields).then_some(LINES).into_iter().flatten());
        let longest = self.max.unwrap_or(u64::MAX);
        let inside = [Place::Header, Place::LastByte, Place::Payload];
        places.extend(
            (1..)
                .zip(inside)
                .filter(|(least, _)| *least <= longest)
                .map(|(_, place)| place),
        );
        let trailer = prefix.trailer.len() as u64;
        places.extend((trailer > 0).then_some(Place::Trailer(0)));
        places.extend(counted(trailer.saturating_sub(1), Place::Trailer));
        places
    }

    /// The largest number that a length may hold.
    fn largest(&self, prefix: &Prefix) -> u64 {
        let refused_over = self.max.filter(|_| !self.drops());
        let largest = refused_over.and_then(|max| max.checked_add_signed(-prefix.adjust));
        largest.unwrap_or(u64::MAX).min(capacity(&prefix.length))
    }
}

const LINES: [Place; 5] = [
    Place::LineStart,
    Place::LineName,
    Place::LineValue,
    Place::LineEnd,
    Place::EmptyLine,
];

/// The places in a number that is no larger than this, before its last byte.
fn of_length(length: &Length, largest: u64) -> Vec<Place> {
    let digits = |most: u64| counted(most, Place::Length);
    match length {
        Length::Uint { width, .. } => digits(u64::from(*width) - 1).collect(),
        // The shortest form has as many groups of 7 bits as the number needs; others may have nine before the last.
        Length::Varint { canonical } => {
            let bits = if *canonical {
                largest.max(1).ilog2() + 1
            } else {
                64
            };
            digits(u64::from(bits.div_ceil(7)) - 1).collect()
        }
        Length::Digits { stop, radix } => match stop {
            Stop::Width(width) => digits(u64::from(*width) - 1).collect(),
            Stop::End { end, zeros } => {
                let base = if *radix == Radix::Hex { 16 } else { 10 };
                let needed = u64::from(largest.max(1).ilog(base)) + 1;
                let terminator = counted(end.len() as u64 - 1, Place::Terminator);
                digits(if *zeros { u64::MAX } else { needed })
                    .chain(terminator)
                    .collect()
            }
        },
        Length::Field { .. } => digits(u64::MAX).collect(),
    }
}

/// The places behind 1 to so many bytes.
fn counted(most: u64, place: impl Fn(u8) -> Place) -> impl Iterator<Item = Place> {
    (1..=Place::count(most)).map(place)
}
