//! What a function needs of its role. Only roles of the stack are judged, and only where every
//! policy that is attached to them is known.

use super::iam_grants::RolePermissions;
use super::lookup::source_place;
use crate::contract::Resource;
use crate::contract::{Findings, Rule, View};
use crate::kinds::function::Function;
use crate::kinds::function::words::TracingMode;
use crate::kinds::role::Role;
use crate::kinds::service::{Service, is_bucket};
use crate::model::reference::is_known;
use crate::source::diagnostic::Place;

/// Rules of this subject.
pub const RULES: &[Rule] = &[
    Rule {
        code: "E331",
        title: "a role that may not send to its function's dead-letter queue",
        why: "Lambda looks for sqs:SendMessage in the execution role when a function with a dead-letter queue is created or updated, and refuses it with \"The provided execution role does not have permissions to call SendMessage on SQS\".",
        fix: "leave `role` out, and the function gets one that may; else allow sqs:SendMessage on the queue in the role",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
        run: dead_letter_queue,
    },
    Rule {
        code: "E332",
        title: "a role that may not publish to its function's dead-letter topic",
        why: "A topic takes failed events only if the execution role may sns:Publish to it. Lambda checks that when the function is created or updated, and refuses it otherwise.",
        fix: "leave `role` out, and the function gets one that may; else allow sns:Publish on the topic in the role",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
        run: dead_letter_topic,
    },
    Rule {
        code: "E333",
        title: "a role that may not write the traces its function is to have",
        why: "With tracing on, Lambda wants xray:PutTraceSegments in the execution role and refuses the function with \"The provided execution role does not have permissions to call PutTraceSegments on XRAY\". The managed policy AWSXRayDaemonWriteAccess has it.",
        fix: "leave `role` out, and the function gets one that may; else add AWSXRayDaemonWriteAccess to its `managed_policies`, or set `tracing: passthrough`",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html",
        run: traces,
    },
    Rule {
        code: "W334",
        title: "a role that may not write its function's logs",
        why: "Lambda runs a function that cannot log, but nothing of what it prints arrives anywhere. The role needs logs:CreateLogStream and logs:PutLogEvents on its log group and the streams in it; the ARN in the policy has to end in `:*`.",
        fix: "add service-role/AWSLambdaBasicExecutionRole to `managed_policies`, or allow logs:CreateLogStream and logs:PutLogEvents on the log group's ARN with `:*` behind it",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html",
        run: logs,
    },
    Rule {
        code: "E335",
        title: "a role that may not read the queue that feeds its function",
        why: "Lambda polls an SQS queue in the name of the execution role. Without sqs:ReceiveMessage, sqs:DeleteMessage and sqs:GetQueueAttributes on the queue, CreateEventSourceMapping is refused.",
        fix: "write the queue under `triggers` of a function with a role of its own, which brings the rights along; else add service-role/AWSLambdaSQSQueueExecutionRole to `managed_policies`, or allow the three actions on the queue",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
        run: queue_reads,
    },
    Rule {
        code: "E336",
        title: "a role that may not make the network interfaces its function needs",
        why: "A function in a VPC gets network interfaces, which Lambda makes with the execution role: it needs ec2:CreateNetworkInterface, ec2:DescribeNetworkInterfaces and ec2:DeleteNetworkInterface, and refuses the function without them.",
        fix: "leave `role` out, and the function gets one that may; else add service-role/AWSLambdaVPCAccessExecutionRole to its `managed_policies`",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html",
        run: network,
    },
    Rule {
        code: "W336",
        title: "network interfaces that a role may handle by their ARNs only",
        why: "Lambda looks at network interfaces before there is one: ec2:DescribeNetworkInterfaces works on `*` alone, and ec2:DeleteNetworkInterface on all ids. Where either is bound to ARNs of interfaces, Lambda may answer that the role lacks it.",
        fix: "allow both on `*`; ec2:CreateNetworkInterface may be bound to subnets, security groups and interfaces",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html; https://github.com/hashicorp/terraform-provider-aws/issues/20698",
        run: bound_network,
    },
    Rule {
        code: "W337",
        title: "a role with no permission on a bucket that its function is told of",
        why: "An environment variable names a bucket, so the code most likely reads or writes it; but no statement of the role allows any action of S3 on that bucket or its objects. Unless a policy of the bucket itself lets the role in, the first access fails with AccessDenied.",
        fix: "allow the actions that the code uses on the bucket (s3:ListBucket) or its objects (s3:GetObject, s3:PutObject)",
        source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-policy-language-overview.html",
        run: buckets,
    },
    Rule {
        code: "E338",
        title: "a role that may not send to a destination of its function",
        why: "Destinations for results and failures are written to by the execution role: sqs:SendMessage, sns:Publish, lambda:InvokeFunction, events:PutEvents or s3:PutObject, by their kind. Lambda checks it when the destination is set, and refuses it otherwise.",
        fix: "leave `role` out, and the function gets one that may; else allow the action on the destination in the role",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
        run: destinations,
    },
    Rule {
        code: "E339",
        title: "a role that may not read the stream that feeds its function",
        why: "Lambda reads Kinesis and DynamoDB streams in the name of the execution role. It needs GetRecords, GetShardIterator and DescribeStream of their service on the stream, and the mapping is refused without them.",
        fix: "write the stream or table under `triggers` of a function with a role of its own, which brings the rights along; else add service-role/AWSLambdaKinesisExecutionRole or service-role/AWSLambdaDynamoDBExecutionRole to `managed_policies` of the role",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html",
        run: stream_reads,
    },
];

/// A permission, and where the need for it is written.
struct Need {
    actions: Vec<&'static str>,
    resource: Option<String>,
    place: Place,
}

/// Looks for what `needs` tells in the role of every function.
fn look(cx: &View<'_>, out: &mut Findings<'_>, needs: impl Fn(&Resource<Function>) -> Vec<Need>) {
    for function in cx.all::<Function>() {
        let Some(role) = super::lookup::role_of(cx, function) else { continue };
        let grants = RolePermissions::of(cx, role);
        for need in needs(function) {
            if need.resource.as_ref().is_some_and(|resource| !is_known(resource)) {
                continue;
            }
            let lacking: Vec<&str> = need.actions.iter().copied().filter(|action| grants.lacks(action, need.resource.as_deref())).collect();
            if !lacking.is_empty() {
                let on = need.resource.as_ref().map(|resource| format!(" on {resource}")).unwrap_or_default();
                out.add(need.place, &function.address, format!("{} does not allow {}{on}", role.address, lacking.join(", ")));
            }
        }
    }
}

fn need(actions: &[&'static str], resource: &str, place: Place) -> Need {
    Need { actions: actions.to_vec(), resource: Some(resource.to_owned()), place }
}

fn dead_letter(cx: &View<'_>, function: &Resource<Function>, service: &str, action: &'static str) -> Vec<Need> {
    let place = cx.place("functions", &function.key, &["dead_letter_queue"]);
    let target = function.spec.config.dead_letter.iter().filter(|arn| service_of(arn) == service);
    target.map(|arn| need(&[action], arn, place)).collect()
}

fn dead_letter_queue(cx: &View<'_>, out: &mut Findings<'_>) {
    look(cx, out, |function| dead_letter(cx, function, "sqs", "sqs:SendMessage"));
}

fn dead_letter_topic(cx: &View<'_>, out: &mut Findings<'_>) {
    look(cx, out, |function| dead_letter(cx, function, "sns", "sns:Publish"));
}

fn traces(cx: &View<'_>, out: &mut Findings<'_>) {
    look(cx, out, |function| {
        let place = cx.place("functions", &function.key, &["tracing"]);
        let active = function.spec.config.tracing.is(TracingMode::Active);
        let actions = vec!["xray:PutTraceSegments"];
        active.then_some(Need { actions, resource: None, place }).into_iter().collect()
    });
}

fn logs(cx: &View<'_>, out: &mut Findings<'_>) {
    look(cx, out, |function| {
        let place = role_place(cx, function);
        let group = cx.loaded.scope.arn("logs", &format!("log-group:{}", function.spec.config.logging.log_group));
        vec![need(&["logs:CreateLogStream", "logs:PutLogEvents"], &format!("{group}:log-stream:any"), place)]
    });
}

/// Where a function names its role; the function's own place where it names none.
fn role_place(cx: &View<'_>, function: &Resource<Function>) -> Place {
    cx.key_place("functions", &function.key, &[], "role")
}

fn queue_reads(cx: &View<'_>, out: &mut Findings<'_>) {
    look(cx, out, |function| {
        let sources = function.spec.event_sources.keys().filter(|arn| service_of(arn) == "sqs");
        let actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
        sources.map(|arn| need(&actions, arn, source_place(cx, function, arn))).collect()
    });
}

fn stream_reads(cx: &View<'_>, out: &mut Findings<'_>) {
    look(cx, out, |function| {
        let needs = function.spec.event_sources.keys().filter_map(|source| {
            // The stream of a table has an ARN below the table's, which ends in what DynamoDB makes up.
            let of_table = super::lookup::table_of(cx, source).filter(|_| super::lookup::is_of_a_table(source));
            let below = of_table.map(|table| cx.loaded.scope.arn("dynamodb", &format!("table/{}/stream/any", table.name)));
            let arn = below.as_ref().unwrap_or(source);
            let actions: &[&str] = match service_of(arn) {
                "kinesis" => &["kinesis:GetRecords", "kinesis:GetShardIterator"],
                "dynamodb" => &["dynamodb:GetRecords", "dynamodb:GetShardIterator"],
                _ => return None,
            };
            // Kinesis takes DescribeStreamSummary in place of DescribeStream, so neither is asked for; and
            // consumers have actions of their own.
            (!arn.contains("/consumer/")).then(|| need(actions, arn, source_place(cx, function, source)))
        });
        needs.collect()
    });
}

fn network(cx: &View<'_>, out: &mut Findings<'_>) {
    look(cx, out, |function| {
        let in_vpc = function.spec.config.vpc.as_ref().is_some_and(|vpc| !vpc.subnets.is_empty());
        let actions = vec!["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface"];
        let place = cx.place("functions", &function.key, &["vpc"]);
        in_vpc.then_some(Need { actions, resource: None, place }).into_iter().collect()
    });
}

fn bound_network(cx: &View<'_>, out: &mut Findings<'_>) {
    let every = cx.loaded.scope.arn("ec2", "*/*");
    for function in cx.all::<Function>().iter().filter(|function| function.spec.config.vpc.is_some()) {
        let Some(role) = super::lookup::role_of(cx, function) else { continue };
        let grants = RolePermissions::of(cx, role);
        for (action, all) in [("ec2:DescribeNetworkInterfaces", "*"), ("ec2:DeleteNetworkInterface", every.as_str())] {
            // What is not allowed at all has a rule of its own.
            if !grants.lacks(action, None) && grants.lacks(action, Some(all)) {
                let place = cx.place("functions", &function.key, &["vpc"]);
                out.add(place, &function.address, format!("{} allows {action} on some ARNs only", role.address));
            }
        }
    }
}

fn destinations(cx: &View<'_>, out: &mut Findings<'_>) {
    look(cx, out, |function| {
        let mut needs = Vec::new();
        let invoke = function.spec.event_invoke.as_ref();
        let of_invoke = invoke.map(|invoke| [("on_success", &invoke.on_success), ("on_failure", &invoke.on_failure)]);
        for (field, arn) in of_invoke.into_iter().flatten() {
            needs.extend(destination(arn.as_ref(), cx.place("functions", &function.key, &["event_invoke", field])));
        }
        for (source, mapping) in &function.spec.event_sources {
            needs.extend(destination(mapping.on_failure.as_ref(), source_place(cx, function, source)));
        }
        needs
    });
}

fn destination(arn: Option<&String>, place: Place) -> Option<Need> {
    let arn = arn?;
    if is_bucket(arn) {
        return Some(need(&["s3:PutObject"], &format!("{arn}/any"), place));
    }
    let service = Service::of(arn).filter(|service| service.is_destination())?;
    Some(need(&[service.action()], arn, place))
}

fn buckets(cx: &View<'_>, out: &mut Findings<'_>) {
    for function in cx.all::<Function>() {
        let Some(role) = super::lookup::role_of(cx, function) else { continue };
        let grants = RolePermissions::of(cx, role);
        for (key, value) in &function.spec.config.environment {
            if !names_bucket(key, value) {
                continue;
            }
            let bucket = format!("arn:{}:s3:::{value}", cx.loaded.scope.partition);
            let object = format!("{bucket}/any");
            let on_bucket = ["s3:ListBucket", "s3:GetBucketLocation"].iter().any(|action| !grants.lacks(action, Some(&bucket)));
            if !on_bucket && !on_objects(role, &grants, &bucket, &object) {
                let place = cx.place("functions", &function.key, &["environment", key]);
                let message = format!("{} allows nothing on the bucket `{value}`", role.address);
                out.add(place, &function.address, message);
            }
        }
    }
}

/// A policy may be about some keys of a bucket only, so any resource that begins with it counts.
fn on_objects(role: &Resource<Role>, grants: &RolePermissions, bucket: &str, object: &str) -> bool {
    let actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"];
    if actions.iter().any(|action| !grants.lacks(action, Some(object))) {
        return true;
    }
    let named = format!("{bucket}/");
    let text = |document: &serde_json::Value| document.to_string();
    role.spec
        .policies
        .values()
        .chain(role.spec.own_policies.values())
        .map(text)
        .any(|document| document.contains(&named) || document.contains(&format!("\"{bucket}\"")))
}

fn names_bucket(key: &str, value: &str) -> bool {
    let key = key.to_ascii_uppercase();
    let telling = key.ends_with("BUCKET") || key.ends_with("BUCKET_NAME");
    let plain = value.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-'));
    telling && plain && (3..=63).contains(&value.len())
}

fn service_of(arn: &str) -> &str {
    arn.split(':').nth(2).unwrap_or_default()
}
