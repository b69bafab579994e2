//! What is refused at start, before anything is looked at: each mistake with its place, both places where there are two sides.

use glu::prelude::*;
use glu::testing::World;

use crate::shop::App;

/// How a world with these pipelines refuses them; lines are counted from the one where the test declares them.
fn refused<P: glu::core::author::IntoPipelines>(from: u32, pipelines: impl Fn() -> P + 'static) -> String {
    let world = World::new();
    world.layout("app").publish("latest", "1.0.0");
    world.remote("environments").commit("Set up", [("x", "y")]);
    world.pipelines(move |_| pipelines());
    let run = world.run("list");
    assert_eq!(run.code as u8, 2, "{run}");
    assert_eq!(run.out, "", "nothing is shown of what is not sound");
    let mut text = run.to_string();
    for number in from..from + 30 {
        text = text.replace(&format!("{}:{number}:", file!()), &format!("[line {}]:", number - from));
        text = text.replace(&format!("{}:{number}\n", file!()), &format!("[line {}]\n", number - from));
    }
    text
}

type P = Pipeline<App>;

#[test]
fn two_pipelines_of_one_name() {
    let text = refused(line!(), || {
        vec![
            P::from(git("a")).named("shop"),
            P::from(git("b")).named("blog"),
            P::from(git("c")).named("shop"),
        ]
    });
    insta::assert_snapshot!(text, @"
    --- stderr
    error: [line 4]: pipeline `shop` is declared twice; first at [line 2]
    --- exit 2
    ");
}

#[test]
fn two_phases_of_one_name() {
    let text = refused(line!(), || {
        let pipeline = P::from(oci("app"));
        let pipeline = pipeline.then(git("staging"));
        pipeline.then(git("staging")).named("shop")
    });
    insta::assert_snapshot!(text, @"
    --- stderr
    error: [line 3]: phase `staging` is declared twice in pipeline `shop`; first at [line 2]
    --- exit 2
    ");
}

#[test]
fn one_edge_twice() {
    let text = refused(line!(), || {
        let pipeline = P::from(oci("app"));
        let pipeline = pipeline.then(git("staging"));
        pipeline.edge("app", "staging").named("shop")
    });
    insta::assert_snapshot!(text, @"
    --- stderr
    error: [line 3]: the edge from `app` to `staging` is declared twice; first at [line 2]
    --- exit 2
    ");
}

#[test]
fn phases_in_a_circle() {
    let text = refused(line!(), || {
        let pipeline = P::from(git("a"));
        let pipeline = pipeline.then(git("b"));
        let pipeline = pipeline.then(git("c"));
        pipeline.edge("c", "a").named("shop")
    });
    insta::assert_snapshot!(text, @"
    --- stderr
    error: [line 2]: phases of pipeline `shop` feed each other in a circle: b -> c -> a -> b; `c` is at [line 3]
    --- exit 2
    ");
    let text = refused(line!(), || P::from(git("a")).edge("a", "a").named("shop"));
    insta::assert_snapshot!(text, @"
    --- stderr
    error: [line 0]: phases of pipeline `shop` feed each other in a circle: a -> a
    --- exit 2
    ");
}

#[test]
fn a_phase_that_nobody_feeds_and_that_feeds_nobody() {
    let text = refused(line!(), || {
        P::from(oci("app")).then(git("staging")).after(Vec::<String>::new()).then(git("lonely")).named("shop")
    });
    insta::assert_snapshot!(text, @"
    --- stderr
    error: [line 1]: nobody feeds phase `lonely` of pipeline `shop`, and it feeds nobody
    --- exit 2
    ");
}

#[test]
fn a_phase_that_cannot_be_written_to_is_fed() {
    let text = refused(line!(), || P::from(git("staging")).then(oci("app")).named("shop"));
    insta::assert_snapshot!(text, @"
    --- stderr
    error: [line 0]: phase `app` is fed by others, but nothing can be written to oci phases
    --- exit 2
    ");
}

#[test]
fn edges_and_joins_that_cannot_be() {
    let text = refused(line!(), || {
        vec![
            P::from(oci("app")).then(git("staging")).edge("stagign", "staging").named("a"),
            P::from(oci("app")).then(git("staging").join(Join::AtLeast(2))).named("b"),
            P::from(oci("app")).then(git("staging").join(Join::AtLeast(0))).named("c"),
        ]
    });
    insta::assert_snapshot!(text, @"
    --- stderr
    error: [line 2]: pipeline `a` has no phase `stagign`; did you mean `staging`?
    error: [line 3]: phase `staging` joins at least 2 upstreams but has 1
    error: [line 4]: phase `staging` joins at least 0 upstreams; write 1 or more
    --- exit 2
    ");
}

#[test]
fn one_of_several_without_a_name() {
    let text = refused(line!(), || {
        let named = P::from(git("a")).named("shop");
        let nameless = P::from(git("b"));
        vec![named, nameless]
    });
    insta::assert_snapshot!(text, @"
    --- stderr
    error: [line 2]: one of several pipelines has no name; give each its own with `.named(...)`
    --- exit 2
    ");
}

#[test]
fn names_that_would_not_do_in_file_names_and_arguments() {
    let text = refused(line!(), || {
        vec![
            P::from(git("a b")).named("shop"),
            P::from(git("")).named("blog"),
            P::from(git("a")).named("up/../down"),
            P::from(git("-x")).named("dash"),
            P::from(git("é")).named("accent"),
            P::from(git("x".repeat(300))).named("long"),
        ]
    });
    insta::assert_snapshot!(text, @"
    --- stderr
    error: [line 2]: phase name `a b` may only have letters, digits, `-`, `_` and `.`
    error: [line 3]: phase name `` is empty
    error: [line 4]: pipeline name `up/../down` may only have letters, digits, `-`, `_` and `.`
    error: [line 5]: phase name `-x` must begin with a letter or a digit
    error: [line 6]: phase name `é` may only have letters, digits, `-`, `_` and `.`
    error: [line 7]: phase name `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx` is longer than 100 characters
    --- exit 2
    ");
}

#[test]
fn sources_that_are_not_configured() {
    let text = refused(line!(), || {
        vec![
            P::from(oci("ap")).then(git("staging").source("enviroments")).named("shop"),
            P::from(oci("something-else")).then(git("staging")).named("blog"),
        ]
    });
    insta::assert_snapshot!(text, @"
    --- stderr
    error: [line 3]: phase `something-else`: oci source `something-else` is not configured; there are `app`; or add `[sources.oci.something-else]`
    error: [line 2]: phase `ap`: oci source `ap` is not configured; did you mean `app`?
    error: [line 2]: phase `staging`: git source `enviroments` is not configured; did you mean `environments`?
    --- exit 2
    ");
}

#[test]
fn one_of_several_git_sources_has_to_be_named() {
    let world = World::new();
    world.remote("one");
    world.remote("two");
    world.pipelines(|_| P::from(git("staging")).named("shop"));
    let run = world.run("list");
    assert_eq!(run.code as u8, 2);
    assert!(
        run.err.ends_with(
            "phase `staging`: there are several git sources (`one`, `two`), so say which: `git(\"...\").source(\"NAME\")`\n"
        ),
        "{run}"
    );
}

#[test]
fn a_program_without_pipelines() {
    shown!(World::new().run("list"), @"
    --- stderr
    error: the program has no pipelines
    hint: mark a function with `#[pipeline]`; pipelines of another crate have to be named: `use my_pipelines as _;`
    --- exit 2
    ");
}

#[test]
fn a_function_that_fails_says_why_in_its_own_words() {
    let text = refused(line!(), || Err::<P, _>("the moon is not full"));
    insta::assert_snapshot!(text.split_once("function ").unwrap().1, @"
    `pipelines` failed: the moon is not full
    --- exit 2
    ");
}

#[test]
fn a_queue_without_a_history_or_with_several_upstreams() {
    let text = refused(line!(), || {
        let pipeline = P::from(oci("app"));
        let pipeline = pipeline.then(git("staging").queue());
        let pipeline = pipeline.then_each([git("eu").queue(), git("us")]);
        pipeline.then(git("global").queue()).named("shop")
    });
    insta::assert_snapshot!(text, @"
    --- stderr
    error: [line 4]: phase `global` queues, which takes one upstream, and it has 2; leave out `.queue()`, or join in a phase before it
    error: [line 2]: phase `staging` queues the states of `app`, but of oci phases no history is kept; put a git phase between them and queue after that, or leave out `.queue()`
    --- exit 2
    ");
}

#[test]
fn a_timetable_that_cannot_be_read() {
    let text = refused(line!(), || {
        let staging = git("staging");
        let staging = staging.cron("0 9 * * Mon-Fir", "Europe/Berlin");
        P::from(oci("app")).then(staging).named("shop")
    });
    insta::assert_snapshot!(text, @"
    --- stderr
    error: [line 2]: the trigger of phase `staging`: `Mon-Fir` is no day of the week from 0 to 7
    --- exit 2
    ");
}

#[test]
fn people_whom_nobody_can_be() {
    let text = refused(line!(), || {
        P::from(oci("app"))
            .then(git("staging").propose_with(proposal().reviewers([
                "@grace",
                "team/web",
                "acme/web/ops",
                "@",
            ])))
            .then(git("production").propose_with(proposal().assignees(["", "team/web"])))
            .named("shop")
    });
    insta::assert_snapshot!(text, @"
    --- stderr
    error: [line 8]: the proposals of phase `production`: an empty name is no assignee; name a login
    error: [line 8]: the proposals of phase `production`: `team/web` is no assignee; name a login
    error: [line 2]: the proposals of phase `staging`: `acme/web/ops` is no reviewer; name a login or `team/NAME`
    error: [line 2]: the proposals of phase `staging`: an empty name is no reviewer; name a login or `team/NAME`
    --- exit 2
    ");
}
