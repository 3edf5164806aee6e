//! All rounds of a benchmark: targets take turns in an order that changes, and the ceiling is one of them.
//!
//! A target that fails is out until the next size; the others go on, and what was measured stays. Each size has a target of its own, freshly
//! started, so that memory and crashes are those of that size. Invariant: whatever ends the benchmark, no target is left running.

use std::time::Duration;

use super::round::Conducted;
use super::seat::{Counts, Kind, Seat, ceilings};
use crate::run::interrupt;
use crate::run::target::Target;
use crate::suite::bench::{
    Bench, Ceiling, Extent, Failed, FailedKind, LatencyTarget, Measured, Pace, Script, Shape, Shown,
};

/// A target as it is measured in one cell.
pub struct Contender {
    /// What reports call it.
    pub name: String,
    /// What it is, and what it is sent; or why it cannot be tried.
    pub work: Result<(Target, Script), Failed>,
}

/// One framing and size.
pub struct Cell {
    /// The framing's text.
    pub framing: String,
    /// Bytes of a payload.
    pub payload: u64,
    /// How frames are put on connections.
    pub shape: Shape,
    /// At least one.
    pub contenders: Vec<Contender>,
}

/// How all cells are measured.
#[derive(Clone, Copy, Debug)]
pub struct Course {
    /// How much of each target, in all rounds that count.
    pub extent: Extent,
    /// Rounds that count, at least 1.
    pub rounds: u32,
    /// Rounds before them that do not.
    pub warm_up: u32,
    /// What orders are made from.
    pub seed: u64,
    /// How long nothing may move.
    pub timeout: Duration,
    /// Whether we are measured as well.
    pub ceiling: bool,
}

/// Who is told how far it is.
pub trait Progress {
    /// The next round is on this target.
    fn round(&self, target: &str);
}

/// Measures all cells.
pub fn bench(cells: &[Cell], course: &Course, progress: &dyn Progress) -> Bench {
    let connections = cells.iter().map(|cell| cell.shape.connections);
    allow_files(connections.max().unwrap_or(0));
    let mut bench = Bench::default();
    // Whatever did not start will not start for another size.
    let mut unstartable = Vec::new();
    for cell in cells {
        if interrupt::requested() {
            break;
        }
        let mut table = Table::new(cell, course, progress, &unstartable);
        table.run();
        let shown = table.shown();
        unstartable.extend(shown.targets.iter().filter_map(unstarted));
        bench.cells.push(shown);
    }
    bench.interrupted = interrupt::requested();
    bench
}

fn unstarted(measured: &Measured) -> Option<(String, Failed)> {
    let failed = measured.failed.as_ref()?;
    let name = measured.target.clone();
    (failed.kind == FailedKind::Start).then(|| (name, failed.clone()))
}

/// A thousand connections are more than many systems allow at first: of each the ceiling has its end here too, and to see a target with a
/// thread for each at rest takes two files a thread. The targets inherit the limit.
fn allow_files(connections: usize) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = 4 * connections as u64 + OTHER_FILES;
    if current.is_some_and(|current| current < wanted) {
        let allowed = maximum.map_or(wanted, |most| most.min(wanted));
        // Where that is refused, connections will be, with a reason.
        let _ = setrlimit(
            Resource::Nofile,
            Rlimit {
                current: Some(allowed),
                maximum,
            },
        );
    }
}

/// Descriptors beside those of connections.
const OTHER_FILES: u64 = 256;

/// All who take turns in one cell.
pub(super) struct Table<'a> {
    pub(super) cell: &'a Cell,
    pub(super) course: &'a Course,
    progress: &'a dyn Progress,
    pub(super) seats: Vec<Seat<'a>>,
    random: fastrand::Rng,
}

impl<'a> Table<'a> {
    fn new(
        cell: &'a Cell,
        course: &'a Course,
        progress: &'a dyn Progress,
        unstartable: &[(String, Failed)],
    ) -> Self {
        let mut seats: Vec<Seat> = Vec::new();
        for contender in &cell.contenders {
            let before = unstartable.iter().find(|(name, _)| *name == contender.name);
            seats.push(match (&contender.work, before) {
                (_, Some((_, failed))) | (Err(failed), None) => {
                    Seat::failed(&contender.name, failed.clone())
                }
                (Ok((target, script)), None) => Seat::of_target(&contender.name, target, script),
            });
        }
        if course.ceiling {
            seats.extend(ceilings(cell));
        }
        Self {
            cell,
            course,
            progress,
            seats,
            random: fastrand::Rng::with_seed(course.seed),
        }
    }

    fn run(&mut self) {
        match self.cell.shape.pace {
            Pace::Closed => {}
            Pace::Rate(rate) => self.set_rates(|_| Some(rate)),
            Pace::Search(target) => self.search(target),
        }
        let (warm_up, rounds) = (self.course.warm_up, self.rounds());
        for round in 0..warm_up + rounds {
            let counts = match round.checked_sub(warm_up) {
                Some(number) => Counts::As(number),
                None => Counts::Not,
            };
            let part = round.saturating_sub(warm_up);
            self.one_each(self.course.extent.part(part, rounds), counts);
        }
        if let Pace::Search(LatencyTarget { percentile, within }) = self.cell.shape.pace {
            let targets = self.seats.iter_mut();
            for seat in targets.filter(|seat| seat.kind == Kind::Target) {
                let measured = &mut seat.measured;
                if !measured.samples.is_empty() {
                    measured.held = Some(measured.corrected.at(percentile) <= within);
                }
            }
        }
    }

    /// A round of no frames has no figure.
    fn rounds(&self) -> u32 {
        match self.course.extent {
            Extent::Time(_) => self.course.rounds,
            Extent::Frames(frames) => {
                let frames = u32::try_from(frames).unwrap_or(u32::MAX);
                self.course.rounds.min(frames)
            }
        }
    }

    fn set_rates(&mut self, rate: impl Fn(&Seat) -> Option<f64>) {
        for seat in &mut self.seats {
            seat.measured.rate = rate(seat);
        }
    }

    /// A round for each, in some order.
    fn one_each(&mut self, extent: Extent, counts: Counts) {
        let mut order: Vec<usize> = (0..self.seats.len()).collect();
        self.random.shuffle(&mut order);
        for at in order {
            if interrupt::requested() {
                return;
            }
            let rate = self.seats[at].measured.rate;
            if self.searches() && rate.is_none() {
                continue;
            }
            self.one(at, rate, extent, counts);
        }
    }

    fn searches(&self) -> bool {
        matches!(self.cell.shape.pace, Pace::Search(_))
    }

    /// A round for one, as far as it can still be tried.
    pub(super) fn one(
        &mut self,
        at: usize,
        rate: Option<f64>,
        extent: Extent,
        counts: Counts,
    ) -> Option<Conducted> {
        let seat = &mut self.seats[at];
        if seat.measured.failed.is_some() {
            return None;
        }
        self.progress.round(&seat.measured.target);
        seat.round(&self.cell.shape, rate, extent, self.course.timeout, counts)
    }

    fn shown(self) -> Shown {
        let (mut targets, mut ceilings) = (Vec::new(), Vec::new());
        for Seat { measured, kind, .. } in self.seats {
            match kind {
                Kind::Target => targets.push(measured),
                Kind::Ceiling(mode) => ceilings.push(Ceiling { mode, measured }),
            }
        }
        Shown {
            framing: self.cell.framing.clone(),
            payload: self.cell.payload,
            shape: self.cell.shape,
            targets,
            ceilings,
        }
    }
}
