//! Figures of rounds to one figure: its median, how far it spreads, and a ratio to another's with the interval that it lies in.
//!
//! Ratios are taken round by round, since the computer's speed of one moment is common to what was measured in that moment. The interval is
//! that of a bootstrap: medians of rounds drawn again and again, from a seed. Invariant: `low <= value <= high`.

/// Of how many drawn samples an interval is made.
const DRAWS: usize = 2000;

/// The share of drawn medians that lies inside.
pub(super) const CONFIDENCE: f64 = 0.95;

/// A value with the interval that it lies in with a confidence of 95 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The median.
    pub value: f64,
    /// Not less than this.
    pub low: f64,
    /// Not more than this.
    pub high: f64,
}

/// How far the figures of rounds lie apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The least of all.
    pub min: f64,
    /// A quarter of the rounds is below.
    pub low: f64,
    /// A quarter is above.
    pub high: f64,
    /// The greatest.
    pub max: f64,
}

/// The middle one; of an even number the mean of the two in the middle. `None` of none.
#[must_use]
pub fn median(figures: &[f64]) -> Option<f64> {
    quantile(&sorted(figures), 0.5)
}

impl Spread {
    /// Of the figures of rounds; `None` of none.
    #[must_use]
    pub fn of(figures: &[f64]) -> Option<Self> {
        let sorted = sorted(figures);
        Some(Self {
            min: *sorted.first()?,
            low: quantile(&sorted, 0.25)?,
            high: quantile(&sorted, 0.75)?,
            max: *sorted.last()?,
        })
    }
}

impl Interval {
    /// The median of figures; `None` of none.
    #[must_use]
    pub fn of(figures: &[f64], seed: u64) -> Option<Self> {
        let value = median(figures)?;
        let mut draws = Draws::of(figures);
        let mut random = fastrand::Rng::with_seed(seed);
        Self::around(value, || draws.median(&mut random))
    }

    /// A value, and what came of it with drawn samples.
    fn around(value: f64, mut draw: impl FnMut() -> Option<f64>) -> Option<Self> {
        let drawn: Vec<f64> = (0..DRAWS).filter_map(|_| draw()).collect();
        let drawn = sorted(&drawn);
        let outside = (1.0 - CONFIDENCE) / 2.0;
        Some(Self {
            value,
            low: quantile(&drawn, outside)?.min(value),
            high: quantile(&drawn, 1.0 - outside)?.max(value),
        })
    }
}

/// Samples that are drawn from figures, each as large as they are many.
struct Draws<'a> {
    figures: &'a [f64],
    drawn: Vec<f64>,
}

impl<'a> Draws<'a> {
    fn of(figures: &'a [f64]) -> Self {
        let drawn = vec![0.0; figures.len()];
        Self { figures, drawn }
    }

    fn median(&mut self, random: &mut fastrand::Rng) -> Option<f64> {
        let figures = self.figures;
        self.drawn
            .fill_with(|| figures[random.usize(..figures.len())]);
        self.drawn.sort_by(f64::total_cmp);
        quantile(&self.drawn, 0.5)
    }
}

/// The ratio of figures to those of the same rounds of another, each with its round's number; `None` where they have no round in common.
#[must_use]
pub fn ratio(figures: &[(u32, f64)], to: &[(u32, f64)], seed: u64) -> Option<Interval> {
    let paired = figures.iter().filter_map(|&(round, figure)| {
        let (_, other) = to.iter().find(|(other, _)| *other == round)?;
        (*other > 0.0).then_some(figure / other)
    });
    Interval::of(&paired.collect::<Vec<_>>(), seed)
}

/// The ratio of the medians of two samples that have no moment in common, such as those of two runs; `None` where one is empty, or the
/// other is nothing to divide by.
#[must_use]
pub fn unpaired_ratio(figures: &[f64], to: &[f64], seed: u64) -> Option<Interval> {
    let divided = |figure: f64, to: f64| (to > 0.0).then_some(figure / to);
    let value = divided(median(figures)?, median(to)?)?;
    let (mut draws, mut others) = (Draws::of(figures), Draws::of(to));
    let mut random = fastrand::Rng::with_seed(seed);
    Interval::around(value, || {
        divided(draws.median(&mut random)?, others.median(&mut random)?)
    })
}

fn sorted(figures: &[f64]) -> Vec<f64> {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// Between the two nearest where it falls between.
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (
        sorted[place.floor() as usize],
        sorted[place.ceil() as usize],
    );
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_quartiles_are_those_of_the_textbook() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        let spread = Spread::of(&[5.0, 1.0, 2.0, 4.0, 3.0]).unwrap();
        let right = Spread {
            min: 1.0,
            low: 2.0,
            high: 4.0,
            max: 5.0,
        };
        assert_eq!(spread, right);
    }

    #[test]
    fn a_ratio_of_rounds_is_narrow_where_the_machine_is_noisy_for_both() {
        let mut random = fastrand::Rng::with_seed(7);
        let base: Vec<(u32, f64)> = (0..20)
            .map(|round| (round, 100.0 + 900.0 * random.f64()))
            .collect();
        let twice: Vec<_> = base
            .iter()
            .map(|&(round, figure)| (round, figure * (1.98 + 0.04 * random.f64())))
            .collect();
        let found = ratio(&twice, &base, 1).unwrap();
        assert!(found.low >= 1.98 && found.high <= 2.02, "{found:?}");
        assert!(found.low <= found.value && found.value <= found.high);
        assert_eq!(ratio(&twice, &base, 1), Some(found), "the seed makes it");
        assert_eq!(ratio(&twice[..5], &base[5..], 1), None);
    }

    #[test]
    fn a_ratio_of_two_runs_knows_how_far_both_spread() {
        let mut random = fastrand::Rng::with_seed(5);
        let mut run = |around: f64| -> Vec<f64> {
            (0..10)
                .map(|_| around * (0.9 + 0.2 * random.f64()))
                .collect()
        };
        let (old, same, half) = (run(100.0), run(100.0), run(50.0));
        let alike = unpaired_ratio(&same, &old, 1).unwrap();
        assert!(alike.low < 1.0 && 1.0 < alike.high, "{alike:?}");
        let slower = unpaired_ratio(&half, &old, 1).unwrap();
        assert!(0.4 < slower.low && slower.high < 0.6, "{slower:?}");
        assert_eq!(unpaired_ratio(&half, &old, 1), Some(slower));
        // Of three rounds an interval is all that they allow.
        let few = unpaired_ratio(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0], 1).unwrap();
        assert_eq!((few.low, few.high), (1.0 / 6.0, 3.0 / 4.0));
        assert_eq!(unpaired_ratio(&[], &old, 1), None);
        assert_eq!(unpaired_ratio(&old, &[0.0], 1), None);
    }

    #[test]
    fn intervals_hold_the_true_median_about_as_often_as_they_say() {
        let mut random = fastrand::Rng::with_seed(3);
        let held = (0..200).filter(|&seed| {
            let figures: Vec<f64> = (0..15).map(|_| random.f64()).collect();
            let found = Interval::of(&figures, seed).unwrap();
            found.low <= 0.5 && 0.5 <= found.high
        });
        let held = held.count();
        assert!(held > 176, "{held} of 200");
    }
}
