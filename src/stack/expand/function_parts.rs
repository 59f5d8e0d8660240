//! The parts of a function that have calls of their own.

use std::collections::BTreeMap;

use super::Expander;
use super::resources::document;
use crate::kinds::function::spec::{Cors, EventInvoke, EventSource, Permission, Url};
use crate::stack::format::{CorsFile, EventInvokeFile, EventSourceFile, FunctionFile, InvokeMode, UrlAuth, UrlFile};

pub(super) fn event_invoke(file: &EventInvokeFile) -> EventInvoke {
    EventInvoke {
        max_retries: file.max_retries.map_or(2, |n| n.0),
        max_age: file.max_age.map_or(21_600, |seconds| seconds.0 as i32),
        on_success: file.on_success.clone(),
        on_failure: file.on_failure.clone(),
    }
}

pub(super) fn url(file: &UrlFile, alias: Option<String>) -> Url {
    Url {
        auth: if file.auth == UrlAuth::None { "NONE".into() } else { "AWS_IAM".into() },
        invoke_mode: if file.invoke_mode == Some(InvokeMode::Stream) { "RESPONSE_STREAM".into() } else { "BUFFERED".into() },
        alias,
        cors: file.cors.as_ref().map(cors).filter(|cors| *cors != Cors::default()),
    }
}

fn cors(file: &CorsFile) -> Cors {
    let set = |list: &[String]| list.iter().cloned().collect();
    Cors {
        allow_credentials: file.allow_credentials.0,
        allow_headers: set(&file.allow_headers),
        allow_methods: set(&file.allow_methods),
        allow_origins: set(&file.allow_origins),
        expose_headers: set(&file.expose_headers),
        max_age: file.max_age.map_or(0, |seconds| seconds.0 as i32),
    }
}

/// The file's statements, and for a URL without authentication the two that Lambda asks for since
/// October 2025: to call the URL, and to invoke the function through it (Lambda Developer Guide,
/// "Control access to Lambda function URLs").
pub(super) fn permissions(file: &FunctionFile, alias: Option<&str>) -> BTreeMap<String, Permission> {
    let alias = alias.map(str::to_owned);
    let mut all: BTreeMap<String, Permission> = file
        .permissions
        .iter()
        .map(|(sid, permission)| {
            let permission = Permission {
                principal: permission.principal.clone(),
                action: permission.action.clone().unwrap_or_else(|| "lambda:InvokeFunction".into()),
                source_arn: permission.source_arn.clone(),
                source_account: permission.source_account.as_ref().map(|text| text.0.clone()),
                principal_org: permission.principal_org.clone(),
                url_auth: permission.url_auth.clone(),
                via_url: false,
                alias: alias.clone(),
            };
            (sid.clone(), permission)
        })
        .collect();
    if file.url.as_ref().is_some_and(|url| url.auth == UrlAuth::None) {
        let public = Permission { principal: "*".into(), alias, ..Permission::default() };
        let call = Permission { action: "lambda:InvokeFunctionUrl".into(), url_auth: Some("NONE".into()), ..public.clone() };
        let invoke = Permission { action: "lambda:InvokeFunction".into(), via_url: true, ..public };
        all.entry("FunctionURLAllowPublicAccess".into()).or_insert(call);
        all.entry("FunctionURLInvokeAllowPublicAccess".into()).or_insert(invoke);
    }
    all
}

impl Expander<'_> {
    pub(super) fn event_sources(&mut self, key: &str, file: &FunctionFile) -> BTreeMap<String, EventSource> {
        let place = self.place("functions", key, "event_sources");
        let mut all = BTreeMap::new();
        for source in &file.event_sources {
            let arn = match (&source.queue, &source.arn) {
                (Some(queue), None) => self.arn_of("queues", queue, place),
                (None, Some(arn)) => arn.clone(),
                _ => {
                    self.problem(
                        place,
                        format!("functions.{key}: an event source has exactly one of `queue` and `arn`"),
                        "keep one of the two",
                    );
                    continue;
                }
            };
            if all.insert(arn.clone(), event_source(source, &arn, file.alias.clone())).is_some() {
                self.problem(place, format!("functions.{key}: the event source {arn} is there twice"), "take one out");
            }
        }
        all
    }
}

/// Defaults by kind of source: SQS gathers 10 records, streams 100 (Lambda API Reference,
/// CreateEventSourceMapping, BatchSize).
fn event_source(file: &EventSourceFile, arn: &str, alias: Option<String>) -> EventSource {
    let is_queue = file.queue.is_some() || arn.contains(":sqs:") || arn.contains("${queues.");
    EventSource {
        batch_size: file.batch_size.map_or(if is_queue { 10 } else { 100 }, |n| n.0),
        batch_window: file.batch_window.map_or(0, |seconds| seconds.0 as i32),
        enabled: file.enabled.is_none_or(|flag| flag.0),
        alias,
        filters: file.filters.iter().map(document).collect(),
        report_batch_item_failures: file.report_batch_item_failures.0,
        max_concurrency: file.max_concurrency.map(|n| n.0),
        starting_position: if is_queue { None } else { Some(file.starting_position.clone().unwrap_or_else(|| "LATEST".into())) },
        max_retries: file.max_retries.map(|n| n.0),
        max_age: file.max_age.map(|seconds| seconds.0 as i32),
        bisect: file.bisect.0,
        parallelization: file.parallelization.map_or(1, |n| n.0),
        tumbling_window: file.tumbling_window.map_or(0, |seconds| seconds.0 as i32),
        on_failure: file.on_failure.clone(),
    }
}
