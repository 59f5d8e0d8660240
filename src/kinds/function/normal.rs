//! The form in which Lambda keeps a function, and which of several parts at its qualifiers is meant.

use std::collections::BTreeMap;

use super::live::Live;
use super::spec::{Config, Cors, EventSource, Permission, Spec};
use crate::contract::notifications;
use crate::model::form::is_same_pattern;
use crate::model::policy;

/// See [`crate::contract::Kind::normal`].
pub(super) fn normal(spec: &mut Spec) {
    spec.description = spec.description.trim().to_owned();
    config(&mut spec.config);
    for alias in spec.aliases.values_mut() {
        alias.description = alias.description.trim().to_owned();
    }
    if let Some(cors) = spec.url.as_mut().and_then(|url| url.cors.as_mut()) {
        lower_headers(cors);
    }
    for permission in spec.permissions.values_mut() {
        // AddPermission takes an account's id and keeps its root's ARN.
        if let Some(account) = policy::root_of(&permission.principal) {
            permission.principal = account.to_owned();
        }
    }
    for source in spec.event_sources.values_mut() {
        source.filters.sort_by_cached_key(ToString::to_string);
        source.filters.dedup();
        source.source_access.sort();
        source.kms_key.take_if(|key| key.is_empty());
        // -1 is AWS's word for "without end".
        source.max_retries.take_if(|retries| *retries < 0);
        source.max_age.take_if(|age| *age < 0);
    }
}

/// The part that versions freeze.
pub(super) fn config(config: &mut Config) {
    config.kms_key.take_if(|key| key.is_empty());
    config.dead_letter.take_if(|arn| arn.is_empty());
    config.vpc.take_if(|vpc| vpc.subnets.is_empty() && vpc.security_groups.is_empty());
    config.image.take_if(|image| image.command.is_empty() && image.entry_point.is_empty() && image.working_directory.is_none());
}

/// Names of headers are one whatever their case, and Lambda keeps them lower-cased.
fn lower_headers(cors: &mut Cors) {
    for headers in [&mut cors.allow_headers, &mut cors.expose_headers] {
        *headers = std::mem::take(headers).into_iter().map(|name| name.to_ascii_lowercase()).collect();
    }
}

/// Between the name of a part and the qualifier of its twin, where two have one name: no statement's id
/// and no ARN has a blank.
const AT: &str = " at ";

/// The key of a part whose name is taken by one at another qualifier.
pub(super) fn twin(name: &str, qualifier: Option<&str>) -> String {
    format!("{name}{AT}{}", qualifier.unwrap_or(super::live::LATEST))
}

/// Whether a key is that of a twin.
pub(super) fn is_twin(key: &str) -> bool {
    key.contains(AT)
}

/// The name without the qualifier.
pub(super) fn name_of(key: &str) -> &str {
    key.split_once(AT).map_or(key, |(name, _)| name)
}

/// Of the parts at the qualifiers of a function, takes those as the ones to compare that stand where the
/// files mean them.
pub(super) fn choose(want: &Spec, have: &mut Spec, live: &mut Live) {
    let urls = &mut have.elsewhere.urls;
    meant(&mut have.url, urls, |url| want.url.as_ref().is_some_and(|want| want.alias == url.alias));
    let invokes = &mut have.elsewhere.event_invokes;
    meant(&mut have.event_invoke, invokes, |invoke| want.event_invoke.as_ref().is_some_and(|want| want.alias == invoke.alias));
    notifications::choose(&want.notifications, &mut have.notifications);
    for twins in twins(&want.permissions, &have.permissions, |permission: &Permission| permission.alias.clone()) {
        twins.exchange(&mut have.permissions);
    }
    for twins in twins(&want.event_sources, &have.event_sources, |source: &EventSource| source.alias.clone()) {
        twins.exchange(&mut have.event_sources);
        twins.exchange(&mut live.mappings);
    }
    for (key, have) in &mut have.event_sources {
        let Some(want) = want.event_sources.get(key) else { continue };
        // AWS makes a consumer group where none is said.
        if want.consumer_group.is_none() {
            have.consumer_group = None;
        }
        // Each lets in what it matches.
        for filter in &mut have.filters {
            if let Some(same) = want.filters.iter().find(|wanted| is_same_pattern(wanted, filter)) {
                filter.clone_from(same);
            }
        }
        have.filters.sort_by_cached_key(ToString::to_string);
        have.filters.dedup();
    }
}

fn meant<T>(one: &mut Option<T>, others: &mut Vec<T>, is_meant: impl Fn(&T) -> bool) {
    if one.as_ref().is_none_or(|one| !is_meant(one))
        && let Some(at) = others.iter().position(is_meant)
        && let Some(other) = one.replace(others.remove(at))
    {
        others.push(other);
    }
}

/// Two parts of one name at different qualifiers, of which the second is the one that is meant.
struct Twins {
    name: String,
    meant: String,
    other: String,
}

impl Twins {
    fn exchange<T>(&self, parts: &mut BTreeMap<String, T>) {
        let Self { name, meant, other } = self;
        let (one, wanted) = (parts.remove(name), parts.remove(meant));
        parts.extend(wanted.map(|part| (name.clone(), part)));
        parts.extend(one.map(|part| (other.clone(), part)));
    }
}

/// Those where the part under the name is at another qualifier than the wanted one, and its twin is not.
fn twins<T>(want: &BTreeMap<String, T>, have: &BTreeMap<String, T>, alias: impl Fn(&T) -> Option<String>) -> Vec<Twins> {
    let pair = |(name, wanted): (&String, &T)| {
        let (there, wanted) = (alias(have.get(name)?), alias(wanted));
        let meant = twin(name, wanted.as_deref());
        let is_other = there != wanted && have.contains_key(&meant);
        is_other.then(|| Twins { name: name.clone(), meant, other: twin(name, there.as_deref()) })
    };
    want.iter().filter_map(pair).collect()
}
