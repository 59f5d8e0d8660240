//! Code of which live AWS has no record of its sources: only what it holds can tell whether it is theirs.

use std::sync::Arc;

use super::digests::joined;
use crate::aws::download::download;
use crate::contract::{Code, Driver, ReadCx};
use crate::error::Error;
use crate::kinds;
use crate::model::{Desired, EndpointKind, Live, Owner, Seen};
use crate::package::{self, Sources, unpacked};
use crate::report;

/// Builds the zips of functions whose live code carries no record of its sources. What is adopted, and was
/// zipped by another tool, has other bytes though it may hold the same files: those are compared.
///
/// # Errors
/// Sources cannot be read, or a call failed.
pub async fn build(
    cx: &ReadCx,
    from: EndpointKind,
    desired: &mut Desired,
    live: &Live,
    (sources, adopts): (&Arc<Sources>, bool),
) -> Result<(), Error> {
    for (id, seen) in live {
        let Some(driver) = kinds::driver(&id.kind) else { continue };
        let unrecorded = driver.is_unrecorded(seen).map_err(|reason| Error::NotNormal { id: id.clone(), reason })?;
        let Some(artifact) = desired.nodes.get_mut(id).and_then(|node| node.artifact.as_mut()).filter(|_| unrecorded) else { continue };
        let (sources, wanted) = (Arc::clone(sources), artifact.clone());
        let zip = joined(tokio::task::spawn_blocking(move || sources.build(&wanted)).await)?;
        let is_adopted = adopts && seen.owner == Owner::Unmarked;
        let theirs = if is_adopted { of_same_files(cx, from, driver, seen, &zip).await? } else { None };
        artifact.code_sha256 = Some(theirs.unwrap_or_else(|| package::code_sha256(&zip)));
    }
    Ok(())
}

/// The hash of what runs, where that holds the same files as `zip`.
async fn of_same_files(cx: &ReadCx, from: EndpointKind, driver: &dyn Driver, seen: &Seen, zip: &[u8]) -> Result<Option<String>, Error> {
    let Some(arn) = seen.attributes.get("arn") else { return Ok(None) };
    let Some(Code::Zip { location, sha256 }) = driver.code_at(cx, arn).await? else { return Ok(None) };
    if sha256 == package::code_sha256(zip) {
        return Ok(Some(sha256));
    }
    let told = |why: String| report::tell(&format!("warning: the code of {} could not be compared, and is uploaded: {why}", seen.name));
    match download(&location, package::LARGEST_UNZIPPED, from).await {
        Ok(theirs) if package::code_sha256(&theirs) != sha256 => told("it was changed while it was fetched".to_owned()),
        Ok(theirs) => match unpacked::same(zip, &theirs) {
            Ok(true) => return Ok(Some(sha256)),
            Ok(false) => {}
            Err(error) => told(error.to_string()),
        },
        Err(error) => told(error.to_string()),
    }
    Ok(None)
}
