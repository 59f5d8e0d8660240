//! What Lambda refuses of a function.

use crate::contract::Rule;

mod destinations;
mod durable;
pub mod environment;
mod file_systems;
mod image;
mod network;
mod permissions;
mod provisioned;
mod settings;
mod snap_start;

/// All of them, by subject.
pub(super) const RULES: &[&[Rule]] = &[
    settings::RULES,
    environment::RULES,
    permissions::RULES,
    snap_start::RULES,
    file_systems::RULES,
    network::RULES,
    image::RULES,
    durable::RULES,
    destinations::RULES,
    provisioned::RULES,
];
