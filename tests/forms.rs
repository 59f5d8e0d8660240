//! The form in which AWS keeps what was written: whatever AWS gives back for it is no difference
//! (docs/aws-facts.md, "Normal forms").

mod common;

use std::path::Path;

use common::planning::{fill_digests, live_part, merge};
use etlctl::testing::kinds::{driver, registry};
use etlctl::testing::model::plan::Comparison;
use etlctl::testing::model::{Attributes, Desired, Node, Owner, Seen, Times};
use etlctl::testing::stack::{Choice, load};
use serde_json::{Value, json};

fn sample(kind: &str) -> Desired {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/kinds/{kind}/samples/after.yaml"));
    let mut loaded = load(&file, &Choice { account: Some("111111111111".into()), ..Choice::default() }).unwrap();
    fill_digests(&mut loaded.desired);
    loaded.desired
}

fn compare(node: &Node, written: &Value, given: &Value, live: Option<&Value>) -> Comparison {
    let mut part = live_part(node, given, &Attributes::new());
    merge(&mut part, live.unwrap_or(&json!({})));
    let seen = Seen {
        name: node.name.clone(),
        spec: given.clone(),
        live: part,
        attributes: Attributes::new(),
        owner: Owner::Ours,
        unread: Vec::new(),
        times: Times::default(),
    };
    driver(&node.id.kind).unwrap().compare(written, &seen, node.artifact.as_ref()).unwrap()
}

/// Compares the sample with these members in it, as they were written and as AWS gives them.
fn differences(address: &str, written: &Value, given: &Value, live: Option<&Value>) -> Vec<String> {
    let (kind, key) = address.split_once('/').unwrap();
    let desired = sample(kind);
    let node = desired.nodes.values().find(|node| node.id.to_string() == address).unwrap_or_else(|| panic!("no {key}"));
    let spec = desired.resolved(node);
    let with = |patch: &Value| {
        let mut spec = spec.clone();
        merge(&mut spec, patch);
        spec
    };
    let changes = compare(node, &with(written), &with(given), live).changes;
    changes.iter().map(|change| format!("{}: {} -> {}", change.path, change.before, change.after)).collect()
}

#[test]
fn the_normal_form_of_a_normal_form_is_itself() {
    for driver in registry() {
        let desired = sample(driver.name());
        for node in desired.nodes.values().filter(|node| node.id.kind == driver.name()) {
            let spec = desired.resolved(node);
            let once = compare(node, &spec, &spec, None);
            assert!(once.changes.is_empty(), "{}: {:?}", node.id, once.changes);
            let twice = compare(node, &once.want, &once.want, None);
            assert_eq!(twice.want, once.want, "{}", node.id);
            let back = compare(node, &spec, &once.want, None);
            assert!(back.changes.is_empty(), "{}: {:?}", node.id, back.changes);
        }
    }
}

fn statement(principal: &str, action: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": [principal]}, "Action": [action], "Resource": ["*"]}]})
}

#[test]
fn what_aws_gives_back_is_what_was_written() {
    let id = "222222222222";
    let root = |partition: &str| format!("arn:{partition}:iam::{id}:root");
    let permission = |principal: &str| json!({"permissions": {"changed": {"principal": principal}}});
    let source = |source: Value| {
        let mut whole = json!({"batch_size": 10, "batch_window": 0, "enabled": true, "alias": null, "filters": [], "parallelization": 1,
            "report_batch_item_failures": false, "max_concurrency": null, "starting_position": null, "max_retries": null, "max_age": null,
            "bisect": false, "tumbling_window": 0, "on_failure": null});
        merge(&mut whole, &source);
        json!({"event_sources": {"arn:aws:sqs:us-east-1:111111111111:third": whole}})
    };
    let cases: Vec<(&str, Value, Value)> = vec![
        ("function/work", json!({"description": " Works \n"}), json!({"description": "Works"})),
        ("function/work", permission(id), permission(&root("aws"))),
        ("function/work", permission(&root("aws-cn")), permission(id)),
        ("function/work", permission(&root("aws-us-gov")), permission(&root("aws-us-gov"))),
        (
            "function/work",
            json!({"url": {"cors": {"allow_headers": ["X-Trace", "Content-Type"], "expose_headers": ["ETag"], "allow_credentials": false,
                "allow_methods": ["GET"], "allow_origins": ["*"], "max_age": 0}}}),
            json!({"url": {"cors": {"allow_headers": ["content-type", "x-trace"], "expose_headers": ["etag"], "allow_credentials": false,
                "allow_methods": ["GET"], "allow_origins": ["*"], "max_age": 0}}}),
        ),
        ("function/work", json!({}), json!({"image": {"command": [], "entry_point": [], "working_directory": null}})),
        ("function/work", json!({"dead_letter": null}), json!({"dead_letter": ""})),
        ("function/work", json!({"vpc": null}), json!({"vpc": {"subnets": [], "security_groups": [], "ipv6": false}})),
        ("function/work", source(json!({"filters": [{"b": [1]}, {"a": [2]}]})), source(json!({"filters": [{"a": [2]}, {"b": [1]}]}))),
        ("function/work", source(json!({"max_retries": -1, "max_age": -1})), source(json!({"max_retries": null, "max_age": null}))),
        ("layer/shared", json!({"description": "Shared code\n"}), json!({"description": "Shared code"})),
        ("role/worker", json!({"description": "Works harder "}), json!({"description": "Works harder"})),
        (
            "role/worker",
            json!({"trust_policy": statement(id, "sts:AssumeRole")}),
            json!({"trust_policy": statement(&root("aws"), "sts:AssumeRole")}),
        ),
        (
            "role/worker",
            json!({"policies": {"added": statement(id, "s3:GetObject")}}),
            json!({"policies": {"added": statement(id, "s3:getobject")}}),
        ),
        ("role/worker", json!({"tags": {"team": "etl"}}), json!({"tags": {"Team": "etl"}})),
        ("queue/plain", json!({"policy": statement(id, "sqs:SendMessage")}), json!({"policy": statement(&root("aws"), "SQS:SendMessage")})),
        ("queue/ordered", json!({}), json!({"deduplication_scope": "queue", "fifo_throughput_limit": "perQueue"})),
        ("topic/alerts", json!({"policy": statement(id, "sns:Publish")}), json!({"policy": statement(&root("aws-cn"), "SNS:Publish")})),
        (
            "topic/alerts",
            json!({"delivery_policy": {"http": {"defaultHealthyRetryPolicy": {"numRetries": 5}}}}),
            json!({"delivery_policy": {"http": {"defaultHealthyRetryPolicy": {"numRetries": 5, "numNoDelayRetries": 0}, "disableSubscriptionOverrides": null}}}),
        ),
        ("log_group/rare", json!({"class": "DELIVERY", "retention_days": 30}), json!({"class": "DELIVERY", "retention_days": 2})),
        ("alarm/errors", json!({"description": "Too many \n"}), json!({"description": "Too many"})),
        ("alarm/errors", json!({"evaluation_periods": 3, "datapoints_to_alarm": 3}), json!({"evaluation_periods": 3})),
        ("alarm/errors", json!({"evaluate_low_samples": null}), json!({"evaluate_low_samples": "evaluate"})),
    ];
    for (address, written, given) in cases {
        let found = differences(address, &written, &given, None);
        assert!(found.is_empty(), "{address}: {written} and {given}\n{found:#?}");
    }
}

#[test]
fn what_is_another_value_stays_one() {
    let role = |principal: &str| json!({"trust_policy": statement(principal, "sts:AssumeRole")});
    let cases = [
        ("role/worker", role("222222222222"), role("333333333333")),
        ("role/worker", json!({"description": "Works harder"}), json!({"description": "Works  harder"})),
        ("role/worker", json!({"tags": {"team": "etl"}}), json!({"tags": {"Team": "ops"}})),
        ("queue/plain", json!({"policy": statement("2", "sqs:SendMessage")}), json!({"policy": statement("2", "sqs:ReceiveMessage")})),
    ];
    for (address, written, given) in cases {
        assert!(!differences(address, &written, &given, None).is_empty(), "{address}: {written} and {given}");
    }
}

#[test]
fn a_password_is_stars_and_what_waits_for_its_confirmation_is_left() {
    let subscribed = |key: &str, endpoint: Value| json!({"subscriptions": {key: {"raw": false, "endpoint": endpoint}}});
    let key = "https:https://user:****@example.com/hook";
    let found =
        differences("topic/alerts", &subscribed(key, json!("https://user:secret@example.com/hook")), &subscribed(key, Value::Null), None);
    assert!(found.is_empty(), "{found:#?}");
    let given = subscribed("email:gone@example.com", Value::Null);
    let pending = json!({"subscriptions": {"email:gone@example.com": "Pending"}});
    assert_eq!(differences("topic/alerts", &json!({}), &given, Some(&pending)), Vec::<String>::new());
    assert_eq!(differences("topic/alerts", &json!({}), &given, None).len(), 1);
}

#[test]
fn a_part_is_compared_where_the_files_mean_it_and_its_twin_is_seen() {
    let invoke = |alias: Value, retries: i32| json!({"alias": alias, "max_retries": retries, "max_age": 3600, "on_success": null, "on_failure": null});
    let written = json!({"event_invoke": invoke(json!("live"), 1)});
    let elsewhere = |invokes: Value| json!({"urls": [], "event_invokes": invokes});
    // The list of AWS begins with the one of the function itself.
    let given = json!({"event_invoke": invoke(Value::Null, 2), "elsewhere": elsewhere(json!([invoke(json!("live"), 1)]))});
    let found = differences("function/work", &written, &given, None);
    assert!(found.len() == 1 && found[0].starts_with("elsewhere.event_invokes"), "{found:#?}");
    let permission = |alias: Value| {
        json!({"principal": "s3.amazonaws.com", "action": "lambda:InvokeFunction", "source_arn": null, "source_account": null,
            "principal_org": null, "url_auth": null, "via_url": false, "alias": alias})
    };
    let written = json!({"permissions": {"s3": permission(json!("live"))}});
    let given = json!({"permissions": {"s3": permission(Value::Null), "s3 at live": permission(json!("live"))}});
    let found = differences("function/work", &written, &given, None);
    assert!(found.iter().all(|change| change.starts_with("permissions[\"s3 at $LATEST\"]")) && !found.is_empty(), "{found:#?}");
}
