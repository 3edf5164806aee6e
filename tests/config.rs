//! `framecheck.toml` and `framecheck init` as users have them: the real program in a folder of its own, against our own servers with and
//! without a fault. Every report is held against its schema.

mod common;

use std::fs;

use common::{Folder, PROGRAM, Ran};
use serde_json::Value;

/// A few cases, on which the fault below shows.
const FEW: [&str; 2] = ["--filter", "crlf/between_cr_and_lf"];

mod several_targets {
    use super::*;

    #[test]
    fn are_tried_beside_each_other_and_who_frames_differently_is_named() {
        let folder = Folder::new();
        folder.config(&[
            &server("right", "crlf", ""),
            &server("wrong", "crlf", " --fault delimiter-per-read"),
        ]);
        let run = folder.run(&[&["run"][..], &FEW].concat());
        assert_eq!(run.code, 1, "{run}");
        let targets = run.json["targets"].as_array().unwrap();
        assert_eq!(targets.len(), 2);
        let failed = |name: &str| {
            let target = targets.iter().find(|one| one["name"] == name).unwrap();
            target["summary"]["fail"].as_u64().unwrap()
        };
        assert_eq!(failed("right"), 0, "{run}");
        assert!(failed("wrong") > 0, "{run}");
        assert_eq!(run.json["summary"]["fail"], failed("wrong"));
        let differences = run.json["differences"].as_array().unwrap();
        assert_eq!(differences.len(), 1, "{run}");
        let groups = differences[0]["groups"].as_array().unwrap();
        assert_eq!(groups.len(), 2);
        for (name, conforms) in [("right", true), ("wrong", false)] {
            let group = groups
                .iter()
                .find(|group| group["targets"] == serde_json::json!([name]));
            assert_eq!(group.unwrap()["conforms"], conforms, "{run}");
        }
        for line in [
            "\nthe same bytes, framed differently:\n",
            "made     frame 3 352441c2 (as the reference): right",
            "failed of tried, stream by stream:\n  A  right\n  B  wrong\n",
        ] {
            assert!(run.out.contains(line), "{run}");
        }
        // Each failure's command runs it again, on that target alone.
        let cases = run.json["cases"].as_array().unwrap();
        let failing = cases.iter().find(|case| case["verdict"] == "fail").unwrap();
        let words = shlex::split(failing["replay"].as_str().unwrap()).unwrap();
        let words: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
        let again = folder.run(&words);
        assert_eq!(again.code, 1, "{again}");
        assert_eq!(again.json["cases"].as_array().unwrap().len(), 1, "{again}");
        assert_eq!(again.json["cases"][0]["target"], "wrong", "{again}");
    }

    #[test]
    fn those_that_are_named_are_run_and_flags_go_before_the_file() {
        let folder = Folder::new();
        folder.config(&[
            &server("one-a", "crlf", ""),
            &server("one-b", "crlf", ""),
            &server("two", "lines", ""),
        ]);
        let names = |arguments: &[&str]| {
            let run = folder.run(arguments);
            assert_eq!(run.code, 0, "{run}");
            let targets = run.json["targets"].as_array().unwrap();
            let name = |target: &Value| target["name"].as_str().unwrap().to_owned();
            targets.iter().map(name).collect::<Vec<_>>()
        };
        let few = ["--filter", "rule/three_frames:whole"];
        let with = |words: &[&'static str]| [&["run"], words, &few].concat();
        assert_eq!(names(&with(&["one-*"])), ["one-a", "one-b"]);
        assert_eq!(names(&with(&["two", "one-b"])), ["one-b", "two"]);
        assert_eq!(names(&with(&["--framing", "lines"])), ["two"]);
        let run = folder.run(&with(&["two", "--gate", "none", "--seed", "7"]));
        assert_eq!(run.json["targets"][0]["gate"], "none", "{run}");
        assert_eq!(run.json["seed"], 7, "{run}");
        let run = folder.run(&with(&["three"]));
        assert_eq!(run.code, 2, "{run}");
        assert!(run.err.contains("one-a, one-b, two"), "{run}");
    }

    #[test]
    fn one_that_cannot_be_tried_is_told_and_the_others_are_run() {
        let folder = Folder::new();
        let broken = |name: &str, more: &str| {
            format!(
                "name = '{name}'\ncmd = 'sh -c \"exit 3\" {{port}}'\nframings = ['crlf']\n{more}"
            )
        };
        folder.config(&[
            &broken("ends", ""),
            &broken(
                "unbuilt",
                "build = 'sh -c \"echo no compiler >&2; exit 1\"'",
            ),
            &broken(
                "absent",
                "requires = ['no-such-program']\ninstall = 'apt-get install it'",
            ),
            &server("right", "crlf", ""),
        ]);
        let run = folder.run(&[&["run"][..], &FEW].concat());
        assert_eq!(run.code, 3, "{run}");
        let targets = run.json["targets"].as_array().unwrap();
        let told = |number: usize, key: &str| targets[number][key].as_str().unwrap_or_default();
        assert!(told(0, "trouble").contains("exit status: 3"), "{run}");
        assert!(told(1, "trouble").contains("no compiler"), "{run}");
        let missing = "there is no no-such-program; to install it: apt-get install it";
        assert_eq!(told(2, "skipped"), missing, "{run}");
        assert!(run.out.contains(missing), "{run}");
        assert!(targets[3]["summary"]["pass"].as_u64() > Some(0), "{run}");

        let skipped = folder.run(&[&["run", "absent", "right"][..], &FEW].concat());
        assert_eq!(skipped.code, 0, "{skipped}");
        let all = folder.run(&[&["run", "absent", "right", "--require-all"][..], &FEW].concat());
        assert_eq!(all.code, 3, "{all}");
        assert!(all.err.contains(missing), "{all}");
    }

    #[test]
    fn addresses_and_commands_without_a_file() {
        let folder = Folder::new();
        let line =
            |more: &str| format!("{PROGRAM} serve --framing crlf --listen {{host}}:{{port}}{more}");
        let (right, wrong) = (line(""), line(" --fault delimiter-per-read"));
        let words = ["run", "--cmd", &right, "--cmd", &wrong, "--framing", "crlf"];
        let run = folder.run(&[&words[..], &FEW].concat());
        assert_eq!(run.code, 1, "{run}");
        assert_eq!(
            run.json["differences"].as_array().unwrap().len(),
            1,
            "{run}"
        );
        let run = folder.run(&["run", "builtin", "--cmd", &right, "--framing", "crlf"]);
        assert_eq!(run.code, 2, "{run}");
    }
}

mod a_target {
    use super::*;

    #[test]
    fn is_built_once_and_started_in_its_folder_with_its_environment_when_it_is_ready() {
        let folder = Folder::new();
        fs::create_dir(folder.path("inside")).unwrap();
        // Each of the words is seen to have worked by what the others need of it.
        let inner = format!(
            "name = 'one'\ndir = 'inside'\nframings = ['crlf']\nenv = {{ MORE = '--fault' }}\n\
             build = 'sh -c \"echo built >> built; ln -sf {PROGRAM} server\"'\n\
             ready = 'sh -c \"echo asked {{port}} >> asked; test $(wc -l < asked) -gt 2\"'\n\
             cmd = 'sh -c \"exec ./server serve --framing crlf --listen {{host}}:{{port}} $MORE none\"'\n"
        );
        folder.config(&[&inner]);
        let run = folder.run(&[&["run", "--jobs", "1"][..], &FEW].concat());
        assert_eq!(run.code, 0, "{run}");
        let lines = |name: &str| {
            let text = fs::read_to_string(folder.path("inside").join(name));
            text.unwrap().lines().count()
        };
        assert_eq!(lines("built"), 1);
        assert_eq!(lines("asked"), 3);
    }

    #[test]
    fn that_never_gets_ready_is_told_with_what_was_asked() {
        let folder = Folder::new();
        let more =
            "ready = 'sh -c \"echo still warming up >&2; exit 1\"'\nready_within = '300ms'\n";
        folder.config(&[&(server("cold", "crlf", "") + more)]);
        let run = folder.run(&[&["run"][..], &FEW].concat());
        assert_eq!(run.code, 3, "{run}");
        assert!(run.err.contains("still warming up"), "{run}");
    }

    #[test]
    fn with_several_framings_has_its_known_failures_by_framing() {
        let folder = Folder::new();
        let wrong = |entry: &str| {
            format!(
                "name = 'two'\nframings = ['lines', 'crlf']\n\
                 cmd = 'sh -c \"exec {PROGRAM} serve --framing $FRAMECHECK_FRAMING --fault $FRAMECHECK_FRAMING-fault --listen {{host}}:{{port}}\"'\n\
                 {entry}"
            )
            .replace("--fault $FRAMECHECK_FRAMING-fault", "--fault delimiter-per-read")
        };
        let entry = "[[target.known]]\ncases = '*between_cr_and_lf*'\nframing = 'crlf'\nreason = 'told in #7'\n";
        folder.config(&[&wrong(entry)]);
        let few = ["run", "--filter", "crlf/between_cr_and_lf:cut@4*"];
        let run = folder.run(&few);
        assert_eq!(run.code, 0, "{run}");
        assert!(run.json["summary"]["known"].as_u64() > Some(0), "{run}");
        assert!(run.out.contains("told in #7"), "{run}");
        // What is known is shown in full when it is run again.
        let cases = run.json["cases"].as_array().unwrap();
        let known = cases.iter().find(|case| case["verdict"] == "fail").unwrap();
        let words = shlex::split(known["replay"].as_str().unwrap()).unwrap();
        let words: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
        let again = folder.run(&words);
        assert_eq!(again.code, 1, "{again}");
        assert!(again.out.contains("\nFAIL "), "{again}");

        let stale = entry.replace("*between_cr_and_lf*", "*between_cr_and_lf:whole*");
        folder.config(&[&wrong(&stale)]);
        let run = folder.run(&["run", "--filter", "crlf/between_cr_and_lf"]);
        assert_eq!(run.code, 1, "{run}");
        let run = folder.run(&["run", "--filter", "crlf/between_cr_and_lf:whole*"]);
        assert_eq!(run.code, 5, "{run}");
        assert!(run.err.contains("framecheck.toml:"), "{run}");

        folder.config(&[&wrong(&entry.replace("*between", "*betwixt"))]);
        let run = folder.run(&few);
        assert_eq!(run.code, 2, "{run}");
        assert!(run.err.contains("no planned case matches"), "{run}");
    }
}

#[test]
fn a_wrong_file_is_refused_with_line_and_column_and_starts_nothing() {
    let folder = Folder::new();
    let target =
        "[[target]]\nname = 'a'\ncmd = 'sh -c \"touch started\" {port}'\nframings = ['crlf']\n";
    for (text, place, word) in [
        ("", "1:1", "no [[target]]"),
        ("[target]\nname = 'a'\n", "1:1", "[[target]]"),
        ("[[target]]\nname = 'a'\n", "1:1", "framings"),
        (
            "[[target]]\nname = 'a'\nframings = ['crlf']\n",
            "1:1",
            "address",
        ),
        (
            "[[target]]\nname = 'a:b'\ncmd = 'x {port}'\nframings = ['crlf']\n",
            "2:8",
            "colon",
        ),
        (
            "[[target]]\nname = ''\ncmd = 'x {port}'\nframings = ['crlf']\n",
            "2:8",
            "name",
        ),
        (&format!("{target}frames = 3\n"), "5:1", "framings"),
        (
            &format!("{target}observe = 'ecko'\n"),
            "5:11",
            "echo, report, stdout",
        ),
        (&format!("{target}timeout = '5'\n"), "5:11", "unit"),
        (&format!("{target}timeout = 5\n"), "5:11", "string"),
        (&format!("{target}gate = 'door'\n"), "5:8", "gate"),
        (&format!("{target}known = 3\n"), "5:9", "known"),
        (
            &format!("{target}[[target.known]]\ncases = 'x'\n"),
            "5:1",
            "reason",
        ),
        (&format!("{target}env = {{ A = 1 }}\n"), "5:13", "string"),
        (&format!("{target}{target}"), "6:8", "another target"),
        (&format!("[run]\njobs = 0\n{target}"), "2:8", "at least 1"),
        (
            &format!("[run]\ntier = 'fast'\n{target}"),
            "2:8",
            "quick, full, soak",
        ),
        (&format!("[ran]\n{target}"), "1:2", "about, run, target"),
        (
            &target.replace("'crlf'", "'crlf', 'ketchup'"),
            "4:21",
            "framing",
        ),
        (
            &target.replace("'crlf'", "'crlf', 'crlf'"),
            "4:21",
            "already",
        ),
        (&target.replace("'crlf'", ""), "4:12", "at least one"),
        ("[[target]]\nname = 'a'\nname = 'b'\n", "3:1", "duplicate"),
        (
            "[[target]]\nname = 'a'\naddress = '127.0.0.1:1'\nbuild = 'x'\nframings = ['crlf']\n",
            "4:9",
            "cmd",
        ),
    ] {
        folder.write("framecheck.toml", text);
        let run = folder.run(&["run"]);
        assert_eq!(run.code, 2, "{text}\n{run}");
        let told = format!("framecheck: framecheck.toml:{place}: ");
        assert!(run.err.starts_with(&told), "{text}\n{run}");
        assert!(run.err.contains(word), "{text}\n{run}");
    }
    assert!(!folder.path("started").exists());
    let run = folder.run(&["run", "--config", "absent.toml"]);
    assert_eq!(run.code, 2, "{run}");
    assert!(run.err.contains("absent.toml: No such file"), "{run}");
}

mod init {
    use super::*;

    #[test]
    fn writes_what_run_takes_and_overwrites_nothing() {
        let folder = Folder::new();
        let told = folder.run(&["init"]);
        assert_eq!(told.code, 0, "{told}");
        let text = folder.read("framecheck.toml");
        let run = folder.run(&["run", "--filter", "netstring/rule/three_frames:whole"]);
        assert_eq!(run.code, 0, "{run}");
        assert_eq!(run.json["targets"][0]["name"], "reference", "{run}");

        let again = folder.run(&["init"]);
        assert_eq!(again.code, 2, "{again}");
        assert!(again.err.contains("there already"), "{again}");
        let printed = folder.run(&["init", "--print"]);
        assert_eq!(printed.out, text);
        // Every key that it shows commented out is one.
        let whole: String = text
            .lines()
            .map(|line| {
                line.strip_prefix("# ")
                    .filter(|line| line.contains(" = ") || line.starts_with("[["))
                    .unwrap_or(line)
            })
            .filter(|line| !line.starts_with("address "))
            .map(|line| format!("{line}\n"))
            .collect();
        folder.write("framecheck.toml", &whole);
        let run = folder.run(&["run"]);
        assert!(!run.err.contains("no key"), "{run}\n{whole}");
    }

    #[test]
    fn looks_at_what_is_there() {
        let folder = Folder::new();
        let write = |name: &str, text: &str| folder.write(name, text);
        write(
            "echo server.py",
            "import socketserver\nline = self.rfile.readline()\n",
        );
        write("notes.py", "print('no server')\n");
        write("go.mod", "module example.org/frames\n");
        write("main.go", "io.ReadFull(conn, header)\n");
        write(
            "package.json",
            "{\"name\": \"chat's\", \"main\": \"chat.js\"}",
        );
        write("chat.js", "require('vscode-jsonrpc/node')\n");
        let run = folder.run(&["init", "--print"]);
        assert_eq!(run.code, 0, "{run}");
        let parsed: toml::Table = run.out.parse().unwrap();
        let targets = parsed["target"].as_array().unwrap();
        let told: Vec<_> = targets
            .iter()
            .map(|target| {
                let text = |key: &str| target[key].as_str().unwrap().to_owned();
                (
                    text("name"),
                    target["framings"][0].as_str().unwrap().to_owned(),
                )
            })
            .collect();
        let due = [
            ("chat's", "lsp"),
            ("frames", "prefixed:u32be"),
            ("echo server", "lines"),
        ];
        let due = due.map(|(name, framing)| (name.to_owned(), framing.to_owned()));
        assert_eq!(told, due, "{run}");
        assert!(
            run.out.contains("a guess, since main.go says io.ReadFull"),
            "{run}"
        );
        assert!(!run.out.contains("notes"), "{run}");
        assert!(!folder.path("framecheck.toml").exists());
        let run = folder.run(&["init", "nowhere"]);
        assert_eq!(run.code, 2, "{run}");
    }
}

/// A target that is our own server.
fn server(name: &str, framing: &str, more: &str) -> String {
    format!(
        "name = '{name}'\nframings = ['{framing}']\n\
         cmd = '{PROGRAM} serve --framing {framing} --listen {{host}}:{{port}}{more}'\n"
    )
}

impl Folder {
    /// A configuration of these targets.
    fn config(&self, targets: &[&str]) {
        let target = |text: &&str| format!("[[target]]\n{text}\n");
        let text: String = targets.iter().map(target).collect();
        self.write("framecheck.toml", text);
    }

    /// The program with these arguments; `run` gets a report, and saves no findings.
    fn run(&self, arguments: &[&str]) -> Ran {
        if arguments.first() == Some(&"run") {
            self.reported(&[arguments, &["--shrink", "0s"]].concat())
        } else {
            self.framecheck(arguments)
        }
    }
}
