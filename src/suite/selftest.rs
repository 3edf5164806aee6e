//! What a self-test is and what it came to, as values: each fault under each framing and observer where it can show itself, and which
//! cases saw it; correct servers beside them, in which nothing may be seen.
//!
//! Invariant: a row knows every case that saw it, in the order in which they were tried.

use super::case::Tier;
use super::fault::{Fault, faults};
use super::finding::Finding;
use super::fuzz::Spot;
use super::judge::Kind;
use super::observer::Observer;
use crate::framing::{Ending, Framing};

/// Which server is tried.
#[derive(Clone, Copy, Debug)]
pub enum Server {
    /// The reference.
    Reference,
    /// The faulty servers' program without a fault.
    Twin,
    /// A server with this fault.
    Faulty(&'static Fault),
}

/// A server under a framing and an observer.
#[derive(Clone, Debug)]
pub struct Row {
    /// What is tried.
    pub server: Server,
    /// What it speaks.
    pub framing: Framing,
    /// By what its result is seen.
    pub observer: Observer,
}

/// What came of a row.
#[derive(Clone, Debug)]
pub struct Tried {
    /// What was tried.
    pub row: Row,
    /// Cases that were tried.
    pub cases: usize,
    /// Cases that failed.
    pub saw: Vec<Saw>,
    /// Cases of which nothing follows, with the reason.
    pub inconclusive: Vec<(String, String)>,
    /// Seconds that it took.
    pub seconds: f64,
    /// The shrunk form of the first case that saw it, where one was asked for.
    pub shrunk: Option<Extent>,
}

/// A case that saw a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saw {
    /// Its id.
    pub id: String,
    /// As what.
    pub kind: Kind,
    /// The verdict's reason.
    pub why: String,
    /// The tier that has the case first.
    pub tier: Tier,
}

/// How small a case became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Bytes that are sent.
    pub bytes: usize,
    /// Frames, whole or begun; in pattern 6 blocks.
    pub frames: usize,
    /// Cuts.
    pub cuts: usize,
    /// Why it may not be as small as it could be; otherwise no single step from it keeps the failure.
    pub note: Option<String>,
    /// The vector that is left.
    pub vector: String,
}

/// What a fuzzing campaign without vectors made of a faulty server.
#[derive(Clone, Debug)]
pub struct Hunted {
    /// What was tried.
    pub row: Row,
    /// What all cases were made from.
    pub seed: u64,
    /// Where the server fails, if that was found.
    pub found: Option<Spot>,
    /// Cases that were tried.
    pub runs: u64,
    /// Seconds that it took.
    pub seconds: f64,
}

impl Extent {
    /// Of a finding.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
        let case = &finding.least.case;
        let begun = usize::from(case.stream.ending != Ending::Clean);
        Self {
            bytes: case.stream.wire.len(),
            frames: case.stream.payloads.len() + begun,
            cuts: case.cuts.len(),
            note: finding.note.clone(),
            vector: finding.vector().to_toml(),
        }
    }

    /// At most two frames and one cut.
    #[must_use]
    pub fn is_small(&self) -> bool {
        self.frames <= 2 && self.cuts <= 1
    }
}

impl Tried {
    /// Whether a case of this tier or a smaller one failed.
    #[must_use]
    pub fn seen(&self, tier: Tier) -> bool {
        self.saw.iter().any(|saw| saw.tier <= tier)
    }

    /// Whether it is a correct server, in which something was seen or left open.
    #[must_use]
    pub fn is_false_alarm(&self) -> bool {
        let clean = self.saw.is_empty() && self.inconclusive.is_empty();
        !clean && !matches!(self.row.server, Server::Faulty(_))
    }

    /// Whether it is a faulty server, in which nothing was seen.
    #[must_use]
    pub fn survives(&self) -> bool {
        matches!(self.row.server, Server::Faulty(_)) && self.saw.is_empty()
    }
}

/// Every fault with `part` in its name, under each framing and observer; and the twins of those.
#[must_use]
pub fn rows(part: Option<&str>) -> Vec<Row> {
    let chosen = || {
        faults()
            .iter()
            .filter(|fault| part.is_none_or(|part| fault.name.contains(part)))
    };
    let mut rows = Vec::new();
    let mut twins: Vec<Row> = Vec::new();
    for fault in chosen() {
        for framing in fault
            .framings
            .iter()
            .filter_map(|text| text.parse::<Framing>().ok())
        {
            for &observer in fault.observers {
                let row = |server| Row {
                    server,
                    framing: framing.clone(),
                    observer,
                };
                rows.push(row(Server::Faulty(fault)));
                if !twins
                    .iter()
                    .any(|twin| twin.framing == framing && twin.observer == observer)
                {
                    twins.push(row(Server::Twin));
                }
            }
        }
    }
    rows.extend(twins);
    rows
}

/// Every fault with `part` in its name, once each: under its first framing, with the observer that shows the most.
#[must_use]
pub fn prey(part: Option<&str>) -> Vec<Row> {
    let mut prey: Vec<Row> = Vec::new();
    let names = |row: &Row| match row.server {
        Server::Faulty(fault) => Some((fault.name, row.framing.to_string())),
        Server::Reference | Server::Twin => None,
    };
    for row in rows(part) {
        let Some((name, framing)) = names(&row) else {
            continue;
        };
        match prey.last().and_then(names) {
            // Of its observers the last one shows the most.
            Some(last) if last == (name, framing) => drop(prey.pop()),
            Some(last) if last.0 == name => continue,
            _ => {}
        }
        prey.push(row);
    }
    prey
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_catalogue_is_tried_and_each_of_its_programs_without_a_fault() {
        let rows = rows(None);
        let catalogue: usize = faults()
            .iter()
            .map(|fault| fault.framings.len() * fault.observers.len())
            .sum();
        let faulty = |row: &&Row| matches!(row.server, Server::Faulty(_));
        assert_eq!(rows.iter().filter(faulty).count(), catalogue);
        for row in rows.iter().filter(faulty) {
            let twin = |other: &Row| {
                matches!(other.server, Server::Twin)
                    && other.framing == row.framing
                    && other.observer == row.observer
            };
            assert_eq!(rows.iter().filter(|other| twin(other)).count(), 1);
        }
    }

    #[test]
    fn each_fault_is_hunted_once_under_its_first_framing() {
        let prey = prey(None);
        assert_eq!(prey.len(), faults().len());
        for (row, fault) in prey.iter().zip(faults()) {
            assert_eq!(row.framing, fault.framings[0].parse().unwrap());
            assert_eq!(Some(&row.observer), fault.observers.last());
            assert!(matches!(row.server, Server::Faulty(same) if same.name == fault.name));
        }
    }

    #[test]
    fn a_part_of_a_name_chooses_the_faults_that_have_it() {
        let name = faults()[0].name;
        let chosen = rows(Some(name));
        assert!(chosen.iter().all(|row| match row.server {
            Server::Faulty(fault) => fault.name.contains(name),
            Server::Twin => true,
            Server::Reference => false,
        }));
        assert!(rows(Some("no such fault")).is_empty());
    }
}
