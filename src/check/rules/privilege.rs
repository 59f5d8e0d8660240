//! What is allowed but unwise: more permissions than are needed, and secrets in clear.

use std::collections::BTreeMap;

use super::iam_documents::{DocumentKind, documents, roles, texts};
use super::iam_grants::matches;
use crate::contract::Resource;
use crate::contract::{Findings, Rule, View};
use crate::kinds::function::Function;
use crate::kinds::function::mapping::Origin;
use crate::kinds::role::Role;
use crate::model::reference::is_known;
use crate::model::secret::looks_secret;

/// Rules of this subject.
pub const RULES: &[Rule] = &[
    Rule {
        code: "W701",
        title: "a permission for every action of a service, or of all",
        why: "Whoever gets hold of a role's credentials may do whatever the role may. `*` also allows what AWS adds to the service later, and what deletes data.",
        fix: "name the actions that the code calls",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
        run: every_action,
    },
    Rule {
        code: "W702",
        title: "a permission on every resource, where the service takes ARNs",
        why: "The actions of this service can be allowed on single resources. With `*` the role may touch every bucket, queue or table of the account, those of other teams too.",
        fix: "name the resources, such as `${queues.KEY.arn}` or `arn:${aws.partition}:s3:::BUCKET/*`",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
        run: every_resource,
    },
    Rule {
        code: "W703",
        title: "iam:PassRole on every role",
        why: "Who may pass any role to a service may use the permissions of the most powerful role in the account.",
        fix: "name the role that is passed, or add the condition iam:PassedToService",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
        run: pass_role,
    },
    Rule {
        code: "W704",
        title: "a managed policy that allows far more than a function needs",
        why: "Policies made for administrators allow everything in a service, or in the account, on every resource; a function needs a few actions on a few resources.",
        fix: "allow under `policies` the actions that the code calls, on the resources it calls them on",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
        run: broad_policy,
    },
    Rule {
        code: "W705",
        title: "what looks like a secret in an environment variable",
        why: "Environment variables of a function are shown in clear to everybody who may read its configuration, and stand in this file and its history. The value looks like a secret by the name of its key or by its own form.",
        fix: "keep it in Secrets Manager or as a SecureString parameter, give the function its ARN or path, and read it when the function starts",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html",
        run: secrets,
    },
    Rule {
        code: "W709",
        title: "a managed policy for what its functions do not have",
        why: "The policy is made for functions in a VPC, or for those that a queue or stream feeds. No function with this role is one, so the permissions serve nobody but who steals them.",
        fix: "attach service-role/AWSLambdaBasicExecutionRole in its place",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html",
        run: idle_policy,
    },
];

/// Services whose actions, but those that list or describe, can be allowed on single resources.
const BY_ARN: [&str; 14] = [
    "dynamodb",
    "events",
    "firehose",
    "kinesis",
    "kms",
    "lambda",
    "logs",
    "rds-data",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "states",
];

/// Beginnings of operations that are about no single resource.
const WITHOUT_ARN: [&str; 9] = [
    "List",
    "Describe",
    "GetRandomPassword",
    "CreateLogGroup",
    "CreateKey",
    "GenerateRandom",
    "CreateEventSourceMapping",
    "GetAccountSettings",
    "ValidateStateMachineDefinition",
];

fn every_action(cx: &View<'_>, out: &mut Findings<'_>) {
    for document in documents(cx).iter().filter(|document| document.kind == DocumentKind::Identity) {
        for statement in document.statements().iter().filter(|statement| statement.allows()) {
            for (text, place) in statement.texts("Action") {
                if text == "*" || text.ends_with(":*") {
                    let what =
                        text.strip_suffix(":*").map_or("every action of every service".to_owned(), |of| format!("every action of {of}"));
                    out.add(place, &document.address, format!("`{text}` allows {what}"));
                }
            }
        }
    }
}

fn every_resource(cx: &View<'_>, out: &mut Findings<'_>) {
    for document in documents(cx).iter().filter(|document| document.kind == DocumentKind::Identity) {
        for statement in document.statements().iter().filter(|statement| statement.allows() && statement.get("Condition").is_none()) {
            let Some((_, place)) = statement.texts("Resource").into_iter().find(|(text, _)| *text == "*") else { continue };
            if let Some((action, _)) = statement.texts("Action").into_iter().find(|(text, _)| takes_arn(text)) {
                out.add(place, &document.address, format!("`{action}` is allowed on every resource"));
            }
        }
    }
}

fn takes_arn(action: &str) -> bool {
    let Some((service, operation)) = action.split_once(':') else { return action == "*" };
    let of_bucket = service == "s3" && operation == "ListBucket";
    BY_ARN.contains(&service) && (of_bucket || !WITHOUT_ARN.iter().any(|start| operation.starts_with(start)))
}

fn pass_role(cx: &View<'_>, out: &mut Findings<'_>) {
    for document in documents(cx).iter().filter(|document| document.kind == DocumentKind::Identity) {
        for statement in document.statements().iter().filter(|statement| statement.allows() && statement.get("Condition").is_none()) {
            let passes = |text: &str| text.to_ascii_lowercase().starts_with("iam:") && matches(&text.to_ascii_lowercase(), "iam:passrole");
            let any_role = |text: &str| text == "*" || (text.starts_with("arn:") && text.ends_with(":role/*"));
            let action = statement.texts("Action").into_iter().find(|(text, _)| passes(text));
            if let (Some((action, place)), true) = (action, statement.texts("Resource").iter().any(|(text, _)| any_role(text))) {
                out.add(place, &document.address, format!("`{action}` is allowed on every role"));
            }
        }
    }
}

fn broad_policy(cx: &View<'_>, out: &mut Findings<'_>) {
    for (address, role) in roles(cx) {
        for (text, place) in role.get("managed_policies").map(texts).unwrap_or_default() {
            let own = text.starts_with("arn:") && !text.contains(":iam::aws:policy/");
            let name = text.rsplit('/').next().unwrap_or(text);
            let broad =
                name.ends_with("FullAccess") || matches!(name, "AdministratorAccess" | "PowerUserAccess" | "SecretsManagerReadWrite");
            if broad && !own {
                out.add(place, address, format!("`{name}` allows far more than a function needs"));
            }
        }
    }
}

fn secrets(cx: &View<'_>, out: &mut Findings<'_>) {
    for function in cx.all::<Function>() {
        for (key, value) in &function.spec.config.environment {
            if is_secret(key, value) {
                let message = format!("`{key}` looks like a secret in clear");
                let place = cx.key_place("functions", &function.key, &["environment"], key);
                out.add(place, &function.address, message);
            }
        }
    }
}

/// What a reference brings is not in the file.
fn is_secret(key: &str, value: &str) -> bool {
    is_known(value) && looks_secret(key, value)
}

/// Whether Lambda reads an event source from within a network, for which it makes interfaces there with the
/// function's role (<https://docs.aws.amazon.com/lambda/latest/dg/with-msk-permissions.html>, the same of the others).
fn is_fed_from_a_network(function: &Resource<Function>) -> bool {
    let is_within = |key: &String| match Origin::of(key) {
        Origin::Kafka | Origin::OwnKafka | Origin::Broker | Origin::Documents => true,
        Origin::Queue | Origin::Stream => false,
    };
    function.spec.event_sources.keys().any(is_within)
}

fn idle_policy(cx: &View<'_>, out: &mut Findings<'_>) {
    let mut users: BTreeMap<&str, Vec<&Resource<Function>>> = BTreeMap::new();
    for function in cx.all::<Function>() {
        if let Some(role) = super::lookup::role_of(cx, function) {
            users.entry(&role.key).or_default().push(function);
        }
    }
    for role in cx.all::<Role>() {
        let Some(with) = users.get(role.key.as_str()) else { continue };
        let fed_by = |service: &str| with.iter().any(|function| function.spec.event_sources.keys().any(|arn| arn.contains(service)));
        for arn in &role.spec.managed_policies {
            let needed = match arn.rsplit('/').next().unwrap_or_default() {
                "AWSLambdaVPCAccessExecutionRole" | "AWSLambdaENIManagementAccess" => {
                    with.iter().any(|function| function.spec.config.vpc.is_some() || is_fed_from_a_network(function))
                }
                "AWSLambdaSQSQueueExecutionRole" => fed_by("sqs"),
                "AWSLambdaKinesisExecutionRole" => fed_by("kinesis"),
                "AWSLambdaDynamoDBExecutionRole" => fed_by("dynamodb") || fed_by("${tables."),
                "AWSLambdaMSKExecutionRole" => fed_by("kafka"),
                _ => true,
            };
            if !needed {
                let name = arn.rsplit('/').next().unwrap_or(arn);
                let place = cx.key_place("roles", &role.key, &[], "managed_policies");
                out.add(place, &role.address, format!("no function with this role needs {name}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_a_secret_is_none() {
        for (key, value) in [("SECRET_NAME", "db/main"), ("MAX_TOKENS", "4096"), ("TOKEN_TTL", "1h"), ("USE_SECRETS", "true")] {
            assert!(!is_secret(key, value), "{key}");
        }
        for (key, value) in [("DB_PASSWORD", "hunter2"), ("DATABASE_URL", "postgres"), ("X_NAME", "AKIAIOSFODNN7EXAMPLE")] {
            assert!(is_secret(key, value), "{key}");
        }
    }
}
