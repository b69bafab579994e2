//! The command `glu` with a real crate, a real cargo and real signals.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

/// A program that answers the handshake and does what its arguments say. It needs no library, so it builds in a second.
const PROGRAM: &str = r#"
mod words;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let argument = |index: usize| arguments.get(index).map(String::as_str).unwrap_or_default();
    match argument(1) {
        "__handshake" => println!("{{\"protocol\":1,\"version\":\"0.1.0\"}}"),
        "exit" => std::process::exit(argument(2).parse().unwrap()),
        "terminate" => {
            let own = std::process::id().to_string();
            std::process::Command::new("kill").args(["-TERM", &own]).status().unwrap();
            std::thread::sleep(std::time::Duration::from_secs(60));
        }
        "protocol" => println!("{}", std::env::var("GLU_LAUNCHER_PROTOCOL").unwrap()),
        _ => println!("{} {arguments:?}", words::GREETING),
    }
}
"#;

const MANIFEST: &str = "[package]\nname = \"ship\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n";

struct Project {
    directory: tempfile::TempDir,
}

impl Project {
    fn empty() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    /// A repository whose configuration names a crate.
    fn new() -> Self {
        let project = Self::empty();
        project.write("glu.toml", "[program]\npackage = \"delivery\"\n");
        project.write("delivery/Cargo.toml", MANIFEST);
        project.write("delivery/src/main.rs", PROGRAM);
        project.write("delivery/src/words.rs", "pub const GREETING: &str = \"hello\";\n");
        project
    }

    fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    #[expect(clippy::disallowed_methods, reason = "the command under test, with an environment of its own")]
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_glu"));
        command.args(arguments).current_dir(self.directory.path()).stdin(Stdio::null()).env_clear();
        for name in ["PATH", "CARGO_HOME", "RUSTUP_HOME"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        let home = std::env::var_os("HOME").unwrap_or_default();
        if std::env::var_os("CARGO_HOME").is_none() {
            command.env("CARGO_HOME", Path::new(&home).join(".cargo"));
        }
        if std::env::var_os("RUSTUP_HOME").is_none() {
            command.env("RUSTUP_HOME", Path::new(&home).join(".rustup"));
        }
        command.env("HOME", self.directory.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().unwrap())
    }

    fn binary(&self) -> PathBuf {
        self.path("delivery/target/glu/debug/ship")
    }

    fn record(&self) -> Vec<u8> {
        std::fs::read(self.path("delivery/target/glu/launcher/ship.json")).unwrap()
    }
}

#[derive(Debug)]
struct Ran {
    output: Output,
    stdout: String,
    stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { stdout: text(&output.stdout), stderr: text(&output.stderr), output }
    }
}

impl Ran {
    fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    /// How many times cargo was asked to build.
    fn builds(&self) -> usize {
        self.stderr.matches("building pipelines (ship)").count()
    }
}

fn modified(path: &Path) -> SystemTime {
    std::fs::metadata(path).unwrap().modified().unwrap()
}

fn touch(path: &Path) {
    let before = modified(path);
    std::fs::File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_modified(before - Duration::from_secs(1000))
        .unwrap();
}

#[test]
fn builds_once_then_runs_at_once() {
    let project = Project::new();
    let first = project.run(&["plan", "with blank", "", "--flag=a b"]);
    assert_eq!(
        first.stdout, "hello [\"glu\", \"plan\", \"with blank\", \"\", \"--flag=a b\"]\n",
        "{first:?}"
    );
    assert_eq!((first.code(), first.builds()), (Some(0), 1));
    let (binary, record) = (modified(&project.binary()), project.record());

    let second = project.run(&["plan"]);
    assert_eq!((second.stdout.as_str(), second.stderr.as_str()), ("hello [\"glu\", \"plan\"]\n", ""));
    assert_eq!((modified(&project.binary()), project.record()), (binary, record.clone()));

    // Times without contents: nothing is built, and the new times are remembered.
    touch(&project.path("delivery/src/words.rs"));
    touch(&project.path("delivery/Cargo.toml"));
    assert_eq!(project.run(&["plan"]).stderr, "");
    let refreshed = project.record();
    assert_ne!(refreshed, record);
    assert_eq!(project.run(&["plan"]).stderr, "");
    assert_eq!(project.record(), refreshed);

    project.write("delivery/src/words.rs", "pub const GREETING: &str = \"goodbye\";\n");
    let third = project.run(&["plan"]);
    assert_eq!((third.stdout.as_str(), third.builds()), ("goodbye [\"glu\", \"plan\"]\n", 1), "{third:?}");
    assert!(third.stderr.contains("words.rs changed"), "{third:?}");

    project.write("delivery/Cargo.toml", &format!("{MANIFEST}\n[profile.dev]\nopt-level = 1\n"));
    assert_eq!(project.run(&["plan"]).builds(), 1);
    project.write(".cargo/config.toml", "[env]\nX = \"1\"\n");
    assert_eq!(project.run(&["plan"]).builds(), 1);
    assert_eq!(project.run(&["plan"]).builds(), 0);
    std::fs::remove_file(project.binary()).unwrap();
    assert_eq!(project.run(&["plan"]).builds(), 1);
}

#[cfg(unix)]
#[test]
fn exit_codes_and_signals_pass_through() {
    use std::os::unix::process::ExitStatusExt;
    let project = Project::new();
    for code in [0, 3, 42] {
        assert_eq!(project.run(&["exit", &code.to_string()]).code(), Some(code));
    }
    assert_eq!(project.run(&["terminate"]).output.status.signal(), Some(15));
    assert_eq!(project.run(&["protocol"]).stdout, "1\n");
}

#[test]
fn a_compile_error_is_shown_and_repaired() {
    let project = Project::new();
    project.write("delivery/src/words.rs", "pub const GREETING: &str = 1;\n");
    let broken = project.run(&["plan"]);
    assert_eq!((broken.code(), broken.stdout.as_str()), (Some(1), ""));
    assert!(broken.stderr.contains("mismatched types") && broken.stderr.contains("words.rs:1"), "{broken:?}");
    assert!(broken.stderr.ends_with("error: the pipelines program `ship` does not build\n"), "{broken:?}");
    project.write("delivery/src/words.rs", "pub const GREETING: &str = \"hello\";\n");
    assert_eq!(project.run(&["plan"]).code(), Some(0));
}

#[test]
fn a_build_scripts_inputs_count() {
    let project = Project::new();
    project.write("delivery/words.txt", "one");
    let script = "fn main() {\n    println!(\"cargo::rerun-if-changed=words.txt\");\n    let out = std::env::var(\"OUT_DIR\").unwrap();\n    \
                  std::fs::copy(\"words.txt\", format!(\"{out}/words.txt\")).unwrap();\n}\n";
    project.write("delivery/build.rs", script);
    project.write(
        "delivery/src/words.rs",
        "pub const GREETING: &str = include_str!(concat!(env!(\"OUT_DIR\"), \"/words.txt\"));\n",
    );
    assert!(project.run(&["plan"]).stdout.starts_with("one "));
    assert_eq!(project.run(&["plan"]).builds(), 0);
    project.write("delivery/words.txt", "two");
    assert!(project.run(&["plan"]).stdout.starts_with("two "));
    project.write("delivery/build.rs", &format!("{script}// changed\n"));
    assert_eq!(project.run(&["plan"]).builds(), 1);
}

#[test]
fn a_crate_that_depends_on_the_library_is_found_from_below_and_above() {
    let project = Project::empty();
    project.write(
        "library/Cargo.toml",
        "[package]\nname = \"glu-cli\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n",
    );
    project.write("library/src/lib.rs", "pub fn x() {}\n");
    project.write(
        "delivery/Cargo.toml",
        &format!("{MANIFEST}\n[dependencies]\nglu-cli = {{ path = \"../library\" }}\n"),
    );
    project.write("delivery/src/main.rs", PROGRAM);
    project.write("delivery/src/words.rs", "pub const GREETING: &str = \"hello\";\n");
    project.write("env/staging/x", "");
    assert_eq!(project.run(&["-C", "env/staging", "plan"]).builds(), 1);
    let below = project.run(&["-C", "delivery/src", "plan"]);
    assert_eq!(
        (below.builds(), below.stdout.as_str()),
        (0, "hello [\"glu\", \"-C\", \"delivery/src\", \"plan\"]\n"),
        "{below:?}"
    );
    project.write("library/src/lib.rs", "pub fn y() {}\n");
    assert_eq!(project.run(&["plan"]).builds(), 1);
    project.write(
        "library/Cargo.toml",
        "[package]\nname = \"glu-cli\"\nversion = \"0.0.1\"\nedition = \"2024\"\n[workspace]\n",
    );
    assert_eq!(project.run(&["plan"]).builds(), 1);
}

#[test]
fn a_prebuilt_program_is_executed_as_it_is() {
    let built = Project::new();
    assert_eq!(built.run(&["plan"]).code(), Some(0));
    let binary = built.binary().display().to_string();

    let elsewhere = Project::empty();
    let flag = elsewhere.run(&["--program", &binary, "exit", "0"]);
    assert_eq!(
        flag.stdout,
        format!("hello [\"glu\", \"--program\", {binary:?}, \"exit\", \"0\"]\n"),
        "{flag:?}"
    );
    let variable = Ran::from(elsewhere.command(&["exit", "3"]).env("GLU_PROGRAM", &binary).output().unwrap());
    assert_eq!((variable.code(), variable.stderr.as_str()), (Some(3), ""));

    elsewhere.write("glu.toml", "[program]\nbinary = \"bin/ship\"\npackage = \"nowhere\"\n");
    let missing = elsewhere.run(&["plan"]);
    assert_eq!(missing.code(), Some(2));
    assert!(missing.stderr.contains("bin/ship") && missing.stderr.contains("glu.toml"), "{missing:?}");
    std::fs::create_dir(elsewhere.path("bin")).unwrap();
    std::fs::copy(built.binary(), elsewhere.path("bin/ship")).unwrap();
    assert_eq!(elsewhere.run(&["plan"]).stdout, "hello [\"glu\", \"plan\"]\n");
}

#[cfg(unix)]
#[test]
fn a_program_of_another_protocol_or_none_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::empty();
    let run = |script: &str| {
        project.write("program", &format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(project.path("program"), std::fs::Permissions::from_mode(0o755)).unwrap();
        project.run(&["--program", "program", "plan"])
    };
    let newer = run("echo '{\"protocol\": 2, \"version\": \"9.1.0\"}'");
    assert_eq!(newer.code(), Some(1));
    assert!(
        newer.stderr.contains("protocol 2 (glu 9.1.0)") && newer.stderr.contains("update the launcher"),
        "{newer:?}"
    );
    let other = run("echo hello");
    assert_eq!(other.code(), Some(1));
    assert!(other.stderr.contains("is no pipelines program"), "{other:?}");
    // It is asked once, not at every start.
    let counting = run("echo x >> \"$HOME/asked\"; echo '{\"protocol\": 1, \"version\": \"0.1.0\"}'");
    assert_eq!(counting.code(), Some(0));
    assert_eq!(project.run(&["--program", "program", "plan"]).code(), Some(0));
    assert_eq!(
        std::fs::read_to_string(project.path("asked")).unwrap().lines().count(),
        3,
        "one question, two runs"
    );
}

#[test]
fn the_launcher_does_not_take_itself_for_a_program() {
    let project = Project::empty();
    let ran = project.run(&["--program", env!("CARGO_BIN_EXE_glu"), "plan"]);
    assert_eq!(ran.code(), Some(1));
    assert!(ran.stderr.contains("is no pipelines program"), "{ran:?}");
}

#[test]
fn where_nothing_is_found_the_places_are_listed() {
    let project = Project::empty();
    let ran = project.run(&["plan"]);
    assert_eq!((ran.code(), ran.stdout.as_str()), (Some(2), ""));
    for place in [
        "GLU_PROGRAM",
        "glu.toml, glu.yaml, glu.yml, glu.json",
        "a Cargo.toml that depends on glu-cli",
        "delivery/",
        "`glu init`",
    ] {
        assert!(ran.stderr.contains(place), "{place}: {ran:?}");
    }
    assert_eq!(project.run(&["-C", "nowhere", "plan"]).code(), Some(2));
}

#[test]
fn a_lock_file_is_kept_in_ci() {
    let project = Project::new();
    assert_eq!(project.run(&["plan"]).code(), Some(0));
    project.write(
        "library/Cargo.toml",
        "[package]\nname = \"library\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n",
    );
    project.write("library/src/lib.rs", "");
    project.write(
        "delivery/Cargo.toml",
        &format!("{MANIFEST}\n[dependencies]\nlibrary = {{ path = \"../library\" }}\n"),
    );
    let ci = Ran::from(project.command(&["plan"]).env("CI", "true").output().unwrap());
    assert_eq!(ci.code(), Some(1));
    assert!(ci.stderr.contains("--locked"), "{ci:?}");
    assert_eq!(project.run(&["plan"]).code(), Some(0));
}

#[test]
fn two_launchers_at_once_build_once() {
    let project = Project::new();
    let start = || project.command(&["plan"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let both = [start(), start()].map(|child| Ran::from(child.wait_with_output().unwrap()));
    assert_eq!(both.iter().map(Ran::builds).sum::<usize>(), 1, "{both:?}");
    assert!(both.iter().all(|ran| ran.stdout == "hello [\"glu\", \"plan\"]\n"), "{both:?}");
}

#[test]
fn what_an_outer_cargo_leaves_behind_is_taken_away() {
    let project = Project::new();
    let ran = project
        .command(&["plan"])
        .env("CARGO_MANIFEST_DIR", "/outer")
        .env("CARGO_PKG_NAME", "outer")
        .env("RUSTUP_TOOLCHAIN", "no-such-toolchain")
        .output()
        .unwrap();
    assert_eq!(Ran::from(ran).code(), Some(0));
}
