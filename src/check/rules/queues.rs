//! Queues: ranges of their attributes, dead-letter queues, and queues that feed functions.

use crate::contract::Resource;
use crate::contract::{Findings, Rule, View};
use crate::kinds::function::Function;
use crate::kinds::queue::Queue;
use crate::kinds::queue::{FifoThroughputLimit, Spec};
use crate::source::duration::show_seconds;
use crate::source::node::Node;

/// Rules of this subject.
pub const RULES: &[Rule] = &[
    Rule {
        code: "E401",
        title: "a visibility timeout that SQS does not take",
        why: "A received message is hidden for up to twelve hours. SQS refuses a longer timeout with InvalidAttributeValue.",
        fix: "set `visibility_timeout` to 12h at most",
        source: "botocore service model, sqs CreateQueue, VisibilityTimeout",
        run: visibility,
    },
    Rule {
        code: "E402",
        title: "a message retention that SQS does not take",
        why: "SQS keeps messages from one minute to fourteen days, and refuses other values with InvalidAttributeValue.",
        fix: "set `message_retention` to something from 1m to 14d",
        source: "botocore service model, sqs CreateQueue, MessageRetentionPeriod",
        run: retention,
    },
    Rule {
        code: "E403",
        title: "a delay that SQS does not take",
        why: "New messages are held back for up to fifteen minutes. SQS refuses a longer delay with InvalidAttributeValue.",
        fix: "set `delay` to 15m at most",
        source: "botocore service model, sqs CreateQueue, DelaySeconds",
        run: delay,
    },
    Rule {
        code: "E404",
        title: "a largest message that SQS does not take",
        why: "The size of the largest message lies between 1 KiB and 1 MiB, in bytes. SQS refuses other values with InvalidAttributeValue.",
        fix: "set `max_message_size` to something from 1024 to 1048576",
        source: "botocore service model, sqs CreateQueue, MaximumMessageSize",
        run: message_size,
    },
    Rule {
        code: "E405",
        title: "a wait for messages that SQS does not take",
        why: "A receive waits for messages for up to twenty seconds. SQS refuses a longer wait with InvalidAttributeValue.",
        fix: "set `receive_wait` to 20s at most",
        source: "botocore service model, sqs CreateQueue, ReceiveMessageWaitTimeSeconds",
        run: wait,
    },
    Rule {
        code: "E406",
        title: "a reuse of data keys that SQS does not take",
        why: "A data key of KMS is used again for one minute to one day. SQS refuses other values with InvalidAttributeValue.",
        fix: "set `kms_data_key_reuse` to something from 1m to 24h",
        source: "botocore service model, sqs CreateQueue, KmsDataKeyReusePeriodSeconds",
        run: key_reuse,
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
        code: "E408",
        title: "a queue that hides messages for less time than its function may run",
        why: "A message that is shown again while the function still works on it would be handled twice, so CreateEventSourceMapping is refused: \"Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds\".",
        fix: "raise `visibility_timeout` of the queue to six times the function's timeout, or lower the timeout",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
        run: hides_too_short,
    },
    Rule {
        code: "W409",
        title: "a queue that hides messages for less than six times its function's timeout",
        why: "When Lambda is throttled it tries a batch again while its messages stay hidden. AWS advises a visibility timeout of six times the function's timeout, plus the time that batches are gathered; with less, messages are handled twice.",
        fix: "raise `visibility_timeout` of the queue",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
        run: hides_rather_short,
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
        code: "W411",
        title: "few receives before a function's messages are given up",
        why: "Throttling counts as a receive. AWS advises at least five for a queue that feeds a function, or messages land in the dead-letter queue that nobody has tried to handle.",
        fix: "set `max_receives` to 5 or more",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
        run: few_receives,
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

fn range(
    cx: &View<'_>,
    out: &mut Findings<'_>,
    field: &str,
    of: fn(&Spec) -> Option<u32>,
    allowed: std::ops::RangeInclusive<u32>,
    unit: &str,
) {
    for queue in cx.all::<Queue>() {
        if let Some(value) = of(&queue.spec).filter(|value| !allowed.contains(value)) {
            let message = format!("{value} {unit} is outside of {} to {}", allowed.start(), allowed.end());
            out.add(cx.place("queues", &queue.key, &[field]), &queue.address, message, "");
        }
    }
}

fn visibility(cx: &View<'_>, out: &mut Findings<'_>) {
    range(cx, out, "visibility_timeout", |spec| Some(spec.visibility_timeout), 0..=43_200, "s");
}

fn retention(cx: &View<'_>, out: &mut Findings<'_>) {
    range(cx, out, "message_retention", |spec| Some(spec.message_retention), 60..=1_209_600, "s");
}

fn delay(cx: &View<'_>, out: &mut Findings<'_>) {
    range(cx, out, "delay", |spec| Some(spec.delay), 0..=900, "s");
}

fn message_size(cx: &View<'_>, out: &mut Findings<'_>) {
    range(cx, out, "max_message_size", |spec| Some(spec.max_message_size), 1_024..=1_048_576, "bytes");
}

fn wait(cx: &View<'_>, out: &mut Findings<'_>) {
    range(cx, out, "receive_wait", |spec| Some(spec.receive_wait), 0..=20, "s");
}

fn key_reuse(cx: &View<'_>, out: &mut Findings<'_>) {
    range(cx, out, "kms_data_key_reuse", |spec| spec.kms_data_key_reuse, 60..=86_400, "s");
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
            out.add(place, &queue.address, format!("`{field}` is for FIFO queues"), "");
        }
    }
}

/// Every queue of the stack that feeds a function of the stack.
fn feeding<'a>(
    cx: &'a View<'_>,
) -> impl Iterator<Item = (&'a Resource<Queue>, &'a Resource<Function>, &'a crate::kinds::function::spec::EventSource)> {
    cx.all::<Function>().iter().flat_map(move |function| {
        function.spec.event_sources.iter().filter_map(move |(arn, source)| Some((super::lookup::queue_of(cx, arn)?, function, source)))
    })
}

fn hides_too_short(cx: &View<'_>, out: &mut Findings<'_>) {
    for (queue, function, _) in feeding(cx) {
        let (hidden, timeout) = (queue.spec.visibility_timeout, function.spec.config.timeout.unsigned_abs());
        if hidden < timeout {
            let place = cx.place("queues", &queue.key, &["visibility_timeout"]);
            let message = format!("messages are hidden for {hidden} s, but {} may run for {timeout} s", function.address);
            let fix = format!("set `visibility_timeout: {}`, or lower the function's timeout", show_seconds(advised(function, 0)));
            out.add(place, &queue.address, message, fix);
        }
    }
}

fn hides_rather_short(cx: &View<'_>, out: &mut Findings<'_>) {
    for (queue, function, source) in feeding(cx) {
        let hidden = u64::from(queue.spec.visibility_timeout);
        let (timeout, advised) = (u64::from(function.spec.config.timeout.unsigned_abs()), advised(function, source.batch_window));
        if (timeout..advised.min(43_200)).contains(&hidden) {
            let place = cx.place("queues", &queue.key, &["visibility_timeout"]);
            let message =
                format!("messages are hidden for {hidden} s, less than six times the {timeout} s that {} may run", function.address);
            out.add(place, &queue.address, message, format!("set `visibility_timeout: {}`", show_seconds(advised)));
        }
    }
}

fn advised(function: &Resource<Function>, window: i32) -> u64 {
    6 * u64::from(function.spec.config.timeout.unsigned_abs()) + u64::from(window.unsigned_abs())
}

fn receives(cx: &View<'_>, out: &mut Findings<'_>) {
    for queue in cx.all::<Queue>() {
        let written = cx.loaded.tree.get("queues").and_then(|queues| queues.get(&queue.key)?.get("redrive")?.get("max_receives"));
        // The spec drops a minus sign.
        let negative = written.map(Node::to_json).is_some_and(|value| value.to_string().trim_matches('"').starts_with('-'));
        if let Some(redrive) = &queue.spec.redrive
            && (negative || !(1..=1_000).contains(&redrive.max_receives))
        {
            let sign = if negative { "-" } else { "" };
            let place = cx.place("queues", &queue.key, &["redrive", "max_receives"]);
            out.add(place, &queue.address, format!("{sign}{} receives are outside of 1 to 1000", redrive.max_receives), "");
        }
    }
}

fn few_receives(cx: &View<'_>, out: &mut Findings<'_>) {
    for (queue, function, _) in feeding(cx) {
        if let Some(redrive) = queue.spec.redrive.as_ref().filter(|redrive| (1..5).contains(&redrive.max_receives)) {
            let message = format!("messages for {} are given up after {} receives", function.address, redrive.max_receives);
            out.add(cx.place("queues", &queue.key, &["redrive", "max_receives"]), &queue.address, message, "");
        }
    }
}

fn redrive_target(cx: &View<'_>, out: &mut Findings<'_>) {
    let scope = &cx.loaded.scope;
    for queue in cx.all::<Queue>() {
        let Some(arn) = queue.spec.redrive.as_ref().map(|redrive| redrive.dead_letter.as_str()).filter(|arn| !arn.contains("${")) else {
            continue;
        };
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let message = match parts[..] {
            [_, _, "sqs", region, _, _] if region != scope.region => format!("`{arn}` is in another region than the queue"),
            [_, _, "sqs", _, _, name] if name == queue.name => "a queue cannot be its own dead-letter queue".to_owned(),
            [_, _, "sqs", _, _, _] => continue,
            _ => format!("`{arn}` is no ARN of a queue"),
        };
        out.add(cx.place("queues", &queue.key, &["redrive", "queue"]), &queue.address, message, "");
    }
}

fn redrive_type(cx: &View<'_>, out: &mut Findings<'_>) {
    for queue in cx.all::<Queue>() {
        let Some(arn) = queue.spec.redrive.as_ref().map(|redrive| redrive.dead_letter.as_str()).filter(|arn| !arn.contains("${")) else {
            continue;
        };
        let fifo = arn.ends_with(".fifo");
        if arn.contains(":sqs:") && fifo != queue.spec.fifo {
            let word = |fifo: bool| if fifo { "a FIFO queue" } else { "a standard queue" };
            let message = format!("{} has {} as its dead-letter queue", word(queue.spec.fifo), word(fifo));
            out.add(cx.place("queues", &queue.key, &["redrive", "queue"]), &queue.address, message, "");
        }
    }
}

fn redrive_retention(cx: &View<'_>, out: &mut Findings<'_>) {
    // In FIFO queues the age begins anew with the move.
    for queue in cx.all::<Queue>().iter().filter(|queue| !queue.spec.fifo) {
        let Some(dead_letter) = queue.spec.redrive.as_ref().and_then(|redrive| super::lookup::queue_of(cx, &redrive.dead_letter)) else {
            continue;
        };
        let (kept, there) = (queue.spec.message_retention, dead_letter.spec.message_retention);
        if there < kept {
            let shown = |seconds: u32| show_seconds(u64::from(seconds));
            let message = format!("messages are kept for {}, those of its source {} for {}", shown(there), queue.address, shown(kept));
            out.add(cx.place("queues", &dead_letter.key, &["message_retention"]), &dead_letter.address, message, "");
        }
    }
}

fn fifo_words(cx: &View<'_>, out: &mut Findings<'_>) {
    for queue in cx.all::<Queue>().iter().filter(|queue| queue.spec.fifo) {
        let (scope, limit) = (&queue.spec.deduplication_scope, &queue.spec.fifo_throughput_limit);
        let mut refuse = |field: &str, message: String| {
            out.add(cx.place("queues", &queue.key, &[field]), &queue.address, message, "");
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
        out.add(cx.place("queues", &queue.key, &["redrive_allow"]), &queue.address, wrong, "");
    }
}
