//! All rounds of a benchmark: targets take turns in an order that changes, and the ceiling is one of them.
//!
//! A target that fails is out until the next size; the others go on, and what was measured stays. Each size has a target of its own, freshly
//! started, so that memory and crashes are those of that size. Invariant: whatever ends the benchmark, no target is left running.

use std::time::Duration;

use super::fault::not_started;
use super::host::Host;
use super::responder::Responder;
use super::round::{Conducted, Order, Unfinished, conduct};
use crate::run::interrupt;
use crate::run::process::StartError;
use crate::run::target::{Site, Target};
use crate::suite::bench::{
    Bench, Ceiling, Extent, Failed, FailedKind, Latency, LatencyTarget, Measured, Mode, Pace,
    Script, Search, Shape, Shown, TRIALS,
};
use crate::suite::gate::Gate;

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
struct Table<'a> {
    cell: &'a Cell,
    course: &'a Course,
    progress: &'a dyn Progress,
    seats: Vec<Seat<'a>>,
    random: fastrand::Rng,
}

/// One who takes turns: a target or a ceiling.
struct Seat<'a> {
    /// `None`: it cannot be tried.
    host: Option<(Host<'a>, &'a Script)>,
    measured: Measured,
    /// It closes connections after us.
    closes: bool,
}

/// Latencies and counts of one round are kept, or it was to warm up.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counts {
    As(u32),
    Not,
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
                (Ok((target, script)), None) => {
                    let site = Box::new(Site::new(target, Gate::None));
                    Seat::new(&contender.name, Host::Target(site), script)
                }
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
            for seat in self.seats.iter_mut().filter(|seat| !seat.is_ceiling()) {
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
    fn one(
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

    /// The highest rate of each target at which the latency holds: what the closed loop reaches, and from there by halves. Targets take
    /// turns in this too. The ceiling is measured at the highest of all.
    fn search(&mut self, target: LatencyTarget) {
        let trial = match self.course.extent {
            Extent::Time(time) => Extent::Time(time / (TRIALS + 1)),
            frames @ Extent::Frames(_) => frames.part(0, TRIALS + 1),
        };
        let targets: Vec<usize> = (0..self.cell.contenders.len()).collect();
        let mut searches: Vec<Option<Search>> = targets.iter().map(|_| None).collect();
        for trial_number in 0..=TRIALS {
            for &at in &targets {
                let search = searches[at];
                if trial_number > 0 && search.is_none() || interrupt::requested() {
                    continue;
                }
                let rate = search.map(|search| search.rate());
                let conducted = self.one(at, rate, trial, Counts::Not);
                searches[at] = conducted.map(|conducted| match search {
                    None => Search::below(conducted.sample.frames_per_s()),
                    Some(search) => {
                        let latency = conducted.corrected.at(target.percentile);
                        search.after(latency <= target.within)
                    }
                });
            }
        }
        let best = searches
            .iter()
            .map(|search| search.and_then(|search| search.best()));
        let best: Vec<Option<f64>> = best.collect();
        let highest = best.iter().flatten().copied().reduce(f64::max);
        for (at, seat) in self.seats.iter_mut().enumerate() {
            seat.measured.rate = best.get(at).copied().unwrap_or(highest);
            if seat.measured.rate.is_none() && seat.measured.failed.is_none() {
                seat.measured.held = Some(false);
                seat.measured.notes.push(format!("no rate holds {target}"));
            }
        }
    }

    fn shown(self) -> Shown {
        let (mut targets, mut ceilings) = (Vec::new(), Vec::new());
        for seat in self.seats {
            let mode = seat.measured.mode;
            match (seat.is_ceiling(), mode) {
                (true, Some(mode)) => ceilings.push(Ceiling {
                    mode,
                    measured: seat.measured,
                }),
                (true, None) => {}
                (false, _) => targets.push(seat.measured),
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

/// A ceiling for each mode, with the script of the first target that has it.
fn ceilings(cell: &Cell) -> Vec<Seat<'_>> {
    let works = cell
        .contenders
        .iter()
        .filter_map(|one| one.work.as_ref().ok());
    let mut modes: Vec<Mode> = Vec::new();
    let mut seats = Vec::new();
    for (_, script) in works {
        if modes.contains(&script.mode()) {
            continue;
        }
        modes.push(script.mode());
        seats.push(match Responder::start(script) {
            Ok(responder) => Seat::new(CEILING, Host::Ceiling(responder), script),
            Err(error) => Seat::failed(
                CEILING,
                Failed {
                    kind: FailedKind::System,
                    why: error.to_string(),
                },
            ),
        });
    }
    seats
}

/// What the ceiling is called.
const CEILING: &str = "ceiling";

impl<'a> Seat<'a> {
    fn new(name: &str, host: Host<'a>, script: &'a Script) -> Self {
        Self {
            host: Some((host, script)),
            measured: Measured {
                target: name.to_owned(),
                mode: Some(script.mode()),
                ..Measured::default()
            },
            closes: true,
        }
    }

    fn failed(name: &str, failed: Failed) -> Self {
        Self {
            host: None,
            measured: Measured {
                target: name.to_owned(),
                failed: Some(failed),
                ..Measured::default()
            },
            closes: true,
        }
    }

    fn is_ceiling(&self) -> bool {
        matches!(&self.host, Some((host, _)) if !host.is_target())
    }

    /// Conducts a round and keeps what counts.
    fn round(
        &mut self,
        shape: &Shape,
        rate: Option<f64>,
        extent: Extent,
        timeout: Duration,
        counts: Counts,
    ) -> Option<Conducted> {
        let (host, script) = self.host.as_mut()?;
        let addr = match host.ready() {
            Ok(addr) => addr,
            Err(StartError::Interrupted) => return None,
            Err(error) => {
                self.measured.failed = Some(not_started(&error));
                return None;
            }
        };
        let clock = || host.processor();
        let order = Order {
            addr,
            script,
            shape,
            rate,
            extent,
            timeout,
            spread: host.is_target(),
            await_close: self.closes,
            clock: &clock,
        };
        self.measured.in_flight = order.window();
        let conducted = match conduct(&order) {
            Ok(conducted) => conducted,
            Err(Unfinished::Interrupted) => return None,
            Err(Unfinished::Fault(fault)) => {
                let failed = fault.failed(script, addr, timeout);
                self.measured.failed = Some(match host.died() {
                    // An interruption ends targets, too.
                    _ if interrupt::requested() => return None,
                    Some(how) => Failed {
                        kind: FailedKind::Died,
                        why: format!("{}; the target ended: {how}", failed.why),
                    },
                    None => failed,
                });
                return None;
            }
        };
        self.measured.peak_resident = self.measured.peak_resident.max(host.peak_resident());
        if let Some(how) = host.settle().filter(|_| !interrupt::requested()) {
            self.measured.failed = Some(Failed {
                kind: FailedKind::Died,
                why: format!("the target ended behind a round that was right: {how}"),
            });
        }
        self.keep(&conducted, counts);
        Some(conducted)
    }

    fn keep(&mut self, conducted: &Conducted, counts: Counts) {
        if self.closes && !conducted.closes {
            self.closes = false;
            self.measured
                .notes
                .push("it does not close after our end".to_owned());
        }
        if let Counts::As(number) = counts {
            let mut sample = conducted.sample;
            sample.round = number;
            self.measured.samples.push(sample);
            add(&mut self.measured.latency, &conducted.latency);
            add(&mut self.measured.corrected, &conducted.corrected);
        }
    }
}

fn add(all: &mut Latency, more: &Latency) {
    if more.frames() > 0 {
        all.add(more);
    }
}
