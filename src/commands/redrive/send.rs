//! Sending dead letters on: one by one, or by a task of SQS.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use aws_sdk_sqs::types::{ListMessageMoveTasksResultEntry as Task, MessageAttributeValue, MessageSystemAttributeNameForSends as Name};
use jiff::Timestamp;
use tokio::sync::watch;

use super::Place;
use super::letters::{Held, Received, give_back, receive};
use super::way::{Sender, To, Way, way};
use crate::aws::AwsError;
use crate::kinds::{function, queue};
use crate::model::Stop;
use crate::report::redrive::Progress;

/// Codes of an endpoint that moves nothing by itself, or not what lies here.
const MOVES_NOTHING: [&str; 3] = ["InvalidAction", "UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation"];
/// Between two looks at a task.
const PAUSE: Duration = Duration::from_secs(1);

/// What became of them.
#[derive(Debug, Default)]
pub struct Sent {
    /// So many went where they belong.
    pub sent: u64,
    /// What did not, and why, with how many of them.
    pub failed: BTreeMap<String, u64>,
    /// So many of those that went lie here still: they were not deleted.
    pub twice: u64,
    /// Those that nobody gets for a while.
    pub held: Option<Held>,
    /// Why it was ended early.
    pub stopped: Option<Stop>,
    /// What ended it before there was none left, so that nobody knows of how many.
    pub ended: Option<String>,
}

/// What became of one.
enum Fate {
    /// It went, and is not here any more.
    Went,
    /// It stays, and why.
    Stays(String),
    /// It went and is here too: what would not be deleted.
    Twice(AwsError),
}

/// Why one stays that could have gone.
const AFTER_ANOTHER: &str = "it comes after one of its group that stays";

/// Receives, sends and deletes, one batch after the other, until there is none, or so many went. Of a group of a
/// FIFO queue nothing goes after one that stays, so that its order is kept; and where one that went cannot be
/// deleted nothing more goes, since all would then be there twice.
pub async fn one_by_one(
    place: &Place,
    (to, senders): (Option<&To>, &[Sender]),
    max: Option<u64>,
    stop: &watch::Receiver<Option<Stop>>,
    progress: &Progress,
) -> Result<Sent, AwsError> {
    let (mut done, mut kept, mut seen, mut last) = (Sent::default(), Vec::new(), BTreeSet::new(), Timestamp::now());
    let mut halted: BTreeSet<String> = BTreeSet::new();
    let outcome = loop {
        let handled = done.sent + done.failed.values().sum::<u64>();
        let left = max.map_or(u64::MAX, |max| max.saturating_sub(handled));
        done.stopped = *stop.borrow();
        if left == 0 || done.stopped.is_some() || done.ended.is_some() {
            break Ok(());
        }
        let batch = match receive(place, left).await {
            Ok(batch) => batch,
            Err(error) => break Err(error),
        };
        last = Timestamp::now();
        // What comes a second time was kept, or is there although it was deleted.
        let (new, again): (Vec<_>, Vec<_>) = batch.into_iter().partition(|received| seen.insert(received.letter.id.clone()));
        kept.extend(again.into_iter().map(|received| received.letter.receipt));
        if new.is_empty() {
            break Ok(());
        }
        for received in new {
            if stop.borrow().is_some() || done.ended.is_some() {
                kept.push(received.letter.receipt);
                continue;
            }
            let fate = match &received.letter.group {
                Some(group) if halted.contains(group) => Fate::Stays(AFTER_ANOTHER.to_owned()),
                _ => send(place, &received, way(&received.letter, to, senders)).await,
            };
            match fate {
                Fate::Went => done.sent += 1,
                Fate::Stays(why) => {
                    *done.failed.entry(why).or_default() += 1;
                    halted.extend(received.letter.group);
                    kept.push(received.letter.receipt);
                }
                Fate::Twice(error) => {
                    (done.sent, done.twice, done.ended) = (done.sent + 1, done.twice + 1, Some(error.to_string()));
                    kept.push(received.letter.receipt);
                }
            }
        }
        progress.at(done.sent);
    };
    done.held = give_back(place, &kept, last).await;
    match outcome {
        // What went has gone: the rest of it is told with that.
        Err(error) if done.sent > 0 => Ok(Sent { ended: Some(error.to_string()), ..done }),
        outcome => outcome.map(|()| done),
    }
}

/// Sends one on, and deletes it once it was taken.
async fn send(place: &Place, received: &Received, way: Way) -> Fate {
    let taken = match way {
        Way::Queue(arn) => to_queue(place, received, &arn).await,
        Way::Function { name, qualifier, event } => to_function(place, &name, qualifier, event).await,
        Way::None(why) => return Fate::Stays(why),
    };
    match taken {
        Ok(()) => {}
        Err(error) if error.is_in_doubt() => return Fate::Stays(format!("it may have gone all the same: {error}")),
        Err(error) => return Fate::Stays(error.to_string()),
    }
    let delete = || place.write.aws.sqs.delete_message().queue_url(&place.url).receipt_handle(&received.letter.receipt).send();
    match place.write.call.send(&queue::api::DELETE_MESSAGE, &place.name, delete).await {
        Ok(_) => Fate::Went,
        Err(error) => Fate::Twice(error),
    }
}

async fn to_queue(place: &Place, received: &Received, arn: &str) -> Result<(), AwsError> {
    let Received { letter, attributes, trace } = received;
    let name = arn.rsplit(':').next().unwrap_or(arn);
    let url = place.url_of(name).await?;
    let traced = trace.as_ref().and_then(|trace| {
        use aws_sdk_sqs::types::MessageSystemAttributeValue as Value;
        Value::builder().data_type("String").string_value(trace).build().ok()
    });
    let (group, deduplication) = if name.ends_with(".fifo") { (&letter.group, &letter.deduplication) } else { (&None, &None) };
    let attributes: std::collections::HashMap<String, MessageAttributeValue> = attributes.clone();
    let send = || {
        let call = place.write.aws.sqs.send_message().queue_url(&url).message_body(&letter.body);
        let call = call.set_message_attributes(Some(attributes.clone()).filter(|attributes| !attributes.is_empty()));
        let call = call.set_message_group_id(group.clone()).set_message_deduplication_id(deduplication.clone());
        match &traced {
            Some(traced) => call.message_system_attributes(Name::AwsTraceHeader, traced.clone()).send(),
            None => call.send(),
        }
    };
    place.write.call.send(&queue::api::SEND_MESSAGE, name, send).await.map(drop)
}

/// Lambda has taken the event once it answers 202.
async fn to_function(place: &Place, name: &str, qualifier: Option<String>, event: String) -> Result<(), AwsError> {
    let invoke = || {
        let call = place.write.aws.lambda.invoke().function_name(name).set_qualifier(qualifier.clone());
        call.invocation_type(InvocationType::Event).payload(Blob::new(event.clone())).send()
    };
    let answer = place.write.call.send(&function::api::INVOKE_FUNCTION, name, invoke).await?;
    if answer.status_code == 202 {
        return Ok(());
    }
    let said = format!("Lambda answered {} and did not take the event", answer.status_code);
    Err(AwsError::unexpected(&function::api::INVOKE_FUNCTION, name, said))
}

/// What SQS makes of moving all by itself.
pub enum Moved {
    /// It did.
    All(Sent),
    /// It cannot, and why.
    Not(String),
}

/// Has SQS move all, to where they came from or to one queue, and follows it.
pub async fn by_a_task(
    place: &Place,
    to: Option<&str>,
    stop: &watch::Receiver<Option<Stop>>,
    progress: &Progress,
) -> Result<Moved, AwsError> {
    let running = match newest(place).await {
        Ok(task) => task.filter(is_running),
        Err(error) if MOVES_NOTHING.contains(&error.code.as_str()) => return Ok(Moved::Not(error.to_string())),
        Err(error) => return Err(error),
    };
    if running.is_some() {
        progress.note("a task that moves these is running already; it is followed");
    } else {
        let start =
            || place.write.aws.sqs.start_message_move_task().source_arn(&place.arn).set_destination_arn(to.map(str::to_owned)).send();
        match place.write.call.send(&queue::api::START_MESSAGE_MOVE_TASK, &place.name, start).await {
            Ok(_) => progress.note("SQS moves them; it goes on where this is interrupted"),
            Err(error) if MOVES_NOTHING.contains(&error.code.as_str()) => return Ok(Moved::Not(error.to_string())),
            Err(error) => return Err(error),
        }
    }
    loop {
        let Some(task) = newest(place).await? else {
            return Err(AwsError::unexpected(&queue::api::LIST_MESSAGE_MOVE_TASKS, &place.name, "the task is not listed"));
        };
        let sent = u64::try_from(task.approximate_number_of_messages_moved).unwrap_or_default();
        progress.at(sent);
        let stopped = *stop.borrow();
        match task.status.as_deref() {
            Some("COMPLETED") => return Ok(Moved::All(Sent { sent, ..Sent::default() })),
            Some("FAILED") => {
                let why = format!("SQS ended its task: {}", task.failure_reason.as_deref().unwrap_or("it gives no reason"));
                return Ok(Moved::All(Sent { sent, ended: Some(why), ..Sent::default() }));
            }
            Some("CANCELLED") => {
                let ended = Some("somebody cancelled the task".to_owned());
                return Ok(Moved::All(Sent { sent, ended, ..Sent::default() }));
            }
            _ if stopped.is_some() => return Ok(Moved::All(Sent { sent, stopped, ..Sent::default() })),
            _ => tokio::time::sleep(PAUSE).await,
        }
    }
}

fn is_running(task: &Task) -> bool {
    matches!(task.status.as_deref(), Some("RUNNING" | "CANCELLING"))
}

async fn newest(place: &Place) -> Result<Option<Task>, AwsError> {
    let list = || place.read.aws.sqs.list_message_move_tasks().source_arn(&place.arn).max_results(1).send();
    let answer = place.read.call.send(&queue::api::LIST_MESSAGE_MOVE_TASKS, &place.name, list).await?;
    Ok(answer.results.unwrap_or_default().into_iter().next())
}
