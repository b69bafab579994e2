use std::io::Write as _;
use std::path::Path;

use super::*;
use crate::process::Process;

fn ledger(path: &Path) -> FileLedger {
    FileLedger::new(path, Arc::new(FakeClock::at(now())))
}

fn append_text(path: &Path, text: &[u8]) {
    std::fs::File::options().append(true).open(path).unwrap().write_all(text).unwrap();
}

#[test]
fn nothing_is_written_before_the_first_event() {
    let directory = Directory::new();
    let path = directory.path().join("state/ledger.jsonl");
    let file = ledger(&path);
    assert_eq!(file.read().unwrap(), Contents::default());
    file.append(&[]).unwrap();
    assert!(!path.parent().unwrap().exists());
    let events = one_of_each();
    file.append(&events).unwrap();
    file.append(&events[2..4]).unwrap();
    assert_eq!(file.read().unwrap(), Contents { events, skipped: Vec::new() });
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 1);
}

#[test]
fn a_torn_last_line_is_told_and_loses_nothing_else() {
    let directory = Directory::new();
    let path = directory.path().join("ledger.jsonl");
    let writer = ledger(&path);
    writer.append(&[event("first")]).unwrap();
    let whole = crate::ledger::entry::encode_one(&event("torn"));
    append_text(&path, format!("{whole} {}", &whole[..30]).as_bytes());
    // Nothing of the torn entry counts: it was one append.
    for reader in [&writer, &ledger(&path)] {
        let contents = reader.read().unwrap();
        assert_eq!(reasons(&contents), ["first"]);
        assert_eq!(contents.skipped, ["the last line, 2, is torn or no JSON, so none of it counts"]);
    }
    writer.append(&[event("second")]).unwrap();
    for reader in [&writer, &ledger(&path)] {
        let contents = reader.read().unwrap();
        assert_eq!(reasons(&contents), ["first", "second"]);
        assert_eq!(contents.skipped, ["line 2 is torn or no JSON, so none of it counts"]);
    }
}

#[test]
fn foreign_lines_are_told_and_others_still_count() {
    let directory = Directory::new();
    let path = directory.write("ledger.jsonl", "SQLite format 3\0\n\n{\"version\": 1}\n");
    let file = ledger(&path);
    file.append(&[event("first")]).unwrap();
    let contents = file.read().unwrap();
    assert_eq!(reasons(&contents), ["first"]);
    let expected =
        ["line 1 is torn or no JSON, so none of it counts", "line 3 holds no event: missing field `id`"];
    for (sentence, expected) in contents.skipped.iter().zip(expected) {
        assert!(sentence.starts_with(expected), "{sentence}");
    }
    assert_eq!(contents.skipped.len(), 2);
    // Somebody tidies up behind our back.
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.lines().last().unwrap().to_owned() + "\n").unwrap();
    assert_eq!(file.read().unwrap().skipped, [""; 0]);
}

#[test]
fn an_event_from_the_future_waits_for_its_time() {
    let directory = Directory::new();
    let path = directory.path().join("ledger.jsonl");
    let clock = Arc::new(FakeClock::at(now()));
    let file = FileLedger::new(&path, clock.clone());
    file.append(&[event("now")]).unwrap();
    let ahead = event_at(now() + Duration::from_secs(3 * 86_400), "ahead");
    let error = file.append(&[event("beside"), ahead.clone()]).unwrap_err().to_string();
    assert!(error.ends_with("is of 2026-11-19T12:00:00Z, in the future"), "{error}");
    append_text(&path, (crate::ledger::entry::encode_one(&ahead) + "\n").as_bytes());
    let contents = file.read().unwrap();
    assert_eq!(reasons(&contents), ["now"]);
    assert_eq!(contents.skipped, [format!("event {} is of 2026-11-19T12:00:00Z, in the future", ahead.id)]);
    clock.advance(Duration::from_secs(3 * 86_400));
    assert_eq!(reasons(&file.read().unwrap()), ["ahead", "now"]);
}

#[test]
fn a_disk_that_takes_nothing_keeps_nothing() {
    let directory = Directory::new();
    directory.write("file", "");
    let error = ledger(&directory.path().join("file/ledger.jsonl")).append(&[event("x")]).unwrap_err();
    assert!(error.to_string().contains("file/ledger.jsonl: "), "{error}");
}

#[test]
fn eight_threads_append_and_nothing_is_lost() {
    let directory = Directory::new();
    let path = directory.path().join("ledger.jsonl");
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let path = &path;
            scope.spawn(move || {
                let file = ledger(path);
                for number in 0..20 {
                    file.append(&[
                        event(&format!("{thread} {number:02}")),
                        event(&format!("{thread} {number:02}+")),
                    ])
                    .unwrap();
                }
            });
        }
    });
    let contents = ledger(&path).read().unwrap();
    assert_eq!(contents.skipped, [""; 0]);
    let mut expected: Vec<String> = (0..8)
        .flat_map(|thread| {
            (0..20)
                .flat_map(move |number| [format!("{thread} {number:02}"), format!("{thread} {number:02}+")])
        })
        .collect();
    expected.sort();
    assert_eq!(reasons(&contents), expected);
}

#[test]
fn what_several_append_at_once_is_written_once() {
    let directory = Directory::new();
    let path = directory.path().join("ledger.jsonl");
    let events: Vec<Event> = (0..20).map(|number| event(&format!("{number:02}"))).collect();
    let together = std::sync::Barrier::new(8);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let file = ledger(&path);
                for event in &events {
                    together.wait();
                    file.append(std::slice::from_ref(event)).unwrap();
                }
            });
        }
    });
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 20);
    assert_eq!(ledger(&path).read().unwrap().events.len(), 20);
}

/// Appends until it is killed; what was appended is told on standard output.
#[test]
#[ignore = "it is a process of the test below"]
fn append_for_ever() {
    let path = std::env::var("GLU_TEST_LEDGER").unwrap();
    let file = FileLedger::new(path, Arc::new(SystemClock));
    loop {
        let events: Vec<Event> = (0..50).map(|_| event_at(Timestamp::now(), &"x".repeat(2000))).collect();
        file.append(&events).unwrap();
        writeln!(std::io::stdout(), "appended {}", events[0].id).unwrap();
    }
}

#[test]
fn a_killed_writer_loses_nothing_that_it_had_appended() {
    let directory = Directory::new();
    let path = directory.path().join("ledger.jsonl");
    for round in 0..10_u64 {
        let test = "ledger::tests::file::append_for_ever";
        // It ends by being killed with all that it started.
        let error = Process::new(std::env::current_exe().unwrap(), "a test", "it is there")
            .arguments(["--exact", test, "--ignored", "--nocapture"])
            .environment("GLU_TEST_LEDGER", &path)
            .timeout(Duration::from_millis(150 + round * 13))
            .run()
            .unwrap_err();
        assert!(error.to_string().contains("did not finish"), "{error}");
        let contents = FileLedger::new(&path, Arc::new(SystemClock)).read().unwrap();
        // Appends come whole, fifty at a time.
        assert_eq!(contents.events.len() % 50, 0);
        assert!(contents.skipped.len() <= usize::try_from(round).unwrap() + 1, "{:?}", contents.skipped);
    }
    let file = FileLedger::new(&path, Arc::new(SystemClock));
    let before = file.read().unwrap().events.len();
    assert!(before > 0);
    file.append(&[event("after")]).unwrap();
    assert_eq!(file.read().unwrap().events.len(), before + 1);
}
