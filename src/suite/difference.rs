//! Several targets on the same bytes: which of them make the same messages of it, and which do not.
//!
//! Two parties of one conversation that frame its bytes differently see different messages in it: that is how requests are smuggled.
//! Only what was framed counts, not when it came or how the target fared otherwise. Invariant: the groups of a difference are disjoint,
//! none is empty, and their answers differ.

use std::collections::BTreeMap;

use super::judge::{Kind, Status};
use super::observer::Observer;
use super::outcome::Outcome;

/// Cases on which just these groups of targets differ.
#[derive(Clone, Debug)]
pub struct Difference<'a> {
    /// Those that agree, the largest group first.
    pub groups: Vec<Agreeing>,
    /// How many cases it is that they differ on.
    pub cases: usize,
    /// The shortest of them, as one of the targets had it.
    pub example: &'a Outcome,
}

/// Targets that make the same of the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreeing {
    /// Their numbers.
    pub targets: Vec<usize>,
    /// What they made of the example.
    pub answer: Vec<String>,
    /// Whether that is what the reference makes of it.
    pub conforms: bool,
}

/// The differences between targets, of each the outcomes; those on most cases first.
#[must_use]
pub fn differences<'a>(targets: &[&'a [Outcome]]) -> Vec<Difference<'a>> {
    let mut found: BTreeMap<(String, Vec<Vec<usize>>), Difference<'a>> = BTreeMap::new();
    for (framing, outcomes) in same_cases(targets) {
        let groups = groups(&outcomes);
        if groups.len() < 2 {
            continue;
        }
        let example = outcomes[0].1;
        let partition = groups.iter().map(|group| group.targets.clone()).collect();
        let difference = found.entry((framing, partition)).or_insert(Difference {
            groups: groups.clone(),
            cases: 0,
            example,
        });
        difference.cases += 1;
        if size(example) < size(difference.example) {
            difference.groups = groups;
            difference.example = example;
        }
    }
    let mut differences: Vec<_> = found.into_values().collect();
    differences.sort_by_key(|difference| std::cmp::Reverse(difference.cases));
    differences
}

fn size(outcome: &Outcome) -> (usize, usize) {
    (outcome.case.stream.wire.len(), outcome.case.cuts.len())
}

/// The outcomes of each case that several targets have, with the text of its framing. Streams that are made by rule have other bytes, and
/// the same ids, for targets that take other payloads.
fn same_cases<'a>(targets: &[&'a [Outcome]]) -> Vec<(String, Vec<(usize, &'a Outcome)>)> {
    let mut cases: BTreeMap<_, Vec<(usize, &Outcome)>> = BTreeMap::new();
    for (number, outcomes) in targets.iter().enumerate() {
        for outcome in outcomes.iter().filter(|outcome| tells(outcome)) {
            let framing = outcome.case.stream.framing.expanded().to_string();
            let key = (framing, &*outcome.case.id, &outcome.case.stream.wire[..]);
            cases.entry(key).or_default().push((number, outcome));
        }
    }
    let several = cases.into_iter().filter(|(_, outcomes)| outcomes.len() > 1);
    several
        .map(|((framing, ..), outcomes)| (framing, outcomes))
        .collect()
}

/// Whether an outcome tells how the target frames the bytes. One that hung, crashed or answered at the wrong time was seen only in part.
fn tells(outcome: &Outcome) -> bool {
    let framed = match outcome.verdict.kind {
        None => true,
        Some(kind) => matches!(
            kind,
            Kind::Lost
                | Kind::Extra
                | Kind::Merged
                | Kind::Split
                | Kind::Corrupt
                | Kind::AcceptedTruncated
                | Kind::AcceptedMalformed
                | Kind::AcceptedOversize
                | Kind::RejectedValid
        ),
    };
    let judged = matches!(outcome.verdict.status, Status::Pass | Status::Fail);
    judged && framed && outcome.case.manner.is_plain()
}

fn groups(outcomes: &[(usize, &Outcome)]) -> Vec<Agreeing> {
    let blind = outcomes
        .iter()
        .any(|(_, outcome)| outcome.observer == Observer::Stdout);
    let mut groups: Vec<Agreeing> = Vec::new();
    for &(number, outcome) in outcomes {
        let observer = if blind {
            Observer::Stdout
        } else {
            outcome.observer
        };
        let answer = answer(outcome, observer);
        match groups.iter_mut().find(|group| group.answer == answer) {
            Some(group) => group.targets.push(number),
            None => groups.push(Agreeing {
                targets: vec![number],
                conforms: answer == due(outcome, observer),
                answer,
            }),
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.targets.len()));
    groups
}

/// What a target made of the bytes. What passes is what the reference makes of them, however much of it an observer shows.
fn answer(outcome: &Outcome, observer: Observer) -> Vec<String> {
    if outcome.verdict.kind.is_none() {
        return due(outcome, observer);
    }
    let items = outcome.observed.items.iter();
    let shown =
        items.filter(|(item, _)| observer != Observer::Stdout || *item != super::Item::Done);
    let refused = (outcome.verdict.kind == Some(Kind::RejectedValid)).then(|| "refused".to_owned());
    shown
        .map(|(item, _)| item.to_string())
        .chain(refused)
        .collect()
}

fn due(outcome: &Outcome, observer: Observer) -> Vec<String> {
    let due = outcome.case.stream.due_for(observer);
    due.map(|due| due.item.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::suite::{Case, Close, Item, Manner, Stream, Verdict};

    /// A case with its bytes, and what a target made of it; `None`: what is right.
    fn outcome(wire: &[u8], made: Option<&[&[u8]]>) -> Outcome {
        let framing = "lines".parse().unwrap();
        let id = format!("s/{}", wire.len());
        let stream = Arc::new(Stream::new(id, &framing, wire.to_vec()));
        let case = Case::new(&stream, "whole", Vec::new(), Close::Fin, Manner::Plain);
        let verdict = match made {
            None => Verdict::pass(),
            Some(_) => Verdict::fail(Kind::Merged, "merged"),
        };
        let mut outcome = Outcome::untried(case, Observer::Echo, verdict);
        let made = made.unwrap_or_default().iter();
        outcome.observed.items = made.map(|payload| (Item::of(payload), 0)).collect();
        outcome
    }

    #[test]
    fn targets_that_agree_differ_in_nothing() {
        let right = [outcome(b"a\nb\n", None)];
        assert!(differences(&[&right, &right]).is_empty());
        let wrong = [outcome(b"a\nb\n", Some(&[b"a\nb"]))];
        assert!(differences(&[&wrong, &wrong]).is_empty());
        assert!(differences(&[&wrong]).is_empty());
    }

    #[test]
    fn those_that_differ_on_the_same_cases_are_one_difference_with_the_shortest_example() {
        let right = [outcome(b"a\nb\nc\n", None), outcome(b"a\nb\n", None)];
        let wrong = [
            outcome(b"a\nb\nc\n", Some(&[b"a\nb\nc"])),
            outcome(b"a\nb\n", Some(&[b"a\nb"])),
        ];
        let found = differences(&[&right, &wrong, &right]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].cases, 2);
        assert_eq!(found[0].example.case.stream.wire, b"a\nb\n");
        let targets: Vec<_> = found[0].groups.iter().map(|one| &one.targets[..]).collect();
        assert_eq!(targets, [&[0, 2][..], &[1]]);
        let conforms: Vec<_> = found[0].groups.iter().map(|one| one.conforms).collect();
        assert_eq!(conforms, [true, false]);
    }

    #[test]
    fn other_bytes_are_no_difference() {
        let one = [outcome(b"a\nb\n", Some(&[b"a\nb"]))];
        let other = [outcome(b"c\nd\n", None)];
        assert_eq!(one[0].case.id, other[0].case.id);
        assert!(differences(&[&one, &other]).is_empty());
    }

    #[test]
    fn what_frames_right_at_the_wrong_time_frames_no_differently() {
        let right = [outcome(b"a\nb\n", None)];
        let mut late = outcome(b"a\nb\n", Some(&[b"a", b"b"]));
        late.verdict.kind = Some(Kind::Late);
        assert!(differences(&[&right, &[late]]).is_empty());
    }
}
