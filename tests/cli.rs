//! The built binary at a shell, without network: help, exit codes, what goes to stdout and what to
//! stderr.

mod common;

use std::process::Stdio;

use common::project::{Project, Run, STACK};

#[test]
fn help_names_the_verbs_and_the_exit_codes() {
    let run = Project::new(STACK).run(["-h"]).exits(0);
    assert_eq!(run.err, "");
    insta::assert_snapshot!(run.out, @r"
    Keeps Lambda ETL stacks on AWS in the state that files describe

    Usage: etlctl [OPTIONS] <COMMAND>

    Commands:
      init         Begin a project: a stack file, a handler with its test; no network
      fmt          Lay stack files out in one way; comments stay
      validate     Check the files; no network
      explain      Tell what a finding's code means, or when a schedule comes next
      plan         Show what apply would do; writes nothing [aliases: preview, diff]
      apply        Bring live AWS to the desired state [aliases: up, deploy]
      destroy      Delete all that the stack owns [alias: remove]
      eject        Take the marks off resources and leave them: from then on they are nobody's
      watch        Look again and again for drift, tell it, and with --heal mend it
      outputs      Print the outputs of what is deployed
      status       Show how what is deployed does: states, calls, errors, queues, alarms, drift
      redrive      Look at dead letters, and send them back
      invoke       Invoke a deployed function or state machine; succeeds only where that does
      ls           List every stack, environment and instance in the account and region, from marks
                   alone
      logs         Read what deployed functions and state machines log
      advise       Propose memory, timeout, concurrency and architecture from what ran
      import       Write a stack file from what runs, and fetch its code
      graph        Print the dependency graph
      permissions  Print the least IAM policy that a command needs
      schema       Print the JSON Schema of stack files
      completions  Print a completion script
      help         Print this message or the help of the given subcommand(s)

    Options:
      -h, --help     Print help (see more with '--help')
      -V, --version  Print version

    Common options:
          --env <NAME>          Environment; the first one of the file where none is said; validate
                                takes several [env: ETLCTL_ENV=]
          --stack <NAME>        Only this stack; can be repeated
          --dir <PATH>          Folder of the stack files, or one file
          --set <NAME=VALUE>    Sets a variable; can be repeated
          --timeout <DURATION>  Longest time that the command may take, such as 15m; an apply then ends
                                as by one Ctrl-C
          --no-cache            Read all sources again, whatever the cache remembers of them

    AWS options:
          --region <REGION>       AWS region
          --profile <NAME>        Profile of the AWS configuration; it wins over keys in the environment
          --endpoint-url <URL>    Endpoint of every AWS service, such as a local AWS
          --endpoint-kind <KIND>  What answers there: aws, local, or aws-like, which has no quotas;
                                  outside amazonaws.com it is taken for local

    Output options:
          --trace <FILE>   Write what became of each call in time, as a Chrome trace
          --color <COLOR>  When to colour [default: auto] [possible values: auto, always, never]
      -v, --verbose...     Tell more: of plans what goes without saying; -vv tells of every call
      -q, --quiet          No progress on stderr

    Exit codes:
      0  done, or no changes          5   the plan is stale
      1  failed, nothing half-done    6   partly applied
      2  changes present              64  usage
         (with --detailed-exitcode)   130 interrupted
      3  the desired state is invalid
      4  credentials or wrong account
    ");
}

#[test]
fn every_verb_explains_itself() {
    let project = Project::new(STACK);
    for verb in [
        "init",
        "fmt",
        "import",
        "validate",
        "explain",
        "plan",
        "apply",
        "destroy",
        "eject",
        "outputs",
        "ls",
        "status",
        "redrive",
        "invoke",
        "logs",
        "graph",
        "permissions",
        "schema",
        "completions",
    ] {
        let run = project.run([verb, "--help"]).exits(0);
        assert!(run.out.contains(&format!("Usage: etlctl {verb}")) && run.err.is_empty(), "{run}");
        assert!(run.out.contains("Example"), "{run}");
    }
    let run = project.run(["--version"]).exits(0);
    assert_eq!(run.out, format!("etlctl {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_account_may_stand_in_every_name() {
    let stack = r#"
stack: case
region: us-east-1
environments: { dev: {} }
naming: "x-${name}-${aws.account}"
buses: { shop: {} }
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    triggers: [{ event: { source: [shop] }, bus: shop }, { schedule: rate(1 day) }]
"#;
    let run = Project::new(stack).run(["validate", "--as-of", "2026-11-01"]).exits(0);
    assert!(run.out.contains("case (dev): valid") && !run.err.contains("$${"), "{run}");
}

#[test]
fn a_wrong_command_line_is_64_and_tells_what_is_right() {
    let project = Project::new(STACK);
    let cases: [(&[&str], &[&str]); 17] = [
        (&[], &["Usage: etlctl"]),
        (&["plna"], &["plna", "plan"]),
        (&["plan", "--targt", "function/work"], &["--targt", "--target"]),
        (&["plan", "--target", "work"], &["work", "kind/name"]),
        (&["plan", "--format", "xml"], &["xml", "text", "json"]),
        (&["plan", "--set", "memory"], &["name=value"]),
        (&["validate", "--set", "memry=256"], &["memry", "did you mean `memory`?"]),
        (&["apply", "--parallelism", "0"], &["1..=100"]),
        (&["apply", "--parallelism", "101"], &["1..=100"]),
        (&["graph", "--format", "png"], &["dot", "mermaid"]),
        (&["completions"], &["SHELL"]),
        (&["import", "--name", "x"], &["--function", "--tag", "--from"]),
        (&["apply"], &["no terminal", "--yes", "plan --out"]),
        (&["destroy"], &["no terminal", "--yes"]),
        (&["destroy", "--env", "prod", "--yes"], &["prod is protected", "--confirm prod"]),
        (&["destroy", "--env", "prod", "--yes", "--confirm", "dev"], &["prod is protected", "--confirm prod"]),
        (&["destroy", "--env", "dev", "--yes", "--confirm", "prod"], &["--confirm prod does not name", "--confirm dev"]),
    ];
    for (args, words) in cases {
        let run = project.run(args).exits(64).tells(words);
        assert_eq!(run.out, "", "{args:?}: stdout is for data");
    }
}

#[test]
fn stacks_are_looked_for_from_the_working_directory_upwards() {
    let project = Project::new(STACK);
    let below = project.path().join("handlers/work");
    let run = Run::of(project.command(["validate"]).current_dir(&below)).exits(0);
    assert_eq!(run.out, "tiny (dev): valid, 4 resources\n");
    let run = Run::of(project.command(["validate"]).current_dir(project.path().join("desired-state"))).exits(0);
    assert_eq!(run.out, "tiny (dev): valid, 4 resources\n", "in the folder itself");
    let elsewhere = tempfile::tempdir().unwrap();
    let nowhere = |args: &[&str]| Run::of(project.command(args).current_dir(elsewhere.path()));
    nowhere(&["validate"]).exits(3).tells(&["desired-state", "--dir"]);
    let file = project.path().join("desired-state/stack.yaml");
    for dir in [project.path(), &project.path().join("desired-state"), &file] {
        let run = nowhere(&["validate", "--dir", dir.to_str().unwrap()]).exits(0);
        assert_eq!(run.out, "tiny (dev): valid, 4 resources\n", "{}", dir.display());
    }
    nowhere(&["validate", "--dir", "no/such/folder"]).exits(3).tells(&["no/such/folder"]);
}

#[test]
fn environments_and_stacks_are_chosen() {
    let project = Project::new(STACK);
    project.write("desired-state/second.yaml", STACK.replace("stack: tiny", "stack: second").replace("prod:", "live:"));
    let run = project.run(["validate"]).exits(0);
    assert_eq!(run.out, "second (dev): valid, 4 resources\ntiny (dev): valid, 4 resources\n", "in the order of the files");
    assert_eq!(project.run(["validate", "--stack", "tiny", "--env", "prod"]).exits(0).out, "tiny (prod): valid, 4 resources\n");
    let run = Run::of(project.command(["validate", "--stack", "tiny"]).env("ETLCTL_ENV", "prod")).exits(0);
    assert_eq!(run.out, "tiny (prod): valid, 4 resources\n");
    // One environment for two stacks, of which one does not have it.
    project.run(["validate", "--env", "prod"]).exits(3).tells(&["second.yaml", "--env prod", "no such environment", "one of: dev, live"]);
    // Several environments are checked one after the other, and none twice.
    let several = ["validate", "--stack", "tiny", "--env", "prod", "--env", "dev", "--env", "prod"];
    assert_eq!(project.run(several).exits(0).out, "tiny (prod): valid, 4 resources\ntiny (dev): valid, 4 resources\n");
    project.run(["validate", "--stack", "tiny", "--env", "dev", "--env", "prd"]).exits(3).tells(&["--env prd", "no such environment"]);
    project.run(["plan", "--env", "dev", "--env", "prod"]).exits(64).tells(&["--env is there 2 times: dev, prod", "one environment"]);
    project.run(["validate", "--stack", "tyni"]).exits(3).tells(&["there is no stack `tyni`", "did you mean `tiny`?"]);
    project.write("desired-state/third.yaml", STACK);
    project.run(["validate"]).exits(3).tells(&["two files name their stack `tiny`", "third.yaml"]);
}

#[test]
fn variables_are_set_from_the_command_line() {
    let project = Project::new(STACK);
    project.run(["validate", "--set", "memory=256"]).exits(0);
    project.run(["validate", "--set", "memory=much"]).exits(3).tells(&["`much`", "whole number"]);
}

#[test]
fn a_name_may_be_made_of_other_names() {
    let more = "\
topics: { alerts: { fifo: true } }
alarms:
  deep: { name: \"${queues.dlq.name}-deep\", queue: dlq, metric: ApproximateNumberOfMessagesVisible, statistic: Maximum, period: 5m,
    threshold: 1, comparison: GreaterThanThreshold, alarm_actions: [] }
  all: { name: \"${alarms.deep.name}/${topics.alerts.name}/${functions.work.name}/${aws.account}\", function: work, metric: Errors,
    statistic: Sum, period: 5m, threshold: 1, comparison: GreaterThanThreshold }
";
    let project = Project::new(&format!("{STACK}{more}"));
    let policy = project.run(["permissions", "--account", "111122223333"]).exits(0).out;
    for name in ["alarm:tiny-dlq-dev-deep\"", "alarm:tiny-dlq-dev-deep/tiny-alerts-dev.fifo/tiny-work-dev/111122223333\""] {
        assert!(policy.contains(name), "{name}\n{policy}");
    }
}

#[test]
fn the_graph_has_every_edge_from_what_needs_to_what_is_needed() {
    let project = Project::new(STACK);
    let dot = project.run(["graph"]).exits(0).out;
    for edge in ["function/work\" -> \"tiny/queue/dlq", "function/work\" -> \"tiny/role/work", "function/work\" -> \"tiny/log_group/work"] {
        assert_eq!(dot.matches(edge).count(), 1, "{edge}\n{dot}");
    }
    assert_eq!(dot.matches("->").count(), 3, "{dot}");
    assert!(dot.starts_with("digraph ") && dot.trim_end().ends_with('}') && dot.matches('{').count() == dot.matches('}').count(), "{dot}");
    let mermaid = project.run(["graph", "--format", "mermaid"]).exits(0).out;
    assert!(mermaid.starts_with("flowchart "), "{mermaid}");
    assert_eq!(mermaid.matches(" --> ").count(), 3, "{mermaid}");
    let node = mermaid.lines().find_map(|line| line.trim().strip_suffix("[\"queue/dlq\"]")).unwrap();
    assert!(mermaid.contains(&format!(" --> {node}\n")), "the edge names the node `{node}`\n{mermaid}");
}

#[test]
fn the_schema_is_the_committed_one_and_knows_the_stacks_that_ship() {
    let printed = Project::new(STACK).run(["schema"]).exits(0).out;
    let schema: serde_json::Value = serde_json::from_str(&printed).unwrap();
    for section in etlctl::testing::kinds::registry().iter().map(|driver| driver.section()) {
        assert!(schema["properties"][section].is_object(), "the schema has no `{section}`");
        // As `topics: ${alarm_topics}` of a stack that ships.
        assert_eq!(schema["properties"][section]["type"], serde_json::json!(["object", "string"]), "a variable may be all of `{section}`");
    }
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("desired-state");
    let committed = std::fs::read_to_string(folder.join("stack.schema.json")).unwrap();
    assert!(
        printed == committed,
        "it has changed: etlctl schema > desired-state/stack.schema.json\n{}",
        common::line_diff(&committed, &printed)
    );
    for stack in ["lambda-etl.yaml", "lambda-etl-optimization.yaml"] {
        let first = std::fs::read_to_string(folder.join(stack)).unwrap().lines().next().unwrap().to_owned();
        assert_eq!(first, "# yaml-language-server: $schema=stack.schema.json", "first line of {stack}");
    }
}

#[test]
fn completions_are_for_every_shell() {
    let project = Project::new(STACK);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = project.run(["completions", shell]).exits(0).out;
        assert!(script.contains("etlctl") && script.contains("detailed-exitcode"), "{shell}: {} bytes", script.len());
    }
}

#[test]
fn colours_are_for_terminals_unless_asked_for() {
    let project = Project::new(&STACK.replace("memory: 128", "memory: much"));
    let colored = |args: &[&str], no_color: Option<&str>| {
        let mut command = project.command(args);
        no_color.map(|value| command.env("NO_COLOR", value));
        let output = command.output().unwrap();
        assert!(String::from_utf8_lossy(&output.stderr).contains("much"));
        output.stderr.contains(&0x1b)
    };
    assert!(!colored(&["validate"], None), "a pipe is no terminal");
    assert!(colored(&["validate", "--color", "always"], None));
    assert!(!colored(&["validate", "--color", "never"], None));
    assert!(!colored(&["validate"], Some("1")));
    assert!(colored(&["validate", "--color", "always"], Some("1")), "a flag is nearer than the environment");
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let project = Project::new(STACK);
    for args in [&["schema"][..], &["completions", "bash"], &["validate", "--quiet"], &["graph"], &["--help"]] {
        // What `head` leaves behind once it has seen enough.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = project.command(args).stdout(writer).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.is_empty() && output.status.code() == Some(0), "{args:?}: {:?} {told}", output.status);
    }
    let bad = Project::new("stack: tiny\n");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = bad.command(["validate"]).stdout(Stdio::null()).stderr(writer).status().unwrap();
    assert_eq!(status.code(), Some(3), "the exit code still tells");
}

#[test]
fn without_credentials_it_is_4_and_says_what_to_do() {
    let project = Project::new(STACK);
    for args in [&["plan"][..], &["outputs"], &["apply", "--yes"]] {
        let run = project.run(args).exits(4).tells(&["credentials", "--profile"]);
        assert_eq!(run.out, "", "{args:?}");
    }
}

#[test]
fn a_plan_file_that_is_none_is_refused() {
    let project = Project::new(STACK);
    project.run(["apply", "no.plan"]).exits(1).tells(&["no.plan"]);
    project.write("stack.plan", "{\"format_version\": \"1\"");
    project.run(["apply", "stack.plan"]).exits(1).tells(&["stack.plan", "no plan file"]);
    project.write("old.plan", r#"{"format_version":"0","sets":[],"target":[],"adopt":false,"no_prune":false,"destroy":false,"plans":[]}"#);
    project.run(["apply", "old.plan"]).exits(1).tells(&["version 0", "reads 4"]);
    project.run(["apply", "old.plan", "--adopt", "--env", "prod", "--yes"]).exits(1).tells(&["version 0"]);
    project.run(["apply", "desired-state"]).exits(1).tells(&["desired-state"]);
}

#[test]
fn fmt_lays_out_and_keeps_what_is_said() {
    let untidy = STACK.replace("dlq: {}", "dlq:   { }  # stays").replace("  dev: {}", "    dev: {}").replace("  prod:", "    prod:");
    let project = Project::new(&untidy);
    let run = project.run(["fmt", "--check"]).exits(1);
    assert!(run.out.trim().ends_with("tiny.yaml") || run.out.trim().ends_with(".yaml"), "{run}");
    let run = project.run(["fmt", "--diff"]).exits(0);
    assert!(run.out.contains("-  dlq:   { }  # stays") && run.out.contains("+  dlq: {}     # stays"), "{run}");
    assert_eq!(project.run(["fmt", "--check"]).code, 1, "neither of both writes");
    project.run(["fmt"]).exits(0);
    let run = project.run(["fmt", "--check"]).exits(0);
    assert_eq!(run.out, "");
    project.run(["validate"]).exits(0);
}

#[test]
fn fmt_shows_no_secret_and_refuses_what_is_no_yaml() {
    let project = Project::new(&format!("{STACK}tags:   {{ password: hunter2-hunter2 }}\n"));
    let run = project.run(["fmt", "--diff"]).exits(0);
    assert!(run.out.contains("+tags:") && !run.out.contains("hunter2"), "{run}");
    let run = Project::new("a: [\n").run(["fmt"]).exits(3);
    assert!(run.err.contains("not valid YAML"), "{run}");
}
