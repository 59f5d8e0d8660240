//! Lambda functions with all that hangs on them: code, configuration, concurrency, versions and
//! aliases, asynchronous invocation, URL, permissions and event sources.

use std::collections::BTreeSet;

use crate::aws::{AwsError, Op};
use crate::contract::cost::{Costs, Metric, Traffic};
use crate::contract::elsewhere::{ArnForm, Elsewhere};
use crate::contract::notifications;
use crate::contract::tags::TagEdit;
use crate::contract::written::Row;
use crate::contract::{
    Checked, Claim, Code, Expand, FailsTo, Found, Gauge, Grants, Kind, KindError, Needs, Nest, Patient, ReadCx, Rule, TagForm, Users,
    Watched, WriteCx, Writing,
};
use crate::model::handover::Start;
use crate::model::stake::Holding;
use crate::model::{Artifact, Attributes, Change, Node, Scope, Times};

mod access;
pub(crate) mod api;
mod beside;
mod cost;
mod event_sources;
mod facts;
mod file;
mod health;
mod invocation;
pub mod live;
pub mod mapping;
mod meant;
mod members;
mod moves;
mod needs;
mod normal;
mod provisioned;
mod remade;
mod rules;
pub mod runtimes;
mod search;
mod sensitive;
mod settle;
pub mod spec;
mod statement;
mod versions;
pub mod words;
mod write;
mod written;

pub use file::EventSourceFile;
pub use live::{Live, owner};
pub(crate) use rules::environment;
pub use spec::Spec;

/// A function.
#[derive(Debug, Clone)]
pub struct Function;

impl Kind for Function {
    const NAME: &'static str = "function";
    const SECTION: &'static str = "functions";
    const ABOUT: &'static str = "Lambda functions.";
    const API: &'static [&'static Op] = api::ALL;
    const RULES: &'static [&'static [Rule]] = rules::RULES;
    const TAGS: Option<TagForm> = Some(TagForm { is_strict: true, ..TagForm::PLAIN });
    const ATTRIBUTES: &'static [&'static str] = &["arn", "name", "invoke_arn", "alias_arn", "version", "version_arn", "url"];
    const DOCUMENTS: &'static [&'static str] = &["event_sources.*.filters"];
    const LOOSE: &'static [&'static str] = &["permissions"];
    const STARTED_BY: &'static [&'static str] = &["event_sources", "notifications"];
    const LETS_IN: &'static [&'static str] = &["permissions"];
    const STANDS_ON: &'static [&'static str] = &["role", "layers"];
    const IDENTITIES: &'static [&'static str] = &["role"];
    const IMMUTABLE: &'static [&'static str] = &["package"];
    /// Lambda makes a function durable only where it makes it
    /// (<https://docs.aws.amazon.com/lambda/latest/dg/durable-configuration.html>).
    const BORN_WITH: &'static [&'static str] = &["durable"];
    const WHOLE: &'static [&'static str] = &["role", "vpc"];
    const STORED: &'static [&'static str] = &["environment"];
    const EXCLUSIVE: &'static [&'static str] = &["source", "s3", "image"];
    const BARS: &'static [(&'static str, &'static [&'static str])] = &[("image", &["build", "handler", "layers", "runtime"])];
    const BESIDE_GUARD: Option<&'static [&'static str]> = Some(&[
        "aliases",
        "elsewhere",
        "event_invoke",
        "event_sources",
        "keep_versions",
        "notifications",
        "permissions",
        "publish",
        "reserved_concurrency",
        "sensitive_variables",
        "tags",
        "url",
    ]);
    const SURVEY: &'static [&'static Op] = &[&api::LIST_FUNCTIONS];
    const METRICS: &'static [Metric] = cost::METRICS;
    const ARN: Option<ArnForm> = Some(ArnForm::new("lambda", "function:").until(':'));
    const ELSEWHERE: Elsewhere = Elsewhere {
        named: &[
            ("AWS::Lambda::Function", &["FunctionName"]),
            ("AWS::Serverless::Function", &["FunctionName"]),
            ("aws_lambda_function", &["function_name"]),
            ("aws:lambda/function:Function", &["name"]),
        ],
        parts: &[
            "AWS::Lambda::Permission",
            "AWS::Lambda::EventSourceMapping",
            "AWS::Lambda::EventInvokeConfig",
            "AWS::Lambda::Alias",
            "AWS::Lambda::Version",
            "AWS::Lambda::Url",
            "aws_lambda_permission",
            "aws_lambda_event_source_mapping",
            "aws_lambda_function_event_invoke_config",
            "aws_lambda_alias",
            "aws_lambda_function_url",
            "aws_lambda_provisioned_concurrency_config",
            "aws:lambda/permission:Permission",
            "aws:lambda/eventSourceMapping:EventSourceMapping",
            "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
            "aws:lambda/alias:Alias",
            "aws:lambda/functionUrl:FunctionUrl",
            "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
        ],
    };
    const STANDS_ALONE: bool = true;
    const GONE_ONCE_DELETED: bool = true;
    const GAUGES: &'static [Gauge] = health::GAUGES;
    const WRITTEN: &'static [Row] = written::WRITTEN;

    type File = file::FunctionFile;
    type Spec = Spec;
    type Live = Live;

    fn expand(cx: &mut Expand<'_>, key: &str, file: &Self::File) {
        file::expand(cx, key, file);
    }

    /// Another run of the same files may have published once more.
    fn stands(live: &Live, shown: &Attributes, told: &Attributes) -> bool {
        told.iter().all(|(name, value)| match name.as_str() {
            "version" | "version_arn" => live.versions.keys().any(|version| number(version) >= number(value)),
            _ => shown.get(name) == Some(value),
        })
    }

    fn restated(file: &mut Writing<'_>, spec: &mut Spec) {
        file::restated(file, spec);
    }

    fn uses(spec: &Spec) -> Vec<(&'static str, String)> {
        file::uses(spec)
    }

    fn nest(nest: &mut Nest<'_>) {
        file::nest(nest);
    }

    /// An alias goes on to what is published next, and versions that are there stay.
    fn kept(spec: &mut Spec, live: &Live) {
        for alias in spec.aliases.values_mut() {
            alias.version = spec::AliasVersion::Current;
        }
        spec.keep_versions = (!spec.aliases.is_empty()).then(|| versions::kept(live));
    }

    fn starts(spec: &Spec) -> Vec<Start> {
        let sources = spec.event_sources.iter().filter(|(_, source)| source.enabled).map(|(from, _)| Start::all_of(from.clone()));
        notifications::starts(&spec.notifications).chain(sources).collect()
    }

    fn attributes(scope: &Scope, name: &str, spec: &Spec, live: Option<&Live>) -> Attributes {
        let arn = live.and_then(|live| live.arn.clone()).unwrap_or_else(|| scope.arn("lambda", &format!("function:{name}")));
        let invoke = format!("arn:{}:apigateway:{}:lambda:path/2015-03-31/functions/{arn}/invocations", scope.partition, scope.region);
        let mut known: Attributes = [("name".into(), name.to_owned()), ("invoke_arn".into(), invoke)].into();
        if let Some(alias) = spec.aliases.keys().next() {
            known.insert("alias_arn".into(), format!("{arn}:{alias}"));
        }
        if let Some(Live { aliases, urls, versions, .. }) = live {
            let version = aliases.values().next().or_else(|| versions::newest(versions).filter(|_| spec.publish.is_some()));
            known.extend(version.into_iter().flat_map(|version| versions::told(&arn, version)));
            let meant = spec.url.as_ref().map(|url| url.alias.as_deref().unwrap_or(live::LATEST));
            let url = meant.and_then(|qualifier| urls.get(qualifier));
            known.extend(url.map(|url| ("url".into(), url.clone())));
        }
        known.insert("arn".into(), arn);
        known
    }

    /// The record of the code, and that of what has reads of its own; that it publishes, and which variables are hidden.
    fn records(spec: &Spec) -> usize {
        2 + usize::from(spec.publish.is_some()) + usize::from(!spec.sensitive_variables.is_empty())
    }

    fn lacks(spec: &Spec, attribute: &str) -> Option<&'static str> {
        match attribute {
            "url" if spec.url.is_none() => Some("declares no `url`"),
            "version" | "version_arn" if spec.aliases.is_empty() && spec.publish.is_none() => {
                Some("declares neither `alias` nor `publish`")
            }
            "alias_arn" if spec.aliases.is_empty() => Some("declares no `alias`"),
            _ => None,
        }
    }

    fn sensitive(spec: &Spec) -> BTreeSet<String> {
        sensitive::paths(spec)
    }

    /// A role that was deleted and made again is another one to Lambda, which keeps its id.
    fn times(live: &Live) -> Times {
        Times { made: None, set: live.changed }
    }

    fn normal(spec: &mut Spec) {
        normal::normal(spec);
    }

    fn align(want: &mut Spec, have: &mut Spec, live: &mut Live, artifact: Option<&Artifact>) {
        normal::choose(want, have, live);
        versions::align(want, have, live, artifact);
    }

    fn unsettled(changes: &[Change]) -> &'static [&'static str] {
        let changes_in = |field: &str| changes.iter().any(|change| change.is_in(field));
        match (changes_in("aliases") || changes_in("publish"), changes_in("url")) {
            (true, true) => &["version", "version_arn", "url"],
            (true, false) => &["version", "version_arn"],
            (false, true) => &["url"],
            (false, false) => &[],
        }
    }

    fn is_unrecorded(live: &Live) -> bool {
        live.record.as_ref().is_none_or(|record| record.sha256 != live.code_sha256)
    }

    fn costs(spec: &Spec, live: Option<&Live>, traffic: Option<&Traffic>) -> Costs {
        cost::costs(spec, live, traffic)
    }

    fn slowed(have: &Spec, want: &Spec, traffic: &Traffic) -> Option<Traffic> {
        cost::slowed(have, want, traffic)
    }

    fn fails_to(spec: &Spec) -> Vec<FailsTo> {
        health::fails_to(spec)
    }

    async fn health(cx: &ReadCx, asked: &[Patient<'_>]) -> Vec<Checked> {
        health::health(cx, asked).await
    }

    fn plain(_scope: &Scope, name: &str, want: &Spec) -> Spec {
        written::plain(name, want)
    }

    fn needs(cx: &Needs<'_>, nodes: &[(&Node, Spec)], grants: &mut Grants) {
        needs::needs(cx, nodes, grants);
    }

    async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Found<Self>>, AwsError> {
        live::read(cx, names).await
    }

    async fn owned(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
        search::owned(cx).await
    }

    async fn create(cx: &WriteCx, node: &Node, want: &Spec) -> Result<Attributes, KindError> {
        write::create(cx, node, want).await
    }

    async fn update(cx: &WriteCx, node: &Node, have: &Found<Self>, want: &Spec) -> Result<Attributes, KindError> {
        write::update(cx, node, have, want).await
    }

    async fn retag(cx: &WriteCx, have: &Found<Self>, edit: &TagEdit) -> Result<(), KindError> {
        write::edit_tags(cx, &have.name, edit).await
    }

    async fn code_at(cx: &ReadCx, arn: &str) -> Result<Option<Code>, AwsError> {
        live::code_at(cx, arn).await
    }

    async fn moves(cx: &ReadCx, found: &Found<Self>) -> Result<Vec<String>, AwsError> {
        moves::moves(cx, found).await
    }

    async fn users(cx: &ReadCx, of: &[Watched]) -> Result<Users, AwsError> {
        search::users(cx, of).await
    }

    fn meant(found: &mut Found<Self>, is_named: &dyn Fn(&str) -> bool) -> Vec<String> {
        meant::meant(found, is_named)
    }

    async fn holds(cx: &ReadCx, found: &Found<Self>) -> Result<Vec<Holding>, AwsError> {
        let sources = found.spec.event_sources.iter().filter(|(_, source)| source.enabled).map(|(arn, _)| arn.clone());
        let sources: Vec<String> = sources.collect();
        let sources = (!sources.is_empty()).then_some(Holding::EventSources(sources));
        Ok(std::iter::once(search::last_invocation(cx, &found.name).await?).chain(sources).collect())
    }

    async fn delete(cx: &WriteCx, have: &Found<Self>) -> Result<(), KindError> {
        write::delete(cx, have).await
    }
}

/// The number of a version, which ends its ARN, too.
fn number(version: &str) -> Option<u64> {
    version.rsplit(':').next()?.parse().ok()
}
