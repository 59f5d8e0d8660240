//! SQS queues.

use serde_json::Value;

use crate::aws::{AwsError, Op};
use crate::contract::cost::{Costs, Metric, Traffic};
use crate::contract::elsewhere::{ArnForm, Elsewhere};
use crate::contract::notifications::{self, Sort, Started};
use crate::contract::tags::TagEdit;
use crate::contract::written::Row;
use crate::contract::{
    Checked, Claim, Expand, FailsTo, Found, Gauge, Grants, Kind, KindError, NameForm, Needs, Patient, ReadCx, Rule, WriteCx, Writing,
};
use crate::model::handover::Start;
use crate::model::stake::Holding;
use crate::model::{Artifact, Attributes, Node, Scope, policy};

pub(crate) mod api;
mod cost;
mod file;
mod health;
mod live;
mod members;
mod needs;
mod restated;
mod rules;
mod spec;
mod write;
mod written;

pub use file::{Encrypts, encrypts};
pub use live::{Live, counts, owner, url};
pub(crate) use rules::queue_of;
pub use spec::{FifoThroughputLimit, Redrive, Spec, sorted_sources};

/// A queue.
#[derive(Debug, Clone)]
pub struct Queue;

impl Kind for Queue {
    const NAME: &'static str = "queue";
    const SECTION: &'static str = "queues";
    const ABOUT: &'static str = "SQS queues.";
    const NAMES: NameForm = NameForm { suffix: Some(".fifo"), ..NameForm::PLAIN };
    const API: &'static [&'static Op] = api::ALL;
    const RULES: &'static [&'static [Rule]] = &[rules::RULES];
    const ATTRIBUTES: &'static [&'static str] = &["arn", "name", "url"];
    const DOCUMENTS: &'static [&'static str] = &["policy", "redrive_allow"];
    const IMMUTABLE: &'static [&'static str] = &["fifo"];
    const LOOSE: &'static [&'static str] = &["policy", "redrive_allow"];
    const STARTED_BY: &'static [&'static str] = &["notifications"];
    const LETS_IN: &'static [&'static str] = &["policy"];
    const METRICS: &'static [Metric] = cost::METRICS;
    const GAUGES: &'static [Gauge] = health::GAUGES;
    const WRITTEN: &'static [Row] = written::WRITTEN;
    const ARN: Option<ArnForm> = Some(ArnForm::new("sqs", ""));
    const ELSEWHERE: Elsewhere = Elsewhere {
        named: &[("AWS::SQS::Queue", &["QueueName"]), ("aws_sqs_queue", &["name"]), ("aws:sqs/queue:Queue", &["name"])],
        parts: &[
            "AWS::SQS::QueuePolicy",
            "aws_sqs_queue_policy",
            "aws_sqs_queue_redrive_policy",
            "aws_sqs_queue_redrive_allow_policy",
            "aws:sqs/queuePolicy:QueuePolicy",
            "aws:sqs/redrivePolicy:RedrivePolicy",
            "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
        ],
    };

    type File = file::QueueFile;
    type Spec = Spec;
    type Live = Live;

    fn expand(cx: &mut Expand<'_>, key: &str, file: &Self::File) {
        file::expand(cx, key, file);
    }

    fn admit(spec: &mut Spec, statement: Value) {
        spec.policy = policy::with_statements(spec.policy.take(), vec![statement]);
    }

    fn restated(file: &mut Writing<'_>, spec: &mut Spec) {
        restated::restated(file, spec);
    }

    fn starts(spec: &Spec) -> Vec<Start> {
        notifications::starts(&spec.notifications).collect()
    }

    fn attributes(scope: &Scope, name: &str, _spec: &Spec, live: Option<&Live>) -> Attributes {
        let from_name = [("arn".into(), scope.arn("sqs", name)), ("name".into(), name.to_owned())];
        from_name.into_iter().chain(live.map(|live| ("url".into(), live.url.clone()))).collect()
    }

    fn normal(spec: &mut Spec) {
        spec::normal(spec);
    }

    fn align(want: &mut Spec, have: &mut Spec, _live: &mut Live, _artifact: Option<&Artifact>) {
        spec::align(want, have);
    }

    fn costs(spec: &Spec, _live: Option<&Live>, traffic: Option<&Traffic>) -> Costs {
        cost::costs(spec, traffic)
    }

    fn fails_to(spec: &Spec) -> Vec<FailsTo> {
        health::fails_to(spec)
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
        write::create(cx, &node.name, want).await
    }

    async fn update(cx: &WriteCx, _node: &Node, have: &Found<Self>, want: &Spec) -> Result<Attributes, KindError> {
        write::update(cx, have, want).await?;
        Ok(Attributes::new())
    }

    async fn retag(cx: &WriteCx, have: &Found<Self>, edit: &TagEdit) -> Result<(), KindError> {
        write::retag(cx, have, edit).await
    }

    async fn delete(cx: &WriteCx, have: &Found<Self>) -> Result<(), KindError> {
        write::delete(cx, have).await
    }
}

/// What entries of buckets start.
fn started(scope: &Scope, name: &str) -> Started {
    Started { sort: Sort::Queue, kind: Queue::NAME, name: name.to_owned(), arn: scope.arn("sqs", name) }
}
