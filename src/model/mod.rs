//! The pure core: identities, ARN arithmetic, IAM documents in normal form, the structural diff,
//! the dependency graph and the plan. Nothing in here does IO, reads a clock or draws a random number,
//! and nothing in here imports a module of ours that does.

pub mod account;
pub mod against;
mod cause;
mod deletion;
pub mod desired;
pub mod diff;
pub mod endpoint;
pub mod fingerprint;
pub mod form;
pub mod graph;
pub mod guarded;
pub mod health;
pub mod id;
pub mod inventory;
pub mod lease;
pub mod live;
pub mod mark;
pub mod notes;
pub mod partition;
pub mod path;
pub mod plan;
pub mod planner;
pub mod policy;
pub mod reference;
pub mod scope;
pub mod secret;
mod spent;
pub mod stake;
pub mod stop;
pub mod stored;
mod trace;
pub mod wait;
pub mod watch;
pub mod who;

pub use account::Account;
pub use cause::Cause;
pub use desired::{Artifact, Desired, Node};
pub use diff::{Change, diff};
pub use endpoint::{EndpointKind, PaceBy, Reads};
pub use fingerprint::Fingerprint;
pub use guarded::Guarded;
pub use id::ResourceId;
pub use live::{Attributes, Live, Seen, Times, Unread};
pub use mark::{Mark, Owner, Reach};
pub use partition::Partition;
pub use plan::{Action, Plan, Step};
pub use scope::Scope;
pub use spent::Spent;
pub use stop::Stop;
pub use stored::Stored;
pub use trace::{Span, Timed};
pub use wait::Wait;
