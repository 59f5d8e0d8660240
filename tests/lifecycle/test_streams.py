"""Streams: every value arrives, every field that somebody changes is seen and put back, one call after the other, and a record
that is put runs the function that the stream feeds."""

import json
import time

import pytest

from bench import Bench
from faults import Refused, Rule
from stacks import HEAD

APPLY, PLAN = ["apply", "--yes"], ["plan", "--detailed-exitcode"]
ALL = HEAD + """\
streams:
  clicks:
    shards: 2
    retention: 48h
    kms_key: alias/aws/kinesis
    shard_metrics: [IncomingBytes]
    max_record_size: 2048
    tags: { Team: etl }
"""
EATER = """\
import base64


def handler(event, context):
    for record in event["Records"]:
        print("ATE", base64.b64decode(record["kinesis"]["data"]).decode())
"""
FED = HEAD + """\
streams: { clicks: { shards: 1 } }
functions:
  eat:
    source: ../handlers/eat
    runtime: python3.13
    handler: index.handler
    alias: live
    triggers: [{ stream: clicks, starting_position: TRIM_HORIZON, max_retries: 3 }]
"""


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path, ALL)


def stream(bench):
    return bench.aws("kinesis").describe_stream_summary(StreamName="tiny-clicks")["StreamDescriptionSummary"]


def tags(bench):
    return {tag["Key"]: tag["Value"] for tag in bench.aws("kinesis").list_tags_for_stream(StreamName="tiny-clicks")["Tags"]}


def test_every_value_arrives_and_the_mark_with_the_creation(bench):
    run, proxy = bench.run(APPLY)
    run.exits(0)
    assert [call.operation for call in proxy.writes] == [
        "CreateStream", "IncreaseStreamRetentionPeriod", "StartStreamEncryption", "EnableEnhancedMonitoring"], run
    told = stream(bench)
    assert (told["OpenShardCount"], told["RetentionPeriodHours"], told["KeyId"], told["MaxRecordSizeInKiB"]) == (2, 48, "alias/aws/kinesis", 2048)
    assert told["EnhancedMonitoring"] == [{"ShardLevelMetrics": ["IncomingBytes"]}] and told["StreamModeDetails"]["StreamMode"] == "PROVISIONED"
    assert tags(bench) == {"Team": "etl", "etlctl:stack": "tiny", "etlctl:env": "dev", "etlctl:instance": "dev"}
    bench.assert_converged()


NAME = {"StreamName": "tiny-clicks"}
DRIFT = {
    "shards: 4 → 2": lambda client: client.update_shard_count(**NAME, TargetShardCount=4, ScalingType="UNIFORM_SCALING"),
    "retention: 3d → 2d": lambda client: client.increase_stream_retention_period(**NAME, RetentionPeriodHours=72),
    "kms_key": lambda client: client.stop_stream_encryption(**NAME, EncryptionType="KMS", KeyId="alias/aws/kinesis"),
    "shard_metrics": lambda client: client.enable_enhanced_monitoring(**NAME, ShardLevelMetrics=["ALL"]),
    "max_record_size: 4096 → 2048": lambda client: client.update_max_record_size(StreamARN=arn_of(client), MaxRecordSizeInKiB=4096),
    "mode: on_demand → provisioned": lambda client: client.update_stream_mode(
        StreamARN=arn_of(client), StreamModeDetails={"StreamMode": "ON_DEMAND"}),
    "tags.Team: web → etl": lambda client: client.add_tags_to_stream(**NAME, Tags={"Team": "web"}),
    "- tags.More": lambda client: client.add_tags_to_stream(**NAME, Tags={"More": "yes"}),
}


def arn_of(client):
    return client.describe_stream_summary(**NAME)["StreamDescriptionSummary"]["StreamARN"]


def test_what_somebody_changes_is_seen_and_put_back(bench):
    bench.calmly(APPLY).exits(0)
    for shown, change in DRIFT.items():
        change(bench.aws("kinesis"))
        run = bench.calmly(PLAN).exits(2)
        assert shown in run.out, f"{shown}\n{run}"
        bench.calmly(APPLY).exits(0)
        bench.assert_converged()


def test_shards_double_and_halve_and_on_demand_nobody_counts_them(bench):
    bench.calmly(APPLY).exits(0)
    bench.project.stack(ALL.replace("shards: 2", "shards: 9"))
    run, proxy = bench.run(APPLY)
    run.exits(0)
    assert [call.operation for call in proxy.writes] == ["UpdateShardCount"] * 3 and stream(bench)["OpenShardCount"] == 9, run
    bench.project.stack(ALL.replace("shards: 2", "mode: on_demand"))
    bench.calmly(APPLY).exits(0)
    bench.aws("kinesis").update_shard_count(**NAME, TargetShardCount=12, ScalingType="UNIFORM_SCALING")
    bench.assert_converged()


@pytest.mark.parametrize("then, operation", [("shards: 3", "UpdateShardCount"), ("mode: on_demand", "UpdateStreamMode")])
def test_a_switch_that_has_to_wait_holds_back_nothing_else(bench, then, operation):
    bench.calmly(APPLY).exits(0)
    bench.project.stack(ALL.replace("shards: 2", then).replace("48h", "72h").replace("Team: etl", "Team: web"))
    run, _ = bench.run(APPLY, [Rule(f"kinesis:{operation}", Refused(400, "InvalidArgumentException", "too often today"), times=None)])
    assert run.code != 0 and "too often today" in run.err, run
    assert stream(bench)["RetentionPeriodHours"] == 72 and tags(bench)["Team"] == "web"
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()


def test_a_stream_goes_only_where_somebody_says_so_and_its_consumers_are_told(bench):
    bench.calmly(APPLY).exits(0)
    bench.aws("kinesis").register_stream_consumer(StreamARN=stream(bench)["StreamARN"], ConsumerName="fast")
    bench.project.stack(HEAD + "queues: { q: {} }\n")
    run, proxy = bench.run(APPLY)
    assert run.code == 1 and "--allow-loss stream/tiny-clicks" in run.err, run
    assert "1 registered consumer" in run.out and not [call for call in proxy.writes if call.service == "kinesis"], run
    bench.calmly([*APPLY, "--allow-loss", "stream/tiny-clicks"]).exits(0)
    assert bench.aws("kinesis").list_streams()["StreamNames"] == []


def test_a_stream_of_others_is_left_alone_and_taken_over_when_asked(bench):
    bench.project.stack(HEAD + "streams: { clicks: { shards: 1 } }\n")
    bench.aws("kinesis").create_stream(StreamName="tiny-clicks", ShardCount=1)
    run, proxy = bench.run(APPLY)
    assert run.code == 1 and "carries no mark" in run.err and not proxy.writes, run
    bench.calmly([*APPLY, "--adopt"]).exits(0)
    assert tags(bench)["etlctl:stack"] == "tiny"
    bench.assert_converged()


def test_a_record_runs_the_function_at_its_alias(bench):
    bench.project.write("handlers/eat/index.py", EATER)
    bench.project.stack(FED)
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
    bench.aws("kinesis").put_record(**NAME, Data=b"a click", PartitionKey="one")
    until = time.monotonic() + 30
    while time.monotonic() < until:
        events = bench.aws("logs").filter_log_events(logGroupName="/aws/lambda/tiny-eat", filterPattern="ATE")["events"]
        if any("a click" in event["message"] for event in events):
            break
        time.sleep(0.25)
    else:
        raise AssertionError("the function never saw the record")
    bench.calmly(["destroy", "--yes"]).exits(0)


def test_a_trigger_brings_its_rights_along_and_takes_them_with_it(bench):
    bench.project.write("handlers/eat/index.py", EATER)
    bench.project.stack(FED)
    bench.calmly(APPLY).exits(0)
    iam, role = bench.aws("iam"), {"RoleName": "tiny-eat-role"}
    assert iam.list_role_policies(**role)["PolicyNames"] == ["etlctl-triggers"]
    policy = json.dumps(iam.get_role_policy(**role, PolicyName="etlctl-triggers")["PolicyDocument"])
    assert bench.aws.arn("kinesis", "stream/tiny-clicks") in policy and "kinesis:GetRecords" in policy, policy
    iam.delete_role_policy(**role, PolicyName="etlctl-triggers")
    run = bench.calmly(PLAN).exits(2)
    assert "etlctl-triggers" in run.out, run
    bench.calmly(APPLY).exits(0)
    bench.project.stack("\n".join(line for line in FED.splitlines() if "triggers:" not in line) + "\n")
    run = bench.calmly(PLAN).exits(2)
    assert "- triggers: [{ stream: clicks" in run.out, run
    bench.calmly(APPLY).exits(0)
    assert iam.list_role_policies(**role)["PolicyNames"] == []
    assert bench.aws("lambda").list_event_source_mappings(FunctionName="tiny-eat")["EventSourceMappings"] == []
    bench.assert_converged()
