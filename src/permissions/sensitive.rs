//! ARNs of a policy that hold what is not shown.

use serde_json::{Map, Value};

use crate::model::secret::Mask;

/// Stands for what is not shown: IAM takes it for anything.
const ANYTHING: &str = "*";

/// Puts a wildcard where a resource or a condition of the policy would show a secret, and tells how many
/// texts have one now. The policy allows more then, and can be used.
pub fn open(policy: &mut Value, mask: &Mask) -> usize {
    let statements = policy.get_mut("Statement").and_then(Value::as_array_mut);
    statements.into_iter().flatten().filter_map(Value::as_object_mut).map(|statement| of_statement(statement, mask)).sum()
}

fn of_statement(statement: &mut Map<String, Value>, mask: &Mask) -> usize {
    let mut opened = statement.get_mut("Resource").map_or(0, |resources| texts(resources, mask));
    let Some(Value::Object(condition)) = statement.get_mut("Condition") else { return opened };
    for (operator, mut keys) in std::mem::take(condition) {
        let of_keys: usize = keys.as_object_mut().into_iter().flat_map(Map::values_mut).map(|values| texts(values, mask)).sum();
        // Only a comparison that is like takes wildcards.
        let operator = if of_keys > 0 { operator.replace("Equals", "Like") } else { operator };
        condition.insert(operator, keys);
        opened += of_keys;
    }
    opened
}

fn texts(values: &mut Value, mask: &Mask) -> usize {
    match values {
        Value::String(text) => {
            let open = mask.text_with(text, ANYTHING);
            let is_other = open != *text;
            *text = open;
            usize::from(is_other)
        }
        Value::Array(all) => all.iter_mut().map(|value| texts(value, mask)).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::secret::Secrets;

    #[test]
    fn a_wildcard_stands_for_what_is_not_shown() {
        let mut secrets = Secrets::default();
        secrets.add("quietname");
        let mut policy = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sqs:CreateQueue", "Resource": ["arn:aws:sqs:r:1:q-quietname", "arn:aws:sqs:r:1:open"]},
            {"Effect": "Allow", "Action": "lambda:X", "Resource": "*",
                "Condition": {"StringEquals": {"lambda:FunctionArn": "arn:aws:lambda:r:1:function:quietname"}}},
            {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:a",
                "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}},
        ]});
        assert_eq!(open(&mut policy, &secrets.mask()), 2);
        assert_eq!(policy["Statement"][0]["Resource"], json!(["arn:aws:sqs:r:1:q-*", "arn:aws:sqs:r:1:open"]));
        assert_eq!(policy["Statement"][1]["Condition"], json!({"StringLike": {"lambda:FunctionArn": "arn:aws:lambda:r:1:function:*"}}));
        assert_eq!(policy["Statement"][2]["Condition"], json!({"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}));
    }
}
