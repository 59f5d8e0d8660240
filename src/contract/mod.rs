//! What a kind is and what it is given: the trait, the view of it without types, what reads and writes
//! have at hand, what a user's file is turned into specs with, rules, and what a kind says its
//! permissions with. Names no kind.

mod admitted;
mod batches;
mod context;
pub mod cost;
mod costed;
mod document;
mod driver;
mod error;
mod expand;
mod facts;
mod forms;
mod grants;
mod health;
mod kind;
mod locks;
mod look;
mod marks;
mod memo;
mod missing;
mod names;
mod needs;
pub mod notifications;
mod rows;
mod rule;
mod staged;
pub mod tags;
mod timed;
mod typing;
mod view;
pub mod written;

pub use batches::{Batch, Batches};
pub use context::{Package, Packager, ReadCx, Shared, WriteCx};
pub use costed::{Costed, TwoSides};
pub use driver::{Driver, Erased, read_as_meant};
pub use error::{KindError, Unpackaged};
pub use expand::{Expand, guard};
pub use facts::{Range, count_limit, length_limit, number_limit};
pub use forms::{NameForm, TagForm};
pub use grants::Grants;
pub use health::{Checked, Fails, FailsTo, Gauge, Healthy, Over, Patient};
pub use kind::{Found, Kind};
pub use locks::Locks;
pub use look::{Look, PassedOver};
pub use marks::Claim;
pub use missing::{done_if_missing, none_if_missing};
pub use names::{is_plain, name_of, names};
pub use needs::{Needs, Purpose};
pub use rows::{rows, rows_without_a_rule, span};
pub use rule::{Findings, Rule};
pub use staged::Staged;
pub use timed::Timed;
pub use view::{Asked, Resource, Resources, View};
pub use written::Written;
