//! What S3 calls public (S3 User Guide, "The meaning of public").

use serde_json::Value;

/// Condition keys that make a statement about somebody where their value is fixed.
const FIXED: [&str; 14] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
];

/// Whether a statement lets in whoever asks.
pub(super) fn lets_everybody_in(statement: &Value) -> bool {
    let everybody = statement.get("NotPrincipal").is_some() || statement.get("Principal").is_some_and(is_everybody);
    statement["Effect"] == "Allow" && everybody && !is_narrowed(statement.get("Condition"))
}

fn is_everybody(principal: &Value) -> bool {
    match principal {
        Value::String(text) => text == "*",
        Value::Array(items) => items.iter().any(is_everybody),
        Value::Object(kinds) => kinds.iter().any(|(kind, who)| (kind == "AWS" || kind == "*") && is_everybody(who)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether a condition names somebody. Operators that say what must not be narrow nothing.
fn is_narrowed(condition: Option<&Value>) -> bool {
    let operators = condition.and_then(Value::as_object).into_iter().flatten();
    let positive = operators.filter(|(operator, _)| !operator.contains("Not") && !operator.ends_with("IfExists"));
    let keys = positive.flat_map(|(_, keys)| keys.as_object().into_iter().flatten());
    keys.into_iter().any(|(key, values)| FIXED.contains(&key.to_ascii_lowercase().as_str()) && is_fixed(values))
}

fn is_fixed(values: &Value) -> bool {
    match values {
        Value::Array(items) => items.iter().all(is_fixed),
        Value::String(text) => !["*", "0.0.0.0/0", "::/0"].contains(&text.as_str()) && !text.starts_with("arn:aws:s3:::*"),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn who_is_everybody() {
        let open = |principal: Value, condition: Value| {
            lets_everybody_in(&json!({"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Condition": condition}))
        };
        assert!(open(json!("*"), Value::Null));
        assert!(open(json!({"AWS": ["*"]}), Value::Null));
        assert!(!open(json!({"AWS": ["111111111111"]}), Value::Null));
        assert!(!open(json!({"Service": ["logging.s3.amazonaws.com"]}), Value::Null));
        assert!(!open(json!("*"), json!({"StringEquals": {"aws:PrincipalOrgID": ["o-1"]}})));
        assert!(!open(json!("*"), json!({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}})));
        assert!(open(json!("*"), json!({"IpAddress": {"aws:SourceIp": ["0.0.0.0/0"]}})));
        assert!(open(json!("*"), json!({"StringNotEquals": {"aws:PrincipalOrgID": ["o-1"]}})));
        assert!(open(json!("*"), json!({"Bool": {"aws:SecureTransport": ["true"]}})));
        assert!(!lets_everybody_in(&json!({"Effect": "Deny", "Principal": "*"})));
    }
}
