//! Names that hold other resources' names: `${queues.dlq.name}-alarm`. They follow from files alone, so
//! they are filled in before anything is expanded for good.

use std::collections::BTreeMap;

use crate::contract::Expand;
use crate::kinds;
use crate::model::account;
use crate::model::reference::{Piece, Reference, compose, opens_variable, pieces, references_in};
use crate::source::node::{Entry, Node, Yaml};

/// Names by section and key.
pub(super) type Names = BTreeMap<(String, String), String>;

/// The names that an expansion gave, as far as they hold no references themselves.
pub(super) fn names(expanded: &Expand<'_>) -> Names {
    // AWS tells the account, and then it is filled in.
    let is_known = |name: &str| !opens_variable(&name.replace(account::LATE, ""));
    let known = expanded.nodes.values().filter(|node| is_known(&node.name));
    known.filter_map(|node| Some(((kinds::driver(&node.id.kind)?.section().to_owned(), node.id.name.clone()), node.name.clone()))).collect()
}

/// Fills names in, from those that `names_in` finds in the tree. One that is filled in may be another's,
/// so it is asked until nothing moves. What has no value then, the expansion refuses at its place: an
/// attribute that is no name, a resource that is not there, names in a circle.
pub(super) fn fill(tree: &mut Node, names_in: impl Fn(&Node) -> Names) {
    while open(tree).next().is_some() {
        let known = names_in(tree);
        let mut has_moved = false;
        for text in open(tree) {
            let filled = filled_in(text, &known);
            has_moved |= filled != *text;
            *text = filled;
        }
        if !has_moved {
            return;
        }
    }
}

fn filled_in(text: &str, known: &Names) -> String {
    let name_of = |expression: &str| {
        let reference = Reference::parse(expression).filter(|reference| reference.attribute == "name")?;
        known.get(&(reference.section, reference.key))
    };
    let all = pieces(text).into_iter().flat_map(|piece| match piece {
        Piece::Expression(expression) => name_of(expression).map_or_else(|| vec![piece], |name| pieces(name)),
        Piece::Text(_) | Piece::Stored(_) => vec![piece],
    });
    compose(all)
}

/// Each name of a resource that refers to something.
fn open(tree: &mut Node) -> impl Iterator<Item = &mut String> {
    let sections = entries(tree).iter_mut().filter(|section| kinds::driver_of_section(&section.key).is_some());
    let resources = sections.flat_map(|section| entries(&mut section.value).iter_mut());
    let names = resources.flat_map(|resource| entries(&mut resource.value).iter_mut()).filter(|field| field.key == "name");
    names.filter_map(|field| match &mut field.value.yaml {
        Yaml::Text(text) if references_in(text).next().is_some() => Some(text),
        _ => None,
    })
}

fn entries(node: &mut Node) -> &mut [Entry] {
    match &mut node.yaml {
        Yaml::Map(entries) => entries,
        _ => &mut [],
    }
}
