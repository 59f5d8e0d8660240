//! A stack file as a whole: find, load, substitute, type, expand and link into
//! [`crate::model::Desired`]. What each section holds, its kind says.
//!
//! Nothing here talks to AWS, so whatever is wrong with a file is told before the first call.

mod defaults;
mod expand;
pub mod file;
pub mod find;
mod link;
pub mod load;
mod merge;
mod named;
pub mod naming;
pub mod schema;
mod siblings;
pub mod written;

pub use load::{Choice, load};
