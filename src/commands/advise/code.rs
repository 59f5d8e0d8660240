//! What the code of a function and its layers are made for.

use crate::evidence::{Machine, Refusal};
use crate::model::reference::references_in;
use crate::model::{Artifact, Desired, Node};
use crate::package::PackageError;
use crate::package::machine::{Made, Obstacle, made_for};

/// Whether a function can run on arm64, as far as its files tell.
pub fn machine(node: &Node, desired: &Desired) -> Machine {
    let Some(artifact) = node.artifact.as_ref() else { return Machine::Not(Refusal::NoSources) };
    let layers = node.spec["layers"].as_array().map(Vec::as_slice).unwrap_or_default();
    let layers = layers.iter().filter_map(|layer| layer.as_str()).map(|layer| of_layer(layer, desired));
    let mut foreign = None;
    for is in std::iter::once(of_artifact(artifact, &node.id.to_string())).chain(layers) {
        match is {
            Machine::Not(_) => return is,
            Machine::AnyBut { .. } => foreign = foreign.or(Some(is)),
            Machine::Any => {}
        }
    }
    foreign.unwrap_or(Machine::Any)
}

fn of_layer(layer: &str, desired: &Desired) -> Machine {
    let ours = references_in(layer).find_map(|reference| desired.target(&reference).cloned());
    let Some((node, artifact)) = ours.and_then(|node| Some((node.clone(), node.artifact?))) else {
        return Machine::Not(Refusal::ForeignLayer { layer: layer.to_owned() });
    };
    let listed = node.spec["architectures"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !listed.is_empty() && !listed.iter().any(|one| one.as_str() == Some("arm64")) {
        return Machine::Not(Refusal::Layer { layer: node.id.to_string() });
    }
    of_artifact(&artifact, &node.id.to_string())
}

fn of_artifact(artifact: &Artifact, of: &str) -> Machine {
    let place = |file: String| format!("{of}: {file}");
    Machine::Not(match made_for(artifact) {
        Ok(Made { obstacle: None, foreign: None }) => return Machine::Any,
        Ok(Made { obstacle: None, foreign: Some((file, format)) }) => {
            return Machine::AnyBut { file: place(file), format: format.to_owned() };
        }
        Ok(Made { obstacle: Some(Obstacle::Code { file, machine }), .. }) => Refusal::MachineCode { file: place(file), machine },
        Ok(Made { obstacle: Some(Obstacle::Installed), .. }) => Refusal::Installed { what: of.to_owned() },
        Ok(Made { obstacle: Some(Obstacle::Unseen { file }), .. }) => Refusal::Unseen { file: place(file) },
        Err(error) => Refusal::Unreadable { why: PackageError::to_string(&error) },
    })
}
