//! A new project is looked at before it is written: what `validate` would refuse is not begun with.

use std::path::{Path, PathBuf};

use jiff::Zoned;

use super::{stack_file, write};
use crate::check;
use crate::commands::stacks::{environments_of, stack_name};
use crate::contract::Asked;
use crate::error::Error;
use crate::source::Diagnostic;
use crate::source::diagnostic::Level;
use crate::stack::find::{FOLDER, stack_files};
use crate::stack::{Choice, load};

/// Makes sure that these files can stand beside those that are there.
///
/// # Errors
/// A file of the project has the stack's name, or `validate` would refuse the new one.
pub fn check(project: &Path, name: &str, files: &[(PathBuf, String)]) -> Result<(), Error> {
    let others = stack_files(Some(&project.join(FOLDER))).unwrap_or_default();
    if let Some(path) = others.iter().find(|path| stack_name(path).is_some_and(|of| of == name)) {
        let message = format!("{} is stack `{name}` already", path.display());
        return Err(Error::Usage { message, hint: "nothing was written; choose another --name".to_owned() });
    }
    let failed = |error: std::io::Error| Error::File { path: std::env::temp_dir().display().to_string(), message: error.to_string() };
    let tried = tempfile::tempdir().map_err(failed)?;
    for (path, text) in files {
        write(&tried.path().join(path), text)?;
    }
    match problem(&tried.path().join(stack_file(name)), &others) {
        None => Ok(()),
        Some(found) => {
            let message = format!("the new stack would be refused: {}", found.message);
            Err(Error::Usage { message, hint: format!("nothing was written; {}", found.fix) })
        }
    }
}

/// The first thing for which a stack file is refused in one of its environments, beside the others.
fn problem(path: &Path, others: &[PathBuf]) -> Option<Diagnostic> {
    environments_of(path).into_iter().find_map(|env| {
        let choice = Choice { env: Some(env), ..Choice::default() };
        let new = match load(path, &choice) {
            Ok(new) => new,
            Err(found) => return found.into_iter().next(),
        };
        // What is wrong with those is theirs.
        let there = others.iter().filter_map(|path| load(path, &choice).ok());
        let all: Vec<_> = there.chain([new]).collect();
        let asked = Asked { as_of: Zoned::now().date(), is_chosen: false, one_account: false };
        let found = check::check(&all, asked);
        found.into_iter().find(|one| one.level == Level::Error && one.source.path == path)
    })
}
