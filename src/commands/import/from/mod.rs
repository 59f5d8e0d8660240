//! What another tool says that it made: the names in a template of CloudFormation, in `terraform show -json`,
//! or in `pulumi stack export`. Nothing else of these is believed: live AWS tells what there is.

mod cloudformation;
mod exported;
mod tagged;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use crate::error::Error;
use crate::model::Scope;

/// Bytes of the largest file that is read.
const LARGEST: u64 = 64 * 1024 * 1024;

/// The tool that wrote a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    /// CloudFormation, SAM and CDK.
    CloudFormation,
    /// Terraform and OpenTofu.
    Terraform,
    /// Pulumi.
    Pulumi,
}

/// A resource in such a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Declared {
    /// What the file calls it: a logical id, an address, a URN.
    pub address: String,
    /// Its type in the words of the tool.
    pub of_type: String,
    /// A short name for it.
    pub key: String,
    /// What is said of it, as far as that is text.
    pub members: BTreeMap<String, Member>,
}

/// What a file says of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Member {
    /// This.
    Text(String),
    /// What hangs on a parameter that has no value.
    Unset(String),
    /// What only the tool can tell: the expression.
    Open(String),
}

/// What a file says.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// Who wrote it.
    pub tool: Tool,
    /// The resources.
    pub declared: Vec<Declared>,
}

/// Reads a file of another tool.
///
/// # Errors
/// It cannot be read, or is none of these.
pub fn read(path: &Path, scope: &Scope, set: &[(String, String)]) -> Result<Said, Error> {
    let failed = |message: String| Error::File { path: path.display().to_string(), message };
    let size = std::fs::metadata(path).map_err(|error| failed(error.to_string()))?.len();
    if size > LARGEST {
        return Err(failed(format!("{size} bytes, and no more than {LARGEST} are read")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    let unknown = || Error::Usage {
        message: format!("--from {}: this is none of the files that names are read from", path.display()),
        hint: "give a CloudFormation template, what `terraform show -json` or what `pulumi stack export` prints".to_owned(),
    };
    let document = document(&text).map_err(|reason| Error::Usage {
        message: format!("--from {}: {reason}", path.display()),
        hint: "give a CloudFormation template, what `terraform show -json` or what `pulumi stack export` prints".to_owned(),
    })?;
    if is_raw_state(&document) {
        return Err(Error::Usage {
            message: format!("--from {}: this is a state as Terraform keeps it", path.display()),
            hint: "give it as Terraform prints it: terraform show -json > state.json, where its configuration is".to_owned(),
        });
    }
    let said = said(&document, scope, set).ok_or_else(unknown)?;
    let names = settable(&document, said.tool);
    match set.iter().find(|(name, _)| !names.contains(&name.as_str())) {
        Some((name, _)) => Err(unset(name, &format!("{} has no such parameter, and no such resource", path.display()))),
        None => Ok(said),
    }
}

/// What `--set` says that nothing asks for.
pub fn unset(name: &str, why: &str) -> Error {
    let hint = "with import it gives what a CloudFormation template leaves open: a parameter, AWS::StackName, or the name of a resource \
                by its logical id";
    Error::Usage { message: format!("--set {name}: {why}"), hint: hint.to_owned() }
}

/// `terraform.tfstate`, whose form is Terraform's own affair.
fn is_raw_state(document: &Value) -> bool {
    document["version"].is_number() && document["resources"].is_array() && document.get("lineage").is_some()
}

/// What CloudFormation tells of a stack by itself.
const PSEUDO: [&str; 8] = [
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

/// Names that `--set` can give a value.
fn settable(document: &Value, tool: Tool) -> Vec<&str> {
    if tool != Tool::CloudFormation {
        return Vec::new();
    }
    let keys = ["Parameters", "Resources"].into_iter().filter_map(|part| document[part].as_object()).flat_map(Map::keys);
    keys.map(String::as_str).chain(PSEUDO).collect()
}

fn document(text: &str) -> Result<Value, String> {
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"));
    }
    tagged::read(text).map_err(|error| format!("it is no YAML: {error}"))
}

fn said(document: &Value, scope: &Scope, set: &[(String, String)]) -> Option<Said> {
    let top = document.as_object()?;
    if top.contains_key("terraform_version")
        || top.contains_key("format_version")
        || top.contains_key("planned_values")
        || top.contains_key("values")
    {
        return Some(Said { tool: Tool::Terraform, declared: exported::terraform(top) });
    }
    if let Some(deployment) = top.get("deployment").and_then(Value::as_object) {
        let resources = deployment.get("resources").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        return Some(Said { tool: Tool::Pulumi, declared: exported::pulumi(resources) });
    }
    let resources = top.get("Resources").and_then(Value::as_object)?;
    Some(Said { tool: Tool::CloudFormation, declared: cloudformation::declared(resources, &parameters(top), scope, set) })
}

/// Defaults of the parameters of a template.
fn parameters(top: &Map<String, Value>) -> BTreeMap<String, String> {
    let all = top.get("Parameters").and_then(Value::as_object).into_iter().flatten();
    // Of these the value is what the parameter store holds under the name that is said.
    let is_stored = |parameter: &Value| parameter["Type"].as_str().is_some_and(|of| of.starts_with("AWS::SSM::Parameter::Value"));
    let known = all.filter(|(_, parameter)| !is_stored(parameter));
    known.filter_map(|(name, parameter)| Some((name.clone(), cloudformation::scalar(parameter.get("Default")?)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        Scope {
            partition: "aws".into(),
            account: "111122223333".into(),
            region: "eu-west-1".into(),
            stack: "s".into(),
            env: "e".into(),
            instance: "e".into(),
        }
    }

    fn names(text: &str, set: &[(&str, &str)], member: &str) -> Vec<(String, String, Option<Member>)> {
        let set: Vec<(String, String)> = set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let said = said(&document(text).unwrap(), &scope(), &set).unwrap();
        said.declared.into_iter().map(|one| (one.key, one.of_type, one.members.get(member).cloned())).collect()
    }

    #[test]
    fn a_template_tells_its_names_in_yaml_and_json() {
        let yaml = r#"
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Env: { Type: String, Default: dev }
  Other: { Type: String }
Resources:
  Plain: { Type: AWS::SQS::Queue, Properties: { QueueName: jobs } }
  Sub:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub "${AWS::StackName}-${Env}-${AWS::Region}"
  Joined: { Type: AWS::SQS::Queue, Properties: { QueueName: !Join ["-", [a, !Ref Env, !Ref "AWS::AccountId"]] } }
  Given: { Type: AWS::SQS::Queue, Properties: { QueueName: !Sub ["${x}-q", { x: !Ref Other }] } }
  Got: { Type: AWS::SQS::Queue, Properties: { QueueName: !GetAtt Plain.QueueName } }
  Made: { Type: AWS::SQS::Queue }
"#;
        let text = |text: &str| Some(Member::Text(text.to_owned()));
        let found = |set: &[(&str, &str)]| names(yaml, set, "QueueName").into_iter().map(|(key, _, name)| (key, name)).collect::<Vec<_>>();
        let named = [
            ("Plain".to_owned(), text("jobs")),
            ("Sub".to_owned(), text("orders-dev-eu-west-1")),
            ("Joined".to_owned(), text("a-dev-111122223333")),
            ("Given".to_owned(), text("mine-q")),
            ("Got".to_owned(), text("jobs")),
            ("Made".to_owned(), None),
        ];
        assert_eq!(found(&[("AWS::StackName", "orders"), ("Other", "mine")]), named);
        let open = found(&[]);
        assert!(matches!(&open[1].1, Some(Member::Unset(name)) if name == "AWS::StackName"), "{open:?}");
        assert!(matches!(&open[3].1, Some(Member::Unset(name)) if name == "Other"), "{open:?}");
        let json = r#"{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "q-${AWS::Partition}"}}}}}"#;
        assert_eq!(names(json, &[], "QueueName"), [("Q".to_owned(), "AWS::SQS::Queue".to_owned(), text("q-aws"))]);
    }

    #[test]
    fn a_reference_to_a_resource_is_its_written_name() {
        let yaml = r#"
Conditions: { Prod: !Equals [a, b] }
Resources:
  Bus: { Type: AWS::Events::EventBus, Properties: { Name: mine } }
  Made: { Type: AWS::Events::EventBus }
  One: { Type: AWS::Events::Rule, Properties: { EventBusName: !Ref Bus } }
  Two: { Type: AWS::Events::Rule, Properties: { EventBusName: !GetAtt Bus.Name } }
  Three: { Type: AWS::Events::Rule, Properties: { EventBusName: !Ref Made } }
  Four: { Type: AWS::Events::Rule, Properties: { EventBusName: !If [Prod, a, b] } }
"#;
        let buses = |set: &[(&str, &str)]| -> Vec<Option<Member>> {
            names(yaml, set, "EventBusName").into_iter().skip(2).map(|(.., bus)| bus).collect()
        };
        let (text, open) = (|text: &str| Some(Member::Text(text.into())), |text: &str| Some(Member::Open(text.into())));
        assert_eq!(buses(&[]), [text("mine"), text("mine"), open("Made"), open("Fn::If")]);
        assert_eq!(buses(&[("Made", "theirs")])[2], text("theirs"));
        let of = document(yaml).unwrap();
        assert!(settable(&of, Tool::CloudFormation).contains(&"Made") && !settable(&of, Tool::CloudFormation).contains(&"Fn::If"));
        assert!(settable(&of, Tool::Terraform).is_empty());
    }

    #[test]
    fn scalars_are_texts_as_they_are_written() {
        let yaml = r#"
Parameters:
  Flag: { Type: String, Default: true }
  Number: { Type: String, Default: 012345678901 }
Resources:
  A: { Type: x, Properties: { Name: 007 } }
  B: { Type: x, Properties: { Name: yes } }
  C: { Type: x, Properties: { Name: 1.10 } }
  D: { Type: x, Properties: { Name: 012345678901 } }
  E: { Type: x, Properties: { Name: !Ref Flag } }
  F: { Type: x, Properties: { Name: !Sub "n-${Number}" } }
  G: { Type: x, Properties: { Name: !Ref 007 } }
  H: { Type: x, Properties: { Name: "quoted 1" } }
  I: { Type: x, Properties: { Name: .inf } }
"#;
        let found: Vec<Option<Member>> = names(yaml, &[("007", "given")], "Name").into_iter().map(|(.., name)| name).collect();
        let texts = ["007", "yes", "1.10", "012345678901", "true", "n-012345678901", "given", "quoted 1", ".inf"];
        assert_eq!(found, texts.map(|text| Some(Member::Text(text.to_owned()))));
        let json = r#"{"Parameters": {"Flag": {"Type": "String", "Default": true}},
                       "Resources": {"A": {"Type": "x", "Properties": {"Name": {"Ref": "Flag"}}}}}"#;
        assert_eq!(names(json, &[], "Name")[0].2, Some(Member::Text("true".into())));
    }

    #[test]
    fn what_cloudformation_reads_elsewhere_is_open() {
        let yaml = r#"
Parameters:
  Stored: { Type: "AWS::SSM::Parameter::Value<String>", Default: /app/name }
  Named: { Type: "AWS::SSM::Parameter::Name", Default: /app/name }
Resources:
  A: { Type: x, Properties: { Name: !Ref Stored } }
  B: { Type: x, Properties: { Name: !Sub "n-${Stored}" } }
  C: { Type: x, Properties: { Name: "{{resolve:ssm:/app/name}}" } }
  D: { Type: x, Properties: { Name: !Join ["-", [n, "{{resolve:ssm:/app/name}}"]] } }
  E: { Type: x, Properties: { Name: !Ref Named } }
"#;
        let found = |set: &[(&str, &str)]| -> Vec<Option<Member>> { names(yaml, set, "Name").into_iter().map(|(.., name)| name).collect() };
        let (unset, open) = (|| Some(Member::Unset("Stored".into())), || Some(Member::Open("{{resolve:ssm:/app/name}}".into())));
        let text = |text: &str| Some(Member::Text(text.into()));
        assert_eq!(found(&[]), [unset(), unset(), open(), open(), text("/app/name")]);
        assert_eq!(found(&[("Stored", "work")])[..2], [text("work"), text("n-work")]);
    }

    #[test]
    fn states_of_other_tools_tell_their_names() {
        let terraform = r#"{"format_version": "1.0", "terraform_version": "1.9.0", "values": {"root_module": {
            "resources": [
                {"address": "aws_sqs_queue.in", "mode": "managed", "type": "aws_sqs_queue", "name": "in", "values": {"name": "jobs", "fifo_queue": false}},
                {"address": "data.aws_caller_identity.me", "mode": "data", "type": "aws_caller_identity", "name": "me", "values": {}}],
            "child_modules": [{"resources": [
                {"address": "module.x.aws_lambda_function.work[0]", "mode": "managed", "type": "aws_lambda_function", "name": "work", "index": 0, "values": {"function_name": "work-a"}},
                {"address": "module.x.aws_lambda_function.work[\"b\"]", "mode": "managed", "type": "aws_lambda_function", "name": "work", "index": "b", "values": {"function_name": "work-b"}}]}]}}}"#;
        let text = |text: &str| Some(Member::Text(text.to_owned()));
        assert_eq!(
            names(terraform, &[], "name"),
            [
                ("in".to_owned(), "aws_sqs_queue".to_owned(), text("jobs")),
                ("work-0".to_owned(), "aws_lambda_function".to_owned(), None),
                ("work-b".to_owned(), "aws_lambda_function".to_owned(), None),
            ]
        );
        assert_eq!(names(terraform, &[], "function_name")[2].2, text("work-b"));
        let pulumi = r#"{"version": 3, "deployment": {"resources": [
            {"urn": "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev", "type": "pulumi:pulumi:Stack"},
            {"urn": "urn:pulumi:dev::p::aws:sqs/queue:Queue::in", "type": "aws:sqs/queue:Queue", "custom": true, "outputs": {"name": "in-1a2b"}},
            {"urn": "urn:pulumi:dev::p::aws:sqs/queue:Queue::got", "type": "aws:sqs/queue:Queue", "custom": true, "external": true, "outputs": {"name": "theirs"}}]}}"#;
        assert_eq!(names(pulumi, &[], "name"), [("in".to_owned(), "aws:sqs/queue:Queue".to_owned(), text("in-1a2b"))]);
    }

    #[test]
    fn other_files_are_none() {
        for text in ["{}", "[]", "a: 1", "{\"Resources\": []}", "--- !x\n"] {
            assert!(document(text).ok().and_then(|document| said(&document, &scope(), &[])).is_none(), "{text}");
        }
        assert!(is_raw_state(
            &document(r#"{"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "x", "resources": []}"#).unwrap()
        ));
        assert!(document("a: [").is_err() && document("{").is_err());
    }
}
