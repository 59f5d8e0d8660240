//! What a role may do, as far as the files tell: its inline policies, and those of AWS's managed
//! policies that are known.

use serde_json::Value;

use crate::contract::Resource;
use crate::contract::View;
use crate::kinds::role::Role;
use crate::kinds::role::managed::{ManagedStatement, managed};
use crate::model::Account;
use crate::model::account::without_late;
use crate::model::reference::opens_variable;

/// What a role may do.
#[derive(Debug, Default)]
pub(super) struct RolePermissions {
    statements: Vec<Grant>,
    /// Whether a policy is attached that the files do not show.
    incomplete: bool,
    /// The account that the stack writes in ARNs.
    account: String,
    /// Whether AWS has not told it yet.
    is_open: bool,
}

#[derive(Debug, Default)]
struct Grant {
    allows: bool,
    conditional: bool,
    actions: Vec<String>,
    not_actions: Vec<String>,
    resources: Vec<String>,
    not_resources: Vec<String>,
}

impl RolePermissions {
    /// What a role of the stack may do.
    pub fn of(cx: &View<'_>, role: &Resource<Role>) -> Self {
        let mut grants =
            Self { account: cx.loaded.scope.account.to_string(), is_open: cx.loaded.scope.account == Account::Late, ..Self::default() };
        for arn in &role.spec.managed_policies {
            match known(arn) {
                Some(statements) => grants.statements.extend(statements.iter().map(Grant::from)),
                None => grants.incomplete = true,
            }
        }
        for document in role.spec.policies.values().chain(role.spec.own_policies.values()) {
            let statements = document["Statement"].as_array().map(Vec::as_slice).unwrap_or_default();
            grants.statements.extend(statements.iter().map(inline));
        }
        grants
    }

    /// Whether the role certainly may not do `action` on `resource`; on none at all, where no
    /// resource is given.
    pub fn lacks(&self, action: &str, resource: Option<&str>) -> bool {
        let denied = self.statements.iter().any(|grant| !grant.allows && !grant.conditional && self.covers(grant, action, resource, true));
        let allowed = self.statements.iter().any(|grant| grant.allows && self.covers(grant, action, resource, false));
        denied || (!allowed && !self.incomplete)
    }

    /// Whether a statement that is known lets the role do `action` on objects of a bucket whose keys begin
    /// and end so, and none forbids it.
    pub fn reaches(&self, action: &str, bucket: &str, (prefix, suffix): (&str, &str)) -> bool {
        let allowing = self.statements.iter().filter(|grant| grant.allows);
        let acting = allowing
            .filter(|grant| grant.actions.iter().any(|pattern| matches(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase())));
        let mut keys =
            acting.flat_map(|grant| &grant.resources).filter_map(|pattern| key_within(&open_variables(pattern), bucket, prefix, suffix));
        let arn = |key: String| format!("arn:aws:s3:::{bucket}/{key}");
        let forbids = |arn: &str| {
            self.statements.iter().any(|grant| !grant.allows && !grant.conditional && self.covers(grant, action, Some(arn), true))
        };
        keys.any(|key| !forbids(&arn(key)))
    }

    /// A doubt speaks for the role: it widens what is allowed and narrows what is denied.
    fn covers(&self, grant: &Grant, action: &str, resource: Option<&str>, denies: bool) -> bool {
        let acts =
            |patterns: &[String]| patterns.iter().any(|pattern| matches(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase()));
        let action_fits = acts(&grant.actions) || (!grant.not_actions.is_empty() && !acts(&grant.not_actions));
        let on = |patterns: &[String]| match resource {
            Some(resource) => patterns.iter().any(|pattern| self.is_on(pattern, resource, denies)),
            None if denies => patterns.iter().any(|pattern| pattern == "*"),
            None => !patterns.is_empty(),
        };
        let resource_fits = on(&grant.resources) || (!denies && !grant.not_resources.is_empty() && !on(&grant.not_resources));
        action_fits && resource_fits
    }

    fn is_on(&self, pattern: &str, resource: &str, denies: bool) -> bool {
        if denies && opens_variable(&without_late(pattern)) {
            return false;
        }
        let pattern = open_variables(pattern);
        if matches(&pattern, resource) {
            return true;
        }
        // Until AWS has told the account, any that a pattern writes out may be it.
        let mut parts: Vec<&str> = pattern.splitn(6, ':').collect();
        if self.is_open && parts.len() == 6 && resource.split(':').nth(4) == Some(&self.account) {
            parts[4] = &self.account;
            return !denies && matches(&parts.join(":"), resource);
        }
        false
    }
}

impl From<&ManagedStatement> for Grant {
    fn from(ManagedStatement { actions, not_actions, resources }: &ManagedStatement) -> Self {
        Self { allows: true, actions: actions.clone(), not_actions: not_actions.clone(), resources: resources.clone(), ..Self::default() }
    }
}

/// The statements of a managed policy of AWS's, by its ARN.
fn known(arn: &str) -> Option<&'static Vec<ManagedStatement>> {
    let (_, name) = arn.split_once(":iam::aws:policy/")?;
    managed().policies.get(name)
}

fn inline(statement: &Value) -> Grant {
    let texts = |word: &str| match &statement[word] {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    };
    Grant {
        allows: statement["Effect"] == "Allow",
        conditional: !statement["Condition"].is_null(),
        actions: texts("Action"),
        not_actions: texts("NotAction"),
        resources: texts("Resource"),
        not_resources: texts("NotResource"),
    }
}

/// IAM's variables, and what only AWS can fill in, may stand for anything.
fn open_variables(pattern: &str) -> String {
    let mut open = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        open.push_str(before);
        open.push('*');
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    open + rest
}

/// A key of the bucket that the pattern of an ARN covers and that begins and ends so; none where there is
/// none.
fn key_within(pattern: &str, bucket: &str, prefix: &str, suffix: &str) -> Option<String> {
    let path = if pattern == "*" { "*" } else { pattern.split_once(":s3:::")?.1 };
    let (of_bucket, of_key) = path.split_once('/').or_else(|| path.ends_with('*').then_some((path, "*")))?;
    if !matches(of_bucket, bucket) {
        return None;
    }
    let Some((head, rest)) = of_key.split_once(['*', '?']) else {
        return (of_key.starts_with(prefix) && of_key.ends_with(suffix)).then(|| of_key.to_owned());
    };
    let tail = rest.rsplit_once(['*', '?']).map_or(rest, |(_, tail)| tail);
    let begin = longer(head, prefix, |text, with| text.starts_with(with))?;
    let end = longer(tail, suffix, |text, with| text.ends_with(with))?;
    Some(format!("{begin}x{end}"))
}

/// The longer of two texts where it holds the other.
fn longer<'a>(a: &'a str, b: &'a str, holds: fn(&str, &str) -> bool) -> Option<&'a str> {
    if holds(a, b) { Some(a) } else { holds(b, a).then_some(b) }
}

/// IAM's wildcards: `*` for any characters, `?` for one.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards() {
        for (pattern, text) in [("*", "a:b"), ("s3:Get*", "s3:GetObject"), ("a?c", "abc"), ("*b*", "abc"), ("", ""), ("a*b*c", "axbxbc")] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("s3:Put*", "s3:GetObject"), ("a?c", "ac"), ("", "a"), ("a*b", "ac")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn keys_that_a_pattern_covers_are_compared_with_a_filter() {
        let within = |pattern: &str, prefix: &str, suffix: &str| key_within(pattern, "b", prefix, suffix).is_some();
        assert!(within("*", "raw/", ".json") && within("arn:aws:s3:::b/*", "raw/", "") && within("arn:aws:s3:::b*", "", ""));
        assert!(within("arn:aws:s3:::b/out/*", "", "") && within("arn:aws:s3:::b/raw/in/*.json", "raw/", ".json"));
        assert!(!within("arn:aws:s3:::b/out/*", "raw/", "") && !within("arn:aws:s3:::b/*.csv", "", ".json"));
        assert!(!within("arn:aws:s3:::b", "", "") && !within("arn:aws:s3:::c/*", "", "") && !within("arn:aws:sqs:r:1:b", "", ""));
        assert!(within("arn:aws:s3:::b/raw/one.json", "raw/", ".json") && !within("arn:aws:s3:::b/raw/one.csv", "raw/", ".json"));
    }

    #[test]
    fn variables_stand_for_anything() {
        assert_eq!(open_variables("arn:aws:s3:::b/${aws:username}/*"), "arn:aws:s3:::b/*/*");
    }

    #[test]
    fn the_managed_policies_are_read() {
        assert!(known("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole").is_some());
    }
}
