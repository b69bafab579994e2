//! Questions to a Kubernetes API: what a controller says of the state that it was given by git.
//!
//! A promotion is a commit; that it runs is for the cluster to say. Each gate reads one resource, asks first whether its controller has seen
//! the commit that brought the state, and then how it fares. Nothing is ever written.

mod argo_cd;
mod argo_rollout;
mod client;
mod connection;
mod deployment;
mod exec;
mod flagger;
mod flux;
mod judgement;
mod kubeconfig;
mod object;
mod resource;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use self::client::{Client, ClientError};
use self::connection::{Cluster, ConnectionError, Machine};
use self::judgement::{Circumstances, Judgement, Landed};
use self::object::{Type, api_path, is_name, resource_path};
use super::evidence::Evidence;
use super::placeholder::{expand, plain};
use crate::gate::{Asked, Check};
use crate::ledger::Sample;

pub use argo_cd::{ArgoCd, argo_cd};
pub use argo_rollout::{ArgoRollout, argo_rollout};
pub use deployment::{Deployment, deployment};
pub use flagger::{FlaggerCanary, flagger_canary};
pub use flux::{Flux, flux_helm_release, flux_kustomization};
pub use resource::{Resource, kubernetes};

/// How long a sample may take with all its questions, the credential plugin's time not counted.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How long what is degraded may take to recover.
const GRACE: Duration = Duration::from_secs(300);

/// A check of one resource of a cluster; made by [`argo_cd`], [`flux_kustomization`], [`deployment`] and the others of this family.
///
/// The cluster is the one that `kubectl` would ask: by `KUBECONFIG` or `~/.kube/config`, or within a pod by its service account. The name,
/// the namespace and the image may have placeholders, such as `{pipeline}` and `{phase}`.
#[derive(Debug, Clone)]
#[must_use]
pub struct Kubernetes<R> {
    name: String,
    namespace: Option<String>,
    cluster: Cluster,
    phase: Option<String>,
    image: Option<String>,
    timeout: Duration,
    grace: Duration,
    /// What is asked of the resource.
    asks: R,
}

/// A kind of resource that can be judged. The family is closed.
trait Judge: Send + Sync {
    /// What kind of check it is, in one word.
    fn kind(&self) -> &'static str;

    /// Which resource is read.
    fn resource(&self) -> Wanted<'_>;

    /// What it asks, for the gate's identity.
    fn specification(&self) -> Value {
        Value::Null
    }

    /// What makes no sense in it.
    fn mistakes(&self) -> Vec<String> {
        Vec::new()
    }

    /// What a resource says.
    fn judge(&self, object: &Value, grace: Duration, circumstances: &Circumstances<'_>) -> Judgement;
}

/// Which resource is read.
enum Wanted<'a> {
    /// One whose place in the API is known.
    Known(Type),
    /// One that the server is asked for by its kind.
    Sought { api_version: &'a str, kind: &'a str },
}

impl<R> Kubernetes<R> {
    fn new(name: impl Into<String>, asks: R) -> Self {
        Self {
            name: name.into(),
            namespace: None,
            cluster: Cluster::default(),
            phase: None,
            image: None,
            timeout: TIMEOUT,
            grace: GRACE,
            asks,
        }
    }

    /// The namespace; without, where its controller usually lives, or the context's own.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// The context of the kubeconfig; without, the current one, which may be another on another machine.
    pub fn context(mut self, context: impl Into<String>) -> Self {
        self.cluster.context = Some(context.into());
        self
    }

    /// The kubeconfig; without, those in the variable `KUBECONFIG`, or the one at home.
    pub fn kubeconfig(mut self, path: impl Into<PathBuf>) -> Self {
        self.cluster.kubeconfig = Some(path.into());
        self
    }

    /// How long a sample may take; 30 seconds otherwise.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

/// What may be bad for a while.
macro_rules! by_health {
    ($resource:ident) => {
        impl super::Kubernetes<$resource> {
            /// How long what is bad may take to recover before it fails; 5 minutes otherwise.
            pub fn grace(mut self, grace: std::time::Duration) -> Self {
                self.grace = grace;
                self
            }
        }
    };
}
use by_health;

/// What is told by the commit that brought the state.
macro_rules! by_commit {
    ($resource:ident) => {
        impl super::Kubernetes<$resource> {
            /// Goes by the commit that brought the state to this phase; without, by those of all phases that the gate is about.
            pub fn of(mut self, phase: impl Into<String>) -> Self {
                self.phase = Some(phase.into());
                self
            }

            /// Goes by health alone, where what is deployed does not name a commit of the phase's repository. It may then speak of what
            /// ran before.
            pub fn any_revision(mut self) -> Self {
                self.asks.any_revision = true;
                self
            }
        }
    };
}
use by_commit;

/// What is told by the image that runs.
macro_rules! by_image {
    ($resource:ident) => {
        impl super::Kubernetes<$resource> {
            /// Waits until a container is to run this image, such as `{image}` of the state; without, it may speak of what ran before.
            pub fn runs(mut self, image: impl Into<String>) -> Self {
                self.image = Some(image.into());
                self
            }
        }
    };
}
use by_image;

impl<R: Judge> Check for Kubernetes<R> {
    fn kind(&self) -> &'static str {
        self.asks.kind()
    }

    fn specification(&self) -> String {
        json!({
            "name": self.name,
            "namespace": self.namespace,
            "context": self.cluster.context,
            "kubeconfig": self.cluster.kubeconfig,
            "of": self.phase,
            "runs": self.image,
            "grace": self.grace.as_secs_f64(),
            "asks": self.asks.specification(),
        })
        .to_string()
    }

    fn mistakes(&self) -> Vec<String> {
        let mut mistakes = self.asks.mistakes();
        if self.name.is_empty() {
            mistakes.push("it names no resource".to_owned());
        }
        if self.timeout.is_zero() {
            mistakes.push("a sample needs time: `.timeout(...)` is zero".to_owned());
        }
        mistakes
    }

    fn sample(&self, asked: &Asked<'_>) -> Sample {
        let mut evidence = Evidence::default();
        if let Some(mistake) = self.mistakes().into_iter().next() {
            return evidence.mistake(mistake);
        }
        match look(self, asked, &mut evidence) {
            Ok(judgement) if judgement.has_no_data => evidence.no_data(judgement.reason),
            Ok(judgement) => evidence.judged(judgement.verdict, judgement.reason),
            Err(Stopped::Mistake(reason)) => evidence.mistake(reason),
            Err(Stopped::Connection(error)) => evidence.error(error),
            Err(Stopped::Client(error @ ClientError::NoObject { .. })) => evidence.no_data(error),
            Err(Stopped::Client(error)) => evidence.error(error),
        }
    }
}

/// Reads the resource, and judges it.
fn look<R: Judge>(
    check: &Kubernetes<R>,
    asked: &Asked<'_>,
    evidence: &mut Evidence,
) -> Result<Judgement, Stopped> {
    let fill =
        |text: &str| expand(text, asked, &[], &plain).map_err(|error| Stopped::Mistake(error.to_string()));
    let name = fill(&check.name)?;
    let namespace = check.namespace.as_deref().map(fill).transpose()?;
    let image = check.image.as_deref().map(fill).transpose()?;
    for (what, text) in [("resource", Some(&name)), ("namespace", namespace.as_ref())] {
        if let Some(text) = text.filter(|text| !is_name(text)) {
            return Err(Stopped::Mistake(format!("`{text}` cannot be the name of a {what}")));
        }
    }
    let connection = check.cluster.connect(&Machine::from_env())?;
    evidence.note("cluster", connection.name.clone());
    evidence.note("server", connection.server.clone());
    let home = connection.namespace.clone();
    let client = Client::new(connection, evidence)?;
    let until = Instant::now() + check.timeout;
    let read = |wanted: &Type, namespace: &str, name: &str| read(&client, wanted, namespace, name, until);
    let default = |of: Option<&str>| {
        let named = namespace.as_deref().or(of).or(home.as_deref());
        named.unwrap_or("default").to_owned()
    };
    let object = match check.asks.resource() {
        Wanted::Known(wanted) => {
            let namespace = default(wanted.namespace);
            evidence.note("resource", format!("{} {namespace}/{name}", wanted.kind));
            read(&wanted, &namespace, &name)?
        }
        Wanted::Sought { api_version, kind } => {
            let namespace = default(None);
            evidence.note("resource", format!("{api_version} {kind} {namespace}/{name}"));
            seek(&client, api_version, kind, &namespace, &name, until)?
        }
    };
    note(evidence, &object);
    let circumstances = Circumstances {
        lineage: &Landed { asked, phase: check.phase.as_deref() },
        read: &read,
        now: asked.now,
        since: asked.since,
        image,
    };
    Ok(check.asks.judge(&object, check.grace, &circumstances))
}

/// Why there is nothing to judge.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    #[error("{0}")]
    Mistake(String),
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// Reads a resource by the newest version of its API that the server has.
fn read(
    client: &Client,
    wanted: &Type,
    namespace: &str,
    name: &str,
    until: Instant,
) -> Result<Value, ClientError> {
    let what = format!("{} `{name}` in namespace `{namespace}`", wanted.kind);
    let (newest, older) = wanted.versions.split_first().expect("every type has a version");
    let get = |version: &str| {
        let path = api_path(wanted.group, version) + &resource_path(wanted.plural, Some(namespace), name);
        client.get(&path, &what, &format!("{}.{}", wanted.plural, wanted.group), until)
    };
    let mut found = get(newest);
    for version in older {
        if !found.as_ref().is_err_and(ClientError::is_no_api) {
            break;
        }
        found = get(version);
    }
    found
}

/// Reads a resource of a kind whose plural and scope only the server knows.
fn seek(
    client: &Client,
    api_version: &str,
    kind: &str,
    namespace: &str,
    name: &str,
    until: Instant,
) -> Result<Value, ClientError> {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let api = api_path(group, version);
    let list = client.get(&api, api_version, api_version, until)?;
    let resources = list["resources"].as_array().map(Vec::as_slice).unwrap_or_default();
    let found = resources.iter().find(|resource| {
        resource["kind"] == kind && resource["name"].as_str().is_some_and(|name| !name.contains('/'))
    });
    let Some(found) = found else {
        return Err(client.lacks(&format!("{kind} in {api_version}")));
    };
    let is_namespaced = found["namespaced"].as_bool().unwrap_or(true);
    let plural = found["name"].as_str().unwrap_or_default();
    let what = match is_namespaced {
        true => format!("{kind} `{name}` in namespace `{namespace}`"),
        false => format!("{kind} `{name}`"),
    };
    let path = api + &resource_path(plural, is_namespaced.then_some(namespace), name);
    client.get(&path, &what, api_version, until)
}

/// Keeps what was seen, as far as it speaks of how the resource fares.
fn note(evidence: &mut Evidence, object: &Value) {
    for (name, pointer) in [
        ("generation", "/metadata/generation"),
        ("observed_generation", "/status/observedGeneration"),
        ("phase", "/status/phase"),
        ("sync", "/status/sync/status"),
        ("health", "/status/health/status"),
        ("revision", "/status/sync/revision"),
        ("revisions", "/status/sync/revisions"),
        ("applied_revision", "/status/lastAppliedRevision"),
        ("attempted_revision", "/status/lastAttemptedRevision"),
        ("canary_weight", "/status/canaryWeight"),
    ] {
        if let Some(value) = object.pointer(pointer).filter(|value| !value.is_null()) {
            evidence.note(name, value.clone());
        }
    }
    if let Some(conditions) = object.pointer("/status/conditions").and_then(Value::as_array) {
        let told = conditions.iter().take(20).map(|condition| {
            let part = |name: &str| condition[name].as_str().unwrap_or_default().to_owned();
            json!({"type": part("type"), "status": part("status"), "reason": part("reason")})
        });
        evidence.note("conditions", told.collect::<Vec<_>>());
    }
}

#[cfg(test)]
mod tests;
