//! Where the definition of a state machine stands, with its places: in the stack file, as a mapping or as
//! JSON text, or in a file beside it.

use serde_json::Value;

use super::StateMachine;
use super::file::StateMachineFile;
use crate::contract::{Expand, Kind};
use crate::model::ResourceId;
use crate::source::node::{Node, Yaml};

/// The definition that the file asks for; none where there is none, which was told.
pub(super) fn read(cx: &mut Expand<'_>, key: &str, file: &StateMachineFile) -> Option<Value> {
    let place = cx.place(StateMachine::SECTION, key, "");
    match (&file.definition, &file.source) {
        (None, Some(source)) => {
            let id = ResourceId::new(StateMachine::NAME, key);
            let of = |name: &str| cx.place_within(StateMachine::SECTION, key, &["substitutions", name]);
            let own = file.substitutions.iter().map(|(name, value)| (name.clone(), Node::of_json(value, of(name)))).collect();
            cx.document(id, (StateMachine::SECTION, key, "source"), source, own).map(Node::to_json)
        }
        (Some(written), None) => {
            if !file.substitutions.is_empty() {
                let place = cx.place(StateMachine::SECTION, key, "substitutions");
                let message = format!("state_machines.{key}: substitutions are for the file of `source`");
                cx.problem(place, message, "write variables and references into the definition");
            }
            of_text(written).map_or_else(
                |error| {
                    let place = cx.place(StateMachine::SECTION, key, "definition");
                    let message = format!("state_machines.{key}: the definition is no JSON: {error}");
                    cx.problem(place, message, "write it as a mapping, or mend the JSON");
                    None
                },
                Some,
            )
        }
        (None, None) => {
            cx.problem(place, format!("state_machines.{key} has no definition"), "add `definition:` or `source:`");
            None
        }
        (Some(_), Some(_)) => {
            cx.problem(place, format!("state_machines.{key} has two definitions"), "keep one of `definition` and `source`");
            None
        }
    }
}

fn of_text(written: &Value) -> Result<Value, serde_json::Error> {
    written.as_str().map_or_else(|| Ok(written.clone()), serde_json::from_str)
}

/// The tree of a definition that stands in the stack file.
pub(super) fn in_stack(written: &Node) -> Option<Node> {
    match &written.yaml {
        Yaml::Text(text) => Some(Node::of_json(&serde_json::from_str(text).ok()?, written.place)),
        _ => Some(written.clone()),
    }
}
