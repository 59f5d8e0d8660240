//! What the built binary tells whoever comes from another tool, mistypes, or begins, without network.

mod common;

use common::project::{Project, Run, STACK};

#[test]
fn options_of_other_tools_are_answered_with_ours() {
    let project = Project::new(STACK);
    for (args, words) in [
        (vec!["apply", "-auto-approve"], ["-auto-approve", "two dashes: pass --auto-approve"]),
        (vec!["plan", "--refresh=false"], ["no option `--refresh`", "leave it out: each plan reads live AWS anew"]),
        (vec!["plan", "-f", "stack.yaml"], ["no option `-f`", "pass --dir PATH"]),
        (vec!["logs", "--tail", "5"], ["no option `--tail`", "pass --since DURATION"]),
        (vec!["init", "orders"], ["unexpected argument 'orders'", "pass --name STACK"]),
    ] {
        let run = project.run(args).exits(64).tells(&words);
        assert!(run.out.is_empty() && !run.err.contains("tip:"), "{run}");
    }
}

#[test]
fn what_is_wrong_is_told_in_words_of_the_documentation() {
    let project = Project::new(STACK);
    project.run(["validate", "--as-of", "tomorrow"]).exits(64).tells(&["write a day such as 2027-02-01"]);
    let run = project.run(["explain", "0 2 * * *"]).exits(64);
    assert!(run.err.contains("rate(") && run.err.lines().count() < 6, "{run}");
    let whose = "--function wrk: no selected stack has such a function";
    project.run(["advise", "--function", "wrk"]).exits(64).tells(&[whose, "did you mean `work`?"]);
    project.run(["advise", "--function", "work"]).exits(64).tells(&["there is no --from", "write --target function/work"]);
    project.run(["explain", "E999"]).exits(64).tells(&["no code `E999`"]);
    project.run(["explain", "E64O"]).exits(64).tells(&["did you mean `E64"]);
    project.run(["explain", "cron(0 2 * * ? *)", "--time-zone", "Mars/Berlin"]).exits(64).tells(&["did you mean `Europe/Berlin`?"]);
    let moved = Project::new(&format!("{STACK}moved: {{ a: b }}\n")).run(["validate"]).exits(3);
    assert!(moved.err.contains("wrong type: a mapping") && moved.err.contains("write a list"), "{moved}");
    let one = "stack: one\nregion: us-east-1\nenvironments: { dev: {} }\nqueues: { work: { message_retention: 14d } }\n";
    assert_eq!(Project::new(one).run(["validate"]).exits(0).out, "one (dev): valid, 1 resource\n");
}

#[test]
fn defaults_that_mean_nothing_beside_what_is_said_are_left_out() {
    let stack = "stack: one\nregion: us-east-1\nenvironments: { dev: {} }\ndefaults:\n  function: { source: ../handlers/work, runtime: nodejs22.x, \
         handler: index.handler, layers: [\"arn:aws:lambda:us-east-1:111122223333:layer:l:1\"], log_retention: 7d }\n\
         functions:\n  work: {}\n  \
         boxed: { image: { uri: \"111122223333.dkr.ecr.us-east-1.amazonaws.com/work:v7\" } }\n";
    Project::new(stack).run(["validate"]).exits(0);
}

#[test]
fn numbers_of_a_definition_come_from_anywhere() {
    let stack = "stack: one\nregion: us-east-1\nenvironments: { dev: {} }\nvariables: { n: 30, m: { from_env: MANY, default: 5 }, on: true }\n\
         state_machines:\n  m: { source: m.asl.json, substitutions: { N: \"${n}\", Fixed: 7 } }\n";
    let project = Project::new(stack);
    let json = r#"{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": ${N}, "Next": "B"},
        "B": {"Type": "Wait", "Seconds": "${m}", "Next": "C"}, "C": {"Type": "Wait", "Seconds": ${Fixed}, "End": ${on}}}}"#;
    project.write("desired-state/m.asl.json", json);
    project.run(["validate"]).exits(0);
    project.run(["validate", "--set", "n=40", "--set", "on=true"]).exits(0);
    Run::of(project.command(["validate"]).env("MANY", "6")).exits(0);
    project.run(["validate", "--set", "n=soon"]).exits(3).tells(&["E752", "`Seconds` is `soon`"]);
    // Its digits may change there, and a list has no text.
    project.write("desired-state/m.asl.json", json.replacen("\"Wait\",", "\"Wait\", \"Comment\": \"for ${Part} of ${List}\",", 1));
    project.write("desired-state/stack.yaml", stack.replace("Fixed: 7", "Fixed: 7, Part: 1.10, List: [1]"));
    project.run(["validate"]).exits(3).tells(&["`Part` is the number 1.1", "m.asl.json:1:"]);
    project.write("desired-state/stack.yaml", stack.replace("Fixed: 7", "Fixed: 7, Part: \"1.10\", List: [1]"));
    project.run(["validate"]).exits(3).tells(&["`List` is a list or a mapping", "m.asl.json:1:"]);
}

#[test]
fn two_environments_of_one_name_are_told_before_either_stands() {
    let stack = "stack: one\nregion: us-east-1\nenvironments: { dev: {}, prod: {} }\nnaming: \"${stack}-${name}\"\nqueues: { work: {} }\n";
    let run = Project::new(stack).run(["validate", "--all-environments"]).exits(0);
    assert!(run.err.contains("warning[W609]") && run.err.contains("`one-work`"), "{run}");
    let run = Project::new(&stack.replace("${stack}-", "${stack}-${env}-")).run(["validate", "--all-environments"]).exits(0);
    assert!(!run.err.contains("W609"), "{run}");
    // What the process says is of the environment that is chosen.
    let stack = "stack: one\nregion: us-east-1\nenvironments:\n  dev: { account: \"111111111111\" }\n  prod: { account: \"111111111111\" }\n\
         variables: { suffix: { from_env: SUFFIX, default: \"${env}\" } }\ninstance: ${suffix}\nnaming: \"${name}-${suffix}\"\nqueues: { work: {} }\n";
    let project = Project::new(stack);
    for suffix in ["", "pr42"] {
        Run::of(project.command(["validate"]).env("SUFFIX", suffix)).exits(0);
    }
    Project::new(&stack.replace("default: \"${env}\"", "default: all")).run(["validate"]).exits(3).tells(&["E608"]);
}

#[test]
fn a_second_stack_is_begun_beside_the_first() {
    let elsewhere = tempfile::tempdir().unwrap();
    let project = Project::new(STACK);
    let begin = |args: &[&str]| Run::of(project.command(args).current_dir(elsewhere.path()));
    begin(&["plan"]).exits(3).tells(&["no desired-state folder", "begin a project with `etlctl init`"]);
    let first = begin(&["init", "--name", "first", "--language", "python", "--dir", "my dir"]).exits(0);
    assert!(first.out.contains("cd 'my dir' && etlctl apply") && first.out.contains("handlers/work/handler.py"), "{first}");
    let second = begin(&["init", "--name", "second", "--language", "nodejs", "--dir", "my dir"]).exits(0);
    assert!(second.out.contains("node --test handlers/second/"), "{second}");
    let both = begin(&["validate", "--dir", "my dir"]).exits(0);
    assert!(both.out.contains("first (dev): valid") && both.out.contains("second (dev): valid"), "{both}");
    begin(&["init", "--name", "second", "--dir", "my dir"]).exits(64).tells(&["second.yaml", "are there already"]);
}

#[test]
fn fmt_tells_why_it_leaves_a_file_and_takes_the_begin_of_a_document() {
    let run = Project::new(&format!("---\n{}", STACK.replace("memory: 128", "memory:   128"))).run(["fmt", "--diff"]).exits(0);
    assert!(run.out.contains("+  memory: 128") && run.err.is_empty(), "{run}");
    let run = Project::new(&format!("{STACK}? tags\n: {{ a: b }}\n")).run(["fmt"]).exits(0);
    assert!(run.err.contains("left as it is") && run.err.contains("explicit key"), "{run}");
}

#[test]
fn words_of_other_tools_are_answered_with_ours() {
    let project = Project::new(STACK);
    for (word, ask) in [
        ("list", "run `etlctl ls`"),
        ("refresh", "run `etlctl plan`"),
        ("console", "run `etlctl outputs`"),
        ("login", "pass --profile NAME"),
        ("build", "run `etlctl apply`"),
        ("rm", "run `etlctl destroy --target ADDRESS`"),
        ("get", "run `etlctl ls`"),
        ("local", "pass --endpoint-url URL"),
        ("version", "pass --version"),
        ("config", "pass --set NAME=VALUE"),
    ] {
        let run = project.run([word]).exits(64);
        assert!(run.out.is_empty() && run.err.contains(&format!("etlctl has no `{word}`")) && run.err.contains(ask), "{run}");
    }
    // A near miss of a verb of ours.
    let run = project.run(["valdate"]).exits(64);
    assert!(run.err.contains("validate"), "{run}");
}

#[test]
fn what_is_not_there_is_told_by_its_own_option() {
    let project = Project::new(STACK);
    let run = project.run(["plan", "--against", "nope"]).exits(3).tells(&["--against nope: this stack has no such environment"]);
    assert!(!run.err.contains("--env nope"), "{run}");
    for args in [&["destroy", "--stack", "gone", "--yes"][..], &["eject", "queue/dlq", "--stack", "gone", "--yes"]] {
        project.run(args).exits(3).tells(&["there is no stack `gone`", "--from-marks --stack gone --env ENV"]);
    }
    assert!(!project.run(["plan", "--stack", "gone"]).exits(3).err.contains("--from-marks"));
}
