//! A schedule in the words of a file.

use serde_json::Value;

use super::Spec;
use super::spec::{AfterCompletion, Retry};
use super::written::TARGETS;
use crate::contract::Writing;
use crate::contract::restated::{differing, names, word_of};
use crate::kinds::schedule_group;

pub(super) fn restated(file: &mut Writing<'_>, spec: &Spec) {
    file.differing(spec, &Spec::default());
    file.take("group");
    let group = file.key_named("schedule_groups", &spec.group).unwrap_or_else(|| spec.group.clone());
    // A file that says none means the stack's own.
    if group != schedule_group::OWN {
        file.put("group", group);
    }
    if let Some(minutes) = spec.window {
        file.put("window", minutes.saturating_mul(60));
    }
    file.take("after_completion");
    if spec.after_completion.is(AfterCompletion::Delete) {
        file.put("after_completion", "delete");
    }
    file.take("target");
    let section = TARGETS.iter().find(|(section, _)| names(section, &spec.target));
    match section {
        Some((section, field)) if *section == TARGETS[0].0 => file.put(field, file.callee(section, &spec.target)),
        Some((section, field)) => file.put(field, word_of(section, &spec.target)),
        None => file.put("target", spec.target.as_str()),
    }
    file.word("role", "role", "roles");
    file.word("dead_letter_queue", "dead_letter_queue", "queues");
    if file.take("retry").is_some() {
        file.put("retry", Value::Object(differing(&spec.retry, &Retry::default())));
    }
}
