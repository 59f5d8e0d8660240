//! References become edges; names must be unique and the graph must have an order; what follows from
//! names alone is computed, once for all who ask. The values of references are the planner's: an
//! adopted role, for one, keeps an ARN that only AWS knows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::contract::Expand;
use crate::kinds;
use crate::model::graph;
use crate::model::reference::{self, Reference};
use crate::model::{Attributes, Desired, ResourceId};
use crate::source::diagnostic::{Diagnostic, Place, Source, suggest};
use crate::source::loaded::Document;
use crate::source::node::Node as Tree;

/// From what needs to what is needed.
type Edge = (ResourceId, ResourceId);

/// Keys at the top whose texts name no resources.
const WITHOUT_REFERENCES: [&str; 4] = ["variables", "environments", "instance", "naming"];

/// Links what was expanded.
///
/// # Errors
/// Everything that is wrong, in file order.
pub(super) fn link(expanded: Expand<'_>, tree: &Tree) -> Result<Desired, Vec<Diagnostic>> {
    let mut link = Link { cx: expanded, tree };
    link.check_references();
    link.check_names();
    if link.cx.problems.is_empty() {
        let loose = link.edges();
        link.check_cycles(&loose);
    }
    let desired = link.desired();
    let mut problems = std::mem::take(&mut link.cx.problems);
    if problems.is_empty() {
        return Ok(desired);
    }
    problems.sort_by_key(|problem| problem.place);
    // What stands under `defaults` is wrong once, not once a function.
    problems.dedup_by(|a, b| a.source.path == b.source.path && a.place == b.place && a.fix == b.fix);
    Err(problems)
}

struct Link<'a> {
    cx: Expand<'a>,
    tree: &'a Tree,
}

/// Whether a document names it as who may act.
fn names_as_principal(value: &Value, reference: &Reference) -> bool {
    match value {
        Value::Object(map) => map.iter().any(|(key, value)| {
            let is_principal = ["Principal", "NotPrincipal", "principal"].contains(&key.as_str());
            let mut named = Vec::new();
            if is_principal {
                reference::references(value, &mut named);
            }
            named.contains(reference) || names_as_principal(value, reference)
        }),
        Value::Array(items) => items.iter().any(|item| names_as_principal(item, reference)),
        _ => false,
    }
}

impl Link<'_> {
    fn desired(&mut self) -> Desired {
        let outputs = self.tree.get("outputs").map(|outputs| outputs.entries()).unwrap_or_default();
        let outputs = outputs.iter().map(|entry| (entry.key.clone(), entry.value.text().unwrap_or_default().to_owned())).collect();
        let (mut index, mut known) = (BTreeMap::new(), BTreeMap::new());
        let nodes = std::mem::take(&mut self.cx.nodes);
        for (id, node) in &nodes {
            let Some(driver) = kinds::driver(&id.kind) else { continue };
            index.insert((driver.section().to_owned(), id.name.clone()), id.clone());
            match driver.computed(self.cx.scope, &node.name, &node.spec) {
                Ok(attributes) => drop(known.insert(id.clone(), attributes)),
                Err(error) => {
                    let place = self.cx.place(driver.section(), &id.name, "");
                    self.cx.problem(place, format!("{id}: {error}"), error.hint());
                }
            }
        }
        Desired { nodes, index, known, outputs, ..Desired::default() }
    }

    /// Every reference in the file names a resource that is there and an attribute that it has.
    fn check_references(&mut self) {
        let mut found: Vec<(Reference, Place)> = Vec::new();
        for entry in self.tree.entries().iter().filter(|entry| !WITHOUT_REFERENCES.contains(&entry.key.as_str())) {
            entry.value.each_text(&mut |text, place| found.extend(reference::references_in(text).map(|reference| (reference, place))));
        }
        let mut found: Vec<(Reference, Place, Option<Arc<Source>>)> =
            found.into_iter().map(|(reference, place)| (reference, place, None)).collect();
        for Document { source, tree } in self.cx.documents.values() {
            tree.each_text(&mut |text, place| {
                found.extend(reference::references_in(text).map(|reference| (reference, place, Some(Arc::clone(source)))));
            });
        }
        for (reference, place, elsewhere) in found {
            let told = self.cx.problems.len();
            let Some(driver) = kinds::driver_of_section(&reference.section) else { continue };
            let id = ResourceId::new(driver.name(), &reference.key);
            if !self.cx.nodes.contains_key(&id) {
                let keys = self.cx.nodes.keys().filter(|id| id.kind == driver.name()).map(|id| id.name.as_str());
                let fix = suggest(&reference.key, keys);
                self.cx.problem(
                    place,
                    format!("unknown reference `{reference}`: there is no `{}` in `{}`", reference.key, reference.section),
                    fix,
                );
            } else if !driver.attribute_names().contains(&reference.attribute.as_str()) {
                let fix = suggest(&reference.attribute, driver.attribute_names().iter().copied());
                self.cx.problem(
                    place,
                    format!("unknown reference `{reference}`: a {} has no `{}`", driver.name(), reference.attribute),
                    fix,
                );
            } else if let Some(node) = self.cx.nodes.get(&id)
                && let Ok(Some(lacking)) = driver.lacks(&node.spec, &reference.attribute)
            {
                self.cx.problem(
                    place,
                    format!("`{reference}` has no value: {} {lacking}", node.id.clone()),
                    "add what is missing, or take the reference out",
                );
            }
            // What a file beside the stack file says is wrong there.
            if let Some(source) = elsewhere {
                self.cx.problems.iter_mut().skip(told).for_each(|problem| problem.source = Arc::clone(&source));
            }
        }
    }

    fn check_names(&mut self) {
        let mut seen: BTreeMap<(String, String), ResourceId> = BTreeMap::new();
        let ids: Vec<(ResourceId, String)> = self.cx.nodes.values().map(|node| (node.id.clone(), node.name.clone())).collect();
        for (id, name) in ids {
            let Some(driver) = kinds::driver(&id.kind) else { continue };
            let folded = driver.names().folded(&name);
            if let Some(first) = seen.get(&(id.kind.clone(), folded.clone())) {
                let fix = format!("{first} has it already; give one of them another `name`");
                // Of a resource that another one brings along, the name follows from the other's.
                let home: Vec<&str> = self.cx.nodes.get(&id).into_iter().flat_map(|node| &node.home).take(2).map(String::as_str).collect();
                let place = self.tree.place_along(&[&home[..], &["name"]].concat()).unwrap_or(Place::START);
                self.cx.problem(place, format!("{id}: the {} name `{name}` is there twice", id.kind), fix);
            } else {
                seen.insert((id.kind.clone(), folded), id);
            }
        }
    }

    /// Adds an edge a reference. Returns the loose ones: a policy that names an ARN asks for no order, nor
    /// does an alarm that names a function. They order nothing where what they name follows from names.
    fn edges(&mut self) -> BTreeSet<Edge> {
        let sections: BTreeMap<(String, String), ResourceId> = self
            .cx
            .nodes
            .keys()
            .filter_map(|id| Some(((kinds::driver(&id.kind)?.section().to_owned(), id.name.clone()), id.clone())))
            .collect();
        let mut to_itself = Vec::new();
        let (mut loose, mut firm) = (BTreeSet::new(), BTreeSet::new());
        let is_principal = |id: &ResourceId| kinds::driver(&id.kind).is_some_and(|driver| driver.is_principal());
        // What follows from names is a text like any other, and needs no order.
        let mut computed: BTreeMap<&ResourceId, Attributes> = BTreeMap::new();
        let mut is_known = |id: &ResourceId, reference: &Reference| {
            let Some((id, node)) = self.cx.nodes.get_key_value(id) else { return false };
            let known = computed.entry(id).or_insert_with(|| {
                let known = kinds::driver(&id.kind).and_then(|driver| driver.computed(self.cx.scope, &node.name, &node.spec).ok());
                known.unwrap_or_default()
            });
            known.contains_key(&reference.attribute)
        };
        let (mut needs, mut ordered, mut unordered) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        for node in self.cx.nodes.values() {
            // What the kind itself asks for comes first whatever names it.
            ordered.extend(node.needs.iter().map(|need| (node.id.clone(), need.clone())));
            let may_be_loose = kinds::driver(&node.id.kind).map_or(&[][..], |driver| driver.loose());
            for (field, value) in node.spec.as_object().into_iter().flatten() {
                let mut references = Vec::new();
                reference::references(value, &mut references);
                for reference in references {
                    match sections.get(&(reference.section.clone(), reference.key.clone())) {
                        Some(id) if *id == node.id => {
                            let is_acting = is_principal(id) && names_as_principal(value, &reference);
                            let is_text = is_known(id, &reference) && !is_acting;
                            to_itself.extend((!is_text).then(|| (node.id.clone(), reference)));
                        }
                        Some(id) => {
                            // A principal has to be there; what a policy is about need not.
                            let is_needed = is_principal(id) && names_as_principal(value, &reference);
                            let may_be_missing = may_be_loose.contains(&field.as_str()) && !is_needed;
                            let is_known = may_be_missing && is_known(id, &reference);
                            let edge = (node.id.clone(), id.clone());
                            let is_loose = is_known || (may_be_missing && reference.attribute == "arn");
                            if is_loose { &mut loose } else { &mut firm }.insert(edge.clone());
                            if is_known { &mut unordered } else { &mut ordered }.insert(edge.clone());
                            needs.push(edge);
                        }
                        None => {}
                    }
                }
            }
        }
        for (from, to) in needs {
            if let Some(node) = self.cx.nodes.get_mut(&from) {
                node.needs.insert(to);
            }
        }
        for (from, to) in unordered.difference(&ordered) {
            if let Some(node) = self.cx.nodes.get_mut(from) {
                node.loose.insert(to.clone());
            }
        }
        for (id, reference) in to_itself {
            let place = self.cx.place(&reference.section, &id.name, "");
            let fix = "take the reference out: AWS knows it only once the resource is there";
            self.cx.problem(place, format!("{id} refers to itself: `{reference}`"), fix);
        }
        loose.difference(&firm).cloned().collect()
    }

    /// A queue whose policy names a topic that feeds it is no cycle: loose edges give way.
    fn check_cycles(&mut self, loose: &BTreeSet<Edge>) {
        loop {
            let needs = self.cx.nodes.iter().map(|(id, node)| (id.clone(), node.needs.clone())).collect();
            let Err(cycle) = graph::order(&needs) else { return };
            let edges = cycle.iter().zip(cycle.iter().skip(1)).map(|(from, to)| (from.clone(), to.clone()));
            let gives_way = edges.into_iter().find(|edge| loose.contains(edge));
            if let Some((from, to)) = gives_way {
                if let Some(node) = self.cx.nodes.get_mut(&from) {
                    node.needs.remove(&to);
                }
                continue;
            }
            let shown: Vec<String> = cycle.iter().map(ToString::to_string).collect();
            let section = kinds::driver(&cycle[0].kind).map_or("", |driver| driver.section());
            let place = self.cx.place(section, &cycle[0].name, "");
            self.cx.problem(place, format!("dependency cycle: {}", shown.join(" → ")), "take one of these references out");
            return;
        }
    }
}
