"""What stands in an account and region is listed from marks alone: no stack file is needed, and what
could not be searched is told."""

import re

import pytest

from bench import Bench
from faults import Altered, Refused, Rule
from harness import REGION
from stacks import APPLY, HEAD
from terminal import lines, watch

ELSEWHERE = "eu-west-1"
# One of each kind that has a mark of its own, and a schedule, which has its group's.
ALL = HEAD.replace('naming: "tiny-${name}"', 'instance: ${suffix}\nvariables: { suffix: { default: one } }\n'
                   'naming: "tiny-${name}-${suffix}-${aws.region}"') + """\
queues: { dlq: { protect: true } }
topics: { alerts: {} }
layers: { shared: { source: ../handlers/work } }
buckets: { raw: { name: "raw-${aws.account}-${suffix}-${aws.region}" } }
tables: { orders: { partition_key: { name: id, type: S } } }
streams: { events: {} }
buses: { shop: {} }
state_machines:
  flow: { definition: { StartAt: A, States: { A: { Type: Pass, End: true } } } }
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    triggers:
      - { schedule: rate(1 day) }
      - { event: { source: [shop] }, bus: shop }
alarms:
  errors: { function: work, metric: Errors, statistic: Sum, period: 5m, comparison: GreaterThanThreshold, threshold: 1, alarm_actions: [alerts] }
"""
KINDS = {"alarm", "bucket", "bus", "function", "layer", "log_group", "queue", "role", "rule", "schedule", "schedule_group", "state_machine",
         "stream", "table", "topic"}


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path, ALL)


def instances(run):
    return {(one["stack"], one["env"], one["instance"]): one for one in run.json["instances"]}


def without_files(bench):
    """As on a machine that has no checkout."""
    (bench.project.dir / "desired-state" / "stack.yaml").unlink()
    (bench.project.dir / "desired-state").rmdir()


def test_its_lines_fit_the_terminal(bench):
    bench.calmly(APPLY).exits(0)
    run = watch(bench.etlctl, "ls", "--region", REGION, columns=60, env={"NO_COLOR": "1"})
    assert run.code == 0 and "resources: " in run.out, run
    assert all(len(line) <= 60 for line in lines(run.out, 60)), run


def test_all_kinds_are_listed_without_a_checkout(bench):
    bench.calmly(APPLY).exits(0)
    here = instances(bench.calmly(["ls", "--format", "json", "--region", REGION]).exits(0))["tiny", "dev", "one"]
    assert here["file"].endswith("stack.yaml") and here["file_has_env"]
    without_files(bench)
    run = bench.calmly(["ls", "--format", "json", "--region", REGION]).exits(0)
    assert run.json["is_whole"] and run.json["account"] == bench.aws.account and run.json["region"] == REGION
    ((whose, one),) = instances(run).items()
    assert whose == ("tiny", "dev", "one") and one["file"] is None
    assert set(one["resources"]) == KINDS
    assert one["resources"]["function"] == [f"tiny-work-one-{REGION}"]
    assert one["protected"] == [f"queue/tiny-dlq-one-{REGION}"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", one["last_change"])
    text = bench.calmly(["ls", "--region", REGION]).exits(0)
    assert "tiny · dev · instance one\n" in text.out and "no file here" in text.out and text.err == "", text
    assert f"protected: queue/tiny-dlq-one-{REGION}" in text.out, text
    # Where nothing is told apart by the tagging API, all is listed.
    listed = bench.calmly(["ls", "--format", "json", "--reads", "list", "--region", REGION]).exits(0)
    assert instances(listed)[whose]["resources"] == one["resources"]


def test_instances_are_told_apart_and_narrowed(bench):
    bench.calmly([*APPLY, "--target", "queue/dlq", "--target", "role/work"]).exits(0)
    bench.calmly([*APPLY, "--target", "queue/dlq", "--set", "suffix=two"]).exits(0)
    bench.calmly([*APPLY, "--target", "role/work", "--region", ELSEWHERE]).exits(0)
    bench.project.stack(HEAD.replace("tiny", "other").replace("dev", "live") + "queues: { q: {} }\n")
    bench.calmly(APPLY).exits(0)
    run = bench.calmly(["ls", "--format", "json", "--region", REGION]).exits(0)
    assert set(instances(run)) == {("tiny", "dev", "one"), ("tiny", "dev", "two"), ("other", "live", "live")}
    assert run.json["elsewhere"] == [{"stack": "tiny", "env": "dev", "instance": "one", "region": ELSEWHERE}]
    assert instances(run)["other", "live", "live"]["file_has_env"] is True
    narrowed = bench.calmly(["ls", "--stack", "tiny", "--env", "dev", "--region", REGION]).exits(0).out
    assert "other" not in narrowed and "stack tiny · environment dev" in narrowed, narrowed
    assert f"    queue/tiny-dlq-two-{REGION}\n" in narrowed, "one stack is listed by its resources"
    assert f"In {ELSEWHERE}, as what reaches over the account tells: tiny/dev/one" in narrowed
    nothing = bench.calmly(["ls", "--stack", "no-such", "--region", REGION]).exits(0)
    assert "Nothing carries such a mark." in nothing.out
    there = bench.calmly(["ls", "--format", "json", "--region", ELSEWHERE]).exits(0)
    assert set(instances(there)) == {("tiny", "dev", "one")}


def test_a_mark_without_environment_is_told_as_nobodys(bench):
    bench.aws("sqs").create_queue(QueueName="stray", tags={"etlctl:stack": "tiny"})
    run = bench.calmly(["ls", "--region", REGION]).exits(0)
    assert "it is nobody's: queue/stray" in run.out, run
    for narrowed in (["--stack", "tiny"], ["--stack", "tiny", "--env", "dev"]):
        assert "it is nobody's: queue/stray" in bench.calmly(["ls", "--region", REGION, *narrowed]).exits(0).out
    assert "stray" not in bench.calmly(["ls", "--region", REGION, "--stack", "other"]).exits(0).out


def test_what_could_not_be_searched_at_all_is_not_said_to_be_missing(bench):
    bench.calmly([*APPLY, "--target", "queue/dlq"]).exits(0)
    denied = Refused(403, "AccessDenied", "no")
    rules = [Rule(call, denied, times=None) for call in ("lambda:ListLayers", "iam:GetAccountAuthorizationDetails", "tag:GetResources")]
    run, _ = bench.run(["ls", "--region", REGION], rules)
    run.exits(1).tells("permissions --for ls")
    assert "Nothing of what could be searched carries a mark." in run.out and "listed above" not in run.err, run
    asked, _ = bench.run(["plan", "--destroy", "--from-marks", "--region", REGION], rules)
    asked.exits(64).tells("is not known, since not every kind could be searched")
    assert "nothing like that" not in asked.err, asked


def test_a_listing_that_leads_round_in_a_circle_ends(bench):
    bench.calmly([*APPLY, "--target", "layer/shared"]).exits(0)
    run, proxy = bench.run(["ls", "--region", REGION], [Rule("lambda:ListLayers", Altered(same_token("NextMarker")), times=None)])
    run.exits(1).tells("lambda:ListLayers", "the listing does not end")
    assert len([call for call in proxy.calls if call.operation == "ListLayers"]) == 2


def same_token(key):
    def alter(document):
        document[key] = "same"
    return alter


@pytest.mark.parametrize("denied, kinds", [
    ("lambda:ListLayers", ["layer"]),
    ("iam:GetAccountAuthorizationDetails", ["role"]),
    ("tag:GetResources", sorted(KINDS - {"layer", "role"})),
])
def test_what_cannot_be_searched_is_told_and_no_list_is_called_whole(bench, denied, kinds):
    bench.calmly([*APPLY, "--target", "function/work", "--target", "layer/shared"]).exits(0)
    run, _ = bench.run(["ls", "--format", "json", "--region", REGION], [Rule(denied, Refused(403, "AccessDenied", "no"), times=None)])
    run.exits(1).tells("the list is not whole", "AccessDenied", "permissions --for ls")
    assert not run.json["is_whole"]
    assert sorted(kind for one in run.json["unread"] for kind in one["kinds"]) == kinds
    left = {kind for one in run.json["instances"] for kind in one["resources"]}
    assert left and not left & set(kinds)


def test_the_printed_policy_allows_what_is_read_and_no_more(bench):
    bench.calmly(APPLY).exits(0)
    without_files(bench)
    statements = bench.calmly(["permissions", "--for", "ls", "--region", REGION]).exits(0).json["Statement"]
    allowed = {action for one in statements for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])}
    run, proxy = bench.run(["ls", "--region", REGION])
    run.exits(0)
    assert {call.action for call in proxy.calls} == allowed


def test_a_region_has_to_be_said(bench):
    run = bench.calmly(["ls"])
    run.exits(64).tells("no region is said", "--region")
