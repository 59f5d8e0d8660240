//! Event source mappings: one list call reads all of them, whoever's function they feed.

use aws_sdk_lambda::types::{
    DestinationConfig, EventSourceMappingConfiguration, EventSourcePosition, Filter, FilterCriteria, FunctionResponseType, OnFailure,
    ScalingConfig,
};
use serde_json::Value;

use super::spec::{EventSource, Spec};
use super::{Function, api};
use crate::aws::{AwsError, Page, pages};
use crate::contract::{Found, Kind, KindError, ReadCx, WriteCx, done_if_missing};

/// All mappings of the region.
pub(super) async fn list(cx: &ReadCx) -> Result<Vec<EventSourceMappingConfiguration>, AwsError> {
    pages(|marker| async move {
        let asked = || cx.aws.lambda.list_event_source_mappings().max_items(100).set_marker(marker.clone()).send();
        let page = cx.call.send(&api::LIST_EVENT_SOURCE_MAPPINGS, "event source mappings", asked).await?;
        Ok(Page::new(page.event_source_mappings, page.next_marker))
    })
    .await
}

/// Source, UUID and normal form of a mapping, if it feeds this function.
pub(super) fn of_function(mapping: &EventSourceMappingConfiguration, name: &str) -> Option<(String, String, EventSource)> {
    // arn:aws:lambda:<region>:<account>:function:<name>[:<alias>]
    let mut parts = mapping.function_arn()?.split(':').skip(6);
    if parts.next() != Some(name) || mapping.state() == Some("Deleting") {
        return None;
    }
    let alias = parts.next().map(str::to_owned);
    let destination = mapping.destination_config().and_then(|d| d.on_failure()).and_then(|d| d.destination());
    let filters = mapping.filter_criteria().map(FilterCriteria::filters).unwrap_or_default();
    let event_source = EventSource {
        batch_size: mapping.batch_size().unwrap_or(10),
        batch_window: mapping.maximum_batching_window_in_seconds().unwrap_or(0),
        enabled: !matches!(mapping.state(), Some("Disabled" | "Disabling")),
        alias,
        filters: filters.iter().filter_map(Filter::pattern).map(|text| serde_json::from_str(text).unwrap_or(Value::Null)).collect(),
        report_batch_item_failures: mapping.function_response_types().contains(&FunctionResponseType::ReportBatchItemFailures),
        max_concurrency: mapping.scaling_config().and_then(|scaling| scaling.maximum_concurrency()),
        starting_position: mapping.starting_position().map(|position| position.as_str().into()),
        // -1 is AWS's word for "without end".
        max_retries: mapping.maximum_retry_attempts().filter(|n| *n >= 0),
        max_age: mapping.maximum_record_age_in_seconds().filter(|n| *n >= 0),
        bisect: mapping.bisect_batch_on_function_error().unwrap_or(false),
        parallelization: mapping.parallelization_factor().unwrap_or(1),
        tumbling_window: mapping.tumbling_window_in_seconds().unwrap_or(0),
        on_failure: destination.map(str::to_owned),
    };
    Some((mapping.event_source_arn()?.to_owned(), mapping.uuid()?.to_owned(), event_source))
}

/// Creates, changes and deletes mappings.
pub(super) async fn apply(cx: &WriteCx, name: &str, have: Option<&Found<Function>>, want: &Spec) -> Result<(), KindError> {
    for (source, wanted) in &want.event_sources {
        match have.and_then(|have| live(have, source)) {
            Some((old, _)) if old == wanted => {}
            Some((old, id)) if old.starting_position == wanted.starting_position => change(cx, name, id, old, wanted).await?,
            found => {
                if let Some((_, id)) = found {
                    delete(cx, name, id).await?;
                }
                create(cx, name, source, wanted).await?;
            }
        }
    }
    let Some(have) = have else { return Ok(()) };
    for source in have.spec.event_sources.keys() {
        if let Some(id) = uuid(have, source).filter(|_| !want.event_sources.contains_key(source)) {
            delete(cx, name, id).await?;
        }
    }
    Ok(())
}

fn live<'a>(found: &'a Found<Function>, source: &str) -> Option<(&'a EventSource, &'a str)> {
    Some((found.spec.event_sources.get(source)?, uuid(found, source)?))
}

/// Deletes all mappings of a function that is deleted.
pub(super) async fn delete_all(cx: &WriteCx, have: &Found<Function>) -> Result<(), KindError> {
    for source in have.spec.event_sources.keys() {
        if let Some(id) = uuid(have, source) {
            delete(cx, &have.name, id).await?;
        }
    }
    Ok(())
}

fn uuid<'a>(found: &'a Found<Function>, source: &str) -> Option<&'a str> {
    found.live.mappings.get(source).map(String::as_str)
}

fn target(name: &str, want: &EventSource) -> String {
    want.alias.as_ref().map_or_else(|| name.to_owned(), |alias| format!("{name}:{alias}"))
}

fn is_stream(want: &EventSource) -> bool {
    want.starting_position.is_some()
}

fn filters(want: &EventSource) -> FilterCriteria {
    let filters = want.filters.iter().map(|pattern| Filter::builder().pattern(pattern.to_string()).build()).collect();
    FilterCriteria::builder().set_filters(Some(filters)).build()
}

fn destination(want: &EventSource) -> Option<DestinationConfig> {
    let on_failure = want.on_failure.as_ref().map(|arn| OnFailure::builder().destination(arn).build())?;
    Some(DestinationConfig::builder().on_failure(on_failure).build())
}

fn response_types(want: &EventSource) -> Vec<FunctionResponseType> {
    if want.report_batch_item_failures { vec![FunctionResponseType::ReportBatchItemFailures] } else { Vec::new() }
}

async fn create(cx: &WriteCx, name: &str, source: &str, want: &EventSource) -> Result<(), KindError> {
    let EventSource {
        batch_size,
        batch_window,
        enabled,
        alias: _,
        filters: patterns,
        report_batch_item_failures: _,
        max_concurrency,
        starting_position,
        max_retries,
        max_age,
        bisect,
        parallelization,
        tumbling_window,
        on_failure: _,
    } = want;
    let scaling = max_concurrency.map(|n| ScalingConfig::builder().maximum_concurrency(n).build());
    let answer = cx
        .call
        .send(&api::CREATE_EVENT_SOURCE_MAPPING, name, || {
            let mut call = cx
                .aws
                .lambda
                .create_event_source_mapping()
                .event_source_arn(source)
                .function_name(target(name, want))
                .batch_size(*batch_size)
                .enabled(*enabled)
                .maximum_batching_window_in_seconds(*batch_window)
                .set_filter_criteria((!patterns.is_empty()).then(|| filters(want)))
                .set_function_response_types(Some(response_types(want)).filter(|types| !types.is_empty()))
                .set_scaling_config(scaling.clone())
                .set_destination_config(destination(want))
                .set_tags(Some(cx.scope.mark(Function::REACH).into_iter().collect()));
            if is_stream(want) {
                call = call
                    .set_starting_position(starting_position.as_ref().map(|position| EventSourcePosition::from(position.as_str())))
                    .set_maximum_retry_attempts(*max_retries)
                    .set_maximum_record_age_in_seconds(*max_age)
                    .bisect_batch_on_function_error(*bisect)
                    .parallelization_factor(*parallelization)
                    .set_tumbling_window_in_seconds(Some(*tumbling_window).filter(|n| *n > 0));
            }
            call.send()
        })
        .await;
    match answer {
        // The answer to an earlier try was lost: the mapping is there.
        Err(error) if error.already_exists() => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(()),
    }
}

/// What is to be cleared is sent as an empty structure; left out it would stay.
async fn change(cx: &WriteCx, name: &str, id: &str, old: &EventSource, want: &EventSource) -> Result<(), KindError> {
    // Where reading begins is chosen once: another beginning is another mapping.
    let EventSource {
        batch_size,
        batch_window,
        enabled,
        alias: _,
        filters: patterns,
        report_batch_item_failures: _,
        max_concurrency,
        starting_position: _,
        max_retries,
        max_age,
        bisect,
        parallelization,
        tumbling_window,
        on_failure,
    } = want;
    let scaling =
        (old.max_concurrency != *max_concurrency).then(|| ScalingConfig::builder().set_maximum_concurrency(*max_concurrency).build());
    cx.call
        .send(&api::UPDATE_EVENT_SOURCE_MAPPING, name, || {
            let mut call = cx
                .aws
                .lambda
                .update_event_source_mapping()
                .uuid(id)
                .function_name(target(name, want))
                .batch_size(*batch_size)
                .enabled(*enabled)
                .maximum_batching_window_in_seconds(*batch_window)
                .set_scaling_config(scaling.clone())
                .set_function_response_types(Some(response_types(want)));
            if old.filters != *patterns {
                call = call.filter_criteria(filters(want));
            }
            if old.on_failure != *on_failure {
                call = call.destination_config(destination(want).unwrap_or_else(|| DestinationConfig::builder().build()));
            }
            if is_stream(want) {
                call = call
                    .maximum_retry_attempts(max_retries.unwrap_or(-1))
                    .maximum_record_age_in_seconds(max_age.unwrap_or(-1))
                    .bisect_batch_on_function_error(*bisect)
                    .parallelization_factor(*parallelization)
                    .tumbling_window_in_seconds(*tumbling_window);
            }
            call.send()
        })
        .await?;
    Ok(())
}

async fn delete(cx: &WriteCx, name: &str, id: &str) -> Result<(), KindError> {
    done_if_missing(
        cx.call.send(&api::DELETE_EVENT_SOURCE_MAPPING, name, || cx.aws.lambda.delete_event_source_mapping().uuid(id).send()).await,
    )
}
