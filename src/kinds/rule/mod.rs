//! Rules of EventBridge with their targets.

use crate::aws::{AwsError, Op};
use crate::contract::elsewhere::{ArnForm, Elsewhere};
use crate::contract::tags::TagEdit;
use crate::contract::written::Row;
use crate::contract::{Claim, Expand, Fails, FailsTo, Found, Grants, Kind, KindError, Needs, ReadCx, Rule, WriteCx, Writing};
use crate::model::handover::Start;
use crate::model::{Artifact, Attributes, Node, Scope};
use crate::source::times::Timing;

pub(crate) mod api;
mod buses;
mod delivery;
mod file;
mod live;
mod members;
pub mod name;
mod needs;
mod own_role;
pub mod pattern;
mod pattern_sense;
mod restated;
mod rules;
mod spec;
mod targets;
mod write;
mod written;

pub use buses::bus_of;
pub use file::target_place;
pub use live::Live;
pub use own_role::OwnRole;
pub use spec::{RuleState, Spec, Target, Transform};
pub use targets::{Delivery, RetryFile, TransformFile, target_of};

/// A rule of EventBridge.
#[derive(Debug, Clone)]
pub struct EventRule;

impl Kind for EventRule {
    const NAME: &'static str = "rule";
    const SECTION: &'static str = "rules";
    const ABOUT: &'static str = "Rules of EventBridge: which events go where.";
    const API: &'static [&'static Op] = api::ALL;
    const RULES: &'static [&'static [Rule]] = &[rules::RULES, pattern_sense::RULES];
    const ATTRIBUTES: &'static [&'static str] = &["arn", "name"];
    const DOCUMENTS: &'static [&'static str] = &["pattern", "targets.*.input"];
    const IMMUTABLE: &'static [&'static str] = &["bus"];
    const WHOLE: &'static [&'static str] = &["event"];
    const FEEDS: bool = true;
    const STANDS_ON: &'static [&'static str] = &["role", "targets.*.role"];
    const WRITTEN: &'static [Row] = written::WRITTEN;
    const ARN: Option<ArnForm> = Some(ArnForm::new("events", "rule/"));
    const ELSEWHERE: Elsewhere = Elsewhere {
        named: &[
            ("AWS::Events::Rule", &["Arn", "Name"]),
            ("aws_cloudwatch_event_rule", &["arn", "name"]),
            ("aws:cloudwatch/eventRule:EventRule", &["arn", "name"]),
        ],
        parts: &["aws_cloudwatch_event_target", "aws:cloudwatch/eventTarget:EventTarget"],
    };

    type File = file::RuleFile;
    type Spec = Spec;
    type Live = Live;

    fn expand(cx: &mut Expand<'_>, key: &str, file: &Self::File) {
        file::expand(cx, key, file);
    }

    fn restated(file: &mut Writing<'_>, spec: &mut Spec) {
        restated::restated(file, spec);
    }

    fn within(name: &str) -> Option<(&'static str, &str)> {
        let (bus, _) = name::parts(name);
        (bus != name::DEFAULT_BUS).then_some((buses::BUSES, bus))
    }

    fn physical(name: &str, within: Option<&str>) -> String {
        name::on_bus(within.unwrap_or(name::DEFAULT_BUS), name)
    }

    /// Without its bus.
    fn name_in_file(name: &str) -> &str {
        name::parts(name).1
    }

    fn attributes(scope: &Scope, name: &str, _spec: &Spec, _live: Option<&Live>) -> Attributes {
        [("arn".into(), arn(scope, name)), ("name".into(), name::parts(name).1.to_owned())].into()
    }

    fn normal(spec: &mut Spec) {
        spec::normal(spec);
    }

    fn align(want: &mut Spec, have: &mut Spec, _live: &mut Live, _artifact: Option<&Artifact>) {
        spec::align(want, have);
    }

    fn timing(spec: &Spec) -> Option<Timing> {
        spec.timing()
    }

    fn starts(spec: &Spec) -> Vec<Start> {
        spec.starts().into_iter().collect()
    }

    fn fails_to(spec: &Spec) -> Vec<FailsTo> {
        let queues = spec.targets.values().filter_map(|target| target.dead_letter.clone());
        queues.map(|arn| FailsTo { arn, by: Fails::Delivery }).collect()
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

/// ARN of a rule of this physical name.
pub fn arn(scope: &Scope, physical: &str) -> String {
    scope.arn("events", &format!("rule/{physical}"))
}
