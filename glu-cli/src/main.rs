//! The command `glu`: runs the user's pipelines program, and answers itself what needs none.

use std::process::ExitCode;

use glu::launcher::{self, Builtins};

fn main() -> ExitCode {
    launcher::main(&Builtins {
        always: |invocation| {
            let alone = matches!(invocation.verb.as_deref(), Some("init" | "build" | "completions" | "man"));
            (alone || asks_for_help(invocation)).then(glu::main)
        },
        without_program: |invocation, _| (invocation.verb.as_deref() == Some("doctor")).then(glu::main),
    })
}

/// Whether only help or the version is asked for, which is the same in every program.
fn asks_for_help(invocation: &launcher::Invocation) -> bool {
    invocation.arguments.is_empty()
        || invocation
            .arguments
            .iter()
            .take_while(|argument| *argument != "--")
            .any(|argument| ["-h", "--help", "-V", "--version"].iter().any(|asked| argument == asked))
}
