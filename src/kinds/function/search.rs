//! The search for marked functions, also without the tagging API, and when a function ran last.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Statistic};
use aws_sdk_lambda::types::FunctionConfiguration;
use futures_util::future::try_join_all;

use super::{Function, api, event_sources, invocation};
use crate::aws::{AwsError, Page, lambda_millis, pages};
use crate::contract::none_if_missing;
use crate::contract::{Claim, Kind, ReadCx, Use, Users, Watched};
use crate::kinds::log_group::LogGroup;
use crate::model::stake::Holding;

/// Functions that carry a mark.
pub(super) async fn owned(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
    if cx.tagging_is_blind().await? {
        return marked(cx).await;
    }
    let claims = cx.marked("lambda", "function:").await?;
    if !cx.surveys {
        return Ok(claims);
    }
    let changed: BTreeMap<String, Option<i64>> =
        all(cx).await?.iter().map(|function| (function.function_name().unwrap_or_default().to_owned(), changed(function))).collect();
    Ok(claims
        .into_iter()
        .map(|claim| {
            let at = changed.get(&claim.name).copied().flatten();
            claim.changed(at)
        })
        .collect())
}

async fn all(cx: &ReadCx) -> Result<Vec<FunctionConfiguration>, AwsError> {
    pages(&api::LIST_FUNCTIONS, "functions", |marker| async move {
        let asked = || cx.aws.lambda.list_functions().set_marker(marker.clone()).send();
        let page = cx.call.send(&api::LIST_FUNCTIONS, "functions", asked).await?;
        Ok(Page::new(page.functions, page.next_marker))
    })
    .await
}

/// Functions that have one of these as their role, or as the queue, topic or log group that they send to; and
/// those that one of these feeds.
pub(super) async fn users(cx: &ReadCx, of: &[Watched]) -> Result<Users, AwsError> {
    let functions = cx.once(|| async { Ok(Every(all(cx).await?)) }).await?;
    let mappings = event_sources::list(cx).await?;
    let used = functions.0.iter().flat_map(|function| {
        let name = function.function_name().unwrap_or_default();
        let dead_letters = function.dead_letter_config().and_then(|config| config.target_arn());
        [function.role(), dead_letters].into_iter().flatten().map(move |used| (name, used))
    });
    let logs = functions.0.iter().filter_map(|function| Some((function.function_name()?, function.logging_config()?.log_group()?)));
    let fed = mappings.iter().flat_map(|mapping| {
        let name = mapping.function_arn().and_then(|arn| arn.split(':').nth(6)).unwrap_or_default();
        // The stream of a table is a part of it.
        let source = mapping.event_source_arn().map(|arn| arn.split_once("/stream/").map_or(arn, |(table, _)| table));
        let failed = mapping.destination_config().and_then(|config| config.on_failure()?.destination());
        [source, failed].into_iter().flatten().map(move |used| (name, used))
    });
    let mut found = [Use::by_arn(of, used.chain(fed)), Use::by_name(of, LogGroup::SECTION, logs)].concat();
    // Each function is asked by itself, so only where it can matter.
    let takes_results = |one: &Watched| {
        let mut parts = one.arn.splitn(6, ':').skip(2);
        let (service, rest) = (parts.next().unwrap_or_default(), parts.nth(2).unwrap_or_default());
        RESULTS.contains(&service) || (service == "events" && rest.starts_with("event-bus/"))
    };
    let failed = if of.iter().any(takes_results) {
        let own = |name: &str| of.iter().any(|one| one.section == Function::SECTION && one.name == name);
        let names = functions.0.iter().filter_map(|function| function.function_name()).filter(|name| !own(name));
        match cx.once(|| destinations(cx, names.map(str::to_owned).collect())).await {
            Ok(all) => {
                found.extend(Use::by_arn(of, all.0.iter().map(|(name, arn)| (name.as_str(), arn.as_str()))));
                None
            }
            Err(error) if error.is_credentials() => return Err(error),
            Err(error) => Some(error),
        }
    } else {
        None
    };
    Ok(Users { found, failed })
}

/// Services that take the results of asynchronous calls, beside buses and functions
/// (<https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>).
const RESULTS: [&str; 3] = ["sqs", "sns", "s3"];

/// Names of functions, and where each sends what came of asynchronous calls.
struct Destinations(Vec<(String, String)>);

async fn destinations(cx: &ReadCx, names: Vec<String>) -> Result<Destinations, AwsError> {
    let read = names.into_iter().map(|name| async move {
        let (meant, others) = invocation::read(cx, &name).await?;
        let all = meant.into_iter().chain(others).flat_map(|invoke| [invoke.on_success, invoke.on_failure]);
        Ok::<_, AwsError>(all.flatten().map(|arn| (name.clone(), arn)).collect::<Vec<_>>())
    });
    Ok(Destinations(try_join_all(read).await?.concat()))
}

/// All functions of the region.
struct Every(Vec<FunctionConfiguration>);

fn changed(function: &FunctionConfiguration) -> Option<i64> {
    function.last_modified().and_then(lambda_millis)
}

/// By listing all and asking each for its tags.
async fn marked(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
    let functions = all(cx).await?;
    let claims = functions.iter().map(|function| async move {
        let (name, arn) = (function.function_name().unwrap_or_default(), function.function_arn().unwrap_or_default());
        let answer = cx.call.send(&api::LIST_TAGS, name, || cx.aws.lambda.list_tags().resource(arn).send()).await;
        let tags = none_if_missing(answer)?.and_then(|answer| answer.tags).unwrap_or_default().into_iter().collect();
        Ok::<_, AwsError>(Claim::by(&cx.scope, Function::REACH, name, tags).changed(changed(function)))
    });
    try_join_all(claims).await
}

/// How far back an invocation is looked for.
const INVOCATION_DAYS: u16 = 30;
const HOUR: i64 = 3600;

/// The last hour in which the function ran, by its metric: an answer holds at most 1440 points
/// (CloudWatch API Reference, GetMetricStatistics), and these are 720.
pub(super) async fn last_invocation(cx: &ReadCx, name: &str) -> Result<Holding, AwsError> {
    let now = DateTime::from(std::time::SystemTime::now());
    let from = DateTime::from_secs(now.secs() - i64::from(INVOCATION_DAYS) * 24 * HOUR);
    let dimension = Dimension::builder().name("FunctionName").value(name).build();
    let answer = cx
        .call
        .send(&api::GET_METRIC_STATISTICS, name, || {
            cx.aws
                .cloudwatch
                .get_metric_statistics()
                .namespace("AWS/Lambda")
                .metric_name("Invocations")
                .dimensions(dimension.clone())
                .start_time(from)
                .end_time(now)
                .period(HOUR as i32)
                .statistics(Statistic::Sum)
                .send()
        })
        .await?;
    let ran = answer.datapoints().iter().filter(|point| point.sum().is_some_and(|sum| sum > 0.0));
    let last = ran.filter_map(|point| point.timestamp()).map(DateTime::secs).max();
    Ok(last.map_or(Holding::NotInvoked(INVOCATION_DAYS), Holding::Invoked))
}
