//! A machine on which somebody begins with glu: directories of their own, git without anybody's configuration, and cargo, which
//! builds everything into one target directory, so that dependencies are compiled once.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use glu::core::process::Process;
use tempfile::TempDir;

/// The workspace's top.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the suite is in a workspace")
}

/// The directory with the workspace's binaries, after building them.
pub fn built(arguments: &[&str]) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it is");
    let profile = test.parent().and_then(Path::parent).expect("tests are in PROFILE/deps");
    let cargo = Process::new("cargo", "building", "install Rust")
        .arguments(["build", "--quiet"])
        .arguments(arguments.iter().copied())
        .arguments(["--target-dir".as_ref(), profile.parent().expect("a profile is in the target directory")])
        .directory(workspace())
        .timeout(Duration::from_secs(1200));
    let finished = afresh(cargo).run().expect("cargo runs");
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    profile.to_owned()
}

/// One machine; it is gone with its value. There is one at a time: to cargo, crates of one name that share a target directory are one
/// crate, which it builds again only for sources that are newer than the last build.
pub struct Machine {
    _alone: MutexGuard<'static, ()>,
    directory: TempDir,
    environment: Vec<(String, String)>,
}

/// How a command ended.
#[derive(Debug)]
#[must_use]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Machine {
    pub fn new() -> Self {
        static MACHINE: Mutex<()> = Mutex::new(());
        let alone = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
        let directory = TempDir::new().expect("a temporary directory");
        let here = |name: &str| directory.path().join(name).to_string_lossy().into_owned();
        let target = shared_target();
        let environment = [
            ("XDG_CACHE_HOME", here("cache")),
            ("DOCKER_CONFIG", here("docker")),
            ("GIT_CONFIG_GLOBAL", "/dev/null".to_owned()),
            ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
            ("GIT_AUTHOR_NAME", "Ada Example".to_owned()),
            ("GIT_AUTHOR_EMAIL", "ada@example.com".to_owned()),
            ("GIT_COMMITTER_NAME", "Ada Example".to_owned()),
            ("GIT_COMMITTER_EMAIL", "ada@example.com".to_owned()),
            ("CARGO_NET_OFFLINE", "true".to_owned()),
            // The launcher builds in a directory `glu` below this one; here cargo builds there too.
            ("CARGO_TARGET_DIR", target.join("glu").to_string_lossy().into_owned()),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value)).to_vec();
        Self { _alone: alone, directory, environment }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Runs a program with more variables than the machine's own.
    pub fn run_with(
        &self,
        directory: &Path,
        environment: &[(&str, &str)],
        program: &Path,
        arguments: &[&str],
    ) -> Ended {
        let mut process = Process::new(program, "the test", "install it")
            .arguments(arguments.iter().copied())
            .directory(directory)
            .timeout(Duration::from_secs(1200));
        for inherited in ["NO_COLOR", "GLU_PROGRAM"].iter().chain(glu_tests::CI_MARKERS) {
            process = process.without_environment(*inherited);
        }
        process = afresh(process);
        for (name, value) in &self.environment {
            process = process.environment(name, value);
        }
        for (name, value) in environment {
            process = process.environment(name, value);
        }
        let finished = process.run().expect("a program that can be run");
        let out = String::from_utf8(finished.stdout).expect("text");
        Ended { code: finished.code, out, err: finished.stderr }
    }

    pub fn run(&self, directory: &Path, program: &Path, arguments: &[&str]) -> Ended {
        self.run_with(directory, &[], program, arguments)
    }

    pub fn git(&self, directory: &Path, arguments: &[&str]) -> String {
        self.run(directory, Path::new("git"), arguments).success()
    }

    pub fn cargo(&self, directory: &Path, arguments: &[&str]) -> Ended {
        self.run(directory, Path::new("cargo"), arguments)
    }

    /// Runs the launcher.
    pub fn glu(&self, directory: &Path, arguments: &[&str]) -> Ended {
        static LAUNCHER: OnceLock<PathBuf> = OnceLock::new();
        let launcher = LAUNCHER.get_or_init(|| built(&["--package", "glu-cli", "--bin", "glu"]).join("glu"));
        let target = shared_target().to_string_lossy().into_owned();
        self.run_with(directory, &[("CARGO_TARGET_DIR", &target)], launcher, arguments)
    }

    /// A repository with these files, committed on `main`.
    pub fn repository(&self, name: &str, files: &[(&str, &str)]) -> PathBuf {
        let root = self.path(name);
        write(&root, files);
        self.git(&root, &["init", "--quiet", "--initial-branch=main"]);
        self.git(&root, &["add", "--all"]);
        self.git(&root, &["commit", "--quiet", "--message=Deploy"]);
        root
    }

    /// Makes a bare repository the `origin` of a repository, and pushes to it.
    pub fn publish(&self, root: &Path, origin: &str) -> PathBuf {
        let bare = self.path(origin);
        let address = bare.to_string_lossy().into_owned();
        self.git(root, &["init", "--quiet", "--bare", "--initial-branch=main", &address]);
        self.git(root, &["remote", "add", "origin", &address]);
        self.git(root, &["push", "--quiet", "--set-upstream", "origin", "main"]);
        bare
    }

    /// Writes a pipelines program that uses this checkout's library, with the versions of its lock file.
    pub fn init(&self, root: &Path) -> String {
        let checkout = workspace().join("glu-cli").to_string_lossy().into_owned();
        let shown = self.glu(root, &["init", "--glu", &checkout]).success();
        std::fs::copy(workspace().join("Cargo.lock"), root.join("delivery/Cargo.lock")).expect("a copy");
        shown
    }
}

impl Ended {
    /// Expects exit code 0, and gives standard output.
    #[track_caller]
    pub fn success(self) -> String {
        self.code(0)
    }

    /// Expects an exit code, and gives standard output.
    #[track_caller]
    pub fn code(self, expected: i32) -> String {
        assert_eq!(self.code, expected, "{}{}", self.out, self.err);
        self.out
    }
}

/// Writes files below a directory.
pub fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("a file is in a directory")).expect("a directory");
        std::fs::write(path, text).expect("a file");
    }
}

/// Replaces text in a file, which must be there.
pub fn replace(path: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(path).expect("a file");
    assert!(text.contains(from), "{text}");
    std::fs::write(path, text.replace(from, to)).expect("a file");
}

/// Without what `cargo test` leaves behind, which build scripts would take for a change.
fn afresh(process: Process) -> Process {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let left = names.filter(|name| name == "OUT_DIR" || name.starts_with("CARGO_") && name != "CARGO_HOME");
    left.fold(process, Process::without_environment)
}

fn shared_target() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it is");
    let target = test.ancestors().nth(3).expect("tests are in TARGET/PROFILE/deps");
    target.join("init")
}
