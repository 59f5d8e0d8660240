//! Gathering permissions, and writing them as few statements as possible.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::aws::Op;
use crate::model::policy::VERSION;

/// Operator, key and values of a statement's one condition.
pub type Condition = (&'static str, &'static str, BTreeSet<String>);

/// What is allowed so far: by condition and action, the resources.
#[derive(Default)]
pub struct Grants {
    allowed: BTreeMap<Option<Condition>, BTreeMap<&'static str, BTreeSet<String>>>,
}

impl Grants {
    /// Allows each call on these resources, or anywhere where IAM lets none be named for it.
    pub fn calls(&mut self, ops: &[&Op], resources: &[String]) {
        self.calls_if(None, ops, resources);
    }

    /// The same under a condition.
    pub fn calls_if(&mut self, condition: Option<Condition>, ops: &[&Op], resources: &[String]) {
        for op in ops {
            let anywhere = ["*".to_owned()];
            self.allow_if(condition.clone(), &[op.iam], if op.anywhere { &anywhere } else { resources });
        }
    }

    /// Allows actions that AWS takes in the caller's name, on each resource.
    pub fn allow(&mut self, actions: &[&'static str], resources: &[String]) {
        self.allow_if(None, actions, resources);
    }

    /// Allows that roles are given to a service of AWS. One that only AWS can name is left out.
    pub fn pass_roles(&mut self, service: &str, roles: &[String]) {
        let known: Vec<String> = roles.iter().filter(|role| role.starts_with("arn:")).cloned().collect();
        let service = ("StringEquals", "iam:PassedToService", [service.to_owned()].into());
        self.allow_if(Some(service), &["iam:PassRole"], &known);
    }

    /// The same for actions that IAM lets no resource be named for.
    pub fn allow_anywhere(&mut self, actions: &[&'static str]) {
        self.allow(actions, &["*".to_owned()]);
    }

    /// The same under a condition.
    pub fn allow_if(&mut self, condition: Option<Condition>, actions: &[&'static str], resources: &[String]) {
        if resources.is_empty() {
            return;
        }
        let under = self.allowed.entry(condition).or_default();
        for action in actions {
            under.entry(action).or_default().extend(resources.iter().cloned());
        }
    }

    /// The document: actions of a service that share their resources share a statement.
    pub fn policy(&self) -> Value {
        let mut statements: Vec<(String, Value)> = Vec::new();
        for (condition, actions) in &self.allowed {
            let mut groups: BTreeMap<(&str, &BTreeSet<String>), Vec<&str>> = BTreeMap::new();
            for (action, resources) in actions {
                let service = action.split_once(':').map_or(*action, |(service, _)| service);
                groups.entry((service, resources)).or_default().push(action);
            }
            for ((_, resources), actions) in groups {
                let mut statement = Map::new();
                statement.insert("Effect".into(), json!("Allow"));
                statement.insert("Action".into(), one_or_many(&actions));
                statement.insert("Resource".into(), one_or_many(&Vec::from_iter(resources)));
                if let Some((operator, key, values)) = condition {
                    statement.insert("Condition".into(), json!({ *operator: { *key: one_or_many(&Vec::from_iter(values)) } }));
                }
                statements.push((actions.join(","), Value::Object(statement)));
            }
        }
        statements.sort_by(|a, b| (&a.0, a.1.to_string()).cmp(&(&b.0, b.1.to_string())));
        let statements: Vec<Value> = statements.into_iter().map(|(_, statement)| statement).collect();
        json!({"Version": VERSION, "Statement": statements})
    }
}

fn one_or_many<T: Serialize>(values: &[T]) -> Value {
    match values {
        [one] => json!(one),
        _ => json!(values),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_of_the_same_resources_share_a_statement() {
        let mut grants = Grants::default();
        let (a, b) = ("arn:a".to_owned(), "arn:b".to_owned());
        grants.allow(&["sqs:TagQueue", "sqs:DeleteQueue"], &[b.clone(), a.clone()]);
        grants.allow(&["sqs:CreateQueue"], &[a]);
        grants.allow(&["sqs:CreateQueue"], &[b]);
        grants.allow_anywhere(&["tag:GetResources"]);
        assert_eq!(
            grants.policy()["Statement"],
            json!([
                {"Effect": "Allow", "Action": ["sqs:CreateQueue", "sqs:DeleteQueue", "sqs:TagQueue"], "Resource": ["arn:a", "arn:b"]},
                {"Effect": "Allow", "Action": "tag:GetResources", "Resource": "*"},
            ])
        );
    }

    #[test]
    fn a_condition_keeps_a_statement_of_its_own() {
        let mut grants = Grants::default();
        let condition = ("StringEquals", "iam:PassedToService", ["lambda.amazonaws.com".to_owned()].into());
        grants.allow_if(Some(condition), &["iam:PassRole"], &["arn:role".to_owned()]);
        grants.allow(&["iam:GetRole"], &["arn:role".to_owned()]);
        let policy = grants.policy();
        assert_eq!(policy["Statement"][0]["Condition"], Value::Null);
        assert_eq!(policy["Statement"][1]["Condition"], json!({"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}));
    }
}
