//! Two environments of one stack side by side: what the files ask for in each, aligned by key.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::diff::{hide, hide_known};
use super::reference::{map_texts, plain, template};
use super::{Account, Change, Desired, Guarded, Node, ResourceId, Scope, diff};

/// One of the two.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// Where it goes.
    pub scope: &'a Scope,
    /// What is asked for there.
    pub desired: &'a Desired,
}

/// Where two environments differ in one resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Address.
    pub id: ResourceId,
    /// Physical names, of those that have it.
    pub names: [Option<String>; 2],
    /// Fields that differ. Of one that only one of them has there is none.
    pub fields: Vec<Change>,
}

/// Where they differ, by address. `documents` are the paths of a kind whose values are compared whole.
pub fn against(left: Side<'_>, right: Side<'_>, documents: &dyn Fn(&str) -> &'static [&'static str]) -> Vec<Difference> {
    let words = words(left, right);
    let known = [left.desired.secrets.mask(), right.desired.secrets.mask()];
    let ids: BTreeSet<&ResourceId> = left.desired.nodes.keys().chain(right.desired.nodes.keys()).collect();
    let mut all = Vec::new();
    for id in ids {
        let nodes = [left.desired.nodes.get(id), right.desired.nodes.get(id)];
        let names = nodes.map(|node| node.map(|node| node.name.clone()));
        let mut fields = match nodes {
            [Some(one), Some(other)] => fields(one, other, &words, documents(&id.kind)),
            _ => Vec::new(),
        };
        let sensitive: BTreeSet<String> = nodes.iter().flatten().flat_map(|node| node.sensitive.iter().cloned()).collect();
        hide(&mut fields, &sensitive);
        known.iter().for_each(|known| hide_known(&mut fields, known));
        if nodes.iter().any(Option::is_none) || !fields.is_empty() {
            all.push(Difference { id: id.clone(), names, fields });
        }
    }
    all
}

fn fields(one: &Node, other: &Node, words: &[Word], documents: &[&str]) -> Vec<Change> {
    let same =
        |change: &Change| map_texts(change.before.true_value().clone(), &|text| translated(text, words)) == *change.after.true_value();
    let mut fields: Vec<Change> = diff(&one.spec, &other.spec, documents).into_iter().filter(|change| !same(change)).collect();
    // What is packaged is told by its digest, which nobody has made here; its place is told by the files.
    let source = |node: &Node| node.artifact.as_ref().map_or(Value::Null, |artifact| Value::from(artifact.source.display().to_string()));
    if source(one) != source(other) {
        let (before, after) = (Guarded::open(source(one)), Guarded::open(source(other)));
        fields.push(Change { path: "source".to_owned(), before, after, document: false });
    }
    fields
}

/// What stands for the same on both sides.
struct Word {
    from: String,
    to: String,
    of: Of,
}

/// Where a word stands for the same on both sides. Elsewhere it is a text like any other: a path of SSM, or
/// a folder in a bucket, is another one though it is written like a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    /// A physical name: by itself, and in what names a resource by it.
    Name,
    /// One that is also a word of the environment, which is written for other reasons: in an ARN or address alone.
    Ambiguous,
    /// The path of roles: by itself, and in ARNs.
    Path,
    /// Account or region, between the colons of an ARN.
    Arn,
}

/// Physical names by their address, the path of roles, and account and region in ARNs.
/// The longest first, since names begin with each other.
fn words(left: Side<'_>, right: Side<'_>) -> Vec<Word> {
    let mut words: BTreeMap<String, (String, Of)> = BTreeMap::new();
    let Scope { partition: _, account: _, region: _, stack, env, instance } = left.scope;
    for (id, node) in &left.desired.nodes {
        if let Some(other) = right.desired.nodes.get(id).filter(|other| other.name != node.name) {
            let of = if [stack, env, instance].contains(&&node.name) { Of::Ambiguous } else { Of::Name };
            words.insert(template(&node.name), (template(&other.name), of));
        }
    }
    words.insert(left.scope.role_path(), (right.scope.role_path(), Of::Path));
    let in_arn = |text: &str| format!(":{text}:");
    if left.scope.region != right.scope.region {
        words.insert(in_arn(&left.scope.region), (in_arn(&right.scope.region), Of::Arn));
    }
    if let (Account::Known(one), Account::Known(other)) = (&left.scope.account, &right.scope.account)
        && one != other
    {
        words.insert(in_arn(one), (in_arn(other), Of::Arn));
    }
    let mut words: Vec<Word> = words.into_iter().map(|(from, (to, of))| Word { from, to, of }).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.from.len()));
    words
}

/// A text as the other side would say it. What was put there is not looked at again.
fn translated(text: &str, words: &[Word]) -> String {
    let mut at = 0;
    let mut said = String::new();
    while at < text.len() {
        let (before, rest) = text.split_at(at);
        let found = words.iter().find(|word| !word.from.is_empty() && rest.starts_with(word.from.as_str()) && word.stands(before, rest));
        match found {
            Some(Word { from, to, of }) => {
                // Region and account share the colon between them.
                let shared = usize::from(*of == Of::Arn);
                said.push_str(&to[..to.len() - shared]);
                at += from.len() - shared;
            }
            None => {
                let next = rest.chars().next().map_or(rest.len(), char::len_utf8);
                said.push_str(&rest[..next]);
                at += next;
            }
        }
    }
    said
}

impl Word {
    /// Whether it stands for the same where `rest`, which begins with it, follows `before`.
    fn stands(&self, before: &str, rest: &str) -> bool {
        let Self { from, to: _, of } = self;
        let after = &rest[from.len()..];
        // What it stands in, as far as it has no end of its own.
        let begun = before.rsplit(parts).next().unwrap_or(before);
        let ends = after.is_empty() || after.starts_with(parts);
        let is_alone = begun.is_empty() && ends;
        let in_arn = begun.starts_with("arn:");
        match of {
            Of::Arn => true,
            Of::Path => is_alone || in_arn,
            Of::Name if is_alone => true,
            Of::Name | Of::Ambiguous => {
                let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
                let is_whole = !before.ends_with(goes_on) && !after.starts_with(goes_on);
                is_whole && names_by(before, begun, in_arn, ends || after.starts_with('.'))
            }
        }
    }
}

/// Whether what stands there names a resource: in an ARN, but as a part of a key in a bucket; as the bucket
/// of `s3://`; as host or last part of another address; and as the end of a log group of AWS's.
fn names_by(before: &str, begun: &str, in_arn: bool, ends: bool) -> bool {
    if in_arn {
        return !begun.contains(":s3:::") || before.ends_with(":::");
    }
    match begun.split_once("://") {
        Some((_, "")) => true,
        Some((scheme, _)) => scheme != "s3" && before.ends_with('/') && ends,
        None => begun.starts_with("/aws/") && before.ends_with('/') && ends,
    }
}

/// Characters between which a name stands by itself.
fn parts(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '=' | ',' | ';' | '(' | ')' | '[' | ']' | '<' | '>' | '|')
}

/// A value as it is shown.
pub fn shown(value: &Guarded) -> Value {
    told(value.shown())
}

/// A value as it is shown: a template becomes the text that it stands for.
pub fn told(value: &Value) -> Value {
    map_texts(value.clone(), &|text| if super::reference::is_known(text) { plain(text) } else { text.to_owned() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scope(env: &str, region: &str, account: &str) -> Scope {
        Scope {
            partition: "aws".into(),
            account: Account::Known(account.into()),
            region: region.into(),
            stack: "jobs".into(),
            env: env.into(),
            instance: env.into(),
        }
    }

    fn desired(nodes: Vec<(&str, &str, Value)>) -> Desired {
        let mut desired = Desired::default();
        for (address, name, spec) in nodes {
            let id: ResourceId = address.parse().unwrap();
            let (home, needs, loose, sensitive, stored) = Default::default();
            let node =
                Node { id: id.clone(), name: name.into(), spec, home, needs, loose, artifact: None, sensitive, stored, assumed: None };
            desired.nodes.insert(id, node);
        }
        desired
    }

    fn compared(left: Vec<(&str, &str, Value)>, right: Vec<(&str, &str, Value)>) -> Vec<Difference> {
        let (one, other) = (scope("dev", "eu-west-1", "111111111111"), scope("prod", "us-east-1", "222222222222"));
        against(Side { scope: &one, desired: &desired(left) }, Side { scope: &other, desired: &desired(right) }, &|_| &[])
    }

    #[test]
    fn names_of_the_environment_are_no_difference() {
        let spec = |group: &str, arn: &str, memory: u32| json!({"log_group": group, "dead_letter": arn, "memory": memory, "list": [arn]});
        let dev = spec("/aws/lambda/work-dev", "arn:aws:sqs:eu-west-1:111111111111:work-dev-dlq", 128);
        let prod = spec("/aws/lambda/work-prod", "arn:aws:sqs:us-east-1:222222222222:work-prod-dlq", 512);
        let queue = || json!({"delay": 0});
        let found = compared(
            vec![("function/work", "work-dev", dev), ("queue/dlq", "work-dev-dlq", queue())],
            vec![("function/work", "work-prod", prod), ("queue/dlq", "work-prod-dlq", queue())],
        );
        let [work] = &found[..] else { panic!("{found:?}") };
        assert_eq!(work.fields.iter().map(|change| change.path.as_str()).collect::<Vec<_>>(), ["memory"]);
        assert_eq!(work.names, [Some("work-dev".into()), Some("work-prod".into())]);
    }

    /// The usual path of settings begins as the path of roles ends.
    #[test]
    fn a_text_that_only_looks_like_a_name_differs() {
        let spec = |env: &str| {
            json!({
                "host": format!("${{ssm:/jobs/{env}/host}}"), "path": format!("/jobs/{env}/x"), "folder": format!("s3://lake/jobs/{env}/in"),
                "setting": format!("/work-{env}/host"), "under": format!("s3://lake/work-{env}/in"), "key": format!("arn:aws:s3:::lake/work-{env}/*"),
                "longer": format!("my-work-{env}-2"), "stage": env,
                "hive": format!("arn:aws:s3:::lake/dt=raw/work-{env}/*"), "several": format!("arn:aws:sqs:r:1:q, s3://lake/work-{env}/in"),
                "role": format!("arn:aws:iam::1:role/etlctl/jobs/{env}/work-{env}"), "roles": format!("/etlctl/jobs/{env}/"),
                "name": format!("work-{env}"), "option": format!("--name=work-{env}, \"work-{env}\""), "group": format!("/aws/lambda/work-{env}"),
                "rule": format!("arn:aws:events:r:1:rule/{env}/work-{env}"), "bucket": format!("s3://work-{env}/in"),
                "object": format!("arn:aws:s3:::work-{env}/in/*"), "url": format!("https://sqs.r.amazonaws.com/1/work-{env}"),
                "host_of_it": format!("https://work-{env}.s3.amazonaws.com/a"),
            })
        };
        let found = compared(
            vec![("function/work", "work-dev", spec("dev")), ("bus/main", "dev", json!({}))],
            vec![("function/work", "work-prod", spec("prod")), ("bus/main", "prod", json!({}))],
        );
        let mut told: Vec<&str> = found[0].fields.iter().map(|change| change.path.as_str()).collect();
        told.sort_unstable();
        assert_eq!(told, ["folder", "hive", "host", "key", "longer", "path", "setting", "several", "stage", "under"]);
    }

    #[test]
    fn what_only_one_has_is_told_and_what_differs_beyond_names_too() {
        let found = compared(
            vec![("queue/a", "a-dev", json!({})), ("queue/b", "b-dev", json!({"env": {"STAGE": "dev"}}))],
            vec![("queue/b", "b-prod", json!({"env": {"STAGE": "prod"}})), ("queue/c", "c-prod", json!({}))],
        );
        let told: Vec<(String, usize)> = found.iter().map(|one| (one.id.to_string(), one.fields.len())).collect();
        assert_eq!(told, [("queue/a".into(), 0), ("queue/b".into(), 1), ("queue/c".into(), 0)]);
    }

    #[test]
    fn secrets_differ_and_are_not_shown() {
        let with = |password: &str| json!({"environment": {"DB_PASSWORD": password}});
        let found = compared(vec![("function/f", "f", with("hunter2"))], vec![("function/f", "f", with("hunter3"))]);
        assert!(found[0].fields[0].is_sensitive());
        assert_eq!(shown(&found[0].fields[0].before), json!("(sensitive)"));
    }
}
