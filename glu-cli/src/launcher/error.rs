//! Why the launcher could not become the program.

use std::path::PathBuf;

use super::protocol;
use crate::config::ConfigError;

/// Why the launcher could not become the program.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are what the messages show")]
pub enum LaunchError {
    /// The current directory is gone.
    #[error("cannot tell the current directory: {source}")]
    CurrentDirectory { source: std::io::Error },
    /// `-C` names no directory.
    #[error("there is no directory {}", .directory.display())]
    NoDirectory { directory: PathBuf },
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Nothing that could be a pipelines program.
    #[error("no pipelines program found; looked for\n{}", .looked.iter().map(|place| format!("  - {place}")).collect::<Vec<_>>().join("\n"))]
    NotFound { looked: Vec<String> },
    /// Several crates could be meant.
    #[error("several crates depend on glu-cli: {}", .directories.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", "))]
    Several { directories: Vec<PathBuf> },
    /// A prebuilt program is not there.
    #[error("there is no program {}, which {said_by} names", .binary.display())]
    NoBinary { binary: PathBuf, said_by: String },
    /// A crate is not there.
    #[error("there is no Cargo.toml in {}, which {said_by} names", .directory.display())]
    NoPackage { directory: PathBuf, said_by: String },
    /// A manifest cannot be understood.
    #[error("cannot read {}: {message}", .path.display())]
    Manifest { path: PathBuf, message: String },
    /// Cargo could not be started.
    #[error("cannot run cargo: {source}")]
    Cargo { source: std::io::Error },
    /// The program does not compile.
    #[error("the pipelines program `{package}` does not build")]
    Build { package: String },
    /// The crate has no binary.
    #[error("`{package}` has no binary; `glu` needs one whose `main` calls `glu::main()`")]
    NoBinaries { package: String },
    /// The crate has several binaries and says not which is meant.
    #[error("`{package}` has several binaries: {}", .names.join(", "))]
    ManyBinaries { package: String, names: Vec<String> },
    /// The program is something else.
    #[error("{} is no pipelines program: {reason}", .binary.display())]
    NoHandshake { binary: PathBuf, reason: String },
    /// Launcher and program are too far apart in age.
    #[error("{} speaks launcher protocol {theirs} (glu {version}), this launcher speaks {}", .binary.display(), protocol::VERSION)]
    Protocol { binary: PathBuf, theirs: u32, version: String },
    /// The launcher was taken for a program.
    #[error("this is the launcher, not a pipelines program")]
    IsLauncher,
    /// A file of the launcher's own.
    #[error("cannot {action} {}: {source}", .path.display())]
    File { action: &'static str, path: PathBuf, source: std::io::Error },
    /// The program could not be started.
    #[error("cannot execute {}: {source}", .binary.display())]
    Execute { binary: PathBuf, source: std::io::Error },
}

impl LaunchError {
    /// The exit code: 2 for what the user asked for wrongly, 1 for what failed.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NoDirectory { .. }
            | Self::Config(_)
            | Self::NotFound { .. }
            | Self::Several { .. }
            | Self::NoBinary { .. }
            | Self::NoPackage { .. }
            | Self::NoBinaries { .. }
            | Self::ManyBinaries { .. } => 2,
            Self::CurrentDirectory { .. }
            | Self::Manifest { .. }
            | Self::Cargo { .. }
            | Self::Build { .. }
            | Self::NoHandshake { .. }
            | Self::Protocol { .. }
            | Self::IsLauncher
            | Self::File { .. }
            | Self::Execute { .. } => 1,
        }
    }

    /// What to do about it, if that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NotFound { .. } => {
                "`glu init` writes one; `--program PATH` or `GLU_PROGRAM` names one that is built already"
            }
            Self::Several { .. } => "name one as `program.package` in glu.toml",
            Self::ManyBinaries { .. } => {
                "set `default-run` in its Cargo.toml, or `program.binary` in glu.toml"
            }
            Self::NoHandshake { .. } => "its `main` should call `glu::main()`",
            Self::Protocol { theirs, .. } if *theirs > protocol::VERSION => {
                "update the launcher: `cargo install glu-cli`"
            }
            Self::Protocol { .. } => "update `glu-cli` in the program's Cargo.toml",
            Self::Cargo { source } if source.kind() == std::io::ErrorKind::NotFound => {
                "install Rust from https://rustup.rs, or name a program that is built already with `GLU_PROGRAM`"
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }
}
