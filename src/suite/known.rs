//! Known failures: a TOML file of case globs, each with its reason, to what it says of a run, and back to the file's text after it.
//!
//! A list must not rot: a glob that no planned case matches and a listed case that passes are mistakes of the list, and found here.
//! What people wrote around their entries stays when the text is updated. Nothing here reads or writes a file. Invariant: an updated
//! text is a list again, and every failure of the run that it was made from is on it, none of its passes.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;

use toml::de::DeValue;
use wildmatch::WildMatch;

use super::case::Case;
use super::outcome::Outcome;
use super::table::{BadFile, Mistake, Table, Value, line, parsed};
use super::{Kind, Status};
use crate::framing::Framing;

/// What a new list begins with.
const HEAD: &str = "\
# Cases that are known to fail, each with its reason, for `framecheck run --known`. One that passes is an error: it is taken off.
# `*` stands for any run of characters, `?` for one; the whole id is matched.
";

/// A case of a run: one target may be tried with several framings, whose cases can have the same ids.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Key {
    id: String,
    framing: String,
}

impl Key {
    fn of(case: &Case) -> Self {
        Self {
            id: case.id.clone(),
            framing: case.stream.framing.expanded().to_string(),
        }
    }
}

/// A list of known failures, as it stands in its file.
#[derive(Clone, Debug)]
pub struct Known {
    file: String,
    text: String,
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    /// A glob over ids.
    cases: String,
    reason: String,
    /// The framing whose cases are meant, expanded; those of all without one.
    framing: Option<String>,
    /// Its cases come and go: those that pass are no mistake of the list.
    flaky: bool,
    /// Where the glob stands in the text.
    at: usize,
    /// Its lines in the text, with the lines of comment right above.
    lines: Range<usize>,
    /// Where these comments end: at `[[known]]`.
    header: usize,
}

impl Known {
    /// The list in the bytes of a file, which `file` names in a refusal.
    ///
    /// # Errors
    /// What is no list: no UTF-8, no TOML, anything but `[[known]]` with `cases` and `reason`, a glob that stands there twice.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Self, BadFile> {
        let text = std::str::from_utf8(bytes).map_err(|bad| {
            let before = String::from_utf8_lossy(&bytes[..bad.valid_up_to()]);
            let reason = "a byte that is not UTF-8: a list of known failures is a text".to_owned();
            BadFile::new(file, &before, (bad.valid_up_to(), reason))
        })?;
        let entries = read(text).map_err(|mistake| BadFile::new(file, text, mistake))?;
        Ok(Self {
            file: file.to_owned(),
            text: text.to_owned(),
            entries,
        })
    }

    /// A list with nothing on it yet.
    #[must_use]
    pub fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            text: HEAD.to_owned(),
            entries: Vec::new(),
        }
    }

    /// The list with the cases that each entry stands for, out of all that are planned.
    ///
    /// # Errors
    /// The entries that stand for none, each with the case that comes nearest.
    pub fn listed<'a>(
        self,
        planned: impl IntoIterator<Item = &'a Case>,
    ) -> Result<Listed, Vec<BadFile>> {
        self.of(planned.into_iter().map(Key::of).collect())
    }

    fn of(self, planned: BTreeSet<Key>) -> Result<Listed, Vec<BadFile>> {
        let of_each = self.entries.iter().map(|entry| matching(entry, &planned));
        let cases: Vec<Vec<Key>> = of_each.collect();
        let empty = self.entries.iter().zip(&cases);
        let ids = planned.iter().map(|key| &*key.id).collect();
        let unmatched: Vec<_> = empty
            .filter(|(_, cases)| cases.is_empty())
            .map(|(entry, _)| {
                let mistake = (entry.at, unmatched(&entry.cases, &ids));
                BadFile::new(&self.file, &self.text, mistake)
            })
            .collect();
        if !unmatched.is_empty() {
            return Err(unmatched);
        }
        let mut entry_of: HashMap<String, Vec<(String, usize)>> = HashMap::new();
        for (number, cases) in cases.iter().enumerate() {
            for Key { id, framing } in cases {
                let framings = entry_of.entry(id.clone()).or_default();
                framings.push((framing.clone(), number));
            }
        }
        Ok(Listed {
            planned,
            known: self,
            cases,
            entry_of,
        })
    }
}

/// The list that stands under a key of another file, as tables with a header each.
pub(super) fn inline<'a>(
    file: &str,
    table: &Table<'a>,
    list: &'a Value<'a>,
) -> Result<Known, Mistake> {
    Ok(Known {
        file: file.to_owned(),
        text: table.text.to_owned(),
        entries: entries(table, list)?,
    })
}

fn read(text: &str) -> Result<Vec<Entry>, Mistake> {
    let root = parsed(text)?;
    let root = Table::root(text, &root);
    root.only(&["known"])?;
    match root.find("known") {
        Some(list) => entries(&root, list),
        None => Ok(Vec::new()),
    }
}

fn entries<'a>(table: &Table<'a>, list: &'a Value<'a>) -> Result<Vec<Entry>, Mistake> {
    let DeValue::Array(list) = list.get_ref() else {
        return Err(no_header(list));
    };
    let mut globs = HashMap::new();
    let mut entries: Vec<Entry> = Vec::new();
    for value in list {
        let from = entries.last().map(|entry| entry.lines.end);
        let entry = entry(table, value, from)?;
        let meant = (entry.cases.clone(), entry.framing.clone());
        if let Some(first) = globs.insert(meant, entry.at) {
            let first = line(table.text, first);
            let reason = format!("{:?} is listed in line {first} already", entry.cases);
            return Err((entry.at, reason));
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// Other forms of TOML say the same, but have no lines of their own that an update could leave or take out.
fn no_header(value: &Value) -> Mistake {
    let reason = "each known failure is headed by a line [[known]]";
    (value.span().start, reason.to_owned())
}

/// An entry of the list; `from` is where the one before ends, `None` for the first.
fn entry<'a>(
    root: &Table<'a>,
    value: &'a Value<'a>,
    from: Option<usize>,
) -> Result<Entry, Mistake> {
    let (text, start) = (root.text, value.span().start);
    if !text[start..].starts_with("[[") {
        return Err(no_header(value));
    }
    let table = root.table(value)?;
    table.only(&["cases", "reason", "framing", "flaky"])?;
    let (cases, reason) = (table.needed("cases")?, table.needed("reason")?);
    let framing = table.string("framing")?;
    let framing = framing.map(|(at, text)| expanded(text).map_err(|bad| (at, bad)));
    let header = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    // What stands above the first entry is about the whole list.
    let comments = from.map_or(header, |from| comments_above(text, from, header));
    let more = ["framing", "flaky"].map(|key| table.find(key));
    let last = [[Some(cases), Some(reason)], more].concat();
    let last = last.into_iter().flatten().map(|value| value.span().end);
    let last = last.max().unwrap_or(start);
    let end = text[last..]
        .find('\n')
        .map_or(text.len(), |at| last + at + 1);
    Ok(Entry {
        cases: filled(
            &table,
            cases,
            "a glob over case ids, such as 'u32be/*:cut@1:fin'",
        )?,
        reason: filled(
            &table,
            reason,
            "a sentence: why the cases fail, and where that is told",
        )?,
        framing: framing.transpose()?,
        flaky: table.flag("flaky")?,
        at: cases.span().start,
        lines: comments..end,
        header,
    })
}

fn expanded(text: &str) -> Result<String, String> {
    let framing: Framing = text.parse().map_err(|bad| format!("no framing: {bad}"))?;
    Ok(framing.expanded().to_string())
}

/// A string with something in it.
fn filled<'a>(table: &Table<'a>, value: &'a Value<'a>, what: &str) -> Result<String, Mistake> {
    let text = table.str(value)?;
    match text.trim().is_empty() {
        true => Err((value.span().start, format!("{what}, is needed here"))),
        false => Ok(text.to_owned()),
    }
}

/// Where the lines of comment begin that reach down to a header without an empty line.
fn comments_above(text: &str, from: usize, header: usize) -> usize {
    let mut start = header;
    for line in text[from..header].split_inclusive('\n').rev() {
        if !line.trim_start().starts_with('#') {
            break;
        }
        start -= line.len();
    }
    start
}

fn matching(entry: &Entry, planned: &BTreeSet<Key>) -> Vec<Key> {
    let glob = WildMatch::new(&entry.cases);
    let plain = entry.cases.split(['*', '?']).next().unwrap_or_default();
    // Lists grow long, and plans longer: only ids that begin as the glob does are tried.
    let first = Key {
        id: plain.to_owned(),
        framing: String::new(),
    };
    let near = planned.range(first..);
    let meant = |key: &Key| entry.framing.as_ref().is_none_or(|one| *one == key.framing);
    near.take_while(|key| key.id.starts_with(plain))
        .filter(|key| glob.matches(&key.id) && meant(key))
        .cloned()
        .collect()
}

/// That a glob stands for nothing, and which case comes nearest: one that fits the longest beginning of it.
pub(super) fn unmatched(glob: &str, planned: &BTreeSet<&str>) -> String {
    let fitting = |end: usize| {
        let begun = WildMatch::new(&format!("{}*", &glob[..end]));
        let fits = planned.iter().filter(|id| begun.matches(id));
        fits.min_by_key(|id| strsim::levenshtein(glob, id))
    };
    let ends = (0..=glob.len()).rev();
    let mut ends = ends.filter(|&end| glob.is_char_boundary(end));
    let hint = match ends.find_map(|end| Some((end, fitting(end)?))) {
        None => "nothing is planned".to_owned(),
        Some((0, id)) => format!("the nearest is {id}"),
        Some((end, id)) if end == glob.len() => {
            format!("the whole id is matched, and {glob}* would match {id}")
        }
        Some((end, id)) => {
            let fits = &glob[..end];
            format!("the nearest is {id}, which fits as far as {fits:?}")
        }
    };
    format!("no planned case matches {glob:?}; {hint}")
}

/// A list of known failures with the planned cases that are on it.
#[derive(Clone, Debug)]
pub struct Listed {
    known: Known,
    planned: BTreeSet<Key>,
    /// The cases of each entry.
    cases: Vec<Vec<Key>>,
    /// The entries of each id, in their order, with the framing in which it is meant.
    entry_of: HashMap<String, Vec<(String, usize)>>,
}

/// An entry with cases that pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passing<'a> {
    /// The file of the list.
    pub file: &'a str,
    /// The line of the glob, from 1.
    pub line: usize,
    /// The glob.
    pub glob: &'a str,
    /// The cases that pass, in the order of their ids.
    pub ids: Vec<&'a str>,
}

impl Listed {
    /// The text of the list.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.known.text
    }

    /// How many entries there are.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.known.entries.len()
    }

    /// Why a case is on the list: what the first entry for it says.
    #[must_use]
    pub fn reason(&self, case: &Case) -> Option<&str> {
        let entries = self.entry_of.get(&case.id)?;
        let framing = case.stream.framing.expanded().to_string();
        let entry = entries.iter().find(|(meant, _)| *meant == framing);
        entry.map(|&(_, number)| &*self.known.entries[number].reason)
    }

    /// Whether a case failed that the list has.
    #[must_use]
    pub fn knows(&self, outcome: &Outcome) -> bool {
        outcome.failed() && self.reason(&outcome.case).is_some()
    }

    /// The entries that are wrong now: some of their cases pass.
    #[must_use]
    pub fn passing(&self, outcomes: &[Outcome]) -> Vec<Passing<'_>> {
        // Most runs have no list, and thousands of outcomes.
        if self.known.entries.is_empty() {
            return Vec::new();
        }
        let passed = passed(outcomes);
        let entries = self.known.entries.iter().zip(&self.cases);
        let steady = entries.filter(|(entry, _)| !entry.flaky);
        let wrong = steady.map(|(entry, cases)| Passing {
            file: &self.known.file,
            line: line(&self.known.text, entry.at),
            glob: &entry.cases,
            ids: cases
                .iter()
                .filter(|key| passed.contains(key))
                .map(|key| &*key.id)
                .collect(),
        });
        wrong.filter(|passing| !passing.ids.is_empty()).collect()
    }

    /// The list after a run. An entry stays as it is unless some of its cases pass; then those of its cases stay that did not pass,
    /// be it that they fail or that they were not tried, each by its id and with the entry's reason. Failures that no entry has are
    /// added by their ids.
    ///
    /// # Errors
    /// None that could be made: the text is read like any other.
    pub fn updated(&self, outcomes: &[Outcome]) -> Result<Self, Vec<BadFile>> {
        let file = &self.known.file;
        let text = self.updated_text(outcomes);
        let known = Known::parse(file, text.as_bytes()).map_err(|bad| vec![bad])?;
        known.of(self.planned.clone())
    }

    fn updated_text(&self, outcomes: &[Outcome]) -> String {
        let Known { text, entries, .. } = &self.known;
        let (passed, unlisted) = (passed(outcomes), self.unlisted(outcomes));
        let passes = |number: usize| self.cases[number].iter().any(|key| passed.contains(key));
        let stays = |number: usize| entries[number].flaky || !passes(number);
        if unlisted.is_empty() && (0..entries.len()).all(stays) {
            return text.clone();
        }
        let numbers = (0..entries.len()).filter(|&number| stays(number));
        let mut named: HashSet<(&str, Option<&str>)> = numbers
            .map(|number| (&*entries[number].cases, entries[number].framing.as_deref()))
            .collect();
        let first = entries
            .first()
            .map_or(text.len(), |first| first.lines.start);
        let mut updated = text[..first].to_owned();
        for (number, entry) in entries.iter().enumerate() {
            let own = match stays(number) {
                true => text[entry.lines.clone()].to_owned(),
                false => {
                    let failing = self.cases[number]
                        .iter()
                        .filter(|key| !passed.contains(key));
                    let left = failing.map(|key| (&*key.id, self.framing(key)));
                    let left = left.filter(|&meant| named.insert(meant));
                    let comments = &text[entry.lines.start..entry.header];
                    by_ids(comments, left.map(|meant| (meant, &*entry.reason)))
                }
            };
            let next = entries.get(number + 1);
            let next = next.map_or(text.len(), |next| next.lines.start);
            let behind = &text[entry.lines.end..next];
            // Of an entry that is gone only the empty lines behind it go too.
            if !own.is_empty() || behind.contains('#') {
                updated = updated + &own + behind;
            }
        }
        let new = unlisted.iter();
        let new = new.map(|(key, why)| ((&*key.id, self.framing(key)), &**why));
        let new = by_ids("", new);
        joined(updated.trim_end(), new.trim_end())
    }

    /// The failures that are not on the list, each with words that ask for a reason.
    fn unlisted(&self, outcomes: &[Outcome]) -> BTreeMap<Key, String> {
        let new = outcomes
            .iter()
            .filter(|outcome| outcome.failed() && !self.knows(outcome));
        new.map(|outcome| {
            let kind = outcome.verdict.kind.map_or("fail", Kind::word);
            (Key::of(&outcome.case), format!("new: {kind}"))
        })
        .collect()
    }

    /// The framing that an entry for this case must name, since another one has a case with the same id.
    fn framing<'a>(&self, key: &'a Key) -> Option<&'a str> {
        let first = Key {
            id: key.id.clone(),
            framing: String::new(),
        };
        let namesakes = self.planned.range(first..);
        let alone = namesakes
            .take_while(|other| other.id == key.id)
            .nth(1)
            .is_none();
        (!alone).then_some(&key.framing)
    }
}

/// Nothing is known.
impl Default for Listed {
    fn default() -> Self {
        Self {
            known: Known::new(""),
            planned: BTreeSet::new(),
            cases: Vec::new(),
            entry_of: HashMap::new(),
        }
    }
}

/// The cases that pass.
fn passed(outcomes: &[Outcome]) -> HashSet<Key> {
    let passed = outcomes
        .iter()
        .filter(|outcome| outcome.verdict.status == Status::Pass);
    passed.map(|outcome| Key::of(&outcome.case)).collect()
}

/// One part behind the other, an empty line between them.
fn joined(first: &str, second: &str) -> String {
    match (first, second) {
        ("", "") => String::new(),
        ("", only) | (only, "") => format!("{only}\n"),
        _ => format!("{first}\n\n{second}\n"),
    }
}

/// Entries by ids, framings and reasons, with comments above the first; nothing where there is none.
fn by_ids<'a>(
    comments: &str,
    entries: impl Iterator<Item = ((&'a str, Option<&'a str>), &'a str)>,
) -> String {
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let entries: Vec<_> = entries
        .map(|((id, framing), reason)| {
            let (id, reason) = (quoted(id), quoted(reason));
            let framing = framing.map(|text| format!("framing = {}\n", quoted(text)));
            let framing = framing.unwrap_or_default();
            format!("[[known]]\ncases = {id}\n{framing}reason = {reason}\n")
        })
        .collect();
    match entries.is_empty() {
        true => String::new(),
        false => comments.to_owned() + &entries.join("\n"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::suite::{Case, Observer, Own, Stream, Tier, Verdict, cases};

    const PLANNED: [&str; 6] = [
        "a/one:cut@1:fin",
        "a/one:cut@2:fin",
        "a/one:whole:fin",
        "a/two:whole:fin",
        "b/one:whole:fin",
        "b/one:whole:hold",
    ];

    fn known(text: &str) -> Known {
        Known::parse("k.toml", text.as_bytes()).unwrap()
    }

    fn planned<const N: usize>(ids: [&str; N]) -> BTreeSet<Key> {
        let key = |id: &str| Key {
            id: id.to_owned(),
            framing: expanded("lines").unwrap(),
        };
        ids.into_iter().map(key).collect()
    }

    fn listed(text: &str) -> Listed {
        known(text).of(planned(PLANNED)).unwrap()
    }

    fn refusal(text: &str) -> String {
        match Known::parse("k.toml", text.as_bytes()) {
            Ok(known) => panic!("it was accepted: {known:?}"),
            Err(bad) => bad.to_string(),
        }
    }

    /// Outcomes of a run: `-` a failure, `+` a pass, `?` inconclusive, then the id.
    fn outcomes(run: &[&str]) -> Vec<Outcome> {
        let framing = "lines".parse().unwrap();
        let stream = Arc::new(Stream::new("s".to_owned(), &framing, b"a\n".to_vec()));
        let case = cases(&stream, &Own::default(), Tier::Quick, 1, 0).remove(0);
        let outcome = |one: &&str| {
            let (status, kind) = match &one[..1] {
                "-" => (Status::Fail, Some(Kind::Lost)),
                "+" => (Status::Pass, None),
                _ => (Status::Inconclusive, None),
            };
            let case = Case {
                id: one[1..].to_owned(),
                ..case.clone()
            };
            let verdict = Verdict {
                status,
                kind,
                why: String::new(),
            };
            Outcome::untried(case, Observer::Echo, verdict)
        };
        run.iter().map(outcome).collect()
    }

    fn case(id: &str) -> Case {
        outcomes(&[&format!("-{id}")]).remove(0).case
    }

    /// The list after a run; it is a list that knows all of that run, and stays as it is after the same run again.
    fn updated(text: &str, run: &[&str]) -> String {
        let outcomes = outcomes(run);
        let after = listed(text).updated(&outcomes).unwrap();
        let failed = outcomes.iter().filter(|outcome| outcome.failed());
        for failed in failed {
            assert!(after.knows(failed), "{}: {}", failed.case.id, after.text());
        }
        assert_eq!(after.passing(&outcomes), [], "{}", after.text());
        let again = after.updated(&outcomes).unwrap();
        assert_eq!(again.text(), after.text());
        after.text().to_owned()
    }

    #[test]
    fn a_star_is_any_run_a_question_mark_one_character_and_the_whole_id_is_matched() {
        for (glob, expected) in [
            ("a/one:*", &PLANNED[..3]),
            ("*:whole:*", &PLANNED[2..]),
            ("a/one:cut@?:fin", &PLANNED[..2]),
            ("b/one:whole:hold", &PLANNED[5..]),
            ("?/two:whole:fin", &PLANNED[3..4]),
            ("*", &PLANNED[..]),
        ] {
            let listed = listed(&format!("[[known]]\ncases = '{glob}'\nreason = 'r'\n"));
            let matched: Vec<_> = PLANNED
                .into_iter()
                .filter(|id| listed.reason(&case(id)).is_some())
                .collect();
            assert_eq!(matched, expected, "{glob}");
        }
    }

    #[test]
    fn the_first_entry_for_a_case_has_its_reason() {
        let listed = listed(
            "[[known]]\ncases = 'a/one:cut@1:fin'\nreason = 'first'\n[[known]]\ncases = 'a/*'\nreason = 'second'\n",
        );
        assert_eq!(listed.reason(&case("a/one:cut@1:fin")), Some("first"));
        assert_eq!(listed.reason(&case("a/one:cut@2:fin")), Some("second"));
        assert_eq!(listed.reason(&case("b/one:whole:fin")), None);
    }

    #[test]
    fn what_is_no_list_is_refused_where_it_is_wrong() {
        const BAD: &[(&str, &str)] = &[
            (
                "[[known]]\ncases = 'a\n",
                "k.toml:2:11: invalid literal string",
            ),
            (
                "# x\nfoo = 1\n",
                "k.toml:2:1: no key \"foo\" here; there are: known",
            ),
            (
                "known = 1",
                "k.toml:1:9: each known failure is headed by a line [[known]]",
            ),
            (
                "[known]\ncases = 'a'",
                "k.toml:1:1: each known failure is headed",
            ),
            (
                "known = [{ cases = 'a', reason = 'b' }]",
                "k.toml:1:10: each known failure is headed",
            ),
            (
                "[[known]]\ncases = 'a'\n",
                "k.toml:1:1: the key reason is missing here",
            ),
            (
                "\n [[known]]\nreason = 'a'\n",
                "k.toml:2:2: the key cases is missing here",
            ),
            (
                "[[known]]\ncases = 1\nreason = 'a'\n",
                "k.toml:2:9: a string is expected here, and this is a TOML integer",
            ),
            (
                "[[known]]\ncases = 'a'\nreason = ['a']\n",
                "k.toml:3:10: a string is expected here, and this is a TOML array",
            ),
            (
                "[[known]]\ncases = 'a'\nreason = ' '\n",
                "k.toml:3:10: a sentence: why the cases fail",
            ),
            (
                "[[known]]\ncases = ''\nreason = 'a'\n",
                "k.toml:2:9: a glob over case ids",
            ),
            (
                "[[known]]\ncases = 'a'\nreason = 'b'\nwhy = 'c'\n",
                "k.toml:4:1: no key \"why\" here; there are: cases, reason",
            ),
            (
                "[[known]]\ncases = 'a'\nreason = 'b'\n[[known]]\nreason = 'c'\ncases = \"a\"\n",
                "k.toml:6:9: \"a\" is listed in line 2 already",
            ),
        ];
        for (text, begins) in BAD {
            let refusal = refusal(text);
            assert!(refusal.starts_with(begins), "{text:?}: {refusal}");
        }
        let bytes = b"# \xc3\xa4\n# \xff\n";
        let bad = Known::parse("k.toml", bytes).unwrap_err().to_string();
        assert!(
            bad.starts_with("k.toml:2:3: a byte that is not UTF-8"),
            "{bad}"
        );
    }

    #[test]
    fn no_text_makes_it_panic() {
        let text = "# ä\n[[known]]\ncases = 'a/*' # x\nreason = \"\"\"\nr\\u00e4\n\"\"\"\n\n# b\n[[known]]\nreason='c'\ncases='b/*'";
        for end in 0..text.len() {
            let _ = Known::parse("k.toml", &text.as_bytes()[..end]);
            let mut bytes = text.as_bytes().to_vec();
            bytes.remove(end);
            let _ = Known::parse("k.toml", &bytes);
        }
        assert_eq!(listed(text).entries(), 2);
    }

    #[test]
    fn an_empty_file_lists_nothing() {
        for text in ["", "# nothing\n", "known = []\n"] {
            assert_eq!(known(text).of(planned([])).unwrap().entries(), 0);
        }
    }

    #[test]
    fn a_glob_for_nothing_is_told_the_nearest_case() {
        for (glob, hint) in [
            (
                "a/one:cot@*",
                r#"the nearest is a/one:cut@1:fin, which fits as far as "a/one:c""#,
            ),
            (
                "*:wholes:fin",
                r#"the nearest is a/one:whole:fin, which fits as far as "*:whole""#,
            ),
            (
                "b/one",
                "the whole id is matched, and b/one* would match b/one:whole:fin",
            ),
            ("ä/two:whole:fin", "the nearest is a/two:whole:fin"),
        ] {
            let text = format!("# c\n[[known]]\ncases = '{glob}'\nreason = 'r'\n");
            let bad = known(&text).of(planned(PLANNED)).unwrap_err();
            let expected = format!("k.toml:3:9: no planned case matches {glob:?}; {hint}");
            assert_eq!(bad.len(), 1);
            assert_eq!(bad[0].to_string(), expected);
        }
        let bad = known("[[known]]\ncases = 'a'\nreason = 'r'\n").of(planned([]));
        assert!(bad.unwrap_err()[0].reason.ends_with("nothing is planned"));
    }

    #[test]
    fn a_listed_case_that_passes_is_found_and_one_that_was_not_judged_is_not() {
        let listed = listed(
            "[[known]]\ncases = 'a/*'\nreason = 'r'\n\n[[known]]\ncases = 'b/*'\nreason = 'r'\n",
        );
        let run = outcomes(&[
            "+a/two:whole:fin",
            "-a/one:cut@1:fin",
            "+a/one:cut@2:fin",
            "?b/one:whole:fin",
        ]);
        let passing = listed.passing(&run);
        let expected = Passing {
            file: "k.toml",
            line: 2,
            glob: "a/*",
            ids: vec!["a/one:cut@2:fin", "a/two:whole:fin"],
        };
        assert_eq!(passing, [expected]);
        assert!(listed.knows(&run[1]) && !listed.knows(&run[0]) && !listed.knows(&run[3]));
    }

    const TWO: &str = "\
# head

# above the first
[[known]]
cases = 'a/*' # beside
reason = 'of a'

# a section

# above the second
[[known]]
reason = '''of
b'''
cases = 'b/*'
# below
";

    #[test]
    fn entries_stay_where_all_that_ran_fails_and_where_nothing_ran() {
        for run in [
            &["-a/one:cut@1:fin", "-a/two:whole:fin", "-b/one:whole:fin"][..],
            &["-a/one:cut@1:fin", "?a/one:cut@2:fin"],
            &["?a/one:cut@1:fin"],
            &[],
        ] {
            assert_eq!(updated(TWO, run), TWO, "{run:?}");
        }
    }

    #[test]
    fn an_entry_all_of_whose_cases_pass_goes_with_the_comment_above_it_and_no_other() {
        let of_b = ["+b/one:whole:fin", "+b/one:whole:hold"];
        let kept = &TWO[..TWO.find("# above the second").unwrap()];
        assert_eq!(updated(TWO, &of_b), format!("{kept}# below\n"));
        let of_a = ["+a/one:cut@1:fin", "+a/one:cut@2:fin", "+a/one:whole:fin"];
        let of_a = [&of_a[..], &["+a/two:whole:fin"]].concat();
        let left = TWO.replace("[[known]]\ncases = 'a/*' # beside\nreason = 'of a'\n", "");
        assert_eq!(updated(TWO, &of_a), left);
        assert_eq!(
            updated(TWO, &[&of_a[..], &of_b].concat()),
            "# head\n\n# above the first\n\n# a section\n\n# below\n"
        );
    }

    #[test]
    fn of_a_mixed_entry_what_fails_and_what_was_not_judged_stays_by_its_id() {
        let run = [
            "-b/one:whole:fin",
            "+b/one:whole:hold",
            "+a/one:cut@1:fin",
            "-a/one:whole:fin",
            "?a/two:whole:fin",
        ];
        let expected = "\
# head

# above the first
[[known]]
cases = \"a/one:cut@2:fin\"
reason = \"of a\"

[[known]]
cases = \"a/one:whole:fin\"
reason = \"of a\"

[[known]]
cases = \"a/two:whole:fin\"
reason = \"of a\"

# a section

# above the second
[[known]]
cases = \"b/one:whole:fin\"
reason = \"\"\"
of
b\"\"\"
# below
";
        assert_eq!(updated(TWO, &run), expected);
    }

    #[test]
    fn new_failures_are_added_by_their_ids_with_words_that_ask_for_a_reason() {
        let run = ["-b/one:whole:hold", "-a/two:whole:fin", "-a/one:cut@1:fin"];
        let new = |id| format!("[[known]]\ncases = \"{id}\"\nreason = \"new: lost\"\n");
        let (first, second) = (new("a/two:whole:fin"), new("b/one:whole:hold"));
        let known = "[[known]]\ncases = 'a/one:*'\nreason = 'r'";
        let expected = format!("{known}\n\n{first}\n{second}");
        assert_eq!(updated(known, &run), expected);
        let begun = Known::new("k.toml").of(planned(PLANNED)).unwrap();
        let begun = begun.updated(&outcomes(&run[1..2])).unwrap();
        assert_eq!(begun.text(), format!("{HEAD}\n{first}"));
    }

    #[test]
    fn entries_that_overlap_do_not_leave_an_id_twice() {
        let text = "\
[[known]]
cases = 'a/one:*'
reason = 'wide'

[[known]]
cases = '*:cut@1:*'
reason = 'narrow'

[[known]]
cases = 'a/*'
reason = 'widest'
";
        let run = ["-a/one:cut@1:fin", "+a/one:cut@2:fin", "-a/one:whole:fin"];
        let after = updated(text, &run);
        let ids: Vec<_> = after
            .lines()
            .filter(|line| line.starts_with("cases"))
            .collect();
        assert_eq!(
            ids,
            [
                "cases = \"a/one:cut@1:fin\"",
                "cases = \"a/one:whole:fin\"",
                "cases = '*:cut@1:*'",
                "cases = \"a/two:whole:fin\"",
            ]
        );
    }

    #[test]
    fn lines_may_end_in_the_way_of_windows() {
        let text = TWO.replace('\n', "\r\n");
        let after = updated(&text, &["+b/one:whole:fin", "-b/one:whole:hold"]);
        assert!(
            after.starts_with(&text[..text.find("[[known]]\r\nreason").unwrap()]),
            "{after}"
        );
        assert!(
            after.contains("\ncases = \"b/one:whole:hold\"\n"),
            "{after}"
        );
    }

    #[test]
    fn an_entry_with_a_framing_stands_for_the_cases_of_that_one_alone() {
        let mut both = planned(["a/one:whole:fin"]);
        both.extend(both.clone().into_iter().map(|key| Key {
            framing: expanded("crlf").unwrap(),
            ..key
        }));
        let list = |framing: &str| {
            let text = format!("[[known]]\ncases = 'a/*'\nframing = '{framing}'\nreason = 'r'\n");
            known(&text).of(both.clone()).unwrap()
        };
        let outcomes = outcomes(&["-a/one:whole:fin"]);
        assert!(list("lines").knows(&outcomes[0]));
        assert!(!list("crlf").knows(&outcomes[0]));
        let updated = list("crlf").updated(&outcomes).unwrap();
        assert!(updated.knows(&outcomes[0]), "{}", updated.text());
        assert_eq!(updated.entries(), 2);
    }

    #[test]
    fn an_entry_that_is_flaky_may_pass() {
        let text = "[[known]]\ncases = 'a/one:*'\nreason = 'r'\nflaky = true\n";
        let run = ["-a/one:cut@1:fin", "+a/one:cut@2:fin"];
        let (listed, outcomes) = (listed(text), outcomes(&run));
        assert!(listed.knows(&outcomes[0]));
        assert_eq!(listed.passing(&outcomes), []);
        assert_eq!(updated(text, &run), text);
        let bad = refusal(&text.replace("true", "'yes'"));
        assert!(bad.starts_with("k.toml:4:9: true or false"), "{bad}");
    }
}
