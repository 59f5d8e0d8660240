//! Physical names as AWS takes them: how long, and of which characters.

use super::facts::name_limit;
use super::{Findings, Kind, Resource, View};
use crate::model::account::without_late;
use crate::model::reference::is_known;

/// Looks at the names of a kind. `what` is the kind in words, `takes` what a character may be.
pub fn names<K: Kind>(cx: &View<'_>, out: &mut Findings<'_>, what: &str, takes: fn(char) -> bool) {
    cx.all::<K>().iter().for_each(|resource| name_of(cx, out, resource, what, takes));
}

/// [`names`] of one resource.
pub fn name_of<K: Kind>(cx: &View<'_>, out: &mut Findings<'_>, resource: &Resource<K>, what: &str, takes: fn(char) -> bool) {
    let place = cx.place(K::SECTION, &resource.key, &["name"]);
    let what = format!("the {what} name");
    if out.length(place, &resource.address, (&shown(&what, &resource.name), &resource.name), &name_limit::<K>()) {
        return;
    }
    let name = K::NAMES.suffix.and_then(|suffix| resource.name.strip_suffix(suffix)).unwrap_or(&resource.name);
    if let Some(wrong) = without_late(name).chars().find(|c| is_known(name) && !takes(*c)) {
        let wrong = if wrong == ' ' { "a space".to_owned() } else { format!("`{}`", wrong.escape_debug()) };
        out.add(place, &resource.address, format!("{} holds {wrong}", shown(&what, name)));
    }
}

/// Letters, digits, `-` and `_`.
pub fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// A name that goes on for ever would push the reason out of sight.
fn shown(what: &str, name: &str) -> String {
    if name.chars().count() > 72 {
        format!("{what} `{}…`", name.chars().take(64).collect::<String>())
    } else {
        format!("{what} `{name}`")
    }
}
