//! How much of the catalogue of faults campaigns found: a table for people, in Markdown so that it can be kept.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::suite::gate::Short;
use crate::suite::{Hunted, Server};

/// What was hunted for so long each, and what was found.
#[must_use]
pub fn hunted_text(hunted: &[Hunted], time: Duration, timeout: Duration) -> String {
    let all: BTreeSet<&str> = hunted.iter().map(name).collect();
    let mut text = format!(
        "{} faults, {} each at most, no vectors, --timeout {}\n\n",
        all.len(),
        Short(time),
        Short(timeout)
    );
    text += "| seed | hunted | found | found so far | cases until found, median | seconds until found, median |\n";
    text += "|---|---|---|---|---|---|\n";
    let mut found = BTreeSet::new();
    let seeds: BTreeSet<u64> = hunted.iter().map(|one| one.seed).collect();
    for seed in seeds {
        let of_seed: Vec<&Hunted> = hunted.iter().filter(|one| one.seed == seed).collect();
        let caught: Vec<&Hunted> = of_seed
            .iter()
            .copied()
            .filter(|one| one.found.is_some())
            .collect();
        found.extend(caught.iter().map(|one| name(one)));
        let share = 100.0 * found.len() as f64 / all.len().max(1) as f64;
        text += &format!(
            "| {seed} | {} | {} | {} ({share:.1} %) | {:.0} | {:.2} |\n",
            of_seed.len(),
            caught.len(),
            found.len(),
            median(caught.iter().map(|one| one.runs as f64)),
            median(caught.iter().map(|one| one.seconds)),
        );
    }
    let missed: Vec<&str> = all.difference(&found).copied().collect();
    match missed[..] {
        [] => text + "\nevery fault was found\n",
        _ => text + &format!("\nnot found: {}\n", missed.join(" ")),
    }
}

fn name(hunted: &Hunted) -> &'static str {
    match hunted.row.server {
        Server::Faulty(fault) => fault.name,
        Server::Reference | Server::Twin => "none",
    }
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(0.0)
}
