//! The role that a rule brings along: EventBridge starts state machines, writes to streams and puts
//! events on other buses with a role only.

use serde_json::{Value, json};

use super::EventRule;
use crate::contract::{Expand, Kind};
use crate::kinds::keys::{self, Done};
use crate::kinds::role::{self, Role, RoleFile};
use crate::model::mark::Guard;
use crate::model::policy;

/// Name of its one policy.
const POLICY: &str = "targets";

/// A role in the making.
#[derive(Debug, Default)]
pub struct OwnRole {
    statements: Vec<Value>,
}

impl OwnRole {
    /// Lets it do this to a target, and use the key of that. Returns what names the role of the rule of this key.
    pub fn allow(&mut self, cx: &Expand<'_>, rule: &str, actions: &[&str], arn: &str) -> String {
        self.statements.push(json!({"Effect": "Allow", "Action": actions, "Resource": arn}));
        let of_key = keys::statement(cx, arn, Done::Sent).filter(|statement| !self.statements.contains(statement));
        self.statements.extend(of_key);
        format!("${{{}.{}.arn}}", Role::SECTION, key(rule))
    }

    /// Adds it, where it is to do anything. `home` is the part of the file that asks for the rule.
    pub fn bring(self, cx: &mut Expand<'_>, rule: &str, home: &[String], guard: Guard) {
        if self.statements.is_empty() {
            return;
        }
        let policies = json!({"Version": policy::VERSION, "Statement": self.statements});
        let file = RoleFile {
            trust_policy: Some(policy::trust(&["events.amazonaws.com"]).into()),
            policies: [(POLICY.to_owned(), policies.into())].into(),
            ..RoleFile::default()
        };
        let key = key(rule);
        let name = cx.physical(Role::SECTION, None, &key);
        role::bring(cx, &key, name, &file, guard, home);
    }
}

/// Functions have roles of their own under their keys: this is another one.
fn key(rule: &str) -> String {
    format!("{rule}-{}", EventRule::NAME)
}
