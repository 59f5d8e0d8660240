//! Reading back what was written: it must equal what was desired, or the step has failed.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::try_join_all;

use crate::aws::AwsError;
use crate::contract::ReadCx;
use crate::kinds;
use crate::model::plan::Comparison;
use crate::model::{Attributes, Node, Owner, ResourceId, Unread};

/// Pauses between reads: AWS is eventually consistent, for IAM and SQS up to a minute.
const PAUSES: [u64; 8] = [0, 250, 500, 1_000, 2_000, 5_000, 10_000, 20_000];

/// What a read-back found.
pub struct Verified {
    /// Attributes of what is there.
    pub attributes: BTreeMap<ResourceId, Attributes>,
    /// What differs, by resource.
    pub problems: BTreeMap<ResourceId, String>,
}

/// Reads `written` until all of it is as desired and `deleted` until none of it is there.
///
/// # Errors
/// A read failed.
pub async fn verify(
    cx: &ReadCx,
    written: &BTreeMap<ResourceId, Node>,
    deleted: &BTreeMap<ResourceId, String>,
    tell: impl Fn(&ResourceId, &str),
) -> Result<Verified, AwsError> {
    let mut verified = Verified { attributes: BTreeMap::new(), problems: BTreeMap::new() };
    for pause in PAUSES {
        tokio::time::sleep(Duration::from_millis(pause)).await;
        // Answers that one run may share are from before the writes.
        verified = once(&cx.fresh(), written, deleted).await?;
        if verified.problems.is_empty() {
            break;
        }
        verified.problems.iter().for_each(|(id, problem)| tell(id, problem));
    }
    Ok(verified)
}

async fn once(cx: &ReadCx, written: &BTreeMap<ResourceId, Node>, deleted: &BTreeMap<ResourceId, String>) -> Result<Verified, AwsError> {
    let reads = kinds::registry().iter().map(|driver| async move {
        let of_kind = |id: &ResourceId| id.kind == driver.name();
        let names = written.values().filter(|node| of_kind(&node.id)).map(|node| node.name.clone());
        let names: Vec<String> = names.chain(deleted.iter().filter(|(id, _)| of_kind(id)).map(|(_, name)| name.clone())).collect();
        Ok::<_, AwsError>((*driver, driver.read(cx, &names).await?))
    });
    let mut verified = Verified { attributes: BTreeMap::new(), problems: BTreeMap::new() };
    for (driver, seen) in try_join_all(reads).await? {
        let by_name: BTreeMap<&str, _> = seen.iter().map(|seen| (seen.name.as_str(), seen)).collect();
        for node in written.values().filter(|node| node.id.kind == driver.name()) {
            let Some(seen) = by_name.get(node.name.as_str()) else {
                verified.problems.insert(node.id.clone(), "it is not there after the apply".to_owned());
                continue;
            };
            let compared = driver.compare(&node.spec, seen, node.artifact.as_ref());
            let Comparison { want: _, changes } = match compared {
                Ok(compared) => compared,
                Err(error) => {
                    verified.problems.insert(node.id.clone(), error.to_string());
                    continue;
                }
            };
            if let Some(Unread { field, why }) = seen.unread.first() {
                verified.problems.insert(node.id.clone(), format!("{field} cannot be read back: {why}"));
            } else if !changes.is_empty() || seen.owner != Owner::Ours {
                let paths: Vec<&str> = changes.iter().map(|change| change.path.as_str()).collect();
                let what = if paths.is_empty() { "its mark".to_owned() } else { paths.join(", ") };
                verified.problems.insert(node.id.clone(), format!("what AWS shows is not what was written: {what}"));
            }
            verified.attributes.insert(node.id.clone(), seen.attributes.clone());
        }
        for (id, name) in deleted.iter().filter(|(id, _)| id.kind == driver.name()) {
            // A layer's name may live on with another environment's versions.
            if by_name.get(name.as_str()).is_some_and(|seen| seen.owner.is_ours()) {
                verified.problems.insert(id.clone(), "it is still there after it was deleted".to_owned());
            }
        }
    }
    Ok(verified)
}
