//! What a plan's resources stand on and the stack does not make, such as a role of another tool: whether
//! it is there, asked once each, before anything is written. What may not be read is not said to be
//! missing.

use std::collections::BTreeSet;

use serde_json::Value;

use super::planned::PlannedStack;
use super::preflight::finding;
use crate::aws::AwsError;
use crate::contract::ReadCx;
use crate::kinds;
use crate::model::reference::opens_variable;
use crate::model::{Action, Step};
use crate::source::Diagnostic;

/// What is named and not there.
pub(super) async fn missing(stack: &PlannedStack) -> Result<Vec<Diagnostic>, AwsError> {
    let (mut findings, mut asked) = (Vec::new(), BTreeSet::new());
    let known: BTreeSet<&str> = stack.planned.known.values().filter_map(|known| known.get("arn")).map(String::as_str).collect();
    for step in &stack.planned.plan.steps {
        for (field, arn) in named(stack, step) {
            if known.contains(arn.as_str()) || opens_variable(&arn) || !asked.insert(arn.clone()) {
                continue;
            }
            if let Some(kind) = missing_kind(&stack.read, &arn).await? {
                let fix = format!("create the {kind} first, or name one that is there");
                findings.push(finding(stack, "E804", &step.id, field, format!("there is no {kind} {arn}"), fix));
            }
        }
    }
    Ok(findings)
}

/// ARNs that the step writes and AWS looks for, with their field.
fn named(stack: &PlannedStack, step: &Step) -> Vec<(&'static str, String)> {
    let fields = kinds::driver(&step.id.kind).map_or(&[][..], |driver| driver.stands_on());
    let Some(node) = stack.planned.sides.get(&step.id).and_then(|sides| sides.want.as_ref()) else { return Vec::new() };
    let is_written = |field: &&&str| match step.action {
        Action::Create | Action::Replace => true,
        Action::Update | Action::Adopt => step.changes.iter().any(|change| change.is_in(top(field))),
        Action::Delete | Action::Release | Action::Keep => false,
    };
    let texts = |field: &'static str| {
        let found = field.split('.').fold(vec![&node.spec], |found, part| match part {
            "*" => found.into_iter().filter_map(Value::as_object).flat_map(|map| map.values()).collect(),
            part => found.into_iter().filter_map(|value| value.get(part)).collect(),
        });
        let items = found.into_iter().flat_map(|value| value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice));
        items.filter_map(|item| Some((top(field), item.as_str()?.to_owned()))).collect::<Vec<_>>()
    };
    fields.iter().filter(is_written).flat_map(|field| texts(field)).collect()
}

/// The field of a spec in which a path begins.
fn top(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

/// The kind of what is not there.
async fn missing_kind(read: &ReadCx, arn: &str) -> Result<Option<&'static str>, AwsError> {
    for driver in kinds::registry() {
        match driver.exists(read, arn).await {
            Ok(None) => {}
            Ok(Some(is_there)) => return Ok((!is_there).then(|| driver.name())),
            Err(error) if error.is_denied() => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}
