//! Which files of a source are packaged, in which order, with which mode.

use std::borrow::Borrow;
use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::PackageError;
use super::ignores;
use super::in_order::runs;
use super::links::Within;
use super::stamp::Stamp;

/// A file of a package.
#[derive(Debug, Clone)]
pub struct File {
    /// Path within the package, with `/`.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Whether its owner may run it.
    pub executable: bool,
    /// What the system said of it when the folder was walked.
    pub stamp: Stamp,
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
const NEVER: [&str; 8] = [".git", "__pycache__", ".DS_Store", ".venv", ".pytest_cache", ".ruff_cache", ignores::GIT, ignores::OWN];
/// An ending that no package wants.
const NEVER_ENDS: &[u8] = b".pyc";

/// Entries that are walked before more threads are worth their start.
const FEW: usize = 256;
/// Bytes that one thread reads at a time, and files.
const RUN: (u64, usize) = (256 * 1024, 128);

/// The files below `folder` in the order of their names, without what `.gitignore` and
/// `.etlctlignore` in it leave out; or the one file that `folder` is. Ignore files above the folder do
/// not count, so that a package is the same wherever the folder lies. Links are followed within
/// `project`.
///
/// # Errors
/// The folder or an ignore file cannot be read, it holds nothing, or a link in it leads out of the project,
/// in a circle or nowhere.
pub fn collect(folder: &Path, project: &Path) -> Result<Vec<File>, PackageError> {
    let within = Within::of(folder, project)?;
    if folder.is_file() {
        return Ok(vec![one(folder)?]);
    }
    let files = walk(Walking { folder, within: &within, ignoring: true })?;
    if files.is_empty() { Err(PackageError::Empty(folder.to_owned())) } else { Ok(files) }
}

/// All files below `folder`, ignore files or not: for what an installer made, and for what it is given.
///
/// # Errors
/// The folder cannot be read, or a link in it leads out of `within`.
pub fn collect_all(folder: &Path, within: &Within) -> Result<Vec<File>, PackageError> {
    walk(Walking { folder, within, ignoring: false })
}

/// What is walked.
#[derive(Clone, Copy)]
struct Walking<'a> {
    folder: &'a Path,
    within: &'a Within,
    /// Whether ignore files leave something out.
    ignoring: bool,
}

/// A file by itself.
///
/// # Errors
/// It is not there.
pub fn one(path: &Path) -> Result<File, PackageError> {
    let meta = fs::metadata(path).map_err(|error| PackageError::Io { path: path.to_owned(), error })?;
    file(path.parent().unwrap_or(path), path.to_owned(), &meta)
}

/// Neighbours that one thread takes at a time.
pub fn in_runs<F: Borrow<File>>(files: &[F]) -> Vec<Range<usize>> {
    let (bytes, most) = RUN;
    runs(files.iter().map(|file| file.borrow().stamp.size), bytes, most)
}

fn walk(walking: Walking<'_>) -> Result<Vec<File>, PackageError> {
    let Walking { folder, within: _, ignoring } = walking;
    let mut builder = WalkBuilder::new(folder);
    builder
        .standard_filters(false)
        .git_ignore(ignoring)
        .require_git(false)
        .parents(false)
        .follow_links(true)
        .filter_entry(|entry| !is_never_wanted(entry.file_name()));
    if ignoring {
        builder.add_custom_ignore_filename(ignores::OWN);
    }
    let mut files = Vec::new();
    // The parallel walk does not descend into a root that is a link.
    let stays = fs::symlink_metadata(folder).map_or(true, |meta| meta.is_symlink());
    for (number, entry) in builder.build().enumerate() {
        if number == FEW && !stays {
            files = walk_abreast(walking, &builder)?;
            break;
        }
        files.extend(visit(walking, entry)?);
    }
    files.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

fn is_never_wanted(name: &OsStr) -> bool {
    NEVER.iter().any(|never| name == *never) || name.as_encoded_bytes().ends_with(NEVER_ENDS)
}

/// The same on several threads. Of several errors the one whose text is first is told, so that it is
/// always the same.
fn walk_abreast(walking: Walking<'_>, builder: &WalkBuilder) -> Result<Vec<File>, PackageError> {
    let (found, all) = mpsc::channel();
    builder.build_parallel().run(|| {
        let found = found.clone();
        Box::new(move |entry| match visit(walking, entry) {
            Ok(None) => WalkState::Continue,
            Ok(Some(file)) => {
                // The receiver lives until all have ended.
                let _ = found.send(Ok(file));
                WalkState::Continue
            }
            Err(error) => {
                let _ = found.send(Err(error));
                // What a link leads to is not looked at.
                WalkState::Skip
            }
        })
    });
    drop(found);
    let (mut files, mut errors) = (Vec::new(), Vec::new());
    for found in all {
        match found {
            Ok(file) => files.push(file),
            Err(error) => errors.push(error),
        }
    }
    match errors.into_iter().min_by_key(PackageError::to_string) {
        Some(error) => Err(error),
        None => Ok(files),
    }
}

/// The file that an entry is, if it is one.
fn visit(walking: Walking<'_>, entry: Result<DirEntry, ignore::Error>) -> Result<Option<File>, PackageError> {
    let Walking { folder, within, ignoring } = walking;
    let entry = entry.map_err(|error| failed(folder, error))?;
    // What lies behind a link to a folder comes as entries of its own, links among them too.
    if entry.depth() > 0 && entry.path_is_symlink() {
        within.allows(entry.path())?;
    }
    if ignoring && entry.file_type().is_some_and(|kind| kind.is_dir()) {
        ignores::check(entry.path())?;
    }
    if !entry.file_type().is_some_and(|kind| kind.is_file()) {
        return Ok(None);
    }
    let meta = fs::metadata(entry.path()).map_err(|error| PackageError::Io { path: entry.path().to_owned(), error })?;
    file(folder, entry.into_path(), &meta).map(Some)
}

/// What stopped the walk of a folder, at the place where it did.
fn failed(folder: &Path, error: ignore::Error) -> PackageError {
    match error {
        ignore::Error::WithDepth { err, .. } => failed(folder, *err),
        ignore::Error::WithPath { path, err } => failed(&path, *err),
        ignore::Error::Loop { ancestor, child } => PackageError::Circle { path: child, target: ancestor },
        ignore::Error::Io(error) => match fs::read_link(folder) {
            Ok(target) if error.kind() == ErrorKind::NotFound => PackageError::Nowhere { path: folder.to_owned(), target },
            _ => PackageError::Io { path: folder.to_owned(), error },
        },
        other => PackageError::Io { path: folder.to_owned(), error: std::io::Error::other(other) },
    }
}

fn file(folder: &Path, path: PathBuf, meta: &fs::Metadata) -> Result<File, PackageError> {
    let inside = path.strip_prefix(folder).unwrap_or(&path);
    let parts: Option<Vec<&str>> = inside.components().map(|part| part.as_os_str().to_str()).collect();
    match parts {
        Some(parts) => Ok(File { name: parts.join("/"), executable: is_executable(meta), stamp: Stamp::of(meta), path }),
        None => Err(PackageError::Name { path }),
    }
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

    /// Two of them would have one name in the zip, each with a character in place of what it has.
    #[cfg(unix)]
    #[test]
    fn a_name_that_is_no_text_is_refused_by_its_bytes_and_may_be_left_out() -> std::io::Result<()> {
        use std::os::unix::ffi::OsStrExt;
        let place = tempfile::tempdir()?;
        fs::write(place.path().join("index.js"), "1")?;
        for name in [&b"caf\xe9.txt"[..], b"caf\xe8.txt"] {
            fs::write(place.path().join(OsStr::from_bytes(name)), "1")?;
        }
        let refused = collect(place.path(), place.path()).map(|files| files.len()).map_err(|error| error.to_string());
        assert!(refused.as_ref().is_err_and(|told| told.contains("caf\\xe8.txt") || told.contains("caf\\xe9.txt")), "{refused:?}");
        fs::write(place.path().join(".etlctlignore"), "*.txt\n")?;
        assert_eq!(collect(place.path(), place.path()).map_err(std::io::Error::other)?.len(), 1);
        Ok(())
    }

    /// Deeper ignore files win over those above, and a folder that is left out is left out whole.
    #[cfg(unix)]
    #[test]
    fn a_walk_on_many_threads_finds_what_one_finds() -> Result<(), Box<dyn std::error::Error>> {
        let place = tempfile::tempdir()?;
        let folder = place.path().join("code");
        let put = |name: &str, text: &str| {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap_or(&folder))?;
            fs::write(path, text)
        };
        put(".gitignore", "*.log\n/out/\n")?;
        put(".etlctlignore", "*.md\n!keep.md\n")?;
        let mut wanted = Vec::new();
        for at in 0..40 {
            for (name, stays) in [
                ("a.js", true),
                ("b/c.js", true),
                ("b/d.log", at % 2 == 0),
                ("keep.md", true),
                ("notes.md", false),
                ("out/x.js", true),
                ("b/__pycache__/x.js", false),
                ("gone/deep/x.js", at % 2 == 1),
            ] {
                let name = format!("part{at:02}/{name}");
                put(&name, "1")?;
                wanted.extend(stays.then_some(name));
            }
            if at % 2 == 0 {
                put(&format!("part{at:02}/.gitignore"), "!*.log\ngone\n")?;
            }
        }
        put("out/x.js", "1")?;
        std::os::unix::fs::symlink("../part00/b", folder.join("part01/linked"))?;
        wanted.extend(["part01/linked/c.js".to_owned(), "part01/linked/d.log".to_owned()]);
        // What lies behind the link goes by the ignore files of where the link stands.
        wanted.retain(|name| name != "part01/linked/d.log");
        wanted.sort();
        let names = |files: Vec<File>| files.into_iter().map(|file| file.name).collect::<Vec<_>>();
        assert_eq!(names(collect(&folder, place.path())?), wanted);
        // A root that is a link is walked on one thread.
        std::os::unix::fs::symlink("code", place.path().join("link"))?;
        assert_eq!(names(collect(&place.path().join("link"), place.path())?), wanted);
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn of_many_links_that_leave_the_first_is_told() -> Result<(), Box<dyn std::error::Error>> {
        let place = tempfile::tempdir()?;
        let folder = place.path().join("project/code");
        for at in 0..300 {
            fs::create_dir_all(folder.join(format!("{at:03}")))?;
            fs::write(folder.join(format!("{at:03}/a.js")), "1")?;
        }
        fs::create_dir(place.path().join("elsewhere"))?;
        for at in ["250", "017", "130"] {
            std::os::unix::fs::symlink(place.path().join("elsewhere"), folder.join(at).join("link"))?;
        }
        let within = Within::of(&folder, &place.path().join("project"))?;
        let mut builder = WalkBuilder::new(&folder);
        builder.standard_filters(false).follow_links(true);
        for _ in 0..20 {
            match walk_abreast(Walking { folder: &folder, within: &within, ignoring: false }, &builder) {
                Err(PackageError::Leaves { path, .. }) => assert!(path.ends_with("017/link"), "{}", path.display()),
                other => return Err(format!("{other:?}").into()),
            }
        }
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_in_a_circle_or_nowhere_is_named() -> Result<(), Box<dyn std::error::Error>> {
        for more in [0, 600] {
            let place = tempfile::tempdir()?;
            let (folder, link) = (place.path().join("code"), place.path().join("code/deep/l"));
            fs::create_dir_all(folder.join("deep"))?;
            (0..more).try_for_each(|at| fs::write(folder.join(format!("{at}.js")), "1"))?;
            std::os::unix::fs::symlink("..", &link)?;
            match collect(&folder, place.path()) {
                Err(PackageError::Circle { path, target }) => assert_eq!((path, target), (link.clone(), folder.clone())),
                other => return Err(format!("{other:?}").into()),
            }
            fs::remove_file(&link)?;
            std::os::unix::fs::symlink("gone.js", &link)?;
            match collect(&folder, place.path()) {
                Err(PackageError::Nowhere { path, target }) => assert_eq!((path, target), (link, PathBuf::from("gone.js"))),
                other => return Err(format!("{other:?}").into()),
            }
        }
        Ok(())
    }
}
