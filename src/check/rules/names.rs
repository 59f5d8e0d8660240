//! Physical names and descriptions: length and characters.

use super::common::name_place;
use crate::check::data::limits::ranges;
use crate::contract::Range;
use crate::contract::Resource;
use crate::contract::{Findings, Kind, Rule, View};
use crate::kinds::alarm::Alarm;
use crate::kinds::function::Function;
use crate::kinds::layer::Layer;
use crate::kinds::log_group::LogGroup;
use crate::kinds::queue::Queue;
use crate::kinds::role::Role;
use crate::kinds::topic::Topic;
use crate::model::reference::{is_known, least_length};

/// Rules about names and descriptions.
pub const RULES: &[Rule] = &[
    Rule {
        code: "E170",
        title: "function name that AWS refuses",
        why: "A function's name has 1 to 64 letters, digits, `-` and `_`. The name that the pattern under `naming` makes counts whole, \
              suffix included.",
        fix: "use letters, digits, `-` and `_`",
        source: "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html",
        run: function_name,
    },
    Rule {
        code: "E171",
        title: "role name that AWS refuses",
        why: "A role's name has 1 to 64 letters, digits and `+=,.@_-`. A role that a function brings along is named after the function \
              and `-role`, so a long key may be too long for the role alone.",
        fix: "use letters, digits and `+=,.@_-`",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
        run: role_name,
    },
    Rule {
        code: "E172",
        title: "queue name that AWS refuses",
        why: "A queue's name has 1 to 80 letters, digits, `-` and `_`. The `.fifo` at the end of a FIFO queue's name counts too.",
        fix: "use letters, digits, `-` and `_`",
        source: "botocore service model, sqs CreateQueue, QueueName",
        run: queue_name,
    },
    Rule {
        code: "E173",
        title: "topic name that AWS refuses",
        why: "A topic's name has 1 to 256 letters, digits, `-` and `_`. The `.fifo` at the end of a FIFO topic's name counts too.",
        fix: "use letters, digits, `-` and `_`",
        source: "botocore service model, sns CreateTopic, Name",
        run: topic_name,
    },
    Rule {
        code: "E174",
        title: "log group name that AWS refuses",
        why: "A log group's name has 1 to 512 letters, digits and `._-/#`. Names that begin with `aws/` are AWS's own; those of its \
              services begin with `/aws/`, with a slash before.",
        fix: "use letters, digits and `._-/#`",
        source: "botocore service model, logs CreateLogGroup, logGroupName",
        run: log_group_name,
    },
    Rule {
        code: "E175",
        title: "layer name that AWS refuses",
        why: "A layer's name has 1 to 140 letters, digits, `-` and `_`. PublishLayerVersion refuses dots and spaces in it.",
        fix: "use letters, digits, `-` and `_`",
        source: "botocore service model, lambda PublishLayerVersion, LayerName",
        run: layer_name,
    },
    Rule {
        code: "E176",
        title: "alarm name that AWS refuses",
        why: "An alarm's name has 1 to 255 characters, and CloudWatch takes no control characters in it.",
        fix: "shorten the name, and keep it on one line",
        source: "botocore service model, cloudwatch PutMetricAlarm, AlarmName",
        run: alarm_name,
    },
    Rule {
        code: "E180",
        title: "function description too long",
        why: "A function's description has at most 256 characters. What needs more room belongs in a tag that points to a page.",
        fix: "shorten the description",
        source: "botocore service model, lambda CreateFunction, Description",
        run: function_description,
    },
    Rule {
        code: "E181",
        title: "layer description too long",
        why: "A layer version takes no tags, so etlctl marks it at the end of its description, with the stack, the environment and a \
              digest of the sources. Text and mark together have at most 256 characters.",
        fix: "shorten the description",
        source: "botocore service model, lambda PublishLayerVersion, Description",
        run: layer_description,
    },
    Rule {
        code: "E182",
        title: "role description that AWS refuses",
        why: "A role's description has at most 1,000 characters, all of them from Latin-1. IAM refuses typographic quotes, dashes and \
              arrows that slip in when text is copied.",
        fix: "use plain quotes and dashes",
        source: "botocore service model, iam CreateRole, Description",
        run: role_description,
    },
    Rule {
        code: "E183",
        title: "alarm description too long",
        why: "An alarm's description has at most 1,024 characters. It is sent with every notification, so a short text with the address of \
              a runbook serves best.",
        fix: "shorten the description",
        source: "botocore service model, cloudwatch PutMetricAlarm, AlarmDescription",
        run: alarm_description,
    },
];

/// What a name is about, where, how long it may be and which characters it takes.
struct Form<'a> {
    section: &'a str,
    what: &'a str,
    range: &'a Range,
    takes: fn(char) -> bool,
}

fn names<K: Kind>(cx: &View<'_>, found: &mut Findings<'_>, resources: &[Resource<K>], form: &Form<'_>) {
    for resource in resources {
        let place = name_place(cx, form.section, &resource.key);
        if found.length(place, &resource.address, (&shown(form.what, &resource.name), &resource.name), form.range) {
            continue;
        }
        let name = resource.name.strip_suffix(".fifo").filter(|_| matches!(form.section, "queues" | "topics")).unwrap_or(&resource.name);
        if let Some(wrong) = name.chars().find(|c| is_known(name) && !(form.takes)(*c)) {
            let wrong = if wrong == ' ' { "a space".to_owned() } else { format!("`{}`", wrong.escape_debug()) };
            found.add(place, &resource.address, format!("{} holds {wrong}", shown(form.what, name)), "");
        }
    }
}

/// A name that goes on for ever would push the reason out of sight.
fn shown(what: &str, name: &str) -> String {
    if name.chars().count() > 72 {
        format!("{what} `{}…`", name.chars().take(64).collect::<String>())
    } else {
        format!("{what} `{name}`")
    }
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

fn function_name(cx: &View<'_>, found: &mut Findings<'_>) {
    let form = Form { section: "functions", what: "the function name", range: &ranges().function_name, takes: is_plain };
    names(cx, found, cx.all::<Function>(), &form);
}

fn role_name(cx: &View<'_>, found: &mut Findings<'_>) {
    let takes = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    names(cx, found, cx.all::<Role>(), &Form { section: "roles", what: "the role name", range: &ranges().role_name, takes });
}

fn queue_name(cx: &View<'_>, found: &mut Findings<'_>) {
    names(cx, found, cx.all::<Queue>(), &Form { section: "queues", what: "the queue name", range: &ranges().queue_name, takes: is_plain });
}

fn topic_name(cx: &View<'_>, found: &mut Findings<'_>) {
    names(cx, found, cx.all::<Topic>(), &Form { section: "topics", what: "the topic name", range: &ranges().topic_name, takes: is_plain });
}

fn log_group_name(cx: &View<'_>, found: &mut Findings<'_>) {
    let own: Vec<_> = cx.all::<LogGroup>().iter().filter(|group| is_declared(cx, &group.key)).collect();
    // The group of a function is named after it: a name that is wrong is told of the function.
    let takes = |c: char| c.is_ascii_alphanumeric() || "._-/#".contains(c);
    for group in own {
        let form = Form { section: "log_groups", what: "the log group name", range: &ranges().log_group_name, takes };
        names(cx, found, std::slice::from_ref(group), &form);
        if group.name.starts_with("aws/") {
            let fix = format!("write `/{}`, or another name", group.name);
            let place = name_place(cx, "log_groups", &group.key);
            found.add(place, &group.address, format!("the log group name `{}` begins with `aws/`", group.name), fix);
        }
    }
}

fn is_declared(cx: &View<'_>, key: &str) -> bool {
    cx.loaded.tree.get("log_groups").is_some_and(|groups| groups.entries().iter().any(|entry| entry.key == key))
}

fn layer_name(cx: &View<'_>, found: &mut Findings<'_>) {
    names(cx, found, cx.all::<Layer>(), &Form { section: "layers", what: "the layer name", range: &ranges().layer_name, takes: is_plain });
}

fn alarm_name(cx: &View<'_>, found: &mut Findings<'_>) {
    let takes = |c: char| !c.is_control();
    names(cx, found, cx.all::<Alarm>(), &Form { section: "alarms", what: "the alarm name", range: &ranges().alarm_name, takes });
}

fn function_description(cx: &View<'_>, found: &mut Findings<'_>) {
    for function in cx.all::<Function>() {
        let place = cx.place("functions", &function.key, &["description"]);
        let text = ("the description", function.spec.description.as_str());
        found.length(place, &function.address, text, &ranges().function_description);
    }
}

fn layer_description(cx: &View<'_>, found: &mut Findings<'_>) {
    let scope = &cx.loaded.scope;
    for layer in cx.all::<Layer>() {
        let mark = crate::kinds::layer::mark_length(scope) as i64;
        let most = ranges().layer_description.max.saturating_sub(mark);
        let is = least_length(&layer.spec.description);
        if is > most {
            let place = cx.place("layers", &layer.key, &["description"]);
            let message = format!("the description has {is} characters; beside etlctl's mark there is room for {most}");
            found.add(place, &layer.address, message, format!("take {} characters away", is - most));
        }
    }
}

fn role_description(cx: &View<'_>, found: &mut Findings<'_>) {
    for role in cx.all::<Role>() {
        let place = cx.place("roles", &role.key, &["description"]);
        let text = role.spec.description.as_str();
        if found.length(place, &role.address, ("the description", text), &ranges().role_description) {
            continue;
        }
        // The pattern of IAM: tab, line ends, printable ASCII and the upper half of Latin-1.
        let takes = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{a1}'..='\u{ff}');
        if let Some(wrong) = text.chars().find(|c| is_known(text) && !takes(*c)) {
            let message = format!("the description holds `{}`, which IAM does not take", wrong.escape_debug());
            found.add(place, &role.address, message, "");
        }
    }
}

fn alarm_description(cx: &View<'_>, found: &mut Findings<'_>) {
    for alarm in cx.all::<Alarm>() {
        let place = cx.place("alarms", &alarm.key, &["description"]);
        let text = ("the description", alarm.spec.description.as_str());
        found.length(place, &alarm.address, text, &ranges().alarm_description);
    }
}
