//! The workflow that runs glu on a CI system: a plan on each pull request, `run --once` on a schedule and on demand, a promotion by hand.
//!
//! Every workflow keeps the launcher's target directory from one job to the next. The program in it builds itself anew if anything that it is
//! made of has changed, by contents and not by time, so that a job that changes nothing compiles nothing.

mod azure;
mod bitbucket;
mod buildkite;
mod circleci;
mod gitea;
mod github;
mod gitlab;
mod jenkins;
mod needs;
mod woodpecker;

use std::path::Path;

pub use needs::Needs;

/// How the line begins by which a workflow is known again.
const MARK: &str = "Written by `glu ci init";

/// A system that a workflow can be written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Host {
    /// GitHub Actions.
    Github,
    /// GitLab CI.
    Gitlab,
    /// Gitea and Forgejo Actions.
    Gitea,
    /// Bitbucket Pipelines.
    Bitbucket,
    /// Azure Pipelines.
    Azure,
    /// Jenkins.
    Jenkins,
    /// CircleCI.
    Circleci,
    /// Buildkite.
    Buildkite,
    /// Woodpecker.
    Woodpecker,
}

/// What a workflow is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The pipelines crate's directory, from the top of the repository; `.` for the top itself.
    pub package: String,
    /// The name of the program that it is built into.
    pub program: String,
    /// The directory from which the configuration is found, from the top of the repository; `.` for the top itself.
    pub directory: String,
    /// The phases that states can be promoted to.
    pub phases: Vec<String>,
    /// The hosts of the registries that are asked.
    pub registries: Vec<String>,
    /// The git source that is written to.
    pub source: String,
    /// What the jobs need besides the right to push.
    pub needs: Needs,
}

/// A file of a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowFile {
    /// Where it belongs, from the top of the repository.
    pub path: String,
    /// All of it.
    pub text: String,
}

/// Something that tells which system is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign {
    /// The system.
    pub host: Host,
    /// What tells it, as in "as `.github` says".
    pub from: String,
}

/// How a file that is there relates to the one that would be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is the same.
    Same,
    /// It was written by an earlier run, and nobody has edited it since.
    Ours,
    /// It is somebody's own.
    Foreign,
}

impl Host {
    /// Every host.
    pub const ALL: &[Self] = &[
        Self::Github,
        Self::Gitlab,
        Self::Gitea,
        Self::Bitbucket,
        Self::Azure,
        Self::Jenkins,
        Self::Circleci,
        Self::Buildkite,
        Self::Woodpecker,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Gitea => "gitea",
            Self::Bitbucket => "bitbucket",
            Self::Azure => "azure",
            Self::Jenkins => "jenkins",
            Self::Circleci => "circleci",
            Self::Buildkite => "buildkite",
            Self::Woodpecker => "woodpecker",
        }
    }

    /// What tells the system, the best first: the address of `origin`, those of the configured remotes if they agree, the files of the repository.
    pub fn signs(origin: Option<&str>, configured: &[&str], root: &Path) -> Vec<Sign> {
        let mut signs = Vec::new();
        if let Some(host) = origin.and_then(Self::of_remote) {
            signs.push(Sign { host, from: "the remote `origin`".to_owned() });
        }
        let told: Vec<Self> = configured.iter().filter_map(|remote| Self::of_remote(remote)).collect();
        if let Some(&host) = told.first()
            && told.iter().all(|other| *other == host)
        {
            signs.push(Sign { host, from: "the remotes in the configuration".to_owned() });
        }
        // A host's own files say more than those of systems that work for any host.
        for &host in Self::ALL {
            if let Some(name) = host.traces().iter().find(|name| root.join(name).exists()) {
                signs.push(Sign { host, from: format!("`{name}`") });
            }
        }
        signs
    }

    /// Recognises the host: by the address of the remote, else by the files of the repository.
    pub fn recognise(remote: Option<&str>, root: &Path) -> Option<Self> {
        Self::signs(remote, &[], root).first().map(|sign| sign.host)
    }

    /// Whether the workflow for this system is there and was written by glu, whoever edited it since.
    pub fn is_written(self, facts: &Facts, root: &Path) -> bool {
        let text = std::fs::read_to_string(root.join(self.file(facts).path)).unwrap_or_default();
        text.lines().next().is_some_and(|first| first.contains(&format!("{MARK} {}`", self.name())))
    }

    fn of_remote(remote: &str) -> Option<Self> {
        let host = host_of(remote)?.to_ascii_lowercase();
        let known: &[(&str, Self)] = &[
            ("github", Self::Github),
            ("gitlab", Self::Gitlab),
            ("gitea", Self::Gitea),
            ("forgejo", Self::Gitea),
            ("codeberg.org", Self::Gitea),
            ("bitbucket.org", Self::Bitbucket),
            ("dev.azure.com", Self::Azure),
            ("visualstudio.com", Self::Azure),
        ];
        known.iter().find(|(name, _)| host.contains(name)).map(|(_, host)| *host)
    }

    /// What a repository has in it that uses this system.
    fn traces(self) -> &'static [&'static str] {
        match self {
            Self::Github => &[".github"],
            Self::Gitlab => &[".gitlab-ci.yml", ".gitlab"],
            Self::Gitea => &[".gitea", ".forgejo"],
            Self::Bitbucket => &["bitbucket-pipelines.yml"],
            Self::Azure => &["azure-pipelines.yml", ".azure-pipelines"],
            Self::Jenkins => &["Jenkinsfile"],
            Self::Circleci => &[".circleci"],
            Self::Buildkite => &[".buildkite"],
            Self::Woodpecker => &[".woodpecker", ".woodpecker.yaml", ".woodpecker.yml"],
        }
    }

    /// The file with the workflow.
    pub fn file(self, facts: &Facts) -> WorkflowFile {
        let (path, text) = match self {
            Self::Github => (github::FILE, github::workflow(facts)),
            Self::Gitlab => (gitlab::FILE, gitlab::workflow(facts)),
            Self::Gitea => (gitea::FILE, gitea::workflow(facts)),
            Self::Bitbucket => (bitbucket::FILE, bitbucket::workflow(facts)),
            Self::Azure => (azure::FILE, azure::workflow(facts)),
            Self::Jenkins => (jenkins::FILE, jenkins::workflow(facts)),
            Self::Circleci => (circleci::FILE, circleci::workflow(facts)),
            Self::Buildkite => (buildkite::FILE, buildkite::workflow(facts)),
            Self::Woodpecker => (woodpecker::FILE, woodpecker::workflow(facts)),
        };
        WorkflowFile { path: path.to_owned(), text: self.signed(&text) }
    }

    /// The file that has to name the other one, where there is one: with its text if nothing else is in it, and what to do if it exists.
    pub fn entry(self) -> Option<(WorkflowFile, &'static str)> {
        let (path, text, advice) = match self {
            Self::Gitlab => gitlab::ENTRY,
            _ => return None,
        };
        Some((WorkflowFile { path: path.to_owned(), text: text.to_owned() }, advice))
    }

    /// What there is to do by hand before the workflow can do all of it.
    pub fn advice(self, facts: &Facts) -> Vec<String> {
        let needs = &facts.needs;
        let mut advice = match self {
            Self::Github => github::advice(needs),
            Self::Bitbucket => vec![bitbucket::advice(needs)],
            Self::Gitlab => vec![gitlab::advice(needs)],
            Self::Gitea => gitea::advice(needs),
            Self::Azure => vec![azure::advice(needs)],
            Self::Jenkins => vec![jenkins::advice(needs)],
            Self::Circleci => vec![circleci::advice(needs)],
            Self::Buildkite => vec![buildkite::advice(needs)],
            Self::Woodpecker => vec![woodpecker::advice(needs)],
        };
        if !needs.secrets.is_empty() {
            let secrets = needs.secrets.iter().map(|name| self.secret(name));
            let secrets: Vec<String> = secrets.collect();
            let place = self.secret_place();
            advice.push(format!(
                "the configuration's file leaves these to variables; put them into {place}: {}",
                secrets.join(", ")
            ));
        }
        advice
    }

    /// Where secrets of a name of one's own are kept.
    fn secret_place(self) -> &'static str {
        match self {
            Self::Github | Self::Gitea => "the repository's secrets for Actions",
            Self::Gitlab => "CI/CD variables",
            Self::Bitbucket => "secured variables of the repository",
            Self::Azure => "secret variables of the pipeline",
            Self::Jenkins => {
                "credentials with these identifiers, keys as secret files and everything else as secret texts"
            }
            Self::Circleci => "environment variables of the project",
            Self::Buildkite => "the environment of the agents",
            Self::Woodpecker => "secrets that pull requests see too",
        }
    }

    /// What a secret is called there.
    fn secret(self, variable: &str) -> String {
        match self {
            Self::Jenkins => jenkins::secret(variable),
            Self::Woodpecker => woodpecker::secret(variable),
            _ => variable.to_owned(),
        }
    }

    fn comment(self) -> &'static str {
        if self == Self::Jenkins { "//" } else { "#" }
    }

    /// Puts a line before a text by which it is known again.
    fn signed(self, text: &str) -> String {
        let (comment, name, print) = (self.comment(), self.name(), print(text));
        format!("{comment} {MARK} {name}`, which replaces it as long as nobody edits it: {print}\n{text}")
    }
}

impl WorkflowFile {
    /// How a file that is there relates to this one.
    pub fn standing(&self, there: &str) -> Standing {
        if there == self.text {
            return Standing::Same;
        }
        let ours = there.split_once('\n').is_some_and(|(first, rest)| {
            first.contains(MARK) && first.rsplit(' ').next() == Some(&*print(rest))
        });
        if ours { Standing::Ours } else { Standing::Foreign }
    }
}

impl Facts {
    /// A path below the crate's directory.
    fn below(&self, path: &str) -> String {
        if self.package == "." { path.to_owned() } else { format!("{}/{path}", self.package) }
    }

    /// Cargo's target directory, the value of `CARGO_TARGET_DIR`.
    fn target(&self) -> String {
        self.below("target")
    }

    /// The directory that is kept from one job to the next.
    fn kept(&self) -> String {
        format!("{}/glu", self.target())
    }

    /// The command line of a verb.
    fn glu(&self, verb: &str) -> String {
        let program = shell(&format!("{}/debug/{}", self.kept(), self.program));
        match self.directory.as_str() {
            "." => format!("{program} {verb}"),
            directory => format!("{program} -C {} {verb}", shell(directory)),
        }
    }

    /// The commands that make the program what its sources say.
    fn build(&self) -> [String; 2] {
        let program = shell(&format!("{}/debug/{}", self.kept(), self.program));
        let (manifest, kept) = (shell(&self.below("Cargo.toml")), shell(&self.kept()));
        [
            format!(
                "test -x {program} || cargo build --locked --manifest-path {manifest} --target-dir {kept}"
            ),
            self.glu("build"),
        ]
    }

    /// The commands as the lines of a block, each behind an indent.
    fn build_lines(&self, indent: usize) -> String {
        lines(self.build(), indent)
    }

    /// The commands as the items of a list.
    fn build_items(&self, indent: usize) -> String {
        lines(self.build().map(|line| format!("- {line}")), indent)
    }

    /// The phases as the items of a list.
    fn phase_items(&self, indent: usize) -> String {
        lines(self.phases.iter().map(|phase| format!("- {}", yaml(phase))), indent)
    }

    /// The name of a variable of the git source.
    fn source_variable(&self, key: &str) -> String {
        format!("GLU_SOURCES_GIT_{}_{key}", capitals(&self.source))
    }

    fn asks(&self, registry: &str) -> bool {
        self.registries.iter().any(|known| known == registry)
    }
}

/// A name, or the path of a key, as part of a variable's name.
fn capitals(name: &str) -> String {
    let capital = |character: char| match character.is_ascii_alphanumeric() {
        true => character.to_ascii_uppercase(),
        false => '_',
    };
    name.chars().map(capital).collect()
}

/// What a step's commands have in their environment, as lines behind an indent; nothing where it is empty.
fn environment(variables: impl IntoIterator<Item = (String, String)>, indent: usize) -> String {
    let variables = variables.into_iter().map(|(name, value)| format!("  {name}: {value}"));
    let variables: Vec<String> = variables.collect();
    let head = (!variables.is_empty()).then(|| "env:".to_owned());
    lines(head.into_iter().chain(variables), indent)
}

fn lines(lines: impl IntoIterator<Item = String>, indent: usize) -> String {
    lines.into_iter().map(|line| format!("{}{line}\n", " ".repeat(indent))).collect()
}

/// A name as YAML, where some words are no text and nothing that begins with a digit is.
fn yaml(name: &str) -> String {
    let word = name.to_ascii_lowercase();
    let is_text = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && !["true", "false", "yes", "no", "on", "off", "y", "n", "null"].contains(&&*word);
    if is_text { name.to_owned() } else { format!("\"{name}\"") }
}

/// A word of a shell's command line.
fn shell(text: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "._-/".contains(character);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// The host of `https://host/...`, `ssh://user@host:22/...` or `user@host:path`.
fn host_of(remote: &str) -> Option<&str> {
    let rest = match remote.split_once("://") {
        Some((_, rest)) => rest.split('/').next()?,
        None => remote.split_once(':')?.0,
    };
    let host = rest.rsplit('@').next()?.split(':').next()?;
    (!host.is_empty() && !host.contains('/')).then_some(host)
}

fn print(text: &str) -> String {
    hmac_sha256::Hash::hash(text.as_bytes())[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
