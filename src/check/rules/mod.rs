//! The rules, a file a subject. Each file has a list of its rules; [`groups`] has the lists.

use super::Rule;

pub mod alarm_sense;
pub mod alarms;
mod common;
pub mod cross_stack;
pub mod environment;
pub mod event_sources;
mod exports;
pub mod functions;
pub mod handlers;
pub mod iam;
mod iam_documents;
mod iam_grants;
pub mod iam_limits;
pub mod iam_needs;
pub mod installers;
pub mod layers;
mod lookup;
pub mod names;
pub mod operations;
pub mod packages;
pub mod privilege;
pub mod queues;
pub mod regions;
pub mod runtimes;
pub mod snap_start;
pub mod tags;
pub mod topics;

/// All lists of rules.
pub fn groups() -> &'static [&'static [Rule]] {
    &[
        runtimes::RULES,
        handlers::RULES,
        snap_start::RULES,
        functions::RULES,
        event_sources::RULES,
        environment::RULES,
        names::RULES,
        tags::RULES,
        layers::RULES,
        packages::RULES,
        installers::RULES,
        iam::RULES,
        iam_limits::RULES,
        iam_needs::RULES,
        queues::RULES,
        topics::RULES,
        alarms::RULES,
        alarm_sense::RULES,
        cross_stack::RULES,
        regions::RULES,
        privilege::RULES,
        operations::RULES,
    ]
}
