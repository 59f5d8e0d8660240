//! From fields of a spec to words of a file.

use serde_json::{Map, Value};

use super::{Cx, Form, Part, Path, Row, begins, duration};
use crate::model::mark::{ON_REMOVE_TAG, PROTECT_TAG};
use crate::model::reference::plain;
use crate::source::node::Node as Tree;
use crate::source::policy::short;

/// A word of the file with its value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Leaf {
    pub path: Path,
    pub value: Value,
    /// How the file says that there is none.
    pub absent: Option<&'static str>,
    /// What decides it, where the file has no word for it.
    pub left: Option<&'static str>,
}

impl Cx<'_> {
    /// The path in the file of what stands at a path of the spec, and the row of that.
    pub(super) fn place(&self, keys: &[String]) -> (Path, Option<&'static Row>) {
        if let Some(word) = guard(keys) {
            return (Path(vec![Part::Key(word.to_owned())]), None);
        }
        let (mut path, mut row) = (Path::default(), None);
        for at in 1..=keys.len() {
            let key = &keys[at - 1];
            row = self.row(&keys[..at]);
            match row {
                // What the file has no word for has none below it.
                Some(Row { form: Form::Left(_), .. }) => return (Path::of(keys), row),
                None => path.0.push(Part::Key(key.clone())),
                Some(row @ Row { form, .. }) => {
                    path.go(self.word_of(row), key);
                    if let Form::Item(head) | Form::ItemOf(head, _) = form {
                        let head = head(self.names, key).into_iter().map(|(word, value)| (word.to_owned(), value)).collect();
                        if let Some(list) = self.list_of(&keys[..at - 1], &head)
                            && let Some(last) = path.0.last_mut()
                        {
                            *last = Part::Key(list.to_owned());
                        }
                        path.0.push(Part::Item(head));
                    }
                }
            }
        }
        (path, row)
    }

    /// Where the file has the key of a whole entry at a path of the spec, where that says all of it.
    pub(super) fn star(&self, keys: &[String]) -> Option<Path> {
        let is_star =
            |row: &&Row| matches!(row.form, Form::Star) && row.field.split('.').count() == keys.len() + 1 && begins(row.field, keys);
        let field = self.rows.iter().find(is_star)?.field.rsplit('.').next()?;
        let below: Vec<String> = keys.iter().cloned().chain([field.to_owned()]).collect();
        Some(self.place(&below).0)
    }

    /// The one of two lists in which the file has an entry. What has left it was where the file still has a
    /// list, or in the second, in which files have it today.
    fn list_of(&self, keys: &[String], head: &Map<String, Value>) -> Option<&'static str> {
        let row = self.row(keys)?;
        let (home, twin) = (self.home?, row.twin?);
        let has = |list: &&str| {
            let entries = home.get(list).into_iter().flat_map(Tree::items);
            entries.map(Tree::to_json).any(|entry| head.iter().all(|(word, value)| entry.get(word) == Some(value)))
        };
        let is_first = has(&row.word) || (!has(&twin) && home.get(row.word).is_some());
        Some(if is_first { row.word } else { twin })
    }

    /// All that is said at a path of the spec and below it.
    pub(super) fn leaves(&self, keys: &mut Vec<String>, value: &Value, found: &mut Vec<Leaf>) {
        let (path, row) = self.place(keys);
        let absent = row.and_then(|row| row.absent);
        let mut put = |path: Path, value: Value| found.push(Leaf { path, value, absent, left: None });
        let form = row.map_or(Form::Below, |row| row.form);
        match form {
            Form::Left(why) => {
                let path = Path::of(keys);
                found.push(Leaf { path, value: value.clone(), absent, left: Some(why) });
            }
            Form::Star => {
                let star = keys.get(keys.len().wrapping_sub(2)).cloned().unwrap_or_default();
                put(path, if value.is_null() { Value::Null } else { Value::from(star) });
            }
            Form::Split(words) => {
                let split = words(self, value);
                let up = self.place(&keys[..keys.len().saturating_sub(1)]).0;
                for (word, value) in split {
                    let mut path = up.clone();
                    path.go(word, keys.last().map_or("", String::as_str));
                    put(path, value);
                }
            }
            Form::Target(sections) => {
                let text = value.as_str().unwrap_or_default();
                let known = sections.iter().find_map(|(section, word)| Some((*word, self.names.key(section, text)?)));
                match known {
                    Some((word, key)) => {
                        let mut path = self.place(&keys[..keys.len().saturating_sub(1)]).0;
                        path.go(word, "");
                        put(path, Value::from(key));
                    }
                    None => put(path, self.names.mentions(value)),
                }
            }
            Form::ItemOf(_, word) => {
                let mut path = path;
                path.go(word, "");
                put(path, self.names.mentions(value));
            }
            Form::With(with) => put(path, with(self, value)),
            Form::Whole => put(path, self.names.mentions(value)),
            _ if self.is_document(keys) => put(path, short(&self.names.mentions(value))),
            Form::Below | Form::Item(_) => match value {
                Value::Object(map) => {
                    if matches!(form, Form::Item(_)) {
                        put(path, Value::Object(Map::new()));
                    }
                    for (key, value) in map.iter().filter(|(_, value)| !value.is_null()) {
                        keys.push(plain(key));
                        self.leaves(keys, value, found);
                        keys.pop();
                    }
                }
                Value::Array(items) => {
                    keys.push("[]".to_owned());
                    let items = items.iter().map(|item| self.item(keys, item)).collect();
                    keys.pop();
                    put(path, items);
                }
                scalar if guard(keys).is_some() && scalar == "true" => put(path, Value::Bool(true)),
                scalar => put(path, self.names.mentions(scalar)),
            },
            Form::Key(section) | Form::KeyBefore(section, _) | Form::Named(section) if self.brings(section, value) => {
                found.push(Leaf { path: Path::of(keys), value: value.clone(), absent, left: Some("it is brought along") });
            }
            Form::Key(_) | Form::KeyBefore(..) | Form::Named(_) | Form::Words(_) => {
                let each = |value: &Value| self.word(form, value);
                put(
                    path,
                    match value {
                        Value::Array(items) => items.iter().map(each).collect(),
                        one => each(one),
                    },
                );
            }
            Form::Duration(unit) => put(path, duration(value, unit)),
        }
    }

    /// Whether the resource brings along what a text names.
    fn brings(&self, section: &str, value: &Value) -> bool {
        // Only log groups are named with something behind their ARN.
        let text = value.as_str().map(|text| text.strip_suffix(":*").unwrap_or(text));
        text.is_some_and(|text| self.names.is_brought(section, text, self.path))
    }

    fn word(&self, form: Form, value: &Value) -> Value {
        let Some(text) = value.as_str() else { return value.clone() };
        let word = match form {
            Form::Key(section) => self.names.key(section, text),
            Form::KeyBefore(section, end) => self.names.key(section, text.strip_suffix(end).unwrap_or(text)),
            Form::Named(section) => self.names.named(section, text),
            Form::Words(words) => words.iter().find(|(aws, _)| *aws == text).map(|(_, word)| (*word).to_owned()),
            _ => None,
        };
        word.map_or_else(|| self.names.mentions(value), Value::from)
    }

    /// An item of a list.
    fn item(&self, keys: &mut Vec<String>, item: &Value) -> Value {
        if self.row(keys).is_none() && !self.has_rows_below(keys) {
            return self.names.mentions(item);
        }
        let steps = self.place(keys).0.0.len();
        let mut found = Vec::new();
        self.leaves(keys, item, &mut found);
        tree_of(found.into_iter().map(|Leaf { path, value, .. }| (path.behind(steps), value)))
    }
}

/// The word of the file for a guard, which is kept as a tag.
fn guard(keys: &[String]) -> Option<&'static str> {
    match keys.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["tags", PROTECT_TAG] => Some("protect"),
        ["tags", ON_REMOVE_TAG] => Some("on_remove"),
        _ => None,
    }
}

/// What words of a file say, put together.
pub fn tree_of(words: impl IntoIterator<Item = (Path, Value)>) -> Value {
    let mut tree = Value::Null;
    for (Path(path), value) in words {
        put(&mut tree, &path, value);
    }
    tree
}

fn put(tree: &mut Value, path: &[Part], value: Value) {
    let Some((part, rest)) = path.split_first() else {
        // An empty mapping says that there is an entry, and nothing of what is in it.
        if !(tree.is_object() && value.as_object().is_some_and(Map::is_empty)) {
            *tree = value;
        }
        return;
    };
    match part {
        Part::Key(key) => {
            if !tree.is_object() {
                *tree = Value::Object(Map::new());
            }
            if let Value::Object(map) = tree {
                put(map.entry(key.clone()).or_insert(Value::Null), rest, value);
            }
        }
        Part::Item(head) => {
            if !tree.is_array() {
                *tree = Value::Array(Vec::new());
            }
            let Value::Array(items) = tree else { return };
            let is_it = |item: &Value| head.iter().all(|(key, value)| item.get(key) == Some(value));
            let at = items.iter().position(is_it).unwrap_or_else(|| {
                items.push(Value::Object(head.clone()));
                items.len() - 1
            });
            if let Some(item) = items.get_mut(at) {
                put(item, rest, value);
            }
        }
    }
}

/// What a file says of a resource that is wanted with this spec, without what goes without saying.
pub(in crate::contract) fn file_of(cx: &Cx<'_>, spec: &Value) -> Vec<(Path, Value)> {
    let mut words = Vec::new();
    said(cx, &mut Vec::new(), spec, cx.plain[1], &mut words);
    let word = |Leaf { path, value, absent, left }: Leaf| {
        let value = if value.is_null() { absent.map(Value::from) } else { Some(value) };
        value.filter(|_| left.is_none()).map(|value| (path, value))
    };
    join(words).into_iter().filter_map(word).collect()
}

/// The fields of a spec that are not as by default.
pub(super) fn said(cx: &Cx<'_>, keys: &mut Vec<String>, spec: &Value, default: Option<&Value>, words: &mut Vec<Leaf>) {
    let is_default = default == Some(spec) || (spec.is_null() && default.is_none());
    if is_default && !spec.is_object() {
        return;
    }
    let descends = spec
        .as_object()
        .filter(|_| !cx.is_document(keys) && cx.row(keys).is_none_or(|row| matches!(row.form, Form::Below | Form::Item(_))));
    let Some(map) = descends else {
        if default != Some(spec) {
            cx.leaves(keys, spec, words);
        }
        return;
    };
    if matches!(cx.row(keys).map(|row| row.form), Some(Form::Item(_))) {
        cx.leaves(keys, &Value::Object(Map::new()), words);
    }
    for (key, value) in map {
        keys.push(plain(key));
        said(cx, keys, value, default.and_then(|default| default.get(key)), words);
        keys.pop();
    }
}

/// Words that stand for the same place as one: what is there goes before what is not.
pub(super) fn join(leaves: Vec<Leaf>) -> Vec<Leaf> {
    let mut joined: Vec<Leaf> = Vec::new();
    for leaf in leaves {
        match joined.iter_mut().find(|other| other.path == leaf.path) {
            Some(other) if other.value.is_null() => *other = leaf,
            Some(_) if leaf.value.is_null() => {}
            _ => joined.push(leaf),
        }
    }
    joined
}
