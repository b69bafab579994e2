//! How a cluster is reached: by a kubeconfig, or from within by the account of the pod.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::exec;
use super::kubeconfig::{ClusterEntry, Kubeconfig, Placed, Selected, UserEntry};
use crate::credential::Secret;
use crate::gate::check::exchange::has_userinfo;

/// Where a pod finds the account that it runs as.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Which cluster is meant.
#[derive(Debug, Clone, Default)]
pub(super) struct Cluster {
    /// The kubeconfig. None: as `kubectl` finds it.
    pub(super) kubeconfig: Option<PathBuf>,
    /// The context. None: the current one.
    pub(super) context: Option<String>,
}

/// A cluster and who we are there, with everything read that is in files.
pub(super) struct Connection {
    /// What to call it.
    pub(super) name: String,
    /// Where resources are looked for that name no namespace.
    pub(super) namespace: Option<String>,
    pub(super) server: String,
    /// The name in its certificate, where it is another than in its address.
    pub(super) server_name: Option<String>,
    /// Believes any certificate.
    pub(super) is_insecure: bool,
    /// The only authorities that are believed, PEM. None: the machine's own.
    pub(super) authorities: Option<Vec<u8>>,
    pub(super) identity: Identity,
}

/// Who we are.
#[derive(Default)]
pub(super) struct Identity {
    pub(super) token: Option<Secret>,
    /// A certificate and its key, PEM.
    pub(super) certificate: Option<(Vec<u8>, Secret)>,
}

/// What the machine says of clusters.
pub(super) struct Machine {
    kubeconfig: Option<OsString>,
    home: Option<PathBuf>,
    service: Option<(String, String)>,
    account: PathBuf,
}

/// Why it is not known how to reach a cluster. No variant carries a secret.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectionError {
    #[error("cannot use the kubeconfig `{}`: {reason}", path.display())]
    Kubeconfig { path: PathBuf, reason: String },
    #[error("there is no kubeconfig, and this is no pod; set `KUBECONFIG`, or write {}", place.display())]
    Nowhere { place: PathBuf },
    #[error(
        "no context is current in {files}; say which with `.context(...)` or `kubectl config use-context`; there are the contexts {known}"
    )]
    NoCurrentContext { files: String, known: String },
    #[error("there is no {kind} `{name}` in {files}; there are the contexts {known}")]
    Missing { kind: &'static str, name: String, files: String, known: String },
    #[error("context `{context}`: `{key}` is not supported; {remedy}")]
    Unsupported { context: String, key: &'static str, remedy: &'static str },
    #[error("context `{context}`: {reason}")]
    Unusable { context: String, reason: String },
    #[error("context `{context}`: `{}` cannot be read: {error}", path.display())]
    Unreadable { context: String, path: PathBuf, error: std::io::Error },
    #[error("context `{context}`: {error}")]
    Exec { context: String, error: exec::ExecError },
}

impl ConnectionError {
    pub(super) fn kubeconfig(path: &Path, reason: impl Into<String>) -> Self {
        Self::Kubeconfig { path: path.to_owned(), reason: reason.into() }
    }
}

impl Machine {
    /// This machine.
    pub(super) fn from_env() -> Self {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            kubeconfig: std::env::var_os("KUBECONFIG").filter(|paths| !paths.is_empty()),
            home: std::env::home_dir().filter(|home| !home.as_os_str().is_empty()),
            service: variable("KUBERNETES_SERVICE_HOST").zip(variable("KUBERNETES_SERVICE_PORT")),
            account: PathBuf::from(SERVICE_ACCOUNT),
        }
    }
}

impl Cluster {
    /// Reads everything that it takes: the kubeconfig that was named, those in `KUBECONFIG`, or the one at home; without any, the
    /// account of the pod.
    pub(super) fn connect(&self, machine: &Machine) -> Result<Connection, ConnectionError> {
        let home = || machine.home.clone().unwrap_or_else(|| PathBuf::from("~")).join(".kube").join("config");
        let files: Vec<PathBuf> = match (&self.kubeconfig, &machine.kubeconfig) {
            (Some(path), _) => {
                // Who names one file wants that one.
                std::fs::metadata(path)
                    .map_err(|error| ConnectionError::kubeconfig(path, error.to_string()))?;
                vec![path.clone()]
            }
            (None, Some(paths)) => {
                std::env::split_paths(paths).filter(|path| !path.as_os_str().is_empty()).collect()
            }
            (None, None) => vec![home()],
        };
        let config = Kubeconfig::load(&files)?;
        if config.is_empty() && self.context.is_none() && self.kubeconfig.is_none() {
            return match &machine.service {
                Some((host, port)) => within(host, port, &machine.account),
                None => Err(ConnectionError::Nowhere { place: home() }),
            };
        }
        by(&config.select(self.context.as_deref())?)
    }
}

/// As the pod that this runs in.
fn within(host: &str, port: &str, account: &Path) -> Result<Connection, ConnectionError> {
    let read = |name: &str| {
        let path = account.join(name);
        std::fs::read(&path).map_err(|error| ConnectionError::Unreadable {
            context: "the pod's own".to_owned(),
            path,
            error,
        })
    };
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim().to_owned();
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    Ok(Connection {
        name: "this pod's cluster".to_owned(),
        namespace: read("namespace").ok().map(text).filter(|namespace| !namespace.is_empty()),
        server: format!("https://{host}:{port}"),
        server_name: None,
        is_insecure: false,
        authorities: Some(read("ca.crt")?),
        identity: Identity { token: Some(Secret::new(text(read("token")?))), certificate: None },
    })
}

/// As a context says.
fn by(selected: &Selected<'_>) -> Result<Connection, ConnectionError> {
    let context = &selected.context;
    let cluster = selected.cluster;
    let entry = &cluster.entry;
    let unusable =
        |reason: &str| ConnectionError::Unusable { context: context.clone(), reason: reason.to_owned() };
    if entry.proxy_url.as_ref().is_some_and(|proxy| !proxy.is_empty()) {
        let remedy = "set the variable `HTTPS_PROXY` for glu instead";
        return Err(ConnectionError::Unsupported { context: context.clone(), key: "proxy-url", remedy });
    }
    let server = entry.server.clone().filter(|server| !server.is_empty());
    let server = server.ok_or_else(|| unusable("its cluster has no `server`"))?;
    if has_userinfo(&server) {
        return Err(unusable("its `server` has a user in it, which is not sent"));
    }
    let authorities = data_or_file(
        context,
        "certificate-authority-data",
        entry.certificate_authority_data.as_deref(),
        entry.certificate_authority.as_deref().map(|path| cluster.path(path)),
    )?;
    if authorities.is_some() && entry.insecure_skip_tls_verify {
        return Err(unusable("it has a `certificate-authority`, and `insecure-skip-tls-verify` at once"));
    }
    let identity = match selected.user {
        Some(user) => identity(context, user, cluster, &server)?,
        None => Identity::default(),
    };
    Ok(Connection {
        name: format!("context `{context}`"),
        namespace: selected.namespace.clone(),
        server,
        server_name: entry.tls_server_name.clone().filter(|name| !name.is_empty()),
        is_insecure: entry.insecure_skip_tls_verify,
        authorities,
        identity,
    })
}

fn identity(
    context: &str,
    user: &Placed<UserEntry>,
    cluster: &Placed<ClusterEntry>,
    server: &str,
) -> Result<Identity, ConnectionError> {
    let entry = &user.entry;
    if let Some(key) = entry.unsupported() {
        let remedy = "use a token, a client certificate or an `exec` plugin";
        return Err(ConnectionError::Unsupported { context: context.to_owned(), key, remedy });
    }
    let certificate = data_or_file(
        context,
        "client-certificate-data",
        entry.client_certificate_data.as_deref(),
        entry.client_certificate.as_deref().map(|path| user.path(path)),
    )?;
    let key = data_or_file(
        context,
        "client-key-data",
        entry.client_key_data.as_ref().map(|data| data.0.expose()),
        entry.client_key.as_deref().map(|path| user.path(path)),
    )?;
    let certificate = match (certificate, key) {
        (Some(certificate), Some(key)) => {
            Some((certificate, Secret::new(String::from_utf8_lossy(&key).into_owned())))
        }
        (None, None) => None,
        _ => {
            let reason = "a client certificate needs its key, and a key its certificate".to_owned();
            return Err(ConnectionError::Unusable { context: context.to_owned(), reason });
        }
    };
    // A file overrules what is written beside it, since it is the one that is kept fresh.
    let token = match &entry.token_file {
        Some(path) => {
            let bytes = read(context, &user.path(path))?;
            Some(Secret::new(String::from_utf8_lossy(&bytes).trim()))
        }
        None => entry.token.as_ref().map(|token| token.0.clone()),
    };
    let token = token.filter(|token| !token.expose().is_empty());
    match &entry.exec {
        Some(_) if token.is_some() || certificate.is_some() => Ok(Identity { token, certificate }),
        Some(plugin) => exec::identity(plugin, &user.directory, cluster, server)
            .map_err(|error| ConnectionError::Exec { context: context.to_owned(), error }),
        None => Ok(Identity { token, certificate }),
    }
}

/// What is written in the kubeconfig itself, else what is in the file that it names.
fn data_or_file(
    context: &str,
    key: &'static str,
    data: Option<&str>,
    file: Option<PathBuf>,
) -> Result<Option<Vec<u8>>, ConnectionError> {
    if let Some(data) = data.filter(|data| !data.is_empty()) {
        let compact: String = data.split_whitespace().collect();
        return STANDARD.decode(compact).map(Some).map_err(|_| ConnectionError::Unusable {
            context: context.to_owned(),
            reason: format!("`{key}` is not base64"),
        });
    }
    match file.filter(|path| path.file_name().is_some()) {
        Some(path) => read(context, &path).map(Some),
        None => Ok(None),
    }
}

fn read(context: &str, path: &Path) -> Result<Vec<u8>, ConnectionError> {
    std::fs::read(path).map_err(|error| ConnectionError::Unreadable {
        context: context.to_owned(),
        path: path.to_owned(),
        error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Directory;

    fn machine(directory: &Directory) -> Machine {
        let home = Some(directory.path().join("home"));
        Machine { kubeconfig: None, home, service: None, account: directory.path().join("account") }
    }

    fn config(cluster: &str, user: &str) -> String {
        format!(
            "current-context: x\ncontexts: [{{name: x, context: {{cluster: c, user: u}}}}]\n\
             clusters: [{{name: c, cluster: {{{cluster}}}}}]\nusers: [{{name: u, user: {{{user}}}}}]\n"
        )
    }

    fn connect(cluster: &str, user: &str) -> Result<Connection, ConnectionError> {
        let directory = Directory::new();
        directory.write("home/.kube/config", config(cluster, user));
        directory.write("home/.kube/token", "from-file\n");
        Cluster::default().connect(&machine(&directory))
    }

    #[test]
    fn the_kubeconfig_at_home_is_the_last_that_is_looked_for() {
        let directory = Directory::new();
        let mut machine = machine(&directory);
        let server =
            |cluster: &Cluster, machine: &Machine| cluster.connect(machine).map(|found| found.server);
        let error = server(&Cluster::default(), &machine).unwrap_err().to_string();
        assert!(error.starts_with("there is no kubeconfig, and this is no pod"), "{error}");
        machine.service = Some(("fd00::1".to_owned(), "443".to_owned()));
        let error = server(&Cluster::default(), &machine).unwrap_err().to_string();
        assert!(error.contains("ca.crt` cannot be read"), "{error}");
        for (name, text) in [("token", "t0ken\n"), ("ca.crt", "pem"), ("namespace", "shop\n")] {
            directory.write(&format!("account/{name}"), text);
        }
        let pod = Cluster::default().connect(&machine).unwrap();
        assert_eq!((pod.server.as_str(), pod.namespace.as_deref()), ("https://[fd00::1]:443", Some("shop")));
        assert_eq!(pod.identity.token.unwrap().expose(), "t0ken");
        directory.write("home/.kube/config", config("server: 'https://home'", "token: t"));
        assert_eq!(server(&Cluster::default(), &machine).unwrap(), "https://home");
        let one = directory.write("one", config("server: 'https://one'", "token: t"));
        machine.kubeconfig = Some(one.clone().into_os_string());
        assert_eq!(server(&Cluster::default(), &machine).unwrap(), "https://one");
        let named = directory.write("named", config("server: 'https://named'", "token: t"));
        let cluster = Cluster { kubeconfig: Some(named), context: None };
        assert_eq!(server(&cluster, &machine).unwrap(), "https://named");
        let absent = Cluster { kubeconfig: Some(directory.path().join("absent")), context: None };
        assert!(server(&absent, &machine).unwrap_err().to_string().contains("absent"));
    }

    #[test]
    fn a_fresh_token_is_in_a_file() {
        let token = |user: &str| {
            connect("server: 'https://x'", user)
                .unwrap()
                .identity
                .token
                .map(|token| token.expose().to_owned())
        };
        assert_eq!(token("token: written").as_deref(), Some("written"));
        assert_eq!(token("token: written, tokenFile: token").as_deref(), Some("from-file"));
        assert_eq!(token("token: ''"), None);
    }

    #[test]
    fn what_is_not_done_is_refused_and_not_left_out() {
        for (cluster, user, says) in [
            ("server: 'https://x', proxy-url: 'socks5://x'", "token: t", "`proxy-url` is not supported"),
            ("server: 'https://x'", "username: u, password: s3cret", "`username` is not supported"),
            ("server: 'https://x'", "auth-provider: {name: gcp}", "`auth-provider` is not supported"),
            ("server: 'https://x'", "token: s3cret, as: admin", "`as` is not supported"),
            ("certificate-authority: x", "token: s3cret", "no `server`"),
            ("server: 'https://u:s3cret@x'", "token: t", "has a user in it"),
            ("server: 'https://x', certificate-authority: x", "token: s3cret", "cannot be read"),
            ("server: 'https://x', certificate-authority-data: '%'", "token: s3cret", "is not base64"),
            (
                "server: 'https://x', certificate-authority-data: QQ==, insecure-skip-tls-verify: true",
                "token: s3cret",
                "at once",
            ),
            ("server: 'https://x'", "client-certificate-data: QQ==", "needs its key"),
        ] {
            let error = connect(cluster, user).err().unwrap().to_string();
            assert!(error.contains(says) && !error.contains("s3cret"), "{error}");
        }
    }
}
