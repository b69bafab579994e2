//! Git over HTTP as people run it: nginx in front of `git http-backend`.

use std::path::{Path, PathBuf};

use super::{Server, free_port, listens, run};

/// A server of all repositories in a directory, for one user.
pub struct HttpGit {
    _nginx: Server,
    _backend: Server,
    directory: tempfile::TempDir,
    origin: String,
}

impl HttpGit {
    /// Serves over plain HTTP.
    pub fn start(root: &Path, user: &str, password: &str) -> Self {
        Self::start_with(root, user, password, false)
    }

    /// Serves over HTTPS with a certificate that nobody has signed.
    pub fn start_tls(root: &Path, user: &str, password: &str) -> Self {
        Self::start_with(root, user, password, true)
    }

    /// The address of a repository.
    pub fn url(&self, repository: &str) -> String {
        format!("{}/{repository}", self.origin)
    }

    /// Lets another user in from now on, and nobody else.
    pub fn admit(&self, user: &str, password: &str) {
        std::fs::write(self.directory.path().join("users"), format!("{user}:{{PLAIN}}{password}\n"))
            .expect("users can be written");
    }

    /// The certificate, where there is one.
    pub fn certificate(&self) -> PathBuf {
        self.directory.path().join("certificate.pem")
    }

    fn start_with(root: &Path, user: &str, password: &str, tls: bool) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        let home = directory.path();
        let port = free_port();
        std::fs::write(home.join("users"), format!("{user}:{{PLAIN}}{password}\n"))
            .expect("users can be written");
        if tls {
            make_certificate(home);
        }
        let file = home.join("nginx.conf");
        std::fs::write(&file, configuration(home, root, port, tls)).expect("a configuration can be written");
        let socket = home.join("backend.sock");
        let address = format!("unix:{}", socket.display());
        let mut backend = Server::start("fcgiwrap", "fcgiwrap", &["-f", "-c", "2", "-s", &address], home);
        backend.wait_until(|| socket.exists());
        let arguments = ["-p", &text(home), "-c", &text(&file), "-e", &text(&home.join("start.log"))];
        let mut nginx = Server::start("nginx", "nginx", &arguments, home);
        nginx.wait_until(|| listens(port));
        let scheme = if tls { "https" } else { "http" };
        let host = if tls { "localhost" } else { "127.0.0.1" };
        Self { _nginx: nginx, _backend: backend, directory, origin: format!("{scheme}://{host}:{port}") }
    }
}

fn configuration(home: &Path, root: &Path, port: u16, tls: bool) -> String {
    let (home, root) = (text(home), text(root));
    let user = if Path::new("/root").read_dir().is_ok() { "user root;" } else { "" };
    let tls = match tls {
        true => format!(" ssl; ssl_certificate {home}/certificate.pem; ssl_certificate_key {home}/key.pem;"),
        false => ";".to_owned(),
    };
    format!(
        r#"{user}
daemon off;
worker_processes 1;
pid {home}/nginx.pid;
error_log {home}/error.log;
events {{}}
http {{
    access_log {home}/access.log;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    client_max_body_size 0;
    server {{
        listen 127.0.0.1:{port}{tls}
        location / {{
            auth_basic "git";
            auth_basic_user_file {home}/users;
            fastcgi_pass unix:{home}/backend.sock;
            fastcgi_param SCRIPT_FILENAME /usr/lib/git-core/git-http-backend;
            fastcgi_param GIT_HTTP_EXPORT_ALL "1";
            fastcgi_param GIT_PROJECT_ROOT {root};
            fastcgi_param PATH_INFO $uri;
            fastcgi_param QUERY_STRING $query_string;
            fastcgi_param REQUEST_METHOD $request_method;
            fastcgi_param CONTENT_TYPE $content_type;
            fastcgi_param CONTENT_LENGTH $content_length;
            fastcgi_param REMOTE_USER $remote_user;
            fastcgi_param REMOTE_ADDR $remote_addr;
            fastcgi_param HTTP_GIT_PROTOCOL $http_git_protocol;
        }}
    }}
}}
"#
    )
}

fn make_certificate(home: &Path) {
    let (certificate, key) = (text(&home.join("certificate.pem")), text(&home.join("key.pem")));
    let arguments =
        ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
    let subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    let files = ["-keyout", &key, "-out", &certificate];
    run("openssl", "openssl", &[&arguments[..], &subject, &files].concat());
}

fn text(path: &Path) -> String {
    path.to_str().expect("temporary paths are plain text").to_owned()
}
