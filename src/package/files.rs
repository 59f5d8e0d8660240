//! Which files of a source are packaged, in which order, with which mode.

use std::fs;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use ignore::overrides::OverrideBuilder;

use super::PackageError;
use super::links::Within;

/// A file of a package.
#[derive(Debug, Clone)]
pub struct File {
    /// Path within the package, with `/`.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Whether its owner may run it.
    pub executable: bool,
}

impl File {
    /// Its content.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(&self) -> Result<Vec<u8>, PackageError> {
        fs::read(&self.path).map_err(|error| PackageError::Io { path: self.path.clone(), error })
    }
}

/// What no package wants: caches that differ from machine to machine, and the ignore files themselves.
const NEVER: [&str; 9] =
    ["!.git", "!__pycache__", "!*.pyc", "!.DS_Store", "!.venv", "!.pytest_cache", "!.ruff_cache", "!.gitignore", "!.etlctlignore"];

/// The files below `folder` in the order of their names, without what `.gitignore` and
/// `.etlctlignore` in it leave out; or the one file that `folder` is. Ignore files above the folder do
/// not count, so that a package is the same wherever the folder lies. Links are followed within
/// `project`.
///
/// # Errors
/// The folder cannot be read, holds nothing, or a link in it leads out of the project.
pub fn collect(folder: &Path, project: &Path) -> Result<Vec<File>, PackageError> {
    let within = Within::of(folder, project)?;
    if folder.is_file() {
        return Ok(vec![file(folder.parent().unwrap_or(folder), folder)?]);
    }
    let files = walk(folder, &within, true)?;
    if files.is_empty() { Err(PackageError::Empty(folder.to_owned())) } else { Ok(files) }
}

/// All files below `folder`, ignore files or not: for what an installer made, and for what it is given.
///
/// # Errors
/// The folder cannot be read, or a link in it leads out of `within`.
pub fn collect_all(folder: &Path, within: &Within) -> Result<Vec<File>, PackageError> {
    walk(folder, within, false)
}

fn walk(folder: &Path, within: &Within, ignoring: bool) -> Result<Vec<File>, PackageError> {
    let failed = |error: ignore::Error| PackageError::Io {
        path: folder.to_owned(),
        error: error.into_io_error().unwrap_or_else(|| std::io::Error::other("the folder cannot be walked")),
    };
    let mut never = OverrideBuilder::new(folder);
    for pattern in NEVER {
        never.add(pattern).map_err(failed)?;
    }
    let mut builder = WalkBuilder::new(folder);
    builder
        .standard_filters(false)
        .git_ignore(ignoring)
        .require_git(false)
        .parents(false)
        .follow_links(true)
        .overrides(never.build().map_err(failed)?);
    if ignoring {
        builder.add_custom_ignore_filename(".etlctlignore");
    }
    let mut files = Vec::new();
    for entry in builder.build() {
        let entry = entry.map_err(failed)?;
        // What lies behind a link to a folder comes as entries of its own, links among them too.
        if entry.depth() > 0 && entry.path_is_symlink() {
            within.allows(entry.path())?;
        }
        if entry.file_type().is_some_and(|kind| kind.is_file()) {
            files.push(file(folder, entry.path())?);
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

fn file(folder: &Path, path: &Path) -> Result<File, PackageError> {
    let meta = fs::metadata(path).map_err(|error| PackageError::Io { path: path.to_owned(), error })?;
    let inside = path.strip_prefix(folder).unwrap_or(path);
    let name = inside.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
    Ok(File { name, path: path.to_owned(), executable: is_executable(&meta) })
}

#[cfg(unix)]
fn is_executable(meta: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    meta.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignore_files_are_respected_and_order_is_fixed() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let put = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap_or(folder.path()))?;
            fs::write(path, text)
        };
        put("index.js", "1")?;
        put("lib/a.js", "1")?;
        put("lib.js", "1")?;
        put("secret.env", "1")?;
        put("notes.md", "1")?;
        put("__pycache__/x.pyc", "1")?;
        put(".gitignore", "*.env\n")?;
        put(".etlctlignore", "*.md\n")?;
        let names: Vec<String> =
            collect(folder.path(), folder.path()).map_err(std::io::Error::other)?.into_iter().map(|f| f.name).collect();
        assert_eq!(names, ["index.js", "lib.js", "lib/a.js"]);
        Ok(())
    }
}
