//! The registry of resource kinds. A kind is a folder here and a line in [`registry`].

use crate::contract::{Driver, Erased};

pub mod alarm;
pub mod function;
pub mod layer;
pub mod log_group;
pub mod queue;
pub mod role;
pub mod topic;

/// Every kind that etlctl knows.
pub fn registry() -> &'static [&'static dyn Driver] {
    &[
        &Erased::<alarm::Alarm>::NEW,
        &Erased::<function::Function>::NEW,
        &Erased::<layer::Layer>::NEW,
        &Erased::<log_group::LogGroup>::NEW,
        &Erased::<queue::Queue>::NEW,
        &Erased::<role::Role>::NEW,
        &Erased::<topic::Topic>::NEW,
    ]
}

/// The driver of a kind, by the kind's name.
pub fn driver(kind: &str) -> Option<&'static dyn Driver> {
    registry().iter().copied().find(|driver| driver.name() == kind)
}

/// The driver of a section of the stack file.
pub fn driver_of_section(section: &str) -> Option<&'static dyn Driver> {
    registry().iter().copied().find(|driver| driver.section() == section)
}
