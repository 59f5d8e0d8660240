//! Provisioned concurrency: executions that stand ready for an alias.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_lambda::operation::get_provisioned_concurrency_config::GetProvisionedConcurrencyConfigOutput;
use aws_sdk_lambda::types::ProvisionedConcurrencyStatusEnum as Status;
use futures_util::future::try_join_all;
use tokio::time::Instant;

use super::spec::{Alias, Spec};
use super::{api, settle};
use crate::aws::polls::pause_after;
use crate::aws::{AwsError, Failure};
use crate::contract::{Found, KindError, ReadCx, WriteCx, done_if_missing, none_if_missing};
use crate::kinds::function::Function;
use crate::model::counted;

/// Lambda readies some hundred executions a minute; large functions take longer to start
/// (<https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html>).
const BOUND: Duration = Duration::from_secs(1_800);
/// The longest pause between two looks.
const LONGEST: Duration = Duration::from_secs(5);

/// What stands ready for an alias.
pub(super) struct Provisioned {
    /// How many were asked for.
    pub requested: i32,
    /// Why Lambda could not ready them.
    pub failed: Option<String>,
}

/// Of these aliases, by the alias.
pub(super) async fn read(cx: &ReadCx, name: &str, aliases: Vec<String>) -> Result<BTreeMap<String, Provisioned>, AwsError> {
    let asked = aliases.into_iter().map(|alias| async move {
        let get = || cx.aws.lambda.get_provisioned_concurrency_config().function_name(name).qualifier(&alias).send();
        let answer = none_if_missing(cx.call.send(&api::GET_PROVISIONED_CONCURRENCY_CONFIG, name, get).await)?;
        Ok::<_, AwsError>(answer.and_then(|answer| Some((alias, of(&answer)?))))
    });
    Ok(try_join_all(asked).await?.into_iter().flatten().collect())
}

fn of(answer: &GetProvisionedConcurrencyConfigOutput) -> Option<Provisioned> {
    let failed = answer.status() == Some(&Status::Failed);
    let reason = || answer.status_reason().unwrap_or("Lambda gives no reason").to_owned();
    Some(Provisioned { requested: answer.requested_provisioned_concurrent_executions()?, failed: failed.then(reason) })
}

/// Under which name the failure of an alias's is told.
pub(super) fn failure_of(alias: &str) -> String {
    format!("provisioned concurrency of {alias}")
}

/// Readies what the aliases ask for, and waits until it stands; gives back what they no longer ask for.
pub(super) async fn apply(cx: &WriteCx, name: &str, have: Option<&Found<Function>>, want: &Spec) -> Result<(), KindError> {
    for (alias, Alias { version: _, description: _, provisioned_concurrency: wanted, weights: _ }) in &want.aliases {
        let live = have.and_then(|have| have.spec.aliases.get(alias)).and_then(|alias| alias.provisioned_concurrency);
        let has_failed = have.is_some_and(|have| have.spec.failed.contains_key(&failure_of(alias)));
        match wanted {
            Some(wanted) if live != Some(*wanted) || has_failed => put(cx, name, alias, *wanted).await?,
            None if live.is_some() => delete(cx, name, alias).await?,
            _ => {}
        }
    }
    Ok(())
}

/// Gives back what stands ready for aliases that are about to go.
pub(super) async fn release(cx: &WriteCx, name: &str, have: &Spec, want: &Spec) -> Result<(), KindError> {
    let going = have.aliases.iter().filter(|(alias, live)| live.provisioned_concurrency.is_some() && !want.aliases.contains_key(*alias));
    for (alias, _) in going {
        delete(cx, name, alias).await?;
    }
    Ok(())
}

async fn put(cx: &WriteCx, name: &str, alias: &str, wanted: i32) -> Result<(), KindError> {
    let lambda = &cx.aws.lambda;
    let put = || {
        let call = lambda.put_provisioned_concurrency_config().function_name(name).qualifier(alias);
        call.provisioned_concurrent_executions(wanted).send()
    };
    cx.call.send(&api::PUT_PROVISIONED_CONCURRENCY_CONFIG, name, put).await?;
    let start = Instant::now();
    loop {
        let get = || lambda.get_provisioned_concurrency_config().function_name(name).qualifier(alias).send();
        let answer = none_if_missing(cx.call.send(&api::GET_PROVISIONED_CONCURRENCY_CONFIG, name, get).await)?;
        if let Some(reason) = answer.as_ref().and_then(of).and_then(|live| live.failed) {
            let text = format!("Lambda could not ready {} of {alias}: {reason}", counted(wanted, "execution"));
            return Err(AwsError::told(Failure::EndedBadly, &api::PUT_PROVISIONED_CONCURRENCY_CONFIG, name, text).into());
        }
        if answer.is_some_and(|answer| answer.status() == Some(&Status::Ready)) {
            return Ok(());
        }
        if start.elapsed() > BOUND {
            let text = format!("not ready after {} s: {} of {alias}", BOUND.as_secs(), counted(wanted, "execution"));
            return Err(AwsError::told(Failure::Overdue, &api::PUT_PROVISIONED_CONCURRENCY_CONFIG, name, text).into());
        }
        settle::wait(cx, name, pause_after(start.elapsed(), LONGEST), "Lambda readies the provisioned concurrency", start, BOUND).await?;
    }
}

async fn delete(cx: &WriteCx, name: &str, alias: &str) -> Result<(), KindError> {
    let delete = || cx.aws.lambda.delete_provisioned_concurrency_config().function_name(name).qualifier(alias).send();
    done_if_missing(cx.call.send(&api::DELETE_PROVISIONED_CONCURRENCY_CONFIG, name, delete).await)
}
