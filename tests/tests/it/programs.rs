//! Other programs that tests work with: git as an engineer uses it, and the real pipelines program.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use glu::core::process::{Finished, Process};
use glu::testing::World;

use crate::shop::manifest;

/// Git in a directory, which is made, without the user's own configuration. What it says is given back.
pub fn git(directory: &Path) -> impl Fn(&[&str]) -> String + use<> {
    std::fs::create_dir_all(directory).unwrap();
    let directory = directory.to_owned();
    move |arguments| {
        let identity = ["-c", "user.name=Ada Example", "-c", "user.email=ada@example.com"];
        run(&directory, "git", &[&identity, arguments].concat())
    }
}

/// Runs a program that must succeed.
pub fn run(directory: &Path, program: &str, arguments: &[&str]) -> String {
    let finished = start(directory, program).arguments(arguments.iter().copied()).run().unwrap();
    assert_eq!(finished.code, 0, "{program} {arguments:?}: {}", finished.stderr);
    String::from_utf8(finished.stdout).unwrap()
}

/// A program about to be run, with nothing of the user's own configuration.
pub fn start(directory: &Path, program: &str) -> Process {
    ["GLU_YES", "GLU_PROGRAM", "NO_COLOR", "CLICOLOR_FORCE"]
        .iter()
        .chain(glu_tests::CI_MARKERS)
        .fold(Process::new(program, "the tests", "install it"), |process, name| {
            process.without_environment(*name)
        })
        .directory(directory)
        .environment("GIT_CONFIG_GLOBAL", "/dev/null")
        .environment("GIT_CONFIG_SYSTEM", "/dev/null")
}

/// Makes a remote run a script at every push, as a forge does with its rules.
pub fn hook(remote: &Path, name: &str, script: &str) {
    let file = remote.join("hooks").join(name);
    std::fs::create_dir_all(remote.join("hooks")).unwrap();
    executable(&file, &format!("#!/bin/sh\n{script}\n"));
}

fn executable(file: &Path, text: &str) {
    std::fs::write(file, text).unwrap();
    std::fs::set_permissions(file, PermissionsExt::from_mode(0o755)).unwrap();
}

/// The real program, in a world with so many applications in one repository.
pub struct Catalog {
    pub world: World,
    pub repository: glu::testing::Remote,
}

impl Catalog {
    /// Staging has another state than the regions.
    pub fn new(applications: usize) -> Self {
        let world = World::new();
        let repository = world.remote("environments");
        let image = |digit: &str| manifest(format!("registry.example/app@sha256:{}", digit.repeat(64)));
        let (old, new) = (image("0"), image("1"));
        let mut files: Vec<(String, &str)> = Vec::new();
        for number in 0..applications {
            let file = |phase: &str| format!("apps/app-{number:04}/{phase}.yaml");
            files.extend([(file("staging"), new.as_str()), (file("eu"), &old), (file("us"), &old)]);
        }
        repository.commit("Set up", files.iter().map(|(file, text)| (file.as_str(), *text)));
        Self { world, repository }
    }

    /// Runs a script in which `glu` is the program.
    pub fn shell(&self, script: &str) -> Finished {
        let text =
            format!("set -o pipefail\nglu() {{ '{}' \"$@\"; }}\n{script}", env!("CARGO_BIN_EXE_catalog"));
        start(self.world.path(), "bash").arguments(["-c", text.as_str()]).run().unwrap()
    }

    /// A directory to put first on the PATH, in which `git` writes its arguments down before it does what it is told.
    pub fn counting_git(&self) -> PathBuf {
        let directory = self.world.path().join("counting");
        std::fs::create_dir_all(&directory).unwrap();
        let script = format!(
            "#!/bin/sh\nprintf '%s\\n' \"$*\" >> '{}'\nPATH=\"${{PATH#*:}}\" exec git \"$@\"\n",
            directory.join("calls").display()
        );
        executable(&directory.join("git"), &script);
        directory
    }
}
