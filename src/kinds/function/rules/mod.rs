//! What Lambda refuses of a function.

use crate::contract::Rule;

pub mod environment;
mod permissions;
mod settings;
mod snap_start;

/// All of them, by subject.
pub(super) const RULES: &[&[Rule]] = &[settings::RULES, environment::RULES, permissions::RULES, snap_start::RULES];
