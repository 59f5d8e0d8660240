//! Text files that are written whole, or stay as they were.

use std::fs;
use std::io::{Result, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// The folder that a file lies in.
pub fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file in `folder` that goes again unless it is renamed.
///
/// # Errors
/// It cannot be written.
pub fn temporary(folder: &Path, text: &str) -> Result<NamedTempFile> {
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Written beside its place and renamed, so that there is never half a file. A link keeps what it leads to,
/// and a file its mode.
///
/// # Errors
/// It is not there, or cannot be written.
pub fn replace(path: &Path, text: &str) -> Result<()> {
    let path = fs::canonicalize(path)?;
    let file = temporary(folder(&path), text)?;
    file.as_file().set_permissions(fs::metadata(&path)?.permissions())?;
    file.persist(&path)?;
    Ok(())
}

/// The same of one that need not be there yet: then all who read the project may read it.
///
/// # Errors
/// It cannot be written.
pub fn put(path: &Path, text: &str) -> Result<()> {
    if path.exists() {
        return replace(path, text);
    }
    fs::create_dir_all(folder(path))?;
    let file = temporary(folder(path), text)?;
    readable(&file)?;
    file.persist(path)?;
    Ok(())
}

#[cfg(unix)]
fn readable(file: &NamedTempFile) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.as_file().set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_file: &NamedTempFile) -> Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_link_keeps_what_it_leads_to_and_a_file_its_mode() -> Result<()> {
        let dir = tempfile::tempdir()?;
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        put(&file, "one")?;
        assert_eq!(fs::metadata(&file)?.permissions().mode() & 0o777, 0o644);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640))?;
        symlink(&file, &link)?;
        put(&link, "two")?;
        assert!(fs::symlink_metadata(&link)?.is_symlink());
        assert_eq!((fs::read_to_string(&file)?, fs::metadata(&file)?.permissions().mode() & 0o777), ("two".to_owned(), 0o640));
        Ok(())
    }
}
