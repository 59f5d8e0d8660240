//! The sources of one run: walked once for all who ask for them at about the same time, and hashed only
//! where nobody remembers their digest.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::content::{Content, Packaged};
use super::files::{self, File};
use super::in_order::{in_order, threads};
use super::installed::{self, Installs};
use super::remembered::Entry;
use super::stamp::Nanos;
use super::{PackageError, archive, ready};
use crate::model::Artifact;

/// For this long a walk is as good as a new one: checks, digests and zips of a run that waits for nobody.
const FRESH: Duration = Duration::from_secs(2);

/// The sources of a run.
#[derive(Debug)]
pub struct Sources {
    /// Where digests and what installers made are kept.
    cache: PathBuf,
    memory: Memory,
    threads: usize,
    walks: Mutex<HashMap<(PathBuf, PathBuf), Arc<Walk>>>,
}

/// What is done with digests in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// They are believed where nothing has changed.
    Used,
    /// All bytes are read, and what they give is remembered.
    Renewed,
    /// They are left alone.
    Unused,
}

/// A folder as it was walked.
#[derive(Debug)]
pub struct Walk {
    /// Its files, in order.
    pub files: Vec<File>,
    /// When the walk began, before any stamp was taken.
    began: Nanos,
    at: Instant,
}

impl Sources {
    /// Sources of which nobody has seen anything yet, with a folder for the cache.
    pub fn new(cache: &Path, memory: Memory) -> Self {
        Self { cache: cache.to_owned(), memory, threads: threads(), walks: Mutex::default() }
    }

    /// The files of an artifact's sources, as a walk found them that was just made.
    ///
    /// # Errors
    /// The folder cannot be read, holds nothing, or a link in it leads out of the project.
    pub fn walk(&self, artifact: &Artifact) -> Result<Arc<Walk>, PackageError> {
        let key = (artifact.source.clone(), artifact.project.clone());
        if let Some(walk) = self.walks().get(&key).filter(|walk| walk.at.elapsed() < FRESH) {
            return Ok(Arc::clone(walk));
        }
        let (at, began) = (Instant::now(), now());
        let walk = Arc::new(Walk { files: files::collect(&artifact.source, &artifact.project)?, began, at });
        self.walks().insert(key, Arc::clone(&walk));
        Ok(walk)
    }

    /// Walks all folders anew from now on: somebody had time to change them.
    pub fn look_again(&self) {
        self.walks().clear();
    }

    fn walks(&self) -> MutexGuard<'_, HashMap<(PathBuf, PathBuf), Arc<Walk>>> {
        // Nothing panics while it holds the lock, and a walk that is missing is made.
        self.walks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hex SHA-256 of each artifact, that changes exactly where the package would: over form, paths, modes and
    /// contents of the sources. Lock files stand for what they install.
    ///
    /// # Errors
    /// Of the first artifact whose sources cannot be read, or are none.
    pub fn digests(&self, artifacts: &[Artifact]) -> Result<Vec<String>, PackageError> {
        // Many functions may share their sources.
        let mut numbers: HashMap<(&Path, &Path, String), usize> = HashMap::new();
        let mut different: Vec<&Artifact> = Vec::new();
        let mut which = Vec::new();
        for artifact in artifacts {
            let key = (artifact.source.as_path(), artifact.project.as_path(), format!("{:?}", artifact.form));
            which.push(*numbers.entry(key).or_insert_with(|| {
                different.push(artifact);
                different.len() - 1
            }));
        }
        let mut digests: Vec<String> = Vec::new();
        in_order(
            different.len(),
            self.threads,
            |number| self.digest(different[number]),
            |digest| {
                digests.push(digest?);
                Ok::<(), PackageError>(())
            },
        )?;
        Ok(which.into_iter().map(|number| digests[number].clone()).collect())
    }

    /// See [`Sources::digests`].
    ///
    /// # Errors
    /// The sources cannot be read, or are none.
    pub fn digest(&self, artifact: &Artifact) -> Result<String, PackageError> {
        let walk = self.walk(artifact)?;
        let content = Content::of(artifact, &walk.files)?;
        let entry = self.entry(artifact, &content);
        if let Some(digest) = entry.as_ref().filter(|_| self.memory == Memory::Used).and_then(|entry| entry.digest(&content)) {
            return Ok(digest);
        }
        let digest = content.digest(self.threads)?;
        if let Some(entry) = entry {
            keep(&entry, &content, walk.began, &digest);
        }
        Ok(digest)
    }

    /// Builds the zip of an artifact. What is packaged is hashed as it is read, so that a wrong digest is not
    /// remembered any longer.
    ///
    /// # Errors
    /// See [`PackageError`].
    pub fn build(&self, artifact: &Artifact) -> Result<Vec<u8>, PackageError> {
        let walk = self.walk(artifact)?;
        let mut packaged = Packaged::default();
        let zip = match Installs::of(artifact) {
            None if ready::is_archive(&artifact.source) => {
                let zip = ready::read(&artifact.source)?;
                walk.files.iter().for_each(|file| packaged.add(file, &zip));
                zip
            }
            None => archive::write(&artifact.source, &walk.files, self.threads, |file, content| packaged.add(file, content))?,
            Some(installs) => {
                let collected = installed::collect(&installs, &walk.files, &self.cache)?;
                let zip = archive::write(&artifact.source, &collected.files, self.threads, |_, _| {})?;
                // A package with dependencies leaves out what its digest is over.
                let content = Content::of(artifact, &walk.files)?;
                if let Some(entry) = self.entry(artifact, &content) {
                    keep(&entry, &content, walk.began, &content.digest(self.threads)?);
                }
                return Ok(zip);
            }
        };
        let content = Content::of(artifact, &walk.files)?;
        if let Some(entry) = self.entry(artifact, &content) {
            keep(&entry, &content, walk.began, &packaged.hex());
        }
        Ok(zip)
    }

    fn entry(&self, artifact: &Artifact, content: &Content<'_>) -> Option<Entry> {
        if self.memory == Memory::Unused { None } else { Entry::of(&self.cache, artifact, content) }
    }
}

/// A digest that cannot be remembered is made anew the next time.
fn keep(entry: &Entry, content: &Content<'_>, walked: Nanos, digest: &str) {
    if let Err(error) = entry.keep(content, walked, digest) {
        tracing::debug!(?entry, %error, "the digest is not remembered");
    }
}

fn now() -> Nanos {
    // A clock before 1970 settles nothing.
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(Nanos::MIN, |since| Nanos::try_from(since.as_nanos()).unwrap_or(Nanos::MIN))
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::model::desired::{ArtifactForm, Install};
    use crate::package;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    /// A project with sources that are worth to be remembered.
    struct Place(tempfile::TempDir);

    impl Place {
        fn new() -> std::io::Result<Self> {
            let place = Self(tempfile::tempdir()?);
            for at in 0..40 {
                let inside = place.code().join(format!("part{}", at % 3));
                fs::create_dir_all(&inside)?;
                fs::write(inside.join(format!("{at}.js")), format!("exports.n = {at}"))?;
            }
            Ok(place)
        }

        fn code(&self) -> PathBuf {
            self.0.path().join("code")
        }

        fn one(&self) -> PathBuf {
            self.code().join("part0/0.js")
        }

        fn artifact(&self, form: ArtifactForm) -> Artifact {
            let (source, project) = (self.code(), self.0.path().to_owned());
            Artifact { source, project, form, digest: String::new(), code_sha256: None }
        }

        fn function(&self) -> Artifact {
            self.artifact(ArtifactForm::Function { build: None })
        }

        fn layer(&self) -> Artifact {
            self.artifact(ArtifactForm::Layer(Install { architectures: Vec::new(), python: None, allow_build: false }))
        }

        fn sources(&self, memory: Memory) -> Sources {
            Sources::new(&self.0.path().join("cache"), memory)
        }

        /// What is remembered, whether it is believed or not.
        fn entries(&self) -> std::io::Result<Vec<String>> {
            fs::read_dir(self.0.path().join("cache/digests"))?.map(|entry| fs::read_to_string(entry?.path())).collect()
        }

        /// Remembers a digest as if it had been made some time after the last change.
        fn plant(&self, artifact: &Artifact, digest: &str, after: Nanos) -> Outcome {
            let sources = self.sources(Memory::Used);
            let walk = sources.walk(artifact)?;
            let content = Content::of(artifact, &walk.files)?;
            let entry = sources.entry(artifact, &content).ok_or("too small")?;
            Ok(entry.keep(&content, content.newest() + after, digest)?)
        }
    }

    const TWO_SECONDS: Nanos = 2_000_000_000;

    #[test]
    fn a_digest_is_remembered_until_something_changes() -> Outcome {
        let place = Place::new()?;
        let function = place.function();
        let one = place.one();
        type Change<'a> = (&'a str, Box<dyn Fn() -> std::io::Result<()> + 'a>);
        let changes: Vec<Change<'_>> = vec![
            ("another content of the same size", Box::new(|| fs::write(&one, "exports.n = 9"))),
            ("a time set back", Box::new(|| fs::File::open(&one)?.set_modified(SystemTime::UNIX_EPOCH))),
            (
                "another file under the name",
                Box::new(|| fs::copy(&one, one.with_extension("new")).and_then(|_| fs::rename(one.with_extension("new"), &one))),
            ),
            ("a mode set anew", Box::new(|| fs::set_permissions(&one, fs::metadata(&one)?.permissions()))),
            ("another mode", Box::new(|| fs::set_permissions(&one, fs::Permissions::from_mode(0o755)))),
            ("another name", Box::new(|| fs::rename(&one, one.with_file_name("x.js")))),
            ("a file more", Box::new(|| fs::write(&one, ""))),
            ("a file left out", Box::new(|| fs::write(place.code().join(".gitignore"), "x.js\n"))),
        ];
        for (what, change) in changes {
            place.plant(&function, "remembered", TWO_SECONDS)?;
            assert_eq!(place.sources(Memory::Used).digest(&function)?, "remembered", "before {what}");
            change()?;
            assert_eq!(place.sources(Memory::Used).digest(&function)?, package::digest(&function)?, "{what}");
        }
        Ok(())
    }

    #[test]
    fn a_digest_that_was_made_within_two_seconds_of_a_change_is_not_believed() -> Outcome {
        let place = Place::new()?;
        let function = place.function();
        place.plant(&function, "remembered", TWO_SECONDS - 1)?;
        assert_eq!(place.sources(Memory::Used).digest(&function)?, package::digest(&function)?);
        // What was made instead is as young.
        let (entries, digest) = (place.entries()?, package::digest(&function)?);
        assert!(entries.len() == 1 && entries[0].contains(&digest), "{entries:?}");
        Ok(())
    }

    #[test]
    fn a_damaged_entry_is_dropped() -> Outcome {
        let place = Place::new()?;
        let function = place.function();
        place.plant(&function, "remembered", TWO_SECONDS)?;
        let path = fs::read_dir(place.0.path().join("cache/digests"))?.next().ok_or("no entry")??.path();
        let whole = fs::read_to_string(&path)?;
        let (told, check) = whole.trim_end().rsplit_once('\n').ok_or("one line")?;
        for damaged in [
            String::new(),
            whole[..whole.len() - 1].to_owned(),
            whole[..whole.len() / 2].to_owned(),
            whole.replace("remembered", "renumbered"),
            format!("{told}\n{}", check.to_uppercase()),
            whole.replace("digest 1", "digest 2"),
        ] {
            fs::write(&path, &damaged)?;
            let walk = place.sources(Memory::Used).walk(&function)?;
            let content = Content::of(&function, &walk.files)?;
            let entry = place.sources(Memory::Used).entry(&function, &content).ok_or("too small")?;
            assert_eq!((entry.digest(&content), path.exists()), (None, false), "{damaged}");
        }
        fs::write(&path, [0xff, 0xfe])?;
        assert_eq!(place.sources(Memory::Used).digest(&function)?, package::digest(&function)?);
        Ok(())
    }

    #[test]
    fn what_is_packaged_puts_a_wrong_entry_right() -> Outcome {
        let place = Place::new()?;
        for artifact in [place.function(), place.layer()] {
            place.plant(&artifact, "wrong", TWO_SECONDS)?;
            let sources = place.sources(Memory::Used);
            assert_eq!(sources.digests(std::slice::from_ref(&artifact))?, ["wrong"]);
            sources.build(&artifact)?;
            let (entries, digest) = (place.entries()?, package::digest(&artifact)?);
            assert!(entries.iter().any(|entry| entry.contains(&digest)), "{:?}: {entries:?}", artifact.form);
            assert!(!entries.iter().any(|entry| entry.contains("wrong")), "{:?}: {entries:?}", artifact.form);
        }
        Ok(())
    }

    #[test]
    fn without_the_cache_all_is_read_and_remembered() -> Outcome {
        let place = Place::new()?;
        let function = place.function();
        place.plant(&function, "wrong", TWO_SECONDS)?;
        let digest = package::digest(&function)?;
        assert_eq!(place.sources(Memory::Renewed).digest(&function)?, digest);
        assert!(place.entries()?.iter().all(|entry| entry.contains(&digest)));
        Ok(())
    }

    #[test]
    fn functions_of_the_same_sources_are_hashed_once_and_each_has_its_own() -> Outcome {
        let place = Place::new()?;
        let (function, layer) = (place.function(), place.layer());
        let digests = place.sources(Memory::Used).digests(&[function.clone(), layer.clone(), function.clone()])?;
        assert_eq!(digests, [package::digest(&function)?, package::digest(&layer)?, package::digest(&function)?]);
        assert_ne!(digests[0], digests[1]);
        Ok(())
    }

    #[test]
    fn a_walk_is_shared_until_somebody_had_time() -> Outcome {
        let place = Place::new()?;
        let function = place.function();
        let sources = place.sources(Memory::Unused);
        let before = sources.walk(&function)?;
        fs::write(place.code().join("more.js"), "1")?;
        assert!(Arc::ptr_eq(&before, &sources.walk(&function)?));
        sources.look_again();
        assert_eq!(sources.walk(&function)?.files.len(), before.files.len() + 1);
        Ok(())
    }
}
