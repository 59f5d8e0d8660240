//! One resource read by itself.

use super::{Driver, KindError, ReadCx};
use crate::model::{Node, Seen};

/// Reads one resource anew, as the desired side means it.
///
/// # Errors
/// The read failed, or its answer is no spec of the kind.
pub async fn read_as_meant(driver: &dyn Driver, cx: &ReadCx, node: &Node) -> Result<Option<Seen>, KindError> {
    let Some(seen) = driver.read(&cx.fresh(), std::slice::from_ref(&node.name)).await?.pop() else { return Ok(None) };
    Ok(Some(driver.chosen(&cx.scope, &node.spec, &seen)?.unwrap_or(seen)))
}
