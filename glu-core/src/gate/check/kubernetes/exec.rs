//! Programs that give credentials, as cloud providers ship them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::connection::Identity;
use super::kubeconfig::{ClusterEntry, ExecEntry, Placed};
use crate::credential::Secret;
use crate::process::{Process, ProcessError};

/// How long a program may think.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How much it may say.
const OUTPUT: usize = 1 << 20;
const VERSIONS: [&str; 2] = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

/// Why a program gave no credentials. What it wrote on its standard output is never shown.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExecError {
    #[error(
        "the plugin speaks `{0}`, of which only v1 and v1beta1 of `client.authentication.k8s.io` are known"
    )]
    Version(String),
    #[error("the plugin `{0}` wants to ask somebody, and nobody is there; use one that does not")]
    Interactive(String),
    #[error("{error}{hint}")]
    Process { error: ProcessError, hint: String },
    #[error("the plugin `{command}` ended with {code}{said}")]
    Failed { command: String, code: i32, said: String },
    #[error("the plugin `{0}` gave no credentials that can be read")]
    Malformed(String),
    #[error("the cluster's certificate authority cannot be read for the plugin: {0}")]
    Authority(std::io::Error),
}

#[derive(Deserialize)]
struct Credential {
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

/// Asks a program who we are.
pub(super) fn identity(
    plugin: &ExecEntry,
    directory: &Path,
    cluster: &Placed<ClusterEntry>,
    server: &str,
) -> Result<Identity, ExecError> {
    if !VERSIONS.contains(&plugin.api_version.as_str()) {
        return Err(ExecError::Version(plugin.api_version.clone()));
    }
    if plugin.interactive_mode.as_deref() == Some("Always") {
        return Err(ExecError::Interactive(plugin.command.clone()));
    }
    let mut spec = json!({"interactive": false});
    if plugin.provide_cluster_info {
        spec["cluster"] = cluster_info(cluster, server).map_err(ExecError::Authority)?;
    }
    let question = json!({"apiVersion": plugin.api_version, "kind": "ExecCredential", "spec": spec});
    let variables = plugin.env.as_deref().unwrap_or_default();
    let mut process =
        Process::new(program(&plugin.command, directory), "signing in to a cluster", "install it")
            .arguments(plugin.args.as_deref().unwrap_or_default())
            .environment("KUBERNETES_EXEC_INFO", question.to_string())
            .output_limit(OUTPUT)
            .timeout(TIMEOUT);
    for variable in variables {
        process = process.environment(&variable.name, variable.value.0.expose());
    }
    let finished = process.run().map_err(|error| {
        let hint = plugin.install_hint.as_deref().map_or("", str::trim);
        let hint = match &error {
            ProcessError::NotFound { .. } if !hint.is_empty() => format!(" ({hint})"),
            _ => String::new(),
        };
        ExecError::Process { error, hint }
    })?;
    if finished.code != 0 {
        let secrets =
            variables.iter().map(|variable| variable.value.0.expose()).filter(|value| !value.is_empty());
        let said = secrets.fold(last_line(&finished.stderr), |text, secret| text.replace(secret, "***"));
        let said = if said.is_empty() { said } else { format!(": {said}") };
        return Err(ExecError::Failed { command: plugin.command.clone(), code: finished.code, said });
    }
    let malformed = || ExecError::Malformed(plugin.command.clone());
    let credential: Credential = serde_json::from_slice(&finished.stdout).map_err(|_| malformed())?;
    let status = credential.status.ok_or_else(malformed)?;
    let certificate = match (status.client_certificate_data, status.client_key_data) {
        (Some(certificate), Some(key)) => Some((certificate.into_bytes(), Secret::new(key))),
        (None, None) => None,
        _ => return Err(malformed()),
    };
    let token = status.token.filter(|token| !token.is_empty()).map(Secret::new);
    if token.is_none() && certificate.is_none() {
        return Err(malformed());
    }
    Ok(Identity { token, certificate })
}

fn last_line(text: &str) -> String {
    text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default().to_owned()
}

/// A name is looked for where programs are; a path is relative to the kubeconfig.
fn program(command: &str, directory: &Path) -> PathBuf {
    let path = Path::new(command);
    if path.components().count() > 1 { directory.join(path) } else { path.to_owned() }
}

/// What the program may want to know of the cluster.
fn cluster_info(cluster: &Placed<ClusterEntry>, server: &str) -> Result<Value, std::io::Error> {
    use base64::Engine;
    let entry = &cluster.entry;
    let mut info = json!({"server": server});
    if let Some(name) = &entry.tls_server_name {
        info["tls-server-name"] = name.as_str().into();
    }
    if entry.insecure_skip_tls_verify {
        info["insecure-skip-tls-verify"] = true.into();
    }
    if let Some(data) = &entry.certificate_authority_data {
        info["certificate-authority-data"] = data.as_str().into();
    } else if let Some(path) = &entry.certificate_authority {
        let content = std::fs::read(cluster.path(path))?;
        let encoded = base64::engine::general_purpose::STANDARD.encode(content);
        info["certificate-authority-data"] = encoded.into();
    }
    Ok(info)
}

#[cfg(test)]
mod tests {
    use super::super::kubeconfig::{Hidden, Variable};
    use super::*;
    use crate::testing::Directory;

    fn plugin(script: &str) -> ExecEntry {
        ExecEntry {
            api_version: VERSIONS[0].to_owned(),
            command: "sh".to_owned(),
            args: Some(vec!["-c".to_owned(), script.to_owned()]),
            env: Some(vec![Variable {
                name: "PLUGIN_SECRET".to_owned(),
                value: Hidden::from("s3cret".to_owned()),
            }]),
            install_hint: Some("get it from the shop".to_owned()),
            provide_cluster_info: true,
            interactive_mode: Some("IfAvailable".to_owned()),
        }
    }

    fn ask(plugin: &ExecEntry) -> Result<Identity, ExecError> {
        let directory = Directory::new();
        let entry =
            ClusterEntry { certificate_authority_data: Some("QQ==".to_owned()), ..ClusterEntry::default() };
        let cluster = Placed { entry, directory: directory.path().to_owned() };
        identity(plugin, directory.path(), &cluster, "https://x")
    }

    #[test]
    fn it_is_told_about_the_cluster_and_gives_a_token() {
        let script = r#"printf '{"status": {"token": "%s|%s"}}' "$PLUGIN_SECRET" "$(printf '%s' "$KUBERNETES_EXEC_INFO" | tr -d '"')""#;
        let token = ask(&plugin(script)).unwrap().token.unwrap();
        let said = token.expose();
        assert!(said.starts_with("s3cret|"), "{said}");
        for part in [
            "apiVersion:client.authentication.k8s.io/v1",
            "kind:ExecCredential",
            "interactive:false",
            "server:https://x",
            "certificate-authority-data:QQ==",
        ] {
            assert!(said.contains(part), "`{part}` is not in {said}");
        }
        let script = r#"echo '{"status": {"clientCertificateData": "cert", "clientKeyData": "key"}}'"#;
        let (certificate, key) = ask(&plugin(script)).unwrap().certificate.unwrap();
        assert_eq!((certificate.as_slice(), key.expose()), (b"cert".as_slice(), "key"));
    }

    #[test]
    fn what_goes_wrong_is_said_without_what_is_secret() {
        for (script, says) in [
            ("echo \"no $PLUGIN_SECRET here\" >&2; exit 3", "the plugin `sh` ended with 3: no *** here"),
            ("echo s3cret", "gave no credentials that can be read"),
            ("echo '{\"status\": {\"clientKeyData\": \"s3cret\"}}'", "gave no credentials"),
            ("echo '{\"status\": {}}'", "gave no credentials"),
        ] {
            let error = ask(&plugin(script)).err().unwrap().to_string();
            assert!(error.contains(says) && !error.contains("s3cret"), "{error}");
        }
        let missing = ExecEntry { command: "no-such-plugin".to_owned(), ..plugin("") };
        let error = ask(&missing).err().unwrap().to_string();
        assert!(error.contains("`no-such-plugin` was not found") && error.contains("the shop"), "{error}");
        let beside = ExecEntry { command: "./bin/plugin".to_owned(), ..plugin("") };
        assert!(matches!(ask(&beside), Err(ExecError::Process { .. })));
        let always = ExecEntry { interactive_mode: Some("Always".to_owned()), ..plugin("") };
        assert!(matches!(ask(&always), Err(ExecError::Interactive(_))));
        let old = ExecEntry { api_version: "client.authentication.k8s.io/v1alpha1".to_owned(), ..plugin("") };
        assert!(matches!(ask(&old), Err(ExecError::Version(_))));
    }
}
