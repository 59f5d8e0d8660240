//! A statement of the resource policy, as AWS keeps it: what the fields of a file say, and the rest. Whoever
//! wrote it may have said more than a file can, and what is not understood is a difference.

use serde_json::{Map, Value};

use super::spec::Permission;

/// Operators under which a condition says that something is this text.
const IS: &[&str] = &["StringEquals", "StringLike"];
const IS_ARN: &[&str] = &["ArnLike", "ArnEquals", "StringLike"];

/// A statement of the policy of the function, or of its alias. The ARN that it is about is its policy's.
pub(super) fn read(statement: &Value, alias: Option<&str>) -> Permission {
    let mut rest = statement.as_object().cloned().unwrap_or_default();
    for own in ["Sid", "Resource"] {
        rest.remove(own);
    }
    take(&mut rest, "Effect", |effect| (effect == "Allow").then_some(()));
    let principal = take(&mut rest, "Principal", principal).unwrap_or_default();
    let action = take(&mut rest, "Action", text).unwrap_or_default();
    let mut conditions = Conditions(take(&mut rest, "Condition", |all| all.as_object().cloned()).unwrap_or_default());
    let read = Permission {
        principal,
        action,
        source_arn: conditions.take(IS_ARN, "aws:SourceArn"),
        source_account: conditions.take(IS, "aws:SourceAccount"),
        principal_org: conditions.take(IS, "aws:PrincipalOrgID"),
        url_auth: conditions.take(IS, "lambda:FunctionUrlAuthType").map(|auth| auth.as_str().into()),
        via_url: conditions.take_if(&["Bool"], "lambda:InvokedViaFunctionUrl", |value| value == "true").is_some(),
        alias: alias.map(str::to_owned),
        rest: None,
    };
    if let Some(conditions) = conditions.left() {
        rest.insert("Condition".to_owned(), conditions);
    }
    Permission { rest: (!rest.is_empty()).then_some(Value::Object(rest)), ..read }
}

/// Takes a member out where it is understood.
fn take<T>(members: &mut Map<String, Value>, name: &str, understood: impl Fn(&Value) -> Option<T>) -> Option<T> {
    let told = understood(members.get(name)?)?;
    members.remove(name);
    Some(told)
}

/// The text that a value is, or the one that it lists.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Array(items) if items.len() == 1 => text(&items[0]),
        _ => None,
    }
}

/// `*`, a service or an account's.
fn principal(principal: &Value) -> Option<String> {
    let Value::Object(named) = principal else { return text(principal) };
    if named.len() > 1 {
        return None;
    }
    ["Service", "AWS"].into_iter().find_map(|sort| text(named.get(sort)?))
}

/// What a statement asks for, by operator and key.
struct Conditions(Map<String, Value>);

impl Conditions {
    fn take(&mut self, operators: &[&str], key: &str) -> Option<String> {
        self.take_if(operators, key, |_| true)
    }

    /// Takes a condition of this key out, whose name is one whatever its case, where it is of one value that fits.
    fn take_if(&mut self, operators: &[&str], key: &str, fits: impl Fn(&str) -> bool) -> Option<String> {
        for operator in operators {
            let Some(keys) = self.0.get_mut(*operator).and_then(Value::as_object_mut) else { continue };
            let Some(name) = keys.keys().find(|name| name.eq_ignore_ascii_case(key)).cloned() else { continue };
            if let Some(told) = take(keys, &name, |value| text(value).filter(|text| fits(text))) {
                return Some(told);
            }
        }
        None
    }

    fn left(mut self) -> Option<Value> {
        self.0.retain(|_, keys| keys.as_object().is_none_or(|keys| !keys.is_empty()));
        (!self.0.is_empty()).then_some(Value::Object(self.0))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn statement() -> Value {
        json!({
            "Sid": "s3", "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "lambda:InvokeFunction",
            "Resource": "arn:f",
            "Condition": {"ArnLike": {"AWS:SourceArn": "arn:b"}, "StringEquals": {"aws:SourceAccount": "111111111111"}},
        })
    }

    #[test]
    fn what_add_permission_makes_leaves_no_rest() {
        let wanted = Permission {
            principal: "s3.amazonaws.com".into(),
            action: "lambda:InvokeFunction".into(),
            source_arn: Some("arn:b".into()),
            source_account: Some("111111111111".into()),
            alias: Some("live".into()),
            ..Permission::default()
        };
        assert_eq!(read(&statement(), Some("live")), wanted);
        let public = json!({
            "Sid": "url", "Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunctionUrl", "Resource": "arn:f",
            "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}, "Bool": {"lambda:InvokedViaFunctionUrl": "true"}},
        });
        let read = read(&public, None);
        assert!(read.via_url && read.url_auth.is_some() && read.rest.is_none(), "{read:?}");
    }

    #[test]
    fn whatever_else_a_statement_says_is_a_difference() {
        let plain = read(&statement(), None);
        let changes = [
            ("/Condition/StringEquals/lambda:EventSourceToken", json!("token")),
            ("/Condition/Bool", json!({"aws:SecureTransport": "true"})),
            ("/Condition/Bool", json!({"lambda:InvokedViaFunctionUrl": "false"})),
            ("/Condition/StringNotEquals", json!({"aws:SourceAccount": "222222222222"})),
            ("/Condition/StringLike", json!({"aws:SourceArn": "arn:other"})),
            ("/Condition/StringEquals/aws:SourceAccount", json!(["111111111111", "222222222222"])),
            ("/Effect", json!("Deny")),
            ("/Principal", json!({"Service": ["s3.amazonaws.com", "sns.amazonaws.com"]})),
            ("/Principal", json!({"Service": "s3.amazonaws.com", "AWS": "222222222222"})),
            ("/Principal", json!({"Federated": "s3.amazonaws.com"})),
            ("/Action", json!(["lambda:InvokeFunction", "lambda:GetFunction"])),
            ("/NotAction", json!("lambda:GetFunction")),
        ];
        for (path, value) in changes {
            let mut changed = statement();
            let (above, name) = path.rsplit_once('/').unwrap_or_default();
            if let Some(object) = changed.pointer_mut(above).and_then(Value::as_object_mut) {
                object.insert(name.to_owned(), value);
            }
            let read = read(&changed, None);
            assert!(read != plain && read.rest.is_some(), "{path}: {read:?}");
        }
    }
}
