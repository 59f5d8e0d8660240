//! Kinesis streams.

use serde::{Deserialize, Serialize};

use crate::aws::{AwsError, Op};
use crate::contract::cost::{Costs, Metric, Traffic};
use crate::contract::elsewhere::{ArnForm, Elsewhere};
use crate::contract::tags::TagEdit;
use crate::contract::written::Row;
use crate::contract::{Claim, Expand, Found, Grants, Kind, KindError, Needs, ReadCx, Rule, WriteCx};
use crate::model::stake::Holding;
use crate::model::{Attributes, Node, Scope};

pub(crate) mod api;
mod cost;
mod file;
mod live;
mod members;
mod needs;
mod rules;
mod settle;
mod spec;
mod write;
mod written;

pub use spec::Spec;

/// A stream.
#[derive(Debug, Clone)]
pub struct Stream;

/// What AWS alone knows of a stream.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Live {
    /// Consumers with a share of their own.
    #[serde(default)]
    pub consumers: i32,
}

impl Kind for Stream {
    const NAME: &'static str = "stream";
    const SECTION: &'static str = "streams";
    const ABOUT: &'static str = "Kinesis streams.";
    const API: &'static [&'static Op] = api::ALL;
    const RULES: &'static [&'static [Rule]] = &[rules::RULES];
    const ATTRIBUTES: &'static [&'static str] = &["arn", "name"];
    const METRICS: &'static [Metric] = cost::METRICS;
    const GONE_ONCE_DELETED: bool = true;
    const WRITTEN: &'static [Row] = written::WRITTEN;
    const ARN: Option<ArnForm> = Some(ArnForm::new("kinesis", "stream/").until('/'));
    const ELSEWHERE: Elsewhere = Elsewhere {
        named: &[("AWS::Kinesis::Stream", &["Name"]), ("aws_kinesis_stream", &["name"]), ("aws:kinesis/stream:Stream", &["name"])],
        parts: &[],
    };

    type File = file::StreamFile;
    type Spec = Spec;
    type Live = Live;

    fn expand(cx: &mut Expand<'_>, key: &str, file: &Self::File) {
        file::expand(cx, key, file);
    }

    fn attributes(scope: &Scope, name: &str, _spec: &Spec, _live: Option<&Live>) -> Attributes {
        [("arn".into(), arn(scope, name)), ("name".into(), name.to_owned())].into()
    }

    fn normal(spec: &mut Spec) {
        spec::normal(spec);
    }

    fn costs(spec: &Spec, _live: Option<&Live>, traffic: Option<&Traffic>) -> Costs {
        cost::costs(spec, traffic)
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

    async fn holds(_cx: &ReadCx, found: &Found<Self>) -> Result<Vec<Holding>, AwsError> {
        Ok(live::holds(found))
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
        write::delete(cx, have).await
    }
}

fn arn(scope: &Scope, name: &str) -> String {
    scope.arn("kinesis", &format!("stream/{name}"))
}
