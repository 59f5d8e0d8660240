//! From folders to byte-deterministic zips, and the digest that tells whether one has to be built.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::model::Artifact;
use crate::model::desired::ArtifactForm;

pub mod archive;
pub mod files;
pub mod layer;

/// Largest zip that a call carries: 50 MiB (aws-facts §3, RequestEntityTooLargeException).
pub const LARGEST_ZIP: usize = 52_428_800;
/// Largest code with layers, unzipped (aws-facts §3).
pub const LARGEST_UNZIPPED: u64 = 262_144_000;

/// Why a folder could not be packaged.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// A file could not be read or written.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// There is nothing to package.
    #[error("{}: the folder holds no file to package; check .gitignore and .etlctlignore", .0.display())]
    Empty(PathBuf),
    /// The zip is larger than a call can carry.
    #[error("{}: the zip has {size} bytes; AWS takes {LARGEST_ZIP} in a call: leave files out with .etlctlignore, move dependencies to a layer, or put the zip into S3 and use `s3:`", path.display())]
    ZipTooLarge {
        /// The folder.
        path: PathBuf,
        /// Bytes.
        size: usize,
    },
    /// The files are larger than Lambda unpacks.
    #[error("{}: the files have {size} bytes unzipped; Lambda takes {LARGEST_UNZIPPED} with all layers: leave files out with .etlctlignore", path.display())]
    UnzippedTooLarge {
        /// The folder.
        path: PathBuf,
        /// Bytes.
        size: u64,
    },
    /// An installer failed.
    #[error("{tool} failed for {}: {output}", path.display())]
    Install {
        /// The tool and its verb.
        tool: &'static str,
        /// The folder with the lock file.
        path: PathBuf,
        /// What it printed, or why it did not start.
        output: String,
    },
    /// The zip could not be written.
    #[error("{}: the zip could not be written: {error}", path.display())]
    Zip {
        /// The folder.
        path: PathBuf,
        /// What the library says.
        error: zip::result::ZipError,
    },
}

/// Hex SHA-256 that changes exactly where the package would: over form, paths, modes and contents
/// of the sources. Lock files stand for what they install.
///
/// # Errors
/// A source cannot be read, or there is none.
pub fn digest(artifact: &Artifact) -> Result<String, PackageError> {
    let mut files = files::collect(&artifact.source)?;
    if let ArtifactForm::Layer { .. } = artifact.form {
        files.retain(|file| !layer::is_no_content(&file.name));
    }
    let mut hash = Sha256::new();
    let mut put = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    if let ArtifactForm::Layer { architectures, python } = &artifact.form {
        put(format!("layer {architectures:?} {python:?}").as_bytes());
    }
    for file in &files {
        put(file.name.as_bytes());
        put(if file.executable { b"x" } else { b"-" });
        put(&file.read()?);
    }
    Ok(hex(&hash.finalize()))
}

/// Builds the zip of an artifact. `cache` keeps what installers made, by lock file.
///
/// # Errors
/// See [`PackageError`].
pub fn build(artifact: &Artifact, cache: &Path) -> Result<Vec<u8>, PackageError> {
    let files = match &artifact.form {
        ArtifactForm::Function => files::collect(&artifact.source)?,
        ArtifactForm::Layer { architectures, python } => layer::collect(&artifact.source, architectures, python.as_deref(), cache)?,
    };
    let zip = archive::write(&artifact.source, &files)?;
    if zip.len() > LARGEST_ZIP {
        return Err(PackageError::ZipTooLarge { path: artifact.source.clone(), size: zip.len() });
    }
    Ok(zip)
}

/// Base64 SHA-256 of a zip: what AWS reports as CodeSha256.
pub fn code_sha256(zip: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(zip))
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
