//! From sources to byte-deterministic zips, and the digest that tells whether one has to be built.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::model::Artifact;

pub mod archive;
mod content;
mod error;
mod files;
pub mod finding;
mod framed;
mod ignores;
pub mod in_order;
mod install;
pub mod installed;
mod kept;
mod links;
pub mod machine;
mod npm;
pub mod ready;
mod remembered;
mod requirements;
mod sources;
mod stamp;
pub mod unpacked;

pub use error::PackageError;
pub use install::said::last as installer_says;
pub use install::stop;
pub use installed::{Given, Installs};
pub use sources::{Memory, Sources, Walk};

/// Largest code with layers, unzipped (docs/aws-facts.md §3).
pub const LARGEST_UNZIPPED: u64 = 262_144_000;

/// The digest of an artifact by itself, of all its bytes; see [`Sources::digests`].
///
/// # Errors
/// A source cannot be read, or there is none.
pub fn digest(artifact: &Artifact) -> Result<String, PackageError> {
    Sources::new(Path::new(""), Memory::Unused).digest(artifact)
}

/// The zip of an artifact by itself. `cache` keeps what installers made.
///
/// # Errors
/// See [`PackageError`].
pub fn build(artifact: &Artifact, cache: &Path) -> Result<Vec<u8>, PackageError> {
    Sources::new(cache, Memory::Unused).build(artifact)
}

/// The zip of a folder as it is, with nothing installed.
///
/// # Errors
/// A file cannot be read, or there is none.
pub fn zipped(folder: &Path) -> Result<Vec<u8>, PackageError> {
    archive::write(folder, &files::collect(folder, folder)?, 1, |_, _| {})
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
