//! `etlctl invoke`: run what the stack deployed, and tell whether it succeeded.

use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{InvocationType, LogType};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::deployed::{self, What};
use super::execution;
use super::hidden;
use super::interrupt;
use super::session::Session;
use super::stacks;
use super::whose;
use crate::cli::{Global, InvokeArgs};
use crate::error::{Error, exit};
use crate::evidence::{self, Line};
use crate::kinds::function;
use crate::report;

pub async fn run(global: &Global, args: &InvokeArgs) -> Result<u8, Error> {
    let payload = payload(args.payload.as_deref())?;
    let session = Session::open(global, stacks::load(global)?).await?;
    let function = deployed::find(&session, &args.function)?;
    whose::check(&function.read, [(&function.id, function.name.as_str())]).await?;
    let alias = match &function.what {
        What::Function { alias } => alias.clone(),
        What::StateMachine { express } => {
            if args.tail {
                let hint = format!("leave it out; etlctl logs {} reads what the state machine logs", args.function);
                return Err(Error::Usage { message: "--tail is for functions".into(), hint });
            }
            // It was read as JSON, which is UTF-8.
            if !args.asynchronous {
                // What its states call tells it what they hold.
                hidden::hide(&deployed::functions(&session, &function.read.scope)).await;
            }
            return execution::run(&function, *express, &String::from_utf8_lossy(&payload), !args.asynchronous).await;
        }
    };
    if !args.asynchronous {
        hidden::hide(std::slice::from_ref(&function)).await;
    }
    let start = Instant::now();
    interrupt::has_sent();
    let answer = function
        .write
        .call
        .send(&function::api::INVOKE_FUNCTION, &function.name, || {
            function
                .write
                .aws
                .lambda
                .invoke()
                .function_name(&function.name)
                .set_qualifier(alias.clone())
                .invocation_type(if args.asynchronous { InvocationType::Event } else { InvocationType::RequestResponse })
                .set_log_type((!args.asynchronous).then_some(LogType::Tail))
                .payload(Blob::new(payload.clone()))
                .send()
        })
        .await
        .map_err(|error| function.failed(error))?;
    if args.asynchronous {
        report::note(&format!("{}: the event is queued; see `etlctl logs {}` for what becomes of it", function.name, args.function));
        return Ok(exit::DONE);
    }
    let elapsed = start.elapsed();
    let tail = answer.log_result().and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default();
    let tail = String::from_utf8_lossy(&tail);
    let is_told = (args.tail || answer.function_error.is_some()) && !tail.trim().is_empty();
    if is_told {
        report::note(tail.trim_end());
    }
    if !global.quiet {
        report::note(&took(&function.id.name, &tail, elapsed));
    }
    let result = answer.payload.map(Blob::into_inner).unwrap_or_default();
    report::exact(&format!("{}\n", String::from_utf8_lossy(&result)));
    let Some(kind) = answer.function_error else { return Ok(exit::DONE) };
    let said: Value = serde_json::from_slice(&result).unwrap_or(Value::Null);
    let reason = said["errorMessage"].as_str().unwrap_or("the function gives no reason");
    let reason = reason.lines().next().unwrap_or_default().to_owned();
    let log = log_of(&function.id.name, &function.read.scope.env, is_told);
    Err(Error::FunctionFailed { name: function.name, log, kind, reason })
}

/// Where the log of a failed call is, the end of which may have been told.
fn log_of(key: &str, env: &str, is_told: bool) -> String {
    let command = format!("`etlctl logs {key} --env {env}`");
    if is_told { format!("the end of its log stands above; {command} has all of it") } else { format!("its log says more: {command}") }
}

/// What the call took: by its report where the log's end holds one, else by the clock here.
fn took(key: &str, tail: &str, elapsed: Duration) -> String {
    let report = tail.lines().rev().find_map(|line| match evidence::read(line) {
        Some(Line::Report(call)) => Some(call),
        _ => None,
    });
    let Some(call) = report else {
        return format!("{key}: {} ms until the answer was here; the log's end holds no report of the call", elapsed.as_millis());
    };
    let used = call.used.map_or_else(String::new, |used| format!(", {used} of {} MB used at most", call.memory));
    let begun = [(call.init, "init"), (call.restore, "restore")];
    let begun: String = begun.iter().filter_map(|(time, what)| Some(format!(", {what} {:.0} ms", (*time)?))).collect();
    format!("{key}: {:.0} ms, billed {} ms{used}{begun}", call.duration, call.billed)
}

/// The event, checked to be JSON before anything is called.
fn payload(from: Option<&Path>) -> Result<Vec<u8>, Error> {
    let Some(path) = from else { return Ok(b"{}".to_vec()) };
    let shown = path.display().to_string();
    let failed = |message: String| Error::File { path: shown.clone(), message };
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes).map_err(|error| failed(error.to_string()))?;
    } else {
        bytes = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    }
    serde_json::from_slice::<serde::de::IgnoredAny>(&bytes).map_err(|error| Error::Usage {
        message: format!("--payload {shown} is not JSON: {error}"),
        hint: "write one JSON value, such as {\"id\": 1}".into(),
    })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_call_took_is_what_its_report_says() {
        let report = "START RequestId: r\nREPORT RequestId: r\tDuration: 12.41 ms\tBilled Duration: 213 ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB\tInit Duration: 199.80 ms\t\n";
        let told = took("work", report, Duration::from_millis(900));
        assert_eq!(told, "work: 12 ms, billed 213 ms, 64 of 128 MB used at most, init 200 ms");
        assert_eq!(log_of("work", "dev", true), "the end of its log stands above; `etlctl logs work --env dev` has all of it");
        assert_eq!(log_of("work", "dev", false), "its log says more: `etlctl logs work --env dev`");
        let none = took("work", "a line", Duration::from_millis(900));
        assert!(none.starts_with("work: 900 ms until the answer was here"), "{none}");
    }
}
