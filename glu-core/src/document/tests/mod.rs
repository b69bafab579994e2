//! The expected bytes are written by hand, never copied from a run.

mod checklist;
mod following;
mod json;
mod property;
mod toml;
mod values;

use glu_path::Path;

use super::{DocumentError, Edited, Format, get, set};

/// The text after an edit that must change something, be readable, and have nothing left to do.
#[track_caller]
fn edit(format: Format, text: &str, path: &str, value: &str) -> String {
    let path = Path::parse(path).unwrap();
    let Edited::Changed(bytes) = set(format, text.as_bytes(), &path, value).unwrap() else {
        panic!("`{path}` holds `{value}` already");
    };
    assert_eq!(get(format, &bytes, &path).unwrap().text, value);
    assert_eq!(set(format, &bytes, &path, value).unwrap(), Edited::Unchanged);
    String::from_utf8(bytes).unwrap()
}

#[track_caller]
fn refusal(format: Format, text: &str, path: &str, value: &str) -> DocumentError {
    match set(format, text.as_bytes(), &Path::parse(path).unwrap(), value) {
        Err(error) => error,
        Ok(Edited::Unchanged) => panic!("nothing to do"),
        Ok(Edited::Changed(bytes)) => panic!("edited:\n{}", String::from_utf8_lossy(&bytes)),
    }
}

#[track_caller]
fn read(format: Format, text: &str, path: &str) -> String {
    get(format, text.as_bytes(), &Path::parse(path).unwrap()).unwrap().text
}
