//! Which of the planned cases are run: by their ids, what they are aimed at, and the shard that they are in.
//!
//! Nothing is left out in silence: a filter or a skip that stands for no planned case is a mistake, and found here. Invariant: of the
//! shards 1 to N each case is in just one, which depends on its id alone, so that it stays there when others are added.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use wildmatch::WildMatch;

use super::case::Case;
use super::known::unmatched;
use super::vector::{LAST_CLASS, Level};

/// Which cases of many are run.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// A case must be one that any of these stands for; with none of them, every case is.
    pub filters: Vec<Pick>,
    /// None that any of these stands for is run.
    pub skips: Vec<Pick>,
    /// Of what is left, only this part.
    pub shard: Option<Shard>,
}

impl Selection {
    /// Keeps what is selected of the cases, which stand in groups; groups without any are left out.
    ///
    /// # Errors
    /// A filter or a skip that stands for nothing, or nothing is left.
    pub fn of<T>(&self, planned: Vec<(T, Vec<Case>)>) -> Result<Vec<(T, Vec<Case>)>, Unselected> {
        let all: Vec<&Case> = planned.iter().flat_map(|(_, cases)| cases).collect();
        let filters = rules(&self.filters, &all).map_err(Unselected::Filter)?;
        let skips = rules(&self.skips, &all).map_err(Unselected::Skip)?;
        let is_left = |case: &Case| {
            let any = |rules: &[Rule]| rules.iter().any(|rule| rule.holds(case));
            (filters.is_empty() || any(&filters)) && !any(&skips)
        };
        let before = all.iter().filter(|case| is_left(case)).count();
        let of_shard = |case: &Case| self.shard.is_none_or(|shard| shard.has(&case.id));
        let kept = planned.into_iter().map(|(group, mut cases)| {
            cases.retain(|case| is_left(case) && of_shard(case));
            (group, cases)
        });
        let kept: Vec<_> = kept.filter(|(_, cases)| !cases.is_empty()).collect();
        match (kept.is_empty(), before, self.shard) {
            (true, 1.., Some(shard)) => Err(Unselected::Nothing(format!(
                "shard {shard} has none of the selected cases, which are {before}"
            ))),
            (true, _, _) => Err(Unselected::Nothing(
                "no case is left of those that are planned".to_owned(),
            )),
            (false, ..) => Ok(kept),
        }
    }
}

/// Why nothing can be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unselected {
    /// A filter stands for no case; which, and what comes near it.
    Filter(String),
    /// A skip stands for no case; which, and what comes near it.
    Skip(String),
    /// Each stands for some, and yet none is left.
    Nothing(String),
}

/// What stands for some of the cases: a text as users write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pick {
    /// The whole id of a case, a part of ids, or, with `*` or `?`, a glob over whole ids.
    Ids(String),
    /// `class:33`: what is aimed at this class of defects.
    Class(u8),
    /// `level:must`: what is so binding.
    Level(Level),
    /// `pattern:delimited`: what is framed so, by the pattern's number.
    Pattern(u8),
}

/// The words for the patterns, in the order of their numbers.
const PATTERNS: [&str; 6] = [
    "eof",
    "half-close",
    "fixed",
    "delimited",
    "prefixed",
    "blocks",
];

impl FromStr for Pick {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("class", number)) => class(number),
            Some(("level", word)) => {
                let levels = || Level::ALL.iter().copied();
                let level = levels().find(|level| level.word() == word);
                level.map(Self::Level).ok_or_else(|| {
                    let words: Vec<_> = levels().map(Level::word).collect();
                    format!("no level {word:?}; there are: {}", words.join(", "))
                })
            }
            Some(("pattern", word)) => {
                let number = (1..).zip(PATTERNS).find(|(_, pattern)| *pattern == word);
                number
                    .map(|(number, _)| Self::Pattern(number))
                    .ok_or_else(|| {
                        format!("no pattern {word:?}; there are: {}", PATTERNS.join(", "))
                    })
            }
            // It would stand for every case, and is most often a variable that was never set.
            _ if text.trim().is_empty() => Err("it is empty".to_owned()),
            _ => Ok(Self::Ids(text.to_owned())),
        }
    }
}

fn class(number: &str) -> Result<Pick, String> {
    let class = plain_number(number).and_then(|number| u8::try_from(number).ok());
    let known = class.filter(|class| (1..=LAST_CLASS).contains(class));
    known.map(Pick::Class).ok_or_else(|| {
        format!("no defect class {number:?}; they are numbered from 1 to {LAST_CLASS} in docs/defects.md")
    })
}

/// A number in digits alone: `parse` would take a plus sign as well.
fn plain_number(text: &str) -> Option<u32> {
    let plain = text.bytes().all(|digit| digit.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

/// A pick as the plan makes it: whether a text is the whole id of a case is seen only there.
enum Rule<'a> {
    Is(&'a str),
    Has(&'a str),
    Matches(WildMatch),
    Class(u8),
    Level(Level),
    Pattern(u8),
}

impl Rule<'_> {
    fn holds(&self, case: &Case) -> bool {
        let stream = &case.stream;
        match self {
            Self::Is(id) => case.id == *id,
            Self::Has(part) => case.id.contains(part),
            Self::Matches(glob) => glob.matches(&case.id),
            Self::Class(class) => stream.classes.contains(class),
            Self::Level(level) => stream.level == *level,
            Self::Pattern(number) => stream.framing.pattern_number() == *number,
        }
    }
}

/// What the picks are for these cases; each must stand for one at least.
fn rules<'a>(picks: &'a [Pick], all: &[&Case]) -> Result<Vec<Rule<'a>>, String> {
    let one = |pick: &'a Pick| {
        let rule = rule(pick, all);
        match all.iter().any(|case| rule.holds(case)) {
            true => Ok(rule),
            false => Err(nothing(pick, all)),
        }
    };
    picks.iter().map(one).collect()
}

fn rule<'a>(pick: &'a Pick, all: &[&Case]) -> Rule<'a> {
    match pick {
        Pick::Ids(text) if all.iter().any(|case| case.id == *text) => Rule::Is(text),
        Pick::Ids(text) if is_glob(text) => Rule::Matches(WildMatch::new(text)),
        Pick::Ids(text) => Rule::Has(text),
        Pick::Class(class) => Rule::Class(*class),
        Pick::Level(level) => Rule::Level(*level),
        Pick::Pattern(number) => Rule::Pattern(*number),
    }
}

fn is_glob(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// That a pick stands for nothing, and what there is.
fn nothing(pick: &Pick, all: &[&Case]) -> String {
    match pick {
        Pick::Ids(glob) if is_glob(glob) => {
            unmatched(glob, &all.iter().map(|case| &*case.id).collect())
        }
        Pick::Ids(text) => format!("no case has {text:?} in its id; {}", nearest(text, all)),
        Pick::Class(class) => {
            let there = all.iter().flat_map(|case| case.stream.classes.clone());
            let there = there.collect::<BTreeSet<_>>().into_iter();
            format!(
                "no planned case is aimed at defect class {class}; {}",
                listed(there.map(|class| class.to_string()))
            )
        }
        Pick::Level(level) => {
            let has = |level: &Level| all.iter().any(|case| case.stream.level == *level);
            let there = Level::ALL.iter().filter(|level| has(level));
            format!(
                "no planned case has the level {}; {}",
                level.word(),
                listed(there.map(|level| level.word().to_owned()))
            )
        }
        Pick::Pattern(number) => {
            let numbers = all.iter().map(|case| case.stream.framing.pattern_number());
            let there = numbers.collect::<BTreeSet<_>>().into_iter();
            format!(
                "no planned case is of the pattern {}; {}",
                pattern(*number),
                listed(there.map(|number| pattern(number).to_owned()))
            )
        }
    }
}

fn pattern(number: u8) -> &'static str {
    PATTERNS[usize::from(number) - 1]
}

fn listed(there: impl Iterator<Item = String>) -> String {
    let there: Vec<_> = there.collect();
    match there.is_empty() {
        true => "there is none".to_owned(),
        false => format!("there are: {}", there.join(", ")),
    }
}

/// Ids that are named where none has a text in it.
const NEAREST: usize = 3;

/// The streams whose ids come nearest to a text or, where it goes on behind those, the cases.
fn nearest(text: &str, all: &[&Case]) -> String {
    let name = |case: &&'_ Case| match text.contains(':') {
        true => case.id.clone(),
        false => case.stream.id.clone(),
    };
    let names: BTreeSet<String> = all.iter().map(name).collect();
    let distance = |name: &String| {
        let last = name.rsplit('/').next().unwrap_or_default();
        strsim::levenshtein(text, name).min(strsim::levenshtein(text, last))
    };
    let mut names: Vec<_> = names.into_iter().collect();
    names.sort_by_cached_key(distance);
    names.truncate(NEAREST);
    match names.is_empty() {
        true => "nothing is planned".to_owned(),
        false => format!("the nearest are {}", names.join(", ")),
    }
}

/// One of several parts that make the whole: `2/5` is the second of five.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 1 to `of`.
    number: u32,
    of: u32,
}

impl Shard {
    /// Whether the case with this id is in the shard: that with the number 1 + CRC-32 of the id, modulo how many there are.
    #[must_use]
    pub fn has(self, id: &str) -> bool {
        crc32fast::hash(id.as_bytes()) % self.of == self.number - 1
    }

    /// The number that the `nth` of a row of numbered cases has, counted from 0, where shards take turns.
    #[must_use]
    pub fn nth(self, nth: u64) -> u64 {
        nth * u64::from(self.of) + u64::from(self.number) - 1
    }
}

impl Default for Shard {
    /// The only one.
    fn default() -> Self {
        Self { number: 1, of: 1 }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/');
        let numbers = numbers
            .and_then(|(number, of)| Some((plain_number(number)?, plain_number(of)?)))
            .ok_or("a shard is K/N in whole numbers: 1/3 is the first of three")?;
        match numbers {
            (_, 0) => Err("no shards at all: of 0 there is none".to_owned()),
            (0, _) => Err("shards are numbered from 1".to_owned()),
            (number, of) if number > of => Err(format!("there is no shard {number} of {of}")),
            (number, of) => Ok(Self { number, of }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::framing::Framing;
    use crate::suite::{Own, Plan, Stream, Tier, cases, embedded};

    fn some(id: &str, framing: &str, level: Level, classes: &[u8]) -> Vec<Case> {
        let framing: Framing = framing.parse().unwrap();
        let stream = Stream::new(id.to_owned(), &framing, b"abcdefghijk\n".to_vec());
        let stream = Stream {
            level,
            classes: classes.to_vec(),
            ..stream
        };
        cases(&Arc::new(stream), &Own::default(), Tier::Full, 1, 12)
    }

    fn planned() -> Vec<(char, Vec<Case>)> {
        vec![
            ('a', some("s/one", "lines", Level::Must, &[33, 47])),
            ('b', some("s/two", "eof", Level::May, &[])),
        ]
    }

    fn picks(texts: &[&str]) -> Vec<Pick> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn selected(filters: &[&str], skips: &[&str]) -> Result<Vec<String>, Unselected> {
        let selection = Selection {
            filters: picks(filters),
            skips: picks(skips),
            shard: None,
        };
        let left = selection.of(planned())?.into_iter();
        let cases = left.flat_map(|(_, cases)| cases);
        Ok(cases.map(|case| case.id).collect())
    }

    fn all() -> Vec<String> {
        selected(&[], &[]).unwrap()
    }

    #[test]
    fn a_whole_id_selects_that_case_alone_and_a_part_all_that_have_it() {
        assert_eq!(
            selected(&["s/one:cut@1:fin"], &[]).unwrap(),
            ["s/one:cut@1:fin"]
        );
        let of_part = selected(&["cut@1"], &[]).unwrap();
        assert!(of_part.len() > 4 && of_part.iter().all(|id| id.contains("cut@1")));
        let whole = all().len();
        let planned = planned().into_iter().map(|(_, cases)| cases.len());
        assert_eq!(whole, planned.sum::<usize>());
    }

    #[test]
    fn a_glob_is_matched_against_the_whole_id() {
        assert_eq!(
            selected(&["s/*:cut@1:fin"], &[]).unwrap(),
            ["s/one:cut@1:fin", "s/two:cut@1:fin"]
        );
        assert_eq!(
            selected(&["s/one:cut@?:fin"], &[]).unwrap(),
            (1..=9)
                .map(|at| format!("s/one:cut@{at}:fin"))
                .collect::<Vec<_>>()
        );
        assert_eq!(
            selected(&["s/*:cut@1"], &[]),
            Err(Unselected::Filter(
                "no planned case matches \"s/*:cut@1\"; the whole id is matched, and s/*:cut@1* would match s/one:cut@1:fin"
                    .to_owned()
            ))
        );
    }

    #[test]
    fn class_level_and_pattern_select_what_the_streams_are() {
        let one = |text: &str| selected(&[text], &[]).unwrap();
        assert!(one("class:47").iter().all(|id| id.starts_with("s/one:")));
        assert_eq!(one("class:47"), one("level:must"));
        assert_eq!(one("class:47"), one("pattern:delimited"));
        assert!(one("level:may").iter().all(|id| id.starts_with("s/two:")));
        assert_eq!(one("level:may"), one("pattern:eof"));
        assert_eq!(
            one("level:may").len() + one("level:must").len(),
            all().len()
        );
    }

    #[test]
    fn any_of_several_filters_will_do_and_a_skip_wins() {
        assert_eq!(
            selected(&["s/two:cut@1:fin", "s/one:cut@2:fin"], &[]).unwrap(),
            ["s/one:cut@2:fin", "s/two:cut@1:fin"]
        );
        assert_eq!(
            selected(&["cut@2:fin", "cut@1:fin"], &["class:33", "s/two:cut@2*"]).unwrap(),
            ["s/two:cut@1:fin"]
        );
        assert!(matches!(
            selected(&["s/one"], &["s/"]),
            Err(Unselected::Nothing(_))
        ));
    }

    #[test]
    fn what_stands_for_nothing_is_refused_with_what_comes_near() {
        for (text, near) in [
            ("s/onne", "s/one, s/two"),
            ("tow", "s/two"),
            ("s/one:cut@1:fim", "are s/one:cut@1:fin"),
            ("class:34", "there are: 33, 47"),
            ("level:should", "there are: must, may"),
            ("pattern:blocks", "there are: eof, delimited"),
        ] {
            match selected(&["s/one", text], &[]) {
                Err(Unselected::Filter(why)) => assert!(why.contains(near), "{text}: {why}"),
                other => panic!("{text}: {other:?}"),
            }
            match selected(&[], &[text]) {
                Err(Unselected::Skip(why)) => assert!(why.contains(near), "{text}: {why}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_is_no_pick_says_what_would_be_one() {
        for (text, hint) in [
            ("class:65", "1 to 64"),
            ("class:0", "1 to 64"),
            ("class:+1", "1 to 64"),
            ("class:", "1 to 64"),
            ("level:most", "must, should, may"),
            ("pattern:lines", "eof, half-close"),
            ("", "empty"),
        ] {
            let why = text.parse::<Pick>().unwrap_err();
            assert!(why.contains(hint), "{text}: {why}");
        }
    }

    #[test]
    fn each_planned_case_is_in_one_shard_and_they_are_about_as_large() {
        let plan = Plan {
            vectors: embedded(),
            payloads: &crate::suite::PayloadKind::Any,
            tier: Tier::Quick,
            seed: 1,
        };
        let cases = plan
            .of_everything()
            .into_iter()
            .flat_map(|(_, cases)| cases);
        let ids: Vec<_> = cases.map(|case| case.id).collect();
        for of in [1, 2, 3, 7, 16] {
            let mut sizes = vec![0; of];
            for id in &ids {
                let shard = |number: usize| format!("{number}/{of}").parse::<Shard>().unwrap();
                let has: Vec<_> = (1..=of).filter(|&number| shard(number).has(id)).collect();
                assert_eq!(has.len(), 1, "{id}");
                sizes[has[0] - 1] += 1;
            }
            let even = ids.len() / of;
            let fair = |size: &usize| (even * 8 / 10..=even * 12 / 10).contains(size);
            assert!(sizes.iter().all(fair), "{sizes:?}");
        }
        // A report names a case alone by its id, which must not be read as anything else.
        let plain = |id: &String| id.parse() == Ok(Pick::Ids(id.clone())) && !is_glob(id);
        assert!(ids.iter().all(plain));
    }

    /// Runs of different versions share their work only as long as this stands.
    #[test]
    fn a_shard_is_that_of_the_ids_checksum() {
        let shard: Shard = "3/3".parse().unwrap();
        // CRC-32 of "123456789" is cbf43926, as every list of such checksums has it.
        assert_eq!(0xcbf4_3926_u32 % 3, 2);
        assert!(shard.has("123456789"));
        assert_eq!(shard.to_string(), "3/3");
    }

    #[test]
    fn what_is_no_shard_is_refused() {
        for (text, hint) in [
            ("0/3", "from 1"),
            ("4/3", "no shard 4 of 3"),
            ("1/0", "of 0"),
            ("0/0", "of 0"),
            ("one/two", "K/N"),
            ("1", "K/N"),
            ("1/", "K/N"),
            ("-1/3", "K/N"),
            ("+1/3", "K/N"),
            ("1/3/5", "K/N"),
            ("1/99999999999", "K/N"),
        ] {
            let why = text.parse::<Shard>().unwrap_err();
            assert!(why.contains(hint), "{text}: {why}");
        }
    }
}
