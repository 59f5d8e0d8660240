//! Digests that were made before, a file an artifact in the cache's folder `digests`.
//!
//! An entry holds when its digest was made, the digest of all files' stamps, and the artifact's own. It is
//! believed where the stamps are today's and the newest of them was two seconds old when the files were
//! walked: a file that is written twice within a tick of the file system's clock has one stamp for two
//! contents.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::content::Content;
use super::framed::Framed;
use super::hex;
use super::kept;
use super::stamp::Nanos;
use crate::model::Artifact;

/// Folder of the cache.
const FOLDER: &str = "digests";
/// Begins an entry. Another way to make digests or stamps is another word here.
const FORM: &str = "etlctl digest 1";
/// The coarsest clock of a file system that is met, FAT's.
const TICK: Nanos = 2_000_000_000;
/// Smaller sources are read as quickly as an entry is.
const WORTH_IT: (u64, usize) = (256 * 1024, 32);

/// Where the digest of an artifact is remembered.
#[derive(Debug)]
pub struct Entry {
    cache: PathBuf,
    path: PathBuf,
}

impl Entry {
    /// The entry of an artifact in a cache; none where its sources are small.
    pub fn of(cache: &Path, artifact: &Artifact, content: &Content<'_>) -> Option<Self> {
        let (bytes, count) = content.size();
        if bytes < WORTH_IT.0 && count < WORTH_IT.1 {
            return None;
        }
        let Artifact { source, project, form, digest: _, code_sha256: _ } = artifact;
        let mut key = Framed::default();
        for path in [source, project] {
            key.put(std::path::absolute(path).ok()?.as_os_str().as_encoded_bytes());
        }
        key.put(format!("{form:?}").as_bytes());
        Some(Self { cache: cache.to_owned(), path: cache.join(FOLDER).join(&key.hex()[..32]) })
    }

    /// The digest, where the files have not changed since it was made. A damaged entry is dropped.
    pub fn digest(&self, content: &Content<'_>) -> Option<String> {
        let text = fs::read(&self.path).ok()?;
        let Some((made, stamps, digest)) = std::str::from_utf8(&text).ok().and_then(parse) else {
            tracing::warn!(entry = %self.path.display(), "damaged: the sources are read");
            // One that cannot be removed is not believed the next time either.
            let _ = fs::remove_file(&self.path);
            return None;
        };
        let is_settled = made.checked_sub(TICK).is_some_and(|before| content.newest() <= before);
        (is_settled && stamps == content.stamps()).then(|| digest.to_owned())
    }

    /// Remembers the digest of files that were walked at `made`, in place of what stood there.
    ///
    /// # Errors
    /// The cache cannot be written.
    pub fn keep(&self, content: &Content<'_>, made: Nanos, digest: &str) -> io::Result<()> {
        let folder = kept::folder(&self.cache, FOLDER).map_err(|(_, error)| error)?;
        let told = format!("{FORM}\n{made}\n{}\n{digest}\n", content.stamps());
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        writeln!(file, "{told}{}", check(&told))?;
        file.persist(&self.path)?;
        Ok(())
    }
}

/// When it was made, stamps and digest of an entry that is whole.
fn parse(text: &str) -> Option<(Nanos, &str, &str)> {
    let (told, last) = text.strip_suffix('\n')?.rsplit_once('\n')?;
    let lines: Vec<&str> = told.split('\n').collect();
    let [FORM, made, stamps, digest] = lines[..] else { return None };
    (check(&format!("{told}\n")) == last).then_some((made.parse().ok()?, stamps, digest))
}

fn check(told: &str) -> String {
    hex(&Sha256::digest(told))
}
