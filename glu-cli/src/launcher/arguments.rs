//! The little that the launcher reads of its arguments; the program reads them all again.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::error::LaunchError;

/// Options with a value that may stand before the verb; their values are no verbs.
const WITH_VALUE: &[&str] =
    &["-C", "--directory", "--program", "-o", "--output", "--color", "--summary", "--output-env"];

/// How the launcher was called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// Every argument, as the program will get them.
    pub arguments: Vec<OsString>,
    /// The first argument that is no option.
    pub verb: Option<String>,
    /// Where to search from: the current directory, or the one given with `-C`.
    pub directory: PathBuf,
    /// A prebuilt program, from `--program` or `GLU_PROGRAM`.
    pub program: Option<PathBuf>,
}

impl Invocation {
    /// Reads arguments, of which the first is not the command's own name.
    ///
    /// # Errors
    /// When `-C` names something that is no directory.
    pub fn new(
        arguments: Vec<OsString>,
        current: &Path,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, LaunchError> {
        let given = value_of(&arguments, &["-C", "--directory"]);
        let directory = given.map_or_else(|| current.to_owned(), |directory| current.join(directory));
        if !directory.is_dir() {
            return Err(LaunchError::NoDirectory { directory });
        }
        let variable = environment.get("GLU_PROGRAM").filter(|value| !value.is_empty()).map(OsString::from);
        let program =
            value_of(&arguments, &["--program"]).or(variable).map(|program| directory.join(program));
        Ok(Self { verb: verb(&arguments), directory, program, arguments })
    }
}

/// The last value given for an option, as `--name value`, `--name=value`, `-N value` or `-Nvalue`.
fn value_of(arguments: &[OsString], names: &[&str]) -> Option<OsString> {
    let mut found = None;
    let mut rest = options(arguments);
    while let Some(argument) = rest.next() {
        if names.iter().any(|name| argument == *name) {
            found = rest.next().map(OsStr::to_owned);
            continue;
        }
        for name in names {
            let attached = argument.to_str().and_then(|text| text.strip_prefix(name));
            match attached {
                Some(value) if name.starts_with("--") => {
                    if let Some(value) = value.strip_prefix('=') {
                        found = Some(value.into());
                    }
                }
                Some(value) => found = Some(value.strip_prefix('=').unwrap_or(value).into()),
                None => {}
            }
        }
    }
    found
}

fn verb(arguments: &[OsString]) -> Option<String> {
    let mut rest = options(arguments);
    while let Some(argument) = rest.next() {
        match argument.to_str() {
            Some(option) if WITH_VALUE.contains(&option) => {
                rest.next();
            }
            Some(option) if option.starts_with('-') => {}
            other => return other.map(str::to_owned),
        }
    }
    None
}

/// What stands before `--`.
fn options(arguments: &[OsString]) -> impl Iterator<Item = &OsStr> {
    arguments.iter().map(OsString::as_os_str).take_while(|argument| *argument != "--")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Invocation {
        let directory = std::env::temp_dir();
        Invocation::new(arguments.iter().map(OsString::from).collect(), &directory, &BTreeMap::new()).unwrap()
    }

    #[test]
    fn the_verb_is_found_behind_options() {
        assert_eq!(read(&["--output", "json", "-C", "/", "plan", "staging"]).verb.as_deref(), Some("plan"));
        assert_eq!(read(&["--yes", "--output=json", "promote"]).verb.as_deref(), Some("promote"));
        assert_eq!(read(&["--version"]).verb, None);
        assert_eq!(read(&["--", "init"]).verb, None);
    }

    #[test]
    fn directory_and_program_are_found_anywhere_before_the_dashes() {
        for arguments in [
            ["plan", "-C", "/"].as_slice(),
            &["plan", "-C/"],
            &["--directory=/", "plan"],
            &["--directory", "/", "plan"],
        ] {
            assert_eq!(read(arguments).directory, Path::new("/"), "{arguments:?}");
        }
        assert_eq!(read(&["plan", "--program", "/bin/x"]).program.as_deref(), Some(Path::new("/bin/x")));
        assert_eq!(read(&["plan", "--program=/bin/x"]).program.as_deref(), Some(Path::new("/bin/x")));
        assert_eq!(read(&["plan", "--", "--program", "/bin/x"]).program, None);
        assert_eq!(read(&["plan", "--programs=/bin/x"]).program, None);
    }

    #[test]
    fn the_flag_wins_over_the_variable() {
        let environment = BTreeMap::from([("GLU_PROGRAM".to_owned(), "/variable".to_owned())]);
        let directory = std::env::temp_dir();
        let read = |arguments: &[&str]| {
            Invocation::new(arguments.iter().map(OsString::from).collect(), &directory, &environment)
                .unwrap()
                .program
                .unwrap()
        };
        assert_eq!(read(&["plan"]), Path::new("/variable"));
        assert_eq!(read(&["--program", "/flag"]), Path::new("/flag"));
    }
}
