//! How a function is written in its file.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::file::{INVOKE, KEEP_VERSIONS};
use super::mapping::{Origin, Pollers};
use super::spec::{
    Alias, AliasVersion, Config, Cors, Durable, EventInvoke, EventSource, HISTORY_DAYS, ImageConfig, Permission, Spec, Url, Vpc,
};
use super::words::{LogFormat, UrlInvokeMode};
use crate::contract::written::{Cx, DAYS, Form, Head, Names, Row, SECONDS, unsaid};
use crate::kinds::triggers::written as notified;

pub(super) const WRITTEN: &[Row] = &[
    Row::new("code", "", Form::Split(code)),
    Row::new("package", "", Form::Left("what has no `image` is a zip")),
    Row::new("timeout", "timeout", SECONDS),
    Row::new("layers", "layers", Form::Key("layers")),
    Row::new("dead_letter", "dead_letter_queue", Form::Key("queues")),
    Row::new("tracing", "tracing", Form::Words(&[("Active", "active"), ("PassThrough", "passthrough")])),
    Row::new("logging.log_group", "log_group", Form::Named("log_groups")),
    Row::new("role", "role", Form::Key("roles")),
    Row::new("file_systems.*", "", Form::ItemOf(mount, "arn")),
    Row::new("durable.execution_timeout", "execution_timeout", SECONDS),
    Row::new("durable.retention_days", "retention", DAYS),
    Row::new("aliases", "", Form::Below),
    Row::new("aliases.*", "", Form::Below),
    Row::new("aliases.*.version", "alias", Form::Star),
    Row::new("aliases.*.description", "", Form::Left("an alias has none in a file")),
    Row::new("aliases.*.provisioned_concurrency", "provisioned_concurrency", Form::Whole),
    Row::new("aliases.*.weights", "", Form::Left("a file's alias leads to one version")),
    Row::new("publish", "publish", Form::With(published)),
    Row::new("event_invoke.alias", "", Form::Left("it is about the alias, where there is one")),
    Row::new("event_invoke.max_age", "max_age", SECONDS),
    Row::new("url.alias", "", Form::Left("it is the alias's, where there is one")),
    Row::new("url.auth", "auth", Form::Words(&[("AWS_IAM", "iam"), ("NONE", "none")])),
    Row::new("url.invoke_mode", "invoke_mode", Form::Words(&[("BUFFERED", "buffered"), ("RESPONSE_STREAM", "stream")])),
    Row::new("url.cors.max_age", "max_age", SECONDS),
    Row::new("permissions.etlctl-s3-*", "", Form::Left("a trigger brings it along")),
    Row::new("permissions.FunctionURLAllowPublicAccess", "", Form::Left("`url: { auth: none }` brings it along")),
    Row::new("permissions.FunctionURLInvokeAllowPublicAccess", "", Form::Left("`url: { auth: none }` brings it along")),
    Row::new("permissions.*.via_url", "", Form::Left("`url: { auth: none }` sets it")),
    Row::new("permissions.*.alias", "", Form::Left("it is about the alias, where there is one")),
    Row::new("permissions.*.rest", "", Form::Left("a file's statement says no more than its fields")),
    notified::NOTIFICATIONS,
    notified::NOTIFICATION,
    notified::BUCKET,
    notified::EVENTS,
    notified::TO,
    Row::new("event_sources", "event_sources", Form::Below).twin("triggers"),
    Row::new("event_sources.*", "", Form::Item(source)),
    Row::new("event_sources.*.batch_window", "batch_window", SECONDS),
    Row::new("event_sources.*.alias", "", Form::Left("it invokes the alias, where there is one")),
    Row::new("event_sources.*.max_age", "max_age", SECONDS),
    Row::new("event_sources.*.tumbling_window", "tumbling_window", SECONDS),
    Row::new("elsewhere", "", Form::Left("it stands at another alias or version")),
    Row::new("sensitive_variables", "", Form::Left("variables of the file and stored values decide it")),
    Row::new("failed", "", Form::Left("Lambda tells it")),
];

/// Digits of a digest, as SHA-256 has them.
const DIGITS: usize = 64;

/// Where the code comes from. A digest says nothing to a reader, and the file names its sources.
fn code(cx: &Cx<'_>, code: &Value) -> Vec<(&'static str, Value)> {
    let is_digest = |text: &&str| text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match code.as_str() {
        None if code.is_null() => Vec::new(),
        Some(uri) if !is_digest(&uri) => vec![("image.uri", json!(cx.names.mention(uri)))],
        Some(_) | None => {
            let source = cx.said("source").map(|source| ("source", json!(source)));
            let s3 = cx.home.and_then(|home| home.get("s3")).map(|s3| ("s3", s3.to_json()));
            source.into_iter().chain(s3).collect()
        }
    }
}

fn mount(_: &Names, path: &str) -> Head {
    vec![("mount", json!(path))]
}

fn published(_: &Cx<'_>, version: &Value) -> Value {
    if version.is_null() { Value::Null } else { json!(true) }
}

/// What an event source is known by, in the words of the file.
fn source(names: &Names, key: &str) -> Head {
    // What stands at a qualifier that no file means has that in its key.
    let key = super::normal::name_of(key);
    let (source, within) = key.split_once(' ').map_or((key, None), |(source, within)| (source, Some(within)));
    let origin = Origin::of(key);
    let known = [("queues", "queue"), ("tables", "table"), ("streams", "stream")];
    let named = known.into_iter().find_map(|(section, word)| Some((word, json!(names.key(section, source)?))));
    let head = named.unwrap_or_else(|| match source.strip_prefix("kafka://") {
        Some(servers) => ("bootstrap_servers", servers.split(',').collect()),
        None => ("arn", json!(names.mention(source))),
    });
    let within = within.map(|within| (if origin == Origin::Broker { "queues" } else { "topics" }, json!([within])));
    std::iter::once(head).chain(within).collect()
}

/// See [`crate::contract::Kind::plain`].
pub(super) fn plain(name: &str, want: &Spec) -> Spec {
    let Spec { config: wanted, permissions, notifications, event_sources, aliases, publish, event_invoke, url, .. } = want;
    let mut config = Config::default_of(String::new(), format!("/aws/lambda/{name}"));
    if wanted.logging.format.is(LogFormat::Json) {
        config.logging.application_level = Some("INFO".into());
        config.logging.system_level = Some("INFO".into());
    }
    config.package = wanted.package.clone();
    config.vpc = unsaid(wanted.vpc.as_ref(), Vpc { subnets: BTreeSet::new(), security_groups: BTreeSet::new(), ipv6: false });
    config.image = unsaid(wanted.image.as_ref(), ImageConfig { command: Vec::new(), entry_point: Vec::new(), working_directory: None });
    config.durable = wanted.durable.as_ref().map(|_| Durable { execution_timeout: 0, retention_days: HISTORY_DAYS, kms_key: None });
    let permission = Permission { action: INVOKE.to_owned(), ..Permission::default() };
    let alias = Alias::to(AliasVersion::Other(String::new()));
    Spec {
        aliases: aliases.keys().map(|name| (name.clone(), alias.clone())).collect(),
        keep_versions: (publish.is_some() || !aliases.is_empty()).then_some(KEEP_VERSIONS),
        // One of its words says that there is one.
        event_invoke: event_invoke.as_ref().map(|_| EventInvoke { max_retries: -1, ..EventInvoke::default() }),
        url: url.as_ref().map(|url| Url {
            auth: "".into(),
            invoke_mode: UrlInvokeMode::Buffered.into(),
            alias: None,
            cors: unsaid(url.cors.as_ref(), Cors::default()),
        }),
        permissions: permissions.keys().map(|sid| (sid.clone(), permission.clone())).collect(),
        notifications: notified::plain(notifications),
        event_sources: event_sources.iter().map(|(key, wanted)| (key.clone(), source_of(key, wanted))).collect(),
        ..Spec::bare(config)
    }
}

fn source_of(key: &str, want: &EventSource) -> EventSource {
    // What stands at a qualifier that no file means has that in its key.
    let origin = Origin::of(super::normal::name_of(key));
    let provisioned_pollers = unsaid(want.provisioned_pollers.as_ref(), Pollers::default_of(origin));
    EventSource { provisioned_pollers, ..EventSource::default_of(origin) }
}
