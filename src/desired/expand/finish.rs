//! References become edges and, where the attribute is known beforehand, values; names must be
//! unique and the graph must have an order.

use std::collections::{BTreeMap, BTreeSet};

use super::Expander;
use crate::desired::diagnostic::{Diagnostic, Place, suggest};
use crate::kinds;
use crate::model::graph;
use crate::model::reference::{self, Reference};
use crate::model::{Desired, ResourceId};

impl Expander<'_> {
    pub(super) fn finish(mut self) -> Result<Desired, Vec<Diagnostic>> {
        self.check_references();
        self.check_names();
        if self.problems.is_empty() {
            self.link();
            self.check_cycles();
        }
        if !self.problems.is_empty() {
            self.problems.sort_by_key(|problem| problem.place);
            return Err(self.problems);
        }
        let outputs = self.tree.get("outputs").map(|outputs| outputs.entries()).unwrap_or_default();
        let outputs = outputs.iter().map(|entry| (entry.key.clone(), entry.value.text().unwrap_or_default().to_owned())).collect();
        Ok(Desired { nodes: self.nodes, outputs })
    }

    /// Every reference in the file names a resource that is there and an attribute that it has.
    fn check_references(&mut self) {
        let mut found: Vec<(Reference, Place)> = Vec::new();
        for entry in self.tree.entries().iter().filter(|entry| !["variables", "environments", "naming"].contains(&entry.key.as_str())) {
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
                let place = self.place(section, &id.name, "name");
                self.problem(place, format!("{id}: the {} name `{name}` is there twice", id.kind), fix);
            } else {
                seen.insert((id.kind.clone(), folded), id);
            }
        }
    }

    fn link(&mut self) {
        let known: BTreeMap<(String, String), _> = self
            .nodes
            .values()
            .filter_map(|node| {
                let driver = kinds::driver(&node.id.kind)?;
                let attributes = driver.computed(self.scope, &node.name, &node.spec);
                Some(((driver.section().to_owned(), node.id.name.clone()), (node.id.clone(), attributes)))
            })
            .collect();
        let lookup = |reference: &Reference| {
            let (_, attributes) = known.get(&(reference.section.clone(), reference.key.clone()))?;
            attributes.get(&reference.attribute).cloned()
        };
        for node in self.nodes.values_mut() {
            let mut references = Vec::new();
            reference::references(&node.spec, &mut references);
            let needs: BTreeSet<ResourceId> = references
                .iter()
                .filter_map(|r| known.get(&(r.section.clone(), r.key.clone())).map(|(id, _)| id.clone()))
                .filter(|id| *id != node.id)
                .collect();
            node.needs.extend(needs);
            reference::resolve(&mut node.spec, &lookup);
        }
    }

    fn check_cycles(&mut self) {
        let needs = self.nodes.iter().map(|(id, node)| (id.clone(), node.needs.clone())).collect();
        if let Err(cycle) = graph::order(&needs) {
            let shown: Vec<String> = cycle.iter().map(ToString::to_string).collect();
            let section = kinds::driver(&cycle[0].kind).map_or("", |driver| driver.section());
            let place = self.place(section, &cycle[0].name, "");
            self.problem(place, format!("dependency cycle: {}", shown.join(" → ")), "take one of these references out");
        }
    }
}
