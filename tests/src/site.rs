//! A place where a program runs: its configuration, its home, an image layout, and a git remote on disk.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use glu::core::clock::SystemClock;
use glu::core::source::oci::layout::{ImageContent, publish};
use glu::testing::{Directory, Remote};

use crate::program::Program;

/// The name images have in manifests.
pub const IMAGE: &str = "registry.example/app";

/// A directory that is gone with its value.
pub struct Site {
    directory: Directory,
    remote: Remote,
}

impl Site {
    /// A site whose git source is its own remote, by path, and whose images are in a layout.
    #[expect(clippy::new_without_default, reason = "a default should not touch the disk")]
    pub fn new() -> Self {
        let directory = Directory::new();
        let remote = Remote::create(&directory.path().join("served/app.git"), Arc::new(SystemClock));
        fs::create_dir_all(remote.path().join("hooks")).unwrap();
        fs::create_dir_all(directory.path().join("home")).unwrap();
        let site = Self { directory, remote };
        site.configure(
            "[sources.git.environments]\nremote.url = \"served/app.git\"\n",
            &format!("[sources.oci.app]\nreference = \"oci:images:latest\"\nname = \"{IMAGE}\"\n"),
        );
        site
    }

    /// Writes a configuration with these sections for git and images.
    pub fn configure(&self, git: &str, images: &str) {
        let commit = "cache = \"cache\"\n[commit]\nname = \"glu\"\nemail = \"glu@example.com\"\n";
        self.directory.write("glu.toml", format!("{commit}\n{git}\n{images}"));
    }

    /// The git section for an address and the name of a credential, followed by more of the configuration.
    pub fn configure_remote(&self, url: &str, remote: &str, rest: &str) {
        self.configure(
            &format!("[sources.git.environments.remote]\nurl = \"{url}\"\n{remote}\n{rest}"),
            &format!("[sources.oci.app]\nreference = \"oci:images:latest\"\nname = \"{IMAGE}\"\n"),
        );
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The directory that all its remotes are in.
    pub fn served(&self) -> PathBuf {
        self.path().join("served")
    }

    /// The remote.
    pub fn remote(&self) -> &Remote {
        &self.remote
    }

    /// Where the program keeps its clones unless told otherwise.
    pub fn cache(&self) -> PathBuf {
        self.path().join("cache")
    }

    /// A program that runs here.
    pub fn program(&self, binary: &str) -> Program {
        Program::new(binary, self.path(), &self.path().join("home"))
    }

    /// Publishes a version as `latest`, and gives the digest.
    pub fn publish(&self, version: &str) -> String {
        let annotation = ("org.opencontainers.image.version".to_owned(), version.to_owned());
        let content = ImageContent { annotations: [annotation].into(), ..ImageContent::default() };
        publish(&self.path().join("images"), "latest", &content).unwrap().to_string()
    }

    /// Commits the environments of the example app, all at one version.
    pub fn deploy(&self, digest: &str) {
        let manifest = deployment(digest);
        let files = ["staging", "production"].map(|phase| (manifest_of(phase), manifest.as_str()));
        self.remote.commit("Deploy the app", files.iter().map(|(path, text)| (path.as_str(), *text)));
    }

    /// Commits services for the fleet, all at one version, on `main` and on `production`.
    pub fn deploy_fleet(&self, services: impl IntoIterator<Item = String>, digest: &str) {
        let text = service(digest);
        let files: Vec<(String, String)> = services
            .into_iter()
            .flat_map(|name| ["staging", "production"].map(|phase| (service_of(&name, phase), text.clone())))
            .collect();
        let files = || files.iter().map(|(path, text)| (path.as_str(), text.as_str()));
        self.remote.commit("Deploy the fleet", files());
        git(self.remote.path(), &["update-ref", "refs/heads/production", "refs/heads/main"]);
    }

    /// Makes a script the remote's hook.
    pub fn hook(&self, name: &str, script: &str) {
        executable(&self.remote.path().join("hooks").join(name), script);
    }

    /// Removes a hook.
    pub fn unhook(&self, name: &str) {
        fs::remove_file(self.remote.path().join("hooks").join(name)).unwrap();
    }

    /// Makes the first push wait in the remote's hook, when everything has been computed and sent, until it is let go.
    pub fn hold_first_push(&self) -> HeldPush {
        let held = HeldPush { directory: self.path().join("held") };
        fs::create_dir_all(&held.directory).unwrap();
        let directory = held.directory.display();
        self.hook(
            "pre-receive",
            &format!(
                "mkdir {directory}/first 2>/dev/null || exit 0\n\
                 while [ -d {directory} ] && [ ! -e {directory}/go ]; do sleep 0.01; done\n"
            ),
        );
        held
    }
}

/// A push that waits.
pub struct HeldPush {
    directory: PathBuf,
}

impl HeldPush {
    /// Whether there is one.
    pub fn waits(&self) -> bool {
        self.directory.join("first").exists()
    }

    /// Lets it go on.
    pub fn let_go(&self) {
        fs::write(self.directory.join("go"), "").unwrap();
    }
}

/// The manifest of the example app in a phase.
pub fn manifest_of(phase: &str) -> String {
    format!("env/{phase}/deployment.yaml")
}

/// The example app's manifest, which says the digest in two places.
pub fn deployment(digest: &str) -> String {
    format!(
        "# Managed by the platform team.\nkind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n        - name: app\n          \
         image: {IMAGE}@{digest}  # moved by glu\n          env:\n            - name: APP_IMAGE_DIGEST\n              value: \"{digest}\"\n"
    )
}

/// The file of a service of the fleet in a phase.
pub fn service_of(name: &str, phase: &str) -> String {
    format!("apps/{name}/{phase}.yaml")
}

/// That file's content.
pub fn service(digest: &str) -> String {
    format!("image: {IMAGE}@{digest}\n")
}

/// Writes a shell script.
pub fn executable(path: &Path, script: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    // Another process writes the program: a file that this one has open for writing could be inherited by a process that
    // another test starts meanwhile, and could not be executed until that one is gone.
    let source = path.with_extension("source");
    fs::write(&source, format!("#!/bin/sh\n{script}")).unwrap();
    fs::set_permissions(&source, Permissions::from_mode(0o755)).unwrap();
    assert!(Command::new("cp").arg(&source).arg(path).status().unwrap().success());
    fs::remove_file(source).unwrap();
}

/// Runs git in a repository, without the user's configuration; it must succeed.
#[track_caller]
pub fn git(directory: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.arg("-C").arg(directory).args(arguments).stdin(Stdio::null());
    for role in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{role}_NAME"), "Ada").env(format!("GIT_{role}_EMAIL"), "ada@example.com");
    }
    let output = command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").output();
    let output =
        output.unwrap_or_else(|error| panic!("this test needs `git`: install the package git ({error})"));
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
