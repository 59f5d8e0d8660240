//! What `watch` decides: which drift is new, which of it is healed, and when it gives up. Pure: who calls
//! says what time it is.

pub mod choice;
mod fights;
mod figures;
mod part;
mod pending;
pub mod policy;
mod rhythm;
mod told;

pub use choice::{Chosen, Cx, Left, choose};
pub use fights::{Fights, Held, WHOLE};
pub use figures::Figures;
pub use pending::{Found, Pending};
pub use policy::{Forbidden, Part, Policy, Words};
pub use rhythm::{Health, Rhythm};
pub use told::Drifts;
