use super::*;

const FILES: usize = 12;

/// A repository with more files than are left to git's own filters.
fn many() -> Scratch {
    let scratch = Scratch::new();
    for number in 0..FILES {
        write(&scratch.work(), &format!("{number}.yaml"), "0");
    }
    scratch.record("all files");
    scratch
}

fn files() -> Vec<String> {
    (0..FILES).map(|number| format!("{number}.yaml")).collect()
}

fn edit(scratch: &Scratch, number: usize, content: &str) -> CommitId {
    write(&scratch.work(), &format!("{number}.yaml"), content);
    scratch.record(&format!("{number} becomes {content}"))
}

/// A commit, and the files with what was in them before.
type Touched = (CommitId, Vec<(String, Option<String>)>);

/// What is visited, with contents in place of identifiers.
fn touches(repository: &Repository, tip: &CommitId) -> Vec<Touched> {
    let mut all = Vec::new();
    repository
        .touches("main", tip, &files(), &mut |touches| {
            all.extend(touches);
            ControlFlow::Continue(())
        })
        .unwrap();
    let content = |before: Before| Some(text(repository, &before.blob()?));
    let files = files();
    all.into_iter()
        .map(|touch| {
            let mut touched: Vec<_> =
                touch.files.iter().map(|(place, before)| (files[*place].clone(), content(*before))).collect();
            touched.sort();
            (touch.commit, touched)
        })
        .collect()
}

fn text(repository: &Repository, id: &BlobId) -> String {
    String::from_utf8(repository.blob(id).unwrap()).unwrap()
}

/// What git itself says.
#[track_caller]
fn assert_as_logged(repository: &Repository, tip: &CommitId) {
    let mut logged = Vec::new();
    let mut visit = |entry: LogEntry| {
        let content = |id: &Option<BlobId>| id.as_ref().map(|id| text(repository, id));
        let mut changes: Vec<_> =
            entry.changes.iter().map(|change| (change.path.clone(), content(&change.before))).collect();
        changes.sort();
        logged.push((entry.id, changes));
        ControlFlow::Continue(())
    };
    repository.log(tip, &files(), &mut visit).unwrap();
    assert_eq!(touches(repository, tip), logged);
}

fn kept(scratch: &Scratch) -> PathBuf {
    let history = scratch.cache().join("history");
    let directory = std::fs::read_dir(history).unwrap().next().unwrap().unwrap().path();
    std::fs::read_dir(directory).unwrap().next().unwrap().unwrap().path()
}

#[test]
fn what_is_kept_is_gone_on_from() {
    let scratch = many();
    let first = edit(&scratch, 3, "1");
    let repository = scratch.local();
    assert_as_logged(&repository, &first);
    let file = kept(&scratch);
    let written = std::fs::metadata(&file).unwrap().modified().unwrap();
    assert_as_logged(&repository, &first);
    assert_eq!(std::fs::metadata(&file).unwrap().modified().unwrap(), written);

    edit(&scratch, 3, "2");
    std::fs::remove_file(scratch.work().join("5.yaml")).unwrap();
    let second = scratch.record("remove");
    write(&scratch.work(), "a new one", "x");
    let third = edit(&scratch, 5, "3");
    assert_as_logged(&scratch.local(), &third);
    // One that others have gone on from.
    assert_as_logged(&scratch.local(), &second);
    assert_as_logged(&scratch.local(), &third);
}

#[test]
fn what_is_kept_is_what_is_read() {
    let scratch = many();
    let tip = edit(&scratch, 3, "1");
    let repository = scratch.local();
    touches(&repository, &tip);
    // Another file's name, kept with care, is believed: so nothing was asked of git.
    let mut chain = super::super::chain::Chain::load(&kept(&scratch)).unwrap();
    let _ = chain.restart(tip.oid().unwrap());
    chain.push(tip.oid().unwrap(), None, [("7.yaml", Before::Nothing)].into_iter()).unwrap();
    chain.save(&kept(&scratch));
    assert_eq!(touches(&repository, &tip), [(tip, vec![("7.yaml".to_owned(), None)])]);
}

#[test]
fn a_forced_push_leaves_nothing_behind() {
    let scratch = many();
    let kept_commit = edit(&scratch, 1, "kept");
    edit(&scratch, 2, "dropped");
    let dropped = edit(&scratch, 3, "dropped");
    let repository = scratch.local();
    assert_as_logged(&repository, &dropped);
    scratch.git(&scratch.work(), &["reset", "-q", "--hard", kept_commit.as_str()]);
    let other = edit(&scratch, 4, "other");
    assert_as_logged(&repository, &other);
    // Another history altogether.
    scratch.git(&scratch.work(), &["checkout", "-q", "--orphan", "elsewhere"]);
    let orphan = edit(&scratch, 5, "orphan");
    assert_as_logged(&repository, &orphan);
    // And what was there before is gone for good.
    for branch in ["main", "elsewhere"] {
        scratch.git(&scratch.work(), &["update-ref", "-d", &format!("refs/heads/{branch}")]);
    }
    scratch.git(&scratch.work(), &["checkout", "-q", "--orphan", "again"]);
    let again = edit(&scratch, 6, "again");
    scratch.git(&scratch.work(), &["reflog", "expire", "--expire=all", "--all"]);
    scratch.git(&scratch.work(), &["gc", "-q", "--prune=now"]);
    let repository = scratch.local();
    assert!(!repository.contains(&orphan).unwrap());
    assert_as_logged(&repository, &again);
}

#[test]
fn a_tip_that_was_merged_from_the_other_side_is_no_part_of_the_chain() {
    let scratch = many();
    let work = scratch.work();
    let fork = scratch.tip(&work, "HEAD");
    let old = edit(&scratch, 1, "old tip");
    let repository = scratch.local();
    assert_as_logged(&repository, &old);
    scratch.git(&work, &["checkout", "-q", "-b", "other", fork.as_str()]);
    edit(&scratch, 2, "other");
    scratch.git(&work, &["merge", "-q", "--no-ff", "-m", "merge", old.as_str()]);
    let merge = scratch.tip(&work, "HEAD");
    assert_as_logged(&repository, &merge);
}

#[test]
fn what_is_damaged_is_read_anew() {
    let scratch = many();
    let tip = edit(&scratch, 3, "1");
    let repository = scratch.local();
    touches(&repository, &tip);
    let file = kept(&scratch);
    let whole = std::fs::read(&file).unwrap();
    for damaged in [&whole[..whole.len() / 2], b"", b"glu touches 1\n"] {
        std::fs::write(&file, damaged).unwrap();
        assert_as_logged(&repository, &tip);
        assert_eq!(std::fs::read(&file).unwrap(), whole);
    }
}

#[test]
fn whoever_stops_early_can_go_on_later() {
    let scratch = many();
    let mut tip = scratch.tip(&scratch.work(), "HEAD");
    for number in 0..150 {
        tip = edit(&scratch, number % 3, &format!("{number}"));
    }
    let repository = scratch.local();
    let mut visited = 0;
    repository
        .touches("main", &tip, &files(), &mut |touches| {
            visited += touches.len();
            ControlFlow::Break(())
        })
        .unwrap();
    assert_eq!(visited, 64);
    assert!(kept(&scratch).exists());
    assert_as_logged(&repository, &tip);
    assert_as_logged(&repository, &tip);
}

#[test]
fn a_shallow_clone_keeps_nothing() {
    let scratch = many();
    edit(&scratch, 3, "1");
    let tip = edit(&scratch, 4, "1");
    let shallow = scratch.cache().join("shallow");
    let from = format!("file://{}", scratch.work().display());
    scratch.git(&scratch.work(), &["clone", "-q", "--depth=1", &from, shallow.to_str().unwrap()]);
    let repository = scratch.open(Some(shallow), None);
    assert!(repository.is_shallow());
    assert_eq!(touches(&repository, &tip)[0].1.len(), FILES);
    assert!(!scratch.cache().join("history").exists());
}
