//! The command `glu` with a pipelines crate of a user's: built when it is stale, run at once when it is not, on a terminal and without.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use glu_tests::program::{Program, wait_until};
use glu_tests::server::find;
use glu_tests::site::{Site, deployment, executable, manifest_of};
use glu_tests::terminal::Terminal;

const GLU: &str = env!("CARGO_BIN_EXE_glu-under-test");

/// A site with something to promote, and the example's crate.
struct Crate {
    site: Site,
    name: &'static str,
    directory: PathBuf,
    new: String,
}

impl Crate {
    /// The crates stay where they are from one run of the tests to the next, and with them their dependencies, which take half a
    /// minute to build. Each test has one of its own name.
    fn new(name: &'static str) -> Self {
        let site = Site::new();
        site.deploy(&site.publish("1"));
        let new = deployment(&site.publish("2"));
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("launcher").join(name);
        let _ = fs::remove_dir_all(&directory);
        // What the launcher remembers of an earlier run.
        let _ = fs::remove_file(target().join(format!("glu/launcher/{name}.json")));
        fs::create_dir_all(directory.join("src")).unwrap();
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let library = workspace.join("glu-cli").display().to_string();
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\nglu-cli = {{ path = {library:?} }}\n\n\
             [profile.dev]\ndebug = false\nincremental = false\n\n[workspace]\n"
        );
        fs::write(directory.join("Cargo.toml"), manifest).unwrap();
        // The same versions as here, so that nothing has to be downloaded.
        fs::copy(workspace.join("Cargo.lock"), directory.join("Cargo.lock")).unwrap();
        let source = fs::read_to_string(workspace.join("examples/gitops/src/main.rs")).unwrap();
        fs::write(directory.join("src/main.rs"), source).unwrap();
        let file = site.path().join("glu.toml");
        let configuration = fs::read_to_string(&file).unwrap();
        fs::write(file, format!("{configuration}\n[program]\npackage = {directory:?}\n")).unwrap();
        Self { site, name, directory, new }
    }

    fn program(&self) -> Program {
        let bin = self.site.path().join("bin");
        fs::create_dir_all(&bin).unwrap();
        // There from an earlier call.
        let _ = std::os::unix::fs::symlink(GLU, bin.join("glu"));
        let home = PathBuf::from(std::env::var_os("HOME").unwrap());
        let of_user = |name: &str, below: &str| {
            std::env::var(name).unwrap_or_else(|_| home.join(below).to_str().unwrap().to_owned())
        };
        self.site
            .program(GLU)
            .path_first(&bin)
            .environment("CARGO_HOME", of_user("CARGO_HOME", ".cargo"))
            .environment("RUSTUP_HOME", of_user("RUSTUP_HOME", ".rustup"))
            .environment("CARGO_NET_OFFLINE", "true")
            .environment("CARGO_TARGET_DIR", target().to_str().unwrap())
    }

    fn source(&self) -> PathBuf {
        self.directory.join("src/main.rs")
    }

    fn change(&self, from: &str, to: &str) {
        let text = fs::read_to_string(self.source()).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(self.source(), text.replace(from, to)).unwrap();
    }
}

/// Where all of them are built.
fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("launcher/target")
}

#[test]
fn built_once_then_run_at_once_with_exact_exit_codes() {
    let delivery = Crate::new("delivery-one");
    let program = delivery.program();
    let first = program.run("status");
    first.success();
    assert_eq!(first.err, format!("building pipelines ({}): it was not built yet\n", delivery.name));

    let list = program.run("list");
    assert!(list.success().contains("gitops-example"), "{list:?}");
    assert_eq!(list.err, "");
    // Cargo alone would take more, and a build many times as much.
    assert!(list.took < Duration::from_secs(1), "{:?}", list.took);

    program.run("plan --exit-code").exit(5);
    program.run("plan --out plan.json staging").success();
    program.run("promote nowhere").exit(2);
    program.run("promote").exit(2);
    delivery.site.hook("pre-receive", "exit 1\n");
    program.run("promote staging").exit(1);
    delivery.site.unhook("pre-receive");
    program.run("promote staging").success();
    assert_eq!(delivery.site.remote().read(&manifest_of("staging")), delivery.new);
    program.run("promote --plan plan.json").exit(4);
    program.run("promote staging").success();
}

#[test]
fn a_stale_program_is_built_before_the_eyes() {
    let delivery = Crate::new("delivery-two");
    delivery.program().run("list").success();
    let terminal = Terminal::open(&delivery.site, delivery.program().variables());
    let screen = terminal.run("glu list");
    assert!(!screen.contains("Compiling") && screen.contains("Ships the example app"), "{screen}");

    delivery.change("Ships the example app", "Brings the example app");
    terminal.begin("glu list");
    terminal.wait_for(&format!("Compiling {}", delivery.name));
    let screen = terminal.end();
    assert!(screen.contains("Brings the example app") && screen.ends_with("exit=0"), "{screen}");

    delivery.change("fn gitops_example() -> Pipeline<App>", "fn gitops_example() -> Pipeline<Ap>");
    let screen = terminal.run("glu list");
    assert!(screen.contains("cannot find type `Ap`") && screen.contains("src/main.rs:"), "{screen}");
    assert!(screen.contains("does not build") && screen.ends_with("exit=1"), "{screen}");

    // As it was when it was built last.
    delivery.change("Pipeline<Ap>", "Pipeline<App>");
    assert!(!terminal.run("glu list").contains("Compiling"));

    delivery.change("Brings the example app", "Sends the example app");
    let unseen = delivery.program().run("list");
    assert!(unseen.success().contains("Sends the example app"), "{unseen:?}");
    assert!(unseen.err.starts_with("building pipelines (delivery-two): "), "{unseen:?}");
    assert_eq!(unseen.err.lines().count(), 1, "{unseen:?}");
}

#[test]
fn questions_and_interruptions_reach_the_program() {
    let delivery = Crate::new("delivery-three");
    delivery.program().run("list").success();
    let terminal = Terminal::open(&delivery.site, delivery.program().variables());
    let before = delivery.site.remote().log();
    terminal.begin("glu promote staging");
    terminal.wait_for("[y/N]");
    terminal.type_line("n");
    assert!(terminal.end().ends_with("exit=1"));
    terminal.begin("glu promote staging");
    terminal.wait_for("[y/N]");
    terminal.press("C-c");
    terminal.wait_for_prompt();
    assert_eq!(delivery.site.remote().log(), before);
    terminal.begin("glu promote staging");
    terminal.wait_for("[y/N]");
    terminal.type_line("y");
    assert!(terminal.end().ends_with("exit=0"));
    assert_eq!(delivery.site.remote().read(&manifest_of("staging")), delivery.new);
}

#[test]
fn a_signal_ends_the_program_itself() {
    let delivery = Crate::new("delivery-four");
    delivery.program().run("list").success();
    let directory = delivery.site.path().join("slow");
    let started = directory.join("started");
    let script =
        format!("touch {}\nsleep 1\nexec {} \"$@\"\n", started.display(), find("git", "git").display());
    executable(&directory.join("git"), &script);
    let before = delivery.site.remote().log();
    for (name, number) in [("TERM", 15), ("INT", 2), ("HUP", 1)] {
        let running = delivery.program().path_first(&directory).start("promote staging");
        wait_until("git is called", || started.exists());
        running.signal(name);
        let ran = running.wait();
        assert_eq!((ran.code(), ran.signal()), (None, Some(number)), "{ran:?}");
        fs::remove_file(&started).unwrap();
    }
    assert_eq!(delivery.site.remote().log(), before);
    delivery.program().run("promote staging").success();
}
