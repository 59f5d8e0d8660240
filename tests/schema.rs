//! The JSON Schema takes what `validate` takes: editors underline by it what is wrong.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use common::json_schema::fault;
use common::project::Project;
use etlctl::testing::source::diagnostic::Source;
use etlctl::testing::source::node::Node;
use serde_json::Value;

fn schema() -> Value {
    serde_json::from_str(&etlctl::testing::stack::schema::schema()).unwrap()
}

fn below(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

fn read(path: &Path, text: &str) -> Value {
    let source = Arc::new(Source::new(path, text.to_owned()));
    Node::parse(&source).unwrap_or_else(|problem| panic!("{}: {}", path.display(), problem.message)).to_json()
}

/// Files of a folder, and of those in it, that are called so.
fn files(folder: &Path, is: &dyn Fn(&str) -> bool) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let found = entries.flat_map(|path| match path.is_dir() {
        true => files(&path, is),
        false => Some(path).filter(|path| is(&path.file_name().unwrap().to_string_lossy())).into_iter().collect(),
    });
    found.collect()
}

#[test]
fn every_good_file_is_one_of_the_schema() {
    let schema = schema();
    let is_stack = |name: &str| name.ends_with(".yaml");
    let mut all = files(&below("tests/cases/refused"), &|name| name.starts_with("good") && is_stack(name));
    all.extend(files(&below("docs/cookbook"), &is_stack));
    all.extend(files(&below("desired-state"), &is_stack));
    all.extend(files(&below("src/kinds"), &|name| matches!(name, "before.yaml" | "after.yaml")));
    assert!(all.len() > 300, "{}", all.len());
    let faults = all.iter().filter_map(|path| {
        let value = read(path, &fs::read_to_string(path).unwrap());
        fault(&schema, &schema, &value).map(|why| format!("{}: {why}", path.display()))
    });
    let faults: Vec<String> = faults.collect();
    assert!(faults.is_empty(), "{} files\n{}", faults.len(), faults.join("\n"));
}

/// A part of a file that the docs show is one as far as it goes.
#[test]
fn every_example_of_the_docs_is_one_of_the_schema() {
    let mut schema = schema();
    schema.as_object_mut().unwrap().remove("required");
    let known = schema["properties"].as_object().unwrap().clone();
    let mut pages = files(&below("docs"), &|name| name.ends_with(".md"));
    pages.push(below("README.md"));
    let mut seen = 0;
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        let mut blocks = text.split("```yaml").skip(1).filter_map(|block| block.split_once('\n')?.1.split("```").next());
        let faults = blocks.find_map(|block| {
            let value = read(&page, block);
            let map = value.as_object().filter(|map| !map.is_empty() && map.keys().all(|key| known.contains_key(key)))?;
            seen += 1;
            fault(&schema, &schema, &Value::Object(map.clone())).map(|why| format!("{why}\n{block}"))
        });
        assert_eq!(faults, None, "{}", page.display());
    }
    assert!(seen >= 20, "{seen}");
}

const HEAD: &str = "stack: tiny\nregion: us-east-1\nenvironments: { dev: {} }\n";
const FUNCTION: &str = "source: ../handlers/work, runtime: nodejs22.x, handler: index.handler, role: \"arn:aws:iam::123456789012:role/r\"";

/// What may be written where the schema lists other words, or another type.
fn ways() -> Vec<String> {
    let function = |more: &str| format!("{HEAD}functions: {{ f: {{ {FUNCTION}, {more} }} }}\n");
    let with = |variables: &str, rest: &str| format!("{HEAD}variables: {{ {variables} }}\n{rest}\n");
    vec![
        function("url: { auth: AWS_IAM, invoke_mode: RESPONSE_STREAM }, tracing: Active"),
        function("url: { auth: NONE, invoke_mode: BUFFERED }, tracing: PassThrough"),
        function("url: { auth: iam, invoke_mode: stream }, tracing: active"),
        function("memory: \"256\", keep_versions: ' 3 ', protect: \"true\""),
        format!(
            "{HEAD}schedules: {{ s: {{ schedule: at(2099-01-01T00:00:00), function: \"arn:aws:lambda:us-east-1:123456789012:function:f\", role: \"arn:aws:iam::123456789012:role/r\", after_completion: DELETE }} }}\n"
        ),
        format!(
            "{HEAD}state_machines: {{ m: {{ type: EXPRESS, role: \"arn:aws:iam::123456789012:role/r\", definition: {{ StartAt: A, States: {{ A: {{ Type: Succeed }} }} }} }} }}\n"
        ),
        format!("{HEAD}queues:\n  a:\n  b: {{ fifo: \"false\" }}\n"),
        with("m: { a: b }", "tags: \"${m}\"\nqueues: { a: { tags: \"${m}\" } }"),
        with("v: true", "lock: \"${v}\"\nqueues: { a: { fifo: \"${v}\" } }"),
        with("t: active", "topics: { t: { tracing: \"${t}\" } }"),
        with("q: { a: {} }", "queues: \"${q}\""),
        with(
            "n: 3",
            "alarms: { a: { namespace: N, metric: M, statistic: Sum, period: 5m, comparison: GreaterThanThreshold, threshold: \"${n}\" } }",
        ),
        format!(
            "{HEAD}alarms: {{ a: {{ namespace: N, metric: M, statistic: Sum, period: 5m, comparison: GreaterThanThreshold, threshold: \"1.5\" }} }}\n"
        ),
    ]
}

#[test]
fn what_validate_takes_the_schema_takes() {
    let schema = schema();
    for text in ways() {
        Project::new(&text).run(["validate"]).exits(0);
        assert_eq!(fault(&schema, &schema, &read(Path::new("stack.yaml"), &text)), None, "{text}");
    }
}

#[test]
fn what_is_no_word_and_no_number_is_underlined() {
    let schema = schema();
    for (line, place) in [
        ("functions: { f: { memory: lots } }", "/functions/f"),
        ("functions: { f: { memry: 1 } }", "/functions/f"),
        ("functions: { f: { tracing: maybe } }", "/functions/f"),
        ("queues: { q: { fifo: perhaps } }", "/queues/q"),
        ("lock: maybe", "/lock"),
        ("tags: nothing", "/tags"),
    ] {
        let text = format!("{HEAD}{line}\n");
        Project::new(&text).run(["validate"]).exits(3);
        let found = fault(&schema, &schema, &read(Path::new("stack.yaml"), &text));
        assert!(found.as_ref().is_some_and(|why| why.starts_with(place)), "{line}: {found:?}");
    }
    let words = schema["$defs"]["Tracing"]["oneOf"].as_array().unwrap();
    let offered: Vec<&str> = words.iter().filter_map(|word| word["const"].as_str()).collect();
    assert_eq!(offered, ["active", "passthrough"], "editors offer what is listed");
}
