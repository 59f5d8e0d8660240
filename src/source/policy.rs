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

impl PolicyFile {
    /// What a list of statements in short form stands for.
    fn of_statements(statements: Vec<StatementFile>) -> Self {
        let statements: Vec<Value> = statements.into_iter().map(StatementFile::document).collect();
        Self(json!({"Version": VERSION, "Statement": statements}))
    }
}

/// Members of a statement, with their words in the short form.
const SHORT: [(&str, &str); 8] = [
    ("Sid", "sid"),
    ("Effect", "effect"),
    ("Principal", "principals"),
    ("Action", "actions"),
    ("NotAction", "not_actions"),
    ("Resource", "resources"),
    ("NotResource", "not_resources"),
    ("Condition", "conditions"),
];

/// A document as a file writes it: its statements in short form, where that says all of it.
pub fn short(document: &Value) -> Value {
    let said = |statement: &Value| -> Option<Value> {
        let statement = statement.as_object()?;
        let mut words = Map::new();
        for (member, value) in statement {
            let (_, word) = SHORT.iter().find(|(of, _)| of == member)?;
            if !(*word == "effect" && value == "Allow") {
                words.insert((*word).to_owned(), value.clone());
            }
        }
        let order = ["sid", "effect", "actions", "not_actions", "resources", "not_resources", "principals", "conditions"];
        Some(Value::Object(order.into_iter().filter_map(|word| Some((word.to_owned(), words.remove(word)?))).collect()))
    };
    let statements = document["Statement"].as_array().and_then(|all| all.iter().map(said).collect::<Option<Vec<Value>>>());
    let whole = || Vec::<StatementFile>::deserialize(Value::Array(statements.clone()?)).ok().map(PolicyFile::of_statements);
    let says_all = whole().is_some_and(|read| read.document() == normalize(document.clone()));
    statements.filter(|_| says_all).map_or_else(|| document.clone(), Value::from)
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
        while let Some(statement) = seq.next_element()? {
            statements.push(statement);
        }
        Ok(PolicyFile::of_statements(statements))
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
