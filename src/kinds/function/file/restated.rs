//! A function in the words of a file: the way back of [`super::expand`].

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::expand::KEEP_VERSIONS;
use super::parts::{DAY, INVOKE, public};
use crate::contract::restated::{differing, names, word_of};
use crate::contract::{Kind, Nest, Writing};
use crate::kinds::function::mapping::{EventSource, Origin, Pollers, arn_of};
use crate::kinds::function::normal::{is_twin, name_of};
use crate::kinds::function::spec::{Config, Cors, EventInvoke, HISTORY_DAYS, Permission, Spec, Url};
use crate::kinds::function::words::{LogFormat, PackageType, TracingMode, UrlAuthType, UrlInvokeMode};
use crate::kinds::log_group::LogGroup;
use crate::kinds::role::Role;
use crate::model::reference::Reference;

/// What CloudWatch Logs calls the group of a function that names none.
const OWN_GROUP: &str = "/aws/lambda/";
/// What Lambda logs of a function that logs JSON where nothing is said.
const INFO: &str = "INFO";

pub(in crate::kinds::function) fn restated(file: &mut Writing<'_>, spec: &Spec) {
    let Spec {
        code,
        s3,
        config,
        description,
        reserved_concurrency,
        aliases,
        publish,
        keep_versions,
        event_invoke,
        url,
        permissions,
        // The ids of entries of ours are their marks: those of others are not ours to write down.
        notifications: _,
        event_sources,
        elsewhere,
        // It follows from the environment.
        sensitive_variables: _,
        failed: _,
        tags,
    } = spec;
    let alias = aliases.keys().next();
    configuration(file, config);
    if let Some(s3) = s3 {
        file.put("s3", Value::Object(differing(s3, &json!({}))));
    }
    if config.package.is(PackageType::Image) {
        let mut image = config.image.as_ref().map(|image| differing(image, &json!({"command": [], "entry_point": []}))).unwrap_or_default();
        image.extend(code.recorded().map(|uri| ("uri".to_owned(), uri.into())));
        file.put("image", image);
    }
    if !description.is_empty() {
        file.put("description", description.as_str());
    }
    file.put("reserved_concurrency", *reserved_concurrency);
    file.put("alias", alias.map(String::as_str));
    file.put("provisioned_concurrency", aliases.values().next().and_then(|alias| alias.provisioned_concurrency));
    for (other, _) in aliases.iter().skip(1) {
        file.untold(format!("the alias {other}: a function of a file has one alias"));
    }
    for (name, alias) in aliases.iter().filter(|(_, alias)| !alias.description.is_empty()) {
        file.untold(format!("the description of the alias {name}, `{}`", alias.description));
    }
    if publish.is_some() {
        file.put("publish", true);
    }
    file.put("keep_versions", keep_versions.filter(|kept| *kept != KEEP_VERSIONS));
    if let Some(invoke) = event_invoke {
        let mut words = differing(invoke, &EventInvoke::default());
        words.remove("alias");
        if is_at(file, "what is said of asynchronous invocation", invoke.alias.as_ref(), alias) {
            file.put("event_invoke", words);
        }
    }
    if let Some(one) = url
        && is_at(file, "the URL", one.alias.as_ref(), alias)
    {
        file.put("url", url_of(one));
    }
    let elsewhere = elsewhere.urls.len() + elsewhere.event_invokes.len();
    if elsewhere > 0 {
        file.untold(format!("{elsewhere} URLs or settings of asynchronous invocation at other qualifiers than the alias"));
    }
    statements(file, permissions, url.as_ref(), alias);
    sources(file, event_sources, alias);
    if !tags.is_empty() {
        file.put("tags", json!(tags));
    }
}

/// Whether a part stands at the qualifier that a file means.
fn is_at(file: &mut Writing<'_>, what: &str, at: Option<&String>, alias: Option<&String>) -> bool {
    if at != alias {
        let at = at.map_or("the function itself", String::as_str);
        file.untold(format!("{what} at {at}: a file means that of the alias, where there is one"));
    }
    at == alias
}

fn configuration(file: &mut Writing<'_>, config: &Config) {
    file.differing(config, &Config::default_of(String::new(), String::new()));
    for field in ["package", "image", "dead_letter", "vpc", "tracing", "logging", "file_systems", "durable", "snap_start"] {
        file.take(field);
    }
    file.words("layers", "layers");
    file.word("role", "role", "roles");
    if let Some(queue) = &config.dead_letter {
        file.put("dead_letter_queue", word_of("queues", queue));
    }
    if let Some(vpc) = &config.vpc {
        file.put("vpc", Value::Object(differing(vpc, &json!({"ipv6": false}))));
    }
    if config.tracing.is(TracingMode::Active) {
        file.put("tracing", "active");
    }
    let systems: Vec<Value> = config.file_systems.iter().map(|(mount, arn)| json!({"arn": arn, "mount": mount})).collect();
    if !systems.is_empty() {
        file.put("file_systems", systems);
    }
    if let Some(durable) = &config.durable {
        let mut words = json!({"execution_timeout": durable.execution_timeout});
        if durable.retention_days != HISTORY_DAYS {
            words["retention"] = durable.retention_days.saturating_mul(DAY.cast_signed()).into();
        }
        if let Some(key) = &durable.kms_key {
            words["kms_key"] = key.as_str().into();
        }
        file.put("durable", words);
    }
    if config.snap_start {
        file.put("snap_start", true);
    }
    let logging = &config.logging;
    let mut words = Map::new();
    if logging.format.is(LogFormat::Json) {
        words.insert("format".to_owned(), logging.format.as_str().into());
    }
    let levels = [
        ("application_level", logging.application_level.as_ref().map(|level| level.as_str())),
        ("system_level", logging.system_level.as_ref().map(|level| level.as_str())),
    ];
    for (field, level) in levels {
        words.extend(level.filter(|level| *level != INFO).map(|level| (field.to_owned(), level.into())));
    }
    let group = Reference::whole(&logging.log_group).filter(|of| of.section == LogGroup::SECTION).map(|of| of.key);
    let group = group.or_else(|| file.key_named(LogGroup::SECTION, &logging.log_group)).unwrap_or_else(|| logging.log_group.clone());
    words.insert("log_group".to_owned(), group.into());
    file.put("logging", words);
}

fn url_of(url: &Url) -> Value {
    let Url { auth, invoke_mode, alias: _, cors } = url;
    let mut words = json!({"auth": if auth.is(UrlAuthType::None) { "none" } else { "iam" }});
    if invoke_mode.is(UrlInvokeMode::Stream) {
        words["invoke_mode"] = "stream".into();
    }
    if let Some(cors) = cors {
        words["cors"] = Value::Object(differing(cors, &Cors::default()));
    }
    words
}

/// The statements but those that a URL without authentication brings along.
fn statements(file: &mut Writing<'_>, permissions: &BTreeMap<String, Permission>, url: Option<&Url>, alias: Option<&String>) {
    let brought = public(url.is_some_and(|url| url.auth.is(UrlAuthType::None)), alias.map(String::as_str));
    let mut words = Map::new();
    for (key, permission) in permissions {
        let what = format!("the permission {}", name_of(key));
        if brought.get(key) == Some(permission) {
            continue;
        }
        if permission.via_url {
            file.untold(format!("{what}, which is for calls through the URL"));
            continue;
        }
        if is_twin(key) || !is_at(file, &what, permission.alias.as_ref(), alias) {
            continue;
        }
        let mut fields = differing(permission, &json!({"action": INVOKE, "via_url": false}));
        fields.remove("alias");
        words.insert(key.clone(), fields.into());
    }
    for missing in brought.keys().filter(|sid| !permissions.contains_key(*sid)) {
        file.untold(format!("that the statement {missing} lacks, which Lambda asks for with a URL that everybody may call"));
    }
    if !words.is_empty() {
        file.put("permissions", words);
    }
}

fn sources(file: &mut Writing<'_>, all: &BTreeMap<String, EventSource>, alias: Option<&String>) {
    let mut words = Vec::new();
    for (key, source) in all {
        if is_at(file, &format!("the event source {}", name_of(key)), source.alias.as_ref(), alias) {
            words.push(source_of(key, source));
        }
    }
    if !words.is_empty() {
        file.put("event_sources", words);
    }
}

fn source_of(key: &str, source: &EventSource) -> Value {
    let key = name_of(key);
    let origin = Origin::of(key);
    let mut fields = Map::new();
    if let Some(arn) = arn_of(key) {
        let table = Reference::whole(arn).filter(|of| of.section == "tables" && of.attribute == "stream_arn").map(|of| of.key);
        let (field, word) = match table {
            Some(table) => ("table", table),
            None if names("queues", arn) => ("queue", word_of("queues", arn)),
            None if names("streams", arn) => ("stream", word_of("streams", arn)),
            None => ("arn", arn.to_owned()),
        };
        fields.insert(field.to_owned(), word.into());
    }
    let mut rest = differing(source, &EventSource::default_of(origin));
    rest.remove("alias");
    if let Some(pollers) = rest.remove("provisioned_pollers") {
        rest.insert("provisioned_pollers".to_owned(), differing(&pollers, &Pollers::default_of(origin)).into());
    }
    fields.extend(rest);
    fields.into()
}

/// Where it logs.
pub(in crate::kinds::function) fn uses(spec: &Spec) -> Vec<(&'static str, String)> {
    vec![(LogGroup::SECTION, spec.config.logging.log_group.clone())]
}

/// The role and the log group that nothing else of the file uses.
pub(in crate::kinds::function) fn nest(nest: &mut Nest<'_>) {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    if let Some(role) = text(nest.fields.get("role"))
        && let Some(own) = nest.take(Role::SECTION, &role)
    {
        nest.fields.insert("role".to_owned(), own.into());
    }
    let Some(group) = nest.fields.get("logging").and_then(|logging| text(logging.get("log_group"))) else { return };
    let name = nest.others.get(LogGroup::SECTION).and_then(|all| text(all.get(&group)?.get("name")));
    let own = text(nest.fields.get("name")).map(|name| format!("{OWN_GROUP}{name}"));
    let is_own = own.is_some_and(|own| name.unwrap_or_else(|| group.clone()) == own);
    if !is_own {
        return;
    }
    // Its name is the one that Lambda means.
    if let Some(Value::Object(logging)) = nest.fields.get_mut("logging") {
        logging.remove("log_group");
        if logging.is_empty() {
            nest.fields.remove("logging");
        }
    }
    let tags = nest.fields.get("tags").cloned();
    let is_plain = nest.others.get(LogGroup::SECTION).and_then(|all| all.get(&group)).is_some_and(|of| {
        of.keys().all(|field| matches!(field.as_str(), "name" | "retention" | "tags")) && of.get("tags") == tags.as_ref()
    });
    if !is_plain {
        return;
    }
    if let Some(own) = nest.take(LogGroup::SECTION, &group)
        && let Some(retention) = own.get("retention")
    {
        nest.fields.insert("log_retention".to_owned(), retention.clone());
    }
}
