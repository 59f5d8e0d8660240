//! Reading state machines. The definition comes back as text (docs/aws-facts.md §25).

use aws_sdk_sfn::operation::describe_state_machine::DescribeStateMachineOutput;
use aws_sdk_sfn::types::{
    EncryptionConfiguration, ExecutionStatus, IncludedData, LoggingConfiguration, StateMachineListItem, StateMachineStatus, Tag,
};
use futures_util::future::{try_join, try_join_all};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::spec::{KEY_REUSE, Logging, MachineType};
use super::{Spec, StateMachine, api, arn};
use crate::aws::{AwsError, Page, pages};
use crate::contract::tags::Tags;
use crate::contract::{Claim, Found, Kind, ReadCx, WriteCx, none_if_missing};
use crate::model::mark::user_tags;
use crate::model::stake::Holding;
use crate::model::{Owner, Unread};

/// What AWS alone knows of a state machine: nothing that counts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Live {}

/// What AWS says where the caller may not use the key of the definition.
const NO_KEY: [&str; 2] = ["KmsAccessDeniedException", "KmsInvalidStateException"];

pub(super) async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Found<StateMachine>>, AwsError> {
    Ok(try_join_all(names.iter().map(|name| read_one(cx, name))).await?.into_iter().flatten().collect())
}

pub(super) async fn owned(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
    if !cx.lists_everything {
        return cx.marked("states", "stateMachine:").await;
    }
    let machines = pages(&api::LIST_STATE_MACHINES, "state machines", |token| async move {
        let asked = || cx.aws.states.list_state_machines().max_results(1000).set_next_token(token.clone()).send();
        let page = cx.call.send(&api::LIST_STATE_MACHINES, "state machines", asked).await?;
        Ok(Page::new(Some(page.state_machines), page.next_token))
    });
    let claim = |machine: StateMachineListItem| async move {
        let tags = tags(cx, &machine.name, &machine.state_machine_arn).await?;
        Ok::<_, AwsError>(tags.map(|tags| Claim::by(&cx.scope, StateMachine::REACH, machine.name, tags)))
    };
    let claims: Vec<Option<Claim>> = try_join_all(machines.await?.into_iter().map(claim)).await?;
    Ok(claims.into_iter().flatten().collect())
}

/// Executions that run now. Express executions are listed nowhere, and last five minutes at most.
pub(super) async fn holds(cx: &ReadCx, found: &Found<StateMachine>) -> Result<Vec<Holding>, AwsError> {
    if found.spec.machine_type.is(MachineType::Express) {
        return Ok(Vec::new());
    }
    let arn = arn(&cx.scope, &found.name);
    let running =
        || cx.aws.states.list_executions().state_machine_arn(&arn).status_filter(ExecutionStatus::Running).max_results(1000).send();
    let answer = none_if_missing(cx.call.send(&api::LIST_EXECUTIONS, &found.name, running).await)?;
    let Some(answer) = answer else { return Ok(Vec::new()) };
    // One page tells enough: a thousand or more.
    let (running, more) = (answer.executions.len() as u64, answer.next_token.is_some());
    Ok(vec![Holding::Executions { running, more }])
}

async fn read_one(cx: &ReadCx, name: &str) -> Result<Option<Found<StateMachine>>, AwsError> {
    let arn = arn(&cx.scope, name);
    let (machine, tags) = try_join(describe(cx, name, &arn), cx.tags::<StateMachine, _>(name, &arn, || tags(cx, name, &arn))).await?;
    let (Some((machine, unread)), Some(tags)) = (machine, tags) else { return Ok(None) };
    let owner = Owner::of(&cx.scope, StateMachine::REACH, &tags);
    Ok(Some(Found {
        name: name.to_owned(),
        spec: spec(machine, user_tags(tags)),
        live: Live {},
        owner,
        unread: unread.into_iter().collect(),
    }))
}

/// One that is being deleted is gone: what is made under its name waits until it is.
pub(super) async fn describe(cx: &ReadCx, name: &str, arn: &str) -> Result<Option<(DescribeStateMachineOutput, Option<Unread>)>, AwsError> {
    let ask = |data: Option<IncludedData>| cx.aws.states.describe_state_machine().state_machine_arn(arn).set_included_data(data).send();
    let answer = match cx.call.send(&api::DESCRIBE_STATE_MACHINE, name, || ask(None)).await {
        Err(error) if NO_KEY.contains(&error.code.as_str()) => {
            let unread = Unread { field: "definition", why: format!("{}: {}", error.code, error.message) };
            let rest = cx.call.send(&api::DESCRIBE_STATE_MACHINE, name, || ask(Some(IncludedData::MetadataOnly))).await;
            none_if_missing(rest)?.map(|machine| (machine, Some(unread)))
        }
        answer => none_if_missing(answer)?.map(|machine| (machine, None)),
    };
    Ok(answer.filter(|(machine, _)| machine.status != Some(StateMachineStatus::Deleting)))
}

/// Whose the state machine of this name is, none where there is none.
///
/// # Errors
/// The call failed.
pub async fn owner(cx: &ReadCx, name: &str) -> Result<Option<Owner>, AwsError> {
    let tags = tags(cx, name, &arn(&cx.scope, name)).await?;
    Ok(tags.map(|tags| Owner::of(&cx.scope, StateMachine::REACH, &tags)))
}

async fn tags(cx: &ReadCx, name: &str, arn: &str) -> Result<Option<Tags>, AwsError> {
    let ask = || cx.aws.states.list_tags_for_resource().resource_arn(arn).send();
    let answer = none_if_missing(cx.call.send(&api::LIST_TAGS_FOR_RESOURCE, name, ask).await)?;
    let pair = |tag: Tag| Some((tag.key?, tag.value.unwrap_or_default()));
    Ok(answer.map(|answer| answer.tags.unwrap_or_default().into_iter().filter_map(pair).collect()))
}

fn spec(machine: DescribeStateMachineOutput, tags: Tags) -> Spec {
    let encryption = machine.encryption_configuration.as_ref();
    let kms_key = encryption.and_then(EncryptionConfiguration::kms_key_id).filter(|key| !key.is_empty()).map(str::to_owned);
    let reuse = || encryption.and_then(EncryptionConfiguration::kms_data_key_reuse_period_seconds).unwrap_or(KEY_REUSE);
    Spec {
        machine_type: machine.r#type.as_str().into(),
        definition: serde_json::from_str(&machine.definition).unwrap_or(Value::String(machine.definition)),
        role: machine.role_arn,
        logging: machine.logging_configuration.as_ref().map(logging).unwrap_or_default(),
        tracing: machine.tracing_configuration.is_some_and(|tracing| tracing.enabled),
        kms_data_key_reuse: kms_key.as_ref().map(|_| reuse()),
        kms_key,
        tags,
    }
}

fn logging(live: &LoggingConfiguration) -> Logging {
    let aws = Logging::default();
    let groups = live.destinations().iter().filter_map(|destination| destination.cloud_watch_logs_log_group()?.log_group_arn());
    Logging {
        level: live.level().map_or(aws.level, |level| level.as_str().into()),
        include_execution_data: live.include_execution_data(),
        log_group: groups.map(str::to_owned).next(),
    }
}

/// Whether there is one of this name, also while it is being deleted.
pub(super) async fn is_there(cx: &WriteCx, name: &str) -> Result<Option<StateMachineStatus>, AwsError> {
    let arn = arn(&cx.scope, name);
    let ask = || cx.aws.states.describe_state_machine().state_machine_arn(&arn).included_data(IncludedData::MetadataOnly).send();
    let answer = none_if_missing(cx.call.send(&api::DESCRIBE_STATE_MACHINE, name, ask).await)?;
    Ok(answer.map(|machine| machine.status.unwrap_or(StateMachineStatus::Active)))
}
