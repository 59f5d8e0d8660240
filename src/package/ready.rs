//! Packages that somebody else built: a zip or a jar, which is sent as it is.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use super::{LARGEST_UNZIPPED, PackageError};
use crate::model::desired::is_package;

/// Whether a source is a package already.
pub fn is_archive(source: &Path) -> bool {
    is_package(source) && source.is_file()
}

/// Its bytes.
///
/// # Errors
/// It cannot be read, is no zip, holds nothing, or more than Lambda unpacks.
pub fn read(source: &Path) -> Result<Vec<u8>, PackageError> {
    let entries = entries(source)?;
    if entries.is_empty() {
        return Err(PackageError::Empty(source.to_owned()));
    }
    let size = entries.iter().map(|entry| entry.size).sum();
    if size > LARGEST_UNZIPPED {
        return Err(PackageError::UnzippedTooLarge { path: source.to_owned(), size });
    }
    fs::read(source).map_err(|error| PackageError::Io { path: source.to_owned(), error })
}

/// A file of a package.
#[derive(Debug)]
pub struct Entry {
    /// Path within the package.
    pub name: String,
    /// Bytes once it is unpacked.
    pub size: u64,
}

/// The files of a package, as its directory lists them.
///
/// # Errors
/// It cannot be read, or is no zip.
pub fn entries(source: &Path) -> Result<Vec<Entry>, PackageError> {
    let failed = |error| PackageError::NoZip { path: source.to_owned(), error };
    let mut archive = open(source)?;
    let mut entries = Vec::new();
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index).map_err(failed)?;
        if file.is_file() {
            entries.push(Entry { name: file.name().map_err(failed)?.into_owned(), size: file.size() });
        }
    }
    Ok(entries)
}

/// Gives each file of a package to `look`, with its name.
///
/// # Errors
/// It cannot be read, or is no zip.
pub fn each(source: &Path, mut look: impl FnMut(&str, &mut dyn Read)) -> Result<(), PackageError> {
    let failed = |error| PackageError::NoZip { path: source.to_owned(), error };
    let mut archive = open(source)?;
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).map_err(failed)?;
        if file.is_file() {
            let name = file.name().map_err(failed)?.into_owned();
            look(&name, &mut file);
        }
    }
    Ok(())
}

/// The content of one file of it, up to `most` bytes; none where it is larger, or cannot be read.
pub fn content(source: &Path, name: &str, most: u64) -> Option<Vec<u8>> {
    let mut archive = open(source).ok()?;
    let file = archive.by_name(name).ok()?;
    let mut content = Vec::new();
    // What the directory says of a size need not be true.
    file.take(most + 1).read_to_end(&mut content).ok()?;
    (content.len() as u64 <= most).then_some(content)
}

fn open(source: &Path) -> Result<ZipArchive<File>, PackageError> {
    let file = File::open(source).map_err(|error| PackageError::Io { path: source.to_owned(), error })?;
    ZipArchive::new(file).map_err(|error: ZipError| PackageError::NoZip { path: source.to_owned(), error })
}
