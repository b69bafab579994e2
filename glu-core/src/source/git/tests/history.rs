use super::*;

fn ids(entries: &[LogEntry]) -> Vec<&CommitId> {
    entries.iter().map(|entry| &entry.id).collect()
}

#[test]
fn commits_come_newest_first_with_what_they_changed() {
    let scratch = Scratch::new();
    let first = scratch.tip(&scratch.work(), "HEAD");
    scratch.publish("unrelated", "x", "main");
    write(&scratch.work(), "app.yaml", "image: two\n");
    let second = scratch.record(
        "Move the app\n\nAll of it.\n\nGlu-Pipeline: checkout\nGlu-Note: one\n  two\nGlu-Pipeline: again",
    );
    std::fs::remove_file(scratch.work().join("app.yaml")).unwrap();
    let third = scratch.record("remove the app");
    let repository = scratch.local();

    let log = entries(&repository, &third, &["app.yaml"]);
    assert_eq!(ids(&log), [&third, &second, &first]);
    let entry = &log[1];
    assert_eq!(entry.author_name, "Somebody");
    assert_eq!(entry.author_email, "somebody@example.com");
    assert!(entry.message.starts_with("Move the app\n\nAll of it.\n\nGlu-Pipeline"));
    let trailer = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(
        entry.trailers,
        [
            trailer("Glu-Pipeline", "checkout"),
            trailer("Glu-Note", "one two"),
            trailer("Glu-Pipeline", "again")
        ]
    );
    let [change] = entry.changes.as_slice() else { panic!("{:?}", entry.changes) };
    assert_eq!(change.path, "app.yaml");
    assert_eq!(repository.blob(change.before.as_ref().unwrap()).unwrap(), b"image: one\n");
    assert_eq!(repository.blob(change.after.as_ref().unwrap()).unwrap(), b"image: two\n");
    assert_eq!(log[0].changes[0].after, None);
    assert_eq!(log[2].changes[0].before, None);
    assert!(log[2].parents.is_empty());
}

#[test]
fn a_merge_stands_for_what_it_brought_in() {
    let scratch = Scratch::new();
    let work = scratch.work();
    scratch.git(&work, &["checkout", "-q", "-b", "side"]);
    write(&work, "app.yaml", "image: side\n");
    let side = scratch.record("side");
    write(&work, "unrelated", "x");
    scratch.record("unrelated");
    scratch.git(&work, &["checkout", "-q", "main"]);
    write(&work, "other", "x");
    let other = scratch.record("other");
    scratch.git(&work, &["merge", "-q", "--no-ff", "-m", "merge side", "side"]);
    let merge = scratch.tip(&work, "HEAD");
    let repository = scratch.local();

    let log = entries(&repository, &merge, &["app.yaml"]);
    assert_eq!(log.len(), 2);
    assert_eq!((&log[0].id, log[0].parents.len(), log[0].changes.len()), (&merge, 2, 1));
    let paths = ["app.yaml".to_owned()];
    assert_eq!(ids(&repository.merged(&merge, &paths).unwrap()), [&side]);
    assert_eq!(repository.merged(&merge, &[]).unwrap().len(), 2);
    assert!(repository.merged(&other, &paths).unwrap().is_empty());
}

#[test]
fn many_paths_and_few_give_the_same() {
    let scratch = Scratch::new();
    for number in 0..12 {
        scratch.publish(&format!("env/{number}/values.yaml"), "x", "main");
    }
    scratch.publish("environment", "no part of env", "main");
    let tip = scratch.tip(&scratch.work(), "HEAD");
    let repository = scratch.local();
    let names: Vec<String> = (0..12).map(|number| format!("env/{number}/values.yaml")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let many = entries(&repository, &tip, &names);
    assert_eq!(many.len(), 12);
    assert_eq!(many[0].changes[0].path, "env/11/values.yaml");
    assert_eq!(entries(&repository, &tip, &["env"]).len(), 13);
    let few = entries(&repository, &tip, &names[4..8]);
    assert_eq!(few, many[4..8]);
}

#[test]
fn odd_paths_and_messages_are_read_as_they_are() {
    let scratch = Scratch::new();
    let path = ":(glob)* \"ä\"\n*.yaml";
    write(&scratch.work(), path, "x");
    let commit = scratch.record(":100644 100644 a b M\n\n\u{1}\u{1f} ü");
    let repository = scratch.local();
    let log = entries(&repository, &commit, &[path]);
    assert_eq!(ids(&log), [&commit]);
    assert_eq!(log[0].changes[0].path, path);
    assert_eq!(log[0].message, ":100644 100644 a b M\n\n\u{1}\u{1f} ü");
}

#[test]
fn what_a_user_likes_to_see_changes_nothing() {
    let scratch = Scratch::new();
    write(&scratch.work(), "app.yaml", "image: two\n");
    let commit = scratch.record("two\n\nKey: value\nOther=value");
    let repository = scratch.local();
    let before = entries(&repository, &commit, &["app.yaml", "run.sh"]);
    for (key, value) in [
        ("log.showSignature", "true"),
        ("log.showRoot", "false"),
        ("log.diffMerges", "off"),
        ("log.mailmap", "true"),
        ("log.decorate", "full"),
        ("color.ui", "always"),
        ("diff.renames", "copies"),
        ("diff.relative", "true"),
        ("core.abbrev", "4"),
        ("core.quotePath", "true"),
        ("format.pretty", "oneline"),
        ("trailer.separators", "=:"),
        ("i18n.logOutputEncoding", "latin1"),
    ] {
        scratch.git(&scratch.work(), &["config", key, value]);
    }
    assert_eq!(before.len(), 2);
    assert_eq!(entries(&repository, &commit, &["app.yaml", "run.sh"]), before);
}

#[test]
fn a_visitor_may_stop_early() {
    let scratch = Scratch::new();
    for number in 0..5 {
        write(&scratch.work(), "app.yaml", &number.to_string());
        scratch.record("m");
    }
    let tip = scratch.tip(&scratch.work(), "HEAD");
    let mut seen = 0;
    let stop = &mut |_| {
        seen += 1;
        if seen == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    scratch.local().log(&tip, &[], stop).unwrap();
    assert_eq!(seen, 2);
}

#[test]
fn a_commit_that_is_not_here_is_an_error() {
    let nowhere = CommitId::parse(&"1".repeat(40)).unwrap();
    let scratch = Scratch::new();
    let error = scratch.local().log(&nowhere, &[], &mut |_| ControlFlow::Continue(())).unwrap_err();
    assert!(error.to_string().contains(nowhere.as_str()), "{error}");
}

#[test]
fn a_clone_that_is_used_again_gets_its_filters() {
    let scratch = Scratch::new();
    let repository = scratch.clone();
    repository.fetch(&["main"]).unwrap();
    let clone = std::fs::read_dir(scratch.cache().join("git")).unwrap().next().unwrap().unwrap().path();
    let chain = clone.join("objects/info/commit-graphs/commit-graph-chain");
    assert!(!chain.exists());
    for number in 0..3 {
        let tip = scratch.publish("app.yaml", &number.to_string(), "main");
        repository.fetch(&["main"]).unwrap();
        assert!(chain.exists());
        assert_eq!(entries(&repository, &tip, &["app.yaml"]).len(), number + 2);
    }
    // libgit2 reads the repository with its graph, too.
    let tip = scratch.tip(&scratch.remote(), "main");
    assert!(repository.is_ancestor(&scratch.tip(&scratch.work(), "HEAD~3"), &tip).unwrap());
}
