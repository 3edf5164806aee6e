//! The highest rate of each target at which a latency holds: what the closed loop reaches, and from there by halves. Targets take turns in this
//! too.

use super::bench::Table;
use super::round::Conducted;
use super::seat::Counts;
use crate::run::interrupt;
use crate::suite::bench::{Extent, LatencyTarget, Search, TRIALS};

impl Table<'_> {
    /// Sets the rate of each target, and that of the ceilings to the highest of all.
    pub(super) fn search(&mut self, target: LatencyTarget) {
        let trial = match self.course.extent {
            Extent::Time(time) => Extent::Time(time / (TRIALS + 1)),
            frames @ Extent::Frames(_) => frames.part(0, TRIALS + 1),
        };
        let targets = self.cell.contenders.len();
        let mut searches: Vec<Option<Search>> = vec![None; targets];
        for number in 0..=TRIALS {
            for (at, search) in searches.iter_mut().enumerate() {
                if (number == 0 || search.is_some()) && !interrupt::requested() {
                    let rate = search.map(|search| search.rate());
                    let conducted = self.one(at, rate, trial, Counts::Not);
                    *search = conducted.map(|conducted| next(*search, &conducted, target));
                }
            }
        }
        let best = searches.iter().map(|search| search.as_ref()?.best());
        self.set_found(&best.collect::<Vec<_>>(), target);
    }

    fn set_found(&mut self, best: &[Option<f64>], target: LatencyTarget) {
        let highest = best.iter().flatten().copied().reduce(f64::max);
        for (at, seat) in self.seats.iter_mut().enumerate() {
            let measured = &mut seat.measured;
            measured.rate = best.get(at).copied().unwrap_or(highest);
            let searched = at < best.len() && measured.failed.is_none();
            if searched && measured.rate.is_none() && !interrupt::requested() {
                measured.held = Some(false);
                measured.notes.push(format!("no rate holds {target}"));
            }
        }
    }
}

/// The search after a trial; the first was a closed loop.
fn next(search: Option<Search>, conducted: &Conducted, target: LatencyTarget) -> Search {
    match search {
        None => Search::below(conducted.sample.frames_per_s()),
        Some(search) => {
            let latency = conducted.corrected.at(target.percentile);
            search.after(latency <= target.within)
        }
    }
}
