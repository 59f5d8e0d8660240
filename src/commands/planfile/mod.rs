//! Saved plans. A plan file holds what was asked and what was planned; apply plans again and goes on
//! only where the outcome is the same. What is hidden in a plan stands in the file as slow hashes.

use std::fs;
use std::path::Path;

mod agree;
mod format;
mod save;
mod seal;

pub use agree::{endpoints, options, scopes};
pub use format::{Saved, read as read_text};
pub use save::saved;

use super::planned::PlannedStack;
use super::whole;
use crate::cli::Global;
use crate::error::{Error, PlanFileError};
use crate::model::secret::HIDDEN;
use crate::stack::find;
use format::{SavedStack, Setting};

/// Makes sure, before anything is asked, that a plan takes the place of no stack file.
///
/// # Errors
/// It would.
pub fn check(global: &Global, path: &Path) -> Result<(), Error> {
    let files = find::stack_files(global.dir.as_deref()).unwrap_or_default();
    let place = fs::canonicalize(path).ok();
    if place.is_some() && files.iter().any(|file| fs::canonicalize(file).ok() == place) {
        let message = format!("--out {}: that is a stack file, and would be lost", path.display());
        return Err(Error::Usage { message, hint: "name another file".to_owned() });
    }
    Ok(())
}

/// Saves a plan, readable by its owner only.
///
/// # Errors
/// The file cannot be written.
pub fn write(path: &Path, plan: Saved) -> Result<(), Error> {
    let failed = |message: String| Error::File { path: path.display().to_string(), message };
    let text = format::write(plan).map_err(|error| failed(error.to_string()))?;
    // A device or a pipe is written to: a file in its place would take it away from everybody.
    if fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir()) {
        return fs::write(path, text).map_err(|error| failed(error.to_string()));
    }
    // Written beside its place and renamed, so that there is never half a plan, and so that neither
    // the mode of a file that was there nor a link in its place counts. Temporary files are made for
    // their owner only.
    let file = whole::temporary(whole::folder(path), &text).map_err(|error| failed(error.to_string()))?;
    file.persist(path).map_err(|error| failed(error.to_string()))?;
    Ok(())
}

/// Reads a saved plan.
///
/// # Errors
/// It cannot be read, or is not as it was saved.
pub fn read(path: &Path) -> Result<Saved, Error> {
    let failed = |reason: PlanFileError| Error::PlanFile { path: path.display().to_string(), reason };
    let text = fs::read_to_string(path).map_err(|error| failed(PlanFileError::Unreadable(error)))?;
    format::read(&text).map_err(failed)
}

/// What differs between the saved plan and the one that was made now: addresses and files.
///
/// # Errors
/// There is no memory for the hashes.
pub fn moved(saved: &Saved, planned: &[PlannedStack]) -> Result<Vec<String>, Error> {
    let mut moved = Vec::new();
    for was in &saved.stacks {
        match planned.iter().find(|stack| stack.loaded.scope.stack == was.scope.stack) {
            None => moved.push(was.scope.stack.clone()),
            Some(stack) => {
                let is = save::saved_stack(&saved.salt, stack).map_err(|message| Error::File { path: was.file.clone(), message })?;
                moved.extend(differences(was, &is));
            }
        }
    }
    Ok(moved)
}

fn differences(was: &SavedStack, is: &SavedStack) -> Vec<String> {
    let mut found = Vec::new();
    if was.scope != is.scope {
        found.push(was.scope.stack.clone());
    }
    if (&was.file, &was.digest) != (&is.file, &is.digest) {
        found.push(was.file.clone());
    }
    let steps = was.steps.iter().filter(|step| !is.steps.contains(step)).map(|step| step.address.to_string());
    found.extend(steps);
    let new = is.steps.iter().filter(|step| was.steps.iter().all(|old| old.address != step.address));
    found.extend(new.map(|step| step.address.to_string()));
    let sources = was.sources.iter().filter(|(id, digest)| is.sources.get(id) != Some(digest)).map(|(id, _)| id);
    let more = is.sources.keys().filter(|id| !was.sources.contains_key(id));
    for id in sources.chain(more).map(ToString::to_string) {
        if !found.contains(&id) {
            found.push(id);
        }
    }
    found
}

/// The command that goes on where a saved plan stopped: the plan itself is stale by then.
pub fn again(saved: &Saved, global: &Global) -> String {
    let options = &saved.options;
    let mut command = format!("etlctl {}", if options.destroy { "destroy" } else { "apply" });
    let mut add = |option: &str, value: &str| command.push_str(&format!(" {option} {value}"));
    for (option, value) in
        [("--env", &options.env), ("--region", &options.region), ("--profile", &global.profile), ("--endpoint-url", &global.endpoint_url)]
    {
        if let Some(value) = value {
            add(option, value);
        }
    }
    saved.stacks.iter().for_each(|stack| add("--stack", &stack.scope.stack));
    for (name, setting) in &options.set {
        let value = match setting {
            Setting::Value(value) => value,
            Setting::Hidden(_) => HIDDEN,
        };
        add("--set", &quoted(&format!("{name}={value}")));
    }
    options.target.iter().for_each(|id| add("--target", &id.to_string()));
    options.expires.iter().for_each(|expires| add("--expires", &expires.to_string()));
    for (option, is_set) in [("--adopt", options.adopt), ("--no-prune", options.no_prune), ("--deep", options.deep)] {
        if is_set {
            command.push_str(&format!(" {option}"));
        }
    }
    command
}

/// A word of a command as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "-_=./:,@%+".contains(c));
    if plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}
