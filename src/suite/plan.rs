//! From what is asked for to the cases: which streams a framing is tried with, and how each is sent.
//!
//! Invariant: no two cases of a framing have the same id, and no two streams of it the same bytes but for those at which a resource
//! is measured.

use std::collections::HashSet;
use std::sync::Arc;

use super::case::{Case, Own, Tier, cases};
use super::circumstances::circumstances;
use super::payload::PayloadKind;
use super::resource;
use super::rules::streams;
use super::stream::Stream;
use super::vector::Vector;
use crate::framing::{Framing, Length, Pattern, Series, Stop, Tail, Unit, presets};

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// The recorded streams.
    pub vectors: &'a [Vector],
    /// What payloads the target takes.
    pub payloads: &'a PayloadKind,
    /// How many cases are made of each stream.
    pub tier: Tier,
    /// What random segmentations are made from.
    pub seed: u64,
}

impl Plan<'_> {
    /// The cases for one framing: those that it has among all framings, and those of the vectors whose messages are written in the same
    /// way, under whatever limits they were recorded and however strict a reader was.
    #[must_use]
    pub fn of_framing(&self, framing: &Framing) -> Vec<Case> {
        let mut cases = self.plain(framing, usize::MAX);
        cases.extend(self.circumstances(framing));
        cases.extend(self.measured(framing));
        cases
    }

    /// Those of them that need one connection and no measuring, with streams made by rule of at most so many bytes.
    #[must_use]
    pub fn plain(&self, framing: &Framing, longest: usize) -> Vec<Case> {
        let expanded = framing.expanded();
        let alike = self.vectors.iter().filter(|vector| {
            wire(&vector.framing.pattern) == wire(&framing.pattern)
                && vector.framing.expanded() != expanded
        });
        let elsewhere = alike.map(|vector| {
            let mut here = vector.clone();
            here.framing = framing.clone();
            (Stream::of_vector(&here), Own::of_vector(&here))
        });
        // Of two that send the same the first stays: a case must keep the id that it has where all framings are tried.
        let streams = self.own(framing).chain(self.ruled(framing, longest));
        self.cases(streams.chain(elsewhere), usize::MAX)
    }

    /// What vectors say themselves, of those whose messages are written as in this framing: each in its own segmentations, whatever its
    /// limits were.
    #[must_use]
    pub fn recorded(&self, framing: &Framing) -> Vec<Case> {
        let alike = |vector: &&Vector| wire(&vector.framing.pattern) == wire(&framing.pattern);
        let here = |vector: &Vector| Vector {
            framing: framing.clone(),
            ..vector.clone()
        };
        let vectors = self.vectors.iter().filter(alike);
        vectors
            .flat_map(|vector| Case::of_vector(&here(vector)))
            .collect()
    }

    /// The cases for every framing that there is something for: the six patterns and the presets with all, every other framing of a
    /// vector with its vectors.
    #[must_use]
    pub fn of_everything(&self) -> Vec<(Framing, Vec<Case>)> {
        let plain = PLAIN.iter().filter_map(|text| text.parse().ok());
        let named = presets()
            .iter()
            .filter_map(|preset| preset.name.parse().ok());
        let mut framings: Vec<Framing> = plain.chain(named).collect();
        let mut planned: Vec<_> = framings
            .iter()
            .map(|framing| (framing.clone(), self.own_and_ruled(framing)))
            .collect();
        for vector in self.vectors {
            if !framings
                .iter()
                .any(|framing| framing.expanded() == vector.framing.expanded())
            {
                framings.push(vector.framing.clone());
                planned.push((
                    vector.framing.clone(),
                    self.cases(self.own(&vector.framing), self.broad()),
                ));
            }
        }
        planned
    }

    fn own_and_ruled(&self, framing: &Framing) -> Vec<Case> {
        let longest = match self.tier {
            Tier::Quick => LONGEST_OF_QUICK,
            Tier::Full | Tier::Soak => usize::MAX,
        };
        let ruled = self.ruled(framing, longest);
        let mut cases = self.cases(self.own(framing).chain(ruled), self.broad());
        cases.extend(self.circumstances(framing));
        if self.tier > Tier::Quick {
            cases.extend(self.measured(framing));
        }
        cases
    }

    fn measured(&self, framing: &Framing) -> Vec<Case> {
        resource::measured(framing, framing_name(framing), self.tier)
    }

    fn circumstances(&self, framing: &Framing) -> Vec<Case> {
        circumstances(framing, framing_name(framing), self.payloads, self.tier)
    }

    fn ruled(&self, framing: &Framing, longest: usize) -> impl Iterator<Item = (Stream, Own)> {
        let name = framing_name(framing);
        streams(framing, self.payloads, longest)
            .into_iter()
            .map(move |stream| {
                let id = format!("{name}/{}", stream.id);
                (Stream { id, ..stream }, Own::default())
            })
    }

    /// The vectors of just this framing.
    fn own(&self, framing: &Framing) -> impl Iterator<Item = (Stream, Own)> {
        let expanded = framing.expanded();
        let own = self
            .vectors
            .iter()
            .filter(move |vector| vector.framing.expanded() == expanded);
        own.map(|vector| (Stream::of_vector(vector), Own::of_vector(vector)))
    }

    /// Single cuts for each stream where all framings are tried: the breadth makes up for the depth.
    fn broad(&self) -> usize {
        match self.tier {
            Tier::Quick => 2,
            Tier::Full | Tier::Soak => usize::MAX,
        }
    }

    fn cases(&self, streams: impl Iterator<Item = (Stream, Own)>, most_cuts: usize) -> Vec<Case> {
        let mut seen = HashSet::new();
        let new: Vec<_> = streams
            .filter(|(stream, _)| seen.insert(stream.wire.clone()))
            .collect();
        let of_stream = |(stream, own): (Stream, Own)| {
            cases(&Arc::new(stream), &own, self.tier, self.seed, most_cuts)
        };
        new.into_iter().flat_map(of_stream).collect()
    }
}

/// The pattern without what only says how strict a reader is, and what it makes of the messages.
fn wire(pattern: &Pattern) -> Pattern {
    let mut wire = pattern.clone();
    match &mut wire {
        Pattern::Fixed { tail, .. } => *tail = Tail::default(),
        Pattern::Delimited { strip, tail, .. } => {
            strip.clear();
            *tail = Tail::default();
        }
        Pattern::Prefixed(prefix) => any_form(&mut prefix.length),
        Pattern::Blocks {
            prefix,
            series,
            unit,
            ..
        } => {
            any_form(&mut prefix.length);
            *series = Series::default();
            // An echo sends a series as one block, and one byte of length cannot say how long some are.
            if !matches!(prefix.length, Length::Uint { width: 1, .. }) {
                *unit = Unit::default();
            }
        }
        Pattern::Eof | Pattern::HalfClose => {}
    }
    wire
}

fn any_form(length: &mut Length) {
    match length {
        Length::Varint { canonical } => *canonical = false,
        Length::Digits {
            stop: Stop::End { zeros, .. },
            ..
        } => *zeros = true,
        Length::Uint { .. } | Length::Digits { .. } | Length::Field { .. } => {}
    }
}

/// Where all framings are tried quickly, the longest streams made by rule are left out.
const LONGEST_OF_QUICK: usize = 300 << 10;

/// The six patterns, each in its plainest form.
const PLAIN: [&str; 6] = [
    "eof",
    "half-close",
    "fixed:16",
    r"delimited:\n",
    "prefixed:u32be",
    "blocks:u32be",
];

/// A name for ids: the preset's, or the pattern's.
pub(super) fn framing_name(framing: &Framing) -> &'static str {
    match (framing.preset(), &framing.pattern) {
        (Some(preset), _) => preset.name,
        (None, Pattern::Eof) => "eof",
        (None, Pattern::HalfClose) => "half-close",
        (None, Pattern::Fixed { .. }) => "fixed",
        (None, Pattern::Delimited { .. }) => "delimited",
        (None, Pattern::Prefixed(_)) => "prefixed",
        (None, Pattern::Blocks { .. }) => "blocks",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::suite::embedded;

    fn plan() -> Plan<'static> {
        Plan {
            vectors: embedded(),
            payloads: &PayloadKind::Any,
            tier: Tier::Quick,
            seed: 1,
        }
    }

    #[test]
    fn no_two_cases_have_the_same_id() {
        let mut seen = HashMap::new();
        for (framing, cases) in plan().of_everything() {
            for case in cases {
                if let Some(other) = seen.insert(case.id.clone(), framing.to_string()) {
                    panic!("{}: of {other} and of {framing}", case.id);
                }
            }
        }
    }

    #[test]
    fn cuts_ascend_inside_the_wire() {
        for (_, cases) in plan().of_everything() {
            for case in cases {
                let ascend = case.cuts.windows(2).all(|pair| pair[0] < pair[1]);
                let inside = |at: &usize| (1..case.stream.wire.len()).contains(at);
                assert!(ascend && case.cuts.iter().all(inside), "{}", case.id);
            }
        }
    }

    #[test]
    fn the_same_seed_plans_the_same() {
        let ids = || -> Vec<_> {
            let planned = plan().of_everything().into_iter();
            let cases = planned.flat_map(|(_, cases)| cases);
            cases.map(|case| (case.id, case.cuts)).collect()
        };
        assert_eq!(ids(), ids());
    }

    #[test]
    fn a_framing_has_the_vectors_of_looser_and_stricter_ones() {
        let has = |framing: &str, vector: &str| {
            let cases = plan().of_framing(&framing.parse().unwrap());
            let found = cases.iter().any(|case| case.stream.id == vector);
            assert!(found, "{framing} must be tried with {vector}");
        };
        has(
            "prefixed:varint,canonical=require,max=64KiB",
            "varint/two_to_the_64_and_three",
        );
        has(
            "prefixed:decimal,end=:,trailer=\\,,zeros=accept",
            "netstring/a_leading_zero",
        );
        has(r"delimited:\r\n,tail=frame", "crlf/between_cr_and_lf");
        has(
            r"blocks:hex,end=\r\n,zeros=accept,trailer=\r\n,extensions=http,unit=series",
            "http_chunked/a_size_of_minus_one",
        );
    }

    /// The command that a report prints to run a case again names its framing.
    #[test]
    fn a_case_of_everything_is_the_same_case_under_its_framing_alone() {
        for (framing, cases) in plan().of_everything() {
            let printed: Framing = framing.to_string().parse().unwrap();
            let alone = plan().of_framing(&printed);
            let alone: HashMap<_, _> = alone.iter().map(|case| (&case.id, case)).collect();
            for case in &cases {
                let Some(same) = alone.get(&case.id) else {
                    panic!("{} is not among the cases of {printed}", case.id);
                };
                assert_eq!(same.stream.wire, case.stream.wire, "{}", case.id);
                assert_eq!(same.cuts, case.cuts, "{}", case.id);
                assert_eq!(same.close, case.close, "{}", case.id);
                assert_eq!(same.stream.due, case.stream.due, "{}", case.id);
            }
        }
    }
}
