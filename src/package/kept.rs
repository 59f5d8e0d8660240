//! Folders of the cache.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A folder of the cache, made where it is not there. Git sees nothing of a cache.
///
/// # Errors
/// It cannot be made, and which path could not.
pub fn folder(cache: &Path, name: &str) -> Result<PathBuf, (PathBuf, io::Error)> {
    let folder = cache.join(name);
    fs::create_dir_all(&folder).map_err(|error| (folder.clone(), error))?;
    let ignore = cache.join(".gitignore");
    if !ignore.exists() {
        fs::write(&ignore, "*\n").map_err(|error| (ignore, error))?;
    }
    Ok(folder)
}
