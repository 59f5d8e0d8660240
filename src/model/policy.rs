//! IAM documents in normal form, so that two documents that mean the same compare equal
//! (rules: docs/aws-facts.md §4, after the policy equivalence that Terraform uses).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::account;

/// The version that a document has when it names none etlctl writes.
pub const VERSION: &str = "2012-10-17";

/// The normal form: `Statement` is a list in a fixed order; actions, resources, principals and
/// condition values are sorted lists; an account's root ARN as principal is the account's id, in every
/// partition (AWS keeps the ARN of whichever was written).
/// What is no object is returned as it is.
pub fn normalize(document: Value) -> Value {
    let Value::Object(document) = document else { return document };
    let mut normal = Map::new();
    for (key, value) in sorted(document) {
        let value = match key.as_str() {
            "Statement" => {
                let mut statements: Vec<Value> = list(value).into_iter().map(statement).collect();
                statements.sort_by_cached_key(Value::to_string);
                Value::Array(statements)
            }
            _ => value,
        };
        normal.insert(key, value);
    }
    Value::Object(normal)
}

/// [`normalize`] for the text that an API returned; text that is no JSON is kept as a string, so
/// that it differs from every document.
pub fn parse(text: &str) -> Value {
    serde_json::from_str(text).map_or_else(|_| Value::String(text.to_owned()), normalize)
}

/// The text to send: lists of one are written as IAM's users write them, as the one string.
pub fn compact(document: &Value) -> String {
    let mut document = document.clone();
    for statement in document.get_mut("Statement").and_then(Value::as_array_mut).into_iter().flatten() {
        for field in ["Action", "NotAction", "Resource", "NotResource"] {
            unwrap_one(statement.get_mut(field));
        }
        for field in ["Principal", "NotPrincipal"] {
            let kinds = statement.get_mut(field).and_then(Value::as_object_mut);
            kinds.into_iter().flat_map(Map::values_mut).for_each(|value| unwrap_one(Some(value)));
        }
        let operators = statement.get_mut("Condition").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut);
        operators.filter_map(Value::as_object_mut).flat_map(Map::values_mut).for_each(|value| unwrap_one(Some(value)));
    }
    document.to_string()
}

fn unwrap_one(value: Option<&mut Value>) {
    if let Some(value) = value
        && let Some([one]) = value.as_array().map(Vec::as_slice)
    {
        *value = one.clone();
    }
}

/// The trust policy that lets these services assume the role.
pub fn trust(services: &[&str]) -> Value {
    normalize(json!({
        "Version": VERSION,
        "Statement": [{"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}],
    }))
}

fn statement(statement: Value) -> Value {
    let Value::Object(statement) = statement else { return statement };
    let mut normal = Map::new();
    for (key, value) in sorted(statement) {
        let value = match key.as_str() {
            "Action" | "NotAction" | "Resource" | "NotResource" => set(value),
            "Principal" | "NotPrincipal" => principal(value),
            "Condition" => condition(value),
            "Effect" => effect(value),
            "Sid" if value == "" => continue,
            _ => value,
        };
        normal.insert(key, value);
    }
    Value::Object(normal)
}

fn effect(value: Value) -> Value {
    match value.as_str() {
        Some(text) if text.eq_ignore_ascii_case("allow") => json!("Allow"),
        Some(text) if text.eq_ignore_ascii_case("deny") => json!("Deny"),
        _ => value,
    }
}

/// `"*"` is `{"AWS": "*"}`; accounts are written as their id.
fn principal(value: Value) -> Value {
    match value {
        Value::String(text) => principal(json!({ "AWS": text })),
        Value::Object(map) => sorted(map)
            .map(|(kind, value)| {
                let all = list(value).into_iter().map(|who| if kind == "AWS" { account(who) } else { who });
                (kind.clone(), set(Value::Array(all.collect())))
            })
            .collect::<Map<_, _>>()
            .into(),
        other => other,
    }
}

fn account(who: Value) -> Value {
    match who.as_str().and_then(root_of) {
        Some(id) => json!(id),
        None => who,
    }
}

/// The account whose root an ARN names: `arn:<partition>:iam::<account>:root`.
pub fn root_of(arn: &str) -> Option<&str> {
    let (partition, id) = arn.strip_prefix("arn:")?.strip_suffix(":root")?.split_once(":iam::")?;
    (!partition.contains(':') && account::is_id(id)).then_some(id)
}

/// Gives the live document the words of the desired one where both mean the same: actions and
/// condition keys are one whatever their case, and some services number statements without an id. So
/// does what differs show alone.
pub fn align(want: &Value, have: &mut Value) {
    if fold(want) == fold(have) {
        have.clone_from(want);
        return;
    }
    let (words, sids) = (words_of(want), sids_of(want));
    let said = |word: &str| match words.get(&word.to_ascii_lowercase()) {
        Some(all) if !all.contains(word) => all.first().cloned(),
        _ => None,
    };
    for statement in statements_of(have) {
        for field in ["Action", "NotAction"] {
            if let Some(actions) = statement.get_mut(field) {
                let all = list(actions.take()).into_iter();
                *actions = set(all.map(|action| action.as_str().and_then(said).map_or(action, Value::String)).collect());
            }
        }
        let operators = statement.get_mut("Condition").and_then(Value::as_object_mut);
        for keys in operators.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
            let others: Vec<(String, String)> = keys.keys().filter_map(|key| Some((key.clone(), said(key)?))).collect();
            for (key, word) in others.into_iter() {
                if !keys.contains_key(&word)
                    && let Some(value) = keys.remove(&key)
                {
                    keys.insert(word, value);
                }
            }
            keys.sort_keys();
        }
        if statement.get("Sid").and_then(Value::as_str).is_some_and(|sid| is_number(sid) && !sids.contains(sid)) {
            statement.remove("Sid");
        }
    }
    sort_statements(have);
}

fn fold(document: &Value) -> Value {
    let mut document = document.clone();
    for statement in statements_of(&mut document) {
        for field in ["Action", "NotAction"] {
            if let Some(actions) = statement.get_mut(field) {
                *actions = set(lower(actions.take()));
            }
        }
        if let Some(operators) = statement.get_mut("Condition").and_then(Value::as_object_mut) {
            for keys in operators.values_mut().filter_map(Value::as_object_mut) {
                *keys = std::mem::take(keys).into_iter().map(|(key, value)| (key.to_ascii_lowercase(), value)).collect();
                keys.sort_keys();
            }
        }
        if statement.get("Sid").and_then(Value::as_str).is_some_and(is_number) {
            statement.remove("Sid");
        }
    }
    sort_statements(&mut document);
    document
}

fn statements_of(document: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    document.get_mut("Statement").and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut)
}

fn sort_statements(document: &mut Value) {
    if let Some(statements) = document.get_mut("Statement").and_then(Value::as_array_mut) {
        statements.sort_by_cached_key(Value::to_string);
    }
}

fn is_number(sid: &str) -> bool {
    sid.bytes().all(|b| b.is_ascii_digit())
}

/// Actions and condition keys of a document as it writes them, by what they are.
fn words_of(document: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let mut words: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for statement in document["Statement"].as_array().into_iter().flatten() {
        let actions =
            ["Action", "NotAction"].into_iter().filter_map(|field| statement[field].as_array()).flatten().filter_map(Value::as_str);
        let operators = statement["Condition"].as_object().into_iter().flat_map(Map::values);
        let keys = operators.filter_map(Value::as_object).flat_map(Map::keys).map(String::as_str);
        for word in actions.chain(keys) {
            words.entry(word.to_ascii_lowercase()).or_default().insert(word.to_owned());
        }
    }
    words
}

fn sids_of(document: &Value) -> BTreeSet<&str> {
    document["Statement"].as_array().into_iter().flatten().filter_map(|statement| statement["Sid"].as_str()).collect()
}

fn lower(value: Value) -> Value {
    match value {
        Value::String(text) => json!(text.to_ascii_lowercase()),
        Value::Array(items) => items.into_iter().map(lower).collect(),
        other => other,
    }
}

fn condition(value: Value) -> Value {
    let Value::Object(operators) = value else { return value };
    sorted(operators)
        .map(|(operator, keys)| {
            let keys = match keys {
                Value::Object(keys) => sorted(keys).map(|(key, value)| (key, set(text(value)))).collect::<Map<_, _>>().into(),
                other => other,
            };
            (operator, keys)
        })
        .collect::<Map<_, _>>()
        .into()
}

/// IAM stores condition values as strings, whatever they were written as.
fn text(value: Value) -> Value {
    match value {
        Value::Bool(value) => json!(value.to_string()),
        Value::Number(value) => json!(value.to_string()),
        Value::Array(items) => items.into_iter().map(text).collect(),
        other => other,
    }
}

fn set(value: Value) -> Value {
    let mut items = list(value);
    items.sort_by_cached_key(Value::to_string);
    items.dedup();
    Value::Array(items)
}

fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        one => vec![one],
    }
}

fn sorted(map: Map<String, Value>) -> impl Iterator<Item = (String, Value)> {
    let mut entries: Vec<_> = map.into_iter().collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    entries.into_iter()
}

/// A policy with statements more.
pub fn with_statements(policy: Option<Value>, statements: Vec<Value>) -> Option<Value> {
    if statements.is_empty() {
        return policy;
    }
    let mut policy = policy.unwrap_or_else(|| json!({"Version": VERSION, "Statement": []}));
    let admitted = statements.into_iter();
    match policy.get_mut("Statement") {
        Some(Value::Array(all)) => all.extend(admitted),
        Some(one) => *one = std::iter::once(one.take()).chain(admitted).collect(),
        None => policy["Statement"] = admitted.collect(),
    }
    Some(normalize(policy))
}

/// Whether one of its statements has this id.
pub fn has_statement(policy: &Value, sid: &str) -> bool {
    let statements = &policy["Statement"];
    let all = statements.as_array().map_or(std::slice::from_ref(statements), Vec::as_slice);
    all.iter().any(|statement| statement["Sid"] == *sid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn same(a: Value, b: Value) {
        assert_eq!(normalize(a), normalize(b));
    }

    #[test]
    fn one_string_is_a_list_of_one_and_order_is_nothing() {
        same(
            json!({"Version": VERSION, "Statement": {"Effect": "allow", "Action": "sqs:SendMessage", "Resource": ["b", "a"]}}),
            json!({"Statement": [{"Resource": ["a", "b"], "Action": ["sqs:SendMessage"], "Effect": "Allow"}], "Version": VERSION}),
        );
    }

    #[test]
    fn what_is_sent_means_the_same() {
        let document = normalize(json!({"Version": VERSION, "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"a": "b"}}},
            {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*"},
        ]}));
        assert!(compact(&document).contains(r#""Service":"lambda.amazonaws.com""#));
        assert_eq!(parse(&compact(&document)), document);
    }

    #[test]
    fn an_account_is_its_root() {
        let with = |who: &str| json!({"Statement": [{"Effect": "Allow", "Principal": {"AWS": who}, "Action": "sts:AssumeRole"}]});
        same(with("123456789012"), with("arn:aws:iam::123456789012:root"));
        assert_ne!(normalize(with("123456789012")), normalize(with("arn:aws:iam::123456789012:role/x")));
        let bare = json!({"Statement": [{"Effect": "Allow", "Principal": "123456789012", "Action": "sts:AssumeRole"}]});
        same(bare, with("123456789012"));
        same(with("123456789012"), with("arn:aws-cn:iam::123456789012:root"));
    }

    #[test]
    fn the_case_of_actions_and_condition_keys_is_no_difference_and_the_desired_words_stay() {
        let with = |action: &str, key: &str, sid: &str| {
            let statement = json!({"Sid": sid, "Effect": "Allow", "Action": [action, "a:B"], "Condition": {"StringEquals": {key: "x"}}});
            normalize(json!({"Statement": [statement]}))
        };
        let want = with("sqs:SendMessage", "aws:SourceArn", "");
        let mut have = with("SQS:sendmessage", "AWS:SourceArn", "1");
        align(&want, &mut have);
        assert_eq!(have, want);
        // Beside what differs, the same words are none.
        let mut more = with("SQS:sendmessage", "AWS:SourceArn", "1");
        more["Statement"][0]["Resource"] = json!(["*"]);
        align(&want, &mut more);
        let mut wanted = want.clone();
        wanted["Statement"][0]["Resource"] = json!(["*"]);
        assert_eq!(more, normalize(wanted));
        let other = with("sqs:ReceiveMessage", "aws:SourceArn", "");
        let mut kept = other.clone();
        align(&want, &mut kept);
        assert_eq!(kept, other);
    }

    #[test]
    fn a_missing_condition_is_not_an_empty_one() {
        let plain = json!({"Statement": [{"Effect": "Allow", "Action": "a:b", "Resource": "*"}]});
        let empty = json!({"Statement": [{"Effect": "Allow", "Action": "a:b", "Resource": "*", "Condition": {}}]});
        assert_ne!(normalize(plain), normalize(empty));
    }

    #[test]
    fn another_version_is_another_document() {
        assert_ne!(normalize(json!({"Version": "2008-10-17", "Statement": []})), normalize(json!({"Version": VERSION, "Statement": []})));
    }
}
