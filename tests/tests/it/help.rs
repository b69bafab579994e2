//! The reference of the command line: every help text, whole. What changes here changes for users.

use glu::testing::World;

#[test]
fn the_reference() {
    let world = World::new();
    let verbs = [
        "",
        "list",
        "status",
        "plan",
        "diff",
        "promote",
        "explain",
        "check",
        "approve",
        "pin",
        "unpin",
        "freeze",
        "unfreeze",
        "quarantine",
        "pause",
        "resume",
        "skip",
        "abort",
        "run",
        "simulate",
        "history",
        "rollback",
        "ledger",
        "graph",
        "init",
        "build",
        "ci",
        "ci init",
        "doctor",
        "completions",
        "man",
    ];
    // The global options are those of every verb, so they stand once.
    let help = |verb: &&str| {
        let run = world.run(&format!("{verb} --help"));
        let (own, global) = run.success().split_once("Global options:\n").unwrap();
        let name = if verb.is_empty() { "glu" } else { "glu " };
        (
            format!("$ {name}{verb} --help\n{own}"),
            global.split_once("\n\nExit codes:").map_or(global, |(text, _)| text).to_owned(),
        )
    };
    let (own, global): (Vec<String>, Vec<String>) = verbs.iter().map(help).unzip();
    assert!(global.iter().all(|text| text.trim_end() == global[0].trim_end()), "{global:#?}");
    insta::assert_snapshot!(format!("{}Global options:\n{}", own.concat(), global[0]), @"
    $ glu --help
    Progressive delivery as code

    Shows what runs where, plans the next move, and makes it by a commit.

    PHASE names a phase: `staging` is that phase of every pipeline, `checkout/staging` one pipeline's. A pipeline's name stands for all its phases.

    Usage: glu [OPTIONS] <COMMAND>

    Commands:
      list         List pipelines and their phases
      status       Show what runs where
      plan         Show which states would move where, with the patch of each move
      diff         Print the patch of the moves, as git apply takes it
      promote      Move states into phases
      explain      Tell why a phase is where it is, what could move it, and what is in the way
      check        Ask gates alone
      approve      Approve the state that a phase would get
      pin          Keep a phase in the state it is in
      unpin        Let a pinned phase move again
      freeze       Stop the line: nothing is promoted into a phase, a pipeline, or anywhere
      unfreeze     Let things move again
      quarantine   Keep a bad state from coming in again
      pause        Hold a rollout at its step
      resume       Let a paused rollout go on, and write its step again where somebody changed it
      skip         Cut a rollout's step short
      abort        Give a rollout up: quarantine its state, and write back what was before it
      run          Make every move that is automatic and not held, once or for ever
      simulate     Let time pass in memory: show when what would move, and why not sooner
      history      List the states a phase has had
      rollback     Bring an older state of a phase back by a new commit, and pin it there
      ledger       List and verify what is remembered besides the files: samples, approvals, pins, freezes
      graph        Draw the pipelines
      init         Write a pipelines program into this repository
      build        Build the pipelines program if anything it is made of has changed, and print where it is
      ci           Write the workflow for a CI system
      doctor       Check the machine, the configuration and the way to every source
      completions  Print a shell's completions
      man          Write manual pages

    Options:
      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version

    $ glu list --help
    List pipelines and their phases

    Usage: glu list [OPTIONS] [PHASE]...

    Arguments:
      [PHASE]...
              Phases or pipelines; all of them where none is named

    Options:
      -l, --label <NAME=VALUE>
              Only pipelines with this label; may be given several times

      -h, --help
              Print help (see a summary with '-h')

    $ glu status --help
    Show what runs where

    Usage: glu status [OPTIONS] [PHASE]...

    Arguments:
      [PHASE]...
              Phases or pipelines; all of them where none is named

    Options:
      -l, --label <NAME=VALUE>
              Only pipelines with this label; may be given several times

          --depth <COUNT>
              Look through at most COUNT older states of a phase to tell how far another is behind
              
              [default: 50]

      -h, --help
              Print help (see a summary with '-h')

    $ glu plan --help
    Show which states would move where, with the patch of each move

    Usage: glu plan [OPTIONS] [PHASE]...

    Arguments:
      [PHASE]...
              Phases or pipelines; all of them where none is named

    Options:
      -l, --label <NAME=VALUE>
              Only pipelines with this label; may be given several times

          --out <FILE>
              Save the plan, for glu promote --plan FILE

          --exit-code
              Exit with 5 when anything is to be moved

          --comment
              Post the plan as a comment on the pull request that this CI job runs for, or renew the one that is there
              
              Where every phase is up to date, a comment is only renewed. A comment that cannot be written is a warning. It takes a token from the usual variables, such as GITHUB_TOKEN or GITLAB_TOKEN, unless the repository is a source with a credential.
              
              [env: GLU_COMMENT]

          --comment-on <NUMBER>
              Post it on pull request NUMBER of the repository that holds the working directory; what cannot be written is a failure

      -h, --help
              Print help (see a summary with '-h')

    $ glu diff --help
    Print the patch of the moves, as git apply takes it

    Usage: glu diff [OPTIONS] [PHASE]...

    Arguments:
      [PHASE]...
              Phases or pipelines; all of them where none is named

    Options:
      -l, --label <NAME=VALUE>
              Only pipelines with this label; may be given several times

          --exit-code
              Exit with 5 when there is a difference

      -h, --help
              Print help (see a summary with '-h')

    $ glu promote --help
    Move states into phases

    Usage: glu promote [OPTIONS] [PHASE]...

    Arguments:
      [PHASE]...
              Phases; a pipeline's name stands for all of its phases

    Options:
      -l, --label <NAME=VALUE>
              Only pipelines with this label; may be given several times

          --all
              Promote every phase that can move

          --plan <FILE>
              Make exactly the moves of a saved plan, or none

          --force
              Make the moves although something holds them; needs --reason and leaves a record

          --reason <TEXT>
              Why they are forced

          --wait
              Wait until what is proposed is merged; fail when it is closed or a check of it fails

          --timeout <TIME>
              Wait no longer than this, such as `30m`; what is not merged by then is held

      -y, --yes
              Do not ask; without a terminal nobody is asked anyway
              
              [env: GLU_YES]

          --dry-run
              Show what would be done, and do nothing

      -h, --help
              Print help (see a summary with '-h')

    $ glu explain --help
    Tell why a phase is where it is, what could move it, and what is in the way

    Usage: glu explain [OPTIONS] [PHASE]...

    Arguments:
      [PHASE]...
              Phases or pipelines; all of them where none is named

    Options:
      -l, --label <NAME=VALUE>
              Only pipelines with this label; may be given several times

      -h, --help
              Print help (see a summary with '-h')

    $ glu check --help
    Ask gates alone

    Usage: glu check [OPTIONS] [PHASE]...

    Arguments:
      [PHASE]...
              Phases or pipelines; all of them where none is named

    Options:
      -l, --label <NAME=VALUE>
              Only pipelines with this label; may be given several times

          --retry <TEXT>
              Set the samples of gates that failed aside and try anew, and say why

          --now
              Look even where the next sample is not due yet

      -h, --help
              Print help (see a summary with '-h')

    $ glu approve --help
    Approve the state that a phase would get

    Usage: glu approve [OPTIONS] <PHASE>

    Arguments:
      <PHASE>
              The phase, as PHASE or PIPELINE/PHASE

    Options:
          --state <STATE>
              The state that is meant, by the beginning of its digest; refused where the phase would get another one

          --comment <TEXT>
              What there is to say

          --withdraw <TEXT>
              Take the approval back, and say why

      -h, --help
              Print help (see a summary with '-h')

    $ glu pin --help
    Keep a phase in the state it is in

    Usage: glu pin [OPTIONS] --reason <TEXT> <PHASE>

    Arguments:
      <PHASE>
              The phase, as PHASE or PIPELINE/PHASE

    Options:
          --reason <TEXT>
              Why

          --for <TIME>
              How long, such as `2h`, `3d` or `45m`

          --until <TIME>
              Until when, such as `2027-01-04T08:00:00Z`

      -h, --help
              Print help (see a summary with '-h')

    $ glu unpin --help
    Let a pinned phase move again

    Usage: glu unpin [OPTIONS] --reason <TEXT> <PHASE>

    Arguments:
      <PHASE>
              The phase, as PHASE or PIPELINE/PHASE

    Options:
          --reason <TEXT>
              Why

      -h, --help
              Print help (see a summary with '-h')

    $ glu freeze --help
    Stop the line: nothing is promoted into a phase, a pipeline, or anywhere

    Usage: glu freeze [OPTIONS] --reason <TEXT> <PHASE|--everything>

    Arguments:
      [PHASE]...
              Phases or a pipeline

    Options:
          --everything
              Everything

          --reason <TEXT>
              Why

          --for <TIME>
              How long, such as `2h`, `3d` or `45m`

          --until <TIME>
              Until when, such as `2027-01-04T08:00:00Z`

      -h, --help
              Print help (see a summary with '-h')

    $ glu unfreeze --help
    Let things move again

    Usage: glu unfreeze [OPTIONS] --reason <TEXT> <PHASE|--everything>

    Arguments:
      [PHASE]...
              Phases or a pipeline

    Options:
          --everything
              Everything

          --reason <TEXT>
              Why

      -h, --help
              Print help (see a summary with '-h')

    $ glu quarantine --help
    Keep a bad state from coming in again

    Usage: glu quarantine [OPTIONS] --reason <TEXT> <PHASE>

    Arguments:
      <PHASE>
              A phase that has or had the state, as PHASE or PIPELINE/PHASE

    Options:
          --state <STATE>
              The state: the beginning of a digest or of a commit, a label, or a promotion; without, the one the phase is in

          --reason <TEXT>
              Why

          --everywhere
              In every phase of the pipeline

          --release
              The state is no longer bad

      -h, --help
              Print help (see a summary with '-h')

    $ glu pause --help
    Hold a rollout at its step

    Usage: glu pause [OPTIONS] --reason <TEXT> <PHASE>

    Arguments:
      <PHASE>
              The phase, as PHASE or PIPELINE/PHASE

    Options:
          --reason <TEXT>
              Why

      -h, --help
              Print help (see a summary with '-h')

    $ glu resume --help
    Let a paused rollout go on, and write its step again where somebody changed it

    Usage: glu resume [OPTIONS] <PHASE>

    Arguments:
      <PHASE>
              The phase, as PHASE or PIPELINE/PHASE

    Options:
          --reason <TEXT>
              Why

      -y, --yes
              Do not ask; without a terminal nobody is asked anyway
              
              [env: GLU_YES]

          --dry-run
              Show what would be done, and do nothing

      -h, --help
              Print help (see a summary with '-h')

    $ glu skip --help
    Cut a rollout's step short

    Usage: glu skip [OPTIONS] --reason <TEXT> <PHASE>

    Arguments:
      <PHASE>
              The phase, as PHASE or PIPELINE/PHASE

    Options:
          --reason <TEXT>
              Why

          --to <STEP>
              Go on with this step instead of the next: its number, or `end`

      -h, --help
              Print help (see a summary with '-h')

    $ glu abort --help
    Give a rollout up: quarantine its state, and write back what was before it

    Usage: glu abort [OPTIONS] --reason <TEXT> <PHASE>

    Arguments:
      <PHASE>
              The phase, as PHASE or PIPELINE/PHASE

    Options:
          --reason <TEXT>
              Why

      -y, --yes
              Do not ask; without a terminal nobody is asked anyway
              
              [env: GLU_YES]

          --dry-run
              Show what would be done, and do nothing

      -h, --help
              Print help (see a summary with '-h')

    $ glu run --help
    Make every move that is automatic and not held, once or for ever

    Usage: glu run [OPTIONS] [PHASE]...

    Arguments:
      [PHASE]...
              Phases or pipelines; all of them where none is named

    Options:
      -l, --label <NAME=VALUE>
              Only pipelines with this label; may be given several times

          --once
              Look once, make the moves that are automatic and not held, and exit

          --interval <TIME>
              How long to wait between looks, unless a gate or a trigger is due earlier
              
              [default: 1m]

          --for <TIME>
              End after this time

      -h, --help
              Print help (see a summary with '-h')

    $ glu simulate --help
    Let time pass in memory: show when what would move, and why not sooner

    Usage: glu simulate [OPTIONS] [PHASE]...

    Arguments:
      [PHASE]...
              Phases or pipelines; all of them where none is named

    Options:
      -l, --label <NAME=VALUE>
              Only pipelines with this label; may be given several times

          --for <TIME>
              How long to go on, such as `30d`; 30 days without, and until now with --since

          --since <TIME>
              Go through the past again from then, `2026-09-01` or `30d` ago: the states as git has them, the ledger as it was, the gates as they are written now

          --scenario <FILE>
              Read what happens from a TOML file

          --publish <[TIME] PHASE=STATE[,FIELD=VALUE]>
              Let an invented state appear where a pipeline begins: `2d app=1.4.0`, `5d 14:00 app=1.5.0,chart=3`

          --answer <GATE=ANSWER [TIME..TIME]>
              Say what a check answers, which passes without: `smoke=fail`, `smoke=fail 3d..4d`

          --expect <PHASE=STATE [by TIME]>
              Exit with 1 unless a phase gets a state: `production=1.4.0 by 10d`

          --every <TIME>
              The time from one look to the next, as between the runs of a scheduled job; a minute without

      -h, --help
              Print help (see a summary with '-h')

    $ glu history --help
    List the states a phase has had

    Usage: glu history [OPTIONS] [PHASE]...

    Arguments:
      [PHASE]...
              Phases or pipelines; all of them where none is named

    Options:
      -l, --label <NAME=VALUE>
              Only pipelines with this label; may be given several times

      -n, --limit <COUNT>
              List at most COUNT states of each phase
              
              [default: 20]

      -h, --help
              Print help (see a summary with '-h')

    $ glu rollback --help
    Bring an older state of a phase back by a new commit, and pin it there

    Usage: glu rollback [OPTIONS] <PHASE>

    Arguments:
      <PHASE>
              The phase, as PHASE or PIPELINE/PHASE

    Options:
          --to <STATE>
              The state to go back to: the beginning of a digest or of a commit, a label, or a promotion; without, the state before

          --reason <TEXT>
              Why; kept with the pin

      -y, --yes
              Do not ask; without a terminal nobody is asked anyway
              
              [env: GLU_YES]

          --dry-run
              Show what would be done, and do nothing

      -h, --help
              Print help (see a summary with '-h')

    $ glu ledger --help
    List and verify what is remembered besides the files: samples, approvals, pins, freezes

    Usage: glu ledger [OPTIONS] [PHASE]...
           glu ledger <COMMAND>

    Commands:
      show    List events, newest first; the default
      verify  Read everything, and tell what cannot be trusted and what is missing

    Arguments:
      [PHASE]...
              Phases or pipelines; all of them where none is named

    Options:
      -l, --label <NAME=VALUE>
              Only pipelines with this label; may be given several times

      -n, --limit <COUNT>
              List at most COUNT events
              
              [default: 20]

          --event <KIND>
              Only events of this kind; may be given several times
              
              [possible values: sampled, retried, approved, disapproved, pinned, unpinned, frozen, unfrozen, quarantined, released, sighted, forced, notified, paused, resumed, skipped]

      -h, --help
              Print help (see a summary with '-h')

    $ glu graph --help
    Draw the pipelines

    Usage: glu graph [OPTIONS] [PHASE]...

    Arguments:
      [PHASE]...
              Phases or pipelines; all of them where none is named

    Options:
      -l, --label <NAME=VALUE>
              Only pipelines with this label; may be given several times

      -f, --format <FORMAT>
              Draw as text, or write Mermaid, Graphviz DOT or SVG
              
              [default: text]
              [possible values: text, mermaid, dot, svg]

      -h, --help
              Print help (see a summary with '-h')

    $ glu init --help
    Write a pipelines program into this repository

    Usage: glu init [OPTIONS] [DIR]

    Arguments:
      [DIR]
              The repository with the manifests, or any directory in it
              
              [default: .]

    Options:
          --glu <SPEC>
              Take the library from here: a version, a directory with a checkout, or the URL of a git repository

          --force
              Replace files that exist

          --example
              Write a small tree of manifests as well, where there is none

          --dry-run
              Show the files and their contents, and write nothing

      -h, --help
              Print help (see a summary with '-h')

    $ glu build --help
    Build the pipelines program if anything it is made of has changed, and print where it is

    Usage: glu build [OPTIONS]

    Options:
      -h, --help
              Print help (see a summary with '-h')

    $ glu ci --help
    Write the workflow for a CI system

    Usage: glu ci [OPTIONS] <COMMAND>

    Commands:
      init  Write the workflow: a plan on each pull request, automatic moves on a schedule, promotions by hand

    Options:
      -h, --help
              Print help (see a summary with '-h')

    $ glu ci init --help
    Write the workflow: a plan on each pull request, automatic moves on a schedule, promotions by hand

    Usage: glu ci init [OPTIONS] [SYSTEM]

    Arguments:
      [SYSTEM]
              The system; without, the one of the remote `origin`, else of the configured remotes, else the one that the repository's files tell of

              Possible values:
              - github:     GitHub Actions
              - gitlab:     GitLab CI
              - gitea:      Gitea and Forgejo Actions
              - bitbucket:  Bitbucket Pipelines
              - azure:      Azure Pipelines
              - jenkins:    Jenkins
              - circleci:   CircleCI
              - buildkite:  Buildkite
              - woodpecker: Woodpecker

    Options:
          --check
              Write nothing, and fail where a workflow that was written is not as it would be now

          --force
              Replace a file that somebody else wrote or edited

          --dry-run
              Show the files and their contents, and write nothing

      -h, --help
              Print help (see a summary with '-h')

    $ glu doctor --help
    Check the machine, the configuration and the way to every source

    Usage: glu doctor [OPTIONS]

    Options:
          --notify
              Send a test to everybody whom notifications tell

      -h, --help
              Print help (see a summary with '-h')

    $ glu completions --help
    Print a shell's completions

    Usage: glu completions [OPTIONS] <SHELL>

    Arguments:
      <SHELL>
              The shell
              
              [possible values: bash, elvish, fish, powershell, zsh]

    Options:
      -h, --help
              Print help (see a summary with '-h')

    $ glu man --help
    Write manual pages

    Usage: glu man [OPTIONS] [DIR]

    Arguments:
      [DIR]
              Write a page for glu and one for each verb into DIR, instead of glu's own page to standard output

    Options:
      -h, --help
              Print help (see a summary with '-h')

    Global options:
      -C, --directory <DIR>
              Run as if started in DIR

      -o, --output <FORMAT>
              Write data as text, JSON or Markdown

              Possible values:
              - text:     For people
              - json:     For programs; carries a format version
              - markdown: For pull requests and CI summaries
              
              [default: text]

          --color <WHEN>
              Colour text

              Possible values:
              - auto:   On a terminal, unless `NO_COLOR` is set
              - always: Always
              - never:  Never
              
              [default: auto]

          --program <PATH>
              Run this built program instead of looking for a pipelines crate and building it
              
              [env: GLU_PROGRAM]

          --summary <FILE>
              Append what is shown to FILE, as Markdown

          --output-env <FILE>
              Write what came of it to FILE as GLU_NAME=value lines, for the jobs that come after
    ");
    insta::assert_snapshot!(world.run("--help").success().lines().last().unwrap(), @"Exit codes: 0 done or nothing to do, 1 failed, 2 usage, 3 held (a gate, a pin, a window, a join), 4 something moved (a stale plan, a lost race), 5 changes pending (only with --exit-code).");
}

#[test]
fn the_version_is_one_line() {
    let expected = format!("glu {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(World::new().run("--version").success(), expected);
}

#[test]
fn mistakes_say_what_was_meant() {
    let world = World::new();
    shown!(world.run("promot staging"), @"
    --- stderr
    error: unrecognized subcommand 'promot'

      tip: a similar subcommand exists: 'promote'

    Usage: glu [OPTIONS] <COMMAND>

    For more information, try '--help'.
    --- exit 2
    ");
    shown!(world.run("promote --dry staging"), @"
    --- stderr
    error: unexpected argument '--dry' found

      tip: a similar argument exists: '--dry-run'

    Usage: glu promote --dry-run [PHASE]...

    For more information, try '--help'.
    --- exit 2
    ");
    shown!(world.run("status --output yaml"), @"
    --- stderr
    error: invalid value 'yaml' for '--output <FORMAT>'
      [possible values: text, json, markdown]

    For more information, try '--help'.
    --- exit 2
    ");
    shown!(world.run("history --limit many"), @"
    --- stderr
    error: invalid value 'many' for '--limit <COUNT>': invalid digit found in string

    For more information, try '--help'.
    --- exit 2
    ");
}

#[test]
fn no_verb_shows_the_verbs() {
    let run = World::new().run("");
    assert_eq!(run.code as u8, 2);
    assert!(run.err.contains("Commands:") && run.out.is_empty(), "{run}");
}
