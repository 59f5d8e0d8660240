//! From sources to byte-deterministic zips, and the digest that tells whether one has to be built.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::model::Artifact;

pub mod archive;
mod error;
pub mod files;
pub mod finding;
mod framed;
mod install;
pub mod installed;
mod links;
pub mod machine;
mod npm;
pub mod ready;
mod requirements;

pub use error::PackageError;
use framed::Framed;
pub use install::stop;
pub use installed::{Given, Installs};

/// Largest code with layers, unzipped (docs/aws-facts.md §3).
pub const LARGEST_UNZIPPED: u64 = 262_144_000;

/// Hex SHA-256 that changes exactly where the package would: over form, paths, modes and contents
/// of the sources. Lock files stand for what they install.
///
/// # Errors
/// A source cannot be read, or there is none.
pub fn digest(artifact: &Artifact) -> Result<String, PackageError> {
    let mut files = files::collect(&artifact.source, &artifact.project)?;
    let installs = Installs::of(artifact);
    let given = installs.as_ref().map(Given::of).transpose()?;
    if let Some((installs, given)) = installs.as_ref().zip(given.as_ref()) {
        files.retain(|file| !installs.is_no_content(&file.name));
        given.without_leftovers(&mut files);
    }
    let mut hash = Framed::default();
    if let Some(installs) = &installs {
        hash.put(installs.framed().as_bytes());
    }
    for file in &files {
        hash.put(file.name.as_bytes());
        hash.put(if file.executable { b"x" } else { b"-" });
        hash.put(&file.read()?);
    }
    let Some((installs, given)) = installs.zip(given) else { return Ok(hash.hex()) };
    if installs.install.allow_build {
        hash.put(b"builds");
    }
    let known: BTreeSet<PathBuf> = files.iter().filter_map(|file| std::fs::canonicalize(&file.path).ok()).collect();
    let project = std::fs::canonicalize(installs.project).unwrap_or_default();
    for (path, content) in given.inputs()? {
        let real = std::fs::canonicalize(&path).unwrap_or(path);
        if !known.contains(&real) {
            // The name within the project is the same on every machine.
            hash.put(real.strip_prefix(&project).unwrap_or(Path::new("")).as_os_str().as_encoded_bytes());
            hash.put(&content);
        }
    }
    Ok(hash.hex())
}

/// Builds the zip of an artifact. `cache` keeps what installers made.
///
/// # Errors
/// See [`PackageError`].
pub fn build(artifact: &Artifact, cache: &Path) -> Result<Vec<u8>, PackageError> {
    match Installs::of(artifact) {
        None if ready::is_archive(&artifact.source) => ready::read(&artifact.source),
        None => archive::write(&artifact.source, &files::collect(&artifact.source, &artifact.project)?),
        Some(installs) => archive::write(&artifact.source, &installed::collect(&installs, cache)?.files),
    }
}

/// Base64 SHA-256 of a zip: what AWS reports as CodeSha256.
pub fn code_sha256(zip: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(zip))
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::model::desired::{ArtifactForm, Install};

    #[test]
    fn a_digest_knows_all_that_is_installed_from() -> Result<(), Box<dyn std::error::Error>> {
        let place = tempfile::tempdir()?;
        let put = |name: &str, text: &str| {
            let path = place.path().join(name);
            fs::create_dir_all(path.parent().unwrap_or(place.path()))?;
            fs::write(path, text)
        };
        put("layer/python/own.py", "1")?;
        put("layer/.etlctlignore", "requirements.txt\n")?;
        put("layer/requirements.txt", "-r ../base.txt\n")?;
        put("base.txt", "x==1\n")?;
        let of = |allow_build| {
            let form = ArtifactForm::Layer(Install { architectures: Vec::new(), python: None, allow_build });
            let (source, project) = (place.path().join("layer"), place.path().to_owned());
            digest(&Artifact { source, project, form, digest: String::new(), code_sha256: None })
        };
        let mut seen = vec![of(false)?];
        let mut differs = |digest: String, what: &str| {
            assert!(!seen.contains(&digest), "{what}");
            seen.push(digest);
        };
        put("base.txt", "x==2\n")?;
        differs(of(false)?, "a file that is followed out of the layer");
        put("layer/requirements.txt", "-r ../base.txt\ny==1\n")?;
        differs(of(false)?, "a file in spite of an ignore file");
        differs(of(true)?, "leave to build");
        put("layer/requirements.txt", "../lib\n")?;
        put("lib/setup.py", "1")?;
        differs(of(true)?, "a folder that is named");
        put("lib/setup.py", "2")?;
        let built = of(true)?;
        differs(built.clone(), "a file in it");
        put("lib/build/lib/x.py", "1")?;
        put("lib/x.egg-info/PKG-INFO", "1")?;
        assert_eq!(of(true)?, built, "what a build leaves");
        Ok(())
    }
}
