//! Queues and topics together with the functions, queues and alarms that they deliver to or hear from.

use crate::contract::{Findings, Kind, Resource, Rule, View};
use crate::kinds::alarm::Alarm;
use crate::kinds::function::Function;
use crate::kinds::function::spec::Permission;
use crate::kinds::log_group::LogGroup;
use crate::kinds::queue::Queue;
use crate::kinds::topic::{Topic, each_subscription};
use crate::model::counted;
use crate::model::reference::is_known;
use crate::source::duration::show_seconds;

/// Rules of this subject.
pub const RULES: &[Rule] = &[
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
        code: "W411",
        title: "few receives before a function's messages are given up",
        why: "Throttling counts as a receive. AWS advises at least five for a queue that feeds a function, or messages land in the dead-letter queue that nobody has tried to handle.",
        fix: "set `max_receives` to 5 or more",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
        run: few_receives,
    },
    Rule {
        code: "E435",
        title: "a FIFO queue on a standard topic",
        why: "A standard topic cannot keep the order that a FIFO queue promises, so SNS refuses the subscription: \"FIFO SQS Queues can not be subscribed to standard SNS topics\".",
        fix: "make the topic FIFO, or subscribe a standard queue",
        source: "https://docs.aws.amazon.com/sns/latest/dg/fifo-message-delivery.html",
        run: fifo_queue,
    },
    Rule {
        code: "W440",
        title: "an alarm that tells a topic encrypted with AWS's own key",
        why: "CloudWatch can publish to an encrypted topic only if the key's policy lets it. The policy of the AWS managed key alias/aws/sns cannot be changed, so the alarm goes off and nobody hears of it.",
        fix: "use a key of your own whose policy allows kms:Decrypt and kms:GenerateDataKey* to cloudwatch.amazonaws.com, or no `kms_key`",
        source: "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
        run: managed_key,
    },
    Rule {
        code: "W441",
        title: "a queue that does not let the topic it is subscribed to send",
        why: "SNS delivers to a queue only if the queue's policy allows sqs:SendMessage to it. The subscription is made all the same, and every message is lost.",
        fix: "give the queue a policy: `[{ principals: { Service: [sns.amazonaws.com] }, actions: [sqs:SendMessage], resources: [\"*\"], conditions: { ArnEquals: { \"aws:SourceArn\": \"${topics.KEY.arn}\" } } }]`",
        source: "https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html",
        run: queue_policy,
    },
    Rule {
        code: "W442",
        title: "a function that does not let the topic it is subscribed to invoke it",
        why: "SNS invokes a function only if the function's resource policy allows it. The subscription is made all the same, and nothing is invoked.",
        fix: "add `permissions: { sns: { principal: sns.amazonaws.com, source_arn: \"${topics.KEY.arn}\" } }` to the function",
        source: "https://docs.aws.amazon.com/sns/latest/dg/lambda-permissions.html",
        run: function_permission,
    },
    Rule {
        code: "E548",
        title: "a function that does not let the log group invoke it that sends to it",
        why: "CloudWatch Logs tries the function when the subscription filter is put, and refuses the filter where the function's resource \
              policy does not allow it: \"Could not execute the lambda function\". The source is the group's ARN with `:*` behind it.",
        fix: "add `permissions: { logs: { principal: logs.amazonaws.com, source_arn: \"${log_groups.KEY.arn}:*\" } }` to the function",
        source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html",
        run: logs_permission,
    },
];

/// A function of the stack that an ARN leads to, and the alias.
pub(super) fn called<'a>(cx: &'a View<'_>, arn: &'a str) -> Option<(&'a Resource<Function>, Option<&'a str>)> {
    cx.all::<Function>().iter().find_map(|function| {
        let rest = arn.strip_prefix(&cx.loaded.scope.arn("lambda", &format!("function:{}", function.name)))?;
        if rest.is_empty() { Some((function, None)) } else { Some((function, Some(rest.strip_prefix(':')?))) }
    })
}

fn logs_permission(cx: &View<'_>, out: &mut Findings<'_>) {
    for group in cx.all::<LogGroup>() {
        for (name, filter) in group.spec.subscription_filters.iter().flatten() {
            let Some((function, alias)) = called(cx, &filter.destination) else { continue };
            let is_source = |arn: &String| !is_known(arn) || arn.ends_with('*');
            let lets = |permission: &Permission| {
                let is_logs = permission.principal == "*" || permission.principal.starts_with("logs.");
                is_logs && permission.alias.as_deref() == alias && permission.source_arn.as_ref().is_none_or(is_source)
            };
            if !function.spec.permissions.values().any(lets) {
                let place = cx.place(LogGroup::SECTION, &group.key, &["subscription_filters", name]);
                let message = format!("{} has no permission that lets CloudWatch Logs invoke it for this group", function.address);
                let fix = format!(
                    "add `permissions: {{ logs: {{ principal: logs.amazonaws.com, source_arn: \"${{log_groups.{}.arn}}:*\" }} }}` to functions.{}",
                    group.key, function.key
                );
                out.add_with(place, &group.address, message, fix);
            }
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
            out.add_with(place, &queue.address, message, fix);
        }
    }
}

fn hides_rather_short(cx: &View<'_>, out: &mut Findings<'_>) {
    for (queue, function, source) in feeding(cx) {
        let hidden = u64::from(queue.spec.visibility_timeout);
        let (timeout, advised) = (u64::from(function.spec.config.timeout.unsigned_abs()), advised(function, source.batch_window));
        if (timeout..advised.min(43_200)).contains(&hidden) {
            let place = cx.place("queues", &queue.key, &["visibility_timeout"]);
            let window = match source.batch_window {
                0 => String::new(),
                window => format!(" and the batch window of {window} s, which is {advised} s"),
            };
            let message = format!(
                "messages are hidden for {hidden} s, less than six times the {timeout} s that {} may run{window}",
                function.address
            );
            out.add_with(place, &queue.address, message, format!("set `visibility_timeout: {}`", show_seconds(advised)));
        }
    }
}

fn advised(function: &Resource<Function>, window: i32) -> u64 {
    6 * u64::from(function.spec.config.timeout.unsigned_abs()) + u64::from(window.unsigned_abs())
}

fn few_receives(cx: &View<'_>, out: &mut Findings<'_>) {
    for (queue, function, _) in feeding(cx) {
        if let Some(redrive) = queue.spec.redrive.as_ref().filter(|redrive| (1..5).contains(&redrive.max_receives)) {
            let message = format!("messages for {} are given up after {}", function.address, counted(redrive.max_receives, "receive"));
            out.add(cx.place("queues", &queue.key, &["redrive", "max_receives"]), &queue.address, message);
        }
    }
}

fn is_arn_of(text: &str, key: &str) -> bool {
    text.strip_prefix("${queues.").and_then(|rest| rest.strip_suffix(".arn}")) == Some(key)
}

fn is_fifo(cx: &View<'_>, key: &str) -> bool {
    cx.all::<Topic>().iter().any(|topic| topic.key == key && topic.spec.fifo)
}

fn fifo_queue(cx: &View<'_>, out: &mut Findings<'_>) {
    each_subscription(cx, |topic, _, kind, text, place| {
        let here = cx.all::<Queue>().iter().any(|queue| (queue.key == text || is_arn_of(text, &queue.key)) && queue.spec.fifo);
        if kind == "queue" && (here || (text.starts_with("arn:") && text.ends_with(".fifo"))) && !is_fifo(cx, topic) {
            out.add(place, format!("topic/{topic}"), format!("`{text}` is a FIFO queue, the topic is a standard one"));
        }
    });
}

fn managed_key(cx: &View<'_>, out: &mut Findings<'_>) {
    for topic in cx.all::<Topic>().iter().filter(|topic| topic.spec.kms_key.as_deref().is_some_and(|key| key.ends_with("alias/aws/sns"))) {
        let arn = cx.loaded.scope.arn("sns", &topic.name);
        let told = |alarm: &crate::kinds::alarm::Spec| {
            [&alarm.alarm_actions, &alarm.ok_actions, &alarm.insufficient_data_actions].iter().any(|actions| actions.contains(&arn))
        };
        if let Some(alarm) = cx.all::<Alarm>().iter().find(|alarm| told(&alarm.spec)) {
            let message = format!("{} cannot reach the topic: it is encrypted with AWS's own key", alarm.address);
            out.add(cx.place("topics", &topic.key, &["kms_key"]), &topic.address, message);
        }
    }
}

fn queue_policy(cx: &View<'_>, out: &mut Findings<'_>) {
    each_subscription(cx, |topic, _, kind, text, place| {
        let queue = cx.all::<Queue>().iter().find(|queue| queue.key == text || is_arn_of(text, &queue.key));
        let Some(queue) = queue.filter(|_| kind == "queue") else { return };
        // A policy that says anything of SNS or of everybody is taken to be right.
        let policy = queue.spec.policy.as_ref().map(ToString::to_string).unwrap_or_default();
        if !policy.contains("sns.amazonaws.com") && !policy.contains("\"AWS\":[\"*\"") {
            let message = format!("{} has no policy that lets SNS send to it", queue.address);
            let fix = format!(
                "give queues.{} a `policy` that allows sqs:SendMessage to Service sns.amazonaws.com where aws:SourceArn is ${{topics.{topic}.arn}}",
                queue.key
            );
            out.add_with(place, format!("topic/{topic}"), message, fix);
        }
    });
}

fn function_permission(cx: &View<'_>, out: &mut Findings<'_>) {
    each_subscription(cx, |topic, _, kind, text, place| {
        let Some(function) = cx.all::<Function>().iter().find(|function| function.key == text).filter(|_| kind == "function") else {
            return;
        };
        let lets = |principal: &str| principal == "*" || principal.starts_with("sns.");
        if !function.spec.permissions.values().any(|permission| lets(&permission.principal)) {
            let message = format!("{} has no permission that lets SNS invoke it", function.address);
            let fix = format!(
                "add `permissions: {{ sns: {{ principal: sns.amazonaws.com, source_arn: \"${{topics.{topic}.arn}}\" }} }}` to functions.{}",
                function.key
            );
            out.add_with(place, format!("topic/{topic}"), message, fix);
        }
    });
}
