//! CloudWatch metric alarms.

use crate::aws::{AwsError, Op};
use crate::contract::cost::{Costs, Traffic};
use crate::contract::elsewhere::{ArnForm, Elsewhere};
use crate::contract::tags::TagEdit;
use crate::contract::written::Row;
use crate::contract::{
    Checked, Claim, Expand, Found, Grants, Kind, KindError, Needs, Patient, ReadCx, Rule, Users, Watched, WriteCx, Writing,
};
use crate::model::{Artifact, Attributes, Node, Scope};

pub(crate) mod api;
mod cost;
mod file;
mod health;
mod live;
mod math;
mod members;
mod needs;
mod restated;
mod rules;
mod spec;
mod watched;
mod write;
mod written;

pub use live::Live;
pub(crate) use math::place_of_query;
pub use spec::{Comparison, Query, Spec};
pub use watched::ERROR_RATE;

/// A metric alarm.
#[derive(Debug, Clone)]
pub struct Alarm;

impl Kind for Alarm {
    const NAME: &'static str = "alarm";
    const SECTION: &'static str = "alarms";
    const ABOUT: &'static str = "CloudWatch alarms.";
    const API: &'static [&'static Op] = api::ALL;
    const RULES: &'static [&'static [Rule]] = &[rules::RULES, math::RULES];
    /// Dimensions are names, and a metric is there when somebody first writes one.
    const LOOSE: &'static [&'static str] = &["dimensions", "metrics"];
    const EXCLUSIVE: &'static [&'static str] = &["threshold", "band", "threshold_metric"];
    const ATTRIBUTES: &'static [&'static str] = &["arn", "name"];
    const WRITTEN: &'static [Row] = written::WRITTEN;
    const ARN: Option<ArnForm> = Some(ArnForm::new("cloudwatch", "alarm:"));
    const ELSEWHERE: Elsewhere = Elsewhere {
        named: &[
            ("AWS::CloudWatch::Alarm", &["AlarmName"]),
            ("aws_cloudwatch_metric_alarm", &["alarm_name"]),
            ("aws:cloudwatch/metricAlarm:MetricAlarm", &["name"]),
        ],
        parts: &[],
    };

    type File = file::AlarmFile;
    type Spec = Spec;
    type Live = Live;

    fn expand(cx: &mut Expand<'_>, key: &str, file: &Self::File) {
        file::expand(cx, key, file);
    }

    fn restated(file: &mut Writing<'_>, spec: &mut Spec) {
        restated::restated(file, spec);
    }

    fn attributes(scope: &Scope, name: &str, _spec: &Spec, _live: Option<&Live>) -> Attributes {
        [("arn".into(), arn(scope, name)), ("name".into(), name.to_owned())].into()
    }

    fn normal(spec: &mut Spec) {
        spec::normal(spec);
    }

    fn align(want: &mut Spec, have: &mut Spec, _live: &mut Live, _artifact: Option<&Artifact>) {
        spec::align(want, have);
    }

    fn costs(spec: &Spec, _live: Option<&Live>, _traffic: Option<&Traffic>) -> Costs {
        cost::costs(spec)
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

    async fn watching(cx: &ReadCx, of: &[Watched]) -> Result<Vec<String>, AwsError> {
        live::watching(cx, of).await
    }

    async fn users(cx: &ReadCx, of: &[Watched]) -> Result<Users, AwsError> {
        live::users(cx, of).await
    }

    async fn owned(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
        live::owned(cx).await
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

fn arn(scope: &Scope, name: &str) -> String {
    scope.arn("cloudwatch", &format!("alarm:{name}"))
}
