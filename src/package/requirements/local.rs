//! Folders and files of this machine that requirements name, where builds are allowed: they count as
//! the layer's sources.

use std::path::{Path, PathBuf};

use super::line::{Refusal, option, unquoted};
use super::lines::Line;
use crate::package::PackageError;
use crate::package::files::{self, File};
use crate::package::links::Within;

/// The folder or file that a refused line names, or nothing where its content cannot be known.
pub fn target(line: &Line, refusal: &Refusal, base: &Path) -> Option<PathBuf> {
    let text = match refusal {
        Refusal::Local(_) => {
            let words = line.words.iter().take_while(|word| !word.text.starts_with('-'));
            words.map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
        }
        Refusal::Editable(word) => match option(&word.text).1 {
            Some(value) => value.to_owned(),
            None => line.words.get(1)?.text.clone(),
        },
        _ => return None,
    };
    let text = text.split(';').next().unwrap_or_default().trim();
    let text = text.split_once('@').map_or(text, |(_, path)| path.trim());
    let text = unquoted(text);
    let text = match text.get(..5) {
        Some(scheme) if scheme.eq_ignore_ascii_case("file:") => text[5..].strip_prefix("//").unwrap_or(&text[5..]),
        _ => text,
    };
    let text = text.split(['#', '?']).next().unwrap_or_default();
    let text = text.strip_suffix(']').and_then(|text| text.rsplit_once('[')).map_or(text, |(path, _)| path);
    let path = base.join(text);
    (!text.is_empty() && !text.contains('%') && path.exists()).then_some(path)
}

/// The file that a line of other options names with `-r` or `-c`.
pub fn followed(line: &Line) -> Option<String> {
    let at = line.words.iter().position(|word| ["-r", "--requirement", "-c", "--constraint"].contains(&option(&word.text).0))?;
    let named = option(&line.words[at].text).1.map(str::to_owned).or_else(|| Some(line.words.get(at + 1)?.text.clone()))?;
    (at > 0).then(|| unquoted(&named).to_owned())
}

/// What a build writes into the folder that it builds: setuptools does it in place.
pub fn is_left_by_a_build(folder: &Path, file: &Path) -> bool {
    let first = file.strip_prefix(folder).ok().and_then(|inside| inside.components().next());
    first.is_some_and(|first| {
        let name = first.as_os_str().to_string_lossy();
        name == "build" || name.ends_with(".egg-info")
    })
}

/// All files of a target, but for what builds leave in it.
///
/// # Errors
/// It cannot be read.
pub fn below(target: &Path) -> Result<Vec<File>, PackageError> {
    if target.is_file() {
        return Ok(vec![files::one(target)?]);
    }
    let mut files = files::collect_all(target, &Within::anywhere())?;
    files.retain(|file| !is_left_by_a_build(target, &file.path));
    Ok(files)
}
