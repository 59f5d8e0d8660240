//! Event source mappings: one list call reads all of them, whoever's function they feed.

use aws_sdk_lambda::types::{
    DestinationConfig, EventSourceMappingConfiguration, EventSourcePosition, Filter, FilterCriteria, FunctionResponseType, OnFailure,
    ScalingConfig,
};
use serde_json::Value;

use super::Function;
use super::api;
use super::spec::{EventSource, Spec};
use crate::aws::{AwsError, Page, pages};
use crate::contract::done_if_missing;
use crate::contract::{Kind, KindError, ReadCx, WriteCx};
use crate::model::Seen;

/// All mappings of the region.
pub async fn list(cx: &ReadCx) -> Result<Vec<EventSourceMappingConfiguration>, AwsError> {
    pages(|marker| async move {
        let asked = || cx.aws.lambda.list_event_source_mappings().max_items(100).set_marker(marker.clone()).send();
        let page = cx.call.send(&api::LIST_EVENT_SOURCE_MAPPINGS, "event source mappings", asked).await?;
        Ok(Page::new(page.event_source_mappings, page.next_marker))
    })
    .await
}

/// Source, UUID and normal form of a mapping, if it feeds this function.
pub fn of_function(mapping: &EventSourceMappingConfiguration, name: &str) -> Option<(String, String, EventSource)> {
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
        starting_position: mapping.starting_position().map(|position| position.as_str().to_owned()),
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
pub async fn apply(cx: &WriteCx, name: &str, have: Option<&Seen<Spec>>, want: &Spec) -> Result<(), KindError> {
    for (source, wanted) in &want.event_sources {
        match have.and_then(|seen| live(seen, source)) {
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

fn live<'a>(seen: &'a Seen<Spec>, source: &str) -> Option<(&'a EventSource, &'a str)> {
    Some((seen.spec.event_sources.get(source)?, uuid(seen, source)?))
}

/// Deletes all mappings of a function that is deleted.
pub async fn delete_all(cx: &WriteCx, have: &Seen<Spec>) -> Result<(), KindError> {
    for source in have.spec.event_sources.keys() {
        if let Some(id) = uuid(have, source) {
            delete(cx, &have.name, id).await?;
        }
    }
    Ok(())
}

fn uuid<'a>(seen: &'a Seen<Spec>, source: &str) -> Option<&'a str> {
    seen.handle.get(&format!("event_source {source}")).map(String::as_str)
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
    let scaling = want.max_concurrency.map(|n| ScalingConfig::builder().maximum_concurrency(n).build());
    let answer = cx
        .call
        .send(&api::CREATE_EVENT_SOURCE_MAPPING, name, || {
            let mut call = cx
                .aws
                .lambda
                .create_event_source_mapping()
                .event_source_arn(source)
                .function_name(target(name, want))
                .batch_size(want.batch_size)
                .enabled(want.enabled)
                .maximum_batching_window_in_seconds(want.batch_window)
                .set_filter_criteria((!want.filters.is_empty()).then(|| filters(want)))
                .set_function_response_types(Some(response_types(want)).filter(|types| !types.is_empty()))
                .set_scaling_config(scaling.clone())
                .set_destination_config(destination(want))
                .set_tags(Some(cx.scope.mark(Function::REACH).into_iter().collect()));
            if is_stream(want) {
                call = call
                    .set_starting_position(want.starting_position.as_deref().map(EventSourcePosition::from))
                    .set_maximum_retry_attempts(want.max_retries)
                    .set_maximum_record_age_in_seconds(want.max_age)
                    .bisect_batch_on_function_error(want.bisect)
                    .parallelization_factor(want.parallelization)
                    .set_tumbling_window_in_seconds(Some(want.tumbling_window).filter(|n| *n > 0));
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
    let scaling = (old.max_concurrency != want.max_concurrency)
        .then(|| ScalingConfig::builder().set_maximum_concurrency(want.max_concurrency).build());
    cx.call
        .send(&api::UPDATE_EVENT_SOURCE_MAPPING, name, || {
            let mut call = cx
                .aws
                .lambda
                .update_event_source_mapping()
                .uuid(id)
                .function_name(target(name, want))
                .batch_size(want.batch_size)
                .enabled(want.enabled)
                .maximum_batching_window_in_seconds(want.batch_window)
                .set_scaling_config(scaling.clone())
                .set_function_response_types(Some(response_types(want)));
            if old.filters != want.filters {
                call = call.filter_criteria(filters(want));
            }
            if old.on_failure != want.on_failure {
                call = call.destination_config(destination(want).unwrap_or_else(|| DestinationConfig::builder().build()));
            }
            if is_stream(want) {
                call = call
                    .maximum_retry_attempts(want.max_retries.unwrap_or(-1))
                    .maximum_record_age_in_seconds(want.max_age.unwrap_or(-1))
                    .bisect_batch_on_function_error(want.bisect)
                    .parallelization_factor(want.parallelization)
                    .tumbling_window_in_seconds(want.tumbling_window);
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
