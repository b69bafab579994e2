//! A real terminal: a session of tmux with a shell in it, typed into and read as a person does.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::server::find;
use crate::site::Site;

/// A terminal of 120 by 40. It ends with its value, and with it what runs in it.
pub struct Terminal {
    directory: tempfile::TempDir,
    commands: Cell<usize>,
}

impl Terminal {
    /// Opens one with a shell in the site's directory, which sees these variables and no others but `TERM`.
    pub fn open(site: &Site, variables: &BTreeMap<String, String>) -> Self {
        let terminal = Self { directory: tempfile::tempdir().unwrap(), commands: Cell::new(0) };
        let shell = ["env", "-i", "TERM=screen-256color", "PS1=$ "];
        let variables: Vec<String> =
            variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let variables: Vec<&str> = variables.iter().map(String::as_str).collect();
        let place = ["new-session", "-d", "-x", "120", "-y", "40", "-c", site.path().to_str().unwrap(), "--"];
        terminal.tmux(&[&place, &shell[..], &variables, &["sh"]].concat());
        terminal.wait_for("$");
        terminal
    }

    /// Types a line and the return key.
    pub fn type_line(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]);
        self.press("Enter");
    }

    /// Presses a key, by tmux's name for it.
    pub fn press(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    /// Types a command, waits for its end, and gives what it wrote and, last, `exit=` with its exit code.
    #[track_caller]
    pub fn run(&self, command: &str) -> String {
        self.begin(command);
        self.end()
    }

    /// Types a command.
    pub fn begin(&self, command: &str) {
        let number = self.commands.get() + 1;
        self.commands.set(number);
        self.tmux(&["send-keys", "-R"]);
        self.tmux(&["clear-history"]);
        self.type_line(&format!("{command}; echo \"exit=$? end {number}\""));
    }

    /// Waits for the end of the command that was begun, and gives what it wrote and, last, `exit=` with its exit code.
    #[track_caller]
    pub fn end(&self) -> String {
        let number = self.commands.get();
        let end = format!(" end {number}");
        let is_end = |line: &str| line.starts_with("exit=") && line.ends_with(&end);
        let screen = self.wait("the command's end", |screen| screen.lines().any(is_end));
        let (_, written) = screen.split_once(&format!("echo \"exit=$? end {number}\"\n")).unwrap();
        written.split_once(&end).unwrap().0.to_owned()
    }

    /// Waits until the shell is ready for the next command, which it is at once when the last one was interrupted.
    #[track_caller]
    pub fn wait_for_prompt(&self) {
        self.wait("the shell", |screen| screen.lines().last() == Some("$"));
    }

    /// Waits until the screen shows a text, and gives the screen.
    #[track_caller]
    pub fn wait_for(&self, text: &str) -> String {
        self.wait(text, |screen| screen.contains(text))
    }

    /// What the screen shows, with what has scrolled away.
    pub fn screen(&self) -> String {
        self.capture(&[])
    }

    /// The screen with its colours, as escape sequences.
    pub fn colored_screen(&self) -> String {
        self.capture(&["-e"])
    }

    fn capture(&self, options: &[&str]) -> String {
        let output = self.tmux(&[&["capture-pane", "-p", "-S", "-1000"], options].concat());
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// Waits until the screen is as it is to be, and gives the screen.
    #[track_caller]
    pub fn wait(&self, what: &str, ready: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + Duration::from_secs(900);
        loop {
            let screen = self.screen();
            if ready(&screen) {
                return screen;
            }
            assert!(Instant::now() < deadline, "still waiting for {what}:\n{screen}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn tmux(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().unwrap();
        assert!(output.status.success(), "tmux: {}", String::from_utf8_lossy(&output.stderr));
        output
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(find("tmux", "tmux"));
        command.arg("-S").arg(self.directory.path().join("socket")).args(["-f", "/dev/null"]).args(arguments);
        // Without a locale tmux knows no wide characters and shows underscores for them.
        command.env_remove("TMUX").env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
        command
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.command(&["kill-server"]).output();
    }
}
