//! What each kind's reads and writes need, as AWS's Service Authorization Reference says it: which
//! action a call is checked against, which form of ARN the action takes, and which only take `*`.
//!
//! A call is listed only where the stack's files can lead to it. Tags, attachments and the like that
//! somebody adds by hand are taken off again, so the actions for that are always needed.

use serde::de::DeserializeOwned;

use super::Purpose;
use super::function::Functions;
use super::grants::Grants;
use crate::aws::api;
use crate::kinds::{self, alarm, function, layer, log_group, queue, role, topic};
use crate::model::mark::{Guard, OnRemove};
use crate::model::reference::{Reference, resolve};
use crate::model::{Desired, Node, Scope};

/// Everything that one stack needs.
pub fn of_stack(scope: &Scope, desired: &Desired, purpose: Purpose, lists_everything: bool, grants: &mut Grants) {
    // Each run says who it is, and looks for what carries the stack's mark in each kind that can be
    // listed, whether or not the files still name one.
    grants.calls(
        &[&api::GET_CALLER_IDENTITY, &api::GET_RESOURCES, &role::api::GET_ACCOUNT_AUTHORIZATION_DETAILS, &layer::api::LIST_LAYERS],
        &[],
    );
    // The account's name in the heading of a plan, which does without it where this is taken out.
    grants.calls(&[&api::LIST_ACCOUNT_ALIASES], &[]);
    if lists_everything {
        emulated(scope, grants);
    }
    let cx = Needs { scope, desired, purpose, lists_everything };
    let mut functions = Functions::default();
    for node in desired.nodes.values() {
        match node.id.kind.as_str() {
            "alarm" => cx.alarm(node, grants),
            "function" => functions.add(&cx, node, grants),
            "layer" => cx.layer(&node.name, grants),
            "log_group" => cx.log_group(node, grants),
            "queue" => cx.queue(node, grants),
            "role" => cx.role(node, grants),
            "topic" => cx.topic(node, grants),
            _ => {}
        }
    }
    functions.event_sources(&cx, grants);
}

/// What is listed where the tagging API cannot be relied on.
fn emulated(scope: &Scope, grants: &mut Grants) {
    grants.calls(&[&function::api::LIST_FUNCTIONS, &topic::api::LIST_TOPICS, &queue::api::LIST_QUEUES], &[]);
    grants.calls(&[&function::api::LIST_TAGS], &[scope.arn("lambda", "function:*")]);
    grants.calls(&[&alarm::api::DESCRIBE_ALARMS], &[scope.arn("cloudwatch", "alarm:*")]);
    grants.calls(&[&log_group::api::DESCRIBE_LOG_GROUPS], &[scope.arn("logs", "log-group:*")]);
}

/// What the calculation of one stack has at hand.
pub struct Needs<'a> {
    /// Where.
    pub scope: &'a Scope,
    /// What is asked for.
    pub desired: &'a Desired,
    /// For which command.
    pub purpose: Purpose,
    /// See [`kinds::ReadCx::lists_everything`].
    pub lists_everything: bool,
}

impl Needs<'_> {
    /// The node's spec, with all that is known before anything exists filled in.
    pub fn spec<S: DeserializeOwned>(&self, node: &Node) -> Option<S> {
        let mut spec = node.spec.clone();
        resolve(&mut spec, &|reference| {
            let target = self.target(reference)?;
            let known = kinds::driver(&target.id.kind)?.computed(self.scope, &target.name, &target.spec);
            known.get(&reference.attribute).cloned()
        });
        S::deserialize(spec).ok()
    }

    /// The resource that a reference names.
    pub fn target(&self, reference: &Reference) -> Option<&Node> {
        let kind = kinds::driver_of_section(&reference.section)?.name();
        self.desired.nodes.values().find(|node| node.id.kind == kind && node.id.name == reference.key)
    }

    /// Whether it loses its mark where others are deleted.
    pub fn releases(&self, node: &Node) -> bool {
        self.purpose.deletes() && Guard::of(|key| node.spec["tags"][key].as_str()).on_remove == OnRemove::Retain
    }

    fn alarm(&self, node: &Node, grants: &mut Grants) {
        let name = &node.name;
        let arn = [self.scope.arn("cloudwatch", &format!("alarm:{name}"))];
        // However few are asked for, this is checked against all alarms of the region.
        grants.calls(&[&alarm::api::DESCRIBE_ALARMS], &[self.scope.arn("cloudwatch", "alarm:*")]);
        grants.calls(&[&alarm::api::LIST_TAGS_FOR_RESOURCE], &arn);
        if self.purpose.creates() {
            // PutMetricAlarm with tags asks for TagResource too.
            grants.calls(&[&alarm::api::PUT_METRIC_ALARM, &alarm::api::TAG_RESOURCE, &alarm::api::UNTAG_RESOURCE], &arn);
        }
        if self.releases(node) {
            grants.calls(&[&alarm::api::UNTAG_RESOURCE], &arn);
        }
        if self.purpose.deletes() {
            grants.calls(&[&alarm::api::DELETE_ALARMS], &arn);
        }
    }

    fn layer(&self, name: &str, grants: &mut Grants) {
        grants.calls(&[&layer::api::LIST_LAYER_VERSIONS], &[]);
        grants.calls(&[&layer::api::GET_LAYER_VERSION], &[self.scope.arn("lambda", &format!("layer:{name}:*"))]);
        if self.purpose.creates() {
            grants.calls(&[&function::api::GET_ACCOUNT_SETTINGS], &[]);
            grants.calls(&[&layer::api::PUBLISH_LAYER_VERSION], &[self.scope.arn("lambda", &format!("layer:{name}"))]);
        }
        if self.purpose == Purpose::Plan {
            grants.calls(&[&function::api::GET_ACCOUNT_SETTINGS], &[]);
        }
        if self.purpose.deletes() {
            grants.calls(&[&layer::api::DELETE_LAYER_VERSION], &[self.scope.arn("lambda", &format!("layer:{name}:*"))]);
        }
    }

    fn log_group(&self, node: &Node, grants: &mut Grants) {
        let Some(spec) = self.spec::<log_group::Spec>(node) else { return };
        let arn = self.scope.arn("logs", &format!("log-group:{}", node.name));
        // Calls that name a group are checked against the form with its streams, those about tags
        // against the one without; the tags of a group that is being created, against either.
        let group = [arn.clone(), format!("{arn}:*")];
        grants.calls(&[&log_group::api::DESCRIBE_LOG_GROUPS], &[self.scope.arn("logs", "log-group:*")]);
        grants.calls(&[&log_group::api::LIST_TAGS_FOR_RESOURCE, &log_group::api::DESCRIBE_LOG_STREAMS], &group);
        if self.releases(node) {
            grants.calls(&[&log_group::api::UNTAG_RESOURCE], &group);
        }
        if self.purpose.creates() {
            grants.calls(&[&log_group::api::CREATE_LOG_GROUP, &log_group::api::TAG_RESOURCE, &log_group::api::UNTAG_RESOURCE], &group);
            grants.calls(
                &[if spec.retention_days.is_some() {
                    &log_group::api::PUT_RETENTION_POLICY
                } else {
                    &log_group::api::DELETE_RETENTION_POLICY
                }],
                &group,
            );
            grants.calls(
                &[if spec.kms_key.is_some() { &log_group::api::ASSOCIATE_KMS_KEY } else { &log_group::api::DISASSOCIATE_KMS_KEY }],
                &group,
            );
        }
        if self.purpose.deletes() {
            grants.calls(&[&log_group::api::DELETE_LOG_GROUP], &group);
        }
    }

    fn queue(&self, node: &Node, grants: &mut Grants) {
        let name = &node.name;
        let arn = [self.scope.arn("sqs", name)];
        grants.calls(&[&queue::api::GET_QUEUE_URL, &queue::api::GET_QUEUE_ATTRIBUTES, &queue::api::LIST_QUEUE_TAGS], &arn);
        if self.purpose.creates() {
            grants.calls(
                &[&queue::api::CREATE_QUEUE, &queue::api::SET_QUEUE_ATTRIBUTES, &queue::api::TAG_QUEUE, &queue::api::UNTAG_QUEUE],
                &arn,
            );
        }
        if self.releases(node) {
            grants.calls(&[&queue::api::UNTAG_QUEUE], &arn);
        }
        if self.purpose.deletes() {
            grants.calls(&[&queue::api::DELETE_QUEUE], &arn);
        }
    }

    fn role(&self, node: &Node, grants: &mut Grants) {
        let Some(spec) = self.spec::<role::Spec>(node) else { return };
        let arn = [self.scope.role_arn(&spec.path, &node.name)];
        if !self.lists_everything {
            grants.calls(&[&role::api::LIST_ROLES], &[]);
        }
        // Roles of another path than the stack's, and those that the list does not show yet.
        grants.calls(&[&role::api::GET_ROLE], &arn);
        if self.purpose != Purpose::Destroy {
            grants.calls(&[&role::api::GET_ACCOUNT_SUMMARY], &[]);
        }
        if self.purpose.creates() {
            let changes = [
                &role::api::CREATE_ROLE,
                &role::api::UPDATE_ASSUME_ROLE_POLICY,
                &role::api::UPDATE_ROLE,
                &role::api::TAG_ROLE,
                &role::api::UNTAG_ROLE,
            ];
            grants.calls(&changes, &arn);
            if spec.description.is_empty() {
                grants.calls(&[&role::api::UPDATE_ROLE_DESCRIPTION], &arn);
            }
            let bounded = spec.permissions_boundary.is_some();
            grants.calls(
                &[if bounded { &role::api::PUT_ROLE_PERMISSIONS_BOUNDARY } else { &role::api::DELETE_ROLE_PERMISSIONS_BOUNDARY }],
                &arn,
            );
            if !spec.policies.is_empty() {
                grants.calls(&[&role::api::PUT_ROLE_POLICY], &arn);
            }
            if !spec.managed_policies.is_empty() {
                let policies = ("ArnEquals", "iam:PolicyARN", spec.managed_policies);
                grants.calls_if(Some(policies), &[&role::api::ATTACH_ROLE_POLICY], &arn);
            }
        }
        if self.releases(node) {
            grants.calls(&[&role::api::UNTAG_ROLE], &arn);
        }
        if self.purpose.deletes() {
            // Somebody may have attached more than the files name: all of it goes before the role can.
            grants.calls(&[&role::api::DELETE_ROLE, &role::api::DETACH_ROLE_POLICY, &role::api::DELETE_ROLE_POLICY], &arn);
        }
    }

    fn topic(&self, node: &Node, grants: &mut Grants) {
        let Some(spec) = self.spec::<topic::Spec>(node) else { return };
        let arn = [self.scope.arn("sns", &node.name)];
        grants.calls(
            &[&topic::api::GET_TOPIC_ATTRIBUTES, &topic::api::LIST_TAGS_FOR_RESOURCE, &topic::api::LIST_SUBSCRIPTIONS_BY_TOPIC],
            &arn,
        );
        grants.calls(&[&topic::api::GET_SUBSCRIPTION_ATTRIBUTES], &[]);
        if self.purpose.creates() {
            grants.calls(
                &[&topic::api::CREATE_TOPIC, &topic::api::SET_TOPIC_ATTRIBUTES, &topic::api::TAG_RESOURCE, &topic::api::UNTAG_RESOURCE],
                &arn,
            );
            if !spec.subscriptions.is_empty() {
                grants.calls(&[&topic::api::SUBSCRIBE], &arn);
            }
        }
        if self.releases(node) {
            grants.calls(&[&topic::api::UNTAG_RESOURCE], &arn);
        }
        if self.purpose.deletes() {
            grants.calls(&[&topic::api::UNSUBSCRIBE], &[]);
            grants.calls(&[&topic::api::DELETE_TOPIC], &arn);
        }
    }
}
