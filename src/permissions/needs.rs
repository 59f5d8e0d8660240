//! What each kind's reads and writes need, as AWS's Service Authorization Reference says it: which
//! action a call is checked against, which form of ARN the action takes, and which only take `*`.
//!
//! A call is listed only where the stack's files can lead to it. Tags, attachments and the like that
//! somebody adds by hand are taken off again, so the actions for that are always needed.

use serde::de::DeserializeOwned;

use super::Purpose;
use super::function::Functions;
use super::grants::Grants;
use crate::kinds;
use crate::kinds::{log_group, role, topic};
use crate::model::mark::{Guard, OnRemove};
use crate::model::reference::{Reference, resolve};
use crate::model::{Desired, Node, Scope};

/// Everything that one stack needs.
pub fn of_stack(scope: &Scope, desired: &Desired, purpose: Purpose, lists_everything: bool, grants: &mut Grants) {
    // Each run says who it is, and looks for what carries the stack's mark in each kind that can be
    // listed, whether or not the files still name one.
    grants.allow_anywhere(&["sts:GetCallerIdentity", "tag:GetResources", "iam:GetAccountAuthorizationDetails", "lambda:ListLayers"]);
    // The account's name in the heading of a plan, which does without it where this is taken out.
    grants.allow_anywhere(&["iam:ListAccountAliases"]);
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
    grants.allow_anywhere(&["lambda:ListFunctions", "sns:ListTopics", "sqs:ListQueues"]);
    grants.allow(&["lambda:ListTags"], &[scope.arn("lambda", "function:*")]);
    grants.allow(&["cloudwatch:DescribeAlarms"], &[scope.arn("cloudwatch", "alarm:*")]);
    grants.allow(&["logs:DescribeLogGroups"], &[scope.arn("logs", "log-group:*")]);
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
        grants.allow(&["cloudwatch:DescribeAlarms"], &[self.scope.arn("cloudwatch", "alarm:*")]);
        grants.allow(&["cloudwatch:ListTagsForResource"], &arn);
        if self.purpose.creates() {
            // PutMetricAlarm with tags asks for TagResource too.
            grants.allow(&["cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource"], &arn);
        }
        if self.releases(node) {
            grants.allow(&["cloudwatch:UntagResource"], &arn);
        }
        if self.purpose.deletes() {
            grants.allow(&["cloudwatch:DeleteAlarms"], &arn);
        }
    }

    fn layer(&self, name: &str, grants: &mut Grants) {
        grants.allow_anywhere(&["lambda:ListLayerVersions"]);
        grants.allow(&["lambda:GetLayerVersion"], &[self.scope.arn("lambda", &format!("layer:{name}:*"))]);
        if self.purpose.creates() {
            grants.allow_anywhere(&["lambda:GetAccountSettings"]);
            grants.allow(&["lambda:PublishLayerVersion"], &[self.scope.arn("lambda", &format!("layer:{name}"))]);
        }
        if self.purpose == Purpose::Plan {
            grants.allow_anywhere(&["lambda:GetAccountSettings"]);
        }
        if self.purpose.deletes() {
            grants.allow(&["lambda:DeleteLayerVersion"], &[self.scope.arn("lambda", &format!("layer:{name}:*"))]);
        }
    }

    fn log_group(&self, node: &Node, grants: &mut Grants) {
        let Some(spec) = self.spec::<log_group::Spec>(node) else { return };
        let arn = self.scope.arn("logs", &format!("log-group:{}", node.name));
        // Calls that name a group are checked against the form with its streams, those about tags
        // against the one without; the tags of a group that is being created, against either.
        let group = [arn.clone(), format!("{arn}:*")];
        grants.allow(&["logs:DescribeLogGroups"], &[self.scope.arn("logs", "log-group:*")]);
        grants.allow(&["logs:ListTagsForResource", "logs:DescribeLogStreams"], &group);
        if self.releases(node) {
            grants.allow(&["logs:UntagResource"], &group);
        }
        if self.purpose.creates() {
            grants.allow(&["logs:CreateLogGroup", "logs:TagResource", "logs:UntagResource"], &group);
            grants.allow(&[if spec.retention_days.is_some() { "logs:PutRetentionPolicy" } else { "logs:DeleteRetentionPolicy" }], &group);
            grants.allow(&[if spec.kms_key.is_some() { "logs:AssociateKmsKey" } else { "logs:DisassociateKmsKey" }], &group);
        }
        if self.purpose.deletes() {
            grants.allow(&["logs:DeleteLogGroup"], &group);
        }
    }

    fn queue(&self, node: &Node, grants: &mut Grants) {
        let name = &node.name;
        let arn = [self.scope.arn("sqs", name)];
        grants.allow(&["sqs:GetQueueUrl", "sqs:GetQueueAttributes", "sqs:ListQueueTags"], &arn);
        if self.purpose.creates() {
            grants.allow(&["sqs:CreateQueue", "sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue"], &arn);
        }
        if self.releases(node) {
            grants.allow(&["sqs:UntagQueue"], &arn);
        }
        if self.purpose.deletes() {
            grants.allow(&["sqs:DeleteQueue"], &arn);
        }
    }

    fn role(&self, node: &Node, grants: &mut Grants) {
        let Some(spec) = self.spec::<role::Spec>(node) else { return };
        let arn = [self.scope.role_arn(&spec.path, &node.name)];
        if !self.lists_everything {
            grants.allow_anywhere(&["iam:ListRoles"]);
        }
        // Roles of another path than the stack's, and those that the list does not show yet.
        grants.allow(&["iam:GetRole"], &arn);
        if self.purpose != Purpose::Destroy {
            grants.allow_anywhere(&["iam:GetAccountSummary"]);
        }
        if self.purpose.creates() {
            let changes = ["iam:CreateRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:TagRole", "iam:UntagRole"];
            grants.allow(&changes, &arn);
            if spec.description.is_empty() {
                grants.allow(&["iam:UpdateRoleDescription"], &arn);
            }
            let bounded = spec.permissions_boundary.is_some();
            grants.allow(&[if bounded { "iam:PutRolePermissionsBoundary" } else { "iam:DeleteRolePermissionsBoundary" }], &arn);
            if !spec.policies.is_empty() {
                grants.allow(&["iam:PutRolePolicy"], &arn);
            }
            if !spec.managed_policies.is_empty() {
                let policies = ("ArnEquals", "iam:PolicyARN", spec.managed_policies);
                grants.allow_if(Some(policies), &["iam:AttachRolePolicy"], &arn);
            }
        }
        if self.releases(node) {
            grants.allow(&["iam:UntagRole"], &arn);
        }
        if self.purpose.deletes() {
            // Somebody may have attached more than the files name: all of it goes before the role can.
            grants.allow(&["iam:DeleteRole", "iam:DetachRolePolicy", "iam:DeleteRolePolicy"], &arn);
        }
    }

    fn topic(&self, node: &Node, grants: &mut Grants) {
        let Some(spec) = self.spec::<topic::Spec>(node) else { return };
        let arn = [self.scope.arn("sns", &node.name)];
        grants.allow(&["sns:GetTopicAttributes", "sns:ListTagsForResource", "sns:ListSubscriptionsByTopic"], &arn);
        grants.allow_anywhere(&["sns:GetSubscriptionAttributes"]);
        if self.purpose.creates() {
            grants.allow(&["sns:CreateTopic", "sns:SetTopicAttributes", "sns:TagResource", "sns:UntagResource"], &arn);
            if !spec.subscriptions.is_empty() {
                grants.allow(&["sns:Subscribe"], &arn);
            }
        }
        if self.releases(node) {
            grants.allow(&["sns:UntagResource"], &arn);
        }
        if self.purpose.deletes() {
            grants.allow_anywhere(&["sns:Unsubscribe"]);
            grants.allow(&["sns:DeleteTopic"], &arn);
        }
    }
}
