//! Where a value comes from: through variables, whether another place decides it.

use std::collections::BTreeSet;

use super::Left;
use super::tree::entry;
use crate::model::reference::{Piece, pieces};
use crate::source::node::{Parsed, Yaml};

/// Refuses a value that a literal on the resource would take away from who sets it.
pub(super) fn check(tree: &Parsed, written: &str) -> Result<(), Left> {
    let (mut open, mut seen) = (vec![written.to_owned()], BTreeSet::new());
    while let Some(text) = open.pop() {
        let parts = pieces(&text);
        let name = match parts.as_slice() {
            [Piece::Expression(name)] => name.trim(),
            all if all.iter().all(|piece| matches!(piece, Piece::Text(_))) => continue,
            _ => return Err(Left::Built(text)),
        };
        let declared = entry(tree, "variables").and_then(|variables| entry(&variables.value, name));
        let Some(declared) = declared else { return Err(Left::Built(text)) };
        if let Some(env) = environment(tree, name) {
            return Err(Left::Environment { env, variable: name.to_owned() });
        }
        if !seen.insert(name.to_owned()) {
            continue;
        }
        match &declared.value.yaml {
            Yaml::Map(_) if entry(&declared.value, "from_env").is_some() => return Err(Left::Process(name.to_owned())),
            Yaml::Map(entries) => {
                let texts = entries.iter().filter(|entry| ["value", "default"].contains(&entry.key.as_str()));
                open.extend(texts.filter_map(|entry| text_of(&entry.value)));
            }
            _ => open.extend(text_of(&declared.value)),
        }
    }
    Ok(())
}

fn text_of(node: &Parsed) -> Option<String> {
    match &node.yaml {
        Yaml::Text(text) => Some(text.clone()),
        _ => None,
    }
}

/// The first environment of the file that sets a variable.
fn environment(tree: &Parsed, variable: &str) -> Option<String> {
    let environments = &entry(tree, "environments")?.value;
    let Yaml::Map(environments) = &environments.yaml else { return None };
    let sets = |value: &Parsed| entry(value, "variables").is_some_and(|own| entry(&own.value, variable).is_some());
    environments.iter().find(|environment| sets(&environment.value)).map(|environment| environment.key.clone())
}
