//! How far links in sources may lead: what a zip holds was in the project, and nothing else of the
//! machine.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::PackageError;

/// Folders that links may lead into, as they are without links.
#[derive(Debug, Clone)]
pub struct Within(Vec<PathBuf>);

impl Within {
    /// The project that a source belongs to. A source that is written as a path out of the project is
    /// meant, and is a place of its own; one that only a link takes out is not.
    ///
    /// # Errors
    /// The source leaves the project by a link.
    pub fn of(source: &Path, project: &Path) -> Result<Self, PackageError> {
        let project = if project.as_os_str().is_empty() { Path::new(".") } else { project };
        let mut roots: Vec<PathBuf> = fs::canonicalize(project).into_iter().collect();
        let real = fs::canonicalize(source).map_err(|error| PackageError::Io { path: source.to_owned(), error })?;
        if !plain(source).starts_with(plain(project)) {
            roots.push(real);
            return Ok(Self(roots));
        }
        let within = Self(roots);
        within.holds(source, &real)?;
        Ok(within)
    }

    /// One folder alone.
    ///
    /// # Errors
    /// It is not there.
    pub fn only(folder: &Path) -> Result<Self, PackageError> {
        let real = fs::canonicalize(folder).map_err(|error| PackageError::Io { path: folder.to_owned(), error })?;
        Ok(Self(vec![real]))
    }

    /// Wherever: for what is named in so many words, and may run code anyway.
    pub fn anywhere() -> Self {
        Self(vec![PathBuf::from(std::path::MAIN_SEPARATOR_STR)])
    }

    /// Whether what `path` leads to, by links or by its own parts, lies within.
    ///
    /// # Errors
    /// It lies outside, or is not there.
    pub fn allows(&self, path: &Path) -> Result<(), PackageError> {
        let real = fs::canonicalize(path).map_err(|error| PackageError::Io { path: path.to_owned(), error })?;
        self.holds(path, &real)
    }

    fn holds(&self, path: &Path, real: &Path) -> Result<(), PackageError> {
        if self.0.iter().any(|root| real.starts_with(root)) {
            return Ok(());
        }
        Err(PackageError::Leaves { path: path.to_owned(), target: real.to_owned() })
    }
}

/// The path from the root on, as it is written: without `.` and `..`, links unasked.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::package::files;

    #[test]
    fn links_within_the_project_are_followed_and_others_refused() -> Result<(), Box<dyn std::error::Error>> {
        let place = tempfile::tempdir()?;
        let project = place.path().join("project");
        let source = project.join("handlers/work");
        fs::create_dir_all(&source)?;
        fs::create_dir_all(project.join("shared/deep"))?;
        fs::write(project.join("shared/a.js"), "1")?;
        fs::write(place.path().join("secret"), "1")?;
        symlink("../../shared", source.join("shared"))?;
        let names = |source: &Path| files::collect(source, &project).map(|all| all.into_iter().map(|file| file.name).collect::<Vec<_>>());
        assert_eq!(names(&source)?, ["shared/a.js"]);

        for link in ["handlers/work/x", "shared/deep/x"] {
            let link = project.join(link);
            symlink(place.path().join("secret"), &link)?;
            match names(&source) {
                Err(PackageError::Leaves { path, target }) => {
                    assert_eq!(path.file_name(), link.file_name());
                    assert!(target.ends_with("secret"));
                }
                other => return Err(format!("{}: {other:?}", link.display()).into()),
            }
            fs::remove_file(&link)?;
        }

        fs::create_dir(place.path().join("elsewhere"))?;
        fs::write(place.path().join("elsewhere/b.js"), "1")?;
        symlink(place.path().join("elsewhere"), project.join("handlers/other"))?;
        assert!(matches!(names(&project.join("handlers/other")), Err(PackageError::Leaves { .. })));
        // Written as it is, it is meant.
        assert_eq!(names(&project.join("../elsewhere"))?, ["b.js"]);
        Ok(())
    }
}
