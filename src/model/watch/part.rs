//! The part of a plan that a watcher carries out, as a plan of its own.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::diff::{dotted, is_below};
use super::super::plan::Planned;
use super::choice::{Chosen, LeftOf, holds};

/// The field that the sources stand for.
const CODE: &str = "code";

impl Chosen {
    /// What of the plan it was chosen from is carried out. Fields that are left keep their live values in it.
    pub fn part(&self, mut planned: Planned) -> Planned {
        let Self { heals, left } = self;
        planned.plan.steps.retain_mut(|step| {
            step.changes.retain(|change| !holds(left.get(&step.id), &change.path));
            heals.contains_key(&step.id)
        });
        planned.sides.retain(|id, _| heals.contains_key(id));
        // Who takes nothing is not waited for.
        planned.early.retain(|giver, takers| {
            takers.retain(|taker| heals.contains_key(taker));
            heals.contains_key(giver) && !takers.is_empty()
        });
        for (id, sides) in &mut planned.sides {
            if let (Some(kept), Some(want), Some(have)) = (left.get(id), &mut sides.want, &sides.have) {
                keep_live(&mut want.spec, &have.spec, &mut Vec::new(), kept);
                // Without sources nothing can be sent.
                if kept.keys().any(|path| is_below(path, CODE)) {
                    want.artifact = None;
                }
            }
        }
        planned
    }
}

/// Puts the live values into what is wanted, at the paths that are left.
fn keep_live(want: &mut Value, have: &Value, path: &mut Vec<String>, left: &LeftOf) {
    let (Value::Object(want), Value::Object(have)) = (want, have) else { return };
    let keys: BTreeSet<String> = want.keys().chain(have.keys()).cloned().collect();
    for key in keys {
        path.push(key.clone());
        if left.contains_key(&dotted(path)) {
            match have.get(&key) {
                Some(live) => drop(want.insert(key, live.clone())),
                None => drop(want.remove(&key)),
            }
        } else if let (Some(want), Some(have)) = (want.get_mut(&key), have.get(&key)) {
            keep_live(want, have, path, left);
        }
        path.pop();
    }
}
