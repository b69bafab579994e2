//! A promotion that is killed leaves the remote as it was or as it should be, and the next one completes it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use glu_tests::descendants::{self, descendants};
use glu_tests::program::{Program, Running, wait_until};
use glu_tests::site::{Site, deployment, executable, git, manifest_of};

const GITOPS: &str = env!("CARGO_BIN_EXE_gitops-under-test");

/// A site on which one promotion after the other is killed.
struct Victim {
    site: Site,
    digest: String,
    versions: usize,
}

impl Victim {
    fn new() -> Self {
        let site = Site::new();
        let digest = site.publish("0");
        site.deploy(&digest);
        Self { site, digest, versions: 0 }
    }

    fn program(&self) -> Program {
        self.site.program(GITOPS)
    }

    /// Starts a promotion of a new version and kills it; then looks whether the remote is before or after it, and runs it again.
    fn attempt(&mut self, program: &Program, how: &str, kill: impl FnOnce(&mut Running)) {
        self.versions += 1;
        let old = deployment(&self.digest);
        self.digest = self.site.publish(&self.versions.to_string());
        let new = deployment(&self.digest);
        let path = manifest_of("staging");

        let mut running = program.start("promote --yes staging");
        kill(&mut running);
        let killed = running.wait();
        let seen = self.site.remote().read(&path);
        assert!(seen == old || seen == new, "{how}: the remote is neither before nor after\n{seen}");
        // What git had been told to do it may still do.
        wait_until("children that outlive their parent end", || {
            descendants::at_home_in(self.site.path()).is_empty()
        });
        let seen = self.site.remote().read(&path);
        assert!(seen == old || seen == new, "{how}: the remote is neither before nor after\n{seen}");
        git(self.site.remote().path(), &["fsck", "--strict", "--no-dangling"]);

        let again = self.program().run("promote --yes --output json staging");
        assert!(again.code() == Some(0), "{how}: {again:?}\nafter {killed:?}");
        let expected = if seen == new { "up_to_date" } else { "promoted" };
        assert_eq!(again.json()["phases"][0]["result"], expected, "{how}: {again:?}");
        assert_eq!(self.site.remote().read(&path), new, "{how}");
        let commits = self.site.remote().log();
        assert_eq!(commits.len(), 1 + self.versions, "{how}: a promotion is one commit");
        assert!(commits.iter().all(|commit| commit.parents <= 1));
    }

    fn forget_the_clone(&self) {
        std::fs::remove_dir_all(self.site.cache()).unwrap();
    }

    /// Nothing stays but the clone and the file of the kernel's lock: what killed processes left is cleared away once it is old
    /// enough to be nobody's.
    fn expect_no_leftovers(&mut self) {
        let an_hour_ago = SystemTime::now() - Duration::from_secs(3700);
        for path in self.leftovers() {
            File::options().write(true).open(path).unwrap().set_modified(an_hour_ago).unwrap();
        }
        self.attempt(&self.program(), "not killed", |_| {});
        assert!(self.leftovers().is_empty(), "{:?}", self.leftovers());
        let top: Vec<_> = std::fs::read_dir(self.site.cache()).unwrap().flatten().collect();
        assert_eq!(top.len(), 2, "{top:?}");
    }

    fn leftovers(&self) -> Vec<PathBuf> {
        let cache = self.site.cache();
        let mut files = files(&cache);
        files.retain(|path| {
            let path = path.strip_prefix(&cache).unwrap().to_str().unwrap();
            let lock = path.ends_with(".lock") && !path.starts_with("locks/");
            // Half-written loose objects are for git's own maintenance.
            let temporary = path.contains("tmp_") && !path.contains("tmp_obj_");
            lock || temporary || path.contains("/.") || path.starts_with("ssh/")
        });
        files
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Kills at ever later times, from before the start to after the end. A promotion is some 100 milliseconds long.
fn at_many_times(step: Duration, before: impl Fn(&Victim), kill: impl Fn(&mut Running)) {
    let mut victim = Victim::new();
    victim.attempt(&victim.program(), "not killed", |_| {});
    before(&victim);
    let took = {
        victim.versions += 1;
        victim.digest = victim.site.publish(&victim.versions.to_string());
        let ran = victim.program().run("promote --yes staging");
        ran.success();
        ran.took
    };
    let mut delay = Duration::ZERO;
    while delay < took * 3 / 2 {
        before(&victim);
        victim.attempt(&victim.program(), &format!("after {delay:?} of {took:?}"), |running| {
            thread::sleep(delay);
            kill(running);
        });
        delay += step;
    }
    assert!(victim.versions > 15, "{} kills over {took:?} are few", victim.versions);
    victim.expect_no_leftovers();
}

fn alone(running: &mut Running) {
    running.kill();
}

/// The program and its git processes, as when a container is stopped. Those of the server are another machine's.
fn with_its_children(running: &mut Running) {
    let children = descendants(running.id());
    let ours = children.iter().filter(|process| {
        !["receive-pack", "upload-pack", "unpack-objects", "index-pack --stdin --fix"]
            .iter()
            .any(|server| process.command.contains(server))
    });
    let mut ids = vec![running.id()];
    ids.extend(ours.map(|process| process.id));
    descendants::kill(&ids);
}

#[test]
fn killed_at_any_time() {
    at_many_times(Duration::from_millis(3), |_| {}, alone);
}

#[test]
fn killed_with_its_children_at_any_time() {
    at_many_times(Duration::from_millis(3), |_| {}, with_its_children);
}

#[test]
fn killed_with_its_children_while_there_is_no_clone_yet() {
    at_many_times(Duration::from_millis(5), Victim::forget_the_clone, with_its_children);
}

/// Locks and directories as killed processes leave them in places that are hard to hit.
#[test]
fn what_others_left_in_the_cache_is_no_obstacle() {
    let mut victim = Victim::new();
    victim.attempt(&victim.program(), "not killed", |_| {});
    let clone = std::fs::read_dir(victim.site.cache().join("git")).unwrap().next().unwrap().unwrap().path();
    for lock in ["refs/remotes/origin/main.lock", "objects/info/commit-graphs/commit-graph-chain.lock"] {
        File::create(clone.join(lock)).unwrap();
        victim.attempt(&victim.program(), lock, |_| {});
    }
    victim.expect_no_leftovers();
    let name = clone.file_name().unwrap().to_str().unwrap();
    std::fs::rename(&clone, clone.with_file_name(format!(".{name}.new-1"))).unwrap();
    victim.attempt(&victim.program(), "a clone half made", |_| {});
    victim.expect_no_leftovers();
}

/// A `git` that kills its parent when it is called for the n-th time, and counts the calls.
pub(crate) fn treacherous_git(site: &Site, number: usize, when: &str) -> PathBuf {
    let directory = site.path().join(format!("treacherous/{number}-{when}"));
    let real = glu_tests::server::find("git", "git");
    let (real, here) = (real.display(), directory.display());
    executable(
        &directory.join("git"),
        &format!(
            "echo \"$@\" >> {here}/calls\n\
             [ $(wc -l < {here}/calls) = {number} ] || exec {real} \"$@\"\n\
             case {when} in\n\
             before) kill -s KILL $PPID ;;\n\
             meanwhile) kill -s KILL $PPID; exec {real} \"$@\" ;;\n\
             after) {real} \"$@\"; kill -s KILL $PPID ;;\n\
             esac\n"
        ),
    );
    directory
}

#[test]
fn killed_at_every_call_of_git() {
    let mut victim = Victim::new();
    let counting = treacherous_git(&victim.site, 0, "never");
    victim.attempt(&victim.program().path_first(&counting), "counted", |running| {
        let id = running.id();
        wait_until("it ends", || ended(id));
    });
    let calls = std::fs::read_to_string(counting.join("calls")).unwrap();
    let count = calls.lines().count();
    assert!(calls.contains("fetch") && calls.contains("push") && count > 2, "{calls}");
    for cold in [false, true] {
        for number in 1..=count {
            for when in ["before", "meanwhile", "after"] {
                if cold {
                    victim.forget_the_clone();
                }
                let directory = treacherous_git(&victim.site, number, when);
                let program = victim.program().path_first(&directory);
                victim.attempt(&program, &format!("{when} call {number} of git"), |running| {
                    let id = running.id();
                    wait_until("it ends", || ended(id));
                });
            }
        }
    }
    victim.expect_no_leftovers();
}

/// Whether a child that nobody has waited for yet is at its end.
pub(crate) fn ended(id: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    status.rsplit_once(')').is_none_or(|(_, rest)| rest.trim_start().starts_with('Z'))
}
