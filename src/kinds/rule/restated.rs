//! A rule in the words of a file.

use serde_json::{Map, Value};

use super::Spec;
use super::name::DEFAULT_BUS;
use super::spec::{RETRY_AGE, RETRY_ATTEMPTS, RuleState, Target};
use super::written::TARGETS;
use crate::contract::Writing;
use crate::contract::restated::{differing, names, word_of};

pub(super) fn restated(file: &mut Writing<'_>, spec: &Spec) {
    file.differing(spec, &Spec::default());
    file.rename("pattern", "event");
    file.take("bus");
    if spec.bus != DEFAULT_BUS {
        let key = file.key_named("buses", &spec.bus).unwrap_or_else(|| spec.bus.clone());
        file.put("bus", key);
    }
    file.take("state");
    match spec.state.known() {
        Some(RuleState::Disabled) => file.put("enabled", false),
        Some(RuleState::EnabledWithManagementEvents) => file.put("management_events", true),
        Some(RuleState::Enabled) | None => {}
    }
    file.word("role", "role", "roles");
    file.take("targets");
    let targets: Vec<Value> = spec.targets.iter().map(|(id, one)| target(file, id, one)).collect();
    if !targets.is_empty() {
        file.put("targets", targets);
    }
}

fn target(file: &Writing<'_>, id: &str, target: &Target) -> Value {
    let mut fields: Map<String, Value> = [("id".to_owned(), id.into())].into_iter().collect();
    let section = TARGETS.iter().find(|(section, _)| names(section, &target.arn));
    let word = |section: &str| if section == TARGETS[0].0 { file.callee(section, &target.arn) } else { word_of(section, &target.arn) };
    let (field, word) = section.map_or(("arn", target.arn.clone()), |(section, field)| (*field, word(section)));
    fields.insert(field.to_owned(), word.into());
    let mut rest = differing(target, &Target::default());
    rest.remove("arn");
    for (from, to, section) in [("role", "role", "roles"), ("dead_letter", "dead_letter_queue", "queues")] {
        if let Some(Value::String(arn)) = rest.remove(from) {
            rest.insert(to.to_owned(), word_of(section, &arn).into());
        }
    }
    let mut retry = Map::new();
    rest.remove("retry_attempts");
    rest.remove("retry_age");
    if target.retry_attempts != RETRY_ATTEMPTS {
        retry.insert("attempts".to_owned(), target.retry_attempts.into());
    }
    if target.retry_age != RETRY_AGE {
        retry.insert("age".to_owned(), target.retry_age.into());
    }
    if !retry.is_empty() {
        rest.insert("retry".to_owned(), retry.into());
    }
    if target.transform.as_ref().is_some_and(|transform| transform.paths.is_empty())
        && let Some(Value::Object(transform)) = rest.get_mut("transform")
    {
        transform.remove("paths");
    }
    fields.extend(rest);
    fields.into()
}
