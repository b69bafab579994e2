//! What everything that speaks HTTP shares: agents that trust the machine's authorities and use its proxies, and what may be shown or
//! followed of an address.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Duration;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsConfigBuilder, TlsProvider};
use ureq::{Agent, Proxy};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_secs(30);

/// The machine's certificate authorities, read once.
static NATIVE_AUTHORITIES: LazyLock<Vec<Certificate<'static>>> = LazyLock::new(|| {
    let loaded = rustls_native_certs::load_native_certs();
    loaded.certs.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect()
});

/// Agents that follow no redirects, take no status for an error, and give up after a while; made when they are first needed.
pub(crate) struct Agents {
    ca_cert_path: Option<PathBuf>,
    insecure_skip_tls: bool,
    through_proxy: OnceLock<Agent>,
    direct: OnceLock<Agent>,
}

/// Why a file of certificate authorities cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("`{}`: {reason}", path.display())]
pub(crate) struct AuthoritiesError {
    path: PathBuf,
    reason: String,
}

impl Agents {
    /// Trusts the machine's authorities, and those in this file.
    pub(crate) fn new(ca_cert_path: Option<PathBuf>) -> Self {
        Self {
            ca_cert_path,
            insecure_skip_tls: false,
            through_proxy: OnceLock::new(),
            direct: OnceLock::new(),
        }
    }

    /// Trusts anybody. For throw-away machines only.
    pub(crate) fn insecure_skip_tls(mut self, skip: bool) -> Self {
        self.insecure_skip_tls = skip;
        self
    }

    /// The agent for an address: this machine is never asked through a proxy.
    pub(crate) fn agent(&self, uri: &Uri) -> Result<&Agent, AuthoritiesError> {
        let is_local = uri.host().is_some_and(is_loopback);
        let (slot, proxy) =
            if is_local { (&self.direct, None) } else { (&self.through_proxy, Proxy::try_from_env()) };
        if let Some(agent) = slot.get() {
            return Ok(agent);
        }
        let agent = self.build(proxy)?;
        Ok(slot.get_or_init(|| agent))
    }

    fn build(&self, proxy: Option<Proxy>) -> Result<Agent, AuthoritiesError> {
        let mut authorities = NATIVE_AUTHORITIES.clone();
        if let Some(path) = &self.ca_cert_path {
            authorities.extend(load_authorities(path)?);
        }
        let authorities = RootCerts::Specific(Arc::new(authorities));
        let tls = tls().root_certs(authorities).disable_verification(self.insecure_skip_tls).build();
        Ok(config(tls, proxy).new_agent())
    }
}

/// What every TLS configuration begins with.
pub(crate) fn tls() -> TlsConfigBuilder {
    TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
}

/// The configuration of an agent that follows no redirects, takes no status for an error, and gives up after a while.
pub(crate) fn config(tls: TlsConfig, proxy: Option<Proxy>) -> Config {
    Agent::config_builder()
        .tls_config(tls)
        .proxy(proxy)
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .timeout_global(Some(TIMEOUT))
        .user_agent(concat!("glu/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// The machine's own certificate authorities.
#[cfg(feature = "kubernetes")]
pub(crate) fn native_authorities() -> Vec<Certificate<'static>> {
    NATIVE_AUTHORITIES.clone()
}

fn load_authorities(path: &Path) -> Result<Vec<Certificate<'static>>, AuthoritiesError> {
    let refuse = |reason: String| AuthoritiesError { path: path.to_owned(), reason };
    let content = std::fs::read(path).map_err(|error| refuse(error.to_string()))?;
    let mut authorities = Vec::new();
    for item in ureq::tls::parse_pem(&content) {
        if let PemItem::Certificate(certificate) = item.map_err(|error| refuse(error.to_string()))? {
            authorities.push(certificate);
        }
    }
    if authorities.is_empty() {
        return Err(refuse("it has no certificate".to_owned()));
    }
    Ok(authorities)
}

/// Scheme, host and port: within these a login may travel.
pub(crate) fn origin(uri: &Uri) -> (Option<&str>, Option<String>, Option<u16>) {
    let port = uri.port_u16().or_else(|| match uri.scheme_str() {
        Some("https") => Some(443),
        Some("http") => Some(80),
        _ => None,
    });
    (uri.scheme_str(), uri.host().map(str::to_ascii_lowercase), port)
}

/// What may be shown of an address: no user, no query, which may carry a signature.
pub(crate) fn address(uri: &Uri) -> String {
    let port = uri.port_u16().map_or(String::new(), |port| format!(":{port}"));
    let scheme = uri.scheme_str().unwrap_or("http");
    format!("{scheme}://{}{port}{}", uri.host().unwrap_or_default(), uri.path())
}

/// Resolves a link against the address it was found at (RFC 3986, without dot segments, which servers have no use for).
pub(crate) fn join(base: &Uri, link: &str) -> Option<Uri> {
    let scheme = base.scheme_str()?;
    let authority = base.authority()?;
    let absolute = if link.starts_with("http://") || link.starts_with("https://") {
        link.to_owned()
    } else if link.starts_with("//") {
        format!("{scheme}:{link}")
    } else if link.starts_with('/') {
        format!("{scheme}://{authority}{link}")
    } else if link.starts_with('?') {
        format!("{scheme}://{authority}{}{link}", base.path())
    } else {
        let directory = base.path().rsplit_once('/').map_or("", |(directory, _)| directory);
        format!("{scheme}://{authority}{directory}/{link}")
    };
    absolute.parse().ok()
}

/// Whether a host, with or without a port, is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bracketed = host.strip_prefix('[').and_then(|host| host.split_once(']')).map(|(host, _)| host);
    if let Some(address) = bracketed {
        return address.parse::<std::net::Ipv6Addr>().is_ok_and(|address| address.is_loopback());
    }
    let host = host.split(':').next().unwrap_or_default();
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

/// Encodes fields for a query or a form.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let field = |(name, value): &(&str, &str)| format!("{}={}", percent_encode(name), percent_encode(value));
    fields.iter().map(field).collect::<Vec<_>>().join("&")
}

/// Encodes a text so that it is one piece of an address, whatever it holds.
pub(crate) fn percent_encode(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri {
        text.parse().unwrap()
    }

    #[test]
    fn links_are_resolved() {
        let base = uri("https://r.io:444/v2/app/tags/list?n=2");
        let resolve = |link: &str| join(&base, link).map(|uri| uri.to_string()).unwrap_or_default();
        assert_eq!(resolve("/v2/x?last=b"), "https://r.io:444/v2/x?last=b");
        assert_eq!(resolve("?last=b"), "https://r.io:444/v2/app/tags/list?last=b");
        assert_eq!(resolve("list?last=b"), "https://r.io:444/v2/app/tags/list?last=b");
        assert_eq!(resolve("//cdn.io/x"), "https://cdn.io/x");
        assert_eq!(resolve("http://cdn.io/x"), "http://cdn.io/x");
        assert_eq!(resolve("/a b"), "");
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        assert_eq!(origin(&uri("https://R.io/a")), origin(&uri("https://r.io:443/b?c")));
        for other in ["http://r.io/a", "https://r.io:444/a", "https://r.io.evil.com/a"] {
            assert_ne!(origin(&uri("https://r.io/a")), origin(&uri(other)), "{other}");
        }
    }

    #[test]
    fn addresses_show_neither_users_nor_queries() {
        assert_eq!(address(&uri("https://user:secret@r.io:5000/a?signature=secret")), "https://r.io:5000/a");
    }

    #[test]
    fn loopback_is_this_machine_only() {
        for host in [
            "localhost",
            "localhost:5000",
            "127.0.0.1:5000",
            "127.8.8.8",
            "[::1]:5000",
            "[::1]",
            "x.localhost",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "localhost.evil.com",
            "127.0.0.1.evil.com",
            "notlocalhost",
            "10.0.0.1",
            "[::2]:5000",
            "1270.0.0.1",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
