//! `glu freeze` and `glu unfreeze`

use glu_core::ledger::{FreezeScope, What};
use glu_core::model::Selection;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

use crate::exit::{Code, Failure};
use crate::session::Session;

/// Arguments of `glu freeze`.
#[derive(Debug, clap::Args)]
pub struct FreezeArgs {
    #[command(flatten)]
    scope: Scope,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    expiry: Expiry,
}

/// Arguments of `glu unfreeze`.
#[derive(Debug, clap::Args)]
pub struct UnfreezeArgs {
    #[command(flatten)]
    scope: Scope,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Where the line is stopped.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Scope {
    /// Phases or a pipeline
    #[arg(value_name = "PHASE")]
    phases: Vec<String>,
    /// Everything
    #[arg(long)]
    everything: bool,
}

/// Until when something holds.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub(crate) struct Expiry {
    /// How long, such as `2h`, `3d` or `45m`
    #[arg(long = "for", value_name = "TIME", value_parser = length)]
    duration: Option<SignedDuration>,
    /// Until when, such as `2027-01-04T08:00:00Z`
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<Timestamp>,
}

/// Reads a length of time such as `45m` or `3d`; a day has 24 hours.
pub(crate) fn length(text: &str) -> Result<SignedDuration, String> {
    let span = text.parse::<Span>().ok();
    span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok())
        .ok_or_else(|| "a length of time has a unit, such as `45m`, `2h` or `3d`".to_owned())
}

/// Reads a time with its offset, so that it means the same on every machine.
fn time(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| {
        "a time has a date, a time of day and an offset, such as `2027-01-04T08:00:00Z`; `--for 2h` counts from now".to_owned()
    })
}

impl Expiry {
    /// The time it ends; none where it does not end by itself.
    pub(crate) fn until(&self, now: Timestamp) -> Result<Option<Timestamp>, Failure> {
        let until = match (self.duration, self.until) {
            (Some(duration), _) => Some(
                now.checked_add(duration)
                    .map_err(|error| Failure::new(Code::Usage, format!("--for: {error}")))?,
            ),
            (None, until) => until,
        };
        match until {
            Some(until) if until <= now => {
                Err(Failure::new(Code::Usage, format!("the end, {until}, is not in the future")))
            }
            until => Ok(until),
        }
    }
}

impl Scope {
    /// A pipeline's name stands for the pipeline itself, with the phases it will have.
    fn scopes(&self, session: &Session) -> Result<Vec<FreezeScope>, Failure> {
        if self.everything {
            return Ok(vec![FreezeScope::Everything]);
        }
        let mut scopes = Vec::new();
        for name in &self.phases {
            let pipeline = session.system.pipeline(name.trim_end_matches('/'));
            let phases = Selection::parse(&session.system, std::slice::from_ref(name))?;
            match pipeline {
                Some(pipeline) if phases.iter().all(|id| id.pipeline == pipeline.name) => {
                    scopes.push(FreezeScope::Pipeline(pipeline.name.clone()));
                }
                _ => scopes.extend(phases.iter().cloned().map(FreezeScope::Phase)),
            }
        }
        Ok(scopes)
    }
}

pub(crate) fn freeze(args: &FreezeArgs, session: &mut Session) -> Result<Code, Failure> {
    let until = args.expiry.until(session.access.now())?;
    let scopes = args.scope.scopes(session)?;
    session.record(scopes.iter().map(|scope| What::Frozen {
        scope: scope.clone(),
        reason: args.reason.clone(),
        until,
    }))?;
    for scope in &scopes {
        session.shell.say(&format!("nothing moves in {}", in_words(scope)));
    }
    Ok(Code::Done)
}

pub(crate) fn unfreeze(args: &UnfreezeArgs, session: &mut Session) -> Result<Code, Failure> {
    let now = session.access.now();
    let before = session.ledger()?;
    let named = args.scope.scopes(session)?;
    let (scopes, never): (Vec<_>, Vec<_>) = named.iter().partition(|scope| before.is_frozen(scope, now));
    for scope in never {
        session.shell.say(&format!("the line is not stopped in {} itself", in_words(scope)));
    }
    session.record(
        scopes.iter().map(|scope| What::Unfrozen { scope: (*scope).clone(), reason: args.reason.clone() }),
    )?;
    for scope in &scopes {
        session.shell.say(&format!("things may move again in {}", in_words(scope)));
    }
    for freeze in before.freezes_of(&named, now) {
        session.shell.warn(&format!(
            "but the line is stopped in {} still: {}",
            in_words(&freeze.scope),
            freeze.reason
        ));
    }
    Ok(Code::Done)
}

fn in_words(scope: &FreezeScope) -> String {
    match scope {
        FreezeScope::Everything => "any pipeline".to_owned(),
        FreezeScope::Pipeline(name) => format!("pipeline {name}"),
        FreezeScope::Phase(id) => format!("phase {id}"),
    }
}
