//! A program under test, in surroundings of its own: nothing of the user's environment, configuration or cache reaches it.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long any run may take, one that builds the pipelines on a busy machine too. Only one that hangs takes so long.
const PATIENCE: Duration = Duration::from_secs(900);

/// A program, where it runs, and the few variables it sees.
#[derive(Debug, Clone)]
pub struct Program {
    binary: PathBuf,
    directory: PathBuf,
    environment: BTreeMap<String, String>,
}

impl Program {
    /// A program that runs in a directory and has an empty home.
    pub fn new(binary: impl Into<PathBuf>, directory: &Path, home: &Path) -> Self {
        let program =
            Self { binary: binary.into(), directory: directory.to_owned(), environment: BTreeMap::new() };
        program
            .environment("PATH", std::env::var("PATH").unwrap())
            .environment("HOME", home.to_str().unwrap())
            .environment("GIT_CONFIG_NOSYSTEM", "1")
    }

    /// Sets a variable.
    #[must_use]
    pub fn environment(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.insert(name.to_owned(), value.into());
        self
    }

    /// Puts a directory before all others that programs are looked for in.
    #[must_use]
    pub fn path_first(self, directory: &Path) -> Self {
        let path = format!("{}:{}", directory.display(), self.environment["PATH"]);
        self.environment("PATH", path)
    }

    /// The variables it sees.
    pub fn variables(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// Runs it to its end.
    pub fn run(&self, arguments: &str) -> Ran {
        self.start(arguments).wait()
    }

    /// Starts it, in a process group of its own, with its standard input closed.
    pub fn start(&self, arguments: &str) -> Running {
        let output = tempfile::tempdir().unwrap();
        let file = |name: &str| File::create(output.path().join(name)).unwrap();
        // What a shell starts in the background ignores interruptions, and so would all that it starts.
        let mut command = Command::new("/usr/bin/env");
        command.arg("--default-signal=HUP,INT,QUIT").arg(&self.binary);
        command.args(arguments.split_whitespace()).current_dir(&self.directory);
        command.env_clear().envs(&self.environment).process_group(0);
        command.stdin(Stdio::null()).stdout(file("out")).stderr(file("err"));
        let child = command.spawn().unwrap();
        Running { command: arguments.to_owned(), child, output, began: Instant::now(), ended: false }
    }
}

/// A program at work. Its end comes with the value's at the latest.
pub struct Running {
    command: String,
    child: Child,
    // Files instead of pipes: whoever outlives the program may keep them open.
    output: tempfile::TempDir,
    began: Instant,
    ended: bool,
}

impl Running {
    /// The process's number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as a crash would.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end.
    pub fn wait(mut self) -> Ran {
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if self.began.elapsed() > PATIENCE {
                self.kill();
                self.child.wait().unwrap();
                self.ended = true;
                panic!("`{}` does not end\n{}{}", self.command, self.text("out"), self.text("err"));
            }
            thread::sleep(Duration::from_millis(1));
        };
        self.ended = true;
        Ran {
            command: self.command.clone(),
            status,
            out: self.text("out"),
            err: self.text("err"),
            took: self.began.elapsed(),
        }
    }

    /// What it has written to its standard output so far.
    pub fn out(&self) -> String {
        self.text("out")
    }

    fn text(&self, name: &str) -> String {
        String::from_utf8_lossy(&std::fs::read(self.output.path().join(name)).unwrap()).into_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.ended {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// How a program ended, and what it wrote.
#[derive(Debug)]
#[must_use]
pub struct Ran {
    command: String,
    status: ExitStatus,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    /// How long it took.
    pub took: Duration,
}

impl Ran {
    /// The exit code; none where a signal ended it.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// The number of the signal that ended it.
    pub fn signal(&self) -> Option<i32> {
        self.status.signal()
    }

    /// Expects exit code 0, and gives standard output.
    #[track_caller]
    pub fn success(&self) -> &str {
        self.exit(0)
    }

    /// Expects an exit code, and gives standard output.
    #[track_caller]
    pub fn exit(&self, code: i32) -> &str {
        let Self { command, status, out, err, .. } = self;
        assert!(self.code() == Some(code), "`{command}` ended with {status}, not {code}\n{out}{err}");
        out
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| {
            panic!("`{}` wrote no JSON: {error}\n{}{}", self.command, self.out, self.err)
        })
    }

    /// All that it wrote.
    pub fn text(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}

/// Waits until something is so.
#[track_caller]
pub fn wait_until(what: &str, mut ready: impl FnMut() -> bool) {
    let began = Instant::now();
    while !ready() {
        assert!(began.elapsed() < Duration::from_secs(300), "still waiting: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}
