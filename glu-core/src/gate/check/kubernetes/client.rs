//! One question to an API server: a resource, read as JSON.

use std::sync::Arc;
use std::time::Instant;

use serde::Deserialize;
use serde_json::Value;
use ureq::http::Uri;
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Proxy};

use super::connection::Connection;
use crate::gate::check::evidence::{Evidence, excerpt};
use crate::gate::check::exchange::{Question, Reply, ask_through};
use crate::http::{self, is_loopback};

/// How large a resource may be. An Argo CD application that lists thousands of resources has a few mebibytes.
const LIMIT: usize = 16 << 20;

/// An API server and who we are there.
pub(super) struct Client {
    name: String,
    base: String,
    /// What the server is called in requests, where its certificate is for another name.
    host: Option<String>,
    headers: Vec<(String, String)>,
    agent: Agent,
}

/// Why there is no resource.
#[derive(Debug, thiserror::Error)]
pub(super) enum ClientError {
    /// The API is there, and the resource is not.
    #[error("there is no {what} in {cluster}")]
    NoObject { what: String, cluster: String },
    /// The API itself is not there.
    #[error("{cluster} knows no `{api}`; is the controller that brings it installed there?")]
    NoApi { api: String, cluster: String },
    #[error(
        "{cluster} does not know us (401): {said}; the token or certificate is missing, expired or of another cluster"
    )]
    Unauthorized { cluster: String, said: String },
    #[error("{cluster} forbids it (403): {said}; grant `get` on it by a Role and a RoleBinding")]
    Forbidden { cluster: String, said: String },
    #[error("{cluster} answered with status {status}: {said}")]
    Status { cluster: String, status: u16, said: String },
    #[error("{cluster} cannot be reached: {reason}")]
    Unreachable { cluster: String, reason: String },
    #[error("{cluster}: {reason}")]
    Unusable { cluster: String, reason: String },
}

impl ClientError {
    /// Whether the API is missing, so that an older version of it may be asked.
    pub(super) fn is_no_api(&self) -> bool {
        matches!(self, Self::NoApi { .. })
    }
}

impl Client {
    /// Makes a client; what is secret is hidden from the evidence.
    pub(super) fn new(connection: Connection, evidence: &mut Evidence) -> Result<Self, ClientError> {
        let unusable = |reason: &str| ClientError::Unusable {
            cluster: connection.name.clone(),
            reason: reason.to_owned(),
        };
        let server = connection.server.trim_end_matches('/').to_owned();
        let server = if server.contains("://") { server } else { format!("https://{server}") };
        let uri: Uri = server.parse().map_err(|_| unusable("its `server` is no address"))?;
        let host = uri.host().ok_or_else(|| unusable("its `server` names no host"))?.to_owned();
        let is_local = is_loopback(&host);
        let is_plain = uri.scheme_str() == Some("http");
        let has_identity = connection.identity.token.is_some() || connection.identity.certificate.is_some();
        if is_plain && has_identity && !is_local {
            return Err(unusable("its `server` is not encrypted, and would be shown a token or certificate"));
        }
        let mut tls = http::tls().disable_verification(connection.is_insecure);
        let authorities = match &connection.authorities {
            Some(pem) => certificates(pem).ok_or_else(|| unusable("its certificate authority is no PEM"))?,
            None => http::native_authorities(),
        };
        tls = tls.root_certs(RootCerts::Specific(Arc::new(authorities)));
        if let Some((certificate, key)) = &connection.identity.certificate {
            let chain =
                certificates(certificate).ok_or_else(|| unusable("its client certificate is no PEM"))?;
            let key = PrivateKey::from_pem(key.expose().as_bytes())
                .map_err(|_| unusable("the key of its client certificate is no PEM"))?;
            tls = tls.client_cert(Some(ClientCert::new_with_certs(&chain, key)));
        }
        let proxy = if is_local { None } else { Proxy::try_from_env() };
        let config = http::config(tls.build(), proxy);
        let mut headers = Vec::new();
        if let Some(token) = &connection.identity.token {
            let value = format!("Bearer {}", token.expose());
            if value.chars().any(char::is_control) {
                return Err(unusable("its token has characters that no header carries"));
            }
            evidence.hide(token.expose());
            headers.push(("authorization".to_owned(), value));
        }
        // A certificate is checked against the name in the address, so the address gets that name, and leads where it led before.
        let (agent, base, host) = match &connection.server_name {
            None => (config.new_agent(), server, None),
            Some(name) => {
                let renamed = renamed(&uri, name).ok_or_else(|| unusable("`tls-server-name` is no name"))?;
                let host = uri.authority().map(ToString::to_string);
                let resolver = Elsewhere { uri };
                (Agent::with_parts(config, DefaultConnector::default(), resolver), renamed, host)
            }
        };
        Ok(Self { name: connection.name, base, host, headers, agent })
    }

    /// Reads what is at a path; `what` says what it is, and `api` whose it is.
    pub(super) fn get(
        &self,
        path: &str,
        what: &str,
        api: &str,
        until: Instant,
    ) -> Result<Value, ClientError> {
        let cluster = || self.name.clone();
        let unreachable = |reason: String| ClientError::Unreachable { cluster: cluster(), reason };
        let uri: Uri = format!("{}{path}", self.base)
            .parse()
            .map_err(|_| unreachable("its address cannot be put together".to_owned()))?;
        let mut headers = self.headers.clone();
        headers.push(("accept".to_owned(), "application/json".to_owned()));
        headers.extend(self.host.clone().map(|host| ("host".to_owned(), host)));
        let question =
            Question { method: "GET", uri: &uri, headers: &headers, body: None, until, limit: LIMIT };
        let reply = ask_through(&self.agent, &question).map_err(|reason| unreachable(explain(reason)))?;
        if reply.is_cut {
            return Err(unreachable(format!("{what} is larger than {LIMIT} bytes")));
        }
        let content: Option<Value> = serde_json::from_slice(&reply.body).ok();
        match reply.status {
            200 => content.filter(Value::is_object).ok_or_else(|| {
                unreachable("it answered with what is no JSON object; is it an API server?".to_owned())
            }),
            401 => Err(ClientError::Unauthorized { cluster: cluster(), said: said(&reply) }),
            403 => Err(ClientError::Forbidden { cluster: cluster(), said: said(&reply) }),
            // A missing resource is a `Status`; a missing API is a line of text.
            404 if content.as_ref().is_some_and(|status| status["details"]["name"].is_string()) => {
                Err(ClientError::NoObject { what: what.to_owned(), cluster: cluster() })
            }
            404 => Err(ClientError::NoApi { api: api.to_owned(), cluster: cluster() }),
            status => Err(ClientError::Status { cluster: cluster(), status, said: said(&reply) }),
        }
    }

    /// That the server has no such kind of resource.
    pub(super) fn lacks(&self, api: &str) -> ClientError {
        ClientError::NoApi { api: api.to_owned(), cluster: self.name.clone() }
    }
}

/// What the server said of a failure.
fn said(reply: &Reply) -> String {
    #[derive(Deserialize)]
    struct Status {
        message: String,
    }
    match serde_json::from_slice::<Status>(&reply.body) {
        Ok(status) => status.message,
        Err(_) => excerpt(&reply.body[..reply.body.len().min(200)]).trim().to_owned(),
    }
}

/// Says what to do about a certificate that is not believed.
fn explain(reason: String) -> String {
    let remedy = if reason.contains("UnknownIssuer") {
        "; `certificate-authority` has to be the one that signed its certificate"
    } else if reason.contains("not valid for name") {
        "; `tls-server-name` may say which name is in its certificate"
    } else {
        ""
    };
    reason + remedy
}

fn certificates(pem: &[u8]) -> Option<Vec<Certificate<'static>>> {
    let mut certificates = Vec::new();
    for item in ureq::tls::parse_pem(pem) {
        if let PemItem::Certificate(certificate) = item.ok()? {
            certificates.push(certificate);
        }
    }
    (!certificates.is_empty()).then_some(certificates)
}

fn renamed(uri: &Uri, name: &str) -> Option<String> {
    let port = uri.port_u16().map_or(String::new(), |port| format!(":{port}"));
    let renamed = format!("{}://{name}{port}{}", uri.scheme_str()?, uri.path().trim_end_matches('/'));
    let is_sound = renamed.parse::<Uri>().is_ok_and(|uri| uri.host() == Some(name));
    is_sound.then_some(renamed)
}

/// Finds one server, whatever it is called.
#[derive(Debug)]
struct Elsewhere {
    uri: Uri,
}

impl Resolver for Elsewhere {
    fn resolve(
        &self,
        _: &Uri,
        config: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        DefaultResolver::default().resolve(&self.uri, config, timeout)
    }
}
