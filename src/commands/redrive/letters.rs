//! Receiving dead letters, and giving them back.

use std::collections::HashMap;

use aws_sdk_sqs::types::{ChangeMessageVisibilityBatchRequestEntry, Message, MessageAttributeValue, MessageSystemAttributeName as Name};

use jiff::{SignedDuration, Timestamp};

use super::Place;
use super::way::Letter;
use crate::aws::AwsError;
use crate::kinds::queue::api;

/// Messages of one call.
const BATCH: i32 = 10;
/// How long a call waits for the first one: a shorter look asks a part of the servers alone.
const WAIT: i32 = 1;
/// Seconds for which nobody else gets what is looked at or sent back.
pub const HELD: i32 = 60;

const TOLD: [Name; 6] = [
    Name::ApproximateReceiveCount,
    Name::AwsTraceHeader,
    Name::DeadLetterQueueSourceArn,
    Name::MessageDeduplicationId,
    Name::MessageGroupId,
    Name::SentTimestamp,
];

/// A letter with what is sent on with it.
#[derive(Debug, Clone)]
pub struct Received {
    /// What it says.
    pub letter: Letter,
    /// Attributes of whoever sent it.
    pub attributes: HashMap<String, MessageAttributeValue>,
    /// Its trace.
    pub trace: Option<String>,
}

/// At most so many letters, none where none can be received.
pub async fn receive(place: &Place, most: u64) -> Result<Vec<Received>, AwsError> {
    let number = i32::try_from(most).unwrap_or(BATCH).clamp(1, BATCH);
    let ask = || {
        let call = place.write.aws.sqs.receive_message().queue_url(&place.url).max_number_of_messages(number).visibility_timeout(HELD);
        let call = call.wait_time_seconds(WAIT).set_message_system_attribute_names(Some(TOLD.to_vec()));
        call.message_attribute_names("All").send()
    };
    let answer = place.write.call.send(&api::RECEIVE_MESSAGE, &place.name, ask).await?;
    Ok(answer.messages.unwrap_or_default().into_iter().map(received).collect())
}

fn received(message: Message) -> Received {
    let told = message.attributes.unwrap_or_default();
    let text = |name: &Name| told.get(name).cloned();
    let attributes = message.message_attributes.unwrap_or_default();
    // What Lambda, EventBridge and Scheduler write of what failed.
    let said = |names: [&str; 2]| names.iter().find_map(|name| attributes.get(*name)?.string_value.clone());
    let (code, error) = (said(["ErrorCode", "ERROR_CODE"]), said(["ErrorMessage", "ERROR_MESSAGE"]));
    let letter = Letter {
        id: message.message_id.unwrap_or_default(),
        receipt: message.receipt_handle.unwrap_or_default(),
        body: message.body.unwrap_or_default(),
        source: text(&Name::DeadLetterQueueSourceArn),
        group: text(&Name::MessageGroupId),
        deduplication: text(&Name::MessageDeduplicationId),
        sent: text(&Name::SentTimestamp).and_then(|at| at.parse().ok()),
        receives: text(&Name::ApproximateReceiveCount).and_then(|count| count.parse().ok()),
        error: match (code, error) {
            (Some(code), Some(error)) => Some(format!("{code}: {error}")),
            (code, error) => code.or(error),
        },
    };
    Received { letter, attributes, trace: text(&Name::AwsTraceHeader) }
}

/// Letters that nobody gets for a while, since giving them back failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// How many.
    pub count: u64,
    /// When the last of them comes back.
    pub until: Timestamp,
    /// What failed first.
    pub why: String,
}

impl Held {
    /// Both of two.
    pub fn and(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(one), Some(other)) => Some(Self { count: one.count + other.count, until: one.until.max(other.until), ..one }),
            (one, other) => one.or(other),
        }
    }
}

/// What SQS says of one that it lets others have already, or that is not there any more.
const NOT_HELD: [&str; 2] = ["MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight"];

/// Lets others have these at once. Gives those that stay held, from `since` on for as long as they are looked at.
pub async fn give_back(place: &Place, receipts: &[String], since: Timestamp) -> Option<Held> {
    let until = since + SignedDuration::from_secs(HELD.into());
    let (mut count, mut first) = (0, None);
    for some in receipts.chunks(BATCH.unsigned_abs() as usize) {
        let entries: Result<Vec<_>, _> = some
            .iter()
            .enumerate()
            .map(|(at, receipt)| {
                let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(format!("m{at}")).receipt_handle(receipt);
                entry.visibility_timeout(0).build()
            })
            .collect();
        // All that is required of an entry is set.
        let Ok(entries) = entries else { continue };
        let give = || {
            let call = place.write.aws.sqs.change_message_visibility_batch().queue_url(&place.url);
            call.set_entries(Some(entries.clone())).send()
        };
        match place.write.call.send(&api::CHANGE_MESSAGE_VISIBILITY, &place.name, give).await {
            // A good answer may say no to some of them.
            Ok(answer) => {
                let failed = answer.failed.iter().filter(|entry| !NOT_HELD.contains(&entry.code.as_str()));
                for entry in failed {
                    count += 1;
                    let said = format!("{}: {}", entry.code, entry.message().unwrap_or("SQS gives no reason"));
                    first.get_or_insert_with(|| AwsError::unexpected(&api::CHANGE_MESSAGE_VISIBILITY, &place.name, said).to_string());
                }
            }
            Err(error) => {
                count += some.len() as u64;
                first.get_or_insert_with(|| error.to_string());
            }
        }
    }
    first.map(|why| Held { count, until, why })
}

/// Looks at no more than so many, and gives them back. Those that stay held are told beside them.
pub async fn look(place: &Place, most: u64) -> Result<(Vec<Letter>, Option<Held>), AwsError> {
    let mut seen: Vec<Letter> = Vec::new();
    let (mut receipts, mut last) = (Vec::new(), Timestamp::now());
    let outcome = loop {
        let left = most.saturating_sub(seen.len() as u64);
        if left == 0 {
            break Ok(());
        }
        match receive(place, left).await {
            Ok(some) if some.is_empty() => break Ok(()),
            Ok(some) => {
                last = Timestamp::now();
                for Received { letter, .. } in some {
                    receipts.push(letter.receipt.clone());
                    if seen.iter().all(|known| known.id != letter.id) {
                        seen.push(letter);
                    }
                }
            }
            Err(error) => break Err(error),
        }
    };
    let held = give_back(place, &receipts, last).await;
    outcome.map(|()| (seen, held))
}
