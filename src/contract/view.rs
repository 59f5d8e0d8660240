//! What a rule sees: the stack's specs with their types, and the places they were written at.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use jiff::civil::Date;
use serde_json::Value;

use super::{Driver, Kind};
use crate::model::plan::NotNormal;
use crate::model::{Artifact, ResourceId};
use crate::source::Loaded;
use crate::source::diagnostic::Place;

/// A spec without its type, for rules that are about every kind.
#[derive(Debug, Clone, Copy)]
pub struct Untyped<'a> {
    /// Key in its section.
    pub key: &'a str,
    /// Address, as findings tell it.
    pub address: &'a str,
    /// The spec, with what follows from names filled in.
    pub json: &'a Value,
}

/// A resource with its typed spec. References that follow from names are resolved; those that only
/// AWS can give still read `${…}`.
pub struct Resource<K: Kind> {
    /// Key in the stack file.
    pub key: String,
    /// `function/api-handler`.
    pub address: String,
    /// Physical name.
    pub name: String,
    /// Normal form.
    pub spec: K::Spec,
    /// The same without its types.
    pub json: Value,
    /// Its sources, where it has any.
    pub artifact: Option<Artifact>,
}

/// All resources of one kind, behind a type that only the kind knows.
pub type Resources = Box<dyn Any + Send + Sync>;

/// What is asked of the rules, beside the stacks.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// The day on which facts are judged.
    pub as_of: Date,
    /// Whether somebody asks about that day. What is foretold of it then holds; of today it may have
    /// moved since the facts were gathered.
    pub is_chosen: bool,
    /// Whether the stacks go to one account, as they do with the credentials of one run.
    pub one_account: bool,
}

/// One stack, as rules see it.
pub struct View<'a> {
    /// The stack.
    pub loaded: &'a Loaded,
    /// All stacks of the run.
    pub stacks: &'a [Loaded],
    /// The day on which facts are judged.
    pub as_of: Date,
    /// Whether somebody asks about that day.
    pub is_chosen: bool,
    /// Whether the stacks go to one account.
    pub one_account: bool,
    resources: BTreeMap<&'static str, Resources>,
    sources: &'a dyn Any,
    shared: RefCell<BTreeMap<TypeId, Rc<dyn Any>>>,
}

impl<'a> View<'a> {
    /// Types the specs of a stack. `sources` is what rules that open sources share.
    ///
    /// # Errors
    /// A spec is none of its kind.
    pub fn new(
        loaded: &'a Loaded,
        stacks: &'a [Loaded],
        asked: Asked,
        kinds: &[&dyn Driver],
        sources: &'a dyn Any,
    ) -> Result<Self, (ResourceId, NotNormal)> {
        let resources = kinds.iter().map(|kind| Ok((kind.name(), kind.resources(&loaded.desired)?))).collect::<Result<_, _>>()?;
        let Asked { as_of, is_chosen, one_account } = asked;
        Ok(Self { loaded, stacks, as_of, is_chosen, one_account, resources, sources, shared: RefCell::default() })
    }

    /// All resources of a kind, those that others bring along included.
    pub fn all<K: Kind>(&self) -> &[Resource<K>] {
        self.resources.get(K::NAME).and_then(|all| all.downcast_ref::<Vec<Resource<K>>>()).map_or(&[], Vec::as_slice)
    }

    /// What rules that open sources share, if it is a `T`.
    pub fn sources<T: 'static>(&self) -> Option<&'a T> {
        self.sources.downcast_ref()
    }

    /// What several rules ask of the stack, found once. It is known by its type.
    pub fn once<T: 'static>(&self, find: impl FnOnce() -> T) -> Rc<T> {
        let known = self.shared.borrow().get(&TypeId::of::<T>()).cloned();
        if let Some(known) = known.and_then(|known| known.downcast::<T>().ok()) {
            return known;
        }
        let found = Rc::new(find());
        self.shared.borrow_mut().insert(TypeId::of::<T>(), Rc::<T>::clone(&found));
        found
    }

    /// Path in the file of what asks for a resource: its own entry, or a part of what brings it along.
    pub fn home<'b>(&'b self, section: &'b str, key: &'b str) -> Vec<&'b str> {
        let id = self.loaded.desired.index.get(&(section.to_owned(), key.to_owned()));
        let node = id.and_then(|id| self.loaded.desired.nodes.get(id));
        node.map_or_else(|| vec![section, key], |node| node.home.iter().map(String::as_str).collect())
    }

    /// Whether a resource stands in its own section.
    pub fn is_declared(&self, section: &str, key: &str) -> bool {
        self.home(section, key).first() == Some(&section)
    }

    /// Where `path` of a resource is written: in the resource, or in the default it takes; the
    /// resource's own place where the field is written nowhere.
    pub fn place(&self, section: &str, key: &str, path: &[&str]) -> Place {
        self.loaded.tree.place_along(&[&self.home(section, key), path].concat()).unwrap_or(Place::START)
    }

    /// Where the key of `path` is written, rather than its value; else as [`View::place`].
    pub fn key_place(&self, section: &str, key: &str, path: &[&str], last: &str) -> Place {
        let holder = self.loaded.tree.at(&[&self.home(section, key), path].concat());
        let found = holder.and_then(|holder| holder.entries().iter().find(|entry| entry.key == last));
        found.map_or_else(|| self.place(section, key, path), |entry| entry.place)
    }

    /// Where a key at the top of the file is written.
    pub fn top_place(&self, key: &str) -> Place {
        self.loaded.tree.get(key).map_or(Place::START, |node| node.place)
    }

    /// Folder of the stack file: paths in it are relative to this.
    pub fn folder(&self) -> PathBuf {
        self.loaded.source.path.parent().map(Path::to_owned).unwrap_or_default()
    }
}
