//! Where the stack files are.

use std::path::{Path, PathBuf};

/// Name of the folder that holds stack files.
pub const FOLDER: &str = "desired-state";

/// Stack files of `dir` if it is given, else of the nearest `desired-state` folder from the working
/// directory upwards, in name order. A `dir` that holds a `desired-state` folder means that folder.
///
/// # Errors
/// A sentence that says what was looked for and where.
pub fn stack_files(dir: Option<&Path>) -> Result<Vec<PathBuf>, String> {
    let folder = match dir {
        Some(dir) if dir.is_file() => return Ok(vec![dir.to_owned()]),
        Some(dir) if dir.join(FOLDER).is_dir() => dir.join(FOLDER),
        Some(dir) if dir.is_dir() => dir.to_owned(),
        Some(dir) => return Err(format!("--dir {}: there is no such folder", dir.display())),
        None => upwards()?,
    };
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files: Vec<PathBuf> =
        entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path.is_file() && is_named_so(path)).collect();
    // `etl.yaml` before `etl-more.yaml`.
    files.sort_by(|a, b| a.file_stem().cmp(&b.file_stem()));
    if files.is_empty() {
        return Err(format!("{} holds no .yaml file", folder.display()));
    }
    Ok(files)
}

/// Whether a path has the ending of a stack file.
pub fn is_named_so(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

/// The folder of the project that `--dir` means where nothing may be there yet: the one that holds the
/// `desired-state` folder, which `dir` may be itself.
///
/// # Errors
/// It is, or reads as, one file: what is wrong.
pub fn project(dir: Option<&Path>) -> Result<PathBuf, String> {
    let Some(dir) = dir else { return Ok(PathBuf::from(".")) };
    let is_file = dir.is_file() || (!dir.is_dir() && is_named_so(dir));
    if is_file {
        return Err(format!("--dir {}: this is a file, and no folder for new ones", dir.display()));
    }
    let project = if dir.ends_with(FOLDER) { dir.parent().unwrap_or(Path::new("")) } else { dir };
    Ok(if project.as_os_str().is_empty() { PathBuf::from(".") } else { project.to_owned() })
}

fn upwards() -> Result<PathBuf, String> {
    let start = std::env::current_dir().map_err(|error| format!("the working directory cannot be read: {error}"))?;
    let found = start.ancestors().map(|folder| folder.join(FOLDER)).find(|folder| folder.is_dir());
    let found = found.ok_or_else(|| format!("no {FOLDER} folder in {} or above it", start.display()))?;
    // Shown relative to where the user stands, as every path that they would type.
    let shown = found.strip_prefix(&start).map(Path::to_owned).unwrap_or(found);
    // Who stands in the folder itself.
    Ok(if shown.as_os_str().is_empty() { PathBuf::from(".") } else { shown })
}

/// Folder of etlctl's cache for stack files in `folder`: `.etlctl` beside the `desired-state`
/// folder, or `ETLCTL_CACHE_DIR`. It can be deleted at any time.
pub fn cache_dir(folder: &Path) -> PathBuf {
    if let Some(dir) = std::env::var_os("ETLCTL_CACHE_DIR").filter(|dir| !dir.is_empty()) {
        return PathBuf::from(dir);
    }
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    absolute.parent().unwrap_or(&absolute).join(".etlctl")
}
