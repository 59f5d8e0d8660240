//! How what a spec holds is written in the file: the key, the unit, the word. Each kind has a row for
//! every field of which the file says another than the spec (`kinds/*/written.rs`); what has no row is
//! written as it is. Plans speak these words, and a stack file of what is live is written with them.

use serde_json::Value;

use super::driver::Erased;
use super::kind::Kind;
use super::typing::{plain, texts, typed};
use crate::model::Scope;
use crate::model::plan::NotNormal;
use crate::source::duration::show_seconds;
use crate::source::node::Node as Tree;

mod called;
mod change;
mod names;
mod path;
mod translate;

pub use called::{Place, called, place_of};
pub use change::{Line, lines};
pub use names::Names;
pub use path::{Part, Path};
pub(super) use translate::file_of;
pub use translate::tree_of;

/// How one field of a spec is written.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Path in the spec; `*` stands for any key, `[]` for an item of a list.
    pub field: &'static str,
    /// What stands for the last key of it in the file: nothing, where what is below it stands one
    /// higher there, or several keys with dots between them. `*` in it is that key.
    pub word: &'static str,
    /// What becomes of its value.
    pub form: Form,
    /// How the file says that there is none.
    pub absent: Option<&'static str>,
    /// Another word for the same, of which a file has one.
    pub twin: Option<&'static str>,
}

impl Row {
    /// A row.
    pub const fn new(field: &'static str, word: &'static str, form: Form) -> Self {
        Self { field, word, form, absent: None, twin: None }
    }

    /// The same, where the file may say it with another word.
    pub const fn twin(self, word: &'static str) -> Self {
        Self { twin: Some(word), ..self }
    }

    /// The same, where the file has a word for none.
    pub const fn or(self, absent: &'static str) -> Self {
        Self { absent: Some(absent), ..self }
    }
}

/// What tells an entry of a list from the others: what its first words say.
pub type Head = Vec<(&'static str, Value)>;

/// What becomes of a value.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// Only the key is another; rows say what is below it.
    Below,
    /// All of it stays as it is.
    Whole,
    /// A duration of so many seconds each.
    Duration(u32),
    /// Words of AWS's, and the file's for them.
    Words(&'static [(&'static str, &'static str)]),
    /// What an ARN names is written as its key in this section.
    Key(&'static str),
    /// The same of an ARN with this behind it.
    KeyBefore(&'static str, &'static str),
    /// What a name names is.
    Named(&'static str),
    /// The same as [`Form::Key`], where the section decides on the word, too: sections with their words.
    Target(&'static [(&'static str, &'static str)]),
    /// The entry of a map is one of a list there.
    Item(fn(&Names, &str) -> Head),
    /// The same, where the entry's value stands under this word in it.
    ItemOf(fn(&Names, &str) -> Head, &'static str),
    /// The key of the map above says it all.
    Star,
    /// One value, other words.
    Split(fn(&Cx<'_>, &Value) -> Vec<(&'static str, Value)>),
    /// Another value.
    With(fn(&Cx<'_>, &Value) -> Value),
    /// The file has no word for it, since this decides it.
    Left(&'static str),
}

/// Seconds, as `30s` or `5m`.
pub const SECONDS: Form = Form::Duration(1);
/// Minutes, as `15m`.
pub const MINUTES: Form = Form::Duration(60);
/// Hours, as `24h` or `7d`.
pub const HOURS: Form = Form::Duration(3_600);
/// Days, as `14d`.
pub const DAYS: Form = Form::Duration(86_400);

/// What a translation knows beside the value.
#[derive(Clone, Copy)]
pub struct Cx<'a> {
    /// The rows of the kind.
    pub rows: &'static [Row],
    /// Paths of the spec whose values are documents.
    pub documents: &'static [&'static str],
    /// What ARNs and names stand for.
    pub names: &'a Names,
    /// Where in the file it is asked for: section and key, of what brings it along where that is another.
    pub path: &'a [String],
    /// What the file says of the resource, where there is a file.
    pub home: Option<&'a Tree>,
    /// What goes without saying (see [`Written::plain`]) of what is live and of what is wanted, where that
    /// is known.
    pub plain: [Option<&'a Value>; 2],
}

impl Cx<'_> {
    /// The text that the file has there.
    pub fn said(&self, word: &str) -> Option<&str> {
        self.home?.get(word)?.text()
    }

    fn row(&self, keys: &[String]) -> Option<&'static Row> {
        // The first that fits: a row for one key stands before that for any.
        self.rows.iter().find(|row| fits(row.field, keys))
    }

    /// The word of a row, as the file of the resource has it.
    fn word_of(&self, row: &Row) -> &'static str {
        let is_said = |word: &&str| self.home.is_some_and(|home| home.get(word).is_some());
        row.twin.filter(is_said).unwrap_or(row.word)
    }

    fn has_rows_below(&self, keys: &[String]) -> bool {
        self.rows.iter().any(|row| row.field.split('.').count() > keys.len() && begins(row.field, keys))
    }

    fn is_document(&self, keys: &[String]) -> bool {
        self.documents.iter().any(|pattern| fits(pattern, keys))
    }
}

fn fits(pattern: &str, keys: &[String]) -> bool {
    pattern.split('.').count() == keys.len() && begins(pattern, keys)
}

fn begins(pattern: &str, keys: &[String]) -> bool {
    let is =
        |(part, key): (&str, &String)| part == key || part.strip_suffix('*').is_some_and(|begin| key != "[]" && key.starts_with(begin));
    pattern.split('.').zip(keys).all(is)
}

/// So many of a unit as a duration; what is no number stays.
fn duration(value: &Value, unit: u32) -> Value {
    value.as_u64().map_or_else(|| value.clone(), |number| Value::from(show_seconds(number.saturating_mul(u64::from(unit)))))
}

/// What goes without saying of a part that may be missing: nothing, where a file that left out all of it
/// would not say that it is there.
pub fn unsaid<T: PartialEq>(want: Option<&T>, plain: T) -> Option<T> {
    want.filter(|want| **want != plain).map(|_| plain)
}

/// A kind as whoever speaks to people sees it.
pub trait Written {
    /// See [`Kind::WRITTEN`].
    fn written(&self) -> &'static [Row];

    /// What AWS makes of a resource of this kind, where its file says nothing of what may be left out.
    /// What has no default is not in it.
    ///
    /// # Errors
    /// The spec is none of this kind.
    fn plain(&self, scope: &Scope, name: &str, want: &Value) -> Result<Value, NotNormal>;
}

impl<K: Kind> Written for Erased<K> {
    fn written(&self) -> &'static [Row] {
        K::WRITTEN
    }

    fn plain(&self, scope: &Scope, name: &str, want: &Value) -> Result<Value, NotNormal> {
        let want = typed::<K, K::Spec>(&texts(want))?;
        plain::<K>(&K::plain(scope, name, &want))
    }
}
