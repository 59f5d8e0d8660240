//! Groups of EventBridge Scheduler. Single schedules take no tags, so the group that they are in says whose
//! they are (docs/aws-facts.md §14).

use crate::aws::{AwsError, Op};
use crate::contract::elsewhere::{ArnForm, Elsewhere};
use crate::contract::tags::TagEdit;
use crate::contract::{Claim, Expand, Found, Grants, Kind, KindError, Needs, ReadCx, Rule, WriteCx};
use crate::kinds::schedule::Schedule;
use crate::model::{Attributes, Node, Scope};

pub(crate) mod api;
mod file;
mod live;
mod members;
mod needs;
mod rules;
mod spec;
mod write;

pub use file::{OWN, bring};
pub use live::{Live, claims, read_one};
pub use spec::Spec;

/// A group of schedules.
#[derive(Debug, Clone)]
pub struct ScheduleGroup;

impl Kind for ScheduleGroup {
    const NAME: &'static str = "schedule_group";
    const SECTION: &'static str = "schedule_groups";
    const ABOUT: &'static str = "Groups of schedules beside the stack's own.";
    const API: &'static [&'static Op] = api::ALL;
    const RULES: &'static [&'static [Rule]] = &[rules::RULES];
    const ATTRIBUTES: &'static [&'static str] = &["arn", "name"];
    const ARN: Option<ArnForm> = Some(ArnForm::new("scheduler", "schedule-group/"));
    const ELSEWHERE: Elsewhere = Elsewhere {
        named: &[
            ("AWS::Scheduler::ScheduleGroup", &["Name"]),
            ("aws_scheduler_schedule_group", &["name"]),
            ("aws:scheduler/scheduleGroup:ScheduleGroup", &["name"]),
        ],
        parts: &[],
    };

    type File = file::ScheduleGroupFile;
    type Spec = Spec;
    type Live = Live;

    fn expand(cx: &mut Expand<'_>, key: &str, file: &Self::File) {
        file::expand(cx, key, file);
    }

    fn is_nobodys(name: &str, _arn: &str) -> Option<&'static str> {
        (name == "default").then_some("every account has this group, and it takes no mark")
    }

    fn attributes(scope: &Scope, name: &str, _spec: &Spec, _live: Option<&Live>) -> Attributes {
        [("arn".into(), arn(scope, name)), ("name".into(), name.to_owned())].into()
    }

    fn plain(_scope: &Scope, _name: &str, _want: &Spec) -> Spec {
        Spec::default()
    }

    fn along(live: &Live) -> Option<(&'static str, Vec<String>)> {
        Some((Schedule::NAME, live.holds.clone()))
    }

    fn needs(cx: &Needs<'_>, nodes: &[(&Node, Spec)], grants: &mut Grants) {
        needs::needs(cx, nodes, grants);
    }

    async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Found<Self>>, AwsError> {
        live::read(cx, names).await
    }

    async fn owned(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
        live::claims(cx).await
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
    scope.arn("scheduler", &format!("schedule-group/{name}"))
}
