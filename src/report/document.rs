//! The report as data, as `docs/report.schema.json` describes it: what a run came to, owned and whole, so that every other form of a
//! report can be made from it at once or later, from a file.
//!
//! Fields are only ever added; those that a file of an older version lacks are empty. Invariant: `summary` counts just the `cases`, and
//! that of a target just its own.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::drawn::Drawn;
use super::json::Kind;
use super::{Found, Report, Summary, Tested};
use crate::suite::{self, Close, Level, Outcome, Times};

/// The value of `schema`: it names the published description.
pub const SCHEMA: &str = "urn:framecheck:report:1";

const KIND: Kind = Kind {
    schema: SCHEMA,
    name: "report",
    written_by: "--report json=FILE",
};

/// Items of what was due or reported that are listed: one that sends without end reports hundreds of thousands.
const ITEMS: usize = 1000;

/// Cases of each target that are drawn, each with its bytes.
const DRAWN: usize = 500;

/// A report as data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// [`SCHEMA`].
    pub schema: String,
    /// Of framecheck.
    pub version: String,
    /// What random segmentations were made from.
    pub seed: u64,
    /// What was tested; of several targets how many.
    pub target: String,
    /// The framing's text; `all` where there are several.
    pub framing: String,
    /// The observer's word; `several` where there are.
    pub observe: String,
    /// `server`.
    pub role: String,
    /// The gate that was asked for; `several` where there are.
    pub gate: String,
    /// What it took.
    pub seconds: f64,
    /// What was noticed on the way.
    pub notes: Vec<String>,
    /// Why it ended early.
    pub trouble: Option<String>,
    /// Of all cases.
    pub summary: Summary,
    /// Each target, in the order of the run.
    #[serde(default)]
    pub targets: Vec<TargetEntry>,
    /// What several targets make of the same bytes in the same framing, where they differ.
    #[serde(default)]
    pub differences: Vec<Difference>,
    /// Each case that was begun, target by target.
    pub cases: Vec<CaseEntry>,
    /// What failures became when they were shrunk.
    pub findings: Vec<FindingEntry>,
    /// What was exercised, where the cases are those that a fuzzing campaign kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fuzz: Option<FuzzEntry>,
}

/// A fuzzing campaign.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FuzzEntry {
    /// Cases that were tried.
    pub runs: u64,
    /// Of them a second.
    pub execs_per_s: f64,
    /// Those that failed.
    pub failed: u64,
    /// Those with cuts, and those of which all cuts were proven.
    pub cut: u64,
    /// See `cut`.
    pub proven: u64,
    /// Cases that were kept.
    pub corpus: usize,
    /// `K/N` where it is one of several shards.
    pub shard: Option<String>,
    /// Places of the framing, each with how often a cut, a cut beside a single byte, a FIN, an open end and a reset lay there.
    pub coverage: Vec<PlaceEntry>,
    /// Where the target fails: the spots of `findings`, in their order, each with how many cases failed there.
    pub spots: Vec<SpotEntry>,
}

/// A place of a framing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlaceEntry {
    /// In words.
    pub place: String,
    /// How often each lay there, by its word.
    pub times: std::collections::BTreeMap<String, u64>,
}

/// A spot at which a target fails.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpotEntry {
    /// In words.
    pub spot: String,
    /// Cases that failed there.
    pub times: u64,
}

/// One of the targets of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetEntry {
    /// What it is called: `target` of its cases.
    pub name: String,
    /// `builtin`, an address, or the command that starts it.
    pub address: String,
    /// What it was tried with.
    pub framings: Vec<String>,
    /// The observer's word.
    pub observe: String,
    /// The gate that was asked for.
    pub gate: String,
    /// What is said of it: library, version, language and more, as its configuration has it.
    pub about: std::collections::BTreeMap<String, String>,
    /// Why it was not tried at all.
    pub skipped: Option<String>,
    /// Why its cases were not all tried.
    pub trouble: Option<String>,
    /// Of its cases.
    pub summary: Summary,
}

/// A case with its verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseEntry {
    /// The name of its target.
    #[serde(default)]
    pub target: String,
    /// Unique for a target and a framing.
    pub id: String,
    /// `pass`, `fail`, `inconclusive` or `skip`.
    pub verdict: String,
    /// `must`, `should` or `may`.
    pub level: String,
    /// Of failure or, at level `may`, of difference.
    pub kind: Option<String>,
    /// Why the case is there.
    pub why: String,
    /// Why the verdict is what it is.
    pub reason: String,
    /// Why it is listed as a known failure.
    pub known: Option<String>,
    /// It passed as well when it was run again.
    #[serde(default)]
    pub flake: Option<Flake>,
    /// How often it was judged.
    #[serde(default = "once")]
    pub tries: usize,
    /// Of its stream.
    pub framing: String,
    /// Defect classes that it is aimed at.
    pub classes: Vec<u8>,
    /// Bytes of each segment.
    pub segments: Vec<usize>,
    /// `fin`, `reset` or `hold`.
    pub close: String,
    /// The weakest that held at its cuts.
    pub gate: Option<String>,
    /// Every cut was proven to have reached a read of the target.
    pub proven: bool,
    /// What had to be reported, last how the stream ends.
    pub expected: Vec<String>,
    /// What was reported.
    pub actual: Vec<String>,
    /// From the connection to the verdict.
    pub micros: u64,
    /// The command that runs it alone.
    pub replay: String,
    /// Its bytes, where something is to be seen in them: a failure or a difference.
    #[serde(default)]
    pub drawn: Option<Drawn>,
}

/// Bytes that targets frame differently: who agrees with whom, and on how many cases. Two parties of one conversation that differ so can
/// be made to see different messages in it, which is how requests are smuggled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// What they were tried with.
    pub framing: String,
    /// Those that answer alike, the largest group first; each with what it answers to the example.
    pub groups: Vec<Group>,
    /// Cases on which just these groups differ.
    pub cases: usize,
    /// The id of one of them, that with the fewest bytes.
    pub example: String,
    /// Its bytes.
    pub drawn: Drawn,
}

/// Targets that make the same of the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Their names.
    pub targets: Vec<String>,
    /// What they made of the example, one item each.
    pub answer: Vec<String>,
    /// Whether that is what the reference makes of it.
    pub conforms: bool,
}

/// How many of some runs failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flake {
    /// Those that failed.
    pub failed: usize,
    /// All from which something followed.
    pub of: usize,
}

impl From<Times> for Flake {
    fn from(times: Times) -> Self {
        let Times { failed, of } = times;
        Self { failed, of }
    }
}

fn once() -> usize {
    1
}

/// What a failure became when it was shrunk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FindingEntry {
    /// The name of its target.
    #[serde(default)]
    pub target: String,
    /// Framing, kind and a checksum of what is sent.
    pub name: String,
    /// Of failure.
    pub kind: Option<String>,
    /// The id of the case that failed in the run.
    pub from: String,
    /// The framing's text.
    pub framing: String,
    /// Bytes of each segment.
    pub segments: Vec<usize>,
    /// How our half ends.
    pub close: String,
    /// Cases that were tried on the way.
    pub tries: usize,
    /// Of `of` runs of the smallest case so many failed.
    pub failed: usize,
    /// See `failed`.
    pub of: usize,
    /// Why it may not be as small as it could be.
    pub note: Option<String>,
    /// Where it was saved.
    pub file: Option<String>,
    /// The vector, as a file has it.
    pub vector: String,
    /// What it is that fails, in a sentence.
    #[serde(default)]
    pub reason: String,
    /// Its bytes.
    #[serde(default)]
    pub drawn: Option<Drawn>,
    /// The command that runs it again; empty where it was not saved.
    #[serde(default)]
    pub replay: String,
}

impl Document {
    /// The report of a run as data.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        let each = || report.targets.iter();
        Self {
            schema: SCHEMA.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            seed: report.seed,
            target: match &report.targets[..] {
                [one] => one.address.clone(),
                several => format!("{} targets", several.len()),
            },
            framing: common(each().flat_map(|one| &one.framings), super::ALL),
            observe: common(each().map(|one| &one.observe), SEVERAL),
            role: "server".to_owned(),
            gate: common(each().map(|one| &one.gate), SEVERAL),
            seconds: report.seconds,
            notes: report.notes.clone(),
            trouble: report.trouble.clone(),
            summary: report.summary(),
            targets: each().map(target_entry).collect(),
            differences: report
                .differences()
                .iter()
                .map(|one| difference(report, one))
                .collect(),
            cases: each().flat_map(case_entries).collect(),
            findings: each()
                .flat_map(|one| one.findings.iter().map(|found| finding_entry(one, found)))
                .collect(),
            fuzz: None,
        }
    }

    /// The report as JSON.
    #[must_use]
    pub fn json(&self) -> String {
        // Strings, numbers and lists always have a JSON form.
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }

    /// A report out of JSON.
    ///
    /// # Errors
    /// Says with key, line and column what is no such report, and what would be right.
    pub fn parse(text: &str) -> Result<Self, String> {
        KIND.check(text)?;
        let document: Self = KIND.read(text)?;
        document
            .with_targets()
            .with_all_listed()?
            .with_known_verdicts()
    }

    /// What is taken for a verdict that it is not would be counted as nothing.
    fn with_known_verdicts(self) -> Result<Self, String> {
        let known = |word: &str| {
            suite::Status::ALL
                .iter()
                .any(|status| status.word() == word)
        };
        match self.cases.iter().find(|case| !known(&case.verdict)) {
            None => Ok(self),
            Some(CaseEntry { id, verdict, .. }) => Err(format!(
                "no report of framecheck: {verdict:?}, the verdict of the case {id:?}, is none of pass, fail, inconclusive, skip"
            )),
        }
    }

    /// Cases of a target that is not in the list would be lost in every form that goes by targets.
    fn with_all_listed(self) -> Result<Self, String> {
        let listed = |name: &str| self.targets.iter().any(|target| target.name == name);
        let mut names: Vec<_> = self.by_target().into_keys().collect();
        names.extend(self.findings.iter().map(|one| &*one.target));
        match names.into_iter().find(|name| !listed(name)) {
            None => Ok(self),
            Some(name) => Err(format!(
                "no report of framecheck: the target {name:?} of a case or finding is not in the list of targets"
            )),
        }
    }

    /// A report of a version that had one target and did not list it gets its list.
    fn with_targets(mut self) -> Self {
        if self.targets.is_empty() {
            let name = self.target.clone();
            for case in &mut self.cases {
                case.target.clone_from(&name);
            }
            for finding in &mut self.findings {
                finding.target.clone_from(&name);
            }
            self.targets.push(TargetEntry {
                address: name.clone(),
                name,
                framings: vec![self.framing.clone()],
                observe: self.observe.clone(),
                gate: self.gate.clone(),
                about: std::collections::BTreeMap::default(),
                skipped: None,
                trouble: self.trouble.clone(),
                summary: self.summary,
            });
        }
        self
    }

    /// The cases of each target, by its name.
    #[must_use]
    pub fn by_target(&self) -> HashMap<&str, Vec<&CaseEntry>> {
        let mut cases: HashMap<&str, Vec<&CaseEntry>> = HashMap::new();
        for case in &self.cases {
            cases.entry(&case.target).or_default().push(case);
        }
        cases
    }
}

/// What the fields of one target say where several differ.
pub(super) const SEVERAL: &str = "several";

/// What all say, or that they differ.
pub(super) fn common<'a>(mut each: impl Iterator<Item = &'a String>, otherwise: &str) -> String {
    let first = each.next();
    match first {
        Some(first) if each.all(|other| other == first) => first.clone(),
        _ => otherwise.to_owned(),
    }
}

fn difference(report: &Report, difference: &suite::Difference) -> Difference {
    let name = |&number: &usize| report.targets[number].name.clone();
    let group = |group: &suite::Agreeing| Group {
        targets: group.targets.iter().map(name).collect(),
        answer: group.answer.iter().take(ITEMS).cloned().collect(),
        conforms: group.conforms,
    };
    Difference {
        framing: difference.example.case.stream.framing.to_string(),
        groups: difference.groups.iter().map(group).collect(),
        cases: difference.cases,
        example: difference.example.case.id.clone(),
        drawn: Drawn::of(difference.example),
    }
}

fn target_entry(tested: &Tested) -> TargetEntry {
    TargetEntry {
        name: tested.name.clone(),
        address: tested.address.clone(),
        framings: tested.framings.clone(),
        observe: tested.observe.clone(),
        gate: tested.gate.clone(),
        about: tested.about.clone(),
        skipped: tested.skipped.clone(),
        trouble: tested.trouble.clone(),
        summary: tested.summary(),
    }
}

fn case_entries<'a>(tested: &'a Tested) -> impl Iterator<Item = CaseEntry> + 'a {
    let mut drawn = 0;
    tested.outcomes.iter().map(move |outcome| {
        let interesting = outcome.verdict.kind.is_some();
        drawn += usize::from(interesting);
        case_entry(tested, outcome, interesting && drawn <= DRAWN)
    })
}

fn case_entry(tested: &Tested, outcome: &Outcome, draw: bool) -> CaseEntry {
    let (case, stream) = (&outcome.case, &outcome.case.stream);
    CaseEntry {
        target: tested.name.clone(),
        id: case.id.clone(),
        verdict: outcome.verdict.status.word().to_owned(),
        level: Level::word(stream.level).to_owned(),
        kind: outcome.verdict.kind.map(|kind| kind.word().to_owned()),
        why: stream.why.clone(),
        reason: outcome.verdict.why.clone(),
        known: tested.known.reason(case).map(str::to_owned),
        flake: outcome.flake().map(Flake::from),
        tries: outcome.retried.map_or(once(), |times| times.of),
        framing: stream.framing.to_string(),
        classes: stream.classes.clone(),
        segments: case.segments().map(<[u8]>::len).collect(),
        close: Close::word(case.close).to_owned(),
        gate: outcome.gate.map(|gate| gate.word().to_owned()),
        proven: outcome.proven(),
        expected: stream
            .due
            .iter()
            .map(|due| due.item.to_string())
            .take(ITEMS)
            .chain([format!("end {}", stream.ending.word())])
            .collect(),
        actual: outcome.observed.lines(ITEMS),
        micros: outcome.micros,
        replay: tested.replay(outcome),
        drawn: draw.then(|| Drawn::of(outcome)),
    }
}

fn finding_entry(tested: &Tested, found: &Found) -> FindingEntry {
    let finding = &found.finding;
    let case = &finding.least.case;
    FindingEntry {
        target: tested.name.clone(),
        name: finding.stem(),
        kind: finding
            .least
            .verdict
            .kind
            .map(|kind| kind.word().to_owned()),
        from: finding.from.clone(),
        framing: case.stream.framing.to_string(),
        segments: case.segments().map(<[u8]>::len).collect(),
        close: Close::word(case.close).to_owned(),
        tries: finding.tries,
        failed: finding.times.failed,
        of: finding.times.of,
        note: finding.note.clone(),
        file: found.file().map(str::to_owned),
        vector: finding.vector().to_toml(),
        reason: finding.least.verdict.why.clone(),
        drawn: Some(Drawn::of(&finding.least)),
        replay: super::words(&found.replay),
    }
}
