//! What a task calls: a function, an activity, or an integration with a service.

use super::{Check, Query, code, known};
use crate::model::reference::is_known;
use crate::source::diagnostic::suggest;
use crate::source::node::{Node, Yaml};

/// Integrations of Step Functions' own, each with its calls (none: several) and whether a task can wait for
/// the job that it starts, or for a token
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html>).
const INTEGRATIONS: [(&str, &[&str], bool, bool); 20] = [
    ("apigateway", &["invoke"], false, true),
    ("athena", &["startQueryExecution", "stopQueryExecution", "getQueryExecution", "getQueryResults"], true, false),
    ("batch", &["submitJob"], true, false),
    ("bedrock", &["invokeModel", "createModelCustomizationJob"], true, true),
    (
        "codebuild",
        &[
            "startBuild",
            "stopBuild",
            "batchDeleteBuilds",
            "batchGetReports",
            "startBuildBatch",
            "stopBuildBatch",
            "retryBuildBatch",
            "deleteBuildBatch",
        ],
        true,
        false,
    ),
    ("databrew", &["startJobRun"], true, false),
    ("dynamodb", &["getItem", "putItem", "updateItem", "deleteItem"], false, false),
    ("ecs", &["runTask"], true, true),
    ("eks", &[], true, true),
    ("elasticmapreduce", &[], true, false),
    ("emr-containers", &[], true, false),
    ("emr-serverless", &[], true, false),
    ("events", &["putEvents"], false, true),
    ("glue", &["startJobRun"], true, false),
    ("http", &["invoke"], false, false),
    ("lambda", &["invoke"], false, true),
    ("mediaconvert", &["createJob"], true, false),
    ("sagemaker", &[], true, false),
    ("sns", &["publish"], false, true),
    ("sqs", &["sendMessage"], false, true),
];
/// Other machines, and S3 for what a distributed Map reads and writes.
const STATES: (&str, &[&str], bool, bool) = ("states", &["startExecution"], true, true);
/// Integrations with every call of a service.
const SDK: &str = "aws-sdk:";
const TOKEN: &str = "waitForTaskToken";

impl Check {
    pub(super) fn resource(&mut self, name: &str, state: &Node, resource: &Node, query: Query) {
        let Some(text) = known(resource) else { return };
        if query == Query::Ata && text.starts_with("{%") {
            return self.tell(code::RESOURCE, resource.place, "a resource is known before the machine runs: it is no expression");
        }
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        match parts[..] {
            ["arn", _, "lambda", region, account, rest] if !region.is_empty() && !account.is_empty() && rest.starts_with("function:") => {}
            ["arn", _, "states", region, account, rest] if !region.is_empty() && !account.is_empty() && rest.starts_with("activity:") => {
                if self.express {
                    self.tell(
                        code::EXPRESS,
                        resource.place,
                        format!("the task `{name}` is an activity, which an Express machine does not have"),
                    );
                }
                self.bounded(name, state, "an activity whose worker has died");
            }
            ["arn", _, "states", "", "", rest] => self.integration(name, state, resource, rest, query),
            _ => {
                let fix = "write the ARN of a function (`${functions.KEY.arn}`) or of an activity, or an integration such as \
                           arn:aws:states:::lambda:invoke or arn:aws:states:::aws-sdk:s3:getObject";
                let message = format!("`{text}` is neither a function nor an activity nor an integration");
                self.tell_with(code::RESOURCE, resource.place, message, fix);
            }
        }
    }

    fn integration(&mut self, name: &str, state: &Node, resource: &Node, rest: &str, query: Query) {
        let (call, pattern) = rest.split_once('.').unwrap_or((rest, ""));
        if !["", "sync", "sync:2", TOKEN].contains(&pattern) {
            let fix = suggest(pattern, ["sync", "sync:2", TOKEN]);
            return self.tell_with(code::RESOURCE, resource.place, format!("there is no way to wait `.{pattern}`"), fix);
        }
        if self.express && !pattern.is_empty() {
            let message = format!("the task `{name}` waits for what it calls (`.{pattern}`), which an Express machine does not do");
            self.tell(code::EXPRESS, resource.place, message);
        }
        match call.strip_prefix(SDK) {
            Some(sdk) => self.sdk(resource, sdk, pattern),
            None => self.optimized(resource, call, pattern),
        }
        if pattern == TOKEN {
            self.bounded(name, state, "what never sends the token back");
            self.token(name, state, resource, query);
        } else if call == "lambda:invoke"
            && parameters(state, query).is_none_or(|said| said.get("FunctionName").or(said.get("FunctionName.$")).is_none())
        {
            // Parameters that are one expression, or one path, may hold it.
            let is_open = parameters(state, query).is_some_and(|said| !matches!(said.yaml, Yaml::Map(_)));
            if !is_open {
                let field = if query == Query::Ata { "Arguments" } else { "Parameters" };
                let fix = format!("add `{field}: {{ FunctionName: ${{functions.KEY.arn}} }}`");
                self.tell_with(code::FIELD, resource.place, format!("the task `{name}` does not say which function it invokes"), fix);
            }
        }
    }

    fn sdk(&mut self, resource: &Node, call: &str, pattern: &str) {
        let is_call = |part: &str| part.starts_with(|c: char| c.is_ascii_lowercase()) && part.chars().all(|c| c.is_ascii_alphanumeric());
        let parts: Vec<&str> = call.split(':').collect();
        let fine = matches!(parts[..], [service, action] if is_call(service) && is_call(action));
        if !fine {
            let fix = "write service and call in camel case: arn:aws:states:::aws-sdk:s3:listObjectsV2";
            self.tell_with(code::RESOURCE, resource.place, format!("`{SDK}{call}` names no call of a service"), fix);
        } else if pattern.starts_with("sync") {
            let message = format!("a task cannot wait for the end of `{SDK}{call}`");
            self.tell_with(code::RESOURCE, resource.place, message, format!("take `.{pattern}` out, or use an integration that has it"));
        }
    }

    fn optimized(&mut self, resource: &Node, call: &str, pattern: &str) {
        let (service, action) = call.split_once(':').unwrap_or((call, ""));
        let all = || INTEGRATIONS.iter().chain(std::iter::once(&STATES));
        let Some((_, actions, waits, token)) = all().find(|(name, ..)| *name == service) else {
            let fix =
                format!("{}; every call of a service is arn:aws:states:::aws-sdk:SERVICE:CALL", suggest(service, all().map(|row| row.0)));
            return self.tell_with(code::RESOURCE, resource.place, format!("there is no integration with `{service}`"), fix);
        };
        if !actions.is_empty() && !actions.contains(&action) {
            let message = format!("the integration with {service} has no call `{action}`");
            self.tell_with(code::RESOURCE, resource.place, message, suggest(action, actions.iter().copied()));
        }
        if (pattern.starts_with("sync") && !waits) || (pattern == TOKEN && !token) {
            let message = format!("a task cannot wait for {service} with `.{pattern}`");
            self.tell_with(code::RESOURCE, resource.place, message, format!("take `.{pattern}` out"));
        }
    }

    /// What waits without a bound waits for more than three years.
    fn bounded(&mut self, name: &str, state: &Node, what: &str) {
        let bounds = ["TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath"];
        if bounds.iter().all(|bound| state.get(bound).is_none()) {
            let place = state.get("Resource").map_or(state.place, |resource| resource.place);
            self.tell(code::WAITS, place, format!("the task `{name}` has no timeout: {what} is waited for without end"));
        }
    }

    /// The token has to reach whoever is to send it back.
    fn token(&mut self, name: &str, state: &Node, resource: &Node, query: Query) {
        let mut has_token = false;
        let mut look =
            |text: &str| has_token |= text.contains("Task.Token") || text == "$$" || text.contains("$states.context") || !is_known(text);
        // Without parameters the input is sent, which has no token.
        if let Some(parameters) = parameters(state, query) {
            parameters.each_text(&mut |text, _| look(text));
        }
        if !has_token {
            let token = if query == Query::Ata { "{% $states.context.Task.Token %}" } else { "$$.Task.Token" };
            let message = format!("the task `{name}` waits for a token that it tells nobody");
            self.tell_with(code::TOKEN, resource.place, message, format!("put `{token}` into what it sends"));
        }
    }
}

/// What a task sends.
fn parameters(state: &Node, query: Query) -> Option<&Node> {
    state.get(if query == Query::Ata { "Arguments" } else { "Parameters" })
}

#[cfg(test)]
mod tests {
    use super::super::tests::faults_of;

    fn of(resource: &str, more: &str, express: bool) -> Vec<String> {
        faults_of(&format!("StartAt: A\nStates:\n  A: {{ Type: Task, End: true, Resource: '{resource}'{more} }}"), express)
    }

    #[test]
    fn a_resource_is_a_function_an_activity_or_an_integration() {
        for fine in [
            "arn:aws:lambda:eu-west-1:1:function:f:live",
            "${functions.f.arn}",
            "arn:aws:states:::sqs:sendMessage",
            "arn:aws:states:::aws-sdk:s3:listObjectsV2",
            "arn:aws-cn:states:::glue:startJobRun.sync",
        ] {
            assert_eq!(of(fine, "", false), Vec::<String>::new(), "{fine}");
        }
        for wrong in [
            "arn:aws:s3:::bucket",
            "load",
            "arn:aws:states:::sqs:SendMessage",
            "arn:aws:states:::kinesis:putRecord",
            "arn:aws:states:::aws-sdk:s3:ListObjectsV2",
            "arn:aws:states:::dynamodb:getItem.sync",
            "arn:aws:states:::glue:startJobRun.wait",
            "arn:aws:states:::aws-sdk:glue:startJobRun.sync",
        ] {
            assert_eq!(of(wrong, "", false), ["E760 3"], "{wrong}");
        }
    }

    #[test]
    fn who_invokes_says_which_function() {
        let invoke = "arn:aws:states:::lambda:invoke";
        assert_eq!(of(invoke, "", false), ["E752 3"]);
        assert_eq!(of(invoke, ", Parameters: { FunctionName: f }", false), Vec::<String>::new());
        assert_eq!(of(invoke, ", Parameters: { 'FunctionName.$': $.f }", false), Vec::<String>::new());
    }

    #[test]
    fn who_waits_has_a_timeout_and_tells_its_token() {
        let waits = "arn:aws:states:::sqs:sendMessage.waitForTaskToken";
        let sends = ", Parameters: { QueueUrl: u, MessageBody: { 'token.$': $$.Task.Token } }";
        assert_eq!(of(waits, &format!("{sends}, HeartbeatSeconds: 60"), false), Vec::<String>::new());
        assert_eq!(of(waits, sends, false), ["W752 3"]);
        assert_eq!(of(waits, ", Parameters: { QueueUrl: u, MessageBody: x }, TimeoutSeconds: 60", false), ["W754 3"]);
        assert_eq!(of("arn:aws:states:eu-west-1:1:activity:a", "", false), ["W752 3"]);
    }

    #[test]
    fn an_express_machine_waits_for_nothing() {
        assert_eq!(of("arn:aws:states:::glue:startJobRun.sync", "", true), ["E761 3"]);
        assert_eq!(of("arn:aws:states:::sqs:sendMessage", "", true), Vec::<String>::new());
    }
}
