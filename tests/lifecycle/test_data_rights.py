"""What `permissions` grants for tables and streams, held against what their life sends: each call is allowed, and no action is
granted that none of them takes."""

import json
import time

import pytest

from bench import Bench
from harness import ENDPOINT
from like_tables import EXPIRY_SECONDS
from stacks import HEAD
from test_permissions import actions, allows
from wire import Recorder

POLICY = 'policy: [{ actions: [dynamodb:GetItem], resources: ["*"], principals: { AWS: ["${aws.account}"] } }]'
BEFORE = HEAD + f"""\
tables:
  orders: {{ key: id, ttl: expires, {POLICY}, tags: {{ Changed: before, Removed: "yes" }} }}
  plain: {{ key: id, tags: {{ Removed: "yes" }} }}
  kept: {{ key: id, on_remove: retain }}
streams:
  clicks: {{ shards: 1, retention: 2d, kms_key: alias/aws/kinesis, shard_metrics: [ALL], tags: {{ Changed: before, Removed: "yes" }} }}
  events: {{ shards: 1 }}
"""
AFTER = HEAD + f"""\
tables:
  orders: {{ key: id, point_in_time_recovery: true, stream: KEYS_ONLY, tags: {{ Changed: after }} }}
  plain: {{ key: id, {POLICY} }}
streams:
  clicks: {{ shards: 2, max_record_size: 2048, tags: {{ Changed: after }} }}
  events: {{ mode: on_demand, retention: 3d, kms_key: alias/aws/kinesis }}
"""


def asked(bench, request):
    """Action and resource of a call, as the Service Authorization Reference has them, and of what it asks for beside."""
    members = request.members
    if request.service == "dynamodb":
        arn = members.get("ResourceArn") or bench.aws.arn("dynamodb", f"table/{members['TableName']}")
        more = ["dynamodb:TagResource"] if request.operation == "CreateTable" else []
        more += ["dynamodb:PutResourcePolicy"] if members.get("ResourcePolicy") else []
    else:
        arn = members.get("StreamARN") or bench.aws.arn("kinesis", f"stream/{members['StreamName']}")
        more = ["kinesis:AddTagsToStream"] if request.operation == "CreateStream" else []
    return [(action, arn) for action in (str(request), *more)]


@pytest.fixture(scope="module")
def life(tmp_path_factory):
    """By purpose: the policies that were printed, and what was then sent."""
    bench, lived = Bench(tmp_path_factory.mktemp("rights"), BEFORE), {"apply": ([], []), "destroy": ([], [])}

    def run(purpose, *args):
        printed = bench.calmly(["permissions", "--for", purpose, "--format", "json"]).exits(0)
        policies, calls = lived[purpose]
        policies.append(json.loads(printed.out))
        with Recorder(ENDPOINT) as recorder:
            bench.etlctl.through(recorder)(*args, check=False, timeout=200).exits(0)
        calls.append([request for request in recorder.requests if request.service in ("dynamodb", "kinesis")])

    run("apply", "apply", "--yes")
    time.sleep(EXPIRY_SECONDS)  # the hour in which the expiry of a table changes once
    bench.project.stack(AFTER)
    run("apply", "apply", "--yes", "--allow-loss", "all", "--no-prune")
    time.sleep(EXPIRY_SECONDS)
    bench.project.stack(BEFORE)
    run("apply", "apply", "--yes", "--allow-loss", "all")
    for name in bench.aws("kinesis").list_streams()["StreamNames"]:
        bench.aws("kinesis").add_tags_to_stream(StreamName=name, Tags={"Other": "by-hand"})
    run("destroy", "destroy", "--yes", "--allow-loss", "all")
    return bench, lived


@pytest.mark.parametrize("purpose", ["apply", "destroy"])
def test_what_is_granted_is_what_is_used(life, purpose):
    bench, lived = life
    policies, calls = lived[purpose]
    # What left the files is read with the rights of the files that had it.
    policy = {"Statement": [statement for each in policies for statement in each["Statement"]]}
    wanted = {pair for requests in calls for request in requests for pair in asked(bench, request)}
    refused = [pair for pair in wanted if not allows(policy, *pair, {})]
    assert not refused, sorted(refused)
    used = {action for action, _ in wanted}
    granted = {action for action in actions(policy) if action.split(":")[0] in ("dynamodb", "kinesis")}
    assert granted - used == ({"dynamodb:DeleteTable", "kinesis:DeleteStream"} if purpose == "apply" else set())
