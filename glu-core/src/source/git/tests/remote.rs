use super::*;

#[test]
fn one_fetch_brings_all_branches_and_tells_which_are_missing() {
    let scratch = Scratch::new();
    let side = scratch.publish("side.yaml", "x\n", "feature/side");
    let repository = scratch.clone();
    let _lock = repository.lock().unwrap();
    let tips = repository.fetch(&["main", "feature/side", "nope"]).unwrap();
    assert_eq!(tips["main"], Some(scratch.tip(&scratch.remote(), "main")));
    assert_eq!(tips["feature/side"], Some(side.clone()));
    assert_eq!(tips["nope"], None);
    assert!(repository.tree(&side).unwrap().file("side.yaml").unwrap().is_some());
}

#[test]
fn a_branch_that_went_away_is_missing() {
    let scratch = Scratch::new();
    scratch.publish("x", "x", "a");
    let repository = scratch.clone();
    assert!(repository.fetch(&["a"]).unwrap()["a"].is_some());
    scratch.git(&scratch.remote(), &["update-ref", "-d", "refs/heads/a"]);
    assert_eq!(repository.fetch(&["a", "main"]).unwrap()["a"], None);
    // Its name may now be that of a directory.
    let below = scratch.publish("y", "y", "a/b");
    assert_eq!(repository.fetch(&["a/b"]).unwrap()["a/b"], Some(below));
}

#[test]
fn an_empty_remote_has_no_tips_and_takes_a_first_commit() {
    let scratch = Scratch::empty();
    let repository = scratch.clone();
    assert_eq!(repository.fetch(&["main"]).unwrap()["main"], None);
    assert!(matches!(*repository.default_branch().unwrap_err().problem, GitProblem::Empty));
    assert!(matches!(*repository.missing_branch("main").problem, GitProblem::Empty));
    let changes = [change("app.yaml", None, Some("x\n"))];
    let first = repository.first_commit(&changes, "first", &somebody(), &somebody()).unwrap();
    assert_eq!(repository.push(&[update("main", None, &first)]).unwrap(), Push::Done);
    assert_eq!(repository.fetch(&["main"]).unwrap()["main"], Some(first));
}

#[test]
fn a_missing_branch_is_told_with_those_like_it() {
    let scratch = Scratch::new();
    scratch.publish("x", "x", "staging");
    let message = scratch.clone().missing_branch("stagign").to_string();
    assert!(message.ends_with("there is no branch `stagign`; there is `staging`, `main`"), "{message}");
}

#[test]
fn the_remotes_head_is_the_default_branch() {
    let scratch = Scratch::new();
    scratch.publish("x", "x", "trunk");
    scratch.git(&scratch.remote(), &["symbolic-ref", "HEAD", "refs/heads/trunk"]);
    assert_eq!(scratch.clone().default_branch().unwrap(), "trunk");
    assert_eq!(scratch.checkout().default_branch().unwrap(), "trunk");
    assert_eq!(scratch.local().default_branch().unwrap(), "main");
}

#[test]
fn what_has_not_moved_is_not_fetched() {
    let scratch = Scratch::new();
    let along = ["refs/glu/ledger"];
    let fetch = |repository: &Repository| repository.fetch_along(&["main"], &along);
    scratch.clone().fetch_along(&["main"], &along).unwrap();

    let repository = scratch.clone();
    assert_eq!(repository.default_branch().unwrap(), "main");
    let away = scratch.remote().with_extension("away");
    std::fs::rename(scratch.remote(), &away).unwrap();
    let tips = fetch(&repository).unwrap();
    assert_eq!(tips["main"], Some(scratch.tip(&away, "main")));
    assert_eq!(tips["refs/glu/ledger"], None);
    // An answer serves once.
    assert!(fetch(&repository).is_err());
    std::fs::rename(&away, scratch.remote()).unwrap();

    // What has moved is.
    let moved = scratch.publish("x", "x", "main");
    let repository = scratch.clone();
    repository.default_branch().unwrap();
    assert_eq!(fetch(&repository).unwrap()["main"], Some(moved));

    // And so is what comes along, when it appears and when it goes.
    scratch.git(&scratch.remote(), &["update-ref", "refs/glu/ledger", "main"]);
    let repository = scratch.clone();
    repository.default_branch().unwrap();
    assert!(fetch(&repository).unwrap()["refs/glu/ledger"].is_some());
    scratch.git(&scratch.remote(), &["update-ref", "-d", "refs/glu/ledger"]);
    let repository = scratch.clone();
    repository.default_branch().unwrap();
    assert_eq!(fetch(&repository).unwrap()["refs/glu/ledger"], None);
}

#[test]
fn what_was_pushed_since_is_seen() {
    let scratch = Scratch::new();
    let tip = scratch.clone().fetch(&["main"]).unwrap()["main"].clone().unwrap();
    let repository = scratch.clone();
    repository.default_branch().unwrap();
    let ours = bump(&repository, &tip, "image: one\n", "image: two\n");
    assert_eq!(repository.push(&[update("main", Some(&tip), &ours)]).unwrap(), Push::Done);
    assert_eq!(repository.fetch(&["main"]).unwrap()["main"], Some(ours));
}

#[test]
fn a_push_loses_to_whoever_was_first() {
    let scratch = Scratch::new();
    let repository = scratch.clone();
    let tip = repository.fetch(&["main"]).unwrap()["main"].clone().unwrap();
    let ours = bump(&repository, &tip, "image: one\n", "image: two\n");
    let theirs = scratch.publish("other.yaml", "x", "main");
    let pushed = repository.push(&[update("main", Some(&tip), &ours)]).unwrap();
    assert_eq!(pushed, rejected("main", Reason::Stale));
    assert_eq!(scratch.tip(&scratch.remote(), "main"), theirs);

    let tip = repository.fetch(&["main"]).unwrap()["main"].clone().unwrap();
    let again = bump(&repository, &tip, "image: one\n", "image: two\n");
    assert_eq!(repository.push(&[update("main", Some(&tip), &again)]).unwrap(), Push::Done);
    assert_eq!(scratch.tip(&scratch.remote(), "main"), again);
}

#[test]
fn a_branch_that_must_be_new_is_not_overwritten() {
    let scratch = Scratch::new();
    let repository = scratch.clone();
    let tip = repository.fetch(&["main"]).unwrap()["main"].clone().unwrap();
    let ours = bump(&repository, &tip, "image: one\n", "image: two\n");
    assert_eq!(repository.push(&[update("main", None, &ours)]).unwrap(), rejected("main", Reason::Stale));
    assert_eq!(repository.push(&[update("new", None, &ours)]).unwrap(), Push::Done);
}

#[test]
fn two_branches_move_together_or_not_at_all() {
    let scratch = Scratch::new();
    let start = scratch.tip(&scratch.remote(), "main");
    scratch.git(&scratch.remote(), &["update-ref", "refs/heads/prod", start.as_str()]);
    let repository = scratch.clone();
    repository.fetch(&["main", "prod"]).unwrap();
    let new = bump(&repository, &start, "image: one\n", "image: two\n");
    let theirs = scratch.publish("other.yaml", "x", "prod");
    let updates = [update("main", Some(&start), &new), update("prod", Some(&start), &new)];
    assert_eq!(repository.push(&updates).unwrap(), rejected("prod", Reason::Stale));
    assert_eq!(scratch.tip(&scratch.remote(), "main"), start);
    assert_eq!(scratch.tip(&scratch.remote(), "prod"), theirs);

    let tips = repository.fetch(&["prod"]).unwrap();
    let after = bump(&repository, tips["prod"].as_ref().unwrap(), "image: one\n", "image: two\n");
    let updates = [update("main", Some(&start), &new), update("prod", Some(&theirs), &after)];
    assert_eq!(repository.push(&updates).unwrap(), Push::Done);
    assert_eq!(scratch.tip(&scratch.remote(), "main"), new);
    assert_eq!(scratch.tip(&scratch.remote(), "prod"), after);
}

#[test]
fn a_hook_at_the_remote_refuses_in_its_own_words() {
    let scratch = Scratch::new();
    let hook = scratch.remote().join("hooks/pre-receive");
    write(&scratch.remote(), "hooks/pre-receive", "#!/bin/sh\necho 'frozen until Monday' >&2\nexit 1\n");
    executable(&hook);
    let repository = scratch.clone();
    let tip = repository.fetch(&["main"]).unwrap()["main"].clone().unwrap();
    let ours = bump(&repository, &tip, "image: one\n", "image: two\n");
    let refused = Reason::Refused("pre-receive hook declined: frozen until Monday".to_owned());
    assert_eq!(repository.push(&[update("main", Some(&tip), &ours)]).unwrap(), rejected("main", refused));
}

#[test]
fn history_is_never_rewritten() {
    let scratch = Scratch::new();
    let older = scratch.tip(&scratch.remote(), "main");
    let newer = scratch.publish("x", "x", "main");
    let repository = scratch.clone();
    repository.fetch(&["main"]).unwrap();
    let error = repository.push(&[update("main", Some(&newer), &older)]).unwrap_err();
    assert!(matches!(*error.problem, GitProblem::NotForward { .. }), "{error}");
    assert_eq!(scratch.tip(&scratch.remote(), "main"), newer);
}

#[test]
fn refs_outside_branches_are_named_in_full() {
    let scratch = Scratch::new();
    let repository = scratch.clone();
    let ledger = "refs/glu/ledger";
    assert_eq!(repository.fetch(&[ledger]).unwrap()[ledger], None);
    let first =
        repository.first_commit(&[change("e", None, Some("1"))], "event", &somebody(), &somebody()).unwrap();
    assert_eq!(repository.push(&[update(ledger, None, &first)]).unwrap(), Push::Done);
    assert_eq!(scratch.tip(&scratch.remote(), ledger), first);
    assert_eq!(scratch.checkout().fetch(&[ledger, "main"]).unwrap()[ledger], Some(first));
}

#[test]
fn a_checkout_lends_its_objects_and_nothing_else() {
    let scratch = Scratch::new();
    write(&scratch.work(), "app.yaml", "image: local\n");
    write(&scratch.work(), "untracked", "x");
    let before = scratch.git(&scratch.work(), &["status", "--porcelain", "--branch"]);
    let head = scratch.tip(&scratch.work(), "HEAD");
    let hook = scratch.work().join(".git/hooks/pre-push");
    write(&scratch.work(), ".git/hooks/pre-push", "#!/bin/sh\nexit 1\n");
    executable(&hook);

    let repository = scratch.checkout();
    assert_eq!(repository.describe(), scratch.remote().to_str().unwrap());
    let tip = repository.fetch(&["main"]).unwrap()["main"].clone().unwrap();
    let new = bump(&repository, &tip, "image: one\n", "image: two\n");
    assert_eq!(repository.push(&[update("main", Some(&tip), &new)]).unwrap(), Push::Done);

    assert_eq!(scratch.tip(&scratch.remote(), "main"), new);
    assert_eq!(scratch.tip(&scratch.work(), "HEAD"), head);
    let after = scratch.git(&scratch.work(), &["status", "--porcelain", "--branch"]);
    // The remote-tracking branch knows of the push; the local branch stayed.
    assert_eq!(after.replace(" [behind 1]", ""), before);
    assert!(!scratch.cache().join("git").exists());
}

#[test]
fn a_linked_work_tree_and_a_directory_inside_are_found() {
    let scratch = Scratch::new();
    let linked = scratch.directory.path().join("linked");
    scratch.git(&scratch.work(), &["worktree", "add", "-q", "-b", "topic", linked.to_str().unwrap()]);
    let repository = scratch.open(Some(linked.join("env/prod")), Some(scratch.remote().to_str().unwrap()));
    let tip = repository.fetch(&["main"]).unwrap()["main"].clone().unwrap();
    let new = bump(&repository, &tip, "image: one\n", "image: two\n");
    assert_eq!(repository.push(&[update("main", Some(&tip), &new)]).unwrap(), Push::Done);
    assert_eq!(scratch.open(Some(linked.join("env/prod")), None).default_branch().unwrap(), "topic");
}

#[test]
fn a_shallow_clone_reads_and_commits() {
    let scratch = Scratch::new();
    scratch.publish("x", "x", "main");
    let shallow = scratch.directory.path().join("shallow");
    let url = format!("file://{}", scratch.remote().display());
    scratch.git(scratch.directory.path(), &["clone", "-q", "--depth=1", &url, shallow.to_str().unwrap()]);
    let repository = scratch.open(Some(shallow), Some(&url));
    assert!(repository.is_shallow());
    assert!(!scratch.clone().is_shallow());
    let theirs = scratch.publish("y", "y", "main");
    let tip = repository.fetch(&["main"]).unwrap()["main"].clone().unwrap();
    assert_eq!(tip, theirs);
    let new = bump(&repository, &tip, "image: one\n", "image: two\n");
    assert_eq!(repository.push(&[update("main", Some(&tip), &new)]).unwrap(), Push::Done);
    assert_eq!(entries(&repository, &new, &["app.yaml"])[0].id, new);
}

#[test]
fn a_broken_clone_is_made_anew() {
    let scratch = Scratch::new();
    let tip = scratch.clone().fetch(&["main"]).unwrap()["main"].clone().unwrap();
    let clone = std::fs::read_dir(scratch.cache().join("git")).unwrap().next().unwrap().unwrap().path();
    std::fs::remove_file(clone.join("HEAD")).unwrap();
    assert_eq!(scratch.clone().fetch(&["main"]).unwrap()["main"], Some(tip.clone()));

    // What a crash in the middle of writing leaves behind.
    let object = clone.join("objects").join(&tip.as_str()[..2]).join(&tip.as_str()[2..]);
    std::fs::remove_file(&object).unwrap();
    std::fs::write(&object, "").unwrap();
    scratch.publish("x", "x", "main");
    let repository = scratch.clone();
    let tip = repository.fetch(&["main"]).unwrap()["main"].clone().unwrap();
    assert!(repository.tree(&tip).unwrap().file("app.yaml").unwrap().is_some());
    let left = std::fs::read_dir(scratch.cache().join("git")).unwrap().count();
    assert_eq!(left, 1);
}

#[test]
fn many_open_one_new_clone_at_once() {
    let scratch = Scratch::new();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let repository = scratch.clone();
                let _lock = repository.lock().unwrap();
                assert!(repository.fetch(&["main"]).unwrap()["main"].is_some());
            });
        }
    });
}

#[test]
fn errors_name_the_source_and_its_place_without_a_password() {
    let scratch = Scratch::new();
    let nowhere = scratch.open(None, Some("/nowhere/at/all.git"));
    let message = nowhere.fetch(&["main"]).unwrap_err().to_string();
    assert!(
        message.starts_with("git source `app` (/nowhere/at/all.git): the remote has no such repository"),
        "{message}"
    );

    let refused = scratch.open(None, Some("https://jane:hunter2@127.0.0.1:1/app.git"));
    let error = refused.fetch(&["main"]).unwrap_err();
    assert!(matches!(*error.problem, GitProblem::Unreachable { .. }), "{error}");
    let all = format!("{error} {error:?} {refused:?} {}", refused.describe());
    assert!(all.contains("https://127.0.0.1:1/app.git") && !all.contains("hunter2"), "{all}");
}

#[test]
fn settings_without_a_repository_are_refused() {
    let scratch = Scratch::empty();
    let open =
        |settings: &GitSettings| Repository::open("app", settings, &scratch.cache()).unwrap_err().problem;
    assert!(matches!(*open(&GitSettings::default()), GitProblem::NotConfigured));
    let nowhere = GitSettings { path: Some(scratch.directory.path().to_owned()), ..GitSettings::default() };
    assert!(matches!(*open(&nowhere), GitProblem::NotARepository { .. }));
    let remote = Remote {
        name: "upstream".to_owned(),
        url: None,
        credential: None,
        ca_cert_path: None,
        insecure_skip_tls: false,
    };
    let unknown = GitSettings { path: Some(scratch.work()), remote: Some(remote), default_branch: None };
    assert_eq!(open(&unknown).to_string(), "the repository has no remote `upstream`");
}
