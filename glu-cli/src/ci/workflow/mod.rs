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
mod woodpecker;

use std::path::Path;

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
}

/// A file of a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowFile {
    /// Where it belongs, from the top of the repository.
    pub path: String,
    /// All of it.
    pub text: String,
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

    /// Recognises the host: by the address of the remote, else by the files of the repository.
    pub fn recognise(remote: Option<&str>, root: &Path) -> Option<Self> {
        remote.and_then(Self::of_remote).or_else(|| {
            let there = |host: &&Self| host.traces().iter().any(|name| root.join(name).exists());
            // A host's own files say more than those of systems that work for any host.
            Self::ALL.iter().find(there).copied()
        })
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

    /// What there is to do by hand before the workflow can write.
    pub fn advice(self) -> Option<&'static str> {
        Some(match self {
            Self::Github | Self::Bitbucket => return None,
            Self::Gitlab => gitlab::ADVICE,
            Self::Gitea => gitea::ADVICE,
            Self::Azure => azure::ADVICE,
            Self::Jenkins => jenkins::ADVICE,
            Self::Circleci => circleci::ADVICE,
            Self::Buildkite => buildkite::ADVICE,
            Self::Woodpecker => woodpecker::ADVICE,
        })
    }

    fn comment(self) -> &'static str {
        if self == Self::Jenkins { "//" } else { "#" }
    }

    /// Puts a line before a text by which it is known again.
    fn signed(self, text: &str) -> String {
        let (comment, name, print) = (self.comment(), self.name(), print(text));
        format!(
            "{comment} Written by `glu ci init {name}`, which replaces it as long as nobody edits it: {print}\n{text}"
        )
    }
}

impl WorkflowFile {
    /// How a file that is there relates to this one.
    pub fn standing(&self, there: &str) -> Standing {
        if there == self.text {
            return Standing::Same;
        }
        let ours = there.split_once('\n').is_some_and(|(first, rest)| {
            first.contains("Written by `glu ci init") && first.rsplit(' ').next() == Some(&*print(rest))
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
        let name: String = self
            .source
            .chars()
            .map(
                |character| {
                    if character.is_ascii_alphanumeric() { character.to_ascii_uppercase() } else { '_' }
                },
            )
            .collect();
        format!("GLU_SOURCES_GIT_{name}_{key}")
    }

    fn asks(&self, registry: &str) -> bool {
        self.registries.iter().any(|known| known == registry)
    }
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
mod tests {
    use super::*;
    use glu_core::document::{Format, to_value};

    fn facts() -> Facts {
        Facts {
            package: "delivery".to_owned(),
            program: "delivery".to_owned(),
            directory: ".".to_owned(),
            phases: vec!["staging".to_owned(), "production".to_owned()],
            registries: vec!["ghcr.io".to_owned()],
            source: "default".to_owned(),
        }
    }

    #[test]
    fn each_host_is_recognised() {
        let empty = tempfile::tempdir().unwrap();
        for (remote, expected) in [
            ("https://github.com/acme/x", Some(Host::Github)),
            ("git@gitlab.example.com:acme/x.git", Some(Host::Gitlab)),
            ("ssh://git@codeberg.org:22/acme/gitlab", Some(Host::Gitea)),
            ("https://ada@bitbucket.org/acme/x", Some(Host::Bitbucket)),
            ("git@ssh.dev.azure.com:v3/acme/x/x", Some(Host::Azure)),
            ("https://git.example/github", None),
            ("/srv/gitlab/x.git", None),
        ] {
            assert_eq!(Host::recognise(Some(remote), empty.path()), expected, "{remote}");
        }
        let tree = tempfile::tempdir().unwrap();
        std::fs::write(tree.path().join("Jenkinsfile"), "").unwrap();
        assert_eq!(Host::recognise(Some("https://git.example/x"), tree.path()), Some(Host::Jenkins));
        std::fs::write(tree.path().join(".gitlab-ci.yml"), "").unwrap();
        assert_eq!(Host::recognise(None, tree.path()), Some(Host::Gitlab));
    }

    #[test]
    fn every_file_is_yaml_and_does_the_three_things() {
        for host in Host::ALL {
            let file = host.file(&facts());
            if *host != Host::Jenkins {
                to_value(Format::Yaml, &file.text)
                    .unwrap_or_else(|error| panic!("{host:?}: {error}\n{}", file.text));
            }
            for needed in [
                "delivery/target/glu/debug/delivery plan",
                "delivery/target/glu/debug/delivery run --once",
                "delivery/target/glu/debug/delivery promote \"$PHASE\" --yes",
                "delivery/target/glu/debug/delivery build",
                "--locked --manifest-path delivery/Cargo.toml --target-dir delivery/target/glu",
                "CARGO_TARGET_DIR",
                "staging",
                "production",
            ] {
                // Buildkite's agent takes two dollar signs for one.
                let text = file.text.replace("$$", "$");
                assert!(text.contains(needed), "{host:?} lacks {needed}\n{}", file.text);
            }
            assert!(!file.text.contains("{{{{"), "{}", file.text);
        }
    }

    #[test]
    fn a_file_that_nobody_edited_is_known_again() {
        let old = Host::Github.file(&facts());
        let new = Host::Github.file(&Facts { phases: vec!["live".to_owned()], ..facts() });
        assert_eq!(new.standing(&new.text), Standing::Same);
        assert_eq!(new.standing(&old.text), Standing::Ours);
        assert_eq!(new.standing(&old.text.replace("staging", "stage")), Standing::Foreign);
        assert_eq!(new.standing("on: push\n"), Standing::Foreign);
        assert_eq!(new.standing(""), Standing::Foreign);
    }

    #[test]
    fn a_crate_and_a_configuration_may_be_anywhere() {
        let facts = Facts { package: ".".to_owned(), directory: "ops dir".to_owned(), ..facts() };
        assert_eq!(facts.glu("plan"), "target/glu/debug/delivery -C 'ops dir' plan");
        assert_eq!(
            facts.build()[0],
            "test -x target/glu/debug/delivery || cargo build --locked --manifest-path Cargo.toml --target-dir target/glu"
        );
        let facts = Facts { package: "my ops".to_owned(), ..facts };
        assert_eq!(facts.glu("plan"), "'my ops/target/glu/debug/delivery' -C 'ops dir' plan");
        assert_eq!(facts.source_variable("REMOTE_CREDENTIAL"), "GLU_SOURCES_GIT_DEFAULT_REMOTE_CREDENTIAL");
    }
}
