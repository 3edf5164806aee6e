//! What tests that start the real binary have in common: a folder of their own, runs in it, faulty servers, and the published schema.
//!
//! Each test file is a program of its own and uses a part of this. What needs a tool that is missing is skipped out loud; with `CI=true` it
//! must be there. Nothing here waits for a fixed time: each wait is for a condition, with a deadline.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file is a program that uses a part"
)]

use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

/// The program.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_framecheck");

/// How long anything that must happen may take on a busy machine.
pub const LATE: Duration = Duration::from_secs(30);

/// What a program came to.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
    /// The JSON report; null where none was read.
    pub json: Value,
}

impl Ran {
    /// A program's end, which must be its own.
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("no signal ended it"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
            json: Value::Null,
        }
    }

    /// The cases of its report.
    pub fn cases(&self) -> &Vec<Value> {
        let cases = self.json["cases"].as_array();
        cases.unwrap_or_else(|| panic!("{self}"))
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}\n{}\n{}", self.code, self.out, self.err)
    }
}

/// Runs a program to its end, which must be its own.
pub fn ran(command: &mut Command) -> Ran {
    Ran::of(command.stdin(Stdio::null()).output().unwrap())
}

/// A working folder, gone with its test.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let name = format!("framecheck-test-{}-{number}", std::process::id());
        let folder = env::temp_dir().join(name);
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    /// A place in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file, and the folders that it is in.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let file = self.path(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, bytes).unwrap();
        file
    }

    /// What is in a file.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|why| panic!("{name}: {why}"))
    }

    /// The names of the files in a folder of it, sorted; none where it is not there.
    pub fn files(&self, name: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path(name)) else {
            return Vec::new();
        };
        let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
        let mut names: Vec<_> = entries.map(|entry| name(entry.unwrap())).collect();
        names.sort();
        names
    }

    /// Runs the program in it.
    pub fn framecheck<T: AsRef<OsStr>>(&self, arguments: &[T]) -> Ran {
        ran(Command::new(PROGRAM).args(arguments).current_dir(&self.0))
    }

    /// Runs the program in it, and reads the report that it writes.
    pub fn reported<T: AsRef<OsStr>>(&self, arguments: &[T]) -> Ran {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).current_dir(&self.0);
        let mut ran = ran(command.args(["--report", "json=report.json"]));
        let file = self.path("report.json");
        if file.exists() {
            ran.json = report(&file);
            fs::remove_file(&file).unwrap();
        }
        ran
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left in the system's folder for such files harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The command line of a built-in server with a fault; without one, of the same program without it.
pub fn faulty(framing: &str, observe: &str, fault: Option<&str>) -> String {
    let fault = fault.unwrap_or("none");
    let words = [
        PROGRAM,
        "serve",
        "--framing",
        framing,
        "--observe",
        observe,
        "--fault",
        fault,
        "--listen",
        "{host}:{port}",
    ];
    shlex::try_join(words).unwrap()
}

/// A built-in server, ended with this.
pub struct Server {
    pub child: Child,
    pub addr: String,
}

impl Server {
    pub fn start(framing: &str, observe: &str, fault: Option<&str>) -> Self {
        let line = faulty(framing, observe, fault).replace("{host}:{port}", "127.0.0.1:0");
        let words = shlex::split(&line).unwrap();
        Self::of(Command::new(&words[0]).args(&words[1..]))
    }

    /// One that is started like this.
    pub fn of(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let addr = line.trim_end().strip_prefix("listening on ").expect(&line);
        Self {
            addr: addr.to_owned(),
            child,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already, which a test will have seen.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A report from a file, held against the published schema.
pub fn report(file: &Path) -> Value {
    let text = fs::read_to_string(file).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    validated(&text)
}

/// A report, held against the published schema.
pub fn validated(text: &str) -> Value {
    let report = serde_json::from_str(text).unwrap();
    if let Some(wrong) = misfit(&report) {
        panic!("{wrong}");
    }
    report
}

/// Where a report does not fit the published schema.
pub fn misfit(report: &Value) -> Option<String> {
    static COMPILED: OnceLock<(boon::Schemas, boon::SchemaIndex)> = OnceLock::new();
    let (schemas, index) = COMPILED.get_or_init(|| compiled(SCHEMA));
    let wrong = schemas.validate(report, *index).err()?;
    Some(format!("{wrong:#}"))
}

/// The published schema of reports.
pub const SCHEMA: &str = include_str!("../../docs/report.schema.json");

/// A JSON Schema, to hold values against.
pub fn compiled(schema: &str) -> (boon::Schemas, boon::SchemaIndex) {
    let schema = serde_json::from_str(schema).unwrap();
    let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
    compiler.add_resource("schema.json", schema).unwrap();
    let index = compiler.compile("schema.json", &mut schemas).unwrap();
    (schemas, index)
}

/// Whether there is a Python; without one a part of a test is skipped.
pub fn has_python() -> bool {
    python().is_some()
}

/// The Python interpreter itself, for the name on the path may be a script that starts it.
pub fn python() -> Option<&'static str> {
    static PYTHON: OnceLock<Option<String>> = OnceLock::new();
    let found = PYTHON.get_or_init(|| {
        let asked = ["-c", "import sys; print(sys.executable)"];
        let output = Command::new("python3").args(asked).output().ok()?;
        let path = String::from_utf8(output.stdout).unwrap();
        output.status.success().then(|| path.trim().to_owned())
    });
    if found.is_none() {
        skip_without("python3");
    }
    found.as_deref()
}

/// A tool that is missing: a part of a test is skipped, but not where all tools must be there.
pub fn skip_without(tool: &str) {
    assert_ne!(env::var("CI").as_deref(), Ok("true"), "{tool} is missing");
    skip(&format!("{tool} is missing"));
}

/// Said on the process's own standard error, which the test harness does not capture.
pub fn skip(why: &str) {
    let (test, why) = (env!("CARGO_CRATE_NAME"), why.trim());
    let _ = writeln!(
        std::io::stderr().lock(),
        "SKIPPED a part of tests/{test}.rs: {why}"
    );
}

/// Waits for something, and fails where it does not come.
pub fn awaited<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + LATE;
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(Instant::now() < end, "{what} never came");
        // Between two looks the processor is left to what is looked for.
        std::thread::sleep(Duration::from_millis(2));
    }
}
