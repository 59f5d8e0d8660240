//! Ignore files: each is understood whole, or nothing is packaged. The crate that walks follows what it
//! understands of one, and drops the rest: what that leaves out would be in the zip.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use ignore::Error;
use ignore::gitignore::GitignoreBuilder;

use super::PackageError;

/// What Git reads too.
pub const GIT: &str = ".gitignore";
/// What nobody else reads.
pub const OWN: &str = ".etlctlignore";

/// Reads the ignore files of one folder as the walk reads them.
///
/// # Errors
/// One cannot be read, or a line of it is not understood.
pub fn check(folder: &Path) -> Result<(), PackageError> {
    [GIT, OWN].iter().try_for_each(|name| check_one(folder, &folder.join(name)))
}

fn check_one(folder: &Path, path: &Path) -> Result<(), PackageError> {
    let refuse = |(line, why)| Err(PackageError::Ignores { path: path.to_owned(), line, why });
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return refuse((None, error.to_string())),
        Ok(_) => {}
    }
    let mut globs = GitignoreBuilder::new(folder);
    match globs.add(path).or_else(|| globs.build().err()) {
        Some(error) => refuse(first(&error, None)),
        None => Ok(()),
    }
}

/// The first of what is wrong: its line, and what it is.
fn first(error: &Error, line: Option<u64>) -> (Option<u64>, String) {
    match error {
        Error::Partial(all) => all.first().map_or_else(|| (line, error.to_string()), |one| first(one, line)),
        Error::WithLineNumber { line, err } => first(err, Some(*line)),
        Error::WithPath { err, .. } | Error::WithDepth { err, .. } => first(err, line),
        Error::Io(error) if error.kind() == ErrorKind::InvalidData => (line, "the line is not UTF-8".to_owned()),
        Error::Io(error) => (line, error.to_string()),
        Error::Glob { glob, err } => {
            let glob = glob.as_ref().map_or_else(|| "it".to_owned(), |glob| format!("`{glob}`"));
            (line, format!("{glob} is no pattern: {err}"))
        }
        other => (line, other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::files;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn what_is_not_understood_is_refused_with_its_line() -> Outcome {
        let lines: [(&[u8], &str); 5] = [
            (b"# f\xfcr alle\n*.env\n", ":1: the line is not UTF-8"),
            (b"*.log\nsecret{1\n*.env\n", ":2: `secret{1` is no pattern"),
            (b"*.log\n\nfoo\\\n", ":3: `foo\\` is no pattern"),
            (b"[z-a]\nb{\n", ":1: `[z-a]` is no pattern"),
            (b"*.log\n*.\xff\n", ":2: the line is not UTF-8"),
        ];
        for name in [GIT, OWN] {
            for below in ["", "a/b"] {
                for (text, told) in lines {
                    let place = tempfile::tempdir()?;
                    let folder = place.path().join(below);
                    fs::create_dir_all(&folder)?;
                    fs::write(folder.join("prod.env"), "1")?;
                    fs::write(folder.join(name), text)?;
                    let refused = files::collect(place.path(), place.path()).err().ok_or("packaged")?.to_string();
                    assert!(refused.starts_with(&format!("{}{told}", folder.join(name).display())), "{refused}");
                }
            }
        }
        Ok(())
    }

    /// Many entries are walked on several threads.
    #[test]
    fn so_it_is_in_a_large_folder() -> Outcome {
        let place = tempfile::tempdir()?;
        for at in 0..600 {
            fs::create_dir_all(place.path().join(format!("{at:03}")))?;
            fs::write(place.path().join(format!("{at:03}/prod.env")), "1")?;
        }
        fs::write(place.path().join("590/.etlctlignore"), "a{\n")?;
        let refused = files::collect(place.path(), place.path()).map(|files| files.len());
        assert!(matches!(&refused, Err(PackageError::Ignores { line: Some(1), .. })), "{refused:?}");
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn one_that_cannot_be_read_is_refused_and_one_that_is_left_out_is_not_read() -> Outcome {
        let place = tempfile::tempdir()?;
        fs::create_dir(place.path().join("out"))?;
        fs::write(place.path().join("out/.gitignore"), "a{\n")?;
        fs::write(place.path().join(OWN), "\u{feff}out/\n[\n\\{a\n")?;
        fs::write(place.path().join("index.js"), "1")?;
        assert_eq!(files::collect(place.path(), place.path())?.len(), 1);
        // What leads nowhere leaves nothing out, and neither does a folder.
        std::os::unix::fs::symlink("nowhere", place.path().join(GIT))?;
        let refused = files::collect(place.path(), place.path()).map(|files| files.len());
        assert!(matches!(&refused, Err(PackageError::Ignores { line: None, .. })), "{refused:?}");
        fs::remove_file(place.path().join(GIT))?;
        fs::create_dir(place.path().join(GIT))?;
        let refused = files::collect(place.path(), place.path()).map(|files| files.len());
        assert!(matches!(&refused, Err(PackageError::Ignores { .. })), "{refused:?}");
        Ok(())
    }
}
