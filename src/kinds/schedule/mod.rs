//! Schedules of EventBridge Scheduler. One is known by its group and its name together, so that is its
//! physical name here: `group/name`. The group carries the mark (docs/aws-facts.md §14).

use crate::aws::{AwsError, Op};
use crate::contract::elsewhere::{ArnForm, Elsewhere};
use crate::contract::tags::TagEdit;
use crate::contract::written::Row;
use crate::contract::{
    Claim, Expand, Fails, FailsTo, Found, Grants, Kind, KindError, Needs, ReadCx, Rule, TagForm, Watched, WriteCx, Writing,
};
use crate::kinds::schedule_group::ScheduleGroup;
use crate::model::handover::Start;
use crate::model::{Artifact, Attributes, Node, Scope};
use crate::source::times::Timing;

pub(crate) mod api;
mod callee;
mod file;
mod input;
mod live;
mod members;
mod needs;
mod restated;
mod rules;
mod spec;
mod write;
mod written;

pub use callee::bring_role;
pub use file::{AfterCompletionFile, RetryFile, ScheduleFile, add};
pub use live::{Live, names_in};
pub use spec::Spec;

/// A schedule.
#[derive(Debug, Clone)]
pub struct Schedule;

impl Kind for Schedule {
    const NAME: &'static str = "schedule";
    const SECTION: &'static str = "schedules";
    const ABOUT: &'static str = "Schedules of EventBridge Scheduler beside those that are triggers.";
    const API: &'static [&'static Op] = api::ALL;
    const RULES: &'static [&'static [Rule]] = &[rules::RULES];
    /// Its group takes them.
    const TAGS: Option<TagForm> = None;
    const ATTRIBUTES: &'static [&'static str] = &["arn", "group", "name"];
    const DOCUMENTS: &'static [&'static str] = &["input"];
    /// The name says it too: in another group it is another schedule.
    const IMMUTABLE: &'static [&'static str] = &["group"];
    const WHOLE: &'static [&'static str] = &["input"];
    const EXCLUSIVE: &'static [&'static str] = &["function", "queue", "topic", "state_machine", "bus", "stream", "target"];
    const STANDS_ON: &'static [&'static str] = &["role"];
    const WRITTEN: &'static [Row] = written::WRITTEN;
    const ARN: Option<ArnForm> = Some(ArnForm::new("scheduler", "schedule/"));
    const ELSEWHERE: Elsewhere = Elsewhere {
        named: &[
            ("AWS::Scheduler::Schedule", &["Arn", "Name"]),
            ("aws_scheduler_schedule", &["arn", "name"]),
            ("aws:scheduler/schedule:Schedule", &["arn", "name"]),
        ],
        parts: &[],
    };

    const KEEPS_MARK: Option<&'static str> = Some("a schedule takes no tags and has the marks of its group");
    const STRAYS: Option<&'static str> = Some("a schedule takes no tags and belongs by its group: have it made anew in another group");
    const SURVEY: &'static [&'static Op] = &[&api::LIST_SCHEDULES];

    type File = ScheduleFile;
    type Spec = Spec;
    type Live = Live;

    fn expand(cx: &mut Expand<'_>, key: &str, file: &Self::File) {
        file::expand(cx, key, file);
    }

    fn restated(file: &mut Writing<'_>, spec: &mut Spec) {
        restated::restated(file, spec);
    }

    fn is_nobodys(name: &str, _arn: &str) -> Option<&'static str> {
        let why =
            "a schedule is known by the mark of its group, and the default group takes none: write a schedule of your own in its place";
        name.starts_with("default/").then_some(why)
    }

    fn within(name: &str) -> Option<(&'static str, &str)> {
        Some((ScheduleGroup::SECTION, name.rsplit_once('/')?.0))
    }

    fn physical(name: &str, within: Option<&str>) -> String {
        format!("{}/{name}", within.unwrap_or("default"))
    }

    /// Without its group.
    fn name_in_file(name: &str) -> &str {
        name.rsplit_once('/').map_or(name, |(_, name)| name)
    }

    fn attributes(scope: &Scope, name: &str, _spec: &Spec, _live: Option<&Live>) -> Attributes {
        let (group, own) = parts(name);
        [("arn".into(), arn(scope, name)), ("group".into(), group.to_owned()), ("name".into(), own.to_owned())].into()
    }

    fn normal(spec: &mut Spec) {
        spec::normal(spec);
    }

    fn align(want: &mut Spec, have: &mut Spec, live: &mut Live, _artifact: Option<&Artifact>) {
        live::align(want, have, live);
    }

    fn timing(spec: &Spec) -> Option<Timing> {
        spec.timing()
    }

    fn starts(spec: &Spec) -> Vec<Start> {
        spec.starts().into_iter().collect()
    }

    fn fails_to(spec: &Spec) -> Vec<FailsTo> {
        spec.dead_letter_queue.iter().map(|arn| FailsTo { arn: arn.clone(), by: Fails::Delivery }).collect()
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

    async fn watching(cx: &ReadCx, of: &[Watched]) -> Result<Vec<String>, AwsError> {
        live::watching(cx, of).await
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

    /// A schedule takes no tags.
    async fn retag(_cx: &WriteCx, _have: &Found<Self>, _edit: &TagEdit) -> Result<(), KindError> {
        Ok(())
    }

    async fn delete(cx: &WriteCx, have: &Found<Self>) -> Result<(), KindError> {
        write::delete(cx, &have.name).await
    }
}

/// Group and name of a physical name.
fn parts(name: &str) -> (&str, &str) {
    name.split_once('/').unwrap_or(("default", name))
}

fn arn(scope: &Scope, name: &str) -> String {
    scope.arn("scheduler", &format!("schedule/{name}"))
}
