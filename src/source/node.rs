//! A YAML document as a tree in which everything knows its place.
//!
//! A number or truth value that YAML reads otherwise than it is written (`0x1F`, `007`, `True`) is
//! refused: nobody can tell whether its spelling or its value is meant.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_saphyr::Spanned;

use super::diagnostic::{Diagnostic, Place, Source};
use super::unreadable::unreadable;

/// A value and its place.
#[derive(Debug, Clone)]
pub struct Node {
    /// Where it stands.
    pub place: Place,
    /// What it is.
    pub yaml: Yaml,
}

/// What a node holds.
#[derive(Debug, Clone)]
pub enum Yaml<N = Node> {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<N>),
    /// A mapping, in the order of the file.
    Map(Vec<Entry<N>>),
}

/// A key with its value.
#[derive(Debug, Clone)]
pub struct Entry<N = Node> {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub place: Place,
    /// The value.
    pub value: N,
}

/// Most text of scalars, with that of aliases written out at each use. A file has at most 1 MB.
const MOST_TEXT: usize = 4 * 1024 * 1024;

impl Node {
    /// The place of what stands at a path, as far as the file has it: of a resource its key, of what is
    /// below it the value.
    pub fn place_along(&self, path: &[&str]) -> Option<Place> {
        let (mut at, mut place) = (self, None);
        for (depth, part) in path.iter().enumerate() {
            let next = match &at.yaml {
                Yaml::List(items) => part.parse::<usize>().ok().and_then(|index| items.get(index)).map(|item| (item, item.place)),
                _ => {
                    let entry = at.entries().iter().find(|entry| entry.key == *part);
                    entry.map(|entry| (&entry.value, if depth < 2 { entry.place } else { entry.value.place }))
                }
            };
            let Some((value, found)) = next else { break };
            (at, place) = (value, Some(found));
        }
        place
    }

    /// What stands at a path, if the file has all of it.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |at, part| match &at.yaml {
            Yaml::List(items) => part.parse::<usize>().ok().and_then(|index| items.get(index)),
            _ => at.get(part),
        })
    }

    /// All that stands below this under a key of this name, each with the keys on the way to it.
    pub fn each_under<'a>(&'a self, name: &str, way: &mut Vec<&'a str>, visit: &mut dyn FnMut(&[&'a str], &'a Self)) {
        for entry in self.entries() {
            way.push(&entry.key);
            if entry.key == name {
                visit(way, &entry.value);
            }
            entry.value.each_under(name, way, visit);
            way.pop();
        }
        self.items().iter().for_each(|item| item.each_under(name, way, visit));
    }

    /// Parses a file: one document, without duplicate keys.
    ///
    /// # Errors
    /// The place where it is no YAML.
    pub fn parse(source: &Arc<Source>) -> Result<Self, Diagnostic> {
        Parsed::of(source)?.node(source, refused)
    }

    /// The tree with scalars that [`Node::parse`] refuses as the texts that stand there: to tell of them.
    ///
    /// # Errors
    /// The place where it is no YAML.
    pub fn as_written(source: &Arc<Source>) -> Result<Self, Diagnostic> {
        Parsed::of(source)?.node(source, as_text)
    }

    /// A tree whose every node stands at one place.
    pub fn of_json(value: &Value, place: Place) -> Self {
        let yaml = match value {
            Value::Null => Yaml::Null,
            Value::Bool(value) => Yaml::Bool(*value),
            Value::Number(number) => Yaml::Number(number.clone()),
            Value::String(text) => Yaml::Text(text.clone()),
            Value::Array(items) => Yaml::List(items.iter().map(|item| Self::of_json(item, place)).collect()),
            Value::Object(map) => {
                let entry = |(key, value): (&String, &Value)| Entry { key: key.clone(), place, value: Self::of_json(value, place) };
                Yaml::Map(map.iter().map(entry).collect())
            }
        };
        Self { place, yaml }
    }

    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// The items of a list; none of anything else.
    pub fn items(&self) -> &[Node] {
        match &self.yaml {
            Yaml::List(items) => items,
            _ => &[],
        }
    }

    /// The entries of a mapping; of anything else none.
    pub fn entries(&self) -> &[Entry] {
        match &self.yaml {
            Yaml::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The text, if it is text.
    pub fn text(&self) -> Option<&str> {
        match &self.yaml {
            Yaml::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The same without places.
    pub fn to_json(&self) -> Value {
        match &self.yaml {
            Yaml::Null => Value::Null,
            Yaml::Bool(value) => Value::Bool(*value),
            Yaml::Number(value) => Value::Number(value.clone()),
            Yaml::Text(text) => Value::String(text.clone()),
            Yaml::List(items) => items.iter().map(Node::to_json).collect(),
            Yaml::Map(entries) => entries.iter().map(|entry| (entry.key.clone(), entry.value.to_json())).collect::<Map<_, _>>().into(),
        }
    }

    /// Where a text stands in the tree, the first time.
    pub fn place_of(&self, text: &str) -> Option<Place> {
        let mut found = None;
        self.each_text(&mut |said, place| found = found.or((said == text).then_some(place)));
        found
    }

    /// Every text in the tree with its place.
    pub fn each_text(&self, visit: &mut dyn FnMut(&str, Place)) {
        match &self.yaml {
            Yaml::Text(text) => visit(text, self.place),
            Yaml::List(items) => items.iter().for_each(|item| item.each_text(visit)),
            Yaml::Map(entries) => entries.iter().for_each(|entry| entry.value.each_text(visit)),
            _ => {}
        }
    }
}

/// A node as it was parsed, with its bytes in the file.
pub(super) struct Parsed {
    pub(super) place: Place,
    /// What defines it: of a block mapping the place of its first key, of one in braces that of the brace.
    pub(super) written: Range<usize>,
    /// Where it is used: where an alias stands, the alias.
    pub(super) used: Range<usize>,
    pub(super) yaml: Yaml<Parsed>,
}

impl Parsed {
    pub(super) fn of(source: &Arc<Source>) -> Result<Self, Diagnostic> {
        let options = serde_saphyr::options! {
            strict_booleans: true,
            with_snippet: false,
            non_finite_float_policy: serde_saphyr::options::NonFiniteFloatPolicy::AsString,
            // Depth (64) and number of nodes (250,000, aliases written out) are bounded by default.
            budget: serde_saphyr::budget! { max_total_scalar_bytes: MOST_TEXT },
        };
        serde_saphyr::from_str_with_options(&source.text, options).map_err(|error| unreadable(source, &error))
    }

    /// The node, with what `odd` makes of scalars that are not written as what they mean.
    fn node(self, source: &Arc<Source>, odd: Odd) -> Result<Node, Diagnostic> {
        let written = source.text.get(self.written).unwrap_or_default().trim();
        let yaml = match self.yaml {
            Yaml::Null => Yaml::Null,
            Yaml::Text(text) => Yaml::Text(text),
            Yaml::Bool(value) if written == value.to_string() => Yaml::Bool(value),
            Yaml::Bool(value) => odd(source, self.place, written, Value::Bool(value))?,
            Yaml::Number(number) if is_decimal(written, &number) => Yaml::Number(number),
            Yaml::Number(number) => odd(source, self.place, written, Value::Number(number))?,
            Yaml::List(items) => Yaml::List(items.into_iter().map(|item| item.node(source, odd)).collect::<Result<_, _>>()?),
            Yaml::Map(entries) => {
                let nodes = entries
                    .into_iter()
                    .map(|entry| Ok(Entry { key: entry.key, place: entry.place, value: entry.value.node(source, odd)? }));
                Yaml::Map(nodes.collect::<Result<_, _>>()?)
            }
        };
        Ok(Node { place: self.place, yaml })
    }
}

/// What becomes of a scalar by its place, its text, and what YAML takes it for.
type Odd = fn(&Arc<Source>, Place, &str, Value) -> Result<Yaml<Node>, Diagnostic>;

fn as_text(_: &Arc<Source>, _: Place, written: &str, _: Value) -> Result<Yaml<Node>, Diagnostic> {
    Ok(Yaml::Text(written.to_owned()))
}

fn refused(source: &Arc<Source>, place: Place, written: &str, means: Value) -> Result<Yaml<Node>, Diagnostic> {
    let (message, fix) = if means.is_boolean() {
        let message = format!("`{written}` is not written as a truth value is");
        (message, format!("write {means}, or \"{written}\" where text is meant"))
    } else {
        let message = format!("`{written}` is a number that is not written in plain decimal digits");
        let fix = if means.is_f64() {
            format!("write \"{written}\": as a number it would lose digits")
        } else {
            format!("write \"{written}\" where text is meant, {means} where the number is")
        };
        (message, fix)
    };
    Err(Diagnostic::new(source, place, message, fix))
}

/// Whether the number is written with decimal digits: whole ones as everybody writes them, others with
/// a point or an exponent.
fn is_decimal(written: &str, number: &Number) -> bool {
    if !number.is_f64() {
        return written == number.to_string();
    }
    let digits = written.trim_start_matches('-');
    let leads_with_zero = digits.len() > 1 && digits.starts_with('0') && digits.as_bytes()[1].is_ascii_digit();
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    plain && !leads_with_zero && !digits.starts_with('+') && digits.contains(['.', 'e', 'E'])
}

fn place<T>(spanned: &Spanned<T>) -> Place {
    let at = spanned.referenced;
    Place { line: at.line() as usize, column: at.column() as usize, length: (at.span().len() as usize).max(1) }
}

fn bytes(at: &serde_saphyr::Location) -> Range<usize> {
    let start = at.span().byte_offset().unwrap_or_default() as usize;
    start..start + at.span().byte_len().unwrap_or_default() as usize
}

impl<'de> Deserialize<'de> for Parsed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Yaml<Self>>::deserialize(deserializer)?;
        let (written, used) = (bytes(&spanned.defined), bytes(&spanned.referenced));
        Ok(Self { place: place(&spanned), written, used, yaml: spanned.value })
    }
}

impl<'de> Deserialize<'de> for Yaml<Parsed> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(YamlVisitor)
    }
}

struct YamlVisitor;

impl<'de> Visitor<'de> for YamlVisitor {
    type Value = Yaml<Parsed>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Yaml::Null)
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Yaml::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        Self::Value::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Yaml::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Yaml::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Yaml::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Self::Value, E> {
        Number::from_f64(value).map(Yaml::Number).ok_or_else(|| E::custom("a number must be finite"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Yaml::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Yaml::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Yaml::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            let value = map.next_value()?;
            entries.push(Entry { place: place(&key), key: key.value, value });
        }
        Ok(Yaml::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Node, Diagnostic> {
        Node::parse(&Arc::new(Source::new(std::path::Path::new("stack.yaml"), text.into())))
    }

    #[test]
    fn everything_knows_its_place() {
        let node = parse("a: 1\nb:\n  c: [x, 2]\n").map_err(|d| d.message);
        let found = node.ok().and_then(|node| node.get("b")?.get("c").cloned());
        let Some(Node { yaml: Yaml::List(items), .. }) = found else { panic!("c is a list") };
        assert_eq!((items[1].place.line, items[1].place.column), (3, 10));
    }

    #[test]
    fn a_key_that_is_the_word_for_nothing_wants_quotes() {
        for key in ["Null", "null", "~"] {
            let Err(diagnostic) = parse(&format!("a:\n  {key}: {{ b: 1 }}\n")) else { panic!("{key} passed") };
            assert!(diagnostic.fix.contains(&format!("`\"{key}\":`")), "{}", diagnostic.fix);
            assert_eq!(diagnostic.place, Some(Place { line: 2, column: 3, length: key.len() }));
        }
        assert!(parse("a: { \"Null\": 1 }\n").is_ok());
    }

    #[test]
    fn duplicate_keys_and_broken_syntax_are_told_with_their_line() {
        for text in ["a: 1\nb: 2\na: 3\n", "a: 1\nb: [\n", "a: 1\n\tb: 2\n"] {
            let Err(diagnostic) = parse(text) else { panic!("{text:?} passed") };
            assert!(diagnostic.place.is_some_and(|place| place.line >= 2), "{}: {:?}", diagnostic.message, diagnostic.place);
        }
    }
}
