//! `glu man`

use glu::testing::World;

#[test]
fn a_page_for_glu_and_one_for_each_verb() {
    let world = World::new();
    world.run("man pages").success();
    let mut pages: Vec<String> = std::fs::read_dir(world.path().join("pages"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    assert_eq!(
        pages,
        [
            "glu-abort.1",
            "glu-approve.1",
            "glu-build.1",
            "glu-check.1",
            "glu-ci.1",
            "glu-completions.1",
            "glu-diff.1",
            "glu-doctor.1",
            "glu-explain.1",
            "glu-freeze.1",
            "glu-graph.1",
            "glu-history.1",
            "glu-init.1",
            "glu-ledger.1",
            "glu-list.1",
            "glu-man.1",
            "glu-pause.1",
            "glu-pin.1",
            "glu-plan.1",
            "glu-promote.1",
            "glu-quarantine.1",
            "glu-resume.1",
            "glu-rollback.1",
            "glu-run.1",
            "glu-simulate.1",
            "glu-skip.1",
            "glu-status.1",
            "glu-unfreeze.1",
            "glu-unpin.1",
            "glu.1"
        ]
    );
    let page = std::fs::read_to_string(world.path().join("pages/glu-promote.1")).unwrap();
    for said in [".TH glu-promote 1", "\\-\\-dry\\-run", "Make exactly the moves of a saved plan"] {
        assert!(page.contains(said), "{said}\n{page}");
    }
    assert_eq!(
        world.run("man").success(),
        std::fs::read_to_string(world.path().join("pages/glu.1")).unwrap()
    );
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let world = World::new();
    shown!(world.run("man glu.toml"), @"
    --- stderr
    error: [world]/glu.toml: File exists (os error 17)
    --- exit 1
    ");
}
