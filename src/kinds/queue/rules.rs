//! What SQS refuses of a queue.

use super::{FifoThroughputLimit, Queue};
use crate::contract::{Findings, Kind, Resource, Rule, View, is_plain, names, rows};
use crate::model::reference::is_known;
use crate::model::{Account, account};
use crate::source::duration::show_seconds;

/// All of them.
pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "E172",
        title: "queue name that AWS refuses",
        why: "A queue's name has 1 to 80 letters, digits, `-` and `_`. The `.fifo` at the end of a FIFO queue's name counts too.",
        fix: "use letters, digits, `-` and `_`",
        source: "botocore service model, sqs CreateQueue, QueueName",
        run: name,
    },
    Rule {
        code: "E401",
        title: "a visibility timeout that SQS does not take",
        why: "A received message is hidden for up to twelve hours. SQS refuses a longer timeout with InvalidAttributeValue.",
        fix: "set `visibility_timeout` to 12h at most",
        source: "botocore service model, sqs CreateQueue, VisibilityTimeout",
        run: rows::<Queue>,
    },
    Rule {
        code: "E402",
        title: "a message retention that SQS does not take",
        why: "SQS keeps messages from one minute to fourteen days, and refuses other values with InvalidAttributeValue.",
        fix: "set `message_retention` to something from 1m to 14d",
        source: "botocore service model, sqs CreateQueue, MessageRetentionPeriod",
        run: rows::<Queue>,
    },
    Rule {
        code: "E403",
        title: "a delay that SQS does not take",
        why: "New messages are held back for up to fifteen minutes. SQS refuses a longer delay with InvalidAttributeValue.",
        fix: "set `delay` to 15m at most",
        source: "botocore service model, sqs CreateQueue, DelaySeconds",
        run: rows::<Queue>,
    },
    Rule {
        code: "E404",
        title: "a largest message that SQS does not take",
        why: "The size of the largest message lies between 1 KiB and 1 MiB, in bytes. SQS refuses other values with InvalidAttributeValue.",
        fix: "set `max_message_size` to something from 1024 to 1048576",
        source: "botocore service model, sqs CreateQueue, MaximumMessageSize",
        run: rows::<Queue>,
    },
    Rule {
        code: "E405",
        title: "a wait for messages that SQS does not take",
        why: "A receive waits for messages for up to twenty seconds. SQS refuses a longer wait with InvalidAttributeValue.",
        fix: "set `receive_wait` to 20s at most",
        source: "botocore service model, sqs CreateQueue, ReceiveMessageWaitTimeSeconds",
        run: rows::<Queue>,
    },
    Rule {
        code: "E406",
        title: "a reuse of data keys that SQS does not take",
        why: "A data key of KMS is used again for one minute to one day. SQS refuses other values with InvalidAttributeValue.",
        fix: "set `kms_data_key_reuse` to something from 1m to 24h",
        source: "botocore service model, sqs CreateQueue, KmsDataKeyReusePeriodSeconds",
        run: rows::<Queue>,
    },
    Rule {
        code: "E407",
        title: "a FIFO attribute on a standard queue",
        why: "Content-based deduplication, the scope of deduplication and the limit of throughput belong to FIFO queues. SQS refuses them on a standard queue with InvalidAttributeName.",
        fix: "take the attribute out, or set `fifo: true`",
        source: "botocore service model, sqs CreateQueue, Attributes",
        run: fifo_only,
    },
    Rule {
        code: "E410",
        title: "a number of receives that SQS does not take",
        why: "A message moves to the dead-letter queue after 1 to 1,000 receives. SQS refuses other numbers with InvalidParameterValue.",
        fix: "set `max_receives` to something from 1 to 1000",
        source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue.html",
        run: receives,
    },
    Rule {
        code: "E412",
        title: "a dead-letter queue that cannot be one",
        why: "A dead-letter queue is another SQS queue in the same region and account. SQS refuses the queue itself, a topic, or a queue elsewhere.",
        fix: "name another queue of this stack, or the ARN of one in the same region",
        source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
        run: redrive_target,
    },
    Rule {
        code: "E413",
        title: "a dead-letter queue of the other type",
        why: "The dead-letter queue of a FIFO queue is a FIFO queue, that of a standard queue a standard one. SQS refuses the redrive policy otherwise.",
        fix: "make both queues FIFO, or neither",
        source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
        run: redrive_type,
    },
    Rule {
        code: "W414",
        title: "a dead-letter queue that keeps messages for less time than its source",
        why: "A message of a standard queue keeps the age it has when it moves to the dead-letter queue. Where that queue keeps messages for less time than the source, some are gone before anybody sees them, or as soon as they arrive.",
        fix: "keep messages longer in the dead-letter queue: `message_retention: 14d`",
        source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
        run: redrive_retention,
    },
    Rule {
        code: "E415",
        title: "a word for deduplication or throughput that SQS does not know",
        why: "The scope of deduplication is `queue` or `messageGroup`, the limit of throughput `perQueue` or `perMessageGroupId`; the latter goes with `messageGroup` only. SQS refuses anything else with InvalidAttributeValue.",
        fix: "for high throughput write `deduplication_scope: messageGroup` and `fifo_throughput_limit: perMessageGroupId`",
        source: "botocore service model, sqs CreateQueue, DeduplicationScope",
        run: fifo_words,
    },
    Rule {
        code: "E416",
        title: "a redrive permission that SQS does not take",
        why: "`redrivePermission` is allowAll, denyAll or byQueue. With byQueue, and only then, `sourceQueueArns` names one to ten queues.",
        fix: "write `{ redrivePermission: byQueue, sourceQueueArns: [ARN, …] }`, or `{ redrivePermission: denyAll }`",
        source: "botocore service model, sqs CreateQueue, RedriveAllowPolicy",
        run: redrive_allow,
    },
];

fn name(cx: &View<'_>, out: &mut Findings<'_>) {
    names::<Queue>(cx, out, "queue", is_plain);
}

fn fifo_only(cx: &View<'_>, out: &mut Findings<'_>) {
    for queue in cx.all::<Queue>().iter().filter(|queue| !queue.spec.fifo) {
        let set = [
            ("content_based_deduplication", queue.spec.content_based_deduplication),
            ("deduplication_scope", queue.spec.deduplication_scope.is_some()),
            ("fifo_throughput_limit", queue.spec.fifo_throughput_limit.is_some()),
        ];
        for (field, _) in set.into_iter().filter(|(_, set)| *set) {
            let place = cx.key_place("queues", &queue.key, &[], field);
            out.add(place, &queue.address, format!("`{field}` is for FIFO queues"));
        }
    }
}

fn receives(cx: &View<'_>, out: &mut Findings<'_>) {
    for queue in cx.all::<Queue>() {
        if let Some(redrive) = queue.spec.redrive.as_ref().filter(|redrive| !(1..=1_000).contains(&redrive.max_receives)) {
            let place = cx.place(Queue::SECTION, &queue.key, &["redrive", "max_receives"]);
            out.add(place, &queue.address, format!("{} receives are outside of 1 to 1000", redrive.max_receives));
        }
    }
}

fn redrive_target(cx: &View<'_>, out: &mut Findings<'_>) {
    let scope = &cx.loaded.scope;
    for queue in cx.all::<Queue>() {
        let Some(arn) = queue.spec.redrive.as_ref().map(|redrive| redrive.dead_letter.as_str()).filter(|arn| is_known(arn)) else {
            continue;
        };
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let own_account = scope.account.to_string();
        let message = match parts[..] {
            [_, partition, "sqs", ..] if partition != scope.partition => format!("`{arn}` is in another partition than the queue"),
            [_, _, "sqs", region, _, _] if region != scope.region => format!("`{arn}` is in another region than the queue"),
            // Which account it is may be known later.
            [_, _, "sqs", _, account, _] if scope.account != Account::Late && account != own_account => {
                format!("`{arn}` is in another account than the queue, which is in {own_account}")
            }
            [_, _, "sqs", _, account, _] if !account::is_id(account) && account != own_account => {
                format!("`{arn}` names the account `{account}`; accounts have 12 digits")
            }
            [_, _, "sqs", _, _, name] if name == queue.name => "a queue cannot be its own dead-letter queue".to_owned(),
            [_, _, "sqs", _, _, _] => continue,
            _ => format!("`{arn}` is no ARN of a queue"),
        };
        out.add(cx.place("queues", &queue.key, &["redrive", "queue"]), &queue.address, message);
    }
}

fn redrive_type(cx: &View<'_>, out: &mut Findings<'_>) {
    for queue in cx.all::<Queue>() {
        let Some(arn) = queue.spec.redrive.as_ref().map(|redrive| redrive.dead_letter.as_str()).filter(|arn| is_known(arn)) else {
            continue;
        };
        let fifo = arn.ends_with(".fifo");
        if arn.contains(":sqs:") && fifo != queue.spec.fifo {
            let word = |fifo: bool| if fifo { "a FIFO queue" } else { "a standard queue" };
            let message = format!("{} has {} as its dead-letter queue", word(queue.spec.fifo), word(fifo));
            out.add(cx.place("queues", &queue.key, &["redrive", "queue"]), &queue.address, message);
        }
    }
}

fn redrive_retention(cx: &View<'_>, out: &mut Findings<'_>) {
    // In FIFO queues the age begins anew with the move.
    for queue in cx.all::<Queue>().iter().filter(|queue| !queue.spec.fifo) {
        let Some(dead_letter) = queue.spec.redrive.as_ref().and_then(|redrive| queue_of(cx, &redrive.dead_letter)) else {
            continue;
        };
        let (kept, there) = (queue.spec.message_retention, dead_letter.spec.message_retention);
        if there < kept {
            let shown = |seconds: u32| show_seconds(u64::from(seconds));
            let message = format!("messages are kept for {}, those of its source {} for {}", shown(there), queue.address, shown(kept));
            out.add(cx.place("queues", &dead_letter.key, &["message_retention"]), &dead_letter.address, message);
        }
    }
}

fn fifo_words(cx: &View<'_>, out: &mut Findings<'_>) {
    for queue in cx.all::<Queue>().iter().filter(|queue| queue.spec.fifo) {
        let (scope, limit) = (&queue.spec.deduplication_scope, &queue.spec.fifo_throughput_limit);
        let mut refuse = |field: &str, message: String| {
            out.add(cx.place("queues", &queue.key, &[field]), &queue.address, message);
        };
        if let Some(word) = scope.as_ref().filter(|word| word.known().is_none()) {
            refuse("deduplication_scope", format!("`{word}` is no scope of deduplication"));
        }
        match limit.as_ref().map(|word| (word, word.known())) {
            Some((_, Some(FifoThroughputLimit::PerMessageGroupId))) if scope.is_none() => {
                refuse("fifo_throughput_limit", "perMessageGroupId goes with `deduplication_scope: messageGroup` only".to_owned());
            }
            Some((_, Some(_))) | None => {}
            Some((word, None)) => refuse("fifo_throughput_limit", format!("`{word}` is no limit of throughput")),
        }
    }
}

fn redrive_allow(cx: &View<'_>, out: &mut Findings<'_>) {
    for queue in cx.all::<Queue>() {
        let Some(policy) = &queue.spec.redrive_allow else { continue };
        let sources = policy["sourceQueueArns"].as_array().map_or(0, Vec::len);
        let wrong = match policy["redrivePermission"].as_str() {
            Some("byQueue") if !(1..=10).contains(&sources) => format!("byQueue names 1 to 10 queues, not {sources}"),
            Some("byQueue") => continue,
            Some("allowAll" | "denyAll") if sources > 0 => "queues are named with byQueue only".to_owned(),
            Some("allowAll" | "denyAll") => continue,
            Some(word) => format!("`{word}` is no redrive permission"),
            None => "`redrivePermission` is missing".to_owned(),
        };
        out.add(cx.place("queues", &queue.key, &["redrive_allow"]), &queue.address, wrong);
    }
}

/// The queue of this ARN, if it is of this stack. Names are compared before ARNs are written out: a
/// stack may have a thousand of each.
pub(crate) fn queue_of<'a>(cx: &'a View<'_>, arn: &str) -> Option<&'a Resource<Queue>> {
    cx.all::<Queue>().iter().find(|queue| arn.ends_with(&queue.name) && cx.loaded.scope.arn("sqs", &queue.name) == arn)
}
