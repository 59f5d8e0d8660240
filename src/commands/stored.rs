//! Stored values of a plan: which it needs, where the files name them, and their way into what is
//! wanted.

use std::collections::{BTreeMap, BTreeSet};

use crate::contract::ReadCx;
use crate::error::Error;
use crate::kinds::function::environment::{Sizes, sizes};
use crate::model::plan::Options;
use crate::model::stored::Hidden;
use crate::model::targets::targeted;
use crate::model::{Node, ResourceId, Stored, stored};
use crate::source::Diagnostic;
use crate::source::Loaded;
use crate::source::diagnostic::Place;
use crate::stored::{Failure, read};

/// The values that a run has read, by region. They are read once: what was planned is what is written,
/// whatever happens in the store meanwhile. This is the one place that holds them.
#[derive(Debug, Default)]
pub struct Values(BTreeMap<(String, Stored), Hidden>);

/// A stored value in an environment.
struct Use {
    stored: Stored,
    function: ResourceId,
    place: Place,
}

/// Those that a plan with these options needs: of resources that it plans.
fn uses(loaded: &Loaded, options: &Options) -> Vec<Use> {
    let planned = targeted(&loaded.desired, &options.targets);
    let mut found = Vec::new();
    for node in loaded.desired.nodes.values().filter(|node| planned.contains(&node.id)) {
        for (variable, value) in node.spec["environment"].as_object().into_iter().flatten() {
            let written = value.as_str().unwrap_or_default();
            let place = place(loaded, node, &[variable]);
            found.extend(stored::named(written).map(|stored| Use { stored, function: node.id.clone(), place }));
        }
    }
    found
}

/// Where a variable of a resource's environment is written.
fn place(loaded: &Loaded, node: &Node, below: &[&str]) -> Place {
    let path: Vec<&str> = node.home.iter().map(String::as_str).chain(["environment"]).chain(below.iter().copied()).collect();
    loaded.tree.place_along(&path).unwrap_or(Place::START)
}

impl Values {
    /// Reads what a plan of this stack needs and no plan of this run has read.
    ///
    /// # Errors
    /// A call failed, or some of the values cannot be had: all of them are told.
    pub async fn read(&mut self, cx: &ReadCx, loaded: &Loaded, options: &Options) -> Result<(), Error> {
        let uses = uses(loaded, options);
        let region = &loaded.scope.region;
        let is_open = |stored: &Stored| !self.0.contains_key(&(region.clone(), stored.clone()));
        let wanted: BTreeSet<Stored> = uses.iter().map(|one| one.stored.clone()).filter(is_open).collect();
        let mut failures: BTreeMap<Stored, Failure> = BTreeMap::new();
        for (stored, answer) in read(cx, &wanted).await {
            match answer {
                Ok(value) => drop(self.0.insert((region.clone(), stored), value)),
                Err(Failure::Aws(error)) if Failure::Aws(error.clone()).is_of_the_run() => return Err(error.into()),
                Err(failure) => drop(failures.insert(stored, failure)),
            }
        }
        if failures.is_empty() {
            return Ok(());
        }
        let problems = findings(loaded, &uses, &failures);
        let cause = failures.values().find_map(|failure| failure.aws().cloned()).map(Box::new);
        Err(Error::Stored { problems, cause })
    }

    /// Gives the values to the nodes whose environments name them.
    ///
    /// # Errors
    /// An environment is larger with them than AWS takes.
    pub fn give(&self, loaded: &mut Loaded, options: &Options) -> Result<(), Error> {
        let region = loaded.scope.region.clone();
        let planned = targeted(&loaded.desired, &options.targets);
        let mut problems = Vec::new();
        let mut desired = std::mem::take(&mut loaded.desired);
        for node in desired.nodes.values_mut().filter(|node| planned.contains(&node.id)) {
            let environment = node.spec["environment"].as_object().into_iter().flatten();
            let texts: BTreeMap<String, String> =
                environment.filter_map(|(variable, value)| Some((variable.clone(), value.as_str()?.to_owned()))).collect();
            let named = texts.values().flat_map(|text| stored::named(text));
            node.stored = named.filter_map(|stored| Some((stored.clone(), self.0.get(&(region.clone(), stored))?.clone()))).collect();
            let sizes = sizes(&texts, |text| stored::json_bytes(text, &node.stored));
            if !node.stored.is_empty() && sizes.total > sizes.most {
                problems.push(too_large(loaded, node, &sizes));
            }
        }
        loaded.desired = desired;
        if problems.is_empty() { Ok(()) } else { Err(Error::Stored { problems, cause: None }) }
    }
}

/// One finding a place and kind of failure: what stands under `defaults` is told once, and two values
/// of one text are both told.
fn findings(loaded: &Loaded, uses: &[Use], failures: &BTreeMap<Stored, Failure>) -> Vec<Diagnostic> {
    let mut places: BTreeMap<(Place, &'static str), Vec<(&Use, &Failure)>> = BTreeMap::new();
    for one in uses {
        if let Some(failure) = failures.get(&one.stored) {
            places.entry((one.place, failure.code())).or_default().push((one, failure));
        }
    }
    let finding = |((place, code), all): ((Place, &'static str), Vec<(&Use, &Failure)>)| {
        let functions: BTreeSet<&ResourceId> = all.iter().map(|(one, _)| &one.function).collect();
        let values: BTreeMap<&Stored, &Failure> = all.iter().map(|(one, failure)| (&one.stored, *failure)).collect();
        let first = all[0].0.function.to_string();
        let of = if functions.len() == 1 { first.clone() } else { format!("{first} and {} more", functions.len() - 1) };
        let what: Vec<String> = values.iter().map(|(stored, failure)| format!("`${{{stored}}}` has no value, {failure}")).collect();
        let mut fixes: Vec<String> = values.iter().map(|(stored, failure)| failure.fix(stored, &loaded.scope)).collect();
        fixes.dedup();
        let mut finding = Diagnostic::new(&loaded.source, place, format!("{of}: {}", what.join("; ")), fixes.join("; "));
        finding.code = code;
        finding.address = first;
        finding
    };
    places.into_iter().map(finding).collect()
}

/// Names and lengths only: AWS's own answer prints the values.
fn too_large(loaded: &Loaded, node: &Node, sizes: &Sizes) -> Diagnostic {
    let (function, place) = (&node.id, place(loaded, node, &[]));
    let each: Vec<String> = sizes.by_variable.iter().map(|(bytes, variable)| format!("{variable} {bytes}")).collect();
    let message = format!(
        "{function}: filled in, the environment has {} bytes, and AWS takes at most {}: {}",
        sizes.total,
        sizes.most,
        each.join(", ")
    );
    let fix = "let the function read large values itself, and give it their names";
    let mut finding = Diagnostic::new(&loaded.source, place, message, fix);
    finding.code = "E162";
    finding.address = function.to_string();
    finding
}
