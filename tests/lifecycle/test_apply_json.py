"""`apply --format json` and `destroy --format json`: a line an event, and all of it in the last one."""

import json
import signal
import time

import pytest

from bench import Bench
from faults import Faulty, Refused, Rule, Slow
from harness import ENDPOINT, Result
from stacks import HEAD

STACK = HEAD + """\
queues: { first: {}, second: {} }
topics: { news: {} }
alarms:
  deep: { namespace: AWS/SQS, metric: NumberOfMessagesSent, dimensions: { QueueName: "${queues.first.name}" }, statistic: Sum, period: 5m,
          comparison: GreaterThanThreshold, threshold: 1, alarm_actions: [news] }
outputs: { url: "${queues.first.url}", db_password: "hunter2hunter2" }
"""
APPLY = ["apply", "--yes", "--format", "json"]
DENIED = Refused(403, "AccessDenied", "not with AKIAIOSFODNN7EXAMPLE")


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path, STACK)


def told(result):
    """Every line parses, and the last one is the document."""
    lines = [json.loads(line) for line in result.out.splitlines()]
    assert result.out.endswith("\n") and all(isinstance(line, dict) for line in lines), result
    *events, last = lines
    assert last["event"] == "end" and not [event for event in events if event["event"] == "end"], result
    assert last["format_version"] == "1" and last["exit_code"] == result.code, result
    return events, last


def outcomes(last):
    return {change["address"]: change["outcome"]["outcome"] for change in last["stacks"][0]["changes"]}


def test_an_apply_tells_each_step_and_the_whole(bench):
    events, last = told(bench.calmly(APPLY).exits(0))
    words = {(event["event"], event["address"]) for event in events}
    assert {("started", "queue/first"), ("done", "queue/first"), ("done", "alarm/deep")} <= words
    assert all({"at", "stack", "action"} <= set(event) for event in events)
    assert set(outcomes(last).values()) == {"done"} and len(outcomes(last)) == 4
    stack = last["stacks"][0]
    assert (last["result"], last["error"], stack["stack"]) == ("done", None, "tiny")
    assert stack["outputs"]["url"].endswith("/tiny-first") and stack["outputs"]["db_password"] == "(sensitive)"
    plan = bench.calmly(["plan", "--format", "json"]).json["stacks"][0]
    assert set(plan) | {"outputs"} == set(stack), "the plan's own form"


def test_nothing_to_do_is_a_document_too(bench):
    bench.calmly(["apply", "--yes"]).exits(0)
    events, last = told(bench.calmly(APPLY).exits(0))
    assert events == [] and last["stacks"][0]["changes"] == [] and last["stacks"][0]["outputs"]["url"]


def test_a_destroy_tells_it_as_well(bench):
    bench.calmly(["apply", "--yes"]).exits(0)
    events, last = told(bench.calmly(["destroy", "--yes", "--format", "json"]).exits(0))
    assert set(outcomes(last).values()) == {"done"} and last["stacks"][0]["outputs"] is None
    assert {event["action"] for event in events} == {"delete"}


def test_partly_applied_says_what_failed_and_what_was_left_out(bench):
    result, _ = bench.run(APPLY, [Rule("sns:CreateTopic", DENIED, times=None)])
    _, last = told(result.exits(6))
    assert outcomes(last) == {"queue/first": "done", "queue/second": "done", "topic/news": "failed", "alarm/deep": "skipped"}
    failed = next(change["outcome"] for change in last["stacks"][0]["changes"] if change["address"] == "topic/news")
    assert "sns:CreateTopic" in failed["error"] and failed["hint"] and "AKIAIOSFODNN7EXAMPLE" not in result.out
    assert (last["result"], last["stacks"][0]["outputs"]) == ("partly", None)


def test_what_fails_before_a_plan_is_a_document_too(bench):
    result, _ = bench.run(APPLY, [Rule("sqs:GetQueueUrl", DENIED, times=None)])
    events, last = told(result.exits(1))
    assert (events, last["stacks"], last["result"]) == ([], [], "failed") and "sqs:GetQueueUrl" in last["error"]["message"]
    bench.project.stack(STACK.replace("queues:", "quues:"))
    _, last = told(bench.calmly(APPLY).exits(3))
    assert last["result"] == "invalid" and "quues" in last["error"]["details"][0] and last["error"]["hint"]
    bench.project.stack(STACK)
    _, last = told(bench.calmly(APPLY[:1] + APPLY[2:]).exits(64))
    assert "nobody can be asked" in last["error"]["message"]


def test_a_conflict_names_what_is_in_the_way(bench):
    bench.aws("sqs").create_queue(QueueName="tiny-first")
    _, last = told(bench.calmly(APPLY).exits(1))
    assert "in the way" in last["error"]["message"] and any("queue/first" in line for line in last["error"]["details"])


def interrupted(bench, times, args=APPLY, rules=None, until="CreateQueue"):
    rules = rules or [Rule("sns:CreateTopic", Slow(6), times=None), Rule("sqs:CreateQueue", Slow(2), times=None)]
    with Faulty(ENDPOINT, rules) as proxy:
        process = bench.etlctl.through(proxy).start(*args)
        while not [call for call in proxy.calls if call.operation == until]:
            time.sleep(0.05)
        for _ in range(times):
            process.send_signal(signal.SIGINT)
            time.sleep(0.5)
        out, err = process.communicate(timeout=60)
    return Result(tuple(args), process.returncode, out, err)


def test_an_interrupt_ends_with_a_document(bench):
    _, last = told(interrupted(bench, 1).exits(130))
    assert last["result"] == "interrupted" and outcomes(last)["alarm/deep"] in ("skipped", "not_begun")
    bench.calmly(["apply", "--yes"]).exits(0)


def test_the_second_interrupt_does_too(bench):
    _, last = told(interrupted(bench, 2).exits(130))
    assert "unfinished" in outcomes(last).values(), last


def test_an_interrupt_before_the_plan_does_too(bench):
    rules = [Rule("sqs:GetQueueUrl", Slow(20), times=None)]
    _, last = told(interrupted(bench, 1, rules=rules, until="GetQueueUrl").exits(130))
    assert (last["stacks"], last["result"]) == ([], "interrupted")


def test_the_end_of_the_time_does_too(bench):
    result, _ = bench.run([*APPLY, "--timeout", "1s"], [Rule("sqs:GetQueueUrl", Slow(20), times=None)])
    _, last = told(result.exits(1))
    assert "--timeout" in last["error"]["message"]


def test_two_instances_that_are_over_are_told_apart(bench):
    text = STACK.replace("environments:", "variables: { who: { from_env: WHO } }\ninstance: ${who}\nenvironments:").replace("tiny-${name}", "${instance}-${name}")
    bench.project.stack(text)
    for who in ("anna", "bert"):
        bench.calmly(["apply", "--yes", "--expires", "1s"], env={"WHO": who}).exits(0)
    time.sleep(2)
    events, last = told(bench.calmly(["destroy", "--expired", "--yes", "--format", "json", "--region", "us-east-1"], env={"WHO": "x"}).exits(0))
    assert {stack["instance"] for stack in last["stacks"]} == {event["instance"] for event in events} == {"anna", "bert"}
    assert all(change["outcome"]["outcome"] == "done" for stack in last["stacks"] for change in stack["changes"]), last


def test_a_saved_plan_is_told_too(bench):
    bench.calmly(["plan", "--out", "p"]).exits(0)
    events, last = told(bench.calmly(["apply", "p", "--format", "json"]).exits(0))
    assert events and set(outcomes(last).values()) == {"done"}


def test_data_is_not_lost_without_a_word(bench):
    bench.calmly(["apply", "--yes"]).exits(0)
    bench.aws("sqs").send_message(QueueUrl=bench.aws.queue_url("tiny-second"), MessageBody="x")
    bench.project.stack(STACK.replace(", second: {}", ""))
    _, last = told(bench.calmly(APPLY).exits(1))
    assert outcomes(last) == {"queue/tiny-second": "not_begun"} and "lost" in last["error"]["message"]
