//! Reserved concurrency and the configuration of asynchronous invocation.

use aws_sdk_lambda::types::{DestinationConfig, FunctionEventInvokeConfig, OnFailure, OnSuccess};

use super::spec::{EventInvoke, Spec};
use super::{api, live};
use crate::aws::{AwsError, Page, pages};
use crate::contract::{KindError, ReadCx, WriteCx, done_if_missing, none_if_missing};

/// The first configuration of those of the function and of its aliases, and the others.
pub(super) async fn read(cx: &ReadCx, name: &str) -> Result<(Option<EventInvoke>, Vec<EventInvoke>), AwsError> {
    let configs = pages(&api::LIST_FUNCTION_EVENT_INVOKE_CONFIGS, name, |marker| async move {
        let asked = || cx.aws.lambda.list_function_event_invoke_configs().function_name(name).set_marker(marker.clone()).send();
        let page = none_if_missing(cx.call.send(&api::LIST_FUNCTION_EVENT_INVOKE_CONFIGS, name, asked).await)?;
        Ok(page.map_or_else(Page::empty, |page| Page::new(page.function_event_invoke_configs, page.next_marker)))
    });
    let configs = configs.await?;
    let mut configs = configs.iter().map(event_invoke);
    Ok((configs.next(), configs.collect()))
}

fn event_invoke(config: &FunctionEventInvokeConfig) -> EventInvoke {
    let (destinations, aws) = (config.destination_config(), EventInvoke::default());
    // arn:aws:lambda:<region>:<account>:function:<name>[:<qualifier>]
    let qualifier = config.function_arn().and_then(|arn| arn.split(':').nth(7)).filter(|qualifier| *qualifier != live::LATEST);
    EventInvoke {
        alias: qualifier.map(str::to_owned),
        max_retries: config.maximum_retry_attempts().unwrap_or(aws.max_retries),
        max_age: config.maximum_event_age_in_seconds().unwrap_or(aws.max_age),
        on_success: destinations.and_then(|d| d.on_success()).and_then(|d| d.destination()).map(str::to_owned),
        on_failure: destinations.and_then(|d| d.on_failure()).and_then(|d| d.destination()).map(str::to_owned),
    }
}

/// Sets the configuration, and then deletes those that stand elsewhere: an alias's outlives the alias.
pub(super) async fn apply(cx: &WriteCx, name: &str, have: Option<&Spec>, want: &Spec) -> Result<(), KindError> {
    let old = have.and_then(|spec| spec.event_invoke.as_ref());
    if let Some(wanted) = want.event_invoke.as_ref().filter(|wanted| old != Some(wanted)) {
        put(cx, name, wanted).await?;
    }
    let stays = matches!((old, &want.event_invoke), (Some(old), Some(want)) if old.alias == want.alias);
    let elsewhere = have.map(|spec| &spec.elsewhere.event_invokes[..]).unwrap_or_default();
    for EventInvoke { alias, .. } in old.filter(|_| !stays).into_iter().chain(elsewhere) {
        let delete = || cx.aws.lambda.delete_function_event_invoke_config().function_name(name).set_qualifier(alias.clone()).send();
        done_if_missing(cx.call.send(&api::DELETE_FUNCTION_EVENT_INVOKE_CONFIG, name, delete).await)?;
    }
    Ok(())
}

/// PutFunctionEventInvokeConfig overwrites the whole configuration.
async fn put(cx: &WriteCx, name: &str, wanted: &EventInvoke) -> Result<(), KindError> {
    let EventInvoke { alias, max_retries, max_age, on_success, on_failure } = wanted;
    let destinations = DestinationConfig::builder()
        .set_on_success(on_success.as_ref().map(|arn| OnSuccess::builder().destination(arn).build()))
        .set_on_failure(on_failure.as_ref().map(|arn| OnFailure::builder().destination(arn).build()))
        .build();
    cx.call
        .send(&api::PUT_FUNCTION_EVENT_INVOKE_CONFIG, name, || {
            cx.aws
                .lambda
                .put_function_event_invoke_config()
                .function_name(name)
                .set_qualifier(alias.clone())
                .maximum_retry_attempts(*max_retries)
                .maximum_event_age_in_seconds(*max_age)
                .destination_config(destinations.clone())
                .send()
        })
        .await?;
    Ok(())
}

/// Sets or removes the reservation.
pub(super) async fn put_concurrency(cx: &WriteCx, name: &str, reserved: Option<i32>) -> Result<(), KindError> {
    match reserved {
        Some(reserved) => {
            cx.call
                .send(&api::PUT_FUNCTION_CONCURRENCY, name, || {
                    cx.aws.lambda.put_function_concurrency().function_name(name).reserved_concurrent_executions(reserved).send()
                })
                .await?;
            Ok(())
        }
        None => done_if_missing(
            cx.call
                .send(&api::DELETE_FUNCTION_CONCURRENCY, name, || cx.aws.lambda.delete_function_concurrency().function_name(name).send())
                .await,
        ),
    }
}
