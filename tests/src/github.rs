//! GitHub's own descriptions of its APIs as referees: the REST API's as a server that answers with its examples, and as a proxy that holds what goes
//! through it against the description; GraphQL's schema as a judge of documents.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use serde_json::Value;
use tempfile::TempDir;

use crate::server::{Server, find, free_port, run};

/// A server that knows GitHub's description.
pub struct Referee {
    server: Server,
    port: u16,
    _directory: TempDir,
}

impl Referee {
    /// Answers with the description's examples. A request that is not valid by it gets status 422, one that is not in it 404.
    pub fn with_examples() -> Self {
        Self::start(&["mock"], None)
    }

    /// Passes requests on to a server. A request or an answer that is not valid by the description becomes an error that says why.
    pub fn before(upstream: &str) -> Self {
        Self::start(&["proxy", "--errors"], Some(upstream))
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn start(arguments: &[&str], upstream: Option<&str>) -> Self {
        let directory = TempDir::new().unwrap();
        let port = free_port();
        let (prism, description) = (
            INSTALLED.join("node_modules/@stoplight/prism-cli/dist/index.js"),
            INSTALLED.join("github.json"),
        );
        let number = port.to_string();
        let mut all = vec![prism.to_str().unwrap()];
        all.extend(arguments);
        all.extend(["--port", &number, "--host", "127.0.0.1", description.to_str().unwrap()]);
        all.extend(upstream);
        let mut server = Server::start("node", "nodejs", &all, directory.path());
        server.wait_until(|| crate::server::listens(port));
        Self { server, port, _directory: directory }
    }

    /// Its process, which ends with it.
    pub fn server(&self) -> &Server {
        &self.server
    }
}

/// What GitHub's GraphQL schema has against these requests, each a body with `query` and `variables`.
pub fn graphql_complaints(requests: &[Value]) -> String {
    let mut child = Command::new(find("node", "nodejs"))
        .arg(INSTALLED.join("graphql.mjs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let requests = Value::from(requests.to_vec()).to_string();
    child.stdin.take().unwrap().write_all(requests.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "GitHub's schema cannot be asked");
    String::from_utf8(output.stdout).unwrap()
}

/// Where the descriptions and their programs are installed, once for all runs.
static INSTALLED: LazyLock<PathBuf> = LazyLock::new(|| {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let place = tests.join("../target/github-as-referee");
    fs::create_dir_all(&place).unwrap();
    let lock = File::create(place.join("lock")).unwrap();
    lock.lock().unwrap();
    let source = tests.join("github");
    let wanted =
        ["package.json", "cut.mjs", "graphql.mjs"].map(|name| fs::read(source.join(name)).unwrap()).concat();
    let stamp = place.join("installed");
    if fs::read(&stamp).ok().as_ref() != Some(&wanted) {
        for name in ["package.json", "cut.mjs", "graphql.mjs"] {
            fs::copy(source.join(name), place.join(name)).unwrap();
        }
        let directory = place.to_str().unwrap();
        // Nothing of a package is run when it is installed.
        run("npm", "npm", &["install", "--prefix", directory, "--ignore-scripts", "--no-audit", "--no-fund"]);
        let (cut, description) = (place.join("cut.mjs"), place.join("github.json"));
        run("node", "nodejs", &[cut.to_str().unwrap(), description.to_str().unwrap()]);
        fs::write(&stamp, &wanted).unwrap();
    }
    place.canonicalize().unwrap()
});
