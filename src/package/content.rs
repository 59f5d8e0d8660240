//! What the digest of an artifact is over, in the order in which it is hashed.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::PackageError;
use super::files::{File, in_runs};
use super::framed::Framed;
use super::in_order::in_order;
use super::installed::{Given, Input, Installs};
use super::stamp::{Nanos, Stamp};
use crate::model::Artifact;

/// What a package is made from.
pub struct Content<'a> {
    /// Files of the sources that count.
    files: Vec<&'a File>,
    /// What installers add.
    installs: Option<Added>,
}

struct Added {
    framed: String,
    builds: bool,
    /// Path within the project, which is the same on every machine, and what stands there.
    inputs: Vec<(PathBuf, Input)>,
}

impl<'a> Content<'a> {
    /// Of an artifact whose folder was walked.
    ///
    /// # Errors
    /// What an installer is given cannot be read.
    pub fn of(artifact: &Artifact, files: &'a [File]) -> Result<Self, PackageError> {
        let Some(installs) = Installs::of(artifact) else { return Ok(Self { files: files.iter().collect(), installs: None }) };
        let given = Given::of(&installs)?;
        let is_leftover = given.leftovers();
        let files: Vec<&File> = files.iter().filter(|file| !installs.is_no_content(&file.name) && !is_leftover(file)).collect();
        let inputs = beside(&files, given.inputs()?, installs.project);
        Ok(Self { files, installs: Some(Added { framed: installs.framed(), builds: installs.install.allow_build, inputs }) })
    }

    /// Hex SHA-256 that changes exactly where the package would.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn digest(&self, threads: usize) -> Result<String, PackageError> {
        let mut hash = self.begun();
        let runs = in_runs(&self.files);
        let read = |number: usize| runs[number].clone().map(|at| self.files[at].read()).collect::<Vec<_>>();
        let mut files = self.files.iter();
        in_order(runs.len(), threads, read, |contents| {
            contents.into_iter().zip(files.by_ref()).try_for_each(|(content, file)| {
                put(&mut hash, file, &content?);
                Ok(())
            })
        })?;
        let Some(Added { inputs, builds, .. }) = &self.installs else { return Ok(hash.hex()) };
        if *builds {
            hash.put(b"builds");
        }
        for (name, input) in inputs {
            hash.put(name.as_os_str().as_encoded_bytes());
            match input {
                Input::Held(content) => hash.put(content),
                Input::Lies(file) => hash.put(&file.read()?),
            }
        }
        Ok(hash.hex())
    }

    /// A digest to which the files are still to be added.
    fn begun(&self) -> Framed {
        let mut hash = Framed::default();
        if let Some(Added { framed, .. }) = &self.installs {
            hash.put(framed.as_bytes());
        }
        hash
    }

    /// Hex SHA-256 over what the system says of all files: as long as it is the same, so is the digest.
    pub fn stamps(&self) -> String {
        let mut hash = self.begun();
        self.files.iter().for_each(|file| put_stamp(&mut hash, &file.name, file));
        if let Some(Added { inputs, builds, .. }) = &self.installs {
            hash.put(if *builds { b"builds" } else { b"" });
            for (name, input) in inputs {
                let name = name.to_string_lossy();
                match input {
                    Input::Held(content) => [name.as_bytes(), content].iter().for_each(|part| hash.put(part)),
                    Input::Lies(file) => put_stamp(&mut hash, &name, file),
                }
            }
        }
        hash.hex()
    }

    /// When any of the files changed last.
    pub fn newest(&self) -> Nanos {
        self.lying().map(|file| file.stamp.newest()).max().unwrap_or(Nanos::MIN)
    }

    /// Bytes and number of all files.
    pub fn size(&self) -> (u64, usize) {
        self.lying().fold((0, 0), |(bytes, count), file| (bytes + file.stamp.size, count + 1))
    }

    /// All files that are read.
    fn lying(&self) -> impl Iterator<Item = &File> {
        let inputs = self.installs.iter().flat_map(|added| &added.inputs);
        let inputs = inputs.filter_map(|(_, input)| if let Input::Lies(file) = input { Some(file) } else { None });
        self.files.iter().copied().chain(inputs)
    }
}

/// The digest of files that are packaged as they are, made of the bytes that are packaged.
#[derive(Default)]
pub struct Packaged(Framed);

impl Packaged {
    /// Adds a file; they come in order.
    pub fn add(&mut self, file: &File, content: &[u8]) {
        put(&mut self.0, file, content);
    }

    /// The same as [`Content::digest`] says of them.
    pub fn hex(self) -> String {
        self.0.hex()
    }
}

fn put(hash: &mut Framed, file: &File, content: &[u8]) {
    hash.put(file.name.as_bytes());
    hash.put(if file.executable { b"x" } else { b"-" });
    hash.put(content);
}

fn put_stamp(hash: &mut Framed, name: &str, file: &File) {
    let Stamp { size, mode, modified, changed, inode } = file.stamp;
    hash.put(name.as_bytes());
    let mut numbers = [0; 52];
    numbers[..8].copy_from_slice(&size.to_le_bytes());
    numbers[8..12].copy_from_slice(&mode.to_le_bytes());
    numbers[12..28].copy_from_slice(&modified.to_le_bytes());
    numbers[28..44].copy_from_slice(&changed.to_le_bytes());
    numbers[44..].copy_from_slice(&inode.to_le_bytes());
    hash.put(&numbers);
}

/// Inputs that are no file of the sources already, by their path within the project.
fn beside(files: &[&File], inputs: Vec<(PathBuf, Input)>, project: &Path) -> Vec<(PathBuf, Input)> {
    if inputs.is_empty() {
        return Vec::new();
    }
    let project = fs::canonicalize(project).unwrap_or_default();
    let mut by_inode: HashMap<u64, Vec<&Path>> = HashMap::new();
    files.iter().for_each(|file| by_inode.entry(file.stamp.inode).or_default().push(&file.path));
    let new = inputs.into_iter().filter_map(|(path, input)| {
        let real = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        // A file has one inode whatever its name, so only those of the same one are asked where they really
        // lie, which takes long.
        let inode = fs::metadata(&path).ok().map(|meta| Stamp::of(&meta).inode);
        let mut alike = inode.and_then(|inode| by_inode.get(&inode)).into_iter().flatten();
        if alike.any(|own| fs::canonicalize(own).is_ok_and(|own| own == real)) {
            return None;
        }
        // The name within the project is the same on every machine.
        Some((real.strip_prefix(&project).unwrap_or(Path::new("")).to_owned(), input))
    });
    new.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::desired::ArtifactForm;
    use crate::package::files;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    fn tree() -> Result<(tempfile::TempDir, Artifact, Vec<File>), Box<dyn std::error::Error>> {
        let place = tempfile::tempdir()?;
        for at in 0..300_usize {
            fs::write(place.path().join(format!("{at}.js")), format!("{at}").repeat(at * 13))?;
        }
        let (source, project) = (place.path().to_owned(), place.path().to_owned());
        let artifact = Artifact { source, project, form: ArtifactForm::Function { build: None }, digest: String::new(), code_sha256: None };
        let files = files::collect(place.path(), place.path())?;
        Ok((place, artifact, files))
    }

    #[test]
    fn a_digest_is_the_same_on_any_number_of_threads() -> Outcome {
        let (_place, artifact, files) = tree()?;
        let content = Content::of(&artifact, &files)?;
        let mut plainly = Framed::default();
        for file in &files {
            [file.name.as_bytes(), b"-", &file.read()?].iter().for_each(|part| plainly.put(part));
        }
        let plainly = plainly.hex();
        for threads in [1, 2, 5] {
            assert_eq!(content.digest(threads)?, plainly, "{threads} threads");
        }
        let mut packaged = Packaged::default();
        for file in &files {
            packaged.add(file, &file.read()?);
        }
        assert_eq!(packaged.hex(), plainly, "of what is packaged");
        Ok(())
    }

    #[test]
    fn each_part_of_each_stamp_counts() -> Outcome {
        let (_place, artifact, files) = tree()?;
        let stamps = |files: &[File]| Content::of(&artifact, files).map(|content| content.stamps());
        let before = stamps(&files)?;
        type Change = (&'static str, fn(&mut File));
        let changes: [Change; 6] = [
            ("name", |file| file.name.push('x')),
            ("size", |file| file.stamp.size += 1),
            ("mode", |file| file.stamp.mode ^= 1),
            ("mtime", |file| file.stamp.modified -= 1),
            ("ctime", |file| file.stamp.changed -= 1),
            ("inode", |file| file.stamp.inode += 1),
        ];
        for (what, change) in changes {
            for at in [0, 150, 299] {
                let mut changed = files.clone();
                change(&mut changed[at]);
                assert_ne!(stamps(&changed)?, before, "{what} of {at}");
            }
        }
        assert_ne!(stamps(&files[1..])?, before);
        assert_eq!(stamps(&files)?, before);
        Ok(())
    }
}
