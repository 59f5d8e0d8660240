//! Roles, queues, topics, layers and log groups.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Expander, guard};
use crate::kinds::{layer, log_group, queue, role, topic};
use crate::model::mark::Guard;
use crate::model::policy;
use crate::model::{Artifact, desired::ArtifactForm};
use crate::stack::format::{RoleFile, SubscriptionFile};

/// Versions of a layer that are kept where the file does not say.
const KEEP_LAYER_VERSIONS: u32 = 5;

impl Expander<'_> {
    pub(super) fn roles(&mut self) {
        for (key, role) in &self.file.roles {
            let name = self.physical("roles", role.name.as_ref(), key);
            self.role(key, name, role, Guard::default());
        }
    }

    /// `around` is what guards the function that brings the role along.
    pub(super) fn role(&mut self, key: &str, name: String, role: &RoleFile, around: Guard) {
        let spec = role::Spec {
            path: role.path.clone().unwrap_or_else(|| self.scope.role_path()),
            description: role.description.clone().unwrap_or_default(),
            trust_policy: role.trust_policy.as_ref().map_or_else(|| policy::trust(&["lambda.amazonaws.com"]), |policy| policy.document()),
            max_session: role.max_session.map_or(3600, |seconds| seconds.0 as i32),
            permissions_boundary: role.permissions_boundary.clone(),
            managed_policies: role.managed_policies.iter().map(|policy| self.scope.managed_policy_arn(policy)).collect(),
            policies: role.policies.iter().map(|(name, policy)| (name.clone(), policy.document())).collect(),
            tags: self.tags(&role.tags, guard(role.protect, role.on_remove).or(around)),
        };
        self.add("role", key, name, &spec, BTreeSet::new(), None);
    }

    pub(super) fn queues(&mut self) {
        for (key, queue) in &self.file.queues {
            let (managed, kms_key) = match queue.encryption.as_deref() {
                None | Some("sqs") => (true, None),
                Some("none") => (false, None),
                Some(key) => (false, Some(key.to_owned())),
            };
            let redrive = queue.redrive.as_ref().map(|redrive| {
                let place = self.place("queues", key, "redrive");
                queue::Redrive {
                    dead_letter: self.arn_of("queues", &redrive.queue, place),
                    max_receives: redrive.max_receives.map_or(10, |n| n.0.unsigned_abs()),
                }
            });
            let seconds = |value: Option<crate::source::duration::Seconds>, default: u32| value.map_or(default, |seconds| seconds.0);
            let spec = queue::Spec {
                fifo: queue.fifo.0,
                visibility_timeout: seconds(queue.visibility_timeout, 30),
                message_retention: seconds(queue.message_retention, 345_600),
                delay: seconds(queue.delay, 0),
                max_message_size: queue.max_message_size.map_or(1_048_576, |n| n.0.unsigned_abs()),
                receive_wait: seconds(queue.receive_wait, 0),
                content_based_deduplication: queue.content_based_deduplication.0,
                deduplication_scope: queue.deduplication_scope.clone().filter(|scope| scope != "queue"),
                fifo_throughput_limit: queue.fifo_throughput_limit.clone().filter(|limit| limit != "perQueue"),
                managed_encryption: managed,
                kms_data_key_reuse: kms_key.as_ref().map(|_| seconds(queue.kms_data_key_reuse, 300)),
                kms_key,
                redrive,
                redrive_allow: queue.redrive_allow.clone().map(queue::sorted_sources),
                policy: queue.policy.as_ref().map(|policy| policy.document()),
                tags: self.tags(&queue.tags, guard(queue.protect, queue.on_remove)),
            };
            let name = self.fifo_name("queues", key, queue.name.as_ref(), queue.fifo.0);
            self.add("queue", key, name, &spec, BTreeSet::new(), None);
        }
    }

    /// A FIFO queue's or topic's name ends in `.fifo`: added to a name that the pattern made, asked
    /// of one that the file gives.
    fn fifo_name(&mut self, section: &str, key: &str, own: Option<&String>, fifo: bool) -> String {
        let mut name = self.physical(section, own, key);
        if fifo && own.is_none() && !name.ends_with(".fifo") {
            name.push_str(".fifo");
        }
        if fifo != name.ends_with(".fifo") {
            let place = self.place(section, key, "name");
            let fix = if fifo { format!("name it `{name}.fifo`") } else { "set fifo: true, or name it without `.fifo`".to_owned() };
            self.problem(place, format!("{section}.{key}: a name ends in `.fifo` exactly where fifo is true"), fix);
        }
        name
    }

    pub(super) fn topics(&mut self) {
        for (key, topic) in &self.file.topics {
            let subscriptions: BTreeMap<String, topic::Subscription> =
                topic.subscriptions.iter().filter_map(|subscription| self.subscription(key, subscription)).collect();
            let spec = topic::Spec {
                fifo: topic.fifo.0,
                display_name: topic.display_name.clone().unwrap_or_default(),
                policy: topic.policy.as_ref().map(|policy| policy.document()),
                delivery_policy: topic.delivery_policy.clone(),
                kms_key: topic.kms_key.clone(),
                tracing: topic.tracing.unwrap_or_default().word(),
                content_based_deduplication: topic.content_based_deduplication.0,
                subscriptions,
                tags: self.tags(&topic.tags, guard(topic.protect, topic.on_remove)),
            };
            let name = self.fifo_name("topics", key, topic.name.as_ref(), topic.fifo.0);
            self.add("topic", key, name, &spec, BTreeSet::new(), None);
        }
    }

    fn subscription(&mut self, key: &str, file: &SubscriptionFile) -> Option<(String, topic::Subscription)> {
        let place = self.place("topics", key, "subscriptions");
        let mut endpoints: Vec<String> = Vec::new();
        // An address that a variable left empty subscribes nobody.
        endpoints.extend(file.email.iter().filter(|address| !address.is_empty()).map(|address| format!("email:{address}")));
        endpoints.extend(file.https.iter().map(|address| format!("https:{address}")));
        endpoints.extend(file.queue.iter().map(|queue| format!("sqs:{}", self.arn_of("queues", queue, place))).collect::<Vec<_>>());
        endpoints.extend(
            file.function.iter().map(|function| format!("lambda:{}", self.arn_of("functions", function, place))).collect::<Vec<_>>(),
        );
        if endpoints.len() > 1 || (endpoints.is_empty() && file.email.is_none()) {
            self.problem(
                place,
                format!("topics.{key}: a subscription has exactly one endpoint"),
                "write one of email, https, queue and function",
            );
        }
        let subscription = topic::Subscription {
            raw: file.raw.0,
            filter_scope: file.filter_policy.as_ref().map(|_| file.filter_scope.clone().unwrap_or_else(|| "MessageAttributes".into())),
            filter_policy: file.filter_policy.clone(),
            dead_letter: file.dead_letter_queue.as_ref().map(|queue| self.arn_of("queues", queue, place)),
        };
        endpoints.pop().map(|endpoint| (endpoint, subscription))
    }

    pub(super) fn layers(&mut self) {
        for (key, layer) in &self.file.layers {
            for (word, given) in [("protect", &layer.protect), ("on_remove", &layer.on_remove)] {
                if given.is_some() {
                    let place = self.place("layers", key, word);
                    let message = format!("layers.{key}: a layer version takes no tags, so nothing would remember `{word}`");
                    self.problem(place, message, "take it out; raise `keep_versions` to keep older versions");
                }
            }
            let source = self.folder_of("layers", key, &layer.source);
            let spec = layer::Spec {
                description: layer.description.clone().unwrap_or_default(),
                code: String::new(),
                compatible_runtimes: layer.compatible_runtimes.iter().cloned().collect(),
                architectures: layer.architectures.iter().cloned().collect(),
                license: layer.license.clone(),
                keep_versions: layer.keep_versions.map_or(KEEP_LAYER_VERSIONS, |n| n.0.max(1).unsigned_abs()),
                surplus_versions: 0,
            };
            let form = ArtifactForm::Layer {
                architectures: layer.architectures.clone(),
                python: newest_python(&layer.compatible_runtimes),
                allow_build: layer.allow_build.0,
            };
            let artifact = Artifact { source, project: self.project(), form, digest: String::new(), code_sha256: None };
            let name = self.physical("layers", layer.name.as_ref(), key);
            self.add("layer", key, name, &spec, BTreeSet::new(), Some(artifact));
        }
    }

    pub(super) fn log_groups(&mut self) {
        for (key, group) in &self.file.log_groups {
            let spec = log_group::Spec {
                retention_days: group.retention.and_then(|retention| retention.0).map(|days| days as i32),
                class: group.class.clone().unwrap_or_else(|| "STANDARD".into()),
                kms_key: group.kms_key.clone(),
                tags: self.tags(&group.tags, guard(group.protect, group.on_remove)),
            };
            let name = self.physical("log_groups", group.name.as_ref(), key);
            self.add("log_group", key, name, &spec, BTreeSet::new(), None);
        }
    }
}

fn newest_python(runtimes: &[String]) -> Option<String> {
    let version = |runtime: &String| {
        let version = runtime.strip_prefix("python")?;
        let (major, minor) = version.split_once('.')?;
        Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?, version.to_owned()))
    };
    runtimes.iter().filter_map(version).max().map(|(_, _, version)| version)
}

/// A filter pattern or policy that was written as JSON text is the document itself.
pub(super) fn document(value: &Value) -> Value {
    match value {
        Value::String(text) => serde_json::from_str(text).unwrap_or_else(|_| value.clone()),
        other => other.clone(),
    }
}
