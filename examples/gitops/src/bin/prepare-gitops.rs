//! Prepares a world for the example, in `demo/` beside it: a registry (an image layout) with two versions of the app, and a git remote
//! whose environments run the older one.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use glu::core::clock::SystemClock;
use glu::core::source::oci::layout::{ImageContent, publish};
use glu::testing::Remote;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo");
    if demo.exists() {
        fs::remove_dir_all(&demo)?;
    }
    fs::create_dir_all(&demo)?;
    let old = build(&demo, "1.0.0")?;
    build(&demo, "1.1.0")?;
    let staging = deployment(&old, 1);
    let production = deployment(&old, 3);
    let remote = Remote::create(&demo.join("remote.git"), Arc::new(SystemClock));
    remote.commit(
        "Deploy the app",
        [
            ("env/staging/deployment.yaml", staging.as_str()),
            ("env/production/deployment.yaml", production.as_str()),
        ],
    );
    Ok(())
}

/// Publishes a version as `latest`, and gives its digest.
fn build(demo: &Path, version: &str) -> Result<String, Box<dyn std::error::Error>> {
    let annotation = ("org.opencontainers.image.version".to_owned(), version.to_owned());
    let content = ImageContent { annotations: [annotation].into(), ..ImageContent::default() };
    Ok(publish(&demo.join("registry"), "latest", &content)?.to_string())
}

fn deployment(digest: &str, replicas: u32) -> String {
    format!(
        "\
# Managed by the platform team.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app
spec:
  replicas: {replicas}
  selector:
    matchLabels: {{app: app}}
  template:
    metadata:
      labels: {{app: app}}
    spec:
      containers:
        - name: app
          image: ghcr.io/example/app@{digest}  # moved by glu
          env:
            - name: APP_IMAGE_DIGEST
              value: \"{digest}\"
          ports:
            - containerPort: 8080
"
    )
}
