//! A document as JUnit XML, which every CI reads: a suite for each target and framing, a test case for each case.
//!
//! Known failures are skipped tests with their reason, inconclusive cases are errors, and so is a run that ended early: none of them
//! looks like a pass. Invariant: the counts of suites are those of their cases, and the XML is legal whatever a target sent.

use std::collections::HashMap;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::plain::{of_case, printable, short};
use super::{CaseEntry, Document, Flake, TargetEntry};

/// The report as JUnit XML.
#[must_use]
pub(super) fn junit(document: &Document) -> String {
    let mut report = Report::new("framecheck");
    // A file can say anything, even seconds below zero.
    report.set_time(Duration::try_from_secs_f64(document.seconds).unwrap_or_default());
    report.add_test_suites(suites(document));
    // What ended one target early is told with that target.
    let told = |why: &&String| {
        let mut targets = document.targets.iter();
        !targets.any(|target| target.trouble.as_ref() == Some(why))
    };
    let early = document.trouble.iter().filter(told);
    report.add_test_suites(early.map(|why| ended_early("run", why)));
    // Only a writer can fail, and a string takes everything.
    let text = report.to_string().unwrap_or_default();
    // The schemas that CI systems publish have this count for suites, and not for all of them together.
    text.replacen(&format!(" skipped=\"{}\"", report.skipped), "", 1)
}

/// In the order in which targets and their framings come.
fn suites(document: &Document) -> Vec<TestSuite> {
    let mut by_target = document.by_target();
    let mut suites = Vec::new();
    for target in &document.targets {
        let cases = by_target.remove(&*target.name).unwrap_or_default();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for case in cases {
            let place = *places.entry(&case.framing).or_insert_with(|| {
                suites.push(suite(document, target, &case.framing));
                suites.len() - 1
            });
            add(&mut suites[place], test_case(case));
        }
        if let Some(why) = &target.skipped {
            suites.push(not_tried(document, target, why));
        }
        let early = target.trouble.iter();
        suites.extend(early.map(|why| ended_early(&target.name, why)));
    }
    suites
}

fn suite(document: &Document, target: &TargetEntry, framing: &str) -> TestSuite {
    let mut suite = TestSuite::new(printable(&format!("{} {framing}", target.name)));
    suite.set_time(Duration::ZERO);
    let facts = [
        ("framecheck", document.version.clone()),
        ("seed", document.seed.to_string()),
        ("address", target.address.clone()),
        ("framing", framing.to_owned()),
        ("observe", target.observe.clone()),
        ("gate", target.gate.clone()),
    ];
    suite.add_properties(facts.map(|(name, value)| (name.to_owned(), printable(&value))));
    let about = target.about.iter();
    suite.add_properties(about.map(|(name, value)| (printable(name), printable(value))));
    suite
}

/// Adds a case, and its time to that of the suite.
fn add(suite: &mut TestSuite, case: TestCase) {
    let time = suite.time.unwrap_or_default() + case.time.unwrap_or_default();
    suite.set_time(time);
    suite.add_test_case(case);
}

fn test_case(case: &CaseEntry) -> TestCase {
    let mut test = TestCase::new(printable(&case.id), status(case));
    test.set_classname(printable(&format!("{} {}", case.target, case.framing)));
    test.set_time(Duration::from_micros(case.micros));
    test
}

fn status(case: &CaseEntry) -> TestCaseStatus {
    let reason = short(&case.reason);
    match (&*case.verdict, &case.known) {
        ("pass", None) => TestCaseStatus::success(),
        ("pass", Some(why)) => {
            let why = format!("listed as known to fail, but passing: {}", short(why));
            explained(failure("known-passes"), why, case)
        }
        ("fail", None) => match &case.flake {
            None => explained(failure(case.kind()), reason, case),
            Some(Flake { failed, of }) => {
                let reason = format!("flake, failed {failed} of {of}: {reason}");
                explained(failure("flake"), reason, case)
            }
        },
        ("fail", Some(why)) => {
            let why = format!("known: {}", short(why));
            explained(TestCaseStatus::skipped(), why, case)
        }
        ("skip", _) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(reason);
            status
        }
        (_, _) => explained(error("inconclusive"), reason, case),
    }
}

fn explained(mut status: TestCaseStatus, message: String, case: &CaseEntry) -> TestCaseStatus {
    status.set_message(message);
    status.set_description(format!("\n{}\n", of_case(case)));
    status
}

fn failure(kind: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_type(printable(kind));
    status
}

fn error(kind: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type(kind);
    status
}

/// A target that could not be tried, as a skipped test of its own.
fn not_tried(document: &Document, target: &TargetEntry, why: &str) -> TestSuite {
    let mut status = TestCaseStatus::skipped();
    status.set_message(printable(why));
    let framings = target.framings.join(" ");
    let mut suite = suite(document, target, &framings);
    let mut test = TestCase::new("the target is tried", status);
    test.set_classname(printable(&format!("{} {framings}", target.name)));
    suite.add_test_case(test);
    suite
}

/// What was not tried must not look like what passed.
fn ended_early(name: &str, why: &str) -> TestSuite {
    let mut status = error("ended-early");
    status.set_message(printable(why));
    let mut suite = TestSuite::new(printable(&format!("{name} (ended early)")));
    let mut test = TestCase::new("all cases are tried", status);
    test.set_classname(printable(name));
    suite.add_test_case(test);
    suite
}
