//! YAML with the short tags of CloudFormation: `!Ref x` is `{"Ref": "x"}`, `!Sub x` is `{"Fn::Sub": "x"}`. Its
//! scalars are texts to CloudFormation, as they are written: `007` is no number, and `yes` no truth value.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_saphyr::{Spanned, Tagged};

/// Reads a document.
///
/// # Errors
/// It is no YAML.
pub(super) fn read(text: &str) -> Result<Value, String> {
    let options = serde_saphyr::options! {
        with_snippet: false,
        non_finite_float_policy: serde_saphyr::options::NonFiniteFloatPolicy::AsString,
    };
    let node = serde_saphyr::from_str_with_options::<Node>(text, options).map_err(|error| error.to_string())?;
    Ok(node.value(text))
}

/// A node with its tag, and with its bytes in the file.
struct Node {
    shape: Shape,
    tag: Option<String>,
    written: Range<usize>,
}

enum Shape {
    Null,
    Text(String),
    /// What YAML takes for a number or a truth value.
    Scalar,
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    /// As JSON, where a tag is a function around its value.
    fn value(self, text: &str) -> Value {
        let Self { shape, tag, written } = self;
        let value = match shape {
            Shape::Null => Value::Null,
            Shape::Text(text) => text.into(),
            Shape::Scalar => text.get(written).unwrap_or_default().trim().into(),
            Shape::List(items) => items.into_iter().map(|item| item.value(text)).collect(),
            Shape::Map(entries) => Value::Object(entries.into_iter().map(|(key, item)| (key, item.value(text))).collect()),
        };
        let name = tag.as_deref().and_then(|tag| tag.strip_prefix('!')).filter(|name| !name.is_empty() && !name.starts_with('!'));
        let Some(name) = name else { return value };
        let function = if matches!(name, "Ref" | "Condition") { name.to_owned() } else { format!("Fn::{name}") };
        Value::Object([(function, value)].into_iter().collect())
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Tagged(Spanned { value: shape, defined, .. }, tag) = Tagged::<Spanned<Shape>>::deserialize(deserializer)?;
        let start = defined.span().byte_offset().unwrap_or_default() as usize;
        Ok(Self { shape, tag, written: start..start + defined.span().byte_len().unwrap_or_default() as usize })
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShapeVisitor)
    }
}

struct ShapeVisitor;

impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::Null)
    }

    fn visit_none<E>(self) -> Result<Shape, E> {
        Ok(Shape::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Shape, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Shape, E> {
        Ok(Shape::Scalar)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Shape, E> {
        Ok(Shape::Scalar)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Shape, E> {
        Ok(Shape::Scalar)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Shape, E> {
        Ok(Shape::Scalar)
    }

    fn visit_str<E>(self, text: &str) -> Result<Shape, E> {
        Ok(Shape::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Shape, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Shape::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Shape, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Shape::Map(entries))
    }
}
