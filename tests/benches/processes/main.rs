//! How long glu takes, against what the same work takes with git alone. Whole processes, medians and ratios of one run:
//!
//! ```text
//! cargo bench -p glu-tests --bench processes                        # everything
//! cargo bench -p glu-tests --bench processes -- status --rounds 9   # one table: launcher, status, promote or history
//! ```
//!
//! `--keep DIRECTORY` makes its repositories there and leaves them for a closer look. `dev` is a pipelines program as `glu` and
//! `cargo run` build it, `release` one that was built with `--release`.

#![expect(clippy::print_stdout, reason = "the tables are what it is for")]

mod stopwatch;
mod world;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use glu::core::process::Process;

use stopwatch::{Contender, compare};
use world::World;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let mut rounds = 5;
    let mut kept = None;
    let mut tables = Vec::new();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--rounds" => {
                rounds = arguments.next().and_then(|count| count.parse().ok()).expect("--rounds COUNT");
            }
            "--keep" => kept = Some(PathBuf::from(arguments.next().expect("--keep DIRECTORY"))),
            _ => tables.push(argument),
        }
    }
    let temporary = tempfile::tempdir().expect("a temporary directory can be made");
    let directory = kept.as_deref().unwrap_or(temporary.path());
    let bench = Bench { directory, rounds, programs: Program::both() };
    type Measure = fn(&Bench<'_>) -> String;
    let known: [(&str, Measure); 4] =
        [("launcher", launcher), ("status", status), ("promote", promote), ("history", history)];
    for (name, table) in known {
        if tables.is_empty() || tables.iter().any(|wanted| wanted == name) {
            println!("{}", table(&bench));
        }
    }
}

struct Bench<'a> {
    directory: &'a Path,
    rounds: usize,
    programs: Vec<Program>,
}

/// The pipelines program under measurement.
struct Program {
    profile: &'static str,
    path: PathBuf,
}

impl Program {
    fn both() -> Vec<Self> {
        let release = PathBuf::from(env!("CARGO_BIN_EXE_thousand"));
        let dev = built(&["-p", "glu-tests", "--bin", "thousand"], "debug/thousand");
        vec![Self { profile: "release", path: release }, Self { profile: "dev", path: dev }]
    }

    fn run(&self, world: &World, arguments: &str) -> Vec<Process> {
        vec![in_world(&self.path, world, arguments)]
    }
}

/// The launcher against the program that it launches: what it costs to find out that nothing is to be built.
fn launcher(bench: &Bench<'_>) -> String {
    let glu = built(&["-p", "glu-cli", "--bin", "glu", "--release"], "release/glu");
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/gitops");
    must(Process::new("cargo", "measuring", "install Rust").directory(&example).arguments([
        "run",
        "--quiet",
        "--bin",
        "prepare-gitops",
    ]));
    // The first time it builds.
    must(plain(&glu).directory(&example).argument("status"));
    let program = target_directory().join("glu/debug/gitops");
    let contender = |name: &str, path: &Path| {
        let (path, example) = (path.to_owned(), example.clone());
        Contender {
            name: name.to_owned(),
            prepare: Box::new(|| ()),
            processes: Box::new(move || vec![plain(&path).directory(&example).argument("status")]),
            times: 5,
        }
    };
    let contenders = [contender("the program run directly", &program), contender("glu", &glu)];
    compare("glu status, one pipeline of three phases", bench.rounds.max(9), &contenders)
}

/// A thousand pipelines against git reading the same files.
fn status(bench: &Bench<'_>) -> String {
    let world = World::new(bench.directory, "status", 1000, 300, |app| app % 10 == 5);
    let names: String = world.files().map(|file| format!("main:{file}\n")).collect();
    let remote = world.remote();
    let mut contenders = vec![Contender {
        name: "git cat-file --batch of the 2,000 files".to_owned(),
        prepare: Box::new(|| ()),
        processes: Box::new(|| {
            vec![plain("git").directory(&remote).arguments(["cat-file", "--batch"]).input(names.clone())]
        }),
        times: 10,
    }];
    for program in &bench.programs {
        for verb in ["list", "plan", "status"] {
            contenders.push(Contender {
                name: format!("glu {verb}, {}", program.profile),
                prepare: Box::new(|| ()),
                processes: Box::new(|| program.run(&world, verb)),
                times: 1,
            });
        }
    }
    compare("1,000 pipelines of 3 phases, 300 commits", bench.rounds, &contenders)
}

/// A hundred promotions in one run against the same commits made by git alone.
fn promote(bench: &Bench<'_>) -> String {
    let world = World::new(bench.directory, "promote", 100, 300, |_| true);
    must(in_world(&bench.programs[0].path, &world, "status"));
    let clone = world.path().join("clone.git");
    let remote = world.remote();
    let text = |path: &Path| path.to_str().expect("a temporary path is text").to_owned();
    world::git(&["clone", "--quiet", "--bare", &text(&remote), &text(&clone)], None, None);
    world.keep();
    let releases = world.releases();
    let mut changes = String::new();
    for app in world.apps() {
        changes
            .push_str(&format!("apps/{}/staging/deployment.yaml {} {}\n", app.name, app.running, app.newest));
    }
    let work = world.path().join("work");
    let mut contenders = vec![
        Contender {
            name: "git fast-import and git push".to_owned(),
            prepare: Box::new(|| world.restore()),
            processes: Box::new(|| {
                let git = || plain("git").directory(&clone);
                vec![
                    git().arguments(["fast-import", "--quiet"]).input(releases.clone()),
                    git().arguments(["push", "--quiet", "origin", "main"]),
                ]
            }),
            times: 3,
        },
        Contender {
            name: "a loop of clone, sed, commit, push".to_owned(),
            prepare: Box::new(|| world.restore()),
            processes: Box::new(|| {
                let arguments = [OsStr::new("-ec"), OsStr::new(LOOP), OsStr::new("loop")];
                let process = plain("sh").arguments(arguments).argument(&remote).argument(&work);
                vec![process.input(changes.clone())]
            }),
            times: 1,
        },
    ];
    for program in &bench.programs {
        contenders.push(Contender {
            name: format!("glu promote staging, {}", program.profile),
            prepare: Box::new(|| world.restore()),
            processes: Box::new(|| program.run(&world, "promote --yes staging")),
            times: 1,
        });
    }
    compare("100 promotions, each a commit", bench.rounds, &contenders)
}

const LOOP: &str = "
while read -r file old new; do
    git clone --quiet \"$1\" \"$2\"
    sed -i \"s/$old/$new/\" \"$2/$file\"
    git -C \"$2\" -c user.name=glu -c user.email=glu@example.com commit --quiet --all --message=Deploy
    git -C \"$2\" push --quiet origin HEAD
    rm -rf \"$2\"
done";

/// A long history, which tells since when and by whom: read for the first time, again, and after others have added to it.
fn history(bench: &Bench<'_>) -> String {
    let world = World::new(bench.directory, "history", 1000, 20_000, |app| app % 10 == 5);
    let remote = world.remote();
    let mut contenders = vec![Contender {
        name: "git log --first-parent --raw".to_owned(),
        prepare: Box::new(|| ()),
        processes: Box::new(|| {
            let options = ["log", "--first-parent", "--raw", "--no-renames", "--format=%H", "main"];
            vec![plain("git").directory(&remote).arguments(options)]
        }),
        times: 1,
    }];
    for program in &bench.programs {
        must(in_world(&program.path, &world, "status"));
        world.keep();
        type Prepare = fn(&World);
        let moments: [(&str, &'static str, Prepare); 4] = [
            ("status, nothing fetched", "status", World::forget),
            ("plan", "plan", |_| ()),
            ("status", "status", |_| ()),
            ("status, 10 new commits", "status", |world| {
                world.restore();
                world.commit(10);
            }),
        ];
        for (name, verb, prepare) in moments {
            let world = &world;
            contenders.push(Contender {
                name: format!("glu {name}, {}", program.profile),
                prepare: Box::new(move || prepare(world)),
                processes: Box::new(move || program.run(world, verb)),
                times: 1,
            });
        }
    }
    compare("1,000 pipelines of 3 phases, 20,000 commits", bench.rounds, &contenders)
}

/// A process with none of the surroundings that would change what is measured.
fn plain(program: impl AsRef<OsStr>) -> Process {
    Process::new(program.as_ref(), "measuring", "install it").environment("GIT_CONFIG_GLOBAL", "/dev/null")
}

fn in_world(program: &Path, world: &World, arguments: &str) -> Process {
    plain(program).directory(world.path()).arguments(arguments.split(' '))
}

fn built(arguments: &[&str], binary: &str) -> PathBuf {
    let process = Process::new("cargo", "measuring", "install Rust");
    must(process.argument("build").argument("--quiet").arguments(arguments.iter().copied()));
    target_directory().join(binary)
}

/// Where cargo builds: the program stands two directories below.
fn target_directory() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_thousand"))
        .ancestors()
        .nth(2)
        .expect("a program is built below a target directory")
}

fn must(process: Process) {
    let finished = process.timeout(Duration::from_secs(1800)).run().expect("the process can be run");
    assert!(finished.code == 0, "code {}\n{}", finished.code, finished.stderr);
}
