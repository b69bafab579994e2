//! States that nobody has published: what an origin would offer if somebody did.

use std::collections::BTreeMap;

use super::start::Published;
use crate::image::{Descriptor, Digest, Image, ImageRef, is_tag};
use crate::model::{Fields, PhaseId, Pipeline, ReadImage, Source, State, System};

/// Where an image's publisher says its version (github.com/opencontainers/image-spec, annotations.md).
const VERSION: &str = "org.opencontainers.image.version";

/// Why a state cannot be invented.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot make up a state `{label}` of {origin}: {reason}")]
pub struct InventError {
    /// The origin.
    pub origin: PhaseId,
    /// What it was to be called.
    pub label: String,
    /// Why, and what to do.
    pub reason: String,
}

/// Makes up the state that an origin would offer under a label. An image gets a digest that only depends on its name, the label and what
/// else is told of it; other origins keep of their present state what is not told. A field may be given by its name, an image's annotation by its own.
pub(super) fn invent(
    system: &System,
    origin: &PhaseId,
    now: Option<&State>,
    image: Option<&Published>,
    label: &str,
    fields: &BTreeMap<String, String>,
) -> Result<State, InventError> {
    let refuse = |reason: String| InventError { origin: origin.clone(), label: label.to_owned(), reason };
    let Some((pipeline, phase)) = system.phase(origin) else {
        return Err(refuse("there is no such phase".to_owned()));
    };
    if pipeline.upstreams(&phase.name).next().is_some() {
        return Err(refuse(format!("states do not begin there; `{}` is fed by others", phase.name)));
    }
    let seed = seed(label, fields);
    match (&phase.source, image) {
        (Source::Oci { read, .. }, Some(image)) => {
            let offered = offered(&**read, image, label, fields, &seed).map_err(refuse)?;
            let unknown = fields.keys().find(|name| {
                let without: BTreeMap<String, String> =
                    fields.iter().filter(|(other, _)| other != name).map(clone).collect();
                offered.fields.get(name).is_none()
                    && self::offered(&**read, image, label, &without, &seed)
                        .is_ok_and(|other| other.fields == offered.fields)
            });
            match unknown {
                Some(unknown) => Err(refuse(format!(
                    "`{unknown}` is neither an annotation that it takes nor {}",
                    names(&offered)
                ))),
                None => with(pipeline, &offered, fields).map_err(refuse),
            }
        }
        (Source::Oci { .. }, None) => {
            Err(refuse("its images have no name that could be told from the configuration".to_owned()))
        }
        (Source::Git { .. } | Source::Own(_), _) => {
            let Some(now) = now else {
                return Err(refuse(
                    "its present state, which the rest would be taken from, is not known".to_owned(),
                ));
            };
            if let Some(unknown) = fields.keys().find(|name| now.fields.get(name).is_none()) {
                return Err(refuse(format!("it has no field `{unknown}`, only {}", names(now))));
            }
            let relabelled = relabelled(pipeline, now, label, fields, &seed).map_err(refuse)?;
            if relabelled.same(now) {
                return Err(refuse(format!(
                    "it would be the state that is there already; say which field is new: `{}={label},FIELD=VALUE`, of {}",
                    origin.phase,
                    names(now)
                )));
            }
            Ok(relabelled)
        }
    }
}

/// What an image of this label would make.
fn offered(
    read: &dyn ReadImage,
    published: &Published,
    label: &str,
    fields: &BTreeMap<String, String>,
    seed: &str,
) -> Result<State, String> {
    let digest = Digest::sha256_of(format!("{}\n{seed}", published.name).as_bytes());
    let mut annotations = fields.clone();
    annotations.entry(VERSION.to_owned()).or_insert_with(|| label.to_owned());
    let image = |tag: Option<String>| Image {
        name: published.name.clone(),
        tag,
        digest: digest.clone(),
        descriptor: Descriptor {
            media_type: "application/vnd.oci.image.manifest.v1+json".to_owned(),
            digest: digest.clone(),
            size: 0,
            platform: None,
            artifact_type: None,
            annotations: BTreeMap::new(),
        },
        manifest: None,
        index: None,
        annotations: annotations.clone(),
    };
    let read = |tag: Option<String>| {
        read.read(&image(tag)).map_err(|error| {
            let text = error.to_string();
            // The error names the annotation; the syntax for giving it is ours.
            format!("{text}; say what it is: `{label},NAME=VALUE`")
        })
    };
    let followed = read(published.tag.clone());
    let tag = is_tag(label).then(|| label.to_owned());
    // Where the tag is part of what identifies a state, a new state is a new tag.
    match (tag, &followed) {
        (Some(tag), Ok(followed)) => {
            let tagged = read(Some(tag))?;
            Ok(if tagged.same(followed) { followed.clone() } else { tagged })
        }
        (Some(tag), Err(_)) => read(Some(tag)),
        (None, _) => followed,
    }
}

/// A state with some of its fields replaced.
fn with(pipeline: &Pipeline, state: &State, given: &BTreeMap<String, String>) -> Result<State, String> {
    if given.keys().all(|name| state.fields.get(name).is_none()) {
        return Ok(state.clone());
    }
    let mut fields = Fields::new();
    for (name, text) in state.fields.iter() {
        fields.push(name, given.get(name).map_or(text, String::as_str).to_owned());
    }
    pipeline.codec.state(&fields).map_err(|error| error.to_string())
}

/// The present state under another label: fields that say the label say the new one, and images get new digests.
fn relabelled(
    pipeline: &Pipeline,
    now: &State,
    label: &str,
    given: &BTreeMap<String, String>,
    seed: &str,
) -> Result<State, String> {
    if !given.is_empty() {
        let given_label =
            now.fields.iter().find(|(name, text)| *text == now.label && !given.contains_key(*name));
        let mut given = given.clone();
        given.extend(given_label.map(|(name, _)| (name.to_owned(), label.to_owned())));
        return with(pipeline, now, &given);
    }
    let changed = now.fields.iter().filter_map(|(name, text)| {
        let digest = || Digest::sha256_of(format!("{name}\n{seed}").as_bytes());
        let new = if text == now.label {
            label.to_owned()
        } else if text.parse::<Digest>().is_ok() {
            digest().to_string()
        } else {
            let reference: ImageRef = text.parse().ok()?;
            let tag = if reference.tag.as_ref() == Some(&now.label) {
                Some(label.to_owned())
            } else {
                reference.tag
            };
            let digest = reference.digest.map(|_| digest());
            ImageRef { repository: reference.repository, tag, digest }.to_string()
        };
        Some((name.to_owned(), new))
    });
    let changed: BTreeMap<String, String> = changed.collect();
    with(pipeline, now, &changed)
}

/// What an invented digest depends on.
fn seed(label: &str, fields: &BTreeMap<String, String>) -> String {
    let fields: String = fields.iter().map(|(name, text)| format!("{name}={text}\n")).collect();
    format!("{label}\n{fields}")
}

fn names(state: &State) -> String {
    let names: Vec<String> = state.fields.iter().map(|(name, _)| format!("`{name}`")).collect();
    match names.as_slice() {
        [only] => format!("its field {only}"),
        _ => format!("one of its fields {}", names.join(", ")),
    }
}

fn clone((name, text): (&String, &String)) -> (String, String) {
    (name.clone(), text.clone())
}
