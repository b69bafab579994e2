//! What git's last words mean. Its exit code only tells that something failed; the texts are stable in the C locale.

use super::error::GitProblem;
use super::url::redact;
use crate::process::{Finished, ProcessError};

/// A kind of failure, and what git, curl, ssh or a forge say when it happens. The first kind that matches wins: later
/// texts are also said as a consequence of earlier kinds.
const SIGNS: &[(Sign, &[&str])] = &[
    (
        Sign::Disk,
        &[
            "No space left on device",
            "Disk quota exceeded",
            "Read-only file system",
            "insufficient permission for adding",
        ],
    ),
    (
        Sign::HostKey,
        &["Host key verification failed", "REMOTE HOST IDENTIFICATION HAS CHANGED", "No matching host key"],
    ),
    (
        Sign::Tls,
        &[
            "certificate problem",
            "certificate verification failed",
            "unable to get local issuer",
            "self-signed certificate",
            "self signed certificate",
            "gnutls_handshake",
            "SSL_ERROR",
            "SSL_connect",
            "error setting certificate",
            "does not match target host name",
        ],
    ),
    (
        Sign::Authentication,
        &[
            "Authentication failed",
            "could not read Username",
            "could not read Password",
            "terminal prompts disabled",
            "Permission denied (",
            "Permission denied, please try again",
            "Too many authentication failures",
            "returned error: 401",
            "returned error: 403",
            "HTTP 401",
            "HTTP 403",
            "Invalid username or",
            "Access denied",
            "Write access to repository not granted",
            "Load key",
        ],
    ),
    (
        Sign::NotFound,
        &[
            "Repository not found",
            "repository not found",
            "does not appear to be a git repository",
            "returned error: 404",
            "The project you were looking for could not be found",
            "not found: is this a git repository",
            "' not found",
            "' does not exist",
        ],
    ),
    (
        Sign::Unreachable,
        &[
            "Could not resolve",
            "Failed to connect",
            "Couldn't connect",
            "Connection refused",
            "onnection timed out",
            "Operation timed out",
            "timed out after",
            "No route to host",
            "Network is unreachable",
            "Connection reset",
            "Connection closed",
            "hung up unexpectedly",
            "Recv failure",
            "early EOF",
            "returned error: 5",
        ],
    ),
    (
        Sign::Damaged,
        &[
            "object file ",
            "loose object ",
            "packfile ",
            "bad object",
            "unable to read tree",
            "did not send all necessary objects",
            "unresolved deltas",
            "fatal: not a git repository",
            "missing blob object",
        ],
    ),
];

#[derive(Clone, Copy)]
enum Sign {
    Disk,
    HostKey,
    Tls,
    Authentication,
    NotFound,
    Unreachable,
    Damaged,
}

/// Turns a failed run into a problem. `credential` says how we signed in, as in "with the access token".
pub(super) fn problem(command: &str, finished: &Finished, credential: &str) -> GitProblem {
    let stderr = redact(&finished.stderr);
    let detail = last_words(&stderr);
    let credential = credential.to_owned();
    let lines: Vec<&str> = stderr.lines().filter(|line| !is_noise(line)).collect();
    let said = |text: &&str| lines.iter().any(|line| line.contains(text));
    let sign = SIGNS.iter().find(|(_, texts)| texts.iter().any(said)).map(|(sign, _)| *sign);
    match sign {
        Some(Sign::Disk) => GitProblem::Disk { detail },
        Some(Sign::HostKey) => GitProblem::HostKey { detail },
        Some(Sign::Tls) => GitProblem::Tls { detail },
        Some(Sign::Authentication) => GitProblem::AuthenticationFailed { credential, detail },
        Some(Sign::NotFound) => GitProblem::RepositoryNotFound { credential, detail },
        Some(Sign::Unreachable) => GitProblem::Unreachable { detail },
        Some(Sign::Damaged) => GitProblem::Damaged { detail },
        None => GitProblem::Program { command: command.to_owned(), code: finished.code, detail },
    }
}

/// A program that was too slow on the network is an unreachable remote.
pub(super) fn network_problem(error: ProcessError) -> GitProblem {
    match error {
        ProcessError::Timeout { timeout, stderr, .. } => {
            let words = last_words(&redact(&stderr));
            let separator = if words.is_empty() { "" } else { ": " };
            let seconds = timeout.as_secs_f64();
            GitProblem::Unreachable { detail: format!("no end within {seconds} seconds{separator}{words}") }
        }
        error => GitProblem::Process(error),
    }
}

/// The lines that say something, as one fragment.
pub(super) fn last_words(stderr: &str) -> String {
    let said: Vec<&str> = stderr.lines().filter(|line| !is_noise(line)).map(without_prefix).collect();
    let from = said.len().saturating_sub(8);
    said[from..].join("; ")
}

fn is_noise(line: &str) -> bool {
    let line = without_prefix(line);
    line.is_empty() || NOISE.iter().any(|noise| line.starts_with(noise))
}

/// The words without the name of who says them.
fn without_prefix(line: &str) -> &str {
    let prefixes = ["remote: ", "fatal: ", "error: ", "warning: "];
    prefixes.iter().fold(line.trim(), |line, prefix| line.strip_prefix(prefix).unwrap_or(line).trim())
}

/// Said after every failure of a transport, whatever its reason.
const NOISE: &[&str] = &[
    "Could not read from remote repository",
    "Please make sure you have the correct access rights",
    "and the repository exists.",
    "hint: ",
    "@@@@@",
    "remote:",
    "Warning: Permanently added",
    "failed to push some refs to",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn of(stderr: &str) -> GitProblem {
        problem("fetch", &Finished { code: 128, stdout: Vec::new(), stderr: stderr.to_owned() }, "with a key")
    }

    #[test]
    fn what_transports_say_has_a_name() {
        let closing = "fatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.\n";
        assert!(matches!(
            of(&format!("git@host: Permission denied (publickey).\n{closing}")),
            GitProblem::AuthenticationFailed { .. }
        ));
        assert!(matches!(
            of(&format!("Host key verification failed.\r\n{closing}")),
            GitProblem::HostKey { .. }
        ));
        assert!(matches!(
            of(&format!("ssh: connect to host h port 22: Connection refused\n{closing}")),
            GitProblem::Unreachable { .. }
        ));
        assert!(matches!(
            of(&format!("ERROR: Repository not found.\n{closing}")),
            GitProblem::RepositoryNotFound { .. }
        ));
        assert!(matches!(
            of("fatal: could not read Username for 'https://h': terminal prompts disabled"),
            GitProblem::AuthenticationFailed { .. }
        ));
        assert!(matches!(
            of("fatal: unable to access 'https://h/': The requested URL returned error: 403"),
            GitProblem::AuthenticationFailed { .. }
        ));
        assert!(matches!(
            of("fatal: repository 'https://h/x/' not found"),
            GitProblem::RepositoryNotFound { .. }
        ));
        assert!(matches!(
            of("fatal: unable to access 'https://h/': Could not resolve host: h"),
            GitProblem::Unreachable { .. }
        ));
        assert!(matches!(
            of(
                "fatal: unable to access 'https://h/': server certificate verification failed. CAfile: none CRLfile: none"
            ),
            GitProblem::Tls { .. }
        ));
        assert!(matches!(
            of("fatal: write error: No space left on device\nfatal: fetch-pack: invalid index-pack output"),
            GitProblem::Disk { .. }
        ));
        assert!(matches!(
            of("error: object file ./objects/ab/cd is empty\nfatal: loose object abcd is corrupt"),
            GitProblem::Damaged { .. }
        ));
        assert!(matches!(of("fatal: something new"), GitProblem::Program { .. }));
    }

    #[test]
    fn a_message_keeps_the_words_that_matter_and_no_secret() {
        let message = of(
            "remote: HTTP Basic: Access denied\nfatal: Authentication failed for 'https://jane:hunter2@host/app.git/'\n",
        )
        .to_string();
        assert_eq!(
            message,
            "signing in failed with a key: HTTP Basic: Access denied; Authentication failed for 'https://***@host/app.git/'"
        );
    }
}
