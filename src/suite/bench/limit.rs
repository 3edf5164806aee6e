//! Whether a figure is the target's or our own.
//!
//! A generator that is as busy as what it loads measures itself. Two signs: the figure is near to what we reach against a peer that does
//! next to nothing with what it gets, or we used more processor time than the target.

use std::fmt;

/// Within so much of the ceiling a figure is at it.
const NEAR: f64 = 0.8;

/// Why a figure says as much of us as of the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// It lies within 20 % of the ceiling.
    Ceiling,
    /// We were busier than the target.
    Processor,
}

impl Limit {
    /// Its word in reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ceiling => "ceiling",
            Self::Processor => "processor",
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ceiling => "within 20 % of what framecheck itself reaches",
            Self::Processor => "framecheck used more processor time than the target",
        })
    }
}

/// What limits a figure beside the target. `of_ceiling` is its share of the ceiling, `cpu` processor time: ours and the target's.
#[must_use]
pub fn limit(of_ceiling: Option<f64>, cpu: Option<(f64, f64)>) -> Option<Limit> {
    if of_ceiling.is_some_and(|share| share >= NEAR) {
        return Some(Limit::Ceiling);
    }
    let busier = cpu.is_some_and(|(ours, theirs)| ours > theirs);
    busier.then_some(Limit::Processor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_the_targets_only_well_below_the_ceiling_and_with_the_target_busier() {
        for (of_ceiling, cpu, right) in [
            (Some(0.79), Some((1.0, 1.1)), None),
            (Some(0.8), Some((1.0, 1.1)), Some(Limit::Ceiling)),
            (Some(1.3), None, Some(Limit::Ceiling)),
            (Some(0.5), Some((1.2, 1.1)), Some(Limit::Processor)),
            (None, None, None),
        ] {
            assert_eq!(limit(of_ceiling, cpu), right, "{of_ceiling:?} {cpu:?}");
        }
    }
}
