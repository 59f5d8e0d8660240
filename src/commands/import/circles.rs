//! References that would close a circle, which no file may have: an ARN stands there as it is. AWS knows no
//! such order, so what runs may name each other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::contract::Driver;
use crate::model::ResourceId;
use crate::model::graph::{self, Needs};
use crate::model::reference::{Reference, references};

/// Who names what in which of its fields.
pub type Named = (ResourceId, String, ResourceId);

/// A resource whose references stand for others already.
pub struct Linked<'a> {
    /// Its address.
    pub id: ResourceId,
    /// Its kind.
    pub driver: &'a dyn Driver,
    /// Its spec.
    pub spec: &'a Value,
    /// What it cannot be without, whatever its texts say.
    pub bound: BTreeSet<ResourceId>,
}

/// How much a file loses where a field names an ARN in place of a resource: texts that are the user's own least,
/// then documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Loss {
    Text,
    Document,
    Field,
    /// It cannot be named otherwise.
    Bound,
}

/// The field of what a function gives its code to read.
const ENVIRONMENT: &str = "environment";

/// The references that are to stay ARNs, so that what is left has an order.
pub fn closing(all: &[Linked<'_>]) -> BTreeSet<Named> {
    let mut edges = edges(all);
    let mut plain = BTreeSet::new();
    loop {
        let mut needs: Needs<ResourceId> = all.iter().map(|one| (one.id.clone(), BTreeSet::new())).collect();
        for (from, to) in edges.keys() {
            needs.entry(from.clone()).or_default().insert(to.clone());
        }
        let Err(circle) = graph::order(&needs) else { return plain };
        let pairs = circle.iter().zip(circle.iter().skip(1)).map(|(from, to)| (from.clone(), to.clone()));
        let cheapest = pairs.filter_map(|pair| Some((edges.get(&pair)?.values().max().copied()?, pair))).min();
        // What is bound on all of its way no text can open.
        let Some((_, pair)) = cheapest.filter(|(loss, _)| *loss < Loss::Bound) else { return plain };
        let fields = edges.remove(&pair).unwrap_or_default();
        plain.extend(fields.into_keys().map(|field| (pair.0.clone(), field, pair.1.clone())));
    }
}

/// Who needs whom, with the fields that say so.
fn edges(all: &[Linked<'_>]) -> BTreeMap<(ResourceId, ResourceId), BTreeMap<String, Loss>> {
    let drivers: BTreeMap<&ResourceId, &dyn Driver> = all.iter().map(|one| (&one.id, one.driver)).collect();
    let mut edges: BTreeMap<_, BTreeMap<String, Loss>> = BTreeMap::new();
    for Linked { id, driver, spec, bound } in all {
        for to in bound {
            edges.entry((id.clone(), to.clone())).or_default().insert(String::new(), Loss::Bound);
        }
        for (field, value) in spec.as_object().into_iter().flatten() {
            let is_document = driver.documents().iter().any(|path| path.split('.').next() == Some(field));
            let loss = match field.as_str() {
                ENVIRONMENT => Loss::Text,
                _ if is_document => Loss::Document,
                _ => Loss::Field,
            };
            let mut named = Vec::new();
            references(value, &mut named);
            for reference in named {
                let Some(to) = address(&reference).filter(|to| to != id) else { continue };
                let Some(other) = drivers.get(&to) else { continue };
                // Such a reference gives way by itself, unless somebody is to be allowed something by it.
                let is_loose = driver.loose().contains(&field.as_str()) && reference.attribute == "arn" && !other.is_principal();
                if !is_loose {
                    edges.entry((id.clone(), to)).or_default().insert(field.clone(), loss);
                }
            }
        }
    }
    edges
}

/// What a reference of the file names.
fn address(reference: &Reference) -> Option<ResourceId> {
    Some(ResourceId::new(crate::kinds::driver_of_section(&reference.section)?.name(), &reference.key))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::driver;

    fn plain(all: &[(&str, Value, &[&str])]) -> Vec<String> {
        let id = |address: &str| address.split_once('/').map(|(kind, key)| ResourceId::new(kind, key)).unwrap();
        let linked = all.iter().map(|(address, spec, bound)| Linked {
            id: id(address),
            driver: driver(&id(address).kind).unwrap(),
            spec,
            bound: bound.iter().map(|address| id(address)).collect(),
        });
        closing(&linked.collect::<Vec<_>>()).into_iter().map(|(from, field, to)| format!("{from} {field} {to}")).collect()
    }

    #[test]
    fn a_text_of_the_users_own_stays_as_it_is() {
        let topic = json!({"subscriptions": {"lambda:${functions.w.arn}": {}}});
        let function = json!({"environment": {"TOPIC": "${topics.feed.arn}"}, "permissions": {"s": {"source_arn": "${topics.feed.arn}"}}});
        assert_eq!(plain(&[("topic/feed", topic.clone(), &[]), ("function/w", function, &[])]), ["function/w environment topic/feed"]);
        let other = json!({"environment": {"TOPIC": "${topics.other.arn}"}});
        assert!(plain(&[("topic/feed", topic, &[]), ("function/w", other, &[]), ("topic/other", json!({}), &[])]).is_empty());
    }

    #[test]
    fn a_document_gives_way_to_a_field() {
        let function = json!({"role": "${roles.w.arn}"});
        let role = json!({"trust_policy": {"Condition": {"ArnLike": {"aws:SourceArn": "${functions.w.arn}"}}},
                          "policies": {"p": {"Resource": "${functions.w.arn}"}}});
        assert_eq!(plain(&[("function/w", function, &[]), ("role/w", role, &[])]), ["role/w trust_policy function/w"]);
    }

    #[test]
    fn what_is_bound_is_no_text() {
        let group = json!({"subscriptions": {"s": {"destination": "${functions.w.arn}"}}});
        let all = [("function/w", json!({}), &["log_group/w"][..]), ("log_group/w", group, &[][..])];
        assert_eq!(plain(&all), ["log_group/w subscriptions function/w"]);
        assert!(plain(&[("function/w", json!({}), &["log_group/w"]), ("log_group/w", json!({}), &["function/w"])]).is_empty());
    }
}
