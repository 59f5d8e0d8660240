//! Digests of the sources of a stack: what tells whether code has changed.

use std::sync::Arc;

use serde_json::Value;

use crate::error::Error;
use crate::kinds;
use crate::model::{Desired, ResourceId};
use crate::package::{PackageError, Sources};

/// The digests of all sources: whether code has changed is decided without a zip.
pub async fn of(desired: &Desired, sources: &Arc<Sources>) -> Result<Vec<(ResourceId, String)>, Error> {
    let nodes = desired.nodes.values();
    let (ids, artifacts): (Vec<_>, Vec<_>) = nodes.filter_map(|node| Some((node.id.clone(), node.artifact.clone()?))).unzip();
    let sources = Arc::clone(sources);
    let digests = tokio::task::spawn_blocking(move || sources.digests(&artifacts));
    Ok(ids.into_iter().zip(joined(digests.await)?).collect())
}

/// Writes them where they are compared.
pub fn record(desired: &mut Desired, digests: Vec<(ResourceId, String)>) {
    for (id, digest) in digests {
        let Some(node) = desired.nodes.get_mut(&id) else { continue };
        node.spec["code"] = Value::from(kinds::driver(&id.kind).map_or(digest.as_str(), |driver| driver.code(&digest)));
        if let Some(artifact) = &mut node.artifact {
            artifact.digest = digest;
        }
    }
}

pub(super) fn joined<T>(result: Result<Result<T, PackageError>, tokio::task::JoinError>) -> Result<T, Error> {
    match result {
        Ok(result) => Ok(result?),
        Err(error) => Err(Error::Broken { what: "packaging", source: error }),
    }
}
