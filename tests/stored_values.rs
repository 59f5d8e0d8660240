//! `${ssm:…}` and `${secret:…}` between the built binary and a local AWS: what is read, what is told
//! where it cannot be, and that no channel shows a value. What the values become on AWS, and drift, is
//! in `tests/lifecycle/test_stored_values.py`.

mod common;

use std::time::Duration;

use common::local_aws;
use common::project::{Project, Run};
use common::proxy::{Fault, Proxy, Rule};
use serde_json::json;

/// Part of every value in the stores.
const SECRET: &str = "walrus";
const HEAD: &str = "\
stack: tiny
region: us-east-1
environments: { dev: {} }
naming: \"tiny-${name}\"
queues: { dlq: {} }
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    log_retention: 7d
    environment:
";

struct Bench {
    project: Project,
    account: String,
}

impl Bench {
    fn new(environment: &[&str]) -> Self {
        let lines: String = environment.iter().map(|line| format!("      {line}\n")).collect();
        let bench = Self { project: Project::new(&format!("{HEAD}{lines}")), account: local_aws::account() };
        for (name, kind, value) in
            [("/tiny/host", "String", "walrus-host"), ("/tiny/token", "SecureString", "walrus-token"), ("list", "StringList", "walrus,b")]
        {
            bench.call("ssm", "AmazonSSM.PutParameter", &json!({"Name": name, "Type": kind, "Value": value}));
        }
        bench.secret("db", &json!({"SecretString": r#"{"password": "walrus-password", "port": 5432, "deep": {"user": "walrus-user"}}"#}));
        bench.secret("text", &json!({"SecretString": "walrus-text"}));
        bench.secret("binary", &json!({"SecretBinary": "d2FscnVzLWJpbmFyeQ=="}));
        bench
    }

    fn call(&self, service: &str, target: &str, body: &serde_json::Value) -> String {
        local_aws::call(&self.account, service, target, body)
    }

    fn secret(&self, name: &str, value: &serde_json::Value) {
        let mut body = value.clone();
        body["Name"] = json!(name);
        self.call("secretsmanager", "secretsmanager.CreateSecret", &body);
    }

    fn run_at(&self, url: &str, args: &[&str]) -> Run {
        let mut command = self.project.command(args);
        command.env("AWS_ENDPOINT_URL", url).env("AWS_ACCESS_KEY_ID", &self.account).env("AWS_SECRET_ACCESS_KEY", "test");
        let run = Run::of(&mut command);
        assert!(!run.out.contains(SECRET) && !run.err.contains(SECRET), "a value is shown\n{run}");
        run
    }

    /// Runs with these faults, all of which have to be met.
    #[track_caller]
    fn run(&self, args: &[&str], rules: Vec<Rule>) -> (Run, Proxy) {
        let proxy = Proxy::start(local_aws::endpoint(), rules);
        let run = self.run_at(&proxy.url, args);
        assert!(proxy.unspent().is_empty(), "no call met the rules for {:?}\n{run}", proxy.unspent());
        (run, proxy)
    }

    #[track_caller]
    fn writes_nothing(&self, rules: Vec<Rule>, code: i32) -> Run {
        let (run, proxy) = self.run(&["apply", "--yes", "-vv"], rules);
        let wrote: Vec<String> = proxy.calls().into_iter().map(|call| call.operation).filter(|call| is_write(call)).collect();
        assert!(wrote.is_empty(), "{wrote:?}\n{run}");
        run.exits(code)
    }
}

fn is_write(operation: &str) -> bool {
    let action = operation.split_once(':').map_or(operation, |(_, action)| action);
    !["Get", "List", "Describe", "GET "].iter().any(|prefix| action.starts_with(prefix))
}

const ALL: &[&str] = &[
    "HOST: \"${ssm:/tiny/host}\"",
    "TOKEN: \"${ssm:/tiny/token}\"",
    "LIST: \"${ssm:list}\"",
    "URL: \"postgres://${secret:db#deep.user}:${secret:db#password}@${ssm:/tiny/host}:${secret:db#port}/db\"",
    "TEXT: \"${secret:text}\"",
];

#[test]
fn each_value_is_read_once_and_the_plan_is_empty_after_the_apply() {
    let bench = Bench::new(ALL);
    let (run, proxy) = bench.run(&["apply", "--yes", "-vv"], vec![]);
    assert!(run.exits(0).out.contains("environment.URL: (sensitive)"));
    assert_eq!((proxy.count("ssm:GetParameters", ""), proxy.count("secretsmanager:GetSecretValue", "")), (1, 2));
    let (run, _) = bench.run(&["plan", "--detailed-exitcode", "-vv"], vec![]);
    run.exits(0);
}

#[test]
fn ten_parameters_are_one_call() {
    let lines: Vec<String> = (0..23).map(|n| format!("KEY_{n}: \"${{ssm:/many/{n}}}\"")).collect();
    let bench = Bench::new(&lines.iter().map(String::as_str).collect::<Vec<_>>());
    for n in 0..23 {
        let body = json!({"Name": format!("/many/{n}"), "Type": "String", "Value": format!("walrus-{n}")});
        bench.call("ssm", "AmazonSSM.PutParameter", &body);
    }
    let (run, proxy) = bench.run(&["plan"], vec![]);
    run.exits(0);
    assert_eq!(proxy.count("ssm:GetParameters", ""), 3);
}

#[test]
fn all_that_is_missing_is_told_at_once_with_its_place() {
    let bench = Bench::new(&[
        "HOST: \"${ssm:/tiny/host}\"",
        "GONE: \"${ssm:/tiny/gone}\"",
        "OLD: \"${ssm:/tiny/host:99}\"",
        "BOTH: \"${secret:no-such}-${secret:nor-this#key}\"",
    ]);
    let run = bench.writes_nothing(vec![], 3).tells(&[
        "${ssm:/tiny/gone}",
        "stack.yaml:14:13",
        "with a version or label `99`",
        "stack.yaml:15:12",
        "${secret:no-such}",
        "${secret:nor-this#key}",
        "stack.yaml:16:13",
        "E811",
        "function/work",
        "stored values cannot be filled in: 3 problems",
        "nothing was changed",
    ]);
    assert!(!run.err.contains("${ssm:/tiny/host}`"), "{run}");
}

#[test]
fn a_denied_read_names_action_and_resource_and_is_not_taken_for_missing() {
    let bench = Bench::new(ALL);
    let denied = "User: arn:aws:iam::1:user/ci is not authorized to perform: ssm:GetParameters on resource: \
                  arn:aws:ssm:us-east-1:1:parameter/tiny/token because no identity-based policy allows the action";
    // The batch, and then the one by itself.
    let rule = || Rule::refuse("ssm:GetParameters", 400, "AccessDeniedException", denied).about("/tiny/token");
    let run = bench.writes_nothing(vec![rule().times(2)], 1);
    let resource = format!("allow ssm:GetParameters on arn:aws:ssm:us-east-1:{}:parameter/tiny/token", bench.account);
    let run = run.tells(&["E813", "AccessDeniedException", &resource, "stack.yaml:14:14"]);
    assert!(!run.err.contains("E811") && !run.err.contains("parameter/list"), "{run}");

    let denied = "User: arn:aws:iam::1:user/ci is not authorized to perform: secretsmanager:GetSecretValue on resource: db";
    let rule = Rule::refuse("secretsmanager:GetSecretValue", 400, "AccessDeniedException", denied).about("\"db\"");
    let resource = format!("allow secretsmanager:GetSecretValue on arn:aws:secretsmanager:us-east-1:{}:secret:db-??????", bench.account);
    bench.writes_nothing(vec![rule], 1).tells(&["E813", &resource, "stack.yaml:16:12"]);
}

#[test]
fn a_key_that_may_not_be_used_is_told_as_such() {
    let bench = Bench::new(&["TEXT: \"${secret:text}\"", "TOKEN: \"${ssm:/tiny/token}\""]);
    let of_secret = Rule::refuse("secretsmanager:GetSecretValue", 400, "AccessDeniedException", "Access to KMS is not allowed");
    bench.writes_nothing(vec![of_secret], 1).tells(&["allow kms:Decrypt", "kms:ViaService = secretsmanager.us-east-1.amazonaws.com"]);
    let of_secret = Rule::refuse("secretsmanager:GetSecretValue", 400, "DecryptionFailure", "Secrets Manager can't decrypt the secret");
    bench.writes_nothing(vec![of_secret], 1).tells(&["allow kms:Decrypt"]);
    let text = "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not \
                allowed to access.";
    let of_parameter = Rule::refuse("ssm:GetParameters", 400, "AccessDeniedException", text);
    bench.writes_nothing(vec![of_parameter], 1).tells(&["allow kms:Decrypt", "kms:ViaService = ssm.us-east-1.amazonaws.com"]);
}

#[test]
fn what_is_no_text_is_told_without_it() {
    let unfit = |line: &str, words: &[&str]| {
        let bench = Bench::new(&[line]);
        bench.writes_nothing(vec![], 3).tells(words).tells(&["E812", "stack.yaml:13:12"]);
    };
    unfit("KEY: \"${secret:binary}\"", &["the secret is binary"]);
    unfit("KEY: \"${secret:text#key}\"", &["no JSON object"]);
    unfit("KEY: \"${secret:db#pasword}\"", &["no key `pasword`", "`password`, `port`"]);
    unfit("KEY: \"${secret:db#deep.pasword}\"", &["its keys are `user`"]);
    unfit("KEY: \"${secret:db#deep}\"", &["has a mapping"]);
}

#[test]
fn a_secret_that_is_to_be_deleted_is_told_as_such() {
    let bench = Bench::new(&["TEXT: \"${secret:text}\""]);
    let text = "You can't perform this operation on the secret because it was marked for deletion.";
    let rule = Rule::refuse("secretsmanager:GetSecretValue", 400, "InvalidRequestException", text);
    bench.writes_nothing(vec![rule], 3).tells(&["E811", "marked for deletion", "restore-secret --secret-id text"]);
}

#[test]
fn throttles_are_waited_out_and_other_failures_are_not_taken_for_missing() {
    let bench = Bench::new(ALL);
    let throttle = |operation| Rule::refuse(operation, 400, "ThrottlingException", "Rate exceeded").times(4);
    let (run, _) = bench.run(&["plan"], vec![throttle("ssm:GetParameters"), throttle("secretsmanager:GetSecretValue")]);
    run.exits(0);
    let broken = Rule::refuse("ssm:GetParameters", 500, "InternalServerError", "An error occurred on the server side.").times(99);
    let proxy = Proxy::start(local_aws::endpoint(), vec![broken]);
    let run = bench.run_at(&proxy.url, &["apply", "--yes"]).exits(1).tells(&["InternalServerError", "E813"]);
    assert!(!run.err.contains("E811"), "{run}");
    let expired = Rule::refuse("secretsmanager:GetSecretValue", 400, "ExpiredTokenException", "The security token is expired");
    bench.writes_nothing(vec![expired], 4);
}

#[test]
fn what_was_planned_is_what_is_written() {
    let bench = Bench::new(&["TEXT: \"${secret:text}\""]);
    let proxy = Proxy::start(local_aws::endpoint(), vec![Rule::new("iam:CreateRole", Fault::Slow(Duration::from_millis(1_500)))]);
    std::thread::scope(|scope| {
        let apply = scope.spawn(|| bench.run_at(&proxy.url, &["apply", "--yes"]));
        while proxy.count("iam:CreateRole", "") == 0 {
            std::thread::sleep(Duration::from_millis(10));
        }
        let body = json!({"SecretId": "text", "SecretString": "walrus-rotated"});
        bench.call("secretsmanager", "secretsmanager.PutSecretValue", &body);
        apply.join().unwrap().exits(0);
    });
    let live = || local_aws::get(&bench.account, "lambda", "/2015-03-31/functions/tiny-work");
    assert!(live().contains("walrus-text"), "{}", live());
    let (run, _) = bench.run(&["plan", "--detailed-exitcode"], vec![]);
    assert!(run.exits(2).out.contains("environment.TEXT: (sensitive value changes)"));
    bench.run(&["apply", "--yes"], vec![]).0.exits(0);
    assert!(live().contains("walrus-rotated"), "{}", live());
}

#[test]
fn an_environment_that_values_make_too_large_is_refused_without_them() {
    let bench = Bench::new(&["PLAIN: short", "BIG: \"${secret:big}\"", "HOST: \"${ssm:/tiny/host}\""]);
    bench.secret("big", &json!({"SecretString": format!("walrus{}", "x".repeat(4_000))}));
    bench.run(&["plan"], vec![]).0.exits(0);
    bench.secret("bigger", &json!({"SecretString": format!("walrus{}", "\"".repeat(2_100))}));
    let bench = Bench { project: Project::new(&format!("{HEAD}      BIG: \"${{secret:bigger}}\"\n      OTHER: plain\n")), ..bench };
    let run = bench.writes_nothing(vec![], 3).tells(&["E162", "function/work", "BIG 4213", "OTHER 14", "at most 4096"]);
    assert!(!run.err.contains("xxx"), "{run}");
}

#[test]
fn an_answer_that_quotes_the_environment_is_told_without_it() {
    let bench = Bench::new(ALL);
    let quoted = r#"1 validation error detected: Value '{HOST=walrus-host, TEXT={"a":"walrus-text"}}' at 'environment.variables' failed"#;
    let (run, _) = bench.run(&["apply", "--yes", "-vv"], vec![Rule::refuse("lambda:CreateFunction", 400, "ValidationException", quoted)]);
    run.exits(6).tells(&["1 validation error detected: Value '{HOST=(sensitive)"]);
}

#[test]
fn verbs_without_a_plan_and_a_destroy_read_no_value() {
    let bench = Bench::new(ALL);
    for verb in [&["validate"][..], &["graph"], &["schema"], &["permissions", "--account", "111122223333"]] {
        // No credentials and nobody who answers: no call can succeed.
        let mut command = bench.project.command(verb);
        Run::of(command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")).exits(0);
    }
    bench.run(&["apply", "--yes"], vec![]).0.exits(0);
    for verb in [&["outputs"][..], &["plan", "--destroy"], &["destroy", "--yes"]] {
        let (run, proxy) = bench.run(verb, vec![]);
        run.exits(0);
        assert_eq!(proxy.count("ssm:GetParameters", "") + proxy.count("secretsmanager:GetSecretValue", ""), 0, "{verb:?}");
    }
}

#[test]
fn a_target_reads_what_it_needs() {
    let bench = Bench::new(&["GONE: \"${ssm:/tiny/gone}\""]);
    let (run, proxy) = bench.run(&["plan", "--target", "queue/dlq"], vec![]);
    run.exits(0);
    assert_eq!(proxy.count("ssm:GetParameters", ""), 0);
    bench.run(&["plan", "--target", "function/work"], vec![]).0.exits(3).tells(&["${ssm:/tiny/gone}"]);
}

#[test]
fn what_a_value_says_is_no_reference() {
    let bench = Bench::new(&["HOST: \"${secret:odd}${queues.dlq.url}\"", "LITERAL: \"$${ssm:/no}-$${secret:no#key}\""]);
    bench.secret("odd", &json!({"SecretString": "walrus ${queues.dlq.arn} ${queues.nowhere.arn} ${ssm:/tiny/gone} $${x}"}));
    bench.run(&["apply", "--yes"], vec![]).0.exits(0);
    bench.run(&["plan", "--detailed-exitcode"], vec![]).0.exits(0);
    let function = "/2015-03-31/functions/tiny-work";
    let live = local_aws::get(&bench.account, "lambda", function);
    assert!(live.contains("\"${ssm:/no}-${secret:no#key}\""), "{live}");
    assert!(live.contains("walrus ${queues.dlq.arn} ${queues.nowhere.arn} ${ssm:/tiny/gone} $${x}http"), "{live}");
}

#[test]
fn the_examples_of_the_docs_are_valid() {
    let docs = include_str!("../docs/file-format.md");
    let section = docs.split("\n## Stored values\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let examples: Vec<&str> = section.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(examples.len(), 2);
    for example in examples {
        Project::new(example).run(["validate"]).exits(0);
    }
}

#[test]
fn the_policy_names_what_is_read_and_the_key_is_told_beside_it() {
    let bench = Bench::new(ALL);
    let policy = |purpose: &str| bench.project.run(["permissions", "--account", "111122223333", "--for", purpose]).exits(0);
    for purpose in ["plan", "apply"] {
        let run = policy(purpose);
        for resource in ["ssm:us-east-1:111122223333:parameter/tiny/token", "secretsmanager:us-east-1:111122223333:secret:db-??????"] {
            assert!(run.out.contains(resource), "{run}");
        }
        run.tells(&["kms:Decrypt", "kms:ViaService ssm.us-east-1.amazonaws.com", "kms:ViaService secretsmanager.us-east-1"]);
    }
    let run = policy("destroy");
    assert!(!run.out.contains("GetParameters") && !run.out.contains("GetSecretValue") && !run.err.contains("kms"), "{run}");
}
