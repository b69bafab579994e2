//! Signing in to a remote: credentials become settings and variables of one git process, never arguments.

use std::env;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use super::error::GitProblem;
use super::program::{self, Configuration};
use super::sent;
use super::url::{RemoteUrl, Transport};
use crate::credential::{Credential, PrivateKey, Secret, Tokens};
use crate::process::Process;

/// How to reach one remote.
#[derive(Debug, Clone)]
pub(super) struct Access {
    pub(super) url: RemoteUrl,
    /// What git gets as the remote: its name where the repository knows it, else its address.
    pub(super) target: String,
    pub(super) credential: Option<Credential>,
    /// The tokens of the App that the credential names.
    pub(super) tokens: Option<Arc<dyn Tokens>>,
    pub(super) ca_cert_path: Option<PathBuf>,
    pub(super) insecure_skip_tls: bool,
    /// Where files with secrets may live for as long as git needs them.
    pub(super) cache: PathBuf,
}

/// Files that git needs while it runs; dropping them removes them.
#[must_use]
pub(super) struct SecretFiles {
    directory: Option<PathBuf>,
}

impl Access {
    /// Checks once, at start, that the credential can sign in to this kind of remote.
    pub(super) fn check(&self) -> Result<(), GitProblem> {
        let misfit = |kind, reason| Err(GitProblem::CredentialDoesNotFit { kind, reason });
        match (&self.credential, self.url.transport) {
            (Some(Credential::DockerLocal), _) => misfit("docker_local", "it is for registries"),
            (Some(Credential::GithubApp { .. }), Transport::Ssh | Transport::Other) => {
                misfit("github_app", "an App signs in to an https address")
            }
            (Some(Credential::GithubApp { .. }), _) if cfg!(not(feature = "registry")) => {
                misfit("github_app", "this program is built without the feature `registry`")
            }
            (Some(Credential::Basic { .. }), Transport::Ssh) => misfit("basic", "the address is one of ssh"),
            (Some(Credential::AccessToken(_)), Transport::Ssh) => {
                misfit("access_token", "the address is one of ssh; use the https one")
            }
            (Some(Credential::Ssh { .. }), Transport::Http) => misfit("ssh", "the address is one of http"),
            _ => Ok(()),
        }
    }

    /// How we sign in, for messages.
    pub(super) fn credential_in_words(&self) -> String {
        match self.effective_credential() {
            None => "without a configured credential, as git itself does".to_owned(),
            Some(Credential::Basic { username, .. }) if self.credential.is_none() => {
                format!("with what stands in the remote's URL (user `{}`)", shortened(username))
            }
            Some(Credential::Basic { username, .. }) => format!("with the password of user `{username}`"),
            Some(Credential::AccessToken(_)) => "with the access token".to_owned(),
            Some(Credential::Ssh { key: Some(PrivateKey::Path(path)), .. }) => {
                format!("with the ssh key {}", path.display())
            }
            Some(Credential::Ssh { key: Some(PrivateKey::Text(_)), .. }) => {
                "with the configured ssh key".to_owned()
            }
            Some(Credential::Ssh { key: None, .. }) => "with the keys that ssh itself finds".to_owned(),
            Some(Credential::GithubApp { .. }) => "as a GitHub App".to_owned(),
            Some(Credential::DockerLocal) => "with Docker's credential".to_owned(),
        }
    }

    /// Prepares a git process that talks to the remote. The files must live until it has ended.
    pub(super) fn apply(
        &self,
        directory: &Path,
        process: Process,
    ) -> Result<(Process, SecretFiles), GitProblem> {
        match self.url.transport {
            Transport::Http => Ok((self.apply_http(process)?, SecretFiles { directory: None })),
            Transport::Ssh => self.apply_ssh(directory, process),
            Transport::Other => Ok((process, SecretFiles { directory: None })),
        }
    }

    fn effective_credential(&self) -> Option<&Credential> {
        self.credential.as_ref().or(self.url.credential.as_ref())
    }

    fn apply_http(&self, mut process: Process) -> Result<Process, GitProblem> {
        let mut configuration = Configuration::default();
        let address = &self.url.address;
        if self.insecure_skip_tls {
            configuration.set(format!("http.{address}.sslVerify"), "false");
        }
        if let Some(path) = &self.ca_cert_path {
            configuration.set(format!("http.{address}.sslCAInfo"), path.to_string_lossy());
            // The variable would win.
            process = process.without_environment("GIT_SSL_CAINFO");
        }
        let pair = match self.effective_credential() {
            Some(Credential::Basic { username, password }) => Some((username.as_str(), password.clone())),
            Some(Credential::AccessToken(token)) => Some((token_user(address), token.clone())),
            Some(Credential::GithubApp { .. }) => Some((APP_USER, self.token()?)),
            _ => None,
        };
        if let Some((user, password)) = pair {
            let encoded = sent::basic(user, &password);
            // The longest match wins in git, so this whole address goes before anything the user or a CI job has set
            // for the host, and the empty value forgets what was set for this very address.
            let header = format!("http.{address}.extraHeader");
            configuration.set(header.clone(), "");
            configuration.set(header, format!("Authorization: Basic {}", encoded.expose()));
            // Nobody else may answer when this credential is refused: the error would speak of the wrong one.
            configuration.set("credential.helper", "");
            configuration.set(format!("credential.{}.helper", origin(address)), "");
            process = process.environment("GIT_ASKPASS", "");
        }
        Ok(configuration.apply(process))
    }

    /// A token of the App, which lasts longer than git takes to sign in.
    fn token(&self) -> Result<Secret, GitProblem> {
        let reason = || "nobody was told how to ask for one".to_owned();
        let token = self.tokens.as_ref().ok_or_else(reason).and_then(|tokens| tokens.token());
        token.map_err(|reason| GitProblem::NoToken { reason })
    }

    fn apply_ssh(&self, directory: &Path, process: Process) -> Result<(Process, SecretFiles), GitProblem> {
        let mut files = SecretFiles { directory: None };
        let Some(Credential::Ssh { user, key, password, insecure_ignore_host_key }) = &self.credential else {
            let chosen = env::var_os("GIT_SSH_COMMAND").is_some() || env::var_os("GIT_SSH").is_some();
            if chosen || has_ssh_command(directory)? {
                return Ok((process, files));
            }
            return Ok((process.environment("GIT_SSH_COMMAND", format!("ssh {IMPATIENT} {BATCH}")), files));
        };
        let mut command = format!("ssh {IMPATIENT}");
        let mut process = process;
        match password {
            // In batch mode ssh would not even ask the program that knows the answer.
            Some(password) => {
                let script = files.write(&self.cache, "askpass", ASKPASS, 0o700)?;
                process = process
                    .environment("SSH_ASKPASS", script)
                    .environment("SSH_ASKPASS_REQUIRE", "force")
                    .environment(PASSPHRASE, password.expose());
                command.push_str(NO_PASSWORDS);
            }
            None => {
                command.push(' ');
                command.push_str(BATCH);
            }
        }
        if let Some(key) = key {
            let path = match key {
                PrivateKey::Path(path) => path.clone(),
                PrivateKey::Text(text) => files.write(&self.cache, "key", &key_file(text), 0o600)?,
            };
            command.push_str(" -o IdentitiesOnly=yes -i ");
            command.push_str(&quoted(&path.to_string_lossy()));
        }
        if *insecure_ignore_host_key {
            command.push_str(" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null");
        }
        if let Some(user) = user.as_ref().filter(|_| !self.url.has_user) {
            command.push_str(" -l ");
            command.push_str(&quoted(user));
        }
        Ok((process.environment("GIT_SSH_COMMAND", command), files))
    }
}

/// The user name that goes with an App's token.
const APP_USER: &str = "x-access-token";

const IMPATIENT: &str = "-o ConnectTimeout=30 -o ServerAliveInterval=15";
const BATCH: &str = "-o BatchMode=yes";
const NO_PASSWORDS: &str = " -o PasswordAuthentication=no -o KbdInteractiveAuthentication=no";

const PASSPHRASE: &str = "GLU_SSH_PASSPHRASE";

/// Answers only what it is for: a question about a host key must not be answered with a passphrase.
const ASKPASS: &str =
    "#!/bin/sh\ncase \"$1\" in\n*assphrase*) printf '%s\\n' \"$GLU_SSH_PASSPHRASE\" ;;\n*) exit 1 ;;\nesac\n";

impl SecretFiles {
    /// Writes a file which nobody else can read.
    fn write(&mut self, cache: &Path, name: &str, content: &str, mode: u32) -> Result<PathBuf, GitProblem> {
        let directory = match &self.directory {
            Some(directory) => directory.clone(),
            None => {
                let directory = private_directory(&cache.join("ssh"))?;
                self.directory.insert(directory).clone()
            }
        };
        let path = directory.join(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
        let mut file: File = options.open(&path).map_err(GitProblem::io(&path))?;
        file.write_all(content.as_bytes()).map_err(GitProblem::io(&path))?;
        Ok(path)
    }
}

impl Drop for SecretFiles {
    fn drop(&mut self) {
        if let Some(directory) = &self.directory {
            let _ = fs::remove_dir_all(directory);
        }
    }
}

/// Makes a fresh directory for its owner alone, and clears away those that a killed process left behind.
fn private_directory(parent: &Path) -> Result<PathBuf, GitProblem> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    fs::create_dir_all(parent).map_err(GitProblem::io(parent))?;
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        let age = modified.ok().and_then(|modified| SystemTime::now().duration_since(modified).ok());
        if age.is_some_and(|age| age > Duration::from_secs(3600)) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_nanos();
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let directory = parent.join(format!("{}-{since_epoch}-{number}", std::process::id()));
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&directory).map_err(GitProblem::io(&directory))?;
    Ok(directory)
}

/// ssh reads no key without a final newline, nor one with carriage returns.
fn key_file(text: &Secret) -> String {
    format!("{}\n", text.expose().replace("\r\n", "\n").trim_end())
}

fn has_ssh_command(directory: &Path) -> Result<bool, GitProblem> {
    let asked = program::git_in(directory)?.arguments(["config", "--get", "core.sshCommand"]).run()?;
    Ok(asked.code == 0)
}

/// The user name that goes with a token: GitHub and Gitea take any, GitLab and Bitbucket have their own.
fn token_user(address: &str) -> &'static str {
    let host = origin(address).to_ascii_lowercase();
    if host.contains("gitlab") {
        "oauth2"
    } else if host.contains("bitbucket") {
        "x-token-auth"
    } else {
        APP_USER
    }
}

/// The scheme and host of an address.
fn origin(address: &str) -> &str {
    let start = address.find("://").map_or(0, |scheme| scheme + 3);
    address[start..].find('/').map_or(address, |path| &address[..start + path])
}

/// A word for the shell that reads `GIT_SSH_COMMAND`.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Enough of a user name to know it by, should a token stand in its place.
fn shortened(user: &str) -> String {
    if user.chars().count() > 16 {
        format!("{}...", user.chars().take(4).collect::<String>())
    } else {
        user.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(url: &str, credential: Option<Credential>) -> Access {
        Access {
            url: RemoteUrl::parse(url),
            target: "origin".to_owned(),
            credential,
            tokens: None,
            ca_cert_path: None,
            insecure_skip_tls: false,
            cache: PathBuf::new(),
        }
    }

    /// What git itself makes of the settings for an address.
    fn configured(access: &Access, key: &str, address: &str) -> String {
        let process = access.apply_http(program::git().unwrap()).unwrap();
        let process = process.arguments(["config", "--get-urlmatch", key, address]);
        String::from_utf8(process.run().unwrap().stdout).unwrap()
    }

    #[test]
    fn a_password_becomes_a_header_for_its_address_only() {
        let credential = Credential::Basic { username: "jane".into(), password: Secret::new("secret") };
        let access = access("https://example.com/app.git", Some(credential));
        let header = "Authorization: Basic amFuZTpzZWNyZXQ=\n";
        assert_eq!(configured(&access, "http.extraHeader", "https://example.com/app.git"), header);
        assert_eq!(configured(&access, "http.extraHeader", "https://example.org/app.git"), "");
    }

    #[test]
    fn what_stands_in_the_url_signs_in_too() {
        let access = access("https://jane:secret@example.com/app.git", None);
        let header = "Authorization: Basic amFuZTpzZWNyZXQ=\n";
        assert_eq!(configured(&access, "http.extraHeader", "https://example.com/app.git"), header);
        assert!(!access.credential_in_words().contains("secret"));
    }

    /// Gives `t1`, `t2` and so on, and none after the third.
    #[derive(Debug, Default)]
    struct Counting(AtomicU64);

    impl Tokens for Counting {
        fn token(&self) -> Result<Secret, String> {
            match self.0.fetch_add(1, Ordering::Relaxed) + 1 {
                4.. => Err("the App is suspended".to_owned()),
                number => Ok(Secret::new(format!("t{number}"))),
            }
        }
    }

    #[test]
    fn an_app_signs_in_with_the_token_of_the_moment() {
        let app = Credential::GithubApp {
            app_id: 1,
            installation_id: 2,
            key: PrivateKey::Text(Secret::new("key")),
        };
        let url = "https://git.example.com/app.git";
        let nobody = access(url, Some(app.clone())).apply_http(program::git().unwrap()).map(drop);
        assert!(matches!(nobody, Err(GitProblem::NoToken { .. })), "{nobody:?}");
        let access = Access { tokens: Some(Arc::new(Counting::default())), ..access(url, Some(app.clone())) };
        // `x-access-token:t1` and so on, by coreutils' base64.
        for encoded in ["eC1hY2Nlc3MtdG9rZW46dDE=", "eC1hY2Nlc3MtdG9rZW46dDI=", "eC1hY2Nlc3MtdG9rZW46dDM="] {
            let header = format!("Authorization: Basic {encoded}\n");
            assert_eq!(configured(&access, "http.extraHeader", url), header);
        }
        let refused = access.apply_http(program::git().unwrap()).map(drop).unwrap_err();
        assert_eq!(refused.to_string(), "there is no token to sign in with: the App is suspended");
        for other in ["git@git.example.com:app.git", "/srv/app.git"] {
            assert!(self::access(other, Some(app.clone())).check().is_err(), "{other}");
        }
    }

    #[test]
    fn credentials_that_cannot_work_are_refused_at_once() {
        let token = || Some(Credential::AccessToken(Secret::new("t")));
        assert!(access("git@example.com:app.git", token()).check().is_err());
        assert!(access("https://example.com/app.git", token()).check().is_ok());
        assert!(access("https://example.com/app.git", Some(Credential::DockerLocal)).check().is_err());
    }

    #[test]
    fn files_with_secrets_are_private_and_do_not_stay() {
        use std::os::unix::fs::PermissionsExt;
        let cache = tempfile::tempdir().unwrap();
        let mut files = SecretFiles { directory: None };
        let path = files.write(cache.path(), "key", "secret", 0o600).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
        drop(files);
        assert_eq!(fs::read_dir(cache.path().join("ssh")).unwrap().count(), 0);
    }

    #[test]
    fn words_for_the_shell_are_quoted() {
        assert_eq!(quoted("a b'c"), r"'a b'\''c'");
    }
}
