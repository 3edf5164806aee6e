//! The page of a report in a real browser: what is clicked, typed and seen, in a headless Chromium.
//!
//! Where there is no Chromium each test says so and passes; where all tools must be there (`CI=true`) that is an error. At the end of
//! each test the browser has reported no error, the page's policy has refused nothing, and nothing was asked of a network.

mod common;
mod html {
    pub(crate) mod browser;
}

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{PROGRAM, ran};
use framecheck::report::{Document, SCHEMA};
use html::browser::Browser;
use serde_json::{Value, json};

/// A page from 20,000 cases must be there in this time; it takes a tenth on an idle machine of two cores.
const PAINTED_MS: f64 = 4000.0;

#[test]
fn the_verdict_and_what_is_wrong_are_seen_first() {
    with("verdict", &small(), |browser, page| {
        browser.open(page, "");
        assert_eq!(
            browser.text("document.querySelector('h1').textContent"),
            "Not conformant"
        );
        assert!(browser.text("document.title").starts_with("Not conformant"));
        assert_eq!(
            browser.value("document.querySelectorAll('#findings .card').length"),
            1
        );
        assert_eq!(
            browser.value("document.querySelectorAll('.difference .group').length"),
            2
        );
        assert_eq!(
            browser.value("document.querySelectorAll('.targets tbody tr').length"),
            3
        );
        assert!(
            browser
                .text("document.querySelector('.targets').textContent")
                .contains("no such program")
        );
        browser.click("#findings .open");
        browser.until("!byId('detail').hidden");
        assert!(
            browser
                .text("byId('detail').textContent")
                .contains("name = 'lost'")
        );
    });
}

#[test]
fn a_text_leaves_the_rows_that_have_it() {
    with("filter", &small(), |browser, page| {
        browser.open(page, "");
        assert_eq!(browser.text(COUNT), "6 of 6 cases, 12 results");
        browser.key("/");
        browser.until("document.activeElement === byId('q')");
        browser.type_text("between");
        browser.until("lines.length === 2");
        assert_eq!(browser.text(COUNT), "2 of 6 cases, 4 results");
        assert_eq!(browser.value("location.hash"), "#q=between");
        browser.value("byId('q').value = ''");
        browser.type_text("*cut@4*");
        browser.until("view.q === '*cut@4*' && byId('count').textContent.startsWith('2 of 6')");
        browser.click("#clear");
        browser.until("byId('count').textContent.startsWith('6 of 6')");
        browser.value("byId('q').focus()");
        browser.type_text("nothing is called so");
        browser.until("!byId('nothing').hidden && byId('grid').hidden");
    });
}

#[test]
fn verdicts_differences_and_kinds_select() {
    with("toggle", &small(), |browser, page| {
        browser.open(page, "");
        browser.click("#verdicts .v-pass");
        browser.until("byId('count').textContent === '3 of 6 cases, 4 results'");
        browser.click("#verdicts .v-pass");
        browser.until("byId('count').textContent.startsWith('6 of 6')");
        browser.click("#switches button");
        browser.until("byId('count').textContent === '2 of 6 cases, 4 results'");
        browser.open(page, "#unknown=1");
        assert_eq!(browser.text(COUNT), "1 of 6 cases, 1 result");
        browser.open(page, "#kind=merged");
        assert_eq!(browser.text(COUNT), "1 of 6 cases, 1 result");
        browser.open(page, "#target=second");
        assert_eq!(
            browser.value("document.querySelectorAll('#heads .head').length"),
            1
        );
    });
}

#[test]
fn a_failure_that_is_clicked_shows_its_bytes_and_where_they_were_cut() {
    with("click", &small(), |browser, page| {
        browser.open(page, "");
        browser.click("#body .stream .v-fail");
        browser.until("!byId('detail').hidden");
        assert_eq!(browser.text("byId('detail-title').textContent"), FAILING);
        assert_drawn(browser);
        browser.key("Escape");
        browser.until("byId('detail').hidden");
    });
}

#[test]
fn the_keyboard_alone_opens_the_same() {
    with("keys", &small(), |browser, page| {
        browser.open(page, "");
        browser.key("g");
        browser.until("document.activeElement === grid");
        for key in ["ArrowDown", "ArrowRight"] {
            browser.key(key);
        }
        browser.until("lines[1].open");
        for key in ["ArrowDown", "ArrowDown", "ArrowRight"] {
            browser.key(key);
        }
        let active = "byId(grid.getAttribute('aria-activedescendant')).className";
        assert!(browser.text(active).contains("v-fail"));
        browser.key("Enter");
        browser.until("!byId('detail').hidden && document.activeElement === byId('detail')");
        assert_drawn(browser);
        browser.key("Escape");
        browser.until("byId('detail').hidden && document.activeElement === grid");
        browser.key("?");
        browser.until("byId('keys').open");
        browser.key("Escape");
        browser.until("!byId('keys').open");
        browser.key("j");
        browser.until("!byId('detail').hidden");
    });
}

#[test]
fn an_address_brings_the_view_back() {
    with("address", &small(), |browser, page| {
        browser.open(page, "");
        browser.click("#verdicts .v-pass");
        browser.click("#body .stream .v-fail");
        browser.until("!byId('detail').hidden");
        let fragment = browser.text("location.hash");
        let seen = browser.text(SEEN);
        browser.open(page, &fragment);
        assert_eq!(browser.text(SEEN), seen);
        assert_drawn(browser);
        browser.value("history.length > 1 && location.replace('#q=no_line')");
        browser.until("byId('detail').hidden && byId('q').value === 'no_line'");
    });
}

#[test]
fn dark_and_light_follow_the_system_and_the_button() {
    with("dark", &small(), |browser, page| {
        let ground = "getComputedStyle(document.body).backgroundColor";
        browser.scheme("light");
        browser.open(page, "");
        let light = browser.text(ground);
        browser.scheme("dark");
        let dark = browser.text(ground);
        assert_ne!(light, dark);
        browser.click("#theme");
        browser.until(&format!("{ground} === '{light}'"));
        browser.click("#theme");
        browser.until(&format!("{ground} === '{dark}'"));
        assert_eq!(
            browser.value("document.documentElement.dataset.theme"),
            "dark"
        );
    });
}

#[test]
fn on_a_phone_nothing_sticks_out() {
    with("phone", &small(), |browser, page| {
        browser.size(360, 740);
        for fragment in ["", FRAGMENT] {
            browser.open(page, fragment);
            let wide = browser.value("document.documentElement.scrollWidth");
            assert_eq!(wide, 360, "{fragment}");
        }
        assert_drawn(browser);
        let inside = "(() => { const box = byId('detail').getBoundingClientRect(); return box.left >= 0 && box.right <= 360 && byId('detail').scrollWidth <= 360; })()";
        assert_eq!(browser.value(inside), true);
    });
}

#[test]
fn twenty_thousand_cases_are_there_at_once() {
    with("many", &many(20_000, 1), |browser, page| {
        browser.open(page, "");
        let drawn = browser.value("performance.getEntriesByName('drawn')[0].startTime");
        assert!(drawn.as_f64().expect("a time") < PAINTED_MS, "{drawn} ms");
        assert!(browser.text(COUNT).starts_with("20,000 of 20,000"));
        browser.click("#fold");
        browser.until("lines.length > 20000");
        let nodes = browser.value("document.querySelectorAll('#body .line').length");
        assert!(
            nodes.as_u64().expect("a count") < 100,
            "only what is in sight: {nodes}"
        );
        browser.value("grid.scrollTop = grid.scrollHeight");
        browser.until("[...drawn.keys()].includes(lines.length - 1)");
    });
}

#[test]
fn thirty_targets_have_their_heads_and_stay_where_they_are() {
    with("wide", &many(3000, 30), |browser, page| {
        browser.open(page, "");
        let drawn = browser.value("performance.getEntriesByName('drawn')[0].startTime");
        assert!(drawn.as_f64().expect("a time") < PAINTED_MS, "{drawn} ms");
        assert_eq!(
            browser.value("document.querySelectorAll('#heads .head').length"),
            30
        );
        browser.size(700, 800);
        browser.value("grid.scrollLeft = 400; grid.scrollTop = 300");
        let still = "(() => { const box = (one) => one.getBoundingClientRect(); const at = box(grid); \
                     return [box(document.querySelector('#body .name')).left - at.left, box(byId('heads')).top - at.top]; })()";
        assert_eq!(
            browser.value(still),
            json!([1, 1]),
            "the first column and the heads"
        );
    });
}

#[test]
fn what_a_target_sends_stays_text() {
    let hostile = "</script><img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>";
    let mut report = small();
    report["notes"] = json!([hostile]);
    report["targets"][0]["about"] =
        json!({ "library": hostile, "documentation": "javascript:document.title='taken'" });
    report["cases"][1]["reason"] = json!(hostile);
    report["cases"][1]["actual"] = json!([hostile]);
    report["cases"][1]["why"] = json!(hostile);
    report["findings"][0]["reason"] = json!(hostile);
    report["findings"][0]["vector"] = json!(hostile);
    report["differences"][0]["groups"][0]["answer"] = json!([hostile]);
    with("hostile", &report, |browser, page| {
        browser.open(page, FRAGMENT);
        assert_eq!(
            browser.text("document.querySelector('.because').textContent"),
            hostile
        );
        assert!(browser.text("byId('detail').textContent").contains(hostile));
        assert_eq!(
            browser.value("document.querySelectorAll('img, a[href^=javascript]').length"),
            0
        );
        assert!(browser.text("document.title").starts_with("Not conformant"));
        browser.click("#findings .open");
        browser.until("byId('detail-title').textContent.startsWith('crlf-lost')");
        assert_eq!(browser.value("document.querySelectorAll('img').length"), 0);
    });
}

#[test]
fn a_run_writes_its_page() {
    let page = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("page-run.html");
    let mut run = Command::new(PROGRAM);
    run.args([
        "run",
        "builtin",
        "--framing",
        "netstring",
        "--filter",
        "whole",
    ]);
    let ran = ran(run.arg(format!("--report=html={}", page.display())));
    assert_eq!(ran.code, 0, "{ran}");
    let Some(mut browser) = Browser::start() else {
        return;
    };
    browser.open(&page, "");
    assert_eq!(
        browser.text("document.querySelector('h1').textContent"),
        "Conformant"
    );
    assert_eq!(
        browser.value("rows.length > 10 && byId('findings').hidden"),
        true
    );
    browser.assert_clean();
}

/// The page of a benchmark has no script: what is there is seen, in its place and in the colours of light and dark.
#[test]
fn a_benchmark_s_page_is_drawn_in_light_and_dark_and_on_a_phone() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let page = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("page-bench.html");
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_framecheck"))
        .args(
            "bench builtin builtin --framing crlf --payload-sizes 16,256 --frames 900 --rounds 3"
                .split(' '),
        )
        .arg(format!("--report=html={}", page.display()))
        .output()
        .expect("the program runs");
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    let line = "getComputedStyle(document.querySelector('.plot .c0 .line')).stroke";
    let ground = "getComputedStyle(document.body).backgroundColor";
    browser.scheme("light");
    browser.show(&page, "");
    let light = [line, ground].map(|what| browser.text(what));
    browser.scheme("dark");
    let dark = [line, ground].map(|what| browser.text(what));
    assert!(
        light[0] != dark[0] && light[1] != dark[1],
        "{light:?} {dark:?}"
    );
    assert_eq!(
        browser.value("document.querySelectorAll('.plot svg').length"),
        4
    );
    let drawn =
        "[...document.querySelectorAll('.plot .line')].every((one) => one.getTotalLength() > 50)";
    assert_eq!(browser.value(drawn), true);
    let apart = "(() => { const [one, other] = ['c0', 'c1'].map((name) => getComputedStyle(document.querySelector('.plot .' + name + ' .line')).stroke); return one !== other; })()";
    assert_eq!(browser.value(apart), true);
    browser.size(360, 740);
    browser.show(&page, "");
    assert_eq!(browser.value("document.documentElement.scrollWidth"), 360);
    browser.assert_clean();
}

/// What is checked is seen: a page whose script breaks, or that asks for something, is not clean.
#[test]
#[should_panic(expected = "violates the following")]
fn a_page_that_asks_for_something_is_noticed() {
    let mut noticed = false;
    with("noticed", &small(), |browser, page| {
        browser.open(page, "");
        browser.value(
            "document.body.append(Object.assign(new Image(), { src: 'http://127.0.0.1:9/' }))",
        );
        noticed = true;
    });
    // Without a browser nothing was noticed, and that was said.
    assert!(noticed, "without a browser nothing violates the following");
}

const COUNT: &str = "byId('count').textContent";
const SEEN: &str = "byId('count').textContent + byId('detail').textContent";
const FAILING: &str = "crlf/between:cut@4:hold";
const FRAGMENT: &str = "#case=crlf%2Fbetween%3Acut%404%3Ahold&of=crlf&by=first";

/// The detail of the failing case: six bytes in colours, the cut behind the fourth, and what came back beside when.
fn assert_drawn(browser: &mut Browser) {
    let sent = "#detail > section:first-of-type > .bytes";
    let kinds = format!(
        "[...document.querySelectorAll('{sent} .byte[data-at]')].map((one) => one.className.match(/b-([a-z]+)/)[1]).join(' ')"
    );
    assert_eq!(
        browser.text(&kinds),
        "payload payload payload delimiter delimiter rest"
    );
    let around = format!(
        "(() => {{ const cut = document.querySelector('{sent} .cut'); return [cut.previousSibling.dataset.at, cut.nextSibling.dataset.at, cut.textContent]; }})()"
    );
    assert_eq!(browser.value(&around), json!(["3", "4", "2"]));
    let letters = format!(
        "[...document.querySelectorAll('{sent} .byte[data-at] span')].map((one) => one.textContent).join('')"
    );
    assert_eq!(browser.text(&letters), "abc\\r\\nd");
    let came = browser.text("document.querySelector('#detail .came').textContent");
    assert!(came.contains("after 4 of 6 bytes had been sent"), "{came}");
    let items = browser.text("document.querySelector('#detail .items tbody').textContent");
    assert!(items.contains("frame 3 352441c2"), "{items}");
    let command = browser.text("document.querySelector('#detail .command').textContent");
    assert!(
        command.contains(&format!("--filter {FAILING}")),
        "{command}"
    );
}

/// Opens a browser for a report's page, and says at the end that nothing was wrong in it.
fn with(name: &str, report: &Value, test: impl FnOnce(&mut Browser, &Path)) {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let document = Document::parse(&report.to_string()).expect("a report");
    let page = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("page-{name}.html"));
    std::fs::write(&page, framecheck::report::html(&document)).expect("the page is written");
    test(&mut browser, &page);
    browser.assert_clean();
}

/// Two targets that were tried with three streams and one that was not tried: a failure, a known one, a skip, and passes.
fn small() -> Value {
    let case = |target: &str, id: &str, verdict: &str| case(target, id, verdict);
    let mut failing = case("first", FAILING, "fail");
    failing["drawn"] = drawn();
    let mut known = case("second", "crlf/two:cut@2:fin", "fail");
    known["kind"] = json!("merged");
    known["known"] = json!("issue 7");
    let mut cases = vec![
        case("first", "crlf/between:whole:fin", "pass"),
        failing,
        case("first", "crlf/two:whole:fin", "pass"),
    ];
    cases.push(case("first", "crlf/two:cut@2:fin", "pass"));
    cases.push(case("first", "crlf/no_line:whole:hold", "skip"));
    cases.push(case("first", "crlf/no_line:cut@4:hold", "pass"));
    cases.push(case("second", "crlf/between:whole:fin", "pass"));
    cases.push(case("second", FAILING, "pass"));
    cases.extend([case("second", "crlf/two:whole:fin", "pass"), known]);
    cases.push(case("second", "crlf/no_line:whole:hold", "skip"));
    cases.push(case("second", "crlf/no_line:cut@4:hold", "pass"));
    let mut report = report(&["first", "second"], cases);
    let mut third = report["targets"][0].clone();
    third["name"] = json!("third");
    third["skipped"] = json!("no such program: erl");
    third["summary"] = summary(&[]);
    report["targets"]
        .as_array_mut()
        .expect("a list")
        .push(third);
    report["findings"] = json!([{
        "target": "first", "name": "crlf-lost-0123abcd", "kind": "lost", "from": FAILING, "framing": "crlf", "segments": [4, 2],
        "close": "fin", "tries": 9, "failed": 5, "of": 5, "note": null, "file": "findings/a.toml",
        "vector": "[[vector]]\nname = 'lost'\n", "reason": "it never came", "drawn": drawn(), "replay": "framecheck replay findings/a.toml"
    }]);
    report["differences"] = json!([{
        "framing": "crlf", "cases": 1, "example": FAILING, "drawn": drawn(), "groups": [
            { "targets": ["second"], "answer": ["frame 3 352441c2", "end clean"], "conforms": true },
            { "targets": ["first"], "answer": ["end clean"], "conforms": false },
        ]
    }]);
    report
}

/// So many cases of each of so many targets; every seventh target fails all.
fn many(cases: usize, targets: usize) -> Value {
    let names: Vec<String> = (0..targets)
        .map(|at| format!("target-number-{at}"))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut all = Vec::new();
    for (column, name) in names.iter().enumerate() {
        let verdict = if column % 7 == 6 { "fail" } else { "pass" };
        all.extend((0..cases).map(|at| {
            case(
                name,
                &format!("crlf/stream_{}:cut@{at}:fin", at / 25),
                verdict,
            )
        }));
    }
    report(&names, all)
}

fn report(names: &[&str], cases: Vec<Value>) -> Value {
    let targets: Vec<_> = names.iter().map(|name| {
        let own: Vec<_> = cases.iter().filter(|case| case["target"] == *name).cloned().collect();
        json!({
            "name": name, "address": "127.0.0.1:7", "framings": ["crlf"], "observe": "echo", "gate": "auto", "about": {},
            "skipped": null, "trouble": null, "summary": summary(&own)
        })
    }).collect();
    json!({
        "schema": SCHEMA, "version": "0.1.0", "seed": 1, "target": "targets", "framing": "crlf", "observe": "echo", "role": "server",
        "gate": "auto", "seconds": 1.5, "notes": [], "trouble": null, "summary": summary(&cases), "targets": targets,
        "differences": [], "findings": [], "cases": cases
    })
}

fn summary(cases: &[Value]) -> Value {
    let count = |word: &str| cases.iter().filter(|case| case["verdict"] == word).count();
    let known = cases
        .iter()
        .filter(|case| case["known"] != Value::Null)
        .count();
    json!({
        "total": cases.len(), "pass": count("pass"), "fail": count("fail"), "known": known, "skip": count("skip"),
        "inconclusive": count("inconclusive"), "proven": cases.len()
    })
}

fn case(target: &str, id: &str, verdict: &str) -> Value {
    let failed = verdict == "fail";
    json!({
        "target": target, "id": id, "verdict": verdict, "level": "must", "kind": failed.then_some("lost"),
        "why": "A delimiter that two reads share.", "reason": if failed { "item 0 never came" } else { "" }, "known": null,
        "framing": "crlf", "classes": [34], "segments": [4, 2], "close": "hold", "gate": "parser", "proven": true,
        "expected": ["frame 3 352441c2", "end clean"], "actual": if failed { json!(["end clean"]) } else { json!(["frame 3 352441c2", "end clean"]) },
        "micros": 120, "replay": format!("framecheck run 127.0.0.1:7 --filter {id}"), "drawn": null
    })
}

/// `abc\r\nd`, cut behind the CR; a byte came back at the cut.
fn drawn() -> Value {
    json!({
        "sent_len": 6, "sent": [{ "at": 0, "hex": "6162630d0a64" }],
        "parts": [
            { "kind": "payload", "start": 0, "end": 3, "frame": 0 }, { "kind": "delimiter", "start": 3, "end": 5, "frame": 0 },
            { "kind": "rest", "start": 5, "end": 6, "frame": null },
        ],
        "cuts": [4], "error_at": 5, "received_len": 1, "received": [{ "at": 0, "hex": "61" }],
        "marks": [{ "received": 1, "sent": 4 }, { "received": 1, "sent": null }], "end": "it closed", "manner": ""
    })
}
