"""How far a plan looks: parts of functions with reads of their own are read where the file or a mark tells of
them, and tags where the search for marks does not tell what the file wants. What is passed over is said."""

import signal

import pytest

from bench import Bench
from faults import Altered, Refused, Rule
from harness import ENDPOINT
from proxy import Proxy
from stacks import APPLY, HEAD

PLAN = ["plan", "--detailed-exitcode", "--format", "json"]
STACK = HEAD + """\
tags: { Team: data }
queues:
  in: { visibility_timeout: 3m }
topics: { alerts: {} }
alarms:
  errors: { function: work, metric: Errors, statistic: Sum, period: 5m, comparison: GreaterThanThreshold, threshold: 1 }
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    PART
"""
PARTS = {
    "aliases": "alias: live",
    "event_invoke": "event_invoke: { max_retries: 1 }",
    "permissions": "permissions: { from-events: { principal: events.amazonaws.com, source_arn: \"arn:aws:events:us-east-1:111122223333:rule/nightly\" } }",
    "url": "url: { auth: iam }",
}
READS = {
    "aliases": "ListAliases", "event_invoke": "ListFunctionEventInvokeConfigs", "permissions": "GetPolicy", "url": "ListFunctionUrlConfigs",
}


def stack(*parts):
    return STACK.replace("PART", "\n    ".join(PARTS[part] for part in parts) or "memory: 128")


def looked_at(proxy):
    return {part for part, read in READS.items() if any(call.operation == read for call in proxy.calls)}


def asked_tags(proxy):
    return [str(call) for call in proxy.calls if call.operation.startswith("List") and "Tag" in call.operation]


def planned(bench, *more, code=0):
    run, proxy = bench.run([*PLAN, *more])
    run.exits(code)
    return run.json["stacks"][0], proxy


def test_a_plan_without_changes_asks_for_no_tags_and_for_nothing_that_is_not_told_of(tmp_path):
    bench = Bench(tmp_path, stack())
    bench.calmly(APPLY).exits(0)
    plan, proxy = planned(bench)
    assert (looked_at(proxy), asked_tags(proxy)) == (set(), []), proxy.calls
    assert sorted(plan["not_looked_at"]["parts"]["function"]) == sorted(READS)
    assert (plan["not_looked_at"]["resources"], plan["not_looked_at"]["calls"]) == (1, 4)
    text = bench.calmly(["plan"]).out
    assert "--deep looks: 4 calls" in text, text
    # Nobody is advised to look at what is not asked about, or with an option that there is not.
    for args in (["plan", "--target", "queue/in"], ["destroy", "--target", "queue/in", "--yes"]):
        told = bench.calmly(args).exits(0)
        assert "--deep" not in told.out + told.err, told


@pytest.mark.parametrize("part", sorted(PARTS))
def test_a_part_that_leaves_the_file_is_still_seen(tmp_path, part):
    """The mark of the function tells of it, until it has gone."""
    bench = Bench(tmp_path, stack(part))
    bench.calmly(APPLY).exits(0)
    plan, proxy = planned(bench)
    assert part in looked_at(proxy) and part not in plan["not_looked_at"]["parts"].get("function", []), plan
    bench.project.stack(stack())
    plan, _ = planned(bench, code=2)
    (change,) = [change for change in plan["changes"] if change["kind"] == "function"]
    assert any(field["path"].startswith(part) for field in change["fields"]), change
    bench.calmly(APPLY).exits(0)
    # Versions stay behind where an alias goes.
    plan, proxy = planned(bench)
    assert looked_at(proxy) == set(), "the mark tells of nothing any more"
    plan, proxy = planned(bench, "--deep")
    assert looked_at(proxy) == set(READS) and not plan["not_looked_at"]["calls"], plan


SETS = {
    "aliases": "CreateAlias", "event_invoke": "PutFunctionEventInvokeConfig", "permissions": "AddPermission", "url": "CreateFunctionUrlConfig",
}


@pytest.mark.parametrize("part", sorted(PARTS))
def test_a_part_that_was_being_set_when_the_apply_died_is_seen(tmp_path, part):
    """The mark tells of it before it is there, also where the file does not want it any more."""
    bench = Bench(tmp_path, stack())
    bench.calmly(APPLY).exits(0)
    bench.project.stack(stack(part))
    killed = []
    with Proxy(ENDPOINT) as proxy:
        def kill(call):
            if call.operation == SETS[part] and not killed:
                killed.append(call)
                process.send_signal(signal.SIGKILL)
                process.wait()
            return bool(killed)

        proxy.after = kill
        process = bench.etlctl.through(proxy).start(*APPLY)
        process.communicate(timeout=120)
    assert killed, "it ended before"
    bench.project.stack(stack())
    plan, _ = planned(bench, code=2)
    (change,) = plan["changes"]
    assert any(field["path"].startswith(part) for field in change["fields"]), change
    bench.calmly(APPLY).exits(0)
    plan, _ = planned(bench, "--deep")
    assert not plan["changes"], plan


TAKES_AWAY = {
    "aliases": "DeleteAlias", "event_invoke": "DeleteFunctionEventInvokeConfig", "permissions": "RemovePermission", "url": "DeleteFunctionUrlConfig",
}


@pytest.mark.parametrize("part", sorted(PARTS))
def test_a_part_that_could_not_be_taken_away_is_still_seen(tmp_path, part):
    """The mark tells of it until it has gone."""
    bench = Bench(tmp_path, stack(part))
    bench.calmly(APPLY).exits(0)
    bench.project.stack(stack())
    run, _ = bench.run(APPLY, [Rule(f"lambda:{TAKES_AWAY[part]}", Refused(403, "AccessDeniedException", "not now"))])
    assert run.code != 0, run
    plan, _ = planned(bench, code=2)
    assert [change["kind"] for change in plan["changes"]] == ["function"], plan
    bench.calmly(APPLY).exits(0)
    plan, _ = planned(bench, "--deep")
    assert not plan["changes"], plan


@pytest.mark.parametrize("kind", ["queue", "topic", "alarm", "log_group"])
def test_a_tag_that_somebody_changed_is_seen_and_confirmed(tmp_path, kind):
    bench = Bench(tmp_path, stack())
    bench.calmly(APPLY).exits(0)
    retag(bench, kind, "other")
    plan, proxy = planned(bench, code=2)
    fields = {(change["kind"], field["path"]): (field["before"], field["after"]) for change in plan["changes"] for field in change["fields"]}
    assert fields == {(kind, "tags.Team"): ("other", "data")}
    assert len(asked_tags(proxy)) == 1, asked_tags(proxy)


def test_what_the_search_does_not_tell_is_read(tmp_path):
    """It tells of what was written a while later: what it leaves out is neither gone nor without tags."""
    bench = Bench(tmp_path, stack())
    bench.calmly(APPLY).exits(0)
    run, proxy = bench.run(PLAN, [Rule("tag:GetResources", Altered(lambda answer: answer | {"ResourceTagMappingList": []}), times=None)])
    run.exits(0)
    assert len(asked_tags(proxy)) == 4, asked_tags(proxy)


def retag(bench, kind, team):
    tags = {"Team": team}
    pairs = [{"Key": "Team", "Value": team}]
    if kind == "queue":
        sqs = bench.aws("sqs")
        sqs.tag_queue(QueueUrl=sqs.get_queue_url(QueueName="tiny-in")["QueueUrl"], Tags=tags)
    elif kind == "topic":
        bench.aws("sns").tag_resource(ResourceArn=bench.aws.arn("sns", "tiny-alerts"), Tags=pairs)
    elif kind == "alarm":
        bench.aws("cloudwatch").tag_resource(ResourceARN=bench.aws.arn("cloudwatch", "alarm:tiny-errors"), Tags=pairs)
    else:
        bench.aws("logs").tag_resource(resourceArn=bench.aws.arn("logs", "log-group:/aws/lambda/tiny-work"), tags=tags)
