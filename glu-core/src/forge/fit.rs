//! Texts that are no longer than a forge takes.

/// A text that fits into so many characters, whatever was asked.
pub(super) fn fit(text: &str, limit: usize) -> String {
    const REST: &str = "\n\n(There was more than fits.)";
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    text.chars().take(limit - REST.chars().count()).chain(REST.chars()).collect()
}

/// A line that fits into so many characters.
pub(super) fn fit_line(text: &str, limit: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= limit {
        return line;
    }
    line.chars().take(limit - 3).chain("...".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut_and_says_so() {
        assert_eq!(fit(&"ü".repeat(40), 40), "ü".repeat(40));
        assert_eq!(fit(&"ü".repeat(41), 40), format!("{}\n\n(There was more than fits.)", "ü".repeat(11)));
        assert_eq!(fit_line(" a\n b ", 3), "a b");
        assert_eq!(fit_line("0123456789ab", 10), "0123456...");
    }
}
