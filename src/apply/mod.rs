//! Carrying a plan out: what is ready starts, what depends on a failure is left out, everything
//! that was written is read back.

pub mod events;
mod order;
mod recovery;
mod scheduler;
mod step;
mod strangers;
mod verify;

pub use events::{Event, EventKind, Fault, Outcome, Report};
pub use scheduler::{ApplyCx, apply, attribute};
