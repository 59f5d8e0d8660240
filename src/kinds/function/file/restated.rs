//! What no row says of a function that is written to a file, and what no file can say of it.

use serde_json::{Map, Value};

use super::parts::public;
use crate::contract::notifications::STATEMENT;
use crate::contract::{Kind, Nest, Writing};
use crate::kinds::function::normal::{is_twin, name_of};
use crate::kinds::function::spec::{Permission, Spec};
use crate::kinds::function::words::UrlAuthType;
use crate::kinds::log_group::LogGroup;
use crate::kinds::role::Role;

/// What CloudWatch Logs calls the group of a function that names none.
const OWN_GROUP: &str = "/aws/lambda/";

pub(in crate::kinds::function) fn restated(file: &mut Writing<'_>, spec: &mut Spec) {
    let alias = one_alias(file, spec);
    let alias = alias.as_ref();
    // What a URL brings along is asked of one that the file has.
    spec.url.take_if(|url| !is_at(file, "the URL", url.alias.as_ref(), alias));
    statements(file, spec, alias);
    spec.event_invoke.take_if(|invoke| !is_at(file, "what is said of asynchronous invocation", invoke.alias.as_ref(), alias));
    spec.event_sources.retain(|key, source| is_at(file, &format!("the event source {}", name_of(key)), source.alias.as_ref(), alias));
    let elsewhere = spec.elsewhere.urls.len() + spec.elsewhere.event_invokes.len();
    if elsewhere > 0 {
        file.untold(format!("{elsewhere} URLs or settings of asynchronous invocation at other qualifiers than the alias"));
    }
    // The ids of entries of ours are their marks: those of others are not ours to write down.
    spec.notifications.clear();
    // Whether the group stands within the function is decided once the whole file is known.
    let group = &spec.config.logging.log_group;
    file.put(&["logging", "log_group"], file.key_named(LogGroup::SECTION, group).unwrap_or_else(|| group.clone()));
}

/// The alias that the file has: one is left of several (`meant`).
fn one_alias(file: &mut Writing<'_>, spec: &mut Spec) -> Option<String> {
    let alias = spec.aliases.keys().next().cloned();
    for (name, alias) in spec.aliases.iter().filter(|(_, alias)| !alias.description.is_empty()) {
        file.untold(format!("the description of the alias {name}, `{}`", alias.description));
    }
    alias
}

/// Whether a part stands at the qualifier that a file means.
fn is_at(file: &mut Writing<'_>, what: &str, at: Option<&String>, alias: Option<&String>) -> bool {
    if at != alias {
        let at = at.map_or("the function itself", String::as_str);
        let meant = alias.map_or_else(|| "the function itself, where it has no alias".to_owned(), |alias| format!("the alias {alias}"));
        file.untold(format!("{what} at {at}: a file means that of {meant}"));
    }
    at == alias
}

/// Leaves the statements that a file says, without those that a URL without authentication brings along.
fn statements(file: &mut Writing<'_>, spec: &mut Spec, alias: Option<&String>) {
    let is_public = spec.url.as_ref().is_some_and(|url| url.auth.is(UrlAuthType::None));
    let brought = public(is_public, alias.map(String::as_str));
    for missing in brought.keys().filter(|sid| !spec.permissions.contains_key(*sid)) {
        file.untold(format!("that the statement {missing} lacks, which Lambda asks for with a URL that everybody may call"));
    }
    let of_url = public(true, None);
    spec.permissions.retain(|key, permission| {
        let what = format!("the permission {}", name_of(key));
        if brought.get(key) == Some(permission) {
            return false;
        }
        if brought.contains_key(key) {
            file.untold(format!("{what}, which differs from the one that a URL brings along that everybody may call"));
            return false;
        }
        if permission.rest.is_some() {
            file.untold(format!("{what}, which says more than a file can"));
            return false;
        }
        if permission.via_url {
            file.untold(format!("{what}, which is for calls through the URL"));
            return false;
        }
        if !is_at(file, &what, permission.alias.as_ref(), alias) || is_twin(key) {
            return false;
        }
        let is_left = key.starts_with(STATEMENT) || of_url.contains_key(key);
        if is_left {
            file.put(&["permissions", key], by_hand(permission));
        }
        !is_left
    });
}

/// A statement that looks like one that something else of a file brings along.
fn by_hand(permission: &Permission) -> Value {
    let Permission { principal, action, source_arn, source_account, principal_org, url_auth, via_url: _, alias: _, rest: _ } = permission;
    let text = |text: &Option<String>| text.as_deref().map(Value::from);
    let words = [
        ("principal", Some(principal.as_str().into())),
        ("action", Some(action.as_str().into())),
        ("source_arn", text(source_arn)),
        ("source_account", text(source_account)),
        ("principal_org", text(principal_org)),
        ("url_auth", url_auth.as_ref().map(|auth| auth.as_str().into())),
    ];
    Value::Object(words.into_iter().filter_map(|(word, value)| Some((word.to_owned(), value?))).collect::<Map<_, _>>())
}

/// Where it logs.
pub(in crate::kinds::function) fn uses(spec: &Spec) -> Vec<(&'static str, String)> {
    vec![(LogGroup::SECTION, spec.config.logging.log_group.clone())]
}

/// The role and the log group that nothing else of the file uses.
pub(in crate::kinds::function) fn nest(nest: &mut Nest<'_>) {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    if let Some(role) = text(nest.fields.get("role"))
        && let Some(own) = nest.take(Role::SECTION, &role)
    {
        nest.fields.insert("role".to_owned(), own.into());
    }
    let Some(group) = nest.fields.get("logging").and_then(|logging| text(logging.get("log_group"))) else { return };
    let name = nest.others.get(LogGroup::SECTION).and_then(|all| text(all.get(&group)?.get("name")));
    let own = text(nest.fields.get("name")).map(|name| format!("{OWN_GROUP}{name}"));
    let is_own = own.is_some_and(|own| name.unwrap_or_else(|| group.clone()) == own);
    // A file that names none brings the group along.
    if !is_own || nest.is_apart(LogGroup::SECTION, &group) {
        return;
    }
    // Its name is the one that Lambda means.
    if let Some(Value::Object(logging)) = nest.fields.get_mut("logging") {
        logging.remove("log_group");
        if logging.is_empty() {
            nest.fields.remove("logging");
        }
    }
    let tags = nest.fields.get("tags").cloned();
    let is_plain = nest.others.get(LogGroup::SECTION).and_then(|all| all.get(&group)).is_some_and(|of| {
        of.keys().all(|field| matches!(field.as_str(), "name" | "retention" | "tags")) && of.get("tags") == tags.as_ref()
    });
    if !is_plain {
        return;
    }
    if let Some(own) = nest.take(LogGroup::SECTION, &group)
        && let Some(retention) = own.get("retention")
    {
        nest.fields.insert("log_retention".to_owned(), retention.clone());
    }
}
