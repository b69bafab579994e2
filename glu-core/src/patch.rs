//! Changes as unified patches, as `git apply` takes them.

use similar::TextDiff;

use crate::tree::FileChange;

/// The patch of one file.
pub fn unified(change: &FileChange) -> String {
    let text = |content: &Option<Vec<u8>>| content.as_ref().map(|bytes| String::from_utf8(bytes.clone()));
    let (before, after) = (text(&change.before), text(&change.after));
    let mut patch = format!("diff --git a/{0} b/{0}\n", change.path);
    match (&before, &after) {
        (None, _) => patch.push_str("new file mode 100644\n"),
        (_, None) => patch.push_str("deleted file mode 100644\n"),
        _ => {}
    }
    let (Ok(old), Ok(new)) =
        (before.clone().unwrap_or(Ok(String::new())), after.clone().unwrap_or(Ok(String::new())))
    else {
        patch.push_str(&format!("Binary files a/{0} and b/{0} differ\n", change.path));
        return patch;
    };
    let name = |side: char, present: bool| {
        if present { format!("{side}/{}", change.path) } else { "/dev/null".to_owned() }
    };
    let diff = TextDiff::from_lines(&old, &new);
    let hunks =
        diff.unified_diff().header(&name('a', before.is_some()), &name('b', after.is_some())).to_string();
    patch.push_str(&hunks);
    patch
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_line_makes_a_hunk_with_context() {
        let change = FileChange {
            path: "a.yaml".into(),
            before: Some(b"one: 1\ntwo: 2\n".to_vec()),
            after: Some(b"one: 1\ntwo: 3\n".to_vec()),
        };
        assert_eq!(
            unified(&change),
            "diff --git a/a.yaml b/a.yaml\n--- a/a.yaml\n+++ b/a.yaml\n@@ -1,2 +1,2 @@\n one: 1\n-two: 2\n+two: 3\n"
        );
    }

    #[test]
    fn a_new_file_comes_from_nowhere_and_bytes_are_not_shown_as_text() {
        let new = FileChange { path: "n".into(), before: None, after: Some(b"x\n".to_vec()) };
        assert_eq!(
            unified(&new),
            "diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+x\n"
        );
        let binary = FileChange { path: "b".into(), before: Some(vec![0xff]), after: Some(vec![0xfe]) };
        assert!(unified(&binary).ends_with("Binary files a/b and b/b differ\n"));
    }
}
