//! The form of a plan file. All of it is strict: nothing may be missing, and nothing may be added.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::seal::{Salt, Seal};
use crate::error::PlanFileError;
use crate::model::{Action, ResourceId, Scope};
use crate::package::hex;
use crate::source::expiry::Renewal;

/// Version of the form. Another one is refused.
pub const FORMAT_VERSION: &str = "4";

/// A whole file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format_version: String,
    /// Hex SHA-256 of `plan` in the form of [`canonical`].
    checksum: String,
    plan: Saved,
}

/// What the version is read with, before the rest is.
#[derive(Deserialize)]
struct Versioned {
    format_version: Value,
}

/// What was asked and what was planned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saved {
    /// Salt of the file's seals.
    pub salt: Salt,
    /// What was asked.
    pub options: SavedOptions,
    /// What was planned, a stack after the other.
    pub stacks: Vec<SavedStack>,
}

/// What was asked on the command line, and what it was asked of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedOptions {
    /// Whether all is to be deleted.
    pub destroy: bool,
    /// `--adopt`.
    pub adopt: bool,
    /// `--no-prune`.
    pub no_prune: bool,
    /// `--deep`.
    pub deep: bool,
    /// `--expires`.
    pub expires: Option<Renewal>,
    /// When it was planned: an expiry that is set begins then.
    pub at: Timestamp,
    /// `--target`.
    pub target: BTreeSet<ResourceId>,
    /// `--env` or `ETLCTL_ENV`.
    pub env: Option<String>,
    /// `--region`.
    pub region: Option<String>,
    /// Endpoint of every service, where one was said, by whatever means.
    pub endpoint_url: Option<String>,
    /// `--set`, the last value of each.
    pub set: BTreeMap<String, Setting>,
}

/// The value of a variable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// It may be read.
    Value(String),
    /// It is hidden, and has to be given again.
    Hidden(Seal),
}

/// The plan of a stack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedStack {
    /// Where.
    pub scope: Scope,
    /// Name of the stack file, without its folder.
    pub file: String,
    /// Hex SHA-256 of the stack file.
    pub digest: String,
    /// Digests of the sources of code.
    pub sources: BTreeMap<ResourceId, String>,
    /// One step a resource, in address order.
    pub steps: Vec<SavedStep>,
}

/// One resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedStep {
    /// Address.
    pub address: ResourceId,
    /// Physical name, as it is shown.
    pub name: String,
    /// What is done.
    pub action: Action,
    /// Fields that change, as they are shown.
    pub changes: Vec<SavedChange>,
    /// Steps that come first.
    pub needs: BTreeSet<ResourceId>,
    /// Over the true values of the changes, and over the two sides that the step was planned on.
    pub seal: Seal,
}

/// One field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedChange {
    /// Where it is.
    pub path: String,
    /// Live value, as it is shown.
    pub before: Value,
    /// Desired value, as it is shown.
    pub after: Value,
}

/// The file's text.
///
/// # Errors
/// It cannot be written as JSON.
pub fn write(plan: Saved) -> Result<String, serde_json::Error> {
    let document = Document { format_version: FORMAT_VERSION.into(), checksum: checksum(&plan)?, plan };
    canonical(&document)
}

/// Reads a file's text.
///
/// # Errors
/// It is not, byte for byte, what [`write`] made of one plan.
pub fn read(text: &str) -> Result<Saved, PlanFileError> {
    let versioned: Versioned = serde_json::from_str(text).map_err(PlanFileError::NoPlan)?;
    if versioned.format_version != FORMAT_VERSION {
        let found = versioned.format_version.as_str().map_or_else(|| versioned.format_version.to_string(), str::to_owned);
        return Err(PlanFileError::OtherVersion { found, reads: FORMAT_VERSION });
    }
    let document: Document = serde_json::from_str(text).map_err(PlanFileError::NoPlan)?;
    check_lists(&document.plan)?;
    // What a parser lets through (a key that stands twice, white space behind the end) is no part of
    // the checksum, and is another text.
    let is_as_written = canonical(&document).is_ok_and(|written| written == text);
    let has_its_checksum = checksum(&document.plan).is_ok_and(|sum| sum == document.checksum);
    if is_as_written && has_its_checksum { Ok(document.plan) } else { Err(PlanFileError::Changed) }
}

fn check_lists(plan: &Saved) -> Result<(), PlanFileError> {
    if plan.stacks.is_empty() {
        return Err(PlanFileError::Empty);
    }
    let mut stacks = BTreeSet::new();
    for stack in &plan.stacks {
        if !stacks.insert(&stack.scope.stack) {
            return Err(PlanFileError::Twice(stack.scope.stack.clone()));
        }
        let mut addresses = BTreeSet::new();
        if let Some(step) = stack.steps.iter().find(|step| !addresses.insert(&step.address)) {
            return Err(PlanFileError::Twice(step.address.to_string()));
        }
    }
    Ok(())
}

fn checksum(plan: &Saved) -> Result<String, serde_json::Error> {
    Ok(hex(&Sha256::digest(serde_json::to_vec(plan)?)))
}

fn canonical(document: &Document) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(document).map(|text| text + "\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::commands::planfile::seal::Part;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    /// A plan in which every part of the form occurs.
    fn sample() -> Result<Saved, String> {
        let salt = Salt::draw()?;
        let seals = salt.seal(&[Part::of([b"a".as_slice()]), Part::of([b"b".as_slice()])])?;
        let scope = |stack: &str| Scope {
            partition: "aws".into(),
            account: "123456789012".into(),
            region: "us-east-1".into(),
            stack: stack.into(),
            env: "dev".into(),
            instance: "pr42".into(),
        };
        let change = |before: Value, after: Value| SavedChange { path: "threshold".into(), before, after };
        let step = |kind: &str, action, changes| SavedStep {
            address: ResourceId::new(kind, "work"),
            name: "work-dev".into(),
            action,
            changes,
            needs: [ResourceId::new("queue", "dlq"), ResourceId::new("role", "work")].into(),
            seal: seals[0],
        };
        // The number is one that a careless parser reads as its neighbour.
        let changes = vec![change(Value::Null, json!({"a": [1, "é \" \\ \n"], "b": {}})), change(json!(0.1), json!(8.41e-19))];
        let stack = |name: &str| SavedStack {
            scope: scope(name),
            file: format!("{name}.yaml"),
            digest: "5eed".repeat(16),
            sources: [(ResourceId::new("function", "work"), "c0de".repeat(16))].into(),
            steps: vec![step("function", Action::Create, changes.clone()), step("alarm", Action::Keep, Vec::new())],
        };
        let options = SavedOptions {
            destroy: false,
            adopt: true,
            no_prune: false,
            deep: true,
            expires: Some(Renewal::In(60)),
            at: Timestamp::UNIX_EPOCH,
            target: [ResourceId::new("function", "work")].into(),
            env: Some("dev".into()),
            region: None,
            endpoint_url: None,
            set: [("memory".into(), Setting::Value("256".into())), ("pw".into(), Setting::Hidden(seals[1]))].into(),
        };
        Ok(Saved { salt, options, stacks: vec![stack("one"), stack("two")] })
    }

    /// Every way to change one value of a document, each with what it does.
    fn mutations(document: &Value) -> Vec<(String, Value)> {
        let mut found = Vec::new();
        for path in pointers(document) {
            let Some(here) = document.pointer(&path) else { continue };
            let others = [
                Value::Null,
                json!(true),
                json!(false),
                json!(0),
                json!(-1),
                json!(0.5),
                json!(""),
                json!("x"),
                json!([]),
                json!({}),
                json!([here]),
                json!({"x": here}),
            ];
            let mut put = |what: &str, value: Value| {
                let mut changed = document.clone();
                if let Some(slot) = changed.pointer_mut(&path)
                    && *slot != value
                {
                    *slot = value;
                    found.push((format!("{what} at {path}"), changed));
                }
            };
            others.into_iter().for_each(|value| put("another type", value));
            match here {
                Value::String(text) => {
                    put("longer", json!(format!("{text}x")));
                    put("shorter", json!(text.chars().skip(1).collect::<String>()));
                    put("capitals", json!(text.to_uppercase()));
                }
                Value::Object(map) => {
                    for key in map.keys() {
                        let mut less = map.clone();
                        let value = less.shift_remove(key).unwrap_or_default();
                        put("a key less", Value::Object(less.clone()));
                        less.insert(format!("{key}x"), value);
                        put("another key", Value::Object(less));
                    }
                    let mut more = map.clone();
                    more.insert("more".into(), Value::Null);
                    put("a key more", Value::Object(more));
                    put("another order", Value::Object(map.clone().into_iter().rev().collect()));
                }
                Value::Array(items) => {
                    for (index, item) in items.iter().enumerate() {
                        let (mut less, mut more) = (items.clone(), items.clone());
                        less.remove(index);
                        more.push(item.clone());
                        put("an item less", Value::Array(less));
                        put("an item twice", Value::Array(more));
                    }
                    put("another order", items.iter().rev().cloned().collect());
                }
                _ => {}
            }
        }
        found
    }

    fn pointers(value: &Value) -> Vec<String> {
        let mut found = vec![String::new()];
        let below: Vec<(String, &Value)> = match value {
            Value::Object(map) => map.iter().map(|(key, item)| (key.replace('~', "~0").replace('/', "~1"), item)).collect(),
            Value::Array(items) => items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect(),
            _ => Vec::new(),
        };
        for (key, item) in below {
            found.extend(pointers(item).into_iter().map(|path| format!("/{key}{path}")));
        }
        found
    }

    #[test]
    fn what_was_written_is_read() -> Outcome {
        let plan = sample()?;
        assert_eq!(read(&write(plan.clone())?)?, plan);
        Ok(())
    }

    #[test]
    fn a_plan_file_with_any_key_or_value_changed_is_refused() -> Outcome {
        let text = write(sample()?)?;
        let document: Value = serde_json::from_str(&text)?;
        let mutations = mutations(&document);
        assert!(mutations.len() > 1500, "{}", mutations.len());
        for (what, changed) in mutations {
            // Objects compare equal in any order; the text is what counts.
            let changed = serde_json::to_string_pretty(&changed)? + "\n";
            assert!(changed == text || read(&changed).is_err(), "{what}\n{changed}");
        }
        Ok(())
    }

    #[test]
    fn a_plan_file_that_was_cut_anywhere_is_refused() -> Outcome {
        let text = write(sample()?)?;
        for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            assert!(read(&text[..at]).is_err(), "cut at {at}");
            assert!(at == 0 || read(&text[at..]).is_err(), "begun at {at}");
        }
        Ok(())
    }

    #[test]
    fn a_line_that_stands_twice_is_refused() -> Outcome {
        let text = write(sample()?)?;
        for (number, line) in text.lines().enumerate() {
            let mut lines: Vec<&str> = text.lines().collect();
            lines.insert(number, line);
            assert!(read(&(lines.join("\n") + "\n")).is_err(), "line {number}: {line}");
            // With the comma that makes a key of it.
            let comma = if line.ends_with(',') { line.to_owned() } else { format!("{line},") };
            lines[number] = &comma;
            assert!(read(&(lines.join("\n") + "\n")).is_err(), "line {number}: {line}");
        }
        Ok(())
    }

    #[test]
    fn other_white_space_is_another_file() -> Outcome {
        let text = write(sample()?)?;
        let document: Value = serde_json::from_str(&text)?;
        for changed in
            [document.to_string(), format!("{text}\n"), format!("\u{feff}{text}"), text.replace('\n', "\r\n"), format!("{text}{text}")]
        {
            assert!(read(&changed).is_err());
        }
        Ok(())
    }

    /// Who changes a file on purpose can make its checksum fit.
    #[test]
    fn a_checksum_that_fits_is_not_enough() -> Outcome {
        let change = |change: fn(&mut Saved)| -> Result<String, Box<dyn std::error::Error>> {
            let mut plan = sample()?;
            change(&mut plan);
            Ok(write(plan)?)
        };
        assert!(matches!(read(&change(|plan| plan.stacks.clear())?), Err(PlanFileError::Empty)));
        let twice = change(|plan| plan.stacks[1].scope.stack = "one".into())?;
        assert!(matches!(read(&twice), Err(PlanFileError::Twice(stack)) if stack == "one"));
        let twice = change(|plan| plan.stacks[0].steps[1].address = plan.stacks[0].steps[0].address.clone())?;
        assert!(matches!(read(&twice), Err(PlanFileError::Twice(address)) if address == "function/work"));
        Ok(())
    }

    #[test]
    fn another_version_is_told_as_such() {
        for (text, found) in
            [(r#"{"format_version":"1","plans":[]}"#, "1"), (r#"{"format_version":2}"#, "2"), (r#"{"format_version":"2"}"#, "2")]
        {
            assert!(matches!(read(text), Err(PlanFileError::OtherVersion { found: told, .. }) if told == found), "{text}");
        }
        assert!(matches!(read("{}"), Err(PlanFileError::NoPlan(_))));
        assert!(matches!(read(""), Err(PlanFileError::NoPlan(_))));
    }
}
