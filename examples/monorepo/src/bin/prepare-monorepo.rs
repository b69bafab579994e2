//! Prepares a world for the example, in `demo/` beside it: a registry (image layouts) with two versions of each service, and a git
//! remote whose environments run the older one.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use glu::core::clock::SystemClock;
use glu::core::source::oci::layout::{ImageContent, publish};
use glu::testing::Remote;

const PHASES: [&str; 5] = ["staging", "eu-west", "us-east", "ap-south", "global"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo");
    if demo.exists() {
        fs::remove_dir_all(&demo)?;
    }
    let mut files = Vec::new();
    for service in ["cart", "checkout", "search"] {
        let registry = demo.join("registry").join(service);
        let old = build(&registry, service, "1.0.0")?;
        build(&registry, service, "1.1.0")?;
        let image = format!("ghcr.io/example/{service}@{old}");
        files.extend(PHASES.iter().map(|phase| match service {
            "search" => (
                format!("legacy/search/{phase}.env"),
                format!("# Read by start.sh.\nIMAGE={image}\nWORKERS=4\n"),
            ),
            _ => (
                format!("services/{service}/{phase}/release.yaml"),
                format!("# {service} in {phase}\nversion: 1.0.0\nimage: {image}\nreplicas: 3\n"),
            ),
        }));
    }
    let remote = Remote::create(&demo.join("remote.git"), Arc::new(SystemClock));
    remote.commit("Deploy all services", files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    Ok(())
}

/// Publishes a version as `latest`, and gives its digest.
fn build(registry: &Path, service: &str, version: &str) -> Result<String, Box<dyn std::error::Error>> {
    let annotations = [("title", service), ("version", version)]
        .map(|(name, value)| (format!("org.opencontainers.image.{name}"), value.to_owned()));
    let content = ImageContent { annotations: annotations.into(), ..ImageContent::default() };
    Ok(publish(registry, "latest", &content)?.to_string())
}
