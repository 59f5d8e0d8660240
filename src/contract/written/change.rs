//! Changes of a plan in the words of the file. A value is taken from what may be shown of it.

use serde_json::{Map, Value};

use super::translate::{Leaf, join, said};
use super::{Cx, Form, Part, Path, tree_of};
use crate::model::Change;

/// What a change says of one place in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The path of the change in the spec.
    pub field: String,
    /// The place in the file, below the resource.
    pub path: Path,
    /// What would stand there for what is live; null where there is nothing.
    pub before: Value,
    /// What stands there.
    pub after: Value,
    /// Whether both are documents, best shown line by line.
    pub is_document: bool,
    /// Whether they are entries of a list, which may have more.
    pub is_entry: bool,
    /// Whether the values are not shown.
    pub is_sensitive: bool,
    /// What decides it, where the file has no word for it.
    pub left: Option<&'static str>,
    /// The spec's values, where the file says the same of both.
    pub spec: Option<(Value, Value)>,
}

/// What changes say in the words of the file, in their order.
pub fn lines(cx: &Cx<'_>, changes: &[Change]) -> Vec<Line> {
    let mut all: Vec<Line> = Vec::new();
    for change in changes {
        for (line, absent) in of_change(cx, change) {
            let is_joined = |other: &Line| other.path == line.path && (joins(other, &line, absent) || extends(other, &line));
            match all.iter_mut().find(|other| is_joined(other)) {
                Some(other) if other.is_entry => {
                    extend(&mut other.before, line.before);
                    extend(&mut other.after, line.after);
                }
                Some(other) => {
                    let fill = |side: &mut Value, more: Value| {
                        if side.is_null() || absent.is_some_and(|absent| *side == absent && !more.is_null()) {
                            *side = more;
                        }
                    };
                    fill(&mut other.before, line.before);
                    fill(&mut other.after, line.after);
                    other.is_sensitive |= line.is_sensitive;
                }
                None => all.push(line),
            }
        }
    }
    let is_same = |line: &Line| line.before == line.after && !line.is_sensitive;
    for line in all.iter_mut().filter(|line| is_same(line)) {
        let change = changes.iter().find(|change| change.path == line.field);
        line.spec = change.map(|change| (change.before.shown().clone(), change.after.shown().clone()));
    }
    all
}

/// Whether two lines say one thing of a place: none of them says on a side what the other says otherwise.
fn joins(one: &Line, other: &Line, absent: Option<&str>) -> bool {
    let is_word = |line: &Line| line.left.is_none() && !line.is_entry && line.spec.is_none();
    let is_said = |value: &Value| !value.is_null() && absent.is_none_or(|absent| *value != absent);
    let agree = |one: &Value, other: &Value| !is_said(one) || !is_said(other) || one == other;
    let is_hidden = one.is_sensitive || other.is_sensitive;
    is_word(one) && is_word(other) && (is_hidden || (agree(&one.before, &other.before) && agree(&one.after, &other.after)))
}

/// Whether two lines tell entries of one list, of which both come or both go.
fn extends(one: &Line, other: &Line) -> bool {
    let signs = |line: &Line| (line.before.is_null(), line.after.is_null());
    let is_list = |value: &Value| value.is_null() || value.is_array();
    let is_entry = |line: &Line| line.is_entry && !line.is_sensitive && is_list(&line.before) && is_list(&line.after);
    is_entry(one) && is_entry(other) && signs(one) == signs(other) && signs(one) != (false, false)
}

fn extend(list: &mut Value, more: Value) {
    if let (Value::Array(items), Value::Array(more)) = (list, more) {
        items.extend(more);
    }
}

/// The lines of one change, with how the file says that there is none.
pub(super) fn of_change(cx: &Cx<'_>, change: &Change) -> Vec<(Line, Option<&'static str>)> {
    let keys = change.keys();
    let (before, after) = (change.before.shown(), change.after.shown());
    let line = |path: Path| Line {
        field: change.path.clone(),
        path,
        before: Value::Null,
        after: Value::Null,
        is_document: false,
        is_entry: false,
        is_sensitive: change.is_sensitive(),
        left: None,
        spec: None,
    };
    let (path, row) = cx.place(&keys);
    if change.is_sensitive() {
        let left = row.and_then(|row| if let Form::Left(why) = row.form { Some(why) } else { None });
        // What nobody may see says not which words it has, either.
        let path = if left.is_some() || path.0.is_empty() { Path::of(&keys) } else { path };
        return vec![(Line { before: before.clone(), after: after.clone(), left, ..line(path) }, None)];
    }
    if change.document && !before.is_null() && !after.is_null() {
        let (before, after) = (document(cx, &keys, before), document(cx, &keys, after));
        return vec![(Line { before, after, is_document: true, ..line(path) }, None)];
    }
    if let (Value::Object(gone), Value::Null, Some(path)) = (before, after, cx.star(&keys)) {
        // The file says nothing of it but its key, and may say another one now.
        let said = gone.iter().filter(|(_, value)| !is_nothing(value));
        let said = Value::Object(said.map(|(key, value)| (key.clone(), value.clone())).collect());
        let key = Value::from(keys.last().map_or("", String::as_str));
        return vec![(Line { before: key, spec: Some((said, Value::Null)), ..line(path) }, None)];
    }
    let is_tree = (before.is_object() || after.is_object()) && !change.document && !path.0.is_empty();
    if is_tree && !matches!(row.map(|row| row.form), Some(Form::Left(_) | Form::Split(_) | Form::With(_) | Form::Whole)) {
        let is_entry = matches!(path.0.last(), Some(Part::Item(_)));
        let (path, before, after) = whole(cx, &keys, path, (before, after));
        return vec![(Line { before, after, is_entry, ..line(path) }, None)];
    }
    let sides = |value: &Value, other: &Value| {
        let mut found = Vec::new();
        if !(value.is_null() && other.is_object()) {
            cx.leaves(&mut keys.clone(), value, &mut found);
        }
        join(found)
    };
    let mut lines: Vec<(Line, Option<&'static str>)> = Vec::new();
    let word = |value: Value, absent: Option<&str>| if value.is_null() { absent.map_or(Value::Null, Value::from) } else { value };
    let is_new = before.is_null() && row.is_none_or(|row| row.absent.is_none());
    for Leaf { path, value, absent, left } in sides(before, after).into_iter().filter(|_| !is_new) {
        lines.push((Line { before: word(value, absent), left, ..line(path) }, absent));
    }
    // Of what is new as a whole nothing is told that the file could not say, and that is nothing.
    let is_told = |leaf: &Leaf| !before.is_null() || !after.is_object() || leaf.left.is_none() || !is_nothing(&leaf.value);
    for Leaf { path, value, absent, left } in sides(after, before).into_iter().filter(is_told) {
        let value = word(value, absent);
        match lines.iter_mut().find(|(line, _)| line.path == path) {
            Some((line, _)) => line.after = value,
            None => lines.push((Line { after: value, left, ..line(path) }, absent)),
        }
    }
    if lines.is_empty() {
        let left = Some("the file has no word for it");
        lines.push((Line { before: before.clone(), after: after.clone(), left, ..line(Path::of(&keys)) }, None));
    }
    lines
}

/// A document in the form in which the file has it.
fn document(cx: &Cx<'_>, keys: &[String], value: &Value) -> Value {
    let mut found = Vec::new();
    cx.leaves(&mut keys.to_vec(), value, &mut found);
    match found.pop() {
        Some(Leaf { value, .. }) if found.is_empty() => value,
        _ => cx.names.mentions(value),
    }
}

/// Both sides of what is there or not with all that is in it. An entry of a list is shown as a list of it.
fn whole(cx: &Cx<'_>, keys: &[String], mut path: Path, (before, after): (&Value, &Value)) -> (Path, Value, Value) {
    if matches!(path.0.last(), Some(Part::Item(_))) {
        path.0.pop();
    }
    let steps = path.0.len();
    let tree = |value: &Value, plain: Option<&Value>| {
        if value.is_null() {
            return Value::Null;
        }
        let plain = keys.iter().try_fold(plain.unwrap_or(&Value::Null), |plain, key| plain.get(key));
        let mut found = Vec::new();
        said(cx, &mut keys.to_vec(), value, plain, &mut found);
        let said = join(found).into_iter().filter(|leaf| leaf.left.is_none() && !is_nothing(&leaf.value));
        tree_of(said.map(|Leaf { path, value, .. }| (path.behind(steps), value)))
    };
    let [live, wanted] = cx.plain;
    (path, tree(before, live), tree(after, wanted))
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

impl Line {
    /// What several lines say, as the file would have it.
    pub fn tree<'a>(lines: impl IntoIterator<Item = &'a Self>) -> Value {
        let tree = tree_of(lines.into_iter().filter(|line| !line.after.is_null()).map(|line| (line.path.clone(), line.after.clone())));
        if tree.is_null() { Value::Object(Map::new()) } else { tree }
    }
}
