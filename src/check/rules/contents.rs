//! What a package holds, as far as it can be seen before anything is installed: a folder, one file, or
//! a zip that was built elsewhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::model::Artifact;
use crate::package::ready;

/// What a package holds.
pub(super) enum Contents<'a> {
    /// The files of a folder.
    Folder(&'a Path),
    /// One file.
    File(&'a Path),
    /// A zip, and the files that its directory lists.
    Archive(&'a Path, BTreeSet<String>),
}

impl<'a> Contents<'a> {
    /// None where it is not there, or no zip: others tell that.
    pub fn of(artifact: &'a Artifact) -> Option<Self> {
        let source = artifact.source.as_path();
        if ready::is_archive(source) {
            let entries = ready::entries(source).ok()?;
            return Some(Self::Archive(source, entries.into_iter().map(|entry| entry.name).collect()));
        }
        if source.is_file() {
            return Some(Self::File(source));
        }
        source.is_dir().then_some(Self::Folder(source))
    }

    /// How messages name it.
    pub fn shown(&self) -> String {
        let (Self::Folder(path) | Self::File(path) | Self::Archive(path, _)) = self;
        path.display().to_string()
    }

    /// Whether it has a file of that path.
    pub fn has_file(&self, path: &str) -> bool {
        match self {
            Self::Folder(folder) => folder.join(path).is_file(),
            Self::File(file) => file.file_name().is_some_and(|name| name == path),
            Self::Archive(_, names) => names.contains(path),
        }
    }

    /// Whether it has a folder of that path.
    pub fn has_folder(&self, path: &str) -> bool {
        match self {
            Self::Folder(folder) => folder.join(path).is_dir(),
            Self::File(_) => false,
            Self::Archive(_, names) => {
                let inside = format!("{path}/");
                names.range(inside.clone()..).next().is_some_and(|name| name.starts_with(&inside))
            }
        }
    }

    /// Names of the files that lie in one folder of it, the top being "".
    pub fn names_in(&self, path: &str) -> Vec<String> {
        let mut names: Vec<String> = match self {
            Self::Folder(folder) => {
                let entries = fs::read_dir(folder.join(path)).into_iter().flatten().flatten();
                entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
            }
            Self::File(file) => {
                file.file_name().filter(|_| path.is_empty()).map(|name| name.to_string_lossy().into_owned()).into_iter().collect()
            }
            Self::Archive(_, names) => {
                let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
                let inside = names.iter().filter_map(|name| name.strip_prefix(&prefix));
                inside.filter(|rest| !rest.contains('/')).map(str::to_owned).collect()
            }
        };
        names.sort();
        names
    }

    /// The text of a file of at most so many bytes; none where it is larger or no text.
    pub fn text(&self, path: &str, most: u64) -> Option<String> {
        let read = |file: PathBuf| {
            let size = fs::metadata(&file).ok()?.len();
            (size <= most).then(|| fs::read_to_string(&file).ok())?
        };
        match self {
            Self::Folder(folder) => read(folder.join(path)),
            Self::File(file) => read(file.to_path_buf()),
            Self::Archive(archive, _) => String::from_utf8(ready::content(archive, path, most)?).ok(),
        }
    }
}
