"""Kafka, Amazon MQ, DocumentDB and what else event sources have, through their lives: what is made, what is changed
where it stands, and what can only be made anew."""

import pytest

from bench import Bench
from stacks import APPLY, HEAD

STACK = HEAD + """\
queues:
  in: { visibility_timeout: 3m }
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    event_sources: [SOURCE]
    role: { policies: { in: [{ actions: ["sqs:*", "kafka:*"], resources: ["*"] }] } }
"""
SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:source-AbCdEf"
OTHER = "arn:aws:secretsmanager:us-east-1:111122223333:secret:other-AbCdEf"
BASIC = f'source_access: [{{ type: BASIC_AUTH, uri: "{SECRET}" }}]'
KEY = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
MSK = 'arn: "arn:aws:kafka:us-east-1:${aws.account}:cluster/etl/1"'
OWN = 'bootstrap_servers: ["kafka-2.example.com:9092", "kafka-1.example.com:9092"]'
MQ = 'arn: "arn:aws:mq:us-east-1:${aws.account}:broker:jobs:b-1"'
DOCUMENTS = 'arn: "arn:aws:rds:us-east-1:${aws.account}:cluster:docs"'

# By name: what stands, what is wanted then, and the operations that lead there.
STEPS = {
    "kafka-in-place": (
        f"{{ {MSK}, topics: [orders] }}",
        f"{{ {MSK}, topics: [orders], batch_size: 50, batch_window: 2s, max_retries: 3, max_age: 1h, bisect: true, "
        "report_batch_item_failures: true, on_failure: \"kafka://lost\", provisioned_pollers: { min: 2, max: 9, group: etl }, "
        "metrics: [EventCount, ErrorCount], filters: [{ value: { kind: [new] } }] }",
        {"UpdateEventSourceMapping"}),
    "kafka-back-to-what-aws-has": (
        f"{{ {MSK}, topics: [orders], max_retries: 3, max_age: 1h, bisect: true, on_failure: \"kafka://lost\", metrics: [EventCount], "
        "provisioned_pollers: { max: 9 } }",
        f"{{ {MSK}, topics: [orders] }}",
        {"UpdateEventSourceMapping"}),
    "another-topic": (
        f"{{ {MSK}, topics: [orders] }}", f"{{ {MSK}, topics: [returns] }}", {"CreateEventSourceMapping", "DeleteEventSourceMapping"}),
    "another-group": (
        f"{{ {MSK}, topics: [orders], consumer_group: one }}", f"{{ {MSK}, topics: [orders], consumer_group: two }}",
        {"CreateEventSourceMapping", "DeleteEventSourceMapping"}),
    "half-a-second-again": (
        f"{{ {MSK}, topics: [orders], batch_window: 5s }}", f"{{ {MSK}, topics: [orders] }}",
        {"CreateEventSourceMapping", "DeleteEventSourceMapping"}),
    "from-an-instant": (
        f"{{ {MSK}, topics: [orders], starting_position: AT_TIMESTAMP, starting_position_timestamp: \"2026-01-01T02:00:00+02:00\" }}",
        f"{{ {MSK}, topics: [orders], starting_position: AT_TIMESTAMP, starting_position_timestamp: \"2026-01-02T00:00:00Z\" }}",
        {"CreateEventSourceMapping", "DeleteEventSourceMapping"}),
    "kafka-of-ones-own": (
        f"{{ {OWN}, topics: [orders], {BASIC} }}",
        f"{{ {OWN}, topics: [orders], {BASIC.replace(SECRET, OTHER)}, consumer_group: etl, enabled: false }}",
        {"CreateEventSourceMapping", "DeleteEventSourceMapping"}),
    "broker": (
        f"{{ {MQ}, queues: [jobs], {BASIC} }}",
        f"{{ {MQ}, queues: [jobs], source_access: [{{ type: VIRTUAL_HOST, uri: / }}, {{ type: BASIC_AUTH, uri: \"{OTHER}\" }}], batch_size: 7 }}",
        {"UpdateEventSourceMapping"}),
    "documents": (
        f"{{ {DOCUMENTS}, database: shop, {BASIC} }}",
        f"{{ {DOCUMENTS}, database: store, collection: orders, full_document: UpdateLookup, {BASIC}, batch_window: 1s }}",
        {"UpdateEventSourceMapping"}),
    "queue": (
        "{ queue: in }",
        f"{{ queue: in, provisioned_pollers: {{ max: 20 }}, metrics: [EventCount], kms_key: \"{KEY}\", filters: [{{ body: [a] }}] }}",
        {"UpdateEventSourceMapping"}),
    "queue-back": (
        f"{{ queue: in, provisioned_pollers: {{ max: 20 }}, metrics: [EventCount], kms_key: \"{KEY}\", filters: [{{ body: [a] }}] }}",
        "{ queue: in, max_concurrency: 5 }",
        {"UpdateEventSourceMapping"}),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_source_goes_from_one_to_the_other(tmp_path, name):
    before, after, operations = STEPS[name]
    bench = Bench(tmp_path, STACK.replace("SOURCE", before))
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
    bench.project.stack(STACK.replace("SOURCE", after))
    run, proxy = bench.run(APPLY)
    run.exits(0)
    assert {call.operation for call in proxy.writes} == operations, run
    bench.assert_converged()
    bench.calmly(["destroy", "--yes", "--allow-loss", "all"]).exits(0)


def test_one_cluster_feeds_with_two_topics(tmp_path):
    both = f"{{ {MSK}, topics: [orders] }}, {{ {MSK}, topics: [returns] }}"
    bench = Bench(tmp_path, STACK.replace("SOURCE", both))
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
    bench.project.stack(STACK.replace("SOURCE", f"{{ {MSK}, topics: [returns] }}"))
    run, proxy = bench.run(APPLY)
    run.exits(0)
    assert [call.operation for call in proxy.writes] == ["DeleteEventSourceMapping"], run
    bench.assert_converged()


def test_a_mapping_that_is_made_anew_keeps_what_no_file_says(tmp_path):
    """And the one before it is still going when it is made: Lambda refuses two of them."""
    bench = Bench(tmp_path, STACK.replace("SOURCE", f"{{ {MSK}, topics: [orders], consumer_group: one }}"))
    bench.calmly(APPLY).exits(0)
    client = bench.aws("lambda", bench.etlctl.endpoint)
    registry = {"SchemaRegistryURI": "https://registry.example.com", "EventRecordFormat": "JSON", "SchemaValidationConfigs": [{"Attribute": "VALUE"}]}
    (mapping,) = client.list_event_source_mappings(FunctionName="tiny-work")["EventSourceMappings"]
    client.update_event_source_mapping(
        UUID=mapping["UUID"], AmazonManagedKafkaEventSourceConfig={"SchemaRegistryConfig": registry}, LoggingConfig={"SystemLogLevel": "DEBUG"})
    bench.assert_converged()
    bench.project.stack(STACK.replace("SOURCE", f"{{ {MSK}, topics: [orders], consumer_group: two }}"))
    run, proxy = bench.run(APPLY)
    run.exits(0)
    made = [call.operation for call in proxy.writes]
    assert made[0] == "DeleteEventSourceMapping" and set(made[1:]) == {"CreateEventSourceMapping"} and len(made) > 2, made
    (mapping,) = client.list_event_source_mappings(FunctionName="tiny-work")["EventSourceMappings"]
    assert mapping["AmazonManagedKafkaEventSourceConfig"] == {"ConsumerGroupId": "two", "SchemaRegistryConfig": registry}, mapping
    assert mapping["LoggingConfig"] == {"SystemLogLevel": "DEBUG"}, mapping
    bench.assert_converged()
