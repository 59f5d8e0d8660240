//! What Lambda does in the name of a function's role for its event sources: reading them, and sending on
//! what was given up. A trigger brings these rights along where the role is the function's own; a role
//! that is named, and `event_sources`, say theirs themselves.

use serde_json::{Value, json};

use super::{EventSourceFile, parts};
use crate::contract::Expand;
use crate::kinds::role::RoleFile;
use crate::kinds::triggers::TriggerFile;
use crate::model::policy::with_statements;
use crate::model::reference::{Reference, references_in};

/// Name of the inline policy.
const POLICY: &str = "etlctl-triggers";

/// What is read, with what reading it takes: as the managed policies
/// `service-role/AWSLambda{SQSQueue,Kinesis,DynamoDB}ExecutionRole` have it (`kinds/role/managed_policies.json`).
#[derive(Debug, Clone, Copy)]
enum Source {
    Queue,
    Stream,
    /// The stream of a table, whose ARN stands below the table's.
    TableStream,
}

impl Source {
    /// None where only a user can know what it takes: Kafka, Amazon MQ, DocumentDB.
    fn of(service: &str) -> Option<Self> {
        match service {
            "sqs" | "queues" => Some(Self::Queue),
            "kinesis" | "streams" => Some(Self::Stream),
            "dynamodb" | "tables" => Some(Self::TableStream),
            _ => None,
        }
    }

    fn actions(self) -> &'static [&'static str] {
        match self {
            Self::Queue => &["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
            Self::Stream => &[
                "kinesis:DescribeStream",
                "kinesis:DescribeStreamSummary",
                "kinesis:GetRecords",
                "kinesis:GetShardIterator",
                "kinesis:ListShards",
                "kinesis:SubscribeToShard",
            ],
            Self::TableStream => &["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
        }
    }

    /// What is about no single resource.
    fn lists(self) -> Option<&'static str> {
        match self {
            Self::Queue => None,
            Self::Stream => Some("kinesis:ListStreams"),
            Self::TableStream => Some("dynamodb:ListStreams"),
        }
    }
}

/// A role of the function's own with what its triggers need. What the file says under the same name stays.
pub(super) fn with_rights(cx: &Expand<'_>, own: &RoleFile, triggers: &[TriggerFile]) -> RoleFile {
    let mut role = own.clone();
    let mut statements: Vec<Value> = Vec::new();
    let all = parts::sources(triggers).flat_map(|(_, file)| reads(cx, &file).into_iter().chain(sends(&file)));
    for statement in all {
        if !statements.contains(&statement) {
            statements.push(statement);
        }
    }
    if let Some(policy) = with_statements(None, statements) {
        role.policies.entry(POLICY.to_owned()).or_insert_with(|| policy.into());
    }
    role
}

fn statement(actions: &[&str], resources: &[String]) -> Value {
    json!({"Effect": "Allow", "Action": actions, "Resource": resources})
}

/// The service of an ARN, or the section of the reference that it is.
fn service_of(arn: &str) -> Option<String> {
    let section = references_in(arn).next().filter(|_| arn.starts_with("${")).map(|reference| reference.section);
    section.or_else(|| arn.split(':').nth(2).map(str::to_owned))
}

fn reads(cx: &Expand<'_>, file: &EventSourceFile) -> Vec<Value> {
    // A key that is none has been told where the source is expanded.
    let of = |section: &str, key: &str| Some(format!("${{{section}.{key}.arn}}")).filter(|_| cx.has(section, key));
    let below = |table: &str| of("tables", table).map(|arn| format!("{arn}/stream/*"));
    let arn = match (&file.queue, &file.table, &file.stream, &file.arn) {
        (Some(queue), ..) => of("queues", queue),
        (_, Some(table), ..) => below(table),
        (_, _, Some(stream), _) => of("streams", stream),
        // What a stream of a table is called only DynamoDB knows, and not before it is there.
        (.., Some(arn)) => match Reference::whole(arn).filter(|of| of.section == "tables") {
            Some(table) => below(&table.key),
            None => Some(arn.clone()),
        },
        (None, None, None, None) => None,
    };
    let Some(arn) = arn else { return Vec::new() };
    let Some(source) = service_of(&arn).and_then(|service| Source::of(&service)) else { return Vec::new() };
    let read = match arn.split_once("/consumer/") {
        // A consumer is subscribed to; its stream is asked for its shards.
        Some((stream, _)) => vec![statement(source.actions(), &[stream.to_owned(), arn.clone()])],
        None => vec![statement(source.actions(), &[arn])],
    };
    read.into_iter().chain(source.lists().map(|action| statement(&[action], &["*".to_owned()]))).collect()
}

/// What was given up goes to a queue or a topic; to S3 and to Kafka only a user can know with which key.
fn sends(file: &EventSourceFile) -> Option<Value> {
    let arn = file.on_failure.as_ref()?;
    let action = match service_of(arn)?.as_str() {
        "sqs" | "queues" => "sqs:SendMessage",
        "sns" | "topics" => "sns:Publish",
        _ => return None,
    };
    Some(statement(&[action], std::slice::from_ref(arn)))
}
