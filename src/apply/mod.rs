//! Carrying a plan out: what is ready starts, what depends on a failure is left out, everything
//! that was written is read back.

mod aftermath;
mod critical;
mod estimate;
pub mod events;
mod forecast;
mod handover;
mod order;
mod path;
mod readback;
mod recovery;
mod scheduler;
mod spans;
mod step;
mod strangers;
mod verify;

pub use critical::{Explained, Floor, Part, Ran};
pub use events::{Event, EventKind, Fault, Outcome, Report};
pub use forecast::forecast;
pub use path::hanging;
pub use scheduler::{ApplyCx, apply, attribute};
