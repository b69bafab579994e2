use super::*;

#[test]
fn a_work_tree_follows_its_branch() {
    let scratch = Scratch::new();
    let repository = scratch.local();
    let tip = repository.fetch(&["main", "nope"]).unwrap();
    assert_eq!(tip["nope"], None);
    let tip = tip["main"].clone().unwrap();
    let changes = [
        change("app.yaml", Some("image: one\n"), Some("image: two\n")),
        change("env/prod/values.yaml", Some("tag: 1\r\n"), None),
        change("new/file", None, Some("new\n")),
    ];
    let new = repository.commit(&tip, &changes, "m", &somebody(), &somebody()).unwrap();
    // Only looks changed: the same content, written at another time.
    write(&scratch.work(), "app.yaml", "image: one\n");
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(86_400);
    std::fs::File::options()
        .write(true)
        .open(scratch.work().join("app.yaml"))
        .unwrap()
        .set_modified(long_ago)
        .unwrap();
    // Changed, but not in the way.
    write(&scratch.work(), "run.sh", "#!/bin/sh\nmine\n");
    write(&scratch.work(), "untracked", "mine\n");
    assert_eq!(repository.push(&[update("main", Some(&tip), &new)]).unwrap(), Push::Done);
    assert_eq!(scratch.tip(&scratch.work(), "HEAD"), new);
    assert_eq!(scratch.git(&scratch.work(), &["status", "--porcelain"]), " M run.sh\n?? untracked\n");
    assert_eq!(std::fs::read_to_string(scratch.work().join("app.yaml")).unwrap(), "image: two\n");
    assert!(!scratch.work().join("env").exists());
}

#[test]
fn local_changes_in_the_way_stop_the_move_before_it_begins() {
    let scratch = Scratch::new();
    let repository = scratch.local();
    let tip = scratch.tip(&scratch.work(), "main");
    let new = bump(&repository, &tip, "image: one\n", "image: two\n");
    write(&scratch.work(), "app.yaml", "image: mine\n");
    let error = repository.push(&[update("main", Some(&tip), &new)]).unwrap_err();
    let message = error.to_string();
    assert!(matches!(*error.problem, GitProblem::LocalChanges { .. }), "{message}");
    assert!(message.contains("nothing was changed") && message.contains("app.yaml"), "{message}");
    assert_eq!(scratch.tip(&scratch.work(), "main"), tip);
    assert_eq!(std::fs::read_to_string(scratch.work().join("app.yaml")).unwrap(), "image: mine\n");
    assert_eq!(scratch.git(&scratch.work(), &["status", "--porcelain"]), " M app.yaml\n");
}

#[test]
fn an_untracked_file_in_the_way_stops_it_too() {
    let scratch = Scratch::new();
    let repository = scratch.local();
    let tip = scratch.tip(&scratch.work(), "main");
    let changes = [change("new.yaml", None, Some("theirs\n"))];
    let new = repository.commit(&tip, &changes, "m", &somebody(), &somebody()).unwrap();
    write(&scratch.work(), "new.yaml", "mine\n");
    let error = repository.push(&[update("main", Some(&tip), &new)]).unwrap_err();
    assert!(matches!(*error.problem, GitProblem::LocalChanges { .. }), "{error}");
    assert_eq!(std::fs::read_to_string(scratch.work().join("new.yaml")).unwrap(), "mine\n");
}

#[test]
fn a_branch_nobody_has_checked_out_just_moves() {
    let scratch = Scratch::new();
    let tip = scratch.tip(&scratch.work(), "main");
    scratch.git(&scratch.work(), &["checkout", "-q", "-b", "topic"]);
    write(&scratch.work(), "app.yaml", "image: mine\n");
    let repository = scratch.local();
    let new = bump(&repository, &tip, "image: one\n", "image: two\n");
    assert_eq!(repository.push(&[update("main", Some(&tip), &new)]).unwrap(), Push::Done);
    assert_eq!(scratch.tip(&scratch.work(), "main"), new);
    assert_eq!(scratch.git(&scratch.work(), &["status", "--porcelain"]), " M app.yaml\n");
}

#[test]
fn a_linked_work_tree_follows_as_well() {
    let scratch = Scratch::new();
    let linked = scratch.directory.path().join("linked");
    scratch.git(&scratch.work(), &["worktree", "add", "-q", "-b", "topic", linked.to_str().unwrap()]);
    let tip = scratch.tip(&scratch.work(), "main");
    for repository in [scratch.local(), scratch.open(Some(linked.clone()), None)] {
        let (main, topic) = (scratch.tip(&scratch.work(), "main"), scratch.tip(&scratch.work(), "topic"));
        let before =
            String::from_utf8(repository.tree(&main).unwrap().file("app.yaml").unwrap().unwrap()).unwrap();
        let new = bump(&repository, &main, &before, &format!("{before}#\n"));
        let updates = [update("main", Some(&main), &new), update("topic", Some(&topic), &new)];
        assert_eq!(repository.push(&updates).unwrap(), Push::Done);
        for work_tree in [&scratch.work(), &linked] {
            assert_eq!(scratch.tip(work_tree, "HEAD"), new);
            assert_eq!(scratch.git(work_tree, &["status", "--porcelain"]), "");
        }
    }
    assert_ne!(scratch.tip(&scratch.work(), "main"), tip);
}

#[test]
fn one_dirty_work_tree_keeps_all_from_moving() {
    let scratch = Scratch::new();
    let linked = scratch.directory.path().join("linked");
    scratch.git(&scratch.work(), &["worktree", "add", "-q", "-b", "topic", linked.to_str().unwrap()]);
    let tip = scratch.tip(&scratch.work(), "main");
    let repository = scratch.local();
    let new = bump(&repository, &tip, "image: one\n", "image: two\n");
    write(&linked, "app.yaml", "image: mine\n");
    let updates = [update("main", Some(&tip), &new), update("topic", Some(&tip), &new)];
    let error = repository.push(&updates).unwrap_err();
    assert!(matches!(*error.problem, GitProblem::LocalChanges { .. }), "{error}");
    assert_eq!(scratch.git(&scratch.work(), &["status", "--porcelain"]), "");
    for branch in ["main", "topic"] {
        assert_eq!(scratch.tip(&scratch.work(), branch), tip);
    }
}

#[test]
fn branches_move_together_and_only_from_where_they_were_seen() {
    let scratch = Scratch::new();
    let tip = scratch.tip(&scratch.work(), "main");
    scratch.git(&scratch.work(), &["branch", "prod"]);
    let repository = scratch.local();
    let new = bump(&repository, &tip, "image: one\n", "image: two\n");
    let theirs = bump(&repository, &tip, "image: one\n", "image: three\n");
    scratch.git(&scratch.work(), &["update-ref", "refs/heads/prod", theirs.as_str()]);
    let updates = [update("main", Some(&tip), &new), update("prod", Some(&tip), &new)];
    assert_eq!(repository.push(&updates).unwrap(), rejected("prod", Reason::Stale));
    assert_eq!(scratch.tip(&scratch.work(), "main"), tip);
    assert_eq!(repository.push(&[update("main", None, &new)]).unwrap(), rejected("main", Reason::Stale));
}

#[test]
fn a_bare_repository_and_an_unborn_branch_take_their_first_commit() {
    let scratch = Scratch::empty();
    let files = [change("app.yaml", None, Some("image: one\n"))];
    for (path, has_files) in [(scratch.remote(), false), (scratch.work(), true)] {
        let repository = scratch.open(Some(path.clone()), None);
        assert_eq!(repository.default_branch().unwrap(), "main");
        let first = repository.first_commit(&files, "first", &somebody(), &somebody()).unwrap();
        assert_eq!(repository.push(&[update("main", None, &first)]).unwrap(), Push::Done);
        assert_eq!(scratch.tip(&path, "main"), first);
        assert_eq!(path.join("app.yaml").exists(), has_files);
    }
    assert_eq!(scratch.git(&scratch.work(), &["status", "--porcelain"]), "");
}
