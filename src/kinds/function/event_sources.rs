//! Event source mappings: one list call reads all of them, whoever's function they feed.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_lambda::types::{
    DestinationConfig, DocumentDbEventSourceConfig, EndPointType, EventSourceMappingConfiguration, EventSourceMappingMetric,
    EventSourceMappingMetricsConfig, EventSourcePosition, Filter, FilterCriteria, FullDocument, FunctionResponseType, OnFailure,
    ProvisionedPollerConfig, ScalingConfig, SelfManagedEventSource, SourceAccessConfiguration, SourceAccessType,
};
use aws_smithy_types::DateTime;
use futures_util::future::join_all;
use jiff::Timestamp;
use serde_json::Value;

use super::mapping::{self, EventSource, Origin, Pollers, SourceAccess};
use super::remade::{self, Settings};
use super::spec::Spec;
use super::words;
use super::{Function, api};
use crate::aws::{AwsError, Page, pages};
use crate::contract::{Found, Kind, KindError, ReadCx, WriteCx, done_if_missing};

/// All mappings of the region.
pub(super) async fn list(cx: &ReadCx) -> Result<Arc<Vec<EventSourceMappingConfiguration>>, AwsError> {
    let all = || {
        pages(&api::LIST_EVENT_SOURCE_MAPPINGS, "event source mappings", |marker| async move {
            let asked = || cx.aws.lambda.list_event_source_mappings().max_items(100).set_marker(marker.clone()).send();
            let page = cx.call.send(&api::LIST_EVENT_SOURCE_MAPPINGS, "event source mappings", asked).await?;
            Ok(Page::new(page.event_source_mappings, page.next_marker))
        })
    };
    cx.once_for_all("", all).await
}

/// Alias and source of a mapping, if it feeds this function.
pub(super) fn feeds(mapping: &EventSourceMappingConfiguration, name: &str) -> Option<(Option<String>, String)> {
    // arn:aws:lambda:<region>:<account>:function:<name>[:<alias>]
    let mut parts = mapping.function_arn()?.split(':').skip(6);
    if parts.next() != Some(name) {
        return None;
    }
    let source = mapping::key(mapping.event_source_arn(), &bootstrap_servers(mapping), mapping.topics(), mapping.queues());
    Some((parts.next().map(str::to_owned), source))
}

fn bootstrap_servers(mapping: &EventSourceMappingConfiguration) -> BTreeSet<String> {
    let servers = mapping.self_managed_event_source().and_then(SelfManagedEventSource::endpoints).into_iter().flatten();
    servers.flat_map(|(_, servers)| servers.clone()).collect()
}

/// Source, UUID and normal form of a mapping, if it feeds this function.
pub(super) fn of_function(mapping: &EventSourceMappingConfiguration, name: &str) -> Option<(String, String, EventSource)> {
    let (alias, source) = feeds(mapping, name).filter(|_| mapping.state() != Some("Deleting"))?;
    let destination = mapping.destination_config().and_then(|d| d.on_failure()).and_then(|d| d.destination());
    let filters = mapping.filter_criteria().map(FilterCriteria::filters).unwrap_or_default();
    let documents = mapping.document_db_event_source_config();
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
        kms_key: mapping.kms_key_arn().map(str::to_owned),
        starting_position_timestamp: mapping.starting_position_timestamp().and_then(instant),
        topics: mapping.topics().to_vec(),
        consumer_group: consumer_group(mapping).map(str::to_owned),
        bootstrap_servers: bootstrap_servers(mapping),
        queues: mapping.queues().to_vec(),
        source_access: mapping.source_access_configurations().iter().filter_map(access).collect(),
        database: documents.and_then(|config| config.database_name()).map(str::to_owned),
        collection: documents.and_then(|config| config.collection_name()).map(str::to_owned),
        full_document: documents
            .map(|config| config.full_document().map_or(words::FullDocument::Default.into(), |word| word.as_str().into())),
        provisioned_pollers: mapping.provisioned_poller_config().and_then(|config| live_pollers(config, Origin::of(&source))),
        metrics: mapping.metrics_config().into_iter().flat_map(|config| config.metrics()).map(|metric| metric.as_str().into()).collect(),
    };
    Some((source, mapping.uuid()?.to_owned(), event_source))
}

/// As the files have it: in UTC and whole milliseconds.
fn instant(at: &DateTime) -> Option<String> {
    at.to_millis().ok().and_then(|millis| Timestamp::from_millisecond(millis).ok()).map(|at| at.to_string())
}

fn consumer_group(mapping: &EventSourceMappingConfiguration) -> Option<&str> {
    let managed = mapping.amazon_managed_kafka_event_source_config().and_then(|config| config.consumer_group_id());
    managed.or_else(|| mapping.self_managed_kafka_event_source_config().and_then(|config| config.consumer_group_id()))
}

fn access(access: &SourceAccessConfiguration) -> Option<SourceAccess> {
    Some(SourceAccess { kind: access.r#type()?.as_str().into(), uri: access.uri()?.to_owned() })
}

/// A structure that holds nothing says that there are none.
fn live_pollers(config: &ProvisionedPollerConfig, origin: Origin) -> Option<Pollers> {
    let (min, max, group) = (config.minimum_pollers(), config.maximum_pollers(), config.poller_group_name());
    let aws = Pollers::default_of(origin);
    (min.is_some() || max.is_some()).then(|| Pollers {
        min: min.unwrap_or(aws.min),
        max: max.unwrap_or(aws.max),
        group: group.filter(|group| !group.is_empty()).map(str::to_owned),
    })
}

/// Creates and changes mappings, all of them at once, and then deletes those that are not wanted.
pub(super) async fn apply(cx: &WriteCx, name: &str, have: Option<&Found<Function>>, want: &Spec) -> Result<(), KindError> {
    all(want.event_sources.iter().map(|(source, wanted)| bring(cx, name, source, have, wanted))).await?;
    let Some(have) = have else { return Ok(()) };
    let gone = have.spec.event_sources.keys().filter(|source| !want.event_sources.contains_key(*source));
    all(gone.filter_map(|source| uuid(have, source)).map(|id| delete(cx, name, id))).await
}

/// Ends all of them before it tells of a failure, so that no call is cut off on its way.
async fn all(writes: impl Iterator<Item = impl Future<Output = Result<(), KindError>>>) -> Result<(), KindError> {
    join_all(writes).await.into_iter().collect()
}

async fn bring(cx: &WriteCx, name: &str, source: &str, have: Option<&Found<Function>>, wanted: &EventSource) -> Result<(), KindError> {
    match have.and_then(|have| live(have, source)) {
        Some((old, _)) if old == wanted => Ok(()),
        Some((old, id)) if !is_another(Origin::of(source), old, wanted) => change(cx, (name, source), id, old, wanted).await,
        Some((_, id)) => {
            let settings = Settings::of(cx, name, source, id).await?;
            delete(cx, name, id).await?;
            create(cx, name, source, wanted, &settings).await
        }
        None => create(cx, name, source, wanted, &Settings::default()).await,
    }
}

/// Whether what is wanted is another mapping: where reading begins and who reads are chosen once, and so
/// is that AWS gathers records for its own half second.
fn is_another(origin: Origin, old: &EventSource, want: &EventSource) -> bool {
    let beginning = |source: &EventSource| (source.starting_position.clone(), source.starting_position_timestamp.clone());
    beginning(old) != beginning(want)
        || old.consumer_group != want.consumer_group
        || (origin.gathers() && old.batch_window != want.batch_window && want.batch_window == 0)
}

fn live<'a>(found: &'a Found<Function>, source: &str) -> Option<(&'a EventSource, &'a str)> {
    Some((found.spec.event_sources.get(source)?, uuid(found, source)?))
}

/// Deletes all mappings of a function that is deleted.
pub(super) async fn delete_all(cx: &WriteCx, have: &Found<Function>) -> Result<(), KindError> {
    all(have.spec.event_sources.keys().filter_map(|source| uuid(have, source)).map(|id| delete(cx, &have.name, id))).await
}

fn uuid<'a>(found: &'a Found<Function>, source: &str) -> Option<&'a str> {
    found.live.mappings.get(source).map(String::as_str)
}

fn target(name: &str, want: &EventSource) -> String {
    want.alias.as_ref().map_or_else(|| name.to_owned(), |alias| format!("{name}:{alias}"))
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

fn metrics(want: &EventSource) -> EventSourceMappingMetricsConfig {
    let metrics = want.metrics.iter().map(|metric| EventSourceMappingMetric::from(metric.as_str())).collect();
    EventSourceMappingMetricsConfig::builder().set_metrics(Some(metrics)).build()
}

fn pollers(want: &EventSource) -> ProvisionedPollerConfig {
    let config = ProvisionedPollerConfig::builder();
    config
        .set_minimum_pollers(want.provisioned_pollers.as_ref().map(|pollers| pollers.min))
        .set_maximum_pollers(want.provisioned_pollers.as_ref().map(|pollers| pollers.max))
        .set_poller_group_name(want.provisioned_pollers.as_ref().and_then(|pollers| pollers.group.clone()))
        .build()
}

fn source_access(want: &EventSource) -> Vec<SourceAccessConfiguration> {
    let of = |access: &SourceAccess| {
        SourceAccessConfiguration::builder().r#type(SourceAccessType::from(access.kind.as_str())).uri(&access.uri).build()
    };
    want.source_access.iter().map(of).collect()
}

fn documents(want: &EventSource) -> Option<DocumentDbEventSourceConfig> {
    let database = want.database.as_ref()?;
    let config = DocumentDbEventSourceConfig::builder().database_name(database).set_collection_name(want.collection.clone());
    Some(config.set_full_document(want.full_document.as_ref().map(|word| FullDocument::from(word.as_str()))).build())
}

fn brokers(want: &EventSource) -> Option<SelfManagedEventSource> {
    let servers: Vec<String> = want.bootstrap_servers.iter().cloned().collect();
    (!servers.is_empty()).then(|| SelfManagedEventSource::builder().endpoints(EndPointType::KafkaBootstrapServers, servers).build())
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    Some(list).filter(|list| !list.is_empty())
}

async fn create(cx: &WriteCx, name: &str, source: &str, want: &EventSource, settings: &Settings) -> Result<(), KindError> {
    match send(cx, name, source, want, settings).await {
        Err(error) if error.already_exists() => {
            // The answer to an earlier try was lost and it is there; or another one is not gone yet.
            if remade::until_gone(cx, name, source, want.alias.as_deref()).await? {
                send(cx, name, source, want, settings).await?;
            }
            Ok(())
        }
        answer => Ok(answer?),
    }
}

async fn send(cx: &WriteCx, name: &str, source: &str, want: &EventSource, settings: &Settings) -> Result<(), AwsError> {
    let EventSource {
        batch_size,
        batch_window,
        enabled,
        alias: _,
        filters: patterns,
        kms_key,
        report_batch_item_failures: _,
        max_concurrency,
        starting_position,
        starting_position_timestamp,
        max_retries,
        max_age,
        bisect,
        parallelization,
        tumbling_window,
        on_failure: _,
        topics,
        consumer_group: _,
        bootstrap_servers: _,
        queues,
        source_access: _,
        database: _,
        collection: _,
        full_document: _,
        provisioned_pollers,
        metrics: kept,
    } = want;
    let origin = Origin::of(source);
    let scaling = max_concurrency.map(|n| ScalingConfig::builder().maximum_concurrency(n).build());
    let managed = settings.managed(want).filter(|_| origin == Origin::Kafka);
    let own = settings.own(want).filter(|_| origin == Origin::OwnKafka);
    cx.call
        .send(&api::CREATE_EVENT_SOURCE_MAPPING, name, || {
            let mut call = cx
                .aws
                .lambda
                .create_event_source_mapping()
                .set_event_source_arn(mapping::arn_of(source).map(str::to_owned))
                .function_name(target(name, want))
                .batch_size(*batch_size)
                .enabled(*enabled)
                .set_maximum_batching_window_in_seconds(Some(*batch_window).filter(|n| !origin.gathers() || *n > 0))
                .set_filter_criteria((!patterns.is_empty()).then(|| filters(want)))
                .set_kms_key_arn(kms_key.clone())
                .set_function_response_types(some(response_types(want)))
                .set_scaling_config(scaling.clone())
                .set_destination_config(destination(want))
                .set_starting_position(starting_position.as_ref().map(|position| EventSourcePosition::from(position.as_str())))
                .set_starting_position_timestamp(starting_position_timestamp.as_deref().and_then(date_time))
                .set_topics(some(topics.clone()))
                .set_queues(some(queues.clone()))
                .set_self_managed_event_source(brokers(want))
                .set_amazon_managed_kafka_event_source_config(managed.clone())
                .set_self_managed_kafka_event_source_config(own.clone())
                .set_logging_config(settings.logging())
                .set_source_access_configurations(some(source_access(want)))
                .set_document_db_event_source_config(documents(want))
                .set_provisioned_poller_config(provisioned_pollers.is_some().then(|| pollers(want)))
                .set_metrics_config((!kept.is_empty()).then(|| metrics(want)))
                .set_tags(Some(cx.scope.mark(Function::REACH).into_iter().collect()));
            if origin.is_bounded() {
                let is_stream = origin == Origin::Stream;
                call = call
                    .set_maximum_retry_attempts(*max_retries)
                    .set_maximum_record_age_in_seconds(*max_age)
                    .set_bisect_batch_on_function_error(Some(*bisect).filter(|bisect| is_stream || *bisect));
            }
            if origin == Origin::Stream {
                call =
                    call.parallelization_factor(*parallelization).set_tumbling_window_in_seconds(Some(*tumbling_window).filter(|n| *n > 0));
            }
            call.send()
        })
        .await
        .map(drop)
}

fn date_time(instant: &str) -> Option<DateTime> {
    instant.parse::<Timestamp>().ok().map(|instant| DateTime::from_millis(instant.as_millisecond()))
}

/// What is to be cleared is sent as an empty structure; left out it would stay. What a kind of source
/// does not have is refused however little it says, so it is sent only where it changes.
async fn change(cx: &WriteCx, (name, source): (&str, &str), id: &str, old: &EventSource, want: &EventSource) -> Result<(), KindError> {
    // Chosen once, or a part of what the mapping is known by: another is another mapping.
    let EventSource {
        batch_size,
        batch_window,
        enabled,
        alias: _,
        filters: patterns,
        kms_key,
        report_batch_item_failures,
        max_concurrency,
        starting_position: _,
        starting_position_timestamp: _,
        max_retries,
        max_age,
        bisect,
        parallelization,
        tumbling_window,
        on_failure,
        topics: _,
        consumer_group: _,
        bootstrap_servers: _,
        queues: _,
        source_access: entered,
        database,
        collection,
        full_document,
        provisioned_pollers,
        metrics: kept,
    } = want;
    let origin = Origin::of(source);
    let scaling =
        (old.max_concurrency != *max_concurrency).then(|| ScalingConfig::builder().set_maximum_concurrency(*max_concurrency).build());
    let reports = matches!(origin, Origin::Queue | Origin::Stream) || old.report_batch_item_failures != *report_batch_item_failures;
    let of_documents = (&old.database, &old.collection, &old.full_document) != (database, collection, full_document);
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
                .set_maximum_batching_window_in_seconds(Some(*batch_window).filter(|n| !origin.gathers() || *n > 0))
                .set_scaling_config(scaling.clone())
                .set_function_response_types(reports.then(|| response_types(want)))
                .set_kms_key_arn((old.kms_key != *kms_key).then(|| kms_key.clone().unwrap_or_default()))
                .set_source_access_configurations((old.source_access != *entered).then(|| source_access(want)))
                .set_document_db_event_source_config(of_documents.then(|| documents(want)).flatten())
                .set_provisioned_poller_config((old.provisioned_pollers != *provisioned_pollers).then(|| pollers(want)))
                .set_metrics_config((old.metrics != *kept).then(|| metrics(want)));
            // Filters are encrypted when they are set.
            if old.filters != *patterns || (old.kms_key != *kms_key && !patterns.is_empty()) {
                call = call.filter_criteria(filters(want));
            }
            if old.on_failure != *on_failure {
                call = call.destination_config(destination(want).unwrap_or_else(|| DestinationConfig::builder().build()));
            }
            if origin.is_bounded() {
                let differs = |differs: bool| origin == Origin::Stream || differs;
                call = call
                    .set_maximum_retry_attempts(differs(old.max_retries != *max_retries).then(|| max_retries.unwrap_or(-1)))
                    .set_maximum_record_age_in_seconds(differs(old.max_age != *max_age).then(|| max_age.unwrap_or(-1)))
                    .set_bisect_batch_on_function_error(differs(old.bisect != *bisect).then_some(*bisect));
            }
            if origin == Origin::Stream {
                call = call.parallelization_factor(*parallelization).tumbling_window_in_seconds(*tumbling_window);
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
