//! The dependency graph: order, and cycles told by name.

use std::collections::{BTreeMap, BTreeSet};

/// Nodes and what each needs first. Needs that name no node are ignored.
pub type Needs<T> = BTreeMap<T, BTreeSet<T>>;

/// The nodes so that each stands after all that it needs, ties in `Ord` order.
///
/// # Errors
/// The nodes of one cycle, the first repeated at the end.
pub fn order<T: Ord + Clone>(needs: &Needs<T>) -> Result<Vec<T>, Vec<T>> {
    let mut waits: BTreeMap<&T, usize> = BTreeMap::new();
    let mut needed_by: BTreeMap<&T, Vec<&T>> = BTreeMap::new();
    for (node, all) in needs {
        let known = all.iter().filter(|need| needs.contains_key(*need));
        waits.insert(node, known.clone().count());
        known.for_each(|need| needed_by.entry(need).or_default().push(node));
    }
    let mut ready: BTreeSet<&T> = waits.iter().filter(|(_, n)| **n == 0).map(|(node, _)| *node).collect();
    let mut sorted = Vec::with_capacity(needs.len());
    while let Some(node) = ready.pop_first() {
        sorted.push(node.clone());
        waits.remove(node);
        for dependent in needed_by.get(node).into_iter().flatten() {
            if let Some(n) = waits.get_mut(dependent) {
                *n -= 1;
                if *n == 0 {
                    ready.insert(dependent);
                }
            }
        }
    }
    if waits.is_empty() { Ok(sorted) } else { Err(cycle(needs, &waits)) }
}

/// Each node left over waits for another that is left over, so walking the needs must come back.
fn cycle<T: Ord + Clone>(needs: &Needs<T>, left: &BTreeMap<&T, usize>) -> Vec<T> {
    let mut walk: Vec<&T> = left.keys().next().copied().into_iter().collect();
    loop {
        let next = walk.last().and_then(|node| needs[*node].iter().find(|need| left.contains_key(need)));
        let Some(next) = next else { return walk.into_iter().cloned().collect() };
        if let Some(at) = walk.iter().position(|seen| *seen == next) {
            walk.push(next);
            return walk[at..].iter().map(|node| (*node).clone()).collect();
        }
        walk.push(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&'static str, &[&'static str])]) -> Needs<&'static str> {
        edges.iter().map(|(node, needs)| (*node, needs.iter().copied().collect())).collect()
    }

    #[test]
    fn needs_come_first() {
        let sorted = order(&graph(&[("function", &["role", "queue"]), ("role", &["queue"]), ("queue", &[]), ("alarm", &["function"])]));
        assert_eq!(sorted, Ok(vec!["queue", "role", "function", "alarm"]));
    }

    #[test]
    fn a_cycle_is_named() {
        let found = order(&graph(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"]), ("d", &["a"])]));
        assert_eq!(found, Err(vec!["b", "c", "b"]));
    }
}
