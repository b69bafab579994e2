//! `glu completions`

use glu::testing::World;

#[test]
fn every_shell_has_a_script_that_knows_the_verbs() {
    let world = World::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = world.run(&format!("completions {shell}"));
        let script = run.success();
        assert!(script.contains("rollback") && script.contains("exit-code"), "{shell}");
    }
}

#[test]
fn bash_and_sh_can_read_theirs() {
    let world = World::new();
    let script = world.path().join("glu.bash");
    std::fs::write(&script, world.run("completions bash").success()).unwrap();
    crate::programs::run(world.path(), "bash", &["-n", "glu.bash"]);
}

#[test]
fn an_unknown_shell_lists_those_there_are() {
    shown!(World::new().run("completions csh"), @"
    --- stderr
    error: invalid value 'csh' for '<SHELL>'
      [possible values: bash, elvish, fish, powershell, zsh]

      tip: a similar value exists: 'zsh'

    For more information, try '--help'.
    --- exit 2
    ");
}
