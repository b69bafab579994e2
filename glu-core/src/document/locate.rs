//! Following a path through a document to one scalar.

use glu_path::{Condition, Path, Step, Text};

use super::error::{DocumentError, Problem, line_at};
use super::node::{Content, Node, Style, Written};
use glu_path::nearest::nearest;

/// The scalar a path leads to.
pub(super) struct Located<'a> {
    pub(super) node: &'a Node,
    pub(super) scalar: &'a Written,
    /// The first alias on the way and the number of steps to it.
    pub(super) alias: Option<(usize, &'a Node)>,
    /// The root of the document it is in.
    pub(super) root: &'a Node,
}

/// Finds the one scalar that `path` leads to among all documents.
pub(super) fn locate<'a>(
    documents: &'a [Node],
    text: &'a str,
    path: &'a Path,
) -> Result<Located<'a>, DocumentError> {
    if let Some(placeholder) = path.placeholders().next() {
        let error =
            DocumentError::refused(format!("the placeholder `{{{placeholder}}}` has not been filled in"));
        return Err(error.at_path(path, text, 0));
    }
    let walks: Vec<Walk<'a>> = documents.iter().map(|root| Walk { root, text, path }).collect();
    let fail = |at: usize, problem, reason: String| {
        Err(DocumentError { path: Some(path.to_string()), line: Some(line_at(text, at)), problem, reason })
    };

    let mut selected = Vec::new();
    for walk in &walks {
        if walk.is_selected()? {
            selected.push(walk);
        }
    }
    if selected.is_empty() {
        let reason = match (documents, path.selector()) {
            ([], _) => "the file is empty".to_owned(),
            (_, selector) => format!("no document has {}", list(selector.iter().map(Condition::to_string))),
        };
        return fail(0, Problem::Missing, reason);
    }
    if let ([first, second, ..], [_, ..]) = (selected.as_slice(), path.selector()) {
        let lines = (line_at(text, first.root.range.start), line_at(text, second.root.range.start));
        let reason = format!(
            "the selector matches the documents at lines {} and {}; add a condition",
            lines.0, lines.1
        );
        return fail(first.root.range.start, Problem::Ambiguous, reason);
    }

    let mut found: Vec<Located<'a>> = Vec::new();
    let mut nearest_miss: Option<Failure> = None;
    for walk in &selected {
        match walk.follow() {
            Ok(located) => found.push(located),
            // A document that cannot be followed for certain spoils the search: what is meant may be in it.
            Err(failure) if failure.error.problem == Problem::Ambiguous => return Err(failure.error),
            Err(failure) => {
                if nearest_miss.as_ref().is_none_or(|miss| miss.depth < failure.depth) {
                    nearest_miss = Some(failure);
                }
            }
        }
    }
    match (found.len(), nearest_miss) {
        (1, _) => Ok(found.remove(0)),
        (0, Some(Failure { mut error, .. })) => {
            if selected.len() > 1 {
                error.reason = format!(
                    "none of the {} documents has it; in the nearest, {}",
                    selected.len(),
                    error.reason
                );
            }
            Err(error)
        }
        _ => {
            let lines = list(found.iter().map(|located| line_at(text, located.node.range.start).to_string()));
            let selector = walk_of(&walks, found[0].root).suggested_selector();
            let reason = format!(
                "the place is in {} documents, at lines {lines}; select one, as in `{selector}`",
                found.len()
            );
            fail(found[0].node.range.start, Problem::Ambiguous, reason)
        }
    }
}

fn walk_of<'a, 'w>(walks: &'w [Walk<'a>], root: &Node) -> &'w Walk<'a> {
    walks
        .iter()
        .find(|walk| std::ptr::eq(walk.root, root))
        .expect("every located node lies in a walked document")
}

/// One document and the path to follow in it.
struct Walk<'a> {
    root: &'a Node,
    text: &'a str,
    path: &'a Path,
}

/// Why a path could not be followed, and how far it could.
struct Failure {
    depth: usize,
    error: DocumentError,
}

impl<'a> Walk<'a> {
    fn is_selected(&self) -> Result<bool, DocumentError> {
        for condition in self.path.selector() {
            if !self.holds(self.root, condition).map_err(|failure| failure.error)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn follow(&self) -> Result<Located<'a>, Failure> {
        let mut node = self.root;
        let mut alias = None;
        let steps = self.path.steps();
        for (depth, step) in steps.iter().enumerate() {
            if matches!(node.content, Content::Alias(_)) {
                alias.get_or_insert((depth, node));
                node = self.resolve(node);
            }
            node = self.step(node, step, depth)?;
        }
        if matches!(node.content, Content::Alias(_)) {
            alias.get_or_insert((steps.len(), node));
        }
        match &self.resolve(node).content {
            Content::Scalar(scalar) => Ok(Located { node, scalar, alias, root: self.root }),
            Content::Map(_) => self.not_a_scalar(node, "a map"),
            Content::List(_) => self.not_a_scalar(node, "a list"),
            Content::Alias(_) => {
                Err(self.failure(steps.len(), node, Problem::Refused, "the alias leads to itself".to_owned()))
            }
        }
    }

    fn not_a_scalar<T>(&self, node: &Node, what: &str) -> Result<T, Failure> {
        let depth = self.path.steps().len();
        let reason = format!("{} is {what}; the path must lead on to a single value", self.place(depth));
        Err(self.failure(depth, node, Problem::NotAScalar, reason))
    }

    fn step(&self, node: &'a Node, step: &Step, depth: usize) -> Result<&'a Node, Failure> {
        let place = self.place(depth);
        let written = self.path.prefix(depth);
        let (problem, reason) = match (&node.content, step) {
            (Content::Map(pairs), Step::Key(key)) => match self.child(node, literal(key), depth)? {
                Some(child) => return Ok(child),
                None => (Problem::Missing, missing_key(&place, pairs, literal(key))),
            },
            (Content::List(items), Step::Index(index)) => match items.get(*index) {
                Some(item) => return Ok(item),
                None => (
                    Problem::Missing,
                    format!("{place} has {}, so there is no `[{index}]`", count(items.len())),
                ),
            },
            (Content::List(items), Step::Item(condition)) => match self.items(items, condition)?.as_slice() {
                [item] => return Ok(item),
                [] => (Problem::Missing, self.missing_item(&place, items, condition)),
                several => {
                    let lines = several.iter().map(|item| line_at(self.text, item.range.start).to_string());
                    let reason = format!(
                        "several items of {place} have `{condition}`, at lines {}; name one by its index",
                        list(lines)
                    );
                    (Problem::Ambiguous, reason)
                }
            },
            (Content::List(_), Step::Key(_)) => (
                Problem::Missing,
                format!("{place} is a list; name an item, as in `{written}[0]` or `{written}[name=value]`"),
            ),
            (Content::Map(_), Step::Index(_) | Step::Item(_)) => {
                (Problem::Missing, format!("{place} is a map, not a list; name a key"))
            }
            (Content::Scalar(Written { style: Style::Literal | Style::Folded, .. }), _) => (
                Problem::NotAScalar,
                format!("{place} is a block of text, and a path does not lead into text"),
            ),
            (Content::Scalar(scalar), _) if scalar.kind == super::Kind::Null => {
                (Problem::Missing, format!("{place} is empty"))
            }
            (Content::Scalar(_), _) => {
                (Problem::NotAScalar, format!("{place} is a single value, with nothing inside it"))
            }
            (Content::Alias(_), _) => (Problem::Refused, format!("{place} is an alias of itself")),
        };
        Err(self.failure(depth, node, problem, reason))
    }

    /// The value under `key` of a map; none where the key is missing or the node is no map.
    fn child(&self, node: &'a Node, key: &str, depth: usize) -> Result<Option<&'a Node>, Failure> {
        let Content::Map(pairs) = &self.resolve(node).content else { return Ok(None) };
        let mut found = pairs.iter().filter(|(name, _)| name.text() == Some(key));
        let Some((first, value)) = found.next() else { return Ok(None) };
        if let Some((second, _)) = found.next() {
            let lines = (line_at(self.text, first.range.start), line_at(self.text, second.range.start));
            let reason =
                format!("the key `{key}` is there twice, at lines {} and {}; remove one", lines.0, lines.1);
            return Err(self.failure(depth, second, Problem::Ambiguous, reason));
        }
        Ok(Some(value))
    }

    /// Whether the node is a map that holds the condition's value under its key.
    fn holds(&self, node: &'a Node, condition: &Condition) -> Result<bool, Failure> {
        Ok(self.value_of(node, condition)?.and_then(Node::text) == Some(literal(&condition.value)))
    }

    fn value_of(&self, node: &'a Node, condition: &Condition) -> Result<Option<&'a Node>, Failure> {
        let mut node = node;
        for key in &condition.key {
            match self.child(node, literal(key), 0)? {
                Some(child) => node = child,
                None => return Ok(None),
            }
        }
        Ok(Some(self.resolve(node)))
    }

    fn items(&self, items: &'a [Node], condition: &Condition) -> Result<Vec<&'a Node>, Failure> {
        let mut found = Vec::new();
        for item in items {
            if self.holds(item, condition)? {
                found.push(item);
            }
        }
        Ok(found)
    }

    fn missing_item(&self, place: &str, items: &'a [Node], condition: &Condition) -> String {
        let values: Vec<&str> = items
            .iter()
            .filter_map(|item| self.value_of(item, condition).ok().flatten().and_then(Node::text))
            .collect();
        let hint = match nearest(literal(&condition.value), values.iter().copied()) {
            Some(near) => format!("; did you mean `{near}`?"),
            None => String::new(),
        };
        format!("no item of {place} has `{condition}`{hint}")
    }

    /// What an alias stands for, or the node itself.
    fn resolve(&self, node: &'a Node) -> &'a Node {
        match node.content {
            Content::Alias(anchor) => self.root.anchored(anchor).unwrap_or(node),
            _ => node,
        }
    }

    /// The path with a selector for this document in front, made of what Kubernetes objects are told apart by.
    fn suggested_selector(&self) -> String {
        let conditions: Vec<String> = ["kind", "metadata.name"]
            .into_iter()
            .filter_map(|keys| {
                let key = keys.split('.').map(Text::literal).collect();
                let condition = Condition { key, value: Text::default() };
                let value = self.value_of(self.root, &condition).ok().flatten()?.text()?;
                Some(Condition { value: Text::literal(value), ..condition }.to_string())
            })
            .collect();
        let conditions = if conditions.is_empty() { "key=value".to_owned() } else { conditions.join(", ") };
        let path = self.path.to_string();
        let dot = if path.starts_with('[') { "" } else { "." };
        format!("({conditions}){dot}{path}")
    }

    fn place(&self, depth: usize) -> String {
        if depth == 0 { "the document".to_owned() } else { format!("`{}`", self.path.prefix(depth)) }
    }

    fn failure(&self, depth: usize, node: &Node, problem: Problem, reason: String) -> Failure {
        let error = DocumentError { path: None, line: None, problem, reason };
        Failure { depth, error: error.at_path(self.path, self.text, node.range.start) }
    }
}

fn missing_key(place: &str, pairs: &[(Node, Node)], key: &str) -> String {
    if pairs.iter().any(|(name, _)| name.text() == Some("<<")) {
        return format!(
            "{place} has no key `{key}` of its own, and its merge key `<<` is not followed; write the key itself"
        );
    }
    match nearest(key, pairs.iter().filter_map(|(name, _)| name.text())) {
        Some(near) => format!("{place} has no key `{key}`; did you mean `{near}`?"),
        None => format!("{place} has no key `{key}`"),
    }
}

/// The text of a path's part; [`locate`] has refused paths with placeholders.
fn literal(text: &Text) -> &str {
    text.as_literal().expect("paths with placeholders are refused before they are followed")
}

fn count(items: usize) -> String {
    match items {
        0 => "no items".to_owned(),
        1 => "1 item".to_owned(),
        items => format!("{items} items"),
    }
}

fn list(words: impl Iterator<Item = String>) -> String {
    let mut words: Vec<String> = words.collect();
    match words.pop() {
        Some(last) if !words.is_empty() => format!("{} and {last}", words.join(", ")),
        last => last.unwrap_or_default(),
    }
}
