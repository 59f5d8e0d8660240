//! Which fields a resource has: as its file writes them, and as its spec does.

use schemars::SchemaGenerator;
use serde_json::{Map, Value};

use crate::contract::Driver;
use crate::contract::written::{Part, Path, Place, place_of};
use crate::model::path;

/// What a text may name of a kind.
pub struct Fields<'a> {
    driver: &'a dyn Driver,
    /// The schema of its files, and what that refers to.
    file: Value,
    definitions: Map<String, Value>,
    specs: Vec<&'a Value>,
}

/// A text that names no field.
#[derive(Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The part of it that is none.
    pub name: String,
    /// What there would be; nothing where it is no path.
    pub known: Vec<String>,
}

impl<'a> Fields<'a> {
    /// Fields of a kind, of which the stack has these specs.
    pub fn of(driver: &'a dyn Driver, specs: Vec<&'a Value>) -> Self {
        let mut generator = SchemaGenerator::default();
        let file = driver.file_schema(&mut generator).into();
        Self { driver, file, definitions: generator.definitions().clone(), specs }
    }

    /// Checks that a text names a field, as a line of a plan writes it or as its JSON does.
    ///
    /// # Errors
    /// It names none.
    pub fn find(&self, text: &str) -> Result<(), Unknown> {
        let in_file = match Path::read(text) {
            Some(path) => self.walk(&path),
            None => Err(Unknown { name: text.to_owned(), known: Vec::new() }),
        };
        if in_file.is_ok() || ["protect", "on_remove"].contains(&text) || self.is_of_spec(text) {
            return Ok(());
        }
        in_file
    }

    fn is_of_spec(&self, text: &str) -> bool {
        let keys = path::keys(text);
        let is_in = |spec: &&Value| keys.iter().try_fold(*spec, |at, key| at.get(key)).is_some();
        let is_written = match place_of(self.driver.written(), &keys) {
            Place::Elsewhere => true,
            // A field of the spec that the file writes so stands in a spec by its first key.
            Place::At(path) => {
                let stands = |first: &String| self.specs.iter().any(|spec| spec.get(first).is_some());
                keys.first().is_some_and(stands) && self.walk(&path).is_ok()
            }
        };
        path::written(keys.iter().map(String::as_str)) == text && (is_written || self.specs.iter().any(is_in))
    }

    /// Follows a path through the schema of the file.
    fn walk(&self, path: &Path) -> Result<(), Unknown> {
        let (mut at, mut so_far) = (self.alternatives(&self.file), String::new());
        for part in &path.0 {
            if at.iter().any(is_open) {
                return Ok(());
            }
            let below = |schema: &&'_ Value| -> Vec<Value> {
                let found = match part {
                    Part::Key(key) => {
                        schema["properties"].get(key).or(schema.get("additionalProperties").filter(|more| **more != Value::Bool(false)))
                    }
                    Part::Item(_) => schema.get("items"),
                };
                found.map(|found| self.alternatives(found)).unwrap_or_default()
            };
            let next: Vec<Value> = at.iter().flat_map(|schema| below(&schema)).collect();
            let next_so_far = shown(&so_far, part);
            if next.is_empty() {
                let keys = at.iter().filter_map(|schema| schema["properties"].as_object()).flat_map(Map::keys);
                let mut known: Vec<String> = keys.map(|key| shown(&so_far, &Part::Key(key.clone()))).collect();
                known.sort();
                known.dedup();
                return Err(Unknown { name: next_so_far, known });
            }
            (at, so_far) = (next, next_so_far);
        }
        Ok(())
    }

    /// The schemas that a value may follow, without what refers to others.
    fn alternatives(&self, schema: &Value) -> Vec<Value> {
        let named = schema["$ref"].as_str().and_then(|named| self.definitions.get(named.rsplit('/').next()?));
        let several = ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|word| schema[word].as_array()).flatten();
        let others: Vec<&Value> = named.into_iter().chain(several).collect();
        if others.is_empty() {
            return vec![schema.clone()];
        }
        let mut all: Vec<Value> = others.into_iter().flat_map(|other| self.alternatives(other)).collect();
        if schema["properties"].is_object() {
            all.push(schema.clone());
        }
        all
    }
}

/// Whether anything may stand below.
fn is_open(schema: &Value) -> bool {
    let says = |word: &str| schema.get(word).is_some();
    !["type", "properties", "items", "additionalProperties", "enum", "const"].into_iter().any(says)
}

fn shown(so_far: &str, part: &Part) -> String {
    let Part::Key(key) = part else { return format!("{so_far}{}", Path(vec![part.clone()])) };
    let mut text = so_far.to_owned();
    path::push(&mut text, key);
    text
}
