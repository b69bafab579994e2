use std::path::{Path, PathBuf};

use super::*;
use crate::process::Process;

/// A bare remote and any number of machines that work with it.
struct World {
    directory: Directory,
}

impl World {
    fn new() -> Self {
        let world = Self { directory: Directory::new() };
        world.git(world.directory.path(), &["init", "-q", "--bare", "-b", "main", "remote.git"]);
        world
    }

    fn remote(&self) -> PathBuf {
        self.directory.path().join("remote.git")
    }

    /// The way to the remote from a machine of its own.
    fn machine(&self, name: &str) -> Arc<Access> {
        self.machine_with(name, LedgerSettings::default())
    }

    fn machine_with(&self, name: &str, ledger: LedgerSettings) -> Arc<Access> {
        let remote = Remote {
            name: "origin".to_owned(),
            url: Some(self.remote().display().to_string()),
            credential: None,
            ca_cert_path: None,
            insecure_skip_tls: false,
        };
        let git = GitSettings { path: None, remote: Some(remote), default_branch: None };
        self.access(name, git, ledger)
    }

    fn access(&self, name: &str, git: GitSettings, ledger: LedgerSettings) -> Arc<Access> {
        let author = Author { name: "glu".to_owned(), email: "glu@example.com".to_owned() };
        let settings = Settings {
            git: [("app".to_owned(), git)].into(),
            cache: self.directory.path().join(name),
            author: Some(author),
            ledger,
            ..Settings::default()
        };
        Arc::new(Access::new(settings).clock(Arc::new(Standing)))
    }

    fn git(&self, directory: &Path, arguments: &[&str]) -> String {
        git(directory, arguments)
    }

    fn tip(&self, reference: &str) -> String {
        self.git(&self.remote(), &["rev-parse", reference]).trim().to_owned()
    }

    /// Commits files to a ref of the remote in place of all that is there, with nothing before.
    fn rewrite(&self, reference: &str, files: &[(&str, &str)]) {
        let work = Directory::new();
        self.git(work.path(), &["init", "-q"]);
        for (path, content) in files {
            work.write(path, content);
        }
        self.git(work.path(), &["add", "-A"]);
        self.git(work.path(), &["commit", "-q", "--allow-empty", "-m", "rewritten"]);
        let refspec = format!("+HEAD:{reference}");
        self.git(work.path(), &["push", "-q", self.remote().to_str().unwrap(), &refspec]);
    }
}

fn git(directory: &Path, arguments: &[&str]) -> String {
    let finished = Process::new("git", "tests", "install git")
        .environment("HOME", directory)
        .environment("GIT_CONFIG_NOSYSTEM", "1")
        .environment("GIT_AUTHOR_NAME", "Somebody")
        .environment("GIT_AUTHOR_EMAIL", "somebody@example.com")
        .environment("GIT_COMMITTER_NAME", "Somebody")
        .environment("GIT_COMMITTER_EMAIL", "somebody@example.com")
        .directory(directory)
        .arguments(arguments.iter().copied())
        .run()
        .unwrap();
    assert_eq!(finished.code, 0, "git {arguments:?}: {}", finished.stderr);
    String::from_utf8(finished.stdout).unwrap()
}

/// The time of the tests, with waits that are real.
struct Standing;

impl crate::clock::Clock for Standing {
    fn now(&self) -> Timestamp {
        now()
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

fn branch(name: &str) -> LedgerSettings {
    LedgerSettings::Git { source: None, reference: name.to_owned() }
}

const REFERENCE: &str = LedgerSettings::REFERENCE;

#[test]
fn an_empty_remote_takes_the_first_event_and_others_read_it() {
    let world = World::new();
    let ledger = open(&world.machine("laptop"));
    assert_eq!(ledger.read().unwrap(), Contents::default());
    assert_eq!(world.git(&world.remote(), &["for-each-ref"]), "");
    let events = one_of_each();
    ledger.append(&events).unwrap();
    ledger.append(&events[3..5]).unwrap();
    let expected = Contents { events, skipped: Vec::new() };
    assert_eq!(ledger.read().unwrap(), expected);
    assert_eq!(open(&world.machine("job")).read().unwrap(), expected);
    assert_eq!(ledger.describe(), format!("`refs/glu/ledger` of {}", world.remote().display()));
    let files = world.git(&world.remote(), &["ls-tree", "-r", "--name-only", REFERENCE]);
    assert_eq!(files, format!("events/2026-11/16/{}.json\n", expected.events[0].id));
    assert_eq!(world.git(&world.remote(), &["rev-list", "--count", REFERENCE]).trim(), "1");
}

#[test]
fn a_branch_serves_as_well_and_keeps_what_else_is_on_it() {
    let world = World::new();
    world.rewrite("refs/heads/glu-ledger", &[("README.md", "what this branch is")]);
    world.rewrite("refs/heads/glu-ledger-of-others", &[("x", "y")]);
    let ledger = open(&world.machine_with("laptop", branch("glu-ledger")));
    assert_eq!(ledger.read().unwrap(), Contents::default());
    ledger.append(&[event("first")]).unwrap();
    let contents = open(&world.machine_with("job", branch("glu-ledger"))).read().unwrap();
    assert_eq!((reasons(&contents), contents.skipped.len()), (vec!["first".to_owned()], 0));
    assert!(world.git(&world.remote(), &["ls-tree", "--name-only", "glu-ledger"]).contains("README.md"));
    let fresh = open(&world.machine_with("laptop", branch("new")));
    fresh.append(&[event("first")]).unwrap();
    assert_eq!(fresh.read().unwrap().events.len(), 1);
}

#[test]
fn a_repository_without_a_remote_keeps_it_too_and_its_files_stay() {
    let world = World::new();
    let work = world.directory.path().join("work");
    std::fs::create_dir(&work).unwrap();
    world.git(&work, &["init", "-q", "-b", "main"]);
    std::fs::write(work.join("mine"), "x").unwrap();
    let settings = GitSettings { path: Some(work.clone()), remote: None, default_branch: None };
    let access = || world.access("cache", settings.clone(), LedgerSettings::default());
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let ledger = open(&access());
            scope.spawn(move || {
                for number in 0..5 {
                    ledger.append(&[event(&format!("{thread} {number}"))]).unwrap();
                }
            });
        }
    });
    assert_eq!(open(&access()).read().unwrap().events.len(), 20);
    assert_eq!(world.git(&work, &["status", "--porcelain"]), "?? mine\n");
}

#[test]
fn eight_threads_on_two_clones_lose_nothing() {
    let world = World::new();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let access = world.machine(&format!("machine {}", thread % 2));
            scope.spawn(move || {
                let ledger = open(&access);
                for number in 0..5 {
                    ledger
                        .append(&[
                            event(&format!("{thread} {number}")),
                            event(&format!("{thread} {number}+")),
                        ])
                        .unwrap();
                }
                assert!(ledger.read().unwrap().events.len() >= 10);
            });
        }
    });
    let expected: Vec<String> = (0..8)
        .flat_map(|thread| {
            (0..5).flat_map(move |number| [format!("{thread} {number}"), format!("{thread} {number}+")])
        })
        .collect();
    for machine in ["machine 0", "machine 1", "another"] {
        let contents = open(&world.machine(machine)).read().unwrap();
        assert_eq!(reasons(&contents), expected);
        assert_eq!(contents.skipped, [""; 0]);
    }
    assert_eq!(world.git(&world.remote(), &["rev-list", "--count", REFERENCE]).trim(), "40");
}

#[test]
fn entries_that_cannot_be_trusted_are_told_and_others_count() {
    let world = World::new();
    let good = event("good");
    let text = crate::ledger::entry::encode_one(&good);
    let named = |event: &Event| format!("events/2026-11/16/{}.json", event.id);
    let other = event("other");
    let ahead = event_at(now() + Duration::from_secs(10 * 86_400), "ahead");
    let ahead_path = format!("events/2026-11/26/{}.json", ahead.id);
    world.rewrite(
        REFERENCE,
        &[
            (&named(&good), &text),
            // Another's name, no name, no text, the wrong day, a time to come.
            (&named(&other), &text),
            ("events/notes.txt", "hello"),
            (&named(&event("x")), "garbage"),
            (&format!("events/2026-11/17/{}.json", good.id), &text),
            (&ahead_path, &crate::ledger::entry::encode_one(&ahead)),
        ],
    );
    let ledger = open(&world.machine("laptop"));
    let contents = ledger.read().unwrap();
    assert_eq!(contents.events, std::slice::from_ref(&good));
    let told = |sentence: &str| {
        assert!(
            contents.skipped.iter().any(|skipped| skipped.contains(sentence)),
            "{sentence}: {:#?}",
            contents.skipped
        );
    };
    told(&format!("{} holds event {}, after which it is not named", named(&other), good.id));
    told("events/notes.txt is no entry of a ledger");
    told("is torn or no JSON");
    told(&format!("events/2026-11/17/{}.json is no entry of a ledger", good.id));
    told("is of 2026-11-26T12:00:00Z, in the future");
    assert_eq!(contents.skipped.len(), 5);
    ledger.append(&[event("new")]).unwrap();
    assert_eq!(reasons(&ledger.read().unwrap()), ["good", "new"]);
}

#[test]
fn what_a_rewrite_takes_away_still_counts_and_comes_back() {
    let world = World::new();
    let laptop = world.machine("laptop");
    let ledger = open(&laptop);
    ledger.append(&[event("first")]).unwrap();
    ledger.append(&[event("second")]).unwrap();
    ledger.read().unwrap();
    let theirs = event("theirs");
    let path = format!("events/2026-11/16/{}.json", theirs.id);
    world.rewrite(REFERENCE, &[(&path, &crate::ledger::entry::encode_one(&theirs))]);
    // It is told by every read until it is mended, in this process and in others on the same machine.
    for _ in 0..2 {
        laptop.forget();
        for reader in [&ledger, &open(&world.machine("laptop"))] {
            let contents = reader.read().unwrap();
            assert_eq!(reasons(&contents), ["first", "second", "theirs"]);
            assert!(
                contents.skipped[0].starts_with("2 entries that were there before are gone"),
                "{contents:?}"
            );
        }
    }
    assert_eq!(reasons(&open(&world.machine("job")).read().unwrap()), ["theirs"]);
    // What came with one rewrite and went with the next was seen as well.
    world.rewrite(REFERENCE, &[("README.md", "a new start")]);
    let contents = open(&world.machine("laptop")).read().unwrap();
    assert_eq!(reasons(&contents), ["first", "second", "theirs"]);
    open(&world.machine("laptop")).append(&[event("third")]).unwrap();
    for machine in ["laptop", "job"] {
        let contents = open(&world.machine(machine)).read().unwrap();
        assert_eq!(reasons(&contents), ["first", "second", "theirs", "third"]);
        assert_eq!(contents.skipped, [""; 0]);
    }
}

#[test]
fn a_ref_that_was_deleted_comes_back_whole() {
    let world = World::new();
    let ledger = open(&world.machine("laptop"));
    ledger.append(&[event("first")]).unwrap();
    ledger.read().unwrap();
    world.git(&world.remote(), &["update-ref", "-d", REFERENCE]);
    let later = open(&world.machine("laptop"));
    let contents = later.read().unwrap();
    assert_eq!((reasons(&contents), contents.skipped.len()), (vec!["first".to_owned()], 1));
    later.append(&[event("second")]).unwrap();
    assert_eq!(reasons(&open(&world.machine("job")).read().unwrap()), ["first", "second"]);
}

#[test]
fn an_entry_that_was_changed_is_told() {
    let world = World::new();
    let ledger = open(&world.machine("laptop"));
    let first = event("first");
    ledger.append(std::slice::from_ref(&first)).unwrap();
    ledger.read().unwrap();
    let path = format!("events/2026-11/16/{}.json", first.id);
    let forged = crate::ledger::entry::encode_one(&first).replace("first", "forged");
    world.rewrite(REFERENCE, &[(&path, &forged)]);
    for _ in 0..2 {
        let contents = open(&world.machine("laptop")).read().unwrap();
        assert_eq!(contents.skipped, [format!("{path} was changed after it was written")]);
    }
}

#[test]
fn a_refusal_is_in_the_remotes_words_and_names_the_way_out() {
    let world = World::new();
    let hook = world.remote().join("hooks/pre-receive");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, "#!/bin/sh\necho 'only branches here' >&2\nexit 1\n").unwrap();
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let error = open(&world.machine("laptop")).append(&[event("x")]).unwrap_err().to_string();
    assert!(error.contains("only branches here") && error.contains("`ledger.git.ref`"), "{error}");
    assert_eq!(world.git(&world.remote(), &["for-each-ref"]), "");
}

#[test]
fn several_sources_and_no_default_have_no_ledger_until_one_is_named() {
    let world = World::new();
    let git = GitSettings { path: Some(world.remote()), remote: None, default_branch: None };
    let mut settings = world.machine("x").settings().clone();
    settings.git.insert("other".to_owned(), git);
    let homeless = open(&Arc::new(Access::new(settings.clone())));
    assert_eq!(homeless.read().unwrap(), Contents::default());
    assert!(homeless.append(&[event("x")]).unwrap_err().to_string().contains("`ledger.git.source`"));
    settings.ledger =
        LedgerSettings::Git { source: Some("other".to_owned()), reference: REFERENCE.to_owned() };
    let ledger = open(&Arc::new(Access::new(settings).clock(Arc::new(Standing))));
    ledger.append(&[event("x")]).unwrap();
    assert!(!world.tip(REFERENCE).is_empty());
}

/// What a plain user pays: nothing.
#[test]
fn a_ledger_that_nobody_needs_costs_no_connection_and_writes_nothing() {
    let world = World::new();
    world.rewrite("refs/heads/main", &[("app.yaml", "x")]);
    let work = world.directory.path().join("work");
    world.git(world.directory.path(), &["clone", "-q", "remote.git", "work"]);
    // Counts connections.
    let count = world.directory.path().join("connections");
    let script = format!("#!/bin/sh\necho x >> {}\nexec git-upload-pack \"$@\"\n", count.display());
    let script = world.directory.write("upload-pack", script);
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    world.git(&work, &["config", "remote.origin.uploadpack", script.to_str().unwrap()]);
    let connections = || std::fs::read_to_string(&count).unwrap_or_default().lines().count();

    let remote = Remote { url: None, ..world.machine("x").settings().git["app"].remote.clone().unwrap() };
    let settings = GitSettings { path: Some(work.clone()), remote: Some(remote), default_branch: None };
    let access = || world.access("cache", settings.clone(), LedgerSettings::default());
    let refs = world.git(&work, &["for-each-ref"]);
    let absent = access();
    assert!(absent.tips("app", &["main"]).unwrap()["main"].is_some());
    assert_eq!(open(&absent).read().unwrap(), Contents::default());
    assert_eq!(connections(), 1);
    assert_eq!(world.git(&work, &["for-each-ref"]), refs);
    assert_eq!(world.git(&world.remote(), &["for-each-ref", "refs/glu"]), "");

    open(&world.machine("job")).append(&[event("first")]).unwrap();
    let present = access();
    present.tips("app", &["main"]).unwrap();
    assert_eq!(open(&present).read().unwrap().events.len(), 1);
    assert_eq!(connections(), 2);
    // A branch that is not there costs its second connection, and the ledger none.
    let other = access();
    assert_eq!(other.tips("app", &["nope", "main"]).unwrap()["nope"], None);
    assert_eq!(open(&other).read().unwrap().events.len(), 1);
    assert_eq!(connections(), 5);
    let alone = access();
    assert_eq!(open(&alone).read().unwrap().events.len(), 1);
    assert_eq!(connections(), 6);
}

/// Appends until it is killed.
#[test]
#[ignore = "it is a process of the test below"]
fn append_for_ever() {
    let world = World { directory: Directory::new() };
    let remote = PathBuf::from(std::env::var("GLU_TEST_LEDGER").unwrap());
    let mut git = world.machine("x").settings().git["app"].clone();
    git.remote = git.remote.map(|known| Remote { url: Some(remote.display().to_string()), ..known });
    let mut settings = world.access("x", git, LedgerSettings::default()).settings().clone();
    settings.cache = remote.with_file_name("killed");
    let ledger = open(&Arc::new(Access::new(settings)));
    loop {
        ledger.append(&[event_at(Timestamp::now(), "one"), event_at(Timestamp::now(), "two")]).unwrap();
    }
}

#[test]
fn a_killed_writer_leaves_a_ledger_from_before_or_after() {
    let world = World::new();
    let reader = || {
        let settings = world.machine("reader").settings().clone();
        open(&Arc::new(Access::new(settings)))
    };
    for round in 0..6_u64 {
        let test = "ledger::tests::git::append_for_ever";
        let error = Process::new(std::env::current_exe().unwrap(), "a test", "it is there")
            .arguments(["--exact", test, "--ignored", "--nocapture"])
            .environment("GLU_TEST_LEDGER", world.remote())
            .timeout(Duration::from_millis(900 + round * 37))
            .run()
            .unwrap_err();
        assert!(error.to_string().contains("did not finish"), "{error}");
        let contents = reader().read().unwrap();
        assert_eq!(contents.skipped, [""; 0]);
        assert_eq!(contents.events.len() % 2, 0);
    }
    let before = reader().read().unwrap().events.len();
    assert!(before > 0);
    reader().append(&[event_at(Timestamp::now(), "after")]).unwrap();
    assert_eq!(reader().read().unwrap().events.len(), before + 1);
}
