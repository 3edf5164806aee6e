//! A length in a block of header lines, and the lines themselves (RFC 9110 section 5).
//!
//! ```text
//! Content-Type: x\r\n
//! Content-Length: 12\r\n
//! \r\n                      the empty line ends the block; the payload follows
//! ```

use super::Bounds;
use super::digits::Digits;
use crate::framing::event::Why;
use crate::framing::place::Place;
use crate::framing::text::is_token;
use crate::framing::{Radix, Stop};

/// Splits header lines into their parts; holds no line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::framing) enum HeaderLines {
    #[default]
    LineStart,
    Name,
    Value,
    LineLf,
    EndLf,
}

/// What a byte of header lines is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::framing) enum Part {
    Name,
    Colon,
    Value,
    /// The CR of a line with a name.
    LineCr,
    LineLf,
    /// The CR of the empty line.
    EndCr,
    /// The last byte of all.
    End,
}

impl HeaderLines {
    pub(in crate::framing) fn step(&mut self, byte: u8) -> Result<Part, Why> {
        let (next, part) = match (*self, byte) {
            (Self::LineStart, b'\r') => (Self::EndLf, Part::EndCr),
            (Self::LineStart | Self::Name, byte) if is_token(byte) => (Self::Name, Part::Name),
            (Self::Name, b':') => (Self::Value, Part::Colon),
            (Self::Value, b'\r') => (Self::LineLf, Part::LineCr),
            (Self::Value, b'\t' | b' '..=b'~' | 0x80..) => (Self::Value, Part::Value),
            (Self::LineLf, b'\n') => (Self::LineStart, Part::LineLf),
            (Self::EndLf, b'\n') => (Self::LineStart, Part::End),
            _ => return Err(Why::FieldSyntax),
        };
        *self = next;
        Ok(part)
    }

    pub(in crate::framing) fn place(self) -> Place {
        match self {
            Self::LineStart => Place::LineStart,
            Self::Name => Place::LineName,
            Self::Value => Place::LineValue,
            Self::LineLf => Place::LineEnd,
            Self::EndLf => Place::EmptyLine,
        }
    }
}

/// The length field among header lines: how far the name of this line has matched, and the value where its line has come.
#[derive(Clone, Debug)]
pub(in crate::framing) struct Field {
    name: String,
    lines: HeaderLines,
    /// Bytes of this line's name that match `name`, `None` once one does not.
    matched: Option<usize>,
    /// Where the value of the length's line stands; `Absent` before that line, `Ended` after it.
    value: Value,
    digits: Digits,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    Absent,
    BeforeDigits,
    InDigits,
    AfterDigits,
    Ended,
}

impl Field {
    pub(super) fn new(name: &str) -> Self {
        let stop = Stop::End {
            end: b"\r\n".to_vec(),
            zeros: true,
        };
        Self {
            name: name.to_owned(),
            lines: HeaderLines::default(),
            matched: Some(0),
            value: Value::Absent,
            digits: Digits::new(Radix::Decimal, &stop),
        }
    }

    pub(super) fn step(&mut self, byte: u8, bounds: &Bounds) -> Result<Option<u64>, Why> {
        match self.lines.step(byte)? {
            Part::Name => {
                self.matched = self
                    .matched
                    .filter(|&at| self.name_has(at, byte))
                    .map(|at| at + 1)
            }
            Part::Colon if self.matched == Some(self.name.len()) => match self.value {
                Value::Absent => self.value = Value::BeforeDigits,
                _ => return Err(Why::DuplicateField),
            },
            Part::Value => self.value_byte(byte, bounds)?,
            Part::LineCr => self.line_end(bounds)?,
            Part::LineLf => self.matched = Some(0),
            Part::EndCr if self.value == Value::Absent => return Err(Why::MissingField),
            Part::End => {
                self.value = Value::Absent;
                self.matched = Some(0);
                return Ok(Some(self.digits.take()));
            }
            Part::Colon | Part::EndCr => {}
        }
        Ok(None)
    }

    pub(super) fn place(&self) -> Place {
        match (self.value, self.lines) {
            (Value::InDigits, HeaderLines::Value) => self.digits.place(),
            (_, lines) => lines.place(),
        }
    }

    fn name_has(&self, at: usize, byte: u8) -> bool {
        self.name
            .as_bytes()
            .get(at)
            .is_some_and(|own| own.eq_ignore_ascii_case(&byte))
    }

    fn value_byte(&mut self, byte: u8, bounds: &Bounds) -> Result<(), Why> {
        let blank = matches!(byte, b' ' | b'\t');
        match self.value {
            Value::Absent | Value::Ended => Ok(()),
            Value::BeforeDigits | Value::AfterDigits if blank => Ok(()),
            Value::InDigits if blank => {
                self.value = Value::AfterDigits;
                self.digits.stand(bounds)
            }
            Value::AfterDigits => Err(Why::Digit),
            Value::BeforeDigits | Value::InDigits => {
                self.value = Value::InDigits;
                self.digits.digit(byte, bounds).unwrap_or(Err(Why::Digit))
            }
        }
    }

    fn line_end(&mut self, bounds: &Bounds) -> Result<(), Why> {
        match self.value {
            Value::Absent | Value::Ended => Ok(()),
            Value::BeforeDigits | Value::InDigits | Value::AfterDigits => {
                self.value = Value::Ended;
                self.digits.stand(bounds)
            }
        }
    }
}
