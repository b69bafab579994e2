//! Summaries: Markdown at the end of a file, within what a system takes. GitHub loses a summary that is too large, whole.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

/// Appends to a file, behind whatever is there.
pub(crate) fn append(file: &Path, text: &str) -> io::Result<()> {
    let present = present(file)?;
    let separator = if present == 0 { "" } else { "\n" };
    write(file, &format!("{separator}{text}"))
}

/// Appends to a file that holds at most `limit` bytes; what is too much is cut at the end of a line, and a line says so. Gives how
/// many lines were left out.
pub(crate) fn append_within(file: &Path, text: &str, limit: usize) -> io::Result<usize> {
    let present = present(file)?;
    let separator = if present == 0 { "" } else { "\n" };
    let room = limit.saturating_sub(present + separator.len());
    let (fitting, omitted) = fit(text, room);
    if !fitting.is_empty() {
        write(file, &format!("{separator}{fitting}"))?;
    }
    Ok(omitted)
}

fn present(file: &Path) -> io::Result<usize> {
    match std::fs::metadata(file) {
        Ok(metadata) => Ok(usize::try_from(metadata.len()).unwrap_or(usize::MAX)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

fn write(file: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().create(true).append(true).open(file)?.write_all(text.as_bytes())
}

/// The beginning of a text that fits into `room` bytes together with the line that says how many were left out, and that number.
/// Nothing at all where not even that line fits.
fn fit(text: &str, room: usize) -> (String, usize) {
    if text.len() <= room {
        return (text.to_owned(), 0);
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut taken = String::new();
    let mut best = (String::new(), lines.len());
    let mut fence: Option<&str> = None;
    for (index, line) in std::iter::once(&"").chain(&lines).enumerate() {
        taken.push_str(line);
        fence = after(line, fence);
        let end = fence.map_or_else(String::new, |fence| format!("{fence}\n"));
        let omitted = lines.len() - index;
        let note = format!("\n**{omitted} more lines did not fit in here; the job's log has them all.**\n");
        if taken.len() + end.len() + note.len() > room {
            break;
        }
        best = (format!("{taken}{end}{note}"), omitted);
    }
    best
}

/// The fence that is open after a line.
fn after<'a>(line: &'a str, open: Option<&'a str>) -> Option<&'a str> {
    let marks = line.len() - line.trim_start_matches('`').len();
    match open {
        _ if marks < 3 => open,
        None => Some(&line[..marks]),
        Some(fence) if marks >= fence.len() && line[marks..].trim().is_empty() => None,
        open => open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_left_alone() {
        assert_eq!(fit("a\nb\n", 4), ("a\nb\n".to_owned(), 0));
    }

    #[test]
    fn what_does_not_fit_is_cut_at_a_row_and_says_so() {
        let table: String = (0..100).map(|row| format!("| {row} | x |\n")).collect();
        let (cut, omitted) = fit(&table, 300);
        assert!(cut.len() <= 300 && cut.len() > 280, "{}", cut.len());
        let rows = cut.lines().filter(|line| line.starts_with('|')).count();
        assert_eq!(rows + omitted, 100);
        assert!(cut.ends_with(&format!(
            "|\n\n**{omitted} more lines did not fit in here; the job's log has them all.**\n"
        )));
        assert_eq!(fit(&table, 20), (String::new(), 100));
    }

    #[test]
    fn a_block_of_code_is_closed() {
        let text = format!("# a\n\n````diff\n```\n{}````\n", "+ x\n".repeat(100));
        let (cut, _) = fit(&text, 200);
        let fences: Vec<&str> = cut.lines().filter(|line| line.starts_with("````")).collect();
        assert_eq!(fences, ["````diff", "````"], "{cut}");
        assert!(cut.find("more lines") > cut.rfind("````"), "{cut}");
    }

    #[test]
    fn a_file_never_grows_beyond_its_limit() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("summary.md");
        let text = "| a | b |\n".repeat(40);
        let mut omitted = Vec::new();
        for _ in 0..4 {
            omitted.push(append_within(&file, &text, 1000).unwrap());
            assert!(std::fs::metadata(&file).unwrap().len() <= 1000);
        }
        assert_eq!(omitted[0], 0);
        assert!(omitted[1] == 0 && omitted[2] > 0 && omitted[2] < 40 && omitted[3] == 40, "{omitted:?}");
        let written = std::fs::read_to_string(&file).unwrap();
        assert_eq!(written.matches("did not fit").count(), 1);
    }
}
