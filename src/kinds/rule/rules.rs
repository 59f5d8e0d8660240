//! What EventBridge refuses of a rule alone.

use std::collections::BTreeSet;

use super::delivery::TARGETS;
use super::name::DEFAULT_BUS;
use super::{EventRule, Target, Transform, name, pattern, target_place, targets};
use crate::contract::{Findings, Kind, Resource, Rule, View};
use crate::model::Account;
use crate::model::account::{self, without_late};
use crate::model::reference::{is_known, least_length, opens_variable};
use crate::source::diagnostic::Place;
use crate::source::times::{Malformed, Times};

/// All of them.
pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "E650",
        title: "rule name that AWS refuses",
        why: "A rule's name has 1 to 64 letters, digits, `.`, `-` and `_`.",
        fix: "give it a `name` of at most 64 letters, digits, `.`, `-` and `_`",
        source: "botocore service model, events PutRule, Name",
        run: rule_name,
    },
    Rule {
        code: "E651",
        title: "a rule without an event and without a schedule",
        why: "A rule is about events that match a pattern, or makes its own by a schedule. PutRule wants one of the two at least: \"Parameter(s) EventPattern or ScheduleExpression must be specified.\"",
        fix: "write `event:` or `schedule:`",
        source: "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html",
        run: about_nothing,
    },
    Rule {
        code: "E652",
        title: "a schedule on another bus than the default one",
        why: "Schedules make events of the default bus. PutRule refuses them elsewhere: \"ScheduleExpression is supported only on the default event bus.\"",
        fix: "take `bus` out, or use `event:`",
        source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html",
        run: schedule_elsewhere,
    },
    Rule {
        code: "E653",
        title: "a schedule of a rule that says no times",
        why: "A rule knows `rate(…)`, whose unit agrees with its number, and `cron(…)` with six fields, both in UTC. PutRule refuses others: \"Parameter ScheduleExpression is not valid.\"",
        fix: "write `rate(5 minutes)` or `cron(0 2 * * ? *)`",
        source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html",
        run: no_times,
    },
    Rule {
        code: "E655",
        title: "more targets than a rule has room for",
        why: "A rule has at most five targets. PutTargets refuses more with LimitExceededException.",
        fix: "make another rule with the same pattern for the others",
        source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html",
        run: too_many,
    },
    Rule {
        code: "E656",
        title: "an event pattern that EventBridge does not take",
        why: "A pattern is a mapping of fields to lists of what matches, each a value or one operator. PutRule refuses anything else with InvalidEventPatternException: \"Event pattern is not valid.\"",
        fix: "write a list of values, or of operators such as `{ prefix: … }`",
        source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html",
        run: wrong_pattern,
    },
    Rule {
        code: "E657",
        title: "an event pattern that is too long",
        why: "A pattern has at most 2,048 characters. It is sent without white space.",
        fix: "ask for less, or use `prefix` and `wildcard` in place of many values",
        source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html",
        run: long_pattern,
    },
    Rule {
        code: "E658",
        title: "a group of messages where there is none, or none where there has to be one",
        why: "A FIFO queue takes no message without a group, so what a rule sends it is lost without `message_group`. Other targets have no groups.",
        fix: "write `message_group` for a FIFO queue, and nowhere else",
        source: "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_SqsParameters.html",
        run: groups,
    },
    Rule {
        code: "E659",
        title: "a target that EventBridge needs a role for",
        why: "Streams, delivery streams, state machines, API destinations, workflows of Glue, builds and pipelines get events by a role that EventBridge assumes: they have no policy that could let it in.",
        fix: "write a `role` for the target",
        source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html",
        run: without_role,
    },
    Rule {
        code: "E663",
        title: "a FIFO queue or topic where EventBridge takes a standard one",
        why: "What could not be delivered goes to a standard queue, and events go to standard topics: a rule has no group of messages to give to a FIFO queue there, or to a FIFO topic.",
        fix: "name a standard queue or topic",
        source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html",
        run: keeps_order,
    },
    Rule {
        code: "E669",
        title: "a target that wants to be told more than a rule here can say",
        why: "EventBridge starts a task of ECS, a job of Batch, a statement of Redshift and a command of Systems Manager with parameters of their own, which the format has no place for. PutTargets refuses such a target without them.",
        fix: "start it from a state machine, from a function, or from a schedule with a universal target",
        source: "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html",
        run: without_parameters,
    },
    Rule {
        code: "W653",
        title: "a rule that sends its events nowhere",
        why: "A rule without a target takes events and does nothing with them.",
        fix: "add `targets`, or take the rule out",
        source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rules.html",
        run: without_targets,
    },
    Rule {
        code: "E667",
        title: "a template or a path that EventBridge does not take",
        why: "Each `<name>` in the template of `transform` is one of its paths, or one that EventBridge fills in by itself; PutTargets refuses others: \"InputTemplate contains invalid placeholder\". A template is JSON once all of them are filled in. A text that begins like none is sent in quotes, so that it is one. A path into the event begins with `$`.",
        fix: "add the path, or mend its name",
        source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html",
        run: placeholders,
    },
    Rule {
        code: "E668",
        title: "an input that is longer than a target takes",
        why: "The `input` of a target has at most 8,192 characters as JSON. PutTargets refuses more.",
        fix: "send less, or put it where the target can read it",
        source: "botocore service model, events PutTargets, Targets[].Input",
        run: long_input,
    },
];

/// Characters that the input of a target may have.
const LONGEST_INPUT: i64 = 8_192;

fn place(cx: &View<'_>, rule: &Resource<EventRule>, path: &[&str]) -> Place {
    cx.place(EventRule::SECTION, &rule.key, path)
}

fn rule_name(cx: &View<'_>, out: &mut Findings<'_>) {
    for rule in cx.all::<EventRule>() {
        let name = name::own(&rule.name, &rule.spec.bus);
        let place = place(cx, rule, &["name"]);
        let takes = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if least_length(name) > 64 {
            let message = format!("the rule name `{name}` has {} characters; AWS takes at most 64", least_length(name));
            out.add(place, &rule.address, message);
        } else if let Some(wrong) = without_late(name).chars().find(|c| is_known(name) && !takes(*c)) {
            out.add(place, &rule.address, format!("the rule name `{name}` holds `{}`", wrong.escape_debug()));
        } else if name.is_empty() {
            out.add(place, &rule.address, "the rule name is empty");
        }
    }
}

fn about_nothing(cx: &View<'_>, out: &mut Findings<'_>) {
    for rule in cx.all::<EventRule>().iter().filter(|rule| rule.spec.pattern.is_none() && rule.spec.schedule.is_none()) {
        out.add(place(cx, rule, &[]), &rule.address, "is about no event and makes none");
    }
}

fn schedule_elsewhere(cx: &View<'_>, out: &mut Findings<'_>) {
    for rule in cx.all::<EventRule>().iter().filter(|rule| rule.spec.schedule.is_some() && rule.spec.bus != DEFAULT_BUS) {
        let message = format!("has a schedule, and stands on the bus {}", rule.spec.bus);
        out.add(place(cx, rule, &["schedule"]), &rule.address, message);
    }
}

fn no_times(cx: &View<'_>, out: &mut Findings<'_>) {
    for rule in cx.all::<EventRule>() {
        let Some(text) = rule.spec.schedule.as_ref().filter(|text| is_known(text)) else { continue };
        let (what, fix) = match Times::parse(text) {
            Err(Malformed { what, fix }) => (what, fix),
            Ok(Times::At(_)) => {
                let fix = "make it a schedule of EventBridge Scheduler: `schedules`, or `triggers: [{ schedule: … }]`";
                (format!("`{text}` is one time, and a rule knows `rate(…)` and `cron(…)`"), fix.to_owned())
            }
            Ok(Times::Rate(rate)) if !rate.is_in_number => {
                (format!("the unit of `{text}` does not agree with its number"), "write `rate(1 minute)`, `rate(2 minutes)`".to_owned())
            }
            Ok(Times::Rate(_) | Times::Cron(_)) => continue,
        };
        out.add_with(place(cx, rule, &["schedule"]), &rule.address, what, fix);
    }
}

fn without_targets(cx: &View<'_>, out: &mut Findings<'_>) {
    for rule in cx.all::<EventRule>().iter().filter(|rule| rule.spec.targets.is_empty()) {
        out.add(place(cx, rule, &[]), &rule.address, "has no target");
    }
}

fn too_many(cx: &View<'_>, out: &mut Findings<'_>) {
    for rule in cx.all::<EventRule>().iter().filter(|rule| rule.spec.targets.len() > TARGETS) {
        out.add(place(cx, rule, &["targets"]), &rule.address, format!("has {} targets", rule.spec.targets.len()));
    }
}

fn wrong_pattern(cx: &View<'_>, out: &mut Findings<'_>) {
    for rule in cx.all::<EventRule>() {
        for wrong in rule.spec.pattern.iter().flat_map(pattern::check) {
            let path: Vec<&str> = std::iter::once("event").chain(wrong.path.iter().map(String::as_str)).collect();
            let at = if wrong.path.is_empty() { "the pattern".to_owned() } else { format!("`{}`", wrong.path.join(".")) };
            out.add_with(place(cx, rule, &path), &rule.address, format!("{at}: {}", wrong.what), wrong.fix);
        }
    }
}

fn long_pattern(cx: &View<'_>, out: &mut Findings<'_>) {
    for rule in cx.all::<EventRule>() {
        let length = rule.spec.pattern.as_ref().map_or(0, pattern::length);
        if length > pattern::LONGEST {
            out.add(place(cx, rule, &["event"]), &rule.address, format!("the pattern has {length} characters"));
        }
    }
}

fn long_input(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |rule, place, id, target| {
        let length = target.input.as_ref().map_or(0, |input| least_length(&input.to_string()));
        if length > LONGEST_INPUT {
            out.add(place, &rule.address, format!("the input of `{id}` has {length} characters"));
        }
    });
}

/// Looks at each target, with where it is written.
fn each(cx: &View<'_>, mut look: impl FnMut(&Resource<EventRule>, Place, &str, &Target)) {
    for rule in cx.all::<EventRule>() {
        rule.spec.targets.iter().for_each(|(id, target)| look(rule, target_place(cx, rule, id, &[]), id, target));
    }
}

/// The service of an ARN; none of what only AWS can tell.
fn service(arn: &str) -> Option<&str> {
    arn.strip_prefix("arn:")?.split(':').nth(1)
}

fn groups(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |rule, place, id, target| {
        let Some(service) = service(&target.arn) else { return };
        let is_fifo = service == "sqs" && target.arn.ends_with(".fifo");
        match (is_fifo, target.message_group.is_some()) {
            (true, false) => out.add(place, &rule.address, format!("the target {id} is a FIFO queue, and its messages have no group")),
            (false, true) if service != "sqs" => {
                out.add(place, &rule.address, format!("the target {id} is no queue, and has a group of messages"));
            }
            _ => {}
        }
    });
}

/// Services that EventBridge gives events to by a role alone.
const BY_ROLE: [&str; 7] = ["codebuild", "codepipeline", "firehose", "glue", "kinesis", "sagemaker", "states"];
/// What of EventBridge itself does.
const DESTINATION: &str = ":api-destination/";

fn without_role(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |rule, place, id, target| {
        let is_by_role = |service: &&str| BY_ROLE.contains(service) || (*service == "events" && target.arn.contains(DESTINATION));
        let Some(service) = service(&target.arn).filter(is_by_role) else { return };
        if target.role.is_none() && rule.spec.role.is_none() {
            out.add(place, &rule.address, format!("the target {id} is of {service}, and there is no role to give it events with"));
        }
    });
    // Which account is the stack's may be known later.
    let Account::Known(own) = &cx.loaded.scope.account else { return };
    each(cx, |rule, place, id, target| {
        let of = target.arn.split(':').nth(4).filter(|of| account::is_id(of) && of != own);
        let Some(of) = of.filter(|_| target.role.is_none() && rule.spec.role.is_none()) else { return };
        out.add(place, &rule.address, format!("the target {id} is in the account {of}, and there is no role to give it events with"));
    });
}

/// Services whose targets have parameters of their own, each with what of it they are.
const BY_PARAMETERS: [(&str, &str, &str); 5] = [
    ("ecs", "", "a task of ECS"),
    ("batch", "", "a job of Batch"),
    ("redshift", "", "a statement of Redshift"),
    ("redshift-serverless", "", "a statement of Redshift"),
    ("ssm", ":document/", "a command of Systems Manager"),
];

fn without_parameters(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |rule, place, id, target| {
        let is_it = |(of, part, _): &&(&str, &str, &str)| service(&target.arn) == Some(*of) && target.arn.contains(part);
        if let Some((_, _, what)) = BY_PARAMETERS.iter().find(is_it) {
            out.add(place, &rule.address, format!("the target {id} is {what}, whose parameters nothing here says"));
        }
    });
}

fn keeps_order(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |rule, place, id, target| {
        if target.dead_letter.as_ref().is_some_and(|queue| queue.ends_with(".fifo")) {
            out.add(place, &rule.address, format!("the dead-letter queue of the target {id} is a FIFO queue"));
        }
        if service(&target.arn) == Some("sns") && target.arn.ends_with(".fifo") {
            out.add(place, &rule.address, format!("the target {id} is a FIFO topic"));
        }
    });
}

/// What EventBridge fills in by itself begins so.
const RESERVED: &str = "aws.events.";

fn placeholders(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |rule, place, id, target| {
        let begins = |path: &String| path.starts_with('$') || opens_variable(path);
        let own = [("input_path", &target.input_path), ("partition_key_path", &target.partition_key_path)];
        for (field, path) in own.into_iter().filter_map(|(field, path)| Some((field, path.as_ref().filter(|path| !begins(path))?))) {
            let message = format!("`{field}` of the target {id} is `{path}`, and a path into the event begins with `$`");
            out.add_with(place, &rule.address, message, format!("write `{field}: {}`", rooted(path)));
        }
        let Some(Transform { paths, template }) = &target.transform else { return };
        for (name, path) in paths.iter().filter(|(_, path)| !begins(path)) {
            let message = format!("the path `{name}` of the target {id} is `{path}`, and a path into the event begins with `$`");
            out.add_with(place, &rule.address, message, format!("write `{name}: {}`", rooted(path)));
        }
        if is_known(template) && !targets::is_json(template) {
            let message = format!("the template of the target {id} is no JSON");
            out.add_with(place, &rule.address, message, "mend it, or write it as a mapping; a text goes in quotes: '\"…\"'".to_owned());
        }
        let unknown: BTreeSet<&str> =
            targets::named(template).filter(|name| !paths.contains_key(*name) && !name.starts_with(RESERVED)).collect();
        for name in unknown {
            out.add(place, &rule.address, format!("the template of the target {id} has `<{name}>`, and there is no path of that name"));
        }
        if let Some(name) = paths.keys().find(|name| name.to_ascii_lowercase().starts_with("aws")) {
            out.add(
                place,
                &rule.address,
                format!("the path `{name}` of the target {id} begins with `aws`, which EventBridge keeps for itself"),
            );
        }
    });
}

/// A path as it begins.
fn rooted(path: &str) -> String {
    format!("$.{}", path.trim_start_matches('.'))
}
