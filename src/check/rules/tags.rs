//! Tags of every kind that takes them.

use crate::check::data::limits::ranges;
use crate::contract::tags::Tags;
use crate::contract::{Findings, Rule, View};
use crate::kinds::function::Function;
use crate::kinds::role::Role;
use crate::kinds::{alarm::Alarm, log_group::LogGroup, queue::Queue, topic::Topic};
use crate::model::Reach;
use crate::model::reference::{is_known, least_length};
use crate::source::diagnostic::Place;

const PAGE: &str = "https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html";

/// Rules about tags.
pub const RULES: &[Rule] = &[
    Rule {
        code: "E190",
        title: "too many tags",
        why: "A resource has at most 50 tags. The stack's tags, the resource's own and the marks that etlctl sets (three, and a fourth on a \
              role for its region and on a function for its code) count together.",
        fix: "take tags out of the stack or of the resource",
        source: PAGE,
        run: number,
    },
    Rule {
        code: "E191",
        title: "tag too long",
        why: "A tag's key has 1 to 128 characters, its value at most 256. IAM creates no role at all if one of its tags is wrong.",
        fix: "shorten it",
        source: PAGE,
        run: length,
    },
    Rule {
        code: "E192",
        title: "character that a tag does not take",
        why: "Keys and values of tags hold letters, digits, spaces and `_.:/=+-@`. Commas, brackets, quotes and `#` are refused by IAM \
              and Lambda alike.",
        fix: "leave letters, digits, spaces and `_.:/=+-@`",
        source: "botocore service model, iam CreateRole, Tags",
        run: characters,
    },
    Rule {
        code: "E193",
        title: "role tags that differ in capitals only",
        why: "IAM looks at tag keys without regard to capitals: `Team` and `team` are one key to it, and a role that brings both is \
              refused. Other services keep the two apart.",
        fix: "keep one of the two",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html",
        run: capitals,
    },
];

struct Tagged<'a> {
    section: &'static str,
    key: &'a str,
    address: &'a str,
    tags: &'a Tags,
    /// Tags that etlctl adds.
    ours: usize,
}

fn tagged<'a>(cx: &'a View<'_>) -> Vec<Tagged<'a>> {
    let marks = cx.loaded.scope.mark(Reach::Region).len();
    let mut all: Vec<Tagged<'a>> = Vec::new();
    for one in cx.all::<Function>() {
        // One more for the record of the code.
        let ours = marks + 1;
        all.push(Tagged { section: "functions", key: &one.key, address: &one.address, tags: &one.spec.tags, ours });
    }
    macro_rules! section {
        ($section:literal, $kind:ty) => {
            all.extend(cx.all::<$kind>().iter().map(|one| Tagged {
                section: $section,
                key: &one.key,
                address: &one.address,
                tags: &one.spec.tags,
                ours: marks,
            }))
        };
    }
    all.extend(cx.all::<Role>().iter().map(|one| {
        let ours = cx.loaded.scope.mark(Reach::Account).len();
        Tagged { section: "roles", key: &one.key, address: &one.address, tags: &one.spec.tags, ours }
    }));
    section!("queues", Queue);
    section!("topics", Topic);
    section!("log_groups", LogGroup);
    section!("alarms", Alarm);
    all
}

/// The tag in the resource, or among the stack's.
fn tag_place(cx: &View<'_>, at: &Tagged<'_>, tag: &str) -> Place {
    let key_in = |node: Option<&crate::source::node::Node>| node?.entries().iter().find(|entry| entry.key == tag).map(|entry| entry.place);
    let section = |section: &str| cx.loaded.tree.get(section).and_then(|section| section.get(at.key));
    let own = section(at.section).or_else(|| section("functions"));
    let role = own.and_then(|own| own.get("role"));
    let places = [
        own.and_then(|own| key_in(own.get("tags"))),
        role.filter(|_| at.section == "roles").and_then(|role| key_in(role.get("tags"))),
        key_in(cx.loaded.tree.get("tags")),
    ];
    places.into_iter().flatten().next().unwrap_or_else(|| cx.place(at.section, at.key, &["tags"]))
}

fn number(cx: &View<'_>, found: &mut Findings<'_>) {
    let most = ranges().tags.max;
    for one in tagged(cx) {
        let is = (one.tags.len() + one.ours) as i64;
        if is > most {
            let place = cx.place(one.section, one.key, &["tags"]);
            let message = format!("{is} tags, {} of them etlctl's marks; AWS takes {most}", one.ours);
            found.add(place, one.address, message, "");
        }
    }
}

fn length(cx: &View<'_>, found: &mut Findings<'_>) {
    let (keys, values) = (&ranges().tag_key, &ranges().tag_value);
    for one in tagged(cx) {
        for (key, value) in one.tags {
            let (key_length, value_length) = (key.chars().count() as i64, least_length(value));
            let message = if key_length > keys.max || key_length < keys.min {
                format!("a tag's key has {key_length} characters; AWS takes {} to {}", keys.min, keys.max)
            } else if value_length > values.max {
                format!("the value of the tag `{key}` has {value_length} characters; AWS takes at most {}", values.max)
            } else {
                continue;
            };
            found.add(tag_place(cx, &one, key), one.address, message, "");
        }
    }
}

fn takes(c: char) -> bool {
    // Every script's letters and digits; of what else Unicode has, only white space between words.
    c.is_alphanumeric() || (c.is_whitespace() && !c.is_control()) || "_.:/=+-@".contains(c)
}

/// A mark over a letter is no letter by itself, and not refused everywhere: only ASCII is certain.
fn is_refused(c: char) -> bool {
    c.is_ascii() && !takes(c)
}

fn characters(cx: &View<'_>, found: &mut Findings<'_>) {
    for one in tagged(cx).iter().filter(|one| matches!(one.section, "roles" | "functions")) {
        for (key, value) in one.tags {
            let in_key = key.chars().find(|c| is_known(key) && is_refused(*c)).map(|c| ("key", c));
            let in_value = value.chars().find(|c| is_known(value) && is_refused(*c)).map(|c| ("value", c));
            if let Some((part, wrong)) = in_key.or(in_value) {
                let message = format!("the {part} of the tag `{key}` holds `{}`", wrong.escape_debug());
                found.add(tag_place(cx, one, key), one.address, message, "");
            }
        }
    }
}

fn capitals(cx: &View<'_>, found: &mut Findings<'_>) {
    for one in tagged(cx).iter().filter(|one| one.section == "roles") {
        let keys: Vec<&String> = one.tags.keys().collect();
        for (index, key) in keys.iter().enumerate() {
            if let Some(other) = keys[..index].iter().find(|other| other.to_lowercase() == key.to_lowercase()) {
                let message = format!("to IAM the tags `{other}` and `{key}` are one");
                found.add(tag_place(cx, one, key), one.address, message, "");
            }
        }
    }
}
