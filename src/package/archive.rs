//! Writing a zip whose bytes depend on nothing but its files: sorted entries, one fixed time, two
//! fixed modes.

use std::io::{Cursor, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::files::File;
use super::{LARGEST_UNZIPPED, PackageError};

/// Writes `files`, which are in order.
///
/// # Errors
/// A file cannot be read, or all together are larger than Lambda unpacks.
pub fn write(folder: &Path, files: &[File]) -> Result<Vec<u8>, PackageError> {
    let failed = |error| PackageError::Zip { path: folder.to_owned(), error };
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut size = 0;
    for file in files {
        let content = file.read()?;
        size += content.len() as u64;
        if size > LARGEST_UNZIPPED {
            return Err(PackageError::UnzippedTooLarge { path: folder.to_owned(), size });
        }
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(6))
            .last_modified_time(DateTime::default())
            .unix_permissions(if file.executable { 0o755 } else { 0o644 });
        zip.start_file(file.name.as_str(), options).map_err(failed)?;
        zip.write_all(&content).map_err(|error| PackageError::Io { path: file.path.clone(), error })?;
    }
    Ok(zip.finish().map_err(failed)?.into_inner())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::package::files;

    #[test]
    fn two_folders_with_the_same_files_give_the_same_bytes() -> Result<(), Box<dyn std::error::Error>> {
        let build = |order: &[&str]| -> Result<Vec<u8>, Box<dyn std::error::Error>> {
            let folder = tempfile::tempdir()?;
            for name in order {
                fs::write(folder.path().join(name), name.repeat(100))?;
            }
            let first = fs::File::open(folder.path().join(order[0]))?;
            first.set_modified(std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(order[0].len() as u64 * 1_000_000))?;
            Ok(write(folder.path(), &files::collect(folder.path(), folder.path())?)?)
        };
        let one = build(&["a.js", "b.json"])?;
        assert_eq!(one, build(&["b.json", "a.js"])?);
        assert_ne!(one, build(&["a.js", "c.json"])?);
        Ok(())
    }
}
