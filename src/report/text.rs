//! The report for people: a table, the first failures drawn, a last line that says it all.

use std::collections::BTreeMap;

use super::draw::{Paint, due, framing_line, list, manner, segments, shortened, wire};
use super::drawn::end;
use super::found::found;
use super::several::several;
use super::{Report, Summary, Tested};
use crate::suite::gate::Held;
use crate::suite::{Listed, Observer, Outcome, Passing, Status, Verdict};

/// Failures that are drawn; of more, only the ids follow.
const DRAWN: usize = 8;

/// Ids that are named where there are more.
const NAMED: usize = 3;

/// Reasons for skips and inconclusive cases that are listed, and entries of known failures that pass.
const REASONS: usize = 6;

/// The report as text.
#[must_use]
pub fn text(report: &Report, paint: Paint) -> String {
    let mut text = header(report, paint);
    text += &match &report.targets[..] {
        [one] => table(one, paint) + &of_target(one, DRAWN, paint),
        _ => several(report, paint),
    };
    text + "\n" + &last_line(report, paint)
}

/// What came of one target, so many of its failures drawn.
pub(super) fn of_target(tested: &Tested, drawn: usize, paint: Paint) -> String {
    let mut text = reasons(tested, paint);
    text += &known(tested, paint);
    text += &passing(tested, paint);
    let failures: Vec<_> = tested
        .outcomes
        .iter()
        .filter(|outcome| outcome.failed() && !tested.known.knows(outcome))
        .collect();
    for outcome in failures.iter().take(drawn) {
        text += "\n";
        text += &failure(tested, outcome, paint);
    }
    text += &rest(&failures, drawn, paint);
    for finding in tested.findings {
        text += &format!("\n{}", found(finding, paint));
    }
    text
}

fn header(report: &Report, paint: Paint) -> String {
    let name = paint.bold(&format!("framecheck {}", env!("CARGO_PKG_VERSION")));
    let seed = report.seed;
    let mut text = match &report.targets[..] {
        [one] => {
            let Tested {
                address,
                framings,
                observe,
                gate,
                ..
            } = one;
            let framings = framings.join(" ");
            format!(
                "{name}  target {address}  framing {framings}  observe {observe}  gate {gate}  seed {seed}\n"
            )
        }
        several => format!("{name}  {} targets  seed {seed}\n", several.len()),
    };
    for note in &report.notes {
        text += &format!("{} {note}\n", paint.yellow("note:"));
    }
    text + "\n"
}

const PATTERNS: [&str; 6] = [
    "1 eof",
    "2 half-close",
    "3 fixed",
    "4 delimited",
    "5 prefixed",
    "6 blocks",
];

fn table(tested: &Tested, paint: Paint) -> String {
    if tested.outcomes.is_empty() {
        return String::new();
    }
    let mut text = paint.dim(&format!("  {:<14}{}", "pattern", columns::HEAD)) + "\n";
    let patterns = tested.by_pattern();
    let mut rows: Vec<_> = patterns
        .iter()
        .map(|(pattern, outcomes)| (PATTERNS[usize::from(*pattern) - 1], outcomes.clone()))
        .collect();
    if rows.len() > 1 {
        rows.push(("all", tested.outcomes.iter().collect()));
    }
    for (name, outcomes) in rows {
        let summary = Summary::of(outcomes.iter().copied(), tested.known);
        let line = format!("  {name:<14}{}", columns::line(tested, outcomes));
        text += &match summary.fail > summary.known {
            true => paint.red(&line),
            false => line,
        };
        text += "\n";
    }
    text
}

/// The columns of a table of counts.
pub(super) mod columns {
    use super::{Outcome, Summary, Tested};

    /// What stands above them.
    pub(in crate::report) const HEAD: &str =
        "  cases   pass   fail   skip  inconclusive     proven cuts";

    /// The counts of some of a target's cases.
    pub(in crate::report) fn line<'a>(
        tested: &Tested,
        outcomes: impl IntoIterator<Item = &'a Outcome>,
    ) -> String {
        let outcomes: Vec<&Outcome> = outcomes.into_iter().collect();
        let summary = Summary::of(outcomes.iter().copied(), tested.known);
        let cut = outcomes.iter().filter(|outcome| outcome.gate.is_some());
        let Summary {
            total,
            pass,
            fail,
            skip,
            inconclusive,
            ..
        } = summary;
        let proven = format!("{} of {}", summary.proven, cut.count());
        format!("{total:>7}{pass:>7}{fail:>7}{skip:>7}{inconclusive:>14}{proven:>16}")
    }

    /// Whether something is wrong with a target that was not known.
    pub(in crate::report) fn is_bad(tested: &Tested) -> bool {
        let summary = tested.summary();
        tested.trouble.is_some() || summary.fail > summary.known
    }
}

/// Why cases were skipped or are inconclusive, the most frequent reason first.
fn reasons(tested: &Tested, paint: Paint) -> String {
    let mut counts: BTreeMap<(Status, &str), usize> = BTreeMap::new();
    for outcome in tested.outcomes {
        if let Verdict {
            status: status @ (Status::Skip | Status::Inconclusive),
            why,
            ..
        } = &outcome.verdict
        {
            *counts.entry((*status, why)).or_default() += 1;
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let line = |((status, why), count): &((Status, &str), usize)| {
        format!("  {count:>6} {status}: {why}\n")
    };
    let mut text: String = counts.iter().take(REASONS).map(line).collect();
    if counts.len() > REASONS {
        text += &format!(
            "         and {} more reasons, in the JSON report\n",
            counts.len() - REASONS
        );
    }
    if text.is_empty() {
        text
    } else {
        format!("\n{}", paint.dim(&text))
    }
}

/// Which failures were known, by the reasons that the list has for them.
fn known(tested: &Tested, paint: Paint) -> String {
    let mut ids: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for Outcome { case, .. } in tested.outcomes.iter().filter(|one| tested.known.knows(one)) {
        let reason = tested.known.reason(case).unwrap_or_default();
        ids.entry(reason).or_default().push(case.id.clone());
    }
    if ids.is_empty() {
        return String::new();
    }
    let lines = ids.into_iter().map(|(reason, ids)| {
        let reason = reason.trim_end().replace('\n', "\n         ");
        let (count, ids) = (ids.len(), list(ids.into_iter().take(NAMED)));
        format!("  {count:>6} {reason}\n         {}\n", paint.dim(&ids))
    });
    format!("\n{}:\n", paint.yellow("known failures")) + &lines.collect::<String>()
}

/// Which cases the list has and should not.
fn passing(tested: &Tested, paint: Paint) -> String {
    let passing = tested.known.passing(tested.outcomes);
    if tested.trouble.is_some() || passing.is_empty() {
        return String::new();
    }
    let lines = passing.iter().take(REASONS).map(|entry| {
        let Passing {
            file, line, glob, ..
        } = entry;
        let ids = entry.ids.iter().take(NAMED).map(|id| (*id).to_owned());
        let count = entry.ids.len();
        format!(
            "  {count:>6} {file}:{line}: {glob}\n         {}\n",
            paint.dim(&list(ids))
        )
    });
    let mut text = format!("\n{}:\n", paint.red("known failures that pass now"));
    text.extend(lines);
    if passing.len() > REASONS {
        text += &format!("         and {} more entries\n", passing.len() - REASONS);
    }
    text
}

/// A failure: what was sent, where it was cut, what had to come, what came, and how to repeat it.
#[must_use]
pub fn failure(tested: &Tested, outcome: &Outcome, paint: Paint) -> String {
    let mut lines = vec![headline(outcome, paint)];
    lines.extend(drawn(outcome, paint));
    lines.extend(lines_of(&[("replay", tested.replay(outcome))]));
    lines.join("\n") + "\n"
}

/// What cases came to that were run again, each drawn.
#[must_use]
pub fn replayed(
    outcomes: &[Outcome],
    notes: &[String],
    command: &[String],
    trouble: Option<&str>,
    paint: Paint,
) -> String {
    let mut text = String::new();
    for note in notes {
        text += &format!("{} {note}\n", paint.yellow("note:"));
    }
    for outcome in outcomes {
        let lines = [vec![headline(outcome, paint)], drawn(outcome, paint)].concat();
        text += &format!("{}\n\n", lines.join("\n"));
    }
    let Summary {
        fail, total, pass, ..
    } = Summary::of(outcomes, &Listed::default());
    let word = match (trouble, fail, pass) {
        (Some(trouble), _, _) => paint.yellow(&format!("ended early: {trouble}")),
        (None, 1.., _) => paint.red(&format!("{fail} of {total} failed")),
        (None, 0, 0) if outcomes.iter().all(nothing_wrong) => paint.green("nothing wrong was seen"),
        (None, 0, 0) => paint.yellow("nothing was shown"),
        (None, 0, _) => paint.green(&format!("{pass} of {total} passed")),
    };
    text + &format!("{word}: {}\n", super::words(command))
}

/// Whether a case passed, or was tried to its end and could show no more than that nothing is wrong.
#[must_use]
pub fn nothing_wrong(outcome: &Outcome) -> bool {
    let tried = outcome.micros > 0;
    match outcome.verdict.status {
        Status::Pass => true,
        Status::Skip => tried,
        Status::Fail | Status::Inconclusive => false,
    }
}

fn headline(outcome: &Outcome, paint: Paint) -> String {
    let verdict = &outcome.verdict;
    let status = match outcome.flake() {
        Some(_) => "FLAKE".to_owned(),
        None => verdict.status.word().to_uppercase(),
    };
    let words = match verdict.kind {
        Some(kind) => format!("{status} {kind}"),
        None => status,
    };
    let painted = match verdict.status {
        Status::Fail => paint.red(&words),
        Status::Pass => paint.green(&words),
        Status::Skip | Status::Inconclusive => paint.yellow(&words),
    };
    let id = paint.bold(&outcome.case.id);
    match outcome.retried {
        Some(times) => format!("{painted} {id} (failed {times})"),
        None => format!("{painted} {id}"),
    }
}

/// A case with what came of it, line by line.
pub(super) fn drawn(outcome: &Outcome, paint: Paint) -> Vec<String> {
    let (case, verdict) = (&outcome.case, &outcome.verdict);
    let mut facts = Vec::new();
    if !verdict.why.is_empty() {
        facts.push(("because", verdict.why.clone()));
    }
    if !case.stream.why.is_empty() {
        facts.push(("why", case.stream.why.clone()));
    }
    facts.push(("framing", framing_line(case)));
    facts.push(("sent", wire(case, paint)));
    facts.push(("", format!("{}{}", segments(case), gate(outcome.gate))));
    facts.extend(manner(&case.manner).map(|manner| ("manner", manner)));
    facts.push((
        "due",
        match outcome.observer {
            Observer::Invariance => "what the same bytes draw that are sent whole".to_owned(),
            _ => due(case),
        },
    ));
    facts.push(("came", came(outcome)));
    lines_of(&facts)
}

/// Facts under their names.
pub(super) fn lines_of(facts: &[(&str, String)]) -> Vec<String> {
    let line = |(name, text): &(&str, String)| {
        format!("  {name:<8} {}", text.replace('\n', "\n           "))
    };
    facts.iter().map(line).collect()
}

fn gate(gate: Option<Held>) -> String {
    let proven = gate.is_some_and(Held::proven);
    super::plain::gate(gate.map(Held::word), proven)
}

fn came(outcome: &Outcome) -> String {
    let observed = &outcome.observed;
    let items = observed.items.iter().map(|(item, _)| item.to_string());
    let said = observed.ending.map(|said| format!("end {}", said.word()));
    let end = outcome
        .transcript
        .as_ref()
        .map(|transcript| end(transcript.end).to_owned());
    let bytes = outcome
        .transcript
        .as_ref()
        .map(|transcript| &transcript.received[..])
        .filter(|bytes| !bytes.is_empty());
    let bytes = bytes.map(|bytes| format!("\nas bytes: {}", shortened(bytes)));
    list(items.chain(said).chain(end)) + &bytes.unwrap_or_default()
}

/// The failures that are not drawn, by kind.
fn rest(failures: &[&Outcome], drawn: usize, paint: Paint) -> String {
    if failures.len() <= drawn {
        return String::new();
    }
    let mut kinds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for outcome in failures {
        kinds
            .entry(outcome.verdict.kind.map_or("fail", |kind| kind.word()))
            .or_default()
            .push(&outcome.case.id);
    }
    let mut text = format!("\n{} more failures; all by kind:\n", failures.len() - drawn);
    for (kind, ids) in kinds {
        text += &format!(
            "  {} {:>5}  {}\n",
            paint.red(&format!("{kind:<18}")),
            ids.len(),
            list(ids.iter().take(NAMED).map(|id| (*id).to_owned()))
        );
    }
    text
}

fn last_line(report: &Report, paint: Paint) -> String {
    let summary = report.summary();
    let rate = summary.total as f64 / report.seconds.max(1e-6);
    let known = (summary.known > 0).then(|| format!("{} known", summary.known));
    let flakes = match summary.flakes {
        0 => None,
        1 => Some("1 flake".to_owned()),
        flakes => Some(format!("{flakes} flakes")),
    };
    let of_these: Vec<_> = known.into_iter().chain(flakes).collect();
    let of_these = match of_these.is_empty() {
        true => String::new(),
        false => format!(" ({})", of_these.join(", ")),
    };
    let counts = format!(
        "{} cases in {:.1} s ({rate:.0}/s): {} passed, {} failed{of_these}, {} skipped, {} inconclusive",
        summary.total,
        report.seconds,
        summary.pass,
        summary.fail,
        summary.skip,
        summary.inconclusive
    );
    let each = || report.targets.iter();
    let trouble = report.trouble.as_ref();
    let word = if let Some(trouble) = trouble.or(each().find_map(|one| one.trouble.as_ref())) {
        let failed = match summary.fail > summary.known {
            true => paint.red("NOT CONFORMANT") + ", ",
            false => String::new(),
        };
        failed + &paint.yellow(&format!("ended early: {trouble}"))
    } else if summary.fail > summary.known {
        paint.red("NOT CONFORMANT")
    } else if each().any(|one| !one.known.passing(one.outcomes).is_empty()) {
        paint.red("THE LIST OF KNOWN FAILURES IS WRONG")
    } else if summary.known > 0 {
        paint.yellow("conformant but for what is known")
    } else if summary.pass == 0 {
        paint.yellow("nothing was shown")
    } else {
        paint.green("conformant")
    };
    format!("{counts}\n{word}\n")
}
