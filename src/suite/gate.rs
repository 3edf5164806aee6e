//! What is waited for before the next segment is written, and what had held when it was.
//!
//! A [`Gate`] is what was asked for, with one text form for flags and files; a [`Held`] is what was reached for one cut.
//! Only [`Held::Parser`] and [`Held::Read`] are proofs. Nothing here waits: that is the runner's.
//! Invariant: a printed gate parses to the same gate.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// What is waited for before the next segment is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Gate {
    /// The strongest that works for the target.
    #[default]
    Auto,
    /// The bytes were read, and all threads of the target sleep.
    Parser,
    /// The bytes left the kernel in a read that has returned.
    Read,
    /// A pause, whole microseconds: hope, no proof.
    Sleep(Duration),
    /// Nothing: one write after another.
    None,
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Parser => f.write_str("parser"),
            Self::Read => f.write_str("read"),
            Self::Sleep(pause) => write!(f, "sleep:{}", Short(*pause)),
            Self::None => f.write_str("none"),
        }
    }
}

impl FromStr for Gate {
    type Err = BadGate;

    fn from_str(text: &str) -> Result<Self, BadGate> {
        match text {
            "auto" => Ok(Self::Auto),
            "parser" => Ok(Self::Parser),
            "read" => Ok(Self::Read),
            "none" => Ok(Self::None),
            _ => match text.strip_prefix("sleep") {
                Some(rest) => pause(rest).map(Self::Sleep),
                None => Err(BadGate::Unknown(text.to_owned())),
            },
        }
    }
}

/// What had held when the next segment was written; the weakest is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Held {
    /// Nothing was waited for.
    None,
    /// A pause had passed.
    Sleep,
    /// The bytes were in a read that had returned: what follows cannot be merged with them there.
    Read,
    /// The bytes were read and all threads of the target slept: it had done with them all that it could.
    Parser,
}

impl Held {
    /// Every one, the weakest first.
    pub const ALL: [Self; 4] = [Self::None, Self::Sleep, Self::Read, Self::Parser];

    /// The cut certainly reached a read of the target.
    #[must_use]
    pub fn proven(self) -> bool {
        self >= Self::Read
    }

    /// The word in reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Sleep => "sleep",
            Self::Read => "read",
            Self::Parser => "parser",
        }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A text that is no gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadGate {
    /// The word is none of the gates.
    Unknown(String),
    /// What follows `sleep:` is no duration.
    Pause(String),
}

impl fmt::Display for BadGate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(text) => write!(
                f,
                "unknown gate `{text}`; there are auto, parser, read, sleep:10ms and none"
            ),
            Self::Pause(text) => write!(
                f,
                "`sleep{text}` names no pause; write sleep:500us, sleep:10ms or sleep:1s"
            ),
        }
    }
}

impl std::error::Error for BadGate {}

/// The pause in what follows the word `sleep`.
fn pause(rest: &str) -> Result<Duration, BadGate> {
    rest.strip_prefix(':')
        .and_then(duration)
        .ok_or_else(|| BadGate::Pause(rest.to_owned()))
}

/// A duration of digits and a unit: `500us`, `10ms`, `1s`, `5m`, `8h`.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    let unit = text.find(|character: char| !character.is_ascii_digit())?;
    let count = text[..unit].parse().ok()?;
    match &text[unit..] {
        "us" => Some(Duration::from_micros(count)),
        "ms" => Some(Duration::from_millis(count)),
        "s" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_secs(count.checked_mul(60)?)),
        "h" => Some(Duration::from_secs(count.checked_mul(3600)?)),
        _ => None,
    }
}

/// A duration in the largest unit that loses nothing.
pub(crate) struct Short(pub(crate) Duration);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_micros() {
            micros if micros % 1_000_000 == 0 => write!(f, "{}s", micros / 1_000_000),
            micros if micros % 1_000 == 0 => write!(f, "{}ms", micros / 1_000),
            micros => write!(f, "{micros}us"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_gate_parses_to_the_same_gate() {
        for text in [
            "auto",
            "parser",
            "read",
            "none",
            "sleep:10ms",
            "sleep:1s",
            "sleep:500us",
            "sleep:1500ms",
        ] {
            assert_eq!(text.parse::<Gate>().unwrap().to_string(), text);
        }
        assert_eq!(
            "sleep:1000us".parse::<Gate>().unwrap().to_string(),
            "sleep:1ms"
        );
        assert_eq!("sleep:0ms".parse(), Ok(Gate::Sleep(Duration::ZERO)));
    }

    #[test]
    fn a_duration_knows_minutes_and_hours() {
        assert_eq!(duration("90m"), Some(Duration::from_secs(5400)));
        assert_eq!(duration("8h"), Some(Duration::from_secs(28800)));
        assert_eq!(duration("99999999999999999999h"), None);
        assert_eq!(duration("9999999999999999999h"), None);
    }

    #[test]
    fn an_error_names_what_would_be_right() {
        for text in [
            "",
            "Read",
            "sleepy",
            "sleep",
            "sleep:",
            "sleep:10",
            "sleep:ms",
            "sleep:-1s",
            "sleep:1.5s",
            "sleep:99999999999999999999s",
        ] {
            let error = text.parse::<Gate>().unwrap_err();
            let hint = if text.starts_with("sleep") {
                "sleep:500us"
            } else {
                "auto, parser, read"
            };
            assert!(error.to_string().contains(hint), "{text}: {error}");
        }
    }

    #[test]
    fn the_weakest_is_the_least_and_only_two_are_proofs() {
        assert_eq!(
            [Held::Parser, Held::Sleep, Held::Read].into_iter().min(),
            Some(Held::Sleep)
        );
        assert_eq!(Held::ALL.map(Held::proven), [false, false, true, true]);
    }
}
