//! Aliases that do not lead to what the function itself is, which is what a file says of it.

use super::live::{Live, version_of};
use super::spec::Spec;
use super::{Function, versions};
use crate::aws::AwsError;
use crate::contract::{Found, ReadCx};

/// See [`crate::contract::Kind::moves`]. Of several aliases the one that a file has is left (`meant`).
pub(super) async fn moves(cx: &ReadCx, found: &Found<Function>) -> Result<Vec<String>, AwsError> {
    let Found { name, spec, live, .. } = found;
    let Some(alias) = spec.aliases.keys().next() else { return Ok(Vec::new()) };
    let all = versions::aliases(cx, name).await?;
    let Some(read) = all.iter().find(|one| one.name() == Some(alias)) else { return Ok(Vec::new()) };
    let version = version_of(read);
    let behind = behind(spec, live, &version).map(|of| {
        format!("the alias {alias} runs version {version}, {of}; the file and its code are of the function itself, and an apply moves the alias to it")
    });
    let shares = read.routing_config().and_then(|routing| routing.additional_version_weights());
    let shares = shares.into_iter().flatten().map(|(other, weight)| {
        let percent = (weight * 1000.0).round() / 10.0;
        format!(
            "the alias {alias} runs version {version} and, for {percent} % of its calls, version {other}; a file has one version of an alias: \
             end that rollout before you adopt"
        )
    });
    Ok(behind.into_iter().chain(shares).collect())
}

/// In what a version is another one than the function itself.
fn behind(spec: &Spec, live: &Live, version: &str) -> Option<&'static str> {
    if version == super::live::LATEST {
        return Some("which is the function itself and no version of it");
    }
    let Some(Some(frozen)) = live.versions.get(version) else { return Some("which cannot be compared with what is there now") };
    match (frozen.code_sha256 == live.code_sha256, frozen.config == spec.config) {
        (true, true) => None,
        (false, true) => Some("which has other code than the function itself"),
        (true, false) => Some("which has other settings than the function itself"),
        (false, false) => Some("which has other code and settings than the function itself"),
    }
}
