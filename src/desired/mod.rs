//! From stack files to [`crate::model::Desired`]: find, parse, substitute, type, expand.
//!
//! Nothing here talks to AWS, so whatever is wrong with a file is told before the first call.

mod budget;
pub mod diagnostic;
pub mod duration;
pub mod expand;
pub mod find;
pub mod format;
pub mod load;
pub mod merge;
mod naming;
pub mod node;
pub mod schema;
mod shown;
pub mod siblings;
pub mod stored;
mod taint;
pub mod typed;
mod unparsed;
pub mod vars;

pub use diagnostic::Diagnostic;
pub use load::{Choice, Loaded, load};
