//! Where a session goes, at which pace, and who it is there.

use crate::aws::quotas::Quotas;
use crate::aws::{AwsError, Caller, Clients, ConnectOptions, api};
use crate::cli::Global;
use crate::error::Error;
use crate::model::{EndpointKind, PaceBy};

/// Where to go, for a stack of this region.
pub fn connection(global: &Global, region: Option<String>) -> ConnectOptions {
    let Global { profile, endpoint_url, endpoint_kind, .. } = global;
    ConnectOptions { region, profile: profile.clone(), endpoint_url: endpoint_url.clone(), kind: *endpoint_kind }
}

/// Which quotas are kept.
///
/// # Errors
/// Those of a file, which cannot be read.
pub(in crate::commands) fn quotas(global: &Global, mut kinds: impl Iterator<Item = EndpointKind>) -> Result<Quotas, Error> {
    match &global.pace {
        Some(PaceBy::Off) => Ok(Quotas::Off),
        Some(PaceBy::Aws) => Ok(Quotas::Aws),
        Some(PaceBy::File(path)) => {
            Quotas::read(path).map_err(|message| Error::File { path: path.display().to_string(), message: format!("quotas: {message}") })
        }
        None => Ok(if kinds.all(|kind| kind == EndpointKind::Aws) { Quotas::Aws } else { Quotas::Off }),
    }
}

/// Account, and who in it.
pub(in crate::commands) async fn identity(clients: &Clients, call: &Caller) -> Result<(String, String), AwsError> {
    let answer = call.send(&api::GET_CALLER_IDENTITY, "the caller", || clients.sts.get_caller_identity().send()).await?;
    let unexpected = || AwsError::unexpected(&api::GET_CALLER_IDENTITY, "the caller", "the answer holds no account");
    let caller = answer.arn.as_deref().and_then(|arn| arn.splitn(6, ':').last()).unwrap_or("somebody").to_owned();
    Ok((answer.account.ok_or_else(unexpected)?, caller))
}
