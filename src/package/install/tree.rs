//! The digest of a folder as it is: names, modes, contents, and where links lead.

use std::fs;
use std::path::Path;

use crate::package::framed::Framed;

/// Hex SHA-256 over all that lies in `folder`: no two folders share one.
///
/// # Errors
/// Something cannot be read, or is neither file nor folder nor link.
pub fn digest(folder: &Path) -> std::io::Result<String> {
    let mut hash = Framed::default();
    folder_into(&mut hash, folder)?;
    Ok(hash.hex())
}

fn folder_into(hash: &mut Framed, folder: &Path) -> std::io::Result<()> {
    let mut entries: Vec<fs::DirEntry> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    hash.put(&(entries.len() as u64).to_le_bytes());
    for entry in entries {
        let path = entry.path();
        let meta = fs::symlink_metadata(&path)?;
        hash.put(entry.file_name().as_encoded_bytes());
        if meta.is_symlink() {
            hash.put(b"link");
            hash.put(fs::read_link(&path)?.as_os_str().as_encoded_bytes());
        } else if meta.is_dir() {
            hash.put(b"folder");
            folder_into(hash, &path)?;
        } else if meta.is_file() {
            hash.put(format!("file {:o}", mode(&meta)).as_bytes());
            hash.put(&fs::read(&path)?);
        } else {
            return Err(std::io::Error::other("it is no file, folder or link"));
        }
    }
    Ok(())
}

#[cfg(unix)]
fn mode(meta: &fs::Metadata) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o7777
}

#[cfg(not(unix))]
fn mode(_: &fs::Metadata) -> u32 {
    0
}
