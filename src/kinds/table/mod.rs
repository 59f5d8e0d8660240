//! DynamoDB tables.

use crate::aws::{AwsError, Op};
use crate::contract::cost::{Costs, Metric, Traffic};
use crate::contract::elsewhere::{ArnForm, Elsewhere};
use crate::contract::tags::TagEdit;
use crate::contract::written::Row;
use crate::contract::{Claim, Expand, Found, Grants, Kind, KindError, Needs, ReadCx, Rule, WriteCx, Writing};
use crate::model::plan::Impossible;
use crate::model::stake::Holding;
use crate::model::{Artifact, Attributes, Change, Node, Scope};

pub(crate) mod api;
mod cost;
mod file;
mod live;
mod members;
mod needs;
mod restated;
mod rules;
mod settle;
mod spec;
mod write;
mod written;

pub use live::Live;
pub use spec::Spec;

/// A table.
#[derive(Debug, Clone)]
pub struct Table;

impl Kind for Table {
    const NAME: &'static str = "table";
    const SECTION: &'static str = "tables";
    const ABOUT: &'static str = "DynamoDB tables.";
    const API: &'static [&'static Op] = api::ALL;
    const RULES: &'static [&'static [Rule]] = &[rules::RULES];
    const ATTRIBUTES: &'static [&'static str] = &["arn", "name", "stream_arn"];
    const DOCUMENTS: &'static [&'static str] = &["policy"];
    const LOOSE: &'static [&'static str] = &["policy"];
    const IMMUTABLE: &'static [&'static str] = &["partition_key", "sort_key", "local_indexes"];
    const METRICS: &'static [Metric] = cost::METRICS;
    const GONE_ONCE_DELETED: bool = true;
    const WRITTEN: &'static [Row] = written::WRITTEN;
    const ARN: Option<ArnForm> = Some(ArnForm::new("dynamodb", "table/").until('/'));
    const ELSEWHERE: Elsewhere = Elsewhere {
        named: &[
            ("AWS::DynamoDB::Table", &["TableName"]),
            ("AWS::Serverless::SimpleTable", &["TableName"]),
            ("aws_dynamodb_table", &["name"]),
            ("aws:dynamodb/table:Table", &["name"]),
        ],
        parts: &[],
    };

    type File = file::TableFile;
    type Spec = Spec;
    type Live = Live;

    fn expand(cx: &mut Expand<'_>, key: &str, file: &Self::File) {
        file::expand(cx, key, file);
    }

    fn restated(file: &mut Writing<'_>, spec: &mut Spec) {
        restated::restated(file, spec);
    }

    fn attributes(scope: &Scope, name: &str, spec: &Spec, live: Option<&Live>) -> Attributes {
        let from_name = [("arn".into(), arn(scope, name)), ("name".into(), name.to_owned())];
        // A stream that was switched off keeps its ARN for a day, and feeds nobody.
        let stream = live.and_then(|live| live.stream_arn.clone()).filter(|_| spec.stream.is_some());
        from_name.into_iter().chain(stream.map(|arn| ("stream_arn".into(), arn))).collect()
    }

    fn unsettled(changes: &[Change]) -> &'static [&'static str] {
        // Each stream has an ARN of its own.
        if changes.iter().any(|change| change.is_in("stream")) { &["stream_arn"] } else { &[] }
    }

    fn impossible(want: &Spec, have: &Spec) -> Option<Impossible> {
        write::impossible(want, have)
    }

    fn normal(spec: &mut Spec) {
        spec::normal(spec);
    }

    fn align(want: &mut Spec, have: &mut Spec, _live: &mut Live, _artifact: Option<&Artifact>) {
        spec::align(want, have);
    }

    fn costs(spec: &Spec, live: Option<&Live>, traffic: Option<&Traffic>) -> Costs {
        cost::costs(spec, live, traffic)
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
        live::holds(cx, &found.name).await
    }

    async fn create(cx: &WriteCx, node: &Node, want: &Spec) -> Result<Attributes, KindError> {
        write::create(cx, &node.name, want).await
    }

    async fn update(cx: &WriteCx, _node: &Node, have: &Found<Self>, want: &Spec) -> Result<Attributes, KindError> {
        write::update(cx, have, want).await
    }

    async fn retag(cx: &WriteCx, have: &Found<Self>, edit: &TagEdit) -> Result<(), KindError> {
        write::retag(cx, &have.name, edit).await
    }

    async fn delete(cx: &WriteCx, have: &Found<Self>) -> Result<(), KindError> {
        write::delete(cx, &have.name).await
    }
}

fn arn(scope: &Scope, name: &str) -> String {
    scope.arn("dynamodb", &format!("table/{name}"))
}
