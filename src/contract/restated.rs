//! From a spec to the fields of a file: the way back of what [`super::Expand`] does. The rows of a kind
//! ([`super::written`]) say nearly all of it; a kind itself says what no row can.

use serde_json::{Map, Value};

use super::kind::Kind;
use super::typing::{plain, typed};
use super::written::{Cx, Names, Part, Path, file_of, tree_of};
use crate::model::Scope;
use crate::model::plan::NotNormal;

/// A resource as a file writes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Restated {
    /// Its fields, in no order.
    pub fields: Map<String, Value>,
    /// What no file can say of it: an apply would take it away.
    pub untold: Vec<String>,
}

/// What a kind says itself of a spec on its way to a file. Texts are templates, as in the specs of the
/// files' side.
pub struct Writing<'a> {
    names: &'a Names,
    said: Vec<(Path, Value)>,
    untold: Vec<String>,
}

impl Writing<'_> {
    /// Writes a value under these words, whatever the rows say of the place.
    pub fn put(&mut self, words: &[&str], value: impl Into<Value>) {
        let path = words.iter().map(|word| Part::Key((*word).to_owned())).collect();
        self.said.push((Path(path), value.into()));
    }

    /// The key of what carries this name in a section: of a reference to it, or of a name that the file has.
    pub fn key_named(&self, section: &str, name: &str) -> Option<String> {
        self.names.named(section, name)
    }

    /// Tells what no file can say.
    pub fn untold(&mut self, what: impl Into<String>) {
        self.untold.push(what.into());
    }
}

/// What a file says of a resource with this physical name and spec, without what goes without saying.
/// References in it stand for resources of the file already, and `names` has their keys.
pub(super) fn restated<K: Kind>(scope: &Scope, names: &Names, name: &str, spec: &Value) -> Result<Restated, NotNormal> {
    let mut spec = typed::<K, K::Spec>(spec)?;
    let mut writing = Writing { names, said: Vec::new(), untold: Vec::new() };
    K::restated(&mut writing, &mut spec);
    let goes_unsaid = plain::<K>(&K::plain(scope, name, &spec))?;
    let cx = Cx { rows: K::WRITTEN, documents: K::DOCUMENTS, names, path: &[], home: None, plain: [None, Some(&goes_unsaid)] };
    let said = file_of(&cx, &plain::<K>(&spec)?).into_iter().chain(writing.said);
    let fields = if let Value::Object(fields) = tree_of(said) { fields } else { Map::new() };
    Ok(Restated { fields, untold: writing.untold })
}
