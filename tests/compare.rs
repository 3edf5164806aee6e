//! What becomes of a benchmark afterwards, as its users have it: `framecheck compare`, baselines, and reports as CSV, Markdown and a page.
//!
//! Every test starts the real binary. Benchmarks are written by hand, so that a test knows what is in them, or are short ones of the
//! built-in server; no test asserts a speed. Every JSON report that a test reads is first held against `docs/compare.schema.json`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::{Value, json};

mod common;

use common::{Folder, PROGRAM, Ran, compiled};

mod verdicts {
    use super::*;

    #[test]
    fn a_cell_that_lost_ends_the_build_and_is_named() {
        let folder = Folder::new();
        let old = benchmark(&[cell("a", 16, 1000.0), cell("a", 64, 1000.0)]);
        let new = benchmark(&[cell("a", 16, 1010.0), cell("a", 64, 700.0)]);
        let ran = folder.compare(&old, &new, &["--fail-if-slower", "10%"]);
        assert_eq!(ran.code, 7, "{ran}");
        assert_eq!(ran.outcomes(), ["same", "lost"], "{ran}");
        let ratio = &ran.cells()[1]["ratio"];
        let [value, low, high] = ["value", "low", "high"].map(|name| ratio[name].as_f64().unwrap());
        assert!((0.69..0.71).contains(&value), "{ratio}");
        assert!(
            0.6 < low && low <= value && value <= high && high < 0.9,
            "{ratio}"
        );
        assert!(
            ran.out.contains("1 of 2 LOST more than 10%, 1 the same"),
            "{ran}"
        );
        let line = ran.out.lines().find(|line| line.ends_with("LOST")).unwrap();
        assert!(line.contains("1.00 k/s") && line.contains("700/s"), "{ran}");
    }

    #[test]
    fn a_limit_is_what_decides() {
        let folder = Folder::new();
        let old = benchmark(&[cell("a", 16, 1000.0)]);
        let new = benchmark(&[cell("a", 16, 800.0)]);
        for (flags, code, outcome) in [
            (&[][..], 0, "slower"),
            (&["--fail-if-slower", "50%"], 0, "slower"),
            (&["--fail-if-slower=12.5%"], 7, "lost"),
            (&["--fail-if-slower", "0%"], 7, "lost"),
        ] {
            let ran = folder.compare(&old, &new, flags);
            assert_eq!(
                (ran.code, &ran.outcomes()[..]),
                (code, &[outcome][..]),
                "{flags:?}: {ran}"
            );
        }
        let faster = folder.compare(&new, &old, &["--fail-if-slower", "0%"]);
        assert_eq!(
            (faster.code, &faster.outcomes()[..]),
            (0, &["faster"][..]),
            "{faster}"
        );
    }

    #[test]
    fn noise_fails_no_build() {
        let folder = Folder::new();
        // The median is a fifth lower; but rounds spread over more than that, and so may the median.
        let rounds = |rates: &[f64]| {
            let mut cell = cell("a", 16, 1.0);
            cell["rounds"] = rounds(rates);
            benchmark(&[cell])
        };
        let old = rounds(&[600.0, 700.0, 900.0, 1000.0, 1000.0, 1100.0, 1300.0, 1400.0]);
        let new = rounds(&[500.0, 600.0, 700.0, 800.0, 800.0, 1000.0, 1200.0, 1300.0]);
        let ran = folder.compare(&old, &new, &["--fail-if-slower", "10%"]);
        assert_eq!((ran.code, &ran.outcomes()[..]), (0, &["same"][..]), "{ran}");
        assert!(
            ran.cells()[0]["ratio"]["value"].as_f64().unwrap() < 0.9,
            "{ran}"
        );
        assert!(ran.out.contains("0 of 1 lost more than 10%"), "{ran}");
    }

    #[test]
    fn the_same_files_give_the_same_intervals() {
        let folder = Folder::new();
        let (old, new) = (
            benchmark(&[cell("a", 16, 1000.0)]),
            benchmark(&[cell("a", 16, 930.0)]),
        );
        let [one, other] = [(); 2].map(|()| folder.compare(&old, &new, &[]));
        assert_eq!(one.json, other.json);
    }

    #[test]
    fn an_error_where_there_was_a_figure_is_worse_than_a_loss() {
        let folder = Folder::new();
        let old = benchmark(&[
            cell("a", 16, 1000.0),
            cell("b", 16, 1000.0),
            failed("c", 16, "echo", "wrong"),
        ]);
        let lost = cell("a", 16, 100.0);
        for (broken, kind) in [
            (failed("b", 16, "echo", "wrong"), "wrong"),
            (untried("b", 16), "start"),
        ] {
            let new = benchmark(&[lost.clone(), broken, cell("c", 16, 1000.0)]);
            let ran = folder.compare(&old, &new, &["--fail-if-slower", "10%"]);
            assert_eq!(ran.code, 1, "{ran}");
            assert_eq!(ran.outcomes(), ["lost", "failed", "mended"], "{ran}");
            assert_eq!(ran.cells()[1]["error"]["kind"], kind);
            assert!(
                ran.out.contains("1 of 3 FAILED") && ran.out.contains("it did so"),
                "{ran}"
            );
        }
        let still = benchmark(&[
            cell("a", 16, 1000.0),
            cell("b", 16, 1000.0),
            failed("c", 16, "echo", "died"),
        ]);
        let ran = folder.compare(&old, &still, &["--fail-if-slower", "10%"]);
        assert_eq!(
            (ran.code, &ran.outcomes()[..]),
            (0, &["same", "same", "undecided"][..]),
            "{ran}"
        );
    }

    #[test]
    fn cells_of_one_file_only_are_listed() {
        let folder = Folder::new();
        let old = benchmark(&[cell("a", 16, 1000.0), cell("gone", 16, 1000.0)]);
        let new = benchmark(&[cell("a", 16, 1000.0), cell("a", 77, 1000.0)]);
        let ran = folder.compare(&old, &new, &["--fail-if-slower", "10%"]);
        assert_eq!(ran.code, 0, "{ran}");
        assert_eq!(ran.json["only_old"][0]["target"], "gone");
        assert_eq!(ran.json["only_new"][0]["payload"], 77);
        let (_, lists) = ran.out.split_once("only in the old one").unwrap();
        let (old, new) = lists.split_once("only in the new one").unwrap();
        assert!(old.contains("gone  crlf  payload 16 B"), "{ran}");
        assert!(new.contains("a  crlf  payload 77 B"), "{ran}");
    }

    #[test]
    fn every_part_of_the_key_tells_cells_apart() {
        let folder = Folder::new();
        let base = cell("a", 16, 1000.0);
        for (part, other) in [
            ("target", json!("b")),
            ("framing", json!("netstring")),
            ("payload", json!(17)),
            ("mode", json!("report")),
            ("connections", json!(2)),
            ("in_flight", json!(2)),
            ("segment", json!("mss")),
            ("rate", json!(5.0)),
            ("latency_target", json!("p99=5ms")),
        ] {
            let mut changed = base.clone();
            changed[part] = other;
            let ran = folder.compare(
                &benchmark(std::slice::from_ref(&base)),
                &benchmark(&[changed]),
                &[],
            );
            assert_eq!(ran.code, 4, "{part}: {ran}");
            assert!(ran.out.contains("no cell is in both"), "{part}: {ran}");
            assert_eq!(ran.json["only_old"].as_array().unwrap().len(), 1);
        }
    }

    #[test]
    fn on_a_slower_computer_only_the_share_of_the_ceiling_can_lose() {
        let folder = Folder::new();
        let old = with_ceiling(
            benchmark(&[cell("a", 16, 1000.0), cell("b", 16, 1000.0)]),
            4000.0,
        );
        let new = with_ceiling(
            benchmark(&[cell("a", 16, 500.0), cell("b", 16, 300.0)]),
            2000.0,
        );
        let ran = folder.compare(&old, &new, &["--fail-if-slower", "10%"]);
        assert_eq!(
            (ran.code, &ran.outcomes()[..]),
            (7, &["same", "lost"][..]),
            "{ran}"
        );
        assert!(
            ran.out
                .contains("note: the computer was another, or did something else as well"),
            "{ran}"
        );
        let share = ran.cells()[0]["of_ceiling"]["value"].as_f64().unwrap();
        assert!((0.98..1.02).contains(&share), "{share}");
        // With a ceiling that stayed, the figure itself decides.
        let new = with_ceiling(
            benchmark(&[cell("a", 16, 500.0), cell("b", 16, 1000.0)]),
            4000.0,
        );
        let ran = folder.compare(&old, &new, &["--fail-if-slower", "10%"]);
        assert_eq!(
            (ran.code, &ran.outcomes()[..]),
            (7, &["lost", "same"][..]),
            "{ran}"
        );
        assert!(!ran.out.contains("note:"), "{ran}");
    }

    #[test]
    fn at_a_rate_latencies_are_compared_and_more_of_them_is_slower() {
        let folder = Folder::new();
        let at_rate = |millis: f64| {
            let mut cell = cell("a", 16, 1000.0);
            cell["pace"] = json!("open");
            cell["rate"] = json!(1000.0);
            for round in cell["rounds"].as_array_mut().unwrap() {
                let wobble = 1.0 + round["round"].as_f64().unwrap() / 100.0;
                round["p99_seconds"] = json!(millis / 1e3 * wobble);
            }
            benchmark(&[cell])
        };
        let ran = folder.compare(&at_rate(2.0), &at_rate(4.0), &["--fail-if-slower", "30%"]);
        assert_eq!((ran.code, &ran.outcomes()[..]), (7, &["lost"][..]), "{ran}");
        assert_eq!(ran.cells()[0]["measure"], "p99_seconds");
        assert!(
            ran.out.contains("p99 2.0") && ran.out.contains("p99 4.1"),
            "{ran}"
        );
        let ran = folder.compare(&at_rate(4.0), &at_rate(2.0), &["--fail-if-slower", "30%"]);
        assert_eq!(
            (ran.code, &ran.outcomes()[..]),
            (0, &["faster"][..]),
            "{ran}"
        );
    }

    #[test]
    fn of_streams_bytes_are_compared() {
        let folder = Folder::new();
        let streams = |rate: f64| {
            let mut cell = cell("a", 1 << 20, rate);
            (cell["framing"], cell["pattern"]) = (json!("eof"), json!(1));
            cell["frames_per_s"] = Value::Null;
            benchmark(&[cell])
        };
        let ran = folder.compare(
            &streams(100.0),
            &streams(50.0),
            &["--fail-if-slower", "10%"],
        );
        assert_eq!(ran.code, 7, "{ran}");
        assert_eq!(ran.cells()[0]["measure"], "bytes_per_s");
    }

    #[test]
    fn of_too_few_rounds_nothing_follows() {
        let folder = Folder::new();
        let mut few = cell("a", 16, 100.0);
        few["rounds"] = rounds(&[100.0, 100.0]);
        let ran = folder.compare(
            &benchmark(&[cell("a", 16, 1000.0)]),
            &benchmark(&[few]),
            &["--fail-if-slower", "10%"],
        );
        assert_eq!(
            (ran.code, &ran.outcomes()[..]),
            (4, &["undecided"][..]),
            "{ran}"
        );
        assert!(
            ran.out.contains("of fewer than 3 rounds nothing follows"),
            "{ran}"
        );
    }

    #[test]
    fn what_is_different_about_the_runs_is_said() {
        let folder = Folder::new();
        let old = benchmark(&[cell("a", 16, 1000.0)]);
        let mut new = old.clone();
        (new["version"], new["processors"], new["trouble"]) =
            (json!("9.9.9"), json!(64), json!("interrupted"));
        let ran = folder.compare(&old, &new, &[]);
        for part in [
            "framecheck was another",
            "2 processors and 64",
            "new benchmark ended early: interrupted",
        ] {
            assert!(ran.out.contains(part), "{part}: {ran}");
        }
    }

    #[test]
    fn a_real_benchmark_is_as_fast_as_itself_and_faster_than_its_half() {
        let folder = Folder::new();
        let file = folder.word("real.json");
        let bench = [
            "bench",
            "builtin",
            "--framing",
            "netstring",
            "--payload-sizes",
            "16,1000",
        ];
        let ran = run(
            &folder,
            &[
                &bench[..],
                &["--duration", "100ms", "--report", &format!("json={file}")],
            ]
            .concat(),
        );
        assert_eq!(ran.status.code(), Some(0), "{ran:?}");
        let real: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let mut half = real.clone();
        for cell in half["cells"].as_array_mut().unwrap() {
            for round in cell["rounds"].as_array_mut().unwrap() {
                assert!(round["p99_seconds"].as_f64().unwrap() > 0.0, "{round}");
                round["seconds"] = json!(round["seconds"].as_f64().unwrap() * 2.0);
            }
        }
        let same = folder.compare(&real, &real, &["--fail-if-slower", "10%"]);
        assert_eq!(
            (same.code, &same.outcomes()[..]),
            (0, &["same", "same"][..]),
            "{same}"
        );
        // However noisy the rounds were: the interval of a half holds no more than the half of that of the same.
        let ran = folder.compare(&real, &half, &[]);
        for (one, other) in same.cells().iter().zip(ran.cells()) {
            let [one, other] = [one, other].map(|cell| cell["ratio"]["high"].as_f64().unwrap());
            assert!((one / 2.0 - other).abs() < 1e-9, "{one} {other}");
        }
    }
}

mod bad_input {
    use super::*;

    #[test]
    fn what_is_no_benchmark_is_refused_with_its_place() {
        let folder = Folder::new();
        let good = benchmark(&[cell("a", 16, 1000.0)]);
        let changed = |change: &dyn Fn(&mut Value)| {
            let mut value = good.clone();
            change(&mut value);
            value.to_string()
        };
        let rows: Vec<(String, &str)> = vec![
            (String::new(), "it is empty"),
            ("{".to_owned(), "line 1 column 1"),
            ("[]".to_owned(), "no benchmark of framecheck"),
            ("{}".to_owned(), "there is no key schema"),
            (
                json!({ "schema": "urn:framecheck:report:1" }).to_string(),
                "\"urn:framecheck:bench:1\"",
            ),
            (
                changed(&|it| {
                    it.as_object_mut().unwrap().remove("cells");
                }),
                "missing field `cells`",
            ),
            (
                changed(&|it| it["rounds"] = json!("x")),
                "at the key rounds",
            ),
            (
                changed(&|it| it["cells"][0]["payload"] = json!(-1)),
                "at the key cells[0].payload",
            ),
            (
                changed(&|it| {
                    it["cells"][0].as_object_mut().unwrap().remove("framing");
                }),
                "at the key cells[0]",
            ),
            (
                changed(&|it| it["cells"][0]["rounds"][2]["seconds"] = json!("long")),
                "at the key cells[0].rounds[2].seconds",
            ),
            (
                changed(&|it| it["cells"][0]["rounds"][2]["seconds"] = json!(0)),
                "cells[0].rounds[2].seconds is not above 0",
            ),
        ];
        let good = folder.file("good.json", &good.to_string());
        for (text, part) in rows {
            let bad = folder.file("bad.json", &text);
            for pair in [[&good, &bad], [&bad, &good]] {
                let ran = run(&folder, &["compare", pair[0], pair[1]]);
                let told = String::from_utf8(ran.stderr).unwrap();
                assert_eq!(ran.status.code(), Some(2), "{text}: {told}");
                assert!(
                    told.contains("bad.json: ") && told.contains(part),
                    "{part}: {told}"
                );
            }
        }
        let bytes = folder.word("bytes.json");
        fs::write(&bytes, b"{\xff").unwrap();
        let ran = run(&folder, &["compare", &good, &bytes]);
        assert_eq!(ran.status.code(), Some(2));
        assert!(
            String::from_utf8(ran.stderr)
                .unwrap()
                .contains("offset 1 is no UTF-8")
        );
    }

    #[test]
    fn fields_of_later_versions_are_passed_over_and_those_of_this_one_may_be_missing() {
        let folder = Folder::new();
        let old = benchmark(&[cell("a", 16, 1000.0)]);
        let mut new = old.clone();
        new["later"] = json!([1]);
        new["cells"][0]["later"] = json!({ "x": 1 });
        new["cells"][0]["rounds"][0]["later"] = json!(1);
        for round in new["cells"][0]["rounds"].as_array_mut().unwrap() {
            round.as_object_mut().unwrap().remove("p99_seconds");
        }
        let ran = folder.compare(&old, &new, &[]);
        assert_eq!((ran.code, &ran.outcomes()[..]), (0, &["same"][..]), "{ran}");
    }

    #[test]
    fn percentages_and_reports_are_refused_with_what_would_be_right() {
        let folder = Folder::new();
        let file = folder.file("a.json", &benchmark(&[cell("a", 16, 1000.0)]).to_string());
        for limit in ["0.1", "10", "%", "-5%", "100%", "nan%", "ten%", ""] {
            let ran = run(
                &folder,
                &[
                    "compare",
                    &file,
                    &file,
                    &format!("--fail-if-slower={limit}"),
                ],
            );
            let told = String::from_utf8(ran.stderr).unwrap();
            assert_eq!(ran.status.code(), Some(2), "{limit}: {told}");
            assert!(told.contains("such as 10% or 2.5%"), "{limit}: {told}");
        }
        for (report, part) in [
            ("html=x", "there are: json, markdown"),
            ("json=/nowhere/x.json", "/nowhere"),
        ] {
            let ran = run(&folder, &["compare", &file, &file, "--report", report]);
            let told = String::from_utf8(ran.stderr).unwrap();
            assert_eq!(ran.status.code(), Some(2), "{report}: {told}");
            assert!(told.contains(part), "{report}: {told}");
        }
    }
}

mod baselines {
    use super::*;

    const BENCH: [&str; 10] = [
        "bench",
        "builtin",
        "--framing",
        "crlf",
        "--payload-sizes",
        "16",
        "--frames",
        "300",
        "--rounds",
        "3",
    ];

    #[test]
    fn a_baseline_is_saved_replaced_and_compared_with() {
        let folder = Folder::new();
        let file = folder.word("new.json");
        let report = format!("json={file}");
        for (said, before) in [
            ("main is saved: baselines/main.json", false),
            ("main is replaced", true),
        ] {
            assert_eq!(
                Path::new(&folder.word("baselines/main.json")).exists(),
                before
            );
            let ran = run(
                &folder,
                &[&BENCH[..], &["--save", "main", "--report", &report]].concat(),
            );
            let told = String::from_utf8(ran.stderr).unwrap();
            assert_eq!(ran.status.code(), Some(0), "{told}");
            assert!(told.contains(said), "{told}");
            let saved = fs::read_to_string(folder.word("baselines/main.json")).unwrap();
            assert_eq!(saved, fs::read_to_string(&file).unwrap());
        }
        for pair in [["main", &*file], [&*file, "main"], ["main", "main"]] {
            let ran = run(
                &folder,
                &["compare", pair[0], pair[1], "--fail-if-slower", "10%"],
            );
            assert_eq!(ran.status.code(), Some(0), "{ran:?}");
            assert!(
                String::from_utf8(ran.stdout)
                    .unwrap()
                    .contains("0 of 1 lost")
            );
        }
        // A file of that name comes first.
        folder.file("main", "{}");
        let ran = run(&folder, &["compare", "main", &file]);
        assert_eq!(ran.status.code(), Some(2), "{ran:?}");
    }

    #[test]
    fn the_folder_of_baselines_can_be_another() {
        let folder = Folder::new();
        let ran = run(
            &folder,
            &[&BENCH[..], &["--save", "v1.2", "--baselines", "kept/here"]].concat(),
        );
        assert_eq!(ran.status.code(), Some(0), "{ran:?}");
        assert!(Path::new(&folder.word("kept/here/v1.2.json")).exists());
        assert!(!Path::new(&folder.word("baselines")).exists());
        let ran = run(
            &folder,
            &["compare", "v1.2", "v1.2", "--baselines", "kept/here"],
        );
        assert_eq!(ran.status.code(), Some(0), "{ran:?}");
    }

    #[test]
    fn a_name_that_is_none_says_which_there_are() {
        let folder = Folder::new();
        let file = folder.file("a.json", &benchmark(&[cell("a", 16, 1000.0)]).to_string());
        let ran = run(&folder, &["compare", "nobody", &file]);
        let told = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(2), "{told}");
        assert!(
            told.contains("nobody: no such file") && told.contains("there are none in baselines"),
            "{told}"
        );
        fs::create_dir(folder.word("baselines")).unwrap();
        for name in ["one", "two"] {
            fs::copy(&file, folder.word(&format!("baselines/{name}.json"))).unwrap();
        }
        let ran = run(&folder, &["compare", "../nobody", &file]);
        let told = String::from_utf8(ran.stderr).unwrap();
        assert!(told.contains("in baselines there are: one, two"), "{told}");
    }

    #[test]
    fn names_and_folders_that_cannot_be_are_refused_before_anything_is_measured() {
        let folder = Folder::new();
        folder.file("taken", "");
        for (flags, part) in [
            (&["--save", "../x"][..], "a name is letters"),
            (&["--save", ".hidden"], "a name is letters"),
            (&["--save", ""], "a name is letters"),
            (&["--save", "x", "--baselines", "taken"], "--save: "),
        ] {
            let ran = run(&folder, &[&BENCH[..], flags].concat());
            let told = String::from_utf8(ran.stderr).unwrap();
            assert_eq!(ran.status.code(), Some(2), "{flags:?}: {told}");
            assert!(told.contains(part), "{flags:?}: {told}");
            assert!(ran.stdout.is_empty(), "{flags:?}");
        }
    }

    #[test]
    fn a_benchmark_that_failed_replaces_none() {
        let folder = Folder::new();
        fs::create_dir(folder.word("baselines")).unwrap();
        let kept = folder.file("baselines/main.json", "kept");
        // The built-in server answers, and one-way nothing may come.
        let ran = run(
            &folder,
            &[&BENCH[..], &["--one-way", "--save", "main"]].concat(),
        );
        let told = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(1), "{told}");
        assert!(
            told.contains("baseline main is not saved: a target failed"),
            "{told}"
        );
        assert_eq!(fs::read_to_string(kept).unwrap(), "kept");
        assert_eq!(fs::read_dir(folder.word("baselines")).unwrap().count(), 1);
    }
}

mod reports {
    use super::*;

    /// Two targets, one of them with a name that means something in every format, and with one size that it fails.
    fn measured(folder: &Folder, report: &str) -> Output {
        let config = format!(
            "[[target]]\nname = 'good'\ncmd = '{PROGRAM} serve --framing crlf --observe echo --listen {{host}}:{{port}}'\nframings = ['crlf']\n\
             [[target]]\nname = {NAME:?}\ncmd = '{PROGRAM} serve --framing crlf,max=100 --observe echo --listen {{host}}:{{port}}'\nframings = ['crlf']\n"
        );
        let config = folder.file("framecheck.toml", &config);
        let sizes = [
            "--payload-sizes",
            "16,300",
            "--frames",
            "600",
            "--rounds",
            "3",
        ];
        run(
            folder,
            &[
                &["bench", "--config", &config][..],
                &sizes,
                &["--report", report],
            ]
            .concat(),
        )
    }

    const NAME: &str = "a, \"b\" | <img src=x> `c` [d](e)";

    #[test]
    fn csv_has_a_row_for_each_cell_and_reads_back() {
        let folder = Folder::new();
        let ran = measured(&folder, "csv=-");
        assert_eq!(ran.status.code(), Some(1), "{ran:?}");
        let rows = read_csv(&String::from_utf8(ran.stdout).unwrap());
        let (head, rows) = rows.split_first().unwrap();
        assert_eq!(rows.len(), 6, "two targets and the ceiling in two sizes");
        for name in [
            "target",
            "payload_bytes",
            "frames_per_s",
            "bytes_per_s",
            "latency_p99_s",
            "target_cpu_per_frame_s",
        ] {
            assert!(head.contains(&name.to_owned()), "{name}: {head:?}");
        }
        let value = |row: &[String], name: &str| {
            row[head.iter().position(|one| one == name).unwrap()].clone()
        };
        for row in rows {
            assert_eq!(row.len(), head.len(), "{row:?}");
            let failed = !value(row, "error").is_empty();
            assert_eq!(value(row, "frames_per_s").is_empty(), failed, "{row:?}");
            assert_eq!(
                failed,
                value(row, "target") == NAME && value(row, "payload_bytes") == "300"
            );
            if !failed {
                let low: f64 = value(row, "bytes_per_s_low").parse().unwrap();
                let figure: f64 = value(row, "bytes_per_s").parse().unwrap();
                assert!(0.0 < low && low <= figure, "{row:?}");
            }
        }
        let targets: Vec<_> = rows.iter().map(|row| value(row, "target")).collect();
        assert_eq!(targets, ["good", NAME, "good", NAME, "ceiling", "ceiling"]);
    }

    #[test]
    fn markdown_is_a_table_in_which_names_are_no_markup() {
        let folder = Folder::new();
        let text = String::from_utf8(measured(&folder, "markdown=-").stdout).unwrap();
        assert!(
            text.starts_with("## framecheck bench: 1 of 4 failed; "),
            "{text}"
        );
        assert_eq!(tables(&text), [3, 3], "{text}");
        assert!(
            !text.replace('`', "").is_empty() && outside_code(&text).matches("<img").count() == 0,
            "{text}"
        );
        assert!(!outside_code(&text).contains("](e)"), "{text}");
    }

    #[test]
    fn a_page_has_plots_that_are_well_formed_and_names_are_no_markup() {
        let folder = Folder::new();
        let page = String::from_utf8(measured(&folder, "html=-").stdout).unwrap();
        assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"));
        assert!(!page.contains("<img") && page.contains("&lt;img src=x&gt;"));
        assert!(
            !page.contains("<script") && !page.contains("http://") && !page.contains("style=\"")
        );
        let mut lines = 0;
        for svg in page.split("<svg").skip(1) {
            let (svg, _) = svg.split_once("</svg>").expect("its end");
            let svg = format!("<svg{svg}</svg>");
            let svg =
                roxmltree::Document::parse(&svg).unwrap_or_else(|error| panic!("{error}: {svg}"));
            let nodes = svg.descendants();
            lines += nodes
                .filter(|node| node.attribute("class") == Some("line"))
                .count();
            for path in svg.descendants().filter_map(|node| node.attribute("d")) {
                assert!(!path.contains("NaN") && !path.contains("inf"), "{path}");
            }
        }
        assert!(lines > 10, "{lines}");
        for title in [
            "Throughput, bytes a second",
            "Throughput, frames a second",
            "Latency, 16",
            "Latency, 300",
        ] {
            assert!(page.contains(&format!("<figcaption>{title}")), "{title}");
        }
        let figures: String = page.split("<main>").skip(1).collect();
        assert!(figures.contains("error"), "error bars");
    }

    #[test]
    fn a_page_of_one_size_has_bars() {
        let folder = Folder::new();
        let flags = [
            "bench",
            "builtin",
            "--framing",
            "eof",
            "--payload-sizes",
            "64KiB",
            "--frames",
            "4",
        ];
        let ran = run(
            &folder,
            &[&flags[..], &["--report", "html=page.html"]].concat(),
        );
        assert_eq!(ran.status.code(), Some(0), "{ran:?}");
        let page = fs::read_to_string(folder.word("page.html")).unwrap();
        assert!(
            page.contains("class=\"plot bars\"") && page.contains("64\u{a0}KiB"),
            "{page}"
        );
    }

    #[test]
    fn a_comparison_as_markdown_has_what_lost_first() {
        let folder = Folder::new();
        let names = |hostile: f64| benchmark(&[cell("quiet", 16, 1000.0), cell(NAME, 16, hostile)]);
        let ran = folder.compare(
            &names(1000.0),
            &names(500.0),
            &["--fail-if-slower", "10%", "--report", "markdown=c.md"],
        );
        assert_eq!(ran.code, 7, "{ran}");
        let text = fs::read_to_string(folder.word("c.md")).unwrap();
        assert!(
            text.starts_with("## framecheck compare: 1 of 2 LOST more than 10%"),
            "{text}"
        );
        assert_eq!(tables(&text), [1, 1], "{text}");
        let (first, folded) = text.split_once("<details>").unwrap();
        assert!(
            first.contains("**lost**") && folded.contains("`quiet`"),
            "{text}"
        );
        assert_eq!(outside_code(&text).matches("<img").count(), 0, "{text}");
        assert!(!outside_code(&text).contains("](e)"), "{text}");
    }

    /// How many rows the tables of a text have. Each row has as many cells as the head.
    fn tables(text: &str) -> Vec<usize> {
        let bars = |line: &str| line.replace("\\|", "").matches('|').count();
        let mut tables = Vec::new();
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            if !line.starts_with('|') {
                continue;
            }
            let rule = lines.next().unwrap();
            assert!(rule.chars().all(|char| "|-:".contains(char)), "{rule}");
            assert_eq!(bars(rule), bars(line), "{line}");
            let mut rows = 0;
            while let Some(row) = lines.next_if(|line| line.starts_with('|')) {
                assert_eq!(bars(row), bars(line), "{row}");
                rows += 1;
            }
            tables.push(rows);
        }
        tables
    }

    /// A text without its code spans.
    fn outside_code(text: &str) -> String {
        let mut outside = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('`') {
            outside += &rest[..at];
            let fence: String = rest[at..].chars().take_while(|char| *char == '`').collect();
            let inside = &rest[at + fence.len()..];
            let end = inside
                .find(&fence)
                .unwrap_or_else(|| panic!("an open span: {inside}"));
            rest = &inside[end + fence.len()..];
        }
        outside + rest
    }

    /// Comma-separated values, strictly as RFC 4180 has them.
    fn read_csv(text: &str) -> Vec<Vec<String>> {
        let mut rows = vec![vec![String::new()]];
        let mut chars = text.chars().peekable();
        while let Some(char) = chars.next() {
            let row = rows.last_mut().unwrap();
            let field = row.last_mut().unwrap();
            match char {
                ',' => row.push(String::new()),
                '\r' => {
                    assert_eq!(chars.next(), Some('\n'), "a line ends with both");
                    if chars.peek().is_some() {
                        rows.push(vec![String::new()]);
                    }
                }
                '"' => {
                    assert!(field.is_empty(), "a quote within a field: {field}");
                    loop {
                        match chars.next().expect("the end of a quote") {
                            '"' if chars.next_if_eq(&'"').is_none() => break,
                            char => field.push(char),
                        }
                    }
                    let after = chars.peek().copied();
                    assert!(
                        matches!(after, Some(',' | '\r')),
                        "behind a quote: {after:?}"
                    );
                }
                '\n' => panic!("a line end outside of quotes"),
                char => field.push(char),
            }
        }
        rows
    }
}

/// A benchmark with these cells, and no ceilings.
fn benchmark(cells: &[Value]) -> Value {
    let names: Vec<&Value> = cells.iter().map(|cell| &cell["target"]).collect();
    let target = |name: &&Value| json!({ "name": name, "address": "builtin", "about": {} });
    json!({
        "schema": "urn:framecheck:bench:1", "version": "0.1.0", "seed": 1, "seconds": 1.0, "rounds": 10, "warm_up": 2,
        "baseline": "a", "processors": 2, "notes": [], "trouble": null, "cells": cells, "ceilings": [],
        "targets": names.iter().map(target).collect::<Vec<_>>(),
    })
}

/// The same with a ceiling of that rate for the size 16.
fn with_ceiling(mut benchmark: Value, rate: f64) -> Value {
    benchmark["ceilings"] = json!([cell("ceiling", 16, rate)]);
    benchmark
}

/// Ten rounds around so many frames a second.
fn cell(target: &str, payload: u64, rate: f64) -> Value {
    let rates =
        [0.97, 1.01, 0.99, 1.03, 1.0, 1.0, 0.98, 1.02, 0.96, 1.04].map(|share| share * rate);
    json!({
        "target": target, "version": null, "framing": "crlf", "pattern": 4, "payload": payload, "mode": "echo", "pace": "closed",
        "connections": 1, "in_flight": 1, "segment": "fast", "rate": null, "latency_target": null, "held": null,
        "frames_per_s": rate, "bytes_per_s": rate * payload as f64, "spread": null, "interval": null, "ratio": null, "latency": null,
        "sent": 1, "verified": 1, "verified_by": "bytes", "cpu": null, "peak_memory": null, "limit": null, "of_ceiling": null,
        "notes": [], "error": null, "rounds": rounds(&rates),
    })
}

/// Rounds of 10 s, so that a rate is a whole number of frames.
fn rounds(rates: &[f64]) -> Value {
    let round = |(number, rate): (usize, &f64)| {
        let frames = (rate * 10.0).round();
        json!({
            "round": number, "frames": frames as u64, "bytes": (frames * 18.0) as u64, "seconds": 10.0,
            "own_cpu": 0.1, "target_cpu": null, "p99_seconds": null,
        })
    };
    rates.iter().enumerate().map(round).collect()
}

/// A cell that was tried and has no figure.
fn failed(target: &str, payload: u64, mode: &str, kind: &str) -> Value {
    let mut cell = cell(target, payload, 1.0);
    (cell["frames_per_s"], cell["bytes_per_s"], cell["rounds"]) =
        (Value::Null, Value::Null, json!([]));
    (cell["mode"], cell["error"]) = (json!(mode), json!({ "kind": kind, "why": "it did so" }));
    cell
}

/// A cell that could not be tried: that is known of it only which target it was.
fn untried(target: &str, payload: u64) -> Value {
    let mut cell = failed(target, payload, "", "start");
    (cell["mode"], cell["in_flight"], cell["verified_by"]) = (Value::Null, json!(0), Value::Null);
    cell
}

impl Ran {
    fn cells(&self) -> &[Value] {
        self.json["cells"].as_array().unwrap()
    }

    fn outcomes(&self) -> Vec<&str> {
        let cells = self.cells().iter();
        cells
            .map(|cell| cell["outcome"].as_str().unwrap())
            .collect()
    }
}

/// The program in a folder of the test's own.
fn run(folder: &Folder, args: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command
        .args(args)
        .current_dir(&folder.0)
        .output()
        .expect("the program runs")
}

impl Folder {
    /// A place in it, as a word of a command line.
    fn word(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.word(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// `framecheck compare` of two benchmarks, and its validated report.
    fn compare(&self, old: &Value, new: &Value, flags: &[&str]) -> Ran {
        let old = self.file("old.json", &old.to_string());
        let new = self.file("new.json", &new.to_string());
        let report = self.word("compare.json");
        let json = format!("json={report}");
        let output = run(
            self,
            &[&["compare", &old, &new, "--report", &json][..], flags].concat(),
        );
        let mut ran = Ran::of(output);
        let written = fs::read_to_string(&report).unwrap_or_else(|error| panic!("{error}: {ran}"));
        ran.json = serde_json::from_str(&written).unwrap();
        let (schemas, index) = schema();
        if let Err(error) = schemas.validate(&ran.json, *index) {
            panic!("{error:#}: {written}");
        }
        ran
    }
}

fn schema() -> &'static (boon::Schemas, boon::SchemaIndex) {
    static COMPILED: OnceLock<(boon::Schemas, boon::SchemaIndex)> = OnceLock::new();
    COMPILED.get_or_init(|| compiled(include_str!("../docs/compare.schema.json")))
}
