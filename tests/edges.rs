//! Where a run begins and ends: what is refused before anything is written, what does not get to stdout, and
//! bytes that are no text.

mod common;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;

use common::project::{Project, Run, STACK};

/// A name of a file in Latin-1.
const LATIN: &[u8] = b"caf\xe9.js";

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

#[test]
fn a_file_that_is_no_text_is_invalid_for_fmt_too() {
    let project = Project::new(STACK);
    project.write("desired-state/stack.yaml", b"stack: caf\xe9\n");
    for verb in ["validate", "fmt"] {
        project.run([verb]).exits(3).tells(&["stack.yaml", "the file is not UTF-8", "save it as UTF-8"]);
    }
    project.run(["fmt", "desired-state/none.yaml"]).exits(1).tells(&["none.yaml"]);
}

#[test]
fn a_source_whose_name_is_no_text_is_refused_before_the_plan() {
    let project = Project::new(STACK);
    project.write(std::path::Path::new("handlers/work").join(OsStr::from_bytes(LATIN)), "");
    project.run(["validate"]).exits(3).tells(&["E210", r"caf\xe9.js: the name is not UTF-8", "rename"]);
    project.write("handlers/work/.etlctlignore", "caf*\n");
    project.run(["validate"]).exits(0);
}

#[test]
fn an_address_of_sarif_is_one() {
    let project = Project::new("");
    let path = project.write("a b%20/c#1: ä.yaml", "stack: tiny\n");
    let run = project.run([OsStr::new("validate"), OsStr::new("--format=sarif"), OsStr::new("--dir"), path.as_os_str()]).exits(3);
    let log: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let uri = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
    assert!(uri.starts_with('/') && !uri.starts_with("//") && uri.ends_with("/a%20b%2520/c%231%3A%20%C3%A4.yaml"), "{uri}");
}

#[test]
fn a_key_attribute_of_another_form_is_told_in_the_words_of_the_file() {
    let table =
        |key: &str| Project::new(&format!("stack: tiny\nregion: us-east-1\nenvironments: {{ dev: {{}} }}\ntables: {{ t: {{ {key} }} }}\n"));
    let told = |key: &str, words: &[&str]| {
        let run = table(key).run(["validate"]).exits(3).tells(words);
        assert!(!run.err.contains("untagged") && !run.err.contains("KeyFile"), "{run:?}");
    };
    told("key: { id: S }", &["unknown key `id`", "name, type"]);
    told("key: [id]", &["write the name of an attribute"]);
    let index = |keys: &str| format!("key: id, indexes: {{ by_a: {{ partition_key: {keys} }} }}");
    told(&index("{ id: S }"), &["unknown key `id`"]);
    told(&index("[{ nam: a }]"), &["did you mean `name`?"]);
    told(&index("7"), &["or a list of them"]);
    table("key: { name: id, type: S }").run(["validate"]).exits(0);
    table(&index("[a, { name: b, type: N }]")).run(["validate"]).exits(0);
}

#[test]
fn a_project_that_would_be_refused_is_not_begun() {
    let project = Project::new(&STACK.replace("stack: tiny", "stack: orders"));
    let files = || {
        let names =
            |folder: &str| fs::read_dir(project.path().join(folder)).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
        (names("desired-state"), names("handlers"))
    };
    let before = files();
    let refused = |args: &[&str], words: &[&str]| {
        let run = project.run([&["init", "--language", "python"], args].concat()).exits(64).tells(words).tells(&["nothing was written"]);
        assert_eq!(files(), before, "{run:?}");
    };
    refused(&["--name", "orders", "--trigger", "none"], &["stack.yaml is stack `orders` already", "--name"]);
    refused(&["--name", "new", "--trigger", "none", "--region", "nowhere-1"], &["`nowhere-1` is no region"]);
    refused(&["--name", "new", "--trigger", "bucket=xn--foo"], &["xn--"]);
    project.run(["init", "--language", "python", "--name", "new", "--trigger", "bucket=landing"]).exits(0);
    project.run(["validate", "--all-environments"]).exits(0);
}
