//! What `invoke` and `logs` are about, by its key in the stack files: a function or a state machine.

use std::collections::BTreeSet;

use super::session::{Connected, Session};
use crate::aws::AwsError;
use crate::contract::{Kind, ReadCx, WriteCx};
use crate::error::Error;
use crate::kinds::function::Function;
use crate::kinds::state_machine::StateMachine;
use crate::model::{Node, ResourceId, Scope};
use crate::source::diagnostic::suggest;

/// What the files name, and access to where it is deployed.
pub struct Deployed {
    /// Address in the stack file.
    pub id: ResourceId,
    /// Physical name.
    pub name: String,
    /// What it is.
    pub what: What,
    /// Paths of its spec whose values nobody may see.
    pub sensitive: BTreeSet<String>,
    /// Its log group; none where it logs nothing.
    pub log_group: Option<String>,
    /// Read-only access.
    pub read: ReadCx,
    /// Access.
    pub write: WriteCx,
}

impl Deployed {
    /// What a call that runs it came to.
    pub fn failed(&self, error: AwsError) -> Error {
        if error.is_missing() {
            not_deployed(&self.name)
        } else if error.is_in_doubt() {
            let logs = format!("etlctl logs {} --env {}", self.id.name, self.read.scope.env);
            Error::MayHaveRun { cause: Box::new(error), logs }
        } else {
            error.into()
        }
    }
}

/// What can be invoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A function.
    Function {
        /// Alias that callers use; none for the function itself.
        alias: Option<String>,
    },
    /// A state machine.
    StateMachine {
        /// Whether its executions leave no history.
        express: bool,
    },
}

/// Kinds that are looked for.
const KINDS: [&str; 2] = [Function::NAME, StateMachine::NAME];

/// Finds `word`, a key, a physical name, or an address such as `function/<key>`.
///
/// # Errors
/// No selected stack has it, or more than one thing is called so.
pub fn find(session: &Session, word: &str) -> Result<Deployed, Error> {
    let (kind, key) = match word.split_once('/') {
        Some((kind, key)) if KINDS.contains(&kind) => (Some(kind), key),
        _ => (None, word),
    };
    let all = session.connected.iter().flat_map(|stack| stack.loaded.desired.nodes.values().map(move |node| (stack, node)));
    let is_meant = |name: &str| KINDS.contains(&name) && kind.is_none_or(|kind| kind == name);
    let candidates: Vec<_> = all.filter(|(_, node)| is_meant(&node.id.kind)).collect();
    let found: Vec<_> = candidates.iter().filter(|(_, node)| node.id.name == key || node.name == key).collect();
    match found[..] {
        [(stack, node)] => Ok(of(session, stack, node)),
        [] => {
            let called = called(kind);
            let hint = suggest(key, candidates.iter().map(|(_, node)| node.id.name.as_str()));
            Err(Error::Usage { message: format!("no selected stack has a {called} `{key}`"), hint })
        }
        [(_, first), (_, second), ..] if first.id.kind != second.id.kind => {
            let message = format!("`{key}` is a function and a state machine");
            Err(Error::Usage { message, hint: format!("write {} or {}", first.id, second.id) })
        }
        [(_, first), ..] => {
            let message = format!("more than one stack has a {} `{key}`", called(Some(&first.id.kind)));
            Err(Error::Usage { message, hint: "choose one with --stack".into() })
        }
    }
}

/// All functions and state machines of the selected stacks.
pub fn all(session: &Session) -> Vec<Deployed> {
    let all = session.connected.iter().flat_map(|stack| stack.loaded.desired.nodes.values().map(move |node| (stack, node)));
    all.filter(|(_, node)| KINDS.contains(&node.id.kind.as_str())).map(|(stack, node)| of(session, stack, node)).collect()
}

/// All functions of the stack of this scope.
pub fn functions(session: &Session, scope: &Scope) -> Vec<Deployed> {
    let of_it = |one: &Deployed| one.id.kind == Function::NAME && one.read.scope.stack == scope.stack;
    all(session).into_iter().filter(of_it).collect()
}

fn of(session: &Session, stack: &Connected, node: &Node) -> Deployed {
    let (read, write) = (stack.read.clone(), session.write(stack));
    let spec = stack.loaded.desired.resolved(node);
    let text = |value: &serde_json::Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let (what, log_group) = if node.id.kind == Function::NAME {
        (What::Function { alias: alias(&spec) }, text(&spec["logging"]["log_group"]))
    } else {
        let arn = text(&spec["logging"]["log_group"]);
        (What::StateMachine { express: spec["type"] == "EXPRESS" }, arn.and_then(|arn| group_of(&arn)))
    };
    Deployed { id: node.id.clone(), name: node.name.clone(), what, sensitive: node.sensitive.clone(), log_group, read, write }
}

/// Alias that callers of a function use.
pub fn alias(spec: &serde_json::Value) -> Option<String> {
    spec["aliases"].as_object().and_then(|aliases| aliases.keys().next().cloned())
}

/// What a kind is called.
fn called(kind: Option<&str>) -> &'static str {
    match kind {
        Some(StateMachine::NAME) => "state machine",
        Some(_) => "function",
        None => "function or state machine",
    }
}

/// The name in `arn:…:log-group:<name>:*`.
fn group_of(arn: &str) -> Option<String> {
    let (_, rest) = arn.split_once(":log-group:")?;
    Some(rest.strip_suffix(":*").unwrap_or(rest).to_owned())
}

/// What a call says of what is not there.
pub fn not_deployed(name: &str) -> Error {
    Error::NotDeployed { what: name.to_owned() }
}
