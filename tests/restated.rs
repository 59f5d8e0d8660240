//! What a kind writes of a spec stands for that spec: the samples of every kind, written anew as a stack
//! file with all that they bring along, and loaded again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use etlctl::testing::contract::Sections;
use etlctl::testing::contract::written::Names;
use etlctl::testing::kinds::{driver, registry};
use etlctl::testing::model::{Desired, ResourceId, diff};
use etlctl::testing::source::Loaded;
use etlctl::testing::source::emit;
use etlctl::testing::stack::{Choice, load, written};
use serde_json::{Map, Value, json};

fn loaded(file: &Path) -> Loaded {
    let choice = Choice { account: Some("111111111111".to_owned()), ..Choice::default() };
    load(file, &choice).unwrap_or_else(|found| panic!("{}: {found:#?}", std::fs::read_to_string(file).unwrap()))
}

fn names(desired: &Desired) -> Names {
    let mut names = Names::default();
    for (id, node) in &desired.nodes {
        let section = driver(&id.kind).unwrap().section();
        names.add_named(section, &id.name, &node.name);
        if desired.known[id].contains_key("alias_arn") {
            names.means_alias(section, &id.name);
        }
    }
    names
}

/// Every resource in its own section, as an import has them.
fn sections(loaded: &Loaded) -> Sections {
    let names = names(&loaded.desired);
    let mut sections = Sections::new();
    for (id, node) in &loaded.desired.nodes {
        let driver = driver(&id.kind).unwrap();
        let written = driver.restated(&loaded.scope, &names, &node.name, &node.spec).unwrap();
        assert!(written.untold.is_empty(), "{id}: {:?}", written.untold);
        let mut fields: Map<String, Value> = [("name".to_owned(), json!(driver.name_in_file(&node.name)))].into_iter().collect();
        fields.extend(written.fields);
        if let Some(artifact) = &node.artifact {
            fields.insert("source".to_owned(), json!(std::path::absolute(&artifact.source).unwrap()));
        }
        sections.entry(driver.section().to_owned()).or_default().insert(id.name.clone(), fields);
    }
    sections
}

fn file(loaded: &Loaded, sections: Sections) -> String {
    let mut top = json!({"stack": loaded.scope.stack, "region": loaded.scope.region, "environments": {loaded.scope.env.clone(): {}}});
    top.as_object_mut().unwrap().extend(written::in_order(sections));
    emit::write(top.as_object().unwrap(), 3)
}

/// What an import never writes: entries among the notifications of buckets, and which values the file calls
/// sensitive. A log group that a function brings along leaves alone what one of its own asks for.
fn comparable(mut spec: Value) -> Value {
    for field in ["notifications", "sensitive_variables"] {
        spec.as_object_mut().unwrap().remove(field);
    }
    for (field, nothing) in [("metric_filters", json!({})), ("subscription_filters", json!({})), ("deletion_protection", json!(false))] {
        spec.as_object_mut().unwrap().retain(|of, value| of != field || *value != nothing);
    }
    spec
}

fn samples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/kinds");
    let of = |kind: &str| ["before.yaml", "after.yaml"].map(|name| folder.join(kind).join("samples").join(name));
    // What those leave out.
    let more = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/written")).unwrap();
    let more = more.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    registry().iter().flat_map(|driver| of(driver.name())).chain(more).collect()
}

fn assert_same(sample: &Path, before: &Desired, text: &str) {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("stack.yaml");
    std::fs::write(&path, text).unwrap();
    let after = loaded(&path).desired;
    // What stands within another one has the key of that.
    let by_name = |desired: &Desired| -> BTreeMap<(String, String), ResourceId> {
        desired.nodes.values().map(|node| ((node.id.kind.clone(), node.name.clone()), node.id.clone())).collect()
    };
    let (named, again) = (by_name(before), by_name(&after));
    assert_eq!(named.keys().collect::<Vec<_>>(), again.keys().collect::<Vec<_>>(), "{}\n{text}", sample.display());
    for (name, id) in &named {
        let (node, again) = (&before.nodes[id], &after.nodes[&again[name]]);
        let documents = driver(&id.kind).unwrap().documents();
        let changes = diff(&comparable(before.resolved(node)), &comparable(after.resolved(again)), documents);
        assert!(changes.is_empty(), "{id} of {}: {changes:#?}\n{text}", sample.display());
    }
}

#[test]
fn what_is_written_of_a_spec_stands_for_it() {
    for sample in samples() {
        let loaded = loaded(&sample);
        assert_same(&sample, &loaded.desired, &file(&loaded, sections(&loaded)));
    }
}

#[test]
fn what_stands_within_another_stands_for_the_same() {
    let mut nested = 0;
    for sample in samples() {
        let loaded = loaded(&sample);
        let mut all = sections(&loaded);
        let count = |all: &Sections| all.values().map(BTreeMap::len).sum::<usize>();
        let before = count(&all);
        written::nested(&mut all, &std::collections::BTreeSet::new());
        nested += before - count(&all);
        assert_same(&sample, &loaded.desired, &file(&loaded, all));
    }
    assert!(nested > 0, "no sample has anything that can stand within another resource");
}

#[test]
fn tags_that_all_have_are_said_once() {
    let of = |tags: Value| json!({"tags": tags}).as_object().unwrap().clone();
    let mut all: Sections = [
        ("queues".to_owned(), [("a".to_owned(), of(json!({"Team": "data", "Own": "1"})))].into()),
        ("topics".to_owned(), [("b".to_owned(), of(json!({"Team": "data"})))].into()),
        ("layers".to_owned(), [("c".to_owned(), Map::new())].into()),
    ]
    .into();
    let common = written::common_tags(&mut all, |section| section != "layers");
    assert_eq!(Value::Object(common), json!({"Team": "data"}));
    assert_eq!(json!(all["queues"]["a"]), json!({"tags": {"Own": "1"}}));
    assert_eq!(json!(all["topics"]["b"]), json!({}));
    let mut all: Sections =
        [("queues".to_owned(), [("a".to_owned(), of(json!({"Team": "data"}))), ("b".to_owned(), Map::new())].into())].into();
    assert!(written::common_tags(&mut all, |_| true).is_empty());
    assert_eq!(json!(all["queues"]["a"]), json!({"tags": {"Team": "data"}}));
}

/// What is written of the resource of a sample, with some fields of its spec set.
fn said(kind: &str, key: &str, set: Value) -> (Value, Vec<String>) {
    let loaded = loaded(&Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/kinds/{kind}/samples/after.yaml")));
    let node = &loaded.desired.nodes[&ResourceId::new(kind, key)];
    let mut spec = node.spec.clone();
    spec.as_object_mut().unwrap().extend(set.as_object().unwrap().clone());
    let written = driver(kind).unwrap().restated(&loaded.scope, &names(&loaded.desired), &node.name, &spec).unwrap();
    (Value::Object(written.fields), written.untold)
}

#[test]
fn what_no_row_says_is_written_or_told() {
    let (fields, untold) = said(
        "topic",
        "alerts",
        json!({"subscriptions": {
            "application:arn:aws:sns:r:1:endpoint/x": {"raw": false},
            "https:https://a:****@example.com/": {"raw": false},
            "email:a@example.com": {"raw": false},
        }}),
    );
    assert_eq!(fields["subscriptions"], json!([{"email": "a@example.com"}]));
    assert!(untold[0].contains("no word for its protocol") && untold[1].contains("its password"), "{untold:?}");
    // A document that reads as a policy is none where it is sent to somebody.
    let document = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]}]});
    let (fields, _) = said("schedule", "load", json!({"input": document}));
    assert_eq!(fields["input"], document);
    let (fields, _) = said("queue", "dlq", json!({"tags": {"etlctl:protect": "true", "etlctl:on_remove": "retain"}}));
    assert_eq!((&fields["protect"], &fields["on_remove"], fields.get("tags")), (&json!(true), &json!("retain"), None));
    // The name alone means a policy of another path.
    let policies =
        ["arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole", "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"];
    let (fields, _) = said("role", "worker", json!({"managed_policies": policies}));
    assert_eq!(fields["managed_policies"], json!([policies[0], "service-role/AWSLambdaBasicExecutionRole"]));
    let statement = json!({"etlctl-s3-raw": {"principal": "s3.amazonaws.com", "action": "lambda:InvokeFunction", "source_arn": null,
        "source_account": null, "principal_org": null, "url_auth": null, "via_url": false, "alias": null}});
    // A URL that no file can say asks for no statement either.
    let url = json!({"auth": "NONE", "invoke_mode": "BUFFERED", "cors": null, "alias": "elsewhere"});
    let (fields, untold) = said("function", "frozen", json!({"url": url, "permissions": {}}));
    assert!(fields.get("url").is_none() && !untold.iter().any(|what| what.contains("lacks")), "{untold:?}");
    assert!(untold.iter().any(|what| what.contains("the URL at elsewhere")), "{untold:?}");
    let (fields, _) = said("function", "frozen", json!({"permissions": statement}));
    assert_eq!(fields["permissions"], json!({"etlctl-s3-raw": {"principal": "s3.amazonaws.com", "action": "lambda:InvokeFunction"}}));
}
