//! From a user's words to a state machine, with the role and the log group that it brings along.

use std::collections::BTreeSet;

use super::file::{LevelFile, LoggingFile, RoleChoice, StateMachineFile};
use super::spec::{KEY_REUSE, Logging, STREAMS, Spec};
use super::{StateMachine, calls, definition};
use crate::contract::{Expand, Kind, guard};
use crate::kinds::keys::{self, Done};
use crate::kinds::log_group::{self, LogGroup};
use crate::kinds::role::{self, Role, RoleFile};
use crate::kinds::triggers::{self, Target, TriggerFile};
use crate::model::mark::Guard;
use crate::model::{ResourceId, policy};
use crate::source::duration::Retention;
use crate::source::policy::PolicyFile;

/// Groups below this need no policy of their own for the delivery of logs (docs/aws-facts.md §25).
const LOG_GROUPS: &str = "/aws/vendedlogs/states/";
/// Who assumes the role.
const SERVICE: &str = "states.amazonaws.com";
/// Name of the inline policy that allows what the definition calls for.
pub(super) const DERIVED: &str = "etlctl-derived";

/// Key of the role and of the log group that a machine brings along: a function may have the machine's own.
pub(super) fn own_key(key: &str) -> String {
    format!("{key}-states")
}

pub(super) fn expand(cx: &mut Expand<'_>, key: &str, file: &StateMachineFile) {
    let StateMachineFile {
        name,
        machine_type,
        definition: _,
        source: _,
        substitutions: _,
        role,
        logging,
        tracing,
        kms_key,
        kms_data_key_reuse,
        triggers,
        protect,
        on_remove,
        tags,
    } = file;
    let guard = guard(*protect, *on_remove);
    let name = cx.physical(StateMachine::SECTION, name.as_ref(), key);
    let Some(definition) = definition::read(cx, key, file) else { return };
    let aws = Spec::default();
    let mut spec = Spec {
        machine_type: machine_type.map_or(aws.machine_type, |word| word.word()),
        definition,
        role: aws.role,
        logging: aws.logging,
        tracing: tracing.0,
        kms_data_key_reuse: kms_key.as_ref().map(|_| kms_data_key_reuse.map_or(KEY_REUSE, |seconds| seconds.0.cast_signed())),
        kms_key: kms_key.clone(),
        tags: cx.tags(tags, guard),
    };
    let mut needs = BTreeSet::new();
    if let Some(logging) = logging.as_ref().filter(|logging| logging.level != LevelFile::Off) {
        spec.logging = logging_of(cx, (key, &name), &spec, logging, &mut needs);
    }
    spec.role = role_of(cx, (key, &name), &spec, role.as_ref(), guard);
    let target = Target { section: StateMachine::SECTION, key, arn: format!("${{{}.{key}.arn}}", StateMachine::SECTION), by_role: true };
    let possible = possible(cx, key, triggers);
    triggers::expand(cx, &target, &possible);
    if let Some(node) = cx.add::<StateMachine>(key, name, &spec) {
        node.needs.extend(needs);
    }
}

/// The triggers that can start an execution; of the others it is told which way works.
fn possible(cx: &mut Expand<'_>, key: &str, triggers: &[TriggerFile]) -> Vec<TriggerFile> {
    let place = cx.place(StateMachine::SECTION, key, "triggers");
    let mut kept = Vec::new();
    for trigger in triggers {
        let (what, fix) = match trigger {
            TriggerFile::Schedule(_) | TriggerFile::Event(_) => {
                kept.push(trigger.clone());
                continue;
            }
            TriggerFile::Bucket(_) => (
                "S3 starts no state machine by itself",
                "let the bucket tell EventBridge (`eventbridge: true`), and write `- event: { source: [aws.s3], detail-type: [Object Created], \
                 detail: { bucket: { name: [NAME] } } }`",
            ),
            TriggerFile::Source(_) => (
                "a queue or a stream starts no state machine by itself",
                "let a function read it and start the state machine, or use EventBridge Pipes",
            ),
        };
        cx.problem(place, format!("state_machines.{key}: {what}"), fix);
    }
    kept
}

/// What it logs, and the group that it logs to: its own, another one of the file, or any.
fn logging_of(
    cx: &mut Expand<'_>,
    (key, name): (&str, &str),
    spec: &Spec,
    file: &LoggingFile,
    needs: &mut BTreeSet<ResourceId>,
) -> Logging {
    let LoggingFile { level, include_execution_data, log_group, retention } = file;
    let arn = match log_group {
        Some(word) => {
            let place = cx.place(StateMachine::SECTION, key, "logging");
            cx.arn_of(LogGroup::SECTION, word, place)
        }
        None => {
            let group = bring_group(cx, (key, name), spec, *retention);
            let arn = format!("${{{}.{group}.arn}}", LogGroup::SECTION);
            needs.insert(ResourceId::new(LogGroup::NAME, &group));
            arn
        }
    };
    let arn = if arn.ends_with(STREAMS) { arn } else { format!("{arn}{STREAMS}") };
    Logging { level: level.word(), include_execution_data: include_execution_data.0, log_group: Some(arn) }
}

/// Key of the machine's own log group.
fn bring_group(cx: &mut Expand<'_>, (key, name): (&str, &str), spec: &Spec, retention: Option<Retention>) -> String {
    let group = format!("{LOG_GROUPS}{name}");
    // Who declares the group says all about it.
    if let Some(declared) = cx.declared(LogGroup::SECTION, &group) {
        return declared;
    }
    let spec = log_group::Spec::brought(retention, spec.tags.clone());
    let own = own_key(key);
    cx.bring::<LogGroup>(&own, group, &spec, &[StateMachine::SECTION, key, "logging"].map(str::to_owned));
    own
}

/// The ARN of the role: a shared one, a foreign one, or one of the machine's own, which may do what the
/// definition calls for.
fn role_of(cx: &mut Expand<'_>, (key, name): (&str, &str), spec: &Spec, choice: Option<&RoleChoice>, guard: Guard) -> String {
    let mut own = match choice {
        Some(RoleChoice::Named(word)) => {
            let place = cx.place(StateMachine::SECTION, key, "role");
            return cx.arn_of(Role::SECTION, word, place);
        }
        Some(RoleChoice::Own(own)) => RoleFile::clone(own),
        None => RoleFile::default(),
    };
    own.trust_policy.get_or_insert_with(|| PolicyFile::from(policy::trust(&[SERVICE])));
    let allowed = calls::of_machine(cx.scope, name, spec);
    let sent_to: BTreeSet<String> = allowed.pairs().into_iter().map(|(_, arn)| arn).collect();
    let keys = keys::statements(cx, sent_to.iter().map(String::as_str), Done::Sent);
    if let Some(derived) = policy::with_statements(allowed.document(), keys) {
        own.policies.entry(DERIVED.to_owned()).or_insert_with(|| PolicyFile::from(derived));
    }
    let own_key = own_key(key);
    let physical = cx.physical(Role::SECTION, own.name.as_ref(), &format!("{own_key}-role"));
    role::bring(cx, &own_key, physical, &own, guard, &[StateMachine::SECTION, key, "role"].map(str::to_owned));
    format!("${{{}.{own_key}.arn}}", Role::SECTION)
}
