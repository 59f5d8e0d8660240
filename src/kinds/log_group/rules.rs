//! What CloudWatch Logs refuses of a log group.

use super::LogGroup;
use crate::contract::{Findings, Kind, Rule, View, name_of, rows};

/// All of them.
pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "E174",
        title: "log group name that AWS refuses",
        why: "A log group's name has 1 to 512 letters, digits and `._-/#`. Names that begin with `aws/` are AWS's own; those of its \
              services begin with `/aws/`, with a slash before.",
        fix: "use letters, digits and `._-/#`",
        source: "botocore service model, logs CreateLogGroup, logGroupName",
        run: name,
    },
    Rule {
        code: "E541",
        title: "a retention that CloudWatch Logs does not know",
        why: "Logs are kept for one of a fixed list of days, not for any number. PutRetentionPolicy refuses others, and the log group is left keeping everything for ever.",
        fix: "write one of the days that CloudWatch Logs knows",
        source: "botocore service model, logs PutRetentionPolicy, retentionInDays",
        run: retention,
    },
    Rule {
        code: "E542",
        title: "a class of log group that there is not",
        why: "A log group's class is STANDARD, INFREQUENT_ACCESS or DELIVERY. It is chosen once, when the group is made.",
        fix: "write one of the three",
        source: "botocore service model, logs CreateLogGroup, logGroupClass",
        run: rows::<LogGroup>,
    },
];

/// Days that PutRetentionPolicy takes.
const DAYS: [i32; 22] = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1_096, 1_827, 2_192, 2_557, 2_922, 3_288, 3_653];

fn retention(cx: &View<'_>, out: &mut Findings<'_>) {
    let known = || DAYS.into_iter();
    for group in cx.all::<LogGroup>() {
        let Some(days) = group.spec.retention_days.filter(|days| !known().any(|known| known == *days)) else { continue };
        let own = cx.is_declared(LogGroup::SECTION, &group.key);
        let field = if own { "retention" } else { "log_retention" };
        let nearest = known().min_by_key(|known| (known.abs_diff(days), -known)).unwrap_or(1);
        let list: Vec<String> = known().map(|days| days.to_string()).collect();
        let fix = format!("write `{field}: {nearest}d`; CloudWatch Logs knows {} days", list.join(", "));
        let place = cx.place("log_groups", &group.key, &[field]);
        out.add_with(place, &group.address, format!("logs cannot be kept for {days} days"), fix);
    }
}

/// The group of a function is named after it: a name that is wrong is told of the function.
fn name(cx: &View<'_>, out: &mut Findings<'_>) {
    for group in cx.all::<LogGroup>().iter().filter(|group| cx.is_declared(LogGroup::SECTION, &group.key)) {
        name_of(cx, out, group, "log group", |c| c.is_ascii_alphanumeric() || "._-/#".contains(c));
        if group.name.starts_with("aws/") {
            let fix = format!("write `/{}`, or another name", group.name);
            let place = cx.place(LogGroup::SECTION, &group.key, &["name"]);
            out.add_with(place, &group.address, format!("the log group name `{}` begins with `aws/`", group.name), fix);
        }
    }
}
