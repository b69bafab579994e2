//! Child processes: the one door to other programs.
//!
//! Whatever runs here has its messages in English, its standard input closed, both its pipes drained, its output bounded
//! and a time after which it ends together with everything it started.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

/// A program about to be run.
#[derive(Clone)]
pub struct Process {
    program: OsString,
    purpose: &'static str,
    install: &'static str,
    arguments: Vec<OsString>,
    /// `None` removes the variable.
    environment: Vec<(OsString, Option<OsString>)>,
    directory: Option<PathBuf>,
    input: Option<Vec<u8>>,
    timeout: Duration,
    output_limit: usize,
}

/// What a program left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error; beyond 256 KiB its end is cut off.
    pub stderr: String,
}

/// How a streamed program came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Streamed {
    /// The visitor had seen enough, so the program was ended.
    Stopped,
    /// The program ended by itself; standard output went to the visitor and is empty here.
    Finished(Finished),
}

/// Why a program could not be run to its end.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// There is no such program.
    #[error("the program `{program}` was not found; it is needed for {purpose}: {install}")]
    NotFound {
        /// The program.
        program: String,
        /// What it is needed for.
        purpose: &'static str,
        /// How to get it.
        install: &'static str,
    },
    /// It took too long, and was ended.
    #[error("`{program}` did not finish within {} seconds", timeout.as_secs_f64())]
    Timeout {
        /// The program.
        program: String,
        /// The time it had.
        timeout: Duration,
        /// What it had said on standard error by then.
        stderr: String,
    },
    /// A signal from elsewhere ended it.
    #[error("`{program}` was ended by signal {signal}")]
    Killed {
        /// The program.
        program: String,
        /// The signal's number.
        signal: i32,
    },
    /// It wrote more than was asked for.
    #[error("`{program}` wrote more than {limit} bytes")]
    TooMuchOutput {
        /// The program.
        program: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// The operating system refused something.
    #[error("`{program}` could not be run: {source}")]
    Io {
        /// The program.
        program: String,
        /// The operating system's reason.
        source: io::Error,
    },
}

impl Process {
    /// Names the program, what it is needed for ("reading git repositories") and how to get it ("install git 2.39 or
    /// later"); the latter two are for the error when it is missing.
    pub fn new(program: impl Into<OsString>, purpose: &'static str, install: &'static str) -> Self {
        let process = Self {
            program: program.into(),
            purpose,
            install,
            arguments: Vec::new(),
            environment: Vec::new(),
            directory: None,
            input: None,
            timeout: Duration::from_secs(60),
            output_limit: 64 << 20,
        };
        process.environment("LC_MESSAGES", "C").without_environment("LC_ALL").without_environment("LANGUAGE")
    }

    /// Appends an argument.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Appends several arguments.
    #[must_use]
    pub fn arguments<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets a variable.
    #[must_use]
    pub fn environment(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), Some(value.into())));
        self
    }

    /// Removes a variable.
    #[must_use]
    pub fn without_environment(mut self, name: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), None));
        self
    }

    /// Runs in this directory.
    #[must_use]
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Gives these bytes on standard input, which is closed otherwise.
    #[must_use]
    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = Some(input.into());
        self
    }

    /// Ends the program after this time; a minute otherwise.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Accepts this many bytes of standard output, or of one record when streaming; 64 MiB otherwise.
    #[must_use]
    pub fn output_limit(mut self, bytes: usize) -> Self {
        self.output_limit = bytes;
        self
    }

    /// Runs the program to its end. An exit code other than zero is not an error here.
    ///
    /// # Errors
    /// When the program is missing, ends by a signal, takes too long or writes too much.
    pub fn run(self) -> Result<Finished, ProcessError> {
        let limit = self.output_limit;
        let program = self.name();
        let mut stdout = Vec::new();
        let mut overflowed = false;
        let streamed = self.drive(&mut |chunk| {
            overflowed = stdout.len() + chunk.len() > limit;
            if overflowed {
                return ControlFlow::Break(());
            }
            stdout.extend_from_slice(chunk);
            ControlFlow::Continue(())
        })?;
        match streamed {
            Streamed::Finished(finished) => Ok(Finished { stdout, ..finished }),
            Streamed::Stopped => Err(ProcessError::TooMuchOutput { program, limit }),
        }
    }

    /// Runs the program and hands each record of its standard output, without its delimiter, to `visit` as it comes.
    /// When `visit` breaks, the program is ended.
    ///
    /// # Errors
    /// As [`Process::run`]; the limit holds for one record.
    pub fn stream(
        self,
        delimiter: u8,
        visit: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<Streamed, ProcessError> {
        let limit = self.output_limit;
        let program = self.name();
        let mut record = Vec::new();
        let mut overflowed = false;
        let streamed = self.drive(&mut |chunk| {
            for piece in chunk.split_inclusive(|byte| *byte == delimiter) {
                let (content, complete) = match piece.strip_suffix(&[delimiter]) {
                    Some(content) => (content, true),
                    None => (piece, false),
                };
                overflowed = record.len() + content.len() > limit;
                if overflowed {
                    return ControlFlow::Break(());
                }
                record.extend_from_slice(content);
                if complete {
                    visit(&record)?;
                    record.clear();
                }
            }
            ControlFlow::Continue(())
        })?;
        if overflowed {
            return Err(ProcessError::TooMuchOutput { program, limit });
        }
        if matches!(streamed, Streamed::Finished(_)) && !record.is_empty() && visit(&record).is_break() {
            return Ok(Streamed::Stopped);
        }
        Ok(streamed)
    }

    /// Starts the program, feeds it, drains it and waits for it.
    fn drive(self, receive: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> Result<Streamed, ProcessError> {
        let program = self.name();
        let deadline = Instant::now() + self.timeout;
        let mut running = Running { child: self.spawn()?, reaped: false };
        let events = running.connect(self.input);
        let failed = |source| ProcessError::Io { program: program.clone(), source };
        let mut stderr = Vec::new();
        let mut quiet_since_exit = None;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                running.end();
                let stderr = String::from_utf8_lossy(&stderr).into_owned();
                return Err(ProcessError::Timeout { program, timeout: self.timeout, stderr });
            }
            match events.recv_timeout(left.min(Duration::from_millis(100))) {
                Ok(Event::Output(chunk)) => {
                    if receive(&chunk).is_break() {
                        running.end();
                        return Ok(Streamed::Stopped);
                    }
                }
                Ok(Event::Message(chunk)) => {
                    let room = STDERR_LIMIT.saturating_sub(stderr.len());
                    stderr.extend_from_slice(&chunk[..chunk.len().min(room)]);
                }
                Err(RecvTimeoutError::Disconnected) => break,
                // What the program left behind, such as a shared ssh connection, may keep the pipes open for hours.
                Err(RecvTimeoutError::Timeout) if running.has_exited().map_err(failed)? => {
                    if quiet_since_exit.get_or_insert_with(Instant::now).elapsed() > GRACE {
                        break;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        let stderr = String::from_utf8_lossy(&stderr).into_owned();
        let Some(status) = running.wait(deadline).map_err(failed)? else {
            running.end();
            return Err(ProcessError::Timeout { program, timeout: self.timeout, stderr });
        };
        match status.code() {
            Some(code) => Ok(Streamed::Finished(Finished { code, stdout: Vec::new(), stderr })),
            None => Err(ProcessError::Killed { program, signal: signal_of(status) }),
        }
    }

    fn spawn(&self) -> Result<Child, ProcessError> {
        let io_error = |source| ProcessError::Io { program: self.name(), source };
        if let Some(directory) = self.directory.as_deref().filter(|directory| !directory.is_dir()) {
            return Err(io_error(io::Error::new(
                io::ErrorKind::NotFound,
                format!("there is no directory {}", directory.display()),
            )));
        }
        let mut command = command(&self.program);
        command.args(&self.arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.stdin(if self.input.is_some() { Stdio::piped() } else { Stdio::null() });
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        for (name, value) in &self.environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        own_group(&mut command);
        command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                ProcessError::NotFound { program: self.name(), purpose: self.purpose, install: self.install }
            }
            _ => io_error(error),
        })
    }

    fn name(&self) -> String {
        Path::new(&self.program).file_name().unwrap_or(&self.program).to_string_lossy().into_owned()
    }
}

/// How much of standard error is kept.
const STDERR_LIMIT: usize = 256 << 10;

/// How long a program has to end once it was asked to, and how long its pipes may stay open after its end.
const GRACE: Duration = Duration::from_secs(1);

enum Event {
    Output(Vec<u8>),
    Message(Vec<u8>),
}

struct Running {
    child: Child,
    reaped: bool,
}

impl Running {
    /// Starts the threads that feed and drain the child. The receiver disconnects when both pipes are closed.
    fn connect(&mut self, input: Option<Vec<u8>>) -> mpsc::Receiver<Event> {
        if let (Some(input), Some(mut stdin)) = (input, self.child.stdin.take()) {
            // A child that does not care for its input closes the pipe; that is its own business.
            thread::spawn(move || {
                let _ = stdin.write_all(&input);
            });
        }
        let (sender, receiver) = mpsc::sync_channel(64);
        if let Some(stderr) = self.child.stderr.take() {
            let sender = sender.clone();
            thread::spawn(move || drain(stderr, &sender, Event::Message));
        }
        if let Some(stdout) = self.child.stdout.take() {
            thread::spawn(move || drain(stdout, &sender, Event::Output));
        }
        receiver
    }

    fn has_exited(&mut self) -> io::Result<bool> {
        let exited = self.child.try_wait()?.is_some();
        self.reaped |= exited;
        Ok(exited)
    }

    /// The exit status, or nothing if the deadline came first.
    fn wait(&mut self, deadline: Instant) -> io::Result<Option<ExitStatus>> {
        let mut pause = Duration::from_micros(100);
        loop {
            if let Some(status) = self.child.try_wait()? {
                self.reaped = true;
                return Ok(Some(status));
            }
            if Instant::now() >= deadline {
                return Ok(None);
            }
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(20));
        }
    }

    /// Ends the child and everything it started: asks first, so that lock files are cleared away, then insists.
    fn end(&mut self) {
        // Once the child is reaped its number may belong to somebody else.
        if self.reaped {
            return;
        }
        signal_group(self.child.id(), "TERM");
        let exited = self.wait(Instant::now() + GRACE);
        // The group keeps its number for as long as anybody is left in it, its leader or not.
        signal_group(self.child.id(), "KILL");
        if !matches!(exited, Ok(Some(_))) {
            let _ = self.child.kill();
            let _ = self.child.wait();
            self.reaped = true;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

fn drain(mut pipe: impl Read, sender: &SyncSender<Event>, event: fn(Vec<u8>) -> Event) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(read) = pipe.read(&mut buffer) {
        if read == 0 || sender.send(event(buffer[..read].to_vec())).is_err() {
            return;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one door")]
fn command(program: &OsStr) -> Command {
    Command::new(program)
}

#[cfg(unix)]
fn own_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
fn own_group(_: &mut Command) {}

/// Sends a signal to a whole process group. The standard library cannot, and `kill` is not on every machine, but it is
/// built into every shell.
#[cfg(unix)]
fn signal_group(group: u32, signal: &str) {
    let _ = command(OsStr::new("/bin/sh"))
        .args(["-c", "kill -s \"$1\" -- \"-$2\"", "sh", signal, &group.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

#[cfg(not(unix))]
fn signal_group(_: u32, _: &str) {}

#[cfg(unix)]
fn signal_of(status: ExitStatus) -> i32 {
    std::os::unix::process::ExitStatusExt::signal(&status).unwrap_or_default()
}

#[cfg(not(unix))]
fn signal_of(_: ExitStatus) -> i32 {
    0
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Process {
        Process::new("sh", "tests", "install a shell").arguments(["-c", script])
    }

    #[test]
    fn output_messages_and_exit_code_come_back() {
        let finished = shell("echo out; echo err >&2; exit 3").run().unwrap();
        assert_eq!(finished, Finished { code: 3, stdout: b"out\n".to_vec(), stderr: "err\n".to_owned() });
    }

    #[test]
    fn much_on_both_pipes_does_not_block() {
        let script = "head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2; head -c 3000000 /dev/zero";
        let finished = shell(script).run().unwrap();
        assert_eq!((finished.stdout.len(), finished.stderr.len()), (6_000_000, STDERR_LIMIT));
    }

    #[test]
    fn standard_input_is_closed_unless_given() {
        assert_eq!(shell("cat").run().unwrap().stdout, b"");
        let big = vec![b'x'; 1 << 20];
        assert_eq!(shell("cat").input(big.clone()).run().unwrap().stdout, big);
        assert_eq!(shell("exec <&-; echo no").input(big).run().unwrap().stdout, b"no\n");
    }

    #[test]
    fn the_language_is_fixed_and_variables_can_be_set_and_removed() {
        let process = shell("echo $LC_MESSAGES/$LC_ALL/$LANGUAGE/$MINE/${CARGO_MANIFEST_DIR-gone}")
            .environment("LC_ALL", "x")
            .without_environment("LC_ALL")
            .environment("MINE", "mine")
            .without_environment("CARGO_MANIFEST_DIR");
        assert_eq!(process.run().unwrap().stdout, b"C///mine/gone\n");
    }

    #[test]
    fn a_missing_program_is_named_with_its_purpose() {
        let error = Process::new("/nowhere/glu-no-such", "reading tea leaves", "brew tea").run().unwrap_err();
        let expected =
            "the program `glu-no-such` was not found; it is needed for reading tea leaves: brew tea";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_missing_directory_is_not_mistaken_for_a_missing_program() {
        let error = shell("true").directory("/nowhere/at/all").run().unwrap_err();
        assert!(error.to_string().contains("/nowhere/at/all"), "{error}");
    }

    #[test]
    fn a_timeout_ends_the_whole_group() {
        let directory = tempfile::tempdir().unwrap();
        let started = Instant::now();
        let error = shell("(sleep 3; touch late) & sleep 60")
            .directory(directory.path())
            .timeout(Duration::from_millis(200))
            .run()
            .unwrap_err();
        assert!(matches!(error, ProcessError::Timeout { .. }), "{error}");
        assert!(started.elapsed() < Duration::from_secs(2));
        thread::sleep(Duration::from_millis(3500).saturating_sub(started.elapsed()));
        assert!(!directory.path().join("late").exists());
    }

    #[test]
    fn a_group_that_will_not_listen_is_ended_all_the_same() {
        let started = Instant::now();
        let error =
            shell("trap '' TERM; while :; do sleep 0.1; done").timeout(Duration::from_millis(200)).run();
        assert!(matches!(error, Err(ProcessError::Timeout { .. })));
        assert!(started.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn pipes_kept_open_by_what_was_left_behind_do_not_hold_us() {
        let started = Instant::now();
        let finished = shell("sleep 20 & echo done").timeout(Duration::from_secs(30)).run().unwrap();
        assert_eq!(finished.stdout, b"done\n");
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn a_foreign_signal_is_told() {
        let error = shell("kill -KILL $$").run().unwrap_err();
        assert!(matches!(error, ProcessError::Killed { signal: 9, .. }), "{error}");
    }

    #[test]
    fn too_much_output_is_refused() {
        let error = shell("yes").output_limit(1000).run().unwrap_err();
        assert!(matches!(error, ProcessError::TooMuchOutput { limit: 1000, .. }), "{error}");
    }

    #[test]
    fn records_are_streamed_whole_and_the_last_needs_no_delimiter() {
        let mut seen = Vec::new();
        let streamed = shell("printf 'one\\0tw'; sleep 0.1; printf 'o\\0\\0three'")
            .stream(0, &mut |record| {
                seen.push(String::from_utf8(record.to_vec()).unwrap());
                ControlFlow::Continue(())
            })
            .unwrap();
        assert!(matches!(streamed, Streamed::Finished(Finished { code: 0, .. })));
        assert_eq!(seen, ["one", "two", "", "three"]);
    }

    #[test]
    fn a_visitor_that_has_seen_enough_ends_the_program() {
        let mut seen = 0;
        let streamed = shell("yes")
            .stream(b'\n', &mut |_| {
                seen += 1;
                if seen == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
            .unwrap();
        assert_eq!((streamed, seen), (Streamed::Stopped, 5));
    }
}
