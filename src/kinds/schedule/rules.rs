//! What Scheduler refuses of a schedule alone, and what never happens.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::spec::Spec;
use super::{Schedule, input, parts};
use crate::contract::{Findings, Kind, Resource, Rule, View, is_plain, length_limit, rows};
use crate::kinds::service::Service;
use crate::model::account::without_late;
use crate::model::reference::{is_known, opens_variable};
use crate::source::diagnostic::Place;
use crate::source::times::{Times, near_zone, zone};

const TYPES: &str = "https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html";
const CREATE: &str = "https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html";
const TARGET: &str = "https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Target.html";

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "E671",
        title: "a name that a schedule cannot have",
        why: "A schedule has a name of 1 to 64 letters, digits, `-`, `_` and `.`; CreateSchedule refuses others.",
        fix: "use letters, digits, `-`, `_` and `.`",
        source: CREATE,
        run: schedule_names,
    },
    Rule {
        code: "E672",
        title: "times that Scheduler cannot read",
        why: "A schedule is `rate(value unit)`, `cron(minutes hours day-of-month month day-of-week year)` or `at(yyyy-mm-ddThh:mm:ss)`. Of the two days of `cron`, one is `?`. Scheduler answers others with \"Invalid Schedule Expression\". `etlctl explain 'cron(0 2 * * ? *)'` tells when a text comes next.",
        fix: "write the times in one of the three forms",
        source: TYPES,
        run: expressions,
    },
    Rule {
        code: "E673",
        title: "a time zone that there is not",
        why: "A time zone has a name of the IANA database, such as Europe/Berlin, in exactly that spelling. Abbreviations such as CEST and offsets such as +02:00 are none. CreateSchedule refuses a name that it does not know.",
        fix: "write the name of a place's time zone",
        source: TYPES,
        run: zones,
    },
    Rule {
        code: "E674",
        title: "a setting of a schedule out of its range",
        why: "Scheduler refuses numbers out of their range, texts that are too long, and ARNs of another form. A window has 1 minute to 24 hours, a delivery is tried again up to 185 times within 1 minute to 24 hours.",
        fix: "stay within what AWS takes",
        source: CREATE,
        run: rows::<Schedule>,
    },
    Rule {
        code: "E675",
        title: "input that is no JSON for what wants JSON",
        why: "Functions, state machines, buses and universal targets are given well-formed JSON. CreateSchedule refuses other input for them; queues and topics take any text.",
        fix: "write `input` as a mapping, or as text that is JSON",
        source: TARGET,
        run: inputs,
    },
    Rule {
        code: "E676",
        title: "a target that is not told what it needs, or told what it does not take",
        why: "A FIFO queue takes messages of a group, a stream records with a key, and a bus events with a source and a type. Other targets have none of these. Scheduler cannot publish to a FIFO topic, which would want a group, nor start a cluster of ECS without a task: a schedule has no place for either. A universal target only calls what changes something: actions that begin with get, list, describe and their like are refused.",
        fix: "say `message_group` for a FIFO queue, `partition_key` for a stream, and `event` for a bus",
        source: TARGET,
        run: parameters,
    },
    Rule {
        code: "E679",
        title: "a schedule that ends before it starts",
        why: "Nothing happens before `start` and nothing after `end`, so it would never run.",
        fix: "let `end` lie behind `start`",
        source: CREATE,
        run: ends,
    },
    Rule {
        code: "E680",
        title: "a dead-letter queue that Scheduler cannot send to",
        why: "The dead-letter queue of a schedule is a standard queue: the ARN of a FIFO queue is refused.",
        fix: "name a standard queue",
        source: "https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html",
        run: dead_letters,
    },
    Rule {
        code: "W670",
        title: "a schedule whose failures nobody sees",
        why: "Scheduler checks neither that the target is there nor that the role may start it. What it cannot deliver it tries again and then drops, and only a dead-letter queue keeps it, with the reason.",
        fix: "name a `dead_letter_queue`, and set an alarm on its messages",
        source: "https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html",
        run: unheard,
    },
    Rule {
        code: "W671",
        title: "a schedule that never runs",
        why: "None of its times lies ahead: the day of `at` is over, the years of `cron` are, no month has such a day, or the clock skips the time in spring.",
        fix: "write times that come, or take the schedule out",
        source: TYPES,
        run: never,
    },
    Rule {
        code: "W672",
        title: "bounds that a one-time schedule does not heed",
        why: "`start` and `end` are for what recurs. Scheduler ignores them where the schedule is `at(…)`.",
        fix: "take `start` and `end` out",
        source: CREATE,
        run: unheeded,
    },
];

fn place(cx: &View<'_>, schedule: &Resource<Schedule>, field: &str) -> Place {
    cx.place(Schedule::SECTION, &schedule.key, &[field])
}

fn schedule_names(cx: &View<'_>, out: &mut Findings<'_>) {
    // The group's name has a rule of its own.
    let limit = length_limit::<Schedule>("group");
    for schedule in cx.all::<Schedule>() {
        let (at, (_, name)) = (place(cx, schedule, "name"), parts(&schedule.name));
        if out.length(at, &schedule.address, (&format!("the schedule name `{name}`"), name), &limit) {
            continue;
        }
        if let Some(wrong) = without_late(name).chars().find(|c| is_known(name) && !(is_plain(*c) || *c == '.')) {
            let wrong = if wrong == ' ' { "a space".to_owned() } else { format!("`{}`", wrong.escape_debug()) };
            out.add(at, &schedule.address, format!("the schedule name `{name}` holds {wrong}"));
        }
    }
}

fn expressions(cx: &View<'_>, out: &mut Findings<'_>) {
    for schedule in cx.all::<Schedule>().iter().filter(|schedule| is_known(&schedule.spec.schedule)) {
        if let Err(wrong) = Times::parse(&schedule.spec.schedule) {
            out.add_with(place(cx, schedule, "schedule"), &schedule.address, wrong.what, wrong.fix);
        }
    }
}

fn zones(cx: &View<'_>, out: &mut Findings<'_>) {
    for schedule in cx.all::<Schedule>() {
        let name = &schedule.spec.time_zone;
        if is_known(name) && zone(name).is_none() {
            out.add_with(place(cx, schedule, "time_zone"), &schedule.address, format!("there is no time zone `{name}`"), near_zone(name));
        }
    }
}

fn inputs(cx: &View<'_>, out: &mut Findings<'_>) {
    for schedule in cx.all::<Schedule>() {
        let Some(given) = &schedule.spec.input else { continue };
        let wants_json = match Service::of(&schedule.spec.target) {
            Some(Service::Lambda | Service::States | Service::Events) => true,
            Some(Service::Sqs | Service::Sns | Service::Kinesis) => false,
            None => schedule.spec.target.contains(":aws-sdk:"),
        };
        let text = input::text(given);
        if wants_json
            && !opens_variable(&text)
            && let Err(error) = serde_json::from_str::<Value>(&text)
        {
            out.add(place(cx, schedule, "input"), &schedule.address, format!("`input` is no JSON: {error}"));
        }
    }
}

fn parameters(cx: &View<'_>, out: &mut Findings<'_>) {
    for schedule in cx.all::<Schedule>() {
        let Spec { target, message_group, partition_key, event, .. } = &schedule.spec;
        if !is_known(target) {
            continue;
        }
        let service = Service::of(target);
        let is_fifo = target.ends_with(".fifo");
        if service == Some(Service::Sns) && is_fifo {
            let message = "a FIFO topic wants a message group, which a schedule cannot give".to_owned();
            out.add_with(
                place(cx, schedule, "target"),
                &schedule.address,
                message,
                "start a FIFO queue or a function, or call sns:publish as a universal target",
            );
        }
        if target.contains(":ecs:") && target.contains(":cluster/") {
            let message = "a cluster of ECS wants a task, which a schedule cannot give".to_owned();
            let fix = "write `target: arn:aws:scheduler:::aws-sdk:ecs:runTask`, with the cluster and the task in `input`";
            out.add_with(place(cx, schedule, "target"), &schedule.address, message, fix);
        }
        if let Some(action) = universal(target).filter(|action| reads(action)) {
            let message = format!("`{action}` changes nothing, and Scheduler calls no such action");
            out.add_with(place(cx, schedule, "target"), &schedule.address, message, "call it in a function, and start that");
        }
        let fields = [
            ("message_group", message_group.is_some(), service == Some(Service::Sqs) && is_fifo, "a FIFO queue"),
            ("partition_key", partition_key.is_some(), service == Some(Service::Kinesis), "a stream"),
            ("event", event.is_some(), service == Some(Service::Events), "a bus"),
        ];
        for (field, is_said, is_wanted, what) in fields {
            let at = place(cx, schedule, field);
            match (is_said, is_wanted) {
                (false, true) => out.add_with(at, &schedule.address, format!("{what} wants `{field}`"), format!("add `{field}`")),
                (true, false) => out.add_with(
                    at,
                    &schedule.address,
                    format!("`{field}` is for {what}, and `{target}` is none"),
                    format!("take `{field}` out"),
                ),
                _ => {}
            }
        }
    }
}

/// What a universal target calls: `arn:aws:scheduler:::aws-sdk:sqs:sendMessage`.
fn universal(target: &str) -> Option<&str> {
    target.split_once(":scheduler:::aws-sdk:")?.1.split_once(':').map(|(_, action)| action)
}

/// Begins of the actions that Scheduler does not call (EventBridge Scheduler User Guide, "Unsupported actions").
const READING: [&str; 25] = [
    "get",
    "describe",
    "list",
    "poll",
    "receive",
    "search",
    "scan",
    "query",
    "select",
    "read",
    "lookup",
    "discover",
    "validate",
    "batchGet",
    "batchDescribe",
    "batchRead",
    "transactGet",
    "adminGet",
    "adminList",
    "testMigration",
    "retrieve",
    "testConnection",
    "translateDocument",
    "isAuthorized",
    "invokeModel",
];

/// A word that goes on in small letters is another one.
fn reads(action: &str) -> bool {
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_lowercase());
    READING.iter().any(|begin| action.strip_prefix(begin).is_some_and(ends))
}

fn ends(cx: &View<'_>, out: &mut Findings<'_>) {
    for schedule in cx.all::<Schedule>() {
        let instant = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<Timestamp>().ok());
        let bounds = instant(&schedule.spec.start).zip(instant(&schedule.spec.end));
        if let Some((start, end)) = bounds.filter(|(start, end)| end <= start) {
            out.add(place(cx, schedule, "end"), &schedule.address, format!("`end` is {end}, and `start` {start}"));
        }
    }
}

fn dead_letters(cx: &View<'_>, out: &mut Findings<'_>) {
    for schedule in cx.all::<Schedule>() {
        let Some(queue) = schedule.spec.dead_letter_queue.as_ref().filter(|queue| is_known(queue)) else { continue };
        let is_queue = Service::of(queue) == Some(Service::Sqs);
        if !is_queue || queue.ends_with(".fifo") {
            let why = if is_queue { "is a FIFO queue" } else { "is no queue" };
            out.add(place(cx, schedule, "dead_letter_queue"), &schedule.address, format!("`{queue}` {why}"));
        }
    }
}

fn unheard(cx: &View<'_>, out: &mut Findings<'_>) {
    for schedule in cx.all::<Schedule>().iter().filter(|schedule| schedule.spec.dead_letter_queue.is_none()) {
        out.add(place(cx, schedule, "dead_letter_queue"), &schedule.address, "it has no dead-letter queue");
    }
}

fn never(cx: &View<'_>, out: &mut Findings<'_>) {
    // The day as a whole: a run of the morning has not passed in the afternoon of the same day.
    let Ok(now) = cx.as_of.to_zoned(TimeZone::UTC).map(|day| day.timestamp()) else { return };
    for schedule in cx.all::<Schedule>() {
        let Some(timing) = schedule.spec.timing().filter(|timing| timing.times.next(now, &timing.bounds, 1).is_empty()) else { continue };
        let at = place(cx, schedule, "schedule");
        if timing.vanishes {
            let message = format!("`{}` does not come any more, and AWS deletes the schedule once it has run", timing.expression);
            out.add_with(at, &schedule.address, message, "take the schedule out");
        } else {
            out.add(at, &schedule.address, format!("`{}` does not come any more", timing.expression));
        }
    }
}

fn unheeded(cx: &View<'_>, out: &mut Findings<'_>) {
    for schedule in cx.all::<Schedule>() {
        let is_once = matches!(Times::parse(&schedule.spec.schedule), Ok(Times::At(_)));
        for (field, bound) in [("start", &schedule.spec.start), ("end", &schedule.spec.end)] {
            if is_once && bound.is_some() {
                out.add(place(cx, schedule, field), &schedule.address, format!("`{field}` says nothing beside `at(…)`"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scheduler_calls_what_changes_something() {
        let refused = |target: &str| universal(target).is_some_and(reads);
        for action in ["sqs:getQueueUrl", "mq:listBrokers", "dynamodb:scan", "bedrockruntime:invokeModel"] {
            assert!(refused(&format!("arn:aws:scheduler:::aws-sdk:{action}")), "{action}");
        }
        for action in ["sqs:purgeQueue", "sfn:startExecution", "x:listen", "ecs:runTask"] {
            assert!(!refused(&format!("arn:aws:scheduler:::aws-sdk:{action}")), "{action}");
        }
        assert!(!refused("arn:aws:lambda:us-east-1:1:function:get"));
    }
}
