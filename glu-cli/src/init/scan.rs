//! Looks through a repository for the same file in several environments.

use std::collections::BTreeMap;
use std::path::Path;

use super::image::{self, Image};
use super::manifest::{self, Found, Place};
use super::order;

/// Where a resource stands, and through which environments it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// The file, with `{phase}` for the environment's directory.
    pub(super) file: String,
    /// The environments, in order.
    pub(super) phases: Vec<String>,
    pub(super) place: Place,
    /// The image in the first environment.
    pub(super) image: Image,
}

impl Layout {
    /// The registry's repository and the tag to follow there.
    pub(super) fn source(&self) -> Option<(&str, &str)> {
        let repository = self.image.repository.as_deref()?;
        Some((repository, self.image.tag.as_deref().filter(|tag| image::moves(tag)).unwrap_or("latest")))
    }
}

/// Directories that hold no manifests of ours.
const SKIPPED: [&str; 4] = ["node_modules", "target", "templates", "vendor"];
const MAX_DEPTH: usize = 8;
const MAX_FILES: usize = 10_000;
const MAX_BYTES: u64 = 1 << 20;

/// The most promising layout, and the files of the others.
pub(super) fn scan(root: &Path) -> Option<(Layout, Vec<String>)> {
    let mut files = Vec::new();
    collect(root, "", 0, &mut files);
    let mut groups: BTreeMap<String, BTreeMap<String, Vec<Found>>> = BTreeMap::new();
    for file in files {
        let candidates = templates(&file);
        if candidates.is_empty() {
            continue;
        }
        let images =
            std::fs::read_to_string(root.join(&file)).map(|text| manifest::images(&text)).unwrap_or_default();
        for (template, phase) in candidates.into_iter().filter(|_| !images.is_empty()) {
            groups.entry(template).or_default().insert(phase, images.clone());
        }
    }
    let mut layouts: Vec<Layout> =
        groups.into_iter().filter_map(|(file, phases)| layout(file, phases)).collect();
    // Most environments first, then those whose source is known, then the shortest name.
    layouts.sort_by_key(|layout| {
        (
            std::cmp::Reverse(layout.phases.len()),
            layout.source().is_none(),
            layout.place.part,
            layout.file.len(),
            layout.file.clone(),
        )
    });
    let mut layouts = layouts.into_iter();
    let best = layouts.next()?;
    Some((best, layouts.map(|layout| layout.file).collect()))
}

/// YAML files below a directory, sorted, with forward slashes.
fn collect(root: &Path, directory: &str, depth: usize, files: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(root.join(directory)) else { return };
    let mut entries: Vec<_> = entries.flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let (Some(name), Ok(metadata)) =
            (name.to_str().filter(|name| manifest::is_plain(name)), entry.metadata())
        else {
            continue;
        };
        let path = if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") };
        if name.starts_with('.') || SKIPPED.contains(&name) || files.len() >= MAX_FILES {
            continue;
        }
        if metadata.is_dir() && depth < MAX_DEPTH {
            collect(root, &path, depth + 1, files);
        } else if metadata.is_file()
            && metadata.len() <= MAX_BYTES
            && (name.ends_with(".yaml") || name.ends_with(".yml"))
        {
            files.push(path);
        }
    }
}

/// The ways to read a path as a file of an environment: the path with `{phase}` for one directory, and that directory.
fn templates(file: &str) -> Vec<(String, String)> {
    let segments: Vec<&str> = file.split('/').collect();
    let directories = segments.len() - 1;
    let is_environment = |index: usize| {
        order::rank(segments[index]).is_some()
            || (index > 0 && order::holds_environments(segments[index - 1]) && segments[index] != "base")
    };
    (0..directories)
        .filter(|index| is_environment(*index))
        .map(|index| {
            let mut template = segments.clone();
            template[index] = "{phase}";
            (template.join("/"), segments[index].to_owned())
        })
        .collect()
}

fn layout(file: String, mut phases: BTreeMap<String, Vec<Found>>) -> Option<Layout> {
    // Next to real environments, a name that says nothing is more likely something shared.
    if phases.keys().any(|phase| order::rank(phase).is_some()) {
        phases.retain(|phase, _| order::rank(phase).is_some());
    }
    let mut names: Vec<String> = phases.keys().cloned().collect();
    order::sort(&mut names);
    // The place that most environments have; of several, the one that comes first in the file.
    let has = |phase: &String, place: &Place| phases[phase].iter().any(|found| found.place == *place);
    let count = |place: &Place| names.iter().filter(|phase| has(phase, place)).count();
    let places = names.iter().flat_map(|phase| phases[phase].iter().map(|found| found.place.clone()));
    let place = places.fold(None, |best: Option<Place>, place| match best {
        Some(best) if count(&best) >= count(&place) => Some(best),
        _ => Some(place),
    })?;
    names.retain(|phase| has(phase, &place));
    let image = phases[names.first()?].iter().find(|found| found.place == place)?.image.clone();
    Some(Layout { file, phases: names, place, image })
}
