//! Reading live AWS: one wave of concurrent reads, all kinds and all names at once, and with it the
//! search for what carries the stack's mark; then one more for what that search alone found.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;

use crate::aws::AwsError;
use crate::kinds::{self, Driver, ReadCx};
use crate::model::{Live, Node, ResourceId, Seen};

/// Reads what `nodes` name and what carries the stack's mark.
///
/// # Errors
/// The first call that failed.
pub async fn read(cx: &ReadCx, nodes: &BTreeMap<ResourceId, Node>) -> Result<Live, AwsError> {
    let kinds = kinds::registry().iter().map(|driver| read_kind(cx, *driver, nodes));
    Ok(try_join_all(kinds).await?.into_iter().flatten().collect())
}

async fn read_kind(
    cx: &ReadCx,
    driver: &'static dyn Driver,
    nodes: &BTreeMap<ResourceId, Node>,
) -> Result<Vec<(ResourceId, Seen)>, AwsError> {
    let logical: BTreeMap<&str, &ResourceId> =
        nodes.values().filter(|node| node.id.kind == driver.name()).map(|node| (node.name.as_str(), &node.id)).collect();
    let wanted: Vec<String> = logical.keys().map(|name| (*name).to_owned()).collect();
    let (mut seen, owned) = futures_util::future::try_join(driver.read(cx, &wanted), driver.owned(cx)).await?;
    let others: BTreeSet<String> = owned.into_iter().filter(|name| !logical.contains_key(name.as_str())).collect();
    let others: Vec<String> = others.into_iter().collect();
    seen.extend(driver.read(cx, &others).await?);
    Ok(seen
        .into_iter()
        .map(|seen| {
            let id = logical.get(seen.name.as_str()).map_or_else(|| ResourceId::new(driver.name(), &seen.name), |id| (*id).clone());
            (id, seen)
        })
        .collect())
}
