//! SNS topics with their subscriptions.

use crate::aws::{AwsError, Op};
use crate::contract::cost::{Costs, Metric, Traffic};
use crate::contract::elsewhere::{ArnForm, Elsewhere};
use crate::contract::notifications::{self, Sort, Started};
use crate::contract::tags::TagEdit;
use crate::contract::written::Row;
use crate::contract::{Claim, Expand, Fails, FailsTo, Found, Grants, Kind, KindError, NameForm, Needs, ReadCx, Rule, WriteCx, Writing};
use crate::model::handover::Start;
use crate::model::stake::Holding;
use crate::model::{Artifact, Attributes, Node, Scope, policy};

pub(crate) mod api;
mod cost;
mod file;
mod live;
mod logs;
mod members;
mod needs;
mod passwords;
mod restated;
mod rules;
mod rules_delivery;
mod rules_filter;
mod rules_logs;
mod spec;
mod write;
mod written;

pub use live::{Confirmation, Live, Remembered};
use passwords::Passwords;
pub(crate) use rules::each as each_subscription;
pub use spec::{FilterScope, Spec, Subscription, ThroughputScope};

/// A topic.
#[derive(Debug, Clone)]
pub struct Topic;

impl Kind for Topic {
    const NAME: &'static str = "topic";
    const SECTION: &'static str = "topics";
    const ABOUT: &'static str = "SNS topics.";
    const NAMES: NameForm = NameForm { suffix: Some(".fifo"), ..NameForm::PLAIN };
    const API: &'static [&'static Op] = api::ALL;
    const RULES: &'static [&'static [Rule]] = &[rules::RULES, rules_delivery::RULES, rules_filter::RULES, rules_logs::RULES];
    const ATTRIBUTES: &'static [&'static str] = &["arn", "name"];
    const DOCUMENTS: &'static [&'static str] =
        &["policy", "delivery_policy", "archive_policy", "subscriptions.*.filter_policy", "subscriptions.*.delivery_policy"];
    const LOOSE: &'static [&'static str] = &["policy"];
    const IMMUTABLE: &'static [&'static str] = &["fifo"];
    const FEEDS: bool = true;
    const STARTED_BY: &'static [&'static str] = &["notifications"];
    const LETS_IN: &'static [&'static str] = &["policy"];
    const METRICS: &'static [Metric] = cost::METRICS;
    const WRITTEN: &'static [Row] = written::WRITTEN;
    const ARN: Option<ArnForm> = Some(ArnForm::new("sns", "").until(':'));
    const ELSEWHERE: Elsewhere = Elsewhere {
        named: &[("AWS::SNS::Topic", &["TopicName"]), ("aws_sns_topic", &["name"]), ("aws:sns/topic:Topic", &["name"])],
        parts: &[
            "AWS::SNS::Subscription",
            "AWS::SNS::TopicPolicy",
            "aws_sns_topic_subscription",
            "aws_sns_topic_policy",
            "aws:sns/topicSubscription:TopicSubscription",
            "aws:sns/topicPolicy:TopicPolicy",
        ],
    };

    type File = file::TopicFile;
    type Spec = Spec;
    type Live = Live;

    fn expand(cx: &mut Expand<'_>, key: &str, file: &Self::File) {
        file::expand(cx, key, file);
    }

    fn restated(file: &mut Writing<'_>, spec: &mut Spec) {
        restated::restated(file, spec);
    }

    fn starts(spec: &Spec) -> Vec<Start> {
        notifications::starts(&spec.notifications).collect()
    }

    fn attributes(scope: &Scope, name: &str, _spec: &Spec, _live: Option<&Live>) -> Attributes {
        [("arn".into(), arn(scope, name)), ("name".into(), name.to_owned())].into()
    }

    /// What is remembered of passwords.
    fn records(spec: &Spec) -> usize {
        usize::from(Passwords::of(spec).tag().is_some())
    }

    fn normal(spec: &mut Spec) {
        spec::normal(spec);
    }

    fn left(want: &Spec, have: &Spec, live: &Live) -> Vec<String> {
        let pending = have.subscriptions.keys().filter(|key| live.is_pending(key));
        let told = pending.map(|key| match want.subscriptions.contains_key(key) {
            true => format!(
                "nobody has confirmed {key} yet; SNS shows and changes nothing of it before, so what the file says of it is compared then"
            ),
            false => format!("nobody has confirmed {key}, and SNS removes it by itself after 48 hours"),
        });
        told.collect()
    }

    /// A subscription that waits for its confirmation shows no attributes, and cannot be removed: that is
    /// no drift.
    fn align(want: &mut Spec, have: &mut Spec, live: &mut Live, _artifact: Option<&Artifact>) {
        have.subscriptions.retain(|key, _| want.subscriptions.contains_key(key) || !live.is_pending(key));
        for (key, subscription) in &mut have.subscriptions {
            if let Some(wanted) = want.subscriptions.get(key).filter(|_| live.is_pending(key)) {
                subscription.clone_from(wanted);
            }
        }
        spec::align_filters(want, have);
        passwords::align(want, have, live);
        notifications::choose(&want.notifications, &mut have.notifications);
        if let Some(want) = &want.policy {
            // A file may write down what SNS gives a topic by itself.
            have.policy = have.policy.take().or_else(|| live.default_policy.clone());
            have.policy.iter_mut().for_each(|have| policy::align(want, have));
        }
    }

    fn costs(_spec: &Spec, _live: Option<&Live>, traffic: Option<&Traffic>) -> Costs {
        cost::costs(traffic)
    }

    fn fails_to(spec: &Spec) -> Vec<FailsTo> {
        let queues = spec.subscriptions.values().filter_map(|subscription| subscription.dead_letter.clone());
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

    async fn holds(cx: &ReadCx, found: &Found<Self>) -> Result<Vec<Holding>, AwsError> {
        live::holds(cx, &found.name).await
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
    scope.arn("sns", name)
}

/// What entries of buckets start.
fn started(scope: &Scope, name: &str) -> Started {
    Started { sort: Sort::Topic, kind: Topic::NAME, name: name.to_owned(), arn: scope.arn("sns", name) }
}
