//! The zip of code that runs, as a folder of sources; and whether two zips hold the same.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read};
use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};
use zip::ZipArchive;

use super::LARGEST_UNZIPPED;

/// Entries of a zip, so many that no function has more.
const MOST_ENTRIES: usize = 100_000;

/// Why a zip is not unpacked, or not read.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// It is no zip.
    #[error("it is no zip: {0}")]
    NoZip(#[from] zip::result::ZipError),
    /// A name leads out of the folder.
    #[error("the entry {0:?} leads out of the folder")]
    Leaves(String),
    /// A link in it.
    #[error("the entry {0:?} is a link")]
    Link(String),
    /// Two entries of one path.
    #[error("the entry {0:?} is there twice")]
    Twice(String),
    /// It is larger than Lambda unpacks.
    #[error("it holds more than the {LARGEST_UNZIPPED} bytes that Lambda unpacks")]
    TooLarge,
    /// It holds more files than anything that runs.
    #[error("it holds more than {MOST_ENTRIES} entries")]
    TooMany,
    /// A file cannot be written.
    #[error("{path}: {error}", path = .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        error: std::io::Error,
    },
}

/// A file of a zip: whether it may be run, and its content.
struct Held {
    executable: bool,
    content: Vec<u8>,
}

/// Gives each file to `take`, with its path within the folder.
fn each(zip: &[u8], mut take: impl FnMut(PathBuf, Held) -> Result<(), UnpackError>) -> Result<(), UnpackError> {
    let mut archive = ZipArchive::new(Cursor::new(zip))?;
    if archive.len() > MOST_ENTRIES {
        return Err(UnpackError::TooMany);
    }
    let mut left = LARGEST_UNZIPPED;
    for index in 0..archive.len() {
        let mut file = archive.by_index(index)?;
        let name = file.name()?.into_owned();
        if file.is_dir() {
            continue;
        }
        if file.is_symlink() {
            return Err(UnpackError::Link(name));
        }
        let path = inside(&name).ok_or(UnpackError::Leaves(name))?;
        let executable = file.unix_mode().is_some_and(|mode| mode & 0o100 != 0);
        let mut content = Vec::new();
        // What the directory says of a size need not be true.
        let read = (&mut file).take(left + 1).read_to_end(&mut content).map_err(|error| UnpackError::Io { path: path.clone(), error })?;
        left = left.checked_sub(read as u64).ok_or(UnpackError::TooLarge)?;
        take(path, Held { executable, content })?;
    }
    Ok(())
}

/// A path that stays in the folder, as it is written: none of a name that does not.
fn inside(name: &str) -> Option<PathBuf> {
    let path = Path::new(name);
    let stays = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    let path: PathBuf = path.components().filter(|part| matches!(part, Component::Normal(_))).collect();
    (stays && !name.contains('\0') && !path.as_os_str().is_empty()).then_some(path)
}

/// Writes what a zip holds into a folder that is empty. Returns the number of files.
///
/// # Errors
/// See [`UnpackError`]; the folder may hold a part of it then.
pub fn unpack(zip: &[u8], folder: &Path) -> Result<usize, UnpackError> {
    let mut files = 0;
    each(zip, |path, Held { executable, content }| {
        let to = folder.join(&path);
        let failed = |error| UnpackError::Io { path: to.clone(), error };
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        if to.exists() {
            return Err(UnpackError::Twice(path.display().to_string()));
        }
        fs::write(&to, content).map_err(failed)?;
        if executable {
            run_allowed(&to).map_err(failed)?;
        }
        files += 1;
        Ok(())
    })?;
    Ok(files)
}

#[cfg(unix)]
fn run_allowed(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn run_allowed(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

/// Files of a zip by their paths: a digest of each, and whether it may be run.
fn contents(zip: &[u8]) -> Result<BTreeMap<PathBuf, (Vec<u8>, bool)>, UnpackError> {
    let mut all = BTreeMap::new();
    each(zip, |path, Held { executable, content }| {
        let name = path.display().to_string();
        let was = all.insert(path, (Sha256::digest(content).to_vec(), executable));
        if was.is_some() { Err(UnpackError::Twice(name)) } else { Ok(()) }
    })?;
    Ok(all)
}

/// Whether two zips hold the same files: what one made and another tool made differ in their bytes.
///
/// # Errors
/// One of them cannot be read.
pub fn same(one: &[u8], other: &[u8]) -> Result<bool, UnpackError> {
    Ok(contents(one)? == contents(other)?)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn zip(files: &[(&str, &str, u32)]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content, mode) in files {
            zip.start_file(*name, SimpleFileOptions::default().unix_permissions(*mode)).unwrap();
            zip.write_all(content.as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn what_is_unpacked_is_packed_again_to_the_same() {
        let place = tempfile::tempdir().unwrap();
        let theirs = zip(&[("lib/b.js", "2", 0o600), ("index.js", "1", 0o777), ("./c.txt", "3", 0o644)]);
        assert_eq!(unpack(&theirs, place.path()).unwrap(), 3);
        let files = crate::package::files::collect(place.path(), place.path()).unwrap();
        let ours = crate::package::archive::write(place.path(), &files, 1, |_, _| {}).unwrap();
        assert_ne!(ours, theirs);
        assert!(same(&ours, &theirs).unwrap());
        for other in [
            zip(&[("lib/b.js", "2", 0o600), ("index.js", "1", 0o777)]),
            zip(&[("lib/b.js", "other", 0o600), ("index.js", "1", 0o777), ("c.txt", "3", 0o644)]),
            zip(&[("lib/b.js", "2", 0o600), ("index.js", "1", 0o644), ("c.txt", "3", 0o644)]),
        ] {
            assert!(!same(&ours, &other).unwrap());
        }
    }

    #[test]
    fn nothing_is_written_outside_of_the_folder() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("in");
        fs::create_dir(&folder).unwrap();
        for name in ["../out", "/etc/out", "a/../../out", "a/\0b"] {
            let refused = unpack(&zip(&[(name, "1", 0o644)]), &folder);
            assert!(matches!(refused, Err(UnpackError::Leaves(_))), "{name}: {refused:?}");
        }
        let mut links = ZipWriter::new(Cursor::new(Vec::new()));
        links.add_symlink("link", "../out", SimpleFileOptions::default()).unwrap();
        assert!(matches!(unpack(&links.finish().unwrap().into_inner(), &folder), Err(UnpackError::Link(_))));
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
        assert!(matches!(unpack(b"no zip", &folder), Err(UnpackError::NoZip(_))));
    }
}
