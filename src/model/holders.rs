//! What cannot go, since something stands in it that stays: a rule on its bus, a schedule in its group.

use std::collections::BTreeMap;

use super::ResourceId;
use super::plan::{Action, Context, Impossible, Rules, Step};

/// What of the plan would be left in something that it deletes. AWS deletes no bus that has rules, and deletes the
/// schedules of a group with it; and whatever loses its mark before that fails is found by no later plan.
pub(super) fn left_within(cx: &Context<'_>, steps: &BTreeMap<ResourceId, Step>) -> Vec<(ResourceId, Impossible)> {
    let section = |id: &ResourceId| (cx.rules)(&id.kind).map(Rules::section);
    let going: Vec<(&str, &Step)> =
        steps.values().filter(|step| step.action == Action::Delete).filter_map(|step| Some((section(&step.id)?, step))).collect();
    let staying = steps.values().filter(|step| step.action != Action::Delete);
    let left = staying.filter_map(|step| {
        let (section, name) = (cx.rules)(&step.id.kind)?.within(&step.name)?;
        let (_, holder) = going.iter().find(|(of, holder)| *of == section && holder.name == name)?;
        let stays = if step.action == Action::Release { "is to stay (`on_remove: retain`)" } else { "is to stay" };
        Some((
            step.id.clone(),
            Impossible {
                what: format!("it {stays}, and stands in {}, which is to be deleted", holder.id),
                fix: "let both go or both stay: apply the file with `on_remove: retain` in both of them, or in neither, then run it again"
                    .to_owned(),
            },
        ))
    });
    left.collect()
}
