//! The rules, a file a subject. Each file has a list of its rules; [`groups`] has the lists.

use super::Rule;

pub mod alarm_sense;
pub mod arns;
mod contents;
pub mod cross_stack;
pub mod deliveries;
pub mod entries;
pub mod event_source_kinds;
pub mod event_source_streams;
pub mod event_sources;
pub mod event_targets;
mod expiry;
mod exports;
pub mod handlers;
mod heal;
pub mod iam;
mod iam_documents;
mod iam_grants;
pub mod iam_limits;
pub mod iam_needs;
pub mod iam_resources;
pub mod installers;
pub mod layers;
mod lookup;
pub mod members;
pub mod moved;
mod notifications;
pub mod operations;
pub mod packages;
mod policy_sizes;
pub mod principals;
pub mod privilege;
pub mod regions;
pub mod runtimes;
mod schedules;
mod service_roles;
pub mod state_machines;
pub mod tags;

pub(super) use crate::kinds::role::managed::unreadable;

/// All lists of rules.
pub fn groups() -> &'static [&'static [Rule]] {
    &[
        runtimes::RULES,
        handlers::RULES,
        deliveries::RULES,
        event_targets::RULES,
        event_source_streams::RULES,
        event_sources::RULES,
        event_source_kinds::RULES,
        notifications::RULES,
        tags::RULES,
        expiry::RULES,
        moved::RULES,
        layers::RULES,
        packages::RULES,
        installers::RULES,
        iam::RULES,
        iam_resources::RULES,
        iam_limits::RULES,
        iam_needs::RULES,
        alarm_sense::RULES,
        arns::RULES,
        members::RULES,
        cross_stack::RULES,
        entries::RULES,
        regions::RULES,
        policy_sizes::RULES,
        principals::RULES,
        privilege::RULES,
        operations::RULES,
        schedules::RULES,
        service_roles::RULES,
        state_machines::RULES,
        heal::RULES,
    ]
}
