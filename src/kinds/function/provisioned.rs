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

/// Gives back what aliases that stay no longer ask for. An alias with executions that stand ready is not
/// pointed to a version that starts from a snapshot: Lambda has either.
pub(super) async fn give_back(cx: &WriteCx, name: &str, have: &Spec, want: &Spec) -> Result<(), KindError> {
    for alias in both(have, want).filter(|(_, live, wanted)| live.is_some() && wanted.is_none()).map(|(alias, _, _)| alias) {
        delete(cx, name, alias).await?;
    }
    Ok(())
}

/// Lowers what is to be less, and gives back what aliases have that are about to go, where both these and
/// those that follow them are more than the reservation: it is never less than what stands ready
/// (docs/aws-facts.md §3), neither while it is lowered nor while others are readied.
pub(super) async fn make_room(cx: &WriteCx, name: &str, have: &Spec, want: &Spec) -> Result<(), KindError> {
    for (alias, live, wanted) in both(have, want) {
        if let Some(wanted) = wanted.filter(|wanted| live.is_some_and(|live| *wanted < live)) {
            put(cx, name, alias, wanted).await?;
        }
    }
    if fits(have, want) { Ok(()) } else { release(cx, name, have, want).await }
}

/// Readies what the aliases ask for that is more than there is, and waits until it stands.
pub(super) async fn apply(cx: &WriteCx, name: &str, have: Option<&Found<Function>>, want: &Spec) -> Result<(), KindError> {
    for (alias, wanted) in ready(want) {
        let live = have.and_then(|have| have.spec.aliases.get(alias)).and_then(|alias| alias.provisioned_concurrency);
        let has_failed = have.is_some_and(|have| have.spec.failed.contains_key(&failure_of(alias)));
        if live.is_none_or(|live| live < wanted || (live == wanted && has_failed)) {
            put(cx, name, alias, wanted).await?;
        }
    }
    Ok(())
}

/// Gives back what stands ready for aliases that are about to go, unless room had to be made before.
pub(super) async fn retire(cx: &WriteCx, name: &str, have: &Spec, want: &Spec) -> Result<(), KindError> {
    if fits(have, want) { release(cx, name, have, want).await } else { Ok(()) }
}

async fn release(cx: &WriteCx, name: &str, have: &Spec, want: &Spec) -> Result<(), KindError> {
    for (alias, _) in going(have, want) {
        delete(cx, name, alias).await?;
    }
    Ok(())
}

/// Aliases for which executions stand ready, and how many.
fn ready(spec: &Spec) -> impl Iterator<Item = (&String, i32)> {
    spec.aliases.iter().filter_map(|(alias, of)| {
        let Alias { version: _, description: _, provisioned_concurrency, weights: _ } = of;
        Some((alias, (*provisioned_concurrency)?))
    })
}

/// Aliases that stay: what stands ready for each, and what is to.
fn both<'a>(have: &'a Spec, want: &'a Spec) -> impl Iterator<Item = (&'a String, Option<i32>, Option<i32>)> {
    want.aliases.iter().filter_map(|(alias, wanted)| {
        let live = have.aliases.get(alias)?;
        Some((alias, live.provisioned_concurrency, wanted.provisioned_concurrency))
    })
}

/// Of aliases that are about to go.
fn going<'a>(have: &'a Spec, want: &'a Spec) -> impl Iterator<Item = (&'a String, i32)> {
    ready(have).filter(|(alias, _)| !want.aliases.contains_key(*alias))
}

/// Whether what is wanted and what is about to go stand beside each other within the wanted reservation.
fn fits(have: &Spec, want: &Spec) -> bool {
    let most = want.reserved_concurrency.map_or(i64::MAX, i64::from);
    ready(want).chain(going(have, want)).map(|(_, ready)| i64::from(ready)).sum::<i64>() <= most
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::function::spec::{AliasVersion, Config};

    fn spec(reserved: Option<i32>, aliases: &[(&str, Option<i32>)]) -> Spec {
        let alias = |provisioned_concurrency| Alias { provisioned_concurrency, ..Alias::to(AliasVersion::Current) };
        let aliases = aliases.iter().map(|(name, ready)| ((*name).to_owned(), alias(*ready))).collect();
        Spec { reserved_concurrency: reserved, aliases, ..Spec::bare(Config::default_of(String::new(), String::new())) }
    }

    #[test]
    fn both_stand_beside_each_other_where_the_wanted_reservation_holds_them() {
        let live = |reserved| spec(reserved, &[("live", Some(3))]);
        let cases = [
            (spec(Some(3), &[("prod", Some(3))]), false),
            (spec(Some(5), &[("prod", Some(3))]), false),
            (spec(Some(6), &[("prod", Some(3))]), true),
            (spec(None, &[("prod", Some(3))]), true),
            (spec(Some(0), &[]), false),
            (spec(Some(2), &[("live", Some(2))]), true),
            (spec(Some(3), &[("live", None), ("prod", Some(3))]), true),
        ];
        for (want, expected) in cases {
            assert_eq!(fits(&live(Some(3)), &want), expected, "{:?}: {:?}", want.reserved_concurrency, want.aliases);
        }
    }
}
