//! Which words of a document are its form's own. Programs read it by them, so that they stand there whatever
//! else is called so; all that is told in it is masked.

use serde_json::{Map, Value};

use crate::model::secret::Mask;

/// Keys whose values are words of the form, or AWS's; where a dot stands, of what is below the key before it.
const WORDS: &[&str] = &[
    "$schema",
    "account",
    "action",
    "amount",
    "as_of",
    "at",
    "Action",
    "beyond_free_tier",
    "by_traffic",
    "code",
    "columnKind",
    "currency",
    "Effect",
    "env",
    "event",
    "fixed",
    "format_version",
    "kind",
    "kinds",
    "level",
    "NotAction",
    "only",
    "outcome",
    "path.part",
    "per",
    "price",
    "quantity",
    "region",
    "result",
    "ruleId",
    "signs.unit",
    "signs.what",
    "stack",
    "version",
    "Version",
    "waits.for",
];

/// Keys of addresses, `queue/jobs`: the kind is a word of the form.
const ADDRESSES: &[&str] = &["address", "addresses", "path.after"];

/// Below these keys stands what files and AWS say, whatever it is called there.
const TOLD: &[&str] = &["before", "after", "outputs"];

/// Where a walk is.
#[derive(Clone, Copy)]
struct At<'a> {
    /// The key that the value stands under, and the one above that.
    keys: [&'a str; 2],
    /// Whether all of it is told, and nothing of it the form's own.
    is_told: bool,
}

/// Masks what a document of one of our forms tells.
pub(super) fn mask(document: &mut Value, mask: &Mask) {
    within(document, At { keys: [""; 2], is_told: false }, mask);
}

/// Masks values by names that a user has given them.
pub(super) fn mask_values(values: &mut Value, mask: &Mask) {
    within(values, At { keys: [""; 2], is_told: true }, mask);
}

fn within(value: &mut Value, at: At<'_>, mask: &Mask) {
    match value {
        Value::String(text) if at.is_address() => {
            let kind = text.find('/').map_or(0, |slash| slash + 1);
            *text = format!("{}{}", &text[..kind], mask.value(&text[kind..]));
        }
        Value::String(text) if !at.is_word() => *text = mask.value(text),
        Value::Array(items) => items.iter_mut().for_each(|item| within(item, at, mask)),
        Value::Object(map) => {
            let entries = std::mem::take(map);
            *map = entries.into_iter().map(|(key, value)| entry(key, value, at, mask)).collect::<Map<_, _>>();
        }
        _ => {}
    }
}

fn entry(key: String, mut value: Value, at: At<'_>, mask: &Mask) -> (String, Value) {
    let keys = [&key, at.keys[0]];
    let is_told = at.is_told || (TOLD.contains(&key.as_str()) && !is_one_of(ADDRESSES, keys));
    within(&mut value, At { keys, is_told }, mask);
    // A name of a field is none, and neither is one of IAM's conditions.
    let is_name = key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$'));
    let is_condition = !at.is_told && at.keys.contains(&"Condition");
    let shown = if is_name || is_condition { key } else { mask.text(&key) };
    (shown, value)
}

impl At<'_> {
    fn is_word(self) -> bool {
        !self.is_told && is_one_of(WORDS, self.keys)
    }

    fn is_address(self) -> bool {
        !self.is_told && is_one_of(ADDRESSES, self.keys)
    }
}

fn is_one_of(words: &[&str], [key, above]: [&str; 2]) -> bool {
    words.iter().any(|word| word.split_once('.').map_or(*word == key, |(of, word)| (of, word) == (above, key)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::secret::Secrets;

    fn masked(mut document: Value, secrets: &[&str]) -> Value {
        let mut known = Secrets::default();
        secrets.iter().for_each(|text| known.add(text));
        mask(&mut document, &known.mask());
        document
    }

    #[test]
    fn what_is_the_forms_own_stands_whatever_is_a_secret() {
        let plan = json!({"format_version": "1", "stacks": [{
            "stack": "orders", "region": "us-east-1", "notes": ["see queue"],
            "changes": [{"address": "queue/queue", "kind": "queue", "name": "queue", "action": "create", "holds": "1",
                "fields": [{"path": "delay", "before": null, "after": {"kind": "queue", "https:queue": 1}}]}],
            "summary": {"create": 1}, "outputs": {"kind": "queue", "create": "x queue"},
        }]});
        let shown = masked(plan, &["1", "create", "queue", "orders", "us-east-1"]);
        assert_eq!(
            shown,
            json!({"format_version": "1", "stacks": [{
                "stack": "orders", "region": "us-east-1", "notes": ["see (sensitive)"],
                "changes": [{"address": "queue/(sensitive)", "kind": "queue", "name": "(sensitive)", "action": "create", "holds": "(sensitive)",
                    "fields": [{"path": "delay", "before": null, "after": {"kind": "(sensitive)", "https:(sensitive)": 1}}]}],
                "summary": {"create": 1}, "outputs": {"kind": "(sensitive)", "create": "x (sensitive)"},
            }]})
        );
    }

    #[test]
    fn a_policy_stays_one() {
        let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": "arn:sqs:hunter22",
            "Condition": {"StringEquals": {"aws:ResourceTag/etlctl:stack": "hunter22"}}}]});
        let shown = masked(policy.clone(), &["Allow", "2012-10-17", "SendMessage", "etlctl", "StringEquals"]);
        assert_eq!(shown, policy);
        assert!(!masked(policy, &["hunter22"]).to_string().contains("hunter22"));
    }
}
