//! Debian's own registry, started on a free loopback port, and a small client that pushes to it.

use std::fs;
use std::path::Path;

use glu::core::source::oci::Digest;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Server, free_port, listens};

/// The media type of an image's manifest.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// The media type of an index.
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// The media type of an image's configuration.
pub const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

/// A running registry. It ends with its value.
pub struct DockerRegistry {
    _server: Server,
    _home: TempDir,
    port: u16,
}

impl DockerRegistry {
    /// Starts a registry without logins over some storage, which several may share one after the other.
    pub fn start(storage: &Path) -> Self {
        Self::start_with(storage, &json!({}), &json!({}))
    }

    /// Starts a registry with more settings below `http` and `auth`.
    pub fn start_with(storage: &Path, http: &Value, auth: &Value) -> Self {
        let home = TempDir::new().unwrap();
        let port = free_port();
        let mut http = http.clone();
        http["addr"] = json!(format!("127.0.0.1:{port}"));
        let mut configuration = json!({
            "version": 0.1,
            "log": { "level": "error" },
            "storage": { "filesystem": { "rootdirectory": storage } },
            "http": http,
        });
        if auth.as_object().is_some_and(|auth| !auth.is_empty()) {
            configuration["auth"] = auth.clone();
        }
        // JSON is YAML.
        let path = home.path().join("config.yml");
        fs::write(&path, configuration.to_string()).unwrap();
        let arguments = ["serve", path.to_str().unwrap()];
        let mut server = Server::start("docker-registry", "docker-registry", &arguments, home.path());
        server.wait_until(|| listens(port));
        Self { _server: server, _home: home, port }
    }

    /// Where it listens.
    pub fn host(&self) -> String {
        format!("localhost:{}", self.port)
    }

    /// Pushes an image of one empty layer.
    pub fn push_image(&self, repository: &str, tag: &str, annotations: &Value) -> Pushed {
        let config = json!({
            "architecture": "amd64", "os": "linux", "created": "2026-01-02T03:04:05Z",
            "config": { "Labels": { "team": "platform" } },
            "rootfs": { "type": "layers", "diff_ids": [] },
        });
        let config = self.push_blob(repository, CONFIG, config.to_string().as_bytes());
        let layer = self.push_blob(repository, LAYER, &[0; 1024]);
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer],
            "annotations": annotations,
        });
        self.push_manifest(repository, tag, MANIFEST, &manifest)
    }

    /// Pushes a manifest or an index whose parts are already there.
    pub fn push_manifest(&self, repository: &str, tag: &str, media_type: &str, content: &Value) -> Pushed {
        self.push_text(repository, tag, media_type, &content.to_string())
    }

    /// Pushes a manifest or an index byte for byte, under a tag or its digest.
    pub fn push_text(&self, repository: &str, reference: &str, media_type: &str, content: &str) -> Pushed {
        let uri = format!("http://{}/v2/{repository}/manifests/{reference}", self.host());
        let response = ureq::put(uri).header("content-type", media_type).send(content).unwrap();
        let announced = response.headers()["docker-content-digest"].to_str().unwrap().to_owned();
        Pushed { digest: announced.parse().unwrap(), size: content.len() }
    }

    /// Pushes a blob, and gives its descriptor.
    pub fn push_blob(&self, repository: &str, media_type: &str, content: &[u8]) -> Value {
        let uri = format!("http://{}/v2/{repository}/blobs/uploads/", self.host());
        let response = ureq::post(uri).send_empty().unwrap();
        let location = response.headers()["location"].to_str().unwrap();
        let digest = Digest::sha256_of(content);
        ureq::put(format!("{location}&digest={digest}"))
            .header("content-type", "application/octet-stream")
            .send(content)
            .unwrap();
        json!({ "mediaType": media_type, "digest": digest, "size": content.len() })
    }
}

/// What the registry says it got.
pub struct Pushed {
    /// The content's digest.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: usize,
}
