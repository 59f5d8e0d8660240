//! Which steps wait for which. Each end costs what hangs on it and no more, so that the work of an apply
//! grows with its steps and their needs.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{ResourceId, Step};

/// The steps that are not done, by what they wait for.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// Of each step, how many of its needs are not done.
    open_needs: BTreeMap<ResourceId, usize>,
    /// Of each step, who needs it.
    dependents: BTreeMap<ResourceId, Vec<ResourceId>>,
    /// What waits for nothing.
    ready: BTreeSet<ResourceId>,
}

impl Order {
    /// Needs that are no step of `steps` are settled already.
    pub(super) fn of(steps: &BTreeMap<ResourceId, Step>) -> Self {
        let mut order = Self::default();
        for (id, step) in steps {
            let needs = step.needs.iter().filter(|need| steps.contains_key(*need));
            let mut count = 0;
            for need in needs {
                order.dependents.entry(need.clone()).or_default().push(id.clone());
                count += 1;
            }
            order.open_needs.insert(id.clone(), count);
            if count == 0 {
                order.ready.insert(id.clone());
            }
        }
        order
    }

    /// The first that waits for nothing, which is started with that.
    pub(super) fn next(&mut self) -> Option<ResourceId> {
        self.ready.pop_first()
    }

    /// Who needs a step, in the order of the addresses.
    pub(super) fn dependents(&self, id: &ResourceId) -> &[ResourceId] {
        self.dependents.get(id).map_or(&[], Vec::as_slice)
    }

    /// A step is done: who waits for nothing else is ready. Returns how many steps were looked at.
    pub(super) fn done(&mut self, id: &ResourceId) -> usize {
        let dependents = self.dependents.get(id).map_or(&[][..], Vec::as_slice);
        for dependent in dependents {
            let Some(count) = self.open_needs.get_mut(dependent) else { continue };
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.ready.insert(dependent.clone());
            }
        }
        dependents.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Action, Fingerprint};

    fn step(id: &ResourceId, needs: impl IntoIterator<Item = ResourceId>) -> Step {
        let (name, needs) = (id.name.clone(), needs.into_iter().collect());
        Step { id: id.clone(), name, action: Action::Create, changes: Vec::new(), needs, fingerprint: Fingerprint::of(None, None) }
    }

    #[test]
    fn what_waits_for_nothing_is_ready_in_the_order_of_the_addresses() {
        let [a, b, c] = ["a", "b", "c"].map(|name| ResourceId::new("queue", name));
        let elsewhere = ResourceId::new("role", "kept");
        let steps = [step(&a, [b.clone(), elsewhere]), step(&b, []), step(&c, [a.clone(), b.clone()])];
        let mut order = Order::of(&steps.into_iter().map(|step| (step.id.clone(), step)).collect());
        assert_eq!((order.next(), order.next()), (Some(b.clone()), None));
        order.done(&b);
        assert_eq!((order.next(), order.next()), (Some(a.clone()), None));
        order.done(&a);
        assert_eq!((order.next(), order.next()), (Some(c), None));
    }

    #[test]
    fn an_apply_looks_at_each_need_once() {
        let ids: Vec<ResourceId> = (0..400).map(|n| ResourceId::new("queue", format!("{n:04}"))).collect();
        let steps: BTreeMap<ResourceId, Step> =
            ids.iter().enumerate().map(|(n, id)| (id.clone(), step(id, ids[n.saturating_sub(5)..n].iter().cloned()))).collect();
        let edges: usize = steps.values().map(|step| step.needs.len()).sum();
        let mut order = Order::of(&steps);
        let (mut done, mut visits) = (0, 0);
        while let Some(id) = order.next() {
            visits += order.done(&id);
            done += 1;
        }
        assert_eq!((done, visits), (steps.len(), edges));
    }
}
