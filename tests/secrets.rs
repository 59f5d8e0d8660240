//! No channel shows a secret: the table of forms against findings and plan files, and a variable that is
//! declared sensitive. What AWS itself quotes is tested in lifecycle/test_secrets_in_faults.py.

mod common;

use std::fmt::Write;

use common::local_aws;
use common::project::{Project, Run};
use common::secret_forms::{Form, hidden, shown};
use etlctl::testing::model::secret::{HIDDEN, conceals, looks_secret, names_secret};
use etlctl::testing::report;
use etlctl::testing::source::diagnostic::{Diagnostic, Level};
use etlctl::testing::stack::{Choice, load};
use serde_json::json;

/// Parts that stand in other words as well are looked for at their own place only.
fn is_found_safely(form: &Form) -> bool {
    form.part.len() >= 5 && !["true", "12345", "postgres1"].contains(&form.part.as_str())
}

/// Whether AWS takes it as the name of an environment variable.
fn is_variable(form: &Form) -> bool {
    form.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A stack whose functions have these in their environments, a few each: AWS takes 4 KB.
fn stack_of(forms: &[Form]) -> String {
    let mut stack = "stack: many\nregion: us-east-1\nenvironments: { dev: {} }\nqueues: { jobs: {} }\nfunctions:\n".to_owned();
    for (number, some) in forms.chunks(10).enumerate() {
        let _ = write!(
            stack,
            "  f{number}:\n    source: ../handlers/work\n    runtime: nodejs22.x\n    handler: index.handler\n    environment:\n"
        );
        for form in some {
            let _ = writeln!(stack, "      {}: {}", form.name, json!(form.value));
        }
    }
    stack.push_str("outputs:\n");
    for form in forms.iter().filter(|form| !form.value.contains("${queues")) {
        let _ = writeln!(stack, "  {}: {}", form.name, json!(form.value));
    }
    stack
}

struct Bench {
    project: Project,
    account: String,
}

impl Bench {
    fn new(stack: &str) -> Self {
        Self { project: Project::new(stack), account: local_aws::account() }
    }

    fn run(&self, args: &[&str]) -> Run {
        let mut command = self.project.command(args);
        command.env("AWS_ENDPOINT_URL", local_aws::endpoint());
        Run::of(command.env("AWS_ACCESS_KEY_ID", &self.account).env("AWS_SECRET_ACCESS_KEY", "test"))
    }
}

#[track_caller]
fn assert_hidden(forms: &[Form], channel: &str, text: &str) {
    let escaped = |part: &str| json!(part).to_string().trim_matches('"').to_owned();
    let seen: Vec<String> = forms
        .iter()
        .filter(|form| is_found_safely(form))
        .filter(|form| {
            text.contains(&form.part) || text.contains(&escaped(&form.part)) || form.part.lines().all(|line| text.contains(line))
        })
        .map(|form| format!("{}: {}", form.name, form.part))
        .collect();
    assert!(
        seen.is_empty(),
        "{channel} shows {} of {}:\n{}\n{}",
        seen.len(),
        forms.len(),
        seen.join("\n"),
        text.chars().take(3_000).collect::<String>()
    );
}

#[test]
fn forms_are_told_apart() {
    let (hidden, shown) = (hidden(), shown());
    assert!(hidden.len() >= 120 && shown.len() >= 60, "{} and {}", hidden.len(), shown.len());
    let list = |forms: &[Form], secret: bool| {
        let wrong =
            forms.iter().filter(|form| looks_secret(form.name, &form.value) != secret || conceals(form.name, &json!(form.value)) != secret);
        wrong.map(|form| format!("  {}: {}\n", form.name, form.value)).collect::<String>()
    };
    let (missed, hit) = (list(&hidden, true), list(&shown, false));
    assert!(missed.is_empty() && hit.is_empty(), "shown:\n{missed}hidden:\n{hit}");
}

#[test]
fn findings_hide_every_form_in_every_format() {
    for form in hidden().iter().filter(|form| is_found_safely(form)) {
        let project = Project::new("");
        let value = json!(form.value);
        let text = format!(
            "stack: tiny\nregion: us-east-1\nenvironments: {{ dev: {{}} }}\nqueues:\n  jobs: {{ tags: {{ {:?}: {value}, Other: x }} }}\n",
            form.name
        );
        let path = project.write("desired-state/stack.yaml", &text);
        let loaded = load(&path, &Choice::default()).unwrap_or_else(|found| panic!("{}: {}", form.name, found[0].message));
        let place = etlctl::testing::source::diagnostic::Place { line: 5, column: 11, length: 4 };
        let message = format!("`{}` is not a duration, and neither is {value}", form.value);
        let finding = Diagnostic { level: Level::Warning, ..Diagnostic::new(&loaded.source, place, &message, &message) };
        let all = [
            report::plain(&report::diagnostics::render(&finding)),
            json!(report::diagnostics::to_json(std::slice::from_ref(&finding))).to_string(),
            report::diagnostics::github(std::slice::from_ref(&finding)),
            report::sarif::render(std::slice::from_ref(&finding)),
        ];
        for text in all {
            assert!(text.contains("is not a duration"), "{text}");
            assert_hidden(std::slice::from_ref(form), "a finding", &text);
        }
    }
}

#[test]
fn what_only_looks_like_a_secret_is_shown() {
    let forms: Vec<Form> = shown().into_iter().filter(is_variable).collect();
    let bench = Bench::new(&stack_of(&forms));
    let plan = bench.run(&["plan"]).exits(0);
    let told = plan.out.split_whitespace().collect::<Vec<_>>().join(" ");
    let missing: Vec<&str> = forms
        .iter()
        .filter(|form| {
            let entry = |rest: &str| told.contains(&format!(" {}: {rest}", form.name));
            entry(HIDDEN) || !entry("")
        })
        .map(|form| form.name)
        .collect();
    assert!(missing.is_empty(), "{missing:?}\n{plan}");
    let applied = bench.run(&["apply", "--yes"]).exits(0);
    assert!(!applied.out.contains(HIDDEN) && !applied.err.contains(HIDDEN), "{applied}");
}

/// A stack in which one variable goes wherever a text can stand.
const TAINTED: &str = include_str!("common/tainted.yaml");

/// No form of any secret, so that only its declaration can tell.
const VALUE: &str = "quite-ordinary";

#[test]
fn sensitive_is_true_or_false_and_the_variable_needs_a_value() {
    let with = |declaration: &str| Project::new(&TAINTED.replace("{ from_env: PLAIN, sensitive: true }", declaration));
    with("{ sensitive: sometimes, default: a }").run(["validate"]).exits(3).tells(&["`sensitive` is true or false"]);
    with("{ sensitive: true }").run(["validate"]).exits(3).tells(&["variable `plain` has no value", "--set plain="]);
    with("{ sensitive: true }").run(["validate", "--set", "plain=x-y-z"]).exits(0);
    with("{ from_env: NOT_SET }").run(["validate", "--set", "plain=x-y-z"]).exits(0);
}

#[test]
fn a_plan_file_needs_a_hidden_setting_again_and_the_same() {
    let bench = Bench::new(TAINTED);
    // Neither its name nor its form tells: only the declaration does.
    for value in [VALUE, "abc", "7"] {
        let set = format!("plain={value}");
        bench.run(&["plan", "--out", "saved.plan", "--set", &set]).exits(0);
        let saved: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(bench.project.path().join("saved.plan")).unwrap()).unwrap();
        assert!(!saved.to_string().contains(&format!("\"{value}\"")), "{saved}");
        bench.run(&["apply", "saved.plan"]).exits(64).tells(&["pass --set plain=…"]);
        bench.run(&["apply", "saved.plan", "--set", "plain=another"]).exits(64);
        bench.run(&["apply", "saved.plan", "--set", &set]).exits(0);
        bench.run(&["destroy", "--yes", "--set", &set]).exits(0);
    }
}

#[test]
fn an_instance_is_no_place_for_a_secret() {
    let project = Project::new(&TAINTED.replace("stack: tainted\n", "stack: tainted\ninstance: \"i-${built}\"\n"));
    project.run(["validate", "--set", "plain=x-y-z"]).exits(3).tells(&["`instance` is built from a sensitive variable"]);
}

/// Otherwise a plan hides the very field that it changes.
#[test]
fn no_field_of_the_file_format_is_taken_for_a_secret() {
    fn properties(schema: &serde_json::Value, found: &mut Vec<String>) {
        if let Some(named) = schema.get("properties").and_then(serde_json::Value::as_object) {
            found.extend(named.keys().cloned());
        }
        match schema {
            serde_json::Value::Object(map) => map.values().for_each(|below| properties(below, found)),
            serde_json::Value::Array(items) => items.iter().for_each(|below| properties(below, found)),
            _ => {}
        }
    }
    let mut names = Vec::new();
    properties(&serde_json::from_str(&etlctl::testing::stack::schema::schema()).unwrap(), &mut names);
    assert!(names.len() > 100, "{names:?}");
    let hidden: Vec<_> = names.iter().filter(|name| names_secret(name)).collect();
    assert!(hidden.is_empty(), "{hidden:?}");
}

#[test]
fn a_file_that_is_no_yaml_shows_no_secret() {
    let broken = format!("{TAINTED}broken: [\n  DB_PASSWORD: hunter2-a, x\n");
    let project = Project::new(&broken.replace("{ from_env: PLAIN, sensitive: true }", "{ sensitive: true, default: quite-ordinary }"));
    let run = project.run(["validate"]).exits(3);
    assert!(!run.err.contains("hunter2") && !run.err.contains(VALUE), "{run}");
    let project = Project::new("stack: a\nenvironments:\n  dev: {}\nfunctions:\n  f:\n    environment:\n      DB_PASSWORD: \"hunter2\n");
    let run = project.run(["validate"]).exits(3);
    assert!(!run.err.contains("hunter2"), "{run}");
}

#[test]
fn a_wrong_command_line_quotes_no_value() {
    let project = Project::new(TAINTED);
    for args in [
        &["plan", "--set", "Hunter2x"][..],
        &["plan", "--set", "plain", "Hunter2x"],
        &["plan", "--sett=plain=Hunter2x"],
        &["plan", "--set=Hunter2x"],
    ] {
        let run = project.run(args).exits(64);
        assert!(!run.err.contains("Hunter2x"), "{run}");
    }
}

#[test]
fn a_sensitive_value_that_left_the_files_is_hidden_where_it_lives() {
    let bench = Bench::new(TAINTED);
    bench.run(&["apply", "--yes", "--set", &format!("plain={VALUE}")]).exits(0);
    let without = TAINTED.replace("NEUTRAL: \"${plain}\", OTHER: \"${built}!\", JSON: '{\"a\": \"${plain}\"}'", "KEPT: a");
    bench.project.write("desired-state/stack.yaml", without.replace("q-${plain}", "q-x"));
    let plan = bench.run(&["plan", "--set", "plain=quite-another"]).exits(0);
    let fields: Vec<&str> = plan.out.lines().filter(|line| line.contains("environment.")).collect();
    assert_eq!(fields.iter().filter(|line| line.contains(HIDDEN)).count(), 3, "{plan}");
    assert!(fields.iter().all(|line| !line.contains(VALUE)), "{plan}");
}

/// What is built from a sensitive variable, and is the name of a resource.
#[test]
fn a_name_that_is_not_shown_is_shown_nowhere() {
    let stack = "stack: named\nregion: us-east-1\nenvironments: { dev: {} }\nvariables: { who: { default: quietname, sensitive: true } }\n\
                 queues: { q: { name: \"q-${who}\" } }\n";
    let bench = Bench::new(stack);
    let hidden = |run: Run| {
        assert!(!run.out.contains("quietname") && !run.err.contains("quietname"), "{run}");
        run
    };
    hidden(bench.run(&["apply", "--yes", "--trace", "trace.json"])).exits(0);
    let trace = std::fs::read_to_string(bench.project.path().join("trace.json")).unwrap();
    assert!(trace.contains("sqs:CreateQueue") && !trace.contains("quietname"), "{trace}");
    for format in ["text", "json"] {
        let told = hidden(bench.run(&["ls", "--stack", "named", "--region", "us-east-1", "--format", format])).exits(0);
        assert!(told.out.contains(HIDDEN), "{told}");
    }
    hidden(bench.run(&["destroy", "--from-marks", "--stack", "named", "--env", "dev", "--region", "us-east-1"]));
    let policy = hidden(bench.run(&["permissions", "--for", "apply"])).exits(0);
    assert!(policy.out.contains(":*\"") && !policy.out.contains(HIDDEN) && policy.err.contains("a sensitive value"), "{policy}");
    for format in ["text", "json", "markdown", "html"] {
        hidden(bench.run(&["plan", "--out", "kept.plan", "--format", format])).exits(0);
    }
    for other in [&["graph"][..], &["status"], &["plan", "-vv"], &["apply", "--yes", "--format", "json"], &["destroy", "--yes", "-vv"]] {
        hidden(bench.run(other));
    }
}
