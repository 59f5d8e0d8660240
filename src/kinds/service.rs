//! The services that something is sent to, and what sending takes.

use crate::model::reference::references_in;

/// What can be started without naming an action of its API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// A function is invoked.
    Lambda,
    /// A queue gets a message.
    Sqs,
    /// A topic gets a message.
    Sns,
    /// A state machine is executed.
    States,
    /// A bus gets an event.
    Events,
    /// A stream gets a record.
    Kinesis,
}

/// Whether an ARN, or what a reference names, is a bucket.
pub fn is_bucket(arn: &str) -> bool {
    let is_named = |arn: &str| references_in(arn).next().is_some_and(|of| of.section == "buckets");
    if arn.starts_with("${") { is_named(arn) } else { arn.split(':').nth(2) == Some("s3") }
}

impl Service {
    /// The service of an ARN, or of the section that a reference names; none of others.
    pub fn of(arn: &str) -> Option<Self> {
        let section = references_in(arn).next().filter(|_| arn.starts_with("${")).map(|reference| reference.section);
        let word = section.as_deref().or_else(|| arn.split(':').nth(2))?;
        match word {
            "lambda" | "functions" => Some(Self::Lambda),
            "sqs" | "queues" => Some(Self::Sqs),
            "sns" | "topics" => Some(Self::Sns),
            "states" | "state_machines" => Some(Self::States),
            "events" | "buses" => Some(Self::Events),
            "kinesis" | "streams" => Some(Self::Kinesis),
            _ => None,
        }
    }

    /// Whether Lambda sends there what became of a call: beside these S3 and Kafka alone take it (Lambda
    /// Developer Guide, "Capturing records of Lambda asynchronous invocations").
    pub fn is_destination(self) -> bool {
        matches!(self, Self::Lambda | Self::Sqs | Self::Sns | Self::Events)
    }

    /// What the role has to be allowed.
    pub fn action(self) -> &'static str {
        match self {
            Self::Lambda => "lambda:InvokeFunction",
            Self::Sqs => "sqs:SendMessage",
            Self::Sns => "sns:Publish",
            Self::States => "states:StartExecution",
            Self::Events => "events:PutEvents",
            Self::Kinesis => "kinesis:PutRecord",
        }
    }
}
