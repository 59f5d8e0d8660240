//! Where a run begins and ends: what is refused before anything is written, and what does not get to stdout.

mod common;

use std::fs::File;

use common::project::{Project, Run, STACK};

#[test]
fn what_does_not_get_to_stdout_is_a_failure() {
    let project = Project::new(STACK);
    let verbs = [
        &["validate"][..],
        &["validate", "--format", "json"],
        &["validate", "--format", "sarif"],
        &["schema"],
        &["graph"],
        &["explain"],
        &["completions", "bash"],
        &["permissions", "--account", "123456789012"],
        &["--help"],
        &["--version"],
    ];
    for args in verbs {
        let output = project.command(args).stdout(File::create("/dev/full").unwrap()).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.code() == Some(1) && told.contains("error: stdout cannot be written: "),
            "{args:?}: {} {told}",
            output.status
        );
    }
    let bad = Project::new("stack: tiny\n");
    let status = bad.command(["validate", "--format", "json"]).stdout(File::create("/dev/full").unwrap()).status().unwrap();
    assert_eq!(status.code(), Some(3), "what was found says more");
}

#[test]
fn a_variable_without_a_value_says_nothing() {
    let project = Project::new(STACK);
    let variables = ["ETLCTL_ENV", "ETLCTL_ENDPOINT", "ETLCTL_READS", "ETLCTL_PACE", "ETLCTL_NOTIFY", "ETLCTL_CACHE_DIR"];
    let run = |args: &[&str]| Run::of(project.command(args).envs(variables.map(|name| (name, ""))));
    assert!(run(&["validate"]).exits(0).out.contains("tiny (dev): valid"));
    // The first thing that is missing are credentials, not what the variables say.
    for args in [&["plan"][..], &["watch", "--looks", "1"]] {
        let run = run(args).exits(4);
        assert!(format!("{}{}", run.out, run.err).contains("no credentials found"), "{run:?}");
    }
    let run = Run::of(project.command(["validate"]).env("ETLCTL_ENV", "prod"));
    assert!(run.exits(0).out.contains("tiny (prod): valid"));
    Run::of(project.command(["plan"]).env("ETLCTL_ENDPOINT", "nowhere")).exits(64);
}

#[test]
fn a_trace_that_cannot_be_written_is_told_before_anything_is_asked() {
    let project = Project::new(STACK);
    let run = project.run(["plan", "--trace", "nowhere/trace.json"]).exits(1);
    assert!(run.err.contains("nowhere/trace.json: trace: ") && !run.err.contains("credentials"), "{run:?}");
    let run = project.run(["apply", "--yes", "--format", "json", "--trace", "nowhere/trace.json"]).exits(1);
    let last: serde_json::Value = serde_json::from_str(run.out.lines().last().unwrap()).unwrap();
    assert_eq!((&last["event"], &last["exit_code"]), (&"end".into(), &1.into()), "{run:?}");
}
