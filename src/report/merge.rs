//! Several documents to one: shards of a run, runs of other machines, other targets.
//!
//! The same target (name, address, framings, observer) becomes one, and the same case of it one case: of two that differ the worse one
//! counts, and a note says so. Nothing is refused and nothing is lost without a note. Invariant: of the result `summary` counts just its
//! `cases`, each of which belongs to one of its targets by name; joining one document alone changes nothing but wrong counts.

use std::collections::{BTreeMap, HashMap};

use super::document::common;
use super::{CaseEntry, Difference, Document, FindingEntry, FuzzEntry, Summary, TargetEntry};

/// Ids that a note names.
const NAMED: usize = 5;

/// One document of all that several have.
#[must_use]
pub fn merge(first: Document, others: Vec<Document>) -> Document {
    let mut all = vec![first];
    all.extend(others);
    let mut joined = Joined::default();
    let mut notes = disagreements(&all);
    let (mut seconds, mut troubles) = (0.0, Vec::new());
    let (version, seed) = (all[0].version.clone(), all[0].seed);
    let role = all[0].role.clone();
    let campaigns: Vec<FuzzEntry> = all.iter().filter_map(|one| one.fuzz.clone()).collect();
    for document in all {
        seconds += document.seconds;
        add_new(&mut notes, document.notes.iter().cloned());
        add_new(&mut troubles, document.trouble.iter().cloned());
        joined.add(document);
    }
    add_new(&mut notes, joined.notes());
    let Joined {
        parts, differences, ..
    } = joined;
    let mut document = Document {
        schema: super::SCHEMA.to_owned(),
        version,
        seed,
        target: String::new(),
        framing: String::new(),
        observe: String::new(),
        role,
        gate: String::new(),
        seconds,
        notes,
        trouble: (!troubles.is_empty()).then(|| troubles.join("; ")),
        summary: Summary::default(),
        targets: Vec::new(),
        differences,
        cases: Vec::new(),
        findings: Vec::new(),
        fuzz: campaigns.into_iter().reduce(FuzzEntry::join),
    };
    for mut part in parts {
        part.target.summary = Summary::of_entries(&part.cases);
        document.targets.push(part.target);
        document.cases.extend(part.cases);
        document.findings.extend(part.findings);
    }
    document.summary = document.targets.iter().map(|one| one.summary).sum();
    document.describe();
    document
}

/// What documents say that should be alike in all of them.
fn disagreements(all: &[Document]) -> Vec<String> {
    let mut notes = Vec::new();
    for (what, mut said) in [
        (
            "seeds",
            all.iter()
                .map(|one| one.seed.to_string())
                .collect::<Vec<_>>(),
        ),
        (
            "versions of framecheck",
            all.iter().map(|one| one.version.clone()).collect(),
        ),
    ] {
        let first = said[0].clone();
        said.sort();
        said.dedup();
        if said.len() > 1 {
            notes.push(format!(
                "joined from reports with other {what}: {}; {first} is shown",
                said.join(", ")
            ));
        }
    }
    notes
}

fn add_new(list: &mut Vec<String>, more: impl IntoIterator<Item = String>) {
    for one in more {
        if !list.contains(&one) {
            list.push(one);
        }
    }
}

/// What was joined so far.
#[derive(Default)]
struct Joined {
    parts: Vec<Part>,
    differences: Vec<Difference>,
    renamed: Vec<String>,
}

/// A target with its own.
struct Part {
    /// What it was called before it was told from others of that name.
    name: String,
    target: TargetEntry,
    cases: Vec<CaseEntry>,
    /// The place of each case by framing and id.
    places: HashMap<(String, String), usize>,
    findings: Vec<FindingEntry>,
    /// Cases that came to two verdicts.
    differing: Vec<String>,
    notes: Vec<String>,
}

impl Joined {
    fn add(&mut self, document: Document) {
        let mut parts: BTreeMap<String, usize> = BTreeMap::new();
        for target in document.targets {
            let name = target.name.clone();
            let part = self.part(target);
            parts.insert(name, part);
        }
        for case in document.cases {
            if let Some(&part) = parts.get(&case.target) {
                self.parts[part].case(case);
            }
        }
        for finding in document.findings {
            if let Some(&part) = parts.get(&finding.target) {
                self.parts[part].finding(finding);
            }
        }
        for mut difference in document.differences {
            for group in &mut difference.groups {
                for name in &mut group.targets {
                    if let Some(&part) = parts.get(name) {
                        name.clone_from(&self.parts[part].target.name);
                    }
                }
            }
            self.difference(difference);
        }
    }

    /// The part of that target, a new one if there is none.
    fn part(&mut self, mut target: TargetEntry) -> usize {
        let same = |part: &Part| {
            let TargetEntry {
                address,
                framings,
                observe,
                ..
            } = &part.target;
            part.name == target.name
                && *address == target.address
                && *framings == target.framings
                && *observe == target.observe
        };
        if let Some(at) = self.parts.iter().position(same) {
            self.parts[at].again(target);
            return at;
        }
        let name = target.name.clone();
        target.name = self.free_name(&target);
        self.parts.push(Part {
            name,
            target,
            cases: Vec::new(),
            places: HashMap::new(),
            findings: Vec::new(),
            differing: Vec::new(),
            notes: Vec::new(),
        });
        self.parts.len() - 1
    }

    /// A name that no other target has, which says in what it is another one.
    fn free_name(&mut self, target: &TargetEntry) -> String {
        let TargetEntry { name, .. } = target;
        let is_free = |name: &str| self.parts.iter().all(|part| part.target.name != name);
        if is_free(name) {
            return name.clone();
        }
        let framings = target.framings.join(" ");
        let own = [framings, target.observe.clone(), target.address.clone()];
        let own = own.map(|own| format!("{name} ({own})"));
        let numbered = (2..).map(|number| format!("{name} ({number})"));
        let mut names = own.into_iter().chain(numbered);
        let free = names.find(|name| is_free(name)).unwrap_or_default();
        self.renamed.push(format!(
            "several targets are called {name}; one of them is called {free} here"
        ));
        free
    }

    /// The same groups in the same framing are one difference; where the example is the same as well, so were the cases.
    fn difference(&mut self, new: Difference) {
        let groups = |one: &Difference| -> Vec<Vec<String>> {
            one.groups
                .iter()
                .map(|group| group.targets.clone())
                .collect()
        };
        let same =
            |old: &&mut Difference| old.framing == new.framing && groups(old) == groups(&new);
        match self.differences.iter_mut().find(same) {
            None => self.differences.push(new),
            Some(old) if old.example == new.example => old.cases = old.cases.max(new.cases),
            Some(old) => {
                let cases = old.cases + new.cases;
                if new.drawn.sent_len < old.drawn.sent_len {
                    *old = new;
                }
                old.cases = cases;
            }
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = self.renamed.clone();
        for part in &self.parts {
            notes.extend(part.notes.iter().cloned());
            if !part.differing.is_empty() {
                let named = &part.differing[..part.differing.len().min(NAMED)];
                let more = match part.differing.len() - named.len() {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                notes.push(format!(
                    "{}: {} cases did not come to the same in each report, and the worse counts: {}{more}",
                    part.target.name,
                    part.differing.len(),
                    named.join(", ")
                ));
            }
        }
        notes
    }
}

impl Part {
    /// The same target in another document.
    fn again(&mut self, other: TargetEntry) {
        let Part { target, notes, .. } = self;
        let name = &target.name;
        for (key, value) in other.about {
            let old = target.about.entry(key.clone()).or_insert(value.clone());
            if *old != value {
                let note =
                    format!("{name}: {key} is {old:?} in one report and {value:?} in another");
                add_new(notes, [note]);
            }
        }
        let skipped = target.skipped.iter().chain(&other.skipped);
        if let (Some(why), true) = (skipped.clone().next(), skipped.count() == 1) {
            notes.push(format!("{name}: not tried in one of the reports: {why}"));
        }
        // Once tried, it was tried.
        target.skipped = target.skipped.take().and(other.skipped);
        let mut troubles: Vec<_> = target.trouble.take().into_iter().collect();
        add_new(&mut troubles, other.trouble);
        target.trouble = (!troubles.is_empty()).then(|| troubles.join("; "));
        if target.gate != other.gate {
            notes.push(format!(
                "{name}: the gate is {} in one report and {} in another",
                target.gate, other.gate
            ));
        }
    }

    fn case(&mut self, mut case: CaseEntry) {
        case.target.clone_from(&self.target.name);
        let key = (case.framing.clone(), case.id.clone());
        let Some(&place) = self.places.get(&key) else {
            self.places.insert(key, self.cases.len());
            self.cases.push(case);
            return;
        };
        let old = &mut self.cases[place];
        let said = |one: &CaseEntry| (one.verdict.clone(), one.kind.clone(), one.known.is_some());
        if said(old) != said(&case) {
            let note = format!("{} ({}, {})", case.id, old.verdict, case.verdict);
            self.differing.push(note);
        }
        if badness(&case) > badness(old) {
            *old = case;
        }
    }

    fn finding(&mut self, mut finding: FindingEntry) {
        finding.target.clone_from(&self.target.name);
        let same = |old: &FindingEntry| old.name == finding.name && old.vector == finding.vector;
        if !self.findings.iter().any(same) {
            self.findings.push(finding);
        }
    }
}

/// What counts of two verdicts: a skip says less than a pass, for the one was seen and the other could not be.
fn badness(case: &CaseEntry) -> u8 {
    match &*case.verdict {
        "fail" if case.known.is_none() => 5,
        "fail" => 4,
        "inconclusive" => 3,
        "pass" if case.known.is_some() => 2,
        "pass" => 1,
        "skip" => 0,
        _ => 3,
    }
}

impl Document {
    /// The fields above the targets say what these have in common.
    fn describe(&mut self) {
        let each = || self.targets.iter();
        let target = match &self.targets[..] {
            [one] => one.address.clone(),
            several => format!("{} targets", several.len()),
        };
        let framing = common(each().flat_map(|one| &one.framings), super::ALL);
        let observe = common(each().map(|one| &one.observe), super::document::SEVERAL);
        let gate = common(each().map(|one| &one.gate), super::document::SEVERAL);
        (self.target, self.framing) = (target, framing);
        (self.observe, self.gate) = (observe, gate);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::Drawn;
    use super::*;

    /// A document of one target with the cases `(id, verdict, known)`.
    pub(in super::super) fn document(
        target: &str,
        cases: &[(&str, &str, Option<&str>)],
    ) -> Document {
        let cases: Vec<_> = cases
            .iter()
            .map(|(id, verdict, known)| case(target, id, verdict, *known))
            .collect();
        let summary = Summary::of_entries(&cases);
        let entry = TargetEntry {
            name: target.to_owned(),
            address: "127.0.0.1:7".to_owned(),
            framings: vec!["crlf".to_owned()],
            observe: "echo".to_owned(),
            gate: "auto".to_owned(),
            about: BTreeMap::new(),
            skipped: None,
            trouble: None,
            summary,
        };
        Document {
            schema: super::super::SCHEMA.to_owned(),
            version: "0.1.0".to_owned(),
            seed: 1,
            target: entry.address.clone(),
            framing: "crlf".to_owned(),
            observe: "echo".to_owned(),
            role: "server".to_owned(),
            gate: "auto".to_owned(),
            seconds: 1.5,
            notes: Vec::new(),
            trouble: None,
            summary,
            targets: vec![entry],
            differences: Vec::new(),
            cases,
            findings: Vec::new(),
        }
    }

    fn case(target: &str, id: &str, verdict: &str, known: Option<&str>) -> CaseEntry {
        CaseEntry {
            target: target.to_owned(),
            id: id.to_owned(),
            verdict: verdict.to_owned(),
            level: "must".to_owned(),
            kind: (verdict == "fail").then(|| "lost".to_owned()),
            why: String::new(),
            reason: "a reason".to_owned(),
            known: known.map(str::to_owned),
            flake: None,
            tries: 1,
            framing: "crlf".to_owned(),
            classes: Vec::new(),
            segments: vec![1, 2],
            close: "fin".to_owned(),
            gate: Some("parser".to_owned()),
            proven: true,
            expected: vec!["end clean".to_owned()],
            actual: Vec::new(),
            micros: 10,
            replay: "framecheck run".to_owned(),
            drawn: None,
        }
    }

    fn verdicts(document: &Document) -> Vec<(&str, &str)> {
        let cases = document.cases.iter();
        cases.map(|case| (&*case.id, &*case.verdict)).collect()
    }

    #[test]
    fn one_document_alone_stays_as_it_is() {
        let one = document("a", &[("x", "pass", None), ("y", "fail", Some("why"))]);
        assert_eq!(merge(one.clone(), Vec::new()), one);
    }

    #[test]
    fn shards_of_a_target_become_one_target() {
        let one = document("a", &[("x", "pass", None)]);
        let two = document("a", &[("y", "fail", None), ("x", "pass", None)]);
        let all = merge(one, vec![two]);
        assert_eq!(verdicts(&all), [("x", "pass"), ("y", "fail")]);
        assert_eq!((all.summary.total, all.summary.fail), (2, 1));
        assert_eq!(all.targets.len(), 1);
        assert_eq!(all.targets[0].summary, all.summary);
        assert!((all.seconds - 3.0).abs() < 1e-9);
        assert!(all.notes.is_empty(), "{:?}", all.notes);
    }

    #[test]
    fn of_two_verdicts_the_worse_counts_and_a_note_says_so() {
        let order = ["skip", "pass", "inconclusive", "fail"];
        for (at, better) in order.iter().enumerate() {
            for worse in &order[at + 1..] {
                for [first, second] in [[better, worse], [worse, better]] {
                    let one = document("a", &[("x", first, None)]);
                    let all = merge(one, vec![document("a", &[("x", second, None)])]);
                    assert_eq!(verdicts(&all), [("x", *worse)], "{first} {second}");
                    assert!(all.notes[0].contains("x (") && all.notes.len() == 1);
                }
            }
        }
        let known = document("a", &[("x", "fail", Some("why"))]);
        let all = merge(known, vec![document("a", &[("x", "fail", None)])]);
        assert_eq!((all.summary.fail, all.summary.known), (1, 0));
    }

    #[test]
    fn other_targets_keep_their_cases_and_get_a_name_of_their_own() {
        let one = document("a", &[("x", "pass", None)]);
        let mut two = document("a", &[("x", "fail", None)]);
        two.targets[0].framings = vec!["nul".to_owned()];
        let three = document("b", &[("x", "skip", None)]);
        let all = merge(one, vec![two, three]);
        let names: Vec<_> = all.targets.iter().map(|one| &*one.name).collect();
        assert_eq!(names, ["a", "a (nul)", "b"]);
        assert_eq!(all.cases[1].target, "a (nul)");
        assert_eq!(
            (all.target.as_str(), all.framing.as_str()),
            ("3 targets", "all")
        );
        assert!(all.notes[0].contains("a (nul)"), "{:?}", all.notes);
    }

    #[test]
    fn other_seeds_and_versions_are_noted_and_troubles_kept() {
        let one = document("a", &[]);
        let mut two = document("a", &[]);
        (two.seed, two.version) = (2, "9.0.0".to_owned());
        two.trouble = Some("interrupted".to_owned());
        two.targets[0].skipped = Some("no go".to_owned());
        let all = merge(one, vec![two]);
        assert_eq!(all.seed, 1);
        assert!(all.notes[0].contains("seeds: 1, 2"), "{:?}", all.notes);
        assert!(all.notes[1].contains("0.1.0, 9.0.0"), "{:?}", all.notes);
        assert!(all.notes[2].contains("no go"), "{:?}", all.notes);
        assert_eq!(all.targets[0].skipped, None);
        assert_eq!(all.overall(), super::super::Overall::Interrupted);
    }

    #[test]
    fn differences_of_shards_are_added_up_under_the_shorter_example() {
        let differing = |example: &str, len, cases| {
            let mut document = document("a", &[]);
            let groups = ["a", "b"].map(|name| super::super::Group {
                targets: vec![name.to_owned()],
                answer: Vec::new(),
                conforms: name == "a",
            });
            let mut drawn: Drawn = serde_json::from_str(
                r#"{"sent_len":0,"sent":[],"parts":[],"cuts":[],"error_at":null,"received_len":0,"received":[],"marks":[],"end":"","manner":""}"#,
            )
            .unwrap();
            drawn.sent_len = len;
            document.differences = vec![Difference {
                framing: "crlf".to_owned(),
                groups: groups.to_vec(),
                cases,
                example: example.to_owned(),
                drawn,
            }];
            document
        };
        let all = merge(
            differing("x", 9, 2),
            vec![differing("y", 5, 3), differing("y", 5, 1)],
        );
        assert_eq!(all.differences.len(), 1);
        let joined = &all.differences[0];
        assert_eq!((joined.cases, &*joined.example), (5, "y"));
    }
}
