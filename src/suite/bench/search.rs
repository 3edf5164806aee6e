//! The search for the highest rate at which a latency holds, as arithmetic: which rate is tried next, and what a trial says.
//!
//! It begins at what the closed loop reached and halves the interval between what held and what did not. Invariant: `held < failed`.

/// Trials that are made: after them the interval is below 1 % of where it began.
pub const TRIALS: u32 = 8;

/// Where a search stands; rates are frames a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Search {
    /// The highest rate that has held.
    held: f64,
    /// The lowest that has not.
    failed: f64,
}

impl Search {
    /// Between nothing and a little more than the closed loop reached.
    #[must_use]
    pub fn below(reached: f64) -> Self {
        Self {
            held: 0.0,
            failed: reached * 1.1,
        }
    }

    /// The rate to be tried.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.held.midpoint(self.failed)
    }

    /// The same with what came of that rate.
    #[must_use]
    pub fn after(self, held: bool) -> Self {
        let rate = self.rate();
        match held {
            true => Self { held: rate, ..self },
            false => Self {
                failed: rate,
                ..self
            },
        }
    }

    /// The highest rate that has held; `None`: none has.
    #[must_use]
    pub fn best(&self) -> Option<f64> {
        (self.held > 0.0).then_some(self.held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_comes_near_to_the_rate_that_holds() {
        for right in [10.0, 333.0, 999.0] {
            let mut search = Search::below(1000.0);
            for _ in 0..TRIALS {
                search = search.after(search.rate() <= right);
            }
            let best = search.best().unwrap();
            assert!(best <= right && right - best < 5.0, "{right}: {best}");
        }
        let never = (0..TRIALS).fold(Search::below(1000.0), |search, _| search.after(false));
        assert_eq!(never.best(), None);
    }
}
