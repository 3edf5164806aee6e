//! Axes: where a value lies between two ends, and which round values are marked.
//!
//! Invariant: a scale of positive values has both ends apart, and every mark lies between them.

/// An axis from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    log: bool,
}

/// Values that lie further apart than this are told by their digits.
const WIDE: f64 = 8.0;

/// Marks that an axis has at most.
const MARKS: usize = 7;

impl Scale {
    /// From the least to the greatest, a little wider.
    pub(super) fn log(values: impl Iterator<Item = f64> + Clone) -> Self {
        let (low, high) = ends(values);
        Self {
            low: low / 1.3,
            high: high * 1.3,
            log: true,
        }
    }

    /// From 0 on.
    pub(super) fn linear(values: impl Iterator<Item = f64> + Clone) -> Self {
        let (_, high) = ends(values);
        Self {
            low: 0.0,
            high: high * 1.08,
            log: false,
        }
    }

    /// By digits where values lie far apart, else from 0 on.
    pub(super) fn fitting(values: impl Iterator<Item = f64> + Clone) -> Self {
        let (low, high) = ends(values.clone());
        match high / low > WIDE {
            true => Self::log(values),
            false => Self::linear(values),
        }
    }

    /// Where a value lies, the low end 0.
    pub(super) fn at(self, value: f64) -> f64 {
        let share = match self.log {
            true => (value / self.low).ln() / (self.high / self.low).ln(),
            false => value / self.high,
        };
        // A value of 0 has no digits.
        share.clamp(0.0, 1.0)
    }

    /// Round values, in order.
    pub(super) fn marks(self) -> Vec<f64> {
        match self.log {
            true => self.log_marks(),
            false => self.linear_marks(),
        }
    }

    fn log_marks(self) -> Vec<f64> {
        let decades = self.low.log10().floor() as i32..=self.high.log10().ceil() as i32;
        let marks = |steps: &[f64], every: usize| -> Vec<f64> {
            let decades = decades.clone().step_by(every);
            let all =
                decades.flat_map(|decade| steps.iter().map(move |step| step * 10f64.powi(decade)));
            all.filter(|mark| (self.low..=self.high).contains(mark))
                .collect()
        };
        let choices = [
            (&[1.0, 2.0, 5.0][..], 1),
            (&[1.0], 1),
            (&[1.0], 2),
            (&[1.0], 4),
        ];
        let mut tries = choices
            .into_iter()
            .map(|(steps, every)| marks(steps, every));
        tries.find(|marks| marks.len() <= MARKS).unwrap_or_default()
    }

    fn linear_marks(self) -> Vec<f64> {
        let decade = 10f64.powf((self.high / MARKS as f64).log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * decade);
        let count = |step: f64| (self.high / step).floor() as usize;
        let step = steps.into_iter().find(|step| count(*step) < MARKS);
        step.map_or(Vec::new(), |step| {
            (0..=count(step)).map(|at| at as f64 * step).collect()
        })
    }
}

/// The least and the greatest of those above 0; some, where there are none.
fn ends(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let values = values.filter(|value| value.is_finite() && *value > 0.0);
    let low = values.clone().fold(f64::INFINITY, f64::min);
    let high = values.fold(0.0, f64::max);
    match low <= high {
        true => (low, high),
        false => (1.0, 10.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(values: &[f64]) -> Scale {
        Scale::log(values.iter().copied())
    }

    #[test]
    fn marks_are_round_and_not_many() {
        assert_eq!(log(&[1e3, 4e4]).marks(), [1e3, 2e3, 5e3, 1e4, 2e4, 5e4]);
        assert_eq!(log(&[1.0, 1e5]).marks(), [1.0, 10.0, 100.0, 1e3, 1e4, 1e5]);
        let linear = Scale::linear([3.0, 47.0].into_iter());
        assert_eq!(linear.marks(), [0.0, 10.0, 20.0, 30.0, 40.0, 50.0]);
        for high in 1..200 {
            for low in [1e-9, 0.5, 1.0] {
                for scale in [
                    log(&[low, f64::from(high)]),
                    Scale::linear([f64::from(high)].into_iter()),
                ] {
                    let marks = scale.marks();
                    assert!((1..=MARKS).contains(&marks.len()), "{scale:?}: {marks:?}");
                }
            }
        }
    }

    #[test]
    fn values_lie_between_the_ends() {
        let scale = log(&[1.0, 100.0]);
        assert!((scale.at(10.0) - 0.5).abs() < 1e-9);
        assert!(0.0 < scale.at(1.0) && scale.at(100.0) < 1.0);
        assert_eq!((scale.at(0.0), scale.at(1e9)), (0.0, 1.0));
        let nothing = Scale::fitting(std::iter::empty());
        assert!((0.0..=1.0).contains(&nothing.at(0.0)));
    }
}
