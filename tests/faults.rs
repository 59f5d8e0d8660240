//! What AWS answers on a bad day, in the shapes that it really sends, between the built binary and
//! a local AWS that carries out what gets through.

mod common;

use std::time::{Duration, Instant};

use common::local_aws;
use common::project::{Project, Run};
use common::proxy::{Fault, Proxy, Rule};
use common::wire::REQUEST_ID;

/// One of each kind.
const STACK: &str = "\
stack: tiny
region: us-east-1
environments: { dev: {} }
naming: \"tiny-${name}\"
queues:
  dlq: {}
topics:
  alerts: {}
layers:
  shared: { source: ../handlers/work }
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    layers: [shared]
    dead_letter_queue: dlq
    reserved_concurrency: 1
    log_retention: 7d
    role: { policies: { dlq: [{ actions: [sqs:SendMessage], resources: [\"${queues.dlq.arn}\"] }] } }
alarms:
  errors:
    function: work
    metric: Errors
    statistic: Sum
    period: 5m
    comparison: GreaterThanThreshold
    threshold: 1
    alarm_actions: [alerts]
outputs:
  layer: ${layers.shared.arn}
";
const FUNCTION: &str = "\
stack: tiny
region: us-east-1
environments: { dev: {} }
naming: \"tiny-${name}\"
functions:
  work: { source: ../handlers/work, runtime: nodejs22.x, handler: index.handler }
";
const QUEUE: &str = "\
stack: tiny
region: us-east-1
environments: { dev: {} }
naming: \"tiny-${name}\"
queues: { dlq: {} }
";

/// A project and an account of its own.
struct Bench {
    project: Project,
    account: String,
}

impl Bench {
    fn new(stack: &str) -> Self {
        Self { project: Project::new(stack), account: local_aws::account() }
    }

    fn run_at(&self, url: &str, args: &[&str]) -> Run {
        let mut command = self.project.command(args);
        command.env("AWS_ENDPOINT_URL", url).env("AWS_ACCESS_KEY_ID", &self.account).env("AWS_SECRET_ACCESS_KEY", "test");
        Run::of(&mut command)
    }

    /// Runs with these faults. All of them have to be met, or the test has shown nothing.
    #[track_caller]
    fn run(&self, args: &[&str], rules: Vec<Rule>) -> (Run, Proxy) {
        let proxy = Proxy::start(local_aws::endpoint(), rules);
        let run = self.run_at(&proxy.url, args);
        let unspent = proxy.unspent();
        assert!(unspent.is_empty(), "no call met the rules for {unspent:?}\n{run}");
        (run, proxy)
    }

    /// Runs on a good day.
    fn calmly(&self, args: &[&str]) -> Run {
        self.run_at(local_aws::endpoint(), args)
    }

    /// Everything is as the file says: nothing was left half-made.
    #[track_caller]
    fn assert_converged(&self) {
        self.calmly(&["plan", "--detailed-exitcode"]).exits(0);
    }
}

const APPLY: &[&str] = &["apply", "--yes"];
const DESTROY: &[&str] = &["destroy", "--yes"];

#[test]
fn a_role_that_has_not_spread_is_waited_for_and_told() {
    let bench = Bench::new(FUNCTION);
    let spreading = Rule::refuse(
        "lambda:CreateFunction",
        400,
        "InvalidParameterValueException",
        "The role defined for the function cannot be assumed by Lambda.",
    );
    let (run, proxy) = bench.run(APPLY, vec![spreading.times(2)]);
    run.exits(0).tells(&["function/work is being created: the new role has not reached Lambda yet"]);
    assert_eq!(proxy.count("lambda:CreateFunction", "tiny-work"), 3);
    bench.assert_converged();
}

#[test]
fn what_settles_by_itself_is_waited_for() {
    let bench = Bench::new(STACK);
    let recently = "You must wait 60 seconds after deleting a queue before you can create another with the same name.";
    let (run, _) = bench.run(
        APPLY,
        vec![
            Rule::refuse("sqs:CreateQueue", 400, "AWS.SimpleQueueService.QueueDeletedRecently", recently),
            Rule::refuse(
                "lambda:CreateFunction",
                400,
                "InvalidParameterValueException",
                "The provided execution role does not have permissions to call SendMessage on SQS",
            ),
            Rule::refuse(
                "iam:PutRolePolicy",
                409,
                "ConcurrentModification",
                "The request was rejected because multiple requests to change this object were submitted simultaneously.",
            ),
            Rule::refuse(
                "logs:PutRetentionPolicy",
                400,
                "OperationAbortedException",
                "A conflicting operation is currently in progress against this resource. Please try again.",
            ),
        ],
    );
    run.exits(0).tells(&["SQS frees the name", "the role's policies have not reached Lambda", "a concurrent change is in progress"]);
    bench.assert_converged();

    bench.project.write("desired-state/stack.yaml", STACK.replace("reserved_concurrency: 1", "memory: 256"));
    let busy = "The operation cannot be performed at this time. An update is in progress for resource: arn:aws:lambda:us-east-1:1:function:tiny-work";
    let (run, proxy) = bench.run(
        APPLY,
        vec![
            Rule::refuse("lambda:UpdateFunctionConfiguration", 409, "ResourceConflictException", busy).times(2),
            Rule::refuse(
                "lambda:GET /2015-03-31/functions/tiny-work/policy",
                404,
                "ResourceNotFoundException",
                "The resource you requested does not exist.",
            ),
        ],
    );
    run.exits(0).tells(&["function/work is being updated: another update is in progress"]);
    assert_eq!(proxy.count("lambda:UpdateFunctionConfiguration", ""), 3);
    bench.assert_converged();

    let (run, _) = bench.run(
        DESTROY,
        vec![
            Rule::refuse("iam:DeleteRole", 409, "DeleteConflict", "Cannot delete entity, must delete policies first."),
            Rule::refuse("lambda:DeleteFunction", 409, "ResourceConflictException", busy),
        ],
    );
    run.exits(0).tells(&["what the role holds is still being detached"]);
}

#[test]
fn throttles_of_every_service_are_ridden_out() {
    let bench = Bench::new(STACK);
    let throttle = |operation, status, code| Rule::refuse(operation, status, code, "Rate exceeded");
    let (run, _) = bench.run(
        APPLY,
        vec![
            throttle("sts:GetCallerIdentity", 400, "Throttling"),
            throttle("tag:GetResources", 400, "ThrottledException"),
            throttle("iam:GetAccountAuthorizationDetails", 400, "Throttling"),
            throttle("iam:CreateRole", 400, "Throttling"),
            throttle("sqs:CreateQueue", 400, "RequestThrottled"),
            throttle("sns:CreateTopic", 400, "Throttled"),
            throttle("logs:CreateLogGroup", 400, "ThrottlingException"),
            throttle("lambda:PublishLayerVersion", 429, "TooManyRequestsException"),
            // More often than the SDK itself tries.
            throttle("lambda:CreateFunction", 429, "TooManyRequestsException").times(4),
            throttle("lambda:PutFunctionConcurrency", 503, "ServiceException"),
            throttle("cloudwatch:DescribeAlarms", 400, "Throttling"),
            throttle("cloudwatch:PutMetricAlarm", 400, "Throttling"),
        ],
    );
    run.exits(0);
    bench.assert_converged();
}

#[test]
fn an_answer_that_is_lost_makes_nothing_twice() {
    let bench = Bench::new(STACK);
    let creates = [
        "iam:CreateRole",
        "sqs:CreateQueue",
        "sns:CreateTopic",
        "logs:CreateLogGroup",
        "lambda:PublishLayerVersion",
        "lambda:CreateFunction",
        "cloudwatch:PutMetricAlarm",
    ];
    let lost = |operations: &[&'static str]| operations.iter().map(|operation| Rule::new(operation, Fault::Lost)).collect::<Vec<_>>();
    let (run, proxy) = bench.run(APPLY, lost(&creates));
    let run = run.exits(0);
    assert_eq!(proxy.count("lambda:PublishLayerVersion", ""), 1, "every publish makes a version");
    assert!(run.out.contains(":layer:tiny-shared:1\n"), "there is one version, the first\n{run}");
    bench.assert_converged();

    let deletes = [
        "iam:DeleteRole",
        "sqs:DeleteQueue",
        "sns:DeleteTopic",
        "logs:DeleteLogGroup",
        "lambda:DeleteLayerVersion",
        "lambda:DeleteFunction",
        "cloudwatch:DeleteAlarms",
    ];
    let (run, _) = bench.run(DESTROY, lost(&deletes));
    run.exits(0);
    let run = bench.calmly(DESTROY).exits(0);
    assert!(run.out.contains("\nNo changes."), "{run}");
}

#[test]
fn a_layer_that_is_changed_gets_one_version_more_when_its_answer_is_lost() {
    let bench = Bench::new(STACK);
    bench.calmly(APPLY).exits(0);
    bench.project.write("handlers/work/more.js", "exports.more = true;\n");
    let (run, proxy) = bench.run(APPLY, vec![Rule::new("lambda:PublishLayerVersion", Fault::Lost)]);
    assert_eq!(proxy.count("lambda:PublishLayerVersion", ""), 1, "every publish makes a version\n{run}");
    let run = run.exits(0);
    assert!(run.out.contains(":layer:tiny-shared:2\n"), "there is a second version and no third\n{run}");
    bench.assert_converged();
}

/// Calls that make a part of a function. None of them is sent twice.
const PARTS: [&str; 4] =
    ["lambda:CreateAlias", "lambda:CreateFunctionUrlConfig", "lambda:AddPermission", "lambda:CreateEventSourceMapping"];

#[test]
fn a_part_of_a_function_whose_answer_is_lost_is_made_once() {
    let with = |parts: &str| FUNCTION.replace("index.handler }", &format!("index.handler{parts} }}\nqueues: {{ in: {{}} }}"));
    // Apart from the others: the local AWS does not tell that a URL is an alias's.
    let (plain, alias) = (with(""), with(", alias: live"));
    let others = with(
        ", url: { auth: iam }, permissions: { s3: { principal: s3.amazonaws.com } }, \
         event_sources: [{ arn: \"arn:aws:sqs:us-east-1:${aws.account}:tiny-in\" }], \
         role: { managed_policies: [service-role/AWSLambdaSQSQueueExecutionRole] }",
    );
    let mut problems = Vec::new();
    for operation in PARTS {
        let whole = if operation == "lambda:CreateAlias" { &alias } else { &others };
        for is_new in [true, false] {
            let bench = Bench::new(if is_new { whole } else { &plain });
            if !is_new {
                bench.calmly(APPLY).exits(0);
                bench.project.write("desired-state/stack.yaml", whole);
            }
            let (run, proxy) = bench.run(APPLY, vec![Rule::new(operation, Fault::Lost)]);
            assert_eq!(proxy.count(operation, ""), 1, "{run}");
            let plan = bench.calmly(&["plan", "--detailed-exitcode"]);
            // What is there already is no update in progress: waiting for its end takes minutes.
            if (run.code, plan.code) != (0, 0) || run.err.contains("another update is in progress") {
                let function = if is_new { "a new" } else { "an updated" };
                problems.push(format!("{operation} of {function} function: apply {}, then plan {}\n{}", run.code, plan.code, run.err));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn what_failed_is_told_and_what_does_not_need_it_goes_on() {
    let two =
        STACK.replace("functions:\n", "functions:\n  rest: { source: ../handlers/work, runtime: nodejs22.x, handler: index.handler }\n");
    let bench = Bench::new(&two);
    let denied = "User: arn:aws:iam::111111111111:user/ci is not authorized to perform: lambda:CreateFunction on resource: tiny-work";
    let (run, proxy) =
        bench.run(APPLY, vec![Rule::refuse("lambda:CreateFunction", 403, "AccessDeniedException", denied).about("tiny-work")]);
    let run = run.exits(6).tells(&[
        "function/rest created",
        "queue/dlq created",
        "failed: function/work: lambda:CreateFunction on tiny-work: AccessDeniedException: User: arn:aws:iam::111111111111:user/ci is not",
        &format!("(request id {REQUEST_ID})"),
        "allow lambda:CreateFunction",
        "not done: alarm/errors: it needs function/work",
        "1 failed, 1 not done",
        "To go on: etlctl apply",
    ]);
    assert_eq!(proxy.count("lambda:CreateFunction", "tiny-work"), 1, "no waiting mends a missing permission\n{run}");
    assert_eq!(proxy.count("cloudwatch:PutMetricAlarm", ""), 0);
    let run = bench.calmly(APPLY).exits(0);
    assert!(run.out.contains("Plan: 2 to create, 0 to update, 0 to delete, "), "what was done stays done\n{run}");
    bench.assert_converged();
}

#[test]
fn where_nothing_was_written_it_is_1_and_at_once() {
    let bench = Bench::new(QUEUE);
    let start = Instant::now();
    let rule = Rule::refuse("sqs:CreateQueue", 400, "InvalidAttributeValue", "Invalid value for the parameter DelaySeconds.");
    let (run, proxy) = bench.run(APPLY, vec![rule]);
    run.exits(1).tells(&["failed: queue/dlq: sqs:CreateQueue on tiny-dlq: InvalidAttributeValue: Invalid value", REQUEST_ID]);
    assert_eq!(proxy.count("sqs:CreateQueue", ""), 1);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?} for an error that no waiting mends", start.elapsed());
    let (run, _) = bench.run(&["plan"], vec![Rule::refuse("sqs:GetQueueUrl", 403, "AccessDenied", "Access to the resource is denied.")]);
    run.exits(1).tells(&["sqs:GetQueueUrl on tiny-dlq: AccessDenied", "allow sqs:GetQueueUrl", REQUEST_ID]);
}

#[test]
fn expired_credentials_are_4_before_a_write_and_6_after() {
    let expired = "The security token included in the request is expired";
    let bench = Bench::new(STACK);
    let (run, proxy) = bench.run(APPLY, vec![Rule::refuse("sts:GetCallerIdentity", 403, "ExpiredToken", expired)]);
    run.exits(4).tells(&["ExpiredToken", "aws sso login"]);
    assert_eq!(proxy.calls().len(), 1, "nothing is asked with credentials that have expired");
    let (run, _) = bench.run(&["plan"], vec![Rule::refuse("cloudwatch:DescribeAlarms", 400, "ExpiredTokenException", expired)]);
    run.exits(4).tells(&["cloudwatch:DescribeAlarms", "ExpiredTokenException", "aws sso login"]);
    let (run, _) = bench.run(APPLY, vec![Rule::refuse("lambda:CreateFunction", 400, "ExpiredTokenException", expired)]);
    run.exits(6).tells(&["failed: function/work", "aws sso login", "not done: alarm/errors", "To go on: etlctl apply"]);
    bench.calmly(APPLY).exits(0);
    bench.assert_converged();

    let bench = Bench::new(QUEUE);
    let (run, _) = bench.run(APPLY, vec![Rule::refuse("sqs:CreateQueue", 403, "ExpiredToken", expired)]);
    run.exits(4).tells(&["failed: queue/dlq", "aws sso login"]);
}

#[test]
fn secrets_reach_no_message_and_no_log() {
    let secret = "correct-horse-battery";
    let environment = format!("index.handler, environment: {{ DB_PASSWORD: {secret}, LOG_LEVEL: INFO }} }}");
    let bench = Bench::new(&FUNCTION.replace("index.handler }", &environment));
    let echo = "Lambda was unable to configure your environment variables because the environment variables you have provided \
                exceeded the 4KB limit. String measured: {\"DB_PASSWORD\":\"correct-horse-battery\",\"LOG_LEVEL\":\"INFO\"}";
    for args in [&["apply", "--yes"][..], &["apply", "--yes", "-v"], &["apply", "--yes", "-vv"]] {
        let (run, _) = bench.run(args, vec![Rule::refuse("lambda:CreateFunction", 400, "InvalidParameterValueException", echo)]);
        let run = run.exits(if args.len() == 2 { 6 } else { 1 }).tells(&["exceeded the 4KB limit"]);
        assert!(!run.out.contains(secret) && !run.err.contains(secret), "{args:?} tells the secret\n{run}");
    }
    for args in [&["plan"][..], &["plan", "--format", "json"], &["plan", "-vv"], &["apply", "--yes", "-vv"], &["plan", "-vv"]] {
        let run = bench.calmly(args).exits(0);
        assert!(!run.out.contains(secret) && !run.err.contains(secret), "{args:?} tells the secret\n{run}");
    }
}
