//! Secrets of Secrets Manager: a call each, however many of their keys are wanted.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;

use super::{Failure, json};
use crate::aws::AwsError;
use crate::aws::api;
use crate::contract::ReadCx;
use crate::model::Stored;
use crate::model::stored::Hidden;

/// Reads the secrets among `wanted`.
pub async fn read(cx: &ReadCx, wanted: &BTreeSet<Stored>) -> Vec<(Stored, Result<Hidden, Failure>)> {
    let mut by_id: BTreeMap<&str, Vec<(&Stored, Option<&str>)>> = BTreeMap::new();
    for stored in wanted {
        if let Stored::Secret { id, key } = stored {
            by_id.entry(id).or_default().push((stored, key.as_deref()));
        }
    }
    let answers = join_all(by_id.into_iter().map(|(id, uses)| async move { (current(cx, id).await, uses) })).await;
    let each = answers.into_iter().flat_map(|(secret, uses)| {
        uses.into_iter().map(move |(stored, key)| {
            let value = match (&secret, key) {
                (Ok(secret), Some(key)) => json::value(secret.text(), key),
                (Ok(secret), None) => Ok(secret.clone()),
                (Err(failure), _) => Err(failure.clone()),
            };
            (stored.clone(), value)
        })
    });
    each.collect()
}

/// The text of the version AWSCURRENT.
async fn current(cx: &ReadCx, id: &str) -> Result<Hidden, Failure> {
    let answer = cx.call.send(&api::GET_SECRET_VALUE, id, || cx.aws.secrets.get_secret_value().secret_id(id).send()).await;
    let answer = answer.map_err(failure)?;
    match (answer.secret_string, answer.secret_binary) {
        (Some(text), _) => Ok(Hidden::new(text)),
        (None, Some(_)) => Err(Failure::Binary),
        (None, None) => Err(AwsError::unexpected(&api::GET_SECRET_VALUE, id, "the answer holds no value").into()),
    }
}

/// A secret that is marked for deletion answers as one to which the request does not fit.
fn failure(error: AwsError) -> Failure {
    let marked = ["marked for deletion", "marked deleted", "scheduled for deletion"].iter().any(|words| error.message.contains(words));
    match error.code.as_str() {
        "ResourceNotFoundException" => Failure::Missing("Secrets Manager"),
        "InvalidRequestException" if marked => Failure::PendingDeletion,
        _ => Failure::Aws(error),
    }
}
