//! Event buses of EventBridge: those with rules, which AWS calls classic today.

use crate::aws::{AwsError, Op};
use crate::contract::elsewhere::{ArnForm, Elsewhere};
use crate::contract::tags::TagEdit;
use crate::contract::written::Row;
use crate::contract::{Claim, Expand, Fails, FailsTo, Found, Grants, Kind, KindError, Needs, ReadCx, Rule, WriteCx};
use crate::model::{Artifact, Attributes, Node, Scope, policy};

pub(crate) mod api;
mod file;
mod live;
mod members;
mod needs;
mod rules;
mod spec;
mod write;
mod written;

pub use live::Live;
pub use spec::Spec;

/// An event bus.
#[derive(Debug, Clone)]
pub struct Bus;

impl Kind for Bus {
    const NAME: &'static str = "bus";
    const SECTION: &'static str = "buses";
    const ABOUT: &'static str = "Event buses of EventBridge.";
    const API: &'static [&'static Op] = api::ALL;
    const RULES: &'static [&'static [Rule]] = &[rules::RULES];
    const ATTRIBUTES: &'static [&'static str] = &["arn", "name"];
    const DOCUMENTS: &'static [&'static str] = &["policy"];
    const LOOSE: &'static [&'static str] = &["policy"];
    const WRITTEN: &'static [Row] = written::WRITTEN;
    const ARN: Option<ArnForm> = Some(ArnForm::new("events", "event-bus/"));
    const ELSEWHERE: Elsewhere = Elsewhere {
        named: &[
            ("AWS::Events::EventBus", &["Name"]),
            ("aws_cloudwatch_event_bus", &["name"]),
            ("aws:cloudwatch/eventBus:EventBus", &["name"]),
        ],
        parts: &["AWS::Events::EventBusPolicy", "aws_cloudwatch_event_bus_policy"],
    };

    type File = file::BusFile;
    type Spec = Spec;
    type Live = Live;

    fn expand(cx: &mut Expand<'_>, key: &str, file: &Self::File) {
        file::expand(cx, key, file);
    }

    fn is_nobodys(name: &str, _arn: &str) -> Option<&'static str> {
        (name == "default").then_some("every account has this bus")
    }

    fn attributes(scope: &Scope, name: &str, _spec: &Spec, _live: Option<&Live>) -> Attributes {
        [("arn".into(), arn(scope, name)), ("name".into(), name.to_owned())].into()
    }

    fn normal(spec: &mut Spec) {
        spec::normal(spec);
    }

    fn align(want: &mut Spec, have: &mut Spec, _live: &mut Live, _artifact: Option<&Artifact>) {
        if let (Some(want), Some(have)) = (&want.policy, &mut have.policy) {
            policy::align(want, have);
        }
    }

    fn fails_to(spec: &Spec) -> Vec<FailsTo> {
        spec.dead_letter.iter().map(|arn| FailsTo { arn: arn.clone(), by: Fails::Delivery }).collect()
    }

    fn plain(_scope: &Scope, _name: &str, _want: &Spec) -> Spec {
        Spec::default()
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
    scope.arn("events", &format!("event-bus/{name}"))
}
