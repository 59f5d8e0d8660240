//! What stands in a file and where: the tree with its places, what is wrong and how it is shown, the
//! scalars and documents of the file format, and variables. Nothing here knows a resource kind.

pub mod budget;
pub mod diagnostic;
pub mod duration;
pub mod edit;
pub mod emit;
pub mod expiry;
pub mod layout;
pub mod loaded;
pub mod naming;
pub mod node;
pub mod policy;
pub mod scalar;
mod shown;
pub mod stored;
pub mod taint;
pub mod times;
pub mod typed;
mod unparsed;
mod unreadable;
pub mod vars;
pub mod word;
pub mod workload;
pub mod yaml;

pub use diagnostic::Diagnostic;
pub use loaded::Loaded;
