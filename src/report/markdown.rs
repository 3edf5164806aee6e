//! A document as Markdown, for the summary of a CI job: the verdict, a table of targets, and of each target what was found, drawn.
//!
//! What targets and files say stands in code only, in fences or spans longer than any run of backticks in it, so that it is never markup.
//! Invariant: the text stays far below the 1 MiB that GitHub takes of a step, whatever is in the document.

use std::collections::BTreeMap;

use super::plain::{clipped, failures, of_case, of_finding, printable};
use super::{CaseEntry, Difference, Document, FindingEntry, Summary, TargetEntry};

/// Bytes after which nothing more is drawn; a summary of this size is read to its end.
const ENOUGH: usize = 48 << 10;

/// Findings and failures of each target that are drawn.
const DRAWN: usize = 8;

/// Differences that are drawn.
const DIFFERENCES: usize = 10;

/// Rows of the table; more targets than that are counted.
const ROWS: usize = 100;

/// Characters of a name.
const NAME: usize = 120;

/// Characters of a drawing.
const DRAWING: usize = 3000;

/// The report as Markdown.
#[must_use]
pub(super) fn markdown(document: &Document) -> String {
    let mut text = format!("## framecheck: {}\n\n", html(&document.headline()));
    text += &notes(document);
    text += &table(document);
    text += &skipped(document);
    let mut sections = Sections { text, left_out: 0 };
    for difference in document.differences.iter().take(DIFFERENCES) {
        sections.push(difference_section(difference));
    }
    sections.left_out += document.differences.len().saturating_sub(DIFFERENCES);
    let mut by_target = document.by_target();
    for target in &document.targets {
        let cases = by_target.remove(&*target.name).unwrap_or_default();
        for section in of_target(document, target, &cases) {
            sections.push(section);
        }
    }
    sections.end()
}

/// Sections as long as there is room.
struct Sections {
    text: String,
    left_out: usize,
}

impl Sections {
    fn push(&mut self, section: String) {
        match self.text.len() + section.len() <= ENOUGH {
            true => self.text += &section,
            false => self.left_out += 1,
        }
    }

    fn end(self) -> String {
        let more = match self.left_out {
            0 => String::new(),
            more => format!("\n{more} more sections are left out here; the JSON report has all.\n"),
        };
        self.text + &more
    }
}

fn notes(document: &Document) -> String {
    let mut text = String::new();
    for note in document.notes.iter().take(DRAWN) {
        text += &format!("* note: {}\n", code(note, 4 * NAME));
    }
    let version = &document.version;
    text + &format!("\nframecheck {}, seed {}\n\n", html(version), document.seed)
}

fn table(document: &Document) -> String {
    let mut text =
        "| target | framing | cases | pass | fail | known | flakes | skip | inconclusive | proven cuts |\n\
        |---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n"
            .to_owned();
    for target in document.targets.iter().take(ROWS) {
        let name = cell(&target.name);
        let framings = cell(&target.framings.join(" "));
        text += &row(&name, &framings, &target.summary);
    }
    if document.targets.len() > 1 {
        let all = format!("all {}", document.targets.len());
        text += &row(&all, "", &document.summary);
    }
    text + "\n"
}

fn row(name: &str, framings: &str, summary: &Summary) -> String {
    let Summary {
        total,
        pass,
        fail,
        known,
        flakes,
        skip,
        inconclusive,
        proven,
    } = summary;
    format!(
        "| {name} | {framings} | {total} | {pass} | {fail} | {known} | {flakes} | {skip} | {inconclusive} | {proven} |\n"
    )
}

/// Targets that were not tried, or not to the end, with what is needed for them.
fn skipped(document: &Document) -> String {
    let mut text = String::new();
    for target in document.targets.iter().take(ROWS) {
        let name = code(&target.name, NAME);
        if let Some(why) = &target.skipped {
            text += &format!("* {name} was not tried: {}\n", code(why, 4 * NAME));
        }
        if let Some(why) = &target.trouble {
            text += &format!("* {name} ended early: {}\n", code(why, 4 * NAME));
        }
    }
    match text.is_empty() {
        true => text,
        false => text + "\n",
    }
}

/// What was found in a target, what failed besides, and what was known.
fn of_target(document: &Document, target: &TargetEntry, cases: &[&CaseEntry]) -> Vec<String> {
    let findings: Vec<_> = document
        .findings
        .iter()
        .filter(|one| one.target == target.name)
        .collect();
    let failures = failures(cases.iter().copied());
    let is_found = |case: &CaseEntry| findings.iter().any(|one| one.kind() == case.kind());
    let others: Vec<_> = failures.iter().filter(|case| !is_found(case)).collect();
    let mut sections: Vec<_> = findings
        .iter()
        .take(DRAWN)
        .map(|one| finding(one))
        .collect();
    let room = DRAWN - sections.len();
    sections.extend(others.iter().take(room).map(|case| failure(case)));
    let head = head(target, &failures, cases);
    if let Some(head) = head {
        sections.insert(0, head);
    }
    sections
}

/// The target's name with its failures by kind, where it has any; and what was known.
fn head(target: &TargetEntry, failures: &[&CaseEntry], cases: &[&CaseEntry]) -> Option<String> {
    let known = known(cases);
    let stale = cases
        .iter()
        .filter(|case| case.passes_though_known())
        .count();
    if failures.is_empty() && known.is_empty() && stale == 0 {
        return None;
    }
    let mut text = format!("\n### {}\n\n", code(&target.name, NAME));
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for case in failures {
        *kinds.entry(case.kind()).or_default() += 1;
    }
    let mut kinds: Vec<_> = kinds.into_iter().collect();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let kinds = kinds.iter().take(30);
    let counted: Vec<_> = kinds
        .map(|(kind, count)| format!("{count} {}", code(kind, NAME)))
        .collect();
    if !counted.is_empty() {
        text += &format!("Failures: {}\n\n", counted.join(", "));
    }
    if stale > 0 {
        text += &format!("Known failures that pass now: {stale}\n\n");
    }
    Some(text + &known)
}

fn known(cases: &[&CaseEntry]) -> String {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for case in cases.iter().filter(|case| case.failed()) {
        if let Some(reason) = &case.known {
            *reasons.entry(reason.trim()).or_default() += 1;
        }
    }
    let more = reasons.len().saturating_sub(DRAWN);
    let mut text = String::new();
    for (reason, count) in reasons.into_iter().take(DRAWN) {
        text += &format!("* {count} known: {}\n", code(reason, 2 * NAME));
    }
    if more > 0 {
        text += &format!("* and {more} more reasons\n");
    }
    text
}

fn finding(finding: &FindingEntry) -> String {
    let flaky = match finding.is_flaky() {
        true => format!(" (flaky: {} of {} runs)", finding.failed, finding.of),
        false => String::new(),
    };
    let kind = format!("{}{flaky}", finding.kind());
    details(&kind, &finding.name, &finding.reason, &of_finding(finding))
}

fn failure(case: &CaseEntry) -> String {
    details(case.kind(), &case.id, &case.reason, &of_case(case))
}

fn details(kind: &str, name: &str, reason: &str, drawn: &str) -> String {
    let [kind, name, reason] = [kind, name, reason].map(|text| html(&one_line(text, 2 * NAME)));
    format!(
        "<details><summary><b>{kind}</b> <code>{name}</code> <code>{reason}</code></summary>\n\n{}\n</details>\n",
        fence(drawn)
    )
}

/// Who answers what to the same bytes.
fn difference_section(difference: &Difference) -> String {
    let mut drawn = String::new();
    for group in &difference.groups {
        let conforms = match group.conforms {
            true => " (as the reference)",
            false => "",
        };
        let names = clipped(&group.targets.join(", "), 2 * NAME);
        let answer = clipped(&group.answer.join("; "), 2 * NAME);
        drawn += &format!("{names}{conforms}\n  {answer}\n");
    }
    drawn += &format!("sent {}\n", super::plain::sent(&difference.drawn));
    let kind = format!("targets differ on {} cases", difference.cases);
    let framing = &difference.framing;
    details(&kind, &difference.example, framing, &printable(&drawn))
}

/// A code block that no content ends.
fn fence(text: &str) -> String {
    let text = clipped(text, DRAWING);
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    format!("{fence}text\n{text}\n{fence}\n")
}

/// A code span that no content ends.
pub(super) fn code(text: &str, chars: usize) -> String {
    let text = one_line(text, chars);
    let fence = "`".repeat(longest_run(&text) + 1);
    match text.starts_with('`') || text.ends_with('`') || text.is_empty() {
        true => format!("{fence} {text} {fence}"),
        false => format!("{fence}{text}{fence}"),
    }
}

/// A code span in a table, where a bar would end the cell.
pub(super) fn cell(text: &str) -> String {
    code(text, NAME).replace('|', "\\|")
}

fn one_line(text: &str, chars: usize) -> String {
    clipped(&printable(text).replace('\n', " "), chars)
}

pub(super) fn html(text: &str) -> String {
    let text = printable(text).replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}

fn longest_run(text: &str) -> usize {
    let runs = text.split(|char| char != '`').map(str::len);
    runs.max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_never_ended_by_what_is_in_it() {
        assert_eq!(code("a", 9), "`a`");
        assert_eq!(code("a``b", 9), "```a``b```");
        assert_eq!(code("`", 9), "`` ` ``");
        assert_eq!(code("a\n# b", 9), "`a # b`");
        assert_eq!(cell("a|b"), "`a\\|b`");
        assert!(fence("x\n```\n<b>").starts_with("````text\n"));
        assert_eq!(html("</details>&"), "&lt;/details&gt;&amp;");
    }
}
