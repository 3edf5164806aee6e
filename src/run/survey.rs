//! What a folder holds that could be a target: which program, how it is started, and what its sources say of its framing.
//!
//! A guess for `framecheck init`, with what it rests on; people check it. Nothing is started, and reading is bounded in files and bytes.

use std::fs;
use std::path::{Path, PathBuf};

/// A program that could be a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// What it could be called.
    pub name: String,
    /// What starts it.
    pub cmd: String,
    /// What builds it.
    pub build: Option<String>,
    /// Programs without which neither goes.
    pub requires: Vec<String>,
    /// What it seems to speak.
    pub framing: Option<Hint>,
    /// The file that told of it.
    pub found: String,
}

/// What sources say of a framing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The framing's text.
    pub framing: &'static str,
    /// The word that told.
    pub word: &'static str,
    /// The file that has it.
    pub file: String,
}

/// Words of sources, and the framings that they stand for; the telling ones first.
const WORDS: &[(&str, &str)] = &[
    ("LengthDelimitedCodec", "prefixed:u32be,max=8MiB"),
    ("LengthFieldBasedFrameDecoder", "prefixed:u32be"),
    ("ProtobufVarint32FrameDecoder", "protobuf"),
    ("parseDelimitedFrom", "protobuf"),
    ("Int32StringReceiver", "prefixed:u32be,max=99999"),
    ("Int16StringReceiver", "prefixed:u16be"),
    ("NetstringReceiver", "netstring"),
    ("netstring", "netstring"),
    ("vscode-jsonrpc", "lsp"),
    ("Content-Length: ", "lsp"),
    ("chunked", "http-chunked"),
    ("LinesCodec", "lines"),
    ("LineReceiver", "crlf"),
    ("ReadUvarint", "protobuf"),
    ("readexactly", "prefixed:u32be"),
    ("io.ReadFull", "prefixed:u32be"),
    ("readUInt32BE", "prefixed:u32be"),
    ("readInt(", "prefixed:u32be"),
    ("from_be_bytes", "prefixed:u32be"),
    ("\">I\"", "prefixed:u32be"),
    ("'>I'", "prefixed:u32be"),
    ("\"!I\"", "prefixed:u32be"),
    ("'!I'", "prefixed:u32be"),
    ("NewScanner", "lines"),
    ("readuntil", "lines"),
    ("readline", "lines"),
    ("read_line", "lines"),
    ("split('\\n')", "lines"),
    ("split(b'\\n')", "lines"),
    ("split(b\"\\n\")", "lines"),
];

/// Files that are looked at, and bytes of each.
const FILES: usize = 200;
const BYTES: usize = 256 << 10;

/// How deep sources are looked for.
const DEPTH: usize = 3;

/// What a folder holds.
#[must_use]
pub fn survey(folder: &Path) -> Vec<Guess> {
    let sources = Sources::of(folder);
    let looks: [fn(&Path, &Sources) -> Vec<Guess>; 4] = [cargo, node, go, python];
    looks
        .iter()
        .flat_map(|look| look(folder, &sources))
        .collect()
}

/// The texts of the sources, by their paths in the folder.
struct Sources(Vec<(PathBuf, String)>);

impl Sources {
    fn of(folder: &Path) -> Self {
        let mut paths = Vec::new();
        collect(folder, DEPTH, &mut paths);
        paths.sort();
        let texts = paths.into_iter().take(FILES).filter_map(|path| {
            let bytes = fs::read(&path).ok()?;
            let text = String::from_utf8_lossy(&bytes[..bytes.len().min(BYTES)]).into_owned();
            Some((path.strip_prefix(folder).ok()?.to_owned(), text))
        });
        Self(texts.collect())
    }

    /// What those with one of these endings say of their framing.
    fn hint(&self, endings: &[&str]) -> Option<Hint> {
        WORDS.iter().find_map(|&(word, framing)| {
            let mut telling = self.with(endings).filter(|(_, text)| text.contains(word));
            let (path, _) = telling.next()?;
            Some(Hint {
                framing,
                word,
                file: path.display().to_string(),
            })
        })
    }

    fn with(&self, endings: &[&str]) -> impl Iterator<Item = &(PathBuf, String)> {
        self.0.iter().filter(|(path, _)| has_ending(path, endings))
    }
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| endings.contains(&ending))
}

fn collect(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>) {
    const SKIPPED: [&str; 5] = ["target", "node_modules", "vendor", "build", "venv"];
    const ENDINGS: [&str; 6] = ["rs", "py", "js", "mjs", "ts", "go"];
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        // A link could lead anywhere, and round in a circle.
        let kind = entry.file_type();
        let hidden = name.starts_with('.') || SKIPPED.contains(&&*name);
        if kind.as_ref().is_ok_and(fs::FileType::is_dir) && !hidden && depth > 0 {
            collect(&path, depth - 1, paths);
        } else if kind.is_ok_and(|kind| kind.is_file()) && has_ending(&path, &ENDINGS) {
            paths.push(path);
        }
    }
}

fn cargo(folder: &Path, sources: &Sources) -> Vec<Guess> {
    let Ok(text) = fs::read_to_string(folder.join("Cargo.toml")) else {
        return Vec::new();
    };
    let manifest: toml::Table = text.parse().unwrap_or_default();
    let name = |table: &toml::Value| Some(table.get("name")?.as_str()?.to_owned());
    let bins = manifest.get("bin").and_then(toml::Value::as_array);
    let mut names: Vec<String> = bins.into_iter().flatten().filter_map(name).collect();
    if names.is_empty() && folder.join("src/main.rs").is_file() {
        names.extend(manifest.get("package").and_then(name));
    }
    let guess = |name: String| Guess {
        cmd: format!("target/release/{name} {{port}}"),
        build: Some("cargo build --release --quiet".to_owned()),
        requires: vec!["cargo".to_owned()],
        framing: sources.hint(&["rs"]),
        found: "Cargo.toml".to_owned(),
        name,
    };
    names.into_iter().map(guess).collect()
}

fn node(folder: &Path, sources: &Sources) -> Vec<Guess> {
    let Ok(text) = fs::read_to_string(folder.join("package.json")) else {
        return Vec::new();
    };
    let package: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let word = |key: &str| Some(package.get(key)?.as_str()?.to_owned());
    let main = word("main").unwrap_or_else(|| "index.js".to_owned());
    vec![Guess {
        name: word("name").unwrap_or_else(|| "node".to_owned()),
        cmd: format!("node {main} {{port}}"),
        build: None,
        requires: vec!["node".to_owned()],
        framing: sources.hint(&["js", "mjs", "ts"]),
        found: "package.json".to_owned(),
    }]
}

fn go(folder: &Path, sources: &Sources) -> Vec<Guess> {
    let Ok(text) = fs::read_to_string(folder.join("go.mod")) else {
        return Vec::new();
    };
    let module = text.lines().find_map(|line| line.strip_prefix("module "));
    let name = module.and_then(|module| module.trim().rsplit('/').next());
    vec![Guess {
        name: name.unwrap_or("go").to_owned(),
        cmd: "build/server {port}".to_owned(),
        build: Some("go build -o build/server .".to_owned()),
        requires: vec!["go".to_owned()],
        framing: sources.hint(&["go"]),
        found: "go.mod".to_owned(),
    }]
}

/// Each Python program of the folder itself that listens.
fn python(_: &Path, sources: &Sources) -> Vec<Guess> {
    const LISTENING: [&str; 5] = [
        "listen(",
        "start_server(",
        "create_server(",
        "socketserver",
        "listenTCP",
    ];
    let programs = sources.with(&["py"]).filter(|(path, text)| {
        path.components().count() == 1 && LISTENING.iter().any(|word| text.contains(word))
    });
    programs
        .map(|(path, text)| {
            let one = Sources(vec![(path.clone(), text.clone())]);
            let stem = path.file_stem().unwrap_or_default();
            Guess {
                name: stem.to_string_lossy().into_owned(),
                cmd: format!("python3 {} {{port}}", path.display()),
                build: None,
                requires: vec!["python3".to_owned()],
                framing: one.hint(&["py"]),
                found: path.display().to_string(),
            }
        })
        .collect()
}
