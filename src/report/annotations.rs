//! A document as workflow commands of GitHub Actions, which show it beside a change: at most ten, for GitHub shows no more of a step.
//!
//! Findings come first, then one failure of each kind that no finding has, then the others; warnings, for what comes and goes or stays
//! open, take the places that are left. Invariant: each line is one command, whatever a target sent.

use super::plain::{clipped, failures, printable};
use super::{CaseEntry, Document, FindingEntry, Flake};

/// Commands that GitHub shows of a step.
const SHOWN: usize = 10;

/// Characters of a message; what is cut off is in the report.
const MESSAGE: usize = 2000;

/// The commands, one a line.
#[must_use]
pub fn annotations(document: &Document) -> String {
    let (flaky, found): (Vec<_>, Vec<_>) = document.findings.iter().partition(|one| one.is_flaky());
    let is_found = |case: &&CaseEntry| {
        let same = |one: &FindingEntry| one.target == case.target && one.kind() == case.kind();
        document.findings.iter().any(same)
    };
    let (repeated, new): (Vec<_>, Vec<_>) =
        failures(&document.cases).into_iter().partition(is_found);
    let stale = document
        .cases
        .iter()
        .filter(|case| case.passes_though_known());
    let open = document
        .cases
        .iter()
        .filter(|case| case.verdict == "inconclusive");
    // An error says that it failed; where nothing but what comes and goes was found, the failure is told as it came.
    let repeated = repeated.into_iter().skip(found.len());
    found
        .into_iter()
        .map(|one| finding("error", one))
        .chain(new.into_iter().map(failed))
        .chain(stale.take(1).map(passes))
        .chain(repeated.map(failed))
        .chain(flaky.into_iter().map(|one| finding("warning", one)))
        .chain(open.take(1).map(inconclusive))
        .take(SHOWN)
        .collect()
}

fn finding(word: &str, finding: &FindingEntry) -> String {
    let kind = finding.kind();
    let flaky = match finding.is_flaky() {
        true => format!(", {} of {} runs", finding.failed, finding.of),
        false => String::new(),
    };
    let FindingEntry {
        target,
        reason,
        from,
        replay,
        ..
    } = finding;
    let message = format!("{target}: {reason}\nfrom {from}\n{replay}");
    let title = format!("framecheck: {kind} ({}{flaky})", finding.framing);
    command(word, finding.file.as_deref(), &title, &message)
}

fn failed(case: &CaseEntry) -> String {
    let (kind, framing) = (case.kind(), &case.framing);
    match &case.flake {
        None => {
            let title = format!("framecheck: {kind} ({framing})");
            command("error", None, &title, &message(case))
        }
        Some(Flake { failed, of }) => {
            let title = format!("framecheck: flake: {kind} ({framing}, {failed} of {of} runs)");
            command("warning", None, &title, &message(case))
        }
    }
}

fn passes(case: &CaseEntry) -> String {
    let title = "framecheck: a known failure passes now";
    command("error", None, title, &message(case))
}

fn inconclusive(case: &CaseEntry) -> String {
    let title = "framecheck: inconclusive";
    command("warning", None, title, &message(case))
}

fn message(case: &CaseEntry) -> String {
    let CaseEntry {
        target,
        id,
        reason,
        replay,
        ..
    } = case;
    format!("{target}: {id}\n{reason}\n{replay}")
}

fn command(word: &str, file: Option<&str>, title: &str, message: &str) -> String {
    let file = file.map(|file| format!("file={},", property(file)));
    let message = data(&clipped(&printable(message), MESSAGE));
    let (file, title) = (file.unwrap_or_default(), property(title));
    format!("::{word} {file}title={title}::{message}\n")
}

/// As GitHub's own toolkit escapes what follows `::`.
fn data(text: &str) -> String {
    let text = text.replace('%', "%25");
    text.replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    let text = data(&printable(text));
    text.replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_stays_on_its_line() {
        let line = command("error", Some("a,b.toml"), "t: 1,2%", "100%\r\n::error::x");
        assert_eq!(
            line,
            "::error file=a%2Cb.toml,title=t%3A 1%2C2%25::100%25\\r%0A::error::x\n"
        );
    }
}
