//! Which of several aliases a file has, and what stands there: a file has one.

use std::cmp::Reverse;

use super::Function;
use super::normal::{choose, is_twin};
use super::spec::Spec;
use crate::contract::Found;

/// See [`crate::contract::Kind::meant`]. The alias with most at it is kept; none where all stands at the
/// function itself and nothing uses an alias.
pub(super) fn meant(found: &mut Found<Function>, is_named: &dyn Fn(&str) -> bool) -> Vec<String> {
    let Found { spec, live, .. } = found;
    let arn = live.arn.clone().unwrap_or_default();
    let uses = |alias: &str| {
        let is_ready = spec.aliases.get(alias).is_some_and(|alias| alias.provisioned_concurrency.is_some());
        parts_at(spec, Some(alias)) + usize::from(is_ready) + usize::from(is_named(&format!("{arn}:{alias}")))
    };
    let all = spec.aliases.keys().map(|alias| (uses(alias), Reverse(alias.clone())));
    let (used, alias) = all.max().map_or((0, None), |(used, Reverse(alias))| (used, Some(alias)));
    let alias = alias.filter(|_| used > 0 || parts_at(spec, None) == 0);
    let why = match &alias {
        Some(_) => "a function of a file has one alias",
        None => "nothing uses it, and a file with an alias means it wherever it names the function",
    };
    let others = spec.aliases.keys().filter(|other| Some(*other) != alias.as_ref());
    let left = others.map(|other| format!("the alias {other}: {why}")).collect();
    spec.aliases.retain(|other, _| Some(other) == alias.as_ref());
    live.aliases.retain(|other, _| Some(other) == alias.as_ref());
    let want = at(spec.clone(), alias.as_ref());
    choose(&want, spec, live);
    left
}

/// How much of the function stands at a qualifier.
fn parts_at(spec: &Spec, alias: Option<&str>) -> usize {
    let urls = spec.url.iter().chain(&spec.elsewhere.urls).map(|url| &url.alias);
    let invokes = spec.event_invoke.iter().chain(&spec.elsewhere.event_invokes).map(|invoke| &invoke.alias);
    let permissions = spec.permissions.values().map(|permission| &permission.alias);
    let sources = spec.event_sources.values().map(|source| &source.alias);
    urls.chain(invokes).chain(permissions).chain(sources).filter(|at| at.as_deref() == alias).count()
}

/// A spec that means all of its parts at this qualifier.
fn at(mut spec: Spec, alias: Option<&String>) -> Spec {
    spec.permissions.retain(|key, _| !is_twin(key));
    spec.event_sources.retain(|key, _| !is_twin(key));
    let urls = spec.url.iter_mut().map(|url| &mut url.alias);
    let invokes = spec.event_invoke.iter_mut().map(|invoke| &mut invoke.alias);
    let permissions = spec.permissions.values_mut().map(|permission| &mut permission.alias);
    let sources = spec.event_sources.values_mut().map(|source| &mut source.alias);
    urls.chain(invokes).chain(permissions).chain(sources).for_each(|at| *at = alias.cloned());
    spec
}

#[cfg(test)]
mod tests {
    use super::super::live::Live;
    use super::super::normal::twin;
    use super::super::spec::{Alias, AliasVersion, Config, Permission, Url};
    use super::super::words::{UrlAuthType, UrlInvokeMode};
    use super::*;
    use crate::model::Owner;

    fn function(aliases: &[&str]) -> Found<Function> {
        let of = aliases.iter().map(|name| ((*name).to_owned(), Alias::to(AliasVersion::Other("1".into())))).collect();
        let spec = Spec { aliases: of, ..Spec::bare(Config::default_of("r".into(), "g".into())) };
        let aliases = aliases.iter().map(|name| ((*name).to_owned(), "1".to_owned())).collect();
        let live = Live { arn: Some("arn:f".into()), aliases, ..Live::default() };
        Found { name: "f".into(), spec, live, owner: Owner::Unmarked, unread: Vec::new() }
    }

    fn permission(alias: Option<&str>) -> Permission {
        Permission { principal: "p".into(), alias: alias.map(str::to_owned), ..Permission::default() }
    }

    fn kept(mut found: Found<Function>, named: &str) -> (Vec<String>, usize) {
        let left = meant(&mut found, &|arn| arn == named);
        assert!(found.spec.aliases.keys().eq(found.live.aliases.keys()));
        (found.spec.aliases.into_keys().collect(), left.len())
    }

    #[test]
    fn the_alias_that_is_used_is_kept_and_none_where_none_is() {
        let with = |permissions: &[(&str, Option<&str>)]| {
            let mut found = function(&["blue", "live"]);
            found.spec.permissions = permissions.iter().map(|(key, at)| ((*key).to_owned(), permission(*at))).collect();
            found
        };
        let live = || vec!["live".to_owned()];
        assert_eq!(kept(with(&[("a", Some("live")), ("b", None)]), ""), (live(), 1));
        assert_eq!(kept(with(&[("a", None)]), ""), (vec![], 2));
        assert_eq!(kept(with(&[]), "arn:f:live"), (live(), 1));
        assert_eq!(kept(with(&[]), ""), (vec!["blue".to_owned()], 1));
    }

    #[test]
    fn what_stands_at_the_alias_is_what_a_file_means() {
        let url = |alias: Option<&str>| Url {
            auth: UrlAuthType::Iam.into(),
            invoke_mode: UrlInvokeMode::Buffered.into(),
            alias: alias.map(str::to_owned),
            cors: None,
        };
        let mut found = function(&["live"]);
        (found.spec.url, found.spec.elsewhere.urls) = (Some(url(None)), vec![url(Some("live"))]);
        found.spec.permissions.insert("s".into(), permission(None));
        found.spec.permissions.insert(twin("s", Some("live")), permission(Some("live")));
        meant(&mut found, &|_| false);
        assert_eq!(found.spec.url, Some(url(Some("live"))));
        assert_eq!(found.spec.permissions["s"], permission(Some("live")));
        assert_eq!(found.spec.permissions[&twin("s", None)], permission(None));
    }
}
