"""`etlctl status`: how what is deployed does, on one screen and for programs."""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from datetime import datetime, timedelta, timezone

import pytest

from bench import Bench
from faults import Faulty, Refused, Rule
from harness import ENDPOINT, Result, binary
from stacks import HEAD

STACK = HEAD + """\
queues:
  jobs: { redrive: { queue: dlq, max_receives: 5 } }
  dlq: {}
  lost: {}
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    dead_letter_queue: lost
    event_sources: [{ queue: jobs }]
    role: { policies: { in: [{ actions: ["sqs:*"], resources: ["*"] }] } }
alarms:
  errors: { function: work, metric: Errors, statistic: Sum, period: 5m, comparison: GreaterThanThreshold, threshold: 1 }
state_machines:
  flow: { definition: { StartAt: Done, States: { Done: { Type: Succeed } } } }
"""
DENIED = Refused(403, "AccessDenied", "not allowed for AKIAIOSFODNN7EXAMPLE")


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path, STACK)
    bench.calmly(["apply", "--yes"]).exits(0)
    return bench


def metric(bench, namespace, name, dimension, value, minutes=5):
    at = datetime.now(timezone.utc) - timedelta(minutes=minutes)
    bench.aws("cloudwatch").put_metric_data(Namespace=namespace, MetricData=[
        {"MetricName": name, "Dimensions": [{"Name": dimension[0], "Value": dimension[1]}], "Value": value, "Timestamp": at}])
    return at


def lambda_metric(bench, name, value, minutes=5):
    return metric(bench, "AWS/Lambda", name, ("FunctionName", "tiny-work"), value, minutes)


def status(bench, *args, code=0):
    return bench.calmly(["status", "--format", "json", *args]).exits(code).json["stacks"][0]


def row(stack, address):
    return next(resource for resource in stack["resources"] if resource["address"] == address)


def signs(stack, address):
    return {sign["of"] or sign["what"]: sign for sign in row(stack, address)["signs"]}


def value(stack, address, what):
    return signs(stack, address)[what]["value"]


def test_a_healthy_stack_is_told_and_nothing_is_wrong(bench):
    stack = status(bench, "--detailed-exitcode")
    assert (stack["drift"], stack["complete"], stack["unread"]) == ({"drifted": False, "changes": {}, "why": None}, True, [])
    assert {resource["address"] for resource in stack["resources"]} >= {
        "function/work", "queue/jobs", "queue/dlq", "queue/lost", "alarm/errors", "log_group/work", "state_machine/flow"}
    assert value(stack, "function/work", "state") == "Active"
    assert value(stack, "function/work", "event source tiny-jobs") == "Enabled"
    assert [value(stack, f"queue/{key}", "holds") for key in ("jobs", "dlq", "lost")] == ["messages", "dead letters", "dead letters"]
    assert signs(stack, "queue/dlq")["oldest"] == {
        "what": "oldest", "of": None, "value": None, "unit": "nothing", "level": "fine", "why": None}
    text = bench.calmly(["status"]).exits(0).out
    assert "drift: none" in text and all(len(line) <= 80 for line in text.splitlines()), text


def test_metrics_of_the_last_hour_and_the_last_call(bench):
    lambda_metric(bench, "Invocations", 7)
    at = lambda_metric(bench, "Invocations", 3, minutes=2)
    lambda_metric(bench, "Errors", 2)
    lambda_metric(bench, "Errors", 40, minutes=90)
    metric(bench, "AWS/SQS", "ApproximateAgeOfOldestMessage", ("QueueName", "tiny-dlq"), 7500)
    arn = bench.aws.arn("states", "stateMachine:tiny-flow")
    metric(bench, "AWS/States", "ExecutionsFailed", ("StateMachineArn", arn), 1)
    stack = status(bench, "--detailed-exitcode", code=2)
    told = signs(stack, "function/work")
    assert [told[what]["value"] for what in ("calls/h", "errors/h", "throttles/h")] == [10, 2, 0]
    assert told["errors/h"]["level"] == "wrong" and told["throttles/h"]["level"] == "fine"
    assert told["last call"]["value"] == at.strftime("%Y-%m-%dT%H:%M:00.000Z")
    assert value(stack, "queue/dlq", "oldest") == 7500
    assert (value(stack, "state_machine/flow", "failed/h"), stack["level"]) == (1, "wrong")
    text = bench.calmly(["status"]).exits(0).out
    assert "2h 5m" in text and "! work" in text and "! flow" in text, text


def test_a_call_of_last_week_is_the_last_one(bench):
    at = lambda_metric(bench, "Invocations", 1, minutes=6 * 24 * 60)
    stack = status(bench)
    assert value(stack, "function/work", "last call") == at.strftime("%Y-%m-%dT%H:00:00.000Z")
    assert value(stack, "function/work", "calls/h") == 0


def test_one_request_tells_all_metrics(bench):
    lambda_metric(bench, "Invocations", 1)
    result, proxy = bench.run(["status"])
    result.exits(0)
    assert [call.operation for call in proxy.calls].count("GetMetricData") == 1
    assert not proxy.writes


def test_what_is_wrong_is_marked_and_makes_a_difference_to_scripts(bench):
    sqs, events = bench.aws("sqs"), bench.aws("lambda")
    sqs.send_message(QueueUrl=bench.aws.queue_url("tiny-dlq"), MessageBody="{}")
    sqs.send_message(QueueUrl=bench.aws.queue_url("tiny-jobs"), MessageBody="{}", DelaySeconds=600)
    bench.aws("cloudwatch").set_alarm_state(AlarmName="tiny-errors", StateValue="ALARM", StateReason="3 points \x1b[2J above")
    mapping = events.list_event_source_mappings(FunctionName="tiny-work")["EventSourceMappings"][0]
    events.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    stack = status(bench, "--detailed-exitcode", code=2)
    dead, alarm = signs(stack, "queue/dlq")["messages"], signs(stack, "alarm/errors")["state"]
    assert (dead["value"], dead["level"]) == (1, "wrong")
    assert row(stack, "queue/jobs")["level"] == "fine" and value(stack, "queue/jobs", "delayed") == 1
    assert (alarm["value"], alarm["level"], alarm["why"]) == ("ALARM", "wrong", "3 points \x1b[2J above")
    assert signs(stack, "function/work")["event source tiny-jobs"]["level"] != "fine"
    assert stack["drift"]["changes"] == {"update": 1}
    text = bench.calmly(["status"]).exits(0).out
    assert "drift: yes, 1 to update" in text and "! dlq" in text and "! errors: ALARM" in text
    assert "Disabled" in text and "\x1b" not in text
    bench.aws("cloudwatch").set_alarm_state(AlarmName="tiny-errors", StateValue="INSUFFICIENT_DATA", StateReason="no points")
    assert signs(status(bench), "alarm/errors")["state"] | {"why": ""} == {
        "what": "state", "of": None, "value": "INSUFFICIENT_DATA", "unit": "word", "level": "unsure", "why": ""}


def test_what_is_not_deployed_says_so(tmp_path):
    bench = Bench(tmp_path, STACK)
    stack = status(bench, "--detailed-exitcode", code=2)
    assert {resource["deployed"] for resource in stack["resources"]} == {False}
    assert stack["drift"]["changes"]["create"] > 5 and stack["complete"]
    assert "not deployed" in bench.calmly(["status"]).exits(0).out


@pytest.mark.parametrize("call, address, also", [
    ("sqs:GetQueueAttributes", "queue/dlq", True),
    ("cloudwatch:DescribeAlarms", "alarm/errors", True),
    ("logs:DescribeLogGroups", "log_group/work", True),
    ("lambda:ListEventSourceMappings", "function/work", True),
    ("lambda:GetFunction", "function/work", True),
    ("states:DescribeStateMachine", "state_machine/flow", True),
    ("cloudwatch:GetMetricData", None, False),
    ("tag:GetResources", None, True),
])
def test_what_cannot_be_read_is_a_question_mark_with_why(bench, call, address, also):
    rules = [Rule(call, DENIED, times=None)]
    result, _ = bench.run(["status", "--format", "json"], rules)
    stack = result.exits(1).json["stacks"][0]
    told = stack["unread"] + [why for resource in stack["resources"] for why in resource["unread"]] + [stack["drift"]["why"] or ""]
    assert any(call in why for why in told), told
    assert not stack["complete"] and "AKIAIOSFODNN7EXAMPLE" not in result.out
    assert (stack["drift"]["drifted"] is None) is also
    if address:
        assert any(call in why for why in row(stack, address)["unread"])
        assert row(stack, address)["level"] != "fine"
    others = [resource for resource in stack["resources"] if resource["address"] != address]
    assert any(resource["deployed"] for resource in others), "the rest is told all the same"
    result, _ = bench.run(["status"], rules)
    assert "?" in result.exits(1).out and call in result.out.replace("\n    ", " ")
    assert "error: the status is not whole" in result.err and call in result.err, "why it exits 1 stands where errors stand"


def test_the_policy_for_it_is_enough(bench):
    statements = bench.calmly(["permissions", "--for", "status"]).exits(0).json["Statement"]
    listed = lambda actions: [actions] if isinstance(actions, str) else actions
    actions = {action for statement in statements for action in listed(statement["Action"])}
    _, proxy = bench.run(["status"])
    assert {call.action for call in proxy.calls} <= actions | {"sts:GetCallerIdentity"}
    assert "cloudwatch:GetMetricData" in actions and not {action for action in actions if ":Put" in action or ":Create" in action}


def test_a_stack_is_chosen_and_one_that_is_not_there_is_an_error(bench):
    assert status(bench, "tiny")["stack"] == "tiny"
    bench.calmly(["status", "tinny"]).exits(3).tells("there is no stack `tinny`", "tiny")
    bench.calmly(["status", "--every", "2s"]).exits(64)
    bench.calmly(["status", "--watch", "--every", "0s"]).exits(64).tells("1s or more")


def watched(bench, *args, lines):
    """Output of a watch that is interrupted once it has told this much."""
    process = bench.etlctl.start("status", "--watch", "--every", "1s", *args)
    told = [process.stdout.readline() for _ in range(lines)]
    process.send_signal(signal.SIGINT)
    rest, err = process.communicate(timeout=20)
    return told, rest, err, process.returncode


def test_off_a_terminal_a_watch_is_plain_lines(bench):
    told, _, err, code = watched(bench, "--format", "json", lines=3)
    assert [json.loads(line)["format_version"] for line in told] == ["1", "1", "1"] and code == 130, err
    told, rest, err, code = watched(bench, lines=60)
    assert code == 130 and "\x1b" not in "".join(told) + rest and "panicked" not in err


def test_a_watch_reads_metrics_and_plans_once_a_minute(bench):
    lambda_metric(bench, "Invocations", 1)
    with Faulty(ENDPOINT, []) as proxy:
        process = bench.etlctl.through(proxy).start("status", "--watch", "--every", "1s", "--format", "json")
        [process.stdout.readline() for _ in range(4)]
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    called = [call.operation for call in proxy.calls]
    assert called.count("GetMetricData") == 1 and called.count("DescribeAlarms") >= 4, called


def on_a_terminal(bench, *args, columns, rows, until, timeout=30):
    """What a terminal of this size is sent until this stands in it."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    process = subprocess.Popen(
        [str(binary()), *args], cwd=bench.project.dir, env=bench.etlctl.environment() | {"TERM": "xterm"},
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    seen, deadline = b"", time.monotonic() + timeout
    try:
        while time.monotonic() < deadline and not until(seen):
            if select.select([ours], [], [], 0.1)[0]:
                seen += os.read(ours, 65536)
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=10)
    finally:
        process.kill()
        os.close(ours)
    return Result(args, code, seen.decode(errors="replace"), "")


def test_on_a_terminal_it_is_drawn_in_its_place(bench):
    frames = lambda seen: seen.count(b"\x1b[H") >= 3
    result = on_a_terminal(bench, "status", "--watch", "--every", "1s", columns=80, rows=40, until=frames)
    assert result.code == 130 and result.out.count("\x1b[2J") == 1, result
    first, second = result.out.split("\x1b[H")[1:3]
    assert "\n" in first and first.endswith("\x1b[J") and second.count("\n") == first.count("\n")
    low = on_a_terminal(bench, "status", "--watch", "--every", "1s", columns=40, rows=8, until=frames)
    frame = low.out.split("\x1b[H")[2]
    assert frame.count("\n") <= 7 and "lines more" in frame, low


def test_what_is_somebody_elses_says_whose_it_is(bench):
    queue = bench.aws.queue_url("tiny-dlq")
    bench.aws("sqs").tag_queue(QueueUrl=queue, Tags={"etlctl:stack": "other"})
    bench.aws("logs").untag_resource(resourceArn=bench.aws.arn("logs", "log-group:/aws/lambda/tiny-work"), tagKeys=["etlctl:stack"])
    for args in (["status"], ["status", "--detailed-exitcode"]):
        told = " ".join(bench.calmly(args).exits(1).out.split())
        assert "! dlq" in told and "owner: not this stack's (it belongs to other/dev/dev)" in told and told.count("owner:") == 1, told


def test_each_stack_says_what_of_it_is_somebody_elses_and_one_of_them_hides_no_other(bench):
    for stack in ("second", "third"):
        bench.project.write(f"desired-state/{stack}.yaml", STACK.replace("stack: tiny", f"stack: {stack}").replace('"tiny-', f'"{stack}-'))
    bench.calmly(["apply", "--yes"]).exits(0)
    for stack in ("tiny", "second"):
        bench.aws("sqs").tag_queue(QueueUrl=bench.aws.queue_url(f"{stack}-dlq"), Tags={"etlctl:stack": "other"})
    stacks = {stack["stack"]: stack for stack in bench.calmly(["status", "--format", "json"]).exits(1).json["stacks"]}
    for stack in ("tiny", "second"):
        owners = [row["address"] for row in stacks[stack]["resources"] if any(sign["what"] == "owner" for sign in row["signs"])]
        assert owners == ["queue/dlq"], stacks[stack]
        assert stacks[stack]["drift"]["drifted"] is None and stacks[stack]["drift"]["why"], stacks[stack]["drift"]
    assert stacks["third"]["drift"]["drifted"] is False and "belongs to" not in str(stacks["third"]), stacks["third"]


def test_outputs_of_what_is_somebody_elses_have_no_value(bench):
    bench.project.stack(STACK + "outputs: { url: '${queues.dlq.url}', jobs: '${queues.jobs.url}' }\n")
    assert "tiny-dlq" in bench.calmly(["outputs"]).exits(0).out
    queue = bench.aws.queue_url("tiny-dlq")
    bench.aws("sqs").tag_queue(QueueUrl=queue, Tags={"etlctl:stack": "other"})
    result = bench.calmly(["outputs"]).exits(1).tells("url is left out: queues.dlq.url is not this stack's: queue/dlq (tiny-dlq) belongs to other/dev/dev")
    assert "tiny-dlq" not in result.out and "tiny-jobs" in result.out, result
    bench.calmly(["outputs", "url"]).exits(1).tells("belongs to other/dev/dev", "is not this stack's")
    bench.calmly(["outputs", "jobs"]).exits(0)
    bench.aws("sqs").untag_queue(QueueUrl=queue, TagKeys=["etlctl:stack"])
    bench.calmly(["outputs"]).exits(1).tells("carries no mark")
