//! A headless Chromium that is driven through a pair of pipes, as its DevTools protocol has it: JSON between zero bytes.
//!
//! Nothing is waited for without a deadline, and everything that the browser reports on the way is kept, so that a test can say at its
//! end that nothing was wrong: no error, no refusal by the page's policy, no request but for the page.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long the browser may take for one answer; it starts in about a second on an idle machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why a page does the same on every machine, and looks for nothing outside of it.
const FLAGS: [&str; 12] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--remote-debugging-pipe",
];

/// A browser with one page.
pub(crate) struct Browser {
    child: Child,
    commands: ChildStdin,
    messages: Receiver<Value>,
    session: Option<String>,
    sent: u64,
    events: Vec<Value>,
    folder: PathBuf,
}

impl Browser {
    /// Starts one; `None`, and a word on it, where there is none.
    pub(crate) fn start() -> Option<Self> {
        let program = program()?;
        let folder = folder();
        let mut child = Command::new("sh")
            // Commands are read from 3, and answers written to 4.
            .args([
                "-c",
                "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1",
                "sh",
                program,
            ])
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", folder.display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let commands = child.stdin.take().expect("a pipe");
        let answers = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            for message in answers.split(0).map_while(Result::ok) {
                let message = serde_json::from_slice(&message).expect("JSON");
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let mut browser = Self {
            child,
            commands,
            messages,
            session: None,
            sent: 0,
            events: Vec::new(),
            folder,
        };
        browser.attach();
        Some(browser)
    }

    fn attach(&mut self) {
        let target = self.call("Target.createTarget", &json!({ "url": "about:blank" }));
        let asked = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = self.call("Target.attachToTarget", &asked);
        self.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.call(&format!("{domain}.enable"), &json!({}));
        }
        self.size(1280, 900);
    }

    /// Sends a command and waits for what comes of it.
    pub(crate) fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.sent += 1;
        let mut command = json!({ "id": self.sent, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            command["sessionId"] = json!(session);
        }
        let line = format!("{command}\0");
        self.commands
            .write_all(line.as_bytes())
            .expect("the browser listens");
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let message = self.messages.recv_timeout(left);
            let message = message.unwrap_or_else(|why| panic!("{method}: {why}"));
            if message["id"] == self.sent {
                assert_eq!(message["error"], Value::Null, "{method} {parameters}");
                return message["result"].clone();
            }
            self.events.push(message);
        }
    }

    /// Width and height of what is seen, in pixels of the page.
    pub(crate) fn size(&mut self, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.call("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// What the system asks for, as `prefers-color-scheme`; nothing moves.
    pub(crate) fn scheme(&mut self, scheme: &str) {
        let features = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.call("Emulation.setEmulatedMedia", &features);
    }

    /// Opens a file anew, at a fragment, and waits until its script is through.
    pub(crate) fn open(&mut self, file: &Path, fragment: &str) {
        self.show(file, fragment);
        self.until("performance.getEntriesByName('drawn').length === 1");
    }

    /// Opens a file anew, at a fragment: a page without a script.
    pub(crate) fn show(&mut self, file: &Path, fragment: &str) {
        // Another fragment alone would not load the page again.
        self.call("Page.navigate", &json!({ "url": "about:blank" }));
        self.until("location.href === 'about:blank'");
        let url = format!("file://{}{fragment}", file.display());
        self.call("Page.navigate", &json!({ "url": url }));
        self.until("location.href !== 'about:blank' && document.readyState === 'complete'");
    }

    /// What an expression comes to.
    pub(crate) fn value(&mut self, expression: &str) -> Value {
        let asked =
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let result = self.call("Runtime.evaluate", &asked);
        assert_eq!(result["exceptionDetails"], Value::Null, "{expression}");
        result["result"]["value"].clone()
    }

    /// A text out of an expression.
    pub(crate) fn text(&mut self, expression: &str) -> String {
        let value = self.value(expression);
        value
            .as_str()
            .unwrap_or_else(|| panic!("{expression}: {value}"))
            .to_owned()
    }

    /// Waits until an expression holds; each look at it is a round trip to the browser.
    pub(crate) fn until(&mut self, expression: &str) {
        let deadline = Instant::now() + PATIENCE;
        let guarded = format!(
            "(() => {{ try {{ return Boolean({expression}); }} catch {{ return false; }} }})()"
        );
        while self.value(&guarded) != true {
            assert!(Instant::now() < deadline, "it never came: {expression}");
        }
    }

    /// A click with the mouse in the middle of the first element of that selector.
    pub(crate) fn click(&mut self, selector: &str) {
        let middle = format!(
            "(() => {{ const one = document.querySelector({selector:?}); one.scrollIntoView({{ block: 'center', behavior: 'instant' }}); \
             const box = one.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
        );
        let middle = self.value(&middle);
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": middle[0], "y": middle[1], "button": "left", "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", &event);
        }
    }

    /// A key that is pressed and let go: a letter, or a name such as `Enter`.
    pub(crate) fn key(&mut self, key: &str) {
        let (code, typed) = match key {
            "Enter" => (13, "\r"),
            "Escape" => (27, ""),
            "ArrowLeft" => (37, ""),
            "ArrowUp" => (38, ""),
            "ArrowRight" => (39, ""),
            "ArrowDown" => (40, ""),
            letter => (0, letter),
        };
        let down =
            json!({ "type": "keyDown", "key": key, "windowsVirtualKeyCode": code, "text": typed });
        self.call("Input.dispatchKeyEvent", &down);
        let up = json!({ "type": "keyUp", "key": key, "windowsVirtualKeyCode": code });
        self.call("Input.dispatchKeyEvent", &up);
    }

    /// Types into what has the focus.
    pub(crate) fn type_text(&mut self, text: &str) {
        self.call("Input.insertText", &json!({ "text": text }));
    }

    /// No error, no refusal, no request but for files.
    pub(crate) fn assert_clean(&mut self) {
        // What was reported before this answer has come before it.
        self.value("1");
        for event in &self.events {
            let what = &event["params"];
            let bad = match event["method"].as_str() {
                Some("Runtime.exceptionThrown" | "Runtime.consoleAPICalled" | "Log.entryAdded") => {
                    true
                }
                Some("Network.requestWillBeSent") => {
                    let url = what["request"]["url"].as_str().unwrap_or_default();
                    !url.starts_with("file:///") && url != "about:blank"
                }
                _ => false,
            };
            assert!(!bad, "{event}");
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Asked to, it ends those that it started as well, which would else write into the folder; its pipe closes last.
        let asked = self
            .commands
            .write_all(b"{\"id\":0,\"method\":\"Browser.close\"}\0");
        while asked.is_ok() && self.messages.recv_timeout(PATIENCE).is_ok() {}
        // One that is gone cannot be ended, which is no failure.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The first browser of its family that runs.
fn program() -> Option<&'static str> {
    let runs = |name: &&str| {
        let asked = Command::new(name).arg("--version").output();
        asked.is_ok_and(|output| output.status.success())
    };
    let found = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(runs);
    if found.is_none() {
        crate::common::skip_without("chromium (apt-get install chromium)");
    }
    found
}

/// A fresh folder for what a browser keeps.
fn folder() -> PathBuf {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!(
        "chromium-{}-{}",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    );
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("a folder for the browser");
    folder
}
