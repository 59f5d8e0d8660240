//! How much hangs on each step: its own time, and the longest of what waits for it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::estimate;
use crate::model::plan::Planned;
use crate::model::{Action, ResourceId, Step, graph};

/// The remaining path of each step, by what each takes by itself. Steps that need each other in a circle,
/// which no plan holds, have their own time alone.
pub(super) fn remaining(steps: &BTreeMap<ResourceId, Step>, takes: &BTreeMap<ResourceId, Duration>) -> BTreeMap<ResourceId, Duration> {
    let needs: BTreeMap<ResourceId, BTreeSet<ResourceId>> = steps.iter().map(|(id, step)| (id.clone(), step.needs.clone())).collect();
    let mut remaining: BTreeMap<ResourceId, Duration> = steps.keys().map(|id| (id.clone(), own(takes, id))).collect();
    // Each before all that it needs, so that its path is whole when they look at it.
    for id in graph::order(&needs).unwrap_or_default().iter().rev() {
        let from_here = remaining.get(id).copied().unwrap_or_default();
        for need in needs.get(id).into_iter().flatten() {
            if let Some(of_need) = remaining.get_mut(need) {
                *of_need = (*of_need).max(from_here + own(takes, need));
            }
        }
    }
    remaining
}

/// How much hangs on each step of a plan that does something.
pub fn hanging(planned: &Planned) -> BTreeMap<ResourceId, Duration> {
    let steps = planned.plan.steps.iter().filter(|step| step.action != Action::Keep);
    let steps: BTreeMap<ResourceId, Step> = steps.map(|step| (step.id.clone(), step.clone())).collect();
    remaining(&steps, &estimate::times(&steps))
}

fn own(takes: &BTreeMap<ResourceId, Duration>, id: &ResourceId) -> Duration {
    takes.get(id).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Fingerprint;

    #[test]
    fn a_path_is_its_own_time_and_the_longest_that_hangs_on_it() {
        let id = |name: &str| ResourceId::new("queue", name);
        let step = |name: &str, needs: &[&str]| {
            let (id, needs) = (id(name), needs.iter().map(|need| ResourceId::new("queue", *need)).collect());
            Step { id, name: name.into(), action: Action::Create, changes: Vec::new(), needs, fingerprint: Fingerprint::of(None, None) }
        };
        let steps = [step("a", &[]), step("b", &["a", "elsewhere"]), step("c", &["a"]), step("d", &["b", "c"]), step("e", &[])];
        let steps: BTreeMap<_, _> = steps.into_iter().map(|step| (step.id.clone(), step)).collect();
        let takes: BTreeMap<_, _> =
            [("a", 1), ("b", 2), ("c", 5), ("d", 10), ("e", 4)].map(|(name, s)| (id(name), Duration::from_secs(s))).into();
        let remaining = remaining(&steps, &takes);
        let seconds: Vec<u64> = ["a", "b", "c", "d", "e"].iter().map(|name| remaining[&id(name)].as_secs()).collect();
        assert_eq!(seconds, [16, 12, 15, 10, 4]);
    }
}
