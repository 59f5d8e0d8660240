//! What is proposed, written into the stack files: only those values, and only where the file then asks
//! for the same stack but for them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Zoned;
use serde_json::Value;

use crate::check;
use crate::cli::Global;
use crate::commands::{stacks, whole};
use crate::contract::{Asked, Kind};
use crate::error::Error;
use crate::kinds::function::Function;
use crate::model::ResourceId;
use crate::model::counted;
use crate::report;
use crate::report::advise::{Document, StackAdvice};
use crate::source::Loaded;
use crate::source::diagnostic::Level;
use crate::source::edit::{Edit, set};
use crate::stack::{self, Choice};

/// A file with values set in it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Written {
    text: String,
    /// What was not set, and why.
    left: Vec<(Edit, String)>,
}

/// Writes into each stack's file, in the order of the document. Tells what was written on stdout where
/// `is_text`, else beside the data.
///
/// # Errors
/// A file cannot be read or written.
pub fn write(global: &Global, document: &Document, files: &[PathBuf], is_text: bool) -> Result<(), Error> {
    for (advice, path) in document.stacks.iter().zip(files) {
        let edits = edits(advice);
        let failed = |message: String| Error::File { path: path.display().to_string(), message };
        let before = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        let File { written: Written { text, left }, environments } = File::of(global, path, &before, &edits)?;
        let number = edits.len() - left.len();
        if text != before {
            let diff = report::advise::diff(&path.display().to_string(), &before, &text);
            if is_text {
                report::data(&diff)
            } else {
                report::note(diff.trim_end())
            }
            whole::replace(path, &text).map_err(|error| failed(error.to_string()))?;
        }
        for (Edit { key, field, value, .. }, why) in &left {
            report::tell(&format!("not written: {field}: {value} of function/{key}: {why}"));
        }
        if number == 0 {
            report::tell(&format!("{}: nothing to write", path.display()));
            continue;
        }
        report::tell(&format!("{}: {} written", path.display(), counted(number, "value")));
        if environments.len() > 1 {
            report::tell(&format!("They hold in every environment of the file: {}", environments.join(", ")));
        }
    }
    Ok(())
}

fn edits(advice: &StackAdvice) -> Vec<Edit> {
    let of = advice.functions.iter().flat_map(|function| {
        function.proposals.iter().map(|proposal| Edit {
            section: Function::SECTION.to_owned(),
            kind: Function::NAME.to_owned(),
            key: function.key.clone(),
            field: proposal.field.to_owned(),
            value: proposal.value.clone(),
        })
    });
    of.collect()
}

/// What a file becomes.
struct File {
    written: Written,
    environments: Vec<String>,
}

impl File {
    fn of(global: &Global, path: &Path, before: &str, edits: &[Edit]) -> Result<Self, Error> {
        let choice = |env: Option<String>| Choice { env, ..stacks::choice(global) };
        let loaded = stack::load(path, &choice(global.env.clone())).map_err(Error::Invalid)?;
        let environments: Vec<String> = loaded.environments().map(str::to_owned).collect();
        let choices: Vec<Choice> = environments.iter().map(|env| choice(Some(env.clone()))).collect();
        let judge = Judge { path, choices };
        let written = judge.all(before, edits)?;
        Ok(Self { written, environments })
    }
}

/// Holds a file after an edit against the one before it, in each of its environments.
struct Judge<'a> {
    path: &'a Path,
    choices: Vec<Choice>,
}

impl Judge<'_> {
    /// All of them at once, and one after the other where that would be refused.
    fn all(&self, before: &str, edits: &[Edit]) -> Result<Written, Error> {
        let at_once = self.edited(before, edits)?;
        if at_once.text == before || self.objection(&at_once.text, edits)?.is_none() {
            return Ok(at_once);
        }
        let (mut text, mut left, mut done) = (before.to_owned(), Vec::new(), Vec::new());
        for edit in edits {
            let next = self.edited(&text, std::slice::from_ref(edit))?;
            let with: Vec<Edit> = done.iter().chain([edit]).cloned().collect();
            match self.objection(&next.text, &with)? {
                None => {
                    left.extend(next.left);
                    (text, done) = (next.text, with);
                }
                Some(why) => left.push((edit.clone(), why)),
            }
        }
        Ok(Written { text, left })
    }

    fn edited(&self, text: &str, edits: &[Edit]) -> Result<Written, Error> {
        let edited = set(self.path, text, edits).map_err(|problem| Error::Invalid(vec![problem]))?;
        let left = edited.left.into_iter().map(|(edit, why)| (edit, why.to_string())).collect();
        Ok(Written { text: edited.text, left })
    }

    /// Why the text may not take the place of the file.
    fn objection(&self, text: &str, edits: &[Edit]) -> Result<Option<String>, Error> {
        // Beside the file: paths in it are relative to its folder.
        let beside = whole::temporary(whole::folder(self.path), text)
            .map_err(|error| Error::File { path: self.path.display().to_string(), message: error.to_string() })?;
        for choice in &self.choices {
            // One that is refused already says nothing of the edit.
            let Ok(was) = stack::load(self.path, choice) else { continue };
            let now = match stack::load(beside.path(), choice) {
                Ok(now) => now,
                Err(problems) => return Ok(Some(problems.first().map_or_else(String::new, |problem| problem.message.clone()))),
            };
            if !is_same(&was, &now, edits) {
                return Ok(Some("more than this would change".to_owned()));
            }
            let (known, found) = (refusals(&was), refusals(&now));
            if let Some((code, message)) = found.into_iter().find(|(code, _)| !known.contains_key(code)) {
                return Ok(Some(format!("{code}, {message}")));
            }
        }
        Ok(None)
    }
}

/// What AWS would refuse, by code.
fn refusals(loaded: &Loaded) -> BTreeMap<&'static str, String> {
    let asked = Asked { as_of: Zoned::now().date(), is_chosen: false, one_account: true };
    let findings = check::check(std::slice::from_ref(loaded), asked).into_iter();
    findings.filter(|finding| finding.level == Level::Error).map(|finding| (finding.code, finding.message)).collect()
}

/// Whether both ask for the same, but for the fields that were set.
fn is_same(was: &Loaded, now: &Loaded, edits: &[Edit]) -> bool {
    let fields = |id: &ResourceId| -> BTreeSet<&str> {
        let of = edits.iter().filter(|edit| id.kind == edit.kind && id.name == edit.key);
        of.map(|edit| edit.field.as_str()).collect()
    };
    let without = |spec: &Value, fields: &BTreeSet<&str>| {
        let mut spec = spec.clone();
        if let Some(members) = spec.as_object_mut() {
            members.retain(|field, _| !fields.contains(field.as_str()));
        }
        spec
    };
    was.desired.nodes.len() == now.desired.nodes.len()
        && was.desired.nodes.iter().all(|(id, node)| {
            let fields = fields(id);
            let other = now.desired.nodes.get(id);
            other.is_some_and(|other| node.name == other.name && without(&node.spec, &fields) == without(&other.spec, &fields))
        })
}
