//! What a definition calls, and what the role of its machine has to be allowed for that. Texts are
//! templates: `${functions.load.arn}` stands for a function of the stack.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Spec, arn};
use crate::model::Scope;
use crate::model::policy::{VERSION, normalize};
use crate::model::reference::references_in;

/// What follows from a definition.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// What the role is allowed.
    pub allowed: Allowed,
    /// States of which it cannot be said what they need: path in the definition, and why.
    pub unknown: Vec<(Vec<String>, String)>,
}

/// Resources by action.
#[derive(Debug, Default)]
pub(super) struct Allowed(BTreeMap<String, BTreeSet<String>>);

const EVERYTHING: &str = "*";
/// What delivers logs works on no resource that could be named (docs/aws-facts.md §25).
const LOG_DELIVERY: [&str; 8] = [
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
];
/// What records traces works on no resource either.
const TRACES: [&str; 4] = ["xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets"];
/// Rule by which Step Functions hears of executions that it started and waits for.
const EXECUTION_RULE: &str = "rule/StepFunctionsGetEventsForStepFunctionsExecutionRule";

impl Allowed {
    fn add(&mut self, actions: &[&str], resources: impl IntoIterator<Item = String>) {
        let resources: Vec<String> = resources.into_iter().collect();
        for action in actions {
            self.0.entry((*action).to_owned()).or_default().extend(resources.iter().cloned());
        }
    }

    /// Each action with each of its resources.
    pub(super) fn pairs(&self) -> Vec<(String, String)> {
        let pairs = self.0.iter().flat_map(|(action, resources)| resources.iter().map(move |resource| (action.clone(), resource.clone())));
        pairs.collect()
    }

    /// The policy document: actions that share their resources share a statement.
    pub(super) fn document(&self) -> Option<Value> {
        let mut groups: BTreeMap<&BTreeSet<String>, Vec<&String>> = BTreeMap::new();
        for (action, resources) in &self.0 {
            groups.entry(resources).or_default().push(action);
        }
        let statements: Vec<Value> =
            groups.into_iter().map(|(resources, actions)| json!({"Effect": "Allow", "Action": actions, "Resource": resources})).collect();
        (!statements.is_empty()).then(|| normalize(json!({"Version": VERSION, "Statement": statements})))
    }
}

/// What the role of a machine is to be allowed.
pub(super) fn of_machine(scope: &Scope, name: &str, spec: &Spec) -> Allowed {
    let mut allowed = of(scope, name, &spec.definition).allowed;
    if spec.logging.log_group.is_some() {
        allowed.add(&LOG_DELIVERY, [EVERYTHING.to_owned()]);
    }
    if spec.tracing {
        allowed.add(&TRACES, [EVERYTHING.to_owned()]);
    }
    if let Some(key) = spec.key_arn(scope) {
        allowed.add(&["kms:Decrypt", "kms:GenerateDataKey"], [key]);
    }
    allowed
}

/// What a definition calls. `name` is the machine's.
pub(super) fn of(scope: &Scope, name: &str, definition: &Value) -> Calls {
    let mut reader = Reader { scope, name, calls: Calls::default() };
    reader.states(definition, &mut Vec::new());
    reader.calls
}

struct Reader<'a> {
    scope: &'a Scope,
    name: &'a str,
    calls: Calls,
}

/// A parameter of a call.
enum Said<'a> {
    /// It stands there.
    Text(&'a str),
    /// It comes from the input of an execution.
    Later,
    /// Nothing is said.
    Nothing,
}

impl Reader<'_> {
    /// The states of a machine, of a branch or of what a Map does with each item.
    fn states(&mut self, machine: &Value, path: &mut Vec<String>) {
        let Some(states) = machine.get("States").and_then(Value::as_object) else { return };
        for (name, state) in states {
            path.extend(["States".to_owned(), name.clone()]);
            self.state(state, path);
            path.truncate(path.len() - 2);
        }
    }

    fn state(&mut self, state: &Value, path: &mut Vec<String>) {
        match state["Type"].as_str() {
            Some("Task") => {
                if let Err(why) = self.task(state) {
                    self.calls.unknown.push((path.clone(), why));
                }
            }
            Some("Parallel") => {
                for (index, branch) in state["Branches"].as_array().into_iter().flatten().enumerate() {
                    path.extend(["Branches".to_owned(), index.to_string()]);
                    self.states(branch, path);
                    path.truncate(path.len() - 2);
                }
            }
            Some("Map") => self.map(state, path),
            _ => {}
        }
    }

    fn map(&mut self, state: &Value, path: &mut Vec<String>) {
        for field in ["ItemProcessor", "Iterator"] {
            path.push(field.to_owned());
            self.states(&state[field], path);
            path.pop();
        }
        if state["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED" {
            let executions = self.scope.arn("states", &format!("execution:{}/*", self.name));
            let runs = self.scope.arn("states", &format!("mapRun:{}/*", self.name));
            self.calls.allowed.add(&["states:StartExecution"], [arn(self.scope, self.name)]);
            let actions = ["states:DescribeExecution", "states:StopExecution", "states:RedriveExecution"];
            self.calls.allowed.add(&actions, [executions, runs]);
        }
        for (field, write) in [("ItemReader", false), ("ResultWriter", true)] {
            let part = &state[field];
            if part.is_null() || (write && part["Resource"].is_null()) {
                continue;
            }
            if let Err(why) = self.items(part, write) {
                self.calls.unknown.push((path.clone(), format!("{field}: {why}")));
            }
        }
    }

    /// What a Map reads its items from, or writes its results to.
    fn items(&mut self, part: &Value, write: bool) -> Result<(), String> {
        let bucket = match said(part, "Bucket") {
            Said::Text(bucket) => bucket.to_owned(),
            Said::Later | Said::Nothing => return Err("the bucket is known only when it runs".to_owned()),
        };
        let bucket = format!("arn:{}:s3:::{bucket}", self.scope.partition);
        let objects = format!("{bucket}/*");
        if write {
            let actions = ["s3:PutObject", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload"];
            self.calls.allowed.add(&actions, [objects]);
        } else if part["Resource"].as_str().is_some_and(|resource| resource.ends_with("listObjectsV2")) {
            self.calls.allowed.add(&["s3:ListBucket"], [bucket]);
        } else {
            self.calls.allowed.add(&["s3:GetObject"], [objects]);
        }
        Ok(())
    }

    /// What one task needs; why that cannot be said.
    fn task(&mut self, state: &Value) -> Result<(), String> {
        let Some(resource) = state["Resource"].as_str() else { return Ok(()) };
        if let Some(reference) = references_in(resource).next().filter(|_| resource.starts_with("${")) {
            return match reference.section.as_str() {
                "functions" => self.invoke(resource),
                section => Err(format!("what `{resource}` of `{section}` needs is not known")),
            };
        }
        let parts: Vec<&str> = resource.splitn(6, ':').collect();
        match parts[..] {
            [_, _, "lambda", _, _, _] => self.invoke(resource),
            // An activity is worked on by who polls it, with rights of its own.
            [_, _, "states", _, _, rest] if rest.starts_with("activity:") => Ok(()),
            [_, _, "states", "", "", rest] => self.integration(state, rest),
            _ => Ok(()),
        }
    }

    fn invoke(&mut self, function: &str) -> Result<(), String> {
        // `arn:…:function:name` has seven parts, a qualifier is the eighth; those of references say it.
        let is_qualified = if function.starts_with("${") { !function.ends_with(".arn}") } else { function.split(':').count() > 7 };
        let versions = (!is_qualified).then(|| format!("{function}:*"));
        self.calls.allowed.add(&["lambda:InvokeFunction"], [function.to_owned()].into_iter().chain(versions));
        Ok(())
    }

    /// `lambda:invoke`, `sqs:sendMessage.waitForTaskToken`, …
    fn integration(&mut self, state: &Value, rest: &str) -> Result<(), String> {
        let (call, pattern) = rest.split_once('.').unwrap_or((rest, ""));
        match call {
            "lambda:invoke" => {
                let function = text(state, "FunctionName")?;
                let arn = self.named(function, "functions", "lambda", "function:");
                self.invoke(&arn)
            }
            "sqs:sendMessage" => {
                let queue = self.queue(text(state, "QueueUrl")?)?;
                self.calls.allowed.add(&["sqs:SendMessage"], [queue]);
                Ok(())
            }
            "sns:publish" => {
                let topic = text(state, "TopicArn")?.to_owned();
                self.calls.allowed.add(&["sns:Publish"], [topic]);
                Ok(())
            }
            "dynamodb:getItem" | "dynamodb:putItem" | "dynamodb:updateItem" | "dynamodb:deleteItem" => {
                let table = self.named(text(state, "TableName")?, "tables", "dynamodb", "table/");
                let verb = call.trim_start_matches("dynamodb:");
                let action = format!("dynamodb:{}{}", verb[..1].to_uppercase(), &verb[1..]);
                self.calls.allowed.add(&[action.as_str()], [table]);
                Ok(())
            }
            "events:putEvents" => {
                let buses = self.scope.arn("events", "event-bus/*");
                self.calls.allowed.add(&["events:PutEvents"], [buses]);
                Ok(())
            }
            "states:startExecution" => self.start(text(state, "StateMachineArn")?, pattern),
            other => Err(format!("what `{other}` needs is not known")),
        }
    }

    /// Another machine, or this one; who waits for it hears of it by a rule of EventBridge.
    fn start(&mut self, machine: &str, pattern: &str) -> Result<(), String> {
        self.calls.allowed.add(&["states:StartExecution"], [machine.to_owned()]);
        if pattern.starts_with("sync") {
            let name = match references_in(machine).next() {
                Some(reference) => format!("${{{}.{}.name}}", reference.section, reference.key),
                None => machine.rsplit(':').next().unwrap_or(EVERYTHING).to_owned(),
            };
            let executions = self.scope.arn("states", &format!("execution:{name}:*"));
            self.calls.allowed.add(&["states:DescribeExecution", "states:StopExecution"], [executions]);
            let rule = self.scope.arn("events", EXECUTION_RULE);
            self.calls.allowed.add(&["events:PutTargets", "events:PutRule", "events:DescribeRule"], [rule]);
        }
        Ok(())
    }

    /// The ARN of what is named by its ARN, by its name, or by a reference to either.
    fn named(&self, word: &str, section: &str, service: &str, prefix: &str) -> String {
        if let Some(reference) = references_in(word).next().filter(|_| word.starts_with("${") && word.ends_with('}')) {
            let is_name = reference.section == section && reference.attribute == "name";
            return if is_name { format!("${{{section}.{}.arn}}", reference.key) } else { word.to_owned() };
        }
        if word.starts_with("arn:") { word.to_owned() } else { self.scope.arn(service, &format!("{prefix}{word}")) }
    }

    /// The ARN of the queue of a URL: `https://sqs.<region>.amazonaws.com/<account>/<name>`.
    fn queue(&self, url: &str) -> Result<String, String> {
        if let Some(reference) = references_in(url).next() {
            return Ok(format!("${{{}.{}.arn}}", reference.section, reference.key));
        }
        let parts: Vec<&str> = url.trim_start_matches("https://").split('/').collect();
        let [host, account, name] = parts[..] else { return Err(format!("`{url}` is no URL of a queue")) };
        let region = host.split('.').nth(1).unwrap_or(&self.scope.region);
        Ok(format!("arn:{}:sqs:{region}:{account}:{name}", self.scope.partition))
    }
}

/// A parameter that has to be known for its rights.
fn text<'a>(state: &'a Value, name: &str) -> Result<&'a str, String> {
    match said(state, name) {
        Said::Text(text) => Ok(text),
        Said::Later => Err(format!("`{name}` is known only when it runs")),
        Said::Nothing => Err(format!("`{name}` is not said")),
    }
}

/// JSONPath says it in `Parameters`, JSONata in `Arguments`.
fn said<'a>(state: &'a Value, name: &str) -> Said<'a> {
    let parameters = if state["Arguments"].is_null() { &state["Parameters"] } else { &state["Arguments"] };
    match &parameters[name] {
        Value::String(text) if text.starts_with("{%") => Said::Later,
        Value::String(text) => Said::Text(text),
        _ if !parameters[format!("{name}.$")].is_null() || parameters.is_string() => Said::Later,
        _ => Said::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        let account = "111111111111".into();
        Scope { partition: "aws".into(), account, region: "eu-west-1".into(), stack: "s".into(), env: "dev".into(), instance: "dev".into() }
    }

    fn of_task(task: Value) -> Calls {
        of(&scope(), "flow", &json!({"StartAt": "A", "States": {"A": task}}))
    }

    fn allows(task: Value, action: &str) -> Vec<String> {
        of_task(task).allowed.0.get(action).into_iter().flatten().cloned().collect()
    }

    #[test]
    fn a_function_may_be_invoked_at_each_of_its_versions_and_an_alias_by_itself() {
        let invoke = "lambda:InvokeFunction";
        let plain = json!({"Type": "Task", "Resource": "${functions.load.arn}"});
        assert_eq!(allows(plain, invoke), ["${functions.load.arn}", "${functions.load.arn}:*"]);
        let alias = json!({"Type": "Task", "Resource": "${functions.load.alias_arn}"});
        assert_eq!(allows(alias, invoke), ["${functions.load.alias_arn}"]);
        let by_name =
            json!({"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "Parameters": {"FunctionName": "load"}});
        let function = "arn:aws:lambda:eu-west-1:111111111111:function:load";
        assert_eq!(allows(by_name, invoke), [function.to_owned(), format!("{function}:*")]);
        let ata =
            json!({"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "${functions.load.name}"}});
        assert_eq!(allows(ata, invoke), ["${functions.load.arn}", "${functions.load.arn}:*"]);
    }

    #[test]
    fn what_only_an_execution_knows_is_told() {
        let later = json!({"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName.$": "$.function"}});
        let unknown = of_task(later).unknown;
        assert_eq!(unknown.len(), 1);
        assert_eq!(unknown[0].0, ["States", "A"]);
        let sdk = json!({"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:getObject"});
        assert_eq!(of_task(sdk).unknown.len(), 1);
    }

    #[test]
    fn messages_items_and_executions_are_allowed_on_what_they_name() {
        let task = |resource: &str, parameters: Value| json!({"Type": "Task", "Resource": format!("arn:aws:states:::{resource}"), "Parameters": parameters});
        let url = "https://sqs.eu-west-1.amazonaws.com/111111111111/in";
        assert_eq!(allows(task("sqs:sendMessage", json!({"QueueUrl": url})), "sqs:SendMessage"), ["arn:aws:sqs:eu-west-1:111111111111:in"]);
        let own = task("sqs:sendMessage", json!({"QueueUrl": "${queues.in.url}"}));
        assert_eq!(allows(own, "sqs:SendMessage"), ["${queues.in.arn}"]);
        let put = task("dynamodb:putItem", json!({"TableName": "${tables.t.name}"}));
        assert_eq!(allows(put, "dynamodb:PutItem"), ["${tables.t.arn}"]);
        let start = task("states:startExecution.sync:2", json!({"StateMachineArn": "${state_machines.other.arn}"}));
        assert_eq!(allows(start.clone(), "states:StartExecution"), ["${state_machines.other.arn}"]);
        let waited = "arn:aws:states:eu-west-1:111111111111:execution:${state_machines.other.name}:*";
        assert_eq!(allows(start.clone(), "states:StopExecution"), [waited]);
        assert!(allows(start, "events:PutRule")[0].ends_with(EXECUTION_RULE));
    }

    #[test]
    fn a_distributed_map_starts_executions_of_its_own_machine() {
        let map = json!({"Type": "Map", "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "in"}},
            "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "B", "States": {"B": {"Type": "Task", "Resource": "${functions.f.arn}"}}}});
        assert_eq!(allows(map.clone(), "s3:GetObject"), ["arn:aws:s3:::in/*"]);
        assert_eq!(allows(map.clone(), "states:StartExecution"), ["arn:aws:states:eu-west-1:111111111111:stateMachine:flow"]);
        assert_eq!(allows(map, "lambda:InvokeFunction").len(), 2);
    }
}
