//! The normal form of what a topic logs of its deliveries.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Which deliveries are logged in CloudWatch Logs, by kind of endpoint. Its default is AWS's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DeliveryLogs {
    /// http and https.
    #[serde(default, skip_serializing_if = "DeliveryLog::is_none")]
    pub http: DeliveryLog,
    /// Delivery streams.
    #[serde(default, skip_serializing_if = "DeliveryLog::is_none")]
    pub firehose: DeliveryLog,
    /// Functions.
    #[serde(default, skip_serializing_if = "DeliveryLog::is_none")]
    pub lambda: DeliveryLog,
    /// Applications on phones.
    #[serde(default, skip_serializing_if = "DeliveryLog::is_none")]
    pub application: DeliveryLog,
    /// Queues.
    #[serde(default, skip_serializing_if = "DeliveryLog::is_none")]
    pub sqs: DeliveryLog,
}

/// Which deliveries to one kind of endpoint are logged. Its default is AWS's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DeliveryLog {
    /// ARN of the role that logs what was delivered.
    pub success_role: Option<String>,
    /// Percent of what was delivered that is logged.
    pub success_sample_rate: i32,
    /// ARN of the role that logs what could not be delivered.
    pub failure_role: Option<String>,
}

/// What takes a role away: the rate takes no empty text (docs/aws-facts.md §8).
const NO_ROLE: &str = "";

impl DeliveryLogs {
    /// Each kind of endpoint as SNS's attributes begin.
    fn each(&self) -> [(&'static str, &DeliveryLog); 5] {
        let Self { http, firehose, lambda, application, sqs } = self;
        [("HTTP", http), ("Firehose", firehose), ("Lambda", lambda), ("Application", application), ("SQS", sqs)]
    }

    /// SNS's attributes, all of them.
    pub(super) fn attributes(&self) -> BTreeMap<String, String> {
        let of = |(protocol, log): (&str, &DeliveryLog)| {
            let DeliveryLog { success_role, success_sample_rate, failure_role } = log;
            let role = |role: &Option<String>| role.clone().unwrap_or_else(|| NO_ROLE.to_owned());
            [
                (format!("{protocol}SuccessFeedbackRoleArn"), role(success_role)),
                (format!("{protocol}SuccessFeedbackSampleRate"), success_sample_rate.to_string()),
                (format!("{protocol}FailureFeedbackRoleArn"), role(failure_role)),
            ]
        };
        self.each().into_iter().flat_map(of).collect()
    }

    /// What SNS says of them; `text` gives an attribute that holds anything.
    pub(super) fn read<'a>(text: impl Fn(&str) -> Option<&'a String>) -> Self {
        let log = |protocol: &str| DeliveryLog {
            success_role: text(&format!("{protocol}SuccessFeedbackRoleArn")).cloned(),
            success_sample_rate: text(&format!("{protocol}SuccessFeedbackSampleRate"))
                .and_then(|rate| rate.parse().ok())
                .unwrap_or_default(),
            failure_role: text(&format!("{protocol}FailureFeedbackRoleArn")).cloned(),
        };
        Self { http: log("HTTP"), firehose: log("Firehose"), lambda: log("Lambda"), application: log("Application"), sqs: log("SQS") }
    }

    /// Every role that logs.
    pub(super) fn roles(&self) -> impl Iterator<Item = &String> {
        self.each().into_iter().flat_map(|(_, log)| log.success_role.iter().chain(&log.failure_role))
    }

    /// Each kind of endpoint as files write it.
    pub(super) fn by_key(&self) -> impl Iterator<Item = (String, &DeliveryLog)> {
        self.each().into_iter().map(|(protocol, log)| (protocol.to_lowercase(), log))
    }
}

impl DeliveryLog {
    /// Whether nothing is logged.
    fn is_none(&self) -> bool {
        *self == Self::default()
    }
}
