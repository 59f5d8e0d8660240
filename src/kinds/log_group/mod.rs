//! CloudWatch log groups.

use serde::{Deserialize, Serialize};

use crate::aws::{AwsError, Op};
use crate::contract::cost::{Costs, Metric, Traffic};
use crate::contract::elsewhere::{ArnForm, Elsewhere};
use crate::contract::tags::TagEdit;
use crate::contract::written::Row;
use crate::contract::{Checked, Claim, Expand, Found, Grants, Kind, KindError, Needs, Patient, ReadCx, Rule, WriteCx};
use crate::model::stake::Holding;
use crate::model::{Artifact, Attributes, Node, Scope};

pub(crate) mod api;
mod cost;
mod file;
mod filters;
mod health;
pub(crate) mod lease;
mod live;
mod members;
mod needs;
mod rules;
mod spec;
mod subscriptions;
mod write;
mod written;

pub use spec::{LogGroupClass, MetricFilter, Spec, SubscriptionFilter};

/// A log group.
#[derive(Debug, Clone)]
pub struct LogGroup;

/// What AWS alone knows of a log group.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Live {
    /// Bytes that it holds, as AWS counts them from time to time.
    #[serde(default)]
    pub stored_bytes: i64,
    /// Which subscription filters its tag calls ours, none where it has no such tag.
    #[serde(default)]
    subscribed: Option<subscriptions::Ours>,
}

impl Kind for LogGroup {
    const NAME: &'static str = "log_group";
    const SECTION: &'static str = "log_groups";
    const ABOUT: &'static str = "Log groups beside those of the functions.";
    const API: &'static [&'static Op] = api::ALL;
    const RULES: &'static [&'static [Rule]] = &[rules::RULES];
    const ATTRIBUTES: &'static [&'static str] = &["arn", "name"];
    const IMMUTABLE: &'static [&'static str] = &["class"];
    /// Lambda makes the group of a function that logs before the group is there; it has no mark.
    const ADOPTS_UNMARKED: bool = true;
    const METRICS: &'static [Metric] = cost::METRICS;
    const WRITTEN: &'static [Row] = written::WRITTEN;
    const ARN: Option<ArnForm> = Some(ArnForm::new("logs", "log-group:").until(':'));
    const ELSEWHERE: Elsewhere = Elsewhere {
        named: &[
            ("AWS::Logs::LogGroup", &["LogGroupName"]),
            ("aws_cloudwatch_log_group", &["name"]),
            ("aws:cloudwatch/logGroup:LogGroup", &["name"]),
        ],
        parts: &[
            "AWS::Logs::MetricFilter",
            "AWS::Logs::SubscriptionFilter",
            "aws_cloudwatch_log_metric_filter",
            "aws_cloudwatch_log_subscription_filter",
            "aws:cloudwatch/logMetricFilter:LogMetricFilter",
            "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
        ],
    };

    type File = file::LogGroupFile;
    type Spec = Spec;
    type Live = Live;

    fn expand(cx: &mut Expand<'_>, key: &str, file: &Self::File) {
        file::expand(cx, key, file);
    }

    fn attributes(scope: &Scope, name: &str, _spec: &Spec, _live: Option<&Live>) -> Attributes {
        [("arn".into(), arn(scope, name)), ("name".into(), name.to_owned())].into()
    }

    /// That its subscription filters are looked at.
    fn records(spec: &Spec) -> usize {
        usize::from(spec.subscription_filters.as_ref().is_some_and(|filters| !filters.is_empty()))
    }

    fn normal(spec: &mut Spec) {
        spec::normal(spec);
    }

    fn align(want: &mut Spec, have: &mut Spec, live: &mut Live, _artifact: Option<&Artifact>) {
        spec::align(want, have, live);
    }

    fn costs(spec: &Spec, live: Option<&Live>, traffic: Option<&Traffic>) -> Costs {
        cost::costs(spec, live, traffic)
    }

    async fn health(cx: &ReadCx, asked: &[Patient<'_>]) -> Vec<Checked> {
        health::health(cx, asked).await
    }

    fn plain(_scope: &Scope, _name: &str, want: &Spec) -> Spec {
        written::plain(want)
    }

    fn needs(cx: &Needs<'_>, nodes: &[(&Node, Spec)], grants: &mut Grants) {
        needs::needs(cx, nodes, grants);
    }

    async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Found<Self>>, AwsError> {
        live::read(cx, names).await
    }

    async fn owned(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
        live::owned(cx).await
    }

    async fn holds(cx: &ReadCx, found: &Found<Self>) -> Result<Vec<Holding>, AwsError> {
        live::holds(cx, found).await
    }

    async fn create(cx: &WriteCx, node: &Node, want: &Spec) -> Result<Attributes, KindError> {
        write::create(cx, &node.name, want).await?;
        Ok(Attributes::new())
    }

    async fn update(cx: &WriteCx, _node: &Node, have: &Found<Self>, want: &Spec) -> Result<Attributes, KindError> {
        write::update(cx, have, want).await?;
        Ok(Attributes::new())
    }

    async fn retag(cx: &WriteCx, have: &Found<Self>, edit: &TagEdit) -> Result<(), KindError> {
        write::retag(cx, &have.name, edit).await
    }

    async fn delete(cx: &WriteCx, have: &Found<Self>) -> Result<(), KindError> {
        write::delete(cx, &have.name).await
    }
}

/// The form that the tagging operations take, without the `:*` of the form for policies.
fn arn(scope: &Scope, name: &str) -> String {
    scope.arn("logs", &format!("log-group:{name}"))
}
