//! Outputs: what a run tells the steps and jobs after it, as names and values.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

/// Names and values. Values are on one line, and several are joined by commas.
pub(crate) type Outputs = Vec<(&'static str, String)>;

/// "The maximum size of the .env file is 5 KB" (GitLab's dotenv report).
const DOTENV_LIMIT: usize = 5 * 1024;

/// Appends outputs to a file in GitHub's form, each between two lines with a delimiter that nobody can guess.
pub(crate) fn write_outputs(
    file: &Path,
    outputs: &Outputs,
    random: &mut dyn FnMut() -> u64,
) -> io::Result<()> {
    let mut text = String::new();
    for (name, value) in outputs {
        let delimiter = format!("glu_{:016x}{:016x}", random(), random());
        text.push_str(&format!("{name}<<{delimiter}\n{value}\n{delimiter}\n"));
    }
    OpenOptions::new().create(true).append(true).open(file)?.write_all(text.as_bytes())
}

/// Appends outputs to a file as `GLU_NAME=value`, as GitLab's dotenv report takes it: one line each, no quotes, 5 KB at most. Gives the
/// names of those that did not fit.
pub(crate) fn write_dotenv(file: &Path, outputs: &Outputs) -> io::Result<Vec<String>> {
    let mut text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    let mut left_out = Vec::new();
    for (name, value) in outputs {
        let name = format!("GLU_{}", name.to_ascii_uppercase());
        let line = format!("{name}={}\n", value.replace(char::is_control, " "));
        // A name that is there twice would count twice.
        let others: String =
            text.split_inclusive('\n').filter(|line| !line.starts_with(&format!("{name}="))).collect();
        if others.len() + line.len() > DOTENV_LIMIT {
            left_out.push(name);
            text = others;
        } else {
            text = others + &line;
        }
    }
    std::fs::write(file, text)?;
    Ok(left_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_begin_another_output() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("output");
        let mut number = 0;
        let mut random = || {
            number += 1;
            number
        };
        let outputs = vec![("changes", "true".to_owned()), ("commits", "a,b".to_owned())];
        write_outputs(&file, &outputs, &mut random).unwrap();
        assert_eq!(
            std::fs::read_to_string(&file).unwrap(),
            "changes<<glu_00000000000000010000000000000002\ntrue\nglu_00000000000000010000000000000002\n\
             commits<<glu_00000000000000030000000000000004\na,b\nglu_00000000000000030000000000000004\n"
        );
    }

    #[test]
    fn a_dotenv_file_keeps_to_its_rules() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("plan.env");
        std::fs::write(&file, "OTHER=1\nGLU_CHANGES=false").unwrap();
        let outputs = vec![("changes", "true".to_owned()), ("phases", "a\nB=c".to_owned())];
        assert_eq!(write_dotenv(&file, &outputs).unwrap(), [""; 0]);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "OTHER=1\nGLU_CHANGES=true\nGLU_PHASES=a B=c\n");
        let outputs = vec![("commits", "x".repeat(6000)), ("held", "2".to_owned())];
        assert_eq!(write_dotenv(&file, &outputs).unwrap(), ["GLU_COMMITS"]);
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.len() <= DOTENV_LIMIT && text.ends_with("GLU_HELD=2\n"), "{text}");
    }
}
