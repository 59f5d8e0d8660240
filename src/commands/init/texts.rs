//! The files of a new project.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Chosen, stack_file};
use crate::cli::{Language, Trigger};
use crate::source::yaml;

/// Key of the function, and name of its folder where nobody has that yet.
pub const KEY: &str = "work";
/// Folder of handlers.
pub const HANDLERS: &str = "handlers";

/// Paths within the project, with their texts.
pub fn files(chosen: &Chosen) -> Vec<(PathBuf, String)> {
    let handler = Path::new(HANDLERS).join(&chosen.folder);
    let (code, test, ignored) = match chosen.language {
        Language::Nodejs => ("index.mjs", "index.test.mjs", "*.test.mjs\n"),
        Language::Python => ("handler.py", "test_handler.py", "test_*.py\n"),
    };
    let (code_text, test_text) = handler_of(chosen);
    let note = "# What is no part of the function's package.\n";
    vec![
        (stack_file(&chosen.name), stack(chosen)),
        (handler.join(code), code_text.to_owned()),
        (handler.join(test), test_text.to_owned()),
        (handler.join(".etlctlignore"), format!("{note}{ignored}")),
    ]
}

/// How the test of the handler is run.
pub fn test_command(chosen: &Chosen) -> String {
    let folder = &chosen.folder;
    match chosen.language {
        Language::Nodejs => format!("node --test {HANDLERS}/{folder}/"),
        Language::Python => format!("python3 -m unittest discover -s {HANDLERS}/{folder}"),
    }
}

fn handler_of(chosen: &Chosen) -> (&'static str, &'static str) {
    match (chosen.language, &chosen.trigger) {
        (Language::Nodejs, Trigger::None | Trigger::Schedule(_)) => (include_str!("texts/plain.mjs"), include_str!("texts/plain.test.mjs")),
        (Language::Nodejs, Trigger::Queue) => (include_str!("texts/queue.mjs"), include_str!("texts/queue.test.mjs")),
        (Language::Nodejs, Trigger::Bucket(_)) => (include_str!("texts/bucket.mjs"), include_str!("texts/bucket.test.mjs")),
        (Language::Python, Trigger::None | Trigger::Schedule(_)) => (include_str!("texts/plain.py"), include_str!("texts/test_plain.py")),
        (Language::Python, Trigger::Queue) => (include_str!("texts/queue.py"), include_str!("texts/test_queue.py")),
        (Language::Python, Trigger::Bucket(_)) => (include_str!("texts/bucket.py"), include_str!("texts/test_bucket.py")),
    }
}

/// A bucket's name is one in all accounts, so each environment has its own.
fn in_each(bucket: &str) -> String {
    format!("{bucket}-${{env}}")
}

fn stack(chosen: &Chosen) -> String {
    let Chosen { name, region, language, runtime, trigger, folder } = chosen;
    // A name may look like a number or a truth value.
    let word = |text: &str| yaml::flow(&Value::from(text));
    let (name, region) = (word(name), word(region));
    let handler = match language {
        Language::Nodejs => "index.handler",
        Language::Python => "handler.handler",
    };
    let begin = format!(
        "stack: {name}\nregion: {region}\nenvironments:\n  dev: {{}}\n  prod: {{ protected: true }}               # destroy asks for --confirm prod\ntags: {{ Stack: {name}, Environment: \"${{env}}\" }}\n"
    );
    let failed = "\nqueues:\n  failed: { message_retention: 14d }       # what failed for good\n";
    let before = match trigger {
        Trigger::None => String::new(),
        Trigger::Schedule(_) => failed.to_owned(),
        Trigger::Queue => "\nqueues:\n  in:\n    visibility_timeout: 3m                # six times the timeout of who reads it\n    redrive: { queue: failed, max_receives: 5 }\n  failed: { message_retention: 14d }\n".to_owned(),
        Trigger::Bucket(bucket) => format!("\nbuckets:\n  incoming: {}\n{failed}", yaml::flow(&json!({ "name": in_each(bucket) }))),
    };
    let function = format!(
        "\nfunctions:\n  {KEY}:\n    source: ../{HANDLERS}/{folder}\n    runtime: {runtime}\n    handler: {handler}\n    memory: 256\n    timeout: 30s\n    log_retention: 14d\n    environment: {{ STAGE: \"${{env}}\" }}\n"
    );
    let role = "    role:\n      managed_policies: [service-role/AWSLambdaBasicExecutionRole]\n      policies:\n        failed: [{ actions: [sqs:SendMessage], resources: [\"${queues.failed.arn}\"] }]\n";
    let kept = "    event_invoke: { on_failure: \"${queues.failed.arn}\" }\n";
    let started = match trigger {
        Trigger::None => String::new(),
        Trigger::Schedule(expression) => {
            let entry = yaml::flow(&json!({ "schedule": expression, "dead_letter_queue": "failed" }));
            format!("{kept}    triggers: [{entry}]\n")
        }
        Trigger::Queue => "    triggers: [{ queue: in, report_batch_item_failures: true }]\n".to_owned(),
        Trigger::Bucket(_) => format!(
            "{role}        incoming: [{{ actions: [s3:GetObject], resources: [\"${{buckets.incoming.arn}}/*\"] }}]\n{kept}    triggers: [{{ bucket: incoming }}]\n"
        ),
    };
    let alarm = format!(
        "\nalarms:\n  {KEY}-errors:\n    function: {KEY}\n    metric: Errors\n    statistic: Sum\n    period: 5m\n    comparison: GreaterThanThreshold\n    threshold: 0\n    treat_missing_data: notBreaching\n"
    );
    let outputs = format!("\noutputs:\n  functionName: ${{functions.{KEY}.name}}\n");
    [begin, before, function, started, alarm, outputs].concat()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::date;

    use super::*;
    use crate::check;
    use crate::contract::Asked;
    use crate::stack::{Choice, load};

    fn chosen(name: &str, trigger: Trigger) -> Chosen {
        Chosen {
            name: name.to_owned(),
            region: "eu-west-1".to_owned(),
            language: Language::Python,
            runtime: "python3.13".to_owned(),
            trigger,
            folder: KEY.to_owned(),
        }
    }

    fn written(dir: &Path, chosen: &Chosen) -> PathBuf {
        for (path, text) in files(chosen) {
            let path = dir.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        dir.join(stack_file(&chosen.name))
    }

    #[test]
    fn whatever_a_folder_is_called_the_file_is_read_as_it_is_meant() {
        for name in ["orders", "2026", "true", "null", "1e5", "0x1F", "no"] {
            let dir = tempfile::tempdir().unwrap();
            let clock = Trigger::Schedule("cron(0 2,14 * * ? *)".to_owned());
            for trigger in [Trigger::None, Trigger::Queue, Trigger::Bucket("123".to_owned()), clock] {
                let stack = load(&written(dir.path(), &chosen(name, trigger)), &Choice::default()).unwrap();
                assert_eq!(stack.scope.stack, name);
            }
        }
    }

    #[test]
    fn both_environments_of_a_new_stack_can_stand_side_by_side() {
        for trigger in [Trigger::None, Trigger::Queue, Trigger::Bucket("a".repeat(58)), Trigger::Schedule("rate(1 day)".to_owned())] {
            let dir = tempfile::tempdir().unwrap();
            let path = written(dir.path(), &chosen("orders", trigger));
            let names = |env: &str| {
                let stack = load(&path, &Choice { env: Some(env.to_owned()), ..Choice::default() }).unwrap();
                let asked = Asked { as_of: date(2026, 11, 21), is_chosen: true, one_account: true };
                let found = check::check(std::slice::from_ref(&stack), asked);
                assert!(found.is_empty(), "{env}: {:?}", found.iter().map(|one| (one.code, &one.message)).collect::<Vec<_>>());
                stack.desired.nodes.into_values().map(|node| (node.id.kind, node.name)).collect::<BTreeSet<_>>()
            };
            assert!(names("dev").is_disjoint(&names("prod")));
        }
    }
}
