//! A finding for people: the smallest case that fails, drawn, with what became of it and the commands that repeat it.

use super::draw::Paint;
use super::text::{drawn, lines_of};
use crate::suite::Finding;

/// A finding, and where it is.
#[derive(Clone, Debug)]
pub struct Found {
    /// What was found.
    pub finding: Finding,
    /// Where it is kept.
    pub saved: Saved,
    /// The words of the command that runs it again; none where it is not saved.
    pub replay: Vec<String>,
    /// The words of the command that makes a script of it.
    pub script: Vec<String>,
}

/// Where a finding is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saved {
    /// In this new file.
    New(String),
    /// In this file, where it was before.
    Known(String),
    /// Nowhere, for this reason.
    Not(String),
}

impl Found {
    /// One that is not kept.
    #[must_use]
    pub fn unsaved(finding: Finding) -> Self {
        Self {
            finding,
            saved: Saved::Not("it is not kept".to_owned()),
            replay: Vec::new(),
            script: Vec::new(),
        }
    }

    /// The file that holds it.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        match &self.saved {
            Saved::New(file) | Saved::Known(file) => Some(file),
            Saved::Not(_) => None,
        }
    }
}

/// The finding as text.
pub(super) fn found(found: &Found, paint: Paint) -> String {
    let Found { finding, saved, .. } = found;
    let flaky = if finding.is_flaky() { " (flaky)" } else { "" };
    let kind = finding
        .least
        .verdict
        .kind
        .map_or("fail", |kind| kind.word());
    let head = paint.red(&format!("FINDING {kind}{flaky}"));
    let mut lines = vec![format!("{head} {}", paint.bold(&finding.stem()))];
    lines.extend(drawn(&finding.least, paint));
    let mut facts = vec![("from", finding.from.clone()), ("failed", times(finding))];
    facts.extend(finding.note.clone().map(|note| ("note", note)));
    match saved {
        Saved::New(file) => facts.push(("saved", file.clone())),
        Saved::Known(file) => facts.push(("saved", format!("{file} (it was there already)"))),
        Saved::Not(why) => facts.push(("saved", format!("nowhere: {why}; this is it:"))),
    }
    for (name, words) in [("replay", &found.replay), ("script", &found.script)] {
        if !words.is_empty() {
            facts.push((name, super::words(words)));
        }
    }
    lines.extend(lines_of(&facts));
    let mut text = lines.join("\n") + "\n";
    if found.file().is_none() {
        text += &format!("\n{}", finding.vector().to_toml());
    }
    text
}

fn times(finding: &Finding) -> String {
    let tries = finding.tries;
    match (finding.times.of, finding.is_flaky()) {
        (0, _) => format!("in the run; not tried to an end again ({tries} tries)"),
        (_, false) => format!("{} runs, after {tries} tries", finding.times),
        (_, true) => format!(
            "{} runs, after {tries} tries: it comes and goes",
            finding.times
        ),
    }
}
