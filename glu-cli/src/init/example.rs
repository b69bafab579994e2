//! A small tree of manifests to start from.

use super::image::Image;
use super::manifest::{Part, Place};
use super::scan::Layout;

const REPOSITORY: &str = "ghcr.io/get-glu/gitops-example/app";
const PHASES: [&str; 2] = ["staging", "production"];

/// Paths and contents.
pub(super) fn files() -> Vec<(String, String)> {
    PHASES.iter().map(|phase| (format!("env/{phase}/deployment.yaml"), deployment(phase))).collect()
}

/// What scanning the files would find.
pub(super) fn layout() -> Layout {
    Layout {
        file: "env/{phase}/deployment.yaml".to_owned(),
        phases: PHASES.map(str::to_owned).to_vec(),
        place: Place {
            part: Part::Reference,
            at: "spec.template.spec.containers[name=app].image".to_owned(),
        },
        image: Image { repository: Some(REPOSITORY.to_owned()), tag: Some("latest".to_owned()) },
    }
}

fn deployment(phase: &str) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata:
  name: app
  namespace: {phase}
spec:
  replicas: 1
  selector:
    matchLabels:
      app: app
  template:
    metadata:
      labels:
        app: app
    spec:
      containers:
        - name: app
          image: {REPOSITORY}:latest
          ports:
            - containerPort: 8080
"
    )
}
