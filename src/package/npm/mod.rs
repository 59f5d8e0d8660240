//! What a layer's `package-lock.json` asks npm for, read before npm sees it.

mod lock;
pub mod settings;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use self::lock::Refused;
use super::PackageError;
use super::finding::Finding;
use super::links::Within;

/// The files that npm is given. They are read once: npm gets what was looked at.
const FILES: [&str; 3] = ["package.json", "package-lock.json", ".npmrc"];

/// What a folder's lock file asks for.
#[derive(Debug, Clone, Default)]
pub struct Manifests {
    /// Names and contents of what npm is given.
    pub files: Vec<(&'static str, Vec<u8>)>,
    /// What is refused.
    pub refused: Vec<Finding>,
    /// The first package without a hash, and how many there are.
    pub unhashed: Option<(Finding, usize)>,
    /// Folders beside the lock file that it installs from, relative to it.
    pub folders: Vec<PathBuf>,
    /// Whether something is named whose content cannot be known here.
    pub open: bool,
}

/// Reads the lock file of `folder` and what belongs to it. With `allow_build` nothing is refused but
/// what npm could not find.
///
/// # Errors
/// A file cannot be read, or a link leads it out of the project.
pub fn read(folder: &Path, within: &Within, allow_build: bool) -> Result<Manifests, PackageError> {
    let mut found = Manifests::default();
    for name in FILES {
        let path = folder.join(name);
        if path.is_file() {
            within.allows(&path)?;
            let content = fs::read(&path).map_err(|error| PackageError::Io { path: path.clone(), error })?;
            found.files.push((name, content));
        }
    }
    for (name, content) in found.files.clone() {
        let path = folder.join(name);
        let text = String::from_utf8_lossy(&content).into_owned();
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        match name {
            ".npmrc" => found.refused.extend(settings::refused(&path, text)),
            _ => document(&path, text, &mut found),
        }
    }
    if allow_build {
        found.refused.clear();
        found.unhashed = None;
        for outside in found.folders.extract_if(.., |path| !is_beside(path)) {
            let key = outside.to_string_lossy().into_owned();
            let lock = folder.join("package-lock.json");
            let text = fs::read_to_string(&lock).unwrap_or_default();
            let message = format!("`{key}` lies outside the folder of the lock file, of which npm is given a copy");
            found.refused.push(at(&lock, &text, Refused { key, message, fix: Some("move it below the folder of the lock file") }));
        }
    }
    Ok(found)
}

fn is_beside(path: &Path) -> bool {
    path.components().all(|part| matches!(part, std::path::Component::Normal(_)))
}

fn document(path: &Path, text: &str, found: &mut Manifests) {
    let document: Value = match serde_json::from_str(text) {
        Ok(document) => document,
        Err(error) => {
            let (line, column) = (error.line().max(1), error.column().max(1));
            let message = format!("the file is no JSON: {error}");
            let fix = "mend it, or write the lock file anew with `npm install --package-lock-only`".to_owned();
            found.refused.push(Finding { file: path.to_owned(), line, column, length: 1, message, fix: Some(fix) });
            return;
        }
    };
    if path.ends_with("package.json") {
        found.refused.extend(lock::manifest(&document).into_iter().map(|one| at(path, text, one)));
        return;
    }
    let lock = lock::read(&document);
    found.refused.extend(lock.refused.into_iter().map(|one| at(path, text, one)));
    found.folders = lock.folders.into_iter().map(PathBuf::from).collect();
    found.open |= lock.open;
    if let Some(first) = lock.unhashed.first() {
        let refused = Refused { key: first.clone(), message: first.clone(), fix: None };
        found.unhashed = Some((at(path, text, refused), lock.unhashed.len()));
    }
}

/// Where a key stands: the first time that it is written as one.
fn at(path: &Path, text: &str, Refused { key, message, fix }: Refused) -> Finding {
    let quoted = Value::from(key).to_string();
    let is_key = |at: &usize| text[at + quoted.len()..].trim_start().starts_with(':');
    let found = text.match_indices(&quoted).map(|(at, _)| at).find(is_key);
    let before = &text[..found.unwrap_or_default()];
    Finding {
        file: path.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before.rsplit('\n').next().unwrap_or_default().chars().count() + 1,
        length: if found.is_some() { quoted.chars().count() } else { 1 },
        message,
        fix: fix.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_stand_at_their_key() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("package.json"), "{\n  \"dependencies\": {\n    \"a\": \"file:../a\"\n  }\n}\n")?;
        let lock = "{\n  \"packages\": {\n    \"\": {},\n    \"node_modules/a\": {\"resolved\": \"../a\", \"link\": true},\n    \"node_modules/b\": {\"version\": \"1.0.0\"},\n    \"../a\": {}\n  }\n}\n";
        fs::write(folder.path().join("package-lock.json"), lock)?;
        fs::write(folder.path().join(".npmrc"), "fund=false\nscript-shell=x\n")?;
        let within = Within::only(folder.path())?;
        let found = read(folder.path(), &within, false)?;
        let places: Vec<String> = found
            .refused
            .iter()
            .map(|one| format!("{}:{}:{}", one.file.file_name().unwrap_or_default().to_string_lossy(), one.line, one.column))
            .collect();
        assert_eq!(places, ["package.json:3:5", "package-lock.json:4:5", "package-lock.json:6:5", ".npmrc:2:1"]);
        assert_eq!(found.unhashed.map(|(first, count)| (first.line, count)), Some((5, 1)));
        let allowed = read(folder.path(), &within, true)?;
        assert_eq!(allowed.refused.len(), 1, "{:?}", allowed.refused);
        Ok(())
    }
}
