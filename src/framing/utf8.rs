//! Whether bytes are, or can still become, UTF-8 (RFC 3629 section 4): a few words of state, one byte at a time.

/// A sequence in progress: `need` continuation bytes to come, the next of them in `low..=high`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Utf8 {
    need: u8,
    low: u8,
    high: u8,
}

impl Default for Utf8 {
    fn default() -> Self {
        Self {
            need: 0,
            low: 0x80,
            high: 0xbf,
        }
    }
}

impl Utf8 {
    /// Takes the next byte; `false`: no continuation makes it UTF-8.
    pub(super) fn step(&mut self, byte: u8) -> bool {
        if self.need > 0 {
            let fits = (self.low..=self.high).contains(&byte);
            *self = Self {
                need: self.need - 1,
                ..Self::default()
            };
            return fits;
        }
        let (need, low, high) = match byte {
            0..=0x7f => (0, 0x80, 0xbf),
            0xc2..=0xdf => (1, 0x80, 0xbf),
            0xe0 => (2, 0xa0, 0xbf),
            0xed => (2, 0x80, 0x9f),
            0xe1..=0xef => (2, 0x80, 0xbf),
            0xf0 => (3, 0x90, 0xbf),
            0xf1..=0xf3 => (3, 0x80, 0xbf),
            0xf4 => (3, 0x80, 0x8f),
            _ => return false,
        };
        *self = Self { need, low, high };
        true
    }

    /// Takes bytes up to the first that no continuation makes UTF-8, whose place it returns.
    pub(super) fn steps(&mut self, bytes: &[u8]) -> Option<usize> {
        bytes.iter().position(|&byte| !self.step(byte))
    }

    /// Bytes that the sequence in progress still needs; 0 between characters.
    pub(super) fn need(self) -> u64 {
        self.need.into()
    }
}
