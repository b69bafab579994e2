//! The line on which each key of a TOML file stands.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::keys::join;

/// Key paths with dots, and their lines from 1. A text that does not parse has none.
pub(super) fn of_keys(text: &str) -> BTreeMap<String, usize> {
    let mut lines = BTreeMap::new();
    if let Ok(table) = DeTable::parse(text) {
        walk(text, table.get_ref(), "", &mut lines);
    }
    lines
}

fn walk(text: &str, table: &DeTable<'_>, parent: &str, lines: &mut BTreeMap<String, usize>) {
    for (key, value) in table {
        let path = join(parent, key.get_ref());
        lines.insert(path.clone(), text[..key.span().start].matches('\n').count() + 1);
        if let DeValue::Table(child) = value.get_ref() {
            walk(text, child, &path, lines);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_dotted_keys_and_inline_tables_have_lines() {
        let lines = of_keys(
            "cache = \"x\"\n\n[sources.git.app]\npath = \".\"\nremote.url = \"u\"\n[server]\nx = { y = 1 }\n",
        );
        let line = |key: &str| lines.get(key).copied();
        assert_eq!(line("cache"), Some(1));
        assert_eq!(line("sources.git.app"), Some(3));
        assert_eq!(line("sources.git.app.path"), Some(4));
        assert_eq!(line("sources.git.app.remote.url"), Some(5));
        assert_eq!(line("server.x.y"), Some(7));
    }
}
