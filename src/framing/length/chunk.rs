//! The size line of an HTTP chunk: hexadecimal digits with chunk extensions (RFC 9112 section 7.1.1).
//!
//! ```text
//! 1 a ; name = "a \" b" ; other \r \n
//! size^ *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] ) CRLF
//! ```

use super::Bounds;
use super::digits::Digits;
use crate::framing::event::Why;
use crate::framing::place::Place;
use crate::framing::text::is_token;

/// Reads a size line; its digits must be hexadecimal up to CR LF.
#[derive(Clone, Debug)]
pub(in crate::framing) struct ChunkLine {
    digits: Digits,
    state: State,
}

/// Where in the grammar the line stands: each state is named by what came last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Size,
    /// White space after the size or a value: only a semicolon may follow.
    Blank,
    Semicolon,
    Name,
    /// White space after a name: a value may still follow.
    BlankAfterName,
    Equals,
    Value,
    Quoted,
    Backslash,
    Quote,
    Cr,
}

impl ChunkLine {
    pub(super) fn new(digits: Digits) -> Self {
        Self {
            digits,
            state: State::Size,
        }
    }

    pub(super) fn place(&self) -> Place {
        match self.state {
            State::Size => self.digits.place(),
            State::Cr => Place::Terminator(1),
            _ => Place::Extension,
        }
    }

    pub(super) fn step(&mut self, byte: u8, bounds: &Bounds) -> Result<Option<u64>, Why> {
        if self.state == State::Size {
            match self.digits.digit(byte, bounds) {
                Some(taken) => return taken.map(|()| None),
                None if !matches!(byte, b'\r' | b' ' | b'\t' | b';') => return Err(Why::Digit),
                None => self.digits.stand(bounds)?,
            }
        }
        if (self.state, byte) == (State::Cr, b'\n') {
            self.state = State::Size;
            return Ok(Some(self.digits.take()));
        }
        self.state = self.state.after(byte).ok_or(Why::ExtensionSyntax)?;
        Ok(None)
    }
}

impl State {
    fn after(self, byte: u8) -> Option<Self> {
        let blank = matches!(byte, b' ' | b'\t');
        let text = matches!(byte, b'\t' | b' '..=b'~' | 0x80..);
        Some(match (self, byte) {
            (Self::Size | Self::Name | Self::Value | Self::Quote, b'\r') => Self::Cr,
            (Self::Size | Self::Blank | Self::Value | Self::Quote, b';') => Self::Semicolon,
            (Self::Size | Self::Blank | Self::Value | Self::Quote, _) if blank => Self::Blank,
            (Self::Semicolon, _) if blank => Self::Semicolon,
            (Self::Semicolon | Self::Name, byte) if is_token(byte) => Self::Name,
            (Self::Name | Self::BlankAfterName, b'=') => Self::Equals,
            (Self::Name | Self::BlankAfterName, b';') => Self::Semicolon,
            (Self::Name | Self::BlankAfterName, _) if blank => Self::BlankAfterName,
            (Self::Equals, b'"') => Self::Quoted,
            (Self::Equals, _) if blank => Self::Equals,
            (Self::Equals | Self::Value, byte) if is_token(byte) => Self::Value,
            (Self::Quoted, b'"') => Self::Quote,
            (Self::Quoted, b'\\') => Self::Backslash,
            (Self::Quoted | Self::Backslash, _) if text => Self::Quoted,
            _ => return None,
        })
    }
}
