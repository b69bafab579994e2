//! Where the ledger is kept, from keys and from what is absent.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use glu_core::nearest::nearest;
use glu_core::settings::{GitSettings, LedgerSettings};

use super::keys::quoted;
use super::model::{Config, LedgerConfig, LedgerType};
use super::resolve::Resolver;

impl Resolver<'_> {
    pub(super) fn ledger(
        &mut self,
        config: &Config,
        sources: &BTreeMap<String, GitSettings>,
        environment: &BTreeMap<String, String>,
    ) -> LedgerSettings {
        let ledger = &config.ledger;
        match self.ledger_type(ledger, !sources.is_empty()) {
            LedgerType::Memory => LedgerSettings::Memory,
            LedgerType::File => LedgerSettings::File {
                path: match &ledger.file.path {
                    Some(path) => self.root.join(path),
                    None => state_file(self.root, environment),
                },
            },
            LedgerType::Git => {
                let source = ledger.git.source.clone();
                if let Some(name) = source.as_ref().filter(|name| !sources.contains_key(*name)) {
                    self.unknown_source(name, config);
                }
                let reference = ledger.git.reference.as_deref().unwrap_or(LedgerSettings::REFERENCE);
                if !is_reference(reference) {
                    self.complain(
                        "ledger.git.ref",
                        format!(
                            "`ledger.git.ref` is {reference:?}, which is neither a branch nor the full name of a ref"
                        ),
                    );
                }
                LedgerSettings::Git { source, reference: reference.to_owned() }
            }
        }
    }

    fn ledger_type(&mut self, ledger: &LedgerConfig, git_is_there: bool) -> LedgerType {
        let git = ledger.git.source.is_some() || ledger.git.reference.is_some();
        match (ledger.kind, git, ledger.file.path.is_some()) {
            (Some(kind), ..) => kind,
            (None, true, true) => {
                let message = "`ledger` has keys of both `git` and `file`; keep one, or set `ledger.type`";
                self.complain("ledger", message.to_owned());
                LedgerType::Git
            }
            (None, false, true) => LedgerType::File,
            (None, false, false) if !git_is_there => LedgerType::File,
            (None, _, false) => LedgerType::Git,
        }
    }

    fn unknown_source(&mut self, name: &str, config: &Config) {
        let at = "ledger.git.source";
        if config.sources.git.contains_key(name) {
            // What is wrong with it has been said.
            return;
        }
        let known: Vec<&str> = match config.sources.git.is_empty() {
            true => vec![super::resolve::DEFAULT_SOURCE],
            false => config.sources.git.keys().map(String::as_str).collect(),
        };
        let near = nearest(name, known.iter().copied());
        let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        self.complain(
            at,
            format!("`{at}` names the unknown git source `{name}`; {near}known: {}", quoted(&known)),
        );
    }
}

/// A file for this project alone, where people keep what should survive a cleaned cache.
fn state_file(root: &Path, environment: &BTreeMap<String, String>) -> PathBuf {
    let variable = |name: &str| environment.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = variable("XDG_STATE_HOME").or_else(|| variable("HOME").map(|home| home.join(".local/state")));
    let Some(state) = state else { return root.join(".glu/ledger.jsonl") };
    let hash = hmac_sha256::Hash::hash(root.to_string_lossy().as_bytes());
    let hash: String = hash[..6].iter().map(|byte| format!("{byte:02x}")).collect();
    let name = root.file_name().unwrap_or_default().to_string_lossy();
    state.join("glu/ledger").join(format!("{name}-{hash}.jsonl"))
}

/// Whether git would take it as a name: the rules of `git check-ref-format`, and no `HEAD`.
fn is_reference(name: &str) -> bool {
    let part = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    let short = name.strip_prefix("refs/heads/").unwrap_or(name);
    short != "HEAD"
        && !name.starts_with('-')
        && !name.ends_with('.')
        && !name.contains("..")
        && !name.contains("@{")
        && !name.contains(|c: char| c.is_control() || " ~^:?*[\\".contains(c))
        && name.split('/').all(part)
        && (!name.starts_with("refs/") || name.split('/').count() > 2)
}
