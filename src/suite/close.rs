//! How our half of a connection ends after the bytes of a case: a word in vectors, cases and reports.

/// How our half of a connection ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Close {
    /// With a FIN: the peer reads to the end of the stream.
    #[default]
    Fin,
    /// With a reset: the peer's read fails.
    Reset,
    /// Not at all, until the verdict stands: the peer must answer without an end.
    Hold,
}

impl Close {
    /// Every choice, the default first.
    pub const ALL: &'static [Self] = &[Self::Fin, Self::Reset, Self::Hold];

    /// The word that files, flags and reports have for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Fin => "fin",
            Self::Reset => "reset",
            Self::Hold => "hold",
        }
    }
}
