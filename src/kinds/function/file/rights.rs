//! What Lambda does in the name of a function's role. Where no role is written, the function gets one that
//! allows all of it; where its own is, triggers bring along what they need and the rest is the file's to say;
//! a role that is named may be others' too, and nothing is added to it.

use serde_json::{Value, json};

use super::{EventSourceFile, FunctionFile, parts};
use crate::contract::Expand;
use crate::kinds::keys::{self, Done};
use crate::kinds::role::RoleFile;
use crate::kinds::service::{Service, is_bucket};
use crate::kinds::triggers::TriggerFile;
use crate::model::policy::with_statements;
use crate::model::reference::{Reference, references_in};
use crate::source::scalar::Tracing;

/// Name of the inline policy for what is read.
const TRIGGERS: &str = "etlctl-triggers";
/// Name of that for dead letters and destinations.
const SETTINGS: &str = "etlctl-settings";
/// Managed policies of a role that the file does not write.
const BASIC: &str = "service-role/AWSLambdaBasicExecutionRole";
const IN_A_VPC: &str = "service-role/AWSLambdaVPCAccessExecutionRole";
const TRACED: &str = "AWSXRayDaemonWriteAccess";

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
    fn of(arn: &str) -> Option<Self> {
        match Service::of(arn) {
            Some(Service::Sqs) => Some(Self::Queue),
            Some(Service::Kinesis) => Some(Self::Stream),
            _ if references_in(arn).any(|of| of.section == "tables") || arn.split(':').nth(2) == Some("dynamodb") => {
                Some(Self::TableStream)
            }
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

/// The role of a function that writes none.
pub(super) fn unwritten(cx: &Expand<'_>, function: &FunctionFile) -> RoleFile {
    let FunctionFile { vpc, tracing, dead_letter_queue, event_invoke, event_sources, triggers, .. } = function;
    let traced = (*tracing == Some(Tracing::Active)).then_some(TRACED);
    let managed = [Some(BASIC), vpc.as_ref().map(|_| IN_A_VPC), traced];
    let mut role = RoleFile { managed_policies: managed.into_iter().flatten().map(str::to_owned).collect(), ..RoleFile::default() };
    let dead_letters = dead_letter_queue.as_ref().and_then(|word| cx.known_arn("queues", word));
    let destinations = event_invoke.iter().flat_map(|invoke| [&invoke.on_success, &invoke.on_failure]).flatten().cloned();
    add(&mut role, SETTINGS, dead_letters.into_iter().chain(destinations).flat_map(|arn| send(cx, &arn)));
    of_sources(cx, &mut role, event_sources.iter().chain(parts::sources(triggers).map(|(_, file)| file)));
    role
}

/// A role of the function's own with what its triggers need. What the file says under the same name stays.
pub(super) fn written(cx: &Expand<'_>, own: &RoleFile, triggers: &[TriggerFile]) -> RoleFile {
    let mut role = own.clone();
    of_sources(cx, &mut role, parts::sources(triggers).map(|(_, file)| file));
    role
}

fn of_sources<'a>(cx: &Expand<'_>, role: &mut RoleFile, files: impl Iterator<Item = &'a EventSourceFile>) {
    let given_up = |file: &EventSourceFile| file.on_failure.as_deref().map(|arn| send(cx, arn)).unwrap_or_default();
    add(role, TRIGGERS, files.flat_map(|file| reads(cx, file).into_iter().chain(given_up(file))));
}

/// Adds an inline policy of these statements, each once.
fn add(role: &mut RoleFile, name: &str, all: impl Iterator<Item = Value>) {
    let mut statements: Vec<Value> = Vec::new();
    for statement in all {
        if !statements.contains(&statement) {
            statements.push(statement);
        }
    }
    if let Some(policy) = with_statements(None, statements) {
        role.policies.entry(name.to_owned()).or_insert_with(|| policy.into());
    }
}

fn statement(actions: &[&str], resources: &[&str]) -> Value {
    json!({"Effect": "Allow", "Action": actions, "Resource": resources})
}

/// A word that is no key has been told where the source is expanded.
fn reads(cx: &Expand<'_>, file: &EventSourceFile) -> Vec<Value> {
    let below = |table: &str| cx.known_arn("tables", table).map(|arn| format!("{arn}/stream/*"));
    let arn = match (&file.queue, &file.table, &file.stream, &file.arn) {
        (Some(queue), ..) => cx.known_arn("queues", queue),
        (_, Some(table), ..) => below(table),
        (_, _, Some(stream), _) => cx.known_arn("streams", stream),
        // What a stream of a table is called only DynamoDB knows, and not before it is there.
        (.., Some(arn)) => match Reference::whole(arn).filter(|of| of.section == "tables") {
            Some(table) => below(&table.key),
            None => Some(arn.clone()),
        },
        (None, None, None, None) => None,
    };
    let Some((arn, source)) = arn.and_then(|arn| Source::of(&arn).map(|source| (arn, source))) else { return Vec::new() };
    let resources = match arn.split_once("/consumer/") {
        // A consumer is subscribed to; its stream is asked for its shards.
        Some((stream, _)) => vec![stream, &arn],
        None => vec![arn.as_str()],
    };
    let lists = source.lists().map(|action| statement(&[action], &["*"]));
    std::iter::once(statement(source.actions(), &resources)).chain(lists).chain(keys::statement(cx, &arn, Done::Read)).collect()
}

/// Where something is sent on; with Kafka only a user can know with which secret, and of a bucket with which key.
fn send(cx: &Expand<'_>, arn: &str) -> Vec<Value> {
    if is_bucket(arn) {
        return vec![statement(&["s3:PutObject"], &[&format!("{arn}/*")]), statement(&["s3:ListBucket"], &[arn])];
    }
    let Some(service) = Service::of(arn).filter(|service| service.is_destination()) else { return Vec::new() };
    std::iter::once(statement(&[service.action()], &[arn])).chain(keys::statement(cx, arn, Done::Sent)).collect()
}
