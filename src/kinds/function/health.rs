//! How functions do: their state, what feeds them, and what their metrics tell.

use aws_sdk_lambda::types::{EventSourceMappingConfiguration, FunctionConfiguration, LastUpdateStatus, State};
use futures_util::future::{join, join_all};

use super::spec::Spec;
use super::{api, event_sources, live};
use crate::aws::AwsError;
use crate::contract::{Checked, Fails, FailsTo, Gauge, Over, Patient, ReadCx, none_if_missing};
use crate::model::health::{Figure, Health, Level, Sign};

const LAMBDA: Gauge =
    Gauge { what: "", namespace: "AWS/Lambda", metric: "Invocations", dimension: "FunctionName", over: Over::Hour, is_wrong: false };

pub(super) const GAUGES: &[Gauge] = &[
    Gauge { what: "last call", over: Over::Last, ..LAMBDA },
    Gauge { what: "calls/h", ..LAMBDA },
    Gauge { what: "errors/h", metric: "Errors", is_wrong: true, ..LAMBDA },
    Gauge { what: "throttles/h", metric: "Throttles", is_wrong: true, ..LAMBDA },
];

/// Who disabled a mapping, in Lambda's words for a user.
const BY_A_USER: [&str; 2] = ["USER_INITIATED", "User action"];

pub(super) fn fails_to(spec: &Spec) -> Vec<FailsTo> {
    let to = |arn: &Option<String>, by: Fails| arn.as_ref().map(|arn| FailsTo { arn: arn.clone(), by });
    let of_events = to(&spec.config.dead_letter, Fails::Event);
    let of_invocations = spec.event_invoke.as_ref().and_then(|invoke| to(&invoke.on_failure, Fails::Invocation));
    let of_batches = spec.event_sources.values().filter_map(|source| to(&source.on_failure, Fails::Batch));
    of_events.into_iter().chain(of_invocations).chain(of_batches).collect()
}

pub(super) async fn health(cx: &ReadCx, asked: &[Patient<'_>]) -> Vec<Checked> {
    let functions = join_all(asked.iter().map(|patient| function(cx, patient.name)));
    let (functions, mappings) = join(functions, event_sources::list(cx)).await;
    let one = |(found, patient): (Result<Option<Health>, AwsError>, &Patient<'_>)| {
        let Some(mut health) = found? else { return Ok(None) };
        match &mappings {
            Ok(mappings) => health.signs.extend(mappings.iter().filter_map(|mapping| fed(mapping, patient.name))),
            Err(error) => {
                health.signs.push(Sign::new("event source", Figure::Unread).of("event sources".into()).level(Level::Unsure));
                health.unread.push(format!("event sources: {error}"));
            }
        }
        Ok(Some(health))
    };
    functions.into_iter().zip(asked).map(one).collect()
}

async fn function(cx: &ReadCx, name: &str) -> Result<Option<Health>, AwsError> {
    let answer = cx.call.send(&api::GET_FUNCTION, name, || cx.aws.lambda.get_function().function_name(name).send()).await;
    let Some(answer) = none_if_missing(answer)? else { return Ok(None) };
    let Some(live) = answer.configuration else {
        return Err(AwsError::unexpected(&api::GET_FUNCTION, name, "the answer holds no configuration"));
    };
    Ok(Some(Health { signs: states(&live), unread: Vec::new() }))
}

/// Its state, and its last update where that has not succeeded.
fn states(live: &FunctionConfiguration) -> Vec<Sign> {
    let failure = live::failure(live);
    let level = match live.state() {
        Some(State::Failed) => Level::Wrong,
        // An inactive one wakes up with its next call.
        Some(State::Active | State::Inactive) => Level::Fine,
        Some(_) | None => Level::Unsure,
    };
    let why = failure.as_deref().filter(|_| level == Level::Wrong).or(live.state_reason());
    let state = Sign::new("state", Figure::word(live.state().map(State::as_str))).level(level).because(why);
    let update = live.last_update_status().filter(|status| **status != LastUpdateStatus::Successful).map(|status| {
        let level = if *status == LastUpdateStatus::Failed { Level::Wrong } else { Level::Unsure };
        let why = failure.as_deref().or(live.last_update_status_reason());
        Sign::new("last update", Figure::Word(status.as_str().to_owned())).of("last update".into()).level(level).because(why)
    });
    std::iter::once(state).chain(update).collect()
}

/// How an event source of this function does.
fn fed(mapping: &EventSourceMappingConfiguration, name: &str) -> Option<Sign> {
    let (source, _, _) = event_sources::of_function(mapping, name)?;
    let state = mapping.state();
    let result = mapping.last_processing_result().filter(|result| result.starts_with("PROBLEM"));
    let by = mapping.state_transition_reason().filter(|by| !by.is_empty() && !BY_A_USER.contains(by));
    let is_off = matches!(state, Some("Disabled" | "Disabling"));
    let (level, why) = match (is_off, result, by) {
        (_, Some(problem), _) => (Level::Wrong, Some(problem)),
        (true, None, Some(by)) => (Level::Wrong, Some(by)),
        (true, None, None) => (Level::Unsure, None),
        (false, None, _) if state == Some("Enabled") => (Level::Fine, None),
        (false, None, by) => (Level::Unsure, by),
    };
    let sign = Sign::new("event source", Figure::word(state)).level(level).because(why);
    Some(sign.of(format!("event source {}", short(&source))))
}

/// What an ARN names, without where that is.
fn short(source: &str) -> String {
    if !source.starts_with("arn:") {
        return source.to_owned();
    }
    source.splitn(6, ':').last().unwrap_or(source).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping() -> aws_sdk_lambda::types::builders::EventSourceMappingConfigurationBuilder {
        EventSourceMappingConfiguration::builder()
            .uuid("u")
            .event_source_arn("arn:aws:sqs:eu-west-1:123456789012:orders")
            .function_arn("arn:aws:lambda:eu-west-1:123456789012:function:work:live")
    }

    /// Recorded shapes: a local AWS tells no problem.
    #[test]
    fn an_event_source_is_as_lambda_tells_it() {
        for (state, result, reason, level, why) in [
            ("Enabled", Some("OK"), Some("USER_INITIATED"), Level::Fine, None),
            ("Enabled", Some("No records processed"), None, Level::Fine, None),
            ("Enabled", Some("PROBLEM: Function call failed"), None, Level::Wrong, Some("PROBLEM: Function call failed")),
            ("Disabled", Some("OK"), Some("USER_INITIATED"), Level::Unsure, None),
            ("Disabled", None, Some("The role cannot be assumed"), Level::Wrong, Some("The role cannot be assumed")),
            ("Updating", None, Some("USER_INITIATED"), Level::Unsure, None),
        ] {
            let mapping = mapping().state(state).set_last_processing_result(result.map(str::to_owned));
            let sign = fed(&mapping.set_state_transition_reason(reason.map(str::to_owned)).build(), "work").unwrap();
            assert_eq!(
                (sign.level, sign.why.as_deref(), sign.of.as_deref()),
                (level, why, Some("event source orders")),
                "{state} {result:?}"
            );
        }
        assert!(fed(&mapping().build(), "other").is_none());
    }

    #[test]
    fn a_failed_update_tells_why_and_the_state_stays() {
        let live = FunctionConfiguration::builder().state(State::Active).last_update_status(LastUpdateStatus::Failed);
        let signs = states(&live.last_update_status_reason("no such image").build());
        let [state, update] = &signs[..] else { panic!("{signs:?}") };
        assert_eq!((state.level, update.level, update.why.as_deref()), (Level::Fine, Level::Wrong, Some("no such image")));
    }

    #[test]
    fn what_lambda_does_not_say_is_not_fine() {
        let [state] = &states(&FunctionConfiguration::builder().build())[..] else { panic!("one sign") };
        assert_eq!((&state.figure, state.level), (&Figure::Nothing, Level::Unsure));
        let sign = fed(&mapping().build(), "work").unwrap();
        assert_eq!((&sign.figure, sign.level), (&Figure::Nothing, Level::Unsure));
    }

    #[test]
    fn a_source_is_named_by_what_it_is() {
        assert_eq!(short("arn:aws:dynamodb:r:1:table/orders/stream/2026"), "table/orders/stream/2026");
        assert_eq!(short("kafka://broker:9092/orders"), "kafka://broker:9092/orders");
    }
}
