//! The rule that reads the rows of members: which numbers, lengths, counts and words AWS takes in the
//! fields that carry them.

use std::cell::OnceCell;

use fancy_regex::Regex;
use serde_json::Value;

use super::{Findings, Kind, Resource, View};
use crate::aws::member::{Bound, Carried};
use crate::model::account;
use crate::model::counted;
use crate::model::reference::{is_known, least_length, opens_variable};
use crate::source::diagnostic::{Place, suggest};
use crate::source::duration::show_seconds;
use crate::source::node::Node;

/// Refuses what the rows say that this rule refuses. Texts that `${…}` still fills in are left alone.
pub fn rows<K: Kind>(cx: &View<'_>, out: &mut Findings<'_>) {
    let code = out.code();
    held::<K>(cx, out, |refused| refused == Some(code));
}

/// Refuses what the rows say that no other rule refuses.
pub fn rows_without_a_rule<K: Kind>(cx: &View<'_>, out: &mut Findings<'_>) {
    held::<K>(cx, out, |refused| refused.is_none());
}

fn held<K: Kind>(cx: &View<'_>, out: &mut Findings<'_>, is_meant: impl Fn(Option<&str>) -> bool) {
    // An update has the limits of its create.
    let mut looked_at = Vec::new();
    for member in K::API.iter().flat_map(|op| op.members) {
        let Carried::Field(field) = member.carried else { continue };
        for limit in member.limits.iter().flatten().filter(|limit| is_meant(limit.refused)) {
            if looked_at.contains(&(field, limit.bound)) {
                continue;
            }
            looked_at.push((field, limit.bound));
            let path: Vec<&str> = field.split('.').collect();
            let form = OnceCell::new();
            let is_document = K::DOCUMENTS.iter().any(|document| matches!(field.strip_prefix(document), Some("" | ".*")));
            for resource in cx.all::<K>() {
                each_at(&resource.json, &path, &mut Vec::new(), &mut |at, value| {
                    // AWS is sent a document as text, and counts that.
                    let sent = (is_document && !value.is_string()).then(|| Value::from(value.to_string()));
                    let value = sent.as_ref().unwrap_or(value);
                    if let Some((message, fix)) = wrong(&at.join("."), value, &limit.bound, member.unit, &form) {
                        let said = said(cx, resource, at, value);
                        // What is wrong decides alone, so that its words are made once more for the few that are.
                        let told = said.as_ref().and_then(|(words, _)| wrong(words, value, &limit.bound, member.unit, &form));
                        let (message, fix) = told.unwrap_or((message, fix));
                        let place = said.map_or_else(|| cx.place(K::SECTION, &resource.key, at), |(_, place)| place);
                        out.add_with(place, &resource.address, message, fix);
                    }
                });
            }
        }
    }
}

/// The keys by which the file says what stands at a path of the spec, and where, if it says it by others: sources
/// of events and what buckets tell stand in lists there. It is the one of that name, or the first that says the same.
fn said<K: Kind>(cx: &View<'_>, resource: &Resource<K>, at: &[&str], value: &Value) -> Option<(String, Place)> {
    let home = cx.loaded.tree.at(&cx.home(K::SECTION, &resource.key))?;
    let name = at.last().filter(|_| home.at(at).is_none())?;
    let mut all = Vec::new();
    home.each_under(name, &mut Vec::new(), &mut |way, node| all.push((way.join("."), node)));
    let is_it = |node: &Node| node.to_json() == *value;
    let found = if all.len() == 1 { all.pop() } else { all.into_iter().find(|(_, node)| is_it(node)) };
    found.map(|(words, node)| (words, node.place))
}

/// Every value at a path in which `*` stands for any key or item.
fn each_at<'a>(value: &'a Value, path: &[&'a str], at: &mut Vec<&'a str>, visit: &mut dyn FnMut(&[&str], &Value)) {
    let Some((first, rest)) = path.split_first() else { return visit(at, value) };
    match (value, *first) {
        (Value::Object(map), "*") => {
            for (key, item) in map {
                at.push(key);
                each_at(item, rest, at, visit);
                at.pop();
            }
        }
        (Value::Array(items), "*") => items.iter().for_each(|item| each_at(item, rest, at, visit)),
        (Value::Object(map), key) => {
            if let Some(item) = map.get(key) {
                at.push(key);
                each_at(item, rest, at, visit);
                at.pop();
            }
        }
        // A path ends where the spec holds nothing, or no map and no list.
        (Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_), _) => {}
    }
}

/// The form of a limit, read once where a value has to have it.
type Form = OnceCell<Result<Regex, fancy_regex::Error>>;

/// What is wrong with a value, and how to mend it; none where the rule's own way fits.
fn wrong(field: &str, value: &Value, bound: &Bound, unit: &str, form: &Form) -> Option<(String, Option<String>)> {
    match (bound, value) {
        (Bound::Range(min, max), Value::Number(number)) => {
            let number = number.as_i64()?;
            let near = number.clamp(*min, *max);
            (near != number).then(|| match (unit, *min, *max) {
                (SECONDS, min, max) => {
                    let takes = format!("{} to {}", duration(min), duration(max));
                    let fix = format!("write {} or another duration in that range", duration(near));
                    (format!("`{field}` is {}; AWS takes {takes}", duration(number)), Some(fix))
                }
                (unit, min, max) => {
                    let fix = format!("write {near} or another number in that range");
                    (format!("`{field}` is {}; AWS takes {}", format!("{number} {unit}").trim_end(), span(min, max, "")), Some(fix))
                }
            })
        }
        // Of a list each item is meant, of a map each key.
        (Bound::Length(..) | Bound::Form(_) | Bound::Words(_), Value::Array(items)) => {
            items.iter().find_map(|item| wrong(field, item, bound, unit, form))
        }
        (Bound::Length(..) | Bound::Form(_), Value::Object(map)) => {
            map.keys().find_map(|key| wrong(field, &Value::from(key.as_str()), bound, unit, form))
        }
        (Bound::Form(said), Value::String(text)) if !opens_variable(&account::with_any(text)) => {
            match form.get_or_init(|| Regex::new(&format!("^(?:{said})$"))) {
                Ok(regex) => (!regex.is_match(&account::with_any(text)).unwrap_or(false))
                    .then(|| (format!("`{field}` is `{text}`; AWS takes what has the form `{said}`"), None)),
                Err(error) => Some((format!("the form of `{field}` cannot be read: {error}"), Some("report it as a defect".to_owned()))),
            }
        }
        (Bound::Length(min, max), Value::String(text)) => {
            let length = least_length(text);
            if length > *max {
                let fix = format!("take {} away", counted(length - max, "character"));
                return Some((format!("`{field}` has {length} characters; AWS takes at most {max}"), Some(fix)));
            }
            (is_known(text) && length < *min)
                .then(|| (format!("`{field}` has {}; AWS takes {}", counted(length, "character"), span(*min, *max, "")), None))
        }
        (Bound::Count(min, max), Value::Array(_) | Value::Object(_)) => {
            let items = value.as_array().map_or_else(|| value.as_object().map_or(0, serde_json::Map::len), Vec::len) as i64;
            let takes = if *min == 0 { format!("at most {max}") } else { span(*min, *max, "") };
            // Where there is nothing, nothing is sent.
            (items > 0 && !(*min..=*max).contains(&items))
                .then(|| (format!("`{field}` has {}; AWS takes {takes}", counted(items, "item")), None))
        }
        (Bound::Words(words), Value::String(word)) if is_known(word) && !words.contains(&word.as_str()) => {
            let near = words.iter().find(|known| known.eq_ignore_ascii_case(word));
            let fix = near.map_or_else(|| suggest(word, words.iter().copied()), |near| format!("did you mean `{near}`?"));
            Some((format!("`{field}` is `{word}`, which AWS does not know"), Some(fix)))
        }
        _ => None,
    }
}

/// Unit of what files write as a duration.
const SECONDS: &str = "s";

/// As a file writes it.
fn duration(seconds: i64) -> String {
    let text = show_seconds(seconds.unsigned_abs());
    if seconds < 0 { format!("-{text}") } else { text }
}

/// `1 to 5`, `1 or more`.
pub fn span(min: i64, max: i64, of: &str) -> String {
    if max == i64::MAX { format!("{min} or more{of}") } else { format!("{min} to {max}{of}") }
}
