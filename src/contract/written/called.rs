//! What a field is called in the words of the file, as lines of a plan write it.

use std::collections::BTreeSet;

use super::change::of_change;
use super::{Cx, Form, Names, Path, Row, begins};
use crate::model::Change;

/// The places in the file that a change is about, below its resource. One field of a spec may be several
/// there, and one place may be several fields.
pub fn called(cx: &Cx<'_>, change: &Change) -> BTreeSet<String> {
    let lines = of_change(cx, change).into_iter().map(|(line, _)| line);
    // A whole entry is shown as a list of it, and is known by what tells it from the others.
    let paths = lines.map(|line| if line.is_entry { cx.place(&change.keys()).0 } else { line.path });
    paths.filter(|path| !path.0.is_empty()).map(|path| path.to_string()).collect()
}

/// What a path of a spec is in the file.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    /// That stands there, or would if it were a field.
    At(Path),
    /// A field of the spec of which the file says another thing, or nothing.
    Elsewhere,
}

/// What stands at a path of a spec, by the rows of its kind alone.
pub fn place_of(rows: &'static [Row], keys: &[String]) -> Place {
    if rows.iter().any(|row| row.field.split('.').count() >= keys.len() && begins(row.field, keys)) {
        return Place::Elsewhere;
    }
    let names = Names::default();
    let cx = Cx { rows, documents: &[], names: &names, path: &[], home: None, plain: [None; 2] };
    match cx.place(keys) {
        (_, Some(Row { form: Form::Left(_), .. })) => Place::Elsewhere,
        (path, _) => Place::At(path),
    }
}
