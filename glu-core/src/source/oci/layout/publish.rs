//! Publishing a small image into a layout, for examples and tests. The same content has the same digest everywhere.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::super::manifest::{Descriptor, Manifest, OCI_CONFIG, OCI_MANIFEST};
use super::{REFERENCE_NAME, VERSION, blob_path, check_version, read, reason, tag_of, tar};
use crate::image::{ReferenceError, is_tag};
use crate::source::oci::{Digest, OciError, SIZE_LIMIT};

const OCI_LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

/// What a published image consists of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImageContent {
    /// The manifest's annotations.
    pub annotations: BTreeMap<String, String>,
    /// The configuration's labels.
    pub labels: BTreeMap<String, String>,
    /// When it was built, RFC 3339.
    pub created: Option<String>,
    /// The files of its only layer. Their paths are relative, with forward slashes, and at most 100 bytes long.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// Writes an image into the layout in `directory`, which need not exist, and gives it the tag. An image that had the tag
/// keeps its place and loses the tag. Readers see the layout before or after, never between; there may be one writer.
///
/// # Errors
/// When the tag cannot be one, a file's path does not fit a layer, or the directory cannot be written to.
pub fn publish(directory: &Path, tag: &str, content: &ImageContent) -> Result<Digest, OciError> {
    if !is_tag(tag) {
        return Err(ReferenceError::new(tag, "it cannot be a tag").into());
    }
    prepare(directory)?;

    let layer = tar::archive(&content.files)
        .map_err(|reason| OciError::Malformed { subject: "layer".to_owned(), reason })?;
    let layer_descriptor = Descriptor::of(OCI_LAYER, &layer);
    let config = serialize(&config(content, &layer_descriptor.digest));
    let config_descriptor = Descriptor::of(OCI_CONFIG, &config);
    let manifest = serialize(&Manifest {
        schema_version: 2,
        media_type: Some(OCI_MANIFEST.to_owned()),
        artifact_type: None,
        config: config_descriptor.clone(),
        layers: vec![layer_descriptor.clone()],
        subject: None,
        annotations: content.annotations.clone(),
    });
    let descriptor = Descriptor::of(OCI_MANIFEST, &manifest);

    for (blob, digest) in [
        (&layer, &layer_descriptor.digest),
        (&config, &config_descriptor.digest),
        (&manifest, &descriptor.digest),
    ] {
        let path = blob_path(directory, digest);
        if !path.exists() {
            write(&path, blob)?;
        }
    }
    point(directory, tag, &descriptor)?;
    Ok(descriptor.digest)
}

fn prepare(directory: &Path) -> Result<(), OciError> {
    let blobs = directory.join("blobs").join("sha256");
    fs::create_dir_all(&blobs).map_err(|error| OciError::Layout {
        action: "write",
        path: blobs.clone(),
        reason: reason(&error),
    })?;
    let marker = directory.join("oci-layout");
    if marker.exists() {
        check_version(directory)
    } else {
        write(&marker, &serialize(&json!({ "imageLayoutVersion": VERSION })))
    }
}

fn config(content: &ImageContent, layer: &Digest) -> Value {
    let mut config = json!({
        "architecture": "amd64",
        "os": "linux",
        "config": { "Labels": content.labels },
        "rootfs": { "type": "layers", "diff_ids": [layer] },
    });
    if let Some(created) = &content.created {
        config["created"] = json!(created);
    }
    config
}

/// Rewrites `index.json`. What we do not understand in it stays.
fn point(directory: &Path, tag: &str, descriptor: &Descriptor) -> Result<(), OciError> {
    let path = directory.join("index.json");
    let malformed = |reason: &str| OciError::malformed(&path.display().to_string(), reason);
    let mut index = if path.exists() {
        serde_json::from_slice::<Value>(&read(&path, SIZE_LIMIT)?)
            .map_err(|error| malformed(&error.to_string()))?
    } else {
        json!({ "schemaVersion": 2, "manifests": [] })
    };
    let manifests = index
        .get_mut("manifests")
        .and_then(Value::as_array_mut)
        .ok_or_else(|| malformed("it has no list of manifests"))?;

    let mut kept: Vec<Value> = Vec::new();
    for mut entry in std::mem::take(manifests) {
        let has_tag = serde_json::from_value::<Descriptor>(entry.clone())
            .is_ok_and(|descriptor| tag_of(&descriptor) == Some(tag));
        if has_tag {
            remove_name(&mut entry);
        }
        if !kept.contains(&entry) {
            kept.push(entry);
        }
    }
    let untagged = json!(descriptor);
    kept.retain(|entry| entry != &untagged);
    let mut tagged = descriptor.clone();
    tagged.annotations.insert(REFERENCE_NAME.to_owned(), tag.to_owned());
    kept.push(json!(tagged));
    *manifests = kept;
    write(&path, &serialize(&index))
}

fn remove_name(entry: &mut Value) {
    if let Some(annotations) = entry.get_mut("annotations").and_then(Value::as_object_mut) {
        annotations.remove(REFERENCE_NAME);
        if annotations.is_empty()
            && let Some(entry) = entry.as_object_mut()
        {
            entry.remove("annotations");
        }
    }
}

fn serialize(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("these values have string keys only")
}

/// Writes a file beside its place and moves it there.
fn write(path: &Path, content: &[u8]) -> Result<(), OciError> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let temporary = path.with_extension(format!("{}-{number}.tmp", std::process::id()));
    let written = fs::File::create_new(&temporary)
        .and_then(|mut file| {
            file.write_all(content)?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&temporary, path));
    written.map_err(|error| {
        // The failure itself matters more than a file left behind.
        let _ = fs::remove_file(&temporary);
        OciError::Layout { action: "write", path: path.to_owned(), reason: reason(&error) }
    })
}
