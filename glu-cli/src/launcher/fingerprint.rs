//! What a binary was built from, so that "nothing changed" is answered from file times.
//!
//! A file counts as unchanged while size and modification time are those recorded; where they are not, its contents are hashed, since a CI
//! checkout changes every time and no contents. The binary itself counts in the same way, since caches keep times only roughly. Paths below
//! the workspace are recorded from its top, so that the next job may have it elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Raised when the meaning of a record changes; other records are not read.
const FORMAT: u32 = 2;

/// Variables that change what cargo builds, besides those that `VARIABLE_PREFIXES` covers.
const VARIABLES: &[&str] =
    &["CARGO_ENCODED_RUSTFLAGS", "RUSTC", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "RUSTFLAGS"];
const VARIABLE_PREFIXES: &[&str] = &["CARGO_BUILD_", "CARGO_PROFILE_", "CARGO_TARGET_", "CARGO_UNSTABLE_"];

/// Files that change what cargo builds, in the crate's directory or any above it, whether they exist or not.
const UPWARDS: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    ".cargo/config.toml",
    ".cargo/config",
    "rust-toolchain.toml",
    "rust-toolchain",
];

/// What a binary was built from.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fingerprint {
    format: u32,
    /// From the target directory.
    binary: PathBuf,
    binary_stamp: Stamp,
    binary_hash: String,
    environment: String,
    inputs: BTreeMap<PathBuf, Input>,
}

/// The directories that recorded paths begin at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bases<'a> {
    pub(super) workspace: &'a Path,
    pub(super) target: &'a Path,
}

/// What a file was when it was built from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Input {
    Absent,
    File {
        stamp: Stamp,
        hash: String,
    },
    /// A directory that a build script watches; hashed each time, as its own time says little.
    Directory {
        hash: String,
    },
}

/// Size, and modification time in nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    length: u64,
    modified: u64,
}

/// Whether a binary is what its inputs would build.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is. Some file times were not those recorded: write the refreshed record.
    Fresh { refreshed: bool },
    /// It is not, because of this.
    Stale(String),
}

impl Fingerprint {
    /// Reads a record; one that is absent, damaged or of another format is none.
    pub(super) fn read(path: &Path) -> Option<Self> {
        let fingerprint: Self = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
        (fingerprint.format == FORMAT).then_some(fingerprint)
    }

    /// Writes a record so that no reader sees half of it.
    pub(super) fn write(&self, path: &Path) -> std::io::Result<()> {
        let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
        std::fs::write(&temporary, serde_json::to_vec(self).map_err(std::io::Error::other)?)?;
        std::fs::rename(&temporary, path)
    }

    /// Takes the fingerprint of a binary that was built from `inputs` by a build that began at `began`.
    ///
    /// None where an input changed since, so that it is unknown which contents went into the binary.
    pub(super) fn take(
        bases: Bases<'_>,
        binary: &Path,
        inputs: BTreeSet<PathBuf>,
        environment: &BTreeMap<String, String>,
        began: SystemTime,
    ) -> Option<Self> {
        let began = nanoseconds(began);
        let mut taken = BTreeMap::new();
        for path in inputs {
            let input = Input::of(&path);
            // Cargo itself may have just written the lock file.
            if let Input::File { stamp, .. } = &input
                && stamp.modified > began
                && !path.ends_with("Cargo.lock")
            {
                return None;
            }
            taken.insert(from(bases.workspace, &path), input);
        }
        Some(Self {
            format: FORMAT,
            binary: from(bases.target, binary),
            binary_stamp: Stamp::of(binary)?,
            binary_hash: hash_of_file(binary)?,
            environment: hash_of_environment(environment),
            inputs: taken,
        })
    }

    /// Compares with the present, and takes over the times of files whose contents are the same.
    pub(super) fn check(&mut self, bases: Bases<'_>, environment: &BTreeMap<String, String>) -> Verdict {
        if hash_of_environment(environment) != self.environment {
            return Verdict::Stale("build variables changed".to_owned());
        }
        let mut refreshed = false;
        for (path, recorded) in &mut self.inputs {
            let path = &bases.workspace.join(path);
            if recorded.matches_by_stamp(path) {
                continue;
            }
            let present = Input::of(path);
            if !recorded.same_contents(&present) {
                return Verdict::Stale(format!("{} changed", path.display()));
            }
            refreshed |= *recorded != present;
            *recorded = present;
        }
        let binary = self.binary(bases);
        match Stamp::of(&binary) {
            Some(stamp) if stamp == self.binary_stamp => {}
            Some(stamp)
                if stamp.length == self.binary_stamp.length
                    && hash_of_file(&binary).as_ref() == Some(&self.binary_hash) =>
            {
                self.binary_stamp = stamp;
                refreshed = true;
            }
            _ => return Verdict::Stale("the binary is gone or another".to_owned()),
        }
        Verdict::Fresh { refreshed }
    }

    /// Where the binary is.
    pub(super) fn binary(&self, bases: Bases<'_>) -> PathBuf {
        bases.target.join(&self.binary)
    }
}

impl Input {
    fn of(path: &Path) -> Self {
        if path.is_dir() {
            let mut hash = hmac_sha256::Hash::new();
            hash_directory(path, path, &mut hash);
            return Self::Directory { hash: hexadecimal(&hash.finalize()) };
        }
        match (Stamp::of(path), std::fs::read(path)) {
            (Some(stamp), Ok(contents)) => {
                Self::File { stamp, hash: hexadecimal(&hmac_sha256::Hash::hash(&contents)) }
            }
            _ => Self::Absent,
        }
    }

    fn matches_by_stamp(&self, path: &Path) -> bool {
        match self {
            Self::Absent => Stamp::of(path).is_none(),
            Self::File { stamp, .. } => Stamp::of(path) == Some(*stamp),
            Self::Directory { .. } => false,
        }
    }

    fn same_contents(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File { hash, .. }, Self::File { hash: other, .. }) => hash == other,
            _ => self == other,
        }
    }
}

impl Stamp {
    /// None where there is no such file.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok()?;
        Some(Self { length: metadata.len(), modified: nanoseconds(metadata.modified().ok()?) })
    }
}

/// Everything that building `package` depends on: the files of the `.d` file, their crates' manifests, and cargo's own files upwards.
pub(super) fn inputs(
    sources: Vec<PathBuf>,
    package: &Path,
    workspace: &Path,
    target: &Path,
    cargo_home: Option<&Path>,
) -> BTreeSet<PathBuf> {
    let mut inputs = BTreeSet::new();
    for source in sources {
        let source = package.join(source);
        // What the registry holds never changes; what the build itself writes follows from the rest.
        if source.starts_with(target) || cargo_home.is_some_and(|home| source.starts_with(home)) {
            continue;
        }
        let owner = source
            .ancestors()
            .skip(1)
            .map(|directory| directory.join("Cargo.toml"))
            .find(|path| path.is_file());
        inputs.extend(owner);
        inputs.insert(source);
    }
    let directories = package.ancestors().chain([workspace]);
    inputs.extend(directories.flat_map(|directory| UPWARDS.iter().map(|name| directory.join(name))));
    inputs.extend(cargo_home.map(|home| home.join("config.toml")));
    inputs
}

/// A path from a directory, where it is below it.
fn from(base: &Path, path: &Path) -> PathBuf {
    path.strip_prefix(base).unwrap_or(path).to_owned()
}

fn hash_of_file(path: &Path) -> Option<String> {
    let mut file = std::fs::File::open(path).ok()?;
    let mut hash = hmac_sha256::Hash::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer).ok()? {
            0 => return Some(hexadecimal(&hash.finalize())),
            count => hash.update(&buffer[..count]),
        }
    }
}

fn hash_of_environment(environment: &BTreeMap<String, String>) -> String {
    let mut hash = hmac_sha256::Hash::new();
    for (name, value) in environment {
        if VARIABLES.contains(&name.as_str())
            || VARIABLE_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        {
            hash.update(format!("{name}={value}\0"));
        }
    }
    hexadecimal(&hash.finalize())
}

fn hash_directory(top: &Path, directory: &Path, hash: &mut hmac_sha256::Hash) {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        hash.update(from(top, &path).as_os_str().as_encoded_bytes());
        hash.update([0]);
        if path.is_dir() && !path.is_symlink() {
            hash_directory(top, &path, hash);
        } else {
            hash.update(hmac_sha256::Hash::hash(&std::fs::read(&path).unwrap_or_default()));
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn nanoseconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| u64::try_from(since.as_nanos()).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    struct Built {
        directory: tempfile::TempDir,
        fingerprint: Fingerprint,
    }

    fn built(files: &[&str]) -> Built {
        let directory = tempfile::tempdir().unwrap();
        for file in files.iter().chain(&["binary"]) {
            let path = directory.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, file).unwrap();
        }
        let inputs = files
            .iter()
            .chain(&["absent"])
            .map(|file| directory.path().join(file.split_once('/').map_or(*file, |(d, _)| d)));
        let later = SystemTime::now() + Duration::from_secs(1);
        let fingerprint = Fingerprint::take(
            bases(directory.path()),
            &directory.path().join("binary"),
            inputs.collect(),
            &BTreeMap::new(),
            later,
        )
        .unwrap();
        Built { directory, fingerprint }
    }

    fn bases(directory: &Path) -> Bases<'_> {
        Bases { workspace: directory, target: directory }
    }

    impl Built {
        fn check(&mut self, environment: &BTreeMap<String, String>) -> Verdict {
            self.fingerprint.check(bases(self.directory.path()), environment)
        }
    }

    fn touch(path: &Path) {
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_modified(SystemTime::now() + Duration::from_secs(100)).unwrap();
    }

    #[test]
    fn a_time_alone_changes_nothing_and_is_remembered() {
        let mut built = built(&["a"]);
        assert_eq!(built.check(&BTreeMap::new()), Verdict::Fresh { refreshed: false });
        touch(&built.directory.path().join("a"));
        assert_eq!(built.check(&BTreeMap::new()), Verdict::Fresh { refreshed: true });
        assert_eq!(built.check(&BTreeMap::new()), Verdict::Fresh { refreshed: false });
    }

    #[test]
    fn contents_appearance_and_disappearance_are_changes() {
        let stale = |change: &dyn Fn(&Path)| {
            let mut built = built(&["a", "watched/b"]);
            assert_eq!(built.check(&BTreeMap::new()), Verdict::Fresh { refreshed: false });
            change(built.directory.path());
            matches!(built.check(&BTreeMap::new()), Verdict::Stale(_))
        };
        assert!(stale(&|root| std::fs::write(root.join("a"), "other").unwrap()));
        assert!(stale(&|root| std::fs::remove_file(root.join("a")).unwrap()));
        assert!(stale(&|root| std::fs::write(root.join("absent"), "").unwrap()));
        assert!(stale(&|root| std::fs::write(root.join("watched/new"), "").unwrap()));
        assert!(stale(&|root| std::fs::write(root.join("watched/b"), "x").unwrap()));
        assert!(stale(&|root| std::fs::write(root.join("binary"), "other!").unwrap()));
        assert!(!stale(&|root| touch(&root.join("binary"))));
        assert!(!stale(&|root| std::fs::write(root.join("unrelated"), "").unwrap()));
    }

    #[test]
    fn only_variables_of_the_build_count() {
        let mut built = built(&["a"]);
        let with = |name: &str| BTreeMap::from([(name.to_owned(), "x".to_owned())]);
        assert!(matches!(built.check(&with("RUSTFLAGS")), Verdict::Stale(_)));
        assert!(matches!(built.check(&with("CARGO_PROFILE_DEV_DEBUG")), Verdict::Stale(_)));
        assert_eq!(built.check(&with("TERM")), Verdict::Fresh { refreshed: false });
    }

    #[test]
    fn an_input_that_changed_during_the_build_leaves_no_record() {
        let directory = tempfile::tempdir().unwrap();
        let (source, binary) = (directory.path().join("a"), directory.path().join("binary"));
        std::fs::write(&source, "").unwrap();
        std::fs::write(&binary, "").unwrap();
        let earlier = SystemTime::now() - Duration::from_secs(10);
        let bases = bases(directory.path());
        assert_eq!(
            Fingerprint::take(bases, &binary, BTreeSet::from([source]), &BTreeMap::new(), earlier),
            None
        );
    }

    #[test]
    fn a_cache_may_bring_it_back_elsewhere_and_with_other_times() {
        let mut built = built(&["a", "watched/b"]);
        let other = tempfile::tempdir().unwrap();
        for file in ["a", "binary", "watched/b"] {
            let path = other.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::copy(built.directory.path().join(file), &path).unwrap();
            touch(&path);
        }
        let here = bases(other.path());
        assert_eq!(built.fingerprint.check(here, &BTreeMap::new()), Verdict::Fresh { refreshed: true });
        assert_eq!(built.fingerprint.check(here, &BTreeMap::new()), Verdict::Fresh { refreshed: false });
        assert_eq!(built.fingerprint.binary(here), other.path().join("binary"));
        std::fs::write(other.path().join("a"), "b").unwrap();
        assert!(matches!(built.fingerprint.check(here, &BTreeMap::new()), Verdict::Stale(_)));
    }

    #[test]
    fn a_record_reads_back() {
        let built = built(&["a"]);
        let path = built.directory.path().join("record.json");
        built.fingerprint.write(&path).unwrap();
        assert_eq!(Fingerprint::read(&path), Some(built.fingerprint));
        std::fs::write(&path, "{").unwrap();
        assert_eq!(Fingerprint::read(&path), None);
    }
}
