//! Writing a zip whose bytes depend on nothing but its files: sorted entries, one fixed time, two
//! fixed modes.

use std::borrow::Borrow;
use std::io::{Cursor, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::files::{File, in_runs};
use super::in_order::in_order;
use super::{LARGEST_UNZIPPED, PackageError};

/// Writes `files`, which are in order, and gives each to `seen` with the bytes that are packaged. The
/// zip is the same on any number of threads.
///
/// # Errors
/// A file cannot be read, or all together are larger than Lambda unpacks.
pub fn write<F: Borrow<File> + Sync>(
    folder: &Path,
    files: &[F],
    threads: usize,
    mut seen: impl FnMut(&File, &[u8]),
) -> Result<Vec<u8>, PackageError> {
    let failed = |error| PackageError::Zip { path: folder.to_owned(), error };
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut size = 0;
    let runs = in_runs(files);
    in_order(
        runs.len(),
        threads,
        |number| deflated(folder, &files[runs[number].clone()]),
        |made| {
            let (contents, part) = made?;
            for (file, content) in &contents {
                size += content.len() as u64;
                if size > LARGEST_UNZIPPED {
                    return Err(PackageError::UnzippedTooLarge { path: folder.to_owned(), size });
                }
                seen(file, content);
            }
            zip.merge_archive(part).map_err(failed)
        },
    )?;
    Ok(zip.finish().map_err(failed)?.into_inner())
}

/// Files with their contents, and the zip of them alone.
type Deflated<'a> = (Vec<(&'a File, Vec<u8>)>, ZipArchive<Cursor<Vec<u8>>>);

fn deflated<'a, F: Borrow<File>>(folder: &Path, files: &'a [F]) -> Result<Deflated<'a>, PackageError> {
    let failed = |error| PackageError::Zip { path: folder.to_owned(), error };
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut contents = Vec::new();
    for file in files.iter().map(Borrow::borrow) {
        let content = file.read()?;
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(6))
            .last_modified_time(DateTime::default())
            .unix_permissions(if file.executable { 0o755 } else { 0o644 });
        zip.start_file(file.name.as_str(), options).map_err(failed)?;
        zip.write_all(&content).map_err(|error| PackageError::Io { path: file.path.clone(), error })?;
        contents.push((file, content));
    }
    Ok((contents, zip.finish_into_readable().map_err(failed)?))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::package::files;

    type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

    fn zip(folder: &Path, threads: usize) -> Outcome<Vec<u8>> {
        Ok(write(folder, &files::collect(folder, folder)?, threads, |_, _| {})?)
    }

    #[test]
    fn two_folders_with_the_same_files_give_the_same_bytes() -> Outcome<()> {
        let build = |order: &[&str]| -> Outcome<Vec<u8>> {
            let folder = tempfile::tempdir()?;
            for name in order {
                fs::write(folder.path().join(name), name.repeat(100))?;
            }
            let first = fs::File::open(folder.path().join(order[0]))?;
            first.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(order[0].len() as u64 * 1_000_000))?;
            zip(folder.path(), 2)
        };
        let one = build(&["a.js", "b.json"])?;
        assert_eq!(one, build(&["b.json", "a.js"])?);
        assert_ne!(one, build(&["a.js", "c.json"])?);
        Ok(())
    }

    /// What one writer makes of all files, one after the other.
    fn plainly(files: &[File]) -> Outcome<Vec<u8>> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for file in files {
            let options = SimpleFileOptions::default().compression_level(Some(6)).last_modified_time(DateTime::default());
            zip.start_file(file.name.as_str(), options.unix_permissions(if file.executable { 0o755 } else { 0o644 }))?;
            zip.write_all(&file.read()?)?;
        }
        Ok(zip.finish()?.into_inner())
    }

    #[test]
    fn any_number_of_threads_writes_the_same_bytes() -> Outcome<()> {
        let folder = tempfile::tempdir()?;
        for at in 0..300_usize {
            let inside = folder.path().join(format!("{}", at % 7));
            fs::create_dir_all(&inside)?;
            fs::write(inside.join(format!("{at}.js")), format!("{at} is {}", at * 7919).repeat(at * at % 5_000))?;
        }
        fs::write(folder.path().join("large.bin"), vec![7; 700_000])?;
        fs::write(folder.path().join("none"), "")?;
        let one = zip(folder.path(), 1)?;
        for threads in [2, 3, 16] {
            assert!(zip(folder.path(), threads)? == one, "{threads} threads");
        }
        assert!(plainly(&files::collect(folder.path(), folder.path())?)? == one, "as one writer writes it");
        Ok(())
    }
}
