//! References become edges; names must be unique and the graph must have an order. The values of
//! references are the planner's: an adopted role, for one, keeps an ARN that only AWS knows.

use std::collections::{BTreeMap, BTreeSet};

use super::Expander;
use crate::kinds;
use crate::model::graph;
use crate::model::reference::{self, Reference};
use crate::model::secret::Secrets;
use crate::model::{Desired, ResourceId};
use crate::source::diagnostic::{Diagnostic, Place, suggest};

/// From what needs to what is needed.
type Edge = (ResourceId, ResourceId);

/// Fields that name ARNs of what need not be there yet.
const LOOSE_FIELDS: [&str; 4] = ["permissions", "policies", "policy", "redrive_allow"];

impl Expander<'_> {
    pub(super) fn finish(mut self) -> Result<Desired, Vec<Diagnostic>> {
        self.check_references();
        self.check_names();
        if self.problems.is_empty() {
            let loose = self.link();
            self.check_cycles(&loose);
        }
        if !self.problems.is_empty() {
            self.problems.sort_by_key(|problem| problem.place);
            // What stands under `defaults` is wrong once, not once a function.
            self.problems.dedup_by(|a, b| a.place == b.place && a.place.line > 0 && a.fix == b.fix);
            return Err(self.problems);
        }
        let outputs = self.tree.get("outputs").map(|outputs| outputs.entries()).unwrap_or_default();
        let outputs = outputs.iter().map(|entry| (entry.key.clone(), entry.value.text().unwrap_or_default().to_owned())).collect();
        let (mut index, mut known) = (BTreeMap::new(), BTreeMap::new());
        for (id, node) in &self.nodes {
            let Some(driver) = kinds::driver(&id.kind) else { continue };
            index.insert((driver.section().to_owned(), id.name.clone()), id.clone());
            known.insert(id.clone(), driver.computed(self.scope, &node.name, &node.spec));
        }
        Ok(Desired { nodes: self.nodes, index, known, outputs, secrets: Secrets::default() })
    }

    /// Every reference in the file names a resource that is there and an attribute that it has.
    fn check_references(&mut self) {
        let mut found: Vec<(Reference, Place)> = Vec::new();
        for entry in
            self.tree.entries().iter().filter(|entry| !["variables", "environments", "instance", "naming"].contains(&entry.key.as_str()))
        {
            entry.value.each_text(&mut |text, place| found.extend(reference::references_in(text).map(|reference| (reference, place))));
        }
        for (reference, place) in found {
            let Some(driver) = kinds::driver_of_section(&reference.section) else { continue };
            let keys: Vec<String> = self.nodes.keys().filter(|id| id.kind == driver.name()).map(|id| id.name.clone()).collect();
            if !keys.contains(&reference.key) {
                let fix = suggest(&reference.key, keys.iter().map(String::as_str));
                self.problem(
                    place,
                    format!("unknown reference `{reference}`: there is no `{}` in `{}`", reference.key, reference.section),
                    fix,
                );
            } else if !driver.attributes().contains(&reference.attribute.as_str()) {
                let fix = suggest(&reference.attribute, driver.attributes().iter().copied());
                self.problem(place, format!("unknown reference `{reference}`: a {} has no `{}`", driver.name(), reference.attribute), fix);
            } else if let Some(node) = self.nodes.get(&ResourceId::new(driver.name(), &reference.key))
                && let Some(lacking) = driver.lacks(&node.spec, &reference.attribute)
            {
                self.problem(
                    place,
                    format!("`{reference}` has no value: {} {lacking}", node.id.clone()),
                    "add what is missing, or take the reference out",
                );
            }
        }
    }

    fn check_names(&mut self) {
        let mut seen: BTreeMap<(String, String), ResourceId> = BTreeMap::new();
        let ids: Vec<(ResourceId, String)> = self.nodes.values().map(|node| (node.id.clone(), node.name.clone())).collect();
        for (id, name) in ids {
            let section = kinds::driver(&id.kind).map_or("", |driver| driver.section());
            // IAM's names are unique whatever their case.
            let folded = if id.kind == "role" { name.to_lowercase() } else { name.clone() };
            if let Some(first) = seen.get(&(id.kind.clone(), folded.clone())) {
                let fix = format!("{first} has it already; give one of them another `name`");
                let mut place = self.place(section, &id.name, "name");
                if place.line == 0 {
                    // A role or log group that a function brings along.
                    place = self.place("functions", &id.name, "name");
                }
                self.problem(place, format!("{id}: the {} name `{name}` is there twice", id.kind), fix);
            } else {
                seen.insert((id.kind.clone(), folded), id);
            }
        }
    }

    /// Adds an edge a reference. Returns the loose ones: a policy that names an ARN asks for no order.
    fn link(&mut self) -> BTreeSet<Edge> {
        let sections: BTreeMap<(String, String), ResourceId> = self
            .nodes
            .keys()
            .filter_map(|id| Some(((kinds::driver(&id.kind)?.section().to_owned(), id.name.clone()), id.clone())))
            .collect();
        let mut to_itself = Vec::new();
        let (mut loose, mut firm) = (BTreeSet::new(), BTreeSet::new());
        for node in self.nodes.values_mut() {
            for (field, value) in node.spec.as_object().into_iter().flatten() {
                let mut references = Vec::new();
                reference::references(value, &mut references);
                for reference in references {
                    match sections.get(&(reference.section.clone(), reference.key.clone())) {
                        Some(id) if *id == node.id => to_itself.push((node.id.clone(), reference)),
                        Some(id) => {
                            // A principal has to be there; what a policy is about need not.
                            let is_loose =
                                LOOSE_FIELDS.contains(&field.as_str()) && reference.section != "roles" && reference.attribute == "arn";
                            let edges = if is_loose { &mut loose } else { &mut firm };
                            edges.insert((node.id.clone(), id.clone()));
                            node.needs.insert(id.clone());
                        }
                        None => {}
                    }
                }
            }
        }
        for (id, reference) in to_itself {
            let place = self.place(&reference.section, &id.name, "");
            self.problem(place, format!("{id} refers to itself: `{reference}`"), "take the reference out");
        }
        loose.difference(&firm).cloned().collect()
    }

    /// A queue whose policy names a topic that feeds it is no cycle: loose edges give way.
    fn check_cycles(&mut self, loose: &BTreeSet<Edge>) {
        loop {
            let needs = self.nodes.iter().map(|(id, node)| (id.clone(), node.needs.clone())).collect();
            let Err(cycle) = graph::order(&needs) else { return };
            let edges = cycle.iter().zip(cycle.iter().skip(1)).map(|(from, to)| (from.clone(), to.clone()));
            let gives_way = edges.into_iter().find(|edge| loose.contains(edge));
            if let Some((from, to)) = gives_way {
                if let Some(node) = self.nodes.get_mut(&from) {
                    node.needs.remove(&to);
                }
                continue;
            }
            let shown: Vec<String> = cycle.iter().map(ToString::to_string).collect();
            let section = kinds::driver(&cycle[0].kind).map_or("", |driver| driver.section());
            let place = self.place(section, &cycle[0].name, "");
            self.problem(place, format!("dependency cycle: {}", shown.join(" → ")), "take one of these references out");
            return;
        }
    }
}
