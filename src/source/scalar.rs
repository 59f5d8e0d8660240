//! Scalars that come from variables are text, whatever they stand for: `--set memory=512` and
//! `from_env` give text. These types take the text of a number as that number.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A document of AWS's, such as a filter policy: one that was written as JSON text is what the text says.
pub fn document(value: &Value) -> Value {
    value.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| value.clone())
}

/// Whether X-Ray follows calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(transform = also(&["Active", "PassThrough"]))]
pub enum Tracing {
    /// Calls are sampled and traced.
    #[serde(alias = "Active")]
    Active,
    /// Only what the caller traces.
    #[default]
    #[serde(alias = "PassThrough")]
    Passthrough,
}

/// What becomes of a resource that leaves the files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnRemove {
    /// It is deleted.
    #[default]
    Delete,
    /// It loses its mark and stays.
    Retain,
}

/// Who may call a function URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(transform = also(&["AWS_IAM", "NONE"]))]
pub enum UrlAuth {
    /// Who IAM allows to.
    #[serde(alias = "AWS_IAM")]
    Iam,
    /// Everybody.
    #[serde(alias = "NONE")]
    None,
}

/// How a function URL answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(transform = also(&["BUFFERED", "RESPONSE_STREAM"]))]
pub enum InvokeMode {
    /// Once all is there.
    #[default]
    #[serde(alias = "BUFFERED")]
    Buffered,
    /// As it comes.
    #[serde(alias = "RESPONSE_STREAM")]
    Stream,
}

/// A whole number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Int(pub i32);

/// A number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number(pub f64);

/// `true` or `false`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flag(pub bool);

/// Text; a whole number or a truth value is taken as its text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text(pub String);

/// A number, or text where something else is meant. What is a number says how much, whatever its digits look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberOrText(pub String);

/// A number as text in its shortest form; other text as it is.
pub fn shortest(text: &str) -> String {
    let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    number.map_or_else(|| text.to_owned(), |number| number.to_string())
}

/// The texts of a mapping.
pub fn texts(map: &BTreeMap<String, Text>) -> BTreeMap<String, String> {
    map.iter().map(|(key, text)| (key.clone(), text.0.clone())).collect()
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Nothing(()),
    Bool(bool),
    Number(serde_json::Number),
    Text(String),
}

fn written<'de, D: Deserializer<'de>>(deserializer: D, expected: &str) -> Result<Written, D::Error> {
    Written::deserialize(deserializer).map_err(|error: D::Error| {
        // Who asks of a field that is not there is answered by serde.
        let is_missing = error.to_string().starts_with("missing field ");
        if is_missing { error } else { serde::de::Error::custom(format!("invalid type: a list or a mapping, expected {expected}")) }
    })
}

fn parse<T: FromStr, E: serde::de::Error>(written: Written, expected: &str) -> Result<T, E> {
    let text = match written {
        Written::Nothing(()) => return Err(E::custom(format!("invalid type: nothing, expected {expected}"))),
        Written::Bool(value) => value.to_string(),
        Written::Number(number) => number.to_string(),
        Written::Text(text) => text,
    };
    // Some readers take a number that leads with zero to base eight.
    let digits = text.trim().trim_start_matches(['+', '-']).as_bytes();
    let is_ambiguous = digits.len() > 1 && digits[0] == b'0' && digits[1].is_ascii_digit();
    let parsed = text.trim().parse().ok().filter(|_| !is_ambiguous);
    parsed.ok_or_else(|| E::custom(format!("invalid type: `{text}`, expected {expected}")))
}

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "a whole number";
        parse(written(deserializer, expected)?, expected).map(Self)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "a number";
        let number: f64 = parse(written(deserializer, expected)?, expected)?;
        if number.is_finite() { Ok(Self(number)) } else { Err(serde::de::Error::custom("a number must be finite")) }
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "true or false";
        parse(written(deserializer, expected)?, expected).map(Self)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match written(deserializer, "text")? {
            Written::Text(text) => Ok(Self(text)),
            Written::Nothing(()) => Err(serde::de::Error::custom(
                "invalid type: nothing, which is what `null` and `~` without quotes mean, expected text, in quotes if it is one of these",
            )),
            Written::Bool(value) => Ok(Self(value.to_string())),
            Written::Number(number) if number.is_f64() => Err(serde::de::Error::custom(format!(
                "invalid type: the number {number}, expected text: put it in quotes, so that its digits stay as they are"
            ))),
            Written::Number(number) => Ok(Self(number.to_string())),
        }
    }
}

impl<'de> Deserialize<'de> for NumberOrText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "a number, or text";
        match written(deserializer, expected)? {
            Written::Text(text) => Ok(Self(text)),
            Written::Number(number) => Ok(Self(number.to_string())),
            Written::Nothing(()) => Err(serde::de::Error::custom(format!("invalid type: nothing, expected {expected}"))),
            Written::Bool(value) => Err(serde::de::Error::custom(format!("invalid type: `{value}`, expected {expected}"))),
        }
    }
}

/// What a variable looks like in a schema.
pub const VARIABLE: &str = r"\$\{.+\}";

/// Lets a schema take AWS's own words beside ours. Editors offer what a schema lists, and a pattern is no list.
pub fn also(words: &'static [&'static str]) -> impl FnMut(&mut Schema) {
    move |schema| {
        if let Some(Value::Array(ours)) = schema.get_mut("oneOf") {
            ours.push(json_schema!({"type": "string", "pattern": format!("^({})$", words.join("|"))}).into());
        }
    }
}

/// `text`: what a value looks like that is written as a text, or comes as one.
macro_rules! scalar_schema {
    ($type:ident, $name:literal, $json:literal, $text:literal) => {
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"anyOf": [{"type": $json}, {"type": "string", "pattern": format!("^\\s*{}\\s*$|{VARIABLE}", $text)}]})
            }
        }
    };
}

scalar_schema!(Int, "Int", "integer", "[+-]?(0|[1-9][0-9]*)");
scalar_schema!(Number, "Number", "number", r"[+-]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?");
scalar_schema!(Flag, "Flag", "boolean", "(true|false)");

impl JsonSchema for NumberOrText {
    fn schema_name() -> Cow<'static, str> {
        "NumberOrText".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number"]})
    }
}

impl JsonSchema for Text {
    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "integer", "boolean"]})
    }
}
