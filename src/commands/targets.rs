//! What `--target` names.

use super::planned::PlannedStack;
use crate::error::Error;
use crate::model::notes::Note;
use crate::model::plan::{Obstacle, Options};
use crate::model::{Desired, Live, Plan, ResourceId, Scope};
use crate::source::diagnostic::suggest;

/// A target that no plan has a step for is a mistake: told once all stacks are planned, since orphans
/// are addresses too.
pub fn check(options: &Options, planned: &[PlannedStack], destroy: bool) -> Result<(), Error> {
    // What the files name and a destroy does not find is gone already.
    let has = |id: &ResourceId| {
        planned.iter().any(|stack| {
            stack.planned.plan.steps.iter().any(|step| step.id == *id) || (destroy && stack.loaded.desired.nodes.contains_key(id))
        })
    };
    let unknown = options.targets.iter().find(|id| !has(id));
    unknown.map_or(Ok(()), |id| Err(wrong(id, planned.iter().map(|stack| &stack.loaded.desired))))
}

/// What a destroy is to take, the files name, and nobody found: told, since a plan without it may be empty.
pub fn not_there(options: &Options, files: &Desired, live: &Live, plan: &Plan) -> Option<Note> {
    let is_gone =
        |id: &&ResourceId| files.nodes.contains_key(*id) && !live.contains_key(*id) && !plan.steps.iter().any(|step| step.id == **id);
    let gone: Vec<ResourceId> = options.targets.iter().filter(is_gone).cloned().collect();
    (!gone.is_empty()).then_some(Note::NotThere(gone))
}

/// What a destroy finds where the files name something, and does not take: its mark is another one.
pub fn not_ours(options: &Options, scope: &Scope, files: &Desired, live: &Live) -> Option<Note> {
    let is_meant = |id: &ResourceId| files.nodes.contains_key(id) && (options.targets.is_empty() || options.targets.contains(id));
    let met = live.iter().filter(|(id, _)| is_meant(id));
    let strange = met.filter_map(|(id, seen)| Some((id.clone(), seen.name.clone(), Obstacle::of(scope, &seen.owner)?)));
    let strange: Vec<_> = strange.collect();
    (!strange.is_empty()).then_some(Note::NotOurs(strange))
}

/// A `--target` that names nothing of these stacks.
pub fn wrong<'a>(id: &ResourceId, stacks: impl Iterator<Item = &'a Desired>) -> Error {
    let hint = nearest(id, stacks.flat_map(|desired| desired.nodes.keys()));
    Error::Usage { message: format!("--target {id}: no selected stack has such a resource"), hint }
}

/// `did you mean …`: what no file names any more is known by its physical name, which holds the key that it
/// had; else the address that is written alike.
pub fn nearest<'a>(id: &ResourceId, known: impl Iterator<Item = &'a ResourceId>) -> String {
    let known: std::collections::BTreeSet<&ResourceId> = known.collect();
    let is_end = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    let stands = |name: &str, at: usize| is_end(name[..at].chars().next_back()) && is_end(name[at + id.name.len()..].chars().next());
    let holds = |other: &&&ResourceId| {
        other.kind == id.kind && other.name != id.name && other.name.match_indices(&id.name).any(|(at, _)| stands(&other.name, at))
    };
    let mut holding = known.iter().filter(holds);
    if let (Some(one), None) = (holding.next(), holding.next()) {
        return format!("did you mean `{one}`?");
    }
    let known: Vec<String> = known.iter().map(ToString::to_string).collect();
    suggest(&id.to_string(), known.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_left_the_files_is_found_by_the_key_that_its_name_holds() {
        let known: Vec<ResourceId> =
            ["log_group//aws/lambda/sales-ingest-dev", "queue/ingest", "queue/failed"].map(|id| id.parse().unwrap()).into();
        let near = |id: &str| nearest(&id.parse().unwrap(), known.iter());
        assert_eq!(near("log_group/ingest"), "did you mean `log_group//aws/lambda/sales-ingest-dev`?");
        assert_eq!(near("queue/ingset"), "did you mean `queue/ingest`?");
        assert!(near("bucket/other").starts_with("one of: "));
    }
}
