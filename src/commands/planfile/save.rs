//! From what was planned to what is saved of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::format::{Saved, SavedChange, SavedOptions, SavedStack, SavedStep, Setting};
use super::seal::{Part, Salt, Seal};
use crate::cli::{Global, Selection};
use crate::commands::planned::PlannedStack;
use crate::model::Step;
use crate::model::diff::hidden_texts;
use crate::model::secret::{Mask, looks_secret, redact_message};
use crate::package::hex;

/// Shortest value of a variable that is looked for inside of hidden texts: shorter ones are found in
/// any text.
const SHORTEST_PART: usize = 4;

/// What `plan --out` saves. `endpoint` is where AWS was, `at` when it was planned.
///
/// # Errors
/// There is no randomness, or no memory for the hashes.
pub fn saved(
    global: &Global,
    selection: &Selection,
    destroy: bool,
    (endpoint, at): (Option<&str>, Timestamp),
    planned: &[PlannedStack],
) -> Result<Saved, String> {
    let salt = Salt::draw()?;
    let stacks = planned.iter().map(|stack| saved_stack(&salt, stack)).collect::<Result<_, _>>()?;
    let options = SavedOptions {
        destroy,
        adopt: selection.adopt,
        no_prune: selection.no_prune,
        deep: selection.deep,
        expires: selection.expires,
        at,
        target: selection.target.iter().cloned().collect(),
        env: global.env.clone(),
        region: global.region.clone(),
        endpoint_url: endpoint.map(str::to_owned),
        set: settings(&salt, global, planned)?,
    };
    Ok(Saved { salt, options, stacks })
}

/// The plan of one stack under this salt: what two plans are compared by.
///
/// # Errors
/// There is no memory for the hashes.
pub fn saved_stack(salt: &Salt, stack: &PlannedStack) -> Result<SavedStack, String> {
    let plan = &stack.planned.plan;
    let seals = salt.seal(&plan.steps.iter().map(part_of).collect::<Vec<_>>())?;
    let mut secrets = stack.loaded.desired.secrets.clone();
    secrets.extend(&stack.planned.learned);
    let known = secrets.mask();
    let steps = plan.steps.iter().zip(seals).map(|(step, seal)| saved_step(step, seal, &known)).collect();
    let source = &stack.loaded.source;
    let artifacts = stack.loaded.desired.nodes.values().filter_map(|node| Some((node.id.clone(), node.artifact.as_ref()?.digest.clone())));
    Ok(SavedStack {
        scope: plan.scope.clone(),
        file: source.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        digest: hex(&Sha256::digest(&source.text)),
        sources: artifacts.collect(),
        steps,
    })
}

fn saved_step(step: &Step, seal: Seal, known: &Mask) -> SavedStep {
    let change = |change: &crate::model::Change| SavedChange {
        // The seal is over the true one.
        path: redact_message(&known.text(&change.path)),
        before: change.before.shown().clone(),
        after: change.after.shown().clone(),
    };
    SavedStep {
        address: step.id.clone(),
        // A name may be built from what is hidden.
        name: redact_message(&known.text(&step.name)),
        action: step.action,
        changes: step.changes.iter().map(change).collect(),
        needs: step.needs.clone(),
        seal,
    }
}

/// One seal a step holds all that is hidden of it: whoever guesses at one secret has to guess at all
/// of the step's at once.
fn part_of(step: &Step) -> Part {
    let mut pieces = vec![step.id.to_string().into_bytes(), step.name.clone().into_bytes(), step.fingerprint.as_bytes().to_vec()];
    for change in &step.changes {
        let sides = [&change.before, &change.after].map(|side| side.true_value().to_string().into_bytes());
        pieces.push(change.path.clone().into_bytes());
        pieces.extend(sides);
    }
    Part::of(pieces.iter().map(Vec::as_slice))
}

fn settings(salt: &Salt, global: &Global, planned: &[PlannedStack]) -> Result<BTreeMap<String, Setting>, String> {
    let last: BTreeMap<&str, &str> = global.set.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let known: Vec<Mask> = planned.iter().map(|stack| stack.loaded.desired.secrets.mask()).collect();
    let mut settings = BTreeMap::new();
    for (name, value) in last {
        let setting = if is_hidden(name, value, planned, &known) {
            Setting::Hidden(seal_of_setting(salt, name, value)?)
        } else {
            Setting::Value(value.to_owned())
        };
        settings.insert(name.to_owned(), setting);
    }
    Ok(settings)
}

/// The seal of a variable's value.
///
/// # Errors
/// There is no memory for it.
pub fn seal_of_setting(salt: &Salt, name: &str, value: &str) -> Result<Seal, String> {
    let part = Part::of([b"--set".as_slice(), name.as_bytes(), value.as_bytes()]);
    salt.seal(&[part])?.pop().ok_or_else(|| "nothing was sealed".to_owned())
}

/// Whether the value of a variable must not stand in a file: a stack says so of the variable or knows
/// the value as a secret, it looks like one, or a hidden text is made from it.
fn is_hidden(name: &str, value: &str, planned: &[PlannedStack], known: &[Mask]) -> bool {
    let declared = planned.iter().any(|stack| stack.loaded.sensitive.contains(name));
    if declared || known.iter().any(|mask| mask.hides(&Value::from(value))) {
        return true;
    }
    let specs = planned.iter().flat_map(|stack| stack.planned.sides.values()).filter_map(|sides| sides.want.as_ref());
    let mut hidden = specs.flat_map(|node| hidden_texts(&node.spec));
    looks_secret(name, value) || hidden.any(|text| text == value || (value.len() >= SHORTEST_PART && text.contains(value)))
}
