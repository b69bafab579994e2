//! The grammar of paths.

use crate::path::{Condition, Path, Step};
use crate::text::{Mistake, Text};

const WILDCARD: &str = "a place must be one scalar, so there are no wildcards; bind several places instead, or quote a literal `*`";
const BRACKET: &str = "write `[0]` for an index, `[name=value]` for an item, or `[\"key\"]` for a key";

/// A reader of one path.
pub(crate) struct Parser<'a> {
    source: &'a str,
    at: usize,
}

/// Whether a key may hold this character without quotes.
pub(crate) fn is_bare_key(character: char) -> bool {
    character.is_alphanumeric() || "_-/$@".contains(character)
}

/// Whether the value of a condition may hold this character without quotes.
pub(crate) fn is_bare_value(character: char) -> bool {
    is_bare_key(character) || ".:+~".contains(character)
}

impl<'a> Parser<'a> {
    pub(crate) fn new(source: &'a str) -> Self {
        Self { source, at: 0 }
    }

    pub(crate) fn path(mut self) -> Result<Path, Mistake> {
        match self.peek() {
            None => return self.wrong("the path is empty; name a place, such as `spec.replicas`"),
            Some('.') => return self.wrong("a path starts with a key; remove the leading dot"),
            Some('/') => {
                return self.wrong(
                    "keys are separated by dots, as in `spec.replicas`; quote a key that starts with `/`",
                );
            }
            Some('$') if matches!(self.source.as_bytes().get(1), None | Some(b'.' | b'[')) => {
                return self.wrong(
                    "a path starts at the document's root by itself; remove the `$`, or quote the key",
                );
            }
            Some(_) => {}
        }
        let selector = if self.take('(') { self.selector()? } else { Vec::new() };
        let mut steps = Vec::new();
        if selector.is_empty() && self.peek() != Some('[') {
            steps.push(Step::Key(self.key()?));
        }
        while let Some(next) = self.peek() {
            steps.push(match next {
                '.' => {
                    self.at += 1;
                    Step::Key(self.key()?)
                }
                '[' => {
                    self.at += 1;
                    self.bracket()?
                }
                other => return self.unexpected(other),
            });
        }
        if steps.is_empty() {
            return self.wrong("the selector is followed by no place; add one, such as `.spec.replicas`");
        }
        Ok(Path { selector, steps })
    }

    /// A selector, behind its opening parenthesis.
    fn selector(&mut self) -> Result<Vec<Condition>, Mistake> {
        let opened = self.at - 1;
        let mut conditions = Vec::new();
        loop {
            self.skip_spaces();
            match self.peek() {
                Some(')') if conditions.is_empty() => {
                    return self
                        .wrong("the selector is empty; write a condition, such as `(kind=Deployment)`");
                }
                Some(')') => {
                    return self.wrong("a condition is missing; remove the comma before the parenthesis");
                }
                None => return Err(Mistake::new(opened, "the selector is not closed; add `)`")),
                Some(_) => {}
            }
            conditions.push(self.condition("(kind=Deployment)")?);
            self.skip_spaces();
            match self.peek() {
                Some(',') => self.at += 1,
                Some(')') => {
                    self.at += 1;
                    return Ok(conditions);
                }
                None => return Err(Mistake::new(opened, "the selector is not closed; add `)`")),
                Some(other) => return self.unexpected(other),
            }
        }
    }

    /// Whether nothing but digits stands from here to the closing bracket.
    fn is_number(&self, start: usize) -> bool {
        let rest = self.source[start..].trim_start_matches(|c: char| c.is_ascii_digit());
        rest.len() < self.source[start..].len() && (rest.is_empty() || rest.starts_with(']'))
    }

    /// What stands in brackets, behind the opening one.
    fn bracket(&mut self) -> Result<Step, Mistake> {
        let opened = self.at - 1;
        let start = self.at;
        let step = match self.peek() {
            None => return Err(Mistake::new(opened, "the bracket is not closed; add `]`")),
            Some(']') => return self.wrong(format!("the brackets are empty; {BRACKET}")),
            Some('-') if self.is_number(start + 1) => {
                return self.wrong("an index counts from the start, `[0]` being the first; write `[name=value]` to be independent of the order");
            }
            Some(quote @ ('"' | '\'')) => {
                let key = self.quoted(quote)?;
                match self.peek() {
                    Some(']') => Step::Key(key),
                    _ => {
                        self.at = start;
                        Step::Item(self.condition("[name=value]")?)
                    }
                }
            }
            Some('0'..='9') => {
                let digits = self.source[start..].find(|c: char| !c.is_ascii_digit());
                let end = digits.map_or(self.source.len(), |length| start + length);
                match self.source[end..].chars().next() {
                    Some(']') | None => {
                        self.at = end;
                        self.index(start, end)?
                    }
                    Some(_) => Step::Item(self.condition("[name=value]")?),
                }
            }
            _ => Step::Item(self.condition("[name=value]")?),
        };
        match self.peek() {
            Some(']') => {
                self.at += 1;
                Ok(step)
            }
            None => Err(Mistake::new(opened, "the bracket is not closed; add `]`")),
            Some(other) => self.unexpected(other),
        }
    }

    fn index(&self, start: usize, end: usize) -> Result<Step, Mistake> {
        let digits = &self.source[start..end];
        match digits.parse() {
            Ok(index) if digits.len() == 1 || !digits.starts_with('0') => Ok(Step::Index(index)),
            Ok(index) => {
                Err(Mistake::new(start, format!("an index has no leading zeros; write `[{index}]`")))
            }
            Err(_) => Err(Mistake::new(start, "the index is too large; no list is that long")),
        }
    }

    /// `key=value`, the key possibly dotted.
    fn condition(&mut self, example: &str) -> Result<Condition, Mistake> {
        let start = self.at;
        let mut key = vec![self.key()?];
        while self.take('.') {
            key.push(self.key()?);
        }
        if !self.take('=') {
            return match self.peek() {
                Some(']') => Err(Mistake::new(start, format!("the brackets hold a bare word; {BRACKET}"))),
                Some(')' | ',') => {
                    Err(Mistake::new(start, format!("the condition has no `=`; write it as in `{example}`")))
                }
                Some(other) => self.unexpected(other),
                None => Err(Mistake::new(
                    start,
                    format!("the condition is not finished; write it as in `{example}`"),
                )),
            };
        }
        let value = match self.peek() {
            Some(quote @ ('"' | '\'')) => self.quoted(quote)?,
            Some(']' | ')' | ',') | None => {
                return self
                    .wrong("the condition has no value; write one after the `=`, `\"\"` if it is empty");
            }
            Some(_) => self.bare(is_bare_value)?,
        };
        Ok(Condition { key, value })
    }

    /// A key, bare or quoted.
    fn key(&mut self) -> Result<Text, Mistake> {
        match self.peek() {
            Some(quote @ ('"' | '\'')) => self.quoted(quote),
            Some('.') => self.wrong("a step is empty; remove one of the dots"),
            Some('[') => self.wrong("a step is empty; remove the dot before the bracket"),
            None => self.wrong("a dot at the end names nothing; remove it or name a key after it"),
            Some('=') => {
                self.wrong("the condition has no key; write it before the `=`, as in `[name=value]`")
            }
            Some(_) => self.bare(is_bare_key),
        }
    }

    /// At least one character that needs no quotes, or a placeholder.
    fn bare(&mut self, allowed: fn(char) -> bool) -> Result<Text, Mistake> {
        let start = self.at;
        let mut text = Text::default();
        while let Some(next) = self.peek() {
            match next {
                '{' | '}' if self.source[self.at + 1..].starts_with(next) => {
                    return self
                        .wrong(format!("a literal `{next}` must be quoted, as in `[\"a{next}{next}b\"]`"));
                }
                '{' | '}' => self.at = text.push_braced(self.source, self.at)?,
                next if allowed(next) => {
                    text.push(next);
                    self.at += next.len_utf8();
                }
                _ => break,
            }
        }
        match self.peek() {
            Some(next) if self.at == start => self.unexpected(next),
            _ => Ok(text),
        }
    }

    /// A quoted text, from its opening quote to behind its closing one. Only double quotes know escapes.
    fn quoted(&mut self, quote: char) -> Result<Text, Mistake> {
        let opened = self.at;
        self.at += 1;
        let mut text = Text::default();
        while let Some(next) = self.peek() {
            match next {
                next if next == quote => {
                    self.at += 1;
                    return Ok(text);
                }
                '{' | '}' => self.at = text.push_braced(self.source, self.at)?,
                '\\' if quote == '"' => match self.source[self.at + 1..].chars().next() {
                    Some(escaped @ ('"' | '\\')) => {
                        text.push(escaped);
                        self.at += 2;
                    }
                    _ => {
                        return self.wrong(
                            "only `\\\"` and `\\\\` are escapes; write `\\\\` for a literal backslash",
                        );
                    }
                },
                next => {
                    text.push(next);
                    self.at += next.len_utf8();
                }
            }
        }
        Err(Mistake::new(opened, format!("the quote is not closed; add `{quote}`")))
    }

    fn unexpected<T>(&self, character: char) -> Result<T, Mistake> {
        self.wrong(match character {
            '*' => WILDCARD.to_owned(),
            character if character.is_whitespace() => {
                "white space must be quoted, as in `[\"a key\"]`; remove it if it is not meant".to_owned()
            }
            '"' | '\'' => {
                "a quote starts in the middle of a word; quote the whole key, after a dot or in brackets"
                    .to_owned()
            }
            '(' => "a selector stands at the very start, as in `(kind=Deployment).spec.replicas`".to_owned(),
            ']' => "the bracket closes nothing; remove it or quote the key".to_owned(),
            ')' => "the parenthesis closes nothing; remove it or quote the key".to_owned(),
            character if is_bare_key(character) => "two steps touch; separate them with a dot".to_owned(),
            character => format!(
                "`{character}` must be quoted, as in `[\"a{character}b\"]` or `[name=\"a{character}b\"]`"
            ),
        })
    }

    fn wrong<T>(&self, message: impl Into<String>) -> Result<T, Mistake> {
        Err(Mistake::new(self.at, message))
    }

    fn peek(&self) -> Option<char> {
        self.source[self.at..].chars().next()
    }

    fn take(&mut self, character: char) -> bool {
        let found = self.peek() == Some(character);
        if found {
            self.at += character.len_utf8();
        }
        found
    }

    fn skip_spaces(&mut self) {
        while self.take(' ') {}
    }
}
