//! What the compiler found wrong, from what it showed.

use crate::ci::Place;
use crate::exit::Mistake;

/// The errors in the compiler's own words: a line `error...: message`, and soon below it the place, behind an arrow.
pub(super) fn of(shown: &str) -> Vec<Mistake> {
    let mut mistakes: Vec<Mistake> = Vec::new();
    let mut open = false;
    for line in shown.lines() {
        if let Some(message) = message(line) {
            mistakes.push(Mistake { message: message.to_owned(), place: None });
            open = true;
        } else if line.trim().is_empty() || !line.starts_with(' ') {
            open = false;
        } else if open && let Some(place) = line.trim_start().strip_prefix("--> ") {
            if let Some(mistake) = mistakes.last_mut() {
                mistake.place = place_of(place);
            }
            open = false;
        }
    }
    // What has no place only sums up the others.
    mistakes.retain(|mistake| mistake.place.is_some());
    mistakes
}

/// The message of a line such as `error[E0425]: message`.
fn message(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("error")?;
    let rest = match rest.strip_prefix('[') {
        Some(code) => code.split_once(']')?.1,
        None => rest,
    };
    rest.strip_prefix(": ")
}

/// `src/main.rs:7:5`.
fn place_of(text: &str) -> Option<Place> {
    let (rest, _column) = text.trim_end().rsplit_once(':')?;
    let (file, line) = rest.rsplit_once(':')?;
    Some(Place { file: file.to_owned(), line: Some(line.parse().ok()?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_its_place() {
        let shown = "   Compiling delivery v0.0.0 (/work)
warning: unused variable
 --> src/main.rs:2:1

error[E0425]: cannot find function `gti` in this scope
  --> src/main.rs:30:31
   |
30 |     Pipeline::from(oci(\"app\")).then(gti(\"staging\"))
   |                                     ^^^ help: a function with a similar name exists: `git`

error: the path has no `]`
 --> src/lib.rs:7:5
  |

error: could not compile `delivery` (bin \"delivery\") due to 2 previous errors
";
        let found: Vec<_> = of(shown)
            .into_iter()
            .map(|mistake| {
                let place = mistake.place.unwrap();
                (mistake.message, place.file, place.line)
            })
            .collect();
        let at = |message: &str, file: &str, line| (message.to_owned(), file.to_owned(), Some(line));
        assert_eq!(
            found,
            [
                at("cannot find function `gti` in this scope", "src/main.rs", 30),
                at("the path has no `]`", "src/lib.rs", 7)
            ]
        );
    }
}
