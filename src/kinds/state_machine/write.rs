//! Writing state machines. What an update leaves out stays as it is (docs/aws-facts.md §25).

use std::time::Duration;

use aws_sdk_sfn::types::{
    CloudWatchLogsLogGroup, EncryptionConfiguration, EncryptionType, LogDestination, LogLevel, LoggingConfiguration, StateMachineStatus,
    StateMachineType, Tag, TracingConfiguration,
};
use serde_json::Value;
use tokio::time::Instant;

use super::spec::Logging;
use super::{Spec, StateMachine, api, arn, live};
use crate::aws::polls::pause_after;
use crate::aws::{AwsError, Failure};
use crate::contract::tags::{TagEdit, Tags};
use crate::contract::{Found, Kind, KindError, WriteCx, done_if_missing};
use crate::model::Wait;

/// How long a deletion is waited for: executions end at their next transition.
const DELETION: Duration = Duration::from_secs(300);
/// The longest pause between two looks meanwhile.
const LONGEST: Duration = Duration::from_secs(5);

pub(super) async fn create(cx: &WriteCx, name: &str, want: &Spec) -> Result<(), KindError> {
    // With the same definition CreateStateMachine answers as if it had made the machine, and leaves role
    // and tags as they were.
    if live::is_there(cx, name).await? == Some(StateMachineStatus::Active) {
        let there = AwsError::told(Failure::Refused, &api::CREATE_STATE_MACHINE, name, "a state machine of this name is there");
        return Err(there.coded("StateMachineAlreadyExists").into());
    }
    let Spec { machine_type, definition, role, logging, tracing, kms_key, kms_data_key_reuse, tags } = want;
    let text = text(definition);
    let tags = tags_of(cx.scope.marked(StateMachine::REACH, tags));
    let encryption = encryption(kms_key.as_ref(), *kms_data_key_reuse)?;
    let create = || {
        let call = cx.aws.states.create_state_machine().name(name).definition(&text).role_arn(role);
        let call = call.r#type(StateMachineType::from(machine_type.as_str())).logging_configuration(logging_of(logging));
        let call = call.tracing_configuration(TracingConfiguration::builder().enabled(*tracing).build());
        call.set_encryption_configuration(kms_key.as_ref().map(|_| encryption.clone())).set_tags(Some(tags.clone())).send()
    };
    cx.call.send(&api::CREATE_STATE_MACHINE, name, create).await?;
    Ok(())
}

pub(super) async fn update(cx: &WriteCx, have: &Found<StateMachine>, want: &Spec) -> Result<(), KindError> {
    let (name, old) = (&have.name, &have.spec);
    // The type is immutable: another one is another machine.
    let Spec { machine_type: _, definition, role, logging, tracing, kms_key, kms_data_key_reuse, tags } = want;
    let is_encrypted_anew = (&old.kms_key, old.kms_data_key_reuse) != (kms_key, *kms_data_key_reuse);
    // Another encryption is taken with the definition alone.
    let definition = (old.definition != *definition || is_encrypted_anew).then(|| text(definition));
    let role = (old.role != *role).then_some(role);
    let logging = (old.logging != *logging).then(|| logging_of(logging));
    let tracing = (old.tracing != *tracing).then(|| TracingConfiguration::builder().enabled(*tracing).build());
    let encryption = if is_encrypted_anew { Some(encryption(kms_key.as_ref(), *kms_data_key_reuse)?) } else { None };
    // A request that asks for no change is refused.
    if definition.is_some() || role.is_some() || logging.is_some() || tracing.is_some() {
        let update = || {
            let call = cx.aws.states.update_state_machine().state_machine_arn(arn(&cx.scope, name));
            let call = call.set_definition(definition.clone()).set_role_arn(role.cloned()).set_logging_configuration(logging.clone());
            call.set_tracing_configuration(tracing.clone()).set_encryption_configuration(encryption.clone()).send()
        };
        cx.call.send(&api::UPDATE_STATE_MACHINE, name, update).await?;
    }
    retag(cx, name, &TagEdit::between(&cx.scope, StateMachine::REACH, &have.owner, &old.tags, tags)).await
}

pub(super) async fn retag(cx: &WriteCx, name: &str, edit: &TagEdit) -> Result<(), KindError> {
    let arn = &arn(&cx.scope, name);
    let set = |tags: Tags| async move {
        let tag = || cx.aws.states.tag_resource().resource_arn(arn).set_tags(Some(tags_of(tags.clone()))).send();
        cx.call.send(&api::TAG_RESOURCE, name, tag).await.map(drop)
    };
    let remove = |keys: Vec<String>| async move {
        let untag = || cx.aws.states.untag_resource().resource_arn(arn).set_tag_keys(Some(keys.clone())).send();
        cx.call.send(&api::UNTAG_RESOURCE, name, untag).await.map(drop)
    };
    edit.send(set, remove).await
}

/// Asks for the deletion, and waits until the machine is gone: its executions end first.
pub(super) async fn delete(cx: &WriteCx, name: &str) -> Result<(), KindError> {
    let arn = arn(&cx.scope, name);
    let delete = || cx.aws.states.delete_state_machine().state_machine_arn(&arn).send();
    done_if_missing(cx.call.send(&api::DELETE_STATE_MACHINE, name, delete).await)?;
    let start = Instant::now();
    while live::is_there(cx, name).await?.is_some() {
        let so_far = start.elapsed();
        if so_far > DELETION {
            let message = format!("still being deleted after {} s: an execution of it has not come to its next state", DELETION.as_secs());
            return Err(AwsError::told(Failure::Overdue, &api::DELETE_STATE_MACHINE, name, message).into());
        }
        let why = "Step Functions ends the executions and deletes the state machine".to_owned();
        let wait = Wait { why, what: name.to_owned(), so_far, bound: Some(DELETION), is_retry: false };
        cx.wait(pause_after(so_far, LONGEST), &wait).await?;
    }
    Ok(())
}

/// The definition as Step Functions takes it.
fn text(definition: &Value) -> String {
    definition.as_str().map_or_else(|| definition.to_string(), str::to_owned)
}

fn tags_of(tags: Tags) -> Vec<Tag> {
    tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// Nothing logged is said, not left out: an update would keep what there is.
fn logging_of(Logging { level, include_execution_data, log_group }: &Logging) -> LoggingConfiguration {
    let destination = |arn: &String| {
        let group = CloudWatchLogsLogGroup::builder().log_group_arn(arn).build();
        LogDestination::builder().cloud_watch_logs_log_group(group).build()
    };
    LoggingConfiguration::builder()
        .level(LogLevel::from(level.as_str()))
        .include_execution_data(*include_execution_data)
        .set_destinations(log_group.as_ref().map(|arn| vec![destination(arn)]))
        .build()
}

fn encryption(key: Option<&String>, reuse: Option<i32>) -> Result<EncryptionConfiguration, KindError> {
    let kind = if key.is_some() { EncryptionType::CustomerManagedKmsKey } else { EncryptionType::AwsOwnedKey };
    let built = EncryptionConfiguration::builder().r#type(kind).set_kms_key_id(key.cloned()).set_kms_data_key_reuse_period_seconds(reuse);
    // The type is all that it asks for.
    built.build().map_err(|error| AwsError::unexpected(&api::UPDATE_STATE_MACHINE, "encryption", error.to_string()).into())
}
