//! What somebody else made of a resource since it was planned.

use serde_json::Value;

use crate::contract::Driver;
use crate::model::plan::NotNormal;
use crate::model::{Change, Node, Seen};

/// Fields that somebody else has brought to what is not desired here: what is left to do was not
/// planned, or not from there. Where nothing was planned from, that is all that has a value. A read that
/// lags shows what was planned from, and so nobody.
pub(super) fn strangers(driver: &dyn Driver, node: &Node, have: Option<&Seen>, left: &[Change]) -> Result<Vec<String>, NotNormal> {
    let planned = match have {
        Some(have) => driver.compare(&node.spec, have, node.artifact.as_ref())?.changes,
        None => Vec::new(),
    };
    let is_known = |change: &Change| match have {
        Some(_) => planned.iter().any(|planned| planned.path == change.path && planned.before == change.before),
        None => is_nothing(change.before.true_value()),
    };
    Ok(left.iter().filter(|change| !is_known(change)).map(|change| change.path.clone()).collect())
}

/// Whether what AWS guards of the resource is as wanted by now, and was not when it was planned: then it
/// was written from here, or from the same files, and what is left beside it is to be written too.
pub(super) fn has_passed_guard(driver: &dyn Driver, node: &Node, have: Option<&Seen>, left: &[Change]) -> Result<bool, NotNormal> {
    let paths = |changes: &[Change]| changes.iter().map(|change| change.path.clone()).collect::<Vec<_>>();
    let was_open = match have {
        Some(have) => !are_beside_guard(driver, &paths(&driver.compare(&node.spec, have, node.artifact.as_ref())?.changes)),
        None => true,
    };
    Ok(was_open && are_beside_guard(driver, &paths(left)))
}

/// Whether all of these are written whatever AWS guards of their kind: whose the guarded fields are may
/// write these too.
pub(super) fn are_beside_guard(driver: &dyn Driver, fields: &[String]) -> bool {
    let name = |path: &str| path.split(['.', '[']).next().unwrap_or_default().to_owned();
    driver.beside_guard().is_some_and(|beside| fields.iter().all(|path| beside.contains(&name(path).as_str())))
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
    }
}
