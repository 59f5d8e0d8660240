//! Whole runs, word for word: every verb over the life of a stack with one resource of each kind, and
//! an apply that fails. What differs from run to run (account, port, times, counts of calls) is
//! filtered; `INSTA_UPDATE=always` writes what is printed now.

mod common;

use std::fmt::Write;

use common::local_aws;
use common::project::{Project, Run};
use common::proxy::{Proxy, Rule};

const STACK: &str = "\
stack: tiny
region: us-east-1
environments: { dev: {}, prod: { protected: true } }
naming: \"tiny-${name}-${instance}\"
variables: { memory: 256 }
tags: { Team: data }
queues:
  dlq: { message_retention: 14d }
topics:
  alerts: {}
layers:
  shared: { source: ../handlers/work }
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    memory: ${memory}
    layers: [shared]
    dead_letter_queue: dlq
    alias: live
    environment: { LEVEL: INFO, DB_PASSWORD: hunter2 }
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
  url: ${queues.dlq.url}
";

/// Runs commands and notes all that they print.
struct Scribe {
    project: Project,
    account: String,
    text: String,
}

impl Scribe {
    fn new() -> Self {
        Self { project: Project::new(STACK), account: local_aws::account(), text: String::new() }
    }

    fn run(&mut self, args: &[&str]) {
        self.run_at(local_aws::endpoint(), args);
    }

    fn run_at(&mut self, url: &str, args: &[&str]) {
        let mut command = self.project.command(args);
        command.env("AWS_ENDPOINT_URL", url).env("AWS_ACCESS_KEY_ID", &self.account).env("AWS_SECRET_ACCESS_KEY", "test");
        let run = Run::of(&mut command);
        let clean = |text: &str| text.replace(url, "ENDPOINT").replace(&self.account, "111122223333");
        // Writing to a String cannot fail.
        let _ = write!(self.text, "$ etlctl {}\n{}", args.join(" "), clean(&run.out));
        if !run.err.is_empty() {
            let _ = write!(self.text, "--- stderr\n{}", in_order(&clean(&run.err)));
        }
        let _ = write!(self.text, "--- exit {}\n\n", run.code);
    }

    fn edit(&mut self, from: &str, to: &str) {
        let path = self.project.path().join("desired-state/stack.yaml");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from}");
        std::fs::write(path, text.replace(from, to)).unwrap();
        let _ = write!(self.text, "# {} → {}\n\n", from.trim(), to.trim());
    }

    fn settled(self, name: &str) {
        insta::with_settings!({filters => vec![
            (r"\d+ AWS calls, \d+\.\d s", "N AWS calls, T s"),
            (r"(created|updated|replaced|deleted|adopted|released) \d+\.\d s", "$1 T s"),
            (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "ID"),
            (r#""elapsed_ms": \d+"#, r#""elapsed_ms": 0"#),
            (r#""calls": \d+"#, r#""calls": 0"#),
        ]}, {
            insta::assert_snapshot!(name, self.text);
        });
    }
}

/// Steps run side by side: lines of progress are told in the order of their addresses.
fn in_order(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let is_progress = |line: &&str| ["  ✓ ", "  ✗ ", "  - ", "  … "].iter().any(|mark| line.starts_with(mark));
    lines.chunk_by_mut(|a, b| is_progress(a) && is_progress(b)).for_each(<[&str]>::sort_unstable);
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_life_of_a_stack() {
    let mut scribe = Scribe::new();
    for purpose in ["plan", "apply", "destroy"] {
        scribe.run(&["permissions", "--for", purpose]);
    }
    scribe.run(&["graph"]);
    scribe.run(&["graph", "--format", "mermaid"]);
    scribe.run(&["validate"]);
    scribe.run(&["plan"]);
    scribe.run(&["apply", "--yes"]);
    scribe.run(&["outputs"]);
    scribe.run(&["plan", "--detailed-exitcode"]);
    scribe.edit("memory: 256", "memory: 512");
    scribe.edit("hunter2", "hunter3");
    scribe.edit("threshold: 1", "threshold: 2");
    scribe.edit("actions: [sqs:SendMessage]", "actions: [sqs:SendMessage, sqs:GetQueueUrl]");
    scribe.run(&["plan", "--format", "json"]);
    scribe.run(&["apply", "--yes"]);
    scribe.edit("topics:\n  alerts: {}\n", "");
    scribe.edit("    alarm_actions: [alerts]\n", "");
    scribe.run(&["apply", "--yes"]);
    scribe.run(&["plan", "--set", "nope=1"]);
    scribe.run(&["destroy", "--env", "prod", "--yes"]);
    scribe.run(&["destroy", "--yes"]);
    scribe.run(&["plan", "--destroy"]);
    scribe.settled("life");
}

#[test]
fn a_stack_that_fails() {
    let mut scribe = Scribe::new();
    let refusal = || Rule::refuse("lambda:CreateFunction", 400, "InvalidParameterValueException", "the handler is not to our liking");
    let proxy = Proxy::start(local_aws::endpoint(), vec![refusal()]);
    scribe.run_at(&proxy.url, &["apply", "--yes"]);
    let denied = Rule::refuse(
        "iam:GetRole",
        403,
        "AccessDenied",
        "User: arn:aws:iam::111122223333:user/ci is not authorized to perform: iam:GetRole",
    );
    let proxy = Proxy::start(local_aws::endpoint(), vec![denied.times(9)]);
    scribe.run_at(&proxy.url, &["plan"]);
    scribe.edit("environments: { dev: {}", "environmentz: { dev: {}");
    scribe.run(&["plan"]);
    scribe.edit("environmentz: { dev: {}", "environments: { dev: {}");
    scribe.run(&["outputs", "layer"]);
    scribe.run(&["destroy", "--yes"]);
    scribe.settled("failure");
}
