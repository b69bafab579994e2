//! Progressive delivery as code.
//!
//! A pipelines program is a crate that depends on this one, has functions marked [`pipeline`](prelude::pipeline), and a `main` that
//! is [`glu::main`](main). Everything it needs is in the [`prelude`].

// What the macros write names `::glu`, in here as well.
#[cfg(test)]
extern crate self as glu;

pub mod ci;
pub mod cli;
mod comment;
pub mod config;
mod discovery;
mod doctor;
pub mod exit;
pub mod init;
pub mod launcher;
mod notify;
mod plan_file;
pub mod prelude;
pub mod registration;
mod scenario;
mod session;
mod shell;
pub mod testing;
mod verb;
mod view;

/// The README's programs are tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use discovery::{Discovery, DiscoveryError};
pub use glu_core as core;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};

use cli::{Cli, Global, Verb};
use exit::{Code, Failure};
use session::{Session, Surroundings};
use shell::Shell;

/// Runs the command line over the program's pipelines. It is the whole `main` of a pipelines program.
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    if arguments.get(1).is_some_and(|argument| argument == launcher::protocol::HANDSHAKE) {
        return handshake();
    }
    let surroundings = match Surroundings::process() {
        Ok(surroundings) => surroundings,
        Err(error) => {
            let mut shell = Shell::process(&std::collections::BTreeMap::new());
            shell.fail(&Failure::new(Code::Failed, format!("cannot tell the working directory: {error}")));
            return Code::Failed.into();
        }
    };
    let shell = Shell::process(&surroundings.env);
    run(arguments, surroundings, shell).into()
}

/// Runs one command line; the first argument is the program's own name.
fn run(arguments: Vec<OsString>, surroundings: Surroundings, mut shell: Shell) -> Code {
    match parse(arguments) {
        Ok((cli, title)) => dispatch(cli, title, surroundings, shell),
        Err(error) => explain(&error, &mut shell),
    }
}

/// The command line, and what it is called by: `glu` and the verb.
fn parse(arguments: Vec<OsString>) -> Result<(Cli, String), clap::Error> {
    // However the program is called, people type `glu`.
    let matches = Cli::command().bin_name("glu").try_get_matches_from(arguments)?;
    let title = format!("glu {}", matches.subcommand_name().unwrap_or_default());
    Ok((Cli::from_arg_matches(&matches)?, title))
}

/// Prints what clap has to say: help and versions are data, mistakes are not.
fn explain(error: &clap::Error, shell: &mut Shell) -> Code {
    let text = error.render().to_string();
    if error.use_stderr() {
        shell.say(text.trim_end());
        return Code::Usage;
    }
    match shell.data(&text) {
        Ok(()) => Code::Done,
        Err(failure) => failure.code,
    }
}

fn dispatch(cli: Cli, title: String, mut surroundings: Surroundings, mut shell: Shell) -> Code {
    let Cli { global, verb } = cli;
    shell.color(global.color, &surroundings.env);
    if let Some(directory) = &global.directory {
        surroundings.directory = surroundings.directory.join(directory);
        if !surroundings.directory.is_dir() {
            let message = format!("there is no directory {}", surroundings.directory.display());
            shell.fail(&Failure::new(Code::Usage, message));
            return Code::Usage;
        }
    }
    shell.about(ci::Report::of(title, &global, &surroundings), surroundings.clock.clone());
    let without_program = match &verb {
        Verb::Build(args) => Some(verb::build::build(args, &surroundings, &mut shell)),
        Verb::Init(args) => Some(verb::init::init(args, &global, &surroundings, &mut shell)),
        Verb::Completions(args) => Some(verb::completions::completions(args, &mut shell)),
        Verb::Man(args) => Some(verb::man::man(args, &surroundings.directory, &mut shell)),
        Verb::Doctor(args) => Some(verb::doctor::doctor(args, &global, &surroundings, &mut shell)),
        _ => None,
    };
    let (mut shell, result) = match without_program {
        Some(result) => (shell, result),
        None => with_session(&verb, &global, &surroundings, shell),
    };
    match result {
        Ok(code) => code,
        Err(failure) => {
            shell.fail(&failure);
            failure.code
        }
    }
}

fn with_session(
    verb: &Verb,
    global: &Global,
    surroundings: &Surroundings,
    shell: Shell,
) -> (Shell, Result<Code, Failure>) {
    let mut session = match Session::open(global, surroundings, shell) {
        Ok(session) => session,
        Err(failed) => {
            let (shell, failure) = *failed;
            return (shell, Err(failure));
        }
    };
    let session_ref = &mut session;
    let result = match verb {
        Verb::List(args) => verb::list::list(args, session_ref),
        Verb::Status(args) => verb::status::status(args, session_ref),
        Verb::Plan(args) => verb::plan::plan(args, session_ref),
        Verb::Diff(args) => verb::diff::diff(args, session_ref),
        Verb::Promote(args) => verb::promote::promote(args, session_ref),
        Verb::Explain(args) => verb::explain::explain(args, session_ref),
        Verb::Check(args) => verb::check::check(args, session_ref),
        Verb::Approve(args) => verb::approve::approve(args, session_ref),
        Verb::Pin(args) => verb::pin::pin(args, session_ref),
        Verb::Unpin(args) => verb::pin::unpin(args, session_ref),
        Verb::Freeze(args) => verb::freeze::freeze(args, session_ref),
        Verb::Unfreeze(args) => verb::freeze::unfreeze(args, session_ref),
        Verb::Quarantine(args) => verb::quarantine::quarantine(args, session_ref),
        Verb::Pause(args) => verb::rollout::pause(args, session_ref),
        Verb::Resume(args) => verb::rollout::resume(args, session_ref),
        Verb::Skip(args) => verb::rollout::skip(args, session_ref),
        Verb::Abort(args) => verb::rollout::abort(args, session_ref),
        Verb::Run(args) => verb::run::run(args, session_ref),
        Verb::Simulate(args) => verb::simulate::simulate(args, session_ref),
        Verb::History(args) => verb::history::history(args, session_ref),
        Verb::Rollback(args) => verb::rollback::rollback(args, session_ref),
        Verb::Ledger(args) => verb::ledger::ledger(args, session_ref),
        Verb::Graph(args) => verb::graph::graph(args, session_ref),
        Verb::Ci(args) => verb::ci::ci(args, session_ref),
        Verb::Init(_) | Verb::Build(_) | Verb::Completions(_) | Verb::Man(_) | Verb::Doctor(_) => {
            unreachable!("verbs that need no program were run before")
        }
    };
    (session.shell, result)
}

/// Tells the launcher what it has built.
fn handshake() -> ExitCode {
    let answer = launcher::protocol::Handshake::current().to_json();
    let mut shell = Shell::process(&std::collections::BTreeMap::new());
    match shell.data(&answer) {
        Ok(()) => Code::Done.into(),
        Err(failure) => failure.code.into(),
    }
}
