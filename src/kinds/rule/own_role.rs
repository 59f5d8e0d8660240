//! The role that a rule brings along: EventBridge starts state machines, writes to streams and puts
//! events on other buses with a role only.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::EventRule;
use crate::contract::{Expand, Kind};
use crate::kinds::role::{self, Role};
use crate::model::mark::Guard;
use crate::model::{ResourceId, policy};

/// Name of its one policy.
const POLICY: &str = "targets";

/// A role in the making.
#[derive(Debug, Default)]
pub struct OwnRole {
    statements: Vec<Value>,
}

impl OwnRole {
    /// Lets it do this to a target. Returns what names the role of the rule of this key.
    pub fn allow(&mut self, rule: &str, actions: &[&str], arn: &str) -> String {
        self.statements.push(json!({"Effect": "Allow", "Action": actions, "Resource": arn}));
        format!("${{{}.{}.arn}}", Role::SECTION, key(rule))
    }

    /// Adds it, where it is to do anything. `home` is the part of the file that asks for the rule.
    pub fn bring(self, cx: &mut Expand<'_>, rule: &str, home: &[String], guard: Guard) {
        if self.statements.is_empty() {
            return;
        }
        let aws = role::Spec::default();
        let document = policy::normalize(json!({"Version": policy::VERSION, "Statement": self.statements}));
        let spec = role::Spec {
            path: cx.scope.role_path(),
            description: aws.description,
            trust_policy: policy::trust(&["events.amazonaws.com"]),
            max_session: aws.max_session,
            permissions_boundary: aws.permissions_boundary,
            managed_policies: BTreeSet::new(),
            policies: BTreeMap::from([(POLICY.to_owned(), document)]),
            own_policies: BTreeMap::new(),
            tags: cx.tags(&BTreeMap::new(), guard),
        };
        let key = key(rule);
        let name = cx.physical(Role::SECTION, None, &key);
        cx.add::<Role>(&key, name, &spec);
        if let Some(node) = cx.nodes.get_mut(&ResourceId::new(Role::NAME, &key)).filter(|node| node.home == [Role::SECTION, &key]) {
            node.home = home.to_vec();
        }
    }
}

/// Functions have roles of their own under their keys: this is another one.
fn key(rule: &str) -> String {
    format!("{rule}-{}", EventRule::NAME)
}
