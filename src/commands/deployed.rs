//! A function by its key in the stack files.

use super::session::Session;
use crate::contract::{Kind, ReadCx, WriteCx};
use crate::error::Error;
use crate::kinds::function::Function;
use crate::source::diagnostic::suggest;

/// A function as the files name it, and access to where it is deployed.
pub struct Deployed {
    /// Physical name.
    pub name: String,
    /// Alias that callers use; none for the function itself.
    pub alias: Option<String>,
    /// Its log group.
    pub log_group: String,
    /// Read-only access.
    pub read: ReadCx,
    /// Access.
    pub write: WriteCx,
}

/// Finds `function`, which may be written `function/<key>`.
///
/// # Errors
/// No selected stack has it, or more than one has.
pub fn find(session: &Session, function: &str) -> Result<Deployed, Error> {
    let key = function.strip_prefix("function/").unwrap_or(function);
    let all = session.connected.iter().flat_map(|stack| stack.loaded.desired.nodes.values().map(move |node| (stack, node)));
    let functions: Vec<_> = all.filter(|(_, node)| node.id.kind == Function::NAME).collect();
    let found: Vec<_> = functions.iter().filter(|(_, node)| node.id.name == key || node.name == key).collect();
    match found[..] {
        [(stack, node)] => {
            let (read, write) = (stack.read.clone(), session.write(stack));
            let alias = node.spec["aliases"].as_object().and_then(|aliases| aliases.keys().next().cloned());
            let log_group = node.spec["logging"]["log_group"].as_str().unwrap_or_default().to_owned();
            Ok(Deployed { name: node.name.clone(), alias, log_group, read, write })
        }
        [] => {
            let hint = suggest(key, functions.iter().map(|(_, node)| node.id.name.as_str()));
            Err(Error::Usage { message: format!("no selected stack has a function `{key}`"), hint })
        }
        _ => Err(Error::Usage { message: format!("more than one stack has a function `{key}`"), hint: "choose one with --stack".into() }),
    }
}

/// What a call says of a function that is not there.
pub fn not_deployed(name: &str) -> Error {
    Error::NotDeployed { what: name.to_owned() }
}
