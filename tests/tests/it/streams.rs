//! The real program's streams: data and talk apart, colour only where it is wanted, and a reader who leaves early.

use crate::programs::Catalog;
use crate::shop::Shop;

const ESCAPE: char = '\u{1b}';

#[test]
fn a_reader_who_leaves_early_is_no_failure() {
    let catalog = Catalog::new(2000);
    let whole = catalog.shell("glu list");
    assert_eq!(whole.code, 0, "{}", whole.stderr);
    assert!(whole.stdout.len() > 200_000, "more than any pipe holds: {}", whole.stdout.len());
    let cut = catalog.shell("glu list | head -n 1; echo \"${PIPESTATUS[*]}\"");
    assert_eq!(
        String::from_utf8_lossy(&cut.stdout),
        "app-0000  Ships an application from staging to both regions.\n0 0\n"
    );
    assert_eq!(cut.stderr, "");
}

#[test]
fn a_full_disk_is_a_failure() {
    let finished = Catalog::new(1).shell("glu list > /dev/full");
    assert_eq!(finished.code, 1);
    assert_eq!(finished.stderr, "error: No space left on device (os error 28)\n");
}

#[test]
fn data_is_on_one_stream_and_talk_on_the_other() {
    let catalog = Catalog::new(1);
    let finished = catalog.shell("glu plan -o json 2>/dev/null");
    let json: serde_json::Value = serde_json::from_slice(&finished.stdout).unwrap();
    assert_eq!(json["format_version"], "1.0");
    let finished = catalog.shell("glu promote nowhere");
    assert_eq!((finished.code, finished.stdout.len()), (2, 0));
    assert!(finished.stderr.starts_with("error: "), "{}", finished.stderr);
}

#[test]
fn machines_get_no_advice() {
    let shop = Shop::new();
    shop.images.publish("latest", "1.1.0");
    assert!(shop.world.run("plan").err.starts_with("hint: "));
    for name in ["CI", "GLU_IN_AUTOMATION"] {
        shop.world.env(name, "true");
        assert_eq!(shop.world.run("plan").err, "", "{name}");
        shop.world.env(name, "");
    }
}

#[test]
fn colour_is_for_terminals_or_for_those_who_ask() {
    let catalog = Catalog::new(1);
    let colored = |script: &str| {
        let finished = catalog.shell(script);
        assert_eq!(finished.code, 0, "{}", finished.stderr);
        String::from_utf8_lossy(&finished.stdout).contains(ESCAPE)
    };
    assert!(!colored("glu plan"), "a pipe is no terminal");
    assert!(colored("glu plan --color always"));
    assert!(colored("CLICOLOR_FORCE=1 glu plan"));
    assert!(!colored("NO_COLOR=1 CLICOLOR_FORCE=1 glu plan"));
    assert!(colored("NO_COLOR=1 glu plan --color always"), "what is asked for wins");
    assert!(!colored("CLICOLOR_FORCE=1 glu plan --color never"));
    assert!(!colored("glu plan --color always -o json"), "data for programs has no colour");
    assert!(!colored("glu plan --color always -o markdown"));
}

#[test]
fn without_its_colours_the_text_is_the_same() {
    let shop = Shop::new();
    shop.stage("1.1.0");
    shop.images.publish("latest", "1.2.0");
    for command in ["list", "status", "plan", "diff", "history", "graph", "doctor"] {
        let plain = shop.world.run(command).success().to_owned();
        let colored = shop.world.run(&format!("{command} --color always"));
        let colored = colored.success();
        assert!(colored.contains(ESCAPE), "{command}");
        assert_eq!(stripped(colored), plain, "{command}");
    }
}

/// Without `ESC [ ... m`.
fn stripped(text: &str) -> String {
    let mut pieces = text.split(ESCAPE);
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| text + piece.split_once('m').unwrap().1)
}

#[test]
fn every_verb_that_shows_data_has_json_with_a_version() {
    let shop = Shop::new();
    shop.stage("1.1.0");
    for command in [
        "list",
        "status",
        "plan",
        "diff",
        "promote staging",
        "history",
        "rollback staging",
        "graph",
        "doctor",
    ] {
        let json = shop.world.run(&format!("{command} -o json")).json();
        assert_eq!(json["format_version"], "1.0", "{command}");
        let markdown = shop.world.run(&format!("{command} --output markdown"));
        assert!(!markdown.success().starts_with('{'), "{command}");
    }
}
