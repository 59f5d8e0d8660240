//! The registry of resource kinds. A kind is a folder here and a line in [`registry`].

use crate::contract::{Driver, Erased, FailsTo};
use crate::model::plan::NotNormal;
use crate::model::{Desired, Node, ResourceId, Step};
use crate::source::stored::Places;

pub mod alarm;
pub mod bucket;
mod bucket_name;
pub mod bus;
pub mod function;
pub mod keys;
pub mod layer;
pub mod log_group;
pub mod queue;
pub mod role;
pub mod rule;
pub mod schedule;
pub mod schedule_group;
pub mod service;
pub mod state_machine;
pub mod stream;
pub mod table;
pub mod topic;
pub mod triggers;

/// Every kind that etlctl knows.
pub fn registry() -> &'static [&'static dyn Driver] {
    &[
        &Erased::<alarm::Alarm>::NEW,
        &Erased::<bucket::Bucket>::NEW,
        &Erased::<bus::Bus>::NEW,
        &Erased::<function::Function>::NEW,
        &Erased::<layer::Layer>::NEW,
        &Erased::<log_group::LogGroup>::NEW,
        &Erased::<queue::Queue>::NEW,
        &Erased::<role::Role>::NEW,
        &Erased::<rule::EventRule>::NEW,
        &Erased::<schedule::Schedule>::NEW,
        &Erased::<schedule_group::ScheduleGroup>::NEW,
        &Erased::<stream::Stream>::NEW,
        &Erased::<table::Table>::NEW,
        &Erased::<state_machine::StateMachine>::NEW,
        &Erased::<topic::Topic>::NEW,
    ]
}

/// Where stored values may stand in a stack file.
pub fn stored_places() -> Places {
    let mut places = Places::default();
    for kind in registry() {
        kind.stored().iter().for_each(|map| places.add(kind.name(), kind.section(), map));
    }
    places
}

/// Every resource of these that sends what failed somewhere, and where to.
///
/// # Errors
/// The resource whose spec is none of its kind.
pub fn failing(desired: &Desired) -> Result<Vec<(&Node, FailsTo)>, (ResourceId, NotNormal)> {
    let mut all = Vec::new();
    for node in desired.nodes.values() {
        let Some(driver) = driver(&node.id.kind) else { continue };
        let to = driver.fails_to(&desired.resolved(node)).map_err(|reason| (node.id.clone(), reason))?;
        all.extend(to.into_iter().map(|to| (node, to)));
    }
    Ok(all)
}

/// The driver of a kind, by the kind's name.
pub fn driver(kind: &str) -> Option<&'static dyn Driver> {
    registry().iter().copied().find(|driver| driver.name() == kind)
}

/// The name of a step's resource without the bus or group that stands before it.
pub fn own_name(step: &Step) -> &str {
    driver(&step.id.kind).map_or(step.name.as_str(), |driver| driver.name_in_file(&step.name))
}

/// The driver of a section of the stack file.
pub fn driver_of_section(section: &str) -> Option<&'static dyn Driver> {
    registry().iter().copied().find(|driver| driver.section() == section)
}
