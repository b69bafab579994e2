//! The processes that a process has started, as the kernel knows them.

use std::fs;
use std::path::Path;
use std::process::Command;

/// A process as `/proc` shows it.
#[derive(Debug, Clone)]
pub struct Process {
    /// Its number.
    pub id: u32,
    parent: u32,
    /// Its arguments, separated by blanks.
    pub command: String,
    environment: String,
}

/// All processes of the machine that can be seen.
pub fn processes() -> Vec<Process> {
    let numbers = fs::read_dir("/proc").unwrap().flatten();
    numbers.filter_map(|entry| read(entry.file_name().to_str()?.parse().ok()?)).collect()
}

/// The processes below one, however deep.
pub fn descendants(of: u32) -> Vec<Process> {
    let all = processes();
    let mut found = vec![of];
    let mut below = Vec::new();
    while let Some(parent) = found.pop() {
        for process in all.iter().filter(|process| process.parent == parent) {
            found.push(process.id);
            below.push(process.clone());
        }
    }
    below
}

/// The processes that have a path in their environment, such as that of their home.
pub fn at_home_in(path: &Path) -> Vec<Process> {
    let path = path.to_str().unwrap();
    processes().into_iter().filter(|process| process.environment.contains(path)).collect()
}

/// Ends processes as a crash would, all at once; those that are gone already are no matter.
pub fn kill(processes: &[u32]) {
    let numbers = processes.iter().map(u32::to_string);
    let mut command = Command::new("kill");
    let _ = command.args(["-s", "KILL", "--"]).args(numbers).stderr(std::process::Stdio::null()).status();
}

fn read(id: u32) -> Option<Process> {
    let command = fs::read(format!("/proc/{id}/cmdline")).ok()?;
    let status = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name in parentheses may hold anything.
    let parent = status.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
    let command = String::from_utf8_lossy(&command).replace('\0', " ").trim_end().to_owned();
    // Of processes of other users it cannot be read.
    let environment = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
    let environment = String::from_utf8_lossy(&environment).into_owned();
    Some(Process { id, parent, command, environment })
}
