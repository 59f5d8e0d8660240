//! Tags of every kind that takes them.

use crate::check::data::limits::{TAG_KEY, TAG_VALUE, TAGS};
use crate::contract::tags::Tags;
use crate::contract::{Driver, Findings, Rule, TagForm, View};
use crate::kinds;
use crate::model::account::without_late;
use crate::model::reference::{is_known, least_length};
use crate::source::diagnostic::Place;

const PAGE: &str = "https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html";

/// Rules about tags.
pub const RULES: &[Rule] = &[
    Rule {
        code: "E190",
        title: "too many tags",
        why: "A resource has at most 50 tags. The stack's tags, the resource's own and the marks that etlctl sets count together: three, a \
              fourth on a role for its region, one for `expires`, on a function one for its code, one for its parts, one where it publishes and \
              one where it has stored values, one on a log group with subscription filters, one on a topic with passwords in addresses, and one that a role with policies of its own has while \
              one of them is taken away.",
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

/// A resource whose kind takes tags.
struct Tagged {
    section: &'static str,
    key: String,
    address: String,
    tags: Tags,
    form: TagForm,
    /// Tags that etlctl adds.
    ours: usize,
}

/// Every resource of every kind that takes tags.
fn tagged(cx: &View<'_>) -> Vec<Tagged> {
    let desired = &cx.loaded.desired;
    let of_kind = |kind: &'static dyn Driver| {
        let form = kind.tags()?;
        let marks = cx.loaded.scope.mark(kind.reach()).len() + usize::from(cx.loaded.expires.is_some());
        let nodes = desired.nodes.values().filter(move |node| node.id.kind == kind.name());
        Some(nodes.map(move |node| {
            let spec = desired.resolved(node);
            // A spec that is none of its kind was told where the view was made.
            let ours = marks + kind.records(&spec).unwrap_or_default();
            let texts =
                spec["tags"].as_object().into_iter().flatten().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
            Tagged { section: kind.section(), key: node.id.name.clone(), address: node.id.to_string(), tags: texts.collect(), form, ours }
        }))
    };
    kinds::registry().iter().filter_map(|kind| of_kind(*kind)).flatten().collect()
}

/// The tag in the resource, in what brings it along, or among the stack's.
fn tag_place(cx: &View<'_>, at: &Tagged, tag: &str) -> Place {
    let home = cx.home(at.section, &at.key);
    let holders = (2..=home.len()).rev().map(|length| &home[..length]).chain([&home[..0]]);
    let mut tags = holders.filter_map(|path| cx.loaded.tree.at(path)?.get("tags"));
    let found = tags.find_map(|tags| tags.entries().iter().find(|entry| entry.key == tag).map(|entry| entry.place));
    found.unwrap_or_else(|| cx.place(at.section, &at.key, &["tags"]))
}

fn number(cx: &View<'_>, found: &mut Findings<'_>) {
    for one in tagged(cx) {
        let is = (one.tags.len() + one.ours) as i64;
        if is > TAGS {
            let place = cx.place(one.section, &one.key, &["tags"]);
            let message = format!("{is} tags, {} of them etlctl's marks; AWS takes {TAGS}", one.ours);
            found.add(place, one.address, message);
        }
    }
}

fn length(cx: &View<'_>, found: &mut Findings<'_>) {
    let (least, most) = TAG_KEY;
    for one in tagged(cx) {
        for (key, value) in &one.tags {
            let (key_length, value_length) = (key.chars().count() as i64, least_length(value));
            let message = if key_length > most || key_length < least {
                format!("a tag's key has {key_length} characters; AWS takes {least} to {most}")
            } else if value_length > TAG_VALUE {
                format!("the value of the tag `{key}` has {value_length} characters; AWS takes at most {TAG_VALUE}")
            } else {
                continue;
            };
            found.add(tag_place(cx, &one, key), &one.address, message);
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
    for one in tagged(cx).iter().filter(|one| one.form.is_strict) {
        for (key, value) in &one.tags {
            let in_key = key.chars().find(|c| is_known(key) && is_refused(*c)).map(|c| ("key", c));
            let in_value = without_late(value).chars().find(|c| is_known(value) && is_refused(*c)).map(|c| ("value", c));
            if let Some((part, wrong)) = in_key.or(in_value) {
                let message = format!("the {part} of the tag `{key}` holds `{}`", wrong.escape_debug());
                found.add(tag_place(cx, one, key), &one.address, message);
            }
        }
    }
}

fn capitals(cx: &View<'_>, found: &mut Findings<'_>) {
    for one in tagged(cx).iter().filter(|one| one.form.folds_case) {
        let keys: Vec<&String> = one.tags.keys().collect();
        for (index, key) in keys.iter().enumerate() {
            if let Some(other) = keys[..index].iter().find(|other| other.to_lowercase() == key.to_lowercase()) {
                let message = format!("to IAM the tags `{other}` and `{key}` are one");
                found.add(tag_place(cx, one, key), &one.address, message);
            }
        }
    }
}
