//! Rules of EventBridge together with the functions, queues and topics that they deliver to.

use super::iam_grants::matches;
use super::lookup::queue_of;
use crate::contract::{Findings, Kind, Resource, Rule, View};
use crate::kinds::bucket::Bucket;
use crate::kinds::function::spec::Permission;
use crate::kinds::queue::Queue;
use crate::kinds::rule::{self, EventRule, Target};
use crate::kinds::topic::Topic;
use crate::source::diagnostic::Place;

/// Rules of this subject.
pub const RULES: &[Rule] = &[
    Rule {
        code: "E660",
        title: "a function that does not let the rule invoke it that sends to it",
        why: "EventBridge invokes a function only if the function's resource policy allows it. The rule is made all the same, and nothing is invoked. Permissions of a function of the stack are those of the files, so nobody else can give it.",
        fix: "add `permissions: { events: { principal: events.amazonaws.com, source_arn: \"${rules.KEY.arn}\" } }` to the function, or write the rule as `triggers: [{ event: … }]` there, which brings it along",
        source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html",
        run: function_permission,
    },
    Rule {
        code: "E661",
        title: "a queue or topic that does not let the rule send that sends to it",
        why: "EventBridge sends to queues and topics only if their policy allows it. The rule is made all the same, and every event is lost.",
        fix: "give it a `policy` that allows sqs:SendMessage, or sns:Publish, to Service events.amazonaws.com where aws:SourceArn is the rule's ARN",
        source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html",
        run: target_policy,
    },
    Rule {
        code: "E662",
        title: "a dead-letter queue that does not let the rule send that needs it",
        why: "What could not be delivered goes to the dead-letter queue of a target only if the queue's policy allows it. Else it is lost, which is when nobody looks.",
        fix: "give the queue a `policy` that allows sqs:SendMessage to Service events.amazonaws.com where aws:SourceArn is the rule's ARN",
        source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html",
        run: dead_letter_policy,
    },
    Rule {
        code: "E666",
        title: "a FIFO queue of a rule that does not deduplicate by content",
        why: "A rule gives its messages a group and no id to deduplicate by, so a FIFO queue takes them only with content-based deduplication.",
        fix: "set `content_based_deduplication: true` on the queue",
        source: "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_SqsParameters.html",
        run: deduplication,
    },
    Rule {
        code: "W654",
        title: "a rule for the events of a bucket that tells EventBridge nothing",
        why: "S3 tells EventBridge of what happens in a bucket only where the bucket says so. The rule is made all the same, and never hears of anything.",
        fix: "set `eventbridge: true` on the bucket",
        source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html",
        run: silent_bucket,
    },
];

/// Who sends.
const SERVICE: &str = "events.amazonaws.com";

/// Looks at each target of each rule: the rule, its ARN, where the target, or a field of it, is written.
fn each(cx: &View<'_>, field: &[&str], mut look: impl FnMut(&Resource<EventRule>, &str, Place, &Target)) {
    for rule in cx.all::<EventRule>() {
        let arn = rule::arn(&cx.loaded.scope, &rule.name);
        rule.spec.targets.iter().for_each(|(id, target)| look(rule, &arn, rule::target_place(cx, rule, id, field), target));
    }
}

fn function_permission(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, &[], |rule, arn, place, target| {
        let Some((function, alias)) = super::deliveries::called(cx, &target.arn) else { return };
        let lets = |permission: &Permission| {
            let is_events = permission.principal == "*" || permission.principal == SERVICE;
            is_events && permission.alias.as_deref() == alias && permission.source_arn.as_ref().is_none_or(|source| matches(source, arn))
        };
        if !function.spec.permissions.values().any(lets) {
            let message = format!("{} has no permission that lets the rule invoke it", function.address);
            let fix = format!(
                "add `permissions: {{ events: {{ principal: {SERVICE}, source_arn: \"${{rules.{}.arn}}\" }} }}` to functions.{}",
                rule.key, function.key
            );
            out.add_with(place, &rule.address, message, fix);
        }
    });
}

/// A policy that says anything of EventBridge or of everybody is taken to be right.
fn lets(policy: Option<&serde_json::Value>) -> bool {
    let text = policy.map(ToString::to_string).unwrap_or_default();
    text.contains(SERVICE) || text.contains("\"AWS\":[\"*\"")
}

/// The statement that is missing, as a file has it.
fn statement(section: &str, key: &str, action: &str, rule: &str) -> String {
    format!(
        "add to {section}.{key}: `policy: [{{ principals: {{ Service: [{SERVICE}] }}, actions: [{action}], resources: [\"*\"], conditions: \
         {{ ArnEquals: {{ \"aws:SourceArn\": \"${{rules.{rule}.arn}}\" }} }} }}]`"
    )
}

fn target_policy(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, &[], |rule, _, place, target| {
        let topic = cx
            .all::<Topic>()
            .iter()
            .find(|topic| target.arn.ends_with(&topic.name) && cx.loaded.scope.arn("sns", &topic.name) == target.arn);
        if let Some(queue) = queue_of(cx, &target.arn).filter(|queue| !lets(queue.spec.policy.as_ref())) {
            let message = format!("{} has no policy that lets the rule send to it", queue.address);
            out.add_with(place, &rule.address, message, statement(Queue::SECTION, &queue.key, "sqs:SendMessage", &rule.key));
        }
        if let Some(topic) = topic.filter(|topic| !lets(topic.spec.policy.as_ref())) {
            let message = format!("{} has no policy that lets the rule publish to it", topic.address);
            out.add_with(place, &rule.address, message, statement(Topic::SECTION, &topic.key, "sns:Publish", &rule.key));
        }
    });
}

fn dead_letter_policy(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, &["dead_letter_queue"], |rule, _, place, target| {
        let queue = target.dead_letter.as_ref().and_then(|arn| queue_of(cx, arn));
        if let Some(queue) = queue.filter(|queue| !lets(queue.spec.policy.as_ref())) {
            let message = format!("{} has no policy that lets the rule send it what could not be delivered", queue.address);
            out.add_with(place, &rule.address, message, statement(Queue::SECTION, &queue.key, "sqs:SendMessage", &rule.key));
        }
    });
}

fn deduplication(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, &[], |rule, _, place, target| {
        if let Some(queue) = queue_of(cx, &target.arn).filter(|queue| queue.spec.fifo && !queue.spec.content_based_deduplication) {
            let message = format!("{} does not deduplicate by content, and refuses what the rule sends", queue.address);
            out.add(place, &rule.address, message);
        }
    });
}

fn silent_bucket(cx: &View<'_>, out: &mut Findings<'_>) {
    for rule in cx.all::<EventRule>() {
        let Some(pattern) = &rule.spec.pattern else { continue };
        let texts = |value: &serde_json::Value| -> Vec<String> {
            value.as_array().into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect()
        };
        if !texts(&pattern["source"]).iter().any(|source| source == "aws.s3") {
            continue;
        }
        let named = texts(&pattern["detail"]["bucket"]["name"]);
        for bucket in cx.all::<Bucket>().iter().filter(|bucket| named.contains(&bucket.name) && !bucket.spec.eventbridge) {
            let place = cx.place(EventRule::SECTION, &rule.key, &["event", "detail", "bucket", "name"]);
            let fix = format!("set `eventbridge: true` on buckets.{}", bucket.key);
            out.add_with(place, &rule.address, format!("{} does not tell EventBridge what happens in it", bucket.address), fix);
        }
    }
}
