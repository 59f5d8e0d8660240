//! A stack file as a whole: find, load, substitute, type, expand into [`crate::model::Desired`].
//!
//! Nothing here talks to AWS, so whatever is wrong with a file is told before the first call.

pub mod expand;
pub mod find;
pub mod format;
pub mod load;
mod merge;
mod naming;
pub mod schema;
pub mod siblings;

pub use load::{Choice, load};
