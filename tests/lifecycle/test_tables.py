"""Tables: every value arrives, every field that somebody changes is seen and put back, one change after the other, and an
item that is written runs the function that the table feeds."""

import time

import pytest

from bench import Bench
from faults import Lost, Refused, Rule
from like_tables import EXPIRY_SECONDS

APPLY, PLAN = ["apply", "--yes"], ["plan", "--detailed-exitcode"]
DESTROY = ["destroy", "--yes", "--allow-loss", "all"]
HEAD = """\
stack: tiny
region: us-east-1
environments: { dev: {}, prod: { protected: true } }
naming: "tiny-${name}"
"""
ALL = HEAD + """\
tables:
  orders:
    key: customer
    sort_key: { name: at, type: N }
    attributes: { day: N }
    indexes:
      by-day: { partition_key: day, projection: KEYS_ONLY }
      by-state: { partition_key: state, sort_key: at, include: [total, currency] }
    local_indexes: { by-total: { sort_key: { name: total, type: N } } }
    ttl: expires
    point_in_time_recovery: true
    recovery_days: 7
    stream: NEW_IMAGE
    tags: { Team: etl }
"""
EATER = """\
import json


def handler(event, context):
    for record in event["Records"]:
        print("ATE", json.dumps(record["dynamodb"]["Keys"]))
"""
FED = """\
functions:
  eat:
    source: ../handlers/eat
    runtime: python3.13
    handler: index.handler
    role: { managed_policies: [service-role/AWSLambdaBasicExecutionRole, service-role/AWSLambdaDynamoDBExecutionRole] }
    %s: [{ table: orders, starting_position: TRIM_HORIZON, max_retries: 3 }]
"""


def plain(more=""):
    return HEAD + f"tables:\n  orders: {{ key: id{more} }}\n"


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path, ALL)


def table(bench, name="tiny-orders"):
    return bench.aws("dynamodb").describe_table(TableName=name)["Table"]


def keys(index):
    return [(each["AttributeName"], each["KeyType"]) for each in index["KeySchema"]]


def writes(proxy, *operations):
    return [call.operation for call in proxy.writes if call.operation in operations]


def test_every_value_arrives(bench):
    bench.calmly(APPLY).exits(0)
    told, client = table(bench), bench.aws("dynamodb")
    assert keys(told) == [("customer", "HASH"), ("at", "RANGE")]
    types = {each["AttributeName"]: each["AttributeType"] for each in told["AttributeDefinitions"]}
    assert types == {"customer": "S", "at": "N", "day": "N", "state": "S", "total": "N"}
    indexes = {index["IndexName"]: (keys(index), index["Projection"]["ProjectionType"]) for index in told["GlobalSecondaryIndexes"]}
    assert indexes == {
        "by-day": ([("day", "HASH")], "KEYS_ONLY"), "by-state": ([("state", "HASH"), ("at", "RANGE")], "INCLUDE")}
    assert keys(told["LocalSecondaryIndexes"][0]) == [("customer", "HASH"), ("total", "RANGE")]
    assert told["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE" and told["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert client.describe_time_to_live(TableName="tiny-orders")["TimeToLiveDescription"]["AttributeName"] == "expires"
    backups = client.describe_continuous_backups(TableName="tiny-orders")["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["RecoveryPeriodInDays"] == 7
    tags = {tag["Key"]: tag["Value"] for tag in client.list_tags_of_resource(ResourceArn=told["TableArn"])["Tags"]}
    assert tags == {"Team": "etl", "etlctl:stack": "tiny", "etlctl:env": "dev", "etlctl:instance": "dev"}
    bench.assert_converged()


DRIFT = {
    "deletion_protection: true → false": lambda client: client.update_table(TableName="tiny-orders", DeletionProtectionEnabled=True),
    "class: STANDARD_INFREQUENT_ACCESS → STANDARD": lambda client: client.update_table(
        TableName="tiny-orders", TableClass="STANDARD_INFREQUENT_ACCESS"),
    "stream: NEW_IMAGE": lambda client: client.update_table(TableName="tiny-orders", StreamSpecification={"StreamEnabled": False}),
    "ttl: expires": lambda client: client.update_time_to_live(
        TableName="tiny-orders", TimeToLiveSpecification={"Enabled": False, "AttributeName": "expires"}),
    "point_in_time_recovery: false → true": lambda client: client.update_continuous_backups(
        TableName="tiny-orders", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}),
    "recovery_days: 35 → 7": lambda client: client.update_continuous_backups(
        TableName="tiny-orders", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}),
    "indexes.by-day": lambda client: client.update_table(
        TableName="tiny-orders", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-day"}}]),
    "max_throughput": lambda client: client.update_table(TableName="tiny-orders", OnDemandThroughput={"MaxReadRequestUnits": 5}),
    "kms_key": lambda client: client.update_table(TableName="tiny-orders", SSESpecification={"Enabled": True}),
    "policy": lambda client: client.put_resource_policy(
        ResourceArn=client.describe_table(TableName="tiny-orders")["Table"]["TableArn"], Policy='{"Version":"2012-10-17","Statement":[]}'),
    "tags.Team: web → etl": lambda client: client.tag_resource(
        ResourceArn=client.describe_table(TableName="tiny-orders")["Table"]["TableArn"], Tags=[{"Key": "Team", "Value": "web"}]),
}


def test_what_somebody_changes_is_seen_and_put_back(bench):
    bench.calmly(APPLY).exits(0)
    time.sleep(EXPIRY_SECONDS)
    for shown, change in DRIFT.items():
        change(bench.aws("dynamodb"))
        run = bench.calmly(PLAN).exits(2)
        assert shown in run.out and run.out.count("~ table/") == 1, f"{shown}\n{run}"
        bench.calmly(APPLY).exits(0)
        bench.assert_converged()


def test_indexes_change_one_at_a_time_and_anew_where_their_keys_do(bench):
    bench.calmly(APPLY).exits(0)
    bench.project.stack(ALL.replace("attributes: { day: N }", "attributes: { month: N }").replace(
        "partition_key: day, projection: KEYS_ONLY", "partition_key: month").replace(
        "include: [total, currency]", "include: [total]").replace(
        "      by-day:", "      by-place: { partition_key: [country, city] }\n      by-day:"))
    run, proxy = bench.run(APPLY)
    run.exits(0)
    assert writes(proxy, "UpdateTable") == ["UpdateTable"] * 5, run
    told = {index["IndexName"]: keys(index) for index in table(bench)["GlobalSecondaryIndexes"]}
    assert told == {
        "by-day": [("month", "HASH")], "by-place": [("country", "HASH"), ("city", "HASH")], "by-state": [("state", "HASH"), ("at", "RANGE")]}
    bench.assert_converged()


def test_billing_moves_with_every_index_in_one_call(bench):
    indexes = ", indexes: { by-a: { partition_key: a }, by-b: { partition_key: b } }"
    bench.project.stack(plain(indexes))
    bench.calmly(APPLY).exits(0)
    bench.project.stack(plain(f"{indexes}, capacity: {{ read: 3, write: 2 }}"))
    run, proxy = bench.run(APPLY)
    run.exits(0)
    assert writes(proxy, "UpdateTable") == ["UpdateTable"], run
    told = table(bench)
    assert {each["ProvisionedThroughput"]["ReadCapacityUnits"] for each in [told, *told["GlobalSecondaryIndexes"]]} == {3}
    bench.assert_converged()
    bench.project.stack(plain(f"{indexes}, capacity: {{ read: 3, write: 4 }}"))
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
    bench.project.stack(plain(indexes))
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()


def test_a_bound_on_demand_goes_with_on_demand_and_comes_back_only_where_it_is_asked_for(bench):
    bound = ", max_throughput: { read: 7 }, indexes: { by-a: { partition_key: a, max_throughput: { write: 3 } } }"
    bench.project.stack(plain(bound))
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
    indexes = ", indexes: { by-a: { partition_key: a } }"
    for more in (f"{indexes}, capacity: {{ read: 3, write: 2 }}", indexes, bound):
        bench.project.stack(plain(more))
        bench.calmly(APPLY).exits(0)
        bench.assert_converged()


def test_a_refused_change_of_expiry_or_class_holds_back_no_other(bench):
    bench.calmly(APPLY).exits(0)
    bench.project.stack(ALL.replace("    ttl: expires\n", "").replace("Team: etl", "Team: web").replace("recovery_days: 7", "recovery_days: 9"))
    run, _ = bench.run(APPLY, [Rule("dynamodb:UpdateTimeToLive", Refused(400, "ValidationException", "modified multiple times"))])
    assert run.code != 0 and "modified multiple times" in run.err, run
    client = bench.aws("dynamodb")
    tags = client.list_tags_of_resource(ResourceArn=table(bench)["TableArn"])["Tags"]
    assert {"Key": "Team", "Value": "web"} in tags
    recovery = client.describe_continuous_backups(TableName="tiny-orders")["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["RecoveryPeriodInDays"] == 9


def test_another_attribute_of_expiry_is_refused_by_the_plan_and_once_an_hour_is_told(bench):
    none, other = ALL.replace("    ttl: expires\n", ""), ALL.replace("ttl: expires", "ttl: until")
    bench.calmly(APPLY).exits(0)
    bench.project.stack(none)
    run = bench.calmly(APPLY)
    assert run.code != 0 and "takes one change of expiry in an hour" in run.err, run
    bench.project.stack(other)
    for args in (PLAN, APPLY):
        run, proxy = bench.run(args)
        assert run.code == 1 and "items expire by expires now" in run.err and "an hour" in run.err and not proxy.writes, run
    for stack in (none, other):
        time.sleep(EXPIRY_SECONDS)
        bench.project.stack(stack)
        bench.calmly(APPLY).exits(0)
        bench.assert_converged()


def test_what_holds_items_goes_only_where_somebody_says_so(bench):
    bench.project.stack(plain())
    bench.calmly(APPLY).exits(0)
    bench.project.stack(plain().replace("key: id", "key: other"))
    run, proxy = bench.run(APPLY)
    assert run.code == 1 and "--allow-loss table/orders" in run.err and "up to six hours ago" in run.out and not proxy.writes, run
    bench.calmly([*APPLY, "--allow-loss", "table/orders"]).exits(0)
    assert keys(table(bench)) == [("other", "HASH")]
    bench.project.stack(HEAD + "queues: { q: {} }\n")
    run, proxy = bench.run(APPLY)
    assert run.code == 1 and "DeleteTable" not in {call.operation for call in proxy.writes}, run
    bench.calmly([*APPLY, "--allow-loss", "table/tiny-orders"]).exits(0)
    assert bench.aws("dynamodb").list_tables()["TableNames"] == []


def test_a_protected_environment_protects_its_tables(bench):
    prod = ["--env", "prod", "--confirm", "prod"]
    bench.project.stack(plain())
    bench.calmly([*APPLY, *prod]).exits(0)
    assert table(bench)["DeletionProtectionEnabled"]
    run, proxy = bench.run([*DESTROY, *prod])
    assert run.code == 1 and "deletion protection is on" in run.err and not proxy.writes, run
    bench.project.stack(plain(", deletion_protection: false"))
    bench.calmly([*APPLY, *prod]).exits(0)
    bench.calmly([*DESTROY, *prod]).exits(0)
    assert bench.aws("dynamodb").list_tables()["TableNames"] == []


def test_a_table_of_others_is_left_alone_and_taken_over_when_asked(bench):
    bench.project.stack(plain())
    bench.aws("dynamodb").create_table(
        TableName="tiny-orders", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}], Tags=[{"Key": "Mine", "Value": "yes"}])
    run, proxy = bench.run(APPLY)
    assert run.code == 1 and "carries no mark" in run.err and not proxy.writes, run
    bench.calmly([*APPLY, "--adopt"]).exits(0)
    bench.assert_converged()


@pytest.mark.parametrize("word", ["event_sources", "triggers"])
def test_an_item_runs_the_function_and_another_stream_feeds_it_too(bench, word):
    bench.project.write("handlers/eat/index.py", EATER)
    bench.project.stack(plain(", stream: NEW_IMAGE") + FED % word)
    run, proxy = bench.run(APPLY)
    run.exits(0)
    order = writes(proxy, "CreateTable", "CreateEventSourceMapping")
    assert order == ["CreateTable", "CreateEventSourceMapping"] and "{ table: orders" in run.out, run
    bench.assert_converged()
    eats(bench, "first")
    bench.project.stack(plain(", stream: KEYS_ONLY") + FED % word)
    before = table(bench)["LatestStreamArn"]
    bench.calmly(APPLY).exits(0)
    assert table(bench)["LatestStreamArn"] != before
    bench.assert_converged()
    mappings = bench.aws("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert [each["EventSourceArn"] for each in mappings] == [table(bench)["LatestStreamArn"]]
    eats(bench, "second")
    bench.calmly(DESTROY).exits(0)


def eats(bench, key):
    bench.aws("dynamodb").put_item(TableName="tiny-orders", Item={"id": {"S": key}})
    until = time.monotonic() + 30
    while time.monotonic() < until:
        groups = bench.aws("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/tiny-eat")["logGroups"]
        events = groups and bench.aws("logs").filter_log_events(logGroupName="/aws/lambda/tiny-eat", filterPattern="ATE")["events"]
        if any(key in event["message"] for event in events or []):
            return
        time.sleep(0.25)
    raise AssertionError(f"the function never saw {key}")


def test_what_a_failed_creation_left_is_made_good(bench):
    refused = Rule("dynamodb:UpdateTimeToLive", Refused(400, "ValidationException", "as asked"))
    run, _ = bench.run(APPLY, [refused])
    assert run.code != 0 and table(bench)["TableStatus"] == "ACTIVE", run
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
    assert bench.aws("dynamodb").describe_time_to_live(TableName="tiny-orders")["TimeToLiveDescription"]["AttributeName"] == "expires"


@pytest.mark.parametrize("operation", ["CreateTable", "UpdateTable", "UpdateTimeToLive"])
def test_a_write_whose_answer_was_lost_is_not_done_twice(bench, operation):
    rules = [Rule(f"dynamodb:{operation}", Lost())]
    if operation == "UpdateTable":
        bench.calmly(APPLY).exits(0)
        bench.project.stack(ALL.replace("by-day: { partition_key: day", "by-day: { partition_key: state").replace("attributes: { day: N }", "attributes: {}"))
    bench.run(APPLY, rules)[0].exits(0)
    bench.assert_converged()
