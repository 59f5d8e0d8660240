//! What the code of a function and its layers are made for.

use crate::evidence::{Machine, Refusal};
use crate::model::reference::references_in;
use crate::model::{Artifact, Desired, Node};
use crate::package::PackageError;
use crate::package::machine::{Obstacle, against_arm};

/// Whether a function can run on arm64, as far as its files tell.
pub fn machine(node: &Node, desired: &Desired) -> Machine {
    match against(node, desired) {
        None => Machine::Any,
        Some(refusal) => Machine::Not(refusal),
    }
}

fn against(node: &Node, desired: &Desired) -> Option<Refusal> {
    let Some(artifact) = node.artifact.as_ref() else { return Some(Refusal::NoSources) };
    if let Some(found) = obstacle(artifact, &node.id.to_string()) {
        return Some(found);
    }
    let layers = node.spec["layers"].as_array().map(Vec::as_slice).unwrap_or_default();
    layers.iter().filter_map(|layer| layer.as_str()).find_map(|layer| of_layer(layer, desired))
}

fn of_layer(layer: &str, desired: &Desired) -> Option<Refusal> {
    let ours = references_in(layer).find_map(|reference| desired.target(&reference).cloned());
    let Some((node, artifact)) = ours.and_then(|node| Some((node.clone(), node.artifact?))) else {
        return Some(Refusal::ForeignLayer { layer: layer.to_owned() });
    };
    let listed = node.spec["architectures"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !listed.is_empty() && !listed.iter().any(|one| one.as_str() == Some("arm64")) {
        return Some(Refusal::Layer { layer: node.id.to_string() });
    }
    obstacle(&artifact, &node.id.to_string())
}

fn obstacle(artifact: &Artifact, of: &str) -> Option<Refusal> {
    match against_arm(artifact) {
        Ok(None) => None,
        Ok(Some(Obstacle::Code { file, machine })) => Some(Refusal::MachineCode { file: format!("{of}: {file}"), machine }),
        Ok(Some(Obstacle::Installed)) => Some(Refusal::Installed { what: of.to_owned() }),
        Err(error) => Some(Refusal::Unreadable { why: PackageError::to_string(&error) }),
    }
}
