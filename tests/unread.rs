//! What AWS could not tell is never taken for what is not there: an answer of 200 that says in a field
//! of its own that a part is missing.

mod common;

use common::local_aws;
use common::project::{Project, Run};
use common::proxy::{Fault, Proxy, Rule};
use serde_json::{Value, json};

const STACK: &str = "\
stack: tiny
region: us-east-1
environments: { dev: {} }
naming: \"tiny-${name}\"
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    environment: { LEVEL: INFO }
";

/// The shape that Lambda answers with where the caller may not use the key (botocore: EnvironmentError).
fn environment(answer: &mut Value) {
    answer["Configuration"]["Environment"] =
        json!({"Error": {"ErrorCode": "AccessDeniedException", "Message": "Lambda was unable to decrypt the environment variables"}});
}

fn tags(answer: &mut Value) {
    answer.as_object_mut().unwrap().remove("Tags");
    answer["TagsError"] = json!({"ErrorCode": "AccessDeniedException", "Message": "not authorized to perform: lambda:ListTags"});
}

fn configuration(answer: &mut Value) {
    answer.as_object_mut().unwrap().remove("Configuration");
}

struct Bench {
    project: Project,
    account: String,
}

impl Bench {
    fn deployed() -> Self {
        let bench = Self { project: Project::new(STACK), account: local_aws::account() };
        bench.run(&["apply", "--yes"]).exits(0);
        bench
    }

    fn run_at(&self, url: &str, args: &[&str]) -> Run {
        let mut command = self.project.command(args);
        command.env("AWS_ENDPOINT_URL", url).env("AWS_ACCESS_KEY_ID", &self.account).env("AWS_SECRET_ACCESS_KEY", "test");
        Run::of(&mut command)
    }

    fn run(&self, args: &[&str]) -> Run {
        self.run_at(local_aws::endpoint(), args)
    }

    /// Runs where every answer of GetFunction is changed so, and nothing may be written.
    fn refused(&self, change: fn(&mut Value), args: &[&str]) -> Run {
        let proxy = Proxy::start(local_aws::endpoint(), vec![Rule::new("lambda:GetFunction", Fault::Altered(change)).times(100)]);
        let run = self.run_at(&proxy.url, args).exits(1);
        let writes = ["Create", "Update", "Delete", "Put", "Tag", "Untag", "Publish", "Attach", "Set", "Add"];
        let wrote: Vec<String> = proxy
            .calls()
            .into_iter()
            .map(|call| call.operation)
            .filter(|operation| operation.split(':').nth(1).is_some_and(|action| writes.iter().any(|write| action.starts_with(write))))
            .collect();
        assert!(wrote.is_empty(), "{wrote:?}\n{run}");
        run
    }
}

#[test]
fn an_environment_that_cannot_be_decrypted_is_not_empty() {
    let bench = Bench::deployed();
    // Also where the files ask for no variable at all, so that nothing would differ.
    for stack in [STACK.to_owned(), STACK.replace("    environment: { LEVEL: INFO }\n", "")] {
        bench.project.write("desired-state/stack.yaml", stack);
        for args in [&["plan"][..], &["plan", "--detailed-exitcode"], &["apply", "--yes"]] {
            let told = ["function/work (tiny-work): environment cannot be read: AccessDeniedException: Lambda was unable", "kms:Decrypt"];
            bench.refused(environment, args).tells(&told);
        }
    }
    bench.project.write("desired-state/stack.yaml", STACK);
    // To delete it, nobody has to know what is in it.
    let proxy = Proxy::start(local_aws::endpoint(), vec![Rule::new("lambda:GetFunction", Fault::Altered(environment)).times(100)]);
    let run = bench.run_at(&proxy.url, &["destroy", "--yes"]).exits(0);
    assert!(run.out.contains("- function/work"), "{run}");
    assert_eq!(proxy.count("lambda:DeleteFunction", "tiny-work"), 1);
}

#[test]
fn a_function_whose_tags_cannot_be_read_is_not_unmarked() {
    let bench = Bench::deployed();
    for args in [&["plan"][..], &["plan", "--adopt"], &["apply", "--yes", "--adopt"], &["destroy", "--yes"]] {
        bench.refused(tags, args).tells(&["lambda:ListTags on tiny-work: AccessDeniedException", "allow lambda:ListTags"]);
    }
    // And so the printed policy allows it.
    for purpose in ["plan", "apply", "destroy"] {
        let policy = bench.project.run(["permissions", "--for", purpose, "--account", "111122223333"]).exits(0).out;
        let policy: Value = serde_json::from_str(&policy).unwrap();
        let statements = policy["Statement"].as_array().unwrap();
        let allows = statements.iter().any(|one| {
            one["Action"].to_string().contains("\"lambda:ListTags\"") && one["Resource"].to_string().contains("function:tiny-work\"")
        });
        assert!(allows, "{purpose}: {policy:#}");
    }
    bench.run(&["destroy", "--yes"]).exits(0);
}

#[test]
fn an_answer_without_a_configuration_is_not_a_function_that_is_gone() {
    let bench = Bench::deployed();
    for args in [&["plan"][..], &["apply", "--yes"], &["destroy", "--yes"]] {
        bench.refused(configuration, args).tells(&["lambda:GetFunction on tiny-work: the answer holds no configuration"]);
    }
    bench.run(&["destroy", "--yes"]).exits(0);
}
