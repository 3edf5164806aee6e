//! What tests that start the real binary have in common: a folder of their own, runs in it, faulty servers, and the published schema.
//!
//! Each test file is a program of its own and uses a part of this. What needs a tool that is missing is skipped out loud; with `CI=true` it
//! must be there. Nothing here sleeps for a fixed time.

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
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

/// The program.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_framecheck");

/// What a program came to.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}\n{}\n{}", self.code, self.out, self.err)
    }
}

/// Runs a program to its end, which must be its own.
pub fn ran(command: &mut Command) -> Ran {
    let output = command.stdin(Stdio::null()).output().unwrap();
    Ran {
        code: output.status.code().expect("no signal ended it"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
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
    child: Child,
    pub addr: String,
}

impl Server {
    pub fn start(framing: &str, observe: &str, fault: Option<&str>) -> Self {
        let line = faulty(framing, observe, fault).replace("{host}:{port}", "127.0.0.1:0");
        let words = shlex::split(&line).unwrap();
        let mut command = Command::new(&words[0]);
        let mut child = command
            .args(&words[1..])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
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
    let report: Value = serde_json::from_str(text).unwrap();
    let schema = include_str!("../../docs/report.schema.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler.add_resource("schema.json", schema).unwrap();
    let index = compiler.compile("schema.json", &mut schemas).unwrap();
    if let Err(wrong) = schemas.validate(&report, index) {
        panic!("{wrong}");
    }
    report
}

/// Whether there is a Python; without one a part of a test is skipped.
pub fn has_python() -> bool {
    let found = Command::new("python3").arg("--version").output().is_ok();
    if !found {
        assert_ne!(env::var("CI").as_deref(), Ok("true"), "python3 is missing");
        skip("python3 is missing");
    }
    found
}

/// Said on the process's own standard error, which the test harness does not capture.
pub fn skip(why: &str) {
    let test = env::current_exe().unwrap();
    let test = test.file_stem().unwrap().to_string_lossy().into_owned();
    let _ = writeln!(std::io::stderr().lock(), "SKIPPED a part of {test}: {why}");
}

/// Waits for something, and fails where it does not come.
pub fn awaited<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(Instant::now() < end, "{what} never came");
        std::thread::yield_now();
    }
}
