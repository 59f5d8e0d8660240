//! The search for marked functions, also without the tagging API, and when a function ran last.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Statistic};
use aws_sdk_lambda::types::FunctionConfiguration;
use futures_util::future::try_join_all;

use super::Function;
use super::api;
use crate::aws::{AwsError, Page, lambda_millis, pages};
use crate::contract::none_if_missing;
use crate::contract::{Claim, Kind, ReadCx};
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
