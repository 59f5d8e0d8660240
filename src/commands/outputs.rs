//! `etlctl outputs`: what is deployed, in the words of the file.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::session::{Connected, Session, attributes};
use super::stacks;
use crate::apply::attribute;
use crate::cli::{Global, OutputFormat};
use crate::error::{Error, exit};
use crate::live;
use crate::model::plan::{Conflict, Obstacle};
use crate::model::reference::{Reference, plain, references_in, resolve_text};
use crate::model::secret::{HIDDEN, looks_secret};
use crate::model::{Attributes, Node, ResourceId};
use crate::report;
use crate::report::assignments::Refused;
use crate::report::outputs::{StackOutputs, render};
use crate::source::Loaded;
use crate::source::diagnostic::suggest;

pub async fn run(global: &Global, name: Option<&str>, format: OutputFormat, show_sensitive: bool) -> Result<u8, Error> {
    let stacks = stacks::load(global)?;
    let session = Session::open(global, stacks).await?;
    let mut all = Vec::new();
    let mut missing = Vec::new();
    for Connected { loaded, read, .. } in &session.connected {
        let live = live::read(read, &loaded.desired.nodes, false).await?.live;
        let obstacles: BTreeMap<ResourceId, Obstacle> =
            live.iter().filter_map(|(id, seen)| Some((id.clone(), Obstacle::of(&loaded.scope, &seen.owner)?))).collect();
        let mut known = attributes(loaded, &live);
        known.retain(|id, _| !obstacles.contains_key(id));
        missing
            .extend(unresolved(loaded, &known).into_iter().map(|(output, reference)| (output, WhyNot::of(loaded, &reference, &obstacles))));
        all.push(of(loaded, &known));
    }
    if let Some(name) = name {
        let found = all.iter().flat_map(|outputs| &outputs.values).find(|(key, _)| key == name);
        let Some((_, value)) = found else {
            let known = session.loaded().flat_map(|loaded| loaded.desired.outputs.iter().map(|(key, _)| key.as_str()));
            return Err(not_there(name, known, &missing));
        };
        report::asked_for(&format!("{value}\n"));
        return Ok(exit::DONE);
    }
    if show_sensitive {
        report::asked_for(&render(&all, format).map_err(|why| refused(&why))?);
    } else {
        let left_out: Vec<String> = all.iter_mut().flat_map(|outputs| outputs.hide(format)).collect();
        let text = render(&all, format).map_err(|why| refused(&why))?;
        match format {
            OutputFormat::Text => report::data(&text),
            OutputFormat::Json => report::values(&text),
            OutputFormat::Dotenv | OutputFormat::Shell | OutputFormat::Github => report::exact(&text),
        }
        for name in left_out {
            report::tell(&format!("{name} is left out, it is {HIDDEN}: pass --show-sensitive, or ask for it by name"));
        }
    }
    for (output, why) in &missing {
        report::tell(&format!("{output} is left out: {why}"));
    }
    Ok(if missing.is_empty() { exit::DONE } else { exit::FAILED })
}

fn refused(why: &Refused) -> Error {
    let hint = match why {
        Refused::Value { name, .. } => format!("read it with `etlctl outputs {name}` or --format json, which take any value"),
        Refused::Name { .. } | Refused::Acting { .. } | Refused::Same { .. } => {
            "give the output another name in the stack file, or use --format json".to_owned()
        }
    };
    Error::Usage { message: why.to_string(), hint }
}

/// Outputs whose resources are there.
pub fn of(loaded: &Loaded, known: &BTreeMap<ResourceId, Attributes>) -> StackOutputs {
    let missing = unresolved(loaded, known);
    let values: Vec<(String, String)> = loaded
        .desired
        .outputs
        .iter()
        .filter(|(name, _)| missing.iter().all(|(output, _)| output != name))
        .map(|(name, text)| (name.clone(), plain(&resolve_text(text, &|reference| attribute(known, reference)))))
        .collect();
    let known = loaded.desired.secrets.mask();
    let is_sensitive = |(name, value): &&(String, String)| looks_secret(name, value) || known.hides(&Value::from(value.as_str()));
    let sensitive = values.iter().filter(is_sensitive).map(|(name, _)| name.clone()).collect();
    StackOutputs { stack: loaded.scope.stack.clone(), values, sensitive }
}

fn unresolved(loaded: &Loaded, known: &BTreeMap<ResourceId, Attributes>) -> Vec<(String, Reference)> {
    let missing = |text: &str| references_in(text).find(|reference| attribute(known, reference).is_none());
    loaded.desired.outputs.iter().filter_map(|(name, text)| Some((name.clone(), missing(text)?))).collect()
}

/// Why an output has no value.
#[derive(Debug)]
enum WhyNot {
    /// This reference names what is not there.
    Missing(String),
    /// This reference names what somebody else has made.
    NotOurs(String, Conflict),
}

impl WhyNot {
    fn of(loaded: &Loaded, reference: &Reference, obstacles: &BTreeMap<ResourceId, Obstacle>) -> Self {
        let taken = loaded.desired.target(reference).and_then(|node| Some((node, obstacles.get(&node.id)?)));
        match taken {
            Some((Node { id, name, .. }, obstacle)) => {
                Self::NotOurs(reference.to_string(), Conflict { id: id.clone(), name: name.clone(), obstacle: obstacle.clone() })
            }
            None => Self::Missing(reference.to_string()),
        }
    }
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(reference) => write!(f, "{reference} is not deployed; run etlctl apply"),
            Self::NotOurs(reference, Conflict { id, name, obstacle }) => {
                write!(f, "{reference} is not this stack's: {id} ({name}) {obstacle}")
            }
        }
    }
}

fn not_there<'a>(name: &str, known: impl Iterator<Item = &'a str>, missing: &[(String, WhyNot)]) -> Error {
    match missing.iter().find(|(output, _)| output == name) {
        Some((_, WhyNot::Missing(reference))) => Error::NotDeployed { what: format!("output `{name}` has no value: {reference}") },
        Some((_, WhyNot::NotOurs(_, conflict))) => Error::NotOurs(vec![conflict.clone()]),
        None => Error::Usage { message: format!("there is no output `{name}`"), hint: suggest(name, known) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The files are right; it is the same failure as of all outputs.
    #[test]
    fn an_output_that_is_not_deployed_is_a_failure_and_an_unknown_one_a_mistake() {
        let missing = [("q".to_owned(), WhyNot::Missing("queues.q.url".to_owned()))];
        let of = |name: &str| not_there(name, std::iter::once("q"), &missing);
        assert_eq!((of("q").exit_code(), of("p").exit_code()), (exit::FAILED, exit::USAGE));
        assert_eq!(of("q").to_string(), "output `q` has no value: queues.q.url is not deployed");
    }
}
