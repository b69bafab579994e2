//! A Kubernetes API server as far as reading goes: over HTTPS, for who shows a token or a certificate, with the answers of a real one.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::certificates::{self, Pair};

/// The token of somebody who may read everything.
pub const READER: &str = "reader-t0ken";
/// The token of somebody who may read nothing.
pub const NOBODY: &str = "nobody-t0ken";

/// A running server. Its thread ends with the test's process.
pub struct ApiServer {
    home: TempDir,
    port: u16,
    authority: Pair,
    client: Pair,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// Resources by their path.
    objects: BTreeMap<String, Value>,
    /// Everything that was asked: who asked, the host it was addressed to, and the path.
    asked: Vec<(String, String, String)>,
    is_mute: bool,
}

impl ApiServer {
    /// Starts a server with an authority of its own, whose certificate is for `localhost`.
    pub fn start() -> Self {
        let home = TempDir::new().unwrap();
        let authority = certificates::authority(home.path(), "cluster");
        let server = certificates::localhost(home.path(), &authority);
        let client = certificates::client(home.path(), &authority, "grace", "readers");
        let configuration = Arc::new(configuration(&authority, &server));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (configuration, state) = (Arc::clone(&configuration), Arc::clone(&shared));
                let stream = stream.unwrap();
                std::thread::spawn(move || serve(stream, configuration, &state));
            }
        });
        Self { home, port, authority, client, state }
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A directory of its own.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Who signed its certificate, and its clients'.
    pub fn authority(&self) -> &Pair {
        &self.authority
    }

    /// The certificate of somebody who may read everything.
    pub fn client(&self) -> &Pair {
        &self.client
    }

    /// Puts a resource where it belongs; its kind says where.
    pub fn put(&self, object: Value) {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let api = match text("/apiVersion") {
            version if version.contains('/') => format!("/apis/{version}"),
            version => format!("/api/{version}"),
        };
        let plural = plural(text("/kind"));
        let name = text("/metadata/name");
        let path = match text("/metadata/namespace") {
            "" => format!("{api}/{plural}/{name}"),
            namespace => format!("{api}/namespaces/{namespace}/{plural}/{name}"),
        };
        let mut state = self.state.lock().unwrap();
        let list = state.objects.entry(api).or_insert_with(
            || json!({"kind": "APIResourceList", "groupVersion": text("/apiVersion"), "resources": []}),
        );
        let resources = list["resources"].as_array_mut().unwrap();
        let kind = text("/kind");
        let is_namespaced = !text("/metadata/namespace").is_empty();
        resources
            .push(json!({"name": format!("{plural}/status"), "kind": kind, "namespaced": is_namespaced}));
        resources.push(json!({"name": plural, "kind": kind, "namespaced": is_namespaced, "verbs": ["get", "list", "watch"]}));
        state.objects.insert(path, object);
    }

    /// Accepts connections from now on, and answers nothing.
    pub fn mute(&self) {
        self.state.lock().unwrap().is_mute = true;
    }

    /// Everything asked so far: by whom, to which host, and for what.
    pub fn asked(&self) -> Vec<(String, String, String)> {
        self.state.lock().unwrap().asked.clone()
    }

    /// A kubeconfig for a user, whose keys are given as YAML between braces.
    pub fn kubeconfig(&self, user: &str) -> std::path::PathBuf {
        let authority = self.authority.certificate.display();
        self.kubeconfig_with(
            &format!("server: '{}', certificate-authority: '{authority}'", self.address()),
            user,
        )
    }

    /// A kubeconfig for a cluster and a user, whose keys are given as YAML between braces.
    pub fn kubeconfig_with(&self, cluster: &str, user: &str) -> std::path::PathBuf {
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: test\n\
             contexts: [{{name: test, context: {{cluster: c, user: u, namespace: shop}}}}]\n\
             clusters: [{{name: c, cluster: {{{cluster}}}}}]\nusers: [{{name: u, user: {{{user}}}}}]\n"
        );
        let count = std::fs::read_dir(self.home.path()).unwrap().count();
        let path = self.home.path().join(format!("kubeconfig-{count}"));
        std::fs::write(&path, text).unwrap();
        path
    }
}

fn plural(kind: &str) -> String {
    match kind {
        "Canary" => "canaries".to_owned(),
        kind => format!("{}s", kind.to_lowercase()),
    }
}

fn configuration(authority: &Pair, server: &Pair) -> ServerConfig {
    let read = |path: &Path| CertificateDer::pem_file_iter(path).unwrap().map(Result::unwrap);
    let mut roots = RootCertStore::empty();
    for certificate in read(&authority.certificate) {
        roots.add(certificate).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let verifier = verifier.allow_unauthenticated().build().unwrap();
    let key = PrivateKeyDer::from_pem_file(&server.key).unwrap();
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(read(&server.certificate).collect(), key)
        .unwrap()
}

fn serve(stream: TcpStream, configuration: Arc<ServerConfig>, state: &Mutex<State>) {
    let connection = ServerConnection::new(configuration).unwrap();
    let mut reader = BufReader::new(StreamOwned::new(connection, stream));
    let mut line = String::new();
    // A client that does not believe us hangs up.
    if reader.read_line(&mut line).is_err() || line.is_empty() {
        return;
    }
    let path = line.split_ascii_whitespace().nth(1).unwrap().to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let mut stream = reader.into_inner();
    let user = match headers.get("authorization").map(String::as_str) {
        Some(header) => match header.strip_prefix("Bearer ") {
            Some(READER) => Some("reader"),
            Some(NOBODY) => Some("nobody"),
            _ => None,
        },
        None => stream.conn.peer_certificates().map(|_| "grace"),
    };
    let host = headers.get("host").cloned().unwrap_or_default();
    let (status, content_type, body) = {
        let mut state = state.lock().unwrap();
        state.asked.push((user.unwrap_or("-").to_owned(), host, path.clone()));
        if state.is_mute {
            drop(state);
            std::thread::park();
            return;
        }
        answer(user, &path, &state.objects)
    };
    let head = format!(
        "HTTP/1.1 {status} Scripted\r\nconnection: close\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(body.as_bytes());
    stream.conn.send_close_notify();
    let _ = stream.flush();
}

/// What a real server says.
fn answer(user: Option<&str>, path: &str, objects: &BTreeMap<String, Value>) -> (u16, &'static str, String) {
    const JSON: &str = "application/json";
    let failure = |code: u16, reason: &str, message: &str, details: Value| {
        let status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": message, "reason": reason, "details": details, "code": code,
        });
        (code, JSON, status.to_string())
    };
    let name = path.split('?').next().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    match user {
        None => return failure(401, "Unauthorized", "Unauthorized", Value::Null),
        Some("nobody") => {
            // A server that is not ours may say anything of what it was shown.
            let shown = if name == "echo" { format!(" with {NOBODY}") } else { String::new() };
            let message = format!("\"{name}\" is forbidden: User \"nobody\" cannot get resource{shown}");
            return failure(403, "Forbidden", &message, json!({"name": name}));
        }
        Some(_) => {}
    }
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    if let Some(object) = objects.get(path) {
        return (200, JSON, object.to_string());
    }
    if let Some(answer) = directory(path, query, objects) {
        return (200, JSON, answer);
    }
    // An API that has a resource of the same plural has this one not; any other API is not there at all.
    let collection = &path[..path.len() - name.len()];
    let plural = collection.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let is_served = objects.iter().any(|(api, list)| {
        let resources = list["resources"].as_array();
        path.starts_with(&format!("{api}/"))
            && resources.is_some_and(|resources| resources.iter().any(|resource| resource["name"] == plural))
    });
    if is_served {
        let message = format!("{plural} \"{name}\" not found");
        return failure(404, "NotFound", &message, json!({"name": name, "kind": plural}));
    }
    (404, "text/plain; charset=utf-8", "404 page not found\n".to_owned())
}

/// What `kubectl` asks for on its way to a resource: which APIs there are, and a list of one. Whatever is watched does not change.
fn directory(path: &str, query: &str, objects: &BTreeMap<String, Value>) -> Option<String> {
    let groups = || {
        let versions = objects.values().filter_map(|list| list["groupVersion"].as_str()?.split_once('/'));
        versions.map(|(group, version)| {
            let version = json!({"groupVersion": format!("{group}/{version}"), "version": version});
            json!({"name": group, "versions": [version], "preferredVersion": version})
        })
    };
    match path {
        "/api" => return Some(json!({"kind": "APIVersions", "versions": ["v1"]}).to_string()),
        "/apis" => {
            let groups: Vec<_> = groups().collect();
            return Some(json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}).to_string());
        }
        "/api/v1" => {
            return Some(
                json!({"kind": "APIResourceList", "groupVersion": "v1", "resources": []}).to_string(),
            );
        }
        _ => {}
    }
    let name = query.split('&').find_map(|part| part.strip_prefix("fieldSelector=metadata.name%3D"))?;
    let object = objects.get(&format!("{path}/{name}"))?;
    if query.contains("watch=true") {
        return Some(String::new());
    }
    let kind = format!("{}List", object["kind"].as_str()?);
    let list = json!({
        "kind": kind, "apiVersion": object["apiVersion"], "metadata": {"resourceVersion": "7"}, "items": [object],
    });
    Some(list.to_string())
}
