"""A stack whose file is gone is looked at and destroyed by name, from its marks alone."""

import json

import pytest

from bench import Bench
from snapshot import assert_same
from stacks import APPLY, HEAD
from test_ls import ALL, without_files

WHOSE = ["--stack", "tiny", "--env", "dev", "--from-marks", "--region", "us-east-1"]
ONE = [*WHOSE, "--instance", "one"]
# A bucket that others own starts the function, beside an entry of theirs.
FOREIGN = HEAD + """\
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    triggers: [{ bucket: BUCKET, prefix: raw/ }]
"""
GUARDED = HEAD + """\
queues:
  kept: { on_remove: retain }
  held: { protect: true }
  gone: {}
"""


def changes(run):
    return {change["address"]: change["action"] for change in run.json["stacks"][0]["changes"]}


def test_all_kinds_are_planned_and_destroyed_without_a_file(tmp_path):
    bench = Bench(tmp_path, ALL.replace("{ protect: true }", "{}"))
    bench.calmly(APPLY).exits(0)
    address = json.loads(bench.calmly(["ls", "--format", "json", "--region", "us-east-1"]).out)["instances"][0]["resources"]
    before = bench.aws.snapshot()
    without_files(bench)
    planned = changes(bench.calmly(["plan", "--destroy", *ONE, "--format", "json"]).exits(0))
    assert planned == {f"{kind}/{name}": "delete" for kind, names in address.items() for name in names}
    # Whether the environment is protected, nobody knows.
    bench.calmly(["destroy", "--yes", *ONE]).exits(64).tells("its file would say", "--confirm dev")
    bench.calmly(["destroy", "--yes", *ONE, "--confirm", "prod"]).exits(64).tells("its file would say", "--confirm dev")
    # And so a bare yes loses no data.
    refused = bench.calmly(["destroy", "--yes", *ONE, "--confirm", "dev"]).exits(1)
    refused.tells("data that would be lost", "--allow-loss")
    assert_same(before, bench.aws.snapshot())
    bench.calmly(["destroy", "--yes", *ONE, "--confirm", "dev", "--allow-loss", "all"]).exits(0)
    assert bench.aws.snapshot() == {}
    gone = bench.calmly(["destroy", "--yes", *ONE, "--confirm", "dev"]).exits(0)
    gone.tells("Nothing in us-east-1 carries the mark tiny/dev/one", "etlctl ls")


def test_another_instance_is_left_alone_and_named(tmp_path):
    bench = Bench(tmp_path, ALL)
    one = ["--target", "queue/dlq", "--target", "role/work", "--target", "layer/shared"]
    bench.calmly([*APPLY, *one, "--set", "suffix=two"]).exits(0)
    two = bench.aws.snapshot()
    bench.project.stack(ALL.replace("{ protect: true }", "{}"))
    bench.calmly([*APPLY, *one]).exits(0)
    without_files(bench)
    run = bench.calmly(["destroy", "--yes", *ONE, "--confirm", "dev", "--allow-loss", "all"]).exits(0)
    assert "Instance two of this stack and environment stands too" in run.out, run
    assert_same(two, bench.aws.snapshot())
    # The instance is the environment's where none is said.
    bench.calmly(["plan", "--destroy", *WHOSE]).exits(0).tells("carries the mark tiny/dev/dev")


def test_who_names_no_instance_is_told_which_there_are(tmp_path):
    bench = Bench(tmp_path, HEAD + "queues: { dlq: {} }\n")
    bench.calmly(APPLY).exits(0)
    bench.project.stack(HEAD.replace("stack: tiny", "stack: tiny\ninstance: pr7").replace("tiny-", "other-") + "queues: { dlq: {} }\n")
    bench.calmly(APPLY).exits(0)
    without_files(bench)
    destroy = ["destroy", "--yes", "--from-marks", "--region", "us-east-1"]
    for args in (["--env", "dev"], ["--stack", "tiny"], ["--stack", "tiny", "--stack", "jobs", "--env", "dev"]):
        run, proxy = bench.run([*destroy, *args])
        run.exits(64).tells("--from-marks names no instance", "--stack tiny --env dev, or --stack tiny --env dev --instance pr7")
        assert not proxy.writes, run
    bench.calmly([*destroy, "--stack", "jobs"]).exits(64).tells("nothing like that carries a mark in us-east-1")


def test_what_tags_guard_is_kept(tmp_path):
    bench = Bench(tmp_path, GUARDED)
    bench.calmly(APPLY).exits(0)
    before = bench.aws.snapshot()
    without_files(bench)
    destroy = ["destroy", "--yes", *WHOSE, "--confirm", "dev", "--allow-loss", "all"]
    bench.calmly(destroy).exits(1).tells("queue/tiny-held (tiny-held) would be deleted, protected by its tag")
    assert_same(before, bench.aws.snapshot())
    bench.aws("sqs").untag_queue(QueueUrl=bench.aws.queue_url("tiny-held"), TagKeys=["etlctl:protect"])
    bench.calmly(destroy).exits(0)
    (left,) = bench.aws("sqs").list_queues()["QueueUrls"]
    assert left.endswith("tiny-kept")
    tags = bench.aws("sqs").list_queue_tags(QueueUrl=left).get("Tags", {})
    assert not [key for key in tags if key.startswith("etlctl:")], tags


def test_entries_of_a_foreign_bucket_go_and_those_of_others_stay(tmp_path):
    bench = Bench(tmp_path, FOREIGN)
    bucket = f"foreign-{bench.account}"
    s3 = bench.aws("s3")
    s3.create_bucket(Bucket=bucket)
    queue = bench.aws("sqs").create_queue(QueueName="theirs")["QueueUrl"]
    bench.aws("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps({"Statement": [{
        "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*"}]})})
    theirs = {"Id": "theirs", "QueueArn": bench.aws.arn("sqs", "theirs"), "Events": ["s3:ObjectRemoved:*"]}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [theirs]})
    bench.project.stack(FOREIGN.replace("BUCKET", bucket))
    bench.calmly(APPLY).exits(0)
    entries = s3.get_bucket_notification_configuration(Bucket=bucket)
    assert len(entries["LambdaFunctionConfigurations"]) == 1
    without_files(bench)
    bench.calmly(["destroy", "--yes", *WHOSE, "--confirm", "dev", "--allow-loss", "all"]).exits(0)
    entries = s3.get_bucket_notification_configuration(Bucket=bucket)
    assert "LambdaFunctionConfigurations" not in entries and [one["Id"] for one in entries["QueueConfigurations"]] == ["theirs"]
    assert bench.calmly(["ls", "--format", "json", "--region", "us-east-1"]).json["instances"] == []


def test_a_bucket_that_holds_something_needs_to_be_emptied(tmp_path):
    bench = Bench(tmp_path, HEAD + 'buckets: { raw: { name: "raw-${aws.account}" } }\n')
    bench.calmly(APPLY).exits(0)
    bench.aws("s3").put_object(Bucket=f"raw-{bench.account}", Key="a", Body=b"data")
    without_files(bench)
    destroy = ["destroy", "--yes", *WHOSE, "--confirm", "dev", "--allow-loss", f"bucket/raw-{bench.account}"]
    bench.calmly(destroy).exits(1).tells("AWS deletes only what is empty", "--empty")
    bench.calmly([*destroy, "--empty"]).exits(0)
    assert bench.aws("s3").list_buckets()["Buckets"] == []


def test_a_role_of_version_0_1_is_left_and_told(tmp_path):
    bench = Bench(tmp_path, HEAD + "roles: { worker: {} }\nqueues: { dlq: {} }\n")
    bench.calmly(APPLY).exits(0)
    bench.aws("iam").untag_role(RoleName="tiny-worker", TagKeys=["etlctl:region", "etlctl:instance"])
    without_files(bench)
    run = bench.calmly(["plan", "--destroy", *WHOSE]).exits(0)
    assert "tell no region and may be another one's: role/tiny-worker" in run.out, run
    assert "- queue/tiny-dlq" in run.out and "- role/tiny-worker" not in run.out, run


@pytest.mark.parametrize("args, words", [
    (["plan", *WHOSE], ["--destroy too"]),
    (["plan", "--destroy", *WHOSE, "--out", "x"], ["a plan from marks is not saved"]),
    (["destroy", "--yes", *WHOSE, "--set", "a=b"], ["no stack file is read"]),
    (["destroy", "--yes", "--instance", "one"], ["--from-marks"]),
])
def test_a_wrong_command_line_is_told_before_any_call(tmp_path, args, words):
    bench = Bench(tmp_path, GUARDED)
    run, proxy = bench.run(args)
    run.exits(64).tells(*words)
    assert not proxy.calls


HOLDERS = HEAD + """\
buses: { e: {} }
rules: { on-bus: { bus: e, event: { source: [jobs] }, targets: [{ queue: q }] } }
schedule_groups: { g: {} }
schedules: { s: { group: g, schedule: rate(1 day), queue: q } }
queues:
  q:
    policy:
      - principals: { Service: [events.amazonaws.com] }
        actions: [sqs:SendMessage]
        resources: ["*"]
        conditions: { ArnEquals: { "aws:SourceArn": "${rules.on-bus.arn}" } }
log_groups: { logs: {} }
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    permissions: { logs: { principal: logs.amazonaws.com, source_arn: "${log_groups.logs.arn}:*" } }
"""


@pytest.mark.parametrize("target, more", [
    ("bus/tiny-e", {"rule/tiny-e/tiny-on-bus"}),
    ("schedule_group/tiny-g", {"schedule/tiny-g/tiny-s"}),
    ("log_group/tiny-logs", set()),
    ("rule/tiny-e/tiny-on-bus", set()),
], ids=["bus", "schedule group", "log group", "rule"])
def test_a_target_takes_along_what_cannot_be_without_it_and_nothing_else(tmp_path, target, more):
    bench = Bench(tmp_path, HOLDERS)
    bench.calmly(APPLY).exits(0)
    without_files(bench)
    planned = changes(bench.calmly(["plan", "--destroy", *WHOSE, "--target", target, "--format", "json"]).exits(0))
    assert planned == {address: "delete" for address in {target} | more}
    bench.calmly(["destroy", "--yes", *WHOSE, "--confirm", "dev", "--allow-loss", "all", "--target", target]).exits(0)
