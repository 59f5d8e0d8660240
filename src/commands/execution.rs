//! Executions of a state machine: started, and followed to their end.

use std::time::Duration;

use aws_sdk_sfn::types::{ExecutionStatus, HistoryEvent, SyncExecutionStatus};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::endpoint::EndpointPrefix;
use aws_smithy_runtime_api::client::interceptors::context::BeforeSerializationInterceptorContextMut;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use super::deployed::Deployed;
use super::interrupt;
use crate::aws::{AwsError, Tokens};
use crate::error::{Error, exit};
use crate::kinds::state_machine::{self, api};
use crate::report;

/// Pauses between two looks at what runs: the first, and the longest.
const PAUSES: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(5)];

/// How an execution ended.
struct Outcome {
    status: String,
    output: Option<String>,
    error: Option<String>,
    cause: Option<String>,
}

/// Starts an execution with an input, and follows it where that is asked.
///
/// # Errors
/// It did not start, or did not succeed.
pub async fn run(machine: &Deployed, express: bool, input: &str, follow: bool) -> Result<u8, Error> {
    let arn = state_machine::arn(&machine.read.scope, &machine.name);
    interrupt::has_sent();
    let outcome = match (follow, express) {
        (false, _) => {
            let execution = start(machine, &arn, input).await?;
            report::note(&format!("{}: the execution {} runs", machine.name, name_of(&execution)));
            return Ok(exit::DONE);
        }
        (true, true) => at_once(machine, &arn, input).await?,
        (true, false) => {
            let execution = start(machine, &arn, input).await?;
            report::note(&format!("{}: execution {}", machine.name, name_of(&execution)));
            followed(machine, &execution).await?
        }
    };
    let Outcome { status, output, error, cause } = outcome;
    if status == ExecutionStatus::Succeeded.as_str() {
        report::exact(&format!("{}\n", output.unwrap_or_default()));
        return Ok(exit::DONE);
    }
    let error = error.unwrap_or_else(|| "no error is told".to_owned());
    let reason = cause.filter(|cause| !cause.is_empty()).map_or(error.clone(), |cause| format!("{error}: {cause}"));
    Err(Error::ExecutionFailed { name: machine.name.clone(), key: machine.id.name.clone(), status, reason })
}

async fn start(machine: &Deployed, arn: &str, input: &str) -> Result<String, Error> {
    let start = || machine.write.aws.states.start_execution().state_machine_arn(arn).input(input).send();
    let answer = machine.write.call.send(&api::START_EXECUTION, &machine.name, start).await;
    Ok(answer.map_err(|error| machine.failed(error))?.execution_arn)
}

/// An Express execution leaves no history: it is waited for, and its answer is all that is known.
async fn at_once(machine: &Deployed, arn: &str, input: &str) -> Result<Outcome, Error> {
    let is_elsewhere = machine.write.aws.endpoint.is_some();
    let run = || {
        let call = machine.write.aws.states.start_sync_execution().state_machine_arn(arn).input(input).customize();
        if is_elsewhere { call.interceptor(AtItsEndpoint).send() } else { call.send() }
    };
    let answer = machine.write.call.send(&api::START_SYNC_EXECUTION, &machine.name, run).await.map_err(|error| machine.failed(error))?;
    let status = match answer.status {
        SyncExecutionStatus::TimedOut => ExecutionStatus::TimedOut.as_str().to_owned(),
        status => status.as_str().to_owned(),
    };
    Ok(Outcome { status, output: answer.output, error: answer.error, cause: answer.cause })
}

/// `sync-` before the host of AWS's endpoint leads to no other one.
#[derive(Debug)]
struct AtItsEndpoint;

#[dyn_dispatch_hint]
impl Intercept for AtItsEndpoint {
    fn name(&self) -> &'static str {
        "AtItsEndpoint"
    }

    fn modify_before_serialization(
        &self,
        _context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().unset::<EndpointPrefix>();
        Ok(())
    }
}

/// Tells what happens until the execution has ended.
async fn followed(machine: &Deployed, execution: &str) -> Result<Outcome, Error> {
    let (mut token, mut tokens, mut last, mut pause) = (None, Tokens::default(), 0, PAUSES[0]);
    loop {
        let (events, next) = page(machine, execution, token.clone()).await?;
        let new: Vec<&HistoryEvent> = events.iter().filter(|event| event.id() > last).collect();
        last = new.iter().map(|event| event.id()).max().unwrap_or(last);
        new.iter().filter_map(|event| line(event)).for_each(|line| report::note(&line));
        if let Some(next) = tokens.next(&api::GET_EXECUTION_HISTORY, &machine.name, next)? {
            token = Some(next);
            continue;
        }
        // The last page is asked for again as long as something runs, and may then lead on as it did.
        tokens = Tokens::default();
        let ask = || machine.read.aws.states.describe_execution().execution_arn(execution).send();
        let now = machine.read.call.send(&api::DESCRIBE_EXECUTION, &machine.name, ask).await?;
        let is_over = !matches!(now.status, ExecutionStatus::Running | ExecutionStatus::PendingRedrive);
        // What was entered between the two reads is told before the end is.
        if is_over && new.is_empty() {
            return Ok(Outcome { status: now.status.as_str().to_owned(), output: now.output, error: now.error, cause: now.cause });
        }
        pause = if new.is_empty() { (pause * 2).min(PAUSES[1]) } else { PAUSES[0] };
        if !is_over {
            tokio::time::sleep(pause).await;
        }
    }
}

async fn page(machine: &Deployed, execution: &str, token: Option<String>) -> Result<(Vec<HistoryEvent>, Option<String>), AwsError> {
    let ask = || {
        let history = machine.read.aws.states.get_execution_history().execution_arn(execution).max_results(1000);
        history.include_execution_data(false).set_next_token(token.clone()).send()
    };
    let answer = machine.read.call.send(&api::GET_EXECUTION_HISTORY, &machine.name, ask).await?;
    Ok((answer.events, answer.next_token))
}

/// What an event tells, where it is one of those that are followed.
fn line(event: &HistoryEvent) -> Option<String> {
    if let Some(entered) = event.state_entered_event_details() {
        let kind = event.r#type().as_str().trim_end_matches("StateEntered");
        return Some(format!("  {} ({kind})", entered.name()));
    }
    let wrong = |error: Option<&str>, cause: Option<&str>| {
        let cause = cause.filter(|cause| !cause.is_empty()).map(|cause| format!(": {cause}")).unwrap_or_default();
        Some(format!("    failed with {}{cause}", error.unwrap_or("no error")))
    };
    if let Some(details) = event.lambda_function_failed_event_details() {
        return wrong(details.error(), details.cause());
    }
    if let Some(details) = event.lambda_function_timed_out_event_details() {
        return wrong(details.error(), details.cause());
    }
    if let Some(details) = event.task_failed_event_details() {
        return wrong(details.error(), details.cause());
    }
    if let Some(details) = event.task_timed_out_event_details() {
        return wrong(details.error(), details.cause());
    }
    let details = event.activity_failed_event_details()?;
    wrong(details.error(), details.cause())
}

/// `arn:…:execution:<machine>:<name>`.
fn name_of(execution: &str) -> &str {
    execution.rsplit(':').next().unwrap_or(execution)
}
