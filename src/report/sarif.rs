//! A document as SARIF 2.1.0, for code scanning: a rule for each kind of failure, a result for each finding and each failure.
//!
//! A failure of a target over TCP has no line of source. Its place is the file of the finding where there is one, otherwise the file that
//! names the targets; the logical location says target, framing and case. Invariant: results with the same fingerprint are the same
//! failure, in this run and in the next.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::kinds;
use super::plain::{failures, of_case, of_finding, printable, short};
use super::{CaseEntry, Document, FindingEntry};

/// Results of a run; GitHub shows 5000, and takes no file with more than 25000.
const RESULTS: usize = 5000;

/// Where failures are placed that no finding holds.
const CONFIGURATION: &str = "framecheck.toml";

/// The report as SARIF.
#[must_use]
pub(super) fn sarif(document: &Document) -> String {
    let known = document.cases.iter();
    let known = known.filter(|case| case.failed() && case.known.is_some());
    let is_found = |case: &CaseEntry| {
        let same = |one: &FindingEntry| one.target == case.target && one.from == case.id;
        document.findings.iter().any(same)
    };
    let new = failures(&document.cases).into_iter();
    let failures = new.filter(|case| !is_found(case)).chain(known);
    let rules: Vec<_> = kinds_of(document).into_iter().collect();
    let findings = document.findings.iter().map(|one| of_found(one, &rules));
    let results: Vec<_> = findings
        .chain(failures.map(|case| of_failed(case, &rules)))
        .take(RESULTS)
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "framecheck",
                "version": document.version,
                "rules": rules.iter().map(|kind| rule(kind)).collect::<Vec<_>>(),
            }},
            "invocations": [invocation(document)],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    // Strings, numbers and lists always have a JSON form.
    serde_json::to_string_pretty(&log).unwrap_or_default() + "\n"
}

fn kinds_of(document: &Document) -> BTreeSet<&str> {
    let failed = document.cases.iter().filter(|case| case.failed());
    let found = document.findings.iter().map(FindingEntry::kind);
    failed.map(CaseEntry::kind).chain(found).collect()
}

fn rule(kind: &str) -> Value {
    let (meaning, help) = match kinds::known(kind) {
        Some(known) => (known.meaning, known.help),
        None => (kind, "See the report for what happened."),
    };
    json!({
        "id": kind,
        "shortDescription": { "text": meaning },
        "fullDescription": { "text": meaning },
        "help": { "text": help },
        "defaultConfiguration": { "level": "error" },
        "properties": { "tags": ["framing", "tcp"] },
    })
}

/// Whether the run came to its end, and what was noticed on the way.
fn invocation(document: &Document) -> Value {
    let of_targets = document.targets.iter().flat_map(|one| {
        let reasons = one.trouble.iter().chain(&one.skipped);
        reasons.map(|why| format!("{}: {why}", one.name))
    });
    let troubles = document.trouble.iter().cloned().chain(of_targets);
    let troubles = troubles.map(|why| notification("warning", &why));
    let notes = document.notes.iter().map(|note| notification("note", note));
    let early = document.targets.iter().any(|one| one.trouble.is_some());
    json!({
        "executionSuccessful": document.trouble.is_none() && !early,
        "toolExecutionNotifications": troubles.chain(notes).collect::<Vec<_>>(),
    })
}

fn notification(level: &str, text: &str) -> Value {
    json!({ "level": level, "message": { "text": printable(text) } })
}

fn of_found(finding: &FindingEntry, rules: &[&str]) -> Value {
    let kind = finding.kind();
    let text = format!(
        "{kind}: {}\n{}",
        short(&finding.reason),
        of_finding(finding)
    );
    let name = [&*finding.target, &finding.framing, &finding.from];
    let mut result = result(kind, "error", rules, &text, name);
    result["locations"][0]["physicalLocation"] = place(finding.file.as_deref());
    result["properties"] = json!({
        "finding": finding.name,
        "failed": finding.failed,
        "of": finding.of,
    });
    result
}

fn of_failed(case: &CaseEntry, rules: &[&str]) -> Value {
    let level = match &*case.level {
        "should" => "warning",
        _ => "error",
    };
    let text = format!(
        "{}: {}\n{}",
        case.kind(),
        short(&case.reason),
        of_case(case)
    );
    let name = [&*case.target, &case.framing, &case.id];
    let mut result = result(case.kind(), level, rules, &text, name);
    if let Some(why) = &case.known {
        result["suppressions"] = json!([{ "kind": "external", "justification": printable(why) }]);
    }
    result
}

fn result(kind: &str, level: &str, rules: &[&str], text: &str, name: [&str; 3]) -> Value {
    let full = printable(&name.join("/"));
    let fingerprint = fingerprint(&format!("{full}/{kind}"));
    json!({
        "ruleId": kind,
        "ruleIndex": rules.iter().position(|rule| *rule == kind),
        "level": level,
        "message": { "text": printable(text) },
        "locations": [{
            "physicalLocation": place(None),
            "logicalLocations": [{ "name": printable(name[2]), "fullyQualifiedName": full }],
        }],
        // The second name is the one by which GitHub tells results apart; the line of a file would be the same for all.
        "partialFingerprints": {
            "framecheckCase/v1": fingerprint,
            "primaryLocationLineHash": format!("{fingerprint}:1"),
        },
    })
}

fn place(file: Option<&str>) -> Value {
    let uri = uri(file.unwrap_or(CONFIGURATION));
    json!({ "artifactLocation": { "uri": uri }, "region": { "startLine": 1 } })
}

/// A path as a relative or absolute reference.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                uri.push(char::from(byte));
            }
            _ => uri += &format!("%{byte:02X}"),
        }
    }
    uri
}

/// FNV-1a of 64 bits: the same in every version, which the hashes of the standard library do not promise.
fn fingerprint(text: &str) -> String {
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, mix);
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_and_references_are_what_their_standards_say() {
        // The published test vectors of FNV.
        assert_eq!(fingerprint(""), "cbf29ce484222325");
        assert_eq!(fingerprint("foobar"), "85944171f73967e8");
        assert_eq!(uri("a b/c#1.toml"), "a%20b/c%231.toml");
    }
}
