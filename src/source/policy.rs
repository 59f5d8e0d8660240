//! IAM documents in files: a list of statements in short form, or a document as IAM writes it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use crate::model::policy::{VERSION, normalize};

/// A policy document.
#[derive(Debug, Clone)]
pub struct PolicyFile(Value);

impl PolicyFile {
    /// The document in normal form.
    pub fn document(&self) -> Value {
        normalize(self.0.clone())
    }
}

impl From<Value> for PolicyFile {
    /// A document that somebody else put together.
    fn from(document: Value) -> Self {
        Self(document)
    }
}

/// A statement in short form.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatementFile {
    /// Id.
    sid: Option<String>,
    /// `Allow` (the default) or `Deny`.
    effect: Option<String>,
    /// Actions that it is about.
    actions: Option<Vec<String>>,
    /// All actions but these.
    not_actions: Option<Vec<String>>,
    /// Resources that it is about.
    resources: Option<Vec<String>>,
    /// All resources but these.
    not_resources: Option<Vec<String>>,
    /// Principals by kind (`Service`, `AWS`, `Federated`), in policies of resources and trust.
    principals: Option<BTreeMap<String, Vec<String>>>,
    /// Conditions: operator, key, value.
    conditions: Option<BTreeMap<String, BTreeMap<String, Value>>>,
}

impl StatementFile {
    fn document(self) -> Value {
        let mut statement = Map::new();
        let mut put = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                statement.insert(key.to_owned(), value);
            }
        };
        put("Sid", self.sid.map(Value::from));
        put("Effect", Some(self.effect.unwrap_or_else(|| "Allow".into()).into()));
        put("Principal", self.principals.map(|principals| json!(principals)));
        put("Action", self.actions.map(Value::from));
        put("NotAction", self.not_actions.map(Value::from));
        put("Resource", self.resources.map(Value::from));
        put("NotResource", self.not_resources.map(Value::from));
        put("Condition", self.conditions.map(|conditions| json!(conditions)));
        Value::Object(statement)
    }
}

/// The short form of a document in normal form, where it has one; else the document.
pub fn short(document: &Value) -> Value {
    let Some(map) = document.as_object() else { return document.clone() };
    let is_short =
        map.keys().all(|key| key == "Version" || key == "Statement") && map.get("Version").is_none_or(|version| version == VERSION);
    let statements = map.get("Statement").and_then(Value::as_array).filter(|_| is_short);
    let all: Option<Vec<Value>> = statements.and_then(|all| all.iter().map(short_statement).collect());
    all.map_or_else(|| document.clone(), Value::Array)
}

/// A statement in short form; none where that lacks a word for something.
fn short_statement(statement: &Value) -> Option<Value> {
    let list = |value: &Value| match value {
        Value::Array(items) => items.iter().all(Value::is_string).then(|| value.clone()),
        Value::String(_) => Some(json!([value])),
        _ => None,
    };
    let mut found = Vec::new();
    for (key, value) in statement.as_object()? {
        let (at, word, value) = match key.as_str() {
            "Sid" => (0, "sid", value.is_string().then(|| value.clone())?),
            "Effect" if value == "Allow" => continue,
            "Effect" => (1, "effect", value.is_string().then(|| value.clone())?),
            "Action" => (2, "actions", list(value)?),
            "NotAction" => (3, "not_actions", list(value)?),
            "Resource" => (4, "resources", list(value)?),
            "NotResource" => (5, "not_resources", list(value)?),
            "Principal" => {
                let kinds = value.as_object()?.iter().map(|(kind, who)| Some((kind.clone(), list(who)?)));
                (6, "principals", Value::Object(kinds.collect::<Option<_>>()?))
            }
            "Condition" => (7, "conditions", value.as_object()?.values().all(Value::is_object).then(|| value.clone())?),
            _ => return None,
        };
        found.push((at, word, value));
    }
    found.sort_by_key(|(at, ..)| *at);
    Some(Value::Object(found.into_iter().map(|(_, word, value)| (word.to_owned(), value)).collect()))
}

/// A document as IAM writes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct WholeDocument {
    version: Option<String>,
    id: Option<String>,
    statement: Value,
}

struct PolicyVisitor;

impl<'de> serde::de::Visitor<'de> for PolicyVisitor {
    type Value = PolicyFile;

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("a list of statements, or a mapping with Version and Statement")
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<PolicyFile, A::Error> {
        let mut statements = Vec::new();
        while let Some(statement) = seq.next_element::<StatementFile>()? {
            statements.push(statement.document());
        }
        Ok(PolicyFile(json!({"Version": VERSION, "Statement": statements})))
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<PolicyFile, A::Error> {
        let whole = WholeDocument::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
        let mut document = Map::new();
        document.insert("Version".into(), whole.version.unwrap_or_else(|| VERSION.into()).into());
        if let Some(id) = whole.id {
            document.insert("Id".into(), id.into());
        }
        document.insert("Statement".into(), whole.statement);
        Ok(PolicyFile(Value::Object(document)))
    }
}

impl<'de> Deserialize<'de> for PolicyFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PolicyVisitor)
    }
}

impl JsonSchema for PolicyFile {
    fn schema_name() -> Cow<'static, str> {
        "Policy".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let statement = generator.subschema_for::<StatementFile>();
        json_schema!({"anyOf": [
            {"type": "array", "items": statement},
            {"type": "object", "required": ["Statement"], "properties": {"Version": {"type": "string"}, "Id": {"type": "string"}, "Statement": true}, "additionalProperties": false},
        ]})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_form_is_read_as_the_same_document() {
        let read = |value: &Value| serde_json::from_value::<PolicyFile>(value.clone()).map(|file| file.document()).unwrap_or_default();
        let document = normalize(json!({"Version": VERSION, "Statement": [
            {"Sid": "A", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["b", "a"], "Condition": {"Bool": {"k": "false"}}},
            {"Effect": "Allow", "NotAction": ["iam:*"], "NotResource": "x"},
        ]}));
        let shown = short(&document);
        assert!(shown.is_array() && shown.to_string().contains("not_actions"), "{shown}");
        assert_eq!(read(&shown), document);
        for whole in [json!({"Version": "2008-10-17", "Statement": []}), json!({"Version": VERSION, "Statement": [{"NotPrincipal": {}}]})] {
            assert_eq!(short(&whole), whole);
        }
    }
}
