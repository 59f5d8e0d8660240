//! Reserved concurrency and the configuration of asynchronous invocation.

use aws_sdk_lambda::types::{DestinationConfig, FunctionEventInvokeConfig, OnFailure, OnSuccess};

use super::api;
use super::spec::{EventInvoke, Spec};
use crate::aws::{AwsError, Page, pages};
use crate::contract::{KindError, ReadCx, WriteCx, done_if_missing, none_if_missing};

/// The configuration of `$LATEST`, or of the alias where there is no other.
pub(super) async fn read(cx: &ReadCx, name: &str) -> Result<Option<EventInvoke>, AwsError> {
    let configs = pages(|marker| async move {
        let asked = || cx.aws.lambda.list_function_event_invoke_configs().function_name(name).set_marker(marker.clone()).send();
        let page = none_if_missing(cx.call.send(&api::LIST_FUNCTION_EVENT_INVOKE_CONFIGS, name, asked).await)?;
        Ok(page.map_or_else(Page::empty, |page| Page::new(page.function_event_invoke_configs, page.next_marker)))
    });
    let configs = configs.await?;
    Ok(configs.first().map(event_invoke))
}

fn event_invoke(config: &FunctionEventInvokeConfig) -> EventInvoke {
    let (destinations, aws) = (config.destination_config(), EventInvoke::default());
    EventInvoke {
        max_retries: config.maximum_retry_attempts().unwrap_or(aws.max_retries),
        max_age: config.maximum_event_age_in_seconds().unwrap_or(aws.max_age),
        on_success: destinations.and_then(|d| d.on_success()).and_then(|d| d.destination()).map(str::to_owned),
        on_failure: destinations.and_then(|d| d.on_failure()).and_then(|d| d.destination()).map(str::to_owned),
    }
}

/// The alias whose invocations are configured: those go to the function where it has no alias.
fn qualifier(spec: &Spec) -> Option<String> {
    spec.aliases.keys().next().cloned()
}

/// PutFunctionEventInvokeConfig overwrites the whole configuration.
pub(super) async fn apply(cx: &WriteCx, name: &str, have: Option<&Spec>, want: &Spec) -> Result<(), KindError> {
    match &want.event_invoke {
        Some(EventInvoke { max_retries, max_age, on_success, on_failure }) => {
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
                        .set_qualifier(qualifier(want))
                        .maximum_retry_attempts(*max_retries)
                        .maximum_event_age_in_seconds(*max_age)
                        .destination_config(destinations.clone())
                        .send()
                })
                .await?;
            Ok(())
        }
        None if have.is_some_and(|have| have.event_invoke.is_some()) => {
            for qualifier in [None, qualifier(want)].into_iter().collect::<std::collections::BTreeSet<_>>() {
                done_if_missing(
                    cx.call
                        .send(&api::DELETE_FUNCTION_EVENT_INVOKE_CONFIG, name, || {
                            cx.aws.lambda.delete_function_event_invoke_config().function_name(name).set_qualifier(qualifier.clone()).send()
                        })
                        .await,
                )?;
            }
            Ok(())
        }
        None => Ok(()),
    }
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
