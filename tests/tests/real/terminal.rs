//! The command line before a person's eyes: it asks, it draws, it colours, and it leaves the screen clean.

use std::path::PathBuf;

use glu_tests::descendants;
use glu_tests::program::{Program, wait_until};
use glu_tests::server::find;
use glu_tests::site::{Site, deployment, executable, manifest_of};
use glu_tests::terminal::Terminal;

const GLU: &str = env!("CARGO_BIN_EXE_glu-under-test");
const GITOPS: &str = env!("CARGO_BIN_EXE_gitops-under-test");

/// A site with something to promote, where `glu` is on the path and finds its program built; the old and the new manifest.
fn site() -> (Site, String, String) {
    let site = Site::new();
    let old = site.publish("1");
    site.deploy(&old);
    let new = site.publish("2");
    let file = site.path().join("glu.toml");
    let program = format!("[program]\nbinary = \"{GITOPS}\"\n");
    let text = format!("{}\n{program}", std::fs::read_to_string(&file).unwrap());
    std::fs::write(file, text).unwrap();
    (site, deployment(&old), deployment(&new))
}

fn program(site: &Site) -> Program {
    let directory = site.path().join("bin");
    std::fs::create_dir_all(&directory).unwrap();
    let link = directory.join("glu");
    if !link.exists() {
        std::os::unix::fs::symlink(GLU, link).unwrap();
    }
    site.program(GLU).path_first(&directory)
}

fn open(site: &Site) -> Terminal {
    Terminal::open(site, program(site).variables())
}

/// A directory with a `git` that takes two seconds for each fetch and each push.
fn slow_git(site: &Site) -> PathBuf {
    let directory = site.path().join("slow");
    let real = find("git", "git");
    let script =
        format!("case \"$*\" in *' fetch '*|*' push '*) sleep 2 ;; esac\nexec {} \"$@\"\n", real.display());
    executable(&directory.join("git"), &script);
    directory
}

#[test]
fn a_promotion_is_asked_for() {
    let (site, old, new) = site();
    let terminal = open(&site);
    let path = manifest_of("staging");
    for answer in ["n", "", "maybe"] {
        terminal.begin("glu promote staging");
        let question = terminal.wait_for("[y/N]");
        assert!(question.contains("gitops-example/staging") && question.contains("+"), "{question}");
        terminal.type_line(answer);
        let screen = terminal.end();
        assert!(screen.contains("not promoted") && screen.contains("exit=1"), "{screen}");
        assert_eq!(site.remote().read(&path), old);
    }
    terminal.begin("glu promote staging");
    terminal.wait_for("[y/N]");
    terminal.type_line("y");
    let screen = terminal.end();
    assert!(screen.contains("promoted: ") && screen.contains("exit=0"), "{screen}");
    assert_eq!(site.remote().read(&path), new);
    let screen = terminal.run("glu promote staging");
    assert!(
        screen.contains("up to date") && screen.contains("exit=0") && !screen.contains("[y/N]"),
        "{screen}"
    );
}

#[test]
fn no_question_where_nobody_should_answer() {
    let (site, _, new) = site();
    let terminal = open(&site);
    let screen = terminal.run("CI=true glu promote production");
    assert!(screen.contains("exit=0") && !screen.contains("[y/N]"), "{screen}");
    let screen = terminal.run("glu promote --yes staging");
    assert!(screen.contains("exit=0") && !screen.contains("[y/N]"), "{screen}");
    assert_eq!(site.remote().read(&manifest_of("staging")), new);
    terminal.run("CI=true glu promote production");
    assert_eq!(site.remote().read(&manifest_of("production")), new);
}

#[test]
fn an_interrupted_question_is_a_no() {
    let (site, old, _) = site();
    let terminal = open(&site);
    terminal.begin("glu promote staging");
    terminal.wait_for("[y/N]");
    terminal.press("C-c");
    terminal.wait_for_prompt();
    assert_eq!(site.remote().read(&manifest_of("staging")), old);
    let screen = terminal.run("glu promote --yes staging");
    assert!(screen.contains("promoted: ") && screen.contains("exit=0"), "{screen}");
}

#[test]
fn slow_work_is_shown_while_it_lasts() {
    let (site, _, new) = site();
    let program = program(&site).path_first(&slow_git(&site));
    let terminal = Terminal::open(&site, program.variables());
    terminal.begin("glu promote --yes staging");
    terminal.wait_for("fetching");
    terminal.wait_for("pushing to");
    let screen = terminal.end();
    assert!(!screen.contains("fetching") && !screen.contains("pushing"), "{screen}");
    assert!(
        screen.starts_with("gitops-example/staging  promoted: "),
        "something is left on the screen:\n{screen}"
    );
    assert!(screen.lines().count() == 2 && screen.ends_with("exit=0"), "{screen}");
    assert_eq!(site.remote().read(&manifest_of("staging")), new);
}

#[test]
fn interrupted_work_harms_nothing() {
    let (site, old, _) = site();
    let program = program(&site).path_first(&slow_git(&site));
    let terminal = Terminal::open(&site, program.variables());
    terminal.begin("glu promote --yes staging");
    terminal.wait_for("fetching");
    terminal.press("C-c");
    terminal.wait_for_prompt();
    wait_until("what was started ends", || {
        let there = descendants::at_home_in(site.path());
        there.iter().all(|process| !process.command.contains("fetch"))
    });
    let screen = terminal.run("glu status");
    assert!(screen.contains("staging") && screen.ends_with("exit=0"), "{screen}");
    assert_eq!(site.remote().read(&manifest_of("staging")), old);
    drop(terminal);
    site.program(GITOPS).run("promote --yes staging").success();
}

#[test]
fn colours_are_for_terminals() {
    let (site, ..) = site();
    let terminal = open(&site);
    let escape = '\u{1b}';
    for (command, colored) in [
        ("glu status", true),
        ("glu plan", true),
        ("glu nonsense", false),
        ("glu promote nowhere", true),
        ("NO_COLOR=1 glu status", false),
        ("NO_COLOR=1 glu promote nowhere", false),
        ("TERM=dumb glu plan", false),
        ("glu --color never plan", false),
        ("glu status | cat", false),
        ("glu --color always status | cat", true),
    ] {
        terminal.run(command);
        let screen = terminal.colored_screen();
        assert_eq!(screen.contains(escape), colored, "`{command}`:\n{screen}");
    }
}

#[test]
fn without_a_terminal_nothing_is_asked_coloured_or_drawn() {
    let (site, _, new) = site();
    let program = program(&site).path_first(&slow_git(&site));
    let ran = program.run("promote staging");
    ran.success();
    assert_eq!(site.remote().read(&manifest_of("staging")), new);
    assert_eq!((ran.err.as_str(), ran.out.lines().count()), ("", 1), "{ran:?}");
    for verb in ["status", "plan", "history staging", "promote nowhere"] {
        let text = program.run(verb).text();
        assert!(!text.contains('\u{1b}') && !text.contains('\r') && !text.contains("[y/N]"), "{text:?}");
    }
}
